"""What the playground of lesson 10 computes with: two small GPTs as signed bytes, and the counts of their opponents."""

import itertools
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from packing import digits64, packed, unpacked

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

import pretrain_context  # noqa: E402
from helpers import context, intervals, pretrained  # noqa: E402

SHARES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)  # of what was counted behind one word, or two, in its mixture
COUNTING = ("unigram", "bigram", "trigram")  # each sees one word more, and mixes one share more


def next_words():
    """For each language: words, weights, counts of pairs and threes, and perplexities on held-out sentences.

    counts  what `counts_as_text` keeps of the text that the GPT learnt from
    shares  of the bigram and of the trigram, chosen on the first half of the held-out sentences
    held    perplexity on the other half, each sentence read by itself, its end not asked for: as in the page's table;
            "better": the share of sentences that the GPT predicts better with its mask off; "ahead": how much more log
            p a word gets from the trigram than from the GPT, [mean, low, high].  Weights are the page's
    """
    found = {}
    for language in ("ko", "en"):
        model = pretrained.LanguageModel.load(pretrain_context.FOLDER / f"gpt-{language}.safetensors", device="cpu")
        learnt, held_out = pretrain_context.texts(language)
        half, vocabulary = len(held_out) // 2, model.vocabulary
        tensors = {name: packed(np.atleast_2d(tensor)) for name, tensor in model.model.state_dict().items()}
        model = as_in_the_page(model, tensors)
        seen, single = count(vocabulary.stream(learnt).tolist(), len(vocabulary))
        tune, report = (
            [[context.END, *vocabulary.encode(tokens)] for tokens in part]
            for part in (held_out[:half], held_out[half:])
        )
        shares, told = {}, {}
        for n, name in enumerate(COUNTING):
            tried = itertools.product(SHARES, repeat=n)
            shares[name] = min(tried, key=lambda tried: perplexity([counted(seen, single, ids, tried) for ids in tune]))
            told[name] = [counted(seen, single, ids, shares[name]) for ids in report]
        told["masked"] = [following(model, ids, True) for ids in report]
        told["open"] = [following(model, ids, False) for ids in report]
        held = {kind: perplexity(lists) for kind, lists in told.items()}
        held |= {"better": float(np.mean(log_sums(told["open"]) > log_sums(told["masked"]))), "sentences": len(report),
                 "ahead": lead(told["trigram"], told["masked"])}  # fmt: skip
        found[language] = {
            "words": " ".join(vocabulary.words), "heads": model.options.heads, "tensors": tensors,
            "counts": counts_as_text(seen, len(vocabulary)), "shares": shares, "held": held,
        }  # fmt: skip
    return found


def as_in_the_page(model, tensors):
    """A model with the weights that a page makes of `tensors`, in float64."""
    state = model.model.state_dict()
    state = {name: torch.tensor(unpacked(table)).reshape(state[name].shape) for name, table in tensors.items()}
    model.model.load_state_dict(state)
    model.model.double().requires_grad_(False)
    return model


@torch.inference_mode()
def read(model, ids, masked=True):
    """`ContextModel.forward` with the mask on or off: ids (batch, T) → vectors (batch, T, d), one attention a block.

    The attentions are (batch, heads, T, T).
    """
    network, length = model.model, ids.shape[1]
    x, seen = network.embedding(ids) + network.positions.weight[:length], []
    mask = context.causal_mask(length) if masked else None
    for block in network.blocks:
        seen.append(block.attend(block.norm1(x), mask)[1])
        x = block(x, mask)
    return network.norm(x), seen


@torch.inference_mode()
def following(model, ids, masked):
    """The probability that a model gives to each word from the second on, in a list of n ids: (n − 1,).

    With the mask off a place sees all words, those that it is to predict among them.
    """
    vectors = read(model, torch.tensor([ids]), masked)[0][0, :-1]
    share = torch.softmax(model.model.scores(vectors), -1)
    return share[range(len(ids) - 1), ids[1:]].numpy()


def count(ids, words):
    """What the counting models know of a text: {one, two or three ids in a row: how often}, and counts with 1 more."""
    seen = Counter(some for n in (1, 2, 3) for some in zip(*(ids[i:] for i in range(n))))
    return seen, np.bincount(ids, minlength=words) + 1.0  # nobody at 0


def counted(seen, single, ids, shares):
    """What a unigram gives to each word from the second on; with one share a bigram, with two a trigram: (n − 1,).

    As in lesson 10: each is mixed with the one that sees a word less, which stands alone where the words before never
    came, and at the beginning.
    """
    found = single[ids[1:]] / single.sum()
    for n, share in enumerate(shares, 2):
        some = list(zip(*(ids[i:] for i in range(n))))
        before, times = (np.array([seen[words] for words in each]) for each in ([w[:-1] for w in some], some))
        less = found[n - 2 :]
        found[n - 2 :] = np.where(before > 0, share * times / np.maximum(before, 1) + (1 - share) * less, less)
    return found


def log_sums(sentences):
    """Σ log p of each sentence: (sentences,)."""
    return np.array([np.log(p).sum() for p in sentences])


def lead(ones, others):
    """How much more log p a word gets in the first lists than in the second, [mean, low, high]: sentences are drawn."""
    gained, words = log_sums(ones) - log_sums(others), np.array(list(map(len, ones)))
    return list(intervals.bootstrap(lambda rows: gained[rows].sum() / words[rows].sum(), len(ones))[:3])


def perplexity(sentences):
    """exp of the mean −log p over all words of all sentences; sentences: lists of probabilities."""
    return float(np.exp(-np.mean(np.log(np.concatenate(sentences)))))


def counts_as_text(seen, words):
    """Counts of pairs and threes as `digits64`, small enough for a page: who follows is written as a place in a list.

    For each word in turn: how many others follow it, then who and how often, the most frequent first.  Then for each of
    these pairs in the same order, without those that end in <end>: the words that follow the pair, each as twice its
    place among those that follow the second word, plus 1 if it came more than once; then comes how often.  Where a
    pair's list ends is known from how often the pair came.
    """
    order = [[] for _ in range(words)]
    behind = {}
    for some, times in sorted(seen.items(), key=lambda each: (-each[1], each[0])):
        if len(some) == 2:
            order[some[0]].append(some[1])
        elif len(some) == 3:
            behind.setdefault(some[:2], []).append((some[2], times))
    place = [{b: i for i, b in enumerate(others)} for others in order]
    numbers = []
    for a, others in enumerate(order):
        numbers += [len(others), *(number for b in others for number in (b, seen[a, b]))]
    for a, others in enumerate(order):
        for b in others:
            for c, times in behind.get((a, b), []) if b != context.END else []:
                numbers += [2 * place[b][c]] if times == 1 else [2 * place[b][c] + 1, times]
    return digits64(numbers)
