"""Each model with its own training: which half chooses, which half tells, and what a family's share is."""

import numpy as np
import pytest

from helpers import measured, vectors
from helpers.korean import own_rates
from helpers.word2vec_trials import halves


def test_one_half_chooses_the_training_and_the_other_tells():
    groups = np.arange(40).astype(str)
    choosing = halves(groups) == 0
    early = np.where(choosing, 1.0, 0.0)[:, None]  # right on the half that chooses, wrong on the other
    by_model = {
        "word2vec": {(0.05, 3): early, (0.1, 3): 1 - early},
        "jamo 3-5": {(0.05, 3): early * 0, (0.1, 3): early * 0 + 0.5},
        "syllable 3-6": {(0.1, 3): early * 0},
        "syllable 1-3": {(0.1, 3): early * 0},
    }
    told = own_rates.reported(by_model, groups, ("word2vec",))
    assert told["chosen"]["word2vec"] == (0.05, 3) and told["scores"]["word2vec"] == 0
    assert told["chosen"]["jamo 3-5"] == (0.1, 3) and told["scores"]["jamo 3-5"] == 0.5
    assert told["differences"]["word2vec - jamo 3-5"][:3] == [-0.5, -0.5, -0.5] and told["n"] == (~choosing).sum()
    assert set(told["differences"]) == {f"word2vec - {name}" for name in by_model if name != "word2vec"}


def test_what_one_model_cannot_answer_is_left_out_for_all():
    groups = np.arange(40).astype(str)
    right = np.ones((40, 2))
    holes = right.copy()
    holes[np.flatnonzero(halves(groups) == 1)[:3], 1] = np.nan
    by_model = {name: {None: right} for name in ("word2vec", "syllable 1-3", "jamo 3-5")}
    told = own_rates.reported(by_model | {"syllable 3-6": {None: holes}}, groups, ("word2vec",))
    assert told["n"] == (halves(groups) == 1).sum() - 3 and told["scores"]["syllable 3-6"] == 1


def test_both_ways_every_item_is_scored_with_what_the_other_half_chose():
    groups = np.arange(40).astype(str)
    early = np.where(halves(groups) == 0, 1.0, 0.0)[:, None].repeat(2, 1)
    level = early * 0 + 0.25
    level[5] = np.nan  # a family that cannot be asked
    by_model = {"word2vec": {(0.05, 3): early, (0.1, 3): 1 - early}}  # each half's favorite fails on the other
    by_model |= {name: {None: level} for name in ("syllable 3-6", "syllable 1-3", "jamo 3-5")}
    told = own_rates.both_ways(by_model, groups, ("word2vec",))
    assert told["scores"] == {"word2vec": 0, "syllable 3-6": 0.25, "syllable 1-3": 0.25, "jamo 3-5": 0.25}
    assert told["differences"]["word2vec - jamo 3-5"] == [-0.25, -0.25, -0.25, 39]


def test_words_that_begin_alike_are_one_unit():
    assert own_rates.beginnings(["어머니는", "어머니께서", "아버지는"]).tolist() == ["어머", "어머", "아버"]


def test_a_score_is_the_mean_over_seeds_of_shares_or_of_rank_correlations():
    assert own_rates.score(np.array([[1.0, 0.0], [1.0, 1.0]])) == 0.75
    up, people = np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 40])
    both_ways = np.stack([np.stack([up, people], 1), np.stack([-up, people], 1)], 1)  # (pairs, seeds, 2)
    assert own_rates.score(both_ways) == pytest.approx(0)
    assert own_rates.score(both_ways[:, :1]) == pytest.approx(1)


def test_families_are_asked_one_by_one():
    kv = vectors.keyed_vectors(["가", "간", "나", "난"], np.array([[1, 0], [1, 0.1], [0, 1], [-1, 0.1]]))
    found = own_rates.family_shares(kv, {"가다": ["가", "간"], "나다": ["나", "난"], "다다": ["다"]}, "known")
    assert found[0] == 1 and found[1] < 1 and np.isnan(found[2])


def test_words_are_listed_once():
    for words in (own_rates.VERBS, own_rates.NOUNS):
        assert len(set(words)) == len(words) > 30
    assert all(verb.endswith("다") for verb in own_rates.VERBS)


def test_the_stored_result_answers_every_task():
    told = measured.load("own_rates")["korean"].values["tasks"]
    assert list(told) == list(own_rates.RIVALS)
    for task, rivals in own_rates.RIVALS.items():
        names = {f"{rival} - {model}" for rival in rivals for model in own_rates.unknown.MODELS if model != "word2vec"}
        assert set(told[task]["differences"]) == names
        assert ("both ways" in told[task]) == (task not in own_rates.RANKED)
        if "both ways" in told[task]:
            assert set(told[task]["both ways"]["differences"]) == names


def test_what_lesson_8_says_of_verbs_and_of_typos_holds_over_all_of_them():
    told = measured.load("own_rates")["korean"].values["tasks"]
    verbs = told["verbs, known"]["both ways"]["differences"]
    for name in ("syllable 1-3", "jamo 3-5"):
        value, low, high, n = verbs[f"word2vec - {name}"]
        assert high < 0 and n == 34
    assert verbs["word2vec - syllable 3-6"][1] < 0 < verbs["word2vec - syllable 3-6"][2]
    assert told["one typo"]["both ways"]["differences"]["untrained jamo - jamo 3-5"][2] < 0
