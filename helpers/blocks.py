"""Skip-gram and CBOW with negative sampling as plain loops, compiled: the engine of word2vec and of FastText.

The model is two tables (Mikolov et al. 2013b, https://arxiv.org/abs/1310.4546): a word has an input vector x and an
output vector y.  For a center and a context that stand near each other the score x · y should be high, for a center
and a word drawn from the noise distribution low.  With σ the sigmoid, one step on one pair of vectors is

    error = 1 − σ(x · y) for a context, 0 − σ(x · y) for a noise word
    x += rate · error · y,  y += rate · error · x, each with the other as it was before

* Blocks.  The input vectors of a few consecutive words are taken out of their table and trained, and what they have
  moved by is added to the table before the next are read.  So all that is worked with again and again lies in the
  processor's fastest caches, and nothing is older than a few words.  Output vectors, which a block meets once or a few
  times in a row, are trained where they lie.  No word is trained more than twice in a block, see `block_end`.
* Skip-gram: CENTERS words meet the words that they see, then noise words that all of them share.
* CBOW: h, the mean of the contexts, meets the center's output vector, then noise words that it shares with three other
  centers of its block; what h has moved by is handed on to the contexts.  Eight centers are at work at a time.
* A noise word stands for as many as would have been drawn without sharing: `negative` for each context of a center
  (CBOW: for each center).  There are as many as it takes for none to stand for more than about two, see `shared_noise`.
  They are dealt out over the noise distribution, see `noise_word`.
* Skip-gram replaces the random window of word2vec.c by its expectation, see `expected`.  CBOW, whose mean changes with
  the window, draws it.
* Rows lie all over tables that are larger than the caches.  So what the next block will read is asked for a block
  ahead, and a noise word when it is drawn (`fetch`): they are near by the time that they are needed.
* A word is the mean of the rows that stand for it: in word2vec its own row alone, in FastText also those of its
  n-grams.  Every row of a word moves as far as the word does.

How CENTERS, NOISE and GROUPS were chosen: bench/README.md.  Four vectors and two others meet at once, a tile of eight
pairs: in each dimension six numbers are fetched and not sixteen, and while one sum waits for its next product seven
others go on (`score`, `move`).  From eight sums to eight steps the processor has little to do but wait: for the last
product, for σ, for a number that has just been put down.  So a few tiles go side by side, see `skipgram_loop`: all are
scored, σ is taken of all scores, then all move.  The vector unit of the processor does eight or sixteen
numbers of a row in one go.

Threads share the tables without locks (Recht et al. 2011, https://arxiv.org/abs/1106.5730).
"""

import numpy as np

from helpers import compiled
from helpers.compiled import LINE, prefetch

CENTERS = 16  # words of a block of skip-gram
NOISE, MOST_NOISE = 16, 4096  # noise words that they share, at least and at most
REPEATS = 2  # times that a word may be trained in a block
CBOW_CENTERS = 32  # words of a block of CBOW
GROUPS = CBOW_CENTERS // 4  # every so many-th center has the same noise words
FOURS = CENTERS // 4
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
    other = np.int64(alias[column])  # fetched in any case: then there is nothing to guess, see `subsampled`
    return column if chance(state) < share[column] else other


@compiled.loop
def subsampled(ids, keep, state):
    """What subsampling leaves of a stream of ids, and where each word's sentence begins and ends in it.

    Returns (words, begins, ends), int32 (n,): the sentence of word number i is words[begins[i] : ends[i]].

    Every word is written down, and the next one over it unless it stays.  A processor works on before it knows how an
    `if` ends; what is left to chance it guesses wrong every other time, and has to begin again there.
    """
    words, begins, ends = np.empty(len(ids), np.int32), np.empty(len(ids), np.int32), np.empty(len(ids), np.int32)
    n, first = 0, 0
    for i in ids:
        if i == END:
            first = n
        else:
            words[n], begins[n] = i, first
            n += chance(state) < keep[i]
    end = n
    for at in range(n - 1, -1, -1):
        ends[at] = end
        if begins[at] == at:
            end = at
    return words[:n], begins[:n], ends[:n]


# ----------------------------------------------------------------------------------- words as the mean of their rows


@compiled.part
def fetch(table, row):
    """Have the processor bring a row of a table near, while it works on: it will be read soon."""
    for d in range(0, table.shape[1], LINE):
        prefetch(table, row, d)


@compiled.in_order
def gather(table, rows, starts, words, x, before):
    """x[i] = before[i] = the mean of the rows of words[i]; word w has rows[starts[w]] … rows[starts[w + 1] − 1].

    x and before may be wider than the table: what is beyond stays as it is.  The rows after the first are taken two by
    two, so that the sum is fetched and put back half as often.
    """
    for i in range(len(words)):
        first, last = starts[words[i]], starts[words[i] + 1]
        row, part = rows[first], ONE / np.float32(last - first)
        for d in range(table.shape[1]):
            x[i, d] = before[i, d] = part * table[row, d]
        for p in range(first + 1, last - 1, 2):
            row, other = rows[p], rows[p + 1]
            for d in range(table.shape[1]):
                x[i, d] = x[i, d] + part * table[row, d] + part * table[other, d]
        if (last - first) % 2 == 0:
            row = rows[last - 1]
            for d in range(table.shape[1]):
                x[i, d] += part * table[row, d]
        if last > first + 1:
            for d in range(table.shape[1]):
                before[i, d] = x[i, d]


@compiled.exact
def scatter(table, rows, starts, words, x, before):
    """Move all rows of words[i] by x[i] − before[i], what training has done to their mean, two rows at a time.

    `before` may be written over.  Not as fastmath would have it, (row + x) − before: a row whose word has not moved
    would change in its last digit.
    """
    for i in range(len(words)):
        first, last = starts[words[i]], starts[words[i] + 1]
        if last == first + 1:
            row = rows[first]
            for d in range(table.shape[1]):
                table[row, d] += x[i, d] - before[i, d]
            continue
        for d in range(table.shape[1]):
            before[i, d] = x[i, d] - before[i, d]
        for p in range(first, last - 1, 2):
            row, other = rows[p], rows[p + 1]  # may be the same: then it moves twice
            for d in range(table.shape[1]):
                table[row, d] += before[i, d]
                table[other, d] += before[i, d]
        if (last - first) % 2:
            row = rows[last - 1]
            for d in range(table.shape[1]):
                table[row, d] += before[i, d]


# ------------------------------------------------------------------------------------------------- vectors meet rows


@compiled.loop
def loss_of(score, label):
    """−log σ(score) for a context, label 1, −log σ(−score) for a noise word, label 0; no overflow, however large."""
    against = np.float64(-score if label else score)
    return np.log1p(np.exp(-abs(against))) + max(against, 0.0)


@compiled.part
def exponential(u):
    """e^u for u from −1 to 1: for so small a number a fraction is as good as the series.

    Padé 1892, http://www.numdam.org/item/ASENS_1892_3_9__S3_0.
    """
    even, odd = np.float32(120) + np.float32(12) * u * u, (np.float32(60) + u * u) * u
    return (even + odd) / (even - odd)


@compiled.part
def sigmoid(score):
    """σ(score) = 1 / (1 + e^−score), to six decimals, in plain arithmetic: the vector unit does eight at once.

    e^−score is the sixteenth power of e^u, u = −score / 16.  Beyond ±16 σ stays as it is there, 1e-7 from 1 or 0.
    """
    u = max(np.float32(-1), min(ONE, score * np.float32(-0.0625)))
    power = exponential(u)
    power *= power
    power *= power
    power *= power
    power *= power
    return ONE / (ONE + power)


@compiled.part
def sigmoids(scores):
    """Put σ in the place of every score, (n,): a loop of its own, so that the vector unit takes eight at once."""
    for i in range(len(scores)):
        scores[i] = sigmoid(scores[i])


@compiled.part
def score(x, t, y, i, j, scores, n):
    """Put eight products into scores[n] … scores[n + 7]: x[t] … x[t + 3] by y[i], then by y[j]."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = ZERO
    for d in range(y.shape[1]):
        s0 += x[t, d] * y[i, d]
        s1 += x[t + 1, d] * y[i, d]
        s2 += x[t + 2, d] * y[i, d]
        s3 += x[t + 3, d] * y[i, d]
        s4 += x[t, d] * y[j, d]
        s5 += x[t + 1, d] * y[j, d]
        s6 += x[t + 2, d] * y[j, d]
        s7 += x[t + 3, d] * y[j, d]
    scores[n], scores[n + 1], scores[n + 2], scores[n + 3] = s0, s1, s2, s3
    scores[n + 4], scores[n + 5], scores[n + 6], scores[n + 7] = s4, s5, s6, s7


@compiled.loop
def losses(scores, n, k, t, labels, weights):
    """The losses of the eight pairs of x[t] … x[t + 3] with met[k] and met[k + 1], from their scores, in one sum."""
    loss = 0.0
    for m in range(8):
        loss += weights[k + m // 4, t + m % 4] * loss_of(scores[n + m], labels[k + m // 4])
    return loss


@compiled.part
def steps(scores, n, k, t, labels, weights, rate):
    """How far, and which way, each of these pairs moves, in the place of its σ: the rate, its weight, its error.

    labels (k,) float32: 1 where met[k] should score high, 0 where low; weights[k, t] float32: how much a pair counts.
    """
    for m in range(4):
        scores[n + m] = rate * weights[k, t + m] * (labels[k] - scores[n + m])
        scores[n + 4 + m] = rate * weights[k + 1, t + m] * (labels[k + 1] - scores[n + 4 + m])


@compiled.apart
def move(x0, x1, x2, x3, y, i, j, steps, n):
    """Move four vectors and the rows i and j of y, which may be the same row, by the steps of their eight pairs.

    steps[n] … steps[n + 3] are those with y[i], the next four those with y[j].
    """
    s0, s1, s2, s3 = steps[n], steps[n + 1], steps[n + 2], steps[n + 3]
    s4, s5, s6, s7 = steps[n + 4], steps[n + 5], steps[n + 6], steps[n + 7]
    for d in range(y.shape[1]):
        a0, a1, a2, a3, b0, b1 = x0[d], x1[d], x2[d], x3[d], y[i, d], y[j, d]
        x0[d] = a0 + s0 * b0 + s4 * b1
        x1[d] = a1 + s1 * b0 + s5 * b1
        x2[d] = a2 + s2 * b0 + s6 * b1
        x3[d] = a3 + s3 * b0 + s7 * b1
        y[i, d] += s0 * a0 + s1 * a1 + s2 * a2 + s3 * a3
        y[j, d] += s4 * a0 + s5 * a1 + s6 * a2 + s7 * a3


@compiled.apart
def product(x, y):
    """x · y; x may be longer than y."""
    total = ZERO
    for d in range(len(y)):
        total += x[d] * y[d]
    return total


@compiled.apart
def move_pair(x, y, step):
    """Move x and y towards each other, as far as `step` says."""
    for d in range(len(y)):
        a, b = x[d], y[d]
        x[d] = a + step * b
        y[d] = b + step * a


@compiled.apart
def put(x, y, factor):
    """x = factor · y"""
    for d in range(len(x)):
        x[d] = factor * y[d]


@compiled.apart
def add(x, y, factor):
    """x += factor · y"""
    for d in range(len(x)):
        x[d] += factor * y[d]


def room(n, dim):
    """Two tables (n, dim rounded up to a multiple of LINE) float32 of zeros: a block's vectors as they are and were."""
    return compiled.aligned(2, n, (dim + LINE - 1) // LINE * LINE)


def start(seed):
    """The state (1,) that `draw` begins with, seed uint64.

    128 bytes on either side of it stay empty, as long as a line of the cache may be: if the state of another thread
    lay in the same line, each draw would take the line away from that thread.
    """
    state = np.zeros(33, np.uint64)[16:17]
    state[0] = seed | np.uint64(1)
    return state


@compiled.loop
def block_end(words, place, most, times):
    """Where a block ends that begins at `place`: after `most` words, or before one would come more than REPEATS times.

    Each occurrence in a block has a vector of its own to work with, and all their moves are added in the end: a word
    that comes again and again would move too far.  times int32 (words,): zeros, before and after.
    """
    end = place
    while end < min(place + most, len(words)) and times[words[end]] < REPEATS:
        times[words[end]] += 1
        end += 1
    for at in range(place, end):
        times[words[at]] = 0
    return end


# ----------------------------------------------------------------------------------------------------------- skip-gram


def expected(window, reach):
    """How often a random window 1 … `window` takes in each of the words around it: float32 (2 · reach + 1,).

    A word at distance d is number reach − d or reach + d: (window + 1 − d) / window.  The word itself, in the middle,
    is no context of its own: 0.
    """
    weights = (window + 1 - np.abs(np.arange(-reach, reach + 1))) / window
    weights[reach] = 0
    return weights.astype(np.float32)


def shared_noise(window, negative):
    """How many noise words a block of skip-gram shares, an even number.

    A center has window + 1 contexts on average, so it is due negative · (window + 1) noise words.  One that stood for
    many of them would push with many times the force: half as many words, NOISE at least, stand for two each.  Beyond
    MOST_NOISE they stand for more again, so that no wish for noise words takes all memory.
    """
    wanted = min(negative * (window + 1) // 2, MOST_NOISE)
    return max(NOISE, (wanted + 1) // 2 * 2)


def skipgram(ids, keep, share, alias, rows, starts, inputs, outputs, window, negative, rate, last_rate, seed, measure):
    """Train skip-gram on a piece of a stream of ids: (the sum of the losses of its pairs, the sum of their weights).

    ids int32 (n,), END after each sentence; keep float32 (words,): each word's probability of staying; share float32
    and alias int32 (words,): the alias table of the noise distribution; rows int32, starts int64 (words + 1,): see
    `gather`; inputs (rows, dim) and outputs (words, dim) float32, which change; the rate falls from `rate` to
    `last_rate`; seed uint64; without `measure` no loss is added up, which is a little faster.

    Compiling takes time, so only what goes through the text is compiled, `subsampled` and `skipgram_loop`; Python
    prepares the rest.
    """
    state = start(seed)
    words, begins, ends = subsampled(ids, keep, state)
    reach = min(window, len(words))
    around, noise = expected(window, reach), shared_noise(reach, negative)
    return skipgram_loop(
        words, begins, ends, share, alias, rows, starts, inputs, outputs, around, noise, negative, rate,
        last_rate, state, measure, *room(CENTERS, inputs.shape[1]),
    )  # fmt: skip


@compiled.loop
def skipgram_loop(
    words, begins, ends, share, alias, rows, starts, inputs, outputs, around, noise, negative, rate, last_rate, state,
    measure, x, x_before,
):  # fmt: skip
    """`skipgram`, of which see the parameters, with what that has prepared.

    words, begins, ends: see `subsampled`; around: see `expected`; noise: how many noise words a block shares;
    state: see `draw`; x, x_before: see `room`.

    A tile is four centers that meet two words.  Lay the tiles of a block out in a table, with a row for every two words
    and a column for every four centers: a tile needs what the tile above it and the one to its left have moved.  Those
    on a diagonal, each a row up and a column to the right of the last, need nothing of each other: they go side by
    side.  Where a word stands in two rows, two of its tiles may be scored before the first moves; no move is lost.
    """
    reach = len(around) // 2
    most = CENTERS + 2 * reach + noise + 1  # words that a block meets, and one of no weight to make them even
    met, labels = np.zeros(most, np.int32), np.zeros(most, np.float32)  # these words; 1 for contexts, 0 for noise
    weights = np.zeros((most, len(x)), np.float32)
    scores, ks, ts = np.zeros(2 * CENTERS, np.float32), np.zeros(FOURS, np.int64), np.zeros(FOURS, np.int64)
    loss, pairs = 0.0, 0.0
    times, end = np.zeros(len(outputs), np.int32), np.int64(0)
    while end < len(words):
        place, end = end, block_end(words, end, CENTERS, times)
        now = np.float32(rate + (last_rate - rate) * place / len(words))
        left, right = max(place - reach, begins[place]), min(end + reach, ends[end - 1])  # what it sees
        n, contexts = end - place, right - left
        number = contexts + noise
        weights[: number + 1] = ZERO
        due = ZERO  # the sum of the weights of all pairs with contexts
        for t in range(n):
            total, center = ZERO, place + t
            for at in range(max(center - reach, begins[center]), min(center + reach + 1, ends[center])):
                weights[at - left, t] = around[at - center + reach]
                total += weights[at - left, t]
            weights[contexts, t] = total * np.float32(negative) / np.float32(noise)
            due += total
        for k in range(contexts + 1, number):  # of all noise words alike
            for t in range(n):
                weights[k, t] = weights[contexts, t]
        if due == 0:
            continue
        pairs += due
        for k in range(contexts):
            met[k], labels[k] = words[left + k], ONE
        for k in range(noise):
            met[contexts + k], labels[contexts + k] = noise_word(k, noise, share, alias, state), ZERO
            fetch(outputs, met[contexts + k])
        for word in words[end : end + CENTERS]:  # of the next block
            for p in range(starts[word], starts[word + 1]):
                fetch(inputs, rows[p])
        for word in words[right : right + CENTERS]:  # which that block sees and this one does not
            fetch(outputs, word)
        gather(inputs, rows, starts, words[place:end], x, x_before)
        twos, fours = (number + 1) // 2, (n + 3) // 4
        for diagonal in range(twos + fours - 1):  # of the table of tiles
            tiles = 0
            for four in range(max(0, diagonal - twos + 1), min(diagonal + 1, fours)):
                k, t = 2 * (diagonal - four), 4 * four
                first, last = left + k - place, left + k + 1 - place  # of the two words, as seen from the first center
                if k + 1 < contexts and (last < t - reach or first > t + 3 + reach):
                    continue  # none of the four sees either of the two
                score(x, t, outputs, met[k], met[k + 1], scores, 8 * tiles)
                ks[tiles], ts[tiles] = k, t
                tiles += 1
            if measure:
                for m in range(tiles):
                    loss += losses(scores, 8 * m, ks[m], ts[m], labels, weights)
            sigmoids(scores)
            for m in range(tiles):
                k, t = ks[m], ts[m]
                steps(scores, 8 * m, k, t, labels, weights, now)
                move(x[t], x[t + 1], x[t + 2], x[t + 3], outputs, met[k], met[k + 1], scores, 8 * m)
        scatter(inputs, rows, starts, words[place:end], x, x_before)
    return loss, pairs


# ---------------------------------------------------------------------------------------------------------------- CBOW


def cbow(
    ids, keep, share, alias, rows, starts, inputs, outputs, window, negative, mean, exact, rate, last_rate, seed,
    measure,
):  # fmt: skip
    """Train CBOW on a piece of a stream of ids: (the sum of the losses of its centers, how many had contexts).

    h, the mean (or, without `mean`, the sum) of the rows of all contexts, should score high with the center's output
    vector.  With `exact` a row gets the true gradient of the mean, 1/C of what h moves by; without it all of it, as
    in word2vec.c, gensim and fastText (Irsoy, Benton and Stratos 2021, https://arxiv.org/abs/2012.15332).
    The other parameters are those of `skipgram`; the loop itself is `cbow_loop`.
    """
    state = start(seed)
    words, begins, ends = subsampled(ids, keep, state)
    dim, reach = inputs.shape[1], min(window, len(words))
    return cbow_loop(
        words, begins, ends, share, alias, rows, starts, inputs, outputs, window, negative, mean, exact, rate,
        last_rate, state, measure, *room(CBOW_CENTERS + 2 * reach, dim), *room(8, dim),
    )  # fmt: skip


@compiled.loop
def cbow_loop(
    words, begins, ends, share, alias, rows, starts, inputs, outputs, window, negative, mean, exact, rate, last_rate,
    state, measure, x, x_before, h, h_before,
):  # fmt: skip
    """`cbow`, of which see the parameters, with what that has prepared.

    words, begins, ends, state: see `skipgram_loop`; x and x_before, h and h_before: see `room`.
    """
    drawn = min(negative, MOST_NOISE)
    drawn += drawn % 2  # noise words of a group, met two by two; all together they count as `negative`
    noise = np.zeros(GROUPS * drawn, np.int32)
    own, weights, counts = np.zeros(8, np.int32), np.zeros((2, 8), np.float32), np.zeros(8, np.float32)
    scores, labels, pushes = np.zeros(16, np.float32), np.zeros(2, np.float32), np.float32(negative) / np.float32(drawn)
    firsts, lasts = np.zeros(CBOW_CENTERS, np.int64), np.zeros(CBOW_CENTERS, np.int64)  # of each center's window
    sizes = np.zeros(len(x), np.float32)  # how many rows a word is the mean of
    loss, centers = 0.0, 0
    times, end = np.zeros(len(outputs), np.int32), np.int64(0)
    while end < len(words):
        place, end = end, block_end(words, end, CBOW_CENTERS, times)
        now = np.float32(rate + (last_rate - rate) * place / len(words))
        for k in range(len(noise)):
            noise[k] = noise_word(k, len(noise), share, alias, state)
            fetch(outputs, noise[k])
        for word in words[end : end + CBOW_CENTERS]:  # of the next block
            fetch(outputs, word)
        left, right = end, place  # of all that its windows take in
        for group in range(min(GROUPS, end - place)):  # in the order in which they are trained
            for center in range(place + group, end, GROUPS):
                size, c = 1 + below(window, state), center - place
                firsts[c] = max(center - size, begins[center])
                lasts[c] = min(center + size + 1, ends[center])
                left, right = min(left, firsts[c]), max(right, lasts[c])
        for word in words[right : right + CBOW_CENTERS]:  # which the next block sees and this one does not
            for p in range(starts[word], starts[word + 1]):
                fetch(inputs, rows[p])
        for i in range(right - left):
            sizes[i] = np.float32(starts[words[left + i] + 1] - starts[words[left + i]])
        gather(inputs, rows, starts, words[left:right], x, x_before)
        # two groups of four centers that stand far apart: few of the contexts of a group are the same
        for group in range(0, min(GROUPS, end - place), 2):
            for t in range(8):
                c = group + t // 4 + t % 4 * GROUPS  # t = 0 … 3 of the first group, 4 … 7 of the second
                center = place + c
                if center >= end:
                    firsts[c] = lasts[c] = left
                else:
                    own[t] = words[center]
                counts[t] = ZERO  # a center without contexts keeps the h of another one, and weighs nothing
                for i in range(firsts[c] - left, lasts[c] - left):
                    if i != center - left:
                        if counts[t] == ZERO:
                            put(h[t], x[i], sizes[i])
                        else:
                            add(h[t], x[i], sizes[i])
                        counts[t] += sizes[i]
                part = ONE / counts[t] if mean and counts[t] else ONE
                for d in range(h.shape[1]):
                    h[t, d] *= part
                    h_before[t, d] = h[t, d]
                seen = ONE if counts[t] else ZERO
                centers += counts[t] > ZERO
                weights[0, t] = weights[1, t] = seen * pushes
                scores[t] = product(h[t], outputs[own[t]])
                if measure:
                    loss += seen * loss_of(scores[t], ONE)
            sigmoids(scores)
            for t in range(8):
                if counts[t]:
                    move_pair(h[t], outputs[own[t]], now * (ONE - scores[t]))
            for k in range(group, len(noise), 2 * GROUPS):  # two noise words for each group, all over the distribution
                for g in range(2):
                    score(h, 4 * g, outputs, noise[k + g], noise[k + g + GROUPS], scores, 8 * g)
                    if measure:
                        loss += losses(scores, 8 * g, 0, 4 * g, labels, weights)
                sigmoids(scores)
                for g in range(2):
                    t = 4 * g
                    steps(scores, 8 * g, 0, t, labels, weights, now)
                    move(
                        h[t], h[t + 1], h[t + 2], h[t + 3], outputs, noise[k + g], noise[k + g + GROUPS], scores, 8 * g
                    )
            for t in range(8):
                part = ONE / counts[t] if mean and exact and counts[t] else ONE
                for d in range(h.shape[1]):
                    h[t, d] = part * (h[t, d] - h_before[t, d])
                c = group + t // 4 + t % 4 * GROUPS
                for i in range(firsts[c] - left, lasts[c] - left):
                    if i != place + c - left:
                        add(x[i], h[t], ONE)
        scatter(inputs, rows, starts, words[left:right], x, x_before)
    return loss, centers
