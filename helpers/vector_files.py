"""Files of word vectors, as several programs write them: what `save` writes, `load` gives back, bit for bit.

    save(kv, "mine.vec")                              # word2vec's text format; others by format=
    load("glove.6B.200d.txt", words=vocabulary)       # any of them, told apart by looking into the file

fastText's own files (.bin) are the business of `fasttext_files`.
"""

import bz2
import codecs
import gzip
import zipfile
import zlib
from pathlib import Path

import numpy as np

from helpers import arguments, files, letters
from helpers.corpora import textfiles
from helpers.vector_formats import Rows, format_of, header, is_binary, is_number, keyed_vectors, read_binary, read_text

FORMATS = ("word2vec", "word2vec-binary", "glove", "gensim")
FASTTEXT = (793712314).to_bytes(4, "little")  # what a .bin file of fastText begins with
SAMPLE = 1 << 16  # bytes at the beginning of a file by which its format is told
PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}  # what such a file begins with
DAMAGES = EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError
ELSEWHERE = "open it with the gensim that wrote it, write its vectors with save_word2vec_format, and load that file"


def save(kv, path, format="word2vec"):
    """Write KeyedVectors to a file, whole or not at all.

    format   "word2vec": text with the line "words dimensions" on top; "glove": the same without that line;
             "word2vec-binary": that of word2vec.c; "gensim": gensim's own, the only one that keeps the counts

    All four give back every word and every vector, as float32, bit for bit.  What a format cannot give back is refused
    with ValueError: NaN and infinity, and words that a reader would take for something else.
    """
    arguments.choice("format", format, FORMATS)
    kv = getattr(kv, "wv", kv)
    if not hasattr(kv, "index_to_key"):
        raise TypeError(f"save takes KeyedVectors, or a model that has them, not {arguments.shown(kv)}")
    if not len(kv.index_to_key):
        raise ValueError("there are no words to save")
    table = arguments.array("the table of vectors", kv.vectors, len(kv.index_to_key), None).astype("<f4", copy=False)
    if bad := np.flatnonzero(~np.isfinite(table).all(1)).tolist():
        raise ValueError(f"the vector of {kv.index_to_key[bad[0]]!r} holds NaN or infinity: train again")
    if format != "gensim":
        for word in kv.index_to_key:
            if not fits(word, spaces=format != "word2vec-binary"):
                raise ValueError(f"the word {word!r} cannot be told apart in the format {format!r}: "
                                 "use format='gensim', or leave it out")  # fmt: skip
    with files.whole(path) as draft:
        if format == "gensim":
            kv.save(str(draft), sep_limit=2**62)  # one file, however large
        else:
            with open(draft, "wb") as file:
                file.writelines(lines_of(kv.index_to_key, table, format))
            with open(draft, "rb") as file:
                start = file.read(SAMPLE)
            if (taken := textfiles.kind_of(start) or format_of(start)) != format:
                raise ValueError(f"with {kv.index_to_key[0]!r} as its first word this file would be taken for "
                                 f"{taken}: use format='gensim'")  # fmt: skip


def fits(word, spaces):
    """Whether a word stands between its neighbors in a file so that it comes back as it was.

    spaces: whether it may consist of parts with one space between them, as in GloVe 840B; the last part may then not
    be a number, which a reader could take for one of the vector's.
    """
    if not isinstance(word, str) or not letters.is_unicode(word) or word.startswith(letters.BOM):
        return False
    parts = word.split(" ")
    if len(parts) > 1 and (not spaces or is_number(parts[-1].encode())):
        return False
    return all(parts) and not any(letter < " " for part in parts for letter in part)


def lines_of(words, table, format):
    """The bytes of a file, word by word."""
    if format != "glove":
        yield b"%d %d\n" % table.shape
    numbers = " %.9g" * table.shape[1] + "\n"  # nine digits tell any two float32 numbers apart
    for word, vector in zip(words, table):
        if format == "word2vec-binary":
            yield word.encode() + b" " + vector.tobytes() + b"\n"
        else:
            yield (word + numbers % tuple(vector.tolist())).encode()


def load(path, errors="strict", words=None, member=None):
    """KeyedVectors from a file in any of the formats of `save`, told apart by looking into it; packed or not.

    .gz and .bz2 are unpacked on the way.

    words    only these, as far as the file has them, in its order.  The file is streamed: memory holds only the wanted
             vectors, and lines of other words are passed over unchecked.
    member   the text file in a .zip archive that is meant; it is read where it is, nothing is unpacked
    errors   "replace" puts � for bytes that are not UTF-8

    Words of text files may hold spaces (as in GloVe 840B): the last numbers of a line are the vector, the rest the
    word; tabs or several blanks between them are taken, too.  A word that stands twice keeps its first vector, with a
    warning.  Raises FileNotFoundError, or ValueError naming line and remedy, also when the file has none of `words`.
    A file in gensim's own format can run code when it is opened: load such files only from where you trust.
    """
    path = arguments.file("path", path)
    textfiles.checked(None, errors)
    wanted = None if words is None else dict.fromkeys(map(letters.tidy, arguments.words("words", words)))
    try:
        with opened(path, member) as file:
            start = file.read(SAMPLE).removeprefix(codecs.BOM_UTF8)
        if start[:4] == FASTTEXT:
            raise ValueError(f"{path.name} is a fastText .bin file: read it with helpers.fasttext_files.load")
        if kind := textfiles.kind_of(start):
            raise ValueError(f"{path.name} is {kind}, not a file of vectors: unpack or convert it first, for instance "
                             "to lines of a word and its numbers")  # fmt: skip
        if (start[:1] == b"\x80" or is_binary(start)) and member is not None:
            raise ValueError(f"{member} in {path.name} is no text: unpack it, then load it without member=")
        if start[:1] == b"\x80":
            kv = load_native(path)
            return kv if wanted is None else chosen(kv, wanted, path.name)
        with opened(path, member) as file:
            if file.peek(3)[:3] == codecs.BOM_UTF8:
                file.read(3)
            rows = Rows(member or path.name, wanted)
            if is_binary(start):
                read_binary(file, rows, errors)
            elif b"\0" in start:
                raise ValueError(f"{path.name} is no text, nor in a format that vectors.save writes: convert it where "
                                 "it was made, to lines of a word and its numbers (UTF-8)")  # fmt: skip
            else:
                read_text(file, rows, header(start), errors)
            return rows.vectors()
    except DAMAGES as error:
        raise ValueError(f"{path.name} is cut off or damaged ({error}): save or download it again") from error


def opened(path, member=None):
    """A file open for reading bytes: plain, unpacked on the way if it is packed, or the member of a .zip archive."""
    with path.open("rb") as file:
        start = file.read(4)
    if not start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if member is not None:
            raise ValueError(f"{path.name} is no zip archive: leave member= out")
        return next((opener for mark, opener in PACKED.items() if start.startswith(mark)), open)(path, "rb")
    with zipfile.ZipFile(path) as archive:
        if member not in archive.namelist():
            names = ", ".join(archive.namelist()[:10]) or "but it has none"
            raise ValueError(f"{path.name} is a zip archive: name one of its files with member=, {names}")
        if archive.getinfo(member).flag_bits & 1:
            raise ValueError(f"{member} in {path.name} is encrypted: unpack it with its password, and load that file")
        return archive.open(member)  # stays readable when the archive is closed


def chosen(kv, wanted, name):
    """Those of `wanted` that are in the KeyedVectors; ValueError if none is."""
    found = [word for word in kv.index_to_key if letters.tidy(word) in wanted]
    if not found:
        raise ValueError(f"{name} has none of the {len(wanted)} wanted words: are they cut and lower-cased as there?")
    counts = [kv.get_vecattr(word, "count") for word in found] if "count" in kv.expandos else None
    return keyed_vectors(found, kv[found], counts)


def load_native(path):
    """KeyedVectors from a file that gensim's `save` wrote, of vectors or of a whole model; versions before 4, too."""
    import gensim
    from gensim.models import KeyedVectors
    from gensim.utils import SaveLoad

    try:
        found = SaveLoad.load(str(path))
    except FileNotFoundError as error:
        raise ValueError(f"{path.name} lacks {Path(error.filename).name}, in which gensim keeps a large table: put it "
                         "into the same folder, under this name") from error  # fmt: skip
    except (AttributeError, ImportError) as error:
        if getattr(error, "name", None) == "_load_specials" and not isinstance(error.obj, SaveLoad):
            raise ValueError(f"{path.name} holds {type(error.obj).__name__}, not word vectors of gensim: "
                             "save vectors with vectors.save") from error  # fmt: skip
        raise ValueError(f"{path.name} needs what gensim {gensim.__version__} and its libraries lack here ({error}): "
                         f"{ELSEWHERE}") from error  # fmt: skip
    except Exception as error:  # unpickling half a file can fail in any way
        raise ValueError(f"{path.name} is cut off or damaged ({error}): save or download it again, or {ELSEWHERE}"
                         ) from error  # fmt: skip
    found = getattr(found, "wv", found)
    if not isinstance(found, KeyedVectors):
        raise ValueError(f"{path.name} holds a {type(found).__name__}, not word vectors: save the model's `wv`")
    words = getattr(found, "index_to_key", None)
    if not words or not all(isinstance(word, str) for word in words) or len(set(words)) < len(words):
        raise ValueError(f"{path.name} has no words, one that is no text, or one twice: {ELSEWHERE}")
    arguments.array(f"the table in {path.name}", found.vectors, len(words), None)
    if not np.isfinite(found.vectors).all():
        raise ValueError(f"{path.name} holds vectors with NaN or infinity: train them again")
    found.key_to_index = letters.Index(words)
    return found
