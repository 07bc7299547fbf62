"""Small trainings to be killed by tests/test_survival.py: each takes a checkpoint and returns arrays to compare.

    python tests/survivors.py NAME CHECKPOINT RESULT    train and write the arrays (.npz); RESULT.log lists the savings;
                                                        RESULT.wait holds the number of the saving after which the
                                                        training waits for as long as that file is there
    python tests/survivors.py                           read such lines from stdin; a forked process for each

The second form imports everything once.  Every training saves itself at each opportunity (every=0) and computes in
one thread.
"""

import functools
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

COMMON = {"vector_size": 40, "seed": 7, "device": "cpu"}


@functools.cache
def sentences():
    from helpers import corpora

    return list(corpora.load("korean"))[::3]


def word2vec(checkpoint):
    from helpers import word2vec

    return [word2vec.train(sentences(), epochs=2, workers=1, checkpoint=checkpoint, **COMMON).vectors]


def cbow(checkpoint):
    from helpers import word2vec

    return [word2vec.train(sentences(), epochs=2, workers=1, sg=0, checkpoint=checkpoint, **COMMON).vectors]


def glove(checkpoint):
    from helpers import glove

    return [glove.train(sentences()[::20], epochs=2, window=4, workers=1, checkpoint=checkpoint, **COMMON).vectors]


def fasttext(checkpoint):
    from helpers import fasttext

    kv = fasttext.train(sentences(), epochs=2, workers=1, min_n=2, max_n=3, checkpoint=checkpoint, **COMMON)
    return [kv.vectors, kv.vectors_ngrams]


def pictures():
    """Features and captions of forty images that are not there."""
    import numpy as np

    chance = random.Random(5)
    words = ["a", "red", "blue", "ball", "box", "stands", "lies", "on", "under", "the", "table"]
    texts = {f"image-{i}": [" ".join(chance.choices(words, k=7)) for _ in range(3)] for i in range(40)}
    return {name: np.random.default_rng(i).normal(size=24) for i, name in enumerate(texts)}, texts


def captions(checkpoint):
    from helpers import captions

    found = captions.train(*pictures(), hidden_size=24, epochs=3, batch_size=18, checkpoint=checkpoint, **COMMON)
    losses = [[row["train"], row["validation"]] for row in found.curve]
    return [losses, *(tensor.numpy() for tensor in found.model.state_dict().values())]


@functools.cache
def beginner():
    from helpers import captions

    return captions.train(*pictures(), hidden_size=24, epochs=2, batch_size=18, **COMMON)


def rewards(checkpoint):
    from helpers import captions

    found = captions.rewards.train(beginner(), *pictures(), seed=7, epochs=3, batch_size=4, device="cpu",
                                   checkpoint=checkpoint)  # fmt: skip
    return [tensor.numpy() for tensor in found.model.state_dict().values()]


def context(checkpoint):
    from helpers import pretraining

    options = {"length": 16, "heads": 4, "epochs": 2, "checkpoint": checkpoint, **COMMON}
    model = pretraining.train(sentences()[::40], "gpt", **options)
    return [tensor.numpy() for tensor in model.model.state_dict().values()]


TRAININGS = {function.__name__: function for function in (word2vec, cbow, glove, fasttext, captions, rewards, context)}


def logged(path, result):
    """A checkpoint that saves at every opportunity and notes in a file what has happened, and that file's writer."""
    from helpers.checkpoints import Checkpoint

    log, wait = result + ".log", Path(result + ".wait")
    until = int(wait.read_text()) if wait.exists() else None

    def note(word):
        with open(log, "a") as file:
            file.write(word + "\n")

    class Logged(Checkpoint):
        savings = 0

        def restore(self, settings):
            state = super().restore(settings)
            note("anew" if state is None else "resumed")
            return state

        def save(self, tensors):
            super().save(tensors)
            note("saved")
            self.savings += 1
            while self.savings == until and wait.exists():
                time.sleep(0.001)

    return Logged(path, every=0), note


def train(name, checkpoint, result):
    import numpy as np
    import torch

    torch.set_num_threads(1)
    saved, note = logged(checkpoint, result)
    try:
        arrays = TRAININGS[name](saved)
        with open(result, "wb") as file:
            np.savez(file, *arrays)
        note("finished")
    except KeyboardInterrupt:
        note("interrupted")
        raise
    except BaseException:
        note("failed")
        raise


def serve():
    """Fork a process per line and say its number, and when it has ended, how."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background may not hear of it otherwise
    import torch._dynamo  # noqa: F401  an optimizer imports it when it is first made

    sentences()
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                train(*line.rstrip("\n").split("\t"))
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    train(*sys.argv[1:]) if len(sys.argv) > 1 else serve()
