"""Scenes: what is drawn is what is described, in right Korean and English, and the held-out pairs stay out."""

import json
import re
from collections import Counter

import numpy as np
import pytest

from helpers import scenes
from helpers.captions.data import dataset
from helpers.korean import has_final
from helpers.scenes import captions_en, captions_ko, drawing

MADE = scenes.make(1500, seed=3)
SAMPLES = [s for layout in scenes.LAYOUTS for s in [s for s in MADE if s.layout == layout][:6]]


def near(picture, color, tolerance=40):
    """How many pixels have about this colour."""
    return int((np.abs(np.asarray(picture, dtype=int) - np.array(color)).max(2) < tolerance).sum())


# ------------------------------------------------------------------------------------------------ by lot


def test_the_same_seed_makes_the_same_scenes_and_another_seed_others():
    assert scenes.make(50, seed=5) == scenes.make(50, seed=5) == scenes.make(80, seed=5)[:50]
    a, b = scenes.make(50, seed=5), scenes.make(50, seed=6)
    assert sum(x.things == y.things for x, y in zip(a, b)) < 5


def test_every_layout_kind_colour_background_size_and_number_occurs():
    assert {s.layout for s in MADE} == {*scenes.LAYOUTS}
    assert {s.background for s in MADE} == {*scenes.BACKGROUNDS}
    things = [thing for s in MADE for thing in s.things]
    assert {thing.kind for thing in things} == {*scenes.KINDS}
    assert {thing.color for thing in things} == {*scenes.COLORS}
    assert {thing.size for thing in things} == {*scenes.SIZES}
    assert {thing.count for thing in things} == {1, 2, 3, 4}
    every = {(color, kind) for color in scenes.COLORS for kind in scenes.KINDS}
    assert {thing.pair for thing in things} == every - scenes.HELD_OUT


def test_each_kind_and_each_colour_is_held_out_somewhere_and_known_elsewhere():
    assert {kind for _, kind in scenes.HELD_OUT} == {*scenes.KINDS}
    assert {color for color, _ in scenes.HELD_OUT} == {*scenes.COLORS}
    assert max(Counter(color for color, _ in scenes.HELD_OUT).values()) <= 3


def test_held_out_pairs_are_in_every_scene_of_the_new_combinations_and_in_no_other():
    parts = scenes.splits(400, 60, 60, 90, seed=2)
    assert [len(part) for part in parts.values()] == [400, 60, 60, 90]
    for name, part in parts.items():
        for scene in part:
            assert bool(scene.pairs & scenes.HELD_OUT) == (name == "new_combinations")
    assert {pair for s in scenes.make(400, 1, "new") for pair in s.pairs} >= scenes.HELD_OUT


def test_no_description_is_in_two_splits():
    seen = Counter((s.background, s.things, s.relation) for part in scenes.splits().values() for s in part)
    assert max(seen.values()) == 1 and len(seen) >= 2000


def test_what_things_do_is_possible():
    for s in MADE:
        kinds = [thing.kind for thing in s.things]
        if s.relation in scenes.PLACES:
            assert kinds[0] in scenes.PLACES[s.relation][kinds[1]]
        elif s.relation == "above":
            assert kinds[0] in scenes.FLYING and kinds[1] not in scenes.FLYING
        assert all(kind in scenes.HOME[s.background] or "boat" in kinds for kind in kinds)
        assert len(s.pairs) == len(s.things)


@pytest.mark.parametrize("arguments, words", [
    ({"count": -1}, "count must be .* at least 0 and at most 1000000, not -1"), ({"count": 2.5}, "count must be"),
    ({"count": 3, "pairs": "old"}, "pairs must be 'seen' or 'new' or 'all', not 'old'"),
])  # fmt: skip
def test_make_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        scenes.make(**arguments)


def test_a_record_goes_through_json_and_back():
    for scene in SAMPLES:
        assert scenes.Scene.read(json.loads(json.dumps(scene.record()))) == scene


# ------------------------------------------------------------------------------------------------ the picture


def test_a_picture_is_the_same_every_time_and_has_the_size_that_was_asked_for():
    for scene in SAMPLES[:8]:
        picture = scene.image(96)
        assert picture.size == (96, 96) and picture.mode == "RGB"
        assert picture.tobytes() == scene.image(96).tobytes()
    with pytest.raises(ValueError, match="size must be .* at least 32 and at most 4096, not 8"):
        SAMPLES[0].image(8)


@pytest.mark.parametrize("kind", scenes.KINDS)
def test_a_thing_shows_its_own_colour_and_changes_with_it(kind):
    for color in ("red", "blue", "purple"):
        scene = scenes.draw(f"a big {color} {kind} in a room")
        other = scenes.Scene(scene.name, scene.background, (scenes.Thing("green", kind, "big"),))
        there, elsewhere = near(scene.image(), drawing.COLORS[color]), near(other.image(), drawing.COLORS[color])
        assert there > 60 and there > 2 * elsewhere, (kind, color, there, elsewhere)


def test_things_lie_inside_the_picture():
    for scene in MADE:
        for kind, _, x, y, side, *_ in scene.placed():
            assert -0.02 < x - side / 2 and x + side / 2 < 1.02, (scene, x, side)
            assert -0.02 < y - side and y < 1.0, (scene, kind, y, side)


def middle(picture, color):
    rows, columns = np.nonzero(np.abs(np.asarray(picture, dtype=int) - np.array(drawing.COLORS[color])).max(2) < 40)
    return columns.mean() / picture.width, rows.mean() / picture.height


@pytest.mark.parametrize("text, before, axis", [
    ("red cat left of purple dog in a room", True, 0), ("red cat right of purple dog in a room", False, 0),
    ("red balloon above purple ball in a room", True, 1), ("red ball below purple balloon in a room", False, 1),
    ("red cat on purple table in a room", True, 1), ("red ball under purple table in a room", False, 1),
])  # fmt: skip
def test_a_relation_is_drawn_where_it_says(text, before, axis):
    for seed in range(4):
        picture = scenes.draw(text, seed).image()
        assert (middle(picture, "red")[axis] < middle(picture, "purple")[axis]) == before


def test_between_is_in_the_middle_and_its_neighbours_in_their_order():
    for seed in range(4):
        picture = scenes.draw("red ball between blue cat and purple cat in a room", seed).image()
        assert middle(picture, "blue")[0] < middle(picture, "red")[0] < middle(picture, "purple")[0]


def test_as_many_are_placed_as_are_counted_and_a_big_one_is_bigger():
    for scene in MADE:
        if scene.relation != "in":
            assert Counter(item[0:2][::-1] for item in scene.placed()) == Counter(
                {thing.pair: sum(t.count for t in scene.things if t.pair == thing.pair) for thing in scene.things}
            )
    small, big = (near(scenes.draw(f"a {size} red house in a room").image(), drawing.COLORS["red"])
                  for size in ("small", "big"))  # fmt: skip
    assert big > 3 * small


# ------------------------------------------------------------------------------------------------ captions


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_scene_has_five_different_captions_each_a_sentence(language):
    for scene in MADE:
        found = scene.captions(language)
        assert len(found) == len(set(found)) == 5 and found == scene.captions(language)
        for caption in found:
            assert caption.endswith(".") and "  " not in caption and caption == caption.strip()


def test_there_are_at_least_three_captions_and_a_wrong_question_is_refused():
    assert len(MADE[0].captions("ko", 3)) == 3
    with pytest.raises(ValueError, match="language must be 'ko' or 'en', not 'de'"):
        MADE[0].captions("de")
    with pytest.raises(ValueError, match="count must be .* at least 1, not 0"):
        MADE[0].captions("ko", 0)


def test_korean_particles_fit_the_word_before_them():
    checked = Counter()
    stems = {stem for kind in captions_ko.KINDS.values() for stem in kind[:2]}
    right = {stem + particle: stem + pair[not has_final(stem)]
             for stem in stems for pair in ("이가", "과와") for particle in pair}  # fmt: skip
    assert len(right) == 4 * len(stems), "no word can be read in two ways"
    for scene in MADE:
        for caption in scene.captions("ko", 9):
            for word in re.findall(r"[가-힣]+", caption):
                if word in right:
                    assert word == right[word], caption
                    checked[word] += 1
    assert len(checked) >= 30, checked


def test_korean_counts_with_the_counter_of_the_thing():
    counters = {noun: counter for noun, counter, *_ in captions_ko.KINDS.values()}
    assert (counters["고양이"], counters["집"], counters["배"], counters["꽃"]) == ("마리", "채", "척", "송이")
    seen = set()
    for scene in MADE:
        for caption in scene.captions("ko", 9):
            found = re.findall(r"([가-힣]+?)[이가]? (한|두|세|네) (마리|채|대|그루|송이|개|척)", caption)
            for noun, number, counter in found:
                if noun in counters:
                    assert counter == counters[noun], caption
                    seen.add((noun, number))
    assert len(seen) >= 40


def test_english_articles_and_plurals():
    seen = Counter()
    for scene in MADE:
        for caption in scene.captions("en", 9):
            words = re.findall(r"[a-z]+", caption.lower())
            for a, b in zip(words, words[1:]):
                if a in ("a", "an"):
                    assert (a == "an") == (b[0] in "aeiou"), caption
                    seen[a] += 1
                if a in captions_en.KINDS:
                    assert b != "are" or " and " in caption or scene.relation, caption
                if a == "boxs" or (a in ("two", "three", "four") and b in captions_en.KINDS):
                    pytest.fail(caption)
    assert seen["a"] > 1000 and seen["an"] > 100


def test_captions_are_true():
    """Every colour and every thing that a caption names is in the scene, and the main one is always named."""
    for scene in MADE:
        for language, kinds, colors in (
            ("en", {kind: (kind, captions_en.PLURALS.get(kind, kind + "s")) for kind in scenes.KINDS},
             {color: color for color in scenes.COLORS}),
            ("ko", {kind: (noun[0],) for kind, noun in captions_ko.KINDS.items()}, captions_ko.COLORS),
        ):  # fmt: skip
            meant = {form + particle: kind for kind, forms in kinds.items() for form in forms
                     for particle in ("", *"이가과와은는을를의")}  # fmt: skip
            for caption in scene.captions(language, 9):
                words = re.findall(r"[a-z]+|[가-힣]+", caption.lower())
                named = {meant[word] for word in words if word in meant}
                assert named <= {thing.kind for thing in scene.things} and scene.things[0].kind in named, caption
                told = {color for color, form in colors.items() if form in words}
                assert told == {thing.color for thing in scene.things}, caption


def test_left_and_right_are_told_from_both_sides():
    scene = scenes.draw("red car left of blue house on the street")
    korean, english = scene.captions("ko", 9), scene.captions("en", 9)
    assert "빨간 자동차가 파란 집 왼쪽에 있다." in korean and "파란 집이 빨간 자동차 오른쪽에 있다." in korean
    assert "A red car is to the left of a blue house." in english
    assert "A blue house is to the right of a red car." in english


# ------------------------------------------------------------------------------------------------ your own


@pytest.mark.parametrize("text, background, relation, things", [
    ("a big red car left of two blue cats on the street", "street", "left",
     [("red", "car", "big", 1), ("blue", "cat", "medium", 2)]),
    ("a yellow dog right of a red tree in the snow", "snow", "left",
     [("red", "tree", "medium", 1), ("yellow", "dog", "medium", 1)]),
    ("Three green airplanes in the night sky.", "night", None, [("green", "airplane", "medium", 3)]),
    ("a black cat in a purple boat on the sea", "sea", "in",
     [("black", "cat", "medium", 1), ("purple", "boat", "medium", 1)]),
    ("an orange ball between a blue cat and a yellow car on the grass", "meadow", "between",
     [("orange", "ball", "medium", 1), ("blue", "cat", "medium", 1), ("yellow", "car", "medium", 1)]),
    ("two white boxes in a room", "room", None, [("white", "box", "medium", 2)]),
])  # fmt: skip
def test_a_described_scene_is_understood(text, background, relation, things):
    scene = scenes.draw(text)
    assert (scene.background, scene.relation) == (background, relation)
    assert [(t.color, t.kind, t.size, t.count) for t in scene.things] == things
    assert scene == scenes.draw(text) and scene.captions("ko") and scene.image().size == (160, 160)


def test_every_english_caption_of_two_things_reads_back_as_its_scene():
    """The drawing function understands the sentences that the scenes are described with."""
    read = 0
    for scene in MADE:
        if scene.relation in ("left", "above", "on") and scene.things[0].count == scene.things[1].count == 1:
            for caption in scene.captions("en", 9):
                if re.match(r"An? [a-z ]+ is to the (left|right) of|An? [a-z ]+ is (below|on) ", caption):
                    own = scenes.draw(caption)
                    assert (own.things, own.relation) == (scene.things, scene.relation), caption
                    read += 1
    assert read > 100


@pytest.mark.parametrize("text, words", [
    ("a red unicorn", "'unicorn' is not understood"), ("red", "no thing is named"), ("", "no thing is named"),
    ("a red cat on a blue flower", "only these"), ("a cat between a dog", "two things"),
    ("four cats left of a dog", "room for four"), ("two cats on a table", "one thing of each kind"),
    ("a bird in a box", "none that flies"), ("a cat left of a dog left of a ball", "not understood|one thing"),
])  # fmt: skip
def test_a_description_that_cannot_be_drawn_is_refused_with_the_reason(text, words):
    with pytest.raises(ValueError, match=words):
        scenes.draw(text)


def test_saved_scenes_are_pictures_with_their_captions(tmp_path):
    from PIL import Image

    made = scenes.make(3, seed=9)
    folder = scenes.save(made, tmp_path / "new" / "scenes", size=64)
    entries = json.loads((folder / "scenes.json").read_text(encoding="utf-8"))
    assert [scenes.Scene.read({k: v for k, v in e.items() if k != "captions"}) for e in entries] == made
    assert entries[0]["captions"]["ko"] == made[0].captions("ko")
    with Image.open(folder / f"{made[1].name}.png") as picture:
        assert picture.tobytes() == made[1].image(64).tobytes()
    assert not list(folder.glob(".*"))
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="name another folder"):
        scenes.save(made, tmp_path / "file")


def test_attributes():
    scene = scenes.draw("a big red car left of two blue cats on the street")
    assert scenes.attributes(scene) == {"background": "street", "kinds": ["car", "cat"], "colors": ["blue", "red"],
                                        "pairs": ["blue cat", "red car"], "count": 3, "relation": "left"}  # fmt: skip


# ------------------------------------------------------------------------------------------------ as a data set


def test_the_data_set_of_scenes():
    data = dataset("scenes", language="ko", train=20, validation=5, test=5, new_combinations=5)
    assert [len(x) for x in (data.train, data.validation, data.test, data.new_combinations)] == [20, 5, 5, 5]
    assert set(data.captions) == set(data.names) == set(data.images()) and len(set(data.names)) == 35
    assert data.references(data.test)[0] == data.captions[data.test[0]] and re.search(
        "[가-힣]", data.captions[data.test[0]][0]
    )
    assert data.image(data.train[0]).size == (160, 160) and list(data.images(data.test)) == data.test
    assert "20 train" in repr(data)
    with pytest.raises(ValueError, match="name must be 'scenes' or 'flickr8k' or 'folder', not 'coco'"):
        dataset("coco")
    with pytest.raises(ValueError, match="language must be 'ko' or 'en', not 'fr'"):
        dataset("scenes", language="fr")


@pytest.mark.slow
def test_no_description_occurs_in_two_splits_however_large_they_are():
    parts = scenes.splits(7000, 500, 500, 300)
    described = [(s.background, s.things, s.relation) for part in parts.values() for s in part]
    assert len(set(described)) == len(described) == 8300


def test_a_world_that_is_used_up_says_so(monkeypatch):
    monkeypatch.setattr(scenes.scene, "TRIES", 1)
    with pytest.raises(ValueError, match="hardly more than .* scenes that differ: ask for fewer"):
        scenes.make(400)


def test_options_of_another_data_set_are_refused():
    for name in ("flickr8k", "folder"):
        with pytest.raises(TypeError, match=f"{name} takes no option 'train'"):
            dataset(name, train=1)
