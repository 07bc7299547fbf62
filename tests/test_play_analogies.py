"""Answers and scores of the page are those of helpers.scores over the same vectors."""

import numpy as np
import pytest

import browser
import packing
import playground
from helpers import scores
from test_play import stored


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with (
        browser.chromium() as chromium,
        playground.opened(chromium, tmp_path_factory.mktemp("play"), "analogies") as tab,
    ):
        yield tab.page


@pytest.mark.parametrize("exclude", [True, False])
def test_the_score_of_each_kind_is_the_helpers(page, exclude):
    data = stored("analogies")
    found, table = playground.compute(page, "score", {"exclude": exclude}), packing.unpacked(data["table"])
    for name, questions in data["sections"].items():
        questions = np.array(questions)
        right = int((scores.answers(table, questions[:, :3], exclude) == questions[:, 3]).sum())
        assert found[name] == [right, len(questions)], name


def test_the_answer_to_the_task_is_true(page):
    ways = {"exclude": True}, {"exclude": False}, {"exclude": True, "alone": True}
    whole, kept, alone = (playground.compute(page, "score", how) for how in ways)
    right = [sum(one for one, _ in found.values()) for found in (whole, kept, alone)]
    assert right[1] < 0.6 * right[0]
    for kind in ("male-female", "opposite"):
        assert alone[kind][0] > whole[kind][0]
    assert alone["capital-country"][0] == 0 < whole["capital-country"][0]


def test_the_switches_change_the_score_that_is_shown(page):
    shown = "(root) => root.querySelector('.above .number').textContent"
    before = playground.inside(page, shown)
    page.locator("[type=checkbox]").nth(1).focus()
    page.keyboard.press("Space")
    assert playground.inside(page, shown) != before
    page.locator("select").select_option("male-female")
    assert "father" in page.locator(".formula").text_content()
    page.locator("[type=text]").fill("빨래")
    assert "빨래" in page.locator(".map").text_content()
