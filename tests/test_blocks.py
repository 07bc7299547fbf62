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
from helpers.blocks import CBOW_CENTERS, CENTERS, END, GROUPS, MOST_NOISE, NOISE, REPEATS
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


def meet(x, outputs, tiles, rate):
    """Vectors meet rows of the output table, tile by tile: all are scored, then one after the other moves; the loss.

    tiles: [(which of x, which rows, labels (k,), weights (k, n)), …]; x and outputs change.
    """
    loss, errors = 0.0, []
    for t, words, labels, weights in tiles:
        scores = (outputs[words] @ x[t].T).requires_grad_()
        signs = 2 * torch.as_tensor(labels, dtype=torch.float64)[:, None] - 1
        lost = (weights * -torch.log(torch.sigmoid(signs * scores))).sum()
        errors.append(-torch.autograd.grad(lost, scores)[0])
        loss += lost.item()
    for (t, words, _, _), error in zip(tiles, errors):
        x_move, y_move = rate * error.T @ outputs[words], rate * error @ x[t]
        x[t] += x_move
        outputs.index_add_(0, torch.tensor(words), y_move)  # perhaps the same word twice
    return loss


def blocks_of(text, most):
    """The places of each block: at most so many, and no word more than REPEATS times."""
    found = [[]]
    for at, (word, _) in enumerate(text):
        if len(found[-1]) == most or [text[before][0] for before in found[-1]].count(word) == REPEATS:
            found.append([])
        found[-1].append(at)
    return [range(block[0], block[-1] + 1) for block in found if block]


def weight(text, center, at, window):
    """How often a random window of the word at `center` takes in the word at `at`."""
    distance, same = abs(center - at), text[center][1] == text[at][1]
    return float(same and at != center and sum(reach >= distance for reach in range(1, window + 1)) / window)


def words_at(m, inputs, text, places):
    """The vectors of the words at some places, (n, dim)."""
    return torch.stack([inputs[bag(m, text[at][0])].mean(0) for at in places])


def move(m, inputs, text, places, moves):
    """Add a word's move to each of its rows."""
    for at, by in zip(places, moves):
        for row in bag(m, text[at][0]):
            inputs[row] += by


def noise_words(window, negative):
    """How many noise words a block shares: each stands for two, but there are 16 at least."""
    wanted = int(min(negative * (window + 1) / 2, MOST_NOISE))
    return max(NOISE, wanted + wanted % 2)


def replay_skipgram(m, window=2, negative=5, rate=0.1, last_rate=0.1, seed=7):
    """Skip-gram in the order of `helpers.blocks`: (inputs, outputs, loss, Σ weights)."""
    draws = Draws(seed)
    inputs, outputs = torch.from_numpy(m.inputs).double(), torch.from_numpy(m.outputs).double()
    text, loss, pairs = left_by_subsampling(m, draws), 0.0, 0.0
    for centers in blocks_of(text, CENTERS):
        place = centers[0]
        now = rate + (last_rate - rate) * place / len(text)
        contexts = [
            at for at in range(len(text))
            if any(abs(at - center) <= window and text[at][1] == text[center][1] for center in centers)
        ]  # fmt: skip
        band = torch.tensor([[weight(text, center, at, window) for center in centers] for at in contexts])
        if not band.any():
            continue
        shared = noise_words(min(window, len(text)), negative)
        noise = [draws.noise_word(k, shared, m.share, m.alias) for k in range(shared)]
        words, labels = [*(text[at][0] for at in contexts), *noise], [1] * len(contexts) + [0] * shared
        weights = torch.cat((band, (band.sum(0) * negative / shared).expand(shared, -1))).double()
        x_before = words_at(m, inputs, text, centers)
        x = x_before.clone()
        diagonals = {}
        for k in range(0, len(words), 2):  # two words and four centers at a time
            for t in range(0, len(x), 4):
                two, four = slice(k, k + 2), slice(t, t + 4)
                places = contexts[two]
                if len(places) == 2 and (places[1] < place + t - window or places[0] > place + t + 3 + window):
                    continue  # out of sight
                diagonals.setdefault(k // 2 + t // 4, []).append((four, words[two], labels[two], weights[two, four]))
        for diagonal in sorted(diagonals):
            loss += meet(x, outputs, diagonals[diagonal][::-1], now)
        pairs += band.sum().item()
        move(m, inputs, text, centers, x - x_before)
    return inputs, outputs, loss, pairs


def replay_cbow(m, window=2, negative=5, cbow=(True, False), rate=0.1, last_rate=0.1, seed=7):
    """CBOW in the order of `helpers.blocks`: (inputs, outputs, loss, centers)."""
    draws = Draws(seed)
    inputs, outputs = torch.from_numpy(m.inputs).double(), torch.from_numpy(m.outputs).double()
    text, loss, count, (mean, exact) = left_by_subsampling(m, draws), 0.0, 0, cbow
    drawn = min(negative, MOST_NOISE)
    drawn += drawn % 2

    def around(center, reach):
        return [at for at in range(len(text)) if abs(at - center) <= reach and text[at][1] == text[center][1]]

    for centers in blocks_of(text, CBOW_CENTERS):
        now = rate + (last_rate - rate) * centers[0] / len(text)
        seen = sorted({at for center in centers for at in around(center, window)})
        x = dict(zip(seen, words_at(m, inputs, text, seen)))
        before = dict(x)
        noise = [draws.noise_word(k, GROUPS * drawn, m.share, m.alias) for k in range(GROUPS * drawn)]
        for first in range(0, min(GROUPS, len(centers)), 2):
            some, groups = {}, []
            for group in (first, first + 1):
                before_group = len(some)
                for center in centers[group::GROUPS]:
                    contexts = [at for at in around(center, 1 + draws.below(window)) if at != center]
                    if contexts:
                        rows = sum(len(bag(m, text[at][0])) for at in contexts)
                        h = sum(len(bag(m, text[at][0])) * x[at] for at in contexts) / (rows if mean else 1)
                        some[center] = contexts, rows, h
                groups.append((slice(before_group, len(some)), noise[group::GROUPS]))  # dealt out one by one
            if not some:
                continue
            h_before = torch.stack([h for _, _, h in some.values()])
            h = h_before.clone()
            own = [(slice(i, i + 1), [text[center][0]], [1], torch.ones(1, 1)) for i, center in enumerate(some)]
            loss += meet(h, outputs, own, now)
            for k in range(0, drawn, 2):  # each group with two noise words of its own
                tiles = []
                for means, shared in groups:
                    weights = torch.full((2, means.stop - means.start), negative / drawn)
                    tiles.append((means, shared[k : k + 2], [0, 0], weights))
                loss += meet(h, outputs, tiles, now)
            for (contexts, rows, _), by in zip(some.values(), h - h_before):
                for at in contexts:
                    x[at] = x[at] + by / (rows if mean and exact else 1)
            count += len(some)
        move(m, inputs, text, seen, [x[at] - before[at] for at in seen])
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
    m, rates = example(lengths), dict.fromkeys(("rate", "last_rate"), 0.1 if window < CENTERS else 0.01)
    agree(trained(m, window, **rates), replay_skipgram(m, window, **rates))


@pytest.mark.parametrize("lengths", LONG, ids=str)
@pytest.mark.parametrize("window", [1, 2, 5, CENTERS + 3])
def test_cbow_is_the_replay(lengths, window):
    m, rates = example(lengths), dict.fromkeys(("rate", "last_rate"), 0.1 if window < CENTERS else 0.01)
    agree(trained(m, window, cbow=(True, False), **rates), replay_cbow(m, window, **rates))


@pytest.mark.parametrize("window", [1, 5, 20])
@pytest.mark.parametrize("dim", [1, 9])
def test_blocks_that_are_full(window, dim):
    m, rates = example([5 * CENTERS, 3, 2 * CENTERS], words=100, dim=dim), dict(rate=0.02, last_rate=0.02)
    agree(trained(m, window, **rates), replay_skipgram(m, window, **rates))
    for cbow in CBOW if window == 5 else CBOW[:1]:
        agree(trained(m, window, cbow=cbow, **rates), replay_cbow(m, window, cbow=cbow, **rates))


def test_a_block_without_a_pair_draws_nothing():
    text = [1] * (2 * CENTERS) + [CENTERS]  # lonely words, two blocks of them, then a sentence
    m = example(text, words=60)
    agree(trained(m), replay_skipgram(m))


def test_with_a_wide_window_or_many_noise_words_no_vector_runs_away():
    chance, common = np.random.default_rng(1), 1 / (np.arange(500) + 2.7)
    words = chance.choice(500, 4000, p=common / common.sum()).astype(str).tolist()
    for options in ({"window": 100}, {"window": 30, "alpha": 0.1}, {"negative": 40, "alpha": 0.1}):
        kv = word2vec.train([words], vector_size=20, min_count=1, epochs=3, workers=1, compute_loss=True, **options)
        assert np.abs(kv.vectors).max() < 5 and np.isfinite(kv.losses).all()
    assert blocks.shared_noise(5, 5) == NOISE and blocks.shared_noise(20, 5) == 52 and blocks.shared_noise(6, 5) == 18
    assert blocks.shared_noise(10**6, 2**31 - 1) == MOST_NOISE


def test_a_window_wider_than_any_text_takes_no_more_room_than_the_text():
    m = example(LONG[0])
    options = dict(cbow=(True, False), rate=0.05, last_rate=0.05)  # each word moves with every other
    agree(trained(m, 10**12, **options), replay_cbow(m, 10**12, **options))
    agree(trained(m, 200), replay_skipgram(m, 200))


@pytest.mark.parametrize("negative", [1, 2, 20])
def test_any_number_of_noise_words(negative):
    m = example(LONG[2])
    agree(trained(m, negative=negative), replay_skipgram(m, negative=negative))
    agree(trained(m, negative=negative, cbow=(True, False)), replay_cbow(m, negative=negative))


@pytest.mark.parametrize("cbow", CBOW, ids=str)
@pytest.mark.parametrize("bags", [None, BAGS], ids=["own rows", "shared rows"])
def test_mean_and_sum_exact_and_classic(cbow, bags):
    m = example(LONG[2], words=7, bags=bags)
    options = dict(window=3, cbow=cbow, rate=0.02, last_rate=0.02)
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
    words, begins, ends = blocks.subsampled(m.ids, m.keep, np.full(1, 9, np.uint64))
    left, sentences = zip(*left_by_subsampling(m, Draws(9)))
    assert tuple(words) == left
    assert begins.tolist() == [sentences.index(sentence) for sentence in sentences]
    assert (ends - begins).tolist() == [sentences.count(sentence) for sentence in sentences]


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
    window, negative, rate, bags = 3, 5, 3e-4, [[0, 5, 6], [1, 6], [2], [3, 5, 7, 8], [4, 8]]
    m = example([9], words=5, bags=bags)
    m.ids[:-1] = np.arange(9) % 5  # no word more than twice: one block
    found, draws = trained(m, window, negative, (mean, True), rate, rate), Draws(7)
    words = [word for word, _ in left_by_subsampling(m, draws)]
    inputs, outputs = (torch.from_numpy(table).double().requires_grad_() for table in (m.inputs, m.outputs))
    log_sigmoid, loss = torch.nn.functional.logsigmoid, 0
    drawn = negative + negative % 2
    noise = [draws.noise_word(k, GROUPS * drawn, m.share, m.alias) for k in range(GROUPS * drawn)]
    for center in sorted(range(9), key=lambda center: center % GROUPS):
        target, reach = words[center], 1 + draws.below(window)
        contexts = words[max(0, center - reach) : center] + words[center + 1 : center + reach + 1]
        rows = inputs[[row for word in contexts for row in bags[word]]]
        h = rows.mean(0) if mean else rows.sum(0)
        group = noise[center % GROUPS :: GROUPS]
        against = -log_sigmoid(-outputs[group] @ h).sum() * negative / drawn
        loss = loss - log_sigmoid(h @ outputs[target]) + against
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
    words, begins, ends = blocks.subsampled(ids, keep, np.full(1, 11, np.uint64))
    share = np.bincount(words, minlength=4) / n
    assert np.abs(share - keep).max() < 4 * np.sqrt(0.25 / n) and share[3] == 1
    assert not begins.any() and set(ends) == {len(words)}


@pytest.mark.parametrize("window", [1, 2, 5, 7])
def test_the_weight_of_a_distance_is_the_share_of_windows_that_reach_it(window):
    for reach in range(1, window + 1):
        found = blocks.expected(window, reach)
        shares = [np.mean([size >= abs(d) for size in range(1, window + 1)]) for d in range(-reach, reach + 1)]
        shares[reach] = 0  # a word is no context of its own
        assert found == pytest.approx(shares)


def test_where_sentences_begin_and_end():
    text = np.concatenate([[*[0] * words, END] for words in (3, 5, 1, 0, 4)]).astype(np.int32)
    for ids in (text, text[:-1], np.insert(text, 0, END)):  # one that ends in the middle, one that begins with an end
        _, begins, ends = blocks.subsampled(ids, np.ones(1, np.float32), blocks.start(np.uint64(1)))
        assert begins.tolist() == [0] * 3 + [3] * 5 + [8] + [9] * 4
        assert ends.tolist() == [3] * 3 + [8] * 5 + [9] + [13] * 4
    for ids in (text[:0], np.full(3, END, np.int32)):
        found = blocks.subsampled(ids, np.ones(1, np.float32), blocks.start(np.uint64(1)))
        assert [len(part) for part in found] == [0, 0, 0]


def test_states_of_chance_and_tables_of_blocks_have_lines_of_the_cache_of_their_own():
    """Two threads that write into one line take it away from each other with every draw."""
    for state in [blocks.start(np.uint64(seed)) for seed in range(50)]:
        line, memory = state.ctypes.data // 128 * 128, state.base.ctypes.data  # Apple's lines have 128 bytes
        assert memory <= line and line + 128 <= memory + state.base.nbytes and state[0] % 2
    for n, dim in ((16, 100), (42, 16), (8, 1)):
        tables = blocks.room(n, dim)
        assert tables.shape == (2, n, -(-dim // 16) * 16) and tables.dtype == np.float32 and not tables.any()
        assert tables.ctypes.data % 64 == 0 and tables.flags.c_contiguous


def test_no_word_comes_more_than_twice_in_a_block():
    chance, times = np.random.default_rng(3), np.zeros(6, np.int32)
    for words in (chance.integers(6, size=40), np.zeros(9), np.arange(6), chance.integers(2, size=7)):
        words, end, ends = words.astype(np.int32), 0, []
        while end < len(words):
            ends.append(end := blocks.block_end(words, end, 5, times))
            assert not times.any()
        assert ends == [block[-1] + 1 for block in blocks_of([(word, 0) for word in words], 5)]


@pytest.mark.parametrize("scale", [1e-3, 1, 8, 1e4])
def test_the_sigmoid_is_right_to_six_digits(scale):
    scores = np.linspace(-2 * scale, 2 * scale, 1001).astype(np.float32)
    expected = torch.sigmoid(torch.from_numpy(scores).double()).numpy()
    found = scores.copy()
    blocks.sigmoids(found)
    assert np.abs(found - expected).max() < 6e-7 and found.min() >= 0 and found.max() <= 1
    assert [blocks.sigmoid(score) for score in scores[::50]] == pytest.approx(found[::50], abs=2e-7)


def test_gathering_is_the_mean_of_a_words_rows_and_scattering_moves_each_of_them():
    m = example([1], words=7, bags=BAGS)
    words, x, before = np.array([3, 0, 3, 5], np.int32), *np.full((2, 6, 8), np.nan, np.float32)
    blocks.gather(m.inputs, m.rows, m.starts, words, x, before)
    np.testing.assert_allclose(x[:4, :5], [m.inputs[BAGS[word]].mean(0) for word in words], rtol=1e-6)
    bags = torch.from_numpy(np.concatenate([BAGS[word] for word in words]))
    starts = torch.tensor([0, *np.cumsum([len(BAGS[word]) for word in words])])
    np.testing.assert_allclose(x[:4, :5], fasttext.gather(torch.from_numpy(m.inputs), bags, starts), rtol=1e-6)
    assert np.isnan(x[4:]).all(), "there is room for more words than these"
    np.testing.assert_array_equal(before, x)
    assert np.isnan(x[:, 5:]).all(), "nor are the columns beyond the table touched"
    x, before = x[:, :5], before[:, :5]
    moved, expected = m.inputs.copy(), m.inputs.copy()
    blocks.scatter(moved, m.rows, m.starts, words, x + np.arange(6, dtype=np.float32)[:, None], before)
    for i, word in enumerate(words):
        for row in BAGS[word]:
            expected[row] += i
    np.testing.assert_allclose(moved, expected, rtol=1e-5, atol=1e-5)
