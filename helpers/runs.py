"""One training loop for every trainer: epochs, threads, loss, progress, checkpoints, and a stop that loses nothing.

    runs.train(objective, epochs=5, workers=2, saved=Checkpoint("run.safetensors"))

What is trained is an objective, an object with

    parts                 into how many parts an epoch is cut
    work(epoch, part)     train on one part; returns (the sum of its losses, how many they are), or (0.0, 0)
    snapshot()            what `after_epoch` is shown: a copy that training does not change any more
    state(), restore(…)   everything that changes while it trains, {name: tensor or number}
    finish(epoch, loss)   called when an epoch is done; an objective that needs no such call has none

Parts of one epoch may be worked on by several threads at once.  What a part draws at random depends on its epoch and
its number alone, so a training that was stopped goes on as if it had not been.
"""

import contextlib
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import torch

from helpers import arguments, training
from helpers.signals import interrupts


class FallingRate(arguments.Checked):
    """What options with the fields `alpha` and `min_alpha` share."""

    def keep_rates(self):
        """Check both: above 0, and `min_alpha` not above `alpha`; ValueError or TypeError that names them."""
        for name in ("alpha", "min_alpha"):
            self.keep(name, arguments.number(name, getattr(self, name), above=0))
        if self.min_alpha > self.alpha:
            raise ValueError(f"alpha must not be below min_alpha, but they are {self.alpha!r} and {self.min_alpha!r}")

    def rate(self, done):
        """The learning rate when a share `done` (0 to 1) of the training lies behind: it falls in a straight line."""
        return self.alpha - (self.alpha - self.min_alpha) * done


class Progress:
    """How far a training has come; a checkpoint keeps it beside the objective's state.

    done     parts that lie behind, of all epochs
    losses   the mean loss of each epoch that is done; nan where the objective measured none
    total    the sum of the losses in the epoch at work, and `count`, how many they are
    """

    def __init__(self):
        self.done, self.losses, self.total, self.count = 0, [], 0.0, 0

    def state(self):
        double = {"total": self.total, "count": self.count, "losses": self.losses}
        return {"done": self.done} | {f"run.{k}": torch.tensor(v, dtype=torch.float64) for k, v in double.items()}

    def restore(self, state):
        self.done, self.losses = int(state["done"]), state["run.losses"].tolist()
        self.total, self.count = float(state["run.total"]), float(state["run.count"])


def train(objective, epochs, workers=1, progress=False, after_epoch=None, saved=None, state=None):
    """Train an objective for all its epochs; returns the list of the mean losses of the epochs.

    workers      threads that share the parts of an epoch; one alone goes through them in their order
    progress     show a bar that counts epochs, with the mean loss where the objective measures it
    after_epoch  called with (epoch, snapshot) when an epoch is done, or with (epoch, snapshot, mean loss) if it takes
                 three arguments.  An epoch that was done before this call is not reported again
    saved        a Checkpoint whose `restore` has been called, or None; `state` is what it returned

    Ctrl-C (Kernel → Interrupt) is heeded between two parts: the state is saved and KeyboardInterrupt raised.  A
    second one acts at once.  What goes wrong in a part is raised here once the other threads have finished theirs.
    """
    after_epoch, progress = arguments.function("after_epoch", after_epoch), arguments.flag("progress", progress)
    run = Progress()
    if state:
        run.restore(state)
        objective.restore(state)

    def save():
        saved.save(objective.state() | run.state())

    first = run.done // objective.parts  # the epochs before it were done when training was stopped
    with interrupts() as stop, released(saved), counted(run, first, epochs, progress) as bar:
        for epoch in bar:
            end = (epoch + 1) * objective.parts
            while run.done < end and not stop.is_set():
                work(objective, run, epoch, workers, lambda: stop.is_set() or saved and saved.due())
                if saved and run.done < end and (saved.due() or stop.is_set()):
                    save()
            if run.done == end:
                run.losses.append(run.total / run.count if run.count else np.nan)
                run.total, run.count = 0.0, 0
                if hasattr(objective, "finish"):
                    objective.finish(epoch, run.losses[-1])
                if after_epoch:
                    report(after_epoch, epoch, objective.snapshot(), run.losses[-1])
                if saved and (saved.due() or stop.is_set() or epoch + 1 == epochs):
                    save()
            if stop.is_set():
                raise KeyboardInterrupt(*[f"saved in {saved.path}: the same call goes on from there"] if saved else [])
    return run.losses


def work(objective, run, epoch, workers, pause):
    """Work off parts of one epoch, from the first that is left on, until they are done or `pause()` says so."""
    first = run.done - epoch * objective.parts
    queue, lock, failed = iter(range(first, objective.parts)), threading.Lock(), threading.Event()

    def thread():
        try:
            while not failed.is_set():
                with lock:
                    part = next(queue, None)
                if part is None:
                    return
                loss, count = objective.work(epoch, part)
                with lock:
                    run.done, run.total, run.count = run.done + 1, run.total + loss, run.count + count
                if pause():
                    return
        except BaseException:
            failed.set()
            raise

    if workers == 1:
        return thread()
    with ThreadPoolExecutor(workers) as pool:
        threads = [pool.submit(thread) for _ in range(workers)]
        while wait(threads, timeout=1).not_done:  # on Windows a wait without end would not hear of Ctrl-C
            pass
    for one in threads:
        one.result()


@contextlib.contextmanager
def counted(run, first, epochs, progress):
    """The numbers of the epochs that are left, under a bar if there is progress; its last line precedes an error."""
    if not progress:
        yield range(first, epochs)
        return
    left = training.progress(range(first, epochs), "epochs", note=lambda: shown(run), done=first)
    with contextlib.closing(left) as bar:
        yield bar


@contextlib.contextmanager
def released(saved):
    """At the end, however it comes, let others write to the checkpoint."""
    try:
        yield
    finally:
        if saved:
            saved.release()


def takes_loss(after_epoch):
    """Whether `after_epoch` takes a third argument, the mean loss."""
    try:
        inspect.signature(after_epoch).bind(0, None, 0.0)
    except (TypeError, ValueError):  # it takes two, it is None, or Python cannot say how many it takes
        return False
    return True


def report(after_epoch, epoch, snapshot, loss):
    """Call `after_epoch` with the loss, if it takes a third argument, or without."""
    after_epoch(epoch, snapshot, loss) if takes_loss(after_epoch) else after_epoch(epoch, snapshot)


def shown(run):
    """What the progress bar says beside the count."""
    return f"loss {run.losses[-1]:.4f}" if run.losses and np.isfinite(run.losses[-1]) else ""
