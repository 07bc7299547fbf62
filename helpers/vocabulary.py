"""From tokens to numbers: which words a corpus has, how often, and the two distributions made of the counts.

A `Vocabulary` gives each word a row number (id).  Ids follow frequency: 0 is the most frequent word, and
of two words with one count the one that the corpus showed first comes first.  From the counts come the
probability of keeping a frequent word (subsampling) and the noise that negative samples are drawn from;
both are defined in Mikolov et al. 2013b, https://arxiv.org/abs/1310.4546.
"""

import os
from array import array
from collections.abc import Mapping, Set
from itertools import islice

import numpy as np

from helpers import arguments, cluster, files, letters, tallies
from helpers.lookup import END, Table
from helpers.tallies import BATCH

LETTERS = 1 << 18  # characters of a text that are looked up at one go


class Vocabulary(letters.Indexed):
    """Words and their counts, most frequent first.

    words      list of str; `words[id]` is the word
    counts     int64 array (len(words),); `counts[id]`, never increasing
    index      dict; `index[word]` is the id, in whatever form the word is asked for (see `letters`)
    total      occurrences of the words that were kept, `counts.sum()`
    raw_total  occurrences of all words that were read, before `min_count` and `max_size`
    raw_size   distinct words that were read (a lower bound if `max_vocab_size` was reached)
    sentences  sentences that were read (None for a vocabulary that was loaded)
    """

    def __init__(self, words, counts, raw_total=None, raw_size=None, sentences=None):
        self.words = [letters.tidy(word) for word in arguments.tokens("words", words)]
        if odd := [word for word in self.words if not isinstance(word, str)]:
            raise TypeError(f"every word must be a string, not {odd[0]!r}: write str(word)")
        try:
            given = np.array(list(counts))
            self.counts = given.astype(np.int64)
        except (ValueError, TypeError, OverflowError):
            given, self.counts = np.zeros(1), np.ones(1)
        if not np.array_equal(given, self.counts):
            raise ValueError("counts must be whole numbers of at most 63 bits, one for each word")
        self.index = letters.Index(self.words)
        if not self.words or self.counts.shape != (len(self.words),):
            raise ValueError(f"a vocabulary needs words and one count for each, not {len(self.words)} words "
                             f"and counts of shape {self.counts.shape}")  # fmt: skip
        if len(self.index) < len(self.words):
            raise ValueError("a word stands twice in this vocabulary: add its counts up first")
        if self.counts.min() < 1 or np.any(np.diff(self.counts) > 0):
            raise ValueError("counts must be at least 1 and sorted, most frequent word first")
        self.total = int(self.counts.sum())
        self.raw_total = self.total if raw_total is None else raw_total
        self.raw_size = len(self.words) if raw_size is None else raw_size
        self.sentences = sentences

    @classmethod
    def build(cls, sentences, min_count=5, max_size=None, max_vocab_size=5_000_000, client=None, progress=False):
        """Count the words of `sentences` (an iterable of lists of str) in one pass.

        min_count       drop words that occur less often
        max_size        of the rest keep at most this many, the most frequent
        max_vocab_size  bounds the memory while counting: with more distinct words than this, the rarest
                        are forgotten on the way, as word2vec.c's ReduceVocab and gensim do, and a warning
                        says so (None: never)
        client          a `distributed.Client`, whose workers count shards of a corpus (`corpora.load(…)`) side by
                        side; the vocabulary is the same, unless words had to be forgotten.  See `helpers.cluster`
        progress        with a client, show a bar that counts shards

        Raises TypeError where a sentence is a string or a token is not one, ValueError where nothing
        is left to count; what a client adds to that, `helpers.cluster` tells.
        """
        min_count = arguments.whole("min_count", min_count, 0)
        max_size = arguments.optional(arguments.whole, "max_size", max_size, 1)
        max_vocab_size = arguments.optional(arguments.whole, "max_vocab_size", max_vocab_size, 1)
        progress = arguments.flag("progress", progress)
        if client is None:
            found = tallies.tally(sentences_of(sentences), max_vocab_size)
        else:
            found = cluster.tally(client, sentences, max_vocab_size, progress)
        return cls.of(found, min_count, max_size, max_vocab_size)

    @classmethod
    def of(cls, tally, min_count=5, max_size=None, max_vocab_size=None):
        """The vocabulary of a Tally (see `helpers.tallies`); the parameters are those of `build`."""
        if tally.limit:
            arguments.warn(
                f"more than {max_vocab_size:,} distinct words: words with a count of {tally.limit} or less were "
                "forgotten on the way, so counts of rare words may be too low; raise max_vocab_size if memory allows",
            )
        counts = tallies.tidied(tally.counts)
        raw_size = tally.distinct - len(tally.counts) + len(counts)
        raw_total = counts.total() + tally.forgotten
        if not raw_total:
            raise ValueError(
                f"there is no word in these {tally.sentences} sentences. A generator can be read only once: "
                "pass a list of token lists or corpora.load(…)"
            )
        # sorted() is stable and a Counter remembers the order of arrival: ties stay as the corpus showed them
        kept = sorted((item for item in counts.items() if item[1] >= min_count), key=lambda item: -item[1])
        if not kept:
            most = max(counts.values(), default=tally.limit)
            raise ValueError(
                f"no word occurs {min_count} times: of {raw_size:,} words the most frequent occurs {most} times. "
                "Lower min_count, or take more text"
            )
        words, kept_counts = zip(*kept[:max_size])
        return cls(words, kept_counts, raw_total, raw_size, tally.sentences)

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        return word in self.index

    def __repr__(self):
        return f"Vocabulary({len(self):,} words, {self.total:,} of {self.raw_total:,} tokens)"

    def encode(self, tokens):
        """Ids of one sentence's tokens, int32 (n,); words that the vocabulary lacks are left out."""
        if isinstance(tokens, (str, bytes)):
            raise TypeError(ONE_STRING)
        tokens = arguments.words("tokens", tokens)
        return np.array([self.index[word] for word in tokens if word in self.index], dtype=np.int32)

    def encode_corpus(self, sentences, max_tokens=None):
        """All sentences as one stream of ids: (ids int32 (n,), offsets int64 (sentences + 1,)).

        Sentence s is `ids[offsets[s]:offsets[s + 1]]`; one that lost all its words is empty, but keeps its
        place.  Four bytes a token, read in small batches; stops after `max_tokens` ids.
        """
        max_tokens = arguments.optional(arguments.whole, "max_tokens", max_tokens, 1)
        ids, offsets = array("i"), array("q", [0])
        for found in encoded(sentences, self.index):
            ends = np.flatnonzero(found == END)
            offsets.frombytes((ends - np.arange(len(ends)) + len(ids)).tobytes())
            ids.frombytes(found[found != END].tobytes())
            if max_tokens is not None and len(ids) >= max_tokens:
                break
        if len(offsets) == 1:
            raise ValueError("there are no sentences to encode. A generator can be read only once: pass a list of "
                             "token lists or corpora.load(…)")  # fmt: skip
        ids, offsets = np.frombuffer(ids, np.int32), np.frombuffer(offsets, np.int64)
        if max_tokens is not None and len(ids) > max_tokens:
            ids = ids[:max_tokens].copy()
            offsets = np.append(offsets[offsets < max_tokens], max_tokens)
        return ids, offsets

    def keep_probability(self, sample=1e-3, formula="word2vec"):
        """Probability that subsampling keeps an occurrence of each word, float64 (len(self),), in (0, 1].

        See `keep_probability` below for the two formulas and what is refused.
        """
        return keep_probability(self.counts, sample, formula)

    def noise(self, exponent=0.75):
        """Probability that a negative sample is each word, float64 (len(self),); see `noise` below."""
        return noise(self.counts, exponent)

    def save(self, path):
        """Write one "word count" line per word (UTF-8), whole or not at all."""
        if bad := [word for word in self.words if "\n" in word or "\r" in word or not word]:
            raise ValueError(f"{bad[0]!r} cannot stand on a line of its own: remove empty words and line breaks first")
        if bad := [word for word in self.words if not letters.is_unicode(word)]:
            raise ValueError(f"the word {bad[0]!r} is no text that UTF-8 can write: remove it first")
        text = "".join(f"{word} {count}\n" for word, count in zip(self.words, self.counts.tolist())).encode()
        with files.whole(path) as draft:
            draft.write_bytes(text)

    @classmethod
    def load(cls, path):
        """Read what `save` (or word2vec.c's -save-vocab) wrote: "word count" on each line.

        FileNotFoundError where there is no file, ValueError, naming the line, where one is damaged.
        """
        path = letters.found(arguments.path("path", path))
        if not path.is_file():
            raise FileNotFoundError(f"no vocabulary file at {path}: write one with Vocabulary.save")
        items = []
        for number, line in enumerate(letters.lines_of(path), 1):
            word, _, count = line.rpartition(" ")
            if not word or not count.isdecimal() or len(count) > 18:
                raise ValueError(f'{path.name}, line {number}: expected "word count", found {line[:60]!r}')
            items.append((word, int(count)))
        items.sort(key=lambda item: -item[1])
        return cls(*zip(*items))


def keep_probability(counts, sample=1e-3, formula="word2vec"):
    """Probability of keeping an occurrence of each word, float64 (n,), in (0, 1], from its count.

    With f = count / Σ counts and t = `sample`, "word2vec" is what word2vec.c and gensim compute,
    min(1, (sqrt(f/t) + 1) · t/f); "paper" is equation 5 of Mikolov et al. 2013b, min(1, sqrt(t/f)).
    ValueError for a sample that is not a positive number, or an unknown formula.
    """
    hint = ": such as 1e-3; to keep every word, leave subsampling out"
    sample, counts = arguments.number("sample", sample, above=0, hint=hint), positive(counts)
    f = counts / counts.sum()
    if arguments.choice("formula", formula, ("word2vec", "paper")) == "word2vec":
        return np.minimum(1.0, (np.sqrt(f / sample) + 1) * sample / f)
    return np.minimum(1.0, np.sqrt(sample / f))


def noise(counts, exponent=0.75):
    """The noise distribution count^exponent / Σ count^exponent, float64 (n,), sums to 1.

    0.75 is word2vec's, 0.5 fastText's, 1 the words' own frequency, 0 uniform.
    ValueError for an exponent so large that the powers cannot be represented.
    """
    exponent = arguments.number("exponent", exponent)
    with np.errstate(over="ignore", under="ignore"):
        weights = positive(counts) ** exponent
    total = weights.sum()
    if not (np.isfinite(total) and total > 0):
        raise ValueError(f"exponent must be a moderate number such as 0.75, not {exponent!r}")
    return weights / total


def positive(counts):
    """Counts as float64 (n,), n >= 1, each above 0."""
    counts = arguments.array("counts", counts, None).astype(np.float64)
    if not len(counts) or not np.all((counts > 0) & (counts < np.inf)):
        raise ValueError("counts must be a flat, non-empty array of positive numbers, one for each word")
    return counts


ONE_STRING = (
    "a sentence is a list of words, not one string, or every letter would be a word: "
    "write sentence.split(), or corpora.load(path) for a file"
)


def sentences_of(sentences):
    """Yield token lists, and stop with a clear error where something else stands in place of one."""
    if isinstance(sentences, (str, bytes, os.PathLike)):
        raise TypeError(ONE_STRING)
    single = isinstance(sentences, np.ndarray) and not sentences.ndim
    if isinstance(sentences, (Mapping, Set)) or not hasattr(sentences, "__iter__") or single:
        raise TypeError(f"sentences must be a list of token lists, not {arguments.shown(sentences)}: of a dict take "
                        "list(sentences.values()); a set has no order")  # fmt: skip
    for number, tokens in enumerate(sentences):
        if isinstance(tokens, (str, bytes)):
            raise TypeError(ONE_STRING)
        if isinstance(tokens, (Mapping, Set)) or not hasattr(tokens, "__iter__"):
            raise TypeError(f"sentences[{number}] must be a list of words, not {arguments.shown(tokens)}: leave empty "
                            "rows out, and take the words out of a record, row['text'].split()")  # fmt: skip
        yield tokens if hasattr(tokens, "__len__") else list(tokens)


def encoded(sentences, index):
    """Sentences as one row of numbers, piece by piece: int32 arrays of whole sentences, with END (−1) after each.

    index: dict word → id; a word that it lacks is left out.  Where a corpus is cut at white space
    (`corpora.load(path, tokenize=str.split)`), its text is looked up as it is and no lists of words are made.
    """
    index = {letters.tidy(word): id for word, id in index.items()}
    table = Table(index)
    if getattr(sentences, "tokenize", None) is str.split:
        yield from encoded_text(sentences.lines(), table, sentences.max_sentence_length)
        return
    stream = sentences_of(sentences)
    while batch := list(islice(stream, BATCH)):
        lengths = list(map(len, batch))
        try:
            text = letters.tidy("\n".join(map(" ".join, batch)) + "\n")
            ids, words, spaces, _ = table.look_up(text, empty=True)
        except TypeError:  # there are tokens that are no strings
            words = spaces = None
        if words == sum(lengths) and spaces == words + lengths.count(0):
            yield ids
        else:  # or tokens with white space in them, or without a letter
            yield encoded_tokens(batch, index)


def encoded_text(lines, table, longest):
    """`encoded` for (text, complete) as a corpus's `lines()` yields them; a sentence ends after `longest` words."""
    begun, length = [], 0  # the sentence that has no end yet: its ids, and how many words it has
    for text in joined(lines):
        ids, _, _, length = table.look_up(text, longest, length)
        ends = np.flatnonzero(ids == END)
        if len(ends):
            yield np.concatenate((*begun, ids[: ends[-1] + 1]))
            begun, ids = [], ids[ends[-1] + 1 :]
        begun.append(ids)


def joined(lines):
    """The text of many lines at a time, each line with its end."""
    pieces, size = [], 0
    for text, complete in lines:
        pieces += text, "\n" if complete else " "
        size += len(text) + 1
        if size > LETTERS:
            yield "".join(pieces)
            pieces, size = [], 0
    yield "".join(pieces)


def encoded_tokens(sentences, index):
    """`encoded` for a list of sentences, word by word and for words of any kind; the words of the index are tidy."""
    ids = []
    for tokens in sentences:
        found = (index.get(letters.tidy(word)) for word in tokens)
        ids += [id for id in found if id is not None]
        ids.append(END)
    return np.array(ids, np.int32)
