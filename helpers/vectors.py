"""What one does with word vectors: look them up and compare them by angle.

The functions use only what NumPy arrays and PyTorch tensors share, and work on both.
"""

import numpy as np


def look_up(table, ids):
    """The rows of a table (words, dimensions) that belong to word ids (n), as (n, dimensions).

    Same as multiplying the ids' one-hot rows (n, words) by the table, without the multiplications.
    """
    return table[ids]


def lengths(vectors):
    """Euclidean length of each row of (n, dimensions), as (n).  Raises ValueError on a row of zeros."""
    squares = (vectors * vectors).sum(-1)
    if not bool((squares > 0).all()):
        raise ValueError("a vector of zeros has no direction, so no cosine: leave such words out")
    return squares**0.5


def cosine(a, b):
    """Cosine of the angle between two vectors (dimensions), a float: 1 same direction, 0 at right angles, -1 opposite.

    Raises ValueError if one of them is all zeros.
    """
    return float((a * b).sum() / (lengths(a) * lengths(b)))


def cosine_matrix(a, b):
    """The cosine of every row of a (n, dimensions) with every row of b (m, dimensions), as (n, m).

    Raises ValueError if a row is all zeros.
    """
    return (a / lengths(a)[:, None]) @ (b / lengths(b)[:, None]).T


def keyed_vectors(words, table, counts=None):
    """A trained table (words, dimensions) as gensim KeyedVectors, so that everything known from gensim works on it.

    counts (words,), if given, are stored under gensim's name "count", most frequent first as gensim expects.
    """
    from gensim.models import KeyedVectors

    table = np.ascontiguousarray(table, dtype=np.float32)
    if table.ndim != 2 or len(table) != len(words):
        raise ValueError(f"{len(words)} words need a table of as many rows, not one of shape {table.shape}")
    made = KeyedVectors(table.shape[1], count=len(words), dtype=np.float32)
    made.index_to_key = list(words)
    made.key_to_index = {word: i for i, word in enumerate(words)}
    made.vectors = table
    if counts is not None:
        made.expandos["count"] = np.asarray(counts, dtype=np.int64)
    return made
