"""Typos and unknown forms: which pairs count, which half chooses."""

import numpy as np
import pytest

from helpers import vectors
from helpers.korean import unknown


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
    with pytest.raises(ValueError, match="read more texts"):
        unknown.compare(eojeols[:9], morphemes[:9])
