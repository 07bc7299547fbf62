"""From sentences to training samples: which words does a model see together?

A window of size w around a center word holds the w words on its left and the w on its right, as far as
the sentence reaches.  Skip-gram makes one sample of each (center, context) pair; CBOW makes one sample
of all contexts together (Mikolov et al. 2013a, https://arxiv.org/abs/1301.3781).  `pairs` says it in
plain Python; `pairs_array` builds the same pairs in the same order for a whole corpus of ids at once.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from helpers import arguments

BLOCK = 300_000  # pairs that are built at one go: small enough for the processor's cache


def pairs(tokens, window):
    """All (center, context) pairs of one sentence, in reading order.

    Centers go from left to right, and so do the contexts of each.  ValueError for a window below 1.
    """
    tokens, window = list(arguments.tokens("tokens", tokens)), a_window(window)
    samples = []
    for i, center in enumerate(tokens):
        for j in range(max(0, i - window), min(len(tokens), i + window + 1)):
            if j != i:
                samples.append((center, tokens[j]))
    return samples


def cbow_samples(tokens, window):
    """All (contexts, center) samples of one sentence: a list of the contexts in reading order, and the center.

    A word that has no neighbor at all makes no sample.  ValueError for a window below 1.
    """
    tokens, window = list(arguments.tokens("tokens", tokens)), a_window(window)
    samples = []
    for i, center in enumerate(tokens):
        contexts = tokens[max(0, i - window) : i] + tokens[i + 1 : i + window + 1]
        if contexts:
            samples.append((contexts, center))
    return samples


def pairs_array(ids, window, offsets=None, generator=None, workers=1):
    """All (center, context) pairs of a corpus as an int32 array (n, 2), in the order of `pairs`.

    ids        whole numbers (tokens,), one stream, as from `Vocabulary.encode_corpus`
    offsets    (sentences + 1,): sentence s is ids[offsets[s]:offsets[s + 1]]; None: all is one sentence.
               No pair crosses the end of a sentence
    generator  a numpy Generator: each center draws its own window from 1..window, as word2vec does, so
               that a neighbor at distance d comes with probability (window + 1 - d) / window.
               None: every window is full
    workers    threads; the result is the same for any number

    The result takes 8 bytes a pair; where that is too much, use `pair_batches`.
    """
    workers = arguments.workers(workers)
    ids, left, right = reaches(ids, window, offsets, generator)
    width = int(max(left.max(initial=0), right.max(initial=0)))
    if not width:
        return np.empty((0, 2), np.int32)
    starts = np.arange(0, len(ids), BLOCK // (2 * width) + 1)
    sizes = np.add.reduceat(left, starts, dtype=np.int64) + np.add.reduceat(right, starts, dtype=np.int64)
    ends = np.cumsum(sizes)
    out = np.empty((ends[-1], 2), np.int32)

    def fill(start, size, end):
        out[end - size : end] = block(ids, left, right, width, start)

    if workers == 1 or len(starts) == 1:
        list(map(fill, starts, sizes, ends))
    else:
        with ThreadPoolExecutor(workers) as pool:  # numpy lets go of the interpreter's lock while it copies
            list(pool.map(fill, starts, sizes, ends))
    return out


def pair_batches(ids, window, offsets=None, generator=None):
    """The rows of `pairs_array`, a batch of at most about 300,000 at a time: memory does not grow with the pairs."""
    ids, left, right = reaches(ids, window, offsets, generator)
    width = int(max(left.max(initial=0), right.max(initial=0)))
    if width:
        for start in range(0, len(ids), BLOCK // (2 * width) + 1):
            yield block(ids, left, right, width, start)


def block(ids, left, right, width, start):
    """Pairs of the centers from `start` on, as many as make up one block: int32 (n, 2).

    One row of a table per distance -width..-1, 1..width, one column per center.  The words at a distance
    are the stream, shifted: no loop over words.  The mask then says which neighbors exist, and reading the
    table center by center gives reading order.
    """
    stop = min(len(ids), start + BLOCK // (2 * width) + 1)
    around = np.zeros(stop - start + 2 * width, "<u8")  # the centers and `width` words on both sides
    low, high = max(0, start - width), min(len(ids), stop + width)
    around[low - start + width : high - start + width] = ids[low:high].view(np.uint32)
    center = around[width : width + stop - start].copy()
    around <<= 32  # a pair is moved as one number: center in the low 32 bits, context in the high ones
    shifted = sliding_window_view(around, stop - start)  # (2 * width + 1, centers)
    table = np.empty((2 * width, stop - start), "<u8")
    np.bitwise_or(center, shifted[:width], out=table[:width])
    np.bitwise_or(center, shifted[width + 1 :], out=table[width:])
    distance = np.arange(1, width + 1, dtype=left.dtype)[:, None]
    exists = np.concatenate([left[start:stop] >= distance[::-1], right[start:stop] >= distance])
    return table.T[exists.T].view("<i4").reshape(-1, 2)


def reaches(ids, window, offsets, generator):
    """Check the input; then ids int32, and how many neighbors each word has on its left and right."""
    window, ids = a_window(window), an_id_stream(ids)
    starts, ends, longest = sentence_bounds(offsets, len(ids))
    full = min(window, max(longest - 1, 0))
    left = np.full(len(ids) + full, full, np.min_scalar_type(full))
    right = left.copy()
    # Only words near an end have fewer: d places after the start a word has d on its left.  With sentences of 2 and 4
    # words and a window of 3, left[starts + 2] = 2 goes beyond the first, to the first word of the second one; since
    # d = 0 comes last, that is put right: 0 1 | 0 1 2 3.
    for d in reversed(range(full)):
        left[starts + d] = d
        right[ends - 1 - d + full] = d
    left, right = left[: len(ids)], right[full:]
    if generator is not None:
        drawn = arguments.generator("generator", generator).integers(
            1, window + 1, len(ids), dtype=np.min_scalar_type(window + 1)
        )
        drawn = np.minimum(drawn, full).astype(left.dtype)
        left, right = np.minimum(left, drawn), np.minimum(right, drawn)
    return ids, left, right


def subsample(ids, keep, generator, offsets=None):
    """Drop each occurrence of word i with probability 1 - keep[i], drawn from `generator`.

    `keep` is `Vocabulary.keep_probability(…)`.  Returns the ids that stay, and with `offsets` given
    (ids, offsets of the shortened sentences).  Windows are cut afterwards, so they reach further.
    """
    ids, keep = an_id_stream(ids), arguments.array("keep", keep, None)
    arguments.generator("generator", generator)
    if len(ids) and (ids.min() < 0 or ids.max() >= len(keep)):
        raise ValueError("keep needs one probability for each id, as keep_probability of the same vocabulary gives")
    if not np.all((keep >= 0) & (keep <= 1)):
        raise ValueError("keep must hold probabilities between 0 and 1")
    stays = generator.random(len(ids)) < keep[ids]
    if offsets is None:
        return ids[stays]
    sentence_bounds(offsets, len(ids))
    return ids[stays], np.concatenate(([0], np.cumsum(stays)))[np.asarray(offsets)]


def a_window(window):
    """A whole number of at least 1, or an error that says so."""
    if isinstance(window, bool) or not isinstance(window, (int, np.integer)):
        raise TypeError(f"window must be a whole number such as 5, not {window!r}")
    if window < 1:
        raise ValueError(f"window must be at least 1, not {window}: it counts the words on each side of the center")
    return arguments.whole("window", window, 1, 2**62)


def expected_pairs(length, window):
    """How many pairs random windows give on average in a sentence of `length` words: float.

    A neighbor at distance d is a sample if the window drawn from 1 … window is at least d: (window + 1 − d) / window
    of the time, in both directions, at the length − d places that have such a neighbor.
    """
    length, window = arguments.whole("length", length, 0), a_window(window)
    return sum(2 * (length - d) * (window + 1 - d) / window for d in range(1, min(window, length - 1) + 1))


def reach(kept, window):
    """The greatest distance, in words of the original sentence, that a window spans once words were left out: int.

    kept: one true or false for each word of the sentence.  The words that stay close ranks, so that a window of 2
    may span much more.  0 if fewer than two words stay.
    """
    places, window = np.flatnonzero(arguments.array("kept", kept)), a_window(window)
    steps = min(window, len(places) - 1)
    return int((places[steps:] - places[: len(places) - steps]).max()) if steps > 0 else 0


def an_id_stream(ids):
    """Ids as int32 (n,), or an error that names the remedy."""
    try:
        ids = np.asarray(ids)
    except ValueError:  # rows of different lengths
        ids = np.array(None)
    if ids.size == 0:
        return np.empty(0, np.int32)
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise TypeError("ids must be one flat array of whole numbers: use Vocabulary.encode or encode_corpus on tokens")
    if ids.dtype != np.int32 and (ids.max() > np.iinfo(np.int32).max or ids.min() < np.iinfo(np.int32).min):
        raise ValueError("ids must fit in 32 bits")
    return ids.astype(np.int32, copy=False)


def sentence_bounds(offsets, n):
    """First word of each sentence, the place after its last one, and the length of the longest."""
    offsets = arguments.array("offsets", [0, n] if offsets is None else offsets, None)
    lengths = np.diff(offsets)
    if (
        not np.issubdtype(offsets.dtype, np.integer)
        or not len(lengths)
        or offsets[0] != 0
        or offsets[-1] != n
        or lengths.min() < 0
    ):
        raise ValueError(f"offsets must rise from 0 to the number of ids, {n}, as encode_corpus gives them")
    return offsets[:-1], offsets[1:], int(lengths.max())
