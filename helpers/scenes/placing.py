"""Where the things of a scene stand: everything in shares of the picture, 0 to 1, y downwards."""

FLYING = ("bird", "airplane", "balloon")
SCALE = {"house": 1.12, "tree": 1.15, "car": 1.05, "ball": 0.8, "flower": 0.95, "bird": 0.9, "balloon": 1.0, "box": 0.9}
TOP = {"table": 0.62, "chair": 0.5, "car": 0.62, "house": 0.93}  # how high one stands on it, in shares of its side


def place(scene, rng):
    """The things from back to front: (kind, color, x, y, side, flip, part), as `drawing.picture` wants them."""
    if scene.relation in ("on", "in", "under"):
        return _touching(scene, rng)
    if scene.relation == "above":
        return _stacked(scene, rng)
    things = scene.things
    if scene.relation == "between":
        things = (things[1], things[0], things[2])  # from left to right
    units = [thing for thing in things for _ in range(thing.count)]
    share = {1: 0.4, 2: 0.37, 3: 0.29}.get(len(units), 0.235)
    width = 1 / len(units)
    placed = []
    for i, thing in enumerate(units):
        factor = {"small": 0.6, "medium": 1.0, "big": 1.5 if len(units) == 1 else 1.25}[thing.size]
        side = share * factor * SCALE.get(thing.kind, 1.0)
        free = max(0.0, (width - side) / 2)
        x = (i + 0.5) * width + rng.uniform(-1, 1) * (0.18 if len(units) == 1 else min(free, 0.04))
        x = min(max(x, side / 2 + 0.01), 0.99 - side / 2)
        placed.append((thing.kind, thing.color, x, _foot(thing.kind, side, rng), side, rng.random() < 0.5, None))
    return placed


def _foot(kind, side, rng):
    """How far down a thing's foot is: on the ground, on the water, or in the air."""
    if kind in FLYING:
        return rng.uniform(side + 0.05, max(side + 0.06, 0.66))
    return rng.uniform(0.8, 0.9) if kind == "boat" else rng.uniform(0.85, 0.95)


def _stacked(scene, rng):
    high, low = scene.things
    x, y = rng.uniform(0.35, 0.65), _foot(low.kind, 0.36, rng)
    side = 0.37 * SCALE.get(low.kind, 1.0)
    upper = 0.32 * SCALE.get(high.kind, 1.0)
    foot = min(y - side - 0.02, rng.uniform(upper + 0.04, upper + 0.14))
    return [
        (low.kind, low.color, x, y, side, rng.random() < 0.5, None),
        (high.kind, high.color, x + rng.uniform(-0.07, 0.07), foot, upper, rng.random() < 0.5, None),
    ]


def _touching(scene, rng):
    """on, in, under: the second thing is large, the first stands on, in or under it."""
    small, large = scene.things
    x, y, flip = rng.uniform(0.35, 0.65), rng.uniform(0.88, 0.95), rng.random() < 0.5
    side = {"on": 0.46, "in": 0.56, "under": 0.68}[scene.relation] * {"house": 0.95, "car": 1.1}.get(large.kind, 1.0)
    own = {"on": 0.31, "in": 0.34, "under": 0.27}[scene.relation] * SCALE.get(small.kind, 1.0)
    facing = rng.random() < 0.5
    if scene.relation == "on":
        dx = (-0.05 if flip else 0.05) * side if large.kind == "chair" else 0.0
        return [(large.kind, large.color, x, y, side, flip, None),
                (small.kind, small.color, x + dx, y - TOP[large.kind] * side, own, facing, None)]  # fmt: skip
    if scene.relation == "in":
        dx = -0.25 * side * (-1 if flip else 1) if large.kind == "boat" else 0.0
        rise = (0.2 if large.kind == "boat" else 0.27) * side
        return [(large.kind, large.color, x, y, side, flip, "back"),
                (small.kind, small.color, x + dx, y - rise, own, facing, None),
                (large.kind, large.color, x, y, side, flip, "front")]  # fmt: skip
    dx = rng.choice((-1, 1)) * 0.15 * side * (large.kind != "table")
    return [(large.kind, large.color, x, y - 0.01, side, flip, None),
            (small.kind, small.color, x + dx, y + 0.02, own, facing, None)]  # fmt: skip
