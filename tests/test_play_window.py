"""The window's samples, dice and probabilities are those of helpers.skipgram and helpers.vocabulary."""

import numpy as np
import pytest

import browser
import playground
from helpers import skipgram, vocabulary

SENTENCES = [
    "the wide road shimmered in the hot sun".split(),
    "개울가 에서 속옷 빨래 를 하는 남녀".split(),
    ["alone"],
    [],
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser.chromium() as chromium, playground.opened(chromium, tmp_path_factory.mktemp("play"), "window") as tab:
        yield tab.page


@pytest.mark.parametrize("window", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("tokens", SENTENCES)
def test_pairs_and_cbow_samples_are_exactly_the_helpers(page, tokens, window):
    assert list(map(tuple, playground.compute(page, "pairs", tokens, window))) == skipgram.pairs(tokens, window)
    found = [(contexts, center) for contexts, center in playground.compute(page, "cbow", tokens, window)]
    assert found == skipgram.cbow_samples(tokens, window)


def test_a_reach_of_its_own_for_each_center(page):
    tokens, reaches = SENTENCES[0], [1, 3, 2, 1, 3, 2, 1, 2]
    expected = []
    for i, reach in enumerate(reaches):
        expected += [(tokens[i], tokens[j]) for j in range(max(0, i - reach), min(8, i + reach + 1)) if j != i]
    assert list(map(tuple, playground.compute(page, "pairs", tokens, reaches))) == expected


def test_random_windows_are_drawn_evenly(page):
    n = 20_000
    drawn = page.evaluate(f"Play.kinds.window.compute.drawReaches({n}, 5, Play.random(1))")
    counts = np.bincount(drawn, minlength=6)[1:]
    assert counts.sum() == n and np.all(np.abs(counts - n / 5) < 4 * np.sqrt(n * 0.2 * 0.8))
    assert page.evaluate("Play.kinds.window.compute.drawReaches(9, 5, Play.random(1))") == drawn[:9]
    assert page.evaluate("Play.kinds.window.compute.drawReaches(9, 5, Play.random(2))") != drawn[:9]


@pytest.mark.parametrize("sample", [1e-2, 1e-3, 1e-5])
def test_the_chance_of_staying_is_the_helpers(page, sample):
    counts = np.array([30_000, 4_000, 900, 12, 1])
    found = [playground.compute(page, "keep", int(count), int(counts.sum()), sample) for count in counts]
    assert np.allclose(found, vocabulary.keep_probability(counts, sample), atol=1e-12)


def list_of(page):
    return playground.inside(page, "(root) => [...root.querySelectorAll('.list li')].map((li) => li.textContent)")


def test_the_whole_sentence_by_keyboard_gives_all_pairs_in_list_and_matrix(page):
    page.keyboard.press("Escape")
    playground.press(page, "Clear")
    playground.inside(page, "(root) => root.querySelector('.strip').focus()")
    page.keyboard.press("Home")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    tokens = SENTENCES[0]
    assert sorted(list_of(page)) == sorted(f"{a} → {b}" for a, b in skipgram.pairs(tokens, 2))
    cells = "(root) => [...root.querySelectorAll('.matrix g > text')].map((cell) => Number(cell.textContent))"
    numbers = playground.inside(page, cells)
    assert sum(numbers) == 26
    heard = playground.inside(page, "(root) => root.querySelector('.strip').getAttribute('aria-valuetext')")
    assert heard == "center sun, contexts the, hot"
