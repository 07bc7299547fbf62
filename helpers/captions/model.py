"""Three captioners: where does the image meet the words?

    merge      an LSTM reads the words alone; the image joins its output    (Tanti et al. 2017, arXiv 1703.09137)
    inject     the image is the LSTM's first state: it is read before the words ("init-inject", the same paper)
    attention  as inject, and each word looks anew at the cells of a grid   (Luong et al. 2015, arXiv 1508.04025;
               for captions Xu et al. 2015, arXiv 1502.03044, and, after the LSTM as here, Lu et al. 2017, 1612.01887)

The LSTM's input is words alone in all three, so one pass over a caption gives the prediction after each of its words:
nothing is computed once per prefix.
"""

import torch
from torch import nn

from .. import arguments

ARCHITECTURES = ("merge", "inject", "attention")


def dropout(x, p, generator, shared=None):
    """Set a share p of the numbers to 0 and scale the others up; generator=None: change nothing (not training).

    shared: a dimension along which the same places are set to 0.
    """
    if generator is None or not p:
        return x
    kept = x if shared is None else x.narrow(shared, 0, 1)
    kept = torch.rand(kept.shape, generator=generator, device=x.device) >= p  # three times as fast as bernoulli_
    return x * (kept.to(x.dtype) / (1 - p))


class CaptionModel(nn.Module):
    """Image features and the words so far → scores of the next word.

    table         (entries, vector_size): the embeddings to start from
    frozen        (entries,) bool: rows that training must not move
    feature_size  of a pooled feature, or of a cell of the grid
    architecture  "merge", "inject" or "attention"
    hidden_size   of the LSTM's state and of the image's projection
    """

    def __init__(self, table, frozen, feature_size, architecture="merge", hidden_size=256, p=0.5):
        super().__init__()
        arguments.choice("architecture", architecture, ARCHITECTURES)
        entries, vector_size = table.shape
        self.architecture, self.p = architecture, p
        self.embedding = nn.Embedding.from_pretrained(table.clone(), freeze=False)
        self.register_buffer("trained_rows", (~frozen).float().unsqueeze(1))  # (entries, 1)
        self.embedding.weight.register_hook(lambda gradient: gradient * self.trained_rows)
        self.register_buffer("mean", torch.zeros(feature_size))  # of the training images' features
        self.register_buffer("scale", torch.ones(()))
        self.project = nn.Linear(feature_size, hidden_size)
        self.lstm = nn.LSTM(vector_size, hidden_size)
        with torch.no_grad():  # remember at first, learn to forget: Jozefowicz et al. 2015, PMLR 37:2342
            self.lstm.bias_ih_l0[hidden_size : 2 * hidden_size] = 1.0
        if architecture != "inject":
            self.join = nn.Linear(2 * hidden_size, hidden_size)
        if architecture == "attention":
            self.query = nn.Linear(hidden_size, hidden_size, bias=False)
        self.out = nn.Linear(hidden_size, entries)

    def standardize(self, features):
        """Remember the mean of the training images' features and their spread: any network's features then fit.

        features (n, feature_size) or (n, cells, feature_size).
        """
        rows = features.flatten(0, -2)
        total = sum(part.double().sum(0) for part in rows.split(4096))
        self.mean.copy_(total / len(rows))
        squares = sum(((part.float() - self.mean.cpu()) ** 2).sum().double() for part in rows.split(4096))
        self.scale.copy_((squares / rows.numel()).sqrt().clamp(min=1e-6))

    def look(self, features, generator=None):
        """What the model keeps of the images: (n, hidden) of pooled features, (n, cells, hidden) of a grid.

        features (n, feature_size) or (n, cells, feature_size); merge and inject take the mean of a grid.
        """
        if features.dim() == 3 and self.architecture != "attention":
            features = features.mean(1)
        x = (features.float() - self.mean) / self.scale
        return torch.tanh(self.project(dropout(x, self.p, generator, shared=1 if x.dim() == 3 else None)))

    def first_state(self, image):
        """The LSTM's state before the first word: (h, c), each (1, n, hidden)."""
        seen = image.mean(1) if image.dim() == 3 else image
        state = (torch.zeros_like(seen) if self.architecture == "merge" else seen).unsqueeze(0)
        return state, state

    def attend(self, image, h):
        """How much each state looks at each cell, (n, T, cells), rows sum to 1.

        image (n, cells, hidden), h (T, n, hidden).
        """
        scores = self.query(h).transpose(0, 1) @ image.transpose(1, 2)  # (n, T, cells)
        return torch.softmax(scores / image.shape[2] ** 0.5, dim=2)

    def read(self, image, ids, state, generator=None):
        """Read words: (what is known before each next word (T, n, hidden), the new state, attention or None).

        image from `look`; ids (T, n): words, the first of them <start>; state from `first_state` or from here.
        """
        x = dropout(self.embedding(ids), self.p, generator)  # (T, n, vector_size)
        h, state = self.lstm(x, state)  # (T, n, hidden)
        attention = None
        if self.architecture == "merge":
            h = torch.tanh(self.join(torch.cat([h, image.expand_as(h)], 2)))
        elif self.architecture == "attention":
            attention = self.attend(image, h)
            h = torch.tanh(self.join(torch.cat([h, (attention @ image).transpose(0, 1)], 2)))
        return dropout(h, self.p, generator), state, attention

    def forward(self, features, ids, generator=None):
        """Scores of every next word at once, (T, n, entries): ids (T, n) are the words before it (teacher forcing)."""
        image = self.look(features, generator)
        h, _, _ = self.read(image, ids, self.first_state(image), generator)
        return self.out(h)
