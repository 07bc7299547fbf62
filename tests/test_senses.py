"""True homographs: marked paragraphs are found by their digests, and each occurrence is judged by the others."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from helpers import checkpoints, context, pretraining, pseudoword_study
from helpers.korean import senses

TEXTS = ["의사가 병원에서 환자를 본다", "그는 참가할 의사를 밝혔다", "의사는 의사를 만났다", "하늘이 맑다"]
SENSES = ("physician", "intention", "physician")
MARKED = {checkpoints.digest(text): ("의사", sense) for text, sense in zip(TEXTS, SENSES)}


def test_the_marks_name_senses_and_no_text():
    marks = senses.marked()
    assert len(marks) >= 150 and {word for word, _ in marks.values()} == {"의사", "다리", "눈"}
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in marks)
    assert {sense for word, sense in marks.values() if word == "다리"} == {"leg", "bridge"}


def test_marked_paragraphs_are_found_once_and_only_where_the_word_stands_once():
    found = senses.occurrences([TEXTS[3], TEXTS[1], TEXTS[2], TEXTS[0], TEXTS[1]], MARKED)
    assert [(word, sense) for word, sense, _, _ in found] == [("의사", "intention"), ("의사", "physician")]
    assert all(tokens[position] == "의사" for _, _, tokens, position in found)


def test_the_word_stands_unknown_in_the_middle_of_its_window():
    vocabulary = context.ContextVocabulary([*context.SPECIAL, "a", "b", "x"])
    found = [("x", "s", ["a", "x", "b", "b", "a"], 1), ("x", "s", ["b", "x"], 1)]
    assert senses.windows(found, vocabulary, reach=2).tolist() == [[0, 3, 1, 4, 4], [0, 4, 1, 0, 0]]


def test_the_nearest_other_of_the_same_word_decides():
    table = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1], [1, 0.05]])
    words = np.array(["w", "w", "w", "w", "v"])
    assert senses.nearest_agrees(table[:4], words[:4], np.array([*"aabb"])).tolist() == [True] * 4
    assert senses.nearest_agrees(table[:4], words[:4], np.array([*"abab"])).tolist() == [False] * 4
    table, words = np.vstack([table, [[0, 1]]]), np.array([*words, "v"])
    assert senses.nearest_agrees(table, words, np.array([*"aabbcc"])).all()  # rows of another word are no neighbours


def test_the_commonest_sense_is_that_of_the_others():
    words = np.array([*"wwwwwvv"])
    found = senses.commonest_agrees(words, np.array([*"aaabbab"]))
    assert found.tolist() == [False, False, False, False, False, False, False]  # 2 a against 2 b once an a is left out
    assert senses.commonest_agrees(words[:4], np.array([*"aaab"])).tolist() == [True, True, True, False]


def test_the_experiment_counts_what_it_read_and_judges_every_method(monkeypatch):
    asked = []

    def readers(texts, seed):
        asked.append(seed)
        vocabulary = context.ContextVocabulary.build(texts, min_count=1)
        options = pretraining.Options("elmo", vector_size=8, layers=1, seed=seed)
        return vocabulary, pretraining.untrained(options, len(vocabulary)), torch.randn(len(vocabulary), 8)

    monkeypatch.setattr(pseudoword_study, "documents_of", lambda corpus, limit: {"one": "병원 환자 참가 밝히".split()})
    monkeypatch.setattr(pseudoword_study, "readers", readers)
    texts = [*TEXTS[3:], TEXTS[0] + " 또", *TEXTS[:2], TEXTS[1] + " 또"]
    marks = {checkpoints.digest(text): ("의사", "intention" if "참가" in text else "physician") for text in texts[1:]}
    monkeypatch.setattr(senses, "marked", lambda: marks)
    lines = SimpleNamespace(lines=lambda: ((text, True) for text in texts))
    monkeypatch.setattr(senses.corpora, "load", lambda *arguments, **options: lines)
    found = senses.measure("kowiki", limit=1)
    assert asked == [1, 2, 3] and found["tokens"] == 4 and found["sentences"] == 1
    assert sorted(found["senses"]) == ["intention"] * 2 + ["physician"] * 2
    assert set(found["agree"]) == {"commonest sense", *senses.METHODS}
    assert all(len(rows) == 4 for rows in found["agree"].values())
    with pytest.raises(ValueError, match="senses kowiki --limit 6000"):
        senses.measure("kowiki")
