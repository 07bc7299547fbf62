"""Checks for `helpers.language_models` (lesson 1)."""

import torch

from . import Exercise, Mistake


def embeddings():
    """Tables of tokens, without and with positions: tiny, GPT's, BERT's."""
    yield 10, 4
    yield 10, 4, 3
    yield 40_478, 768, 512
    yield 30_522, 1024, 512


def blocks():
    """Widths of blocks: tiny ones, one with its own d_ff, GPT's, and one with a very wide feed-forward layer."""
    yield (2,)
    yield 2, 3
    yield (768,)
    yield 1024, 65_536


def wide(d_model, d_ff):
    """The feed-forward width, 4 · d_model unless it is given."""
    return 4 * d_model if d_ff is None else d_ff


def attention_scores():
    """Scores of two and of four positions."""
    yield (torch.tensor([[1.0, 2.0], [0.5, 0.0]]),)
    yield (torch.randn(4, 4, generator=torch.Generator().manual_seed(1)),)


def masked(scores, value=float("-inf"), diagonal=1, lower=False, dim=1):
    """The softmax with one thing about the mask done otherwise."""
    hidden = torch.ones_like(scores, dtype=torch.bool)
    hidden = hidden.tril(-diagonal) if lower else hidden.triu(diagonal)
    return torch.softmax(scores.masked_fill(hidden, value), dim)


EXERCISES = {
    "causal_attention": Exercise(
        attention_scores,
        (
            Mistake(
                lambda scores: torch.softmax(scores, 1),
                "마스크가 없습니다. 이대로는 모든 자리가 뒤를 봅니다(인코더).",
                "there is no mask: every position looks ahead, as in an encoder.",
            ),
            Mistake(
                lambda scores: torch.softmax(scores, 1).tril(),
                "소프트맥스 다음에 가렸습니다. 행의 합이 1이 되지 않습니다. 소프트맥스 전에 −∞로 가리세요.",
                "the mask came after the softmax, so that rows no longer sum to 1. Put minus infinity before it.",
            ),
            Mistake(
                lambda scores: masked(scores, value=0.0),
                "점수를 0으로 가렸습니다. exp(0)은 1이어서 뒤의 단어가 몫을 받습니다. −∞여야 합니다.",
                "hidden scores were set to 0, but exp(0) is 1 and what lies ahead gets its share. Use minus infinity.",
            ),
            Mistake(
                lambda scores: masked(scores, lower=True),
                "마스크의 방향이 반대입니다. 앞을 가리고 뒤를 보고 있습니다.",
                "the mask is turned round: it hides the past and shows the future.",
            ),
            Mistake(
                lambda scores: masked(scores, dim=0),
                "소프트맥스를 열 방향으로 했습니다. 행마다 합이 1이어야 합니다.",
                "the softmax ran down the columns; each row must sum to 1.",
            ),
        ),
    ),
    "embedding_parameters": Exercise(
        embeddings,
        (
            Mistake(
                lambda n_vocab, d_model, n_ctx=0: n_vocab * d_model,
                "위치 임베딩을 빠뜨렸습니다. 자리마다 d_model차원 벡터가 하나씩 더 있습니다.",
                "the position embedding is missing: every position has a vector of d_model numbers too.",
            ),
            Mistake(
                lambda n_vocab, d_model, n_ctx=0: (n_vocab + n_ctx) * d_model + d_model,
                "편향을 더했습니다. 임베딩 층은 표에서 행을 꺼낼 뿐이라 편향이 없습니다.",
                "a bias was added. An embedding layer looks up rows of a table and has none.",
            ),
            Mistake(
                lambda n_vocab, d_model, n_ctx=0: n_vocab * d_model * max(n_ctx, 1),
                "위치의 수를 곱했습니다. 단어 표와 위치 표는 서로 다른 두 표이므로 더해야 합니다.",
                "multiplied by the number of positions. Words and positions are two tables: add them.",
            ),
            Mistake(
                lambda n_vocab, d_model, n_ctx=0: 2 * n_vocab * d_model + n_ctx * d_model,
                "출력층을 한 번 더 세었습니다. 여기서는 임베딩 표만 셉니다.",
                "the output layer was counted as well. Only the embedding tables are asked for here.",
            ),
        ),
    ),
    "block_parameters": Exercise(
        blocks,
        (
            Mistake(
                lambda d, f=None: 4 * d * d + 2 * d * wide(d, f) + 4 * d,
                "선형 층의 편향을 빠뜨렸습니다. 입력 n개, 출력 m개인 선형 층의 매개변수는 n·m + m개입니다.",
                "the biases of the linear layers are missing: n inputs and m outputs make n·m + m parameters.",
            ),
            Mistake(
                lambda d, f=None: 4 * (d * d + d) + 2 * d * wide(d, f) + wide(d, f) + d,
                "LayerNorm을 빠뜨렸습니다. 블록마다 두 개가 있고, 하나에 이득 d개와 편향 d개가 있습니다.",
                "the LayerNorms are missing: two per block, each with d gains and d biases.",
            ),
            Mistake(
                lambda d, f=None: 4 * (d * d + d) + 2 * d * wide(d, f) + wide(d, f) + d + 2 * d,
                "LayerNorm을 하나만 세었거나 편향을 빼고 세었습니다. 2 · 2d개입니다.",
                "only one LayerNorm was counted, or none of their biases. They have 2 · 2d parameters.",
            ),
            Mistake(
                lambda d, f=None: 3 * (d * d + d) + 2 * d * wide(d, f) + wide(d, f) + d + 4 * d,
                "어텐션의 출력 투영을 빠뜨렸습니다. 행렬은 질의, 키, 값, 출력의 네 개입니다.",
                "attention's output projection is missing: there are four matrices, query, key, value and output.",
            ),
            Mistake(
                lambda d, f=None: 12 * 4 * (d * d + d) + 2 * d * wide(d, f) + wide(d, f) + d + 4 * d,
                "어텐션에 헤드 수를 곱했습니다. 헤드는 같은 d × d 행렬을 나누어 쓸 뿐, 늘리지 않습니다.",
                "attention was multiplied by the number of heads. Heads divide the d × d matrices, they add none.",
            ),
            Mistake(
                lambda d, f=None: 12 * d * d + 13 * d,
                "d_ff를 쓰지 않았습니다. 12·d² + 13·d는 d_ff = 4·d일 때만 맞습니다.",
                "d_ff was not used: 12·d² + 13·d holds for d_ff = 4·d only.",
            ),
        ),
    ),
}
