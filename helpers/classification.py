"""A small text classification task, begun in three ways: from scratch, with frozen vectors, with fine-tuned ones.

The task: from 40 consecutive words of a Wikipedia article, say what the article is about: art, nature, a
person or a place.  The classifier is the plainest that uses word vectors: their mean, then one linear layer
(the "fastText classifier" of Joulin et al. 2017, arXiv 1607.01759, without its n-grams).  What a word vector
knows, or does not, is all that differs between the three.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import arguments, counting, training
from .vocabulary import Vocabulary

TABLE = Path(__file__).resolve().parent.parent / "datasets" / "wikipedia_topics.csv"
TOPICS = ("art", "nature", "person", "place")
METHODS = ("scratch", "frozen", "fine-tuned")


def topics(chosen=TOPICS, path=TABLE):
    """Article title → topic, for the articles of the chosen topics, in the order of the table.

    ValueError for a topic that no article has, FileNotFoundError if the table is missing.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is not there: it belongs to the course's datasets folder")
    with path.open(encoding="utf-8", newline="") as file:
        table = {row["title"]: row["topic"] for row in csv.DictReader(file)}
    if missing := [topic for topic in chosen if topic not in table.values()]:
        raise ValueError(f"no article has the topic {missing[0]!r}: choose from {sorted(set(table.values()))}")
    return {title: topic for title, topic in table.items() if topic in chosen}


def split_articles(labels, seed, test=0.3):
    """Titles for training and titles for testing: (train, test), drawn within each topic, at least one each.

    labels: title → topic.  Whole articles are dealt out, never passages: two passages of one article share
    names and phrases, and a test article seen in training would be no test.
    """
    if not isinstance(labels, Mapping):
        raise TypeError(f"labels must be a dict {{title: topic}}, not {arguments.shown(labels)}")
    test, draw, held_out = arguments.number("test", test, above=0, below=1), training.generator(seed), set()
    for topic in sorted(set(labels.values())):
        titles = [title for title in labels if labels[title] == topic]
        if len(titles) < 2:
            raise ValueError(f"topic {topic!r} has one article only, which cannot be both trained on and tested")
        n = min(max(round(test * len(titles)), 1), len(titles) - 1)
        held_out |= {titles[k] for k in torch.randperm(len(titles), generator=draw)[:n].tolist()}
    return [t for t in labels if t not in held_out], [t for t in labels if t in held_out]


def passages(tokens, length=40):
    """Cut a document into consecutive pieces of `length` tokens; an incomplete last piece is left out."""
    length = arguments.whole("length", length, 1, hint=": a passage needs at least one token")
    tokens = list(arguments.tokens("tokens", tokens))
    return [tokens[k : k + length] for k in range(0, len(tokens) - length + 1, length)]


@dataclass(frozen=True)
class Task:
    """One split of the articles, as numbers.

    ids (n, length): word ids, and `padding` in place of a word that is not in the vocabulary.
    labels (n,): index into `names`.  unlabelled: the documents that pretraining may read, test articles out.
    """

    names: list
    vocabulary: Vocabulary
    train_ids: torch.Tensor
    train_labels: torch.Tensor
    test_ids: torch.Tensor
    test_labels: torch.Tensor
    unlabelled: list
    test_titles: list

    @property
    def padding(self):
        """The id that stands for no word: one past the vocabulary."""
        return len(self.vocabulary)


def task(documents, labels, seed, length=40, per_test_article=50, max_size=5000):
    """Deal articles out by `seed` and turn their passages into ids: a `Task`.

    documents: (title, tokens) of all articles; those without a label serve as unlabelled text.
    per_test_article: long test articles give no more than this many passages, so that none outweighs the rest.
    """
    documents = dict(documents)
    if missing := [title for title in labels if title not in documents]:
        raise ValueError(f"no document is titled {missing[0]!r}: labels and documents do not belong together")
    train, test = split_articles(labels, seed)
    unlabelled = [tokens for title, tokens in documents.items() if title not in set(test)]
    vocabulary = Vocabulary.build(unlabelled, min_count=5, max_size=max_size)
    names = sorted(set(labels.values()))

    def numbers(titles, most=None):
        pieces = [(piece, names.index(labels[t])) for t in titles for piece in passages(documents[t], length)[:most]]
        ids = [[vocabulary.index.get(word, len(vocabulary)) for word in piece] for piece, _ in pieces]
        return torch.tensor(ids), torch.tensor([label for _, label in pieces])

    return Task(names, vocabulary, *numbers(train), *numbers(test, per_test_article), unlabelled, test)


def pretrain(documents, vocabulary, vector_size=50, window=5, seed=1):
    """Word vectors from unlabelled text: co-occurrence counts → PPMI → SVD; lesson 2 explains each step.

    Returns float32 (len(vocabulary) + 1, vector_size), entries with standard deviation 1; the last row is
    the padding's and is zero.  The same text gives the same vectors, up to rounding.
    """
    counts = counting.cooccurrence(documents, vocabulary, window=window, weighting="flat")
    vectors = counting.lsa(counting.ppmi(counts), vector_size, seed=seed, power=0.5)
    vectors = np.vstack([vectors / vectors.std(), np.zeros((1, vector_size))])
    return torch.tensor(vectors, dtype=torch.float32)


def mean_of_embeddings(vectors, ids, padding):
    """Mean vector of each passage, padding left out: vectors (words, d), ids (n, length) → (n, d).

    A passage of nothing but padding gets zeros.  This is nn.EmbeddingBag(mode="mean", padding_idx=padding).
    """
    real = (ids != padding).unsqueeze(-1).to(vectors.dtype)  # (n, length, 1)
    return (vectors[ids] * real).sum(1) / real.sum(1).clamp(min=1)


def classifier(method, vectors, classes, generator):
    """EmbeddingBag + Linear for one of METHODS, on the same footing but for the embedding.

    vectors (words + 1, d): the pretrained ones; "scratch" takes only their shape and draws small random
    numbers, "frozen" keeps them as they are, "fine-tuned" starts from them.  The last row is padding.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}, not {method!r}")
    start = torch.randn(vectors.shape, generator=generator) * 0.1 if method == "scratch" else vectors.clone()
    start[-1] = 0
    bag = nn.EmbeddingBag.from_pretrained(start, freeze=method == "frozen", mode="mean", padding_idx=len(vectors) - 1)
    linear = nn.Linear(vectors.shape[1], classes)
    with torch.no_grad():
        linear.weight.copy_(torch.randn(linear.weight.shape, generator=generator) * 0.1)
        linear.bias.zero_()
    return nn.Sequential(bag, linear)


def fit(model, ids, labels, generator, steps=100, batch_size=32, lr=0.02):
    """Train the parameters that are not frozen with Adam on cross-entropy for a fixed number of batches.

    There is no early stopping: it would need a development set, and with 50 labels there is none to spare.
    A frozen embedding is applied once, before the loop.
    Returns the model.  ValueError for parameters out of range, and where training ran away: its numbers are no longer
    numbers, or the loss on the passages that it was trained on is beyond all bounds (`training.check_weights`).
    """
    lr, steps = arguments.number("lr", lr, above=0), arguments.whole("steps", steps, 0)
    batch_size = arguments.whole("batch_size", batch_size, 1)
    if not len(labels) or len(labels) != len(ids):
        raise ValueError(f"there must be a label for each passage, at least one, not {len(labels)} for {len(ids)}")
    bag, linear = model
    frozen = not bag.weight.requires_grad
    inputs = bag(ids).detach() if frozen else ids
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr, fused=True)
    order, at = torch.randperm(len(labels), generator=generator), 0
    for _ in range(steps):
        if at >= len(order):
            order, at = torch.randperm(len(labels), generator=generator), 0
        batch = order[at : at + batch_size]
        at += batch_size
        scores = linear(inputs[batch] if frozen else bag(inputs[batch]))
        loss = F.cross_entropy(scores, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        loss = F.cross_entropy(linear(inputs if frozen else bag(inputs)), labels).item()
    training.check_weights(model, [loss], None, f"Lower lr (it was {lr:g})")
    return model


def accuracy(model, ids, labels):
    """Share of passages whose highest score is the right topic, between 0 and 1."""
    with torch.no_grad():
        return (model(ids).argmax(1) == labels).double().mean().item()


def majority_accuracy(train_labels, test_labels):
    """Accuracy on the test labels of always answering the most frequent *training* label; ties: the smallest."""
    answer = np.bincount(np.asarray(train_labels)).argmax()
    return float(np.mean(np.asarray(test_labels) == answer))


def compare(tasks, vectors, labelled, methods=METHODS, steps=100, lr=0.02):
    """Test accuracy of every method at every amount of labelled passages: float64 (methods, labelled, tasks).

    tasks, vectors: one `Task` and its pretrained vectors per seed; the seed is the place in the list.  Within
    one seed all methods get the same labelled passages in the same order, and a larger amount contains the
    smaller.  One thread computes: the tensors are too small for two to pay.
    """
    scores = np.zeros((len(methods), len(labelled), len(tasks)))
    with training.one_thread():
        for seed, (data, start) in enumerate(training.progress(list(zip(tasks, vectors)), "seeds")):
            if max(labelled) > len(data.train_labels):
                raise ValueError(f"{max(labelled)} passages asked for, {len(data.train_labels)} are there")
            drawn = torch.randperm(len(data.train_labels), generator=training.generator(seed))
            for j, amount in enumerate(labelled):
                ids, labels = data.train_ids[drawn[:amount]], data.train_labels[drawn[:amount]]
                for i, method in enumerate(methods):
                    draw = training.generator(seed)
                    model = classifier(method, start, len(data.names), draw)
                    fit(model, ids, labels, draw, steps=steps, lr=lr)
                    scores[i, j, seed] = accuracy(model, data.test_ids, data.test_labels)
    return scores
