"""A graphics card that is not there: tensors that say they lie on "cuda" are kept, and worked on, by the processor.

What a program can get wrong about a card without having one is where its tensors lie: CUDA refuses to work on two
tensors of which one is on the card and one is not, and NumPy takes none from there.  `card()` refuses the same, so that
whatever runs on it finds each of its tensors where it needs it.  It says nothing of kernels, speed or rounding.

The mark stands on the memory of a tensor, so that views, parameters and copies of a model carry it.
"""

import contextlib
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")
COPYING = {"copy_", "__set__", "_has_compatible_shallow_copy_type"}  # take one tensor here and one there


def lies_there(tensor):
    """Whether a tensor lies on the card."""
    return hasattr(tensor.untyped_storage(), "on_card")


def put(found):
    """Mark all tensors in what a function returned."""
    for tensor in tree_leaves(found):
        if isinstance(tensor, torch.Tensor):
            tensor.untyped_storage().on_card = True
    return found


def moved(tensor, there, **how):
    """A tensor on the card or off it: itself where it is there already, or else a copy."""
    found = tensor.to(**how)
    if lies_there(tensor) == there:
        return put(found) if there else found
    found = found.clone() if found is tensor else found
    return put(found) if there else found


class Generator(torch.Generator):
    """A generator that knows on which device it draws."""

    def __new__(cls, device="cpu"):
        made = super().__new__(cls)
        made.there = torch.device(device).type == "cuda"
        return made

    def __init__(self, device="cpu"):
        pass

    @property
    def device(self):
        return CUDA if self.there else CPU


class Card(TorchFunctionMode):
    """See `card`; `seen`: how many operations found all their tensors on the card."""

    seen = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs, name = dict(kwargs or {}), getattr(func, "__name__", "")
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        there = [tensor for tensor in tensors if lies_there(tensor)]
        if name == "__get__" and getattr(func.__self__, "__name__", "") == "device":
            return CUDA if there else CPU
        if name in ("numpy", "__array__") and there:
            raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first")
        if name in ("to", "cpu", "cuda") and tensors:
            return self.move(name, *args, **kwargs)
        device = kwargs.get("device")
        if device is not None:
            kwargs["device"] = device if torch.device(device).type == "meta" else CPU
        drawing = kwargs.get("generator")
        wanted = torch.device(device).type == "cuda" if device is not None else bool(there)
        if isinstance(drawing, Generator) and drawing.there != wanted:
            raise RuntimeError(f"{name}: Expected a '{'cuda' if wanted else 'cpu'}' device type for generator")
        here = [tensor for tensor in tensors if not lies_there(tensor) and tensor.dim()]
        chosen = name in ("__getitem__", "__setitem__") and lies_there(args[0])  # by numbers that may lie here
        if there and here and name not in COPYING and not chosen:
            raise RuntimeError(f"{name}: Expected all tensors to be on the same device, but found at least two")
        found = func(*args, **kwargs)
        if device is not None:
            return put(found) if wanted else found
        self.seen += bool(there)
        return put(found) if there and name != "copy_" else found

    def move(self, name, tensor, *args, **kwargs):
        """`tensor.to(…)`, `.cpu()` or `.cuda()`."""
        if name != "to":
            return moved(tensor, name == "cuda", dtype=tensor.dtype)
        if args and isinstance(args[0], torch.Tensor):
            return moved(tensor, lies_there(args[0]), dtype=args[0].dtype)
        copy = kwargs.pop("copy", False)
        device, dtype, _, layout = torch._C._nn._parse_to(*args, **kwargs)
        how = {"dtype": dtype or tensor.dtype, "copy": copy} | ({"memory_format": layout} if layout else {})
        return moved(tensor, lies_there(tensor) if device is None else device.type == "cuda", **how)


@contextlib.contextmanager
def card():
    """While this lasts, PyTorch sees a card: the `Card`.

    An optimizer that asks for the accelerator, to see whether its stream is being recorded, is told that there is none:
    a PyTorch that was built with CUDA would look for a driver.
    """
    with (
        mock.patch.object(torch.cuda, "is_available", lambda: True),
        mock.patch.object(torch.accelerator, "current_accelerator", lambda check_available=False: None),
        mock.patch.object(torch, "Generator", Generator),
        Card() as mode,
    ):
        yield mode
