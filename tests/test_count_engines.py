"""Engines that count the same pairs: what Python and DuckDB find is what our counter finds."""

import numpy as np
import pytest

from helpers import count_engines, counting, measured
from helpers.vocabulary import Vocabulary

TEXT = [["a", "b", "a", "c"], ["c"], [*"abcabcabcabcabc"], ["b", "c"]]


def counted_by_hand(ids):
    found = {}
    for sentence in ids:
        for place, first in enumerate(sentence):
            for second in sentence[place + 1 : place + 11]:
                found[first, second] = found.get((first, second), 0) + 1
    return found


@pytest.fixture
def ids():
    vocabulary = Vocabulary.build(TEXT, 1)
    return [[vocabulary.index[word] for word in sentence] for sentence in TEXT]


def test_the_bag_counts_every_pair_of_a_window_once(ids):
    found = count_engines.with_bag(ids)
    assert found == counted_by_hand(ids)
    matrix = counting.cooccurrence(TEXT, Vocabulary.build(TEXT, 1), window=10, weighting="flat", workers=1)
    assert matrix.sum() == 2 * sum(found.values())


@pytest.mark.parametrize("query", [count_engines.BY_SENTENCE, count_engines.BY_DISTANCE])
def test_sql_counts_the_same_pairs(ids, query):
    pytest.importorskip("duckdb", reason="DuckDB is no part of the course")
    assert count_engines.same(count_engines.with_duckdb(ids, query), counted_by_hand(ids))


def test_other_counts_are_told_apart(ids):
    right = counted_by_hand(ids)
    first, second, n = (np.array(column) for column in zip(*((i, k, n) for (i, k), n in right.items())))
    assert count_engines.same((first, second, n), right)
    assert not count_engines.same((first, second, n + 1), right)
    assert not count_engines.same((second[:-1], first[:-1], n[:-1]), right)


def test_the_whole_experiment_compares_engines_that_agree():
    pytest.importorskip("duckdb", reason="DuckDB is no part of the course")
    found = measured.run("engines", "lee", limit=200)
    assert found.sentences == 200 and set(found.values["seconds"]) == {
        "ours", "dask bag", "duckdb, joined by sentence", "duckdb, joined by distance"
    }  # fmt: skip
