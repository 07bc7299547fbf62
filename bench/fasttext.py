"""Our FastText against gensim's, and fastText's own program, on the same tokens: python bench/fasttext.py [--workers 2]

First, n-grams hashed per second: `subwords.hash_words` against gensim's `ft_ngram_hashes`, on the corpus's words.
Then training.  Each run is a process of its own, so that its peak memory is its own; the contestants take turns, round
by round with another seed, so that a busy machine slows them alike.  The table shows medians over the seeds, and
the spread (standard deviation) of the scores; "ratio" is the median over the rounds of words per second against gensim.

words/s  corpus tokens (in the vocabulary) × epochs / seconds spent training
CPU      corpus tokens × epochs / processor seconds of the whole process, for a machine that others use too
memory   peak of the whole process in MB, and how much of it was added after the imports

All train with the same buckets, n-grams of 3 to 6, and 5 noise words.  The program counts both at its own way: its
seconds are those of the whole run, reading and writing included.  It is measured where FASTTEXT names its path.
--corpus takes a name of `corpora.names()` or the path of a text file.  English and the bundled Korean corpus are scored
with `scores.evaluate`; --pairs FILE names word pairs (tab-separated) for another corpus.
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
import memory
from word2vec import as_lines, clocked, print_columns  # bench/word2vec.py: the same contest without subwords

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

COMMON = {"vector_size": 100, "window": 5, "min_count": 5, "negative": 5, "sample": 1e-3, "min_n": 3, "max_n": 6}
CONTESTANTS = ("ours", "gensim", "ours-cbow", "gensim-cbow")


def ours(path, options, sg):
    """(vectors, seconds training, MB before)."""
    from helpers import corpora, fasttext

    before, given = memory.peak(), {"sg": sg, "alpha": 0.025 if sg else 0.05, "bucket": options.bucket}
    found, seconds = clocked(
        lambda: fasttext.train(
            corpora.load(path, lower=False, tokenize=str.split), epochs=options.epochs, seed=options.seed,
            workers=options.workers, **COMMON, **given,
        ),
        lambda: fasttext.train([["a", "b"]], 2, min_count=1, sample=0, epochs=1, **given | {"bucket": 10}),
    )  # fmt: skip
    return found, seconds, before


def gensim(path, options, sg):
    """The same of gensim, which reads the file in its own compiled code (corpus_file)."""
    from gensim.models import FastText

    before = memory.peak()
    model = FastText(
        corpus_file=str(path), sg=sg, alpha=0.025 if sg else 0.05, min_alpha=1e-4, epochs=options.epochs,
        seed=options.seed, bucket=options.bucket, workers=options.workers, **COMMON,
    )  # fmt: skip
    return model.wv, model.total_train_time, before


def program(path, options, sg):
    """The same of fastText's program, a process of its own."""
    from gensim.models.fasttext import load_facebook_vectors

    output = f"{path}.{options.seed}"
    command = [os.environ["FASTTEXT"], "skipgram" if sg else "cbow", "-input", str(path), "-output", output]
    command += ["-dim", "100", "-ws", "5", "-neg", "5", "-t", "1e-3", "-minCount", "5", "-minn", "3", "-maxn", "6"]
    command += ["-lr", "0.025" if sg else "0.05", "-epoch", str(options.epochs), "-thread", str(options.workers)]
    command += ["-bucket", str(options.bucket), "-seed", str(options.seed)]
    run, _ = memory.program(command)
    options.child = run["memory"], run["CPU"]
    return load_facebook_vectors(output + ".bin"), run["seconds"], 0


def hashing(path):
    """A line per unit: n-grams per second of both, best of three each, in CPU seconds; gensim's words come spelled."""
    from gensim.models.fasttext import ft_ngram_hashes

    from helpers import subwords

    words = list(dict.fromkeys(path.read_text(encoding="utf-8").split()))
    for units in subwords.UNITS:
        spelled = [subwords.spell(word, units) for word in words]
        subwords.hash_words(words[:1], units=units)  # compiled before the clock starts
        best = {"ours": float("inf"), "gensim": float("inf")}
        for _ in range(3):
            for name in best:
                begun = time.process_time()
                if name == "ours":
                    n = len(subwords.hash_words(words, units=units)[1])
                else:
                    theirs = sum(len(ft_ngram_hashes(word, 3, 6, 2_000_000)) for word in spelled)
                best[name] = min(best[name], time.process_time() - begun)
        assert n == theirs
        ours, theirs = n / best["ours"] / 1e6, n / best["gensim"] / 1e6
        print(f"{n:,} n-grams of {len(words):,} words, {units}: ours {ours:.1f}, gensim {theirs:.2f} million a second, "
              f"ratio {ours / theirs:.1f}", flush=True)  # fmt: skip


def quality(kv, options):
    """Scores in %, by the corpus's language; those of --pairs for other corpora."""
    from helpers import scores

    if options.pairs:
        return {"pairs": 100 * scores.similarity(kv, options.pairs).value}
    if options.corpus not in ("korean", "wikipedia", "lee"):
        return {}
    found = scores.evaluate(kv, "Korean" if options.corpus == "korean" else "English")
    return {name: 100 * value for name, value in found.items() if not name.endswith(("pairs", "asked"))}


def one_run(options):
    """Run one contestant in this process and print what was measured as JSON."""
    name, _, kind = options.run.partition("-")
    found = {"ours": ours, "gensim": gensim, "fasttext": program}[name](
        Path(options.file), options, int(kind != "cbow")
    )
    kv, seconds, before = found
    most, cpu = getattr(options, "child", None) or (memory.peak(), time.process_time())
    done = options.tokens * options.epochs
    print(json.dumps({"words/s": done / seconds, "CPU": done / cpu, "memory": most, "added": most - before,
                      **quality(kv, options)}))  # fmt: skip


def contestants(options):
    """Names of what is measured: ours and gensim, and the program if the environment names it."""
    names = [*CONTESTANTS, *(["fasttext", "fasttext-cbow"] if os.environ.get("FASTTEXT") else [])]
    kinds = {"skipgram": [""], "cbow": ["cbow"]}.get(options.only, ["", "cbow"])
    return [name for name in names if name.partition("-")[2] in kinds]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikipedia")
    parser.add_argument("--pairs", help="word pairs for another language")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5, help="seeds")
    parser.add_argument("--only", default="", help="skipgram or cbow")
    parser.add_argument("--bucket", type=int, help="rows for n-grams; by default as many as `train` takes")
    for name in ("--run", "--file"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--tokens", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        return one_run(options)
    with tempfile.TemporaryDirectory() as folder:
        from helpers.fasttext import buckets_for
        from helpers.vocabulary import Vocabulary

        path = as_lines(options.corpus, folder)
        vocabulary = Vocabulary.build((line.split() for line in path.open(encoding="utf-8")), 5)
        tokens, bucket = vocabulary.total, options.bucket or buckets_for(vocabulary.words)
        print(f"{options.corpus}: {tokens:,} tokens, {len(vocabulary):,} words, {bucket:,} buckets, {options.epochs} "
              f"epochs, {options.workers} threads", flush=True)  # fmt: skip
        hashing(path)
        results = {name: [] for name in contestants(options)}
        for seed in range(1, options.rounds + 1):
            for name in results:
                command = [sys.executable, __file__, *sys.argv[1:], "--run", name, "--seed", str(seed)]
                command += ["--file", str(path), "--tokens", str(tokens), "--bucket", str(bucket)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                results[name].append(json.loads(done.stdout.splitlines()[-1]))
    print_table(results)


def print_table(results):
    """One line per contestant: medians, the spread of the scores, and the median ratio to gensim's words per second."""
    columns = list(next(iter(results.values()))[0])
    rows = [["", *columns, "ratio"]]
    for name, runs in results.items():
        rival = results.get("gensim-cbow" if name.endswith("cbow") else "gensim", runs)
        ratio = statistics.median(one["words/s"] / other["words/s"] for one, other in zip(runs, rival))
        cells = []
        for i, column in enumerate(columns):
            values = [run[column] for run in runs]
            spread = f" ± {statistics.stdev(values):.1f}" if i > 3 and len(values) > 1 else ""
            cells.append(f"{statistics.median(values):,.{int(i > 3)}f}{spread}")
        rows.append([name, *cells, f"{ratio:.2f}"])
    print_columns(rows)


if __name__ == "__main__":
    main()
