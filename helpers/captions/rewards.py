"""Training a captioner on the score itself: it says captions, they are scored, and what scored well gets likelier.

    rewarded = captions.rewards.train(captioner, features, texts)

Teacher forcing teaches the next word of a person's caption; the score is about the captioner's own whole captions, and
it has no gradient.  Self-critical sequence training (Rennie et al. 2017, https://arxiv.org/abs/1612.00563) takes that
of the expected score, by REINFORCE (Williams 1992, https://doi.org/10.1007/BF00992696):

    ∇ E[reward] = E[(reward − baseline) · ∇ log p(caption)]

The expectation is a mean over captions that are drawn from the captioner.  Any baseline that does not depend on the
caption leaves it as it is and makes it less noisy: here it is the mean reward of the other captions that were drawn for
the same image (Luo 2020, https://arxiv.org/abs/2003.09971).  What is rewarded is what you get: see `meaning`.
"""

import copy
import math
from dataclasses import asdict, dataclass

import torch

from .. import arguments, runs, training
from ..checkpoints import Checkpoint, digest
from .bleu import closest_length, most, ngrams, of_counts
from .captioner import Captioner
from .decoding import pick
from .samples import by_name, pair, stack
from .text import END, START, UNKNOWN


class Bleu:
    """BLEU-4 of single captions, against the references of some images.

    references  {image name: [[token, …], …]}

    A single caption often lacks any run of four words that a reference has, and its BLEU-4 would be 0: runs of two to
    four words count one match, and one run, more than there are (Lin and Och 2004, https://aclanthology.org/P04-1077).
    """

    def __init__(self, references):
        self.references = references
        self.allowed = {name: [most(those, n) for n in range(1, 5)] for name, those in references.items()}

    def score(self, tokens, name):
        """Smoothed BLEU-4 of one caption, a list of tokens, against the references of an image: 0 to 1."""
        found = []
        for n, allowed in enumerate(self.allowed[name], 1):
            ours, more = ngrams(tokens, n), int(n > 1)
            found += [(ours & allowed).total() + more, ours.total() + more]
        return of_counts([*found, len(tokens), closest_length(tokens, self.references[name])])[3]


@dataclass(frozen=True)
class Options(runs.FallingRate):
    """Everything that decides the rewarded captioner, beside the one that it starts from and the data.

    ValueError, naming the parameter and what is expected, for a value out of range.
    """

    samples: int = 5
    epochs: int = 1
    alpha: float = 0.0001
    min_alpha: float = 0.0001
    batch_size: int = 100
    longest: int = 20
    seed: int = 1

    def __post_init__(self):
        hint = ": each drawn caption is held against the others of its image"
        self.keep("samples", arguments.whole("samples", self.samples, 2, 1000, hint=hint))
        for name in ("epochs", "batch_size", "longest"):
            self.keep(name, arguments.whole(name, getattr(self, name), 1, arguments.MOST))
        self.keep("seed", arguments.whole("seed", self.seed, 0, 2**63 - 1))
        self.keep_rates()


class Objective:
    """A caption model with its optimizer, and the work on the captions that are drawn for one batch of images.

    names, features  of the images: a list, and (images, size) or (images, cells, size) in the same order
    judge            what scores a caption: `judge.score([id, …, END], name)`
    about            what a `Captioner` keeps beside its model
    """

    def __init__(self, model, names, features, judge, options, about):
        self.model, self.names, self.features, self.judge, self.options = model, names, features, judge, options
        self.about, self.device = about, model.mean.device
        self.optimizer = torch.optim.Adam(model.parameters(), fused=True)
        self.parts = math.ceil(len(names) / options.batch_size)
        self.epoch, self.batches = None, ()  # of the epoch at work

    def work(self, epoch, part):
        """One step of Adam on a batch of images; returns (minus the sum of the rewards, how many captions)."""
        if epoch != self.epoch:
            order = torch.randperm(len(self.names), generator=self.generator("cpu", epoch, 0))
            self.epoch, self.batches = epoch, order.split(self.options.batch_size)
        batch = self.batches[part]
        features, samples = self.features[batch].to(self.device), self.options.samples
        self.model.train()  # for cuDNN, whose LSTMs learn in this mode only; nothing is dropped out
        ids = draw(self.model, features, samples, self.options.longest, self.generator(self.device, epoch, part + 1))
        names = [self.names[i] for i in batch.tolist() for _ in range(samples)]
        scores = [self.judge.score(ended(caption), name) for caption, name in zip(ids.t().tolist(), names)]
        rewards = torch.tensor(scores).view(-1, samples)  # (images, samples)
        weights = advantages(rewards).flatten().to(self.device)
        loss = -(weights * log_probability(self.model, features, ids)).mean()
        rate = self.options.rate((epoch + part / self.parts) / self.options.epochs)
        training.step(self.optimizer, loss, rate, longest=5.0)
        return -sum(scores), len(scores)

    def generator(self, device, epoch, number):
        """A generator of its own for the order of an epoch (number 0) and for each of its batches (from 1 on)."""
        return training.part_generator(self.options.seed, epoch, number, device)

    def finish(self, epoch, loss):
        """ValueError where training ran away (`training.check_weights`)."""
        training.check_weights(self.model, [], epoch, f"Lower alpha (it was {self.options.alpha:g})")

    def snapshot(self):
        """A `Captioner` of its own, with the weights of now."""
        return Captioner(copy.deepcopy(self.model), **self.about)

    def state(self):
        """What a checkpoint keeps: {name: tensor}."""
        return training.model_state(self.model) | training.optimizer_state(self.optimizer)

    def restore(self, state):
        training.restore_model(self.model, state)
        training.restore_optimizer(self.optimizer, state)


def sayable(scores):
    """Scores of the next word (…, entries) without those of <start> and <unknown>, which are never said."""
    never = torch.zeros(scores.shape[-1], dtype=torch.bool, device=scores.device)
    never[[START, UNKNOWN]] = True
    return scores.masked_fill(never, -torch.inf)


@torch.inference_mode()
def draw(model, features, samples, longest, generator):
    """Captions drawn word by word, each word as often as it is likely: ids (T, n · samples), END after the last word.

    features (n, …); the captions of one image stand side by side.  One that has not ended after `longest` words is
    broken off.  ValueError if the weights are no numbers any more.
    """
    image = model.look(features).repeat_interleave(samples, 0)
    n, state, rows = len(image), model.first_state(image), torch.arange(len(image), device=image.device)
    ids = torch.full((longest, n), END, device=image.device)
    last = torch.full((n,), START, device=image.device)
    for length in range(longest):
        h, state, _ = model.read(image, last.unsqueeze(0), state)
        probability = torch.softmax(sayable(model.out(h[0])), 1)  # (open captions, entries)
        if not probability.sum().isfinite():
            raise ValueError("training ran away: the weights are no longer numbers. Lower alpha")
        last = torch.multinomial(probability, 1, generator=generator).squeeze(1)
        ids[length, rows] = last
        still = last != END  # captions that go on; nothing is computed for the others
        rows, last, image, state = rows[still], last[still], image[still], pick(state, still)
        if not len(rows):
            break
    return ids[: length + 1].clone()


def ended(ids):
    """A caption as it is scored: its words and the END, if it has one.  Without the END captions learn to break off."""
    return ids[: ids.index(END) + 1] if END in ids else ids


def log_probability(model, features, ids):
    """The log probability of each caption (n · samples,), its end counted: what is differentiated.

    features (n, …); ids (T, n · samples) as `draw` returns them.
    """
    image = model.look(features).repeat_interleave(ids.shape[1] // len(features), 0)
    starts = torch.full_like(ids[:1], START)
    h, _, _ = model.read(image, torch.cat([starts, ids[:-1]]), model.first_state(image))
    said = torch.cat([starts, ids[:-1]]).ne(END)  # words and the first END, but not those that fill up the table
    chosen = torch.log_softmax(sayable(model.out(h[said])), 1).gather(1, ids[said].unsqueeze(1)).squeeze(1)
    return torch.zeros(ids.shape, device=ids.device).masked_scatter(said, chosen).sum(0)


def advantages(rewards):
    """Each reward minus the mean of the others in its row: (images, samples), rows sum to 0."""
    others = (rewards.sum(1, keepdim=True) - rewards) / (rewards.shape[1] - 1)
    return rewards - others


def train(
    captioner, features, captions, samples=5, epochs=1, alpha=0.0001, min_alpha=0.0001, batch_size=100,
    longest=20, seed=1, device=None, checkpoint=None, progress=False, after_epoch=None,
):  # fmt: skip
    """Go on with a captioner, with a score of its own captions as reward; returns a new `Captioner`.

    captioner     as `captions.train` returns it; it stays as it is.  One that has learnt nothing yet says nothing that
                  could be rewarded
    features      {image name: array}, of the shape that the captioner takes
    captions      {image name: [caption, …]}: what is scored against.  Images that the captioner's training held out
                  are held out here too
    samples       captions that are drawn for an image
    alpha         the learning rate (Adam) falls from alpha to min_alpha in a straight line
    batch_size    images for one step
    longest       words after which a drawn caption is broken off
    checkpoint, progress, after_epoch    as in `captions.train`; the mean loss is minus the mean reward, and the weights
                  that count are those of the last epoch: which number of epochs is best, other images must say

    ValueError or TypeError, naming the remedy, for parameters and data from which nothing can be learnt.
    """
    options = Options(samples, epochs, alpha, min_alpha, batch_size, longest, seed)
    arguments.instance("captioner", captioner, Captioner, "a Captioner, as captions.train returns it")
    device, saved = training.device(device), Checkpoint.of(checkpoint)
    features, captions = by_name("features", features), by_name("captions", captions)
    tokens, _ = pair(features, captions, captioner.vocabulary.cut)
    held = set(captioner.validation)
    names = [name for name in tokens if name not in held]
    if not names:
        raise ValueError("the captioner's training held out every image that has features and captions here: "
                         "pass the images it was trained on too")  # fmt: skip
    captioner.checked(features[names[0]])
    stacked = stack(features, names)
    references = {name: [captioner.vocabulary.encode(one)[1:] for one in tokens[name]] for name in names}
    model = copy.deepcopy(captioner.model).to(device)
    about = {name: getattr(captioner, name) for name in
             ("vocabulary", "shape", "max_length", "validation", "skipped", "eyes")}  # fmt: skip
    objective = Objective(model, names, stacked, Bleu(references), options, about)
    state = saved and saved.restore({
        "trainer": "captions.rewards", **asdict(options), "words": digest(captioner.vocabulary.tokens),
        "start": digest(model.state_dict()), "data": digest(stacked, references),
    })  # fmt: skip
    runs.train(objective, options.epochs, 1, progress, after_epoch, saved, state)
    return objective.snapshot()
