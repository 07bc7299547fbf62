"""Half precision: whether an LSTM can be trained in 16 bits here, and what is taken where it cannot.

bfloat16 has the range of float32 and two or three digits; float16 has three or four digits and little range, so that
small gradients would become 0: the trainer multiplies the loss by a large number first and divides the gradients by it
(Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740).  Cards before Ampere, Colab's T4 among them, have float16
only.
"""

from functools import cache as memoised

import torch

from helpers import arguments

HALF = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def usable(precision, device):
    """The precision to train in: the one asked for, or "float32", with a warning, where the device lacks it."""
    if precision == "float16" and not learns_in_float16(device):
        arguments.warn('precision="float16" is for NVIDIA\'s cards, so training takes float32 instead; it learns the '
                       "same")  # fmt: skip
        return "float32"
    if precision == "bfloat16" and not learns_in_bfloat16(device):
        kind = "processor" if device == "cpu" else "GPU"
        hint = "" if device == "cpu" else ' (precision="float16" may do)'
        arguments.warn(f'precision="bfloat16": this {kind} has no half precision for an LSTM{hint}, so training takes '
                       "float32 instead; it learns the same, only more slowly")  # fmt: skip
        return "float32"
    return precision


def learns_in_float16(device):
    """Whether a device gains from float16: a processor would only pretend to compute in it."""
    return torch.device(device).type == "cuda"


def native_bfloat16(device):
    """Whether a device computes in bfloat16 by itself, rather than pretending to."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return str(device) == "cpu" and bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


@memoised
def learns_in_bfloat16(device):
    """Whether an LSTM can be trained in half precision on a device ("cpu", "cuda", …): a tiny one is tried, once.

    PyTorch multiplies matrices in bfloat16 on any processor, but it hands an LSTM to oneDNN or cuDNN, which raise
    RuntimeError where they have none for this processor (one without AVX-512) or this GPU.  A card that would only
    pretend to compute in it does not count.
    """
    if torch.device(device).type == "cuda" and not native_bfloat16(device):
        return False
    with torch.random.fork_rng(devices=[]):  # the first weights must not move the caller's random numbers
        lstm = torch.nn.LSTM(1, 1).to(device)
    try:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            outputs, _ = lstm(torch.ones(1, 1, 1, device=device))
        outputs.float().sum().backward()
    except RuntimeError:
        return False
    return True
