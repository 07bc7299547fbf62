"""PDF files of the site: pages of paper, page numbers, bookmarks, answers open when asked, one book per language."""

import html
import re
import sys

import pytest

import assets
import browser
import handout
import missing_letters
import notebooks
import pdf
from paper import Paper

TITLES = {"index": "시작", "00_a": "첫째 수업", "01_b": "둘째 수업"}
PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} — 강의</title>
<style>{font} body {{ font-family: "Course Hangul" }} h1, h2 {{ font-weight: 400 }}</style></head>
<body><article><section id="title"><h1>{title}</h1><p>text</p><section id="part"><h2>Part of {title}</h2>
<p><a href="#part">here</a> <a href="01_b.html#part">there</a></p><details><summary>s</summary><p>answer</p></details>
<p data-play="x" style="margin-top:1500px">below</p></section></section></article>
<script>const Play = {{ async mount(host) {{ // one that comes late, with an answer of its own
  await new Promise((done) => setTimeout(done, 300));
  host.attachShadow({{ mode: "open" }}).innerHTML = "drawn<details><summary>s</summary>solved</details>";
  host.dataset.ready = "yes";
}} }};
if (location.search === "?answers") document.querySelectorAll("details").forEach((each) => (each.open = true));</script>
</body></html>"""
FORMULAS = """<script id="tex-svg">const MathJax = window.MathJax = { startup: { promise: Promise.resolve() },
  async typesetPromise([place]) { for (const each of place.querySelectorAll("h2")) each.append(" typeset"); } };
</script></body>"""  # as on the site, only pages that need them have them


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The PDF files of a small site, without and with answers: {name: what it holds}."""
    folder = tmp_path_factory.mktemp("pdf")
    letters = set(map(ord, "".join(TITLES.values()) + PAGE + "0123456789"))
    source = assets.packaged("koreanize-matplotlib", f"koreanize_matplotlib/fonts/{assets.WEIGHTS[400]}")
    font = assets.rule("../hangul.woff", 400, letters)
    for language in ("ko", "en"):
        (folder / "site" / language).mkdir(parents=True)
        for name, title in TITLES.items():
            text = PAGE.format(language=language, title=title, font=font)
            text = text.replace("</body>", FORMULAS) if name == "01_b" else text
            (folder / "site" / language / f"{name}.html").write_text(text, encoding="utf-8")
    assets.cut(source, letters, folder / "site" / "hangul.woff")
    found = {}
    with browser.chromium() as running, browser.serving(folder / "site") as url:
        for answers in (False, True):
            for file, _ in pdf.make(running, url, (), answers, folder / "site", folder / "out"):
                found[file.relative_to(folder / "out").as_posix()] = Paper(file.read_bytes())
    return found


def test_every_lesson_and_a_book_in_both_languages_and_both_variants(printed):
    names = [f"{language}/{name}{suffix}.pdf" for language in ("ko", "en") for name in ("00_a", "01_b", "book")
             for suffix in ("", "-answers")]  # fmt: skip
    assert sorted(printed) == sorted(names)


def test_pages_are_a4_and_numbered_in_letters_that_are_there(printed):
    for name, paper in printed.items():
        for page in paper.pages:
            width, height = map(float, re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", page).groups())
            assert abs(width - 595) < 1 and abs(height - 842) < 1, name
        assert len(paper.pages) >= 2
    lesson, book = printed["ko/00_a.pdf"], printed["en/book.pdf"]
    for number, text in enumerate(lesson.texts, 1):
        assert f"첫째 수업 — 강의 · {number} / {len(lesson.pages)}" in text
    assert f"{pdf.pages.TITLE['en']} · 1 / {len(book.pages)}" in book.texts[0]


def test_the_book_holds_all_lessons_in_its_contents_and_its_bookmarks(printed):
    lesson, book = printed["en/00_a.pdf"], printed["en/book.pdf"]
    assert len(book.pages) >= 1 + 2 * len(lesson.pages)
    for title in ("첫째 수업", "둘째 수업"):
        assert title in book.texts[0] and f"Part of {title} typeset" in book.bookmarks, "and draws their formulas"
    assert {"첫째 수업", "Part of 첫째 수업"} <= set(lesson.bookmarks)


def test_playgrounds_are_drawn_though_nobody_scrolls_to_them_and_answers_stay_shut_unless_asked(printed):
    for name, paper in printed.items():
        text = "".join(paper.texts)
        lessons = 2 if "book" in name else 1
        assert text.count("drawn") == lessons and text.count("below") == 0, name
        assert text.count("answer") == text.count("solved") == ("answers" in name) * lessons, name


def every_letter():
    """All letters of the lessons and their outputs, the decks, the site and its playgrounds."""
    places = {"notebooks": "*/*.ipynb", "slides": "*/*.md", "site": "**/*.*"}
    files = [path for folder, kind in places.items() for path in notebooks.files(notebooks.ROOT / folder, kind)]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix != ".pyc"]
    return "".join(sorted(letter for letter in set().union(*texts) if letter.isprintable()))


LETTERS = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="hangul.css">
<style>* {{ font-family: "Course Hangul", monospace }}</style><p>{letters}</p><p>→ {nowhere}</p>
<div class="cell_input"><pre>x = "{nowhere}"</pre></div>"""


def test_no_letter_of_the_course_is_an_empty_box_on_paper(tmp_path):
    """Neither where the machine has no font for an emoji nor for a code point that no font has anywhere."""
    letters, nowhere = every_letter(), chr(0x10FFF0)
    assert {"🙂", "빨", "→"} <= set(letters)
    page = LETTERS.format(letters=html.escape(letters), nowhere=nowhere)
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assets.fonts(tmp_path, letters)
    with browser.chromium() as running, browser.serving(tmp_path) as url:
        page = running.new_page()
        page.goto(f"{url}/page.html")
        assert Paper(page.pdf()).boxes() >= 2
        pdf.printed(page, tmp_path / "page.pdf", "title")
    paper = Paper((tmp_path / "page.pdf").read_bytes())
    text = "".join(paper.texts)
    assert paper.boxes() == 0 and "빨" in text
    assert "→ [U+10FFF0]" in text and r'x = "\U0010FFF0"' in text
    assert missing_letters.forms("🙂") == (r"\N{SLIGHTLY SMILING FACE}", "[slightly smiling face]")


def test_a_handout_has_no_empty_boxes_either(tmp_path):
    deck = '<meta charset="utf-8"><div class="pdf-page">{}</div><script>deckReady = true</script>'
    (tmp_path / "deck.html").write_text(deck.format(chr(0x10FFF0)), encoding="utf-8")
    with browser.chromium() as running:
        handout.print_deck(running, tmp_path / "deck.html", tmp_path / "deck.pdf")
    paper = Paper((tmp_path / "deck.pdf").read_bytes())
    assert paper.boxes() == 0 and "[U+10FFF0]" in paper.texts[0]


def test_a_missing_site_lesson_or_browser_is_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "SITE", tmp_path)
    monkeypatch.setattr(sys, "argv", ["pdf.py", "07_nowhere"])
    with pytest.raises(SystemExit, match="make site"):
        pdf.main()
    (tmp_path / "ko").mkdir()
    (tmp_path / "index.html").write_text("")
    with pytest.raises(SystemExit, match="no such lesson: 07_nowhere"):
        pdf.main()
    (tmp_path / "ko" / "07_nowhere.html").write_text("")
    monkeypatch.setattr(pdf.chromium, "executable", lambda: None)
    with pytest.raises(SystemExit, match="COURSE_CHROMIUM"):
        pdf.main()
