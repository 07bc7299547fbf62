"""Training on a graphics card: what lies there, what is drawn there, and the launches of `kernels`.

The whole corpus lies on the card, four bytes a word, and so do the tables.  An epoch is cut into as many stretches as
there are programs, and each program goes through its own, PIECE entries with every launch: programs that run at the
same time read from all over the corpus, so that they meet different words, except for the frequent ones.

How many programs.  They add their moves to the same tables without locks.  A program reads rows, works out steps and
adds them; in between it knows nothing of what others have added.  Steps that know nothing of each other add up to one
that goes too far, and where too many are under way training runs away.  So what must stay small is the sum of
rate · weight over the steps that are under way on one row, its pull.  A block gives an output row, in skip-gram,

    T · (window + 1) · (share of its word among the trained + negative · its share of the noise)

steps (T centers, window + 1 contexts each; CBOW has one for each center), and an input row T · (window + 1) · (1 +
negative) · the share of the words that it stands for.  `programs` takes as many programs as leave the pull of every
output row below OUTPUTS and that of every input row below INPUTS.

Measured on an H200, 27 November 2026, on a million and on three million words of English books and on Korean Wikipedia
(2.2 M words), with 8 to 512 programs (bench/gpu.txt).  Skip-gram on the books was ruined by pulls of output rows from
64 on; at the rate .1 one of 31 was enough for it to run away, and without subsampling one of 32 cost six points of
SimLex-999.  Otherwise pulls up to 35 on the books and up to 44 on Wikipedia left scores level with the processor's.
CBOW, whose noise words meet a quarter of the centers at a time, stood 43, FastText 70, since its programs spend most of
their time elsewhere; pulls of input rows up to 112 harmed nothing.  OUTPUTS is a third of the smallest pull that did
harm, INPUTS about a quarter of the largest that did none.

GloVe's steps are largest while every G is still 1, and those of the biases are as large as the error.  As many programs
run as have FLYING segments under way on the row of the most frequent word (`programs_for_counts`): an eighth of them at
first, twice as many with every launch (`Nonzeros.number_at`).  On the million words the costs of five epochs are the
processor's to a tenth of a percent with up to 128 programs from the start (3 under way); with 512 the first epoch costs
12 % more.

Results on a card are not repeatable to the last bit: which of two programs adds first is a matter of chance.
"""

import contextlib
import math

import numpy as np
import torch

from helpers.blocks import CENTERS, END, REPEATS, shared_noise
from helpers.glove_loops import CLIP, LENGTH

GROUPS = 4  # groups of centers of a block of CBOW: every fourth center has the same noise words
PIECE = 8192  # entries of the corpus that a program takes with each launch; a multiple of CENTERS
OUTPUTS, INPUTS = 10.0, 30.0  # the most that may pull at an output row, and at an input row
FLYING = 4.0  # segments under way, on average, on the row that most of GloVe's counts are in
SLOW = 3  # launches until all of GloVe's programs run: an eighth of them, a quarter, half
MOST = 2048  # programs: with the tiles of 100 numbers no card runs so many at once
LARGEST = 2**15  # numbers of a tile that a program can hold: 64 in each of 512 threads


def programs(options, shares, noise, rows, starts):
    """How many programs a vocabulary bears, at least 1, at most MOST.

    options        `word2vec.Options`
    shares, noise  (words,): of the trained words, and of the noise words
    rows, starts   see `blocks.gather`

    A word of several rows moves by the mean of their moves, so what counts is the mean of their shares.
    """
    contexts = options.window + 1
    outputs = (shares + options.negative * noise).max() * (contexts if options.sg else 1)
    sizes = np.diff(starts)
    row_shares = np.bincount(rows, np.repeat(shares, sizes))  # how often each row is that of a trained word
    means = np.add.reduceat(row_shares[rows], starts[:-1]) / sizes
    inputs = means.max() * contexts * (1 + options.negative)
    return int(np.clip(min(OUTPUTS / outputs, INPUTS / inputs) / (options.alpha * CENTERS), 1, MOST))


def programs_for_counts(share):
    """How many programs GloVe's counts bear; share: of the nonzeros, how many the most frequent word has."""
    return int(np.clip(FLYING / (LENGTH * share), 1, MOST))


def power_of_two(number):
    """The next power of two, 16 at least: tiles have as many rows or columns, and matrices that are multiplied 16."""
    return max(16, 1 << (number - 1).bit_length())


def current(device):
    """A context in which kernels are launched on this device."""
    return torch.cuda.device(device) if device.startswith("cuda") else contextlib.nullcontext()


def precision(device):
    """How products of matrices are worked out on a device, see `kernels`."""
    units = device.startswith("cuda") and torch.cuda.get_device_capability(device) >= (8, 0)
    return "tf32" if units else "ieee"


def warps(numbers):
    """How many groups of 32 threads work on a tile of so many numbers: 16 numbers a thread, up to 16 groups."""
    return int(np.clip(numbers // (16 * 32), 1, 16))


def too_large(options):
    """Why a program cannot hold a block of such options, in a few words, or ""."""
    rows = CENTERS if options.sg else max(power_of_two(CENTERS + 2 * options.window), power_of_two(options.negative))
    if rows * power_of_two(options.vector_size) > LARGEST or options.window > PIECE:
        names = "vector_size or window" if options.sg else "vector_size, window or negative"
        return f"{names} is too large for a program on a card"
    return ""


def shared_bytes(options):
    """How much of the memory that its threads share a program takes, at most, for the tiles that it multiplies.

    Those are the centers and what they meet; where CBOW meets more noise words than centers, these lie there twice.
    Read off what Triton 3.6 and 3.7 compile for cards from a T4 to an H100; `tests/test_kernels.py` compares.
    """
    noise = power_of_two(options.negative)
    rows = CENTERS + (CENTERS if options.sg else power_of_two(CENTERS + 2 * options.window))
    if not options.sg and noise > CENTERS:
        rows = max(rows, 2 * (CENTERS + noise))
    return 4 * power_of_two(options.vector_size) * rows + 1024


def too_wide(width):
    """Why a program cannot hold GloVe's rows of so many numbers, in a few words, or ""."""
    too_many = LENGTH * power_of_two(width) > LARGEST
    return "vector_size is too large for a program on a card" if too_many else ""


def noise_of_block(options):
    """How many noise words are drawn for a block."""
    if options.sg:
        return int(shared_noise(options.window, options.negative))
    return GROUPS * options.negative


def bytes_for(stream_size, rows, options, number=MOST):
    """About how much memory of a card `Words` takes: corpus, two tables, and what a launch of `number` programs draws.

    rows: of both tables together.  While subsampling is at work, each entry of a piece takes about 48 bytes.  Later, 8
    are left of it, and each noise word, while it is being drawn, takes about 40.
    """
    entries = PIECE * min(number, stream_size // PIECE + 1)
    noise_words = entries // CENTERS * noise_of_block(options)
    return 4 * stream_size + 4 * options.vector_size * rows + max(48 * entries, 8 * entries + 40 * noise_words)


def bytes_for_counts(parts, tables):
    """How much memory of a card `Nonzeros` takes: the tables, and each segment with the weights of its nonzeros."""
    return sum(table.nbytes for table in tables) + parts.segments * (parts.type.itemsize + 4 * LENGTH)


class Words:
    """The tables of word2vec or FastText on a card, and what one launch does to them.

    ids       int32 (n,), the whole corpus, END after each sentence
    keep, share, alias (words,), rows, starts, inputs, outputs: NumPy arrays, see `blocks.skipgram`
    options   `word2vec.Options`
    device    of PyTorch; "cpu" only with Triton's interpreter
    number    of programs; there are no more of them than whole pieces in the corpus
    """

    def __init__(self, ids, keep, share, alias, rows, starts, inputs, outputs, options, device, number, measure=False):
        self.options, self.device, self.measure = options, device, measure
        self.number = max(1, min(number, len(ids) // PIECE))
        self.length = math.ceil(len(ids) / self.number)  # of a stretch
        self.parts = math.ceil(self.length / PIECE)  # launches of an epoch
        self.keep, self.share, self.alias, self.rows = map(self.put, (keep, share, alias, rows))
        self.ids, self.starts = self.put(ids), self.put(np.asarray(starts, np.int64))
        self.inputs, self.outputs = self.put(inputs), self.put(outputs)
        self.own = np.array_equal(rows, np.arange(len(share)))  # every word has one row, its own
        self.precision = precision(device)

    def put(self, array):
        """A copy of an array on the device."""
        return torch.tensor(array, device=self.device)

    def fetch(self, inputs, outputs):
        """Copy both tables from the card into arrays."""
        inputs[:], outputs[:] = self.inputs.cpu().numpy(), self.outputs.cpu().numpy()

    def restore(self, inputs, outputs):
        """Copy both tables from arrays to the card."""
        self.inputs.copy_(torch.from_numpy(inputs))
        self.outputs.copy_(torch.from_numpy(outputs))

    def work(self, epoch, part):
        """One launch; returns (the sum of its losses, how many they are), or (0.0, 0) if they are not measured."""
        rates = (self.options.rate((epoch + k / self.parts) / self.options.epochs) for k in (part, part + 1))
        chance = torch.Generator(self.device).manual_seed(seed_of(self.options.seed, epoch, part))
        words, sentences, pieces = self.subsampled(part, chance)
        noise = self.noise_for(chance)
        reaches = None if self.options.sg else self.reaches(len(words), chance)
        with current(self.device):
            found = self.launch(words, sentences, pieces, noise, reaches, *rates)
        loss, count = found.sum(0).tolist()  # waits for the kernel, so that Ctrl-C finds none at work
        return (loss, count) if self.measure else (0.0, 0)

    # What `blocks` draws one after the other is drawn here for all programs at once.

    def subsampled(self, part, chance):
        """What subsampling leaves of a part: (words, the number of each one's sentence, where each program's begin).

        int32 (n,), int32 (n,), int64 (programs + 1,).
        """
        first = torch.arange(self.number, device=self.device)[:, None] * self.length
        places = first + part * PIECE + torch.arange(min(PIECE, self.length), device=self.device)
        there = places < (first + self.length).clamp(max=len(self.ids))  # (programs, PIECE)
        ids = torch.where(there, self.ids[places.clamp(max=len(self.ids) - 1)], END)
        drawn = torch.rand(ids.shape, generator=chance, device=self.device)
        kept = (ids != END) & (drawn < self.keep[ids.clamp(min=0)])
        sentences = (ids == END).cumsum(1).int()
        pieces = torch.zeros(self.number + 1, dtype=torch.int64, device=self.device)
        pieces[1:] = kept.sum(1).cumsum(0)
        return ids[kept], sentences[kept], pieces

    def noise_for(self, chance):
        """Noise words for every CENTERS places of a program's piece: int32.

        (programs, blocks, shared noise words) for skip-gram, (programs, blocks, GROUPS, negative) for CBOW.
        """
        blocks = math.ceil(min(PIECE, self.length) / CENTERS)
        words = self.noise_words((self.number, blocks, noise_of_block(self.options)), chance)
        if self.options.sg:
            return words
        # the words of a group come from all over the distribution
        return words.view(self.number, blocks, self.options.negative, GROUPS).transpose(2, 3).contiguous()

    def noise_words(self, shape, chance):
        """Noise words, int32; those along the last dimension are dealt out over the distribution.

        See `blocks.noise_word`.
        """
        n, drawn = shape[-1], (torch.rand(shape, generator=chance, device=self.device) for _ in range(2))
        dealt = torch.arange(n, device=self.device) + next(drawn).double()  # word k: somewhere from k to k + 1, of n
        column = (dealt * (len(self.share) / n)).long().clamp(max=len(self.share) - 1)
        return torch.where(next(drawn) < self.share[column], column, self.alias[column]).int()

    def reaches(self, n, chance):
        """The window of each center of CBOW, 1 to `window`: int32 (n,)."""
        drawn = torch.randint(1, self.options.window + 1, (n,), generator=chance, device=self.device)
        return drawn.int()

    def launch(self, words, sentences, pieces, noise, reaches, rate, last_rate):
        """Run the kernel on what was drawn; returns float64 (programs, 2), see `kernels`."""
        from helpers import kernels  # where this class is used, `devices` has tried that

        o, dim = self.options, self.inputs.shape[1]
        found = torch.zeros(len(pieces) - 1, 2, dtype=torch.float64, device=self.device)
        model = self.rows, self.starts, self.inputs, self.outputs, found, dim
        numbers = noise.shape[1], o.window, o.negative, float(rate), float(last_rate)
        tile = power_of_two(dim)
        common = {"OWN": self.own, "PRECISION": self.precision, "MEASURE": self.measure}
        if o.sg:
            kernels.skipgram[(len(found),)](
                words, sentences, pieces, noise, *model, *numbers, T=CENTERS, REPEATS=REPEATS,
                NOISE=noise.shape[2], D=tile, num_warps=warps(CENTERS * tile), **common,
            )  # fmt: skip
        else:
            span = power_of_two(CENTERS + 2 * o.window)
            kernels.cbow[(len(found),)](
                words, sentences, pieces, noise, reaches, *model, *numbers, T=CENTERS, REPEATS=REPEATS,
                SPAN=span, GROUPS=GROUPS, NOISE=power_of_two(o.negative), D=tile, MEAN=o.cbow_mean, EXACT=o.cbow_exact,
                num_warps=warps(span * tile), **common,
            )  # fmt: skip
        return found


class Nonzeros:
    """GloVe's tables and counts on a card, and what one launch does to them.

    parts    `glove_counts.Parts`;  tables: those of `glove.Objective`, NumPy arrays
    options  `glove.Options`
    number   of programs, once training is under way
    """

    def __init__(self, parts, tables, options, device, number):
        self.options, self.device, self.number = options, device, number
        self.tables = [torch.tensor(table, device=device) for table in tables]
        self.parts = [self.put(parts[part]) for part in range(len(parts))]
        self.sizes = [int(size.sum()) for _, size, *_ in self.parts]  # nonzeros of each part

    def put(self, segments):
        """Segments on the device: (row, size, columns, log x, f(x)) of each, f from log x."""
        row, size, found, logs = (torch.tensor(segments[name], device=self.device) for name in segments.dtype.names)
        weights = torch.exp(self.options.alpha * (logs - math.log(self.options.x_max)).clamp(max=0))
        return row, size, found, logs, weights

    def fetch(self, tables):
        """Copy all tables from the card into arrays."""
        for table, mine in zip(tables, self.tables):
            table[:] = mine.cpu().numpy()

    def restore(self, tables):
        """Copy all tables from arrays to the card."""
        for table, mine in zip(tables, self.tables):
            mine.copy_(torch.from_numpy(table))

    def work(self, epoch, part):
        """One launch, the segments of a part in an order of their own; the sum of the costs."""
        chance = torch.Generator(self.device).manual_seed(seed_of(self.options.seed, epoch, part))
        order = torch.randperm(len(self.parts[part][0]), generator=chance, device=self.device)
        with current(self.device):
            return self.launch(order, part, self.number_at(epoch, part))

    def number_at(self, epoch, part):
        """How many programs run in a launch; it depends on epoch and part alone, so that a resumed training agrees."""
        doublings = SLOW - min(SLOW, epoch * len(self.parts) + part)  # that are still to come
        return max(1, self.number >> doublings)

    def launch(self, order, part, number=1):
        """Run the kernel on the segments of a part in the order given; the sum of the costs."""
        from helpers import kernels

        number = max(1, min(number, len(order)))
        found = torch.zeros(number, dtype=torch.float64, device=self.device)
        width = self.tables[0].shape[2]
        tile = power_of_two(width)
        kernels.glove[(number,)](
            order, *self.parts[part], *self.tables, found, len(order), width, self.options.learning_rate,
            CLIP=float(CLIP), LENGTH=LENGTH, D=tile, num_warps=warps(LENGTH * tile),
        )  # fmt: skip
        return found.sum().item()


def seed_of(seed, epoch, part):
    """A seed for the generator of one launch, from the training's seed, the epoch and the part."""
    return int(np.random.SeedSequence((seed, epoch, part)).generate_state(1, np.uint64)[0] >> np.uint64(1))
