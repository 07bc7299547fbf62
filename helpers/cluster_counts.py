"""Co-occurrence counts on a cluster: every worker counts shards, and the rows of the matrices are added up in trees.

    shard 1 ─ count ─┬ rows A ──┐
                     └ rows B ──│──┐
    shard 2 ─ count ─┬ rows A ──┴──│── + ─ …      one tree for rows A
                     └ rows B ─────┴── + ─ …      and one for rows B

A matrix is cut into PARTS of its rows, each of which has its own tree, so that nobody needs to hold the whole sum: a
worker holds the matrix of its shard (which `cooccurrence` counts within `memory`), or two summands of a part and
their sum; whoever asked for the matrix holds one part and what was asked for.
"""

import pickle
from bisect import bisect_right
from itertools import groupby, pairwise
from operator import itemgetter

import numpy as np

from helpers import cluster
from helpers.cooccurrence import BAND, Band, bands_of, cut, stacked, summed_band

PARTS = 8


def bands(client, sentences, index, given, progress=False):
    """The rows of the matrix of a corpus as Bands, in order; given: the last arguments of `cooccurrence.bands_of`."""
    from dask import delayed

    shards, cuts = cluster.shards_for(client, sentences), cuts_of(len(index))
    columns = delayed(pickle.loads)(pickle.dumps(dict(index)))  # unpacked once, and fetched by every worker
    counted = [delayed(count_shard, nout=len(cuts) - 1)(shard, number, columns, cuts, given)
               for number, shard in enumerate(shards)]  # fmt: skip
    trees = [cluster.tree(delayed(added), list(part)) for part in zip(*counted)]
    for rows in cluster.results(client, trees, len(shards), progress):
        yield Band(np.diff(rows.starts), rows.columns, rows.values)


def cuts_of(size):
    """Where the parts of a matrix begin and end: about equally full if its rows stand by frequency.

    The rows of frequent words hold more counts, so the first parts have fewer of them.
    """
    return np.unique(np.rint(size * (np.arange(PARTS + 1) / PARTS) ** 3).astype(int)).tolist()


def count_shard(shard, number, index, cuts, given):
    """What a worker does with a shard: its matrix, cut into parts, of which each is stored as its rows come."""
    parts = [stacked((), end - first) for first, end in pairwise(cuts)]
    for part, bands in groupby(divided(bands_of(shard, index, *given), cuts), itemgetter(0)):
        parts[part] = stacked((band for _, band in bands), cuts[part + 1] - cuts[part])
    cluster.report(number)
    return tuple(parts)


def divided(bands, cuts):
    """Bands, divided where a part ends: (number of the part, Band) in their order."""
    row = 0
    for band in bands:
        end = row + len(band.lengths)
        places = np.concatenate(([0], np.cumsum(band.lengths)))  # where the counts of each row begin
        for first, last in pairwise([row, *(place for place in cuts if row < place < end), end]):
            entries = slice(places[first - row], places[last - row])
            rows = Band(band.lengths[first - row : last - row], band.columns[entries], band.values[entries])
            yield bisect_right(cuts, first) - 1, rows
        row = end


def added(first, second):
    """The sum of the same rows of two matrices, some rows at a time: their summands are copied for it."""
    rows = len(first.starts) - 1
    bands = (summed_band([first, second], *some) for some in cut(first.starts + second.starts, BAND))
    return stacked(bands, rows)
