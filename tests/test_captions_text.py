"""Caption words: nothing that counts is dropped, Korean comes back whole, and no vector is zero."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import captions, vectors
from helpers.captions.text import END, SPECIAL, START, UNKNOWN, CaptionVocabulary

KOREAN = ["빨간 공이 나무 위에 있다.", "파란 상자 두 개와 노란 별이 보인다.", "남녀가 개울가에서 빨래를 했다.", "간다"]


def test_words_keeps_every_word_and_drops_case_and_punctuation():
    assert captions.words('A "tri-colored" dog\'s ball, 2 cats .') == ["a", "tricolored", "dogs", "ball", "2", "cats"]
    assert captions.words("빨간 공이 나무 위에 있다.") == ["빨간", "공이", "나무", "위에", "있다"]
    assert captions.words("\u1100\u1169\u11bc\tA\n<end>") == ["공", "a", "end"]  # composed; no marker can slip in
    assert captions.words(" .!? ") == []
    with pytest.raises(TypeError, match="a caption must be a str, not None"):
        captions.words(None)


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_any_text_gives_words_without_spaces_or_markers(text):
    for word in captions.words(text):
        assert word and not set(word) & set(" \t\n+<>")


@pytest.mark.parametrize("number", range(len(KOREAN)))
def test_morphemes_join_to_the_words_they_came_from(number):
    pieces = captions.morphemes(KOREAN[number])
    assert captions.join(pieces) == " ".join(captions.words(KOREAN[number]))
    assert not pieces[0].startswith("+")


def test_morphemes_cut_particles_and_leave_fused_syllables():
    assert captions.morphemes("공이 있다") == ["공", "+이", "있", "+다"]
    assert captions.morphemes("빨래를 했다.")[:2] == ["빨래", "+를"]
    assert captions.morphemes("빨래를 했다.")[2] == "했"  # 하 + 았


def test_vocabulary_encodes_every_word_and_decodes_to_the_end():
    vocabulary = CaptionVocabulary.build([["a", "dog"], ["a", "cat"], ["a", "dog"]], min_count=2)
    assert vocabulary.tokens == [*SPECIAL, "a", "dog"] and "cat" not in vocabulary
    assert vocabulary.encode(["a", "cat"]) == [START, 3, UNKNOWN, END]
    assert vocabulary.decode([START, 3, 4, END, 3]) == "a dog"
    with pytest.raises(ValueError, match="lower min_count"):
        CaptionVocabulary.build([["a"]], min_count=2)
    with pytest.raises(ValueError, match="tokenize must be 'words' or 'morphemes'"):
        CaptionVocabulary(SPECIAL, "letters")
    with pytest.raises(ValueError, match="starts with"):
        CaptionVocabulary(["a", "b", "c"])


def table_of(tokens, kv, tokenize="words", size=50):
    vocabulary = CaptionVocabulary([*SPECIAL, *tokens], tokenize)
    return vocabulary.table(kv, size, torch.Generator().manual_seed(1))


def test_table_keeps_directions_and_gives_the_unknown_a_vector_as_long():
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    kv = vectors.keyed_vectors(words, rng.normal(size=(300, 50)) * 7)
    table, known = table_of([*words, *(f"x{i}" for i in range(300))], kv)
    assert known.sum() == 300 and not known[:3].any()
    ratio = table[known].numpy() / kv.vectors
    assert ratio.std() < 1e-5 * ratio.mean()  # one factor for all: angles and relative lengths stay
    lengths = table.norm(dim=1)
    assert lengths.min() > 0.5 * lengths.mean()
    assert abs(lengths[known].mean() / lengths[~known].mean() - 1) < 0.05


def test_table_looks_morphemes_up_without_their_mark():
    kv = vectors.keyed_vectors(["공", "이"], np.eye(2, dtype=np.float32))
    assert table_of(["공", "+이"], kv, "morphemes", 2)[1].tolist() == [False] * 3 + [True] * 2
    assert table_of(["공", "이것"], kv, "words", 2)[1].tolist() == [False] * 3 + [True, False]


def test_table_refuses_vectors_that_cannot_be_meant():
    with pytest.raises(ValueError, match="same language"):
        table_of(["dog"], vectors.keyed_vectors(["Hund"], np.ones((1, 4))))
    with pytest.raises(ValueError, match="not finite"):
        table_of(["dog"], vectors.keyed_vectors(["dog"], np.full((1, 4), np.nan)))
    table, known = table_of(["dog"], None, size=7)
    assert table.shape == (4, 7) and not known.any()
