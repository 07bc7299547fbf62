"""What one does with word vectors: look them up and compare them by angle.

The first functions use only what NumPy arrays and PyTorch tensors share, and work on both; `save` and `load` exchange
vectors with other programs.
"""

import math

import numpy as np

from helpers import arguments
from helpers.vector_exports import EXPORTS, export, open_mapped  # noqa: F401  part of what this module offers
from helpers.vector_files import FORMATS, load, save  # noqa: F401  part of what this module offers
from helpers.vector_formats import keyed_vectors  # noqa: F401  and this, too


def look_up(table, ids):
    """The rows of a table (words, dimensions) that belong to word ids (n), as (n, dimensions).

    Same as multiplying the ids' one-hot rows (n, words) by the table, without the multiplications.
    """
    return table[ids]


def lengths(vectors):
    """Euclidean length of each row of (n, dimensions), as (n).  Raises ValueError on a row of zeros."""
    squares = (vectors * vectors).sum(-1)
    if bool((squares == 0).any()):
        raise ValueError("a vector of zeros has no direction, so no cosine: leave such words out")
    if not bool((squares < math.inf).all()):
        raise ValueError("a vector holds NaN or infinity, so it has no direction: train again, or leave it out")
    return squares**0.5


def single(vectors):
    """Numbers of at least single precision: squares of float16 run over at 256, and whole numbers have no cosine."""
    if hasattr(vectors, "detach"):  # a tensor
        return vectors if vectors.dtype.itemsize >= 4 and vectors.is_floating_point() else vectors.float()
    vectors = arguments.array("a vector", vectors)
    return vectors.astype(np.result_type(vectors.dtype, np.float32), copy=False)


def cosine(a, b):
    """Cosine of the angle between two vectors (dimensions), a float: 1 same direction, 0 at right angles, -1 opposite.

    Raises ValueError if one of them is all zeros.
    """
    a, b = single(a), single(b)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"two vectors of one size are needed, not shapes {tuple(a.shape)} and {tuple(b.shape)}")
    return float((a / lengths(a) * (b / lengths(b))).sum())


def cosine_matrix(a, b):
    """The cosine of every row of a (n, dimensions) with every row of b (m, dimensions), as (n, m).

    Raises ValueError if a row is all zeros, or for other shapes.
    """
    a, b = single(a), single(b)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"two tables of as many columns are needed, not shapes {tuple(a.shape)} and {tuple(b.shape)}")
    return (a / lengths(a)[:, None]) @ (b / lengths(b)[:, None]).T
