"""Where the text of each named corpus comes from, and in which form: a function of lines for every one.

Each function returns (path, lines, tokenize, unit): `lines()` yields (text, complete) as `textfiles.lines` does.
"""

from functools import partial
from itertools import islice
from pathlib import Path

from .. import downloads, files, letters
from . import textfiles, wikitext
from .textfiles import words

KOREAN = Path(__file__).resolve().parents[2] / "datasets" / "korean"
KOWIKI_PARTS = ("kowiki-1", "kowiki-2", "kowiki-3")


def wikipedia(lower, cut):
    """Parsed from gensim's package data at the first call, a few seconds; later from the cache."""
    path, parsed = wikitext.stored()
    return path, partial(wikitext.lines, path, parsed, lower), str.split, "word"


def lee(lower, cut):
    """One news text a line."""
    path = wikitext.package_file("lee_background.cor")
    return path, partial(textfiles.lines, path, "utf-8", lower=lower), words, "word"


def korean(lower, cut):
    """The stored morphemes if `cut`, else the sentences as they are written."""
    path = KOREAN / ("morphemes.txt" if cut else "sentences.txt")
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: it is part of the course, so fetch the course again")
    lines = partial(textfiles.lines, path, "utf-8", lower=lower)
    return path, lines, str.split if cut else words, "morpheme" if cut else "word"


def text8(lower, cut):
    """One line of 100 MB."""
    path = downloads.fetch("text8", member="text8")
    return path, partial(textfiles.lines, path, "utf-8", lower=lower), str.split, "word"


def nsmc(lower, cut):
    """The table of reviews; a teacher's folder may hold reviews.txt, one review a line, in its place."""
    path = downloads.find("nsmc") or downloads.locate("reviews.txt", "nsmc") or downloads.fetch("nsmc")
    lines = partial(textfiles.lines, path, "utf-8", lower=lower)
    if path.name == downloads.lookup("nsmc").file:
        lines = partial(second_column, lines)
    return path, lines, words, "word"


def second_column(lines):
    """The reviews of the table `id, document, label`; some are empty. Quotation marks have no meaning in it."""
    for line, complete in islice(lines(), 1, None):
        yield line.split("\t")[1], complete


def kowiki(lower, cut):
    """Three tables; a folder may hold kowiki.txt, one paragraph a line, in their place."""
    if path := downloads.locate("kowiki.txt", "kowiki"):
        return path, partial(textfiles.lines, path, "utf-8", lower=lower), words, "word"
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise downloads.DownloadError(
            "kowiki",
            "this Python lacks pyarrow, which reads its parquet tables",
            "run `pip install pyarrow` in this environment, or put kowiki.txt, one paragraph a line, into the folder "
            "that COURSE_DATASETS names",
        ) from None
    parts = [downloads.fetch(part) for part in KOWIKI_PARTS]
    return parts[0].parent, partial(parquet_lines, parts, lower), words, "word"


def parquet_lines(parts, lower):
    """The paragraphs in the column `text` of parquet tables; a thousand articles are in memory at a time."""
    import pyarrow.parquet

    for part in parts:
        with pyarrow.parquet.ParquetFile(part) as table:
            for batch in table.iter_batches(batch_size=1000, columns=["text"]):
                for text in batch.column(0).to_pylist():
                    text = letters.tidy_text(text or "")
                    for line in (letters.lower(text) if lower else text).split("\n"):
                        yield line, True


def morphemes(lines, path):
    """Lines of morphemes parted by blanks. Kiwi is slow, so a first complete run leaves its result at `path`."""
    if path.is_file():
        yield from textfiles.lines(path, "utf-8")
        return
    from .. import korean  # here, since it takes a while to load

    with files.CacheFile(path) as draft:  # a run that is broken off leaves nothing behind
        for pieces in korean.morphemes_of(text for text, _ in lines()):
            line = " ".join(pieces)
            draft.write(line.encode() + b"\n")
            yield line, True
