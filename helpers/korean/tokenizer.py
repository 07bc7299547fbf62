"""Morphemes: Korean text → the pieces that words are made of, by the analyser Kiwi.

Kiwi (https://github.com/bab2min/Kiwi; Lee, 2024, https://doi.org/10.23287/KJDH.2024.1.1.6) is loaded when the first
text comes, not on import: that takes a few seconds, once. Two small departures from its bare output:

* final letters such as 'ᆫ다' are written with the letters a keyboard types: 'ㄴ다';
* the words of datasets/korean/user_words.tsv ('템스강', ...) stay in one piece.
"""

from functools import cache
from pathlib import Path

from .. import arguments, environment, letters
from .hangul import FINALS

DATA = Path(__file__).resolve().parents[2] / "datasets" / "korean"
# Kiwi writes a final that became a morpheme as a conjoining jamo (U+11A8 ...); most fonts draw those badly
_TO_LETTER = {0x11A7 + i: jamo for i, jamo in enumerate(FINALS) if jamo}
_TO_FINAL = {jamo: chr(code) for code, jamo in _TO_LETTER.items()}


@cache
def kiwi():
    """The one Kiwi of this process. ImportError with the remedy when kiwipiepy is not installed."""
    environment.ensure("kiwipiepy")
    from kiwipiepy import Kiwi

    analyser = Kiwi()
    for line in (DATA / "user_words.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            word, tag = line.split("\t")[:2]
            analyser.add_user_word(word, tag, score=5.0)  # the default 0 still lets 중학 + 생 through
    return analyser


def _clean(text):
    return letters.tidy_text(arguments.text("a text", text))


def _pieces(tokens, tags, punctuation):
    # tags that begin with S mark signs; SL (Latin), SH (Chinese) and SN (numbers) are words all the same
    kept = (t for t in tokens if punctuation or t.tag[0] != "S" or t.tag in ("SL", "SH", "SN"))
    return [(t.form.translate(_TO_LETTER), t.tag) if tags else t.form.translate(_TO_LETTER) for t in kept]


def morphemes(text, tags=False, punctuation=False):
    """The morphemes of one text, in order: '빨래를 하는' → ['빨래', '를', '하', '는'].

    With `tags`, a list of (morpheme, part of speech) in the Sejong tag set, e.g. ('빨래', 'NNG'). Punctuation is left
    out unless `punctuation` is true. For many texts use `morphemes_of`, which is several times as fast.
    """
    tags, punctuation = arguments.flag("tags", tags), arguments.flag("punctuation", punctuation)
    return _pieces(kiwi().tokenize(_clean(text)), tags, punctuation)


def morphemes_of(texts, tags=False, punctuation=False):
    """`morphemes` for each text of an iterable: a generator in the same order that works ahead on all cores.

    `texts` is read as a stream, so a file of any size passes through little memory.
    """
    for tokens in kiwi().tokenize(_clean(text) for text in texts):
        yield _pieces(tokens, tags, punctuation)


def conjugate(stem, ending, tag=None):
    """Join a predicate stem and an ending with Kiwi: conjugate('돕', '어요') → '도와요', ('가', 'ㄴ다') → '간다'.

    `stem` is what `morphemes` returns ('돕') or the dictionary form ('돕다'). Where a stem has two conjugations, the
    `tag` decides: 'VV-R' regular (빨래를 걷어요), 'VV-I' irregular (길을 걸어요); 'VV' is a verb, 'VA' an adjective,
    and without a tag Kiwi takes its usual reading. ValueError for an empty part.
    """
    stem, ending = _clean(stem), _clean(ending)
    tag = arguments.optional(arguments.text, "tag", tag)
    if len(stem) > 1 and stem.endswith("다"):
        stem = stem[:-1]
    if not stem or not ending:
        raise ValueError("conjugate needs a stem and an ending, e.g. conjugate('먹', '었다')")
    if ending[0] in _TO_FINAL:
        ending = _TO_FINAL[ending[0]] + ending[1:]
    pieces = [(stem, tag or "VV")]
    if ending[0] in "았었" and len(ending) > 1:  # tense is a morpheme of its own, as in `morphemes`
        pieces += [("었", "EP"), (ending[1:], "EF")]
    else:
        pieces.append((ending, "EF"))
    try:
        return kiwi().join(pieces)
    except ValueError:
        raise ValueError(f"tag must be one that Kiwi knows, such as 'VV', 'VA' or 'VV-I', not {tag!r}") from None
