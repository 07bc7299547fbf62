"""Figures of lesson 9: the three architectures side by side, a block of InceptionV3, and a beam search as a tree."""

from itertools import chain

import matplotlib.pyplot as plt

from .. import arguments, figures

PICTURE, WORD, JOINED = figures.COLORS[1], figures.COLORS[0], figures.COLORS[2]
PARTS = {  # title: {box: (x, y, colour)}, [(from, to)]; read downwards, the picture on the left, words on the right
    "merge": ({"InceptionV3": (0, 3, PICTURE), "project": (0, 2, PICTURE), "GloVe": (1, 3, WORD),
               "LSTM": (1, 2, WORD), "join": (0.5, 1, JOINED), "next word": (0.5, 0, JOINED)},
              [("InceptionV3", "project"), ("GloVe", "LSTM"), ("project", "join"), ("LSTM", "join"),
               ("join", "next word")]),
    "init-inject": ({"InceptionV3": (0, 3, PICTURE), "project": (0, 2, PICTURE), "GloVe": (1, 3, WORD),
                     "LSTM": (1, 2, WORD), "next word": (1, 1, JOINED)},
                    [("InceptionV3", "project"), ("project", "LSTM"), ("GloVe", "LSTM"), ("LSTM", "next word")]),
    "attention": ({"InceptionV3": (0, 3, PICTURE), "cells": (0, 2, PICTURE), "GloVe": (1, 3, WORD),
                   "LSTM": (1, 2, WORD), "look": (0, 1, JOINED), "join": (1, 1, JOINED), "next word": (1, 0, JOINED)},
                  [("InceptionV3", "cells"), ("cells", "look"), ("GloVe", "LSTM"), ("LSTM", "look"), ("look", "join"),
                   ("LSTM", "join"), ("join", "next word")]),
}  # fmt: skip
FATES = {"kept": WORD, "ended": JOINED, "dropped": "lightgrey"}  # of a candidate, and its colour
BRANCHES = [["1x1"], ["1x1", "5x5"], ["1x1", "3x3", "3x3"], ["avg 3x3", "1x1"]]  # of Mixed_5b


def box(ax, x, y, text, color, **options):
    """A framed word; returns matplotlib's text."""
    frame = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": color, "linewidth": 2}
    return ax.text(x, y, text, ha="center", va="center", bbox=frame, **{"fontsize": 11, "zorder": 3, **options})


def arrow(ax, start, end, color="grey", **options):
    """An arrow from the edge of one box to the edge of another; start, end: what `box` returned."""
    style = {"arrowstyle": "->", "color": color, "patchA": start.get_bbox_patch(), "patchB": end.get_bbox_patch(),
             "shrinkA": 1, "shrinkB": 1, **options}  # fmt: skip
    ax.annotate("", end.get_position(), start.get_position(), arrowprops=style, zorder=1)  # behind every box


def architectures():
    """The three ways to join picture and words, side by side: the figure."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.8))
    for ax, (title, (boxes, arrows)) in zip(axes, PARTS.items()):
        drawn = {text: box(ax, x, y, text, color, fontsize=14) for text, (x, y, color) in boxes.items()}
        for start, end in arrows:
            arrow(ax, drawn[start], drawn[end])
        ax.set(xlim=(-0.45, 1.45), ylim=(-0.4, 3.4), title=title)
        ax.axis("off")
    return figure


def inception_block():
    """One Inception block, its four branches from left to right, stacked at the end: the figure."""
    figure, ax = plt.subplots(figsize=(9, 4))
    first, last = box(ax, 0, 1.5, "input", PICTURE), box(ax, 4, 1.5, "stack\nchannels", JOINED)
    for row, branch in enumerate(BRANCHES):
        line = [first, *(box(ax, 1 + i, 3 - row, text, WORD) for i, text in enumerate(branch)), last]
        for start, end in zip(line, line[1:]):
            arrow(ax, start, end)
    ax.set(xlim=(-0.5, 4.6), ylim=(-0.5, 3.5))
    ax.axis("off")
    return figure


def beam_tree(steps, best, greedy=None, gloss=None):
    """A beam search as a tree: a column is a step, a line leads from a caption to how it goes on; the figure.

    steps   from `Captioner.steps`;  best: the winner's words;  greedy: the words that greedy search says
    gloss   a function from a word to what is written below it

    The winner's line is thick, the greedy caption's dashed; grey candidates are dropped.
    """
    steps, best = of_search(steps), arguments.words("best", best)
    greedy, gloss = arguments.optional(arguments.words, "greedy", greedy), arguments.function("gloss", gloss)
    figure, ax = plt.subplots(figsize=(max(9, 1.17 * (len(steps) + 1)), 1.15 * max(map(len, steps))))
    paths = {"winner": [*best, "<end>"], "greedy": [*(greedy or []), "<end>"]}
    drawn = {(): box(ax, -1, -1.5, "<start>", "grey", fontsize=13)}
    for column, candidates in enumerate(steps):
        for row, (words, total, fate) in enumerate(candidates):
            below = f"\n{gloss(words[-1])}" if gloss and words[-1] != "<end>" else ""
            text = f"{words[-1]}{below}\n{total:.1f}".replace("-", "\N{MINUS SIGN}")
            drawn[tuple(words)] = box(ax, column, -row, text, FATES[fate], fontsize=13)
            on = {name: list(words) == path[: len(words)] for name, path in paths.items()}
            color, width = (JOINED, 3.5) if on["winner"] else (FATES[fate], 1)
            arrow(ax, drawn[tuple(words[:-1])], drawn[tuple(words)], color, linewidth=width,
                  linestyle="--" if greedy and on["greedy"] and not on["winner"] else "-")  # fmt: skip
    ax.set(xlim=(-1.5, len(steps) - 0.5), ylim=(-max(map(len, steps)) + 0.4, 0.6))
    ax.axis("off")
    return figure


def of_search(steps):
    """Steps of a beam search as lists; TypeError or ValueError for what `Captioner.steps` does not return."""
    steps = [arguments.listed("each of steps", step, "candidates")
             for step in arguments.listed("steps", steps, "steps")]  # fmt: skip
    known = {()}
    for candidate in chain.from_iterable(steps):
        if not isinstance(candidate, (tuple, list)) or len(candidate) != 3:
            raise ValueError(f"a candidate must be (words, log probability, fate), not {arguments.shown(candidate)}")
        words = tuple(arguments.words("the words of a candidate", candidate[0]))
        arguments.number("the log probability of a candidate", candidate[1])
        arguments.choice("the fate of a candidate", candidate[2], FATES)
        if not words or words[:-1] not in known:
            raise ValueError(f"the candidate {words} goes on from none of an earlier step: pass all steps")
        known.add(words)
    if len(known) == 1:
        raise ValueError("these steps hold no candidates: pass the second of what Captioner.steps returns")
    return steps
