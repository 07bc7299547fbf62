"""Training a captioner: teacher forcing, whole images held out, and the best epoch kept.

    captioner = captions.train(features, texts, vectors=glove)
    captioner.caption(features["scene-00017"])

The model is given the right words so far and has to say the next one, at all positions of a caption at once.  A
trainer has three parts: the `Options`, checked and fixed; an objective, here a model with its optimizer and what one
batch of captions does to them; and the loop of `helpers.runs`, which all trainers share.
"""

import copy
import os
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from .. import arguments, environment, runs, training
from ..checkpoints import Checkpoint, digest
from ..precision import HALF, usable
from ..vectors import load
from ..vision.eyes import Eyes
from .captioner import Captioner, mean_loss
from .model import ARCHITECTURES, CaptionModel
from .samples import Samples, by_name, hold_out, pair
from .text import CUTTERS, CaptionVocabulary

PRECISIONS = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Options(runs.FallingRate):
    """Everything that decides the captioner, beside the data and the vectors; `train` tells what each means.

    ValueError, naming the parameter and what is expected, for a value out of range.
    """

    architecture: str = "merge"
    fine_tune: bool = False
    epochs: int = 10
    vector_size: int = 200
    hidden_size: int = 256
    min_count: int = 1
    tokenize: str = "words"
    alpha: float = 0.002
    min_alpha: float = 0.0001
    dropout: float = 0.4
    batch_size: int = 100
    precision: str = "float32"
    seed: int = 1

    def __post_init__(self):
        for name in ("epochs", "vector_size", "hidden_size", "min_count", "batch_size"):
            self.keep(name, arguments.whole(name, getattr(self, name), 1, arguments.MOST))
        self.keep("seed", arguments.whole("seed", self.seed, 0, 2**63 - 1))
        self.keep("fine_tune", arguments.flag("fine_tune", self.fine_tune))
        for name, allowed in (("architecture", ARCHITECTURES), ("tokenize", CUTTERS), ("precision", PRECISIONS)):
            self.keep(name, arguments.choice(name, getattr(self, name), allowed))
        self.keep("dropout", arguments.number("dropout", self.dropout, least=0, below=1))
        self.keep_rates()


class Objective:
    """A caption model with its optimizer, and the work on one batch of captions of one length.

    seen, held  Samples to train on and to validate on
    precision   "float32", "bfloat16" or "float16", as the device can
    about       what a `Captioner` keeps beside its model and its curve
    curve       one dict for each epoch that is done;  best: the weights of the one with the lowest validation loss,
                {name: tensor}
    """

    def __init__(self, model, seen, held, options, precision="float32", about=None):
        self.model, self.seen, self.held, self.options, self.precision = model, seen, held, options, precision
        self.optimizer = torch.optim.Adam(model.parameters(), fused=True)
        self.device, self.about, self.curve, self.best = model.mean.device, about, [], {}
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=precision == "float16")
        self.parts = len(seen.batches(options.batch_size))
        self.share = seen.words / self.parts  # words in a batch, on average: every word counts the same
        self.epoch, self.batches = None, []  # of the epoch at work

    def work(self, epoch, part):
        """One step of Adam on one batch; returns (the sum of its losses, how many words were predicted)."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.batches = self.seen.batches(self.options.batch_size, self.generator("cpu", epoch, 0))
        features, inputs, targets = self.seen.get(self.batches[part], self.device)
        self.model.train()  # for cuDNN, whose LSTMs learn in this mode only; dropout is told by its generator
        with torch.autocast(self.device.type, HALF.get(self.precision), enabled=self.precision in HALF):
            scores = self.model(features, inputs, self.generator(self.device, epoch, part + 1)).flatten(0, 1)
        loss = functional.cross_entropy(scores.float(), targets.flatten(), reduction="sum")
        rate = self.options.rate((epoch + part / self.parts) / self.options.epochs)
        training.step(self.optimizer, loss / self.share, rate, longest=5.0, scaler=self.scaler)
        return loss.item(), targets.numel()

    def generator(self, device, epoch, number):
        """A generator of its own for the order of an epoch (number 0) and for each of its batches (from 1 on)."""
        return training.part_generator(self.options.seed, epoch, number, device)

    def finish(self, epoch, loss):
        """Measure on the images that were held out, and keep the weights if they are the best so far.

        ValueError where training ran away (`training.check_weights`).
        """
        self.model.eval()
        row = {"epoch": epoch + 1, "train": loss, "validation": mean_loss(self.model, self.held)}
        losses = row["train"], row["validation"]
        training.check_weights(self.model, losses, epoch, f"Lower alpha (it was {self.options.alpha:g})")
        if all(row["validation"] < earlier["validation"] for earlier in self.curve):
            self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        self.curve.append(row)

    def snapshot(self):
        """A `Captioner` of its own, with the weights of now."""
        return Captioner(copy.deepcopy(self.model), curve=self.curve, **self.about)

    def state(self):
        """What a checkpoint keeps: {name: tensor}."""
        state = training.model_state(self.model)
        state |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        state |= training.optimizer_state(self.optimizer)
        if scale := self.scaler.state_dict():
            state["scale"] = torch.tensor([scale["scale"], scale["_growth_tracker"]], dtype=torch.float64)
        rows = [[row[name] for name in ("epoch", "train", "validation")] for row in self.curve]
        return state | {"curve": torch.tensor(rows, dtype=torch.float64).view(-1, 3)}

    def restore(self, state):
        training.restore_model(self.model, state)
        self.best = {name.removeprefix("best."): tensor for name, tensor in state.items() if name.startswith("best.")}
        training.restore_optimizer(self.optimizer, state)
        if "scale" in state and self.scaler.is_enabled():
            scale, steps = state["scale"].tolist()
            self.scaler.load_state_dict(self.scaler.state_dict() | {"scale": scale, "_growth_tracker": int(steps)})
        self.curve = [{"epoch": int(row[0]), "train": row[1], "validation": row[2]} for row in state["curve"].tolist()]


def train(
    features, captions, vectors=None, seed=1, architecture="merge", fine_tune=False, validation=0.1, epochs=10,
    vector_size=200, hidden_size=256, min_count=1, tokenize="words", alpha=0.002, min_alpha=0.0001, dropout=0.4,
    batch_size=100, precision="float32", device=None, checkpoint=None, progress=False, after_epoch=None, eyes=None,
):  # fmt: skip
    """Train a captioner on images that have features and captions; returns a `Captioner`.

    features      {image name: array (size,), (cells, size) or (height, width, size)}, numbers of any kind
    captions      {image name: [caption, …]}; cleaned and cut by `text`
    vectors       KeyedVectors to start the embeddings from (their size is then the vector size), or None: random
    architecture  "merge", "inject" or "attention", see `model`
    fine_tune     also train the words that have a vector; otherwise only those without one, and start and unknown
    validation    share of images to hold out, drawn with the seed, or their names
    min_count     rarer words become <unknown>, which is learnt like a word and never said
    tokenize      "words" or, for Korean, "morphemes"
    alpha         the learning rate (Adam) falls from alpha to min_alpha in a straight line
    precision     "bfloat16": multiply matrices in half precision (PyTorch's autocast), about twice as fast where the
                  processor or the GPU can; the weights stay in single precision. "float16": the same for cards that
                  have no bfloat16, such as Colab's T4. Where it cannot be had, a warning says so and training takes
                  float32, which learns the same
    checkpoint    a path or a `Checkpoint`: save there now and then, and go on from there; on one device, to the very
                  same weights
    progress      show a bar that counts epochs
    after_epoch   called with (epoch, Captioner) when an epoch is done, or with (epoch, Captioner, mean loss) if it
                  takes three arguments.  The Captioner is a copy with the weights of that moment, be they the best or
                  not.  Epochs that were done before are not reported again
    eyes          the `vision.eyes.Eyes` that the features come from: the captioner remembers them and can `describe`

    ValueError or TypeError, naming the remedy, for parameters and data from which nothing can be learnt.
    """
    options = Options(architecture, fine_tune, epochs, vector_size, hidden_size, min_count, tokenize, alpha, min_alpha,
                      dropout, batch_size, precision, seed)  # fmt: skip
    device, saved = training.device(device), Checkpoint.of(checkpoint)
    vectors, features, captions = word_vectors(vectors), by_name("features", features), by_name("captions", captions)
    arguments.optional(arguments.instance, "eyes", eyes, Eyes, "eyes.Eyes or None")
    if vectors is not None:
        options = replace(options, vector_size=vectors.vector_size)
    tokens, skipped = pair(features, captions, CUTTERS[options.tokenize])
    names, held_out = hold_out(list(tokens), validation, options.seed)
    seen_tokens = (one for name in names for one in tokens[name])
    vocabulary = CaptionVocabulary.build(seen_tokens, options.min_count, options.tokenize)
    seen, held = (Samples.of(features, tokens, part, vocabulary) for part in (names, held_out))
    if seen.features.shape[1:] != held.features.shape[1:]:
        raise ValueError("training and validation images have features of different shapes: extract all alike")
    if options.architecture == "attention" and seen.features.dim() == 2:
        raise ValueError('attention looks over the cells of a grid, and these features are pooled: extract them with '
                         'grid=True, or take architecture="inject"')  # fmt: skip
    if options.architecture != "attention":
        seen, held = seen.pooled(), held.pooled()
    if device == "cpu":
        environment.gpu_hint()
    training.room("vector_size", 4 * len(vocabulary) * options.vector_size)
    training.room("hidden_size", 4 * 8 * options.hidden_size**2)  # what an LSTM holds at least
    table, known = vocabulary.table(vectors, options.vector_size, training.generator(options.seed))
    frozen = known & (not options.fine_tune)
    model = initial_model(table, frozen, seen.features, options).to(device)
    about = {"vocabulary": vocabulary, "shape": np.shape(features[names[0]]), "validation": held_out,
             "max_length": max(map(len, seen.ids)) - 2, "skipped": skipped, "eyes": eyes}  # fmt: skip
    objective = Objective(model, seen, held, options, usable(options.precision, device), about)
    # The identity has the precision that was asked for: a training may go on at a machine that lacks bfloat16.
    state = saved and saved.restore({
        "trainer": "captions", **asdict(options), "vectors": digest(table, frozen), "words": digest(vocabulary.tokens),
        "data": digest(*(part for s in (seen, held) for part in (s.features, s.images, torch.cat(s.ids)))),
    })  # fmt: skip
    runs.train(objective, options.epochs, 1, progress, after_epoch, saved, state)
    model.load_state_dict(objective.best)
    return Captioner(model, curve=objective.curve, **about)


def initial_model(table, frozen, features, options):
    """A model with its first weights drawn from the seed; no other random numbers are disturbed."""
    with torch.random.fork_rng(devices=[]):  # layers draw their first weights from the global generator
        torch.default_generator.manual_seed(options.seed)
        model = CaptionModel(table, frozen, features.shape[-1], options.architecture, options.hidden_size,
                             options.dropout)  # fmt: skip
    model.standardize(features)
    return model


def word_vectors(vectors):
    """KeyedVectors, or None; a whole gensim model will do, and so will the path of a file of vectors."""
    if isinstance(vectors, (str, os.PathLike)):
        return load(vectors)
    vectors = getattr(vectors, "wv", vectors)
    if vectors is not None and not hasattr(vectors, "key_to_index"):
        raise TypeError(f"vectors takes KeyedVectors or the path of a file of them, not {arguments.shown(vectors)}")
    return vectors
