"""A network made ready for looking, and one look at a batch of pictures."""

import copy
import hashlib

import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..precision import HALF, native_bfloat16
from . import inception

POOLED = "pooled"


def normalised(pixels):
    """uint8 tensor (n, rows, columns, 3) → float tensor (n, 3, rows, columns) with values from -1 to 1."""
    return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def fastest(device):
    """The precision that "auto" means: half precision where the device computes in it by itself."""
    if native_bfloat16(device):
        return "bfloat16"
    return "float16" if str(device).startswith("cuda") else "float32"


def fast(network, device="cpu"):
    """A copy for looking only: batch normalisation folded into the convolutions, channels last.

    It answers as the network in `eval` mode does, to the rounding of float32 (`bench/features.py` measures it).
    """
    network = copy.deepcopy(network).eval()
    for module in network.modules():
        if isinstance(module, inception.BasicConv2d):
            module.conv, module.bn = fuse_conv_bn_eval(module.conv, module.bn), torch.nn.Identity()
    return network.to(device, memory_format=torch.channels_last)


def weights_hash(network):
    """16 hexadecimal digits that change with any weight."""
    found = hashlib.sha256()
    for name, value in network.state_dict().items():
        found.update(name.encode() + value.detach().cpu().numpy().tobytes())
    return found.hexdigest()[:16]


@torch.inference_mode()
def look(network, pixels, layer, device, precision):
    """uint8 pixels (n, rows, columns, 3) → float32 (n, channels) or (n, cells, channels); of both, flat.

    layer: POOLED, a layer's name, or both with a + between.
    """
    x = normalised(torch.from_numpy(pixels).to(device)).contiguous(memory_format=torch.channels_last)
    with torch.autocast(x.device.type, HALF.get(precision), enabled=precision in HALF):
        wanted = layer.split("+")
        grids = network.grids(x, ["Mixed_7c" if name == POOLED else name for name in wanted])
    parts = [grids["Mixed_7c"].float().flatten(2).mean(2)] if wanted[0] == POOLED else []
    if wanted[-1] != POOLED:
        parts.append(grids[wanted[-1]].float().flatten(2).transpose(1, 2))
    seen = parts[0] if len(parts) == 1 else torch.cat([part.flatten(1) for part in parts], 1)
    return seen.contiguous().cpu().numpy()
