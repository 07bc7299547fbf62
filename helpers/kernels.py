"""The loops of `blocks` and `glove_loops` for a graphics card: word2vec, FastText and GloVe as Triton kernels.

Triton (Tillet, Kung and Cox 2019, https://doi.org/10.1145/3315508.3329973) compiles a Python function for NVIDIA's
cards.  It comes with PyTorch on Linux; elsewhere this module cannot be imported, and `devices` says so.  A kernel runs
as many programs at once as it is launched with, and an operation of a program works on a whole tile of numbers:

    x (T, D), y (D,):   tl.sum(x * y[None, :], 1)   the scores of T vectors with y, (T,)

What a program does is what a thread of the processor does, block for block and step for step: it has a piece of the
text (of the counts) of its own, and goes through it from front to back.  Four things differ.  An output vector meets
all vectors of a block at once and not in fours, since the card works on whole tiles, and moves in the table at once.
CBOW's blocks are as short as skip-gram's, and every fourth center has the same noise words.  Noise words are drawn
beforehand, for every T words: two blocks that begin within the same T words have the same.  And no row is written, its
move is added (`atomic_add`): programs that move the same row at the same time lose nothing.  They may move it too far,
though: how many programs a vocabulary bears is worked out in `card.programs`.

Nothing is drawn here: words that subsampling has left, noise words and windows come from `card`, so that a kernel
always does the same with the same numbers.  Tables are read past the first cache (`.cg`), which does not hear of what
programs elsewhere on the card have written.  A tile has a power of two of columns, D; those from `dim` on are masked.

Loops over places are written with `while`: Triton's interpreter, which the tests use where there is no card
(TRITON_INTERPRET=1), cannot take a `range` of loaded numbers with NumPy 2.4.
"""

import triton
import triton.language as tl

# ----------------------------------------------------------------------------------- words as the mean of their rows


@triton.jit
def gather(table, rows, starts, word, there, d, dim):
    """The mean of each word's rows, (T, D): word (T,), there (T,) bool; zeros where there is no word."""
    first = tl.load(starts + word, mask=there, other=0)
    number = tl.load(starts + word + 1, mask=there, other=0) - first
    x = tl.zeros((word.shape[0], d.shape[0]), tl.float32)
    p, most = 0, tl.max(number, 0)
    while p < most:
        held = p < number
        row = tl.load(rows + first + p, mask=held, other=0).to(tl.int64)
        places = row[:, None] * dim + d[None, :]
        x += tl.load(table + places, mask=held[:, None] & (d < dim)[None, :], other=0.0, cache_modifier=".cg")
        p += 1
    return x / tl.maximum(number, 1).to(tl.float32)[:, None]


@triton.jit
def scatter(table, rows, starts, word, moved, move, d, dim):
    """Move all rows of each word by its move (T, D); moved (T,) bool: the words that have one."""
    first = tl.load(starts + word, mask=moved, other=0)
    number = tl.load(starts + word + 1, mask=moved, other=0) - first
    p, most = 0, tl.max(number, 0)
    while p < most:
        held = p < number
        row = tl.load(rows + first + p, mask=held, other=0).to(tl.int64)
        places = row[:, None] * dim + d[None, :]
        tl.atomic_add(table + places, move, mask=held[:, None] & (d < dim)[None, :], sem="relaxed")
        p += 1


@triton.jit
def block_size(words, place, end, t, T: tl.constexpr, REPEATS: tl.constexpr):
    """How many words the block that begins at `place` has: T, or fewer where one would come more than REPEATS times.

    t: 0 … T − 1.  See `blocks.block_end`.
    """
    word = tl.load(words + place + t, mask=place + t < end, other=-1)
    so_far = (word[:, None] == word[None, :]) & (t[None, :] <= t[:, None])  # (T, T)
    times = tl.sum(so_far.to(tl.int32), 1)
    return tl.min(tl.where((times > REPEATS) & (word >= 0), t, T), 0)


# ------------------------------------------------------------------------------------- a vector and the rows it meets


@triton.jit
def step(score, label, weight, rate):
    """How far, and which way, pairs move: rate · weight · (label − σ(score))."""
    return rate * weight * (label - tl.sigmoid(score))


@triton.jit
def loss_of(score, label, weight):
    """Σ weight · −log σ(score) for contexts, label 1, −log σ(−score) for noise words, label 0; no overflow."""
    against = (1 - 2 * label) * score
    return tl.sum(weight * (tl.log(1 + tl.exp(-tl.abs(against))) + tl.maximum(against, 0.0)), 0)


@triton.jit
def meet(table, word, x, label, weight, rate, d, dim, MEASURE: tl.constexpr):
    """Steps of the vectors x (T, D) and of one row of a table, all at once: (x after it, the loss).

    weight (T,): how much each counts.
    """
    places = table + word.to(tl.int64) * dim + d
    y = tl.load(places, mask=d < dim, other=0.0, cache_modifier=".cg")
    score = tl.sum(x * y[None, :], 1)
    loss = 0.0
    if MEASURE:
        loss = loss_of(score, label, weight)
    far = step(score, label, weight, rate)
    tl.atomic_add(places, tl.sum(far[:, None] * x, 0), mask=d < dim, sem="relaxed")
    tl.debug_barrier()  # the next row to be read may be this one
    return x + far[:, None] * y[None, :], loss


# ----------------------------------------------------------------------------------------------------------- skip-gram


@triton.jit
def skipgram(
    words, sentences, pieces, noise, rows, starts, inputs, outputs, found, dim, blocks, window, negative, rate,
    last_rate, T: tl.constexpr, REPEATS: tl.constexpr, NOISE: tl.constexpr, D: tl.constexpr, MEASURE: tl.constexpr,
):  # fmt: skip
    """Skip-gram; program p trains on the words pieces[p] … pieces[p + 1] − 1, in blocks of T centers at most.

    words, sentences int32 (n,): what subsampling has left, and the number of each word's sentence; pieces int64
    (programs + 1,); noise int32 (programs, blocks, NOISE); rows int32, starts int64: see `blocks.gather`; inputs,
    outputs float32, which change; found float64 (programs, 2): the sum of the losses, the sum of the pairs' weights;
    the rate falls from `rate` to `last_rate`.
    """
    program, d, t = tl.program_id(0), tl.arange(0, D), tl.arange(0, T)
    begin, end = tl.load(pieces + program), tl.load(pieces + program + 1)
    loss, pairs = tl.zeros((), tl.float64), tl.zeros((), tl.float64)
    place = begin
    while place < end:
        here, now = place + t, rate + (last_rate - rate) * (place - begin).to(tl.float32) / (end - begin).to(tl.float32)
        size = block_size(words, place, end, t, T, REPEATS)
        there = (here < end) & (t < size)
        word = tl.load(words + here, mask=there, other=0)
        sentence = tl.load(sentences + here, mask=there, other=-1)
        before = gather(inputs, rows, starts, word, there, d, dim)
        x, contexts = before, tl.zeros((T,), tl.float32)
        at, last = tl.maximum(place - window, begin), tl.minimum(place + size + window, end)
        while at < last:
            distance = tl.abs(here - at).to(tl.int32)
            sees = (sentence == tl.load(sentences + at)) & (distance > 0) & (distance <= window)
            weight = tl.where(sees, (window + 1 - distance).to(tl.float32) / window, 0.0)
            if tl.max(weight, 0) > 0:
                x, lost = meet(outputs, tl.load(words + at), x, 1.0, weight, now, d, dim, MEASURE)
                contexts += weight
                loss += lost
            at += 1
        if tl.max(contexts, 0) > 0:
            pairs += tl.sum(contexts, 0)
            weight, k = contexts * negative / NOISE, 0
            block = program * blocks + (place - begin) // T
            while k < NOISE:
                drawn = tl.load(noise + block * NOISE + k)
                x, lost = meet(outputs, drawn, x, 0.0, weight, now, d, dim, MEASURE)
                loss += lost
                k += 1
            scatter(inputs, rows, starts, word, contexts > 0, x - before, d, dim)
            tl.debug_barrier()
        place += size
    tl.store(found + 2 * program, loss)
    tl.store(found + 2 * program + 1, pairs)


# ---------------------------------------------------------------------------------------------------------------- CBOW


@triton.jit
def cbow(
    words, sentences, pieces, noise, reaches, rows, starts, inputs, outputs, found, dim, blocks, window, negative,
    rate, last_rate, T: tl.constexpr, REPEATS: tl.constexpr, SPAN: tl.constexpr, GROUPS: tl.constexpr,
    NOISE: tl.constexpr, D: tl.constexpr, MEAN: tl.constexpr, EXACT: tl.constexpr, MEASURE: tl.constexpr,
):  # fmt: skip
    """CBOW; the parameters are those of `skipgram` and `blocks.cbow`, and besides

    noise int32 (programs, blocks, GROUPS, negative); reaches int32 (n,): the window of each center; SPAN: a power of
    two, at least T + 2 · window, the words that a block sees; NOISE: a power of two, at least `negative`; found: the
    sum of the losses, how many centers had contexts.
    """
    program, d, k = tl.program_id(0), tl.arange(0, D), tl.arange(0, NOISE)
    begin, end = tl.load(pieces + program), tl.load(pieces + program + 1)
    loss, centers = tl.zeros((), tl.float64), tl.zeros((), tl.float64)
    place, one = begin, tl.full((1,), 1.0, tl.float32)
    while place < end:
        now = rate + (last_rate - rate) * (place - begin).to(tl.float32) / (end - begin).to(tl.float32)
        at, size = place - window + tl.arange(0, SPAN), block_size(words, place, end, tl.arange(0, T), T, REPEATS)
        block = program * blocks + (place - begin) // T
        there = (at >= begin) & (at < tl.minimum(place + size + window, end))
        word = tl.load(words + at, mask=there, other=0)
        sentence = tl.load(sentences + at, mask=there, other=-1)
        own = tl.load(starts + word + 1, mask=there, other=0) - tl.load(starts + word, mask=there, other=0)
        before = gather(inputs, rows, starts, word, there, d, dim)
        x, moved = before, tl.zeros((SPAN,), tl.int32)
        center, last = place, tl.minimum(place + size, end)
        while center < last:
            distance, reach = tl.abs(at - center).to(tl.int32), tl.load(reaches + center)
            context = there & (sentence == tl.load(sentences + center)) & (distance > 0) & (distance <= reach)
            weight = tl.where(context, own, 0).to(tl.float32)
            number = tl.sum(weight, 0)
            if number > 0:
                h_before = tl.sum(weight[:, None] * x, 0)
                if MEAN:
                    h_before /= number
                centers += 1
                h, lost = meet(outputs, tl.load(words + center), h_before[None, :], 1.0, one, now, d, dim, MEASURE)
                h = tl.sum(h, 0)  # of the one row
                loss += lost
                group = block * GROUPS + (center - place) % GROUPS
                drawn = tl.load(noise + group * negative + k, mask=k < negative, other=0).to(tl.int64)
                places = outputs + drawn[:, None] * dim + d[None, :]
                real = (k < negative)[:, None] & (d < dim)[None, :]
                y = tl.load(places, mask=real, other=0.0, cache_modifier=".cg")
                once, score = (k < negative).to(tl.float32), tl.sum(y * h[None, :], 1)
                if MEASURE:
                    loss += loss_of(score, 0.0, once)
                far = step(score, 0.0, once, now)
                tl.atomic_add(places, far[:, None] * h[None, :], mask=real, sem="relaxed")
                tl.debug_barrier()
                move = h + tl.sum(far[:, None] * y, 0) - h_before
                if MEAN and EXACT:
                    move /= number
                x += tl.where(context[:, None], move[None, :], 0.0)
                moved = tl.where(context, 1, moved)
            center += 1
        scatter(inputs, rows, starts, word, moved > 0, x - before, d, dim)
        tl.debug_barrier()
        place += size
    tl.store(found + 2 * program, loss)
    tl.store(found + 2 * program + 1, centers)


# --------------------------------------------------------------------------------------------------------------- GloVe


@triton.jit
def clipped(x, most):
    return tl.minimum(tl.maximum(x, -most), most)


@triton.jit
def glove(
    order, segment_rows, sizes, columns, logs, weights, center, context, center_bias, context_bias, found, segments,
    width, rate, CLIP: tl.constexpr, LENGTH: tl.constexpr, D: tl.constexpr,
):  # fmt: skip
    """GloVe's AdaGrad; program p takes its share of the segments of a part, in their order.

    order int64 (segments,): the number of each segment; the rest are the arrays of `glove_loops.train`, on the card;
    found float64 (programs,): the sums of the costs, each taken just before its step.

    A program reads w, its G and the bias once for each segment, and adds what has become of them at its end; c, its G
    and its bias are read, and added to, for each nonzero.
    """
    program, programs, d = tl.program_id(0).to(tl.int64), tl.num_programs(0), tl.arange(0, D)
    inside, total = d < width, tl.zeros((), tl.float64)
    at, last = segments * program // programs, segments * (program + 1) // programs
    while at < last:
        segment = tl.load(order + at)
        i = tl.load(segment_rows + segment).to(tl.int64)
        w_place, b_place, n, size = center + i * 2 * width + d, center_bias + 2 * i, 0, tl.load(sizes + segment)
        w_before = tl.load(w_place, mask=inside, other=0.0, cache_modifier=".cg")
        G_before = tl.load(w_place + width, mask=inside, other=1.0, cache_modifier=".cg")
        b_before, G_b_before = tl.load(b_place, cache_modifier=".cg"), tl.load(b_place + 1, cache_modifier=".cg")
        w, G, b, G_b = w_before, G_before, b_before, G_b_before
        while n < size:
            nonzero = segment * LENGTH + n
            k = tl.load(columns + nonzero).to(tl.int64)
            c_place, b_c_place = context + k * 2 * width + d, context_bias + 2 * k
            c = tl.load(c_place, mask=inside, other=0.0, cache_modifier=".cg")
            G_c = tl.load(c_place + width, mask=inside, other=1.0, cache_modifier=".cg")
            b_c, G_b_c = tl.load(b_c_place, cache_modifier=".cg"), tl.load(b_c_place + 1, cache_modifier=".cg")
            error = tl.sum(w * c, 0) + b + b_c - tl.load(logs + nonzero)
            g = tl.load(weights + nonzero) * error
            total += 0.5 * g * error
            w_step, c_step = clipped(rate * g * c, rate * CLIP), clipped(rate * g * w, rate * CLIP)
            tl.atomic_add(c_place, -c_step / tl.sqrt(G_c), mask=inside, sem="relaxed")
            tl.atomic_add(c_place + width, c_step * c_step, mask=inside, sem="relaxed")
            tl.atomic_add(b_c_place, -g / tl.sqrt(G_b_c), sem="relaxed")
            tl.atomic_add(b_c_place + 1, g * g, sem="relaxed")
            w -= w_step / tl.sqrt(G)
            G += w_step * w_step
            b -= g / tl.sqrt(G_b)
            G_b += g * g
            tl.debug_barrier()  # the next nonzero may name the same word
            n += 1
        tl.atomic_add(w_place, w - w_before, mask=inside, sem="relaxed")
        tl.atomic_add(w_place + width, G - G_before, mask=inside, sem="relaxed")
        tl.atomic_add(b_place, b - b_before, sem="relaxed")
        tl.atomic_add(b_place + 1, G_b - G_b_before, sem="relaxed")
        tl.debug_barrier()
        at += 1
    tl.store(found + program, total)


@triton.jit
def trial(found):
    """What is launched to see whether kernels can be compiled and run here: writes 1."""
    tl.store(found, 1.0)
