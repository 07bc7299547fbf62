"""Files that appear under their names when they are complete, and not before.

What is written goes to a draft beside its place, which is then moved there in one step.  So a reader finds the old
file or the new one, never half of one, whatever happens to the writer: an exception, a full disk, kill -9.
"""

import contextlib
import os
import re
import secrets
from pathlib import Path

from helpers import arguments


def draft_of(path):
    """A new name for the draft of a file, in the same folder and hidden on Unix; `leftovers` knows it again."""
    path = Path(path)
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")


def leftovers(path):
    """The drafts of a file that writers who were killed have left behind, or that others are writing now."""
    path = Path(path)
    ours = re.compile(re.escape(f".{path.name}.") + r"[0-9a-f]{12}\.part")
    return [other for other in path.parent.glob(".*.part") if ours.fullmatch(other.name)]


def attempt(path):
    """Make the folder of a file and write into it, so that a disk that refuses says so before the work: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder: name a file in it")
    draft = draft_of(path)
    draft.touch()
    draft.unlink()


@contextlib.contextmanager
def whole(path):
    """A path to write to, which takes the name `path` when the block ends without an exception.

    The bytes have reached the disk by then, so that not even a power cut leaves an empty file under the name.
    ~ is the home folder.  FileNotFoundError where the folder is missing, IsADirectoryError where the path is one.
    """
    path = arguments.path("path", path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r}: make it first")
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder: name a file in it")
    draft = draft_of(path)
    try:
        yield draft
        with open(draft, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


class Draft:
    """A file written piece by piece: `with Draft(path) as file: file.write(...)`; its folder is made if need be.

    With required=False a disk that cannot be written is no error: the file is then not there afterwards.
    """

    def __init__(self, path, required=True):
        self.path, self.required, self.file = Path(path), required, None
        self.temporary = draft_of(path)

    def __enter__(self):
        self.attempt(self.open)
        return self

    def open(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(self.temporary, "xb")

    def write(self, data):
        """Append bytes."""
        if self.file:
            self.attempt(lambda: self.file.write(data))

    def __exit__(self, kind, error, trace):
        if kind is None and self.file:
            self.attempt(self.finish)
        self.drop()

    def finish(self):
        self.file.close()
        os.replace(self.temporary, self.path)

    def attempt(self, step):
        """Run a step; if the disk refuses it, leave nothing behind."""
        try:
            step()
        except OSError:
            self.drop()
            if self.required:
                raise

    def drop(self):
        if self.file:
            with contextlib.suppress(OSError):
                self.file.close()
            with contextlib.suppress(OSError):
                self.temporary.unlink()
            self.file = None
