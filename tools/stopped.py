"""What stops a tool is told in one sentence, from its first import on: Ctrl-C, or a disk that takes nothing.

    import stopped  # before all others: Ctrl-C may come while they are imported, which takes a second

    with stopped.saying("what has been run is kept, and the same command goes on from here"):
        ...

This file must be readable by any Python 3, since tools/install.py is.
"""

import contextlib
import errno
import os
import sys

REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)  # no right, read-only, full
COURSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STATUS = 130  # what shells and make know Ctrl-C by: 128 and the number of SIGINT
OTHERWISE = "stopped; the same command begins again"  # where nothing else is said


def tell(kind, error, trace):
    """What Python calls for an error that nothing has caught: a sentence for what stops a tool, others as they are."""
    if issubclass(kind, KeyboardInterrupt):
        print("\n" + (str(error) or OTHERWISE), file=sys.stderr)
        sys.exit(STATUS)
    if issubclass(kind, OSError) and error.errno in REFUSED and error.filename:
        sys.exit(refusal(error))
    sys.__excepthook__(kind, error, trace)


def refusal(error):
    """What is said of a file that cannot be written, and what helps."""
    path = os.path.abspath(os.fsdecode(error.filename))
    inside = path.startswith(COURSE + os.sep)
    remedy = "copy the course into a folder of your own" if inside else "set HOME to a folder of your own"
    return "{0} cannot be used ({1}): make room there, or {2}".format(path, error.strerror, remedy)


@contextlib.contextmanager
def saying(sentence):
    """If Ctrl-C comes in the block, say this: what is there by then, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(sentence) from None


sys.excepthook = tell
