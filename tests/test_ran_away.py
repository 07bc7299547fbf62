"""A training that ran away says so at the end of the epoch in which it did, whatever is trained."""

import numpy as np
import pytest
import torch

from helpers import captions, fasttext, glove, pretraining, training, word2vec
from helpers.streams import TokenStream
from helpers.vocabulary import Vocabulary

FEW = [list("abcde") * 5] * 300  # few words, over and over: each steps too far again and again


@pytest.mark.parametrize("trainer", [word2vec, fasttext])
@pytest.mark.parametrize("sg", [1, 0])
def test_large_vectors_are_told_though_they_are_still_numbers(trainer, sg):
    told = []
    with pytest.raises(ValueError, match=r"ran away in epoch 1: .*Lower alpha \(it was 1\)"):
        trainer.train(FEW, 20, min_count=1, sample=0, sg=sg, alpha=1, workers=1, device="cpu",
                      after_epoch=lambda epoch, vectors: told.append(epoch))  # fmt: skip
    assert not told, "nobody is shown vectors that ran away"


@pytest.mark.parametrize("trainer", [word2vec, fasttext])
def test_training_that_is_sound_is_let_be(trainer):
    for alpha in (0.025, 0.1):
        made = trainer.train(FEW, 20, min_count=1, sample=0, alpha=alpha, workers=1, device="cpu", compute_loss=True)
        assert np.isfinite(made.losses).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e15])
@pytest.mark.parametrize("table", ["inputs", "outputs"])
def test_both_tables_are_looked_at(table, bad, monkeypatch):
    objective = []

    def spoil(self, epoch, part):
        objective.append(self)
        getattr(self, table)[0] = bad
        return 0.0, 0

    monkeypatch.setattr(word2vec.Objective, "work", spoil)
    monkeypatch.setattr(training, "initial_vectors", lambda words, size, seed: torch.ones(words, size))
    other = "outputs" if table == "inputs" else "inputs"
    start = word2vec.Objective.__init__

    def filled(self, *args, **options):
        start(self, *args, **options)
        getattr(self, other)[:] = 1

    monkeypatch.setattr(word2vec.Objective, "__init__", filled)
    with pytest.raises(ValueError, match="ran away in epoch 1"):
        word2vec.train(FEW, 4, min_count=1, workers=1, device="cpu")
    assert objective


def test_a_typical_score_is_that_of_all_pairs():
    draw = np.random.default_rng(1)
    x, y = (torch.from_numpy(draw.normal(size=(n, 3)).astype(np.float32)) for n in (7, 5))
    p, q = draw.random(7), draw.random(5)
    pairs = np.outer(p, q) / p.sum() / q.sum()
    expected = np.sqrt((pairs * (x @ y.T).numpy() ** 2).sum())
    assert training.typical_score(x, y, p, q) == pytest.approx(expected, rel=1e-5)
    assert training.typical_score(lambda left, right: x[left:right], y, p, q) == pytest.approx(expected, rel=1e-5)
    x[3] = 1e38
    assert training.typical_score(x, x, p, p) > training.BEYOND


@pytest.mark.parametrize("rows, dim", [((7, 5), 40), ((50, 5), 40), ((5, 50), 40), ((900, 700), 4)])
def test_a_typical_score_is_the_same_however_it_is_worked_out(rows, dim, monkeypatch):
    monkeypatch.setattr(training, "BAND", 3 * dim)
    draw = np.random.default_rng(1)
    x, y = (torch.from_numpy(draw.normal(size=(n, dim)).astype(np.float32)) for n in rows)
    p, q = (draw.random(n) for n in rows)
    expected = np.sqrt((np.outer(p, q) / p.sum() / q.sum() * (x.double() @ y.double().T).numpy() ** 2).sum())
    taken = []

    def some(left, right):
        taken.append((right - left) * dim)
        return x[left:right]

    assert training.typical_score(some, y, p, q) == pytest.approx(expected, rel=1e-9)
    assert max(taken) <= training.BAND, "little memory is needed beside the table"
    for table, row in ((x, rows[0] - 1), (y, rows[1] - 1)):
        kept = table[row, dim - 1].item()
        table[row, dim - 1] = np.nan
        assert not np.isfinite(training.typical_score(x, y, p, q))
        table[row, dim - 1] = kept


def test_few_words_with_very_long_vectors_need_little_memory(monkeypatch):
    def refused(*arguments):
        raise AssertionError("20,000 × 20,000 numbers would be 3 GB")

    monkeypatch.setattr(training, "moments", refused)
    x = torch.ones(3, 20_000)
    assert training.typical_score(x, x, np.ones(3), np.ones(3)) == pytest.approx(20_000)


def test_the_bound_is_where_single_precision_ends():
    assert np.exp(np.float32(-training.BEYOND)) == 0 < np.exp(np.float32(1 - training.BEYOND))
    training.check_sane(training.BEYOND, 0, "")
    with pytest.raises(ValueError, match="epoch 3: a typical score is 105"):
        training.check_sane(105, 2, "")


def test_glove_with_large_scores(monkeypatch):
    matrix = np.ones((4, 4))

    def spoil(self, epoch, part):
        self.tables[0][:, 0] = self.tables[1][:, 0] = 1e6
        return 1.0, 1

    monkeypatch.setattr(glove.Objective, "work", spoil)
    with pytest.raises(ValueError, match="ran away in epoch 1: a typical score"):
        glove.fit(matrix, 4, workers=1, device="cpu")


def test_a_context_model_with_large_losses_and_one_whose_last_step_was_too_large(monkeypatch):
    texts = [list("abcdefgh") * 4] * 20
    small = {"vector_size": 8, "layers": 1, "heads": 1, "length": 8, "min_count": 1, "epochs": 1, "device": "cpu"}
    with pytest.raises(ValueError, match=r"ran away in epoch 1: .*Lower alpha \(it was 1e\+06\)"):
        pretraining.train(texts, alpha=1e6, validation=texts, **small)

    work = pretraining.Objective.work

    def spoil(self, epoch, part):
        found = work(self, epoch, part)
        if part + 1 == self.parts:
            with torch.no_grad():
                next(self.model.parameters())[0] = torch.nan
        return found

    monkeypatch.setattr(pretraining.Objective, "work", spoil)
    with pytest.raises(ValueError, match="ran away in epoch 1: its numbers"):
        pretraining.train(texts, **small)


def test_a_captioner_with_large_losses():
    features = {f"{i}.jpg": np.full(4, i, np.float32) for i in range(10)}
    texts = {name: ["a dog runs", "two cats sit here"] for name in features}
    with pytest.raises(ValueError, match=r"ran away in epoch \d: .*Lower alpha"):
        captions.train(features, texts, alpha=1e6, epochs=3, vector_size=8, hidden_size=8, device="cpu")


def test_only_where_the_lengths_leave_a_doubt_all_scores_are_worked_out(monkeypatch):
    """Long vectors at right angles have small scores: no error, though their lengths say no more than that."""
    asked, typical = [], training.typical_score
    monkeypatch.setattr(training, "typical_score", lambda *tables: asked.append(tables) or typical(*tables))
    x, y, even = torch.tensor([[3.0, 0]] * 4), torch.tensor([[0, 34.0]] * 6), (np.ones(4), np.ones(6))
    training.check_scores(x, y, *even, 0, "")
    assert not asked, "3 times 34 is below 104"
    training.check_scores(x, y * 10, *even, 0, "")
    assert len(asked) == 1
    with pytest.raises(ValueError, match="epoch 1: a typical score is 105"):
        training.check_scores(x, y.flip(1) * 35 / 34, *even, 0, "")


def test_the_typical_length_weighs_each_row_by_its_share(monkeypatch):
    monkeypatch.setattr(training, "BAND", 6)
    table, shares = torch.tensor([[3.0, 4], [0, 0], [6, 8], [5, 12]]), np.array([2, 5, 1, 0])
    expected = pytest.approx(np.sqrt((2 * 25 + 100) / 8))
    assert training.typical_length(table, shares) == expected
    assert training.typical_length(lambda left, right: table[left:right], shares) == expected
    table[1] = np.inf
    assert not np.isfinite(training.typical_length(table, shares))


def test_no_typical_score_is_beyond_the_product_of_the_lengths():
    draw = np.random.default_rng(2)
    for scale in (1e-3, 1, 30):
        x, y = (torch.from_numpy(draw.normal(scale=scale, size=(n, 5)).astype(np.float32)) for n in (40, 30))
        p, q = draw.random(40), draw.random(30)
        most = training.typical_length(x, p) * training.typical_length(y, q)
        assert 0 < training.typical_score(x, y, p, q) <= most


def test_means_are_no_longer_than_what_they_are_means_of(monkeypatch):
    """FastText's words are means of rows: the rows' lengths leave a doubt first, and cost no mean."""
    draw, asked = np.random.default_rng(3), []
    vocabulary = Vocabulary([f"w{i}" for i in range(9)], sorted(draw.integers(5, 50, 9).tolist(), reverse=True))
    each = draw.integers(1, 6, 9)
    rows, starts = draw.integers(12, size=each.sum()).astype(np.int32), np.concatenate(([0], np.cumsum(each)))
    table = draw.normal(size=(12, 7)).astype(np.float32)
    stream = TokenStream([vocabulary.words], vocabulary)
    words = word2vec.Objective(vocabulary, stream, word2vec.Options(vector_size=7), (rows, starts), table)
    stream.close()
    expected = np.zeros(12)
    for word, often in enumerate(words.trained):
        for row in rows[starts[word] : starts[word + 1]]:
            expected[row] += often / each[word]
    np.testing.assert_allclose(words.taken, expected)
    means, parts = training.typical_length(words.vectors, words.trained), (torch.from_numpy(table), words.taken)
    assert 0 < means < training.typical_length(*parts)
    monkeypatch.setattr(training, "typical_score", lambda *tables: asked.append(tables) or 1)
    outputs, noise = torch.full((9, 7), 104 / 7**0.5 / means), words.noise
    training.check_scores(words.vectors, outputs * 0.99, words.trained, noise, 0, "")
    assert not asked
    training.check_scores(words.vectors, outputs * 0.99, words.trained, noise, 0, "", parts)
    assert len(asked) == 1
    words.vectors = None
    words.finish(0, 0.0)  # needs no mean
