"""The drawn world: pictures that this course draws by itself, each with a record of what is in it and with captions.

    scene = scenes.make(1, seed=7)[0]
    scene.image(), scene.captions("ko")
    scenes.draw("a big red car left of two blue cats on the street")

`scene` holds what a scene is and draws lots for new ones, `descriptions` reads a scene out of an English sentence,
`placing` decides where things stand, `drawing` and `backgrounds` paint them, `captions_ko` and `captions_en` write.
"""

from .descriptions import draw
from .scene import (
    BACKGROUNDS,
    COLORS,
    FLYING,
    HELD_OUT,
    HOME,
    KINDS,
    LAYOUTS,
    PLACES,
    RELATIONS,
    SIZE,
    SIZES,
    Scene,
    Thing,
    attributes,
    make,
    possible,
    save,
    splits,
)  # fmt: skip

__all__ = [
    "BACKGROUNDS", "COLORS", "FLYING", "HELD_OUT", "HOME", "KINDS", "LAYOUTS", "PLACES", "RELATIONS", "SIZE", "SIZES",
    "Scene", "Thing", "attributes", "draw", "make", "possible", "save", "splits",
]  # fmt: skip
