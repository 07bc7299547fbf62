"""The experiments on word2vec: halves that share no question, scores that agree with `scores`, and small whole runs."""

import json

import numpy as np
import pytest

from helpers import corpora, measured, scores, vectors, word2vec_trials

SENTENCES = tuple(corpora.load("korean").first(4000))


@pytest.fixture(scope="module")
def kv():
    return word2vec_trials.gensim_vectors(SENTENCES, vector_size=20, epochs=2, workers=1)


@pytest.fixture
def small(monkeypatch):
    """Few and short trainings, on the bundled corpus under the name of one that is fetched."""
    monkeypatch.setattr(word2vec_trials, "read", lambda corpus, limit=None: (SENTENCES[:limit], "Korean"))
    for name, value in {"RATES": (0.05, 0.1), "EPOCHS": (1, 1, 2), "LONGER": (1, 2)}.items():
        monkeypatch.setattr(word2vec_trials, name, value)
    monkeypatch.setattr(word2vec_trials, "SIZES", (20_000, 10**9))


def test_items_with_one_label_stay_in_one_half():
    labels = np.array(list("aabbccddaaeeff"))
    sides = word2vec_trials.halves(labels)
    assert set(sides) == {0, 1} and all(len(set(sides[labels == name])) == 1 for name in labels)
    assert sorted(set(np.bincount(word2vec_trials.halves(np.arange(7))))) == [3, 4]


def test_whole_scores_are_those_of_scores_and_the_halves_share_no_question(kv):
    found = word2vec_trials.answered(kv)
    pairs, questions = scores.sets("Korean")
    whole = word2vec_trials.score(found)
    assert whole["similarity"] == pytest.approx(scores.similarity(kv, pairs["similarity"]).value, abs=1e-4)
    assert whole["analogies"] == pytest.approx(scores.analogies(kv, questions["analogies"]).share)
    used = [word2vec_trials.difference(found, found, half) for half in (None, 0, 1)]
    for task in ("similarity", "analogies"):
        assert used[0][task][3] == used[1][task][3] + used[2][task][3]
        assert all(one[task][:3] == [0, 0, 0] for one in used)


def test_the_difference_is_first_minus_second(kv):
    turned = np.random.default_rng(1).normal(size=kv.vectors.shape)
    nonsense = word2vec_trials.answered(vectors.keyed_vectors(kv.index_to_key, turned))
    found = word2vec_trials.answered(kv)
    for half in (None, 1):
        apart = word2vec_trials.difference(found, nonsense, half)
        for task, (value, low, high, _) in apart.items():
            expected = word2vec_trials.score(found, half)[task] - word2vec_trials.score(nonsense, half)[task]
            assert value == pytest.approx(expected) and low < value < high
        assert apart["similarity"][1] > 0


def test_several_seeds_count_as_their_mean(kv):
    again = word2vec_trials.gensim_vectors(SENTENCES, vector_size=20, epochs=2, workers=1, seed=2)
    turned = np.random.default_rng(1).normal(size=kv.vectors.shape)
    nonsense = word2vec_trials.answered(vectors.keyed_vectors(kv.index_to_key, turned))
    found = [word2vec_trials.answered(one) for one in (kv, again)]
    both, none = word2vec_trials.together(found), word2vec_trials.together([nonsense, nonsense])
    for half in (None, 1):
        each = [word2vec_trials.score(one, half) for one in found]
        gaps = [word2vec_trials.difference(one, nonsense, half) for one in found]
        whole, apart = word2vec_trials.score(both, half), word2vec_trials.difference(both, none, half)
        for task in ("similarity", "analogies"):
            assert each[0][task] != each[1][task]
            assert whole[task] == pytest.approx((each[0][task] + each[1][task]) / 2)
            assert apart[task][0] == pytest.approx((gaps[0][task][0] + gaps[1][task][0]) / 2)
            assert apart[task][3] == gaps[0][task][3]


def test_skipgram_against_cbow_reports_the_rate_that_was_best_on_the_other_half(small):
    values = word2vec_trials.skipgram_cbow("kowiki", 3000)
    assert (values["sentences"], values["tokens"]) == (3000, sum(map(len, SENTENCES[:3000])))
    for method, tried in values["rates"].items():
        best = max(range(2), key=lambda i: sum(tried[i].values()))
        assert values["rate"][method] == word2vec_trials.RATES[best]
        assert len(values["curves"][method]) == 3
    last = {method: curve[-1]["analogies"] for method, curve in values["curves"].items()}
    assert values["difference"]["analogies"][0] == pytest.approx(last["skip-gram"] - last["CBOW"])
    assert json.dumps(values)


def test_the_trainers_are_compared_after_each_number_of_epochs_and_ours_comes_first(small, monkeypatch):
    asked, train = [], word2vec_trials.word2vec.train

    def noted(*args, seed, **options):
        asked.append(seed)
        return train(*args, seed=seed, **options)

    monkeypatch.setattr(word2vec_trials.word2vec, "train", noted)
    monkeypatch.setattr(word2vec_trials, "SEEDS", (2, 5))
    values = word2vec_trials.trainers("kowiki", 3000)
    assert values["seeds"] == (2, 5) and asked == [2, 5, 2, 5]  # for each number of epochs
    assert [len(values[name]) for name in ("epochs", "differences")] == [2, 2]
    for ours, gensim, gap in zip(values["curves"]["ours"], values["curves"]["gensim"], values["differences"]):
        for task in ("similarity", "analogies"):
            assert gap[task][0] == pytest.approx(ours[task] - gensim[task])
    assert json.dumps(values)


def test_text_size_takes_the_sizes_that_the_text_has(small):
    values = word2vec_trials.text_size("kowiki", 4000)
    for rows in values["rows"].values():
        assert [row[0] for row in rows] == [20_000, values["tokens"]]
        assert all(0 < shared < 1 and pairs > 10 for _, shared, _, pairs in rows)
    shared = {epochs: rows[-1][1] for epochs, rows in values["rows"].items()}
    assert shared["20"] > shared["5"]  # longer training leaves less of the first random numbers
    assert json.dumps(values)


def test_korean_is_cut_into_morphemes_and_no_other_corpus_steps_in(monkeypatch):
    asked = []

    def load(name, unit=None, **options):
        asked.append((unit, options))
        return corpora.Corpus(name, None, unit, name, "", "", lambda: iter([("가 나", True), ("다", True)]))

    monkeypatch.setattr(corpora, "load", load)
    assert word2vec_trials.read.__wrapped__("Korean", 1) == ((["가", "나"],), "Korean")
    assert asked == [(None, {"fallback": False}), ("morpheme", {"fallback": False})]
    assert word2vec_trials.read.__wrapped__("English") == ((["가", "나"], ["다"]), "English") and asked[-1][0] is None


def test_over_eight_seeds_the_lead_in_korean_analogies_turns_and_nothing_else_is_clear_but_one_similarity():
    results = measured.load("trainers")
    assert set(results) == {"korean", "wikipedia"}
    leads = {}
    for corpus, result in results.items():
        assert len(result.values["seeds"]) == 8
        for epochs, gaps in zip(result.values["epochs"], result.values["differences"]):
            for task, gap in gaps.items():
                if scores.Interval(*gap).apart:
                    leads[corpus, epochs, task] = "ours" if gap[0] > 0 else "gensim"
    assert leads == {
        ("korean", 3, "analogies"): "ours",
        ("korean", 30, "analogies"): "gensim",
        ("korean", 30, "similarity"): "ours",
    }
