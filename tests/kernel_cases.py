"""The kernels for a graphics card, held against the replay of `test_blocks` and against glove.c's update in float64.

`test_kernels.py` runs this file in a process of its own, where Triton's interpreter goes through the kernels on the
processor (TRITON_INTERPRET=1), and once more on a card where there is one.
"""

import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from helpers import card, devices, fasttext, glove, training, word2vec
from helpers.blocks import CENTERS, END, NOISE, shared_noise
from helpers.card import GROUPS
from helpers.checkpoints import Checkpoint
from helpers.glove_counts import Counts, Parts
from helpers.vocabulary import Vocabulary
from test_blocks import (
    BAGS,
    CBOW,
    LONG,
    Draws,
    agree,
    bag,
    blocks_of,
    example,
    left_by_subsampling,
    move,
    weight,
    words_at,
)
from test_glove import glove_c, in_float64, nonzeros_of, random_counts

DEVICE = "cpu" if os.environ.get("TRITON_INTERPRET") == "1" else "cuda"
SHORT = LONG[2:4]


class Whole(Draws):
    """No word is left out."""

    def __init__(self):
        super().__init__(1)

    def chance(self):
        return 0.0


# ------------------------------------------ the replay: as in `test_blocks`, but row by row, each straight in the table


def step(x, y, labels, weights, rate):
    """One step down the gradient of Σ weight · −log σ(±x · y): x (n, dim) and y (k, dim) after it, and the loss.

    labels (k,): 1 where the products should be high; weights (k, n).
    """
    x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
    signs = 2 * torch.as_tensor(labels, dtype=torch.float64)[:, None] - 1
    loss = (weights * -torch.log(torch.sigmoid(signs * (y @ x.T)))).sum()
    to_x, to_y = torch.autograd.grad(loss, (x, y))
    return (x - rate * to_x).detach(), (y - rate * to_y).detach(), loss.item()


def replay_skipgram(m, noise, window=2, negative=5, rate=0.1, last_rate=0.1):
    """Skip-gram in the order of the kernel: (inputs, outputs, loss, Σ weights).

    noise (blocks, n): noise words for each CENTERS places.
    """
    inputs, outputs = torch.from_numpy(m.inputs).double(), torch.from_numpy(m.outputs).double()
    text, loss, pairs = left_by_subsampling(m, Whole()), 0.0, 0.0
    for centers in blocks_of(text, CENTERS):
        place = centers[0]
        now = rate + (last_rate - rate) * place / len(text)
        x = x_before = words_at(m, inputs, text, centers)
        seen = range(max(place - window, 0), min(centers[-1] + window + 1, len(text)))
        band = torch.tensor([[weight(text, center, at, window) for center in centers] for at in seen]).double()
        met = [(text[at][0], 1, weights) for at, weights in zip(seen, band)]
        if band.any():
            drawn = noise[place // CENTERS].tolist()
            met += [(word, 0, band.sum(0) * negative / len(drawn)) for word in drawn]
        for label in (1, 0):
            same = [(word, weights) for word, kind, weights in met if kind == label]
            for first in range(0, len(same), CENTERS):
                words, weights = zip(*same[first : first + CENTERS])
                y = outputs[list(words)]
                x, moved, lost = step(x, y, [label] * len(words), torch.stack(weights), now)
                outputs.index_add_(0, torch.tensor(words), moved - y)
                loss += lost
        pairs += band.sum().item()
        move(m, inputs, text, centers, x - x_before)
    return inputs, outputs, loss, pairs


def replay_cbow(m, noise, reaches, window=2, cbow=(True, False), rate=0.1, last_rate=0.1):
    """CBOW in the order of the kernel: (inputs, outputs, loss, centers).

    noise (blocks, GROUPS, negative): noise words for each CENTERS places; reaches: the window of each center.
    """
    inputs, outputs = torch.from_numpy(m.inputs).double(), torch.from_numpy(m.outputs).double()
    text, loss, count, (mean, exact) = left_by_subsampling(m, Whole()), 0.0, 0, cbow

    def around(center, reach):
        return [at for at in range(len(text)) if abs(at - center) <= reach and text[at][1] == text[center][1]]

    for centers in blocks_of(text, CENTERS):
        place = centers[0]
        now = rate + (last_rate - rate) * place / len(text)
        seen = sorted({at for center in centers for at in around(center, window)})
        x = dict(zip(seen, words_at(m, inputs, text, seen)))
        before = dict(x)
        groups = noise[place // CENTERS].tolist()
        for group in range(GROUPS):
            some = {}
            for center in centers[group::GROUPS]:
                contexts = [at for at in around(center, reaches[center]) if at != center]
                if contexts:
                    rows = sum(len(bag(m, text[at][0])) for at in contexts)
                    h = sum(len(bag(m, text[at][0])) * x[at] for at in contexts) / (rows if mean else 1)
                    some[center] = contexts, rows, h
            if not some:
                continue
            h = h_before = torch.stack([h for _, _, h in some.values()])
            same = torch.eye(len(h)).double()  # each meets the row of its own word
            for label, words, weights in (
                (1, [text[center][0] for center in some], same),
                (0, groups[group], torch.ones(len(groups[group]), len(h)).double()),
            ):
                y = outputs[words]
                h, moved, lost = step(h, y, [label] * len(words), weights, now)
                outputs.index_add_(0, torch.tensor(words), moved - y)
                loss += lost
            for (contexts, rows, _), by in zip(some.values(), h - h_before):
                for at in contexts:
                    x[at] = x[at] + by / (rows if mean and exact else 1)
            count += len(some)
        move(m, inputs, text, seen, [x[at] - before[at] for at in seen])
    return inputs, outputs, loss, count


def on_card(m, number=1, window=2, negative=5, cbow=None, measure=True, epochs=1, seed=3, precision="ieee"):
    """A model as `card.Words`, its products of matrices worked out with all digits."""
    mean, exact = cbow or (True, False)
    options = word2vec.Options(m.inputs.shape[1], window, int(cbow is None), mean, exact, negative, epochs=epochs,
                               seed=seed)  # fmt: skip
    model = m.ids, m.keep, m.share, m.alias, m.rows, m.starts, m.inputs, m.outputs
    words = card.Words(*model, options, DEVICE, number, measure)
    words.precision = precision
    return words


def both(m, window=2, negative=5, cbow=None, rate=0.1, last_rate=0.1, measure=True, precision="ieee"):
    """What one program makes of a model, and what the replay makes of the same draws."""
    words = on_card(m, 1, window, negative, cbow, measure, precision=precision)
    chance = torch.Generator(DEVICE).manual_seed(7)
    left = words.subsampled(0, chance)
    noise, reaches = words.noise_for(chance), words.reaches(len(left[0]), chance)
    found = words.launch(*left, noise, reaches, rate, last_rate).sum(0).tolist()
    inputs, outputs = m.inputs.copy(), m.outputs.copy()
    words.fetch(inputs, outputs)
    noise, rates = noise.cpu()[0], dict(rate=rate, last_rate=last_rate)
    if cbow:
        return (inputs, outputs, *found), replay_cbow(m, noise, reaches.tolist(), window, cbow, **rates)
    return (inputs, outputs, *found), replay_skipgram(m, noise, window, negative, **rates)


@pytest.mark.parametrize("lengths", LONG, ids=str)
@pytest.mark.parametrize("window", [1, 5])
def test_skipgram_is_the_replay(lengths, window):
    agree(*both(example(lengths), window, rate=0.05, last_rate=0.05))


@pytest.mark.parametrize("lengths", LONG, ids=str)
@pytest.mark.parametrize("window", [1, 5])
def test_cbow_is_the_replay(lengths, window):
    agree(*both(example(lengths), window, cbow=(True, False)))


@pytest.mark.skipif(DEVICE == "cpu", reason="the interpreter multiplies with all digits")
@pytest.mark.parametrize("cbow", [None, (True, False)], ids=["skip-gram", "CBOW"])
def test_products_with_fewer_digits_are_near(cbow):
    if card.precision(DEVICE) == "ieee":
        pytest.skip("this card has no units for it")
    m = example(LONG[2], dim=100, scale=0.1)
    rates = dict(rate=0.02, last_rate=0.02)
    found, expected = both(m, 5, cbow=cbow, precision=card.precision(DEVICE), **rates)
    for before, mine, replayed in zip((m.inputs, m.outputs), found, expected):
        off, moved = torch.from_numpy(mine).double() - replayed, replayed - torch.from_numpy(before).double()
        assert 0 < off.norm() < 0.01 * moved.norm()
    assert found[2:] == pytest.approx(expected[2:], rel=1e-3)


def test_a_window_wider_than_a_block():
    m = example(LONG[0])
    for cbow in (None, (True, False)):
        agree(*both(m, CENTERS + 3, cbow=cbow, rate=0.01, last_rate=0.01))  # sixteen rows at once: a small step


@pytest.mark.parametrize("negative", [1, 20])
def test_any_number_of_noise_words(negative):
    m = example(LONG[2])
    for cbow in (None, (True, False)):
        agree(*both(m, negative=negative, cbow=cbow, rate=0.02, last_rate=0.02))


@pytest.mark.parametrize("cbow", [None, *CBOW], ids=str)
def test_words_of_several_rows(cbow):
    m = example(LONG[2], words=7, bags=BAGS)
    agree(*both(m, window=3, cbow=cbow, rate=0.05, last_rate=0.05))


@pytest.mark.parametrize("bags", [None, BAGS], ids=["own", "bags"])
def test_vectors_on_the_card_are_the_means_of_their_rows(bags):
    m = example(LONG[2], words=7, **({"bags": bags} if bags else {}))
    expected = np.stack([m.inputs[m.rows[m.starts[w] : m.starts[w + 1]]].mean(0) for w in range(7)])
    found = on_card(m).vectors
    assert torch.cat([found(0, 3), found(3, 7)]).cpu().numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("last_rate", [0.1, 0.0])
def test_the_rate_falls_from_block_to_block(last_rate):
    m, rates = example(LONG[0]), dict(rate=0.2, last_rate=last_rate)
    for cbow in (None, (True, False)):
        agree(*both(m, cbow=cbow, **rates))


def test_two_words_that_come_again_and_again():
    m = example([2 * CENTERS, 3, 2], words=2, seed=5)
    for cbow in (None, (True, False)):
        agree(*both(m, cbow=cbow))


@pytest.mark.parametrize("words, lengths", [(1, [20]), (3, [30, 9])], ids=str)
def test_blocks_end_before_a_word_comes_too_often(words, lengths):
    m = example(lengths, words=words, seed=5)
    for cbow in (None, (True, False)):
        agree(*both(m, cbow=cbow, rate=0.05))


def test_a_wide_window_has_as_many_noise_words_as_none_to_push_too_hard():
    m = example([35], words=30, seed=5)
    agree(*both(m, window=12, negative=8, rate=0.02, last_rate=0.01))
    noise = on_card(m, window=12, negative=8).noise_for(torch.Generator(DEVICE).manual_seed(1))
    assert noise.shape[2] == shared_noise(12, 8) > NOISE


@pytest.mark.parametrize("dim", [1, 16, 17, 100])
def test_any_number_of_columns(dim):
    m = example([20], dim=dim, scale=dim**-0.5)
    for cbow in (None, (True, False)):
        agree(*both(m, cbow=cbow))


def test_measuring_changes_no_vector():
    m = example(LONG[1])
    for cbow in (None, (True, False)):
        with_loss, without = both(m, cbow=cbow)[0], both(m, cbow=cbow, measure=False)[0]
        assert np.array_equal(with_loss[0], without[0]) and np.array_equal(with_loss[1], without[1])
        assert with_loss[2] > 0 == without[2] and with_loss[3] == without[3]


def test_lonely_words_and_no_words_change_nothing():
    for m in (example([1] * (2 * CENTERS)), example([0, 0])):
        for cbow in (None, (True, False)):
            (inputs, outputs, loss, count), _ = both(m, cbow=cbow)
            assert np.array_equal(inputs, m.inputs) and np.array_equal(outputs, m.outputs) and loss == count == 0


@pytest.mark.filterwarnings("ignore:overflow encountered in exp")  # NumPy's, in the interpreter
def test_scores_beyond_what_exp_can_take_give_finite_losses_and_vectors():
    for sign in (1, -1):
        m = example([5, 5], words=3)
        m.inputs[:], m.outputs[:] = 30, sign * 30
        for cbow in (None, (True, False)):
            (inputs, outputs, loss, _), _ = both(m, cbow=cbow, rate=1e-9, last_rate=1e-9)
            assert np.isfinite(inputs).all() and np.isfinite(outputs).all() and np.isfinite(loss) and loss > 1000


# ------------------------------------------------------------------------------------------- several programs at once


def pieces_of(m, number, monkeypatch, piece=CENTERS):
    """A model on the card whose stretches are cut into pieces of a block's length."""
    monkeypatch.setattr(card, "PIECE", piece)
    return on_card(m, number)


@pytest.mark.parametrize("number", [1, 2, 3, 100])
def test_the_programs_of_all_launches_train_on_every_word_of_an_epoch_once(number, monkeypatch):
    m = example([5, 40, 1, 30, 26])  # 107 entries: no number of programs divides them
    m.ids[m.ids != END] = np.arange((m.ids != END).sum())  # to tell them apart
    m.keep = np.ones(len(m.ids), np.float32)
    words = pieces_of(m, number, monkeypatch)
    assert words.number == min(number, len(m.ids) // CENTERS)
    seen, chance = [], torch.Generator(DEVICE).manual_seed(1)
    for part in range(words.parts):
        ids, sentences, pieces = (array.tolist() for array in words.subsampled(part, chance))
        assert pieces[0] == 0 and pieces[-1] == len(ids) == len(sentences) and len(pieces) == words.number + 1
        for first, last in zip(pieces, pieces[1:]):
            mine, own = ids[first:last], sentences[first:last]
            assert mine == list(range(mine[0], mine[0] + len(mine))) if mine else True
            true = np.cumsum(m.ids == END)[m.ids != END][mine]
            assert np.array_equal(np.diff(own), np.diff(true))  # sentences end where they end in the text
        seen += ids
    assert sorted(seen) == sorted(m.ids[m.ids != END].tolist())


def test_programs_that_share_no_word_do_what_each_does_alone(monkeypatch):
    monkeypatch.setattr(card, "PIECE", CENTERS)
    m, half = example([15, 15], words=8, seed=2), 16
    m.ids[:half], m.ids[half:] = m.ids[:half] % 4, m.ids[half:] % 4 + 4
    m.ids[[half - 1, -1]] = END
    words = on_card(m, 2, negative=1)
    left = words.subsampled(0, torch.Generator(DEVICE).manual_seed(1))
    noise = torch.tensor([[[0, 1, 2, 3] * 4], [[4, 5, 6, 7] * 4]], dtype=torch.int32, device=DEVICE)
    found = words.launch(*left, noise, None, 0.1, 0.05).cpu()
    inputs, outputs = m.inputs.copy(), m.outputs.copy()
    words.fetch(inputs, outputs)
    for program, ids in enumerate((m.ids[:half], m.ids[half:])):
        alone = SimpleNamespace(**vars(m) | {"ids": ids})
        expected = replay_skipgram(alone, noise[program].cpu(), negative=1, rate=0.1, last_rate=0.05)
        mine = slice(4 * program, 4 * program + 4)
        agree((inputs[mine], outputs[mine], *found[program].tolist()),
              (expected[0][mine], expected[1][mine], *expected[2:]))  # fmt: skip


@pytest.mark.parametrize("cbow", [None, (True, False)], ids=["skip-gram", "CBOW"])
def test_a_piece_ends_where_the_next_begins_even_in_a_sentence(cbow):
    """Pieces of unequal length, one of them empty, of one sentence; each program has words of its own."""
    m, ends = example([58], words=24, seed=2), (0, 21, 21, 58)
    for program in range(3):
        piece = slice(ends[program], ends[program + 1])
        m.ids[piece] = 8 * program + m.ids[piece] % 8
    words, n, left = on_card(m, 3, negative=4, cbow=cbow), 58, torch.from_numpy(m.ids[:58]).to(DEVICE)
    shape = (3, 3, GROUPS, 4) if cbow else (3, 3, NOISE)
    chance = torch.Generator().manual_seed(1)
    noise = torch.randint(8, shape, generator=chance, dtype=torch.int32)
    noise += 8 * torch.arange(3, dtype=torch.int32).view(3, *[1] * (len(shape) - 1))
    reaches, pieces = words.reaches(n, torch.Generator(DEVICE).manual_seed(1)), torch.tensor(ends, device=DEVICE)
    drawn = noise.to(DEVICE), reaches, 0.05, 0.02
    found = words.launch(left, torch.zeros(n, dtype=torch.int32, device=DEVICE), pieces, *drawn).cpu()
    inputs, outputs = m.inputs.copy(), m.outputs.copy()
    words.fetch(inputs, outputs)
    assert found[1].tolist() == [0, 0]
    for program in (0, 2):
        first, last = ends[program : program + 2]
        alone = SimpleNamespace(**vars(m) | {"ids": np.r_[m.ids[first:last], END]})
        rates = dict(rate=0.05, last_rate=0.02)
        if cbow:
            expected = replay_cbow(alone, noise[program], reaches[first:last].tolist(), cbow=cbow, **rates)
        else:
            expected = replay_skipgram(alone, noise[program], negative=4, **rates)
        mine = slice(8 * program, 8 * program + 8)
        agree((inputs[mine], outputs[mine], *found[program].tolist()),
              (expected[0][mine], expected[1][mine], *expected[2:]))  # fmt: skip


def test_the_rate_falls_from_launch_to_launch_and_every_launch_draws_anew(monkeypatch):
    monkeypatch.setattr(card, "PIECE", CENTERS)
    m, seen = example([45]), []
    words = on_card(m, 1, epochs=2)
    words.launch = lambda *given: seen.append(given) or torch.zeros(1, 2, dtype=torch.float64)
    for epoch in range(2):
        for part in range(3):
            words.work(epoch, part)
    rates = [rate for *_, rate, last_rate in seen for rate in (rate, last_rate)]
    whole = np.linspace(words.options.alpha, words.options.min_alpha, 7)
    assert words.parts == 3 and rates == pytest.approx([r for pair in zip(whole, whole[1:]) for r in pair])
    noise = [given[3].tolist() for given in seen]
    assert len({str(drawn) for drawn in noise}) == 6
    words.work(1, 0)
    assert seen[-1][3].tolist() == noise[3], "the same launch draws the same"
    other = on_card(m, 1, epochs=2, seed=4)
    other.launch = words.launch
    other.work(1, 0)
    assert seen[-1][3].tolist() != noise[3], "with another seed it does not"


def test_subsampling_on_the_card_keeps_each_word_as_often_as_it_should():
    m = example([20_000], words=4)
    m.keep = np.array([0.02, 0.3, 0.9, 1.0], np.float32)
    words = on_card(m)
    kept, _, _ = words.subsampled(0, torch.Generator(DEVICE).manual_seed(1))
    share = np.bincount(kept.cpu(), minlength=4) / np.bincount(m.ids[: card.PIECE], minlength=4)
    assert np.abs(share - m.keep).max() < 0.05 and share[3] == 1


@pytest.mark.parametrize("cbow", [None, (True, False)], ids=["skip-gram", "CBOW"])
def test_noise_words_come_as_often_as_their_distribution_says_and_are_dealt_out(cbow):
    m = example([5000], words=6)
    found = on_card(m, negative=5, cbow=cbow).noise_for(torch.Generator(DEVICE).manual_seed(1)).cpu().numpy()[0]
    assert found.shape == (313, *((GROUPS, 5) if cbow else (NOISE,)))  # a block for each sixteen of 5,001 entries
    probability = np.bincount(np.r_[np.arange(6), m.alias], np.r_[m.share, 1 - m.share]) / 6
    share = np.bincount(found.ravel(), minlength=6) / found.size
    assert np.abs(share - probability).max() < 4 * np.sqrt(0.25 / found.size)
    n = GROUPS * 5 if cbow else NOISE  # with as many words as noise words, all alike: each comes once in every block
    m = example([n], words=n)
    m.share[:] = 1
    found = on_card(m, negative=5, cbow=cbow).noise_for(torch.Generator(DEVICE).manual_seed(1)).cpu().numpy()[0]
    dealt = np.arange(n).reshape(5, GROUPS).T if cbow else np.arange(n)  # a group has words from all over the table
    assert (found == dealt).all()


def test_windows_are_drawn_evenly():
    words = on_card(example([5]), window=4, cbow=(True, False))
    found = np.bincount(words.reaches(8000, torch.Generator(DEVICE).manual_seed(1)).cpu(), minlength=6)
    assert found[0] == found[5] == 0 and np.abs(found[1:5] / 8000 - 0.25).max() < 0.03


# --------------------------------------------------------------------------------------------------------------- GloVe


# Several programs, and more than there are segments, only in the interpreter, where one comes after the other.
GLOVE = [(1, 0.05, 1), (6, 0.05, 1), (6, 5.0, 1), (40, 0.1, 1)]
GLOVE += [(6, 0.05, 2), (6, 0.05, 1000)] if DEVICE == "cpu" else []


@pytest.mark.parametrize("size, rate, number", GLOVE)
def test_glove_does_number_by_number_what_glove_c_does(size, rate, number):
    """The larger rate makes gradients so large that they are clipped."""
    options = glove.Options(size, 10, 0.75, rate, 1, 3)
    objective = glove.Objective(Parts(Counts(random_counts(20))), options)
    expected = in_float64(objective)
    nonzeros = card.Nonzeros(objective.counts, objective.tables, options, DEVICE, 1)
    for part in range(len(objective.counts)):
        segments = nonzeros_of(objective.counts[part])
        order = torch.arange(len(nonzeros.parts[part][0]), device=DEVICE)
        costs = glove_c(segments, expected, rate, 10)
        assert nonzeros.launch(order, part, number) == pytest.approx(sum(costs), rel=1e-4)
        assert nonzeros.sizes[part] == len(costs)
    nonzeros.fetch(objective.tables)
    for found, wanted in zip(in_float64(objective), expected):
        for mine, true in zip(found, wanted):
            np.testing.assert_allclose(mine, true, rtol=2e-4, atol=2e-5)


def test_glove_takes_every_segment_once_in_an_order_of_its_own_by_more_and_more_programs():
    options = glove.Options(4, epochs=2)
    objective = glove.Objective(Parts(Counts(random_counts(40))), options)
    nonzeros, launches = card.Nonzeros(objective.counts, objective.tables, options, DEVICE, 40), []
    nonzeros.launch = lambda order, part, number: launches.append((order.tolist(), part, number)) or 0.0
    for place in ((0, 0), (0, 1), (1, 0), (1, 1)):
        nonzeros.work(*place)
    orders, parts, numbers = zip(*launches)
    assert parts == (0, 1, 0, 1) and numbers == (5, 10, 40, 40)
    assert orders[0] != orders[2] and sorted(orders[0]) == sorted(orders[2]) == list(range(len(orders[0])))
    nonzeros.work(0, 1)
    assert launches[-1] == launches[1], "a training that is resumed there does the same"


# ------------------------------------------------------------------------------------------------------- the trainers


@pytest.fixture
def taken(monkeypatch):
    """Every training goes to the card, or to the interpreter; the launches that were made."""
    launches = []
    for holder in (card.Words, card.Nonzeros):
        launch = holder.launch
        monkeypatch.setattr(holder, "launch", lambda *given, launch=launch: (launches.append(given), launch(*given))[1])
    monkeypatch.setattr(devices, "wish", lambda device: device)
    monkeypatch.setattr(devices, "chosen", lambda wished, *_: DEVICE)
    return launches


def text(n=40):
    """Sentences about two things that never meet."""
    chance, worlds = np.random.default_rng(0), (["a", "b", "c", "d"], ["w", "x", "y", "z"])
    return [chance.choice(worlds[i % 2], 6).tolist() for i in range(n)]


OPTIONS = dict(vector_size=8, window=2, min_count=1, sample=0, epochs=3, seed=2, alpha=0.05)


@pytest.mark.parametrize("trainer, extra", [
    (word2vec, {}), (word2vec, {"sg": 0}), (fasttext, {"bucket": 20}), (fasttext, {"bucket": 20, "sg": 0}),
], ids=["skip-gram", "CBOW", "FastText", "FastText CBOW"])  # fmt: skip
def test_a_trainer_learns_on_the_card_what_it_learns_on_the_processor(trainer, extra, taken):
    sentences, seen = text(), []
    report = lambda epoch, vectors, loss: seen.append((epoch, vectors))  # noqa: E731
    options = OPTIONS | extra
    found = trainer.train(sentences, after_epoch=report, compute_loss=True, held_out=sentences[:4], **options)
    assert len(taken) == 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "chosen", lambda *_: None)
        expected = trainer.train(sentences, compute_loss=True, held_out=sentences[:4], **options)
    near = 0.08 if options.get("sg", 1) else 0.15  # other draws, and in CBOW other blocks
    for one, other in ((found.losses, expected.losses), (found.held_out_losses, expected.held_out_losses)):
        assert one == pytest.approx(other, rel=near)
    # a block's losses are those before all its steps, the processor's those between them
    assert found.losses[-1] == pytest.approx(expected.losses[-1], rel=0.05)
    assert found.held_out_losses[-1] == pytest.approx(expected.held_out_losses[-1], rel=0.03)
    assert [epoch for epoch, _ in seen] == [0, 1, 2]
    assert np.allclose(seen[-1][1].numpy(), found.vectors, atol=1e-6) and not torch.equal(seen[0][1], seen[1][1])


HANGUL = str.maketrans("abcdwxyz", "가각간갇하학한핟")


@pytest.mark.parametrize("trainer, options", [
    (word2vec, {"sg": 0, "cbow_mean": 0, "alpha": 0.02}), (word2vec, {"sg": 0, "cbow_exact": True, "alpha": 0.1}),
    (word2vec, {"negative": CENTERS + 1}), (word2vec, {"sg": 0, "negative": CENTERS + 1}),
    (word2vec, {"window": 80}), (word2vec, {"window": 80, "sg": 0}), (word2vec, {"sample": 0.1}),
    (fasttext, {"units": "jamo"}), (fasttext, {"max_n": 0}), (fasttext, {"bucket": 2, "sg": 0}),
], ids=str)  # fmt: skip
def test_a_trainer_with_any_options_learns_on_the_card_what_it_learns_on_the_processor(trainer, options, taken):
    """A window of 80 is wider than the whole text; with two buckets all n-grams share their rows."""
    sentences = [[word.translate(HANGUL) for word in words] for words in text(12 if "window" in options else 40)]
    given = OPTIONS | {"compute_loss": True} | options
    found = trainer.train(sentences, **given)
    assert len(taken) == 3 and (taken[0][0].own or options.get("max_n", 6) and trainer is fasttext)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "chosen", lambda *_: None)
        expected = trainer.train(sentences, **given)
    assert found.losses == pytest.approx(expected.losses, rel=0.15) and found.losses[-1] < found.losses[0]
    assert np.isfinite(found.vectors).all()


@pytest.mark.parametrize("trainer", [word2vec, fasttext])
@pytest.mark.parametrize("sg", [1, 0])
def test_a_training_on_two_words(trainer, sg, taken):
    given = OPTIONS | {"sg": sg, "compute_loss": True, "window": 50}
    found = trainer.train([["a", "b", "a"]], **given)
    assert len(taken) == 3 and np.isfinite(found.losses).all() and np.isfinite(found.vectors).all()


def test_a_training_that_shows_its_losses_measures_them(taken):
    for trainer in (word2vec, fasttext):
        seen = []
        found = trainer.train(text(), after_epoch=lambda epoch, vectors, loss: seen.append(loss), **OPTIONS)  # noqa: B023
        assert seen == found.losses and np.isfinite(seen).all() and taken[-1][0].measure
    assert np.isnan(word2vec.train(text(), **OPTIONS).losses).all()
    seen = []
    made = glove.fit(random_counts(9), 3, epochs=2, after_epoch=lambda epoch, model, cost: seen.append((model, cost)))
    assert [cost for _, cost in seen] == made.costs and np.array_equal(seen[-1][0].center, made.center)
    assert not np.array_equal(seen[0][0].center, made.center)


@pytest.mark.parametrize("kind", ["word2vec", "fasttext", "glove"])
def test_ctrl_c_during_a_training_saves_it_and_loses_nothing(kind, taken, tmp_path, monkeypatch):
    """The checkpoint is not due for a minute: only the signal makes it save."""
    monkeypatch.setattr(card, "PIECE", 4 * CENTERS)
    call = {
        "word2vec": lambda **more: word2vec.train(text(), compute_loss=True, **OPTIONS, **more),
        "fasttext": lambda **more: fasttext.train(text(), bucket=20, compute_loss=True, **OPTIONS, **more),
        "glove": lambda **more: glove.fit(random_counts(9), 3, epochs=2, **more),
    }[kind]
    whole, launches = call(), len(taken)
    holder = card.Nonzeros if kind == "glove" else card.Words
    work, done = holder.work, []

    def interrupted(self, *place):
        done.append(place)
        if len(done) == 4:
            signal.raise_signal(signal.SIGINT)
        return work(self, *place)

    monkeypatch.setattr(holder, "work", interrupted)
    with pytest.raises(KeyboardInterrupt):
        call(checkpoint=tmp_path / "run")
    assert len(done) == 4
    again = call(checkpoint=tmp_path / "run")
    assert len(done) == len(set(done)) == launches, "nothing was done twice"
    if DEVICE == "cpu":
        assert np.array_equal(whole.vectors, again.vectors)
        names = ("costs",) if kind == "glove" else ("losses",)
        assert all(getattr(whole, name) == getattr(again, name) for name in names)


def interrupted_after_an_epoch(call, monkeypatch, on_card):
    """Run a training on a card or not, and press Ctrl-C when its first epoch is done."""

    def stop(*_):
        signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "chosen", lambda *_: DEVICE if on_card else None)
        with pytest.raises(KeyboardInterrupt):
            call(after_epoch=stop)


@pytest.mark.parametrize("begun_on_card", [True, False])
def test_a_training_of_glove_goes_on_from_a_card_to_the_processor_and_back(begun_on_card, taken, tmp_path, monkeypatch):
    """Both go through the same parts, so a checkpoint of one is good for the other."""
    matrix, options = random_counts(20), dict(vector_size=5, x_max=10, epochs=3, workers=1)
    expected = glove.fit(matrix, **options)
    saved = tmp_path / "run"
    interrupted_after_an_epoch(lambda **more: glove.fit(matrix, checkpoint=saved, **options, **more), monkeypatch,
                               begun_on_card)  # fmt: skip
    before = len(taken)
    monkeypatch.setattr(devices, "chosen", lambda *_: None if begun_on_card else DEVICE)
    found = glove.fit(matrix, checkpoint=saved, **options)
    assert len(taken) - before == (0 if begun_on_card else 2 * 8)
    assert found.costs == pytest.approx(expected.costs, rel=0.1)


@pytest.mark.parametrize("trainer", [word2vec, fasttext])
def test_a_training_that_began_on_the_processor_goes_on_there_only(trainer, taken, tmp_path, monkeypatch):
    call = lambda **more: trainer.train(text(), checkpoint=tmp_path / "run", **OPTIONS, **more)  # noqa: E731
    interrupted_after_an_epoch(call, monkeypatch, on_card=False)
    with pytest.raises(ValueError, match="programs on a card"):
        call()
    monkeypatch.setattr(devices, "chosen", lambda *_: None)
    assert np.isfinite(call().vectors).all()


def test_glove_learns_on_the_card_what_it_learns_on_the_processor(taken):
    matrix, options = random_counts(60), dict(vector_size=5, x_max=10, epochs=2)
    found = glove.fit(matrix, **options)
    assert len(taken) == 2 * 8
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "chosen", lambda *_: None)
        expected = glove.fit(matrix, **options)
    assert found.costs == pytest.approx(expected.costs, rel=0.1) and np.isfinite(found.vectors).all()


class Stopped(Exception):
    pass


@pytest.mark.parametrize("kind", ["word2vec", "fasttext", "glove"])
def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(kind, taken, tmp_path, monkeypatch):
    monkeypatch.setattr(card, "PIECE", 4 * CENTERS)
    saved = Checkpoint(tmp_path / "run.safetensors", every=0)
    call = {
        "word2vec": lambda **more: word2vec.train(text(), **OPTIONS, **more).vectors,
        "fasttext": lambda **more: fasttext.train(text(), bucket=20, **OPTIONS, **more).vectors,
        "glove": lambda **more: glove.fit(random_counts(9), 3, epochs=2, **more).vectors,
    }[kind]
    whole, holder = call(), card.Nonzeros if kind == "glove" else card.Words
    work, done = holder.work, []

    def stopping(self, *place):
        if len(done) == 3:
            raise Stopped
        done.append(place)
        return work(self, *place)

    monkeypatch.setattr(holder, "work", stopping)
    with pytest.raises(Stopped):
        call(checkpoint=saved)
    monkeypatch.setattr(holder, "work", lambda self, *place: (done.append(place), work(self, *place))[1])
    again = call(checkpoint=saved)
    assert len(done) == len(set(done)), "nothing was done twice"
    if DEVICE == "cpu":  # on a card, which of two programs adds first is a matter of chance
        assert np.array_equal(whole, again)


def test_a_training_that_began_on_a_card_goes_on_there_only(taken, tmp_path):
    word2vec.train(text(), checkpoint=tmp_path / "run", **OPTIONS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "chosen", lambda *_: None)
        with pytest.raises(ValueError, match="programs on a card"):
            word2vec.train(text(), checkpoint=tmp_path / "run", **OPTIONS)


def test_training_that_ran_away_on_the_card_says_so(taken):
    with pytest.raises(ValueError, match="training ran away"), np.errstate(all="ignore"):
        word2vec.train(text(), **OPTIONS | {"alpha": 1e30})


@pytest.mark.parametrize("kind", ["word2vec", "fasttext", "glove"])
def test_the_end_of_an_epoch_is_looked_at_where_the_tables_lie(kind, taken, monkeypatch):
    """Fetching the tables after every epoch takes longer than the epoch."""
    call, holder = {
        "word2vec": (lambda: word2vec.train(text(), **OPTIONS), card.Words),
        "fasttext": (lambda: fasttext.train(text(), bucket=20, **OPTIONS), card.Words),
        "glove": (lambda: glove.fit(random_counts(9), 3, epochs=3, learning_rate=0.05), card.Nonzeros),
    }[kind]
    fetch, fetched = holder.fetch, []
    monkeypatch.setattr(holder, "fetch", lambda self, *tables: (fetched.append(self), fetch(self, *tables)))
    call()
    assert len(fetched) == 1, "once, when all is done"


@pytest.mark.parametrize("table", ["inputs", "outputs"])
def test_tables_on_the_card_are_looked_at(table, taken, monkeypatch):
    launch = card.Words.launch

    def spoil(self, *given):
        found = launch(self, *given)
        getattr(self, table)[0] = torch.nan
        return found

    monkeypatch.setattr(card.Words, "launch", spoil)
    with pytest.raises(ValueError, match="training ran away in epoch 1"):
        word2vec.train(text(), **OPTIONS)


@pytest.mark.skipif(DEVICE == "cpu", reason="the interpreter goes through one program after the other")
@pytest.mark.parametrize("trainer", [word2vec, fasttext])
def test_many_programs_at_once_learn_as_one_worker_does(trainer):
    from helpers import corpora

    sentences = list(corpora.load("korean", unit="word"))
    vocabulary = Vocabulary.build(sentences, 5)
    options = dict(vocabulary=vocabulary, vector_size=50, epochs=3, held_out=sentences[::20])
    found, expected = (trainer.train(sentences, device=device, workers=1, **options) for device in (DEVICE, "cpu"))
    for mine, one_workers in zip(found.held_out_losses, expected.held_out_losses):
        assert 0.9 * one_workers < mine < 1.03 * one_workers  # 2 to 6 % lower on an H200


@pytest.mark.skipif(DEVICE == "cpu", reason="no card is asked for in the interpreter")
def test_the_card_is_taken_when_it_is_asked_for(recwarn):
    assert devices.lacking(DEVICE) == "" and training.device() == DEVICE
    assert np.isfinite(word2vec.train(text(), device=DEVICE, **OPTIONS).vectors).all() and not len(recwarn)
