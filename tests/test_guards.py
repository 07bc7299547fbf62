"""No number on a page is unguarded, and the guard itself notices each way a number can slip through."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import guard
import notebooks

BOTH = notebooks.lessons() + notebooks.lessons(notebooks.ENGLISH)


@pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_number_of_the_course_is_guarded(path):
    complaints, counts = guard.examine(notebooks.read(path))
    assert complaints == []
    assert counts["compared"] > counts["guarded"], "most cells with output should be reproduced exactly"


def code(source, output=None, tags=(), run=1):
    cell = new_code_cell(source, execution_count=run)
    cell.metadata["tags"] = list(tags)
    if output is not None:
        cell.outputs = [new_output("stream", name="stdout", text=output)]
    return cell


def complaints(*cells):
    return [text for _, text in guard.examine(new_notebook(cells=list(cells)))[0]]


def test_a_figure_printed_above_is_guarded_and_one_below_is_not():
    cell, prose = code("print(x)", "score 0.4321\n"), new_markdown_cell("점수는 0.43입니다.")
    assert complaints(cell, prose) == []
    assert complaints(prose, cell)


@pytest.mark.parametrize(
    "prose, output, fine",
    [
        ("it reaches 0.44", "0.4321", False),
        ("43 %", "0.4321", True),
        ("43.2%", "0.4321", True),
        ("44 %", "0.4321", False),
        ("2,533,124 tokens", "2533124", True),
        ("2,533,124 tokens", "2_533_124", True),
        ("about 2,530,000 tokens", "2533124", True),
        ("about 2,540,000 tokens", "2533124", False),
        ("2.5 million tokens", "2533124", True),
        ("250만 단어", "2533124", False),
        ("253만 단어", "2533124", True),
        ("253만 3,124단어", "2533124", True),
        ("253만 3124단어", "2533124", True),
        ("253만 3,125단어", "2533124", False),
        ("26쌍입니다", "26", True),
        ("27쌍입니다", "26", False),
        ("three of 8 centers", "", True),
        ("since 2013", "", True),
        ("| [12](12_your_own_text.ipynb) | your own text |", "", True),
        ("| [12](11_clusters.ipynb) | your own text |", "", False),
        ("2,013 words", "", False),
        ("12.5배 빠릅니다", "12.46", True),
        ("$x = 0.123$ and `0.456`", "", True),
        ("| a | 17 |", "17", True),
        ("| a | 18 |", "17", False),
        ("k = 5~20 [paper](https://arxiv.org/abs/1310.4546)", "", True),
    ],
)
def test_prose_is_compared_with_what_was_printed(prose, output, fine):
    assert (complaints(code("print(x)", output), new_markdown_cell(prose)) == []) is fine


def test_a_source_stands_behind_its_own_paragraph_only():
    text = "GPT-3 has 175 billion [paper](https://arxiv.org/abs/2005.14165).\n\nOurs has 376 million."
    assert len(complaints(new_markdown_cell(text))) == 1


def test_numbers_of_an_ignored_cell_do_not_count():
    ignored = code("speed = measure()\nassert speed > 20", "37.1\n", ["nbval-ignore-output"])
    assert complaints(ignored, new_markdown_cell("37.1 times faster"))
    assert complaints(ignored, new_markdown_cell("at least 20 times faster")) == []


def test_an_ignored_cell_needs_an_assert_that_looks_at_it():
    tags = ["nbval-ignore-output"]
    assert complaints(code("speed = measure()\nprint(speed)", "1", tags))
    assert complaints(code("speed = measure()", "1", tags), code("assert other > 3"))
    assert complaints(code("assert speed > 3"), code("speed = measure()", "1", tags)), "an assert above does not count"
    assert complaints(code("speed = measure()", "1", tags), code("assert speed > 3")) == []
    assert complaints(code("print(measure())", "1", tags))


def test_nbval_cannot_be_switched_off_quietly():
    assert complaints(code("# NBVAL_IGNORE_OUTPUT\nassert True", "1"))
    assert complaints(code("x = 1", tags=["nbval-skip"]))
    assert complaints(code("x = 1", run=None))
