"""GloVe: word vectors whose dot products give back the logarithms of co-occurrence counts.

Pennington, Socher and Manning 2014, https://aclanthology.org/D14-1162.  For every nonzero count X_ik the model wants
w_i · c_k + b_i + b_k ≈ log X_ik, and f(X_ik) says how much a miss matters.  Where the paper leaves room this follows
the authors' program, glove.c of https://github.com/stanfordnlp/GloVe: AdaGrad whose accumulators G start at 1, a step
η·g / √G with G as it was before, then G += (η·g)² (not g²); for the biases η is 1.

The training itself, and what makes it fast, is in `helpers/glove_tiles.py`.
"""

import os
from dataclasses import dataclass, field

import numpy as np
import torch
from scipy import sparse

from helpers import corpora, counting, training, vectors
from helpers.checkpoints import Checkpoint, digest
from helpers.glove_tiles import Trainer
from helpers.vocabulary import Vocabulary, required


def weight(x, x_max=100, alpha=0.75):
    """f(x) = (x / x_max) ** alpha below x_max, 1 from there on: how much the error of a count x matters.

    x: a number, an array or a tensor; the answer is of the same kind and shape.
    """
    if isinstance(x, torch.Tensor):
        return (x / x_max).clamp(max=1) ** alpha
    return np.minimum(np.asarray(x) / x_max, 1) ** alpha


def errors(w, c, b_w, b_c, x):
    """w · c + b_w + b_c − log x: how far the model is from the logarithm of each count, shaped like x.

    w, c (…, dim): vectors of the center and of the context word; b_w, b_c, x (…): their biases, and the counts.
    """
    return (w * c).sum(-1) + b_w + b_c - (torch.log(x) if isinstance(x, torch.Tensor) else np.log(x))


def cost(w, c, b_w, b_c, x, x_max=100, alpha=0.75):
    """½ f(x) (w · c + b_w + b_c − log x)² for each nonzero count, shaped like x.

    The ½ is glove.c's, which prints the mean of this over all nonzeros; the paper's J is the sum without the ½.
    """
    return 0.5 * weight(x, x_max, alpha) * errors(w, c, b_w, b_c, x) ** 2


def gradients(w, c, b_w, b_c, x, x_max=100, alpha=0.75):
    """Derivatives of `cost` for one nonzero: (by w (dim,), by c (dim,), by b_w, by b_c).

    With g = f(x) · (w · c + b_w + b_c − log x) they are g · c, g · w, g and g.
    """
    g = weight(x, x_max, alpha) * errors(w, c, b_w, b_c, x)
    return g * c, g * w, g, g


@dataclass
class Model:
    """What training found.

    center, context            (V, dim) float32: w and c of every word
    center_bias, context_bias  (V,) float32: their b
    costs                      for each epoch the mean of `cost` over the nonzeros, each taken just before its step
    """

    center: np.ndarray
    context: np.ndarray
    center_bias: np.ndarray
    context_bias: np.ndarray
    costs: list = field(default_factory=list)

    @property
    def vectors(self):
        """The word vectors (V, dim): center + context, as glove.c writes them."""
        return self.center + self.context

    def scores(self, i, k):
        """w_i · c_k + b_i + b_k, the model's log X_ik, for ids i and k (numbers, or arrays that broadcast)."""
        return (self.center[i] * self.context[k]).sum(-1) + self.center_bias[i] + self.context_bias[k]


def fit(
    matrix, vector_size=100, x_max=100, alpha=0.75, learning_rate=0.05, epochs=15, seed=1, workers=2, device=None,
    progress=False, after_epoch=None, checkpoint=None,
):  # fmt: skip
    """Fit GloVe to a matrix of counts (V, V), sparse or dense: a `Model`.

    x_max, alpha   of `weight`; a small corpus needs a small x_max, or nearly every count weighs next to nothing
    workers        threads; the result does not depend on them
    device         "cpu", "cuda" …; None: `training.device()`; a Mac's "mps" has no sparse products, "cpu" is taken
    after_epoch    called with (epoch, Model) when an epoch is done
    checkpoint     a path or a `Checkpoint`: training saves itself there and goes on from there

    Raises ValueError for parameters out of range, for a matrix that is not square, is empty or holds counts that
    are negative or no numbers, and when training ran away.
    """
    check(vector_size, x_max, alpha, learning_rate, epochs, seed, workers)
    matrix, device = positive(matrix), training.device(device)
    device = "cpu" if device.startswith("mps") else device
    trainer = Trainer(matrix, lambda x: weight(x, x_max, alpha), vector_size, learning_rate, seed, device)
    if saved := Checkpoint.of(checkpoint):
        names = ("vector_size", "x_max", "alpha", "learning_rate", "epochs", "seed")
        settings = dict(zip(names, (vector_size, x_max, alpha, learning_rate, epochs, seed)))
        data = digest(matrix.indptr, matrix.indices, matrix.data)
        settings["groups"] = trainer.groups  # which decides where a word stands in the saved tables
        if state := saved.restore({"trainer": "glove", **settings, "data": data}):
            trainer.restore(state)

    def model():
        return Model(*trainer.found(), list(trainer.costs))

    watch = (lambda epoch: after_epoch(epoch, model())) if after_epoch else None
    trainer.run(epochs, workers, progress, watch, saved)
    return model()


def train(
    sentences, vocabulary=None, vector_size=100, window=10, min_count=5, x_max=100, alpha=0.75, learning_rate=0.05,
    epochs=15, seed=1, workers=2, device=None, progress=False, after_epoch=None, checkpoint=None,
):  # fmt: skip
    """Train word vectors from sentences, or from a co-occurrence matrix with its vocabulary: gensim KeyedVectors.

    sentences   an iterable of token lists, the path of a text file (one sentence a line, streamed), or a
                matrix of counts, sparse or dense, whose words `vocabulary` names (no window, no min_count then)
    vocabulary  a Vocabulary (or list of words) made before; None: counted from the sentences with `min_count`
    window      co-occurrences up to this distance count, 1/distance each (`counting.cooccurrence`)

    The vectors are center + context; their attribute `costs` lists the cost of each epoch (see `Model`).
    The other parameters and what is refused: see `fit`.
    """
    check(vector_size, x_max, alpha, learning_rate, epochs, seed, workers)
    counted = sparse.issparse(sentences) or isinstance(sentences, np.ndarray)
    if counted:
        if vocabulary is None:
            raise ValueError("a matrix does not know its words: pass the vocabulary it was counted with")
        matrix = sentences
    else:
        sentences = corpora.load(sentences) if isinstance(sentences, (str, os.PathLike)) else sentences
        if vocabulary is None:
            if iter(sentences) is sentences:
                sentences = list(sentences)  # a generator can be read only once, and it is needed twice
            vocabulary = Vocabulary.build(sentences, min_count)
        matrix = counting.cooccurrence(sentences, vocabulary, window=window, workers=workers)
    index = counting.word_index(vocabulary)
    words = sorted(index, key=index.get)
    if matrix.shape != (len(words), len(words)):
        raise ValueError(f"the matrix is {matrix.shape} but the vocabulary has {len(words)} words: count it again")
    if counted and abs(matrix - matrix.T).max() > 1e-6 * abs(matrix).max():
        raise ValueError("the matrix is not symmetric, but center + context needs one: pass matrix + matrix.T")
    model = fit(
        matrix, vector_size, x_max, alpha, learning_rate, epochs, seed, workers, device, progress, after_epoch,
        checkpoint,
    )  # fmt: skip
    made = vectors.keyed_vectors(words, model.vectors, getattr(vocabulary, "counts", None))
    made.costs = model.costs
    return made


def positive(matrix):
    """A square matrix of counts as CSR without stored zeros; ValueError, naming the remedy, for any other matrix."""
    matrix = sparse.csr_matrix(matrix)
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a co-occurrence matrix has one row and one column per word, not the shape {matrix.shape}")
    if not matrix.has_canonical_format or not matrix.data.all():
        matrix = matrix.copy()
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
    if not matrix.nnz:
        raise ValueError("the matrix holds no counts: take more text, or lower min_count")
    if not np.isfinite(matrix.data).all():
        raise ValueError("the matrix holds nan or infinite entries: count again, or look for a division by zero")
    if matrix.data.min() < 0:
        raise ValueError("counts cannot be negative: pass counts, not differences or normalised scores")
    return matrix


def check(vector_size, x_max, alpha, learning_rate, epochs, seed, workers):
    """Refuse parameters out of range, before any work is done."""
    for name, value in (("vector_size", vector_size), ("epochs", epochs), ("workers", workers)):
        required(name, value, 1)
    required("seed", seed, 0)
    for name, value in (("x_max", x_max), ("alpha", alpha), ("learning_rate", learning_rate)):
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < np.inf:
            raise ValueError(f"{name} must be a number above 0, not {value!r}")
