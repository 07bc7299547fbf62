"""word2vec: skip-gram and CBOW with negative sampling (Mikolov et al. 2013b, https://arxiv.org/abs/1310.4546).

    vectors = word2vec.train(sentences, epochs=5)

A trainer has three parts: the `Options`, checked and fixed; an objective, here the two tables of vectors and what one
piece of text does to them; and the loop of `helpers.runs`, which all trainers share.  The loops that do the work, and
why they do it in this order, are in `helpers.blocks`.  A large corpus goes to a graphics card where there is one:
`helpers.devices` says when, `helpers.card` and `helpers.kernels` how.
"""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np
import torch

from helpers import arguments, averaging, blocks, card, corpora, devices, letters, runs, training, vectors
from helpers.checkpoints import Checkpoint, digest
from helpers.negatives import alias_table
from helpers.streams import TokenStream
from helpers.vocabulary import Vocabulary

CHUNK = 25_000  # stream entries that a thread takes at a time


@dataclass(frozen=True)
class Options(runs.FallingRate):
    """Everything that decides the vectors, beside the text; the names and defaults are gensim's (but sg=1).

    ValueError, naming the parameter and what is expected, for a value out of range.
    """

    vector_size: int = 100
    window: int = 5
    sg: int = 1  # 1: skip-gram, 0: CBOW
    cbow_mean: bool = True  # CBOW takes the mean of the contexts, or their sum
    cbow_exact: bool = False  # CBOW with the true gradient of the mean, see `blocks.cbow`
    negative: int = 5  # noise words for each pair
    sample: float = 1e-3  # threshold of subsampling; 0 keeps every word
    ns_exponent: float = 0.75  # of the noise distribution
    alpha: float = 0.025  # learning rate at the start
    min_alpha: float = 1e-4  # and at the end
    epochs: int = 5
    seed: int = 1

    def __post_init__(self):
        hint = ": without noise words every vector would grow alike"
        self.keep("negative", arguments.whole("negative", self.negative, 1, arguments.MOST, hint=hint))
        for name in ("vector_size", "window", "epochs"):
            self.keep(name, arguments.whole(name, getattr(self, name), 1, arguments.MOST))
        self.keep("seed", arguments.whole("seed", self.seed, 0, 2**63 - 1))
        self.keep("sg", int(arguments.choice("sg", self.sg, (1, 0), hint=": 1 is skip-gram, 0 is CBOW")))
        for name in ("cbow_mean", "cbow_exact"):
            self.keep(name, arguments.flag(name, getattr(self, name)))
        for name, least in (("alpha", 0), ("min_alpha", 0), ("sample", 0), ("ns_exponent", -10)):
            self.keep(name, arguments.number(name, getattr(self, name), least=least))
        if self.alpha == 0 or self.min_alpha > self.alpha:
            raise ValueError("alpha must be above 0 and not below min_alpha, "
                             f"not {self.alpha!r} and {self.min_alpha!r}")  # fmt: skip


class Objective:
    """Two tables of vectors, and the work on one chunk of a stream of ids.

    inputs   float32 (rows, vector_size): row w is the input vector of word w, unless `rows` says otherwise
    outputs  float32 (words, vector_size)
    place    what the random numbers depend on beside seed and chunk: which of several processes this is
    rows     (rows int32, starts int64 (words + 1,)): which rows each word is the mean of; None: its own
    card     the tables on a graphics card (`card.Words`) if this training goes there, otherwise None
    """

    def __init__(self, vocabulary, stream, options, rows=None, inputs=None, measure=False, held_out=None, device="cpu"):
        size = len(vocabulary)
        self.stream, self.options, self.measure, self.held_out = stream, options, measure, held_out
        self.starts, self.remedy = stream.starts(CHUNK), f"Lower alpha (it was {options.alpha:g})"
        if inputs is None:  # between ±1 / dim, as in gensim and fastText: wider than in word2vec.c, and it learns more
            inputs = training.initial_vectors(size, options.vector_size, options.seed).mul_(2).numpy()
        self.inputs, self.outputs = inputs, np.zeros((size, options.vector_size), np.float32)
        keep = vocabulary.keep_probability(options.sample) if options.sample else np.ones(size)
        noise = vocabulary.noise(options.ns_exponent)
        share, alias = alias_table(noise)
        self.chances = keep.astype(np.float32), share.astype(np.float32), alias.astype(np.int32)
        self.rows = rows or (np.arange(size, dtype=np.int32), np.arange(size + 1))
        self.held_out_losses, self.place = [], ()
        self.trained, self.noise = np.multiply(vocabulary.counts, keep), noise  # how often each word is drawn as such
        each = np.diff(self.rows[1])  # how many rows a word has
        shares = np.repeat(self.trained / each, each)
        self.taken = np.bincount(self.rows[0], shares, len(inputs))  # how often each row is one of a word's
        self.card = None if device == "cpu" else self.on_card(device, self.trained, noise)

    def on_card(self, wished, trained, noise):
        """The tables on a card, or None where the processor does the work.

        trained, noise (words,): how often each word is trained, its share of the noise.
        """
        o, rows = self.options, len(self.inputs) + len(self.outputs)
        number = card.programs(o, trained / trained.sum(), noise, *self.rows)
        room = card.bytes_for(self.stream.size, rows, o, number)
        work = self.stream.tokens * o.epochs
        device = devices.chosen(wished, work, devices.WORDS, number, room, card.too_large(o), card.shared_bytes(o))
        if device is None:
            return None
        model = (*self.chances, *self.rows, self.inputs, self.outputs)
        return card.Words(self.stream.chunk(0, self.stream.size), *model, o, device, number, self.measure)

    @property
    def parts(self):
        """Chunks, or launches, of an epoch."""
        return self.card.parts if self.card else len(self.starts)

    def work(self, epoch, part):
        """Train on one chunk; returns (the sum of its losses, how many they are), both 0 unless they are measured."""
        if self.card:
            return self.card.work(epoch, part)
        first, last = (
            self.options.rate((epoch + min(k * CHUNK / self.stream.size, 1)) / self.options.epochs)
            for k in (part, part + 1)
        )
        ids, place = self.stream.chunk(self.starts[part], CHUNK), (epoch, part, *self.place)
        return self.train(ids, first, last, place, self.measure)

    def train(self, ids, rate, last_rate, place, measure):
        """One chunk of ids at rates that fall from `rate` to `last_rate`; what is drawn depends on seed and place."""
        o = self.options
        seed = np.random.SeedSequence((o.seed, *place)).generate_state(1, np.uint64)[0]
        model = (ids, *self.chances, *self.rows, self.inputs, self.outputs, o.window, o.negative)
        if o.sg:
            found = blocks.skipgram(*model, rate, last_rate, seed, measure)
        else:
            found = blocks.cbow(*model, o.cbow_mean, o.cbow_exact, rate, last_rate, seed, measure)
        return found if measure else (0.0, 0)

    def fetch(self):
        """Bring both tables up to what the card has made of them."""
        if self.card:
            self.card.fetch(self.inputs, self.outputs)

    def finish(self, epoch, loss):
        """See that training has not run away; measure the loss on sentences held out, with the same draws each time.

        ValueError where it ran away: `training.check_scores` of the trained words and the noise words tells.
        """
        where, outputs = (self.card, self.card.outputs) if self.card else (self, torch.from_numpy(self.outputs))
        means_of = None if self.card else (torch.from_numpy(self.inputs), self.taken)
        training.check_scores(where.vectors, outputs, self.trained, self.noise, epoch, self.remedy, means_of)
        if self.held_out:
            self.fetch()
            chunks = (self.held_out.chunk(start, CHUNK) for start in self.held_out.starts(CHUNK))
            found = [self.train(ids, 0.0, 0.0, (i,), True) for i, ids in enumerate(chunks)]
            total, count = map(sum, zip(*found))
            self.held_out_losses.append(total / count if count else np.nan)

    def vectors(self, left, right):
        """The vectors of the words left … right − 1, a tensor (right − left, vector_size): the means of their rows."""
        if len(self.rows[0]) == len(self.outputs):  # every word has its own row alone, and no loop need be compiled
            return torch.from_numpy(self.inputs[left:right])
        found = np.empty((right - left, self.options.vector_size), np.float32)
        blocks.gather(self.inputs, *self.rows, np.arange(left, right, dtype=np.int32), found, found)
        return torch.from_numpy(found)

    def snapshot(self):
        """A copy of the input vectors at the end of an epoch, a tensor (words, vector_size)."""
        self.fetch()
        return torch.from_numpy(self.inputs.copy())

    def state(self):
        """What a checkpoint keeps: {name: tensor or array}."""
        self.fetch()
        losses = np.array(self.held_out_losses)
        return {"inputs": self.inputs, "outputs": self.outputs, "held_out_losses": losses}

    def restore(self, state):
        self.inputs[:], self.outputs[:] = state["inputs"].numpy(), state["outputs"].numpy()
        self.held_out_losses = state["held_out_losses"].tolist()
        if self.card:
            self.card.restore(self.inputs, self.outputs)


def train(
    sentences, vector_size=100, window=5, min_count=5, sg=1, cbow_mean=1, negative=5, sample=1e-3, ns_exponent=0.75,
    alpha=0.025, min_alpha=1e-4, epochs=5, seed=1, workers=2, device=None,
    cbow_exact=False, vocabulary=None, progress=False, after_epoch=None, checkpoint=None, compute_loss=False,
    held_out=None, average_every=None,
):  # fmt: skip
    """Train word vectors; the parameters up to `workers` are gensim's, with its names and defaults (but sg=1).

    sentences    an iterable of token lists, or the path of a text file (one sentence per line), streamed
    workers      threads; None: one for each core.  One worker and one seed give the same vectors every time
    device       None: a graphics card where there is one and the corpus is large enough to gain from it, otherwise the
                 processor; "cuda" or "cpu": that one.  A warning says so where the card cannot be used.  Only on the
                 processor can a training be repeated to the last bit
    cbow_exact   CBOW with the true gradient of the mean (see `blocks.cbow`)
    vocabulary   a Vocabulary made before, or a list of words, whose counts are then taken from the sentences; None: it
                 is counted from the sentences with `min_count`
    progress     show a bar that counts epochs
    after_epoch  called with (epoch, a copy of the input vectors (words, vector_size)) when an epoch is done, and with
                 the epoch's mean loss besides if it takes three arguments
    checkpoint   the path of a file, or a Checkpoint: training saves itself there and, called again with the same
                 sentences and parameters, goes on from there; with one worker to the very same vectors.
                 Epochs that were done before are not reported to `after_epoch` again
    compute_loss measure the mean loss of each epoch, for each pair of skip-gram or center of CBOW
    held_out     sentences, or the path of a text file, that are not trained on; after each epoch their mean loss is
                 measured
    average_every  words that each process reads until all average their vectors, where torchrun has started several
                 (see `helpers.averaging`; fewer than the CHUNK words that are trained at one go make no difference);
                 all of them return the same vectors then

    Returns gensim KeyedVectors with counts, and two lists with a number for each epoch: `losses` (nan unless measured)
    and `held_out_losses` (empty without `held_out`).  Raises ValueError or TypeError, naming the remedy, for parameters
    out of range and for sentences from which nothing can be learnt.
    """
    options = Options(vector_size, window, sg, cbow_mean, cbow_exact, negative, sample, ns_exponent, alpha, min_alpha,
                      epochs, seed)  # fmt: skip
    workers, wished, saved = arguments.workers(workers), devices.wish(device), Checkpoint.of(checkpoint)
    group = averaging.group()
    averaging.agree(group, asdict(options) | {"min_count": min_count, "average_every": average_every})
    sentences, vocabulary = prepared(sentences, vocabulary, min_count, group)
    warn_of_sample(options.sample, vocabulary)
    with streams(sentences, held_out, vocabulary, group) as (stream, held_out):
        measure = arguments.flag("compute_loss", compute_loss) or runs.takes_loss(after_epoch)
        wished = averaging.device(group, wished)
        objective = Objective(vocabulary, stream, options, measure=measure, held_out=held_out, device=wished)
        settings = identity("word2vec", options, vocabulary, stream, held_out, objective.card)
        loop = 1 if objective.card else workers, progress, after_epoch, saved, group, average_every
        losses = learn(objective, objective, settings, options.epochs, *loop)
        objective.fetch()
    made = vectors.keyed_vectors(vocabulary.words, objective.inputs, vocabulary.counts)
    made.losses, made.held_out_losses = losses, objective.held_out_losses
    return made


def learn(objective, engine, settings, epochs, workers, progress, after_epoch, saved, group, average_every):
    """Train alone, or in step with the other processes of a group: the mean losses of the epochs."""
    average_every = arguments.optional(arguments.whole, "average_every", average_every, 1)
    if group:
        return averaging.train(group, objective, engine, settings, epochs, workers, progress, after_epoch, saved,
                               average_every)  # fmt: skip
    state = saved and saved.restore(settings)
    return runs.train(objective, epochs, workers, progress, after_epoch, saved, state)


def prepared(sentences, vocabulary, min_count, group=None):
    """(sentences that can be read again and again, their vocabulary) of what a trainer was given; see `train`.

    With a group of processes the sentences are this one's share, and the vocabulary is of all of them.
    """
    sentences = readable(sentences)
    if group:
        kind = type(vocabulary).__name__  # processes that count a vocabulary wait for all the others
        averaging.agree(group, {"sentences": averaging.signature(sentences), "vocabulary": kind})
        sentences = group.shard(sentences)
    if vocabulary is None:
        vocabulary = counted(sentences, min_count, group)
    elif not isinstance(vocabulary, Vocabulary):
        vocabulary = listed(vocabulary, sentences, group)
    if group:
        averaging.agree(group, {"vocabulary": vocabulary_signature(vocabulary)})
    if len(vocabulary) < 2:
        raise ValueError(f"the vocabulary holds only {vocabulary.words[0]!r}: lower min_count, or take more text")
    return sentences, vocabulary


def warn_of_sample(sample, vocabulary):
    """Say, on behalf of a trainer, where subsampling leaves hardly a pair of words: vectors then stay as drawn."""
    left = np.dot(vocabulary.counts, vocabulary.keep_probability(sample)) if sample else vocabulary.total
    if left < 2:
        arguments.warn(f"sample={sample:g} leaves {left:.2g} of {vocabulary.total:,} words, as a rule: set "
                       "it to 0, which keeps every word")  # fmt: skip


def streamed(sentences, vocabulary, group=None):
    """The TokenStream of the sentences; with a group of processes, of this one's share.

    ValueError where there is nothing to learn from, and in every process of a group where one of them has nothing: the
    others would wait for it.
    """
    if not group:
        return TokenStream(sentences, vocabulary)
    stream, trouble = None, ""
    try:
        stream = TokenStream(sentences, vocabulary)
    except ValueError as error:
        trouble = str(error)
    told = group.gather(trouble)
    idle = [rank for rank, one in enumerate(told) if one]
    if not idle:
        return stream
    if stream:
        stream.close()
    if len(idle) == group.size:
        raise ValueError(trouble)
    raise ValueError(f"the text is dealt out to {group.size} processes, and the share of number "
                     f"{', '.join(map(str, idle))} has nothing to learn from: start fewer processes, take more text, "
                     "lower min_count, or mix the sentences so that every share is like the others")  # fmt: skip


def readable(sentences):
    """Sentences that can be read again and again: a corpus for a path, a list for a generator."""
    if isinstance(sentences, (str, os.PathLike)):
        arguments.path("sentences", sentences)
        return corpora.load(sentences)
    if not hasattr(sentences, "__iter__") or getattr(sentences, "ndim", 1) == 0:
        raise TypeError(f"sentences must be a list of token lists or the path of a text file, "
                        f"not {arguments.shown(sentences)}")  # fmt: skip
    return list(sentences) if iter(sentences) is sentences else sentences


def counted(sentences, min_count, group=None):
    """The Vocabulary of the sentences, or of those of all processes of a group."""
    if group:
        return Vocabulary.of(averaging.tally(group, sentences), arguments.whole("min_count", min_count, 0))
    return Vocabulary.build(sentences, min_count)


def listed(words, sentences, group=None):
    """A Vocabulary of the words of a list, counted in the sentences; words that never occur are left out."""
    wanted = set(words) if isinstance(words, Iterable) and not isinstance(words, (str, bytes)) else {None}
    if not all(isinstance(word, str) for word in wanted):
        raise TypeError(f"vocabulary takes a Vocabulary or a list of words, not {arguments.shown(words)}")
    found = counted(sentences, 1, group)
    wanted = set(map(letters.tidy, wanted))
    counts = {word: count for word, count in zip(found.words, found.counts) if word in wanted}
    if not counts:
        raise ValueError("no word of the vocabulary occurs in the sentences: pass words that do")
    return Vocabulary(list(counts), list(counts.values()), found.raw_total, found.raw_size, found.sentences)


@contextlib.contextmanager
def streams(sentences, held_out, vocabulary, group=None):
    """Two TokenStreams that are closed when the block ends: what is trained on (`streamed`), and held-out sentences.

    The second is None without `held_out`.
    """
    with contextlib.ExitStack() as opened:
        trained = opened.enter_context(contextlib.closing(streamed(sentences, vocabulary, group)))
        if held_out is not None:
            held_out = opened.enter_context(contextlib.closing(TokenStream(readable(held_out), vocabulary)))
        yield trained, held_out


def identity(trainer, options, vocabulary, stream, held_out=None, card=None):
    """What a checkpoint says about its training: every parameter that decides the vectors or the losses, and the data.

    A training that began on a card goes on there only: it goes through the corpus in another order.
    """
    found = {"trainer": trainer, "chunk": CHUNK, **asdict(options), "data": stream.digest()}
    found["vocabulary"] = vocabulary_signature(vocabulary)
    found |= {"held_out": held_out.digest()} if held_out else {}
    return found | ({"programs on a card": card.number} if card else {})


def vocabulary_signature(vocabulary):
    """What tells a vocabulary from others, to be read: how many words, and a hash of them and of their counts."""
    return f"{len(vocabulary):,} words {digest(vocabulary.words, vocabulary.counts)}"


# What the loops compute, written to be read: lesson 5 builds these, and the tests hold the loops against them.


def skipgram_loss(x, y, band, same, negative):
    """The loss of skip-gram on whole blocks, for autograd: a scalar.

    x (blocks, T, dim): input vectors of the centers.  y (blocks, span + noise, dim): output vectors of the words
    that a block sees, then of its noise words.  band (T, span) and same (blocks, T, span) weigh the pairs.
    """
    scores = x @ y.mT  # (blocks, T, span + noise)
    span, log_sigmoid = band.shape[1], torch.nn.functional.logsigmoid
    weight = band * same  # (blocks, T, span)
    noise_weight = weight.sum(2, keepdim=True) * negative / (scores.shape[2] - span)
    return -(weight * log_sigmoid(scores[..., :span])).sum() - (noise_weight * log_sigmoid(-scores[..., span:])).sum()


def window_weights(block, window):
    """How often random windows 1..window reach from each word of a block to each it sees, (block, block + 2·window).

    Row t is word t of the block, which stands in column t + window.  At distance d: (window + 1 − d) / window; 0 for
    the word itself and beyond the window.
    """
    distance = (torch.arange(block)[:, None] + window - torch.arange(block + 2 * window)).abs()
    return torch.where((distance > 0) & (distance <= window), (window + 1 - distance) / window, 0.0)
