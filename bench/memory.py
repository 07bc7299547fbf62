"""How much memory a process has taken at most, for the benches beside it.

Not `ru_maxrss` where it can be helped: on Linux a new process starts from what the one that started it had at that
moment, so that a small program started from Python reads as large as Python.  The kernel's own mark, VmHWM, begins
anew with each program.
"""

import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

STEP = 0.005  # seconds between two looks at a program's mark


def peak():
    """Peak memory of this process so far, in MB."""
    if sys.platform in ("linux", "win32"):
        return mark(os.getpid())
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes


def mark(pid):
    """Peak memory of a process of Linux or Windows, in MB; 0 when it is gone."""
    if sys.platform == "win32":
        import psutil  # comes with distributed

        try:
            return psutil.Process(pid).memory_info().peak_wset / 1e6
        except psutil.NoSuchProcess:
            return 0.0
    try:
        told = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    return int(told.split("VmHWM:")[1].split()[0]) * 1024 / 1e6 if "VmHWM:" in told else 0.0


class Watch:
    """`with Watch(pid) as watch:` reads a process's mark again and again; `watch.most` is the last of it, in MB.

    nan for a process that was gone before the first look, and on macOS, where a process has no mark to be read.
    """

    def __init__(self, pid):
        self.pid, self.most, self.ended = pid, math.nan, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while found := mark(self.pid):
            self.most = found
            if self.ended.wait(STEP):
                return

    def __enter__(self):
        if sys.platform in ("linux", "win32"):
            self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        if self.thread.ident:
            self.thread.join()


def wait(running):
    """Wait until a program ends: (its CPU seconds, its peak memory in MB as macOS counts it), nan on Windows."""
    if not hasattr(os, "wait4"):
        running.wait()
        return math.nan, math.nan
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def program(command, reads=None, writes=None, cwd=None):
    """Run a program to its end: ({"seconds", "CPU", "memory"}, what it said on its error stream).

    reads, writes  files for its standard input and output.  RuntimeError, with what it said, if it failed.
    Its mark is read again and again while it runs: what it takes in the last STEP seconds is missed, and the memory of
    a program that ends at once is nan.  A program that is waited for in vain (Ctrl-C) is ended.
    """
    name = Path(command[0]).name
    with open(reads or os.devnull, "rb") as given, open(writes or os.devnull, "wb") as taken:
        with tempfile.TemporaryFile() as said:
            begun = time.perf_counter()
            running = subprocess.Popen([*map(str, command)], stdin=given, stdout=taken, stderr=said, cwd=cwd)
            try:
                with Watch(running.pid) as watch:
                    cpu, memory = wait(running)
                    seconds = time.perf_counter() - begun
            except BaseException:
                running.kill()
                running.wait()
                raise
            said.seek(0)
            text = said.read().decode(errors="replace")
    if code := running.returncode:
        how = f"was ended by signal {-code} ({signal.strsignal(-code)})" if code < 0 else "failed"
        raise RuntimeError(f"{name} {how}:\n{text[-2000:]}")
    return {"seconds": seconds, "CPU": cpu, "memory": memory if sys.platform == "darwin" else watch.most}, text
