"""Hangul letters: taking syllables apart into jamo, putting them together, and choosing particles.

A Hangul syllable block is computed, not looked up: U+AC00 + (initial × 21 + vowel) × 28 + final
(Unicode Standard, chapter 3.12, https://www.unicode.org/versions/latest/core-spec/chapter-3/#G24646).
We use *compatibility* jamo (ㄱ, ㅏ, ...: U+3131–U+3163), the letters that keyboards type and fonts draw.
"""

import re
from itertools import product

from helpers import letters

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"  # 19
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"  # 21
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")  # 28, the first one means: no final
FIRST, LAST = 0xAC00, 0xD7A3

_INITIAL = {jamo: i for i, jamo in enumerate(INITIALS)}
_VOWEL = {jamo: i for i, jamo in enumerate(VOWELS)}
_FINAL = {jamo: i for i, jamo in enumerate(FINALS)}


def a_text(text):
    """A text as it is; TypeError for what is no str."""
    if not isinstance(text, str):
        raise TypeError(f"a text must be a str, not {text!r}")
    return text


def is_syllable(character):
    """True for one complete Hangul syllable, U+AC00 (가) to U+D7A3 (힣)."""
    return len(a_text(character)) == 1 and FIRST <= ord(character) <= LAST


def split(syllable):
    """'각' → ('ㄱ', 'ㅏ', 'ㄱ'); a missing final is the empty string. ValueError unless it is one syllable."""
    if not is_syllable(syllable):
        raise ValueError(f"{syllable!r} is not one Hangul syllable (U+AC00 to U+D7A3)")
    rest, final = divmod(ord(syllable) - FIRST, 28)
    initial, vowel = divmod(rest, 21)
    return INITIALS[initial], VOWELS[vowel], FINALS[final]


def join(initial, vowel, final=""):
    """('ㄱ', 'ㅏ', 'ㄱ') → '각': the inverse of `split`. ValueError where a letter cannot stand in its place."""
    try:
        return chr(FIRST + (_INITIAL[initial] * 21 + _VOWEL[vowel]) * 28 + _FINAL[final])
    except KeyError:
        raise ValueError(f"no Hangul syllable is made of {initial!r}, {vowel!r}, {final!r}") from None


def decompose(text, filler=""):
    """Take every syllable of `text` apart into compatibility jamo; everything else is left as it is.

    '학교' → 'ㅎㅏㄱㄱㅛ'. With a one-character `filler`, a syllable without final gets it in the final's place,
    so that every syllable is three characters long: decompose('학교', '_') → 'ㅎㅏㄱㄱㅛ_' (Park et al., ACL 2018,
    https://aclanthology.org/P18-1226/, do the same with 'e' before they cut jamo n-grams).
    """
    if len(a_text(filler)) > 1 or (filler and filler in INITIALS + VOWELS + "".join(FINALS)):
        raise ValueError(f"filler must be one character that is no jamo, or empty; got {filler!r}")
    text = letters.tidy(a_text(text))
    return "".join("".join(split(c)[:2]) + (split(c)[2] or filler) if is_syllable(c) else c for c in text)


def compose(jamo, filler=""):
    """Put jamo together into syllables: the inverse of `decompose` with the same `filler`.

    A consonant before a vowel opens a syllable, so no marks are needed: 'ㅎㅏㄱㄱㅛ' → '학교'. Exact for every text
    whose jamo all come from whole syllables. A loose letter ('하ㅋㅋ') would become a final without a filler.
    """
    filler, out, i, n = a_text(filler), [], 0, len(a_text(jamo))
    while i < n:
        if not (jamo[i] in _INITIAL and i + 1 < n and jamo[i + 1] in _VOWEL):
            out.append(jamo[i])
            i += 1
            continue
        initial, vowel, final, i = jamo[i], jamo[i + 1], "", i + 2
        if filler and i < n and jamo[i] == filler:
            i += 1
        elif i < n and jamo[i] in _FINAL and (filler or not (i + 1 < n and jamo[i + 1] in _VOWEL)):
            final, i = jamo[i], i + 1
        out.append(join(initial, vowel, final))
    return "".join(out)


# ---------------------------------------------------------------------------------------------- particles

# after a final consonant / after a vowel
PARTICLES = {
    tuple(pair.split("/"))
    for pair in "은/는 이/가 을/를 과/와 으로/로 이나/나 이랑/랑 아/야 이야/야 이에요/예요 이라고/라고 "
    "이라는/라는 이란/란 이라도/라도 이든지/든지 이며/며 이여/여 이다/다 으로서/로서 으로써/로써 "
    "으로부터/로부터 이었다/였다".split()
}
_DIGIT_FINALS = dict(zip("0123456789", ["ㅇ", "ㄹ", "", "ㅁ", "", "", "ㄱ", "ㄹ", "ㄹ", ""]))  # 영 일 이 삼 …
_LETTER_FINALS = {"L": "ㄹ", "R": "ㄹ", "M": "ㅁ", "N": "ㄴ"}  # 엘 알 엠 엔; all other names end in a vowel


def final_of(word):
    """The final consonant a Korean reader hears at the end of `word`: '' for a vowel, None when it is unknown.

    Hangul is exact. Numbers are read in Sino-Korean (3 → 삼, 10 → 십, 2024 → 사), capitals letter by letter
    (GPT → 티), other Latin words by a rule of thumb (Python → 파이썬, Word2Vec → 벡, fastText → 텍스트).
    Closing quotes and brackets are skipped.
    """
    word = letters.tidy(a_text(word)).rstrip("\"'”’」』》〉)]}.,!? ")
    last = word[-1:]
    if is_syllable(last):
        return split(last)[2]
    if last in _VOWEL:
        return ""
    if last in INITIALS:
        return "ㄹ" if last == "ㄹ" else "ㄱ"  # letters are read by name: 기역, 니은, 리을
    if last.isascii() and last.isdigit():
        zeros = len(word) - len(word.rstrip("0"))
        if zeros and re.search(r"[1-9]0+$", word):
            return "" if 12 <= zeros < 16 else "ㅂ" if zeros % 4 == 1 else "ㄱ" if zeros % 4 == 2 else "ㄴ"  # 조
        return _DIGIT_FINALS[last]
    if last.isascii() and last.isalpha():
        tail = re.search(r"[A-Za-z]+$", word)[0]
        if tail.isupper():
            return _LETTER_FINALS.get(last, "")
        tail = tail.lower()
        if re.search(r"(l|le)$", tail):
            return "ㄹ"
        if re.search(r"(ng|[mn]e?)$", tail):
            return "ㄴ"
        return "ㄱ" if re.search(r"(^|[^aeiou])[aeiou][kpctb]$", tail) else ""
    return None


def has_final(word):
    """Does `word` end in a final consonant (받침)? ValueError where nobody can know, as for an emoji."""
    final = final_of(word)
    if final is None:
        raise ValueError(f"cannot tell how {word!r} ends; give a word that ends in Hangul, a digit or a Latin letter")
    return final != ""


def particle(word, pair):
    """The particle of `pair` that fits `word`: particle('서울', '은/는') → '은', particle('서울', '으로/로') → '로'.

    `pair` names both forms in either order. 으로 and its relatives become 로 after a vowel *and after ㄹ*. A word whose
    end is unknown gets the double form of printed forms: particle('★', '을/를') → '을(를)'.
    """
    forms = tuple(a_text(pair).split("/"))
    if forms not in PARTICLES:
        forms = forms[::-1]
    if forms not in PARTICLES:
        raise ValueError(f"unknown particle pair {pair!r}; known: {' '.join(sorted('/'.join(p) for p in PARTICLES))}")
    final = final_of(word)
    if final is None:
        return f"{forms[0]}({forms[1]})"
    vowel_like = final == "" or (final == "ㄹ" and forms[0].startswith("으로"))
    return forms[1] if vowel_like else forms[0]


def attach(word, pair):
    """`word` with the fitting particle: attach('빨래', '을/를') → '빨래를'."""
    return letters.tidy(word) + particle(word, pair)


def all_syllables():
    """Every one of the 11,172 syllables in code order, for tests and for counting."""
    return [join(*parts) for parts in product(INITIALS, VOWELS, FINALS)]
