"""helpers.korean.typos: keys, what they write, and errors that are really there."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.korean import hangul, typos

HANGUL = st.text(alphabet=st.characters(min_codepoint=hangul.FIRST, max_codepoint=hangul.LAST), max_size=12)
KEYS = "".join(typos.NEIGHBORS)


def distance(one, other):
    """Damerau's distance in its restricted form: keys put in, left out, replaced, or swapped with the next."""
    d = np.zeros((len(one) + 1, len(other) + 1), dtype=int)
    d[:, 0], d[0, :] = np.arange(len(one) + 1), np.arange(len(other) + 1)
    for i, a in enumerate(one, 1):
        for j, b in enumerate(other, 1):
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a != b))
            if i > 1 and j > 1 and (a, one[i - 2]) == (other[j - 2], b):
                d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return int(d[-1, -1])


def test_every_syllable_is_typed_back():
    for syllable in hangul.all_syllables():
        assert typos.typed(typos.keys(syllable)) == syllable
    text = "".join(hangul.all_syllables())
    assert typos.typed(typos.keys(text)) == text


@given(HANGUL)
def test_every_word_is_typed_back(word):
    assert typos.typed(typos.keys(word)) == word
    assert set(typos.keys(word)) <= set(KEYS)


@given(st.lists(st.sampled_from(KEYS), max_size=20))
def test_what_keys_write_tells_the_keys(pressed):
    assert typos.keys(typos.typed(pressed)) == pressed


TYPED = """
ㅎㅏㄱㄱㅛ 학교 | ㅎㄱㅏㄱㅛ ㅎ가교 | ㅎㅏㄱㅅㅐㅇ 학생 | ㅇㅓㅂㅅㄷㅏ 없다 | ㅇㅓㅂㅅㅓ 업서 | ㄱㅗㅏㅇ 광
ㅏㅗ ㅏㅗ | ㅋㅋㅋ ㅋㅋㅋ | ㅅㅓㄸㅏ 서따
ㅇㅗㅏㄴㅅㅓㅇ 완성 | ㄷㅏㄹㄱㅇㅡㄹ 닭을 | ㄷㅏㄹㄱㅣ 달기 | ㄷㅗㅣㄴㅈㅏㅇ 된장
"""


@pytest.mark.parametrize("pressed, text", [pair.split() for pair in TYPED.strip().replace("\n", "|").split("|")])
def test_input_method(pressed, text):
    assert typos.typed(list(pressed)) == text


def test_other_characters_are_keys_of_their_own():
    assert typos.keys("A8 학ㅘ") == ["A", "8", " ", "ㅎ", "ㅏ", "ㄱ", "ㅘ"]
    assert typos.typed(typos.keys("GPT와 😀")) == "GPT와 😀"


def test_neighbors_are_mutual_and_of_one_kind():
    assert len(typos.NEIGHBORS) == 26 + 7
    for letter, near in typos.NEIGHBORS.items():
        assert near and letter not in near
        assert all(letter in typos.NEIGHBORS[other] for other in near)
        assert all((letter in hangul.VOWELS) == (other in hangul.VOWELS) for other in near)
    assert "ㅓ" in typos.NEIGHBORS["ㅕ"] and "ㅋ" not in typos.NEIGHBORS["ㅍ"]


def test_the_typo_of_the_slide():
    assert typos.typo("서울특별시", 1, np.random.default_rng(15)) == "서울특벌시"


def test_each_kind():
    pressed = typos.keys("빨래")
    assert typos.typed(typos.omit(pressed, 0)) == "ㅏㄹ래"
    assert typos.typed(typos.swap(pressed, 1)) == "ㅃ라래"
    assert typos.typed(typos.replace(pressed, 0, np.random.default_rng(0))) == "발래"
    with pytest.raises(ValueError, match="no Hangul key"):
        typos.replace(["A"], 0, np.random.default_rng(0))


@given(HANGUL.filter(bool), st.integers(0, 4), st.integers(0, 10_000))
def test_so_many_errors(word, edits, seed):
    try:
        found = typos.typo(word, edits, np.random.default_rng(seed))
    except ValueError as error:
        assert len(typos.keys(word)) < 2 * edits and "too few keys" in str(error)
        return
    assert (found == word) == (edits == 0) and found
    assert distance(typos.keys(word), typos.keys(found)) <= edits
    assert found == typos.typo(word, edits, np.random.default_rng(seed)), "one seed, one typo"


@pytest.mark.parametrize("kind", typos.KINDS)
def test_only_the_kinds_that_were_asked_for(kind):
    word, generator = "도서관에서", np.random.default_rng(1)
    for _ in range(50):
        before, after = typos.keys(word), typos.keys(typos.typo(word, 1, generator, (kind,)))
        assert len(after) == len(before) - (kind == "omit")
        assert (sorted(after) == sorted(before)) == (kind == "swap")


def test_all_kinds_and_places_occur():
    generator = np.random.default_rng(0)
    found = {typos.typo("학교", 1, generator) for _ in range(2000)}
    assert {"ㅏㄱ교", "하교", "학ㄱ", "ㅏㅎㄱ교", "ㅎ가교", "하굑", "팍교"} <= found
    assert "악교" not in found, "ㅇ is far from ㅎ"


def test_refusals():
    generator = np.random.default_rng(0)
    for edits in (-1, 1.0, True, "1"):
        with pytest.raises(ValueError, match="edits"):
            typos.typo("학교", edits, generator)
    with pytest.raises(ValueError, match="kinds"):
        typos.typo("학교", 1, generator, ("insert",))
    with pytest.raises(ValueError, match="kinds"):
        typos.typo("학교", 1, generator, ())
    with pytest.raises(ValueError, match="too few keys"):
        typos.typo("", 1, generator)
    with pytest.raises(ValueError, match="too few keys"):
        typos.typo("학교", 6, generator)
    assert typos.typo("", 0, generator) == ""
    assert typos.typo("A", 0, generator) == "A"
    with pytest.raises(ValueError, match="too few keys"):
        typos.typo("A", 1, generator)  # left out, nothing would remain


def test_syllables_written_in_pieces_have_the_same_keys():
    """A Mac's file names are: there 서 may be ㅅ and ㅓ, two characters that look like one."""
    apart = unicodedata.normalize("NFD", "서울특별시")
    assert len(apart) == 13 and typos.keys(apart) == typos.keys("서울특별시")
    assert typos.typed(typos.keys(apart)) == "서울특별시"
