"""English captions for a scene: true sentences in several patterns, with articles and plurals in their place."""

KINDS = {  # how one of them is there; the plural of the noun where it is not regular
    "house": "standing", "tree": "standing", "car": "parked", "cat": "sitting", "dog": "standing", "bird": "flying",
    "airplane": "flying", "balloon": "floating", "boat": "floating", "flower": "blooming", "ball": "lying",
    "umbrella": "standing", "chair": "standing", "table": "standing", "box": "lying",
}  # fmt: skip
PLURALS = {"box": "boxes"}
NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four"}
GROUND = {"meadow": "on the grass", "street": "on the street", "snow": "in the snow", "room": "in a room",
          "sea": "on the sea", "night": "under the night sky"}  # fmt: skip
AIR = {"meadow": "over the grass", "street": "over the street", "snow": "over the snow", "room": "in a room",
       "sea": "over the sea", "night": "in the night sky"}  # fmt: skip


def noun(thing, rng):
    """'big red cars': size, colour, noun in the number that it has."""
    size = {"small": rng.choice(("small", "little")), "medium": "", "big": rng.choice(("big", "large"))}[thing.size]
    word = thing.kind if thing.count == 1 else PLURALS.get(thing.kind, thing.kind + "s")
    return f"{size} {thing.color} {word}".strip()


def phrase(thing, rng, article="a"):
    """'a big red car', 'an orange ball', 'three yellow birds'; article="the": 'the three yellow birds'."""
    name = noun(thing, rng)
    if thing.count > 1:
        return ("the " if article == "the" else "") + f"{NUMBERS[thing.count]} {name}"
    if article == "a" and name[0] in "aeiou":
        article = "an"
    return f"{article} {name}"


def be(thing):
    return "is" if thing.count == 1 else "are"


def place(kind, background):
    """'on the street'; of what flies: 'over the street'."""
    return (AIR if kind in ("bird", "airplane", "balloon") else GROUND)[background]


def write(scene, rng):
    """Every sentence that the patterns make for `scene`; words that are free to vary are drawn with `rng`."""
    a, *others = scene.things
    pattern = {None: _alone, "left": _left, "above": _above, "between": _between}.get(scene.relation, _at)
    for sentence in pattern(scene, rng, a, *others):
        yield sentence[0].upper() + sentence[1:] + "."


def _alone(scene, rng, a):
    what, verb, where = phrase(a, rng), KINDS[a.kind], place(a.kind, scene.background)
    yield f"{what} {be(a)} {verb} {where}"
    yield f"there {be(a)} {what} {where}"
    yield f"{what} {where}"
    yield f"{where} there {be(a)} {what}"
    if a.count > 1:
        yield f"{what} {be(a)} {verb} side by side"
        yield f"{NUMBERS[a.count]} {PLURALS.get(a.kind, a.kind + 's')} {where}, all of them {a.color}"
        yield f"{what} can be seen {where}"
    else:
        yield f"{what} {verb} {where}"
        yield f"we see {what} {where}"


def _left(scene, rng, a, b):
    first, second, where = phrase(a, rng), phrase(b, rng), place(a.kind, scene.background)
    yield f"{first} {be(a)} to the left of {second}"
    yield f"{second} {be(b)} to the right of {first}"
    yield f"there {be(a)} {first} on the left and {second} on the right"
    yield f"{first} {be(a)} {KINDS[a.kind]} to the left of {second}"
    yield f"to the right of {first} there {be(b)} {second}"
    yield f"{where} there {be(a)} {first} and, to the right, {second}"
    if place(b.kind, scene.background) == where:
        yield f"{first} and {second} are side by side {where}"


def _above(scene, rng, a, b):
    high, low, ground = phrase(a, rng), phrase(b, rng), place(b.kind, scene.background)
    verb = "flying" if a.kind in ("bird", "airplane") else "floating"
    yield f"{high} {be(a)} {verb} above {low}"
    yield f"there {be(a)} {high} above {low}"
    yield f"{low} {be(b)} below {high}"
    yield f"above {low} {be(a)} {high}"
    yield f"{low} {be(b)} {KINDS[b.kind]} {ground}, and {high} {be(a)} {verb} above"
    yield f"{high} {be(a)} {verb} above {low} {ground}"


def _at(scene, rng, a, b):
    """on, in, under."""
    side = {"on": "on", "in": rng.choice(("in", "inside")), "under": rng.choice(("under", "beneath"))}[scene.relation]
    verb = "sitting" if a.kind in ("cat", "dog") else "lying" if scene.relation != "under" else KINDS[a.kind]
    thing, other, ground = phrase(a, rng), phrase(b, rng), place(b.kind, scene.background)
    yield f"{thing} {be(a)} {verb} {side} {other}"
    yield f"there {be(a)} {thing} {side} {other}"
    yield f"{thing} {side} {other} {ground}"
    yield f"{side} {other} there {be(a)} {thing}"
    yield f"{other} {ground}, with {thing} {side} it"
    yield f"we see {thing} {side} {other}"


def _between(scene, rng, a, b, c):
    middle, left, right = (phrase(thing, rng) for thing in (a, b, c))
    where = place(a.kind, scene.background)
    yield f"{middle} {be(a)} between {left} and {right}"
    yield f"between {left} and {right} there {be(a)} {middle}"
    yield f"{left}, {middle} and {right} are side by side"
    yield f"from left to right: {left}, {middle} and {right}"
    yield f"{middle} {be(a)} {KINDS[a.kind]} between {left} and {right} {where}"
    yield f"{where} there {be(b)} {left}, {middle} and {right}"
