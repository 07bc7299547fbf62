"""PYTHONSAFEPATH, or `python -P`, keeps a script's folder out of what it imports from: the course does not mind."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import notebooks
from helpers import cluster

SCRIPTS = [path for folder in ("tools", "bench") for path in sorted((notebooks.ROOT / folder).glob("*.py"))
           if '__name__ == "__main__"' in path.read_text(encoding="utf-8")]  # fmt: skip


def imported(statement):
    """The names of the modules that a statement imports."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    return [statement.module] if isinstance(statement, ast.ImportFrom) else []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_script_names_its_folder_before_it_imports_what_lies_there(path):
    beside, named = {other.stem for other in path.parent.glob("*.py")}, []
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        code = ast.unparse(statement)
        if code.startswith("sys.path.insert(0, ") and "ROOT" not in code:
            inserted = ast.Expression(statement.value.args[1])
            named.append(eval(compile(inserted, path, "eval"), {"os": os, "Path": Path, "__file__": str(path)}))
        if not beside.isdisjoint(imported(statement)):
            assert str(path.parent) in named, code
            return


def test_a_tool_starts_without_its_folder():
    done = subprocess.run([sys.executable, "-P", notebooks.ROOT / "tools" / "lab.py", "--help"], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_memory_of_a_worker_is_measured(monkeypatch):
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    cluster.taken_by_imports.cache_clear()
    try:
        assert cluster.taken_by_imports() > 20e6
    finally:
        cluster.taken_by_imports.cache_clear()
