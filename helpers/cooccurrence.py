"""Co-occurrence counts of a corpus of any size: which words stand near each other, how often, how near.

    text → words as numbers → the places of each word → what stands near them → rows of the matrix

* The matrix is the product of two sparse ones.  `standing` has a row for each word, with a 1 for every place where it
  stands; `near` has a row for each place, with 1/d in the columns of the words at distance d.  A row of
  standing · near adds up what stands near a word, wherever it stands.
* The places of the text are sorted by the word that stands there, and the product is worked out for a band of words
  at a time.  Finished rows come out, threads share the bands, and `near` never exists as a whole.
* Under 1/d everything is counted in parts of 1/2520 (for a window of 10), of which 1, 1/2, … 1/10 are whole numbers.
  Sums of whole numbers are exact, so neither the order nor the size of the pieces can change a count.
* A text of more than `chunk` words is counted in pieces, whose matrices are added up, again band by band.  What does
  not fit the memory allowed goes to temporary files.
"""

import math
import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from threading import Lock
from typing import NamedTuple

import numpy as np
from scipy import sparse

from helpers.vocabulary import encoded, required

CHUNK = 1 << 24  # words of text counted at one go; bounds the memory, not the result
MEMORY = 2000  # megabytes of counts that are kept before they are written to temporary files
BAND = 1 << 19  # pairs, or entries, worked on at once: they stay in the processor's cache
EXACT = 22  # the widest window whose distances are counted in whole parts of lcm(1, 2, … window) < 2³²


def count(sentences, index, window, weighting, chunk=CHUNK, memory=MEMORY, workers=2):
    """See `counting.cooccurrence`; index: dict word → column."""
    size = len(index)
    if size < 2:
        raise ValueError("a vocabulary of one word has no neighbours: lower min_count or use more text")
    for name, value in (("window", window), ("chunk", chunk), ("workers", workers)):
        required(name, value, 1)
    if weighting not in ("1/d", "flat", None):
        raise ValueError(f'weighting must be "1/d" or "flat", not {weighting!r}')
    if isinstance(memory, bool) or not isinstance(memory, (int, float, np.number)) or not memory >= 0:
        raise ValueError(f"memory must be a number of megabytes of at least 0, not {memory!r}")
    weighted, exact = weighting == "1/d", window <= EXACT
    parts = math.lcm(*range(1, window + 1)) if weighted and exact else 1
    counted = Counted(size, memory, workers)
    try:
        for piece in pieces(sentences, index, window, chunk):
            distances = np.arange(1, piece.reach + 1)
            each = parts / distances if weighted else np.ones(piece.reach)
            counts = np.concatenate((each[::-1], [0], each))
            bands = ((piece, first, end, counts) for first, end in cut(piece.starts, piece.step()))
            counted.add(side_by_side(rows, bands, workers))
        matrix = counted.total()
    finally:
        counted.close()
    if not matrix.nnz:
        raise ValueError("no sentence has two words of the vocabulary: check the sentences, or lower min_count")
    matrix.data /= parts
    if weighted and not exact:
        matrix = (matrix + matrix.T.tocsr()) / 2  # two mirrored sums may differ in their last digits
    return matrix


class Piece(NamedTuple):
    """A piece of the text: its places, sorted by the word that stands there.

    text    int32: the whole text, of which this is a piece, with a gap of `reach` places around each sentence
    places  (m,) int32: those of word i are places[starts[i]] … places[starts[i + 1] − 1]
    starts  (V + 1,) int32
    reach   the largest distance
    """

    text: np.ndarray
    places: np.ndarray
    starts: np.ndarray
    reach: int

    def step(self):
        """How many places have about BAND neighbors."""
        return max(BAND // (2 * self.reach), 1)


def pieces(sentences, index, window, chunk):
    """The text as pieces of at most `chunk` words."""
    for ids, lengths in texts(sentences, index, window, chunk):
        reach, size = min(window, int(lengths.max())), len(index)
        gaps = np.arange(1, len(lengths) + 1, dtype=np.int32) * np.int32(reach)  # before the words of each sentence
        places = np.arange(len(ids), dtype=np.int32) + np.repeat(gaps, lengths)
        text = np.full(len(ids) + reach * (len(lengths) + 1), size, np.int32)  # in a gap stands no word: number V
        text[places] = ids
        for first in range(0, len(ids), chunk):
            words = ids[first : first + chunk]
            ones, starts = np.ones(len(words), np.int8), np.arange(len(words) + 1, dtype=np.int32)
            one_hot = sparse.csr_matrix((ones, words, starts), (len(words), size))
            standing = one_hot.T.tocsr()  # turned over, the places of each word lie side by side
            yield Piece(text, places[first : first + chunk][standing.indices], standing.indptr, reach)


def texts(sentences, index, window, chunk):
    """Whole sentences as (ids int32, lengths of the sentences), about `chunk` places at a time, with the gaps."""
    ids, lengths, words, gaps, longest = [], [], 0, 0, 0
    for some, their in encoded(sentences, index):
        ids.append(some)
        lengths.append(their)
        words, gaps, longest = words + len(some), gaps + len(their), max(longest, int(their.max()))
        if words + gaps * min(window, longest) >= chunk:
            yield np.concatenate(ids), np.concatenate(lengths)
            ids, lengths, words, gaps, longest = [], [], 0, 0, 0
    if words:
        yield np.concatenate(ids), np.concatenate(lengths)


def rows(piece, first, end, counts):
    """What stands near the words first … end − 1 in a piece: CSR float64 (end − first, V), columns sorted."""
    starts, size = piece.starts[first : end + 1], len(piece.starts) - 1
    step, products = 2 * piece.step(), []
    for left in range(starts[0], max(starts[-1], starts[0] + 1), step):  # a frequent word takes several products
        places = piece.places[left : min(left + step, starts[-1])]
        n = len(places)
        own = np.clip(starts - left, 0, n)
        standing = sparse.csr_matrix((np.ones(n), np.arange(n, dtype=np.int32), own), (end - first, n))
        product = (standing @ near(piece, places, counts)).tocsc()[:, :size]  # without the gaps
        products.append(product.tocsr())  # turned over twice, since SciPy's product leaves its columns unsorted
    found = sum_of(products)
    found.eliminate_zeros()
    return found


def near(piece, places, counts):
    """What stands near each of some places: CSR float64 (len(places), V + 1), the last column for the gaps.

    counts (2 · reach + 1,): what a word counts at the distances −reach … reach; the place itself counts 0.
    """
    words = np.lib.stride_tricks.sliding_window_view(piece.text, len(counts))[places - piece.reach]
    starts = np.arange(0, words.size + 1, len(counts), dtype=np.int32)
    return sparse.csr_matrix((np.tile(counts, len(places)), words.ravel(), starts), (len(places), len(piece.starts)))


class Counted:
    """The matrices of the pieces: kept in memory while they fit, in temporary files when they do not.

    size     words, the side of the matrix
    memory   megabytes of counts that are kept in memory
    workers  threads that add them up
    """

    def __init__(self, size, memory, workers):
        self.size, self.limit, self.workers = size, memory * 1e6, workers
        self.kept, self.files = [], []

    def add(self, bands):
        """Take the bands of a matrix; room is made before the first of them is asked for."""
        if self.bytes() > self.limit / 2:  # adding up takes as much again
            self.kept = [self.added(self.kept)]
            if self.bytes() > self.limit / 4:  # keeping it, one would soon add up again
                self.spill(self.kept.pop())
        self.kept.append(stacked(bands, self.size))

    def bytes(self):
        return sum(12 * one.nnz for one in self.kept)

    def spill(self, one):
        """Write a matrix to a temporary file, which has no name and goes away with this process."""
        try:
            file = tempfile.TemporaryFile()
            self.files.append(Stored(file, one.indptr.astype(np.int64), self.size))
            for array in (one.indices.astype(np.int32), one.data):
                file.write(memoryview(array).cast("B"))
            file.flush()
        except OSError as error:
            raise OSError(error.errno, f"cannot store counts in {tempfile.gettempdir()}: {error.strerror}. Set TMPDIR "
                                       "to a folder with more room, or allow more memory=") from None  # fmt: skip

    def total(self):
        """The sum of everything added: CSR (size, size)."""
        return self.added(self.files + self.kept)

    def added(self, matrices):
        """The sum of matrices, band by band: CSR (size, size)."""
        if len(matrices) == 1 and isinstance(matrices[0], sparse.csr_matrix):
            return matrices[0]
        ends = sum((one.indptr.astype(np.int64) for one in matrices), np.zeros(self.size + 1, np.int64))
        bands = (([one[first:end] for one in matrices],) for first, end in cut(ends, BAND))
        return stacked(side_by_side(sum_of, bands, self.workers), self.size)

    def close(self):
        """Remove the temporary files."""
        for one in self.files:
            one.file.close()
        self.files = []


class Stored:
    """A CSR matrix in a file, of which rows are read as `stored[first:end]`."""

    def __init__(self, file, indptr, size):
        self.file, self.indptr, self.size, self.lock = file, indptr, size, Lock()

    def __getitem__(self, rows):
        left, right = int(self.indptr[rows.start]), int(self.indptr[rows.stop])
        columns, values = np.empty(right - left, np.int32), np.empty(right - left)
        with self.lock:  # threads share the place in the file
            for array, place in ((columns, 4 * left), (values, 4 * int(self.indptr[-1]) + 8 * left)):
                self.file.seek(place)
                self.file.readinto(memoryview(array).cast("B"))
        starts = self.indptr[rows.start : rows.stop + 1] - left
        return sparse.csr_matrix((values, columns, starts), shape=(rows.stop - rows.start, self.size))


def sum_of(matrices):
    """The sum of sparse matrices, two by two."""
    while len(matrices) > 1:
        matrices = [a + b for a, b in zip_longest(matrices[::2], matrices[1::2], fillvalue=0)]
    return matrices[0]


def cut(starts, step):
    """Bands of rows, as (first, end), with about `step` entries each; a row alone may have more.

    starts (rows + 1,): how many entries stand before each row.
    """
    cuts = np.searchsorted(starts, np.arange(0, starts[-1], step))
    cuts = np.unique(np.append(cuts, len(starts) - 1)).tolist()
    return zip(cuts, cuts[1:])


def stacked(bands, size):
    """Bands of rows, one below the other: CSR (size, size); each is taken up as it comes, so memory holds it once."""
    columns, values, starts = np.empty(0, np.int32), np.empty(0), np.zeros(size + 1, np.int64)
    row = n = 0
    for band in bands:
        end = n + band.nnz
        if end > len(columns):
            for array in (columns, values):
                array.resize(end + end // 8, refcheck=False)
        columns[n:end], values[n:end] = band.indices, band.data
        starts[row + 1 : row + 1 + band.shape[0]] = n + band.indptr[1:]
        row, n = row + band.shape[0], end
    for array in (columns, values):
        array.resize(n, refcheck=False)
    return sparse.csr_matrix((values, columns, starts), (size, size))


def side_by_side(function, arguments, workers):
    """Yield function(*one) for each of the arguments, in their order, worked out by threads a little ahead of time."""
    with ThreadPoolExecutor(workers) as pool:  # SciPy and NumPy compute outside Python's lock
        pending = deque()
        for one in arguments:
            pending.append(pool.submit(function, *one))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
