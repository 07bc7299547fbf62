"""Subwords: a word as the set of its character n-grams, and n-grams as rows of a table of limited size.

    ngrams("시나브로", 3, 3)             # ['<시나', '시나브', '나브로', '브로>']
    ngram_hashes("시나브로", 3, 3)       # the row of each in a table of 2,000,000 "buckets"

fastText (Bojanowski et al. 2017, https://aclanthology.org/Q17-1010/) marks where a word begins and ends with < and >,
cuts it into n-grams of min_n to max_n characters, and has no list of n-grams: a hash says in which row of the table an
n-gram's vector stands.  Everything here is equal to fastText's own program, bit for bit and in its order.

Two kinds of characters can be counted: Hangul syllables (fastText's own way), or jamo, the letters that syllables are
made of.  In jamo a syllable is always three letters long; where it has no final consonant, FILLER stands in its place
(Park et al., ACL 2018, https://aclanthology.org/P18-1226/, do the same).  So every n-gram knows which letter of a
syllable it begins with, and 가나 does not look like 간아.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from helpers import arguments, compiled, letters, training
from helpers.korean import hangul

UNITS = ("syllable", "jamo")
FILLER = "∅"  # the missing final consonant; no Korean word contains it
BUCKETS = 2_000_000  # fastText's table
OFFSET, PRIME = 2166136261, 16777619  # of FNV-1a with 32 bits, http://www.isthe.com/chongo/tech/comp/fnv/
START, FACTOR = np.uint32(OFFSET), np.uint32(PRIME)  # the same for compiled loops
CONTINUED = -64  # a byte below it, 10xxxxxx read as a signed number, is not the first of its character
BLOCK = 2048  # words that are joined at a time: they stay in the processor's cache


def spell(word, units="syllable"):
    """The characters that n-grams count: the word as it is, or with its syllables taken apart into jamo."""
    arguments.choice("units", units, UNITS)
    if not isinstance(word, str):
        raise TypeError(f"a word must be a str, not {arguments.shown(word)}")
    word = "".join((word, ""))  # its letters: a kind of str, such as an Enum, may write itself otherwise
    return word if units == "syllable" else word.translate(jamo_table())


@cache
def jamo_table():
    """{code of a syllable: its three letters} for all 11,172 syllables, as `str.translate` wants it."""
    return {code: hangul.decompose(chr(code), FILLER) for code in range(hangul.FIRST, hangul.LAST + 1)}


def ngrams(word, min_n=3, max_n=6, units="syllable"):
    """All n-grams of <word> in fastText's order: by where they begin, then by length; one for each occurrence.

    A boundary mark alone is no n-gram.  max_n below min_n gives none.  ValueError for sizes below 1 or unknown units.
    """
    check(min_n, max_n)
    marked = f"<{spell(word, units)}>"
    found = []
    for start in range(len(marked)):
        for n in range(min_n, min(max_n, len(marked) - start) + 1):
            if n > 1 or 0 < start < len(marked) - 1:
                found.append(marked[start : start + n])
    return found


def check(min_n, max_n, bucket=1):
    """Refuse sizes that mean nothing."""
    arguments.whole("min_n", min_n, 1, arguments.MOST)
    arguments.whole("max_n", max_n, 0, arguments.MOST)
    arguments.whole("bucket", bucket, 1, 2**31, hint=": fastText counts its rows with 32 bits")


def fnv1a(text, textbook=False):
    """fastText's hash of a text (a whole number below 2^32): FNV-1a over its UTF-8 bytes, read as signed numbers.

    A byte of 128 or more counts as a negative number, and its sign fills the 24 bits above it.  So fastText's hash
    differs from the textbook's (textbook=True) for every text that is not plain ASCII.
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {arguments.shown(text)}")
    found, textbook = OFFSET, arguments.flag("textbook", textbook)
    for byte in text.encode("utf-8", "surrogatepass"):
        if byte >= 128 and not textbook:
            byte |= 0xFFFFFF00
        found = (found ^ byte) * PRIME % 2**32
    return found


def ngram_hashes(word, min_n=3, max_n=6, bucket=BUCKETS, units="syllable"):
    """The bucket (0 to bucket − 1) of each n-gram of a word, a list in fastText's order."""
    check(min_n, max_n, bucket)
    return [fnv1a(ngram) % bucket for ngram in ngrams(word, min_n, max_n, units)]


# ------------------------------------------------------------------------------------------- many words at once


def hash_words(words, min_n=3, max_n=6, bucket=BUCKETS, units="syllable"):
    """`ngram_hashes` of many words at once: (offsets int64 (words + 1,), buckets int32 (all n-grams,)).

    Word w has the buckets `buckets[offsets[w]:offsets[w + 1]]`.  A compiled loop goes over the UTF-8 bytes of all
    words, one after the other.
    """
    check(min_n, max_n, bucket)
    arguments.choice("units", units, UNITS)
    words = list(arguments.tokens("words", words))
    lengths = np.empty(len(words), np.int64)
    try:
        blocks = {first: utf8(words[first : first + BLOCK], units) for first in range(0, len(words), BLOCK)}
    except TypeError:  # something is no str; looking first would take a sixth of the time
        arguments.words("words", words)
        raise
    for first, (text, end) in blocks.items():
        count_characters(text, end, lengths[first : first + BLOCK])
    offsets = np.concatenate(([0], np.cumsum(number_of_ngrams(lengths, min_n, max_n))))
    training.room("max_n", 4 * int(offsets[-1]))
    buckets = np.empty(offsets[-1], np.int32)
    for first, (text, end) in blocks.items():
        hash_ngrams(text, end, min_n, max_n, bucket, buckets[offsets[first] :])
    return offsets, buckets


def utf8(words, units):
    """The UTF-8 bytes of <word> for some words, spelled in these units: (bytes, end), both int8.

    `end` stands before, between and after them: a line feed, or where a word has one, a byte that UTF-8 never has.
    """
    text = ">\n<".join(words)
    if text.count("\n") == len(words) - 1:
        text, end = f"\n<{text}>\n".encode("utf-8", "surrogatepass"), b"\n"
    else:
        end = b"\xff"
        text = b"".join(end + "".join(("<", word, ">")).encode("utf-8", "surrogatepass") for word in words) + end
    if units == "jamo":
        text = take_apart(text)
    return np.frombuffer(text, np.int8), np.frombuffer(end, np.int8)[0]


def number_of_ngrams(lengths, min_n, max_n):
    """How many n-grams words have that are so many characters long, their marks included: int64 (words,)."""
    longest = np.minimum(lengths, max_n)
    sizes = np.maximum(longest - min_n + 1, 0)  # of which size n there are length − n + 1: an arithmetic series
    return sizes * (2 * lengths - min_n - longest + 2) // 2 - 2 * (min_n == 1 and max_n >= 1)


@compiled.loop
def count_characters(text, end, lengths):
    """Write how many characters each word has, its marks included."""
    word = -1
    for byte in text:
        if byte == end:
            word += 1
            if word < len(lengths):
                lengths[word] = 0
        elif byte >= CONTINUED:  # the first byte of a character
            lengths[word] += 1


@compiled.loop
def hash_ngrams(text, end, min_n, max_n, bucket, buckets):
    """Write the bucket of every n-gram: for each place where one begins, a character more at a time."""
    k = 0
    for begin in range(len(text)):
        if text[begin] == end or text[begin] < CONTINUED:
            continue
        found, place, n = START, begin, 0
        while n < max_n and text[place] != end:
            found = np.uint32((found ^ np.uint32(text[place])) * FACTOR)  # a negative byte has its sign in 24 bits more
            place += 1
            while text[place] < CONTINUED:  # the other bytes of this character
                found = np.uint32((found ^ np.uint32(text[place])) * FACTOR)
                place += 1
            n += 1
            if n >= min_n and (n > 1 or (text[begin - 1] != end and text[place] != end)):  # a mark alone is none
                buckets[k] = found % np.uint32(bucket)
                k += 1


def take_apart(text):
    """UTF-8 bytes, their Hangul syllables taken apart into jamo."""
    found = np.empty(3 * len(text), np.uint8)
    return found[: spell_in_jamo(np.frombuffer(text, np.uint8), jamo_bytes(), hangul.FIRST, found)]


@cache
def jamo_bytes():
    """The three letters of each syllable in UTF-8: uint8 (11172, 9)."""
    return np.frombuffer("".join(jamo_table().values()).encode(), np.uint8).reshape(-1, 9)


@compiled.loop
def spell_in_jamo(text, letters, first, found):
    """Write the text with nine bytes for each Hangul syllable in place of its three; how many bytes there are."""
    n = place = 0
    while place < len(text):
        syllable = -1
        if 0xEA <= text[place] <= 0xED:  # 1110xxxx 10xxxxxx 10xxxxxx
            code = (text[place] & 15) << 12 | (text[place + 1] & 63) << 6 | text[place + 2] & 63
            syllable = code - first
        if 0 <= syllable < len(letters):
            for k in range(9):
                found[n + k] = letters[syllable, k]
            n, place = n + 9, place + 3
        else:
            found[n] = text[place]
            n, place = n + 1, place + 1
    return n


# ------------------------------------------------------------------------- what two words share


class Comparison(NamedTuple):
    """Two words side by side.

    first, second   the parts of each word: itself where the vectors know it as a word, then its n-grams
    common          the n-grams that both have, each once, in the first word's order
    jaccard         common n-grams among all n-grams of the two, 0 to 1
    table           (parts of the first, parts of the second): what each pair adds to the cosine, or None
    cosine          the sum of the table, or None without vectors
    """

    first: list
    second: list
    common: list
    jaccard: float
    table: np.ndarray | None = None
    cosine: float | None = None

    def from_common(self):
        """How much of the cosine comes from each common n-gram meeting itself: {n-gram: contribution}."""
        found = dict.fromkeys(self.common, 0.0)
        for i, one in enumerate(self.first):
            for j, other in enumerate(self.second):
                if one == other and one in found:
                    found[one] += float(self.table[i, j])
        return found


def shared(first, second, vectors=None, min_n=3, max_n=6, units="syllable"):
    """Which n-grams two words share, and what each pair of their parts contributes to the cosine of the two words.

    vectors: what `helpers.fasttext.train` or `load` returned; its own min_n, max_n and units then count.  A word's
    vector is the mean of its parts' vectors, so the cosine is a sum over pairs of parts: part i of one word and part
    j of the other contribute (part_i · part_j) / (parts · parts · length · length).
    A word without any part, or whose vector is zero, has no cosine: the contributions are then 0.
    """
    first, second = letters.tidy(first), letters.tidy(second)
    if vectors is not None:
        with_ngrams(vectors)
        min_n, max_n, units = vectors.min_n, vectors.max_n, getattr(vectors, "units", "syllable")
    cut = [ngrams(word, min_n, max_n, units) for word in (first, second)]
    common = list(dict.fromkeys(one for one in cut[0] if one in set(cut[1])))
    union = len(set(cut[0]) | set(cut[1]))
    jaccard = len(common) / union if union else 0.0
    if vectors is None:
        return Comparison(*cut, common, jaccard)
    (names, x), (others, y) = parts(first, vectors), parts(second, vectors)
    lengths = np.linalg.norm(x.sum(0)) * np.linalg.norm(y.sum(0))
    table = x @ y.T / lengths if lengths > 0 else np.zeros((len(x), len(y)))
    return Comparison(names, others, common, jaccard, table, float(table.sum()))


def with_ngrams(vectors):
    """TypeError for what is no KeyedVectors with n-grams."""
    if not hasattr(vectors, "vectors_ngrams"):
        raise TypeError(f"vectors must have n-grams, as fasttext.train and fasttext_files.load give them, not "
                        f"{arguments.shown(vectors)}")  # fmt: skip


def parts(word, vectors):
    """Names and vectors, float64 (parts, dimensions), of what a word's vector is the mean of."""
    with_ngrams(vectors)
    names = ngrams(word, vectors.min_n, vectors.max_n, getattr(vectors, "units", "syllable")) if vectors.bucket else []
    rows = [vectors.vectors_ngrams[fnv1a(ngram) % vectors.bucket] for ngram in names]
    if word in vectors.key_to_index:
        names, rows = [word, *names], [vectors.vectors_vocab[vectors.key_to_index[word]], *rows]
    return names, np.array(rows, dtype=np.float64).reshape(len(rows), vectors.vector_size)
