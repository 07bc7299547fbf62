"""What a reader does with the pages: folding, copying, searching, switching the language, printing, with and without
eyes.  One site of some cells of the real lessons is built for all of these tests."""

import json
import re
import time
from html import unescape
from urllib.parse import quote

import course_extension
import nbformat
import pytest
import quiet
from nbformat.v4 import new_code_cell, new_output

import browser
import course
import deck_pictures
import decks
import notebooks
import pdf
import sections
import start
from paper import Paper

LANGUAGES = ("ko", "en")
KEPT = ("figure", "exercise", "playground", "-read", "correction", "next")


def excerpt(notebook):
    """A short form of a lesson: its first cells, and of the others those that the tests look at."""

    def kept(cell):
        return any(word in cell.id for word in KEPT) or pictured(cell) or "<details>" in cell.source

    cells = notebook.cells[:14] + [cell for cell in notebook.cells[14:] if kept(cell)]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\]\(\d\d_\w+\.ipynb[^)]*\)", "](00_environment.ipynb)", cell.source)
    notebook.cells = cells
    return notebook


def pictured(cell):
    return cell.cell_type == "code" and any("image/png" in output.get("data", {}) for output in cell.outputs)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site of three short lessons."""
    folder = tmp_path_factory.mktemp("read")
    with pytest.MonkeyPatch.context() as patch:
        for name, language in (("KOREAN", "ko"), ("ENGLISH", "en")):
            (folder / language).mkdir()
            for stem in ("00_environment", "03_skipgram_samples", "07_glove"):
                lesson = excerpt(notebooks.read(notebooks.ROOT / "notebooks" / language / f"{stem}.ipynb"))
                nbformat.write(lesson, folder / language / f"{stem}.ipynb")
            patch.setattr(notebooks, name, folder / language)
        patch.setattr(decks, "FOLDER", folder / "no decks")
        course.build([path.name for path in notebooks.lessons(folder / "ko")], target=folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def chromium():
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def url(site):
    with browser.serving(site) as served:
        yield served


@pytest.fixture
def tab(chromium):
    tab = browser.Tab(chromium)
    yield tab
    tab.close()


def html(site, page):
    return (site / page).read_text(encoding="utf-8")


# Cells


def cell(source, *outputs, name="x"):
    return new_code_cell(source, id=name, outputs=list(outputs))


PICTURE = new_output("display_data", {"image/png": "iVBORw0KGgo="})
SAID = new_output("stream", text="said\n")


def test_guards_go_last_and_are_folded():
    parts = quiet.divided(cell("a = 1\nassert a == 1\nb = 2\nassert b\nb", SAID), "ko")
    assert [(part.id, part.source) for part in parts] == [
        ("x", "a = 1\nb = 2\nb"),
        ("x-guards", "assert a == 1\nassert b"),
    ]
    assert parts[0].outputs == [SAID] and parts[1].outputs == []
    assert "hide-input" in parts[1].metadata["tags"] and "hide-input" not in parts[0].metadata.get("tags", [])


def test_a_cell_that_is_hidden_as_a_whole_is_folded_under_words_of_the_page():
    hidden = cell("low = min(a)\nassert low > 0", SAID)
    hidden.metadata["tags"] = ["hide-input"]
    (part,) = quiet.divided(hidden, "ko")
    assert part.source == "low = min(a)\nassert low > 0" and part.outputs == [SAID]
    assert part.metadata["mystnb"]["code_prompt_show"] == quiet.PROMPTS["guards"]["ko"]
    assert part.metadata["tags"] == ["hide-input", "fold-guards"]


def test_a_picture_stands_before_the_code_that_only_draws_it():
    source = "values = work()\nfig, axes = plt.subplots()\nfor ax in axes:\n    ax.plot(values)\naxes[0].set(title='x')"
    parts = quiet.divided(cell(source, SAID, PICTURE), "en")
    assert [part.id for part in parts] == ["x", "x-picture", "x-drawing"]
    assert parts[0].source == "values = work()" and parts[0].outputs == [SAID]
    assert parts[1].outputs == [PICTURE] and "remove-input" in parts[1].metadata["tags"]
    assert parts[2].source.startswith("fig, axes") and parts[2].source.endswith("set(title='x')")
    assert parts[2].metadata["mystnb"]["code_prompt_show"] == quiet.PROMPTS["drawing"]["en"]


@pytest.mark.parametrize(
    "source",
    ["fig = plt.figure()\nx = 1", "for ax in axes:\n    total += 1", "curve = train()", "%matplotlib inline\n1"],
)
def test_what_computes_is_not_folded_though_it_ends_in_a_picture(source):
    assert [part.source for part in quiet.divided(cell(source, PICTURE), "en")] == [source]


def test_without_a_picture_nothing_is_drawing_and_a_plain_cell_stays():
    plain = cell("ax = figures.matrix(x)")
    assert quiet.divided(plain, "en") == [plain]


def test_no_line_of_any_lesson_is_lost():
    seen = 0
    for path in notebooks.lessons():
        for each in notebooks.read(path).cells:
            if each.cell_type == "code" and each.id != "bootstrap":
                shown = [
                    part for part in quiet.divided(each, "ko") if "remove-input" not in part.metadata.get("tags", [])
                ]
                lines = sorted(line for part in shown for line in part.source.splitlines() if line.strip())
                assert lines == sorted(line for line in each.source.splitlines() if line.strip()), (path.stem, each.id)
                seen += len(shown) > 1
    assert seen > 30


def test_the_first_cell_guards_and_drawing_are_folded_on_the_page(site):
    page = html(site, "ko/07_glove.html")
    for kind in ("first", "drawing", "guards"):
        assert f"tag_fold-{kind}" in page and quiet.PROMPTS[kind]["ko"] in page
    assert "Show code" not in page


# Addresses


def anchors(page):
    return re.findall(r'<section\b[^>]*\bid="([^"]+)"', page[page.index("<article") :])


def test_every_section_has_the_same_readable_address_in_both_languages(site):
    for path in sorted((site / "ko").glob("*.html")):
        korean, english = (anchors(html(site, f"{language}/{path.name}")) for language in LANGUAGES)
        assert korean[1:] == english[1:], path.name
        assert not [name for name in korean[1:] if re.fullmatch(r"id\d+", name)], path.name
    assert "exercises" in anchors(html(site, "ko/03_skipgram_samples.html"))


def test_the_language_switch_keeps_the_section(url, tab):
    page = tab.open(f"{url}/ko/03_skipgram_samples.html")
    page.evaluate("document.querySelector('#exercises h2').scrollIntoView()")
    page.evaluate("document.querySelector('.language-switch').click()")  # without scrolling to it, as a finger does
    page.wait_for_url(f"{url}/en/03_skipgram_samples.html#exercises*")
    page.wait_for_function("scrollY > 1000")


# Search

QUERIES = {
    "ko": {"스킵그램": "03", "스킵 그램": "03", "skip-gram": "03", "글로브": "07", "glove": "07", "윈도우": "03",
           "동시 등장 행렬": "07", "학습 표본": "03", "텐서": "00", "자동 미분": "00"},
    "en": {"skipgram": "03", "Skip-Gram": "03", "GloVe": "07", "co-occurrence matrix": "07", "window": "03",
           "training samples": "03", "tensor": "00", "automatic differentiation": "00", "one-hot": "00", "seed": "00"},
}  # fmt: skip


FIND = "(query) => CourseSearch.find(query, window.courseSearch).map((one) => one.address)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_twenty_questions_find_the_right_lesson_first_and_open_it_at_the_section(url, tab, language):
    page, wrong = tab.open(f"{url}/{language}/search.html"), {}
    for query, lesson in QUERIES[language].items():
        found = page.evaluate(FIND, query)
        if not (found and found[0].startswith(lesson)):
            wrong[query] = found[:3]
    assert wrong == {}
    assert len(QUERIES["ko"]) + len(QUERIES["en"]) == 20 and tab.errors == []


def test_a_hit_shows_its_words_and_leads_into_the_page(url, tab):
    page = tab.open(f"{url}/ko/search.html?q={quote('글로브')}")
    first = page.locator("#search-results li").first
    assert "GloVe" in first.inner_text()
    addresses = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.getAttribute('href'))")
    assert any("#" in address for address in addresses)
    page.click(f"#search-results a[href='{next(a for a in addresses if '#' in a)}']")
    page.wait_for_function("location.hash && document.getElementById(location.hash.slice(1))")


def test_sections_have_the_text_of_the_page_and_no_code(site):
    found = json.loads(html(site, "ko/search-index.js").removeprefix("window.courseSearch = ").rstrip(";\n"))
    text = " ".join(section[3] for section in found["sections"])
    assert "import torch" not in text and "자기지도학습" in text
    assert ["skip-gram", "스킵그램", "스킵 그램"] in found["spellings"]
    nested = '<article><section id="a"><h1>T<a class="headerlink">#</a></h1><p>one<br>two</p><pre>code</pre>three'
    assert sections.sections(nested + "</section></article>") == [
        ("", "T", "onetwo three".replace("onetwo ", "onetwo"))
    ]


# Copying, scrolling, a phone, progress


def test_code_is_copied_without_the_button_s_own_word(chromium, url):
    tab = browser.Tab(chromium)
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = tab.open(f"{url}/ko/00_environment.html")
    button = page.locator("div.cell_input button.copy").nth(1)
    code = button.evaluate("button => button.nextElementSibling.textContent")
    button.click(force=True)
    page.wait_for_function(
        "[...document.querySelectorAll('button.copy')].some((b) => b.textContent === '복사했습니다')"
    )
    assert page.evaluate("navigator.clipboard.readText()") == code.rstrip() and "복사" not in code
    tab.close()


ON_A_PHONE = """() => {
  const all = (selector, is) => [...document.querySelectorAll(selector)].filter(is).length;
  return {
    wide: document.documentElement.scrollWidth,
    wrapped: all("div.cell_input pre", (e) => getComputedStyle(e).whiteSpace !== "pre"),
    scrolls: all("div.cell_input pre", (e) => e.scrollWidth > e.clientWidth + 1),
    cut: all("table.table", (e) => e.scrollWidth > innerWidth),
  };
}"""


def test_on_a_phone_the_first_page_offers_both_languages_without_scrolling(chromium, url):
    tab = browser.Tab(chromium, width=390, height=664)  # what the browser's own bars leave
    boxes = tab.open(f"{url}/index.html").eval_on_selector_all("a.enter", BOXES)
    assert len(boxes) == 2 and all(box[3] <= 664 for box in boxes)
    tab.close()


KEYS = "(all) => all.filter((key) => key.getClientRects().length).map((key) => [key.offsetWidth, key.offsetHeight])"
FONT = "(all) => all.map((tip) => getComputedStyle(tip).fontFamily.split(',')[0])"


def test_the_theme_s_own_words_are_not_broken_and_have_letters(url, tab):
    page = tab.open(f"{url}/ko/search.html?q=glove")
    keys = page.eval_on_selector_all("kbd", KEYS)
    assert keys and all(height < 32 for _, height in keys), "Ctrl in one line"
    page.hover(".theme-switch-button:visible")
    page.wait_for_selector(".tooltip")
    assert page.eval_on_selector_all(".tooltip", FONT) == ['"Course Hangul"']


LABELS = """(tables) => tables.map((table) => [...table.rows].map((row, i) =>
  [...row.cells].map((cell) => i ? cell.dataset.label : cell.textContent.trim())))"""


def test_on_a_phone_code_scrolls_and_tables_of_words_become_lists(chromium, url):
    tab = browser.Tab(chromium, width=390, height=844)
    page = tab.open(f"{url}/ko/corrections.html")
    page.wait_for_selector("table.stacked")
    found = page.evaluate(ON_A_PHONE)
    assert found["wide"] <= 390 and found["cut"] == 0
    page = tab.open(f"{url}/ko/measured.html")  # with tables whose first column has no name
    page.wait_for_selector("table.stacked")
    tables = page.eval_on_selector_all("table.stacked", LABELS)
    assert all(row == heads for heads, *rows in tables for row in rows)
    assert any(heads[0] == "" and any(heads) for heads, *_ in tables)
    page = tab.open(f"{url}/ko/07_glove.html")
    found = page.evaluate(ON_A_PHONE)
    assert found["wide"] <= 390 and found["wrapped"] == 0 and found["scrolls"]
    tab.close()


CUT_ON_A_LAPTOP = """() => [...document.querySelectorAll("div.cell_input pre")].filter((code) =>
  code.clientWidth && code.scrollWidth > code.clientWidth + 1).map((code) =>
  Math.max(...code.textContent.split("\\n").map((line) => line.length)))"""


@pytest.mark.parametrize("width", [1000, 1280])
def test_on_a_laptop_88_columns_of_code_are_seen_without_scrolling(chromium, url, width):
    tab = browser.Tab(chromium, width=width)
    for name in ("00_environment", "03_skipgram_samples", "07_glove"):
        assert all(columns > 88 for columns in tab.open(f"{url}/en/{name}.html").evaluate(CUT_ON_A_LAPTOP)), name
    tab.close()


BROKEN_WORDS = """() => [...document.querySelectorAll("article td, article th")].flatMap((cell) => {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), broken = [];
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const word of text.data.matchAll(/[\\d.,]+\\s±\\s[\\d.,]+|[\\w.,]{2,20}/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_and_no_number_with_its_deviation_is_broken_in_a_table(chromium, url, language, width):
    tab = browser.Tab(chromium, width=width)
    for name in ("measured", "teach", "corrections"):
        page = tab.open(f"{url}/{language}/{name}.html")
        page.wait_for_timeout(100)  # until the tables that are too wide are lists
        assert page.evaluate(BROKEN_WORDS) == [], name
    tab.close()


FIGURES = """() => [...document.querySelectorAll("div.cell_output img")].map((img) => ({
  shown: img.clientWidth / img.naturalWidth, wide: img.clientWidth, box: img.closest("div.cell_output").clientWidth,
  scrolls: getComputedStyle(img.closest("div.cell_output")).overflowX === "auto",
  reached: img.closest("div.cell_output").tabIndex === 0,
}))"""


@pytest.mark.parametrize("name", ["03_skipgram_samples", "07_glove"])
def test_letters_in_figures_are_legible_on_a_phone(chromium, url, name):
    """At least 11 pixels high; a figure that needs more than the page's width for that scrolls in its own box."""
    letters = []
    for cell in excerpt(notebooks.read(notebooks.KOREAN / f"{name}.ipynb")).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                letters.append(deck_pictures.letter_pixels(cell, deck_pictures.opened(output)))
    tab = browser.Tab(chromium, width=390, height=844)
    page = tab.open(f"{url}/ko/{name}.html")
    page.evaluate("() => Promise.all([...document.images].map((img) => img.decode()))")
    figures = page.evaluate(FIGURES)
    assert len(figures) == len(letters) > 3 and page.evaluate("document.documentElement.scrollWidth") <= 390
    assert all(size * figure["shown"] > 10.9 for size, figure in zip(letters, figures, strict=True))
    assert all(figure["scrolls"] for figure in figures if figure["wide"] > figure["box"])
    assert all(figure["reached"] == (figure["wide"] > figure["box"]) for figure in figures), "by the keyboard, too"
    assert any(figure["wide"] > figure["box"] for figure in figures)
    tab.close()


WIDTH = """(family) => {
  const link = document.querySelector(".language-switch");
  if (family) link.style.fontFamily = family;
  return link.getBoundingClientRect().width;
}"""


def test_hangul_on_an_english_page_has_letters_where_no_font_is_installed(url, tab):
    page = tab.open(f"{url}/en/07_glove.html")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)  # until the letters that have come are drawn
    assert page.evaluate(WIDTH) == page.evaluate(WIDTH, "Course Hangul"), "empty boxes are narrower"


HANGUL_WORDS = """() => [...document.querySelectorAll("#hangul :is(th, td)")].map((cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  const lines = [...range.getClientRects()], size = parseFloat(getComputedStyle(cell).fontSize);
  return [lines.length, lines[0].width > 0.7 * size * cell.textContent.length];
})"""


def late(route):
    """A font that comes after the text could have been drawn."""
    time.sleep(0.4)
    route.continue_()


def test_hangul_in_a_table_of_an_english_page_has_letters_and_is_not_broken_on_a_phone(site, chromium, url):
    """While the font is loading, Chromium looks for another, and the first words would stay in that one."""
    words = "<th>만리장성</th>" + 8 * "<td>나이아가라</td>"
    page = (site / "en" / "00_environment.html").read_text(encoding="utf-8")
    page = re.sub(
        r"<article\b[^>]*>", rf'\g<0><div class="text_html"><table id="hangul"><tr>{words}</tr></table></div>', page
    )
    (site / "en" / "hangul.html").write_text(page, encoding="utf-8")
    tab = browser.Tab(chromium, width=390, height=844)
    tab.context.route("**/*.woff", late)
    page = tab.open(f"{url}/en/hangul.html")
    page.wait_for_timeout(300)  # until the letters that have come are drawn
    seen = page.evaluate(HANGUL_WORDS)
    tab.close()
    (site / "en" / "hangul.html").unlink()
    assert len(seen) == 9 and all(lines == 1 for lines, _ in seen), "broken between two syllables"
    assert all(wide for _, wide in seen), "empty boxes are narrower"


def test_a_site_built_here_marks_what_is_solved(site, url, tab):
    (site / "shared" / "progress.js").write_text(
        'window.courseProgress = {"03_skipgram_samples": [2, 4], "07_glove": [5, 5], "00_environment": [0, 4]};'
    )
    page = tab.open(f"{url}/ko/index.html")
    marks = page.eval_on_selector_all("ol.lessons .solved", "all => all.map((mark) => mark.textContent)")
    assert marks == ["2/4", "✓"] and page.locator("ol.map .solved").count() >= 2


# The start page


def test_the_start_page_moves_and_says_what_a_lesson_takes(url, tab):
    page = tab.open(f"{url}/ko/index.html")
    page.wait_for_selector("[data-play] >> nth=0")
    page.wait_for_selector("[data-ready]")
    assert page.evaluate("document.querySelector('[data-play]').getBoundingClientRect().top") < 500
    for small in page.locator("ol.lessons small").all_inner_texts():
        assert re.match(r"읽기\u00a0\d+분 · 실행\u00a0\d+분 · 연습\u00a0\d+문제", small), small


BOXES = """(all) => all.map((each) => {
  const box = each.getBoundingClientRect();
  return [box.left, box.top, box.right, box.bottom].map(Math.round);
})"""


@pytest.mark.parametrize("width", [360, 768, 1024, 1280, 1920])
def test_the_map_holds_all_lessons_at_every_width(chromium, url, width):
    tab = browser.Tab(chromium, width=width)
    page = tab.open(f"{url}/en/index.html")
    boxes = page.eval_on_selector_all("ol.map > li", BOXES)
    across = all(abs(box[0] - boxes[0][0]) > 5 for box in boxes[1:])
    for before, after in zip(boxes, boxes[1:]):
        assert before[2] <= after[0] if across else before[3] <= after[1], "one after the other, none wraps"
    assert boxes[-1][2] <= width and page.evaluate("document.documentElement.scrollWidth") <= width
    inside = "all => all.every((each) => each.scrollWidth <= each.clientWidth + 1)"
    assert page.eval_on_selector_all("ol.map ul li", inside), "no word sticks out"
    links = set(page.eval_on_selector_all("ol.map a", "all => all.map((a) => a.getAttribute('href'))"))
    assert links == {"00_environment.html", "03_skipgram_samples.html", "07_glove.html"}
    tab.close()


def test_a_new_lesson_is_on_the_map_and_has_a_card_by_itself():
    lessons = {path.name: notebooks.read(path) for path in notebooks.lessons()}
    lessons["97_new.ipynb"] = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# 97. New\n\n" + "word " * 12)]
    )
    drawn = start.course_map("en", lessons)
    for name in lessons:
        assert f'href="{name.removesuffix(".ipynb")}.html"' in drawn
    cards = start.cards("en", lessons, lessons)
    assert "word word" in cards and 'href="../slides/en/97_new.html"' in cards


# For everybody


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about(site, chromium, url, theme):
    axe = pytest.importorskip("axe_playwright_python.base", reason="not installed: make setup-dev")
    tab, problems = browser.Tab(chromium), {}
    tab.page.emulate_media(color_scheme=theme)
    for path in sorted(site.glob("k*/*.html")) + [site / "index.html", site / "en" / "index.html"]:
        page = tab.open(f"{url}/{path.relative_to(site)}")
        page.wait_for_timeout(200)
        page.evaluate(axe.AXE_FILE_PATH.read_text())
        for each in page.evaluate("axe.run({ preload: false })")["violations"]:
            problems[f"{path.name}: {each['id']}"] = [node["html"][:200] for node in each["nodes"]][:3]
    tab.close()
    assert problems == {}


WORDS = r"""() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll("article, script, style, [lang=en], kbd").forEach((element) => element.remove());
  const names = ["aria-label", "title", "placeholder"];
  const said = [...copy.querySelectorAll("*")].flatMap((element) => names.map((name) => element.getAttribute(name)));
  return [copy.textContent, ...said].join("\n").match(/[A-Za-z][A-Za-z ]{3,}/g) || [];
}"""
NAMES = {"CBOW", "Part", "Colab", "GloVe", "PyTorch", "gram", "skip", "English", "ipynb"}


@pytest.mark.parametrize("name", ["index", "03_skipgram_samples", "search"])
def test_the_theme_speaks_korean_on_korean_pages(url, tab, name):
    page = tab.open(f"{url}/ko/{name}.html")
    words = {word for line in page.evaluate(WORDS) for word in line.split() if len(word) > 3}
    assert words <= NAMES


def test_a_figure_in_the_dark_has_no_frame_of_the_theme_s(url, tab):
    tab.page.emulate_media(color_scheme="dark")
    page = tab.open(f"{url}/en/07_glove.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    frames = "(all) => [...new Set(all.map((image) => getComputedStyle(image).padding))]"
    assert page.eval_on_selector_all("div.cell_output img", frames) == ["0px"]


# Paper


def test_paper_is_white_in_the_dark_and_answers_open_when_asked(url, tab):
    tab.page.emulate_media(color_scheme="dark")
    page = tab.open(f"{url}/ko/03_skipgram_samples.html?answers")
    answers = "[...document.querySelectorAll('article details:not(.hide)')].map((each) => each.open)"
    assert set(page.evaluate(answers)) == {True}
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert page.evaluate(paper) == "rgb(255, 255, 255)" != dark
    hidden = "getComputedStyle(document.querySelector('.bd-sidebar-primary')).display"
    assert page.evaluate(hidden) == "none"
    page.emulate_media(media="screen", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    page = tab.open(f"{url}/ko/03_skipgram_samples.html")
    assert set(page.evaluate(answers)) == {False}


SHOWN = "(what) => [...document.querySelectorAll(what)].some((each) => each.getClientRects().length)"
CUT = (
    "() => [...document.querySelectorAll('article pre')].filter((pre) => pre.scrollWidth > pre.clientWidth + 1).length"
)
TORN = """() => [...document.querySelectorAll("article *")].filter((each) => {
  const style = getComputedStyle(each);
  const lines = parseFloat(style.borderTopWidth) && parseFloat(style.borderBottomWidth);
  const frame = lines || !["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"].includes(style.backgroundColor);
  if (!frame || !["block", "flex", "grid"].includes(style.display) || !each.getClientRects().length) return false;
  const code = each.closest(".tag_long > .cell_input"), lines_of = code && getComputedStyle(code.querySelector("pre"));
  if (code) return lines_of.orphans < 6 || lines_of.widows < 6 || getComputedStyle(code).display !== "block";
  for (let around = each; around.tagName !== "ARTICLE"; around = around.parentElement)
    if ((around.tagName === "DETAILS" && around.open) || getComputedStyle(around).breakInside === "avoid") return false;
  return true;
}).map((each) => `${each.tagName}.${each.className}`)"""

SCROLLED = """() => [...document.querySelectorAll("[data-play]")].flatMap((host) =>
  [...host.shadowRoot.querySelectorAll(":not(.heard, svg, svg *)")].filter((each) =>
    getComputedStyle(each).overflowY !== "visible" && each.scrollHeight > each.clientHeight + 1)
  .map((each) => `${host.dataset.play}: ${each.className}`))"""


WHOLE = """() => [...document.querySelectorAll(".cell:not(.tag_fold-guards) > .cell_input pre")].map((pre) => {
  const around = [pre, pre.closest(".highlight"), pre.closest(".cell_input")];
  const lines = pre.textContent.trimEnd().split("\\n").length;
  return [lines, around.some((each) => getComputedStyle(each).breakInside === "avoid")];
})"""
LONGER = """() => {
  const table = document.querySelector(".text_html table"), body = table.querySelector("tbody");
  body.replaceChildren(body.rows[0]);
  const short = getComputedStyle(table).breakInside;
  for (let i = 0; i < 9; i++) body.append(body.rows[0].cloneNode(true));
  return [short, getComputedStyle(table).breakInside];
}"""
TALL = """() => [...document.querySelectorAll(".cell_output img.legible")].map((image) =>
  [image.getBoundingClientRect().height, parseFloat(image.style.getPropertyValue("--paper"))])"""


def test_on_paper_long_code_and_long_tables_break_and_figures_are_no_larger_than_their_letters_need(url, tab):
    """In one piece they would leave half a page empty above them."""
    page = tab.open(f"{url}/en/07_glove.html")
    page.set_viewport_size({"width": 687, "height": 900})
    page.emulate_media(media="print")
    code = page.evaluate(WHOLE)
    assert {whole for lines, whole in code if lines >= course_extension.LONG} == {False}
    assert {whole for lines, whole in code if lines < course_extension.LONG} == {True}
    assert page.evaluate(LONGER) == ["avoid", "auto"]
    figures = page.evaluate(TALL)
    assert figures and all(height <= most * 96 / 25.4 + 1 for height, most in figures)


@pytest.mark.parametrize("name", ["00_environment", "03_skipgram_samples", "07_glove"])
def test_on_paper_no_line_is_cut_no_frame_is_torn_and_the_heading_stands_once(url, tab, name):
    page = tab.open(f"{url}/ko/{name}.html")
    page.set_viewport_size({"width": 687, "height": 900})  # A4 without its margins
    page.evaluate(pdf.START)
    page.wait_for_function(pdf.STARTED)
    page.emulate_media(media="print")
    assert page.evaluate(SHOWN, "article h1")
    assert not page.evaluate(SHOWN, "#jb-print-docs-body, .page-toc, .cell:has([data-play]) .cell_input")
    assert page.evaluate(CUT) == 0 and page.evaluate(TORN) == [] and page.evaluate(SCROLLED) == []
    assert page.evaluate(browser.HAIRLINES) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bookmarks_of_a_pdf_are_the_headings_once_each_and_whole(site, chromium, url, tmp_path, language):
    names = ["00_environment", "07_glove"]
    made = [file for file, _ in pdf.make(chromium, url, names, site=site, target=tmp_path) if language in file.parts]
    for name, file in zip(names, made):
        page = html(site, f"{language}/{name}.html")
        found = re.findall(r"<h[1-4]>(.*?)<a class=.headerlink", page[page.index("<article") :])
        headings = [" ".join(unescape(re.sub(r"<.*?>", "", heading)).split()) for heading in found]
        bookmarks = [" ".join(each.split()) for each in Paper(file.read_bytes()).bookmarks]
        assert sorted(each for each in bookmarks if each in headings) == sorted(headings)
        assert [each for each in bookmarks if each[: len(each) // 2] == each[len(each) // 2 :]] == []


BROKEN = """async () => {
  await MathJax.startup.promise;
  const broken = (span) => {
    const formula = span.querySelector("mjx-container").getBoundingClientRect(), range = document.createRange();
    return [...span.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).some((text) => {
      range.selectNodeContents(text);
      return [...range.getClientRects()].some((rect) => rect.bottom < formula.top || rect.top > formula.bottom);
    });
  };
  const spans = [...document.querySelectorAll(".together")].filter((span) => !span.querySelector(".wide"));
  return [spans.length, spans.filter(broken).map((span) => span.textContent)];
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_begins_with_what_is_written_to_a_formula(site, chromium, url, language):
    seen = 0
    for width in (390, 500, 610, 700, 1280):
        tab = browser.Tab(chromium, width=width, height=844)
        number, broken = tab.open(f"{url}/{language}/07_glove.html").evaluate(BROKEN)
        tab.close()
        assert not broken, f"{width} pixels: {broken}"
        seen += number
    assert seen > 50


def test_brackets_marks_and_particles_stay_with_a_formula_and_words_do_not():
    for before, opening in (("a (", "("), ("(a ", ""), ("", ""), ("“", "“"), ("((", "((")):
        assert course_extension.OPENING.search(before)[0] == opening
    written = {". Then": ".", "는 가": "는", "이므로, 쌍": "이므로,", ")은": ")은", "입니다. 다": "입니다."}
    for after, closing in (
        written | {" a": "", "": "", "-dimensional": "-", "일 때에만": "일", "차원입니다만": ""}
    ).items():
        assert course_extension.CLOSING.match(after)[0] == closing
