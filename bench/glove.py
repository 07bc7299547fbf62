"""Our GloVe against Stanford's programs: GLOVE=/path/to/GloVe/build python bench/glove.py [--corpus wikipedia]

Counting: the text file to the matrix of co-occurrences, with a vocabulary counted before; Stanford's `cooccur`, and
`cooccur` followed by `shuffle`, without which `glove` cannot train.  Training: the matrix to the vectors; the costs
after each pass are the yardstick.  Each run is a process of its own; the contestants take turns, so that a busy machine
slows them alike, and medians are shown.

seconds    of the wall clock; a busy machine needs more
CPU        seconds of all threads together: what a run costs, busy machine or not
in memory  (counting, ours) seconds when the sentences already are lists of words: reading and splitting left out
memory     peak of the whole process in MB, Python and PyTorch included
nonzeros/s (training) nonzeros × epochs / seconds; per core: / CPU seconds

Seconds of ours start after the imports, and in training after loading the matrix; those of C programs are the whole
process.  --corpus takes a name of `corpora.names()` or the path of a text file.  Without GLOVE only ours is measured.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def lines(path):
    with open(path, encoding="utf-8") as file:
        yield from map(str.split, file)


def peak():
    """Peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def timed(function):
    """(what the function returned, wall seconds, CPU seconds)."""
    cpu, wall = time.process_time(), time.perf_counter()
    value = function()
    return value, time.perf_counter() - wall, time.process_time() - cpu


def count_ours(options, folder):
    """Count from the text file in this process; the matrix is left for training."""
    from scipy import sparse

    from helpers import counting
    from helpers.vocabulary import Vocabulary

    vocabulary = Vocabulary.load(folder / "vocabulary.txt")
    given = {"window": options.window, "workers": options.workers}
    path = folder / "corpus.txt"
    matrix, seconds, cpu = timed(lambda: counting.cooccurrence(lines(path), vocabulary, **given))
    memory = peak()
    sparse.save_npz(folder / "matrix.npz", matrix, compressed=False)
    sentences = list(lines(path))
    _, alone, _ = timed(lambda: counting.cooccurrence(sentences, vocabulary, **given))
    return {"seconds": seconds, "CPU": cpu, "memory": memory, "in memory": alone, "nonzeros": matrix.nnz}


def train_ours(options, folder):
    """Train on the matrix in this process."""
    from scipy import sparse

    from helpers import glove

    matrix = sparse.load_npz(folder / "matrix.npz")
    given = {"vector_size": options.vector_size, "x_max": options.x_max, "epochs": options.epochs, "device": "cpu"}
    model, seconds, cpu = timed(lambda: glove.fit(matrix, workers=options.workers, seed=options.seed, **given))
    done = matrix.nnz * options.epochs
    return {"seconds": seconds, "CPU": cpu, "memory": peak(), "nonzeros/s": done / seconds, "per core": done / cpu,
            "costs": model.costs}  # fmt: skip


def program(name, arguments, reads=None, writes=None):
    """Run one of Stanford's programs: (measures, what it said)."""
    command = [str(Path(os.environ["GLOVE"]) / name), *map(str, arguments)]
    with open(reads or os.devnull, "rb") as given, open(writes or os.devnull, "wb") as taken:
        with tempfile.TemporaryFile() as said:
            begun = time.perf_counter()
            running = subprocess.Popen(command, stdin=given, stdout=taken, stderr=said, cwd=Path(writes or ".").parent)
            _, status, used = os.wait4(running.pid, 0)
            seconds = time.perf_counter() - begun
            running.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            text = said.read().decode(errors="replace")
    if running.returncode:
        raise RuntimeError(f"{name} failed:\n{text[-2000:]}")
    return {"seconds": seconds, "CPU": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}, text


def count_stanford(options, folder):
    """`cooccur`, and `cooccur` with `shuffle` after it."""
    vocabulary = ["-vocab-file", folder / "vocabulary.txt", "-memory", 4, "-verbose", 0]
    counted, _ = program(
        "cooccur", [*vocabulary, "-window-size", options.window], folder / "corpus.txt", folder / "counts.bin"
    )
    shuffled, _ = program("shuffle", ["-memory", 4, "-verbose", 0, "-seed", options.seed], folder / "counts.bin",
                          folder / "shuffled.bin")  # fmt: skip
    both = {key: counted[key] + shuffled[key] for key in ("seconds", "CPU")}
    both["memory"] = max(counted["memory"], shuffled["memory"])
    return counted, both


def train_stanford(options, folder):
    """`glove` on what `shuffle` wrote."""
    arguments = ["-input-file", folder / "shuffled.bin", "-vocab-file", folder / "vocabulary.txt", "-verbose", 1]
    arguments += ["-save-file", folder / "stanford", "-iter", options.epochs, "-vector-size", options.vector_size]
    arguments += ["-x-max", options.x_max, "-threads", options.workers, "-seed", options.seed, "-binary", 1]
    found, text = program("glove", arguments)
    done = (folder / "shuffled.bin").stat().st_size // 16 * options.epochs
    costs = [float(cost) for cost in re.findall(r"cost: ([\d.naif]+)", text)]
    return found | {"nonzeros/s": done / found["seconds"], "per core": done / found["CPU"], "costs": costs}


def apart(options, folder, stage):
    """One of our stages in a process of its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--stage", stage, "--folder", str(folder)]
    done = subprocess.run([*command, "--seed", str(options.seed)], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def show(title, results, columns):
    """One line per contestant: medians, and our time over theirs round by round."""
    print(f"\n{title:18}" + "".join(f"{column:>12}" for column in columns) + f"{'ratio':>8}{'CPU ratio':>11}")
    for name, runs in results.items():
        cells = [statistics.median(run[c] for run in runs) if c in runs[0] else None for c in columns]
        shown = "".join(f"{'' if cell is None else f'{cell:,.1f}':>12}" for cell in cells)
        ratios = [statistics.median(other[c] / one[c] for other, one in zip(runs, results["ours"]))
                  for c in ("seconds", "CPU")]  # fmt: skip
        print(f"{name:18}{shown}{ratios[0]:8.2f}{ratios[1]:11.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikipedia")
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--vector-size", type=int, default=100)
    parser.add_argument("--x-max", type=float, default=100)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2, help="threads; cooccur and shuffle know only one")
    parser.add_argument("--rounds", type=int, default=3)
    for name in ("--stage", "--folder"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        function = {"count": count_ours, "train": train_ours}[options.stage]
        print(json.dumps(function(options, Path(options.folder))))
        return
    stanford = bool(os.environ.get("GLOVE"))
    counting, training = {"ours": []}, {"ours": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokens = prepare(options, folder)
        for seed in range(1, options.rounds + 1):
            options.seed = seed
            counting["ours"].append(apart(options, folder, "count"))
            if stanford:
                for label, found in zip(("cooccur", "cooccur + shuffle"), count_stanford(options, folder)):
                    counting.setdefault(label, []).append(found)
            training["ours"].append(apart(options, folder, "train"))
            if stanford:
                training.setdefault("glove", []).append(train_stanford(options, folder))
    nonzeros, load = counting["ours"][0]["nonzeros"], os.getloadavg()[2]
    print(f"{options.corpus}: {tokens:,} tokens, {nonzeros:,} nonzeros, window {options.window}, {options.workers} "
          f"threads, medians of {options.rounds}; load of the machine in the last 15 minutes {load:.1f}")  # fmt: skip
    show("counting", counting, ("seconds", "CPU", "in memory", "memory"))
    show("training", training, ("seconds", "CPU", "nonzeros/s", "per core", "memory"))
    print("\nmean cost of a nonzero, epoch by epoch")
    for label, runs in training.items():
        print(f"{label:18}" + " ".join(f"{statistics.median(c):.6f}" for c in zip(*(run["costs"] for run in runs))))


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
