"""A trained captioner: features in, sentences out; saved in a file that cannot run code."""

import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from .. import arguments, files, letters, training
from ..vision.eyes import Eyes
from . import decoding
from .model import CaptionModel
from .samples import Samples, by_name, pair, stack
from .text import CaptionVocabulary

FORMAT = "language-intelligence captioner 1"
# what a damaged file, or its content, raises
DAMAGE = (SafetensorError, OSError, json.JSONDecodeError, LookupError, RuntimeError, AttributeError, TypeError)


class Captioner:
    """A caption model with its vocabulary.

    model       CaptionModel
    vocabulary  CaptionVocabulary
    shape       of one image's features, (size,), (cells, size) or (height, width, size)
    curve       one dict per epoch: {"epoch", "train", "validation"}, losses in nats per word, ends counted
    best_epoch  the epoch with the lowest validation loss, whose weights these are; a copy that `after_epoch` is given
                has the weights of its own epoch
    max_length  words a caption may have: as many as the longest that was trained on
    validation  names of the images that were held out;  skipped: what `train` left out, {what: count}
    eyes        `vision.eyes.Eyes`, the network, layer and size that its features come from; None: nobody said
    """

    def __init__(self, model, vocabulary, shape, curve=(), max_length=40, validation=(), skipped=None, eyes=None):
        self.eyes = eyes
        self.model, self.vocabulary, self.shape = model.eval(), vocabulary, tuple(shape)
        self.curve, self.max_length = list(curve), max_length
        self.validation, self.skipped = list(validation), dict(skipped or {})

    @property
    def best_epoch(self):
        return min(self.curve, key=lambda row: row["validation"])["epoch"] if self.curve else None

    def __repr__(self):
        return f"Captioner({self.model.architecture}, {len(self.vocabulary):,} entries, features {self.shape})"

    def caption(self, features, beam=3, alpha=0.7, batch_size=250):
        """The caption of an image, a str; or of many: a list for an array of features, a dict for a dict.

        features  array of `self.shape`, or (n, *self.shape), or {name: array}
        beam      captions that are followed at once; 1 is greedy search
        alpha     how far the score is divided by length, see `decoding`

        ValueError if the features have another shape or hold NaN.
        """
        beam, alpha = search_options(beam, alpha)
        batch_size = arguments.whole("batch_size", batch_size, 1, arguments.MOST)
        if isinstance(features, Mapping):
            said = self.caption([self.checked(one) for one in features.values()], beam, alpha, batch_size)
            return dict(zip(features, said))
        features = arguments.array("features", features)
        if features.shape == self.shape:
            return self.caption([features], beam, alpha)[0]
        said = []
        for part in self.tensor(features).split(batch_size) if features.size else ():
            said += decoding.beam_search(self.model, part, beam, self.max_length, alpha)
        return [self.vocabulary.decode(ids) for ids, _ in said]

    def describe(self, picture, beam=3, alpha=0.7, network=None):
        """The caption of a picture itself: of a path, an open file, a PIL image, an array or a scene.

        network: an InceptionV3 to look with instead of the one that the captioner's eyes name; it must be the same.
        ValueError if the captioner does not know its eyes, or if the network has other weights.
        """
        if self.eyes is None:
            raise ValueError("this captioner does not know which network its features come from: train it with eyes=, "
                             "or extract features as those it was trained on and call caption")  # fmt: skip
        return self.caption(self.eyes.extract({"picture": picture}, network, progress=False)["picture"], beam, alpha)

    def steps(self, features, beam=3, alpha=0.7):
        """The beam search of one image, step by step: (caption, [[(words, log probability, fate), …] per step]).

        words: list of str, "<end>" among them; fate: "kept", "ended" or "dropped".
        """
        beam, alpha = search_options(beam, alpha)
        tensor = self.tensor([features])[0]
        ids, _, steps = decoding.beam_steps(self.model, tensor, beam, self.max_length, alpha)
        tokens = self.vocabulary.tokens
        seen = [[([tokens[i] for i in words], total, fate) for words, total, fate in step.candidates] for step in steps]
        return self.vocabulary.decode(ids), seen

    def attention(self, features, beam=3, alpha=0.7):
        """(words, maps): where each word of an image's caption looked, array (len(words), cells), rows sum to 1.

        The last word is "<end>".  maps has shape (words, height, width) where the features have one, or where the
        cells make a square.  ValueError for a model without attention.
        """
        if self.model.architecture != "attention":
            raise ValueError(f"a captioner of kind {self.model.architecture!r} does not look at cells: "
                             'train one with architecture="attention"')  # fmt: skip
        beam, alpha = search_options(beam, alpha)
        tensor = self.tensor([features])
        ids, _ = decoding.beam_search(self.model, tensor, beam, self.max_length, alpha)[0]
        maps = decoding.attention_maps(self.model, tensor[0], ids).cpu().numpy()
        side = round(maps.shape[1] ** 0.5)
        rows = self.shape[0] if len(self.shape) == 3 else side if side * side == maps.shape[1] else None
        return [*(self.vocabulary.tokens[i] for i in ids), "<end>"], maps.reshape(len(maps), rows, -1) if rows else maps

    def blind(self, beam=3, alpha=0.7):
        """What is said about the average training image: a caption that knows no image at all."""
        mean = self.model.mean.cpu().numpy()
        return self.caption(np.broadcast_to(mean, self.shape), beam, alpha)

    def loss(self, features, captions, batch_size=250):
        """Loss in nats per word, the end counted as one, on any images: {name: array}, {name: [caption, …]}."""
        batch_size = arguments.whole("batch_size", batch_size, 1, arguments.MOST)
        features, captions = by_name("features", features), by_name("captions", captions)
        tokens, _ = pair({name: features[name] for name in captions if name in features}, captions, self.vocabulary.cut)
        self.checked(features[next(iter(tokens))])
        return mean_loss(self.model, Samples.of(features, tokens, list(tokens), self.vocabulary), batch_size)

    def checked(self, array):
        """One image's features, if they have the shape that this captioner was trained on."""
        array = arguments.array("features", array)
        if array.shape != self.shape:
            raise ValueError(f"this captioner takes features of shape {self.shape}, or many of them, "
                             f"not {array.shape}: extract them as those it was trained on")  # fmt: skip
        return array

    def tensor(self, features):
        """Many images' features, checked, (n, size) or (n, cells, size), on the model's device."""
        features = arguments.array("features", features)
        if features.ndim != len(self.shape) + 1:
            self.checked(features)
        rows = {number: self.checked(one) for number, one in enumerate(features)}
        return stack(rows, list(rows)).to(self.model.mean.device)

    def save(self, path):
        """Write the captioner to one safetensors file, whole or not at all."""
        path = arguments.path("path", path)
        about = {
            "tokens": self.vocabulary.tokens, "tokenize": self.vocabulary.tokenize, "shape": self.shape,
            "architecture": self.model.architecture, "dropout": self.model.p, "curve": self.curve,
            "max_length": self.max_length, "validation": self.validation, "skipped": self.skipped,
            "eyes": self.eyes and asdict(self.eyes),
        }  # fmt: skip
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in self.model.state_dict().items()}
        with files.whole(path) as draft:
            save_file(tensors, draft, {"format": FORMAT, "about": json.dumps(about, ensure_ascii=False)})

    @classmethod
    def load(cls, path, device=None):
        """Read what `save` wrote.  FileNotFoundError, or ValueError if the file is cut off or something else."""
        path = letters.found(arguments.path("path", path))
        if not path.is_file():
            raise FileNotFoundError(f"there is no captioner at {path}: write one with its `save`")
        try:
            with safe_open(path, "pt") as file:
                header = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}
            if header.get("format") != FORMAT:
                raise ValueError(f"{path} is not a captioner of this course")
            about = json.loads(header["about"])
            table = tensors["embedding.weight"]
            hidden, size = tensors["project.weight"].shape
            model = CaptionModel(table, tensors["trained_rows"][:, 0] == 0, size, about["architecture"], hidden,
                                 about["dropout"])  # fmt: skip
            model.load_state_dict(tensors)
            vocabulary = CaptionVocabulary(about["tokens"], about["tokenize"])
            eyes = Eyes(**about["eyes"]) if about.get("eyes") else None
            told = [about[name] for name in ("shape", "curve", "max_length", "validation", "skipped")]
        except DAMAGE as error:
            raise ValueError(f"{path} is cut off or damaged ({error}): save or download it again") from None
        return cls(model.to(training.device(device)), vocabulary, *told, eyes)


def search_options(beam, alpha):
    """How a caption is looked for, as plain numbers; ValueError, naming what is expected, for anything else."""
    beam = arguments.whole("beam", beam, 1, 1000, hint=": it counts captions that are followed at once")
    return beam, arguments.number("alpha", alpha, least=-10, most=10)


@torch.inference_mode()
def mean_loss(model, samples, batch_size=250):
    """Loss in nats per word of a model that is not being trained."""
    device, total = model.mean.device, 0.0
    for batch in samples.batches(batch_size):
        features, inputs, targets = samples.get(batch, device)
        scores = model(features, inputs).flatten(0, 1)
        total += torch.nn.functional.cross_entropy(scores, targets.flatten(), reduction="sum").item()
    return total / samples.words
