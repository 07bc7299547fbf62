"""Checks for `helpers.captions` (lesson 9)."""

import math
import string
from collections import Counter

from . import Exercise, Mistake, Property


def sentences():
    """(caption,): English as Flickr8k has it, and Korean."""
    return [
        ("A dog .",),
        ('Two "Big" dogs , on a tri-colored ball !',),
        ("빨간 공이 나무 위에 있다.",),
        ("",),
    ]


def bare(caption):
    """Lower case, without ASCII punctuation, cut at spaces."""
    return caption.lower().translate(str.maketrans("", "", string.punctuation)).split()


def lengths():
    """(length of the caption, length of the reference)."""
    return [(4, 5), (5, 4), (6, 6), (1, 3), (9, 12)]


def matched():
    """(caption, references, n): lists of tokens."""
    cat, two = "a cat on a mat".split(), "two cats sit on the mat".split()
    return [
        ("a a a".split(), [cat], 1),
        ("a cat sits".split(), [cat, two], 1),
        ("a a cat on a mat".split(), [cat, "a cat and a dog".split()], 2),
        ("on the mat".split(), [cat, two], 2),
        ("the mat the mat".split(), [two, "the mat and the cat".split()], 1),
        ("a".split(), [cat], 2),
    ]


def runs(tokens, n):
    """Every run of n tokens."""
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def unclipped(caption, references, n):
    known = {run for reference in references for run in runs(reference, n)}
    return sum(run in known for run in runs(caption, n)), len(runs(caption, n))


def summed(caption, references, n):
    allowed = Counter(run for reference in references for run in runs(reference, n))
    return sum((Counter(runs(caption, n)) & allowed).values()), len(runs(caption, n))


def first_only(caption, references, n):
    return sum((Counter(runs(caption, n)) & Counter(runs(references[0], n))).values()), len(runs(caption, n))


def single_words(caption, references, n):
    allowed = Counter()
    for reference in references:
        allowed |= Counter(runs(reference, 1))
    return sum((Counter(runs(caption, 1)) & allowed).values()), len(caption)


def different(caption, references, n):
    known = {run for reference in references for run in runs(reference, n)}
    return len(set(runs(caption, n)) & known), len(runs(caption, n))


EXERCISES = {
    "words": Exercise(
        sentences,
        (
            Mistake(
                lambda caption: [word for word in bare(caption) if len(word) > 1],
                "한 글자 단어를 버렸습니다. 그러면 a와 새, 공, 집을 영영 말하지 못합니다.",
                "one-letter words were dropped: the captioner could then never say 'a'.",
            ),
            Mistake(
                lambda caption: caption.lower().split(),
                "문장 부호가 남아 있습니다. '.'이나 '나무.' 같은 토큰이 생깁니다.",
                "punctuation is left: there are tokens such as '.' or 'ball!'.",
            ),
            Mistake(
                lambda caption: caption.translate(str.maketrans("", "", string.punctuation)).split(),
                "소문자로 바꾸지 않았습니다. Two와 two가 다른 단어가 됩니다.",
                "not lower-cased: 'Two' and 'two' become different words.",
            ),
            Mistake(
                lambda caption: [word for word in caption.lower().split() if word.isalpha()],
                "부호가 붙은 단어를 통째로 버렸습니다. 부호만 떼고 단어는 남겨야 합니다.",
                "words with a sign attached were thrown away whole: remove the sign and keep the word.",
            ),
            Mistake(
                lambda caption: "".join(c if c.isalnum() else " " for c in caption.lower()).split(),
                "단어 안의 부호 자리를 띄웠습니다. tri-colored가 두 단어가 됩니다.",
                "a sign inside a word was turned into a space: 'tri-colored' becomes two words.",
            ),
        ),
        (
            Property(
                lambda value, caption: isinstance(value, list) and all(isinstance(word, str) for word in value),
                "결과는 문자열의 리스트여야 합니다.",
                "the result must be a list of strings.",
            ),
        ),
    ),
    "brevity_penalty": Exercise(
        lengths,
        (
            Mistake(
                lambda length, reference: math.exp(1 - reference / length),
                "긴 문장에 상을 주었습니다. 참조보다 길면 1이어야 합니다.",
                "long captions are rewarded: when the caption is longer than the reference, the penalty is 1.",
            ),
            Mistake(
                lambda length, reference: 1.0 if length >= reference else length / reference,
                "길이의 비를 그대로 썼습니다. exp(1 − 참조/길이)입니다.",
                "this is the plain ratio of the lengths; it should be exp(1 - reference / length).",
            ),
            Mistake(
                lambda length, reference: 1.0 if length >= reference else math.exp(1 - length / reference),
                "나눗셈이 뒤집혔습니다. 참조 길이를 문장 길이로 나눕니다.",
                "the fraction is upside down: divide the reference's length by the caption's.",
            ),
            Mistake(
                lambda length, reference: 1.0 if length <= reference else math.exp(1 - length / reference),
                "방향이 반대입니다. 벌을 받는 쪽은 짧은 문장입니다.",
                "the wrong way round: it is short captions that are punished.",
            ),
        ),
        (
            Property(
                lambda value, length, reference: 0 < value <= 1,
                "값은 0보다 크고 1을 넘지 않습니다.",
                "the value is above 0 and at most 1.",
            ),
        ),
    ),
    "clipped_matches": Exercise(
        matched,
        (
            Mistake(
                unclipped,
                "횟수를 자르지 않았습니다. 'a a a'의 a는 참조에 있는 만큼만 맞은 것으로 셉니다.",
                "not clipped: in 'a a a' only as many a's count as the reference has.",
            ),
            Mistake(
                summed,
                "참조들의 횟수를 더했습니다. 가장 많이 가진 참조 하나의 횟수까지만 셉니다.",
                "the references' counts were added up: the limit is the one reference that has the n-gram most often.",
            ),
            Mistake(
                first_only,
                "첫 참조만 보았습니다. 참조 전체에서 n-gram마다 가장 큰 횟수를 찾아야 합니다.",
                "only the first reference was used: for each n-gram take the largest count among all.",
            ),
            Mistake(
                single_words,
                "n을 쓰지 않고 낱말만 세었습니다.",
                "n was ignored: only single words are counted.",
            ),
            Mistake(
                different,
                "n-gram의 종류를 세었습니다. 두 번 나온 n-gram은 두 번까지 맞을 수 있습니다.",
                "different n-grams were counted: one that stands twice can match twice.",
            ),
        ),
        (
            Property(
                lambda value, caption, references, n: len(value) == 2 and value[1] == max(0, len(caption) - n + 1),
                "두 번째 수는 문장에 있는 n-gram의 개수, 곧 단어 수 − n + 1입니다.",
                "the second number is how many n-grams the caption has: its words minus n, plus 1.",
            ),
            Property(
                lambda value, caption, references, n: value[0] <= value[1],
                "맞은 수가 전체보다 많습니다.",
                "there are more matches than n-grams.",
            ),
        ),
    ),
}
