"""Whether our trainers learn as well as gensim's: python bench/quality.py [TEXT] [--model fasttext] [--keep FILE]

TEXT is a file of one sentence a line, its words set apart by spaces; the bundled Wikipedia articles unless told.
Trained on it: skip-gram and CBOW of word2vec or FastText, 1, 2 and 5 epochs, the first rate .025 and .05, three seeds,
ours with 1, 2, 4 and 8 workers, gensim (`corpus_file`) with one.  FastText of both has the buckets that ours takes.
Each training adds one line to FILE (build/quality.jsonl), and one that FILE has is not repeated: the command may be
stopped and given again, and texts share a file.

English is scored with gensim's WordSim-353, SimLex-999 and analogies; --pairs and --questions name files of another
language, in the form that `scores.similarity` and `scores.analogies` read.

The table (--table prints it without training) shows every score × 100, mean over the seeds, and marks with * what
lies below gensim's mean less its standard deviation.  A twin of gensim, three seeds against three, would be marked in
17 of 100 places by chance alone (Student's t with two degrees of freedom at -√1.5).
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # where PYTHONSAFEPATH has left it out
from word2vec import COMMON, as_lines  # the bench beside this one

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import outputs  # noqa: E402

GRID = [(5, 0.025), (5, 0.05), (1, 0.025), (1, 0.05), (2, 0.025), (2, 0.05)]  # epochs, the first learning rate
WORKERS = (1, 2, 4, 8)
PLACE = ("corpus", "model", "sg", "epochs", "alpha", "seed", "workers")  # workers: 0 is gensim's row
EARLIER = {"model": "word2vec"}  # what lines lack that were kept before FastText was measured too


def kept(path):
    """{place in the grid: scores} of the trainings in a file; {} where there is none yet.

    A kill may have cut off the last line, and the next training have written behind it: such lines are taken out.
    """
    from helpers import files

    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    whole = [line for line in lines if is_whole(line)]
    if len(whole) < len(lines):
        print(f"{path}: taken out {len(lines) - len(whole)} lines that were cut off; their trainings are done again")
        with files.whole(path) as draft:
            draft.write_bytes(b"".join(whole))
    rows = (EARLIER | json.loads(line) for line in whole)
    return {tuple(row[name] for name in PLACE): row["scores"] for row in rows}


def is_whole(line):
    """Whether bytes are a line as `train_all` writes it, to its end."""
    try:
        return line.endswith(b"\n") and {*PLACE, "scores"} <= (EARLIER | json.loads(line)).keys()
    except (ValueError, TypeError):
        return False


def trained(options, sg, epochs, alpha, seed, workers):
    """KeyedVectors of one training; gensim's where workers is 0."""
    import gensim.models

    from helpers import corpora, fasttext, word2vec

    given = {**COMMON, "sg": sg, "epochs": epochs, "alpha": alpha, "min_alpha": 1e-4, "seed": seed}
    if options.model == "fasttext":
        given["bucket"] = options.bucket
    if not workers:
        theirs = {"word2vec": gensim.models.Word2Vec, "fasttext": gensim.models.FastText}[options.model]
        return theirs(corpus_file=str(options.text), workers=1, **given).wv
    ours = {"word2vec": word2vec, "fasttext": fasttext}[options.model]
    text = corpora.load(options.text, lower=False, tokenize=str.split)
    return ours.train(text, workers=workers, progress=False, **given)


def buckets(text):
    """How many buckets our FastText takes for a text."""
    from helpers.fasttext import buckets_for
    from helpers.vocabulary import Vocabulary

    with text.open(encoding="utf-8") as lines:
        return buckets_for(Vocabulary.build(map(str.split, lines), COMMON["min_count"]).words)


def scored(vectors, options):
    """{name of a set: score} of the sets that were asked for, of English ones otherwise."""
    from helpers import scores

    pairs, questions = scores.sets("English") if not options.pairs else ({}, {})
    pairs |= {Path(path).stem: path for path in options.pairs}
    questions |= {Path(path).stem: path for path in options.questions}
    found = {name: scores.similarity(vectors, path).value for name, path in pairs.items()}
    return found | {name: scores.analogies(vectors, path).share for name, path in questions.items()}


def train_all(options):
    """Train whatever the grid asks and the file lacks: seed by seed, so that what is there early covers the grid."""
    done = kept(options.keep)
    if options.model == "fasttext":
        options.bucket = buckets(options.text)
    for seed, sg, (epochs, alpha), workers in itertools.product(options.seeds, (1, 0), GRID, (0, *options.workers)):
        place = (options.text.stem, options.model, sg, epochs, alpha, seed, workers)
        if place in done:
            continue
        found = scored(trained(options, sg, epochs, alpha, seed, workers), options)
        row = dict(zip(PLACE, place)) | {"scores": found, "load": round(os.getloadavg()[0], 1)}
        with options.keep.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def grouped(done):
    """{(corpus, model, sg): {(epochs, alpha): {workers: {name of a set: its scores by seed}}}}"""
    found = {}
    for (corpus, model, sg, epochs, alpha, _, workers), scores in sorted(done.items()):
        by_set = found.setdefault((corpus, model, sg), {}).setdefault((epochs, alpha), {}).setdefault(workers, {})
        for name, value in scores.items():
            by_set.setdefault(name, []).append(value)
    return found


def print_table(done):
    """Every score beside gensim's, then how many lie below, corpus by corpus; only what has two seeds or more."""
    for (corpus, model, sg), settings in grouped(done).items():
        below, places, gaps = 0, 0, {}
        print(f"\n{corpus}, {'FastText, ' if model == 'fasttext' else ''}{'skip-gram' if sg else 'CBOW'}")
        for (epochs, alpha), by_workers in settings.items():
            for name, gensim in by_workers.get(0, {}).items():
                if len(gensim) < 2:
                    continue
                mean, spread, cells = statistics.mean(gensim), statistics.stdev(gensim), []
                for workers in sorted(set(by_workers) - {0}):
                    ours = by_workers[workers][name]
                    gap = statistics.mean(ours) - mean
                    gaps.setdefault(name, []).append(gap)
                    below, places = below + (gap < -spread), places + 1
                    cells.append(f"{workers}: {100 * (gap + mean):5.1f}{'*' if gap < -spread else ' '}")
                print(f"  epochs {epochs}, rate {alpha:<5} {name:24} gensim {100 * mean:5.1f} ± {100 * spread:3.1f} "
                      f"({len(gensim)} seeds)   workers {'  '.join(cells)}")  # fmt: skip
        for name, found in gaps.items():
            print(f"  {name}: ours less gensim's, mean of {len(found)} places {100 * statistics.mean(found):+.2f}")
        if places:
            print(f"  {below} of {places} places are below")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", nargs="?", type=Path)
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "quality.jsonl", metavar="FILE")
    parser.add_argument("--model", choices=("word2vec", "fasttext"), default="word2vec")
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS, help="of ours")
    parser.add_argument("--table", action="store_true", help="train nothing")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--pairs", nargs="*", default=[], help="word pairs in place of the English ones")
    parser.add_argument("--questions", nargs="*", default=[], help="analogies of the same language")
    options = parser.parse_args()
    if not options.table:
        if options.text and not options.text.is_file():
            parser.error(f"there is no text at {options.text}: a file of one sentence a line is needed")
        outputs.tried(options.keep)
        with tempfile.TemporaryDirectory() as folder:
            if not options.text:
                options.text = as_lines("wikipedia", folder).rename(Path(folder) / "wikipedia.txt")
            train_all(options)
    print_table(kept(options.keep))


if __name__ == "__main__":
    main()
