"""The tables of bench/: large numbers stand apart, each below the name of its column; memory is each program's own."""

import os
import sys
from threading import Timer
from types import SimpleNamespace

import numpy as np
import pytest

import notebooks

SPEED = [1234567.8, 987654321.1]


@pytest.fixture
def bench(monkeypatch):
    """bench/ as the scripts themselves see it; its modules are called like the helpers, so they are forgotten again."""
    monkeypatch.syspath_prepend(notebooks.ROOT / "bench")
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name in ("word2vec", "fasttext", "glove", "counting", "memory", "threads"):
            del sys.modules[name]


def columns(printed):
    """A printed table as {first cell: [the others]}, cells being apart by two blanks or more; all lines end alike."""
    lines = printed.rstrip("\n").split("\n")
    assert len({len(line) for line in lines}) == 1, printed
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]
    return rows[0], {row[0]: row[1:] for row in rows[1:]}


def test_the_tables_of_the_trainers_keep_large_numbers_apart(bench, capsys):
    import fasttext
    import word2vec

    names = ("words/s", "with input", "memory", "added", "WordSim")
    runs = [dict.fromkeys(names[:4], speed) | {"WordSim": 55.5} for speed in SPEED]
    for module in (word2vec, fasttext):
        module.print_table({"ours": runs, "gensim": runs, "a contestant with a long name": runs})
        head, rows = columns(capsys.readouterr().out)
        assert head == [*names, "ratio"] and len(rows) == 3
        assert all(len(cells) == len(head) and cells[-1] == "1.00" for cells in rows.values())
        assert rows["ours"] == rows["a contestant with a long name"] and rows["ours"][0].startswith("494,444,444")


def test_the_table_of_glove_leaves_a_place_for_what_was_not_measured(bench, capsys):
    import glove

    names = ("seconds", "CPU", "nonzeros/s", "per core", "memory")
    runs = [dict.fromkeys(names, speed) | {"costs": [0.5, 0.25]} for speed in SPEED]
    glove.show({"in memory": runs, "glove": [run | {"imports": 1e9} for run in runs]})
    printed = capsys.readouterr().out.split("mean cost")[0]
    lines = printed.rstrip("\n").split("\n")
    assert len({len(line) for line in lines}) == 1 and "494,444,444.4  494,444,444.4" in lines[1]
    assert lines[0].split() == [
        "seconds",
        "CPU",
        "nonzeros/s",
        "per",
        "core",
        "memory",
        "imports",
        "ratio",
        "CPU",
        "ratio",
    ]


linux = pytest.mark.skipif(sys.platform != "linux", reason="only there a process's own peak is told apart")


@linux
def test_a_program_is_not_charged_for_the_memory_of_the_process_that_started_it(bench):
    import memory

    mine = np.ones(40_000_000)  # 320 MB
    assert memory.peak() > mine.nbytes / 1e6
    run, _ = memory.program([sys.executable, "-S", "-c", "import time; time.sleep(.1)"])
    assert 3 < run["memory"] < 100 and run["seconds"] > 0.1 > run["CPU"] >= 0
    run, _ = memory.program([sys.executable, "-S", "-c", "import time; a = b'1' * 150_000_000; time.sleep(.1)"])
    assert 150 < run["memory"] < 250, "and is for its own"


def test_a_program_reads_and_writes_files_and_says_why_it_failed(bench, tmp_path):
    import memory

    (tmp_path / "in").write_text("ab")
    copy = "import sys; sys.stdout.write(sys.stdin.read() * 2); sys.stderr.write('done')"
    _, said = memory.program([sys.executable, "-c", copy], tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "abab" and said == "done"
    with pytest.raises(RuntimeError, match="failed:\nno such luck"):
        memory.program([sys.executable, "-c", "import sys; sys.exit('no such luck')"])
    with pytest.raises(FileNotFoundError, match="no such program"):
        memory.program([tmp_path / "no such program"])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_program_that_was_killed_says_by_what(bench):
    import memory

    with pytest.raises(RuntimeError, match="was ended by signal 9 "):
        memory.program(["sh", "-c", "kill -9 $$"])


@linux
def test_what_was_gone_before_anyone_looked_has_no_known_memory(bench, monkeypatch):
    """Not 0: 0 is no measure, and would be taken for the memory of Python, which stands where there is no program."""
    import memory

    monkeypatch.setattr(memory, "mark", lambda pid: 0.0)
    run, _ = memory.program(["true"])
    assert np.isnan(run["memory"]) and run["memory"] and run["CPU"] < 0.1


@linux
def test_a_program_does_not_outlive_the_bench_that_gave_up_on_it(bench, monkeypatch):
    import memory

    waited = []

    def interrupted(running):
        waited.append(running)
        raise KeyboardInterrupt

    monkeypatch.setattr(memory, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        memory.program(["sleep", "60"])
    assert waited[0].returncode == -9


def test_a_program_runs_where_the_system_counts_nothing_for_it(bench, monkeypatch):
    """As on Windows, where os has no wait4."""
    import memory

    monkeypatch.delattr(os, "wait4", raising=False)
    run, said = memory.program([sys.executable, "-S", "-c", "import sys; sys.stderr.write('done')"])
    assert said == "done" and np.isnan(run["CPU"]) and run["seconds"] > 0
    with pytest.raises(RuntimeError, match="failed:\nno such luck"):
        memory.program([sys.executable, "-c", "import sys; sys.exit('no such luck')"])


def test_a_text_in_which_no_english_pair_occurs_goes_without_scores(bench):

    from gensim.models import KeyedVectors

    import word2vec

    vectors = KeyedVectors(2)
    vectors.add_vectors(["가을", "하늘"], np.eye(2))
    assert word2vec.scores(vectors, SimpleNamespace(pairs=None, corpus="mine.txt")) == {}
    words = "king queen man woman tiger cat book paper old new".split()
    vectors.add_vectors(words, np.random.default_rng(1).normal(size=(len(words), 2)))
    assert len(word2vec.scores(vectors, SimpleNamespace(pairs=None, corpus="mine.txt"))) == 3


class Run:
    """A process of bench/word2vec.py: n threads are n / 2 times as fast as one, and more so with every seed."""

    def __init__(self, command, **_):
        self.begun.append(command)
        given = dict(zip(command[2::2], command[3::2]))  # --name value
        workers, seed = int(given["--workers"]), int(given["--seed"])
        self.speed = (90 if given["--run"].startswith("ours") else 10) * (seed**2 * workers / 2 if workers > 1 else 1)
        self.returncode, self.killed = None, False

    def communicate(self):
        self.returncode = 0
        return f'a warning\n{{"words/s": {self.speed}}}\n', None

    def kill(self):
        self.killed = True

    def wait(self):
        pass


@pytest.fixture
def threads(bench, monkeypatch):
    """bench/threads.py, which starts nothing; Run.begun is what it would have started."""
    import threads

    monkeypatch.setattr(Run, "begun", [], raising=False)
    monkeypatch.setattr(threads.subprocess, "Popen", Run)
    monkeypatch.setattr(threads, "round_trip", lambda: 80.2)
    monkeypatch.setattr(threads.arguments, "workers", lambda _: 4)
    monkeypatch.setattr(threads.word2vec, "as_lines", lambda *_: "text")
    monkeypatch.setattr(threads.word2vec, "counted", lambda _: 1000)
    return threads


@pytest.mark.parametrize("cbow", [False, True])
def test_threads_are_held_against_one_thread_and_processes_against_one_process(threads, monkeypatch, capsys, cbow):
    asked = ["threads.py", "--threads", "3", "--rounds", "3", "--epochs", "7"]
    monkeypatch.setattr(sys, "argv", asked + ["--cbow"] * cbow)
    threads.main()
    first, *lines = capsys.readouterr().out.splitlines()
    assert "1,000 tokens, 7 epochs, 1 and 3 threads" in first
    names = "round 1 (80 and 80 ns)", "round 2 (80 and 80 ns)", "round 3 (80 and 80 ns)", "median"
    times = "1.50", "6.00", "13.50", "6.00"
    assert lines == [f"{name}: ours {n}, gensim {n}, processes 3.00" for name, n in zip(names, times)]
    each = [("ours", 1), ("gensim", 1), ("ours", 3), ("gensim", 3), ("ours", 1), ("ours", 1), ("ours", 1)]
    begun = [dict(zip(command[2::2], command[3::2])) for command in Run.begun]
    wanted = [(name + "-cbow" * cbow, str(n), str(seed)) for seed in (1, 2, 3) for name, n in each]
    assert [(one["--run"], one["--workers"], one["--seed"]) for one in begun] == wanted
    assert {(one["--epochs"], one["--file"], one["--tokens"]) for one in begun} == {("7", "text", "1000")}
    together = [one for one in begun if "--meet" in one]
    assert len(together) == 9 and {one["--of"] for one in together} == {"3"}
    assert [one["--meet"] for one in together] == [
        one for one in dict.fromkeys(x["--meet"] for x in together) for _ in "abc"
    ]


def test_one_process_that_fails_ends_the_others(threads, monkeypatch):
    runs = []

    class Failing(Run):
        def __init__(self, *command, **_):
            super().__init__(*command)
            runs.append(self)

        def communicate(self):
            found = super().communicate()
            self.returncode = int(self is runs[-2])
            return found

    monkeypatch.setattr(threads.subprocess, "Popen", Failing)
    options = SimpleNamespace(cbow=False, corpus="wikipedia", epochs=1, path="text", tokens=9)
    with pytest.raises(SystemExit, match="processes with 3 threads or processes failed"):
        threads.speed("processes", 3, 1, options)
    assert len(runs) == 3 and all(run.killed for run in runs)
    monkeypatch.setattr(Failing, "communicate", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        threads.speed("ours", 2, 1, options)
    assert runs[-1].killed


@pytest.mark.parametrize("asked", [["--threads", "1"], ["--threads", "5"], ["--rounds", "0"], ["--epochs", "-1"]])
def test_what_cannot_be_measured_is_refused_before_anything_is_begun(threads, monkeypatch, capsys, asked):
    monkeypatch.setattr(sys, "argv", ["threads.py", *asked])
    with pytest.raises(SystemExit):
        threads.main()
    assert asked[0] in capsys.readouterr().err.splitlines()[-1] and not Run.begun


def test_processes_begin_when_all_of_them_are_ready(bench, tmp_path):
    import word2vec

    (tmp_path / "one").touch()
    late = Timer(0.2, (tmp_path / "another").touch)
    late.start()
    word2vec.met(tmp_path, 3)
    assert sorted(os.listdir(tmp_path)) == sorted(["one", "another", str(os.getpid())])
    late.join()


def test_a_number_goes_from_thread_to_thread_and_back(bench, monkeypatch):
    import threads

    numbers = np.array([3, 7], np.int64)
    threads.turn(numbers, 3, 5, 1)
    assert numbers.tolist() == [5, 7]
    monkeypatch.setattr(threads, "TRIPS", 100)
    assert 10 < threads.round_trip() < 1e8
