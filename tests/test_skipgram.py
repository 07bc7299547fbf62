"""Samples: the slide's table, the vectorized pairs against the plain ones, random windows, subsampling."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import skipgram
from helpers.skipgram import cbow_samples, pair_batches, pairs, pairs_array, subsample

SENTENCE = "the wide road shimmered in the hot sun".split()
SLIDE = {
    (2, 1): "wide, the wide, road wide, shimmered",
    (2, 3): "shimmered, wide shimmered, road shimmered, in shimmered, the",
    (2, 7): "sun, the sun, hot",
    (3, 1): "wide, the wide, road wide, shimmered wide, in",
    (3, 3): "shimmered, the shimmered, wide shimmered, road shimmered, in shimmered, the shimmered, hot",
    (3, 7): "sun, in sun, the sun, hot",
}


def plain(ids, window, offsets):
    """`pairs` sentence by sentence."""
    rows = [pair for a, b in zip(offsets[:-1], offsets[1:]) for pair in pairs(ids[a:b], window)]
    return np.array(rows, dtype=np.int32).reshape(-1, 2)


@st.composite
def corpora(draw):
    """Ids and offsets of up to eight sentences, empty ones and long ones among them."""
    lengths = draw(st.lists(st.integers(0, 30), min_size=1, max_size=8))
    ids = draw(st.lists(st.integers(0, 5), min_size=sum(lengths), max_size=sum(lengths)))
    return np.array(ids, np.int32), np.concatenate(([0], np.cumsum(lengths)))


def test_the_slides_table():
    for (window, i), text in SLIDE.items():
        center = SENTENCE[i]
        words = text.replace(",", "").split()
        assert [p for p in pairs(SENTENCE, window) if p[0] == center] == list(zip(words[::2], words[1::2]))


def test_counts_of_the_slides_sentence():
    two, three = pairs(SENTENCE, 2), pairs(SENTENCE, 3)
    assert (len(two), len(set(two))) == (26, 26)
    assert (len(three), len(set(three))) == (36, 32)
    assert Counter(three)["shimmered", "the"] == 2


def test_cbow_of_the_brook_sentence():
    tokens = "개울가 에서 속옷 빨래 를 하는 남녀".split()
    samples = cbow_samples(tokens, 2)
    assert (["에서", "속옷", "를", "하는"], "빨래") in samples
    assert [len(contexts) for contexts, _ in samples] == [2, 3, 4, 4, 4, 3, 2]


@given(st.lists(st.sampled_from("abc"), max_size=12), st.integers(1, 15))
def test_cbow_and_skip_gram_hold_the_same_words(tokens, window):
    flat = [(center, word) for contexts, center in cbow_samples(tokens, window) for word in contexts]
    assert flat == pairs(tokens, window)


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 15))
def test_pairs_are_symmetric_and_at_most_a_window_apart(tokens, window):
    places = pairs(list(range(len(tokens))), window)
    assert all(1 <= abs(i - j) <= window for i, j in places)
    assert Counter(pairs(tokens, window)) == Counter((b, a) for a, b in pairs(tokens, window))


@settings(max_examples=200, deadline=None)
@given(corpora(), st.integers(1, 40), st.sampled_from([1, 7, 64, skipgram.BLOCK]), st.sampled_from([1, 2]))
def test_vectorized_equals_plain(corpus, window, size, workers):
    ids, offsets = corpus
    before = skipgram.BLOCK
    skipgram.BLOCK = size
    try:
        expected = plain(ids, window, offsets)
        found = pairs_array(ids, window, offsets, workers=workers)
        batches = list(pair_batches(ids, window, offsets))
    finally:
        skipgram.BLOCK = before
    assert found.dtype == np.int32 and np.array_equal(found, expected)
    assert np.array_equal(np.concatenate([np.empty((0, 2), np.int32), *batches]), expected)


def test_one_sentence_needs_no_offsets():
    ids = np.arange(50, dtype=np.int64)
    assert np.array_equal(pairs_array(ids, 300), plain(ids, 300, [0, 50]))
    assert np.array_equal(pairs_array(list(ids), 10**12), pairs_array(ids, 49))


def test_any_32_bit_number_may_be_an_id():
    ids = [-1, 2**31 - 1, 0, -(2**31), 7]
    assert np.array_equal(pairs_array(ids, 2), plain(ids, 2, [0, 5]))


def test_a_long_corpus_in_many_blocks():
    rng = np.random.default_rng(1)
    lengths = rng.integers(0, 40, 5_000)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    ids = rng.integers(0, 1000, offsets[-1]).astype(np.int32)
    found = pairs_array(ids, 5, offsets)
    assert len(found) > 2 * skipgram.BLOCK
    assert np.array_equal(found, plain(ids.tolist(), 5, offsets))
    assert max(map(len, pair_batches(ids, 5, offsets))) <= skipgram.BLOCK + 10


@pytest.mark.parametrize("ids", [[], [3]])
def test_nothing_to_pair(ids):
    assert pairs(ids, 2) == [] and cbow_samples(ids, 2) == []
    assert pairs_array(ids, 2).shape == (0, 2) and list(pair_batches(ids, 2)) == []
    assert pairs_array(ids, 2, generator=np.random.default_rng(1)).shape == (0, 2)


def test_random_windows_have_the_expected_distances():
    places = np.arange(200_000)
    found = pairs_array(places, 5, generator=np.random.default_rng(7))
    share = np.bincount(abs(found[:, 0] - found[:, 1]), minlength=6)[1:] / (2 * len(places))
    assert np.allclose(share, [1, 0.8, 0.6, 0.4, 0.2], atol=0.01)


@given(corpora(), st.integers(1, 6), st.integers(0, 5))
def test_random_windows_are_whole_windows_of_some_size(corpus, window, seed):
    ids, offsets = corpus
    found = pairs_array(np.arange(len(ids)), window, offsets, generator=np.random.default_rng(seed))
    again = [*pair_batches(np.arange(len(ids)), window, offsets, generator=np.random.default_rng(seed))]
    assert np.array_equal(np.concatenate([np.empty((0, 2), np.int32), *again]), found)
    sentence = np.searchsorted(offsets, np.arange(len(ids)), side="right")
    for i in range(len(ids)):
        contexts = found[found[:, 0] == i, 1].tolist()
        options = [
            [j for j in range(i - w, i + w + 1) if j != i and 0 <= j < len(ids) and sentence[j] == sentence[i]]
            for w in range(1, window + 1)
        ]
        assert contexts in options


def test_random_windows_longer_than_the_sentences_keep_their_odds():
    places, offsets = np.arange(90_000), np.arange(0, 90_001, 3)
    found = pairs_array(places, 10, offsets, generator=np.random.default_rng(2))
    far = abs(found[:, 0] - found[:, 1]) == 2
    assert abs(far.sum() / 60_000 - 0.9) < 0.01


def test_subsampling_keeps_the_expected_share():
    ids = np.repeat(np.arange(3, dtype=np.int32), 50_000)
    kept = subsample(ids, [0.1, 0.5, 1.0], np.random.default_rng(3))
    assert np.allclose(np.bincount(kept) / 50_000, [0.1, 0.5, 1.0], atol=0.01)


@given(corpora(), st.integers(0, 5))
def test_subsampling_keeps_sentences_apart(corpus, seed):
    ids, offsets = corpus
    keep = np.linspace(0, 1, 6)
    kept, bounds = subsample(ids, keep, np.random.default_rng(seed), offsets)
    assert np.array_equal(kept, subsample(ids, keep, np.random.default_rng(seed)))
    assert len(bounds) == len(offsets) and bounds[-1] == len(kept)
    stays = np.random.default_rng(seed).random(len(ids)) < keep[ids]
    for s in range(len(offsets) - 1):
        a, b = offsets[s], offsets[s + 1]
        assert np.array_equal(kept[bounds[s] : bounds[s + 1]], ids[a:b][stays[a:b]])


@pytest.mark.parametrize("function", [pairs, cbow_samples, pairs_array, lambda i, w: list(pair_batches(i, w))])
@pytest.mark.parametrize("window, error", [(0, ValueError), (-2, ValueError), (2.0, TypeError), ("2", TypeError),
                                           (True, TypeError), (None, TypeError)])  # fmt: skip
def test_odd_windows_are_refused(function, window, error):
    with pytest.raises(error, match="window must be"):
        function([1, 2, 3], window)


def test_a_string_is_no_sentence():
    for function in (pairs, cbow_samples):
        with pytest.raises(TypeError, match="split"):
            function("the wide road", 2)


@pytest.mark.parametrize("ids", [["a", "b"], [1.0, 2.0], [[1, 2], [3, 4]]])
def test_ids_must_be_a_stream_of_whole_numbers(ids):
    with pytest.raises(TypeError, match="encode"):
        pairs_array(ids, 2)


@pytest.mark.parametrize("offsets", [[0, 2], [1, 3], [0, 2, 1, 3], [], [0.0, 3.0], [3]])
def test_offsets_must_cover_the_ids(offsets):
    for function in (lambda: pairs_array([1, 2, 3], 2, offsets),
                     lambda: subsample([0, 0, 0], [0.5], np.random.default_rng(1), offsets)):  # fmt: skip
        with pytest.raises(ValueError, match="offsets must rise from 0"):
            function()
    with pytest.raises(ValueError, match="offsets must be an array of numbers of shape"):
        pairs_array([1, 2, 3], 2, [[0, 3]])


def test_ids_beyond_32_bits_and_odd_probabilities_are_refused():
    with pytest.raises(ValueError, match="32 bits"):
        pairs_array([0, 2**40], 2)
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="keep must be an array of numbers of shape"):
        subsample([0, 1], [[0.5, 0.5]], rng)
    with pytest.raises(ValueError, match="one probability for each id"):
        subsample([0, 1], [0.5], rng)
    with pytest.raises(ValueError, match="one probability for each id"):
        subsample([-1, 1], [0.5, 0.5], rng)
    for keep in ([0.5, 1.5], [0.5, np.nan]):
        with pytest.raises(ValueError, match="between 0 and 1"):
            subsample([0, 1], keep, rng)


def test_expected_pairs_are_those_that_random_windows_give():
    for length, window in ((8, 2), (8, 5), (3, 5), (1, 4)):
        ids, found = np.arange(length), []
        for seed in range(2000):
            found.append(len(skipgram.pairs_array(ids, window, generator=np.random.default_rng(seed))))
        assert skipgram.expected_pairs(length, window) == pytest.approx(np.mean(found), rel=0.03, abs=1e-9)


@pytest.mark.parametrize("window", ["a", 1.5, 0, None])
def test_reach_asks_for_a_window(window):
    with pytest.raises((ValueError, TypeError), match="window"):
        skipgram.reach([True, False, True], window)


def test_reach_is_the_greatest_distance_among_the_pairs():
    for seed in range(30):
        kept = np.random.default_rng(seed).random(15) < 0.5
        for window in (1, 2, 5):
            pairs = skipgram.pairs_array(np.flatnonzero(kept).astype(np.int32), window)
            farthest = int(abs(pairs[:, 0] - pairs[:, 1]).max()) if len(pairs) else 0
            assert skipgram.reach(kept, window) == farthest
