"""The trainer of GloVe: a sparse matrix of counts, cut into tiles, each worked off in a few large steps.

What makes it fast:

* Tiles.  The words are dealt out to groups like cards, the most frequent first, so that every group has its share of
  frequent and of rare ones.  Two groups meet in a tile of the matrix.  Its nonzeros are worked off together: their
  scores are one product of two tables, kept only where the tile has counts; all gradients are two sparse products,
  and their squares for AdaGrad two more.  No row of a table is gathered or scattered for a single nonzero.
* One product for everything.  A center's row is (w, b, 1), a context's (c, 1, b): their product is the whole score,
  and the gradients of the biases come out beside those of the vectors.
* Rounds.  In a round every group of rows meets one group of columns, each another one, like pairs in a dance.  Tiles
  of a round share no row and no column, so threads never meet (Gemulla et al. 2011,
  https://doi.org/10.1145/2020408.2020426), and any number of `workers` gives the same vectors.

What keeps it steady: of the n nonzeros of a word in one tile all see it where it was before, not where the others
have already moved it.  Three corrections give about what n steps one after the other would have given (see `move`).
"""

import warnings
from typing import NamedTuple

import numpy as np
import torch
from scipy import sparse
from torch.nn.functional import embedding_bag

from helpers import training

GROUP = 3000  # words of a group at most: two tables of a tile stay in the processor's cache
GROUPS = 14  # at least so many groups: fewer would mean few, large steps per pass
LOAD = 100  # Σ f(x) of the heaviest word in one tile: the more there is, the less exact are its steps
SHARED = 10_000  # nonzeros of an average tile from which a second thread saves more time than it costs
HALF = 0.5  # how far a step may go, of the way to the lowest point in its direction
NAMES = ("center", "context", "center squares", "context squares")  # of the tables, in a checkpoint


class Side(NamedTuple):
    """A tile's nonzeros seen from one of its sides, sorted by this side's rows."""

    other: torch.Tensor  # (n,) int16, which saves memory: row of the other table's group
    starts: torch.Tensor  # (rows + 1,) int32: nonzeros starts[r] … starts[r + 1] − 1 belong to row r
    load: torch.Tensor  # (rows,): Σ f(x) over the nonzeros of each row


class Tile(NamedTuple):
    """The n nonzeros of one group of rows and one group of columns."""

    rows: Side
    columns: Side
    order: torch.Tensor  # (n,) int32: nonzero n of `columns` is number order[n] of `rows`
    logs: torch.Tensor  # (n,): log x, in the order of `rows`
    weights: torch.Tensor  # (n,): f(x)


class Trainer:
    """Two tables, their accumulators, and the tiles of the matrix."""

    def __init__(self, matrix, weight, vector_size, learning_rate, seed, device):
        """matrix: CSR (V, V) of counts above 0.  weight: f, a function of an array of counts."""
        size = matrix.shape[0]
        self.seed, self.device, self.nonzeros = seed, device, matrix.nnz
        heaviest = matrix[[np.argmax(matrix.sum(axis=1))]].data  # the counts of the most frequent word
        finer = min(weight(heaviest).sum() / LOAD, (matrix.nnz / SHARED) ** 0.5)
        self.groups = max(-(-size // GROUP), min(GROUPS, size // 4), int(finer), 1)
        ranked = np.argsort(-np.diff(matrix.indptr), kind="stable")  # the words with most neighbors first
        dealt = [ranked[group :: self.groups] for group in range(self.groups)]
        self.words = np.concatenate(dealt)  # group after group: the order of the tables
        self.bounds = np.cumsum([0, *map(len, dealt)]).tolist()
        center, context = training.initial_vectors(2 * size, vector_size + 2, seed).view(2, size, -1)[:, self.words]
        center[:, -1] = context[:, -2] = 1
        self.tables = [table.to(device) for table in (center, context)]  # (V, dim + 2): w, b, 1 and c, 1, b
        self.squares = [torch.ones_like(table) for table in self.tables]  # AdaGrad's G
        self.rates = [torch.full((vector_size + 2,), float(learning_rate)) for _ in range(2)]
        self.rates[0][-2:], self.rates[1][-2:] = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
        self.rates = [rate.to(device) for rate in self.rates]
        self.epoch, self.round, self.costs, self.total = 0, 0, [], 0.0
        self.tiles = dict(self.cut(matrix, weight))

    def cut(self, matrix, weight):
        """All tiles that hold counts, as ((row group, column group), Tile)."""
        place = np.argsort(self.words)  # where each word stands in the tables
        for a, (first, end) in enumerate(zip(self.bounds, self.bounds[1:])):
            band = matrix[self.words[first:end]]
            logs, f = np.log(band.data), weight(band.data)
            numbers = (np.arange(band.nnz), place[band.indices], band.indptr)
            band = sparse.csr_matrix(numbers, band.shape).tocsc()  # a nonzero is its number in the band
            for b, (left, right) in enumerate(zip(self.bounds, self.bounds[1:])):
                tile = band[:, left:right].tocsr()
                if tile.nnz:
                    x, mine = logs[tile.data], f[tile.data]
                    across = sparse.csr_matrix((np.arange(tile.nnz), tile.indices, tile.indptr), tile.shape).tocsc()
                    rows = self.side(tile, np.repeat(np.arange(end - first), np.diff(tile.indptr)), mine)
                    columns = self.side(across, tile.indices, mine)
                    yield (a, b), Tile(rows, columns, self.ids(across.data), self.numbers(x), self.numbers(mine))

    def side(self, tile, mine, f):
        """A Side from a tile compressed along it; mine (n,): the row or column here of every nonzero."""
        load = np.bincount(mine, f, minlength=len(tile.indptr) - 1)
        return Side(self.ids(tile.indices, np.int16), self.ids(tile.indptr), self.numbers(load))

    def ids(self, array, kind=np.int32):
        return torch.from_numpy(array.astype(kind)).to(self.device)

    def numbers(self, array):
        return torch.from_numpy(array.astype(np.float32)).to(self.device)

    def work(self, a, b):
        """One step for all nonzeros of a tile; the sum of their costs before it."""
        if (a, b) not in self.tiles:
            return 0.0
        tile = self.tiles[a, b]
        rows, columns = (slice(*self.bounds[group : group + 2]) for group in (a, b))
        w, c = self.tables[0][rows], self.tables[1][columns]  # (R, dim + 2), (S, dim + 2)
        pattern = torch.sparse_csr_tensor(
            tile.rows.starts, tile.rows.other.int(), tile.logs, (len(w), len(c)), check_invariants=False
        )
        diff = torch.sparse.sampled_addmm(pattern, w, c.T, beta=-1.0).values()  # (n,): w · c − log x, only there
        f = tile.weights
        g, w_before = f * diff, w.clone()
        move(w, self.squares[0][rows], self.rates[0], c, tile.rows, g, f)
        move(c, self.squares[1][columns], self.rates[1], w_before, tile.columns, g[tile.order], f[tile.order])
        return 0.5 * torch.dot(g, diff).item()

    def run(self, epochs, workers, progress=False, after_epoch=None, saved=None):
        """Go on until `epochs` are done, wherever `restore` left off; after_epoch is called with the epoch's number."""
        with warnings.catch_warnings():  # PyTorch announces once that its sparse matrices are young
            warnings.simplefilter("ignore")
            torch.eye(2).to_sparse_csr()
        workers = workers if self.nonzeros >= SHARED * self.groups**2 else 1
        for epoch in training.progress(range(self.epoch, epochs), "epochs") if progress else range(self.epoch, epochs):
            draw = np.random.default_rng((self.seed, epoch))
            rounds, partners = draw.permutation(self.groups), draw.permutation(self.groups)
            for turn in rounds[self.round :]:
                pairs = [(a, partners[(a + turn) % self.groups]) for a in range(self.groups)]
                self.total += sum(parallel(self.work, pairs, workers))
                self.round += 1
                if saved and self.round < self.groups and saved.due():
                    saved.save(self.state())
            self.costs.append(self.total / self.nonzeros)
            self.epoch, self.round, self.total = epoch + 1, 0, 0.0
            if not np.isfinite(self.costs[-1]):
                raise ValueError(f"training ran away: the cost of epoch {epoch + 1} is no longer a number. "
                                 "Lower learning_rate")  # fmt: skip
            if saved and (saved.due() or self.epoch == epochs):
                saved.save(self.state())
            if after_epoch:
                after_epoch(epoch)

    def state(self):
        """Everything that training goes on from, by name."""
        tensors = dict(zip(NAMES, (*self.tables, *self.squares)))
        done = {"epoch": self.epoch, "round": self.round, "total": self.total, "costs": self.costs}
        return tensors | {name: torch.tensor(value, dtype=torch.float64) for name, value in done.items()}

    def restore(self, state):
        """Take up what `state` gave."""
        for name, tensor in zip(NAMES, (*self.tables, *self.squares)):
            tensor.copy_(state[name])
        self.epoch, self.round, self.total = int(state["epoch"]), int(state["round"]), float(state["total"])
        self.costs = state["costs"].tolist()

    def found(self):
        """Center vectors, context vectors (V, dim), center biases, context biases (V,), by the rows of the matrix."""
        center, context = (np.empty(tuple(table.shape), np.float32) for table in self.tables)
        for copy, table in zip((center, context), self.tables):
            copy[self.words] = table.cpu().numpy()
        return center[:, :-2], context[:, :-2], center[:, -2], context[:, -1]


def move(table, squares, rate, others, side, g, f):
    """One AdaGrad step for every row of `table` (R, dim + 2), all its nonzeros in the tile together; in place.

    others (S, dim + 2): rows of the other table, as they were.  g (n,): f(x) · error of each nonzero.  f (n,): f(x).
    squares (R, dim + 2): G.  rate (dim + 2,): η for vectors, 1 for the bias, 0 for the constant column.

    n steps one after the other differ from n times the first one in three ways.  G grows on the way: the mean of 1/√G
    between its values before and after is 2 / (√before + √after).  Each step to the bias leaves a share 1 − f/√G of
    its errors: with s = Σ f/√G about e^−s is left after all of them, the way gone is 1 − e^−s and not s.  And steps
    of a vector shrink where the errors do, so that it does not run past them: see `within`.
    """
    starts, ids = side.starts[:-1], side.other.int()
    gradient = embedding_bag(ids, others, starts, mode="sum", per_sample_weights=g)  # (R, dim + 2): Σ g · other
    square = others**2
    longest = square[:, :-2].sum(1).max()
    square = embedding_bag(ids, square, starts, mode="sum", per_sample_weights=g * g)
    before = squares.sqrt()
    squares.addcmul_(square, rate**2)  # each nonzero's own (η · gradient)², as if they came one by one
    step = (2 / before.add_(squares.sqrt())).mul_(rate)
    bias = int(rate[-1] > 0) - 2  # the column that moves with rate 1
    s = side.load * step[:, bias]
    step[:, bias] *= torch.where(s > 1e-3, -torch.expm1(-s) / s.clamp(min=1e-3), 1 - s / 2)
    far = torch.nonzero(side.load * rate[0] * longest > HALF)  # only there can `within` be less than 1
    if len(far):
        rows = slice(int(far[-1]) + 1)  # frequent words stand first in their group, so these are few
        step[rows, :-2] *= within(gradient[rows], step[rows], others, side, ids, f)[:, None]
    table.sub_(gradient.mul_(step))


def within(gradient, step, others, side, ids, f):
    """What share of the step of each of the first rows' vectors to take, (rows,): 1, or less where it leads too far.

    Along a step p the cost of the row's nonzeros is a parabola in t, −t · slope + t²/2 · Σ f (c · p)², which is lowest
    at slope / Σ f (c · p)².  Half-way there is far enough, since the words on the tile's other side move, too.
    c · p is what p changes in the score of a nonzero: one more product, kept only where the tile has counts.
    """
    p = gradient * step
    p[:, -2:] = 0  # the vector alone
    starts = side.starts[: len(p) + 1]
    f, ids = f[: starts[-1]], ids[: starts[-1]]
    pattern = torch.sparse_csr_tensor(starts, ids, f, (len(p), len(others)), check_invariants=False)
    change = torch.sparse.sampled_addmm(pattern, p, others.T, beta=0.0).values()  # (n,): c · p
    curvature = torch.segment_reduce(f * change**2, "sum", offsets=starts.long())
    slope = (gradient * p).sum(1)
    return (HALF * slope / curvature.clamp(min=1e-30)).clamp(max=1)


def parallel(function, arguments, workers):
    """[function(*one) for one in arguments], shared by `workers` threads."""
    found, queue = [None] * len(arguments), iter(range(len(arguments)))

    def work():
        for n in queue:
            found[n] = function(*arguments[n])

    training.in_threads(work, workers)
    return found
