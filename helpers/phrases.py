"""Phrases: pairs of words that stand side by side more often than their counts let expect, and what joining them does.

    words, pairs = phrases.counted(sentences)
    phrases.score(110, 590, 120, delta=5, size=252_073)     # count(ab), count(a), count(b)
    python tools/measure.py phrases kowiki --limit 8000

The score is that of Mikolov et al. 2013 (https://arxiv.org/abs/1310.4546, section 4), times a number that makes its
size handy: gensim takes how many different words and pairs it has counted.

The experiment joins the phrases of four fifths of a text with gensim's `Phrases` and trains word2vec on it, and on the
same text as it is.  A phrase has a vector of its own in the one; its opponent in the other is the mean of the vectors
of its two words.  Both are asked about places in every fifth sentence, which neither has read; the words around a place
are looked up in the model that is asked.  Asked about are phrases that stand there three times or more, and each of
whose words stands there so often without the other: "civil war", but not "new york", since "york" is rarely alone.

    found     the place of a phrase: is it among the ten, of all that are asked about, whose vectors lie nearest to the
              mean of the words around?
    told      a place of the phrase, and one where only one of its words stands: is the phrase's place the nearer one?

The ordinary words are scored on the usual sets.  The threshold is chosen on one half of the phrases.
"""

from collections import Counter
from functools import partial
from itertools import pairwise

import numpy as np
from gensim.models.phrases import Phrases

from helpers import arguments, corpora, scores, word2vec, word2vec_trials

DELTA, DELTAS = 5, (1, 5, 20)
THRESHOLDS, USUAL = (1, 10, 100), 10  # tried; gensim's own, whose phrases are asked about
EPOCHS, SEEDS = (10, 30), (1, 2, 3)
REACH, MOST, FEWEST = 5, 20, 3  # words to either side of a place; places of a kind, at most and at least
ASKED, NEAREST = 400, 10  # phrases, at most; how near is near
ITEMS = 30  # a set of pairs or questions with fewer is not scored
CHOSEN, REPORTED = (word2vec_trials.HALVES[name] for name in ("chosen on", "reported on"))


# ------------------------------------------------------------------------------------------------------------ counting


def counted(sentences):
    """How often each word stands in the sentences, and each pair side by side: two Counters.

    TypeError where a sentence is no list of words.
    """
    words, pairs = Counter(), Counter()
    for tokens in sentences:
        words.update(arguments.tokens("a sentence", tokens))
        pairs.update(pairwise(tokens))
    return words, pairs


def score(together, first, second, delta=DELTA, size=1):
    """(count(ab) − δ) / (count(a) · count(b)) · size."""
    return (together - delta) / (first * second) * size


def learned(sentences, threshold=USUAL, delta=DELTA):
    """gensim's `Phrases` of the sentences, with its usual score."""
    return Phrases(sentences, min_count=delta, threshold=threshold)


def pairs_of(model):
    """{(a, b): score} of the phrases that a model joins."""
    return {tuple(joined.split(model.delimiter)): value for joined, value in model.export_phrases().items()}


def highest(sentences, delta, most=12):
    """The phrases of the highest score, [[a, b, score, count(ab), count(a), count(b)], …]; of equals the earliest.

    delta: what is taken off count(ab); most: how many phrases.  ValueError where they are not whole numbers.
    """
    delta, most = arguments.whole("delta", delta, 0), arguments.whole("most", most, 1)
    words, pairs = counted(sentences)
    size, rows = len(words) + len(pairs), []
    for (a, b), together in pairs.items():
        if together > delta:
            rows.append([a, b, score(together, words[a], words[b], delta, size), together, words[a], words[b]])
    return sorted(rows, key=lambda row: -row[2])[:most]


# -------------------------------------------------------------------------------------------------------- held-out text


def split(sentences):
    """(four fifths to learn from, every fifth sentence to be asked about)."""
    return [tokens for n, tokens in enumerate(sentences) if n % 5 < 4], sentences[4::5]


def places(sentences, pairs):
    """Where each pair stands, and each of its words without the other: {pair: {"both", "first", "second": places}}.

    A place is (words on the left, words on the right), at most REACH each; at most MOST of a kind are drawn.
    """
    found = {pair: {"both": [], "first": [], "second": []} for pair in pairs}
    begins, ends = {}, {}
    for pair in pairs:
        begins.setdefault(pair[0], []).append(pair)
        ends.setdefault(pair[1], []).append(pair)
    for number in np.random.default_rng(0).permutation(len(sentences)):
        tokens = sentences[number]
        for i, word in enumerate(tokens):
            for pair in begins.get(word, ()):
                if tokens[i + 1 : i + 2] == [pair[1]]:
                    keep(found[pair]["both"], tokens, i, i + 2)
                else:
                    keep(found[pair]["first"], tokens, i, i + 1)
            for pair in ends.get(word, ()):
                if i == 0 or tokens[i - 1] != pair[0]:
                    keep(found[pair]["second"], tokens, i, i + 1)
    return found


def keep(kind, tokens, start, end):
    """Add the words around tokens[start:end] to a list of places, unless it is full."""
    if len(kind) < MOST:
        kind.append((tokens[max(0, start - REACH) : start], tokens[end : end + REACH]))


def asked_about(pairs, held_out):
    """The places of those pairs that have enough of each kind; of more than ASKED pairs, some are drawn."""
    found = places(held_out, sorted(pairs))
    enough = [pair for pair, kinds in found.items() if min(map(len, kinds.values())) >= FEWEST]
    drawn = sorted(np.random.default_rng(0).permutation(len(enough))[:ASKED])
    return {enough[i]: found[enough[i]] for i in drawn}


def rarer(pairs, words):
    """The rarer word of each pair: phrases that share it, such as "alkali metal" and "alkali metals", are one unit."""
    return np.array([min(pair, key=words.__getitem__) for pair in pairs])


# ------------------------------------------------------------------------------------------------------- two questions


def mean_of(tokens, kv):
    """The mean of the words' vectors at length 1, itself at length 1, (dim,); zeros where no word is known."""
    rows = [kv.key_to_index[word] for word in tokens if word in kv.key_to_index]
    mean = kv.get_normed_vectors()[rows].sum(0)
    return mean / max(np.linalg.norm(mean), 1e-12)


def vector_of(pair, kv):
    """The phrase's own vector, at length 1, or the mean of its words' where it was not joined."""
    joined = "_".join(pair)
    return mean_of([joined] if joined in kv else pair, kv)


def answers(found, kv, join=list):
    """What a model answers at each phrase's places: {"found", "told": (phrases,) shares of right answers}.

    found: {pair: places by kind}; join: what was done to the text the model has read, a function from tokens to tokens.
    """
    table = np.stack([vector_of(pair, kv) for pair in found])
    answered = {"found": [], "told": []}
    for own, kinds in zip(table, found.values()):
        both, *one_word = (
            np.stack([mean_of([*join(left), *join(right)], kv) for left, right in places]) for places in kinds.values()
        )
        near = both @ own
        ahead = (both @ table.T > near[:, None]).sum(1)
        answered["found"].append((ahead < NEAREST).mean())
        answered["told"].append(np.mean([(near[:, None] > places @ own).mean() for places in one_word]))
    return {question: np.array(shares) for question, shares in answered.items()}


# ------------------------------------------------------------------------------------------------------ ordinary words


def ordinary(kv, language):
    """{set of pairs: (pairs, 2) cosines and people's scores, "analogies": (questions,) hits}, nan where unknown."""
    pairs, questions = scores.sets(language)
    found = {}
    for name, path in pairs.items():
        people, cosines = scores.pair_cosines(kv, path)
        found[name] = np.stack([cosines, people], 1)
    return found | {"analogies": scores.analogies(kv, questions["analogies"]).hits}


def compared(joined, plain, language):
    """{set: [score without joining, known pairs or questions, difference as [value, low, high, n]]}, means over seeds.

    joined, plain: what `ordinary` gives for each seed.  Only what both know is scored; where that is too little, the
    set is left out.
    """
    targets = word2vec_trials.targets(scores.sets(language)[1]["analogies"])
    rows = {}
    for name in plain[0]:
        one, other = (np.stack([found[name] for found in seeds], 1) for seeds in (joined, plain))
        known = word2vec_trials.known(one + other)
        if known.sum() < ITEMS:
            continue
        one, other = one[known], other[known]
        if name == "analogies":
            one, other, score = one.mean(1), other.mean(1), np.mean
            groups = targets[known]
        else:
            score, groups = word2vec_trials.correlation, None
        gap = scores.paired_difference(one, other, groups, score=score)
        rows[name] = [float(score(other)), int(known.sum()), list(gap)]
    return rows


# ---------------------------------------------------------------------------------------------------------- experiment


def trained(sentences, epochs, language, found, join=list):
    """For each seed: (what it answers about the phrases, what its ordinary words know)."""
    models = (word2vec.train(sentences, epochs=epochs, seed=seed, workers=2, device="cpu") for seed in SEEDS)
    return list(zip(*((answers(found, kv, join), ordinary(kv, language)) for kv in models)))


def over_seeds(answered, question):
    """The mean over the seeds of what each phrase got, (phrases,)."""
    return np.mean([one[question] for one in answered], 0)


def measure(corpus, limit=None):
    """The experiment as a dict of plain values, for `measured.run`.

    "top": {δ: the phrases of the highest score in the whole text}.  "joined": {threshold: [phrases, share of the words
    of the text to learn from that stand in one]}.  "development": {threshold: {question: mean}} on one half, after the
    shorter training, and "plain" for the words unjoined.  "rows": for each of the epochs {question or set: [score
    without joining, places or items, difference as [value, low, high, n]]}, on the other half of the phrases.
    """
    text = corpora.load(corpus, unit="word", fallback=False)
    sentences = list(text) if limit is None else text.first(limit)
    train, held_out = split(sentences)
    models = {threshold: learned(train, threshold).freeze() for threshold in THRESHOLDS}
    found = asked_about([tuple(name.split("_")) for name in models[USUAL].phrasegrams], held_out)
    groups = rarer(found, counted(train)[0])
    half = word2vec_trials.halves(groups)
    texts = {threshold: [model[tokens] for tokens in train] for threshold, model in models.items()}
    size = sum(map(len, train))
    run = partial(trained, language=text.language, found=found)
    plain = run(train, EPOCHS[0])
    tried = {threshold: run(texts[threshold], EPOCHS[0], join=join_of(models[threshold])) for threshold in THRESHOLDS}
    development = {
        str(name): {q: float(over_seeds(result[0], q)[half == CHOSEN].mean()) for q in ("found", "told")}
        for name, result in {"plain": plain, **tried}.items()
    }
    best = max(THRESHOLDS, key=lambda threshold: sum(development[str(threshold)].values()))
    rows = []
    for epochs in EPOCHS:
        if epochs == EPOCHS[0]:
            one, other = tried[best], plain
        else:
            one, other = run(texts[best], epochs, join=join_of(models[best])), run(train, epochs)
        row = {}
        for question in ("found", "told"):
            first, second = (over_seeds(result[0], question)[half == REPORTED] for result in (one, other))
            gap = scores.paired_difference(first, second, groups[half == REPORTED])
            row[question] = [float(second.mean()), len(second), list(gap)]
        rows.append(row | compared(one[1], other[1], text.language))
    return word2vec_trials.size_of(sentences) | {
        "top": {str(delta): highest(sentences, delta) for delta in DELTAS},
        "joined": {
            str(t): [len(models[t].phrasegrams), 2 * (size - sum(map(len, texts[t]))) / size] for t in THRESHOLDS
        },
        "asked": len(found),
        "development": development,
        "chosen": best,
        "epochs": EPOCHS,
        "seeds": SEEDS,
        "rows": rows,
    }


def join_of(model):
    """A function from tokens to tokens that joins a model's phrases."""
    return lambda tokens: model[list(tokens)]
