"""word2vec on real text, measured: skip-gram against CBOW, gensim against the course's trainer, and how much text.

Each experiment reads a corpus by name, cut into morphemes if it is Korean, and returns plain values for
`tools/measure.py`; lessons 5, 6 and 12 show them.  Scores are those of the course's own sets (`scores.sets`).  Settings
are chosen on one half of the pairs and questions and reported on the other; differences come with the interval of the
paired bootstrap as [value, low, high, n].
"""

from functools import cache, partial

import numpy as np
from gensim.models import Word2Vec

from helpers import corpora, scores, word2vec

RATES = (0.025, 0.05, 0.1, 0.2)
EPOCHS, LONGER, SEEDS = (2, 5, 10, 20), (3, 10, 30), (1, 2, 3, 4, 5, 6, 7, 8)
SIZES = (50_000, 100_000, 200_000, 500_000)  # tokens
HALVES = {"chosen on": 0, "reported on": 1}


@cache
def read(corpus, limit=None):
    """(sentences as a tuple of token lists, language) of a corpus; `limit`: so many texts from its beginning."""
    text = corpora.load(corpus, fallback=False)
    if text.language == "Korean":
        text = corpora.load(corpus, "morpheme", fallback=False)
    return tuple(text if limit is None else text.first(limit)), text.language


def size_of(sentences):
    """What every experiment says of its text."""
    return {"sentences": len(sentences), "tokens": sum(map(len, sentences))}


# ----------------------------------------------------------------------------------------------- scores on two halves


def halves(labels):
    """Which half each item belongs to, (items,) of 0 and 1: items with one label stay together."""
    _, numbers = np.unique(labels, return_inverse=True)
    return np.random.default_rng(0).permutation(numbers.max() + 1)[numbers] % 2


def answered(kv, language="Korean"):
    """Everything the scores need, asked once: (pairs (n, 2): cosine and people's score, hits (questions,), targets).

    nan where a word is unknown.  Pairs are those of the language's first set.  Targets are the pairs c : d of the
    questions: questions about one pair are answered alike and drawn together.
    """
    pairs, questions = scores.sets(language)
    people, cosines = scores.pair_cosines(kv, next(iter(pairs.values())))
    path = questions["analogies"]
    return np.stack([cosines, people], 1), scores.analogies(kv, path).hits, targets(path)


def targets(path):
    """The pair c : d of each question in a file of analogies, (questions,) strings."""
    return np.array([" ".join(question[2:]) for part in scores.questions_in(path).values() for question in part])


def together(found):
    """What `answered` gives for several seeds as one: pairs (n, seeds, 2), the mean of the hits, targets."""
    pairs, hits, targets = zip(*found)
    return np.stack(pairs, 1), np.mean(hits, 0), targets[0]


def correlation(pairs):
    """Spearman's correlation of two columns (n, 2); of (n, seeds, 2) the mean over the seeds."""
    if pairs.ndim == 3:
        return float(np.mean([correlation(pairs[:, seed]) for seed in range(pairs.shape[1])]))
    return scores.rank_correlation(*pairs.T)


def known(items):
    """Which items have an answer, with every seed, bool (n,)."""
    return ~np.isnan(items.reshape(len(items), -1).sum(1))


def score(found, half=None):
    """{"similarity", "analogies"} of what `answered` gives, over one half or over everything."""
    pairs, hits, targets = found
    sides = halves(np.arange(len(pairs))), halves(targets)
    one, other = (np.ones(len(side), bool) if half is None else side == half for side in sides)
    return {"similarity": correlation(pairs[one & known(pairs)]), "analogies": float(np.nanmean(hits[other]))}


def difference(first, second, half=None):
    """{"similarity", "analogies"}: `first` minus `second`, each as [value, low, high, n]."""
    (one, hits, targets), (other, other_hits, _) = first, second
    sides = halves(np.arange(len(one))), halves(targets)
    asked = known(one + other), known(hits + other_hits)
    if half is not None:
        asked = [side & (where == half) for side, where in zip(asked, sides)]
    pairs, questions = asked
    return {
        "similarity": list(scores.paired_difference(one[pairs], other[pairs], score=correlation)),
        "analogies": list(scores.paired_difference(hits[questions], other_hits[questions], targets[questions])),
    }


# --------------------------------------------------------------------------------------------------------- experiments


def gensim_vectors(sentences, **options):
    """KeyedVectors of gensim; skip-gram and 100 dimensions unless the options say otherwise."""
    return Word2Vec(sentences, **{"sg": 1, "vector_size": 100, "workers": 2, "seed": 1} | options).wv


def skipgram_cbow(corpus, limit=None):
    """Skip-gram against CBOW, both gensim's: each method's rate chosen on one half, then longer and longer training.

    "rates": {method: the score of each rate at 5 epochs, on the half to choose on}, "rate": the rate chosen, by
    the sum of both scores, "curves": {method: the scores after each of `epochs`, on the other half}, "difference":
    skip-gram minus CBOW after the longest training, on that half.
    """
    (sentences, language), found = read(corpus, limit), {}
    values = size_of(sentences) | {"epochs": EPOCHS, "tried": RATES, "rates": {}, "rate": {}, "curves": {}}
    for method, sg in (("skip-gram", 1), ("CBOW", 0)):
        tried = [gensim_vectors(sentences, sg=sg, alpha=a) for a in RATES]
        tried = [score(answered(kv, language), HALVES["chosen on"]) for kv in tried]
        best = RATES[int(np.argmax([one["analogies"] + one["similarity"] for one in tried]))]
        longer = [gensim_vectors(sentences, sg=sg, alpha=best, epochs=e) for e in EPOCHS]
        longer = [answered(kv, language) for kv in longer]
        found[method] = longer[-1]
        values["rates"][method], values["rate"][method] = tried, best
        values["curves"][method] = [score(one, HALVES["reported on"]) for one in longer]
    values["difference"] = difference(found["skip-gram"], found["CBOW"], HALVES["reported on"])
    return values


def trainers(corpus, limit=None):
    """gensim's skip-gram and the course's at the same settings, longer and longer.

    "curves": {trainer: the scores after each of `epochs`}, "differences": the course's minus gensim's after each.  Both
    are means over SEEDS: with one seed an interval tells what other pairs or questions would do, not another seed.
    """
    sentences, language = read(corpus, limit)
    values = size_of(sentences) | {"epochs": LONGER, "seeds": SEEDS}
    values |= {"curves": {"gensim": [], "ours": []}, "differences": []}
    ways = {"gensim": gensim_vectors, "ours": partial(word2vec.train, device="cpu")}
    for epochs in LONGER:
        shape, found = {"vector_size": 100, "epochs": epochs, "workers": 2}, {}
        for trainer, train in ways.items():
            found[trainer] = together([answered(train(sentences, **shape, seed=seed), language) for seed in SEEDS])
            values["curves"][trainer].append(score(found[trainer]))
        values["differences"].append(difference(found["ours"], found["gensim"]))
    return values


def text_size(corpus, limit=None):
    """How much text?  word2vec on the first 50,000 … tokens: what two seeds share, and the similarity.

    "rows": for 5 and for 20 epochs, a list of [tokens, shared neighbors of the 500 most frequent words, correlation,
    pairs that could be scored].
    """
    sentences, language = read(corpus, limit)
    ends = np.cumsum([len(tokens) for tokens in sentences])
    rows = {}
    for epochs in (5, 20):
        rows[str(epochs)] = []
        for size in (*[size for size in SIZES if size < ends[-1]], int(ends[-1])):
            part = sentences[: int(np.searchsorted(ends, size)) + 1]
            first, second = (word2vec.train(part, epochs=epochs, seed=seed) for seed in (1, 2))
            pairs = answered(first, language)[0]
            known = pairs[~np.isnan(pairs[:, 0])]
            row = [size, scores.overlap(first, second, words=500), correlation(known), len(known)]
            rows[str(epochs)].append(row)
    return size_of(sentences) | {"rows": rows}
