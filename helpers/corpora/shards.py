"""A corpus in n shards for n readers: runs of whole lines, about equally long, none lost and none read twice.

    for shard in corpora.load("texts/*.txt.gz").shards(8): ...       # eight corpora; one after the other they are all

A text file is cut by bytes: at each n-th part of the whole text stands a cut, which moves on to the next line's
beginning.  Only the places around the cuts are read for it.  What is compressed can only be read from its beginning, so
every reader unpacks what stands before its shard and throws it away: many small .gz files are better than a large one.
Where a line's end cannot be told from the bytes (UTF-16, UTF-32), a file stays whole, and so does a text of one line.
"""

import codecs
import io
import os
import platform
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from . import textfiles

# encodings in which the byte 0x0A is a line's end and never a part of a character, beside iso8859-… and cp125…
CUT_AT_LINE_FEED = {"utf-8", "utf-8-sig", "ascii", "cp949", "euc_kr", "shift_jis", "cp932", "euc_jp", "gbk", "gb18030",
                    "big5", "koi8-r", "mac-roman"}  # fmt: skip


class Span(NamedTuple):
    """The bytes first … end − 1 of a text file, counted after unpacking; `size`: how many it has on the disk."""

    path: object
    encoding: str
    first: int
    end: int
    size: int


def of_files(files, errors, lower, n):
    """n functions that yield (text, complete) as `textfiles.lines` does: the lines of several (path, encoding)."""
    return [partial(lines_of, spans, errors, lower) for spans in cut(files, n)]


def of_lines(lines, n):
    """The same for a corpus that has only `lines`: it is read once to count them, and by every reader."""
    total = sum(complete for _, complete in lines())
    return [partial(between, lines, first, end) for first, end in pairwise(total * k // n for k in range(n + 1))]


def lines_of(spans, errors, lower):
    """The lines of one shard."""
    for span in spans:
        check_unchanged(span)
        yield from textfiles.lines(span.path, span.encoding, errors, lower, span.first, span.end)


def check_unchanged(span):
    """Refuse a file that is not the one that was cut into shards: it has changed, or this machine has another."""
    try:
        size = os.path.getsize(span.path)
    except OSError as error:
        raise FileNotFoundError(f"{span.path} cannot be opened on {platform.node()} ({error.strerror}): every machine "
                                "must have the same files under the same paths") from None  # fmt: skip
    if size != span.size:
        raise ValueError(f"{span.path} has {size:,} bytes on {platform.node()} and had {span.size:,} when it was cut "
                         "into shards: every machine must have the same files, and nobody may change them")  # fmt: skip


def between(lines, first, end):
    """The lines number first … end − 1."""
    number = 0
    for text, complete in lines():
        if number >= end:
            return
        if number >= first:
            yield text, complete
        number += complete


def cut(files, n):
    """The spans of each of n shards, [[Span, …], …]; (path, encoding) of the files are taken one after the other."""
    sizes = [size_of(path) for path, _ in files]
    shards, before, total = [[] for _ in range(n)], 0, sum(sizes)
    for (path, encoding), size in zip(files, sizes):
        wanted = [min(max(total * k // n - before, 0), size) for k in range(n + 1)]
        places = line_starts(path, wanted, size) if divisible(encoding) else [size if place else 0 for place in wanted]
        for shard, first, end in zip(shards, places, places[1:]):
            if first < end:
                shard.append(Span(path, encoding, first, end, os.path.getsize(path)))
        before += size
    return shards


def size_of(path):
    """Bytes of a file after unpacking."""
    with textfiles.reading(path), textfiles.open_bytes(path) as file:
        return file.seek(0, io.SEEK_END)


def divisible(encoding):
    """Whether a text in this encoding may be cut after every byte 0x0A."""
    name = codecs.lookup(encoding).name
    return name in CUT_AT_LINE_FEED or name.startswith(("iso8859", "cp125"))


def line_starts(path, wanted, size):
    """For each of the ascending places `wanted`, where the first line begins that does not begin before it."""
    found = [0]
    with textfiles.reading(path), textfiles.open_bytes(path) as file:
        for place in wanted[1:]:
            if found[-1] < place < size:
                file.seek(place - 1)
                while (piece := file.readline(textfiles.BLOCK)) and not piece.endswith(b"\n"):
                    pass
                place = file.tell()
            found.append(max(place, found[-1]))
    return found
