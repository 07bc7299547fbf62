"""What `make course` keeps of a run: it goes on where it was stopped, and runs again what has changed."""

import asyncio
import sys

import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import course
import notebooks
import rerun


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """Three lessons, what was asked of course.py's parts, and a lesson at which it is to stop."""
    monkeypatch.setattr(notebooks, "KOREAN", tmp_path / "ko")
    monkeypatch.setattr(rerun, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(rerun, "surroundings", lambda: "one")
    (tmp_path / "ko").mkdir()
    for number in range(3):
        cells = [new_markdown_cell("# t", id="title"), new_code_cell(f"{number} + 1", id="code")]
        notebooks.write(new_notebook(cells=cells), tmp_path / "ko" / f"0{number}_x.ipynb")
    ran, stop = [], set()

    def execute(notebook, path):
        if path.name in stop:
            raise KeyboardInterrupt
        ran.append(path.name)
        return notebook

    monkeypatch.setattr(notebooks, "execute", execute)
    monkeypatch.setattr(notebooks, "lessons", lambda folder: sorted((tmp_path / "ko").glob("*.ipynb")))
    return sorted((tmp_path / "ko").glob("*.ipynb")), ran, stop


def test_what_was_run_is_not_run_again_unless_it_is_asked_for(lessons, capsys):
    paths, ran, _ = lessons
    executed, failed = course.run(paths)
    assert len(ran) == 3 and failed == {}
    again, _ = course.run(paths)
    assert len(ran) == 3 and list(again) == list(executed) and capsys.readouterr().out.count("run before") == 3
    course.run(paths, again=True)
    assert len(ran) == 6


def test_changed_code_and_changed_surroundings_are_run_again_and_changed_prose_is_not(lessons, monkeypatch):
    paths, ran, _ = lessons
    course.run(paths)
    for cell, times in ((0, 3), (1, 4)):
        notebook = notebooks.read(paths[1])
        notebook.cells[cell].source += " "
        notebooks.write(notebook, paths[1])
        course.run(paths)
        assert len(ran) == times
    monkeypatch.setattr(rerun, "surroundings", lambda: "two")
    course.run(paths)
    assert len(ran) == 7


def test_a_torn_file_counts_as_none(lessons):
    paths, ran, _ = lessons
    course.run(paths[:1])
    (rerun.KEPT / paths[0].name).write_text('{"cells": [')
    assert rerun.kept(notebooks.read(paths[0]), paths[0].name) is None


def test_the_site_is_shown_first_and_a_stopped_course_goes_on(lessons, monkeypatch, capsys):
    paths, ran, stop = lessons
    built = []
    monkeypatch.setattr(course, "build", lambda names, executed=None, failed=None: built.append((len(ran), executed)))
    monkeypatch.setattr(sys, "argv", ["course.py"])
    stop.add(paths[2].name)
    with pytest.raises(KeyboardInterrupt, match="goes on from here"):
        course.main()
    assert built == [(0, None)] and len(ran) == 2, "the site stood before the first lesson was run"
    stop.clear()
    with pytest.raises(SystemExit) as end:
        course.main()
    assert end.value.code == 0 and ran == [path.name for path in paths]
    assert sorted(built[-1][1]) == [path.name for path in paths], "fresh outputs of all of them"
    monkeypatch.setattr(sys, "argv", ["course.py", "--stored"])
    course.main()
    assert len(ran) == 3 and built[-1][1] is None
    assert "Open " in capsys.readouterr().out


def test_the_fingerprint_sees_helpers_data_and_versions_but_no_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    for name in ("helpers/a.py", "datasets/b.txt", "datasets/cache/big.bin", "helpers/__pycache__/a.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "constraints.txt").write_text("numpy==2")
    seen = rerun.surroundings.__wrapped__
    before = seen()
    for name, changes in (
        ("datasets/cache/big.bin", False), ("helpers/__pycache__/a.pyc", False), ("helpers/a.py", True),
        ("datasets/b.txt", True), ("constraints.txt", True),
    ):  # fmt: skip
        (tmp_path / name).write_text("2")
        assert (seen() != before) == changes, name
        before = seen()


@pytest.mark.parametrize("person,screen,opened", [(True, ":0", 1), (False, ":0", 0), (True, "", 0)])
def test_the_browser_opens_only_where_somebody_sees_it(monkeypatch, tmp_path, person, screen, opened):
    pages = []
    monkeypatch.setattr(course.webbrowser, "open", pages.append)
    monkeypatch.setattr(course.sys, "platform", "linux")
    monkeypatch.setattr(course.sys.stdout, "isatty", lambda: person, raising=False)
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    course.show(tmp_path / "index.html")
    assert len(pages) == opened


def test_a_lesson_is_run_where_an_event_loop_runs_already_and_where_none_does(tmp_path):
    """A browser that a test drives has one, and so has a notebook."""
    sources = ("6 * 107", "1 / 0")

    def alone(notebook):
        return notebooks.execute(notebook, tmp_path / "x.ipynb")

    async def within(notebook):
        return alone(notebook)

    for run in (alone, lambda notebook: asyncio.run(within(notebook))):
        well, badly = (new_notebook(cells=[new_code_cell(source, id="code")]) for source in sources)
        assert run(well).cells[0].outputs[0]["data"]["text/plain"] == "642"
        with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
            run(badly)
