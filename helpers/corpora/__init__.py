"""A corpus by name, or by the path of one's own text file → sentences of tokens, streamed, as often as you like.

    for tokens in corpora.load("wikipedia"): ...        # ['anarchism', 'is', 'a', 'political', 'philosophy', ...]
    corpora.load("korean", unit="word")                 # the bundled Korean corpus, words instead of morphemes
    corpora.load("my_diary.txt")                        # one sentence per line, any size
    corpora.load("texts/*.txt.gz").shards(8)            # many files, and the same text as eight corpora

wikipedia, lee and korean come with the course and its packages; text8, nsmc and kowiki are fetched from the network
when they are asked for, and a bundled corpus steps in, saying so, where that is not possible.  The rooms: `textfiles`
(encodings, lines, words), `shards` (a corpus in
pieces), `wikitext` (gensim's articles), `sources` (where each named corpus lies).
"""

import difflib
import glob
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path

from .. import arguments, downloads, letters
from . import shards, sources, textfiles, wikitext
from .table import Row, Table
from .textfiles import MAX_SENTENCE_LENGTH, words

FALLBACK = {"text8": "wikipedia", "nsmc": "korean", "kowiki": "korean"}  # what steps in offline
# name: (language, licence, what, source); those of the fetched corpora stand in datasets/registry.toml
BUNDLED = {
    "wikipedia": ("English", "CC BY-SA 3.0 and GFDL", "106 whole articles, in gensim's package data",
                  "https://en.wikipedia.org"),
    "lee": ("English", "not stated; distributed with gensim", "300 short news texts, one a line",
            "https://radimrehurek.com/gensim/"),
    "korean": ("Korean", "CC BY 4.0", "sentences and stories written for this course", "datasets/korean"),
}  # fmt: skip
NAMES = (*BUNDLED, *FALLBACK)


@dataclass(frozen=True)
class Corpus:
    """Sentences of tokens that can be run through again and again: each `for` opens the text anew.

    `lines()` yields (text, complete) as `textfiles.lines` does; `tokenize` makes a list of str of each text;
    `pieces(n)`, where there is a quicker way than counting lines, makes n such `lines` for `shards`.
    `files`: of one's own text, in their order.
    """

    name: str
    path: Path | None
    unit: str
    language: str
    licence: str
    source: str
    lines: Callable = field(repr=False)
    tokenize: Callable = field(repr=False, default=words)
    max_sentence_length: int = field(repr=False, default=MAX_SENTENCE_LENGTH)
    pieces: Callable | None = field(repr=False, default=None)
    files: tuple = field(repr=False, default=())

    def __iter__(self):
        return textfiles.sentences(self.lines(), self.tokenize, self.max_sentence_length)

    def first(self, n):
        """The first n sentences, as a list."""
        return list(islice(self, arguments.whole("n", n, 0)))

    def shards(self, n):
        """The corpus as n corpora of whole lines, about equally long, for as many readers; some may be empty.

        One after the other they hold the same sentences in the same order.  Whoever reads a shard opens the same
        files, under the same paths.
        """
        n = arguments.whole("n", n, 1, 100_000)
        made = self.pieces(n) if self.pieces else shards.of_lines(self.lines, n)
        return [replace(self, name=f"{self.name} {k}/{n}", lines=lines, pieces=None) for k, lines in enumerate(made, 1)]

    def __repr__(self):
        told = ", ".join(text for text in (self.language, f"{self.unit}s", self.licence) if text)
        return f"Corpus({self.name}: {told})"


def load(name_or_path, unit=None, *, lower=True, tokenize=None, encoding=None, errors="strict",
         max_sentence_length=MAX_SENTENCE_LENGTH, fallback=True):  # fmt: skip
    """A restartable `Corpus`, by the name of one (see `names()`) or by the path of your own text.

    unit       "word": runs of letters and digits; "morpheme": Korean words cut by Kiwi. Default: "morpheme" for
               korean, whose morphemes are stored, and "word" for the others
    lower      lower-case the text
    tokenize   your own cutting: a function from one line of text to a list of str, such as `str.split`
    encoding   of your own file; otherwise UTF-8, CP949 (which contains EUC-KR), and UTF-8, UTF-16 and UTF-32 with a
               byte order mark are told apart
    errors     "strict" stops at the first byte that is not in the encoding, "replace" puts � there
    max_sentence_length   longer lines come in slices of so many tokens
    fallback   if a corpus cannot be fetched, print one line and take a bundled one; if False, raise DownloadError

    Your own text is a file with one sentence per line, plain or .gz, a folder of .txt and .txt.gz files, or a pattern
    such as "texts/*.gz" ("texts/**/*.txt" looks into the folders in it, too); files are taken in the order of their
    names, each once.  Raises FileNotFoundError or ValueError with the remedy.
    """
    arguments.choice("unit", unit, (None, "word", "morpheme"))
    max_sentence_length = arguments.whole("max_sentence_length", max_sentence_length, 1)
    lower, fallback = arguments.flag("lower", lower), arguments.flag("fallback", fallback)
    textfiles.checked(encoding, errors)
    if tokenize is not None and not callable(tokenize):
        raise ValueError(f"tokenize must be a function from a line of text to a list of str, not {tokenize!r}")
    if tokenize is not None and unit == "morpheme":
        raise ValueError("unit='morpheme' brings its own way of cutting: leave out unit or tokenize")
    if isinstance(name_or_path, str) and name_or_path in NAMES:
        corpus = named(name_or_path, unit, lower, tokenize, fallback)
    else:
        corpus = own(arguments.path("name_or_path", name_or_path), lower, encoding, errors, tokenize)
    if unit == "morpheme" and corpus.unit == "word":
        corpus = cut_into_morphemes(corpus, lower, encoding, errors)
    return replace(corpus, max_sentence_length=max_sentence_length)


def described(name):
    """(language, licence, what, source) of a named corpus."""
    if name in BUNDLED:
        return BUNDLED[name]
    entry = downloads.lookup("kowiki-1" if name == "kowiki" else name)
    return entry.language, entry.licence, entry.what, entry.source


def named(name, unit, lower, tokenize, fallback):
    """The corpus of that name, or where it cannot be fetched, the one that steps in."""
    language, licence, _, source = described(name)
    if language == "English" and unit == "morpheme":
        raise ValueError(f"{name} is English, and Kiwi cuts Korean: leave out unit='morpheme'")
    try:
        path, lines, cut, kind = getattr(sources, name)(lower, unit != "word" and tokenize is None)
    except downloads.DownloadError as error:
        if not fallback:
            raise
        print(f"{name}: {error.reason}; taking the bundled corpus {FALLBACK[name]!r} instead")
        stand_in = unit or ("word" if FALLBACK[name] == "korean" else None)  # the unit that was asked for
        return named(FALLBACK[name], stand_in, lower, tokenize, fallback)
    return Corpus(name, path, kind, language, licence, source, lines, tokenize or cut)


def own(path, lower, encoding, errors, tokenize):
    """The corpus of one's own file, folder or pattern; every file is looked at before the first sentence is asked for.

    The path of a pattern is the folder that it looks into.
    """
    path, pattern = letters.found(path), str(path)
    path, folder = path.absolute(), fixed_part(path).absolute()  # workers may stand in another folder
    if path.exists():
        if not path.is_dir() and not path.is_file():
            raise ValueError(f"{path} is a pipe or a device, which can be read only once: save its text in a file")
        files = once(texts_in(path)) if path.is_dir() else [path]
        if not files:
            raise FileNotFoundError(f"the folder {path} holds no .txt file with text in it: name a text file, or a "
                                    "folder of them")  # fmt: skip
    elif glob.has_magic(pattern):
        files = once(with_text(Path(name).absolute() for name in glob.glob(pattern, recursive=True)))
        if not files:
            raise FileNotFoundError(f"no file with text in it is called {pattern!r} in {Path.cwd()}: "
                                    "`*` stands for any letters of one name, `**` for any folders")  # fmt: skip
        path = folder
    else:
        above = (os.path.relpath(one / pattern) for one in Path.cwd().parents if (one / pattern).is_file())
        near = [*above, *neighbors(path), *difflib.get_close_matches(pattern.lower(), NAMES, n=1, cutoff=0.6)]
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise FileNotFoundError(
            f"there is no file {path.name!r} in {path.parent}: {hint}the names of corpora are {', '.join(NAMES)}; "
            "anything else is the path of a text file"
        )
    if tables := [file.name for file in files if file.suffix.lower() in (".csv", ".tsv")]:
        arguments.warn(f"{tables[0]} is a table: its numbers, dates and headings are read as words, too; write the "
                       "column with the text to a file of its own, as lesson 12 shows, and load that")  # fmt: skip
    files = [(file, encoding or textfiles.detect_encoding(file, errors)) for file in files]
    lines, pieces = (partial(function, files, errors, lower) for function in (chained, shards.of_files))
    name = path.name.split(".")[0] or "texts"
    paths = tuple(file for file, _ in files)
    return Corpus(name, path, "word", "", "", pattern, lines, tokenize or words, pieces=pieces, files=paths)


def texts_in(folder):
    """The text files of a folder by name: .txt, .TXT or .txt.gz."""
    return with_text(file for file in folder.iterdir() if file.name.lower().endswith((".txt", ".txt.gz")))


def with_text(paths):
    """The files among some paths by name: not hidden ones (`._a.txt` of a Mac), folders, empty files."""
    return sorted(file for file in paths if not file.name.startswith(".") and file.is_file() and file.stat().st_size)


def neighbors(path):
    """The files beside a path that leads nowhere whose names are like its own: Windows hides endings such as .txt."""
    try:
        names = [one.name for one in path.parent.iterdir() if one.is_file()]
    except OSError:
        return []
    begun = [name for name in names if name.startswith(path.name) or Path(name).stem == path.stem]
    return begun or difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)


def fixed_part(pattern):
    """The folder that a pattern looks into: what stands before its first `*`, `?` or `[`."""
    return next((folder for folder in pattern.parents if not glob.has_magic(str(folder))), Path())


def once(paths):
    """Each file once, by the first of its paths: `**` follows a link that leads back again and again."""
    found = {}
    for path in paths:
        found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def chained(files, errors, lower):
    """The lines of several (path, encoding), one file after the other; ValueError if all is white space."""
    empty = True
    for path, encoding in files:
        for text, complete in textfiles.lines(path, encoding, errors, lower):
            empty = empty and (not text or text.isspace())
            yield text, complete
    if empty:
        raise ValueError(f"there is nothing but white space in {files[0][0]}: save some text in it")


def cut_into_morphemes(corpus, *settings):
    """The same corpus, each text cut by Kiwi."""
    digest = downloads.fingerprint(corpus.files or [corpus.path], corpus.source, *settings)
    path = downloads.cache_folder() / "morphemes" / f"{corpus.name}-{digest}.txt"
    return replace(corpus, unit="morpheme", lines=partial(sources.morphemes, corpus.lines, path), tokenize=str.split,
                   pieces=None)  # fmt: skip


def documents(name, lower=True):
    """A list of (title, tokens), one for each document: the articles of wikipedia, the news texts of lee."""
    hint = ": other corpora are single sentences, which corpora.load reads"
    name, lower = arguments.choice("name", name, ("wikipedia", "lee"), hint), arguments.flag("lower", lower)
    if name == "lee":
        return [(f"lee {n}", tokens) for n, tokens in enumerate(load("lee", lower=lower), 1)]
    found = []
    for line, _ in wikitext.lines(*wikitext.stored(), titles=True):
        if line.startswith("# "):
            found.append((line[2:], []))
        else:
            found[-1][1].extend((line.lower() if lower else line).split())
    return found


def names():
    """What `load` knows by name, as a table: name, language, size, licence, whether on this machine, what."""
    rows = []
    for name in NAMES:
        language, licence, what, _ = described(name)
        if name in FALLBACK:
            parts = sources.KOWIKI_PARTS if name == "kowiki" else (name,)
            size = sum(downloads.lookup(part).bytes for part in parts)
            here = all(downloads.find(part) for part in parts)
            if name == "text8":
                here = here or downloads.find("text8", member="text8") is not None
            else:  # plain text in place of the original tables
                here = here or downloads.locate({"nsmc": "reviews.txt", "kowiki": "kowiki.txt"}[name], name) is not None
        else:
            korean = [sources.KOREAN / "morphemes.txt", sources.KOREAN / "sentences.txt"]
            packed = {"wikipedia": wikitext.DUMP, "lee": "lee_background.cor"}
            files = korean if name == "korean" else [wikitext.package_file(packed[name])]
            here = all(file.is_file() for file in files)
            size = sum(file.stat().st_size for file in files) if here else 0
        rows.append(Row(name, language, size, licence, here, what))
    return Table(rows)


__all__ = ["Corpus", "documents", "load", "names", "words"]
