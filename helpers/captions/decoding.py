"""From scores to a sentence: greedy search, beam search, and a beam search that shows its steps.

`beam_search` works on many images at once; `beam_steps` does the same for one, in plain Python, and keeps what it saw.
A caption's score is its log probability divided by its number of words, the end counted, to the power `alpha`:
0 is the plain sum, which prefers short captions, 1 the mean per word (Wu et al. 2016, arXiv 1609.08144, section 7).
"""

from dataclasses import dataclass

import torch

from .text import END, START, UNKNOWN


@torch.inference_mode()
def next_words(model, image, ids, state, length=None, max_length=None):
    """One step: (log probabilities (n, entries), new state).

    image from `model.look`, ids (n,): the last word of each caption.  <start> and <unknown> are never said; of the
    words number `length` the first is not <end>, and the one after max_length is.
    """
    h, state, _ = model.read(image, ids.unsqueeze(0), state)
    log_probability = torch.log_softmax(model.out(h[0]), dim=1)  # (n, entries)
    end = log_probability[:, END].clone()
    log_probability[:, [START, UNKNOWN]] = -torch.inf
    if length == 1:
        log_probability[:, END] = -torch.inf
    if max_length is not None and length > max_length:
        log_probability.fill_(-torch.inf)[:, END] = end
    return log_probability, state


def pick(state, rows):
    """The LSTM states (1, n, hidden) of some rows."""
    return tuple(part[:, rows] for part in state)


@torch.inference_mode()
def beam_search(model, features, beam=3, max_length=40, alpha=0.7):
    """The best caption found for each of n images: a list of n (ids without start and end, score).

    features (n, feature_size) or (n, cells, feature_size); beam=1 is greedy search.  A search ends when `beam`
    captions have ended, or at max_length words.
    """
    image = model.look(features)
    n, device = len(image), image.device
    image = image.repeat_interleave(beam, 0)  # (n · beam, …)
    state = model.first_state(image)
    total = torch.full((n, beam), -torch.inf, device=device)
    total[:, 0] = 0  # at first all beams are the same caption: only one counts
    ids = torch.full((n * beam, 1), START, device=device)
    done = [[] for _ in range(n)]
    for length in range(1, max_length + 2):
        log_probability, state = next_words(model, image, ids[:, -1], state, length, max_length)
        entries = log_probability.shape[1]
        scores = (total.view(-1, 1) + log_probability).view(n, beam * entries)
        best, where = scores.topk(min(2 * beam, scores.shape[1]), dim=1)  # at most `beam` of them end
        word, row = where % entries, where // entries + torch.arange(n, device=device).unsqueeze(1) * beam
        ended = word == END
        for i, j in ended[:, :beam].nonzero().tolist():
            if len(done[i]) < beam and best[i, j] > -torch.inf:
                done[i].append((best[i, j].item() / length**alpha, ids[row[i, j], 1:].tolist()))
        keep = (ended.int() * 2 * beam + torch.arange(word.shape[1], device=device)).argsort(1)[:, :beam]
        total = best.masked_fill(ended, -torch.inf).gather(1, keep)
        row, word = row.gather(1, keep).view(-1), word.gather(1, keep).view(-1)
        ids = torch.cat([ids[row], word.unsqueeze(1)], 1)
        state = pick(state, row)
        if all(len(found) == beam for found in done) or total.max() == -torch.inf:
            break
    best = [max(found, key=lambda item: item[0]) for found in done]
    return [(ids, score) for score, ids in best]


@dataclass(frozen=True)
class Step:
    """One step of a beam search: the candidates it looked at, best first.

    Each is (words so far: tuple of ids, log probability, "kept" | "ended" | "dropped").
    """

    candidates: list


@torch.inference_mode()
def beam_steps(model, features, beam=3, max_length=40, alpha=0.7):
    """`beam_search` of one image written to be read: (ids, score, steps).

    features (feature_size,) or (cells, feature_size).
    """
    image = model.look(features.unsqueeze(0))
    open_captions, ended, steps = [((), 0.0, START, model.first_state(image))], [], []
    for length in range(1, max_length + 2):
        candidates = []
        for words, total, last, state in open_captions:
            ids = torch.tensor([last], device=image.device)
            log_probability, state = next_words(model, image, ids, state, length, max_length)
            value, word = log_probability[0].topk(min(2 * beam, log_probability.shape[1]))
            candidates += [((*words, w), total + v, w, state) for v, w in zip(value.tolist(), word.tolist())]
        candidates = [candidate for candidate in candidates if candidate[1] > -torch.inf]
        candidates = sorted(candidates, key=lambda candidate: -candidate[1])[: 2 * beam]
        open_captions, seen = [], []
        for place, candidate in enumerate(candidates):
            words, total, last, _ = candidate
            if last == END:
                fate = "ended" if place < beam and len(ended) < beam else "dropped"
                ended += [(words[:-1], total / length**alpha)] if fate == "ended" else []
            else:
                fate = "kept" if len(open_captions) < beam else "dropped"
                open_captions += [candidate] if fate == "kept" else []
            seen.append((words, total, fate))
        steps.append(Step(seen))
        if len(ended) == beam or not open_captions:
            break
    ids, score = max(ended, key=lambda caption: caption[1])
    return list(ids), score, steps


@torch.inference_mode()
def attention_maps(model, features, ids):
    """Where each word of a caption looked, (words + 1, cells), the last row for the end; None without attention.

    features (cells, feature_size); ids without start and end.
    """
    image = model.look(features.unsqueeze(0))
    words = torch.tensor([START, *ids], device=image.device).unsqueeze(1)  # (T, 1)
    _, _, attention = model.read(image, words, model.first_state(image))
    return None if attention is None else attention[0]
