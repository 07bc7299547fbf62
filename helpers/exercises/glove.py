"""Exercises on `helpers.glove`: what is compared, and the classic wrong answers with their reasons."""

import numpy as np

from helpers.exercises import Exercise, Mistake, Property

# weight(x, x_max, alpha) → like x

COUNTS = np.array([1.0, 10.0, 50.0, 100.0, 400.0])

WEIGHT = Exercise(
    cases=lambda: [
        (np.array([1.0, 16.0, 32.0]), 16, 0.75),
        (COUNTS, 100, 0.75),
        (COUNTS, 10, 0.75),
        (COUNTS, 100, 0.5),
    ],
    mistakes=(
        Mistake(
            lambda x, x_max, alpha: (x / x_max) ** alpha,
            "x_max를 넘는 빈도에서 1보다 큽니다. 거기서부터는 1로 자르세요.",
            "above x_max this grows beyond 1: from there on the weight stays 1.",
        ),
        Mistake(
            lambda x, x_max, alpha: np.minimum(x / x_max, 1),
            "alpha제곱을 하지 않았습니다.",
            "the power alpha is missing.",
        ),
        Mistake(
            lambda x, x_max, alpha: np.minimum(x, x_max) ** alpha / x_max,
            "나누기 전에 거듭제곱했습니다. x / x_max를 먼저 구해 alpha제곱하세요.",
            "the power came before the division: take (x / x_max) to the power alpha.",
        ),
        Mistake(
            lambda x, x_max, alpha: np.minimum(x, x_max) ** alpha,
            "x_max로 나누지 않았습니다. 가중치는 1을 넘지 않아야 합니다.",
            "the division by x_max is missing; no weight is above 1.",
        ),
        Mistake(
            lambda x, x_max, alpha: np.where(x < x_max, (x / x_max) ** alpha, 0),
            "x_max 이상의 빈도가 0이 되었습니다. 버리는 것이 아니라 1로 둡니다.",
            "counts from x_max on got 0: they are not dropped, they weigh 1.",
        ),
        Mistake(
            lambda x, x_max, alpha: np.minimum(x_max / x, 1) ** alpha,
            "분수가 뒤집혔습니다. 빈도가 작을수록 가중치가 작아야 합니다.",
            "the fraction is upside down: small counts should weigh little.",
        ),
        Mistake(
            lambda x, x_max, alpha: np.minimum(x / x_max, 1) ** 0.75,
            "alpha 대신 0.75를 적어 두었습니다. 받은 alpha를 쓰세요.",
            "0.75 is written where alpha should be: use the argument.",
        ),
        Mistake(
            lambda x, x_max, alpha: np.minimum(x / 100, 1) ** alpha,
            "x_max 대신 100을 적어 두었습니다. 받은 x_max를 쓰세요.",
            "100 is written where x_max should be: use the argument.",
        ),
    ),
    properties=(
        Property(
            lambda value, x, x_max, alpha: np.shape(value) == np.shape(x),
            "빈도마다 가중치가 하나씩 있어야 합니다.",
            "there should be one weight per count.",
        ),
        Property(
            lambda value, x, x_max, alpha: np.all(np.asarray(value) <= 1) and np.all(np.asarray(value) >= 0),
            "가중치는 0과 1 사이에 있어야 합니다.",
            "a weight lies between 0 and 1.",
        ),
    ),
)

# cost and gradients of one nonzero: (w, c, b_w, b_c, x, x_max, alpha)


def by_hand():
    """w · c = 1, biases 0.5 and −0.5, log x = 0: the error is 1, and f(1) at 16 is 1/8."""
    return np.array([1.0, 2.0]), np.array([3.0, -1.0]), 0.5, -0.5, 1.0, 16, 0.75


def drawn(seed, x, x_max=10, alpha=0.75):
    """Random vectors and biases, two decimals each, so that a failing case can be worked by hand."""
    draw = np.random.default_rng(seed)
    w, c = np.round(draw.normal(size=(2, 3)), 2)
    b_w, b_c = np.round(draw.normal(size=2), 2).tolist()
    return w, c, b_w, b_c, x, x_max, alpha


def cases():
    return [by_hand(), drawn(1, 4.0), drawn(2, 25.0), drawn(3, 0.5, x_max=100, alpha=0.5)]


def f(x, x_max, alpha):
    return min(x / x_max, 1) ** alpha


def error(w, c, b_w, b_c, x, log=np.log):
    return w @ c + b_w + b_c - log(x)


def costed(rule=lambda f, e: 0.5 * f * e * e, e=error, f=f):
    """A wrong cost that combines weight and error by a rule."""
    return lambda w, c, b_w, b_c, x, x_max, alpha: rule(f(x, x_max, alpha), e(w, c, b_w, b_c, x))


COST = Exercise(
    cases=cases,
    mistakes=(
        Mistake(
            costed(lambda f, e: f * e * e),
            "½이 빠졌습니다. 논문의 J에는 없지만 glove.c와 이 수업의 비용에는 있습니다.",
            "the ½ is missing: the paper's J has none, but glove.c and this course's cost have it.",
        ),
        Mistake(
            costed(lambda f, e: 0.5 * e * e),
            "가중 함수 f(x)를 곱하지 않았습니다.",
            "the weight f(x) is missing.",
        ),
        Mistake(
            costed(lambda f, e: 0.5 * (f * e) ** 2),
            "f(x)까지 제곱했습니다. 오차만 제곱합니다.",
            "f(x) was squared along: only the error is.",
        ),
        Mistake(
            costed(lambda f, e: 0.5 * f * abs(e)),
            "오차를 제곱하지 않았습니다.",
            "the error was not squared.",
        ),
        Mistake(
            costed(e=lambda w, c, b_w, b_c, x: w @ c - np.log(x)),
            "편향 두 개를 더하지 않았습니다.",
            "the two biases are missing.",
        ),
        Mistake(
            costed(e=lambda *a: error(*a, log=lambda x: x)),
            "빈도 자체에 맞추었습니다. 맞출 값은 log x입니다.",
            "this is fitted to the count itself: the target is log x.",
        ),
        Mistake(
            costed(e=lambda *a: error(*a, log=np.log1p)),
            "log(1 + x)를 썼습니다. 0이 아닌 칸만 다루므로 log x면 됩니다.",
            "this takes log(1 + x): only nonzero cells are used, so log x it is.",
        ),
    ),
)


def graded(g=lambda f, e: f * e, e=error, parts=lambda g, w, c, e, f: (g * c, g * w, g, g)):
    """Wrong gradients: a rule for the common factor g, and one for the four parts made of it."""

    def wrong(w, c, b_w, b_c, x, x_max, alpha):
        weight, miss = f(x, x_max, alpha), e(w, c, b_w, b_c, x)
        return parts(g(weight, miss), w, c, miss, weight)

    return wrong


GRADIENTS = Exercise(
    cases=cases,
    mistakes=(
        Mistake(
            graded(lambda f, e: 2 * f * e),
            "2가 남았습니다. 비용에 ½이 있으므로 미분하면 2와 지워집니다.",
            "a factor 2 is left over: the ½ of the cost cancels it.",
        ),
        Mistake(
            graded(lambda f, e: e),
            "가중 함수 f(x)를 곱하지 않았습니다.",
            "the weight f(x) is missing.",
        ),
        Mistake(
            graded(lambda f, e: -f * e),
            "부호가 반대입니다. 오차는 (내적 + 편향 − log x)입니다.",
            "the sign is reversed: the error is dot product plus biases minus log x.",
        ),
        Mistake(
            graded(parts=lambda g, w, c, e, f: (g * w, g * c, g, g)),
            "두 벡터가 바뀌었습니다. w·c를 w로 미분하면 c가 남습니다.",
            "the two vectors are swapped: the derivative of w · c by w is c.",
        ),
        Mistake(
            graded(parts=lambda g, w, c, e, f: (g * c, g * w, e, e)),
            "편향의 기울기에 f(x)를 곱하지 않았습니다.",
            "the biases' gradients lack f(x).",
        ),
        Mistake(
            graded(parts=lambda g, w, c, e, f: (g * c, g * w, 0.0, 0.0)),
            "편향의 기울기가 빠졌습니다. 편향도 함께 학습합니다.",
            "the biases' gradients are missing: biases are learned as well.",
        ),
        Mistake(
            graded(e=lambda w, c, b_w, b_c, x: w @ c - np.log(x)),
            "오차에 편향 두 개를 더하지 않았습니다.",
            "the error lacks the two biases.",
        ),
        Mistake(
            graded(e=lambda *a: error(*a, log=lambda x: x)),
            "빈도 자체에 맞추었습니다. 맞출 값은 log x입니다.",
            "this is fitted to the count itself: the target is log x.",
        ),
        Mistake(
            graded(parts=lambda g, w, c, e, f: (w - g * c, c - g * w, -g, -g)),
            "한 걸음 간 뒤의 벡터입니다. 여기서는 기울기만 돌려주세요.",
            "these are the vectors after a step: asked for are the gradients alone.",
        ),
    ),
    properties=(
        Property(
            lambda value, *case: len(value) == 4,
            "기울기 네 개를 돌려주세요: w, c, b_w, b_c의 순서입니다.",
            "return four gradients, in the order w, c, b_w, b_c.",
        ),
        Property(
            lambda value, *case: [np.shape(v) for v in value] == [np.shape(v) for v in case[:4]],
            "기울기의 모양은 미분하는 것의 모양과 같아야 합니다.",
            "a gradient has the shape of what it is the derivative by.",
        ),
    ),
)

# best_bias(scores, counts, x_max, alpha) → (V,)


def best_bias(scores, counts, x_max, alpha):
    """The bias of each row for which GloVe's objective is least, everything else held still, (V,).

    scores (V, V): w_i · c_k + b_k, without the row's own bias; counts (V, V), of which zeros take no part.
    """
    seen = counts > 0
    f = np.where(seen, np.minimum(counts / x_max, 1) ** alpha, 0)
    misses = np.log(np.where(seen, counts, 1)) - scores
    return (f * misses).sum(1) / f.sum(1)


def rows():
    """(scores, counts, x_max, alpha): one row by hand (log 1 and log e, weights 1), then rows with zeros."""
    draw = np.random.default_rng(2)
    yield np.array([[0.0, 0.0]]), np.array([[1.0, np.e]]), 1, 0.75
    yield draw.normal(size=(3, 3)).round(2), np.array([[0.0, 4.0, 30.0], [2.0, 0.0, 1.0], [8.0, 8.0, 0.5]]), 10, 0.75
    yield draw.normal(size=(3, 3)).round(2), draw.integers(1, 90, (3, 3)).astype(float), 100, 0.5


def biased(weight=None, rule=lambda f, miss: (f * miss).sum(1) / f.sum(1), log=np.log, zeros=0.0):
    """A wrong best_bias: another weight, another way to take the mean, another logarithm, or zeros that take part."""

    def wrong(scores, counts, x_max, alpha):
        f = np.minimum(counts / x_max, 1) ** alpha if weight is None else weight(counts, x_max, alpha)
        f = np.where(counts > 0, f, zeros)
        return rule(f, log(np.where(counts > 0, counts, 1)) - scores)

    return wrong


BEST_BIAS = Exercise(
    cases=rows,
    mistakes=(
        Mistake(
            biased(lambda counts, x_max, alpha: np.ones_like(counts)),
            "가중치 없이 평균했습니다. 목적 함수의 항마다 f(x)가 곱해져 있습니다.",
            "this is the plain mean: each term of the objective carries its f(x).",
        ),
        Mistake(
            biased(zeros=1.0),
            "0인 칸까지 넣었습니다. GloVe는 센 칸만 배웁니다.",
            "cells with 0 took part: GloVe learns from cells that were counted.",
        ),
        Mistake(
            biased(rule=lambda f, miss: (f * miss).sum(1)),
            "가중치의 합으로 나누지 않았습니다. 미분해 0으로 놓으면 b에 Σf가 곱해져 있습니다.",
            "not divided by the sum of weights: in the derivative, set to 0, b is multiplied by Σ f.",
        ),
        Mistake(
            biased(rule=lambda f, miss: -(f * miss).sum(1) / f.sum(1)),
            "부호가 반대입니다. 점수가 log x에 못 미치면 편향이 커져야 합니다.",
            "the sign is reversed: where scores fall short of log x, the bias has to rise.",
        ),
        Mistake(
            biased(rule=lambda f, miss: (f**2 * miss).sum(1) / (f**2).sum(1)),
            "f까지 제곱했습니다. 제곱하는 것은 오차뿐입니다.",
            "f was squared along: only the error is.",
        ),
        Mistake(
            biased(log=lambda x: x),
            "빈도 자체에 맞추었습니다. 맞출 값은 log x입니다.",
            "this is fitted to the count itself: the target is log x.",
        ),
    ),
    properties=(
        Property(
            lambda value, scores, counts, x_max, alpha: np.shape(value) == (len(counts),),
            "행마다 수 하나씩, 모양은 (단어,)입니다.",
            "one number for each row, of shape (words,).",
        ),
    ),
)

EXERCISES = {
    "weight": WEIGHT,
    "cost": COST,
    "gradients": GRADIENTS,
    "best_bias": BEST_BIAS,
}
