"""Attention, masks, blocks and the three models: against PyTorch's own, against leaks, and by counting."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers import context, exercises, training

TEXTS = [["the", "cat", "sat"], ["the", "dog"], ["a", "cat", "and", "the", "dog"]] * 3


@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_that_of_pytorch(masked):
    draw = training.generator(1)
    query, key, value = (torch.randn(2, 3, 5, 8, generator=draw) for _ in "qkv")
    mask = context.causal_mask(5) if masked else None
    mixed, weights = context.attention(query, key, value, mask)
    assert torch.allclose(mixed, F.scaled_dot_product_attention(query, key, value, attn_mask=mask), atol=1e-6)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 3, 5))
    assert not masked or not weights.triu(1).any()
    by_hand = exercises.context.attention_weights(query[0, 0], key[0, 0], context.causal_mask(5))
    assert torch.allclose(by_hand, context.attention(query, key, value, context.causal_mask(5))[1][0, 0])


def test_a_row_that_may_look_nowhere_is_refused():
    x = torch.ones(2, 2)
    with pytest.raises(ValueError, match="nowhere"):
        context.attention(x, x, x, torch.tensor([[False, False], [True, True]]))


def test_a_block_is_that_of_pytorch():
    block, theirs = (
        context.Block(16, 4),
        nn.TransformerEncoderLayer(16, 4, 64, 0.0, "gelu", batch_first=True, norm_first=True),
    )
    pairs = [(theirs.self_attn.in_proj_weight, block.to_qkv.weight), (theirs.self_attn.in_proj_bias, block.to_qkv.bias)]
    for their, our in ((theirs.self_attn.out_proj, block.mix), (theirs.linear1, block.feed_forward[0]),
                       (theirs.linear2, block.feed_forward[2]), (theirs.norm1, block.norm1),
                       (theirs.norm2, block.norm2)):  # fmt: skip
        nn.init.normal_(our.weight, generator=training.generator(3))
        pairs += [(their.weight, our.weight), (their.bias, our.bias)]
    with torch.no_grad():
        for their, our in pairs:
            their.copy_(our)
    x = torch.randn(2, 6, 16, generator=training.generator(2))
    mask = context.causal_mask(6)
    assert torch.allclose(block(x, mask), theirs(x, src_mask=~mask), atol=1e-4)
    assert torch.allclose(block(x), theirs(x), atol=1e-4)


def moved(kind, place, part=slice(None)):
    """Which places of a text of 8 change when the word at one place does."""
    model = context.ContextModel(kind, 30, d=16, layers=2, heads=4, positions=8).eval()
    ids = torch.arange(3, 11)[None]
    changed = ids.clone()
    changed[0, place] = 20
    with torch.no_grad():
        return ((model(ids) - model(changed))[..., part].abs().amax(2)[0] > 1e-7).tolist()


def test_nobody_sees_what_it_must_not():
    assert moved("gpt", 5) == [False] * 5 + [True] * 3
    assert moved("bert", 5) == [True] * 8
    assert moved("elmo", 5, slice(0, 16)) == [False] * 5 + [True] * 3
    assert moved("elmo", 5, slice(16, 32)) == [True] * 6 + [False] * 2


def test_elmo_predicts_neither_way_from_what_it_has_seen():
    """The loss of one position depends on its own word only as the answer, never as an input."""
    model = context.ContextModel("elmo", 30, d=16, layers=1)
    ids = torch.arange(3, 9)[None]
    vectors, targets = model.predictions(ids)
    assert targets.tolist() == [4, 5, 6, 7, 8, 3, 4, 5, 6, 7]
    for row, answer in enumerate(targets.tolist()):
        changed = torch.where(ids == answer, 20, ids)
        other = model.predictions(changed)[0]
        assert torch.allclose(other[row], vectors[row], atol=1e-7), (row, answer)


def test_gpt_predicts_the_next_word():
    model = context.ContextModel("gpt", 30, d=16, heads=2, positions=8)
    ids = torch.arange(3, 15).view(2, 6)
    vectors, targets = model.predictions(ids)
    assert targets.tolist() == [4, 5, 6, 7, 8, 10, 11, 12, 13, 14]
    assert torch.allclose(vectors, model(ids[:, :-1]).flatten(0, 1))
    loss, count = model.loss(ids)
    scores = F.log_softmax(vectors @ model.embedding.weight.T + model.bias, 1)
    assert count == 10 and torch.isclose(loss, -scores[torch.arange(10), targets].sum())


def test_words_are_hidden_in_the_shares_of_the_paper():
    ids = torch.randint(3, 1000, (400, 250), generator=training.generator(1))
    ids[:, ::50] = context.END
    inputs, targets = context.hidden_words(ids, 1000, training.generator(2))
    chosen = targets != context.NO_TARGET
    assert torch.equal(targets[chosen], ids[chosen]) and torch.equal(inputs[~chosen], ids[~chosen])
    assert not chosen[ids == context.END].any()
    words = (ids != context.END).sum().item()
    assert chosen.sum().item() / words == pytest.approx(0.15, abs=0.005)
    masked, same = (inputs == context.MASK)[chosen], (inputs == ids)[chosen]
    assert masked.double().mean().item() == pytest.approx(0.8, abs=0.01)
    assert same.double().mean().item() == pytest.approx(0.1, abs=0.01)
    other = inputs[chosen][~masked & ~same]
    assert other.min() >= 3 and len(other.unique()) > 700
    again = context.hidden_words(ids, 1000, training.generator(2))
    assert torch.equal(inputs, again[0]) and torch.equal(targets, again[1])
    assert (context.hidden_words(ids, 1000, training.generator(2), share=0.5)[1] >= 0).sum() > 0.49 * words


def test_dropout_keeps_the_mean_and_obeys_its_generator():
    x = torch.ones(200, 100)
    once, again = (context.dropped(x, 0.25, training.generator(5)) for _ in "ab")
    assert torch.equal(once, again) and once.mean().item() == pytest.approx(1, abs=0.02)
    assert once.unique().tolist() == pytest.approx([0, 4 / 3])
    assert context.dropped(x, 0.25, None) is x and context.dropped(x, 0.0, training.generator(1)) is x


def test_a_vocabulary_keeps_the_frequent_words_and_the_ends_of_texts():
    made = context.ContextVocabulary.build(TEXTS, min_count=4, max_size=3)
    assert made.words == ["<end>", "<unknown>", "<mask>", "the", "cat", "dog"] and "cat" in made and "sat" not in made
    assert made.stream([["the", "sat"], ["dog"]]).tolist() == [0, 3, 1, 0, 5, 0]
    assert context.pieces(torch.arange(7), 3).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_bad_input_names_the_remedy():
    for texts in ([["one", "one", "one"]], [[]], []):
        with pytest.raises(ValueError, match="two words or more"):
            context.ContextVocabulary.build(texts, min_count=1)
    with pytest.raises(TypeError, match="list of words"):
        context.ContextVocabulary.build(["a text"])
    with pytest.raises(ValueError, match="lower length"):
        context.pieces(torch.arange(5), 6)
    with pytest.raises(ValueError, match="begins with"):
        context.ContextVocabulary(["a", "b", "c", "d", "e"])
    with pytest.raises(ValueError, match="kind must be"):
        context.ContextModel("t5", 10)
    with pytest.raises(ValueError, match="multiple of heads"):
        context.ContextModel("gpt", 10, d=10, heads=4)
    with pytest.raises(ValueError, match="9 words, but this model has 8 positions"):
        context.ContextModel("bert", 30, d=8, heads=2, positions=8)(torch.ones(1, 9, dtype=torch.long))
    with pytest.raises(ValueError, match="share must be"):
        context.hidden_words(torch.ones(2, 2), 5, training.generator(1), share=float("nan"))


def test_the_exercises_own_answers_are_those_of_the_helpers():
    draw = training.generator(1)
    ids = torch.randint(0, 50, (1, 500), generator=training.generator(9))
    dice, fate = torch.rand(ids.shape, generator=draw), torch.rand(ids.shape, generator=draw)
    words = torch.randint(3, 50, ids.shape, generator=draw)
    by_hand = exercises.context.hide(*(part[0].numpy() for part in (ids, dice, fate, words)))
    ours = context.hidden_words(ids, 50, training.generator(1))
    assert np.array_equal(by_hand[0], ours[0][0]) and np.array_equal(by_hand[1], ours[1][0])
