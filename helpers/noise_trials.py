"""How many noise words?  Skip-gram with k of them drawn for each pair, on a small and on a large part of a text.

The course's trainer lets the centers of a block share their noise words (`helpers/blocks.py`), so that k is mostly
their weight there and costs little.  Here each pair draws k words of its own, in the plain loop of lesson 5, pair by
pair, as word2vec.c does.  `tools/measure.py` keeps the result; lesson 4 shows it.
"""

from functools import cache, partial

import numpy as np

from helpers import blocks, compiled, intervals, negatives, scores, training, vectors
from helpers.comparison import side_by_side
from helpers.vocabulary import Vocabulary
from helpers.word2vec_trials import HALVES, answered, halves, read, score, size_of

NOISE_WORDS = (1, 2, 5, 10, 20)  # k
USUAL = 5  # the others are compared with it
PARTS = {"small": (4, 10), "large": (1, 3)}  # one sentence in so many, and epochs
RATES = (0.05, 0.1, 0.2)
SEEDS = (1, 2, 3)
DIMENSIONS, WINDOW = 50, 5
RESAMPLES = 1000  # of the bootstrap
FEWEST = 10  # units in each half: a task with fewer is not scored


@compiled.loop
def epoch(words, begins, share, alias, inputs, outputs, k, first, last, state):
    """One epoch of skip-gram, pair by pair; the rate falls from `first` to `last`.

    words, begins (n,): the text and where each word's sentence begins.  share, alias: `negatives.alias_table`.
    inputs, outputs float32 (words, dim): the tables, changed in place.  state uint64 (1,): of the random numbers.
    A noise word that is the context itself is skipped, as in word2vec.c.
    """
    to_x = np.zeros(inputs.shape[1], np.float32)
    for i in range(len(words)):
        rate = np.float32(first + (last - first) * i / len(words))
        reach = 1 + blocks.below(WINDOW, state)
        x = inputs[words[i]]
        for j in range(max(0, i - reach), min(len(words), i + reach + 1)):
            if j == i or begins[j] != begins[i]:
                continue
            to_x[:] = 0
            for n in range(1 + k):
                word = words[j] if n == 0 else np.int32(blocks.noise_word(0, 1, share, alias, state))
                if n > 0 and word == words[j]:
                    continue
                y = outputs[word]
                dot = np.float32(0)
                for d in range(len(x)):
                    dot += x[d] * y[d]
                step = rate * (np.float32(n == 0) - blocks.sigmoid(dot))
                for d in range(len(x)):
                    to_x[d] += step * y[d]
                    y[d] += step * x[d]
            for d in range(len(x)):
                x[d] += to_x[d]


def stream(sentences, vocabulary):
    """What `blocks.subsampled` reads: (ids with END after each sentence, each word's probability of staying)."""
    ids, offsets = vocabulary.encode_corpus(sentences)
    return np.insert(ids, offsets[1:], blocks.END), vocabulary.keep_probability(1e-3).astype(np.float32)


def train(sentences, vocabulary, k, rate=0.025, epochs=5, seed=1):
    """KeyedVectors of skip-gram with k noise words drawn for each pair."""
    text, keep = stream(sentences, vocabulary)
    share, alias = (table.astype(kind) for table, kind in zip(
        negatives.alias_table(vocabulary.noise(0.75)), (np.float32, np.int32)))  # fmt: skip
    inputs = training.initial_vectors(len(vocabulary), DIMENSIONS, seed).numpy()
    outputs, state = np.zeros_like(inputs), np.array([seed], np.uint64)
    for number in range(epochs):
        words, begins, _ = blocks.subsampled(text, keep, state)
        first, last = (rate * (1 - done / epochs) for done in (number, number + 1))
        epoch(words, begins, share, alias, inputs, outputs, k, first, last, state)
    return vectors.keyed_vectors(vocabulary.words, inputs)


# ------------------------------------------------------------------------------------ each half by what the other chose


def crossed(trial, rates):
    """Each half of the items, answered at the rate that did best on the other half with the first seed.

    rates: those to choose from.  trial(rate, seed): what `answered` gives.  Returns (the rates of the two halves,
    {"similarity": pairs (n, seeds + 2): cosines, people's score, half; "analogies": hits (questions, seeds)}, the label
    of each question).
    """
    chosen, answers = [], {}
    tried = dict(zip(rates, side_by_side(lambda rate: trial(rate, SEEDS[0]), rates)))
    for half in HALVES.values():
        chosen.append(max(rates, key=lambda rate: sum(score(tried[rate], 1 - half).values())))
        found = side_by_side(partial(trial, chosen[-1]), SEEDS)
        pairs, hits = (np.stack([one[part] for one in found], -1) for part in (0, 1))
        targets, number = found[0][2], halves(np.arange(len(pairs)))
        pairs = np.column_stack([pairs[:, 0], pairs[:, 1, 0], number])
        for task, table, side in (("similarity", pairs, number), ("analogies", hits, halves(targets))):
            answers[task] = np.where(side[:, None] == half, table, answers.get(task, table))
    return chosen, answers, targets


def mean_correlation(pairs):
    """Spearman's correlation, the mean over seeds and halves; pairs (n, seeds + 2) as in `crossed`."""
    found = []
    for half in HALVES.values():
        *cosines, people, _ = pairs[pairs[:, -1] == half].T
        found += [scores.rank_correlation(one, people) for one in cosines]
    return float(np.mean(found))


def scored(answers, targets):
    """The tasks with enough units that the vectors know in each half, {task: rows of the known items}."""
    units, rows = {"similarity": np.arange(len(answers["similarity"])), "analogies": targets}, {}
    for task, labels in units.items():
        known = ~np.isnan(answers[task][:, 0])
        sides = halves(labels)
        if all(len(np.unique(labels[known & (sides == half)])) >= FEWEST for half in HALVES.values()):
            rows[task] = np.flatnonzero(known)
    return rows


def summary(found, usual=USUAL):
    """Plain values of {k: what `crossed` gives}: rates, scores, and differences from k = `usual`, each by k.

    The keys may be methods by name as well.  Scores are means over seeds.  Differences have the interval of the
    paired bootstrap over pairs of words, and over pairs asked for: [value, low, high, n].  ValueError where too little
    is known for either task.
    """
    _, rival, targets = found[usual]
    rows, told, minus = scored(rival, targets), {"rate": {}, "scores": {}}, f"minus {usual}"
    told[minus] = {}
    if not rows:
        raise ValueError(f"fewer than {FEWEST} known pairs and questions in each half: read more texts")
    means = {"similarity": mean_correlation, "analogies": np.mean}
    for k, (rates, answers, _) in found.items():
        told["rate"][k] = rates
        told["scores"][k] = {task: float(means[task](answers[task][known])) for task, known in rows.items()}
        if k != usual:
            told[minus][k] = {}
            for task, known in rows.items():
                told[minus][k][task] = list(intervals.paired_difference(
                    answers[task][known], rival[task][known], targets[known] if task == "analogies" else None,
                    means[task], resamples=RESAMPLES,
                ))  # fmt: skip
    return told


def trials(train_it, epochs, language):
    """What `crossed` asks for: a function from (rate, seed) to what the vectors train_it(rate, epochs, seed) answer."""

    @cache
    def trial(rate, seed):
        return answered(train_it(rate, epochs, seed), language)

    return trial


def measure(corpus, limit=None):
    """`summary` of the small and of the large part of a corpus by name, for `tools/measure.py`."""
    sentences, language = read(corpus, limit)
    values = size_of(sentences) | {"k": NOISE_WORDS, "seeds": len(SEEDS)}
    for name, (every, epochs) in PARTS.items():
        part = sentences[::every]
        vocabulary = Vocabulary.build(part)
        trained = {k: partial(train, part, vocabulary, k) for k in NOISE_WORDS}
        found = {k: crossed(trials(trained[k], epochs, language), RATES) for k in NOISE_WORDS}
        values[name] = size_of(part) | {"words": len(vocabulary), "epochs": epochs} | summary(found)
    return values
