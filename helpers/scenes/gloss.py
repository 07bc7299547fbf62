"""A Korean caption of a scene, word for word in English: for readers of the English edition.

gloss("빨간 공이 나무 위에 있다")  →  "red ball tree on is"
"""

import re

from .captions_ko import COLORS, KINDS, NUMBERS

WORDS = {  # first stems that are longer, so that 왼쪽부터 is not taken for 왼쪽
    "왼쪽부터": "from left", "왼쪽": "left", "오른쪽": "right", "가운데": "middle", "양옆": "both sides",
    "사이": "between", "위": "on/above", "아래": "below", "밑": "under", "안에": "in", "그": "its",
    "나란히": "side by side", "밤하늘": "night sky", "풀밭": "grass", "눈밭": "snow", "바다": "sea", "길": "street",
    "방": "room", "작은": "small", "큰": "big", "커다란": "big", "있다": "is", "있고": "is, and", "있는": "being",
    "보인다": "is seen", "서": "standing", "앉아": "sitting", "떠": "floating", "날고": "flying", "피어": "blooming",
    "놓여": "lying", "펼쳐져": "open", "들어가": "inside", "들어": "inside", "올라가": "on top", "타고": "aboard",
}  # fmt: skip
COUNTERS = {noun[1] for noun in KINDS.values()}
STEMS = {word: color for color, word in COLORS.items()} | {noun[0]: kind for kind, noun in KINDS.items()}
PARTICLE = "(?:이|가|을|를|과|와|은|는|의|에|에는)?"


def gloss(caption):
    """The English words of a Korean caption, in its own order; a counter after its number is left out."""
    numbers = {word: str(number) for number, word in NUMBERS.items()}
    found, counted = [], False
    for token in caption.rstrip(".").replace(",", "").split():
        stem = next((stem for stem in (*WORDS, *STEMS) if re.fullmatch(stem + PARTICLE, token)), None)
        if counted and re.fullmatch(f"({'|'.join(COUNTERS)}){PARTICLE}", token):
            counted = False
            continue
        counted = token in numbers
        lone = "(counter)" if re.fullmatch(f"({'|'.join(COUNTERS)}){PARTICLE}", token) else token
        found.append(numbers.get(token) or WORDS.get(stem) or STEMS.get(stem) or lone)
    return " ".join(found)
