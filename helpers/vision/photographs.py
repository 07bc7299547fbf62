"""The photographs that come with the course, and what a real InceptionV3 sees in them.

    photos = photographs.load()
    photos.paths["dog"], photos.pooled["dog"], photos.cells["dog"]

datasets/photographs/README.md names the photographer, the licence and the source of each; tools/photographs.py made
the features, with the ImageNet weights of 2015.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from .. import arguments

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "photographs"
FEATURES = FOLDER / "features.safetensors"


@dataclass(frozen=True)
class Photographs:
    """Photographs by name.

    paths   {name: path of the JPEG}
    pooled  {name: (1280,) float32}: means over the cells of those channels of Mixed_7b that are known exactly
    cells   {name: (16, 320) float32}: 4 x 4 cells row by row, on 320 principal components of such cells
    """

    paths: dict
    pooled: dict
    cells: dict

    def __len__(self):
        return len(self.paths)


def load(path=FEATURES):
    """The `Photographs`; FileNotFoundError or ValueError, naming the remedy, if the features are missing or damaged."""
    path = arguments.path("path", path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: restore it, or run tools/photographs.py")
    try:
        with safe_open(path, "np") as file:
            names = json.loads((file.metadata() or {})["names"])
            pooled, cells, scale = (file.get_tensor(name) for name in ("pooled", "cells", "scale"))
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} holds no features of photographs ({error}): restore it") from None
    return Photographs(
        {name: path.parent / f"{name}.jpg" for name in names},
        dict(zip(names, pooled.astype(np.float32))),
        dict(zip(names, cells * scale)),
    )
