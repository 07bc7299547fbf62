"""Features on disk, found again by the content of the pictures."""

import json
import os
import time

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from .. import arguments, files

FORMAT = "language-intelligence features 1"


class Store:
    """Features on disk by the pictures' content: one safetensors file, replaced whole.

    settings: what decides a feature beside the picture; a file with other settings is refused with ValueError.  A
    damaged file of this course is set aside as NAME.damaged and computed anew; anything else is refused and left alone.
    """

    def __init__(self, path, settings, every=60.0):
        self.path, self.settings, self.every = arguments.path("cache", path), settings, every
        self.keys, self.fresh, self.last, self.rows = {}, 0, time.monotonic(), []
        if self.path.exists():
            self._read()
        with files.writing(f"the cache {self.path}"):  # a disk that refuses should say so before the work
            files.attempt(self.path)

    def _read(self):
        try:
            with safe_open(self.path, "np") as file:
                header = file.metadata() or {}
                if header.get("format") != FORMAT:
                    raise ValueError(f"{self.path} holds no features of this course: name another file as cache")
                keys, rows = file.get_tensor("keys"), file.get_tensor("features")
        except (SafetensorError, OSError, KeyError, RuntimeError) as error:
            if not self.path.is_file() or FORMAT.encode() not in self.path.read_bytes()[:10_000]:
                raise ValueError(f"{self.path} is there already, and is no cache of features: name another file, or "
                                 "move this away") from None  # fmt: skip
            names = [".damaged", *(f".damaged{n}" for n in range(2, 1000))]
            aside = next(
                p for end in names if not (p := self.path.with_name(files.stem_of(self.path.name) + end)).exists()
            )
            os.replace(self.path, aside)
            print(f"the cache {self.path.name} is damaged ({str(error).splitlines()[0]}); "
                  f"it is kept as {aside.name} and computed anew")  # fmt: skip
            return
        was = json.loads(header["settings"])
        if was != self.settings:
            changed = [f"{name} was {was.get(name)}, is {value}" for name, value in self.settings.items()
                       if was.get(name) != value]  # fmt: skip
            raise ValueError(f"the cache {self.path} belongs to other features: {', '.join(changed)}; "
                             "name another file")  # fmt: skip
        self.keys = {key.tobytes(): i for i, key in enumerate(keys)}
        self.rows = list(rows)

    def __contains__(self, key):
        return key in self.keys

    def __getitem__(self, key):
        return self.rows[self.keys[key]].astype(np.float32)

    def put(self, key, array):
        """Keep an array under a key; returns what a later call will read."""
        self.keys[key] = len(self.rows)
        self.rows.append(np.clip(array, -65504, 65504).astype(np.float16))
        self.fresh += 1
        return self[key]

    def due(self):
        return self.fresh and time.monotonic() - self.last > self.every

    def save(self):
        """Write everything if something is new; the old file stays until the new one is complete."""
        if not self.fresh:
            return
        start = time.monotonic()
        keys = np.stack([np.frombuffer(key, dtype=np.uint8) for key in self.keys])
        header = {"format": FORMAT, "settings": json.dumps(self.settings)}
        with files.whole(self.path, "the cache") as draft:
            save_file({"keys": keys, "features": np.stack(self.rows)}, draft, header)
        self.fresh, self.last = 0, time.monotonic()
        self.every = max(self.every, 20 * (self.last - start))  # large files are written less often
