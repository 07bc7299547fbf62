"""A scene of your own from an English description: "two red cats left of a big blue house on the street"."""

import random
import re

from .. import arguments
from . import captions_en
from .scene import BACKGROUNDS, COLORS, FLYING, HOME, KINDS, PLACES, Scene, Thing

_BACKGROUND = re.compile(
    r"\b(?:(?:on|in|at|over|under) )?(?:the |a )?(?:(grass|meadow)|(street|road)|(snow)|(room)|(sea)"
    r"|(night sky|night))\b"
)
_RELATION = re.compile(
    r"\b(?:to the )?(left|right) of\b|\b(above|over)\b|\b(below)\b|\b(on)\b|\b(inside|in)\b|\b(under)\b|\b(between)\b"
)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_WORDS = {"small": "small", "little": "small", "big": "big", "large": "big"}
_PLURALS = {captions_en.PLURALS.get(kind, kind + "s"): kind for kind in KINDS} | {kind: kind for kind in KINDS}


def draw(text, seed=1):
    """The `Scene` that `text` describes.

    Each thing has a colour and, if you like, a number (up to four in all) and a size; relations are left of, right of,
    above, below, on, in, under, between … and …; the background is the grass, street, snow, room, sea or night.  What
    the text does not say is drawn by lot from `seed`.  Any colour goes with any thing, HELD_OUT or not.
    ValueError names the word that is not understood, or a relation that cannot be drawn, and says what can.
    """
    text, seed = arguments.text("text", text), arguments.whole("seed", seed)
    words = " ".join(re.sub(r"[^a-z ]", " ", text.lower()).split())
    rng = random.Random(f"draw {seed} {words}")
    found = _BACKGROUND.search(words)
    background = BACKGROUNDS[found.lastindex - 1] if found else None
    rest = _BACKGROUND.sub(" ", words, count=1)
    found = _RELATION.search(rest)
    if found and found.lastindex:
        word = next(group for group in found.groups() if group)
        relation = {"right": "left", "below": "above", "over": "above", "inside": "in"}.get(word, word)
        parts = [rest[: found.start()], *rest[found.end() :].split(" and ")]
        if len(parts) != (3 if word == "between" else 2):
            wanted = "two things, joined by and" if word == "between" else "one thing"
            raise ValueError(f"{text!r}: after {word} comes {wanted}")
        if word in ("right", "below"):
            parts.reverse()
    else:
        relation, parts = None, [rest]
    things = tuple(_thing(part, text, rng) for part in parts)
    if relation in PLACES:
        if things[1].kind not in PLACES[relation]:
            raise ValueError(f"{text!r}: only these have something {relation} them: {', '.join(PLACES[relation])}")
        if things[0].kind in FLYING or max(thing.count for thing in things) > 1:
            raise ValueError(f"{text!r}: {relation} is drawn with one thing of each kind, and none that flies")
    if relation in ("above", "between") and max(thing.count for thing in things) > 1:
        raise ValueError(f"{text!r}: {relation} is drawn with one thing of each kind")
    if sum(thing.count for thing in things) > 4:
        raise ValueError(f"{text!r}: there is room for four things")
    if background is None:
        fitting = [name for name in BACKGROUNDS if {thing.kind for thing in things} <= {*HOME[name]}]
        background = rng.choice(fitting or BACKGROUNDS)
    return Scene(f"own-{seed}-{words.replace(' ', '-')}"[:100], background, things, relation)


def _thing(part, text, rng):
    color = kind = None
    size, count = "medium", 1
    for word in part.split():
        if word in COLORS:
            color = word
        elif word in _PLURALS:
            kind = _PLURALS[word]
        elif word in _WORDS:
            size = _WORDS[word]
        elif word in _NUMBERS:
            count = _NUMBERS[word]
        elif word not in ("the", "there", "is", "are", "of", "to"):
            raise ValueError(f"{text!r}: {word!r} is not understood; colours: {', '.join(COLORS)}; things: "
                             f"{', '.join(KINDS)}; backgrounds: grass, street, snow, room, sea, night")  # fmt: skip
    if kind is None:
        raise ValueError(f"{text!r}: no thing is named in {part.strip()!r}; there are {', '.join(KINDS)}")
    return Thing(color or rng.choice(COLORS), kind, size, count)
