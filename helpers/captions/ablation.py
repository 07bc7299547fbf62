"""Which part of a captioner earns its keep?  The same training with one thing changed at a time, over several seeds."""

from statistics import mean, stdev

from .. import arguments
from .bleu import bleu
from .captioner import search_options
from .model import ARCHITECTURES
from .samples import by_name
from .trainer import train

EMBEDDINGS = ("random", "frozen", "fine-tuned")


def ablation(
    features, captions, vectors, test, seeds=(1, 2), architectures=("merge", "inject"), embeddings=EMBEDDINGS, beam=3,
    progress=None, **options,
):  # fmt: skip
    """Train every architecture with every kind of embedding and every seed: a list of dicts, one per training.

    test       {image name: [caption, …]} to score on, images not trained on; their features are in `features`
    vectors    KeyedVectors for "frozen" and "fine-tuned"; "random" gets random vectors of the same size.  None will do
               where there is only "random"
    progress   called with each row when it is done
    options    of `train`, `validation` among them

    Each row: architecture, embeddings, seed, validation (lowest loss per word), test (loss per word), bleu (four
    scores), epoch (the best one).
    """
    seeds = [arguments.whole("seeds", seed, 0, 2**63 - 1) for seed in arguments.listed("seeds", seeds, "seeds")]
    architectures = [arguments.choice("architectures", kind, ARCHITECTURES)
                     for kind in arguments.listed("architectures", architectures, "architectures")]  # fmt: skip
    embeddings = [arguments.choice("embeddings", kind, EMBEDDINGS)
                  for kind in arguments.listed("embeddings", embeddings, "kinds of embeddings")]  # fmt: skip
    beam, _ = search_options(beam, 0)
    progress = arguments.function("progress", progress)
    features, captions = by_name("features", features), by_name("captions", captions)
    test = by_name("test", test)
    if vectors is None and set(embeddings) - {"random"}:
        raise ValueError('vectors=None leaves embeddings="random" only: pass KeyedVectors to freeze or to fine-tune')
    if lost := [name for name in test if name not in features]:
        raise ValueError(f"the test image {lost[0]!r} has no features: extract them as those of the others")
    sizes = {} if vectors is None else {"vector_size": arguments.keyed_vectors("vectors", vectors).vector_size}
    rows, images = [], {name: features[name] for name in test}
    references = list(test.values())
    for architecture in architectures:
        for kind in embeddings:
            for seed in seeds:
                use = {} if kind == "random" else {"vectors": vectors, "fine_tune": kind == "fine-tuned"}
                made = train(features, captions, seed=seed, architecture=architecture, **{**sizes, **options, **use})
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
    found, value = {}, arguments.function("value", value, needed=True)
    for row in arguments.listed("rows", rows, "rows"):
        if not {"architecture", "embeddings"} <= arguments.mapping("a row", row, "as ablation returns it").keys():
            raise ValueError(f"a row must be what ablation returns, not {arguments.shown(row)}")
        found.setdefault((row["architecture"], row["embeddings"]), []).append(value(row))
    return {key: (mean(values), stdev(values) if len(values) > 1 else 0.0) for key, values in found.items()}
