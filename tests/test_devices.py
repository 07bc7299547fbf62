"""Which device a trainer takes: the card only where it wins, and one line where it cannot be used."""

import importlib.util
import os
import re
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers import card, devices, environment, glove, glove_counts, measured, scores, training, vectors, word2vec
from helpers.blocks import CENTERS
from helpers.vocabulary import Vocabulary

BIG = dict(work=10 * devices.WORDS, enough=devices.WORDS, programs=64, room=1000)


@pytest.fixture
def machine(monkeypatch):
    """A machine with a card on which everything works; `machine(reason)`: with one that lacks something."""
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(training, "device", lambda wanted=None: str(wanted or "cuda"))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2**30, 2**31))
    for name in ("memory_reserved", "memory_allocated"):
        monkeypatch.setattr(torch.cuda, name, lambda device: 0)
    lacks = lambda reason: monkeypatch.setattr(devices, "lacking", lambda device: reason)  # noqa: E731
    lacks("")
    return lacks


def test_without_a_card_everything_is_trained_on_the_processor(monkeypatch, recwarn):
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert devices.wish(None) == devices.wish("cpu") == "cpu" and devices.chosen("cpu", **BIG) is None
    assert not len(recwarn)
    for name in ("cuda:99", "gpu", "mps"):
        with pytest.raises(RuntimeError, match=f"device='{name}' cannot be used here") as told:
            devices.wish(name)  # PyTorch may warn, too
        assert "PyTorch has cpu" in str(told.value) and len(str(told.value)) < 250


def test_left_to_us_the_card_is_taken_only_where_it_wins(machine, recwarn):
    assert devices.wish(None) is None
    assert devices.chosen(None, **BIG) == "cuda"
    assert devices.chosen(None, **BIG | {"work": devices.WORDS}) == "cuda"
    assert devices.chosen(None, **BIG | {"work": devices.WORDS - 1}) is None
    assert devices.chosen(None, **BIG | {"programs": devices.PROGRAMS - 1}) is None
    assert not len(recwarn), "a choice of ours is made without a word"


def test_what_is_asked_for_is_taken_however_small(machine, monkeypatch):
    small = BIG | {"work": 1, "programs": 1}
    assert devices.chosen(devices.wish("cuda"), **small) == "cuda"
    assert devices.chosen(devices.wish("cpu"), **BIG) is None
    monkeypatch.setenv("COURSE_DEVICE", "cuda")
    assert devices.chosen(devices.wish(None), **small) == "cuda"


@pytest.mark.parametrize("lacks, more, words", [
    ("Triton is not here", {}, "Triton is not here: training on the processor"),
    ("", {"room": 2**31}, r"takes 2.0 GiB of the card, which has 1.0 left: training on the processor"),
    ("", {"large": "window is too large"}, "window is too large: training on the processor"),
])  # fmt: skip
@pytest.mark.parametrize("wished", [None, "cuda"])
def test_a_card_that_cannot_do_it_is_left_with_one_line_that_says_why(machine, lacks, more, words, wished):
    machine(lacks)
    with pytest.warns(UserWarning, match=words) as caught:
        assert devices.chosen(wished, **BIG | more) is None
    assert len(caught) == 1 and "\n" not in str(caught[0].message)


def test_memory_that_pytorch_has_taken_and_does_not_use_is_free(machine, monkeypatch, recwarn):
    """After a captioner was trained, say: what its tensors took is kept for the next ones."""
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 3 * 2**30)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 2**30)
    assert devices.chosen("cuda", **BIG | {"room": 3 * 2**30}) == "cuda" and not len(recwarn)
    with pytest.warns(UserWarning, match=r"takes 4.0 GiB of the card, which has 3.0 left: training on the processor"):
        assert devices.chosen("cuda", **BIG | {"room": 4 * 2**30}) is None


def test_what_a_card_lacks_is_named(monkeypatch):
    devices.lacking.cache_clear()
    assert "not for 'mps'" in devices.lacking("mps")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (6, 1))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Tesla P4")
    assert devices.lacking("cuda") == "Tesla P4 is too old for Triton"
    devices.lacking.cache_clear()
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    monkeypatch.setattr(torch, "zeros", lambda *shape, device: torch.ones(shape))
    monkeypatch.setitem(sys.modules, "helpers.kernels", None)
    assert "Triton, which comes with PyTorch on Linux, cannot be imported" in devices.lacking("cuda")

    class Trial:
        def __getitem__(self, grid):
            raise RuntimeError("Failed to find C compiler\nlong story")

    devices.lacking.cache_clear()
    monkeypatch.setitem(sys.modules, "helpers.kernels", types.SimpleNamespace(trial=Trial()))
    monkeypatch.setattr("helpers.kernels", sys.modules["helpers.kernels"], raising=False)
    assert devices.lacking("cuda") == "Triton cannot compile here (Failed to find C compiler)"
    devices.lacking.cache_clear()


@pytest.mark.parametrize("lacks, words", [("", "20 million or more"), ("too old", "word vectors: cpu (too old)")])
def test_the_environment_check_says_what_is_trained_where(machine, lacks, words, capsys):
    machine(lacks)
    environment.gpu_line()
    printed = capsys.readouterr().out
    assert words in printed and printed.count("\n") == 2


# ------------------------------------------------------------------------------------------ the trainers and the choice


@pytest.mark.parametrize("train, enough", [
    (lambda **more: word2vec.train([["a", "b", "c"]] * 4, min_count=1, vector_size=4, epochs=2, **more), "WORDS"),
    (lambda **more: glove.fit(np.array([[0, 2], [2, 1.0]]), 4, epochs=2, **more), "COUNTS"),
], ids=["word2vec", "GloVe"])  # fmt: skip
def test_trainers_ask_with_their_own_size(machine, monkeypatch, train, enough):
    asked = []
    monkeypatch.setattr(devices, "chosen", lambda *given: asked.append(given))
    for device in (None, "cuda", "cpu"):
        train(device=device)
    size = {"WORDS": 2 * 12, "COUNTS": 2 * 3}[enough], getattr(devices, enough)
    assert [given[:3] for given in asked] == [(None, *size), ("cuda", *size)]


def test_asking_for_a_card_that_cannot_be_used_gives_the_processors_vectors(machine):
    options = dict(min_count=1, vector_size=4, epochs=2, workers=1)
    expected = word2vec.train([["a", "b", "c"]] * 4, device="cpu", **options)
    machine("this card is too old")
    with pytest.warns(UserWarning, match="this card is too old: training on the processor"):
        found = word2vec.train([["a", "b", "c"]] * 4, device="cuda", **options)
    assert np.array_equal(found.vectors, expected.vectors)


# ---------------------------------------------------------------------------------------------------- how many programs


EACH = np.arange(3), np.arange(4)  # every word has its own row


def test_as_many_programs_as_pull_at_the_most_frequent_noise_word_with_the_strength_allowed():
    options = word2vec.Options(alpha=0.001, window=4, negative=2)
    shares, noise = np.array([0.1, 0.05, 0.05]), np.array([0.2, 0.5, 0.3])
    steps = CENTERS * 5 * (0.05 + 2 * 0.5)  # of a block on the row of word 1
    assert card.programs(options, shares, noise, *EACH) == int(card.OUTPUTS / (0.001 * steps))
    twice = word2vec.Options(alpha=0.002, window=4, negative=2)
    assert card.programs(twice, shares, noise, *EACH) == int(card.OUTPUTS / (0.002 * steps))
    cbow = word2vec.Options(sg=0, alpha=0.01, window=1, negative=2)  # one context a center, not window + 1
    assert card.programs(cbow, shares / 10, noise, *EACH) == int(card.OUTPUTS / (0.01 * CENTERS * (0.005 + 1)))
    assert card.programs(word2vec.Options(alpha=10.0), shares, noise, *EACH) == 1
    many = np.full(10**6, 1e-6)
    assert card.programs(options, many, many, np.arange(10**6), np.arange(10**6 + 1)) == card.MOST


def test_an_input_row_is_pulled_at_by_all_words_that_share_it():
    # words 0 and 1 share row 2; word 0 is the mean of rows 0 and 2, word 1 of rows 1 and 2
    shares = np.array([0.4, 0.3] + [0.3 / 7] * 7)
    rows, starts = np.array([0, 2, 1, 2, *range(3, 10)]), np.array([0, 2, 4, *range(5, 12)])
    share = (0.4 + 0.7) / 2  # of word 0: its own row by itself, the shared one by both
    options, noise = word2vec.Options(alpha=0.001, negative=1), np.full(9, 1e-3)
    noise[0] = 1e-3
    assert card.programs(options, shares, noise, rows, starts) == int(
        min(card.INPUTS / (CENTERS * 6 * 2 * share), card.OUTPUTS / (CENTERS * 6 * (0.4 + 1e-3))) / 0.001
    )
    sums = word2vec.Options(sg=0, alpha=0.001, negative=1)
    assert card.programs(sums, shares, noise, rows, starts) == int(card.INPUTS / (CENTERS * 6 * 2 * share) / 0.001)


def test_the_limits_are_those_that_were_measured():
    """Numbers worked out by hand: two words, equally frequent; of 1,000 words one in ten."""
    options = word2vec.Options(alpha=0.01)
    halves, each = np.full(2, 0.5), (np.arange(2), np.arange(3))
    steps = 16 * 6 * (0.5 + 5 * 0.5)  # on an output row
    assert steps == 288 and card.programs(options, halves, halves, *each) == int(10 / 2.88) == 3
    noise = np.full(1000, 1e-3)
    shares = np.r_[0.1, np.full(999, 0.9 / 999)]
    cbow = word2vec.Options(sg=0, alpha=0.01)
    steps = 16 * 6 * 6 * 0.1  # on an input row
    assert card.programs(cbow, shares, noise, np.arange(1000), np.arange(1001)) == int(30 / (0.01 * steps)) == 52
    assert card.programs_for_counts(0.05) == int(4 / (8 * 0.05)) == 10
    assert (card.GROUPS, card.SLOW, card.MOST) == (4, 3, 2048)
    assert card.PIECE % CENTERS == 0, "noise words are drawn for whole blocks"


def test_glove_begins_with_few_programs_and_doubles_them():
    assert card.programs_for_counts(0.01) == int(card.FLYING / 8 / 0.01)
    assert card.programs_for_counts(1e-9) == card.MOST and card.programs_for_counts(1.0) == 1
    nonzeros = card.Nonzeros.__new__(card.Nonzeros)
    nonzeros.parts, nonzeros.number = [None] * 2, 40
    assert [nonzeros.number_at(*place) for place in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))] == [5, 10, 20, 40, 40]
    nonzeros.number = 3
    assert nonzeros.number_at(0, 0) == 1


def test_a_card_whose_programs_share_too_little_is_left_with_the_reason(machine, monkeypatch):
    properties = types.SimpleNamespace(shared_memory_per_block_optin=65_536)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    shared = {size: card.shared_bytes(word2vec.Options(vector_size=size)) for size in (256, 300)}
    assert devices.chosen("cuda", **BIG, shared=shared[256]) == "cuda"
    with pytest.warns(UserWarning, match=r"takes 65 KiB, a program of this card has 64: training on the processor"):
        assert devices.chosen("cuda", **BIG, shared=shared[300]) is None


def test_tiles_have_a_power_of_two_of_columns_and_as_many_as_a_product_of_matrices_needs():
    assert [card.power_of_two(n) for n in (1, 16, 17, 128, 129, 512)] == [16, 16, 32, 128, 256, 512]


def test_cbow_with_more_noise_words_than_centers_needs_more_shared_memory():
    """What Triton compiles for an H100 with negative=33: 81,920 bytes for 128 numbers, 327,680 for 512."""
    needed = {"window": 5, "sg": 0, "negative": 33}
    for size, found in ((128, 81_920), (512, 327_680)):
        assert found <= card.shared_bytes(word2vec.Options(vector_size=size, **needed)) < 1.1 * found
    few = card.shared_bytes(word2vec.Options(vector_size=128, sg=0, negative=16))
    assert few == 4 * 128 * 48 + 1024 == card.shared_bytes(word2vec.Options(vector_size=128, sg=0, negative=1))
    assert card.shared_bytes(word2vec.Options(vector_size=128, negative=33)) == 4 * 128 * 32 + 1024  # skip-gram


@pytest.mark.parametrize("options, words", [
    ({}, ""), ({"vector_size": 300}, ""), ({"vector_size": 3000}, "vector_size or window is too large"),
    ({"window": 10_000}, "vector_size or window is too large"), ({"sg": 0, "window": 50}, ""),
    ({"sg": 0, "window": 500}, "vector_size, window or negative is too large"),
    ({"sg": 0, "negative": 1000}, "vector_size, window or negative is too large"),
])  # fmt: skip
def test_blocks_that_no_program_can_hold_are_named(options, words):
    found = card.too_large(word2vec.Options(**options))
    assert found.startswith(words) and bool(found) == bool(words)


def test_memory_on_a_card_is_that_of_corpus_tables_and_what_is_drawn():
    options = word2vec.Options(vector_size=50)
    small, programs = card.bytes_for(10**6, 1000, options), 10**6 // card.PIECE + 1
    assert card.bytes_for(10**6, 3000, options) - small == 4 * 50 * 2000
    wide = word2vec.Options(vector_size=50, window=50)
    more = card.noise_of_block(wide) - card.noise_of_block(options)
    assert more > 100 and card.bytes_for(10**6, 1000, wide) - small == 40 * more * programs * card.PIECE // CENTERS
    assert card.noise_of_block(word2vec.Options(sg=0, negative=7)) == 7 * card.GROUPS


def test_a_sweep_over_programs_gives_what_lesson_11_draws(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parent.parent / "bench"))
    import gpu

    sentences = [["a", "b", "c", "d"]] * 30
    vocabulary, asked = Vocabulary.build(sentences, 1), []
    table = np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)

    def train(sentences, device, alpha, seed, **more):
        asked.append((device, alpha, seed))
        if device == "cuda":  # a text so short has pieces for nine programs at most
            each, ids = np.arange(2, dtype=np.int32), np.zeros(9 * card.PIECE, np.int32)
            model = ids, np.ones(2, np.float32), np.ones(2, np.float32), each, each, np.arange(3)
            halves, options = np.full(2, 0.5), word2vec.Options(vector_size=4)
            number = card.programs(options, halves, halves, each, np.arange(3))
            card.Words(*model, table[:2, :4], table[:2, :4], options, "cpu", number)
        if alpha == 0.05 and device == "cuda":
            raise ValueError("training ran away")
        return vectors.keyed_vectors(vocabulary.words, table, vocabulary.counts)

    monkeypatch.setattr(word2vec, "train", train)
    monkeypatch.setattr(scores, "similarity", lambda kv, path: types.SimpleNamespace(value=0.12345))
    monkeypatch.setattr(scores, "analogies", lambda kv, path: types.SimpleNamespace(share=0.5))
    options = types.SimpleNamespace(programs=[8, 16], epochs=1, pairs="p", questions="q", keep="tiny")
    result = gpu.sweep(options, sentences, vocabulary)
    assert len(asked) == len(result.values["skip-gram"]) == 2 * 3 * 3 and asked[0] == ("cpu", 0.025, 1)
    first, last = result.values["skip-gram"][0], result.values["skip-gram"][-1]
    assert first == {"programs": 0, "alpha": 0.025, "seed": 1, "similarity": 12.35, "analogies": 50.0}
    assert last == {"programs": 9, "alpha": 0.05, "seed": 3, "similarity": None, "analogies": None}
    known = measured.load("programs")["kowiki"].values
    assert known.keys() == result.values.keys() and known["skip-gram"][0].keys() == first.keys()
    assert result.values["most frequent"]["noise"] == pytest.approx(0.25, abs=0.01)


def test_memory_is_asked_for_as_many_programs_as_run(machine, monkeypatch):
    """A large corpus with a wide window: 2,048 programs would draw gigabytes of noise words, three do not."""
    options = word2vec.Options(vector_size=50, window=50, negative=20)
    noise = 40 * card.PIECE * card.noise_of_block(options) // CENTERS
    few, most = (card.bytes_for(10**8, 1000, options, number) for number in (3, card.MOST))
    assert most - few == (card.MOST - 3) * (noise + 8 * card.PIECE) > 2e10
    asked = []
    monkeypatch.setattr(devices, "chosen", lambda *given: asked.append(given))
    monkeypatch.setattr(card, "bytes_for", lambda size, rows, options, number: number)
    word2vec.train([["a", "b", "c"]] * 4, device="cuda", min_count=1, vector_size=4, epochs=1)
    assert asked[0][3] == asked[0][4], "room for as many programs as the vocabulary bears"


@pytest.mark.parametrize("options", [{}, {"sg": 0, "negative": 1}, {"window": 20, "negative": 20}], ids=str)
def test_memory_is_what_a_launch_takes(options):
    """What stays and the most that is there at once while words and noise words are drawn, on the processor."""
    options, chance = word2vec.Options(vector_size=50, **options), torch.Generator().manual_seed(1)
    n, size = 40 * card.PIECE, 1000
    table, each, ones = np.zeros((size, 50), np.float32), np.arange(size, dtype=np.int32), np.ones(size, np.float32)
    ids = np.random.default_rng(0).integers(0, size, n, dtype=np.int32)

    def draw():
        words = card.Words(ids, ones, ones, each, each, np.arange(size + 1), table, table, options, "cpu", card.MOST)
        left, noise = words.subsampled(0, chance), words.noise_for(chance)
        return words, left, noise, words.reaches(len(left[0]), chance)

    with torch.autograd.profiler.profile(profile_memory=True, use_kineto=True) as profile:
        kept = draw()
    events = [event for event in profile.kineto_results.events() if event.name() == "[memory]"]
    most = np.cumsum([event.nbytes() for event in sorted(events, key=lambda event: event.start_ns())]).max()
    assert kept and most < card.bytes_for(n, 2 * size, options) < 1.2 * most


def test_memory_for_counts_is_that_of_tables_and_segments(machine, monkeypatch):
    """Rows with one nonzero take as much room as full ones."""
    for matrix in (np.eye(200), np.ones((40, 40))):
        asked = []
        monkeypatch.setattr(devices, "chosen", lambda *given, asked=asked: asked.append(given))
        parts = glove_counts.Parts(glove_counts.Counts(matrix))
        objective = glove.Objective(parts, glove.Options(4), device="cuda")
        there = card.Nonzeros(parts, objective.tables, objective.options, "cpu", 1)
        tensors = [*there.tables, *(tensor for part in there.parts for tensor in part)]
        assert asked[0][4] == sum(tensor.nbytes for tensor in tensors)


def test_rows_too_wide_for_eight_of_them_in_a_tile_are_named():
    assert card.too_wide(4096) == "" and "vector_size is too large" in card.too_wide(4104)


@pytest.fixture
def bench():
    path = Path(__file__).resolve().parent.parent / "bench" / "gpu.py"
    spec = importlib.util.spec_from_file_location("bench_gpu", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_step_ends_with_its_code_or_when_its_time_is_over(bench, capfd):
    python = [sys.executable, "-c"]
    assert bench.step("well", [*python, "pass"], 60) is True
    assert bench.step("badly", [*python, "raise SystemExit(5)"], 60) is False
    assert bench.step("never", ["a program that is not there"], 0.5) is False, "without time nothing is started"
    printed = capfd.readouterr().out
    assert "well: ok" in printed and "badly: 5" in printed and "never: no time left" in printed


@pytest.mark.skipif(os.name == "nt", reason="processes have no groups there, and no bench for cards")
def test_a_step_that_takes_too_long_is_stopped_with_all_that_it_has_started(bench, tmp_path):
    """What it has started would write "still" three seconds later."""
    script, written = tmp_path / "script.py", tmp_path / "written"
    script.write_text(
        "import subprocess, sys, time\n"
        "if len(sys.argv) == 2:\n"
        "    subprocess.Popen([sys.executable, __file__, sys.argv[1], 'child'])\n"
        "    time.sleep(60)\n"
        "time.sleep(3)\n"
        "open(sys.argv[1], 'w').write('still')\n"
    )
    assert bench.step("slow", [sys.executable, str(script), str(written)], 2) is False
    time.sleep(4)
    assert not written.exists()


def test_all_steps_are_there_and_one_that_fails_makes_all_fail(bench, monkeypatch):
    steps, code = [], lambda name: name != "measurements"
    monkeypatch.setattr(bench, "step", lambda name, command, seconds: steps.append((name, command, seconds)) or True)
    assert bench.everything() == 0
    names = [name for name, *_ in steps]
    assert names == ["tests", "measurements", "lessons"] and "loadfile" in steps[2][1]
    paths = [Path(bench.ROOT, part) for _, command, _ in steps for part in command if part.endswith((".py", ".ipynb"))]
    assert len(paths) == len(bench.TESTS) + 1 + len(bench.LESSONS) and all(path.is_file() for path in paths)
    assert all(seconds <= bench.BUDGET < 600 for *_, seconds in steps)
    assert steps[1][1][2:] == [] and bench.everything(["--epochs", "2"]) == 0
    assert steps[4][1][1:] == [bench.__file__, "--epochs", "2"], "the measurements take what was asked for"
    monkeypatch.setattr(bench, "step", lambda name, *_: code(name))
    assert bench.everything() == 1


def test_what_is_asked_for_beside_all_is_handed_on(bench, monkeypatch):
    monkeypatch.setattr(bench, "card_name", lambda: "a card")
    monkeypatch.setattr(bench, "everything", lambda arguments: arguments)
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--corpus", "a file", "--all", "--epochs", "2"])
    assert bench.main() == ["--corpus", "a file", "--epochs", "2"]
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--al"])
    with pytest.raises(SystemExit):
        bench.main()  # it would be handed on to itself for ever


@pytest.mark.parametrize("without_text", [False, True])
def test_a_measurement_that_fails_leaves_the_others_their_turn(bench, monkeypatch, capsys, without_text):
    ran = []

    def words(options, sentences, vocabulary, name, device, number):
        ran.append(f"{name} {device}")
        if ran[-1] == "CBOW cuda":
            raise ValueError("training ran away")

    def text(options):
        if without_text:
            raise OSError("no network")
        return [], None

    monkeypatch.setattr(bench, "card_name", lambda: "a card")
    monkeypatch.setattr(devices, "lacking", lambda device: "")
    monkeypatch.setattr(bench, "words", words)
    monkeypatch.setattr(bench, "text", text)
    for name in ("rival", "counts", "pictures", "captioners"):
        monkeypatch.setattr(bench, name, lambda *_, name=name: ran.append(name))
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    assert bench.main() == 1
    on_text = [f"{name} {device}" for name in ("skip-gram", "CBOW", "FastText") for device in ("cuda", "cpu")]
    assert ran == ([] if without_text else [*on_text, "rival", "counts"]) + ["pictures", "captioners"]
    printed = capsys.readouterr()
    told = "-- on_text: failed" if without_text else "-- words CBOW cuda: failed"
    assert told in printed.out and ("no network" if without_text else "training ran away") in printed.err


def test_the_bench_measures_on_a_processor_what_it_measures_on_a_card(bench, monkeypatch, capsys):
    """Every part of it once, with small numbers, so that none fails on a card for a slip of the pen."""
    monkeypatch.syspath_prepend(str(Path(bench.__file__).parent))
    monkeypatch.setattr(bench, "card_name", lambda: "a card")
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: None)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 5e6)
    monkeypatch.setattr(devices, "wish", lambda device: "cpu")
    monkeypatch.setattr(bench, "english", lambda vectors: [12.3, 4.5])
    sentences = [["the", "cat", "sat", "on", "the", "mat"], ["a", "dog", "lay", "on", "the", "rug"]] * 30
    options = types.SimpleNamespace(programs=None, epochs=1, language="en", corpus="two sentences")
    monkeypatch.setattr(bench, "text", lambda options: (sentences, Vocabulary.build(sentences, 5)))
    assert bench.on_text(options)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6 + 1 + 2 and all("/s" in line for line in lines), lines
    assert lines[0].startswith("skip-gram, cuda") and "12.3   4.5  5 MB" in lines[0] and "MB" not in lines[1]


def test_the_bench_says_how_many_programs_there_were_in_fact(bench):
    options, each = word2vec.Options(vector_size=4), np.arange(2, dtype=np.int32)
    ids, ones, table = np.zeros(3 * card.PIECE, np.int32), np.ones(2, np.float32), np.zeros((2, 4), np.float32)
    model = ids, ones, ones, each, each, np.arange(3), table, table, options, "cpu"
    halves = np.full(2, 0.5)
    with bench.bearing(500) as ran:
        card.Words(*model, card.programs(options, halves, halves, each, np.arange(3)))
    assert ran == [3], "no more than the text has pieces"
    with bench.bearing(None) as ran:
        card.Words(*model, card.programs(options, halves, halves, each, np.arange(3)))
    assert ran == [1]


def test_a_sweep_says_of_itself_what_every_kept_result_says(bench, monkeypatch, tmp_path):
    """Here without programs, so that the processor alone is measured."""
    monkeypatch.setattr(bench, "card_name", lambda: "a card")
    pairs, questions = tmp_path / "pairs.tsv", tmp_path / "questions.txt"
    pairs.write_text("cat\tdog\t9\nmat\trug\t8\ncat\trug\t1\n")
    questions.write_text(": all\ncat mat dog rug\n")
    options = types.SimpleNamespace(programs=[], epochs=1, keep="tiny", pairs=pairs, questions=questions)
    sentences = [["the", "cat", "sat", "on", "the", "mat"], ["a", "dog", "lay", "on", "the", "rug"]] * 30
    found = bench.sweep(options, sentences, Vocabulary.build(sentences, 5))
    stamp = measured.stamp(("numpy", "gensim", "torch"))
    assert found.date == stamp["date"] and found.versions == stamp["versions"] | {"card": "a card"}
    assert measured.read(found.save(tmp_path)) == found and len(found.values["skip-gram"]) == 2 * 3


@pytest.mark.parametrize("readme, processor", [
    ("README.md", "the processor, one thread"), ("README.ko.md", "프로세서, 스레드 하나"),
], ids=["English", "Korean"])  # fmt: skip
def test_scores_on_a_card_in_the_readme_are_those_of_the_trainings(readme, processor):
    root, found = Path(__file__).resolve().parent.parent, {}
    texts = "1 M words of books", "3 M words of books", "Korean Wikipedia"
    for section in (root / "bench" / "gpu.txt").read_text(encoding="utf-8").split("\n\n")[1:]:
        heading, *lines = section.splitlines()
        found |= {(heading, line[:17].split()[0]): re.findall(r"-?\d+\.\d", line) for line in lines}
    page = (root / "bench" / readme).read_text(encoding="utf-8").replace("−", "-")
    for name, programs in ((processor, "processor"), *((number, number) for number in ("32", "64", "128", "256"))):
        cells = re.search(rf"^\| {name} \| (.+) \|$", page, re.MULTILINE)[1].split(" | ")
        assert [cell.split(" / ") for cell in cells] == [found[f"skip-gram, {text}", programs] for text in texts]


def test_measuring_a_card_where_there_is_none_says_so_and_ends_with_a_code_of_its_own():
    script = Path(__file__).resolve().parent.parent / "bench" / "gpu.py"
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    for arguments in ([], ["--all"]):
        done = subprocess.run([sys.executable, script, *arguments], env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (3, "PyTorch sees no CUDA card here: nothing to measure\n"), (
            done.stderr
        )
