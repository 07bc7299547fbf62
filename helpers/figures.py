"""The course's plots: one style, colours that everybody can tell apart, letters that Hangul needs.

`use_style()` once per notebook; then matplotlib as usual, or one of the four plots that several lessons
share: `matrix`, `words_2d`, `bars` and `curves`.  Each draws into `ax` (a new figure without one) and
returns the axes, so that a lesson can go on drawing.

The colours are those of Okabe and Ito, https://jfly.uni-koeln.de/color/, without the yellow, which a
projector loses.
"""

import io
import sys
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from . import arguments, fonts, playgrounds

BLUE, ORANGE, GREEN, PURPLE, SKY, AMBER = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"
MARKERS = "osD^vP"
GREY, INK = "#8A8A8A", "#222222"
COLORS = [BLUE, ORANGE, GREEN, PURPLE, SKY, AMBER]
CENTER, CONTEXT, NEGATIVE = ORANGE, BLUE, GREY  # the same three roles in every lesson

STYLE = {
    "figure.figsize": (8, 4.5),
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "axes.facecolor": "white",
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": plt.cycler(color=COLORS),
    "axes.titlesize": 16,
    "axes.titleweight": "bold",
    "axes.labelsize": 15,
    "axes.unicode_minus": True,
    "grid.color": "#DDDDDD",
    "font.size": 14,
    "xtick.labelsize": 13,
    "ytick.labelsize": 13,
    "legend.fontsize": 13,
    "legend.frameon": False,
    "lines.linewidth": 2.5,
    "lines.markersize": 8,
    "image.cmap": "Blues",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
}


def use_style():
    """Set the course's style for every figure that follows.

    Sizes are meant for the back row, and figures in a notebook have twice the pixels of the page.
    Letters come from DejaVu Sans, those it lacks (Hangul) from NanumGothic or another installed font;
    if none has Hangul, a warning says what to install.
    """
    plt.rcParams.update(STYLE)
    hangul = fonts.hangul_family()
    plt.rcParams["font.family"] = ["DejaVu Sans"] + ([hangul] if hangul else [])
    if hangul is None:
        arguments.warn(
            "no font with Hangul was found: Korean words in figures will be empty boxes. "
            "Install one with `pip install koreanize-matplotlib`, then restart the kernel.",
        )
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("retina")


def matrix(values, rows=None, columns=None, *, title="", digits=None, cmap=None, limits=None, ax=None):
    """A heat map with its numbers in the cells.

    values (n, m): numbers, at most a few dozen a side; rows (n) and columns (m): labels.
    digits: decimals shown (none for whole numbers, otherwise 2).  Values of both signs get a map that is
    white at zero.  A value that is not finite leaves its cell empty.  limits (2): the values at the two ends of the
    colour scale, so that figures side by side show equal values in equal colours.
    """
    values = arguments.array("values", values, None, None).astype(float)
    rows, columns = labels_of("rows", rows), labels_of("columns", columns)
    digits = arguments.optional(arguments.whole, "digits", digits, 0, 20)
    for labels, length, side in ((rows, values.shape[0], "rows"), (columns, values.shape[1], "columns")):
        if labels is not None and len(labels) != length:
            raise ValueError(f"{len(labels)} labels for {length} {side}: give one label for each")
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    signed = low < 0
    limit = max(-low, high)
    low, high = (-limit, limit) if signed else (0.0, high or 1.0)
    if limits is not None:
        low, high = (float(limit) for limit in arguments.array("limits", limits, 2))
        if not -np.inf < low < high < np.inf:
            raise ValueError(f"limits must be two finite numbers, the smaller one first, not {arguments.shown(limits)}")
    if digits is None:
        digits = 0 if np.all(finite == np.round(finite)) else 2
    if ax is None:
        size = (
            2 + 0.75 * values.shape[1] + 0.11 * longest(rows),
            1.2 + 0.5 * values.shape[0] + 0.06 * longest(columns),
        )
        ax = plt.figure(figsize=size).subplots()
    image = ax.imshow(values, cmap=cmap or ("RdBu_r" if signed else "Blues"), vmin=low, vmax=high, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = np.dot(image.cmap(image.norm(value))[:3], (0.299, 0.587, 0.114)) < 0.55
            text = f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
            ax.text(j, i, text, ha="center", va="center", fontsize=13, color="white" if dark else INK)
    ax.set(xticks=range(values.shape[1]), yticks=range(values.shape[0]), title=title)
    tilted = longest(columns) > 6
    ax.set_xticklabels(
        columns if columns is not None else range(values.shape[1]),
        rotation=45 if tilted else 0,
        ha="right" if tilted else "center",
    )
    ax.set_yticklabels(rows if rows is not None else range(values.shape[0]))
    as_they_are(ax.xaxis)
    as_they_are(ax.yaxis)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def labels_of(name, labels):
    """Labels as a list, None as None; TypeError where they are no list."""
    return None if labels is None else list(arguments.tokens(name, labels))


def longest(labels):
    """Width of the longest label in letters; a Hangul syllable is as wide as two."""
    return max((sum(1 + (c >= "ᄀ") for c in str(label)) for label in labels), default=0) if labels is not None else 2


def words_2d(vectors, labels, *, groups=None, title="", ax=None, avoid=None):
    """Words as points in the plane, each with its label where it covers as little as possible.

    vectors (n, d): drawn as they are if d is 2, otherwise along their first two principal components.
    labels (n): the words.  groups (n), if given: a name for each word; each group has its own colour.  avoid: see
    `place_labels`.
    """
    vectors = arguments.array("vectors", vectors).astype(float)
    labels, groups = list(arguments.tokens("labels", labels)), labels_of("groups", groups)
    in_the_plane("vectors", vectors)
    if vectors.ndim != 2 or vectors.shape[1] < 2:
        raise ValueError(f"vectors need the shape (words, dimensions ≥ 2), not {vectors.shape}")
    if len(labels) != len(vectors) or (groups is not None and len(groups) != len(vectors)):
        raise ValueError("there must be one label (and one group) for each vector")
    points = vectors if vectors.shape[1] == 2 else principal_components(vectors)
    ax = ax or plt.figure(figsize=(9, 6)).subplots()
    groups = [""] * len(points) if groups is None else [str(group) for group in groups]
    names, handles = list(dict.fromkeys(groups)), []
    for k, name in enumerate(names):
        chosen = [group == name for group in groups]
        look = {"marker": MARKERS[k % 6], "color": COLORS[k % 6], "label": name or None}
        handles.append(ax.scatter(*points[chosen].T, s=60, zorder=3, **look))
    ax.margins(0.12)
    ax.set_title(title)
    if len(names) > 1:
        legend(ax, handles, names)
    place_labels(ax, points, [str(label) for label in labels], avoid=avoid)
    return ax


def in_the_plane(name, values):
    """`values`, if they are finite; ValueError for NaN and infinity."""
    if not np.isfinite(values).all():
        raise ValueError(f"the {name} hold NaN or infinity, which has no place in the plane: leave these words out")
    return values


def legend(ax, handles, names):
    """A legend of all names, as they are: a `_` in front would hide one, a $ begin a formula."""
    made = ax.legend(handles, ["name"] * len(handles))
    for text, name in zip(made.get_texts(), names):
        text.set_parse_math(False)
        text.set_text(name)


def as_they_are(axis):
    """Have the labels of an axis drawn letter by letter, a $ too, which would begin a formula."""
    for text in axis.get_ticklabels():
        text.set_parse_math(False)


def principal_components(vectors):
    """Centred vectors along their first two principal axes, (n, 2).

    Each axis points to the side of its largest coefficient, so that no figure is mirrored on another machine.
    ValueError for vectors that hold NaN or infinity, or no numbers.
    """
    vectors = in_the_plane("vectors", arguments.array("vectors", vectors, None, None).astype(float))
    if not vectors.shape[1]:
        raise ValueError("vectors need at least one dimension, to have an axis along which they differ")
    centred = vectors - vectors.mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
    points = centred @ axes.T
    return points if points.shape[1] == 2 else np.column_stack([points, np.zeros(len(points))])


def place_labels(ax, points, labels, fontsize=13, avoid=None):
    """Write each label beside its point, on the side and at the distance with the least overlap.

    points (n, 2): places in the axes' own numbers; labels (n).  avoid (m, 2): other places that labels had better leave
    free, such as points along an arrow.  TypeError or ValueError for anything else.
    """
    arguments.instance("ax", ax, Axes, "axes, such as plt.figure().subplots()")
    points = in_the_plane("points", arguments.array("points", points, None, 2).astype(float))
    labels = arguments.words("labels", labels)
    if len(labels) != len(points):
        raise ValueError(f"{len(labels)} labels for {len(points)} points: give one label for each")
    fontsize = arguments.number("fontsize", fontsize, above=0, most=1000)
    others = in_the_plane("avoid", arguments.array("avoid", np.zeros((0, 2)) if avoid is None else avoid, None, 2))
    ax.figure.draw_without_rendering()  # fixes the axes' place on the page, so that text can be measured
    pixels = ax.transData.transform(points)
    scale, frame = ax.figure.dpi / 72, ax.get_window_extent()
    marked = ax.transData.transform(np.concatenate([points, others.astype(float)]))
    taken = np.concatenate([marked - 5, marked + 5], axis=1)  # left, low, right, high
    sides = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]
    for (x, y), label in zip(pixels, labels):
        text = ax.annotate(label, (0, 0), parse_math=False, xycoords="axes fraction", fontsize=fontsize, zorder=4)
        box = text.get_window_extent()
        best = None
        for reach in (8, 16, 28, 42):
            for dx, dy in sides:
                left = x + dx * reach * scale - (0 if dx > 0 else box.width if dx < 0 else box.width / 2)
                low = y + dy * reach * scale - (0 if dy > 0 else box.height if dy < 0 else box.height / 2)
                place = np.array([left, low, left + box.width, low + box.height])
                width = np.minimum(place[2], taken[:, 2]) - np.maximum(place[0], taken[:, 0])
                height = np.minimum(place[3], taken[:, 3]) - np.maximum(place[1], taken[:, 1])
                cost = float(np.sum(np.clip(width, 0, None) * np.clip(height, 0, None))) + 4 * reach
                cost += 1e4 * (place[0] < frame.x0 or place[2] > frame.x1 or place[1] < frame.y0 or place[3] > frame.y1)
                if best is None or cost < best[0]:
                    best = cost, place, reach
        _, place, reach = best
        text.remove()
        ax.annotate(
            label,
            ax.transData.inverted().transform((x, y)),
            xytext=((place[0] - x) / scale, (place[1] - y) / scale),
            textcoords="offset points",
            fontsize=fontsize,
            zorder=4,
            parse_math=False,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.8} if reach > 8 else None,
        )
        taken = np.vstack([taken, place])


def bars(labels, values, *, ylabel="", title="", digits=2, ax=None):
    """One bar per label, its height written on it.

    values (n): the heights; or (n, seeds): bars show the mean, whiskers one standard deviation to each side.
    """
    values, labels = arguments.array("values", values).astype(float), list(arguments.tokens("labels", labels))
    digits = arguments.whole("digits", digits, 0, 20)
    if values.ndim not in (1, 2) or len(values) != len(labels):
        raise ValueError(f"{len(labels)} labels need values of shape ({len(labels)},) or ({len(labels)}, seeds)")
    means, spread = mean_and_deviation(values) if values.ndim == 2 else (values, None)
    ax = ax or plt.figure().subplots()
    drawn = ax.bar(range(len(labels)), means, yerr=spread, capsize=6, color=[COLORS[0]] * len(labels), width=0.65)
    ax.bar_label(drawn, labels=[f"{m:.{digits}f}".replace("-", "\N{MINUS SIGN}") for m in means], padding=4)
    ax.set_xticks(range(len(labels)), labels)
    as_they_are(ax.xaxis)
    ax.grid(False, axis="x")
    ax.margins(y=0.15)
    ax.set(ylabel=ylabel, title=title)
    return ax


def curves(x, series, *, xlabel="", ylabel="", title="", ax=None):
    """One line per entry of `series`, a dict from name to values over x.

    values (len(x)): the line; or (seeds, len(x)): the mean, in a band of one standard deviation to each side.
    """
    x = arguments.array("x", x, None)
    if not isinstance(series, Mapping):
        raise TypeError(f"series must be a dict {{name: values}}, not {arguments.shown(series)}")
    ax, handles = ax or plt.figure().subplots(), []
    for k, (name, values) in enumerate(series.items()):
        values = arguments.array(str(name), values).astype(float)
        if values.shape[-1:] != (len(x),) or values.ndim > 2:
            raise ValueError(f"{name!r}: values of shape {values.shape} do not fit {len(x)} places on the x axis")
        means, spread = mean_and_deviation(values.T) if values.ndim == 2 else (values, None)
        handles += ax.plot(x, means, marker=MARKERS[k % 6], color=COLORS[k % 6], label=name)
        if spread is not None:
            ax.fill_between(x, means - spread, means + spread, color=COLORS[k % 6], alpha=0.2, linewidth=0)
    if all(float(place).is_integer() for place in x):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if len(series) > 1:
        legend(ax, handles, map(str, series))
    return ax


def photographs(fig, width=1200, colors=128):
    """A figure full of photographs as a small picture, for the last line of a cell; the figure is closed.

    width: in pixels.  A photograph has a color of its own in almost every pixel, so Matplotlib's file of it is ten
    times as large as one that keeps `colors` of them.
    """
    from IPython.display import Image as Shown
    from PIL import Image

    width, colors = arguments.whole("width", width, 1, 10_000), arguments.whole("colors", colors, 2, 256)
    arguments.instance("fig", fig, Figure, "a figure, such as plt.figure()")
    drawn, small = io.BytesIO(), io.BytesIO()
    dots = width / fig.get_figwidth()  # per inch
    fig.savefig(drawn, dpi=dots, bbox_inches="tight")
    plt.close(fig)
    Image.open(drawn).convert("RGB").quantize(colors).save(small, "PNG", optimize=True, dpi=(dots, dots))
    return Shown(data=small.getvalue())


def play(name):
    """The playground of this name (`playgrounds.names()`), for the last line of a cell: something to move and try."""
    return playgrounds.Playground(name)


def mean_and_deviation(values):
    """Means and sample standard deviations (n − 1) over the last axis; with one seed the deviation is 0."""
    return values.mean(-1), values.std(-1, ddof=1) if values.shape[-1] > 1 else np.zeros(values.shape[:-1])
