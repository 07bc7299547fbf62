"""Pretrain the narrow InceptionV3 on this course's own drawings, and write the weights that ship with it.

    .venv/bin/python tools/pretrain_inception.py                 writes datasets/captions/inception_scenes.safetensors
    .venv/bin/python tools/pretrain_inception.py --probe FILE    what linear probes read from its features

The task is to name what is in a scene: the background, the layout, how many things, and of each thing its kind, colour
and size; and, from the grid at Mixed_6e where InceptionV3 has its second classifier, what lies in each cell.  The
drawings are others than the lesson's (another seed and prefix), and the pairs of colour and thing that the lesson
holds out (scenes.HELD_OUT) do not occur in them either: every colour and every thing does, but never together.
Some drawings are shown in grey, and their colours are not asked: so a thing is known by its shape, whatever its colour.
Most steps see small drawings, which cost little; the last ones see the size that the lesson uses.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import math
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import outputs
from helpers import precision, scenes
from helpers.checkpoints import Checkpoint
from helpers.vision import features, inception, looking

WIDTH, BATCH, CELLS, RATE = 0.25, 32, 8, 3e-3
STAGES = ((96, 19_200, "alone"), (128, 44_800, "all"), (160, 12_800, "all"))  # pixels, drawings, which of them
GREY = 0.3  # share of the drawings that are shown in grey
CHUNK = 640  # drawings made at a time, beside the training


def labels(scene):
    """One row of class numbers: background, layout, how many, and (kind, colour, size) of up to three things."""
    row = [scenes.BACKGROUNDS.index(scene.background), scenes.LAYOUTS.index(scene.layout)]
    row.append(sum(thing.count for thing in scene.things) - 1)
    for i in range(3):
        thing = scene.things[i] if i < len(scene.things) else None
        row += [scenes.KINDS.index(thing.kind) + 1, scenes.COLORS.index(thing.color) + 1,
                scenes.SIZES.index(thing.size)] if thing else [0, 0, 1]  # fmt: skip
    return row


GRIDS = ("Mixed_5d", "Mixed_6e")  # layers whose cells are asked, too
OUTPUTS = [len(scenes.BACKGROUNDS), len(scenes.LAYOUTS), 4, *([len(scenes.KINDS) + 1, len(scenes.COLORS) + 1, 3] * 3)]


def cells(scene):
    """What lies in the middle of each of 8 x 8 cells: (kind, colour), 0 for the background."""
    grid = np.zeros((2, CELLS, CELLS), dtype=np.int64)
    middles = (np.arange(CELLS) + 0.5) / CELLS
    for kind, color, x, y, side, *_ in scene.placed():
        rows, columns = (middles > y - 0.9 * side) & (middles < y), np.abs(middles - x) < 0.42 * side
        grid[0][np.ix_(rows, columns)] = scenes.KINDS.index(kind) + 1
        grid[1][np.ix_(rows, columns)] = scenes.COLORS.index(color) + 1
    return grid


def drawings(number, seed, size, which):
    """Chunk `number` of the drawings: pictures (CHUNK, size, size, 3), labels (CHUNK, 12), cells (CHUNK, 2, 8, 8).

    which: "all", or "alone" for scenes of one kind of thing.
    """
    made, more = [], 0
    while len(made) < CHUNK:
        found = scenes.make(CHUNK, seed=10_000 * seed + 10 * number + more, prefix="pretraining")
        made += [scene for scene in found if which == "all" or len(scene.things) == 1]
        more += 1
    made = made[:CHUNK]
    pictures = np.stack([np.asarray(scene.image(size)) for scene in made])
    return pictures, np.array([labels(scene) for scene in made]), np.stack([cells(scene) for scene in made])


class Namer(nn.Module):
    """The network with one linear classifier per question: twelve on the pooled features, two on each of two grids."""

    def __init__(self, seed):
        super().__init__()
        self.network = inception.initialise(inception.InceptionV3(WIDTH, classes=None), seed)
        self.pooled = nn.Linear(self.network.channels, sum(OUTPUTS))
        self.cells = nn.ModuleDict(
            {layer: nn.Conv2d(getattr(self.network, layer).channels_out, OUTPUTS[3] + OUTPUTS[4], 1) for layer in GRIDS}
        )
        inception.initialise(self.pooled, seed + 1)
        for i, layer in enumerate(GRIDS):
            inception.initialise(self.cells[layer], seed + 2 + i)
            nn.init.zeros_(self.cells[layer].bias)

    def forward(self, x):
        x, found = self.network.stem(x), []
        for layer in inception.LAYERS:
            x = getattr(self.network, layer)(x)
            if layer in GRIDS:
                answers = self.cells[layer](x).float()
                found.append(F.interpolate(answers, size=(CELLS, CELLS), mode="bilinear", align_corners=False))
        return self.pooled(x.mean((2, 3))).float(), found


def some_in_grey(x, wanted, wanted_cells, generator):
    """The same batch with a share of GREY of its pictures in grey, and -100, "not asked", where their colour stood."""
    grey = torch.rand(len(x), generator=generator) < GREY
    x[grey] = x[grey].mean(1, keepdim=True)
    wanted, wanted_cells = wanted.clone(), wanted_cells.clone()
    for column in (4, 7, 10):
        wanted[grey, column] = -100
    wanted_cells[grey, 1] = -100
    return x, wanted, wanted_cells


def loss_of(answers, grids, wanted, wanted_cells):
    """The sum of the cross-entropies; a cell of the background counts a quarter of one with something in it."""
    loss = sum(F.cross_entropy(part, column) for part, column in zip(answers.split(OUTPUTS, 1), wanted.T)) / 3
    for grid in grids:
        for part, column in zip(grid.split([OUTPUTS[3], OUTPUTS[4]], 1), wanted_cells.unbind(1)):
            weight = torch.ones(part.shape[1])
            weight[0] = 0.25
            loss = loss + F.cross_entropy(part, column, weight)
    return loss


def train(seed=1, stages=STAGES, checkpoint=None):
    """The trained network.  Printed after each chunk: loss, and how many first things were named in full before it."""
    namer = Namer(seed).to(memory_format=torch.channels_last).train()
    plan = [(number, size, which) for size, count, which in stages for number in range(count // CHUNK)]
    plan = [(number, size, which) for number, (_, size, which) in enumerate(plan)]
    optimizer = torch.optim.AdamW(namer.parameters(), lr=RATE, weight_decay=0.02)
    done, saved = 0, Checkpoint.of(checkpoint)
    if saved and (
        state := saved.restore({"seed": seed, "stages": str(stages), "batch": BATCH, "rate": RATE, "grey": GREY})
    ):
        done = int(state.pop("done"))
        namer.load_state_dict({name[6:]: value for name, value in state.items() if name.startswith("model ")})
        inner = {}
        for name, value in state.items():
            if name.startswith("adam "):
                inner.setdefault(int(name.split()[1]), {})[name.split()[2]] = value
        optimizer.load_state_dict(optimizer.state_dict() | {"state": inner})
    half = precision.native_bfloat16("cpu")
    with ProcessPoolExecutor(1) as pool:
        coming = [pool.submit(drawings, number, seed, size, which) for number, size, which in plan[done : done + 2]]
        for number, size, _ in plan[done:]:
            pictures, wanted, wanted_cells = map(torch.from_numpy, coming.pop(0).result())
            coming += [pool.submit(drawings, later, seed, *rest) for later, *rest in plan[number + 2 : number + 3]]
            total, right, generator = 0.0, 0.0, torch.Generator().manual_seed(1000 * seed + number)
            for i, rows in enumerate(torch.arange(CHUNK).split(BATCH)):
                share = (number + i * BATCH / CHUNK) / len(plan)  # of the training that is over
                for group in optimizer.param_groups:  # up over the first tenth, then down along a cosine
                    group["lr"] = RATE * min(1.0, 10 * share + 0.02) * (0.5 + 0.5 * math.cos(math.pi * share))
                x = looking.normalised(pictures[rows])
                x, asked, asked_cells = some_in_grey(x, wanted[rows], wanted_cells[rows], generator)
                with torch.autocast("cpu", torch.bfloat16, enabled=half):
                    answers, grids = namer(x.contiguous(memory_format=torch.channels_last))
                loss = loss_of(answers, grids, asked, asked_cells)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * BATCH / CHUNK
                kind, color = (answers.split(OUTPUTS, 1)[k].argmax(1) == asked[:, k] for k in (3, 4))
                right += (kind & (color | (asked[:, 4] < 0))).float().sum().item() / CHUNK
            print(f"{number + 1}/{len(plan)}: {size} pixels, loss {total:.3f}, first thing {right:.3f}, "
                  f"{time.process_time():.0f} s of CPU", flush=True)  # fmt: skip
            if saved and (saved.due() or number + 1 == len(plan)):
                moments = {f"adam {i} {name}": value for i, inner in optimizer.state_dict()["state"].items()
                           for name, value in inner.items()}  # fmt: skip
                model = {f"model {name}": value.clone() for name, value in namer.state_dict().items()}
                saved.save({"done": number + 1} | moments | model)
    return namer.network.eval()


def write(network, path, seed, stages):
    """Weights as float16, with a header that says how they were made."""
    state = {name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()}
    if not all(value.isfinite().all() for value in state.values()):
        raise ValueError("a weight does not fit float16")
    made = f"tools/pretrain_inception.py --seed {seed}; stages {stages}; batch {BATCH}, grey {GREY}, rate {RATE}"
    data = "this course's own drawings (scenes, prefix pretraining), none with a pair of HELD_OUT"
    header = {"width": str(WIDTH), "made": made, "data": data, "licence": "MIT"}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    save_file({name: value.contiguous() for name, value in state.items()}, draft, header)
    draft.chmod(0o644)
    draft.replace(path)


def probe(network, seed=1, count=1400):
    """What a linear classifier on the pooled features names right on unseen drawings: {question: (known, new pairs)}.

    Fitted on `count` training scenes of the lesson; "known" are its test scenes, "new" those with a held-out pair.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    parts = scenes.splits(count, 0, 300, 300, seed)
    arrays = {}
    for part in ("train", "test", "new_combinations"):
        found = features.extract(parts[part], network=network, progress=False)
        arrays[part] = np.stack([found[scene.name] for scene in parts[part]])
    alone = ("one", "several")
    questions = {  # which scenes are asked, and the answer
        "background": (lambda s: True, lambda s: s.background),
        "layout": (lambda s: True, lambda s: s.layout),
        "how many": (lambda s: s.layout in alone, lambda s: s.things[0].count),
        "kind of the only thing": (lambda s: s.layout in alone, lambda s: s.things[0].kind),
        "its colour": (lambda s: s.layout in alone, lambda s: s.things[0].color),
        "kind of the first of two": (lambda s: len(s.things) == 2, lambda s: s.things[0].kind),
        "its colour, of two": (lambda s: len(s.things) == 2, lambda s: s.things[0].color),
        "relation of two": (lambda s: len(s.things) == 2, lambda s: s.relation),
    }
    scores = {}
    for question, (asked, answer) in questions.items():
        x = {part: arrays[part][[asked(scene) for scene in parts[part]]] for part in arrays}
        y = {part: [str(answer(scene)) for scene in parts[part] if asked(scene)] for part in arrays}
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)).fit(x["train"], y["train"])
        scores[question] = tuple(model.score(x[part], y[part]) for part in ("test", "new_combinations"))
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=inception.WEIGHTS)
    parser.add_argument("--seed", type=int, default=1)
    counts = [count for _, count, _ in STAGES]
    parser.add_argument("--drawings", type=int, nargs=3, default=counts, help="how many in each stage")
    parser.add_argument("--checkpoint", type=Path, help="a file in which the training saves itself, to go on from")
    parser.add_argument("--probe", type=Path, help="measure this file and the untrained network, train nothing")
    options = parser.parse_args()
    if options.probe:
        trained, control = probe(inception.narrow(options.probe)), probe(inception.untrained())
        print(f"{'':28}{'pretrained':>20}{'untrained':>20}\n{'':28}" + f"{'known':>12}{'new':>8}" * 2)
        for question in trained:
            print(f"{question:28}" + "".join(f"{a:12.3f}{b:8.3f}" for a, b in (trained[question], control[question])))
        return
    stages = tuple((size, count, which) for (size, _, which), count in zip(STAGES, options.drawings))
    outputs.tried(options.out, *filter(None, [options.checkpoint]))
    start = time.perf_counter()
    write(train(options.seed, stages, options.checkpoint), options.out, options.seed, stages)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB in {time.perf_counter() - start:.0f} s, "
          f"{time.process_time():.0f} s of CPU here and the drawing beside it")  # fmt: skip


if __name__ == "__main__":
    main()
