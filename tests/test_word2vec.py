"""word2vec: what the loops are handed, what training learns, what it measures, stops and goes on; and bad input.

That the loops compute what they should is held by tests/test_blocks.py, the loop over epochs by tests/test_runs.py.
"""

import inspect
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from helpers import blocks, corpora, fasttext, skipgram, training, word2vec
from helpers.checkpoints import Checkpoint
from helpers.negatives import alias_table
from helpers.streams import END, TokenStream
from helpers.vocabulary import Vocabulary
from helpers.word2vec import Options, train

ROOT = Path(__file__).resolve().parent.parent
SIMILARITY = corpora.load("korean").path.with_name("similarity.tsv")
GOOD = [list("abcd"), list("dcbae"), list("ace")] * 40
QUICK = dict(vector_size=8, epochs=2, workers=1, sample=0, min_count=1)
NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="module")
def korean():
    return list(corpora.load("korean"))[::4]


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(word2vec, "CHUNK", 100)


@pytest.fixture
def handed(monkeypatch):
    """What the compiled loops are handed instead of training, call by call, by the names of their parameters."""
    calls = []

    def spy_on(name):
        names = list(inspect.signature(getattr(blocks, name)).parameters)

        def spy(*arguments):
            calls.append(SimpleNamespace(loop=name, **dict(zip(names, arguments, strict=True))))
            return 6.0, 2

        monkeypatch.setattr(blocks, name, spy)

    spy_on("skipgram"), spy_on("cbow")
    return calls


# ------------------------------------------------------------------------------------- what the loops are handed


def test_the_rate_falls_in_a_straight_line_over_all_epochs_and_parts(handed, small_chunks):
    train(GOOD, alpha=0.5, min_alpha=0.1, epochs=3, workers=1, min_count=1)
    vocabulary = Vocabulary.build(GOOD, 1)
    stream = TokenStream(GOOD, vocabulary)
    parts = len(stream.starts(100))
    assert parts == 6 and len(handed) == 3 * parts
    for i, call in enumerate(handed):
        epoch, part = divmod(i, parts)
        done = (epoch + part * 100 / stream.size) / 3
        assert call.rate == pytest.approx(0.5 - 0.4 * done)
        assert np.array_equal(call.ids, stream.chunk(100 * part, 100)), "each part of the text once, in its order"
    assert [call.last_rate for call in handed[:-1]] == pytest.approx([call.rate for call in handed[1:]])
    assert handed[0].rate == 0.5 and handed[-1].last_rate == pytest.approx(0.1)


def test_the_rate_may_stay_as_it_is(handed, small_chunks):
    train(GOOD, alpha=0.1, min_alpha=0.1, epochs=2, workers=1, min_count=1)
    assert {call.rate for call in handed} == {0.1} == {call.last_rate for call in handed}


def test_several_threads_take_each_part_once_in_each_epoch_at_its_own_rate(handed, small_chunks):
    train(GOOD, epochs=3, workers=1, min_count=1)
    alone = sorted((call.rate, int(call.seed), call.ids.tobytes()) for call in handed)
    handed.clear()
    train(GOOD, epochs=3, workers=4, min_count=1)
    assert sorted((call.rate, int(call.seed), call.ids.tobytes()) for call in handed) == alone


def test_every_part_of_every_epoch_of_every_seed_draws_other_numbers(handed, small_chunks):
    for seed in (0, 1, 2, 3, 2**32 - 1):
        train(GOOD, epochs=3, seed=seed, workers=1, min_count=1)
    seeds = {int(call.seed) | 1 for call in handed}
    assert len(seeds) == len(handed) == 5 * 3 * 6
    assert all(isinstance(call.seed, np.uint64) for call in handed)


@pytest.mark.parametrize("exponent", [0.75, 0, 1, -0.5])
def test_noise_words_are_drawn_from_the_counts_to_that_power(handed, exponent):
    text = [["a"] * 60 + ["b"] * 25 + ["c"] * 10 + ["d"] * 4 + ["e"]]
    train(text, ns_exponent=exponent, epochs=1, workers=1, min_count=1)
    share, alias, state, n = handed[0].share, handed[0].alias, np.full(1, 5, np.uint64), 20_000
    drawn = np.bincount([blocks.noise_word(i % 4, 4, share, alias, state) for i in range(n)], minlength=5)
    weights = np.array([60.0, 25, 10, 4, 1]) ** exponent
    assert np.abs(drawn / n - weights / weights.sum()).max() < 4 * np.sqrt(0.25 / n)


@pytest.mark.parametrize("sample", [1e-3, 1e-5, 0])
def test_words_stay_with_the_probability_of_the_vocabulary(handed, sample):
    train(GOOD, sample=sample, epochs=1, workers=1, min_count=1)
    expected = Vocabulary.build(GOOD, 1).keep_probability(sample) if sample else np.ones(5)
    np.testing.assert_allclose(handed[0].keep, expected, rtol=1e-6)


def test_the_other_options_reach_the_loops(handed):
    train(GOOD, vector_size=7, window=3, negative=4, epochs=1, workers=1)
    train(GOOD, sg=0, cbow_mean=0, cbow_exact=True, epochs=1, workers=1)
    train(GOOD, sg=0, epochs=1, workers=1, compute_loss=True)
    first, second, third = handed
    assert first.loop == "skipgram" and first.window == 3 and first.negative == 4 and first.measure is False
    assert first.inputs.shape == first.outputs.shape == (5, 7) and not first.outputs.any()
    start = 2 * training.initial_vectors(5, 7, 1).numpy()
    assert np.array_equal(first.inputs, start) and abs(start).max() > 0.5 / 7, "as wide as gensim's, ±1 / vector_size"
    assert np.array_equal(first.rows, np.arange(5)) and np.array_equal(first.starts, np.arange(6))
    assert (second.loop, second.mean, second.exact, second.measure) == ("cbow", False, True, False)
    assert (third.loop, third.mean, third.exact, third.measure) == ("cbow", True, False, True)
    assert second.window == 5 and second.negative == 5
    handed.clear()
    train(GOOD, seed=9, epochs=1, workers=1)
    start = 2 * training.initial_vectors(5, 100, 9).numpy()
    assert np.array_equal(handed[0].inputs, start), "another seed, other numbers"
    for call in handed:  # other types would be compiled again, and differently
        types = [value.dtype for value in (call.ids, call.keep, call.share, call.alias, call.rows, call.starts)]
        assert types == [np.int32, np.float32, np.float32, np.int32, np.int32, np.int64]
        assert call.inputs.dtype == call.outputs.dtype == np.float32


# --------------------------------------------------------------------------------------------- what is learnt


def similarity(found):
    """Spearman correlation with the hand-made scores of the Korean word pairs."""
    rows = [line.split("\t") for line in open(SIMILARITY, encoding="utf-8") if not line.startswith("#")]
    pairs = [(a, b, float(score)) for a, b, score in rows if a in found and b in found]
    assert len(pairs) > 100
    return spearmanr([found.similarity(a, b) for a, b, _ in pairs], [score for *_, score in pairs])[0]


@pytest.fixture(scope="module", params=[1, 0], ids=["skip-gram", "CBOW"])
def trained(request, korean):
    """(options, vectors) of five epochs, one worker."""
    same = dict(vector_size=32, sg=request.param, alpha=0.025 if request.param else 0.05)
    return same, train(korean, workers=1, **same)


def test_training_beats_no_training(korean, trained):
    same, kv = trained
    untrained = train(korean, workers=1, **same | dict(epochs=1, alpha=1e-9, min_alpha=0))
    assert similarity(kv) > 0.5 > 0.2 > abs(similarity(untrained))
    cities = {"부산", "도쿄", "베이징", "런던", "파리", "로마", "베를린", "대구", "광주", "인천", "한국", "대한민국"}
    assert cities & {word for word, _ in kv.most_similar("서울", topn=10)}


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_threads_learn_as_well_as_one(korean, trained, workers):
    same, kv = trained
    assert similarity(train(korean, workers=workers, **same)) > similarity(kv) - 0.04


def test_not_worse_than_gensim(korean, trained):
    from gensim.models import Word2Vec

    same, kv = trained
    theirs = [similarity(Word2Vec(korean, min_count=5, workers=2, seed=seed, **same).wv) for seed in (1, 2)]
    ours = [similarity(kv), similarity(train(korean, workers=2, seed=2, **same))]
    assert np.mean(ours) > np.mean(theirs) - 0.05


def test_one_thread_and_one_seed_give_the_same_vectors(korean, trained):
    same, kv = trained
    again = train(korean, workers=1, **same)
    assert np.array_equal(kv.vectors, again.vectors) and kv.index_to_key == again.index_to_key


@pytest.mark.parametrize("sg", [0, 1])
def test_seeds_matter(sg):
    found = [train(GOOD, sg=sg, seed=seed, **QUICK).vectors for seed in (1, 1, 2)]
    assert np.array_equal(found[0], found[1]) and not np.allclose(found[0], found[2])


def test_words_and_counts_are_those_of_the_vocabulary(korean, trained):
    kv, vocabulary = trained[1], Vocabulary.build(korean, 5)
    assert kv.index_to_key == vocabulary.words
    assert [kv.get_vecattr(word, "count") for word in vocabulary.words] == vocabulary.counts.tolist()
    assert kv.vectors.shape == (len(vocabulary), 32) and kv.vectors.dtype == np.float32


def test_a_path_gives_the_same_vectors_as_a_list_and_a_generator(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(" ".join(sentence) for sentence in GOOD), encoding="utf-8")
    expected = train(GOOD, **QUICK)
    for sentences in (path, str(path), iter(GOOD), (sentence for sentence in GOOD), tuple(map(tuple, GOOD))):
        found = train(sentences, **QUICK)
        assert found.index_to_key == expected.index_to_key and np.array_equal(found.vectors, expected.vectors)


def test_numpys_numbers_are_as_good_as_pythons():
    mine = dict(vector_size=8, window=3, negative=4, epochs=2, seed=3, sg=0, workers=1, min_count=1, alpha=0.03125)
    ours = {name: np.float32(value) if name == "alpha" else np.int64(value) for name, value in mine.items()}
    flags = [dict(cbow_mean=1, cbow_exact=0), dict(cbow_mean=np.True_, cbow_exact=np.False_)]
    found = [train(GOOD, **numbers, **flag).vectors for numbers, flag in zip((mine, ours), flags)]
    assert np.array_equal(*found)


def test_workers_none_is_one_for_each_core(monkeypatch):
    asked, honest = [], word2vec.runs.train

    def spy(objective, epochs, workers, *rest):
        asked.append(workers)
        return honest(objective, epochs, workers, *rest)

    monkeypatch.setattr(word2vec.runs, "train", spy)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    for workers in (None, 2, np.int64(1)):
        train(GOOD, **QUICK | dict(workers=workers))
    assert asked == [3, 2, 1]


def test_another_device_is_not_used_and_a_warning_says_so(monkeypatch):
    expected = train(GOOD, device="cpu", **QUICK)
    monkeypatch.setattr(training, "device", lambda wanted: wanted)
    with pytest.warns(UserWarning, match="for NVIDIA's cards, not for 'mps': training on the processor") as caught:
        assert np.array_equal(train(GOOD, device="mps", **QUICK).vectors, expected.vectors)
    assert len(caught) == 1 and caught[0].filename == __file__


def test_the_word2vec_format_brings_the_vectors_back(trained, tmp_path):
    from gensim.models import KeyedVectors

    for binary in (False, True):
        path = tmp_path / f"vectors.{binary}"
        trained[1].save_word2vec_format(str(path), binary=binary)
        back = KeyedVectors.load_word2vec_format(str(path), binary=binary)
        assert back.index_to_key == trained[1].index_to_key
        np.testing.assert_allclose(back.vectors, trained[1].vectors, rtol=1e-5, atol=1e-7)


# ----------------------------------------------------------------------------------------------- vocabularies


def test_a_vocabulary_may_be_made_before_or_be_a_list_of_words():
    expected = train(GOOD, **QUICK | dict(min_count=100))
    assert set(expected.index_to_key) < set("abcde")
    words = expected.index_to_key
    for vocabulary in (Vocabulary.build(GOOD, 100), words, words[::-1], set(words), iter(words), [*words, "unseen"]):
        found = train(GOOD, vocabulary=vocabulary, **QUICK)
        assert found.index_to_key == words and np.array_equal(found.vectors, expected.vectors)
        assert [found.get_vecattr(word, "count") for word in words] == [
            expected.get_vecattr(word, "count") for word in words
        ]


@pytest.mark.parametrize(
    "vocabulary, error, words",
    [
        ("abc", TypeError, "a Vocabulary or a list of words, not 'abc'"),
        (7, TypeError, "a Vocabulary or a list of words, not 7"),
        ([1, 2], TypeError, "a Vocabulary or a list of words, not .1, 2."),
        ([], ValueError, "no word of the vocabulary occurs"),
        (["z"], ValueError, "no word of the vocabulary occurs"),
        (["a"], ValueError, "only 'a'"),
    ],
    ids=str,
)
def test_what_is_no_vocabulary_is_refused(vocabulary, error, words):
    with pytest.raises(error, match=words):
        train(GOOD, vocabulary=vocabulary, **QUICK)


# ------------------------------------------------------------------------------- what is measured and reported


@pytest.mark.parametrize("sg, negative", [(1, 5), (1, 2), (0, 5)])
def test_before_anything_is_learnt_every_score_is_0_and_every_loss_log_2(sg, negative):
    kv = train(GOOD, sg=sg, negative=negative, alpha=1e-12, min_alpha=0, compute_loss=True, held_out=GOOD, **QUICK)
    for loss in kv.losses + kv.held_out_losses:  # of a context, or a center, and its noise words
        assert loss == pytest.approx((1 + negative) * np.log(2), rel=1e-4)
    assert len(kv.losses) == len(kv.held_out_losses) == 2


def test_the_loss_falls_on_what_is_trained_and_on_what_is_held_out(korean):
    for sg in (1, 0):
        kv = train(korean[::2], held_out=korean[1::20], sg=sg, vector_size=16, epochs=4, workers=1, alpha=0.05,
                   compute_loss=True)  # fmt: skip
        for losses in (kv.losses, kv.held_out_losses):
            assert losses == sorted(losses, reverse=True) and losses[0] - losses[-1] > 0.1


@pytest.mark.parametrize("sg", [1, 0])
def test_measuring_changes_no_vector(sg, small_chunks, tmp_path):
    path = tmp_path / "held_out.txt"
    path.write_text("a b c d\ne d c", encoding="utf-8")
    expected = train(GOOD, sg=sg, **QUICK)
    assert np.isnan(expected.losses).tolist() == [True, True] and expected.held_out_losses == []
    for measured in (dict(compute_loss=True), dict(held_out=GOOD[:3]), dict(held_out=path, compute_loss=1)):
        found = train(GOOD, sg=sg, **measured, **QUICK)
        assert np.array_equal(found.vectors, expected.vectors)
        assert np.isfinite(found.losses).all() == ("compute_loss" in measured)
        assert len(found.held_out_losses) == (2 if "held_out" in measured else 0)


@pytest.mark.parametrize("trainer", [word2vec, fasttext])
def test_a_checkpoint_knows_what_was_held_out(trainer, tmp_path):
    """Otherwise the held-out losses of some epochs would be missing, or be those of another text."""

    def stop(epoch, _):
        if epoch == 1:  # the first is saved
            raise RuntimeError("stopped")

    kept = Checkpoint(tmp_path / "run", every=0)
    with pytest.raises(RuntimeError, match="stopped"):
        trainer.train(GOOD, held_out=GOOD[:3], checkpoint=kept, after_epoch=stop, **QUICK)
    for other in (None, GOOD[:4]):
        with pytest.raises(ValueError, match="belongs to another training: held_out was"):
            trainer.train(GOOD, held_out=other, checkpoint=tmp_path / "run", **QUICK)
    found = trainer.train(GOOD, held_out=GOOD[:3], checkpoint=tmp_path / "run", **QUICK)
    assert found.held_out_losses == trainer.train(GOOD, held_out=GOOD[:3], **QUICK).held_out_losses


@pytest.mark.parametrize("trainer", [word2vec, fasttext])
def test_streams_are_closed_whatever_happens(trainer, monkeypatch):
    open_ones = []
    monkeypatch.setattr(
        TokenStream, "__init__", lambda self, *a, _f=TokenStream.__init__: open_ones.append(self) or _f(self, *a)
    )
    monkeypatch.setattr(TokenStream, "close", lambda self, _f=TokenStream.close: open_ones.remove(self) or _f(self))
    trainer.train(GOOD, held_out=GOOD[:3], **QUICK)
    assert not open_ones
    with pytest.raises((TypeError, ValueError)):
        trainer.train(GOOD, held_out=7, **QUICK)
    assert not open_ones


def test_held_out_sentences_meet_the_same_draws_after_every_epoch(handed, small_chunks):
    kv = train(GOOD, held_out=GOOD[:60], epochs=3, workers=1, min_count=1)
    measured = [call for call in handed if call.measure]
    assert len(measured) == 3 * 3 and {call.rate for call in measured} == {0.0} == {call.last_rate for call in measured}
    assert [call.seed for call in measured[:3]] == [call.seed for call in measured[3:6]]
    assert len({int(call.seed) for call in measured}) == 3
    assert kv.held_out_losses == [3.0] * 3, "6 / 2 each: the sums of all parts, divided by how many they are"


def test_after_epoch_is_shown_copies_of_the_vectors_and_the_loss_if_it_wants_it():
    seen, losses = [], []

    def spoil(epoch, table):
        seen.append((epoch, table.clone()))
        table.zero_()

    options = QUICK | dict(epochs=3)
    expected = train(GOOD, after_epoch=lambda epoch, table, loss: losses.append(loss), **options)
    assert losses == expected.losses and losses == sorted(losses, reverse=True)
    kv = train(GOOD, after_epoch=spoil, **options)
    assert np.array_equal(kv.vectors, expected.vectors), "what is shown may be written to"
    assert [epoch for epoch, _ in seen] == [0, 1, 2] and np.isnan(kv.losses).all()
    assert all(isinstance(table, torch.Tensor) and table.shape == (5, 8) for _, table in seen)
    assert torch.equal(seen[2][1], torch.from_numpy(kv.vectors))
    assert len({table.numpy().tobytes() for _, table in seen}) == 3


def test_the_bar_counts_epochs(capsys):
    train(GOOD, progress=True, **QUICK)
    assert capsys.readouterr().err.endswith("epochs: 2/2\n")


# ---------------------------------------------------------------------------------------------- odd texts


def test_windows_wider_than_every_sentence_see_the_sentence_and_no_more():
    """Sizes follow the text: were there room for 10¹² words on either side, no machine could hold it."""
    text = [list("abcdefghijkl")] * 30
    ids = np.concatenate([[*range(12), END]] * 30).astype(np.int32)
    for window in (12, 5000, 2**31 - 1):
        for sg in (0, 1):
            kv = train(text, window=window, sg=sg, **QUICK)
            assert np.isfinite(kv.vectors).all() and np.abs(kv.vectors).max() > 0.1
        share, alias = alias_table(np.full(12, 1 / 12))
        tables = np.zeros((2, 12, 4), np.float32)
        _, pairs = blocks.skipgram(
            ids, np.ones(12, np.float32), share.astype(np.float32), alias.astype(np.int32),
            np.arange(12, dtype=np.int32), np.arange(13), *tables, window, 5, 0.1, 0.1, np.uint64(1), True,
        )  # fmt: skip
        each = sum((window + 1 - abs(i - j)) / window for i in range(12) for j in range(12) if i != j)
        assert pairs == pytest.approx(30 * each, rel=1e-5)


def test_one_sentence_is_a_text():
    for sg in (0, 1):
        kv = train([list("abcdefgh")], sg=sg, **QUICK)
        assert len(kv) == 8 and np.isfinite(kv.vectors).all()


def test_a_million_sentences_of_one_word_are_refused():
    with pytest.raises(ValueError, match="no sentence holds two words.*pass longer sentences"):
        train([["a"], ["b"]] * 500_000)


@pytest.mark.parametrize("sg", [0, 1])
@pytest.mark.parametrize("alpha", [0.05, 0.3])
def test_a_word_that_makes_up_nearly_all_of_a_text_keeps_its_vector_finite(sg, alpha):
    chance = np.random.default_rng(1)
    words = np.where(chance.random((2000, 12)) < 0.99, "the", chance.choice(list("abcdefgh"), (2000, 12)))
    for workers in (1, 4):
        kv = train(words.tolist(), sg=sg, alpha=alpha, vector_size=16, epochs=2, workers=workers, min_count=1)
        assert kv.index_to_key[0] == "the" and np.abs(kv.vectors).max() < 50


def test_subsampling_that_drops_all_but_a_few_words_is_survived():
    with pytest.warns(UserWarning, match="sample=1e-09 leaves .* of 20 words") as told:
        kv = train([["a", "b"]] * 10, vector_size=4, sample=1e-9, workers=1, compute_loss=True)
    assert len(told) == 1 and told[0].filename == __file__
    assert len(kv) == 2 and np.isnan(kv.losses).all()


# ----------------------------------------------------------------------------------- stopped, and going on


class Stopped(BaseException):
    """Stands in for a kill."""


class Stopping(Checkpoint):
    """Saves at every opportunity, and is killed after so many savings."""

    def __init__(self, path, savings):
        super().__init__(path, every=0)
        self.savings = savings

    def save(self, tensors):
        super().save(tensors)
        self.savings -= 1
        if not self.savings:
            raise Stopped


@pytest.mark.parametrize("sg", [1, 0])
@pytest.mark.parametrize("savings", [1, 5, 6, 13, 17])
def test_a_stopped_training_goes_on_to_the_same_vectors_and_losses(tmp_path, small_chunks, sg, savings):
    options = QUICK | dict(sg=sg, epochs=3, compute_loss=True, held_out=GOOD[:60], sample=0.05)
    expected, path = train(GOOD, **options), tmp_path / "run.safetensors"
    with pytest.raises(Stopped):
        train(GOOD, checkpoint=Stopping(path, savings), **options)
    found = train(GOOD, checkpoint=path, **options)
    assert np.array_equal(found.vectors, expected.vectors)
    assert found.losses == expected.losses and found.held_out_losses == expected.held_out_losses
    again = train(GOOD, checkpoint=path, **options)
    assert np.array_equal(again.vectors, expected.vectors) and again.held_out_losses == expected.held_out_losses


INTERRUPTED = """
import signal, sys, time
from pathlib import Path
from helpers import word2vec

signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background may not hear of it otherwise
word2vec.CHUNK = 100
text, folder, honest = [list("abcd"), list("dcbae"), list("ace")] * 40, Path(sys.argv[1]), word2vec.Objective.work

def work(self, epoch, part):
    found = honest(self, epoch, part)
    if (epoch, part) == (1, 2):
        print("now", flush=True)
        while not (folder / str(workers)).exists():
            time.sleep(0.01)
    return found

word2vec.Objective.work = work
for workers in (1, 3):
    try:
        word2vec.train(text, vector_size=8, epochs=500, sample=0, workers=workers, checkpoint=folder / f"run{workers}")
        print("done", flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to another process")
def test_ctrl_c_leaves_a_checkpoint_from_which_training_goes_on(tmp_path, small_chunks):
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(tmp_path)], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE)  # fmt: skip
    for workers in (1, 3):
        assert process.stdout.readline() == "now\n"
        process.send_signal(signal.SIGINT)
        (tmp_path / str(workers)).touch()
        assert process.stdout.readline() == "interrupted\n"
    assert process.wait() == 0
    options, seen = dict(vector_size=8, epochs=500, sample=0, workers=1), []
    expected = train(GOOD, **options)
    for workers in (1, 3):
        found = train(GOOD, checkpoint=tmp_path / f"run{workers}", after_epoch=lambda epoch, _: seen.append(epoch),
                      **options)  # fmt: skip
        assert seen == list(range(seen[0], 500)) and 1 <= seen[0] < 499, "what was done is not done again"
        assert np.isfinite(found.vectors).all() and found.vectors.shape == expected.vectors.shape
        if workers == 1:
            assert np.array_equal(found.vectors, expected.vectors)
        seen.clear()


# ------------------------------------------------------------------------------------------- what goes wrong


@pytest.fixture
def own_tmp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_threads_exception_surfaces_at_once_and_leaves_no_file(own_tmp, monkeypatch, small_chunks):
    calls, main = [], threading.current_thread()

    def broken(*_):
        calls.append(threading.current_thread())
        time.sleep(0.001)
        if len(calls) > 3:
            raise RuntimeError("in a thread")
        return 0.0, 0

    monkeypatch.setattr(blocks, "skipgram", broken)
    with pytest.raises(RuntimeError, match="in a thread"):
        train(GOOD * 20, workers=3)
    assert main not in calls and len(calls) < 20 and not list(own_tmp.iterdir())


@pytest.mark.parametrize("workers", [1, 3])
def test_no_file_is_left_after_success_or_a_broken_callback(own_tmp, workers):
    options = QUICK | dict(workers=workers)
    train(GOOD, held_out=GOOD, **options)
    assert not list(own_tmp.iterdir())
    with pytest.raises(ZeroDivisionError) as caught:
        train(GOOD, after_epoch=lambda epoch, table: 1 / 0, **options)
    assert caught.traceback and not list(own_tmp.iterdir())


@pytest.mark.parametrize(
    "sentences, error, words",
    [
        ([], ValueError, "pass a list of token lists"),
        ([[], []], ValueError, "pass a list of token lists"),
        ([["a"], ["b"]] * 10, ValueError, "no sentence holds two words"),
        ([["a", "a"]] * 10, ValueError, "only 'a': lower min_count"),
        (["a b c"] * 10, TypeError, "sentence.split"),
        ([[1, 2, 3]] * 10, TypeError, "every token must be a string, not 1"),
        ([[["a", "b"]]] * 10, TypeError, "flat list of strings"),
        (None, TypeError, "sentences must be a list of token lists or the path of a text file, not None"),
        (5, TypeError, "sentences must be a list of token lists or the path of a text file, not 5"),
        ([["a"], None], TypeError, r"sentences\[1\] must be a list of words, not None: leave empty rows out"),
        ([["a", "b"], ["a"], NAN], TypeError, r"sentences\[2\] must be a list of words, not nan"),
        ([{"title": "x"}] * 20, TypeError, r"sentences\[0\] must be a list of words, not {'title': 'x'}.*row\["),
        ({"a.txt": ["a", "b"]}, TypeError, r"of a dict take list\(sentences.values"),
        ("a cat sat\non a mat\n" * 20, TypeError, "the path of a file, but not the text itself, 'a cat sat"),
        ("고양이가 앉았다 " * 500, TypeError, "not the text itself, '고양이가.*text.splitlines"),
        ("nowhere/corpus.txt", FileNotFoundError, "corpus.txt"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_are_no_sentences_is_refused_with_the_remedy(own_tmp, sentences, error, words):
    with pytest.raises(error, match=words):
        train(sentences)
    assert not list(own_tmp.iterdir())


@pytest.mark.parametrize(
    "held_out, error, words",
    [
        (5, TypeError, "the path of a text file, not 5"),
        ("a b\nc d", TypeError, "not the text itself"),
        ("n" * 300, ValueError, "sentences cannot be a path here"),
        ([["a", "b"], None], TypeError, r"sentences\[1\]"),
        ([["z", "y"]], ValueError, "no word of these sentences is in the vocabulary"),
        ([["a"], ["b"]], ValueError, "no sentence holds two words"),
        ("nowhere/corpus.txt", FileNotFoundError, "corpus.txt"),
    ],
    ids=str,
)
def test_held_out_sentences_are_looked_at_before_training(handed, own_tmp, held_out, error, words):
    with pytest.raises(error, match=words):
        train(GOOD, held_out=held_out, **QUICK)
    assert not handed and not list(own_tmp.iterdir())


def test_sentences_are_looked_at_however_the_vocabulary_came():
    for vocabulary in (Vocabulary.build(GOOD), ["a", "b"]):
        for sentences, words in ((["abcd"] * 20, "sentence.split"), ([["a", "b"], None], r"sentences\[1\]")):
            with pytest.raises(TypeError, match=words):
                train(sentences, vocabulary=vocabulary)
    with pytest.raises(ValueError, match="in the vocabulary"):
        train([["z", "y"]] * 20, vocabulary=Vocabulary.build(GOOD))


@pytest.mark.parametrize("name, least", [("vector_size", 1), ("window", 1), ("negative", 1), ("epochs", 1),
                                         ("workers", 1), ("seed", 0), ("min_count", 0)])  # fmt: skip
@pytest.mark.parametrize("value", [-1, 2.5, NAN, True, "5", [5]], ids=str)
def test_what_must_be_a_whole_number_is_refused_otherwise(name, least, value):
    with pytest.raises(ValueError) as caught:
        train(GOOD, **{name: value})
    assert f"{name} must be a whole number of at least {least}" in str(caught.value)
    assert f"not {value!r}" in str(caught.value)


@pytest.mark.parametrize("name", ["alpha", "min_alpha", "sample", "ns_exponent"])
@pytest.mark.parametrize("value", [-11, NAN, INF, True, "0.1", None, [0.1]], ids=str)
def test_what_must_be_a_number_is_refused_otherwise(name, value):
    with pytest.raises(ValueError) as caught:
        train(GOOD, **{name: value})
    assert f"{name} must be a number of at least" in str(caught.value) and f"not {value!r}" in str(caught.value)


@pytest.mark.parametrize(
    "parameters, words",
    [
        (dict(vector_size=0), "vector_size must be .* at least 1 and .*, not 0"),
        (dict(window=0), "window must be .* at least 1 and .*, not 0"),
        (dict(epochs=0), "epochs must be .* at least 1 and .*, not 0"),
        (dict(workers=0), "workers must be .* at least 1 and .*, not 0"),
        (dict(negative=0), "negative must be .* at least 1 and .*, not 0: without noise words"),
        (dict(seed=2**64), "seed must be .* at most"),
        (dict(seed=None), "seed must be .*not None"),
        (dict(sg=2), "sg must be 1 or 0, not 2: 1 is skip-gram, 0 is CBOW"),
        (dict(sg="skip-gram"), "sg must be 1 or 0, not 'skip-gram'"),
        (dict(sg=np.array([1, 0])), "sg must be 1 or 0, not array"),
        (dict(cbow_mean=2), "cbow_mean must be True or False .*not 2"),
        (dict(cbow_exact="no"), "cbow_exact must be True or False .*not 'no'"),
        (dict(compute_loss="no"), "compute_loss must be True or False .*not 'no'"),
        (dict(alpha=0, min_alpha=0), "alpha must be above 0"),
        (dict(alpha=0.01, min_alpha=0.02), "not below min_alpha, not 0.01 and 0.02"),
        (dict(ns_exponent=900), "exponent must be a moderate number"),
        (dict(min_count=1000), "Lower min_count"),
        (dict(checkpoint=5), "the path of a file, or a Checkpoint, not 5"),
    ],
    ids=str,
)
def test_other_bad_parameters_are_refused_with_the_remedy(own_tmp, parameters, words):
    with pytest.raises(ValueError, match=words):
        train(GOOD, **parameters)
    assert not list(own_tmp.iterdir())


def test_options_are_checked_when_they_are_made_and_then_stay_what_they_are():
    options = Options(alpha=np.float32(0.5), window=np.int64(3), cbow_mean=1)
    assert (type(options.alpha), type(options.window), options.cbow_mean) == (float, int, True)
    assert Options(alpha=1) == Options(alpha=1.0)
    with pytest.raises(AttributeError):
        options.window = 4


@pytest.mark.parametrize("sg", [0, 1])
def test_training_that_runs_away_says_so(korean, sg):
    with pytest.raises(ValueError, match=r"Lower alpha \(it was 50\)"):
        train(korean[:2000], sg=sg, vector_size=8, alpha=50.0, epochs=3, workers=1, min_count=2)


# ------------------------------------------------------------------------------------ the versions to be read


@pytest.mark.parametrize("window, block", [(1, 1), (2, 4), (5, 16), (7, 7)])
def test_window_weights_are_the_mean_over_all_windows(window, block):
    distance = (torch.arange(block)[:, None] + window - torch.arange(block + 2 * window)).abs()
    windows = [((distance > 0) & (distance <= reach)).double() for reach in range(1, window + 1)]
    found = word2vec.window_weights(block, window)
    torch.testing.assert_close(found.double(), torch.stack(windows).mean(0), rtol=0, atol=1e-7)


@pytest.mark.parametrize("lengths", [[8], [3, 5], [1, 1, 6, 2], [1, 1, 1, 1], [40, 1, 17, 3]], ids=str)
def test_the_weights_of_a_text_are_the_pairs_that_random_windows_take_on_average(lengths):
    window, n = 3, sum(lengths)
    sentence = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    same = torch.nn.functional.pad(sentence[:, None] == sentence, (window, window))
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    pairs = [len(skipgram.pairs_array(np.arange(n), reach, offsets)) for reach in range(1, window + 1)]
    assert (word2vec.window_weights(n, window) * same).sum().item() == pytest.approx(np.mean(pairs))


def test_the_loss_to_read_is_the_one_that_is_written_out_pair_by_pair():
    draw, window, negative = torch.Generator().manual_seed(1), 2, 5
    x, y = torch.randn(3, 4, 6, generator=draw), torch.randn(3, 4 + 2 * window + 7, 6, generator=draw)
    same = torch.rand(3, 4, 8, generator=draw) < 0.7
    expected = 0.0
    for b in range(3):
        for t in range(4):
            for j in range(8):
                distance = abs(j - (t + window))
                if same[b, t, j] and 0 < distance <= window:
                    loss = -torch.log(torch.sigmoid(x[b, t] @ y[b, j]))
                    for noise in y[b, 8:]:
                        loss -= negative / 7 * torch.log(torch.sigmoid(-(x[b, t] @ noise)))
                    expected += loss * sum(reach >= distance for reach in range(1, window + 1)) / window
    found = word2vec.skipgram_loss(x, y, word2vec.window_weights(4, window), same, negative)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
