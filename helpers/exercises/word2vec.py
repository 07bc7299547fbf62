"""Exercises on word2vec: what is compared, and the classic wrong answers with their reasons.

The compiled loops of `helpers.blocks` do what three of the exercises ask for in passing, so their answers stand here.
"""

import torch

from helpers import word2vec

from . import Exercise, Mistake, Property


def drawn(*shape, seed=0):
    """Normal random numbers from a seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# context_mean(table, contexts, padding) → (batch, dim)


def context_mean(table, contexts, padding):
    """CBOW's prediction: the mean of the context rows of a table, (batch, dim).

    contexts (batch, 2·window): word ids, filled up with the id `padding`, which does not count.  A sample that
    consists of padding only gives zeros.
    """
    real = (contexts != padding).to(table.dtype)  # (batch, 2·window)
    rows = table[contexts] * real.unsqueeze(2)
    return rows.sum(1) / real.sum(1, keepdim=True).clamp(min=1)


def samples():
    """(table, contexts, padding): without padding, with it, repeated words, a sample of nothing but padding."""
    small = torch.tensor([[1.0, 0.0], [3.0, 2.0], [5.0, 4.0], [9.0, 9.0]])
    yield small, torch.tensor([[0, 1, 2, 1]]), 3
    yield small, torch.tensor([[0, 2, 3, 3]]), 3
    yield small, torch.tensor([[3, 1, 1, 2], [0, 3, 3, 3]]), 3
    yield small, torch.tensor([[3, 3], [1, 2]]), 3
    yield drawn(7, 5), torch.tensor([[6, 6, 1, 2, 3, 6], [0, 1, 2, 3, 4, 5]]), 6


def mask(contexts, padding):
    return (contexts != padding).float().unsqueeze(2)


CONTEXT_MEAN = Exercise(
    samples,
    (
        Mistake(
            lambda table, contexts, padding: (table[contexts] * mask(contexts, padding)).sum(1),
            "더하기만 했습니다. 평균은 문맥 단어의 수로 나누어야 합니다.",
            "this is the sum. A mean divides by the number of contexts.",
        ),
        Mistake(
            lambda table, contexts, padding: table[contexts].mean(1),
            "채움(padding)의 행까지 평균에 넣었습니다. 채움의 행은 더하지도, 세지도 말아야 합니다.",
            "the padding rows were averaged in. They must be neither added nor counted.",
        ),
        Mistake(
            lambda table, contexts, padding: (table[contexts] * mask(contexts, padding)).mean(1),
            "채움의 행을 더하지는 않았지만 개수에 넣었습니다. 진짜 문맥 단어의 수로 나누세요.",
            "padding was not added but still counted. Divide by the number of real contexts.",
        ),
        Mistake(
            lambda table, contexts, padding: torch.stack(
                [
                    table[row[row != padding].unique()].sum(0) / max(len(row[row != padding].unique()), 1)
                    for row in contexts
                ]
            ),  # fmt: skip
            "두 번 나온 단어를 한 번만 세었습니다. 같은 단어라도 자리마다 문맥 단어입니다.",
            "a word that stands twice was counted once. Each place is a context of its own.",
        ),
        Mistake(
            lambda table, contexts, padding: (
                (table[contexts] * mask(contexts, padding)).sum(1) / mask(contexts, padding).sum(1)
            ),
            "문맥 단어가 하나도 없는 표본에서 0으로 나누었습니다. 그때는 0 벡터를 돌려주세요(clamp(min=1)).",
            "a sample without any context divided by zero. It should give a vector of zeros (clamp(min=1)).",
        ),
    ),
    (
        Property(
            lambda value, table, contexts, padding: tuple(value.shape) == (len(contexts), table.shape[1]),
            "결과의 모양은 (표본 수, 차원)이어야 합니다.",
            "the result must have the shape (samples, dimensions).",
        ),
    ),
)


# window_weights(block, window) → (block, block + 2·window)


def distances(block, window):
    return (torch.arange(block)[:, None] + window - torch.arange(block + 2 * window)[None]).abs()


def inside(block, window, values, itself=False):
    d = distances(block, window)
    return torch.where((d <= window) & (itself | (d > 0)), values.float(), 0.0)


WINDOW_WEIGHTS = Exercise(
    lambda: [(1, 1), (2, 2), (3, 5), (16, 5), (4, 1)],
    (
        Mistake(
            lambda block, window: inside(block, window, (window + 1 - distances(block, window)) / window, True),
            "중심 단어가 자기 자신의 문맥 단어로 들어갔습니다. 거리 0의 가중치는 0입니다.",
            "the center counts as its own context. The weight at distance 0 is 0.",
        ),
        Mistake(
            lambda block, window: inside(block, window, torch.ones(block, block + 2 * window)),
            "윈도우 안의 가중치가 모두 1입니다. 무작위 윈도우는 먼 이웃에 덜 자주 닿습니다.",
            "all weights inside the window are 1. Random windows reach distant neighbors less often.",
        ),
        Mistake(
            lambda block, window: inside(block, window, (window - distances(block, window)) / window),
            "하나씩 밀렸습니다. 거리 1에는 어느 윈도우나 닿으므로 가중치가 1이어야 합니다.",
            "off by one: every window reaches distance 1, so its weight must be 1.",
        ),
        Mistake(
            lambda block, window: inside(block, window, 1 / distances(block, window)),
            "1/d는 GloVe의 거리 가중치입니다. 여기서는 윈도우 b = 1..w 가운데 거리 d에 닿는 것의 몫을 세어야 합니다.",
            "1/d is GloVe's weighting. Here, count the share of the windows b = 1..w that reach distance d.",
        ),
        Mistake(
            lambda block, window: inside(block, window, window + 1 - distances(block, window)),
            "닿는 윈도우의 수까지 구했습니다. window로 나누면 몫이 됩니다.",
            "this is how many windows reach each word. Divide by `window` to get their share.",
        ),
        Mistake(
            lambda block, window: word2vec.window_weights(block, window)[:, window : window + block],
            "블록 안의 단어만 보았습니다. 양옆으로 window개씩 더 보아야 하므로 열은 block + 2 * window개입니다.",
            "only the block's own words are seen. With `window` more on each side, that makes block + 2 * window.",
        ),
    ),
    (
        Property(
            lambda value, block, window: tuple(value.shape) == (block, block + 2 * window),
            "결과의 모양은 (block, block + 2 * window)여야 합니다.",
            "the result must have the shape (block, block + 2 * window).",
        ),
    ),
)


# add_rows(table, ids, changes) → table


def add_rows(table, ids, changes):
    """table[ids] + changes as a new table, where an id that stands twice gets both its changes.

    table (words, dim), ids (n,), changes (n, dim).
    """
    return table.index_add(0, ids, changes)


def updates():
    """(table, ids, changes): distinct ids, an id that stands twice, three times, nothing."""
    yield torch.zeros(3, 2), torch.tensor([2, 0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    yield torch.zeros(3, 2), torch.tensor([1, 1]), torch.tensor([[1.0, 2.0], [10.0, 20.0]])
    yield drawn(4, 3), torch.tensor([3, 0, 3, 3]), drawn(4, 3, seed=1)
    yield drawn(4, 3), torch.empty(0, dtype=torch.int64), torch.empty(0, 3)


def added(table, ids, changes):
    table = table.clone()
    table[ids] += changes
    return table


def averaged(table, ids, changes):
    number = torch.bincount(ids, minlength=len(table)).clamp(min=1).unsqueeze(1)
    return table + torch.zeros_like(table).index_add(0, ids, changes) / number


def replaced(table, ids, changes):
    table = table.clone()
    table[ids] = changes
    return table


def first_only(table, ids, changes):
    table, seen = table.clone(), set()
    for i, change in zip(ids.tolist(), changes):
        if i not in seen:
            table[i] += change
            seen.add(i)
    return table


ADD_ROWS = Exercise(
    updates,
    (
        Mistake(
            added,
            "table[ids] += changes는 같은 번호가 두 번 나오면 하나만 남깁니다. index_add_나 np.add.at을 쓰세요.",
            "table[ids] += changes keeps only one change of an id that stands twice. Use index_add_ or np.add.at.",
        ),
        Mistake(
            first_only,
            "같은 번호의 첫 번째 변화만 더했습니다. 나올 때마다 더해야 합니다.",
            "only the first change of each id was added. Add every one.",
        ),
        Mistake(
            averaged,
            "같은 번호의 변화를 평균했습니다. 기울기는 더해집니다.",
            "the changes of one id were averaged. Gradients add up.",
        ),
        Mistake(
            replaced,
            "행을 바꿔치기했습니다. 있던 값에 더해야 합니다.",
            "the rows were replaced. Add the changes to what was there.",
        ),
        Mistake(
            lambda table, ids, changes: torch.zeros_like(table).index_add(0, ids, changes),
            "변화만 돌려주었습니다. 표에 더한 결과가 필요합니다.",
            "these are the changes alone. Add them to the table.",
        ),
    ),
)


# analogy(table, a, b, c) → row


def analogy(table, a, b, c):
    """The row whose direction is closest to b − a + c ("a is to b as c is to …"), never a, b or c: an int.

    table (words, dim); a, b, c row numbers.  All vectors are brought to length 1 first (Mikolov, Yih and Zweig 2013,
    https://aclanthology.org/N13-1090/).
    """
    unit = torch.nn.functional.normalize(table, dim=1)
    closeness = unit @ (unit[b] - unit[a] + unit[c])  # (words,)
    closeness[[a, b, c]] = -torch.inf
    return int(closeness.argmax())


def questions():
    """(table, a, b, c): royalty by hand, a query word that is closest, long and short vectors, drawn."""
    royal = torch.tensor([[1.0, 0.0, 0.1], [0.0, 1.0, 0.1], [1.0, 0.1, 1.0], [0.1, 1.0, 1.0], [0.5, 0.5, -1.0]])
    yield royal, 0, 1, 2
    yield royal * torch.tensor([[1.0], [9.0], [1.0], [0.2], [5.0]]), 0, 1, 2
    yield torch.tensor([[1.0, 0.0], [0.9, 0.4], [0.0, 1.0], [-1.0, 0.5], [-0.3, 0.9]]), 0, 1, 2
    for seed in range(4):
        yield drawn(30, 6, seed=seed) + 0.3, 3, 17, 8


def closest(table, a, b, c, target, without=True):
    unit = torch.nn.functional.normalize(table, dim=1)
    closeness = unit @ target(unit[a], unit[b], unit[c])
    if without:
        closeness[[a, b, c]] = -torch.inf
    return int(closeness.argmax())


def unscaled(table, a, b, c):
    closeness = table @ (table[b] - table[a] + table[c])
    closeness[[a, b, c]] = -torch.inf
    return int(closeness.argmax())


ANALOGY = Exercise(
    questions,
    (
        Mistake(
            lambda table, a, b, c: closest(table, a, b, c, lambda a, b, c: b - a + c, without=False),
            "질문에 나온 단어가 답이 되었습니다. b − a + c는 대개 c나 b에 가장 가까우므로 세 단어를 빼고 찾으세요.",
            "a word of the question came out. b − a + c is mostly closest to c or b itself: leave the three out.",
        ),
        Mistake(
            lambda table, a, b, c: closest(table, a, b, c, lambda a, b, c: a - b + c),
            "방향이 반대입니다. a에서 b로 가는 변화를 c에 더하므로 b − a + c입니다.",
            "the wrong way round: what leads from a to b is added to c, b − a + c.",
        ),
        Mistake(
            lambda table, a, b, c: closest(table, a, b, c, lambda a, b, c: a + b + c),
            "세 벡터를 모두 더했습니다. a는 빼야 합니다.",
            "all three vectors were added. Subtract a.",
        ),
        Mistake(
            unscaled,
            "벡터의 길이가 섞였습니다. 먼저 모든 벡터의 길이를 1로 맞추세요.",
            "lengths got mixed in. Bring every vector to length 1 first.",
        ),
    ),
    (
        Property(
            lambda value, table, a, b, c: int(value) not in (a, b, c),
            "질문의 세 단어는 답이 될 수 없습니다.",
            "none of the three words of the question may be the answer.",
        ),
    ),
)

EXERCISES = {
    "context_mean": CONTEXT_MEAN,
    "window_weights": WINDOW_WEIGHTS,
    "add_rows": ADD_ROWS,
    "analogy": ANALOGY,
}
