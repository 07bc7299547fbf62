"""One entry for words and text: the same word is the same string, whoever wrote it and however it was typed.

    tidy("한글")       whether its letters come as syllables or taken apart, as file systems of a Mac do: '한글'
    tidy("\\ufeffthe")       'the': a byte order mark is no letter
    tidy("한ㆍ미")            '한·미': five characters are drawn as this dot, and one is meant

`corpora` tidies every text that it reads, `Vocabulary` and the counts every token, the vectors every word that they are
asked for, the readers of lists every line, and `found` the name of a file.  What is tidy already stays the very same.
"""

import re
import unicodedata
from pathlib import Path

BOM = "\ufeff"
# soft hyphen, zero-width space, direction marks, word joiner, variation selectors, byte order mark: none is a letter
INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
JOINERS = "\u200c\u200d"  # these two decide how the letters beside them are drawn, in Persian and Hindi: they stay
MIDDLE_DOT = "·"
DOTS = "ㆍ・･‧⋅"  # a Hangul letter, two Japanese signs, a hyphenation point, a dot operator: all used for ·
ODD = re.compile(f"[{INVISIBLE}]+|[{DOTS}]")


def tidy(text):
    """A word or a text in the form NFC, without invisible characters, with one kind of middle dot.

    What is no str is returned as it is: whoever takes words says so himself.
    """
    if not isinstance(text, str) or text.isascii():
        return text
    if ODD.search(text):
        text = ODD.sub(lambda found: MIDDLE_DOT if found[0] in DOTS else "", text)
    return unicodedata.normalize("NFC", text)


def tidy_text(text):
    """`tidy` for running text, where a zero-width space parts two words."""
    return tidy(text.replace("\u200b", " "))


def lower(text):
    """Lower case, in the form NFC: a capital may become two characters, as the İ of İstanbul does."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.lower())


def marks():
    """Combining marks, as the inside of a regular expression's brackets: accents, Hindi's vowels; `\\w` has none."""
    codes = [code for code in range(0x300, 0x20000) if unicodedata.category(chr(code))[0] == "M"]
    inside = set(codes)
    starts = (code for code in codes if code - 1 not in inside)
    ends = (code for code in codes if code + 1 not in inside)
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(starts, ends))


def found(path):
    """The path of a file as it is called on this disk: Hangul in names may be stored whole or taken apart.

    ~ is the home folder.  A path that leads nowhere is returned as it is.
    """
    path = Path(path).expanduser()
    if path.exists() or str(path).isascii():
        return path
    place = Path(path.anchor)
    for part in path.relative_to(path.anchor).parts:
        forms = part, unicodedata.normalize("NFC", part), unicodedata.normalize("NFD", part)
        place = next((place / form for form in forms if (place / form).exists()), None)
        if place is None:
            return path
    return place


def lines_of(path):
    """The lines of a small text file in UTF-8, with or without a byte order mark, without their ends.

    FileNotFoundError where there is none; ValueError, naming the line and the remedy, where it is not UTF-8.
    """
    path = found(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r} in {Path.cwd()}")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(f"{path.name}, line {line} is not UTF-8: save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def is_unicode(word):
    """Whether a word can be written as UTF-8; a lone surrogate, left of an emoji that was cut in two, cannot."""
    return word.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in word)


class Index(dict):
    """A dict word → row that finds a word in whatever form it is asked for; see `tidy`.

    As a pickle it is a plain dict, so that a file of vectors can be read where this course is not installed; whatever
    has an index and is of this course makes it anew then, see `Indexed`.
    """

    def __init__(self, words):
        super().__init__((word, row) for row, word in enumerate(words))
        self.note_untidy()

    @classmethod
    def of(cls, index):
        """The Index of a dict word → row."""
        made = cls(())
        made.update(index)
        made.note_untidy()
        return made

    def note_untidy(self):
        self.untidy = {tidy(word): word for word in self if tidy(word) != word}  # such words come from others' files

    def known(self, word):
        """The key that stands for a word; the word itself if there is none."""
        if dict.__contains__(self, word) or not isinstance(word, str):
            return word
        return self.untidy.get(tidy(word), tidy(word))

    def __contains__(self, word):
        return dict.__contains__(self, self.known(word))

    def __missing__(self, word):
        known = self.known(word)
        if not dict.__contains__(self, known):
            raise KeyError(word)
        return dict.__getitem__(self, known)

    def get(self, word, default=None):
        return dict.get(self, self.known(word), default)

    def __reduce__(self):
        return dict, (dict(self),)

    def copy(self):
        return Index.of(self)

    __copy__ = copy

    def __deepcopy__(self, _):
        return Index.of(self)


class Indexed:
    """What keeps an Index as `index` or `key_to_index`: read from a pickle, it has one again, and not a plain dict."""

    def __setstate__(self, state):
        self.__dict__.update(state)
        for name in {"index", "key_to_index"} & state.keys():
            setattr(self, name, Index.of(state[name]))
