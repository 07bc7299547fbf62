"""Methods at their own best settings: halves that share nothing, choices that see one half, differences by unit."""

import copy

import numpy as np
import pytest

from helpers import comparison, counting, glove, intervals, scores, vectors, word2vec
from helpers.vocabulary import Vocabulary

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
    found = {(method, setting): table for method, setting, (table,) in comparison.counted(matrix, 2)}
    assert len(found) == 9
    for power in comparison.POWERS:
        assert np.allclose(found["LSA", f"power {power}"], counting.lsa(matrix, 2, power=power))
        assert np.allclose(found["PPMI", f"power {power}"], counting.lsa(counting.ppmi(matrix), 2, power=power))


@pytest.fixture(scope="module")
def found():
    """Random vectors of the words asked for, two seeds each, as settings of two methods; "good" once knows it all."""
    paths = comparison.files(LANGUAGE)
    questions = [q for part in scores.questions_in(paths["analogies"]).values() for q in part]
    pairs = [line.split("\t") for line in scores.pair_lines(paths["similarity"])[1] if scores.is_pair(line)]
    words = sorted({word for q in questions for word in q} | {word for pair in pairs for word in pair[:2]})
    draw, one = np.random.default_rng(1), comparison.Found(words, LANGUAGE)
    for method in ("good", "poor"):
        for setting in ("first", "second"):
            tables = list(draw.normal(size=(2, len(words), 5)))
            one.runs.setdefault(method, {})[setting] = comparison.of_seeds(tables, words, LANGUAGE)
            one.tables["analogies"][method] = tables
    best = {name: items.copy() for name, items in one.runs["good"]["second"].items()}
    best["analogies"][:] = 1
    best["similarity"][:, 0] = best["similarity"][:, 1]  # cosines as people score
    one.runs["good"]["second"] = best
    return one


def test_the_half_that_reports_has_no_say_in_the_choice(found):
    found = copy.deepcopy(found)
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
    wrong = np.zeros((len(rows), 1))  # of a method without seeds
    gap = found.difference("analogies", "good", None, items=wrong)
    assert gap == intervals.paired_difference(np.ones(len(rows)), wrong[:, 0], units[rows])
    assert gap.value == 1 and gap.n == len(np.unique(units[rows]))


def test_a_score_is_the_mean_over_the_seeds_and_one_seed_can_be_looked_at(found):
    for yardstick in comparison.YARDSTICKS:
        items = found.items(yardstick, "poor")
        alone = [comparison.score(items[..., [seed]]) for seed in (0, 1)]
        assert alone[0] != alone[1] and comparison.score(items) == pytest.approx(np.mean(alone))
        gaps = [found.difference(yardstick, "good", "poor", seed=seed) for seed in (0, 1)]
        assert [gap.value for gap in gaps] == pytest.approx([1 - score for score in alone])
    rows = found.half("similarity", False)
    pairs = found.runs["poor"][found.chosen("similarity")["poor"]]["similarity"][rows]
    alone = [scores.rank_correlation(*pairs[:, :, seed].T) for seed in (0, 1)]
    assert comparison.score(pairs) == pytest.approx(np.mean(alone))


def test_trainings_side_by_side_are_those_of_one_after_the_other():
    text = [list("abcab"), list("bcda"), list("acdb")] * 30
    made = comparison.Vocabulary.build(text, min_count=1)
    given = {"vocabulary": made, "seed": 2, "workers": 1, "alpha": comparison.RATES["word2vec"][0], "epochs": 3}
    _, _, tables = next(comparison.predicted(text, made, 4, 2))
    assert len(tables) == len(comparison.SEEDS) and not np.allclose(tables[0], tables[1])
    assert np.array_equal(tables[1], word2vec.train(text, 4, 2, **given).vectors)
    matrix = counting.cooccurrence(text, made, window=2)
    found = {setting: tables for _, setting, tables in comparison.fitted(matrix, 4)}
    assert len(found) == 24
    alone = glove.fit(matrix, 4, 100, learning_rate=0.2, epochs=8, seed=3, workers=1)
    longer = glove.fit(matrix, 4, 100, learning_rate=0.2, epochs=32, seed=3, workers=1)
    assert np.array_equal(found["x_max 100, rate 0.2, 8 epochs, W"][2], alone.center)
    assert np.array_equal(found["x_max 100, rate 0.2, 32 epochs, W + W~"][2], longer.vectors)


def test_opponents_answer_the_same_questions(found):
    told, rows = found.rules("poor"), found.half("analogies", False)
    for seed, table in enumerate(found.tables["analogies"]["poor"]):
        kv = vectors.keyed_vectors(found.words, table)
        for rule, signs in comparison.RULES.items():
            direct = scores.analogies(kv, comparison.files(LANGUAGE)["analogies"], signs=signs).hits[rows]
            assert np.array_equal(told[rule][:, seed], direct)


def test_a_way_that_fails_is_not_counted_and_its_error_comes_after_the_bar(monkeypatch, capsys):
    def failing(*given):
        raise RuntimeError("out of memory")
        yield

    monkeypatch.setattr(comparison, "counted", lambda *given: iter(()))
    monkeypatch.setattr(comparison, "predicted", failing)
    sentences = [list("abcab"), list("bcda")]
    with pytest.raises(RuntimeError) as told:
        comparison.compare(sentences, Vocabulary.build(sentences, 1), LANGUAGE, progress=True)
    assert told and capsys.readouterr().err.endswith("\rways: 1/3\n")
