"""From words to contexts: attention, a Transformer block, and three small models that read a word in its context.

    gpt    a Transformer that sees the past only: it predicts the next word (Radford et al. 2018)
    bert   the same Transformer, seeing both sides: words are hidden, and it predicts them (Devlin et al. 2018)
    elmo   two GRUs, one from the left and one from the right, each predicting the word that comes next in its direction
           (Peters et al. 2018, with GRUs in place of LSTMs and a table in place of letters)

The output layer is the word table used once more.  `pretraining` trains them; the shapes stand in the comments.
"""

import math
from collections import Counter

import torch
from torch import nn
from torch.nn import functional as F

from . import arguments, letters

KINDS = ("gpt", "bert", "elmo")
END, UNKNOWN, MASK = 0, 1, 2
SPECIAL = ("<end>", "<unknown>", "<mask>")
LONGEST = 2**15  # words in a mask: with twice as many it would fill four times the memory, 4 GiB
NO_TARGET = -100  # what cross_entropy passes over


def causal_mask(length):
    """Who may see whom when nobody sees the future: bool (length, length), row i may see column j ≤ i."""
    length = arguments.whole("length", length, 1, LONGEST)
    return torch.ones(length, length, dtype=torch.bool).tril()


def attention(query, key, value, mask=None):
    """Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1): (the mixed values, the weights).

    query (…, n, d), key (…, m, d), value (…, m, e), mask bool (n, m): True where a row may look.  The weights
    (…, n, m) are a softmax over each row; a row that may look nowhere is refused with ValueError.
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (…, n, m)
    if mask is not None:
        if not bool(mask.any(-1).all()):
            raise ValueError("a row of the mask lets its place look nowhere: allow each at least itself")
        scores = scores.masked_fill(~mask, -math.inf)
    weights = torch.softmax(scores, -1)
    return weights @ value, weights


def hidden_words(ids, words, generator, share=0.15):
    """BERT's game (Devlin et al. 2018, section 3.1): (inputs, targets), both of the shape of ids.

    `share` of the words are chosen; of them 80 % become <mask>, 10 % any word and 10 % stay as they are.  Targets hold
    the word where one was chosen, NO_TARGET elsewhere.  <end> is never chosen.  words: entries of the vocabulary.
    """
    share = arguments.number("share", share, above=0, most=1)
    words = arguments.whole("words", words, len(SPECIAL) + 1, arguments.MOST)
    arguments.instance("generator", generator, torch.Generator, "a generator, torch.Generator().manual_seed(seed)")
    arguments.instance("ids", ids, torch.Tensor, "a tensor of ids, such as the rows of context.pieces")
    if ids.dtype not in (torch.int64, torch.int32):
        raise ValueError(f"ids must be a tensor of whole numbers, not of {ids.dtype}: write ids.long()")
    dice = torch.rand(ids.shape, generator=generator, device=generator.device)
    fate = torch.rand(ids.shape, generator=generator, device=generator.device)
    any_word = torch.randint(len(SPECIAL), words, ids.shape, generator=generator, device=generator.device)
    chosen = (dice < share) & (ids != END)
    inputs = torch.where(chosen & (fate < 0.8), MASK, ids)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), any_word, inputs)
    return inputs, torch.where(chosen, ids, NO_TARGET)


def shifted(ids):
    """What to read and what to predict, one word further on: (…, T) → inputs and targets (…, T − 1)."""
    return ids[..., :-1], ids[..., 1:]


def dropped(x, share, generator):
    """Dropout that a generator decides (None: no dropout), so that a training which was stopped can go on the same."""
    if not share or generator is None:
        return x
    kept = torch.rand(x.shape, generator=generator, device=x.device) >= share
    return x * kept / (1 - share)


class Block(nn.Module):
    """One Transformer block, LayerNorm first: x + attention, then x + a feed-forward layer of width 4·d."""

    def __init__(self, d, heads):
        super().__init__()
        self.heads, self.norm1, self.norm2 = heads, nn.LayerNorm(d), nn.LayerNorm(d)
        self.to_qkv, self.mix = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.feed_forward = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def attend(self, x, mask):
        """Each head's attention in its own d / heads dimensions: (batch, T, d) → mixed (batch, T, d), weights."""
        batch, length, d = x.shape
        qkv = self.to_qkv(x).view(batch, length, 3, self.heads, d // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (batch, heads, T, d / heads)
        mixed, weights = attention(query, key, value, mask)
        return self.mix(mixed.transpose(1, 2).reshape(batch, length, d)), weights

    def forward(self, x, mask=None):
        x = x + self.attend(self.norm1(x), mask)[0]
        return x + self.feed_forward(self.norm2(x))


class ContextModel(nn.Module):
    """Word ids (batch, T) → a vector for every word in its context, (batch, T, width).

    width is d, and 2·d for elmo: what the GRU from the left knows, then what the one from the right does.
    ValueError for a text longer than the Transformer has positions, and for heads that do not divide d.
    """

    def __init__(self, kind, words, d=64, layers=2, heads=4, positions=64):
        super().__init__()
        self.kind, self.words = arguments.choice("kind", kind, KINDS), words
        self.embedding, self.bias = nn.Embedding(words, d), nn.Parameter(torch.zeros(words))
        nn.init.normal_(self.embedding.weight, std=d**-0.5)
        if kind == "elmo":
            self.from_left, self.from_right = (nn.GRU(d, d, layers, batch_first=True) for _ in range(2))
            self.width = 2 * d
            return
        if d % heads:
            raise ValueError(f"vector_size must be a multiple of heads, but they are {d} and {heads}")
        self.positions = nn.Embedding(positions, d)
        nn.init.normal_(self.positions.weight, std=d**-0.5)
        self.blocks = nn.ModuleList(Block(d, heads) for _ in range(layers))
        self.norm, self.width = nn.LayerNorm(d), d

    def forward(self, ids, dropout=0.0, generator=None):
        x = dropped(self.embedding(ids), dropout, generator)  # (batch, T, d)
        if self.kind == "elmo":
            right = self.from_right(x.flip(1))[0].flip(1)
            return torch.cat([self.from_left(x)[0], right], -1)
        length, most = ids.shape[1], len(self.positions.weight)
        if length > most:
            raise ValueError(f"{length} words, but this model has {most} positions: cut the text, or train with a "
                             "larger length")  # fmt: skip
        x = x + self.positions.weight[:length]
        mask = causal_mask(length).to(ids.device) if self.kind == "gpt" else None
        for block in self.blocks:
            x = block(x, mask)
        return self.norm(x)

    def scores(self, vectors):
        """Scores of every word of the vocabulary: (…, d) → (…, words); a softmax makes probabilities of them."""
        return vectors @ self.embedding.weight.T + self.bias

    def predictions(self, ids, generator=None, dropout=0.0, share=0.15):
        """What the model is to predict in ids (batch, T): (vectors (n, d) to predict from, the right words (n,)).

        generator: decides the hidden words of bert, which needs one, and dropout.
        """
        if self.kind == "bert":
            inputs, targets = hidden_words(ids, self.words, generator, share)
            asked = targets != NO_TARGET
            return dropped(self(inputs, dropout, generator)[asked], dropout, generator), targets[asked]
        if self.kind == "gpt":
            inputs, targets = shifted(ids)
            vectors = self(inputs, dropout, generator)
        else:  # the state from the left at t predicts the word at t + 1, that from the right the word at t − 1
            left, right = self(ids, dropout, generator).chunk(2, -1)
            vectors, targets = torch.cat([left[:, :-1], right[:, 1:]]), torch.cat([ids[:, 1:], ids[:, :-1]])
        return dropped(vectors, dropout, generator).flatten(0, 1), targets.flatten()

    def loss(self, ids, generator=None, dropout=0.0, share=0.15):
        """(the sum of −log p of the words that are predicted, how many they are)."""
        vectors, targets = self.predictions(ids, generator, dropout, share)
        return F.cross_entropy(self.scores(vectors), targets, reduction="sum"), len(targets)


class ContextVocabulary(letters.Indexed):
    """The words that a model knows; the first rows are <end> (between texts), <unknown> and <mask>.

    words   list of str; `words[id]` is the word;  index  dict; `index[word]` is the id, in whatever form the word is
            asked for (see `letters`)
    """

    def __init__(self, words):
        words = [letters.tidy(word) for word in words]
        if tuple(words[:3]) != SPECIAL or len(set(words)) < len(words):
            raise ValueError(f"this vocabulary begins with {', '.join(SPECIAL)} and holds each word once")
        if len(words) < 5:
            raise ValueError("a model needs a vocabulary of two words or more: with one there is nothing to predict")
        self.words, self.index = words, letters.Index(words)

    @classmethod
    def build(cls, texts, min_count=5, max_size=None):
        """Words that occur `min_count` times in the texts (lists of tokens), the most frequent ones, at most max_size.

        ValueError for text with fewer than two such words.
        """
        min_count = arguments.whole("min_count", min_count, 1)
        max_size = arguments.optional(arguments.whole, "max_size", max_size, 1)
        texts = arguments.in_order("texts", texts, "lists of words")
        counts = Counter(letters.tidy(token) for tokens in texts for token in arguments.words("texts", tokens))
        kept = [word for word, n in counts.most_common(max_size) if n >= min_count and word not in SPECIAL]
        return cls([*SPECIAL, *kept])

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        return word in self.index

    def __repr__(self):
        return f"ContextVocabulary({len(self):,} entries)"

    def encode(self, tokens):
        """Ids of tokens, a list of int; a word that is not known is <unknown>, not left out."""
        return [self.index.get(token, UNKNOWN) for token in arguments.words("tokens", tokens)]

    def stream(self, texts):
        """All texts as one row of ids, <end> before each and after the last: LongTensor (n,)."""
        ids = [END]
        for tokens in arguments.in_order("texts", texts, "lists of words"):
            ids += [*self.encode(tokens), END]
        return torch.tensor(ids)


def a_vocabulary(value):
    """`value`, a ContextVocabulary; TypeError for anything else."""
    return arguments.instance("vocabulary", value, ContextVocabulary, "a ContextVocabulary, such as model.vocabulary")


def pieces(stream, length):
    """A row of ids cut into consecutive pieces (n, length); an incomplete last one is left out.

    ValueError, naming the remedy, for a text that is shorter than one piece.
    """
    length = arguments.whole("length", length, 2, hint=": a piece needs a word and one to predict")
    arguments.instance("stream", stream, torch.Tensor, "a row of ids, as vocabulary.stream returns it")
    if stream.ndim != 1 or len(stream) < length:
        raise ValueError(f"{stream.numel()} tokens make no piece of {length}: take more text, or lower length")
    return stream[: len(stream) // length * length].view(-1, length)
