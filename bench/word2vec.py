"""Our word2vec against gensim's on the same tokens: python bench/word2vec.py [--corpus wikipedia] [--workers 2]

Each run is a process of its own, so that its peak memory is its own; the contestants take turns, round by
round with another seed, so that a busy machine slows them alike.  The table shows means and standard
deviations over the seeds; "ratio" is the median over the rounds of words per second against gensim.

words/s     corpus tokens (in the vocabulary) × epochs / seconds spent training
with input  the same, counting and reading the text included
memory      peak of the whole process in MB, and how much of it the training added

--corpus takes a name of `corpora.names()` or the path of a text file.  English is scored with gensim's
WordSim-353, SimLex-999 and analogies, the bundled Korean corpus with its own sets; --pairs FILE names a
tab-separated file of word pairs for another language, which has no scores otherwise.  Programs `word2vec`
and `fasttext` are measured too where WORD2VEC or FASTTEXT in the environment gives their path.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # where PYTHONSAFEPATH has left it out
import memory  # beside this one

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

COMMON = {"vector_size": 100, "window": 5, "min_count": 5, "negative": 5, "sample": 1e-3}
CONTESTANTS = ("ours", "gensim", "ours-cbow", "gensim-cbow")


def as_lines(corpus, folder):
    """The corpus as a text file with one sentence a line, which every contestant reads."""
    from helpers import corpora

    path = Path(folder) / "corpus.txt"
    with path.open("w", encoding="utf-8") as file:
        for tokens in corpora.load(corpus, fallback=False):
            file.write(" ".join(tokens) + "\n")
    return path


def counted(path):
    """How many tokens of such a file are trained on, those in the vocabulary."""
    from helpers.vocabulary import Vocabulary

    return Vocabulary.build((line.split() for line in path.open(encoding="utf-8")), COMMON["min_count"]).total


def met(folder, n):
    """Wait until n processes have come here, a minute at most: each lays a file into the folder."""
    (Path(folder) / str(os.getpid())).touch()
    end = time.monotonic() + 60
    while len(os.listdir(folder)) < n and time.monotonic() < end:
        time.sleep(0.001)


def clocked(train, tiny, ready=lambda: None):
    """(what train() returned, seconds of its training loop): the loops are compiled beforehand, by tiny().

    ready is called when all is there that training needs, before the clock starts.
    """
    from helpers import runs

    tiny()
    seconds, loop = [], runs.train

    def timed(*arguments, **named):
        ready()
        begun = time.perf_counter()
        found = loop(*arguments, **named)
        seconds.append(time.perf_counter() - begun)
        return found

    runs.train = timed
    try:
        return train(), seconds[0]
    finally:
        runs.train = loop


def rate(options, sg):
    """The learning rate asked for, or word2vec.c's own."""
    return options.alpha or (0.025 if sg else 0.05)


def ours(path, options, sg):
    """(KeyedVectors, seconds training, seconds in all, MB before training)."""
    from helpers import corpora, word2vec

    before, given = memory.peak(), {"sg": sg, "alpha": rate(options, sg)}
    begun = time.perf_counter()
    found, seconds = clocked(
        lambda: word2vec.train(
            corpora.load(path, lower=False, tokenize=str.split), epochs=options.epochs, seed=options.seed,
            workers=options.workers, **COMMON, **given,
        ),
        lambda: word2vec.train([["a", "b"]], 2, min_count=1, sample=0, epochs=1, **given),
        lambda: met(options.meet, options.of) if options.meet else None,
    )  # fmt: skip
    return found, seconds, time.perf_counter() - begun, before


def gensim(path, options, sg):
    """The same of gensim, which reads the file in its own compiled code (corpus_file)."""
    from gensim.models import Word2Vec

    before, begun = memory.peak(), time.perf_counter()
    model = Word2Vec(
        corpus_file=str(path), sg=sg, alpha=rate(options, sg), min_alpha=1e-4, epochs=options.epochs,
        seed=options.seed, workers=options.workers, **COMMON,
    )  # fmt: skip
    return model.wv, model.total_train_time, time.perf_counter() - begun, before


def program(path, options, sg, name):
    """The same of word2vec.c or fastText, as a separate process."""
    from gensim.models import KeyedVectors

    output = str(path) + f".{name}.vec"
    common = ["-dim" if name == "fasttext" else "-size", "100", "-ws" if name == "fasttext" else "-window", "5"]
    if name == "fasttext":
        command = [os.environ["FASTTEXT"], "skipgram" if sg else "cbow", "-input", str(path), "-output", output[:-4]]
        command += [*common, "-neg", "5", "-t", "1e-3", "-minCount", "5", "-maxn", "0", "-minn", "0"]
        command += ["-lr", str(rate(options, sg)), "-epoch", str(options.epochs), "-thread", str(options.workers)]
    else:
        command = [os.environ["WORD2VEC"], "-train", str(path), "-output", output, "-cbow", str(1 - sg), *common]
        command += ["-negative", "5", "-hs", "0", "-sample", "1e-3", "-min-count", "5", "-binary", "0"]
        command += ["-alpha", str(rate(options, sg)), "-iter", str(options.epochs), "-threads", str(options.workers)]
    run, _ = memory.program(command)
    options.child = run["memory"]
    return KeyedVectors.load_word2vec_format(output), run["seconds"], run["seconds"], 0


def scores(vectors, options):
    """Rank correlations and analogy accuracy in %, by the corpus's language."""
    from gensim.test.utils import datapath

    if options.pairs:
        return {"pairs": 100 * vectors.evaluate_word_pairs(options.pairs)[1][0]}
    if options.corpus == "korean":
        folder = ROOT / "datasets" / "korean"
        found = {"similarity": 100 * vectors.evaluate_word_pairs(str(folder / "similarity.tsv"))[1][0]}
        return found | {"analogies": 100 * vectors.evaluate_word_analogies(str(folder / "analogies.txt"))[0]}
    try:
        found = {
            "WordSim": 100 * vectors.evaluate_word_pairs(datapath("wordsim353.tsv"))[1][0],
            "SimLex": 100 * vectors.evaluate_word_pairs(datapath("simlex999.txt"))[1][0],
        }
    except ValueError:  # they know no pair: a text of another language
        return {}
    return found | {"analogies": 100 * vectors.evaluate_word_analogies(datapath("questions-words.txt"))[0]}


def one_run(options):
    """Run one contestant in this process and print what was measured as JSON."""
    name, _, kind = options.run.partition("-")
    sg = int(kind != "cbow")
    path = Path(options.file)
    if name in ("fasttext", "word2vec"):
        vectors, training, total, before = program(path, options, sg, name)
    else:
        vectors, training, total, before = {"ours": ours, "gensim": gensim}[name](path, options, sg)
    most = getattr(options, "child", None) or memory.peak()
    tokens = int(options.tokens)
    print(json.dumps({"words/s": tokens * options.epochs / training, "with input": tokens * options.epochs / total,
                      "memory": most, "added": most - before, **scores(vectors, options)}))  # fmt: skip


def contestants(options):
    """Names of what is measured: ours and gensim, and the programs that the environment names."""
    found = [name for name in CONTESTANTS if options.only in ("", *name.split("-"))]
    for name, variable in (("word2vec", "WORD2VEC"), ("fasttext", "FASTTEXT")):
        found += [name] if os.environ.get(variable) else []
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikipedia")
    parser.add_argument("--pairs", help="word pairs for another language")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--alpha", type=float, help="learning rate; word2vec.c's own unless told")
    parser.add_argument("--rounds", type=int, default=5, help="seeds")
    parser.add_argument("--only", default="", help="ours, gensim, or cbow")
    for name in ("--run", "--file", "--tokens"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--meet", help=argparse.SUPPRESS)  # the folder in which the processes meet, and how many
    for name in ("--seed", "--of"):
        parser.add_argument(name, type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        return one_run(options)
    with tempfile.TemporaryDirectory() as folder:
        path = as_lines(options.corpus, folder)
        tokens = counted(path)
        print(f"{options.corpus}: {tokens:,} tokens, {options.epochs} epochs, {options.workers} threads", flush=True)
        results = {name: [] for name in contestants(options)}
        for seed in range(1, options.rounds + 1):
            for name in results:
                command = [sys.executable, __file__, *sys.argv[1:], "--run", name, "--seed", str(seed)]
                command += ["--file", str(path), "--tokens", str(tokens)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                results[name].append(json.loads(done.stdout.splitlines()[-1]))
    print_table(results)


def print_columns(rows):
    """Print rows of texts, the first of which names the columns, each of these as wide as its longest text asks."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for first, *others in rows:
        print("  ".join([first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]).rstrip())


def print_table(results):
    """One line per contestant: mean ± deviation of every measure, and the median ratio to gensim's speed."""
    columns = list(next(iter(results.values()))[0])
    rows = [["", *columns, "ratio"]]
    for name, runs in results.items():
        rival = results.get("gensim-cbow" if name.endswith("cbow") else "gensim", runs)
        ratio = statistics.median(one["words/s"] / other["words/s"] for one, other in zip(runs, rival))
        cells = []
        for column in columns:
            values = [run[column] for run in runs]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            digits = 0 if statistics.mean(values) > 100 and column not in ("WordSim",) else 1
            cells.append(f"{statistics.mean(values):,.{digits}f} ± {spread:,.{digits}f}")
        rows.append([name, *cells, f"{ratio:.2f}"])
    print_columns(rows)


if __name__ == "__main__":
    main()
