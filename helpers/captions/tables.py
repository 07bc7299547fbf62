"""Pictures of your own with captions in a table: a folder with captions.csv, or with captions.txt as Kaggle has it.

    image,caption
    1000268201.jpg,"A girl, in a ""pink"" dress ."

The first column names a picture, the second holds one caption; a picture may have several lines.  Quotes and commas
are read as CSV has them, and a comma that nobody quoted belongs to the caption.  Pictures lie in the folder or in its
Images or images.
"""

import csv
import io
import random
import warnings
from pathlib import Path

from .. import letters

NAMES = ("captions.csv", "captions.txt")
PLACES = ("Images", "images", ".")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
LEAST = 3  # one picture each to train, to validate and to test on


def read(folder, seed=1):
    """(splits, captions, paths), as `flickr8k.read`: eight tenths for training, a tenth each for validation and test.

    Captions of pictures that are not there, and pictures without captions, are left out and counted in a warning.
    FileNotFoundError without a table; ValueError for fewer than three pictures or a line without a caption.
    """
    folder = Path(folder)
    table = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if table is None:
        raise FileNotFoundError(f"{folder} holds neither {' nor '.join(NAMES)}: write a line `picture,caption` "
                                "for each caption there")  # fmt: skip
    there = {letters.tidy(path.name): path for place in PLACES for path in sorted((folder / place).glob("*"))
             if path.suffix.lower() in SUFFIXES}  # fmt: skip
    captions = captions_of(table)
    names = [name for name in captions if name in there]
    lost, bare = len(captions) - len(names), len(there.keys() - captions.keys())
    if lost or bare:
        warnings.warn(f"left out: {lost} pictures of {table.name} that are not there, {bare} pictures without captions",
                      stacklevel=3)  # fmt: skip
    if len(names) < LEAST:
        raise ValueError(f"{folder} has {len(names)} pictures with captions, and {LEAST} are needed, one each to "
                         "train, to validate and to test on")  # fmt: skip
    random.Random(f"folder {seed}").shuffle(names)
    tenth = max(1, len(names) // 10)
    splits = {"train": names[2 * tenth :], "validation": names[:tenth], "test": names[tenth : 2 * tenth]}
    return splits, {name: captions[name] for name in names}, {name: there[name] for name in names}


def captions_of(table):
    """{picture: [caption, …]} of a table, in its order; a first line that names no picture is a heading."""
    rows = csv.reader(io.StringIO("\n".join(letters.lines_of(table))))
    found = {}
    for row in rows:
        name = letters.tidy(row[0].strip()) if row else ""
        if not name or (not found and not name.lower().endswith(SUFFIXES)):
            continue
        caption = ",".join(row[1:]).strip()
        if not caption:
            raise ValueError(f"{table}, line {rows.line_num}: wanted a picture, a comma and a caption, found {row}")
        found.setdefault(name, []).append(caption)
    return found
