"""Which part of a captioner earns its keep?  The same training with one thing changed at a time, over several seeds."""

from statistics import mean, stdev

from .. import arguments
from .bleu import bleu
from .trainer import train

EMBEDDINGS = ("random", "frozen", "fine-tuned")


def ablation(
    features, captions, vectors, test, seeds=(1, 2), architectures=("merge", "inject"), embeddings=EMBEDDINGS, beam=3,
    progress=None, **options,
):  # fmt: skip
    """Train every architecture with every kind of embedding and every seed: a list of dicts, one per training.

    test       {image name: [caption, …]} to score on, images not trained on; their features are in `features`
    vectors    KeyedVectors for "frozen" and "fine-tuned"; "random" gets random vectors of the same size
    progress   called with each row when it is done
    options    of `train`, `validation` among them

    Each row: architecture, embeddings, seed, validation (lowest loss per word), test (loss per word), bleu (four
    scores), epoch (the best one).
    """
    for kind in embeddings:
        arguments.choice("embeddings", kind, EMBEDDINGS)
    rows, images = [], {name: features[name] for name in test}
    references = [test[name] for name in images]
    for architecture in architectures:
        for kind in embeddings:
            for seed in seeds:
                use = {} if kind == "random" else {"vectors": vectors, "fine_tune": kind == "fine-tuned"}
                made = train(features, captions, seed=seed, architecture=architecture,
                             **{"vector_size": vectors.vector_size, **options, **use})  # fmt: skip
                rows.append({
                    "architecture": architecture, "embeddings": kind, "seed": seed, "epoch": made.best_epoch,
                    "validation": min(row["validation"] for row in made.curve), "test": made.loss(images, test),
                    "bleu": bleu(list(made.caption(images, beam).values()), references),
                })  # fmt: skip
                if progress:
                    progress(rows[-1])
    return rows


def summary(rows, value=lambda row: row["validation"]):
    """Mean and standard deviation over the seeds: {(architecture, embeddings): (mean, deviation)}.

    value: what to take from a row, such as `lambda row: row["bleu"][3]`.  One seed has no deviation: 0.
    """
    found = {}
    for row in rows:
        found.setdefault((row["architecture"], row["embeddings"]), []).append(value(row))
    return {key: (mean(values), stdev(values) if len(values) > 1 else 0.0) for key, values in found.items()}
