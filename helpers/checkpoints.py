"""Checkpoints: a long training saves itself now and then, and goes on from there when it was stopped.

    train(…, checkpoint="run.safetensors")        stop it, even with kill -9; call it again, it goes on

A checkpoint is one safetensors file (https://github.com/huggingface/safetensors): named tensors and a header of
text.  Reading it executes nothing, unlike a pickle.  It is written beside its place and moved there when it is
complete, so whatever moment the power fails, the last complete one is there.  It names the settings and the data
it belongs to, and carries a hash of its own content: another training's file, or a damaged one, is refused.

One training at a time writes to one file: while it does, others are refused.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from helpers import arguments, files

FORMAT = "language-intelligence checkpoint 1"
HELD = {}  # path: its Holder, of the checkpoints that trainings write to
TAKING = threading.Lock()  # while a checkpoint is taken or released
DRIVE = Path("/content/drive/MyDrive")  # where Colab's drive.mount("/content/drive") puts a person's own files


class Holder(NamedTuple):
    """Who writes to a checkpoint: its lock, the thread and the process that took it, and which `Checkpoint` did."""

    lock: FileLock
    thread: threading.Thread
    process: int
    turn: object  # the Checkpoint has it too; not the Checkpoint itself, which could then never be collected

    @property
    def is_here(self):
        """Whether it is of this process, not of one that has forked it."""
        return self.process == os.getpid()

    @property
    def is_other(self):
        """Whether it is another thread of this process, which still runs."""
        return self.is_here and self.thread is not threading.current_thread() and self.thread.is_alive()


@contextlib.contextmanager
def gate():
    """While a lock file is opened and locked, or released and removed: whether no other process does either meanwhile.

    Without it one process could remove the file that a second has just opened; the second would then lock a file that
    is under no name any more, while a third locks a new one.  The gate's own file stays, one for all checkpoints.
    False where it cannot be had at once: then nothing is removed.
    """
    lock = FileLock(Path(tempfile.gettempdir()) / "language-intelligence.lock", mode=0o666)
    try:
        lock.acquire(timeout=1)
    except (OSError, RuntimeError, NotImplementedError):  # of another person, on a disk without locks, held too long
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


class Checkpoint:
    """Where one training saves itself, and how often.

    path   of the file; its folder is made if need be
    every  seconds between two savings, at least; 0 saves at every opportunity
    """

    def __init__(self, path, every=60.0):
        self.every = arguments.number("every", every, least=0, hint=": it counts seconds between two savings")
        self.path, self.settings, self.turn = arguments.path("checkpoint", path), None, None
        self.last = time.monotonic()

    @classmethod
    def of(cls, value):
        """What a trainer's `checkpoint=` means: None, a path, or a Checkpoint; the path is tried, see `attempt`."""
        if value is None:
            return None
        if not isinstance(value, (str, os.PathLike, cls)) or not str(value):
            raise ValueError(f"checkpoint takes the path of a file, or a Checkpoint, not {arguments.shown(value)}")
        found = value if isinstance(value, cls) else cls(value)
        found.attempt()
        return found

    def attempt(self):
        """OSError, naming the remedy, if nothing can be written there: better now than after hours of training."""
        with files.writing(f"the checkpoint {self.path}"):
            files.attempt(self.path)

    @property
    def key(self):
        """The one name of the file, whatever links lead to it."""
        return os.path.realpath(self.path)

    def hold(self):
        """Let no other training, in a thread or process of its own, write to the same file until `release`: OSError.

        The lock lies in the folder for temporary files, not beside the checkpoint, and goes away with a killed process.
        """
        with TAKING:
            self.take()

    def take(self):
        """See `hold`."""
        refused = OSError(f"another training is writing to the checkpoint {self.path}: wait for it, stop it, or name "
                          "another file")  # fmt: skip
        holder, me = HELD.get(self.key), threading.current_thread()
        if holder and holder.is_other:
            raise refused
        if holder and holder.is_here:  # a training that was broken off may not have released it
            self.turn = object()
            HELD[self.key] = holder._replace(thread=me, turn=self.turn)
            return
        name = hashlib.sha256(self.key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        try:
            with gate():
                lock = FileLock(Path(tempfile.gettempdir()) / f"language-intelligence-{name}.lock", mode=0o666,
                                thread_local=False)  # fmt: skip
                lock.acquire(timeout=0)
        except Timeout:
            raise refused from None
        except (OSError, NotImplementedError):  # a disk without locks: then one training at a time is up to the person
            return
        self.turn = object()
        HELD[self.key] = Holder(lock, me, os.getpid(), self.turn)

    def __del__(self):
        if getattr(self, "turn", None):
            self.release()

    def release(self):
        """Let others write to the file, and remove the lock; a forked child leaves it to its parent.

        Nothing happens where another Checkpoint has taken the file over since: its training goes on.
        """
        holder = HELD.get(self.key)
        if holder and holder.is_here and holder.turn is self.turn:
            HELD.pop(self.key)
            with gate() as alone:
                holder.lock.release()
                if alone:
                    with contextlib.suppress(OSError):
                        os.unlink(holder.lock.lock_file)
        self.turn = None

    def restore(self, settings):
        """The tensors of the last saving, {name: tensor on the CPU}, or None if there is none yet.

        settings: a dict of texts and numbers that say which training this is, the data included (`digest`).
        ValueError if the file is damaged, is no checkpoint, or belongs to another training.  OSError, naming the
        remedy, if nothing can be written there: better now than after hours of training.
        """
        self.settings = json.dumps(settings, sort_keys=True, default=lambda number: number.item())  # NumPy's
        self.last = time.monotonic()
        self.attempt()
        self.hold()
        for draft in files.leftovers(self.key):  # of a training that was killed while it saved
            with contextlib.suppress(OSError):
                draft.unlink()
        if not self.path.exists():
            return None
        remedy = f"Move {self.path} away, or name another file"
        header, tensors = self.read(remedy)
        if header.get("sha256") != content_hash(header.get("settings", ""), tensors):
            raise ValueError(f"the checkpoint {self.path} is damaged: its content has changed. {remedy} to start anew")
        was, now = json.loads(header["settings"]), json.loads(self.settings)
        if was != now:  # as numbers, not as text: an alpha of 1 is an alpha of 1.0
            names = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
            names = ["trainer"] if "trainer" in names else names  # then hardly a parameter is alike
            differences = ", ".join(f"{name} was {was.get(name)!r}, is {now.get(name)!r}" for name in names)
            raise ValueError(f"the checkpoint {self.path} belongs to another training: {differences}. {remedy}")
        return tensors

    def read(self, remedy):
        """(header, tensors) of the file, copied out of it: Windows cannot replace a file that is mapped to memory."""
        try:
            with safe_open(self.path, "pt") as file:
                header = file.metadata() or {}
                if header.get("format") != FORMAT:
                    raise ValueError(f"{self.path} is not a checkpoint of this course. {remedy}")
                return header, {name: file.get_tensor(name).clone() for name in file.keys()}
        except (SafetensorError, OSError, RuntimeError) as error:
            raise ValueError(f"the checkpoint {self.path} cannot be read ({error}). {remedy} to start anew") from None

    def due(self):
        """Whether it is time to save again."""
        return time.monotonic() - self.last >= self.every

    def save(self, tensors):
        """Write {name: tensor or number}; the file of the last saving is replaced only by a complete one.

        OSError, naming the remedy, if the disk does not take it: the last saving is then still there.
        """
        if self.settings is None:
            raise RuntimeError("call restore(settings) first: a checkpoint says which training it belongs to")
        tensors = {name: torch.as_tensor(value).detach().cpu().contiguous() for name, value in tensors.items()}
        header = {"format": FORMAT, "settings": self.settings, "sha256": content_hash(self.settings, tensors)}
        with files.writing(f"the checkpoint {self.path}"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with files.whole(self.path, "the checkpoint") as draft:
            save_file(tensors, draft, header)
        self.last = time.monotonic()


def folder():
    """A folder for checkpoints that outlives the session: $COURSE_CHECKPOINTS, or `checkpoints` in the course's cache.

    On Colab nothing on the machine outlives the session.  Whoever wants to keep checkpoints there asks for it:
    COURSE_CHECKPOINTS=drive takes the folder language-intelligence/checkpoints on the Google Drive that
    `google.colab.drive.mount("/content/drive")` has mounted.  FileNotFoundError if it is not mounted: the course
    never mounts a drive by itself, since that shows it all of a person's files.
    """
    wanted = os.environ.get("COURSE_CHECKPOINTS", "").strip()
    if wanted.lower() == "drive":
        if not DRIVE.is_dir():
            raise FileNotFoundError(
                "COURSE_CHECKPOINTS asks for a Google Drive, and none is mounted: run "
                "`from google.colab import drive; drive.mount('/content/drive')` first, or unset COURSE_CHECKPOINTS"
            )
        return DRIVE / "language-intelligence" / "checkpoints"
    if wanted:
        return arguments.from_environment("COURSE_CHECKPOINTS")
    from helpers import downloads

    return downloads.cache_folder() / "checkpoints"


def digest(*parts):
    """A short name for data: 16 hexadecimal digits that change when something in `parts` does.

    Takes arrays, tensors, texts, numbers, None, and lists, tuples and dicts of them.  TypeError for anything else,
    whose text might differ from one run to the next.
    """
    found = hashlib.sha256()
    for part in parts:
        update(found, part)
    return found.hexdigest()[:16]


def update(found, part):
    """Add one part to a hash, with its kind and size, so that no two data look the same to it."""
    if isinstance(part, torch.Tensor):
        part = part.detach().cpu().numpy()
    if isinstance(part, np.ndarray) and not part.dtype.hasobject:
        found.update(f"{part.dtype}{part.shape}".encode())
        found.update(np.ascontiguousarray(part).reshape(-1).view(np.uint8))
    elif isinstance(part, dict):
        update(found, list(part.items()))
    elif isinstance(part, (list, tuple)) and not all(isinstance(item, str) for item in part):
        found.update(f"{len(part)} items".encode())
        for item in part:
            update(found, item)
    elif part is None or isinstance(part, (str, bytes, bool, int, float, np.generic, list, tuple, os.PathLike)):
        found.update(repr(part).encode("utf-8", "surrogatepass"))
    else:
        raise TypeError(f"a digest takes arrays, tensors, texts and numbers, not {type(part).__name__}")


def content_hash(settings, tensors):
    """The hash that a checkpoint carries of its own content."""
    return digest(settings, *(item for name in sorted(tensors) for item in (name, tensors[name])))
