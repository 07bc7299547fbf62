"""Progress: kept by each check, shown over all lessons, and never in the way."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import notebooks
from helpers import exercises, hints, progress, skipgram

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "home" / "progress.jsonl"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    monkeypatch.setattr(progress, "SITE", tmp_path / "site" / "shared" / "progress.js")
    return path


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines() if line]


def test_every_check_is_kept_and_stubs_are_not(file, capsys):
    exercises.check(lambda *a: None, skipgram.pairs)
    assert not file.exists(), "not written yet is no outcome"
    exercises.check(lambda *a: [("a", "b")], skipgram.pairs)
    exercises.check(lambda *a: 1 / 0, skipgram.cbow_samples)
    exercises.check(skipgram.pairs, skipgram.pairs)
    found = lines(file)
    assert [(one["exercise"], one["verdict"]) for one in found] == [
        ("skipgram.pairs", "wrong"), ("skipgram.cbow_samples", "raised"), ("skipgram.pairs", "right")
    ]  # fmt: skip
    assert all(set(one) == {"exercise", "verdict", "when"} for one in found), "the answer itself is not kept"
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", one["when"]) for one in found)
    assert oct(file.stat().st_mode)[-3:] in ("600", "666"), "nobody else reads it"


def test_what_was_right_once_stays_right(file):
    for verdict in ("wrong", "right", "wrong"):
        progress.record("skipgram.pairs", verdict)
    progress.record("skipgram.reach", "raised")
    row = next(lesson for lesson in progress.show() if lesson.name.startswith("03"))
    assert row.verdicts["skipgram.pairs"] == "right" and row.verdicts["skipgram.reach"] == "raised"
    assert row.solved == 1 and row.bar.count("■") == 1 and len(row.bar) == len(row.verdicts)


def test_the_table_names_every_exercise_of_every_lesson(file):
    progress.record("skipgram.pairs", "right")
    table = progress.show()
    cells = [cell for path in notebooks.lessons() for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    checks = sum(len(re.findall(r"check\(my_", cell.source)) for cell in cells)
    assert table.total == checks and table.solved == 1, "the pattern misses no cell"
    text, page = repr(table), table._repr_html_()
    for lesson in table:
        assert lesson.name in text and lesson.name in page
        assert len(lesson.verdicts) >= 2
        for name in lesson.verdicts:
            module, function = name.split(".")
            assert function in importlib.import_module(f"helpers.exercises.{module}").EXERCISES
            assert name in text and name in page
    assert "✓&nbsp;skipgram.pairs" in page and "·&nbsp;skipgram.reach" in page
    assert "✓ skipgram.pairs" in text and "· skipgram.reach" in text and text.endswith(f"1/{checks}")


def test_nothing_yet_and_off(file, monkeypatch, tmp_path):
    assert progress.show().solved == 0
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    monkeypatch.setenv("HOME", str(tmp_path))
    progress.record("skipgram.pairs", "right")
    assert progress.path() is None and progress.show().solved == 0 and list(tmp_path.iterdir()) == []


def test_without_the_variable_it_lies_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_PROGRESS")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    progress.record("skipgram.pairs", "right")
    assert progress.path() == tmp_path / ".language-intelligence" / "progress.jsonl" and progress.show().solved == 1


@pytest.mark.parametrize("place", ["file/progress", "folder"])
def test_a_place_that_cannot_be_written_fails_no_check(tmp_path, monkeypatch, capsys, place):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / place))
    exercises.check(skipgram.pairs, skipgram.pairs)
    assert "✓ skipgram.pairs" in capsys.readouterr().out
    assert progress.show().solved == 0


def test_a_full_disk_fails_no_check(file, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress.os, "write", full)
    exercises.check(skipgram.pairs, skipgram.pairs)
    assert "✓" in capsys.readouterr().out


def test_torn_and_foreign_lines_are_passed_over(file):
    progress.record("skipgram.pairs", "right")
    with open(file, "ab") as sink:
        sink.write(b'{"exercise": "skipgr\n[1]\nnull\n{"exercise": 3, "verdict": "right"}\n\xff\xfe\n')
    progress.record("skipgram.reach", "right")
    assert progress.outcomes() == {"skipgram.pairs": "right", "skipgram.reach": "right"}


def test_a_line_that_a_full_disk_cut_off_takes_no_other_with_it(file):
    progress.record("skipgram.pairs", "wrong")
    file.write_text(file.read_text() + '{"exercise": "skipgram.re')
    progress.record("skipgram.reach", "right")
    assert progress.outcomes() == {"skipgram.pairs": "wrong", "skipgram.reach": "right"}
    assert file.read_text().count("\n") == 3, "and no line is empty"


def test_notebooks_side_by_side_lose_no_line(file):
    code = (
        "import sys; from helpers import progress\n"
        "for i in range(300): progress.record(f'm.f{i}-{sys.argv[1]}', 'right')"
    )
    many = [subprocess.Popen([sys.executable, "-c", code, str(k)], cwd=ROOT, env=os.environ) for k in range(6)]
    assert [one.wait() for one in many] == [0] * 6
    assert len(lines(file)) == 1800 and len(progress.outcomes()) == 1800


def test_a_lesson_that_a_tool_runs_is_not_the_learner_s(file):
    import nbformat

    code = "import os\nprint(os.environ['COURSE_PROGRESS'])"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    notebooks.execute(notebook, ROOT / "notebooks" / "ko" / "x.ipynb")
    assert notebook.cells[0].outputs[0].text == "off\n"


# What is said after a check, and what the site built here knows


def test_a_check_says_how_many_of_the_lesson_are_solved(file, capsys):
    exercises.check(skipgram.pairs, skipgram.pairs)
    exercises.check(lambda *a: [("a", "b")], skipgram.reach)
    every = len(next(lesson for lesson in progress.show() if lesson.name.startswith("03")).verdicts)
    printed = capsys.readouterr().out
    assert printed.count(f"  수업 3: {every}문제 가운데 1문제를 풀었습니다 · 1 of {every} in lesson 3\n") == 2
    exercises.check(lambda *a: None, skipgram.pairs)
    assert "in lesson" not in capsys.readouterr().out, "what has not been written is no step"


def test_without_progress_a_check_says_nothing_of_it(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    exercises.check(skipgram.pairs, skipgram.pairs)
    assert capsys.readouterr().out == "✓ skipgram.pairs\n  맞았습니다.\n  correct.\n"


def test_a_site_that_was_built_here_learns_of_it_and_none_is_made(file, monkeypatch):
    exercises.check(skipgram.pairs, skipgram.pairs)
    assert not progress.SITE.parent.exists(), "no site, nothing to tell"
    progress.SITE.parent.mkdir(parents=True)
    exercises.check(lambda *a: [("a", "b")], skipgram.reach)
    told = json.loads(progress.SITE.read_text().removeprefix("window.courseProgress = ").rstrip(";\n"))
    lesson = next(lesson for lesson in progress.show() if lesson.name.startswith("03"))
    assert told[lesson.name] == [1, len(lesson.verdicts)] and set(told) == {one.name for one in progress.show()}
    progress.SITE.unlink()
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    exercises.check(skipgram.pairs, skipgram.pairs)
    assert not progress.SITE.exists()


@pytest.mark.parametrize("text", [
    "<<<<<<< HEAD\n{}", "", "[]", '{"cells": 3}', '{"cells": [3]}', '{"cells": [{"cell_type": "code"}]}',
    '{"cells": [{"cell_type": "code", "source": 3}]}', "\xff", "[" * 100_000,
])  # fmt: skip
def test_a_damaged_notebook_is_passed_over(tmp_path, text):
    (tmp_path / "03_damaged.ipynb").write_bytes(text.encode("latin-1"))
    cell = {"cell_type": "code", "source": ["x = 1\n", "check(my_pairs, skipgram.pairs)"]}
    (tmp_path / "04_whole.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    assert progress.exercises.__wrapped__(tmp_path) == {"04_whole": ["skipgram.pairs"]}
    assert hints.maker("x", tmp_path / "03_damaged.ipynb") is None
    assert hints.maker("x", tmp_path / "04_whole.ipynb") == (1, "x = 1")


def test_any_line_may_stand_in_the_file_of_outcomes(file):
    file.parent.mkdir(parents=True)
    odd = [
        {"exercise": {}, "verdict": {}},
        {"exercise": "a", "verdict": []},
        {"exercise": ["a"], "verdict": "right"},
        [],
        3,
    ]
    good = {"exercise": "skipgram.pairs", "verdict": "right"}
    file.write_text("\n".join([*map(json.dumps, odd), "[" * 100_000, json.dumps(good)]) + "\n", encoding="utf-8")
    assert progress.outcomes() == {"skipgram.pairs": "right"}


@pytest.mark.parametrize("set_to", [
    {"PYTHONIOENCODING": "cp949"}, {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
])  # fmt: skip
def test_a_console_without_these_letters_stops_no_check(set_to):
    code = ("from helpers import exercises, progress, skipgram\n"
            "exercises.check(lambda *_: 1, skipgram.pairs)\nprint(progress.show())\nprint('done')")  # fmt: skip
    environment = os.environ | set_to | {"COURSE_PROGRESS": "off"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 0 and done.stdout.strip().endswith(b"done"), done.stderr.decode()
    assert b"\\u2717 skipgram.pairs" in done.stdout
