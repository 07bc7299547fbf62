"""Drawing one scene with Pillow: fifteen kinds of things in eight colours, before a background.

A thing is drawn in its own square: u runs from -0.5 (left) to 0.5, v from 0 (the ground it stands on) to 1.  The
picture is drawn three times as large as it is wanted and then averaged down, which makes smooth edges out of whole
pixels; every coordinate is an integer before Pillow sees it.
"""

import math
import random

from PIL import Image, ImageDraw

from .. import arguments
from .backgrounds import BACKGROUNDS, mix

SUPERSAMPLING = 3
COLORS = {
    "red": (222, 52, 48), "orange": (245, 140, 30), "yellow": (252, 214, 45), "green": (52, 160, 72),
    "blue": (45, 104, 214), "purple": (140, 70, 180), "white": (248, 248, 244), "black": (48, 48, 54),
}  # fmt: skip
INK, PALE, GLASS, WOOD = (38, 36, 46), (255, 250, 238), (196, 228, 245), (134, 90, 56)


def dark(color, share=0.25):
    """A darker shade; black gets a lighter one, so that its parts can be told apart."""
    return mix(color, (150, 150, 160), 0.35) if color == COLORS["black"] else mix(color, (30, 26, 40), share)


def light(color, share=0.45):
    return mix(color, (255, 255, 255), share)


class Pen:
    """Draws in the square of one thing: its foot at (x, y), `side` wide and high, all in pixels of the large picture.

    flip: mirrors left and right, so that cars and animals look either way.
    """

    def __init__(self, canvas, x, y, side, flip=False):
        self.canvas, self.x, self.y, self.side, self.sign = canvas, x, y, side, -1 if flip else 1
        self.line_width = max(2, round(side * 0.014) + canvas.im.size[0] // 300)

    def at(self, u, v):
        return round(self.x + self.sign * u * self.side), round(self.y - v * self.side)

    def shape(self, points, fill, outline=INK):
        points = [self.at(*point) for point in points]
        self.canvas.polygon(points, fill=fill)
        if outline:
            self.canvas.line([*points, points[0], points[1]], fill=outline, width=self.line_width, joint="curve")

    def oval(self, u, v, width, height, fill, outline=INK):
        """An ellipse around (u, v)."""
        (left, top), (right, bottom) = self.at(u - width / 2, v + height / 2), self.at(u + width / 2, v - height / 2)
        box = [min(left, right), top, max(left, right), bottom]
        self.canvas.ellipse(box, fill=fill, outline=outline, width=self.line_width if outline else 0)

    def box(self, left, bottom, right, top, fill, outline=INK, round_by=0.0):
        (x0, y0), (x1, y1) = self.at(left, top), self.at(right, bottom)
        self.canvas.rounded_rectangle(
            [min(x0, x1), y0, max(x0, x1), y1], round(round_by * self.side), fill, outline, self.line_width
        )

    def line(self, points, fill=INK, width=0.0):
        """A line through the points; `width` as a share of the side, the outline's width without it."""
        width = max(self.line_width, round(width * self.side))
        self.canvas.line([self.at(*point) for point in points], fill=fill, width=width, joint="curve")

    def arc(self, u, v, width, height, start, end, fill=INK, thick=0.0, outline=INK):
        """Part of an ellipse as a thick line with an outline: from `start` to `end` degrees, counter-clockwise."""
        steps = [math.radians(start + (end - start) * i / 14) for i in range(15)]
        points = [(u + width / 2 * math.cos(a), v + height / 2 * math.sin(a)) for a in steps]
        if outline and thick:
            self.line(points, outline, thick + 2 * self.line_width / self.side)
        self.line(points, fill, thick)


# ------------------------------------------------------------------------------------------------ fifteen things


def house(pen, color):
    pen.box(0.18, 0.72, 0.3, 0.98, dark(color, 0.45))
    pen.box(-0.4, 0.0, 0.4, 0.58, color)
    pen.shape([(-0.5, 0.55), (0.0, 1.0), (0.5, 0.55)], dark(color))
    pen.box(-0.12, 0.0, 0.12, 0.36, PALE if color != COLORS["white"] else WOOD)
    pen.oval(0.06, 0.18, 0.04, 0.04, INK)
    for u in (-0.27, 0.27):
        pen.box(u - 0.085, 0.24, u + 0.085, 0.42, GLASS)


def tree(pen, color):
    pen.shape([(-0.09, 0.0), (0.09, 0.0), (0.06, 0.45), (-0.06, 0.45)], WOOD)
    for outline in (INK, None):  # outlines first, so that none crosses the crown
        for u, v, width in ((-0.22, 0.52, 0.46), (0.22, 0.52, 0.46), (0.0, 0.72, 0.54)):
            pen.oval(u, v, width, width, color, outline)
            if not outline:
                inner = width - 2.4 * pen.line_width / pen.side
                pen.oval(u, v, inner, inner, color, None)
    for u, v in ((-0.2, 0.55), (0.1, 0.8), (0.22, 0.5), (-0.05, 0.62)):
        pen.oval(u, v, 0.1, 0.07, dark(color), None)


def car(pen, color):
    pen.shape([(-0.3, 0.36), (-0.17, 0.62), (0.16, 0.62), (0.32, 0.36)], color)
    pen.shape([(-0.22, 0.39), (-0.14, 0.56), (-0.03, 0.56), (-0.03, 0.39)], GLASS)
    pen.shape([(0.03, 0.39), (0.03, 0.56), (0.13, 0.56), (0.23, 0.39)], GLASS)
    pen.box(-0.5, 0.12, 0.5, 0.4, color, round_by=0.1)
    pen.line([(-0.46, 0.22), (0.46, 0.22)], dark(color), 0.035)
    pen.oval(0.45, 0.3, 0.07, 0.09, (255, 240, 170))
    for u in (-0.27, 0.27):
        pen.oval(u, 0.12, 0.24, 0.24, (60, 60, 68))
        pen.oval(u, 0.12, 0.1, 0.1, (215, 215, 220))


def cat(pen, color):
    pen.arc(0.2, 0.2, 0.44, 0.34, -90, 100, color, 0.075)
    pen.shape([(-0.24, 0.02), (-0.22, 0.3), (-0.1, 0.52), (0.1, 0.52), (0.22, 0.3), (0.24, 0.02)], color)
    pen.oval(-0.12, 0.05, 0.2, 0.1, color)
    pen.oval(0.12, 0.05, 0.2, 0.1, color)
    for s in (-1, 1):
        pen.shape([(s * 0.27, 0.68), (s * 0.27, 1.0), (s * 0.06, 0.86)], color)
        pen.shape([(s * 0.22, 0.78), (s * 0.23, 0.91), (s * 0.13, 0.84)], (245, 170, 180), None)
    pen.oval(0.0, 0.68, 0.6, 0.46, color)
    face(pen, color, 0.0, 0.7)
    ink = PALE if color == COLORS["black"] else INK
    for s in (-1, 1):
        for v in (0.58, 0.65):
            pen.line([(s * 0.13, 0.62), (s * 0.38, v)], ink)


def face(pen, color, u, v):
    """Two eyes, a nose and a mouth."""
    black = color == COLORS["black"]
    for s in (-0.12, 0.12):
        pen.oval(u + s, v, 0.08, 0.1, (250, 230, 120) if black else INK, None)
        if black:
            pen.oval(u + s, v, 0.035, 0.085, INK, None)
    pen.oval(u, v - 0.08, 0.07, 0.045, (240, 130, 150), None)


def dog(pen, color):
    pen.arc(-0.34, 0.62, 0.22, 0.34, 130, 270, color, 0.06)  # tail
    for u in (-0.29, -0.14, 0.1, 0.24):
        pen.box(u - 0.055, 0.0, u + 0.055, 0.34, dark(color) if u in (-0.14, 0.1) else color, round_by=0.03)
    pen.box(-0.37, 0.25, 0.3, 0.56, color, round_by=0.14)
    pen.oval(0.42, 0.63, 0.24, 0.2, color)  # muzzle
    pen.oval(0.25, 0.71, 0.4, 0.38, color)
    pen.oval(0.42, 0.61, 0.16, 0.13, color, None)
    pen.oval(0.51, 0.68, 0.09, 0.08, INK if color != COLORS["black"] else (235, 150, 160))
    pen.oval(0.14, 0.66, 0.17, 0.36, dark(color, 0.35))  # a hanging ear
    pen.oval(0.32, 0.77, 0.06, 0.08, PALE if color == COLORS["black"] else INK, None)
    pen.box(0.02, 0.43, 0.3, 0.5, (225, 60, 70) if color != COLORS["red"] else (60, 110, 220), round_by=0.03)


def bird(pen, color):
    pen.shape([(-0.2, 0.5), (-0.5, 0.66), (-0.48, 0.42)], dark(color))
    pen.shape([(0.34, 0.62), (0.5, 0.53), (0.34, 0.5)], (250, 170, 40) if color != COLORS["orange"] else (252, 220, 60))
    pen.oval(-0.03, 0.46, 0.54, 0.34, color)
    pen.oval(0.24, 0.58, 0.3, 0.29, color)
    pen.oval(0.17, 0.55, 0.2, 0.2, color, None)
    pen.shape([(0.08, 0.5), (-0.02, 0.8), (-0.14, 0.98), (-0.28, 0.99), (-0.25, 0.72), (-0.17, 0.5)], light(color, 0.3))
    pen.line([(-0.2, 0.9), (-0.1, 0.62)], dark(color))
    pen.oval(0.28, 0.62, 0.06, 0.07, PALE if color == COLORS["black"] else INK, None)


def airplane(pen, color):
    pen.shape([(-0.38, 0.5), (-0.5, 0.86), (-0.36, 0.86), (-0.2, 0.56)], dark(color))
    pen.shape([(0.04, 0.55), (-0.12, 0.86), (0.0, 0.86), (0.22, 0.55)], dark(color))
    pen.shape([(-0.45, 0.52), (-0.36, 0.6), (0.3, 0.6), (0.44, 0.54), (0.5, 0.45), (0.4, 0.37), (-0.2, 0.37)], color)
    pen.shape([(0.1, 0.43), (-0.24, 0.1), (-0.1, 0.1), (0.28, 0.43)], light(color, 0.35))
    for u in (-0.2, -0.08, 0.04, 0.16):
        pen.oval(u, 0.52, 0.065, 0.07, GLASS)
    pen.shape([(0.3, 0.58), (0.42, 0.54), (0.44, 0.48), (0.3, 0.48)], GLASS)


def balloon(pen, color):
    pen.line([(0.0, 0.32), (-0.05, 0.22), (0.04, 0.12), (0.0, 0.0)], INK)
    pen.shape([(-0.06, 0.27), (0.06, 0.27), (0.0, 0.36)], dark(color))
    pen.oval(0.0, 0.66, 0.56, 0.68, color)
    pen.oval(-0.12, 0.8, 0.11, 0.17, light(color, 0.65), None)


def boat(pen, color, part=None):
    if part != "front":
        pen.line([(0.0, 0.2), (0.0, 1.0)], WOOD, 0.045)
        pen.shape([(0.05, 0.4), (0.05, 0.96), (0.42, 0.4)], PALE if color != COLORS["white"] else (250, 225, 190))
        pen.shape([(-0.05, 0.4), (-0.05, 0.86), (-0.32, 0.4)], light(color, 0.25))
    if part != "back":
        pen.shape([(-0.5, 0.32), (0.5, 0.32), (0.34, 0.03), (-0.34, 0.03)], color)
        pen.line([(-0.43, 0.23), (0.43, 0.23)], dark(color), 0.045)


def flower(pen, color):
    pen.line([(0.0, 0.0), (0.0, 0.5)], (46, 125, 60), 0.06)
    pen.oval(-0.12, 0.2, 0.22, 0.1, (70, 160, 80))
    pen.oval(0.12, 0.28, 0.22, 0.1, (70, 160, 80))
    for i in range(6):
        angle = math.radians(60 * i + 30)
        pen.oval(0.19 * math.cos(angle), 0.68 + 0.19 * math.sin(angle), 0.27, 0.27, color)
    warm = color in (COLORS["yellow"], COLORS["orange"])
    pen.oval(0.0, 0.68, 0.22, 0.22, (130, 80, 45) if warm else (252, 205, 60))


def ball(pen, color):
    pen.oval(0.0, 0.38, 0.76, 0.76, color)
    stripe = PALE if color != COLORS["white"] else (200, 205, 215)
    pen.arc(-0.36, 0.38, 0.5, 0.74, -58, 58, stripe, 0.05, None)
    pen.arc(0.36, 0.38, 0.5, 0.74, 122, 238, stripe, 0.05, None)
    pen.oval(-0.08, 0.6, 0.13, 0.09, light(color, 0.7), None)


def umbrella(pen, color):
    pen.line([(0.0, 0.1), (0.0, 0.98)], INK, 0.045)
    pen.arc(0.07, 0.1, 0.14, 0.16, 180, 360, INK, 0.045, None)
    steps = [math.radians(180 * i / 24) for i in range(25)]
    dome = [(0.5 * math.cos(a), 0.5 + 0.42 * math.sin(a)) for a in steps]
    for middle in (-0.375, -0.125, 0.125, 0.375):
        dome += [(middle + 0.125 * -math.cos(a), 0.5 + 0.07 * math.sin(a)) for a in steps[::4]]
    pen.shape(dome, color)
    for u in (-0.25, 0.0, 0.25):
        pen.line([(u, 0.5), (u * 0.6, 0.78), (0.0, 0.92)], dark(color))


def chair(pen, color):
    shade = dark(color)
    for u in (-0.2, 0.33):
        pen.box(u - 0.04, 0.05, u + 0.04, 0.45, shade)
    pen.box(-0.36, 0.0, -0.27, 1.0, color, round_by=0.03)
    pen.box(-0.36, 0.62, -0.24, 0.96, color, round_by=0.04)
    pen.box(0.2, 0.0, 0.29, 0.45, color, round_by=0.02)
    pen.box(-0.38, 0.38, 0.38, 0.5, color, round_by=0.03)


def table(pen, color):
    for u in (-0.26, 0.26):
        pen.box(u - 0.045, 0.1, u + 0.045, 0.5, dark(color))
    for u in (-0.4, 0.4):
        pen.box(u - 0.055, 0.0, u + 0.055, 0.52, color)
    pen.box(-0.5, 0.5, 0.5, 0.62, color, round_by=0.03)


def box(pen, color, part=None):
    if part != "front":
        pen.shape([(-0.4, 0.46), (-0.3, 0.62), (0.3, 0.62), (0.4, 0.46)], dark(color, 0.6))
        pen.shape([(-0.3, 0.62), (-0.42, 0.78), (0.18, 0.78), (0.3, 0.62)], light(color, 0.25))
    if part != "back":
        pen.box(-0.4, 0.0, 0.4, 0.46, color)
        pen.shape([(-0.4, 0.46), (-0.5, 0.3), (-0.46, 0.28), (-0.4, 0.34)], light(color, 0.25))
        pen.shape([(0.4, 0.46), (0.5, 0.3), (0.46, 0.28), (0.4, 0.34)], light(color, 0.25))
        pen.line([(0.0, 0.02), (0.0, 0.44)], dark(color), 0.05)


THINGS = {f.__name__: f for f in (house, tree, car, cat, dog, bird, airplane, balloon, boat, flower, ball, umbrella,
                                  chair, table, box)}  # fmt: skip


def picture(background, placed, size=160, seed="0"):
    """A PIL image, RGB, `size` pixels wide and high.

    placed: the things from back to front, each (kind, color, x, y, side, flip, part): the foot's middle (x, y) and
            the side in shares of the picture (0 to 1, y downwards), part None, "back" or "front" of a box or boat.
    seed: a text that decides clouds, grass, stars.
    ValueError for a size below 32 or above 4096.
    """
    size = arguments.whole("size", size, 32, 4096, hint=" (pixels)")
    side = size * SUPERSAMPLING
    image = Image.new("RGB", (side, side))
    canvas = ImageDraw.Draw(image)
    BACKGROUNDS[background](canvas, side, side, random.Random(f"background {seed}"))
    for kind, color, x, y, share, flip, part in placed:
        pen = Pen(canvas, x * side, y * side, share * side, flip)
        THINGS[kind](pen, COLORS[color], **({"part": part} if part else {}))
    return image.reduce(SUPERSAMPLING)
