"""Counting against plain loops, hand-made numbers and scikit-learn; and what bad input says."""

import errno
import tempfile
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from helpers import cooccurrence, counting
from helpers import files as written
from helpers.vocabulary import Vocabulary

SLIDE = [line.split() for line in ("I like deep learning", "I like NLP", "I enjoy flying")]
SLIDE_WORDS = ["I", "like", "enjoy", "deep", "learning", "NLP", "flying"]
WORDS = ["a", "b", "c", "가", "나", "x y", ""]
SENTENCE = [["a", "b", "c", "a", "b", "b"]]
settings.register_profile("busy", deadline=None)  # a busy machine is no failure
settings.load_profile("busy")
tokens = st.lists(st.sampled_from(WORDS), max_size=9)
corpora = st.lists(tokens, min_size=1, max_size=8).filter(any)


def loop(sentences, words, window, weigh):
    """The co-occurrence matrix as one would count it on paper."""
    matrix = np.zeros((len(words), len(words)))
    for sentence in sentences:
        known = [words.index(word) for word in sentence if word in words]
        for i, center in enumerate(known):
            for j, context in enumerate(known):
                if i != j and abs(i - j) <= window:
                    matrix[center, context] += weigh(abs(i - j))
    return matrix


# one-hot, bag of words, TF-IDF


def test_one_hot_rows_are_the_identity_in_vocabulary_order():
    vocabulary = Vocabulary.build(SLIDE, min_count=1)
    assert np.array_equal(counting.one_hot(vocabulary.words, vocabulary).toarray(), np.eye(len(vocabulary)))
    assert counting.one_hot(["b", "a", "b"], ["a", "b"]).toarray().tolist() == [[0, 1], [1, 0], [0, 1]]
    assert counting.one_hot([], {"a": 0}).shape == (0, 1)
    with pytest.raises(KeyError, match="'z' is not in the vocabulary"):
        counting.one_hot(["z"], ["a"])
    with pytest.raises(TypeError, match="list of words, not 'word'"):
        counting.one_hot("word", ["w"])


@given(corpora)
def test_bag_of_words_counts_as_a_counter_does(documents):
    counts, words = counting.bag_of_words(documents)
    assert words == sorted({word for document in documents for word in document})
    assert counts.dtype == np.int64 and counts.shape == (len(documents), len(words))
    for row, document in zip(counts.toarray(), documents):
        assert {word: n for word, n in zip(words, row) if n} == dict(Counter(document))
    vectorizer = CountVectorizer(analyzer=lambda document: document)
    assert (vectorizer.fit_transform(documents) != counts).nnz == 0 and counts.has_canonical_format
    hot = counting.one_hot([word for document in documents for word in document], words)
    assert np.array_equal(hot.sum(0), counts.sum(0))


def test_bag_of_words_with_given_columns_keeps_their_order_and_drops_the_rest():
    counts, words = counting.bag_of_words([["b", "z", "b", "a"]], words=["b", "c", "a"])
    assert words == ["b", "c", "a"] and counts.toarray().tolist() == [[2, 0, 1]]
    vocabulary = Vocabulary.build(SLIDE, min_count=1)
    assert counting.bag_of_words(iter(SLIDE), words=vocabulary)[1] == vocabulary.words


@given(corpora)
def test_tf_idf_equals_scikit_learn(documents):
    for options in ({}, {"smooth_idf": False}, {"norm": None}, {"sublinear_tf": True, "norm": "l1"}):
        weights, words = counting.tf_idf(documents, **options)
        vectorizer = TfidfVectorizer(analyzer=lambda document: document, **options)
        assert np.allclose(weights.toarray(), vectorizer.fit_transform(documents).toarray())
        assert words == vectorizer.get_feature_names_out().tolist()


@given(corpora)
def test_tf_idf_is_count_times_idf_over_length(documents):
    counts = counting.bag_of_words(documents)[0].toarray()
    n, df = len(documents), (counts > 0).sum(0)
    assert np.allclose(counting.idf(counts), np.log((1 + n) / (1 + df)) + 1)
    assert np.allclose(counting.idf(counts, smooth_idf=False), np.log(n / df) + 1)
    weights = counts * counting.idf(counts)
    length = np.sqrt((weights**2).sum(1, keepdims=True))
    expected = np.divide(weights, length, out=np.zeros_like(weights), where=length > 0)
    assert np.allclose(counting.tf_idf(documents)[0].toarray(), expected)


def test_idf_of_a_column_that_no_document_has():
    counts = np.array([[1, 0], [2, 0]])
    assert counting.idf(counts)[1] == pytest.approx(np.log(3) + 1)
    assert np.isinf(counting.idf(counts, smooth_idf=False)[1])
    stored = sparse.csr_matrix((np.array([1, 0]), ([0, 1], [0, 1])), shape=(2, 2))  # a zero that is stored
    assert np.allclose(counting.idf(stored), counting.idf(stored.toarray()))


@pytest.mark.parametrize("documents", [[], [[]], [[], []]])
def test_documents_without_words_are_refused(documents):
    for function in (counting.bag_of_words, counting.tf_idf):
        with pytest.raises(ValueError, match="no words in the documents"):
            function(documents)


@pytest.mark.parametrize("documents", ["one string", ["one string"], [["a"], "b c"]])
def test_strings_in_place_of_token_lists_are_refused(documents):
    for function in (counting.bag_of_words, counting.tf_idf, lambda s: counting.cooccurrence(s, ["a", "b"])):
        with pytest.raises(TypeError, match="split()"):
            function(documents)


# cosine


def test_cosine_by_hand_sparse_dense_and_zero_rows():
    left, right = np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[1.0, 0.0], [6.0, 8.0]])
    expected = np.array([[0.6, 1.0], [0.0, 0.0]])
    assert np.allclose(counting.cosine(left, right), expected)
    assert np.allclose(counting.cosine(sparse.csr_matrix(left), sparse.csr_matrix(right)), expected)
    assert np.allclose(counting.cosine(sparse.csr_matrix(left), right), expected)
    assert counting.cosine(right).max() <= 1.0 and np.allclose(np.diag(counting.cosine(right)), 1)
    with pytest.raises(ValueError, match="2 and 3 columns"):
        counting.cosine(left, np.ones((1, 3)))
    with pytest.raises(ValueError, match="two dimensions, not 1"):
        counting.cosine(left[0])
    with pytest.raises(ValueError, match="nan"):
        counting.cosine(left * np.nan)


# co-occurrence


def test_the_slides_matrix():
    expected = [
        [0, 2, 1, 0, 0, 0, 0], [2, 0, 0, 1, 0, 1, 0], [1, 0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0, 0],
        [0, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0],
    ]  # fmt: skip
    assert counting.cooccurrence(SLIDE, SLIDE_WORDS, window=1).toarray().tolist() == expected


@settings(max_examples=60)
@given(
    corpora,
    st.integers(1, 6),
    st.sampled_from(["1/d", "flat", None]),
    st.integers(1, 12),
    st.sampled_from([0, 1e-4, 2e-4, 2000]),
    st.sampled_from([1, 2]),
    st.sampled_from([1, 4, 20, 2**19]),
)
def test_cooccurrence_equals_the_plain_loop(sentences, window, weighting, chunk, memory, workers, band):
    words = ["b", "가", "a"]
    whole, cooccurrence.BAND = cooccurrence.BAND, band
    try:
        compare_with_the_loop(sentences, words, window, weighting, chunk, memory, workers)
    finally:
        cooccurrence.BAND = whole


def compare_with_the_loop(sentences, words, window, weighting, chunk, memory, workers):
    expected = loop(sentences, words, window, (lambda d: 1 / d) if weighting == "1/d" else (lambda d: 1))
    options = (words, window, weighting, chunk, memory, workers)
    if not expected.any():
        with pytest.raises(ValueError, match="no sentence has two words"):
            counting.cooccurrence(sentences, *options)
        return
    matrix = counting.cooccurrence(iter(sentences), *options)
    assert matrix.format == "csr" and matrix.dtype == np.float64 and matrix.has_canonical_format
    assert np.allclose(matrix.toarray(), expected, rtol=1e-14)
    assert (matrix != matrix.T).nnz == 0  # exactly symmetric
    assert (matrix != counting.cooccurrence(sentences, words, window, weighting)).nnz == 0  # exact in any pieces


def test_cooccurrence_of_a_vocabulary_drops_rare_words_before_measuring_distance():
    vocabulary = Vocabulary.build([["a", "b"]] * 2 + [["a", "rare", "b"]], min_count=2)
    assert counting.cooccurrence([["a", "rare", "b"]], vocabulary, window=1)[0, 1] == 1.0


def test_cooccurrence_stops_at_sentence_ends_whatever_the_chunks():
    sentences = [["a"], ["b", "a"], [], ["a", "b"], ["b"]] * 7
    for chunk in (1, 2, 3, 5, 1000):
        matrix = counting.cooccurrence(sentences, ["a", "b"], window=5, chunk=chunk).toarray()
        assert matrix.tolist() == [[0, 14], [14, 0]]


def test_windows_as_wide_as_the_sentence_and_wider_than_exact_parts():
    draw = np.random.default_rng(2)
    sentences = [[WORDS[i] for i in draw.integers(0, 7, length)] for length in (90, 3, 40)]
    whole = loop(sentences, WORDS, 10**6, lambda d: 1 / d)
    for window in (89, 1000, 2**60):
        for chunk in (1, 50, 10**6):
            matrix = counting.cooccurrence(sentences, WORDS, window=window, chunk=chunk)
            assert np.allclose(matrix.toarray(), whole, rtol=1e-9, atol=0) and (matrix != matrix.T).nnz == 0
    for window in (cooccurrence.EXACT, cooccurrence.EXACT + 1):
        expected = loop(sentences, WORDS, window, lambda d: 1 / d)
        matrix = counting.cooccurrence(sentences, WORDS, window=window)
        assert np.allclose(matrix.toarray(), expected, rtol=1e-11, atol=0)
    flat = counting.cooccurrence(sentences, WORDS, window=60, weighting="flat")
    assert np.array_equal(flat.toarray(), loop(sentences, WORDS, 60, lambda d: 1))


@given(st.integers(23, 400), st.integers(1, 300), st.sampled_from([0, 1e-3, 2000]))
def test_pieces_do_not_change_a_wide_window_either(window, chunk, memory):
    draw = np.random.default_rng(window)
    sentences = [[WORDS[i] for i in draw.integers(0, 7, length)] for length in (3, 200, 0, 90)]
    one = counting.cooccurrence(sentences, WORDS, window=window)
    other = counting.cooccurrence(sentences, WORDS, window=window, chunk=chunk, memory=memory)
    assert np.array_equal(one.toarray(), other.toarray()) and (one != one.T).nnz == 0


def test_a_window_wider_than_every_sentence_costs_what_the_longest_sentence_needs():
    short = [["a", "b", "c"] * 4] * 500
    for sentences, reach in ((short, 11), ([*short, ["a"] * 700], 699)):
        (piece,) = cooccurrence.pieces(sentences, {"a": 0, "b": 1, "c": 2}, 5000, "1/d", cooccurrence.PARTS, 10**6)
        assert len(piece.shares) == reach
        assert len(piece.text) == 1 + sum(len(sentence) + 1 for sentence in sentences)  # one END, and no gaps
    wide, narrow = (counting.cooccurrence(short, ["a", "b", "c"], window=window) for window in (5000, 11))
    assert np.allclose(wide.toarray(), narrow.toarray(), rtol=1e-10, atol=0)


@pytest.mark.parametrize("band", [1, 50, 10**6])
def test_a_vocabulary_of_several_hundred_words(band, monkeypatch):
    monkeypatch.setattr(cooccurrence, "BAND", band)
    draw = np.random.default_rng(6)
    words = [f"w{i}" for i in range(321)]
    lines = [[words[i] for i in draw.integers(0, 321, 30) // draw.integers(1, 9)] for _ in range(60)]
    lines.append([words[i] for i in (0, 63, 64, 127, 128, 320)])
    for chunk in (10**6, 700):
        matrix = counting.cooccurrence(lines, words, window=4, chunk=chunk)
        assert np.allclose(matrix.toarray(), loop(lines, words, 4, lambda d: 1 / d), rtol=1e-14, atol=0)
        plain = sparse.csr_matrix((matrix.data, matrix.indices, matrix.indptr), matrix.shape)
        assert plain.has_canonical_format and plain.data.all()


def test_one_endless_sentence_is_counted_in_pieces():
    draw = np.random.default_rng(3)
    sentence = [WORDS[i] for i in draw.integers(0, 3, 100_000)]

    def peak(chunk):
        tracemalloc.start()
        matrix = counting.cooccurrence([sentence], WORDS, window=10, chunk=chunk)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return matrix, size

    (small, little), (large, much) = peak(2000), peak(10**6)
    assert (small != large).nnz == 0 and max(little, much) < 40 * len(sentence)


def test_counts_may_have_half_the_digits():
    double, single = (counting.cooccurrence(SLIDE, SLIDE_WORDS, window=3, dtype=t) for t in ("float64", "float32"))
    assert double.dtype == np.float64 and single.dtype == np.float32
    assert np.array_equal(single.toarray(), double.toarray().astype(np.float32))
    for dtype in ("float16", "int32", None, "f", [1]):
        with pytest.raises(ValueError, match="dtype must be 'float64' or 'float32'"):
            counting.cooccurrence(SLIDE, SLIDE_WORDS, dtype=dtype)


@pytest.mark.parametrize("index, odd", [
    ({"a": 5, "b": 0, "c": 2}, "'a' the column 5"), ({"a": 0, "b": 0, "c": 1}, "'b' the column 0"),
    ({"a": 0, "b": -1, "c": 1}, "'b' the column -1"), ({"a": 0, "b": True, "c": 2}, "'b' the column True"),
    ({"a": 1.0, "b": 0, "c": 2}, "'a' the column 1.0"), ({"a": 0, "b": 1, "c": "2"}, "'c' the column '2'"),
    ({"a": 1, "b": 2, "c": 3}, "'c' the column 3"), ({"a": 0, "b": None, "c": 2}, "'b' the column None"),
])  # fmt: skip
def test_a_dict_whose_columns_are_no_places_is_refused(index, odd):
    uses = (
        lambda: counting.cooccurrence([["a", "b", "c"]] * 9, index),
        lambda: counting.one_hot(["a"], index),
        lambda: counting.bag_of_words([["a"]], index),
        lambda: counting.probability_ratio(sparse.eye(3).tocsr(), index, "a", "b", ["c"]),
    )
    for use in uses:
        with pytest.raises(ValueError, match=f"gives {odd}, but its words need 0 … 2, each once: make it with"):
            use()


def test_a_dict_in_any_order_and_of_any_whole_numbers_will_do():
    index = {"c": np.int64(2), "a": np.int32(0), "b": 1}
    assert (counting.cooccurrence(SENTENCE, index) != counting.cooccurrence(SENTENCE, ["a", "b", "c"])).nnz == 0


class Files:
    """Stands in for the module tempfile: notes every temporary file, and may let the disk fill up."""

    def __init__(self, monkeypatch, room=None):
        self.made, self.room = [], room
        for user in (cooccurrence, written):
            monkeypatch.setattr(user, "tempfile", self)

    def gettempdir(self):
        return "/somewhere"

    def TemporaryFile(self, dir=None):
        file, room = tempfile.TemporaryFile(), self.room
        self.made.append(file)
        if room is None:
            return file

        class Full:
            def write(self, data):
                raise OSError(errno.ENOSPC, "No space left on device")

            close = file.close

        return Full()


def test_runs_that_do_not_fit_go_to_files_that_go_away(monkeypatch):
    draw = np.random.default_rng(4)
    words = [f"w{i}" for i in range(60)]
    lines = [[words[i] for i in draw.zipf(1.3, 12) % 60] for _ in range(300)]
    expected = counting.cooccurrence(lines, words, window=4)
    for memory, least in ((0, 10), (0.02, 2), (1, 0)):
        files = Files(monkeypatch)
        found = counting.cooccurrence(lines, words, window=4, chunk=300, memory=memory)
        assert len(files.made) >= least and (len(files.made) > 0) == (memory < 1)
        assert all(file.closed for file in files.made)
        assert (found != expected).nnz == 0 and found.has_canonical_format
        assert (found != found.T).nnz == 0


def test_a_full_disk_and_a_corpus_that_fails_leave_no_files(monkeypatch):
    lines = [["a", "b", "c"]] * 200
    files = Files(monkeypatch, room=0)
    with pytest.raises(OSError, match="cannot store counts in /somewhere.*TMPDIR") as caught:
        counting.cooccurrence(lines, ["a", "b", "c"], chunk=10, memory=0)
    assert caught.value.errno == errno.ENOSPC and files.made and all(file.closed for file in files.made)

    def failing():
        yield from lines
        raise OSError(errno.EIO, "the corpus cannot be read")

    files = Files(monkeypatch)
    with pytest.raises(OSError, match="the corpus cannot be read"):
        counting.cooccurrence(failing(), ["a", "b", "c"], chunk=10, memory=0)
    assert files.made and all(file.closed for file in files.made)


def test_cooccurrence_does_not_depend_on_the_number_of_threads():
    draw = np.random.default_rng(1)
    lines = [[str(word) for word in draw.integers(0, 50, 15)] for _ in range(200)]
    words = [str(i) for i in range(50)]
    one, two = (counting.cooccurrence(lines, words, chunk=200, workers=workers) for workers in (1, 2))
    assert (one != two).nnz == 0


def test_cooccurrence_memory_does_not_grow_with_the_corpus():
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(200)]
    lines = [[words[i] for i in rng.integers(0, 200, 20)] for _ in range(200)]

    def peak(repeats):
        tracemalloc.start()
        counting.cooccurrence((line for _ in range(repeats) for line in lines), words, 5, chunk=4000, memory=4)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(1)
    few = max(peak(15) for _ in range(3))  # enough chunks for every thread to have one, which a busy machine may delay
    assert peak(50) < 1.3 * few


def test_cooccurrence_refuses_what_cannot_be_counted():
    with pytest.raises(ValueError, match="vocabulary of one word"):
        counting.cooccurrence(SLIDE, ["I"])
    for sentences in ([], [[]], [["I"], ["like"]], [["x", "y"]]):
        with pytest.raises(ValueError, match="no sentence has two words"):
            counting.cooccurrence(sentences, SLIDE_WORDS)
    for window in (0, -1, 1.5, None, True, "5"):
        with pytest.raises(ValueError, match="window must be a whole number of at least 1"):
            counting.cooccurrence(SLIDE, SLIDE_WORDS, window=window)
    for name, value in (("chunk", 0), ("workers", 0), ("workers", 1.5), ("chunk", None)):
        with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1"):
            counting.cooccurrence(SLIDE, SLIDE_WORDS, **{name: value})
    for memory in (-1, np.nan, "1GB", None):
        with pytest.raises(ValueError, match="memory must be a number of at least 0, not .*megabytes"):
            counting.cooccurrence(SLIDE, SLIDE_WORDS, memory=memory)
    with pytest.raises(ValueError, match="weighting"):
        counting.cooccurrence(SLIDE, SLIDE_WORDS, weighting="2/d")
    with pytest.raises(ValueError, match="names a word twice"):
        counting.cooccurrence(SLIDE, ["I", "I"])
    with pytest.raises(ValueError, match="the vocabulary is empty"):
        counting.cooccurrence(SLIDE, [])
    with pytest.raises(TypeError, match="must be a list of words, not"):
        counting.cooccurrence(SLIDE, "I like")


# probabilities and PPMI


def test_conditional_probabilities_and_their_ratio_by_hand():
    matrix = sparse.csr_matrix(np.array([[0, 3, 1], [3, 0, 0], [1, 0, 0]]))
    p = counting.conditional_probabilities(matrix)
    assert np.allclose(p.toarray(), [[0, 0.75, 0.25], [1, 0, 0], [1, 0, 0]])
    words = ["ice", "solid", "gas"]
    ratio = counting.probability_ratio(matrix, words, "ice", "solid", ["ice", "solid", "gas"])
    assert ratio.tolist() == [0, np.inf, np.inf]
    assert np.isnan(counting.probability_ratio(matrix, words, "solid", "gas", ["gas"]))[0]
    assert counting.probability_ratio(matrix, words, "solid", "gas", ["ice"])[0] == 1
    lonely = counting.conditional_probabilities(np.array([[0, 0], [1, 3]]))
    assert np.allclose(lonely.toarray(), [[0, 0], [0.25, 0.75]])
    with pytest.raises(ValueError, match="but the vocabulary has 2 words"):
        counting.probability_ratio(matrix, words[:2], "ice", "solid", ["ice"])
    with pytest.raises(TypeError, match="must be a list of words, not"):
        counting.probability_ratio(matrix, words, "ice", "gas", "solid")
    for unknown in (("fog", "gas", ["ice"]), ("ice", "gas", ["fog"])):
        with pytest.raises(KeyError, match="'fog' is not in the vocabulary"):
            counting.probability_ratio(matrix, words, *unknown)


@settings(max_examples=50)
@given(corpora, st.sampled_from([1, 5]), st.sampled_from([1, 0.75]))
def test_ppmi_equals_its_definition(documents, shift, smoothing):
    counts = counting.bag_of_words(documents)[0].toarray()
    joint, row = counts / counts.sum(), counts.sum(1, keepdims=True) / counts.sum()
    column = counts.sum(0) ** smoothing / (counts.sum(0) ** smoothing).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.nan_to_num(np.maximum(np.log(joint / (row * column)) - np.log(shift), 0))
    result = counting.ppmi(counts, shift=shift, context_distribution_smoothing=smoothing)
    assert np.allclose(result.toarray(), expected) and (result.data > 0).all()


def test_ppmi_does_not_change_its_input():
    matrix = counting.cooccurrence(SLIDE, SLIDE_WORDS)
    before = matrix.copy()
    counting.ppmi(matrix), counting.conditional_probabilities(matrix), counting.lsa(matrix, 2)
    assert (matrix != before).nnz == 0


@pytest.mark.parametrize("bad, message", [(-1.0, "cannot be negative"), (np.nan, "nan"), (np.inf, "infinite")])
def test_impossible_counts_are_refused(bad, message):
    for matrix in (np.array([[1.0, bad], [0, 1]]), sparse.csr_matrix(np.array([[1.0, bad], [0, 1]]))):
        for function in (counting.ppmi, counting.conditional_probabilities, counting.idf):
            with pytest.raises(ValueError, match=message):
                function(matrix)


def test_shifting_ppmi_is_counting_it_with_that_shift():
    counts = np.random.default_rng(0).poisson(0.3, (12, 12))
    for shift in (1, 2, 3):
        later, again = counting.shifted(counting.ppmi(counts), shift), counting.ppmi(counts, shift=shift)
        assert np.allclose(later.toarray(), again.toarray()) and later.nnz == again.nnz > 0
    for shift in (0.5, 0, np.nan):
        with pytest.raises(ValueError, match="start from the counts"):
            counting.shifted(counts, shift)


def test_ppmi_refuses_an_empty_matrix_and_a_shift_without_a_logarithm():
    with pytest.raises(ValueError, match="no counts"):
        counting.ppmi(np.zeros((2, 2)))
    for shift in (0, -1, np.nan):
        with pytest.raises(ValueError, match="shift must be a number above 0"):
            counting.ppmi(np.eye(2), shift=shift)


# LSA


def test_lsa_keeps_inner_products_and_its_columns_are_nested():
    matrix = np.random.default_rng(2).poisson(0.4, (80, 60)).astype(float)
    singular = np.linalg.svd(matrix, compute_uv=False)
    whole = counting.lsa(matrix, 60)
    assert np.allclose(whole @ whole.T, matrix @ matrix.T)  # every inner product of rows is kept
    assert np.allclose(np.linalg.norm(whole, axis=0), singular)
    for seed in (1, 2):  # few dimensions are found iteratively, from a random start
        some = counting.lsa(sparse.csr_matrix(matrix), 7, seed=seed)
        assert some.shape == (80, 7) and np.allclose(some, whole[:, :7])  # signs included
        assert np.allclose(counting.lsa(matrix, 7, seed=seed, power=0.5), some / np.sqrt(singular[:7]))


def test_lsa_signs_do_not_depend_on_the_direction_that_the_svd_took(monkeypatch):
    matrix = counting.cooccurrence(SLIDE, SLIDE_WORDS, window=1).toarray()
    svd, expected = np.linalg.svd, counting.lsa(matrix, 4)
    monkeypatch.setattr(
        np.linalg, "svd", lambda *a, **k: [f(x) for f, x in zip((np.negative, abs, np.negative), svd(*a, **k))]
    )
    assert np.allclose(counting.lsa(matrix, 4), expected)


def test_lsa_refuses_impossible_dimensions_and_values():
    for dimensions in (0, -1, 4, 2.5, None):
        with pytest.raises(ValueError, match="dimensions must be a whole number of at least 1 and at most 3"):
            counting.lsa(np.ones((3, 5)), dimensions)
    with pytest.raises(ValueError, match="nan"):
        counting.lsa(np.full((3, 3), np.nan), 1)
    for zeros in (np.zeros((30, 30)), sparse.csr_matrix((30, 30))):
        with pytest.raises(ValueError, match="only zeros"):
            counting.lsa(zeros, 2)


@pytest.mark.parametrize("columns", [[0, 5], [0, -1]])
def test_a_damaged_matrix_does_not_reach_compiled_code(columns):
    matrix = sparse.csr_matrix(np.array([[0, 1.0], [1, 0]]))
    matrix.indices = np.array(columns, np.int32)
    for function in (counting.ppmi, counting.idf, counting.lsa, counting.cosine, counting.conditional_probabilities):
        with pytest.raises(ValueError, match="the matrix is damaged"):
            function(matrix)


@pytest.mark.parametrize("wrong", [{"a": 1}, {"a", "b"}, 5, None])
def test_sentences_in_no_order_are_refused(wrong):
    for sentences in (wrong, [["a", "b"], wrong]):
        with pytest.raises(TypeError, match="list of"):
            counting.cooccurrence(sentences, ["a", "b"], workers=1)
        with pytest.raises(TypeError, match="list of"):
            counting.bag_of_words(sentences)


@pytest.mark.parametrize("odd", [None, 3, ["a"], ("a",), b"a"])
@pytest.mark.parametrize("count", [counting.bag_of_words, counting.tf_idf])
def test_a_word_of_a_document_that_is_no_text_is_named(count, odd):
    with pytest.raises(TypeError, match="each document must be a list of str, not one with "):
        count([["a", odd], ["b"]])


@pytest.mark.parametrize("smoothing", [1000, -1000, 1e308])
def test_a_smoothing_beyond_what_numbers_can_hold_is_refused(smoothing):
    with pytest.raises(ValueError, match="context_distribution_smoothing must be a moderate number"):
        counting.ppmi(np.array([[0, 900, 2], [900, 0, 3], [2, 3, 0]]), context_distribution_smoothing=smoothing)


def test_a_power_that_a_singular_value_of_0_does_not_bear_is_refused():
    with pytest.raises(ValueError, match="power must be 0 or a moderate number above it.*singular value"):
        counting.lsa(np.ones((3, 3)), 3, power=-400)
    assert np.isfinite(counting.lsa(np.eye(3), 3, power=-1)).all()


@pytest.mark.parametrize("shift", ["2", 0.5, None, float("nan")])
def test_a_shift_that_is_none_is_refused(shift):
    with pytest.raises(ValueError, match="shift must be .*start from the counts"):
        counting.shifted(counting.ppmi(np.eye(3)), shift)
