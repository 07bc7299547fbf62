"""PDF files of the site: pages of paper, page numbers, bookmarks, answers open when asked, one book per language."""

import re
import sys
import zlib

import pytest

import browser
import pdf

PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>
<body><article><section id="title"><h1>{title}</h1><p>text</p><section id="part"><h2>Part of {title}</h2>
<p><a href="#part">here</a> <a href="01_b.html#part">there</a></p><details><summary>s</summary><p>answer</p></details>
<p style="margin-top:1500px">below</p></section></section></article>
<script>const Play = {{ find() {{}} }};
if (location.search === "?answers") document.querySelectorAll("details").forEach((each) => (each.open = true));</script>
</body></html>"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The PDF files of a small site, without and with answers: {name: bytes with every stream unpacked}."""
    folder = tmp_path_factory.mktemp("pdf")
    for language in ("ko", "en"):
        (folder / "site" / language).mkdir(parents=True)
        for name, title in (("index", "Start"), ("00_a", "First"), ("01_b", "Second")):
            text = PAGE.format(language=language, title=title)
            (folder / "site" / language / f"{name}.html").write_text(text, encoding="utf-8")
    found = {}
    with browser.chromium() as running, browser.serving(folder / "site") as url:
        for answers in (False, True):
            for file, _ in pdf.make(running, url, (), answers, folder / "site", folder / "out"):
                found[file.relative_to(folder / "out").as_posix()] = unpacked(file.read_bytes())
    return found


def unpacked(data):
    """A PDF's bytes with the packed streams in the clear."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.S)
    clear = []
    for stream in streams:
        try:
            clear.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return data + b"\n".join(clear)


def sheets(data):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", data))


def test_every_lesson_and_a_book_in_both_languages_and_both_variants(printed):
    names = [f"{language}/{name}{suffix}.pdf" for language in ("ko", "en") for name in ("00_a", "01_b", "book")
             for suffix in ("", "-answers")]  # fmt: skip
    assert sorted(printed) == sorted(names)


def test_pages_are_a4_and_the_book_holds_all_lessons_with_bookmarks(printed):
    for name, data in printed.items():
        width, height = map(float, re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", data).groups())
        assert abs(width - 595.5) < 1 and abs(height - 842.5) < 1, name
    lesson, book = printed["en/00_a.pdf"], printed["en/book.pdf"]
    assert b"/Outlines" in lesson and b"/Outlines" in book
    titles = re.findall(rb"/Title\s*\(([^)]*)\)", book)
    assert {b"Part of First", b"Part of Second"} <= set(titles)
    assert sheets(book) >= 2 * sheets(lesson) >= 4


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
