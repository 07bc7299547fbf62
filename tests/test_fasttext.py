"""FastText: the step against autograd, training against gensim, vectors of unknown words, files, bad input."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from gensim.models.fasttext import FastText, FastTextKeyedVectors, load_facebook_model, load_facebook_vectors

from helpers import corpora, fasttext, fasttext_files, scores, subwords, word2vec
from helpers.checkpoints import Checkpoint
from helpers.fasttext import Bags, gather, spread, train
from helpers.vocabulary import Vocabulary

ODD = ["", "a", "가", "!!!", "가" * 10_000, "\u1112\u1161\u11ab", "ㅎㅏ", "\ud800", "x\udfff"]
SMALL = [["서울", "부산", "대구"], ["학교", "학교에서", "학교에는"], ["먹다", "먹었다", "서울"]] * 20
QUICK = dict(vector_size=8, epochs=1, workers=1, sample=0, device="cpu")


@pytest.fixture(scope="module")
def korean():
    return list(corpora.load("korean"))[::4]


@pytest.fixture(scope="module", params=subwords.UNITS)
def trained(request, korean):
    return train(korean, vector_size=32, epochs=2, alpha=0.05, workers=1, units=request.param, device="cpu")


# ------------------------------------------------------------------------------------------------------- bags


@pytest.mark.parametrize("units", subwords.UNITS)
def test_bags_hold_each_word_and_its_buckets(units):
    words = ["서울", "서울역", "a", "가", "서"]
    bags = Bags(words, 3, 6, 97, units, "cpu")
    for i, word in enumerate(words):
        rows, starts = bags.of(torch.tensor([i]))
        assert starts.tolist() == [0, len(rows)]
        assert bags.parts[rows].tolist() == [i, *(5 + b for b in subwords.ngram_hashes(word, 3, 6, 97, units))]
    rows, starts = bags.of(torch.tensor([5, 1, 0]))
    assert rows[0] == len(bags.parts), "the padding has a row of its own"
    assert torch.equal(rows[starts[1] : starts[2]], bags.of(torch.tensor([1]))[0])
    assert len(set(bags.parts.tolist())) == len(bags.parts)


def test_gathering_is_the_mean_and_spreading_gives_all_to_each():
    bags = Bags(["가나다", "나다", "라"], 1, 2, 5, "syllable", "cpu")
    draw = torch.Generator().manual_seed(1)
    table = torch.randn(len(bags.parts) + 1, 3, generator=draw)
    rows, starts = bags.of(torch.tensor([0, 2]))
    means = torch.stack([table[rows[: starts[1]].long()].mean(0), table[rows[starts[1] :].long()].mean(0)])
    torch.testing.assert_close(gather(table, rows, starts), means)
    changes, expected = torch.randn(2, 3, generator=draw), table.clone()
    for i, row in enumerate(rows.tolist()):
        expected[row] += changes[int(i >= starts[1])]
    spread(table, rows, starts, changes)
    torch.testing.assert_close(table, expected)


def test_the_movement_of_a_mean_is_its_gradient():
    """What is spread is the gradient with respect to each word's mean, by autograd of the loss that lesson 5 writes."""
    words = ["가나다", "나다라", "다라", "라마바", "마바"]
    bags = Bags(words, 2, 3, 50, "syllable", "cpu")
    draw = torch.Generator().manual_seed(2)
    table = torch.randn(len(bags.parts) + 1, 4, generator=draw, dtype=torch.float64)
    outputs = torch.randn(6, 4, generator=draw, dtype=torch.float64)
    settings = word2vec.Settings(2, 3, block=3)
    centers, others = torch.randint(5, (2, 3), generator=draw), torch.randint(5, (2, 7 + 3), generator=draw)
    same, band = torch.ones(2, 3, 7, dtype=torch.bool), settings.band().double()
    distinct, local = torch.unique(centers, return_inverse=True)
    rows, starts = bags.of(distinct)
    means = gather(table, rows, starts).requires_grad_()
    loss = word2vec.skipgram_loss(means[local], outputs[others], band, same, 3)
    expected = -0.1 * torch.autograd.grad(loss, means)[0]
    after = means.detach().clone()
    word2vec.skipgram_step(after, outputs, local, others, *word2vec.skipgram_weights(same, band, 3, 3, 0.1))
    torch.testing.assert_close(after - means.detach(), expected)


def test_cbow_takes_the_mean_over_all_parts():
    sentences = SMALL[:3]
    vocabulary = Vocabulary.build(sentences, 1)
    bags = Bags(vocabulary.words, 3, 6, 100, "syllable", "cpu")
    stream = word2vec.TokenStream(sentences, vocabulary)
    trainer = fasttext.Trainer(vocabulary, stream, bags, 4, word2vec.Settings(2, 3), 0, 0, 0.5, 1, "cpu")
    contexts = torch.tensor([[0, 1, 2, 3]])
    share = torch.tensor([[[0.5, 0.5, 0, 0], [0, 0, 0, 0]]])
    found = trainer.by_parts(contexts, share, None, None)[0]
    a, b = bags.lengths[:2].tolist()
    torch.testing.assert_close(found, torch.tensor([[[a / (a + b), b / (a + b), 0, 0], [0, 0, 0, 0]]]))


def test_steps_are_gathered_more_often_where_words_share_more():
    def steps(units, rate, sg=1):
        vocabulary = Vocabulary.build(list(corpora.load("korean"))[::20], 5)
        bags = Bags(vocabulary.words, 3, 6, 5000, units, "cpu")
        settings = word2vec.Settings(5, 5)
        return fasttext.Trainer(vocabulary, None, bags, 4, settings, sg, 1e-3, 0.75, 1, "cpu").group(rate)

    assert steps("jamo", 0.025) < steps("syllable", 0.025) < steps("syllable", 0.0025) == fasttext.GROUP
    assert steps("syllable", 1.0) == 1


# --------------------------------------------------------------------------------------------------- training


def similarity(kv):
    return scores.evaluate(kv, "Korean")["similarity"]


def test_what_comes_back_is_gensims(trained, korean):
    assert isinstance(trained, FastTextKeyedVectors)
    vocabulary = Vocabulary.build(korean, 5)
    assert trained.index_to_key == vocabulary.words and trained.vectors.dtype == np.float32
    assert [trained.get_vecattr(word, "count") for word in vocabulary.words[:5]] == vocabulary.counts[:5].tolist()
    assert trained.vectors_ngrams.shape == (trained.bucket, 32) and trained.vectors_vocab.shape == (len(vocabulary), 32)
    ngrams = {ngram for word in vocabulary.words for ngram in subwords.ngrams(word, units=trained.units)}
    assert trained.bucket == 2 * len(ngrams)
    assert similarity(trained) > 0.4


def test_known_and_unknown_words_are_means_of_their_parts(trained):
    for word in ("서울", "모르는말", "서울특벌시", "xyzzy", trained.index_to_key[-1]):
        names, rows = subwords.parts(word, trained)
        assert (names[0] == word) == (word in trained.key_to_index)
        np.testing.assert_allclose(trained[word], rows.mean(0), atol=1e-6)
    assert trained.most_similar("모르는말", topn=3)
    assert trained.similarity("서울", "서울") == pytest.approx(1, abs=1e-5)
    assert subwords.shared("학교", "학교에서", trained).cosine == pytest.approx(
        trained.similarity("학교", "학교에서"), abs=1e-5
    )


@pytest.mark.parametrize("word", ODD, ids=lambda word: ascii(word)[:12])
def test_odd_words_have_finite_vectors(trained, word):
    for norm in (False, True):
        vector = trained.get_vector(word, norm=norm)
        assert vector.shape == (32,) and np.isfinite(vector).all()
    assert all(np.isfinite(score) for _, score in trained.most_similar(word, topn=2))


def test_odd_words_can_be_trained_on():
    sentences = [[*ODD, "서울"]] * 20
    for units in subwords.UNITS:
        kv = train(sentences, units=units, **QUICK)
        assert set(ODD) <= set(kv.key_to_index) and np.isfinite(kv.vectors).all()


def test_a_word_without_ngrams_has_its_own_vector():
    kv = train([list("abcd")] * 50, min_n=4, **QUICK)
    assert np.array_equal(kv.vectors, kv.vectors_vocab) and np.abs(kv.vectors).sum() > 0
    assert not kv["z"].any()


def test_without_ngrams_it_is_word2vec(korean):
    kv = train(korean, max_n=0, vector_size=32, epochs=2, workers=1)
    assert kv.bucket == 0 and np.array_equal(kv.vectors, kv.vectors_vocab)
    reference = similarity(word2vec.train(korean, vector_size=32, epochs=2, workers=1))
    assert similarity(kv) > reference - 0.1
    with pytest.raises(KeyError):
        kv["모르는말"]


@pytest.mark.parametrize("sg", [1, 0])
def test_not_worse_than_gensim(korean, sg):
    # gensim divides the sum of a word's n + 1 rows by n while it trains, so its short words take larger steps and it is
    # ahead as long as training is short; after 5 epochs of the whole corpus both are at the same level (bench)
    same = dict(vector_size=32, sg=sg, alpha=0.025 if sg else 0.05, epochs=5, bucket=20_000, seed=1, workers=2)
    theirs, ours = similarity(FastText(korean, min_count=5, **same).wv), similarity(train(korean, **same))
    assert ours > theirs - 0.1


def test_one_thread_and_one_seed_give_the_same_vectors():
    runs = [train(SMALL, seed=seed, **QUICK) for seed in (1, 1, 2)]
    assert np.array_equal(runs[0].vectors_ngrams, runs[1].vectors_ngrams)
    assert np.array_equal(runs[0].vectors, runs[1].vectors)
    assert not np.allclose(runs[0].vectors, runs[2].vectors)


def test_unused_buckets_keep_their_first_numbers_and_others_do_not():
    kv = train(SMALL, bucket=3000, **QUICK)
    used = np.unique(subwords.hash_words(kv.index_to_key, 3, 6, 3000)[1])
    first = fasttext.initial_vectors(len(kv) + 3000, 8, 2).numpy()[len(kv) :]  # seed 1 + 1
    unused = np.setdiff1d(np.arange(3000), used)
    assert np.array_equal(kv.vectors_ngrams[unused], first[unused]) and np.abs(first).max() <= 1 / 8
    assert (kv.vectors_ngrams[used] != first[used]).any(1).all()


@pytest.mark.parametrize("options", [dict(alpha=1.0), dict(alpha=0.2, sg=0), dict(alpha=0.2, units="jamo")], ids=str)
def test_large_learning_rates_do_not_run_away(korean, options):
    kv = train(korean[:5000], vector_size=16, epochs=2, workers=1, **options)
    assert np.isfinite(kv.vectors).all() and np.abs(kv.vectors).max() < 50


def test_training_goes_on_from_a_checkpoint(korean, tmp_path):
    options = dict(vector_size=8, epochs=2, workers=1, device="cpu")
    expected = train(korean, **options)

    def stop(epoch, table):
        raise KeyboardInterrupt

    path = tmp_path / "run.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(korean, checkpoint=Checkpoint(path, every=0), after_epoch=stop, **options)
    found = train(korean, checkpoint=path, **options)
    assert np.array_equal(found.vectors_ngrams, expected.vectors_ngrams)
    assert np.array_equal(train(korean, checkpoint=path, **options).vectors, expected.vectors)
    with pytest.raises(ValueError, match="another training: units"):
        train(korean, checkpoint=path, units="jamo", bucket=expected.bucket, **options)


def test_after_epoch_sees_word_vectors():
    seen = []
    kv = train(SMALL, after_epoch=lambda epoch, table: seen.append((epoch, tuple(table.shape))), **QUICK)
    assert seen == [(0, (len(kv), 8))]


# ------------------------------------------------------------------------------------------------------ files


def test_gensims_own_format_keeps_everything(trained, tmp_path):
    trained.save(str(tmp_path / "kv"))
    for kind in (FastTextKeyedVectors, fasttext.SubwordVectors):
        back = kind.load(str(tmp_path / "kv"))
        assert back.units == trained.units and np.array_equal(back.vectors, trained.vectors)
        assert np.array_equal(back["모르는말"], trained["모르는말"])


def test_a_bin_file_brings_everything_back(trained, tmp_path):
    path = tmp_path / "mine.bin"
    fasttext_files.save_bin(trained, path)
    back = fasttext_files.load(path, trained.units)
    assert back.index_to_key == trained.index_to_key and np.array_equal(back.vectors, trained.vectors)
    for word in ("모르는말", "서울특벌시", "", "xyz"):
        assert np.array_equal(back[word], trained[word])
    theirs = load_facebook_vectors(str(path))
    for word in ("모르는말", trained.index_to_key[0]):
        assert np.array_equal(theirs[subwords.spell(word, trained.units)], trained[word])
    model = load_facebook_model(str(path))
    assert model.sg == 1 and model.window == 5 and np.array_equal(model.syn1neg, trained.outputs)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.bin"]


@pytest.mark.skipif("FASTTEXT" not in os.environ, reason="FASTTEXT does not name fastText's program")
def test_fasttexts_program_gives_the_same_vectors(trained, tmp_path):
    fasttext_files.save_bin(trained, tmp_path / "mine.bin")
    words = [*trained.index_to_key[:100], "모르는말", "서울특벌시", "🙂웃음", "Ωμέγα"]
    spelled = [subwords.spell(word, trained.units) for word in words]
    command = [os.environ["FASTTEXT"], "print-word-vectors", str(tmp_path / "mine.bin")]
    done = subprocess.run(command, input="\n".join(spelled), text=True, capture_output=True, check=True)
    for word, written, line in zip(words, spelled, done.stdout.splitlines(), strict=True):
        name, *numbers = line.split()
        assert name == written
        np.testing.assert_allclose(np.array(numbers, dtype=float), trained[word], rtol=1e-4, atol=1e-5)


def test_every_cut_of_a_bin_file_is_refused(tmp_path):
    fasttext_files.save_bin(train(SMALL, **QUICK), tmp_path / "whole.bin")
    data, path = (tmp_path / "whole.bin").read_bytes(), tmp_path / "part.bin"
    for size in {*range(0, 700, 7), *range(0, len(data), len(data) // 40), len(data) - 1}:
        path.write_bytes(data[:size])
        with pytest.raises(ValueError, match="cut off or damaged|no fastText .bin file"):
            fasttext_files.load(path)
    path.write_bytes(data + b"x")
    with pytest.raises(ValueError, match="cut off or damaged"):
        fasttext_files.load(path)


def test_foreign_files_are_refused_with_the_remedy(tmp_path):
    fasttext_files.save_bin(train(SMALL, **QUICK), tmp_path / "good.bin")
    data = (tmp_path / "good.bin").read_bytes()
    path = tmp_path / "bad.bin"
    for changed, words in [
        (b"2 3\nab 1 2 3\n" * 20, "vectors.load reads other formats"),
        (b"\x1f\x8b" + b"0" * 99, "unpack it first"),
        (data[:36] + b"\x03" + data[37:], "a fastText classifier"),
        (data.replace("서울\0".encode(), b"\xff\xff\xff\xff\xff\xff\0"), "1 words are not UTF-8"),
    ]:
        path.write_bytes(changed)
        with pytest.raises(ValueError, match=words):
            fasttext_files.load(path)
    with pytest.raises(FileNotFoundError, match="nowhere.bin"):
        fasttext_files.load(tmp_path / "nowhere.bin")
    with pytest.raises(ValueError, match='units="syllable"'):
        fasttext_files.load(tmp_path / "good.bin", units="jamo")


def test_what_cannot_stand_in_a_bin_file_is_refused(tmp_path):
    for word in ("", "\ud800", "a\0b"):
        with pytest.raises(ValueError, match="leave it out of the vocabulary"):
            fasttext_files.save_bin(train([[word, "서울"]] * 9, **QUICK), tmp_path / "x.bin")
    with pytest.raises(ValueError, match="no n-grams"):
        fasttext_files.save_bin(word2vec.train(SMALL, **QUICK), tmp_path / "x.bin")
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------------------------- bad input


def test_a_large_table_warns_how_much_memory_it_takes(monkeypatch):
    monkeypatch.setattr(fasttext, "LARGE", 1e5)
    with pytest.warns(UserWarning, match="5,000 buckets of 8 numbers take 0.0 GB"):
        train(SMALL, bucket=5000, **QUICK)


@pytest.mark.parametrize("options, words", [
    (dict(min_n=0), "min_n must"), (dict(max_n=-1), "max_n must"), (dict(bucket=-1), "bucket must"),
    (dict(bucket=1.5), "bucket must"), (dict(units="letters"), "units must be"), (dict(sg=2), "sg must be"),
    (dict(negative=0), "negative must"), (dict(alpha=0), "alpha must"), (dict(min_count=99), "Lower min_count"),
])  # fmt: skip
def test_bad_parameters_are_refused_with_the_remedy(options, words):
    with pytest.raises(ValueError, match=words):
        train(SMALL, **QUICK | options)


def test_a_path_gives_the_same_as_a_list(tmp_path):
    path = Path(tmp_path / "corpus.txt")
    path.write_text("\n".join(" ".join(sentence) for sentence in SMALL), encoding="utf-8")
    assert np.array_equal(train(path, **QUICK).vectors, train(iter(SMALL), **QUICK).vectors)
