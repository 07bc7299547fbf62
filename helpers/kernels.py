"""The loops of `blocks` and `glove_loops` for a graphics card: word2vec, FastText and GloVe as Triton kernels.

Triton (Tillet, Kung and Cox 2019, https://doi.org/10.1145/3315508.3329973) compiles a Python function for NVIDIA's
cards.  It comes with PyTorch on Linux; elsewhere this module cannot be imported, and `devices` says so.  A launch says
how many programs go through a kernel, all at the same time.  An operation of a program works on a whole tile of
numbers at once:

    x (T, D), y (K, D):   tl.dot(x, tl.trans(y))   the scores of T vectors with K others, (T, K)

What a program does is what a thread of the processor does, block for block: it has a piece of the text (of the counts)
of its own, and goes through it from front to back.  Four things differ.

* A card waits long for its memory and multiplies fast, so T centers meet T contexts or noise words at a time.  That is
  three products of matrices: the scores, the moves of x and the moves of y (Ji et al. 2016,
  https://arxiv.org/abs/1604.04661).
* CBOW's blocks are as short as skip-gram's.
* Noise words are drawn beforehand, for every T places of a piece.  Two blocks that begin within the same T places have
  the same ones.
* No row is overwritten, its move is added to it (`atomic_add`), so programs that move the same row at the same time
  lose nothing.  They may move it too far, though: `card.programs` works out how many of them a vocabulary bears.

Nothing is drawn here.  The words that subsampling has left, noise words and CBOW's windows come from `card`, so that a
kernel given the same numbers does the same.  Tables are read past the first cache (`.cg`), which does not hear of what
programs elsewhere on the card have written.  A tile has D columns, a power of two; those from `dim` on are masked.
PRECISION is how products of matrices are worked out: "ieee" with all digits; "tf32" on the units that newer cards have
for it, which read the first three digits or so of each number and add up with all of them.

Triton compiles a kernel for whole numbers in general, and again for one that is 1 or a multiple of 16.  Numbers that
change from text to text or from launch to launch are left out of that (`do_not_specialize`).

Loops over places are written with `while`: Triton's interpreter, which the tests use where there is no card
(TRITON_INTERPRET=1), cannot take a `range` of loaded numbers with NumPy 2.4.
"""

import triton
import triton.language as tl

# ----------------------------------------------------------------------------------- words as the mean of their rows


@triton.jit
def rows_of(table, row, there, d, dim):
    """Rows of a table, (K, D): row (K,), there (K,) bool; zeros where there is none."""
    numbers = row.to(tl.int64)[:, None] * dim + d[None, :]  # how far into the table they stand
    return tl.load(table + numbers, mask=there[:, None] & (d < dim)[None, :], other=0.0, cache_modifier=".cg")


@triton.jit
def add_to(table, row, there, move, d, dim):
    """Add moves (K, D) to rows of a table; see `rows_of`."""
    numbers = row.to(tl.int64)[:, None] * dim + d[None, :]
    tl.atomic_add(table + numbers, move, mask=there[:, None] & (d < dim)[None, :], sem="relaxed")


@triton.jit
def gather(table, rows, starts, word, there, d, dim, OWN: tl.constexpr):
    """The mean of each word's rows, (T, D): word (T,), there (T,) bool; zeros where there is no word.

    rows, starts: word w has rows[starts[w]] … rows[starts[w + 1] − 1], as in `blocks.gather`.
    OWN: every word has one row, that of its own number, which need not be looked up.
    """
    if OWN:
        return rows_of(table, word, there, d, dim)
    first = tl.load(starts + word, mask=there, other=0)
    number = tl.load(starts + word + 1, mask=there, other=0) - first
    x = tl.zeros((word.shape[0], d.shape[0]), tl.float32)
    p, most = 0, tl.max(number, 0)
    while p < most:
        held = p < number
        x += rows_of(table, tl.load(rows + first + p, mask=held, other=0), held, d, dim)
        p += 1
    return x / tl.maximum(number, 1).to(tl.float32)[:, None]


@triton.jit
def scatter(table, rows, starts, word, moved, move, d, dim, OWN: tl.constexpr):
    """Move all rows of each word by its move (T, D); moved (T,) bool: the words that have one."""
    if OWN:
        add_to(table, word, moved, move, d, dim)
        return
    first = tl.load(starts + word, mask=moved, other=0)
    number = tl.load(starts + word + 1, mask=moved, other=0) - first
    p, most = 0, tl.max(number, 0)
    while p < most:
        held = p < number
        add_to(table, tl.load(rows + first + p, mask=held, other=0), held, move, d, dim)
        p += 1


@triton.jit
def block_size(words, place, end, t, T: tl.constexpr, REPEATS: tl.constexpr):
    """How many words the block that begins at `place` has: T, or fewer where one would come more than REPEATS times.

    t: 0 … T − 1.  See `blocks.block_end`: here all T words are compared with each other at once.
    """
    word = tl.load(words + place + t, mask=place + t < end, other=-1)
    so_far = (word[:, None] == word[None, :]) & (t[None, :] <= t[:, None])  # (T, T): the same word, no later
    times = tl.sum(so_far.to(tl.int32), 1)
    return tl.min(tl.where((times > REPEATS) & (word >= 0), t, T), 0)


# -------------------------------------------------------------------------------------- vectors and the rows they meet


@triton.jit
def step(score, label, weight, rate):
    """How far, and which way, pairs move: rate · weight · (label − σ(score))."""
    return rate * weight * (label - tl.sigmoid(score))


@triton.jit
def loss_of(score, label, weight):
    """Σ weight · −log σ(score) for contexts, label 1, and Σ weight · −log σ(−score) for noise words, label 0.

    −log σ(−s) = log(1 + e^s), which would overflow, is max(s, 0) + log(1 + e^−|s|).
    """
    against = (1 - 2 * label) * score
    return tl.sum(weight * (tl.log(1 + tl.exp(-tl.abs(against))) + tl.maximum(against, 0.0)))


@triton.jit
def meet(table, word, x, label, weight, rate, d, dim, PRECISION: tl.constexpr, MEASURE: tl.constexpr):
    """One step of the vectors x (T, D) and of the rows of K words of a table, all at once: (x after it, the loss).

    word (K,); label 1 or 0: whether the scores should be high or low; weight (T, K): how much each pair counts.
    """
    used = tl.max(weight, 0) > 0
    y = rows_of(table, word, used, d, dim)
    score = tl.dot(x, tl.trans(y), input_precision=PRECISION)
    loss = 0.0
    if MEASURE:
        loss = loss_of(score, label, weight)
    far = step(score, label, weight, rate)
    add_to(table, word, used, tl.dot(tl.trans(far), x, input_precision=PRECISION), d, dim)
    tl.debug_barrier()  # one of the next rows to be read may be one of these
    return x + tl.dot(far, y, input_precision=PRECISION), loss


# ----------------------------------------------------------------------------------------------------------- skip-gram


@triton.jit(do_not_specialize=["blocks"])
def skipgram(
    words, sentences, pieces, noise, rows, starts, inputs, outputs, found, dim, blocks, window, negative, rate,
    last_rate, T: tl.constexpr, REPEATS: tl.constexpr, NOISE: tl.constexpr, D: tl.constexpr,
    OWN: tl.constexpr, PRECISION: tl.constexpr, MEASURE: tl.constexpr,
):  # fmt: skip
    """Skip-gram; program p trains on the words number pieces[p] … pieces[p + 1] − 1, in blocks of T centers at most.

    words, sentences int32 (n,): what subsampling has left, and the number of each word's sentence; pieces int64
    (programs + 1,); noise int32 (programs, blocks, NOISE): NOISE words for every T places of a piece; rows int32,
    starts int64: see `gather`; inputs, outputs float32 (rows, dim), which change; found float64 (programs, 2): the sum
    of the losses, the sum of the pairs' weights; the rate falls from `rate` to `last_rate`.
    """
    program, d, t = tl.program_id(0), tl.arange(0, D), tl.arange(0, T)
    begin, end = tl.load(pieces + program), tl.load(pieces + program + 1)
    loss, pairs = tl.zeros((), tl.float64), tl.zeros((), tl.float64)
    place = begin
    while place < end:
        now = rate + (last_rate - rate) * (place - begin).to(tl.float32) / (end - begin).to(tl.float32)
        here = place + t  # where the centers stand
        size = block_size(words, place, end, t, T, REPEATS)
        there = (here < end) & (t < size)
        word = tl.load(words + here, mask=there, other=0)
        sentence = tl.load(sentences + here, mask=there, other=-1)
        before = gather(inputs, rows, starts, word, there, d, dim, OWN)
        x, contexts = before, tl.zeros((T,), tl.float32)
        first, last = tl.maximum(place - window, begin), tl.minimum(place + size + window, end)
        while first < last:
            at = first + t  # where T of the words stand that the block sees
            distance = tl.abs(here[:, None] - at[None, :]).to(tl.int32)
            same = sentence[:, None] == tl.load(sentences + at, mask=at < last, other=-2)[None, :]
            sees = same & (distance > 0) & (distance <= window)
            weight = tl.where(sees, (window + 1 - distance).to(tl.float32) / window, 0.0)
            met = tl.load(words + at, mask=at < last, other=0)
            x, lost = meet(outputs, met, x, 1.0, weight, now, d, dim, PRECISION, MEASURE)
            contexts += tl.sum(weight, 1)
            loss += lost
            first += T
        if tl.max(contexts, 0) > 0:
            pairs += tl.sum(contexts, 0)
            block_noise, k = noise + (program * blocks + (place - begin) // T) * NOISE, t
            while tl.min(k, 0) < NOISE:
                weight = tl.where(k < NOISE, negative / NOISE, 0.0)[None, :] * contexts[:, None]
                drawn = tl.load(block_noise + k, mask=k < NOISE, other=0)
                x, lost = meet(outputs, drawn, x, 0.0, weight, now, d, dim, PRECISION, MEASURE)
                loss += lost
                k += T
            scatter(inputs, rows, starts, word, contexts > 0, x - before, d, dim, OWN)
            tl.debug_barrier()
        place += size
    tl.store(found + 2 * program, loss)
    tl.store(found + 2 * program + 1, pairs)


# ---------------------------------------------------------------------------------------------------------------- CBOW


@triton.jit(do_not_specialize=["blocks"])
def cbow(
    words, sentences, pieces, noise, reaches, rows, starts, inputs, outputs, found, dim, blocks, window, negative,
    rate, last_rate, T: tl.constexpr, REPEATS: tl.constexpr, SPAN: tl.constexpr, GROUPS: tl.constexpr,
    NOISE: tl.constexpr, D: tl.constexpr, MEAN: tl.constexpr, EXACT: tl.constexpr, OWN: tl.constexpr,
    PRECISION: tl.constexpr, MEASURE: tl.constexpr,
):  # fmt: skip
    """CBOW; the parameters are those of `skipgram` and `blocks.cbow`, and besides

    noise int32 (programs, blocks, GROUPS, negative); reaches int32 (n,): the window of each center; SPAN: a power of
    two, at least T + 2 · window, the words that a block sees; NOISE: a power of two, at least 16 and `negative`; found:
    the sum of the losses, how many centers had contexts.  The centers g, g + GROUPS, g + 2 · GROUPS, … of a block are
    worked on at once and share `negative` noise words, for one g after the other.
    """
    program, d, t, k = tl.program_id(0), tl.arange(0, D), tl.arange(0, T), tl.arange(0, NOISE)
    begin, end = tl.load(pieces + program), tl.load(pieces + program + 1)
    loss, centers = tl.zeros((), tl.float64), tl.zeros((), tl.float64)
    place = begin
    while place < end:
        now = rate + (last_rate - rate) * (place - begin).to(tl.float32) / (end - begin).to(tl.float32)
        here = place + t  # where the centers stand
        size = block_size(words, place, end, t, T, REPEATS)
        block_noise = noise + (program * blocks + (place - begin) // T) * GROUPS * negative
        is_center = (here < end) & (t < size)
        center = tl.load(words + here, mask=is_center, other=0)
        reach = tl.load(reaches + here, mask=is_center, other=0)
        at = place - window + tl.arange(0, SPAN)  # where the words stand that the block sees
        there = (at >= begin) & (at < tl.minimum(place + size + window, end))
        word = tl.load(words + at, mask=there, other=0)
        distance = tl.abs(here[:, None] - at[None, :]).to(tl.int32)
        same = (tl.load(sentences + here, mask=is_center, other=-1)[:, None]
                == tl.load(sentences + at, mask=there, other=-2)[None, :])  # fmt: skip
        context = same & (distance > 0) & (distance <= reach[:, None])  # (T, SPAN)
        share = tl.where(context, 1.0, 0.0)  # of each context in the center's h
        if not OWN:  # a word of several rows counts as several
            its_rows = tl.load(starts + word + 1, mask=there, other=0) - tl.load(starts + word, mask=there, other=0)
            share *= its_rows.to(tl.float32)[None, :]
        total = tl.sum(share, 1)
        back = tl.where(context, 1.0, 0.0)  # how much of h's move each context gets
        if MEAN:
            share /= tl.maximum(total, 1.0)[:, None]
            if EXACT:
                back /= tl.maximum(total, 1.0)[:, None]
        before = gather(inputs, rows, starts, word, there, d, dim, OWN)
        x, group = before, 0
        while group < GROUPS:
            mine = (t % GROUPS == group) & (total > 0)  # the centers of this group that have contexts
            only = tl.where(mine, 1.0, 0.0)
            h_before = tl.dot(share * only[:, None], x, input_precision=PRECISION)
            y = rows_of(outputs, center, mine, d, dim)
            score = tl.sum(h_before * y, 1)
            if MEASURE:
                loss += loss_of(score, 1.0, only)
            far = step(score, 1.0, only, now)[:, None]
            add_to(outputs, center, mine, far * h_before, d, dim)
            tl.debug_barrier()  # a noise word may be a center
            drawn = tl.load(block_noise + group * negative + k, mask=k < negative, other=0)
            weight = only[:, None] * tl.where(k < negative, 1.0, 0.0)[None, :]
            h, lost = meet(outputs, drawn, h_before + far * y, 0.0, weight, now, d, dim, PRECISION, MEASURE)
            loss += lost
            x += tl.dot(tl.trans(back * only[:, None]), h - h_before, input_precision=PRECISION)
            group += 1
        centers += tl.sum(tl.where(total > 0, 1.0, 0.0), 0)
        moved = tl.max(tl.where(context, 1, 0), 0) > 0
        scatter(inputs, rows, starts, word, moved, x - before, d, dim, OWN)
        tl.debug_barrier()
        place += size
    tl.store(found + 2 * program, loss)
    tl.store(found + 2 * program + 1, centers)


# --------------------------------------------------------------------------------------------------------------- GloVe


@triton.jit
def clipped(x, most):
    return tl.minimum(tl.maximum(x, -most), most)


@triton.jit(do_not_specialize=["segments"])
def glove(
    order, segment_rows, sizes, columns, logs, weights, center, context, center_bias, context_bias, found, segments,
    width, rate, CLIP: tl.constexpr, LENGTH: tl.constexpr, D: tl.constexpr,
):  # fmt: skip
    """GloVe's AdaGrad; program p takes its share of the segments of a part, in their order.

    order int64 (segments,): which segment comes when; found float64 (programs,): the sums of the costs, each taken just
    before its step; the rest are the arrays of `glove_loops.train`, on the card.

    A segment is up to LENGTH nonzeros of one row of the matrix, no two of them in the same column.  So every c and its
    G are read at once, w meets one c after the other, and the moves of all are added to the tables at the end.
    """
    program, programs = tl.program_id(0).to(tl.int64), tl.num_programs(0)
    d, n, total = tl.arange(0, D), tl.arange(0, LENGTH), tl.zeros((), tl.float64)
    at, last = segments * program // programs, segments * (program + 1) // programs
    while at < last:
        segment = tl.load(order + at)
        size, i = tl.load(sizes + segment), tl.load(segment_rows + segment).to(tl.int64)
        nonzero, there = segment * LENGTH + n, n < size
        k = tl.load(columns + nonzero, mask=there, other=0).to(tl.int64)
        log, f = tl.load(logs + nonzero, mask=there, other=0.0), tl.load(weights + nonzero, mask=there, other=0.0)
        w_place, b_place = center + i * 2 * width + d, center_bias + 2 * i
        c_place, b_c_place = context + k[:, None] * 2 * width + d[None, :], context_bias + 2 * k
        inside = d < width
        all_inside = there[:, None] & inside[None, :]
        w_before = tl.load(w_place, mask=inside, other=0.0, cache_modifier=".cg")
        G_before = tl.load(w_place + width, mask=inside, other=1.0, cache_modifier=".cg")
        b_before, G_b_before = tl.load(b_place, cache_modifier=".cg"), tl.load(b_place + 1, cache_modifier=".cg")
        c = tl.load(c_place, mask=all_inside, other=0.0, cache_modifier=".cg")
        G_c = tl.load(c_place + width, mask=all_inside, other=1.0, cache_modifier=".cg")
        b_c = tl.load(b_c_place, mask=there, other=0.0, cache_modifier=".cg")
        G_b_c = tl.load(b_c_place + 1, mask=there, other=1.0, cache_modifier=".cg")
        w, G, b, G_b = w_before, G_before, b_before, G_b_before
        c_step, g_all, turn = tl.zeros((LENGTH, D), tl.float32), tl.zeros((LENGTH,), tl.float32), 0
        while turn < size:  # all errors are worked out, that of the nonzero whose turn it is counts
            error = tl.sum(w[None, :] * c, 1) + b + b_c - log
            g_all = tl.where(n == turn, f * error, g_all)
            total += tl.sum(tl.where(n == turn, 0.5 * f * error * error, 0.0), 0)
            g = tl.sum(tl.where(n == turn, f * error, 0.0), 0)
            c_step = tl.where((n == turn)[:, None], clipped(rate * g * w, rate * CLIP)[None, :], c_step)
            w_step = clipped(rate * g * tl.sum(tl.where((n == turn)[:, None], c, 0.0), 0), rate * CLIP)
            w -= w_step / tl.sqrt(G)
            G += w_step * w_step
            b -= g / tl.sqrt(G_b)
            G_b += g * g
            turn += 1
        tl.atomic_add(c_place, -c_step / tl.sqrt(G_c), mask=all_inside, sem="relaxed")
        tl.atomic_add(c_place + width, c_step * c_step, mask=all_inside, sem="relaxed")
        tl.atomic_add(b_c_place, -g_all / tl.sqrt(G_b_c), mask=there, sem="relaxed")
        tl.atomic_add(b_c_place + 1, g_all * g_all, mask=there, sem="relaxed")
        tl.atomic_add(w_place, w - w_before, mask=inside, sem="relaxed")
        tl.atomic_add(w_place + width, G - G_before, mask=inside, sem="relaxed")
        tl.atomic_add(b_place, b - b_before, sem="relaxed")
        tl.atomic_add(b_place + 1, G_b - G_b_before, sem="relaxed")
        tl.debug_barrier()  # the next segment may name the same words
        at += 1
    tl.store(found + program, total)


@triton.jit
def trial(found):
    """What is launched to see whether kernels can be compiled and run here: writes 1."""
    tl.store(found, 1.0)
