"""Every playground: small, whole without a network, in two languages, on a phone, by keyboard, for screen readers."""

import json
import re

import pytest
from nbformat.v4 import new_output

import browser
import notebooks
import packing
import pages
import play
import playground
from helpers import figures, playgrounds

NAMES = playgrounds.names()
LANGUAGES = ("ko", "en")
HANGUL = re.compile("[가-힣]")
TOO_WIDE = """(root) => [...root.querySelectorAll("button, input, select, p, output")]
  .filter((element) => element.getBoundingClientRect().right > 391 && !element.closest(".scrolls"))
  .map((element) => element.outerHTML.slice(0, 90))"""
CONTROLS = """(root) => [...root.querySelectorAll("button, input, select, textarea, summary, [tabindex='0']")]
  .filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0)
  .filter((e) => e.type !== "radio" || e.checked).length"""
FOCUS = """(root) => {
  const element = root.activeElement;
  if (!element) return null;
  const framed = (each) => ["outlineStyle", "stroke"].some((kind) => getComputedStyle(each)[kind] !== "none");
  const around = element.closest("label") || element;
  return [[...root.querySelectorAll("*")].indexOf(element), framed(element) || framed(around)];
}"""
KINDS = """(name) => Object.fromEntries(Object.entries(Play.kinds[name].texts).map(([language, texts]) =>
  [language, Object.fromEntries(Object.entries(texts).map(([key, text]) =>
    [key, typeof text === "string" ? text : typeof text]))]))"""
HEIGHTS = """() => {
  const frame = document.querySelector("iframe");
  return [frame.clientHeight, frame.contentDocument.documentElement.scrollHeight];
}"""


@pytest.fixture(scope="module")
def chromium():
    with browser.chromium() as running:
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_a_playground_is_small(name):
    assert (playgrounds.FOLDER / f"{name}.js").stat().st_size <= 60_000
    data = playgrounds.FOLDER / "data" / f"{name}.js"
    assert data.exists() == (name in play.DATA)
    assert not data.exists() or data.stat().st_size <= play.MOST
    text = (playgrounds.FOLDER / f"{name}.js").read_text(encoding="utf-8")
    assert not re.search(r"fetch\(|XMLHttpRequest|https?://|import ", text), "nothing is asked for"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_playground_opens_whole_fits_a_phone_and_speaks_its_language(chromium, tmp_path, name, language):
    with playground.opened(chromium, tmp_path, name, language, "dark" if language == "ko" else "light", 390) as tab:
        tab.page.wait_for_timeout(300)
        assert tab.errors == [] and tab.outside == []
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
        wide = playground.inside(tab.page, TOO_WIDE)
        assert wide == []
        said = "(root) => ['.title', '.lead'].map((each) => root.querySelector(each).textContent)"
        title, lead = playground.inside(tab.page, said)
        assert bool(HANGUL.search(title)) == bool(HANGUL.search(lead)) == (language == "ko")
        playground.inside(tab.page, "(root) => root.querySelector('.language').click()")
        changed = playground.inside(tab.page, "(root) => root.querySelector('.title').textContent")
        assert bool(HANGUL.search(changed)) == (language == "en") and tab.errors == []


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same_things(chromium, tmp_path, name):
    with playground.opened(chromium, tmp_path, name) as tab:
        texts = tab.page.evaluate(KINDS, name)
        assert set(texts["ko"]) == set(texts["en"]) >= {"title", "lead", "task", "answer"}
        for key in ("lead", "task", "answer"):
            assert HANGUL.search(texts["ko"][key]) and len(texts["en"][key]) > 40
    for language in LANGUAGES:
        sentence = pages.stills()[name][language]
        assert len(sentence) > 20 and bool(HANGUL.search(sentence)) == (language == "ko")


@pytest.mark.parametrize("name", NAMES)
def test_every_control_is_reached_by_the_tab_key_and_shows_it(chromium, tmp_path, name):
    with playground.opened(chromium, tmp_path, name) as tab:
        expected = playground.inside(tab.page, CONTROLS)
        reached = set()
        for _ in range(expected + 3):
            tab.page.keyboard.press("Tab")
            found = playground.inside(tab.page, FOCUS)
            if found:
                assert found[1], "what has the focus has a frame around it"
                reached.add(found[0])
        assert len(reached) >= expected


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_to_complain_about(chromium, tmp_path, name, theme):
    axe = pytest.importorskip("axe_playwright_python.base", reason="not installed: make setup-dev")
    with playground.opened(chromium, tmp_path, name, "ko", theme) as tab:
        tab.page.evaluate(axe.AXE_FILE_PATH.read_text())
        found = tab.page.evaluate("axe.run({ preload: false })")
        first = [(each["id"], each["nodes"][0]) for each in found["violations"]]
        problems = [(name, node["html"], node["failureSummary"]) for name, node in first]
        assert problems == [] and len(found["passes"]) > 10


def test_a_key_that_is_meant_for_a_control_does_not_reach_the_page(chromium, tmp_path):
    with playground.opened(chromium, tmp_path, "window") as tab:
        listen = "document.addEventListener('keydown', (event) => window.heard.push(event.key))"
        tab.page.evaluate(f"window.heard = []; {listen}")
        playground.inside(tab.page, "(root) => root.querySelector('[type=range]').focus()")
        tab.page.keyboard.press("ArrowRight")
        tab.page.keyboard.press("Escape")
        assert tab.page.evaluate("window.heard") == ["Escape"]
        assert playground.inside(tab.page, "(root) => root.querySelector('[type=range]').value") == "3"


def test_a_playground_wastes_no_room_on_paper(chromium, tmp_path):
    """It stands in one piece there, and a page is left half empty where it just does not fit."""
    between = """(root) => {
        const height = (name) => root.querySelector(name).getBoundingClientRect().height;
        return height(".play") - height(".head") - height(".lead") - height(".body") - height(".task");
    }"""
    with playground.opened(chromium, tmp_path, "neighbors", width=688) as tab:
        on_screen = playground.inside(tab.page, between)
        tab.page.emulate_media(media="print")
        assert 5 < playground.inside(tab.page, between) < min(25, on_screen / 2)


def test_the_page_decides_between_light_and_dark(chromium, tmp_path):
    with playground.opened(chromium, tmp_path, "window", theme="light") as tab:
        paper = "(root) => getComputedStyle(root.querySelector('.play')).backgroundColor"
        light = playground.inside(tab.page, paper)
        tab.page.evaluate("document.documentElement.dataset.theme = 'dark'")
        tab.page.wait_for_function("document.querySelector('[data-play]').dataset.shade === 'dark'")
        assert playground.inside(tab.page, paper) != light == "rgb(255, 255, 255)"


FRAMES = """() => new Promise((done) => {
  let n = 0;
  const from = performance.now();
  const next = (now) => { n += 1; if (now - from < 2500) requestAnimationFrame(next); else done(n / 2.5); };
  requestAnimationFrame(next);
})"""
MOVES = {"window": ["From start to end"], "forces": ["Twelve words", "Run"], "training": ["Train"],
         "look": ["One after the other"], "counts": ["Fit", "Run"],
         "next": ["Write ten words"]}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", MOVES)
def test_thirty_frames_a_second_or_more_on_a_processor_four_times_slower(chromium, tmp_path, name):
    with playground.opened(chromium, tmp_path, name) as tab:
        for button in MOVES[name]:
            playground.press(tab.page, button)
        session = tab.page.context.new_cdp_session(tab.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        frames = tab.page.evaluate(FRAMES)
        print(f"{name}: {frames:.0f} frames a second")
        assert frames >= 30


# In a notebook


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_shows_the_same_in_a_frame_of_its_own(chromium, tmp_path, name):
    path = tmp_path / "notebook.html"
    shown = figures.play(name)._repr_html_()
    around = '<link rel="icon" href="data:,"><body data-jp-theme-light="false">'
    path.write_text(around + shown, encoding="utf-8")
    tab = browser.Tab(chromium)
    tab.open(path.as_uri())
    frame = tab.page.frame_locator("iframe")
    frame.locator("[data-ready]").wait_for()
    assert frame.locator(".title").inner_text() and tab.errors == [] and tab.outside == []
    assert frame.locator("[data-play]").get_attribute("data-shade") == "dark", "as the notebook around it"
    tab.page.wait_for_function("document.querySelector('iframe').style.height !== '700px'")
    high, inner = tab.page.evaluate(HEIGHTS)
    assert abs(high - inner) < 12, "the frame is as high as what it holds"
    tab.close()


def test_an_unknown_playground_is_refused_with_the_names_of_those_that_exist():
    with pytest.raises(ValueError, match="'window', not 'windw'"):
        figures.play("windw")


def test_a_stored_notebook_keeps_a_sentence_and_not_the_page(tmp_path):
    fresh = figures.play("window")._repr_html_()
    output = new_output("execute_result", {"text/html": fresh, "text/plain": "playground window"})
    assert notebooks.playground(output) == "window"
    kept = notebooks.settle(output)
    assert len(kept.data["text/html"]) < 200 and notebooks.playground(kept) == "window"
    pattern = re.search(r"^regex: (<\(iframe.*)$", (notebooks.ROOT / "tests" / "nbval.cfg").read_text(), re.M)[1]
    compared = [re.sub(pattern, r"playground \2", text) for text in (fresh, kept.data["text/html"])]
    assert compared == ["playground window"] * 2
    other = new_output("execute_result", {"text/html": "<table></table>", "text/plain": "x"})
    assert notebooks.playground(other) is None and notebooks.settle(other).data["text/html"] == "<table></table>"
    assert notebooks.playground(new_output("stream", text="x")) is None


# Data


def test_packed_vectors_come_back_close_to_what_they_were():
    vectors = play.np.random.default_rng(1).normal(size=(50, 16)) * play.np.linspace(0.01, 5, 50)[:, None]
    back = packing.unpacked(packing.packed(vectors))
    assert play.np.abs(back - vectors).max(1).tolist() <= (play.np.abs(vectors).max(1) / 250).tolist()
    assert packing.unpacked(packing.packed(play.np.zeros((2, 3)))).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_too_much_data_for_a_page_is_refused():
    with pytest.raises(ValueError, match="take fewer rows"):
        play.script("window", ["x" * 300_000])


def stored(name):
    """What a data file holds."""
    text = (play.FOLDER / f"{name}.js").read_text(encoding="utf-8")
    return json.loads(re.fullmatch(r'Play\.data\("\w+", (.*)\);\n', text, re.S)[1])


def alike(one, other):
    """Whether two contents say the same; trained numbers may differ a little from one processor to another."""
    if isinstance(one, dict) and set(one) == {"dim", "scales", "values"}:
        one, other = packing.unpacked(one), packing.unpacked(other)
        return one.shape == other.shape and play.np.abs(one - other).max() < 0.02 * play.np.abs(one).max()
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == pytest.approx(other, abs=1e-3) if isinstance(one, float) else one == other


@pytest.mark.slow
@pytest.mark.parametrize("name", play.DATA)
def test_the_same_command_writes_the_same_data_again(name):
    assert alike(json.loads(json.dumps(play.DATA[name]())), stored(name))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_darkest_marked_word_can_be_read(chromium, tmp_path, theme):
    axe = pytest.importorskip("axe_playwright_python.base", reason="not installed: make setup-dev")
    with playground.opened(chromium, tmp_path, "search", "ko", theme) as tab:
        darkest = playground.compute(tab.page, "shade", 1e9)
        assert darkest > playground.compute(tab.page, "shade", 0.2) > 0 == playground.compute(tab.page, "shade", 0)
        paint = """(root, x) => root.querySelectorAll('li:not(.none) mark').forEach(
            (mark) => mark.style.setProperty('--part', x))"""
        playground.inside(tab.page, paint, darkest)
        tab.page.evaluate(axe.AXE_FILE_PATH.read_text())
        found = tab.page.evaluate("axe.run({ preload: false, runOnly: ['color-contrast'] })")
        assert [node["html"] for each in found["violations"] for node in each["nodes"]] == []
        assert sum(len(each["nodes"]) for each in found["passes"]) > 20


def test_the_first_order_of_the_search_stands_still(chromium, tmp_path):
    moving = "(root) => root.getAnimations().filter((each) => !each.transitionProperty).length"
    with playground.opened(chromium, tmp_path, "search") as tab:
        assert playground.inside(tab.page, moving) == 0
        typed = """(root) => {
            const field = root.querySelector('input');
            field.value = 'water';
            field.dispatchEvent(new Event('input', { bubbles: true }));
        }"""
        playground.inside(tab.page, typed)
        assert playground.inside(tab.page, moving) > 0
