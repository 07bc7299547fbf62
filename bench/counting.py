"""Counting against the plain loop that says the same, and against cooccur: python bench/counting.py [--repeats 5]

Both ways count the same text, taking turns, so that a busy moment of the machine hits both; the table gives
the median of each way and the median of the ratios of neighbouring runs.  Text: gensim's 106 Wikipedia articles.

    GLOVE=/path/to/GloVe/build python bench/counting.py --corpus wikipedia

counts a text file instead, beside Stanford's `cooccur`, reading included, with a vocabulary counted before; --corpus
takes a name of `corpora.names()` or a path.  Each run is a process of its own; seconds are those of the wall clock,
CPU those of all threads together, memory is the peak of the process in MB.  Ours reads the text in two ways:

lists   as a generator of lists of words, line.split()
corpus  as corpora.load(path, tokenize=str.split), whose words are looked up without making lists; "disk" writes the
        matrix to a folder (path=), as cooccur does
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))  # where PYTHONSAFEPATH has left it out

import numpy as np
from scipy import sparse

import memory
from glove import lines, prepare, program  # bench/glove.py: the same contest, and that of training
from glove import timed as measured
from helpers import corpora, counting
from helpers.vocabulary import Vocabulary
from word2vec import print_columns


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
    from sklearn.feature_extraction.text import CountVectorizer

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


def one_run(name, folder, window, workers):
    """Count the text in this process and print what was measured as JSON."""
    vocabulary, path = Vocabulary.load(folder / "vocabulary.txt"), folder / "corpus.txt"
    counting.cooccurrence([["a", "b"]], ["a", "b"], path=folder / "small")  # compiled before the clock starts
    sentences = lines(path) if name == "lists" else corpora.load(path, lower=False, tokenize=str.split)
    where = {"path": folder / "counts"} if name == "disk" else {}
    matrix, seconds, cpu = measured(
        lambda: counting.cooccurrence(sentences, vocabulary, window=window, workers=workers, **where)
    )
    print(json.dumps({"seconds": seconds, "CPU": cpu, "memory": memory.peak(), "nonzeros": matrix.nnz}))


def contest(options):
    """Ours and cooccur on one text file, in turn."""
    names = ["lists", "corpus", "disk", *(["cooccur"] if os.environ.get("GLOVE") else [])]
    found = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokens = prepare(options, folder)
        theirs = ["-vocab-file", folder / "vocabulary.txt", "-memory", 4, "-verbose", 0, "-window-size", options.window]
        for _ in range(options.repeats):
            for name in names:
                if name == "cooccur":
                    result, _ = program("cooccur", theirs, folder / "corpus.txt", folder / "counts.bin")
                    result["nonzeros"] = (folder / "counts.bin").stat().st_size // 16
                else:
                    command = [sys.executable, __file__, *sys.argv[1:], "--run", name, "--folder", str(folder)]
                    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                    result = json.loads(done.stdout.splitlines()[-1])
                found[name].append(result)
    nonzeros = {result["nonzeros"] for results in found.values() for result in results}
    assert len(nonzeros) == 1, f"not all count the same pairs: {nonzeros}"
    print(f"{options.corpus}: {tokens:,} tokens, {nonzeros.pop():,} nonzeros, window {options.window}")
    print(f"{options.workers} threads (cooccur: one), medians of {options.repeats}; load {os.getloadavg()[2]:.1f}")
    columns = ("seconds", "CPU", "memory")
    rows = [["", *columns, "ratio"]]
    for name, results in found.items():
        cells = [f"{median(result[key] for result in results):,.2f}" for key in columns]
        ratios = [other["seconds"] / one["seconds"] for one, other in zip(results, found[names[-1]])]
        rows.append([name, *cells, f"{median(ratios):.2f}"])
    print()
    print_columns(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--corpus", help="count this text beside cooccur, in place of the comparison with plain loops")
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    for name in ("--run", "--folder"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        one_run(options.run, Path(options.folder), options.window, options.workers)
    elif options.corpus:
        contest(options)
    else:
        compare_with_plain_loops(options.repeats)


def compare_with_plain_loops(repeats):
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
