"""Counting, ratios, weights and gradients of the page are those of helpers.counting and helpers.glove."""

import math
import re

import numpy as np
import pytest

import browser
import playground
from helpers import counting, glove
from test_play import stored

TEXT = [line.split() for line in ("I like deep learning", "I like NLP", "I enjoy flying", "the the cat the", "alone")]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser.chromium() as chromium, playground.opened(chromium, tmp_path_factory.mktemp("play"), "counts") as tab:
        yield tab.page


@pytest.mark.parametrize("window", [1, 2, 5])
def test_cooccurrences_are_the_helpers(page, window):
    words = list(dict.fromkeys(word for line in TEXT for word in line))
    expected = counting.cooccurrence(TEXT, words, window=window).toarray()
    assert np.allclose(playground.compute(page, "cooccurrence", TEXT, words, window), expected)
    some = words[1:6]
    expected = counting.cooccurrence(TEXT, some, window=window).toarray()
    assert np.allclose(playground.compute(page, "cooccurrence", TEXT, some, window), expected)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_ratios_are_the_helpers(page, language):
    data = stored("counts")[language]
    counts, sums = np.array(data["counts"]), np.array(data["sums"])
    names = [*(f"row {row}" for row in data["rows"]), *data["columns"], "rest"]
    matrix = np.zeros((len(names), len(names)))
    matrix[: len(counts), len(counts) : -1] = counts
    matrix[: len(counts), -1] = sums - counts.sum(1)
    expected = counting.probability_ratio(matrix, names, *names[:2], data["columns"])
    for k, value in enumerate(expected):
        x, y = int(counts[0, k]), int(counts[1, k])
        if x and y:
            found = playground.compute(page, "ratio", x, int(sums[0]), y, int(sums[1]))
            assert abs(found["ratio"] - value) < 1e-9 and abs(found["spread"] - np.sqrt(1 / x + 1 / y)) < 1e-12


@pytest.mark.parametrize(("x", "most", "alpha"), [(0.5, 10, 0.75), (3, 10, 0.5), (10, 10, 0.75), (25, 10, 1.5)])
def test_weight_and_gradients_are_the_helpers(page, x, most, alpha):
    draw = np.random.default_rng(1)
    w, c, (b_w, b_c) = draw.normal(size=4), draw.normal(size=4), draw.normal(size=2)
    assert abs(playground.compute(page, "weight", x, most, alpha) - glove.weight(x, most, alpha)) < 1e-12
    found = playground.compute(page, "gradients", w.tolist(), c.tolist(), b_w, b_c, x, most, alpha)
    for name, expected in zip(("w", "c", "bw", "bc"), glove.gradients(w, c, b_w, b_c, x, most, alpha)):
        assert np.allclose(found[name], expected, atol=1e-12)


def fitted(page, most):
    """Residuals by count after the page has fitted the counts of some lines: {count: residual}, and the costs."""
    cells = [[0, 1, 0.5], [1, 0, 2], [1, 2, 8], [2, 1, 8], [0, 2, 0.5], [2, 0, 2]]
    start = page.evaluate("Play.kinds.counts.compute.started(3, 4, 1)")
    made = playground.compute(page, "epochs", start, cells, most, 0.75, 0.1, 60)
    m, left = made["model"], {}
    for i, k, x in cells:
        given = m["w"][i], m["c"][k], m["bw"][i], m["bc"][k], x, most, 0.75
        left.setdefault(x, []).append(abs(playground.compute(page, "gradients", *given)["error"]))
    return {x: max(errors) for x, errors in left.items()}, made["costs"]


def test_a_small_glove_fits_and_small_counts_are_fitted_late_when_x_max_is_high(page):
    low, costs = fitted(page, 1)
    high, _ = fitted(page, 10)
    assert costs[-1] < 0.05 * costs[0] and max(low.values()) < 0.4
    assert high[0.5] > 2 * low[0.5]


def test_two_rows_are_chosen_by_pressing_them_and_whiskers_are_intervals(page):
    playground.press(page, "Divide")
    rows = page.locator("button.row")
    data = stored("counts")["en"]
    rows.nth(2).click()
    rows.nth(0).focus()
    page.keyboard.press("Enter")
    i, j = data["rows"][2], data["rows"][0]
    assert page.locator(".panel p.sub").nth(1).inner_text() == f"P(k | {i}) ÷ P(k | {j})"
    assert [rows.nth(n).get_attribute("aria-pressed") for n in range(3)] == ["true", "false", "true"]
    assert page.locator("tbody tr").nth(2).locator("td.number").all_text_contents() == list(map(str, data["counts"][2]))
    found = playground.inside(page, "(root) => [...root.querySelectorAll('.whisker')].map((e) => e.getAttribute('d'))")
    widths = [
        float(end) - float(start) for start, end in (re.match(r"M(\S+) \S+H([\d.-]+)M", d).groups() for d in found)
    ]
    known = [(x, y) for x, y in zip(data["counts"][2], data["counts"][0]) if x and y]
    logs = [math.log(x / data["sums"][2] / (y / data["sums"][0])) for x, y in known]
    halves = [1.96 * (1 / x + 1 / y) ** 0.5 for x, y in known]
    inside = [half for log, half in zip(logs, halves) if abs(log) + half < 4.2]  # the others leave the drawing
    expected = [2 * half * 118 / 4.2 for half in inside]
    assert expected and all(any(abs(width - each) < 0.1 for width in widths) for each in expected)
    playground.press(page, "Count")


def test_the_window_is_dragged_over_the_text(page):
    words = page.locator(".lines span")
    boxes = [words.nth(n).bounding_box() for n in (1, 5)]
    (x, y), (u, v) = ([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2] for box in boxes)
    page.mouse.move(x, y)
    page.mouse.down()
    assert page.locator(".slider.wide input").input_value() == "2"
    page.mouse.move(u, v, steps=4)
    page.mouse.up()
    assert page.locator(".slider.wide input").input_value() == "6"
    assert page.locator(".lines .is-center").inner_text() == words.nth(5).inner_text()
    page.mouse.move(x, y)
    assert page.locator(".slider.wide input").input_value() == "6", "only while it is held"


def test_reading_word_by_word_fills_the_matrix_and_the_fit_runs(page):
    slider = page.locator(".slider.wide input")
    slider.focus()
    page.keyboard.press("Home")
    filled = "(root) => [...root.querySelectorAll('.grid7 g > text')].filter((e) => e.textContent).length"
    assert playground.inside(page, filled) == 0
    page.keyboard.press("End")
    assert playground.inside(page, filled) > 10
    playground.press(page, "Fit")
    playground.press(page, "Run")
    page.wait_for_function(
        "parseFloat(document.querySelector('[data-play]').shadowRoot.querySelector('b.number').textContent) < 0.02"
    )
    page.locator(".controls button.main").click()
    assert "·" in page.locator(".grid7").text_content()
