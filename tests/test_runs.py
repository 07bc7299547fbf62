"""The training loop that all trainers share: order, threads, losses, savings, Ctrl-C, and going on afterwards."""

import os
import signal
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from helpers import runs, training
from helpers.checkpoints import Checkpoint


class Toy:
    """An objective whose state tells in which order its parts were worked on, and what they drew."""

    def __init__(self, parts=4, measure=True):
        self.parts, self.measure = parts, measure
        self.worked, self.finished, self.table = [], [], torch.zeros(3, dtype=torch.float64)

    def work(self, epoch, part):
        self.worked.append((epoch, part))
        self.table.mul_(0.9).add_(torch.rand(3, generator=torch.Generator().manual_seed(100 * epoch + part)))
        return (float(8 * epoch + part), 2) if self.measure else (0.0, 0)

    def snapshot(self):
        return self.table.clone()

    def state(self):
        return {"table": self.table}

    def restore(self, state):
        self.table[:] = state["table"]

    def finish(self, epoch, loss):
        self.finished.append((epoch, loss))


class Stopped(BaseException):
    """Stands in for a kill."""


class Stopping(Checkpoint):
    """Saves at every opportunity, and is killed after so many savings."""

    def __init__(self, path, savings):
        super().__init__(path, every=0)
        self.savings = savings

    def save(self, tensors):
        super().save(tensors)
        self.savings -= 1
        if not self.savings:
            raise Stopped


def restored(saved):
    return saved, saved.restore({"test": 1})


ORDER = [(epoch, part) for epoch in range(3) for part in range(4)]
LOSSES = [0.75, 4.75, 8.75]


# ---- epochs, losses, what is reported


def test_one_worker_goes_through_the_parts_in_their_order():
    toy = Toy()
    assert runs.train(toy, 3) == LOSSES, "the mean over all that was counted: in the first epoch 0 + 1 + 2 + 3 in 4 · 2"
    assert toy.worked == ORDER and toy.finished == list(enumerate(LOSSES))


def test_without_a_measured_loss_it_is_nan():
    toy = Toy(measure=False)
    assert np.isnan(runs.train(toy, 2)).tolist() == [True, True]
    bare = SimpleNamespace(parts=2, work=lambda epoch, part: (3.0, 2))
    assert runs.train(bare, 2) == [1.5, 1.5], "an objective need not have `finish`, nor a snapshot that nobody sees"


def test_after_epoch_is_shown_a_snapshot_and_the_loss_if_it_takes_it():
    two, three, any_number = [], [], []

    class Three:
        def __call__(self, epoch, table, loss):
            three.append((epoch, table, loss))

    runs.train(Toy(), 3, after_epoch=lambda epoch, table: two.append((epoch, table)))
    runs.train(Toy(), 3, after_epoch=Three())
    runs.train(Toy(), 3, after_epoch=lambda *all_of_it: any_number.append(all_of_it))
    for seen in (two, three, any_number):
        assert [epoch for epoch, *_ in seen] == [0, 1, 2]
        assert len({tuple(table.tolist()) for _, table, *_ in seen}) == 3, "copies, not one table three times"
        assert torch.equal(seen[1][1], two[1][1])
    assert [loss for *_, loss in three] == LOSSES == [loss for *_, loss in any_number]


def test_who_takes_a_loss():
    assert not runs.takes_loss(None) and not runs.takes_loss(lambda epoch, table: None)
    assert runs.takes_loss(lambda epoch, table, loss: None) and runs.takes_loss(print)
    assert not runs.takes_loss(lambda epoch, table, loss, more: None) and not runs.takes_loss(lambda: None)


def test_the_bar_counts_epochs_and_says_the_loss(capsys, monkeypatch):
    runs.train(Toy(), 3, progress=True)
    assert capsys.readouterr().err.endswith("\repochs: 3/3\n")
    notes = []

    def bar(items, name, note, done):
        for item in items:
            yield item
            notes.append(note())

    monkeypatch.setattr(runs.training, "progress", bar)
    runs.train(Toy(), 2, progress=True)
    runs.train(Toy(measure=False), 2, progress=True)
    assert notes == ["loss 0.7500", "loss 4.7500", "", ""]


# ---- threads


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_threads_share_the_parts_and_finish_an_epoch_before_the_next(workers):
    toy = Toy(parts=20)
    assert runs.train(toy, 3, workers) == pytest.approx(
        [sum(8 * epoch + part for part in range(20)) / 40 for epoch in range(3)]
    )
    assert sorted(toy.worked) == [(epoch, part) for epoch in range(3) for part in range(20)]
    assert [epoch for epoch, _ in toy.worked] == sorted(epoch for epoch, _ in toy.worked)


def test_so_many_threads_work_at_the_same_time(monkeypatch):
    barrier = threading.Barrier(3, timeout=30)
    monkeypatch.setattr(Toy, "work", lambda self, epoch, part: (barrier.wait(), 1))
    runs.train(Toy(parts=6), 2, workers=3)
    assert not barrier.broken


def test_more_threads_than_parts_are_no_mistake():
    toy = Toy(parts=1)
    runs.train(toy, 2, workers=16)
    assert toy.worked == [(0, 0), (1, 0)]


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_what_goes_wrong_in_a_part_surfaces_and_the_others_stop(monkeypatch, workers, error):
    broken, worked = threading.Event(), []

    def work(self, epoch, part):
        worked.append(part)
        if part == 3:
            broken.set()
            raise error("in part 3")
        if part > 3:
            broken.wait(30)
            time.sleep(0.001)
        return 0.0, 0

    monkeypatch.setattr(Toy, "work", work)
    with pytest.raises(error, match="in part 3"):
        runs.train(Toy(parts=20_000), 5, workers)
    assert len(worked) < 10_000


@pytest.mark.parametrize("workers", [1, 3])
def test_what_goes_wrong_in_after_epoch_surfaces_at_once(workers):
    toy = Toy()
    with pytest.raises(ZeroDivisionError):
        runs.train(toy, 3, workers, after_epoch=lambda epoch, table: 1 / 0)
    assert len(toy.worked) == 4


# ---- savings


def test_it_saves_when_it_is_due_and_at_the_end(tmp_path):
    for every, expected in ((0, list(range(1, 13))), (3600, [12])):
        saved, state = restored(Checkpoint(tmp_path / str(every), every=every))
        done, save = [], saved.save

        def noted(tensors, done=done, save=save):
            done.append(tensors["done"])
            save(tensors)

        saved.save = noted
        runs.train(Toy(), 3, saved=saved, state=state)
        assert done == expected


def test_no_part_is_under_way_while_it_saves(tmp_path, monkeypatch):
    under_way, lock = [0], threading.Lock()

    def work(self, epoch, part):
        with lock:
            under_way[0] += 1
        time.sleep(0.001)
        with lock:
            under_way[0] -= 1
        return 0.0, 0

    class Watching(Checkpoint):
        def save(self, tensors):
            assert under_way == [0]
            super().save(tensors)

    monkeypatch.setattr(Toy, "work", work)
    saved, state = restored(Watching(tmp_path / "run", every=0))
    runs.train(Toy(parts=30), 2, workers=4, saved=saved, state=state)
    assert saved.restore({"test": 1})["done"] == 60


@pytest.mark.parametrize("savings", range(1, 12))
def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path, savings):
    plain = Toy()
    losses = runs.train(plain, 3)
    first, second, seen = Toy(), Toy(), []
    saved, state = restored(Stopping(tmp_path / "run", savings))
    with pytest.raises(Stopped):
        runs.train(first, 3, saved=saved, state=state)
    saved, state = restored(Checkpoint(tmp_path / "run"))
    assert state["done"] == savings
    found = runs.train(second, 3, saved=saved, state=state, after_epoch=lambda epoch, table: seen.append(epoch))
    assert first.worked + second.worked == ORDER, "nothing is done twice, nothing left out"
    assert torch.equal(second.table, plain.table) and found == losses
    assert seen == list(range(savings // 4, 3)), "an epoch that was done before is not reported again"


def test_a_training_that_was_done_is_not_done_again(tmp_path):
    saved, state = restored(Checkpoint(tmp_path / "run"))
    losses = runs.train(Toy(), 3, saved=saved, state=state)
    saved, state = restored(Checkpoint(tmp_path / "run"))
    toy = Toy()
    assert runs.train(toy, 3, saved=saved, state=state) == losses and not toy.worked and toy.table.any()


# ---- Ctrl-C, which is the signal SIGINT


class Interrupted(Toy):
    """Sends its own process SIGINT, as Ctrl-C does, while it works on some part of epoch 1; `times`: so often."""

    def __init__(self, part, times=1, parts=4):
        super().__init__(parts)
        self.part, self.times = part, times

    def work(self, epoch, part):
        found = super().work(epoch, part)
        if (epoch, part) == (1, self.part):
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
        return found


@pytest.fixture
def handler():
    """Python's own handler of Ctrl-C, also where tests run in the background; it must be there again afterwards."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("part", [0, 2, 3])
def test_ctrl_c_ends_the_part_saves_and_raises(tmp_path, handler, part):
    toy, seen = Interrupted(part), []
    saved, state = restored(Checkpoint(tmp_path / "run"))
    with pytest.raises(KeyboardInterrupt, match="saved in .*run: the same call goes on"):
        runs.train(toy, 3, saved=saved, state=state, after_epoch=lambda epoch, table: seen.append(epoch))
    assert toy.worked == ORDER[: 4 + part + 1]
    assert seen == ([0, 1] if part == 3 else [0]), "an epoch that was just finished is reported"
    saved, state = restored(Checkpoint(tmp_path / "run"))
    again, plain = Toy(), Toy()
    assert runs.train(again, 3, saved=saved, state=state) == runs.train(plain, 3)
    assert toy.worked + again.worked == ORDER and torch.equal(again.table, plain.table)


def test_ctrl_c_without_a_checkpoint_raises_too(handler):
    toy = Interrupted(1)
    with pytest.raises(KeyboardInterrupt, match="^$"):
        runs.train(toy, 3)
    assert toy.worked == ORDER[:6]


def test_the_bar_has_ended_before_what_stopped_the_training_is_told(handler, capsys):
    with pytest.raises(KeyboardInterrupt) as told:
        runs.train(Interrupted(1), 3, progress=True)
    assert told and capsys.readouterr().err.endswith("\repochs: 1/3\n"), "though the error still holds its frames"


def test_the_bar_of_a_training_that_goes_on_counts_what_was_done(tmp_path, handler, monkeypatch):
    saved, state = restored(Checkpoint(tmp_path / "run"))
    with pytest.raises(KeyboardInterrupt):
        runs.train(Interrupted(1), 3, saved=saved, state=state)
    bars, plain = [], training.tqdm
    monkeypatch.setattr(training, "tqdm", lambda **options: bars.append(plain(**options)) or bars[-1])
    saved, state = restored(Checkpoint(tmp_path / "run"))
    runs.train(Toy(), 3, progress=True, saved=saved, state=state)
    assert [(bar.initial, bar.n, bar.total) for bar in bars] == [(1, 3, 3)]


def test_a_second_ctrl_c_acts_at_once_and_saves_nothing(tmp_path, handler):
    saved, state = restored(Checkpoint(tmp_path / "run"))
    with pytest.raises(KeyboardInterrupt):
        runs.train(Interrupted(1, times=2), 3, saved=saved, state=state)
    assert not (tmp_path / "run").exists()


def test_ctrl_c_stops_several_threads(tmp_path, handler, monkeypatch):
    def work(self, epoch, part):
        if part == 5:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.001)
        return 1.0, 1

    monkeypatch.setattr(Toy, "work", work)
    saved, state = restored(Checkpoint(tmp_path / "run"))
    with pytest.raises(KeyboardInterrupt):
        runs.train(Toy(parts=100_000), 1, workers=3, saved=saved, state=state)
    _, state = restored(Checkpoint(tmp_path / "run"))
    assert 5 < state["done"] < 100_000 and state["run.count"] == state["done"]


def test_a_training_in_another_thread_leaves_ctrl_c_alone(handler):
    toy, found = Toy(), []

    def look(epoch, table):
        found.append(signal.getsignal(signal.SIGINT) is handler)

    thread = threading.Thread(target=runs.train, args=(toy, 3), kwargs={"after_epoch": look})
    thread.start()
    thread.join()
    assert toy.worked == ORDER and found == [True] * 3


def test_a_process_that_ctrl_c_does_not_reach_is_not_stopped_by_it(handler):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        toy = Interrupted(1)
        runs.train(toy, 3)
        assert toy.worked == ORDER
    finally:
        signal.signal(signal.SIGINT, handler)
