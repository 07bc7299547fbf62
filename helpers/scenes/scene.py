"""Scenes: pictures drawn by this course, each with a record of what is in it and captions in Korean and English.

    scene = scenes.make(1, seed=7)[0]
    scene.image()            a PIL image, drawn on the spot
    scene.captions("ko")     five sentences; likewise "en"
    scenes.draw("a big red car left of two blue cats on the street")       your own scene

A scene holds one to three kinds of things with a colour, a size and a number, stands before a background, and may name
a relation.  Everything follows from the seed.  Some pairs of colour and thing (`HELD_OUT`) never occur in training:
a captioner that names a yellow car has put together what it learned of yellow things and of cars.
"""

import hashlib
import json
import random
from dataclasses import asdict, dataclass
from functools import cache as memoised
from functools import cached_property
from itertools import permutations, product
from pathlib import Path

from .. import arguments, files
from . import backgrounds, captions_en, captions_ko, drawing, placing

SIZE = 160  # pixels; InceptionV3 makes of them an 8 x 8 grid at its layer Mixed_6e
COLORS, KINDS, BACKGROUNDS = tuple(drawing.COLORS), tuple(drawing.THINGS), tuple(drawing.BACKGROUNDS)
SIZES = ("small", "medium", "big")
RELATIONS = ("left", "above", "on", "in", "under", "between")  # things[0] is … things[1]; between: (and things[2])
LAYOUTS = ("one", "several", *RELATIONS)
WEIGHTS = (14, 18, 26, 12, 8, 7, 7, 8)  # how often each layout comes, in percent
MOST = 1_000_000  # scenes to draw lots for at one go
TRIES = 10_000  # lots that bring nothing new before nothing more is expected of them
HELD_OUT = frozenset(
    (("purple", "house"), ("orange", "tree"), ("yellow", "car"), ("blue", "cat"), ("green", "dog"), ("red", "bird"),
     ("black", "airplane"), ("white", "balloon"), ("red", "boat"), ("green", "flower"), ("purple", "ball"),
     ("yellow", "umbrella"), ("blue", "chair"), ("orange", "table"), ("black", "box"))
)  # fmt: skip
FLYING = placing.FLYING
HOME = {  # where each kind is found
    "meadow": ("house", "tree", "car", "cat", "dog", "flower", "ball", "umbrella", "chair", "table", "box", *FLYING),
    "street": ("house", "tree", "car", "cat", "dog", "ball", "umbrella", "box", *FLYING),
    "snow": ("house", "tree", "car", "cat", "dog", "ball", "umbrella", "box", *FLYING),
    "room": ("cat", "dog", "flower", "ball", "umbrella", "chair", "table", "box", "balloon"),
    "sea": ("boat", *FLYING),
    "night": ("house", "tree", "car", "cat", "dog", "ball", "umbrella", *FLYING),
}
PLACES = {  # what may be on, in or under which things
    "on": {"table": ("cat", "ball", "box"), "chair": ("cat", "dog", "ball"), "car": ("cat", "dog", "ball", "box"),
           "house": ("cat", "ball")},
    "in": {"box": ("cat", "dog", "ball", "flower"), "boat": ("cat", "dog")},
    "under": {"umbrella": ("cat", "dog", "ball", "box", "flower"), "tree": ("cat", "dog", "ball", "box", "flower"),
              "table": ("cat", "dog", "ball")},
}  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """`count` things of one kind, colour and size ("small", "medium", "big")."""

    color: str
    kind: str
    size: str = "medium"
    count: int = 1

    @property
    def pair(self):
        return self.color, self.kind


@dataclass(frozen=True)
class Scene:
    """One picture before it is drawn.

    name        such as "scene-1-00017"; it is also the seed of the drawing and of the captions
    background  one of BACKGROUNDS
    things      one to three `Thing`s
    relation    None or one of RELATIONS: things[0] is left of (above, on, in, under, between) things[1] (and things[2])
    """

    name: str
    background: str
    things: tuple
    relation: str | None = None

    @cached_property
    def pairs(self):
        return frozenset(thing.pair for thing in self.things)

    @property
    def layout(self):
        return self.relation or ("several" if self.things[0].count > 1 else "one")

    def placed(self):
        """Where everything stands, as `drawing.picture` wants it."""
        return placing.place(self, random.Random(f"place {self.name}"))

    def image(self, size=SIZE):
        """The picture: PIL, RGB, `size` pixels wide and high."""
        return drawing.picture(self.background, self.placed(), size, self.name)

    def identity(self, size=SIZE):
        """What the picture is as 32 bytes: they change with its record, its size and the code that draws it."""
        return hashlib.sha256(json.dumps([self.record(), size, drawing_code()]).encode()).digest()

    def captions(self, language="en", count=5):
        """`count` different sentences (at most as many as there are patterns) that all describe this scene truly."""
        writers = {"ko": captions_ko, "en": captions_en}
        arguments.choice("language", language, writers)
        count = arguments.whole("count", count, 1)
        rng = random.Random(f"captions {self.name}")
        found = list(dict.fromkeys(writers[language].write(self, rng)))
        return rng.sample(found, min(count, len(found)))

    def record(self):
        """What is in the picture, as a dict that JSON can hold; `Scene.read` is its inverse."""
        return asdict(self) | {"things": [asdict(thing) for thing in self.things]}

    @classmethod
    def read(cls, record):
        return cls(**record | {"things": tuple(Thing(**thing) for thing in record["things"])})


@memoised
def drawing_code():
    """The code that draws, as a hash: features that are kept by a picture's identity must not outlive it."""
    sources = (Path(module.__file__).read_bytes() for module in (backgrounds, drawing, placing))
    return hashlib.sha256(b"".join(sources)).hexdigest()


def make(count, seed=1, pairs="seen", prefix="scene"):
    """A list of `count` scenes, all different, the same for the same seed.

    pairs: "seen" leaves out the pairs of colour and thing in HELD_OUT; "new": every scene holds at least one of them;
           "all" takes whatever comes.
    ValueError for another word in `pairs`, for a negative count, or where there are hardly as many that differ.
    """
    arguments.choice("pairs", pairs, ("seen", "new", "all"))
    count, seed = arguments.whole("count", count, 0, MOST), arguments.whole("seed", seed)
    rng = random.Random(f"scenes {arguments.text('prefix', prefix)} {pairs} {seed}")
    found, known, tries = [], set(), 0
    while len(found) < count:
        if (tries := tries + 1) > TRIES:
            raise ValueError(f"there are hardly more than {len(found):,} scenes that differ: ask for fewer")
        scene = _draw_lots(rng, f"{prefix}-{seed}-{len(found):05d}", pairs == "new")
        new = bool(scene.pairs & HELD_OUT)
        what = (scene.background, scene.things, scene.relation)
        if (pairs == "seen" and new) or (pairs == "new" and not new) or what in known:
            continue
        known.add(what)
        tries = 0
        found.append(scene)
    return found


def splits(train=1800, validation=200, test=200, new_combinations=200, seed=1):
    """{"train": [Scene, …], "validation": …, "test": …, "new_combinations": …}; no description occurs in two of them.

    Only the scenes of `new_combinations` hold pairs of colour and thing in HELD_OUT.
    """
    for name, count in (("train", train), ("validation", validation), ("test", test),
                        ("new_combinations", new_combinations)):  # fmt: skip
        arguments.whole(name, count, 0, MOST // 4)
    known = make(train + validation + test, seed)
    return {
        "train": known[:train],
        "validation": known[train : train + validation],
        "test": known[train + validation :],
        "new_combinations": make(new_combinations, seed, "new", "new"),
    }


def _draw_lots(rng, name, want_new):
    """A scene by lot.  want_new: one of its things has the colour that is held out for its kind."""
    layout = rng.choices(LAYOUTS, WEIGHTS)[0]
    relation = layout if layout in RELATIONS else None
    options = []
    while not options:
        background = rng.choice(BACKGROUNDS)
        options = possible(relation, background)
    kinds = rng.choice(options)
    colors = rng.sample(COLORS, len(kinds))
    if want_new:
        which = rng.randrange(len(kinds))
        colors[which] = next(color for color, kind in sorted(HELD_OUT) if kind == kinds[which])
    sizes, counts = ["medium"] * len(kinds), [1] * len(kinds)
    if layout == "one":
        sizes[0] = rng.choice(SIZES)
    elif layout == "several":
        counts[0] = rng.randint(2, 4)
    elif layout == "left" and rng.random() < 0.5:
        if rng.random() < 0.5:
            counts[rng.randrange(2)] = 2
        else:
            sizes[rng.randrange(2)] = rng.choice(("small", "big"))
    if len(set(zip(colors, kinds))) < len(kinds):  # a red car left of a red car
        return _draw_lots(rng, name, want_new)
    return Scene(name, background, tuple(Thing(*item) for item in zip(colors, kinds, sizes, counts)), relation)


def possible(relation, background):
    """The kinds of things that stand in a relation (None: one kind alone) before a background, as a list of tuples."""
    home = HOME[background]
    air, ground = [kind for kind in home if kind in FLYING], [kind for kind in home if kind not in FLYING]
    if relation is None:
        return [(kind,) for kind in home]
    if relation == "left":
        return [*product(ground, repeat=2), *product(air, repeat=2)]
    if relation == "between":
        return [*permutations(ground, 3), *permutations(air, 3)]
    if relation == "above":
        return [*product(air, ground)]
    pairs = [(kind, other) for other, kinds in PLACES[relation].items() for kind in kinds if other in home]
    return [(kind, other) for kind, other in pairs if kind in home or other == "boat"]


def attributes(scene):
    """What a classifier can be asked about a scene: {"background", "kinds", "colors", "pairs", "count", "relation"}.

    kinds, colors and pairs ("red car") are sorted lists; count is how many things there are in all.
    """
    return {
        "background": scene.background,
        "kinds": sorted({thing.kind for thing in scene.things}),
        "colors": sorted({thing.color for thing in scene.things}),
        "pairs": sorted({" ".join(thing.pair) for thing in scene.things}),
        "count": sum(thing.count for thing in scene.things),
        "relation": scene.relation,
    }


def save(scenes, folder, size=SIZE):
    """Draw every scene into `folder` as NAME.png, and write scenes.json: records and captions.  Returns the folder.

    scenes.json is written last and replaces an older one whole.  OSError, naming the folder, if it cannot be written.
    """
    folder, entries = arguments.path("folder", folder), []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for scene in arguments.listed("scenes", scenes, "scenes"):
            arguments.instance("each of scenes", scene, Scene, "a scene, as scenes.make returns it")
            with files.whole(folder / f"{scene.name}.png", "the picture") as draft:
                scene.image(size).save(draft, "PNG")
            captions = {language: scene.captions(language) for language in ("ko", "en")}
            entries.append(scene.record() | {"captions": captions})
        with files.whole(folder / "scenes.json") as draft:
            draft.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise OSError(f"the scenes cannot be written to {folder} ({error}); name another folder") from None
    return folder
