"""Pretrain the small models that ship with lesson 10, datasets/context/KIND-LANGUAGE.safetensors: a minute or two each.

    python tools/pretrain_context.py                    gpt, bert and elmo, one after the other
    python tools/pretrain_context.py gpt                one of them
    python tools/pretrain_context.py gpt --language en  the smaller English one, which only the playground uses

The Korean text is every fourth sentence of the course's corpus, the English one the captions of the scenes that lesson
9 learns from; what `texts` holds out is not read.  One thread computes, so that the same machine writes the same file
again.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

import outputs
from helpers import captions, context, corpora, pretraining

FOLDER = Path(__file__).resolve().parents[1] / "datasets" / "context"
SETTINGS = {"length": 24, "epochs": 4, "batch_size": 64, "alpha": 0.01, "max_size": 1000}
LAYERS = {"gpt": 2, "bert": 2, "elmo": 1}
SIZES = {"ko": 48, "en": 32}  # numbers of a word's vector: fewer where there are fewer words


def texts(language="ko"):
    """(sentences to learn from, sentences held out)."""
    if language == "ko":
        corpus = list(corpora.load("korean"))
        return corpus[1::4], corpus[::80]
    scenes = captions.dataset("scenes", language=language)
    learnt, held_out = ([captions.words(text) for name in names for text in scenes.captions[name]]
                        for names in (scenes.train, scenes.test))  # fmt: skip
    return learnt, held_out


def reported(held_out):
    """The half that perplexities are reported on: lesson 10 chooses the share of its bigram on the other half."""
    return held_out[len(held_out) // 2 :]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="gpt, bert or elmo; all by default")
    parser.add_argument("--language", choices=SIZES, default="ko")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the files are written")
    parser.add_argument("--epochs", type=int, default=SETTINGS["epochs"])
    options = parser.parse_args(arguments)
    if unknown := set(options.kinds) - set(context.KINDS):
        parser.error(f"there is no kind {min(unknown)!r}: name {', '.join(context.KINDS)}")
    places = {
        kind: options.folder / f"{kind}-{options.language}.safetensors" for kind in options.kinds or context.KINDS
    }
    outputs.tried(*places.values())
    torch.set_num_threads(1)
    learnt, held_out = texts(options.language)
    for kind, path in places.items():
        settings = {"vector_size": SIZES[options.language], "layers": LAYERS[kind]} | SETTINGS
        settings["epochs"] = options.epochs
        model = pretraining.train(learnt, kind, validation=reported(held_out), device="cpu", progress=True, **settings)
        model.save(path)
        print(model, [round(value, 1) for value in model.curve], f"{path.stat().st_size:,} bytes", sep="  ")


if __name__ == "__main__":
    main()
