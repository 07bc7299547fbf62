"""Counts of the shards of one text, each in a folder of its own, added up into one folder that GloVe trains on.

    total = count_shards.add(["counts-1", "counts-2"], "counts")      # written by counting.cooccurrence(…, path=…)
    glove.train("counts", vocabulary)                                 # or the matrix itself: it is read piece by piece

Where a text was counted at different times or places, with one vocabulary.  A band of rows is in memory at a time.  The
folders hold 1/d as rounded numbers, so a sum may differ from a count of the whole text in its last digit.
"""

import contextlib

import numpy as np

from helpers import arguments, count_files, glove_counts
from helpers.cooccurrence import BAND, cut, side_by_side, summed_band


class Mapped:
    """A matrix on disk as `cooccurrence.summed_band` reads it: row by row."""

    def __init__(self, matrix):
        self.starts, self.matrix = np.array(matrix.indptr, np.int64), matrix

    def read(self, left, right):
        columns, values = (glove_counts.read(array, left, right) for array in (self.matrix.indices, self.matrix.data))
        return columns, values.astype(np.float64)


def add(paths, path, workers=2, dtype="float64"):
    """Write the sum of the counts in the folders `paths` to the folder `path`, and `count_files.load` it.

    ValueError where they are of vocabularies of different sizes, or there are none; else as `count_files`.
    """
    workers, dtype = arguments.workers(workers), arguments.choice("dtype", dtype, ("float64", "float32"))
    matrices = [Mapped(count_files.load(one)) for one in arguments.listed("paths", paths, "folders of counts")]
    if not matrices:
        raise ValueError("paths names no folder of counts: write some with counting.cooccurrence(…, path=…)")
    sizes = {len(one.starts) - 1 for one in matrices}
    if len(sizes) != 1:
        raise ValueError(f"counts can be added up where one vocabulary was used, not those of {sorted(sizes)} words: "
                         "count again with the same vocabulary")  # fmt: skip
    size = sizes.pop()
    ends = sum(one.starts for one in matrices)
    bands = side_by_side(summed_band, ((matrices, *rows) for rows in cut(ends, max(BAND, size))), workers)
    draft = count_files.Draft(path)
    try:
        with contextlib.closing(bands):
            return draft.write(bands, size, dtype)
    finally:
        draft.drop()
