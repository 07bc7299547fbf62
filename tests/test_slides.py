"""The decks: readable from the last row, whole at 1280 × 720, no network; where cells stand in derived ones.

Each lecture deck (slides/) is opened in a real browser.  A lesson without one gets a deck that is made from its cells:
the last lesson is taken for that as if it had none.
"""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import browser
import decks as sources
import notebooks
import slides
import sync

LESSONS = [path.name for path in notebooks.lessons()]
WRITTEN = [name for name in LESSONS if sources.path_of("ko", name)]
LAST = LESSONS[-1]


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides") / "built"
    slides.build(target=folder)
    return folder


@pytest.fixture(scope="module")
def made_from_cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("from cells") / "built"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "FOLDER", folder / "none")
        slides.build([LAST], target=folder)
    return folder


@pytest.fixture(scope="module")
def chromium():
    with browser.chromium() as running:
        yield running


# Lecture decks

# Every slide with all of its steps shown: what is too large for it, too small to read, or missing.
MEASURE = r"""async () => {
  const frames = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  const found = { slides: 0, over: [], small: [], bare: [], raw: [] };
  const readable = (element, least) => {
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (element.textContent.trim() && size < least) found.small.push(`${found.slides}: ${element.tagName} ${size} px`);
  };
  document.querySelectorAll(".fragment").forEach((step) => step.classList.add("visible"));
  for (const slide of Reveal.getSlides()) {
    Reveal.slide(found.slides, 0, 99);
    found.slides += 1;
    const page = slide.getBoundingClientRect(), body = slide.querySelector(".body");
    const line = slide.querySelector(".times, .foot");
    const foot = line.checkVisibility() ? line.getBoundingClientRect().top - page.top : 720;
    const inside = [...slide.querySelectorAll(":is(h1, h2), .body *")]
      .filter((element) => !element.closest("svg, mjx-assistive-mml"));
    for (const element of inside) {
      const box = element.getBoundingClientRect();
      const over = box.right - page.left > 1250 || box.bottom - page.top > foot || box.left - page.left < 30;
      const cut = element.matches("pre, table, p, li") && element.scrollWidth > element.clientWidth + 1;
      const named = `${found.slides}: ${element.tagName} ${element.textContent.slice(0, 50)}`;
      const short = element.matches("td") && element.textContent.length < 30; // such as a number with its interval
      const broken = short && box.height > 1.9 * parseFloat(getComputedStyle(element).lineHeight);
      if (box.width && (over || cut || broken)) found.over.push(named);
    }
    const heading = slide.querySelector("h1, h2");
    if (!heading.textContent.trim() || heading.getBoundingClientRect().bottom > body.getBoundingClientRect().top) {
      found.bare.push(`${found.slides}: heading`);
    }
    if (!body.textContent.trim() && !body.querySelector("img")) found.bare.push(`${found.slides}: body`);
    if (!slide.querySelector("aside.notes").textContent.trim()) found.bare.push(`${found.slides}: notes`);
    for (const element of slide.querySelectorAll(".body :is(p, li, td, th)")) {
      if (!element.closest("[data-play]")) readable(element, 28);
    }
    slide.querySelectorAll(".body :is(pre, code)").forEach((element) => readable(element, 22));
    for (const image of slide.querySelectorAll("figure img")) {
      const scale = Math.min(image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight);
      const letters = image.dataset.letters * scale;
      if (!(letters >= 16)) found.small.push(`${found.slides}: letters of a figure ${letters.toFixed(1)} px`);
      if (image.alt.length < 20) found.bare.push(`${found.slides}: a figure's description`);
    }
    const place = slide.querySelector("[data-play]");
    if (place && !place.shadowRoot) found.bare.push(`${found.slides}: a playground`);
    const play = place?.shadowRoot?.querySelector(".play"), height = (box) => box.getBoundingClientRect().height;
    const taller = () => height(play) > height(place) + 1; // it shrinks until it fits
    for (let tries = 0; play && tries < 50; tries++) if (tries < 3 || taller()) await frames();
    if (play && taller()) found.over.push(`${found.slides}: a playground`);
    for (const element of place?.shadowRoot?.querySelectorAll("*") ?? []) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
      if (!own || !element.checkVisibility() || element.closest("style")) continue;
      const drawn = element.closest("svg") && element.getScreenCTM();
      const scale = drawn ? Math.hypot(drawn.a, drawn.b) : parseFloat(play.style.zoom || 1);
      const size = scale * parseFloat(getComputedStyle(element).fontSize);
      if (size < 16) found.small.push(`${found.slides}: ${element.textContent.slice(0, 20)} ${size.toFixed(1)} px`);
    }
    const copy = slide.cloneNode(true);
    copy.querySelectorAll("pre, code, mjx-container").forEach((element) => element.remove());
    const raw = copy.textContent.match(/\*\*|\$|\\\(|\\\[|^@\w+/gm) ?? [];
    found.raw.push(...raw.map((each) => `${found.slides}: ${each}`));
  }
  found.wrong = document.querySelectorAll("mjx-merror, [data-mjx-error]").length;
  found.viewport = [window.innerWidth, window.innerHeight, Reveal.getScale()];
  return found;
}"""
FORWARD = """() => {
  Reveal.slide(0, 0, -1);
  let presses = 0;
  const seen = new Set();
  for (; presses < 500; presses++) {
    seen.add(Reveal.getIndices().h);
    if (Reveal.isLastSlide() && !Reveal.availableFragments().next) break;
    Reveal.right();
  }
  return [presses, seen.size, document.querySelectorAll(".slides .fragment").length];
}"""


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", WRITTEN)
def test_every_slide_can_be_read_from_the_last_row(decks, chromium, name, language):
    tab = browser.Tab(chromium, 1280, 720)
    page = tab.open((decks / language / name).with_suffix(".html").as_uri())
    page.wait_for_function("window.deckReady", timeout=120_000)
    page.wait_for_function("[...document.querySelectorAll('[data-play]')].every((place) => place.shadowRoot)")
    found = page.evaluate(MEASURE)
    assert page.evaluate(browser.HAIRLINES) == 0
    assert tab.outside == [] and tab.errors == []
    assert found["viewport"] == [1280, 720, 1], "one slide pixel is one screen pixel"
    assert found["over"] == [] and found["small"] == [] and found["bare"] == [] and found["raw"] == []
    assert found["wrong"] == 0 and 20 <= found["slides"] <= 30
    presses, seen, steps = page.evaluate(FORWARD)
    assert seen == found["slides"] and presses == seen - 1 + steps, "the right arrow passes every slide and every step"
    tab.close()


# Every slide of a deck on a phone that is held upright: what is too wide or too small, hidden, or covers something else
STANDING = r"""() => {
  const found = { slides: 0, over: [], small: [], hidden: [], stuck: [] };
  const wide = ".body :is(figure, pre, table, mjx-container)", style = (element) => getComputedStyle(element);
  for (const slide of document.querySelectorAll(".slides > section")) {
    found.slides += 1;
    const page = slide.getBoundingClientRect();
    const named = (element) => `${found.slides}: ${element.tagName} ${element.textContent.slice(0, 40)}`;
    const note = (kind, element) => found[kind].push(named(element));
    for (const element of slide.querySelectorAll(":is(h1, h2), .body *, .times, .foot")) {
      if (element.closest("svg, mjx-assistive-mml") || style(element).display === "contents") continue;
      const { left, right, bottom } = element.getBoundingClientRect();
      const over = right > innerWidth || left < 0 || bottom > page.bottom + 1;
      if (over && !element.parentElement.closest(wide)) note("over", element);
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) note("hidden", element);
      const least = element.matches("pre") ? 13 : 16;
      if (element.matches("p, li, td, th, pre") && parseFloat(style(element).fontSize) < least) note("small", element);
    }
    const parts = [...slide.querySelectorAll(".body > *, .body > .step > *")].filter((part) => part.clientHeight);
    const tops = parts.map((part) => part.getBoundingClientRect());
    parts.forEach((part, i) => { if (i && tops[i].top < tops[i - 1].bottom - 1) note("over", part); });
    for (const image of slide.querySelectorAll("figure img")) {
      const scale = (image.clientWidth - parseFloat(style(image).paddingRight)) / image.naturalWidth;
      const stretched = Math.abs(image.clientHeight / scale - image.naturalHeight) > 9;
      if (image.dataset.letters * scale < 9.9 || stretched) note("small", image.parentElement);
    }
    for (const box of slide.querySelectorAll(".body :is(figure, pre, table)"))
      if (box.scrollWidth > box.clientWidth + 1 && box.tabIndex !== 0) note("stuck", box);
    if (slide.querySelector("aside").checkVisibility()) note("over", slide.querySelector("aside"));
  }
  found.wide = document.documentElement.scrollWidth;
  return found;
}"""


@pytest.mark.parametrize(("name", "language"), [(name, ("ko", "en")[i % 2]) for i, name in enumerate(WRITTEN)])
def test_a_deck_stands_upright_on_a_phone(decks, chromium, name, language):
    tab = browser.Tab(chromium, 390, 844)
    page = tab.open((decks / language / name).with_suffix(".html").as_uri())
    page.wait_for_function("window.deckReady", timeout=120_000)
    found = page.evaluate(STANDING)
    assert tab.outside == [] and tab.errors == []
    assert found["slides"] == len(sources.parse(sources.path_of(language, name))) and found["wide"] <= 390
    assert [found[kind] for kind in ("over", "small", "hidden", "stuck")] == [[]] * 4
    assert page.locator(".turn").is_visible() and page.locator(".deck-links a").first.is_visible()
    tab.close()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_phone_that_is_turned_shows_the_same_slide(decks, chromium, language):
    tab = browser.Tab(chromium, 390, 844)
    page = tab.open((decks / language / WRITTEN[5]).with_suffix(".html").as_uri())
    page.wait_for_function("window.deckReady", timeout=120_000)
    heading = page.locator(".slides > section h2").nth(6)
    heading.evaluate("(heading) => heading.closest('section').scrollIntoView()")
    said = heading.inner_text()
    page.wait_for_function("location.hash === '#/7'")
    with page.expect_navigation():
        page.set_viewport_size({"width": 844, "height": 390})
    page.wait_for_function("window.deckReady", timeout=120_000)
    assert page.evaluate("Reveal.getCurrentSlide().querySelector('h2').innerText") == said
    assert not page.locator(".turn").is_visible()
    page.keyboard.press("ArrowRight")
    said = page.evaluate("Reveal.getCurrentSlide().querySelector('h2').innerText")
    page.wait_for_function("location.hash === '#/8'")  # reveal.js waits a second
    with page.expect_navigation():
        page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("window.deckReady", timeout=120_000)
    top = "[...document.querySelectorAll('h2')].find((heading) => heading.getBoundingClientRect().top >= 0).innerText"
    assert page.evaluate(top) == said
    tab.close()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_axe_finds_nothing_to_complain_about_in_an_upright_deck(decks, chromium, language):
    axe = pytest.importorskip("axe_playwright_python.base", reason="not installed: make setup-dev")
    tab = browser.Tab(chromium, 390, 844)
    page = tab.open((decks / language / WRITTEN[5]).with_suffix(".html").as_uri())
    page.wait_for_function("window.deckReady", timeout=120_000)
    page.evaluate(axe.AXE_FILE_PATH.read_text())
    found = page.evaluate("axe.run({ preload: false })")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    tab.close()


def test_s_opens_the_presenters_view_from_a_folder_and_short_leaves_the_short_route(decks, chromium):
    tab = browser.Tab(chromium, 1280, 720)
    address = (decks / "en" / WRITTEN[0]).with_suffix(".html").as_uri()
    page = tab.open(address)
    page.wait_for_function("window.deckReady", timeout=120_000)
    written = sources.parse(sources.path_of("en", WRITTEN[0]))
    with tab.context.expect_page() as popup:
        page.keyboard.press("s")
    says = "document.querySelector('.speaker-controls-notes .value')?.textContent ?? ''"
    for slide in written[:2]:
        asked = slide.ask.split("*")[0].split("`")[0].split("\n")[0].strip()
        for part in (asked, f"{slide.minutes:g} min"):
            popup.value.wait_for_function(f"(part) => ({says}).includes(part)", arg=part, timeout=60_000)
        page.evaluate("Reveal.slide(1)")
    page = tab.open(f"{address}?short")
    page.wait_for_function("window.deckReady", timeout=120_000)
    assert page.evaluate("Reveal.getTotalSlides()") == sum(slide.short for slide in written)
    assert tab.outside == [] and tab.errors == []
    tab.close()


def test_a_slide_is_printed_with_its_playground_as_it_is_shown(decks, chromium):
    tab = browser.Tab(chromium, 1280, 720)
    page = tab.open((decks / "ko" / "05_word2vec_from_scratch.html").as_uri())
    page.wait_for_function("window.deckReady", timeout=120_000)
    place = page.locator("[data-play]").first
    place.evaluate("(place) => Reveal.slide(Reveal.getSlides().indexOf(place.closest('section')))")
    page.wait_for_function("document.querySelector('[data-play]').shadowRoot?.querySelector('.controls')")
    page.emulate_media(media="print")
    shown = place.evaluate("(place) => getComputedStyle(place.shadowRoot.querySelector('.controls')).display")
    assert shown != "none", "a gap would be left where they stand"
    tab.close()


# Decks made from cells

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
def test_a_deck_made_from_cells_can_be_projected(made_from_cells, chromium, language):
    lesson = notebooks.read((notebooks.KOREAN if language == "ko" else notebooks.ENGLISH) / LAST)
    tab = browser.Tab(chromium, 1280, 720)
    page = tab.open((made_from_cells / language / LAST).with_suffix(".html").as_uri())
    page.wait_for_function("window.deckReady", timeout=120_000)
    found = page.evaluate(WALK)
    assert page.evaluate(browser.HAIRLINES) == 0
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


def test_nothing_of_a_lesson_is_lost_on_the_way_to_its_slides(made_from_cells, chromium):
    """Every word of the prose and the code that is not skipped stands on some slide."""
    tab = browser.Tab(chromium, 1280, 720)
    page = tab.page
    page.goto((made_from_cells / "ko" / LAST).with_suffix(".html").as_uri(), wait_until="commit")
    page.wait_for_function("window.deckReady", timeout=120_000)
    squeeze = "(text) => text.replace(/\\s+/g, '')"
    laid = page.evaluate(f"({squeeze})([...document.querySelectorAll('.content')].map((e) => e.textContent).join(''))")
    source = (made_from_cells / "ko" / LAST).with_suffix(".html").read_text(encoding="utf-8")
    parsed = "new DOMParser().parseFromString(html, 'text/html')"
    each = f"[...{parsed}.querySelectorAll('#source li, #source pre')].map((e) => ({squeeze})(e.textContent))"
    words = page.evaluate(f"(html) => {each}", source)
    words = [text for text in words if "\\(" not in text and "\\[" not in text]
    assert len(words) > 20
    assert [text for text in words if text not in laid] == []
    tab.close()


def test_every_lesson_has_a_lecture_deck_in_both_languages():
    assert [name for name in LESSONS for language in ("ko", "en") if not sources.path_of(language, name)] == []


def test_the_page_of_decks_leads_to_each_of_them(decks):
    text = (decks / "index.html").read_text(encoding="utf-8")
    for name in LESSONS:
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


@pytest.mark.parametrize("name", LESSONS)
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
