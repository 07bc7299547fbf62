"""How often each word of a text occurs, counted at one go or in shards whose tallies are added up.

A tally remembers the order in which words came, and so does a sum of tallies in the order of their shards.
"""

from collections import Counter
from itertools import chain, islice
from typing import NamedTuple

from helpers import arguments, letters

BATCH = 64  # sentences that are counted at one go: few calls, and their words are still in the cache


class Tally(NamedTuple):
    """Words and counts of some text.

    counts     Counter; the words stand in the order of their arrival
    sentences  how many were read
    distinct   words that were known at the same time, at most
    forgotten  occurrences of words that were forgotten on the way, to keep the memory bounded
    limit      words with at most this count were forgotten; 0: none
    """

    counts: Counter
    sentences: int
    distinct: int
    forgotten: int
    limit: int


def tally(sentences, most=None):
    """The Tally of token lists; with more distinct words than `most` the rarest are forgotten on the way.

    TypeError where a token is no string.
    """
    most = arguments.optional(arguments.whole, "most", most, 1)
    found, stream = Tally(Counter(), 0, 0, 0, 0), iter(arguments.in_order("sentences", sentences, "lists of words"))
    while batch := list(islice(stream, BATCH)):
        try:
            found.counts.update(chain.from_iterable(batch))
        except TypeError as error:
            raise TypeError(f"a sentence must be a flat list of strings ({error})") from None
        found = bounded(found._replace(sentences=found.sentences + len(batch)), most)
    if odd := [word for word in found.counts if not isinstance(word, str)]:
        raise TypeError(f"every token must be a string, not {odd[0]!r}: write str(token)")
    return found


def added(first, second, most=None):
    """The Tally of two texts, one after the other."""
    for name, one in (("first", first), ("second", second)):
        arguments.instance(name, one, Tally, "a Tally, as tallies.tally returns it")
    most = arguments.optional(arguments.whole, "most", most, 1)
    counts = first.counts.copy()
    counts.update(second.counts)
    distinct, limit = (max(pair) for pair in ((first.distinct, second.distinct), (first.limit, second.limit)))
    forgotten, sentences = first.forgotten + second.forgotten, first.sentences + second.sentences
    return bounded(Tally(counts, sentences, distinct, forgotten, limit), most)


def bounded(found, most):
    """Forget the rarest words of a Tally where there are more than `most`, as word2vec.c's ReduceVocab does."""
    counts, forgotten, limit = found.counts, found.forgotten, found.limit
    distinct = max(found.distinct, len(counts))
    while most is not None and len(counts) > most:
        limit += 1
        forgotten += sum(map(counts.pop, [word for word, count in counts.items() if count <= limit]))
    return found._replace(distinct=distinct, forgotten=forgotten, limit=limit)


def tidied(counts):
    """A Counter whose words are tidy; a word of which nothing is left, such as a byte order mark, is left out."""
    found = Counter()
    for word, count in counts.items():
        if letters.tidy(word) or not word:
            found[letters.tidy(word)] += count
    return found
