"""A checkout in which somebody has worked: what belongs to the course, and what else lies there by then."""

import shutil
import subprocess

import notebooks

IGNORED = shutil.ignore_patterns(".*", "__pycache__")  # for shutil.copytree: what editors and runs leave behind


def tracked(*patterns, root=notebooks.ROOT):
    """Names of the files that git knows, as `git ls-files` finds them; none where the course is no repository."""
    try:
        done = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:  # no git here
        return []
    return [name for name in done.stdout.split("\0") if name and (root / name).exists()]


def used(folder):
    """Leave beside the notebooks of a folder what JupyterLab, its user and a Mac leave there; returns the new files."""
    first = min(folder.glob("*.ipynb"))
    (folder / ".ipynb_checkpoints").mkdir()
    copies = [folder / ".ipynb_checkpoints" / f"{first.stem}-checkpoint.ipynb", folder / f"{first.stem}-Copy1.ipynb"]
    others = [folder / "Untitled.ipynb", folder / f"._{first.name}", folder / ".DS_Store"]
    for path in copies:
        shutil.copy(first, path)
    for path in others:
        path.write_bytes(b"\x00\x05\x16\x07")  # nothing that a reader of notebooks would take
    return copies + others
