"""Device, seeds and the progress bar, the last of these in real notebooks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook

import notebooks
from helpers import fasttext, training

ROOT = Path(__file__).resolve().parent.parent


def a_step(slope, rate=0.5, longest=1e9, scaler=None):
    """Two weights that were 0, after a step of plain descent down slope · weights."""
    weights = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=99.0)
    training.step(optimizer, torch.tensor(slope) @ weights, rate, longest, scaler)
    return weights.tolist()


def scaler():
    return torch.amp.GradScaler("cpu", init_scale=1024.0)


def test_a_step_goes_down_at_its_rate_and_not_too_far():
    assert a_step([3.0, 4.0]) == [-1.5, -2.0]
    assert a_step([3.0, 4.0], longest=5.0) == pytest.approx([-1.5, -2.0])
    assert a_step([3.0, 4.0], longest=1.0) == pytest.approx([-0.3, -0.4], rel=1e-5)


def test_steps_do_not_add_up_gradients():
    weights = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=1.0)
    for _ in range(3):
        training.step(optimizer, weights.sum(), 1.0, 1e9)
    assert weights.item() == -3


def test_a_scaler_changes_no_step_but_leaves_out_one_that_is_not_finite():
    for longest in (1e9, 1.0):
        assert a_step([3.0, 4.0], longest=longest, scaler=scaler()) == a_step([3.0, 4.0], longest=longest)
    lowered = scaler()
    assert a_step([float("inf"), 1.0], scaler=lowered) == [0, 0] and lowered.get_scale() == 512


def test_device_is_one_that_works(monkeypatch):
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    assert training.device() == ("cuda" if torch.cuda.is_available() else "cpu")
    assert torch.ones(2, device=training.device()).sum() == 2


def test_a_gpu_is_taken_where_pytorch_sees_one(monkeypatch):
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "empty", lambda *size, device: None)
    assert training.device() == "cuda"


@pytest.mark.parametrize("wanted", ["tpu9", "meta9x", "cuda:77"])
def test_a_device_that_is_not_there_is_refused_with_the_remedy(monkeypatch, wanted):
    monkeypatch.setenv("COURSE_DEVICE", wanted)
    with pytest.raises(RuntimeError, match="set it to cpu"):
        training.device()


def test_the_environment_variable_decides(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("COURSE_DEVICE", " cpu ")
    assert training.device() == "cpu"


def test_same_seed_same_numbers_and_the_global_state_is_untouched():
    before = torch.get_rng_state()
    one, other = (torch.randn(5, generator=training.generator(3)) for _ in range(2))
    assert torch.equal(one, other)
    assert not torch.equal(one, torch.randn(5, generator=training.generator(4)))
    assert torch.equal(before, torch.get_rng_state())


@pytest.fixture
def two_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


def test_work_in_many_short_steps_is_done_by_one_thread(two_threads, monkeypatch):
    """Two would wait for each other after each step: 17 times the processor time on cores that others use as well."""
    seen = []

    def rows(left, right):
        seen.append(torch.get_num_threads())
        return torch.ones(right - left, 4)

    def drawn(*size, generator, rand=torch.rand):
        seen.append(torch.get_num_threads())
        return rand(*size, generator=generator)

    monkeypatch.setattr(torch, "rand", drawn)
    training.typical_score(rows, rows, np.ones(9), np.ones(9))
    assert set(seen) == {1} and torch.get_num_threads() == 2
    seen.clear()
    fasttext.fill(np.zeros((9, 4), np.float32), 1)
    assert set(seen) == {1} and torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError), training.one_thread():
        print(1 / 0)
    assert torch.get_num_threads() == 2


def test_initial_vectors_lie_in_the_range_of_word2vec():
    vectors = training.initial_vectors(2000, 20, seed=1)
    assert vectors.shape == (2000, 20) and vectors.abs().max() <= 0.5 / 20
    assert abs(vectors.mean()) < 1e-3 and abs(vectors.std() - (1 / 20) / 12**0.5) < 1e-4
    assert torch.equal(vectors, training.initial_vectors(2000, 20, seed=1))


def settled(text):
    return re.sub(r"[^\n]*\r", "", text)


@pytest.mark.parametrize(
    "make, left",
    [
        (lambda: training.progress(range(5), "epochs"), "epochs: 5/5\n"),
        (lambda: training.progress(range(100_000), "pairs"), "pairs: 100000/100000\n"),
        (lambda: training.progress((i for i in range(3)), "lines"), "lines: 3\n"),
        (lambda: training.progress((i for i in range(3)), "lines", total=3), "lines: 3/3\n"),
        (lambda: training.progress([], "epochs"), "epochs: 0/0\n"),
        (lambda: training.progress(range(2)), "2/2\n"),
        (lambda: training.progress(range(3, 5), "epochs", done=3), "epochs: 5/5\n"),
        (lambda: training.progress(range(5, 5), "epochs", done=5), "epochs: 5/5\n"),
    ],
)
def test_one_line_without_time_is_left(capsys, make, left):
    list(make())
    out, err = capsys.readouterr()
    assert out == "" and settled(err) == left
    assert "it/s" in err, "there was a bar before"


def test_items_come_through_in_order_and_lazily():
    taken = []
    for item in training.progress((taken.append(i) or i for i in range(4)), "items"):
        assert taken[-1] == item and len(taken) == item + 1


def test_break_and_exceptions_leave_the_count_reached(capsys):
    for epoch in training.progress(range(5), "epochs"):
        if epoch == 3:
            break
    assert settled(capsys.readouterr().err) == "epochs: 3/5\n"
    with pytest.raises(ZeroDivisionError):
        for epoch in training.progress(range(5), "epochs"):
            1 / (epoch - 1)
    assert settled(capsys.readouterr().err) == "epochs: 1/5\n"


CELLS = {  # source: what may be left of the error stream
    "for e in training.progress(range(4), 'epochs'): time.sleep(PAUSE)": "epochs: 4/4\n",
    "for e in training.progress(range(20000), 'pairs'): pass": "pairs: 20000/20000\n",
    "for e in training.progress(range(3), 'epochs'):\n    print('loss', e)\n    time.sleep(PAUSE)": "epochs: 3/3\n",
    "for e in training.progress(range(2), 'epochs'):\n"
    "    for b in training.progress(range(10), 'batches'): time.sleep(PAUSE / 10)": (
        "batches: 10/10\nbatches: 10/10\nepochs: 2/2\n"
    ),
}


@pytest.mark.slow
def test_stored_and_fresh_output_agree_however_fast_the_machine_is(tmp_path):
    """A notebook stored on a slow machine (PAUSE = 0.3 s) is reproduced, by nbval, on a fast one (0.001 s)."""
    setup = (
        f"import os, sys, time\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from helpers import training\nPAUSE = float(os.environ.get('PAUSE', '0.3'))"
    )
    cells = [new_code_cell(source, id=f"c{k}") for k, source in enumerate([setup, *CELLS])]
    path = tmp_path / "progress.ipynb"
    notebooks.write(notebooks.execute(new_notebook(cells=cells), path), path)
    stored = nbformat.read(path, as_version=4)
    for cell, left in zip(stored.cells[1:], CELLS.values()):
        assert [output.text for output in cell.outputs if output.name == "stderr"] == [left]
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "-p", "no:cacheprovider"]
    command += [f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}", str(path)]
    environment = {**os.environ, "PAUSE": "0.001"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and f"{len(CELLS) + 1} passed" in done.stdout, done.stdout
