"""Text files of any size in the usual encodings → sentences of tokens, in bounded memory.

A file is read in blocks of 256 KB, decoded strictly, tidied (see `helpers.letters`: '한' is one character on every
system) and cut into lines.  One line is one sentence.  A line longer than `max_sentence_length`
tokens is handed out in slices of that many, so a file that is a single line of 100 MB, as text8 is, streams
like any other.  `.gz` files are read as they are.
"""

import codecs
import gzip
import io
import re
from pathlib import Path

from helpers import arguments, letters

BLOCK = 1 << 18  # bytes read at a time, and characters of a line that is handed out in pieces
MAX_SENTENCE_LENGTH = 10_000  # gensim cuts there too (its MAX_WORDS_IN_BATCH)

# letters and digits of any script, with their combining marks, and joiners between them; the look ahead is for speed
RUN = rf"[^\W_]+(?:(?=[\u0300-\U0001ffff])(?:[{letters.marks()}]+[^\W_]*|[{letters.JOINERS}]+[^\W_]+))*"
APART = re.compile(rf"[^\w'’.,{letters.marks()}{letters.JOINERS}]")  # a character that no word holds
WORD = re.compile(rf"{RUN}(?:['’]{RUN}|(?<=\d)[.,](?=\d){RUN})*")
BOMS = [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]  # fmt: skip
# what a file that is no text begins with, and what it is
SIGNATURES = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document", b"PK\x03\x04": "a zip archive, or a .docx, .hwpx or .xlsx document",
    b"\xd0\xcf\x11\xe0": "a .hwp or .doc document", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive", b"PAR1": "a parquet table", b"\x7fELF": "a program",
    b"SQLite format 3": "a database",
    b"\x1f\x8b": "a gzip archive", b"(\xb5/\xfd": "a zstd archive", b"Rar!": "a rar archive",
    b"\x93NUMPY": "an array of NumPy", b"\x89HDF": "a table in HDF5",
    b"{\\rtf": "a document in Rich Text Format", b"<!doctype html": "a web page", b"<html": "a web page",
    b"<?xml": "an XML document", b"%!ps": "a PostScript document",
}  # fmt: skip

# the 500 most frequent syllables of Korean Wikipedia and of film reviews (NSMC), 96 % of all in both
FREQUENT = set(
    "가각간갈감갔강갖같개거건걸것게겠겨격견결경계고곡골곳공과관광괜괴교구국군굿궁권귀규그극근글금급기긴길김깊까깝께꼭끝끼낌나난날남났낮내낸냐냥너넘네녀년념노논놀농높놓누눈느는늘능니닌님다단달담답당대더덕던"
    "데도독돈돌동되된될두뒤드든들듯등디딩따때떠떨또뜻라락란람랑래랜량러런럼럽렇레려력련렸령로록론료루류르른를름리릭린릴림립링마막만많말망맞매맨머먹먼멋메며면명몇모목몰못묘무문물뭐뭔미민밀밋밌및바박밖반받발"
    "방배백버번벌범법베벽변별병보복본볼봉봐봤부북분불브블비빈빠뻔뿐쁘사산살삶삼상새색생서석선설성세션소속손솔송수순술쉬쉽슈스슨슬슴습승시식신실심싶싸써쓰씨씬아악안않알암압았앙앞애액야약양어억언얼엄업없엇었"
    "에엔여역연열였영예오온올와완왔왕왜외요욕용우운울움웃워원월웠위유육윤율으은을음응의이인일임입있자작잔잘잡장재잼쟁저적전절점접정제져졌조족존졸좀종좋주죽준줄중즈즐증지직진질집징짜짱째쪽차착찬찮찰참창찾채"
    "책처천철청체쳐초총최추축출충취츠측치친침칭카캐커케코쾌쿠크큰클큼키킬타탄탈태택터테토통투트특티파판패퍼페편평포폭표품풍프플피필하학한할함합항해했행향허헌험혀혁현협형호혹혼홍화확환활황회효후훈흐흥희히힘"
)


def words(text):
    """The words of a text: runs of letters and digits of any script, Hangul too; punctuation is dropped.

    What joins letters or digits stays: words("Don't pay 4,000원!") → ["Don't", 'pay', '4,000원'].
    """
    return WORD.findall(letters.tidy_text(text))


def open_bytes(path):
    """Open for reading bytes; a gzip file, known by its first two bytes, is unpacked on the way."""
    file = open(path, "rb")
    if file.read(2) == b"\x1f\x8b":
        file.close()
        return gzip.open(path)
    file.seek(0)
    return file


def detect_encoding(path, errors="strict"):
    """'utf-8', 'utf-16', 'utf-32' or 'cp949' (which contains EUC-KR), judged by a sample of the file.

    A byte order mark decides; otherwise the block with the first byte beyond ASCII does, wherever it is.  With
    `errors` other than "strict", UTF-8 with few bad bytes is UTF-8.
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
        if kind := kind_of(block):
            remedy = "unpack it" if kind.endswith("archive") else "save its text as a .txt file (UTF-8)"
            raise ValueError(f"{path} is {kind}, not plain text: {remedy} and load that")
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
    try:  # `final` only at the end of the file: the sample's end may cut a character in two
        codecs.getincrementaldecoder("utf-8")().decode(block, final=last)
        return "utf-8"
    except UnicodeDecodeError as error:
        bad = error.start
    if is_korean(block, last):
        return "cp949"
    seen = f"byte {start + bad:,} is 0x{block[bad]:02x}"
    if mostly_utf8(block):
        if errors != "strict":
            return "utf-8"
        raise ValueError(f"{path} is UTF-8, but {seen}, which is not: to put a mark there, pass errors='replace'")
    around = block[max(0, bad - 12) : bad + 13]
    raise ValueError(
        f"{path} is neither UTF-8 nor Korean CP949/EUC-KR: {seen}, in {around!r}, which would be "
        f"{around.decode('cp1252', 'replace')!r} in cp1252 (Windows, western Europe). Pass its encoding, such as "
        "encoding='cp1252', 'shift_jis' or 'gb18030', or save the file as UTF-8"
    )


def kind_of(block):
    """What a file is that begins with these bytes, if that is known and it is no plain text; else None."""
    if block[257:262] == b"ustar":
        return "a tar archive"
    start = block[:512].lstrip().lower()
    return next((what for mark, what in SIGNATURES.items() if block.startswith(mark) or start.startswith(mark)), None)


def is_korean(block, last=True):
    """Whether bytes that are not UTF-8 are plausible as CP949, in which almost any bytes can be read as Hangul.

    In Korean most foreign letters are Hangul, and most of these are frequent syllables.  Where Chinese is read as
    Hangul one in ten is, and of what a Windows apostrophe or Japanese turns into, none.
    """
    try:
        text = codecs.getincrementaldecoder("cp949")().decode(block, final=last)
    except UnicodeDecodeError:
        return False
    foreign = [letter for letter in text if letter > "\x7f" and letter.isalpha()]
    hangul = [letter for letter in foreign if "가" <= letter <= "힣" or "ㄱ" <= letter <= "ㅣ"]
    frequent = sum(letter in FREQUENT for letter in hangul)
    return 2 * len(hangul) > len(foreign) and frequent >= 0.5 * len(hangul)


def mostly_utf8(block):
    """Whether bytes hold ten times as many characters of UTF-8, ASCII apart, as bytes that are not UTF-8."""
    text = block.decode("utf-8", "surrogateescape")
    bad = sum("\udc80" <= letter <= "\udcff" for letter in text)
    return sum(letter > "\x7f" for letter in text) - bad >= 10 * bad


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


ERRORS = ("strict", "replace", "ignore", "backslashreplace")


def checked(encoding, errors):
    """Refuse an encoding that Python does not know, or that is none of text, and an unknown way to take errors."""
    arguments.choice("errors", errors, ERRORS)
    if encoding is None:
        return
    try:
        known = isinstance(encoding, str) and codecs.lookup(encoding)._is_text_encoding
        codecs.getincrementaldecoder(encoding)()
    except (LookupError, ValueError, AttributeError, TypeError):  # unknown, with a zero in it, or without a decoder
        known = False
    if not known:
        raise ValueError(f"encoding={encoding!r} is no encoding of text that Python knows: take one such as 'utf-8', "
                         "'cp949', 'cp1252', 'shift_jis' or 'gb18030', or leave it out")  # fmt: skip


def decoded(path, encoding, errors="strict", start=0, end=None):
    """The text of a file, block by block, every kind of line end as '\\n'.

    start, end: which of its bytes, counted after unpacking; end None is the file's.
    ValueError naming the byte where a file is not in its encoding.
    """
    inner = codecs.getincrementaldecoder("utf-8" if encoding == "utf-8-sig" else encoding)(errors)
    decoder = io.IncrementalNewlineDecoder(inner, translate=True)
    position, first = start, start == 0
    with reading(path), open_bytes(path) as file:
        file.seek(start)
        data = b"?"
        while data:
            data = file.read(BLOCK if end is None else min(BLOCK, end - position))
            if not data and end is not None and position < end:
                raise ValueError(f"{path} ends after {position:,} bytes and had {end:,} before: it has been changed, "
                                 "so read it again from the beginning")  # fmt: skip
            kept = len(inner.getstate()[0])  # bytes of a character that the last block cut in two
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeError as error:
                place = getattr(error, "start", 0)  # UTF-16 without a mark has none
                raise ValueError(
                    f"{path}: byte {position - kept + place:,} is not {encoding}. If the file is in another "
                    "encoding, pass encoding=…; to go on with a mark in its place, pass errors='replace'"
                ) from None
            position += len(data)
            if text and first:
                text, first = text.removeprefix("\ufeff"), False
            if text:
                yield text


def lines(path, encoding=None, errors="strict", lower=False, start=0, end=None):
    """(text, complete) for every line of a file, its line end cut off.

    start, end: only the lines between these two bytes, where lines begin (see `shards`).  A line of BLOCK characters or
    more comes in several pieces, see `piece_end`; `complete` is true for the last of them, and for every ordinary line.
    """

    def tidy(text):
        text = letters.tidy_text(text)
        return letters.lower(text) if lower else text

    rest, open_line = "", False
    for block in decoded(path, encoding or detect_encoding(path, errors), errors, start, end):
        head, newline, rest = (rest + block).rpartition("\n")
        if newline:
            found = head.split("\n")
            if max(map(len, found)) < BLOCK:
                yield from ((line, True) for line in tidy(head).split("\n"))
            else:
                for line in found:
                    begun, end = pieces(line)
                    yield from ((tidy(piece), False) for piece in begun)
                    yield tidy(end), True
            open_line = False
        begun, rest = pieces(rest)
        yield from ((tidy(piece), False) for piece in begun)
        open_line = open_line or bool(begun)
    if rest or open_line:
        yield tidy(rest), True


def pieces(line):
    """([the pieces that a long line begins with], what is left of it, shorter than BLOCK); see `piece_end`."""
    found = []
    while len(line) >= BLOCK:
        end = piece_end(line)
        found.append(line[:end])
        line = line[end:]
    return found, line


def piece_end(line):
    """Where the first piece of a long line ends: before the last space or tab of its first BLOCK characters.

    Without one, after the last character that no word can hold.  It depends on nothing but the line, so that readers
    who begin elsewhere find the same pieces.
    """
    space = max(line.rfind(" ", 0, BLOCK), line.rfind("\t", 0, BLOCK))
    return space if space > 0 else max((found.end() for found in APART.finditer(line, 0, BLOCK)), default=BLOCK)


def sentences(lines, tokenize=words, max_sentence_length=MAX_SENTENCE_LENGTH):
    """Token lists from `lines`: one per line that has any, long ones in slices of `max_sentence_length`."""
    tokens = []
    for text, complete in lines:
        tokens = tokens + tokenize(text) if tokens else tokenize(text)
        full = len(tokens) // max_sentence_length * max_sentence_length
        for first in range(0, full, max_sentence_length):
            yield tokens[first : first + max_sentence_length]
        tokens = tokens[full:] if full else tokens
        if complete:
            if tokens:
                yield tokens
            tokens = []
