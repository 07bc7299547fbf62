"""Pretrained language models as configurations: built in PyTorch without memory, counted, compared.

A model built on PyTorch's meta device has every layer and every shape but no numbers, so that even GPT-3
can be counted on a laptop.  The same classes run on a CPU when they are built small.  `sizes` reads the
table of published models, datasets/language_models.csv.
"""

import csv
import datetime
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import nn

from helpers import arguments, training

TABLE = Path(__file__).resolve().parent.parent / "datasets" / "language_models.csv"


@dataclass(frozen=True)
class TransformerConfig:
    """What must be known of a GPT or a BERT to count it; field names follow the papers and GPT-2's hparams.

    d_model: width of a token's vector.  n_ctx: the longest input, one learned position vector each.
    segments: BERT's sentence A/B vectors.  post_norm: LayerNorm after each sum, as in the original
    Transformer, GPT and BERT; GPT-2 moved it in front and added one at the end.  embedding_norm, pooler:
    BERT only.  published: the count its authors state, None if they state none.
    """

    n_layer: int
    d_model: int
    n_head: int
    n_vocab: int
    n_ctx: int
    causal: bool
    post_norm: bool
    segments: int = 0
    embedding_norm: bool = False
    pooler: bool = False
    published: float | None = None


@dataclass(frozen=True)
class ElmoConfig:
    """What must be known of ELMo: a character CNN, highway layers and two LSTM language models.

    filters: (width in characters, number of filters).  hidden, projection: an LSTM cell's memory and what
    it hands on.  n_vocab: the words of the softmax, needed in pretraining only.
    """

    hidden: int = 4096
    projection: int = 512
    n_highway: int = 2
    n_layer: int = 2
    characters: int = 261
    character_dim: int = 16
    filters: tuple = ((1, 32), (2, 32), (3, 64), (4, 128), (5, 256), (6, 512), (7, 1024))
    n_vocab: int = 793_471
    published: float | None = None


def gpt2(n_layer, d_model, n_head, published, n_ctx=1024, n_vocab=50_257):
    """GPT-2's architecture, which GPT-3 and Megatron-LM's larger model share as far as parameters go."""
    return TransformerConfig(n_layer, d_model, n_head, n_vocab, n_ctx, True, False, published=published)


def bert(n_layer, d_model, n_head, published):
    """BERT with the uncased English vocabulary of 30,522 word pieces."""
    return TransformerConfig(n_layer, d_model, n_head, 30_522, 512, False, True, 2, True, True, published)


# Sources: ELMo arXiv 1802.05365, allennlp.org/elmo, github.com/allenai/bilm-tf (bin/train_elmo.py);
# GPT github.com/openai/finetune-transformer-lm; BERT arXiv 1810.04805, github.com/google-research/bert;
# GPT-2 github.com/openai/gpt-2; Megatron-LM arXiv 1909.08053; GPT-3 arXiv 2005.14165, table 2.1.
CONFIGURATIONS = {
    "ELMo small": ElmoConfig(1024, 128, 1, published=13.6e6),
    "ELMo medium": ElmoConfig(2048, 256, 1, published=28.0e6),
    "ELMo": ElmoConfig(published=93.6e6),
    "GPT": TransformerConfig(12, 768, 12, 40_478, 512, causal=True, post_norm=True),
    "BERT-base": bert(12, 768, 12, 110e6),
    "BERT-large": bert(24, 1024, 16, 340e6),
    "GPT-2 small": gpt2(12, 768, 12, 124e6),
    "GPT-2 medium": gpt2(24, 1024, 16, 355e6),
    "GPT-2 large": gpt2(36, 1280, 20, 774e6),
    "GPT-2 XL": gpt2(48, 1600, 25, 1558e6),
    "Megatron-LM 8.3B": gpt2(72, 3072, 32, 8.3e9, n_vocab=51_200),
    "GPT-3": gpt2(96, 12_288, 96, 175e9, n_ctx=2048),
}


class Transformer(nn.Module):
    """Token ids (batch, length) → one vector per token (batch, length, d_model).

    The output layer of a language model is the token embedding used once more (`logits`), so it has no
    parameters of its own.
    """

    def __init__(self, config, device="meta"):
        super().__init__()
        d, where = config.d_model, {"device": device}
        self.config = config
        self.tokens = nn.Embedding(config.n_vocab, d, **where)
        self.positions = nn.Embedding(config.n_ctx, d, **where)
        self.segments = nn.Embedding(config.segments, d, **where) if config.segments else None
        self.embedding_norm = nn.LayerNorm(d, **where) if config.embedding_norm else None
        self.blocks = nn.ModuleList(
            block(d, config.n_head, not config.post_norm, device) for _ in range(config.n_layer)
        )
        self.final_norm = None if config.post_norm else nn.LayerNorm(d, **where)
        self.pooler = nn.Linear(d, d, **where) if config.pooler else None  # BERT's [CLS] vector, before a classifier

    def forward(self, ids, segments=None):
        length = ids.shape[1]
        if length > self.config.n_ctx:
            raise ValueError(f"{length} tokens, but this model reads at most {self.config.n_ctx}: cut the input")
        x = self.tokens(ids) + self.positions.weight[:length]  # (batch, length, d_model)
        if self.segments is not None:
            x = x + self.segments(torch.zeros_like(ids) if segments is None else segments)
        if self.embedding_norm is not None:
            x = self.embedding_norm(x)
        mask = nn.Transformer.generate_square_subsequent_mask(length, ids.device) if self.config.causal else None
        for layer in self.blocks:
            x = layer(x, src_mask=mask)
        return x if self.final_norm is None else self.final_norm(x)

    def logits(self, ids):
        """Scores of every word of the vocabulary at every place: (batch, length, n_vocab)."""
        return self(ids) @ self.tokens.weight.T


def block(d_model, n_head, norm_first=True, device="meta"):
    """One transformer block: self-attention, a feed-forward layer of width 4·d_model, two LayerNorms."""
    return nn.TransformerEncoderLayer(
        d_model, n_head, 4 * d_model, 0.1, "gelu", batch_first=True, norm_first=norm_first, device=device
    )


class Elmo(nn.Module):
    """Character ids (batch, words, letters) → one vector per word (batch, words, 2 · projection).

    Each word is read letter by letter; a forward LSTM never sees what follows, a backward one never what
    precedes.  softmax=True adds the output layer of pretraining, which is thrown away afterwards.
    PyTorch's LSTM has two bias vectors where ELMo's had one: `extra_biases` says how many numbers that is.
    """

    def __init__(self, config, device="meta", softmax=False):
        super().__init__()
        where, wide = {"device": device}, sum(n for _, n in config.filters)
        size = config.projection
        self.characters = nn.Embedding(config.characters, config.character_dim, **where)
        self.convolutions = nn.ModuleList(nn.Conv1d(config.character_dim, n, w, **where) for w, n in config.filters)
        self.highway = nn.ModuleList(nn.Linear(wide, 2 * wide, **where) for _ in range(config.n_highway))
        self.project = nn.Linear(wide, size, **where)
        self.forward_lm, self.backward_lm = (
            nn.ModuleList(
                nn.LSTM(size, config.hidden, proj_size=size, batch_first=True, **where) for _ in range(config.n_layer)
            )
            for _ in range(2)
        )
        self.softmax = nn.Linear(size, config.n_vocab, **where) if softmax else None  # shared by both directions
        self.extra_biases = 2 * config.n_layer * 4 * config.hidden

    def forward(self, letters):
        batch, words, length = letters.shape
        x = self.characters(letters.reshape(-1, length)).transpose(1, 2)  # (batch·words, character_dim, letters)
        x = torch.cat([torch.relu(layer(x)).amax(2) for layer in self.convolutions], 1)  # (batch·words, filters)
        for layer in self.highway:
            new, gate = layer(x).chunk(2, 1)
            x = torch.lerp(torch.relu(new), x, torch.sigmoid(gate))
        x = self.project(x).reshape(batch, words, -1)  # (batch, words, projection)
        return torch.cat([run(self.forward_lm, x), run(self.backward_lm, x.flip(1)).flip(1)], 2)


def run(layers, x):
    """LSTM layers one after another, each from the second on added to its input."""
    for k, layer in enumerate(layers):
        out, _ = layer(x)
        x = out if k == 0 else x + out
    return x


def build(name, device="meta"):
    """One of CONFIGURATIONS as a module, by default on the meta device; KeyError names the choices."""
    if not isinstance(name, str) or name not in CONFIGURATIONS:
        raise KeyError(f"{name!r} is not one of: {', '.join(CONFIGURATIONS)}")
    config, device = CONFIGURATIONS[name], device if str(device) == "meta" else training.device(device)
    return (Elmo if isinstance(config, ElmoConfig) else Transformer)(config, device)


def parameter_count(module):
    """Number of trainable numbers in a module; a tensor that two layers share counts once."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def breakdown(module):
    """Parameter count of each direct part that has any, as a dict, in the order of the module."""
    counts = {name: parameter_count(child) for name, child in module.named_children()}
    return {name: count for name, count in counts.items() if count}


def causal_attention(scores):
    """Attention weights of a decoder: each row's softmax over its own position and those before it, (n, n).

    scores (n, n): row i holds what position i thinks of every position j.  What lies ahead is set to minus infinity
    before the softmax, so that it gets exactly 0 and each row still sums to 1 (Vaswani et al. 2017, section 3.2.3).
    """
    if not isinstance(scores, torch.Tensor) or scores.ndim != 2 or scores.shape[0] != scores.shape[1]:
        raise TypeError(f"scores must be a square tensor (n, n), not {arguments.shown(scores)}")
    ahead = torch.ones_like(scores, dtype=torch.bool).triu(1)
    return torch.softmax(scores.masked_fill(ahead, float("-inf")), 1)


def block_parameters(d_model, d_ff=None):
    """Parameters of one transformer block by hand; with d_ff = 4·d_model this is 12·d_model² + 13·d_model.

    d_ff: width of the feed-forward layer, 4·d_model by default.  The number of heads does not matter: they
    divide the same matrices among themselves.  Vaswani et al. 2017, arXiv 1706.03762, section 3.
    """
    d_model = arguments.whole("d_model", d_model, 1)
    d_ff = 4 * d_model if d_ff is None else arguments.whole("d_ff", d_ff, 1)
    attention = 4 * (d_model * d_model + d_model)  # query, key, value and output, each with its bias
    feed_forward = (d_model * d_ff + d_ff) + (d_ff * d_model + d_model)  # out to d_ff and back
    norms = 2 * (d_model + d_model)  # two LayerNorms, each a gain and a bias
    return attention + feed_forward + norms


def embedding_parameters(n_vocab, d_model, n_ctx=0):
    """Numbers in the token embedding and, for n_ctx > 0, in the learned position embedding; no bias."""
    n_vocab, d_model = arguments.whole("n_vocab", n_vocab, 1), arguments.whole("d_model", d_model, 1)
    return n_vocab * d_model + arguments.whole("n_ctx", n_ctx, 0) * d_model


@dataclass(frozen=True)
class Size:
    """One row of the table of published models; parameters and active_parameters are numbers, date a month.

    active_parameters: what one token uses; None for dense models (all of them) and where it is not stated.
    count: "published" by the authors, or "computed" here from a published configuration.
    """

    name: str
    date: datetime.date
    parameters: float
    active_parameters: float | None
    kind: str
    family: str
    organisation: str
    count: str
    source: str
    note: str


def sizes(path=TABLE):
    """The table of published models as a list of `Size`, oldest first.

    path: a CSV file with the columns of `Size`, date as YYYY-MM.  FileNotFoundError if it is missing,
    ValueError naming the line for other columns, a row of another length, or a value that cannot be right.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is not there: it belongs to the course's datasets folder")
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        reader, columns = csv.DictReader(file), [field.name for field in fields(Size)]
        if sorted(reader.fieldnames or []) != sorted(columns):
            raise ValueError(f"{path.name}, line 1: the columns must be {', '.join(columns)}")
        for number, row in enumerate(reader, 2):
            if None in row or None in row.values():
                raise ValueError(f"{path.name}, line {number}: needs {len(columns)} values, as many as columns")
            try:
                active = float(row["active_parameters"]) if row["active_parameters"] else None
                total = float(row["parameters"])
                date = datetime.datetime.strptime(row["date"], "%Y-%m").date()
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path.name}, line {number}: {error}; see the columns of Size") from None
            if total <= 0 or row["kind"] not in ("dense", "sparse") or not row["source"].startswith("https://"):
                raise ValueError(f"{path.name}, line {number}: needs a size, dense or sparse, and a source's address")
            if active is not None and (row["kind"] == "dense" or not 0 < active <= total):
                raise ValueError(f"{path.name}, line {number}: only a sparse model has fewer active parameters")
            rows.append(Size(**row | {"date": date, "parameters": total, "active_parameters": active}))
    return sorted(rows, key=lambda size: (size.date, size.parameters))
