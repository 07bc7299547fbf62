"""Exercises on `helpers.scores` (lessons 6, 12): what is compared, and the classic wrong answers with their reasons."""

import numpy as np

from helpers import scores

from . import Exercise, Mistake, Property


def drawn(*shape, seed=0):
    """Normal random numbers from a seed."""
    return np.random.default_rng(seed).normal(size=shape)


# rank_correlation(x, y) → float


def lists():
    """Two lists of numbers: a curve that rises, one that falls, ties, drawn numbers."""
    yield np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 10.0, 100.0, 1000.0])
    yield np.array([5.0, 1.0, 3.0]), np.array([0.1, 0.9, 0.2])
    yield np.array([1.0, 2.0, 2.0, 3.0, 9.0]), np.array([3.0, 1.0, 2.0, 5.0, 5.0])
    yield drawn(20), drawn(20, seed=1) + drawn(20)


def pearson(x, y):
    return float(np.corrcoef(x, y)[0, 1])


def places(x):
    """Ranks without regard to ties."""
    return np.argsort(np.argsort(x, kind="stable"), kind="stable") + 1.0


def lowest(x):
    """Ranks where ties share the best place, as in sports."""
    return np.searchsorted(np.sort(x), x) + 1.0


RANK_CORRELATION = Exercise(
    lists,
    (
        Mistake(
            pearson,
            "순위로 바꾸지 않았습니다. 값이 아니라 순위의 상관을 구해야 합니다.",
            "the values were not turned into ranks. Correlate the ranks.",
        ),
        Mistake(
            lambda x, y: pearson(np.argsort(x), np.argsort(y)),
            "argsort 한 번은 순위가 아니라 '몇 번째 원소가 여기 오는가'입니다. 순위는 그 역순열입니다.",
            "one argsort says which element comes where, not who has which rank. Ranks are its inverse.",
        ),
        Mistake(
            lambda x, y: pearson(places(x), places(y)),
            "같은 값에 다른 순위를 주었습니다. 동점에는 자리의 평균을 줍니다.",
            "ties got different ranks. Equal values share the mean of their places.",
        ),
        Mistake(
            lambda x, y: pearson(lowest(x), lowest(y)),
            "동점에 가장 앞자리를 주었습니다. 스피어만 상관은 자리의 평균을 씁니다.",
            "ties got the best of their places. Spearman uses the mean.",
        ),
        Mistake(
            lambda x, y: 1 - 6 * float(((scores.ranks(x) - scores.ranks(y)) ** 2).sum()) / (len(x) * (len(x) ** 2 - 1)),
            "1 − 6Σd²/(n(n²−1))은 동점이 없을 때만 맞습니다. 동점이 있으면 순위의 피어슨 상관을 구하세요.",
            "1 − 6Σd²/(n(n²−1)) holds only without ties. In general, take Pearson's correlation of the ranks.",
        ),
        Mistake(
            lambda x, y: 1 - scores.rank_correlation(x, y),
            "1에서 뺐습니다. 상관은 거리가 아니므로 그대로 돌려주세요.",
            "subtracted from 1. A correlation is not a distance: return it as it is.",
        ),
    ),
    (
        Property(
            lambda value, x, y: -1.0001 <= float(value) <= 1.0001,
            "상관 계수는 −1과 1 사이의 수 하나입니다.",
            "a correlation is one number between −1 and 1.",
        ),
    ),
)


# pairs_needed(half_width) → int


def pairs_needed(half_width):
    """How many word pairs make the 95% interval of a rank correlation reach `half_width` or less to either side.

    The standard error is about 1/√(n − 3), and the interval 1.96 times that: n ≥ (1.96 / half_width)² + 3.
    """
    return int(np.ceil((1.96 / half_width) ** 2 + 3))


PAIRS_NEEDED = Exercise(
    lambda: [(0.1,), (0.05,), (0.2,), (0.5,), (0.02,)],
    (
        Mistake(
            lambda half_width: int(np.ceil((1.96 / half_width) ** 2)),
            "3을 더하지 않았습니다. 표준 오차의 분모는 √(n − 3)입니다.",
            "3 was not added: the standard error has √(n − 3) below.",
        ),
        Mistake(
            lambda half_width: int(np.ceil((1 / half_width) ** 2 + 3)),
            "1.96이 빠졌습니다. 표준 오차 하나가 아니라 95% 구간의 절반 폭입니다.",
            "1.96 is missing: this is half a 95% interval, not one standard error.",
        ),
        Mistake(
            lambda half_width: int((1.96 / half_width) ** 2 + 3),
            "내림했습니다. 절반 폭이 더 작아지려면 올림해야 합니다.",
            "rounded down. For a width that is small enough, round up.",
        ),
        Mistake(
            lambda half_width: int(np.ceil(1.96 / half_width + 3)),
            "제곱하지 않았습니다. 폭을 반으로 줄이려면 쌍이 네 배쯤 필요합니다.",
            "not squared. Half the width takes about four times as many pairs.",
        ),
        Mistake(
            lambda half_width: int(np.ceil((2 * 1.96 / half_width) ** 2 + 3)),
            "구간 전체의 폭으로 계산했습니다. half_width는 한쪽의 폭입니다.",
            "this takes the whole width of the interval. half_width is one side.",
        ),
    ),
    (
        Property(
            lambda value, half_width: float(value) == int(value),
            "쌍의 수는 정수입니다.",
            "a number of pairs is whole.",
        ),
    ),
)


# epoch_losses(totals, pairs) → (epochs,)


def epoch_losses(totals, pairs):
    """The mean loss of a pair in each epoch, (epochs,), from the sums since the beginning that gensim reports."""
    return np.diff(np.asarray(totals, dtype=float), prepend=0) / pairs


EPOCH_LOSSES = Exercise(
    lambda: [
        (np.array([40.0]), 10),
        (np.array([40.0, 70.0, 90.0]), 10),
        (np.array([3.0e6, 5.5e6, 7.8e6, 1.0e7]), 1_000_000),
    ],
    (
        Mistake(
            lambda totals, pairs: totals / pairs,
            "더해 온 합을 그대로 나누었습니다. 에폭 하나의 손실은 앞 에폭까지의 합을 뺀 값입니다.",
            "the running sum itself was divided. The loss of one epoch is what it adds to the sum before it.",
        ),
        Mistake(
            lambda totals, pairs: np.diff(totals) / pairs,
            "첫 에폭이 사라졌습니다. 첫 에폭 앞까지의 합은 0입니다.",
            "the first epoch is gone. The sum before it is 0.",
        ),
        Mistake(
            lambda totals, pairs: totals / (pairs * np.arange(1, len(totals) + 1)),
            "지금까지의 평균을 구했습니다. 이 값은 늦게 줄어들어 학습이 어디에 와 있는지 가립니다.",
            "this is the mean since the beginning. It lags behind and hides where training has got to.",
        ),
        Mistake(
            lambda totals, pairs: np.diff(totals, prepend=0),
            "쌍의 수로 나누지 않았습니다.",
            "not divided by the number of pairs.",
        ),
    ),
    (
        Property(
            lambda value, totals, pairs: np.shape(value) == np.shape(totals),
            "에폭마다 값이 하나씩 있어야 합니다.",
            "there must be one value for each epoch.",
        ),
    ),
)


def unit(table):
    return table / np.linalg.norm(table, axis=1, keepdims=True)


# neighbor_overlap(first, second, k) → float


def pairs_of_tables():
    """(first, second, k): points on a line, the same table turned round, different dimensions, long vectors."""
    circle = np.radians(np.array([0.0, 10.0, 25.0, 90.0, 100.0, 130.0]))
    points = np.stack([np.cos(circle), np.sin(circle)], 1)
    yield points, points[[0, 3, 2, 1, 4, 5]], 1
    yield points, points[[0, 1, 5, 3, 4, 2]], 2
    yield drawn(15, 4), drawn(15, 4) + 0.7 * drawn(15, 4, seed=1), 3
    yield drawn(15, 4), drawn(15, 6, seed=2), 4
    lengths = np.random.default_rng(5).uniform(0.1, 4, (15, 1))
    yield drawn(15, 3, seed=4) * lengths, drawn(15, 3, seed=4) + 0.4 * drawn(15, 3, seed=6), 3


def neighbors(table, k, scale=True, itself=False, farthest=False):
    table = unit(table) if scale else table
    closeness = table @ table.T
    if not itself:
        np.fill_diagonal(closeness, np.inf if farthest else -np.inf)
    order = np.argsort(closeness if farthest else -closeness, axis=1)
    return [set(row[:k].tolist()) for row in order]


def mean_overlap(first, second, k, score=lambda a, b, k: len(a & b) / k, **how):
    sets = zip(neighbors(first, k, **how), neighbors(second, k, **how))
    return float(np.mean([score(a, b, k) for a, b in sets]))


NEIGHBOR_OVERLAP = Exercise(
    pairs_of_tables,
    (
        Mistake(
            lambda first, second, k: mean_overlap(first, second, k, itself=True),
            "단어 자신이 자기 이웃으로 들어갔습니다. 어느 표에서나 자신이 가장 가까우므로 겹침이 부풀려집니다.",
            "each word counts as its own neighbor. It is closest to itself in every table, which inflates the overlap.",
        ),
        Mistake(
            lambda first, second, k: mean_overlap(first, second, k, scale=False),
            "내적으로 이웃을 골랐습니다. 길이를 1로 맞추어 코사인으로 고르세요.",
            "neighbors were chosen by dot product. Bring the rows to length 1 and use the cosine.",
        ),
        Mistake(
            lambda first, second, k: mean_overlap(first, second, k, score=lambda a, b, k: len(a & b) / len(a | b)),
            "합집합으로 나누었습니다(자카드). 여기서는 k로 나눕니다.",
            "divided by the union (Jaccard). Here the overlap is divided by k.",
        ),
        Mistake(
            lambda first, second, k: mean_overlap(first, second, k, score=lambda a, b, k: float(a == b)),
            "이웃 k개가 모두 같을 때만 세었습니다. 겹치는 몫을 세어야 합니다.",
            "counted only if all k neighbors agree. Count the share that does.",
        ),
        Mistake(
            lambda first, second, k: mean_overlap(first, second, k, score=lambda a, b, k: len(a & b)),
            "겹친 이웃의 수까지 구했습니다. k로 나누면 0과 1 사이의 몫이 됩니다.",
            "this is the number of shared neighbors. Divide by k to get a share between 0 and 1.",
        ),
        Mistake(
            lambda first, second, k: mean_overlap(first, second, k, farthest=True),
            "가장 먼 단어를 골랐습니다. np.argsort는 작은 것부터 늘어놓습니다.",
            "these are the most distant words. np.argsort puts the smallest first.",
        ),
    ),
    (
        Property(
            lambda value, first, second, k: 0 <= float(value) <= 1,
            "겹침은 0과 1 사이의 수 하나입니다.",
            "an overlap is one number between 0 and 1.",
        ),
    ),
)

# by_chance(words, k) → share


def by_chance(words, k):
    """The share of k neighbors, out of a vocabulary of so many words, that two unrelated sets of vectors share."""
    return k / (words - 1)


BY_CHANCE = Exercise(
    lambda: [(101, 10), (51, 10), (11, 10), (501, 5), (1531, 10)],
    (
        Mistake(
            lambda words, k: k / words,
            "단어 자신도 후보로 셌습니다. 자신은 제 이웃이 될 수 없으니 후보는 words − 1개입니다.",
            "the word itself was counted as a candidate. It is no neighbor of its own: there are words − 1 candidates.",
        ),
        Mistake(
            lambda words, k: (k / (words - 1)) ** 2,
            "단어 하나가 두 목록에 모두 들 확률입니다. 구할 것은 한 목록에 이미 든 이웃이 다른 목록에도 들 확률입니다.",
            "this is how likely a word stands in both lists. Asked for is how likely a neighbor that is in one list "
            "already is in the other as well.",
        ),
        Mistake(
            lambda words, k: k * k / (words - 1),
            "겹친 이웃의 수까지 구했습니다. k로 나누면 비율이 됩니다.",
            "this is the number of shared neighbors. Divide by k to get a share.",
        ),
        Mistake(
            lambda words, k: 1 / (words - 1),
            "다른 쪽 목록에서 한 자리만 보았습니다. 그 목록에는 자리가 k개 있습니다.",
            "only one place of the other list was looked at. It has k of them.",
        ),
    ),
)

EXERCISES = {
    "by_chance": BY_CHANCE,
    "rank_correlation": RANK_CORRELATION,
    "pairs_needed": PAIRS_NEEDED,
    "epoch_losses": EPOCH_LOSSES,
    "neighbor_overlap": NEIGHBOR_OVERLAP,
}
