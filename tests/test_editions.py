"""Both editions say the same: same cells, code and outputs; no stale or missing translation."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import notebooks
import sync


def test_shipped_editions_agree():
    assert notebooks.lessons(), "there are no lessons"
    assert sync.report(check=True) == []


def lesson(*cells):
    """A notebook of (id, source) markdown cells; ids that begin with 'code' become code cells."""
    made = []
    for cell_id, source in cells:
        cell = new_code_cell(source) if cell_id.startswith("code") else new_markdown_cell(source)
        cell.id = cell_id
        made.append(cell)
    return new_notebook(cells=made)


@pytest.fixture
def korean():
    notebook = lesson(("title", "# 제목"), ("code-1", "1 + 1"), ("end", "끝입니다."))
    notebook.cells[1].outputs = [new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    return notebook


@pytest.fixture
def english(korean):
    written = lesson(("title", "# Title"), ("code-1", "old code"), ("end", "The end."))
    result, complaints = sync.paired(korean, written, trust=True)
    assert complaints == []
    return result


def test_code_and_outputs_come_from_the_korean_edition(korean, english):
    assert english.cells[1] == korean.cells[1]
    assert [cell.source for cell in english.cells] == ["# Title", "1 + 1", "The end."]


def test_agreeing_editions_stay_as_they_are(korean, english):
    again, complaints = sync.paired(korean, english)
    assert complaints == [] and sync.differences(again, english) == []


def test_a_changed_korean_sentence_makes_its_translation_stale(korean, english):
    korean.cells[2].source = "정말 끝입니다."
    again, complaints = sync.paired(korean, english)
    assert [cell_id for cell_id, _ in complaints] == ["end"]
    assert again.cells[2].source == "The end.", "a translation is never thrown away"
    assert sync.paired(korean, again)[1] == complaints, "a second sync must not hide what the first one found"


def test_revising_the_translation_makes_it_fresh(korean, english):
    korean.cells[2].source = "정말 끝입니다."
    english.cells[2].source = "This is really the end."
    again, complaints = sync.paired(korean, english)
    assert complaints == []
    assert sync.paired(korean, again)[1] == []


def test_a_new_cell_asks_for_a_translation_until_it_has_one(korean, english):
    korean.cells.insert(1, lesson(("new", "새 문장입니다.")).cells[0])
    again, complaints = sync.paired(korean, english)
    assert complaints == [("new", "has no English translation")]
    assert sync.paired(korean, again)[1] == complaints
    again.cells[1].source = "A new sentence."
    assert sync.paired(korean, again)[1] == []


def test_an_english_cell_without_original_is_reported(korean, english):
    english.cells.append(lesson(("left-over", "Nobody wrote this in Korean.")).cells[0])
    _, complaints = sync.paired(korean, english)
    assert complaints == [("left-over", "has no Korean original")]


@pytest.mark.parametrize("key", ["source", "outputs", "metadata"])
def test_drifted_code_is_a_difference(korean, english, key):
    cell = english.cells[1]
    cell[key] = {"source": "1 + 2", "outputs": [], "metadata": {"tags": ["x"]}}[key]
    wanted, _ = sync.paired(korean, english)
    assert sync.differences(wanted, english) == [("code-1", f"{key} differs")]


def test_a_missing_or_reordered_english_notebook_is_a_difference(korean, english):
    assert sync.differences(korean, None)
    english.cells.reverse()
    wanted, _ = sync.paired(korean, english)
    assert sync.differences(wanted, english)


def test_ids_that_colab_moved_into_metadata_are_found(tmp_path, korean):
    for cell in korean.cells:
        cell.metadata["id"] = cell.pop("id")
    korean.nbformat_minor = 0
    path = tmp_path / "colab.ipynb"
    path.write_text(nbformat.writes(korean, version=nbformat.NO_CONVERT))
    assert [cell.id for cell in notebooks.read(path).cells] == ["title", "code-1", "end"]


def test_writing_leaves_no_trace_of_a_session(tmp_path, korean):
    korean.cells[1].metadata["execution"] = {"iopub.status.busy": "2026-01-01"}
    korean.metadata["colab"] = {"provenance": []}
    korean.cells[1].outputs.append(new_output("stream", name="stderr", text="\repochs: 1/2\repochs: 2/2\n"))
    notebooks.write(korean, tmp_path / "lesson.ipynb")
    text = (tmp_path / "lesson.ipynb").read_text(encoding="utf-8")
    assert "busy" not in text and "provenance" not in text and "1/2" not in text
    assert "epochs: 2/2" in text
    assert [path.name for path in tmp_path.iterdir()] == ["lesson.ipynb"]
