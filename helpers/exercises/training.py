"""Checks for `helpers.training` (lesson 0)."""

import torch

from . import Exercise, Mistake, Property


def sizes_and_seeds():
    """(words, dimensions, seed)."""
    return [(2, 4, 1), (3, 2, 1), (5, 10, 7)]


def uniform(words, dimensions, seed):
    """Numbers between 0 and 1 from a seeded generator."""
    return torch.rand(words, dimensions, generator=torch.Generator().manual_seed(seed))


EXERCISES = {
    "initial_vectors": Exercise(
        sizes_and_seeds,
        (
            Mistake(
                lambda words, dimensions, seed: uniform(words, dimensions, seed) / dimensions,
                "모두 0보다 큽니다. 나누기 전에 0.5를 빼서 0을 가운데에 놓아 주세요.",
                "all of them are positive. Subtract 0.5 before dividing, so that zero lies in the middle.",
            ),
            Mistake(
                lambda words, dimensions, seed: uniform(words, dimensions, seed) - 0.5,
                "차원으로 나누지 않았습니다. 범위는 ±0.5 / dimensions입니다.",
                "not divided by the dimensions. The range is ±0.5 / dimensions.",
            ),
            Mistake(
                lambda words, dimensions, seed: uniform(words, dimensions, seed) - 0.5 / dimensions,
                "괄호가 빠졌습니다. 0.5를 먼저 뺀 다음 전체를 dimensions로 나누어야 합니다.",
                "a pair of brackets is missing: subtract 0.5 first, then divide everything by dimensions.",
            ),
            Mistake(
                lambda words, dimensions, seed: (uniform(words, dimensions, seed) - 0.5) / words,
                "단어 수로 나누었습니다. 차원 수로 나누어 주세요.",
                "divided by the number of words. Divide by the number of dimensions.",
            ),
            Mistake(
                lambda words, dimensions, seed: (uniform(dimensions, words, seed) - 0.5) / dimensions,
                "행과 열이 바뀌었습니다. 단어 하나가 한 행이므로 모양은 (words, dimensions)입니다.",
                "rows and columns are swapped. A word is a row: the shape is (words, dimensions).",
            ),
            Mistake(
                lambda words, dimensions, seed: (
                    torch.randn(words, dimensions, generator=torch.Generator().manual_seed(seed)) / dimensions
                ),
                "정규분포(randn)에서 뽑았습니다. 여기서는 균등분포(rand)가 필요합니다.",
                "drawn from the normal distribution (randn). Use the uniform one (rand).",
            ),
        ),
        (
            Property(
                lambda value, words, dimensions, seed: tuple(value.shape) == (words, dimensions),
                "결과의 모양은 (words, dimensions)여야 합니다.",
                "the result must have the shape (words, dimensions).",
            ),
            Property(
                lambda value, words, dimensions, seed: float(abs(value).max()) <= 0.5 / dimensions + 1e-6,
                "±0.5 / dimensions 범위를 벗어난 값이 있습니다.",
                "some values lie outside ±0.5 / dimensions.",
            ),
            Property(
                lambda value, words, dimensions, seed: torch.allclose(
                    torch.as_tensor(value), (uniform(words, dimensions, seed) - 0.5) / dimensions
                ),
                "범위는 맞지만 숫자가 다릅니다. seed의 생성기로 (words, dimensions)를 한 번에 뽑고 0.5를 뺐나요?",
                "the range is right, the numbers are not. Draw (words, dimensions) at once, with this seed.",
            ),
        ),
    )
}
