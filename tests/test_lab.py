"""A learner's own copies and what JupyterLab adds for them: nothing is lost, and a cell run too early gets a hint."""

import errno
import json
import os
import subprocess

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import lab
import notebooks
from helpers import environment, hints

ROOT = notebooks.ROOT


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Two lessons in two editions, and the folder for the copies."""
    for name, language in (("KOREAN", "ko"), ("ENGLISH", "en")):
        monkeypatch.setattr(notebooks, name, tmp_path / "notebooks" / language)
        (tmp_path / "notebooks" / language).mkdir(parents=True)
        for number in range(2):
            cells = [new_markdown_cell(f"# {number} {language}", id="title"), new_code_cell("1", id="code")]
            nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / language / f"0{number}_x.ipynb")
    return tmp_path


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there is no root here")
def test_root_is_told_how_to_say_that_it_is_meant(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "tools/lab.py --allow-root" in lab.root_hint([])
    assert lab.root_hint(["--allow-root"]) == ""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert lab.root_hint([]) == ""


def test_copies_are_made_once_and_what_the_learner_writes_stays(course):
    my = course / "my"
    new, changed = lab.copies(my)
    assert [path.relative_to(my).as_posix() for path in new] == [
        "ko/00_x.ipynb", "ko/01_x.ipynb", "en/00_x.ipynb", "en/01_x.ipynb"
    ] and changed == []  # fmt: skip
    assert (my / "ko" / "00_x.ipynb").read_bytes() == (course / "notebooks" / "ko" / "00_x.ipynb").read_bytes()
    (my / "ko" / "00_x.ipynb").write_text("my work")
    assert lab.copies(my) == ([], []) and (my / "ko" / "00_x.ipynb").read_text() == "my work"


def test_a_full_disk_leaves_no_half_of_a_lesson_and_a_torn_note_stops_nothing(course, monkeypatch):
    my = course / "my"
    with monkeypatch.context() as patch:
        patch.setattr(lab.shutil, "copy", half_a_copy)
        with pytest.raises(OSError, match="00_x.ipynb cannot be written .*make room"):
            lab.copies(my)
    assert not [path for path in my.rglob("*") if path.is_file()]
    new, _ = lab.copies(my)
    (my / lab.ORIGINS).write_text('{"ko/00')
    again, changed = lab.copies(my, "2026-12-01")
    assert again == [] and len(changed) == len(new) and lab.copies(my, "2026-12-01") == ([], [])


def half_a_copy(source, target):
    target.write_bytes(source.read_bytes()[:50])
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_changed_lesson_is_laid_beside_the_copy_once(course):
    my = course / "my"
    lab.copies(my)
    (my / "ko" / "00_x.ipynb").write_text("my work")
    lesson = course / "notebooks" / "ko" / "00_x.ipynb"
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="run")]
    nbformat.write(notebook, lesson)
    assert lab.copies(my) == ([], []), "outputs are no change"
    notebook.cells[1].source = "2"
    nbformat.write(notebook, lesson)
    new, changed = lab.copies(my, "2026-12-01")
    assert new == [] and changed == [my / "ko" / "00_x-2026-12-01.ipynb"]
    assert changed[0].read_bytes() == lesson.read_bytes() and (my / "ko" / "00_x.ipynb").read_text() == "my work"
    assert "my/ko/00_x-2026-12-01.ipynb" in lab.report(new, changed)
    assert lab.copies(my, "2026-12-02") == ([], [])
    changed[0].write_text("my other work")
    notebook.cells[1].source = "3"
    nbformat.write(notebook, lesson)
    assert lab.copies(my, "2026-12-01") == ([], [my / "ko" / "00_x-2026-12-01-2.ipynb"])
    assert changed[0].read_text() == "my other work", "not even twice a day"
    assert (my / "ko" / "00_x-2026-12-01-2.ipynb").read_bytes() == lesson.read_bytes()


def test_copying_that_was_stopped_goes_on_and_copies_nothing_twice(course, monkeypatch):
    my, copy, done = course / "my", lab.shutil.copy, []

    def stopped(lesson, mine):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(copy(lesson, mine))

    monkeypatch.setattr(lab.shutil, "copy", stopped)
    with pytest.raises(KeyboardInterrupt):
        lab.copies(my)
    monkeypatch.setattr(lab.shutil, "copy", copy)
    new, changed = lab.copies(my)
    assert len(new) == 2 and changed == [] and len(list(my.glob("*/*.ipynb"))) == 4


def test_git_does_not_look_at_the_copies_and_links_and_first_cells_work_in_them(tmp_path):
    ignored = subprocess.run(["git", "check-ignore", "my/ko/00_environment.ipynb"], cwd=ROOT, capture_output=True)
    if ignored.returncode == 128:
        pytest.skip("this is no git repository")
    assert ignored.returncode == 0
    assert len((lab.MY / "ko").relative_to(ROOT).parts) == len(notebooks.KOREAN.relative_to(ROOT).parts), (
        "as deep as the lessons: ../../helpers leads to the same place, and the first cell finds the helpers above it"
    )


def test_jupyterlab_opens_the_copies_with_the_course_s_style_and_start(monkeypatch):
    from jupyterlab.labapp import LabApp

    asked = []
    monkeypatch.delenv("PYTHONSTARTUP", raising=False)
    monkeypatch.setattr(LabApp, "launch_instance", classmethod(lambda cls, argv: asked.append((cls, argv))))
    monkeypatch.setattr(lab, "copies", lambda: ([], []))
    monkeypatch.setattr(lab, "attempt_home", lambda: None)
    monkeypatch.setattr(notebooks, "lessons", lambda folder: [folder / "00_x.ipynb"])
    lab.main(["--edition", "en", "--no-browser"])
    found, argv = asked[0]
    assert found.get_extension_package() == "jupyterlab", "another name is looked up in vain, with a traceback"
    assert f"--ServerApp.root_dir={ROOT}" in argv and "--LabApp.default_url=/lab/tree/my/en/00_x.ipynb" in argv
    assert argv[-1] == "--no-browser" and "--LabApp.custom_css=True" in argv
    (folder,) = found.serverapp_class().static_custom_path
    assert "vnd.jupyter.stderr" in (lab.ROOT / folder / "custom.css").read_text()
    assert os.environ.pop("PYTHONSTARTUP") == str(ROOT / "tools" / "kernel_start.py")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps settings elsewhere")
def test_a_home_that_cannot_be_written_is_told_before_jupyterlab_starts(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(lab, "copies", lambda: ([], []))
    monkeypatch.setattr(lab, "launch", lambda *_: pytest.fail("that is too late"))
    (tmp_path / "file").write_text("")  # a home that is a file binds the administrator, too
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    with pytest.raises(
        SystemExit, match="JupyterLab needs .*which cannot be written .*set HOME to a folder of your own"
    ):
        lab.main([])
    (tmp_path / "집 가").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "집 가"))
    lab.attempt_home()
    assert not [path for path in (tmp_path / "집 가").rglob("*") if path.is_file()]


# A cell that is run too early

LEFT = f"import sys\n'hints' in dir(), 'helpers' in dir(), sys.path[0] != {str(ROOT)!r}"
CODE = [
    "import numpy as np\nfrom helpers.exercises import check",
    "def my_pairs(a): ...\n\n\ncheck(my_pairs, table)",
    "table, (a, *rest) = 1, [2]\nfor row in rest: pass",
    "%matplotlib inline\nx: int = 3",
    "this is no python (",
]


@pytest.fixture
def lesson(tmp_path):
    path = tmp_path / "03_x.ipynb"
    cells = [new_markdown_cell("# x"), *[new_code_cell(code) for code in CODE]]
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.mark.parametrize(
    "name,number", [("check", 1), ("np", 1), ("my_pairs", 2), ("table", 3), ("rest", 3), ("row", 3), ("x", 4)]
)
def test_the_cell_that_makes_a_name_is_found(lesson, name, number):
    said = hints.hint(NameError("no", name=name), lesson)
    line = CODE[number - 1].splitlines()[0]
    assert f"{number}번째 코드 셀" in said and f"code cell {number}" in said and line in said


def test_of_other_names_nothing_is_said(lesson):
    assert hints.hint(NameError("no", name="nothing"), lesson) == ""
    assert hints.hint(NameError("raised by hand"), lesson) == ""
    assert "Run All Above" in hints.hint(NameError("no", name="check"), None), "where the notebook is not known"


def test_the_lesson_is_known_from_the_session_s_name(monkeypatch):
    monkeypatch.delenv("__vsc_ipynb_file__", raising=False)
    for session, found in (
        ("/home/me/course/my/ko/03_skipgram_samples-2026-12-01.ipynb", "03_skipgram_samples"),
        ("Untitled.ipynb", None), ("99_nothing.ipynb", None), ("", None),
    ):  # fmt: skip
        monkeypatch.setenv("JPY_SESSION_NAME", session)
        assert (here := hints.lesson_here()) is None or here.stem == found
        assert (here is None) == (found is None)


def test_in_a_fresh_kernel_of_make_lab_an_exercise_run_first_says_which_cell_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONSTARTUP", str(ROOT / "tools" / "kernel_start.py"))
    monkeypatch.setenv("JPY_SESSION_NAME", "03_skipgram_samples.ipynb")
    cells = [
        "check(my_pairs, skipgram.pairs)",
        LEFT,
    ]
    notebook = new_notebook(cells=[new_code_cell(code) for code in cells])
    from nbclient import NotebookClient

    NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=60).execute()
    error, *said = notebook.cells[0].outputs
    assert error.ename == "NameError" and "code cell" in said[0].text and "import" in said[0].text
    assert notebook.cells[1].outputs[0].data["text/plain"] == "(False, False, True)", "nothing is left behind"


def test_the_first_cell_makes_ipython_watch_where_there_is_one(monkeypatch):
    watched = []
    monkeypatch.setattr(hints, "watch", lambda: watched.append(1))
    monkeypatch.setattr(environment, "requirements", lambda path: [])
    environment.prepare()
    assert watched == [1]
    monkeypatch.undo()
    hints.watch()  # no IPython runs here


def test_copies_of_the_course_itself_hold_every_lesson(tmp_path):
    new, _ = lab.copies(tmp_path / "my")
    assert len(new) == len(notebooks.lessons()) * 2
    known = json.loads((tmp_path / "my" / lab.ORIGINS).read_text())
    assert len(known) == len(new)
