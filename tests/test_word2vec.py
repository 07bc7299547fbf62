"""word2vec: each step against autograd of a loss written out word by word, training against gensim, bad input."""

import tempfile
import threading

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from helpers import corpora, skipgram, word2vec
from helpers.vocabulary import Vocabulary
from helpers.word2vec import Settings, cbow_step, cbow_weights, skipgram_step, skipgram_weights, train

SIMILARITY = corpora.load("korean").path.with_name("similarity.tsv")


def blocks(lengths, words, block, window, seed):
    """Sentences of random ids cut into blocks: (ids, sentence numbers), each (blocks, block + 2·window)."""
    draw = torch.Generator().manual_seed(seed)
    n = sum(lengths)
    count = max(1, -(-n // block))
    ids = torch.full((count * block + 2 * window,), words)
    ids[window : window + n] = torch.randint(words, (n,), generator=draw)
    sentence = torch.full_like(ids, -1)
    sentence[window : window + n] = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    span = block + 2 * window
    return ids.unfold(0, span, block), sentence.unfold(0, span, block)


def example(lengths, block=4, window=2, words=9, dim=3, seed=0):
    """Everything a step takes, with tables in float64 whose last row is the padding."""
    draw = torch.Generator().manual_seed(seed + 100)
    ids, sentence = blocks(lengths, words, block, window, seed)
    tables = torch.randn(2, words + 1, dim, generator=draw, dtype=torch.float64)
    tables[:, -1] = 0
    noise = torch.randint(words, (len(ids), block), generator=draw)
    centers, here = ids[:, window : window + block].contiguous(), sentence[:, window : window + block, None]
    same = (here == sentence[:, None]) & (here >= 0)
    reach = torch.randint(1, window + 1, here.shape, generator=draw)
    return *tables, centers, torch.cat([ids, noise], 1), same, reach


def skipgram_move(inputs, outputs, centers, others, same, negative, rate=0.1, window=2):
    """`skipgram_step` as training calls it."""
    block = centers.shape[1]
    band = Settings(window, negative, block=block).band().to(inputs.dtype)
    weights = skipgram_weights(same, band, negative, others.shape[1] - block - 2 * window, rate)
    skipgram_step(inputs, outputs, centers, others, *weights)


def cbow_move(inputs, outputs, centers, others, same, reach, negative, mean, exact, rate=0.1, window=2):
    """`cbow_step` as training calls it."""
    settings = Settings(window, negative, block=centers.shape[1])
    weights = cbow_weights(same, reach, settings.distances(), mean, exact)
    contexts, words = others[:, : settings.span].contiguous(), torch.cat([centers, others[:, settings.span :]], 1)
    share, spread, weight = (w.to(inputs.dtype) for w in (*weights, settings.cbow_weight()))
    cbow_step(inputs, outputs, contexts, words, share, spread, weight, rate)


def positions(centers, others, sentence_pairs, window):
    """(block, t, j, distance) of each pair of words in one sentence within the window, by plain loops."""
    block = centers.shape[1]
    for b in range(len(centers)):
        for t in range(block):
            for j in range(block + 2 * window):
                distance = abs(j - (t + window))
                if 0 < distance <= window and sentence_pairs[b, t, j]:
                    yield b, t, j, distance


def spelled_out_skipgram(inputs, outputs, centers, others, same, window, negative):
    """Expected loss over random windows, pair by pair; every pair stands against its block's noise words."""
    noise = others[:, centers.shape[1] + 2 * window :]
    loss = torch.zeros((), dtype=inputs.dtype)
    for b, t, j, distance in positions(centers, others, same, window):
        center = inputs[centers[b, t]]
        share = sum(reach >= distance for reach in range(1, window + 1)) / window
        pair = -torch.log(torch.sigmoid(center @ outputs[others[b, j]]))
        for word in noise[b]:
            pair = pair - negative / noise.shape[1] * torch.log(torch.sigmoid(-(center @ outputs[word])))
        loss = loss + share * pair
    return loss


def spelled_out_cbow(inputs, outputs, centers, others, same, reach, window, negative, mean):
    """The loss of each center given the mean or sum of the contexts that its window reaches."""
    noise = others[:, centers.shape[1] + 2 * window :]
    loss, contexts = torch.zeros((), dtype=inputs.dtype), {}
    for b, t, j, distance in positions(centers, others, same, window):
        if distance <= reach[b, t]:
            contexts.setdefault((b, t), []).append(others[b, j])
    for (b, t), words in contexts.items():
        rows = inputs[torch.stack(words)]
        h = rows.mean(0) if mean else rows.sum(0)
        loss = loss - torch.log(torch.sigmoid(h @ outputs[centers[b, t]]))
        for word in noise[b]:
            loss = loss - negative / noise.shape[1] * torch.log(torch.sigmoid(-(h @ outputs[word])))
    return loss


def descend(loss, tables, rate):
    """The tables after one step of gradient descent by autograd."""
    tables = [table.clone().requires_grad_() for table in tables]
    gradients = torch.autograd.grad(loss(*tables), tables)
    return [(table - rate * gradient).detach() for table, gradient in zip(tables, gradients)]


LENGTHS = [[8], [3, 5], [1, 1, 6, 2], [5], [1, 2, 1, 3, 4, 1, 1]]


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("negative", [1, 5])
def test_skipgram_step_descends_the_written_out_loss(lengths, negative):
    window, rate = 2, 0.1
    inputs, outputs, centers, others, same, _ = example(lengths)
    rest = centers, others, same, window, negative
    expected = descend(lambda i, o: spelled_out_skipgram(i, o, *rest), (inputs, outputs), rate)
    skipgram_move(inputs, outputs, centers, others, same, negative, rate)
    torch.testing.assert_close(inputs, expected[0])
    torch.testing.assert_close(outputs, expected[1])


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("mean", [True, False])
def test_exact_cbow_descends_the_written_out_loss(lengths, mean):
    window, rate, negative = 2, 0.1, 3
    inputs, outputs, centers, others, same, reach = example(lengths, seed=1)
    rest = centers, others, same, reach, window, negative, mean
    expected = descend(lambda i, o: spelled_out_cbow(i, o, *rest), (inputs, outputs), rate)
    cbow_move(inputs, outputs, centers, others, same, reach, negative, mean, True, rate)
    torch.testing.assert_close(inputs, expected[0])
    torch.testing.assert_close(outputs, expected[1])


def test_classic_cbow_moves_each_context_by_c_times_the_gradient():
    # one center in the middle of three words with window 1: C = 2 for it, and 1 for the two at the ends
    inputs, outputs, centers, others, same, reach = example([3], block=3, window=1, words=50)
    for t, number in ((0, 1), (1, 2), (2, 1)):
        only = same & (torch.arange(3)[None, :, None] == t)
        changes = []
        for exact in (True, False):
            table, out = inputs.clone(), outputs.clone()
            cbow_move(table, out, centers, others, only, reach, 3, True, exact, window=1)
            changes.append((table - inputs, out - outputs))
        torch.testing.assert_close(changes[1][0], number * changes[0][0])
        torch.testing.assert_close(changes[1][1], changes[0][1])
        assert changes[0][0].abs().sum() > 0


def test_with_sums_classic_and_exact_are_one():
    results = []
    for exact in (True, False):
        inputs, outputs, centers, others, same, reach = example([5, 3])
        cbow_move(inputs, outputs, centers, others, same, reach, 3, False, exact)
        results.append((inputs, outputs))
    assert torch.equal(results[0][0], results[1][0]) and torch.equal(results[0][1], results[1][1])


@pytest.mark.parametrize("window, block", [(1, 1), (2, 4), (5, 16), (7, 7)])
def test_the_band_is_the_mean_over_all_windows(window, block):
    settings = Settings(window, 5, block=block)
    distance = settings.distances()
    windows = [((distance > 0) & (distance <= b)).double() for b in range(1, window + 1)]
    torch.testing.assert_close(settings.band().double(), torch.stack(windows).mean(0), rtol=0, atol=1e-7)
    assert torch.equal(settings.band(), word2vec.window_weights(block, window))


@pytest.mark.parametrize("lengths", [*LENGTHS, [1, 1, 1, 1], [40, 1, 17, 3]], ids=str)
def test_blocks_hold_each_pair_of_the_corpus_once(lengths):
    window, block = 3, 4
    ids, sentence = blocks(lengths, 9, block, window, 2)
    here = sentence[:, window : window + block, None]
    same = (here == sentence[:, None]) & (here >= 0)
    weights = (Settings(window, 5, block=block).band() * same).sum().item()
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    stream = ids[:, window : window + block].reshape(-1)[: sum(lengths)].numpy()
    pairs = [len(skipgram.pairs_array(stream, b, offsets)) for b in range(1, window + 1)]
    assert weights == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("sg", [0, 1])
def test_padding_and_lonely_words_stay_where_they_are(sg):
    inputs, outputs, centers, others, same, reach = example([1, 1, 1])
    before = inputs.clone(), outputs.clone()
    if sg:
        skipgram_move(inputs, outputs, centers, others, same, 3)
    else:
        cbow_move(inputs, outputs, centers, others, same, reach, 3, True, True)
    assert torch.equal(inputs, before[0]) and torch.equal(outputs, before[1])


@pytest.mark.parametrize("sg", [0, 1])
def test_only_rows_that_are_named_change(sg):
    inputs, outputs, centers, others, same, reach = example([6], words=40)
    before = inputs.clone(), outputs.clone()
    if sg:
        skipgram_move(inputs, outputs, centers, others, same, 3)
    else:
        cbow_move(inputs, outputs, centers, others, same, reach, 3, True, True)
    named = torch.zeros(41, dtype=torch.bool)
    named[others.reshape(-1)] = True
    for table, old in zip((inputs, outputs), before):
        assert torch.equal(table[~named], old[~named]) and (~named).any()
        assert torch.equal(table[-1], old[-1]), "the padding row"
        assert not torch.equal(table, old)


def test_the_loss_to_read_is_the_written_out_one():
    inputs, outputs, centers, others, same, _ = example([1, 1, 6, 2])
    band = Settings(2, 5, block=4).band().double()
    mine = word2vec.skipgram_loss(inputs[centers], outputs[others], band, same, 5)
    torch.testing.assert_close(mine, spelled_out_skipgram(inputs, outputs, centers, others, same, 2, 5))


def test_the_mean_of_contexts_and_the_analogy():
    table = torch.tensor([[1.0, 0.0], [3.0, 2.0], [0.0, 0.0]])
    assert word2vec.context_mean(table, torch.tensor([[0, 1, 2, 2], [2, 2, 2, 2]]), 2).tolist() == [[2, 1], [0, 0]]
    royal = torch.tensor([[1.0, 0.0, 0.1], [0.0, 1.0, 0.1], [1.0, 0.1, 1.0], [0.1, 1.0, 1.0], [0.5, 0.5, -1.0]])
    assert word2vec.analogy(royal, 0, 1, 2) == 3
    torch.testing.assert_close(word2vec.add_rows(torch.zeros(2, 1), torch.tensor([1, 1]), torch.ones(2, 1)),
                               torch.tensor([[0.0], [2.0]]))  # fmt: skip


# Training


@pytest.fixture(scope="module")
def korean():
    return list(corpora.load("korean"))[::4]


def similarity(found):
    """Spearman correlation with the hand-made scores of the Korean word pairs."""
    rows = [line.split("\t") for line in open(SIMILARITY, encoding="utf-8") if not line.startswith("#")]
    pairs = [(a, b, float(score)) for a, b, score in rows if a in found and b in found]
    assert len(pairs) > 100
    return spearmanr([found.similarity(a, b) for a, b, _ in pairs], [score for *_, score in pairs])[0]


@pytest.fixture(scope="module")
def trained(korean):
    return train(korean, vector_size=32, epochs=3, alpha=0.025, workers=1, device="cpu")


def vocabulary_scores(korean, **parameters):
    return similarity(train(korean, vector_size=32, workers=1, device="cpu", **parameters))


def test_one_thread_and_one_seed_give_the_same_vectors(korean, trained):
    again = train(korean, vector_size=32, epochs=3, alpha=0.025, workers=1, device="cpu")
    assert np.array_equal(trained.vectors, again.vectors)
    assert trained.index_to_key == again.index_to_key


@pytest.mark.parametrize("sg", [0, 1])
def test_seeds_matter(sg):
    sentences = [["a", "b", "c", "d", "e"]] * 50
    runs = [train(sentences, vector_size=8, epochs=1, sg=sg, workers=1, seed=s, sample=0) for s in (1, 1, 2)]
    assert np.array_equal(runs[0].vectors, runs[1].vectors)
    assert not np.allclose(runs[0].vectors, runs[2].vectors)


def test_words_and_counts_are_those_of_the_vocabulary(korean, trained):
    vocabulary = Vocabulary.build(korean, 5)
    assert trained.index_to_key == vocabulary.words
    assert [trained.get_vecattr(word, "count") for word in vocabulary.words] == vocabulary.counts.tolist()
    assert trained.vectors.shape == (len(vocabulary), 32) and trained.vectors.dtype == np.float32


def test_training_beats_no_training(korean, trained):
    untrained = train(korean, vector_size=32, epochs=1, alpha=1e-9, min_alpha=0, workers=1, device="cpu")
    assert similarity(trained) > 0.35 > 0.2 > abs(similarity(untrained))
    cities = {"부산", "도쿄", "베이징", "런던", "파리", "로마", "베를린", "대구", "광주", "인천", "한국", "대한민국"}
    assert cities & {word for word, _ in trained.most_similar("서울", topn=10)}


def test_two_threads_learn_as_well_as_one(korean, trained):
    two = train(korean, vector_size=32, epochs=3, workers=2, device="cpu")
    assert similarity(two) > similarity(trained) - 0.08


@pytest.mark.parametrize("sg", [1, 0])
def test_not_worse_than_gensim(korean, sg):
    from gensim.models import Word2Vec

    same = dict(vector_size=32, sg=sg, alpha=0.025 if sg else 0.05, epochs=3)
    theirs = similarity(Word2Vec(korean, min_count=5, workers=2, seed=1, **same).wv)
    ours = similarity(train(korean, workers=2, seed=1, device="cpu", **same))
    # On so little text CBOW falls behind gensim's by .02 to .09, depending on machine and threads; untrained, it has 0
    assert ours > theirs - (0.08 if sg else 0.12)


def test_a_path_gives_the_same_vectors_as_a_list(tmp_path):
    sentences = [list("abcde"), list("edcba"), list("ace")] * 40
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(" ".join(s) for s in sentences), encoding="utf-8")
    parameters = dict(vector_size=8, epochs=2, workers=1, sample=0)
    listed, read = train(sentences, **parameters), train(path, **parameters)
    assert listed.index_to_key == read.index_to_key
    assert np.array_equal(listed.vectors, read.vectors)
    assert np.array_equal(train(str(path), **parameters).vectors, read.vectors)
    generated = train((s for s in sentences), **parameters)
    assert np.array_equal(generated.vectors, listed.vectors)


def test_the_word2vec_format_brings_the_vectors_back(trained, tmp_path):
    from gensim.models import KeyedVectors

    for binary in (False, True):
        path = tmp_path / f"vectors.{binary}"
        trained.save_word2vec_format(str(path), binary=binary)
        back = KeyedVectors.load_word2vec_format(str(path), binary=binary)
        assert back.index_to_key == trained.index_to_key
        np.testing.assert_allclose(back.vectors, trained.vectors, rtol=1e-5, atol=1e-7)


def test_after_epoch_sees_the_vectors_grow():
    seen = []
    sentences = [list("abcde")] * 50
    train(sentences, vector_size=4, epochs=3, workers=1, sample=0, device="cpu",
          after_epoch=lambda epoch, table: seen.append((epoch, table.clone())))  # fmt: skip
    assert [epoch for epoch, _ in seen] == [0, 1, 2]
    assert all(table.shape == (5, 4) for _, table in seen)
    assert not torch.equal(seen[0][1], seen[2][1])


def test_a_window_wider_than_the_block_and_a_sentence_shorter_than_the_window():
    found = train([list("abcdefg")] * 30, vector_size=4, window=40, epochs=1, sample=0, workers=1)
    assert np.isfinite(found.vectors).all()


def test_subsampling_that_drops_all_but_a_few_words_is_survived():
    found = train([["a", "b"]] * 10, vector_size=4, sample=1e-9, workers=1)
    assert len(found) == 2


# What goes wrong


@pytest.fixture
def own_tmp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_threads_exception_surfaces_and_leaves_no_file(own_tmp, monkeypatch):
    def broken(self, *arguments):
        raise RuntimeError(f"in thread {threading.current_thread().name}")

    monkeypatch.setattr(word2vec.Trainer, "work", broken)
    with pytest.raises(RuntimeError, match="in thread Thread-"):
        train([list("abcd")] * 30)
    assert not list(own_tmp.iterdir())


def test_no_file_is_left_after_success_or_a_broken_callback(own_tmp):
    train([list("abcd")] * 30, vector_size=4)
    assert not list(own_tmp.iterdir())
    with pytest.raises(ZeroDivisionError) as caught:
        train([list("abcd")] * 30, vector_size=4, after_epoch=lambda epoch, table: 1 / 0)
    assert caught.traceback and not list(own_tmp.iterdir())


GOOD = [list("abcd")] * 20
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "sentences, parameters, error, words",
    [
        ([], {}, ValueError, "pass a list of token lists"),
        ([[], []], {}, ValueError, "pass a list of token lists"),
        ([["a"], ["b"]] * 10, {}, ValueError, "no sentence holds two words"),
        ([["a", "a"]] * 10, {}, ValueError, "only 'a': lower min_count"),
        (GOOD, dict(min_count=100), ValueError, "Lower min_count"),
        (["a b c"] * 10, {}, TypeError, "sentence.split"),
        ([[1, 2, 3]] * 10, {}, TypeError, "every token must be a string"),
        ("nowhere/corpus.txt", {}, FileNotFoundError, "corpus.txt"),
        (GOOD, dict(negative=0), ValueError, "negative must be .* at least 1"),
        (GOOD, dict(negative=-1), ValueError, "negative must be"),
        (GOOD, dict(vector_size=0), ValueError, "vector_size must be"),
        (GOOD, dict(vector_size=10.5), ValueError, "vector_size must be"),
        (GOOD, dict(window=0), ValueError, "window must be"),
        (GOOD, dict(window=2.5), ValueError, "window must be"),
        (GOOD, dict(epochs=0), ValueError, "epochs must be"),
        (GOOD, dict(epochs=True), ValueError, "epochs must be"),
        (GOOD, dict(workers=0), ValueError, "workers must be"),
        (GOOD, dict(seed=-1), ValueError, "seed must be"),
        (GOOD, dict(seed=None), ValueError, "seed must be"),
        (GOOD, dict(sg=2), ValueError, "sg must be 1"),
        (GOOD, dict(alpha=NAN), ValueError, "alpha must be"),
        (GOOD, dict(alpha=INF), ValueError, "alpha must be"),
        (GOOD, dict(alpha=-0.1), ValueError, "alpha must be"),
        (GOOD, dict(alpha=0, min_alpha=0), ValueError, "alpha must be above 0"),
        (GOOD, dict(alpha="fast"), ValueError, "alpha must be"),
        (GOOD, dict(min_alpha=NAN), ValueError, "min_alpha must be"),
        (GOOD, dict(alpha=0.01, min_alpha=0.02), ValueError, "not below min_alpha"),
        (GOOD, dict(sample=-1), ValueError, "sample must be"),
        (GOOD, dict(sample=NAN), ValueError, "sample must be"),
        (GOOD, dict(ns_exponent=INF), ValueError, "ns_exponent must be"),
        (GOOD, dict(ns_exponent=900), ValueError, "exponent must be a moderate number"),
        (GOOD, dict(min_count=-1), ValueError, "min_count must be"),
        (["abcd"] * 20, dict(vocabulary=Vocabulary.build(GOOD)), TypeError, "sentence.split"),
        ([["z", "y"]] * 20, dict(vocabulary=Vocabulary.build(GOOD)), ValueError, "in the vocabulary"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, (dict, str)) else None,
)
def test_bad_input_is_refused_with_the_remedy(own_tmp, sentences, parameters, error, words):
    with pytest.raises(error, match=words):
        train(sentences, **parameters)
    assert not list(own_tmp.iterdir())


def test_training_that_runs_away_says_so(korean, monkeypatch):
    monkeypatch.setattr(word2vec, "LIMIT", 1e9)
    with pytest.raises(ValueError, match="Lower alpha"):
        train(korean[:2000], vector_size=8, alpha=50.0, epochs=3, workers=1, min_count=2)


@pytest.mark.parametrize("sg", [0, 1])
@pytest.mark.parametrize("alpha", [0.1, 1.0])
def test_the_limit_keeps_large_learning_rates_from_running_away(korean, sg, alpha):
    kv = train(korean[:5000], vector_size=16, alpha=alpha, epochs=2, workers=1, sg=sg)
    assert np.isfinite(kv.vectors).all() and np.abs(kv.vectors).max() < 50
