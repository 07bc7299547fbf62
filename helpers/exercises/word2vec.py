"""Exercises on word2vec: what is compared, and the classic wrong answers with their reasons.

The compiled loops of `helpers.blocks` do what three of the exercises ask for in passing, so their answers stand here.
"""

import numpy as np
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


# cbow_gradients(contexts, outputs, labels) → (C, dim)


def cbow_gradients(contexts, outputs, labels):
    """The gradient of CBOW's loss for each of the C context vectors, (C, dim): all rows are alike.

    contexts (C, dim): input vectors; outputs (1 + k, dim): output vectors of the center and the noise words;
    labels (1 + k,): 1 for the center, 0 for noise.  With h the mean of the contexts, the loss is binary cross-entropy
    of σ(outputs · h) against the labels, and ∂L/∂h = Σ (σ − label) · u; by the chain rule a context gets 1/C of it.
    """
    h = contexts.mean(0)
    errors = torch.sigmoid(outputs @ h) - labels  # (1 + k,)
    return (errors @ outputs / len(contexts)).expand_as(contexts)


def cbow_cases():
    """(contexts, outputs, labels): two contexts by hand, one context, drawn ones with the center not first."""
    yield torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([1.0, 0.0])
    yield torch.tensor([[0.5, -1.0, 2.0]]), torch.tensor([[1.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), torch.tensor([1.0, 0.0])
    yield drawn(4, 5), drawn(6, 5, seed=1), torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    yield drawn(3, 4, seed=2), drawn(3, 4, seed=3), torch.tensor([1.0, 0.0, 0.0])


def from_errors(contexts, outputs, errors, share=True):
    found = errors @ outputs / (len(contexts) if share else 1)
    return found.expand_as(contexts)


CBOW_GRADIENTS = Exercise(
    cbow_cases,
    (
        Mistake(
            lambda v, u, labels: from_errors(v, u, torch.sigmoid(u @ v.mean(0)) - labels, share=False),
            "1/C이 빠졌습니다. h는 평균이므로 문맥 단어 하나가 1만큼 움직이면 h는 1/C만큼 움직입니다.",
            "1/C is missing. h is a mean: where one context moves by 1, h moves by 1/C.",
        ),
        Mistake(
            lambda v, u, labels: from_errors(v, u, labels - torch.sigmoid(u @ v.mean(0))),
            "부호가 반대입니다. 이것은 내려갈 방향이고, 기울기의 오차는 σ − 레이블입니다.",
            "the sign is reversed: this is the way down. The error in the gradient is σ − label.",
        ),
        Mistake(
            lambda v, u, labels: from_errors(v, u, torch.sigmoid(u @ v.sum(0)) - labels),
            "문맥 단어를 더해 h로 썼습니다. CBOW의 h는 평균입니다.",
            "the contexts were added to make h. CBOW takes their mean.",
        ),
        Mistake(
            lambda v, u, labels: from_errors(v, u, torch.softmax(u @ v.mean(0), 0) - labels),
            "소프트맥스를 썼습니다. 네거티브 샘플링은 단어마다 따로 묻는 이진 분류이므로 시그모이드입니다.",
            "this uses softmax. Negative sampling asks about each word separately, with a sigmoid.",
        ),
        Mistake(
            lambda v, u, labels: torch.stack([(torch.sigmoid(u @ one) - labels) @ u for one in v]) / len(v),
            "문맥 단어마다 따로 맞혔습니다. 그것은 skip-gram에 가깝습니다. CBOW는 평균 h로 한 번만 묻습니다.",
            "each context predicted by itself, which is nearer to skip-gram. CBOW asks once, with the mean h.",
        ),
    ),
    (
        Property(
            lambda value, v, u, labels: tuple(value.shape) == tuple(v.shape),
            "결과의 모양은 문맥 단어의 벡터와 같은 (C, 차원)이어야 합니다.",
            "the result has the shape of the contexts, (C, dimensions).",
        ),
    ),
)


# reported(choose, report) → a number


def reported(choose, report):
    """The score to report: that of the setting which is best on the half to choose on, taken from the other half.

    choose, report (seeds, settings): scores of the same trainings on the two halves; nan where training diverged.  The
    best setting is the one with the highest mean over seeds, and none of whose trainings diverged.
    """
    choose, report = torch.as_tensor(choose), torch.as_tensor(report)
    means = choose.mean(0)  # nan if a training diverged
    return float(report.mean(0)[torch.where(means.isnan(), -torch.inf, means).argmax()])


def halves():
    """(choose, report): one seed, a lucky setting, a lucky seed, settings that diverge, with all seeds and with one."""
    nan = float("nan")
    yield torch.tensor([[0.1, 0.5, 0.3]]), torch.tensor([[0.2, 0.4, 0.6]])
    yield torch.tensor([[0.4, 0.3, 0.1], [0.2, 0.5, 0.2]]), torch.tensor([[0.5, 0.2, 0.1], [0.6, 0.3, 0.2]])
    yield torch.tensor([[0.9, 0.5], [0.0, 0.6]]), torch.tensor([[0.8, 0.3], [0.1, 0.2]])
    yield torch.tensor([[0.2, 0.3, nan], [0.2, 0.4, nan]]), torch.tensor([[0.6, 0.1, nan], [0.7, 0.3, nan]])
    yield torch.tensor([[0.2, 0.9], [0.3, nan]]), torch.tensor([[0.4, 0.8], [0.5, nan]])


def best_of(values):
    return torch.where(values.isnan(), -torch.inf, values).argmax()


REPORTED = Exercise(
    halves,
    (
        Mistake(
            lambda choose, report: float(report.mean(0)[best_of(report.mean(0))]),
            "보고할 반쪽에서 골랐습니다. 고르는 데 쓴 문제로 보고하면 운 좋은 만큼 부풀려집니다.",
            "chosen on the half that is reported. A score on what chose it is inflated by luck.",
        ),
        Mistake(
            lambda choose, report: float(choose.mean(0)[best_of(choose.mean(0))]),
            "고른 반쪽의 점수를 보고했습니다. 값은 choose에서 고르고 점수는 report에서 가져오세요.",
            "this reports the half it chose on. Choose on `choose`, take the score from `report`.",
        ),
        Mistake(
            lambda choose, report: float(report.mean(0)[choose.mean(0).argmax()]),
            "발산한 학습(NaN)이 뽑혔습니다. argmax는 NaN을 가장 큰 값으로 여깁니다.",
            "a training that diverged (NaN) was chosen: argmax takes NaN for the largest.",
        ),
        Mistake(
            lambda choose, report: float(report.mean(0)[best_of(choose.nan_to_num(-torch.inf).amax(0))]),
            "가장 운 좋은 시드의 설정을 골랐습니다. 설정은 시드의 평균으로 고르세요.",
            "the setting of the luckiest seed was chosen. Choose by the mean over seeds.",
        ),
        Mistake(
            lambda choose, report: float(report.nanmean(0)[best_of(choose.nanmean(0))]),
            "발산한 시드를 빼고 평균했습니다. 시드 하나라도 발산하는 설정은 믿고 쓸 수 없습니다.",
            "the seed that diverged was left out of the mean. A setting that sometimes diverges is no setting to use.",
        ),
        Mistake(
            lambda choose, report: float(report.nan_to_num(-torch.inf).amax(0)[best_of(choose.mean(0))]),
            "가장 좋은 시드의 점수를 보고했습니다. 시드의 평균을 보고하세요.",
            "this reports the best seed. Report the mean over seeds.",
        ),
    ),
    (
        Property(
            lambda value, choose, report: np.ndim(value) == 0,
            "보고할 점수는 수 하나입니다.",
            "the score to report is one number.",
        ),
    ),
)

EXERCISES = {
    "context_mean": CONTEXT_MEAN,
    "window_weights": WINDOW_WEIGHTS,
    "cbow_gradients": CBOW_GRADIENTS,
    "reported": REPORTED,
}
