"""Pretraining the models of `context`: the words of a text are the answers, nobody annotates anything.

    model = pretraining.train(texts, kind="gpt", validation=held_out, epochs=5)
    model.curve                                     # perplexity on the texts that were held out, epoch by epoch

A trainer has three parts: `Options`, checked and fixed; an objective, here a model with its optimizer and what one
batch of pieces does to them; and the loop of `runs`, which all trainers share.
"""

import copy
import math
from dataclasses import asdict, replace

import torch

from . import arguments, context, runs, training
from .checkpoints import Checkpoint, digest
from .pretrained import LanguageModel, Options, perplexity, sharpened, untrained  # noqa: F401  sharpened: offered here

MANY_WORDS = 20_000  # from here on the scores of all words take nearly all of the time (19 parts in 20)


class Objective:
    """A model with its optimizer, and the work on one batch of pieces (n, length); see `runs`."""

    def __init__(self, model, rows, held, vocabulary, options):
        self.model, self.rows, self.held, self.vocabulary, self.options = model, rows, held, vocabulary, options
        self.optimizer = torch.optim.Adam(model.parameters(), fused=True)
        self.parts, self.curve = math.ceil(len(rows) / options.batch_size), []
        self.epoch, self.order = None, None  # of the epoch at work

    def work(self, epoch, part):
        """One step of Adam on one batch; returns (the sum of its losses, how many words were predicted)."""
        if epoch != self.epoch:
            self.epoch, self.order = epoch, torch.randperm(len(self.rows), generator=self.generator("cpu", epoch, 0))
        chosen = self.order[part * self.options.batch_size : (part + 1) * self.options.batch_size]
        draw = self.generator(self.rows.device, epoch, part + 1)
        loss, count = self.model.loss(self.rows[chosen.to(self.rows.device)], draw, self.options.dropout,
                                      self.options.share)  # fmt: skip
        rate = self.options.rate((epoch + (part + 1) / (self.parts + 1)) / self.options.epochs)
        training.step(self.optimizer, loss / max(count, 1), rate, longest=1.0)
        return loss.item(), count

    def generator(self, device, epoch, number):
        """A generator of its own for the order of an epoch (number 0) and for each of its batches (from 1 on)."""
        return training.part_generator(self.options.seed, epoch, number, device)

    def finish(self, epoch, loss):
        """Measure on the texts that were held out; ValueError where training ran away (`training.check_weights`)."""
        remedy = f"Lower alpha (it was {self.options.alpha:g})"
        training.check_weights(self.model, [loss], epoch, remedy)
        if self.held is not None:
            found = perplexity(self.model, self.held, self.options)
            training.check_sane(math.log(found), epoch, remedy)
            self.curve.append(found)

    def snapshot(self):
        """A `LanguageModel` of its own, with the weights of now."""
        return LanguageModel(copy.deepcopy(self.model), self.vocabulary, self.options, self.curve)

    def state(self):
        """What a checkpoint keeps: {name: tensor}."""
        curve = {"curve": torch.tensor(self.curve, dtype=torch.float64)}
        return training.model_state(self.model) | training.optimizer_state(self.optimizer) | curve

    def restore(self, state):
        training.restore_model(self.model, state)
        training.restore_optimizer(self.optimizer, state)
        self.curve = state["curve"].tolist()


def train(
    texts, kind="gpt", vectors=None, validation=None, vocabulary=None, vector_size=64, layers=2, heads=4, length=32,
    min_count=5, max_size=5000, epochs=5, batch_size=32, alpha=0.005, dropout=0.1, share=0.15, seed=1, device=None,
    checkpoint=None, progress=False, after_epoch=None,
):  # fmt: skip
    """Pretrain a small language model on texts, lists of tokens (documents or sentences); returns a `LanguageModel`.

    kind         "gpt", "bert" or "elmo", see `context`
    vectors      KeyedVectors to start the word table from (their size is then the vector size), or None: random
    validation   texts to measure perplexity on after each epoch, or None
    vocabulary   a `ContextVocabulary`; by default the words that occur min_count times, at most max_size of them
    layers, heads, vector_size   of the model; heads matter to the Transformers only
    length       tokens in a piece, which is also the longest text that gpt and bert can read
    alpha        the learning rate (Adam): it rises over the first twentieth, then falls to 0 in a straight line
    share        of the words that bert hides
    checkpoint   a path or a `Checkpoint`: save there now and then, and go on from there
    after_epoch  called with (epoch, LanguageModel) when an epoch is done, see `runs.train`

    ValueError or TypeError, naming the remedy, for parameters and texts from which nothing can be learnt.  A warning,
    before it begins, where a processor would have to score more than MANY_WORDS words at every place.
    """
    options = Options(kind, vector_size, layers, heads, length, min_count, max_size, epochs, batch_size, alpha, dropout,
                      share, seed)  # fmt: skip
    device, saved = training.device(device), Checkpoint.of(checkpoint)
    texts, validation = arguments.texts("texts", texts), arguments.optional(arguments.texts, "validation", validation)
    vectors = arguments.optional(arguments.keyed_vectors, "vectors", getattr(vectors, "wv", vectors))
    if vectors is not None:
        options = replace(options, vector_size=vectors.vector_size)
    if vocabulary is None:
        vocabulary = context.ContextVocabulary.build(texts, options.min_count, options.max_size)
    context.a_vocabulary(vocabulary)
    if device == "cpu" and len(vocabulary) > MANY_WORDS:
        arguments.warn(long_work(len(vocabulary)))
    rows = context.pieces(vocabulary.stream(texts), options.length).to(device)
    held = None
    if validation is not None:
        held = context.pieces(vocabulary.stream(validation), options.length).to(device)
    training.room("vector_size", 4 * options.vector_size * (len(vocabulary) + options.vector_size * options.layers))
    model = untrained(options, len(vocabulary))
    if vectors is not None:
        start_from(model, vocabulary, vectors)
    objective = Objective(model.to(device), rows, held, vocabulary, options)
    about = {"trainer": "context", "data": digest(rows, held), "words": digest(vocabulary.words),
             "vectors": digest(vectors and vectors.index_to_key, vectors and vectors.vectors)}  # fmt: skip
    state = saved and saved.restore(asdict(options) | about)
    runs.train(objective, options.epochs, 1, progress, after_epoch, saved, state)
    return LanguageModel(model, vocabulary, options, objective.curve)


def long_work(words):
    """What to expect of a vocabulary of so many words, and what to do about it."""
    few = Options.max_size
    return (f"the vocabulary has {words:,} entries, and the model gives a score to each of them at every place that it "
            f"predicts: on a processor this takes nearly all of the time, {words / few:.0f} times as much as with "
            f"{few:,}, so expect minutes. For less, pass max_size={few} here or to ContextVocabulary.build (rarer "
            "words are then read as <unknown>), or raise min_count")  # fmt: skip


def start_from(model, vocabulary, vectors):
    """Put word vectors into the rows of the words that have one, at the mean length of the rows that were there.

    ValueError if no word of the vocabulary has a vector, or all of them are zero.
    """
    rows = [i for i, word in enumerate(vocabulary.words) if word in vectors.key_to_index]
    if not rows:
        raise ValueError("the vectors hold none of the vocabulary's words: are they of the same language, cut alike?")
    found = torch.tensor(vectors[[vocabulary.words[i] for i in rows]])
    if not found.any():
        raise ValueError("the vectors of all words of the vocabulary are zero: take trained ones")
    with torch.no_grad():
        table = model.embedding.weight
        table[rows] = found * (table.norm(dim=1).mean() / found.norm(dim=1).mean())
