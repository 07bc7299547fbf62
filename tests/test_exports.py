"""Vectors that leave the course: what the other programs' formats ask for, and that every bit comes back."""

import json
import unicodedata

import numpy as np
import pytest
from safetensors.numpy import load_file

from helpers import vectors

WORDS = ["서울", "개울", "a_b", "don't", "½"]


@pytest.fixture
def kv():
    table = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    table[0] = [1e-30, -0.1, 3e30]
    return vectors.keyed_vectors(WORDS, table)


def encode(folder, text):
    """The ids of a text by tokenizer.json, read as its format says: normalise, cut at white space, look up."""
    made = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert made["pre_tokenizer"] == {"type": "WhitespaceSplit"} and made["model"]["type"] == "WordLevel"
    for step in made["normalizer"]["normalizers"]:
        text = unicodedata.normalize("NFC", text) if step["type"] == "NFC" else text.lower()
    vocab = made["model"]["vocab"]
    return [vocab.get(word, vocab[made["model"]["unk_token"]]) for word in text.split()]


def test_a_static_embedding_gives_the_same_sentence_vectors(kv, tmp_path):
    folder = vectors.export(kv, tmp_path / "made", "static-embedding")
    weights = load_file(folder / "model.safetensors")
    assert list(weights) == ["embedding.weight"]
    table = weights["embedding.weight"]
    assert table.dtype == np.float32 and table[:5].tobytes() == kv.vectors.tobytes() and not table[5].any()
    ids = encode(folder, "서울 Don't 달나라")
    assert ids == [0, 3, 5]
    assert np.array_equal(table[ids[:2]].mean(0), kv[["서울", "don't"]].mean(0))
    mean, mine = table[ids].mean(0), kv[["서울", "don't"]].mean(0)
    assert np.allclose(mean * 3, mine * 2)  # a word that is not known shortens the mean and does not turn it
    modules = json.loads((folder / "modules.json").read_text())
    assert modules[0]["type"].endswith(".StaticEmbedding") and modules[0]["path"] == ""


def sentence_transformer(folder, monkeypatch):
    """The folder as sentence-transformers opens it; skipped by name where that is not installed."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    theirs = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    return theirs.SentenceTransformer(str(folder), device="cpu")


def test_sentence_transformers_itself_gives_these_sentence_vectors(tmp_path, monkeypatch):
    draw = np.random.default_rng(2)
    words = [*WORDS, *(f"낱말{i}" for i in range(60)), "ı", "straße"]
    made = vectors.keyed_vectors(words, draw.normal(size=(len(words), 48)).astype(np.float32))
    theirs = sentence_transformer(vectors.export(made, tmp_path, "static-embedding"), monkeypatch)
    assert theirs.encode(words).tobytes() == made.vectors.tobytes()
    sentences = [draw.choice([*words, "달나라"], draw.integers(1, 25)).tolist() for _ in range(200)]
    rows = [[made[word] if word in made else np.zeros(48, "f4") for word in sentence] for sentence in sentences]
    ours = np.array([np.mean(row, 0, dtype="f4") for row in rows])
    assert theirs.encode([" ".join(sentence) for sentence in sentences]).tobytes() == ours.tobytes()
    assert not theirs.encode(["", "달나라", " \n"]).any()
    typed = [unicodedata.normalize("NFD", "서울\t낱말3"), "서울  낱말3\n"]
    assert np.array_equal(theirs.encode(typed), theirs.encode(["서울 낱말3"] * 2))
    assert np.array_equal(theirs.encode("DON'T Straße"), made[["don't", "straße"]].mean(0))


def test_words_whose_letters_are_taken_apart_are_found_by_both_forms(tmp_path, monkeypatch):
    apart, whole = (unicodedata.normalize(form, "한글") for form in ("NFD", "NFC"))
    vectors.export(vectors.keyed_vectors([apart, "서울"], np.eye(2)), tmp_path, "static-embedding")
    assert encode(tmp_path, f"{whole} {apart} 서울") == [0, 0, 1]
    with pytest.raises(ValueError, match="twice"):
        vectors.export(vectors.keyed_vectors([apart, whole], np.eye(2)), tmp_path, "static-embedding")
    theirs = sentence_transformer(tmp_path, monkeypatch)
    assert np.array_equal(theirs.encode([whole, apart]), [[1, 0], [1, 0]])


def test_capitals_are_kept_where_the_words_have_some(tmp_path):
    made = vectors.keyed_vectors(["Rose", "rose"], np.eye(2))
    folder = vectors.export(made, tmp_path, "static-embedding")
    assert encode(folder, "rose Rose ROSE") == [1, 0, 2]


def test_the_projector_gets_two_tables_that_hold_every_bit(kv, tmp_path):
    folder = vectors.export(kv, tmp_path, "projector")
    assert (folder / "words.tsv").read_text(encoding="utf-8").split("\n") == [*WORDS, ""]
    rows = [line.split("\t") for line in (folder / "vectors.tsv").read_text().splitlines()]
    assert np.array(rows, dtype=np.float32).tobytes() == kv.vectors.tobytes()


def test_a_mapped_table_stays_on_disk_and_holds_every_bit(kv, tmp_path):
    mapped = vectors.open_mapped(vectors.export(kv, tmp_path, "memory-map"))
    assert isinstance(mapped.vectors, np.memmap) and not mapped.vectors.flags.writeable
    assert len(mapped) == 5 and "½" in mapped and "x" not in mapped and mapped.vector_size == 3
    for word in WORDS:
        assert mapped[word].tobytes() == kv[word].tobytes()
    with pytest.raises(KeyError, match="no vector of 'x'"):
        mapped["x"]


def test_what_cannot_be_exported_is_refused(kv, tmp_path):
    with pytest.raises(ValueError, match="format must be"):
        vectors.export(kv, tmp_path, "onnx")
    with pytest.raises(TypeError, match="KeyedVectors"):
        vectors.export([1, 2], tmp_path, "projector")
    for word, message in (("New York", "spaces"), ("", "spaces"), ("a\ud800", "cannot be written")):
        with pytest.raises(ValueError, match=message):
            vectors.export(vectors.keyed_vectors([word], np.eye(1)), tmp_path, "memory-map")
    with pytest.raises(ValueError, match="NaN"):
        vectors.export(vectors.keyed_vectors(["a"], [[np.nan]]), tmp_path, "projector")
    with pytest.raises(ValueError, match="no words"):
        vectors.export(vectors.keyed_vectors([], np.zeros((0, 2))), tmp_path, "projector")
    with pytest.raises(ValueError, match="<unknown>"):
        vectors.export(vectors.keyed_vectors(["<unknown>"], np.eye(1)), tmp_path, "static-embedding")
    assert not list(tmp_path.iterdir())


def test_a_mapped_folder_that_is_incomplete_or_damaged_says_so(kv, tmp_path):
    with pytest.raises(FileNotFoundError, match="memory-map"):
        vectors.open_mapped(tmp_path)
    folder = vectors.export(kv, tmp_path, "memory-map")
    (folder / "words.txt").write_text("one\n", encoding="utf-8")
    with pytest.raises(ValueError, match="do not belong together"):
        vectors.open_mapped(folder)
    table = (folder / "vectors.npy").read_bytes()
    for damaged in (b"junk", table[:9], table.replace(b"}", b"(", 1), table.replace(b"'descr':", b"[]     :", 1)):
        (folder / "vectors.npy").write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged"):
            vectors.open_mapped(folder)
