"""Several processes that train together: what an average is, who draws what, and a process that is killed."""

import atexit
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import hypothesis.extra.numpy
import numpy as np
import pytest
import torch.distributed as processes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import averaging, corpora, devices, fasttext, word2vec
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


ONE_IDLE = """
import sys
from helpers import fasttext, word2vec
sentences, options = [list("abcab") * 9] * 4, {"vector_size": 4, "epochs": 1, "workers": 1, "device": "cpu"}
rare = sentences + [["x", "y"], ["z", "u"]] * 2
for name, given in ("empty", sentences[:1]), ("rare", rare), ("nothing", [["a"]] * 9):
    for trainer in word2vec, fasttext:
        try:
            trainer.train(given, **options)
        except ValueError as error:
            print(f"{name}: {error}", flush=True)
"""


def test_a_process_without_text_is_told_of_by_all(tmp_path):
    script = tmp_path / "idle.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{ONE_IDLE}", encoding="utf-8")
    done = torchrun(script)
    assert done.returncode == 0, done.stderr[-3000:]
    for name, number in ("empty", 0), ("rare", 1):
        told = (
            f"{name}: the text is dealt out to 2 processes, and the share of number {number} has nothing to learn from"
        )
        assert done.stdout.count(told) == 4, "two trainers, two processes"
    assert done.stdout.count("nothing: the vocabulary holds only 'a'") == 4


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
    assert np.array_equal(losses, np.load(trained / "1-losses.npy")), "also those of the sentences held out"
    assert losses[0] > losses[1] > losses[2] > 0 and losses[3] > losses[4] > losses[5] > 0


def test_two_processes_learn_what_one_learns(trained):
    corpus = corpora.load(trained / "text.txt", tokenize=str.split)
    options = {"vector_size": 16, "min_count": 2, "epochs": 3, "workers": 1}
    alone = word2vec.train(corpus, **options, compute_loss=True)
    assert np.load(trained / "0-losses.npy")[2] == pytest.approx(alone.losses[-1], rel=0.1)


def test_a_lost_process_ends_the_others_with_a_clear_error_and_the_checkpoint_serves(trained):
    assert "another process of this training has ended" in (trained / "0-error.txt").read_text()
    assert (trained / "0-reported.txt").read_text() == "[2]", "what was done before is not done again"
    assert np.array_equal(vectors(trained, 0, "resumed"), vectors(trained, 0, "word2vec"))


@pytest.mark.parametrize(
    "kind", ["seed", "epochs", "window", "sentences", "vocabulary", "min_count", "list", "fasttext"]
)
def test_processes_with_different_arguments_are_told_so_in_each_of_them(trained, kind):
    name = {"list": "vocabulary", "fasttext": "max_n"}.get(kind, kind)
    first, second = ((trained / f"{rank}-differing-{kind}.txt").read_text() for rank in (0, 1))
    assert first == second and first.startswith(f"{name} must be the same in all processes that torchrun starts")


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


class Lone:
    """A group of which this process is the only one left."""

    size = 1

    def __init__(self, rank=0):
        self.rank = rank

    def add(self, array):
        pass

    def gather(self, value):
        return [value]

    def first(self, value):
        return value

    def shard(self, sentences):
        return sentences


@pytest.mark.parametrize("trainer", [word2vec, fasttext])
@pytest.mark.parametrize("wished, rank, told", [
    ("cuda:1", 0, True), ("cuda", 1, False), (None, 0, False), ("cpu", 0, False),
])  # fmt: skip
def test_a_group_trains_on_the_processor_and_says_so_once_to_who_asked_for_a_card(
    trainer, wished, rank, told, monkeypatch, recwarn
):
    monkeypatch.setattr(averaging, "group", lambda: Lone(rank))
    monkeypatch.setattr(devices, "wish", lambda device: device)
    monkeypatch.setattr(devices, "chosen", lambda *_: pytest.fail("a card was thought of"))
    found = trainer.train([list("abcab")] * 9, vector_size=4, epochs=1, workers=1, device=wished)
    assert np.isfinite(found.vectors).all()
    told_of = [str(warning.message) for warning in recwarn if "torchrun" in str(warning.message)]
    assert told_of == (["the processes that torchrun starts train on the processor, not on 'cuda:1'"] if told else [])
    assert all(warning.filename == __file__ for warning in recwarn if "torchrun" in str(warning.message))


def test_two_moves_of_a_row_are_added_where_the_rate_was_not_raised():
    agreed = np.array([[1, 1], [2, 2], [3, 3], [4, 4]], np.float32)
    mine = agreed + np.array([[1, 0], [1, 1], [0, 0], [0, 0]], np.float32)
    other = np.array([[3, 2], [0, 0], [0, 8], [0, 0]], np.float32)
    averaging.average(Pair(other, np.array([1, 0, 1, 0], np.float32)), mine, agreed, 1)
    assert mine.tolist() == agreed.tolist() == [[5, 3], [3, 3], [3, 11], [4, 4]]


@pytest.mark.parametrize("alpha, moved", [(0.025, 2), (0.05, 2), (0.08, 1.25), (0.1, 1), (0.2, 1)])
def test_two_moves_are_added_as_long_as_they_are_no_longer_than_the_highest_rate_allows(alpha, moved):
    """Both processes move every row by 1."""
    group, tables = Still(10), np.zeros((2, 32, 2), np.float32)
    engine = SimpleNamespace(inputs=tables[0], outputs=tables[1], stream=SimpleNamespace(size=10), parts=1,
                             options=word2vec.Options(alpha=alpha))  # fmt: skip
    averaged = averaging.Averaged(SimpleNamespace(state=None, snapshot=None, finish=None), engine, group, 1, 200)
    averaged.raised, group.add = 1, lambda array: np.multiply(array, 2, out=array)
    engine.work = lambda epoch, chunk: np.add(tables, 1, out=tables)[0, 0]
    averaged.work(0, 0)
    assert np.allclose(tables, moved)


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_copies_that_have_reached_their_goal_do_not_end_farther_from_it_than_they_were(processes):
    """The goal is 1, all start from 0 and reach it; the sum would land at as many as there are."""
    meeting, tables = Meeting(processes), [np.ones((1, 1), np.float32) for _ in range(processes)]
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(lambda mine: averaging.average(meeting, mine, np.zeros_like(mine), 1), tables))
    assert tables[0] == min(processes, 2) and abs(tables[0] - 1) <= 1


@pytest.mark.parametrize("processes, raised", [(2, 1), (4, 2), (9, 4), (9, 1)])
def test_longer_steps_are_shortened_again_in_rows_that_few_have_moved(processes, raised):
    """Row m is moved by m of the processes, each by raised times what it would learn at the plain rate, which is 12."""
    changes = [np.where(np.arange(processes + 1)[:, None] > rank, 12.0 * raised, 0) for rank in range(processes)]
    meeting, tables = Meeting(processes), [change.astype(np.float32) for change in changes]
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(lambda mine: averaging.average(meeting, mine, np.zeros_like(mine), raised), tables))
    movers = np.arange(processes + 1)
    wanted = np.where(movers <= 2 * raised, movers * 12, 2 * raised * 12)  # the sum of two at most
    assert all(np.allclose(mine[:, 0], wanted) for mine in tables)


def test_large_tables_are_averaged_in_bands(monkeypatch):
    monkeypatch.setattr(averaging, "BAND", 2)
    agreed = np.zeros((3, 1), np.float32)
    mine, ones = np.ones((3, 1), np.float32), np.ones((2, 1), np.float32)
    averaging.average(Pair(3 * ones, ones[:, 0], 5 * ones[:1], ones[:1, 0]), mine, agreed, 2)
    assert mine.tolist() == agreed.tolist() == [[2], [2], [3]]


class Still:
    """A group of two whose other process never moves a row, and has a text of so many words."""

    rank, size = 1, 2

    def __init__(self, longest):
        self.longest, self.added = longest, []

    def add(self, array):
        self.added.append(array.shape)

    def gather(self, value):
        return [value, (self.longest, -(-self.longest // 10))]  # words, and chunks of ten words


@pytest.mark.parametrize("own, longest, rounds", [(80, 1000, 5), (1000, 80, 5), (50, 60, 1)])
def test_every_chunk_is_trained_once_in_as_many_rounds_as_the_longest_text_needs(own, longest, rounds):
    chunks = -(-own // 10)
    seen, table = [], np.zeros((32, 2), np.float32)
    engine = SimpleNamespace(inputs=table, outputs=table.copy(), stream=SimpleNamespace(size=own), parts=chunks,
                             options=word2vec.Options())  # fmt: skip
    engine.work = lambda epoch, chunk: seen.append((epoch, chunk)) or (1.0, 2)
    objective = SimpleNamespace(state=None, snapshot=None, finish=None)
    averaged = averaging.Averaged(objective, engine, Still(longest), 1, 200)
    assert averaged.parts == rounds and engine.place == (1,) and engine.options.alpha == 0.025
    sums = sum(averaged.work(3, part) for part in range(rounds))
    assert seen == [(3, chunk) for chunk in range(chunks)] and sums.tolist() == [chunks, 2 * chunks]
    rows = [shape[0] for shape in averaged.group.added if len(shape) == 2]
    assert rows == [2, 2, 2, 2, 2, 2, 32, 32] * rounds, "both tables: the frequent rows three times, then all"


def test_no_average_comes_without_training_in_between():
    seen, table = [], np.zeros((32, 2), np.float32)
    engine = SimpleNamespace(inputs=table, outputs=table.copy(), stream=SimpleNamespace(size=50), parts=5,
                             options=word2vec.Options())  # fmt: skip
    engine.work = lambda epoch, chunk: seen.append(chunk) or (1.0, 2)
    averaged = averaging.Averaged(SimpleNamespace(state=None, snapshot=None, finish=None), engine, Still(50), 1, 1)
    assert averaged.parts == 5
    for part in range(5):
        averaged.work(0, part)
        assert seen == list(range(part + 1))
    assert [shape[0] for shape in averaged.group.added if len(shape) == 2] == [32, 32] * 5


def test_a_round_of_nearly_four_chunks_has_four_averages():
    table = np.zeros((32, 2), np.float32)
    engine = SimpleNamespace(inputs=table, outputs=table.copy(), stream=SimpleNamespace(size=300), parts=30,
                             options=word2vec.Options())  # fmt: skip
    averaged = averaging.Averaged(SimpleNamespace(state=None, snapshot=None, finish=None), engine, Still(300), 1, 40)
    assert (averaged.parts, averaged.steps) == (8, 4)


class Told:
    """A group whose second process says that it was given something else."""

    def __init__(self, other):
        self.other = other

    def gather(self, value):
        return [value, self.other]


def test_processes_that_were_given_different_things_are_told_so():
    averaging.agree(None, {"seed": 1})
    averaging.agree(Told({"seed": 1, "alpha": 0.1}), {"seed": 1, "alpha": 0.1})
    with pytest.raises(ValueError, match="alpha must be the same in all .* 0.1 in number 0 and 0.2 in number 1"):
        averaging.agree(Told({"seed": 1, "alpha": 0.2}), {"seed": 1, "alpha": 0.1})


def test_texts_are_told_apart_without_being_read(tmp_path):
    sentences = [[str(n), "b"] for n in range(5000)]
    assert averaging.signature(sentences) == averaging.signature([list(one) for one in sentences])
    others = sentences[::-1], sentences[:-1], [[*one, "c"] for one in sentences]
    assert len({averaging.signature(one) for one in (sentences, *others)}) == 4
    (tmp_path / "one.txt").write_text("a b\n")
    corpus = corpora.load(tmp_path / "one.txt")
    before = averaging.signature(corpus)
    (tmp_path / "one.txt").write_text("a b c\n")
    assert averaging.signature(corpus) != before


@pytest.mark.parametrize("alpha, size, rate", [
    (0.025, 2, 0.025), (0.025, 4, 0.05), (0.025, 9, 0.1), (0.08, 2, 0.1), (0.2, 4, 0.2),
])  # fmt: skip
def test_the_first_rate_grows_with_the_processes_but_not_for_ever(alpha, size, rate):
    """And what this process alone has moved at that rate is shortened again by as much."""
    group, tables = Still(10), np.zeros((2, 32, 2), np.float32)
    group.size = size
    engine = SimpleNamespace(inputs=tables[0], outputs=tables[1], stream=SimpleNamespace(size=10), parts=1,
                             options=word2vec.Options(alpha=alpha))  # fmt: skip
    averaged = averaging.Averaged(SimpleNamespace(state=None, snapshot=None, finish=None), engine, group, 1, 200)
    assert engine.options.alpha == rate

    def learn(epoch, chunk):
        tables[:] += rate
        return 0.0, 0

    engine.work = learn
    averaged.work(0, 0)
    assert np.allclose(tables, alpha)


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
    for name, value in zip(VARIABLES, ("none", "1", "0", "0")):
        monkeypatch.setenv(name, value)
    assert averaging.group() is None


def test_shares_of_lists_are_all_of_it():
    shares = []
    for rank in range(3):
        one = object.__new__(averaging.Group)
        one.rank, one.size = rank, 3
        shares.append(one.shard(iter([["a"], ["b"], ["c"], ["d"]])))
    assert shares == [[["a"]], [["b"]], [["c"], ["d"]]]


VARIABLES = ["TORCHELASTIC_RUN_ID", "WORLD_SIZE", "RANK", "TORCHELASTIC_RESTART_COUNT"]


@given(st.lists(st.sampled_from([None, "", "0", "1", "2", "-1", "x", "\N{SUPERSCRIPT TWO}", "1.5", "none"]), min_size=4,
                max_size=4))  # fmt: skip
def test_whatever_stands_in_torchruns_variables(values):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(VARIABLES, values):
            patch.delenv(name, raising=False) if value is None else patch.setenv(name, value)
        try:
            size = averaging.size()
        except RuntimeError as error:
            assert "start the script with torchrun" in str(error) and values[0] is not None
            return
        assert size == (1 if values[0] is None else int(values[1])) and averaging.is_first() == (
            size == 1 or values[2] == "0"
        )


def test_whoever_asks_who_is_first_waits_for_nobody(monkeypatch):
    for name, value in zip(VARIABLES, ("run", "2", "1", "0")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(averaging, "Group", None)  # which would wait for all the others
    assert not averaging.is_first()


@pytest.fixture(scope="module")
def alone():
    """A real group, of one process."""
    processes.init_process_group("gloo", store=processes.HashStore(), rank=0, world_size=1)
    yield averaging.Group()
    processes.destroy_process_group()
    atexit.unregister(processes.destroy_process_group)


ARRAYS = hypothesis.extra.numpy.arrays(
    st.one_of(hypothesis.extra.numpy.scalar_dtypes(), st.sampled_from(["f4", "f8", "i8"])),
    hypothesis.extra.numpy.array_shapes(min_dims=0, min_side=0, max_side=4),
)
ANYTHING = st.one_of(ARRAYS, ARRAYS.map(lambda a: a.T), ARRAYS.map(lambda a: a[..., ::-1] if a.ndim else a), st.none(),
                     st.integers(), st.text(max_size=3), st.lists(st.floats(), max_size=3), st.binary(max_size=3),
                     st.dictionaries(st.text(max_size=2), st.integers(), max_size=2))  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=ANYTHING, locked=st.booleans())
def test_a_group_adds_up_arrays_and_refuses_everything_else(alone, value, locked):
    if isinstance(value, np.ndarray):
        value = value.copy(order="K")
        value.flags.writeable = not locked
    before = repr(value)
    try:
        alone.add(value)
    except TypeError as error:
        assert "add takes a NumPy array" in str(error)
    else:
        assert isinstance(value, np.ndarray) and not locked
    assert repr(value) == before, "one process alone: the sum is its own"
    sent = repr(pickle.loads(pickle.dumps(value)))
    assert list(map(repr, alone.gather(value))) == [sent] and repr(alone.first(value)) in (sent, before)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), min_size=1, max_size=4),
    st.integers(1, 4),
    st.sampled_from([1, 1.5, 4]),
)
def test_all_copies_are_the_same_after_an_average_and_moved_by_half_the_movers(changes, band, raised):
    """changes: for each process what it adds to each of six numbers, three rows of two."""
    agreed = np.arange(6, dtype=np.float32).reshape(3, 2)
    changes = [np.array(one, np.float32).reshape(3, 2) for one in changes]
    movers = sum((one != 0).any(1) for one in changes)[:, None]
    wanted = agreed + sum(changes) / np.maximum(movers / 2, raised)
    meeting, copies = Meeting(len(changes)), [(agreed + one, agreed.copy()) for one in changes]
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(changes)) as pool:
        patch.setattr(averaging, "BAND", band)
        list(pool.map(lambda copy: averaging.average(meeting, *copy, raised), copies))
    for mine, shared in copies:
        assert np.array_equal(mine, shared) and np.array_equal(mine, copies[0][0])
        assert np.allclose(mine, wanted, atol=1e-5)


class Meeting:
    """A group of threads: whoever adds waits until all have."""

    def __init__(self, size):
        self.waiting, self.lock, self.arrays = threading.Barrier(size), threading.Lock(), []

    def add(self, array):
        with self.lock:
            self.arrays.append(array.copy())
        self.waiting.wait()
        array[:] = sum(self.arrays)
        if not self.waiting.wait():
            self.arrays.clear()
        self.waiting.wait()


@given(st.lists(st.integers(), max_size=20), st.integers(1, 7))
def test_shares_are_in_order_and_even(values, size):
    sentences, shares = [[str(value)] for value in values], []
    for rank in range(size):
        one = object.__new__(averaging.Group)
        one.rank, one.size = rank, size
        shares.append(one.shard(sentences))
    assert sum(shares, []) == sentences and max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("value", ["a b c", {"a": 1}, {"a"}, 3, None])
def test_what_is_no_list_of_sentences_is_not_shared_out(value):
    one = object.__new__(averaging.Group)
    one.rank, one.size = 0, 2
    with pytest.raises(TypeError, match="sentences must be a list of sentences"):
        one.shard(value)


def test_what_others_say_when_one_is_gone():
    with (
        pytest.raises(RuntimeError, match="another process .* \\(peer\\).*go on from the checkpoint"),
        averaging.together(),
    ):
        raise RuntimeError("peer")
