"""Exercises on `helpers.context` (lesson 10): masks, attention, shifted targets, hidden words, perplexity."""

import numpy as np
import torch

from helpers import context
from helpers.exercises import Exercise, Mistake, Property


def attention_weights(query, key, mask):
    """Attention's weights by hand: query (n, d), key (m, d), mask bool (n, m) → (n, m), every row sums to 1."""
    scores = query @ key.T / query.shape[1] ** 0.5
    return torch.softmax(scores.masked_fill(~mask, -torch.inf), 1)


def perplexity_of(probabilities):
    """The perplexity of a text from the probabilities (n,) that a model gave to the words that really came."""
    return float(np.exp(-np.mean(np.log(probabilities))))


def hide(ids, dice, fate, any_word):
    """BERT's game with the dice already thrown: (inputs, targets), each (n,).

    A word is chosen where dice < 0.15 and it is no <end> (id 0).  A chosen word becomes <mask> (id 2) where
    fate < 0.8, the word of any_word where fate < 0.9, and stays otherwise.  Targets are −100 where none was chosen.
    """
    chosen = (dice < 0.15) & (ids != context.END)
    inputs = np.where(chosen & (fate < 0.8), context.MASK, ids)
    inputs = np.where(chosen & (fate >= 0.8) & (fate < 0.9), any_word, inputs)
    return inputs, np.where(chosen, ids, context.NO_TARGET)


def lengths():
    return [(2,), (4,), (1,)]


def vectors_and_masks():
    """Two places, then four with d = 8, each with a causal mask; keys and queries differ."""
    cases = [(torch.tensor([[2.0, 0.0], [0.0, 2.0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0]]), context.causal_mask(2))]
    draw = torch.Generator().manual_seed(1)
    query, key = (torch.randn(4, 8, generator=draw) for _ in "qk")
    return [*cases, (query, key, context.causal_mask(4))]


def weights(query, key, mask, *, scale=None, fill=-torch.inf, axis=1, after=False):
    """Attention's weights with one thing done otherwise."""
    scores = query @ key.T / (query.shape[1] ** 0.5 if scale is None else scale(query))
    if after:
        return torch.softmax(scores, axis) * mask
    return torch.softmax(scores.masked_fill(~mask, fill), axis)


def texts():
    return [(torch.tensor([7, 8, 9]),), (torch.tensor([[3, 4, 5, 6], [7, 8, 9, 0]]),)]


def probabilities():
    return [(np.array([0.5, 0.5]),), (np.array([0.5, 0.125]),), (np.array([0.2, 0.9, 0.05, 0.4]),)]


def games():
    """One word chosen and hidden; all fates; the ends of the intervals, and an <end>."""
    draw = np.random.default_rng(1)
    ids = np.array([5, 6, 7, 8, 9, 0])
    fates = np.array([0.1, 0.85, 0.95, 0.5, 0.79, 0.1])
    return [
        (np.array([5, 6]), np.array([0.1, 0.9]), np.array([0.3, 0.3]), np.array([8, 9])),
        (ids, np.array([0.1, 0.1, 0.1, 0.5, 0.149, 0.1]), fates, np.array([11, 12, 13, 14, 15, 16])),
        (draw.integers(3, 50, 200), draw.random(200) / 2, draw.random(200), draw.integers(3, 50, 200)),
    ]


def game(ids, dice, fate, any_word, *, kinds=True, targets="chosen", end=True):
    """BERT's game with one thing done otherwise."""
    chosen = (dice < 0.15) & ((ids != context.END) | (not end))
    inputs = np.where(chosen & ((fate < 0.8) | (not kinds)), context.MASK, ids)
    if kinds:
        inputs = np.where(chosen & (fate >= 0.8) & (fate < 0.9), any_word, inputs)
    asked = {"chosen": chosen, "all": np.ones_like(chosen), "masked": inputs == context.MASK}[targets]
    return inputs, np.where(asked, ids, context.NO_TARGET)


EXERCISES = {
    "causal_mask": Exercise(
        lengths,
        (
            Mistake(
                lambda n: torch.ones(n, n, dtype=torch.bool).triu(),
                "위아래가 뒤집혔습니다. 행이 보는 쪽이므로 i행에서는 j ≤ i인 열만 참입니다.",
                "upside down: the row is the one that looks, so in row i the columns j ≤ i are True.",
            ),
            Mistake(
                lambda n: torch.ones(n, n, dtype=torch.bool).tril(-1),
                "자기 자신을 보지 못합니다. 대각선도 참이어야 합니다. 첫 행에는 볼 곳이 없게 됩니다.",
                "nobody sees itself: the diagonal is True as well, or the first row has nowhere to look.",
            ),
            Mistake(
                lambda n: torch.ones(n, n, dtype=torch.bool),
                "모두가 모두를 봅니다. 그것은 BERT입니다. 미래의 열은 거짓이어야 합니다.",
                "everybody sees everybody, which is BERT: columns of the future are False.",
            ),
            Mistake(
                lambda n: torch.ones(n, n).tril(),
                "값이 1과 0입니다. 참과 거짓(bool)이어야 masked_fill에 넘길 수 있습니다.",
                "these are ones and zeros: masked_fill needs True and False (bool).",
            ),
        ),
        same=lambda mine, expected: mine.dtype == expected.dtype and torch.equal(mine, expected),
    ),
    "attention_weights": Exercise(
        vectors_and_masks,
        (
            Mistake(
                lambda q, k, mask: weights(q, k, mask, scale=lambda query: 1.0),
                "√d로 나누지 않았습니다. 차원이 클수록 내적이 커져 소프트맥스가 한곳에 쏠립니다.",
                "not divided by √d: dot products grow with the dimensions, and the softmax would pick one place.",
            ),
            Mistake(
                lambda q, k, mask: weights(q, k, mask, scale=lambda query: query.shape[1]),
                "d로 나누었습니다. √d로 나누어야 합니다.",
                "divided by d: divide by √d.",
            ),
            Mistake(
                lambda q, k, mask: weights(q, k, mask, axis=0),
                "열마다 소프트맥스를 했습니다. 보는 쪽이 행이므로 행의 합이 1이어야 합니다.",
                "the softmax went down the columns: a row looks, so each row sums to 1.",
            ),
            Mistake(
                lambda q, k, mask: weights(q, k, mask, fill=0.0),
                "가린 점수를 0으로 두었습니다. e⁰ = 1이므로 여전히 보입니다. -∞로 바꾸세요.",
                "hidden scores were set to 0, and e⁰ = 1 still looks there: set them to minus infinity.",
            ),
            Mistake(
                lambda q, k, mask: weights(q, k, mask, after=True),
                "소프트맥스를 한 다음에 가렸습니다. 그러면 행의 합이 1보다 작습니다. 먼저 가리세요.",
                "hidden after the softmax, so that rows sum to less than 1: hide first.",
            ),
        ),
        (
            Property(
                lambda value, q, k, mask: torch.allclose(value.sum(1), torch.ones(len(q)), atol=1e-5),
                "행의 합이 1이 아닙니다.",
                "the rows do not sum to 1.",
            ),
        ),
    ),
    "shifted": Exercise(
        texts,
        (
            Mistake(
                lambda ids: (ids, ids),
                "입력과 정답이 같습니다. 모델은 본 단어를 그대로 베끼기만 하면 됩니다.",
                "inputs and targets are the same: the model need only copy what it sees.",
            ),
            Mistake(
                lambda ids: (ids[..., 1:], ids[..., :-1]),
                "거꾸로 밀었습니다. 정답이 입력보다 한 칸 뒤의 단어여야 합니다.",
                "shifted the wrong way: a target is the word after its input.",
            ),
            Mistake(
                lambda ids: (ids[:-1], ids[1:]),
                "첫 축으로 밀었습니다. 글이 여럿이면 다른 글의 단어를 맞히게 됩니다. 마지막 축(...)을 쓰세요.",
                "shifted along the first axis, so that with several texts one predicts another: use the last axis.",
            ),
            Mistake(
                lambda ids: (ids, torch.roll(ids, -1, -1)),
                "마지막 자리의 정답으로 첫 단어가 돌아왔습니다. 그 자리는 맞힐 것이 없으니 빼세요.",
                "the first word came back as the last target: nothing follows there, so leave that place out.",
            ),
        ),
    ),
    "hide": Exercise(
        games,
        (
            Mistake(
                lambda ids, dice, fate, any_word: game(ids, dice, fate, any_word, kinds=False),
                "고른 단어를 모두 <mask>로 바꾸었습니다. 10%는 아무 단어, 10%는 그대로입니다. <mask>가 없는 글도 "
                "읽어야 하기 때문입니다.",
                "every chosen word became <mask>: 10 % become any word and 10 % stay, for texts without <mask> must be "
                "read as well.",
            ),
            Mistake(
                lambda ids, dice, fate, any_word: game(ids, dice, fate, any_word, targets="all"),
                "모든 자리를 맞히게 했습니다. 고르지 않은 자리의 정답은 -100이어야 합니다. 보이는 것은 베끼면 됩니다.",
                "every place is to be predicted: where none was chosen the target is -100, for what is seen is copied.",
            ),
            Mistake(
                lambda ids, dice, fate, any_word: game(ids, dice, fate, any_word, targets="masked"),
                "<mask>가 된 자리만 맞히게 했습니다. 아무 단어가 된 자리와 그대로 둔 자리도 맞혀야 합니다.",
                "only the masked places are predicted: those with any word, and those left as they are, are too.",
            ),
            Mistake(
                lambda ids, dice, fate, any_word: game(ids, dice, fate, any_word, end=False),
                "<end>도 골랐습니다. 글의 끝은 단어가 아니므로 가리지 않습니다.",
                "<end> was chosen as well: the end of a text is no word and is not hidden.",
            ),
        ),
    ),
    "perplexity_of": Exercise(
        probabilities,
        (
            Mistake(
                lambda p: float(1 / np.mean(p)),
                "확률을 그냥 평균 냈습니다. 로그를 먼저 취해야 곱(기하 평균)이 됩니다.",
                "the probabilities were averaged as they are: take logarithms first, for a text is a product.",
            ),
            Mistake(
                lambda p: float(-np.mean(np.log(p))),
                "평균 손실에서 멈추었습니다. 단어의 수로 읽으려면 exp를 취하세요.",
                "stopped at the mean loss: take its exponential to read it as a number of words.",
            ),
            Mistake(
                lambda p: float(np.exp(-np.sum(np.log(p)))),
                "더하기만 하고 단어 수로 나누지 않았습니다. 긴 글일수록 커집니다.",
                "summed and not divided by the number of words: a longer text would always score worse.",
            ),
            Mistake(
                lambda p: float(np.exp(np.mean(np.log(p)))),
                "부호가 빠졌습니다. 퍼플렉시티는 확률의 역수이므로 1보다 작을 수 없습니다.",
                "the sign is missing: perplexity is one over a probability, so never below 1.",
            ),
            Mistake(
                lambda p: float(2 ** -np.mean(np.log(p))),
                "로그는 자연로그인데 2의 거듭제곱을 취했습니다. 밑을 맞추세요.",
                "the logarithm is natural and the power one of 2: use the same base.",
            ),
        ),
    ),
}
