"""A step of the page is a step of helpers.negatives, its noise that of helpers.vocabulary; one negative is enough."""

import numpy as np
import pytest
import torch

import browser
import playground
from helpers import negatives, vocabulary


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser.chromium() as chromium, playground.opened(chromium, tmp_path_factory.mktemp("play"), "forces") as tab:
        yield tab.page


@pytest.mark.parametrize("noise", [[2, 3, 4], [4, 4, 1], [0, 2, 2], [], [3] * 10])
def test_a_step_is_the_helpers(page, noise):
    draw = torch.Generator().manual_seed(1)
    inputs, outputs = torch.randn((5, 2), generator=draw), torch.randn((5, 2), generator=draw)
    found = playground.compute(page, "step", inputs.tolist(), outputs.tolist(), 2, 1, noise, 0.3)
    ids = torch.tensor([2]), torch.tensor([1]), torch.tensor([noise], dtype=torch.int64).reshape(1, len(noise))
    loss = negatives.loss(inputs[ids[0]], outputs[ids[1]], outputs[ids[2]])
    negatives.step(inputs, outputs, *ids, 0.3)
    assert np.allclose(found["inputs"], inputs, atol=1e-5) and np.allclose(found["outputs"], outputs, atol=1e-5)
    assert abs(found["loss"] - float(loss)) < 1e-5


@pytest.mark.parametrize("exponent", [0, 0.5, 0.75, 1, 1.25])
def test_the_noise_distribution_is_the_helpers(page, exponent):
    counts = [22_098, 800, 90, 8, 1]
    assert np.allclose(
        playground.compute(page, "noise", counts, exponent), vocabulary.noise(counts, exponent), atol=1e-12
    )


def test_draws_follow_the_distribution(page):
    p = vocabulary.noise([22_098, 800, 90, 8, 1], 0.75)
    n = 50_000
    found = np.array(playground.compute(page, "drawCounts", p.tolist(), n, 1))
    assert found.sum() == n and np.all(np.abs(found - n * p) <= 4 * np.sqrt(n * p * (1 - p)) + 1)


def test_the_answer_to_the_task_is_true(page):
    for seed in (1, 2, 3):
        found = {k: playground.compute(page, "scenes", k, 24_000, seed) for k in (0, 1, 5)}
        assert found[0]["between"] > 0.9 and found[0]["loss"] < 0.1, "all in one direction"
        assert found[1]["between"] < 0.1 and found[5]["between"] < 0.3, "one negative is enough"
        assert min(each["within"] for each in found.values()) > 0.9


def test_an_arrow_is_pulled_with_the_mouse_and_with_keys(page):
    read = "(root) => [...root.querySelectorAll('.tip')].at(-1).getAttribute('aria-valuetext')"
    before = playground.inside(page, read)
    tip = page.locator(".tip").last
    tip.focus()
    page.keyboard.press("ArrowUp")
    assert playground.inside(page, read) == "1.90, 0.60" != before
    box = tip.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 50, steps=4)
    page.mouse.up()
    moved = playground.inside(page, read)
    assert float(moved.split(",")[0]) < 1.7
    playground.press(page, "Step")
    assert playground.inside(page, read) != moved, "a step moves the center"
