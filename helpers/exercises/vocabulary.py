"""Exercises on `helpers.vocabulary`: what is compared, and the classic wrong answers with their reasons."""

import numpy as np

from helpers.exercises import Exercise, Mistake, Property


def frequency(counts):
    counts = np.asarray(counts, dtype=float)
    return counts / counts.sum()


def keep(f, t):
    return np.minimum(1.0, (np.sqrt(f / t) + 1) * t / f)


# keep_probability(counts, sample) → float array

COUNTS = np.array([900, 90, 9, 1])

KEEP_PROBABILITY = Exercise(
    cases=lambda: [
        (np.array([500, 500]), 0.125),
        (COUNTS, 0.1),
        (COUNTS, 1e-3),
        (np.array([6, 3, 3, 2, 1]), 0.05),
    ],
    mistakes=(
        Mistake(
            lambda counts, sample: 1 - keep(frequency(counts), sample),
            "버릴 확률을 구했습니다. 유지 확률은 1에서 그것을 뺀 값입니다.",
            "this is the probability of discarding; keeping is one minus that.",
        ),
        Mistake(
            lambda counts, sample: np.minimum(1.0, np.sqrt(sample / frequency(counts))),
            "논문의 식 sqrt(t/f)입니다. 여기서는 word2vec.c의 식 (sqrt(f/t) + 1)·t/f를 씁니다.",
            "this is the paper's formula sqrt(t/f); asked for is that of word2vec.c, (sqrt(f/t) + 1) · t/f.",
        ),
        Mistake(
            lambda counts, sample: 1 - np.minimum(1.0, np.sqrt(sample / frequency(counts))),
            "논문의 식으로 버릴 확률을 구했습니다. 여기서는 word2vec.c의 식으로 유지 확률을 구합니다.",
            "this is the paper's probability of discarding; asked for is word2vec.c's probability of keeping.",
        ),
        Mistake(
            lambda counts, sample: keep(np.asarray(counts, dtype=float), sample),
            "f 자리에 빈도수를 그대로 넣었습니다. f는 전체에서 차지하는 비율, counts / counts.sum()입니다.",
            "f was taken to be the count: it is the share of all tokens, counts / counts.sum().",
        ),
        Mistake(
            lambda counts, sample: keep(np.asarray(counts) / np.max(counts), sample),
            "가장 큰 빈도로 나누었습니다. f는 모든 빈도의 합으로 나눈 값입니다.",
            "divided by the largest count: f is the count divided by the sum of all counts.",
        ),
        Mistake(
            lambda counts, sample: (np.sqrt(frequency(counts) / sample) + 1) * sample / frequency(counts),
            "드문 단어에서 확률이 1을 넘었습니다. np.minimum(1, …)으로 1에서 자르세요.",
            "for rare words this exceeds 1: cut it off with np.minimum(1, …).",
        ),
        Mistake(
            lambda counts, sample: keep(sample, frequency(counts)),
            "f와 t의 자리가 바뀌었습니다. 자주 나오는 단어일수록 유지 확률이 작아야 합니다.",
            "f and t are swapped: the more frequent the word, the smaller its probability must be.",
        ),
        Mistake(
            lambda counts, sample: np.minimum(1.0, np.sqrt(frequency(counts) / sample) + sample / frequency(counts)),
            "괄호가 빠졌습니다. (sqrt(f/t) + 1) 전체에 t/f를 곱합니다.",
            "a pair of brackets is missing: t/f multiplies the whole of (sqrt(f/t) + 1).",
        ),
        Mistake(
            lambda counts, sample: keep(frequency(counts), sample) / keep(frequency(counts), sample).sum(),
            "단어마다 따로 정해지는 확률이므로 합이 1일 필요가 없습니다. 정규화하지 마세요.",
            "each word has a probability of its own; they need not sum to 1, so do not normalize.",
        ),
    ),
    properties=(
        Property(
            lambda value, counts, sample: np.shape(value) == np.shape(counts),
            "단어마다 확률 하나, 즉 counts와 같은 모양의 배열이어야 합니다.",
            "there must be one probability for each word: an array of the shape of counts.",
        ),
        Property(
            lambda value, counts, sample: np.all((np.asarray(value) > 0) & (np.asarray(value) <= 1)),
            "확률은 0보다 크고 1 이하여야 합니다.",
            "probabilities must be above 0 and at most 1.",
        ),
        Property(
            lambda value, counts, sample: np.all(np.diff(np.asarray(value)[np.argsort(counts)]) <= 1e-9),
            "자주 나오는 단어일수록 유지 확률이 작거나 같아야 합니다.",
            "a more frequent word must not have a larger probability of being kept.",
        ),
    ),
)


# noise(counts, exponent) → float array that sums to 1


def softmax(scores):
    weights = np.exp(scores - np.max(scores))
    return weights / weights.sum()


NOISE = Exercise(
    cases=lambda: [
        (np.array([16, 1]), 0.75),
        (np.array([90, 9, 1]), 0.75),
        (COUNTS, 0.5),
        (np.array([8, 4, 4, 2, 1]), 1.0),
    ],
    mistakes=(
        Mistake(
            lambda counts, exponent: np.asarray(counts, dtype=float) ** exponent,
            "거듭제곱한 빈도수 그대로입니다. 합으로 나누어 확률로 만드세요.",
            "these are still powers of counts: divide by their sum to get probabilities.",
        ),
        Mistake(
            lambda counts, exponent: frequency(counts) ** exponent,
            "정규화한 뒤에 거듭제곱하면 합이 1이 아닙니다. 거듭제곱한 다음 다시 합으로 나누세요.",
            "the power after normalizing breaks the sum of 1: divide by the sum once more, after the power.",
        ),
        Mistake(
            lambda counts, exponent: frequency(counts),
            "빈도에 비례하는 분포입니다. 합으로 나누기 전에 exponent 제곱을 하세요.",
            "this is proportional to the counts: raise them to the exponent before dividing by the sum.",
        ),
        Mistake(
            lambda counts, exponent: np.full(len(counts), 1 / len(counts)),
            "모든 단어의 확률이 같습니다. 잡음은 빈도의 거듭제곱에 비례해야 합니다.",
            "every word is equally likely here: the noise must follow a power of the counts.",
        ),
        Mistake(
            lambda counts, exponent: np.asarray(counts) * exponent / np.sum(counts),
            "exponent를 곱했습니다. 거듭제곱은 **입니다.",
            "the exponent was multiplied: a power is written **.",
        ),
        Mistake(
            lambda counts, exponent: frequency(np.asarray(counts, dtype=float) ** 0.75),
            "지수를 0.75로 고정했습니다. exponent 인자를 쓰세요.",
            "the power is fixed at 0.75: use the argument exponent.",
        ),
        Mistake(
            lambda counts, exponent: np.asarray(counts, dtype=float) ** exponent / np.sum(counts),
            "거듭제곱하기 전의 합으로 나누었습니다. 거듭제곱한 값들의 합으로 나누세요.",
            "divided by the sum before the power: divide by the sum of the powers.",
        ),
        Mistake(
            lambda counts, exponent: frequency(1 / np.asarray(counts, dtype=float) ** exponent),
            "드문 단어일수록 커졌습니다. 자주 나오는 단어가 잡음으로도 자주 뽑혀야 합니다.",
            "rare words come out most likely: frequent words must be drawn more often.",
        ),
        Mistake(
            lambda counts, exponent: softmax(np.asarray(counts, dtype=float) * exponent),
            "소프트맥스가 아니라 거듭제곱의 비율입니다.",
            "not a softmax: each word's share of the summed powers.",
        ),
    ),
    properties=(
        Property(
            lambda value, counts, exponent: np.shape(value) == np.shape(counts),
            "단어마다 확률 하나, 즉 counts와 같은 모양의 배열이어야 합니다.",
            "there must be one probability for each word: an array of the shape of counts.",
        ),
        Property(
            lambda value, counts, exponent: np.isclose(np.sum(value), 1),
            "확률의 합이 1이 아닙니다.",
            "the probabilities do not sum to 1.",
        ),
    ),
)

# covered(counts, min_count) → share


def covered(counts, min_count):
    """Of all tokens, the share whose word occurs `min_count` times or more; counts: {word: how often}."""
    return sum(count for count in counts.values() if count >= min_count) / sum(counts.values())


COVERED = Exercise(
    cases=lambda: [
        ({"a": 3, "b": 1}, 2),
        ({"a": 4, "b": 2, "c": 2, "d": 1, "e": 1}, 2),
        ({"the": 50, "of": 20, "cat": 5, "dog": 4, "sat": 1}, 5),
        ({"the": 50, "of": 20, "cat": 5, "dog": 4, "sat": 1}, 100),
    ],
    mistakes=(
        Mistake(
            lambda counts, min_count: sum(count >= min_count for count in counts.values()) / len(counts),
            "단어의 종류를 셌습니다. 글에 나온 토큰을 세어야 하므로, 자주 나온 단어는 나온 만큼 셉니다.",
            "this counts different words. Count the tokens of the text: a frequent word counts as often as it occurs.",
        ),
        Mistake(
            lambda counts, min_count: sum(n for n in counts.values() if n > min_count) / sum(counts.values()),
            "꼭 min_count번 나온 단어를 버렸습니다. min_count번 이상이면 남습니다.",
            "words of exactly min_count were thrown away. They stay: min_count or more.",
        ),
        Mistake(
            lambda counts, min_count: sum(n for n in counts.values() if n < min_count) / sum(counts.values()),
            "버려지는 토큰의 비율입니다. 어휘가 덮는 비율은 1에서 그것을 뺀 값입니다.",
            "this is the share that is lost. The vocabulary covers one minus that.",
        ),
        Mistake(
            lambda counts, min_count: sum(n for n in counts.values() if n >= min_count),
            "토큰의 수까지 구했습니다. 전체 토큰의 수로 나누면 비율이 됩니다.",
            "this is a number of tokens. Divide by the number of all tokens to get a share.",
        ),
    ),
)

EXERCISES = {"keep_probability": KEEP_PROBABILITY, "noise": NOISE, "covered": COVERED}
