"""From images' features and captions to batches: who has both, who is held out, and captions of one length together."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from .. import arguments, letters, training

NO_CAPTIONS, NO_FEATURES = "images without captions", "captioned images without features"
NO_WORDS = "captions without words"


def stack(features, names):
    """The features of some images as one tensor, (n, size) or (n, cells, size), in the number type they came in.

    features: {name: array (size,), (cells, size) or (height, width, size)}.  ValueError if an image's array has another
    shape than the first one's, is empty, or holds NaN or infinity.
    """
    arrays = [arguments.array(f"the features of {name!r}", features[name]) for name in names]
    for name, array in zip(names, arrays):
        if array.shape != arrays[0].shape:
            raise ValueError(f"the features of {name!r} have shape {array.shape}, those of {names[0]!r} "
                             f"{arrays[0].shape}: extract all with the same network and grid setting")  # fmt: skip
        if array.dtype == bool or array.ndim not in (1, 2, 3) or not array.size:
            raise ValueError(f"the features of {name!r} must be numbers of shape (size,), (cells, size) or (height, "
                             f"width, size), not {array.dtype} of shape {array.shape}")  # fmt: skip
        if not np.isfinite(array).all():
            raise ValueError(f"the features of {name!r} hold NaN or infinity: extract them again")
    stacked = torch.from_numpy(np.stack(arrays))
    return stacked.flatten(1, 2) if stacked.dim() == 4 else stacked


def by_name(name, value):
    """A dict by image name, its names in one form of Unicode; TypeError for what is no dict."""
    if not hasattr(value, "keys"):
        raise TypeError(f"{name} must be a dict by image name, not {arguments.shown(value)}")
    return {letters.tidy(image): value[image] for image in value.keys()}


def pair(features, captions, cut):
    """Images that have both features and captions with words: ({name: [[token, …], …]}, {what was skipped: count}).

    cut: a function from a caption to its tokens.  Images without captions are only counted (the test images, often);
    captions that cannot be used are counted and reported with one warning.  ValueError if nothing is left.
    """
    tokens, empty = {}, 0
    for name in captions:
        if name not in features:
            continue
        found = [cut(caption) for caption in arguments.listed(f"the captions of {name!r}", captions[name], "str")]
        empty += sum(not one for one in found)
        if any(found):
            tokens[name] = [one for one in found if one]
    skipped = {
        NO_CAPTIONS: sum(name not in tokens for name in features),
        NO_FEATURES: sum(name not in features for name in captions),
        NO_WORDS: empty,
    }
    if not tokens:
        raise ValueError(f"no image has both features and captions ({describe(skipped)}): "
                         "do the names agree, file endings included?")  # fmt: skip
    if any(skipped[what] for what in (NO_FEATURES, NO_WORDS)):
        arguments.warn(f"skipped: {describe(skipped)}")
    return tokens, skipped


def describe(skipped):
    """The counts of what was skipped as text."""
    return ", ".join(f"{count:,} {what}" for what, count in skipped.items() if count) or "nothing skipped"


def hold_out(names, validation, seed):
    """Split image names into (training, validation): whole images, so that no caption of a held-out image is seen.

    validation: a share such as 0.1, drawn with the seed, or the names themselves; names of skipped images are left out.
    """
    if isinstance(validation, str) or not isinstance(validation, Iterable):
        validation = arguments.number("validation", validation, above=0, below=1, hint=": a share, or a list of names")
        order = torch.randperm(len(names), generator=training.generator(seed)).tolist()
        held = {names[i] for i in order[: max(1, round(validation * len(names)))]}
    else:
        held = set(map(letters.tidy, arguments.names("validation", validation)))
    train, held_out = [name for name in names if name not in held], [name for name in names if name in held]
    if not train or not held_out:
        raise ValueError(f"{len(train)} images are left to train on and {len(held_out)} to validate on: both need one")
    return train, held_out


@dataclass(frozen=True)
class Samples:
    """Captions as ids, sorted by length, and the image of each.

    features  (images, size) or (images, cells, size)
    ids       list of int64 (length + 2,): <start>, words, <end>
    images    int64 (captions,): the row of `features` that belongs to each caption
    """

    features: torch.Tensor
    ids: list
    images: torch.Tensor

    @classmethod
    def of(cls, features, tokens, names, vocabulary):
        """The samples of some images; tokens: {name: [[token, …], …]}."""
        pairs = [(vocabulary.encode(one), row) for row, name in enumerate(names) for one in tokens[name]]
        return cls(stack(features, names), [torch.tensor(ids) for ids, _ in pairs],
                   torch.tensor([row for _, row in pairs]))  # fmt: skip

    def pooled(self):
        """The same samples with the mean over the cells of a grid."""
        features = self.features.float().mean(1) if self.features.dim() == 3 else self.features
        return Samples(features, self.ids, self.images)

    @property
    def words(self):
        """Predictions to make: all words, and one end for each caption."""
        return sum(map(len, self.ids)) - len(self.ids)

    def batches(self, size, generator=None):
        """Batches of captions of one length each, so that none is padded: a list of tensors of caption numbers.

        With a generator, captions and batches come in random order.
        """
        lengths = torch.tensor([len(ids) for ids in self.ids])
        order = torch.arange(len(lengths)) if generator is None else torch.randperm(len(lengths), generator=generator)
        order = order[lengths[order].sort(stable=True).indices]
        groups = order.split(lengths[order].unique_consecutive(return_counts=True)[1].tolist())
        found = [batch for group in groups for batch in group.split(size)]
        if generator is None:
            return found
        return [found[i] for i in torch.randperm(len(found), generator=generator).tolist()]

    def get(self, batch, device="cpu"):
        """(features (n, …), inputs (T, n), targets (T, n)): the targets are the inputs one word later."""
        ids = torch.stack([self.ids[i] for i in batch.tolist()], 1)  # (T + 1, n)
        return self.features[self.images[batch]].to(device), ids[:-1].to(device), ids[1:].to(device)
