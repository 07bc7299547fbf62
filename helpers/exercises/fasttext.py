"""Exercises on `helpers.fasttext`: what is compared, and the classic wrong answers with their reasons."""

import torch

from . import Exercise, Mistake, Property


def drawn(*shape, seed=0):
    """Normal random numbers from a seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# gather(table, rows, starts) → (bags, dim)


def bags():
    """(table, rows, starts): one word, two, words of different length, a row that stands twice."""
    small = torch.tensor([[1.0, 0.0], [3.0, 2.0], [5.0, 4.0], [9.0, 9.0]])
    yield small, torch.tensor([0, 1]), torch.tensor([0, 2])
    yield small, torch.tensor([0, 1, 2, 3, 3]), torch.tensor([0, 2, 5])
    yield small, torch.tensor([2, 0, 1, 2, 1]), torch.tensor([0, 1, 5])
    yield drawn(9, 4), torch.tensor([8, 0, 8, 8, 3, 1, 2, 5, 5, 4]), torch.tensor([0, 3, 4, 10])


def each(table, rows, starts, combine):
    """One vector for each word, from its own rows."""
    return torch.stack([combine(table[rows[a:b]]) for a, b in zip(starts.tolist(), starts.tolist()[1:])])


GATHER = Exercise(
    bags,
    (
        Mistake(
            lambda table, rows, starts: each(table, rows, starts, lambda bag: bag.sum(0)),
            "더하기만 했습니다. fastText의 코드는 단어마다 행의 수로 나눕니다.",
            "this is the sum. The code of fastText divides by the number of rows of each word.",
        ),
        Mistake(
            lambda table, rows, starts: each(table, rows, starts, lambda bag: bag.sum(0)) / len(rows),
            "모든 단어의 행의 수로 나누었습니다. 단어마다 자기 행의 수로 나누어야 합니다.",
            "it was divided by the number of all rows. Divide by the rows of each word.",
        ),
        Mistake(
            lambda table, rows, starts: each(table, rows, starts, lambda bag: bag[1:].mean(0)),
            "첫 번째 행, 곧 단어 자신의 행이 빠졌습니다.",
            "the first row, the word's own, is missing.",
        ),
        Mistake(
            lambda table, rows, starts: each(table, rows, starts, lambda bag: torch.unique(bag, dim=0).mean(0)),
            "두 번 나온 행을 한 번만 세었습니다. n-그램은 나올 때마다 셉니다.",
            "a row that stands twice was counted once. N-grams count as often as they occur.",
        ),
        Mistake(
            lambda table, rows, starts: torch.stack([table[a:b].mean(0) for a, b in zip(starts, starts[1:])]),
            "rows를 쓰지 않았습니다. 표에서 꺼낼 행은 rows[starts[i] : starts[i + 1]]입니다.",
            "rows was not used. The rows to take from the table are rows[starts[i] : starts[i + 1]].",
        ),
    ),
    (
        Property(
            lambda value, table, rows, starts: tuple(value.shape) == (len(starts) - 1, table.shape[1]),
            "결과의 모양은 (단어 수, 차원)이어야 합니다. starts의 마지막은 끝의 자리입니다.",
            "the result must have the shape (words, dimensions). The last of starts is where the last word ends.",
        ),
    ),
)


EXERCISES = {"gather": GATHER}
