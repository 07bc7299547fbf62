"""Exercise on `helpers.intervals`: the paired bootstrap, and the classic ways to draw the wrong thing."""

import numpy as np

from helpers.exercises import Exercise, Mistake
from helpers.intervals import Interval


def close(mine, expected):
    """The same difference over as many units, and ends and a width that differ by no more than other draws move them.

    Of 2,000 draws the ends lie within 2 % of the width, one time in three beyond that, and the width within 3 %.
    """
    value, low, high, n = mine
    slack = 0.15 * (expected.high - expected.low) + 1e-9
    ends = abs(low - expected.low) <= slack and abs(high - expected.high) <= slack
    wide = expected.high - expected.low
    ends = ends and abs(high - low - wide) <= 0.1 * wide + 1e-9
    return abs(value - expected.value) < 1e-9 and n == expected.n and ends


def cases():
    """Forty questions, each its own unit; and sixty passages of ten articles, alike within an article."""
    draw = np.random.default_rng(1)
    easy = draw.random(40)
    alone = [(draw.random(40) < easy + gain).astype(float) for gain in (0.15, 0)]
    articles = np.repeat(np.arange(10), 6)
    level = draw.normal(size=10)[articles]
    together = [level * share + 0.3 * draw.normal(size=60) for share in (1.0, 0.4)]
    return [(*alone, np.arange(40)), (*together, articles)]


def redrawn(first, second, groups, *, unit=True, paired=True, replace=True, ends=(0.025, 0.975)):
    """The bootstrap with one thing done otherwise."""
    first, second = np.asarray(first), np.asarray(second)
    labels = np.unique(groups) if unit else np.arange(len(first))
    members = [np.flatnonzero(np.asarray(groups) == label) if unit else np.array([label]) for label in labels]
    draw, found = np.random.default_rng(7), []
    for _ in range(2000):
        rows = [np.concatenate([members[i] for i in draw.choice(len(labels), len(labels), replace)]) for _ in "ab"]
        found.append(first[rows[0]].mean() - second[rows[0] if paired else rows[1]].mean())
    return Interval(first.mean() - second.mean(), *np.quantile(found, ends), len(labels))


PAIRED_DIFFERENCE = Exercise(
    cases=cases,
    same=close,
    mistakes=(
        Mistake(
            lambda first, second, groups: redrawn(first, second, groups, unit=False),
            "항목을 하나씩 뽑았습니다. 한 묶음(groups)의 항목은 함께 움직이므로 묶음째 뽑고, n도 묶음의 수로 하세요.",
            "items were drawn one by one. Items of one group move together: draw whole groups; n is their number.",
        ),
        Mistake(
            lambda first, second, groups: redrawn(first, second, groups, paired=False),
            "두 방법을 따로 뽑았습니다. 같은 단위를 뽑아 그 안에서 빼야 함께 오르내리는 부분이 사라집니다.",
            "each method got its own draw. Draw the units once for both, so that what they share cancels.",
        ),
        Mistake(
            lambda first, second, groups: redrawn(first, second, groups, replace=False),
            "되돌려 놓지 않고 뽑았습니다. 그러면 언제나 같은 단위가 모두 뽑혀 차이가 변하지 않습니다.",
            "this draws without replacement, which takes every unit once each time: nothing can vary.",
        ),
        Mistake(
            lambda first, second, groups: redrawn(first, second, groups, ends=(0, 1)),
            "가장 작은 값과 가장 큰 값을 적었습니다. 95퍼센트 구간은 2.5퍼센트와 97.5퍼센트 자리입니다.",
            "these are the smallest and largest of the draws; a 95 % interval ends at their 2.5 % and 97.5 % points.",
        ),
        Mistake(
            lambda first, second, groups: redrawn(first, second, groups, ends=(0.05, 0.95)),
            "5퍼센트와 95퍼센트 자리를 적었습니다. 그 사이는 90퍼센트이고, 95퍼센트 구간은 2.5와 97.5 자리입니다.",
            "these are the 5 % and 95 % points, with 90 % between them; a 95 % interval ends at 2.5 % and 97.5 %.",
        ),
    ),
)


EXERCISES = {"paired_difference": PAIRED_DIFFERENCE}
