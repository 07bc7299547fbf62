"""A contact sheet: every picture of a folder with what a captioner says of it."""

import textwrap
from pathlib import Path

import matplotlib.pyplot as plt

from .. import arguments
from ..vision.pictures import NotAnImage, opened
from .tables import SUFFIXES


def contact_sheet(captioner, folder, columns=4, beam=3, width=30):
    """Draw the pictures of a folder with their captions below: (figure, {file name: caption}).

    What cannot be read is left out and named.  FileNotFoundError if the folder holds no picture.
    """
    folder, columns = arguments.path("folder", folder), arguments.whole("columns", columns, 1, 12)
    paths = [path for path in sorted(Path(folder).glob("*")) if path.suffix.lower() in SUFFIXES]
    said = {}
    for path in paths:
        try:
            said[path.name] = captioner.describe(path, beam)
        except NotAnImage as error:
            print(f"left out: {error}")
    if not said:
        raise FileNotFoundError(f"{folder} holds no picture that can be read: put {', '.join(SUFFIXES)} files there")
    rows = -(-len(said) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.6 * columns, 3.4 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, (name, caption) in zip(axes.flat, said.items()):
        ax.imshow(opened(folder / name))
        ax.set_title("\n".join(textwrap.wrap(caption, width)), fontsize=11, y=-0.04, va="top", pad=0)
    return figure, said
