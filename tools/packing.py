"""Numbers as text: tables of vectors and other arrays on their way into the scripts that a page loads."""

import base64
import string

import numpy as np

DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"  # base64's


def packed(vectors):
    """A table of vectors as {dim, scales, values}: signed bytes and one float32 scale a row, both in base64."""
    vectors = np.asarray(vectors, np.float32)
    scales = (np.maximum(np.abs(vectors).max(1), 1e-12) / 127).astype("<f4")
    values = np.round(vectors / scales[:, None]).astype(np.int8)
    return {"dim": vectors.shape[1], "scales": text64(scales), "values": text64(values)}


def unpacked(table):
    """The vectors that a page makes of `packed`: float32 (rows, dim)."""
    kinds = (("scales", "<f4"), ("values", "i1"))
    scales, values = (np.frombuffer(base64.b64decode(table[key]), kind) for key, kind in kinds)
    return values.reshape(-1, table["dim"]) * scales[:, None]


def text64(array):
    """The bytes of an array as text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def digits64(numbers):
    """Whole numbers from 0 on as text, a small one in one letter: five bits a letter, the lowest first, as in source
    maps; a letter from the second half of base64's says that another follows."""
    letters = []
    for number in numbers:
        while number >= 32:
            letters.append(DIGITS[32 + number % 32])
            number //= 32
        letters.append(DIGITS[number])
    return "".join(letters)


def unit(vectors):
    """Vectors brought to length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
