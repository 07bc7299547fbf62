"""The compiled loops against a replay that is written to be read: float64, autograd, Python's own whole numbers.

The replay goes through the same blocks, words and random numbers as `helpers.blocks`, but in its slowest form: every
step is one gradient of a loss that PyTorch differentiates.  What CENTERS and NOISE are does not matter here.
`kernel_cases.py` holds the kernels for a graphics card against the same replay.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from helpers import blocks, fasttext, vocabulary, word2vec
from helpers.blocks import CENTERS, END, GROUPS, NOISE
from helpers.negatives import alias_table

BITS = 2**64 - 1
LONG = [
    [3 * CENTERS + 5],  # one sentence over several blocks
    [CENTERS, CENTERS, 5],  # sentences end where blocks end
    [CENTERS + 1, CENTERS - 1, 1, CENTERS + 2],
    [1, 2, 1, 3, 4, 1, 1, 2, 5, 1] * 2,  # many sentences in a block, lonely words among them
    [1, CENTERS, 1, 1, CENTERS - 2],
    [2],
]


class Draws:
    """The random numbers of `helpers.blocks` once more, from Python's whole numbers."""

    def __init__(self, seed):
        self.state = int(seed) | 1

    def draw(self):
        self.state ^= self.state << 13 & BITS
        self.state ^= self.state >> 7
        self.state ^= self.state << 17 & BITS
        return self.state

    def below(self, n):
        return (self.draw() >> 33) % n

    def chance(self):
        return (self.draw() >> 40) / 2**24

    def noise_word(self, k, n, share, alias):
        column = int((k + self.chance()) * len(share) / n)
        return column if self.chance() < share[column] else int(alias[column])


# ----------------------------------------------------------------------------------------------------- what is trained


def example(lengths, words=9, dim=5, bags=None, keep=None, seed=0, scale=0.5):
    """A random text and model: what the loops take, from `ids` to `outputs`.

    lengths of the sentences; bags: a list of rows for each word (None: its own row); keep: one chance for all words
    """
    chance = np.random.default_rng(seed)
    ids = [[*chance.integers(words, size=length), END] for length in lengths]
    bags = bags or [[word] for word in range(words)]
    share, alias = alias_table(vocabulary.noise(np.arange(words, 0, -1)))
    return SimpleNamespace(
        ids=np.concatenate(ids).astype(np.int32),
        keep=(np.full(words, keep) if keep else np.ones(words)).astype(np.float32),
        share=share.astype(np.float32),
        alias=alias.astype(np.int32),
        rows=np.concatenate(bags).astype(np.int32),
        starts=np.concatenate(([0], np.cumsum([len(bag) for bag in bags]))).astype(np.int64),
        inputs=(scale * chance.normal(size=(max(map(max, bags)) + 1, dim))).astype(np.float32),
        outputs=(scale * chance.normal(size=(words, dim))).astype(np.float32),
    )


def trained(m, window=2, negative=5, cbow=None, rate=0.1, last_rate=0.1, seed=7, measure=True):
    """What one call of a compiled loop makes of a model: (inputs, outputs, loss, count); cbow: (mean, exact)."""
    inputs, outputs = m.inputs.copy(), m.outputs.copy()
    model = m.ids, m.keep, m.share, m.alias, m.rows, m.starts, inputs, outputs, window, negative
    rest = rate, last_rate, np.uint64(seed), measure
    loss, count = blocks.cbow(*model, *cbow, *rest) if cbow else blocks.skipgram(*model, *rest)
    return inputs, outputs, loss, count


def bag(m, word):
    """The rows that a word is the mean of."""
    return m.rows[m.starts[word] : m.starts[word + 1]].tolist()


# --------------------------------------------------------------------------------------------------------- the replay


def left_by_subsampling(m, draws):
    """[(word, number of its sentence), …] of what stays of the text."""
    left, sentence = [], 0
    for i in m.ids.tolist():
        if i == END:
            sentence += 1
        elif draws.chance() < m.keep[i]:
            left.append((i, sentence))
    return left


def step(x, y, label, weights, rate):
    """One step down the gradient of Σ weight · −log σ(±x · y), x (n, dim), y (dim,): both after it, and the loss."""
    x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
    scores = x @ y if label else -(x @ y)
    loss = (weights * -torch.log(torch.sigmoid(scores))).sum()
    to_x, to_y = torch.autograd.grad(loss, (x, y))
    return (x - rate * to_x).detach(), (y - rate * to_y).detach(), loss.item()


def in_fours(rows):
    """How `helpers.blocks` groups the rows that a vector meets: in fours, the rest one by one."""
    fours = len(rows) // 4 * 4
    return [*(rows[t : t + 4] for t in range(0, fours, 4)), *([row] for row in rows[fours:])]


def meeting(x, y, label, rows, weights, rate, together=in_fours):
    """Steps of y and some rows of x, which stand side by side, group by group: both and the loss."""
    x, losses = x.clone(), 0.0
    for some in together(rows):
        x[some], y, loss = step(x[some], y, label, weights[some], rate)
        losses += loss
    return x, y, losses


def replay_skipgram(m, window=2, negative=5, rate=0.1, last_rate=0.1, seed=7, draws=None, together=in_fours):
    """Skip-gram in the order of `helpers.blocks`: (inputs, outputs, loss, Σ weights)."""
    draws = draws or Draws(seed)
    inputs, outputs = torch.from_numpy(m.inputs).double(), torch.from_numpy(m.outputs).double()
    text, loss, pairs = left_by_subsampling(m, draws), 0.0, 0.0

    def weight(center, at):
        distance, same = abs(center - at), text[center][1] == text[at][1]
        return same and at != center and sum(reach >= distance for reach in range(1, window + 1)) / window

    for place in range(0, len(text), CENTERS):
        centers = range(place, min(place + CENTERS, len(text)))
        now = rate + (last_rate - rate) * place / len(text)
        x = before = torch.stack([inputs[bag(m, text[center][0])].mean(0) for center in centers])
        contexts = torch.zeros(len(centers), dtype=torch.float64)
        for at, (word, _) in enumerate(text):
            weights = torch.tensor([float(weight(center, at)) for center in centers], dtype=torch.float64)
            rows = [t for t, c in enumerate(centers) if abs(c - at) <= window and text[c][1] == text[at][1]]
            x, outputs[word], found = meeting(x, outputs[word], 1, rows, weights, now, together)
            contexts, loss = contexts + weights, loss + found
        if contexts.any():
            for k in range(NOISE):
                word = draws.noise_word(k, NOISE, m.share, m.alias)
                rows, weights = list(range(len(x))), contexts * negative / NOISE
                x, outputs[word], found = meeting(x, outputs[word], 0, rows, weights, now, together)
                loss += found
        pairs += contexts.sum().item()
        for center, move in zip(centers, x - before):
            for row in bag(m, text[center][0]):
                inputs[row] += move
    return inputs, outputs, loss, pairs


def replay_cbow(
    m, window=2, negative=5, cbow=(True, False), rate=0.1, last_rate=0.1, seed=7, draws=None, together=in_fours
):
    """CBOW in the order of `helpers.blocks`: (inputs, outputs, loss, centers)."""
    draws = draws or Draws(seed)
    inputs, outputs = torch.from_numpy(m.inputs).double(), torch.from_numpy(m.outputs).double()
    text, loss, count, (mean, exact) = left_by_subsampling(m, draws), 0.0, 0, cbow

    def around(center, reach):
        return [at for at in range(len(text)) if abs(at - center) <= reach and text[at][1] == text[center][1]]

    for place in range(0, len(text), CENTERS):
        centers = range(place, min(place + CENTERS, len(text)))
        now = rate + (last_rate - rate) * place / len(text)
        seen = sorted({at for center in centers for at in around(center, window)})
        before = {at: inputs[bag(m, text[at][0])].mean(0) for at in seen}
        x, groups = dict(before), [[] for _ in range(GROUPS)]
        for k in range(GROUPS * negative):  # group after group, but each takes words from all parts of the noise
            part = k % negative * GROUPS + k // negative
            groups[k // negative].append(draws.noise_word(part, GROUPS * negative, m.share, m.alias))
        for t, center in enumerate(centers):
            contexts = [at for at in around(center, 1 + draws.below(window)) if at != center]
            if not contexts:
                continue
            own, one, ones = text[center][0], torch.ones(1), torch.ones(negative)
            rows = sum(len(bag(m, text[at][0])) for at in contexts)
            h = h_before = sum(len(bag(m, text[at][0])) * x[at] for at in contexts) / (rows if mean else 1)
            for label, words, counts in ((1, [own], one), (0, groups[t % GROUPS], ones)):
                for ids in together(words):
                    moved, h, lost = step(outputs[ids], h, label, counts[: len(ids)], now)
                    for word, change in zip(ids, moved - outputs[ids]):
                        outputs[word] += change
                    loss += lost
            for at in contexts:
                x[at] = x[at] + (h - h_before) / (rows if mean and exact else 1)
            count += 1
        for at in seen:
            for row in bag(m, text[at][0]):
                inputs[row] += x[at] - before[at]
    return inputs, outputs, loss, count


def agree(found, expected):
    """Tables equal to float32's precision, losses and counts, too."""
    for mine, replayed in zip(found[:2], expected[:2]):
        torch.testing.assert_close(torch.from_numpy(mine).double(), replayed, rtol=1e-4, atol=5e-6)
    assert found[2:] == pytest.approx(expected[2:], rel=1e-5)


CBOW = [(mean, exact) for mean in (True, False) for exact in (True, False)]
BAGS = [[0, 7, 8], [1, 8, 9], [2], [3, 7, 7, 10], [4, 8], [5, 9, 10, 11, 7], [6]]  # shared rows, and one twice


@pytest.mark.parametrize("lengths", LONG, ids=str)
@pytest.mark.parametrize("window", [1, 2, 5, CENTERS + 3])
def test_skipgram_is_the_replay(lengths, window):
    m = example(lengths)
    agree(trained(m, window), replay_skipgram(m, window))


@pytest.mark.parametrize("lengths", LONG, ids=str)
@pytest.mark.parametrize("window", [1, 2, 5, CENTERS + 3])
def test_cbow_is_the_replay(lengths, window):
    m = example(lengths)
    agree(trained(m, window, cbow=(True, False)), replay_cbow(m, window))


def test_a_window_wider_than_any_text_takes_no_more_room_than_the_text():
    m = example(LONG[0])
    agree(trained(m, 10**12, cbow=(True, False)), replay_cbow(m, 10**12))


@pytest.mark.parametrize("negative", [1, 2, 20])
def test_any_number_of_noise_words(negative):
    m = example(LONG[2])
    agree(trained(m, negative=negative), replay_skipgram(m, negative=negative))
    agree(trained(m, negative=negative, cbow=(True, False)), replay_cbow(m, negative=negative))


@pytest.mark.parametrize("cbow", CBOW, ids=str)
@pytest.mark.parametrize("bags", [None, BAGS], ids=["own rows", "shared rows"])
def test_mean_and_sum_exact_and_classic(cbow, bags):
    m = example(LONG[2], words=7, bags=bags)
    options = dict(window=3, cbow=cbow, rate=0.05, last_rate=0.05)
    agree(trained(m, **options), replay_cbow(m, **options))


@pytest.mark.parametrize("lengths", [LONG[0], LONG[3]], ids=str)
def test_words_of_several_rows(lengths):
    m = example(lengths, words=7, bags=BAGS)
    agree(trained(m), replay_skipgram(m))
    agree(trained(m, cbow=(True, False)), replay_cbow(m))


@pytest.mark.parametrize("keep", [0.05, 0.5, 0.9])
def test_subsampling_leaves_words_and_sentences_as_the_replay_has_them(keep):
    m = example([3 * CENTERS, 7, 1, 2, 20], keep=keep)
    agree(trained(m), replay_skipgram(m))
    agree(trained(m, cbow=(True, False)), replay_cbow(m))
    words, sentences = blocks.subsampled(m.ids, m.keep, np.full(1, 9, np.uint64))
    assert list(zip(words, sentences)) == left_by_subsampling(m, Draws(9))


@pytest.mark.parametrize("last_rate", [0.1, 0.0])
def test_the_rate_falls_from_block_to_block(last_rate):
    m, rates = example(LONG[0]), dict(rate=0.2, last_rate=last_rate)
    agree(trained(m, **rates), replay_skipgram(m, **rates))
    agree(trained(m, cbow=(True, False), **rates), replay_cbow(m, **rates))


@pytest.mark.parametrize("seed", [0, 2, 2**63 - 1, 2**64 - 2])
def test_two_words_that_come_again_and_again(seed):
    m = example([2 * CENTERS, 3, 2], words=2, seed=seed % 97)
    agree(trained(m, seed=seed), replay_skipgram(m, seed=seed))
    agree(trained(m, cbow=(True, False), seed=seed), replay_cbow(m, seed=seed))


def test_a_piece_that_subsampling_empties_and_one_of_lonely_words_change_nothing():
    for m in (example([20], keep=1e-9), example([1] * (2 * CENTERS)), example([0, 0])):
        for cbow in (None, (True, False)):
            inputs, outputs, loss, count = trained(m, cbow=cbow)
            assert np.array_equal(inputs, m.inputs) and np.array_equal(outputs, m.outputs) and loss == count == 0


def test_measuring_changes_no_vector():
    m = example(LONG[1])
    for cbow in (None, (True, False)):
        with_loss, without = trained(m, cbow=cbow), trained(m, cbow=cbow, measure=False)
        assert np.array_equal(with_loss[0], without[0]) and np.array_equal(with_loss[1], without[1])
        assert with_loss[2] > 0 == without[2] and with_loss[3] == without[3]


def test_a_rate_of_zero_changes_nothing_and_measures_the_same_loss():
    m = example(LONG[1], words=7, bags=BAGS)
    for cbow, replay in ((None, replay_skipgram), ((True, False), replay_cbow)):
        found = trained(m, cbow=cbow, rate=0.0, last_rate=0.0)
        assert np.array_equal(found[0], m.inputs) and np.array_equal(found[1], m.outputs)
        assert found[2:] == pytest.approx(replay(m, rate=0.0, last_rate=0.0)[2:], rel=1e-5)


def test_scores_beyond_what_exp_can_take_give_finite_losses_and_vectors():
    for sign in (1, -1):
        m = example([5, 5], words=3)
        m.inputs[:], m.outputs[:] = 30, sign * 30  # every score is 30 · 30 · 5 = 4500, and e^4500 is no float64
        for cbow in (None, (True, False)):
            inputs, outputs, loss, count = trained(m, cbow=cbow, rate=1e-9, last_rate=1e-9)
            assert np.isfinite(inputs).all() and np.isfinite(outputs).all() and np.isfinite(loss) and loss > 1000


# ------------------------------------------------------------------- with small steps: the gradient of a loss to read


def close(move, gradient, rate):
    """A small step moves against the gradient; what is second order in the rate is left out."""
    expected = -rate * gradient.numpy()
    assert np.abs(move - expected).max() < 0.02 * np.abs(expected).max()


def test_small_steps_of_skipgram_follow_the_loss_that_lesson_5_writes():
    n, window, negative, rate = min(CENTERS, 7), 3, 5, 1e-3
    m = example([n], words=n)
    found, draws = trained(m, window, negative, rate=rate, last_rate=rate), Draws(7)
    words = np.array([word for word, _ in left_by_subsampling(m, draws)])
    noise = np.array([draws.noise_word(k, NOISE, m.share, m.alias) for k in range(NOISE)])
    inputs, outputs = (torch.from_numpy(table).double().requires_grad_() for table in (m.inputs, m.outputs))
    seen = np.concatenate((np.zeros(window, int), words, np.zeros(window, int), noise))  # zeros: beyond the sentence
    same = torch.zeros(1, n, n + 2 * window, dtype=torch.bool)
    same[:, :, window : window + n] = True
    band = word2vec.window_weights(n, window).double()
    loss = word2vec.skipgram_loss(inputs[words][None], outputs[seen][None], band, same, negative)
    to_inputs, to_outputs = torch.autograd.grad(loss, (inputs, outputs))
    close(found[0] - m.inputs, to_inputs, rate)
    close(found[1] - m.outputs, to_outputs, rate)
    assert found[2] == pytest.approx(loss.item(), rel=1e-2)


@pytest.mark.parametrize("mean", [True, False])
def test_small_steps_of_exact_cbow_follow_the_gradient_of_its_loss(mean):
    window, negative, rate, bags = 3, 5, 1e-3, [[0, 5, 6], [1, 6], [2], [3, 5, 7, 8], [4, 8]]
    m = example([9], words=5, bags=bags)  # one block
    found, draws = trained(m, window, negative, (mean, True), rate, rate), Draws(7)
    words = [word for word, _ in left_by_subsampling(m, draws)]
    inputs, outputs = (torch.from_numpy(table).double().requires_grad_() for table in (m.inputs, m.outputs))
    log_sigmoid, loss = torch.nn.functional.logsigmoid, 0
    parts = [k % negative * GROUPS + k // negative for k in range(GROUPS * negative)]
    noise = [draws.noise_word(part, GROUPS * negative, m.share, m.alias) for part in parts]
    for center, target in enumerate(words):
        reach = 1 + draws.below(window)
        contexts = words[max(0, center - reach) : center] + words[center + 1 : center + reach + 1]
        rows = inputs[[row for word in contexts for row in bags[word]]]
        h = rows.mean(0) if mean else rows.sum(0)
        group = noise[center % GROUPS * negative :][:negative]
        loss = loss - log_sigmoid(h @ outputs[target]) - log_sigmoid(-outputs[group] @ h).sum()
    to_inputs, to_outputs = torch.autograd.grad(loss, (inputs, outputs))
    close(found[1] - m.outputs, to_outputs, rate)
    # a word's rows move as the word does, and the word is their mean: a row that two words share gets both moves
    close(found[0] - m.inputs, to_inputs, rate)
    assert found[2] == pytest.approx(loss.item(), rel=1e-2)


# ----------------------------------------------------------------------------------------------------------- the parts


@pytest.mark.parametrize("seed", [1, 3, 12345, 2**64 - 1])
def test_the_generator_is_marsaglias_xorshift(seed):
    state, draws = np.full(1, seed, np.uint64), Draws(seed)
    assert [blocks.draw(state) for _ in range(200)] == [draws.draw() for _ in range(200)]
    assert [blocks.below(n, state) for n in range(1, 200)] == [draws.below(n) for n in range(1, 200)]
    assert [blocks.chance(state) for _ in range(200)] == [draws.chance() for _ in range(200)]
    assert state[0] == draws.state


def test_random_numbers_are_uniform_and_stay_below_one():
    state, n = np.full(1, 99, np.uint64), 50_000
    found = np.array([blocks.chance(state) for _ in range(n)])
    assert found.min() >= 0 and found.max() < 1
    assert chisquare(np.histogram(found, 50, (0, 1))[0]).pvalue > 0.001
    assert chisquare(np.bincount([blocks.below(5, state) for _ in range(n)], minlength=5)).pvalue > 0.001


def test_noise_words_come_as_often_as_their_distribution_says():
    probability = vocabulary.noise([5000, 800, 300, 300, 20, 3], 0.75)
    share, alias = alias_table(probability)
    share, alias, state, n = share.astype(np.float32), alias.astype(np.int32), np.full(1, 5, np.uint64), 50_000
    found = np.array([blocks.noise_word(i % NOISE, NOISE, share, alias, state) for i in range(n)])
    counts = np.bincount(found, minlength=6)
    assert np.abs(counts / n - probability).max() < 4 * np.sqrt(0.25 / n)
    # dealt out, a block holds the most frequent word more evenly often than independent draws would
    blockwise = (found[: n // NOISE * NOISE].reshape(-1, NOISE) == 0).sum(1)
    assert blockwise.var() < 0.8 * NOISE * probability[0] * (1 - probability[0])


def test_subsampling_keeps_each_word_as_often_as_it_should():
    keep, n = np.array([0.02, 0.3, 0.9, 1.0], np.float32), 20_000
    ids = np.tile(np.arange(4, dtype=np.int32), n)
    words, sentences = blocks.subsampled(ids, keep, np.full(1, 11, np.uint64))
    share = np.bincount(words, minlength=4) / n
    assert np.abs(share - keep).max() < 4 * np.sqrt(0.25 / n) and share[3] == 1 and not sentences.any()


@pytest.mark.parametrize("window", [1, 2, 5, 7])
def test_the_weight_of_a_distance_is_the_share_of_windows_that_reach_it(window):
    for reach in range(1, window + 1):
        found = blocks.expected(window, reach)
        shares = [np.mean([size >= abs(d) for size in range(1, window + 1)]) for d in range(-reach, reach + 1)]
        shares[reach] = 0  # a word is no context of its own
        assert found == pytest.approx(shares)


def test_nothing_is_seen_beyond_the_window_and_the_sentence():
    sentences = np.repeat(np.arange(4), [3, 5, 1, 4]).astype(np.int32)
    for first in range(13):
        for last in range(first + 1, 14):
            for window in (1, 2, 4, 10**9):
                left = min(at for at in range(13) if first - at <= window and sentences[at] == sentences[first])
                right = max(at for at in range(13) if at - last < window and sentences[at] == sentences[last - 1])
                assert blocks.seen(sentences, first, last, window) == (left, right + 1)


def test_gathering_is_the_mean_of_a_words_rows_and_scattering_moves_each_of_them():
    m = example([1], words=7, bags=BAGS)
    words, x = np.array([3, 0, 3, 5], np.int32), np.full((6, 5), np.nan, np.float32)
    blocks.gather(m.inputs, m.rows, m.starts, words, x)
    np.testing.assert_allclose(x[:4], [m.inputs[BAGS[word]].mean(0) for word in words], rtol=1e-6)
    bags = torch.from_numpy(np.concatenate([BAGS[word] for word in words]))
    starts = torch.tensor([0, *np.cumsum([len(BAGS[word]) for word in words])])
    np.testing.assert_allclose(x[:4], fasttext.gather(torch.from_numpy(m.inputs), bags, starts), rtol=1e-6)
    assert np.isnan(x[4:]).all(), "there is room for more words than these"
    moved, expected, before = m.inputs.copy(), m.inputs.copy(), x.copy()
    blocks.scatter(moved, m.rows, m.starts, words, x + np.arange(6, dtype=np.float32)[:, None], before)
    for i, word in enumerate(words):
        for row in BAGS[word]:
            expected[row] += i
    np.testing.assert_allclose(moved, expected, rtol=1e-5, atol=1e-5)
