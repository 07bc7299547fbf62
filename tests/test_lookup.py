"""The table of words: what Python's dict and str.split give, for every text."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.lookup import END, SPACES, Table

ANYTHING = st.text(st.characters(codec=None), max_size=9)  # surrogates too
BLANKS = "".join(chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace())


def plain(text, index, longest=2**62, empty=False):
    """Ids with END after each sentence, in plain Python, and how many words the last sentence has."""
    ids, length = [], 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        for word in line.split():
            if length == longest:
                ids.append(END)
                length = 0
            ids += [index[word]] if word in index else []
            length += 1
        if number < len(lines) - 1 and (length or empty):
            ids.append(END)
            length = 0
    return ids, length


def test_a_text_by_hand():
    table = Table({"the": 0, "road": 1, "wide": 2})
    ids, words, spaces, length = table.look_up("the wide road\nthe unknown sun\n\n road")
    assert ids.tolist() == [0, 2, 1, END, 0, END, 1] and ids.dtype == np.int32
    assert (words, spaces, length) == (7, 8, 1)
    assert table.look_up("\n the\n\n", empty=True)[0].tolist() == [END, 0, END, END]


def test_white_space_is_what_python_calls_so():
    assert [chr(code) for code in np.flatnonzero(SPACES)] == list(BLANKS)


@settings(deadline=None)
@given(
    st.lists(ANYTHING, max_size=30, unique=True),
    st.lists(st.one_of(ANYTHING, st.sampled_from(BLANKS)), max_size=30),
    st.integers(1, 5),
    st.booleans(),
)
def test_every_text_is_looked_up_as_python_would(words, pieces, longest, empty):
    index = {word: 7 * number for number, word in enumerate(words)}
    text = "".join(pieces) + "\n" + " ".join(words)
    ids, n, spaces, length = Table(index).look_up(text, longest, 0, empty)
    assert (ids.tolist(), length) == plain(text, index, longest, empty)
    assert n == len(text.split()) and spaces == sum(map(str.isspace, text))


@given(st.lists(st.sampled_from(["a ", "b ", "c\n", "\n"]), max_size=40), st.integers(0, 40), st.integers(1, 5))
def test_a_text_in_two_pieces_is_one_text(pieces, cut, longest):
    table = Table({"a": 0, "b": 1})
    first, _, _, length = table.look_up("".join(pieces[:cut]), longest)
    second, _, _, last = table.look_up("".join(pieces[cut:]), longest, length)
    whole, _, _, end = table.look_up("".join(pieces), longest)
    assert [*first, *second] == whole.tolist() and last == end


def test_many_words_find_their_places():
    words = [f"{i}" for i in range(5000)] + ["가" * i for i in range(1, 200)] + ["🙂", "\ud800", "e\u0301", "é"]
    table = Table({word: i for i, word in enumerate(words)})
    order = np.random.default_rng(1).permutation(len(words))
    assert table.look_up(" ".join(words[i] for i in order))[0].tolist() == order.tolist()
    assert not len(table.look_up(" ".join(word + "x" for word in words))[0])
    assert 2 * np.count_nonzero(table.slots >= 0) <= len(table.slots)


@pytest.mark.parametrize("index", [{}, {1: 0, ("a", "NNG"): 1}])
def test_a_table_without_words_finds_nothing(index):
    assert Table(index).look_up("a 1\n")[0].tolist() == [END]


def test_a_piece_of_one_word_may_begin_with_the_end_of_the_sentence_before():
    ids, words, spaces, length = Table({"y": 3}).look_up("y\n", longest=1, length=1)
    assert ids.tolist() == [END, 3, END] and (words, spaces, length) == (1, 1, 0)
