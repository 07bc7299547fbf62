"""A matrix of counts in a folder, written row by row and read through a memory map: it may be larger than memory.

    counting.cooccurrence(sentences, vocabulary, path="counts")     # writes the folder, and returns what load returns
    count_files.load("counts")                                      # a SciPy CSR matrix whose counts lie on disk

The folder holds the three arrays of SciPy's CSR matrices, as files that `numpy.load` opens, and a note that says so:
indptr.npy (int64), indices.npy (int32), data.npy (float64 or float32), counts.json.
"""

import contextlib
import json
import os
import shutil

import numpy as np
from scipy import sparse

from helpers import arguments, files, letters

FORMAT = "language-intelligence counts 1"
NOTE = "counts.json"
ARRAYS = ("indptr.npy", "indices.npy", "data.npy")


def load(path):
    """Open a folder of counts: CSR (words, words), whose columns and values are read from the disk as they are used.

    FileNotFoundError where there is none, ValueError where it is damaged; both name the remedy.
    """
    path = letters.found(arguments.path("path", path))
    remedy = f"count again with counting.cooccurrence(…, path={str(path)!r})"
    if not (about := note(path)):
        raise FileNotFoundError(f"{path} is no folder of counts: {remedy}")
    try:
        starts, columns, values = (np.load(path / name, mmap_mode="r") for name in ARRAYS)
    except files.DAMAGED_ARRAY as error:
        raise ValueError(f"the counts in {path} cannot be read ({error}): {remedy}") from None
    shapes = starts.ndim == columns.ndim == values.ndim == 1 and len(starts) > 1
    kinds = starts.dtype == np.int64, columns.dtype == np.int32, values.dtype in (np.float32, np.float64)
    if not shapes or not all(kinds) or starts[0] != 0 or np.diff(starts).min() < 0:
        raise ValueError(f"the counts in {path} are damaged, their files are not what they should be: {remedy}")
    if (len(starts) - 1, len(columns), len(values)) != (about.get("words"), starts[-1], about.get("counts")):
        raise ValueError(f"the counts in {path} are damaged, their files do not fit each other: {remedy}")
    return csr(np.array(starts), columns, values)


def csr(starts, columns, values):
    """The square CSR matrix of these arrays, whose columns are sorted within each row; nothing is copied."""
    size = len(starts) - 1
    matrix = sparse.csr_matrix((size, size), dtype=values.dtype)
    matrix.data, matrix.indices = values, columns
    matrix.indptr = starts.astype(np.int32) if starts[-1] < 2**31 else starts  # SciPy is fastest with one type
    matrix.has_canonical_format = True
    return matrix


def note(path):
    """What the note in a folder of counts says; None where there is no such note."""
    try:
        found = json.loads((path / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


class Draft:
    """A folder of counts while it is written, under another name; `write` gives it the name `path` at the end.

    Counts that lie there already are replaced; anything else is refused with FileExistsError, before any work is done.
    So the old counts or the new ones lie under the name, or for a moment none, but never a part of them.  A process
    that is killed leaves a hidden folder beside it, named .NAME.….part, which may be removed.
    """

    def __init__(self, path):
        self.path = arguments.path("path", path).absolute()
        self.refuse_others()
        self.folder = files.draft_of(self.path)
        try:
            self.folder.mkdir(parents=True)
        except OSError as error:
            raise OSError(error.errno, f"cannot make a folder in {self.path.parent}: {error.strerror}. "
                                       "Name a path in a folder of your own") from None  # fmt: skip

    def refuse_others(self):
        """FileExistsError unless the path is free, an empty folder, or a folder with counts and nothing else."""
        if not os.path.lexists(self.path):
            return
        plain = self.path.is_dir() and not self.path.is_symlink()
        names = set(os.listdir(self.path)) if plain else None
        if names is None or names and not (names == {NOTE, *ARRAYS} and note(self.path)):
            raise FileExistsError(f"{self.path} is there already, and is not a folder with counts and nothing else: "
                                  "name a path that does not exist yet, or move this away")  # fmt: skip

    def write(self, bands, size, dtype):
        """Write bands of rows (see `cooccurrence.Band`), give the folder its name, and `load` it.

        size: words, the side of the matrix.  NotWritten, naming the remedy, if the disk is full; what goes wrong with
        the bands, which are worked out meanwhile, is raised as it is.
        """
        self.write_files(bands, size, dtype)
        self.publish()
        return load(self.path)

    def write_files(self, bands, size, dtype):
        starts, row = np.zeros(size + 1, np.int64), 0
        with Array(self.folder / "indices.npy", np.int32) as columns, Array(self.folder / "data.npy", dtype) as values:
            for band in bands:
                starts[row + 1 : row + 1 + len(band.lengths)] = columns.length + np.cumsum(band.lengths)
                columns.append(band.columns)
                values.append(band.values)
                row += len(band.lengths)
        with Array(self.folder / "indptr.npy", np.int64) as ends:
            ends.append(starts)
        about = {"format": FORMAT, "words": size, "counts": int(starts[-1])}
        with files.whole(self.folder / NOTE) as draft:
            draft.write_text(json.dumps(about), encoding="utf-8")

    def publish(self):
        """Give the folder its name, in place of counts that lay there."""
        self.refuse_others()
        try:
            files.exchange(self.folder, self.path)
        except OSError as error:
            raise OSError(error.errno, f"the counts cannot take the name {self.path}: {error.strerror}. If a matrix of "
                                       "older ones is in use, `del` it, or name another path") from None  # fmt: skip

    def drop(self):
        """Remove what was not given its name."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Array:
    """A .npy file written piece by piece: `with Array(path, np.int32) as array: array.append(numbers)`."""

    def __init__(self, path, dtype):
        self.path, self.dtype, self.length = path, np.dtype(dtype), 0

    def __enter__(self):
        with self.storing():
            self.file = open(self.path, "xb")
            self.write_header()
        return self

    def append(self, numbers):
        with self.storing():
            self.file.write(np.ascontiguousarray(numbers, self.dtype).data)
        self.length += len(numbers)

    @contextlib.contextmanager
    def storing(self):
        """Where the disk does not take the numbers, say what helps: NotWritten."""
        try:
            yield
        except OSError as error:
            place = self.path.parent.parent  # of the folder of counts
            raise files.NotWritten(error.errno, f"cannot store counts in {place}: {error.strerror}. Name a path on a "
                                   "disk with more room") from None  # fmt: skip

    def write_header(self):
        """Say what the numbers are and how many; NumPy leaves room for the digits, so this can be done again."""
        kind = {"descr": self.dtype.str, "fortran_order": False, "shape": (self.length,)}
        np.lib.format.write_array_header_1_0(self.file, kind)

    def __exit__(self, kind, error, trace):
        with self.storing(), self.file:
            if kind is None:
                self.file.seek(0)
                self.write_header()
                self.file.flush()
                os.fsync(self.file.fileno())
