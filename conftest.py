"""Tests and the notebooks that nbval runs leave the learner's own file of progress alone."""

import os
import signal

import pytest
from hypothesis import settings

os.environ["COURSE_PROGRESS"] = "off"
os.environ.pop("PYTHONSAFEPATH", None)  # many a test starts a process in the course's folder, and imports from there
# The same inputs in every run, however slow the machine; the slow tier tries many more
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")


@pytest.fixture
def one_thread():
    """PyTorch computes with one thread until the test ends: sums are added up in one order."""
    from helpers import training

    with training.one_thread():
        yield


@pytest.fixture
def limited():
    """A function that lets this process write no file beyond so many bytes until the test ends, as on a full disk."""
    resource = pytest.importorskip("resource", reason="Windows has no limit to the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)
