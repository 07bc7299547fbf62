"""Figures of lesson 10: a Transformer block, and three ways to use what was pretrained."""

import matplotlib.pyplot as plt

from . import figures
from .captions.diagrams import arrow, box

LOOK, THINK, STREAM = figures.COLORS[0], figures.COLORS[2], figures.GREY  # other places; a place alone; what is kept
MOVED, FROZEN = figures.COLORS[1], figures.COLORS[0]  # whether the labels change a part
STEPS = [("norm", LOOK), ("attention", LOOK), ("+", STREAM), ("norm", THINK), ("W₁", THINK), ("gelu", THINK),
         ("W₂", THINK), ("+", STREAM)]  # fmt: skip
TEXT, HEAD, LABEL = ("text", STREAM), ("head: learns", MOVED), ("label", STREAM)
WAYS = {  # title: the boxes from the text upwards, with their colours
    "feature-based": [TEXT, ("pretrained: frozen", FROZEN), HEAD, LABEL],
    "fine-tuning": [TEXT, ("pretrained: learns", MOVED), HEAD, LABEL],
    "in-context": [("examples\nand text", STREAM), ("pretrained: frozen", FROZEN), ("next words", STREAM)],
}


def transformer_block():
    """One block of `context.Block`, read from left to right: two steps, each added to what came in; the figure."""
    figure, ax = plt.subplots(figsize=(12, 2.9))
    style = {"fontsize": 15}
    line = [box(ax, 0, 0, "x", STREAM, **style)]
    line += [box(ax, 1.1 * k, 0, text, color, **style) for k, (text, color) in enumerate(STEPS, 1)]
    line.append(box(ax, 1.1 * len(line), 0, "x", STREAM, **style))
    for start, end in zip(line, line[1:]):
        arrow(ax, start, end)
    sums = [0, *(k for k, (text, _) in enumerate(STEPS, 1) if text == "+")]
    for start, end in zip(sums, sums[1:]):  # around the step, so that the words do not get lost
        arrow(ax, line[start], line[end], STREAM, connectionstyle="arc3,rad=-0.35", linewidth=2)
    ax.text(1.65, -0.75, "looks at other places", color=LOOK, ha="center", **style)
    ax.text(6.05, -0.75, "each place by itself", color=THINK, ha="center", **style)
    ax.set(xlim=(-0.4, 10.3), ylim=(-1, 1.2))
    ax.axis("off")
    return figure


def three_ways():
    """Feature-based, fine-tuning and in-context side by side, read upwards; what the labels change is orange."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.4))
    for ax, (title, parts) in zip(axes, WAYS.items()):
        drawn = [box(ax, 0, k, text, color, fontsize=15) for k, (text, color) in enumerate(parts)]
        for start, end in zip(drawn, drawn[1:]):
            arrow(ax, start, end)
        ax.set(xlim=(-1, 1), ylim=(-0.5, 3.4), title=title)
        ax.axis("off")
    return figure
