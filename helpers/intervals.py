"""How far to trust a difference: the paired bootstrap.

Two methods answered the same questions.  Had other questions been asked, the difference of their scores would have
come out differently; how differently can be estimated from the questions at hand, by drawing as many of them again and
again with replacement (Efron 1979, https://doi.org/10.1214/aos/1176344552).  Drawing the *unit* that was drawn from
the world matters: an article, not each of its passages, which rise and fall together.

    scores.paired_difference(right_a, right_b)                       # two arrays of 1 and 0, question by question
    scores.paired_difference(right_a, right_b, groups=articles)      # passages, drawn article by article

A table of many differences has one line for each: `scores.verdict("A", "B", difference)`.
"""

from typing import NamedTuple

import numpy as np

from helpers import arguments


class Interval(NamedTuple):
    """A number, the two ends of its interval, and over how many units it was drawn."""

    value: float
    low: float
    high: float
    n: int

    @property
    def apart(self):
        """Whether zero lies outside: for a difference, whether the two can be told apart."""
        return not self.low <= 0 <= self.high

    def __str__(self):
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}] n = {self.n}"


def bootstrap(score, n, level=0.95, resamples=2000, seed=1):
    """The percentile interval of a score over n units, as `Interval`.

    score: a function from row numbers (n,), some of them more than once, to a number; the units themselves are
    `np.arange(n)`.  level: the share of the redrawn scores between the two ends.
    Raises ValueError for fewer than two units, a level outside (0, 1), or a score that is not a number.
    """
    n, resamples = arguments.whole("n", n, 0, 2**31), arguments.whole("resamples", resamples, 1, 2**31)
    seed, level = arguments.whole("seed", seed, 0), arguments.number("level", level)
    if not callable(score):
        raise TypeError(f"score must be a function of row numbers, not {arguments.shown(score)}")
    if n < 2:
        raise ValueError(f"an interval needs at least two units to draw from, not {n}: score more of them")
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1 such as 0.95, not {level!r}")
    draw, value = np.random.default_rng(seed), score(np.arange(n))
    redrawn = np.array([score(draw.integers(0, n, n)) for _ in range(resamples)])
    if not np.isfinite([value, *redrawn]).all():
        raise ValueError("the score of some draw is not a number: leave out what a method could not answer")
    low, high = np.quantile(redrawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high), int(n))


def labels(groups):
    """Labels as an array (items,); ValueError where something else than a label stands among them."""
    try:
        found = np.asarray(arguments.tokens("groups", groups))
    except ValueError:  # lists of different lengths
        found = np.array(None)
    if found.ndim != 1 or found.dtype == object:
        raise ValueError(f"groups must be a flat list of labels, not {arguments.shown(groups)}")
    return found


def paired_difference(first, second, groups=None, score=np.mean, **options):
    """score(first) − score(second) over the same draws of the same units, as `Interval`.

    first, second (items, …): what two methods made of the same items: 1 right and 0 wrong, an error, a row of numbers.
    groups (items,): items with one label are one unit and drawn together; by default every item is a unit.
    score: a function from such an array to a number.  options: `level`, `resamples`, `seed` of `bootstrap`.
    Raises ValueError for arrays of different lengths, and as `bootstrap` does.
    """
    first, second = arguments.array("first", first), arguments.array("second", second)
    if not first.ndim or not second.ndim:
        raise ValueError("first and second must be lists of what two methods made of the same items, not one number")
    groups = np.arange(len(first)) if groups is None else labels(groups)
    if not len(first) == len(second) == len(groups):
        raise ValueError(
            f"{len(first)}, {len(second)} and {len(groups)} items: a paired difference needs the answers of both "
            "methods to the same items, in the same order"
        )
    _, unit = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(unit, kind="stable"), np.cumsum(np.bincount(unit))[:-1])
    whole = len(members) == len(first)  # every unit is one item: rows need no gathering
    items = np.concatenate(members) if members else unit

    def difference(rows):
        drawn = items[rows] if whole else np.concatenate([members[row] for row in rows])
        return score(first[drawn]) - score(second[drawn])

    return bootstrap(difference, len(first) if whole else len(members), **options)


def verdict(one, other, gap):
    """A line of a table for the difference `one` − `other`: {"difference", "95 % interval", "n", "ahead"}.

    gap: an `Interval`, or its four numbers.  "ahead" names the one that is ahead if zero lies outside the interval, and
    says "not clear" if it lies inside.
    Raises ValueError for anything but four finite numbers.
    """
    value, low, high, n = (arguments.number("each of gap", float(part)) for part in arguments.array("gap", gap, 4))
    gap = Interval(value, low, high, int(n))
    return {
        "difference": f"{gap.value:+.2f}",
        "95 % interval": f"[{gap.low:+.2f}, {gap.high:+.2f}]",
        "n": gap.n,
        "ahead": (one if gap.value > 0 else other) if gap.apart else "not clear",
    }
