"""Checks for `helpers.classification` (lesson 1)."""

import numpy as np
import torch

from . import Exercise, Mistake, Property


def labelled():
    """Training and test labels: one class rules, the test set disagrees with it, a tie."""
    yield [0, 0, 1], [0, 1, 1, 1]
    yield [2, 1, 2, 0, 2], [1, 1, 2, 0, 1, 1]
    yield [1, 0, 3, 3, 0], [3, 0, 0, 1]


def passages_of_ids():
    """Vectors, ids and the padding id; the padding row is not zero, so that counting it shows."""
    yield torch.tensor([[2.0, 0.0], [4.0, 6.0], [9.0, 9.0]]), torch.tensor([[0, 1, 2, 2]]), 2
    yield torch.arange(8.0).reshape(4, 2), torch.tensor([[0, 1, 2], [1, 3, 3], [2, 2, 3]]), 3
    yield torch.arange(1.0, 7.0).reshape(3, 2), torch.tensor([[1, 0], [2, 2]]), 2
    draw = torch.Generator().manual_seed(0)
    yield torch.randn(6, 3, generator=draw), torch.randint(0, 6, (5, 4), generator=draw), 5


def real(ids, padding):
    """1 where a word stands, 0 for padding: (n, length, 1)."""
    return (ids != padding).unsqueeze(-1).float()


EXERCISES = {
    "majority_accuracy": Exercise(
        labelled,
        (
            Mistake(
                lambda train, test: float(np.mean(np.asarray(test) == np.bincount(test).argmax())),
                "시험 레이블에서 가장 흔한 답을 골랐습니다. 답은 학습 레이블만 보고 정해야 합니다.",
                "the most frequent test label was chosen. The answer must be fixed from the training labels alone.",
            ),
            Mistake(
                lambda train, test: float(np.mean(np.asarray(train) == np.bincount(train).argmax())),
                "학습 데이터에서 잰 정확도입니다. 시험 데이터에서 재 주세요.",
                "this is the accuracy on the training data. Measure it on the test data.",
            ),
            Mistake(
                lambda train, test: 1 / len(set(train) | set(test)),
                "아무렇게나 찍을 때의 정확도(1/클래스 수)입니다. 가장 흔한 답 하나만 내는 경우를 구해 주세요.",
                "this is the accuracy of blind guessing, 1 / classes. Always give the one most frequent answer.",
            ),
            Mistake(
                lambda train, test: int(np.sum(np.asarray(test) == np.bincount(train).argmax())),
                "맞힌 개수입니다. 시험 문항 수로 나누어 비율로 만들어 주세요.",
                "this is the number of right answers. Divide by the number of test items.",
            ),
        ),
        (
            Property(
                lambda value, train, test: 0 <= value <= 1,
                "정확도는 0과 1 사이의 비율입니다.",
                "an accuracy is a share between 0 and 1.",
            ),
        ),
    ),
    "mean_of_embeddings": Exercise(
        passages_of_ids,
        (
            Mistake(
                lambda vectors, ids, padding: vectors[ids].mean(1),
                "채움(padding) 자리까지 평균에 넣었습니다. 짧은 글일수록 평균이 채움 벡터 쪽으로 끌려갑니다.",
                "the padding was averaged too: the shorter a text, the more its mean is pulled to the padding vector.",
            ),
            Mistake(
                lambda vectors, ids, padding: (vectors[ids] * real(ids, padding)).mean(1),
                "합에서는 채움을 뺐지만 전체 길이로 나누었습니다. 실제 단어의 수로 나누어 주세요.",
                "the padding left the sum but not the count: divide by the number of real words, not by the length.",
            ),
            Mistake(
                lambda vectors, ids, padding: (vectors[ids] * real(ids, padding)).sum(1),
                "평균이 아니라 합입니다. 실제 단어의 수로 나누어 주세요.",
                "this is the sum, not the mean. Divide by the number of real words.",
            ),
            Mistake(
                lambda vectors, ids, padding: (vectors[ids] * real(ids, padding)).sum(1) / real(ids, padding).sum(1),
                "채움만 있는 행에서 0으로 나누어 nan이 되었습니다. 그런 행은 0 벡터로 두세요(개수를 최소 1로).",
                "a row of nothing but padding divides by 0 and gives nan. Let it be zeros: count at least 1.",
            ),
            Mistake(
                lambda vectors, ids, padding: (
                    (vectors[ids] * real(ids, padding)).sum(0) / real(ids, padding).sum(0).clamp(min=1)
                ),
                "평균을 낸 축이 다릅니다. 문장마다 그 안의 단어들(축 1)을 평균 내야 합니다.",
                "averaged over the wrong axis: average the words inside each passage, which is axis 1.",
            ),
        ),
        (
            Property(
                lambda value, vectors, ids, padding: tuple(value.shape) == (len(ids), vectors.shape[1]),
                "결과의 모양은 (글의 수, 차원)이어야 합니다.",
                "the result must have the shape (passages, dimensions).",
            ),
        ),
    ),
}
