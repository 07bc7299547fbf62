"""Pretrain the small models that ship with lesson 10, datasets/context/KIND-ko.safetensors: a minute or two each.

    python tools/pretrain_context.py            gpt, bert and elmo, one after the other
    python tools/pretrain_context.py gpt        one of them

The text is every fourth sentence of the course's Korean corpus; the sentences of `held_out` are not read.  One thread
computes, so that the same machine writes the same file again.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from helpers import context, corpora, pretraining

FOLDER = Path(__file__).resolve().parents[1] / "datasets" / "context"
SETTINGS = {"vector_size": 48, "length": 24, "epochs": 4, "batch_size": 64, "alpha": 0.01, "max_size": 1000}
LAYERS = {"gpt": 2, "bert": 2, "elmo": 1}


def texts():
    """(sentences to learn from, sentences held out)."""
    corpus = list(corpora.load("korean"))
    return corpus[1::4], corpus[::80]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="gpt, bert or elmo; all by default")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the files are written")
    parser.add_argument("--epochs", type=int, default=SETTINGS["epochs"])
    options = parser.parse_args(arguments)
    if unknown := set(options.kinds) - set(context.KINDS):
        parser.error(f"there is no kind {min(unknown)!r}: name {', '.join(context.KINDS)}")
    torch.set_num_threads(1)
    learnt, held_out = texts()
    options.folder.mkdir(parents=True, exist_ok=True)
    for kind in options.kinds or context.KINDS:
        settings = SETTINGS | {"epochs": options.epochs, "layers": LAYERS[kind]}
        model = pretraining.train(learnt, kind, validation=held_out, device="cpu", progress=True, **settings)
        path = options.folder / f"{kind}-ko.safetensors"
        model.save(path)
        print(model, [round(value, 1) for value in model.curve], f"{path.stat().st_size:,} bytes", sep="  ")


if __name__ == "__main__":
    main()
