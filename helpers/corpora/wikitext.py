"""English Wikipedia from gensim's package data: 106 whole articles, from MediaWiki mark-up to sentences.

gensim ships the first articles of a dump of English Wikipedia for its own tests.  Its functions
`extract_pages` and `filter_wiki` read the dump and strip the mark-up; what is left over (headings, tables, lists
of books) is not language in use, and goes out here.
"""

import bz2
import contextlib
import hashlib
import importlib.util
import re
from pathlib import Path

from ..downloads import cache_folder
from ..downloads.disk import alone
from ..files import CacheFile
from . import textfiles
from .textfiles import words

DUMP = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
# sections that list titles and links instead of telling something
LISTS = {"references", "external links", "see also", "further reading", "notes", "bibliography", "footnotes",
         "sources", "citations", "works cited", "notes and references", "selected bibliography", "filmography",
         "discography", "publications", "works"}  # fmt: skip
HEADING = re.compile(r"(=+)\s*(.*?)\s*=+")
QUOTES = re.compile(r"'{2,}")  # ''italic'' and '''bold'''
POSSESSIVE = re.compile(r"['’]s\b")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])")
ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|vs|Jr|Sr|Prof|Gen|Col|Lt|Sgt|Rev|Fig|No|Vol|ca|cf))\.$")
CODE = Path(__file__).read_bytes() + textfiles.WORD.pattern.encode()
CACHED = f"wikipedia/articles-{hashlib.sha256(CODE).hexdigest()[:8]}.txt"  # other code is not served an old result
MIN_WORDS = 10  # a shorter line without a full stop is a table cell, a caption or a name in a list


def package_file(name):
    """Path of a file of gensim's package data. FileNotFoundError where an installation left it out."""
    spec = importlib.util.find_spec("gensim")
    path = Path(spec.origin).parent / "test" / "test_data" / name if spec else Path(name)
    if not path.is_file():
        raise FileNotFoundError(
            f"gensim's package data lacks {name}: run `pip install --force-reinstall --no-deps gensim`"
        )
    return path


def articles():
    """(title, text with mark-up stripped) of every full article, in the dump's order; redirects are left out."""
    from gensim.corpora.wikicorpus import extract_pages, filter_wiki

    with bz2.open(package_file(DUMP)) as file:
        for title, raw, _ in extract_pages(file, filter_namespaces=("0",)):
            text = "" if raw.lstrip().lower().startswith("#redirect") else filter_wiki(raw)
            if text.strip():
                yield title, text


def prose(text):
    """The paragraphs of an article that are running text."""
    skipping = None  # depth of the heading whose section is being left out
    for line in text.split("\n"):
        line = QUOTES.sub("", line).strip()
        if heading := HEADING.fullmatch(line):
            depth = len(heading[1])
            if skipping is None or depth <= skipping:
                skipping = depth if heading[2].lower() in LISTS else None
        elif skipping is None:
            line = line.lstrip("*#:;| ")
            if len(words(line)) >= (3 if line.endswith((".", "!", "?", '."', ".)")) else MIN_WORDS):
                yield line


def split_sentences(paragraph):
    """The sentences of an English paragraph: cut after . ! ? before a capital, but not after "Mr." or "J."."""
    start = 0
    for end in SENTENCE_END.finditer(paragraph):
        if not ABBREVIATION.search(paragraph, start, end.start()):
            yield paragraph[start : end.start()]
            start = end.end()
    yield paragraph[start:]


def sentences(text):
    """Token lists of an article's sentences, case kept; a possessive 's is dropped, so that counts gather."""
    for paragraph in prose(text):
        for sentence in split_sentences(POSSESSIVE.sub("", paragraph)):
            if tokens := words(sentence):
                yield tokens


def stored():
    """(path of the parsed articles in the cache, None); (None, their text) where the cache cannot be written.

    One sentence a line, tokens parted by blanks, case kept; a line `# title` opens an article.
    """
    path = cache_folder() / CACHED
    if path.is_file():
        return path, None
    with one_parser(path):
        return (path, None) if path.is_file() else parsed(path)  # somebody else may have parsed it meanwhile


@contextlib.contextmanager
def one_parser(path):
    """Of all processes that share the cache one parses, and the others wait; without a lock each parses for itself."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(alone(path.with_name(f"{path.name}.lock"), "wikipedia", doing=""))
        yield


def parsed(path):
    """What `stored` returns, made from gensim's dump."""
    parts = []
    for title, text in articles():
        parts += [f"# {title}", *(" ".join(tokens) for tokens in sentences(text))]
    text = "\n".join(parts) + "\n"
    with CacheFile(path) as draft:
        draft.write(text.encode())
    return (path, None) if path.is_file() else (None, text)


def lines(path, parsed, lower=False, titles=False):
    """(text, True) for every sentence of what `stored` returns; with `titles` also for the lines that open articles."""
    found = textfiles.lines(path, "utf-8", lower=lower) if path else ((s, True) for s in parsed.splitlines())
    for line, complete in found:
        if titles or not line.startswith("# "):
            yield line if path or not lower else line.lower(), complete
