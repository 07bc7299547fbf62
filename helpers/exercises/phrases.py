"""An exercise on `helpers.phrases` (lesson 6): what a threshold asks of a pair, and the classic wrong answers."""

import math

from . import Exercise, Mistake, Property


def times_needed(first, second, kinds, delta, threshold):
    """How often two words must stand side by side at least, for gensim to join them: a whole number.

    first, second: how often each stands in the text; kinds: how many different words and pairs it has.  Joined is what
    scores above the threshold: (count(ab) − δ) · kinds / (count(a) · count(b)) > threshold.
    """
    return math.floor(threshold * first * second / kinds + delta) + 1


TIMES_NEEDED = Exercise(
    lambda: [
        (10, 10, 1000, 0, 10),
        (10, 10, 1000, 5, 10),
        (100, 200, 3000, 5, 10),
        (521, 111, 252_073, 5, 10),
        (521, 111, 252_073, 5, 100),
        (40, 30, 7000, 20, 1),
    ],
    (
        Mistake(
            lambda first, second, kinds, delta, threshold: math.floor(threshold * first * second / kinds) + 1,
            "δ가 빠졌습니다. 점수를 매기기 전에 δ번을 덜어 내므로 그만큼 더 나와야 합니다.",
            "δ is missing: so many are taken off before the score, so the pair must be seen so many times more.",
        ),
        Mistake(
            lambda first, second, kinds, delta, threshold: math.floor(threshold * first * second / kinds - delta) + 1,
            "δ를 뺐습니다. 식에서 빼는 것이니 반대쪽으로 옮기면 더해집니다.",
            "δ was subtracted. It is subtracted in the score, so on the other side it is added.",
        ),
        Mistake(
            lambda first, second, kinds, delta, threshold: math.ceil(threshold * first * second / kinds + delta),
            "문턱과 같은 점수는 이어지지 않습니다. 문턱을 넘어야(>) 합니다.",
            "a score equal to the threshold is not joined: it has to be above (>).",
        ),
        Mistake(
            lambda first, second, kinds, delta, threshold: threshold * first * second / kinds + delta,
            "횟수는 정수입니다. 문턱을 넘는 가장 작은 정수를 돌려주세요.",
            "a count is whole: return the smallest whole number above the threshold.",
        ),
        Mistake(
            lambda first, second, kinds, delta, threshold: math.floor(threshold * first * second + delta) + 1,
            "kinds로 나누지 않았습니다. gensim은 점수에 단어와 쌍의 가짓수를 곱합니다.",
            "not divided by kinds: gensim multiplies the score by how many different words and pairs there are.",
        ),
        Mistake(
            lambda first, second, kinds, delta, threshold: math.floor(threshold * (first + second) / kinds + delta) + 1,
            "두 빈도를 더했습니다. 분모는 두 빈도의 곱입니다.",
            "the counts were added. What stands below is their product.",
        ),
    ),
    (
        Property(
            lambda value, first, second, kinds, delta, threshold: float(value) > delta,
            "δ번보다 자주 나와야 점수가 0보다 큽니다.",
            "a pair scores above 0 only if it is seen more than δ times.",
        ),
    ),
)

EXERCISES = {"times_needed": TIMES_NEEDED}
