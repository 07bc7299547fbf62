"""Unpacking a zip or tar archive so that it can neither write outside its folder nor fill the disk.

An archive is a list of names and contents that somebody else wrote.  A name may climb out of the folder
('../../.bashrc'), a link may point out of it, and a few kilobytes may unpack to terabytes.  So every entry is judged
before the first byte is written, every byte is counted while it is, and the folder appears under its name only when
it is complete.
"""

import errno
import gzip
import os
import secrets
import shutil
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

try:
    from lzma import LZMAError
except ImportError:  # a Python that was built without it cannot open .xz either
    LZMAError = EOFError

DAMAGES = zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, EOFError, NotImplementedError
CHUNK = 1 << 20
MAX_BYTES = 20 * 10**9  # GloVe 6B, the largest archive of the course, unpacks to 2.2 GB
MAX_RATIO = 200  # text packs about 3:1, a bomb 1000:1


class UnsafeArchive(ValueError):
    """An archive that would write outside its folder, or far more than it should."""


def unpack(archive, folder, members=None, max_bytes=MAX_BYTES, max_ratio=MAX_RATIO):
    """Unpack a .zip or .tar(.gz, .bz2, .xz) into `folder`, whole or not at all; returns the folder.

    `members` picks files by their name in the archive.  A folder that already holds these files in the right sizes
    is left as it is.  Only plain files and folders are accepted.  UnsafeArchive for an entry that would leave the
    folder, is a link or a device, or is larger than the limits; ValueError for a damaged archive or one without a
    wanted member; FileExistsError if the folder holds something else; OSError if the disk is full.
    """
    archive, folder = Path(archive), Path(folder)
    try:
        with opened(archive) as (entries, open_entry):
            entries = chosen(archive, entries, members)
            if folder.exists():
                if all((folder / name).is_file() and (folder / name).stat().st_size == n for name, n in entries):
                    return folder
                raise FileExistsError(f"{folder} exists and holds something else: remove it, or unpack elsewhere")
            total, packed = sum(size for _, size in entries), max(1, archive.stat().st_size)
            limit = min(max_bytes, max(max_ratio * packed, 10**6))
            if total > limit:
                raise UnsafeArchive(
                    f"{archive.name} ({packed:,} bytes) would unpack to {total:,} bytes, more than {limit:,}: "
                    "if you trust it, raise max_bytes and max_ratio"
                )
            folder.parent.mkdir(parents=True, exist_ok=True)
            if (free := shutil.disk_usage(folder.parent).free) < total:
                raise OSError(
                    errno.ENOSPC, f"{archive.name} unpacks to {total:,} bytes, but only {free:,} are free: make room"
                )
            return written(entries, open_entry, folder, limit)
    except (*DAMAGES, OSError) as error:
        if isinstance(error, OSError) and (error.errno is not None or type(error) not in (OSError, gzip.BadGzipFile)):
            raise  # the system's, or one of those above; an unpacker's own has no number
        raise ValueError(f"{archive} is damaged or not an archive ({error}): delete it and fetch it again") from error


def written(entries, open_entry, folder, limit):
    """Write the entries into a temporary folder beside `folder`, then give it its name in one step."""
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}.part")
    temporary.mkdir()  # not tempfile.mkdtemp, whose folder only its owner can read: a cache may be shared
    try:
        left = limit
        for name, _ in entries:
            target = temporary / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with open_entry(name) as source, open(target, "xb") as sink:
                while data := source.read(CHUNK):
                    left -= len(data)  # sizes in the archive's list may lie
                    if left < 0:
                        raise UnsafeArchive(f"{name} unpacks to more than the archive says: do not use this archive")
                    sink.write(data)
        try:
            os.rename(temporary, folder)
        except OSError:  # another process was faster: what it moved there is complete
            if not folder.is_dir():
                raise
        return folder
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class opened:
    """`with opened(path) as (entries, open_entry)`: entries are (name, size, what is wrong with it or None)."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        if not self.path.is_file():
            raise FileNotFoundError(f"there is no archive {self.path}: fetch it first")
        if zipfile.is_zipfile(self.path):
            self.file = zipfile.ZipFile(self.path)
            return [(i.filename, i.file_size, zip_fault(i)) for i in self.file.infolist() if not i.is_dir()], (
                self.file.open
            )
        self.file = tarfile.open(self.path)
        found = [(m.name, m.size, None if m.isfile() else "is a link or a device") for m in self.file if not m.isdir()]
        while self.file.fileobj.read(CHUNK):  # to the end, where whatever a tar is packed with keeps its checksum
            pass
        return found, self.file.extractfile

    def __exit__(self, *_):
        self.file.close()


def zip_fault(info):
    """What is wrong with the kind of a zip entry, or None. Unix keeps the file type in the upper 16 bits."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 1:
        return "is encrypted"
    return "is a link or a device" if kind not in (0, stat.S_IFREG) else None


def chosen(archive, entries, members):
    """The wanted (name, size), after judging every entry of the archive, wanted or not."""
    sizes = {}
    for name, size, fault in entries:
        posix, windows = PurePosixPath(name.replace("\\", "/")), PureWindowsPath(name)
        if posix.is_absolute() or windows.drive or windows.root or ".." in posix.parts:
            fault = "would be written outside the folder"
        if not name or "\0" in name or name in sizes:
            fault = "has an empty or repeated name"
        if fault:
            raise UnsafeArchive(f"{archive.name}: the entry {name!r} {fault}; nothing was unpacked. Do not trust it")
        sizes[name] = size
    if missing := [name for name in members or () if name not in sizes]:
        raise ValueError(f"{archive.name} has no {', '.join(missing)}; it has {', '.join(list(sizes)[:10])}")
    return [(name, sizes[name]) for name in (members if members is not None else sizes)]
