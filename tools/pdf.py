"""Print the site: a PDF per lesson and one book per language: python tools/pdf.py [--answers] [LESSON …]

Takes build/site as it is (make site builds it) and prints it into build/pdf with the Chromium that is installed, or
that COURSE_CHROMIUM names: A4, page numbers, bookmarks from the headings, names for letters that no font here has
(tools/missing_letters.py).  --answers opens every answer; the files are then called NAME-answers.pdf.  With lessons
named (07_glove), only these, and no book.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import json
import time

import chromium
import missing_letters
import notebooks
import pages

SITE, TARGET = notebooks.ROOT / "build" / "site", notebooks.ROOT / "build" / "pdf"
# Playgrounds start when they come near the visible part, which paper never does
START = """() => document.querySelectorAll("[data-play]").forEach((host) => Play.mount(host))"""
STARTED = """() => [...document.querySelectorAll("[data-play]")].every((host) => host.dataset.ready)"""
READY = """async (answers) => {
  if (answers) for (const host of document.querySelectorAll("[data-play]")) {
    host.shadowRoot.querySelectorAll("details").forEach((answer) => (answer.open = true));
  }
  if (window.MathJax?.startup) await MathJax.startup.promise;
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
}"""
# Page numbers by CSS and not by Chromium's own footer, which sees no font of the site and draws boxes for Hangul
FOOT = """@page { size: A4; margin: 18mm 14mm; @bottom-center { content: %s " · " counter(page) " / " counter(pages);
  font: 8px "Course Hangul", sans-serif; color: #555; } }"""
# The book: every lesson's article into one page's place, with addresses that do not collide
BOOK = """async ({ names, title }) => {
  const place = document.querySelector("article");
  place.innerHTML = `<h1>${title}</h1><ul></ul>`;
  const contents = place.lastChild;
  for (const name of names) {
    const page = new DOMParser().parseFromString(await (await fetch(`${name}.html`)).text(), "text/html");
    const article = page.querySelector("article");
    const prefix = `${name}--`;
    for (const each of article.querySelectorAll("[id]")) each.id = prefix + each.id;
    for (const link of article.querySelectorAll("a[href]")) {
      const href = link.getAttribute("href");
      const inside = /^(\\d\\d_\\w+)\\.html(#.*)?$/.exec(href);
      if (href.startsWith("#")) link.setAttribute("href", `#${prefix}${href.slice(1)}`);
      else if (inside) link.setAttribute("href", `#${inside[1]}--${(inside[2] || "#title").slice(1)}`);
    }
    const chapter = document.createElement("div");
    chapter.style.breakBefore = "page";
    chapter.append(...article.childNodes);
    place.append(chapter);
    const [link, entry] = [document.createElement("a"), document.createElement("li")];
    link.href = `#${prefix}title`;
    link.textContent = page.title.split(" — ")[0];
    entry.append(link);
    contents.append(entry);
  }
  document.title = title;
  if (new URLSearchParams(location.search).has("answers")) {
    place.querySelectorAll("details:not(.hide)").forEach((answer) => (answer.open = true));
  }
  if (window.MathJax) {
    await MathJax.startup.promise;
    await MathJax.typesetPromise([place]);
  }
}"""


def printed(page, target, title, answers=False):
    """Write the page that is open as a PDF."""
    page.evaluate(START)
    page.wait_for_function(STARTED)
    page.evaluate(READY, answers)
    missing_letters.name(page)
    page.emulate_media(media="print", color_scheme="light")
    target.parent.mkdir(parents=True, exist_ok=True)
    page.evaluate("""(title) => document.fonts.load('8px "Course Hangul"', title)""", title)
    page.add_style_tag(content=FOOT % json.dumps(title, ensure_ascii=False))
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def binding(folder, names):
    """The page that becomes the book: one that draws formulas, since only those with formulas can."""
    return next((name for name in names if "tex-svg" in (folder / f"{name}.html").read_text(encoding="utf-8")), "index")


def make(browser, url, only=(), answers=False, site=SITE, target=TARGET):
    """Print lessons and books; yields (file, seconds)."""
    query, suffix = ("?answers", "-answers") if answers else ("", "")
    for language in pages.TITLE:
        names = [path.stem for path in sorted((site / language).glob("[0-9][0-9]_*.html"))]
        for name in only or [*names, None]:
            began = time.perf_counter()
            page = browser.new_page(viewport={"width": 900, "height": 1200}, reduced_motion="reduce")
            page.goto(f"{url}/{language}/{name or binding(site / language, names)}.html{query}")
            title = pages.TITLE[language]
            if name is None:
                page.evaluate(BOOK, {"names": names, "title": title})
            file = target / language / f"{name or 'book'}{suffix}.pdf"
            printed(page, file, title if name is None else page.title(), answers)
            page.close()
            yield file, time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", help="only these, as 07_glove")
    parser.add_argument("--answers", action="store_true", help="with every answer open")
    options = parser.parse_args()
    if not (SITE / "index.html").exists():
        sys.exit("there is no build/site to print: run make site first")
    if missing := [name for name in options.lessons if not (SITE / "ko" / f"{name}.html").exists()]:
        sys.exit(f"no such lesson: {', '.join(missing)} (a name looks like 07_glove)")
    if chromium.executable() is None:
        sys.exit("no Chromium here: install one, or name it in COURSE_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver, chromium.serving(SITE) as url:
        browser = driver.chromium.launch(executable_path=chromium.executable(), args=chromium.OPTIONS)
        for file, took in make(browser, url, options.lessons, options.answers):
            print(f"{file.relative_to(notebooks.ROOT)}  {file.stat().st_size / 1e6:.1f} MB  {took:.0f} s", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
