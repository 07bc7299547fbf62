"""Skip-gram and CBOW with negative sampling as plain loops, compiled: the engine of word2vec and of FastText.

The model is two tables (Mikolov et al. 2013b, https://arxiv.org/abs/1310.4546): a word has an input vector x and an
output vector y.  For a center and a context that stand near each other the score x · y should be high, for a center
and a word drawn from the noise distribution low.  With σ the sigmoid, one step on one pair of vectors is

    error = 1 − σ(x · y) for a context, 0 − σ(x · y) for a noise word
    x += rate · error · y,  y += rate · error · x

* Blocks.  CENTERS consecutive words are taken out of the table, trained, and written back before the next are read.
  So all that is worked with lies in the processor's fastest cache, and nothing is older than a few words.
* Skip-gram goes through the output vectors that a block needs, one by one: first those of the words that its centers
  see, then those of NOISE noise words that all its centers share.  Each meets the centers that see it in fours.
* CBOW goes through its centers, one by one: h, the mean of the contexts, meets the center's output vector, then noise
  words that it shares with every GROUPS-th center of the block; what h has moved by is handed on to the contexts.
* A noise word stands for as many as would have been drawn without sharing: `negative` for each context of a center
  (CBOW: for each center).  They are dealt out over the noise distribution, see `noise_word`.
* Skip-gram replaces the random window of word2vec.c by its expectation, see `expected`.  CBOW, whose mean changes with
  the window, draws it.
* A word is the mean of the rows that stand for it: in word2vec its own row alone, in FastText also those of its
  n-grams.  Every row of a word moves as far as the word does.

How CENTERS, NOISE and GROUPS were chosen: README, "Measured".  Wherever a loop over `d` adds up products, the
processor's vector unit works on eight numbers at a time.  `meet` takes four rows in one go besides, so that y is
fetched once for four rows and not for each; between two fours it moves.

Threads share the tables without locks (Recht et al. 2011, https://arxiv.org/abs/1106.5730).
"""

import numpy as np

from helpers import compiled

CENTERS = 16  # words of a block
NOISE = 16  # noise words that a block of skip-gram shares
GROUPS = 4  # groups of centers of a block of CBOW, each with noise words of its own
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
def noise_word(k, n, share, alias, state):
    """Noise word number k of n (0 to n − 1), by the alias table (`negatives.alias_table`).

    The columns of the table are dealt out: word k is drawn from the k-th of n parts of them.  Over all n every word
    comes as often as the noise distribution says, but more evenly than in draws that know nothing of each other
    (stratified sampling; Cochran 1977, Sampling Techniques, chapter 5).
    """
    column = np.int64((np.float64(k) + np.float64(chance(state))) * len(share)) // n
    return column if chance(state) < share[column] else np.int64(alias[column])


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


# ------------------------------------------------------------------------------------- a vector and the rows it meets


@compiled.loop
def loss_of(score, label):
    """−log σ(score) for a context, label 1, −log σ(−score) for a noise word, label 0; no overflow, however large."""
    against = np.float64(-score if label else score)
    return np.log1p(np.exp(-abs(against))) + max(against, 0.0)


@compiled.loop
def step(score, label, weight, rate):
    """How far, and which way, a pair moves: rate · weight · (label − σ(score))."""
    return rate * weight * (label - ONE / (ONE + np.exp(-score)))


@compiled.loop
def add(x, factor, to):
    """to += factor · x, both (dim,)."""
    for d in range(len(x)):
        to[d] += factor * x[d]


@compiled.loop
def meet(table, rows, y, label, weights, rate, y_before, measure):
    """Steps of y (dim,) and rows of a table, whose products should be high (label 1) or low (0): their loss.

    rows int32 (n,); weights float32 (n,): how much each counts.  Four rows and y are scored as they are, then all five
    move; what is left over at the end goes one by one.  y_before (dim,): room to work in.
    """
    loss, t, n = 0.0, 0, len(rows)
    while t + 4 <= n:
        i, j, k, m = rows[t], rows[t + 1], rows[t + 2], rows[t + 3]
        a = b = c = e = ZERO
        for d in range(len(y)):
            a += table[i, d] * y[d]
            b += table[j, d] * y[d]
            c += table[k, d] * y[d]
            e += table[m, d] * y[d]
        if measure:
            loss += weights[t] * loss_of(a, label) + weights[t + 1] * loss_of(b, label)
            loss += weights[t + 2] * loss_of(c, label) + weights[t + 3] * loss_of(e, label)
        a, b = step(a, label, weights[t], rate), step(b, label, weights[t + 1], rate)
        c, e = step(c, label, weights[t + 2], rate), step(e, label, weights[t + 3], rate)
        for d in range(len(y)):
            y_before[d] = y[d]
            y[d] += a * table[i, d] + b * table[j, d] + c * table[k, d] + e * table[m, d]
        for d in range(len(y)):
            table[i, d] += a * y_before[d]
        for d in range(len(y)):
            table[j, d] += b * y_before[d]
        for d in range(len(y)):
            table[k, d] += c * y_before[d]
        for d in range(len(y)):
            table[m, d] += e * y_before[d]
        t += 4
    while t < n:
        i, a = rows[t], ZERO
        for d in range(len(y)):
            a += table[i, d] * y[d]
        if measure:
            loss += weights[t] * loss_of(a, label)
        a = step(a, label, weights[t], rate)
        for d in range(len(y)):
            y_before[d] = y[d]
            y[d] += a * table[i, d]
        for d in range(len(y)):
            table[i, d] += a * y_before[d]
        t += 1
    return loss


@compiled.loop
def seen(sentences, first, last, window):
    """How far the words first … last − 1 of a text see: `window` words at most, and never past their sentence."""
    left, right = first, last
    while left > 0 and first - left < window and sentences[left - 1] == sentences[first]:
        left -= 1
    while right < len(sentences) and right - last < window and sentences[right] == sentences[last - 1]:
        right += 1
    return left, right


# ----------------------------------------------------------------------------------------------------------- skip-gram


@compiled.loop
def expected(window, reach):
    """How often a random window 1 … `window` takes in each of the words around it: float32 (2 · reach + 1,).

    A word at distance d is number reach − d or reach + d: (window + 1 − d) / window.  The word itself, in the middle,
    is no context of its own: 0.
    """
    weights = np.zeros(2 * reach + 1, np.float32)
    for d in range(1, reach + 1):
        weights[reach - d] = weights[reach + d] = np.float32(window + 1 - d) / np.float32(window)
    return weights


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
    dim, reach = inputs.shape[1], min(window, len(words))
    around = expected(window, reach)
    x, x_before = np.zeros((CENTERS, dim), np.float32), np.zeros((CENTERS, dim), np.float32)
    contexts, y_before = np.zeros(CENTERS, np.float32), np.zeros(dim, np.float32)
    centers = np.arange(CENTERS).astype(np.int32)  # rows of x
    loss, pairs = 0.0, 0.0
    for place in range(0, len(words), CENTERS):
        end = min(place + CENTERS, len(words))
        now = np.float32(rate + (last_rate - rate) * place / len(words))
        gather(inputs, rows, starts, words[place:end], x)
        for t in range(end - place):
            contexts[t] = 0
            for d in range(dim):
                x_before[t, d] = x[t, d]
        left, right = seen(sentences, place, end, reach)
        for at in range(left, right):
            first, last = max(at - reach, place), min(at + reach + 1, end)
            while first < last and sentences[first] != sentences[at]:
                first += 1
            while first < last and sentences[last - 1] != sentences[at]:
                last -= 1
            weights = around[first - at + reach : last - at + reach]
            for t in range(len(weights)):
                contexts[first - place + t] += weights[t]
            these = centers[first - place : last - place]
            loss += meet(x, these, outputs[words[at]], ONE, weights, now, y_before, measure)
        these, weights, found = centers[: end - place], contexts[: end - place], 0.0
        for t in range(len(weights)):
            found += weights[t]
            weights[t] *= np.float32(negative) / np.float32(NOISE)
        if found:
            pairs += found
            for k in range(NOISE):
                y = outputs[noise_word(k, NOISE, share, alias, state)]
                loss += meet(x, these, y, ZERO, weights, now, y_before, measure)
        scatter(inputs, rows, starts, words[place:end], x, x_before)
    return loss, pairs


# ---------------------------------------------------------------------------------------------------------------- CBOW


@compiled.loop
def mean_of(x, starts, words, left, first, center, last, mean, h):
    """h (dim,) = the mean, or the sum, of all rows of the words first … last − 1 without the center: how many rows.

    x[i] is the mean of the rows of words[left + i].
    """
    rows = 0
    for d in range(len(h)):
        h[d] = 0
    for at in range(first, last):
        if at != center:
            own = starts[words[at] + 1] - starts[words[at]]
            rows += own
            add(x[at - left], np.float32(own), h)
    if mean and rows:
        for d in range(len(h)):
            h[d] /= np.float32(rows)
    return rows


@compiled.loop
def cbow(
    ids, keep, share, alias, rows, starts, inputs, outputs, window, negative, mean, exact, rate, last_rate, seed,
    measure,
):  # fmt: skip
    """Train CBOW on a piece of a stream of ids: (the sum of the losses of its centers, how many they are).

    h, the mean (or, without `mean`, the sum) of the rows of all contexts, should score high with the center's output
    vector.  With `exact` a row gets the true gradient of the mean, 1/C of what h moves by; without it all of it, as
    in word2vec.c, gensim and fastText (Irsoy, Benton and Stratos 2021, https://arxiv.org/abs/2012.15332).
    The other parameters are those of `skipgram`.
    """
    state = np.full(1, seed | np.uint64(1))
    words, sentences = subsampled(ids, keep, state)
    dim = inputs.shape[1]
    span = CENTERS + 2 * min(window, len(words))  # of all words that a block sees
    x, x_before = np.zeros((span, dim), np.float32), np.zeros((span, dim), np.float32)
    noise = np.zeros(GROUPS * negative, np.int32)
    h, h_before, h_now = np.zeros(dim, np.float32), np.zeros(dim, np.float32), np.zeros(dim, np.float32)
    once = np.ones(negative, np.float32)
    loss, centers = 0.0, 0
    for place in range(0, len(words), CENTERS):
        end = min(place + CENTERS, len(words))
        now = np.float32(rate + (last_rate - rate) * place / len(words))
        left, right = seen(sentences, place, end, window)
        gather(inputs, rows, starts, words[left:right], x)
        for i in range(right - left):
            for d in range(dim):
                x_before[i, d] = x[i, d]
        for k in range(len(noise)):  # those of a group stand side by side, and come from all over the distribution
            noise[k] = noise_word(k % negative * GROUPS + k // negative, len(noise), share, alias, state)
        for center in range(place, end):
            first, last = seen(sentences, center, center + 1, 1 + below(window, state))
            number = mean_of(x, starts, words, left, first, center, last, mean, h)
            if number:
                for d in range(dim):
                    h_before[d] = h[d]
                centers += 1
                loss += meet(outputs, words[center : center + 1], h, ONE, once, now, h_now, measure)
                group = (center - place) % GROUPS * negative
                loss += meet(outputs, noise[group : group + negative], h, ZERO, once, now, h_now, measure)
                for d in range(dim):
                    h[d] -= h_before[d]
                part = ONE / np.float32(number) if mean and exact else ONE
                for at in range(first, last):
                    if at != center:
                        add(h, part, x[at - left])
        scatter(inputs, rows, starts, words[left:right], x, x_before)
    return loss, centers
