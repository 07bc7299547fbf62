"""FastText: word2vec whose word vectors are means of n-gram vectors, so that unknown words have vectors too.

Bojanowski et al. 2017, https://aclanthology.org/Q17-1010/.  A word is a bag of rows of one table: its own row, and one
row for each of its n-grams (`helpers.subwords` says which).  The rest is word2vec: blocks of words, shared noise, and
steps on many blocks, see `helpers.word2vec`, whose steps are used here as they are.

What subwords add is the work of gathering some twenty rows for each word, and of spreading each word's movement over
them.  It is shared: the blocks of a few steps are looked through for their different words, each of those is gathered
once, word2vec's steps move these means, and what a mean has moved is handed to its rows once.  Meanwhile words do not
yet see what others have done to the rows they share; how many steps may go by follows from the learning rate and from
how much the vocabulary shares (`Trainer.group`).
"""

import warnings

import numpy as np
import torch
from gensim.models.fasttext import FastTextKeyedVectors
from scipy.sparse._sparsetools import csc_matvecs, csr_matvecs  # as gensim's lsimodel; they have no public name

from helpers import subwords, training, word2vec
from helpers.checkpoints import Checkpoint
from helpers.streams import TokenStream
from helpers.subwords import ngram_hashes  # noqa: F401  part of what this module offers

OWN = 52.0  # pairs of a word in one step, on average: with more, word2vec's LIMIT would slow the learning down
GROUP = 16  # steps between two gatherings, at most
CROWD = 20.0  # learning rate × pairs whose movement meets in a word's parts between two gatherings, at most
LARGE = 5e8  # bytes of a table of n-grams from which on `train` says how much memory it takes


class Bags:
    """Which rows of the table each word is the mean of: its own, then those of its n-grams.

    The table has rows only for buckets that the vocabulary uses, and in the order in which the words come upon them:
    the n-grams of frequent words stand side by side, where the processor finds them in its cache.

    rows     int32 (all parts,), the parts of one word after the other
    offsets  int32 (words + 2,): word w has rows[offsets[w]:offsets[w + 1]]; after the last word comes the padding
    lengths  int32 (words + 1,): the number of parts of each word
    parts    int64 (rows of the table − 1,): the word (0 to words − 1) or bucket (words + bucket) that each row is;
             the last row of the table is that of the padding, which never changes
    """

    def __init__(self, words, min_n, max_n, bucket, units, device):
        n = len(words)
        offsets, buckets = subwords.hash_words(words, min_n, max_n if bucket else 0, bucket or 1, units)
        parts = np.insert(buckets.astype(np.int64) + n, offsets[:-1], np.arange(n))
        used, first, which = np.unique(parts, return_index=True, return_inverse=True)
        order = np.argsort(first)
        self.parts, place = used[order], np.empty(len(used), np.int32)
        place[order] = np.arange(len(used))
        offsets = np.append(offsets + np.arange(n + 1), len(parts) + 1)
        self.rows = torch.from_numpy(np.append(place[which], np.int32(len(used)))).to(device)
        self.offsets = torch.from_numpy(offsets.astype(np.int32)).to(device)
        self.lengths = self.offsets.diff()

    def of(self, words):
        """The bags of a few word ids (n,): rows (parts,), and where each bag begins, (n + 1,) with the end."""
        lengths = self.lengths[words]
        ends = lengths.cumsum(0, dtype=torch.int32)
        starts = ends - lengths
        size = int(ends[-1])
        where = torch.repeat_interleave(self.offsets[words] - starts, lengths, output_size=size)
        where += torch.arange(size, dtype=torch.int32, device=where.device)
        return self.rows[where], torch.nn.functional.pad(ends, (1, 0))


def gather(table, rows, starts):
    """The mean of each bag's rows, (bags, dim); starts (bags + 1,) as `Bags.of` gives them."""
    return torch.nn.functional.embedding_bag(rows, table, starts, mode="mean", include_last_offset=True)


def spread(table, rows, starts, changes):
    """Add each bag's change (bags, dim) to all of its rows, the whole of it to each.

    The true gradient of a mean would give each of n rows 1/n of it; fastText and gensim leave this out.
    On the CPU this is a product of sparse matrices, three times as fast as `index_add_`.
    """
    if table.device.type == "cpu":
        ones = np.ones(len(rows), np.float32)
        flat = table.view(-1).numpy(), changes.view(-1).numpy()
        csc_matvecs(len(table), len(changes), table.shape[1], starts.numpy(), rows.numpy(), ones, flat[1], flat[0])
    else:
        table.index_add_(0, rows, changes.repeat_interleave(starts.diff(), 0))


class Trainer(word2vec.Trainer):
    """word2vec's trainer with a table of parts in place of the input vectors; `train` is its everyday use."""

    def __init__(self, vocabulary, stream, bags, vector_size, settings, sg, sample, ns_exponent, seed, device):
        super().__init__(vocabulary, stream, vector_size, settings, sg, sample, ns_exponent, seed, device)
        self.bags = bags
        self.inputs = torch.zeros(len(bags.parts) + 1, vector_size)
        self.inputs[:-1] = initial_vectors(len(bags.parts), vector_size, seed)
        self.inputs = self.inputs.to(device)
        own = float(self.load[0].square().sum() / self.load[0].sum())  # pairs that a word of the text has in one step
        self.step = int(min(word2vec.STEP, max(16, word2vec.STEP * OWN / own)))  # few blocks if there are few words
        self.load *= self.step / word2vec.STEP
        # All words that share a part move it, and so each other: pairs that reach a word over its parts in one step
        meeting = torch.zeros(len(self.inputs), 1, device=device)
        spread(meeting, bags.rows, bags.offsets, self.load[0, :, None].float().contiguous())
        crowd = gather(meeting, bags.rows, bags.offsets)[:, 0]  # (words + 1,)
        self.crowd = float((crowd * self.load[0]).sum() / self.load[0].sum())
        self.load[0] = torch.maximum(self.load[0], crowd * (word2vec.LIMIT / CROWD))

    def group(self, rate):
        """How many steps may go by between two gatherings: few while the steps are large and many words share parts."""
        return int(min(GROUP, max(1, CROWD / (rate * self.crowd))))

    def steps(self, step, words, weights, extra, rate):
        """Go through the blocks of a chunk; a few steps of word2vec at a time move the means of the bags."""
        if not self.sg:
            weights = self.by_parts(words[0], *weights)
        size = self.step * self.group(rate)
        for first in range(0, len(words[0]), size):
            group = slice(first, first + size)
            distinct, local = torch.unique(words[0][group], return_inverse=True)
            rows, starts = self.bags.of(distinct)
            before = gather(self.inputs, rows, starts)  # (distinct words, dim)
            after = before.clone()
            others = [tensor[group] for tensor in words[1:] + weights]
            for begin in range(0, len(local), self.step):
                part = slice(begin, begin + self.step)
                step(after, self.outputs, local[part], *(tensor[part] for tensor in others), *extra)
            spread(self.inputs, rows, starts, after.sub_(before))

    def by_parts(self, contexts, share, spread, weight):
        """CBOW's weights where the mean is taken over all parts of all context words, as fastText takes it."""
        share = share * self.bags.lengths[contexts].unsqueeze(1)
        return share / share.sum(2, keepdim=True).clamp(min=1e-9), spread, weight

    def vectors(self):
        """The vector of every word, (words, dim)."""
        return gather(self.inputs, self.bags.rows, self.bags.offsets)[:-1]


def initial_vectors(rows, dim, seed):
    """Small random vectors (rows, dim) to start from: uniform between ±1 / dim, as in fastText and gensim."""
    table = torch.rand(rows, dim, generator=training.generator(seed))
    return table.sub_(0.5).mul_(2 / dim)  # in place: it may be large


class SubwordVectors(FastTextKeyedVectors):
    """gensim's FastTextKeyedVectors that can also cut words into jamo, and that takes odd words as they come.

    units     "syllable" or "jamo", see `helpers.subwords`
    outputs   the output vectors (words, dim), which training goes on from and `save_bin` writes
    settings  what it was trained with, under gensim's names
    """

    units = "syllable"
    outputs = None
    settings = None

    def get_vector(self, word, norm=False):
        """The vector of a word, known or not: the mean of its parts; zeros if it is unknown and has no n-grams."""
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
    made.index_to_key, made.key_to_index = list(vocabulary.words), dict(vocabulary.index)
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
    if max_n < min_n:
        return 0
    _, found = subwords.hash_words(words, min_n, max_n, 2**31, units)
    return int(min(subwords.BUCKETS, max(1, 2 * len(np.unique(found)))))


def train(
    sentences, vector_size=100, window=5, min_count=5, sg=1, negative=5, min_n=3, max_n=6, bucket=None,
    units="syllable", sample=1e-3, ns_exponent=0.75, alpha=0.025, min_alpha=1e-4, epochs=5, seed=1, workers=2,
    device=None, vocabulary=None, progress=False, after_epoch=None, checkpoint=None,
):  # fmt: skip
    """Train vectors of words and n-grams; the parameters are gensim's, with its names and defaults, but for these:

    sentences    an iterable of token lists, or the path of a text file (one sentence per line), streamed
    sg           1 (skip-gram) unless told otherwise; 0 is CBOW, the mean over all parts of all context words
    min_n, max_n lengths of n-grams; max_n=0 leaves them out, which is word2vec
    bucket       rows for n-grams; None: as many as `buckets_for` says, 0: none
    units        what an n-gram counts: "syllable" (characters, as fastText) or "jamo", see `helpers.subwords`
    ns_exponent  of the noise distribution: gensim's 0.75, or 0.5, which fastText's own program takes
    alpha        gensim's 0.025; the program's own default is 0.05
    device       "cpu", "cuda" …; None: `training.device()`
    vocabulary   a Vocabulary made before; None: it is counted from the sentences with `min_count`
    progress     show a bar that counts epochs
    after_epoch  called with (epoch, vectors of the known words (words, vector_size)) when an epoch is done
    checkpoint   the path of a file, or a Checkpoint: training saves itself there and, called again with the same
                 sentences and parameters, goes on from there; with one worker to the very same vectors

    Returns SubwordVectors, which answer for unknown words too.  Warns if the buckets asked for take much memory.
    Raises ValueError or TypeError, naming the remedy, for parameters out of range and for sentences from which
    nothing can be learnt.
    """
    word2vec.check(vector_size, window, sg, negative, sample, ns_exponent, alpha, min_alpha, epochs, workers, seed)
    subwords.check(min_n, max_n, bucket or 1)
    sentences, vocabulary = word2vec.prepared(sentences, vocabulary, min_count)
    if bucket is None or max_n < min_n:
        bucket = buckets_for(vocabulary.words, min_n, max_n, units)
    elif 4 * bucket * vector_size > LARGE:
        warnings.warn(f"{bucket:,} buckets of {vector_size} numbers take {4e-9 * bucket * vector_size:.1f} GB of "
                      "memory: leave bucket out to have as many as this vocabulary needs", stacklevel=2)  # fmt: skip
    settings = word2vec.Settings(window, negative, True, False, max(word2vec.BLOCK, window))
    device = training.device(device)
    bags = Bags(vocabulary.words, min_n, max_n, bucket, units, device)
    stream = TokenStream(sentences, vocabulary)
    try:
        trainer = Trainer(vocabulary, stream, bags, vector_size, settings, sg, sample, ns_exponent, seed, device)
        saved = Checkpoint.of(checkpoint)
        parameters = dict(vector_size=vector_size, window=window, sg=sg, negative=negative, min_n=min_n, max_n=max_n,
                          bucket=bucket, units=units, sample=sample, ns_exponent=ns_exponent, alpha=alpha,
                          min_alpha=min_alpha, epochs=epochs, seed=seed)  # fmt: skip
        identity = word2vec.identity(parameters, vocabulary, stream) | {"trainer": "fasttext"}
        trainer.restore(saved and saved.restore(identity))
        trainer.run(epochs, alpha, min_alpha, workers, progress, after_epoch, saved)
    finally:
        stream.close()
    n, trained = len(vocabulary), trainer.inputs[:-1].cpu().numpy()
    if not np.isfinite(trained).all():
        raise ValueError(f"training ran away: the vectors are no longer numbers. Lower alpha (it was {alpha})")
    table = initial_vectors(n + bucket, vector_size, seed + 1).numpy()  # what unused buckets keep
    table[bags.parts] = trained
    made = subword_vectors(vocabulary, table, min_n, max_n, bucket, units)
    made.outputs = trainer.outputs[:-1].cpu().numpy()
    made.settings = parameters | {"min_count": min_count}
    return made
