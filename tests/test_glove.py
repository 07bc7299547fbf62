"""GloVe: gradients against autograd, the tiles against a loop over the nonzeros, training, savings, bad input."""

import numpy as np
import pytest
import torch
from scipy import sparse

from helpers import corpora, counting, glove, glove_tiles
from helpers.checkpoints import Checkpoint
from helpers.glove_tiles import Trainer
from helpers.vocabulary import Vocabulary

SLIDE = [line.split() for line in ("I like deep learning", "I like NLP", "I enjoy flying")]


@pytest.fixture(scope="module")
def korean():
    """The 250 most frequent words of the Korean corpus and their counts."""
    sentences = list(corpora.load("korean"))
    vocabulary = Vocabulary.build(sentences, max_size=250)
    return counting.cooccurrence(sentences, vocabulary, window=5), vocabulary


@pytest.fixture(autouse=True)
def threads_share_small_tiles_too(monkeypatch):
    """The matrices here are small; their tiles are shared all the same, and do not get smaller for it."""
    monkeypatch.setattr(glove_tiles, "SHARED", 1e-9)
    monkeypatch.setattr(glove_tiles, "LOAD", np.inf)


def random_counts(size=30, density=0.3, seed=0):
    """A symmetric matrix of counts between 0.1 and 20, with a heavy first row."""
    draw = np.random.default_rng(seed)
    dense = np.where(draw.random((size, size)) < density, draw.uniform(0.1, 20, (size, size)), 0)
    dense[0] = draw.uniform(50, 200, size)
    return sparse.csr_matrix(np.triu(dense) + np.triu(dense).T)


def one_by_one(matrix, trainer, epochs, x_max, alpha=0.75, seed=0):
    """glove.c's loop over the shuffled nonzeros from the same start, in float64: (tables, cost of each epoch)."""
    tables, squares = ([t.double().numpy().copy() for t in both] for both in (trainer.tables, trainer.squares))
    place = np.argsort(trainer.words)
    rates, costs = [rate.double().numpy() for rate in trainer.rates], []
    counts, draw = matrix.tocoo(), np.random.default_rng(seed)
    for _ in range(epochs):
        total = 0.0
        for n in draw.permutation(counts.nnz):
            i, k = place[counts.row[n]], place[counts.col[n]]
            w, c = tables[0][i].copy(), tables[1][k].copy()
            error = w @ c - np.log(counts.data[n])
            g = glove.weight(counts.data[n], x_max, alpha) * error
            total += 0.5 * g * error
            for table, square, row, rate, other in zip(tables, squares, (i, k), rates, (c, w)):
                step = rate * g * other
                table[row] -= step / np.sqrt(square[row])
                square[row] += step**2
        costs.append(total / counts.nnz)
    return tables, costs


def trainer_of(matrix, x_max=10, vector_size=8, learning_rate=0.05, seed=1):
    return Trainer(matrix, lambda x: glove.weight(x, x_max), vector_size, learning_rate, seed, "cpu")


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


# Tiles


@pytest.mark.parametrize("size", [2, 7, 30, 65])
def test_tiles_hold_every_nonzero_once_from_both_sides(size):
    matrix = random_counts(size, seed=size)
    trainer = trainer_of(matrix)
    by_rows, by_columns = np.zeros(matrix.shape), np.zeros(matrix.shape)
    for (a, b), tile in trainer.tiles.items():
        rows, columns = (trainer.words[trainer.bounds[g] : trainer.bounds[g + 1]] for g in (a, b))
        i = np.repeat(rows, np.diff(tile.rows.starts))
        np.add.at(by_rows, (i, columns[tile.rows.other]), np.exp(tile.logs.numpy()))
        k = np.repeat(columns, np.diff(tile.columns.starts))
        np.add.at(by_columns, (rows[tile.columns.other], k), np.exp(tile.logs.numpy())[tile.order])
        f = glove.weight(matrix[rows][:, columns].toarray(), 10)
        assert np.allclose(tile.rows.load, f.sum(1), rtol=1e-4) and np.allclose(tile.columns.load, f.sum(0), rtol=1e-4)
    assert np.allclose(by_rows, matrix.toarray(), rtol=1e-4) and np.allclose(by_columns, by_rows, rtol=1e-4)


def test_heavy_words_get_smaller_tiles_as_long_as_tiles_are_worth_a_thread(monkeypatch):
    matrix = random_counts(200, density=0.5)
    heaviest = glove.weight(matrix[[0]].data, 10).sum()
    monkeypatch.setattr(glove_tiles, "LOAD", heaviest / 30.5)
    for shared, expected in ((matrix.nnz / 10_000, 30), (matrix.nnz / 410, 20), (matrix.nnz, glove_tiles.GROUPS)):
        monkeypatch.setattr(glove_tiles, "SHARED", shared)
        trainer = trainer_of(matrix)
        assert trainer.groups == expected and max(map(len, np.split(trainer.words, trainer.bounds[1:-1]))) <= 15


def test_an_epoch_visits_every_tile_once_and_a_round_no_row_or_column_twice(monkeypatch):
    trainer, rounds = trainer_of(random_counts(50)), []
    monkeypatch.setattr(glove_tiles, "parallel", lambda work, pairs, workers: [rounds.append(list(pairs)) or 1.0])
    trainer.run(2, 1)
    assert len(rounds) == 2 * trainer.groups
    for pairs in rounds:
        assert all(len({int(pair[side]) for pair in pairs}) == trainer.groups for side in (0, 1))
    first, second = rounds[: trainer.groups], rounds[trainer.groups :]
    everything = {(a, b) for a in range(trainer.groups) for b in range(trainer.groups)}
    for epoch in (first, second):
        assert {(int(a), int(b)) for pairs in epoch for a, b in pairs} == everything
    assert first != second  # another order in each epoch


def test_a_step_sums_the_gradients_of_autograd_and_the_squares_of_each_nonzero():
    matrix = random_counts(12, density=0.8)
    trainer = trainer_of(matrix, learning_rate=1e-4)
    for table, constant in zip(trainer.tables, (-1, -2)):
        table.normal_(generator=torch.Generator().manual_seed(5))
        table[:, constant] = 1
    trainer.rates = [torch.where(rate == 1, 1e-4, rate) for rate in trainer.rates]  # steps so small that G stays 1
    trainer.bounds, trainer.groups, trainer.words = [0, 12], 1, np.arange(12)
    trainer.tiles = dict(trainer.cut(matrix, lambda x: glove.weight(x, 10)))
    before = [table.double().requires_grad_() for table in (t.clone() for t in trainer.tables)]
    counts = matrix.tocoo()
    i, k, x = (torch.from_numpy(array) for array in (counts.row.astype(int), counts.col.astype(int), counts.data))
    costs = glove.weight(x, 10) * 0.5 * ((before[0][i] * before[1][k]).sum(1) - x.log()) ** 2
    slopes = torch.autograd.grad(costs.sum(), before)
    assert trainer.work(0, 0) == pytest.approx(costs.sum().item(), rel=1e-4)
    g = (glove.weight(x, 10) * ((before[0][i] * before[1][k]).sum(1) - x.log())).detach()
    for side, (ids, other) in enumerate(((i, before[1][k]), (k, before[0][i]))):
        rate = trainer.rates[side].double()
        moved = before[side].detach() - trainer.tables[side].double()
        vectors = slice(0, -2)  # the bias is held back a little, see `move`
        assert torch.allclose(moved[:, vectors] / 1e-4, slopes[side][:, vectors], rtol=0.02, atol=0.02)
        squares = torch.zeros(12, 10, dtype=torch.float64)
        squares.index_add_(0, ids, (rate * g[:, None] * other.detach()) ** 2)
        assert torch.allclose(trainer.squares[side].double() - 1, squares, rtol=1e-2, atol=1e-6)
        assert torch.equal(trainer.tables[side][:, (-1, -2)[side]], torch.ones(12))  # the constant column stays


def test_many_steps_to_a_bias_in_one_tile_go_as_far_as_one_by_one():
    """One word with 300 neighbors: the sum of their steps would throw its bias far beyond its place."""
    n, target = 300, np.log(50.0)
    side = glove_tiles.Side(
        torch.arange(n, dtype=torch.int32), torch.tensor([0, n], dtype=torch.int32), torch.tensor([float(n)])
    )
    others, rate = torch.zeros(n, 3), torch.tensor([0.05, 1.0, 0.0])
    others[:, 1] = 1  # no vectors, only the center's bias
    table, squares = torch.tensor([[0.0, 0.0, 1.0]]), torch.ones(1, 3)
    g = torch.full((n,), -target, dtype=torch.float32)
    glove_tiles.move(table, squares, rate, others, side, g, torch.ones(n))
    assert table[0, 1].item() == pytest.approx(target, rel=0.1)  # one by one ends at the target, the plain sum at 34.6
    assert squares[0].tolist() == pytest.approx([1, 1 + n * target**2, 1], rel=1e-4)
    assert table[0, [0, 2]].tolist() == [0, 1]


def test_a_vector_goes_at_most_half_the_way_to_the_lowest_point_along_its_step():
    draw = torch.Generator().manual_seed(1)
    n, dim, target = 40, 3, 2.0
    ids, others = torch.arange(n, dtype=torch.int16), torch.randn(n, dim + 2, generator=draw, dtype=torch.float64)
    f, errors = torch.rand(2, n, generator=draw, dtype=torch.float64)
    errors = errors - target
    for most in (1e-4, 0.05, 5.0):  # of η: steps too short to be held back, and steps that are
        side = glove_tiles.Side(ids, torch.tensor([0, n, n], dtype=torch.int32), torch.tensor([f.sum(), 0.0]))
        table, squares = torch.zeros(2, dim + 2, dtype=torch.float64), torch.ones(2, dim + 2, dtype=torch.float64)
        rate = torch.tensor([most] * dim + [0.0, 0.0], dtype=torch.float64)
        glove_tiles.move(table, squares, rate, others, side, f * errors, f)
        gone, c = table[0, :dim], others[:, :dim]
        gradient, grown = (f * errors) @ c, (f * errors) ** 2 @ c**2
        step = -most * gradient * 2 / (1 + (1 + most**2 * grown).sqrt())
        lowest = -(gradient @ step) / (f * (c @ step) ** 2).sum()  # where along `step` the cost is lowest
        assert torch.allclose(gone, step * min(1, lowest.item() / 2))
        assert (lowest < 2) == (most > 1e-3) and table[1].abs().max() == 0


@pytest.mark.parametrize("x_max, learning_rate", [(3, 0.2), (10, 0.3)])
def test_large_weights_and_large_steps_cost_no_more_than_one_by_one(korean, x_max, learning_rate):
    matrix = korean[0][:80, :80]
    trainer = trainer_of(matrix, x_max, vector_size=20, learning_rate=learning_rate)
    expected = one_by_one(matrix, trainer, 3, x_max)[1]
    trainer.run(3, 1)
    assert all(ours < 1.05 * theirs for ours, theirs in zip(trainer.costs, expected))


def test_steps_that_would_run_away_are_held_back(korean):
    gentle, bold = (glove.fit(korean[0], 30, x_max=1, learning_rate=rate, epochs=6).costs for rate in (0.1, 1.0))
    assert bold == sorted(bold, reverse=True) and bold[0] < 1.5 * gentle[0] and bold[-1] < 1.2 * gentle[-1]


def test_cost_after_each_pass_is_that_of_the_plain_loop():
    matrix = random_counts(60, density=0.4)
    trainer = trainer_of(matrix)
    expected = one_by_one(matrix, trainer, 6, x_max=10)[1]
    trainer.run(6, 1)
    assert trainer.costs == pytest.approx(expected, rel=0.12)
    assert trainer.costs[-1] == pytest.approx(expected[-1], rel=0.06)
    assert trainer.costs[-1] < trainer.costs[0] / 2


@pytest.mark.slow
def test_cost_on_real_text_is_that_of_the_plain_loop(korean):
    matrix = korean[0][:100, :100]
    trainer = trainer_of(matrix, vector_size=20)
    expected = one_by_one(matrix, trainer, 4, x_max=10)[1]
    trainer.run(4, 2)
    assert trainer.costs[1:] == pytest.approx(expected[1:], rel=0.1)


def test_the_order_of_the_words_in_the_matrix_does_not_decide_how_they_are_dealt():
    matrix = random_counts(40)
    order = np.random.default_rng(2).permutation(40)
    loads = []
    for one in (matrix, matrix[order][:, order]):
        trainer = trainer_of(one)
        neighbors = np.diff(one.indptr)[trainer.words]
        loads.append([neighbors[a:b].sum() for a, b in zip(trainer.bounds, trainer.bounds[1:])])
        assert max(loads[-1]) < 2 * min(
            loads[-1]
        )  # in the order of the matrix one group may get nothing but rare words
    assert loads[0] == loads[1]


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


def test_the_reported_cost_is_the_mean_over_the_nonzeros_before_their_step(monkeypatch):
    monkeypatch.setattr(glove_tiles, "GROUPS", 1)  # one tile: the whole pass is a single step
    matrix = random_counts(20, density=0.5)
    w, c, b_w, b_c = trainer_of(matrix, vector_size=4).found()
    counts = matrix.tocoo()
    i, k = counts.row, counts.col
    expected = glove.cost(w[i], c[k], b_w[i], b_c[k], counts.data, 10).mean()
    assert glove.fit(matrix, 4, x_max=10, epochs=1).costs == pytest.approx([expected], rel=1e-5)


def test_same_seed_same_vectors_whatever_the_workers():
    matrix = random_counts(70)
    first = glove.fit(matrix, 8, epochs=2, workers=1)
    for workers in (1, 2, 3):
        again = glove.fit(matrix, 8, epochs=2, workers=workers)
        assert np.array_equal(first.vectors, again.vectors) and first.costs == again.costs
    other = glove.fit(matrix, 8, epochs=2, workers=1, seed=2)
    assert not np.allclose(first.vectors, other.vectors)


def test_dense_and_unordered_matrices_are_taken_as_they_are_meant():
    matrix = random_counts(25)
    expected = glove.fit(matrix, 5, epochs=2).vectors
    assert np.array_equal(glove.fit(matrix.toarray(), 5, epochs=2).vectors, expected)
    coo = matrix.tocoo()
    halves = sparse.coo_matrix(
        (
            np.concatenate([coo.data / 2] * 2 + [[0.0]]),
            (np.append(np.tile(coo.row, 2), 3), np.append(np.tile(coo.col, 2), 3)),
        ),
        matrix.shape,
    )
    assert np.allclose(glove.fit(halves, 5, epochs=2).vectors, expected, atol=1e-5)
    before = matrix.copy()
    glove.fit(matrix, 5, epochs=1)
    assert (matrix != before).nnz == 0
    rows = sparse.csr_matrix(np.triu(matrix.toarray()))  # fit does not ask for symmetry
    assert len(glove.fit(rows, 5, epochs=2).costs) == 2


def test_train_from_sentences_path_and_matrix_agree(tmp_path):
    sentences = [list("abcab"), list("bcad"), list("dabc")] * 4
    options = {"vector_size": 6, "epochs": 3, "x_max": 5}
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
    assert np.array_equal(found.vectors, glove.fit(matrix, 6, x_max=5, epochs=3).vectors)
    assert not np.allclose(found.vectors, glove.train(sentences, window=1, min_count=1, **options).vectors)


def test_after_epoch_sees_each_model_as_it_was(capsys):
    seen = []
    matrix = random_counts(20)
    model = glove.fit(matrix, 4, epochs=3, progress=True, after_epoch=lambda epoch, model: seen.append((epoch, model)))
    assert [epoch for epoch, _ in seen] == [0, 1, 2]
    assert [len(one.costs) for _, one in seen] == [1, 2, 3]
    assert np.array_equal(seen[-1][1].vectors, model.vectors) and not np.allclose(seen[0][1].vectors, model.vectors)
    assert "epochs: 3/3" in capsys.readouterr().err


# Savings


class Stop(Exception):
    pass


@pytest.mark.parametrize("stop", [3, 16])  # in the first epoch, in the second
def test_training_that_was_stopped_goes_on_as_if_it_had_not_been(stop, tmp_path, monkeypatch):
    matrix = random_counts(45)
    expected = glove.fit(matrix, 6, epochs=4, workers=2)
    saved, rounds, parallel = Checkpoint(tmp_path / "run.safetensors", every=0), [], glove_tiles.parallel

    def interrupted(*arguments):
        rounds.append(1)
        if len(rounds) == stop:
            raise Stop
        return parallel(*arguments)

    monkeypatch.setattr(glove_tiles, "parallel", interrupted)
    with pytest.raises(Stop):
        glove.fit(matrix, 6, epochs=4, checkpoint=saved)
    again = glove.fit(matrix, 6, epochs=4, checkpoint=saved, workers=1)
    assert np.array_equal(again.vectors, expected.vectors) and again.costs == expected.costs
    assert len(rounds) == 4 * 11 + 1  # nothing was done twice
    done = glove.fit(matrix, 6, epochs=4, checkpoint=tmp_path / "run.safetensors")
    assert np.array_equal(done.vectors, expected.vectors) and done.costs == expected.costs
    assert len(rounds) == 4 * 11 + 1  # a finished training is only read
    with pytest.raises(ValueError, match="x_max was 100, is 10"):
        glove.fit(matrix, 6, epochs=4, x_max=10, checkpoint=saved)
    with pytest.raises(ValueError, match="data was"):
        glove.fit(matrix * 2, 6, epochs=4, checkpoint=saved)
    monkeypatch.setattr(glove_tiles, "GROUPS", 9)  # as a later version may have it
    with pytest.raises(ValueError, match="groups was 11, is 9"):
        glove.fit(matrix, 6, epochs=4, checkpoint=saved)


# Bad input


@pytest.mark.parametrize(
    "change, message",
    [
        ({"vector_size": 0}, "vector_size must be a whole number of at least 1"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"epochs": None}, "epochs must be a whole number"),
        ({"workers": 0}, "workers must be a whole number"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"x_max": 0}, "x_max must be a number above 0"),
        ({"alpha": float("nan")}, "alpha must be a number above 0"),
        ({"learning_rate": "0.05"}, "learning_rate must be a number above 0"),
        ({"learning_rate": True}, "learning_rate must be a number above 0"),
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


def test_a_training_that_ran_away_says_so():
    with pytest.raises(ValueError, match="ran away.*Lower learning_rate"):
        glove.fit(random_counts(20), 8, x_max=10, learning_rate=1e30, epochs=50)


def test_tiles_too_small_to_share_are_worked_off_by_one_thread(monkeypatch):
    used, parallel = [], glove_tiles.parallel
    monkeypatch.setattr(glove_tiles, "parallel", lambda *arguments: used.append(arguments[-1]) or parallel(*arguments))
    trainer = trainer_of(random_counts(30))
    average = trainer.nonzeros / trainer.groups**2
    for limit, expected in ((average, 3), (average + 1, 1)):
        monkeypatch.setattr(glove_tiles, "SHARED", limit)
        trainer.run(trainer.epoch + 1, workers=3)
        assert set(used) == {expected}
        used.clear()


def test_an_error_in_a_thread_reaches_the_caller(monkeypatch):
    trainer = trainer_of(random_counts(20))
    monkeypatch.setattr(glove_tiles, "move", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trainer.run(1, 2)


def test_the_slides_three_sentences():
    found = glove.train(SLIDE, window=1, min_count=1, vector_size=5, x_max=2, epochs=30)
    assert len(found) == 7 and np.isfinite(found.vectors).all() and found.costs[-1] < 0.2 * found.costs[0]
