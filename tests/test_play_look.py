"""The tree of the page keeps, ends and drops what helpers.captions.decoding does, and ends with its caption."""

import base64

import numpy as np
import pytest

import browser
import playground
from test_play import stored


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser.chromium() as chromium, playground.opened(chromium, tmp_path_factory.mktemp("play"), "look") as tab:
        yield tab.page


def searches():
    for entry in stored("look"):
        for language in ("ko", "en"):
            for beam, search in entry[language]["beams"].items():
                yield int(beam), search


def test_what_is_kept_and_which_caption_wins_follow_from_the_probabilities(page):
    for beam, search in searches():
        steps = search["steps"]
        assert playground.compute(page, "fates", steps, beam) == [[fate for *_, fate in step] for step in steps]
        assert playground.compute(page, "winner", steps, beam, 0.7) == search["caption"]


def test_every_candidate_goes_on_from_one_that_was_kept(page):
    for _, search in searches():
        steps = search["steps"]
        for step, before, found in zip(steps[1:], steps, playground.compute(page, "parents", steps)[1:]):
            for (words, total, _), parent in zip(step, found):
                assert before[parent][2] == "kept" and before[parent][1] >= total
                assert words.rsplit(" ", 1)[0] == before[parent][0]


def test_maps_are_one_for_each_word_and_differ():
    for entry in stored("look"):
        for language in ("ko", "en"):
            maps = np.frombuffer(base64.b64decode(entry[language]["maps"]), "u1").reshape(-1, 8, 8)
            assert len(maps) == len(entry[language]["words"]) and maps.max() == 255
            assert len(np.unique(maps.reshape(len(maps), -1).argmax(1))) > 1


def test_the_answer_to_the_task_is_true():
    changed = [entry[language]["beams"]["1"]["caption"] != entry[language]["beams"]["4"]["caption"]
               for entry in stored("look") for language in ("ko", "en")]  # fmt: skip
    assert any(changed) and not all(changed)


def test_words_are_chosen_by_keyboard_and_the_beam_by_slider(page):
    words = page.locator(".said button")
    words.nth(1).focus()
    page.keyboard.press("Enter")
    assert words.nth(1).get_attribute("aria-pressed") == "true"
    assert words.nth(1).inner_text() in page.locator("canvas").get_attribute("aria-label")
    playground.press(page, "Beam search")
    before = page.locator(".node").count()
    page.locator("[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".node").count() > before
