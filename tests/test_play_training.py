"""What trains in the page is lesson 5's word2vec: its step, its noise, and after training its score."""

import base64

import numpy as np
import pytest
import torch

import browser
import play
import playground
from helpers import negatives, scores, vocabulary, word2vec
from test_play import stored


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with (
        browser.chromium() as chromium,
        playground.opened(chromium, tmp_path_factory.mktemp("play"), "training") as tab,
    ):
        yield tab.page


@pytest.mark.parametrize("noise", [[0, 2, 5], [4, 4, 4], [1, 3, 3]])
def test_a_training_step_is_the_helpers(page, noise):
    draw = torch.Generator().manual_seed(2)
    inputs, outputs = torch.randn((6, 8), generator=draw), torch.randn((6, 8), generator=draw)
    given = inputs.flatten().tolist(), outputs.flatten().tolist()
    found = playground.compute(page, "step", *given, 8, 2, 1, noise, 0.1)
    ids = torch.tensor([2]), torch.tensor([1]), torch.tensor([noise])
    loss = negatives.loss(inputs[ids[0]], outputs[ids[1]], outputs[ids[2]])
    negatives.step(inputs, outputs, *ids, 0.1)
    assert np.allclose(found["inputs"], inputs.flatten(), atol=1e-5)
    assert np.allclose(found["outputs"], outputs.flatten(), atol=1e-5)
    assert abs(found["loss"] - float(loss)) < 1e-5


def test_noise_words_follow_the_helpers_distribution(page):
    counts, n = [900, 300, 80, 7, 1], 40_000
    found, p = np.array(playground.compute(page, "draws", counts, 0.75, n)), vocabulary.noise(counts, 0.75)
    assert found.sum() == n and np.all(np.abs(found - n * p) < 4 * np.sqrt(n * p * (1 - p)))


def test_the_rank_correlation_is_the_helpers(page):
    draw = np.random.default_rng(1)
    x, y = draw.integers(0, 6, 40), draw.normal(size=40)
    assert abs(playground.compute(page, "spearman", x.tolist(), y.tolist()) - scores.rank_correlation(x, y)) < 1e-9


def python_score(language, seed, epochs):
    """The score of the course's own trainer on the text of the page."""
    data = stored("training")[language]
    ids = np.frombuffer(base64.b64decode(data["ids"]), "<u2")
    text, sentence = [], []
    for i in ids.tolist():
        if i == play.END:
            text, sentence = [*text, sentence], []
        else:
            sentence.append(data["words"][i])
    kv = word2vec.train(text, vector_size=24, alpha=0.05, epochs=epochs, seed=seed, workers=1, min_count=1)
    pairs = [(data["words"][a], data["words"][b], s) for a, b, s in data["pairs"]]
    return scores.rank_correlation([kv.similarity(a, b) for a, b, _ in pairs], [s for *_, s in pairs])


@pytest.mark.parametrize(("language", "epochs"), [("en", 8), pytest.param("ko", 5, marks=pytest.mark.slow)])
def test_after_training_the_score_is_that_of_python_within_the_noise_of_seeds(page, language, epochs):
    here = [playground.compute(page, "train", language, seed)["score"] for seed in (1, 2, 3)]
    there = [python_score(language, seed, epochs) for seed in (1, 2, 3)]
    spread = np.hypot(np.std(here, ddof=1), np.std(there, ddof=1))
    print(language, np.round(here, 3), np.round(there, 3))
    assert abs(np.mean(here) - np.mean(there)) < max(3 * spread, 0.06) and np.mean(here) > 0.45


def test_the_answer_to_the_task_is_true(page):
    one, ten = (playground.compute(page, "train", "en", 1, {"negative": k}) for k in (1, 10))
    assert one["loss"] < 0.6 * ten["loss"] and one["score"] < ten["score"] + 0.05


def test_a_text_of_ones_own(page):
    found = playground.compute(page, "ownText", "A cat sat. The cat's hat! A dog…\n고양이 고양이, a")
    assert found["words"] == ["a", "고양이"] and [i for i in found["ids"] if i != play.END] == [0, 0, 1, 1, 0]


def test_it_trains_in_a_worker_and_shows_neighbors_by_keyboard(page):
    page.locator("button.main").click()
    assert page.locator("button.main").inner_text() == "Stop"
    page.wait_for_function(
        "document.querySelector('[data-play]').shadowRoot.querySelector('button.main').textContent === 'Train'",
        timeout=120_000,
    )
    assert "100%" in page.locator(".number").first.inner_text()
    assert float(page.locator("b.number").nth(1).inner_text()) > 0.4
    page.locator(".map .point").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.locator(".bars .bar").count() == 8
