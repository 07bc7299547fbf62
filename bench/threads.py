"""What more threads bring: python bench/threads.py [--corpus wikipedia] [--threads 2] [--cbow]

Three ways to keep n cores at work take turns, round by round, and each is held against one thread of its own:

ours       n threads, which share their vectors
gensim     the same of gensim
processes  n processes of ours with a thread each, which share nothing and begin together

Where processes bring n times as much and threads do not, the threads wait for each other's vectors: a row that another
core has just changed must come out of that core's cache.  How long that takes depends on whether the cores share one;
on a rented machine it may change from minute to minute, so every round is printed with its round trip, the time that a
number takes from one thread to another and back, before and after; medians at the end.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from numba.extending import intrinsic

sys.path.insert(0, str(Path(__file__).resolve().parent))  # where PYTHONSAFEPATH has left it out
import word2vec  # beside this one
from helpers import arguments, compiled  # word2vec has told where

WAYS = "ours", "gensim", "processes"
TRIPS = 10_000


@intrinsic
def turned(context, numbers, old, new):
    """turned(numbers, old, new): whether numbers[0] was `old`, and is `new` from now on; no other thread comes between.

    Python has no word for that, so it is written in the compiler's own language.  numbers: int64.
    """
    from numba.core import types

    def generate(context, builder, signature, given):
        first = context.make_array(signature.args[0])(context, builder, given[0]).data
        values = zip(given[1:], signature.args[1:])
        old, new = (context.cast(builder, value, kind, types.int64) for value, kind in values)
        return builder.extract_value(builder.cmpxchg(first, old, new, "acq_rel", "monotonic"), 1)

    return types.boolean(numbers, old, new), generate


@compiled.loop
def turn(numbers, old, new, times):
    """Wait until numbers[0] is `old`, make it `new`, and so again."""
    for _ in range(times):
        while not turned(numbers, old, new):
            pass


def round_trip():
    """Nanoseconds that a number takes from one thread to another and back: the least of 50 times TRIPS.

    Both wait without giving their core away, so there must be two.  When something else has one of them it takes
    longer, and says nothing of the cores.
    """
    numbers, found = np.zeros(48, np.int64)[16:32], []  # in lines of the cache that hold nothing else
    turn(numbers, 0, 0, 1)  # compiled before the clock starts
    for _ in range(50):
        other = threading.Thread(target=turn, args=(numbers, 1, 0, TRIPS), daemon=True)
        other.start()
        begun = time.perf_counter()
        turn(numbers, 0, 1, TRIPS)
        other.join()
        found.append(1e9 * (time.perf_counter() - begun) / TRIPS)
    return min(found)


def command(name, workers, seed, options, *more):
    """What starts bench/word2vec.py to train once and to print what it measured."""
    found = [sys.executable, word2vec.__file__, "--run", name + "-cbow" * options.cbow, "--workers", str(workers)]
    found += ["--corpus", options.corpus, "--epochs", str(options.epochs), "--seed", str(seed)]
    return [*found, "--file", str(options.path), "--tokens", str(options.tokens), *more]


def speed(way, n, seed, options):
    """Words per second, of all processes together.  SystemExit where one fails."""
    running = []
    with tempfile.TemporaryDirectory() as folder:
        commands = [command(way, n, seed, options)]
        if way == "processes":
            commands = n * [command("ours", 1, seed, options, "--meet", folder, "--of", str(n))]
        try:
            for one in commands:
                running.append(subprocess.Popen(one, stdout=subprocess.PIPE, text=True))
            printed = [one.communicate()[0] for one in running]
        finally:
            for one in running:
                one.kill()  # if it is still there
                one.wait()
    if any(one.returncode for one in running):
        raise SystemExit(f"{way} with {n} threads or processes failed, see above")
    return sum(json.loads(lines.splitlines()[-1])["words/s"] for lines in printed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="wikipedia", help="a name of `corpora.names()` or the path of a text file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=7, help="seeds")
    parser.add_argument("--cbow", action="store_true")
    options = parser.parse_args()
    for name, least in (("threads", 2), ("epochs", 1), ("rounds", 1)):
        if getattr(options, name) < least:
            parser.error(f"--{name} must be at least {least}")
    if (cores := arguments.workers(None)) < options.threads:
        parser.error(f"--threads {options.threads} needs as many cores, and here are {cores}")
    with tempfile.TemporaryDirectory() as folder:
        options.path = word2vec.as_lines(options.corpus, folder)
        options.tokens = word2vec.counted(options.path)
        print(f"{options.corpus}: {options.tokens:,} tokens, {options.epochs} epochs, 1 and {options.threads} threads")
        rounds = []
        for seed in range(1, options.rounds + 1):
            before = round_trip()
            alone = {way: speed(way, 1, seed, options) for way in WAYS[:2]}
            alone["processes"] = alone["ours"]
            rounds.append([speed(way, options.threads, seed, options) / alone[way] for way in WAYS])
            print_line(f"round {seed} ({before:.0f} and {round_trip():.0f} ns)", rounds[-1])
    print_line("median", map(statistics.median, zip(*rounds)))


def print_line(name, times):
    """How many times as fast each way is as one thread."""
    print(f"{name}: " + ", ".join(f"{way} {found:.2f}" for way, found in zip(WAYS, times)), flush=True)


if __name__ == "__main__":
    main()
