"""Methods at their own best settings: halves that share nothing, choices that see one half, differences by unit."""

import numpy as np
import pytest

from helpers import comparison, counting, intervals, scores, vectors

LANGUAGE = "Korean"


def test_the_halves_keep_questions_about_one_pair_together():
    units, choosing = comparison.halves(LANGUAGE)["analogies"]
    questions = [q for part in scores.questions_in(comparison.files(LANGUAGE)["analogies"]).values() for q in part]
    assert len(units) == len(questions)
    side = {}
    for question, one in zip(questions, choosing):
        assert side.setdefault(question[2:], one) == one
    assert 0.3 < choosing.mean() < 0.7
    units, choosing = comparison.halves(LANGUAGE)["similarity"]
    assert len(np.unique(units)) == len(units) and abs(choosing.mean() - 0.5) < 0.01


def test_counted_vectors_are_those_of_lsa_with_each_power():
    matrix = counting.cooccurrence([list("abcab"), list("bcda"), list("acdb")], list("abcd"), window=2)
    found = {(method, setting): table for method, setting, table in comparison.counted(matrix, 2)}
    assert len(found) == 9
    for power in comparison.POWERS:
        assert np.allclose(found["LSA", f"power {power}"], counting.lsa(matrix, 2, power=power))
        assert np.allclose(found["PPMI", f"power {power}"], counting.lsa(counting.ppmi(matrix), 2, power=power))


@pytest.fixture(scope="module")
def found():
    """Random vectors of the words asked for as settings of two methods; one setting of "good" knows the answers."""
    paths = comparison.files(LANGUAGE)
    questions = [q for part in scores.questions_in(paths["analogies"]).values() for q in part]
    pairs = [line.split("\t") for line in scores.pair_lines(paths["similarity"])[1] if scores.is_pair(line)]
    words = sorted({word for q in questions for word in q} | {word for pair in pairs for word in pair[:2]})
    draw, one = np.random.default_rng(1), comparison.Found(words, LANGUAGE)
    for method in ("good", "poor"):
        for setting in ("first", "second"):
            kv = vectors.keyed_vectors(words, draw.normal(size=(len(words), 5)))
            one.runs.setdefault(method, {})[setting] = comparison.answers(kv, LANGUAGE)
            one.tables["analogies"][method] = kv.vectors
    best = {name: items.copy() for name, items in one.runs["good"]["second"].items()}
    best["analogies"][:] = 1
    best["similarity"][:, 0] = best["similarity"][:, 1]  # cosines as people score
    one.runs["good"]["second"] = best
    return one


def test_the_half_that_reports_has_no_say_in_the_choice(found):
    assert found.chosen("analogies")["good"] == found.chosen("similarity")["good"] == "second"
    rows, others = (found.half("analogies", half) for half in (True, False))
    assert not set(rows) & set(others) and len(rows) + len(others) == len(comparison.halves(LANGUAGE)["analogies"][0])
    before = found.chosen("analogies")["poor"]
    other = {"first": "second", "second": "first"}[before]
    found.runs["poor"][other]["analogies"][others] = 1  # perfect where nobody may look
    assert found.chosen("analogies")["poor"] == before
    found.runs["poor"][other]["analogies"][rows] = 1
    assert found.chosen("analogies")["poor"] == other


def test_scores_and_differences_are_of_the_half_that_reports(found):
    rows = found.half("analogies", False)
    assert found.scores("analogies")["good"] == 1 and found.scores("similarity")["good"] == pytest.approx(1)
    gap = found.difference("similarity", "good", "poor")
    assert gap.n == len(found.half("similarity", False)) and gap.apart and gap.value > 0.5
    units, _ = comparison.halves(LANGUAGE)["analogies"]
    wrong = np.zeros(len(rows))
    gap = found.difference("analogies", "good", None, items=wrong)
    assert gap == intervals.paired_difference(np.ones(len(rows)), wrong, units[rows])
    assert gap.value == 1 and gap.n == len(np.unique(units[rows]))


def test_opponents_answer_the_same_questions(found):
    told = found.rules("poor")
    rows, kv = found.half("analogies", False), found.keyed("analogies", "poor")
    for rule, signs in comparison.RULES.items():
        direct = scores.analogies(kv, comparison.files(LANGUAGE)["analogies"], signs=signs).hits[rows]
        assert np.array_equal(told[rule], direct)
