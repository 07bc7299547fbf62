"""Text files of any size in the usual encodings → sentences of tokens, in bounded memory.

A file is read in blocks of 256 KB, decoded strictly, put into Unicode form NFC (so that '한' is one character
on every system) and cut into lines.  One line is one sentence.  A line longer than `max_sentence_length`
tokens is handed out in slices of that many, so a file that is a single line of 100 MB, as text8 is, streams
like any other.  `.gz` files are read as they are.
"""

import codecs
import gzip
import io
import re
import unicodedata
from pathlib import Path

BLOCK = 1 << 18  # bytes read at a time
MAX_SENTENCE_LENGTH = 10_000  # gensim cuts there too (its MAX_WORDS_IN_BATCH)

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+|(?<=\d)[.,]\d[^\W_]*)*")
BOMS = [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]  # fmt: skip
# what a file that is no text begins with, and what it is
SIGNATURES = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document", b"PK\x03\x04": "a zip archive, or a .docx, .hwpx or .xlsx document",
    b"\xd0\xcf\x11\xe0": "a .hwp or .doc document", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive", b"PAR1": "a parquet table", b"\x7fELF": "a program", b"SQLite": "a database",
}  # fmt: skip


def words(text):
    """The words of a text: runs of letters and digits of any script, Hangul too; punctuation is dropped.

    What joins letters or digits stays: words("Don't pay 4,000원!") → ["Don't", 'pay', '4,000원'].
    """
    return WORD.findall(text)


def open_bytes(path):
    """Open for reading bytes; a gzip file, known by its first two bytes, is unpacked on the way."""
    file = open(path, "rb")
    if file.read(2) == b"\x1f\x8b":
        file.seek(0)
        return gzip.GzipFile(fileobj=file)
    file.seek(0)
    return file


def detect_encoding(path):
    """'utf-8', 'utf-16', 'utf-32' or 'cp949' (which contains EUC-KR), judged by a sample of the file.

    A byte order mark decides; otherwise the block with the first byte beyond ASCII does, wherever it is.
    ValueError, with what to do, for an empty file, one that is no text, and one in another encoding.
    """
    path = Path(path)
    with reading(path), open_bytes(path) as file:
        block = file.read(BLOCK)
        if not block:
            raise ValueError(f"{path} is empty: save some text in it, one sentence per line")
        for mark, encoding in BOMS:
            if block.startswith(mark):
                return encoding
        kind = next((what for start, what in SIGNATURES.items() if block.startswith(start)), None)
        if kind:
            raise ValueError(f"{path} is {kind}, not plain text: save its text as a .txt file (UTF-8) and load that")
        start = 0
        while block:
            if (zero := block.find(0)) >= 0:
                raise ValueError(
                    f"{path} is not plain text: byte {start + zero:,} is zero. If it is a document, save its text as "
                    "a .txt file; if it is UTF-16 without a byte order mark, pass encoding='utf-16-le'"
                )
            if not block.isascii():
                break
            start += len(block)
            block = file.read(BLOCK)
        last = len(block) < BLOCK
    problems = []
    for encoding in ("utf-8", "cp949"):
        try:  # `final` only at the end of the file: the sample's end may cut a character in two
            text = codecs.getincrementaldecoder(encoding)().decode(block, final=last)
        except UnicodeDecodeError as error:
            problems.append(error)
            continue
        foreign = [c for c in text if c > "\x7f" and c.isalpha()]
        if encoding == "utf-8" or 2 * sum("가" <= c <= "힣" or "ㄱ" <= c <= "ㅣ" for c in foreign) >= len(foreign):
            return encoding
    raise ValueError(
        f"{path} is neither UTF-8 (byte {start + problems[0].start:,} is not) nor Korean CP949/EUC-KR: "
        "pass its encoding, such as encoding='latin-1', 'shift_jis' or 'gb18030', or save the file as UTF-8"
    )


class reading:
    """Turns what can go wrong with a file into errors that say what to do."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, (EOFError, gzip.BadGzipFile)) or kind is not None and kind.__module__ == "zlib":
            raise ValueError(f"{self.path} is a broken gzip file ({error}): pack or download it again") from error
        if isinstance(error, PermissionError):
            raise PermissionError(f"{self.path} may not be read by you: change its permissions or copy it") from error


def decoded(path, encoding, errors="strict"):
    """The text of a file, block by block, every kind of line end as '\\n'.

    ValueError naming the byte where a file is not in its encoding.
    """
    inner = codecs.getincrementaldecoder("utf-8" if encoding == "utf-8-sig" else encoding)(errors)
    decoder = io.IncrementalNewlineDecoder(inner, translate=True)
    position, first = 0, True
    with reading(path), open_bytes(path) as file:
        data = b"?"
        while data:
            data = file.read(BLOCK)
            kept = len(inner.getstate()[0])  # bytes of a character that the last block cut in two
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path}: byte {position - kept + error.start:,} is not {encoding}. If the file is in another "
                    "encoding, pass encoding=…; to go on with a mark in its place, pass errors='replace'"
                ) from None
            position += len(data)
            if text and first:
                text, first = text.removeprefix("\ufeff"), False
            if text:
                yield text


def lines(path, encoding=None, errors="strict", lower=False):
    """(text, complete) for every line of a file, its line end cut off.

    A line that does not fit into a block comes in several pieces, cut at white space; `complete` is true
    for the last of them, and for every ordinary line.
    """

    def tidy(text):
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        return text.lower() if lower else text

    rest, open_line = "", False
    for block in decoded(path, encoding or detect_encoding(path), errors):
        head, newline, rest = (rest + block).rpartition("\n")
        if newline:
            for line in tidy(head).split("\n"):
                yield line, True
            open_line = False
        if len(rest) >= BLOCK:
            cut = max(rest.rfind(" "), rest.rfind("\t"))
            cut = cut if cut > 0 else len(rest)
            yield tidy(rest[:cut]), False
            rest, open_line = rest[cut:], True
    if rest or open_line:
        yield tidy(rest), True


def sentences(lines, tokenize=words, max_sentence_length=MAX_SENTENCE_LENGTH):
    """Token lists from `lines`: one per line that has any, long ones in slices of `max_sentence_length`."""
    tokens = []
    for text, complete in lines:
        tokens = tokens + tokenize(text) if tokens else tokenize(text)
        while len(tokens) > max_sentence_length:
            yield tokens[:max_sentence_length]
            tokens = tokens[max_sentence_length:]
        if complete:
            if tokens:
                yield tokens
            tokens = []
