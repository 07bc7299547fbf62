"""GloVe: word vectors whose dot products give back the logarithms of co-occurrence counts.

Pennington, Socher and Manning 2014, https://aclanthology.org/D14-1162.  For every nonzero count X_ik the model wants
w_i · c_k + b_i + b_k ≈ log X_ik, and f(X_ik) says how much a miss matters.  Where the paper leaves room this follows
the authors' program, glove.c of https://github.com/stanfordnlp/GloVe.

A trainer has three parts: the `Options`, checked and fixed; an objective, here two tables of vectors with biases, and
what one part of the counts does to them; and the loop of `helpers.runs`, which all trainers share.  `glove_counts`
reads the matrix and cuts it into parts, `glove_loops` holds the loop that does the work.
"""

import math
import os
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from scipy import sparse

from helpers import arguments, card, compiled, count_files, counting, devices, glove_loops, runs, training, vectors
from helpers.checkpoints import Checkpoint
from helpers.glove_counts import SEGMENTS, Counts, Parts
from helpers.glove_loops import LANES, LENGTH
from helpers.vocabulary import Vocabulary
from helpers.word2vec import readable

NAMES = ("center", "context", "center bias", "context bias")  # of the tables in a checkpoint


def weight(x, x_max=100, alpha=0.75):
    """f(x) = (x / x_max) ** alpha below x_max, 1 from there on: how much the error of a count x matters.

    x: a number, an array or a tensor; the answer is of the same kind and shape.
    """
    if isinstance(x, torch.Tensor):
        return (x / x_max).clamp(max=1) ** alpha
    return np.minimum(np.asarray(x) / x_max, 1) ** alpha


def errors(w, c, b_w, b_c, x):
    """w · c + b_w + b_c − log x: how far the model is from the logarithm of each count, shaped like x.

    w, c (…, dim): vectors of the center and of the context word; b_w, b_c, x (…): their biases, and the counts.
    """
    return (w * c).sum(-1) + b_w + b_c - (torch.log(x) if isinstance(x, torch.Tensor) else np.log(x))


def cost(w, c, b_w, b_c, x, x_max=100, alpha=0.75):
    """½ f(x) (w · c + b_w + b_c − log x)² for each nonzero count, shaped like x.

    The ½ is glove.c's, which prints the mean of this over all nonzeros; the paper's J is the sum without the ½.
    """
    return 0.5 * weight(x, x_max, alpha) * errors(w, c, b_w, b_c, x) ** 2


def gradients(w, c, b_w, b_c, x, x_max=100, alpha=0.75):
    """Derivatives of `cost` for one nonzero: (by w (dim,), by c (dim,), by b_w, by b_c).

    With g = f(x) · (w · c + b_w + b_c − log x) they are g · c, g · w, g and g.
    """
    g = weight(x, x_max, alpha) * errors(w, c, b_w, b_c, x)
    return g * c, g * w, g, g


@dataclass(frozen=True)
class Options(arguments.Checked):
    """Everything that decides the vectors, beside the counts; `fit` and `train` tell what each means.

    ValueError, naming the parameter and what is expected, for a value out of range.
    """

    vector_size: int = 100
    x_max: float = 100
    alpha: float = 0.75
    learning_rate: float = 0.05
    epochs: int = 15
    seed: int = 1

    def __post_init__(self):
        for name, least, most in (
            ("vector_size", 1, arguments.MOST),
            ("epochs", 1, arguments.MOST),
            ("seed", 0, 2**63 - 1),
        ):
            self.keep(name, arguments.whole(name, getattr(self, name), least, most))
        for name in ("x_max", "alpha", "learning_rate"):
            self.keep(name, arguments.number(name, getattr(self, name), above=0))


@dataclass
class Model:
    """What training found.

    center, context            (V, dim) float32: w and c of every word
    center_bias, context_bias  (V,) float32: their b
    costs                      for each epoch the mean of `cost` over the nonzeros, each taken just before its step,
                               as glove.c prints it
    """

    center: np.ndarray
    context: np.ndarray
    center_bias: np.ndarray
    context_bias: np.ndarray
    costs: list = field(default_factory=list)

    @property
    def vectors(self):
        """The word vectors (V, dim): center + context, as glove.c writes them."""
        return self.center + self.context

    def scores(self, i, k):
        """w_i · c_k + b_i + b_k, the model's log X_ik, for ids i and k (numbers, or arrays that broadcast)."""
        return (self.center[i] * self.context[k]).sum(-1) + self.center_bias[i] + self.context_bias[k]


class Objective:
    """Two tables of vectors with biases and AdaGrad's accumulators G, and the work on one part of the counts.

    counts                     the `Parts`
    center, context            float32 (words, 2, width): [word, 0] is the vector, filled up with zeros to a multiple of
                               LANES numbers, and [word, 1] the G of each of its numbers
    center_bias, context_bias  float32 (words, 2): bias and G
    card                       tables and counts on a graphics card (`card.Nonzeros`) if this training goes there
    """

    def __init__(self, counts, options, device="cpu"):
        self.counts, self.options, self.costs = counts, options, []
        words, size = counts.words, options.vector_size
        drawn = training.initial_vectors(2 * words, size + 1, options.seed).view(2, words, size + 1).numpy()
        self.tables = [with_squares(table[:, :size], LANES) for table in drawn]
        self.tables += [with_squares(table[:, size:], 1)[..., 0] for table in drawn]
        self.card = None if device == "cpu" else self.on_card(device)

    def on_card(self, wished):
        """Tables and counts on a card, or None where the processor does the work."""
        o, counts = self.options, self.counts
        number = card.programs_for_counts(counts.share)
        room = card.bytes_for_counts(counts, self.tables)
        large = card.too_wide(self.tables[0].shape[2])
        device = devices.chosen(wished, counts.nonzeros * o.epochs, devices.COUNTS, number, room, large)
        return device and card.Nonzeros(counts, self.tables, o, device, number)

    @property
    def parts(self):
        """Parts of an epoch."""
        return len(self.counts)

    def work(self, epoch, part):
        """Train on one part; returns (the sum of the costs, each taken before its step, how many they are).

        Each epoch goes through the segments of a part in an order of its own.  The order of the parts stays, so that
        from one visit to a count to the next it is about an epoch: glove.c, too, shuffles only once.
        """
        o = self.options
        if self.card:
            return self.card.work(epoch, part), self.card.sizes[part]
        segments = self.counts[part]
        segments = segments.take(np.random.default_rng((o.seed, epoch, part)).permutation(len(segments)))
        rows, sizes, columns, logs = (segments[name] for name in segments.dtype.names)
        weights = np.exp(np.float32(o.alpha) * np.minimum(logs - np.float32(math.log(o.x_max)), 0))  # f(x), from log x
        cost = glove_loops.train(rows, sizes, columns, logs, weights, *self.tables, np.float32(o.learning_rate))
        return cost, int(sizes.sum())

    def fetch(self):
        """Bring the tables up to what the card has made of them."""
        if self.card:
            self.card.fetch(self.tables)

    def finish(self, epoch, cost):
        """Note the mean cost of an epoch; ValueError where training ran away, see `training.typical_score`.

        A score is meant to be the logarithm of a count, and w · c + b_w + b_c is the product of (w, b_w, 1) and
        (c, 1, b_c).
        """
        tables = self.card.tables if self.card else map(torch.from_numpy, self.tables)
        center, context, center_bias, context_bias = (table[:, 0] for table in tables)
        ones, shares = torch.ones_like(center_bias), np.ones(len(center_bias))
        columns = (center, center_bias, ones), (context, ones, context_bias)
        scores = [lambda left, right, parts=parts: torch.column_stack([part[left:right] for part in parts])
                  for parts in columns]  # fmt: skip
        remedy = f"Lower learning_rate (it was {self.options.learning_rate:g})"
        training.check_sane(cost, epoch, remedy)
        training.check_scores(*scores, shares, shares, epoch, remedy)
        self.costs.append(cost)

    def snapshot(self):
        """A `Model` of its own."""
        self.fetch()
        size = self.options.vector_size
        center, context, center_bias, context_bias = self.tables
        return Model(center[:, 0, :size].copy(), context[:, 0, :size].copy(), center_bias[:, 0].copy(),
                     context_bias[:, 0].copy(), list(self.costs))  # fmt: skip

    def state(self):
        """What a checkpoint keeps: {name: array}."""
        self.fetch()
        return dict(zip(NAMES, self.tables)) | {"costs": np.array(self.costs)}

    def restore(self, state):
        for name, table in zip(NAMES, self.tables):
            table[:] = state[name].numpy()
        self.costs = state["costs"].tolist()
        if self.card:
            self.card.restore(self.tables)


def with_squares(numbers, lanes):
    """A table (words, 2, width): the numbers (words, size), filled up with zeros, and beside them G, all 1.

    The width is a multiple of `lanes`, and the table begins where a line of the cache does (`compiled.aligned`).
    """
    words, size = numbers.shape
    table = compiled.aligned(words, 2, math.ceil(size / lanes) * lanes)
    table[:, 0, :size], table[:, 1] = numbers, 1
    return table


def fit(
    matrix, vector_size=100, x_max=100, alpha=0.75, learning_rate=0.05, epochs=15, seed=1, workers=2, device=None,
    progress=False, after_epoch=None, checkpoint=None,
):  # fmt: skip
    """Fit GloVe to a matrix of counts (V, V), sparse or dense, in memory or on disk: a `Model`.

    matrix         one whose arrays are memory maps is read piece by piece; the path of a folder that
                   `counting.cooccurrence(…, path=…)` has written is taken, too
    x_max, alpha   of `weight`; a small corpus needs a small x_max, or nearly every count weighs next to nothing
    learning_rate  of AdaGrad; biases learn with the rate 1, as in glove.c
    workers        threads, which share the tables without locks (Recht et al. 2011, https://arxiv.org/abs/1106.5730);
                   None: one for each core.  One worker and one seed give the same vectors every time
    device         None: a graphics card where there is one and the counts are enough to gain from it, otherwise the
                   processor; "cuda" or "cpu": that one.  A warning says so where the card cannot be used.  Only on the
                   processor can a training be repeated to the last bit
    progress       show a bar that counts epochs
    after_epoch    called with (epoch, Model) when an epoch is done, or with (epoch, Model, mean cost) if it takes three
                   arguments; the Model is a copy
    checkpoint     a path or a `Checkpoint`: training saves itself there and, called again with the same counts and
                   parameters, goes on from there; with one worker to the very same vectors

    Raises ValueError for parameters out of range, for a matrix that is not square, is empty or holds counts that
    are negative or no numbers, and when training ran away.
    """
    options = Options(vector_size, x_max, alpha, learning_rate, epochs, seed)
    workers, wished, saved = arguments.workers(workers), devices.wish(device), Checkpoint.of(checkpoint)
    if isinstance(matrix, (str, os.PathLike)):
        matrix = count_files.load(matrix)
    with Parts(Counts(matrix)) as parts:
        return learn(parts, options, workers, progress, after_epoch, saved, wished)


def train(
    sentences, vocabulary=None, vector_size=100, window=10, min_count=5, x_max=100, alpha=0.75, learning_rate=0.05,
    epochs=15, seed=1, workers=2, device=None, progress=False, after_epoch=None, checkpoint=None,
):  # fmt: skip
    """Train word vectors from sentences, or from a co-occurrence matrix with its vocabulary: gensim KeyedVectors.

    sentences   an iterable of token lists, the path of a text file (one sentence a line, streamed), or a
                matrix of counts, sparse or dense, whose words `vocabulary` names (no window, no min_count then)
    vocabulary  a Vocabulary (or list of words) made before; None: counted from the sentences with `min_count`
    window      co-occurrences up to this distance count, 1/distance each (`counting.cooccurrence`)

    The vectors are center + context; their attribute `costs` lists the cost of each epoch (see `Model`).
    The other parameters and what is refused: see `fit`.
    """
    options = Options(vector_size, x_max, alpha, learning_rate, epochs, seed)
    workers, wished, saved = arguments.workers(workers), devices.wish(device), Checkpoint.of(checkpoint)
    if isinstance(sentences, (str, os.PathLike)):
        path = arguments.path("sentences", sentences)
        sentences = count_files.load(path) if count_files.note(path) else sentences
    counted = sparse.issparse(sentences) or isinstance(sentences, np.ndarray) and sentences.dtype.kind in "biufc"
    if counted and vocabulary is None:
        raise ValueError("a matrix does not know its words: pass the vocabulary it was counted with")
    if not counted:
        sentences = readable(sentences)
    if vocabulary is None:
        vocabulary = Vocabulary.build(sentences, min_count)
    index = counting.word_index(vocabulary)
    words = sorted(index, key=index.get)
    if counted:
        parts = Parts(named(sentences, words))
    else:
        parts = Parts(Counts(counting.cooccurrence(sentences, vocabulary, window=window, workers=workers)))
    with parts:
        model = learn(parts, options, workers, progress, after_epoch, saved, wished)
    made = vectors.keyed_vectors(words, model.vectors, getattr(vocabulary, "counts", None))
    made.costs = model.costs
    return made


def named(matrix, words):
    """The Counts of a matrix that somebody else has counted; ValueError unless it fits the words and is symmetric."""
    if matrix.shape != (len(words), len(words)):
        raise ValueError(f"the matrix is {matrix.shape} but the vocabulary has {len(words)} words: count it again")
    counts = Counts(matrix)
    if not counts.symmetric():
        raise ValueError("the matrix is not symmetric, but center + context needs one: pass matrix + matrix.T")
    return counts


def learn(parts, options, workers, progress, after_epoch, saved, wished="cpu"):
    """Train on what `Parts` has dealt out, or go on where `saved` says: a `Model`."""
    identity = {"trainer": "glove", "length": LENGTH, "segments": SEGMENTS, **asdict(options)}
    state = saved and saved.restore({**identity, "data": parts.digest()})
    objective = Objective(parts, options, wished)
    workers = 1 if objective.card else workers
    runs.train(objective, options.epochs, workers, progress, after_epoch, saved, state)
    return objective.snapshot()
