"""A test of context that nobody has to annotate: two words are merged into one, and the context must say which it was.

    world, people  →  world/people          "of the world/people who live": which one stood there?

Gale, Church and Yarowsky (1992, https://aclanthology.org/H92-1045/) worked with such pseudowords.  The merged word has
one static vector, which is the same for both by construction.  Whole articles are divided between training and test;
pretraining reads the text of the training articles only, merged.

    merged = pseudowords.merge(documents, pairs)
    ids, labels = merged.windows(pairs[0], vocabulary, titles)
"""

from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import arguments, context, letters, training

REACH = 8  # words on each side that a reader is shown
METHODS = ("head only", "fine-tuned", "head first")  # what `moving` knows
Task = namedtuple("Task", "train_ids train_labels test_ids test_labels")


@dataclass(frozen=True)
class Merged:
    """Documents in which pairs of words have become one word.

    documents  {title: tokens}, the words of a pair replaced by "one/other"
    places     {pair: [(title, position, 0 or 1), …]}: where it stands, and which of the two it was
    """

    documents: dict
    places: dict

    def windows(self, pair, vocabulary, titles, reach=REACH):
        """What stands around a pseudoword in the given articles: (ids (n, 2·reach + 1), labels (n,)).

        The pseudoword is in the middle.  Beyond the ends of an article stands <end>.  ValueError where one of the two
        words does not occur.
        """
        wanted, rows, labels = set(arguments.words("titles", titles)), [], []
        context.a_vocabulary(vocabulary)
        reach = arguments.whole("reach", reach, 1, context.LONGEST)
        pair = tuple(arguments.words("pair", pair))
        if pair not in self.places:
            raise ValueError(f"pair must be one of those that were merged, {list(self.places)}, not {pair}")
        for title, position, which in self.places[pair]:
            if title in wanted:
                tokens = self.documents[title]
                before, after = tokens[max(position - reach, 0) : position], tokens[position : position + reach + 1]
                ids = vocabulary.encode(before), vocabulary.encode(after)
                left, right = [context.END] * (reach - len(before)), [context.END] * (reach + 1 - len(after))
                rows.append([*left, *ids[0], *ids[1], *right])
                labels.append(which)
        if len(set(labels)) < 2:
            raise ValueError(f"{name_of(pair)}: these articles hold only one of the two words, or none; take another "
                             "pair, or more articles")  # fmt: skip
        return torch.tensor(rows), torch.tensor(labels)


def name_of(pair):
    """The merged word."""
    return "/".join(pair)


def merge(documents, pairs):
    """`Merged` documents, given as (title, tokens) or a dict of them.

    pairs: tuples of two words; no word may stand in two of them (ValueError).
    """
    pairs = [tuple(arguments.words("each of pairs", pair))
             for pair in arguments.listed("pairs", pairs, "pairs of words")]  # fmt: skip
    words = [word for pair in pairs for word in pair]
    if any(len(pair) != 2 for pair in pairs) or len(set(map(letters.tidy, words))) < len(words):
        raise ValueError("pairs must be tuples of two words, and no word may stand in two pairs")
    which = {letters.tidy(word): (pair, k) for pair in pairs for k, word in enumerate(pair)}
    merged, places = {}, {pair: [] for pair in pairs}
    for title, tokens in titled(documents):
        merged[title] = []
        for position, token in enumerate(arguments.words(f"the words of {title!r}", tokens)):
            pair, k = which.get(letters.tidy(token), (None, None))
            merged[title].append(name_of(pair) if pair else token)
            if pair:
                places[pair].append((title, position, k))
    return Merged(merged, places)


def titled(documents):
    """(title, tokens) of every document; TypeError for what is neither a dict of documents nor a list of such pairs."""
    items = list(documents.items()) if isinstance(documents, Mapping) else documents
    for item in arguments.in_order("documents", items, "(title, tokens)"):
        if not isinstance(item, (tuple, list)) or len(item) != 2 or not isinstance(item[0], str):
            raise TypeError(f"a document must be (title, tokens), the title a str, not {arguments.shown(item)}")
        yield item


def divide(titles, seed, test=0.3):
    """(training titles, test titles): whole articles, dealt out by the seed; at least one on either side.

    test: the share of test titles.  ValueError for fewer than two titles.
    """
    titles = sorted(arguments.names("titles", titles))
    if len(titles) < 2:
        raise ValueError("two titles at least are needed, one to train on and one to test on")
    order = lots(seed).permutation(len(titles))
    count = min(max(round(arguments.number("test", test, above=0, below=1) * len(titles)), 1), len(titles) - 1)
    return [titles[i] for i in order[count:]], [titles[i] for i in order[:count]]


def lots(seed):
    """A new NumPy generator that starts at `seed`."""
    return np.random.default_rng(arguments.whole("seed", seed, 0, 2**63 - 1))


def balanced(ids, labels, amount, seed):
    """At most `amount` rows, as many of one word as of the other, drawn by the seed: (ids, labels), mixed."""
    draw = lots(seed)
    found = [draw.permutation(np.flatnonzero(labels.numpy() == k)) for k in (0, 1)]
    each = min(amount // 2, *map(len, found))
    rows = torch.from_numpy(draw.permutation(np.concatenate([part[:each] for part in found])))
    return ids[rows], labels[rows]


def task(merged, pair, vocabulary, train, test, amount, seed, most=300):
    """One pair as a `Task`: `amount` labelled windows of the training articles, and up to `most` of the test's."""
    arguments.instance("merged", merged, Merged, "what pseudowords.merge returns")
    train, test = arguments.words("train", train), arguments.words("test", test)
    amount, most = arguments.whole("amount", amount, 2), arguments.whole("most", most, 2)
    return Task(*balanced(*merged.windows(pair, vocabulary, train), amount, seed),
                *balanced(*merged.windows(pair, vocabulary, test), most, seed))  # fmt: skip


def neighbors(table, ids):
    """The static opponent: the mean vector of the words on the left, then on the right: (n, 2·d).

    table (words, d): one vector per word, zeros where there is none.  ids (n, 2·reach + 1); the middle is left out.
    """
    reach = ids.shape[1] // 2
    sides = ids[:, :reach], ids[:, reach + 1 :]
    return torch.cat([table[side].mean(1) for side in sides], 1)


@torch.no_grad()
def contextual(model, ids):
    """The contextual vector of the word in the middle of each window: ids (n, 2·reach + 1) → (n, width).

    The model may lie on a graphics card; the vectors come back to where the ids are.
    """
    return model(ids.to(model.bias.device))[:, ids.shape[1] // 2].to(ids.device)


def linear(x, y, seed=1):
    """A logistic regression on rows x (n, d) as an nn.Linear to two scores; its penalty is chosen by cross-validation.

    Columns are standardised for the fit, and the layer takes them as they are.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    seed = arguments.whole("seed", seed, 0, 2**32 - 1)  # as much as scikit-learn takes
    x, y = arguments.array("x", x, None, None).astype(np.float64), arguments.array("y", y, None)
    if len(x) != len(y) or not np.isfinite(x).all() or not x.size:
        raise ValueError(f"x must be rows of finite numbers, one for each of {len(y)} labels, not {arguments.shown(x)}")
    if np.any((y != 0) & (y != 1)) or not 3 <= y.sum() <= len(y) - 3:
        raise ValueError(f"y must be labels, 0 or 1, at least 3 of each, not {arguments.shown(y)}")
    mean, scale = x.mean(0), x.std(0) + 1e-6
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.003, 0.03, 0.3]}, cv=folds)
    found = search.fit((x - mean) / scale, y).best_estimator_
    weight = found.coef_[0] / scale
    layer = nn.Linear(len(weight), 2)
    with torch.no_grad():  # two scores whose difference is the logistic regression's
        layer.weight.copy_(torch.from_numpy(np.stack([-weight, weight]) / 2))
        bias = found.intercept_[0] - weight @ mean
        layer.bias.copy_(torch.tensor([-bias, bias]) / 2)
    return layer


class Reader(nn.Module):
    """A context model with a head: windows (n, 2·reach + 1) → two scores (n, 2) for the word in the middle.

    It works where the model lies, on a graphics card perhaps; the scores come back to where the ids are.
    """

    def __init__(self, model, head):
        super().__init__()
        self.model, self.head = model, head.to(model.bias.device)

    def forward(self, ids, dropout=0.0, generator=None):
        vectors = self.model(ids.to(self.model.bias.device), dropout, generator)[:, ids.shape[1] // 2]
        return self.head(vectors).to(ids.device)


def moving(names, method):
    """Which parameters of a `Reader` the labels may move: those of `names` that training with this method changes.

    "head only": the pretrained model stays frozen.  "fine-tuned": everything, from the first step on.
    "head first": everything too, but it starts from the head of "head only" (Kumar et al. 2022, arXiv 2202.10054).
    """
    arguments.choice("method", method, METHODS)
    return [name for name in names if method != "head only" or name.startswith("head.")]


def fine_tune(model, head, ids, labels, rate, epochs=10, batch_size=32, dropout=0.1, seed=1):
    """Train a whole `Reader` on labelled windows with Adam at a falling rate; model and head change, and it returns."""
    rate, epochs = arguments.number("rate", rate, above=0), arguments.whole("epochs", epochs, 1)
    batch_size = arguments.whole("batch_size", batch_size, 1)
    dropout = arguments.number("dropout", dropout, least=0, below=1)
    device = model.bias.device
    ids, labels = ids.to(device), labels.to(device)
    reader, draw = Reader(model, head), training.generator(seed, device)
    optimizer = torch.optim.Adam(reader.parameters(), lr=rate, fused=True)
    steps, done = epochs * -(-len(ids) // batch_size), 0
    for epoch in range(epochs):
        for rows in torch.randperm(len(ids), generator=draw, device=device).split(batch_size):
            loss = F.cross_entropy(reader(ids[rows], dropout, draw), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 - done / steps)
            optimizer.step()
            done += 1
        training.check_weights(reader, [loss.item()], epoch, f"Lower rate (it was {rate:g})")
    return reader


@torch.inference_mode()
def accuracy(scores, labels):
    """Share of windows whose higher score is the right word's."""
    return (scores.argmax(1) == labels).double().mean().item()
