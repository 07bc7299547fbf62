"""Phrases: the score against gensim's, places of a text held out, two questions with known answers, a small run."""

import json

import numpy as np
import pytest
from gensim.models.phrases import Phrases

from helpers import corpora, exercises, phrases, scores, vectors

SENTENCES = corpora.load("wikipedia").first(4000)
NAMED = [["she", "saw", "new", "york", "and", "york"], ["new", "books", "of", "new", "york"], ["old", "york"]]


def test_words_and_pairs_are_counted_within_sentences():
    words, pairs = phrases.counted(NAMED)
    assert words["new"] == 3 and words["york"] == 4 and pairs["new", "york"] == 2
    assert ("york", "new") not in pairs and sum(pairs.values()) == 5 + 4 + 1


def test_a_text_that_is_not_cut_into_words_is_refused():
    with pytest.raises(TypeError, match="a sentence must be a list of words"):
        phrases.counted(["new york"])
    for wrong in ({"delta": -1}, {"delta": "5"}, {"delta": 5, "most": 0}):
        with pytest.raises(ValueError, match="must be a whole number"):
            phrases.highest(NAMED, **wrong)


@pytest.mark.parametrize("delta", [1, 5, 20])
def test_the_score_is_gensim_s(delta):
    words, pairs = phrases.counted(SENTENCES)
    model = phrases.learned(SENTENCES, 10, delta)
    theirs, kinds = phrases.pairs_of(model), len(words) + len(pairs)
    ours = {ab: phrases.score(n, *(words[word] for word in ab), delta, kinds) for ab, n in pairs.items()}
    assert len(model.vocab) == kinds and theirs.keys() == {pair for pair, value in ours.items() if value > 10}
    assert all(theirs[pair] == pytest.approx(ours[pair]) for pair in theirs)
    best = phrases.highest(SENTENCES, delta, 5)
    assert [row[2] for row in best] == pytest.approx(sorted(theirs.values(), reverse=True)[:5])
    assert best[0][3:] == [pairs[tuple(best[0][:2])], *(words[word] for word in best[0][:2])]


def test_the_exercise_names_the_smallest_count_that_gensim_joins():
    """A text in which a and b stand apart often enough, and together so often and once less."""
    apart = [["a", "c"], ["d", "b"]] * 40 + [[f"w{n}"] for n in range(60)]
    for threshold in (0.05, 0.4, 1.5):
        for together in range(1, 40):
            text = apart + [["a", "b"]] * together
            model = Phrases(text, min_count=2, threshold=threshold)
            kinds, count = len(model.vocab), 40 + together
            needed = exercises.phrases.times_needed(count, count, kinds, 2, threshold)
            assert ("a_b" in model.export_phrases()) == (together >= needed)


def test_every_fifth_sentence_is_held_out():
    train, held_out = phrases.split(list(range(11)))
    assert held_out == [4, 9] and train == [0, 1, 2, 3, 5, 6, 7, 8, 10]


def test_places_of_a_pair_and_of_its_words_alone():
    found = phrases.places(NAMED, [("new", "york")])["new", "york"]
    assert sorted(found["both"]) == [(["new", "books", "of"], []), (["she", "saw"], ["and", "york"])]
    assert found["first"] == [([], ["books", "of", "new", "york"])]
    assert sorted(found["second"]) == [(["old"], []), (["she", "saw", "new", "york", "and"], [])]
    many = phrases.places([["new", "york"]] * 50, [("new", "york")])["new", "york"]
    assert {kind: len(some) for kind, some in many.items()} == {"both": phrases.MOST, "first": 0, "second": 0}


def test_a_pair_is_asked_about_where_each_kind_has_enough_places():
    rare = [["new", "york"], ["new", "x"], ["x", "york"]]
    assert list(phrases.asked_about([("new", "york")], rare * phrases.FEWEST)) == [("new", "york")]
    assert not phrases.asked_about([("new", "york")], rare * (phrases.FEWEST - 1))


def test_phrases_that_share_their_rarer_word_are_one_unit():
    words = {"the": 9, "alkali": 3, "metal": 5, "metals": 4}
    assert list(phrases.rarer([("alkali", "metal"), ("alkali", "metals"), ("the", "metal")], words)) == [
        "alkali", "alkali", "metal"
    ]  # fmt: skip


def world():
    """Eleven and more phrases, each beside a word of its own; its words alone stand elsewhere.  One direction each."""
    names, places = [], {}
    for n in range(12):
        names += [f"p{n}_q{n}", f"p{n}", f"q{n}", f"around{n}", f"alone{n}"]
        places[f"p{n}", f"q{n}"] = {
            "both": [([f"around{n}"], [])] * 3,
            "first": [([f"alone{n}"], [])] * 3,
            "second": [([], [f"alone{n}"])] * 3,
        }
    table = np.zeros((60, 24), np.float32)
    for n in range(12):
        table[5 * n, 2 * n] = table[5 * n + 3, 2 * n] = 1  # the phrase and what is around it
        table[[5 * n + 1, 5 * n + 2, 5 * n + 4], 2 * n + 1] = 1  # its words, and what is around them alone
    return names, table, places


def test_a_vector_of_its_own_answers_both_questions_and_the_mean_of_the_words_neither():
    names, table, places = world()
    own = phrases.answers(places, vectors.keyed_vectors(names, table))
    assert own["found"].tolist() == own["told"].tolist() == [1.0] * 12
    words = [i for i, name in enumerate(names) if "_" not in name]
    mean = phrases.answers(places, vectors.keyed_vectors([names[i] for i in words], table[words]))
    assert mean["told"].tolist() == [0.0] * 12


def test_a_place_is_found_where_fewer_than_ten_are_nearer():
    names, table, places = world()
    nearer = table.copy()
    for n in range(1, phrases.NEAREST + 1):  # ten others lie where the words around the first phrase are
        nearer[5 * n, 0] = 2
    nearer[0, 1] = 1
    assert phrases.answers(places, vectors.keyed_vectors(names, nearer))["found"][0] == 0
    nearer[5, 0] = 0
    assert phrases.answers(places, vectors.keyed_vectors(names, nearer))["found"][0] == 1


def test_the_words_around_are_joined_as_the_text_was():
    names, table, places = world()
    places = {pair: kinds | {"both": [(["x", pair[0], pair[1]], [])] * 3} for pair, kinds in places.items()}
    kv = vectors.keyed_vectors(names, table)
    assert phrases.answers(places, kv)["told"].max() == 0  # no nearer than places of the words alone
    joined = phrases.answers(places, kv, lambda tokens: ["x", "_".join(tokens[1:])] if tokens else [])
    assert joined["told"].min() == 1


def test_the_experiment_on_a_little_text(monkeypatch):
    monkeypatch.setattr(phrases, "EPOCHS", (1, 2))
    monkeypatch.setattr(phrases, "SEEDS", (1, 2))
    values = json.loads(json.dumps(phrases.measure("wikipedia", 4000)))
    assert values["sentences"] == 4000 and [row[:2] for row in values["top"]["5"][:1]] == [["los", "angeles"]]
    joined = [values["joined"][str(threshold)] for threshold in phrases.THRESHOLDS]
    assert joined == sorted(joined, reverse=True) and joined[0][1] < 0.5
    assert values["chosen"] in phrases.THRESHOLDS and values["development"].keys() == {"plain", "1", "10", "100"}
    chosen = max(phrases.THRESHOLDS, key=lambda t: sum(values["development"][str(t)].values()))
    assert chosen == values["chosen"] and len(values["rows"]) == 2
    for row in values["rows"]:
        assert {"found", "told"} <= row.keys() and row["found"][1] < values["asked"] <= phrases.ASKED
        for plain, items, gap in row.values():
            value, low, high, n = scores.Interval(*gap)
            assert low <= value <= high and 2 <= n <= items and -1 <= plain <= 1
