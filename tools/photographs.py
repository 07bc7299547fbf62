"""What the photographs of lesson 9 come with: real InceptionV3 features, and what captioners of Flickr8k say of them.

    python tools/photographs.py features WEIGHTS GRIDS      writes datasets/photographs/features.safetensors
    python tools/photographs.py describe CAPTIONER …        writes datasets/measured/photographs-flickr8k.json

WEIGHTS is a safetensors file of TensorFlow's InceptionV3 of 2015 (ImageNet, Apache 2.0) under torchvision's names, its
batch normalisation folded: two of its 94 convolutions are missing, so only the layers and channels before and beside
them are taken, 1,280 of Mixed_7b's 2,048.  GRIDS holds the principal components of such cells on Flickr8k's training
images (`mean`, `components`, `scale`, `features`), so that a captioner trained on these fits.  A CAPTIONER is what
tools/measure_captioners.py keeps: of several the last is the one that describes, those before are its earlier epochs.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import outputs
from helpers import captions, files, measured
from helpers.vision import inception, pictures
from helpers.vision.photographs import FEATURES, FOLDER, load

EXACT = np.r_[0:1088, 1856:2048]  # channels of Mixed_7b that do not pass through a missing convolution
BEAM = 5


def network_of_2015(path):
    """InceptionV3 with the weights of 2015; what is missing is zero."""
    network = inception.InceptionV3(classes=None)
    state = network.state_dict()
    for name, tensor in state.items():
        tensor.fill_(1 if name.endswith("bn.weight") else 1 - 0.001 if name.endswith("running_var") else 0)
    network.load_state_dict(state | {name: tensor.float() for name, tensor in load_file(path).items()})
    for block in network.modules():
        if isinstance(block, inception.Block):
            block.edges_count = False
    return network.eval()


@torch.inference_mode()
def cells(network, path):
    """What the network sees in one photograph: (pooled (1280,), its cells (16, 1280)), prepared as Flickr8k's were."""
    small = pictures.opened(path, 224)
    pixels = np.asarray(pictures.opened(small, inception.WHOLE_SIZE), dtype=np.float32)
    x = (torch.from_numpy(pixels).permute(2, 0, 1)[None] - 128) / 128
    seen = network.grid(x, "Mixed_7b")[0][EXACT]
    return seen.mean((1, 2)).numpy(), torch.nn.functional.adaptive_avg_pool2d(seen, 4).flatten(1).T.numpy()


def features(options):
    network, paths = network_of_2015(options.weights), sorted(FOLDER.glob("*.jpg"))
    seen = [cells(network, path) for path in paths]
    with np.load(options.grids) as stored:
        projected = [(each - stored["mean"]) @ stored["components"].astype(np.float32) for _, each in seen]
        scale = stored["scale"]
    whole = np.clip(np.rint(np.stack(projected) / scale), -127, 127).astype(np.int8)
    found = {"pooled": np.stack([pooled for pooled, _ in seen]).astype(np.float16), "cells": whole, "scale": scale}
    with files.whole(FEATURES) as draft:
        save_file(found, draft, {"names": json.dumps([path.stem for path in paths])})
    print(FEATURES, {name: array.shape for name, array in found.items()})


def describe(options):
    photographs = load()
    said = [captions.Captioner.load(path) for path in options.captioners]
    last = said[-1]
    rows = {}
    for name, seen in photographs.cells.items():
        words, maps = last.attention(seen, BEAM)
        rows[name] = {
            "greedy": last.caption(seen, 1), "beam": last.caption(seen, BEAM), "words": words,
            "maps": [" ".join(f"{1000 * share:.0f}" for share in row) for row in maps.reshape(len(words), -1)],
            "epochs": [each.caption(seen, 1) for each in said[:-1]],
        }  # fmt: skip
    command = "python tools/photographs.py describe CAPTIONER …"
    values = {"architecture": last.model.architecture, "beam": BEAM, "blind": last.blind(BEAM), "photographs": rows}
    spoken = sum(len(row["beam"].split()) for row in rows.values())
    result = measured.today("photographs", "flickr8k", len(rows), spoken, ("numpy", "torch"), command, values)
    print(result, result.save(options.out), sep="\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="what", required=True)
    part = parts.add_parser("features")
    part.add_argument("weights", type=Path)
    part.add_argument("grids", type=Path)
    part = parts.add_parser("describe")
    part.add_argument("captioners", type=Path, nargs="+")
    part.add_argument("--out", type=Path, default=measured.FOLDER)
    options = parser.parse_args(arguments)
    outputs.tried(FEATURES if options.what == "features" else measured.path_of("photographs", "flickr8k", options.out))
    {"features": features, "describe": describe}[options.what](options)


if __name__ == "__main__":
    main()
