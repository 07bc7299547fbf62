"""How many noise words: the plain loop against the steps of lesson 4, fair choices between halves, a small run."""

import json

import numpy as np
import pytest
import torch

from helpers import blocks, corpora, negatives, noise_trials, word2vec_trials
from helpers.vocabulary import Vocabulary

SENTENCES = tuple(corpora.load("korean").first(3000))


def noise_of(state, share, alias):
    return blocks.noise_word(0, 1, share, alias, state)


@pytest.mark.parametrize("k", [0, 1, 4])
def test_the_loop_takes_the_steps_of_lesson_4_one_pair_after_the_other(k):
    """With the same random numbers; words 0 and 1 stand in one sentence, 2 and 3 in another."""
    words, sentences = np.array([0, 1, 2, 3], np.int32), np.array([0, 0, 1, 1], np.int32)
    share, alias = negatives.alias_table(np.full(6, 1 / 6))
    share, alias = share.astype(np.float32), alias.astype(np.int32)
    tables = np.random.default_rng(1).normal(size=(2, 6, 5)).astype(np.float32)
    step_by_step, state = torch.from_numpy(tables.copy()).double(), np.array([7], np.uint64)
    noise_trials.epoch(words, sentences, share, alias, *tables, k, 0.2, 0.0, state)
    state = np.array([7], np.uint64)
    for i, (center, context) in enumerate(((0, 1), (1, 0), (2, 3), (3, 2))):
        blocks.below(noise_trials.WINDOW, state)
        drawn = [noise_of(state, share, alias) for _ in range(k)]
        drawn = [word for word in drawn if word != context]
        inputs, outputs = step_by_step
        x, change = inputs[center].clone(), 0
        for label, word in (
            (1, context),
            *((0, word) for word in drawn),
        ):  # a word twice sees what it did the first time
            error = 0.2 * (1 - i / 4) * (label - torch.sigmoid(x @ outputs[word]))
            change = change + error * outputs[word]
            outputs[word] += error * x
        inputs[center] += change
    assert np.allclose(tables, step_by_step.numpy(), atol=1e-5)


def test_more_epochs_make_better_vectors_and_a_seed_makes_the_same_ones():
    vocabulary = Vocabulary.build(SENTENCES)
    short, same, longer = (noise_trials.train(SENTENCES, vocabulary, 5, 0.1, epochs) for epochs in (1, 1, 6))
    assert np.array_equal(short.vectors, same.vectors)
    scored = [word2vec_trials.score(word2vec_trials.answered(kv))["similarity"] for kv in (short, longer)]
    assert scored[1] > scored[0] + 0.1 and scored[1] > 0.3


def answers_of(quality):
    """What `answered` would give: pairs answered as people do up to noise, questions right with that probability."""
    draw = np.random.default_rng(int(1000 * quality.sum()))
    people, targets = np.arange(100.0), np.repeat(np.arange(60), 3).astype(str)
    sides = word2vec_trials.halves(np.arange(100)), word2vec_trials.halves(targets)
    cosines = people * quality[sides[0]] + draw.normal(size=100)
    return np.stack([cosines, people], 1), (draw.random(180) < quality[sides[1]]).astype(float), targets


def test_each_half_is_answered_at_the_rate_that_the_other_half_chose():
    """The first rate is good at half 0, the second at half 1: so half 0 gets the second and half 1 the first."""
    asked = []

    def trial(rate, seed):
        asked.append((rate, seed))
        return answers_of(np.array([0.9, 0.0] if rate == 0.1 else [0.0, 0.9]))

    rates, answers, targets = noise_trials.crossed(trial, (0.1, 0.2))
    assert rates == [0.2, 0.1] and {seed for _, seed in asked} == set(noise_trials.SEEDS)
    assert np.nanmean(answers["analogies"]) == 0 and answers["analogies"].shape == (180, 3)
    assert abs(noise_trials.mean_correlation(answers["similarity"])) < 0.3
    assert set(noise_trials.scored(answers, targets)) == {"similarity", "analogies"}


def test_a_task_that_is_hardly_known_is_left_out():
    pairs, hits, targets = answers_of(np.array([0.9, 0.9]))
    answers = {
        "similarity": np.column_stack([pairs, word2vec_trials.halves(np.arange(100))]),
        "analogies": hits[:, None],
    }
    answers["similarity"][15:, 0] = np.nan
    assert set(noise_trials.scored(answers, targets)) == {"analogies"}
    answers["analogies"][:] = np.nan
    with pytest.raises(ValueError, match="read more texts"):
        noise_trials.summary({5: ([0.1, 0.1], answers, targets)})


def test_a_whole_run(monkeypatch):
    monkeypatch.setattr(noise_trials, "read", lambda corpus, limit=None: (SENTENCES[:limit], "Korean"))
    monkeypatch.setattr(noise_trials, "PARTS", {"small": (2, 1), "large": (1, 2)})
    for name, value in {"RATES": (0.1, 0.2), "NOISE_WORDS": (1, 5), "SEEDS": (1, 2), "RESAMPLES": 30}.items():
        monkeypatch.setattr(noise_trials, name, value)
    values = noise_trials.measure("kowiki", 3000)
    assert values["small"]["tokens"] == sum(map(len, SENTENCES[::2])) < values["large"]["tokens"]
    for part in (values["small"], values["large"]):
        assert list(part["scores"]) == [1, 5] and list(part["minus 5"]) == [1]
        for task, (apart, low, high, n) in part["minus 5"][1].items():
            assert apart == pytest.approx(part["scores"][1][task] - part["scores"][5][task])
            assert low <= apart <= high and n >= 20
    assert json.dumps(values)
