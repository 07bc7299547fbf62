"""Features: what InceptionV3 sees in each picture of a list, computed in batches and never twice.

    features.extract(["a.jpg", "b.jpg"])                 {"a.jpg": (512,), …}: pooled
    features.extract(data.images(), grid=True)           {name: (64, 192)}: 8 x 8 cells, row by row
    features.extract(paths, network=inception.official(), cache="features.safetensors")

A picture is turned the way its camera held it, made RGB, resized to the network's square (the whole picture, as
captions speak of its edges too; torchvision's own evaluation crops) and scaled to values from -1 to 1.  That is what
the official weights want: torchvision normalises by ImageNet's mean and deviation, and its `transform_input` then
undoes this and halves the range; both together are 2 x - 1.
"""

import copy
import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache as memoised
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .. import arguments, letters, training
from . import backgrounds, drawing, inception, pictures, placing, scenes
from .pictures import NotAnImage, opened
from .precision import HALF, native_bfloat16
from .store import Store

PREPROCESSING = "whole picture, bilinear, 2x-1"


def normalised(pixels):
    """uint8 tensor (n, rows, columns, 3) → float tensor (n, 3, rows, columns) with values from -1 to 1."""
    return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def identity(source, size):
    """A picture's content as 32 bytes: of a file its bytes, of a scene its record and the code that draws it.

    A PIL image or an array has none of its own but what it looks like.
    """
    if isinstance(source, scenes.Scene):
        return hashlib.sha256(json.dumps([source.record(), size, _drawing_code()]).encode()).digest()
    if pictures.is_file(source):
        return hashlib.sha256(pictures.content(source)).digest()
    picture = opened(source)
    return hashlib.sha256(f"{picture.size}".encode() + picture.tobytes()).digest()


@memoised
def _drawing_code():
    return hashlib.sha256(
        b"".join(Path(module.__file__).read_bytes() for module in (backgrounds, drawing, placing))
    ).hexdigest()


# ------------------------------------------------------------------------------------------------ the network


def fastest(device):
    """The precision that "auto" means: half precision where the device computes in it by itself."""
    if native_bfloat16(device):
        return "bfloat16"
    return "float16" if str(device).startswith("cuda") else "float32"


def fast(network, device="cpu"):
    """A copy for looking only: batch normalisation folded into the convolutions, channels last.

    It answers as the network in `eval` mode does, to the rounding of float32 (`bench/features.py` measures it).
    """
    network = copy.deepcopy(network).eval()
    for module in network.modules():
        if isinstance(module, inception.BasicConv2d):
            module.conv, module.bn = fuse_conv_bn_eval(module.conv, module.bn), torch.nn.Identity()
    return network.to(device, memory_format=torch.channels_last)


def weights_hash(network):
    """16 hexadecimal digits that change with any weight."""
    found = hashlib.sha256()
    for name, value in network.state_dict().items():
        found.update(name.encode() + value.detach().cpu().numpy().tobytes())
    return found.hexdigest()[:16]


# ------------------------------------------------------------------------------------------------ many pictures


def extract(images, network=None, grid=False, batch_size=32, device=None, progress=True, cache=None, size=None,
            layer=None, precision="float32", on_error="raise"):  # fmt: skip
    """{image name: float32 array}: pooled features (channels,), or with `grid` one row per cell (cells, channels).

    grid="both" gives the two dicts from one pass: pooled, grid = extract(…, grid="both").

    images     {name: picture}, or a list of pictures; a picture is a path, an open file, a Scene, or (named in a
               dict) a PIL image or an array, see `pictures`.
               In a list, a path is named by its file name, a Scene by its name
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
    arguments.choice("on_error", on_error, ("raise", "skip"))
    arguments.choice("precision", precision, ("float32", *HALF, "auto"))
    batch_size = arguments.whole("batch_size", batch_size, 1, hint=": it counts pictures")
    size = arguments.optional(arguments.whole, "size", size, 75, 4096)
    network = inception.narrow() if network is None else network
    whole = network.width >= 1
    size = size or (299 if whole else scenes.SIZE)
    layer = layer or ("Mixed_7c" if whole else "Mixed_6e")
    if not (isinstance(grid, (bool, np.bool_)) or isinstance(grid, str) and grid == "both"):
        raise ValueError(f"grid must be True, False or 'both', not {arguments.shown(grid)}")
    grid = grid if isinstance(grid, str) else bool(grid)
    arguments.choice("layer", layer, inception.LAYERS)
    cells, layer = layer, {False: "pooled", True: layer, "both": f"pooled+{layer}"}[grid]
    device = training.device(device)
    precision = fastest(device) if precision == "auto" else precision
    if precision == "float16" and not device.startswith("cuda"):
        raise ValueError('precision="float16" is for NVIDIA\'s cards: take "float32" or "auto" on this device')
    store = Store(cache, {"network": weights_hash(network), "layer": layer, "size": size, "precision": precision,
                          "preprocessing": PREPROCESSING}) if cache else None  # fmt: skip
    done, skipped = {}, {}
    wanted = []
    for name, source in images.items():
        try:
            key = identity(source, size) if store else name
        except (OSError, NotAnImage) as error:
            _refuse(error, name, on_error, skipped)
            continue
        if store and key in store:
            done[name] = store[key]
        else:
            wanted.append((name, key, source))
    batches = [wanted[i : i + batch_size] for i in range(0, len(wanted), batch_size)]
    looking = fast(network, device) if batches else None
    try:
        ready = _ahead(lambda batch: _open_all(batch, size, on_error, skipped), batches)
        for arrays, kept in training.progress(ready, "batches of pictures", len(batches)) if progress else ready:
            if not kept:
                continue
            for (name, key), array in zip(kept, _look(looking, np.stack(arrays), layer, device, precision)):
                done[name] = store.put(key, array) if store else array
            if store and store.due():
                store.save()
    finally:  # also when it was stopped
        if store:
            store.save()
    if skipped:
        first = next(iter(skipped.values()))
        print(f"skipped {len(skipped)} of {len(images)} pictures; the first: {first}")
    found = {name: done[name] for name in images if name in done}
    if grid != "both":
        return found
    pooled, channels = network.channels, getattr(network, cells).channels_out
    return ({name: row[:pooled] for name, row in found.items()},
            {name: row[pooled:].reshape(-1, channels) for name, row in found.items()})  # fmt: skip


def named(images):
    """{name: picture} of a dict or a list; ValueError where two have one name or a picture has none."""
    if isinstance(images, dict):
        return images
    if isinstance(images, (str, os.PathLike, Image.Image, scenes.Scene, np.ndarray)) or hasattr(images, "read"):
        images = [images]
    if not isinstance(images, Iterable):
        raise TypeError(f"images must be a list of pictures, or a dict by name, not {arguments.shown(images)}")
    found = {}
    for source in images:
        if isinstance(source, (Image.Image, np.ndarray)) or not isinstance(getattr(source, "name", ""), str):
            raise ValueError("a PIL image or an array has no name: pass {name: image}")
        name = source.name if isinstance(source, scenes.Scene) else Path(getattr(source, "name", source)).name
        name = letters.tidy(name)
        if name in found:
            raise ValueError(f"two pictures are called {name!r}: pass {{name: picture}} with names of your own")
        found[name] = source
    return found


def _open_all(batch, size, on_error, skipped):
    """Pictures as arrays, and the (name, key) of those that could be read."""
    found, kept = [], []
    for name, key, source in batch:
        try:
            found.append(np.asarray(opened(source, size)))
            kept.append((name, key))
        except (OSError, NotAnImage) as error:
            _refuse(error, name, on_error, skipped)
    return found, kept


def _ahead(prepare, batches):
    """prepare(batch) for each batch, the next one already in a thread while the caller works on the last."""
    with ThreadPoolExecutor(1) as pool:
        coming = [pool.submit(prepare, batch) for batch in batches[:1]]
        for i in range(len(batches)):
            ready = coming.pop().result()
            coming += [pool.submit(prepare, batch) for batch in batches[i + 1 : i + 2]]
            yield ready


def _refuse(error, name, on_error, skipped):
    if on_error == "raise":
        raise error
    skipped[name] = error


@torch.inference_mode()
def _look(network, pixels, layer, device, precision):
    """uint8 pixels (n, rows, columns, 3) → float32 (n, channels) or (n, cells, channels); of both, flat."""
    x = normalised(torch.from_numpy(pixels).to(device)).contiguous(memory_format=torch.channels_last)
    with torch.autocast(x.device.type, HALF.get(precision), enabled=precision in HALF):
        wanted = layer.split("+")
        grids = network.grids(x, ["Mixed_7c" if name == "pooled" else name for name in wanted])
    parts = [grids["Mixed_7c"].float().flatten(2).mean(2)] if wanted[0] == "pooled" else []
    if wanted[-1] != "pooled":
        parts.append(grids[wanted[-1]].float().flatten(2).transpose(1, 2))
    seen = parts[0] if len(parts) == 1 else torch.cat([part.flatten(1) for part in parts], 1)
    return seen.contiguous().cpu().numpy()
