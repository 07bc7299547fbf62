"""GloVe's training as plain loops, compiled: the AdaGrad of glove.c, and the order in which it meets the counts.

What happens to a nonzero X_ik is glove.c's (https://github.com/stanfordnlp/GloVe), number by number.  With the error
e = w · c + b_i + b_k − log X_ik and g = f(X_ik) · e,

    step = rate · g · c for w, rate · g · w for c, where g · c and g · w are clipped at ±100;  step = g for both biases
    number −= step / √G,  then  G += step²;  every number has a G of its own, which starts at 1

The order.  glove.c shuffles all nonzeros, once, so that each needs two rows of the tables which no other needs just
then.  Here the nonzeros of a row are cut into segments and the segments are shuffled: w and its G are taken out of the
table once, stay in the processor's nearest memory, and are put back at the end of the segment.  A row of n nonzeros
has S = ⌈n / LENGTH⌉ segments.  Segment s takes the nonzeros s, s + S, s + 2S, …, so that each has its share of frequent
and of rare words.  Segments are dealt out to the parts of an epoch at random, once; the parts come in the same order in
every epoch, and each epoch shuffles the segments within a part anew.

Why so: every pass should cost what it costs in glove.c on the same matrix.  In five passes with 100 dimensions, windows
5 and 10, x_max 10 and 100 and rates .05 and .1 on the bundled Wikipedia, English books, Korean Wikipedia and Korean
morphemes, segments of 8 stay within 0.8 % of it, segments of 16 within 1.1 %, and glove.c's own costs differ by
up to 0.9 % with its seed and shuffle.  (With 1,500 words the first pass is a matter of chance, 2 % either way.)
Segments of 8 take 5 % longer than those of 16, single nonzeros almost twice as long.  Other orders are off, though not
for the worse: 16 neighbours in a segment cost 2 to 8 % less in the first pass, segments dealt out in turn and not at
random up to 2 % less in later ones, parts in a new order each epoch up to 3 %.
"""

import numpy as np

from helpers import compiled
from helpers.compiled import LINE, prefetch

LENGTH = 8  # nonzeros of a segment at most
LANES = 8  # numbers that a processor works on at once: a row is filled up with zeros to a multiple
ZERO, CLIP = np.float32(0), np.float32(100)


@compiled.loop
def cut(starts, columns, logs, places, segment_rows, sizes, segment_columns, segment_logs):
    """Cut rows into segments, which are written into the last four arrays.

    starts (rows + 1,)                           row r has the nonzeros starts[r] … starts[r + 1] − 1
    columns, logs (n,)                           column and log x of each nonzero
    places (segments,)                           where each segment is written
    segment_rows, sizes (segments,)              row of each segment, and how many nonzeros it has
    segment_columns, segment_logs (segments, length)
    """
    length, number = segment_columns.shape[1], 0
    for row in range(len(starts) - 1):
        stride = (starts[row + 1] - starts[row] + length - 1) // length  # the segments of this row
        for first in range(starts[row], starts[row] + stride):
            segment, size = places[number], 0
            for n in range(first, starts[row + 1], stride):
                segment_columns[segment, size], segment_logs[segment, size] = columns[n], logs[n]
                size += 1
            segment_rows[segment], sizes[segment] = row, size
            number += 1


@compiled.loop
def clipped(x, most):
    return min(max(x, -most), most)


@compiled.loop
def train(rows, sizes, columns, logs, weights, center, context, center_bias, context_bias, rate):
    """Go through segments in their order; returns the sum of the costs, each taken just before its step.

    rows, sizes (segments,)                  row of each segment, and how many nonzeros it has
    columns, logs, weights (segments, LENGTH)  of each nonzero: its column, log x, and f(x)
    center, context                          float32 (words, 2, width): each word's vector, filled up with zeros, and G
    center_bias, context_bias                float32 (words, 2): each word's bias, and its G
    """
    words, _, width = center.shape
    # what a word's vector and its G take in memory, one behind the other
    center_lines, context_lines = center.reshape(words, 2 * width), context.reshape(words, 2 * width)
    total = 0.0
    w, G = np.empty(width, np.float32), np.empty(width, np.float32)
    for segment in range(len(rows)):
        i, following = rows[segment], min(segment + 1, len(rows) - 1)
        for d in range(0, 2 * width, LINE):
            prefetch(center_lines, rows[following], d)
        for d in range(width):
            w[d], G[d] = center[i, 0, d], center[i, 1, d]
        b, G_b = center_bias[i, 0], center_bias[i, 1]
        for n in range(sizes[segment]):
            soon = columns[following, n]
            for d in range(0, 2 * width, LINE):
                prefetch(context_lines, soon, d)
            prefetch(context_bias, soon, 0)
            k = columns[segment, n]
            c, G_c = context[k, 0], context[k, 1]
            score = ZERO
            for d in range(width):
                score += w[d] * c[d]
            error = score + b + context_bias[k, 0] - logs[segment, n]
            g = weights[segment, n] * error
            total += 0.5 * g * error
            step, most = rate * g, rate * CLIP
            for d in range(width):
                w_step, c_step = clipped(step * c[d], most), clipped(step * w[d], most)
                w[d] -= w_step / np.sqrt(G[d])
                c[d] -= c_step / np.sqrt(G_c[d])
                G[d] += w_step * w_step
                G_c[d] += c_step * c_step
            b -= g / np.sqrt(G_b)
            context_bias[k, 0] -= g / np.sqrt(context_bias[k, 1])
            G_b += g * g
            context_bias[k, 1] += g * g
        for d in range(width):
            center[i, 0, d], center[i, 1, d] = w[d], G[d]
        center_bias[i, 0], center_bias[i, 1] = b, G_b
    return total
