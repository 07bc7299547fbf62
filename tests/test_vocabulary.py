"""Vocabulary: counting, order, encoding, the two distributions, files, and what is refused."""

import os
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from gensim.models import Word2Vec
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import corpora, vocabulary
from helpers.corpora import textfiles
from helpers.letters import tidy
from helpers.lookup import END
from helpers.vocabulary import Vocabulary, encoded, keep_probability, noise

SENTENCES = [["b", "a", "c", "a"], [], ["c", "d", "a", "빨래"]]
SOME = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=8), min_size=1, max_size=30)


def test_order_is_by_count_then_by_first_appearance():
    v = Vocabulary.build(SENTENCES, min_count=1)
    assert v.words == ["a", "c", "b", "d", "빨래"]
    assert v.counts.tolist() == [3, 2, 1, 1, 1] and v.counts.dtype == np.int64
    assert v.index == {"a": 0, "c": 1, "b": 2, "d": 3, "빨래": 4}
    assert (v.total, v.raw_total, v.raw_size, v.sentences, len(v)) == (8, 8, 5, 3, 5)
    assert "빨래" in v and "속옷" not in v


def test_min_count_and_max_size():
    v = Vocabulary.build(SENTENCES, min_count=2)
    assert (v.words, v.total, v.raw_total, v.raw_size) == (["a", "c"], 5, 8, 5)
    assert Vocabulary.build(SENTENCES, min_count=1, max_size=3).words == ["a", "c", "b"]
    assert Vocabulary.build(SENTENCES, min_count=0).words == Vocabulary.build(SENTENCES, min_count=1).words


@given(SOME, st.integers(1, 3))
def test_counts_are_those_of_a_counter(sentences, min_count):
    expected = Counter(word for tokens in sentences for word in tokens)
    kept = {word: count for word, count in expected.items() if count >= min_count}
    if not kept:
        with pytest.raises(ValueError):
            Vocabulary.build(sentences, min_count)
        return
    v = Vocabulary.build(iter(sentences), min_count)
    assert dict(zip(v.words, v.counts.tolist())) == kept


@given(SOME)
def test_encoding_a_corpus_is_encoding_its_sentences(sentences):
    v = Vocabulary(["c", "a", "e"], [3, 2, 1])
    ids, offsets = v.encode_corpus(tuple(tokens) for tokens in sentences)
    assert ids.dtype == np.int32 and offsets.dtype == np.int64 and len(offsets) == len(sentences) + 1
    for s, tokens in enumerate(sentences):
        one = v.encode(tokens)
        assert one.dtype == np.int32
        assert [v.words[i] for i in one] == [word for word in tokens if word in v]
        assert np.array_equal(ids[offsets[s] : offsets[s + 1]], one)


def one_by_one(sentences, index):
    """What `encoded` says, put together in plain Python."""
    return [i for tokens in sentences for i in [*(index[word] for word in tokens if word in index), END]]


def put_together(sentences, index):
    return [i for some in encoded(sentences, index) for i in some.tolist()]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "x", "", "a b", "a\nb", " ", "\u3000", "가", "\ud800"]))))
def test_tokens_with_white_space_or_without_a_letter_are_words_too(sentences):
    for words in (["a", "b", "가"], ["", "a b", "a\nb", "b"], ["\u3000", "\ud800", " "]):
        index = {word: i for i, word in enumerate(words)}
        assert put_together(sentences, index) == one_by_one(sentences, index)


def test_tokens_of_every_kind_and_sentences_of_every_kind():
    index = {"a": 0, ("a", "NNG"): 1, 7: 2, "b": 3}
    sentences = [["a", "b"], [("a", "NNG"), "b"], (7, 8), ["b", None, 1.5], np.array(["b", "a"]), iter("ab")]
    assert put_together(sentences, index) == [0, 3, END, 1, 3, END, 2, END, 3, END, 3, 0, END, 0, 3, END]


LINE = st.text(st.sampled_from("ab가 \t\u00a0\u2003\x1f\x85🙂"), max_size=30)


@settings(deadline=None)
@given(st.lists(LINE, min_size=1, max_size=20), st.integers(1, 6), st.sampled_from([1, 10, 1 << 18]))
def test_a_corpus_cut_at_white_space_is_read_as_lists_of_words_would_be(tmp_path_factory, lines, longest, letters):
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text("\n".join(["a 가 b", *lines]), encoding="utf-8")
    corpus = corpora.load(path, tokenize=str.split, max_sentence_length=longest)
    index = {"a": 0, "가": 1, "ab": 2, "🙂": 3}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "LETTERS", letters)
        assert put_together(corpus, index) == one_by_one(list(corpus), index)
        assert put_together(list(corpus), index) == one_by_one(list(corpus), index)


def test_a_corpus_whose_lines_come_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(textfiles, "BLOCK", 64)
    path = tmp_path / "corpus.txt"
    path.write_text("a road " * 100 + "\n" + "the wide road\n\n" + "x" * 200 + "\nroad a", encoding="utf-8")
    index = {"a": 0, "road": 1, "x" * 64: 2}
    for longest in (7, 64, 10_000):
        corpus = corpora.load(path, tokenize=str.split, max_sentence_length=longest)
        for letters in (10, 500, 1 << 18):
            monkeypatch.setattr(vocabulary, "LETTERS", letters)
            assert put_together(corpus, index) == one_by_one(list(corpus), index)
            assert all(some[-1] == END for some in encoded(corpus, index))  # whole sentences


@pytest.mark.parametrize("name", ["wikipedia", "korean"])
def test_the_courses_own_corpora_are_read_as_their_sentences(name):
    corpus = corpora.load(name)
    assert corpus.tokenize is str.split
    sentences = list(corpus)
    v = Vocabulary.build(sentences, 3)
    (ids, offsets), (same, bounds) = v.encode_corpus(corpus), v.encode_corpus(sentences)
    assert np.array_equal(ids, same) and np.array_equal(offsets, bounds) and len(ids) == v.total


def test_a_corpus_with_its_own_words_is_cut_by_itself(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("The road, the sun!\n", encoding="utf-8")
    assert put_together(corpora.load(path), {"the": 0, "road": 1, "sun": 2}) == [0, 1, 0, 2, END]


@given(SOME, st.integers(1, 40))
def test_max_tokens_cuts_the_stream(sentences, limit):
    v = Vocabulary(list("abcdefg"), [1] * 7)
    ids, offsets = v.encode_corpus(sentences)
    part, bounds = v.encode_corpus(sentences, max_tokens=limit)
    assert np.array_equal(part, ids[:limit])
    assert bounds[0] == 0 and bounds[-1] == len(part) and np.all(np.diff(bounds) >= 0)
    assert set(bounds.tolist()) <= {*offsets.tolist(), limit}


def test_sentences_may_be_generators_and_many_batches_long():
    n = 3 * vocabulary.BATCH + 7
    v = Vocabulary.build(((word for word in ["x", str(i % 5)]) for i in range(n)), min_count=1)
    ids, offsets = v.encode_corpus((word for word in ["x", "?", str(i % 5)]) for i in range(n))
    assert v.counts[0] == n and len(ids) == 2 * n and np.array_equal(np.diff(offsets), np.full(n, 2))


def test_same_words_and_counts_as_gensim():
    rng = np.random.default_rng(5)
    sentences = [[f"w{k}" for k in rng.zipf(1.5, 20)] for _ in range(300)]
    model = Word2Vec(vector_size=1, min_count=3)
    model.build_vocab(sentences)
    v = Vocabulary.build(sentences, min_count=3)
    assert dict(zip(v.words, v.counts)) == {w: model.wv.get_vecattr(w, "count") for w in model.wv.key_to_index}
    expected = [model.wv.get_vecattr(w, "sample_int") / 2**32 for w in v.words]
    assert np.allclose(v.keep_probability(1e-3), expected, atol=1e-6)


def test_rare_words_are_forgotten_when_memory_is_bounded():
    sentences = [["often", f"once{i}"] for i in range(5_000)]
    with pytest.warns(UserWarning, match="more than 1,000 distinct words"):
        v = Vocabulary.build(sentences, min_count=2, max_vocab_size=1_000)
    assert v.words == ["often"] and v.counts[0] == 5_000 and v.raw_total == 10_000
    assert 1_000 < v.raw_size <= 5_001


def peak(n, **options):
    tracemalloc.start()
    with pytest.warns(UserWarning):
        Vocabulary.build((["often", f"a rare word number {i}"] for i in range(n)), max_vocab_size=2_000)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size


def test_memory_does_not_grow_with_the_rare_words():
    # ten times the words: ten times the memory if none were forgotten.  What is kept from a first call on counts
    # for neither; the margin is for other threads of the process, whose memory is traced as well
    peak(6_000)
    assert peak(60_000) < 2.5 * peak(6_000)


def test_both_subsampling_formulas():
    counts = np.array([99, 1])  # f = .99, .01
    assert np.allclose(keep_probability(counts, 1e-3)[1], 0.4162, atol=1e-4)
    assert np.allclose(keep_probability(counts, 1e-3, "paper")[1], 0.3162, atol=1e-4)
    assert keep_probability(counts, 10).tolist() == [1, 1] == keep_probability(counts, 10, "paper").tolist()
    v = Vocabulary(["x", "y"], counts)
    assert np.array_equal(v.keep_probability(1e-3), keep_probability(counts, 1e-3))


def test_noise_of_the_facts():
    counts = [90, 9, 1]
    for exponent, expected in ((1, [0.9, 0.09, 0.01]), (0.75, [0.825, 0.147, 0.028]), (0.5, [0.703, 0.222, 0.074])):
        assert np.allclose(noise(counts, exponent), expected, atol=5e-4)
    assert np.allclose(noise(counts, 0), 1 / 3)
    v = Vocabulary(["x", "y", "z"], counts)
    assert np.array_equal(v.noise(), noise(counts, 0.75)) and v.noise().dtype == np.float64


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=50), st.floats(-1, 2))
def test_noise_sums_to_one(counts, exponent):
    assert np.isclose(noise(counts, exponent).sum(), 1)


@pytest.mark.parametrize("sample", [0, -1e-3, np.nan, np.inf, "1e-3", None, True])
def test_odd_samples_are_refused(sample):
    with pytest.raises(ValueError, match="sample must be a number above 0"):
        keep_probability([1, 2], sample)


def test_odd_formulas_exponents_and_counts_are_refused():
    with pytest.raises(ValueError, match="formula must be"):
        keep_probability([1, 2], 1e-3, "gensim")
    for exponent in (np.nan, np.inf, 1e6):
        with pytest.raises(ValueError, match="exponent must be"):
            noise([10, 2], exponent)
    for counts in ([], [0, 1], [-1], [[1, 2]], [np.nan]):
        with pytest.raises(ValueError, match="counts must be"):
            noise(counts)


@pytest.mark.parametrize("sentences", ["the wide road", ["the wide road", "in the sun"], b"x", [["a"], b"b"]])
def test_strings_in_place_of_token_lists(sentences):
    with pytest.raises(TypeError, match="every letter would be a word"):
        Vocabulary.build(sentences, 1)
    with pytest.raises(TypeError, match="every letter would be a word"):
        Vocabulary(["a"], [1]).encode_corpus(sentences)


def test_a_string_cannot_be_encoded():
    with pytest.raises(TypeError, match="split"):
        Vocabulary(["a"], [1]).encode("a b")


@pytest.mark.parametrize("sentences", [[[["a", "b"]]], [["a", 3]], [["a", None]], [[("a", "b")]]])
def test_tokens_must_be_strings(sentences):
    with pytest.raises(TypeError, match="string"):
        Vocabulary.build(sentences, 1)


@pytest.mark.parametrize("sentences", [[], [[]], [[], []]])
def test_nothing_to_count(sentences):
    with pytest.raises(ValueError, match="A generator can be read only once"):
        Vocabulary.build(sentences)


def test_a_used_up_generator_is_noticed():
    stream = iter([["a", "b"]])
    v = Vocabulary.build(stream, 1)
    with pytest.raises(ValueError, match="A generator can be read only once"):
        v.encode_corpus(stream)


def test_everything_lost_to_min_count():
    with pytest.raises(ValueError, match="the most frequent occurs 3 times. Lower min_count"):
        Vocabulary.build(SENTENCES, min_count=4)


@pytest.mark.parametrize("options", [{"min_count": -1}, {"min_count": 2.5}, {"max_size": 0}, {"max_vocab_size": 0},
                                     {"min_count": "5"}, {"max_size": True}])  # fmt: skip
def test_odd_options_are_refused(options):
    with pytest.raises(ValueError, match="must be a whole number"):
        Vocabulary.build(SENTENCES, **options)
    with pytest.raises(ValueError, match="must be a whole number"):
        Vocabulary(["a"], [1]).encode_corpus(SENTENCES, max_tokens=0)


@pytest.mark.parametrize("words, counts", [([], []), (["a"], [1, 2]), (["a", "a"], [2, 1]), (["a", "b"], [1, 2]),
                                           (["a"], [0])])  # fmt: skip
def test_a_vocabulary_must_make_sense(words, counts):
    with pytest.raises(ValueError):
        Vocabulary(words, counts)


@given(st.dictionaries(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]))
                       .map(tidy).filter(bool), st.integers(1, 10**12), min_size=1))  # fmt: skip
def test_files_keep_every_word(tmp_path_factory, counts):
    items = sorted(counts.items(), key=lambda item: -item[1])
    v = Vocabulary(*zip(*items))
    path = tmp_path_factory.mktemp("vocabulary") / "words.txt"
    v.save(path)
    again = Vocabulary.load(path)
    assert again.words == v.words and np.array_equal(again.counts, v.counts)
    assert os.listdir(path.parent) == ["words.txt"]


def test_a_failed_save_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "words.txt"
    Vocabulary(["old"], [1]).save(path)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vocabulary.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        Vocabulary(["new"], [2]).save(path)
    assert os.listdir(tmp_path) == ["words.txt"] and path.read_text() == "old 1\n"
    for bad in ("a\nb", ""):
        with pytest.raises(ValueError, match="line of its own"):
            Vocabulary([bad], [2]).save(path)


def test_files_of_other_programs(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeff</s> 3\r\nthe 9\r\nnew york 2\r\n".encode())  # BOM, Windows line ends, unsorted
    v = Vocabulary.load(path)
    assert v.words == ["the", "</s>", "new york"] and v.counts.tolist() == [9, 3, 2]


def test_missing_and_damaged_files(tmp_path):
    path = tmp_path / "words.txt"
    with pytest.raises(FileNotFoundError, match="Vocabulary.save"):
        Vocabulary.load(path)
    for text, message in (("the 9\nroad\n", "line 2"), ("", "line 1"), ("the x\n", "line 1"), ("a 1\na 1\n", "twice")):
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            Vocabulary.load(path)
