"""The stream of ids on disk: the same ids as the vocabulary gives, chunk by chunk, and no file left behind."""

import errno
import gc
import hashlib
import io
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import corpora, streams
from helpers.streams import END, TokenStream
from helpers.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent
SENTENCES = [["the", "wide", "road"], [], ["in", "the", "hot", "sun"], ["unknown"], ["the", "sun"]]
VOCABULARY = Vocabulary(["the", "sun", "road", "hot", "in", "wide"], [3, 2, 1, 1, 1, 1])


def whole(stream):
    return stream.chunk(0, stream.size)


def test_ids_are_those_of_the_vocabulary(tmp_path):
    stream = TokenStream(SENTENCES, VOCABULARY, tmp_path)
    expected = [i for s in SENTENCES for i in (*VOCABULARY.encode(s).tolist(), END)]
    assert whole(stream).tolist() == expected
    assert whole(stream).dtype == np.int32
    assert stream.size == len(expected)
    assert stream.tokens == sum(len(VOCABULARY.encode(s)) for s in SENTENCES)
    assert os.fstat(stream.file.fileno()).st_size == 4 * stream.size


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcxy"), max_size=6), max_size=30), st.integers(1, 7))
def test_chunks_put_together_are_the_corpus(sentences, length):
    sentences = [["a", "b"], *sentences]
    vocabulary = Vocabulary(list("abc"), [9, 8, 7])
    stream = TokenStream(sentences, vocabulary)
    ids, offsets = vocabulary.encode_corpus(sentences)
    found = np.concatenate([stream.chunk(start, length) for start in stream.starts(length)])
    assert np.array_equal(found[found != END], ids)
    ends = np.flatnonzero(found == END) - np.arange(len(sentences))
    assert np.array_equal(ends, offsets[1:])


def test_a_corpus_cut_at_white_space_gives_the_stream_of_its_sentences(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("the wide road\n\n in the\thot sun \nunknown\n" + "the sun " * 9, encoding="utf-8")
    corpus = corpora.load(path, tokenize=str.split, max_sentence_length=5)
    stream, expected = TokenStream(corpus, VOCABULARY), TokenStream(list(corpus), VOCABULARY)
    assert whole(stream).tolist() == whole(expected).tolist() and stream.tokens == expected.tokens == 25


def test_more_sentences_than_a_batch_holds():
    sentences = [["the", "sun"]] * 2345
    assert TokenStream(sentences, VOCABULARY).tokens == 2 * 2345


def test_a_generator_will_do():
    assert TokenStream((s for s in SENTENCES), VOCABULARY).tokens == 9


def open_files():
    """The files that this process holds open (Linux)."""
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return [os.readlink(link) for link in links if os.path.lexists(link)]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_the_file_goes_away_with_the_object(tmp_path):
    stream = TokenStream(SENTENCES, VOCABULARY, tmp_path)
    assert any(str(tmp_path) in path for path in open_files()), "it is there"
    del stream
    gc.collect()
    assert not any(str(tmp_path) in path for path in open_files()) and not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is Unix's")
def test_a_killed_process_leaves_no_file(tmp_path):
    code = (
        "import sys, os, signal; from helpers.streams import TokenStream; from helpers.vocabulary import Vocabulary\n"
        "s = TokenStream([['a', 'b']] * 9999, Vocabulary(['a', 'b'], [2, 1]), sys.argv[1])\n"
        "print(os.fstat(s.file.fileno()).st_size, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL and int(done.stdout) == 4 * 3 * 9999, done.stderr
    assert not list(tmp_path.iterdir())


def test_closing_twice_is_harmless(tmp_path):
    stream = TokenStream(SENTENCES, VOCABULARY, tmp_path)
    stream.close()
    stream.close()
    assert not list(tmp_path.iterdir())


def test_several_threads_read_their_own_chunks():
    stream = TokenStream([[w] * 5 for w in VOCABULARY.words] * 2000, VOCABULARY)
    expected = {start: stream.chunk(start, 1000).tolist() for start in stream.starts(1000)}
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            found = pool.map(lambda start: (start, stream.chunk(start, 1000).tolist()), expected)
            assert dict(found) == expected


def test_the_digest_is_that_of_the_ids():
    stream = TokenStream(SENTENCES, VOCABULARY)
    assert stream.digest() == hashlib.sha256(whole(stream).tobytes()).hexdigest()
    assert stream.digest() != TokenStream(SENTENCES[::-1], VOCABULARY).digest()


@pytest.mark.parametrize(
    "sentences, error, words",
    [
        ([], ValueError, "generator can be read only once"),
        ([["nowhere"]], ValueError, "in the vocabulary"),
        ([["sun"], ["the"]], ValueError, "no sentence holds two words"),
        ([["sun", "unknown"], ["the"]], ValueError, "no sentence holds two words"),
        (["the sun"], TypeError, "sentence.split"),
        ("the sun", TypeError, "sentence.split"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_and_leaves_no_file(tmp_path, sentences, error, words):
    with pytest.raises(error, match=words):
        TokenStream(sentences, VOCABULARY, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [KeyError("broken corpus"), FileNotFoundError(errno.ENOENT, "broken corpus")])
def test_an_exception_of_the_corpus_passes_through_and_leaves_no_file(tmp_path, error):
    def broken():
        yield ["the", "sun"]
        raise error

    with pytest.raises(type(error), match="broken corpus"):
        TokenStream(broken(), VOCABULARY, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told_with_the_remedy(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(streams.tempfile, "TemporaryFile", lambda dir: Full())
    with pytest.raises(OSError, match="No space left on device. Set TMPDIR") as caught:
        TokenStream(SENTENCES, VOCABULARY, tmp_path)
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())


MEMORY = """
import sys, tracemalloc
from helpers.streams import TokenStream
from helpers.vocabulary import Vocabulary
def corpus(n):
    for i in range(n):
        yield [f"w{(i * 7 + k) % 50}" for k in range(20)]
vocabulary = Vocabulary.build(corpus(100), min_count=1)
for n in map(int, sys.argv[1:]):
    tracemalloc.start()
    stream = TokenStream(corpus(n), vocabulary)
    print(tracemalloc.get_traced_memory()[1], stream.tokens)
    tracemalloc.stop()
"""


def test_memory_does_not_grow_with_the_corpus():
    run = subprocess.run([sys.executable, "-c", MEMORY, "4000", "16000"], capture_output=True, text=True, check=True)
    (small, few), (large, many) = (map(int, line.split()) for line in run.stdout.splitlines())
    assert many == 4 * few
    assert large < 1.2 * small
