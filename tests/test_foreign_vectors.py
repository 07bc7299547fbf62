"""Files of vectors as other programs, other versions and accidents leave them: read, or refused with a remedy."""

import bz2
import contextlib
import gzip
import io
import lzma
import pickle
import sys
import tarfile
import types
import zipfile
from pathlib import Path

import gensim
import numpy as np
import pytest

from helpers import fasttext_files, vector_exports, vectors

WORDS = ["the", "서울", "of"]
TABLE = np.arange(1, 10, dtype=np.float32).reshape(3, 3)
TEXT = b"2 2\nthe 1 2\nof 3 4\n"


def binary(*words, header=None, end=b"\n"):
    """A file of word2vec.c, each vector (1, 2)."""
    body = b"".join(word + b" " + np.float32([1, 2]).tobytes() + end for word in words)
    return (header or b"%d 2\n" % len(words)) + body


def in_zip(name, data, encrypted=False):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, data)
    data = bytearray(made.getvalue())
    if encrypted:
        data[6] |= 1
        data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def in_tar(mode):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        entry = tarfile.TarInfo("vectors.txt")
        entry.size = len(TEXT)
        archive.addfile(entry, io.BytesIO(TEXT))
    return made.getvalue()


def bytes_of(save, *given):
    made = io.BytesIO()
    save(made, *given)
    return made.getvalue()


@pytest.mark.parametrize("content, words", [
    (TEXT.replace(b"\n", b"\r\n"), ["the", "of"]),
    (b"\xef\xbb\xbf" + TEXT, ["the", "of"]),
    (b"2 3\n</s> 1 2 3 \nof 1 2 3 \n", ["</s>", "of"]),  # fastText's .vec
    ("2 2\nNew\N{IDEOGRAPHIC SPACE}York 1 2\na\N{NEXT LINE}b 1 2\n".encode(), ["New\u3000York", "a\x85b"]),
    (binary(b"the", b"of"), ["the", "of"]), (binary(b"the", b"of", end=b""), ["the", "of"]),
    (binary(b"the", b"of")[:-1], ["the", "of"]), (binary(b"the", b"of", header=b"2 2\r\n"), ["the", "of"]),
    (bz2.compress(TEXT), ["the", "of"]), (gzip.compress(TEXT, mtime=0), ["the", "of"]),
    (bz2.compress(binary(b"the", b"of")), ["the", "of"]),
    (gzip.compress(binary(b"the", b"of"), mtime=0), ["the", "of"]),
])  # fmt: skip
def test_variants_that_are_read(tmp_path, content, words):
    (tmp_path / "vectors").write_bytes(content)
    assert vectors.load(tmp_path / "vectors").index_to_key == words


@pytest.mark.parametrize("content, message", [
    (TEXT.replace(b"\n", b"\r"), "line 1 holds carriage returns"),
    (b"the 1 2\rof 3 4\r", "line 1 holds carriage returns"),
    (b"2 3\n 1 2 3\nof 4 5 6\n", "line 2 is not a word and 3 numbers"),
    ("2 2\n서울 1 2\n부산 3 4\n".encode("cp949"), "line 2 is not UTF-8: save it as UTF-8 .* or pass errors='replace'"),
    ("2 2\n서울 1 2\n부산 3 4\n".encode("utf-16"), "is no text, .*: convert it"),
    ("2 2\n서울 1 2\n부산 3 4\n".encode("utf-32"), "is no text, .*: convert it"),
    (bytes(100), "is no text, .*: convert it"),
    (b"99999999999999 2\nthe 1 2\n", "promises 99999999999999 words in line 1 and holds 1"),
    (b"1 99999999999999\nthe 1 2\n", "line 2 is not a word and 99999999999999 numbers"),
    (b"the,1,2\nof,3,4\n", "each line must be a word and its numbers, with spaces"),
    (binary(b"New York", b"of"), "word 2, .* holds bytes of numbers: .* a word before it has a space"),
    (binary(b"the", b"of", end=b"\r\n"), "word 2, .* holds bytes of numbers"),
    (binary(b"the", b"of", header=b"2 1\n"), "word 2, .* holds bytes of numbers: line 1 has wrong sizes"),
    (binary(b"the", b"of", header=b"2 900000000\n"), "promises vectors of 900000000 numbers in line 1"),
    (binary(b"the", b"of", header=b"9999999999999999 2\n"), "is no text, .*: convert it"),
    (binary(b"the", b"of")[4:], "is no text, .*: convert it"),
    (binary(b"abc\xe2\x82", b"of"), "word 1 is not UTF-8: .* or pass errors='replace'"),
    (bz2.compress(TEXT)[:-9], "cut off or damaged"), (bz2.compress(TEXT)[:9] + b"?" * 60, "cut off or damaged"),
    (lzma.compress(TEXT), "is an xz archive.*unpack"), (lzma.compress(TEXT, lzma.FORMAT_ALONE), "is no text"),
    (gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0), "is a gzip archive.*unpack"),
    (b"(\xb5/\xfd\x04\0", "is a zstd archive.*unpack"),
    (b"Rar!\x1a\x07\x01\0", "is a rar archive.*unpack"), (in_tar("w"), "is a tar archive.*unpack"),
    (in_tar("w:gz"), "is a tar archive.*unpack"), (in_tar("w:bz2"), "is a tar archive.*unpack"),
    (b"PK\x05\x06" + bytes(18), "zip archive: .*but it has none"),
    (bytes_of(np.save, TABLE), "is an array of NumPy.*convert"), (b"\x89HDF\r\n\x1a\n", "is a table in HDF5.*convert"),
    (b"\x08\0\0\0\0\0\0\0{}      ", "is no text, .*: convert it"),  # safetensors
])  # fmt: skip
def test_accidents_that_are_told_with_the_remedy(tmp_path, content, message):
    (tmp_path / "vectors").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        vectors.load(tmp_path / "vectors")


def test_members_of_archives_that_cannot_be_read(tmp_path):
    for data, message in (
        (in_zip("v.txt", TEXT, encrypted=True), "v.txt in vectors is encrypted: unpack it with its password"),
        (in_zip("v.txt", gzip.compress(TEXT)), "is a gzip archive"),
    ):
        (tmp_path / "vectors").write_bytes(data)
        with pytest.raises(ValueError, match=message):
            vectors.load(tmp_path / "vectors", member="v.txt")


@pytest.mark.parametrize("load", [vectors.load, fasttext_files.load])
def test_a_folder_is_no_file(tmp_path, load):
    with pytest.raises(IsADirectoryError, match="is a folder: name a file in it"):
        load(tmp_path)


# -------------------------------------------------------------------------------------------------- gensim's own files


@contextlib.contextmanager
def classes(*paths):
    """Classes that are pickled under these names, as another version of gensim has them."""
    made, before = [], {}  # what the names meant
    for path in paths:
        module, _, name = path.rpartition(".")
        if module not in sys.modules:
            before[module] = sys.modules.setdefault(module, types.ModuleType(module))
        made.append(type(name, (), {"__module__": module}))
        before.setdefault(path, getattr(sys.modules[module], name, None))
        setattr(sys.modules[module], name, made[-1])
    yield made
    for path, old in before.items():
        module, _, name = path.rpartition(".")
        if isinstance(old, types.ModuleType) and path in sys.modules:
            del sys.modules[path]
        elif module in sys.modules:
            delattr(sys.modules[module], name) if old is None else setattr(sys.modules[module], name, old)


def with_fields(kind, **fields):
    made = kind()
    made.__dict__.update(fields)
    return made


NOTHING = {f"__{name}": [] for name in ("numpys", "scipys", "ignoreds", "recursive_saveloads")}


def vectors_of_gensim_3(protocol=2, table="vectors", **fields):
    """KeyedVectors as gensim 3 pickled them: a dict `vocab` of objects, and `index2word`; before 3.3 `syn0`."""
    names = "Word2VecKeyedVectors", "Vocab"
    with classes(*(f"gensim.models.keyedvectors.{name}" for name in names)) as (kind, entry):
        vocab = {word: with_fields(entry, index=i, count=9 - i, sample_int=7) for i, word in enumerate(WORDS)}
        fields = {"index2word": WORDS, "vocab": vocab, table: TABLE, "vector_size": 3} | NOTHING | fields
        return pickle.dumps(with_fields(kind, **fields), protocol)


def model_of_gensim_3():
    """Word2Vec as gensim 3.8 pickled it: what is trained lies in `trainables`, what is counted in `vocabulary`."""
    names = "Word2Vec", "Word2VecVocab", "Word2VecTrainables"
    kv = pickle.loads(vectors_of_gensim_3())
    kv.__dict__ |= {"index2word": WORDS, "vectors": TABLE}
    with classes(*(f"gensim.models.word2vec.{name}" for name in names)) as (kind, counted, trained):
        counted = with_fields(counted, max_vocab_size=None, min_count=1, sample=1e-3, sorted_vocab=1, null_word=0,
                              raw_vocab=None)  # fmt: skip
        trained = with_fields(trained, layer1_size=3, seed=1, syn1neg=TABLE, hashfxn=hash)
        model = with_fields(kind, wv=kv, vocabulary=counted, trainables=trained, negative=5, hs=0, sg=0, epochs=5,
                            random=np.random.RandomState(1), vector_size=3,
                            **NOTHING | {"__recursive_saveloads": ["wv"]})  # fmt: skip
        return pickle.dumps(model, 2)


@pytest.mark.parametrize("make", [
    vectors_of_gensim_3, lambda: vectors_of_gensim_3(protocol=3), lambda: vectors_of_gensim_3(table="syn0"),
    model_of_gensim_3,
])  # fmt: skip
def test_what_gensim_3_wrote_is_read(tmp_path, make):
    (tmp_path / "vectors").write_bytes(make())
    found = vectors.load(tmp_path / "vectors")
    assert found.index_to_key == WORDS and np.array_equal(found.vectors, TABLE)
    assert found.get_vecattr("서울", "count") == 8 and found.most_similar("the", topn=1)[0][0] == "서울"


def test_a_large_table_of_gensim_lies_beside_its_file(tmp_path):
    (tmp_path / "vectors").write_bytes(vectors_of_gensim_3(vectors=None, __numpys=["vectors"]))
    with pytest.raises(ValueError, match="vectors lacks vectors.vectors.npy, .* put it into the same folder"):
        vectors.load(tmp_path / "vectors")
    np.save(tmp_path / "vectors.vectors.npy", TABLE[:2])
    with pytest.raises(ValueError, match="the table in vectors must be .* of shape \\(3, n\\)"):
        vectors.load(tmp_path / "vectors")
    np.save(tmp_path / "vectors.vectors.npy", TABLE)
    assert np.array_equal(vectors.load(tmp_path / "vectors").vectors, TABLE)


def unknown(path, **fields):
    """An object of a class that is not here."""
    with classes(path) as (kind,):
        return pickle.dumps(with_fields(kind, **fields), 2)


def gensims(kind, *given, **options):
    """The file of something else that gensim saves."""
    return lambda folder: kind(*given, **options).save(str(folder / "vectors"))


DOCUMENTS = [gensim.models.doc2vec.TaggedDocument(["a", "b"], [0])] * 9


@pytest.mark.parametrize("content, message", [
    (unknown("gensim.models.deprecated.Word2Vec"), "needs what gensim .* save_word2vec_format, and load that file"),
    (unknown("gensim.models.word2vec.Word2Vec", syn0=TABLE, negative=5), "needs what gensim .* save_word2vec_format"),
    (unknown("numpy.core2.multiarray"), "needs what gensim .* and its libraries lack here"),
    (pickle.dumps({"the": [1.0, 2.0]}), "holds dict, not word vectors of gensim"),
    (pickle.dumps(TABLE), "holds ndarray, not word vectors of gensim"),
    (vectors_of_gensim_3()[:-20], "cut off or damaged .* or open it with the gensim that wrote it"),
    (vectors_of_gensim_3(vectors=TABLE[:2]), "must be an array of numbers of shape \\(3, n\\)"),
    (vectors_of_gensim_3(vectors=TABLE[0]), "must be an array of numbers of shape \\(3, n\\)"),
    (vectors_of_gensim_3(vectors=TABLE * np.nan), "NaN or infinity: train them again"),
    (vectors_of_gensim_3(index2word=[b"a", b"b", b"c"]), "one that is no text"),
    (vectors_of_gensim_3(index2word=["a", "b", "a"]), "or one twice"),
    (gensims(gensim.corpora.Dictionary, [["a"]]), "holds a Dictionary, not word vectors"),
    (lambda folder: gensim.models.Doc2Vec(DOCUMENTS, min_count=1, vector_size=2).dv.save(str(folder / "vectors")),
     "one that is no text"),
])  # fmt: skip
def test_what_gensim_cannot_read_any_more_and_what_is_no_vectors(tmp_path, content, message):
    content(tmp_path) if callable(content) else (tmp_path / "vectors").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        vectors.load(tmp_path / "vectors")


def test_a_table_that_does_not_fit_its_words_is_not_written(tmp_path):
    kv = vectors.keyed_vectors(WORDS, TABLE)
    kv.vectors = TABLE[:2]
    for format in vectors.FORMATS:
        with pytest.raises(ValueError, match="the table of vectors must be .* of shape \\(3, n\\)"):
            vectors.save(kv, tmp_path / "vectors", format)
    for format in vector_exports.EXPORTS:
        with pytest.raises(ValueError, match="the table of vectors must be .* of shape \\(3, n\\)"):
            vector_exports.export(kv, tmp_path / "exported", format)
    assert not list(Path(tmp_path).iterdir())
