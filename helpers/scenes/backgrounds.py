"""The six backgrounds of the scenes: meadow, street, snow, room, sea, night.

Each draws on the whole canvas of `w` x `h` pixels; clouds, grass and stars lie where `rng` puts them.
"""


def mix(color, other, share):
    """`color` with `share` (0 to 1) of `other` in it, in whole numbers."""
    return tuple((round(256 * (1 - share)) * a + round(256 * share) * b) // 256 for a, b in zip(color, other))


def _sky(canvas, w, h, top, bottom):
    for row in range(0, h, 3):
        canvas.rectangle([0, row, w, row + 3], fill=mix(top, bottom, row / h))


def _cloud(canvas, w, x, y, size, color):
    for dx, dy, r in ((-0.5, 0.1, 0.5), (0.0, -0.1, 0.65), (0.55, 0.1, 0.48)):
        cx, cy, radius = round((x + dx * size) * w), round((y + dy * size) * w), round(r * size * w)
        canvas.ellipse([cx - radius, cy - radius * 3 // 4, cx + radius, cy + radius * 3 // 4], fill=color)


def _outdoors(canvas, w, h, rng, ground, clouds=2, sky=((126, 196, 240), (222, 242, 252))):
    horizon = round(h * 0.62)
    _sky(canvas, w, horizon, *sky)
    for _ in range(clouds):
        _cloud(canvas, w, rng.uniform(0.05, 0.95), rng.uniform(0.06, 0.3), rng.uniform(0.06, 0.1), (255, 255, 255))
    canvas.rectangle([0, horizon, w, h], fill=ground)
    return horizon


def meadow(canvas, w, h, rng):
    horizon = _outdoors(canvas, w, h, rng, (150, 205, 105))
    middle = rng.uniform(0.1, 0.9)
    canvas.ellipse([round((middle - 0.7) * w), horizon - h // 12, round((middle + 0.7) * w), h], fill=(132, 192, 95))
    canvas.rectangle([0, round(h * 0.72), w, h], fill=(150, 205, 105))
    for _ in range(16):
        x, y, d = rng.randrange(w), rng.randrange(round(h * 0.74), h), w // 60
        canvas.line([x - d, y - d, x, y, x + d, y - d], fill=(104, 168, 72), width=max(1, w // 200))


def street(canvas, w, h, rng):
    horizon = _outdoors(canvas, w, h, rng, (176, 176, 184), 1)
    x = -rng.randrange(w // 6)
    while x < w:  # a row of pale buildings far away
        width, height = rng.randrange(w // 9, w // 5), rng.randrange(h // 14, h // 5)
        canvas.rectangle([x, horizon - height, x + width, horizon], fill=(205, 208, 220))
        for row in range(horizon - height + h // 40, horizon - h // 50, h // 24):
            for column in range(x + w // 60, x + width - w // 50, w // 28):
                canvas.rectangle([column, row, column + w // 80, row + h // 60], fill=(232, 234, 240))
        x += width + w // 90
    canvas.rectangle([0, horizon, w, horizon + h // 16], fill=(214, 206, 196))
    canvas.rectangle([0, horizon + h // 16, w, h], fill=(150, 152, 160))
    start = -rng.randrange(w // 5)
    for left in range(start, w, w // 5):
        canvas.rectangle([left, round(h * 0.93), left + w // 9, round(h * 0.95)], fill=(240, 238, 225))


def snow(canvas, w, h, rng):
    horizon = _outdoors(canvas, w, h, rng, (236, 242, 250), 0, ((164, 184, 214), (222, 230, 242)))
    middle = rng.uniform(0.1, 0.9)
    canvas.ellipse([round((middle - 0.6) * w), horizon - h // 10, round((middle + 0.6) * w), h], fill=(226, 234, 246))
    canvas.rectangle([0, round(h * 0.72), w, h], fill=(236, 242, 250))
    for _ in range(46):
        x, y, r = rng.randrange(w), rng.randrange(h), rng.randrange(w // 140, w // 80)
        canvas.ellipse([x - r, y - r, x + r, y + r], fill=(255, 255, 255))


def room(canvas, w, h, rng):
    canvas.rectangle([0, 0, w, h], fill=(250, 228, 200))
    horizon, step = round(h * 0.66), w // 10
    for x in range(rng.randrange(step), w, step):
        canvas.rectangle([x, 0, x + w // 60, horizon], fill=(246, 219, 186))
    left, top = round(w * rng.choice((0.06, 0.4, 0.72))), round(h * 0.08)
    right, bottom = left + w // 5, top + h // 4
    canvas.rectangle([left, top, right, bottom], fill=(190, 226, 245), outline=(255, 255, 255), width=w // 60)
    canvas.line([(left + right) // 2, top, (left + right) // 2, bottom], fill=(255, 255, 255), width=w // 80)
    canvas.line([left, (top + bottom) // 2, right, (top + bottom) // 2], fill=(255, 255, 255), width=w // 80)
    canvas.rectangle([0, horizon, w, h], fill=(202, 152, 106))
    for row in range(horizon, h, h // 12):
        canvas.line([0, row, w, row], fill=(182, 132, 90), width=max(1, w // 160))


def sea(canvas, w, h, rng):
    horizon = round(h * 0.6)
    _outdoors(canvas, w, h, rng, (60, 140, 200), 2, ((142, 206, 244), (235, 246, 252)))
    for row in range(horizon, h, 3):
        depth = (row - horizon) / (h - horizon)
        canvas.rectangle([0, row, w, row + 3], fill=mix((96, 178, 224), (36, 104, 172), depth))
    for _ in range(14):
        x, y, d = rng.randrange(w), rng.randrange(horizon + h // 40, h), w // 30
        canvas.arc([x - d, y - d // 2, x + d, y + d // 2], 200, 340, fill=(190, 224, 244), width=max(1, w // 150))


def night(canvas, w, h, rng):
    horizon = _outdoors(canvas, w, h, rng, (62, 98, 92), 0, ((34, 42, 96), (84, 92, 158)))
    for _ in range(26):
        x, y, r = rng.randrange(w), rng.randrange(horizon), rng.randrange(w // 240, w // 130)
        canvas.ellipse([x - r, y - r, x + r, y + r], fill=(255, 250, 220))
    x, y, r = round(w * rng.choice((0.1, 0.9))), round(h * 0.12), w // 13
    canvas.ellipse([x - r, y - r, x + r, y + r], fill=(255, 244, 190))
    canvas.ellipse([x - r + r // 2, y - r - r // 5, x + r + r // 2, y + r - r // 5], fill=(44, 52, 106))
    middle = rng.uniform(0.1, 0.9)
    canvas.ellipse([round((middle - 0.7) * w), horizon - h // 12, round((middle + 0.7) * w), h], fill=(54, 88, 86))
    canvas.rectangle([0, round(h * 0.72), w, h], fill=(62, 98, 92))


BACKGROUNDS = {f.__name__: f for f in (meadow, street, snow, room, sea, night)}
