"""Figures on lecture slides: a cell's picture, one panel of it, or the picture without its title."""

import base64
import html
import io
import math
import re

import numpy as np
from PIL import Image

import pages
from decks import DeckError
from helpers.figures import STYLE

UPRIGHT = 10  # what takes less than this part of a panel's width is the upright name of an axis, not a drawing


def bands(blank):
    """(start, stop) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], blank, [False]]).astype(int)))
    return list(zip(edges[::2], edges[1::2]))


def panel(picture, which, of):
    """One of the panels that stand side by side in a figure.

    They are about equally wide: each cut goes through the widest white gap near its place, or through the one to the
    left of it if hardly anything stands between the two but the name of the next panel's axis, upright: it is as narrow
    as a number, and higher.
    """
    ink = np.asarray(picture.convert("L")) <= 250
    columns, edges, width = ~ink.any(axis=0), [0], picture.width

    def upright(left, right):
        rows = np.flatnonzero(ink[:, left:right].any(axis=1))
        return right - left < width / of / UPRIGHT and np.ptp(rows) > picture.height / UPRIGHT

    for k in range(1, of):
        near = [gap for gap in bands(columns) if abs(sum(gap) / 2 - k * width / of) < 0.3 * width / of]
        if not near:
            raise ValueError(f"this figure has no white gap between {of} panels")
        cut = near.index(max(near, key=lambda gap: gap[1] - gap[0]))
        while cut and upright(near[cut - 1][1], near[cut][0]):
            cut -= 1
        edges.append(sum(near[cut]) // 2)
    edges.append(width)
    return trimmed(picture.crop((edges[which - 1], 0, edges[which], picture.height)))


def lines_of_text(ink):
    """(left, right) of what stands side by side in some rows of a figure; letters and words stay together."""
    blank = ~ink.any(axis=0)
    for left, right in bands(blank):
        if right - left <= len(blank) / 40:  # between letters or words
            blank[left:right] = False
    return bands(~blank)


def untitled(picture):
    """A figure without its topmost line of text.  ValueError if no white gap parts the two.

    The number at the upper end of an axis may stand as high as the title, beside it.  So the gap is looked for to the
    right of such numbers, and what reaches across it, as they do, stays.
    """
    ink = np.asarray(picture.convert("L")) <= 250
    beside = round(picture.width / 8)  # no axis and its numbers are wider
    gap = next((a, b) for a, b in bands(~ink[:, beside:].any(axis=1)) if a > 0)
    if gap[0] > picture.height / 4:  # a line of the drawing reaches up to the title: the gap lies below the drawing
        raise ValueError("this figure has no white gap below its title, so it cannot be `untitled`")
    picture = picture.convert("RGB")
    for left, right in lines_of_text(ink[: gap[0]]):
        if not ink[slice(*gap), left:right].any():
            picture.paste("white", (left, 0, right, gap[0]))
    return trimmed(picture)


def trimmed(picture, margin=12):
    """A figure without its white margins."""
    ink = np.asarray(picture.convert("L")) < 250
    (top, bottom), (left, right) = (np.flatnonzero(ink.any(axis=axis))[[0, -1]] for axis in (1, 0))
    width, height = picture.size
    return picture.crop(
        (max(0, left - margin), max(0, top - margin), min(width, right + margin), min(height, bottom + margin))
    )


def smallest_letters(cell):
    """The size in points of the smallest letters of a cell's figures: the style's, or what the cell sets."""
    style = [STYLE[key] for key in ("font.size", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")]
    return min([*style, *(float(size) for size in re.findall(r"(?:font|label)size=([\d.]+)", cell.source))])


def letter_pixels(cell, picture):
    """How many of a figure's own pixels its smallest letters are high."""
    return smallest_letters(cell) * picture.info.get("dpi", (100, 100))[0] / 72


def opened(output):
    """The picture of a cell's output."""
    return Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))


def legible_width(cell, output, least):
    """How wide a stored figure must stand on a page for its smallest letters to be `least` pixels high."""
    picture = opened(output)
    return math.ceil(picture.width * least / letter_pixels(cell, picture))


def paper_height(cell, output, points):
    """How many millimetres high a stored figure stands on paper if its smallest letters are `points` high."""
    picture = opened(output)
    return math.ceil(picture.height * points / letter_pixels(cell, picture) / 72 * 25.4)


def figure(block, cell, following, where):
    """A cell's figure, as large as its place allows; data-letters is the height of its smallest letters in pixels."""
    found = [output for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
    if not found:
        raise DeckError(f"{where}: the cell '{cell.id}' draws no figure")
    picture, kind = opened(found[0]), ""
    letters = letter_pixels(cell, picture)
    for word in block.content.split()[1:]:
        part = re.fullmatch(r"(\d)/(\d)", word)
        if word == "full":
            kind = ' class="full"'
        elif word != "untitled" and not part:
            raise DeckError(f"{where}: a figure is cut by `1/2` or `untitled` and enlarged by `full`, not by '{word}'")
        else:
            try:
                picture = panel(picture, int(part[1]), int(part[2])) if part else untitled(picture)
            except ValueError as error:
                raise DeckError(f"{where}: {error}") from None
    data = "".join(found[0].data["image/png"].split())
    if block.content.split()[1:]:
        buffer = io.BytesIO()
        picture.save(buffer, "png")
        data = base64.b64encode(buffer.getvalue()).decode()
    alt = html.escape(pages.alternative_text(following), quote=True)
    return f'<figure{kind}><img alt="{alt}" data-letters="{letters:.1f}" src="data:image/png;base64,{data}"></figure>'
