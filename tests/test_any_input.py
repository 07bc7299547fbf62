"""Anything at all: what comes from outside is taken, or refused in words that help; nothing hangs, nothing is NaN.

Each property is tried on a few dozen inputs in the fast tier and on many more in the slow one.
"""

import contextlib
import copy
import inspect
import io
import os
import time
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import (
    captions,
    checkpoints,
    cluster,
    context,
    corpora,
    counting,
    exercises,
    fasttext,
    fasttext_files,
    glove,
    pseudowords,
    vectors,
    word2vec,
)
from helpers.vocabulary import Vocabulary

CALM = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
ANYTHING = st.text(st.characters(codec=None), max_size=6)  # control characters and lone surrogates, too
ODD_WORDS = st.sampled_from(["", " ", "a b", "1 2", "3 2", "\ufeffa", "PK\x03\x04", "<html>", "%PDF", "\x80", "\ud800",
                             "x\x1cy", "a\u2028b", "서울", "PAR1", "</s>", "\r", "a\r", "0", "nan", "inf"])  # fmt: skip
WORDS = st.lists(ANYTHING | ODD_WORDS, min_size=1, max_size=8, unique=True)
NUMBERS = st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0, 1e-45, 3.4e38, 2.5986e-09])


def helps(error):
    """Whether an error was meant for a person: it says something to do, and more than the name of a key."""
    return isinstance(error, (ValueError, TypeError, KeyError, OSError, MemoryError)) and len(str(error)) > 20


# ------------------------------------------------------------------------------------ words through every format


def round_trip(tmp_path_factory, words, format, rows):
    table = np.resize(np.array(rows, np.float32), (len(words), min(3, len(rows))))
    kv, path = vectors.keyed_vectors(words, table), tmp_path_factory.getbasetemp() / f"any-{format}-{os.getpid()}"
    path.unlink(missing_ok=True)
    try:
        vectors.save(kv, path, format)
    except ValueError as error:
        assert helps(error) and not path.exists()
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = vectors.load(path)
    assert found.index_to_key == words and found.vectors.tobytes() == table.tobytes()
    return True


GIVEN = given(words=WORDS, format=st.sampled_from(vectors.FORMATS), rows=st.lists(NUMBERS, min_size=1, max_size=9))


@settings(max_examples=150, **CALM)
@GIVEN
def test_what_save_writes_load_reads_back(tmp_path_factory, words, format, rows):
    round_trip(tmp_path_factory, words, format, rows)


@pytest.mark.slow
@settings(max_examples=5000, **CALM)
@GIVEN
def test_what_save_writes_load_reads_back_many(tmp_path_factory, words, format, rows):
    round_trip(tmp_path_factory, words, format, rows)


def test_ordinary_words_can_be_saved_in_every_format(tmp_path_factory):
    for format in vectors.FORMATS:
        assert round_trip(
            tmp_path_factory, ["the", "서울", "é", "don't", "5", "<unk>", "🙂"], format, [0.5, -1e-30, 3e38]
        )


def vocabulary_trip(tmp_path_factory, words):
    path = tmp_path_factory.getbasetemp() / f"any-words-{os.getpid()}"
    try:
        vocabulary = Vocabulary(words, range(len(words), 0, -1))
        vocabulary.save(path)
    except ValueError as error:
        assert helps(error)
        return
    assert Vocabulary.load(path).words == vocabulary.words


def bin_trip(tmp_path_factory, words, units):
    path = tmp_path_factory.getbasetemp() / f"any-bin-{os.getpid()}"
    try:
        vocabulary = Vocabulary(words, range(len(words), 0, -1))
        table = np.arange(2 * (len(words) + 5), dtype=np.float32).reshape(-1, 2)
        kv = fasttext.subword_vectors(vocabulary, table, 3, 4, 5, units)
        fasttext_files.save_bin(kv, path)
    except ValueError as error:
        assert helps(error)
        return
    found = fasttext_files.load(path, units)
    assert found.index_to_key == kv.index_to_key and np.array_equal(found.vectors_vocab, kv.vectors_vocab)
    assert np.array_equal(found.vectors_ngrams, kv.vectors_ngrams)


@settings(max_examples=60, **CALM)
@given(words=WORDS, units=st.sampled_from(["syllable", "jamo"]))
def test_words_through_the_other_files(tmp_path_factory, words, units):
    vocabulary_trip(tmp_path_factory, words)
    bin_trip(tmp_path_factory, words, units)


@pytest.mark.slow
@settings(max_examples=2000, **CALM)
@given(words=WORDS, units=st.sampled_from(["syllable", "jamo"]))
def test_words_through_the_other_files_many(tmp_path_factory, words, units):
    vocabulary_trip(tmp_path_factory, words)
    bin_trip(tmp_path_factory, words, units)


# ------------------------------------------------------------------------------------------- any bytes as a file

READERS = {
    "corpus": lambda path: list(corpora.load(path)),
    "corpus, replaced": lambda path: list(corpora.load(path, errors="replace")),
    "corpus, cp949": lambda path: list(corpora.load(path, encoding="cp949")),
    "vectors": vectors.load,
    "vectors, some": lambda path: vectors.load(path, words=["a", "서울"], errors="replace"),
    "vocabulary": Vocabulary.load,
    "fasttext": fasttext_files.load,
    "checkpoint": lambda path: checkpoints.Checkpoint(path).restore({}),
}
PIECES = st.sampled_from([
    b"a 1 2\n", b"b 3 4\n", b"2 2\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b\x08", b"PK\x03\x04", b"\0",
    "서울 시\n".encode(), "서울 시\n".encode("cp949"), b"nan nan\n", b"\x80\x04", b"\xba\x16\x4f\x2f\x0c\0\0\0",
    b"99999999 3\n", b"\t", b" ",
    np.float32([1, 2]).tobytes(), b"\r\n", b"I don\x92t\n", b"{\\rtf1 ",
])  # fmt: skip
BYTES = st.binary(max_size=60) | st.lists(PIECES | st.binary(max_size=3), max_size=8).map(b"".join)


def any_bytes(tmp_path_factory, data, kind):
    path = tmp_path_factory.getbasetemp() / f"any-bytes-{os.getpid()}"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = READERS[kind](path)
        except (ValueError, OSError) as error:
            assert helps(error) and not isinstance(error, UnicodeError), error
            return
    if hasattr(found, "vectors"):
        assert (
            np.isfinite(found.vectors).all() and len(set(found.index_to_key)) == len(found) and all(found.index_to_key)
        )


@settings(max_examples=250, **CALM)
@given(data=BYTES, kind=st.sampled_from(list(READERS)))
def test_any_bytes_as_a_file(tmp_path_factory, data, kind):
    any_bytes(tmp_path_factory, data, kind)


@pytest.mark.slow
@settings(max_examples=10_000, **CALM)
@given(data=BYTES, kind=st.sampled_from(list(READERS)))
def test_any_bytes_as_a_file_many(tmp_path_factory, data, kind):
    any_bytes(tmp_path_factory, data, kind)


# ----------------------------------------------------------------------------------- any parameters of any trainer

TRAINERS = {"word2vec": word2vec.train, "fasttext": fasttext.train, "glove": glove.train}
SENTENCES = [["가", "나", "다", "라"], ["b", "c", "a"], ["가", "a"], ["서울"]] * 5
GOOD = {
    "vector_size": st.integers(1, 9), "window": st.sampled_from([1, 3, 10**4, 2**31 - 1]),
    "min_count": st.integers(0, 3),
    "sg": st.sampled_from([0, 1]), "negative": st.integers(1, 20), "sample": st.sampled_from([0, 1e-3, 1e-9, 1]),
    "ns_exponent": st.sampled_from([0, 0.75, 1, -1]), "alpha": st.sampled_from([1e-4, 0.025, 0.75, 1, 30]),
    "min_alpha": st.sampled_from([0, 1e-4]), "epochs": st.integers(1, 3), "seed": st.sampled_from([0, 1, 2**63 - 1]),
    "workers": st.sampled_from([1, 2, None]), "min_n": st.integers(1, 4), "max_n": st.integers(0, 30),
    "bucket": st.sampled_from([0, 1, 7, 1000, None]), "units": st.sampled_from(["syllable", "jamo"]),
    "cbow_mean": st.booleans(), "cbow_exact": st.booleans(), "x_max": st.sampled_from([1e-3, 1, 100]),
    "learning_rate": st.sampled_from([1e-3, 0.05, 1e3]), "compute_loss": st.booleans(),
    "sentences": st.just(SENTENCES), "vocabulary": st.sampled_from([None, ["가", "a", "없음"]]),
}  # fmt: skip
BAD = st.sampled_from([None, True, np.True_, "5", "", "가", -1, 0, 0.5, -0.0, float("nan"), float("inf"), 10**20,
2**64, 1e308,
                       np.int64(3), np.float32(0.5), np.float16("nan"), [], [3], {"a": 1}, {3}, b"3", 3j, object(),
                       Ellipsis,
                       np.zeros(2), np.array(3)])  # fmt: skip


@st.composite
def calls(draw):
    """A trainer and parameters for it, of which up to two are wrong."""
    name = draw(st.sampled_from(list(TRAINERS)))
    known = [key for key in GOOD if key in inspect.signature(TRAINERS[name]).parameters]
    chosen = draw(st.lists(st.sampled_from(known), unique=True, max_size=8))
    options = {"sentences": SENTENCES, "epochs": 1, "vector_size": 3, "min_count": 1, "workers": 1}
    options |= {key: draw(GOOD[key]) for key in chosen}
    for key in draw(st.lists(st.sampled_from(known), unique=True, max_size=2)):
        options[key] = draw(BAD)
    return name, options


def trained(call):
    name, options = call
    begin = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            kv = TRAINERS[name](**options)
        except (ValueError, TypeError, MemoryError, FileNotFoundError) as error:
            assert helps(error) and raised_here(error), error
            return
    assert time.monotonic() - begin < 20, "this took long"
    assert np.isfinite(kv.vectors).all() and len(kv) > 1


def raised_here(error):
    """Whether an error was raised by the course's own code, not deep inside a library."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return "helpers" in trace.tb_frame.f_code.co_filename


@settings(max_examples=100, **CALM)
@given(calls())
def test_any_parameters_of_any_trainer(call):
    trained(call)


@pytest.mark.slow
@settings(max_examples=3000, **CALM)
@given(calls())
def test_any_parameters_of_any_trainer_many(call):
    trained(call)


LARGE = (
    "window",
    "min_n",
    "max_n",
    "vector_size",
    "negative",
    "bucket",
    "x_max",
    "seed",
    "workers",
    "min_count",
    "epochs",
)


@pytest.mark.parametrize("name", TRAINERS)
def test_numbers_that_no_machine_can_work_with(name):
    for key in set(LARGE) & set(inspect.signature(TRAINERS[name]).parameters):
        for value in (10**20, 2**70, -(10**20)):
            trained(
                (
                    name,
                    {"sentences": SENTENCES, "epochs": 1, "vector_size": 3, "min_count": 1, "workers": 1, key: value},
                )
            )
    with pytest.raises(MemoryError, match="does not fit .* lower vector_size"):
        TRAINERS[name](SENTENCES, min_count=1, vector_size=2**30 + 1)


def test_a_window_costs_no_more_than_the_longest_sentence():
    sentences = [[f"w{(7 * i + j) % 50}" for j in range(12)] for i in range(300)]
    for name, options in (("word2vec", {"sg": 1}), ("word2vec", {"sg": 0}), ("fasttext", {}), ("glove", {})):
        seconds = {}
        for window in (12, 12, 2**31 - 1):  # the first call compiles
            begin = time.process_time()
            TRAINERS[name](sentences, window=window, min_count=1, vector_size=8, epochs=2, workers=1, **options)
            seconds[window] = time.process_time() - begin
        assert seconds[2**31 - 1] < 20 * seconds[12] + 1, (name, options)


@pytest.mark.parametrize("name", TRAINERS)
@pytest.mark.parametrize("sentences", [
    [["하나", "둘"]], [["a", "b"] * 5000], [["a"] * 99 + ["b"]] * 20, [["a", "b"]] + [["a"]] * 30_000,
], ids=["one sentence", "one long sentence", "one word is 99 %", "sentences of one word"])  # fmt: skip
def test_lopsided_texts(name, sentences):
    kv = TRAINERS[name](sentences, min_count=1, vector_size=5, epochs=2, workers=1)
    assert np.isfinite(kv.vectors).all() and len(kv) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINERS)
def test_a_million_sentences_of_one_word(name):
    begin = time.monotonic()
    with pytest.raises(ValueError, match="two words"):
        TRAINERS[name]([[f"w{i % 5}"] for i in range(1_000_000)], min_count=1, epochs=1, vector_size=5)
    assert time.monotonic() - begin < 60


# ------------------------------------------------------------------------------------------ any answer at all


class Odd:
    """An object that raises whatever one does with it."""

    def __getattr__(self, name):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    __eq__ = __iter__ = __len__ = __bool__ = __array__ = __getitem__ = __repr__
    __hash__ = object.__hash__


def leaves(*_):
    raise SystemExit(3)


def without_end(*_):
    while True:
        yield 1


def unspeakable(*_):
    error = ValueError()
    error.args = (Odd(),)
    raise error


ANSWERS = [None, 5, "text", Odd(), leaves, without_end, unspeakable, lambda *_: Odd(), lambda *_: "\ud800", lambda: 1,
           lambda *_: np.array(Odd, dtype=object), lambda *_: float("nan"), lambda *_: [[1], [2, 3]], type, print, iter,
           lambda *_: {1: Odd()}, lambda *_: 10**400, lambda *_: without_end, copy.copy, Odd, Ellipsis]  # fmt: skip
REFERENCES = [
    counting.one_hot,
    exercises.word2vec.reported,
    counting.lsa,
    corpora.load,
    captions.clipped_matches,  # lessons 9, 10 and 11
    exercises.captions.beam_step,
    context.causal_mask,
    exercises.context.hide,
    pseudowords.moving,
    cluster.tree,
    exercises.cluster.averaged,
    np.sum,
    None,
    3,
    Odd(),
    print,
    lambda x: x,
]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda value: type(value).__name__)
def test_check_never_raises(reference, capsys):
    for answer in ANSWERS:
        exercises.check(answer, reference)
        out = capsys.readouterr().out
        assert any(line.startswith(("✗", "…")) for line in out.splitlines()) and "✓" not in out
        out.encode()


@settings(max_examples=60, **CALM)
@given(st.recursive(st.none() | st.integers() | st.floats() | ANYTHING | st.binary(max_size=3), st.lists, max_leaves=5))
def test_check_takes_any_value(value):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exercises.check(lambda *_: value, counting.one_hot)
        exercises.check(value, counting.one_hot)
    assert "✓" not in out.getvalue()
