"""Checks of arguments: what a caller passed becomes a plain Python number, or an error that names the remedy.

Python's numbers and NumPy's are taken alike.  Text, truth values in place of numbers, and NaN are refused, with the
parameter's name, the value and what was expected.  Every public function that takes such parameters asks here.
"""

import math
import numbers
import os
from collections.abc import Iterable, Mapping, Set
from pathlib import Path

LONGEST = 255  # letters that the name of a file may have; longer ones are text that was passed by mistake


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


def function(name, value):
    """`value`, a function or None; TypeError for anything else."""
    if value is None or callable(value):
        return value
    raise TypeError(f"{name} must be a function, not {shown(value)}")


def tokens(name, value):
    """`value`, a list of words or the like; TypeError for a string, whose letters would be words, and for a mapping."""
    if isinstance(value, (str, bytes, Mapping, Set)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list of words, not {shown(value)}: write [word], or text.split()")
    return value


def path(name, value):
    """`value` as a Path, ~ being the home folder; TypeError for what is no path, ValueError for what cannot be one."""
    if isinstance(value, str) and ("\n" in value or max(map(len, value.split(os.sep))) > LONGEST):
        raise TypeError(f"{name} takes the path of a file, but not the text itself, {value[:30]!r}…: "
                        "pass [line.split() for line in text.splitlines()]")  # fmt: skip
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path, not {shown(value)}")
    if not str(value) or "\0" in str(value):
        raise ValueError(f"{name} must be the path of a file, not {value!r}")
    try:
        found = Path(value).expanduser()
        found.exists()
    except (OSError, RuntimeError, ValueError) as error:  # no home folder, a lone surrogate
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ValueError(f"{name} cannot be a path here ({reason}), {shown(value)}: name another one") from None
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
