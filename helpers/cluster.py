"""Counting on many machines at once: Dask (https://distributed.dask.org) hands out the shards of a corpus to workers.

    with cluster.connect(workers=2) as client:                          # two processes on this machine
        vocabulary = Vocabulary.build(corpus, client=client)
        counts = counting.cooccurrence(corpus, vocabulary, client=client)

    with cluster.connect("tcp://10.0.0.1:8786") as client: ...          # a real cluster: only the address changes

* Map: a worker counts one shard as a single machine would count a whole corpus.
* Tree: counts of neighboring shards are added up in pairs, the sums in pairs again, wherever they lie.

Counts are whole numbers, so the order of adding changes nothing, and a shard whose worker was killed is counted again
elsewhere.  What does not fit into a worker's memory, Dask puts on its disk.  Every worker opens the same files under
the same paths; scheduler and workers run the same course: start them in the course's folder, with `python -m dask
scheduler` and `python -m dask worker ADDRESS`.  (`dask` alone does not look for modules in the folder it stands in.)

Errors name the remedy: ConnectionError where no scheduler answers or it goes away, RuntimeError where a worker is
missing, has other versions or keeps being killed, or none is left; what a worker cannot read or write is raised here
as it was there.
"""

import contextlib
import hashlib
import logging
import platform
import queue
import re
import subprocess
import sys
import threading
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path

from helpers import arguments, corpora, environment, files, presence, tallies
from helpers.signals import undisturbed

SHARDS = 8  # for each processor: few enough to hand out, and many enough that the last ones end together
TIMEOUT = 15  # seconds until a scheduler must have answered
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"  # run in every worker: Ctrl-C is not for it
# Shares of a worker's memory from which on counts go to its disk; what Python and the task at work take is on top.
SPILLING = {"target": 0.4, "spill": 0.5}
LEAST = 2**24  # bytes for a worker; with fewer Dask does not even start one
AMPLE = 2**29  # bytes that are certainly enough for a worker's imports; below, they are measured
TOPIC = "shard counted"
LOOK = 0.2  # seconds from one look at what else may have happened to the next, while one waits


@contextlib.contextmanager
def connect(address=None, workers=2, memory="1GiB"):
    """A `distributed.Client`, and with it a cluster that ends with the block.

    address   of a scheduler that runs already ("tcp://HOST:8786"); None: a scheduler and workers on this machine
    workers   without an address: how many processes; they listen on free ports of this machine alone
    memory    and how much memory each may take; from 40 % of it on (SPILLING), counts go to a disk.  ValueError where
              a worker could not even import the course (`check_memory`)
    """
    environment.ensure("distributed")
    from distributed import Client

    address, workers, memory = asked(address, workers, memory)
    if address is None:
        with on_this_machine(workers, memory) as client:
            yield client
        return
    try:
        client = Client(address, timeout=TIMEOUT)
    except (OSError, ValueError, TypeError) as error:
        raise ConnectionError(f"no scheduler answers at {address!r} ({type(error).__name__}): start one there in the "
                              "course's folder with `python -m dask scheduler`, or look at the address and the "
                              "firewall") from None  # fmt: skip
    with client:
        yield checked(client)


@contextlib.contextmanager
def on_this_machine(workers, memory):
    """A Client whose scheduler and workers are processes of its own and end with the block, however it ends."""
    import dask
    from distributed import Client, LocalCluster

    settings = {"distributed.deploy.lost-worker-timeout": f"{presence.PATIENCE} s", "distributed.worker.preload": DEAF}
    settings |= {f"distributed.worker.memory.{name}": share for name, share in SPILLING.items()}
    check_memory(memory)
    with dask.config.set(settings), files.temporary_folder() as folder:
        options = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "memory_limit": memory}
        options |= {"dashboard_address": "127.0.0.1:0", "local_directory": str(folder)}
        opened = []
        try:
            with undisturbed():
                try:
                    opened.append(LocalCluster(**options, silence_logs=logging.CRITICAL))
                except RuntimeError as error:
                    raise RuntimeError(f"the workers did not start ({error}): a script must call this under "
                                       "`if __name__ == '__main__':`, since every worker begins by importing the "
                                       "script; otherwise give them more memory, or take fewer") from None  # fmt: skip
                opened.append(Client(opened[0]))
            yield opened[1]
        finally:
            with undisturbed():
                for one in reversed(opened):
                    with contextlib.suppress(KeyError):  # all is closed by then; it looks for a worker that was killed
                        one.close()


def asked(address, workers, memory):
    """The arguments of `connect`, checked: (address or None, workers, bytes)."""
    from dask.utils import parse_bytes

    address = arguments.optional(arguments.text, "address", address)
    workers = arguments.whole("workers", workers, 1, 1024)
    size = None
    if isinstance(memory, str):
        with contextlib.suppress(ValueError, OverflowError):  # no size, or one beyond all numbers
            size = parse_bytes(memory)
    elif isinstance(memory, int) and not isinstance(memory, bool):
        size = memory
    if size is None or not LEAST <= size < 2**63:
        raise ValueError(f"memory must be a size such as '1GiB', 16 MiB at least, not {arguments.shown(memory)}")
    return address, workers, size


def check_memory(memory):
    """ValueError, naming what is needed, for workers whose imports alone would take their memory.

    Dask kills such a worker, begins another, kills that, and so on without end.  Half of the memory must be left for
    counts: from the share SPILLING["spill"] on, Dask holds tasks up to move what they have counted to the disk.
    """
    if memory >= AMPLE:
        return
    needed = int(taken_by_imports() / SPILLING["spill"])
    if memory < needed:
        raise ValueError(f"memory={memory / 2**20:.0f} MiB is too little for a worker: what it imports takes half of "
                         f"{needed / 2**20:.0f} MiB. Take at least memory='{-(-needed // 2**20)}MiB'")  # fmt: skip


@cache
def taken_by_imports():
    """Bytes that a new process takes once it has imported what workers count with; 0 if that cannot be found out."""
    source = ("import sys; sys.path.insert(0, sys.argv[1]); "  # PYTHONSAFEPATH may keep the folder of `cwd` out
              "import distributed.worker, helpers.cluster_counts, helpers.counting, psutil; "
              "print(psutil.Process().memory_info().rss)")  # fmt: skip
    course = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-c", source, str(course)]
    try:
        found = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=60)
        return int(found.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def checked(client):
    """The client, if its scheduler answers and its workers run what runs here."""
    from distributed import Client

    if not isinstance(client, Client):
        raise TypeError(f"client takes a distributed.Client, not {arguments.shown(client)}: "
                        "with cluster.connect(…) as client: …")  # fmt: skip
    if client.status != "running":
        raise ConnectionError(f"the client is {client.status}: connect again")
    try:
        scheduler = client.run_on_scheduler(course)
        found = versions(client)
    except Exception as error:  # Dask may tell of what is missing elsewhere in an error of another kind
        lacking = re.search(r"No module named '?([\w.]+)", str(error))
        if not lacking:
            raise
        if lacking[1].split(".")[0] != "helpers":
            raise RuntimeError(f"the scheduler or a worker lacks {lacking[1]}: give all machines the same "
                               "environment") from None  # fmt: skip
        raise RuntimeError(f"the scheduler or a worker does not find the course ({error}): start them in the course's "
                           "folder with `python -m dask scheduler` and `python -m dask worker ADDRESS`, or with "
                           "PYTHONPATH naming that folder") from None  # fmt: skip
    if not found:
        raise RuntimeError("the cluster has no workers: start some with `python -m dask worker ADDRESS`")
    here = course()
    found = {"scheduler": scheduler} | {f"worker {address}": there for address, there in found.items()}
    for place, there in found.items():
        if other := [f"{name} {there[name]} (here {here[name]})" for name in here if there[name] != here[name]]:
            raise RuntimeError(f"the {place} has {', '.join(other)}: give all machines the same environment "
                               "and the same course")  # fmt: skip
    return client


def versions(client):
    """What `course` says on every worker, {address: dict}; asked again where one has just ended or begun."""
    for _ in range(5):
        with contextlib.suppress(KeyError, OSError):
            return client.run(course)
        time.sleep(1)
    return client.run(course)


def course(folder=Path(__file__).parent):
    """What decides how a process counts: versions, and a hash of the helpers, whose lines may end as on Windows."""
    hashed = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        hashed.update(path.read_bytes().replace(b"\r\n", b"\n"))
    found = {name: version(name) for name in ("numpy", "dask", "distributed")}
    return found | {"python": platform.python_version(), "course": hashed.hexdigest()[:8]}


def shards_for(client, sentences):
    """The shards of a corpus for these workers; TypeError for sentences that a worker could not open by itself."""
    if not isinstance(sentences, corpora.Corpus):
        raise TypeError("with a client, sentences must be a corpus, which the workers open themselves, not "
                        f"{arguments.shown(sentences)}: pass corpora.load(…)")  # fmt: skip
    return sentences.shards(SHARDS * sum(checked(client).nthreads().values()))


def tally(client, sentences, most, progress=False):
    """`tallies.tally` of a corpus, worked out by a client's workers."""
    from dask import delayed

    shards = shards_for(client, sentences)
    counted = [delayed(tally_shard)(shard, number, most) for number, shard in enumerate(shards)]
    total = tree(lambda first, second: delayed(tallies.added)(first, second, most), counted)
    return next(results(client, [total], len(shards), progress))


def tally_shard(shard, number, most):
    """What a worker does with a shard."""
    found = tallies.tally(shard, most)
    report(number)
    return found


def tree(add, parts):
    """The sum of some parts, in their order: neighbors are added up in pairs, the sums in pairs, until one is left."""
    while len(parts) > 1:
        pairs = [add(first, second) for first, second in zip(parts[::2], parts[1::2])]
        parts = pairs + parts[2 * len(pairs) :]
    return parts[0]


def report(number):
    """Tell the client that a shard is done."""
    from distributed import get_worker

    get_worker().log_event(TOPIC, number)


def results(client, tasks, shards, progress=False):
    """The values of some `dask.delayed` tasks, one after the other; the workers forget each when it has been fetched.

    shards: how many are counted for them, which a bar shows if there is `progress`.
    """
    import dask
    from distributed import CancelledError, KilledWorker
    from distributed.comm import CommClosedError

    told, futures, workers = queue.Queue(), [], presence.Presence(client)
    try:
        if progress:
            client.subscribe_topic(TOPIC, told.put)
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"}):  # a vocabulary is large
            futures = client.compute(tasks)
        if progress:
            show(told, futures, shards, workers)
        while futures:
            wait(futures[0], workers)  # not `result` alone, which does not hear when nobody is left to work it out
            yield futures[0].result()
            futures.pop(0)
    except KilledWorker as error:
        raise RuntimeError(
            f"a shard was given up: its workers were killed, {error.allowed_failures + 1} times, most likely for want "
            "of memory: give each more, or let fewer share a machine"
        ) from None
    except (CancelledError, CommClosedError) as error:
        raise ConnectionError(f"the cluster went away while it counted ({type(error).__name__}): nothing was written; "
                              "start it and count again") from None  # fmt: skip
    finally:
        if client.status == "running":
            client.cancel(futures)
            if progress:
                client.unsubscribe_topic(TOPIC)


def wait(future, workers):
    """Wait until a future is done; RuntimeError where no worker is left, see `presence`."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    while not (done.wait(LOOK) or future.done()):
        workers.check()


def show(told, futures, shards, workers):
    """A bar that counts the shards that workers have told of, until all futures are done."""
    from helpers import training  # PyTorch, which counting does not need

    def steps():
        left = set(range(shards))  # a shard whose worker was killed is told of twice
        while left and not all(future.done() for future in futures):
            workers.check()
            with contextlib.suppress(queue.Empty):
                _, number = told.get(timeout=LOOK)
                if number in left:
                    left.remove(number)
                    yield number
        if all(future.status == "finished" for future in futures):
            yield from left  # done, though their messages have not come; what has failed is not counted as done

    for _ in training.progress(steps(), "shards", total=shards):
        pass
