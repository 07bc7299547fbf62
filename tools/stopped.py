"""Ctrl-C ends a tool with one sentence and the exit status 130, from its first import on.

    import stopped  # before all others: Ctrl-C may come while they are imported, which takes a second

    with stopped.saying("what has been run is kept, and the same command goes on from here"):
        ...

This file must be readable by any Python 3, since tools/install.py is.
"""

import contextlib
import sys

STATUS = 130  # what shells and make know Ctrl-C by: 128 and the number of SIGINT
OTHERWISE = "stopped; the same command begins again"  # where nothing else is said


def tell(kind, error, trace):
    """What Python calls for an error that nothing has caught: Ctrl-C is told as a sentence, others as they are."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    print("\n" + (str(error) or OTHERWISE), file=sys.stderr)
    sys.exit(STATUS)


@contextlib.contextmanager
def saying(sentence):
    """If Ctrl-C comes in the block, say this: what is there by then, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(sentence) from None


sys.excepthook = tell
