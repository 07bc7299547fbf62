"""Co-occurrence counts of a corpus of any size: which words stand near each other, how often, how near.

    text → words as numbers → pieces of some million pairs → a sparse matrix each → added up → the matrix

* A piece is counted by one product of sparse matrices.  `standing` has a row for each position of the text, with a 1
  in the column of the word that stands there; `followed` has the same rows, with 1/d in the columns of the words
  that come next.  The row of a word in standingᵀ · followed adds up what followed it wherever it stood.
* Only the words that follow are counted; what stands before is the mirror image.
* Under 1/d everything is counted in parts of 1/2520 (for a window of 10), of which 1, 1/2, … 1/10 are whole numbers.
  Sums of whole numbers are exact, so neither the size of the pieces nor their order can change a count.
* The matrices of the pieces are added up at the end, a band of rows at a time, two by two, so that each number is
  moved about log₂(pieces) times and a band stays in the processor's cache.  When they become many they are
  added up early, and what does not fit the memory allowed goes to temporary files.
"""

import math
import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice, repeat, zip_longest
from threading import Lock

import numpy as np
from scipy import sparse

from helpers.vocabulary import BATCH, required, sentences_of

CHUNK = 10 << 18  # pairs counted at once; bounds the memory, not the result
MEMORY = 2000  # megabytes of counts that are kept before they are written to temporary files
BAND = 1 << 19  # entries of all matrices in one band of rows
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
    parts = math.lcm(*range(1, window + 1)) if weighting == "1/d" and window <= EXACT else 1
    counted = Counted(size, memory, workers)
    try:
        with ThreadPoolExecutor(workers) as pool:  # SciPy counts outside Python's lock, while the next words are read
            pending = deque()
            for ids, ahead in pieces(sentences, index, window, chunk):
                pending.append(pool.submit(piece, ids, ahead, size, parts, weighting == "1/d"))
                if len(pending) > workers:
                    counted.add(*pending.popleft().result())
            while pending:
                counted.add(*pending.popleft().result())
        matrix = counted.total()
    finally:
        counted.close()
    if not matrix.nnz:
        raise ValueError("no sentence has two words of the vocabulary: check the sentences, or lower min_count")
    matrix.data /= parts
    return matrix


def pieces(sentences, index, window, chunk):
    """The text, cut into pieces of about `chunk` pairs.

    Yields (ids, ahead): int32 words of the piece, with up to `window` words after it; for each word of the piece, how
    many words of its window follow it in its sentence.
    """
    for ids, lengths in encoded(sentences, index, chunk // min(window, 10) + 1):
        ends = np.repeat(np.cumsum(lengths), lengths)
        ahead = np.minimum(ends - np.arange(1, len(ids) + 1), window)
        step = max(chunk // max(ahead.max(initial=1), 1), 1)
        for first in range(0, len(ids), step):
            yield ids[first : first + step + window], ahead[first : first + step]


def encoded(sentences, index, tokens):
    """Whole sentences as (ids int32, lengths of the sentences), at least `tokens` words at a time."""
    ids, lengths, n = [], [], 0
    batches = sentences_of(sentences)
    while batch := list(islice(batches, min(BATCH, tokens // 64 + 1))):
        found = np.fromiter(map(index.get, chain.from_iterable(batch), repeat(-1)), np.int32)
        known = found >= 0
        ends = np.cumsum(np.fromiter(map(len, batch), np.int64, len(batch)))
        ids.append(found[known])
        lengths.append(np.diff(np.concatenate(([0], np.cumsum(known)))[ends], prepend=0))
        n += len(ids[-1])
        if n >= tokens:
            yield np.concatenate(ids), np.concatenate(lengths)
            ids, lengths, n = [], [], 0
    if ids:
        yield np.concatenate(ids), np.concatenate(lengths)


def piece(ids, ahead, size, parts, weighted):
    """How often each word stood before, and after, each other one in a piece: two CSR float64 (size, size).

    ids, ahead  see `pieces`
    parts       what a pair of neighbours counts
    weighted    whether a pair at distance d counts parts/d, or every pair the same
    """
    n, window = len(ahead), int(ahead.max())
    padded = np.zeros(n + window, np.int32)
    padded[: len(ids)] = ids[: n + window]
    following = np.lib.stride_tricks.sliding_window_view(padded, window + 1)[:, 1:]  # (n, window)
    inside = np.arange(window) < ahead[:, None]
    counts = np.broadcast_to(parts / np.arange(1, window + 1) if weighted else np.ones(window), inside.shape)
    starts = np.concatenate(([0], np.cumsum(ahead)))
    standing = sparse.csr_matrix((np.ones(n), padded[:n], np.arange(n + 1)), shape=(n, size))
    followed = sparse.csr_matrix((counts[inside], following[inside], starts), shape=(n, size))
    before = (standing.T.tocsr() @ followed).T.tocsr()  # turned over, for SciPy's product leaves its columns unsorted
    return before, before.T.tocsr()  # each pair seen from both of its words


class Counted:
    """The matrices of the pieces: kept in memory while they fit, in temporary files when they do not.

    size     words, the side of the matrix
    memory   megabytes of counts that are kept in memory
    workers  threads that add them up
    """

    def __init__(self, size, memory, workers):
        self.size, self.limit, self.workers = size, memory * 1e6, workers
        self.full = self.limit / 4  # what is kept is added up when it is larger than this
        self.kept, self.files = [], []

    def add(self, *matrices):
        """Take matrices."""
        self.kept += matrices
        if self.bytes() > self.full:
            self.kept = [self.added(self.kept)]
            if self.bytes() > self.limit / 2:  # keeping it, one would soon add up again
                self.spill(self.kept.pop())
            self.full = max(self.limit / 4, min(3 * self.bytes(), self.limit))

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
        ends = sum((one.indptr.astype(np.int64) for one in matrices), np.zeros(self.size + 1, np.int64))
        cuts = np.unique(np.concatenate((np.searchsorted(ends, np.arange(0, ends[-1], BAND)), [self.size])))
        starts, columns, values = np.zeros(self.size + 1, np.int64), np.empty(ends[-1], np.int32), np.empty(ends[-1])
        n = 0
        with ThreadPoolExecutor(self.workers) as pool:
            for first, band in zip(cuts, pool.map(lambda a, b: sum_of([one[a:b] for one in matrices]), cuts, cuts[1:])):
                columns[n : n + band.nnz], values[n : n + band.nnz] = band.indices, band.data
                starts[first + 1 : first + 1 + band.shape[0]] = n + band.indptr[1:]
                n += band.nnz
        for array in (columns, values):
            array.resize(n, refcheck=False)  # gives back the room for entries that several matrices had in common
        return sparse.csr_matrix((values, columns, starts), shape=(self.size, self.size))

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
