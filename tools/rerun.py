"""Lessons that have been run, kept until something that they depend on changes: what `make course` goes on from.

An executed lesson lies in build/executed under its own name, with the fingerprint of its code, the helpers, the data
that ship, constraints.txt and Python.  While the fingerprint is the same, running the lesson again would
give the same, and it is taken from there.
"""

import hashlib
import platform
from functools import cache
from pathlib import Path

import nbformat

import notebooks

KEPT = notebooks.ROOT / "build" / "executed"


@cache
def surroundings():
    """The digest of everything beside its own code that a lesson's outputs depend on."""
    found = hashlib.sha256(platform.python_version().encode())
    for folder in ("helpers", "datasets", "site/play"):
        for path in sorted((notebooks.ROOT / folder).rglob("*")):
            inside = path.relative_to(notebooks.ROOT).parts
            if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in inside):
                if inside[:2] != ("datasets", "cache"):
                    found.update("/".join(inside).encode() + path.read_bytes())
    found.update((notebooks.ROOT / "constraints.txt").read_bytes())
    return found.hexdigest()


def fingerprint(notebook):
    """What has to be the same for an executed lesson to count: its code cells and `surroundings`."""
    code = "\0".join(f"{cell.id}\0{cell.source}" for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256((surroundings() + code).encode()).hexdigest()


def keep(notebook, name, seconds, folder=None):
    """Put an executed lesson aside, with the seconds that it took."""
    path = Path(folder or KEPT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook.metadata["course"] = {"fingerprint": fingerprint(notebook), "seconds": seconds}
    nbformat.write(notebook, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def kept(notebook, name, folder=None):
    """The executed lesson that was put aside, if it still counts, else None."""
    path = Path(folder or KEPT) / name
    try:
        found = nbformat.read(path, as_version=4)
    except (OSError, ValueError):  # none yet, or torn
        return None
    same = found.metadata.get("course", {}).get("fingerprint") == fingerprint(notebook)
    return found if same else None
