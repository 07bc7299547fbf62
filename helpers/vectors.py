"""What one does with word vectors: look them up and compare them by angle.

The first functions use only what NumPy arrays and PyTorch tensors share, and work on both; `save` and `load` exchange
vectors with other programs.
"""

import gzip
import warnings
import zipfile
import zlib
from collections import Counter
from itertools import chain, islice, takewhile
from pathlib import Path

import numpy as np

from helpers import files


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


FORMATS = ("word2vec", "word2vec-binary", "glove", "gensim")


def save(kv, path, format="word2vec"):
    """Write KeyedVectors to a file, whole or not at all.

    format   "word2vec": text with the line "words dimensions" on top; "glove": the same without that line;
             "word2vec-binary": that of word2vec.c; "gensim": gensim's own, the only one that keeps the counts

    All four give back every vector bit for bit.  Raises ValueError for a format or a word that cannot be written.
    """
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
    kv = getattr(kv, "wv", kv)
    refused = " \n\t" if format == "word2vec-binary" else "\n"
    if format != "gensim":
        for word in kv.index_to_key:
            if not word or any(letter in word for letter in refused):
                raise ValueError(f"the word {word!r} cannot be told apart in this format: use format='gensim'")
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r}: make it first")
    with files.whole(path) as temporary:
        if format == "gensim":
            kv.save(str(temporary), sep_limit=2**62)  # one file, however large
        elif format == "word2vec-binary":
            with open(temporary, "wb") as file:
                file.write(f"{len(kv)} {kv.vector_size}\n".encode())
                for word, vector in zip(kv.index_to_key, np.asarray(kv.vectors, dtype="<f4")):
                    file.write(word.encode() + b" " + vector.tobytes() + b"\n")
        else:
            numbers = " %.9g" * kv.vector_size + "\n"  # nine digits tell any two float32 numbers apart
            with open(temporary, "w", encoding="utf-8", newline="\n") as file:
                if format == "word2vec":
                    file.write(f"{len(kv)} {kv.vector_size}\n")
                for word, vector in zip(kv.index_to_key, kv.vectors):
                    file.write(word + numbers % tuple(vector.tolist()))


def load(path, errors="strict", words=None, member=None):
    """KeyedVectors from a file in any of the formats of `save`, told apart by looking into it; text may be .gz.

    words    only these, as far as the file has them, in its order.  Text is streamed: memory holds only the wanted
             vectors, and lines of other words are passed over unchecked.
    member   the text file in a .zip archive that is meant; it is read where it is, nothing is unpacked
    errors   "replace" puts � for bytes that are not UTF-8

    Words of text files may hold spaces (as in GloVe 840B): the last numbers of a line are the vector, the rest the
    word.  A word that stands twice keeps its first vector, with a warning.  Raises FileNotFoundError, or ValueError
    naming line and remedy, also when the file has none of `words`.  A file in gensim's own format can run code when
    it is opened: load such files only from where you trust.
    """
    from gensim.models import KeyedVectors

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r} in {Path.cwd()}")
    if isinstance(words, (str, bytes)):
        raise TypeError(f"words must be a list of words, not the string {words!r}: use [{words!r}]")
    wanted = None if words is None else dict.fromkeys(words)
    try:
        with opened(path, member) as file:
            start = file.read(1 << 16)
        if start[:1] == b"\x80" or is_binary(start):
            if member is not None:
                raise ValueError(f"{member} in {path.name} is no text: unpack it, then load it without member=")
            kv = load_native(path) if start[:1] == b"\x80" else KeyedVectors.load_word2vec_format(
                str(path), binary=True, unicode_errors=errors)  # fmt: skip
            return kv if wanted is None else chosen(kv, wanted, path.name)
        with opened(path, member) as file:
            return read_text(file, member or path.name, header(start), errors, wanted)
    except (EOFError, OSError, UnicodeDecodeError, zlib.error, zipfile.BadZipFile) as error:
        hint = "pass errors='replace'" if isinstance(error, UnicodeDecodeError) else "save or download it again"
        raise ValueError(f"{path.name} is cut off or damaged ({error}): {hint}") from error


def opened(path, member=None):
    """A file open for reading bytes: plain, unpacked on the way if it is .gz, or the member of a .zip archive."""
    with path.open("rb") as file:
        start = file.read(2)
    if start != b"PK":
        if member is not None:
            raise ValueError(f"{path.name} is no zip archive: leave member= out")
        return (gzip.open if start == b"\x1f\x8b" else open)(path, "rb")
    with zipfile.ZipFile(path) as archive:
        if member not in archive.namelist():
            names = ", ".join(archive.namelist()[:10])
            raise ValueError(f"{path.name} is a zip archive: name one of its files with member=, {names}")
        return archive.open(member)  # stays readable when the archive is closed


def chosen(kv, wanted, name):
    """Those of `wanted` that are in the KeyedVectors; ValueError if none is."""
    found = [word for word in kv.index_to_key if word in wanted]
    if not found:
        raise ValueError(f"{name} has none of the {len(wanted)} wanted words: are they cut and lower-cased as there?")
    counts = [kv.get_vecattr(word, "count") for word in found] if "count" in kv.expandos else None
    return keyed_vectors(found, kv[found], counts)


def load_native(path):
    """KeyedVectors from a file that gensim's `save` wrote, of vectors or of a whole model."""
    from gensim.models import KeyedVectors
    from gensim.utils import SaveLoad

    try:
        found = SaveLoad.load(str(path))
    except Exception as error:  # unpickling half a file can fail in any way
        raise ValueError(f"{path.name} is cut off or damaged ({error}): save or download it again") from error
    found = getattr(found, "wv", found)
    if not isinstance(found, KeyedVectors):
        raise ValueError(f"{path.name} holds a {type(found).__name__}, not word vectors: save the model's `wv`")
    return found


def header(start):
    """(words, dimensions) if the first line of a file consists of two whole numbers, else None."""
    first, _, rest = start.partition(b"\n")
    fields = first.split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields):
        return None
    second = rest.partition(b"\n")[0].split()
    if len(second) == 2 and is_number(second[1]) and int(fields[1]) != 1:
        return None  # no header: the first of many words with one number each
    return int(fields[0]), int(fields[1])


def is_number(text):
    """Whether bytes read as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def numbers_at_the_end(fields):
    """How many of the last fields of a line are numbers; the first field is always a word."""
    return len(list(takewhile(is_number, fields[:0:-1])))


def is_binary(start):
    """Whether numbers follow the header as bytes: control characters stand there, or what is no UTF-8."""
    if header(start) is None:
        return False
    body = start.partition(b"\n")[2]
    if all(map(is_number, body.partition(b"\n")[0].split()[-header(start)[1] :])):
        return any(byte < 9 for byte in body)
    try:
        body[:-4].decode()  # the last letter may be cut
    except UnicodeDecodeError:
        return True
    return any(byte < 9 or 13 < byte < 32 for byte in body)


def read_text(file, name, sizes, errors, wanted=None):
    """KeyedVectors from an open text file; sizes (words, dimensions) if its first line is a header, else None.

    wanted: a dict whose keys are the words to keep; None keeps all.
    """
    lines = enumerate(file, 1)
    head = []
    if sizes:
        next(lines)
        dimensions = sizes[1]
    else:
        head = list(islice(lines, 1000))  # words may hold spaces, or be numbers: the usual line decides
        usual = Counter(numbers_at_the_end(line.split()) for _, line in head if line.strip())
        dimensions = usual.most_common(1)[0][0] if usual else 0
    if dimensions < 1:
        raise ValueError(f"{name} holds no vectors: each line must be a word and its numbers, with spaces between them")
    words, rows, twice, others = {}, [], 0, 0
    first = None if wanted is None else {word.encode().partition(b" ")[0] for word in wanted}
    for number, line in chain(head, lines):
        if first is not None and line.partition(b" ")[0] not in first:
            others += bool(line.strip())
            continue
        try:
            word, *numbers = line.decode("utf-8", errors).rstrip(" \t\r\n").rsplit(" ", dimensions)
            vector = np.array(numbers, dtype=np.float32)
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}, line {number} is not UTF-8: pass errors='replace'") from error
        except ValueError:
            vector = np.zeros(0)
        if len(vector) != dimensions or not np.isfinite(vector).all():
            if not line.strip():
                continue
            raise ValueError(
                f"{name}, line {number} is not a word and {dimensions} numbers: {line[:60]!r}. "
                "If the file is cut off, save or download it again; otherwise mend or delete the line"
            )
        if wanted is not None and word not in wanted:
            others += 1
            continue
        twice += word in words
        if word not in words:
            words[word] = number
            rows.append(vector)
    if sizes and len(rows) + twice + others != sizes[0]:
        raise ValueError(
            f"{name} promises {sizes[0]} words in line 1 and holds {len(rows) + twice + others}: "
            "it is cut off or joined; save or download it again, or correct line 1"
        )
    if wanted is not None and not rows:
        raise ValueError(f"{name} has none of the {len(wanted)} wanted words: are they cut and lower-cased as there?")
    if twice:
        warnings.warn(f"{name}: {twice} words stood there before; their first vectors are kept", stacklevel=3)
    return keyed_vectors(list(words), np.array(rows).reshape(-1, dimensions))
