"""Counts of shards, added up on disk: the counts of the whole text, and what GloVe learns from them."""

import numpy as np
import pytest

from helpers import corpora, count_files, count_shards, counting, glove
from helpers.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """(folder with the counts of three shards, the corpus, its vocabulary)."""
    folder, corpus = tmp_path_factory.mktemp("counts"), corpora.load("lee")
    vocabulary = Vocabulary.build(corpus, 10)
    for number, shard in enumerate(corpus.shards(3)):
        counting.cooccurrence(shard, vocabulary, path=folder / f"{number}", dtype=("float64", "float32")[number % 2])
    return folder, corpus, vocabulary


@pytest.mark.parametrize("band", [1 << 18, 50])
def test_the_sum_is_the_count_of_the_whole_text(counted, tmp_path, monkeypatch, band):
    folder, corpus, vocabulary = counted
    monkeypatch.setattr(count_shards, "BAND", band)
    found = count_shards.add([folder / "0", folder / "1", folder / "2"], tmp_path / "sum")
    whole = counting.cooccurrence(corpus, vocabulary)
    assert np.array_equal(found.indptr, whole.indptr) and np.array_equal(found.indices, whole.indices)
    np.testing.assert_allclose(found.data, whole.data, rtol=1e-6)
    assert isinstance(found.data, np.memmap) and found.dtype == np.float64


def test_glove_trains_on_it(counted, tmp_path):
    folder, corpus, vocabulary = counted
    count_shards.add([folder / "0", folder / "1", folder / "2"], tmp_path / "sum", dtype="float32")
    options = {"vector_size": 8, "epochs": 2, "workers": 1}
    kv = glove.train(tmp_path / "sum", vocabulary, **options)
    whole = glove.train(counting.cooccurrence(corpus, vocabulary), vocabulary, **options)
    np.testing.assert_allclose(kv.vectors, whole.vectors, atol=1e-3)


def test_what_cannot_be_added(counted, tmp_path):
    folder, corpus, vocabulary = counted
    counting.cooccurrence(corpus, vocabulary.words[:50], path=tmp_path / "few")
    with pytest.raises(ValueError, match="not those of \\[50, \\d+\\] words"):
        count_shards.add([folder / "0", tmp_path / "few"], tmp_path / "sum")
    with pytest.raises(ValueError, match="names no folder of counts: write some"):
        count_shards.add([], tmp_path / "sum")
    with pytest.raises(FileNotFoundError, match="no folder of counts"):
        count_shards.add([folder / "0", folder / "9"], tmp_path / "sum")
    (tmp_path / "sum").mkdir()
    (tmp_path / "sum" / "letter.txt").touch()
    with pytest.raises(FileExistsError):
        count_shards.add([folder / "0"], tmp_path / "sum")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few", "sum"]
    assert count_files.note(tmp_path / "few")
