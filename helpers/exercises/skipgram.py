"""Exercises on `helpers.skipgram`: what is compared, and the classic wrong answers with their reasons."""

import numpy as np

from helpers.exercises import Exercise, Mistake

SENTENCE = "the wide road shimmered in the hot sun".split()
STREAM = "개울가 에서 속옷 빨래 를 하는 남녀".split()
TWICE = ["the", "more", "the", "merrier"]


# pairs(tokens, window) → list of (center, context)


def around(n, i, window):
    """Positions of the neighbors of i in a sentence of n words."""
    return [j for j in range(max(0, i - window), min(n, i + window + 1)) if j != i]


def swapped(tokens, window):
    return [(tokens[j], tokens[i]) for i in range(len(tokens)) for j in around(len(tokens), i, window)]


def last_missing(tokens, window):
    return [
        (tokens[i], tokens[j])
        for i in range(len(tokens))
        for j in range(max(0, i - window), min(len(tokens), i + window))
        if j != i
    ]


def one_too_many(tokens, window):
    return [(tokens[i], tokens[j]) for i in range(len(tokens)) for j in around(len(tokens), i, window + 1)]


def with_itself(tokens, window):
    return [
        (tokens[i], tokens[j])
        for i in range(len(tokens))
        for j in range(max(0, i - window), min(len(tokens), i + window + 1))
    ]


def wraps(tokens, window):
    return [
        (tokens[i], tokens[j])
        for i in range(len(tokens))
        for j in range(i - window, min(len(tokens), i + window + 1))
        if j != i
    ]


def rightwards(tokens, window):
    return [(tokens[i], tokens[j]) for i in range(len(tokens)) for j in around(len(tokens), i, window) if j > i]


def leftwards(tokens, window):
    return [(tokens[i], tokens[j]) for i in range(len(tokens)) for j in around(len(tokens), i, window) if j < i]


def by_word(tokens, window):
    return [
        (tokens[i], tokens[j])
        for i in range(len(tokens))
        for j in around(len(tokens), i, window)
        if tokens[j] != tokens[i]
    ]


def by_index(tokens, window):
    return [
        (center, tokens[j])
        for center in tokens
        for j in around(len(tokens), tokens.index(center), window)
    ]  # fmt: skip


def right(tokens, window):
    return [(tokens[i], tokens[j]) for i in range(len(tokens)) for j in around(len(tokens), i, window)]


def inner_only(tokens, window):
    return [
        (tokens[i], tokens[j])
        for i in range(window, len(tokens) - window)
        for j in around(len(tokens), i, window)
    ]  # fmt: skip


def by_distance(tokens, window):
    n = len(tokens)
    steps = [d for d in range(-window, window + 1) if d]
    return [(tokens[i], tokens[i + d]) for d in steps for i in range(n) if 0 <= i + d < n]


LAST_MISSING = (
    "마지막 이웃이 빠졌습니다. range(a, b)는 b를 포함하지 않으므로 오른쪽 끝은 i + window + 1이어야 합니다.",
    "the last neighbor is missing: range(a, b) stops before b, so the right end must be i + window + 1.",
)
WITH_ITSELF = (
    "중심 단어가 자기 자신의 문맥 단어로 들어갔습니다. 중심 단어의 위치는 건너뛰어야 합니다.",
    "the center word is its own context: skip the position of the center.",
)
WRAPS = (
    "문장 첫머리에서 음수 인덱스가 문장 끝의 단어를 가리켰습니다. 왼쪽 끝을 max(0, i - window)로 막으세요.",
    "at the start of the sentence a negative index reaches round to its end: begin at max(0, i - window).",
)
ONE_SIDED = (
    "한쪽 이웃만 보았습니다. 윈도우는 중심 단어의 왼쪽과 오른쪽 모두로 window개씩 뻗습니다.",
    "only one side was looked at: the window reaches `window` words to the left and to the right.",
)
SET = (
    "같은 쌍이 두 번 나오면 두 번 다 표본입니다. set이나 dict로 중복을 없애면 자주 함께 나온다는 정보가 사라집니다.",
    "a pair that occurs twice is two samples: a set or dict throws away how often words meet.",
)
INNER = (
    "문장 양 끝의 중심 단어가 빠졌습니다. 끝에서는 이웃이 적을 뿐, 표본은 있습니다.",
    "the centers near the ends are missing: they have fewer neighbors, but they do have samples.",
)
TOO_WIDE = (
    "이웃을 한 칸 더 멀리까지 보았습니다. 거리는 window까지입니다.",
    "the window reaches one word too far: distances go up to `window`.",
)
HALF = (
    "window를 양쪽을 합친 크기로 보았습니다. window는 한쪽의 크기입니다.",
    "the window was shared between both sides: `window` counts the words on each side.",
)
BY_WORD = (
    "단어가 아니라 위치가 같은지를 보아야 합니다. 윈도우 안에 같은 단어가 한 번 더 나오면 그것도 문맥 단어입니다.",
    "compare positions, not words: the same word standing once more inside the window is a context like any other.",
)

PAIRS = Exercise(
    cases=lambda: [
        (["wide", "road"], 1),
        (["wide", "road", "in"], 2),
        (STREAM, 2),
        (TWICE, 2),
        (SENTENCE, 2),
        (SENTENCE, 3),
        (["alone"], 1),
        ([], 2),
    ],
    mistakes=(
        Mistake(
            swapped,
            "중심 단어와 문맥 단어의 자리가 바뀌었습니다. 쌍은 (중심 단어, 문맥 단어) 순서입니다.",
            "center and context are swapped: a pair is (center, context).",
        ),
        Mistake(last_missing, *LAST_MISSING),
        Mistake(one_too_many, *TOO_WIDE),
        Mistake(lambda tokens, window: right(tokens, window // 2), *HALF),
        Mistake(with_itself, *WITH_ITSELF),
        Mistake(wraps, *WRAPS),
        Mistake(rightwards, *ONE_SIDED),
        Mistake(leftwards, *ONE_SIDED),
        Mistake(by_word, *BY_WORD),
        Mistake(
            by_index,
            "tokens.index(단어)는 언제나 첫 번째 위치를 돌려줍니다. 같은 단어가 또 나오면 틀리므로 "
            "enumerate로 위치를 세세요.",
            "tokens.index(word) always gives the first place, wrong for a word that occurs again: use enumerate.",
        ),
        Mistake(inner_only, *INNER),
        Mistake(lambda tokens, window: sorted(set(right(tokens, window))), *SET),
        Mistake(lambda tokens, window: list(dict.fromkeys(right(tokens, window))), *SET),
        Mistake(
            by_distance,
            "쌍은 모두 맞지만 순서가 다릅니다. 중심 단어를 왼쪽부터, 그 안에서 문맥 단어를 왼쪽부터 나열하세요.",
            "the right pairs in another order: go through the centers from left to right, then through the contexts.",
        ),
        Mistake(
            lambda tokens, window: [(c, contexts) for contexts, c in cbow(tokens, window)],
            "문맥 단어를 한데 묶었습니다. skip-gram은 문맥 단어 하나마다 쌍 하나를 만듭니다.",
            "the contexts are bundled: skip-gram makes one pair for each single context.",
        ),
    ),
)


# cbow_samples(tokens, window) → list of (contexts, center)


def cbow(tokens, window, find=around):
    samples = [([tokens[j] for j in find(len(tokens), i, window)], tokens[i]) for i in range(len(tokens))]
    return [sample for sample in samples if sample[0]]


def sliced(tokens, window):
    samples = [(tokens[i - window : i] + tokens[i + 1 : i + window + 1], tokens[i]) for i in range(len(tokens))]
    return [sample for sample in samples if sample[0]]


def slice_short(tokens, window):
    samples = [(tokens[max(0, i - window) : i] + tokens[i + 1 : i + window], tokens[i]) for i in range(len(tokens))]
    return [sample for sample in samples if sample[0]]


CBOW_SAMPLES = Exercise(
    cases=lambda: [
        (["wide", "road"], 1),
        (STREAM[:3], 1),
        (STREAM, 2),
        (TWICE, 2),
        (SENTENCE, 3),
        (["alone"], 2),
        ([], 2),
    ],
    mistakes=(
        Mistake(
            lambda tokens, window: [(center, contexts) for contexts, center in cbow(tokens, window)],
            "자리가 바뀌었습니다. CBOW의 표본은 (문맥 단어들, 중심 단어) 순서입니다.",
            "the two parts are swapped: a CBOW sample is (contexts, center).",
        ),
        Mistake(
            right,
            "문맥 단어 하나마다 표본을 만드는 것은 skip-gram입니다. CBOW는 문맥 단어를 모두 묶어 표본 하나를 만듭니다.",
            "one sample for each context is skip-gram; CBOW bundles all contexts into one sample.",
        ),
        Mistake(
            lambda tokens, window: [([c], w) for w, c in right(tokens, window)],
            "문맥 단어 하나마다 표본을 만들었습니다. CBOW는 문맥 단어를 모두 묶어 표본 하나를 만듭니다.",
            "one sample for each context: CBOW bundles all contexts of a center into one sample.",
        ),  # fmt: skip
        Mistake(
            lambda tokens, window: [
                (tokens[max(0, i - window) : i + window + 1], tokens[i]) for i in range(len(tokens))
            ],
            *WITH_ITSELF,
        ),
        Mistake(
            lambda tokens, window: [
                s
                for s in (
                    ([t for t in tokens[max(0, i - window) : i + window + 1] if t != tokens[i]], tokens[i])
                    for i in range(len(tokens))
                )
                if s[0]
            ],
            *BY_WORD,
        ),  # fmt: skip
        Mistake(slice_short, *LAST_MISSING),
        Mistake(
            sliced,
            "문장 첫머리에서 tokens[i - window : i]의 시작이 음수가 되어 왼쪽 문맥이 사라졌습니다. "
            "max(0, i - window)를 쓰세요.",
            "at the start of the sentence tokens[i - window : i] begins with a negative number and loses the left "
            "context: use max(0, i - window).",
        ),
        Mistake(
            lambda tokens, window: cbow(tokens, window, lambda n, i, w: range(i + 1, min(n, i + w + 1))), *ONE_SIDED
        ),
        Mistake(lambda tokens, window: cbow(tokens, window, lambda n, i, w: range(max(0, i - w), i)), *ONE_SIDED),
        Mistake(lambda tokens, window: cbow(tokens, window)[window : len(tokens) - window], *INNER),
        Mistake(
            lambda tokens, window: [
                (list(dict.fromkeys(contexts)), center) for contexts, center in cbow(tokens, window)
            ],
            "문맥에 같은 단어가 두 번 나오면 두 번 다 넣어야 합니다. CBOW의 평균에서 그 단어의 몫이 두 배가 됩니다.",
            "a word that stands twice in the context belongs there twice: it has double weight in CBOW's mean.",
        ),
        Mistake(
            lambda tokens, window: [
                ([tokens[j] for j in around(len(tokens), i, window)], tokens[i]) for i in range(len(tokens))
            ],
            "이웃이 하나도 없는 단어는 예측에 쓸 입력이 없으므로 표본이 되지 않습니다.",
            "a word without any neighbor gives the model nothing to predict from, so it makes no sample.",
        ),
    ),
)


# pairs_array(ids, window, offsets) → int array (n, 2)


def positions(ids, window, offsets, within=True, left=True):
    """Positions of all pairs in reading order, by brute force."""
    n = len(ids)
    sentence = np.searchsorted(offsets, np.arange(n), side="right")
    return [
        (i, j)
        for i in range(n)
        for j in around(n, i, window)
        if (sentence[i] == sentence[j] or not within) and (left or j > i)
    ]


def rows(ids, found):
    return np.asarray(ids)[np.array(found, dtype=int).reshape(-1, 2)]


def correct_rows(ids, window, offsets):
    return rows(ids, positions(ids, window, offsets))


def shifted_rows(ids, window, offsets):
    """Distance by distance, as the first vectorized attempt does it."""
    found = positions(ids, window, offsets)
    return rows(ids, sorted(found, key=lambda pair: (abs(pair[1] - pair[0]), pair[1] < pair[0], pair[0])))


def signed_rows(ids, window, offsets):
    found = positions(ids, window, offsets)
    return rows(ids, sorted(found, key=lambda pair: (pair[1] - pair[0], pair[0])))


def rolled(ids, window, offsets):
    steps = [d for d in range(-window, window + 1) if d]
    return np.stack([np.repeat(ids, len(steps)), np.stack([np.roll(ids, -d) for d in steps], 1).ravel()], 1)


ORDER = (
    "쌍은 모두 맞지만 거리별로 나열되었습니다. 중심 단어의 순서(읽는 순서)로 정렬하세요.",
    "the right pairs, but listed distance by distance: put them in the order of their centers (reading order).",
)

IDS = np.array([0, 4, 2, 7, 5, 0, 6, 3, 1, 1, 9, 8, 2], dtype=np.int32)

PAIRS_ARRAY = Exercise(
    cases=lambda: [
        (np.array([0, 1, 2], np.int32), 1, np.array([0, 3])),
        (np.array([0, 1, 2, 3, 4, 5], np.int32), 2, np.array([0, 6])),
        (np.array([0, 1, 2, 3, 4, 5], np.int32), 2, np.array([0, 3, 6])),
        (IDS, 2, np.array([0, 8, 13])),
        (IDS, 3, np.array([0, 1, 9, 9, 13])),
    ],
    mistakes=(
        Mistake(
            lambda ids, window, offsets: rows(ids, positions(ids, window, offsets, within=False)),
            "쌍이 문장 경계를 넘었습니다. offsets로 두 위치가 같은 문장에 있는지 확인하세요.",
            "pairs cross the end of a sentence: use offsets to see whether both places lie in one sentence.",
        ),
        Mistake(
            lambda ids, window, offsets: correct_rows(ids, window, offsets)[:, ::-1],
            "두 열의 자리가 바뀌었습니다. 0열이 중심 단어, 1열이 문맥 단어입니다.",
            "the two columns are swapped: column 0 is the center, column 1 the context.",
        ),
        Mistake(shifted_rows, *ORDER),
        Mistake(signed_rows, *ORDER),
        Mistake(
            lambda ids, window, offsets: correct_rows(ids, window, offsets).T,
            "모양이 (2, n)입니다. 행이 쌍 하나가 되도록 np.stack(…, axis=1)로 쌓으세요.",
            "the shape is (2, n): stack with axis=1, so that each row is one pair.",
        ),
        Mistake(
            rolled,
            "np.roll은 배열의 끝과 처음을 이어 붙입니다. 끝에서 모자라는 이웃은 가려 없애야 합니다.",
            "np.roll joins the end of the array to its beginning: neighbors that do not exist must be masked out.",
        ),
        Mistake(
            lambda ids, window, offsets: correct_rows(ids, window - 1, offsets),
            "가장 먼 거리가 빠졌습니다. 거리는 range(1, window + 1)입니다.",
            "the largest distance is missing: distances are range(1, window + 1).",
        ),
        Mistake(
            lambda ids, window, offsets: rows(ids, positions(ids, window, offsets, left=False)), *ONE_SIDED
        ),  # fmt: skip
        Mistake(
            lambda ids, window, offsets: (lambda a: a[a[:, 0] != a[:, 1]])(correct_rows(ids, window, offsets)),
            *BY_WORD,
        ),
        Mistake(
            lambda ids, window, offsets: np.unique(correct_rows(ids, window, offsets), axis=0),
            *SET,
        ),
        Mistake(
            lambda ids, window, offsets: np.array(positions(ids, window, offsets)).reshape(-1, 2),
            "단어의 번호가 아니라 위치를 담았습니다. 위치로 ids를 꺼내세요: ids[위치].",
            "these are places in the stream, not words: look the ids up at those places.",
        ),
    ),
)

# expected_pairs(length, window) → float

EXPECTED_PAIRS = Exercise(
    cases=lambda: [(4, 2), (8, 3), (8, 5), (3, 5)],
    mistakes=(
        Mistake(
            lambda n, w: float(sum(2 * (n - d) for d in range(1, min(w, n - 1) + 1))),
            "윈도우를 늘 꽉 채웠습니다. 거리 d의 이웃은 (w + 1 − d)/w의 확률로만 표본이 됩니다.",
            "the windows are always full; a neighbor at distance d becomes a sample with probability (w + 1 - d)/w.",
        ),
        Mistake(
            lambda n, w: float(n * (w + 1)),
            "문장의 끝을 잊었습니다. 거리 d의 이웃이 있는 자리는 n이 아니라 n − d개입니다.",
            "the ends of the sentence are forgotten: n - d places, not n, have a neighbor at distance d.",
        ),
        Mistake(
            lambda n, w: sum((n - d) * (w + 1 - d) / w for d in range(1, min(w, n - 1) + 1)),
            "한쪽만 세었습니다. 두 단어는 서로의 이웃이므로 방향이 둘입니다.",
            "only one direction is counted; each of two words is a neighbor of the other.",
        ),
        Mistake(
            lambda n, w: sum(2 * (n - d) * (w - d) / w for d in range(1, min(w, n - 1) + 1)),
            "확률이 하나 어긋났습니다. 윈도우는 1부터 w까지이고 d 이상인 것은 w + 1 − d개입니다.",
            "the probability is off by one: of the windows 1 … w there are w + 1 - d that reach d.",
        ),
        Mistake(
            lambda n, w: sum(2 * (n - d) * (w + 1 - d) / w for d in range(1, w + 1)),
            "윈도우가 문장보다 길 때 음수를 더했습니다. 거리는 n − 1까지만 있습니다.",
            "negative numbers are added where the window is longer than the sentence: distances end at n - 1.",
        ),
    ),
)


# reach(kept, window) → int

REACH = Exercise(
    cases=lambda: [
        (np.array([True, False, True, True]), 1),
        (np.array([True, False, False, True, True, False, True, True]), 2),
        (np.array([True, True, False, False, False, True, True, True, False, True]), 3),
        (np.array([True, False, True]), 5),
        (np.array([False, True, False]), 2),
    ],
    mistakes=(
        Mistake(
            lambda kept, window: window,
            "윈도우 크기 그대로입니다. 빠진 단어의 자리를 그 너머의 단어가 채우므로 더 멀리 닿습니다.",
            "this is the window itself. Words from beyond move into the gaps, so it reaches further.",
        ),
        Mistake(
            lambda kept, window: window + int((~kept).sum()),
            "빠진 단어를 모두 더했습니다. 한 윈도우 안에 든 것만 거리를 늘립니다.",
            "all missing words are added; only those within one window make it reach further.",
        ),
        Mistake(
            lambda kept, window: int(np.flatnonzero(kept)[-1] - np.flatnonzero(kept)[0]),
            "남은 첫 단어와 마지막 단어의 거리입니다. 윈도우는 남은 단어 window개까지만 건너갑니다.",
            "this is from the first word to the last that stay; a window spans no more than `window` of them.",
        ),
    ),
)


EXERCISES = {
    "pairs": PAIRS,
    "cbow_samples": CBOW_SAMPLES,
    "pairs_array": PAIRS_ARRAY,
    "expected_pairs": EXPECTED_PAIRS,
    "reach": REACH,
}
