"""Neighbors of the page are those of gensim over the same numbers; its principal components are the figures'."""

import numpy as np
import pytest

import browser
import packing
import play
import playground
from helpers import figures, vectors
from test_play import stored


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with (
        browser.chromium() as chromium,
        playground.opened(chromium, tmp_path_factory.mktemp("play"), "neighbors") as tab,
    ):
        yield tab.page


@pytest.mark.parametrize(
    ("language", "words"), [("ko", ["빨래", "서울", "어머니", "먹"]), ("en", ["water", "the", "music"])]
)
def test_neighbors_and_cosines_are_gensims(page, language, words):
    data = stored("neighbors")[language]
    kv = vectors.keyed_vectors(data["words"], packing.unpacked(data["table"]))
    for word in words:
        found, expected = playground.compute(page, "nearest", language, word, 10), kv.most_similar(word, topn=10)
        assert [each for each, _ in found] == [each for each, _ in expected]
        assert np.allclose([c for _, c in found], [c for _, c in expected], atol=1e-5)


def test_bytes_are_enough_for_neighbors():
    exact = np.random.default_rng(1).normal(size=(400, play.DIM)).astype(np.float32)
    kv, rough = (
        vectors.keyed_vectors(list(map(str, range(400))), t) for t in (exact, packing.unpacked(packing.packed(exact)))
    )
    same = [
        len({w for w, _ in kv.most_similar(str(i))} & {w for w, _ in rough.most_similar(str(i))}) for i in range(400)
    ]
    assert np.mean(same) > 9.5


def test_principal_components_are_the_figures(page):
    rows = np.random.default_rng(2).normal(size=(11, 8)) * np.linspace(3, 1, 8)
    assert np.allclose(
        playground.compute(page, "principal", rows.tolist()), figures.principal_components(rows), atol=1e-5
    )


def test_the_task_has_an_example_and_a_counterexample():
    for language in ("ko", "en"):
        unit = packing.unit(packing.unpacked(stored("neighbors")[language]["table"]))
        closeness = unit @ unit.T
        np.fill_diagonal(closeness, -2)
        first = closeness.argmax(1)
        mutual = first[first] == np.arange(len(first))
        assert 0.1 < mutual.mean() < 0.9


def test_typing_a_word_and_clicking_its_neighbor(page):
    playground.inside(page, "(root) => root.querySelector('[type=text]').focus()")
    page.keyboard.press("Control+A")
    page.keyboard.type("music")
    read = "(root) => [...root.querySelectorAll('button.word')].map((each) => each.textContent)"
    first = playground.inside(page, read)
    assert first == [word for word, _ in playground.compute(page, "nearest", "en", "music", 10)]
    playground.press(page, first[0])
    assert playground.inside(page, read) == [
        word for word, _ in playground.compute(page, "nearest", "en", first[0], 10)
    ]
    page.locator("[type=text]").fill("qwert")
    assert "“qwert”" in playground.inside(page, "(root) => root.querySelector('.note').textContent")


def test_two_arrows_say_their_product_and_cosine(page):
    playground.press(page, "Two arrows")
    for label, cosine in (("b along a", "1.00"), ("At right angles", "0.00")):
        playground.press(page, label)
        numbers = page.locator("b.number").all_inner_texts()
        assert numbers[1].lstrip("−") == cosine
