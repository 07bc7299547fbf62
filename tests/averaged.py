"""What tests/test_averaging.py starts with torchrun: trainings by several processes, one of which kills itself.

    torchrun --nproc-per-node 2 --max-restarts 1 tests/averaged.py FOLDER

FOLDER holds text.txt; every process leaves its results there as RANK-NAME.npy, and what it was told as RANK-NAME.txt.
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from helpers import averaging, corpora, fasttext, word2vec
from helpers.checkpoints import Checkpoint
from helpers.vocabulary import Vocabulary

COMMON = {"vector_size": 16, "min_count": 2, "workers": 1, "epochs": 3, "average_every": 3000}


def main(folder):
    rank, attempt = os.environ["RANK"], int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    corpus = corpora.load(folder / "text.txt", tokenize=str.split)
    saved, reported = Checkpoint(folder / "run.safetensors", every=0), []

    def keep(name, kv):
        np.save(folder / f"{rank}-{name}.npy", kv.vectors)
        (folder / f"{rank}-{name}.txt").write_text("\n".join(kv.index_to_key))

    def last(epoch, vectors):
        reported.append(epoch)
        if attempt == 0 and epoch == 1 and rank == "1":
            os.kill(os.getpid(), signal.SIGKILL)

    if attempt == 0:
        kv = word2vec.train(corpus, **COMMON, compute_loss=True, held_out=corpus.first(50))
        keep("word2vec", kv)
        np.save(folder / f"{rank}-losses.npy", kv.losses + kv.held_out_losses)
        mine = int(rank)
        differing = {"seed": mine, "epochs": 1 + mine, "window": 2 + mine, "sentences": corpus.first(60 - mine),
                     "vocabulary": Vocabulary.build(corpus, 2 + mine), "min_count": 2 + mine}  # fmt: skip
        some = [("vocabulary", None if mine else ["a", "b"], "list"), ("max_n", 3 + mine, "fasttext")]
        for name, given, kind in [*((name, given, name) for name, given in differing.items()), *some]:
            train = fasttext.train if kind == "fasttext" else word2vec.train
            try:
                train(**{"sentences": corpus} | COMMON | {name: given})
            except ValueError as error:
                (folder / f"{rank}-differing-{kind}.txt").write_text(str(error))
        sentences = [list("abc") * 9, list("cab") * 9, list("bca") * 9] * 2  # each of four processes needs one
        keep("listed", word2vec.train(sentences, vocabulary=["c", "b", "a"], **COMMON))
        keep("fasttext", fasttext.train(corpus, min_n=2, max_n=3, sg=0, **COMMON))
        (folder / f"{rank}-first.txt").write_text(str(averaging.is_first()))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun's, which might come before the error is written down
    try:
        kv = word2vec.train(corpus, **COMMON, checkpoint=saved, after_epoch=last)
    except RuntimeError as error:
        (folder / f"{rank}-error.txt").write_text(str(error))
        raise
    keep("resumed", kv)
    (folder / f"{rank}-reported.txt").write_text(str(reported))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
