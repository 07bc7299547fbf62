"""Captioners of photographs compared: three architectures, three kinds of embeddings, several seeds, on Flickr8k.

    python tools/measure_captioners.py train FOLDER --keep KEPT       trains, one file a training in KEPT
    python tools/measure_captioners.py score FOLDER --keep KEPT       writes datasets/measured/

FOLDER holds Flickr8k's text files and features that were made before: features_f16.npy, pooled, (images, 2048) with
features_names.txt beside it, and grid_4x4_pca.npz, whole numbers `features` (images, 16, 320) with their `scale`.
Trained on the official training images, the best epoch by the loss on the development images, scored on these too:
nobody reads the captions of the test images here.  A training that is there already is not repeated, so the command
may be stopped and given again; what is scored is what is there.

Embeddings: random; frozen and fine-tuned GloVe of the training captions, by the course's own trainer.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import outputs
from helpers import captions, files, glove, intervals, measured

KINDS = ("random", "frozen", "fine-tuned")
SIZE = 200
SETTINGS = {"min_count": 5, "vector_size": SIZE, "hidden_size": 256, "batch_size": 100, "alpha": 0.002, "dropout": 0.4}
BEAM = 5
PAIRS = [  # what is held against what, over the same seeds and the same images
    *((("attention", kind), (other, kind)) for kind in KINDS for other in ("merge", "inject")),
    *(((architecture, kind), (architecture, "random")) for architecture in captions.ARCHITECTURES
      for kind in ("frozen", "fine-tuned")),
]  # fmt: skip


def features_of(folder, names, grid):
    """{name: features} of some images, float16: (16, 320) cells or (2048,) pooled."""
    row = {name: i for i, name in enumerate((folder / "features_names.txt").read_text(encoding="utf-8").split())}
    if not grid:
        stored = np.load(folder / "features_f16.npy", mmap_mode="r")
        return {name: np.array(stored[row[name]]) for name in names}
    with np.load(folder / "grid_4x4_pca.npz") as stored:
        cells, scale = stored["features"], stored["scale"]
    return {name: (cells[row[name]] * scale).astype(np.float16) for name in names}


def embeddings(kind, texts):
    """What `captions.train` takes for a kind of embeddings: {"vectors": …, "fine_tune": …}."""
    if kind == "random":
        return {}
    sentences = [captions.words(one) for those in texts.values() for one in those]
    kv = glove.train(sentences, vector_size=SIZE, x_max=10, epochs=25, workers=1)
    return {"vectors": kv, "fine_tune": kind == "fine-tuned"}


def keeper(path):
    """What keeps the captioner of every epoch in a file of its own."""
    return lambda epoch, captioner: captioner.save(path.with_suffix(f".{epoch + 1}.safetensors"))


def train(options):
    data = captions.dataset("flickr8k", folder=options.folder)
    texts = {name: data.captions[name] for name in data.train + data.validation}
    options.keep.mkdir(parents=True, exist_ok=True)
    plan = [(architecture, kind, seed) for seed in options.seeds for architecture in options.architectures
            for kind in options.kinds]  # fmt: skip
    for architecture, kind, seed in plan:
        path = options.keep / f"{architecture}-{kind}-{seed}.json"
        if path.exists():
            continue
        features = features_of(options.folder, texts, architecture == "attention")
        use = embeddings(kind, {name: texts[name] for name in data.train})
        started = time.process_time()  # of training alone
        made = captions.train(features, texts, validation=data.validation, seed=seed, architecture=architecture,
                              epochs=options.epochs, after_epoch=keeper(path), checkpoint=path.with_suffix(".part"),
                              **SETTINGS, **use)  # fmt: skip
        spent = time.process_time() - started
        made.save(path.with_suffix(".safetensors"))
        images = {name: features[name] for name in data.validation}
        row = {"architecture": architecture, "embeddings": kind, "seed": seed, "curve": made.curve,
               "best_epoch": made.best_epoch, "cpu_seconds": round(spent), "entries": len(made.vocabulary),
               "said": made.caption(images, BEAM), "greedy": made.caption(images, 1),
               "blind": made.blind(BEAM)}  # fmt: skip
        with files.whole(path) as draft:
            draft.write_text(json.dumps(row) + "\n", encoding="utf-8")
        print(architecture, kind, seed, f"best {made.best_epoch}, {spent:.0f} s of CPU", flush=True)


def rounded(numbers):
    return [round(float(number), 4) for number in numbers]


def counted(said, references):
    """What BLEU adds up, (images, 10), in the order of the references."""
    cut = captions.words
    return np.array(
        [captions.bleu_counts(cut(said[name]), list(map(cut, those))) for name, those in references.items()]
    )


def against_four(said, references):
    """A captioner as a person is scored: against four references, each of the five left out in turn; the mean."""
    rounds = range(min(map(len, references.values())))
    return np.mean([captions.bleu(said, {name: those[:k] + those[k + 1 :] for name, those in references.items()})
                    for k in rounds], axis=0)  # fmt: skip


def differences(counts):
    """BLEU-4 of one way minus another's, the mean over the seeds that both have, images drawn again and again.

    counts: {(architecture, embeddings): {seed: (images, 10)}}.
    """
    found = []
    for first, second in PAIRS:
        if seeds := sorted(counts.get(first, {}).keys() & counts.get(second, {}).keys()):
            both = [np.stack([counts[way][seed] for seed in seeds]) for way in (first, second)]

            def score(rows, both=both):
                means = [np.mean([captions.bleu_of(total)[3] for total in way[:, rows].sum(1)]) for way in both]
                return means[0] - means[1]

            interval = intervals.bootstrap(score, both[0].shape[1], resamples=1000)
            found.append({"first": first, "second": second, "seeds": seeds, "bleu_4": rounded(interval[:3])})
    return found


def score(options):
    data = captions.dataset("flickr8k", folder=options.folder)
    references = {name: data.captions[name] for name in data.validation}
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(options.keep.glob("*.json"))]
    if not rows:
        sys.exit(f"no training in {options.keep}: run the command with `train` first")
    counts = {}
    for row in rows:
        said, greedy = row.pop("said"), row.pop("greedy")
        table = counted(said, references)
        counts.setdefault((row["architecture"], row["embeddings"]), {})[row["seed"]] = table
        row["bleu"], row["bleu_greedy"] = (
            rounded(captions.bleu_of(table.sum(0))),
            rounded(captions.bleu(greedy, references)),
        )
        row["bleu_against_four"] = rounded(against_four(said, references))
        row["different"] = len(set(said.values()))
        found = captions.meaning.photograph_scores(list(said.values()), [references[name] for name in said])
        row["meaning"] = {fact: rounded(both) for fact, both in found.items()}
        row["bleu_blind"] = rounded(captions.bleu(dict.fromkeys(said, row["blind"]), references))
    sentences = [captions.words(one) for name in data.train for one in data.captions[name]]
    human = rounded(captions.human(list(references.values())))
    values = {"images": {"train": len(data.train), "scored": len(references)}, "settings": SETTINGS, "beam": BEAM,
              "human": human, "differences": differences(counts), "runs": rows}  # fmt: skip
    command = "python tools/measure_captioners.py score FOLDER --keep KEPT"
    counts, packages = (len(sentences), sum(map(len, sentences))), ("numpy", "torch")
    result = measured.today("captioners", "flickr8k", *counts, packages, command, values)
    print(result, result.save(options.out), sep="\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "score"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, required=True, help="where trainings are kept; not a part of the course")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--architectures", nargs="+", default=list(captions.ARCHITECTURES))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=measured.FOLDER)
    options = parser.parse_args(arguments)
    written = (
        options.keep / "written" if options.what == "train" else measured.path_of("captioners", "flickr8k", options.out)
    )
    outputs.tried(written)
    torch.set_num_threads(options.threads)
    {"train": train, "score": score}[options.what](options)


if __name__ == "__main__":
    main()
