"""A child process that was forked while the parent had computed: it must not wait for threads that it has not."""

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import os, signal, sys
import numpy as np, torch
from helpers import captions, fasttext, glove, training, word2vec

def work():
    S = [["a", "b", "c"]] * 50
    for module in (word2vec, fasttext, glove):
        module.train(S, min_count=1, epochs=1, vector_size=4)
    torch.nn.functional.embedding_bag(torch.arange(60_000) % 1000, torch.rand(1000, 100), torch.arange(0, 60_000, 20))
    (torch.rand(600, 600) @ torch.rand(600, 600)).sigmoid().sum()
    torch.randn(2_000_000).exp().sum()

work()
child = os.fork()
if not child:
    signal.alarm(60)
    work()
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_forked_child_trains_too():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
