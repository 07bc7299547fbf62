"""Features: what InceptionV3 sees in each picture of a list, computed in batches and never twice.

    features.extract(["a.jpg", "b.jpg"])                 {"a.jpg": (512,), …}: pooled
    features.extract(data.images(), grid=True)           {name: (64, 192)}: 8 x 8 cells, row by row
    features.extract(paths, network=inception.official(), cache="features.safetensors")

A picture is turned the way its camera held it, made RGB, resized to the network's square (the whole picture, as
captions speak of its edges too; torchvision's own evaluation crops) and scaled to values from -1 to 1.  That is what
the official weights want: torchvision normalises by ImageNet's mean and deviation, and its `transform_input` then
undoes this and halves the range; both together are 2 x - 1.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from .. import arguments, letters, training
from ..precision import HALF
from . import inception, pictures
from .looking import POOLED, fast, fastest, look, weights_hash
from .pictures import NotAnImage, opened
from .store import Store

PREPROCESSING = "whole picture, bilinear, 2x-1"


def extract(images, network=None, grid=False, batch_size=32, device=None, progress=True, cache=None, size=None,
            layer=None, precision="float32", on_error="raise"):  # fmt: skip
    """{image name: float32 array}: pooled features (channels,), or with `grid` one row per cell (cells, channels).

    grid="both" gives the two dicts from one pass: pooled, grid = extract(…, grid="both").

    images     {name: picture}, or a list of pictures; a picture is a path, an open file, a scene, or (named in a
               dict) a PIL image or an array, see `pictures`.
               In a list, a path is named by its file name, a scene by its name
    network    an InceptionV3; None: inception.narrow()
    grid       cells row by row: of `layer`, by default Mixed_6e for a narrow network (8 x 8 cells of 160 pixels) and
               Mixed_7c for the whole one (8 x 8 cells of 299 pixels)
    size       pixels of the square that the network sees; default 160 for a narrow network, 299 for the whole one
    precision  "float32", or "bfloat16": faster where the processor or the card has it, right to about two digits;
               "float16": the same for cards without it, such as Colab's T4; "auto" takes what the device has
    cache      a file that keeps features by the pictures' content: what is in it is not computed again, whatever the
               picture is called, and a computation that was stopped goes on.  Kept as float16, whose rounding a second
               call returns just as the first does
    on_error   "raise", or "skip": leave out pictures that are missing or cannot be read, and say how many

    ValueError for two pictures of one name, for a cache that belongs to another network or size, and for an unknown
    option; NotAnImage or FileNotFoundError for a picture that cannot be read.
    """
    images = named(images)
    batch_size = arguments.whole("batch_size", batch_size, 1, hint=": it counts pictures")
    network = inception.narrow() if network is None else a_network(network)
    device, progress = training.device(device), arguments.flag("progress", progress)
    way = Way.of(network, grid, size, layer, precision, device)
    errors = Errors(arguments.choice("on_error", on_error, ("raise", "skip")), len(images))
    store = None if cache is None else Store(cache, settings(network, way))
    done, wanted = known(images, store, way.size, errors)
    batches = [wanted[i : i + batch_size] for i in range(0, len(wanted), batch_size)]
    looking = fast(network, device) if batches else None
    try:
        ready = _ahead(lambda batch: open_all(batch, way.size, errors), batches)
        counted = progress and batches  # a bar, unless all features were there already
        for arrays, kept in training.progress(ready, "batches of pictures", len(batches)) if counted else ready:
            if not kept:
                continue
            for (name, key), array in zip(kept, look(looking, np.stack(arrays), way.layer, device, way.precision)):
                done[name] = store.put(key, array) if store else array
            if store and store.due():
                store.save()
    finally:  # also when it was stopped
        if store:
            store.save()
    errors.report()
    found = {name: done[name] for name in images if name in done}
    return apart(found, network, way.cells) if grid == "both" else found


def a_network(value):
    """`value`, an InceptionV3; TypeError for anything else."""
    return arguments.instance("network", value, inception.InceptionV3,
                              "an InceptionV3, such as inception.narrow(), or None")  # fmt: skip


@dataclass(frozen=True)
class Way:
    """How pictures are looked at.

    layer  "pooled", a layer's name, or "pooled+" and a layer's name;  cells: the layer whose cells are wanted, if any
    """

    layer: str
    cells: str
    size: int
    precision: str

    @classmethod
    def of(cls, network, grid, size, layer, precision, device):
        """Options of `extract`, checked, with what the network takes where they leave it open."""
        whole = network.width >= 1
        arguments.choice("precision", precision, ("float32", *HALF, "auto"))
        size = arguments.optional(arguments.whole, "size", size, inception.SMALLEST, 4096)
        if not (isinstance(grid, (bool, np.bool_)) or isinstance(grid, str) and grid == "both"):
            raise ValueError(f"grid must be True, False or 'both', not {arguments.shown(grid)}")
        if layer is not None and not grid:
            raise ValueError(f"layer says whose cells are wanted: pass grid=True with it, not {arguments.shown(grid)}")
        layer = ("Mixed_7c" if whole else "Mixed_6e") if layer is None else layer
        cells = arguments.choice("layer", layer, inception.LAYERS)
        precision = fastest(device) if precision == "auto" else precision
        if precision == "float16" and not device.startswith("cuda"):
            raise ValueError('precision="float16" is for NVIDIA\'s cards: take "float32" or "auto" on this device')
        wanted = f"{POOLED}+{cells}" if isinstance(grid, str) else cells if grid else POOLED
        return cls(wanted, cells, size or (inception.WHOLE_SIZE if whole else inception.NARROW_SIZE), precision)


@dataclass
class Errors:
    """Pictures that cannot be read: raised at once, or counted and said at the end."""

    on_error: str
    pictures: int
    skipped: dict = field(default_factory=dict)

    def refuse(self, name, error):
        if self.on_error == "raise":
            raise error
        self.skipped[name] = error

    def report(self):
        if self.skipped:
            first = next(iter(self.skipped.values()))
            print(f"skipped {len(self.skipped)} of {self.pictures} pictures; the first: {first}")


def settings(network, way):
    """What decides a feature beside the picture, as a cache remembers it."""
    return {"network": weights_hash(network), "layer": way.layer, "size": way.size, "precision": way.precision,
            "preprocessing": PREPROCESSING}  # fmt: skip


def identity(source, size):
    """A picture's content as 32 bytes: of a file its bytes, of a scene its record and the code that draws it.

    A PIL image or an array has none of its own but what it looks like.
    """
    if pictures.is_drawn(source):
        return source.identity(size)
    if pictures.is_file(source):
        return hashlib.sha256(pictures.content(source)).digest()
    picture = opened(source)
    return hashlib.sha256(f"{picture.size}".encode() + picture.tobytes()).digest()


def known(images, store, size, errors):
    """({name: features that the store has}, [(name, key, picture) to look at]); without a store the key is the name."""
    done, wanted = {}, []
    for name, source in images.items():
        try:
            key = identity(source, size) if store else name
        except (OSError, NotAnImage) as error:
            errors.refuse(name, error)
            continue
        if store and key in store:
            done[name] = store[key]
        else:
            wanted.append((name, key, source))
    return done, wanted


def open_all(batch, size, errors):
    """Pictures as arrays, and the (name, key) of those that could be read."""
    found, kept = [], []
    for name, key, source in batch:
        try:
            found.append(np.asarray(opened(source, size)))
            kept.append((name, key))
        except (OSError, NotAnImage) as error:
            errors.refuse(name, error)
    return found, kept


def apart(found, network, cells):
    """Rows that hold pooled features and a grid, as two dicts."""
    pooled, channels = network.channels, getattr(network, cells).channels_out
    return ({name: row[:pooled] for name, row in found.items()},
            {name: row[pooled:].reshape(-1, channels) for name, row in found.items()})  # fmt: skip


def named(images):
    """{name: picture} of a dict or a list; ValueError where two have one name or a picture has none."""
    if isinstance(images, Mapping):
        return dict(images)
    if (isinstance(images, (str, os.PathLike, Image.Image, np.ndarray)) or hasattr(images, "read")
            or pictures.is_drawn(images)):  # fmt: skip
        images = [images]
    if not isinstance(images, Iterable):
        raise TypeError(f"images must be a list of pictures, or a dict by name, not {arguments.shown(images)}")
    found = {}
    for source in images:
        if isinstance(source, (Image.Image, np.ndarray)) or not isinstance(getattr(source, "name", ""), str):
            raise ValueError("a PIL image or an array has no name: pass {name: image}")
        if not pictures.is_drawn(source) and not pictures.is_file(source):
            raise TypeError(f"a picture must be a path, an open file or a scene, not {arguments.shown(source)}")
        name = source.name if pictures.is_drawn(source) else Path(getattr(source, "name", source)).name
        name = letters.tidy(name)
        if name in found:
            raise ValueError(f"two pictures are called {name!r}: pass {{name: picture}} with names of your own")
        found[name] = source
    return found


def _ahead(prepare, batches):
    """prepare(batch) for each batch, the next one already in a thread while the caller works on the last."""
    with ThreadPoolExecutor(1) as pool:
        coming = [pool.submit(prepare, batch) for batch in batches[:1]]
        for i in range(len(batches)):
            ready = coming.pop().result()
            coming += [pool.submit(prepare, batch) for batch in batches[i + 1 : i + 2]]
            yield ready
