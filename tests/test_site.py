"""The site: built without warnings, whole without a network, readable in a real browser.

The tests that need a browser run on two small lessons, and (slow) on all lessons of the course.
"""

import base64
import html
import io
import re
import sys
import time
from urllib.parse import quote

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import address
import browser
import course
import decks
import links
import notebooks
import pages
import sections

LANGUAGES = ("ko", "en")
BADGE = (
    "[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/your-account/language-intelligence-1/blob/main/notebooks/x.ipynb)"
)
SAYS = {
    "ko": {
        "title": "# {0}. 작은 수업\n\n{1}\n\n네거티브 샘플링(negative sampling)을 아주 짧게 다루는 수업입니다. "
        "코사인 유사도는 $\\frac{{a \\cdot b}}{{|a||b|}}$이고 $\\text{{단어 쌍}}$마다 있습니다.\n\n"
        "| 형식 | 내용 | 빈도 | 다른 프로그램 |\n|---|---|---|---|\n"
        "| `KeyedVectors` | 첫 줄 다음은 모두 이진수 | 없음 | word2vec.c, gensim, fastText와 그 도구 |",
        "read": "막대 두 개 가운데 오른쪽 막대가 더 높습니다. 도우미는 [skipgram](../../helpers/skipgram.py)입니다.",
        "end": "<details><summary>풀이 보기</summary>\n\n$$\\sum_i x_i$$\n\n</details>\n\n"
        "## 강의자료 바로잡기\n\n- 학습표본은 네 개입니다([다른 수업](0{}_lesson.ipynb)).\n\n## 다음 수업\n\n끝입니다.",
    },
    "en": {
        "title": "# {0}. A small lesson\n\n{1}\n\nA very short lesson about negative sampling. "
        "Cosine similarity is $\\frac{{a \\cdot b}}{{|a||b|}}$.",
        "read": "Of the two bars the right one is higher. The helper is [skipgram](../../helpers/skipgram.py).",
        "end": "<details><summary>Show the answer</summary>\n\n$$\\sum_i x_i$$\n\n</details>\n\n"
        "## Corrections to the slides\n\n- There are four samples ([the other lesson](0{}_lesson.ipynb)).\n\n"
        "## Where next\n\nThe end.",
    },
}


def figure():
    """A figure as a notebook stores it."""
    drawing = Figure(figsize=(12, 4))
    drawing.subplots().bar(["a", "b"], [1, 2])
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png")
    return new_output("display_data", {"image/png": base64.b64encode(buffer.getvalue()).decode()})


ANSWER = new_output("execute_result", {"text/plain": "42"})


def write_small_course(folder):
    """Two lessons of a few cells in both editions."""
    for language in LANGUAGES:
        (folder / language).mkdir()
        for number in range(2):
            says = SAYS[language]
            wide = "a_rather_long_name = [" + ", ".join(f"'word {i}'" for i in range(20)) + "]"
            cells = [
                new_markdown_cell(says["title"].format(number, BADGE), id="title"),
                new_code_cell(
                    wide + "\n6 * 7", id="code", outputs=[new_output("execute_result", {"text/plain": "42"})]
                ),
                new_code_cell("draw()", id="figure", outputs=[figure(), new_output("stream", text="x" * 300 + "\n")]),
                new_markdown_cell(says["read"], id="read"),
                new_markdown_cell(says["end"].format(1 - number), id="end"),
            ]
            nbformat.write(new_notebook(cells=cells), folder / language / f"0{number}_lesson.ipynb")


@pytest.fixture(scope="module", params=["small", pytest.param("whole", marks=pytest.mark.slow)])
def site(request, tmp_path_factory):
    """A built site and the names of its lessons: of two small lessons, and of the whole course."""
    folder = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "small":
            write_small_course(folder)
            patch.setattr(decks, "FOLDER", folder / "slides")
            patch.setattr(notebooks, "KOREAN", folder / "ko")
            patch.setattr(notebooks, "ENGLISH", folder / "en")
        names = [path.name for path in notebooks.lessons(notebooks.KOREAN)]
        course.build(names, target=folder / "site")
    return folder / "site", [name.removesuffix(".ipynb") for name in names]


@pytest.fixture(scope="module")
def chromium():
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def url(site):
    with browser.serving(site[0]) as served:
        yield served


@pytest.fixture
def tab(chromium):
    tab = browser.Tab(chromium)
    yield tab
    tab.close()


# The files


def pages_of(site):
    folder, names = site
    return [f"{language}/{name}.html" for language in LANGUAGES
            for name in ("index", *names, "glossary", "corrections", "measured", "search")]  # fmt: skip


def test_every_lesson_is_there_in_both_languages(site):
    folder, names = site
    for page in pages_of(site):
        text = (folder / page).read_text(encoding="utf-8")
        assert f'<html lang="{page[:2]}"' in text
        other = "en" if page.startswith("ko") else "ko"
        assert re.search(rf'language-switch[^>]*href="(\./)?\.\./{other}/{page[3:]}"', text), "the other language"
    welcome = (folder / "index.html").read_text(encoding="utf-8")
    for language in LANGUAGES:
        start = (folder / language / "index.html").read_text(encoding="utf-8")
        for name in names:
            assert f'href="{name}.html"' in start and f'href="{language}/{name}.html"' in welcome


def test_every_internal_link_leads_somewhere(site):
    assert links.broken(site[0]) == []


def test_no_page_names_a_foreign_script_style_or_picture(site):
    folder, _ = site
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loads = re.findall(r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=\"(https?:)?//[^\"]+", text)
        loads += re.findall(r"<link\b[^>]*rel=\"(?:stylesheet|preload|icon|preconnect)[^>]*href=\"(https?:)?//", text)
        assert not loads, path.name


def test_every_figure_has_an_alternative_text_in_the_language_of_its_page(site):
    folder, names = site
    seen = 0
    for language in LANGUAGES:
        for name in names:
            text = (folder / language / f"{name}.html").read_text(encoding="utf-8")
            article = text[text.index("<article") : text.index("</article>")]
            for tag in re.findall(r"<img\b[^>]*>", article):
                alt = html.unescape((re.search(r'\balt="([^"]*)"', tag) or ["", ""])[1])
                assert len(alt) >= 20 and " " in alt, f"{language}/{name}: {tag[:200]}"
                korean = len(re.findall("[가-힣]", alt)) / len(alt)
                assert (korean > 0.3) if language == "ko" else (korean < 0.3), f"{language}/{name}: {alt}"
                seen += 1
    assert seen >= 2 * 2


def test_every_lesson_and_the_start_page_lead_to_the_slides(site):
    folder, names = site
    for language in LANGUAGES:
        for name in names:
            text = (folder / language / f"{name}.html").read_text(encoding="utf-8")
            assert re.search(rf'slides-link[^>]*href="(\./)?\.\./slides/{language}/{name}\.html"', text)
            assert (folder / "slides" / language / f"{name}.html").exists()
        for page in ("glossary", "corrections"):
            assert "slides-link" not in (folder / language / f"{page}.html").read_text(encoding="utf-8")
        assert 'href="../slides/index.html"' in (folder / language / "index.html").read_text(encoding="utf-8")


def test_corrections_of_all_lessons_are_on_one_page_and_lead_back(site):
    folder, names = site
    for language, heading in pages.CORRECTIONS.items():
        page = (folder / language / "corrections.html").read_text(encoding="utf-8")
        for name in names:
            lesson = (folder / language / f"{name}.html").read_text(encoding="utf-8")
            if f"<h2>{heading}<" in lesson:
                assert re.search(rf'href="{name}\.html#[^"]+"', page), name
        assert page.count("<h2>") >= 2


def test_terms_of_a_lesson_lead_to_the_glossary(site):
    folder, _ = site
    for language, term in (("ko", "네거티브 샘플링"), ("en", "negative sampling")):
        lessons = "".join(path.read_text(encoding="utf-8") for path in (folder / language).glob("0*.html"))
        assert re.search(rf'<a class="term[^>]*href="glossary.html#negative-sampling"[^>]*>{term}', lessons, re.I)
        glossary = (folder / language / "glossary.html").read_text(encoding="utf-8")
        assert 'id="negative-sampling"' in glossary


def test_the_launch_button_opens_this_very_notebook(site):
    folder, names = site
    for language in LANGUAGES:
        text = (folder / language / f"{names[0]}.html").read_text(encoding="utf-8")
        assert address.colab(address.address(), f"notebooks/{language}/{names[0]}.ipynb") in text


# In the browser


RAW = r"""() => {
  const copy = document.querySelector("article").cloneNode(true);
  copy.querySelectorAll("pre, code, script, style, mjx-container, .cell_output").forEach((element) => element.remove());
  return (copy.textContent.match(/\\\(|\\\[|\$[^$\n]*\$|\*\*/g) || []).join(" ");
}"""
DRAWN = r"""() => {
  const formulas = document.querySelectorAll(".math").length;
  const drawn = document.querySelectorAll(".math mjx-container svg").length;
  return [formulas, drawn, document.querySelectorAll("mjx-merror, [data-mjx-error]").length];
}"""
SAYING = "(words) => document.querySelector('#search-results p.search-summary')?.textContent.includes(words)"
WIDTH = "() => [document.documentElement.scrollWidth, window.innerWidth]"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_open_whole_without_a_network_and_fit_a_phone(site, url, tab, language):
    formulas = 0
    for name in [page for page in pages_of(site) if page.startswith(language)] + ["index.html"]:
        page = tab.open(f"{url}/{name}")
        assert tab.outside == [] and tab.errors == [], name
        tab.page.set_viewport_size({"width": 390, "height": 844})
        total, visible = page.evaluate(WIDTH)
        assert total <= visible == 390, f"{name} is {total} pixels wide on a phone"
        tab.page.set_viewport_size({"width": 1280, "height": 800})
        if name == "index.html" or name.endswith("search.html"):
            continue
        expected, drawn, wrong = page.evaluate(DRAWN)
        formulas += expected
        assert drawn == expected and wrong == 0, f"{name}: {drawn} of {expected} formulas drawn"
        assert page.evaluate(RAW) == "", f"{name} shows raw markup"
        face = "[...document.fonts].some(f => f.family.includes('Course Hangul') && f.status === 'loaded')"
        assert language == "en" or page.evaluate(face), f"{name}: the Hangul font was not loaded"
    assert formulas >= 4


BROKEN = """() => [...document.querySelectorAll("article td code")].filter((code) => {
  if (/[-\\s/]/.test(code.textContent) || !code.getClientRects().length) return false;
  const range = document.createRange();
  range.selectNodeContents(code);
  const tops = [...range.getClientRects()].map((box) => Math.round(box.top));
  return Math.max(...tops) - Math.min(...tops) > 8;
}).map((code) => code.textContent)"""
FORMULA_WORDS = """() => [...document.querySelectorAll("mjx-container text")].map((text) => {
  const [box, next] = [text, text.nextElementSibling].map((each) => each?.getBoundingClientRect());
  return [text.textContent, getComputedStyle(text).fontFamily.split(",")[0], !next || next.left > box.right - 2];
})"""


def late(route):
    """A font that comes after the formulas could have been drawn."""
    time.sleep(0.4)
    route.continue_()


def test_on_a_phone_no_name_is_broken_in_a_table_and_formulas_have_letters_for_their_words(site, chromium, url):
    tab, words = browser.Tab(chromium, width=390, height=844), 0
    tab.context.route("**/*.woff", late)
    for name in site[1]:
        page = tab.open(f"{url}/ko/{name}.html")
        page.wait_for_timeout(100)  # until the tables that are too wide are lists
        assert page.evaluate(BROKEN) == [], name
        found = [seen for word, *seen in page.evaluate(FORMULA_WORDS) if re.search("[가-힣]", word)]
        assert all(seen == ['"Course Hangul"', True] for seen in found), "one letter beside the other"
        words += len(found)
    assert words
    tab.close()


WIDE = """(width) => [...document.querySelectorAll("article *")].filter((each) => {
  if (each.closest("mjx-assistive-mml")) return false; // read aloud, never drawn
  const box = each.getBoundingClientRect();
  return box.width && box.right > width + 1;
}).map((each) => `${each.tagName} ${each.className.baseVal ?? each.className}`)"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_paper(site, url, tab, language):
    tab.page.set_viewport_size({"width": 687, "height": 900})  # A4 without its margins
    for name in site[1]:
        page = tab.open(f"{url}/{language}/{name}.html")
        page.emulate_media(media="print")
        assert page.evaluate(WIDE, 687) == [] == page.evaluate(BROKEN), name
        page.emulate_media(media="screen")


def test_the_language_switch_lands_on_the_same_page(site, url, tab):
    for name in (site[1][-1], "glossary", "corrections"):
        page = tab.open(f"{url}/ko/{name}.html")
        page.click(".language-switch")
        page.wait_for_url(f"{url}/en/{name}.html")  # a click does not wait for the page that it leads to
        assert page.evaluate("document.documentElement.lang") == "en"
        page.click(".language-switch")
        page.wait_for_url(f"{url}/ko/{name}.html")


@pytest.mark.parametrize(
    ("query", "finds"),
    [("네거티브 샘플링", "_"), ("네거티브", "_"), ("샘플링을", "_"), ("표본", "corrections"), ("유사도", "_")],
)
def test_search_finds_korean_terms_and_their_parts(site, url, tab, query, finds):
    page = tab.open(f"{url}/ko/search.html?q={quote(query)}")
    page.wait_for_selector("#search-results li a")
    page.wait_for_function(
        "document.querySelector('#search-results p.search-summary')?.textContent.includes('찾았습니다')"
    )
    found = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.getAttribute('href'))")
    assert any(finds in link for link in found), found
    assert tab.outside == [] and tab.errors == []


WHOLE = {
    "ko": {"스킵그램": "03", "학습 표본": "03", "글로브": "07", "동시 등장 행렬": "07", "서브워드": "08",
           "패스트텍스트": "08", "워드투벡": "05", "원핫": "02", "어텐션": "10", "네거티브 샘플링": "04",
           "캡셔닝": "09", "클러스터": "11", "자동 미분": "00", "내 글": "12"},
    "en": {"skipgram": "03", "training samples": "03", "co-occurrence matrix": "07", "subword": "08", "fasttext": "08",
           "word2vec": "05", "one-hot": "02", "attention": "10", "captioning": "09", "cluster": "11", "tensor": "00"},
}  # fmt: skip
FIRST = "(query) => CourseSearch.find(query, window.courseSearch)[0]?.address ?? ''"


def test_in_the_whole_course_the_right_lesson_is_found_first(site, url, tab):
    if len(site[1]) < 10:
        pytest.skip("a course of two lessons (the whole one is in the slow tier)")
    for language, queries in WHOLE.items():
        page = tab.open(f"{url}/{language}/search.html")
        found = {query: page.evaluate(FIRST, query) for query in queries}
        assert {query: at for query, at in found.items() if not at.startswith(queries[query])} == {}


def test_what_comes_next_is_not_searched(site):
    for language in LANGUAGES:
        index = (site[0] / language / "search-index.js").read_text(encoding="utf-8")
        assert not any(f'"{heading}"' in index for heading in ("다음 수업", "Where next"))


def test_what_a_cell_has_printed_is_not_searched():
    """A table of pandas has no <pre> around it."""
    printed = '<div class="cell_output docutils container"><table><tr><td>subwords</td></tr></table></div>'
    page = f'<article><section id="a"><h2>Head</h2><p>before</p>{printed}<p>after</p></section></article>'
    (found,) = sections.sections(page)
    assert "before" in str(found) and "after" in str(found) and "subwords" not in str(found)


def test_a_syllable_that_no_page_has_is_in_a_font_that_the_browser_takes(site, url, tab):
    page = tab.open(f"{url}/ko/index.html")
    for weight in (400, 700):
        loaded = f"document.fonts.load('{weight} 16px \"Course Hangul\"', '뷁').then((found) => found.length)"
        assert page.evaluate(loaded) == 1
    assert tab.errors == []


def test_search_finds_nothing_where_there_is_nothing(url, tab):
    page = tab.open(f"{url}/ko/search.html?q={quote('킹크랩튀김')}")
    page.wait_for_function(
        "document.querySelector('#search-results p.search-summary')?.textContent.includes('없습니다')"
    )
    assert page.locator("#search-results li").count() == 0


def test_the_site_works_from_a_folder_without_a_server(site, tab):
    page = tab.open(f"{(site[0] / 'ko' / site[1][0]).as_uri()}.html")
    page.wait_for_selector("mjx-container svg")
    assert tab.outside == [] and tab.errors == []
    page = tab.open(f"{(site[0] / 'ko' / 'search.html').as_uri()}?q={quote('네거티브')}")
    page.wait_for_selector("#search-results li a")
    assert tab.outside == [] and tab.errors == []


# The parts, without a browser


def test_every_figure_of_the_course_is_followed_by_a_sentence():
    seen = 0
    for folder in (notebooks.KOREAN, notebooks.ENGLISH):
        for path in notebooks.lessons(folder):
            cells = notebooks.read(path).cells
            for cell, following in zip(cells, [*cells[1:], None]):
                if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
                    assert len(pages.alternative_text(following)) >= 20, f"{path.name}: {cell.id}"
                    seen += 1
    assert seen > 50


def test_a_figure_without_a_sentence_is_refused():
    for cell in (None, new_code_cell("1"), new_markdown_cell("## Only a heading")):
        with pytest.raises(ValueError, match="no sentence below it"):
            pages.alternative_text(cell)


def test_alternative_text_is_plain_and_short():
    cell = new_markdown_cell("**Left**, the score $x_1$ is 0.5. Right: `b` [more](https://a.b). " + "And more. " * 20)
    assert pages.alternative_text(cell) == "Left, the score x_1 is 0.5. Right: b more. And more. And more."


def test_a_link_to_a_missing_file_of_the_repository_is_refused():
    assert "/blob/main/helpers/skipgram.py)" in pages.with_public_links("[x](../../helpers/skipgram.py)")
    assert "/tree/main/helpers)" in pages.with_public_links("[x](../../helpers)")
    with pytest.raises(FileNotFoundError, match="helpers/nowhere.py"):
        pages.with_public_links("[x](../../helpers/nowhere.py)")


def test_terms_are_found_once_with_their_particles_and_not_inside_other_words():
    terms = pages.Terms("ko")
    text = "문맥 단어와 중심 단어를 봅니다. 중심 단어는 하나입니다. 손실된 것과 시드니와 배치되는 것."
    assert [text[a:b] for a, b, _ in terms.first_uses(text)] == ["문맥 단어", "중심 단어"]
    assert [entry["id"] for _, _, entry in terms.first_uses("손실을 줄이고 중심 단어로")] == ["loss"]
    english = pages.Terms("en")
    assert [entry["id"] for _, _, entry in english.first_uses("Losses, batches and Gradients")] == [
        "loss", "batch", "gradient"]  # fmt: skip


def test_glossary_has_every_term_once_in_both_languages():
    terms = [term for section in pages.glossary() for term in section["terms"]]
    assert len(terms) > 80
    for key in ("id", "ko", "en"):
        assert len({term[key] for term in terms}) == len(terms), key
    for term in terms:
        assert re.search("[가-힣]", term["means"]["ko"]) and term["means"]["ko"].endswith((".", ")."))
        assert not re.search("[가-힣]", re.sub("빨래를|빨래|를|은|에서", "", term["means"]["en"])), term["en"]


def test_a_broken_link_is_named(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#there">x</a><img src="c.png"><a href="https://x.y/">z</a>')
    (tmp_path / "b.html").write_text('<p id="here">')
    assert links.broken(tmp_path) == ["a.html: b.html#there", "a.html: c.png"]


# Building


@pytest.fixture
def small_course(tmp_path, monkeypatch):
    write_small_course(tmp_path)
    monkeypatch.setattr(decks, "FOLDER", tmp_path / "slides")
    monkeypatch.setattr(notebooks, "KOREAN", tmp_path / "ko")
    monkeypatch.setattr(notebooks, "ENGLISH", tmp_path / "en")
    return tmp_path


def edit(folder, cell_id, source, languages=LANGUAGES):
    for language in languages:
        path = folder / language / "00_lesson.ipynb"
        notebook = notebooks.read(path)
        next(cell for cell in notebook.cells if cell.id == cell_id).source = source
        nbformat.write(notebook, path)


@pytest.mark.slow
def test_a_warning_leaves_the_old_site_in_place(small_course, capfd):
    target = small_course / "site"
    target.mkdir()
    (target / "index.html").write_text("old")
    edit(small_course, "end", "[nowhere](99_nowhere.ipynb)", ["en"])
    with pytest.raises(SystemExit, match="not built"):
        course.build(["00_lesson.ipynb", "01_lesson.ipynb"], target=target)
    assert "99_nowhere" in capfd.readouterr().err
    assert (target / "index.html").read_text() == "old"


@pytest.mark.slow
def test_fresh_outputs_are_shown_a_failing_lesson_is_marked_and_the_notebooks_stay(small_course, capfd):
    for number in range(2):
        for language in LANGUAGES:
            path = small_course / language / f"0{number}_lesson.ipynb"
            notebook = notebooks.read(path)
            notebook.cells = [cell for cell in notebook.cells if cell.id != "figure"]
            notebook.cells[1].source = "6 * 107" if number else "undefined_name"
            nbformat.write(notebook, path)
    before = {path: path.read_bytes() for path in small_course.rglob("*.ipynb")}
    executed, failed = course.run(notebooks.lessons(small_course / "ko"))
    assert list(failed) == ["00_lesson.ipynb"] and list(executed) == ["01_lesson.ipynb"]
    course.build(["00_lesson.ipynb", "01_lesson.ipynb"], executed, failed, small_course / "site")
    printed = capfd.readouterr().out
    assert "[2/2] 01_lesson.ipynb" in printed and "undefined_name" in printed
    for language in LANGUAGES:
        fresh = (small_course / "site" / language / "01_lesson.html").read_text(encoding="utf-8")
        assert "642" in fresh and pages.FAILED[language] not in fresh
        stopped = (small_course / "site" / language / "00_lesson.html").read_text(encoding="utf-8")
        assert pages.FAILED[language] in stopped and "NameError" in stopped and "42" in stopped
    assert before == {path: path.read_bytes() for path in before}, "lessons are left alone"


def test_an_unknown_lesson_is_refused(small_course, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["course.py", "07_nowhere.ipynb"])
    with pytest.raises(SystemExit, match="07_nowhere"):
        course.main()
