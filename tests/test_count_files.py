"""Counts in a folder: equal to those in memory, written whole or not at all, and nobody else's files touched."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from helpers import cooccurrence, count_files, counting, glove

ROOT = Path(__file__).resolve().parent.parent
WORDS = [f"w{i}" for i in range(90)]
FILES = {"indptr.npy", "indices.npy", "data.npy", "counts.json"}


def lines(n=300, seed=4):
    draw = np.random.default_rng(seed)
    return [[WORDS[i] for i in draw.zipf(1.3, 12) % 90] for _ in range(n)]


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("indptr", "indices", "data"))


@pytest.mark.parametrize("options", [
    {}, {"chunk": 300}, {"chunk": 300, "memory": 0}, {"chunk": 500, "memory": 0.02, "workers": 1},
    {"dtype": "float32", "chunk": 700}, {"window": 40}, {"weighting": "flat", "window": 3},
])  # fmt: skip
@pytest.mark.parametrize("band", [1, 2**18])
def test_counts_on_disk_are_those_in_memory_bit_for_bit(tmp_path, options, band, monkeypatch):
    monkeypatch.setattr(cooccurrence, "BAND", band)
    expected = counting.cooccurrence(lines(), WORDS, **options)
    found = counting.cooccurrence(lines(), WORDS, path=tmp_path / "counts", **options)
    again = count_files.load(tmp_path / "counts")
    for matrix in (found, again):
        assert same(matrix, expected) and matrix.shape == expected.shape and matrix.dtype == expected.dtype
        assert matrix.has_canonical_format and (matrix != matrix.T).nnz == 0
        assert isinstance(matrix.data, np.memmap) and isinstance(matrix.indices, np.memmap)
    assert np.allclose((found @ np.eye(90)).sum(), expected.sum())
    assert set(os.listdir(tmp_path)) == {"counts"} and set(os.listdir(tmp_path / "counts")) == FILES
    arrays = {name: np.load(tmp_path / "counts" / f"{name}.npy") for name in ("indptr", "indices", "data")}
    assert arrays["indptr"].dtype == np.int64 and arrays["indices"].dtype == np.int32
    assert np.array_equal(arrays["data"], expected.data) and arrays["data"].dtype == options.get("dtype", "float64")


def test_the_matrix_is_never_in_memory_as_a_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(cooccurrence, "BAND", 1 << 12)
    draw = np.random.default_rng(5)
    words = [f"w{i}" for i in range(1000)]
    text = [[words[i] for i in draw.integers(0, 1000, 20)] for _ in range(2500)]

    def peak(**options):
        tracemalloc.start()
        matrix = counting.cooccurrence(text, words, **options)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return 12 * matrix.nnz, size

    peak()
    (size, kept), (_, written) = peak(), peak(path=tmp_path / "counts")
    assert size > 6e6 and kept > size and written < kept - 0.8 * size


def test_counts_are_replaced_by_counts_and_folders_are_made(tmp_path):
    path = tmp_path / "deep" / "down" / "counts"
    counting.cooccurrence(lines(seed=1), WORDS, path=str(path))
    found = counting.cooccurrence(lines(seed=2), WORDS, path=path)
    assert same(found, counting.cooccurrence(lines(seed=2), WORDS)) and same(count_files.load(path), found)
    assert os.listdir(path.parent) == ["counts"]
    (tmp_path / "empty").mkdir()
    counting.cooccurrence(lines(), WORDS, path=tmp_path / "empty")
    assert set(os.listdir(tmp_path / "empty")) == FILES


def never():
    raise AssertionError("the path is looked at before the sentences")
    yield


def a_file(path):
    path.write_text("my diary")


def a_folder_with_a_file(path):
    path.mkdir()
    (path / "diary.txt").write_text("my diary")


def counts_and_a_file(path):
    counting.cooccurrence(lines(), WORDS, path=path)
    (path / "diary.txt").write_text("my diary")


def arrays_without_our_note(path):
    counting.cooccurrence(lines(), WORDS, path=path)
    (path / "counts.json").write_text('{"format": "mine"}')


def a_link(path):
    counting.cooccurrence(lines(), WORDS, path=path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("make", [a_file, a_folder_with_a_file, counts_and_a_file, arrays_without_our_note, a_link])
def test_what_is_not_ours_is_refused_at_once_and_left_alone(tmp_path, make):
    make(tmp_path / "counts")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(FileExistsError, match="counts is there already, .* move this away"):
        counting.cooccurrence(never(), WORDS, path=tmp_path / "counts")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_somebody_puts_there_meanwhile_is_left_alone(tmp_path):
    def sentences():
        yield from lines()
        (tmp_path / "counts").write_text("my diary")

    with pytest.raises(FileExistsError, match="is there already"):
        counting.cooccurrence(sentences(), WORDS, path=tmp_path / "counts")
    assert os.listdir(tmp_path) == ["counts"] and (tmp_path / "counts").read_text() == "my diary"


@pytest.mark.parametrize("chunk", [10**6, 200])
def test_a_failure_leaves_the_old_counts_and_no_draft(tmp_path, monkeypatch, limited, chunk):
    path = tmp_path / "counts"
    old = counting.cooccurrence(lines(seed=1), WORDS, path=path)

    def broken():
        yield from lines()
        raise OSError(errno.EIO, "the corpus cannot be read")

    with pytest.raises(OSError, match="^.Errno 5. the corpus cannot be read$"):
        counting.cooccurrence(broken(), WORDS, path=path, chunk=chunk)
    with pytest.raises(ValueError, match="no sentence has two words"):
        counting.cooccurrence([["w1"]], WORDS, path=path, chunk=chunk)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no temporary file .* start Python again$"):
        patch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
        counting.cooccurrence(lines(), WORDS, path=path, chunk=300, memory=0)
    limited(2_000)
    with pytest.raises(OSError, match="cannot store counts in .*: File too large. Name a path on a disk") as caught:
        counting.cooccurrence(lines(), WORDS, path=path, chunk=chunk)
    assert caught.value.errno == errno.EFBIG
    assert os.listdir(tmp_path) == ["counts"] and same(count_files.load(path), old)


def test_a_name_that_cannot_be_changed_leaves_the_old_counts(tmp_path, monkeypatch):
    path = tmp_path / "counts"
    old = counting.cooccurrence(lines(seed=1), WORDS, path=path)
    move, size = Path.replace, (path / "data.npy").stat().st_size

    def refused(source, target):
        if target == path and (source / "data.npy").stat().st_size > size:
            raise OSError(errno.EACCES, "Permission denied")
        return move(source, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(OSError, match="Permission denied. If a matrix of older ones is in use, `del` it"):
        counting.cooccurrence(lines(900), WORDS, path=path)
    assert os.listdir(tmp_path) == ["counts"] and same(count_files.load(path), old)


KILLED = """
import os, signal, sys
sys.path.insert(0, "tests")
from helpers import cooccurrence, counting
from test_count_files import WORDS, lines
cooccurrence.BAND, finished = 1, cooccurrence.finished
def killed(*arguments):
    for n, band in enumerate(finished(*arguments)):
        if n == 40:
            os.kill(os.getpid(), signal.SIGKILL)
        yield band
cooccurrence.finished = killed
counting.cooccurrence(lines(seed=2), WORDS, path=sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is Unix's")
def test_a_killed_process_leaves_the_old_counts(tmp_path):
    path = tmp_path / "counts"
    old = counting.cooccurrence(lines(seed=1), WORDS, path=path)
    done = subprocess.run([sys.executable, "-c", KILLED, path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert same(count_files.load(path), old)
    left = set(os.listdir(tmp_path)) - {"counts"}
    assert len(left) == 1 and left.pop().endswith(".part")
    assert same(counting.cooccurrence(lines(seed=2), WORDS, path=path), counting.cooccurrence(lines(seed=2), WORDS))


def test_a_folder_that_cannot_be_made_is_told_at_once(tmp_path):
    a_file(tmp_path / "file")
    with pytest.raises(OSError, match="cannot make a folder in .*Name a path in a folder of your own"):
        counting.cooccurrence(never(), WORDS, path=tmp_path / "file" / "counts")


def cut_short(path):
    (path / "data.npy").write_bytes((path / "data.npy").read_bytes()[:-8])


def other_length(path):
    np.save(path / "data.npy", np.load(path / "data.npy")[:-1])


def other_text(path):
    (path / "indices.npy").write_text("my diary")


def missing(path):
    (path / "indptr.npy").unlink()


def open_bracket(path):
    """Damage that NumPy meets while it reads the head of an array as Python."""
    array = path / "data.npy"
    array.write_bytes(array.read_bytes().replace(b"}", b"(", 1))


def unhashable(path):
    array = path / "data.npy"
    array.write_bytes(array.read_bytes().replace(b"'descr':", b"[]     :", 1))


@pytest.mark.parametrize("damage", [cut_short, other_length, other_text, missing, open_bracket, unhashable])
def test_damaged_counts_are_noticed(tmp_path, damage):
    counting.cooccurrence(lines(), WORDS, path=tmp_path / "counts")
    damage(tmp_path / "counts")
    with pytest.raises(ValueError, match="the counts in .*: count again with counting.cooccurrence"):
        count_files.load(tmp_path / "counts")


def test_where_no_counts_are_none_are_loaded(tmp_path):
    for path in (tmp_path, tmp_path / "counts"):
        with pytest.raises(FileNotFoundError, match="is no folder of counts: count again with"):
            count_files.load(path)


def test_more_counts_than_32_bits_can_number_keep_their_columns_uncopied():
    starts, columns, values = np.array([0, 1, 2**31]), np.zeros(1, np.int32), np.zeros(1)  # as if there were so many
    matrix = count_files.csr(starts, columns, values)
    assert matrix.indices is columns and matrix.data is values and matrix.indptr.dtype == np.int64


@pytest.mark.parametrize("name, array", [
    ("indices", np.array([1, 7], np.int32)), ("indices", np.array([1, -1], np.int32)),
    ("indices", np.array([1.0, 0.0])),
    ("indptr", np.array([0, 2, 1, 2])), ("indptr", np.array([1, 1, 2])), ("data", np.array(["a", "b"])),
])  # fmt: skip
def test_counts_that_somebody_has_changed_do_not_reach_compiled_code(tmp_path, name, array):
    counting.cooccurrence([["a", "b"]], ["a", "b"], path=tmp_path / "counts", workers=1)
    np.save(tmp_path / "counts" / f"{name}.npy", array)
    with pytest.raises(ValueError, match="damaged"):
        glove.fit(tmp_path / "counts", vector_size=2, epochs=1)


def test_a_note_that_no_parser_takes_is_no_note(tmp_path):
    counting.cooccurrence([["a", "b"]], ["a", "b"], path=tmp_path / "counts")
    (tmp_path / "counts" / count_files.NOTE).write_text("[" * 100_000)
    with pytest.raises(FileNotFoundError, match="no folder of counts: count again"):
        count_files.load(tmp_path / "counts")
