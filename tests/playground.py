"""Playgrounds in a browser: a bare page that holds one, opened from a folder, and what the tests ask of it."""

import contextlib

import browser
from helpers import playgrounds

SPACE = """<!doctype html><html lang="{language}" data-theme="{theme}"><head><meta charset="utf-8"><title>{name}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body {{ margin: 8px; font: 16px sans-serif; background: {paper}; color: #78818a }}</style></head>
<body><main><h1>{name}</h1><div data-play="{name}"></div></main>
<script src="{base}"></script><script>Play.find()</script></body></html>"""


def write(folder, name, language="en", theme="light"):
    """The address of a page with one playground."""
    paper = {"light": "#fff", "dark": "#14181c"}[theme]
    base = (playgrounds.FOLDER / "base.js").as_uri()
    path = folder / f"{name}-{language}-{theme}.html"
    path.write_text(SPACE.format(name=name, language=language, theme=theme, paper=paper, base=base), encoding="utf-8")
    return path.as_uri()


@contextlib.contextmanager
def opened(chromium, folder, name, language="en", theme="light", width=1280):
    """A tab in which the playground stands ready."""
    tab = browser.Tab(chromium, width, 900)
    try:
        tab.open(write(folder, name, language, theme))
        tab.page.wait_for_selector("[data-ready]")
        yield tab
    finally:
        tab.close()


def compute(page, function, *arguments):
    """What a function of the page's playground makes of some arguments: compute(page, "pairs", tokens, 2)."""
    run = "([name, given]) => Play.kinds[document.querySelector('[data-play]').dataset.play].compute[name](...given)"
    return page.evaluate(run, [function, list(arguments)])


def inside(page, script, argument=None):
    """A function of the playground's shadow root: inside(page, "(root) => root.querySelector('p').textContent")."""
    return page.evaluate(f"(given) => ({script})(document.querySelector('[data-play]').shadowRoot, given)", argument)


def press(page, label):
    """Press the button of this label."""
    inside(
        page,
        "(root, label) => [...root.querySelectorAll('button')].find((b) => b.textContent === label).click()",
        label,
    )
