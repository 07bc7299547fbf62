"""BLEU: the paper's own cases by hand, then NLTK's on many random captions."""

import math
import random

import pytest

from helpers import captions
from helpers.captions.bleu import brevity_penalty, clipped_matches, closest_length, ngrams

BEACH = ["A dog runs on the beach.", "The brown dog is running along the sand .", "A dog"]


def test_a_word_counts_as_often_as_one_reference_has_it():
    # example 2 of the paper, https://aclanthology.org/P02-1040/ section 2.1
    references = ["The cat is on the mat.", "There is a cat on the mat."]
    tokens = [captions.words(one) for one in references]
    assert clipped_matches("the the the the the the the".split(), tokens, 1) == (2, 7)
    assert clipped_matches("the the the the the the the".split(), tokens, 2) == (0, 6)
    assert captions.bleu(["the the the the the the the"], [references]) == (pytest.approx(2 / 7), 0, 0, 0)


def test_example_by_hand():
    # "a dog on the beach": 1-grams 5/5; 2-grams a dog, on the, the beach 3/4; 3-grams on the beach 1/3; 4-grams 0/2
    # closest reference length of 6, 8, 2 to 5: 6, so the penalty is exp(1 − 6/5)
    penalty = math.exp(1 - 6 / 5)
    expected = [penalty, penalty * (3 / 4) ** (1 / 2), penalty * (3 / 4 / 3) ** (1 / 3), 0]
    assert captions.bleu(["A dog on the beach"], [BEACH]) == pytest.approx(expected)


def test_sums_over_all_captions_before_dividing():
    # 1-grams (1 + 0) / (1 + 3), not the mean of 1/1 and 0/3; lengths 4 against 1 + 3
    assert captions.bleu(["dog", "one two three"], [["dog"], ["four five six"]])[0] == pytest.approx(1 / 4)


def test_parts():
    assert ngrams("a b a b".split(), 2) == {("a", "b"): 2, ("b", "a"): 1}
    assert closest_length([1] * 5, [[1] * 6, [1] * 4]) == 4  # of two equally close ones the shorter
    assert brevity_penalty(5, 5) == 1 and brevity_penalty(6, 5) == 1 and brevity_penalty(0, 5) == 0
    assert brevity_penalty(4, 5) == pytest.approx(math.exp(-0.25))


def test_the_same_caption_scores_one_and_an_empty_one_nothing():
    assert captions.bleu([BEACH[1]], [BEACH]) == pytest.approx((1, 1, 1, 1))
    assert captions.bleu(["", "."], [BEACH, BEACH]) == (0, 0, 0, 0)


def test_markers_flatter():
    # a caption with nothing in common but its markers: 2 of 5 words right
    assert captions.bleu(["one two three"], [["four five six"]])[0] == 0
    assert captions.bleu(["one two three"], [["four five six"]], markers=True)[0] == pytest.approx(2 / 5)


def test_equals_nltk():
    nltk_bleu = pytest.importorskip("nltk.translate.bleu_score", reason="nltk is not installed")
    draw, letters = random.Random(0), "abcdef"

    def caption():
        return " ".join(draw.choices(letters, k=draw.randint(4, 14)))

    for _ in range(40):
        n = draw.randint(1, 6)
        hypotheses = [caption() for _ in range(n)]
        references = [[caption() for _ in range(draw.randint(1, 5))] for _ in range(n)]
        split = [[one.split() for one in those] for those in references], [one.split() for one in hypotheses]
        mine = captions.bleu(hypotheses, references)
        for n in range(1, 5):
            theirs = nltk_bleu.corpus_bleu(*split, weights=[1 / n] * n) if mine[n - 1] else 0
            assert mine[n - 1] == pytest.approx(theirs, abs=1e-12)
    assert any(mine)


def test_human_is_the_mean_over_who_is_held_out():
    references = [["a b c d", "a b c e", "x y"], ["a b", "c d", "a b c d"]]
    rounds = [captions.bleu([those[k] for those in references], [those[:k] + those[k + 1 :] for those in references])
              for k in range(3)]  # fmt: skip
    assert captions.human(references) == pytest.approx([sum(column) / 3 for column in zip(*rounds)])
    with pytest.raises(ValueError, match="at least two captions"):
        captions.human([["a"]])


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        ([], [], "0 captions"),
        (["a"], [["a"], ["b"]], "1 captions need as many"),
        (["a"], ["a"], "a list with a list"),
        ("a", [["a"]], "takes a list"),
        (["a", "b"], [["a"], []], "caption 1 .'b'. has no reference"),
        (["a"], [["."]], "no reference with a word"),
    ],
    ids=["nothing", "lengths", "flat", "string", "no-reference", "empty-reference"],
)
def test_refuses_what_cannot_be_scored(hypotheses, references, message):
    with pytest.raises((ValueError, TypeError), match=message):
        captions.bleu(hypotheses, references)


def test_captions_by_image_name_are_paired_by_name():
    said = {"b.jpg": "a cat sleeps on the bed", "a.jpg": "a dog runs over the grass"}
    references = {
        "a.jpg": ["a dog runs over the grass", "a dog"],
        "b.jpg": ["a cat sleeps on the bed"],
        "c.jpg": ["no"],
    }
    assert captions.bleu(said, references) == (1, 1, 1, 1)
    assert captions.human({"a": ["a dog", "a dog"], "b": ["a cat", "a cat"]})[0] == 1
    with pytest.raises(ValueError, match="1 captions have no references, such as that of 'd.jpg'"):
        captions.bleu({"d.jpg": "a dog"}, references)
    for wrong in ((said, [["a dog"]]), (["a dog"], references), ({"a dog"}, [["a dog"]]), (["a"], {"a": "b"})):
        with pytest.raises(TypeError, match="two dicts by image name"):
            captions.bleu(*wrong)
    with pytest.raises(TypeError, match="a list with a list"):
        captions.human(["a dog", "a cat"])
