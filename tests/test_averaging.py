"""Several processes that train together: what an average is, who draws what, and a process that is killed."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from helpers import averaging, corpora, word2vec
from helpers.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent


def torchrun(script, *arguments, processes=2, restarts=0):
    """Start a script in several processes, as `torchrun` does; the CompletedProcess."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command += ["--max-restarts", str(restarts), str(script), *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1500)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A folder with text.txt: some of the Korean corpus, cut into morphemes."""
    folder = tmp_path_factory.mktemp("trained")
    lines = [" ".join(tokens) for tokens in list(corpora.load("korean"))[::8]]
    (folder / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(text):
    """The folder in which two processes have trained, one of them killed once and all started again."""
    done = torchrun(ROOT / "tests" / "averaged.py", text, restarts=1)
    assert done.returncode == 0, done.stderr[-3000:]
    return text


@pytest.mark.slow
def test_four_processes(text, tmp_path):
    (tmp_path / "text.txt").write_bytes((text / "text.txt").read_bytes())
    done = torchrun(ROOT / "tests" / "averaged.py", tmp_path, processes=4, restarts=1)
    assert done.returncode == 0, done.stderr[-3000:]
    for name in ("word2vec", "listed", "fasttext", "resumed"):
        first, *others = (vectors(tmp_path, rank, name) for rank in range(4))
        assert all(np.array_equal(first, other) for other in others)
    assert np.array_equal(vectors(tmp_path, 3, "resumed"), vectors(tmp_path, 0, "word2vec"))


def vectors(folder, rank, name):
    return np.load(folder / f"{rank}-{name}.npy")


@pytest.mark.parametrize("name", ["word2vec", "listed", "fasttext", "resumed"])
def test_all_processes_return_the_same_vectors(trained, name):
    first, second = (vectors(trained, rank, name) for rank in (0, 1))
    assert np.array_equal(first, second) and np.isfinite(first).all() and first.any()


def test_the_vocabulary_and_the_losses_are_of_the_whole_text(trained):
    words = Vocabulary.build(corpora.load(trained / "text.txt", tokenize=str.split), 2).words
    assert (trained / "0-word2vec.txt").read_text().split("\n") == words
    assert (trained / "0-listed.txt").read_text().split("\n") == ["a", "b", "c"]
    losses = np.load(trained / "0-losses.npy")
    assert np.array_equal(losses, np.load(trained / "1-losses.npy")) and losses[0] > losses[1] > losses[2] > 0


def test_two_processes_learn_what_one_learns(trained):
    corpus = corpora.load(trained / "text.txt", tokenize=str.split)
    options = {"vector_size": 16, "min_count": 2, "epochs": 3, "workers": 1}
    alone = word2vec.train(corpus, **options, compute_loss=True)
    assert np.load(trained / "0-losses.npy")[-1] == pytest.approx(alone.losses[-1], rel=0.1)


def test_a_lost_process_ends_the_others_with_a_clear_error_and_the_checkpoint_serves(trained):
    assert "another process of this training has ended" in (trained / "0-error.txt").read_text()
    assert (trained / "0-reported.txt").read_text() == "[2]", "what was done before is not done again"
    assert np.array_equal(vectors(trained, 0, "resumed"), vectors(trained, 0, "word2vec"))


def test_the_first_process_writes_results(trained, monkeypatch):
    assert [(trained / f"{rank}-first.txt").read_text() for rank in (0, 1)] == ["True", "False"]
    assert averaging.is_first(), "as does one that is alone"


class Pair:
    """A group of two whose other process answers what it is told to."""

    rank, size = 0, 2

    def __init__(self, *answers):
        self.answers = list(answers)

    def add(self, array):
        array += self.answers.pop(0)

    def gather(self, value):
        return [value, self.answers.pop(0)]


def test_a_row_moves_by_the_mean_of_those_who_moved_it():
    agreed = np.array([[1, 1], [2, 2], [3, 3], [4, 4]], np.float32)
    mine = agreed + np.array([[1, 0], [1, 1], [0, 0], [0, 0]], np.float32)
    other = np.array([[3, 2], [0, 0], [0, 8], [0, 0]], np.float32)
    averaging.average(Pair(other, np.array([1, 0, 1, 0], np.float32)), mine, agreed)
    assert mine.tolist() == agreed.tolist() == [[3, 2], [3, 3], [3, 11], [4, 4]]


def test_large_tables_are_averaged_in_bands(monkeypatch):
    monkeypatch.setattr(averaging, "BAND", 2)
    agreed = np.zeros((3, 1), np.float32)
    mine, ones = np.ones((3, 1), np.float32), np.ones((2, 1), np.float32)
    averaging.average(Pair(3 * ones, ones[:, 0], 5 * ones[:1], ones[:1, 0]), mine, agreed)
    assert mine.tolist() == agreed.tolist() == [[2], [2], [3]]


class Still:
    """A group of two whose other process never moves a row, and has a text of so many words."""

    rank, size = 1, 2

    def __init__(self, longest):
        self.longest, self.added = longest, []

    def add(self, array):
        self.added.append(array.shape)

    def gather(self, value):
        return [value, self.longest]


@pytest.mark.parametrize("own, longest, rounds", [(80, 1000, 5), (1000, 80, 5), (50, 60, 1)])
def test_every_chunk_is_trained_once_in_as_many_rounds_as_the_longest_text_needs(own, longest, rounds):
    chunks = -(-own // 10)
    seen, table = [], np.zeros((32, 2), np.float32)
    engine = SimpleNamespace(inputs=table, outputs=table.copy(), stream=SimpleNamespace(size=own), parts=chunks,
                             options=word2vec.Options())  # fmt: skip
    engine.work = lambda epoch, chunk: seen.append((epoch, chunk)) or (1.0, 2)
    objective = SimpleNamespace(state=None, snapshot=None, finish=None)
    averaged = averaging.Averaged(objective, engine, Still(longest), 1, 200)
    assert averaged.parts == rounds and engine.place == (1,) and engine.options.alpha == 0.05
    sums = sum(averaged.work(3, part) for part in range(rounds))
    assert seen == [(3, chunk) for chunk in range(chunks)] and sums.tolist() == [chunks, 2 * chunks]
    rows = [shape[0] for shape in averaged.group.added if len(shape) == 2]
    assert rows == [2, 2, 2, 2, 2, 2, 32, 32] * rounds, "both tables: the frequent rows three times, then all"


@pytest.mark.parametrize("alpha, size, rate", [(0.025, 2, 0.05), (0.025, 4, 0.1), (0.025, 9, 0.1), (0.2, 2, 0.2)])
def test_the_first_rate_grows_with_the_processes_but_not_for_ever(alpha, size, rate):
    table, group = np.zeros((4, 2), np.float32), Still(10)
    group.size = size
    engine = SimpleNamespace(inputs=table, outputs=table, stream=SimpleNamespace(size=10), parts=1,
                             options=word2vec.Options(alpha=alpha))  # fmt: skip
    averaging.Averaged(SimpleNamespace(state=None, snapshot=None, finish=None), engine, group, 1, 200)
    assert engine.options.alpha == rate


def test_processes_draw_numbers_of_their_own(text):
    corpus = corpora.load(text / "text.txt", tokenize=str.split)
    vocabulary = Vocabulary.build(corpus, 2)
    with_stream = word2vec.TokenStream(corpus, vocabulary)
    tables = []
    for place in ((0,), (1,)):
        objective = word2vec.Objective(vocabulary, with_stream, word2vec.Options(vector_size=4))
        objective.place = place
        objective.work(0, 0)
        tables.append(objective.inputs)
    assert not np.array_equal(*tables)


def test_without_torchrun_there_is_no_group(monkeypatch):
    assert averaging.group() is None
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert averaging.group() is None


def test_shares_of_lists_are_all_of_it():
    shares = []
    for rank in range(3):
        one = object.__new__(averaging.Group)
        one.rank, one.size = rank, 3
        shares.append(one.shard(iter([["a"], ["b"], ["c"], ["d"]])))
    assert shares == [[["a"]], [["b"]], [["c"], ["d"]]]


def test_what_others_say_when_one_is_gone():
    with (
        pytest.raises(RuntimeError, match="another process .* \\(peer\\).*go on from the checkpoint"),
        averaging.together(),
    ):
        raise RuntimeError("peer")
