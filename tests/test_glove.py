"""GloVe: gradients against autograd, the compiled loop against glove.c's update in float64, the order in which it
meets the counts, training, counts on disk, savings, bad input."""

import io
import json
import os
import re
import signal
import threading
import tracemalloc
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import sparse

from helpers import corpora, count_files, counting, glove, glove_counts, glove_loops
from helpers.checkpoints import Checkpoint
from helpers.glove_counts import Counts, Parts
from helpers.vocabulary import Vocabulary

SLIDE = [line.split() for line in ("I like deep learning", "I like NLP", "I enjoy flying")]


@pytest.fixture(scope="module")
def korean():
    """The 250 most frequent words of the Korean corpus and their counts."""
    sentences = list(corpora.load("korean"))
    vocabulary = Vocabulary.build(sentences, max_size=250)
    return counting.cooccurrence(sentences, vocabulary, window=5), vocabulary


def random_counts(size=30, density=0.3, seed=0):
    """A symmetric matrix of counts between 0.1 and 20, with a heavy first row and an empty last one."""
    draw = np.random.default_rng(seed)
    dense = np.where(draw.random((size, size)) < density, draw.uniform(0.1, 20, (size, size)), 0)
    dense[0] = draw.uniform(50, 200, size)
    dense[:, -1] = 0 if size > 2 else dense[:, -1]
    return sparse.csr_matrix(np.triu(dense) + np.triu(dense).T)


def on_disk(matrix, folder):
    """The same matrix with its arrays in files, as `counting.cooccurrence(…, path=…)` leaves them."""
    folder.mkdir()
    for name, array in (("indptr", matrix.indptr.astype(np.int64)), ("indices", matrix.indices), ("data", matrix.data)):
        np.save(folder / f"{name}.npy", array)
    note = {"format": count_files.FORMAT, "words": matrix.shape[0], "counts": matrix.nnz}
    (folder / count_files.NOTE).write_text(json.dumps(note))
    return count_files.load(folder)


def glove_c(nonzeros, tables, learning_rate, x_max=100, alpha=0.75):
    """glove.c's update of (w, G, b, G_b) and (c, G, b, G_b) in float64, in place; the costs, each before its step."""
    costs = []
    for i, k, x in nonzeros:
        center, context = ([table[row] for table in side] for side, row in zip(tables, (i, k)))
        parts = center[0], context[0], center[2], context[2], x, x_max, alpha
        costs.append(glove.cost(*parts))
        by_w, by_c, by_b, by_b_k = glove.gradients(*parts)
        for (numbers, G, bias, G_bias), row, by, by_bias in zip(tables, (i, k), (by_w, by_c), (by_b, by_b_k)):
            step = learning_rate * np.clip(by, -100, 100)
            numbers[row] -= step / np.sqrt(G[row])
            G[row] += step**2
            bias[row] -= by_bias / np.sqrt(G_bias[row])
            G_bias[row] += by_bias**2
    return costs


def in_float64(objective):
    """The tables of an objective as `glove_c` takes them."""
    size = objective.options.vector_size
    center, context, center_bias, context_bias = (table.astype(np.float64) for table in objective.tables)
    return [[table[:, 0, :size], table[:, 1, :size], bias[:, 0], bias[:, 1]]
            for table, bias in ((center, center_bias), (context, context_bias))]  # fmt: skip


def objective_of(matrix, length=glove_loops.LENGTH, **options):
    return glove.Objective(Parts(Counts(matrix), length), glove.Options(**options))


def nonzeros_of(segments):
    """(row, column, x) of every nonzero, in the order of the segments."""
    return [(row, k, np.exp(log)) for row, size, columns, logs in segments.tolist()
            for k, log in zip(columns[:size].tolist(), logs[:size].tolist())]  # fmt: skip


def named(segments):
    """Row and columns of each segment: what tells it from others."""
    return [(row, *columns[:size].tolist()) for row, size, columns, _ in segments.tolist()]


@pytest.fixture
def visits(monkeypatch):
    """The segments that the loop goes through, one array for each part that is trained."""
    seen, train = [], glove_loops.train

    def watched(rows, sizes, columns, logs, *others):
        segments = np.empty(len(rows), glove_counts.segment_type(columns.shape[1]))
        for name, array in zip(segments.dtype.names, (rows, sizes, columns, logs)):
            segments[name] = array
        seen.append(segments)
        return train(rows, sizes, columns, logs, *others)

    monkeypatch.setattr(glove_loops, "train", watched)
    return seen


# One nonzero


def test_weight_by_hand_for_numbers_arrays_and_tensors():
    assert glove.weight(1) == pytest.approx(0.01**0.75) and glove.weight(100) == glove.weight(1e6) == 1
    assert glove.weight(1, x_max=10) == pytest.approx(0.1778, abs=1e-4)
    x = np.array([[1.0, 5.0], [10.0, 20.0]])
    assert np.allclose(glove.weight(x, 10, 0.5), [[0.1**0.5, 0.5**0.5], [1, 1]])
    tensor = glove.weight(torch.from_numpy(x), 10, 0.5)
    assert isinstance(tensor, torch.Tensor) and np.allclose(tensor.numpy(), glove.weight(x, 10, 0.5))


def test_cost_is_half_the_weighted_square_of_the_error():
    w, c = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    error = 1.0 + 0.25 - 0.5 - np.log(4)
    assert glove.errors(w, c, 0.25, -0.5, 4.0) == pytest.approx(error)
    assert glove.cost(w, c, 0.25, -0.5, 4.0, x_max=16) == pytest.approx(0.5 * 0.25**0.75 * error**2)
    many = glove.cost(np.stack([w, w]), np.stack([c, c]), np.full(2, 0.25), np.full(2, -0.5), np.array([4.0, 100.0]))
    assert many.shape == (2,) and many[1] == pytest.approx(0.5 * (1.0 - 0.25 - np.log(100)) ** 2)


@pytest.mark.parametrize("x", [0.1, 1.0, 7.0, 10.0, 300.0])
def test_gradients_equal_autograd(x):
    draw = torch.Generator().manual_seed(3)
    given = [torch.randn(shape, generator=draw, dtype=torch.float64) for shape in ((6,), (6,), (), ())]
    by_hand = glove.gradients(*given, torch.tensor(x, dtype=torch.float64), x_max=10, alpha=0.6)
    leaves = [one.clone().requires_grad_() for one in given]
    loss = glove.cost(*leaves, torch.tensor(x, dtype=torch.float64), x_max=10, alpha=0.6)
    for mine, automatic in zip(by_hand, torch.autograd.grad(loss, leaves)):
        assert torch.allclose(mine, automatic)
    arrays = glove.gradients(*(one.numpy() for one in given), x, x_max=10, alpha=0.6)
    assert all(np.allclose(a, b) for a, b in zip(arrays, by_hand))


# Segments and parts


@pytest.mark.parametrize("size, length", [(2, 16), (2, 1), (7, 3), (30, 16), (65, 8)])
def test_parts_hold_every_nonzero_once_in_segments_of_one_row(size, length):
    matrix = random_counts(size, seed=size)
    with Parts(Counts(matrix), length) as parts:
        segments = [parts[part] for part in range(len(parts))]
    found = np.zeros(matrix.shape)
    for i, k, x in [nonzero for one in segments for nonzero in nonzeros_of(one)]:
        found[i, k] += x
    assert np.allclose(found, matrix.toarray(), rtol=1e-5) and len(segments) == glove_counts.PARTS
    together = np.concatenate(segments)
    assert 1 <= together["size"].min() and together["size"].max() <= length
    needed = -(-np.diff(matrix.indptr) // length)
    assert np.array_equal(np.bincount(together["row"], minlength=size), needed), "no more segments than a row needs"


def test_every_segment_of_a_row_has_its_share_of_frequent_and_of_rare_words():
    starts, columns = np.array([0, 0, 7]), np.arange(10, 17)
    segments = np.zeros(3, glove_counts.segment_type(3))
    places = np.array([1, 2, 0], np.int32)  # where they are written
    glove_loops.cut(starts, columns, np.arange(7.0), places, *(segments[name] for name in segments.dtype.names))
    assert named(segments) == [(1, 12, 15), (1, 10, 13, 16), (1, 11, 14)]
    assert segments["logs"][1].tolist() == [0, 3, 6] and segments["logs"][0, :2].tolist() == [2, 5]


def test_a_larger_matrix_has_more_parts_of_the_same_size(monkeypatch):
    monkeypatch.setattr(glove_counts, "SEGMENTS", 4)
    matrix = random_counts(65)
    parts = Parts(Counts(matrix), 16)
    sizes = [len(parts[part]) for part in range(len(parts))]
    assert sum(sizes) == sum(-(-np.diff(matrix.indptr) // 16)) > 80 and max(sizes) < 16
    assert len(parts) == -(-sum(sizes) // 4)


def test_the_segments_of_a_row_are_dealt_out_at_random_and_always_alike(monkeypatch):
    monkeypatch.setattr(glove_counts, "SEGMENTS", 4)
    matrix = random_counts(200)
    one, other = (Parts(Counts(given)) for given in (matrix, matrix.copy()))
    where = [part for part in range(len(one)) for row in one[part]["row"] if row == 0]  # parts of the first row
    assert len(where) == 25 and np.ptp(where) > len(one) / 2 and len(set(np.diff(where))) > 3
    assert all(np.array_equal(one[part], other[part]) for part in range(len(one))) and one.digest() == other.digest()


# The loop


@pytest.mark.parametrize(
    "length, vector_size, learning_rate",
    [(1, 8, 0.05), (3, 5, 0.1), (16, 1, 0.3), (16, 20, 0.05)],
)
def test_the_loop_does_number_by_number_what_glove_c_does(length, vector_size, learning_rate):
    """Rows longer than a segment, rows met again and again, an empty row, widths that are filled up with zeros."""
    objective = objective_of(random_counts(20), length, vector_size=vector_size, learning_rate=learning_rate, x_max=10)
    expected = in_float64(objective)
    for epoch in range(2):
        for part in range(objective.parts):
            order = np.random.default_rng((1, epoch, part)).permutation(len(objective.counts[part]))
            costs = glove_c(nonzeros_of(objective.counts[part][order]), expected, learning_rate, x_max=10)
            total, count = objective.work(epoch, part)
            assert total == pytest.approx(sum(costs), rel=1e-4) and count == len(costs)
    for found, wanted in zip(in_float64(objective), expected):
        for one, other in zip(found, wanted):
            assert np.allclose(one, other, rtol=2e-4, atol=2e-5)
    for table in objective.tables[:2]:
        assert not table[:, 0, vector_size:].any() and table[:, 1, vector_size:].all()
    assert np.array_equal(objective.tables[0][19, 1], np.ones_like(objective.tables[0][19, 1])), "an empty row rests"


def test_one_step_is_the_gradient_of_autograd():
    matrix = sparse.csr_matrix(np.array([[0, 3.0], [3.0, 0]]))
    objective = objective_of(matrix, vector_size=6, learning_rate=0.2, x_max=10)
    leaves = [[torch.tensor(table[row], requires_grad=True) for table, row in zip((numbers[0], numbers[2]), (r, r))]
              for numbers, r in zip(in_float64(objective), (0, 1))]  # fmt: skip
    (w, b_w), (c, b_c) = leaves
    cost = glove.cost(w, c, b_w, b_c, torch.tensor(3.0, dtype=torch.float64), x_max=10)
    slopes = torch.autograd.grad(cost, (w, c, b_w, b_c))
    before = [table.copy() for table in objective.tables]
    part = next(part for part in range(objective.parts) if (objective.counts[part]["row"] == 0).any())
    assert objective.work(0, part)[0] == pytest.approx(cost.item(), rel=1e-5)
    gone = [old - new for old, new in zip(before, objective.tables)]
    for moved, slope, rate in zip((gone[0][0, 0, :6], gone[1][1, 0, :6], gone[2][0, 0], gone[3][1, 0]), slopes,
                                  (0.2, 0.2, 1, 1)):  # fmt: skip
        assert np.allclose(moved, rate * slope.numpy(), rtol=1e-4, atol=1e-7)
    for grown, slope, rate in zip((gone[0][0, 1, :6], gone[1][1, 1, :6], gone[2][0, 1], gone[3][1, 1]), slopes,
                                  (0.2, 0.2, 1, 1)):  # fmt: skip
        assert np.allclose(-grown, (rate * slope.numpy()) ** 2, rtol=1e-3, atol=1e-6)
    assert not gone[0][1].any() and not gone[1][0].any(), "nobody else has moved"


def test_large_gradients_of_vectors_are_clipped_and_those_of_biases_are_not():
    objective = objective_of(sparse.csr_matrix(np.array([[0, 3.0], [3.0, 0]])), vector_size=3, x_max=1)
    for table in objective.tables[:2]:
        table[:, 0, :3] = [30, -40, 0.01]
    expected = in_float64(objective)
    for part in range(objective.parts):
        total, _ = objective.work(0, part)
        costs = glove_c(nonzeros_of(objective.counts[part]), expected, 0.05, x_max=1)
        assert total == pytest.approx(sum(costs), rel=1e-4)
    assert abs(expected[0][2]).max() > 1000, "the error is so large that clipping decides"
    for found, wanted in zip(in_float64(objective), expected):
        for one, other in zip(found, wanted):
            assert np.allclose(one, other, rtol=1e-4, atol=1e-5)


def test_the_slides_vocabulary_of_two_words_is_learnt_exactly():
    model = glove.fit(np.array([[0, 5.0], [5.0, 0]]), 4, x_max=1, epochs=200)
    assert model.scores(0, 1) == pytest.approx(np.log(5), abs=1e-3) == model.scores(1, 0)


def test_training_starts_from_small_numbers_of_the_seed_and_from_accumulators_of_one():
    one, same, other = (objective_of(random_counts(40), vector_size=10, seed=seed).tables for seed in (1, 1, 2))
    drawn = [one[0][:, 0, :10], one[1][:, 0, :10], one[2][:, 0], one[3][:, 0]]
    for numbers in drawn:
        assert abs(numbers).max() <= 0.05 and abs(numbers.mean()) < 0.01 < numbers.std()
    assert not np.allclose(drawn[0], drawn[1]) and not np.allclose(drawn[2], drawn[3]), "w and c start apart"
    assert all((table[:, 1] == 1).all() for table in one)
    assert all(np.array_equal(a, b) and not np.array_equal(a, c) for a, b, c in zip(one, same, other))


def test_tables_begin_where_a_line_of_memory_does_and_are_filled_up_with_zeros():
    for size in (1, 7, 8, 100):
        table = glove.with_squares(np.full((5, size), 3, np.float32), glove_loops.LANES)
        assert table.shape == (5, 2, -(-size // 8) * 8) and table.ctypes.data % 64 == 0
        assert (table[:, 0, :size] == 3).all() and not table[:, 0, size:].any() and (table[:, 1] == 1).all()


# The order


def test_a_pass_meets_every_nonzero_once_in_an_order_of_its_own(visits):
    matrix = random_counts(40)
    glove.fit(matrix, 4, epochs=2, workers=1)
    passes = visits[: glove_counts.PARTS], visits[glove_counts.PARTS :]
    for one in passes:
        met = [(i, k) for segments in one for i, k, _ in nonzeros_of(segments)]
        assert len(met) == matrix.nnz and set(met) == set(zip(*map(np.ndarray.tolist, matrix.nonzero())))
    for first, second in zip(*map(lambda one: map(named, one), passes)):
        assert first != second, "in another order"
        assert sorted(first) == sorted(second), "a part comes an epoch later with the same segments"
    places = [tuple(np.argsort(segments["row"] * 1000 + segments["columns"][:, 0])[:10]) for segments in visits[:8]]
    assert len(set(places)) == 8, "each part draws an order of its own"


def test_the_order_follows_the_seed(visits):
    for seed in (1, 1, 2):
        glove.fit(random_counts(40), 4, epochs=1, workers=1, seed=seed)
    first, again, other = (named(np.concatenate(visits[n : n + 8])) for n in (0, 8, 16))
    assert first == again and first != other and sorted(first) == sorted(other)


def test_training_is_the_replay_of_the_order_it_took(visits):
    """The whole path: x_max, alpha, rate, start, and the cost of each pass, against float64."""
    matrix, options = random_counts(25, seed=3), {"x_max": 7, "alpha": 0.6, "learning_rate": 0.15, "seed": 5}
    model = glove.fit(matrix, 6, epochs=3, workers=1, **options)
    tables = in_float64(objective_of(matrix, vector_size=6, **options))
    costs = [cost for segments in visits for cost in glove_c(nonzeros_of(segments), tables, 0.15, 7, 0.6)]
    assert model.costs == pytest.approx(np.reshape(costs, (3, -1)).mean(1), rel=1e-4)
    for found, wanted in zip((model.center, model.context, model.center_bias, model.context_bias),
                             (tables[0][0], tables[1][0], tables[0][2], tables[1][2])):  # fmt: skip
        assert np.allclose(found, wanted, rtol=1e-3, atol=1e-4)


def test_segments_cost_in_every_pass_what_nonzeros_shuffled_one_by_one_cost(korean):
    matrix = korean[0][:100, :100]
    options = {"vector_size": 20, "x_max": 10, "learning_rate": 0.1}
    tables, counts = in_float64(objective_of(matrix, **options)), matrix.tocoo()
    order = np.random.default_rng(0).permutation(counts.nnz)
    nonzeros = list(zip(counts.row[order], counts.col[order], counts.data[order]))
    expected = [np.mean(glove_c(nonzeros, tables, 0.1, x_max=10)) for _ in range(4)]
    found = np.mean([glove.fit(matrix, epochs=4, workers=1, seed=s, **options).costs for s in range(1, 6)], axis=0)
    assert found[1:] == pytest.approx(expected[1:], rel=0.06)
    assert found[0] == pytest.approx(expected[0], rel=0.2), "so few words are far off at first, and chance decides how"


# Training


def test_the_model_gives_back_the_logarithms_of_the_counts(korean):
    matrix, _ = korean
    model = glove.fit(matrix, vector_size=30, x_max=10, epochs=12)
    counts = matrix.tocoo()
    often = counts.data >= 10
    i, k, logs = counts.row[often], counts.col[often], np.log(counts.data[often])
    assert np.corrcoef(model.scores(i, k), logs)[0, 1] > 0.92
    errors = glove.errors(
        model.center[i], model.context[k], model.center_bias[i], model.context_bias[k], counts.data[often]
    )
    assert np.allclose(model.scores(i, k) - logs, errors, atol=1e-4)
    assert len(model.costs) == 12 and model.costs == sorted(model.costs, reverse=True)
    assert model.center.shape == model.context.shape == (250, 30) and model.center.dtype == np.float32
    assert model.center_bias.shape == model.context_bias.shape == (250,)
    assert np.array_equal(model.vectors, model.center + model.context)
    assert isinstance(model.scores(0, 1), np.floating) and model.scores(np.arange(3)[:, None], [4, 5]).shape == (3, 2)


def test_the_reported_cost_is_the_mean_over_the_nonzeros_before_their_step():
    matrix = sparse.csr_matrix(np.array([[0, 4.0], [4.0, 0]]))
    objective = objective_of(matrix, vector_size=4)
    tables = in_float64(objective)
    nonzeros = [nonzeros_of(objective.counts[part]) for part in range(objective.parts)]
    expected = np.mean([cost for one in nonzeros if one for cost in glove_c(one, tables, 0.05, x_max=10)])
    assert glove.fit(matrix, 4, x_max=10, epochs=1, workers=1).costs == pytest.approx([expected], rel=1e-5)


def test_one_worker_and_one_seed_give_the_same_bits():
    matrix = random_counts(70)
    first, again, other = (glove.fit(matrix, 8, epochs=2, workers=1, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.vectors, again.vectors) and first.costs == again.costs
    assert not np.allclose(first.vectors, other.vectors)


@pytest.mark.parametrize("workers", [2, 5, None])
def test_several_workers_share_the_parts_and_cost_about_the_same(korean, workers, monkeypatch):
    monkeypatch.setattr(glove_counts, "SEGMENTS", 64)
    threads, train = set(), glove_loops.train

    def watched(*arguments):
        threads.add(threading.get_ident())
        return train(*arguments)

    monkeypatch.setattr(glove_loops, "train", watched)
    alone = glove.fit(korean[0], 20, x_max=10, epochs=4, workers=1)
    assert threads == {threading.get_ident()}
    together = glove.fit(korean[0], 20, x_max=10, epochs=4, workers=workers)
    assert together.costs[0] == pytest.approx(alone.costs[0], rel=0.2)
    assert together.costs[1:] == pytest.approx(alone.costs[1:], rel=0.03)
    assert len(threads) > 1 or glove.arguments.workers(None) == 1


def test_a_pass_with_the_rate_of_the_paper_and_x_max_small_enough_learns_more(korean):
    few, slow, usual = (glove.fit(korean[0], 20, epochs=3, **given).costs
                        for given in ({"x_max": 100}, {"x_max": 10, "learning_rate": 0.01}, {"x_max": 10}))  # fmt: skip
    assert usual[-1] < slow[-1] and few[0] < usual[0], "f is smaller under a large x_max, and so is the cost"


def test_dense_and_unordered_matrices_are_taken_as_they_are_meant():
    matrix = random_counts(25)
    expected = glove.fit(matrix, 5, epochs=2, workers=1).vectors
    assert np.array_equal(glove.fit(matrix.toarray(), 5, epochs=2, workers=1).vectors, expected)
    coo = matrix.tocoo()
    halves = sparse.coo_matrix(
        (
            np.concatenate([coo.data / 2] * 2 + [[0.0]]),
            (np.append(np.tile(coo.row, 2), 3), np.append(np.tile(coo.col, 2), 3)),
        ),
        matrix.shape,
    )
    assert np.allclose(glove.fit(halves, 5, epochs=2, workers=1).vectors, expected, atol=1e-5)
    before = matrix.copy()
    glove.fit(matrix, 5, epochs=1, workers=1)
    assert (matrix != before).nnz == 0
    rows = sparse.csr_matrix(np.triu(matrix.toarray()))  # fit does not ask for symmetry
    assert len(glove.fit(rows, 5, epochs=2, workers=1).costs) == 2


def test_train_from_sentences_path_and_matrix_agree(tmp_path):
    sentences = [list("abcab"), list("bcad"), list("dabc")] * 4
    options = {"vector_size": 6, "epochs": 3, "x_max": 5, "workers": 1}
    found = glove.train(sentences, window=3, min_count=1, **options)
    assert found.index_to_key[0] in "abc" and len(found) == 4 and found.vector_size == 6
    assert found.get_vecattr("d", "count") == 8
    assert len(found.costs) == 3 and found.costs[-1] < found.costs[0]
    assert np.array_equal(found.vectors, glove.train(iter(sentences), window=3, min_count=1, **options).vectors)
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(map(" ".join, sentences)), encoding="utf-8")
    assert np.allclose(found.vectors, glove.train(path, window=3, min_count=1, **options).vectors)
    vocabulary = Vocabulary.build(sentences, min_count=1)
    matrix = counting.cooccurrence(sentences, vocabulary, window=3)
    assert np.array_equal(found.vectors, glove.train(matrix, vocabulary, **options).vectors)
    named = glove.train(matrix, vocabulary.words, **options)
    assert np.array_equal(found.vectors, named.vectors) and named.index_to_key == vocabulary.words
    columns = {word: column for column, word in enumerate(vocabulary.words)}
    backwards = dict(reversed(columns.items()))
    assert glove.train(matrix.toarray(), backwards, **options).index_to_key == vocabulary.words
    assert np.array_equal(found.vectors, glove.fit(matrix, 6, x_max=5, epochs=3, workers=1).vectors)
    assert not np.allclose(found.vectors, glove.train(sentences, window=1, min_count=1, **options).vectors)


def test_after_epoch_sees_each_model_as_it_was_and_its_cost_if_it_wants(capsys):
    seen, costs, matrix = [], [], random_counts(20)
    model = glove.fit(matrix, 4, epochs=3, workers=1, progress=True, after_epoch=lambda *given: seen.append(given))
    assert [epoch for epoch, *_ in seen] == [0, 1, 2] and [cost for *_, cost in seen] == model.costs
    assert [len(one.costs) for _, one, _ in seen] == [1, 2, 3]
    assert np.array_equal(seen[-1][1].vectors, model.vectors) and not np.allclose(seen[0][1].vectors, model.vectors)
    assert "epochs: 3/3" in capsys.readouterr().err
    glove.fit(matrix, 4, epochs=2, after_epoch=lambda epoch, model: costs.append(model.costs[epoch]))
    assert len(costs) == 2


def test_another_device_than_the_processor_is_not_used_and_a_warning_says_so(monkeypatch):
    monkeypatch.setattr(glove.training, "device", lambda wanted: wanted)
    with pytest.warns(UserWarning, match="for NVIDIA's cards, not for 'mps': training on the processor"):
        glove.fit(random_counts(5), 2, epochs=1, device="mps")
    glove.fit(random_counts(5), 2, epochs=1, device="cpu")


# Counts on disk


def test_counts_on_disk_give_the_bits_of_counts_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(glove_counts, "BAND", 64)
    matrix = random_counts(50)
    mapped = on_disk(matrix, tmp_path / "counts")
    assert isinstance(mapped.data, np.memmap) and Counts(mapped).on_disk and not Counts(matrix).on_disk
    expected = glove.fit(matrix, 6, epochs=2, workers=1)
    for given in (mapped, tmp_path / "counts", str(tmp_path / "counts")):
        found = glove.fit(given, 6, epochs=2, workers=1)
        assert np.array_equal(found.vectors, expected.vectors) and found.costs == expected.costs
    words = [f"w{i}" for i in range(50)]
    trained = glove.train(tmp_path / "counts", words, 6, epochs=2, workers=1)
    assert np.array_equal(trained.vectors, expected.vectors) and trained.index_to_key == words


def test_counts_on_disk_are_never_in_memory_as_a_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(glove_counts, "BAND", 5000)
    monkeypatch.setattr(glove_counts, "SEGMENTS", 500)
    mapped, read = on_disk(random_counts(600, density=0.5), tmp_path / "counts"), []
    monkeypatch.setattr(glove_counts, "read", lambda *a, _f=glove_counts.read: read.append(a[2] - a[1]) or _f(*a))
    glove.fit(random_counts(20), 4, epochs=1)  # compiles
    tracemalloc.start()
    glove.fit(mapped, 2, epochs=1, workers=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert mapped.nnz > 150_000 and peak < 2 * mapped.nnz, "12 bytes a count lie on disk, not two of them in memory"
    assert max(read) <= 5000 and sum(read) >= 4 * mapped.nnz, "read piece by piece"


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux says how much of a map is in memory")
def test_pages_of_a_map_are_given_back_at_once(tmp_path):
    values = np.arange(1_000_000.0)
    np.save(tmp_path / "numbers.npy", values)
    mapped = np.load(tmp_path / "numbers.npy", mmap_mode="r")[3:]

    def resident():
        text = Path("/proc/self/smaps").read_text()
        return int(re.search(r"numbers\.npy\n(?:.*\n)*?Rss: +(\d+) kB", text)[1])

    pieces = [glove_counts.read(mapped, first, first + 50_000) for first in range(0, 950_000, 50_000)]
    assert resident() < 1000 and np.array_equal(np.concatenate(pieces), values[3:950_003])
    assert not glove_counts.read(mapped, 7, 7).size
    mapped.sum()
    assert resident() > 7000, "this is what is counted"


@pytest.mark.skipif(os.name == "nt", reason="Windows replaces no folder whose files are mapped")
def test_a_matrix_stays_the_one_it_was_when_its_folder_is_counted_anew(tmp_path):
    vocabulary = Vocabulary.build([["a", "b", "c"]] * 4, 1)
    once = counting.cooccurrence([["a", "b", "c"]] * 4, vocabulary, path=tmp_path / "counts")
    expected = glove.fit(once.copy(), 3, epochs=2, workers=1).costs
    again = counting.cooccurrence([["c", "a", "b", "b"]] * 9, vocabulary, path=tmp_path / "counts")
    assert glove.fit(again, 3, epochs=2, workers=1).costs != expected
    assert glove.fit(once, 3, epochs=2, workers=1).costs == expected


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int8, np.uint16, np.int32, np.float32])
def test_counts_may_be_of_any_kind_of_number(kind):
    matrix = np.random.default_rng(1).integers(0, 2, (9, 9)).astype(kind)
    expected = glove.fit(matrix.astype(float), 3, epochs=2, workers=1)
    assert glove.fit(matrix, 3, epochs=2, workers=1).costs == expected.costs


def test_views_of_a_map_are_read_from_the_right_place(tmp_path):
    np.save(tmp_path / "numbers.npy", np.arange(20.0))
    mapped = np.load(tmp_path / "numbers.npy", mmap_mode="r")
    for array in (mapped, mapped[3:], np.asarray(mapped)[5:9], mapped[2:][1:], mapped[::2]):
        assert glove_counts.map_of(array) is not None and np.array_equal(glove_counts.read(array, 1, 4), array[1:4])
    changed = np.load(tmp_path / "numbers.npy", mmap_mode="c")
    changed[:] = 7  # in memory, not in the file
    for array in (changed, np.arange(20.0)):
        assert glove_counts.map_of(array) is None and np.array_equal(glove_counts.read(array, 1, 4), array[1:4])


@pytest.mark.parametrize("band", [1, 7, 40, 10**6])
def test_the_checks_do_not_depend_on_the_bands(band, monkeypatch):
    monkeypatch.setattr(glove_counts, "BAND", band)
    matrix = random_counts(30)
    assert Counts(matrix).symmetric() and Counts(matrix).nonzeros == matrix.nnz
    assert sum(len(one.values) for one in Counts(matrix).bands()) == matrix.nnz
    for place in (0, matrix.nnz // 2, matrix.nnz - 1):
        lopsided = matrix.copy()
        lopsided.data[place] *= 1.001
        on_diagonal = np.repeat(np.arange(30), np.diff(matrix.indptr))[place] == matrix.indices[place]
        assert Counts(lopsided).symmetric() == on_diagonal
        for wrong, message in ((np.nan, "nan or infinite"), (-np.inf, "nan or infinite"), (-1, "cannot be negative")):
            bad = matrix.copy()
            bad.data[place] = wrong
            with pytest.raises(ValueError, match=message):
                Counts(bad)
        zero = matrix.copy()
        zero.data[place] = 0
        assert Counts(zero).nonzeros == matrix.nnz - 1
    backwards = sparse.csr_matrix(
        (matrix.data[::-1].copy(), matrix.indices[::-1].copy(), matrix.nnz - matrix.indptr[::-1]), matrix.shape
    )
    counts = Counts(backwards)
    assert all((np.diff(one.columns)[np.diff(np.repeat(np.arange(len(one.starts) - 1), np.diff(one.starts))) == 0] > 0)
               .all() for one in counts.bands())  # fmt: skip
    assert counts.nonzeros == matrix.nnz and not Counts(sparse.csr_matrix(np.triu(matrix.toarray()))).symmetric()


class SmallDisk(io.RawIOBase):
    """A file on a disk with room for so many bytes."""

    def __init__(self, room):
        self.bytes, self.room = io.BytesIO(), room

    def readable(self):
        return True

    writable = seekable = readable

    def seek(self, place, whence=0):
        return self.bytes.seek(place, whence)

    def readinto(self, memory):
        return self.bytes.readinto(memory)

    def write(self, data):
        if self.bytes.tell() + len(data) > self.room:
            raise OSError(28, "No space left on device")
        return self.bytes.write(data)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.999, 1])
@pytest.mark.parametrize("words", [10, 200])  # parts that fit into the file's buffer, and that do not
def test_a_full_disk_is_named(words, share, tmp_path, monkeypatch):
    counts = Counts(on_disk(random_counts(words), tmp_path / "counts"))
    size = Parts(Counts(random_counts(words))).memory.nbytes
    disk = io.BufferedRandom(SmallDisk(int(share * size)))
    monkeypatch.setattr(glove_counts.tempfile, "TemporaryFile", lambda dir=None: disk)
    if share < 1:
        with pytest.raises(OSError, match="cannot store counts in .*No space left on device. Set TMPDIR"):
            Parts(counts)
    else:
        with Parts(counts) as parts:
            assert parts.digest() == Parts(Counts(random_counts(words))).digest()
    assert disk.closed


def test_the_temporary_file_is_closed_whatever_happens(tmp_path, monkeypatch):
    files, make = [], glove_counts.tempfile.TemporaryFile

    def noted(dir=None):
        file = make(dir=dir)
        files.extend([file] * (dir is None))  # Numba tries the folder of its cache with a file of its own
        return file

    monkeypatch.setattr(glove_counts.tempfile, "TemporaryFile", noted)
    mapped = on_disk(random_counts(10), tmp_path / "counts")
    glove.fit(mapped, 2, epochs=1)
    monkeypatch.setattr(glove_loops, "train", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        glove.fit(mapped, 2, epochs=1, workers=2)
    assert len(files) == 2 and all(file.closed for file in files)


# Savings


class Stop(Exception):
    pass


def stopping(monkeypatch, call, action):
    """Do something in the `call`-th part that is trained; the list of parts that were."""
    parts, train = [], glove_loops.train

    def watched(*arguments):
        parts.append(1)
        if len(parts) == call:
            action()
        return train(*arguments)

    monkeypatch.setattr(glove_loops, "train", watched)
    return parts


def stop():
    raise Stop


@pytest.mark.parametrize("call", [3, 8, 9, 20])  # in the first epoch, at its end, in the second, in the third
def test_training_that_was_stopped_goes_on_as_if_it_had_not_been(call, tmp_path, monkeypatch):
    matrix = random_counts(45)
    mapped = on_disk(matrix, tmp_path / "counts")
    expected = glove.fit(matrix, 6, epochs=4, workers=1)
    saved, seen = Checkpoint(tmp_path / "run.safetensors", every=0), []
    parts = stopping(monkeypatch, call, stop)
    with pytest.raises(Stop):
        glove.fit(matrix, 6, epochs=4, checkpoint=saved, workers=1)
    again = glove.fit(mapped, 6, epochs=4, checkpoint=saved, workers=1, after_epoch=lambda *given: seen.append(given))
    assert again.vectors.tobytes() == expected.vectors.tobytes() and again.costs == expected.costs
    assert [given[1].costs for given in seen] == [expected.costs[: n + 1] for n in range((call - 1) // 8, 4)]
    assert len(parts) == 4 * 8 + 1, "nothing was done twice"
    done = glove.fit(matrix, 6, epochs=4, checkpoint=tmp_path / "run.safetensors")
    assert np.array_equal(done.vectors, expected.vectors) and done.costs == expected.costs
    assert len(parts) == 4 * 8 + 1, "a finished training is only read"


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_leaves_a_checkpoint_from_which_training_goes_on(workers, tmp_path, monkeypatch):
    matrix, path = random_counts(45), tmp_path / "run.safetensors"
    expected = glove.fit(matrix, 6, epochs=3, workers=1)
    parts = stopping(monkeypatch, 12, lambda: signal.raise_signal(signal.SIGINT) if workers == 1 else
                     signal.pthread_kill(threading.main_thread().ident, signal.SIGINT))  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        glove.fit(matrix, 6, epochs=3, checkpoint=path, workers=workers)
    assert path.exists() and 12 <= len(parts) < 24
    again = glove.fit(matrix, 6, epochs=3, checkpoint=path, workers=workers)
    assert len(parts) == 24
    if workers == 1:
        assert again.vectors.tobytes() == expected.vectors.tobytes() and again.costs == expected.costs
    assert again.costs == pytest.approx(expected.costs, rel=0.3)


def test_a_checkpoint_belongs_to_its_counts_and_parameters(tmp_path, monkeypatch):
    matrix, saved = random_counts(45), tmp_path / "run.safetensors"
    glove.fit(matrix, 6, epochs=2, checkpoint=saved)
    glove.fit(matrix.astype(np.float64), 6, 100.0, epochs=np.int64(2), checkpoint=saved)  # the same numbers
    for change, message in (({"x_max": 10}, "x_max was 100.0, is 10.0"), ({"seed": 2}, "seed was 1, is 2"),
                            ({"epochs": 3}, "epochs was 2, is 3"), ({"alpha": 0.5}, "alpha was 0.75, is 0.5"),
                            ({"learning_rate": 0.1}, "learning_rate was")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            glove.fit(matrix, 6, **({"epochs": 2} | change), checkpoint=saved)
    with pytest.raises(ValueError, match="data was"):
        glove.fit(matrix * 2, 6, epochs=2, checkpoint=saved)
    monkeypatch.setattr(glove, "LENGTH", 9)  # as a later version may have it
    with pytest.raises(ValueError, match="length was 8, is 9"):
        glove.fit(matrix, 6, epochs=2, checkpoint=saved)


# Bad input


def test_numbers_of_numpy_are_taken_for_what_they_are():
    options = glove.Options(np.int32(5), np.float32(10), np.float64(0.5), np.float32(0.25), np.int64(3), np.int64(7))
    assert asdict(options) == {"vector_size": 5, "x_max": 10.0, "alpha": 0.5, "learning_rate": 0.25, "epochs": 3,
                               "seed": 7}  # fmt: skip
    assert all(type(value) in (int, float) for value in asdict(options).values())
    given = {"x_max": np.float32(10), "learning_rate": np.float32(0.25), "workers": np.int64(1)}
    found = glove.fit(random_counts(9), np.int64(5), epochs=np.int32(2), seed=np.int64(7), **given)
    expected = glove.fit(random_counts(9), 5, x_max=10, learning_rate=0.25, epochs=2, seed=7, workers=1)
    assert np.array_equal(found.vectors, expected.vectors)
    with pytest.raises(AttributeError):
        options.seed = 3


@pytest.mark.parametrize(
    "change, message",
    [
        ({"vector_size": 0}, "vector_size must be a whole number of at least 1 and at most 2147483647, not 0"),
        ({"vector_size": "5"}, "vector_size must be a whole number"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"epochs": None}, "epochs must be a whole number"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"workers": 0}, "workers must be a whole number"),
        ({"workers": "2"}, "workers must be a whole number"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"seed": 2**64}, "seed must be a whole number"),
        ({"x_max": 0}, "x_max must be a number above 0"),
        ({"alpha": float("nan")}, "alpha must be a number above 0"),
        ({"alpha": np.float32("inf")}, "alpha must be a number above 0"),
        ({"learning_rate": "0.05"}, "learning_rate must be a number above 0"),
        ({"learning_rate": True}, "learning_rate must be a number above 0"),
        ({"checkpoint": 5}, "checkpoint takes the path of a file"),
    ],
)
def test_parameters_out_of_range_are_refused_before_any_work(change, message):
    for function, given in ((glove.fit, random_counts(5)), (glove.train, (pytest.fail() for _ in "x"))):
        with pytest.raises(ValueError, match=message):
            function(given, **change)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda m: -m, "cannot be negative"),
        (lambda m: m * np.nan, "nan or infinite"),
        (lambda m: m * np.inf, "nan or infinite"),
        (lambda m: m[:3], "one row and one column per word"),
        (lambda m: m * 0, "holds no counts"),
    ],
)
def test_impossible_matrices_are_refused(change, message):
    with np.errstate(all="ignore"):
        matrix = change(random_counts(5))
    with pytest.raises(ValueError, match=message):
        glove.fit(matrix)
    if matrix.shape == (5, 5):
        with pytest.raises(ValueError, match=message):
            glove.train(matrix, list("abcde"))


def test_a_matrix_must_fit_its_vocabulary_and_be_symmetric():
    matrix = random_counts(5)
    with pytest.raises(ValueError, match=r"the matrix is \(5, 5\) but the vocabulary has 2 words"):
        glove.train(matrix, ["a", "b"])
    with pytest.raises(ValueError, match="pass the vocabulary"):
        glove.train(matrix)
    with pytest.raises(ValueError, match="names a word twice"):
        glove.train(matrix, list("abcda"))
    lopsided = matrix.tolil()
    lopsided[0, 1] += 1
    with pytest.raises(ValueError, match="not symmetric"):
        glove.train(lopsided.tocsr(), list("abcde"))


@pytest.mark.parametrize("sentences", [[], [[]], [["a"], ["b"]], [["a", "a"], ["a"]]])
def test_sentences_from_which_nothing_can_be_learnt(sentences):
    with pytest.raises(ValueError, match="no word|no sentence has two words|vocabulary of one word"):
        glove.train(sentences, min_count=1)


def test_strings_in_place_of_token_lists_and_missing_files(tmp_path):
    with pytest.raises(TypeError, match="list of words"):
        glove.train(["I like NLP"], min_count=1)
    with pytest.raises(FileNotFoundError):
        glove.train(tmp_path / "nothing.txt")


def test_a_training_that_ran_away_says_so(tmp_path):
    path = tmp_path / "run.safetensors"
    with pytest.raises(ValueError, match=r"ran away in epoch 1: .*Lower learning_rate \(it was 1e\+30\)"):
        glove.fit(random_counts(20), 8, x_max=10, learning_rate=1e30, epochs=50, checkpoint=path)
    assert not path.exists(), "what ran away is not kept"


def test_an_error_in_a_thread_reaches_the_caller(monkeypatch):
    monkeypatch.setattr(glove_loops, "train", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        glove.fit(random_counts(20), 2, epochs=1, workers=2)


def test_the_slides_three_sentences():
    found = glove.train(SLIDE, window=1, min_count=1, vector_size=5, x_max=2, epochs=30)
    assert len(found) == 7 and np.isfinite(found.vectors).all() and found.costs[-1] < 0.2 * found.costs[0]


@pytest.mark.parametrize(
    "columns, starts", [([0, 5], [0, 1, 2]), ([0, -1], [0, 1, 2]), ([1, 0], [0, 2, 1]), ([1, 0], [1, 1, 2])]
)
def test_a_matrix_from_outside_is_looked_through_before_it_reaches_compiled_code(columns, starts):
    matrix = sparse.csr_matrix(np.array([[0, 1.0], [1, 0]]))
    matrix.indices, matrix.indptr = np.array(columns, np.int32), np.array(starts, np.int32)
    with pytest.raises(ValueError, match="the matrix is damaged.*count again"):
        glove.fit(matrix, vector_size=2, epochs=1)


@pytest.mark.parametrize(
    "matrix", [np.ones(3), np.ones((2, 2, 2)), np.array([["a", "b"], ["c", "d"]]), 5, None, np.ones((2, 2), complex)]
)
def test_what_is_no_matrix_of_counts(matrix):
    with pytest.raises(ValueError, match="one row and one column|counts must be"):
        glove.fit(matrix, vector_size=2, epochs=1)


def test_an_array_of_words_is_sentences_and_one_of_numbers_is_counts():
    sentences = [["a", "b", "c"]] * 20
    options = {"vector_size": 4, "epochs": 1, "workers": 1, "min_count": 1}
    found = [glove.train(given, **options).vectors for given in (sentences, np.array(sentences))]
    assert np.array_equal(*found)
    with pytest.raises(ValueError, match="does not know its words"):
        glove.train(np.ones((3, 3)), **options)
