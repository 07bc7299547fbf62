"""Ctrl-C, heard where it does no harm: between two steps, not in the middle of one."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def interrupts():
    """An event that Ctrl-C sets, in place of an exception in the middle of a step; the second Ctrl-C raises it."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
    if before in (None, signal.SIG_IGN):  # another thread, or a process that Ctrl-C does not reach
        yield stop
        return

    def heard(*_):
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, heard)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def undisturbed():
    """Hold Ctrl-C back until the block is done, then raise KeyboardInterrupt, even in place of its own error."""
    with interrupts() as stop:
        try:
            yield
        except Exception:
            if not stop.is_set():
                raise
    if stop.is_set():
        raise KeyboardInterrupt
