"""Looking vectors up and comparing them, against the long way round; saving and loading, against gensim."""

import gzip
import os
import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors, Word2Vec
from hypothesis import given
from hypothesis import strategies as st

from helpers import vectors


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 5))
def test_look_up_is_one_hot_times_table(seed, words, dimensions):
    draw = np.random.default_rng(seed)
    table, ids = draw.normal(size=(words, dimensions)), draw.integers(words, size=7)
    assert np.allclose(vectors.look_up(table, ids), np.eye(words)[ids] @ table)
    assert torch.equal(vectors.look_up(torch.tensor(table), torch.tensor(ids)), torch.tensor(table[ids]))


def test_cosine_of_known_angles():
    assert vectors.cosine(np.array([3.0, 4.0]), np.array([4.0, 3.0])) == pytest.approx(24 / 25)
    assert vectors.cosine(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0])) == 0
    assert vectors.cosine(np.array([1.0, 2.0]), np.array([-2.0, -4.0])) == pytest.approx(-1)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 5))
def test_matrix_and_single_cosines_agree_with_torch(seed, n, m):
    draw = torch.Generator().manual_seed(seed)
    a, b = torch.randn(n, 3, generator=draw), torch.randn(m, 3, generator=draw)
    found = vectors.cosine_matrix(a, b)
    wanted = torch.nn.functional.cosine_similarity(a[:, None], b[None], dim=-1)
    assert found.shape == (n, m) and torch.allclose(found, wanted, atol=1e-5)
    assert vectors.cosine(a[0], b[0]) == pytest.approx(found[0, 0].item(), abs=1e-5)


def test_a_vector_of_zeros_is_refused():
    with pytest.raises(ValueError, match="leave such words out"):
        vectors.cosine(np.zeros(2), np.ones(2))
    with pytest.raises(ValueError, match="leave such words out"):
        vectors.cosine_matrix(torch.ones(2, 2), torch.zeros(1, 2))


WORDS = ["the", "개울가", "New York", "a\N{NO-BREAK SPACE}b", "5", ". . ."]


def some(words=WORDS, dim=4, seed=0):
    counts = np.arange(len(words), 0, -1)
    return vectors.keyed_vectors(words, np.random.default_rng(seed).normal(size=(len(words), dim)), counts)


def equal(a, b):
    return a.index_to_key == b.index_to_key and a.vectors.tobytes() == b.vectors.tobytes()


@pytest.mark.parametrize("format", vectors.FORMATS)
@pytest.mark.parametrize("dim", [1, 2, 4, 50])
def test_every_format_comes_back_bit_for_bit(tmp_path, format, dim):
    words = ["the", "개울가", "a\N{NO-BREAK SPACE}b"] if format == "word2vec-binary" else WORDS
    kv = some(words, dim)
    vectors.save(kv, tmp_path / "vectors", format)
    again = vectors.load(tmp_path / "vectors")
    assert equal(kv, again)
    assert [path.name for path in tmp_path.iterdir()] == ["vectors"]
    if format == "gensim":
        assert again.get_vecattr("the", "count") == len(words)


@given(st.integers(0, 2**32 - 1))
def test_any_float32_survives_as_text(tmp_path_factory, bits):
    number = np.array([bits], dtype=np.uint32).view(np.float32)
    if np.isfinite(number[0]):
        path = tmp_path_factory.mktemp("vectors") / "one"
        kv = vectors.keyed_vectors(["a", "b"], np.array([number, number]))
        vectors.save(kv, path)
        assert equal(kv, vectors.load(path))


def test_gensim_reads_ours_and_we_read_gensims(tmp_path):
    kv, path = some(["a", "b", "개울가"]), str(tmp_path / "vectors")
    for format, options in (("word2vec", {}), ("word2vec-binary", {"binary": True}), ("glove", {"no_header": True})):
        vectors.save(kv, path, format)
        assert equal(kv, KeyedVectors.load_word2vec_format(path, **options))
        options["write_header"] = not options.pop("no_header", False)
        kv.save_word2vec_format(path, **options)
        assert equal(kv, vectors.load(path))
    vectors.save(kv, path, "gensim")
    assert equal(kv, KeyedVectors.load(path))


def test_a_whole_model_gives_its_vectors(tmp_path):
    model = Word2Vec([["a", "b"]] * 3, min_count=1, vector_size=3, workers=1)
    model.save(str(tmp_path / "model"))
    assert equal(model.wv, vectors.load(tmp_path / "model"))
    vectors.save(model, tmp_path / "vectors")
    assert equal(model.wv, vectors.load(tmp_path / "vectors"))


def test_files_of_other_programs(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"2 2\nthe 1 2 \nof -0.5 1e-3 \n")  # word2vec.c and fastText leave a space at the end
    assert vectors.load(path).index_to_key == ["the", "of"]
    path.write_bytes(b"the 1 2\r\nof 3 4\r\n\r\n")
    assert vectors.load(path)["of"].tolist() == [3, 4]
    path.write_bytes(gzip.compress(b"the 1 2\nof 3 4\n"))
    assert vectors.load(path)["of"].tolist() == [3, 4]
    path.write_bytes(b"2 2\nthe " + np.float32([1, 2]).tobytes() + b"of " + np.float32([3, 4]).tobytes())
    assert vectors.load(path)["of"].tolist() == [3, 4]  # no newlines, as in the GoogleNews vectors


def test_a_word_that_stands_twice_keeps_its_first_vector(tmp_path):
    path = tmp_path / "vectors"
    path.write_text("3 2\na 1 2\nb 3 4\na 5 6\n")
    with pytest.warns(UserWarning, match="1 words stood there before"):
        found = vectors.load(path)
    assert found.index_to_key == ["a", "b"] and found["a"].tolist() == [1, 2]


@pytest.mark.parametrize("content, message", [
    (b"", "no vectors"),
    (b"the\nof\n", "no vectors"),
    (b"a 1 2\nb 3\nc 5 6\n", "line 2 is not a word and 2 numbers"),
    ("가 1 2\n나 3\n다 5 6\n".encode(), "line 2 is not a word and 2 numbers: '나 3"),
    (b"a 1 2\nb 3 x\nc 5 6\n", "line 2 is not a word and 2 numbers"),
    (b"2 2\na 1 x\nb 3 4\n", "line 2 is not a word and 2 numbers"),
    (b"a 1 2\nb 3 nan\nc 5 6\n", "line 2 is not a word"),
    (b"3 2\na 1 2\nb 3 4\n", "promises 3 words in line 1 and holds 2"),
    (b"1 2\na 1 2\nb 3 4\n", "promises 1 words in line 1 and holds 2"),
    (b"a 1 2\n\xff\xfe 3 4\n", "line 2 is not UTF-8: .* pass errors='replace'"),
    (b"2 2\nthe " + np.float32([1, 2]).tobytes() + b"of " + np.float32([3]).tobytes(), "cut off or damaged"),
    (b"\x80\x04nonsense", "cut off or damaged"),
    (b"\x1f\x8b\x08nonsense", "cut off or damaged"),
    (gzip.compress(b"a 1 2\nb 3 4\n" * 99, mtime=0)[:-12], "cut off or damaged"),
    (gzip.compress(b"a 1 2\nb 3 4\n" * 99, mtime=0)[:12] + b"\xff" * 40, "cut off or damaged"),
    (b"PK\x03\x04", "cut off or damaged"),
])  # fmt: skip
def test_a_broken_file_is_told_with_its_line_and_remedy(tmp_path, content, message):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        vectors.load(path)


def test_bytes_that_are_no_text_can_be_replaced(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"a 1 2\n\xff 3 4\n")
    assert vectors.load(path, errors="replace").index_to_key == ["a", "\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize("format", vectors.FORMATS)
def test_only_the_wanted_words(tmp_path, format):
    kv = some(["the", "of", "개울가", "a\N{NO-BREAK SPACE}b"])
    vectors.save(kv, tmp_path / "vectors", format)
    found = vectors.load(tmp_path / "vectors", words=["개울가", "unknown", "the"])
    assert found.index_to_key == ["the", "개울가"] and np.array_equal(found.vectors, kv[["the", "개울가"]])
    if format == "gensim":
        assert found.get_vecattr("개울가", "count") == kv.get_vecattr("개울가", "count")
    with pytest.raises(ValueError, match="none of the 1 wanted words"):
        vectors.load(tmp_path / "vectors", words=["unknown"])
    with pytest.raises(TypeError, match="write \\[word\\]"):
        vectors.load(tmp_path / "vectors", words="the")


def test_wanted_words_may_hold_spaces_and_other_lines_are_passed_over(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"the 1 2\n. . . 3 4\n. 5 6\nof broken\nNew York 7 8\nNew 9 10\n")
    assert vectors.load(path, words=[". . .", "New"]).index_to_key == [". . .", "New"]
    assert vectors.load(path, words=[".", "New York"])["New York"].tolist() == [7, 8]
    with pytest.raises(ValueError, match="line 4"):
        vectors.load(path, words=["of"])
    path.write_bytes(b"3 2\nthe 1 2\nof 3 4\n")
    with pytest.raises(ValueError, match="promises 3 words in line 1 and holds 2"):
        vectors.load(path, words=["of"])


def test_a_member_of_a_zip_archive_is_read_where_it_is(tmp_path):
    kv, archive = some(), tmp_path / "vectors.zip"
    vectors.save(kv, tmp_path / "small.txt", "glove")
    vectors.save(some(["a"]), tmp_path / "binary", "word2vec-binary")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("small.txt", "binary"):
            file.write(tmp_path / name, name)
            (tmp_path / name).unlink()
    assert equal(kv, vectors.load(archive, member="small.txt"))
    assert vectors.load(archive, member="small.txt", words=["New York"]).index_to_key == ["New York"]
    assert list(tmp_path.iterdir()) == [archive]
    for member in (None, "large.txt"):
        with pytest.raises(ValueError, match="one of its files with member=, small.txt, binary"):
            vectors.load(archive, member=member)
    with pytest.raises(ValueError, match="is no text: unpack it"):
        vectors.load(archive, member="binary")
    vectors.save(kv, tmp_path / "plain", "glove")
    with pytest.raises(ValueError, match="no zip archive"):
        vectors.load(tmp_path / "plain", member="small.txt")
    broken = bytearray(archive.read_bytes())
    broken[60:70] = b"\0" * 10
    archive.write_bytes(broken)
    with pytest.raises(ValueError, match="damaged"):
        vectors.load(archive, member="small.txt")


def test_few_words_of_a_large_file_take_little_memory(tmp_path):
    path = tmp_path / "vectors"
    with open(path, "w") as file:
        for i in range(30_000):
            file.write(f"word{i}" + " 0.123456" * 50 + "\n")
    tracemalloc.start()
    found = vectors.load(path, words=["word7", "word29999"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 2 and peak < 3e6, "30,000 vectors alone are 6 MB"


def test_a_pickle_of_something_else_is_refused(tmp_path):
    (tmp_path / "vectors").write_bytes(pickle.dumps({"not": "vectors"}))
    with pytest.raises(ValueError, match="vectors"):
        vectors.load(tmp_path / "vectors")


def test_what_cannot_be_saved_leaves_the_old_file(tmp_path):
    path = tmp_path / "vectors"
    vectors.save(some(["old", "words"]), path)
    before = path.read_bytes()
    for format, word in (("word2vec-binary", "New York"), ("glove", "two\nlines"), ("word2vec", "")):
        with pytest.raises(ValueError, match="format='gensim'"):
            vectors.save(some(["a", word]), path, format)
    with pytest.raises(ValueError, match="format must be 'word2vec' or"):
        vectors.save(some(), path, "txt")
    broken = some(["a", "b"])
    broken.vectors = [np.ones(4), "no numbers"]
    with pytest.raises(ValueError):
        vectors.save(broken, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileNotFoundError, match="make it first"):
        vectors.save(some(), tmp_path / "nowhere" / "vectors")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        vectors.load(tmp_path / "nothing")


def test_real_glove_vectors_if_they_are_here():
    folder = os.environ.get("COURSE_DATASETS")
    files = sorted(Path(folder).glob("glove/glove*.txt")) if folder else []
    if not files:
        pytest.skip("no GloVe vectors in $COURSE_DATASETS")
    found = vectors.load(files[0])
    assert len(found) > 1000 and found.vector_size in (50, 100, 200, 300)


@pytest.mark.parametrize("kind", [np.float16, np.int16, torch.float16, torch.bfloat16, torch.int64])
def test_cosines_of_short_numbers_do_not_run_over(kind):
    a = torch.full((9,), 100, dtype=kind) if isinstance(kind, torch.dtype) else np.full(9, 100, kind)
    assert vectors.cosine(a, a) == pytest.approx(1) and vectors.cosine(a, -a) == pytest.approx(-1)
    assert float(vectors.cosine_matrix(a[None], a[None])[0, 0]) == pytest.approx(1)


def test_what_has_no_direction_has_no_cosine():
    for wrong in (np.nan, np.inf):
        with pytest.raises(ValueError, match="NaN or infinity"):
            vectors.cosine(np.array([1.0, wrong]), np.ones(2))
    with pytest.raises(ValueError, match="one size"):
        vectors.cosine(np.ones(2), np.ones(3))


@pytest.mark.parametrize("content, message", [
    (b"3 2\nthe 1 2 3\nof 4 5 6\nto 7 8 9\n", "promises vectors of 2 numbers in line 1, and its lines hold 3"),
    (b"2 2\na " + np.float32([1, np.nan]).tobytes() + b"\nb " + np.float32([1, 2]).tobytes(), "word 1, 'a', .*NaN"),
    (b"999999999999 2\na " + np.float32([1, 2]).tobytes() + b"\n", "word 2 of 999999999999 does not end"),
    (b"1 2\na " + np.float32([1, 2]).tobytes() + b"\nb " + np.float32([1, 2]).tobytes(), "holds more"),
    (b"1 2\n\xff\xff " + np.float32([1, 2]).tobytes() + b"\n", "word 1 is not UTF-8: .* pass errors='replace'"),
    ((793712314).to_bytes(4, "little") + bytes(60), "fasttext_files.load"),
    (b"\x89PNG\r\n\x1a\n", "is a PNG picture"), (b"<!DOCTYPE html><html>", "is a web page"),
])  # fmt: skip
def test_text_and_binary_refuse_the_same_and_say_what_it_is(tmp_path, content, message):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        vectors.load(path)


@pytest.mark.parametrize("between", ["\t", "  ", " \t"])
@pytest.mark.parametrize("head", ["", "2 2\n"])
def test_tabs_and_blanks_between_numbers(tmp_path, between, head):
    path = tmp_path / "vectors"
    path.write_text(head + f"the{between}1{between}2\nNew York{between}3{between}4\n")
    assert vectors.load(path).index_to_key == ["the", "New York"] and vectors.load(path)["New York"].tolist() == [3, 4]
    assert vectors.load(path, words=["New York"]).index_to_key == ["New York"]


def test_a_line_with_more_numbers_is_told(tmp_path):
    path = tmp_path / "vectors"
    path.write_text("3 2\nthe 1 2\nof 9 4 5\nto 7 8\n")
    with pytest.warns(UserWarning, match="line 3 has more than 2 numbers: the word is taken to be 'of 9'"):
        assert vectors.load(path).index_to_key == ["the", "of 9", "to"]


def test_a_binary_file_with_a_word_twice_keeps_the_first(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"3 2\n" + b"".join(w + np.float32(v).tobytes() + b"\n" for w, v in
                                         ((b"a ", [1, 2]), (b"b ", [3, 4]), (b"a ", [5, 6]))))  # fmt: skip
    with pytest.warns(UserWarning, match="1 words stood there before"):
        found = vectors.load(path)
    assert found.index_to_key == ["a", "b"] and found["a"].tolist() == [1, 2]


@pytest.mark.parametrize("format", ["glove", "word2vec", "word2vec-binary"])
@pytest.mark.parametrize("word", ["PAR1", "<html>", "%PDF", "PK", "3", "\x80"])
def test_a_first_word_that_looks_like_another_file(tmp_path, word, format):
    kv = vectors.keyed_vectors([word, "b"], np.array([[2.0], [3.0]]))
    try:
        vectors.save(kv, tmp_path / "vectors", format)
    except ValueError as error:
        assert format == "glove" and "would be taken for" in str(error) and not list(tmp_path.iterdir())
    else:
        assert equal(kv, vectors.load(tmp_path / "vectors"))
