"""Co-occurrence counts of a corpus of any size: which words stand near each other, how often, how near.

    text → words as numbers → the places of each word → what stands near them → rows of the matrix

* The text is one long row of word ids, with END between sentences.  The places where each word stands are gathered.
* A row of the matrix takes an array of sums, one for each word, all 0.  At every place of the row's word we walk left
  and right, as far as the window or the sentence goes, and add 1/d to the sum of the word that stands d places away.
  The sums that are not 0 are the row.  This is lesson 7's product of matrices, computed row by row as Gustavson does
  for sparse ones (1978, https://doi.org/10.1145/355791.355796), and the distances never stand in a matrix.
* Rows come out finished and in order, so nothing is sorted and no pair is stored twice; threads share bands of rows.
* Under 1/d everything is counted in parts of 1/2520 (for a window of 10), of which 1, 1/2, … 1/10 are whole numbers.
  Sums of whole numbers are exact, so neither the order nor the size of the pieces can change a count.
* A text of more than `chunk` words is counted in pieces, whose matrices are added up, again row by row.  What does
  not fit the memory allowed goes to temporary files.
"""

import contextlib
import math
import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple

import numpy as np

from helpers import arguments, compiled, files
from helpers.count_files import Draft, csr
from helpers.lookup import END
from helpers.vocabulary import encoded

CHUNK = 1 << 24  # words of text counted at one go; bounds the memory, not the result
MEMORY = 2000  # megabytes of counts that are kept before they are written to temporary files
BAND = 1 << 18  # pairs, or counts, that a thread works on at once: they stay in the processor's cache
EXACT = 22  # the widest window whose distances are counted in whole parts of lcm(1, 2, … window) < 2³²
PARTS = 2**36  # in how many parts 1 is counted in wider windows, where 1/d is rounded to such parts
ONE, SIXTY_SEVEN = np.uint64(1), np.uint64(67)
BIT = np.zeros(67, np.int64)  # BIT[2ᵇ % 67] = b: the powers 2⁰ … 2⁶³ leave 64 different remainders
BIT[[2**b % 67 for b in range(64)]] = range(64)


def count(
    sentences, index, window, weighting, chunk=CHUNK, memory=MEMORY, workers=2, path=None, dtype="float64", client=None,
    progress=False,
):  # fmt: skip
    """See `counting.cooccurrence`; index: dict word → column."""
    size = len(index)
    if size < 2:
        raise ValueError("a vocabulary of one word has no neighbours: lower min_count or use more text")
    window = arguments.whole("window", window, 1)
    chunk = min(arguments.whole("chunk", chunk, 1), 2**30)  # places are numbered with 32 bits
    workers, dtype = arguments.workers(workers), arguments.choice("dtype", dtype, ("float64", "float32"))
    arguments.choice("weighting", weighting, ("1/d", "flat", None))
    memory = arguments.number("memory", memory, least=0, hint=": it counts megabytes")
    progress = arguments.flag("progress", progress)
    parts = 1 if weighting != "1/d" else math.lcm(*range(1, window + 1)) if window <= EXACT else PARTS
    draft, given = None if path is None else Draft(path), (window, weighting, parts, chunk, memory)
    try:
        if client is None:
            bands = bands_of(sentences, index, *given, workers)
        else:
            from helpers import cluster_counts

            bands = cluster_counts.bands(client, sentences, index, given, progress)
        with contextlib.closing(bands):
            bands = finished(bands, parts, dtype)
            return draft.write(bands, size, dtype) if draft else csr(*stacked(bands, size, dtype))
    finally:
        if draft:
            draft.drop()


def bands_of(sentences, index, window, weighting, parts, chunk, memory, workers=1):
    """The rows of the matrix of a text as Bands, in order; they count `parts` for a pair side by side."""
    counted, bands = Counted(len(index), memory, workers), ()
    try:
        for piece in pieces(sentences, index, window, weighting, parts, chunk):
            if bands:  # of the piece before: it is not the only one, as we know now
                counted.add(bands)
            bands = side_by_side(counted_band, piece.bands(), workers)
        if counted.kept:
            counted.add(bands)
            bands = counted.total()
        yield from bands
    finally:
        counted.close()


def finished(bands, parts, dtype):
    """Bands of counts, from those that count parts; ValueError if they are all empty."""
    counts = 0
    for band in bands:
        counts += len(band.values)
        np.divide(band.values, parts, out=band.values)
        yield band._replace(values=band.values.astype(dtype, copy=False))
    if not counts:
        raise ValueError("no sentence has two words of the vocabulary: check the sentences, or lower min_count")


# --------------------------------------------------------------------------------------------------- places of words


class Piece(NamedTuple):
    """A piece of the text: its places, sorted by the word that stands there.

    text    int32 (n,): the whole text, of which this is a piece, with END between sentences and at both ends
    places  int32: those of word i are places[starts[i]] … places[starts[i + 1] − 1]
    starts  int64 (V + 1,)
    shares  float64 (reach,): what a word counts at the distances 1 … reach, in parts
    """

    text: np.ndarray
    places: np.ndarray
    starts: np.ndarray
    shares: np.ndarray

    def room(self, first, end):
        """How many counts each of the rows first … end − 1 can have: no more than pairs, and no more than words."""
        pairs = 2 * len(self.shares) * np.diff(self.starts[first : end + 1])
        return np.minimum(pairs, len(self.starts) - 1)

    def bands(self):
        """What `counted_band` is asked for: (self, first, end) for each band of rows."""
        size = len(self.starts) - 1
        ends = np.concatenate(([0], np.cumsum(self.room(0, size))))
        return ((self, first, end) for first, end in cut(ends, max(BAND, size)))


def pieces(sentences, index, window, weighting, parts, chunk):
    """The text as pieces of at most `chunk` places."""
    for text in texts(sentences, index, chunk):
        longest = int(np.diff(np.flatnonzero(text == END)).max()) - 1  # words of the longest sentence
        distances = np.arange(1, min(window, longest - 1) + 1)
        shares = np.rint(parts / distances) if weighting == "1/d" else np.ones(len(distances))
        for first in range(0, len(text), chunk):
            end, starts = min(first + chunk, len(text)), np.zeros(len(index) + 1, np.int64)
            places = np.empty(end - first, np.int32)
            gather(text, first, end, starts, places)
            yield Piece(text, places, starts, shares)


def texts(sentences, index, chunk):
    """Whole sentences as one row of ids, some `chunk` at a time: int32, with END at both ends."""
    ids, n = [np.array([END], np.int32)], 1
    for some in encoded(sentences, index):
        ids.append(some)
        n += len(some)
        if n > chunk:
            yield np.concatenate(ids)
            ids, n = [np.array([END], np.int32)], 1
    if n > 1:
        yield np.concatenate(ids)


@compiled.loop
def gather(text, first, end, starts, places):
    """Sort the places first … end − 1 of a text by the word that stands there; starts (V + 1,) come as zeros."""
    for word in text[first:end]:
        if word != END:
            starts[word + 1] += 1
    for word in range(1, len(starts)):
        starts[word] += starts[word - 1]
    free = starts.copy()  # where the next place of each word goes
    for place in range(first, end):
        word = text[place]
        if word != END:
            places[free[word]] = place
            free[word] += 1


# -------------------------------------------------------------------------------------------------- rows of a matrix


class Band(NamedTuple):
    """Rows of a matrix, one after the other: how many counts each has (int64), their columns (int32), their values."""

    lengths: np.ndarray
    columns: np.ndarray
    values: np.ndarray


def counted_band(piece, first, end):
    """What stands near the words first … end − 1 in a piece: a Band, in parts."""
    size, starts = len(piece.starts) - 1, piece.starts[first : end + 1]
    given = piece.text, piece.places, starts, piece.shares, size
    return band_of(end - first, piece.room(first, end).sum(), count_rows, *given)


def summed_band(matrices, first, end):
    """The rows first … end − 1 of several matrices, added up: a Band."""
    found = [one.read(one.starts[first], one.starts[end]) for one in matrices]
    columns, values = map(np.concatenate, zip(*found))
    begins = np.cumsum([0, *(len(some) for some, _ in found)])
    starts = [one.starts[first : end + 1] - one.starts[first] + begin for one, begin in zip(matrices, begins)]
    width = int(columns.max(initial=0)) + 1
    return band_of(end - first, len(columns), add_rows, np.stack(starts), columns, values, width)


def band_of(height, room, loop, *given):
    """The Band that a compiled loop writes: `height` rows, and room for so many counts."""
    band = Band(np.empty(height, np.int64), np.empty(room, np.int32), np.empty(room))
    n = loop(*given, *band)
    return Band(band.lengths, band.columns[:n], band.values[:n])


@compiled.loop
def count_rows(text, places, starts, shares, size, lengths, columns, values):
    """Write rows of counts, one after the other, into the last three arrays; how many counts they have together."""
    sums, touched = np.zeros(size), np.zeros(size // 64 + 1, np.uint64)
    n = 0
    for row in range(len(lengths)):
        for place in places[starts[row] : starts[row + 1]]:
            for step in (-1, 1):
                near = place
                for share in shares:
                    near += step
                    word = text[near]
                    if word < 0:  # END: the sentence is over
                        break
                    sums[word] += share
                    touched[word >> 6] |= ONE << np.uint64(word & 63)
        end = finish_row(sums, touched, columns, values, n)
        lengths[row], n = end - n, end
    return n


@compiled.loop
def add_rows(starts, from_columns, from_values, size, lengths, columns, values):
    """Write sums of rows; those of matrix m in row r lie in starts[m, r] … starts[m, r + 1] − 1."""
    sums, touched = np.zeros(size), np.zeros(size // 64 + 1, np.uint64)
    n = 0
    for row in range(len(lengths)):
        for matrix in range(len(starts)):
            for k in range(starts[matrix, row], starts[matrix, row + 1]):
                word = from_columns[k]
                sums[word] += from_values[k]
                touched[word >> 6] |= ONE << np.uint64(word & 63)
        end = finish_row(sums, touched, columns, values, n)
        lengths[row], n = end - n, end
    return n


@compiled.loop
def finish_row(sums, touched, columns, values, n):
    """Write the sums that were touched from place n on, in the order of their columns, and clear them; where they end.

    touched has one bit for each word, 64 in a number, so that most words are passed over 64 at a time.
    """
    for block in range(len(touched)):
        bits = touched[block]
        touched[block] = 0
        while bits:
            lowest = bits & (~bits + ONE)  # the lowest bit alone, 2ᵇ
            bits ^= lowest
            column = 64 * block + BIT[lowest % SIXTY_SEVEN]
            columns[n], values[n] = column, sums[column]
            sums[column] = 0
            n += 1
    return n


# ----------------------------------------------------------------------------------------- matrices of several pieces


class Kept(NamedTuple):
    """A matrix in memory, row by row: int64 (V + 1,), int32 (counts,), float64 (counts,)."""

    starts: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    def read(self, left, right):
        return self.columns[left:right], self.values[left:right]


class Stored:
    """A matrix in a file, of which the counts left … right − 1 are read as they are needed."""

    def __init__(self, file, starts):
        self.file, self.starts, self.lock = file, starts, Lock()

    def read(self, left, right):
        columns, values = np.empty(right - left, np.int32), np.empty(right - left)
        with self.lock:  # threads share the place in the file
            for array, place in ((columns, 4 * left), (values, 4 * self.starts[-1] + 8 * left)):
                self.file.seek(place)
                self.file.readinto(memoryview(array).cast("B"))
        return columns, values


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
            self.kept = [stacked(self.added(self.kept), self.size)]
            if self.bytes() > self.limit / 4:  # keeping it, one would soon add up again
                self.spill(self.kept.pop())
        self.kept.append(stacked(bands, self.size))

    def bytes(self):
        return sum(12 * len(one.values) for one in self.kept)

    def spill(self, one):
        """Write a matrix to a temporary file, which has no name and goes away with this process."""
        file = files.temporary()
        try:
            self.files.append(Stored(file, one.starts))
            for array in (one.columns, one.values):
                file.write(memoryview(array).cast("B"))
            file.flush()
        except OSError as error:
            where = tempfile.gettempdir()
            raise files.NotWritten(error.errno, f"cannot store counts in {where}: {error.strerror}. Set TMPDIR to a "
                                   "folder with more room, or allow more memory=") from None  # fmt: skip

    def total(self):
        """The bands of the sum of everything."""
        return self.added(self.files + self.kept)

    def added(self, matrices):
        """The bands of a sum of matrices."""
        ends = sum(one.starts for one in matrices)
        bands = ((matrices, first, end) for first, end in cut(ends, max(BAND, self.size)))
        return side_by_side(summed_band, bands, self.workers)

    def close(self):
        """Remove the temporary files."""
        for one in self.files:
            with contextlib.suppress(OSError):  # what the full disk did not take is still waiting to be written
                one.file.close()
        self.files = []


def cut(starts, step):
    """Bands of rows, as (first, end), with about `step` counts each; a row alone may have more.

    starts (rows + 1,): how many counts stand before each row.
    """
    cuts = np.searchsorted(starts, np.arange(0, starts[-1], step))
    cuts = np.unique(np.append(cuts, len(starts) - 1)).tolist()
    return zip(cuts, cuts[1:])


def stacked(bands, size, dtype="float64"):
    """Bands, one below the other; each is taken up as it comes, so that memory holds it once."""
    columns, values, starts = np.empty(0, np.int32), np.empty(0, dtype), np.zeros(size + 1, np.int64)
    row = n = 0
    for band in bands:
        end = n + len(band.values)
        if end > len(columns):
            for array in (columns, values):
                array.resize(end + end // 8, refcheck=False)
        columns[n:end], values[n:end] = band.columns, band.values
        starts[row + 1 : row + 1 + len(band.lengths)] = n + np.cumsum(band.lengths)
        row, n = row + len(band.lengths), end
    for array in (columns, values):
        array.resize(n, refcheck=False)
    return Kept(starts, columns, values)


def side_by_side(function, arguments, workers):
    """Yield function(*one) for each of the arguments, in their order, worked out by threads a little ahead of time."""
    with ThreadPoolExecutor(workers) as pool:  # compiled loops run outside Python's lock
        pending = deque()
        for one in arguments:
            pending.append(pool.submit(function, *one))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
