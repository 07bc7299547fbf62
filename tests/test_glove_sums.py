"""W + W̃ against W: which half chooses, how two settings share one score, and what was stored."""

import numpy as np
import pytest

from helpers import comparison, counting, glove, glove_sums, measured
from helpers.vocabulary import Vocabulary


def test_each_half_is_scored_with_what_the_other_chose():
    choosing = np.array([True, True, False, False])
    early = np.where(choosing, 1.0, 0.0)[:, None].repeat(2, 1)
    items, chosen = glove_sums.crossed({"early": early, "late": 1 - early}, choosing)
    assert chosen == ["early", "late"] and items.tolist() == np.zeros((4, 2)).tolist()
    items, _ = glove_sums.crossed({"early": early * 0 + 0.5, "late": early * 0}, choosing)
    assert glove_sums.score(items) == 0.5


def test_cosines_of_two_settings_are_not_ranked_on_one_scale():
    people, choosing = np.array([1.0, 2, 3, 1, 2, 3]), np.array([True] * 3 + [False] * 3)
    low = np.stack([people / 10, people], 1)[..., None]  # (pairs, 2, seeds)
    high = np.stack([people / 10 + 0.6, people], 1)[..., None]
    items = glove_sums.together([low, high], choosing)
    assert items.shape == (6, 3, 1) and np.allclose(items[:3, 0, 0], people[:3] / 10 + 0.6)
    assert glove_sums.score(items) == pytest.approx(1)
    assert comparison.score(items[:, :2]) < 0.9
    items[3:, 0] *= -1  # one half upside down
    assert glove_sums.score(items) == pytest.approx(0), "both halves count"


def test_both_tables_of_a_setting_come_from_one_training():
    words = list("abcd")
    text = [list("abcab"), list("bcda"), list("acdb")] * 30
    matrix, made = counting.cooccurrence(text, words, window=2), Vocabulary.build(text, min_count=1)
    seen = {}

    def answers(tables, words, language):
        seen[len(seen)] = tables
        return {"tables": tables}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "of_seeds", answers)
        patch.setattr(glove_sums, "DIMENSIONS", 4)
        found = glove_sums.by_table(matrix, made, "English", epochs=(2,))
    assert set(found) == {"W", "W + W~"} and list(found["W"]) == list(found["W + W~"])
    alone = glove.fit(matrix, 4, 10, learning_rate=0.2, epochs=2, seed=2, workers=1)
    setting = "x_max 10, rate 0.2, 2 epochs"
    assert np.array_equal(found["W"][setting]["tables"][1], alone.center)
    assert np.array_equal(found["W + W~"][setting]["tables"][1], alone.vectors)


def test_stored_results_are_of_three_seeds():
    stored = measured.load("glove_sums")
    assert set(stored) == {"korean", "wikipedia"}
    for result in stored.values():
        assert result.values["seeds"] == [1, 2, 3]
        for yardstick in comparison.YARDSTICKS:
            told = result.values[yardstick]
            value, low, high, n = told["difference"]
            scores = [told["scores"][table] for table in ("W + W~", "W")]
            assert low <= value <= high and value == pytest.approx(scores[0] - scores[1], abs=2e-4)
            assert n == told["n"] > 40 and len(told["by seed"]) == 3


def test_a_line_names_the_table_that_is_ahead():
    lines = glove_sums.verdicts(measured.load("glove_sums"))
    assert len(lines) == 8
    line = lines["korean, analogies", "own"]
    assert line["ahead"] == "W + W~" and line["difference"].startswith("+") and float(line["W + W~"]) > float(line["W"])
    assert lines["korean, similarity", "own"]["ahead"] == "W"
    assert {lines["wikipedia, analogies", settings]["ahead"] for settings in ("same", "own")} == {"not clear"}
    assert lines["korean, analogies", "same"]["W"] != line["W"], "each at its own settings"
