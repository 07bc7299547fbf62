"""Checks of arguments: what a caller passed becomes a plain Python number, or an error that names the remedy.

Python's numbers and NumPy's are taken alike.  Text, truth values in place of numbers, and NaN are refused, with the
parameter's name, the value and what was expected.  Every public function that takes such parameters asks here.
"""

import errno
import math
import numbers
import os
import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Set
from pathlib import Path

import numpy as np

from helpers import letters

MOST = 2**31 - 1  # what PyTorch and the compiled loops count with whole numbers of limited size stays below it
LONGEST = 255  # letters that the name of a file may have; longer ones with spaces are text that was passed by mistake
WINDOWS = os.name == "nt"
HELPERS = os.path.dirname(os.path.abspath(__file__)) + os.sep
DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.IGNORECASE)
ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP}  # nothing is there, and something may yet be


def warn(text):
    """Warn of something in the name of the first line outside the helpers that led here: a learner's own."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(HELPERS):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level)


def whole(name, value, least=None, most=None, hint=""):
    """`value` as an int between `least` and `most` (None: no bound); ValueError for anything else.

    hint: what else the error should say, such as ": without noise words …".
    """
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        found = int(value)
        if (least is None or found >= least) and (most is None or found <= most):
            return found
    bounds = "" if least is None else f" of at least {least}"
    bounds += "" if most is None else f"{' and' if bounds else ' of'} at most {most}"
    raise ValueError(f"{name} must be a whole number{bounds}, not {value!r}{hint}")


def optional(check, name, value, *bounds):
    """None, or what `check(name, value, *bounds)` makes of the value."""
    return None if value is None else check(name, value, *bounds)


def number(name, value, least=None, above=None, below=None, most=None, hint=""):
    """`value` as a finite float, at least `least`, above `above`, below `below` and at most `most` (None: no bound).

    ValueError for anything else.
    """
    found = math.nan
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:  # a whole number of more than 308 digits
            found = math.inf
    fits = (least is None or found >= least) and (above is None or found > above)
    fits = fits and (below is None or found < below) and (most is None or found <= most)
    if math.isfinite(found) and fits:
        return found
    named = ("at least", least), ("above", above), ("below", below), ("at most", most)
    bounds = [f"{word} {bound:g}" for word, bound in named if bound is not None]
    raise ValueError(f"{name} must be a number{' of ' * (least is not None)}{' ' * (least is None and bool(bounds))}"
                     f"{' and '.join(bounds)}, not {value!r}{hint}")  # fmt: skip


def flag(name, value):
    """`value` as a bool: True, False (Python's or NumPy's), 1 or 0; ValueError for anything else."""
    if isinstance(value, (bool, numbers.Integral)) and value in (0, 1) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise ValueError(f"{name} must be True or False (or 1 or 0), not {value!r}")


def choice(name, value, allowed, hint=""):
    """`value`, one of `allowed`; ValueError for anything else."""
    if isinstance(value, (str, numbers.Number, type(None))) and value in allowed:
        return value
    raise ValueError(f"{name} must be {' or '.join(map(repr, allowed))}, not {value!r}{hint}")


def function(name, value, needed=False):
    """`value`, a function, or None unless it is needed; TypeError for anything else."""
    if callable(value) or value is None and not needed:
        return value
    raise TypeError(f"{name} must be a function{' or None' * (not needed)}, not {shown(value)}")


def instance(name, value, kind, remedy):
    """`value`, an object of a class (or of one of several); TypeError for anything else, with how to come by one."""
    if isinstance(value, kind):
        return value
    raise TypeError(f"{name} must be {remedy}, not {shown(value)}")


def mapping(name, value, pattern):
    """`value`, a dict or the like; TypeError for anything else.  pattern: its look, such as {image name: features}."""
    return instance(name, value, Mapping, f"a dict, {pattern}")


def tokens(name, value):
    """`value`, a list of words or the like; TypeError for a string, whose letters would be words, and other things."""
    if is_in_order(value) and getattr(value, "ndim", 1) == 1:
        return value
    raise TypeError(f"{name} must be a list of words, not {shown(value)}: write [word], or text.split()")


def words(name, value):
    """`value` as a list of str; TypeError for anything else, and for a list in which something else stands."""
    found = list(tokens(name, value))
    if odd := [word for word in found if not isinstance(word, str)]:
        raise TypeError(f"{name} must be a list of str, not one with {shown(odd[0])}: write str(word)")
    return found


def names(name, value):
    """`value` as a list of names: of a list, a set, or a dict by name, otherwise see `words`."""
    return words(name, list(value) if isinstance(value, (Mapping, Set)) else value)


def texts(name, value):
    """`value` as a list of texts, each a list of str; TypeError for anything else."""
    return [words(f"each of {name}", text) for text in listed(name, value, "lists of words, one for each text")]


def in_order(name, value, pattern):
    """`value`, a list or what can be gone through like one; TypeError for a string, a mapping, a set, and the rest.

    pattern: what stands in it, such as "captions".
    """
    if is_in_order(value):
        return value
    raise TypeError(f"{name} must be a list of {pattern}, not {shown(value)}: a single one is written in brackets")


def listed(name, value, pattern):
    """`value` as a list, see `in_order`."""
    return list(in_order(name, value, pattern))


def is_in_order(value):
    """Whether one can go through a value in its order, and it is no text: not an array of one number, for instance."""
    single = getattr(value, "ndim", 1) == 0
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping, Set)) and not single


def text(name, value):
    """`value`, a str; TypeError for anything else, ValueError for half an emoji, which no file can hold."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {shown(value)}")
    if not letters.is_unicode(value):
        raise ValueError(f"{name} holds half a character, {value!r}: cut texts between characters")
    return value


def array(name, value, *shape):
    """Numbers as a NumPy array; ValueError where they are none, or not of this shape.

    shape: a number for each axis, None for any; without a shape every array will do.
    """
    try:
        found = np.asarray(value)
    except (ValueError, RuntimeError, TypeError):  # rows of different lengths, a tensor that needs gradients
        found = np.array(None)
    fits = not shape or found.ndim == len(shape) and all(want in (None, n) for want, n in zip(shape, found.shape))
    if found.dtype.kind in "fiub" and fits:
        return found
    sides = ", ".join("n" if side is None else str(side) for side in shape)
    wanted = f"an array of numbers{f' of shape ({sides})' * bool(shape)}"
    raise ValueError(f"{name} must be {wanted}, not {shown(value)}")


def row_numbers(name, value, rows):
    """`value` as an array of whole numbers from 0 to `rows` − 1, at least one; ValueError for anything else."""
    found = array(name, value, None)
    if len(found) and found.dtype.kind in "iu" and 0 <= found.min() and found.max() < rows:
        return found
    raise ValueError(f"{name} must be row numbers from 0 to {rows - 1}, at least one, not {shown(value)}")


def keyed_vectors(name, value):
    """`value`, word vectors as gensim keeps them; TypeError for anything else."""
    if all(hasattr(value, part) for part in ("key_to_index", "index_to_key", "vectors")):
        return value
    raise TypeError(f"{name} must be word vectors (KeyedVectors), as a trainer or vectors.load returns them, not "
                    f"{shown(value)}")  # fmt: skip


def generator(name, value):
    """`value`, a NumPy generator; TypeError for anything else."""
    if isinstance(value, np.random.Generator):
        return value
    raise TypeError(f"{name} must be a generator, np.random.default_rng(seed), not {shown(value)}")


def path(name, value):
    """`value` as a Path, ~ being the home folder; TypeError for what is no path, ValueError for what cannot be one."""
    long = isinstance(value, str) and max(map(len, re.split(separators(), value))) > LONGEST
    if isinstance(value, str) and ("\n" in value or long and " " in value.strip()):
        raise TypeError(f"{name} takes the path of a file, but not the text itself, {value[:30]!r}…: "
                        "pass [line.split() for line in text.splitlines()]")  # fmt: skip
    if not isinstance(value, (str, os.PathLike)) or not isinstance(os.fspath(value), str):
        raise TypeError(f"{name} must be a path, not {shown(value)}")
    if not str(value) or "\0" in str(value):
        raise ValueError(f"{name} must be the path of a file, not {shown(value)}")
    try:
        found = Path(value).expanduser()
        reason = why_no_path(found)
    except (OSError, RuntimeError, ValueError) as error:  # no home folder, a lone surrogate
        reason = getattr(error, "strerror", None) or type(error).__name__
    if reason:
        raise ValueError(f"{name} cannot be a path here ({reason}), {shown(value)}: name another one")
    return found


def separators(one=os.sep, other=os.altsep):
    """A pattern for what stands between the parts of a path: Windows takes two signs for it."""
    return f"[{re.escape(one + (other or ''))}]"


def why_no_path(found):
    """Why nothing can ever lie under a path on this system, in a few words, or "": asked of the disk itself.

    Not of `Path.exists`: from Python 3.12 on it keeps more and more of what the system says to itself.
    """
    os.fsencode(found)
    faults = map(windows_fault, found.parts[bool(found.anchor) :] if WINDOWS else ())
    if fault := next(filter(None, faults), ""):
        return fault
    try:
        os.stat(found)
    except OSError as error:
        return "" if error.errno in ABSENT else error.strerror or type(error).__name__
    return ""


def windows_fault(part):
    """Why Windows would take one part of a path for something else than a name, in a few words, or ""."""
    if DEVICES.fullmatch(part):
        return "a name of Windows for a device"
    if part.strip(".") and part.rstrip(". ") != part:
        return "Windows drops dots and spaces at the end of a name"
    if not set(part).isdisjoint('<>:"|?*') or any(ord(letter) < 32 for letter in part):
        return 'Windows allows none of < > : " | ? * in a name'
    return ""


def from_environment(name):
    """The absolute path in an environment variable, None where it is unset or blank; ValueError as for `path`."""
    wanted = os.environ.get(name, "").strip()
    return path(f"the environment variable {name}", wanted).absolute() if wanted else None


def file(name, value):
    """The path of a file that is there, as it is called on this disk; FileNotFoundError or IsADirectoryError."""
    found = letters.found(path(name, value))
    if found.is_dir():
        raise IsADirectoryError(f"{str(found)!r} is a folder: name a file in it")
    if not found.is_file():
        raise FileNotFoundError(f"there is no file {str(found)!r} in {Path.cwd()}")
    return found


def shown(value):
    """A value in at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


class Checked:
    """What a frozen dataclass of options inherits in order to check and convert its own fields."""

    def keep(self, name, value):
        """Set a field to its checked value, which a frozen dataclass allows in this roundabout way only."""
        object.__setattr__(self, name, value)


def workers(value):
    """How many threads: a whole number of at least 1; None takes one for each core that this process may use."""
    if value is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return whole("workers", value, 1, 1024, hint=" (None: one for each core)")
