"""What every lesson looks like: its size, its order, and that its outputs are clean."""

import ast
import re
import statistics
import subprocess
import sys

import pytest

import address
import checkout
import notebooks
from helpers import environment

KOREAN = notebooks.lessons()
LONGER = {"5": 13, "7": 12, "8": 13, "9": 11}  # median lines of a cell, where models are written out or measured
OWN_TEXT = "12_your_own_text"  # a workshop for the learner's own text: no slide behind it, two exercises with a check
HANGUL = range(ord("가"), ord("힣") + 1)


@pytest.fixture(params=KOREAN, ids=lambda path: path.stem)
def lesson(request):
    return notebooks.read(request.param)


def code_cells(lesson):
    return [cell for cell in lesson.cells if cell.cell_type == "code" and cell.id not in ("bootstrap", "playground")]


def prose(lesson):
    return "\n\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")


def test_the_lessons_are_numbered_without_a_gap():
    assert [int(path.stem[:2]) for path in KOREAN] == list(range(len(KOREAN)))


@pytest.mark.parametrize("language, word", [("ko", "연습"), ("en", "Exercise")])
@pytest.mark.parametrize("name", [path.name for path in KOREAN])
def test_exercises_are_called_so_and_numbered_in_their_order(name, language, word):
    text = prose(notebooks.read(notebooks.ROOT / "notebooks" / language / name))
    numbers = [int(number) for number in re.findall(rf"^(?:### |\*\*){word} (\d+)\.", text, re.M)]
    assert len(numbers) >= 4 and numbers == list(range(1, len(numbers) + 1))


def test_size(lesson):
    lengths = [len([line for line in cell.source.splitlines() if line.strip()]) for cell in code_cells(lesson)]
    cells = [cell for cell in lesson.cells if cell.id != "playground"]  # no step of the lesson, but a place to play
    assert 25 <= len(cells) <= 80
    assert max(lengths) <= 25
    most = LONGER.get(lesson.cells[0].source[2], 8)
    assert 2 <= statistics.median(lengths) <= most
    assert len(cells) - len(lengths) - 1 >= len(lengths), "at least as much prose as code"


def test_order(lesson, request):
    assert lesson.cells[0].source.startswith("# ")
    assert "colab-badge" in lesson.cells[0].source
    assert [cell.id for cell in lesson.cells].index("bootstrap") <= 2
    text = prose(lesson)
    assert text.count("<details>") == text.count("</details>") >= 2
    if OWN_TEXT in request.node.callspec.id:
        return
    assert "강의자료 바로잡기" in text
    checks = [cell for cell in code_cells(lesson) if "check(" in cell.source]
    assert len(checks) >= 3


def test_outputs_are_clean(lesson):
    for cell in code_cells(lesson):
        for output in cell.outputs:
            assert output.output_type != "error"
            text = output.get("text", "")
            assert "Warning" not in text and "Glyph" not in text and "Traceback" not in text, cell.id
            assert str(notebooks.ROOT) not in str(output), f"{cell.id} prints a path of the machine it ran on"


def test_unsolved_exercises_say_so(lesson, request):
    fewest = 2 if OWN_TEXT in request.node.callspec.id else 3
    printed = "".join("".join(o.get("text", "") for o in cell.outputs) for cell in code_cells(lesson))
    assert printed.count("not written yet") >= fewest


def test_each_figure_is_followed_by_a_sentence(lesson):
    for cell, following in zip(lesson.cells, lesson.cells[1:]):
        if cell.cell_type == "code" and any("image/png" in o.get("data", {}) for o in cell.outputs):
            assert following.cell_type == "markdown", f"{cell.id}: nobody says what this figure shows"


def test_code_carries_no_korean_prose(lesson):
    for cell in code_cells(lesson):
        for line in cell.source.splitlines():
            comment = line.partition("  # ")[2]
            assert not any(ord(letter) in HANGUL for letter in comment), f"{cell.id}: {line}"


@pytest.mark.parametrize("folder", [notebooks.KOREAN, notebooks.ENGLISH], ids=lambda folder: folder.name)
def test_prose_names_no_cell_by_its_id(folder):
    """A reader sees no ids: neither JupyterLab nor Colab nor the site shows them."""
    for path in notebooks.lessons(folder):
        read = notebooks.read(path)
        named = re.findall(r"`([\w-]+)` 셀|\bcell `([\w-]+)`", prose(read))
        assert not {name for pair in named for name in pair} & {cell.id for cell in read.cells}, path.name


def test_the_requirements_name_the_lessons_that_import_a_package():
    names = {"sklearn": "scikit-learn", "PIL": "pillow"}
    lessons_of = {row.name: numbers(row.lessons) for row in environment.requirements()}
    for path in KOREAN:
        imported = set()
        for node in ast.walk(ast.parse("\n".join(cell.source for cell in code_cells(notebooks.read(path))))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
        packages = {names.get(top, top) for top in (module.partition(".")[0] for module in imported)}
        for package in packages & lessons_of.keys():  # the others are the course's own, or Python's
            assert int(path.stem[:2]) in lessons_of[package], f"requirements.txt: {package}, {path.stem}"


def numbers(lessons):
    """The numbers in a text such as "0, 1, 3-12": a set."""
    parts = (part.partition("-") for part in lessons.split(", "))
    return {number for first, _, last in parts for number in range(int(first), int(last or first) + 1)}


def test_size_on_disk(lesson):
    for folder in (notebooks.KOREAN, notebooks.ENGLISH):
        for path in notebooks.lessons(folder):
            assert path.stat().st_size < 3_500_000, path.name


def test_every_place_names_the_same_address():
    assert address.apply(address.address(), check=True) == []


def test_code_is_tidy():
    files = checkout.tracked("*.py", "*.ipynb") or ["."]  # a learner's own notebooks need not be tidy
    for look in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *look, *files]
        run = subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout
