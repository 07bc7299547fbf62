"""The commands of the README: setting up, pointing a fork at itself."""

import os
import re
import runpy
import shutil
import socket
import subprocess
import sys
import time

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import address
import assets
import browser
import checkout
import course
import install
import notebooks

ROOT = notebooks.ROOT


def requirements(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    plain = [line.split("#")[0].strip() for line in lines]
    return [Requirement(line) for line in plain if line and not line.startswith("-")]


@pytest.mark.parametrize("name", ["7", "07", "07_glove", "07_glove.ipynb"])
def test_a_lesson_is_found_by_its_number_or_name(name):
    assert course.found(name, notebooks.lessons()).name == "07_glove.ipynb"
    assert course.found("70", notebooks.lessons()) is course.found("glove", notebooks.lessons()) is None


# Setting up


def test_an_unsupported_python_is_told_so_before_anything_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(install, "suitable", lambda: None)
    monkeypatch.setattr(sys, "argv", ["install.py"])
    with pytest.raises(SystemExit) as stop:
        install.main()
    assert "3.11, 3.12 or 3.13" in str(stop.value) and "아무것도 설치하지 않았습니다" in str(stop.value)
    assert list(tmp_path.iterdir()) == []


def test_an_unsupported_python_looks_for_a_supported_one(monkeypatch):
    monkeypatch.setattr(install.sys, "version_info", (3, 14, 0))
    monkeypatch.setattr(install.shutil, "which", lambda name: sys.executable if name == "python3.11" else None)
    monkeypatch.setattr(install.subprocess, "call", lambda *a, **k: 0)
    assert install.suitable() == sys.executable
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    assert install.suitable() is None


@pytest.mark.parametrize("name", ["version", "version_info"])
def test_another_python_than_the_environment_s_is_refused_when_it_is_asked_for(tmp_path, monkeypatch, name):
    monkeypatch.setattr(install, "VENV", str(tmp_path))
    monkeypatch.setattr(install, "environment_python", lambda: sys.executable)
    (tmp_path / "installed.txt").write_text(install.wanted(["requirements.txt"]))
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\n{name} = 3.10.2\n")
    monkeypatch.setattr(sys, "argv", ["install.py", "--this"])
    with pytest.raises(SystemExit, match="3.10.2.*make clean"):
        install.main()
    (tmp_path / "pyvenv.cfg").write_text(f"{name} = {'.'.join(map(str, sys.version_info[:3]))}\n")
    install.main()
    (tmp_path / "pyvenv.cfg").write_text(f"{name} = 3.10.2\n")
    monkeypatch.setattr(sys, "argv", ["install.py"])
    install.main()


def test_a_python_that_was_asked_for_and_does_not_serve_is_told_so(tmp_path, monkeypatch):
    """Another one is looked for only where nobody asked."""
    monkeypatch.setattr(install, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(install, "suitable", lambda: pytest.fail("no other one is wanted"))
    monkeypatch.setattr(install.sys, "version_info", (3, 9, 6))
    monkeypatch.setattr(sys, "argv", ["install.py", "--this"])
    with pytest.raises(SystemExit, match="this is Python 3.9.6"):
        install.main()


def test_the_environment_s_version_is_read_whatever_stands_beside_it(tmp_path):
    text = "home = C:\\\\사용자\\\\홍길동\nversion_info = 3.11.9.final.0\n"
    (tmp_path / "pyvenv.cfg").write_text(text, encoding="utf-8")
    source = "import install, sys; install.VENV = sys.argv[1]; print(install.environment_version())"
    plain = os.environ | {
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "PYTHONPATH": str(ROOT / "tools"),
    }
    told = subprocess.run([sys.executable, "-c", source, str(tmp_path)], env=plain, capture_output=True, text=True)
    assert told.stdout.strip() == "3.11.9", told.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_asks_for_this_python_only_where_somebody_named_it():
    plain = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "MAKEFLAGS", "MFLAGS")}

    def said(*arguments):
        command = ["make", "--no-print-directory", *arguments]
        return subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True, check=True).stdout

    assert "--this" not in said("-n", "lab")
    for target, kind in (("site", " --site"), ("test", " --dev"), ("sync", "")):
        assert f"python9 tools/install.py{kind} --this" in said("-n", target, "PYTHON=python9")
    assert all(f"make {target}" in said("help") for target in ("course", "lab", "test", "clean", "help"))


def test_the_installer_can_be_parsed_by_an_old_python():
    source = (ROOT / "tools" / "install.py").read_text(encoding="utf-8")
    compile(source, "install.py", "exec", dont_inherit=True)
    import ast

    ast.parse(source, feature_version=(3, 4))


def test_an_up_to_date_environment_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "VENV", str(tmp_path))
    monkeypatch.setattr(install, "environment_python", lambda: sys.executable)
    monkeypatch.setattr(sys, "argv", ["install.py"])
    (tmp_path / "installed.txt").write_text(install.wanted(["requirements.txt"]))
    monkeypatch.setattr(install.subprocess, "call", lambda *a, **k: pytest.fail("nothing should be run"))
    monkeypatch.setattr(install.subprocess, "check_call", lambda *a, **k: pytest.fail("nothing should be run"))
    install.main()


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_that_cannot_be_written_is_told_so(tmp_path, monkeypatch, made):
    monkeypatch.setattr(install, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(install, "suitable", lambda: sys.executable)
    monkeypatch.setattr(install.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(sys, "argv", ["install.py"])
    monkeypatch.setattr(install.os, "access", lambda path, mode: False)  # the administrator may write everywhere
    monkeypatch.setattr(install.subprocess, "call", lambda *a, **k: pytest.fail("nothing should be run"))
    if made:
        (tmp_path / ".venv").mkdir()
    with pytest.raises(SystemExit, match="This folder cannot be written: .*\n.*into a folder of your own"):
        install.main()


def test_course_says_before_the_work_that_nothing_can_be_written(tmp_path, monkeypatch):
    (tmp_path / "build").write_text("a file in the way")
    monkeypatch.setattr(course, "BUILD", tmp_path / "build")
    monkeypatch.setattr(course, "build", lambda *a: pytest.fail("that is too late"))
    monkeypatch.setattr(sys, "argv", ["course.py", "--stored"])
    with pytest.raises(SystemExit, match="nothing can be written into .*build .*make room, or copy the course"):
        course.main()


def test_a_python_without_venv_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(sys, "argv", ["install.py"])
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(install.subprocess, "call", lambda command, **k: 1)
    with pytest.raises(SystemExit, match="python3-venv"):
        install.main()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """`install.main()` in an empty place: the commands it gives, which fail while `failing` holds a word of them."""
    monkeypatch.setattr(install, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(install, "environment_python", lambda: sys.executable)
    monkeypatch.setattr(install, "cpu_builds", lambda: None)
    monkeypatch.setattr(install, "gives_cpu_build", lambda command: False)
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    monkeypatch.setattr(install.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(sys, "argv", ["install.py"])
    (tmp_path / ".venv").mkdir()
    commands, failing = [], set()

    def call(command, **options):
        commands.append(command)
        return int(not failing.isdisjoint(command))

    monkeypatch.setattr(install.subprocess, "call", call)
    return commands, failing, tmp_path / ".venv" / "installed.txt"


def test_an_interrupted_installation_is_taken_up_again(setup):
    commands, failing, stamp = setup
    failing.add("-r")
    with pytest.raises(SystemExit, match="did not finish"):
        install.main()
    assert not stamp.exists()
    failing.clear()
    install.main()
    assert stamp.read_text() == install.wanted(["requirements.txt"])
    assert "torch==" in commands[-2][-1], "torch is installed first, by its exact version"


def test_the_cpu_build_comes_alone_from_its_own_address_and_the_rest_from_where_it_always_comes(setup, monkeypatch):
    commands, failing, stamp = setup
    monkeypatch.setattr(install, "cpu_builds", lambda: "http://builds")
    install.main()
    torch, rest = commands
    assert torch[-4:-1] == ["--no-deps", "--index-url", "http://builds"] and torch[-1].startswith("torch==")
    assert "http://builds" not in rest and rest[-2] == "-r"
    stamp.unlink()
    commands.clear()
    failing.add("http://builds")
    install.main()
    assert [("http://builds" in command, "-r" in command) for command in commands] == [
        (True, False), (False, False), (False, True)
    ], "where that fails, torch comes from where everything comes from"  # fmt: skip
    assert stamp.exists()


def test_what_will_happen_is_said_first_and_only_once(setup, monkeypatch, capsys):
    commands, _, stamp = setup
    said = []
    monkeypatch.setattr(install.subprocess, "call", lambda *a, **k: said.append(capsys.readouterr().out) or 0)
    monkeypatch.setattr(install.sys, "platform", "linux")
    install.main()
    assert re.search(r"3 GB to download, 6 GB of disk, 5-20 minutes.*CUDA", said[0], re.S) and "분" in said[0]
    monkeypatch.setattr(install, "cpu_builds", lambda: "http://builds")
    monkeypatch.setattr(sys, "argv", ["install.py", "--site"])
    said.clear()
    install.main()
    assert "GB" not in said[0] and "updating .venv with pip: requirements.txt, requirements-site.txt" in said[0]
    assert "2 GB of disk" in install.plan("pip", "http://builds") and "CPU build" in install.plan(
        "pip", "http://builds"
    )


def test_a_mirror_that_has_the_cpu_build_is_announced_as_one(setup, monkeypatch, capsys):
    monkeypatch.setattr(install, "gives_cpu_build", lambda command: True)
    for kind, size in (("linux", "0.6 GB to download, 2 GB.*CPU build"), ("win32", "0.6 GB.*as published")):
        monkeypatch.setattr(install.sys, "platform", kind)
        install.main()
        assert re.search(size, capsys.readouterr().out, re.S)
        setup[2].unlink()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import sys; print('Would install', sys.argv[-1].replace('==', '-') + '+cpu')", True),  # pip's words
        ("import sys; print(' +', sys.argv[-1] + '+cpu', file=sys.stderr)", True),  # uv's
        ("import sys; print('Would install', sys.argv[-1].replace('==', '-'))", False),
        ("import time; time.sleep(60)", False),
    ],
)
def test_the_installer_is_asked_what_it_would_take_and_takes_nothing(code, found, monkeypatch):
    monkeypatch.setattr(install, "ANSWER", 5)
    asked = []
    run = install.subprocess.run
    monkeypatch.setattr(install.subprocess, "run", lambda command, **k: asked.extend(command) or run(command, **k))
    assert install.gives_cpu_build([sys.executable, "-c", code, "--quiet"]) is found
    assert {"--dry-run", "--no-deps"} <= set(asked) and "--quiet" not in asked and asked[-1].startswith("torch==")


def test_uv_installs_where_it_is_there(setup, monkeypatch):
    monkeypatch.setattr(install.shutil, "which", lambda name: "/bin/uv" if name == "uv" else None)
    install.main()
    for command in setup[0]:
        assert command[:3] == ["/bin/uv", "pip", "install"] and sys.executable in command and "-m" not in command


def test_an_intel_mac_is_told_so_before_anything_is_installed(setup, monkeypatch):
    monkeypatch.setattr(install.sys, "platform", "darwin")
    monkeypatch.setattr(install.platform, "machine", lambda: "x86_64")
    with pytest.raises(SystemExit, match="conda.*Colab"):
        install.main()
    assert setup[0] == []
    monkeypatch.setattr(install.platform, "machine", lambda: "arm64")
    install.main()
    assert len(setup[0]) == 2


def test_the_cpu_builds_are_for_linux_without_a_card_where_they_can_be_reached(tmp_path, monkeypatch):
    (tmp_path / "torch").mkdir()
    monkeypatch.setattr(install.sys, "platform", "linux")
    monkeypatch.setattr(install, "NVIDIA", [str(tmp_path / "nvidia")])
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    with browser.serving(tmp_path) as address_of_builds:
        monkeypatch.setattr(install, "CPU_BUILDS", address_of_builds)
        assert install.cpu_builds() == address_of_builds
        for kind, found in (("darwin", None), ("win32", None), ("linux", address_of_builds)):
            monkeypatch.setattr(install.sys, "platform", kind)
            assert install.cpu_builds() == found
        (tmp_path / "nvidia").write_text("")
        assert install.cpu_builds() is None
        (tmp_path / "nvidia").unlink()
        monkeypatch.setattr(install.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
        assert install.cpu_builds() is None
        monkeypatch.setattr(install.shutil, "which", lambda name: None)
        (tmp_path / "torch").rmdir()
        assert install.cpu_builds() is None, "an answer that is none"
    assert install.cpu_builds() is None, "nobody answers"


def test_a_server_that_does_not_answer_is_left_within_seconds(monkeypatch):
    monkeypatch.setattr(install.sys, "platform", "linux")
    monkeypatch.setattr(install, "NVIDIA", [])
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    monkeypatch.setattr(install, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(install, "CPU_BUILDS", f"http://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        assert install.cpu_builds() is None and time.monotonic() - begun < 5


def test_constraints_pin_every_requirement_within_its_bounds():
    pins = {canonicalize_name(r.name): str(next(iter(r.specifier)).version) for r in requirements("constraints.txt")}
    for requirement in (line for name in install.FILES for line in requirements(name)):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


def test_each_requirement_says_which_lesson_needs_it():
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.search(r"  # .*(lesson|every)", line), line


def test_conda_and_pip_ask_for_the_same():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    names = {"pytorch": "torch"}
    conda = {}
    for line in re.findall(r"^ +- ([A-Za-z][\w.-]*[<>=!~].*?)(?:  #.*)?$", text, flags=re.M):
        requirement = Requirement(line)
        conda[names.get(requirement.name, requirement.name)] = requirement.specifier
    assert str(conda.pop("python")) == "<3.14,>=3.11"
    assert conda == {r.name: r.specifier for r in requirements("requirements.txt")}


# What lies in a folder where somebody has worked


def test_what_jupyterlab_leaves_beside_the_lessons_is_no_lesson(tmp_path):
    for name in ("01_one.ipynb", "00_zero.ipynb"):
        (tmp_path / name).write_text("{}")
    assert len(checkout.used(tmp_path)) == 5
    assert [path.name for path in notebooks.lessons(tmp_path)] == ["00_zero.ipynb", "01_one.ipynb"]


def test_every_notebook_that_git_keeps_is_a_lesson():
    kept = checkout.tracked("notebooks/*.ipynb")
    if not kept:
        pytest.skip("this is no git repository")
    lessons = notebooks.lessons() + notebooks.lessons(notebooks.ENGLISH)
    assert [ROOT / name for name in kept] == sorted(lessons), "a lesson is named NN_topic.ipynb"


def test_only_the_course_s_own_files_go_into_the_site(tmp_path):
    source, target = tmp_path / "shared", tmp_path / "site"
    (source / ".ipynb_checkpoints").mkdir(parents=True)
    target.mkdir()
    (source / "__pycache__").mkdir()
    for name in ("course.js", "course.css", ".DS_Store", ".ipynb_checkpoints/course-checkpoint.css"):
        (source / name).write_text(name)
    assets.own(source, target)
    assert sorted(path.name for path in target.iterdir()) == ["course.css", "course.js"]
    assert [path.name for path in notebooks.files(source, "*.css")] == ["course.css"]


def test_git_s_files_are_those_of_the_course_alone(tmp_path):
    assert checkout.tracked(root=tmp_path) == []
    for name in ("a.py", "b c.py", "gone.py", "Untitled.py", "수업.txt"):
        (tmp_path / name).write_text("")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "a.py", "b c.py", "gone.py", "수업.txt"], cwd=tmp_path, check=True)
    (tmp_path / "gone.py").unlink()
    assert checkout.tracked("*.py", root=tmp_path) == ["a.py", "b c.py"]
    assert checkout.tracked(root=tmp_path) == ["a.py", "b c.py", "수업.txt"]


@pytest.fixture
def suite(monkeypatch):
    """`tools/test.py` with some arguments: what it asks of pytest, instead of running it, and in which environment."""
    asked = []
    monkeypatch.setattr(subprocess, "call", lambda command, cwd, env: asked.append((command, env)) or 3)

    def run(*arguments):
        with pytest.raises(SystemExit) as stop:
            runpy.run_path(str(ROOT / "tools" / "test.py"))["main"](arguments)
        assert stop.value.code == 3, "pytest's own exit status"
        return asked.pop()

    return run


def test_the_suite_runs_tests_and_lessons_and_none_of_a_learners_own_notebooks(suite):
    lessons = [str(path.relative_to(ROOT)) for path in notebooks.lessons() + notebooks.lessons(notebooks.ENGLISH)]
    for arguments, targets, tier in (
        ([], ["tests", *lessons], "not slow"),
        (["--slow"], ["tests"], "slow"),
        (["tests/test_tools.py"], ["tests/test_tools.py"], "not slow"),
    ):
        command, _ = suite(*arguments)
        assert command[-len(targets) :] == targets and "--slow" not in command
        assert not any(word.startswith(("tests", "notebooks")) for word in command[: -len(targets)])
        assert tier in command and ("--nbval" in command) == (tier == "not slow")


def test_waiting_threads_sleep_during_the_suite_unless_somebody_asks_otherwise(suite, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert suite()[1]["OMP_WAIT_POLICY"] == "PASSIVE" and suite()[1]["COURSE_DEVICE"] == "cpu"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert suite()[1]["OMP_WAIT_POLICY"] == "ACTIVE"


# A fork


def test_one_command_points_a_fork_at_itself_and_leaves_a_learners_own_notebooks_alone(tmp_path):
    copy = tmp_path / "fork"
    for name in ("tools", "helpers", "notebooks"):
        shutil.copytree(ROOT / name, copy / name, ignore=checkout.IGNORED)
    for name in ("README.md", "README.ko.md", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    lessons = [path for language in ("ko", "en") for path in notebooks.lessons(copy / "notebooks" / language)]
    assert len(lessons) == 2 * len(notebooks.lessons())
    before = {path: path.read_bytes() for path in checkout.used(copy / "notebooks" / "ko")}
    command = [sys.executable, str(copy / "tools" / "address.py")]
    subprocess.run([*command, "https://github.com/somebody/words.git"], check=True, capture_output=True)
    for path in [*lessons, copy / "README.md", copy / "README.ko.md"]:
        text = path.read_text(encoding="utf-8")
        assert "colab.research.google.com/github/somebody/words/blob/main/" in text
        assert address.address().removeprefix("https://github.com/") not in text
    assert before == {path: path.read_bytes() for path in before}
    assert subprocess.run([*command, "--check"]).returncode == 0


def test_an_address_of_another_form_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(address, "ROOT", tmp_path)  # nothing there to write to
    monkeypatch.setattr(sys, "argv", ["address.py", "not an address"])
    with pytest.raises(SystemExit, match="not an address: .*https://github.com/OWNER/NAME"):
        address.main()


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_a_notebook_is_written_whole_where_it_lies(tmp_path):
    """A link stays one, what is write-protected is not replaced, and nothing else is left in the folder."""
    notebook, real, link = nbformat.v4.new_notebook(), tmp_path / "real.ipynb", tmp_path / "link.ipynb"
    real.write_text("old")
    link.symlink_to(real)
    notebooks.write(notebook, link)
    assert link.is_symlink() and nbformat.read(real, 4).cells == []
    kept = real.read_bytes()
    real.chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected"):
        notebooks.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("new")]), link)
    assert real.read_bytes() == kept and sorted(os.listdir(tmp_path)) == ["link.ipynb", "real.ipynb"]
