"""Typos and unknown words in Korean: FastText against word2vec, word2vec on morphemes, and plain letters.

    unknown.typo_hits(kv, typed, meant)                 # per word: is the right one among the ten nearest?
    unknown.meaning(kv, pairs, unknown.with_particle)   # per pair: cosine of the unknown forms, people's score

`measure` does all of it on a corpus by name, for `tools/measure.py`: each method has the rate that does best on one
half of the words or pairs, and the other half reports.
"""

from functools import partial
from itertools import islice

import numpy as np

from helpers import corpora, fasttext, intervals, robustness, scores, word2vec
from helpers.vocabulary import Vocabulary

from .hangul import attach
from .typos import keys, typo

MODELS = {
    "word2vec": None,
    "syllable 3-6": {"min_n": 3, "max_n": 6},
    "syllable 1-3": {"min_n": 1, "max_n": 3},
    "jamo 3-5": {"min_n": 3, "max_n": 5, "units": "jamo"},
}
RATES = (0.025, 0.05, 0.1)
SHAPE = {"vector_size": 50, "epochs": 5, "workers": 1}
PARTICLE = "이라도/라도"  # rare enough that hardly any noun has it in the vocabulary
FEWEST = 16  # words, or pairs of words, that are halved


def trained(name, sentences, vocabulary, alpha, seed=1, **shape):
    """Vectors of one of the MODELS."""
    trainer = word2vec.train if MODELS[name] is None else partial(fasttext.train, **MODELS[name])
    return trainer(sentences, vocabulary=vocabulary, alpha=alpha, seed=seed, **{**SHAPE, **shape})


# typos


def misspelt(words, edits, seed=1):
    """Each word with so many typing errors; `words` need at least eight keys, see `long_enough`."""
    draw = np.random.default_rng(seed)
    return [typo(word, edits, draw) for word in words]


def long_enough(words, most=200):
    """The first words that take eight keys or more."""
    return [word for word in words if len(keys(word)) >= 8][:most]


def typo_hits(kv, typed, meant, first=10):
    """For each misspelt word 1 if the right one is among the `first` nearest of the vocabulary, else 0: (words,)."""
    return (robustness.ranks(kv, typed, meant) <= first).astype(float)


# the meaning of words that are unknown only because of their particle


def with_particle(noun):
    """The noun with the rare particle: 어머니라도, 학교라도, 집이라도."""
    return attach(noun, PARTICLE)


def unknown_pairs(vocabulary, morphemes):
    """Pairs of nouns with people's score, [(one, other, score)], whose forms with the particle no vocabulary word is.

    vocabulary: of eojeols; morphemes: of morphemes, which has to know both nouns, or its vectors could not be asked.
    """
    lines = scores.pair_lines(scores.KOREAN / "similarity.tsv")[1]
    pairs = [line.split("\t") for line in lines if scores.is_pair(line)]
    pairs = [(one, other, float(score)) for one, other, score in pairs if len(one) > 1 < len(other)]
    return [
        pair
        for pair in pairs
        if not any(with_particle(noun) in vocabulary for noun in pair[:2])
        and all(noun in morphemes for noun in pair[:2])
    ]


def meaning(kv, pairs, form):
    """(pairs, 2): the cosine of form(one) and form(other), beside people's score."""
    one, other = (robustness.vectors_of(kv, [form(pair[side]) for pair in pairs]) for side in (0, 1))
    return np.stack([(one * other).sum(1), [score for *_, score in pairs]], 1)


def correlation(items):
    """Rank correlation of cosines and people's scores, from what `meaning` gives."""
    return scores.rank_correlation(*np.asarray(items).T)


# everything, on a corpus by name


def best(items, choosing, score):
    """The rate that scores best on the half that chooses, and what it made of the other half."""
    rate = max(items, key=lambda rate: score(items[rate][choosing]))
    return rate, items[rate][~choosing]


def told(one, other, score=np.mean):
    """[difference, low, high, n] of two methods' items, for a file."""
    return [round(float(x), 4) for x in intervals.paired_difference(one, other, score=score)]


def compare(eojeols, morphemes, min_count=5, edits=(1, 2, 3)):
    """Typos and meaning of unknown forms as a dict of plain values; the same sentences cut both ways.

    ValueError for a text too short to hold enough of the words that are asked for.
    """
    vocabulary, pieces = (Vocabulary.build(text, min_count=min_count) for text in (eojeols, morphemes))
    words, pairs = long_enough(vocabulary.words), unknown_pairs(vocabulary, pieces)
    if min(len(words), len(pairs)) < FEWEST:
        raise ValueError(
            f"{len(words)} words long enough and {len(pairs)} pairs of nouns are too few to halve: read more texts, or "
            "lower min_count"
        )
    typed = {n: misspelt(words, n) for n in edits}
    hits, meant = {}, {}
    for name in MODELS:
        for rate in RATES:
            kv = trained(name, eojeols, vocabulary, rate)
            for n in edits:
                hits.setdefault((name, n), {})[rate] = typo_hits(kv, typed[n], words)
            if MODELS[name]:
                meant.setdefault(name, {})[rate] = meaning(kv, pairs, with_particle)
    for rate in RATES:
        kv = trained("word2vec", morphemes, pieces, rate)
        meant.setdefault("word2vec on morphemes", {})[rate] = meaning(kv, pairs, str)
    half, other = np.arange(len(words)) % 2 == 0, np.arange(len(pairs)) % 2 == 0
    letters = {n: (robustness.ranks_by_letters(vocabulary.words, typed[n], words) <= 10)[~half] for n in edits}
    picked = {key: best(items, half, np.mean) for key, items in hits.items()}
    understood = {name: best(items, other, correlation) for name, items in meant.items()}
    rival = understood["word2vec on morphemes"][1]
    return {
        "words": len(vocabulary),
        "typos": {
            "n": int((~half).sum()),
            "letters": {n: round(float(np.mean(found)), 4) for n, found in letters.items()},
            "models": {f"{name}, {n}": round(float(np.mean(items)), 4) for (name, n), (_, items) in picked.items()},
            "rates": {f"{name}, {n}": rate for (name, n), (rate, _) in picked.items()},
            "letters ahead": {f"{name}, {n}": told(letters[n], items) for (name, n), (_, items) in picked.items()},
        },
        "meaning": {
            "n": int((~other).sum()),
            "models": {name: round(correlation(items), 4) for name, (_, items) in understood.items()},
            "rates": {name: rate for name, (rate, _) in understood.items()},
            "morphemes ahead": {name: told(rival, items, correlation) for name, (_, items) in understood.items()},
        },
    }


def measure(corpus, limit=None):
    """`compare` on the first `limit` texts of a corpus of the registry, all of which Kiwi cuts: minutes."""
    from .tokenizer import morphemes_of

    lines = corpora.load(corpus, unit="word", fallback=False).lines()
    texts = [text for text, _ in islice(lines, limit) if text.strip()]
    eojeols, morphemes = [corpora.words(text) for text in texts], list(morphemes_of(texts))
    size = {"sentences": len(eojeols), "tokens": sum(map(len, eojeols))}
    return size | compare(eojeols, morphemes)
