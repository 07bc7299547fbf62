"""Ctrl-C at any moment of a tool: one sentence, the exit status 130, no process left, and the old site whole."""

import errno
import os
import random
import re
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import course
import notebooks
import stopped
from test_cluster import processes_of

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no groups of processes")
START = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background may not hear of it otherwise
sys.path[:0] = [{tools!r}, {tests!r}]
"""
BUILDING = """
import pathlib, course, decks, notebooks
folder = pathlib.Path({folder!r})
decks.FOLDER, notebooks.KOREAN, notebooks.ENGLISH = folder / "slides", folder / "ko", folder / "en"
course.BUILD, build, sys.argv = folder, course.build, ["course.py", "--stored"]
course.build = lambda names: build(["00_lesson.ipynb"], target=folder / "site")
course.main()
"""
RUNNING = """
import pathlib, course, notebooks, rerun
folder = pathlib.Path({folder!r})
notebooks.KOREAN, rerun.KEPT, course.BUILD = folder, folder / "kept", folder
course.build, sys.argv = lambda *_: None, ["course.py", "00_x.ipynb"]
course.main()
"""


def begin(script, folder):
    """A process group that runs a script over the tools."""
    names = {"tools": str(notebooks.ROOT / "tools"), "tests": str(notebooks.ROOT / "tests"), "folder": str(folder)}
    return subprocess.Popen([sys.executable, "-c", (START + script).format(**names)], start_new_session=True, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)  # fmt: skip


def strike(process):
    """Press Ctrl-C as a terminal does, for every process of the group; what was said, and the processes left."""
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    left = [line for line in processes_of(process.pid) if not line.split()[1].startswith("Z")]
    return said, left


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def small(tmp_path):
    """One lesson in two editions, and a site of before."""
    for language in ("ko", "en", "site"):
        (tmp_path / language).mkdir()
    cells = [new_markdown_cell("# 0. 수업\n\n말뭉치입니다.", id="title"), new_code_cell("1", id="code")]
    for language in ("ko", "en"):
        nbformat.write(new_notebook(cells=cells), tmp_path / language / "00_lesson.ipynb")
    (tmp_path / "site" / "index.html").write_text("old")
    return tmp_path


def working_in(folder):
    """The processes of Sphinx that write into a folder."""
    found = subprocess.run(["ps", "-wweo", "pid=,args="], capture_output=True, text=True).stdout.splitlines()
    return [line for line in found if "sphinx" in line and str(folder) in line]


def test_ctrl_c_while_the_site_is_built_ends_sphinx_and_leaves_the_old_site(small):
    process = begin(BUILDING, small)
    until(lambda: len(working_in(small)) == 2)
    said, left = strike(process)
    assert process.returncode == stopped.STATUS == 130 and left == [] and working_in(small) == []
    assert said.count("\n") == 2 and "stopped while the site was being built; the site that was there before" in said
    assert (small / "site" / "index.html").read_text() == "old"


def test_ctrl_c_while_a_lesson_is_run_ends_its_kernel(tmp_path):
    slow = f"open({str(tmp_path / 'begun')!r}, 'w').write(str(__import__('os').getpid()))\nimport time\ntime.sleep(300)"
    cells = [new_markdown_cell("# t", id="title"), new_code_cell(slow, id="code")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "00_x.ipynb")
    process = begin(RUNNING, tmp_path)
    until(lambda: (tmp_path / "begun").exists() and (tmp_path / "begun").read_text())
    said, _ = strike(process)
    assert process.returncode == 130
    assert said == "\nstopped; what has been run is kept, and the same command goes on from here\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "begun").read_text()), 0)


def test_ctrl_c_while_a_kernel_starts_is_told_in_a_sentence_too(tmp_path):
    cells = [new_markdown_cell("# t", id="title"), new_code_cell("import time; time.sleep(300)", id="code")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "00_x.ipynb")
    process = begin(RUNNING, tmp_path)
    heard = ""
    while "[1/1]" not in heard:
        letter = process.stdout.read(1)
        assert letter, f"it ended by itself: {process.communicate()[1]}"
        heard += letter
    time.sleep(random.uniform(0, 1))
    said, _ = strike(process)
    assert said == "\nstopped; what has been run is kept, and the same command goes on from here\n"


@pytest.mark.parametrize("tool", ["course", "slides", "handout", "pdf", "lab", "install"])
def test_ctrl_c_while_a_tool_is_imported_is_told_in_a_sentence(tool, tmp_path):
    """The second import of a tool is one that Ctrl-C breaks off: a module of that name lies first on the path."""
    second = "hashlib" if tool == "install" else "argparse"
    (tmp_path / f"{second}.py").write_text("raise KeyboardInterrupt")
    code = f"sys.path.insert(0, {str(tmp_path)!r})\nimport {tool}"
    process = begin(code, tmp_path)
    assert process.communicate(timeout=60)[1] == f"\n{stopped.OTHERWISE}\n" and process.returncode == 130


def test_other_errors_are_told_as_they_are(tmp_path):
    process = begin("import stopped\n1 / 0", tmp_path)
    assert "ZeroDivisionError" in process.communicate()[1] and process.returncode == 1


@pytest.mark.parametrize("place", ["course", "home"])
@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_disk_that_takes_nothing_is_told_in_a_sentence(tmp_path, place, number):
    path = notebooks.ROOT / "build" if place == "course" else tmp_path / ".local"
    remedy = "copy the course into a folder of your own" if place == "course" else "set HOME to a folder of your own"
    process = begin(f"import stopped\nraise OSError({number}, 'it says', {str(path)!r})", tmp_path)
    assert process.communicate()[1] == f"{path} cannot be used (it says): make room there, or {remedy}\n"
    assert process.returncode == 1


def test_every_tool_says_so():
    """All that are run as commands; the others are their parts."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (notebooks.ROOT / "tools").glob("*.py")}
    commands = {name: text for name, text in texts.items() if '__name__ == "__main__"' in text}
    lacking = [name for name, text in commands.items() if not re.search(r"^import stopped\b", text, re.M)]
    assert len(commands) > 15 and lacking == []


def test_a_process_is_ended_when_its_block_fails():
    with pytest.raises(OSError):
        with course.processes() as start:
            process = start([sys.executable, "-c", "import time; time.sleep(30)"])
            raise OSError("no room")
    assert process.returncode == -signal.SIGTERM
