"""Typos, unknown forms and rare words: what is left of a text, who counts as a neighbor, which half chooses."""

from collections import Counter

import numpy as np
import pytest

from helpers import vectors
from helpers.korean import unknown
from helpers.vocabulary import Vocabulary

TEXT = [["학교에", "간다"], ["학교에", "학교에", "온다"], ["집에", "간다"], ["집에", "학교에"]]


@pytest.mark.parametrize("occurrences, left", [(0, 0), (1, 1), (3, 3), (4, 4), (9, 4)])
def test_so_many_occurrences_of_a_target_are_kept_and_all_other_words(occurrences, left):
    before = Counter(token for tokens in TEXT for token in tokens)
    found = unknown.kept(TEXT, ["학교에"], occurrences)
    counts = Counter(token for tokens in found for token in tokens)
    assert counts["학교에"] == left and len(found) == len(TEXT)
    assert {w: n for w, n in counts.items() if w != "학교에"} == {w: n for w, n in before.items() if w != "학교에"}


def test_which_occurrences_are_kept_is_drawn():
    found = {str(unknown.kept(TEXT, ["학교에"], 1, seed=seed)) for seed in range(20)}
    assert len(found) > 2 and str(unknown.kept(TEXT, ["학교에"], 1, seed=3)) in found


def test_neighbors_are_shared_among_words_that_are_no_targets():
    words = ["가", "나", "다", "라", "마", "바"]
    reference = vectors.keyed_vectors(words, np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1], [0.1, 1], [-1, 0]]))
    same = unknown.neighbors_kept(reference, reference, ["가", "나"], k=2)
    assert np.array_equal(same, [1, 1])
    other = vectors.keyed_vectors(words, np.array([[0, 1], [1, 0.1], [1, 0.2], [0, 1], [0.1, 1], [-1, 0]]))
    moved = unknown.neighbors_kept(other, reference, ["가", "나"], k=2)  # 가: 라 마, before 다 마
    assert np.array_equal(moved, [0.5, 1])


def test_pairs_are_unknown_as_eojeols_and_known_as_morphemes():
    everything = [pair for pair in unknown.unknown_pairs(set(), AnyWord()) if "어머니" in pair]
    assert ("어머니", "엄마", 9.5) in everything
    assert all("어머니라도" not in map(unknown.with_particle, pair[:2])
               for pair in unknown.unknown_pairs({"어머니라도"}, AnyWord()))  # fmt: skip
    assert unknown.unknown_pairs(set(), {"어머니", "엄마"}) == [("어머니", "엄마", 9.5)]


class AnyWord:
    def __contains__(self, word):
        return True


def test_the_rate_is_chosen_by_one_half_and_reported_by_the_other():
    choosing = np.array([True, True, False, False])
    items = {0.1: np.array([1.0, 1, 0, 0]), 0.2: np.array([0.0, 0, 1, 1])}
    rate, rest = unknown.best(items, choosing, np.mean)
    assert rate == 0.1 and rest.tolist() == [0, 0]


def test_meaning_compares_the_forms_that_are_asked_for():
    kv = vectors.keyed_vectors(["어머니라도", "엄마라도"], np.array([[1.0, 0], [1, 1]]))
    found = unknown.meaning(kv, [("어머니", "엄마", 9.5)], unknown.with_particle)
    assert np.allclose(found, [[np.sqrt(0.5), 9.5]])
    assert unknown.with_particle("집") == "집이라도"


def test_frequent_words_are_frequent_and_drawn():
    vocabulary = Vocabulary.build([["가나"] * 9 + ["나다"] * 8 + ["다라"] * 2 + ["라"] * 9], min_count=1)
    assert unknown.frequent(vocabulary, least=8) == ["가나", "나다"]
    assert len(unknown.frequent(vocabulary, number=1, least=8)) == 1


def test_everything_on_a_small_text(monkeypatch):
    monkeypatch.setattr(unknown, "RATES", (0.05,))
    monkeypatch.setattr(unknown, "SHAPE", {"vector_size": 4, "epochs": 1, "workers": 1})
    pairs = unknown.unknown_pairs(set(), AnyWord())
    nouns = sorted({noun for pair in pairs for noun in pair[:2]})
    eojeols = [[f"{noun}에서는", "조용히", "노래합니다"] for noun in nouns] * 5
    morphemes = [[tokens[0].removesuffix("에서는"), "에서", *tokens[1:]] for tokens in eojeols]
    told = unknown.compare(eojeols, morphemes)
    assert set(told["typos"]["letters"]) == {1, 2, 3} and told["typos"]["models"]["word2vec, 1"] == 0
    words = {token for tokens in eojeols for token in tokens}
    assert told["typos"]["n"] == len(unknown.long_enough(words)) // 2 > 50
    assert told["typos"]["letters ahead"]["word2vec, 1"][0] > 0.5
    assert told["meaning"]["n"] == len(pairs) // 2
    assert set(told["meaning"]["models"]) == {*unknown.MODELS, "word2vec on morphemes"} - {"word2vec"}
    assert told["rare"]["n"] == 2 and told["rare"]["kept"][-1] == "all"
    assert set(told["rare"]["shares"]) == {"word2vec", "syllable 1-3", "syllable 1-3, by word2vec"}
    assert {len(rows) for rows in told["rare"]["shares"].values()} == {6}
    found, rival = (told["rare"]["shares"][name] for name in ("syllable 1-3, by word2vec", "word2vec"))
    leads = [lead for lead, *_ in told["rare"]["ahead"]]
    assert leads == pytest.approx([one - other for one, other in zip(found, rival)], abs=1e-3), "one judge for both"
    with pytest.raises(ValueError, match="read more texts"):
        unknown.compare(eojeols[:9], morphemes[:9])
