"""Does negative sampling cost quality?  Skip-gram with the full softmax, on the same text as with k noise words.

The rivals read the same words, subsampled alike, with the same random window, dimensions, first vectors and number
of epochs; `noise_trials.train` draws k words for each pair.  Here every word of the vocabulary is scored, pair by pair
as there.  All contexts of a center ask for the same scores, though: taken together, with their losses added, they are
one exact step of gradient descent, for which the vocabulary is gone through once and not once for each pair.  That
way is measured as well, as "by center": its steps are fewer and longer.

Each method, PPMI with an SVD among them, chooses its rate (PPMI: the power of the singular values) on one half of the
items and reports on the other, see `noise_trials.crossed`.  `tools/measure.py` keeps the result; lesson 4 shows it.
"""

import time
from functools import cache, partial

import numpy as np

from helpers import blocks, compiled, counting, noise_trials, training, vectors
from helpers.noise_trials import DIMENSIONS, SEEDS, WINDOW
from helpers.vocabulary import Vocabulary
from helpers.word2vec_trials import answered, read, score, size_of

WORDS = 3000  # of the vocabulary, the most frequent ones
EPOCHS = (2, 6)
LONGER = 100  # epochs of the cheapest method, which cost it less time than 6 of the softmax
NOISE_WORDS = (5, 20)
RATES = (0.05, 0.1, 0.2)  # at 0.4 vectors are worse or run away, but for 20 noise words after 2 epochs in English
POWERS = (0, 0.5, 1)  # of the singular values


@compiled.part
def exponential(score):
    """e^score of a score of 0 or below, to five decimals of it, in plain arithmetic; below −32 as at −32, 1e-14.

    As `blocks.sigmoid` does it: the 32nd power of e^u, u = score / 32.
    """
    power = blocks.exponential(max(np.float32(-1), score * np.float32(0.03125)))
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    return power


@compiled.loop
def softmax(scores):
    """Put the softmax in the place of the scores, float32 (words,)."""
    most, total = scores[0], np.float32(0)
    for w in range(len(scores)):
        most = max(most, scores[w])
    for w in range(len(scores)):
        scores[w] = exponential(scores[w] - most)
    for w in range(len(scores)):
        total += scores[w]
    for w in range(len(scores)):
        scores[w] /= total


@compiled.loop
def step(x, outputs, contexts, rate, errors, to_x):
    """One step on the sum of the losses −log P(context | x) of some contexts of x: that sum, as it was.

    x float32 (dim,) and outputs (dim, words), on its side so that the vector unit takes many words at once, change in
    place.  contexts int32 (n,): a word that comes twice counts twice.  errors (words,), to_x (dim,): room to work in.
    """
    dim, size = outputs.shape
    errors[:] = 0
    for d in range(dim):
        for w in range(size):
            errors[w] += x[d] * outputs[d, w]
    softmax(errors)
    loss = 0.0
    for context in contexts:
        loss -= np.log(errors[context])
    for w in range(size):
        errors[w] *= np.float32(len(contexts))
    for context in contexts:
        errors[context] -= np.float32(1)
    for d in range(dim):
        slope, move = np.float32(0), rate * x[d]
        for w in range(size):
            slope += errors[w] * outputs[d, w]
            outputs[d, w] -= move * errors[w]
        to_x[d] = slope
    for d in range(dim):
        x[d] -= rate * to_x[d]
    return loss


@compiled.loop
def epoch(words, begins, inputs, outputs, together, first, last, state):
    """One epoch of skip-gram with the full softmax, pair by pair or center by center: the mean loss of a pair.

    words, begins (n,): the text and where each word's sentence begins.  inputs float32 (words, dim) and outputs
    (dim, words): the tables, changed in place.  together: all contexts of a center make one step.  The rate falls from
    `first` to `last`.  state uint64 (1,): of the random numbers.
    """
    errors, to_x = np.zeros(outputs.shape[1], np.float32), np.zeros(outputs.shape[0], np.float32)
    near, loss, pairs = np.zeros(2 * WINDOW, np.int32), 0.0, 0
    for i in range(len(words)):
        rate = np.float32(first + (last - first) * i / len(words))
        reach, n = 1 + blocks.below(WINDOW, state), 0
        for j in range(max(0, i - reach), min(len(words), i + reach + 1)):
            if j != i and begins[j] == begins[i]:
                near[n] = words[j]
                n += 1
        size = max(n, 1) if together else 1  # of a step, in pairs
        for begin in range(0, n, size):
            loss += step(inputs[words[i]], outputs, near[begin : begin + size], rate, errors, to_x)
        pairs += n
    return loss / pairs


def train(sentences, vocabulary, rate=0.05, epochs=5, seed=1, together=False):
    """(KeyedVectors of skip-gram with the full softmax, the mean loss of a pair in each epoch).

    together: see `epoch`.  At a rate at which the numbers run away the vectors stay where they started: nobody will
    choose it.
    """
    text, keep = noise_trials.stream(sentences, vocabulary)
    inputs = training.initial_vectors(len(vocabulary), DIMENSIONS, seed).numpy()
    outputs, state = np.zeros(inputs.shape[::-1], np.float32), np.array([seed], np.uint64)
    losses = []
    for number in range(epochs):
        words, begins, _ = blocks.subsampled(text, keep, state)
        first, last = (rate * (1 - done / epochs) for done in (number, number + 1))
        losses.append(epoch(words, begins, inputs, outputs, together, first, last, state))
        if not (np.isfinite(inputs).all() and np.isfinite(outputs).all()):
            inputs = training.initial_vectors(len(vocabulary), DIMENSIONS, seed).numpy()
            break
    return vectors.keyed_vectors(vocabulary.words, inputs), losses


# ---------------------------------------------------------------------------------------------------------- the rivals


def by_softmax(sentences, vocabulary, rate, epochs, seed, *, together):
    """KeyedVectors of `train`."""
    return train(sentences, vocabulary, rate, epochs, seed, together)[0]


def by_noise(sentences, vocabulary, rate, epochs, seed, *, k):
    """KeyedVectors of `noise_trials.train`."""
    return noise_trials.train(sentences, vocabulary, k, rate, epochs, seed)


METHODS = {"softmax": partial(by_softmax, together=False), "by center": partial(by_softmax, together=True)}
METHODS |= {f"k = {k}": partial(by_noise, k=k) for k in NOISE_WORDS}


def counted(sentences, vocabulary, language):
    """What `noise_trials.crossed` asks for, of PPMI with an SVD: a function of (power, seed), whatever the seed."""
    matrix = counting.cooccurrence(sentences, vocabulary, WINDOW)
    table = counting.lsa(counting.ppmi(matrix), DIMENSIONS)
    sizes = np.linalg.norm(table, axis=0)  # the singular values

    @cache
    def answers_at(power):
        return answered(vectors.keyed_vectors(vocabulary.words, table * sizes ** (power - 1)), language)

    return lambda power, seed: answers_at(power)


def seconds(method, sentences, vocabulary):
    """CPU seconds of an epoch: by how much two of them cost more than one, so that reading the text does not count."""
    METHODS[method](sentences[:100], vocabulary, RATES[0], 1, SEEDS[0])  # the first time, the loop is compiled
    taken = []
    for epochs in (1, 2):
        begin = time.process_time()
        METHODS[method](sentences, vocabulary, RATES[0], epochs, SEEDS[0])
        taken.append(time.process_time() - begin)
    return taken[1] - taken[0]


def measure(corpus, limit=None):
    """The rivals on a corpus by name, for `tools/measure.py`: `noise_trials.summary` after each of `EPOCHS`.

    "seconds": {method: CPU seconds of an epoch}; "after": {epochs: rates, scores, and each method minus softmax};
    "by rate": {method: {rate: scores on all items}} of one seed after the most of `EPOCHS`, since one rate may be good
    for similarity and another for analogies, and the sum of both chooses;
    "longer": the same of few noise words after `LONGER` epochs and the softmax after the most of `EPOCHS`.
    """
    sentences, language = read(corpus, limit)
    vocabulary = Vocabulary.build(sentences, max_size=WORDS)
    values = size_of(sentences) | {"words": len(vocabulary), "seeds": len(SEEDS), "epochs": EPOCHS}
    values["seconds"] = {method: seconds(method, sentences, vocabulary) for method in METHODS}
    simple = noise_trials.crossed(counted(sentences, vocabulary, language), POWERS)
    values["after"] = {}

    def trial(method, epochs):
        return noise_trials.trials(partial(METHODS[method], sentences, vocabulary), epochs, language)

    for epochs in EPOCHS:
        tried = {method: trial(method, epochs) for method in METHODS}
        found = {method: noise_trials.crossed(one, RATES) for method, one in tried.items()}
        values["after"][epochs] = noise_trials.summary(found | {"PPMI": simple}, "softmax")
    values["by rate"] = {way: {rate: score(one(rate, SEEDS[0])) for rate in RATES} for way, one in tried.items()}
    few = f"k = {NOISE_WORDS[0]}"
    longer = {"softmax": found["softmax"], few: noise_trials.crossed(trial(few, LONGER), RATES)}
    values["longer"] = {"epochs": LONGER} | noise_trials.summary(longer, "softmax")
    return values
