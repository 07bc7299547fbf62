"""What is a word of Korean?  The same sentences counted by eojeol (what stands between spaces) and by morpheme.

    units.compare(list(corpora.load("korean", unit="word")), list(corpora.load("korean")))

`measure` does so on a corpus by name, for `tools/measure.py`.
"""

from collections import Counter
from itertools import islice

import numpy as np

STEPS = 10  # points of the growth curve; the last of as many parts is the one whose words are looked for in the others
FEWEST = 20  # a word that stands in fewer sentences says little about how well it is found


def compare(eojeols, morphemes, queries=()):
    """Both ways of counting as a dict of plain values.

    eojeols, morphemes: the same sentences, as two lists of token lists.  queries: nouns to search for.
    "eojeols" and "morphemes" hold what `counted` says; "found" holds, for each query that at least 20 sentences
    contain as a morpheme, the share of those sentences in which it also stands alone, as an eojeol of its own.
    ValueError when the two are not as many sentences.
    """
    if len(eojeols) != len(morphemes) or len(eojeols) < STEPS:
        raise ValueError(
            f"{len(eojeols)} and {len(morphemes)} sentences: give the same sentences cut both ways, {STEPS} or more"
        )
    return {
        "sentences": len(eojeols),
        "tokens": sum(map(len, eojeols)),
        "eojeols": counted(eojeols),
        "morphemes": counted(morphemes),
        "found": found_alone(eojeols, morphemes, queries),
    }


def counted(sentences):
    """Counts of one way of cutting, as a dict.

    growth    [(tokens, distinct), …] after each tenth of the sentences
    once      the share of the distinct tokens that occur once
    unseen    the share of the tokens in the last tenth that no earlier tenth contains
    top       the twenty most frequent, ties in the order of their first appearance
    """
    counts, growth = Counter(), []
    for part in np.array_split(np.arange(len(sentences)), STEPS):
        tokens = [token for i in part for token in sentences[i]]
        unseen = sum(token not in counts for token in tokens) / max(len(tokens), 1)
        counts.update(tokens)
        growth.append((counts.total(), len(counts)))
    once = sum(count == 1 for count in counts.values()) / max(len(counts), 1)
    return {"growth": growth, "once": once, "unseen": unseen, "top": [token for token, _ in counts.most_common(20)]}


def found_alone(eojeols, morphemes, queries):
    """{query: share}: of the sentences that contain it as a morpheme, those where it is an eojeol by itself."""
    wanted, alone, all_of_them = set(queries), Counter(), Counter()
    for words, pieces in zip(eojeols, morphemes):
        here = wanted.intersection(pieces)
        all_of_them.update(here)
        alone.update(here.intersection(words))
    return {query: alone[query] / all_of_them[query] for query in sorted(wanted) if all_of_them[query] >= FEWEST}


def nouns():
    """The common nouns of the course's word pairs, datasets/korean/similarity.tsv, as a sorted list."""
    from .tokenizer import DATA, morphemes

    lines = (DATA / "similarity.tsv").read_text(encoding="utf-8").splitlines()
    words = {word for line in lines if not line.startswith("#") for word in line.split("\t")[:2]}
    return sorted(word for word in words if morphemes(word, tags=True) == [(word, "NNG")])


def measure(corpus, limit=None):
    """`compare` on the first `limit` texts of a corpus of the registry, all of which Kiwi cuts: minutes."""
    from .. import corpora
    from .tokenizer import morphemes_of

    lines = corpora.load(corpus, unit="word", fallback=False).lines()
    texts = [text for text, _ in islice(lines, limit) if text.strip()]
    return compare([corpora.words(text) for text in texts], list(morphemes_of(texts)), nouns())
