"""Image captioning, lesson 9: from an image to a sentence.

    data = captions.dataset("scenes", language="ko")
    pooled = features.extract(data.images())                 # helpers.vision
    texts = {name: data.captions[name] for name in data.train + data.validation}
    captioner = captions.train(pooled, texts, validation=data.validation)
    captioner.caption(pooled[data.test[0]])
    captions.bleu(hypotheses, data.references(data.test))

The rooms, in the order in which an image walks through them: `data` and `flickr8k` (images with captions, by name),
`text` (caption words), `samples` (batches), `model` (three ways to join image and words), `trainer`, `rewards`
(training on the score itself), `ablation` (what each of its parts is worth), `captioner`, `decoding` (greedy and beam
search), `bleu`, `meaning` (what BLEU does not see), `diagrams` and `sheets` (figures), `tables` (your own pictures with
captions in a CSV).  The drawn world is next door in `helpers.scenes`, the network that looks in `helpers.vision`.
"""

import importlib

from .ablation import ablation, summary
from .bleu import bleu, brevity_penalty, clipped_matches, human
from .bleu import counts as bleu_counts
from .bleu import of_counts as bleu_of
from .captioner import Captioner
from .decoding import beam_search, beam_steps
from .model import ARCHITECTURES, CaptionModel
from .text import CaptionVocabulary, join, morphemes, words
from .trainer import train

MODULES = (
    "data", "decoding", "diagrams", "flickr8k", "meaning", "model", "rewards", "samples", "sheets", "tables", "text",
    "trainer",
)  # fmt: skip
__all__ = [
    "ARCHITECTURES", "CaptionModel", "CaptionVocabulary", "Captioner", "ablation", "beam_search", "beam_steps", "bleu",
    "bleu_counts", "bleu_of", "brevity_penalty", "clipped_matches", "dataset", "human", "join", "morphemes", "summary",
    "train", "words", *MODULES,
]  # fmt: skip


def __getattr__(name):
    """Modules that read images are imported when they are first named."""
    if name in MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name == "dataset":
        return importlib.import_module(".data", __name__).dataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
