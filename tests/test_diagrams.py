"""The diagrams show what they say: boxes, arrows, the winner's line; and the gloss of a Korean caption."""

import matplotlib.pyplot as plt
import pytest

from helpers import captions, context_diagrams, scenes
from helpers.captions import diagrams
from helpers.scenes.gloss import gloss

STEPS = [
    [(["a"], -1.0, "kept"), (["b"], -1.2, "kept"), (["c"], -4.0, "dropped")],
    [(["b", "x"], -1.3, "kept"), (["a", "y"], -2.5, "kept"), (["a", "<end>"], -3.0, "ended")],
    [(["b", "x", "<end>"], -1.4, "ended"), (["a", "y", "<end>"], -2.6, "ended")],
]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_a_tree_joins_each_caption_to_its_beginning_and_marks_the_winner():
    figure = diagrams.beam_tree(STEPS, ["b", "x"], greedy=["a", "y"], gloss=str.upper)
    ax = figure.axes[0]
    lines = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert len(lines) == 8 and len(ax.texts) == 8 + 9
    assert sum(line.get_linewidth() == 3.5 for line in lines) == 3  # b, x, <end>
    assert sum(line.get_linestyle() == "--" for line in lines) == 3  # a, y, <end>
    assert "x\nX\n\N{MINUS SIGN}1.3" in [text.get_text() for text in ax.texts]


def test_three_architectures_and_a_block():
    figure = diagrams.architectures()
    assert [ax.get_title() for ax in figure.axes] == ["merge", "init-inject", "attention"]
    assert all({"InceptionV3", "GloVe", "LSTM"} <= {text.get_text() for text in ax.texts} for ax in figure.axes)
    assert sum("x" in text.get_text() for text in diagrams.inception_block().axes[0].texts) == 8


def words_and_arrows(ax):
    """What a diagram says, from its first box to its last, and how many arrows it has."""
    arrows = sum(getattr(text, "arrow_patch", None) is not None for text in ax.texts)
    return [text.get_text() for text in ax.texts if text.get_text()], arrows


def test_a_block_adds_each_of_its_two_steps_to_what_came_in():
    ax = context_diagrams.transformer_block().axes[0]
    said, arrows = words_and_arrows(ax)
    assert said[:10] == ["x", "norm", "attention", "+", "norm", "W₁", "gelu", "W₂", "+", "x"]
    assert arrows == 9 + 2  # from box to box, and around the two steps
    around = [text for text in ax.texts if getattr(text, "arrow_patch", None) and text.arrow_patch.get_linewidth() == 2]
    boxes = {text.get_text(): text.get_position()[0] for text in ax.texts if text.get_text() in ("attention", "gelu")}
    spans = [sorted([text.xy[0], text.get_position()[0]]) for text in around]
    assert [first < boxes[step] < last for (first, last), step in zip(spans, boxes)] == [True, True]


def test_three_ways_say_which_part_learns():
    ways = {ax.get_title(): words_and_arrows(ax) for ax in context_diagrams.three_ways().axes}
    assert {title: [word for word in said if "learns" in word] for title, (said, _) in ways.items()} == {
        "feature-based": ["head: learns"], "fine-tuning": ["pretrained: learns", "head: learns"], "in-context": [],
    }  # fmt: skip
    assert [arrows for _, arrows in ways.values()] == [3, 3, 2]


def test_every_word_of_the_scenes_has_a_gloss():
    assert gloss("커다란 빨간 집 두 채가 밤하늘 아래에 서 있다.") == "big red house 2 night sky below standing is"
    assert gloss("대가") == "(counter)" and gloss("moon") == "moon"
    said = {one for scene in scenes.make(800, seed=3) for one in scene.captions("ko")}
    left = {token for one in said for token in captions.words(gloss(one)) if not token.isascii()}
    assert not left
