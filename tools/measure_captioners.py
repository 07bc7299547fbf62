"""Captioners of photographs compared: three architectures, three kinds of embeddings, several seeds, on Flickr8k.

    python tools/measure_captioners.py train FOLDER --keep KEPT       trains, one file a training in KEPT
    python tools/measure_captioners.py score FOLDER --keep KEPT       writes datasets/measured/
    python tools/measure_captioners.py reward FOLDER --keep KEPT      goes on with the attention captioners of `train`
    python tools/measure_captioners.py merge FOLDER --keep KEPT       adds what `reward` found to the file of `score`

FOLDER holds Flickr8k's text files and features that were made before: features_f16.npy, pooled, (images, 2048) with
features_names.txt beside it, and grid_4x4_pca.npz, whole numbers `features` (images, 16, 320) with their `scale`.
Trained on the official training images, the best epoch by the loss on the development images, scored on these too:
nobody reads the captions of the test images here.  A training that is there already is not repeated, so the command
may be stopped and given again; what is scored is what is there.

Embeddings: random; frozen and fine-tuned GloVe of the training captions, by the course's own trainer.

`reward` trains on BLEU-4 itself (`captions.rewards`), on the training images alone; its settings, the number of epochs
among them, were chosen on every other development image from the first on, so that a row has BLEU-4 on that half
(`chosen_on`), on the other (`reported_on`) and on all.  `merge` leaves everything else in the file as it is: the
trainings behind its older rows are not kept any more.  Those that `reward` starts from have twice as many units
(`train --hidden-size 512 --architectures attention --kinds fine-tuned`): half of the development images chose them.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import json
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
EXAMPLES = 4  # development images, the first ones, whose captions before and after are kept
REWARDED = {"samples": 5, "epochs": 1, "alpha": 0.0001, "min_alpha": 0.0001, "batch_size": 100, "longest": 20}
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
                              **SETTINGS | {"hidden_size": options.hidden_size}, **use)  # fmt: skip
        spent = time.process_time() - started
        made.save(path.with_suffix(".safetensors"))
        images = {name: features[name] for name in data.validation}
        row = {"architecture": architecture, "embeddings": kind, "hidden_size": options.hidden_size, "seed": seed,
               "curve": made.curve, "best_epoch": made.best_epoch, "cpu_seconds": round(spent),
               "entries": len(made.vocabulary), "said": made.caption(images, BEAM),
               "greedy": made.caption(images, 1), "blind": made.blind(BEAM)}  # fmt: skip
        with files.whole(path) as draft:
            draft.write_text(json.dumps(row) + "\n", encoding="utf-8")
        print(architecture, kind, seed, f"best {made.best_epoch}, {spent:.0f} s of CPU", flush=True)


def halves(names):
    """The development images in two halves: what settings are chosen on, and what is left to report on."""
    return names[::2], names[1::2]


def bleu_4(said, data, names):
    """BLEU-4 of the captions of some images, four digits."""
    return round(captions.bleu({name: said[name] for name in names}, {name: data.captions[name] for name in names})[3],
                 4)  # fmt: skip


def reward(options):
    """Go on with every captioner that `train` has kept, with BLEU-4 as reward: one file each."""
    data = captions.dataset("flickr8k", folder=options.folder)
    features = features_of(options.folder, data.train + data.validation, True)
    texts, images = ({name: of[name] for name in names} for of, names in
                     ((data.captions, data.train), (features, data.validation)))  # fmt: skip
    for kind, seed in [(kind, seed) for seed in options.seeds for kind in options.kinds]:
        start = options.keep / f"attention-{kind}-{seed}.safetensors"
        path = options.keep / f"rewarded-attention-{kind}-{seed}.json"
        if path.exists() or not start.exists():
            continue
        begun, curve, said = captions.Captioner.load(start), [], {}

        def look(epoch, made, loss, path=path, curve=curve, said=said):
            made.save(path.with_suffix(f".{epoch + 1}.safetensors"))
            said.update(made.caption(images, BEAM))
            scores = [bleu_4(said, data, names) for names in halves(data.validation)]
            curve.append({"epoch": epoch + 1, "drawn": round(-loss, 4), "chosen_on": scores[0],
                          "reported_on": scores[1]})  # fmt: skip

        started = time.process_time()  # of training, and of looking after each epoch
        made = captions.rewards.train(begun, {name: features[name] for name in data.train}, texts, seed=seed,
                                      after_epoch=look, **REWARDED)  # fmt: skip
        row = {"architecture": "attention", "embeddings": kind, "hidden_size": begun.model.lstm.hidden_size,
               "seed": seed, "curve": curve, "cpu_seconds": round(time.process_time() - started), "said": said,
               "greedy": made.caption(images, 1), "blind": made.blind(BEAM), "before": begun.caption(images, BEAM),
               "before_greedy": begun.caption(images, 1)}  # fmt: skip
        with files.whole(path) as draft:
            draft.write_text(json.dumps(row) + "\n", encoding="utf-8")
        print("rewarded", kind, seed, curve[-1], f"{row['cpu_seconds']} s of CPU", flush=True)


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


def scores_of(said, greedy, references):
    """What is told of one captioner, by its captions with a beam and with greedy search."""
    found = captions.meaning.photograph_scores(list(said.values()), [references[name] for name in said])
    return {"bleu": rounded(captions.bleu(said, references)), "bleu_greedy": rounded(captions.bleu(greedy, references)),
            "bleu_against_four": rounded(against_four(said, references)), "different": len(set(said.values())),
            "meaning": {fact: numbers(both) for fact, both in found.items()}}  # fmt: skip


def numbers(values):
    """Rounded numbers; None for NaN, which JSON does not know."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def score(options):
    data = captions.dataset("flickr8k", folder=options.folder)
    references = {name: data.captions[name] for name in data.validation}
    kept = [path for path in sorted(options.keep.glob("*.json")) if not path.name.startswith("rewarded-")]
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in kept]
    if not rows:
        sys.exit(f"no training in {options.keep}: run the command with `train` first")
    counts = {}
    for row in rows:
        said, greedy = row.pop("said"), row.pop("greedy")
        counts.setdefault((row["architecture"], row["embeddings"]), {})[row["seed"]] = counted(said, references)
        row |= scores_of(said, greedy, references)
        row["bleu_blind"] = rounded(captions.bleu(dict.fromkeys(said, row["blind"]), references))
    sentences = [captions.words(one) for name in data.train for one in data.captions[name]]
    human = rounded(captions.human(list(references.values())))
    values = {"images": {"train": len(data.train), "scored": len(references)}, "settings": SETTINGS, "beam": BEAM,
              "human": human, "differences": differences(counts), "runs": rows}  # fmt: skip
    command = "python tools/measure_captioners.py score FOLDER --keep KEPT"
    counts, packages = (len(sentences), sum(map(len, sentences))), ("numpy", "torch")
    result = measured.today("captioners", "flickr8k", *counts, packages, command, values)
    print(result, result.save(options.out), sep="\n")


def gains(before, after, references):
    """What reward changed, with intervals: the mean over the seeds, images drawn again and again.

    before, after: for each seed {name: caption}.  {what: [difference, low, high]}: BLEU-4, words in a caption,
    precision and recall of things, colors and counts; not the precision of counts: who names no number has none.
    """
    names, both = list(references), (before, after)
    bleu = [np.stack([counted({name: one[name] for name in names}, references) for one in side]) for side in both]
    named = [np.array([[list(captions.meaning.photograph_counts(one[name], references[name]).values())
                        for name in names] for one in side]) for side in both]  # (seeds, images, facts, 4)  # fmt: skip

    def bleu_4_of(side, rows):
        return np.mean([captions.bleu_of(total)[3] for total in bleu[side][:, rows].sum(1)])

    def words(side, rows):
        return bleu[side][:, rows, 8].mean()

    def share(fact, of, part):
        def found(side, rows):
            totals = named[side][:, rows, fact].sum(1)  # (seeds, 4)
            return (totals[:, part] / totals[:, of]).mean()

        return found

    measures = {"bleu_4": bleu_4_of, "words": words}
    for fact, name in enumerate(captions.meaning.TABLES):
        measures |= {f"{name}_precision": share(fact, 0, 1), f"{name}_recall": share(fact, 2, 3)}
    del measures["counts_precision"]
    return {what: rounded(intervals.bootstrap(lambda rows, of=of: of(1, rows) - of(0, rows), len(names),
                                              resamples=1000)[:3]) for what, of in measures.items()}  # fmt: skip


def merge(options):
    """Add the rewarded captioners to the file of `score`, which stays as it is beside them."""
    data = captions.dataset("flickr8k", folder=options.folder)
    references = {name: data.captions[name] for name in data.validation}
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(options.keep.glob("rewarded-*.json"))]
    if not rows:
        sys.exit(f"no rewarded training in {options.keep}: run the command with `reward` first")
    before, after, examples = [], [], {name: {} for name in data.validation[:EXAMPLES]}
    for row in rows:
        said, was = row.pop("said"), row.pop("before")
        before.append(was)
        after.append(said)
        for name, those in examples.items():
            those[str(row["seed"])] = [was[name], said[name]]
        row["before"] = scores_of(was, row.pop("before_greedy"), references)
        row |= scores_of(said, row.pop("greedy"), references)
        for side, captions_of in ((row, said), (row["before"], was)):
            side["words"] = round(np.mean([len(captions.words(one)) for one in captions_of.values()]), 2)
            side["halves"] = [bleu_4(captions_of, data, names) for names in halves(data.validation)]
    result = measured.load("captioners", options.out)["flickr8k"]
    steps = "train --architectures attention --kinds fine-tuned --hidden-size 512", "reward", "merge"
    command = "; ".join(f"python tools/measure_captioners.py {step} FOLDER --keep KEPT" for step in steps)
    result.values["rewarded"] = measured.stamp(("numpy", "torch")) | {
        "command": command, "settings": REWARDED, "beam": BEAM,
        "gains": gains(before, after, references), "examples": examples, "runs": rows,
    }  # fmt: skip
    print(result, result.save(options.out), sep="\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "score", "reward", "merge"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, required=True, help="where trainings are kept; not a part of the course")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--architectures", nargs="+", default=list(captions.ARCHITECTURES))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--hidden-size", type=int, default=SETTINGS["hidden_size"], help="of `train`")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=measured.FOLDER)
    options = parser.parse_args(arguments)
    trains = options.what in ("train", "reward")
    outputs.tried(options.keep / "written" if trains else measured.path_of("captioners", "flickr8k", options.out))
    torch.set_num_threads(options.threads)
    {"train": train, "score": score, "reward": reward, "merge": merge}[options.what](options)


if __name__ == "__main__":
    main()
