"""Exercises on `helpers.scores` (lesson 6): what is compared, and the classic wrong answers with their reasons."""

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
            "같은 값에 다른 순위를 주었습니다. 동점은 자리의 평균을 나누어 갖습니다.",
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


# answers(table, questions) → (n,)


def questions():
    """(table, questions): royalty by hand, vectors of different length, a query word that is closest, drawn."""
    royal = np.array([[1.0, 0.0, 0.1], [0.0, 1.0, 0.1], [1.0, 0.1, 1.0], [0.1, 1.0, 1.0], [0.5, 0.5, -1.0]])
    yield royal, np.array([[0, 1, 2]])
    yield royal, np.array([[0, 1, 2], [0, 2, 1], [2, 0, 3]])
    yield royal * np.array([[1.0], [9.0], [1.0], [0.2], [5.0]]), np.array([[0, 1, 2], [2, 3, 0]])
    yield np.array([[1.0, 0.0], [0.9, 0.4], [0.0, 1.0], [-1.0, 0.5], [-0.3, 0.9]]), np.array([[0, 1, 2], [2, 0, 1]])
    draw = np.random.default_rng(0)
    yield (
        drawn(40, 6, seed=3) * draw.uniform(0.2, 3, (40, 1)),
        np.array([draw.choice(40, 3, replace=False) for _ in range(30)]),
    )


def unit(table):
    return table / np.linalg.norm(table, axis=1, keepdims=True)


def closest(table, questions, target, exclude=True, scale=True):
    table = unit(table) if scale else table
    found = []
    for a, b, c in questions:
        closeness = table @ target(table[a], table[b], table[c])
        if exclude:
            closeness[[a, b, c]] = -np.inf
        found.append(int(closeness.argmax()))
    return np.array(found)


def by_distance(table, questions):
    table, found = unit(table), []
    for a, b, c in questions:
        distance = np.linalg.norm(table - (table[b] - table[a] + table[c]), axis=1)
        distance[[a, b, c]] = -np.inf
        found.append(int(distance.argmax()))
    return np.array(found)


ANSWERS = Exercise(
    questions,
    (
        Mistake(
            lambda table, asked: closest(table, asked, lambda a, b, c: b - a + c, exclude=False),
            "질문에 나온 단어가 답이 되었습니다. b − a + c는 대개 c나 b에 가장 가까우므로 세 단어를 빼고 찾으세요.",
            "a word of the question came out. b − a + c is mostly closest to c or b itself: leave the three out.",
        ),
        Mistake(
            lambda table, asked: closest(table, asked, lambda a, b, c: a - b + c),
            "방향이 반대입니다. a에서 b로 가는 변화를 c에 더하므로 b − a + c입니다.",
            "the wrong way round: what leads from a to b is added to c, b − a + c.",
        ),
        Mistake(
            lambda table, asked: closest(table, asked, lambda a, b, c: a + b + c),
            "세 벡터를 모두 더했습니다. a는 빼야 합니다.",
            "all three vectors were added. Subtract a.",
        ),
        Mistake(
            lambda table, asked: closest(table, asked, lambda a, b, c: b - a + c, scale=False),
            "벡터의 길이가 섞였습니다. 먼저 모든 벡터의 길이를 1로 맞추세요.",
            "lengths got mixed in. Bring every vector to length 1 first.",
        ),
        Mistake(
            by_distance,
            "거리의 최댓값을 골랐습니다. 가장 가까운 단어는 거리가 가장 작은(코사인이 가장 큰) 단어입니다.",
            "the largest distance was taken. The closest word has the smallest distance, the largest cosine.",
        ),
    ),
    (
        Property(
            lambda value, table, asked: np.asarray(value).shape == (len(asked),),
            "질문마다 행 번호 하나씩, 모양은 (질문 수,)여야 합니다.",
            "one row number for each question: the shape must be (questions,).",
        ),
        Property(
            lambda value, table, asked: not (np.asarray(value)[:, None] == asked).any(),
            "질문의 세 단어는 답이 될 수 없습니다.",
            "none of the three words of a question may be its answer.",
        ),
    ),
)


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

EXERCISES = {
    "rank_correlation": RANK_CORRELATION,
    "answers": ANSWERS,
    "neighbor_overlap": NEIGHBOR_OVERLAP,
}
