"""What BLEU does not see: the things, colours, counts and relations that a caption names, and which of them are true.

    meaning.scores(said, [data.images()[name] for name in names], "ko")      scenes, whose truth is on record
    meaning.photograph_scores(said, references)                               photographs, judged by their five captions

Precision: of all that was named, the share that is there.  Recall: of all that is there, the share that was named.
CHAIR (Rohrbach et al. 2018, arXiv 1809.02156) counts named things that are not there, 1 − precision; SPICE (Anderson et
al. 2016, arXiv 1607.08822) is the F-score of such facts over a whole parse.  Here a fact is found by its words alone.
"""

import re
from collections import Counter
from dataclasses import dataclass

from .. import arguments
from ..scenes import Scene, captions_en, captions_ko
from .text import words

FACTS = ("things", "colors", "counts", "relations")
PARTICLES = "(?:이|가|을|를|과|와|은|는|의|에|에는)?"
CUES = {  # the first word that fits names the relation, and these relations make it true
    "ko": {"사이에": {"between"}, "가운데에": {"between"}, "왼쪽": {"left", "between"}, "오른쪽": {"left", "between"},
           "안에": {"in"}, "타고": {"in"}, "아래": {"above", "on", "under"}, "밑에": {"under"}, "위": {"above", "on"}},
    "en": {"between": {"between"}, "left": {"left", "between"}, "right": {"left", "between"}, "inside": {"in"},
           "in": {"in"}, "under": {"under"}, "beneath": {"under"}, "below": {"above"}, "above": {"above"},
           "on": {"on"}},
}  # fmt: skip
WHERE = {  # where the scene is, not how its things stand to each other
    "ko": {one for table in (captions_ko.GROUND, captions_ko.AIR, captions_ko.FLIGHT) for one in table.values()},
    "en": {one for table in (captions_en.GROUND, captions_en.AIR) for one in table.values()},
}


@dataclass(frozen=True)
class Facts:
    """What a caption names or a scene holds.

    things     kinds, such as "car"
    colors     pairs of colour and kind
    counts     pairs of number and kind
    relations  of a scene its relation; of a caption a frozenset of the relations that would make its word true
    """

    things: frozenset
    colors: frozenset
    counts: frozenset
    relations: frozenset


def true_facts(scene):
    """The facts of a drawn scene."""
    return Facts(
        frozenset(thing.kind for thing in scene.things),
        frozenset(thing.pair for thing in scene.things),
        frozenset((thing.count, thing.kind) for thing in scene.things),
        frozenset([scene.relation] if scene.relation else []),
    )


def named_facts(caption, language):
    """The facts that a caption of the scenes names, in "ko" or "en"."""
    tokens = words(caption)
    found = korean_things(tokens) if arguments.choice("language", language, CUES) == "ko" else english_things(tokens)
    bare = " ".join(tokens)
    for where in sorted(WHERE[language], key=len, reverse=True):
        bare = bare.replace(where, "")
    cue = next((cue for cue in CUES[language] if re.search(rf"\b{cue}", bare)), None)
    return Facts(
        frozenset(kind for kind, _, _ in found),
        frozenset((color, kind) for kind, color, _ in found if color),
        frozenset((count, kind) for kind, _, count in found if count),
        frozenset([frozenset(CUES[language][cue])] if cue else []),
    )


def korean_things(tokens):
    """[(kind, colour or None, number or None)] of Korean words: '노란 새 세 마리', '세 마리의 노란 새'."""
    nouns = {noun[0]: kind for kind, noun in captions_ko.KINDS.items()}
    colors = {word: color for color, word in captions_ko.COLORS.items()}
    numbers = {word: number for number, word in captions_ko.NUMBERS.items()}
    counters = {noun[1] + "의" for noun in captions_ko.KINDS.values()}  # 세 마리의 노란 새
    found = []
    for i, token in enumerate(tokens):
        fits = re.fullmatch(f"({'|'.join(nouns)}){PARTICLES}", token)
        if not fits or (i and tokens[i - 1] in numbers):  # 집 한 채: the counter of a house is no noun here
            continue
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        before = tokens[max(0, i - 4) : i]
        counted = [numbers[a] for a, b in zip(before, before[1:]) if a in numbers and b in counters]
        number = numbers.get(after, counted[-1] if counted else None)
        found.append((nouns[fits[1]], colors.get(tokens[i - 1]) if i else None, number))
    return found


def english_things(tokens):
    """[(kind, colour or None, number or None)] of English words: 'three small red cars', 'a car'."""
    singular = {kind: kind for kind in captions_en.KINDS}
    plural = {captions_en.PLURALS.get(kind, kind + "s"): kind for kind in captions_en.KINDS}
    numbers = {word: number for number, word in captions_en.NUMBERS.items()} | {"a": 1, "an": 1}
    colors, found = set(captions_ko.COLORS), []
    after_all = next((c for a, b, c in zip(tokens, tokens[1:], tokens[2:]) if (a, b) == ("of", "them")), None)
    for i, token in enumerate(tokens):
        if kind := singular.get(token) or plural.get(token):
            before = tokens[max(0, i - 3) : i]
            color = next((word for word in before[::-1] if word in colors), after_all)
            number = next((numbers[word] for word in before[::-1] if word in numbers), None)
            found.append((kind, color, number))
    return found


def scores(said, scenes, language):
    """{fact: (precision, recall)} of captions of scenes; NaN where nothing was named or nothing was there.

    said, scenes: two lists of the same length.  A count of one that nobody asked for is not missed: the recall of
    counts is over things of which there are several.
    """
    said, scenes = arguments.listed("said", said, "captions"), arguments.listed("scenes", scenes, "scenes")
    if len(said) != len(scenes):
        raise ValueError(f"{len(said)} captions need as many scenes, not {len(scenes)}")
    right, named, there = Counter(), Counter(), Counter()
    for caption, scene in zip(said, scenes):
        arguments.instance("each of scenes", scene, Scene, "a scene, as scenes.make returns it")
        told, truth = named_facts(caption, language), true_facts(scene)
        for fact in ("things", "colors", "counts"):
            ours, theirs = getattr(told, fact), getattr(truth, fact)
            named[fact] += len(ours)
            right[fact] += len(ours & theirs)
            asked = {pair for pair in theirs if pair[0] > 1} if fact == "counts" else theirs
            there[fact] += len(asked)
            right[fact, "recall"] += len(ours & asked)
        agree = sum(bool(meant & truth.relations) for meant in told.relations)
        named["relations"] += len(told.relations)
        there["relations"] += len(truth.relations)
        right["relations"] += agree
        right["relations", "recall"] += min(agree, len(truth.relations))
    return {fact: (share(right[fact], named[fact]), share(right[fact, "recall"], there[fact])) for fact in FACTS}


def share(part, whole):
    return part / whole if whole else float("nan")


# ------------------------------------------------------------------------------------------------ photographs

THINGS = {  # names of the same thing; a person counts as a person whatever else is said of her
    "person": "man woman boy girl child kid baby toddler person people men women boys girls children kids "
              "player players crowd group adults couple lady guy skier snowboarder surfer climber cyclist biker "
              "hiker swimmer",
    "dog": "dog dogs puppy puppies", "cat": "cat cats kitten", "horse": "horse horses", "bird": "bird birds",
    "ball": "ball balls football basketball soccer", "bike": "bike bikes bicycle bicycles motorcycle motorbike",
    "car": "car cars truck", "boat": "boat canoe kayak raft", "board": "skateboard surfboard snowboard",
    "water": "water ocean sea lake river pool waves wave", "snow": "snow snowy", "beach": "beach sand sandy",
    "grass": "grass grassy field lawn", "mountain": "mountain mountains hill cliff rock rocks",
    "tree": "tree trees woods forest", "street": "street road sidewalk city", "building": "building buildings house",
    "clothes": "shirt tshirt jersey uniform jacket coat", "hat": "hat cap helmet", "toy": "toy stick frisbee",
}  # fmt: skip
THING = {word: thing for thing, names in THINGS.items() for word in names.split()}
COLOR = {word: word for word in "red orange yellow green blue purple pink white black brown tan".split()} | {
    "grey": "gray", "gray": "gray"}  # fmt: skip
NUMBER = {"two": 2, "three": 3, "four": 4, "five": 5}
TABLES = {"things": THING, "colors": COLOR, "counts": NUMBER}


def photograph_facts(caption):
    """{fact: set} that an English caption of a photograph names, out of the short lists above."""
    tokens = words(caption)
    return {fact: {table[word] for word in tokens if word in table} for fact, table in TABLES.items()}


def photograph_counts(caption, references, agreed=3):
    """What `photograph_scores` adds up, {fact: (named, of them named by some reference, agreed on, of them named)}."""
    ours, theirs = photograph_facts(caption), [photograph_facts(one) for one in references]
    found = {}
    for fact in TABLES:
        votes = Counter(item for one in theirs for item in one[fact])
        surely = {item for item, count in votes.items() if count >= agreed}
        found[fact] = len(ours[fact]), len(ours[fact] & votes.keys()), len(surely), len(ours[fact] & surely)
    return found


def photograph_scores(said, references, agreed=3):
    """{fact: (precision, recall)}: named facts that some reference names, and how many of the agreed ones were named.

    said: list of captions; references: list of lists of captions; agreed: what so many of them name is surely there.
    """
    agreed, said = arguments.whole("agreed", agreed, 1), arguments.listed("said", said, "captions")
    references = [arguments.listed("each of references", those, "captions")
                  for those in arguments.listed("references", references, "lists of captions")]  # fmt: skip
    if len(said) != len(references):
        raise ValueError(f"{len(said)} captions need as many lists of references, not {len(references)}")
    counts = [photograph_counts(caption, those, agreed) for caption, those in zip(said, references)]
    found = {}
    for fact in TABLES:
        named, right, there, told = (sum(column) for column in zip((0, 0, 0, 0), *(one[fact] for one in counts)))
        found[fact] = share(right, named), share(told, there)
    return found
