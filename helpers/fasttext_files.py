"""fastText's own files (.bin): official models read, ours written so that fastText's program and gensim read them.

save_bin(kv, "mine.bin")       # then: fasttext print-word-vectors mine.bin
load("cc.ko.300.bin")          # the official model of Korean: 4.5 GB packed, more than 10 GB of memory
"""

import contextlib
import mmap
import struct

import numpy as np

from helpers import arguments, files, letters, subwords
from helpers.korean import hangul

MAGIC, VERSION = 793712314, 12
# dim, window, epochs, min_count, negative, word n-grams, loss, model, bucket, min_n, max_n, update rate, sample
HEADER = struct.Struct("<2i12id")
NEGATIVE_SAMPLING, CBOW, SKIPGRAM = 2, 1, 2  # fastText's numbers for the loss and the models
NOTED = "window", "epochs", "min_count", "negative"  # of the settings, with 32 bits each
PIECE = 10_000  # rows written at a time


def save_bin(kv, path):
    """Write vectors that `helpers.fasttext.train` or `load` returned as a fastText .bin file, whole or not at all.

    With jamo, words are written taken apart (서울 as ㅅㅓ∅ㅇㅜㄹ), since fastText's program knows nothing of jamo: ask
    it for words taken apart (`subwords.spell(word, "jamo")`), and `load` the file with units="jamo".
    Output vectors that are not known (`kv.outputs`) are written as zeros.  Raises ValueError for vectors without
    n-grams, and for words that cannot stand in such a file.
    """
    kv = getattr(kv, "wv", kv)
    if not hasattr(kv, "vectors_ngrams"):
        raise ValueError(f"a {type(kv).__name__} has no n-grams: use vectors.save for it")
    units = getattr(kv, "units", "syllable")
    if not all(np.isfinite(table).all() for table in (kv.vectors_vocab, kv.vectors_ngrams)):
        raise ValueError("the vectors hold NaN or infinity: train them again")
    words = [encoded(subwords.spell(word, units), word) for word in kv.index_to_key]
    if len(set(words)) < len(words):
        raise ValueError("two words are the same when they are taken apart into jamo: they cannot both be written")
    n, dim = len(kv), kv.vector_size
    counts = kv.expandos.get("count", np.arange(n, 0, -1))
    settings = {"window": 5, "epochs": 5, "min_count": 5, "negative": 5, "sg": 1, "sample": 1e-3}
    settings |= getattr(kv, "settings", None) or {}
    outputs = getattr(kv, "outputs", None)
    ngrams = kv.vectors_ngrams if kv.bucket else np.zeros((0, dim), np.float32)
    with files.whole(path) as draft, open(draft, "wb") as file:
        file.write(HEADER.pack(
            MAGIC, VERSION, dim, *(min(settings[name], 2**31 - 1) for name in NOTED), 1,
            NEGATIVE_SAMPLING, SKIPGRAM if settings["sg"] else CBOW, kv.bucket, kv.min_n, kv.max_n, 100,
            settings["sample"],
        ))  # fmt: skip
        file.write(struct.pack("<3iqq", n, n, 0, int(np.sum(counts)), -1))  # words, of them no labels; not pruned
        file.write(b"".join(word + struct.pack("<xqb", int(count), 0) for word, count in zip(words, counts)))
        file.write(struct.pack("<?2q", False, n + len(ngrams), dim))  # not quantized
        for table in (kv.vectors_vocab, ngrams):
            write_rows(file, table)
        file.write(struct.pack("<?2q", False, n, dim))
        write_rows(file, np.broadcast_to(np.float32(0), (n, dim)) if outputs is None else outputs)


def encoded(spelled, word):
    """A word's bytes; ValueError if they would be read back as something else."""
    try:
        if spelled and "\0" not in spelled:
            return spelled.encode()
    except UnicodeEncodeError:
        pass
    raise ValueError(f"the word {word!r} cannot stand in a fastText file: leave it out of the vocabulary")


def write_rows(file, table):
    """Append a table (rows, dim) as little-endian float32."""
    for first in range(0, len(table), PIECE):
        file.write(np.ascontiguousarray(table[first : first + PIECE], dtype="<f4").tobytes())


def load(path, units="syllable"):
    """Vectors from a fastText .bin file, official or ours, as SubwordVectors; gensim does the reading.

    units   "jamo" for a file whose words were written taken apart into jamo, as `save_bin` does
    Raises FileNotFoundError, and ValueError (with the remedy) for a file that is cut off, no fastText model of words,
    or has words that are not UTF-8, whose n-grams gensim would not find.
    The word </s> has n-grams here, as in gensim; in fastText's program it has none.
    """
    from gensim.models.fasttext import load_facebook_vectors

    from helpers.fasttext import SubwordVectors

    subwords.spell("", units)
    path = arguments.file("path", path)
    examine(path)
    try:
        found = load_facebook_vectors(str(path))
    except Exception as error:  # gensim does not foresee everything that may stand in a file
        raise ValueError(f"{path.name} cannot be read ({type(error).__name__}: {error}): "
                         "save or download it again") from error  # fmt: skip
    if not all(np.isfinite(table).all() for table in (found.vectors_vocab, found.vectors_ngrams)):
        raise ValueError(f"{path.name} holds vectors with NaN or infinity: train them again")
    made = SubwordVectors(found.vector_size, found.min_n, found.max_n, found.bucket, count=0, dtype=np.float32)
    made.__dict__.update(found.__dict__)
    if units == "jamo":
        words = [hangul.compose(word, subwords.FILLER) for word in found.index_to_key]
        for word, written in zip(words, found.index_to_key):
            if subwords.spell(word, "jamo") != written:
                raise ValueError(f"{path.name}: {written!r} is not a word taken apart into jamo; load it with "
                                 'units="syllable"')  # fmt: skip
        made.units, made.index_to_key = units, words
    made.key_to_index = letters.Index(made.index_to_key)
    return made


def examine(path):
    """Refuse a file that gensim would misread, or read for ever: it does not look for the end of a cut-off file."""
    size = path.stat().st_size
    again = f"{path.name} is cut off or damaged: save or download it again"
    with path.open("rb") as file, contextlib.ExitStack() as stack:
        data = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) if size else b""
        if size < HEADER.size or HEADER.unpack_from(data)[:2] != (MAGIC, VERSION):
            kind = "unpack it first" if data[:2] in (b"\x1f\x8b", b"PK") else "vectors.load reads other formats"
            raise ValueError(f"{path.name} is no fastText .bin file of today's version ({VERSION}): {kind}")
        _, _, dim, *_, model, bucket, min_n, max_n, _, _ = HEADER.unpack_from(data)
        if dim < 1 or bucket < 0 or bucket and not 1 <= min_n <= max_n:
            raise ValueError(f"{path.name} has vectors of {dim} numbers, and n-grams of {min_n} to {max_n} characters "
                             f"in {bucket} buckets, which gensim cannot read: train it again, with minn of at least 1 "
                             "and maxn of at least minn, or take its .vec file, with vectors.load")  # fmt: skip
        if model not in (CBOW, SKIPGRAM):
            raise ValueError(f"{path.name} is a fastText classifier, not a model of words: take one that "
                             "fastText's commands skipgram or cbow have trained")  # fmt: skip
        try:
            words, of_them, labels, _, pruned = struct.unpack_from("<3iqq", data, HEADER.size)
            if words < 1 or labels < 0:
                raise ValueError(again)
            at, bad, seen = HEADER.size + struct.calcsize("<3iqq"), [], set()
            for _ in range(words):
                end = data.find(b"\0", at)
                if end < 0:
                    raise ValueError(again)
                word, at = data[at:end], end + 10  # the count (8 bytes) and the kind (1 byte) follow
                seen.add(word)
                if not is_utf8(word):
                    bad.append(word)
            for rows in (words + bucket, words):
                quantized, n, columns = struct.unpack_from("<?2q", data, at)
                if quantized:
                    raise ValueError(f"{path.name} is compressed (.ftz): gensim cannot read it, take the .bin file")
                at += struct.calcsize("<?2q") + 4 * n * columns
                if (n, columns) != (rows, dim) or at > size:
                    raise ValueError(again)
        except struct.error:
            raise ValueError(again) from None
        if labels or pruned > 0 or of_them != words or len(seen) != words or at != size:
            raise ValueError(again)
        if bad:
            raise ValueError(f"{path.name}: {len(bad)} words are not UTF-8, such as {bad[0]!r}, so their n-grams "
                             "cannot be told: take its .vec file, with vectors.load(…, errors='replace')")  # fmt: skip


def is_utf8(word):
    """Whether bytes are text."""
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True
