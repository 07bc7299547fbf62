"""Which device a trainer of word vectors takes, and why: the graphics card only where it wins.

A card is no faster than the processor on a small corpus: it has to be woken, kernels have to be compiled, and only a
large vocabulary and a large corpus give it enough to do at once (see `card.programs`).  So `device=None` takes the
processor below a size, and without a word.  Whoever asks for the card, with device="cuda" or COURSE_DEVICE=cuda, gets
it, or a warning of one line that says why not.

A kernel takes one to two seconds to compile, once in a process, and waking the card about as long.  After that an H200
trains 20 to 100 million words a second, two cores two to eight million, and 18 to 27 million of GloVe's counts
(bench/README.md, 27 and 29 November 2026).  So the card is taken from what two cores need three to ten seconds for,
GloVe's counts some fifteen: no lesson trains so much.
"""

import os
from functools import cache

import torch

from helpers import arguments, training

WORDS = 20_000_000  # tokens × epochs from which on word2vec and FastText take the card
COUNTS = 300_000_000  # counts × epochs, for GloVe
PROGRAMS = 16  # a vocabulary that bears fewer gives a card less to do than a processor does
CAPABILITY = (7, 0)  # of the oldest cards that PyTorch hands to Triton


def wish(device):
    """The device that was asked for, or None: the choice is ours.  Without a card it is "cpu".

    RuntimeError if what was asked for is not there, see `training.device`.
    """
    found = training.device(device)
    return None if found != "cpu" and not device and not os.environ.get("COURSE_DEVICE", "").strip() else found


def chosen(wished, work, enough, programs, room, large="", shared=0):
    """The card to train on, by PyTorch's name for it, or None: the processor.

    wished    from `wish`
    work      how much there is to do; from `enough` on the card is taken
    programs  how many of them the vocabulary bears
    room      bytes that have to lie on the card
    large     what makes this training impossible on any card, or ""
    shared    bytes that the threads of a program share
    """
    if wished == "cpu" or wished is None and (work < enough or programs < PROGRAMS):
        return None
    device = wished or training.device()
    reason = large or lacking(device) or full(device, room) or narrow(device, shared)
    if reason:
        arguments.warn(f"{reason}: training on the processor")
        return None
    return device


def full(device, room):
    """Why so many bytes do not fit on a card, or "".  What PyTorch has taken and does not use counts as free."""
    unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    free = torch.cuda.mem_get_info(device)[0] + unused
    return f"this takes {room / 2**30:.1f} GiB of the card, which has {free / 2**30:.1f} left" if room > free else ""


def narrow(device, shared):
    """Why a program of a card cannot share so many bytes, or ""."""
    most = torch.cuda.get_device_properties(device).shared_memory_per_block_optin if shared else 0
    if shared <= most:
        return ""
    return (f"a block of this vector_size (in CBOW, of this window and negative, too) takes {shared >> 10} KiB, "
            f"a program of this card has {most >> 10}")  # fmt: skip


@cache
def lacking(device):
    """Why kernels cannot be run on a device, in a few words, or ""; a tiny one is tried, once."""
    if not device.startswith("cuda"):
        return f"the loops are compiled for the processor and for NVIDIA's cards, not for {device!r}"
    if torch.cuda.get_device_capability(device) < CAPABILITY:
        return f"{torch.cuda.get_device_name(device)} is too old for Triton"
    try:
        from helpers import kernels

        found = torch.zeros(1, device=device)
        kernels.trial[(1,)](found)
        return "" if found.item() == 1 else "a kernel that was tried did nothing"
    except ImportError as error:
        return f"Triton, which comes with PyTorch on Linux, cannot be imported ({str(error).splitlines()[0]})"
    except Exception as error:  # no compiler, no driver: whatever it is, the processor can do the work
        return f"Triton cannot compile here ({(str(error).splitlines() or [type(error).__name__])[0]})"


def explained(device):
    """One line for the environment check: what is trained on a device that is not the processor."""
    reason = lacking(device)
    if reason:
        return f"captions: {device}; word vectors: cpu ({reason})"
    return (f"captions: {device}; word vectors: {device} where tokens x epochs are {WORDS / 1e6:,.0f} million or more "
            f"(GloVe: counts x epochs {COUNTS / 1e6:,.0f} million), otherwise cpu, which is faster there")  # fmt: skip
