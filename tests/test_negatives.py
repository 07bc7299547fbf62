"""Negative sampling: draws against the distribution, loss and gradient against autograd, repeated rows."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from helpers import negatives, training, vocabulary
from helpers.negatives import NoiseSampler, alias_table

DRAWS = 200_000


def implied(share, alias):
    """The probabilities that an alias table stands for."""
    probabilities = share.copy()
    np.add.at(probabilities, alias, 1 - share)
    return probabilities / len(share)


def zipf(words, exponent=0.75):
    return vocabulary.noise(np.ceil(1e7 / np.arange(1, words + 1)), exponent)


weights = st.lists(st.one_of(st.integers(0, 4), st.floats(0, 1e6), st.just(1e-300)), min_size=1, max_size=40).filter(
    lambda values: sum(values) > 1e-200
)


@settings(max_examples=300, deadline=None)
@given(weights)
def test_an_alias_table_is_exact(values):
    probabilities = np.array(values, dtype=float) / sum(values)
    share, alias = alias_table(probabilities)
    assert share.shape == alias.shape == probabilities.shape
    assert np.all((share >= 0) & (share <= 1)) and np.all((alias >= 0) & (alias < len(alias)))
    assert np.allclose(implied(share, alias), probabilities, rtol=1e-9, atol=1e-12)
    assert not implied(share, alias)[probabilities == 0].any()


@pytest.mark.parametrize("words", [1, 2, 3, 7, 49, 1000, 100_003])
def test_an_alias_table_of_equals_and_of_a_long_tail(words):
    for probabilities in (np.full(words, 1 / words), zipf(words)):
        assert np.allclose(implied(*alias_table(probabilities)), probabilities, rtol=1e-7, atol=0)


def test_draws_follow_the_distribution():
    probabilities = zipf(500)
    drawn = NoiseSampler(probabilities).draw((DRAWS // 5, 5), training.generator(1))
    assert drawn.shape == (DRAWS // 5, 5) and drawn.dtype == torch.int64
    counts = np.bincount(drawn.reshape(-1).numpy(), minlength=500)
    assert stats.chisquare(counts, DRAWS * probabilities).pvalue > 0.01
    assert stats.chisquare(counts, DRAWS * zipf(500, 1.0)).pvalue < 1e-6, "this test can tell exponents apart"


def test_draws_do_not_depend_on_each_other():
    drawn = NoiseSampler([0.5, 0.3, 0.2]).draw((DRAWS, 2), training.generator(2)).numpy()
    together = np.bincount(drawn[:, 0] * 3 + drawn[:, 1], minlength=9)
    expected = np.outer([0.5, 0.3, 0.2], [0.5, 0.3, 0.2]).reshape(-1) * DRAWS
    assert stats.chisquare(together, expected).pvalue > 0.01


def test_one_seed_gives_the_same_words():
    sampler = NoiseSampler(zipf(100))
    first, second, other = (sampler.draw((50, 4), training.generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, second) and not torch.equal(first, other)
    assert torch.equal(sampler.draw(6, training.generator(5)), sampler.draw((6,), training.generator(5)))
    assert sampler.draw((0, 3), training.generator(5)).shape == (0, 3)


def test_probabilities_need_not_sum_to_one_and_zero_is_never_drawn():
    sampler, same = NoiseSampler([0, 30, 0, 10, 0]), NoiseSampler([0.0, 0.75, 0.0, 0.25, 0.0])
    drawn = sampler.draw(10_000, training.generator(6))
    assert torch.equal(drawn, same.draw(10_000, training.generator(6)))
    assert set(drawn.tolist()) == {1, 3}


def test_avoided_words_are_drawn_again_in_proportion():
    probabilities, avoid = np.array([0.6, 0.3, 0.1]), torch.tensor([0, 1, 2]).repeat(DRAWS // 6)
    drawn = NoiseSampler(probabilities).draw((len(avoid), 2), training.generator(7), avoid=avoid[:, None])
    for word in range(3):
        counts = np.bincount(drawn[avoid == word].reshape(-1).numpy(), minlength=3)
        assert counts[word] == 0
        others = np.delete(probabilities, word)
        assert stats.chisquare(np.delete(counts, word), counts.sum() * others / others.sum()).pvalue > 0.01


def test_avoiding_the_only_word_is_refused():
    for sampler in (NoiseSampler([1.0]), NoiseSampler([0.0, 2.0])):
        with pytest.raises(ValueError, match="needs two words"):
            sampler.draw((4,), training.generator(1), avoid=torch.tensor(0))


@pytest.mark.parametrize(
    "probabilities", [[], [[0.5, 0.5]], [0.5, -0.1], [np.nan, 1], [np.inf, 1], [0.0, 0.0], [1e308, 1e308]]
)
def test_odd_probabilities_are_refused(probabilities):
    with pytest.raises(ValueError, match="probabilities must"):
        NoiseSampler(probabilities)


def batch(size, negative, dim, seed, scale=1.0):
    generator = training.generator(seed)
    shapes = (size, dim), (size, dim), (size, negative, dim)
    return [(torch.randn(s, generator=generator, dtype=torch.float64) * scale).requires_grad_() for s in shapes]


def test_the_loss_by_hand():
    center, context = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 1.0]])
    noise = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]])
    expected = np.log1p(np.exp(-2)) + np.log1p(np.exp(1)) + np.log1p(np.exp(-1))
    assert negatives.loss(center, context, noise).item() == pytest.approx(expected, rel=1e-6)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_the_gradient_is_that_of_autograd(size, negative, dim, seed):
    case = batch(size, negative, dim, seed)
    expected = torch.autograd.grad(negatives.loss(*case), case)
    with torch.no_grad():
        found = negatives.gradients(*case)
    for ours, theirs in zip(found, expected):
        assert ours.shape == theirs.shape and torch.allclose(ours, theirs, atol=1e-12)


def test_the_gradient_is_that_of_finite_differences():
    assert torch.autograd.gradcheck(negatives.loss, batch(3, 2, 4, seed=8))
    center, context, noise = (v.detach() for v in batch(2, 3, 3, seed=9))
    found, small = negatives.gradients(center, context, noise)[0], 1e-6
    for place in np.ndindex(2, 3):
        change = torch.zeros_like(center)
        change[place] = small
        up, down = (negatives.loss(center + s * change, context, noise) for s in (1, -1))
        assert found[place].item() == pytest.approx(((up - down) / (2 * small)).item(), abs=1e-7)


def test_large_scores_keep_a_finite_loss():
    case = batch(5, 4, 6, seed=10, scale=100.0)
    assert torch.isfinite(negatives.loss(*case)) and all(torch.isfinite(g).all() for g in negatives.gradients(*case))


def test_the_sum_over_a_batch_and_no_noise_at_all():
    center, context, noise = batch(4, 3, 2, seed=11)
    parts = sum(negatives.loss(center[i : i + 1], context[i : i + 1], noise[i : i + 1]) for i in range(4))
    assert torch.allclose(negatives.loss(center, context, noise), parts)
    alone = negatives.loss(center, context, noise[:, :0])
    assert torch.allclose(alone, -torch.nn.functional.logsigmoid((center * context).sum(1)).sum())


@pytest.mark.parametrize(
    "shapes",
    [((4, 3), (3,), (4, 2, 3)), ((4, 3), (4, 3), (4, 3)), ((4, 3), (4, 3), (1, 2, 3)), ((4, 3), (4, 3), (4, 2, 1)),
     ((3,), (3,), (2, 3)), ((4, 3), (1, 3), (4, 2, 3))],
)  # fmt: skip
def test_shapes_that_would_be_stretched_are_refused(shapes):
    case = [torch.zeros(shape) for shape in shapes]
    for function in (negatives.loss, negatives.gradients):
        with pytest.raises(ValueError, match="batch, negative, dim"):
            function(*case)


def test_a_step_equals_autograd_with_repeated_rows():
    generator = training.generator(12)
    inputs, outputs = (torch.randn(5, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    centers, contexts = torch.tensor([0, 1, 0, 4]), torch.tensor([2, 2, 3, 2])
    noise = torch.tensor([[2, 2], [1, 3], [0, 2], [2, 4]])
    tables = [inputs.clone().requires_grad_(), outputs.clone().requires_grad_()]
    total = negatives.loss(tables[0][centers], tables[1][contexts], tables[1][noise])
    expected = [t.detach() - 0.1 * g for t, g in zip(tables, torch.autograd.grad(total, tables))]
    found = negatives.step(inputs, outputs, centers, contexts, noise, 0.1)
    assert found[0] is inputs and found[1] is outputs, "in place"
    assert all(torch.allclose(f, e, atol=1e-12) for f, e in zip(found, expected))


def test_a_step_touches_no_other_row():
    inputs, outputs = torch.ones(50, 4), torch.ones(50, 4)
    negatives.step(inputs, outputs, torch.tensor([7]), torch.tensor([8]), torch.tensor([[3, 3, 9]]), 0.1)
    assert (inputs != 1).any(1).nonzero().flatten().tolist() == [7]
    assert (outputs != 1).any(1).nonzero().flatten().tolist() == [3, 8, 9]


def test_steps_make_the_loss_smaller():
    generator = training.generator(13)
    inputs, outputs = torch.randn(30, 8, generator=generator), torch.randn(30, 8, generator=generator)
    centers, contexts = torch.randint(30, (2, 64), generator=generator)
    noise = torch.randint(30, (64, 5), generator=generator)
    losses = []
    for _ in range(20):
        losses.append(negatives.loss(inputs[centers], outputs[contexts], outputs[noise]).item())
        negatives.step(inputs, outputs, centers, contexts, noise, 0.01)
    assert all(after < before for before, after in zip(losses, losses[1:]))


def test_a_word_that_is_practically_alone_cannot_be_avoided():
    sampler = NoiseSampler([1.0, 1e-30])
    with pytest.raises(ValueError, match="practically all of the probability"):
        sampler.draw(3, torch.Generator().manual_seed(1), avoid=0)
    assert sampler.draw(np.int64(3), torch.Generator().manual_seed(1), avoid=1).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="shape must be"):
        sampler.draw((2, 0.5), torch.Generator().manual_seed(1))


def test_no_constant_answer_beats_the_constant_loss():
    answers = np.linspace(0.001, 0.999, 999)
    for k in (1, 2, 5, 19):
        losses = -np.log(answers) - k * np.log(1 - answers)
        assert losses.min() == pytest.approx(negatives.constant_loss(k), abs=1e-3)
        assert losses.min() >= negatives.constant_loss(k) - 1e-12
        assert answers[losses.argmin()] == pytest.approx(1 / (1 + k), abs=1e-3)
    assert negatives.constant_loss(0) == 0
