"""Training by several processes, which torchrun starts: each on its own shard of the text, and now and then all agree.

    torchrun --nproc-per-node 4 train.py       # train.py calls word2vec.train or fasttext.train as ever
    set USE_LIBUV=0                            # on Windows before that: PyTorch's packages may lack that library there

Counts add up, gradients do not: each is taken at the place where the vectors stand, and every step moves that place.
So the processes start from the same vectors, each trains its own copy for a while, and then the copies agree and all
go on from there (Ji et al. 2016, https://arxiv.org/abs/1611.06172; with torch.distributed over gloo, since the
compiled loops work on processors).

* What the copies have moved a row by is added up.  The whole sum overshoots where they all run for the same goal: of N
  that reach it, it lands N − 1 times as far behind as they were before it.  The mean of the movers never does, but it
  makes one step where one process, reading all of the text, would make N.  So the sum is divided by half the number of
  movers: two moves may be added, which land behind the goal as far away as they were at worst.  Where the two steps
  would be longer than HIGHEST together, fewer are added (ADDED), and the mean is left where one alone is as long.
* What is still lost of N steps is made up by their length: the first rate is N / 2 times `alpha`, if that is more, but
  not above HIGHEST, beyond which a copy alone would run away.  It is raised to r times `alpha`.
* A row that few processes moved has nobody to share the longer steps with.  So its sum is divided by r at least, and a
  rare word learns what it would have learnt in one process at `alpha`.
* After every `average_every` words that a process has read all rows are averaged; the rows of frequent words, which
  drift apart soonest, STEPS times as often.  An average costs the same however much was learnt in between.
* After an average of all rows every process holds the same model.  The first one saves it then, so a checkpoint never
  mixes two.  A process that is lost ends the others; started again, all go on from the checkpoint.
* All processes must be given the same text, vocabulary and parameters; what tells them apart is asked (`agree`).
* Every process calls `after_epoch` and returns the same vectors; let the first one write files (`is_first`).
"""

import atexit
import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as processes

from helpers import arguments, cluster, corpora, runs, tallies
from helpers.checkpoints import digest

EVERY = 100_000  # words that a process reads between two averages of all rows
HIGHEST = 0.1  # learning rate that several processes start with, at most
ADDED = 2  # moves of a row that are added up, at most
STEPS = 4  # averages of the frequent rows in that time, the last one of all rows; fewer where it has fewer chunks
FREQUENT = 16  # one row in so many, the most frequent ones
BAND = 1 << 16  # rows that are averaged at one go, so that little more memory than the tables' is needed
NUMBERS = np.float32, np.float64, np.int32, np.int64  # that can be added up
PATIENCE = timedelta(minutes=30)  # how long one process waits for another


class Group:
    """The processes that torchrun has started: this one's `rank`, and how many they are, `size`."""

    def __init__(self):
        if not processes.is_initialized():
            with together():
                store, rank, size = next(processes.rendezvous("env://", timeout=PATIENCE))
                store = processes.PrefixStore(
                    os.environ["TORCHELASTIC_RESTART_COUNT"], store
                )  # of this start, no other
                processes.init_process_group("gloo", store=store, rank=rank, world_size=size, timeout=PATIENCE)
            atexit.register(processes.destroy_process_group)
        self.rank, self.size = processes.get_rank(), processes.get_world_size()

    def add(self, array):
        """Replace a NumPy array by the sum of everybody's.  TypeError for one that cannot be added up in its place."""
        numbers = isinstance(array, np.ndarray) and array.dtype in NUMBERS and array.dtype.isnative
        if not numbers or not array.flags.c_contiguous or not array.flags.writeable:
            raise TypeError(f"add takes a NumPy array of numbers that lie one after the other and may be changed, not "
                            f"{arguments.shown(array)}: pass np.array(values, dtype=np.float32)")  # fmt: skip
        with together():
            processes.all_reduce(torch.from_numpy(array))

    def gather(self, value):
        """Everybody's values, in the order of the ranks."""
        found = [None] * self.size
        with together():
            processes.all_gather_object(found, value)
        return found

    def first(self, value):
        """The value of rank 0."""
        found = [value]
        with together():
            processes.broadcast_object_list(found)
        return found[0]

    def shard(self, sentences):
        """This process's part of a corpus, or of a list."""
        if isinstance(sentences, corpora.Corpus):
            return sentences.shards(self.size)[self.rank]
        sentences = arguments.listed("sentences", sentences, "sentences")
        first, end = (len(sentences) * rank // self.size for rank in (self.rank, self.rank + 1))
        return sentences[first:end]


def group():
    """The Group that this process belongs to; None where torchrun has not started several."""
    return Group() if size() > 1 else None


def device(group, wished):
    """What `devices.wish` has found, or the processor for the processes of a group: the card's tables do not average.

    Whoever asked for a card is told so, once for all processes.
    """
    if not group:
        return wished
    if wished not in (None, "cpu") and group.rank == 0:
        arguments.warn(f"the processes that torchrun starts train on the processor, not on {wished!r}")
    return "cpu"


def size():
    """How many processes torchrun has started.  RuntimeError where its variables are not what it sets."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return 1
    found = {name: os.environ.get(name, "") for name in ("WORLD_SIZE", "RANK", "TORCHELASTIC_RESTART_COUNT")}
    if odd := [f"{name}={value!r}" for name, value in found.items() if not (value.isascii() and value.isdigit())]:
        raise RuntimeError(f"torchrun sets {', '.join(found)}, and here {', '.join(odd)} stands: start the script with "
                           "torchrun, or unset TORCHELASTIC_RUN_ID")  # fmt: skip
    return int(found["WORLD_SIZE"])


def agree(group, given):
    """ValueError in every process of a group, or None, where one of them was given something else.

    given: {name: value} in each process, under the same names.
    """
    told = group.gather(given) if group else []
    for rank, other in enumerate(told):
        for name, value in other.items():
            if value != told[0][name]:
                was, now = (arguments.shown(one) for one in (told[0][name], value))
                raise ValueError(f"{name} must be the same in all processes that torchrun starts, but it is {was} in "
                                 f"number 0 and {now} in number {rank}")  # fmt: skip


def signature(sentences):
    """What mostly tells one text from another, without reading all of it: sizes of files, or some of its sentences."""
    if isinstance(sentences, corpora.Corpus):
        sizes = [os.path.getsize(path) for path in sentences.files or ()]
        return f"{sentences!r}, at most {sentences.max_sentence_length:,} tokens, of {sizes} bytes"
    sentences = arguments.listed("sentences", sentences, "sentences")
    some = sentences[:: max(1, len(sentences) // 1000)]
    return f"{len(sentences):,} sentences {digest(list(map(repr, some)))}"


def is_first():
    """Whether this process is the one to write results: the first of those that torchrun started, or alone."""
    return size() == 1 or os.environ["RANK"] == "0"


@contextlib.contextmanager
def together():
    """Where the other processes do not answer any more, say what helps."""
    try:
        yield
    except RuntimeError as error:
        raise RuntimeError(f"another process of this training has ended or does not answer ({error}): torchrun names "
                           "it; start all of them again, and they go on from the checkpoint") from None  # fmt: skip


def tally(group, sentences):
    """The Tally of everybody's sentences, which every process is given."""
    return cluster.tree(tallies.added, group.gather(tallies.tally(sentences)))


class Averaged:
    """An objective (see `helpers.runs`) whose parts are rounds; each trains a share of an epoch and ends in an average.

    objective   what is trained
    engine      the `word2vec.Objective` in it, with its tables `inputs` and `outputs`, rows by frequency
    workers     threads of this process
    every       words that a process reads in a round, if it is not less than a chunk
    """

    def __init__(self, objective, engine, group, workers, every):
        self.group, self.engine, self.workers = group, engine, workers
        self.state, self.snapshot, self.finish = objective.state, objective.snapshot, objective.finish
        self.objective, self.tables = objective, (engine.inputs, engine.outputs)
        alpha = engine.options.alpha
        self.added = max(1, min(ADDED, HIGHEST / alpha))
        engine.options = replace(engine.options, alpha=max(alpha, min(group.size / self.added * alpha, HIGHEST)))
        self.raised = engine.options.alpha / alpha
        self.agreed = [table.copy() for table in self.tables]  # what all processes held after the last average
        engine.place = (group.rank,)  # every process draws numbers of its own
        longest, chunks = map(max, zip(*group.gather((engine.stream.size, engine.parts))))
        self.parts = min(max(1, round(longest / every)), chunks)  # an average without training in between is idle
        self.steps = min(STEPS, -(-chunks // self.parts))

    def restore(self, state):
        self.objective.restore(state)
        for table, agreed in zip(self.tables, self.agreed):
            agreed[:] = table

    def work(self, epoch, part):
        """One round: (the sum of everybody's losses, how many they are)."""
        found = np.zeros(2)
        for step in range(part * self.steps, (part + 1) * self.steps):
            first, end = (self.engine.parts * at // (self.parts * self.steps) for at in (step, step + 1))
            found += self.trained(epoch, first, end)
            all_rows = step + 1 == (part + 1) * self.steps
            for table, agreed in zip(self.tables, self.agreed):
                rows = len(table) if all_rows else len(table) // FREQUENT
                average(self.group, table[:rows], agreed[:rows], self.raised, self.added)
        self.group.add(found)
        return found

    def trained(self, epoch, first, end):
        """Train on some chunks of this process's text: (sum of the losses, how many they are)."""
        with ThreadPoolExecutor(self.workers) as pool:
            found = list(pool.map(lambda chunk: self.engine.work(epoch, chunk), range(first, end)))
        return np.array(found).reshape(-1, 2).sum(0)


def average(group, table, agreed, raised, added=ADDED):
    """Bring a table (rows, dim) together from all processes, in place.

    agreed: what all held before, and hold afterwards.  raised: how many times its plain value the rate was at first.
    added: how many moves of a row are added up, rather than averaged.
    """
    for first in range(0, len(table), BAND):
        mine, shared = table[first : first + BAND], agreed[first : first + BAND]
        change = mine - shared
        moved = (change != 0).any(1).astype(np.float32)  # 1 for each row that this process has moved
        group.add(change)
        group.add(moved)
        shared += change / np.maximum(moved / np.float32(added), np.float32(raised))[:, None]
        mine[:] = shared


def train(group, objective, engine, settings, epochs, workers, progress, after_epoch, saved, every):
    """What `runs.train` does, in step with the other processes; see there.

    settings: what a checkpoint says about this training (`word2vec.identity`).
    """
    every = every or EVERY
    averaged = Averaged(objective, engine, group, workers, every)
    data = digest(*group.gather(settings["data"]))
    settings = settings | {"data": data, "processes": group.size, "average_every": every}
    saved = saved if group.rank == 0 else None
    state = group.first(saved and saved.restore(settings))
    return runs.train(averaged, epochs, 1, progress and group.rank == 0, after_epoch, saved, state)
