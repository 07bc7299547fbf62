"""FastText: bags of rows, training against gensim, vectors of unknown words, files, bad input.

That the loops train words of several rows as they should is held by tests/test_blocks.py.
"""

import os
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from gensim.models.fasttext import FastText, FastTextKeyedVectors, load_facebook_model, load_facebook_vectors
from hypothesis import given
from hypothesis import strategies as st

from helpers import blocks, corpora, fasttext, fasttext_files, inspector, scores, subwords, word2vec
from helpers.checkpoints import Checkpoint
from helpers.fasttext import Bags, Options, train
from helpers.streams import TokenStream
from helpers.vocabulary import Vocabulary

ODD = ["", "a", "가", "!!!", "가" * 10_000, "\u1112\u1161\u11ab", "ㅎㅏ", "\ud800", "x\udfff"]
SMALL = [["서울", "부산", "대구"], ["학교", "학교에서", "학교에는"], ["먹다", "먹었다", "서울"]] * 20
QUICK = dict(vector_size=8, epochs=1, workers=1, sample=0, device="cpu")


@pytest.fixture(scope="module")
def korean():
    return list(corpora.load("korean"))[::4]


@pytest.fixture(scope="module", params=subwords.UNITS)
def trained(request, korean):
    return train(korean, vector_size=32, epochs=2, alpha=0.05, workers=1, units=request.param)


# ------------------------------------------------------------------------------------------------------- bags


@pytest.mark.parametrize("units", subwords.UNITS)
def test_bags_hold_each_word_and_its_buckets(units):
    words = ["서울", "서울역", "a", "가", "서"]
    bags = Bags(words, 3, 6, 97, units)
    for i, word in enumerate(words):
        rows = bags.rows[bags.starts[i] : bags.starts[i + 1]]
        assert bags.parts[rows].tolist() == [i, *(5 + b for b in subwords.ngram_hashes(word, 3, 6, 97, units))]
    assert len(set(bags.parts.tolist())) == len(bags.parts) == bags.rows.max() + 1, "only what is used has a row"
    assert bags.starts[0] == 0 and bags.starts[-1] == len(bags.rows)
    assert bags.rows.dtype == np.int32 and bags.starts.dtype == np.int64, "as the loops are compiled for"


def test_rows_stand_in_the_order_in_which_words_come_upon_them():
    rows = Bags(["나다라", "나다", "라"], 1, 3, 50, "syllable").rows
    first = [row for i, row in enumerate(rows.tolist()) if row not in rows[:i]]
    assert first == list(range(len(first))) and len(first) < len(rows), "some are shared"


@pytest.mark.parametrize("sizes", [(1, 0, 50), (4, 6, 0), (5, 4, 50)], ids=str)
def test_without_ngrams_a_bag_is_the_word(sizes):
    bags = Bags(["가나", "나", "다"], *sizes, "syllable")
    assert bags.rows.tolist() == [0, 1, 2] == bags.parts.tolist() and bags.starts.tolist() == [0, 1, 2, 3]


def test_means_are_those_of_gather_which_is_there_to_be_read():
    bags = Bags(["가나다", "나다", "라", "가나가나가나"], 1, 2, 5, "syllable")
    table = np.random.default_rng(1).normal(size=(len(bags.parts), 3)).astype(np.float32)
    expected = [table[bags.rows[a:b]].mean(0) for a, b in zip(bags.starts[:-1], bags.starts[1:])]
    np.testing.assert_allclose(bags.means(table), expected, rtol=1e-5)
    tensors = map(torch.from_numpy, (table, bags.rows, bags.starts))
    np.testing.assert_allclose(fasttext.gather(*tensors), expected, rtol=1e-5)


def test_the_loops_are_handed_the_bags_and_the_objective_shows_the_means(monkeypatch):
    calls, vocabulary = [], Vocabulary.build(SMALL, 1)
    monkeypatch.setattr(blocks, "skipgram", lambda *arguments: calls.append(arguments) or (6.0, 2))
    bags = Bags(vocabulary.words, 3, 6, 100, "syllable")
    objective = fasttext.Objective(vocabulary, TokenStream(SMALL, vocabulary), Options(vector_size=4), bags)
    assert objective.work(0, 0) == (0.0, 0)
    _, _, _, _, rows, starts, inputs, outputs, *_ = calls[0]
    assert rows is bags.rows and starts is bags.starts and inputs is objective.table
    assert inputs.shape == (len(bags.parts), 4) and outputs.shape == (len(vocabulary), 4)
    assert np.abs(inputs).max() <= 1 / 4 and len(np.unique(inputs)) == inputs.size, "uniform between ±1 / dim"
    shown = objective.snapshot()
    assert np.array_equal(shown, bags.means(objective.table))
    objective.table[:] = 0
    assert shown.any(), "a copy"


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
    odd = [word[:100] for word in ODD]
    for units in subwords.UNITS:
        kv = train([[*odd, "서울"]] * 20, units=units, **QUICK)
        assert all(word in kv.key_to_index for word in odd) and np.isfinite(kv.vectors).all()


def test_a_word_that_is_one_letter_over_and_over_is_no_reason_to_keep_vectors_that_ran_away():
    with pytest.raises(ValueError, match="ran away in epoch 1.*leave out words that are one letter again and again"):
        train([["가" * 10_000, "서울"]] * 20, **QUICK)


def test_a_word_without_ngrams_has_its_own_vector():
    kv = train([list("abcd")] * 50, min_n=4, **QUICK)
    assert np.array_equal(kv.vectors, kv.vectors_vocab) and np.abs(kv.vectors).sum() > 0
    assert not kv["z"].any()


def test_without_ngrams_it_is_word2vec(korean):
    kv = train(korean, max_n=0, vector_size=32, epochs=2, workers=1)
    assert kv.bucket == 0 and np.array_equal(kv.vectors, kv.vectors_vocab)
    reference = similarity(word2vec.train(korean, vector_size=32, epochs=2, workers=1))
    assert similarity(kv) > reference - 0.05
    with pytest.raises(KeyError):
        kv["모르는말"]


@pytest.mark.parametrize("sg", [1, 0])
def test_not_worse_than_gensim(korean, sg):
    # gensim divides the sum of a word's n + 1 rows by n while it trains, so its short words take larger steps
    same = dict(vector_size=32, sg=sg, alpha=0.025 if sg else 0.05, epochs=5, bucket=20_000, workers=2)
    theirs = [similarity(FastText(korean, min_count=5, seed=seed, **same).wv) for seed in (1, 2)]
    ours = [similarity(train(korean, seed=seed, **same)) for seed in (1, 2)]
    assert np.mean(ours) > np.mean(theirs) - 0.05


def test_one_thread_and_one_seed_give_the_same_vectors():
    runs = [train(SMALL, seed=seed, **QUICK) for seed in (1, 1, 2)]
    assert np.array_equal(runs[0].vectors_ngrams, runs[1].vectors_ngrams)
    assert np.array_equal(runs[0].vectors, runs[1].vectors)
    assert not np.allclose(runs[0].vectors, runs[2].vectors)


def test_unused_buckets_keep_their_first_numbers_and_others_do_not():
    kv = train(SMALL, bucket=3000, **QUICK)
    used = np.unique(subwords.hash_words(kv.index_to_key, 3, 6, 3000)[1])
    first = np.empty((len(kv) + 3000, 8), np.float32)
    fasttext.fill(first, 2)  # seed 1 + 1
    first = first[len(kv) :]
    unused = np.setdiff1d(np.arange(3000), used)
    assert np.array_equal(kv.vectors_ngrams[unused], first[unused]) and np.abs(first).max() <= 1 / 8
    assert (kv.vectors_ngrams[used] != first[used]).any(1).all()


@given(st.data())
def test_rows_are_spread_over_their_own_table(data):
    size = data.draw(st.integers(1, 12))
    places = data.draw(st.permutations(range(size)))[: data.draw(st.integers(0, size))]
    table = np.random.default_rng(1).normal(size=(size, 3)).astype(np.float32)
    before = table.copy()
    fasttext.spread(table, np.array(places, np.int64))
    assert np.array_equal(table[places], before[: len(places)])


def test_a_table_is_filled_alike_however_many_rows_are_drawn_at_once(monkeypatch):
    whole, pieces = np.zeros((11, 7), np.float32), np.full((11, 7), 5, np.float32)
    fasttext.fill(whole, 3)
    monkeypatch.setattr(fasttext, "BAND", 4)
    fasttext.fill(pieces, 3, but=[0, 9])
    assert (pieces[[0, 9]] == 5).all() and np.abs(whole).max() <= 1 / 7 and len(np.unique(whole)) == whole.size
    assert np.array_equal(np.delete(pieces, [0, 9], 0), np.delete(whole, [0, 9], 0))


@pytest.mark.parametrize("options", [dict(alpha=0.2), dict(alpha=0.2, sg=0), dict(alpha=0.2, units="jamo")], ids=str)
def test_large_learning_rates_do_not_run_away(korean, options):
    kv = train(korean[:5000], vector_size=16, epochs=2, workers=1, **options)
    assert np.isfinite(kv.vectors).all() and np.abs(kv.vectors).max() < 50


def test_training_that_runs_away_says_so(korean):
    with pytest.raises(ValueError, match=r"ran away.*Lower alpha \(it was 50\)"):
        train(korean[:5000], vector_size=16, epochs=2, workers=1, alpha=50.0)


def test_training_goes_on_from_a_checkpoint(korean, tmp_path, monkeypatch):
    monkeypatch.setattr(word2vec, "CHUNK", 10_000)
    options = dict(vector_size=8, epochs=2, workers=1, compute_loss=True, held_out=korean[::50])
    expected = train(korean, **options)

    def stop(epoch, table):
        raise KeyboardInterrupt

    path = tmp_path / "run.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(korean, checkpoint=Checkpoint(path, every=0), after_epoch=stop, **options)
    found = train(korean, checkpoint=path, **options)
    assert np.array_equal(found.vectors_ngrams, expected.vectors_ngrams)
    assert np.array_equal(found.outputs, expected.outputs)
    assert found.losses == expected.losses and found.held_out_losses == expected.held_out_losses
    assert np.array_equal(train(korean, checkpoint=path, **options).vectors, expected.vectors)
    with pytest.raises(ValueError, match="another training: units"):
        train(korean, checkpoint=path, units="jamo", bucket=expected.bucket, **options)


def test_after_epoch_sees_word_vectors_and_the_loss_if_it_wants_it():
    seen, losses, options = [], [], QUICK | dict(epochs=3)
    expected = train(SMALL, after_epoch=lambda epoch, table, loss: losses.append(loss), **options)
    kv = train(SMALL, after_epoch=lambda epoch, table: (seen.append(table.clone()), table.zero_()), **options)
    assert losses == expected.losses == sorted(losses, reverse=True) and np.isnan(kv.losses).all()
    assert all(table.shape == (len(kv), 8) for table in seen) and len({table.numpy().tobytes() for table in seen}) == 3
    np.testing.assert_allclose(seen[-1], kv.vectors, rtol=1e-5, atol=1e-7)
    assert np.array_equal(kv.vectors, expected.vectors), "what is shown are copies"


@pytest.mark.parametrize("sg", [1, 0])
def test_measuring_changes_no_vector(sg):
    options = QUICK | dict(epochs=3, sg=sg)
    expected = train(SMALL, **options)
    found = train(SMALL, compute_loss=True, held_out=SMALL[:9], **options)
    assert np.array_equal(found.vectors_ngrams, expected.vectors_ngrams)
    assert np.array_equal(found.vectors, expected.vectors) and np.array_equal(found.outputs, expected.outputs)
    assert np.isfinite(found.losses).all() and np.isfinite(found.held_out_losses).all()
    assert len(found.held_out_losses) == 3 and found.held_out_losses[-1] < found.held_out_losses[0]
    assert np.isnan(expected.losses).all() and expected.held_out_losses == []


@pytest.mark.parametrize("workers", [2, 8])
def test_threads_learn_as_well_as_one(korean, workers):
    """All of them write to rows that many words share, and two once unlearnt what one had learnt."""
    options = dict(vector_size=32, epochs=5)
    one, many = (similarity(train(korean, workers=n, **options)) for n in (1, workers))
    assert many > one - 0.04 and one > 0.5


@pytest.mark.parametrize("sg, cbow", [(1, None), (0, (True, False))])
def test_options_reach_the_loops(sg, cbow, monkeypatch):
    calls = []
    for name in ("skipgram", "cbow"):
        monkeypatch.setattr(blocks, name, lambda *arguments, name=name: calls.append((name, arguments)) or (6.0, 2))
    kv = train(SMALL, sg=sg, window=3, negative=4, compute_loss=True, **QUICK)
    name, (*_, window, negative) = calls[0][0], calls[0][1][:10]
    assert name == ("skipgram" if sg else "cbow") and (window, negative) == (3, 4) and kv.losses == [3.0]
    assert sg or calls[0][1][10:12] == cbow
    assert kv.settings["sg"] == sg and kv.settings["window"] == 3 and kv.settings["bucket"] == kv.bucket


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


def test_sizes_that_leave_words_without_n_grams_are_told(recwarn):
    train([list("abcd")] * 50, min_n=3, max_n=0, **QUICK)
    assert not len(recwarn), "0 says so"
    with pytest.warns(UserWarning, match="max_n=2 is below min_n=3"):
        kv = train([list("abcd")] * 50, min_n=3, max_n=2, **QUICK)
    assert kv.bucket == 0


def test_a_large_table_warns_how_much_memory_it_takes(monkeypatch):
    monkeypatch.setattr(fasttext, "LARGE", 1e5)
    with pytest.warns(UserWarning, match="5,000 buckets of 8 numbers take 0.0 GB"):
        train(SMALL, bucket=5000, **QUICK)


@pytest.mark.parametrize("options, words", [
    (dict(min_n=0), "min_n must"), (dict(max_n=-1), "max_n must"), (dict(bucket=-1), "bucket must"),
    (dict(bucket=1.5), "bucket must"), (dict(units="letters"), "units must be"), (dict(sg=2), "sg must be"),
    (dict(negative=0), "negative must"), (dict(alpha=0), "alpha must"), (dict(min_count=99), "Lower min_count"),
    (dict(min_n=True), "min_n must.*not True"), (dict(max_n=2.5), "max_n must.*not 2.5"),
    (dict(bucket="many"), "bucket must.*not 'many'"), (dict(bucket=2**31 + 1), "bucket must.*at most"),
    (dict(units=3), "units must be 'syllable' or 'jamo', not 3"), (dict(compute_loss="no"), "compute_loss must"),
])  # fmt: skip
def test_bad_parameters_are_refused_with_the_remedy(options, words):
    with pytest.raises(ValueError, match=words):
        train(SMALL, **QUICK | options)


def test_sentences_and_vocabularies_are_those_of_word2vec():
    for sentences, words in ((None, "not None"), ([["서울"], None], r"sentences\[1\]"), ("서울\n부산", "not the text")):
        with pytest.raises(TypeError, match=words):
            train(sentences, **QUICK)
    kv = train(SMALL, vocabulary=["학교에서", "학교", "없는말"], **QUICK)
    assert kv.index_to_key == ["학교", "학교에서"]


def test_numpys_numbers_are_as_good_as_pythons():
    mine = dict(bucket=50, min_n=2, max_n=3, seed=3, window=3)
    found = [train(SMALL, **{name: kind(value) for name, value in mine.items()}, **QUICK) for kind in (int, np.int64)]
    assert np.array_equal(found[0].vectors, found[1].vectors) and found[1].bucket == 50


def test_a_path_gives_the_same_as_a_list(tmp_path):
    path = Path(tmp_path / "corpus.txt")
    path.write_text("\n".join(" ".join(sentence) for sentence in SMALL), encoding="utf-8")
    assert np.array_equal(train(path, **QUICK).vectors, train(iter(SMALL), **QUICK).vectors)


@pytest.mark.parametrize("sizes", [(0, 3), (4, 2), (-1, 3), (1, 0)])
def test_n_grams_that_gensim_cannot_read_are_told(trained, tmp_path, sizes):
    path = tmp_path / "model.bin"
    fasttext_files.save_bin(trained, path)
    content = bytearray(path.read_bytes())
    struct.pack_into("<2i", content, 4 * 11, *sizes)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"model.bin .* n-grams of {sizes[0]} to {sizes[1]} characters"):
        fasttext_files.load(path)


def test_a_model_without_n_grams_comes_back_and_has_none_to_inspect(tmp_path):
    kv = train([["서울", "부산"]] * 9, max_n=0, **QUICK | {"min_count": 1})
    fasttext_files.save_bin(kv, tmp_path / "model.bin")
    again = fasttext_files.load(tmp_path / "model.bin")
    assert np.array_equal(again.vectors, kv.vectors)
    for one in (kv, again):
        with pytest.raises(TypeError, match="no n-grams to look into"):
            inspector.inspect(one, "서울", "부산")
    kv.vectors_vocab[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        fasttext_files.save_bin(kv, tmp_path / "model.bin")


def test_words_must_be_words():
    with pytest.raises(TypeError, match="words must be a list of str, not one with None"):
        subwords.hash_words(["a", None])
