"""FastText: word2vec whose word vectors are means of n-gram vectors, so that unknown words have vectors too.

Bojanowski et al. 2017, https://aclanthology.org/Q17-1010/.  A word is a bag of rows of one table: its own row, and one
row for each of its n-grams (`helpers.subwords` says which).  The rest is word2vec: the loops of `helpers.blocks` take
the mean of a word's rows where a block begins, train it, and move all its rows as far as the mean has moved.  So the
work of some twenty rows is done once for each word of a block, not once for each of its pairs.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from gensim.models.fasttext import FastTextKeyedVectors
from scipy.sparse._sparsetools import csr_matvecs  # as gensim's lsimodel; it has no public name

from helpers import arguments, averaging, blocks, compiled, devices, letters, runs, subwords, training, word2vec
from helpers.checkpoints import Checkpoint
from helpers.subwords import ngram_hashes  # noqa: F401  part of what this module offers

BAND = 1 << 12  # rows of a table that are drawn at one go
LARGE = 5e8  # bytes of a table of n-grams from which on `train` says how much memory it takes


@dataclass(frozen=True)
class Options(word2vec.Options):
    """word2vec's options, and how words are cut; `bucket` None means: as many rows as `buckets_for` says."""

    min_n: int = 3
    max_n: int = 6
    bucket: int | None = None
    units: str = "syllable"

    def __post_init__(self):
        super().__post_init__()
        for name, least in (("min_n", 1), ("max_n", 0)):
            self.keep(name, arguments.whole(name, getattr(self, name), least, arguments.MOST))
        if self.bucket is not None:
            self.keep("bucket", arguments.whole("bucket", self.bucket, 0, 2**31))
        self.keep("units", arguments.choice("units", self.units, subwords.UNITS))


class Bags:
    """Which rows of the table each word is the mean of: its own, then those of its n-grams.

    The table has rows only for buckets that the vocabulary uses, and in the order in which the words come upon them:
    the n-grams of frequent words stand side by side, where the processor finds them in its cache.

    rows    int32 (all parts,), the parts of one word after the other
    starts  int64 (words + 1,): word w has rows[starts[w]] … rows[starts[w + 1] − 1]
    parts   int64 (rows of the table,): the word (0 to words − 1) or bucket (words + bucket) that each row is
    size    words and buckets, used or not
    """

    def __init__(self, words, min_n, max_n, bucket, units):
        n = len(words)
        self.size = n + (bucket or 0)
        starts, buckets = subwords.hash_words(words, min_n, max_n if bucket else 0, bucket or 1, units)
        parts = np.insert(buckets.astype(np.int64) + n, starts[:-1], np.arange(n))
        used, first, which = np.unique(parts, return_index=True, return_inverse=True)
        order = np.argsort(first)
        self.parts, place = used[order], np.empty(len(used), np.int32)
        place[order] = np.arange(len(used))
        self.rows, self.starts = place[which], starts + np.arange(n + 1)

    def means(self, table):
        """The vector of every word, (words, dim): the mean of its rows of the table."""
        found = np.empty((len(self.starts) - 1, table.shape[1]), np.float32)
        blocks.gather(table, self.rows, self.starts, np.arange(len(found), dtype=np.int32), found, found)
        return found


class Objective:
    """word2vec's objective with bags of rows; what it shows are the means."""

    def __init__(self, vocabulary, stream, options, bags, measure=False, held_out=None, device="cpu"):
        self.bags = bags
        # of all rows, those that no word uses take no memory before `whole_table` fills them
        self.whole = np.empty((bags.size, options.vector_size), np.float32)
        self.table = self.whole[: len(bags.parts)]
        fill(self.table, options.seed)
        rows = bags.rows, bags.starts
        self.words = word2vec.Objective(vocabulary, stream, options, rows, self.table, measure, held_out, device)
        # such a word has the same row again and again, and each time the row moves as far as the word
        self.words.remedy += ", or leave out words that are one letter again and again"
        self.parts, self.work, self.finish = self.words.parts, self.words.work, self.words.finish
        self.state, self.restore = self.words.state, self.words.restore

    def snapshot(self):
        """A copy of the vectors of the known words, a tensor (words, vector_size)."""
        self.words.fetch()
        return torch.from_numpy(self.bags.means(self.table))

    def whole_table(self, seed):
        """The table (words + buckets, vector_size), each row where `Bags.parts` says; what no word uses is random.

        It takes the memory of `table`, which is used up.
        """
        spread(self.whole, self.bags.parts)
        fill(self.whole, seed, but=self.bags.parts)
        return self.whole


def gather(table, rows, starts):
    """The mean of each bag's rows, to be read: tensors in, (bags, dim) out; starts (bags + 1,), the last one the end.

    The compiled loops have `blocks.gather` for it.
    """
    return torch.nn.functional.embedding_bag(rows, table, starts, mode="mean", include_last_offset=True)


@training.one_thread()
def fill(table, seed, but=()):
    """Fill a table (rows, dim) with small random vectors: uniform between ±1 / dim, as in fastText and gensim.

    but: numbers of rows that stay as they are; a row's random numbers do not depend on it.
    """
    generator, free = training.generator(seed), np.ones(len(table), bool)
    free[np.asarray(but, np.int64)] = False
    for left in range(0, len(table), BAND):
        rows = free[left : left + BAND]
        drawn = torch.rand(len(rows), table.shape[1], generator=generator).sub_(0.5).mul_(2 / table.shape[1])
        table[left : left + BAND][rows] = drawn.numpy()[rows]


@compiled.exact
def spread(table, places):
    """Move row r of a table to row places[r], for every r below len(places), each to a place of its own.

    Who is moved to an occupied place takes out the row that is there, which is moved next: one row more than the table
    has is all that it needs.  Rows that nothing was moved to may hold anything afterwards.
    """
    moved = np.zeros(len(places), np.bool_)
    carried, taken = np.empty(table.shape[1], table.dtype), np.empty(table.shape[1], table.dtype)
    for first in range(len(places)):
        if moved[first]:
            continue
        moved[first], place = True, places[first]
        carried[:] = table[first]
        while place < len(places) and not moved[place]:
            taken[:] = table[place]
            table[place] = carried
            carried[:] = taken
            moved[place], place = True, places[place]
        table[place] = carried


class SubwordVectors(letters.Indexed, FastTextKeyedVectors):
    """gensim's FastTextKeyedVectors that can also cut words into jamo, and that takes odd words as they come.

    units     "syllable" or "jamo", see `helpers.subwords`
    outputs   the output vectors (words, dim), which training goes on from and `save_bin` writes
    settings  what it was trained with, under gensim's names
    """

    units = "syllable"
    outputs = None
    settings = None

    def get_vector(self, word, norm=False):
        """The vector of a word, known or not: the mean of its parts.

        An unknown word without n-grams, such as "", has zeros.  KeyError for unknown words where none have n-grams
        (max_n=0): there is nothing to make their vectors of.
        """
        word = letters.tidy(word)
        if not isinstance(word, str) or word in self.key_to_index or not self.bucket:
            return super(FastTextKeyedVectors, self).get_vector(word, norm=norm)
        rows = subwords.hash_words([word], self.min_n, self.max_n, self.bucket, self.units)[1]
        vector = self.vectors_ngrams[rows].sum(0) / max(1, len(rows))
        length = np.linalg.norm(vector) if norm else 1
        return vector / length if length > 0 else vector

    def recalc_char_ngram_buckets(self):
        """Hash the n-grams of all words; gensim calls it after loading."""
        if not self.bucket:
            self.buckets_word = [np.zeros(0, np.uint32)] * len(self)
            return
        offsets, found = subwords.hash_words(self.index_to_key, self.min_n, self.max_n, self.bucket, self.units)
        self.buckets_word = np.split(found.astype(np.uint32), offsets[1:-1])

    def adjust_vectors(self):
        """The vector of each known word as the mean of its parts; gensim calls it after loading."""
        self.vectors = self.vectors_vocab.copy()
        lengths = np.array([len(rows) for rows in self.buckets_word])
        if self.bucket and lengths.sum():
            starts = np.append(0, np.cumsum(lengths))
            rows, ones = np.concatenate(self.buckets_word).astype(np.int64), np.ones(lengths.sum(), np.float32)
            flat = np.ravel(self.vectors_ngrams), np.ravel(self.vectors)  # in gensim's order, so equal to the last bit
            csr_matvecs(len(self), self.bucket, self.vector_size, starts, rows, ones, *flat)
        self.vectors /= (lengths[:, None] + 1).astype(np.float32)


def subword_vectors(vocabulary, table, min_n, max_n, bucket, units="syllable"):
    """A trained table (words + buckets, dim) as SubwordVectors with the vocabulary's words and counts."""
    n = len(vocabulary)
    table = np.ascontiguousarray(table, dtype=np.float32)
    made = SubwordVectors(table.shape[1], min_n, max_n, bucket, count=0, dtype=np.float32)
    made.units = units
    made.index_to_key, made.key_to_index = list(vocabulary.words), letters.Index(vocabulary.words)
    made.vectors_vocab, made.vectors_ngrams = table[:n], table[n:]
    made.vectors_vocab_lockf = made.vectors_ngrams_lockf = np.ones(1, np.float32)
    made.expandos["count"] = np.asarray(vocabulary.counts, dtype=np.int64)
    made.recalc_char_ngram_buckets()
    made.adjust_vectors()
    return made


def buckets_for(words, min_n=3, max_n=6, units="syllable"):
    """How many buckets `train` takes: two for each different n-gram of the vocabulary, at most fastText's 2,000,000.

    With twice as many buckets as n-grams an n-gram shares its bucket with another one in two cases of five.
    """
    subwords.check(min_n, max_n)
    if max_n < min_n:
        return 0
    _, found = subwords.hash_words(words, min_n, max_n, 2**31, units)
    return int(min(subwords.BUCKETS, max(1, 2 * len(np.unique(found)))))


def train(
    sentences, vector_size=100, window=5, min_count=5, sg=1, negative=5, min_n=3, max_n=6, bucket=None,
    units="syllable", sample=1e-3, ns_exponent=0.75, alpha=0.025, min_alpha=1e-4, epochs=5, seed=1, workers=2,
    device=None, vocabulary=None, progress=False, after_epoch=None, checkpoint=None, compute_loss=False, held_out=None,
    average_every=None,
):  # fmt: skip
    """Train vectors of words and n-grams; the parameters are gensim's, with its names and defaults, but for these:

    sg           1 (skip-gram) unless told otherwise; 0 is CBOW, the mean over all parts of all context words
    min_n, max_n lengths of n-grams; max_n=0 leaves them out, which is word2vec; so does one below min_n, with a warning
    bucket       rows for n-grams; None: as many as `buckets_for` says, 0: none
    units        what an n-gram counts: "syllable" (characters, as fastText) or "jamo", see `helpers.subwords`
    ns_exponent  of the noise distribution: gensim's 0.75, or 0.5, which fastText's own program takes
    alpha        gensim's 0.025; the program's own default is 0.05
    after_epoch  called with (epoch, vectors of the known words (words, vector_size)) when an epoch is done, and with
                 the epoch's mean loss besides if it takes three arguments

    `sentences`, and everything from `workers` on, are those of `word2vec.train`.

    Returns SubwordVectors, which answer for unknown words too (unless max_n=0), with the lists `losses` and
    `held_out_losses`.  Warns if the buckets asked for take much memory.  Raises ValueError or TypeError, naming the
    remedy, for parameters out of range and for sentences from which nothing can be learnt.
    """
    options = Options(vector_size, window, sg, True, False, negative, sample, ns_exponent, alpha, min_alpha, epochs,
                      seed, min_n, max_n, bucket, units)  # fmt: skip
    workers, wished, saved = arguments.workers(workers), devices.wish(device), Checkpoint.of(checkpoint)
    min_count = arguments.whole("min_count", min_count, 0)
    group = averaging.group()
    averaging.agree(group, asdict(options) | {"min_count": min_count, "average_every": average_every})
    sentences, vocabulary = word2vec.prepared(sentences, vocabulary, min_count, group)
    options = with_buckets(options, vocabulary.words)
    training.room("vector_size or bucket", 4 * (len(vocabulary) + options.bucket) * options.vector_size)
    bags = Bags(vocabulary.words, options.min_n, options.max_n, options.bucket, options.units)
    word2vec.warn_of_sample(options.sample, vocabulary)
    with word2vec.streams(sentences, held_out, vocabulary, group) as (stream, held_out):
        measure = arguments.flag("compute_loss", compute_loss) or runs.takes_loss(after_epoch)
        wished = averaging.device(group, wished)
        objective = Objective(vocabulary, stream, options, bags, measure, held_out, wished)
        card = objective.words.card
        settings = word2vec.identity("fasttext", options, vocabulary, stream, held_out, card)
        loop = 1 if card else workers, progress, after_epoch, saved, group, average_every
        losses = word2vec.learn(objective, objective.words, settings, options.epochs, *loop)
        objective.words.fetch()
    table = objective.whole_table((options.seed + 1) % 2**63)
    made = subword_vectors(vocabulary, table, options.min_n, options.max_n, options.bucket, options.units)
    made.outputs = objective.words.outputs
    made.settings = asdict(options) | {"min_count": min_count}
    made.losses, made.held_out_losses = losses, objective.words.held_out_losses
    return made


def with_buckets(options, words):
    """The options with a number of buckets: as many as asked for, or as many as the words need."""
    if 0 < options.max_n < options.min_n:
        arguments.warn(f"max_n={options.max_n} is below min_n={options.min_n}: words have no n-grams, and those "
                       "outside the vocabulary no vectors; raise max_n, or set it to 0 to say so")  # fmt: skip
    if options.bucket is None or options.max_n < options.min_n:
        return replace(options, bucket=buckets_for(words, options.min_n, options.max_n, options.units))
    size = 4 * options.bucket * options.vector_size
    if size > LARGE:
        arguments.warn(f"{options.bucket:,} buckets of {options.vector_size} numbers take {size / 1e9:.1f} GB of "
                       "memory: leave bucket out to have as many as this vocabulary needs")  # fmt: skip
    return options
