"""Negative sampling: noise words drawn fast, the loss of Mikolov et al. 2013b, its gradient by hand, and one step.

Instead of asking "which of all words stands here?", a model is asked "is this word a neighbor?", once for
a real neighbor and `negative` times for words drawn from the noise distribution,
https://arxiv.org/abs/1310.4546, equation 4.  The distribution itself is `vocabulary.noise`.
"""

import numbers

import numpy as np
import torch

from helpers import arguments, training

TRIES = 10_000  # a word that has 99.9 % of the probability is avoided in less


class NoiseSampler:
    """Draws word ids with given probabilities, each draw in constant time, by the alias method.

    Every word gets one column of the same height, 1 / n.  A word with less fills its column up with a piece of
    a word that has too much (its alias).  To draw: choose a column, then decide between its two words.
    Walker 1977, https://doi.org/10.1145/355744.355749; the table is built in linear time, see `alias_table`.
    """

    def __init__(self, probabilities, device="cpu"):
        """probabilities (words,): non-negative, with a positive sum; they need not sum to 1."""
        weights = arguments.array("probabilities", probabilities, None).astype(np.float64)
        if not len(weights) or not np.isfinite(weights).all() or weights.min() < 0:
            raise ValueError("probabilities must be a flat, non-empty array of finite numbers, none of them negative")
        with np.errstate(over="ignore"):
            total = weights.sum()
        if not 0 < total < np.inf:
            raise ValueError("probabilities must have a positive, finite sum: pass vocabulary.noise(…)")
        share, alias = alias_table(weights / total)
        device = training.device(device)
        self.share = torch.from_numpy(share).float().to(device)
        self.alias = torch.from_numpy(alias).to(device)
        self.possible = int(np.count_nonzero(weights))

    def draw(self, shape, generator, avoid=None):
        """Word ids of the given shape, int64, independent of each other.

        shape      a whole number or a tuple, such as (batch, negative)
        generator  a torch.Generator of the sampler's device
        avoid      ids that must not come out, a tensor that broadcasts to `shape`: what equals them is drawn
                   again, as in fastText.  ValueError if only one word has a probability above 0
        """
        shape = (shape,) if isinstance(shape, numbers.Integral) else tuple(shape)
        shape = tuple(arguments.whole("shape", size, 0) for size in shape)
        words = self.once(shape, generator)
        if avoid is not None:
            if self.possible < 2:
                raise ValueError("only one word can be drawn, so none can be avoided: the vocabulary needs two words")
            avoid = torch.as_tensor(avoid, device=words.device).expand(shape)
            for _ in range(TRIES):
                if not (again := words == avoid).any():
                    return words
                words[again] = self.once((int(again.sum()),), generator)
            raise ValueError("one word has practically all of the probability, so it cannot be avoided: lower the "
                             "exponent of the noise, or take more text")  # fmt: skip
        return words

    def once(self, shape, generator):
        """One column and one of its two words for every entry of `shape`."""
        device = self.alias.device
        column = torch.randint(len(self.alias), shape, generator=generator, device=device)
        own = torch.rand(shape, generator=generator, device=device) < self.share[column]
        return torch.where(own, column, self.alias[column])


def alias_table(probabilities):
    """Share (words,) of each column that belongs to its own word, and alias (words,), the word of the rest.

    probabilities (words,): float64, sum to 1.  The poor (less than one column) are served in their order by
    the rich, in theirs.  A rich word pays until its own column is no longer full; then the next one fills that
    column up and goes on paying.  Who pays whom follows from two running totals, so no loop is needed: the
    sweep of Hübschle-Schneider and Sanders 2019, https://arxiv.org/abs/1903.00227.
    """
    probabilities = arguments.array("probabilities", probabilities, None).astype(np.float64)
    n = len(probabilities)
    if not n or not np.isclose(probabilities.sum(), 1) or probabilities.min() < 0:
        raise ValueError("probabilities must sum to 1, none of them negative: divide them by their sum")
    height = probabilities * n
    is_rich = height >= min(1.0, height.max())  # rounding may leave all of them a hair below 1
    rich, poor = np.flatnonzero(is_rich), np.flatnonzero(~is_rich)
    surplus, missing = np.cumsum(height[rich] - 1), np.cumsum(1 - height[poor])  # running totals
    share, alias = np.ones(n), np.arange(n)
    payer = np.searchsorted(surplus, np.concatenate(([0.0], missing[:-1])))[: len(poor)]
    share[poor], alias[poor] = height[poor], rich[np.minimum(payer, len(rich) - 1)]
    last = np.searchsorted(missing, surplus, side="right")  # the poor word with which each rich word has overpaid
    spent = np.flatnonzero(last < len(poor))[: len(rich) - 1]  # a prefix of the rich; the last one keeps its column
    share[rich[spent]] = 1 + surplus[spent] - missing[last[spent]]
    alias[rich[spent]] = rich[spent + 1]
    return np.clip(share, 0.0, 1.0), alias


def loss(center, context, noise):
    """Negative-sampling loss −log σ(context · center) − Σ log σ(−noise · center), summed over a batch.

    center (batch, dim), context (batch, dim), noise (batch, negative, dim): the input vectors of the centers,
    the output vectors of their contexts and of the noise words → a scalar tensor.  ValueError for other shapes.
    """
    matching(center, context, noise)
    positive = (context * center).sum(-1)  # (batch,)
    negative = torch.bmm(noise, center.unsqueeze(-1)).squeeze(-1)  # (batch, negative)
    log_sigmoid = torch.nn.functional.logsigmoid  # log(sigmoid(x)) would be -inf where sigmoid(x) rounds to 0
    return -log_sigmoid(positive).sum() - log_sigmoid(-negative).sum()


def gradients(center, context, noise):
    """The gradient of `loss` by hand: with respect to center, context and noise, of their shapes.

    Each is an error times a vector: σ − 1 for the true context, σ for a noise word.
    """
    matching(center, context, noise)
    positive = torch.sigmoid((context * center).sum(-1, keepdim=True)) - 1  # (batch, 1)
    negative = torch.sigmoid(torch.bmm(noise, center.unsqueeze(-1)))  # (batch, negative, 1)
    to_center = positive * context + (negative * noise).sum(1)
    return to_center, positive * center, negative * center.unsqueeze(1)


def step(inputs, outputs, centers, contexts, noise, alpha):
    """One step of gradient descent on a batch, in place; returns (inputs, outputs).

    inputs, outputs (words, dim): the two tables; centers (batch,), contexts (batch,), noise (batch, negative):
    int64 row numbers; alpha: learning rate.  All gradients come from the tables as they were; a row that the
    batch names twice receives both of its gradients, which is what `index_add_` is for.
    """
    to_center, to_context, to_noise = gradients(inputs[centers], outputs[contexts], outputs[noise])
    inputs.index_add_(0, centers, to_center, alpha=-alpha)
    outputs.index_add_(0, contexts, to_context, alpha=-alpha)
    outputs.index_add_(0, noise.reshape(-1), to_noise.flatten(0, 1), alpha=-alpha)
    return inputs, outputs


def constant_loss(negative):
    """The smallest loss per positive of a model that gives every question the same answer: float.

    One "yes" and `negative` "no": the best constant probability is 1 / (1 + negative), and the loss is then
    (1 + k) ln(1 + k) − k ln k.  A model above it has learned nothing of who is a neighbor.
    """
    k = arguments.number("negative", negative, 0)
    return float((1 + k) * np.log1p(k) - (k * np.log(k) if k else 0.0))


def matching(center, context, noise):
    """Refuse shapes that PyTorch would stretch into a wrong answer without a word."""
    for name, table in (("center", center), ("context", context), ("noise", noise)):
        if not isinstance(table, torch.Tensor):
            raise TypeError(f"{name} must be a tensor, not {arguments.shown(table)}: write torch.tensor(…)")
    if center.ndim != 2 or context.shape != center.shape or noise.ndim != 3 or noise[:, 0:1].shape[::2] != center.shape:
        raise ValueError(
            "center and context must have the shape (batch, dim) and noise (batch, negative, dim), not "
            f"{tuple(center.shape)}, {tuple(context.shape)} and {tuple(noise.shape)}"
        )
