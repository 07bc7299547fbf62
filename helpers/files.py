"""Files that appear under their names when they are complete, and not before.

What is written goes to a draft beside its place, which is then moved there in one step.  So a reader finds the old
file or the new one, never half of one, whatever happens to the writer: an exception, a full disk, kill -9.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
import tokenize
from pathlib import Path

from safetensors import SafetensorError

from helpers import arguments
from helpers.signals import undisturbed

ANYBODY = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH  # the right to write, which even root respects here
LONGEST_STEM = 200  # bytes
# What NumPy raises for a damaged .npy: it reads the head of one as a line of Python
DAMAGED_ARRAY = OSError, ValueError, EOFError, TypeError, SyntaxError, tokenize.TokenError


class NotWritten(OSError):
    """The disk did not take something; the message says what, why, and what helps."""


def draft_of(path):
    """A new name for the draft of a file, in the same folder and hidden on Unix; `leftovers` knows it again."""
    path = Path(path)
    return path.with_name(f".{stem_of(path.name)}.{secrets.token_hex(6)}.part")


def stem_of(name):
    """What a longer name begins with that belongs to a file: its own name, or where that is long, a hash of it.

    Systems count bytes of a name, 255 at most, and a syllable of Hangul takes three.
    """
    encoded = os.fsencode(name)
    return name if len(encoded) <= LONGEST_STEM else hashlib.sha256(encoded).hexdigest()[:16]


def leftovers(path):
    """The drafts of a file that writers who were killed have left behind, or that others are writing now."""
    path = Path(path)
    ours = re.compile(re.escape(f".{stem_of(path.name)}.") + r"[0-9a-f]{12}\.part")
    return [other for other in path.parent.glob(".*.part") if ours.fullmatch(other.name)]


def place(path):
    """Where what is written under this path has to lie: a link's own file, so that the link stays one.

    OSError where something stands there that must not be replaced: a folder, a device, a pipe, a file that is
    write-protected; replacing needs no right to write the old file, so nobody else would ask.  And where the name is
    longer than this disk allows.
    """
    found = Path(os.path.realpath(path))
    if found.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder: name a file in it")
    try:
        mode = found.lstat().st_mode  # of a link still: one that leads in a circle
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # the draft has a short name, so nobody else would notice in time
            raise
        return found
    if not stat.S_ISREG(mode):
        raise FileExistsError(f"{str(path)!r} is no ordinary file but a device, a pipe or the like: name a file")
    if not mode & ANYBODY or not os.access(found, os.W_OK):
        raise PermissionError(f"{str(path)!r} is write-protected: name another file, or allow writing to this one")
    return found


@contextlib.contextmanager
def writing(what):
    """Where the disk does not take what is written, say what helps: NotWritten.  what: such as "the cache x.npy"."""
    try:
        yield
    except NotWritten:  # a file that was written for this one, and has its own remedy
        raise
    except (OSError, SafetensorError) as error:
        raise NotWritten(f"{what} cannot be written ({error}): "
                         "make room there, or name a file in another folder") from None  # fmt: skip


def attempt(path):
    """Make the folder of a file and write into it, so that a disk that refuses says so before the work: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = draft_of(place(path))
    draft.touch()
    draft.unlink()


@contextlib.contextmanager
def whole(path, what="the file"):
    """A path to write to, which takes the name `path` when the block ends without an exception.

    The bytes have reached the disk by then, so that not even a power cut leaves an empty file under the name.
    ~ is the home folder.  FileNotFoundError where the folder is missing; OSError where the path must not be written
    (`place`), or the disk does not take it, naming the remedy.
    """
    path = arguments.path("path", path)
    target = place(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(target.parent)!r}: make it first")
    draft = draft_of(target)
    try:
        with writing(f"{what} {path}"):
            yield draft
            with open(draft, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(draft, target)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def together(what="the file"):
    """Several files of which none may be new while another is old: `with together() as draft: write(draft(path))`.

    Each is as `whole` makes it, and none takes its name before all are written.
    """
    with contextlib.ExitStack() as drafts:
        yield lambda path: drafts.enter_context(whole(path, what))


def exchange(fresh, target):
    """Give a folder that is complete the place of an older one, which is whole until then and removed afterwards.

    A link stays one: the folder that it leads to is replaced.  NotADirectoryError where a file stands in the place.
    Ctrl-C waits until the exchange is done; a second one breaks in, and leaves the older folder or the new one there.
    OSError if a folder cannot be moved: the older one then has its place again.  A process that is killed between the
    two moves leaves the older one under a hidden name, `leftovers(target)`.
    """
    target = Path(os.path.realpath(target))
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"{str(target)!r} is no folder, so a folder cannot take its place: move it away")
    aside = draft_of(target)
    with undisturbed():
        try:
            if target.exists():
                target.replace(aside)
            fresh.replace(target)
        finally:
            if aside.exists() and not target.exists():
                aside.replace(target)
            shutil.rmtree(aside, ignore_errors=True)


def made(folder):
    """A folder, made with those above it where it is missing: its path.  NotWritten if that fails."""
    with writing(f"the folder {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def room_for_temporary():
    """Where no temporary file can be made, say what helps: NotWritten."""
    try:
        yield
    except OSError as error:
        raise NotWritten(error.errno, f"no temporary file can be made ({error.strerror}): set TMPDIR to a folder with "
                                      "room in which you may write, and start Python again") from None  # fmt: skip


def temporary(folder=None):
    """A file without a name, open for bytes, that goes away when it is closed, and with a killed process too."""
    with room_for_temporary():
        return tempfile.TemporaryFile(dir=folder)


@contextlib.contextmanager
def temporary_folder():
    """A folder that is removed, with what is in it, when the block ends: its path."""
    with room_for_temporary():
        made = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with made as folder:
        yield Path(folder)


class CacheFile:
    """A file that only saves time, written piece by piece: `with CacheFile(path) as file: file.write(...)`.

    As `whole` makes it, but that its folder is made if need be, and that a disk which does not take it is no error:
    the file is then not there afterwards.
    """

    def __init__(self, path):
        self.path, self.file = Path(path), None

    def __enter__(self):
        self.attempt(self.open)
        return self

    def open(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path = place(self.path)
        self.temporary = draft_of(self.path)
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
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        os.replace(self.temporary, self.path)

    def attempt(self, step):
        """Run a step; if the disk refuses it, leave nothing behind."""
        try:
            step()
        except OSError:
            self.drop()

    def drop(self):
        if self.file:
            with contextlib.suppress(OSError):
                self.file.close()
            with contextlib.suppress(OSError):
                self.temporary.unlink()
            self.file = None
