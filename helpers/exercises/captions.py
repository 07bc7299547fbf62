"""Checks for `helpers.captions` (lesson 9)."""

import math
import string
from collections import Counter

import numpy as np

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


def shifted(ids):
    """What the model reads and what it has to say, from one caption with its <start> and <end>: (inputs, targets)."""
    return ids[:-1], ids[1:]


def captions_as_ids():
    """(ids,): 0 is <start>, 1 is <end>."""
    return [([0, 5, 1],), ([0, 7, 4, 9, 1],), ([0, 3, 3, 8, 6, 2, 1],)]


def beam_step(totals, log_probabilities, beam):
    """One step of a beam search: the best (row, word, new total), best first, at most `beam` of them.

    totals: the log probability of each caption so far; log_probabilities: a row for each, of every next word.
    """
    found = [(row, word, total + more) for row, total in enumerate(totals)
             for word, more in enumerate(log_probabilities[row])]  # fmt: skip
    return sorted(found, key=lambda candidate: -candidate[2])[:beam]


def beams():
    """(totals, log probabilities, beam): whole and half numbers, so that no sum is rounded."""
    return [
        ([0.0], [[-2.0, -1.0, -3.0]], 2),
        ([-1.0, -4.0], [[-2.5, -3.0, -5.0], [-0.5, -6.0, -7.0]], 2),
        ([-2.0, -2.5, -8.0], [[-4.0, -1.5, -6.0], [-0.5, -7.0, -1.25], [-0.125, -0.25, -9.0]], 3),
        ([-1.0, -9.0], [[-1.0, -1.5, -2.0], [-0.25, -0.5, -3.0]], 3),
    ]


def best_of_each(totals, log_probabilities, beam):
    found = [
        (row, word, totals[row] + more)
        for row, word, more in (
            (row, *max(enumerate(those), key=lambda pair: pair[1])) for row, those in enumerate(log_probabilities)
        )
    ]
    return sorted(found, key=lambda candidate: -candidate[2])[:beam]  # fmt: skip


def last_word_only(totals, log_probabilities, beam):
    return beam_step([0.0] * len(totals), log_probabilities, beam)


def multiplied(totals, log_probabilities, beam):
    found = [(row, word, total * more) for row, total in enumerate(totals)
             for word, more in enumerate(log_probabilities[row])]  # fmt: skip
    return sorted(found, key=lambda candidate: -candidate[2])[:beam]


def worst(totals, log_probabilities, beam):
    return beam_step(totals, log_probabilities, 10**6)[::-1][:beam]


def uncut(totals, log_probabilities, beam):
    return beam_step(totals, log_probabilities, beam + 1)


def length_score(total, words, alpha):
    """A caption's score: its log probability divided by its number of words, the end counted, to the power alpha."""
    return total / words**alpha


def lengths_and_totals():
    """(log probability, number of words, alpha)."""
    return [(-6.0, 4, 0.5), (-6.0, 9, 1.0), (-7.5, 9, 0.0), (-9.0, 12, 0.7)]


def attention_step(query, cells):
    """What one word sees: cells (n, d) weighted by softmax(cells · query / √d), an array (d,)."""
    scores = cells @ query / np.sqrt(len(query))
    weights = np.exp(scores - scores.max())
    return weights / weights.sum() @ cells


def grids():
    """(query (d,), cells (n, d))."""
    rng = np.random.default_rng(9)
    plain = (np.array([2.0, 0.0, 0.0, 0.0]), np.array([[1.0, 0, 0, 5], [0, 1.0, 0, 1], [-1.0, 0, 1.0, 0]]))
    return [
        plain,
        (3 * rng.normal(size=4), rng.normal(size=(6, 4))),
        (2 * rng.normal(size=16), rng.normal(size=(9, 16))),
    ]


def softmax(scores, axis=0):
    weights = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return weights / weights.sum(axis=axis, keepdims=True)


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
                "참조의 횟수를 모두 더했습니다. 가장 많이 나온 참조 하나의 횟수까지만 셉니다.",
                "the references' counts were added up: the limit is the one reference that has the n-gram most often.",
            ),
            Mistake(
                first_only,
                "첫 참조만 보았습니다. 참조 전체에서 n-그램마다 가장 큰 횟수를 찾아야 합니다.",
                "only the first reference was used: for each n-gram take the largest count among all.",
            ),
            Mistake(
                single_words,
                "n을 쓰지 않고 단어만 세었습니다.",
                "n was ignored: only single words are counted.",
            ),
            Mistake(
                different,
                "n-그램의 종류를 세었습니다. 두 번 나온 n-그램은 두 번까지 맞을 수 있습니다.",
                "different n-grams were counted: one that stands twice can match twice.",
            ),
        ),
        (
            Property(
                lambda value, caption, references, n: len(value) == 2 and value[1] == max(0, len(caption) - n + 1),
                "두 번째 수는 문장에 있는 n-그램의 개수, 곧 단어 수 − n + 1입니다.",
                "the second number is how many n-grams the caption has: its words minus n, plus 1.",
            ),
            Property(
                lambda value, caption, references, n: value[0] <= value[1],
                "맞은 수가 전체보다 많습니다.",
                "there are more matches than n-grams.",
            ),
        ),
    ),
    "shifted": Exercise(
        captions_as_ids,
        (
            Mistake(
                lambda ids: (ids, ids),
                "밀리지 않았습니다. 지금 읽은 단어를 그대로 맞히라는 문제가 되어, 모델은 베끼기만 배웁니다.",
                "not shifted: the model would be asked for the word that it has just read, and learn to copy.",
            ),
            Mistake(
                lambda ids: (ids, ids[1:] + ids[-1:]),
                "<end>까지 입력으로 주었습니다. 문장이 끝난 뒤에는 맞힐 단어가 없습니다.",
                "<end> is given as an input too: after the end of a caption there is no word to predict.",
            ),
            Mistake(
                lambda ids: (ids[1:], ids[:-1]),
                "방향이 반대입니다. 목표는 입력보다 한 단어 뒤에 있습니다.",
                "the wrong way round: the target comes one word after the input.",
            ),
            Mistake(
                lambda ids: (ids[1:-1], ids[2:]),
                "<start>를 버렸습니다. 첫 단어도 무언가를 읽고 맞혀야 합니다.",
                "<start> was dropped: the first word has to be predicted from something too.",
            ),
        ),
    ),
    "beam_step": Exercise(
        beams,
        (
            Mistake(
                best_of_each,
                "문장마다 가장 좋은 단어 하나씩만 골랐습니다. 빔은 모든 문장과 단어의 짝을 한 줄로 세웁니다.",
                "only the best word of each caption was taken: a beam ranks all pairs of caption and word together.",
            ),
            Mistake(
                last_word_only,
                "지금까지의 로그 확률을 더하지 않았습니다. 마지막 단어만으로는 문장을 견줄 수 없습니다.",
                "the log probability so far was not added: the last word alone does not compare captions.",
            ),
            Mistake(
                multiplied,
                "로그 확률을 곱했습니다. 확률을 곱하는 것은 로그를 더하는 것입니다.",
                "log probabilities were multiplied: to multiply probabilities is to add their logarithms.",
            ),
            Mistake(
                worst,
                "가장 낮은 것부터 골랐습니다. 로그 확률은 0에 가까울수록 큽니다.",
                "the lowest were taken: a log probability is larger the nearer it is to 0.",
            ),
            Mistake(
                uncut,
                "beam개보다 많이 남겼습니다.",
                "more than `beam` candidates were kept.",
            ),
        ),
    ),
    "length_score": Exercise(
        lengths_and_totals,
        (
            Mistake(
                lambda total, words, alpha: total / words,
                "알파를 쓰지 않았습니다. 0이면 나누지 않고, 1이면 단어마다의 평균입니다.",
                "alpha was not used: with 0 nothing is divided, with 1 it is the mean per word.",
            ),
            Mistake(
                lambda total, words, alpha: total * words**alpha,
                "곱했습니다. 그러면 긴 문장이 더 불리해집니다.",
                "multiplied: that punishes long captions even more.",
            ),
            Mistake(
                lambda total, words, alpha: total / (words * alpha) if alpha else total,
                "알파는 지수입니다. 단어 수에 곱하는 것이 아닙니다.",
                "alpha is an exponent, not a factor of the number of words.",
            ),
            Mistake(
                lambda total, words, alpha: total / ((5 + words) / 6) ** alpha,
                "Wu 등(2016)의 식 ((5 + 길이)/6)^알파입니다. 여기서는 단어 수를 그대로 씁니다.",
                "this is the formula of Wu et al. (2016), ((5 + length) / 6) ** alpha; here words count as they are.",
            ),
        ),
    ),
    "attention_step": Exercise(
        grids,
        (
            Mistake(
                lambda query, cells: softmax(cells @ query) @ cells,
                "√d로 나누지 않았습니다. 차원이 크면 한 칸에만 몰립니다.",
                "not divided by the square root of d: with many dimensions a single cell takes it all.",
            ),
            Mistake(
                lambda query, cells: cells.mean(0),
                "모든 칸을 똑같이 보았습니다. 질의가 무엇이든 같은 답이 나옵니다.",
                "all cells count the same: the answer no longer depends on the query.",
            ),
            Mistake(
                lambda query, cells: cells[np.argmax(cells @ query)],
                "가장 맞는 칸 하나만 골랐습니다. 어텐션은 모든 칸의 가중 평균입니다.",
                "only the best cell was taken: attention is a weighted mean over all cells.",
            ),
            Mistake(
                lambda query, cells: cells @ query / np.sqrt(len(query)) @ cells,
                "소프트맥스를 빠뜨렸습니다. 가중치는 양수이고 합이 1이어야 합니다.",
                "the softmax is missing: weights are positive and sum to 1.",
            ),
            Mistake(
                lambda query, cells: softmax(cells @ query / np.sqrt(len(query))),
                "가중치까지만 계산했습니다. 이것으로 칸들의 평균을 내야 합니다.",
                "these are the weights only: the mean of the cells that they weigh is still to come.",
            ),
        ),
        (
            Property(
                lambda value, query, cells: np.shape(value) == np.shape(query),
                "값은 칸 하나와 같은 크기의 벡터입니다.",
                "the value is a vector as long as one cell.",
            ),
        ),
    ),
}
