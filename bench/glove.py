"""Our GloVe against Stanford's: GLOVE=/path/to/GloVe/build python bench/glove.py [--corpus wikipedia --corpus FILE …]

Training alone, from the matrix of counts to the vectors; bench/counting.py has the counting.  All contestants train on
the same matrix, counted once by ours: `glove` gets it as the file that `cooccur` and `shuffle` would have made.  Each
run is a process of its own, the contestants take turns, so that a busy machine slows them alike, and medians are shown.

in memory     the whole matrix                on disk       it lies in a folder and is read part by part
glove         Stanford's program              with shuffle  the same with `shuffle`, without which it cannot train

seconds     of the wall clock; a busy machine needs more
CPU         seconds of all threads together: what a run costs, busy machine or not
memory      peak of the whole process in MB; `imports`: what it was in ours before the matrix was there
nonzeros/s  nonzeros × epochs / seconds, in thousands; per core: / CPU
ratio       how many times as long as ours in memory it takes, round by round: by the wall clock, and by CPU

The cost of each pass is the mean over the nonzeros, each taken before its step; "off" says how far the median of ours
lies from that of `glove`, "spread" how far glove's own rounds lie apart, which differ in seed and shuffle.

Seconds of ours start when everything is imported and compiled and the matrix is loaded (or its folder named), and
include checking and dealing out the counts; those of `glove` are the whole process, which writes its vectors.
--corpus takes a name of `corpora.names()` or the path of a text file.  Without GLOVE only ours is measured.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # where PYTHONSAFEPATH has left it out
import memory  # both beside this one
from word2vec import print_columns

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def lines(path):
    with open(path, encoding="utf-8") as file:
        yield from map(str.split, file)


def timed(function):
    """(what the function returned, wall seconds, CPU seconds)."""
    cpu, wall = time.process_time(), time.perf_counter()
    value = function()
    return value, time.perf_counter() - wall, time.process_time() - cpu


def count(options, folder):
    """Count in this process; the matrix is left in a folder for ours, and as Stanford's records in counts.bin."""
    import numpy as np

    from helpers import counting
    from helpers.vocabulary import Vocabulary

    vocabulary = Vocabulary.load(folder / "vocabulary.txt")
    given = {"window": options.window, "workers": options.workers, "path": folder / "counts"}
    matrix = counting.cooccurrence(lines(folder / "corpus.txt"), vocabulary, **given)
    records = np.empty(matrix.nnz, [("center", "i4"), ("context", "i4"), ("value", "f8")])
    records["center"] = np.repeat(np.arange(1, len(vocabulary) + 1), np.diff(matrix.indptr))
    records["context"], records["value"] = matrix.indices + 1, matrix.data
    records.tofile(folder / "counts.bin")
    return {"nonzeros": matrix.nnz, "words": len(vocabulary)}


def train_ours(options, folder, where):
    """Train in this process on the matrix, in memory or on disk."""
    import numpy as np

    from helpers import count_files, glove

    glove.fit(np.array([[0.0, 1.0], [1.0, 0.0]]), 2, epochs=1)  # compiles
    imports, matrix = memory.peak(), folder / "counts"
    if where == "in memory":
        matrix = count_files.load(matrix).copy()
    given = {"vector_size": options.vector_size, "x_max": options.x_max, "epochs": options.epochs, "seed": options.seed}
    model, seconds, cpu = timed(
        lambda: glove.fit(matrix, learning_rate=options.learning_rate, workers=options.workers, **given)
    )
    return {"seconds": seconds, "CPU": cpu, "memory": memory.peak(), "imports": imports, "costs": model.costs}


def program(name, arguments, reads=None, writes=None):
    """Run one of Stanford's programs: (measures, what it said)."""
    command = [Path(os.environ["GLOVE"]) / name, *arguments]
    return memory.program(command, reads, writes, Path(writes or ".").parent)


def train_stanford(options, folder):
    """`glove` on what `shuffle` wrote: the measures of both, and those of `glove` alone."""
    shuffled, _ = program("shuffle", ["-memory", 4, "-verbose", 0, "-seed", options.seed], folder / "counts.bin",
                          folder / "shuffled.bin")  # fmt: skip
    arguments = ["-input-file", folder / "shuffled.bin", "-vocab-file", folder / "vocabulary.txt", "-verbose", 1]
    arguments += ["-save-file", folder / "stanford", "-iter", options.epochs, "-vector-size", options.vector_size]
    arguments += ["-x-max", options.x_max, "-eta", options.learning_rate, "-threads", options.workers]
    alone, text = program("glove", [*arguments, "-seed", options.seed, "-binary", 1])
    alone["costs"] = [float(cost) for cost in re.findall(r"cost: ([\d.naif]+)", text)]
    both = {key: alone[key] + shuffled[key] for key in ("seconds", "CPU")}
    return alone, both | {"memory": max(alone["memory"], shuffled["memory"]), "costs": alone["costs"]}


def apart(options, folder, *stage):
    """One of our stages in a process of its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--stage", *stage, "--folder", str(folder)]
    done = subprocess.run([*command, "--seed", str(options.seed)], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def contest(options, folder):
    """All rounds on one corpus: (what was counted, {contestant: its runs})."""
    counted, found = apart(options, folder, "count"), {}
    for seed in range(1, options.rounds + 1):
        options.seed = seed
        for where in ("in memory", "on disk"):
            found.setdefault(where, []).append(apart(options, folder, "train", where))
        if os.environ.get("GLOVE"):
            for name, run in zip(("glove", "with shuffle"), train_stanford(options, folder)):
                found.setdefault(name, []).append(run)
    done = counted["nonzeros"] * options.epochs / 1000
    for run in sum(found.values(), []):
        run |= {"nonzeros/s": done / run["seconds"], "per core": done / run["CPU"]}
    return counted, found


def show(found):
    """One line per contestant: medians, and its time over ours in memory, round by round; then the costs."""
    columns = ("seconds", "CPU", "nonzeros/s", "per core", "memory", "imports")
    rows = [["", *columns, "ratio", "CPU ratio"]]
    for name, runs in found.items():
        cells = [statistics.median(run[c] for run in runs) if c in runs[0] else None for c in columns]
        shown = ["" if cell is None else f"{cell:,.1f}" for cell in cells]
        ratios = [statistics.median(other[c] / one[c] for other, one in zip(runs, found["in memory"]))
                  for c in ("seconds", "CPU")]  # fmt: skip
        rows.append([name, *shown, *(f"{ratio:.2f}" for ratio in ratios)])
    print_columns(rows)
    print("mean cost of a nonzero, pass by pass")
    costs = {name: [[*one] for one in zip(*(run["costs"] for run in runs))] for name, runs in found.items()}
    costs.pop("with shuffle", None)
    medians = {name: [*map(statistics.median, passes)] for name, passes in costs.items()}
    for name, numbers in medians.items():
        print(f"{name:14}" + " ".join(f"{number:10.6f}" for number in numbers))
    if "glove" in costs:
        off = [100 * (ours / theirs - 1) for ours, theirs in zip(medians["in memory"], medians["glove"])]
        spread = [100 * (max(one) / min(one) - 1) for one in costs["glove"]]
        for name, numbers in (("off", off), ("spread", spread)):
            print(f"{name:14}" + " ".join(f"{number:+9.2f}%" for number in numbers))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", action="append", help="may be given several times; default: wikipedia")
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--vector-size", type=int, default=100)
    parser.add_argument("--x-max", type=float, default=100)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2, help="threads")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stage", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        function = {"count": count, "train": train_ours}[options.stage[0]]
        print(json.dumps(function(options, Path(options.folder), *options.stage[1:])))
        return
    for corpus in options.corpus or ["wikipedia"]:
        options.corpus = corpus
        with tempfile.TemporaryDirectory() as name:
            tokens = prepare(options, Path(name))
            counted, found = contest(options, Path(name))
        print(f"\n{corpus}: {tokens:,} tokens, {counted['words']:,} words, {counted['nonzeros']:,} nonzeros, window "
              f"{options.window}, {options.vector_size} dimensions, x_max {options.x_max:g}, rate "
              f"{options.learning_rate:g}, {options.workers} threads, medians of {options.rounds}; "
              f"load of the last 15 minutes {os.getloadavg()[2]:.1f}")  # fmt: skip
        show(found)


def prepare(options, folder):
    """Write the corpus and its vocabulary, which all contestants read; how many tokens of the vocabulary there are."""
    from helpers import corpora
    from helpers.vocabulary import Vocabulary

    with (folder / "corpus.txt").open("w", encoding="utf-8") as file:
        for tokens in corpora.load(options.corpus, fallback=False):
            file.write(" ".join(tokens) + "\n")
    vocabulary = Vocabulary.build(lines(folder / "corpus.txt"), options.min_count)
    vocabulary.save(folder / "vocabulary.txt")
    return vocabulary.total


if __name__ == "__main__":
    main()
