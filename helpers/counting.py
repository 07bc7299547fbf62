"""Counting: one-hot, bag of words, TF-IDF, co-occurrence matrices, probability ratios, PPMI and LSA.

Everything here begins with counting words and ends in a matrix.  Documents and sentences are lists of
tokens (`corpora.load`, `corpora.documents`); matrices are scipy sparse CSR until `lsa` makes them dense.
"""

from collections import defaultdict

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits

from helpers import arguments, letters
from helpers.cooccurrence import CHUNK, MEMORY, count
from helpers.vocabulary import Vocabulary, sentences_of


def one_hot(words, vocabulary):
    """One row per word, a single 1 in the column of that word: CSR int64 (len(words), len(vocabulary)).

    vocabulary: a `Vocabulary`, a dict word → column, or the list of words in column order.
    KeyError for a word that the vocabulary lacks, TypeError for a string instead of a list of words.
    """
    index = word_index(vocabulary)
    columns = _columns(list(arguments.tokens("words", words)), index)
    ones = np.ones(len(columns), dtype=np.int64)
    return sparse.csr_matrix((ones, (np.arange(len(columns)), columns)), shape=(len(columns), len(index)))


def bag_of_words(documents, words=None):
    """Count every word of every document: (counts, words).

    documents: an iterable of token lists.  words: the columns and their order; by default every word
    that occurs, sorted.  A word outside a given list is ignored.
    counts: CSR int64 (documents, words), the sum of a document's one-hot rows; row order as given.
    ValueError when there is no document, or no word in any of them; TypeError for words that are no str.
    """
    index = defaultdict(lambda: len(index)) if words is None else word_index(words)  # a new word gets the next column
    ids, ends, length = [], [0], 0
    for document in sentences_of(documents):
        document = arguments.words("each document", [letters.tidy(word) for word in document])
        ids += [index[word] for word in document if words is None or word in index]
        ends.append(len(ids))
        length += len(document)
    if not length:
        raise ValueError("there are no words in the documents: an empty corpus cannot be counted")
    counts = sparse.csr_matrix((np.ones(len(ids), dtype=np.int64), ids, ends), shape=(len(ends) - 1, len(index)))
    words = sorted(index) if words is None else sorted(index, key=index.get)
    counts = counts[:, [index[word] for word in words]]
    counts.sum_duplicates()
    return counts, words


def idf(counts, smooth_idf=True):
    """Inverse document frequency of every column of a count matrix: float64 (words,).

    smooth_idf=True is scikit-learn's default, ln((1 + n) / (1 + df)) + 1 with n documents, df of which
    contain the word: as if one more document held every word once.  smooth_idf=False is ln(n / df) + 1,
    where df = 0 gives infinity.  Most textbooks have ln(n / df): there a word that every document contains weighs
    0; here it weighs 1.  (The idea is Spärck Jones's, 1972, who rounded the logarithms and added 1.)
    """
    counts, smooth_idf = _counts(counts), arguments.flag("smooth_idf", smooth_idf)
    n, df = counts.shape[0], np.bincount(counts.indices, minlength=counts.shape[1])
    if smooth_idf:
        return np.log((1 + n) / (1 + df)) + 1
    with np.errstate(divide="ignore"):
        return np.log(n / df) + 1


def tf_idf(documents, smooth_idf=True, norm="l2", sublinear_tf=False):
    """Bag of words, each count times the word's idf, each row scaled to length 1: (weights, words).

    Equal to scikit-learn's TfidfVectorizer: its defaults (here too) are tf = the count, smoothed idf (see
    `idf`) and l2-normalised rows.  sublinear_tf=True takes tf = 1 + ln(count); norm=None leaves rows alone.
    weights: CSR float64 (documents, words).
    """
    from sklearn.feature_extraction.text import TfidfTransformer  # seconds and 100 MB, which counting does not need

    smooth_idf, sublinear_tf = arguments.flag("smooth_idf", smooth_idf), arguments.flag("sublinear_tf", sublinear_tf)
    norm = arguments.choice("norm", norm, ("l1", "l2", None))
    counts, words = bag_of_words(documents)
    return TfidfTransformer(norm=norm, smooth_idf=smooth_idf, sublinear_tf=sublinear_tf).fit_transform(counts), words


def cosine(left, right=None):
    """Cosine between every row of `left` and every row of `right` (default: `left`): float64 (left, right).

    Sparse or dense, the answer is dense.  A row of zeros has cosine 0 with everything.
    """
    from sklearn.metrics.pairwise import cosine_similarity

    left = _finite(left)
    right = left if right is None else _finite(right)
    if left.shape[1] != right.shape[1]:
        raise ValueError(f"rows have {left.shape[1]} and {right.shape[1]} columns: count both over the same words")
    return np.clip(cosine_similarity(left, right, dense_output=True), -1.0, 1.0)


def cooccurrence(
    sentences, vocabulary, window=10, weighting="1/d", chunk=CHUNK, memory=MEMORY, workers=2, path=None,
    dtype="float64", client=None, progress=False,
):  # fmt: skip
    """How often does word k stand within `window` words of word i?  Symmetric CSR (words, words).

    sentences: an iterable of token lists, read once.  vocabulary: as in `one_hot`; other words are dropped
    before distances are measured, as GloVe's cooccur.c and word2vec.c do.  Windows end with the sentence.
    weighting: "1/d" adds 1/distance for each pair (GloVe, Pennington et al. 2014), "flat" (or None) adds 1.
    A word beside its own kind counts once from either side, so the diagonal is even under "flat".
    chunk: words of text counted at one go.  memory: megabytes of partial counts, beyond which they go to
    temporary files.  workers: threads (None: one for each core).  None of the three changes the result.  (Under
    "1/d" with a window above 22, 1/distance is rounded to parts of 2⁻³⁶, and counts beyond 131,072 may differ in
    their last digits.)
    path: a folder for the matrix, which then need not fit into memory: its three arrays are written as .npy files
    and read through a memory map, here and by `count_files.load(path)`.  dtype: "float64", or "float32" for 8
    instead of 12 bytes a count.
    client: a `distributed.Client`, whose workers count shards of a corpus (`corpora.load(…)`) side by side, with
    `memory` megabytes of partial counts each and one thread; the matrix is the same, to the last bit.  progress: with a
    client, show a bar that counts shards.  `helpers/cluster.py` tells what else may go wrong then.

    Memory holds the matrix (unless it has a path), `memory` megabytes and one chunk as numbers (some 12 bytes a
    word), never the corpus; `helpers/cooccurrence.py` shows how.  A corpus that is cut at white space
    (`corpora.load(path, tokenize=str.split)`) is read fastest.
    ValueError when nothing was counted: no sentences, or none with two words of the vocabulary.  OSError, naming
    the remedy, when the disk is full, FileExistsError when something else than counts lies at `path`.
    """
    options = window, weighting, chunk, memory, workers, path, dtype, client, progress
    return count(sentences, word_index(vocabulary), *options)


def conditional_probabilities(matrix):
    """P(k | i) = X_ik / Σ_k X_ik: each row of counts divided by its sum.  A row of zeros stays zero."""
    matrix = _counts(matrix)
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return (sparse.diags(np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)) @ matrix).tocsr()


def probability_ratio(matrix, vocabulary, i, j, words):
    """P(k | i) / P(k | j) for every k in `words`: float64 (len(words),), as in GloVe's Table 1.

    Infinite where k was never seen near j, nan where it was seen near neither.  KeyError for unknown words.
    """
    index, matrix = word_index(vocabulary), _finite(matrix)
    if matrix.shape != (len(index), len(index)):
        raise ValueError(f"the matrix is {matrix.shape} but the vocabulary has {len(index)} words: count it again")
    rows = conditional_probabilities(_counts(matrix)[_columns([i, j], index)]).toarray()
    above, below = rows[:, _columns(list(arguments.tokens("words", words)), index)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return above / below


def ppmi(matrix, shift=1, context_distribution_smoothing=0.75):
    """Positive pointwise mutual information, max(0, ln(P(i,k) / (P(i) P(k))) - ln shift): CSR, same shape.

    shift: the number of negative samples k that skip-gram would use; 1 subtracts nothing.
    context_distribution_smoothing: columns get P(k) ∝ (their sum) ** 0.75, so that rare contexts lose their
    advantage; 1 is plain PPMI.  Both from Levy, Goldberg and Dagan (TACL 2015), https://aclanthology.org/Q15-1016.
    ValueError for a smoothing so large that the powers cannot be represented.
    """
    shift = arguments.number("shift", shift, above=0, hint=": 1 subtracts nothing")
    smoothing = arguments.number("context_distribution_smoothing", context_distribution_smoothing)
    matrix = _counts(matrix).tocoo()
    if not matrix.nnz:
        raise ValueError("the matrix holds no counts")
    row, column = (np.asarray(matrix.sum(axis=axis)).ravel() for axis in (1, 0))
    with np.errstate(over="ignore", under="ignore"):
        smoothed = np.power(column, smoothing, out=np.zeros_like(column), where=column > 0)
        total = smoothed.sum()
    if not (np.isfinite(total) and smoothed[column > 0].all()):
        raise ValueError(f"context_distribution_smoothing must be a moderate number such as 0.75, not {smoothing!r}")
    p_context = smoothed / total
    pmi = np.log(matrix.data / (row[matrix.row] * p_context[matrix.col]))  # the total of all counts cancels
    result = sparse.csr_matrix((np.maximum(pmi - np.log(shift), 0), (matrix.row, matrix.col)), shape=matrix.shape)
    result.eliminate_zeros()
    return result


def shifted(ppmi, shift):
    """What `ppmi(matrix, shift)` is, from `ppmi(matrix)` alone: CSR, same shape.

    ValueError for a shift below 1: what lies below zero was cut off, so nothing can be added any more.
    """
    shift = arguments.number("shift", shift, least=1, hint=": for less, start from the counts with ppmi(matrix)")
    result = sparse.csr_matrix(ppmi, copy=True)
    result.data = np.maximum(result.data - np.log(shift), 0)
    result.eliminate_zeros()
    return result


def lsa(matrix, dimensions=100, seed=1, power=1.0):
    """Latent semantic analysis: dense vectors of the rows, U Σ**power of the truncated SVD.

    Deerwester et al. (1990), https://doi.org/10.1002/(SICI)1097-4571(199009)41:6<391::AID-ASI1>3.0.CO;2-9.
    matrix: sparse or dense (rows, columns); pass `matrix.T` for vectors of the columns.
    dimensions: how many, at most min(rows, columns).  seed: starts the iteration.  power: 1 is classic LSA,
    0.5 or 0 often serve words better (Levy, Goldberg and Dagan 2015).  ValueError where Σ**power is no number.
    Returns float64 (rows, dimensions), strongest dimension first; the first k columns are the vectors of
    k dimensions.  An SVD is free in its signs: here the entry of largest size in each right singular
    vector is positive, so that everybody gets the same vectors.
    """
    matrix = _finite(matrix)
    most = min(matrix.shape)
    dimensions = arguments.whole("dimensions", dimensions, 1, most)
    seed, power = arguments.whole("seed", seed, 0), arguments.number("power", power)
    if not (matrix.count_nonzero() if sparse.issparse(matrix) else matrix.any()):
        raise ValueError("the matrix holds only zeros: there is nothing to decompose")
    with threadpool_limits(1):  # many small products: a second thread waits more than it works
        if dimensions < most / 5:  # Lanczos: only what is asked for, the matrix stays sparse
            start = np.random.default_rng(seed).standard_normal(most)
            u, s, vt = svds(sparse.csr_matrix(matrix, dtype=np.float64), k=dimensions, v0=start)
            u, s, vt = u[:, ::-1], s[::-1], vt[::-1]  # svds gives the weakest first
        else:
            dense = matrix.toarray() if sparse.issparse(matrix) else matrix
            u, s, vt = np.linalg.svd(dense, full_matrices=False)
            u, s, vt = u[:, :dimensions], s[:dimensions], vt[:dimensions]
    with np.errstate(divide="ignore", over="ignore"):
        weights = s**power
    if not np.isfinite(weights).all():
        raise ValueError(f"power must be 0 or a moderate number above it, such as 0.5, not {power:g}: the weakest of "
                         f"{dimensions} dimensions has the singular value {s[-1]:.3g}")  # fmt: skip
    size = np.abs(vt)
    first = np.argmax(size > (1 - 1e-6) * size.max(axis=1, keepdims=True), axis=1)  # near-ties: the first
    return u * np.sign(vt[np.arange(len(vt)), first]) * weights


def word_index(vocabulary):
    """dict word → column of a Vocabulary, a dict, or a list of words.

    ValueError when it is empty, names a word twice, or has other columns than 0 … words − 1, each once.
    """
    if isinstance(vocabulary, Vocabulary):
        return vocabulary.index
    index = vocabulary
    if not isinstance(index, dict):
        words = arguments.words("the vocabulary", vocabulary)
        index = {word: column for column, word in enumerate(words)}
        if len(index) < len(words):
            raise ValueError("the vocabulary names a word twice: give each word one column")
    if not index:
        raise ValueError("the vocabulary is empty: lower min_count or use more text")
    taken, last = set(), len(index) - 1
    for word, column in index.items():
        whole = isinstance(column, (int, np.integer)) and not isinstance(column, bool)
        if not whole or not 0 <= column <= last or column in taken:
            raise ValueError(f"the vocabulary gives {word!r} the column {column!r}, but its words need 0 … {last}, "
                             "each once: make it with {word: i for i, word in enumerate(words)}")  # fmt: skip
        taken.add(column)
    if len(set(map(letters.tidy, index))) < len(index):
        raise ValueError("the vocabulary names a word twice, in two forms of Unicode: give each word one column")
    return letters.Index(sorted(index, key=index.get))


def _columns(words, index):
    """Where these words stand; KeyError for one that is unknown."""
    if missing := [word for word in words if not isinstance(word, str) or word not in index]:
        raise KeyError(f"{missing[0]!r} is not in the vocabulary: leave unknown words out, or build it with them")
    return [index[word] for word in words]


def _finite(matrix):
    """A two-dimensional numeric matrix, sparse as CSR; ValueError for nan, infinity or another shape."""
    if hasattr(matrix, "check_format"):  # SciPy's compiled code takes the indices as they are
        try:
            matrix.check_format(full_check=True)
        except ValueError as error:
            raise ValueError(f"the matrix is damaged ({error}): count again") from None
    matrix = matrix.tocsr() if sparse.issparse(matrix) else arguments.array("matrix", matrix).astype(np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"a matrix has two dimensions, not {matrix.ndim}: one row per word or document")
    if not np.isfinite(matrix.data if sparse.issparse(matrix) else matrix).all():
        raise ValueError("the matrix holds nan or infinite entries: count again, or look for a division by zero")
    return matrix


def _counts(matrix):
    """A matrix of counts: CSR float64 without stored zeros; ValueError when an entry is below zero or nan."""
    matrix = sparse.csr_matrix(_finite(matrix), dtype=np.float64, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    if matrix.nnz and matrix.data.min() < 0:
        raise ValueError("counts cannot be negative: pass counts, not differences or normalised scores")
    return matrix
