"""word2vec: skip-gram and CBOW with negative sampling, as fast as plain PyTorch lets it be.

The model is two tables of vectors, `inputs` and `outputs`, one row per word (Mikolov et al. 2013b,
https://arxiv.org/abs/1310.4546).  Skip-gram moves the input vector of a center word and the output vectors
of its contexts together, and the center away from noise words.  Three ideas make it fast, two keep it steady:

* Blocks.  T consecutive words and the `window` words on both sides of them are gathered once; one product of
  two small matrices then gives the scores of all their pairs, and two more give all gradients.  No list of
  pairs is ever made.  A band of weights says which of the T × (T + 2·window) scores count.
* Shared noise.  All words of a block are compared with the same `noise` words, as many as the block has
  words; each counts as much as the noise words it stands for.
* The random window of word2vec.c is replaced by its expectation: a neighbour at distance d counts
  (window + 1 − d) / window.
* The blocks of a chunk come in random order.  A text repeats its own words: in reading order one step would
  move a word many times from the same place, and training ran away on Wikipedia's lists.
* The pairs of a word that is frequent even so count less, so that learning rate × pairs stays below LIMIT.

Threads share both tables without locks (Recht et al. 2011, https://arxiv.org/abs/1106.5730); one thread and
one seed give the same vectors every time.
"""

import os
from dataclasses import dataclass

import numpy as np
import torch

from helpers import corpora, training, vectors
from helpers.checkpoints import Checkpoint, digest
from helpers.negatives import NoiseSampler
from helpers.streams import TokenStream, subsampled
from helpers.vocabulary import Vocabulary

BLOCK = 12  # T, words of a block; of 8, 12, 16, 24 and 32 this trained fastest
STEP = 80  # blocks whose gradients are computed from the same tables
LIMIT = 3.0  # learning rate × pairs of one word in one step, at most: with more, training ran away
CHUNK = 25_000  # stream entries that a thread takes at a time, at one learning rate


@dataclass(frozen=True)
class Settings:
    """What a step needs to know, and the names under which gensim knows it."""

    window: int
    negative: int
    cbow_mean: bool = True
    cbow_exact: bool = False
    block: int = BLOCK

    @property
    def span(self):
        """Words that a block sees: its own and `window` on both sides."""
        return self.block + 2 * self.window

    def distances(self):
        """How far each word of a block stands from each word it sees, (block, span)."""
        return (torch.arange(self.block)[:, None] + self.window - torch.arange(self.span)[None, :]).abs()

    def band(self):
        """The expected weight of each of these pairs under random windows, (block, span); 0 outside the window."""
        distance = self.distances()
        inside = (distance > 0) & (distance <= self.window)
        return torch.where(inside, (self.window + 1 - distance) / self.window, 0.0)

    def cbow_weight(self, noise=None):
        """How much each score counts in CBOW, (block, block + noise): see `cbow_step`; noise is `block` unless told."""
        noise = noise or self.block
        return torch.cat([torch.eye(self.block), torch.full((self.block, noise), self.negative / noise)], 1)


def skipgram_weights(same, band, negative, noise, rate):
    """How much each score of a block counts, times −rate: (contexts (blocks, T, span), noise (blocks, T, 1)).

    same (blocks, T, span) says which words stand in one sentence with the center; band (T, span).  Each of the
    `noise` shared words stands for as many of the center's `negative` · contexts noise words as fall to it.
    """
    contexts = (band * -rate) * same
    return contexts, contexts.sum(2, keepdim=True) * (negative / noise)


def skipgram_step(inputs, outputs, centers, others, contexts, noise):
    """One gradient step of skip-gram on a few blocks, with the weights of `skipgram_weights`.

    centers (blocks, T) and others (blocks, span + noise): word ids.  The rows of `inputs` and `outputs` that
    they name change, and no others.
    """
    dim, span = inputs.shape[1], contexts.shape[2]
    x = inputs.index_select(0, centers.view(-1)).view(*centers.shape, dim)  # (blocks, T, dim)
    y = outputs.index_select(0, others.view(-1)).view(*others.shape, dim)  # (blocks, span + noise, dim)
    errors = torch.bmm(x, y.transpose(1, 2)).sigmoid_()  # (blocks, T, span + noise)
    errors[:, :, :span].sub_(1).mul_(contexts)  # a context should score 1
    errors[:, :, span:].mul_(noise)  # a noise word should score 0
    to_inputs = torch.bmm(errors, y)  # (blocks, T, dim)
    to_outputs = torch.bmm(errors.transpose(1, 2), x)  # (blocks, span + noise, dim)
    inputs.index_add_(0, centers.view(-1), to_inputs.view(-1, dim))
    outputs.index_add_(0, others.view(-1), to_outputs.view(-1, dim))


def cbow_weights(same, reach, distances, mean, exact):
    """What each word of a block takes from each word it sees, and what it gives back: two (blocks, T, span).

    reach (blocks, T, 1): the random window of each center.  `mean` divides by the number of contexts C.  With
    `exact` each context is given the true gradient of the mean, 1/C of the error; without it the whole error,
    as in word2vec.c, gensim and fastText (Irsoy, Benton and Stratos 2021, https://arxiv.org/abs/2012.15332).
    """
    chosen = (same & (distances > 0) & (distances <= reach)).to(torch.float32)
    share = chosen / chosen.sum(2, keepdim=True).clamp(min=1) if mean else chosen
    return share, share if exact else chosen


def cbow_step(inputs, outputs, contexts, others, share, spread, weight, rate):
    """One gradient step of CBOW on a few blocks, with the weights of `cbow_weights`.

    contexts (blocks, span) and others (blocks, T + noise): word ids; the first T of `others` are the centers.
    weight (T, T + noise), or one per block: 1 for each center's own column, 0 for the other centers', and
    negative / noise for noise words.
    """
    dim, block = inputs.shape[1], weight.shape[-2]
    x = inputs.index_select(0, contexts.view(-1)).view(*contexts.shape, dim)  # (blocks, span, dim)
    y = outputs.index_select(0, others.view(-1)).view(*others.shape, dim)  # (blocks, T + noise, dim)
    h = torch.bmm(share, x)  # what the contexts say together, (blocks, T, dim); 0 for a word without contexts
    errors = torch.bmm(h, y.transpose(1, 2)).sigmoid_()  # (blocks, T, T + noise)
    errors[:, :, :block].sub_(1)
    errors.mul_(weight * -rate)
    to_h = torch.bmm(errors, y)  # (blocks, T, dim)
    to_outputs = torch.bmm(errors.transpose(1, 2), h)
    inputs.index_add_(0, contexts.view(-1), torch.bmm(spread.transpose(1, 2), to_h).view(-1, dim))
    outputs.index_add_(0, others.view(-1), to_outputs.view(-1, dim))


def loads(share, noise, settings, sg):
    """How many pairs, by weight, a word is expected to have in one step, and 0 for the padding: float64 (2, words + 1).

    share, noise (words,): the probability that a position of the subsampled text, and a noise word, is this word.
    Row 0 counts the pairs that move its input vector, row 1 those that move its output vector.
    """
    positions, contexts = STEP * settings.block, settings.window + 1  # contexts of a center, in expectation
    to_inputs = positions * contexts * share * (1 + settings.negative)
    to_outputs = positions * (contexts if sg else 1) * (share + settings.negative * noise)
    return np.pad(np.stack([to_inputs, to_outputs]), ((0, 0), (0, 1)))


class Trainer:
    """Both tables, the stream of ids, and the work on one chunk of it; `train` is its everyday use."""

    def __init__(self, vocabulary, stream, vector_size, settings, sg, sample, ns_exponent, seed, device):
        self.settings, self.sg, self.stream, self.seed, self.device = settings, sg, stream, seed, device
        self.done = 0  # chunks that lie behind us, of all epochs
        self.padding = len(vocabulary)  # the row that fills up the last block; no sentence holds it
        self.inputs = torch.zeros(self.padding + 1, vector_size)
        self.inputs[:-1] = training.initial_vectors(self.padding, vector_size, seed)
        self.inputs = self.inputs.to(device)
        self.outputs = torch.zeros_like(self.inputs)
        keep = vocabulary.keep_probability(sample) if sample else np.ones(len(vocabulary))
        self.keep = torch.from_numpy(keep).float().to(device)
        noise, kept = vocabulary.noise(ns_exponent), vocabulary.counts * keep
        self.noise = NoiseSampler(noise, device)
        self.load = torch.from_numpy(loads(kept / kept.sum(), noise, settings, sg)).to(self.inputs)
        self.band, self.distances = settings.band().to(device), settings.distances().to(device)

    def blocks(self, start, generator):
        """One chunk, subsampled and cut into blocks in random order: word ids and sentence numbers, (blocks, span)."""
        s = self.settings
        ids, sentence = subsampled(self.stream.chunk(start, CHUNK), self.keep, generator)
        blocks = max(1, -(-len(ids) // s.block))  # one of padding if subsampling left nothing
        right = blocks * s.block - len(ids) + s.window
        ids = torch.nn.functional.pad(ids, (s.window, right), value=self.padding)
        sentence = torch.nn.functional.pad(sentence, (s.window, right), value=-1)
        order = torch.randperm(blocks, generator=generator, device=self.device)
        return ids.unfold(0, s.span, s.block)[order], sentence.unfold(0, s.span, s.block)[order]

    def work(self, epoch, start, rate):
        """Train on one chunk at one learning rate."""
        s = self.settings
        seed = np.random.SeedSequence((self.seed, epoch, start)).generate_state(1)  # each chunk has its own
        generator = training.generator(int(seed[0]), self.device)
        ids, sentence = self.blocks(start, generator)
        middle = slice(s.window, s.window + s.block)
        # A noise word of CBOW stands for few others, since a center draws `negative` of them, not one set per context
        shared = s.block if self.sg else max(1, s.block // 2)
        noise = self.noise.draw((len(ids), shared), generator)
        here = sentence[:, middle].unsqueeze(2)  # (blocks, T, 1)
        same = (here == sentence.unsqueeze(1)) & (here >= 0)  # (blocks, T, span)
        inputs, outputs = (LIMIT / (rate * self.load)).clamp(max=1)  # what is left of a pair of each word, (words + 1,)
        if self.sg:
            step, extra = skipgram_step, ()
            words = ids[:, middle].contiguous(), torch.cat([ids, noise], 1)
            contexts, share = skipgram_weights(same, self.band, s.negative, shared, rate)
            left = inputs[words[0]].unsqueeze(2) * outputs[words[1]].unsqueeze(1)  # (blocks, T, span + noise)
            weights = contexts * left[:, :, : s.span], share * left[:, :, s.span :]
        else:
            reach = torch.randint(1, s.window + 1, here.shape, generator=generator, device=self.device)
            step, extra = cbow_step, (rate,)
            words = ids.contiguous(), torch.cat([ids[:, middle], noise], 1)
            share, spread = cbow_weights(same, reach, self.distances, s.cbow_mean, s.cbow_exact)
            weight = s.cbow_weight(shared).to(self.device) * outputs[words[1]].unsqueeze(1)
            weights = share, spread * inputs[ids].unsqueeze(1), weight
        self.steps(step, words, weights, extra, rate)

    def steps(self, step, words, weights, extra, rate):
        """Go through the blocks of a chunk, STEP of them at a time."""
        for first in range(0, len(words[0]), STEP):
            part = slice(first, first + STEP)
            step(self.inputs, self.outputs, *(tensor[part] for tensor in words + weights), *extra)

    def run(self, epochs, alpha, min_alpha, workers, progress=False, after_epoch=None, saved=None):
        """All epochs; the learning rate falls from alpha to min_alpha in a straight line.

        saved   a Checkpoint whose `restore` has been called, or None
        """
        chunks = len(self.stream.starts(CHUNK))
        for epoch in training.progress(range(epochs), "epochs") if progress else range(epochs):
            if self.done >= (epoch + 1) * chunks:
                continue  # before it was stopped
            while self.done < (epoch + 1) * chunks:
                self.threads(epoch, self.done - epoch * chunks, epochs, alpha, min_alpha, workers, saved)
                if saved and saved.due() and self.done < (epoch + 1) * chunks:
                    self.save(saved)
            if after_epoch:
                after_epoch(epoch, self.vectors())
            if saved and (saved.due() or epoch + 1 == epochs):
                self.save(saved)

    def threads(self, epoch, first, epochs, alpha, min_alpha, workers, saved):
        """The chunks of one epoch from number `first` on, until they are done or it is time to save."""
        queue, taken = iter(self.stream.starts(CHUNK)[first:]), []

        def work():
            for start in queue:
                done = (epoch + start / self.stream.size) / epochs
                self.work(epoch, start, alpha - (alpha - min_alpha) * done)
                taken.append(start)
                if saved and saved.due():
                    return

        training.in_threads(work, workers)
        self.done += len(taken)  # the queue hands chunks out in order, and all threads have finished theirs

    def tables(self):
        """What training changes, and a checkpoint keeps: {name: tensor}."""
        return {"inputs": self.inputs, "outputs": self.outputs}

    def vectors(self):
        """The vector of every word, (words, vector_size)."""
        return self.inputs[:-1]

    def save(self, saved):
        """Write what `restore` needs to go on from here."""
        saved.save(self.tables() | {"done": self.done})

    def restore(self, state):
        """Take up the state that `save` wrote; None, the state before the first saving, changes nothing."""
        if state:
            for name, table in self.tables().items():
                table.copy_(state[name])
            self.done = int(state["done"])


def train(
    sentences, vector_size=100, window=5, min_count=5, sg=1, cbow_mean=1, negative=5, sample=1e-3, ns_exponent=0.75,
    alpha=0.025, min_alpha=1e-4, epochs=5, seed=1, workers=2, device=None,
    cbow_exact=False, vocabulary=None, progress=False, after_epoch=None, checkpoint=None,
):  # fmt: skip
    """Train word vectors; the parameters up to `workers` are gensim's, with its names and defaults (but sg=1).

    sentences    an iterable of token lists, or the path of a text file (one sentence per line), streamed
    device       "cpu", "cuda" …; None: `training.device()`
    cbow_exact   CBOW with the true gradient of the mean (see `cbow_step`)
    vocabulary   a Vocabulary made before; None: it is counted from the sentences with `min_count`
    progress     show a bar that counts epochs
    after_epoch  called with (epoch, input vectors (words, vector_size)) when an epoch is done
    checkpoint   the path of a file, or a Checkpoint: training saves itself there and, called again with the same
                 sentences and parameters, goes on from there; with one worker to the very same vectors.
                 Epochs that were done before are not reported to `after_epoch` again

    Returns gensim KeyedVectors with counts.  Raises ValueError or TypeError, naming the remedy, for
    parameters out of range and for sentences from which nothing can be learnt.
    """
    check(vector_size, window, sg, negative, sample, ns_exponent, alpha, min_alpha, epochs, workers, seed)
    sentences, vocabulary = prepared(sentences, vocabulary, min_count)
    settings = Settings(window, negative, bool(cbow_mean), bool(cbow_exact), max(BLOCK, window))
    stream = TokenStream(sentences, vocabulary)
    device = training.device(device)
    try:
        trainer = Trainer(vocabulary, stream, vector_size, settings, sg, sample, ns_exponent, seed, device)
        saved = Checkpoint.of(checkpoint)
        parameters = dict(vector_size=vector_size, window=window, sg=sg, cbow_mean=bool(cbow_mean), negative=negative,
                          sample=sample, ns_exponent=ns_exponent, alpha=alpha, min_alpha=min_alpha, epochs=epochs,
                          seed=seed, cbow_exact=bool(cbow_exact))  # fmt: skip
        trainer.restore(saved and saved.restore(identity(parameters, vocabulary, stream)))
        trainer.run(epochs, alpha, min_alpha, workers, progress, after_epoch, saved)
    finally:
        stream.close()
    found = trainer.vectors().cpu().numpy()
    if not np.isfinite(found).all():
        raise ValueError(f"training ran away: the vectors are no longer numbers. Lower alpha (it was {alpha})")
    return vectors.keyed_vectors(vocabulary.words, found, vocabulary.counts)


def prepared(sentences, vocabulary, min_count):
    """(sentences that can be read again and again, their vocabulary) of what a trainer was given; see `train`."""
    sentences = corpora.load(sentences) if isinstance(sentences, (str, os.PathLike)) else sentences
    if iter(sentences) is sentences:
        sentences = list(sentences)  # a generator can be read only once, and it is needed twice
    vocabulary = vocabulary or Vocabulary.build(sentences, min_count)
    if len(vocabulary) < 2:
        raise ValueError(f"the vocabulary holds only {vocabulary.words[0]!r}: lower min_count, or take more text")
    return sentences, vocabulary


def identity(parameters, vocabulary, stream):
    """What a checkpoint says about its training: every parameter that decides the vectors, and the data."""
    data = digest(vocabulary.words, vocabulary.counts, stream.digest())
    return {"trainer": "word2vec", "chunk": CHUNK, **parameters, "data": data}


def check(vector_size, window, sg, negative, sample, ns_exponent, alpha, min_alpha, epochs, workers, seed):
    """Refuse parameters out of range, before any work is done."""
    for name, value in (("vector_size", vector_size), ("window", window), ("negative", negative),
                        ("epochs", epochs), ("workers", workers)):  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            hint = ": without noise words every vector would grow alike" if name == "negative" else ""
            raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}{hint}")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed must be a whole number of at least 0, not {seed!r}")
    if sg not in (0, 1):
        raise ValueError(f"sg must be 1 (skip-gram) or 0 (CBOW), not {sg!r}")
    for name, value, lowest in (("alpha", alpha, 0), ("min_alpha", min_alpha, 0), ("sample", sample, 0),
                                ("ns_exponent", ns_exponent, -10)):  # fmt: skip
        if not isinstance(value, (int, float)) or not lowest <= value < np.inf:
            raise ValueError(f"{name} must be a number of at least {lowest}, not {value!r}")
    if alpha == 0 or min_alpha > alpha:
        raise ValueError(f"alpha must be above 0 and not below min_alpha, not {alpha!r} and {min_alpha!r}")


# What the steps above compute, written to be read: lesson 5 builds these, and the tests hold the steps against them.


def skipgram_loss(x, y, band, same, negative):
    """The loss whose gradient `skipgram_step` follows, for autograd: a scalar.

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
    return Settings(window, 1, block=block).band()


def context_mean(table, contexts, padding):
    """CBOW's prediction: the mean of the context rows of a table, (batch, dim).

    contexts (batch, 2·window): word ids, filled up with the id `padding`, which does not count.  A sample that
    consists of padding only gives zeros.
    """
    real = (contexts != padding).to(table.dtype)  # (batch, 2·window)
    rows = table[contexts] * real.unsqueeze(2)
    return rows.sum(1) / real.sum(1, keepdim=True).clamp(min=1)


def add_rows(table, ids, changes):
    """table[ids] + changes as a new table, where an id that stands twice gets both its changes.

    table (words, dim), ids (n,), changes (n, dim).
    """
    return table.index_add(0, ids, changes)


def analogy(table, a, b, c):
    """The row whose direction is closest to b − a + c ("a is to b as c is to …"), never a, b or c: an int.

    table (words, dim); a, b, c row numbers.  All vectors are brought to length 1 first (Mikolov, Yih and Zweig 2013,
    https://aclanthology.org/N13-1090/).
    """
    unit = torch.nn.functional.normalize(table, dim=1)
    closeness = unit @ (unit[b] - unit[a] + unit[c])  # (words,)
    closeness[[a, b, c]] = -torch.inf
    return int(closeness.argmax())
