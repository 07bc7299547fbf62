"""Real data sets by name: found on this machine, or downloaded, resumed where it broke off, verified, kept.

A file is looked for in $COURSE_DATASETS (a teacher's folder, never written to), then in the cache ($COURSE_CACHE, or
datasets/cache), then downloaded.  pooch verifies the hash and moves the file into place; this module adds what a
class needs: a broken transfer goes on where it stopped, and thirty processes on one cache download once.
"""

import os
import re
import secrets
import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pooch

from .. import arguments
from .archives import UnsafeArchive, unpack
from .disk import (
    DiskFull,
    DownloadError,
    NoNetwork,
    ReadOnlyCache,
    WrongHash,
    alone,
    disk_error,
    disk_errors,
    fingerprint,
    writable,
)
from .transfer import Resuming, reachable, server_states

OURS = re.compile(r"tmp[a-z0-9_]{8}|\.(.*\.)?[0-9a-f]{12}\.part")  # what pooch and we call a file that is not complete
REGISTRY = Path(__file__).resolve().parents[2] / "datasets" / "registry.toml"


@dataclass(frozen=True)
class Entry:
    """One table of datasets/registry.toml, where the fields are explained."""

    name: str
    file: str
    url: str
    licence: str
    what: str
    source: str
    language: str
    checked: str
    size: int | None = None
    about: int = 0
    hash: str | None = None
    folder: str = ""
    members: dict = field(default_factory=dict)

    @property
    def bytes(self):
        """The size as well as it is known."""
        return self.size or self.about

    @property
    def by_hand(self):
        """What a person can do where downloading fails."""
        return (
            f"download {self.url} elsewhere, put {self.file} into a folder and set COURSE_DATASETS to that folder; "
            "or use the bundled data: corpora.load('wikipedia'), corpora.load('korean')"
        )


def registry():
    """All data sets that can be fetched: name → Entry."""
    tables = tomllib.loads(REGISTRY.read_text(encoding="utf-8"))
    return {name: Entry(name, **{"folder": name} | table) for name, table in tables.items()}


def lookup(name):
    """The entry of a name; KeyError that lists the names."""
    entries = registry()
    if not isinstance(name, str) or name not in entries:
        raise KeyError(f"no data set is called {name!r}; datasets/registry.toml has {', '.join(entries)}")
    return entries[name]


def cache_folder():
    """The folder of downloads and of parsed text: $COURSE_CACHE, or datasets/cache. It need not exist yet."""
    return arguments.from_environment("COURSE_CACHE") or REGISTRY.parent / "cache"


def locate(file, *folders, size=None):
    """Path of a file in $COURSE_DATASETS or the cache, there or in one of the sub-folders; None if it is nowhere.

    A file whose size is not the expected one is passed over with a warning.
    """
    places = [cache_folder()]
    if teacher := arguments.from_environment("COURSE_DATASETS"):
        places.insert(0, teacher)
        if not places[0].is_dir():
            arguments.warn(f"COURSE_DATASETS names {teacher}, which is no folder: correct it")
    for place in places:
        for path in [*(place / folder / file for folder in dict.fromkeys(folders)), place / file]:
            if path.is_file():
                if size is None or path.stat().st_size == size:
                    return path
                arguments.warn(f"{path} has {path.stat().st_size:,} bytes instead of {size:,}: ignored")
    return None


def find(name, member=None):
    """Path of a data set, or of one member of its archive, if it is on this machine; else None. Never downloads."""
    entry = lookup(name)
    if member is None:
        return locate(entry.file, entry.folder, name, size=entry.size)
    if not isinstance(member, str) or member not in entry.members:
        raise KeyError(f"{name} has no member {member!r}; it has {', '.join(entry.members) or 'none'}")
    return locate(member, entry.folder, name, size=entry.members[member] or None)


def fetch(name, member=None):
    """Path of a data set, or of one member of its archive; downloaded, verified and unpacked if it is not here.

    Raises DownloadError, or one of its kinds NoNetwork, WrongHash, DiskFull, ReadOnlyCache; each says what to do.
    Nothing incomplete or wrong ever stands under the final name.
    """
    entry = lookup(name)
    if path := find(name, member):
        return path
    folder = writable(cache_folder() / entry.folder, f"{name} is to be kept")
    with alone(folder.with_name(f"{folder.name}.lock"), name):
        if path := find(name, member):  # another process fetched it while this one waited
            return path
        for leftover in filter(lambda path: OURS.fullmatch(path.name), list(folder.iterdir())):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
        archive = find(name) or download(entry, folder)
        return archive if member is None else extracted(archive, member, folder)


def extracted(archive, member, folder):
    """Unpack one member of an archive into `folder`."""
    temporary = folder / f".{secrets.token_hex(6)}.part"
    try:
        unpack(archive, temporary, [member])
        os.replace(temporary / member, folder / Path(member).name)
    except OSError as error:
        raise disk_error(error, f"{archive.name}", folder) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder / Path(member).name


def download(entry, folder):
    """Download one file into `folder`; called by `fetch`, under its lock."""
    if not reachable(entry.url):
        raise NoNetwork(entry.name, f"no connection to {urlsplit(entry.url).hostname}", entry.by_hand)
    known_hash, size = entry.hash, entry.size
    if known_hash == "server":
        known_hash, size = server_states(entry)
    loader = Resuming(entry, size)
    try:
        return verified(entry, known_hash, folder, loader)
    except WrongHash:
        if not loader.continued:
            raise
    return verified(entry, known_hash, folder, Resuming(entry, size))  # what had come before was no part of this file


def verified(entry, known_hash, folder, loader):
    """The path of one file that a `Resuming` has brought into `folder`; WrongHash, and no file, if it is another."""
    pooch.get_logger().setLevel("WARNING")
    try:
        with disk_errors(entry.name, folder):
            return Path(pooch.retrieve(entry.url, known_hash, entry.file, folder, downloader=loader))
    except ValueError as error:
        if isinstance(error, DownloadError) or "does not match the known hash" not in str(error):
            raise
        found = re.search(r"expected (\S+) but got (\w+)", str(error))
        raise WrongHash(
            entry.name, f"the file that came has the hash {found[2]} instead of {found[1]} and was deleted",
            f"try again; if it repeats, the file at {entry.url} was changed or is altered on the way: {entry.by_hand}",
        ) from None  # fmt: skip


__all__ = ["DiskFull", "DownloadError", "Entry", "NoNetwork", "ReadOnlyCache", "UnsafeArchive", "WrongHash",
           "cache_folder", "fetch", "find", "fingerprint", "locate", "lookup", "registry", "unpack"]  # fmt: skip
