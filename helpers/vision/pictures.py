"""Pictures as people have them: turned by a camera, in 16 bits, in grey, with transparency, in CMYK, in motion.

    opened("holiday.jpg")    opened(open("holiday.jpg", "rb"))    opened(Image.open("holiday.jpg"))    opened(array)

All give the same picture: PIL, RGB, eight bits a colour, as a person sees it on a white page.  Of a picture that moves
it is the first frame.
"""

import io
import os
import warnings

import numpy as np
import torch
from PIL import Image, ImageOps

from .. import arguments, letters

WHITE = (255, 255, 255, 255)


class NotAnImage(ValueError):
    """What is no picture, or a damaged one; says which, and what to do."""


def opened(source, size=None):
    """A picture from a path, an open file, a scene, a PIL image or an array: RGB, `size` pixels square (None: its own).

    An array has the shape (rows, columns), or (rows, columns, channels) with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4
    (RGBA) channels: whole numbers of 8 or 16 bits, or numbers from 0 to 1.
    FileNotFoundError for a missing file; NotAnImage for what is no picture or is damaged.
    """
    size = arguments.optional(arguments.whole, "size", size, 1, 16_384)
    if is_drawn(source):
        return source.image(size) if size else source.image()
    try:
        if isinstance(source, (np.ndarray, torch.Tensor)):
            picture = of_array(np.asarray(source.detach().cpu() if isinstance(source, torch.Tensor) else source))
        else:
            picture = seen(source if isinstance(source, Image.Image) else io.BytesIO(content(source)))
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        name = str(getattr(source, "name", source)) if is_file(source) else "this image"
        raise NotAnImage(f"{name} is no picture that can be read ({error}): "
                         "take it off the list, or extract with on_error='skip'") from None  # fmt: skip
    return picture.resize((size, size), Image.Resampling.BILINEAR) if size else picture


def is_drawn(source):
    """Whether a picture draws itself: it has a `name`, `image(size)` and `identity(size)`, as scenes.Scene has."""
    return all(hasattr(source, what) for what in ("name", "image", "identity"))


def is_file(source):
    """Whether a picture is a path or an open file."""
    return isinstance(source, (str, os.PathLike)) or hasattr(source, "read") and not isinstance(source, Image.Image)


def content(source):
    """The bytes of a file, by its path or open; an open one is read from its beginning."""
    if hasattr(source, "read"):
        if source.seekable():
            source.seek(0)
        data = source.read()
        if not isinstance(data, bytes):
            raise NotAnImage("this file is open for reading text: open it with open(path, 'rb')")
        return data
    path = letters.found(arguments.path("a picture", source))
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: look at the picture's name and folder")
    return path.read_bytes()


def seen(source):
    """`rgb` of a PIL image, or of an open file; ValueError for what is none, or a damaged one."""
    try:
        if isinstance(source, Image.Image):
            return rgb(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # a panorama; a bomb is refused
            with Image.open(source) as file:
                return rgb(file)
    except Exception as error:  # each of Pillow's forty readers has its own ways to fail
        raise ValueError(str(error) or type(error).__name__) from None


def rgb(picture):
    """A PIL image as it should be seen: its first frame, turned upright, laid on white, RGB."""
    if getattr(picture, "n_frames", 1) > 1:
        picture.seek(0)
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits, 32 bits, or floating point: one channel
        return of_array(np.asarray(picture))
    if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, WHITE), picture).convert("RGB")
    return picture.convert("RGB")


def of_array(array):
    """An array of any shape and kind that `opened` names, as a PIL image; ValueError for another one."""
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4) or not array.size:
        raise ValueError(f"an array must have the shape (rows, columns) or (rows, columns, 1 to 4), not {array.shape}")
    mode = ("L", "LA", "RGB", "RGBA")[array.shape[2] - 1]
    pixels = eight_bits(array)
    return rgb(Image.fromarray(pixels[:, :, 0] if mode == "L" else pixels, mode))


def eight_bits(array):
    """Numbers of any kind as uint8: 16 bits from 0 to 65,535, floating point from 0 to 1, or from 0 to 255."""
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise ValueError(f"pixels must be numbers, without NaN or infinity, not {array.dtype}")
    least, most = float(array.min()), float(array.max())
    if array.dtype == np.uint16:
        most = 65535
    limit = next((limit for limit in (1, 255, 65535) if most <= limit), None)
    if least < 0 or limit is None:
        raise ValueError(f"pixels must lie between 0 and 1, 255 or 65,535, not between {least:g} and {most:g}")
    if limit == 1 and array.dtype.kind in "iu":
        limit = 255  # whole numbers: nearly black
    return np.rint(array * (255 / limit)).astype(np.uint8)
