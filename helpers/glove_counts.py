"""The counts that GloVe trains on: read a band of rows at a time, checked, cut into segments, dealt out into parts.

A matrix may be larger than memory: where its arrays are memory maps, as in what `counting.cooccurrence(…, path=…)`
returns, only a band or a part is ever in memory, and the segments lie in a temporary file.
"""

import contextlib
import math
import mmap
import tempfile
import threading
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy import sparse

from helpers import arguments, files, glove_loops
from helpers.checkpoints import digest

BAND = 1 << 20  # nonzeros that are read at one go
SEGMENTS = 1 << 15  # in a part, about: some 50 milliseconds of training, after which it can be stopped and saved
PARTS = 8  # of a small matrix
TOLERANCE = 1e-6  # how far a matrix may be from its transpose, as a share of the largest count


class RowBand(NamedTuple):
    """Some rows of a matrix, one after the other; row r of them has the entries starts[r] … starts[r + 1] − 1."""

    first: int  # number of the first row
    starts: np.ndarray  # (rows + 1,) int64
    columns: np.ndarray  # (n,)
    values: np.ndarray  # (n,)


class Counts:
    """A square matrix of counts, checked, of which only a band of rows is looked at at a time.

    Takes a sparse matrix or a two-dimensional array.  One with stored zeros, or with columns out of order or repeated,
    is put in order in a copy.  ValueError, naming the remedy, for a matrix that is not square, that is empty, or
    whose entries are no counts.
    """

    def __init__(self, matrix):
        if not sparse.issparse(matrix):
            matrix = arguments.array("counts", matrix)
            if matrix.ndim != 2:
                raise ValueError("a co-occurrence matrix has one row and one column per word, "
                                 f"not the shape {matrix.shape}")  # fmt: skip
        if matrix.dtype.kind not in "biuf":
            raise ValueError(f"counts must be numbers, not {matrix.dtype}")
        try:
            matrix = sparse.csr_matrix(matrix)
        except ValueError as error:  # SciPy has a look at some of it
            raise ValueError(f"the matrix is damaged ({error}): count again") from None
        if matrix.shape[0] != matrix.shape[1]:
            raise ValueError("a co-occurrence matrix has one row and one column per word, "
                             f"not the shape {matrix.shape}")  # fmt: skip
        self.take(matrix)
        if (
            self.starts[0] != 0
            or np.diff(self.starts).min(initial=0) < 0
            or self.nonzeros > len(self.columns)
            or (self.nonzeros > len(self.values))
        ):
            raise ValueError("the matrix is damaged, its row pointers do not fit its entries: count again")
        if not all([within(band, self.words) for band in self.bands()]):
            raise ValueError(f"the matrix is damaged, it names columns outside 0 … {self.words - 1}: count again")
        if not all(map(in_order, self.bands())):
            matrix = matrix.copy()
            matrix.sum_duplicates()
            matrix.eliminate_zeros()
            self.take(matrix)
        if not self.nonzeros:
            raise ValueError("the matrix holds no counts: take more text, or lower min_count")
        self.largest = max(map(largest, self.bands()))

    def take(self, matrix):
        self.starts = np.array(matrix.indptr, np.int64)
        self.columns, self.values = matrix.indices, matrix.data
        self.words, self.nonzeros = len(self.starts) - 1, int(self.starts[-1])
        self.on_disk = map_of(self.values) is not None

    def edges(self):
        """The first row of each band, and the end of the last: BAND nonzeros at most, but at least one row each."""
        found = [0]
        while found[-1] < self.words:
            end = int(np.searchsorted(self.starts, self.starts[found[-1]] + BAND, side="right")) - 1
            found.append(max(end, found[-1] + 1))
        return found

    def bands(self):
        """All rows, band by band."""
        for first, end in pairwise(self.edges()):
            starts = self.starts[first : end + 1]
            entries = (read(array, starts[0], starts[-1]) for array in (self.columns, self.values))
            yield RowBand(first, starts - starts[0], *entries)

    def symmetric(self):
        """Whether X = Xᵀ, as far as X y = Xᵀ y tells for one random y; both are added up band by band.

        The rows of X − Xᵀ would all have to be orthogonal to y to hide from it (Freivalds 1977).
        """
        y = np.random.default_rng(0).uniform(1, 2, self.words)
        forward, backward = np.empty(self.words), np.zeros(self.words)
        for first, starts, columns, values in self.bands():
            rows = slice(first, first + len(starts) - 1)
            band = sparse.csr_matrix((values, columns, starts), (len(starts) - 1, self.words))
            forward[rows] = band @ y
            backward += band.T @ y[rows]
        return bool(abs(forward - backward).max() <= TOLERANCE * self.largest)


def within(band, words):
    """Whether all columns are those of words; the compiled loops take them as they are."""
    return band.columns.min(initial=0) >= 0 and band.columns.max(initial=0) < words


def in_order(band):
    """Whether the columns of each row ascend and no zero is stored."""
    falls = np.flatnonzero(np.diff(band.columns) <= 0) + 1  # at the first entry of a row the column may fall
    return bool(band.values.all() and np.isin(falls, band.starts).all())


def largest(band):
    """The largest count, 0 where there is none; ValueError for entries that are no counts."""
    if not np.isfinite(band.values).all():
        raise ValueError("the matrix holds nan or infinite entries: count again, or look for a division by zero")
    if band.values.min(initial=0) < 0:
        raise ValueError("counts cannot be negative: pass counts, not differences or normalised scores")
    return float(band.values.max(initial=0))


def read(array, first, end):
    """array[first:end]; of a memory map a copy, and its pages are given back at once: they would stay in memory.

    Not read from the file by its name: the folder may have been counted anew, and other counts have that name now.
    Windows knows no way to give pages back, and takes them where memory runs short.
    """
    memory = map_of(array)
    if memory is None:
        return array[first:end]
    found = array[first:end].copy()
    if hasattr(mmap, "MADV_DONTNEED"):
        memory.madvise(mmap.MADV_DONTNEED)  # all of them, since the system fetches pages around those that are read
    return found


def map_of(array):
    """The mmap.mmap that an array reads from, if it is a read-only memory map or a view of one; otherwise None."""
    root = array
    while isinstance(root, np.ndarray) and not isinstance(root.base, mmap.mmap):
        root = root.base
    if not isinstance(root, np.memmap) or root.mode != "r":
        return None
    return root.base


# ---------------------------------------------------------------------------------------------------------- the parts


def segment_type(length):
    """A segment as a NumPy type: its row, how many nonzeros it has, and the column and log x of each."""
    return np.dtype([("row", "i4"), ("size", "i4"), ("columns", "i4", (length,)), ("logs", "f4", (length,))])


class Parts:
    """The nonzeros of a matrix, cut into segments (see `glove_loops`), which are shuffled and dealt out, once.

    `parts[p]` is an array of segments, its share of every band, which lies in one piece: in memory, 8 bytes a nonzero
    or a little more, or in a temporary file if the matrix lies on disk.  `with Parts(counts) as parts:` closes that
    file.  OSError, naming the remedy, if the disk is full.

    nonzeros  how many there are;  share: how many of them the fullest row has;  segments: how many they make up
    """

    def __init__(self, counts, length=glove_loops.LENGTH):
        self.type, self.words, self.nonzeros = segment_type(length), counts.words, counts.nonzeros
        self.share = float(np.diff(counts.starts).max() / counts.nonzeros)
        bands = [number_of_segments(counts.starts[first : end + 1], length) for first, end in pairwise(counts.edges())]
        self.segments = sum(bands)
        self.number = max(PARTS, math.ceil(self.segments / SEGMENTS))
        self.starts = sum(map(self.dealt, bands))  # part p has the segments starts[p] … starts[p + 1] − 1
        self.file, self.lock = files.temporary() if counts.on_disk else None, threading.Lock()
        self.memory = None if self.file else np.empty(self.segments, self.type)
        chance, ends = np.random.default_rng(0), self.starts[:-1].copy()  # where each part ends so far
        try:
            for segments in map(lambda band: cut(band, self.type, chance), counts.bands()):  # keeps no band any longer
                self.store(segments, ends)
            if self.file:
                self.file.flush()  # what the disk will not take is told now
        except OSError as error:
            with contextlib.suppress(OSError):  # closing writes what is left over
                self.close()
            raise OSError(error.errno, f"cannot store counts in {tempfile.gettempdir()}: {error.strerror}. "
                                       "Set TMPDIR to a folder with more room") from None  # fmt: skip

    def dealt(self, segments):
        """How `segments` of a band are dealt out: part p has those from number dealt[p] to dealt[p + 1] − 1."""
        return np.arange(self.number + 1) * segments // self.number

    def store(self, segments, ends):
        """Put the segments of a band behind what each part has; `ends` moves on."""
        shares = self.dealt(len(segments))
        for place, share in zip(ends, map(slice, shares[:-1], shares[1:])):
            if self.file:
                self.file.seek(place * self.type.itemsize)
                self.file.write(segments[share].view(np.uint8))
            else:
                self.memory[place : place + share.stop - share.start] = segments[share]
        ends += np.diff(shares)

    def __len__(self):
        return self.number

    def __getitem__(self, part):
        """The segments of a part, an array of `segment_type`."""
        first, end = self.starts[part : part + 2]
        if not self.file:
            return self.memory[first:end]
        found = np.empty(end - first, self.type)
        with self.lock:
            self.file.seek(first * self.type.itemsize)
            self.file.readinto(found.view(np.uint8))
        return found

    def digest(self):
        """A short name for these counts, the same in memory and on disk; see `checkpoints.digest`."""
        return digest(self.words, [digest(self[part]) for part in range(self.number)])

    def close(self):
        if self.file:
            self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def number_of_segments(starts, length):
    """Into how many segments rows with the nonzeros starts[r] … starts[r + 1] − 1 are cut."""
    return int((-(-np.diff(starts) // length)).sum())


def cut(band, kind, chance):
    """The segments of a band of rows, shuffled by a Generator: an array of the type `segment_type`."""
    length = kind["columns"].shape[0]
    segments = np.zeros(number_of_segments(band.starts, length), kind)
    places = np.empty(len(segments), np.int32)  # where each is written: shuffled afterwards, all would be copied
    places[chance.permutation(len(segments))] = np.arange(len(segments))
    logs = np.log(band.values, dtype=np.float64)  # of counts of 8 bits, too
    glove_loops.cut(band.starts, band.columns, logs, places, *(segments[name] for name in kind.names))
    segments["row"] += band.first
    return segments
