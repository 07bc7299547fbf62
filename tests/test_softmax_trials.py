"""Full softmax against noise words: the compiled steps against autograd, a falling loss, a small run."""

import json

import numpy as np
import pytest
import torch

from helpers import blocks, corpora, counting, measured, noise_trials, softmax_trials, word2vec_trials
from helpers.vocabulary import Vocabulary

SENTENCES = tuple(corpora.load("korean").first(3000))


@softmax_trials.compiled.loop
def exponentials(scores):
    for i in range(len(scores)):
        scores[i] = softmax_trials.exponential(scores[i])


def test_the_exponential_is_that_of_numpy():
    scores = np.linspace(-31, 0, 500).astype(np.float32)
    expected = np.exp(scores.astype(float))
    exponentials(scores)
    assert np.allclose(scores, expected, rtol=5e-4, atol=5e-6) and scores[-1] == 1
    far = np.array([-32, -1000, -np.inf], np.float32)
    exponentials(far)
    assert (far < 2e-14).all() and (far >= 0).all()


def test_scores_of_any_size_make_probabilities():
    for scores in ([1e4, 1e4, -1e4], [-500.0, -501.0], [0.0]):
        found, expected = np.array(scores, np.float32), torch.softmax(torch.tensor(scores, dtype=torch.float64), 0)
        softmax_trials.softmax(found)
        assert np.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("words", [[0, 1, 2, 3, 4, 5, 0, 2], [1, 1, 1, 2, 1, 3, 3, 1]], ids=["few", "repeated"])
def test_the_loop_takes_the_steps_of_autograd_one_after_the_other(words, together):
    """Words that come again are their own contexts, and contexts twice; the last two stand in another sentence."""
    words, sentences = np.array(words, np.int32), np.array([0] * 6 + [1] * 2, np.int32)
    draw = np.random.default_rng(1)
    inputs, outputs = (draw.normal(size=(6, 5)).astype(np.float32) for _ in range(2))
    turned, state = np.ascontiguousarray(outputs.T), np.array([7], np.uint64)
    v, u = torch.tensor(inputs).double(), torch.tensor(outputs).double()
    told = softmax_trials.epoch(words, sentences, inputs, turned, together, 0.2, 0.0, state)
    state, losses = np.array([7], np.uint64), []
    for i, center in enumerate(words):
        reach = 1 + blocks.below(noise_trials.WINDOW, state)
        near = [j for j in range(i - reach, i + reach + 1) if 0 <= j < 8 and j != i and sentences[j] == sentences[i]]
        for contexts in [words[near]] if together else words[near][:, None]:
            v, u = v.requires_grad_(), u.requires_grad_()
            scores = (u @ v[center]).expand(len(contexts), -1)
            pairs = torch.nn.functional.cross_entropy(scores, torch.tensor(contexts).long(), reduction="none")
            slopes = torch.autograd.grad(pairs.sum(), (v, u))
            v, u = ((table - 0.2 * (1 - i / 8) * slope).detach() for table, slope in zip((v, u), slopes))
            losses += pairs.tolist()
    assert np.allclose(inputs, v, atol=2e-5) and np.allclose(turned.T, u, atol=2e-5)
    assert told == pytest.approx(np.mean(losses), abs=1e-5)


@pytest.mark.parametrize("together", [False, True])
def test_a_word_alone_in_its_sentence_teaches_nothing(together):
    words, sentences = np.array([0, 1], np.int32), np.array([0, 1], np.int32)
    tables = np.ones((2, 2, 2), np.float32)
    softmax_trials.epoch(words, sentences, *tables, together, 0.2, 0.0, np.array([7], np.uint64))
    assert (tables == 1).all()


def test_the_loss_begins_at_the_logarithm_of_the_vocabulary_and_falls():
    vocabulary = Vocabulary.build(SENTENCES)
    kv, losses = softmax_trials.train(SENTENCES, vocabulary, 0.1, 4)
    assert all(later < earlier for earlier, later in zip(losses, losses[1:]))
    assert losses[0] < np.log(len(vocabulary)) < losses[0] + 2 and losses[-1] < losses[0] - 0.3
    few = SENTENCES[:300]
    (one, _), (other, _) = (softmax_trials.train(few, vocabulary, 0.1, 1) for _ in range(2))
    assert np.array_equal(one.vectors, other.vectors)
    assert softmax_trials.train(few, vocabulary, 0, 1)[1][0] == pytest.approx(np.log(len(vocabulary)), abs=1e-4)
    assert word2vec_trials.score(word2vec_trials.answered(kv))["similarity"] > 0.4


def test_a_rate_at_which_the_numbers_run_away_leaves_the_starting_vectors():
    few = [list("abcde") * 5] * 300
    vocabulary = Vocabulary.build(few)
    kv, losses = softmax_trials.train(few, vocabulary, 1000.0, 3)
    start = softmax_trials.training.initial_vectors(5, noise_trials.DIMENSIONS, 1)
    assert np.array_equal(kv.vectors, start) and len(losses) == 1


def test_the_simple_rival_is_ppmi_with_an_svd_at_each_power():
    vocabulary = Vocabulary.build(SENTENCES)
    answers = softmax_trials.counted(SENTENCES, vocabulary, "Korean")
    ppmi = counting.ppmi(counting.cooccurrence(SENTENCES, vocabulary, noise_trials.WINDOW))
    for power in softmax_trials.POWERS:
        table = counting.lsa(ppmi, noise_trials.DIMENSIONS, power=power)
        kv = softmax_trials.vectors.keyed_vectors(vocabulary.words, table)
        for ours, direct in zip(answers(power, 1)[:2], word2vec_trials.answered(kv)):
            assert np.allclose(ours, direct, equal_nan=True)


def test_the_time_of_an_epoch_is_what_one_more_costs(monkeypatch):
    """By a clock of our own: 7 seconds of reading and 3 of every epoch, after a first time that takes 50 more."""
    now, trained = [0], []

    def method(sentences, vocabulary, rate, epochs, seed):
        now[0] += 7 + 3 * epochs + 50 * (not trained)
        trained.append((len(sentences), epochs))

    monkeypatch.setattr(softmax_trials, "METHODS", {"mine": method})
    monkeypatch.setattr(softmax_trials.time, "process_time", lambda: now[0])
    assert softmax_trials.seconds("mine", SENTENCES, None) == 3
    assert trained == [(100, 1), (len(SENTENCES), 1), (len(SENTENCES), 2)]


def test_a_whole_run(monkeypatch):
    monkeypatch.setattr(softmax_trials, "read", lambda corpus, limit=None: (SENTENCES[:limit], "Korean"))
    for name, value in {"RATES": (0.05, 0.1), "POWERS": (0, 1), "EPOCHS": (1, 2), "LONGER": 3, "WORDS": 300}.items():
        monkeypatch.setattr(softmax_trials, name, value)
    for name, value in {"SEEDS": (1, 2), "RESAMPLES": 30}.items():
        monkeypatch.setattr(noise_trials, name, value)
    values = softmax_trials.measure("korean", 3000)
    assert values["words"] == 300 and values["tokens"] == sum(map(len, SENTENCES))
    assert set(values["seconds"]) == {"softmax", "by center", "k = 5", "k = 20"}
    assert list(values["after"]) == [1, 2]
    for found in values["after"].values():
        assert set(found["scores"]) == {"softmax", "by center", "k = 5", "k = 20", "PPMI"}
        for method, rates in found["rate"].items():
            assert set(rates) <= ({0, 1} if method == "PPMI" else {0.05, 0.1})
        for method, tasks in found["minus softmax"].items():
            for task, (apart, low, high, n) in tasks.items():
                assert apart == pytest.approx(found["scores"][method][task] - found["scores"]["softmax"][task])
                assert low <= apart <= high and n >= 20
    first, second = values["after"].values()
    assert first["scores"]["PPMI"] == second["scores"]["PPMI"] and first["scores"]["k = 5"] != second["scores"]["k = 5"]
    by_rate = values["by rate"]
    assert set(by_rate) == set(softmax_trials.METHODS)
    seed, vocabulary = noise_trials.SEEDS[0], Vocabulary.build(SENTENCES[:3000], max_size=300)
    for way, rows in by_rate.items():
        assert set(rows) == {0.05, 0.1}
        again = softmax_trials.METHODS[way](SENTENCES[:3000], vocabulary, 0.1, 2, seed)
        assert rows[0.1] == word2vec_trials.score(word2vec_trials.answered(again))
    assert values["longer"]["epochs"] == 3 and list(values["longer"]["minus softmax"]) == ["k = 5"]
    assert values["longer"]["scores"]["softmax"] == second["scores"]["softmax"]
    assert values["longer"]["scores"]["k = 5"] != second["scores"]["k = 5"]
    assert json.dumps(values)


def test_what_lesson_4_says_of_the_rates_stands_in_the_results_it_reads():
    """Too long for the lesson's own guard: a larger rate is worse for similarity, better for analogies, in Korean."""
    stored = {name: one.values for name, one in measured.load("full_softmax").items()}
    similar, analogous = (
        {way: [one[task] for one in rows.values()] for way, rows in stored["korean"]["by rate"].items()}
        for task in ("similarity", "analogies")
    )
    assert all((np.diff(curve) < 0).all() for curve in similar.values())
    assert all((np.diff(curve) > 0).all() for curve in analogous.values())
    assert (np.array(similar["softmax"]) >= list(similar.values())).all()
    assert (np.array(analogous["k = 5"]) > analogous["softmax"]).tolist() == [False, True, True]
    assert set(stored["wikipedia"]["after"]["2"]["rate"]["k = 20"]) == {max(softmax_trials.RATES)}
    chosen = [rate for one in stored.values() for at in one["after"].values() for way, rates in at["rate"].items()
              if way != "PPMI" for rate in rates]  # fmt: skip
    assert chosen.count(max(softmax_trials.RATES)) > len(chosen) / 2
