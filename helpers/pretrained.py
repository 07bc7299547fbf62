"""A pretrained model of `context` in use: contextual vectors, perplexity, writing, and its file.

    model = pretrained.LanguageModel.load("datasets/context/gpt-ko.safetensors")
    model.vectors(["나", "는", "배", "를", "타"])      # a vector for each word in this context
    model.generate(["할머니", "는"], temperature=0.8, top_k=20)

`pretraining.train` makes such models.
"""

import json
import math
from dataclasses import asdict, dataclass

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from . import arguments, context, files, letters, training

FORMAT = "language-intelligence context model 1"
WARM_UP = 0.05  # share of the training in which the rate rises from nothing


@dataclass(frozen=True)
class Options(arguments.Checked):
    """Everything that decides a model, beside the text and the vectors; `train` tells what each means.

    ValueError, naming the parameter and what is expected, for a value out of range.
    """

    kind: str = "gpt"
    vector_size: int = 64
    layers: int = 2
    heads: int = 4
    length: int = 32
    min_count: int = 5
    max_size: int = 5000
    epochs: int = 5
    batch_size: int = 32
    alpha: float = 0.005
    dropout: float = 0.1
    share: float = 0.15
    seed: int = 1

    def __post_init__(self):
        for name in ("vector_size", "heads", "min_count", "max_size", "epochs", "batch_size"):
            self.keep(name, arguments.whole(name, getattr(self, name), 1, arguments.MOST))
        self.keep("layers", arguments.whole("layers", self.layers, 1, 1000))
        self.keep("length", arguments.whole("length", self.length, 2, context.LONGEST))
        self.keep("seed", arguments.whole("seed", self.seed, 0, 2**63 - 1))
        self.keep("kind", arguments.choice("kind", self.kind, context.KINDS))
        self.keep("alpha", arguments.number("alpha", self.alpha, above=0))
        self.keep("dropout", arguments.number("dropout", self.dropout, least=0, below=1))
        self.keep("share", arguments.number("share", self.share, above=0, most=1))
        if self.kind != "elmo" and self.vector_size % self.heads:
            raise ValueError(f"vector_size must be a multiple of heads, but they are {self.vector_size} and "
                             f"{self.heads}")  # fmt: skip

    def rate(self, done):
        """The learning rate when a share `done` (0 to 1) lies behind: a short rise, then down to 0 in a line."""
        return self.alpha * min(done / WARM_UP, (1 - done) / (1 - WARM_UP))


class LanguageModel:
    """A trained model with its vocabulary and its options.

    model  the `context.ContextModel`, ready for use (no dropout)
    curve  one perplexity per epoch, on texts that were held out; empty if none were
    """

    def __init__(self, model, vocabulary, options, curve=()):
        self.model, self.vocabulary, self.options, self.curve = model.eval(), vocabulary, options, list(curve)

    def __repr__(self):
        n = sum(parameter.numel() for parameter in self.model.parameters())
        return f"LanguageModel({self.options.kind}: {n:,} parameters, {len(self.vocabulary):,} words)"

    @property
    def device(self):
        return self.model.bias.device

    @torch.inference_mode()
    def vectors(self, tokens):
        """The contextual vectors of the words of one text, float32 (words, width)."""
        ids = torch.tensor([self.vocabulary.encode(tokens)], device=self.device)
        if not ids.numel():
            raise ValueError("a text without words has no vectors: give at least one word")
        return self.model(ids)[0].cpu().numpy()

    def perplexity(self, texts, seed=1):
        """How many equally likely words the model hesitates between, on average: exp of the mean −log p.

        For bert only hidden words count, seen from both sides: its number answers an easier question than gpt's.
        """
        stream = self.vocabulary.stream(texts)
        return perplexity(self.model, context.pieces(stream, self.options.length).to(self.device), self.options, seed)

    @torch.inference_mode()
    def next_words(self, tokens):
        """The probability of every word of the vocabulary to come next, float32 (words,); gpt only.

        The model reads as many of the last words as it has positions.  <unknown> and <mask> are never said.
        """
        if self.options.kind != "gpt":
            raise ValueError(f"{self.options.kind} does not write from left to right: train with kind='gpt'")
        ids = [context.END, *self.vocabulary.encode(tokens)][-self.options.length :]
        scores = self.model.scores(self.model(torch.tensor([ids], device=self.device))[0, -1]).cpu()
        scores[[context.UNKNOWN, context.MASK]] = -math.inf
        return torch.softmax(scores, 0).numpy()

    def generate(self, start=(), most=30, temperature=1.0, top_k=None, seed=1):
        """Go on writing from `start`, a list of words, until <end> or `most` more words: a list of words.

        temperature  below 1 prefers the likely words, above 1 evens them out; 0 always takes the likeliest
        top_k        draw among the k likeliest words only
        """
        said, most = arguments.words("start", start), arguments.whole("most", most, 1, 1_000_000)
        draw = np.random.default_rng(arguments.whole("seed", seed, 0, 2**63 - 1))
        for _ in range(most):
            probabilities = sharpened(self.next_words(said), temperature, top_k)
            word = int(draw.choice(len(probabilities), p=probabilities))
            if word == context.END:
                break
            said.append(self.vocabulary.words[word])
        return said

    def save(self, path):
        """Write weights (float16), words and options to one safetensors file, whole or not at all."""
        about = {"options": asdict(self.options), "curve": self.curve, "words": self.vocabulary.words}
        tensors = {name: tensor.detach().cpu().half() for name, tensor in self.model.state_dict().items()}
        with files.whole(path) as draft:
            save_file(tensors, draft, {FORMAT: json.dumps(about, ensure_ascii=False)})

    @classmethod
    def load(cls, path, device=None):
        """A model that `save` wrote.  FileNotFoundError, or ValueError with the remedy for anything else."""
        path = letters.found(arguments.path("path", path))
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {str(path)!r}: tools/pretrain_context.py writes the course's")
        try:
            with safe_open(path, "pt") as file:
                header = file.metadata() or {}
                tensors = {name: file.get_tensor(name).float() for name in file.keys()}
        except (SafetensorError, OSError) as error:
            raise ValueError(f"{path.name} is damaged or no safetensors file ({error}): fetch it again") from None
        if FORMAT not in header:
            raise ValueError(f"{path.name} holds no context model of this course: load what LanguageModel.save wrote")
        try:
            about = json.loads(header[FORMAT])
            options, vocabulary = Options(**about["options"]), context.ContextVocabulary(about["words"])
            model = untrained(options, len(vocabulary)).to(training.device(device))
            model.load_state_dict(tensors)
            curve = about["curve"]
        except (KeyError, TypeError, AttributeError, RuntimeError, ValueError) as error:
            raise ValueError(f"{path.name} is damaged ({error}): fetch it again") from None
        return cls(model, vocabulary, options, curve)


def sharpened(probabilities, temperature=1.0, top_k=None):
    """Probabilities (words,) at another temperature, float64 that sum to 1; with top_k, 0 for all but the k largest."""
    temperature = arguments.number("temperature", temperature, least=0)
    probabilities = arguments.array("probabilities", probabilities, None).astype(np.float64)
    fit = len(probabilities) and np.isfinite(probabilities).all() and probabilities.min() >= 0
    if not (fit and probabilities.max() > 0):
        raise ValueError("probabilities must be finite numbers, none below 0, not all of them 0, "
                         f"not {arguments.shown(probabilities)}")  # fmt: skip
    top_k = len(probabilities) if top_k is None else arguments.whole("top_k", top_k, 1)
    order = np.argsort(-probabilities, kind="stable")[: 1 if temperature == 0 else top_k]
    with np.errstate(divide="ignore"):
        scores = np.log(probabilities[order])
    found = np.zeros(len(probabilities))
    with np.errstate(over="ignore"):  # at a tiny temperature all but the likeliest run over, to −∞
        found[order] = np.exp((scores - scores.max()) / (temperature or 1))
    return found / found.sum()


@torch.inference_mode()
def perplexity(model, rows, options, seed=1):
    """exp of the mean −log p of the predicted words in rows of ids (n, length), wherever these and the model lie."""
    device, total, count = model.bias.device, 0.0, 0
    draw = training.generator(seed, device)
    for part in rows.split(128):
        loss, n = model.loss(part.to(device), draw, share=options.share)
        total, count = total + loss.item(), count + n
    mean = total / max(count, 1)
    return math.exp(mean) if mean < 700 else math.inf  # of a training that ran away; larger powers Python refuses


def untrained(options, words):
    """A model with its first weights drawn from the seed; no other random numbers are disturbed."""
    with torch.random.fork_rng(devices=[]):  # layers draw their first weights from the global generator
        torch.default_generator.manual_seed(options.seed)
        return context.ContextModel(options.kind, words, options.vector_size, options.layers, options.heads,
                                    options.length)  # fmt: skip
