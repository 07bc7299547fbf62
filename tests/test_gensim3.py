"""Files that gensim 3.8.3 itself has written, in tests/gensim3: read, with every number as it was.

They were made with Python 3.8, NumPy 1.19 and `pip install gensim==3.8.3`:

    text = [["서울", "cat", "dog", "the"], ["the", "dog", "runs", "서울"], ["cat", "sits", "the", "mat"]] * 10
    w = Word2Vec(text, size=4, min_count=1, seed=1, workers=1, iter=2)
    w.save("w2v.model"); w.wv.save("w2v.kv"); w.wv.save("apart.kv", separately=["vectors"])
    w.wv.save_word2vec_format("w2v.txt"); w.wv.save_word2vec_format("w2v.bin", binary=True)
    f = FastText(text, size=4, min_count=1, seed=1, workers=1, iter=2, bucket=50)
    f.save("ft.model"); f.wv.save("ft.kv"); f.wv.save_word2vec_format("ft.txt")
    save_facebook_model(f, "ft.bin"); f.wv["dogs"]                              # DOGS, an unknown word
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from helpers import fasttext_files, vectors

FOLDER = Path(__file__).parent / "gensim3"
COUNTS = {"the": 30, "서울": 20, "cat": 20, "dog": 20, "runs": 10, "sits": 10, "mat": 10}
DOGS = np.float32([0.007962917909026146, 0.016371069476008415, 0.003975880332291126, 0.02857418730854988])


def lines(name):
    """{word: vector} of a text file, read without our reader."""
    rows = [line.split(" ") for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()[1:]]
    return {word: np.float32(numbers) for word, *numbers in rows}


@pytest.mark.parametrize("name, counted", [
    ("w2v.model", True), ("w2v.kv", True), ("apart.kv", True), ("w2v.txt", False), ("w2v.bin", False),
    ("ft.model", True), ("ft.kv", True), ("ft.txt", False), ("ft.bin", True),
])  # fmt: skip
def test_what_gensim_3_wrote_is_read_as_it_was(name, counted):
    found = (fasttext_files if name == "ft.bin" else vectors).load(FOLDER / name)
    expected = lines("ft.txt" if name.startswith("ft") else "w2v.txt")
    assert set(found.index_to_key) == set(expected) == set(COUNTS)
    for word, vector in expected.items():
        assert np.array_equal(found[word], vector), word
    if counted:
        assert {word: found.get_vecattr(word, "count") for word in expected} == COUNTS


@pytest.mark.parametrize("name", ["ft.model", "ft.kv", "ft.bin"])
def test_unknown_words_have_the_vectors_that_gensim_3_gave_them(name):
    found = (fasttext_files if name == "ft.bin" else vectors).load(FOLDER / name)
    assert np.array_equal(found["dogs"], DOGS)


def test_a_large_table_of_gensim_3_that_is_missing_is_named(tmp_path):
    shutil.copy(FOLDER / "apart.kv", tmp_path)
    with pytest.raises(ValueError, match="lacks apart.kv.vectors.npy"):
        vectors.load(tmp_path / "apart.kv")
