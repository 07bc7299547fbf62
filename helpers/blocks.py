"""Skip-gram and CBOW with negative sampling as plain loops, compiled: the engine of word2vec and of FastText.

The model is two tables (Mikolov et al. 2013b, https://arxiv.org/abs/1310.4546): a word has an input vector x and an
output vector y.  For a center and a context that stand near each other the score x · y should be high, for a center
and a word drawn from the noise distribution low.  With σ the sigmoid, one step on one pair of vectors is

    error = 1 − σ(x · y) for a context, 0 − σ(x · y) for a noise word
    x += rate · error · y,  y += rate · error · x

* Blocks.  CENTERS consecutive words are taken out of the table, trained, and written back before the next are read.
  So all that is worked with lies in the processor's fastest cache, and nothing is older than a dozen words.
* Skip-gram goes through the output vectors that a block needs, one by one: first those of the words that its centers
  see, then those of NOISE noise words that all its centers share.  Each meets all centers that see it at once.
* A noise word stands for as many as a center would have drawn for itself: `negative` for each of its contexts, shared
  out among NOISE.
* The random window of word2vec.c is replaced by its expectation: at distance d a context counts (window + 1 − d) /
  window.  CBOW, whose mean changes with the window, draws it, and draws its own noise words for each center.
* A word is the mean of the rows that stand for it: in word2vec its own row alone, in FastText also those of its
  n-grams.  Every row of a word moves as far as the word does.

How CENTERS and NOISE were chosen: bench/word2vec.py, README.  The vector unit works on eight numbers at a time
wherever a loop over `d` adds up products: that is all the speed there is.

Threads share the tables without locks (Recht et al. 2011, https://arxiv.org/abs/1106.5730).
"""

import numpy as np

from helpers import compiled

CENTERS = 12  # words of a block
NOISE = 24  # noise words that a block of skip-gram shares
END = -1  # stands in a stream of ids where a sentence ends
ZERO, ONE = np.float32(0), np.float32(1)


# ------------------------------------------------------------------------------------------------------------- chance


@compiled.loop
def draw(state):
    """The next random number, 64 bits; state uint64 (1,), not 0.  Marsaglia 2003, doi.org/10.18637/jss.v008.i14."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x


@compiled.loop
def below(n, state):
    """A random whole number from 0 to n − 1."""
    return np.int64(draw(state) >> np.uint64(33)) % n


@compiled.loop
def chance(state):
    """A random number from 0 up to, not including, 1: float32."""
    return np.float32(draw(state) >> np.uint64(40)) * np.float32(2.0**-24)


@compiled.loop
def noise_word(share, alias, state):
    """A word from the noise distribution by its alias table (`negatives.alias_table`)."""
    word = below(len(share), state)
    return word if chance(state) < share[word] else np.int64(alias[word])


@compiled.loop
def subsampled(ids, keep, state):
    """What subsampling leaves of a stream of ids: (words int32 (n,), the number of each word's sentence int32 (n,))."""
    words, sentences = np.empty(len(ids), np.int32), np.empty(len(ids), np.int32)
    n, sentence = 0, 0
    for i in ids:
        if i == END:
            sentence += 1
        elif chance(state) < keep[i]:
            words[n], sentences[n] = i, sentence
            n += 1
    return words[:n], sentences[:n]


# ----------------------------------------------------------------------------------- words as the mean of their rows


@compiled.loop
def gather(table, rows, starts, words, x):
    """x[i] = the mean of the rows of words[i]; word w has rows[starts[w]] … rows[starts[w + 1] − 1] of the table."""
    for i in range(len(words)):
        first, last = starts[words[i]], starts[words[i] + 1]
        for d in range(x.shape[1]):
            x[i, d] = 0
        for p in range(first, last):
            row = rows[p]
            for d in range(x.shape[1]):
                x[i, d] += table[row, d]
        if last > first + 1:
            part = ONE / np.float32(last - first)
            for d in range(x.shape[1]):
                x[i, d] *= part


@compiled.loop
def scatter(table, rows, starts, words, x, before):
    """Move all rows of words[i] by x[i] − before[i], what training has done to their mean; x[i] becomes this move.

    The difference comes first and by itself: fastmath would turn row + (x − before) into (row + x) − before, and a
    row whose word has not moved would change in its last digit.
    """
    for i in range(len(words)):
        for d in range(x.shape[1]):
            x[i, d] -= before[i, d]
        for p in range(starts[words[i]], starts[words[i] + 1]):
            row = rows[p]
            for d in range(x.shape[1]):
                table[row, d] += x[i, d]


# ------------------------------------------------------------------------- one output vector and the vectors it meets


@compiled.loop
def products(x, y, first, last, scores):
    """scores[t] = x[t] · y for t from first to last − 1."""
    for t in range(first, last):
        total = np.float32(0)
        for d in range(x.shape[1]):
            total += x[t, d] * y[d]
        scores[t] = total


@compiled.loop
def losses(scores, first, last, sign, weights):
    """Σ weight · −log σ(sign · score), with sign 1 for contexts and −1 for noise words."""
    total = 0.0
    for t in range(first, last):
        score = -sign * np.float64(scores[t])
        total += weights[t] * (np.log1p(np.exp(-abs(score))) + max(score, 0.0))  # no overflow, however large
    return total


@compiled.loop
def errors(scores, first, last, label, weights):
    """Each score becomes weight · (label − σ(score)): how far, and which way, its pair should move."""
    for t in range(first, last):
        scores[t] = weights[t] * (label - ONE / (ONE + np.exp(-scores[t])))


@compiled.loop
def move(x, y, errors, first, last, rate, y_before, to):
    """to[t] += rate · errors[t] · y and y += rate · Σ errors[t] · x[t], both with y and x as they were.

    y_before (dim,): room to work in.  to: `x` itself, or a table of its own where x has to stay for a while.
    """
    for d in range(len(y)):
        y_before[d] = y[d]
    for t in range(first, last):
        step = rate * errors[t]
        for d in range(len(y)):
            y[d] += step * x[t, d]
    for t in range(first, last):
        step = rate * errors[t]
        for d in range(len(y)):
            to[t, d] += step * y_before[d]


@compiled.loop
def meet(x, y, first, last, label, weights, rate, scores, y_before, to, measure):
    """One step for x[first] … x[last − 1] and y, whose products should be high (label 1) or low (0): their loss."""
    products(x, y, first, last, scores)
    loss = losses(scores, first, last, 2 * label - 1, weights) if measure else 0.0
    errors(scores, first, last, label, weights)
    move(x, y, scores, first, last, rate, y_before, to)
    return loss


# ------------------------------------------------------------------------------------------------ the two objectives


@compiled.loop
def seen(sentences, first, last, window):
    """How far the words first … last − 1 of a text see: `window` words at most, and never past their sentence."""
    left, right = first, last
    while left > 0 and first - left < window and sentences[left - 1] == sentences[first]:
        left -= 1
    while right < len(sentences) and right - last < window and sentences[right] == sentences[last - 1]:
        right += 1
    return left, right


@compiled.loop
def skipgram(ids, keep, share, alias, rows, starts, inputs, outputs, window, negative, rate, last_rate, seed, measure):
    """Train skip-gram on a piece of a stream of ids: (the sum of the losses of its pairs, the sum of their weights).

    ids int32 (n,), END after each sentence; keep float32 (words,): each word's probability of staying; share float32
    and alias int32 (words,): the alias table of the noise distribution; rows int32, starts int64 (words + 1,): see
    `gather`; inputs (rows, dim) and outputs (words, dim) float32, which change; the rate falls from `rate` to
    `last_rate`; seed uint64; without `measure` no loss is added up, which is a little faster.
    """
    state = np.full(1, seed | np.uint64(1))
    words, sentences = subsampled(ids, keep, state)
    dim = inputs.shape[1]
    x, x_before = np.zeros((CENTERS, dim), np.float32), np.zeros((CENTERS, dim), np.float32)
    scores, weights = np.zeros(CENTERS, np.float32), np.zeros(CENTERS, np.float32)
    contexts, y_before = np.zeros(CENTERS, np.float32), np.zeros(dim, np.float32)
    loss, pairs = 0.0, 0.0
    for place in range(0, len(words), CENTERS):
        end = min(place + CENTERS, len(words))
        now = np.float32(rate + (last_rate - rate) * place / len(words))
        gather(inputs, rows, starts, words[place:end], x)
        x_before[:] = x
        contexts[:] = 0
        left, right = seen(sentences, place, end, window)
        for at in range(left, right):
            first, last = max(at - window, place), min(at + window + 1, end)
            while first < last and sentences[first] != sentences[at]:
                first += 1
            while first < last and sentences[last - 1] != sentences[at]:
                last -= 1
            for center in range(first, last):
                weight = expected(abs(center - at), window)
                weights[center - place] = weight
                contexts[center - place] += weight
            y = outputs[words[at]]
            loss += meet(x, y, first - place, last - place, ONE, weights, now, scores, y_before, x, measure)
        pairs += contexts.sum()
        if contexts.any():
            for t in range(end - place):
                weights[t] = contexts[t] * np.float32(negative) / np.float32(NOISE)
            for _ in range(NOISE):
                y = outputs[noise_word(share, alias, state)]
                loss += meet(x, y, 0, end - place, ZERO, weights, now, scores, y_before, x, measure)
        scatter(inputs, rows, starts, words[place:end], x, x_before)
    return loss, pairs


@compiled.loop
def expected(distance, window):
    """How often a random window 1 … `window` reaches so far, 0 to 1; a word is no context of its own."""
    return np.float32(window + 1 - distance) / np.float32(window) if distance else ZERO


@compiled.loop
def add_up(x, starts, words, left, first, center, last, h):
    """h[0] = the sum of all rows of the contexts, words[first] … words[last − 1] without the center: how many rows.

    x[i] is the mean of the rows of words[left + i].
    """
    rows = 0
    for d in range(x.shape[1]):
        h[0, d] = 0
    for at in range(first, last):
        if at != center:
            own = starts[words[at] + 1] - starts[words[at]]
            rows += own
            for d in range(x.shape[1]):
                h[0, d] += np.float32(own) * x[at - left, d]
    return rows


@compiled.loop
def cbow(
    ids, keep, share, alias, rows, starts, inputs, outputs, window, negative, mean, exact, rate, last_rate, seed,
    measure,
):  # fmt: skip
    """Train CBOW on a piece of a stream of ids: (the sum of the losses of its centers, how many they are).

    h, the mean (or, without `mean`, the sum) of the rows of all contexts, should score high with the center's output
    vector.  With `exact` a row gets the true gradient of the mean, 1/C of the error; without it the whole error, as
    in word2vec.c, gensim and fastText (Irsoy, Benton and Stratos 2021, https://arxiv.org/abs/2012.15332).
    The other parameters are those of `skipgram`.
    """
    state = np.full(1, seed | np.uint64(1))
    words, sentences = subsampled(ids, keep, state)
    dim = inputs.shape[1]
    span = CENTERS + 2 * min(window, len(words))  # of all words that a block sees
    x, x_before = np.zeros((span, dim), np.float32), np.zeros((span, dim), np.float32)
    h, to_h = np.zeros((1, dim), np.float32), np.zeros((1, dim), np.float32)
    y_before = np.zeros(dim, np.float32)
    scores, weights = np.zeros(1, np.float32), np.ones(1, np.float32)
    loss, centers = 0.0, 0
    for place in range(0, len(words), CENTERS):
        end = min(place + CENTERS, len(words))
        now = np.float32(rate + (last_rate - rate) * place / len(words))
        left, right = seen(sentences, place, end, window)
        gather(inputs, rows, starts, words[left:right], x)
        x_before[: right - left] = x[: right - left]
        for center in range(place, end):
            first, last = seen(sentences, center, center + 1, 1 + below(window, state))
            parts = add_up(x, starts, words, left, first, center, last, h)
            if parts == 0:
                continue
            if mean:
                for d in range(dim):
                    h[0, d] /= parts
            to_h[:] = 0
            centers += 1
            loss += meet(h, outputs[words[center]], 0, 1, ONE, weights, now, scores, y_before, to_h, measure)
            for _ in range(negative):
                word = noise_word(share, alias, state)
                if word != words[center]:
                    loss += meet(h, outputs[word], 0, 1, ZERO, weights, now, scores, y_before, to_h, measure)
            part = ONE / np.float32(parts) if mean and exact else ONE
            for at in range(first, last):
                if at != center:
                    for d in range(dim):
                        x[at - left, d] += part * to_h[0, d]
        scatter(inputs, rows, starts, words[left:right], x, x_before)
    return loss, centers
