"""Caption words: what a caption is cut into, which words the captioner knows, and how words become a sentence again.

    words("A dog, running on the beach .")  →  ['a', 'dog', 'running', 'on', 'the', 'beach']
    words("빨간 공이 나무 위에 있다.")          →  ['빨간', '공이', '나무', '위에', '있다']

Captions are lower-cased, punctuation goes, and every word stays, one-letter words such as "a" too: scores against
shortened references look better than they are.  Korean is cut at spaces (eojeol), so that a particle stays with its
noun and joining words with spaces gives Korean back, particles right; `morphemes` cuts finer, for vectors that
were trained on morphemes, and marks what belongs to the word before it, so that nothing is lost either.
"""

import unicodedata
from collections import Counter
from functools import cache

import torch

from .. import arguments, korean, letters

START, END, UNKNOWN = 0, 1, 2
SPECIAL = ("<start>", "<end>", "<unknown>")
JOINED = "+"  # before a morpheme that is written without a space: 공, +이


def words(caption):
    """The words of one caption, a list of str: NFC, lower case, without punctuation, cut at spaces.

    Signs inside a word go without leaving a gap: "tri-colored" → "tricolored", "dog's" → "dogs"; a middle dot parts.
    TypeError if the caption is not a str.
    """
    text = letters.lower(letters.tidy_text(arguments.text("a caption", caption))).replace(letters.MIDDLE_DOT, " ")
    return "".join(
        letter for letter in text if unicodedata.category(letter)[0] not in "PSC" or letter.isspace()
    ).split()


@cache
def pieces(word):
    """One Korean word cut where a morpheme begins and none goes on: '공이' → ('공', '+이')."""
    found = [(token.start, token.start + token.len) for token in korean.kiwi().tokenize(word)]
    cuts = sorted({first for first, _ in found if first and not any(a < first < b for a, b in found)})
    return tuple(JOINED * (first > 0) + word[first:last] for first, last in zip([0, *cuts], [*cuts, len(word)]))


def morphemes(caption):
    """Korean words cut into morphemes where the letters allow it: "공이 있다." → ['공', '+이', '있', '+다'].

    A morpheme that is fused with its neighbour (했 = 하 + 았) stays with it.  `join` gives back exactly the words.
    """
    return [piece for word in words(caption) for piece in pieces(word)]


def join(tokens):
    """Words as one line of text; a morpheme marked with + goes to the word before it."""
    return " ".join(tokens).replace(" " + JOINED, "")


CUTTERS = {"words": words, "morphemes": morphemes}


class CaptionVocabulary(letters.Indexed):
    """The words a captioner knows.  Rows 0, 1, 2 are the start, the end and the unknown word.

    tokens    list of str; `tokens[id]` is the word
    index     dict; `index[word]` is the id, in whatever form the word is asked for (see `letters`)
    tokenize  "words" or "morphemes"
    """

    def __init__(self, tokens, tokenize="words"):
        arguments.choice("tokenize", tokenize, CUTTERS)
        if tuple(tokens[:3]) != SPECIAL or len(set(tokens)) < len(tokens):
            raise ValueError(f"a caption vocabulary starts with {', '.join(SPECIAL)} and holds each word once")
        self.tokens, self.tokenize = list(tokens), tokenize
        self.index = letters.Index(self.tokens)

    @classmethod
    def build(cls, sentences, min_count=1, tokenize="words"):
        """Every word that occurs `min_count` times in `sentences` (lists of tokens), most frequent first."""
        min_count = arguments.whole("min_count", min_count, 1)
        sentences = arguments.listed("sentences", sentences, "lists of words")
        counts = Counter(token for tokens in sentences for token in arguments.words("each of sentences", tokens))
        kept = sorted((item for item in counts.items() if item[1] >= min_count), key=lambda item: -item[1])
        if not kept:
            raise ValueError(f"no word occurs {min_count} times in these captions: lower min_count, or take more")
        return cls([*SPECIAL, *(word for word, _ in kept)], tokenize)

    def __len__(self):
        return len(self.tokens)

    def __contains__(self, word):
        return word in self.index

    def __repr__(self):
        return f"CaptionVocabulary({len(self):,} entries, {self.tokenize})"

    def cut(self, caption):
        """The tokens of a caption, a list of str."""
        return CUTTERS[self.tokenize](caption)

    def encode(self, tokens):
        """<start>, the ids of the tokens, <end>: a list of int; a word that is not known is <unknown>, not left out."""
        return [START, *(self.index.get(token, UNKNOWN) for token in tokens), END]

    def decode(self, ids):
        """Ids back to text, up to the first <end>; <start> is not written."""
        ids = [int(i) for i in ids]
        ids = ids[: ids.index(END)] if END in ids else ids
        return join(self.tokens[i] for i in ids if i != START)

    def table(self, vectors, dimensions, generator):
        """Vectors to start from: (table (entries, dimensions) float32, known (entries,) bool).

        vectors: KeyedVectors or None.  Rows of words that `vectors` has are its vectors, brought together to a mean
        length of sqrt(dimensions) / 2; all other rows, the start among them, are random and as long on average:
        none is zero, so each can be told from the others and learnt.  ValueError if no word is found.
        """
        table = torch.randn(len(self), dimensions, generator=generator) / 2
        known = torch.zeros(len(self), dtype=torch.bool)
        if vectors is None:
            return table, known
        bare = [token.removeprefix(JOINED) if self.tokenize == "morphemes" else token for token in self.tokens]
        known = torch.tensor([i > 2 and word in vectors.key_to_index for i, word in enumerate(bare)])
        if not known.any():
            raise ValueError("the vectors hold none of the captions' words: are they of the same language, "
                             "lower-cased, and cut alike (tokenize=)?")  # fmt: skip
        found = torch.tensor(vectors[[word for word, there in zip(bare, known) if there]], dtype=torch.float32)
        if not torch.isfinite(found).all():
            raise ValueError("the vectors hold numbers that are not finite: train or load them again")
        table[known] = found * (dimensions**0.5 / 2 / found.norm(dim=1).mean().clamp(min=1e-12))
        return table, known
