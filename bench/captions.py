"""Captioners compared: speed of training, loss per word and BLEU, beside people and captions that know no image.

    python bench/captions.py                                    scenes, all three architectures
    python bench/captions.py --language ko                      the same in Korean
    python bench/captions.py --flickr8k FOLDER --vectors FILE   photographs; FOLDER holds the text files and
                                                                features_f16.npy with features_names.txt, or the images
    python bench/captions.py --ablation --seeds 3               random, frozen and fine-tuned vectors, over seeds

tokens/s   words and ends of the training captions × epochs / seconds, measuring the validation loss included;
           "of CPU" counts seconds of processor time instead, which others on the machine do not lengthen
loss       nats per word on held-out images, ends counted, best epoch
BLEU       1 to 4 on held-out images: references lower-cased, punctuation removed, every word kept, no marker counted.
           Published for Flickr8k with pooled features, on its test images: merge .600 .413 .273 .178, init-inject
           .611 .424 .285 .191 (Tanti, Gatt and Camilleri, arXiv 1703.09137 and 1708.02043)
markers    the same captions with start and end markers counted as words, as well-known tutorials do: not comparable
shuffled   each image gets the caption of another; blind: all images get the caption of the average image
human      one person's caption against the other four
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def scenes(options):
    """(features, texts, validation names, test names) of drawn scenes; tested on colours and things never together."""
    from helpers import captions
    from helpers.vision import features

    data = captions.dataset("scenes", language=options.language)
    grid = "attention" in options.architectures
    found = features.extract(data.images(), grid=grid, cache=options.cache)
    return found, data.captions, data.train, data.validation, data.new_combinations


def flickr8k(options):
    """The same of Flickr8k, tested on the development images unless --test says otherwise."""
    import numpy as np

    from helpers import captions
    from helpers.vision import features, inception

    folder = Path(options.flickr8k)
    data = captions.dataset("flickr8k", folder=folder)
    stored = folder / "features_f16.npy"
    if stored.is_file():  # made elsewhere: pooled, rows as in the list of names
        names = (folder / "features_names.txt").read_text(encoding="utf-8").split()
        found = dict(zip(names, np.load(stored)))
        if "attention" in options.architectures:
            options.architectures.remove("attention")
    else:
        grid = "attention" in options.architectures
        network = inception.official()
        found = features.extract(data.images(), network, grid=grid, cache=options.cache)
    return found, data.captions, data.train, data.validation, data.test if options.test else data.validation


def line(name, scores, rest=""):
    print(f"{name:28}" + " ".join(f"{score:6.3f}" for score in scores) + f"  {rest}", flush=True)


def score(captioner, features, references, name):
    """Print BLEU of one captioner under several searches, with markers, and for the wrong images."""
    from helpers import captions

    for beam, alpha in ((1, 0.0), (3, 0.0), (3, 0.7), (5, 0.7)):
        started = time.process_time()
        said = list(captioner.caption(features, beam, alpha).values())
        spent = time.process_time() - started
        line(f"{name}, beam {beam}, alpha {alpha}", captions.bleu(said, references),
             f"{len(set(said))} different, {spent:.1f} s of CPU")  # fmt: skip
    line(f"{name}, markers", captions.bleu(said, references, markers=True))
    line(f"{name}, shuffled", captions.bleu(said[1:] + said[:1], references))
    line(f"{name}, blind", captions.bleu([captioner.blind()] * len(said), references), captioner.blind())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flickr8k", metavar="FOLDER", help="photographs instead of scenes")
    parser.add_argument("--test", action="store_true", help="score on Flickr8k's test images")
    parser.add_argument("--language", default="en", choices=("en", "ko"), help="of the scenes")
    parser.add_argument("--vectors", metavar="FILE", help="word vectors to start from, any format of vectors.load")
    parser.add_argument("--fine-tune", action="store_true")
    parser.add_argument("--architectures", nargs="+", default=["merge", "inject", "attention"])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--hidden-size", type=int, default=256)
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"),
                        help="bfloat16: where an LSTM cannot learn in it, a warning, and float32 is timed")  # fmt: skip
    parser.add_argument("--threads", type=int, help="default: PyTorch's own choice")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--cache", metavar="FILE", help="where to keep extracted features")
    options = parser.parse_args()

    import torch

    from helpers import captions, vectors

    if options.threads:
        torch.set_num_threads(options.threads)
    features, texts, train, validation, test = (flickr8k if options.flickr8k else scenes)(options)
    seen = {name: texts[name] for name in train + validation if name in texts}
    references = {name: texts[name] for name in test}
    min_count = 5 if options.flickr8k else 1
    kv = vectors.load(options.vectors) if options.vectors else None
    settings = {"validation": validation, "epochs": options.epochs, "min_count": min_count,
                "hidden_size": options.hidden_size, "precision": options.precision}  # fmt: skip
    tokens = sum(len(captions.words(one)) + 1 for name in train for one in texts[name])
    print(f"{len(train):,} images to train on, {tokens:,} words and ends; scored on {len(test):,}; "
          f"{torch.get_num_threads()} threads")  # fmt: skip
    if options.ablation:
        if kv is None:
            parser.error("--ablation compares embeddings with and without vectors: name them with --vectors")
        rows = captions.ablation(features, seen, kv, references, range(1, options.seeds + 1), options.architectures,
                                 progress=lambda row: print(row, flush=True), **settings)  # fmt: skip
        for title, value in (("loss", lambda row: row["validation"]), ("BLEU-4", lambda row: row["bleu"][3])):
            for (architecture, kind), (mean, deviation) in captions.summary(rows, value).items():
                print(f"{title:7} {architecture:10} {kind:11} {mean:.3f} ± {deviation:.3f}")
        return
    line("human", captions.human([those for those in references.values() if len(those) > 1]))
    images = {name: features[name] for name in references}
    for architecture in options.architectures:
        for seed in range(1, options.seeds + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            made = captions.train(features, seen, kv, seed, architecture, options.fine_tune, progress=True, **settings)
            wall, cpu = ((now - then) / options.epochs for now, then in
                         ((time.perf_counter(), wall), (time.process_time(), cpu)))  # fmt: skip
            print(f"{architecture}, seed {seed}: {tokens / wall:,.0f} tokens/s, {tokens / cpu:,.0f} of CPU; "
                  f"an epoch {wall:.1f} s, {cpu:.1f} s of CPU; "
                  f"best epoch {made.best_epoch}, loss {min(row['validation'] for row in made.curve):.3f}")  # fmt: skip
            score(made, images, list(references.values()), architecture)


if __name__ == "__main__":
    main()
