"""How much memory a process has taken at most, for the benches beside it.

Not `ru_maxrss` where it can be helped: on Linux a new process starts from what the one that started it had at that
moment, so that a small program started from Python reads as large as Python.  The kernel's own mark, VmHWM, begins
anew with each program.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

STEP = 0.005  # seconds between two looks at a program's mark


def peak():
    """Peak memory of this process so far, in MB."""
    if sys.platform == "linux":
        return mark("self")
    if sys.platform == "win32":
        import psutil  # comes with distributed

        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes


def mark(pid):
    """Peak memory of a process of Linux, in MB; 0 when it is gone."""
    try:
        told = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    return int(told.split("VmHWM:")[1].split()[0]) * 1024 / 1e6 if "VmHWM:" in told else 0.0


def program(command, reads=None, writes=None, cwd=None):
    """Run a program to its end: ({"seconds", "CPU", "memory"}, what it said on its error stream).

    reads, writes  files for its standard input and output.  RuntimeError, with what it said, if it failed.
    Its mark is read again and again while it runs; what it takes in the last STEP seconds is missed.
    """
    name, most = Path(command[0]).name, 0.0
    with open(reads or os.devnull, "rb") as given, open(writes or os.devnull, "wb") as taken:
        with tempfile.TemporaryFile() as said:
            begun = time.perf_counter()
            running = subprocess.Popen([*map(str, command)], stdin=given, stdout=taken, stderr=said, cwd=cwd)
            ended = threading.Event()

            def watch():
                nonlocal most
                while not ended.wait(STEP):
                    most = max(most, mark(running.pid))

            thread = threading.Thread(target=watch, daemon=True)
            if sys.platform == "linux":
                thread.start()
            _, status, used = os.wait4(running.pid, 0)
            seconds = time.perf_counter() - begun
            ended.set()
            if thread.ident:
                thread.join()
            running.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            text = said.read().decode(errors="replace")
    if running.returncode:
        raise RuntimeError(f"{name} failed:\n{text[-2000:]}")
    memory = most if sys.platform == "linux" else used.ru_maxrss / 1e6
    return {"seconds": seconds, "CPU": used.ru_utime + used.ru_stime, "memory": memory}, text
