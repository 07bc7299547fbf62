"""What the playground of lesson 9 shows: a few scenes, what a small captioner says of them, and where it looked."""

import base64
import io
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from packing import text64

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

from helpers import captions  # noqa: E402
from helpers.vision import features, inception  # noqa: E402


def look(pictures=3, beams=(1, 2, 3, 4)):
    """Scenes of tests with the captions of a small attention model, where it looked for each word, and its beams.

    Half of the scenes show combinations that training never saw.  Trained as in lesson 9, once for each language.
    """
    torch.set_num_threads(1)
    data = {language: captions.dataset("scenes", language=language) for language in ("ko", "en")}
    ko = data["ko"]
    names = [*ko.test[:pictures], *ko.new_combinations[:pictures]]
    used = ko.images([*ko.train, *ko.validation, *names])
    with tempfile.TemporaryDirectory() as folder:
        cache = {"grid": "both", "cache": Path(folder) / "features.safetensors", "device": "cpu"}
        _, grids = features.extract(used, inception.narrow(), **cache)
    found = [{"picture": png(ko.image(name))} for name in names]
    for language, scenes in data.items():
        texts = {name: scenes.captions[name][:3] for name in [*ko.train, *ko.validation]}
        settings = {"validation": ko.validation, "alpha": 0.004, "dropout": 0.2, "epochs": 14, "device": "cpu"}
        sizes = {"architecture": "attention", "hidden_size": 96, "vector_size": 64}
        captioner = captions.train(grids, texts, **settings, **sizes)
        for name, entry in zip(names, found):
            words, maps = captioner.attention(grids[name])
            trees = {str(beam): tree(captioner.steps(grids[name], beam=beam)) for beam in beams}
            light = text64(np.round(255 * maps / maps.max()).astype("u1"))
            entry[language] = {"words": words, "maps": light, "beams": trees}
    return found


def tree(search):
    """A beam search as {caption, steps: [[[words, log probability, fate], …] …]}."""
    caption, steps = search
    return {"caption": caption, "steps": [[[" ".join(w), round(p, 4), fate] for w, p, fate in step] for step in steps]}


def png(picture):
    """A picture as text: PNG in base64."""
    buffer = io.BytesIO()
    picture.quantize(64).save(buffer, "png", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
