"""Co-occurrence counts of a corpus of any size: which words stand near each other, how often, how near.

    chunk of text → pairs as numbers → sorted → equal ones summed → a sorted run → runs merged → the matrix

* A pair of words i ≤ k at distance d is written as one number, (i · V + k) · (window + 1) + d.  One array holds all
  pairs of a chunk, made with one subtraction-free step per distance; sorting it puts equal pairs side by side.
* Every pair is counted once, in the upper triangle; the lower one is its mirror image.
* The sums of a chunk are a sorted run, and two sorted runs are merged in one pass, like two piles of cards.  Runs of
  like size are merged, so that each number is moved about log₂(runs) times.  What does not fit the memory allowed goes
  to temporary files, which are merged band by band at the end.
"""

import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice, repeat

import numpy as np
from scipy import sparse

from helpers.vocabulary import BATCH, required, sentences_of

CHUNK = 1 << 18  # tokens counted at once; bounds the memory, not the result
MEMORY = 2000  # megabytes of runs that are kept before they are written to temporary files


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
    if size * size * (window + 1) >= 2**63:
        raise ValueError(f"a window of {window} is too large for {size:,} words: choose a smaller one")
    weights = np.ones(window + 1)
    if weighting == "1/d":
        weights[1:] /= np.arange(1, window + 1)
    runs = Runs(size, memory)
    try:
        with ThreadPoolExecutor(workers) as pool:  # NumPy sorts outside Python's lock, while the next chunk is read
            pending = deque()
            for ids, sentence in stream(sentences, index, chunk):
                pending.append(pool.submit(run, ids, sentence, size, window, weights))
                if len(pending) > workers:
                    runs.add(pending.popleft().result())
            while pending:
                runs.add(pending.popleft().result())
        upper = runs.merged()
    finally:
        runs.close()
    if not upper.nnz:
        raise ValueError("no sentence has two words of the vocabulary: check the sentences, or lower min_count")
    matrix = (upper + upper.T.tocsr()).tocsr()  # each pair seen from both of its words
    matrix.sort_indices()
    return matrix


def stream(sentences, index, chunk):
    """Whole sentences as (ids int32, number of the sentence int32), about `chunk` tokens at a time."""
    ids, numbers, known_tokens, n = [], [], 0, 0
    batches = sentences_of(sentences)
    while batch := list(islice(batches, min(BATCH, chunk // 64 + 1))):
        lengths = np.fromiter(map(len, batch), np.int64, len(batch))
        found = np.fromiter(map(index.get, chain.from_iterable(batch), repeat(-1)), np.int32)
        known = found >= 0
        ids.append(found[known])
        numbers.append(np.repeat(np.arange(n, n + len(batch), dtype=np.int32), lengths)[known])
        known_tokens, n = known_tokens + len(ids[-1]), n + len(batch)
        if known_tokens >= chunk:
            yield np.concatenate(ids), np.concatenate(numbers)
            ids, numbers, known_tokens, n = [], [], 0, 0
    if ids:
        yield np.concatenate(ids), np.concatenate(numbers)


def run(ids, sentence, size, window, weights):
    """The summed pairs of a chunk: CSR float64 (size, size), upper triangle with the diagonal.

    ids, sentence (n,): words and the numbers of their sentences.  weights (window + 1,): what distance d counts.
    """
    pairs = []
    for d in range(1, min(window, len(ids) - 1) + 1):
        same = sentence[:-d] == sentence[d:]
        before, after = ids[:-d][same], ids[d:][same]
        pair = np.minimum(before, after).astype(np.int64)  # i ≤ k
        pair *= size
        pair += np.maximum(before, after)
        pair *= window + 1
        pair += d
        pairs.append(pair)
    pairs = np.concatenate(pairs) if pairs else np.empty(0, np.int64)
    pairs.sort()
    cells, distances = np.divmod(pairs, window + 1)
    first = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1]))) if len(cells) else cells
    sums = np.add.reduceat(weights[distances], first) if len(cells) else np.empty(0)
    rows, columns = np.divmod(cells[first], size)
    starts = np.searchsorted(rows, np.arange(size + 1))
    return sparse.csr_matrix((sums, columns.astype(np.int32), starts.astype(np.int64)), shape=(size, size))


class Runs:
    """Sorted runs: merged in memory while they fit, in temporary files when they do not.

    size    words, the side of the matrix
    memory  megabytes of runs that are kept in memory
    """

    def __init__(self, size, memory):
        self.size, self.limit = size, memory * 1e6
        self.kept, self.files = [], []

    def add(self, one):
        """Take a run, and merge it with those of its size or smaller."""
        while self.kept and self.kept[-1].nnz <= 2 * one.nnz:
            one = self.kept.pop() + one
        self.kept.append(one)
        if sum(12 * run.nnz for run in self.kept) > self.limit:
            self.spill()

    def spill(self):
        """Write the runs in memory to one temporary file, which has no name and goes away with this process."""
        whole = total(self.kept, (self.size, self.size))
        self.kept = []
        try:
            file = tempfile.TemporaryFile()
            self.files.append((file, whole.indptr.astype(np.int64)))
            for array in (whole.indices.astype(np.int32), whole.data):
                file.write(memoryview(array).cast("B"))
            file.flush()
        except OSError as error:
            raise OSError(error.errno, f"cannot store counts in {tempfile.gettempdir()}: {error.strerror}. Set TMPDIR "
                                       "to a folder with more room, or allow more memory=") from None  # fmt: skip

    def merged(self):
        """The sum of all runs: CSR (size, size)."""
        if not self.files:
            return total(self.kept, (self.size, self.size))
        if self.kept:
            self.spill()
        ends = sum(starts for _, starts in self.files)
        step = max(ends[-1] // (2 * len(self.files)), 1)  # about so many entries of all files in one band
        cuts = np.unique(np.concatenate(([0], np.searchsorted(ends, np.arange(step, ends[-1], step)), [self.size])))
        bands = [
            total([self.read(*file, first, end) for file in self.files], (end - first, self.size))
            for first, end in zip(cuts[:-1], cuts[1:])
        ]
        return sparse.vstack(bands, format="csr")

    def read(self, file, starts, first, end):
        """Rows first … end − 1 of a file."""
        left, right = int(starts[first]), int(starts[end])
        columns, values = np.empty(right - left, np.int32), np.empty(right - left)
        for array, place in ((columns, 4 * left), (values, 4 * int(starts[-1]) + 8 * left)):
            file.seek(place)
            file.readinto(memoryview(array).cast("B"))
        return sparse.csr_matrix((values, columns, starts[first : end + 1] - left), shape=(end - first, self.size))

    def close(self):
        """Remove the temporary files."""
        for file, _ in self.files:
            file.close()
        self.files = []


def total(runs, shape):
    """The sum of sparse matrices, the last ones first, since they are the smallest."""
    found = sparse.csr_matrix(shape)
    for one in reversed(runs):
        found = one + found
    return found
