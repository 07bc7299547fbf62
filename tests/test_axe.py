"""No page of the site is barred to anybody: axe-core on every page, light and dark, on a screen and on a phone.

The whole site is built from the stored outputs and one browser opens all pages.  What axe takes long for is the
contrast of every word, one by one, in a tree of thousands of spans of code.  Two words of one colour, size and ground
have one contrast: it looks at three of each kind, and all other code is plain text by then.  A page takes seconds so,
not minutes.  (tests/test_pages_read.py has axe look at every word of three short lessons.)
"""

import pytest

import browser
import course
import notebooks

pytestmark = pytest.mark.slow

LESSONS = [path.stem for path in notebooks.lessons()]
OTHERS = ["index", "glossary", "corrections", "measured", "teach", "search"]
PAGES = ["index.html", *(f"{language}/{name}.html" for language in ("ko", "en") for name in [*LESSONS, *OTHERS])]
WIDTHS = {"screen": 1280, "phone": 390}
# A colour that is halfway to another theme's is nobody's mistake
STILL = "*, ::before, ::after { transition: none !important; animation: none !important }"
UNFOLD = """async () => {
  const hosts = [...document.querySelectorAll("[data-play]")];
  await Promise.all(hosts.map((host) => Play.mount(host)));
  document.querySelectorAll("article details").forEach((folded) => (folded.open = true));
}"""
STARTED = """() => [...document.querySelectorAll("[data-play]")].every((host) => host.dataset.ready)"""
# Every element that has text of its own, also in a playground's own tree
KINDS = """() => {
  const ground = (element) => {
    for (; element; element = element.parentElement ?? element.getRootNode().host) {
      const style = getComputedStyle(element);
      if (style.backgroundColor !== "rgba(0, 0, 0, 0)" || style.backgroundImage !== "none")
        return style.backgroundColor + style.backgroundImage;
    }
  };
  const seen = {}, kept = [];
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot);
      const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (!says || !element.getClientRects().length) continue;
      const { color, fontSize, fontWeight, opacity } = getComputedStyle(element);
      const kind = [color, ground(element), fontSize, fontWeight, opacity].join();
      seen[kind] = (seen[kind] ?? 0) + 1;
      if (seen[kind] <= 3) kept.push(element);
    }
  };
  look(document.body);
  window.kinds = kept;
}"""
# Code as plain text but for one word of each of its colours; all are asked before any is changed, which is much faster
FLAT = """() => {
  const words = [...document.querySelectorAll("div.highlight pre span:not(:has(span))")];
  const kinds = words.map((word) => getComputedStyle(word.closest("pre")).backgroundColor + word.className);
  const again = words.filter((_, i) => kinds.indexOf(kinds[i]) < i);
  for (const word of again) word.replaceWith(...word.childNodes);
  document.querySelectorAll("div.highlight pre").forEach((code) => code.normalize());
}"""
# What depends on colours is asked of the kinds in both themes, all else once
COMPLAINTS = """async (all) => {
  const options = { preload: false, resultTypes: ["violations"] }, colours = ["color-contrast", "link-in-text-block"];
  const rules = Object.fromEntries(colours.map((rule) => [rule, { enabled: false }]));
  const found = [await axe.run({ include: window.kinds }, { ...options, runOnly: colours })];
  if (all) found.push(await axe.run({ ...options, rules }));
  const said = (node) => (node.any[0] ?? node.all[0] ?? node.none[0]).message;
  return found.flatMap(({ violations }) => violations).map(({ id, nodes }) =>
    [id, nodes.length, ...nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)}: ${said(node)}`)].join("\\n  "));
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("axe") / "site"
    course.build([path.name for path in notebooks.lessons()], target=folder)
    return folder


@pytest.fixture(scope="module")
def tab(site):
    with browser.chromium() as running:
        tab = browser.Tab(running)
        yield tab
        tab.close()


@pytest.fixture(scope="module")
def url(site):
    with browser.serving(site) as served:
        yield served


def complaints(tab, url):
    """{"theme, width": what axe says} of the page at an address, with everything on it unfolded."""
    axe = pytest.importorskip("axe_playwright_python.base", reason="not installed: make setup-dev")
    tab.page.emulate_media(color_scheme="light")
    page, found = tab.open(url), {}
    page.add_style_tag(content=STILL)
    page.evaluate(UNFOLD)
    page.wait_for_function(STARTED)
    page.evaluate(FLAT)
    page.evaluate(axe.AXE_FILE_PATH.read_text(encoding="utf-8"))
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
            page.evaluate(KINDS)
            if said := page.evaluate(COMPLAINTS, theme == "light"):
                found[f"{theme}, {name}"] = said
    return found


def test_every_page_of_the_site_is_looked_at(site):
    built = {path.relative_to(site).as_posix() for path in [site / "index.html", *site.glob("[ke]*/*.html")]}
    assert built == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_to_complain_about(tab, url, name):
    query = "?q=skip-gram" if name.endswith("search.html") else ""
    assert complaints(tab, f"{url}/{name}{query}") == {}
