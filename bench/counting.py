"""Counting, vectorised, against the plain loop that says the same: python bench/counting.py [--repeats 5]

Both ways count the same text, taking turns, so that a busy moment of the machine hits both; the table gives
the median of each way and the median of the ratios of neighbouring runs.  Text: gensim's 106 Wikipedia articles.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from helpers import corpora, counting
from helpers.vocabulary import Vocabulary


def cooccurrence_loop(sentences, vocabulary, window):
    """dict (i, k) → sum of 1/d, for i before k; what `counting.cooccurrence` adds to its own transpose."""
    found = defaultdict(float)
    for tokens in sentences:
        ids = [vocabulary.index[token] for token in tokens if token in vocabulary]
        for position, center in enumerate(ids):
            for d, context in enumerate(ids[position + 1 : position + 1 + window], 1):
                found[center, context] += 1 / d
    return found


def scikit_learn_counts(documents):
    """scikit-learn's CountVectorizer on tokens that are already cut."""
    vectorizer = CountVectorizer(analyzer=lambda document: document, lowercase=False)
    return vectorizer.fit_transform(documents), vectorizer.get_feature_names_out().tolist()


def dense_svd(matrix):
    """All singular vectors, of which the first 100 are kept."""
    u, s, _ = np.linalg.svd(matrix.toarray(), full_matrices=False)
    return u[:, :100] * s[:100]


def same_pairs(matrix, found):
    """Whether matrix and dict agree: the dict's two directions together are the matrix."""
    pairs = tuple(np.array(side) for side in zip(*found))
    half = sparse.csr_matrix((np.fromiter(found.values(), float), pairs), shape=matrix.shape)
    return abs(half + half.T - matrix).max() < 1e-9


def timed(function):
    started = perf_counter()
    value = function()
    return perf_counter() - started, value


def compare(name, plain, fast, agree, repeats):
    """Run both ways in turn, check that they agree, print medians and the ratio."""
    times = []
    for _ in range(repeats):
        (slow, expected), (quick, value) = timed(plain), timed(fast)
        assert agree(value, expected), f"{name}: the two ways disagree"
        times.append((slow, quick))
    slow, quick = (median(column) for column in zip(*times))
    ratios = sorted(a / b for a, b in times)
    print(f"{name:34} {slow:8.2f} s {quick:8.2f} s {median(ratios):7.1f}x   ({ratios[0]:.1f}–{ratios[-1]:.1f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    sentences = list(corpora.load("wikipedia"))
    documents = [tokens for _, tokens in corpora.documents("wikipedia")]
    vocabulary = Vocabulary.build(sentences, min_count=5)
    frequent = Vocabulary.build(sentences, min_count=50)
    ppmi = counting.ppmi(counting.cooccurrence(sentences, frequent, window=10))
    print(f"{sum(map(len, sentences)):,} tokens, {len(vocabulary):,} words, {repeats} runs of each\n")
    print(f"{'':34} {'plain':>10} {'helper':>10} {'ratio':>8}   (least–most)")
    for window in (2, 5, 10):
        compare(
            f"cooccurrence, window {window}",
            lambda w=window: cooccurrence_loop(sentences, vocabulary, w),
            lambda w=window: counting.cooccurrence(sentences, vocabulary, window=w),
            same_pairs,
            repeats,
        )
    compare(
        "bag_of_words (plain: scikit-learn)",
        lambda: scikit_learn_counts(documents),
        lambda: counting.bag_of_words(documents),
        lambda value, expected: value[1] == expected[1] and (value[0] != expected[0]).nnz == 0,
        repeats,
    )
    compare(
        f"lsa, 100 of {len(frequent):,} (plain: full)",
        lambda: dense_svd(ppmi),
        lambda: counting.lsa(ppmi, 100),
        lambda value, expected: np.allclose(np.abs(value), np.abs(expected), atol=1e-6),
        repeats,
    )


if __name__ == "__main__":
    main()
