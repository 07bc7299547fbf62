"""Compiled loops: what numba is asked for, where it keeps its work, and what is said where it is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers import compiled

ROOT = Path(__file__).resolve().parent.parent
NO_NUMBA = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "numba":
            raise ImportError("no numba for this Python")

sys.meta_path.insert(0, Blocked())
from helpers import blocks, fasttext, word2vec
print("imported")
for train in (word2vec.train, fasttext.train):
    try:
        train([list("abcdef")] * 20, vector_size=4, workers=2)
    except ImportError as error:
        print(error)
"""
SUMS = """
import numpy as np
from helpers import compiled

@compiled.loop
def total(values):
    found = 0.0
    for i in range(len(values)):
        found += values[i]
    return found

if __name__ == "__main__":
    assert not total.signatures, "compiled at its first call, and not before"
    print(total(np.arange(5.0)), "found in the cache:", sum(total.stats.cache_hits.values()))
"""


def python(*command, cwd=ROOT, **environment):
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, *command], cwd=cwd, env=os.environ | environment, capture_output=True,
                          text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@compiled.loop
def is_a_number(x):
    return x == x


@compiled.loop
def part(a, b):
    return a / b


def test_a_loop_gives_what_python_gives():
    assert part(1.0, 3.0) == part.py_func(1.0, 3.0)


@compiled.apart
def push(x, y):
    for d in range(len(y)):
        x[d] += y[d]


def test_a_loop_of_arrays_that_lie_apart_promises_so_to_the_compiler():
    x, y, promises = np.arange(5.0), np.ones(5), []
    push(x, y)
    assert x.tolist() == [1, 2, 3, 4, 5] and push._compiler.pipeline_class is compiled.Apart
    for options in {}, {"pipeline_class": compiled.Apart}:  # anew: what comes from the disk cannot be read
        (code,) = inspected(push, "inspect_llvm", x, y, **options)
        (head,) = [line for line in code.splitlines() if line.startswith("define") and "excinfo" in line]
        promises.append(head.count("noalias"))
    assert promises[1] >= promises[0] + 2  # both arrays


def inspected(function, how, *given, **options):
    """The machine code, or what it is made from, of a loop compiled anew and called."""
    anew = compiled.numba.njit(**options)(function.py_func)
    anew(*given)
    return getattr(anew, how)().values()


@compiled.loop
def ask_for(table, row, column):
    compiled.prefetch(table, row, column)
    return row


def test_asking_for_a_number_ahead_changes_nothing_and_reaches_the_processor():
    table = np.arange(12, dtype=np.float32).reshape(3, 4)
    for kind in (np.int32, np.int64):  # rows are numbers of words, columns are counted
        assert ask_for(table, kind(2), 3) == 2
    assert table.tolist() == np.arange(12).reshape(3, 4).tolist()
    assert all("llvm.prefetch" in code for code in inspected(ask_for, "inspect_llvm", table, 2, 3))


def test_what_is_no_number_stays_what_it_is():
    assert not is_a_number(np.nan) and is_a_number(1.0)
    assert part(1.0, 0.0) == np.inf and part(-1.0, 0.0) == -np.inf and np.isnan(part(0.0, 0.0))


def test_loops_let_other_threads_run_and_are_kept_on_disk():
    assert part.targetoptions["nogil"] is True and part.stats.cache_path
    assert {"reassoc", "contract"} <= part.targetoptions["fastmath"], "or eight numbers could not be added at a time"
    assert not {"nnan", "ninf", "fast"} & part.targetoptions["fastmath"]


def test_nothing_is_compiled_when_a_module_is_imported():
    code = (
        "from helpers import blocks\n"
        "loops = [one for one in vars(blocks).values() if hasattr(one, 'signatures')]\n"
        "print(len(loops) > 10, [one.__name__ for one in loops if one.signatures])"
    )
    assert python("-c", code) == ["True []"]


# ---- without numba


def test_a_loop_without_numba_names_itself_and_the_remedy(monkeypatch):
    monkeypatch.setattr(compiled, "numba", None)
    monkeypatch.setattr(compiled, "REASON", "numba needs an older NumPy", raising=False)

    @compiled.loop
    def total(values):
        """The sum."""

    assert total.__doc__ == "The sum."
    with pytest.raises(ImportError, match=r"^total is a compiled loop.*\(numba needs an older NumPy\): run `pip inst"):
        total([1, 2])


def test_without_numba_the_course_is_imported_and_training_names_the_remedy():
    imported, *errors = python("-c", NO_NUMBA)
    assert imported == "imported" and len(errors) == 2
    for error in errors:
        assert 'numba cannot be imported here (no numba for this Python): run `pip install "numba>=' in error


# ---- where nothing can be written


@pytest.fixture
def sealed(tmp_path):
    """A copy of the helpers in whose folder nothing can be kept, with a loop; and the environment of a sealed home."""
    folder, a_file = tmp_path / "course" / "helpers", tmp_path / "file"
    shutil.copytree(ROOT / "helpers", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "sums.py").write_text(SUMS, encoding="utf-8")
    a_file.write_text("")
    (folder / "__pycache__").write_text("")  # a file where the folder should be: this binds the administrator, too
    home = dict.fromkeys(["HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME", "IPYTHONDIR"], str(a_file))
    return folder.parent, home | {"NUMBA_CACHE_DIR": ""}


@pytest.mark.skipif(os.name == "nt", reason="Windows asks the registry where a person's cache is")
def test_where_the_source_cannot_be_written_the_cache_of_the_course_keeps_what_was_compiled(sealed, tmp_path):
    course, home = sealed
    kept = tmp_path / "cache" / "compiled"

    def run():
        return python("-m", "helpers.sums", cwd=course, COURSE_CACHE=str(kept.parent), **home)

    assert run() == ["10.0 found in the cache: 0"] and list(kept.rglob("sums.total*.nbc"))
    assert run() == ["10.0 found in the cache: 1"], "a second process need not compile it again"
    for folder in kept.iterdir():  # now nothing can be written there either
        shutil.rmtree(folder)
        folder.write_text("")
    assert run() == ["10.0 found in the cache: 0"]


@pytest.fixture
def kept(tmp_path):
    """A function that runs the loop of `SUMS` in a new process, which keeps it in a folder, and that folder."""
    (tmp_path / "sums.py").write_text(SUMS, encoding="utf-8")
    folder = tmp_path / "kept"
    return lambda: python(tmp_path / "sums.py", PYTHONPATH=str(ROOT), NUMBA_CACHE_DIR=str(folder)), folder


@pytest.mark.parametrize("pattern", ["*.nbi", "*.nbc"])
@pytest.mark.parametrize("left", [0, 40])
def test_a_cache_that_a_power_cut_has_damaged_is_made_anew(kept, pattern, left):
    run, folder = kept
    assert run() == ["10.0 found in the cache: 0"]
    for path in folder.rglob(pattern):
        path.write_bytes(path.read_bytes()[:left])
    assert run() == ["10.0 found in the cache: 0"]
    assert run() == ["10.0 found in the cache: 1"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit to the size of files")
def test_a_full_disk_stops_no_loop(kept):
    run, folder = kept
    limit = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))\n"
    script = folder.parent / "sums.py"
    script.write_text(limit + SUMS, encoding="utf-8")
    assert run() == ["10.0 found in the cache: 0"] and not list(folder.rglob("*.nb?"))


CALLS = SUMS.replace("from helpers import compiled", "import other\nfrom helpers import compiled").replace(
    "found += values[i]", "found += other.twice(values[i])"
)
OTHER = "from helpers import compiled\n\n@compiled.loop\ndef twice(x):\n    return 2 * x\n"


def test_a_loop_is_compiled_anew_when_a_loop_of_another_file_has_changed(tmp_path):
    """numba looks into the loop's own file only, and what was compiled of the other one stands in it."""
    (tmp_path / "sums.py").write_text(CALLS, encoding="utf-8")
    (tmp_path / "other.py").write_text(OTHER, encoding="utf-8")
    path = os.pathsep.join([str(ROOT), str(tmp_path)])

    def run():
        return python(tmp_path / "sums.py", PYTHONPATH=path, NUMBA_CACHE_DIR=str(tmp_path / "kept"))

    assert run() == ["20.0 found in the cache: 0"]
    assert run() == ["20.0 found in the cache: 1"]
    (tmp_path / "other.py").write_text(OTHER.replace("2 * x", "3 * x"), encoding="utf-8")
    assert run() == ["30.0 found in the cache: 0"]
    assert run() == ["30.0 found in the cache: 1"]


def test_sources_are_followed_through_files_that_hold_loops_and_no_others():
    from helpers import blocks, softmax_trials

    names = {Path(name).stem for name in compiled.sources(softmax_trials)}
    assert names == {"softmax_trials", "noise_trials", "blocks"}
    assert {Path(name).stem for name in compiled.sources(blocks)} == {"blocks"} and not compiled.sources(None)
