"""Korean captions for a scene: true sentences in several patterns, with the particle that fits each word.

Things are counted as Korean counts them: 집 한 채, 나무 두 그루, 고양이 세 마리, 배 한 척, 꽃 네 송이.
"""

from ..korean import attach

COLORS = {"red": "빨간", "orange": "주황색", "yellow": "노란", "green": "초록색", "blue": "파란", "purple": "보라색",
          "white": "하얀", "black": "까만"}  # fmt: skip
KINDS = {  # noun, counter, how it is there, the same before a noun
    "house": ("집", "채", "서 있다", "서 있는"), "tree": ("나무", "그루", "서 있다", "서 있는"),
    "car": ("자동차", "대", "서 있다", "서 있는"), "cat": ("고양이", "마리", "앉아 있다", "앉아 있는"),
    "dog": ("강아지", "마리", "서 있다", "서 있는"), "bird": ("새", "마리", "날고 있다", "날고 있는"),
    "airplane": ("비행기", "대", "날고 있다", "날고 있는"), "balloon": ("풍선", "개", "떠 있다", "떠 있는"),
    "boat": ("배", "척", "떠 있다", "떠 있는"), "flower": ("꽃", "송이", "피어 있다", "피어 있는"),
    "ball": ("공", "개", "놓여 있다", "놓여 있는"), "umbrella": ("우산", "개", "펼쳐져 있다", "펼쳐져 있는"),
    "chair": ("의자", "개", "놓여 있다", "놓여 있는"), "table": ("식탁", "개", "놓여 있다", "놓여 있는"),
    "box": ("상자", "개", "놓여 있다", "놓여 있는"),
}  # fmt: skip
NUMBERS = {1: "한", 2: "두", 3: "세", 4: "네"}
GROUND = {"meadow": "풀밭에", "street": "길에", "snow": "눈밭에", "room": "방 안에", "sea": "바다에",
          "night": "밤하늘 아래에"}  # fmt: skip
AIR = {"meadow": "풀밭 위에", "street": "길 위에", "snow": "눈밭 위에", "room": "방 안에", "sea": "바다 위에",
       "night": "밤하늘에"}  # fmt: skip
FLIGHT = {"meadow": "풀밭 위를", "street": "길 위를", "snow": "눈밭 위를", "room": "방 안을", "sea": "바다 위를",
          "night": "밤하늘을"}  # fmt: skip


def noun(thing, rng):
    """'커다란 빨간 자동차': size, colour, noun."""
    size = {"small": "작은", "medium": "", "big": rng.choice(("큰", "커다란"))}[thing.size]
    return f"{size} {COLORS[thing.color]} {KINDS[thing.kind][0]}".strip()


def number(thing):
    """'세 마리'."""
    return f"{NUMBERS[thing.count]} {KINDS[thing.kind][1]}"


def phrase(thing, rng, always=False):
    """'빨간 자동차', and with its number where there are several or `always`: '노란 새 세 마리'."""
    return noun(thing, rng) + (f" {number(thing)}" if thing.count > 1 or always else "")


def seen(kind, background):
    """Where a thing of this kind is: '풀밭에', '밤하늘에'."""
    return (AIR if kind in ("bird", "airplane", "balloon") else GROUND)[background]


def place(kind, background):
    """The same with the particle that the kind's own verb wants: '풀밭 위를' (날고 있다)."""
    return FLIGHT[background] if kind in ("bird", "airplane") else seen(kind, background)


def write(scene, rng):
    """Every sentence that the patterns make for `scene`; words that are free to vary are drawn with `rng`."""
    a, *others = scene.things
    pattern = {None: _alone, "left": _left, "above": _above, "between": _between}.get(scene.relation, _at)
    return pattern(scene, rng, a, *others)


def _alone(scene, rng, a):
    verb, before = KINDS[a.kind][2:]
    where, there = place(a.kind, scene.background), seen(a.kind, scene.background)
    yield f"{where} {attach(phrase(a, rng, True), '이/가')} {verb}."
    yield f"{attach(phrase(a, rng), '이/가')} {where} {verb}."
    yield f"{where} {before} {attach(phrase(a, rng), '이/가')} 보인다."
    yield f"{attach(phrase(a, rng, True), '이/가')} {where} {verb}."
    yield f"{there} {attach(noun(a, rng), '이/가')} {number(a)} 있다."
    if a.count > 1:
        yield f"{number(a)}의 {attach(noun(a, rng), '이/가')} {where} {verb}."
        yield f"{attach(phrase(a, rng), '이/가')} 나란히 {verb}."
    else:
        yield f"{there} {attach(noun(a, rng), '이/가')} 보인다."


def _left(scene, rng, a, b):
    first, second = phrase(a, rng), phrase(b, rng)
    there = seen(a.kind, scene.background)
    yield f"{attach(first, '이/가')} {second} 왼쪽에 있다."
    yield f"{attach(second, '이/가')} {first} 오른쪽에 있다."
    yield f"{second} 왼쪽에 {attach(phrase(a, rng, True), '이/가')} {KINDS[a.kind][2]}."
    yield f"{first} 오른쪽에 {attach(phrase(b, rng, True), '이/가')} {KINDS[b.kind][2]}."
    yield f"왼쪽에는 {attach(first, '이/가')}, 오른쪽에는 {attach(second, '이/가')} 있다."
    yield f"{there} {attach(first, '이/가')} 있고, 그 오른쪽에 {attach(second, '이/가')} 있다."
    if seen(b.kind, scene.background) == there:
        yield f"{there} {attach(first, '과/와')} {attach(second, '이/가')} 나란히 있다."


def _above(scene, rng, a, b):
    high, low, ground = phrase(a, rng), phrase(b, rng), seen(b.kind, scene.background)
    verb = "날고 있다" if a.kind in ("bird", "airplane") else "떠 있다"
    over = "위를" if a.kind in ("bird", "airplane") else "위에"
    yield f"{attach(high, '이/가')} {low} {over} {verb}."
    yield f"{low} {over} {attach(phrase(a, rng, True), '이/가')} {verb}."
    yield f"{high} 아래에 {attach(low, '이/가')} 있다."
    yield f"{high} 아래에 {attach(phrase(b, rng, True), '이/가')} {KINDS[b.kind][2]}."
    yield f"{ground} {attach(low, '이/가')} 있고, 그 {over} {attach(high, '이/가')} {verb}."
    yield f"위에는 {attach(high, '이/가')}, 아래에는 {attach(low, '이/가')} 보인다."


def _at(scene, rng, a, b):
    """on, in, under."""
    side = {"on": "위에", "in": "안에", "under": rng.choice(("아래에", "밑에"))}[scene.relation]
    verb = {"on": {"dog": "올라가 있다", "flower": "놓여 있다"},
            "in": {"cat": "들어가 있다", "dog": "들어가 있다"}}.get(scene.relation, {}).get(
                a.kind, "들어 있다" if scene.relation == "in" else KINDS[a.kind][2])  # fmt: skip
    thing, other, ground = phrase(a, rng), phrase(b, rng), seen(b.kind, scene.background)
    spot, there = f"{other} {side}", f"그 {side}"
    if b.kind == "boat":
        verb, spot, there = "타고 있다", f"{other}에", "그 배에"
    yield f"{attach(thing, '이/가')} {spot} {verb}."
    yield f"{spot} {attach(phrase(a, rng, True), '이/가')} {verb}."
    yield f"{ground} 있는 {spot} {attach(thing, '이/가')} {verb}."
    yield f"{ground} {attach(other, '이/가')} 있고, {there} {attach(thing, '이/가')} {verb}."
    yield f"{spot} {attach(thing, '이/가')} 보인다."
    if scene.relation == "on":
        yield f"{thing} 아래에 {attach(other, '이/가')} 있다."


def _between(scene, rng, a, b, c):
    middle, left, right = (phrase(thing, rng) for thing in (a, b, c))
    there, verb = seen(a.kind, scene.background), KINDS[a.kind][2]
    yield f"{attach(middle, '이/가')} {attach(left, '과/와')} {right} 사이에 있다."
    yield f"{attach(left, '과/와')} {right} 사이에 {attach(phrase(a, rng, True), '이/가')} {verb}."
    yield f"왼쪽부터 {left}, {middle}, {attach(right, '이/가')} 나란히 있다."
    yield f"{there} {attach(left, '과/와')} {attach(middle, '과/와')} {attach(right, '이/가')} 있다."
    yield f"가운데에 {attach(middle, '이/가')} 있고, 양옆에 {attach(left, '과/와')} {attach(right, '이/가')} 있다."
    yield f"{there} {attach(left, '이/가')} 있고, 그 오른쪽에 {attach(middle, '과/와')} {attach(right, '이/가')} 있다."
