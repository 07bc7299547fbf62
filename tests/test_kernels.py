"""The kernels for a graphics card: their cases run in a process of their own, interpreted or on a card.

Triton decides when it is imported whether kernels are interpreted, so the cases cannot share this process.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

CASES = Path(__file__).with_name("kernel_cases.py")


def run(*arguments, **environment):
    """Run the cases: (how many passed, what was printed)."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", str(CASES), *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return int(re.search(r"(\d+) passed", done.stdout)[1])


@pytest.mark.parametrize("part, least", [
    ("not trainer and not training", 70),
    pytest.param("trainer or training", 30, marks=pytest.mark.slow),  # minutes, in the interpreter
])  # fmt: skip
def test_in_the_interpreter(part, least):
    pytest.importorskip("triton", reason="Triton comes with PyTorch for Linux and in requirements-dev.txt")
    assert run("-k", f"({part}) and not asked_for and not many_programs", TRITON_INTERPRET="1") >= least


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_on_the_card():
    assert run(TRITON_INTERPRET="0") >= 90


@pytest.mark.slow
@pytest.mark.parametrize("capability", [75, 80, 90], ids=["T4", "A100", "H100"])
def test_kernels_compile_for_every_card_with_no_more_shared_memory_than_is_said(capability, tmp_path):
    """Triton's compiler needs no card; what it makes is only run where there is one."""
    pytest.importorskip("triton", reason="Triton comes with PyTorch for Linux and in requirements-dev.txt")
    code = f"import kernel_compiled; kernel_compiled.all({capability})"
    done = subprocess.run([sys.executable, "-c", code], cwd=CASES.parent, capture_output=True, text=True,
                          env=os.environ | {"TRITON_CACHE_DIR": str(tmp_path), "TRITON_INTERPRET": "0"})  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert done.stdout.count("compiled") == 15
