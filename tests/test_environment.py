"""The environment check finds what is missing or too old, and prepare() adds nothing but what is missing."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers import environment
from helpers.environment import Requirement

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def wanted(tmp_path):
    """Write a requirements file and return its path."""

    def write(*lines):
        path = tmp_path / "requirements.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_lines_are_read_with_bounds_lessons_and_purpose(wanted):
    path = wanted("numpy>=1.26,<9  # lessons 0-9: arrays", "", "# a comment", "kiwipiepy")
    assert environment.requirements(path) == [
        Requirement("numpy", ">=1.26,<9", "0-9", "arrays"),
        Requirement("kiwipiepy", "", "", ""),
    ]


def test_a_line_that_cannot_be_read_is_named(wanted):
    with pytest.raises(ValueError, match="line 2.*correct that line"):
        environment.requirements(wanted("numpy", "-e ./somewhere"))


def test_the_course_s_own_file_names_lessons_and_purpose_and_is_ascii():
    rows = environment.requirements()
    assert len(rows) >= 10 and all(r.bounds and r.lessons and r.purpose for r in rows)
    assert environment.REQUIREMENTS.read_bytes().isascii(), "pip on Windows reads it in the local encoding"


def test_the_check_passes_here_and_prints_one_row_each(capsys):
    report = environment.check()
    printed = capsys.readouterr().out
    assert report.ok, printed
    names = [row.name for row in report.rows]
    assert names == [
        "python", *[r.name for r in environment.requirements()], "device", "Hangul font", "memory", "free disk"
    ]  # fmt: skip
    assert printed.count("\n") == len(names) + 1 and "FAIL" not in printed


def test_missing_and_old_packages_fail_and_the_others_do_not(wanted, capsys, monkeypatch):
    real = environment.metadata.version
    monkeypatch.setattr(environment.metadata, "version", lambda name: "1.0.2" if name == "gensim" else real(name))
    report = environment.check(
        wanted(
            "numpy>=1.26  # lessons 0-9: arrays",
            "gensim>=4.4  # lessons 1-8: vectors",
            "no-such-package>=1  # lesson 9: x",
        )
    )
    rows = {row.name: row for row in report.rows}
    assert not report.ok
    assert rows["numpy"].ok
    assert (rows["gensim"].ok, rows["gensim"].found, rows["gensim"].lessons) == (False, "1.0.2", "1-8")
    assert (rows["no-such-package"].ok, rows["no-such-package"].found) == (False, "missing")
    printed = capsys.readouterr().out
    assert printed.count("FAIL  ") == 2 and "2 FAIL" in printed and "pip install -r requirements.txt" in printed


def test_local_and_prerelease_versions_fit():
    torch = Requirement("torch", ">=2.6", "", "")
    assert torch.fits("2.13.0+cpu") and torch.fits("2.7.0rc1") and not torch.fits("2.5.1")


def test_unsupported_pythons(monkeypatch, capsys):
    monkeypatch.setattr(environment.sys, "version_info", (3, 10, 4))
    assert not environment.python_row().ok
    with pytest.raises(RuntimeError, match=r"needs Python 3\.11 to 3\.13"):
        environment.prepare()
    monkeypatch.setattr(environment.sys, "version_info", (3, 14, 0))
    assert not environment.python_row().ok
    environment.prepare()
    assert "tested with Python 3.11 to 3.13" in capsys.readouterr().out


def test_missing_font_small_memory_full_disk_and_broken_device_fail(monkeypatch):
    from helpers import fonts, training

    monkeypatch.setattr(fonts, "hangul_files", list)
    assert not environment.font_row().ok
    monkeypatch.setattr(environment, "memory", lambda: 1.0)
    assert not environment.memory_row().ok
    monkeypatch.setattr(environment, "memory", lambda: None)
    assert environment.memory_row().ok
    assert not environment.disk_row(needed=1e9).ok

    def broken():
        raise RuntimeError("no driver\nlong story")

    monkeypatch.setattr(training, "device", broken)
    row = environment.device_row()
    assert not row.ok and row.found == "no driver"


def test_memory_is_that_of_this_machine():
    assert 0.5 < environment.memory() < 1e5


def test_prepare_is_silent_fast_and_leaves_torch_alone():
    code = (
        "import sys, time; begun = time.process_time();"
        "from helpers import environment; environment.prepare();"
        "assert 'torch' not in sys.modules and 'matplotlib' not in sys.modules;"
        "sys.stderr.write(str(time.process_time() - begun))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert float(done.stderr) < 1.5


def test_the_front_end_is_never_installed(wanted, monkeypatch):
    monkeypatch.setattr(environment, "install", lambda *a: pytest.fail("nothing is to be installed"))
    monkeypatch.setattr(Requirement, "installed", property(lambda self: None))
    environment.prepare(wanted("jupyterlab>=4  # lessons 0-9: x", "ipywidgets>=7  # lessons 0-9: x"))


@pytest.mark.parametrize(
    "log, remedy",
    [
        ("ERROR: ResolutionImpossible: for help visit", "fresh environment"),
        ("NewConnectionError('<pip…>: Failed to establish a new connection: Name or service not known')", "network"),
        ("/usr/bin/python: No module named pip", "no pip"),
        ("ERROR: No matching distribution found for x", "No matching distribution"),
        ("", "network"),
    ],
)
def test_a_failed_installation_is_explained_in_one_sentence(monkeypatch, log, remedy):
    result = subprocess.CompletedProcess([], 1, stdout="", stderr=log)
    monkeypatch.setattr(environment.subprocess, "run", lambda *a, **k: result)
    with pytest.raises(RuntimeError, match=remedy) as failure:
        environment.install(["x>=1"], {"numpy": "2.0"})
    assert "x>=1" in str(failure.value) and "\n" not in str(failure.value)


def test_without_a_folder_for_temporary_files_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(environment.tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(RuntimeError, match="x>=1 cannot be installed: no temporary file can be made .* set TMPDIR"):
        environment.install(["x>=1"], {})


def test_everything_present_is_pinned_while_pip_works(monkeypatch):
    seen = {}

    def run(command, **options):
        seen["command"] = command
        seen["pins"] = Path(command[command.index("--constraint") + 1]).read_text()
        return subprocess.CompletedProcess(command, 0, stdout="", stderr="")

    monkeypatch.setattr(environment.subprocess, "run", run)
    pinned = environment.versions()
    environment.install(["new>=1"], pinned)
    assert seen["command"][-1] == "new>=1"
    assert f"numpy=={pinned['numpy']}\n" in seen["pins"] and f"torch=={pinned['torch']}\n" in seen["pins"]
    assert seen["pins"].count("\n") == len(pinned)


def test_versions_are_read_quickly():
    begun = time.process_time()
    assert {"torch", "numpy", "scikit-learn"} <= set(environment.versions())
    assert time.process_time() - begun < 5


def test_an_on_demand_package_waits_until_it_is_needed(monkeypatch, wanted, capsys):
    path = wanted("kiwipiepy>=0.21  # lessons 2-8: morphemes")
    asked = []
    monkeypatch.setattr(environment, "install", lambda names, pinned: asked.append(names))
    monkeypatch.setattr(environment.Requirement, "installed", property(lambda self: "1.0" if asked else None))
    environment.prepare(path)
    assert asked == [], "the first cell does not install it"
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    with pytest.raises(ImportError, match="pip install kiwipiepy"):
        environment.ensure("kiwipiepy", path)
    monkeypatch.setitem(sys.modules, "google.colab", object())
    environment.ensure("kiwipiepy", path)
    environment.ensure("kiwipiepy", path)
    assert asked == [["kiwipiepy>=0.21"]]
    assert "kiwipiepy is needed" in capsys.readouterr().out


@pytest.mark.parametrize("colab, gpu, lines", [(True, False, 2), (True, True, 0), (False, False, 0)])
def test_the_gpu_hint_is_for_colab_without_one_and_comes_once(monkeypatch, capsys, colab, gpu, lines):
    import torch

    monkeypatch.setattr(environment, "hinted", False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    if colab:
        monkeypatch.setitem(sys.modules, "google.colab", object())
    else:
        monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    environment.gpu_hint()
    environment.gpu_hint()
    printed = capsys.readouterr().out
    assert printed.count("\n") == lines and printed.count("T4 GPU") == lines


def test_the_check_gives_the_gpu_hint(monkeypatch, capsys):
    monkeypatch.setattr(environment, "gpu_hint", lambda: print("hint"))
    environment.check()
    assert capsys.readouterr().out.endswith("hint\n")


def test_on_colab_what_the_course_leaves_out_there_is_no_failure(monkeypatch, wanted, capsys):
    path = wanted("jupyterlab>=4  # lessons 0-9: x", "kiwipiepy>=0.21  # lessons 2-8: x", "no-such>=1  # lesson 9: x")
    monkeypatch.setattr(Requirement, "installed", property(lambda self: None))
    monkeypatch.setattr(environment, "hinted", True)
    rows = {row.name: row for row in environment.check(path).rows}
    assert not rows["jupyterlab"].ok and not rows["kiwipiepy"].ok
    monkeypatch.setitem(sys.modules, "google.colab", object())
    rows = {row.name: row for row in environment.check(path).rows}
    assert (rows["jupyterlab"].ok, rows["jupyterlab"].found) == (True, "not needed")
    assert (rows["kiwipiepy"].ok, rows["kiwipiepy"].found) == (True, "on demand")
    assert not rows["no-such"].ok
