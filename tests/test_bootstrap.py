"""The first cell of every notebook, run for real: in an empty folder, as on Colab, from a local repository.

A bare virtual environment sees this one's packages through a .pth file, so pip installs beside them and
never into them.  Wheels come from a local folder; only the last test needs a network, and is skipped without one.
"""

import contextlib
import http.server
import json
import os
import re
import shutil
import stat
import subprocess
import sysconfig
import threading
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

import checkout
import notebooks

ROOT = Path(__file__).resolve().parent.parent
CELL = ROOT / "tools" / "bootstrap_cell.py"
COPY = "language-intelligence-1"
SHOW = (
    "\nimport helpers, os; print('helpers from', os.path.relpath(helpers.__path__[0]))"
    "\nimport helpers.figures, helpers.exercises, helpers.vectors"
)


def git(*arguments, cwd):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


def commit(repository):
    git("add", "--all", cwd=repository)
    git("commit", "--quiet", "--message", "course", cwd=repository)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A local git repository with the course's helpers and requirements."""
    repository = tmp_path_factory.mktemp("published") / "course"
    shutil.copytree(ROOT / "helpers", repository / "helpers", ignore=checkout.IGNORED)
    shutil.copy(ROOT / "requirements.txt", repository)
    (repository / "raw").mkdir()
    (repository / "raw" / "main").symlink_to("..")  # where the public address shows single files
    git("init", "--quiet", cwd=repository)
    commit(repository)
    return repository


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """The interpreter of an empty virtual environment that also sees the packages of this one."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, with_pip=False)
    inside = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    (site_of(inside) / "course.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return inside


def site_of(python):
    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    return Path(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip())


@pytest.fixture
def colab(tmp_path, bare_python, course):
    """Run the bootstrap cell, then `after`, in an empty folder with an empty HOME and a stand-in google.colab."""
    (tmp_path / "modules" / "google" / "colab").mkdir(parents=True)
    (tmp_path / "modules" / "google" / "colab" / "__init__.py").write_text("")
    wheels = tmp_path / "wheels"
    for name in ("content", "home", "wheels"):
        (tmp_path / name).mkdir()
    before = set(site_of(bare_python).iterdir())

    def run(repository=course, after=SHOW, **extra):
        code = "import google.colab\n" + CELL.read_text(encoding="utf-8") + after
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "GIT_", "COURSE_"))}
        env = {
            **clean, "HOME": str(tmp_path / "home"), "PYTHONPATH": str(tmp_path / "modules"),
            "COURSE_REPOSITORY": Path(repository).as_uri(), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels),
            "PIP_CONFIG_FILE": os.devnull, "MPLCONFIGDIR": str(tmp_path / "home"), **extra,
        }  # fmt: skip
        return subprocess.run(
            [bare_python, "-c", code], cwd=tmp_path / "content", env=env, capture_output=True, text=True
        )

    run.content, run.wheels, run.python = tmp_path / "content", wheels, bare_python
    yield run
    for path in set(site_of(bare_python).iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def wheel(folder, name, version, requires=()):
    """A minimal wheel, written by hand."""
    stem = f"{name.replace('-', '_')}-{version}"
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    files = {
        f"{name.replace('-', '_')}.py": f"version = {version!r}\n",
        f"{stem}.dist-info/METADATA": "\n".join(lines) + "\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{stem}.dist-info/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{stem}.dist-info/RECORD"])
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in files.items():
            archive.writestr(inside, text)
    return path


@pytest.fixture
def needy_course(tmp_path, course):
    """The course, with one more requirement that no machine has."""
    repository = tmp_path / "needy"
    shutil.copytree(course, repository, symlinks=True)
    with open(repository / "requirements.txt", "a") as handle:
        handle.write("course-extra>=1  # lesson 9: only here\n")
    commit(repository)
    return repository


def test_the_cell_is_short_and_carries_no_prose():
    lines = [line for line in CELL.read_text(encoding="utf-8").splitlines() if line]
    assert lines[0].startswith("import ") and len(lines) == 5, "an address, a file found, begun"
    assert not any("#" in line for line in lines) and max(map(len, lines)) <= 88


def test_the_cell_leaves_only_its_own_names_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks" / "ko")
    names = {}
    exec(CELL.read_text(encoding="utf-8"), names)
    own = {name for name in names if not name.startswith("__")}
    assert own == {"glob", "os", "web", "COURSE", "begin"}
    assert names["begin"] == ["../../helpers/begin.py"], "nothing was fetched"


@contextlib.contextmanager
def web_pages():
    """The address of a server that answers with a web page whatever it is asked for; under /gone with 404."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404 if self.path.startswith("/gone") else 200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!DOCTYPE html>\n<html><body>Sign in</body></html>")

        def log_message(self, *given):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_what_is_seen_when_a_web_page_comes_in_place_of_the_course_stands_in_the_readmes(tmp_path, monkeypatch):
    """The cell has no line left for a sentence of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    seen = []
    with web_pages() as address:
        for place in ("", "/gone"):
            monkeypatch.setenv("COURSE_REPOSITORY", address + place)
            with pytest.raises((SyntaxError, OSError)) as caught:
                exec(CELL.read_text(encoding="utf-8"), {})
            seen.append(caught.value)
    page, gone = seen
    names = [type(page).__name__, page.text.strip(), str(gone).split(":")[0], "COURSE_REPOSITORY"]
    assert names[:3] == ["SyntaxError", "<!DOCTYPE html>", "HTTP Error 404"]
    for readme in ("README.md", "README.ko.md"):
        told = (ROOT / readme).read_text(encoding="utf-8").split("### Colab")[1].split("###")[0]
        assert [name for name in names if f"`{name}`" not in told] == [], readme


@pytest.mark.slow
def test_an_empty_folder_gets_the_course_and_the_second_run_is_quick(colab):
    first = colab()
    assert first.returncode == 0, first.stderr
    assert first.stdout.split() == ["helpers", "from", os.path.join(COPY, "helpers")]
    assert [path.name for path in colab.content.iterdir()] == [COPY]
    begun = os.times()
    again = colab(repository="/nowhere/at/all", after="")  # would fail if it cloned again
    assert again.returncode == 0 and again.stdout == "", again.stderr
    took = sum(after - before for before, after in list(zip(begun, os.times()))[2:4])  # what children computed
    assert took < 3, "the cell itself takes well under a second"


@pytest.mark.slow
def test_only_what_is_missing_is_installed_and_nothing_is_replaced(colab, needy_course):
    """course-extra 2 would pull course-base up to 2; the version that fits what is there is taken instead."""
    site = site_of(colab.python)
    base = wheel(colab.wheels, "course-base", "1.0")
    zipfile.ZipFile(base).extractall(site)
    wheel(colab.wheels, "course-base", "2.0")
    wheel(colab.wheels, "course-extra", "1.0", ["course-base>=1", "numpy>=1"])
    wheel(colab.wheels, "course-extra", "2.0", ["course-base>=2", "numpy>=1"])
    numpy = "import numpy; print(numpy.__version__, numpy.__file__)"
    before = subprocess.run([colab.python, "-c", numpy], capture_output=True, text=True).stdout
    listing = set(site.iterdir())
    after = "\nimport course_base, course_extra; print(course_base.version, course_extra.version)"
    first = colab(needy_course, after)
    assert first.returncode == 0, first.stderr
    assert first.stdout == "installed course-extra 1.0\n1.0 1.0\n"
    new = {path.name for path in set(site.iterdir()) - listing} - {"__pycache__"}
    assert new == {"course_extra.py", "course_extra-1.0.dist-info"}
    assert subprocess.run([colab.python, "-c", numpy], capture_output=True, text=True).stdout == before
    second = colab(needy_course, after)
    assert second.stdout == "1.0 1.0\n", "the second run has nothing to install"


@pytest.mark.slow
def test_what_would_replace_a_package_is_refused_with_the_remedy(colab, needy_course):
    site = site_of(colab.python)
    zipfile.ZipFile(wheel(colab.wheels, "course-base", "1.0")).extractall(site)
    wheel(colab.wheels, "course-base", "2.0")
    wheel(colab.wheels, "course-extra", "2.0", ["course-base>=2"])
    done = colab(needy_course)
    assert done.returncode and "beside the packages already here; use a fresh environment" in done.stderr
    assert (site / "course_base-1.0.dist-info").exists() and not (site / "course_extra.py").exists()


@pytest.mark.slow
def test_no_network_gives_one_sentence_and_the_next_try_succeeds(colab, needy_course):
    done = colab(needy_course)
    last = done.stderr.strip().splitlines()[-1]
    assert re.match(r"RuntimeError: course-extra>=1 could not be installed; check the network", last), done.stderr
    wheel(colab.wheels, "course-extra", "1.0")
    assert colab(needy_course, after="").stdout == "installed course-extra 1.0\n"


@pytest.mark.slow
def test_a_wrong_address_says_so_and_does_not_block_the_next_try(colab, tmp_path):
    nowhere = colab(repository="/no/such/repository")
    assert nowhere.returncode and "/no/such/repository" in nowhere.stderr.strip().splitlines()[-1]
    assert list(colab.content.iterdir()) == []
    wrong = tmp_path / "wrong"  # single files are there, the repository is not
    (wrong / "raw" / "main" / "helpers").mkdir(parents=True)
    shutil.copy(ROOT / "helpers" / "begin.py", wrong / "raw" / "main" / "helpers")
    done = colab(repository=wrong)
    last = done.stderr.strip().splitlines()
    assert done.returncode and any(f"git clone {wrong.as_uri()}" in line and "RuntimeError" in line for line in last)
    assert "COURSE_REPOSITORY" in done.stderr
    assert list(colab.content.iterdir()) == []
    half = colab.content / (COPY + ".partial")  # what a killed kernel leaves
    (half / "helpers").mkdir(parents=True)
    assert colab(after="").returncode == 0
    assert [path.name for path in colab.content.iterdir()] == [COPY]


@pytest.mark.slow
def test_in_a_kernel_inside_a_clone_the_helpers_beside_the_notebook_are_taken(tmp_path, course, monkeypatch):
    monkeypatch.setenv("COURSE_REPOSITORY", "/no/such/repository")
    folder = tmp_path / "clone" / "notebooks" / "ko"
    shutil.copytree(course, tmp_path / "clone", symlinks=True)
    folder.mkdir(parents=True)
    cells = [CELL.read_text(encoding="utf-8"), "import helpers\nprint(helpers.__path__[0])"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebooks.execute(notebook, folder / "lesson.ipynb")
    assert notebook.cells[0].outputs == []
    assert Path(notebook.cells[1].outputs[0].text.strip()) == tmp_path / "clone" / "helpers"


STATE = """
import importlib.metadata as m, json
print(json.dumps({d.metadata["Name"].lower(): d.version for d in m.distributions()}))
"""
USE = """
import gensim, numpy, scipy, sklearn, pandas, matplotlib
from helpers import corpora, figures, counting, vectors
figures.use_style()
print(len(corpora.load("korean").first(5)), gensim.models.KeyedVectors.__name__)
"""


@pytest.mark.slow
def test_with_colab_s_own_versions_only_what_is_missing_is_added(tmp_path, course):
    """The packages of tests/colab.txt from the registry, and a stand-in for PyTorch, which fills gigabytes."""
    for folder in ("content", "home"):
        (tmp_path / folder).mkdir()
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    reach = subprocess.run([*pip, "--dry-run", "--retries", "0", "tqdm==4.67.3"], capture_output=True, text=True)
    if reach.returncode:
        pytest.skip("the package registry cannot be reached")
    torch = wheel(tmp_path, "torch", "2.11.0")
    subprocess.run([*pip, "-r", ROOT / "tests" / "colab.txt", torch], check=True)

    def state():
        return json.loads(subprocess.run([python, "-c", STATE], capture_output=True, text=True, check=True).stdout)

    def bootstrap(after=""):
        code = "import os, sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')\n"
        code += "begun = sum(os.times()[:4])\n" + CELL.read_text(encoding="utf-8")
        code += "\nprint('seconds', sum(os.times()[:4]) - begun)" + after  # of the processor
        env = os.environ | {"HOME": str(tmp_path / "home"), "COURSE_REPOSITORY": published.as_uri()}
        done = subprocess.run([python, "-c", code], cwd=tmp_path / "content", env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        *said, time_taken = done.stdout.split("seconds ")
        return "".join(said).split("\n")[:-1], time_taken.split("\n")

    published = tmp_path / "published"
    shutil.copytree(course, published, symlinks=True)
    shutil.copytree(ROOT / "datasets" / "korean", published / "datasets" / "korean")
    commit(published)
    before = state()
    said, (first, *_) = bootstrap()
    added = {name: version for name, version in state().items() if name not in before}
    assert state().items() >= before.items(), "nothing that was there is replaced"
    assert {"gensim", "koreanize-matplotlib"} <= set(added) and "kiwipiepy" not in added and "jupyterlab" not in added
    assert said == [f"installed {name} {version}" for name, version in sorted(added.items())]
    after = state()
    said, (second, *used) = bootstrap(USE)
    assert said == [] and state() == after and used[0] == "5 KeyedVectors"
    assert float(second) < 1, f"the second run took {second} s"
    print(f"first run {float(first):.1f} s, second {float(second):.2f} s; added {sorted(added)}")


def test_what_the_first_cell_executes_is_read_alike_in_every_encoding():
    """It is opened before anything could say which encoding, and Korean Windows would take cp949."""
    assert (ROOT / "helpers" / "begin.py").read_bytes().isascii()


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for git is a script for a Unix shell")
def test_what_git_says_in_another_encoding_is_told_and_what_it_protected_is_removed(tmp_path, monkeypatch):
    """Korean Windows would read git's UTF-8 as cp949, and leaves a file alone that is write-protected."""
    half = tmp_path / (COPY + ".partial") / ".git" / "object"
    half.parent.mkdir(parents=True)
    half.write_text("half a clone", encoding="utf-8")
    half.chmod(0o444)
    (tmp_path / "git").write_bytes(b"#!/bin/sh\nprintf '\\355\\225 no such place' >&2\nexit 1\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    removed, remove = [], shutil.rmtree

    def rmtree(folder, **options):
        removed.append(os.stat(half).st_mode & stat.S_IWUSR)
        remove(folder, **options)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    code = (ROOT / "helpers" / "begin.py").read_text(encoding="ascii")
    with pytest.raises(RuntimeError, match="git clone nowhere: .* no such place"):
        exec(code, {"COURSE": "nowhere"})
    assert removed == [stat.S_IWUSR] and not half.parent.parent.exists()
