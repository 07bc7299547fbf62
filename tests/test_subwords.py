"""Subwords: n-grams, hash and buckets against gensim's port of fastText; many words at once; what two words share."""

from types import SimpleNamespace

import numpy as np
import pytest
from gensim.models.fasttext import ft_ngram_hashes
from gensim.models.fasttext_inner import compute_ngrams_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import subwords
from helpers.subwords import fnv1a, hash_words, ngram_hashes, ngrams, shared

SIZES = st.tuples(st.integers(1, 7), st.integers(0, 7))
ODD = [
    "",
    "a",
    "가",
    "!!!",
    "<",
    "><",
    "가" * 10_000,
    "\u1112\u1161\u11ab",
    "ㅎㅏ",
    "\ud800",
    "x\udfff",
    "🙂👍🏽",
    "a\0b",
    "ά",
]


def test_the_slides_word():
    assert ngrams("시나브로", 3, 3) == ["<시나", "시나브", "나브로", "브로>"]
    assert len(ngrams("시나브로")) == 10 and "<시나브로>" in ngrams("시나브로")
    assert ngrams("가나", 1, 2) == ["<가", "가", "가나", "나", "나>"]
    assert ngrams("가나", 3, 0) == [] and ngrams("", 1, 6) == ["<>"]


def test_the_hash_of_seoul_and_of_the_textbook():
    assert (fnv1a("서울") % 2_000_000, fnv1a("서울", textbook=True) % 2_000_000) == (921495, 463895)
    # the published values of 32-bit FNV-1a
    assert (fnv1a(""), fnv1a("a"), fnv1a("foobar")) == (0x811C9DC5, 0xE40C292C, 0xBF9CF968)
    assert fnv1a("foobar", textbook=True) == fnv1a("foobar")


@given(st.text(max_size=12), SIZES)
def test_ngrams_and_buckets_are_gensims(word, sizes):
    theirs = compute_ngrams_bytes(word, *sizes)
    assert [ngram.encode() for ngram in ngrams(word, *sizes)] == theirs
    assert ngram_hashes(word, *sizes, 2_000_000) == ft_ngram_hashes(word, *sizes, 2_000_000)


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(codec=None), max_size=9), max_size=20),
    SIZES,
    st.sampled_from([1, 7, 1000, 2_000_000, 2**31]),
    st.sampled_from(subwords.UNITS),
)
def test_many_words_at_once_are_one_after_the_other(words, sizes, bucket, units):
    offsets, buckets = hash_words(words, *sizes, bucket, units)
    assert offsets[0] == 0 and len(offsets) == len(words) + 1
    for i, word in enumerate(words):
        assert buckets[offsets[i] : offsets[i + 1]].tolist() == ngram_hashes(word, *sizes, bucket, units)


@pytest.mark.parametrize("block", [1, 5, 100])
def test_the_size_of_a_block_changes_nothing(block, monkeypatch):
    words = ODD + ["서울", "naïve", "Ωμέγα"] * 10
    expected = hash_words(words, 1, 4, 999)
    monkeypatch.setattr(subwords, "BLOCK", block)
    found = hash_words(words, 1, 4, 999)
    assert np.array_equal(found[0], expected[0]) and np.array_equal(found[1], expected[1])
    assert found[1].tolist() == [bucket for word in words for bucket in ngram_hashes(word, 1, 4, 999)]


@pytest.mark.parametrize("units", subwords.UNITS)
@pytest.mark.parametrize("words", [
    [], ["a\nb"], ["\n", "가\n"], ["a", "", "\n\n", "가나다", "a"], ["".join(map(chr, range(256))), "가"],
    ["\xff", "\xff\n"], ["ㄱ", "\uabff", "\uac00", "\ud7a3", "\ud7a4", "\ud800", "\udfff\n"],
])  # fmt: skip
def test_words_of_every_character(words, units):
    for sizes in ((1, 1), (1, 7), (2, 3), (3, 6), (4, 2), (5, 10**9), (10**9, 10**9)):
        offsets, buckets = hash_words(words, *sizes, 1000, units)
        expected = [ngram_hashes(word, *sizes, 1000, units) if sizes[0] < 10**9 else [] for word in words]
        assert buckets.tolist() == [bucket for one in expected for bucket in one] and buckets.dtype == np.int32
        assert np.diff(offsets).tolist() == list(map(len, expected)) and offsets.dtype == np.int64


def test_a_generator_of_words_will_do():
    assert hash_words(iter(["가", "나"]))[1].tolist() == ngram_hashes("가") + ngram_hashes("나")


def test_every_syllable_is_taken_apart_as_one_by_one():
    syllables = list(map(chr, range(0xAC00, 0xD7A4)))
    found = hash_words(syllables, 3, 3, 2**31, "jamo")[1]
    assert found.tolist() == [bucket for one in syllables for bucket in ngram_hashes(one, 3, 3, 2**31, "jamo")]


# ------------------------------------------------------------------------------------------------------- jamo


def test_jamo_have_three_places_for_every_syllable():
    assert subwords.spell("학교", "jamo") == "ㅎㅏㄱㄱㅛ∅"
    assert subwords.spell("ㅋㅋ naïve", "jamo") == "ㅋㅋ naïve"
    assert ngrams("가", 3, 3, "jamo") == ["<ㄱㅏ", "ㄱㅏ∅", "ㅏ∅>"]


@pytest.mark.parametrize("units, other, common, all_of_one, jaccard", [
    ("syllable", "서울특벌시", 3, 14, 0.12), ("jamo", "서울특벌시", 36, 54, 0.50),
    ("syllable", "서울특별씨", 6, 14, 0.27), ("jamo", "서울특별씨", 39, 54, 0.57),
])  # fmt: skip
def test_the_typos_of_the_slide(units, other, common, all_of_one, jaccard):
    found = shared("서울특별시", other, units=units)
    assert (len(found.common), len(found.first), round(found.jaccard, 2)) == (common, all_of_one, jaccard)


# ------------------------------------------------------------------------------------------------ what is shared


def vectors(words, units="syllable", bucket=50, seed=1):
    """Random vectors with n-grams, as gensim keeps them."""
    draw = np.random.default_rng(seed)
    return SimpleNamespace(
        min_n=2, max_n=3, bucket=bucket, units=units, vector_size=4, key_to_index={w: i for i, w in enumerate(words)},
        vectors_vocab=draw.normal(size=(len(words), 4)), vectors_ngrams=draw.normal(size=(bucket, 4)),
    )  # fmt: skip


@given(st.text("가나다라a", max_size=5), st.text("가나다라a", max_size=5), st.sampled_from(subwords.UNITS))
def test_contributions_add_up_to_the_cosine(first, second, units):
    kv = vectors(["가나", "나다", "aa"], units)
    found = shared(first, second, kv)
    means = [subwords.parts(word, kv)[1].mean(0) for word in (first, second)]
    cosine = means[0] @ means[1] / np.linalg.norm(means[0]) / np.linalg.norm(means[1])
    assert found.cosine == pytest.approx(cosine) and found.table.sum() == pytest.approx(cosine)
    assert found.table.shape == (len(found.first), len(found.second))
    assert set(found.common) == set(ngrams(first, 2, 3, units)) & set(ngrams(second, 2, 3, units))
    assert found.from_common().keys() == set(found.common)
    assert (found.first[:1] == [first]) or first not in kv.key_to_index


def test_words_without_parts_have_no_cosine_and_no_nan():
    kv = vectors(["가나"])
    kv.min_n = kv.max_n = 5
    found = shared("다", "가나", kv)
    assert found.first == [] and found.cosine == 0 and found.table.shape == (0, 1)
    assert shared("", "", min_n=5).jaccard == 0


# ------------------------------------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize("word", ODD, ids=lambda word: ascii(word)[:12])
@pytest.mark.parametrize("units", subwords.UNITS)
def test_odd_words_do_not_crash(word, units):
    found = ngram_hashes(word, 3, 6, 1000, units)
    assert hash_words([word], 3, 6, 1000, units)[1].tolist() == found
    assert all(0 <= bucket < 1000 for bucket in found)


@pytest.mark.parametrize("options, words", [
    (dict(min_n=0), "min_n must be .* at least 1"), (dict(min_n=2.0), "min_n must be"), (dict(max_n=-1), "max_n must"),
    (dict(bucket=0), "bucket must be"), (dict(bucket=2**32), "32 bits"), (dict(units="letters"), "units must be"),
])  # fmt: skip
def test_bad_input_is_refused(options, words):
    for function in (lambda: ngram_hashes("가나", **options), lambda: hash_words(["가나"], **options)):
        with pytest.raises(ValueError, match=words):
            function()


class Named(str):
    """A word that writes itself otherwise, as one of an Enum does."""

    def __str__(self):
        return "Season.AUTUMN"


@pytest.mark.parametrize("units", ["syllable", "jamo"])
@pytest.mark.parametrize("other", ["나무", "두\n줄"])
def test_a_kind_of_str_counts_as_its_letters(units, other):
    offsets, buckets = hash_words([Named("가을"), other], units=units)
    assert ngrams(Named("가을"), units=units) == ngrams("가을", units=units)
    assert buckets[: offsets[1]].tolist() == ngram_hashes("가을", units=units)
