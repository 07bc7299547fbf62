"""Figures on lecture slides: a cell's picture, one panel of it, or the picture without its title."""

import base64
import html
import io
import re
import sys

import numpy as np
from PIL import Image

import notebooks
import pages
from decks import DeckError

sys.path.insert(0, str(notebooks.ROOT))

from helpers.figures import STYLE


def bands(blank):
    """(start, stop) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], blank, [False]]).astype(int)))
    return list(zip(edges[::2], edges[1::2]))


def panel(picture, which, of):
    """One of the panels that stand side by side in a figure.

    They are about equally wide: each cut goes through the widest white gap near its place.
    """
    columns = (np.asarray(picture.convert("L")) > 250).all(axis=0)
    edges, width = [0], picture.width
    for k in range(1, of):
        near = [gap for gap in bands(columns) if abs(sum(gap) / 2 - k * width / of) < 0.3 * width / of]
        if not near:
            raise ValueError(f"this figure has no white gap between {of} panels")
        edges.append(sum(max(near, key=lambda gap: gap[1] - gap[0])) // 2)
    edges.append(width)
    return trimmed(picture.crop((edges[which - 1], 0, edges[which], picture.height)))


def untitled(picture):
    """A figure without its topmost line of text."""
    rows = (np.asarray(picture.convert("L")) > 250).all(axis=1)
    gap = next((a, b) for a, b in bands(rows) if a > 0)
    return trimmed(picture.crop((0, gap[0], picture.width, picture.height)))


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
    return min([*style, *(float(size) for size in re.findall(r"fontsize=([\d.]+)", cell.source))])


def figure(block, cell, following, where):
    """A cell's figure, as large as its place allows; data-letters is the height of its smallest letters in pixels."""
    found = [output.data["image/png"] for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
    if not found:
        raise DeckError(f"{where}: the cell '{cell.id}' draws no figure")
    picture = Image.open(io.BytesIO(base64.b64decode(found[0])))
    dots, kind = picture.info.get("dpi", (100, 100))[0], ""
    for word in block.content.split()[1:]:
        if word == "untitled":
            picture = untitled(picture)
        elif word == "full":
            kind = ' class="full"'
        elif part := re.fullmatch(r"(\d)/(\d)", word):
            try:
                picture = panel(picture, int(part[1]), int(part[2]))
            except ValueError as error:
                raise DeckError(f"{where}: {error}") from None
        else:
            raise DeckError(f"{where}: a figure is cut by `1/2` or `untitled` and enlarged by `full`, not by '{word}'")
    data = "".join(found[0].split())
    if block.content.split()[1:]:
        buffer = io.BytesIO()
        picture.save(buffer, "png")
        data = base64.b64encode(buffer.getvalue()).decode()
    alt = html.escape(pages.alternative_text(following), quote=True)
    letters = smallest_letters(cell) * dots / 72
    return f'<figure{kind}><img alt="{alt}" data-letters="{letters:.1f}" src="data:image/png;base64,{data}"></figure>'
