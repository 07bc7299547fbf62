"""Looking vectors up and comparing them, against the long way round."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from helpers import vectors


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 5))
def test_look_up_is_one_hot_times_table(seed, words, dimensions):
    draw = np.random.default_rng(seed)
    table, ids = draw.normal(size=(words, dimensions)), draw.integers(words, size=7)
    assert np.allclose(vectors.look_up(table, ids), np.eye(words)[ids] @ table)
    assert torch.equal(vectors.look_up(torch.tensor(table), torch.tensor(ids)), torch.tensor(table[ids]))


def test_cosine_of_known_angles():
    assert vectors.cosine(np.array([3.0, 4.0]), np.array([4.0, 3.0])) == pytest.approx(24 / 25)
    assert vectors.cosine(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0])) == 0
    assert vectors.cosine(np.array([1.0, 2.0]), np.array([-2.0, -4.0])) == pytest.approx(-1)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 5))
def test_matrix_and_single_cosines_agree_with_torch(seed, n, m):
    draw = torch.Generator().manual_seed(seed)
    a, b = torch.randn(n, 3, generator=draw), torch.randn(m, 3, generator=draw)
    found = vectors.cosine_matrix(a, b)
    wanted = torch.nn.functional.cosine_similarity(a[:, None], b[None], dim=-1)
    assert found.shape == (n, m) and torch.allclose(found, wanted, atol=1e-5)
    assert vectors.cosine(a[0], b[0]) == pytest.approx(found[0, 0].item(), abs=1e-5)


def test_a_vector_of_zeros_is_refused():
    with pytest.raises(ValueError, match="leave such words out"):
        vectors.cosine(np.zeros(2), np.ones(2))
    with pytest.raises(ValueError, match="leave such words out"):
        vectors.cosine_matrix(torch.ones(2, 2), torch.zeros(1, 2))
