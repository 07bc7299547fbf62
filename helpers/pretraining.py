"""Pretraining the models of `context`: the words of a text are the answers, nobody annotates anything.

    model = pretraining.train(texts, kind="gpt", validation=held_out, epochs=5)
    model.curve                                     # perplexity on the texts that were held out, epoch by epoch
    model.generate(["the", "city"], temperature=0.8, top_k=20)
    model.vectors(["the", "city"])                  # a vector for each word in this context
"""

import copy
import json
import math
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from . import arguments, context, files, letters, runs, training
from .checkpoints import Checkpoint, digest

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
        for name in ("vector_size", "layers", "heads", "min_count", "max_size", "epochs", "batch_size"):
            self.keep(name, arguments.whole(name, getattr(self, name), 1))
        self.keep("length", arguments.whole("length", self.length, 2))
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
    """A trained model with its vocabulary, its options and its curve (one perplexity per epoch, if texts were held out).

    model  the `context.ContextModel`, ready for use (no dropout)
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
        said, draw = list(arguments.tokens("start", start)), np.random.default_rng(seed)
        for _ in range(arguments.whole("most", most, 1)):
            share = sharpened(self.next_words(said), temperature, top_k)
            word = int(draw.choice(len(share), p=share))
            if word == context.END:
                break
            said.append(self.vocabulary.words[word])
        return said

    def save(self, path):
        """Write weights (float16), words and options to one safetensors file, whole or not at all."""
        header = {"format": FORMAT, "options": json.dumps(asdict(self.options)), "curve": json.dumps(self.curve),
                  "words": json.dumps(self.vocabulary.words, ensure_ascii=False)}  # fmt: skip
        tensors = {name: tensor.detach().cpu().half() for name, tensor in self.model.state_dict().items()}
        with files.whole(path) as draft:
            save_file(tensors, draft, header)

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
        if header.get("format") != FORMAT:
            raise ValueError(f"{path.name} holds no context model of this course: load what LanguageModel.save wrote")
        options = Options(**json.loads(header["options"]))
        vocabulary = context.ContextVocabulary(json.loads(header["words"]))
        model = untrained(options, len(vocabulary)).to(training.device(device))
        model.load_state_dict(tensors)
        return cls(model, vocabulary, options, json.loads(header["curve"]))


def sharpened(share, temperature=1.0, top_k=None):
    """Probabilities (words,) at another temperature, float64 that sum to 1; with top_k, 0 for all but the k largest."""
    temperature = arguments.number("temperature", temperature, least=0)
    top_k = len(share) if top_k is None else arguments.whole("top_k", top_k, 1)
    share = np.asarray(share, dtype=np.float64)
    order = np.argsort(-share, kind="stable")[: 1 if temperature == 0 else top_k]
    with np.errstate(divide="ignore"):
        scores = np.log(share[order]) / (temperature or 1)
    found = np.zeros(len(share))
    found[order] = np.exp(scores - scores.max())
    return found / found.sum()


@torch.inference_mode()
def perplexity(model, rows, options, seed=1):
    """exp of the mean −log p of the predicted words in rows of ids (n, length)."""
    draw, total, count = training.generator(seed, rows.device), 0.0, 0
    for part in rows.split(128):
        loss, n = model.loss(part, draw, share=options.share)
        total, count = total + loss.item(), count + n
    return math.exp(total / max(count, 1))


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
        self.optimizer.zero_grad()
        (loss / max(count, 1)).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate((epoch + (part + 1) / (self.parts + 1)) / self.options.epochs)
        self.optimizer.step()
        return loss.item(), count

    def generator(self, device, epoch, number):
        """A generator of its own for the order of an epoch (number 0) and for each of its batches (from 1 on)."""
        drawn = np.random.SeedSequence([self.options.seed, epoch, number]).generate_state(1)
        return training.generator(int(drawn[0]), device)

    def finish(self, epoch, loss):
        """Measure on the texts that were held out."""
        if not math.isfinite(loss):
            raise ValueError(f"training ran away: the loss of epoch {epoch + 1} is no longer a number. "
                             f"Lower alpha (it was {self.options.alpha:g})")  # fmt: skip
        if self.held is not None:
            self.curve.append(perplexity(self.model, self.held, self.options))

    def snapshot(self):
        """A `LanguageModel` of its own, with the weights of now."""
        return LanguageModel(copy.deepcopy(self.model), self.vocabulary, self.options, self.curve)

    def state(self):
        """What a checkpoint keeps: {name: tensor}."""
        state = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        curve = {"curve": torch.tensor(self.curve, dtype=torch.float64)}
        return state | training.optimizer_state(self.optimizer) | curve

    def restore(self, state):
        model = {name.removeprefix("model."): t for name, t in state.items() if name.startswith("model.")}
        self.model.load_state_dict(model)
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

    ValueError or TypeError, naming the remedy, for parameters and texts from which nothing can be learnt.
    """
    options = Options(kind, vector_size, layers, heads, length, min_count, max_size, epochs, batch_size, alpha, dropout,
                      share, seed)  # fmt: skip
    device, saved = training.device(device), Checkpoint.of(checkpoint)
    texts = [list(arguments.tokens("texts", tokens)) for tokens in arguments.tokens("texts", texts)]
    vectors = getattr(vectors, "wv", vectors)
    if vectors is not None:
        options = replace(options, vector_size=vectors.vector_size)
    vocabulary = vocabulary or context.ContextVocabulary.build(texts, options.min_count, options.max_size)
    rows = context.pieces(vocabulary.stream(texts), options.length).to(device)
    held = None
    if validation is not None:
        held = context.pieces(vocabulary.stream(validation), options.length).to(device)
    model = untrained(options, len(vocabulary))
    if vectors is not None:
        start_from(model, vocabulary, vectors)
    objective = Objective(model.to(device), rows, held, vocabulary, options)
    about = {"trainer": "context", "data": digest(rows, held), "words": digest(vocabulary.words),
             "vectors": digest(vectors and vectors.index_to_key, vectors and vectors.vectors)}  # fmt: skip
    state = saved and saved.restore(asdict(options) | about)
    runs.train(objective, options.epochs, 1, progress, after_epoch, saved, state)
    return LanguageModel(model, vocabulary, options, objective.curve)


def untrained(options, words):
    """A model with its first weights drawn from the seed; no other random numbers are disturbed."""
    with torch.random.fork_rng(devices=[]):  # layers draw their first weights from the global generator
        torch.default_generator.manual_seed(options.seed)
        return context.ContextModel(options.kind, words, options.vector_size, options.layers, options.heads,
                                    options.length)  # fmt: skip


def start_from(model, vocabulary, vectors):
    """Put word vectors into the rows of the words that have one, at the mean length of the rows that were there.

    ValueError if no word of the vocabulary has a vector.
    """
    rows = [i for i, word in enumerate(vocabulary.words) if word in vectors.key_to_index]
    if not rows:
        raise ValueError("the vectors hold none of the vocabulary's words: are they of the same language, cut alike?")
    found = torch.tensor(vectors[[vocabulary.words[i] for i in rows]])
    with torch.no_grad():
        table = model.embedding.weight
        table[rows] = found * (table.norm(dim=1).mean() / found.norm(dim=1).mean())


