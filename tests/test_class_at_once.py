"""A whole class at once: 30 processes (8 in the fast tier) start lesson 3 together on one shared, empty cache folder.

They run the lesson's own cell that loads a corpus, once with the corpus that comes with the course and is parsed
into the cache, once with text8 in its place, which is fetched from a server on this machine.
"""

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest

from test_downloads import Server, contents, packed, toml

ROOT = Path(__file__).resolve().parent.parent
LESSON = ROOT / "notebooks" / "ko" / "03_skipgram_samples.ipynb"
CLASS = 30
LIGHT = "from helpers import corpora\nfrom helpers.vocabulary import Vocabulary"
WORDS = [f"word{i}" for i in range(300)]
TEXT = (" " + " ".join(WORDS[i * i % 299] for i in range(60_000))).encode()
STUDENT = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
{first}
from helpers import downloads
downloads.REGISTRY = Path({registry!r})
print("ready", flush=True)
sys.stdin.readline()
{cells}
"""


def cell(identity, corpus="wikipedia"):
    """The source of a cell of the lesson, with another corpus on the line that names one."""
    notebook = nbformat.read(LESSON, as_version=4)
    (source,) = (cell.source for cell in notebook.cells if cell.id == identity)
    assert identity != "load-wikipedia" or 'corpora.load("wikipedia")' in source
    return source.replace('"wikipedia"', f'"{corpus}"')


@pytest.fixture
def school(tmp_path):
    """A server with a text8 of our own, a registry that names it, and the empty cache folder that all share."""
    server = Server()
    server.body = packed({"text8": TEXT})
    server.delay = 0.1  # seconds for 10,000 bytes: the download is under way when the last process asks for it
    table = {
        "file": "text8.zip", "url": server.url, "size": len(server.body), "members": {"text8": len(TEXT)},
        "hash": "sha256:" + hashlib.sha256(server.body).hexdigest(), "language": "English", "licence": "CC0 1.0",
        "what": "words", "source": "this test", "checked": "here",
    }  # fmt: skip
    registry = tmp_path / "registry.toml"
    registry.write_text("[text8]\n" + "\n".join(f"{key} = {toml(value)}" for key, value in table.items()))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server, registry, tmp_path / "cache"
    server.shutdown()
    server.server_close()


def attend(school, students, first, *cells):
    """Run the cells in so many processes that begin together; what each printed, and how many waited for another."""
    _, registry, cache = school
    code = STUDENT.format(root=str(ROOT), first=first, registry=str(registry), cells="\n".join(cells))
    clean = {key: value for key, value in os.environ.items() if "proxy" not in key.lower() and key != "COURSE_DATASETS"}
    env = clean | {"COURSE_CACHE": str(cache), "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "PYTHONWARNINGS": "error"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command, here = [sys.executable, "-c", code], LESSON.parent  # where its first cell looks for the course
    present = [subprocess.Popen(command, cwd=here, env=env, **pipes) for _ in range(students)]
    for student in present:
        assert student.stdout.readline() == "ready\n", student.communicate()[1]
    assert contents(cache) == {}, "nobody has begun"
    for student in present:
        student.stdin.write("\n")
        student.stdin.flush()
    ends = [student.communicate(timeout=300) for student in present]
    assert [student.returncode for student in present] == [0] * students, [error for _, error in ends if error]
    waiting = "text8: another process is fetching it, waiting\n"
    return [out.replace(waiting, "") for out, _ in ends], sum(waiting in out for out, _ in ends)


def check_text8(school):
    """Fetched once, and what lies in the cache is what the server has."""
    server, _, cache = school
    assert [request[:3] for request in server.seen] == [["GET", None, 200]]
    found = {name: size for name, size in contents(cache).items() if name.startswith("text8")}
    assert found == {"text8/text8.zip": len(server.body), "text8/text8": len(TEXT)}
    assert (cache / "text8" / "text8").read_bytes() == TEXT


@pytest.mark.parametrize("students", [8, pytest.param(CLASS, marks=pytest.mark.slow)])
def test_processes_that_begin_together_fetch_once_and_all_succeed(school, students):
    printed, waited = attend(school, students, LIGHT, cell("load-wikipedia", "text8"))
    assert len(set(printed)) == 1 and "60000 tokens\n" in printed[0]
    assert f"\n{len(set(TEXT.split()))} words; kept" in printed[0]
    assert waited >= students // 2, "they were there at once"
    check_text8(school)


@pytest.mark.slow
def test_thirty_processes_with_the_lesson_s_own_first_cells(school):
    first = cell("bootstrap") + "\n" + cell("imports")
    printed, _ = attend(school, CLASS, first, cell("load-wikipedia"), cell("load-wikipedia", "text8"))
    stored = next(c for c in nbformat.read(LESSON, as_version=4).cells if c.id == "load-wikipedia").outputs[0].text
    assert len(set(printed)) == 1 and printed[0].startswith(stored), "what the lesson shows"
    check_text8(school)
    cache = school[2]
    (parsed,) = (name for name in contents(cache) if name.startswith("wikipedia/"))
    assert (cache / parsed).read_bytes().count(b"\n# ") == 105  # 106 articles, the first at the start of the file
