"""Checks for `helpers.vectors` (lesson 0)."""

import torch

from . import Exercise, Mistake, Property


def pairs_of_vectors():
    """Two vectors each: by hand, at right angles, opposite, drawn."""
    yield torch.tensor([1.0, 1.0, 1.0, 1.0]), torch.tensor([1.0, 1.0, 1.0, -1.0])
    yield torch.tensor([3.0, 4.0]), torch.tensor([4.0, 3.0])
    yield torch.tensor([2.0, 0.0]), torch.tensor([0.0, 5.0])
    yield torch.tensor([1.0, 2.0, 2.0]), torch.tensor([-2.0, -4.0, -4.0])
    yield tuple(torch.randn(2, 7, generator=torch.Generator().manual_seed(0)))


def pairs_of_tables():
    """Two tables each, with different numbers of rows in all but one case."""
    yield torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, 3.0], [0.0, 2.0]])
    yield torch.tensor([[1.0, 1.0], [2.0, 0.0]]), torch.tensor([[0.0, 3.0], [1.0, -1.0]])
    draw = torch.Generator().manual_seed(0)
    yield torch.randn(5, 4, generator=draw), torch.randn(3, 4, generator=draw)


def tables_and_ids():
    """A table and word ids; one id stands twice, and one table is square."""
    table = torch.arange(12.0).reshape(4, 3)
    yield table, torch.tensor([1])
    yield table, torch.tensor([2, 0, 2])
    yield torch.arange(9.0).reshape(3, 3), torch.tensor([0, 1, 0])


EXERCISES = {
    "cosine": Exercise(
        pairs_of_vectors,
        (
            Mistake(
                lambda a, b: float(a @ b),
                "내적까지만 구했습니다. 두 벡터의 길이로 나누어야 방향만 남습니다.",
                "this is the dot product. Divide by both lengths, so that only the directions count.",
            ),
            Mistake(
                lambda a, b: float(a @ b / a.norm()),
                "한쪽 길이로만 나누었습니다. 두 벡터의 길이 모두로 나누어 주세요.",
                "divided by the first length only. Divide by both.",
            ),
            Mistake(
                lambda a, b: float(a @ b / ((a @ a) * (b @ b))),
                "길이의 제곱으로 나누었습니다. 길이는 제곱합의 제곱근입니다.",
                "divided by the squared lengths. A length is the square root of the sum of squares.",
            ),
            Mistake(
                lambda a, b: float(a @ b / (a.norm() + b.norm())),
                "두 길이를 더했습니다. 곱해야 합니다.",
                "the two lengths were added. Multiply them.",
            ),
            Mistake(
                lambda a, b: float(1 - a @ b / (a.norm() * b.norm())),
                "코사인 거리(1 − 코사인)를 구했습니다. 유사도는 코사인 그 자체입니다.",
                "this is the cosine distance, 1 − cosine. The similarity is the cosine itself.",
            ),
            Mistake(
                lambda a, b: float((a - b).norm()),
                "두 점 사이의 거리를 구했습니다. 코사인은 거리가 아니라 각도를 잽니다.",
                "this is the distance between two points. The cosine measures an angle, not a distance.",
            ),
        ),
        (
            Property(
                lambda value, a, b: -1.0001 <= float(value) <= 1.0001,
                "코사인은 언제나 −1과 1 사이의 수 하나입니다.",
                "a cosine is one number between −1 and 1.",
            ),
        ),
    ),
    "look_up": Exercise(
        tables_and_ids,
        (
            Mistake(
                lambda table, ids: table[:, ids],
                "열을 골랐습니다. 단어 하나가 표의 한 행입니다.",
                "these are columns. Each word is one row of the table.",
            ),
            Mistake(
                lambda table, ids: table[ids - 1],
                "번호가 하나씩 밀렸습니다. 첫 행의 번호는 0입니다.",
                "off by one: the first row has the number 0.",
            ),
            Mistake(
                lambda table, ids: table[torch.unique(ids)],
                "거듭 나온 번호를 한 번만 썼습니다. 번호 하나마다 행 하나를, 주어진 순서대로 돌려주세요.",
                "repeated ids were used once. Return one row for every id, in the order given.",
            ),
            Mistake(
                lambda table, ids: torch.nn.functional.one_hot(ids, len(table)).float(),
                "원-핫 행렬에서 멈췄습니다. 이 행렬에 표를 곱해야 벡터가 나옵니다.",
                "this is the one-hot matrix. Multiply it by the table to get the vectors.",
            ),
            Mistake(
                lambda table, ids: table[ids].sum(0),
                "행들을 더했습니다. 더하지 말고 한 행씩 따로 돌려주세요.",
                "the rows were added up. Return each of them.",
            ),
        ),
        (
            Property(
                lambda value, table, ids: tuple(value.shape) == (len(ids), table.shape[1]),
                "결과의 모양은 (번호의 개수, 차원)이어야 합니다.",
                "the result must have the shape (number of ids, dimensions).",
            ),
        ),
    ),
    "cosine_matrix": Exercise(
        pairs_of_tables,
        (
            Mistake(
                lambda a, b: a @ b.T,
                "내적 행렬입니다. 곱하기 전에 각 행을 그 행의 길이로 나누어 주세요.",
                "these are dot products. Divide each row by its own length first.",
            ),
            Mistake(
                lambda a, b: (a / a.norm()) @ (b / b.norm()).T,
                "행렬 전체의 크기 하나로 나누었습니다. 길이는 행마다 따로 구해야 합니다(dim=1, keepdim=True).",
                "divided by one norm of the whole matrix. Each row has its own length (dim=1, keepdim=True).",
            ),
            Mistake(
                lambda a, b: (a / a.norm(dim=0)) @ (b / b.norm(dim=0)).T,
                "열의 길이로 나누었습니다. 단어는 행이므로 dim=1의 길이가 필요합니다.",
                "divided by the lengths of the columns. Words are rows: use the lengths along dim=1.",
            ),
            Mistake(
                lambda a, b: (a / a.norm(dim=1, keepdim=True)) @ b.T,
                "한쪽 표만 길이로 나누었습니다. 두 표 모두 나누어 주세요.",
                "only the first table was divided by its lengths. Divide both.",
            ),
            Mistake(
                lambda a, b: (b / b.norm(dim=1, keepdim=True)) @ (a / a.norm(dim=1, keepdim=True)).T,
                "행과 열이 바뀌었습니다. i행 j열은 a의 i번째 행과 b의 j번째 행의 코사인입니다.",
                "rows and columns are swapped: entry (i, j) belongs to row i of a and row j of b.",
            ),
        ),
        (
            Property(
                lambda value, a, b: tuple(value.shape) == (len(a), len(b)),
                "결과의 모양은 (a의 행 수, b의 행 수)여야 합니다. b를 전치(transpose)했는지 확인해 보세요.",
                "the result must have the shape (rows of a, rows of b). Did you transpose b?",
            ),
        ),
    ),
}
