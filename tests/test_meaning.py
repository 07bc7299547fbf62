"""What captions name, read from the sentences that the scenes write themselves; and the scores by hand."""

import math

import pytest

from helpers import scenes
from helpers.captions import meaning
from helpers.scenes import Scene, Thing

MADE = scenes.make(300, seed=12) + scenes.make(60, seed=12, pairs="new", prefix="new")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_all_that_a_true_caption_names_is_true(language):
    for scene in MADE:
        truth = meaning.true_facts(scene)
        for caption in scene.captions(language):
            named = meaning.named_facts(caption, language)
            assert named.things == truth.things, caption
            assert named.colors == truth.colors, caption
            assert named.counts <= truth.counts, caption
            assert all(meant & truth.relations for meant in named.relations), (caption, scene.relation)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_true_captions_score_one_and_those_of_other_scenes_do_not(language):
    said = [scene.captions(language)[0] for scene in MADE]
    right = meaning.scores(said, MADE, language)
    wrong = meaning.scores(said[1:] + said[:1], MADE, language)
    for fact in meaning.FACTS:
        assert right[fact][0] == 1
        assert wrong[fact][0] < 0.5 and wrong[fact][1] < 0.6
    assert right["things"][1] == right["colors"][1] == 1
    assert right["counts"][1] > 0.9 and right["relations"][1] > 0.75


def test_by_hand():
    scene = Scene("s", "meadow", (Thing("red", "car", count=3), Thing("blue", "dog")), "left")
    found = meaning.scores(["Two red cars are to the left of a green dog and a cat."], [scene], "en")
    assert found["things"] == (pytest.approx(2 / 3), 1)
    assert found["colors"] == (1 / 2, 1 / 2)
    assert found["counts"] == (pytest.approx(1 / 3), 0)  # one dog is right, two cars and one cat are not
    assert found["relations"] == (1, 1)
    silent = meaning.scores(["It is sunny."], [scene], "en")
    assert math.isnan(silent["things"][0]) and silent["things"][1] == 0
    assert meaning.scores(["a red car is on a blue dog"], [scene], "en")["relations"] == (0, 0)
    with pytest.raises(ValueError, match="1 captions need as many scenes"):
        meaning.scores(["a car"], [], "en")


def test_the_counter_of_a_house_is_no_house_and_a_number_before_is_found():
    assert meaning.named_facts("파란 집 한 채가 길에 서 있다.", "ko").counts == {(1, "house")}
    assert meaning.named_facts("세 마리의 노란 새가 날고 있다.", "ko").counts == {(3, "bird")}


def test_photographs_are_judged_by_what_several_people_name():
    people = ["A black dog runs.", "A dog on grass.", "Two dogs on the grass", "a brown dog", "the grass"]
    found = meaning.photograph_scores(["A black dog with a ball in the snow"], [people])
    assert found["things"] == (1 / 3, 1 / 2)  # dog is named by people, ball and snow are not; grass is missed
    assert found["colors"][0] == 1 and math.isnan(found["colors"][1])
    with pytest.raises(ValueError, match="as many lists"):
        meaning.photograph_scores(["a"], [])
