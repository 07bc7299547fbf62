"""The decks: nothing cut off at 1280 × 720, figures large, no network; and the places that cells get in them.

One lesson in two languages is opened in a real browser in the fast tier, all of them in the slow one.
"""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import browser
import notebooks
import slides
import sync

FAST = "02_count_based_vectors.ipynb"
EVERY = [path.name for path in notebooks.lessons()]


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides") / "built"
    slides.build(target=folder)
    return folder


@pytest.fixture(scope="module")
def chromium():
    with browser.chromium() as running:
        yield running


# Walks through a whole deck as a lecturer would, every answer shown, and reports what is wrong with each slide.
WALK = r"""() => {
  const found = { slides: 0, cut: [], empty: [], figures: [], small: [], texts: [] };
  for (const slide of Reveal.getSlides()) {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v);
    found.slides += 1;
    const page = slide.getBoundingClientRect();
    const content = slide.querySelector(".content");
    const boxes = [content, ...content.querySelectorAll("*")].filter((e) => !e.closest("svg") || e.tagName === "svg");
    for (const element of boxes) {
      const box = element.getBoundingClientRect();
      if (!box.width || element.closest("mjx-assistive-mml")) continue;
      const [right, bottom] = [box.right - page.left, box.bottom - page.top];
      const over = right > 1280 || bottom > 692 || box.left < page.left || box.top < page.top;
      if (over || element.scrollWidth > element.clientWidth + 1 && element.matches("pre, table, .content")) {
        found.cut.push(`${found.slides}: ${element.tagName} ${element.textContent.slice(0, 60)}`);
        break;
      }
    }
    const image = content.querySelector("figure img");
    if (image) {
      const box = image.getBoundingClientRect();
      found.figures.push([box.width, box.height, image.alt]);
    }
    if (!content.textContent.trim() && !image) found.empty.push(found.slides);
    for (const element of content.querySelectorAll("p, li, pre, td")) {
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (element.textContent.trim() && size < 12) found.small.push(`${found.slides}: ${size} px ${element.tagName}`);
    }
    const copy = content.cloneNode(true);
    copy.querySelectorAll("pre, code, mjx-container").forEach((element) => element.remove());
    found.texts.push(copy.textContent);
  }
  found.fragments = document.querySelectorAll(".fragment").length;
  found.drawn = document.querySelectorAll("mjx-container svg").length;
  found.wrong = document.querySelectorAll("mjx-merror, [data-mjx-error]").length;
  found.viewport = [window.innerWidth, window.innerHeight, Reveal.getScale()];
  found.hangul = [...document.fonts].some((f) => f.family.includes("Course Hangul") && f.status === "loaded");
  return found;
}"""


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == FAST else [pytest.mark.slow]) for name in EVERY]
)
def test_a_whole_deck_can_be_projected(decks, chromium, name, language):
    lesson = notebooks.read((notebooks.KOREAN if language == "ko" else notebooks.ENGLISH) / name)
    tab = browser.Tab(chromium, 1280, 720)
    page = tab.open((decks / language / name).with_suffix(".html").as_uri())
    page.wait_for_function("window.deckReady", timeout=120_000)
    found = page.evaluate(WALK)
    assert tab.outside == [] and tab.errors == []
    assert found["viewport"] == [1280, 720, 1], "one slide pixel is one screen pixel"
    assert found["cut"] == [] and found["empty"] == []
    assert found["small"] == [], "readable text"
    assert found["slides"] >= len([cell for cell in lesson.cells if cell.cell_type == "code"]) / 2
    pictures = [out for cell in lesson.cells for out in cell.get("outputs", []) if "image/png" in out.get("data", {})]
    assert len(found["figures"]) == len(pictures)
    for width, height, alt in found["figures"]:
        assert (width >= 1100 or height >= 395) and len(alt) >= 20, "a figure fills its slide"
    shown = "".join(found["texts"])
    assert "**" not in shown and "$" not in shown and "\\(" not in shown, "no raw markup"
    assert found["wrong"] == 0 and found["drawn"] >= ("$" in "".join(cell.source for cell in lesson.cells))
    assert language == "en" or found["hangul"]
    tab.close()


def test_nothing_of_a_lesson_is_lost_on_the_way_to_its_slides(decks, chromium):
    """Every word of the prose and the code that is not skipped stands on some slide."""
    tab = browser.Tab(chromium, 1280, 720)
    page = tab.page
    page.goto((decks / "ko" / FAST).with_suffix(".html").as_uri(), wait_until="commit")
    page.wait_for_function("window.deckReady", timeout=120_000)
    squeeze = "(text) => text.replace(/\\s+/g, '')"
    laid = page.evaluate(f"({squeeze})([...document.querySelectorAll('.content')].map((e) => e.textContent).join(''))")
    source = (decks / "ko" / FAST).with_suffix(".html").read_text(encoding="utf-8")
    parsed = "new DOMParser().parseFromString(html, 'text/html')"
    each = f"[...{parsed}.querySelectorAll('#source li, #source pre')].map((e) => ({squeeze})(e.textContent))"
    words = page.evaluate(f"(html) => {each}", source)
    words = [text for text in words if "\\(" not in text and "\\[" not in text]
    assert len(words) > 30
    assert [text for text in words if text not in laid] == []
    tab.close()


def test_the_page_of_decks_leads_to_each_of_them(decks):
    text = (decks / "index.html").read_text(encoding="utf-8")
    for name in EVERY:
        for language in ("ko", "en"):
            assert f'href="{language}/{name.removesuffix(".ipynb")}.html"' in text


def test_decks_ask_for_nothing_from_elsewhere(decks):
    for path in decks.glob("*/*.html"):
        head = path.read_text(encoding="utf-8").split("<body", 1)[0]
        assert "//" not in head.replace("http://www.w3.org", "")


# Places of cells


def lesson():
    cells = [
        new_markdown_cell("# Title", id="title"),
        new_code_cell("import x", id="bootstrap"),
        new_code_cell("import numpy", id="imports"),
        new_markdown_cell("## Section\n\nText.", id="section"),
        new_code_cell("1 + 1", id="code", outputs=[new_output("execute_result", {"text/plain": "2"})]),
        new_markdown_cell("It is two.", id="read"),
        new_markdown_cell("More.", id="more"),
        new_markdown_cell("### Exercise 1", id="exercise"),
        new_code_cell("def mine():\n    ...\n\n\ncheck(mine, theirs)", id="stub"),
    ]
    return new_notebook(cells=cells)


def test_places_follow_the_rules_and_marking_twice_changes_nothing():
    marked = slides.mark(lesson())
    types = [cell.metadata["slideshow"]["slide_type"] for cell in marked.cells]
    assert types == ["slide", "skip", "skip", "slide", "subslide", "-", "subslide", "subslide", "-"]
    once = nbformat.writes(marked)
    assert nbformat.writes(slides.mark(marked)) == once


def test_a_place_set_by_hand_stays_until_it_is_forgotten():
    notebook = lesson()
    notebook.cells[6].metadata["slideshow"] = {"slide_type": "skip"}
    assert slides.mark(notebook).cells[6].metadata["slideshow"] == {"slide_type": "skip"}
    assert "More." not in slides.source(notebook, "en")
    assert slides.mark(notebook, again=True).cells[6].metadata["slideshow"] == {"slide_type": "subslide"}


def test_marking_keeps_both_editions_alike(tmp_path, monkeypatch):
    for language in ("ko", "en"):
        (tmp_path / language).mkdir()
    notebooks.write(lesson(), tmp_path / "ko" / "00_x.ipynb")
    english, _ = sync.paired(lesson(), lesson(), trust=True)
    notebooks.write(english, tmp_path / "en" / "00_x.ipynb")
    monkeypatch.setattr(notebooks, "KOREAN", tmp_path / "ko")
    monkeypatch.setattr(notebooks, "ENGLISH", tmp_path / "en")
    monkeypatch.setattr(notebooks.lessons, "__defaults__", (tmp_path / "ko",))
    assert slides.mark_all() == ["ko/00_x.ipynb", "en/00_x.ipynb"]
    assert sync.report(check=True) == [] and slides.mark_all() == []


@pytest.mark.parametrize("name", EVERY)
def test_every_cell_of_the_course_has_its_place(name):
    for folder in (notebooks.KOREAN, notebooks.ENGLISH):
        for cell in notebooks.read(folder / name).cells:
            place = cell.metadata.get("slideshow", {}).get("slide_type")
            assert place in slides.TYPES, f"{name}: {cell.id} has no place; run tools/slides.py --mark"


def test_a_question_in_the_summary_stays_in_sight():
    question = "<b>Think.</b> Why is the first bar so high?"
    found = slides.blocks(f"<details><summary>{question} <i>Show</i></summary>\n\nSo.\n</details>")
    assert found == [f"<p>{question}</p>", '<div class="answer fragment"><p class="label">Show</p><p>So.</p></div>']
    asked = "How do <i>water</i> and <i>fashion</i> differ from each other here?"
    found = slides.blocks(f"<details><summary>{asked} <i>Show</i></summary>\n\nSo.\n</details>")
    assert found[0] == f"<p>{asked}</p>" and '<p class="label">Show</p>' in found[1]
    found = slides.blocks("<details><summary>Why is the first bar so high?</summary>\n\nSo.\n</details>")
    assert found == ["<p>Why is the first bar so high?</p>", '<div class="answer fragment"><p>So.</p></div>']


def test_blocks_of_a_text():
    found = slides.blocks(
        "Why $a_1$?\n\n<details><summary>Show</summary>\n\nBecause.\n\n- one\n</details>\n\n## Next\n\n"
        "See [03](03_skipgram_samples.ipynb) and [h](../../helpers/skipgram.py)."
    )
    assert [block[:4] for block in found] == ["<p>W", "<div", "<h2>", "<p>S"]
    assert "\\(a_1\\)" in found[0]
    assert 'class="answer fragment"' in found[1] and "Because." in found[1] and "<li>one" in found[1]
    assert 'href="03_skipgram_samples.html"' in found[3] and "/blob/main/helpers/skipgram.py" in found[3]
