"""Counting and training against the number of processes: python bench/scale.py [--gigabytes 0.02] [--workers 0 1 2]

Counting: the corpus, repeated until it has so many gigabytes, is written to files of 16 MB; its vocabulary and its
co-occurrences (window 10) are counted by one process without Dask (workers 0) and by local clusters.

GB/min   gigabytes of text per minute of the wall clock
CPU      seconds of all processes together, so that a busy machine is seen through: what the cluster costs in work
memory   peak of the largest worker in MB

Repeated text has no new words and few new pairs, which real text has: take a large --corpus where there is one.

    python bench/scale.py --train --corpus FILE --processes 1 2 4 --seeds 1 2 3 --intervals 400000

trains skip-gram with torchrun instead, and scores it with WordSim-353, SimLex-999 and the analogies, × 100; --alpha is
the first learning rate, --cbow trains CBOW, --fasttext FastText.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # where PYTHONSAFEPATH has left it out
import memory as taken  # beside this one; `memory` is what a worker may take

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

FILE = 16_000_000  # bytes of a file of the repeated text


def lines(corpus):
    """The sentences of a corpus as lines of bytes, again and again; one of less than FILE bytes is read only once."""
    from helpers import corpora

    kept, size = [], 0
    while True:
        for tokens in corpora.load(corpus, fallback=False):
            line = " ".join(tokens).encode() + b"\n"
            size += len(line)
            if size < FILE:
                kept.append(line)
            yield line
        while size < FILE:
            yield from kept


def repeated(corpus, size, folder):
    """Write the corpus, one sentence a line, again and again into files until they have `size` bytes; the bytes."""
    written, number, file = 0, 0, None
    for line in lines(corpus):
        if file is None or file.tell() > FILE:
            file, number = open(folder / f"{number:05}.txt", "wb"), number + 1
        file.write(line)
        written += len(line)
        if written >= size:
            file.close()
            return written


def counted(folder, workers):
    """(seconds, CPU seconds of all processes, MB of the largest worker, counts) of counting what lies in a folder."""
    import cloudpickle  # comes with dask

    from helpers import cluster, corpora, counting
    from helpers.vocabulary import Vocabulary

    corpus = corpora.load(folder, tokenize=str.split)

    def work(client):
        vocabulary = Vocabulary.build(corpus, 5, client=client)
        return counting.cooccurrence(corpus, vocabulary, workers=1, client=client, path=folder / "counts").nnz

    if not workers:
        began, spent = time.perf_counter(), time.process_time()
        found = work(None)
        return time.perf_counter() - began, time.process_time() - spent, taken.peak(), found
    cloudpickle.register_pickle_by_value(taken)  # the workers cannot import what stands beside this script
    with cluster.connect(workers=workers, memory="4GiB") as client:
        began, spent = time.perf_counter(), time.process_time() + sum(client.run(time.process_time).values())
        found = work(client)
        seconds = time.perf_counter() - began
        spent = time.process_time() + sum(client.run(time.process_time).values()) - spent
        return seconds, spent, max(client.run(taken.peak).values()), found


def trained(path, trainer, sg, seed, every, alpha):
    """Train as one of torchrun's processes, or alone; the first writes the scores to the standard output."""
    from helpers import averaging, corpora, fasttext, scores, word2vec

    corpus = corpora.load(path, lower=False, tokenize=str.split)
    train = {"word2vec": word2vec, "fasttext": fasttext}[trainer].train
    kv = train(corpus, sg=sg, seed=seed, workers=1, alpha=alpha, average_every=every)
    if averaging.is_first():
        found = scores.evaluate(kv)
        print(json.dumps([found[name] for name in ("WordSim-353", "SimLex-999", "analogies")]), flush=True)


def training(options):
    """The table of trainings."""
    import numpy as np

    print(
        f"{'processes':>10}{'every':>16}{'alpha':>7}   WordSim / SimLex / analogies × 100, mean ± deviation over seeds"
    )
    for processes in options.processes:
        for every in options.intervals if processes > 1 else [0]:
            found = []
            for seed in options.seeds:
                launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
                command = [sys.executable, *(launch if processes > 1 else []), __file__, "--one", str(options.corpus)]
                command += ["fasttext" if options.fasttext else "word2vec", str(int(not options.cbow))]
                command += [str(seed), str(every or 1), str(options.alpha)]
                own = os.environ | {"OMP_NUM_THREADS": "1", "USE_LIBUV": "0"}  # which PyTorch may lack on Windows
                done = subprocess.run(command, check=True, env=own, stdout=subprocess.PIPE, text=True)
                found.append(json.loads(done.stdout.splitlines()[-1]))
            mean, deviation = 100 * np.mean(found, 0), 100 * np.std(found, 0, ddof=min(1, len(found) - 1))
            shown = " / ".join(f"{one:.1f} ± {other:.1f}" for one, other in zip(mean, deviation))
            print(f"{processes:>10}{every:>16,}{options.alpha:>7g}   {shown}", flush=True)


def counting(options):
    """The table of counts."""
    print(f"{'workers':>8}{'GB':>12}{'GB/min':>9}{'CPU s':>11}{'memory':>10}{'counts':>20}")
    for gigabytes in options.gigabytes:
        with tempfile.TemporaryDirectory() as folder:
            written = repeated(options.corpus, gigabytes * 1e9, Path(folder))
            for workers in options.workers:
                command = [sys.executable, __file__, "--count", folder, str(workers)]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                seconds, spent, memory, found = json.loads(done.stdout.splitlines()[-1])
                speed = written / 1e9 / seconds * 60
                print(
                    f"{workers:>8}{written / 1e9:>12.3f}{speed:>9.3f}{spent:>11.1f}{memory:>10.0f}{found:>20,}",
                    flush=True,
                )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikipedia", help="a name of corpora.names(), or the path of a text")
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[0.02])
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--intervals", type=int, nargs="+", default=[400_000])
    parser.add_argument("--alpha", type=float, default=0.025)
    parser.add_argument("--cbow", action="store_true")
    parser.add_argument("--fasttext", action="store_true")
    options = parser.parse_args()
    training(options) if options.train else counting(options)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        trained(*sys.argv[2:4], *map(int, sys.argv[4:7]), float(sys.argv[7]))
    elif sys.argv[1:2] == ["--count"]:
        print(json.dumps(counted(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
