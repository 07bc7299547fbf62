"""What counting pairs costs three engines on one thread: our counter, Dask's bag, DuckDB.  An experiment of lesson 11.

McSherry, Isard and Murray 2015, "Scalability! But at what COST?": how many cores does a system need to beat one thread?
DuckDB (https://duckdb.org) is no part of the course: `pip install duckdb`, and tools/measure.py can run this.
"""

import time
from itertools import islice

import numpy as np
from scipy.sparse import coo_matrix

from helpers import corpora, counting
from helpers.vocabulary import Vocabulary

WINDOW, MIN_COUNT = 10, 20

# Words lie in one table with the number of their sentence and their place in the text: two ways to ask for the pairs.
BY_SENTENCE = f"""
    SELECT a.id AS first, b.id AS second, count(*) AS n FROM words a JOIN words b
    ON a.sentence = b.sentence AND b.place > a.place AND b.place <= a.place + {WINDOW} GROUP BY ALL"""
BY_DISTANCE = f"""
    SELECT a.id AS first, b.id AS second, count(*) AS n
    FROM words a, range(1, {WINDOW + 1}) AS distances(d) JOIN words b
    ON b.place = a.place + d AND a.sentence = b.sentence GROUP BY ALL"""


def clocked(work, *given, times=3):
    """(what work(*given) returns, the CPU seconds of this process that it took: the least of some times)."""
    seconds = []
    for _ in range(times):
        began = time.process_time()
        found = work(*given)
        seconds.append(time.process_time() - began)
    return found, min(seconds)


def with_bag(sentences):
    """{(i, k): how often word k follows word i within the window}, pair by pair in Python, dealt out by Dask."""
    import dask.bag

    def pairs(ids):
        return [(i, k) for place, i in enumerate(ids) for k in ids[place + 1 : place + 1 + WINDOW]]

    bag = dask.bag.from_sequence(sentences, npartitions=8)
    return dict(bag.map(pairs).flatten().frequencies().compute(scheduler="sync"))


def with_duckdb(sentences, query):
    """The same as three arrays i, k, n, by SQL on one thread; ModuleNotFoundError where DuckDB is not installed."""
    import duckdb

    words = {
        "id": np.concatenate(sentences),
        "sentence": np.repeat(np.arange(len(sentences)), [len(ids) for ids in sentences]),
    }
    words["place"] = np.arange(len(words["id"]))
    with duckdb.connect(config={"threads": 1}) as base:
        base.register("arrays", words)
        base.execute("CREATE TABLE words AS SELECT * FROM arrays")
        found = base.execute(query).fetchnumpy()
    return found["first"], found["second"], found["n"]


def same(found, bag):
    """Whether three arrays i, k, n hold the counts of a dict {(i, k): n}."""
    first, second, n = (column.tolist() for column in found)
    return len(n) == len(bag) and dict(zip(zip(first, second), n)) == bag


def measure(corpus, limit=None):
    """CPU seconds of each engine on a corpus of the registry; all must count the same, else AssertionError.

    Ours starts from words; the others are given the words' ids, so that looking them up is not charged to them.
    """
    import duckdb

    texts = list(islice(corpora.load(corpus, fallback=False), limit))
    vocabulary = Vocabulary.build(texts, MIN_COUNT)
    known = [[vocabulary.index[word] for word in tokens if word in vocabulary] for tokens in texts]
    known = [ids for ids in known if ids]
    options = {"window": WINDOW, "weighting": "flat", "workers": 1}
    counting.cooccurrence(texts[:100], vocabulary, **options)  # compiles
    matrix, ours = clocked(lambda: counting.cooccurrence(texts, vocabulary, **options))
    seconds = {"ours": ours}
    bag, seconds["dask bag"] = clocked(with_bag, known, times=1)
    tables = {"duckdb, joined by sentence": BY_SENTENCE, "duckdb, joined by distance": BY_DISTANCE}
    for name, query in tables.items():
        found, seconds[name] = clocked(with_duckdb, known, query)
        assert same(found, bag), f"{name} has counted something else"
    first, second = np.array(list(bag)).T
    both = coo_matrix((list(bag.values()), (first, second)), matrix.shape).tocsr()
    assert (both + both.T != matrix).nnz == 0, "our counter has counted something else"
    return {
        "sentences": len(texts),
        "tokens": sum(map(len, known)),
        "pairs": int(sum(bag.values())),
        "cells": len(bag),
        "seconds": {name: round(took, 3) for name, took in seconds.items()},
        "duckdb": duckdb.__version__,
    }
