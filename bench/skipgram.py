"""Skip-gram pairs per second, and the vocabulary beside gensim's: python bench/skipgram.py [--window 5] [--rounds 7]

On the bundled Wikipedia articles.  Every round runs all contestants one after the other, so that a busy
machine slows them alike; the table shows the median, and the ratio is the median of the rounds' ratios.
Peak memory is what tracemalloc counts, in a run of its own.
"""

import argparse
import os
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from helpers import corpora, skipgram
from helpers.vocabulary import Vocabulary


def plain_generator(sentences, window):
    """The textbook loop, one pair at a time, nothing kept."""
    for tokens in sentences:
        for i, center in enumerate(tokens):
            for j in range(max(0, i - window), min(len(tokens), i + window + 1)):
                if j != i:
                    yield center, tokens[j]


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def rounds(contestants, repetitions):
    """{name: seconds in each round}, interleaved, after one round that is not counted."""
    times = {name: [] for name in contestants}
    for repetition in range(repetitions + 1):
        for name, function in contestants.items():
            elapsed = seconds(function)
            if repetition:
                times[name].append(elapsed)
    return times


def table(title, times, amount, unit, reference):
    print(f"\n{title}\n{'':32}{'seconds':>9}{'M ' + unit + '/s':>14}{'ratio':>9}")
    for name, values in times.items():
        ratio = statistics.median(base / value for base, value in zip(times[reference], values))
        median = statistics.median(values)
        print(f"{name:32}{median:9.4f}{amount / median / 1e6:14.1f}{ratio:8.1f}x")


def peak(function):
    """Megabytes that the function holds at most at one moment, of Python's and numpy's memory."""
    tracemalloc.start()
    function()
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikipedia")
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    window = options.window

    sentences = list(corpora.load(options.corpus))
    vocabulary = Vocabulary.build(sentences)
    ids, offsets = vocabulary.encode_corpus(sentences)
    lists = [ids[a:b].tolist() for a, b in zip(offsets[:-1], offsets[1:])]
    n = len(skipgram.pairs_array(ids, window, offsets))
    expected = np.fromiter(plain_generator(lists, window), dtype=np.dtype((np.int32, 2)), count=n)
    assert np.array_equal(skipgram.pairs_array(ids, window, offsets), expected), "the two must agree"
    print(f"{options.corpus}: {len(sentences):,} sentences, {len(ids):,} tokens, {n:,} pairs at window {window}, "
          f"{os.cpu_count()} processors")  # fmt: skip

    contestants = {
        "plain generator": lambda: sum(1 for _ in plain_generator(lists, window)),
        "plain lists, skipgram.pairs": lambda: [skipgram.pairs(tokens, window) for tokens in lists],
        "pairs_array, one thread": lambda: skipgram.pairs_array(ids, window, offsets, workers=1),
        "pairs_array, two threads": lambda: skipgram.pairs_array(ids, window, offsets, workers=2),
        "pair_batches": lambda: sum(len(batch) for batch in skipgram.pair_batches(ids, window, offsets)),
        "pairs_array, random windows": lambda: skipgram.pairs_array(
            ids, window, offsets, generator=np.random.default_rng(1)
        ),
    }
    table("Pairs", rounds(contestants, options.rounds), n, "pairs", "plain generator")
    print("\nPeak memory, MB")
    for name, function in contestants.items():
        print(f"{name:32}{peak(function):9.0f}")

    from gensim.models import Word2Vec

    def encode():
        Vocabulary.build(sentences).encode_corpus(sentences)

    contestants = {
        "gensim build_vocab": lambda: Word2Vec(vector_size=1, min_count=5).build_vocab(sentences),
        "gensim scan_vocab alone": lambda: Word2Vec(vector_size=1, min_count=5).scan_vocab(sentences),
        "Vocabulary.build": lambda: Vocabulary.build(sentences),
        "build and encode_corpus": encode,
    }
    tokens = sum(map(len, sentences))
    table("Vocabulary", rounds(contestants, options.rounds), tokens, "tokens", "gensim build_vocab")


if __name__ == "__main__":
    main()
