"""Training a captioner: teacher forcing, whole images held out, and the best epoch kept.

    captioner = captions.train(features, texts, vectors=glove)
    captioner.caption(features["scene-00017"])

The model is given the right words so far and has to say the next one, at all positions of a caption at once.
Everything random is drawn from (seed, epoch, batch), so a training that was stopped goes on as if it had not been.
"""

import os
import warnings
from functools import cache as memoised

import numpy as np
import torch
from torch.nn import functional

from .. import arguments, environment, training
from ..checkpoints import Checkpoint, digest
from ..runs import released
from ..vectors import load
from .captioner import Captioner, mean_loss
from .model import ARCHITECTURES, CaptionModel
from .samples import Samples, by_name, hold_out, pair
from .text import SPECIAL, CaptionVocabulary


def train(
    features, captions, vectors=None, seed=1, architecture="merge", fine_tune=False, validation=0.1, epochs=10,
    vector_size=200, hidden_size=256, min_count=1, tokenize="words", alpha=0.002, min_alpha=0.0001, dropout=0.4,
    batch_size=100, precision="float32", device=None, checkpoint=None, progress=False,
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
                  processor or the GPU can; the weights stay in single precision. Where it cannot, a warning says so
                  and training takes float32, which learns the same
    checkpoint    a path or a `Checkpoint`: save there now and then, and go on from there
    progress      show a bar that counts epochs

    ValueError or TypeError, naming the remedy, for parameters and data from which nothing can be learnt.
    """
    decides = {"seed": seed, "epochs": epochs, "hidden_size": hidden_size, "batch_size": batch_size, "alpha": alpha,
               "min_alpha": min_alpha, "dropout": dropout, "architecture": architecture, "precision": precision,
               "fine_tune": fine_tune, "vector_size": vector_size, "min_count": min_count}  # fmt: skip
    decides = check(decides)
    vector_size, min_count = decides.pop("vector_size"), decides.pop("min_count")
    (seed, epochs, hidden_size, batch_size, alpha, min_alpha, dropout, architecture, precision,
     fine_tune) = decides.values()  # fmt: skip
    vectors, features, captions = word_vectors(vectors), by_name(features), by_name(captions)
    cut = CaptionVocabulary(SPECIAL, tokenize).cut
    tokens, skipped = pair(features, captions, cut)
    names, held_out = hold_out(list(tokens), validation, seed)
    vocabulary = CaptionVocabulary.build((one for name in names for one in tokens[name]), min_count, tokenize)
    seen, held = (Samples.of(features, tokens, part, vocabulary) for part in (names, held_out))
    if seen.features.shape[1:] != held.features.shape[1:]:
        raise ValueError("training and validation images have features of different shapes: extract all alike")
    if architecture == "attention" and seen.features.dim() == 2:
        raise ValueError('attention looks over the cells of a grid, and these features are pooled: extract them with '
                         'grid=True, or take architecture="inject"')  # fmt: skip
    shape = np.asarray(features[names[0]]).shape
    if architecture != "attention":
        seen, held = seen.pooled(), held.pooled()
    device, saved = training.device(device), Checkpoint.of(checkpoint)
    if device == "cpu":
        environment.gpu_hint()
    vector_size = vector_size if vectors is None else vectors.vector_size
    table, known = vocabulary.table(vectors, vector_size, training.generator(seed))
    frozen = known & (not fine_tune)
    with torch.random.fork_rng(devices=[]):  # layers draw their first weights from the global generator
        torch.default_generator.manual_seed(seed)
        model = CaptionModel(table, frozen, seen.features.shape[-1], architecture, hidden_size, dropout)
    model.standardize(seen.features)
    # The settings keep the precision that was asked for: a training may go on at a machine that lacks bfloat16.
    settings = saved and decides | {
        "vectors": digest(table, frozen), "words": digest(vocabulary.tokens),
        "data": digest(*(part for s in (seen, held) for part in (s.features, s.images, torch.cat(s.ids)))),
    }  # fmt: skip
    trainer = Trainer(model.to(device), seen, held, batch_size, seed, usable(precision, device))
    with released(saved):
        trainer.run(epochs, alpha, min_alpha, saved, settings, progress)
    longest = max(map(len, seen.ids)) - 2
    return Captioner(model, vocabulary, shape, trainer.curve, longest, held_out, skipped)


def word_vectors(vectors):
    """KeyedVectors, or None; a whole gensim model will do, and so will the path of a file of vectors."""
    if isinstance(vectors, (str, os.PathLike)):
        return load(vectors)
    vectors = getattr(vectors, "wv", vectors)
    if vectors is not None and not hasattr(vectors, "key_to_index"):
        raise TypeError(f"vectors takes KeyedVectors or the path of a file of them, not {arguments.shown(vectors)}")
    return vectors


def usable(precision, device):
    """The precision to train in: the one asked for, or "float32", with a warning, where the device lacks bfloat16."""
    if precision == "bfloat16" and not learns_in_bfloat16(device):
        kind = "processor" if device == "cpu" else "GPU"
        warnings.warn(f'precision="bfloat16": this {kind} has no half precision for an LSTM, so training takes '
                      "float32 instead; it learns the same, only more slowly", stacklevel=3)  # fmt: skip
        return "float32"
    return precision


@memoised
def learns_in_bfloat16(device):
    """Whether an LSTM can be trained in half precision on a device ("cpu", "cuda", …): a tiny one is tried, once.

    PyTorch multiplies matrices in bfloat16 on any processor, but it hands an LSTM to oneDNN or cuDNN, which raise
    RuntimeError where they have none for this processor (one without AVX-512) or this GPU.
    """
    with torch.random.fork_rng(devices=[]):  # the first weights must not move the caller's random numbers
        lstm = torch.nn.LSTM(1, 1).to(device)
    try:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            outputs, _ = lstm(torch.ones(1, 1, 1, device=device))
        outputs.float().sum().backward()
    except RuntimeError:
        return False
    return True


class Trainer:
    """A model, what it learns from, and how far it is.

    curve  one dict per epoch;  best: the weights of the epoch with the lowest validation loss, {name: tensor}
    """

    def __init__(self, model, seen, held, batch_size, seed, precision="float32"):
        self.model, self.seen, self.held, self.batch_size, self.seed = model, seen, held, batch_size, seed
        self.precision = precision
        self.optimizer = torch.optim.Adam(model.parameters(), fused=True)
        self.device, self.curve, self.best = model.mean.device, [], {}
        self.epoch = self.batch = 0
        self.total = 0.0  # loss of this epoch's batches so far

    def run(self, epochs, alpha, min_alpha, saved=None, settings=None, progress=False):
        """All epochs that are left; at the end the model has the weights of its best epoch."""
        if saved and (state := saved.restore(settings)):
            self.restore(state)
        left = range(self.epoch, epochs)
        for _ in training.progress(left, "epochs") if progress and left else left:
            batches = self.seen.batches(self.batch_size, self.generator("cpu", 0))
            share = self.seen.words / len(batches)  # words in a batch, on average: every word counts the same
            while self.batch < len(batches):
                done = (self.epoch + self.batch / len(batches)) / epochs
                self.step(batches[self.batch], alpha - (alpha - min_alpha) * done, share)
                self.batch += 1
                if saved and saved.due() and self.batch < len(batches):
                    saved.save(self.state())
            self.finish_epoch()
            if saved and (saved.due() or self.epoch == epochs):
                saved.save(self.state())
        self.model.load_state_dict(self.best)

    def step(self, batch, rate, share):
        """One step of Adam on one batch."""
        self.model.train()
        features, inputs, targets = self.seen.get(batch, self.device)
        half = torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16")
        with half:
            scores = self.model(features, inputs, self.generator(self.device, self.batch + 1)).flatten(0, 1)
        loss = functional.cross_entropy(scores.float(), targets.flatten(), reduction="sum")
        self.optimizer.zero_grad()
        (loss / share).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.total += loss.item()

    def finish_epoch(self):
        """Measure, keep the weights if they are the best so far, and begin the next epoch."""
        self.model.eval()
        row = {"epoch": self.epoch + 1, "train": self.total / self.seen.words,
               "validation": mean_loss(self.model, self.held)}  # fmt: skip
        if not np.isfinite(row["train"]) or not np.isfinite(row["validation"]):
            raise ValueError("training ran away: the loss is no longer a number. Lower alpha")
        if all(row["validation"] < earlier["validation"] for earlier in self.curve):
            self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        self.curve.append(row)
        self.epoch, self.batch, self.total = self.epoch + 1, 0, 0.0

    def generator(self, device, batch):
        """A generator of its own for each batch: the same numbers, wherever training was stopped."""
        drawn = np.random.SeedSequence([self.seed, self.epoch, batch]).generate_state(1)
        return training.generator(int(drawn[0]), device)

    def state(self):
        """Everything that training needs to go on, {name: tensor or number}."""
        state = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        state |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        for i, values in self.optimizer.state_dict()["state"].items():
            state |= {f"adam.{i}.{name}": value for name, value in values.items()}
        rows = [[row[name] for name in ("epoch", "train", "validation")] for row in self.curve]
        state["curve"] = torch.tensor(rows, dtype=torch.float64).view(-1, 3)
        state["total"] = torch.tensor(self.total, dtype=torch.float64)
        return state | {"epoch": self.epoch, "batch": self.batch}

    def restore(self, state):
        """Go back to where `state` was taken."""
        part = {kind: {name.partition(".")[2]: tensor for name, tensor in state.items() if name.startswith(kind + ".")}
                for kind in ("model", "best", "adam")}  # fmt: skip
        self.model.load_state_dict(part["model"])
        self.best = part["best"]
        moments = {}
        for name, tensor in part["adam"].items():
            i, _, key = name.partition(".")
            moments.setdefault(int(i), {})[key] = tensor
        self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": moments})
        self.curve = [{"epoch": int(row[0]), "train": row[1], "validation": row[2]} for row in state["curve"].tolist()]
        self.epoch, self.batch, self.total = int(state["epoch"]), int(state["batch"]), float(state["total"])


def check(options):
    """{name: value} with every value checked and made a plain number, before any work is done; ValueError otherwise."""
    found = dict(options)
    for name in ("epochs", "vector_size", "hidden_size", "min_count", "batch_size"):
        found[name] = arguments.whole(name, options[name], 1)
    found["seed"] = arguments.whole("seed", options["seed"], 0, 2**63 - 1)
    found["architecture"] = arguments.choice("architecture", options["architecture"], ARCHITECTURES)
    found["precision"] = arguments.choice("precision", options["precision"], ("float32", "bfloat16"))
    found["fine_tune"] = arguments.flag("fine_tune", options["fine_tune"])
    found["dropout"] = arguments.number("dropout", options["dropout"], least=0, below=1)
    for name in ("alpha", "min_alpha"):
        found[name] = arguments.number(name, options[name], above=0)
    if found["min_alpha"] > found["alpha"]:
        raise ValueError("alpha must not be below min_alpha, "
                         f"not {options['alpha']!r} and {options['min_alpha']!r}")  # fmt: skip
    return found
