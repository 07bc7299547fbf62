"""Checks for `helpers.cluster` (lesson 11); answers that no helper needs stand here, beside their exercises."""

import math

import numpy as np

from . import Exercise, Mistake, Property

# tree(add, parts) → one part


def written(first, second):
    """writes "(ab)": a sum that shows in which order it was made"""
    return f"({first}{second})"


def joined(first, second):
    return first + second


def trees():
    """(add, parts)."""
    return [(written, ["a"]), (written, ["a", "b"]), (written, ["a", "b", "c"]), (written, list("abcde")),
            (joined, [[1], [2], [3], [4]])]  # fmt: skip


def one_after_the_other(add, parts):
    total = parts[0]
    for part in parts[1:]:
        total = add(total, part)
    return total


def from_both_ends(add, parts):
    parts = list(parts)
    while len(parts) > 1:
        middle = [parts[len(parts) // 2]] if len(parts) % 2 else []
        parts = [add(parts[i], parts[-1 - i]) for i in range(len(parts) // 2)] + middle
    return parts[0]


def without_the_odd_one(add, parts):
    while len(parts) > 1:
        parts = [add(first, second) for first, second in zip(parts[::2], parts[1::2])]
    return parts[0]


TREE = Exercise(
    trees,
    (
        Mistake(
            one_after_the_other,
            "하나씩 차례로 더했습니다. 합은 같지만 n − 1번의 덧셈이 서로를 기다립니다. 이웃끼리 짝지어 더한 뒤 "
            "그 합들을 다시 짝지어 주세요.",
            "added one after the other. The sum is the same, but n − 1 additions wait for each other: add neighbors in "
            "pairs, then the sums in pairs.",
        ),
        Mistake(
            from_both_ends,
            "앞과 뒤를 짝지었습니다. 어휘에서는 처음 나온 차례가 뒤섞이므로 이웃끼리 더해야 합니다.",
            "paired the first with the last. A vocabulary would lose the order of arrival: add neighbors.",
        ),
        Mistake(
            without_the_odd_one,
            "조각이 홀수 개일 때 마지막 하나를 잃었습니다. 짝이 없는 조각은 그대로 다음 줄로 올려 주세요.",
            "with an odd number of parts the last one is lost. A part without a partner moves up as it is.",
        ),
    ),
)

# line_start(text, place) → place


def line_start(text, place):
    """Where the first line begins that does not begin before `place`, in bytes; the end of the text if none does."""
    if place == 0:
        return 0
    end = text.find(b"\n", place - 1)
    return len(text) if end < 0 else end + 1


def cuts():
    """(text, place); a line begins exactly at 4, and the last line has no end."""
    text = b"one\ntwo three\nfour"
    return [(text, 0), (text, 2), (text, 4), (text, 5), (text, 14), (text, 16), (b"\n\nx", 1)]


LINE_START = Exercise(
    cuts,
    (
        Mistake(
            lambda text, place: place,
            "자리를 그대로 돌려주면 문장이 둘로 잘립니다. 다음 줄의 시작까지 옮겨 주세요.",
            "a cut at that very place would cut a sentence in two: move it on to where the next line begins.",
        ),
        Mistake(
            lambda text, place: 0 if not place else (text.find(b"\n", place) + 1) or len(text),
            "place에서 줄이 시작할 때 그 줄을 건너뜁니다. 줄바꿈은 place − 1부터 찾아야 합니다.",
            "where a line begins exactly at place, it is skipped: look for the line feed from place − 1 on.",
        ),
        Mistake(
            lambda text, place: text.find(b"\n", max(place - 1, 0)) + 1 if place else 0,
            "뒤에 줄바꿈이 없으면 find는 −1을 돌려주고, 거기에 1을 더하면 처음으로 돌아가 모든 줄을 두 번 읽습니다.",
            "where no line feed follows, find returns −1, and adding 1 leads back to the beginning: every line is read "
            "twice.",
        ),
        Mistake(
            lambda text, place: text.rfind(b"\n", 0, place) + 1,
            "앞으로 돌아가 찾았습니다. place보다 먼저 시작한 줄은 앞 조각의 것입니다.",
            "went back to the line that began before. That line belongs to the shard before.",
        ),
    ),
    (
        Property(
            lambda value, text, place: place <= value <= len(text),
            "결과는 place와 글의 끝 사이에 있어야 합니다.",
            "the result lies between place and the end of the text.",
        ),
    ),
)

# averaged(before, copies) → table


def averaged(before, copies):
    """The table on which processes agree, (rows, dim): each row moves by the mean over those who have moved it.

    before (rows, dim): what all held; copies (processes, rows, dim): what each holds now.
    """
    changes = np.asarray(copies) - before
    moved = (changes != 0).any(2).sum(0)  # (rows,)
    return before + changes.sum(0) / np.maximum(moved, 1)[:, None]


def tables():
    """(before, copies): rows moved by both, by one process, by none, and by moves that add up to 0."""
    before = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
    both = np.array([[[1.0, 0.0], [1.0, 1.0], [2.0, 2.0]], [[3.0, 2.0], [1.0, 1.0], [2.0, 2.0]]])
    one = both.copy()
    one[1, 1] = [5.0, 1.0]
    three = np.concatenate([one, before[None] + [[[0.0, 6.0], [0.0, 0.0], [0.0, 0.0]]]])
    turned = before + np.array([[[1.0, -1.0], [0.0, 0.0], [0.0, 0.0]], [[3.0, 1.0], [0.0, 0.0], [2.0, -2.0]]])
    return [(before, both), (before, one), (before, three), (before, turned)]


AVERAGED = Exercise(
    tables,
    (
        Mistake(
            lambda before, copies: np.mean(copies, 0),
            "모든 프로세스로 나누었습니다. 한 프로세스만 움직인 드문 단어는 배운 것의 일부를 잃습니다. "
            "그 행을 움직인 프로세스의 수로 나누어 주세요.",
            "divided by all processes. A rare word that only one has moved loses a part of what it has learnt: divide "
            "by the number of those who moved the row.",
        ),
        Mistake(
            lambda before, copies: (
                before + (np.asarray(copies) - before).sum(0)
                / np.maximum(((np.asarray(copies) - before).sum(2) != 0).sum(0), 1)[:, None]
            ),
            "행이 움직였는지를 변화의 합으로 물었습니다. [1, -1]처럼 합이 0이어도 움직인 것입니다.",
            "whether a row has moved was asked of the sum of its changes. [1, -1] adds up to 0, and is a move.",
        ),
        Mistake(
            lambda before, copies: before + (np.asarray(copies) - before).sum(0),
            "변화를 모두 더했습니다. 세는 일이라면 맞지만, 같은 곳으로 가던 걸음을 더하면 지나칩니다.",
            "added all changes. Counts would be right so; steps toward the same place overshoot.",
        ),
        Mistake(
            lambda before, copies: (
                (np.asarray(copies) - before).sum(0)
                / np.maximum(((np.asarray(copies) - before) != 0).any(2).sum(0), 1)[:, None]
            ),
            "변화만 돌려주었습니다. before에 더해야 벡터가 됩니다.",
            "returned the change alone. Add it to before to have vectors.",
        ),
        Mistake(
            lambda before, copies: (
                before + (np.asarray(copies) - before).sum(0)
                / np.maximum(((np.asarray(copies) - before) != 0).sum(0), 1)
            ),
            "수마다 따로 나누었습니다. 행이 움직였는지는 행 전체를 보고 한 번 정해 주세요.",
            "divided each number by itself. Whether a row has moved is asked once, of the whole row.",
        ),
    ),
)  # fmt: skip

# forecast(sizes, seconds, size) → seconds


def forecast(sizes, seconds, size):
    """Seconds for a text of `size`, on the straight line (least squares) through what was measured."""
    slope, start = np.polyfit(sizes, seconds, 1)
    return float(start + slope * size)


def measurements():
    """(sizes, seconds, size)."""
    return [([1, 2], [3.0, 4.0], 10), ([1, 2, 4], [5.0, 6.0, 8.0], 100), ([1, 2, 3, 4], [2.0, 4.0, 5.0, 9.0], 8)]


FORECAST = Exercise(
    measurements,
    (
        Mistake(
            lambda sizes, seconds, size: seconds[-1] / sizes[-1] * size,
            "마지막 측정에 비례시켰습니다. 글이 길어도 한 번만 드는 시간(시작, 컴파일)까지 함께 늘어납니다.",
            "in proportion to the last measurement. What is spent once, however long the text is, grows along.",
        ),
        Mistake(
            lambda sizes, seconds, size: float(np.dot(sizes, seconds) / np.dot(sizes, sizes) * size),
            "원점을 지나는 직선을 그었습니다. 시작에 드는 시간이 0이라고 여긴 셈입니다.",
            "a line through the origin: as if nothing were spent at the start.",
        ),
        Mistake(
            lambda sizes, seconds, size: float(np.polyfit(sizes, seconds, 1)[0] * size),
            "기울기만 썼습니다. 절편, 곧 시작에 드는 시간을 더해 주세요.",
            "only the slope. Add the intercept, what is spent at the start.",
        ),
    ),
)

# most_at_once(rate) → how many


def most_at_once(rate):
    """How many steps from one place may be added at a time and still come nearer to the goal: below 2 / rate."""
    return math.ceil(2 / rate) - 1


def rates():
    """(rate,); 2 / rate is a whole number for some, where one step fewer is the answer, and none for others."""
    return [(0.3,), (0.75,), (0.45,), (0.5,), (0.25,), (0.125,)]


MOST_AT_ONCE = Exercise(
    rates,
    (
        Mistake(
            lambda rate: math.floor(2 / rate),
            "2 / rate가 정수일 때 한 명이 많습니다. 곱이 꼭 2이면 남은 거리의 부호만 바뀔 뿐 다가가지 않습니다.",
            "one too many where 2 / rate is a whole number. At exactly 2 the distance only changes its sign and never "
            "shrinks.",
        ),
        Mistake(
            lambda rate: round(2 / rate) - 1,
            "2 / rate를 반올림했습니다. 정수가 아니면 내림한 값이 답이고, 정수이면 거기서 하나를 뺍니다.",
            "2 / rate was rounded. Where it is no whole number, round down; where it is one, take one less.",
        ),
        Mistake(
            lambda rate: math.floor(1 / rate),
            "목표를 지나치지 않는 인원입니다. 지나쳤다가 되돌아와도 남은 거리가 줄면 다가가는 것입니다.",
            "so many never overshoot. But whoever overshoots and comes back nearer than before gets there as well.",
        ),
        Mistake(
            lambda rate: 2 / rate,
            "한계 자체를 돌려주었습니다. 그보다 작은 가장 큰 정수가 답입니다.",
            "that is the limit itself. The answer is the largest whole number below it.",
        ),
    ),
)

EXERCISES = {"tree": TREE, "line_start": LINE_START, "averaged": AVERAGED, "forecast": FORECAST,
             "most_at_once": MOST_AT_ONCE}  # fmt: skip
