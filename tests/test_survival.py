"""Long work survives: trainings are killed with SIGKILL at random moments, go on, and end in the very same bits.

The same with SIGINT, which is Ctrl-C: it ends a training within seconds.

Each trainer once, and KILLS times in the slow tier.  Every training is a process of its own; in the slow tier it may
go on in a process of another interpreter, whose sets have another order.
"""

import contextlib
import functools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import survivors
from helpers import files
from survivors import TRAININGS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL and fork are Unix's")
SCRIPT = Path(__file__).with_name("survivors.py")
KILLS = 20
PATIENCE = 240  # seconds until a training that says nothing counts as hanging


def environment(seed):
    """One thread, and Python's sets in another order for another seed."""
    return os.environ | {"PYTHONHASHSEED": str(seed), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Forks:
    """An interpreter that has imported everything and forks one training after the other."""

    def __init__(self, seed):
        self.server = subprocess.Popen([sys.executable, SCRIPT], env=environment(seed), text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        assert self.server.stdout.readline() == "ready\n"

    def start(self, *arguments):
        self.server.stdin.write("\t".join(map(str, arguments)) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())

    def finish(self):
        return int(self.server.stdout.readline())

    def close(self):
        self.server.communicate()


class Run:
    """One training, from its first start to its end, however often it is killed on the way."""

    def __init__(self, name, folder):
        folder.mkdir()
        self.name, self.checkpoint, self.result = name, folder / "run.safetensors", folder / "result.npz"
        self.kills = self.while_saving = 0

    @property
    def log(self):
        """What the training's processes have written down: anew, resumed, saved, finished, interrupted, failed."""
        path = self.result.with_name("result.npz.log")
        return path.read_text().split() if path.exists() else []

    def go(self, where, moment=None, struck=signal.SIGKILL, wait=None):
        """Start or resume it; `moment(log of this process)` says when to kill it, and may sleep. True if it ended.

        wait: the number of the saving after which the training waits until it has been struck, so that it cannot end
        before, however slow this process is.
        """
        before, waiting = len(self.log), self.result.with_name("result.npz.wait")
        if wait:
            waiting.write_text(str(wait))
        process = where.start(self.name, self.checkpoint, self.result)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            news = self.log[before:]
            if not {"finished", "interrupted", "failed"}.isdisjoint(news):
                break
            if moment and moment(news):
                with contextlib.suppress(ProcessLookupError):  # it has just ended
                    os.kill(process, struck)
                break
            time.sleep(0.001)
        waiting.unlink(missing_ok=True)  # the signal is there before the training can see that this file is not
        code = where.finish()
        if "interrupted" in self.log[before:]:
            return False
        if code == -signal.SIGKILL and "finished" not in self.log:
            self.kills += 1
            self.while_saving += bool(files.leftovers(self.checkpoint))
            return False
        assert code in (0, -signal.SIGKILL), self.log[-1:]
        return True

    def arrays(self):
        with np.load(self.result) as found:
            return {name: found[name] for name in found.files}


def after_savings(savings, pause):
    """A moment: `pause` seconds after so many savings of this process; with 0 savings, after its start."""

    def moment(news):
        if news and news.count("saved") >= savings:
            time.sleep(pause)
            return True
        return False

    return moment


def equal_bits(one, other):
    """Whether two sets of arrays are the same bit for bit."""
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype and one[name].tobytes() == other[name].tobytes() for name in one
    )


def check(killed, undisturbed, stops=0):
    """The same bits, from work that was taken up and not done again."""
    assert equal_bits(killed.arrays(), undisturbed.arrays())
    starts = [word for word in killed.log if word in ("anew", "resumed")]
    first_saving = killed.log.index("saved")
    assert "anew" not in killed.log[first_saving:] and len(starts) <= killed.kills + stops + 1
    # A kill after the move to the final name and before the log's line hides a saving; nothing is saved twice
    savings = undisturbed.log.count("saved")
    assert savings - killed.kills <= killed.log.count("saved") <= savings
    assert not files.leftovers(killed.checkpoint)


@pytest.fixture(scope="module")
def interpreter():
    found = Forks(seed=1)
    yield found
    found.close()


@pytest.fixture(scope="module")
def interpreters(interpreter):
    other = Forks(seed=2)
    yield interpreter, other
    other.close()


@pytest.fixture(scope="module")
def whole(interpreter, tmp_path_factory):
    """A function of a training's name: the run that nobody disturbed."""

    @functools.cache
    def found(name):
        run = Run(name, tmp_path_factory.mktemp(name) / "undisturbed")
        assert run.go(interpreter)
        return run

    return found


@pytest.mark.parametrize("name", [name for name in TRAININGS if name != "cbow"])
def test_a_killed_training_goes_on_to_the_same_bits(name, interpreter, whole, tmp_path):
    undisturbed = whole(name)
    savings = undisturbed.log.count("saved")
    assert savings >= 8 and undisturbed.log == ["anew", *["saved"] * savings, "finished"]
    killed = Run(name, tmp_path / "killed")
    chance = random.Random()
    moment = after_savings(chance.randint(1, savings - 3), chance.uniform(0, 0.02))
    assert not killed.go(interpreter, moment, wait=savings - 2)
    assert killed.go(interpreter)
    check(killed, undisturbed)
    again = killed.log.count("saved")
    assert killed.go(interpreter) and killed.log.count("saved") == again, "what is complete is not trained again"
    assert equal_bits(killed.arrays(), undisturbed.arrays())


@pytest.mark.parametrize("name", [name for name in TRAININGS if name != "cbow"])
def test_a_training_that_ctrl_c_stops_has_saved_all_it_had_done(name, interpreter, whole, tmp_path):
    undisturbed = whole(name)
    savings = undisturbed.log.count("saved")
    stopped = Run(name, tmp_path / "stopped")
    chance, begun = random.Random(), []
    moment = after_savings(chance.randint(1, savings - 3), chance.uniform(0, 0.02))
    strike = lambda news: moment(news) and not begun.append(time.monotonic())  # noqa: E731
    assert not stopped.go(interpreter, strike, signal.SIGINT, wait=savings - 2)
    assert time.monotonic() - begun[0] < 20 and stopped.log[-1] == "interrupted"
    assert stopped.go(interpreter)
    check(stopped, undisturbed, stops=1)


def test_a_training_waits_after_a_saving_for_as_long_as_it_is_told_to(tmp_path):
    result = tmp_path / "result.npz"
    waiting, log = tmp_path / "result.npz.wait", tmp_path / "result.npz.log"
    waiting.write_text("2")
    checkpoint, _ = survivors.logged(tmp_path / "run.safetensors", str(result))
    checkpoint.restore({})
    checkpoint.save({"number": 1})
    thread = threading.Thread(target=checkpoint.save, args=[{"number": 2}], daemon=True)
    thread.start()
    while log.read_text().split().count("saved") < 2:
        time.sleep(0.001)
    thread.join(0.1)
    assert thread.is_alive()
    waiting.unlink()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    checkpoint.save({"number": 3})
    checkpoint.release()


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAININGS)
def test_twenty_kills_at_random_moments(name, interpreters, tmp_path):
    chance = random.Random()
    undisturbed = Run(name, tmp_path / "undisturbed")
    begun = time.monotonic()
    assert undisturbed.go(interpreters[0])
    savings = undisturbed.log.count("saved")
    gap = (time.monotonic() - begun) / savings  # seconds from one saving to the next, roughly
    runs = []
    while sum(run.kills for run in runs) < KILLS:
        runs.append(Run(name, tmp_path / f"series-{len(runs)}"))
        ended = False
        while not ended:
            some, pause = chance.randint(0, savings // 4), chance.choice([0, chance.uniform(0, gap)])
            ended = runs[-1].go(chance.choice(interpreters), after_savings(some, pause))
        check(runs[-1], undisturbed)
    kills, cut = sum(run.kills for run in runs), sum(run.while_saving for run in runs)
    print(f"{name}: {kills} kills in {len(runs)} trainings of {savings} savings; {cut} cut a saving in two")
