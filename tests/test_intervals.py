"""Paired bootstrap intervals against scipy's, against answers that can be read off, and in simulated worlds."""

import numpy as np
import pytest
from scipy import stats

from helpers import intervals, scores, vectors

DRAW = np.random.default_rng(0)
ONE, OTHER = (DRAW.random(80) < share for share in (0.6, 0.5))


def test_the_interval_is_scipys_for_the_same_draws():
    ours = scores.paired_difference(ONE, OTHER, seed=3, resamples=999, level=0.9)
    theirs = stats.bootstrap(
        (ONE, OTHER), lambda a, b, axis: a.mean(axis) - b.mean(axis), paired=True, method="percentile",
        n_resamples=999, confidence_level=0.9, rng=np.random.default_rng(3),
    ).confidence_interval  # fmt: skip
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert ours.value == pytest.approx(ONE.mean() - OTHER.mean()) and ours.n == 80


def test_rank_correlations_are_compared_as_scipy_would():
    people = DRAW.normal(size=60)
    near, far = people + 0.5 * DRAW.normal(size=60), people + 3 * DRAW.normal(size=60)
    pairs = [np.stack([x, people], 1) for x in (near, far)]
    ours = scores.paired_difference(*pairs, score=lambda both: scores.rank_correlation(*both.T), resamples=500)
    theirs = stats.bootstrap(
        (near, far, people), lambda a, b, p: stats.spearmanr(a, p)[0] - stats.spearmanr(b, p)[0], paired=True,
        method="percentile", n_resamples=500, rng=np.random.default_rng(1), vectorized=False,
    ).confidence_interval  # fmt: skip
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert ours.apart


def test_pairing_cancels_what_both_methods_share():
    """Hard and easy items, on which one method is always a little better: apart in pairs, hidden unpaired."""
    level = DRAW.normal(size=50)
    better, worse = level + 0.1 + 0.02 * DRAW.normal(size=50), level
    paired = scores.paired_difference(better, worse)
    unpaired = stats.bootstrap(
        (better, worse), lambda a, b, axis: a.mean(axis) - b.mean(axis), method="percentile", n_resamples=500
    ).confidence_interval
    assert paired.apart and unpaired.low < 0 < unpaired.high


def test_items_of_one_group_are_drawn_together():
    """Forty passages of four articles are four units: copies of an item must not make the interval narrower."""
    one, other, groups = np.repeat([1.0, 1, 0, 1], 10), np.repeat([0.0, 1, 0, 0], 10), np.repeat(list("bdac"), 10)
    together, few = scores.paired_difference(one, other, groups), scores.paired_difference(one[::10], other[::10])
    assert together.n == 4 and scores.paired_difference(one, other).n == 40
    assert together[:3] == pytest.approx(scores.paired_difference([0, 1, 1, 1], [0, 0, 0, 1])[:3])  # sorted by label
    assert together.value == few.value == 0.5
    alone = scores.paired_difference(one, other)
    assert alone.high - alone.low < 0.5 * (together.high - together.low)


def test_groups_of_unequal_size_count_by_their_items():
    one, other, groups = [1, 1, 1, 0], [0, 0, 0, 0], ["long", "long", "long", "short"]
    found = scores.paired_difference(one, other, groups)
    assert found[:] == (0.75, 0, 1, 2)


def test_nineteen_of_twenty_intervals_hold_the_truth():
    draw, held = np.random.default_rng(5), 0
    for seed in range(200):
        level = draw.normal(size=60)
        found = scores.paired_difference(level + 0.3 + draw.normal(size=60), level, resamples=300, seed=seed)
        held += found.low <= 0.3 <= found.high
    assert 180 <= held <= 198


def test_told_apart_only_where_zero_is_outside():
    assert intervals.Interval(0.2, 0.1, 0.3, 9).apart and intervals.Interval(-0.2, -0.3, -0.1, 9).apart
    assert not intervals.Interval(0.2, -0.1, 0.3, 9).apart and not intervals.Interval(0.1, 0, 0.2, 9).apart
    assert str(intervals.Interval(0.2, -0.1, 0.3, 9)) == "+0.200 [-0.100, +0.300] n = 9"
    assert scores.paired_difference([1, 0, 1], [1, 0, 1])[:] == (0, 0, 0, 3)


def test_bad_input_names_the_remedy():
    with pytest.raises(ValueError, match="same items"):
        scores.paired_difference([1, 0], [1])
    with pytest.raises(ValueError, match="same items"):
        scores.paired_difference([1, 0], [1, 1], ["a"])
    with pytest.raises(ValueError, match="two units"):
        scores.paired_difference([1], [0])
    with pytest.raises(ValueError, match="two units"):
        scores.paired_difference([], [])
    with pytest.raises(ValueError, match="0.95"):
        scores.paired_difference([1, 0], [1, 1], level=95)
    with pytest.raises(ValueError, match="leave out"):
        scores.paired_difference([1, np.nan], [1, 1])


@pytest.fixture
def worlds(tmp_path):
    """Two sets of vectors of one vocabulary, one of them without its last word, and files to compare them on."""
    words = [f"w{i}" for i in range(30)]
    bases, shift = DRAW.normal(size=(15, 8)), DRAW.normal(size=8)
    good = np.concatenate([bases, bases + shift])
    first = vectors.keyed_vectors(words, good)
    second = vectors.keyed_vectors(words[:-1], (good + 1.5 * DRAW.normal(size=good.shape))[:-1])
    lines = [f"w{i} w{i + 15} w{j} w{j + 15}" for i in range(3) for j in range(15) if i != j]
    (tmp_path / "questions.txt").write_text(": all\n" + "\n".join(lines))
    cosines = [(i, j, first.similarity(words[i], words[j])) for i in range(0, 30, 3) for j in range(1, 30, 4)]
    (tmp_path / "pairs.tsv").write_text("# head\n" + "\n".join(f"W{i}\tw{j}\t{score}" for i, j, score in cosines))
    return first, second, tmp_path


def test_vectors_are_compared_on_what_both_know(worlds):
    first, second, folder = worlds
    found = scores.compare_analogies(first, second, folder / "questions.txt", unit="question")
    asked = scores.analogies(second, folder / "questions.txt")
    of_first = scores.analogies(first, folder / "questions.txt").hits[~np.isnan(asked.hits)]
    assert found.n == asked.asked == 3 * 13 < 3 * 14
    assert found.value == pytest.approx(of_first.mean() - asked.share) and found.apart
    by_pair = scores.compare_analogies(first, asked, folder / "questions.txt")
    assert by_pair.n == 14 and by_pair.value == pytest.approx(found.value)
    with pytest.raises(ValueError, match="'pair' or 'question'"):
        scores.compare_analogies(first, second, folder / "questions.txt", unit="word")
    found = scores.compare_similarity(first, second, folder / "pairs.tsv")
    second_alone = scores.similarity(second, folder / "pairs.tsv")
    assert found.n == second_alone.used < scores.similarity(first, folder / "pairs.tsv").used
    assert found.value == pytest.approx(1 - second_alone.value, abs=1e-3) and found.apart


def test_cosines_of_pairs_give_gensims_correlation(worlds):
    _, second, folder = worlds
    people, cosines = scores.pair_cosines(second, folder / "pairs.tsv")
    known = ~np.isnan(cosines)
    expected = scores.similarity(second, folder / "pairs.tsv")
    assert known.sum() == expected.used and len(people) == expected.pairs
    assert scores.rank_correlation(people[known], cosines[known]) == pytest.approx(expected.value)


@pytest.mark.parametrize(
    "gap, ahead",
    [
        ((0.07, 0.004, 0.126, 51), "PPMI"),
        ((-0.07, -0.126, -0.004, 51), "GloVe"),
        ((0.07, -0.004, 0.126, 51.0), "not clear"),
        ((0.07, 0, 0.126, 51), "not clear"),
    ],
)
def test_a_verdict_names_who_is_ahead_by_the_interval_alone(gap, ahead):
    line = scores.verdict("PPMI", "GloVe", gap)
    assert line["ahead"] == ahead and line["n"] == 51 and isinstance(line["n"], int)
    assert line["difference"] == f"{gap[0]:+.2f}"
    assert line["95 % interval"] == f"[{gap[1]:+.2f}, {gap[2]:+.2f}]"


def test_a_verdict_needs_the_whole_interval():
    with pytest.raises(ValueError, match="gap"):
        scores.verdict("PPMI", "GloVe", (0.1, 0.2, 0.3))


@pytest.mark.parametrize("gap", [(np.nan, 0, 1, 9), (0.1, 0, np.inf, 9), (0.1, 0, 1, np.nan), (0.1, 0, 1, np.inf)])
def test_a_verdict_needs_numbers(gap):
    with pytest.raises(ValueError, match="each of gap must be a number"):
        scores.verdict("PPMI", "GloVe", gap)
