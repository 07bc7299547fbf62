"""Formats of word vectors: which one a file has, and its words and vectors, one after the other.

Text has a word and its numbers on each line, and may have a first line "words dimensions"; word2vec.c's binary format
has the numbers as bytes.  `vector_files` opens and writes such files.
"""

import codecs
import re
import unicodedata
from collections import Counter
from itertools import chain, islice, takewhile

import numpy as np

from helpers import arguments, letters


def keyed_vectors(words, table, counts=None):
    """A trained table (words, dimensions) as gensim KeyedVectors, so that everything known from gensim works on it.

    counts (words,), if given, are stored under gensim's name "count", most frequent first as gensim expects.
    """
    from gensim.models import KeyedVectors

    words = arguments.words("words", words)
    table = np.ascontiguousarray(arguments.array("table", table, None, None), dtype=np.float32)
    if len(table) != len(words):
        raise ValueError(f"{len(words)} words need a table of as many rows, not one of shape {table.shape}")
    made = KeyedVectors(table.shape[1], count=len(words), dtype=np.float32)
    made.index_to_key = list(words)
    made.key_to_index = letters.Index(words)
    made.vectors = table
    if counts is not None:
        made.expandos["count"] = arguments.array("counts", counts, len(words)).astype(np.int64)
    return made


# ------------------------------------------------------------------------------------------- what a file begins with


def format_of(start):
    """The format of a file that begins with these bytes."""
    if start[:2] == b"\x80\x04":
        return "gensim"
    if is_binary(start):
        return "word2vec-binary"
    return "word2vec" if header(start) else "glove"


def header(start):
    """(words, dimensions) if the first line of a file consists of two whole numbers, else None."""
    first, _, rest = start.partition(b"\n")
    fields = first.split()
    if len(fields) != 2 or not all(field.isdigit() and len(field) < 16 for field in fields):
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
        codecs.getincrementaldecoder("utf-8")().decode(body)  # its last letter may be cut
    except UnicodeDecodeError:
        return True
    return any(byte < 9 or 13 < byte < 32 for byte in body)


# ------------------------------------------------------------------------------------------------- words and vectors

UNWRITABLE = re.compile("[\0\t\n\r]")  # no program that writes the binary format has such a letter in a word
REPLACED = "save it as UTF-8 if it is in another encoding, or pass errors='replace', which marks such letters"


class Rows:
    """What a reader has found so far: words, their vectors, and what the end should say about them."""

    def __init__(self, name, wanted=None):
        self.name, self.wanted, self.words, self.rows = name, wanted, {}, []
        self.twice = self.others = 0

    @property
    def seen(self):
        return len(self.rows) + self.twice + self.others

    def add(self, word, vector):
        """Take a word with its vector, unless it is not wanted or stood there before."""
        if self.wanted is not None and letters.tidy(word) not in self.wanted:
            self.others += 1
        elif word in self.words:
            self.twice += 1
        else:
            self.words[word] = len(self.rows)
            self.rows.append(vector)

    def promised(self, number):
        """Refuse a file that holds another number of words than its first line says."""
        if self.seen != number:
            raise ValueError(f"{self.name} promises {number} words in line 1 and holds {self.seen}: "
                             "it is cut off or joined; save or download it again, or correct line 1")  # fmt: skip

    def vectors(self):
        """All of it as KeyedVectors."""
        if not self.rows:
            if self.wanted is None:
                raise ValueError(f"{self.name} holds no vectors")
            raise ValueError(f"{self.name} has none of the {len(self.wanted)} wanted words: "
                             "are they cut and lower-cased as there?")  # fmt: skip
        if self.twice:
            arguments.warn(f"{self.name}: {self.twice} words stood there before; their first vectors are kept")
        return keyed_vectors(list(self.words), np.array(self.rows))


def read_binary(file, rows, errors):
    """Read a file of word2vec.c's binary format: for each word its letters, a space, float32 numbers, a line feed."""
    count, dimensions = header(file.readline())
    size = 4 * dimensions
    if not 1 <= size < 1 << 30:
        raise ValueError(f"{rows.name} promises vectors of {dimensions} numbers in line 1: it is damaged")
    for number in range(1, count + 1):
        word = bytearray()
        while not word.endswith(b" "):
            letter = file.read(1)
            if not letter or len(word) > 10_000:
                raise EOFError(f"word {number} of {count} does not end")
            word += letter
        numbers = file.read(size)
        if len(numbers) < size:
            raise EOFError(f"the vector of word {number} of {count} does not end")
        vector = np.frombuffer(numbers, "<f4")
        try:
            word = word[:-1].lstrip(b"\n").decode("utf-8", errors)
        except UnicodeDecodeError:
            raise ValueError(f"{rows.name}, word {number} is not UTF-8: {REPLACED}") from None
        if UNWRITABLE.search(word):
            raise ValueError(f"{rows.name}, word {number}, {word[:60]!r}, holds bytes of numbers: line 1 has wrong "
                             "sizes, or a word before it has a space in it; save it as text instead")  # fmt: skip
        if not word or not np.isfinite(vector).all():
            raise ValueError(f"{rows.name}, word {number}, {word!r}, is empty or its vector holds NaN or infinity: "
                             "if the file is damaged, save or download it again")  # fmt: skip
        rows.add(word, vector)
    if file.read(2).strip(b"\n"):
        raise ValueError(f"{rows.name} promises {count} words in line 1 and holds more: correct line 1")


def read_text(file, rows, sizes, errors):
    """Read lines of a word and its numbers; sizes (words, dimensions) if the first line is a header, else None."""
    lines, name = enumerate(file, 1), rows.name
    if sizes:
        next(lines)
    head = list(islice(lines, 1000))  # words may hold spaces, or be numbers: the usual line decides
    usual = Counter(numbers_at_the_end(line.split()) for _, line in head if line.strip())
    usual = usual.most_common(1)[0][0] if usual else 0
    dimensions = sizes[1] if sizes else usual
    if usual > dimensions > 0:
        raise ValueError(f"{name} promises vectors of {dimensions} numbers in line 1, and its lines hold {usual}: "
                         "correct line 1, or save it again")  # fmt: skip
    if dimensions < 1:
        raise ValueError(f"{name} holds no vectors: each line must be a word and its numbers, with spaces between them")
    first = None if rows.wanted is None else beginnings(rows.wanted)
    for number, line in chain(head, lines):
        if first is not None and (line.split(None, 1) or [b""])[0] not in first:
            rows.others += bool(line.strip())
            continue
        try:
            word, vector = word_and_vector(line.decode("utf-8", errors), dimensions)
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}, line {number} is not UTF-8: {REPLACED}") from error
        except ValueError:
            vector = np.zeros(0)
        if b"\r" in line.rstrip():
            raise ValueError(f"{name}, line {number} holds carriage returns, {line[:60]!r}: save it with line feeds "
                             "at the ends of its lines")  # fmt: skip
        if len(vector) != dimensions or not word or not np.isfinite(vector).all():
            if not line.strip():
                continue
            text = line.decode("utf-8", "replace")[:60]
            raise ValueError(
                f"{name}, line {number} is not a word and {dimensions} numbers: {text!r}. "
                "If the file is cut off, save or download it again; otherwise mend or delete the line"
            )
        if " " in word and is_number(word.rpartition(" ")[2]):
            more = f"{name}, line {number} has more than {dimensions} numbers"
            arguments.warn(f"{more}: the word is taken to be {word!r}")
        rows.add(word, vector)
    if sizes:
        rows.promised(sizes[0])


def beginnings(wanted):
    """The bytes up to the first white space of words, in both forms in which Hangul may be stored."""
    forms = (unicodedata.normalize(form, word) for word in wanted for form in ("NFC", "NFD"))
    return {(form.encode("utf-8", "surrogatepass").split(None, 1) or [b""])[0] for form in forms}


def word_and_vector(line, dimensions):
    """The word and the numbers at the end of a line, as float32; ValueError where there are none."""
    line = line.rstrip(" \t\r\n")
    word, *numbers = line.rsplit(" ", dimensions)
    if len(numbers) < dimensions or not all(numbers):  # tabs, or several blanks, between them
        word, *numbers = line.rsplit(None, dimensions)
    return word, np.array(numbers, dtype=np.float32)
