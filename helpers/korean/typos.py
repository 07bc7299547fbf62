"""Typing errors as a Korean keyboard makes them: a word → its keys → a few of them wrong → what then stands there.

    typos.keys('특별')                        →  ['ㅌ', 'ㅡ', 'ㄱ', 'ㅂ', 'ㅕ', 'ㄹ']
    typos.typed(['ㅌ', 'ㅡ', 'ㄱ', 'ㅂ', 'ㅓ', 'ㄹ'])  →  '특벌'
    typos.typo('서울특별시', 1, np.random.default_rng(15))  →  '서울특벌시'

Three errors are known: a neighbouring key (replace), a key left out (omit), two keys in the wrong order (swap), three
of the four that Damerau (1964, https://doi.org/10.1145/363958.363994) found behind most misspellings; the fourth is a
key too many.  The keys are those of the standard two-set layout (두벌식, KS X 5002), on which ㅘ is typed ㅗ, ㅏ.
`typed` puts keys together as an input method does; what makes no syllable stays a loose letter, as on a screen.
"""

from .. import arguments, letters
from .hangul import FINALS, INITIALS, VOWELS, a_text, is_syllable, join, split

ROWS = ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ")  # the letter keys, from the top row down
SHIFTED = dict(zip("ㅂㅈㄷㄱㅅㅐㅔ", "ㅃㅉㄸㄲㅆㅒㅖ"))  # with Shift
PAIRS = {
    "ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ",
    "ㄱㅅ": "ㄳ", "ㄴㅈ": "ㄵ", "ㄴㅎ": "ㄶ", "ㄹㄱ": "ㄺ", "ㄹㅁ": "ㄻ", "ㄹㅂ": "ㄼ", "ㄹㅅ": "ㄽ",
    "ㄹㅌ": "ㄾ", "ㄹㅍ": "ㄿ", "ㄹㅎ": "ㅀ", "ㅂㅅ": "ㅄ",
}  # fmt: skip
_APART = {whole: tuple(pair) for pair, whole in PAIRS.items()}
KINDS = ("replace", "omit", "swap")


def _neighbors():
    """For each letter, those of its own kind (consonant or vowel) one key away, or on the same key with Shift."""
    near = {letter: [] for row in ROWS for letter in row}
    places = {letter: (y, x + 0.4 * y) for y, row in enumerate(ROWS) for x, letter in enumerate(row)}
    for one, (y, x) in places.items():
        for other, (v, u) in places.items():
            if one != other and abs(y - v) <= 1 and abs(x - u) <= 1 and (one in VOWELS) == (other in VOWELS):
                near[one].append(other)
    for plain, shifted in SHIFTED.items():
        near[shifted] = [plain]
        near[plain].append(shifted)
    return {letter: "".join(others) for letter, others in near.items()}


NEIGHBORS = _neighbors()


def keys(text):
    """The keys that are pressed for a text, a list of letters: '쏴' → ['ㅆ', 'ㅗ', 'ㅏ'].

    Whole syllables are taken apart; any other character is one key.
    """
    pressed = []
    for character in letters.tidy(a_text(text)):
        for letter in split(character) if is_syllable(character) else (character,):
            pressed.extend(_APART.get(letter, (letter,)) if is_syllable(character) else (letter,))
    return [key for key in pressed if key]


def typed(pressed):
    """What stands on the screen when these keys are pressed one after the other: the inverse of `keys`.

    A consonant followed by a vowel opens a syllable; ['ㅎ', 'ㄱ', 'ㅏ', 'ㄱ', 'ㅛ'] → 'ㅎ가교'.
    """
    out, i, n = [], 0, len(pressed)
    is_vowel = lambda k: k < n and pressed[k] in VOWELS  # noqa: E731
    while i < n:
        if not (pressed[i] in INITIALS and is_vowel(i + 1)):
            out.append(pressed[i])
            i += 1
            continue
        initial, vowel, final, i = pressed[i], pressed[i + 1], "", i + 2
        if is_vowel(i) and vowel + pressed[i] in PAIRS:
            vowel, i = PAIRS[vowel + pressed[i]], i + 1
        if i < n and pressed[i] and pressed[i] in FINALS and not is_vowel(i + 1):
            final, i = pressed[i], i + 1
            if i < n and final + pressed[i] in PAIRS and not is_vowel(i + 1):
                final, i = PAIRS[final + pressed[i]], i + 1
        out.append(join(initial, vowel, final))
    return "".join(out)


def replace(pressed, place, generator):
    """`pressed` with a neighbouring key at `place`.  ValueError for a key without known neighbours."""
    if pressed[place] not in NEIGHBORS:
        raise ValueError(f"{pressed[place]!r} is no Hangul key, so it has no neighbours: use omit or swap")
    near = NEIGHBORS[pressed[place]]
    return pressed[:place] + [near[generator.integers(len(near))]] + pressed[place + 1 :]


def omit(pressed, place):
    """`pressed` without the key at `place`."""
    return pressed[:place] + pressed[place + 1 :]


def swap(pressed, place):
    """`pressed` with the keys at `place` and `place + 1` in the wrong order."""
    return pressed[:place] + pressed[place : place + 2][::-1] + pressed[place + 2 :]


def typo(word, edits, generator, kinds=KINDS):
    """`word` with so many typing errors, each at keys of its own: typo('서울특별시', 1, generator) → '서울특벌시'.

    edits      how many keys go wrong; 0 gives the word back
    generator  a numpy Generator, from which places and kinds are drawn
    kinds      what may happen: "replace", "omit", "swap"

    Errors at different keys cannot undo each other, so the result is never the word itself.  Raises ValueError if the
    word has too few keys, or a kind is unknown.
    """
    edits, generator = arguments.whole("edits", edits, 0), arguments.generator("generator", generator)
    kinds = arguments.words("kinds", kinds)
    if not kinds or set(kinds) - set(KINDS):
        raise ValueError(f"kinds must be some of {', '.join(KINDS)}, not {kinds!r}")
    pressed = keys(word)
    possible = [(kind, place) for kind in kinds for place in range(len(pressed)) if _fits(pressed, kind, place)]
    chosen, touched = [], set()
    for k in generator.permutation(len(possible)) if edits else ():
        kind, place = possible[k]
        span = {place, place + 1} if kind == "swap" else {place}
        last = kind == "omit" and sum(earlier == "omit" for earlier, _ in chosen) == len(pressed) - 1  # nothing left
        if len(chosen) < edits and not span & touched and not last:
            chosen.append((kind, place))
            touched |= span
    if len(chosen) < edits:
        raise ValueError(f"{word!r} has too few keys for {edits} errors ({len(pressed)}): take longer words")
    for kind, place in sorted(chosen, key=lambda error: -error[1]):  # from the end, so that places stay valid
        if kind == "replace":
            pressed = replace(pressed, place, generator)
        else:
            pressed = (omit if kind == "omit" else swap)(pressed, place)
    return typed(pressed)


def _fits(pressed, kind, place):
    """Whether this error at this place changes what is pressed."""
    if kind == "swap":
        return place + 1 < len(pressed) and pressed[place] != pressed[place + 1]
    return kind == "omit" or pressed[place] in NEIGHBORS
