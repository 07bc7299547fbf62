"""Counting with Dask: the same counts as one process makes, whatever happens to the workers; and what goes wrong."""

import gzip
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from distributed import CancelledError, Client

from helpers import cluster, cluster_counts, cooccurrence, corpora, counting, presence, tallies
from helpers.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def client():
    with cluster.connect(workers=2) as client:
        yield client


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A folder of three texts, one of them packed, in which words are rare enough to come in the same number."""
    folder, chance = tmp_path_factory.mktemp("texts"), np.random.default_rng(1)
    for name, lines in (("a.txt", 120), ("b.txt.gz", 90), ("c.txt", 60)):
        words = np.minimum(chance.zipf(1.4, (lines, 30)), 400)
        data = "".join(" ".join(f"w{word}" for word in line) + "\n" for line in words).encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return corpora.load(folder, tokenize=str.split)


def same(first, second):
    return first.shape == second.shape and all(
        np.array_equal(getattr(first, name), getattr(second, name)) for name in ("data", "indices", "indptr")
    )


def test_the_vocabulary_is_the_same_words_of_one_count_in_their_order_too(client, texts, capfd):
    alone = Vocabulary.build(texts, 2)
    found = Vocabulary.build(texts, 2, client=client, progress=True)
    assert found.words == alone.words and np.array_equal(found.counts, alone.counts)
    assert len(set(found.counts)) < len(found), "there are words with one count, whose order tells"
    for name in ("raw_total", "raw_size", "sentences"):
        assert getattr(found, name) == getattr(alone, name)
    assert "shards: 16/16" in capfd.readouterr().err


@pytest.mark.parametrize("options", [{}, {"weighting": "flat", "window": 3}, {"window": 25, "dtype": "float32"}])
def test_the_matrix_is_the_same_to_the_last_bit(client, texts, options):
    vocabulary = Vocabulary.build(texts, 1)
    alone = counting.cooccurrence(texts, vocabulary, **options)
    found = counting.cooccurrence(texts, vocabulary, client=client, **options)
    assert same(alone, found) and found.dtype == alone.dtype and alone.nnz > 1000


def test_so_it_is_in_a_folder_with_pieces_on_the_workers_disks_and_a_dict_for_vocabulary(client, texts, tmp_path):
    index = {"w3": 1, "w1": 0, "w2": 2}
    alone = counting.cooccurrence(texts, index)
    found = counting.cooccurrence(texts, index, client=client, chunk=50, memory=0, path=tmp_path / "counts")
    assert same(alone, found) and isinstance(found.data, np.memmap)


def slow_shard(*given):
    """`tally_shard`, slow enough for a worker to be killed over it."""
    time.sleep(0.3)
    return cluster.tally_shard(*given)


def test_a_killed_worker_changes_nothing(client, texts, monkeypatch):
    alone, killed = Vocabulary.build(texts, 1), []

    def kill():
        time.sleep(0.8)
        killed.append(next(iter(client.run(os.getpid).values())))
        os.kill(killed[0], signal.SIGKILL)

    monkeypatch.setattr(cluster, "tally_shard", slow_shard)
    thread = threading.Thread(target=kill)
    thread.start()
    found = Vocabulary.build(texts, 1, client=client)
    thread.join()
    assert found.words == alone.words and np.array_equal(found.counts, alone.counts)
    client.wait_for_workers(2, timeout=600)
    assert killed[0] not in client.run(os.getpid).values()


def suicide(*given):
    os._exit(1)


def test_a_shard_that_kills_every_worker_is_given_up(client, texts, monkeypatch):
    monkeypatch.setattr(cluster, "tally_shard", suicide)
    monkeypatch.setattr(client.cluster.scheduler, "allowed_failures", 0)
    with pytest.raises(RuntimeError, match="given up: .* killed, 1 times, most likely for want of memory"):
        Vocabulary.build(texts, client=client)
    client.wait_for_workers(2, timeout=600)


def test_an_unreadable_shard_in_the_middle_leaves_nothing_behind(client, tmp_path, capfd):
    text = [f"line {n} of a text\n" for n in range(100)]
    (tmp_path / "a.txt").write_text("".join(text))
    corpus = corpora.load(tmp_path / "a.txt", encoding="utf-8")
    data = (tmp_path / "a.txt").read_bytes()
    (tmp_path / "a.txt").write_bytes(data[:900] + b"\xff" + data[901:])
    with pytest.raises(ValueError, match="byte 900 is not utf-8") as told:
        Vocabulary.build(corpus, client=client, progress=True)
    last = capfd.readouterr().err.split("\r")[-1]
    assert told and re.fullmatch(r"shards: ([0-9]|1[0-5])/16\n", last), "the bar ends first, and does not say 16/16"
    with pytest.raises(ValueError, match="byte 900 is not utf-8"):
        counting.cooccurrence(corpus, ["line", "of", "a", "text"], client=client, path=tmp_path / "counts")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_that_went_away_is_named(client, tmp_path):
    (tmp_path / "a.txt").write_text("a b\n" * 100)
    corpus = corpora.load(tmp_path / "a.txt")
    (tmp_path / "a.txt").unlink()
    with pytest.raises(FileNotFoundError, match="a.txt"):
        counting.cooccurrence(corpus, ["a", "b"], client=client)


def limit_files(size):
    """Let this process write no file beyond so many bytes, which looks to it like a disk that is full."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit to the size of files")
def test_a_full_disk_on_a_worker_is_told_with_the_remedy(client, texts, tmp_path):
    vocabulary = Vocabulary.build(texts, 1)
    client.run(limit_files, 100)
    try:
        with pytest.raises(OSError, match="cannot store counts in .* allow more memory="):
            counting.cooccurrence(texts, vocabulary, client=client, chunk=50, memory=0, path=tmp_path / "counts")
    finally:
        client.run(limit_files, -1)
    assert not list(tmp_path.iterdir())


def test_what_a_client_is_and_what_it_can_read(client, texts):
    for wrong in ("tcp://127.0.0.1:8786", 3):
        with pytest.raises(TypeError, match="client takes a distributed.Client"):
            Vocabulary.build(texts, client=wrong)
    with pytest.raises(TypeError, match="sentences must be a corpus, which the workers open themselves"):
        counting.cooccurrence([["a", "b"]], ["a", "b"], client=client)


def test_a_scheduler_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(cluster, "TIMEOUT", 0.5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        for address in (f"tcp://127.0.0.1:{port}", "no address"):
            with pytest.raises(ConnectionError, match="no scheduler answers"), cluster.connect(address):
                pass


def test_workers_of_other_versions_and_none_at_all(client, texts, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(cluster, "course", lambda: {"numpy": "2", "course": str(os.getpid())})
        with pytest.raises(RuntimeError, match="worker tcp://.* has course \\d+ \\(here \\d+\\): .*same environment"):
            cluster.checked(client)
    monkeypatch.setattr(client, "run", lambda function: {})
    with pytest.raises(RuntimeError, match="no workers: start some"):
        cluster.checked(client)


@pytest.fixture
def started():
    """Start `python -m dask scheduler` or `worker` in a folder, as the lesson says; all end with the test."""
    processes, plain = [], {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def start(folder, *arguments):
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard", "--host", "127.0.0.1"]
        processes.append(subprocess.Popen(command, cwd=folder, env=plain, stderr=subprocess.PIPE, text=True))
        return processes[-1]

    yield start
    for process in reversed(processes):
        process.terminate()
        process.communicate(timeout=20)


def address_of(scheduler):
    for line in scheduler.stderr:
        if found := re.search(r"tcp://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError("the scheduler has told no address")


def test_a_cluster_that_is_started_as_the_lesson_says_counts(started, tmp_path, texts):
    address = address_of(started(ROOT, "scheduler", "--port", "0"))
    started(ROOT, "worker", address, "--local-directory", str(tmp_path))
    with Client(address) as client:
        client.wait_for_workers(1, timeout=60)
    with cluster.connect(address) as client:
        assert Vocabulary.build(texts, client=client).words == Vocabulary.build(texts).words


def test_a_scheduler_that_does_not_find_the_course_is_told_so(started, tmp_path):
    address = address_of(started(tmp_path, "scheduler", "--port", "0"))
    with pytest.raises(RuntimeError, match="does not find the course .* `python -m dask scheduler`"):
        with cluster.connect(address):
            pass


def test_the_same_course_with_the_line_ends_of_windows_is_the_same(tmp_path):
    found = []
    for name, text in (("a", b"x = 1\ny = 2\n"), ("b", b"x = 1\r\ny = 2\r\n"), ("c", b"x = 1\ny = 3\n")):
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "below" / "one.py").write_bytes(text)
        found.append(cluster.course(tmp_path / name)["course"])
    assert found[0] == found[1] != found[2]


def test_a_cluster_that_is_there_already_is_an_address_away_and_stays(client, texts):
    with cluster.connect(client.scheduler.address) as other:
        found = Vocabulary.build(texts, client=other)
    assert found.words == Vocabulary.build(texts).words and client.status == "running"
    with pytest.raises(ConnectionError, match="the client is closed"):
        Vocabulary.build(texts, client=other)


class Gone:
    """A client, and a future, whose scheduler went away."""

    status = "closed"

    def compute(self, tasks):
        return [self]

    def done(self):
        return True

    def add_done_callback(self, call):
        call(self)

    def result(self):
        raise CancelledError("scheduler-connection-lost")


def test_a_cluster_that_goes_away_while_it_counts():
    with pytest.raises(ConnectionError, match="went away while it counted .*nothing was written; start it"):
        next(cluster.results(Gone(), [None], 1))


class Deserted(Gone):
    """A client whose workers are gone, and a future that nobody works out."""

    def done(self):
        return False

    def add_done_callback(self, call):
        pass

    def nthreads(self):
        return {}


@pytest.mark.parametrize("progress", [False, True])
def test_one_does_not_wait_for_ever_when_no_worker_is_left(monkeypatch, progress):
    monkeypatch.setattr(presence, "PATIENCE", 0.3)
    monkeypatch.setattr(Deserted, "subscribe_topic", lambda self, topic, told: None, raising=False)
    with pytest.raises(RuntimeError, match="no worker is left, and none has come for 0.3 seconds: .*start workers"):
        next(cluster.results(Deserted(), [None], 1, progress))


class Later:
    """A future that is done after half a second, and counts how often it is asked."""

    asked = 0

    def add_done_callback(self, call):
        threading.Timer(0.5, call, [self]).start()

    def done(self):
        self.asked += 1
        return False


def test_one_who_waits_asks_a_few_times_a_second_and_is_told_of_the_end():
    future, checks = Later(), []
    cluster.wait(future, SimpleNamespace(check=lambda: checks.append(1)))
    assert 1 <= future.asked == len(checks) <= 5


def test_workers_that_come_back_and_a_scheduler_that_is_slow_are_waited_for(monkeypatch):
    monkeypatch.setattr(presence, "PATIENCE", 0)
    answers = [{}] * presence.LOOKS + [{"tcp://a": 1}] + [{}] * presence.LOOKS + [OSError] * 50
    asked = iter(answers)

    def nthreads():
        answer = next(asked)
        if answer is OSError:
            raise OSError("no answer")
        return answer

    workers = presence.Presence(SimpleNamespace(nthreads=nthreads))
    for _ in answers:
        workers.check()


def test_workers_do_not_hear_ctrl_c(client):
    heard = client.run(lambda: signal.getsignal(signal.SIGINT))
    assert set(heard.values()) == {signal.SIG_IGN}


COUNTING = """
import sys
from helpers import cluster, corpora, counting
from helpers.vocabulary import Vocabulary

if __name__ == "__main__":
    corpus = corpora.load(sys.argv[1], tokenize=str.split)
    print("starting", flush=True)
    with cluster.connect(workers=2) as client:
        print("started", flush=True)
        while True:
            counting.cooccurrence(corpus, Vocabulary.build(corpus, 1, client=client), client=client, path=sys.argv[2])
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no groups of processes")
@pytest.mark.parametrize("moment", ["started", pytest.param("starting", marks=pytest.mark.slow)])
def test_ctrl_c_ends_a_count_and_its_workers(texts, tmp_path, moment):
    (tmp_path / "script.py").write_text(COUNTING)
    given = [tmp_path / "script.py", Path(texts.path), tmp_path / "counts"]
    process = subprocess.Popen([sys.executable, *given], text=True, start_new_session=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    while process.stdout.readline().strip() != moment:
        pass
    time.sleep(random.uniform(0, 4))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal and Jupyter do: every process of the group
    said = process.communicate(timeout=60)[1]
    assert said.strip().endswith("KeyboardInterrupt") and "AssertionError" not in said
    assert not [name for name in os.listdir(tmp_path) if name not in ("script.py", "counts")], "no draft is left"
    time.sleep(1)
    states = [line.split()[1] for line in processes_of(process.pid)]
    assert all(state.startswith("Z") for state in states), states


def processes_of(session):
    """The lines of `ps` about the processes of a session."""
    found = subprocess.run(["ps", "-o", "pid=,stat=", "-s", str(session)], capture_output=True, text=True)
    return found.stdout.splitlines()


def test_nothing_of_a_local_cluster_is_left():
    with cluster.connect(workers=1) as client:
        pids = list(client.run(os.getpid).values())
        port = int(client.scheduler.address.rsplit(":", 1)[1])
        folder = Path(next(iter(client.run(os.getcwd).values())))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.1)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.1", port)), "nobody listens any more"
    assert folder == Path.cwd() or not folder.exists()


def peak():
    """The most memory that this process has ever had, in bytes; not `ru_maxrss`, which a child inherits on Linux."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return 1024 * int(found[1])


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process's peak in this way")
def test_a_worker_never_has_more_memory_than_it_was_given(tmp_path, monkeypatch):
    """The matrices of the shards would not fit into it side by side; it lives on and counts them."""
    monkeypatch.setattr(cluster, "SHARDS", 16)
    chance, words, limit = np.random.default_rng(1), [f"w{n}" for n in range(4000)], 448 * 2**20
    lines = (" ".join(line) for line in np.array(words)[chance.integers(0, len(words), (26_000, 100))])
    (tmp_path / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    corpus = corpora.load(tmp_path / "text.txt", tokenize=str.split)
    with cluster.connect(workers=1, memory=limit) as client:
        pids, (before,) = client.run(os.getpid), client.run(peak).values()
        counting.cooccurrence(corpus, words, client=client, path=tmp_path / "counts")
        assert client.run(os.getpid) == pids, "the same worker: Dask kills one that takes too much"
        (most,) = client.run(peak).values()
    first, *others = corpus.shards(cluster.SHARDS)
    together = (1 + len(others)) * 12 * counting.cooccurrence(first, words).nnz
    assert together > 1.5 * (limit - before), "side by side they would not fit"
    assert most < limit


def test_trees_add_neighbors_in_their_order():
    depth = lambda first, second: f"({first}{second})"  # noqa: E731
    assert cluster.tree(depth, list("abcdefg")) == "(((ab)(cd))((ef)g))"
    assert cluster.tree(depth, ["a"]) == "a"


def test_tallies_of_shards_add_up_and_forget_alike(texts):
    whole, parts = tallies.tally(texts), [tallies.tally(shard) for shard in texts.shards(5)]
    total = cluster.tree(tallies.added, parts)
    assert total == whole and list(total.counts) == list(whole.counts)
    few = cluster.tree(lambda a, b: tallies.added(a, b, 20), [tallies.tally(shard, 20) for shard in texts.shards(5)])
    assert len(few.counts) <= 20 and few.limit > 0 and few.distinct > 20
    assert few.forgotten + few.counts.total() == whole.counts.total()
    assert parts[0] == tallies.tally(texts.shards(5)[0]), "adding changes no summand: a worker may need it again"


@pytest.mark.parametrize("size", [2, 3, 7, 20, 1000, 123_457])
def test_the_parts_of_a_matrix_are_all_of_its_rows(size):
    cuts = cluster_counts.cuts_of(size)
    assert cuts[0] == 0 and cuts[-1] == size and all(np.diff(cuts) > 0) and len(cuts) <= cluster_counts.PARTS + 1


@pytest.mark.parametrize("band", [1, 2**18])
def test_matrices_are_cut_into_parts_and_added_up_some_rows_at_a_time(texts, monkeypatch, band):
    for module in (cooccurrence, cluster_counts):
        monkeypatch.setattr(module, "BAND", band)
    monkeypatch.setattr(cluster, "report", lambda number: None)
    words, given = Vocabulary.build(texts, 1), (10, "1/d", 2520, 10**6, 2000)
    whole = counting.cooccurrence(texts, words)
    for cuts in ([0, 1, 7, len(words)], cluster_counts.cuts_of(len(words))):
        shards = [cluster_counts.count_shard(one, 0, words.index, cuts, given) for one in texts.shards(2)]
        for first, end, *parts in zip(cuts, cuts[1:], *shards):
            found = cluster_counts.added(*parts)
            assert np.array_equal(np.diff(found.starts), np.diff(whole.indptr[first : end + 1]))
            entries = slice(whole.indptr[first], whole.indptr[end])
            assert np.array_equal(found.columns, whole.indices[entries])
            assert np.array_equal(found.values / 2520, whole.data[entries])
    empty = cluster_counts.count_shard([["w1"]], 0, words.index, cuts, given)
    assert [len(one.starts) for one in empty] == [end - first + 1 for first, end in zip(cuts, cuts[1:])]


def test_who_does_not_ask_for_a_cluster_does_not_import_one():
    code = "import sys; from helpers import counting, word2vec, glove; sys.exit('dask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.slow
def test_workers_killed_again_and_again_over_a_larger_text(tmp_path):
    """Sixty megabytes; after a second and then every few seconds one of three workers is killed."""
    chance = np.random.default_rng(2)
    for number in range(6):
        words = np.minimum(chance.zipf(1.3, (40_000, 40)), 50_000)
        (tmp_path / f"{number}.txt").write_text("\n".join(" ".join(f"w{word}" for word in line) for line in words))
    corpus = corpora.load(tmp_path, tokenize=str.split)
    vocabulary = Vocabulary.build(corpus, 5)
    alone = counting.cooccurrence(corpus, vocabulary, path=tmp_path / "alone")
    with cluster.connect(workers=3) as client:
        over, killed = threading.Event(), []

        def kill():
            while not over.wait(4 if killed else 1):
                if all(nanny.status.name == "running" for nanny in client.cluster.workers.values()):
                    pids = list(client.run(os.getpid, on_error="ignore").values())  # one that begins is not begun again
                    killed.append(pids[len(killed) % len(pids)])
                    os.kill(killed[-1], signal.SIGKILL)

        client.cluster.scheduler.allowed_failures = 1000
        thread = threading.Thread(target=kill)
        thread.start()
        try:
            found = counting.cooccurrence(corpus, vocabulary, client=client, path=tmp_path / "found")
        finally:
            over.set()
            thread.join()
    assert killed and same(alone, found)


def test_a_script_without_a_main_guard_is_told_of_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from helpers import cluster\nwith cluster.connect(workers=1) as client:\n    print(client)\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=120)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and "the workers did not start" in last and "if __name__ == '__main__':" in last


def test_workers_with_too_little_memory_for_their_imports_are_refused_before_any_starts(monkeypatch):
    begun = time.monotonic()
    with pytest.raises(ValueError, match=r"memory=150 MiB is too little for a worker: .*Take at least memory='\d+MiB'"):
        with cluster.connect(workers=1, memory="150MiB"):
            pass
    assert time.monotonic() - begun < 30
    needed = cluster.taken_by_imports() / cluster.SPILLING["spill"]
    assert 150 * 2**20 < needed < cluster.AMPLE, "what certainly is enough is enough"
    cluster.check_memory(int(needed) + 1)
    monkeypatch.setattr(cluster, "taken_by_imports", None)
    cluster.check_memory(cluster.AMPLE)  # measures nothing
