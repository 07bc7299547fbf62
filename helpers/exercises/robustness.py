"""Exercises on `helpers.robustness`: what is compared, and the classic wrong answers with their reasons."""

import torch

from helpers import subwords

from . import Exercise, Mistake, Property


def drawn(*shape, seed=0):
    """Normal random numbers from a seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# oov_vector(word, table, min_n, max_n) → (dim,)


def words():
    """(word, table, min_n, max_n): Hangul, ASCII, one without such n-grams, one that repeats some."""
    yield "시나브로", drawn(50, 3), 3, 6
    yield "word", drawn(20, 3, seed=1), 3, 3
    yield "가", drawn(20, 3, seed=2), 4, 6
    yield "하하하하", drawn(30, 2, seed=3), 1, 2


def looked_up(word, table, min_n, max_n, hashing=subwords.fnv1a, cut=subwords.ngrams):
    """The n-grams' rows, with the knobs that the mistakes turn."""
    return table[[hashing(piece) % len(table) for piece in cut(word, min_n, max_n)]]


OOV_VECTOR = Exercise(
    words,
    (
        Mistake(
            lambda word, table, min_n, max_n: looked_up(word, table, min_n, max_n).sum(0),
            "더하기만 했습니다. n-그램의 수로 나누어야 합니다.",
            "this is the sum. Divide by the number of n-grams.",
        ),
        Mistake(
            lambda word, table, min_n, max_n: looked_up(word, table, min_n, max_n).mean(0),
            "n-그램이 하나도 없는 단어에서 0으로 나누었습니다. 그때는 0 벡터를 돌려주세요.",
            "a word without n-grams divided by zero. It should give a vector of zeros.",
        ),
        Mistake(
            lambda word, table, min_n, max_n: averaged(
                looked_up(word, table, min_n, max_n, lambda piece: subwords.fnv1a(piece, textbook=True))
            ),
            "교과서의 해시를 썼습니다. fastText는 바이트를 부호 있는 수로 읽습니다.",
            "this is the textbook's hash. fastText reads bytes as signed numbers.",
        ),
        Mistake(
            lambda word, table, min_n, max_n: averaged(looked_up(word, table, min_n, max_n, cut=unmarked)),
            "경계 표시 <와 >를 붙이지 않았습니다.",
            "the boundary marks < and > are missing.",
        ),
        Mistake(
            lambda word, table, min_n, max_n: averaged(
                looked_up(word, table, min_n, max_n, cut=lambda *a: [*subwords.ngrams(*a), f"<{word}>"])
            ),
            "단어 자신을 하나 더 넣었습니다. 미등록 단어에는 자기 행이 없습니다.",
            "the word itself was added. An unknown word has no row of its own.",
        ),
        Mistake(
            lambda word, table, min_n, max_n: averaged(
                looked_up(word, table, min_n, max_n, cut=lambda *a: list(dict.fromkeys(subwords.ngrams(*a))))
            ),
            "두 번 나온 n-그램을 한 번만 세었습니다.",
            "an n-gram that occurs twice was counted once.",
        ),
    ),
    (
        Property(
            lambda value, word, table, min_n, max_n: tuple(value.shape) == (table.shape[1],),
            "결과의 모양은 (차원,)이어야 합니다.",
            "the result must have the shape (dimensions,).",
        ),
    ),
)


def averaged(rows):
    return rows.mean(0) if len(rows) else torch.zeros(rows.shape[1])


def unmarked(word, min_n, max_n):
    return [word[i : i + n] for i in range(len(word)) for n in range(min_n, max_n + 1) if i + n <= len(word)]


EXERCISES = {"oov_vector": OOV_VECTOR}
