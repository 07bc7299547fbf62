"""Half precision: whether an LSTM can be trained in bfloat16 here, and what is taken where it cannot."""

import warnings
from functools import cache as memoised

import torch


def usable(precision, device):
    """The precision to train in: the one asked for, or "float32", with a warning, where the device lacks bfloat16."""
    if precision == "bfloat16" and not learns_in_bfloat16(device):
        kind = "processor" if device == "cpu" else "GPU"
        warnings.warn(f'precision="bfloat16": this {kind} has no half precision for an LSTM, so training takes '
                      "float32 instead; it learns the same, only more slowly", stacklevel=3)  # fmt: skip
        return "float32"
    return precision


@memoised
def learns_in_bfloat16(device):
    """Whether an LSTM can be trained in half precision on a device ("cpu", "cuda", …): a tiny one is tried, once.

    PyTorch multiplies matrices in bfloat16 on any processor, but it hands an LSTM to oneDNN or cuDNN, which raise
    RuntimeError where they have none for this processor (one without AVX-512) or this GPU.
    """
    with torch.random.fork_rng(devices=[]):  # the first weights must not move the caller's random numbers
        lstm = torch.nn.LSTM(1, 1).to(device)
    try:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            outputs, _ = lstm(torch.ones(1, 1, 1, device=device))
        outputs.float().sum().backward()
    except RuntimeError:
        return False
    return True
