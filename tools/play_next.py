"""What the playground of lesson 10 computes with: two small GPTs as signed bytes, and the counts of their opponents."""

import sys
from pathlib import Path

import numpy as np
import torch

from packing import packed, text64, unpacked

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

import pretrain_context  # noqa: E402
from helpers import context, pretrained  # noqa: E402

SHARES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)  # of the bigram in its mixture with the unigram


def next_words():
    """For each language: words, weights, pairs of words with their counts, and perplexities on held-out sentences.

    pairs   for each word in turn how many others follow it, then who and how often, row after row of uint16
    share   of the bigram in its mixture with the unigram, chosen on the first half of the held-out sentences
    held    perplexity on the other half, each sentence read by itself, its end not asked for: as in the page's table;
            "better": the share of sentences that the GPT predicts better with its mask off.  Weights are the page's
    """
    found = {}
    for language in ("ko", "en"):
        model = pretrained.LanguageModel.load(pretrain_context.FOLDER / f"gpt-{language}.safetensors", device="cpu")
        learnt, held_out = pretrain_context.texts(language)
        half, vocabulary = len(held_out) // 2, model.vocabulary
        tensors = {name: packed(np.atleast_2d(tensor)) for name, tensor in model.model.state_dict().items()}
        model = as_in_the_page(model, tensors)
        pairs = np.zeros((len(vocabulary),) * 2, int)
        ids = vocabulary.stream(learnt).numpy()
        np.add.at(pairs, (ids[:-1], ids[1:]), 1)
        tune, report = (
            [[context.END, *vocabulary.encode(tokens)] for tokens in part]
            for part in (held_out[:half], held_out[half:])
        )
        share = min(SHARES, key=lambda share: perplexity([counted(pairs, ids, share) for ids in tune]))
        told = {
            "unigram": [counted(pairs, ids, 0) for ids in report],
            "bigram": [counted(pairs, ids, share) for ids in report],
            "masked": [following(model, ids, True) for ids in report],
            "open": [following(model, ids, False) for ids in report],
        }
        better = np.mean([np.log(o).sum() > np.log(m).sum() for m, o in zip(told["masked"], told["open"])])
        held = {kind: perplexity(lists) for kind, lists in told.items()}
        held |= {"better": float(better), "sentences": len(report)}
        found[language] = {
            "words": " ".join(vocabulary.words), "heads": model.options.heads, "tensors": tensors,
            "pairs": text64(np.concatenate(list(map(sparse, pairs))).astype("<u2")), "share": share, "held": held,
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


def counted(pairs, ids, share):
    """What a bigram mixed with a unigram gives to each word from the second on; as in lesson 10."""
    single = pairs.sum(0) + 1.0  # nobody at 0
    single[context.END] += 1  # the text begins with it
    before, after = ids[:-1], ids[1:]
    bigram = pairs[before, after] / np.maximum(pairs.sum(1)[before], 1)
    return share * bigram + (1 - share) * single[after] / single.sum()


def perplexity(sentences):
    """exp of the mean −log p over all words of all sentences; sentences: lists of probabilities."""
    return float(np.exp(-np.mean(np.log(np.concatenate(sentences)))))


def sparse(row):
    """A row of counts as [how many are not 0, then their places and counts in turn]."""
    places = np.flatnonzero(row)
    return np.concatenate([[len(places)], np.stack([places, row[places]], 1).ravel()])
