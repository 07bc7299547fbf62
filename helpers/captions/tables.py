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
from pathlib import Path

from .. import arguments, letters

NAMES = ("captions.csv", "captions.txt")
PLACES = ("Images", "images", ".")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
LEAST = 3  # one picture each to train, to validate and to test on


def read(folder, seed=1):
    """(splits, captions, paths), as `flickr8k.read`: eight tenths for training, a tenth each for validation and test.

    Captions of pictures that are not there, and pictures without captions, are left out and counted in a warning.
    FileNotFoundError without a table; ValueError for fewer than three pictures, a table without names of pictures, a
    line without a caption, or a quotation mark that is never closed.
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
        arguments.warn(
            f"left out: {lost} pictures of {table.name} that are not there, {bare} pictures without captions"
        )
    if len(names) < LEAST:
        raise ValueError(f"{folder} has {len(names)} pictures with captions, and {LEAST} are needed, one each to "
                         "train, to validate and to test on")  # fmt: skip
    random.Random(f"folder {seed}").shuffle(names)
    tenth = max(1, len(names) // 10)
    splits = {"train": names[2 * tenth :], "validation": names[:tenth], "test": names[tenth : 2 * tenth]}
    return splits, {name: captions[name] for name in names}, {name: there[name] for name in names}


def captions_of(table):
    """{picture: [caption, …]} of a table, in its order; a first line that names no picture is a heading."""
    lines = letters.lines_of(table)
    csv.field_size_limit(arguments.MOST)  # csv's own is 131,072 letters
    rows = csv.reader(io.StringIO("\n".join(lines)))
    found, last = {}, 0
    for row in rows:
        first, last = last + 1, rows.line_num
        name = letters.tidy(row[0].strip()) if row else ""
        if not name or (not found and not name.lower().endswith(SUFFIXES)):
            continue
        caption = ",".join(row[1:]).strip()
        if not caption:
            raise ValueError(f"{table}, line {first}: wanted a picture, a comma and a caption, found {row}")
        if swallowed := [line for line in lines[first:last] if is_row(line)]:
            raise ValueError(f"{table}, line {first}: a quotation mark opens there and is not closed before the next "
                             f"picture, {swallowed[0][:60]!r}: close it, or double it where it belongs to the caption"
                             )  # fmt: skip
        found.setdefault(name, []).append(caption)
    if not found:
        raise ValueError(f"{table} names no picture: wanted lines `picture,caption`, a comma between and the picture's "
                         f"name with its ending, such as {SUFFIXES[0]}; its first lines are {lines[:2]}")  # fmt: skip
    return found


def is_row(line):
    """Whether a line by itself begins with the name of a picture and a comma."""
    name, comma, _ = line.partition(",")
    return bool(comma) and name.strip(' "').lower().endswith(SUFFIXES)
