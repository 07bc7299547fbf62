"""The tables of bench/: large numbers stand apart, each below the name of its column; memory is each program's own."""

import os
import sys

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
    from types import SimpleNamespace

    from gensim.models import KeyedVectors

    import word2vec

    vectors = KeyedVectors(2)
    vectors.add_vectors(["가을", "하늘"], np.eye(2))
    assert word2vec.scores(vectors, SimpleNamespace(pairs=None, corpus="mine.txt")) == {}
    words = "king queen man woman tiger cat book paper old new".split()
    vectors.add_vectors(words, np.random.default_rng(1).normal(size=(len(words), 2)))
    assert len(word2vec.scores(vectors, SimpleNamespace(pairs=None, corpus="mine.txt"))) == 3


def test_threads_are_held_against_one_thread_and_processes_against_one_process(bench, monkeypatch, capsys):
    import threads

    begun = []

    class Run:
        """n threads are 1.5 times as fast as one."""

        def __init__(self, name, workers, seed, *_):
            begun.append((name, workers, seed))
            self.speed, self.returncode = (90 if name == "ours" else 10) * (1.5 if workers > 1 else 1), 0

        def communicate(self):
            return f'a warning\n{{"words/s": {self.speed}}}\n', None

    monkeypatch.setattr(threads, "started", Run)
    monkeypatch.setattr(threads, "round_trip", lambda: 80.2)
    monkeypatch.setattr(threads.word2vec, "as_lines", lambda *_: "text")
    monkeypatch.setattr(threads.word2vec, "counted", lambda _: 1000)
    monkeypatch.setattr(sys, "argv", ["threads.py", "--threads", "3", "--rounds", "2"])
    threads.main()
    first, *lines = capsys.readouterr().out.splitlines()
    assert "1,000 tokens" in first
    names = "round 1 (80 and 80 ns)", "round 2 (80 and 80 ns)", "median"
    assert lines == [f"{name}: ours 1.50, gensim 1.50, processes 3.00" for name in names]
    each = [("ours", 1), ("gensim", 1), ("ours", 3), ("gensim", 3), ("ours", 1), ("ours", 1), ("ours", 1)]
    assert begun == [(*run, seed) for seed in (1, 2) for run in each]
    monkeypatch.setattr(Run, "communicate", lambda self: setattr(self, "returncode", 1) or ("", None))
    with pytest.raises(SystemExit, match="ours with 1"):
        threads.main()


def test_a_number_goes_from_thread_to_thread_and_back(bench, monkeypatch):
    import threads

    numbers = np.array([3, 7], np.int64)
    threads.turn(numbers, 3, 5, 1)
    assert numbers.tolist() == [5, 7]
    monkeypatch.setattr(threads, "TRIPS", 100)
    assert 10 < threads.round_trip() < 1e8
