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

from helpers.korean import hangul
from helpers.vocabulary import required

UNITS = ("syllable", "jamo")
FILLER = "∅"  # the missing final consonant; no Korean word contains it
BUCKETS = 2_000_000  # fastText's table
OFFSET, PRIME = 2166136261, 16777619  # of FNV-1a with 32 bits, http://www.isthe.com/chongo/tech/comp/fnv/
BLOCK = 20_000  # characters that are hashed at a time: few enough to stay in the processor's cache


def spell(word, units="syllable"):
    """The characters that n-grams count: the word as it is, or with its syllables taken apart into jamo."""
    if units not in UNITS:
        raise ValueError(f'units must be "syllable" or "jamo", not {units!r}')
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
    for name, value, least in (("min_n", min_n, 1), ("max_n", max_n, 0), ("bucket", bucket, 1)):
        required(name, value, least)
    if bucket > 2**31:
        raise ValueError(f"bucket must be at most 2 147 483 648, not {bucket!r}: fastText counts its rows with 32 bits")


def fnv1a(text, textbook=False):
    """fastText's hash of a text (a whole number below 2^32): FNV-1a over its UTF-8 bytes, read as signed numbers.

    A byte of 128 or more counts as a negative number, and its sign fills the 24 bits above it.  So fastText's hash
    differs from the textbook's (textbook=True) for every text that is not plain ASCII.
    """
    found = OFFSET
    for byte in text.encode("utf-8", "surrogatepass"):
        if byte >= 128 and not textbook:
            byte |= 0xFFFFFF00
        found = (found ^ byte) * PRIME % 2**32
    return found


def ngram_hashes(word, min_n=3, max_n=6, bucket=BUCKETS, units="syllable"):
    """The bucket (0 to bucket − 1) of each n-gram of a word, a list in fastText's order."""
    check(min_n, max_n, bucket)
    return [fnv1a(ngram) % bucket for ngram in ngrams(word, min_n, max_n, units)]


def hash_words(words, min_n=3, max_n=6, bucket=BUCKETS, units="syllable"):
    """`ngram_hashes` of many words at once: (offsets int64 (words + 1,), buckets int32 (all n-grams,)).

    Word w has the buckets `buckets[offsets[w]:offsets[w + 1]]`.  All n-grams that begin anywhere in the text grow by
    one character at a time together: the hash of n characters is the hash of n − 1 of them, and one character more.
    """
    check(min_n, max_n, bucket)
    words = [spell(word, units) for word in words] if units != "syllable" else list(words)
    lengths = np.fromiter(map(len, words), np.int64, len(words)) + 2  # with the marks
    of_length = number_of_ngrams(np.arange(lengths.max(initial=1) + 1), min_n, max_n)
    offsets = np.concatenate(([0], np.cumsum(of_length[lengths])))
    found = np.empty(offsets[-1], np.int32)
    ends = np.cumsum(lengths)
    first = 0
    while first < len(words) and max_n >= min_n:
        begin = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, begin + BLOCK, side="right")))
        found[offsets[first] : offsets[last]] = hash_block(words[first:last], lengths[first:last], min_n, max_n, bucket)
        first = last
    return offsets, found


def number_of_ngrams(lengths, min_n, max_n):
    """How many n-grams words have that are so many characters long, their marks included: int64 (n,)."""
    found = np.maximum(lengths[:, None] - np.arange(min_n, max_n + 1) + 1, 0).sum(1)
    return found - 2 * (min_n == 1 and max_n >= 1)


def hash_block(words, lengths, min_n, max_n, bucket):
    """The buckets of all n-grams of a few words, one word after the other; lengths (words,) count the marks too."""
    code = np.frombuffer(f"<{'><'.join(words)}>".encode("utf-32-le", "surrogatepass"), "<u4")  # (characters,)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(code))  # characters from here to the word's end
    found = np.empty((len(code), max_n - min_n + 1), np.uint32)
    steps = utf8(code)
    state = np.full(len(code), OFFSET, np.uint32)
    for n in range(1, min(max_n, len(code)) + 1):
        now = state[: len(code) - n + 1]
        for byte, factor in steps:
            now ^= byte[n - 1 :]
            now *= factor[n - 1 :] if factor.ndim else factor
        if n >= min_n:
            found[: len(now), n - min_n] = now
    longest = np.minimum(left, max_n + 1).astype(np.int16)
    valid = np.arange(min_n, max_n + 1, dtype=np.int16) <= longest[:, None]
    if min_n == 1:
        valid[np.cumsum(lengths) - 1, 0] = valid[np.cumsum(lengths) - lengths, 0] = False  # the marks alone
    found = found[valid]
    return found - found // np.uint32(bucket) * np.uint32(bucket)  # numpy divides faster than it takes remainders


def utf8(code):
    """The UTF-8 bytes of characters (n,) as signed numbers: pairs of byte k, (n,), and what to multiply by after it.

    A character without a byte k has 0 and 1 there, which change nothing in a hash.
    """
    size = 1 + (code >= 0x80).astype(np.uint32) + (code >= 0x800) + (code >= 0x10000)  # bytes of each character
    lead = np.array([0, 0, 0xFFFFFFC0, 0xFFFFFFE0, 0xFFFFFFF0], np.uint32)[size]  # what the first byte begins with
    found = [(lead | code >> 6 * (size - 1), np.uint32(PRIME))]
    for k in range(1, int(size.max())):
        there = size > k
        byte = code >> 6 * np.maximum(size, k + 1) - 6 * (k + 1) & 0x3F | 0xFFFFFF80  # six bits more
        found.append((byte * there, np.where(there, np.uint32(PRIME), np.uint32(1))))
    return found


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
    if vectors is not None:
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


def parts(word, vectors):
    """Names and vectors, float64 (parts, dimensions), of what a word's vector is the mean of."""
    names = ngrams(word, vectors.min_n, vectors.max_n, getattr(vectors, "units", "syllable")) if vectors.bucket else []
    rows = [vectors.vectors_ngrams[fnv1a(ngram) % vectors.bucket] for ngram in names]
    if word in vectors.key_to_index:
        names, rows = [word, *names], [vectors.vectors_vocab[vectors.key_to_index[word]], *rows]
    return names, np.array(rows, dtype=np.float64).reshape(len(rows), vectors.vector_size)
