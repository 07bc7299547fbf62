"""Exercises on `helpers.subwords`: what is compared, and the classic wrong answers with their reasons."""

import numpy as np

from helpers import subwords
from helpers.korean import hangul

from . import Exercise, Mistake, Property

# ngrams(word, min_n, max_n) → list of str


def pieces(marked, min_n, max_n, keep_marks=False):
    """All pieces of a text in fastText's order."""
    found = [
        marked[start : start + n]
        for start in range(len(marked))
        for n in range(min_n, max_n + 1)
        if start + n <= len(marked)
    ]
    return found if keep_marks else [piece for piece in found if piece not in ("<", ">")]


def by_length(word, min_n, max_n):
    marked = f"<{word}>"
    found = [marked[i : i + n] for n in range(min_n, max_n + 1) for i in range(len(marked) - n + 1)]
    return [piece for piece in found if piece not in ("<", ">")]


NGRAMS = Exercise(
    lambda: [
        ("시나브로", 3, 3),
        ("학교", 3, 6),
        ("학교", 1, 2),
        ("시나브로", 3, 6),
        ("aa", 1, 3),
        ("물", 2, 3),
        ("🙂", 3, 6),
    ],
    (
        Mistake(
            lambda word, min_n, max_n: pieces(word, min_n, max_n),
            "경계 표시 <와 >를 붙이지 않았습니다. '<' + word + '>'에서 자르세요.",
            "the boundary marks < and > are missing. Cut '<' + word + '>'.",
        ),
        Mistake(
            lambda word, min_n, max_n: pieces(f"<{word}>", min_n, max_n - 1),
            "가장 긴 길이가 빠졌습니다. max_n도 들어가므로 range(min_n, max_n + 1)입니다.",
            "the longest length is missing. max_n counts, too: range(min_n, max_n + 1).",
        ),
        Mistake(
            lambda word, min_n, max_n: pieces(f"<{word}>", min_n, max_n, keep_marks=True),
            "경계 표시 하나만으로 된 조각이 들어 있습니다. n = 1일 때 <와 >는 n-그램이 아닙니다.",
            "a boundary mark stands there alone. With n = 1, < and > are no n-grams.",
        ),
        Mistake(
            by_length,
            "조각은 맞지만 순서가 다릅니다. 시작하는 자리가 먼저, 길이가 다음입니다.",
            "the pieces are right, the order is not: first by where they begin, then by length.",
        ),
        Mistake(
            lambda word, min_n, max_n: list(dict.fromkeys(pieces(f"<{word}>", min_n, max_n))),
            "두 번 나오는 조각을 한 번만 적었습니다. 나올 때마다 하나씩입니다.",
            "a piece that occurs twice was kept once. There is one for each occurrence.",
        ),
        Mistake(
            lambda word, min_n, max_n: [*pieces(f"<{word}>", min_n, max_n), f"<{word}>"],
            "단어 전체를 하나 더 넣었습니다. 단어 자신의 행은 n-그램이 아닙니다.",
            "the whole word was added once more. The word's own row is no n-gram.",
        ),
        Mistake(
            lambda word, min_n, max_n: [
                piece.decode(errors="replace")
                for piece in pieces(f"<{word}>".encode(), min_n, max_n)
                if piece not in (b"<", b">")
            ],
            "바이트를 세었습니다. n은 문자(음절)의 수입니다.",
            "bytes were counted. n is a number of characters, here syllables.",
        ),
    ),
    (
        Property(
            lambda value, word, min_n, max_n: all(min_n <= len(piece) <= max_n for piece in value),
            "길이가 min_n과 max_n 사이가 아닌 조각이 있습니다.",
            "there is a piece whose length is not between min_n and max_n.",
        ),
    ),
)


# fnv1a(text) → int below 2^32


def hashed(data, order="xor first", bits=32, offset=2166136261, widen=lambda byte: byte | 0xFFFFFF00 * (byte > 127)):
    """FNV over bytes, with the knobs that the mistakes turn."""
    found = offset
    for byte in data:
        if order == "xor first":
            found = (found ^ widen(byte)) * 16777619
        else:
            found = (found * 16777619) ^ widen(byte)
        found %= 2**bits
    return found


FNV1A = Exercise(
    lambda: [("a",), ("",), ("word",), ("서울",), ("<시나",), ("λόγος",), ("🙂",), ("é1",)],
    (
        Mistake(
            lambda text: hashed(text.encode(), widen=lambda byte: byte),
            "바이트를 부호 없이 읽었습니다. 128 이상이면 위의 24비트가 1로 차야 합니다(byte | 0xFFFFFF00).",
            "bytes were read without a sign. From 128 on, the 24 bits above are ones (byte | 0xFFFFFF00).",
        ),
        Mistake(
            lambda text: hashed(text.encode(), "multiply first"),
            "순서가 반대입니다. FNV-1a는 XOR을 먼저, 곱셈을 나중에 합니다(곱셈이 먼저면 FNV-1).",
            "the order is reversed. FNV-1a does XOR first and then multiplies; FNV-1 is the other way round.",
        ),
        Mistake(
            lambda text: hashed([ord(letter) for letter in text], widen=lambda byte: byte),
            "문자의 번호를 넣었습니다. 해시는 UTF-8 바이트(text.encode())를 하나씩 먹습니다.",
            "character codes were used. The hash eats the bytes of UTF-8 (text.encode()), one by one.",
        ),
        Mistake(
            lambda text: hashed(text.encode(), bits=64),
            "32비트로 자르지 않았습니다. 곱할 때마다 2**32로 나눈 나머지를 취하세요.",
            "the number was not cut to 32 bits. Take the remainder by 2**32 after each multiplication.",
        ),
        Mistake(
            lambda text: hashed(text.encode(), offset=0),
            "0에서 시작했습니다. 처음 값은 2166136261입니다.",
            "it starts from 0. The first value is 2166136261.",
        ),
        Mistake(
            lambda text: hashed(text.encode()) % 2_000_000,
            "버킷 번호까지 갔습니다. 나머지를 구하기 전의 해시를 돌려주세요.",
            "this is the bucket already. Return the hash before the remainder is taken.",
        ),
    ),
    (
        Property(
            lambda value, text: 0 <= value < 2**32,
            "해시는 0 이상 2**32 미만의 정수여야 합니다.",
            "the hash must be a whole number from 0 to below 2**32.",
        ),
    ),
)


# spell(word, units) → str


def by_arithmetic(word, filler=subwords.FILLER, vowels=21, finals=28, skip_others=False):
    """A word in jamo by dividing its syllables' codes, with the knobs that the mistakes turn."""
    out = ""
    for character in word:
        number = ord(character) - hangul.FIRST
        if not hangul.is_syllable(character):
            out += "" if skip_others else character
            continue
        rest, final = divmod(number, finals)
        initial, vowel = divmod(rest, vowels)
        out += hangul.INITIALS[initial] + hangul.VOWELS[vowel] + (hangul.FINALS[final] or filler)
    return out


def only_jamo(change):
    """A mistake in spelling jamo that leaves units='syllable' right."""
    return lambda word, units: word if units == "syllable" else change(word)


SPELL = Exercise(
    lambda: [
        ("학교", "jamo"),
        ("서울", "jamo"),
        ("값", "jamo"),
        ("가힣", "jamo"),
        ("AI는", "jamo"),
        ("ㅋㅋ", "jamo"),
        ("", "jamo"),
        ("학교", "syllable"),
    ],
    (
        Mistake(
            only_jamo(lambda word: by_arithmetic(word, filler="")),
            "종성이 없는 자리를 채우지 않았습니다. 그 자리에 ∅를 넣으면 한 음절이 언제나 세 자입니다.",
            "missing finals were not filled. With a ∅ there, each syllable is three letters long.",
        ),
        Mistake(
            only_jamo(lambda word: by_arithmetic(word, skip_others=True)),
            "한글 음절이 아닌 문자를 버렸습니다. 그대로 두어야 합니다.",
            "characters that are no Hangul syllables were dropped. Leave them as they are.",
        ),
        Mistake(
            only_jamo(lambda word: "".join(c + subwords.FILLER * (len(c) == 2) for c in map(by_two, word))),
            "종성을 버렸습니다. 28로 나눈 나머지가 종성의 번호입니다.",
            "finals were dropped. The remainder by 28 is the number of the final.",
        ),
        Mistake(
            lambda word, units: by_arithmetic(word),
            'units를 보지 않았습니다. "syllable"이면 단어를 그대로 돌려주세요.',
            'units was not looked at. With "syllable" the word stays as it is.',
        ),
        Mistake(
            only_jamo(lambda word: "".join(reversed_parts(c) for c in word)),
            "자모의 순서가 다릅니다. 초성, 중성, 종성의 순서입니다.",
            "the letters are in the wrong order. It is initial, vowel, final.",
        ),
    ),
    (
        Property(
            lambda value, word, units: (
                units == "syllable" or len(value) == sum(1 + 2 * hangul.is_syllable(c) for c in word)
            ),
            "한 음절은 언제나 세 자, 다른 문자는 한 자여야 합니다.",
            "a syllable must be three letters, any other character one.",
        ),
    ),
)


def by_two(character):
    """Initial and vowel of a syllable only."""
    return "".join(hangul.split(character)[:2]) if hangul.is_syllable(character) else character


def reversed_parts(character):
    """A syllable's letters from the last to the first."""
    if not hangul.is_syllable(character):
        return character
    initial, vowel, final = hangul.split(character)
    return (final or subwords.FILLER) + vowel + initial


# ngram_count(length, min_n, max_n) → int


def ngram_count(length, min_n, max_n):
    """How many n-grams a word of `length` characters has, boundary marks added, without cutting one."""
    found = sum(max(length + 3 - n, 0) for n in range(min_n, max_n + 1))
    return found - 2 if min_n == 1 else found  # a mark alone does not count


def summed(extra, marks=2, cut=True):
    """A wrong count: other characters than length + 2, other places, marks counted alone, places below zero kept."""

    def wrong(length, min_n, max_n):
        places = [length + extra - n for n in range(min_n, max_n + 1)]
        return sum(max(place, 0) if cut else place for place in places) - (marks if min_n == 1 else 0)

    return wrong


NGRAM_COUNT = Exercise(
    lambda: [(4, 3, 3), (2, 3, 6), (4, 3, 6), (2, 1, 3), (1, 1, 1), (6, 3, 5), (1, 4, 6)],
    (
        Mistake(
            summed(1),
            "경계 표시를 빼고 세었습니다. 단어는 앞뒤로 한 자씩 길어집니다.",
            "the marks were left out: a word grows by one character at either end.",
        ),
        Mistake(
            summed(1, marks=0),
            "경계 표시를 빼고 세었습니다. 단어는 앞뒤로 한 자씩 길어집니다.",
            "the marks were left out: a word grows by one character at either end.",
        ),
        Mistake(
            summed(2),
            "하나 모자랍니다. m자에서 길이 n의 조각이 시작할 수 있는 자리는 m − n + 1곳입니다.",
            "one too few: in m characters a piece of length n can begin at m − n + 1 places.",
        ),
        Mistake(
            summed(3, marks=0),
            "길이 1에서 <와 >만으로 된 조각까지 세었습니다.",
            "at length 1 this counts < and > alone.",
        ),
        Mistake(
            summed(3, cut=False),
            "단어보다 긴 조각에서 음수가 나왔습니다. 그런 길이의 조각은 0개입니다.",
            "pieces longer than the word gave negative numbers: there are 0 of them.",
        ),
        Mistake(
            lambda length, min_n, max_n: max(length + 3 - max_n, 0) - (2 if max_n == 1 else 0),
            "가장 긴 길이의 조각만 세었습니다. min_n부터 max_n까지 모두 더하세요.",
            "this counts the longest pieces only: add up all lengths from min_n to max_n.",
        ),
    ),
)

# contributions(x, y) → (parts of one word, parts of the other)


def contributions(x, y):
    """What each pair of parts adds to the cosine of two words whose vectors are the means of their parts.

    x (parts of one, dim), y (parts of the other, dim).  The table, (parts of one, parts of the other), sums to the
    cosine.
    """
    return x @ y.T / (np.linalg.norm(x.sum(0)) * np.linalg.norm(y.sum(0)))


def two_words():
    """(x, y): one part each, two parts at right angles, then words of different length."""
    draw = np.random.default_rng(1)
    yield np.array([[3.0, 4.0]]), np.array([[5.0, 0.0]])
    yield np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0, 0.0]])
    yield draw.normal(size=(4, 3)).round(2), draw.normal(size=(2, 3)).round(2)


CONTRIBUTIONS = Exercise(
    two_words,
    (
        Mistake(
            lambda x, y: (x / np.linalg.norm(x, axis=1)[:, None]) @ (y / np.linalg.norm(y, axis=1)[:, None]).T,
            "조각마다 길이를 1로 만들었습니다. 나눌 것은 조각이 아니라 단어 벡터의 길이입니다.",
            "each part was brought to length 1; it is the words' vectors whose lengths divide.",
        ),
        Mistake(
            lambda x, y: x @ y.T / (len(x) * len(y)),
            "조각의 수로만 나누면 단어 벡터의 내적이 됩니다. 코사인은 두 길이로도 나눕니다.",
            "dividing by the numbers of parts gives the words' dot product; a cosine divides by the lengths, too.",
        ),
        Mistake(
            lambda x, y: x @ y.T / (np.linalg.norm(x.mean(0)) * np.linalg.norm(y.mean(0))),
            "아래는 평균의 길이인데 위는 조각의 수로 나누지 않았습니다. 위아래 모두 평균이거나 모두 합이어야 합니다.",
            "the lengths are those of means, but the numbers of parts are missing above: treat both alike.",
        ),
        Mistake(
            lambda x, y: x @ y.T / (np.linalg.norm(x) * np.linalg.norm(y)),
            "표 전체의 길이로 나누었습니다. 먼저 조각을 더하거나 평균한 벡터의 길이입니다.",
            "this divides by the length of the whole table: add up or average the parts first.",
        ),
    ),
    (
        Property(
            lambda value, x, y: np.shape(value) == (len(x), len(y)),
            "결과의 모양은 (한 단어의 조각, 다른 단어의 조각)이어야 합니다.",
            "the result has the shape (parts of one word, parts of the other).",
        ),
    ),
)

EXERCISES = {
    "ngrams": NGRAMS,
    "fnv1a": FNV1A,
    "spell": SPELL,
    "ngram_count": NGRAM_COUNT,
    "contributions": CONTRIBUTIONS,
}
