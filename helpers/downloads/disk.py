"""Writing to a disk that others use too, that may be full, or that may not be ours to write.

Every refusal of the system becomes an error that says what to do.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from pathlib import Path

import requests
from filelock import FileLock, SoftFileLock, Timeout


class DownloadError(OSError):
    """What was wanted, what happened (`reason`) and what to do (`remedy`), in one message."""

    def __init__(self, wanted, reason, remedy):
        super().__init__(f"{wanted}: {reason}. What to do: {remedy}.")
        self.reason, self.remedy = reason, remedy


class NoNetwork(DownloadError, ConnectionError):
    """The server cannot be reached."""


class WrongHash(DownloadError, ValueError):
    """The bytes that came are not those that the registry names."""


class DiskFull(DownloadError):
    """There is not enough room in the cache folder."""


class ReadOnlyCache(DownloadError, PermissionError):
    """The cache folder cannot be written."""


@contextlib.contextmanager
def alone(path, what, doing="fetching"):
    """Hold a lock file, so that of all processes on this cache one works and the others wait for it.

    Whoever waits prints what the other one is doing; nothing if `doing` is empty.
    """
    lock = FileLock(path, mode=0o666)
    try:
        try:
            lock.acquire(timeout=0)
        except NotImplementedError:  # a network drive without locks
            lock = SoftFileLock(path)
            lock.acquire(timeout=0)
    except Timeout:
        if doing:
            print(f"{what}: another process is {doing} it, waiting")
        lock.acquire()
    except OSError as error:  # somebody else's lock file, say
        raise disk_error(error, what, path.parent) from error
    try:
        yield
    finally:
        lock.release()


def writable(folder, purpose):
    """Make a folder and try to write there. ReadOnlyCache or DiskFull if that fails."""
    with disk_errors(purpose, folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{secrets.token_hex(6)}.part"
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        probe.unlink(missing_ok=True)  # another process may have tidied it away
    return folder


def enough_room(what, folder, size):
    """DiskFull unless `size` more bytes fit."""
    free = shutil.disk_usage(folder).free
    if size > free:
        reason = f"{size:,} bytes are still to come, but only {free:,} are free in {folder}"
        raise DiskFull(what, reason, "make room there, or set COURSE_CACHE to a folder on a larger disk")


@contextlib.contextmanager
def disk_errors(what, folder):
    """Turns the system's errors about disks and permissions into ones that say what to do."""
    try:
        yield
    except (DownloadError, requests.RequestException):
        raise
    except OSError as error:
        raise disk_error(error, what, folder) from error


def disk_error(error, what, folder):
    """A DownloadError for an OSError of the file system."""
    if isinstance(error, DownloadError):
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "make room, or set COURSE_CACHE to a folder on a larger disk; what has come is kept and continued"
        return DiskFull(what, f"the disk of {folder} is full", remedy)
    remedy = "set the environment variable COURSE_CACHE to a folder of your own and start Jupyter again"
    return ReadOnlyCache(what, f"the cache folder {folder} cannot be written ({error.strerror or error})", remedy)


def fingerprint(paths, *settings):
    """Sixteen letters that change when one of some files (or a file in a folder) changes, or one of the settings."""
    files = [file for path in map(Path, paths) for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    state = [(str(f.absolute()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr((state, settings)).encode()).hexdigest()[:16]
