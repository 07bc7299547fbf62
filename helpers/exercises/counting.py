"""Exercises on `helpers.counting`: what is compared, and the classic wrong answers with their reasons."""

from collections import Counter

import numpy as np

from helpers.exercises import Exercise, Mistake, Property, same


def dense(value):
    """Sparse, list or array as a float array, so that an answer may come in any of these forms."""
    return np.asarray(value.toarray() if hasattr(value, "toarray") else value, dtype=float)


def same_matrix(mine, expected):
    """Equal entries, whatever the container."""
    return same(dense(mine), dense(expected))


def same_bag(mine, expected):
    """(counts, words): equal counts in equally named columns."""
    counts, words = mine
    return list(words) == list(expected[1]) and same_matrix(counts, expected[0])


# bag_of_words(documents) → (counts, words)

DOCUMENTS = [
    ["I", "like", "NLP"],
    ["I", "like", "deep", "learning", "I", "like", "NLP"],
    ["빨래", "를", "하는", "빨래", "터"],
    [],
]


def bag(documents, order=sorted, words=None):
    """Counts as an array, with columns in the order that `order` gives to the set of words."""
    words = words or order({word: None for document in documents for word in document})
    return np.array([[Counter(document)[word] for word in words] for document in documents]), words


def binary_bag(documents):
    counts, words = bag(documents)
    return (counts > 0).astype(int), words


def corpus_bag(documents):
    counts, words = bag(documents)
    return np.tile(counts.sum(0), (len(documents), 1)), words


def relative_bag(documents):
    counts, words = bag(documents)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1), words


BAG_OF_WORDS = Exercise(
    cases=lambda: [(DOCUMENTS[:1],), (DOCUMENTS[:2],), (DOCUMENTS,)],
    same=same_bag,
    mistakes=(
        Mistake(
            binary_bag,
            "단어가 나왔는지(0 또는 1)만 적었습니다. 한 문서에 두 번 나온 단어는 2가 되어야 합니다.",
            "this records whether a word occurs (0 or 1). A word that stands twice in a document counts 2.",
        ),
        Mistake(
            lambda documents: bag(documents, order=list),
            "열의 순서가 다릅니다. 단어를 처음 나온 순서가 아니라 정렬한 순서(sorted)로 놓으세요.",
            "the columns are in order of first appearance; put the words in sorted order.",
        ),
        Mistake(
            corpus_bag,
            "말뭉치 전체에서 센 빈도를 모든 행에 적었습니다. 행마다 그 문서 안에서만 세어야 합니다.",
            "every row holds the counts of the whole corpus; each row counts within its own document.",
        ),
        Mistake(
            lambda documents: bag(documents, words=sorted(set(documents[0]))),
            "첫 문서의 단어로만 열을 만들었습니다. 어휘는 모든 문서에서 모아야 합니다.",
            "the columns come from the first document only; collect the vocabulary from all documents.",
        ),
        Mistake(
            relative_bag,
            "문서 길이로 나누었습니다. 단어 가방은 나누지 않은 빈도입니다.",
            "the counts were divided by the document's length; a bag of words holds plain counts.",
        ),
        Mistake(
            lambda documents: (bag(documents)[0].T, bag(documents)[1]),
            "행과 열이 바뀌었습니다. 문서가 행, 단어가 열입니다.",
            "rows and columns are swapped: documents are rows, words are columns.",
        ),
    ),
)

# idf(counts) → one number per column

COUNTS = [
    np.array([[1, 1, 0], [3, 0, 0]]),
    np.array([[2, 1, 0, 1], [1, 0, 0, 4], [5, 2, 0, 0], [1, 0, 7, 0]]),
]


def df(counts):
    return (dense(counts) > 0).sum(0)


IDF = Exercise(
    cases=lambda: [(counts,) for counts in COUNTS],
    same=same_matrix,
    mistakes=(
        Mistake(
            lambda counts: np.log((1 + len(counts)) / (1 + dense(counts).sum(0))) + 1,
            "문서 빈도(df) 자리에 단어 빈도를 썼습니다. 한 문서에 일곱 번 나와도 df에는 1만 더해집니다.",
            "this uses how often a word occurs where df belongs: seven times in one document still adds 1 to df.",
        ),
        Mistake(
            lambda counts: np.log10((1 + len(counts)) / (1 + df(counts))) + 1,
            "로그의 밑이 10입니다. 자연로그(np.log)를 쓰세요.",
            "the logarithm has base 10; take the natural one (np.log).",
        ),
        Mistake(
            lambda counts: np.log2((1 + len(counts)) / (1 + df(counts))) + 1,
            "로그의 밑이 2입니다. 자연로그(np.log)를 쓰세요.",
            "the logarithm has base 2; take the natural one (np.log).",
        ),
        Mistake(
            lambda counts: np.log((1 + len(counts)) / (1 + df(counts))),
            "끝에 1을 더하지 않았습니다. 더하지 않으면 모든 문서에 나오는 단어의 가중치가 0이 됩니다.",
            "the final + 1 is missing; without it a word found in every document weighs 0.",
        ),
        Mistake(
            lambda counts: np.log(len(counts) / np.maximum(df(counts), 1)) + 1,
            "평활화(분자와 분모에 1 더하기)가 빠졌습니다.",
            "the smoothing is missing: add 1 to the numerator and to the denominator.",
        ),
        Mistake(
            lambda counts: np.log(len(counts) / (1 + df(counts))) + 1,
            "분모에만 1을 더했습니다. 분자의 문서 수에도 1을 더하세요.",
            "only the denominator got its 1; the number of documents gets one too.",
        ),
        Mistake(
            lambda counts: np.log(len(counts) / np.maximum(df(counts), 1)),
            "교과서의 ln(n/df)입니다. 이 수업의 식은 평활화하고 끝에 1을 더합니다.",
            "this is the textbook's ln(n/df); the form asked for is smoothed and adds 1 at the end.",
        ),
        Mistake(
            lambda counts: (1 + len(counts)) / (1 + df(counts)) + 1,
            "로그를 취하지 않았습니다.",
            "the logarithm is missing.",
        ),
        Mistake(
            lambda counts: np.log((1 + df(counts)) / (1 + len(counts))) + 1,
            "분수가 뒤집혔습니다. 드문 단어일수록 값이 커야 합니다.",
            "the fraction is upside down: the rarer the word, the larger its idf.",
        ),
        Mistake(
            lambda counts: np.log((1 + dense(counts).shape[1]) / (1 + df(counts))) + 1,
            "n에 단어 수(열)를 썼습니다. n은 문서 수(행)입니다.",
            "n is the number of documents (rows), not of words (columns).",
        ),
    ),
    properties=(
        Property(
            lambda value, counts: np.shape(value) == (dense(counts).shape[1],),
            "단어(열)마다 값이 하나씩 있어야 합니다.",
            "there should be one value per word (column).",
        ),
    ),
)

# cosine(left, right) → (rows of left, rows of right)


def lengths(matrix, axis=1):
    found = np.linalg.norm(dense(matrix), axis=axis, keepdims=True)
    return np.where(found > 0, found, 1)


def cosine_cases():
    left = np.array([[3.0, 4.0], [0.0, 2.0]])
    rng = np.random.default_rng(5)
    return [(left, np.array([[1.0, 0.0]])), (rng.normal(size=(3, 4)), rng.normal(size=(2, 4)))]


COSINE = Exercise(
    cases=cosine_cases,
    same=same_matrix,
    mistakes=(
        Mistake(
            lambda left, right: left @ right.T,
            "내적만 구했습니다. 두 벡터의 길이로 나누어야 긴 문서라고 유리해지지 않습니다.",
            "this is the plain dot product; divide by both lengths, or long documents win.",
        ),
        Mistake(
            lambda left, right: left / lengths(left) @ right.T,
            "왼쪽 벡터의 길이로만 나누었습니다. 두 벡터의 길이로 모두 나누세요.",
            "only the left rows were divided by their length; divide by both.",
        ),
        Mistake(
            lambda left, right: left @ (right / lengths(right)).T,
            "오른쪽 벡터의 길이로만 나누었습니다. 두 벡터의 길이로 모두 나누세요.",
            "only the right rows were divided by their length; divide by both.",
        ),
        Mistake(
            lambda left, right: left / lengths(left) ** 2 @ (right / lengths(right) ** 2).T,
            "길이의 제곱으로 나누었습니다. 제곱합에 제곱근을 씌우세요.",
            "divided by the squared lengths; take the square root of the sum of squares.",
        ),
        Mistake(
            lambda left, right: left / lengths(left, 0) @ (right / lengths(right, 0)).T,
            "열의 길이로 나누었습니다. 벡터 하나는 행이므로 axis=1로 재야 합니다.",
            "divided by the lengths of columns; a vector is a row, so measure along axis=1.",
        ),
        Mistake(
            lambda left, right: left / abs(left).sum(1, keepdims=True) @ (right / abs(right).sum(1, keepdims=True)).T,
            "절댓값의 합으로 나누었습니다. 길이는 제곱합의 제곱근입니다.",
            "divided by sums of absolute values; the length is the square root of the sum of squares.",
        ),
        Mistake(
            lambda left, right: 1 - left / lengths(left) @ (right / lengths(right)).T,
            "코사인 거리(1에서 뺀 값)입니다. 유사도를 돌려주세요.",
            "this is the cosine distance, one minus the similarity; return the similarity.",
        ),
    ),
    properties=(
        Property(
            lambda value, left, right: np.shape(value) == (len(left), len(right)),
            "결과의 모양은 (left의 행 수, right의 행 수)입니다.",
            "the result has the shape (rows of left, rows of right).",
        ),
        Property(
            lambda value, left, right: np.abs(dense(value)).max() <= 1 + 1e-9,
            "코사인은 −1과 1 사이에 있어야 합니다.",
            "a cosine lies between −1 and 1.",
        ),
    ),
)

# conditional_probabilities(matrix) → each row divided by its sum

SLIDE = np.array([[0, 2, 1, 0], [2, 0, 0, 3], [1, 0, 0, 0], [0, 3, 0, 0]])


def share(matrix, axis):
    sums = matrix.sum(axis=axis, keepdims=True)
    return matrix / np.where(sums > 0, sums, 1)


@np.errstate(invalid="ignore")
def unguarded_share(matrix):
    return matrix / matrix.sum(1, keepdims=True)


CONDITIONAL = Exercise(
    cases=lambda: [(SLIDE[:2],), (SLIDE,), (np.array([[4.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.5, 2.5]]),)],
    same=same_matrix,
    mistakes=(
        Mistake(
            lambda matrix: share(matrix, 0),
            "열의 합으로 나누었습니다. P(k|i)는 행 i의 합으로 나눕니다.",
            "divided by the column sums; P(k|i) divides by the sum of row i.",
        ),
        Mistake(
            lambda matrix: share(matrix, None),
            "전체 합으로 나누면 결합 확률 P(i, k)입니다. 조건부 확률은 행의 합으로 나눕니다.",
            "divided by the grand total, which gives the joint P(i, k); divide each row by its own sum.",
        ),
        Mistake(
            lambda matrix: matrix / np.maximum(matrix.max(1, keepdims=True), 1e-9),
            "행의 최댓값으로 나누었습니다. 행의 합으로 나누어야 확률이 됩니다.",
            "divided by the row's maximum; only the row's sum makes probabilities.",
        ),
        Mistake(
            unguarded_share,
            "합이 0인 행에서 0으로 나누었습니다. 그런 행은 0으로 두세요.",
            "a row that sums to 0 was divided by 0; leave such a row at zero.",
        ),
        Mistake(
            lambda matrix: np.exp(matrix) / np.exp(matrix).sum(1, keepdims=True),
            "소프트맥스를 취했습니다. 빈도를 그대로 합으로 나누면 됩니다.",
            "this is a softmax; divide the counts themselves by their sum.",
        ),
    ),
    properties=(
        Property(
            lambda value, matrix: np.allclose(dense(value).sum(1), matrix.sum(1) > 0),
            "각 행의 합이 1이어야 합니다(빈도가 없는 행만 0).",
            "each row sums to 1 (a row without counts to 0).",
        ),
    ),
)

# ppmi(matrix) with the defaults: no shift, contexts smoothed by 0.75


def pmi(matrix, power=0.75, log=np.log, rows=False, normalise=True):
    """PMI of all cells; 0 where nothing was counted."""
    matrix = dense(matrix)
    p = matrix / matrix.sum()
    row, column = p.sum(1), p.sum(0)
    row, column = (row**power, column) if rows else (row, column**power)
    if normalise:
        row, column = row / row.sum(), column / column.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(matrix > 0, log(np.where(matrix > 0, p, 1) / np.outer(row, column)), 0)


def positive(values):
    return np.maximum(values, 0)


def two_to_one():
    return np.array([[10.0, 1.0], [2.0, 3.0], [0.0, 4.0]])


PPMI = Exercise(
    cases=lambda: [(two_to_one(),), (np.array([[0.0, 8.0, 1.0], [8.0, 0.0, 2.0], [1.0, 2.0, 6.0]]),)],
    same=same_matrix,
    mistakes=(
        Mistake(
            pmi,
            "음수가 남아 있습니다. max(0, PMI)로 잘라 내세요(양의 PMI).",
            "negative values remain; cut them off with max(0, PMI): positive PMI.",
        ),
        Mistake(
            lambda matrix: positive(pmi(matrix, power=1)),
            "문맥 분포를 평활화하지 않았습니다. 열의 합을 0.75제곱한 뒤 합이 1이 되게 나누세요.",
            "the context distribution is not smoothed: raise the column sums to 0.75, then make them sum to 1.",
        ),
        Mistake(
            lambda matrix: positive(pmi(matrix, normalise=False)),
            "0.75제곱한 뒤 합이 1이 되게 다시 나누지 않았습니다.",
            "after the power 0.75 the probabilities must be made to sum to 1 again.",
        ),
        Mistake(
            lambda matrix: positive(pmi(matrix, rows=True)),
            "중심 단어(행)의 분포를 평활화했습니다. 평활화하는 쪽은 문맥 단어(열)입니다.",
            "the center words' distribution (rows) was smoothed; it is the contexts' (columns).",
        ),
        Mistake(
            lambda matrix: positive(pmi(matrix, log=np.log2)),
            "로그의 밑이 2입니다. 자연로그(np.log)를 쓰세요.",
            "the logarithm has base 2; take the natural one (np.log).",
        ),
        Mistake(
            lambda matrix: positive(pmi(matrix, log=np.log10)),
            "로그의 밑이 10입니다. 자연로그(np.log)를 쓰세요.",
            "the logarithm has base 10; take the natural one (np.log).",
        ),
        Mistake(
            lambda matrix: pmi(matrix, log=lambda ratio: ratio),
            "로그를 취하지 않았습니다.",
            "the logarithm is missing.",
        ),
    ),
    properties=(
        Property(
            lambda value, matrix: np.all(dense(value)[matrix == 0] == 0) and np.isfinite(dense(value)).all(),
            "빈도가 0인 칸은 0이어야 합니다. log(0)이 섞이지 않았는지 보세요.",
            "a cell without counts stays 0; look for a log(0).",
        ),
    ),
)

# cooccurrence(sentences, words, window) → symmetric matrix of 1/d

SENTENCES = [["I", "like", "deep", "learning"], ["I", "like", "NLP"], ["I", "enjoy", "flying"]]
WORDS = ["I", "like", "enjoy", "deep", "learning", "NLP", "flying"]
STREAM = [["개울가", "에서", "속옷", "빨래", "를", "하는"], ["빨래", "하는", "남녀", "빨래"]]


def counted(sentences, words, window, weigh=lambda d: 1 / d, known=True, joined=False, right=True, left=True, add=True):
    """The co-occurrence matrix, with one rule at a time bent."""
    matrix = np.zeros((len(words), len(words)))
    if joined:
        sentences = [[word for sentence in sentences for word in sentence]]
    for sentence in sentences:
        sentence = [word for word in sentence if word in words] if known else sentence
        for place, word in enumerate(sentence):
            for d in range(1, window + 1):
                for other in (place - d,) * left + (place + d,) * right:
                    if 0 <= other < len(sentence) and word in words and sentence[other] in words:
                        cell = words.index(word), words.index(sentence[other])
                        matrix[cell] = weigh(d) + add * matrix[cell]
    return matrix


COOCCURRENCE = Exercise(
    cases=lambda: [
        (SENTENCES[:1], WORDS, 1),
        (SENTENCES, WORDS, 1),
        (SENTENCES, WORDS, 2),
        (STREAM, ["빨래", "하는", "에서", "남녀"], 3),
    ],
    same=same_matrix,
    mistakes=(
        Mistake(
            lambda sentences, words, window: counted(sentences, words, window, weigh=lambda d: 1),
            "거리와 상관없이 1을 더했습니다. 거리가 d인 이웃은 1/d만큼 셉니다.",
            "every neighbor adds 1; one at distance d counts 1/d.",
        ),
        Mistake(
            lambda sentences, words, window: counted(sentences, words, window, left=False),
            "오른쪽 이웃만 셌습니다. 윈도우는 양쪽을 보므로 행렬이 대칭입니다.",
            "only neighbors to the right were counted; the window looks both ways, and the matrix is symmetric.",
        ),
        Mistake(
            lambda sentences, words, window: counted(sentences, words, window, right=False),
            "왼쪽 이웃만 셌습니다. 윈도우는 양쪽을 보므로 행렬이 대칭입니다.",
            "only neighbors to the left were counted; the window looks both ways, and the matrix is symmetric.",
        ),
        Mistake(
            lambda sentences, words, window: counted(sentences, words, window, joined=True),
            "문장의 경계를 넘어서 셌습니다. 윈도우는 문장이 끝나면 멈춥니다.",
            "the window ran across sentence ends; it stops where the sentence does.",
        ),
        Mistake(
            lambda sentences, words, window: counted(sentences, words, window - 1),
            "윈도우가 하나 짧습니다. range의 끝은 들어가지 않으므로 window + 1까지 적으세요.",
            "the window is one word short: range leaves out its end, so write window + 1.",
        ),
        Mistake(
            lambda sentences, words, window: counted(sentences, words, window + 1),
            "윈도우가 하나 깁니다.",
            "the window is one word too long.",
        ),
        Mistake(
            lambda sentences, words, window: counted(sentences, words, window, add=False),
            "더하지 않고 덮어썼습니다. 같은 쌍이 다시 나오면 값을 더해야 합니다(+=).",
            "a pair that comes again overwrote its value; add to it (+=).",
        ),
        Mistake(
            lambda sentences, words, window: counted(sentences, words, window, known=False),
            "어휘에 없는 단어도 자리를 차지했습니다. 먼저 빼고 나서 거리를 재세요.",
            "words outside the vocabulary kept their places; leave them out first, then measure distances.",
        ),
        Mistake(
            lambda sentences, words, window: 2 * counted(sentences, words, window),
            "쌍마다 두 번씩 셌습니다. 두 단어의 행에 한 번씩만 더하세요.",
            "every pair was counted twice; add it once to the row of either word.",
        ),
        Mistake(
            lambda sentences, words, window: (
                counted(sentences, words, window) + np.diag(counted(sentences, words, window).sum(1) > 0)
            ),
            "자기 자신을 이웃으로 셌습니다. 거리는 1부터입니다.",
            "words were counted as their own neighbors; distances begin at 1.",
        ),
    ),
    properties=(
        Property(
            lambda value, sentences, words, window: dense(value).shape == (len(words), len(words)),
            "행과 열이 모두 단어 수만큼 있어야 합니다.",
            "there is one row and one column per word.",
        ),
        Property(
            lambda value, sentences, words, window: np.allclose(dense(value), dense(value).T),
            "행렬이 대칭이어야 합니다.",
            "the matrix is symmetric.",
        ),
    ),
)

# probability_ratio(matrix, words, i, j, ks) → (len(ks),)

NEAR = np.array([[0, 4, 1, 2], [4, 0, 3, 0], [1, 3, 0, 0], [2, 0, 0, 6]])


@np.errstate(divide="ignore", invalid="ignore")
def divided(matrix, words, i, j, ks, axis=1, rule=np.divide):
    """The rule applied to the rows of two words, each divided by its sum (axis=None: left as counted)."""
    matrix = dense(matrix)
    p = matrix if axis is None else matrix / matrix.sum(axis, keepdims=True)
    return rule(*(p[words.index(word)][[words.index(k) for k in ks]] for word in (i, j)))


PROBABILITY_RATIO = Exercise(
    cases=lambda: [
        (NEAR, ["a", "b", "c", "d"], "a", "b", ["c"]),
        (NEAR, ["a", "b", "c", "d"], "c", "a", ["b", "c"]),
        (NEAR, ["a", "b", "c", "d"], "a", "b", ["d", "c", "b", "a"]),
        (NEAR, ["a", "b", "c", "d"], "b", "c", ["d", "a"]),
    ],
    same=same_matrix,
    mistakes=(
        Mistake(
            lambda *case: divided(*case, axis=None),
            "빈도를 그대로 나누었습니다. 먼저 각 행을 그 합으로 나누어 확률로 만드세요.",
            "plain counts were divided; make each row probabilities first, by dividing it by its sum.",
        ),
        Mistake(
            lambda matrix, words, i, j, ks: divided(matrix, words, j, i, ks),
            "분자와 분모가 바뀌었습니다. P(k|i)가 위에 옵니다.",
            "the fraction is upside down: P(k|i) comes on top.",
        ),
        Mistake(
            lambda *case: divided(*case, rule=np.subtract),
            "확률의 차이를 구했습니다. 비는 나눗셈입니다.",
            "this is the difference of the probabilities; a ratio is a quotient.",
        ),
        Mistake(
            lambda *case: divided(*case, rule=lambda p_i, p_j: np.log(p_i / p_j)),
            "로그를 취했습니다. 비 자체를 돌려주세요.",
            "this is the logarithm; return the ratio itself.",
        ),
        Mistake(
            lambda *case: np.nan_to_num(divided(*case), posinf=0.0),
            "0으로 나눈 자리를 0으로 바꾸었습니다. j 곁에 없던 단어의 비는 무한대(둘 다 없으면 nan)로 두세요.",
            "division by 0 became 0; a word never seen near j has an infinite ratio (nan if near neither).",
        ),
        Mistake(
            lambda matrix, words, i, j, ks: divided(matrix + 1, words, i, j, ks),
            "모든 빈도에 1을 더했습니다. 센 그대로 쓰세요.",
            "1 was added to every count; use them as counted.",
        ),
    ),
    properties=(
        Property(
            lambda value, matrix, words, i, j, ks: np.shape(value) == (len(ks),),
            "k마다 값이 하나씩 있어야 합니다.",
            "there should be one value for each k.",
        ),
    ),
)

# shifted(ppmi, shift) → matrix

SHIFTED = Exercise(
    cases=lambda: [(np.array([[0.0, 2.0], [2.0, 0.5]]), 2), (np.array([[0.0, 0.4, 3.0], [0.4, 0.0, 1.8]]), 5)],
    same=same_matrix,
    mistakes=(
        Mistake(
            lambda ppmi, shift: dense(ppmi) / shift,
            "shift로 나누었습니다. 확률의 비를 shift로 나누면 로그에서는 ln shift를 빼게 됩니다.",
            "this divides by shift. Dividing the ratio of probabilities by it takes ln shift off its logarithm.",
        ),
        Mistake(
            lambda ppmi, shift: positive(dense(ppmi) - shift),
            "shift를 뺐습니다. 로그를 씌운 값에서는 ln shift를 뺍니다.",
            "this takes off shift; from a logarithm it is ln shift.",
        ),
        Mistake(
            lambda ppmi, shift: dense(ppmi) - np.log(shift),
            "음수가 남아 있습니다. 뺀 다음 다시 0에서 잘라 내세요. 0이던 칸도 0이어야 합니다.",
            "negative values remain: cut off at 0 again after the subtraction, the cells that were 0 included.",
        ),
        Mistake(
            lambda ppmi, shift: positive(dense(ppmi) + np.log(shift)) * (dense(ppmi) > 0),
            "부호가 반대입니다. shift가 클수록 남는 칸이 줄어야 합니다.",
            "the sign is turned round: with a larger shift fewer cells remain.",
        ),
        Mistake(
            lambda ppmi, shift: dense(ppmi) * (dense(ppmi) > np.log(shift)),
            "ln shift보다 작은 칸만 지우고, 남은 칸에서는 빼지 않았습니다.",
            "this wipes out the cells below ln shift but takes nothing off those that remain.",
        ),
    ),
)


EXERCISES = {
    "bag_of_words": BAG_OF_WORDS,
    "idf": IDF,
    "cosine": COSINE,
    "conditional_probabilities": CONDITIONAL,
    "cooccurrence": COOCCURRENCE,
    "probability_ratio": PROBABILITY_RATIO,
    "ppmi": PPMI,
    "shifted": SHIFTED,
}
