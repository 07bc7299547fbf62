"""InceptionV3 (Szegedy et al. 2016, https://arxiv.org/abs/1512.00567), whole or narrow, with torchvision's names.

    inception.official()     trained on ImageNet, through the registry of downloads: 2,048 features a picture
    inception.narrow()       a quarter of the channels, trained on this course's drawings: 512 features, always here
    inception.untrained()    the same narrow network before training, the control

An Inception block sends its input down several branches, large and small filters side by side, and stacks what comes
out.  Each block below is a table of its branches; the parameters carry the names and shapes of torchvision's
implementation (https://docs.pytorch.org/vision/stable/models/inception.html), so its official file fits.
"""

import pickle
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import nn

from .. import arguments, downloads, training

WEIGHTS = Path(__file__).resolve().parents[2] / "datasets" / "captions" / "inception_scenes.safetensors"
WHOLE_SIZE, NARROW_SIZE = 299, 160  # pixels of the square that each network was trained on
SMALLEST = 75  # pixels; below, the last block has no cell left
LAYERS = ("Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e",
          "Mixed_7a", "Mixed_7b", "Mixed_7c")  # fmt: skip


class BasicConv2d(nn.Module):
    """Convolution without bias, batch normalisation, ReLU."""

    def __init__(self, channels_in, channels_out, kernel_size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(channels_out, eps=0.001)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)), inplace=True)


class Block(nn.Module):
    """An Inception block: (n, channels_in, rows, columns) → (n, channels_out, rows or about half, columns likewise).

    branches  a list of branches; a branch is a list of steps (name, channels_out, kernel_size, padding, stride), one
              after the other; a list of steps at its end: side by side.  The name "avg" or "max" means pooling.
    edges_count  whether an average at the edge counts the zeros beyond it, as in torchvision; TensorFlow's does not
    """

    edges_count = True

    def __init__(self, channels_in, branches):
        super().__init__()
        self.branches, self.channels_out = branches, 0
        for branch in branches:
            channels = channels_in
            for step in branch:
                sides = step if isinstance(step, list) else [step]
                for name, channels_out, *shape in sides:
                    if name not in ("avg", "max"):
                        kernel_size, padding, stride = shape + [0, 1][len(shape) - 1 :]
                        self.add_module(name, BasicConv2d(channels, channels_out, kernel_size, stride, padding))
                channels = sum(side[1] for side in sides) or channels
            self.channels_out += channels

    def forward(self, x):
        return torch.cat([self._branch(x, branch) for branch in self.branches], 1)

    def _branch(self, x, branch):
        for step in branch:
            if isinstance(step, list):
                x = torch.cat([getattr(self, name)(x) for name, *_ in step], 1)
            elif step[0] == "avg":
                x = F.avg_pool2d(x, kernel_size=3, stride=1, padding=1, count_include_pad=self.edges_count)
            elif step[0] == "max":
                x = F.max_pool2d(x, kernel_size=3, stride=2)
            else:
                x = getattr(self, step[0])(x)
        return x


def block_a(w, pool):
    """1x1, 5x5, two 3x3, pooling."""
    return [
        [("branch1x1", w(64), 1)],
        [("branch5x5_1", w(48), 1), ("branch5x5_2", w(64), 5, 2)],
        [("branch3x3dbl_1", w(64), 1), ("branch3x3dbl_2", w(96), 3, 1), ("branch3x3dbl_3", w(96), 3, 1)],
        [("avg", 0), ("branch_pool", w(pool), 1)],
    ]


def block_b(w):
    """Halves rows and columns."""
    return [
        [("branch3x3", w(384), 3, 0, 2)],
        [("branch3x3dbl_1", w(64), 1), ("branch3x3dbl_2", w(96), 3, 1), ("branch3x3dbl_3", w(96), 3, 0, 2)],
        [("max", 0)],
    ]


def block_c(w, c):
    """7x7 filters, taken apart into 1x7 and 7x1."""
    row, column = ((1, 7), (0, 3)), ((7, 1), (3, 0))
    return [
        [("branch1x1", w(192), 1)],
        [("branch7x7_1", w(c), 1), ("branch7x7_2", w(c), *row), ("branch7x7_3", w(192), *column)],
        [("branch7x7dbl_1", w(c), 1), ("branch7x7dbl_2", w(c), *column), ("branch7x7dbl_3", w(c), *row),
         ("branch7x7dbl_4", w(c), *column), ("branch7x7dbl_5", w(192), *row)],
        [("avg", 0), ("branch_pool", w(192), 1)],
    ]  # fmt: skip


def block_d(w):
    """Halves rows and columns once more."""
    return [
        [("branch3x3_1", w(192), 1), ("branch3x3_2", w(320), 3, 0, 2)],
        [("branch7x7x3_1", w(192), 1), ("branch7x7x3_2", w(192), (1, 7), (0, 3)),
         ("branch7x7x3_3", w(192), (7, 1), (3, 0)), ("branch7x7x3_4", w(192), 3, 0, 2)],
        [("max", 0)],
    ]  # fmt: skip


def block_e(w):
    """3x3 filters, taken apart into 1x3 and 3x1 side by side."""
    row, column = ((1, 3), (0, 1)), ((3, 1), (1, 0))
    return [
        [("branch1x1", w(320), 1)],
        [("branch3x3_1", w(384), 1), [("branch3x3_2a", w(384), *row), ("branch3x3_2b", w(384), *column)]],
        [("branch3x3dbl_1", w(448), 1), ("branch3x3dbl_2", w(384), 3, 1),
         [("branch3x3dbl_3a", w(384), *row), ("branch3x3dbl_3b", w(384), *column)]],
        [("avg", 0), ("branch_pool", w(192), 1)],
    ]  # fmt: skip


class Auxiliary(nn.Module):
    """The second classifier, which sits at Mixed_6e and is used in training only."""

    def __init__(self, channels_in, classes, w):
        super().__init__()
        self.conv0 = BasicConv2d(channels_in, w(128), 1)
        self.conv1 = BasicConv2d(w(128), w(768), 5)
        self.fc = nn.Linear(w(768), classes)

    def forward(self, x):  # 17 x 17 cells for a picture of 299 pixels
        x = self.conv1(self.conv0(F.avg_pool2d(x, kernel_size=5, stride=3)))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


class InceptionV3(nn.Module):
    """InceptionV3.

    width    share of the channels: 1 is the published network, 0.25 a quarter of its channels everywhere
    classes  outputs of the classifier `fc`; None leaves it out (features only)
    aux      whether there is a second classifier, AuxLogits; in training mode `forward` then returns both
    Pictures: (n, 3, rows, columns) of 75 pixels or more, values from -1 (black) to 1; 299 x 299 is the published size.
    """

    def __init__(self, width=1.0, classes=1000, aux=False):
        width = arguments.number("width", width, above=0, most=4, hint=" (a share of the channels)")
        super().__init__()

        def w(channels):
            return max(1, round(channels * width))

        self.width = width
        self.Conv2d_1a_3x3 = BasicConv2d(3, w(32), 3, stride=2)
        self.Conv2d_2a_3x3 = BasicConv2d(w(32), w(32), 3)
        self.Conv2d_2b_3x3 = BasicConv2d(w(32), w(64), 3, padding=1)
        self.Conv2d_3b_1x1 = BasicConv2d(w(64), w(80), 1)
        self.Conv2d_4a_3x3 = BasicConv2d(w(80), w(192), 3)
        channels = w(192)
        tables = [block_a(w, 32), block_a(w, 64), block_a(w, 64), block_b(w)]
        tables += [block_c(w, 128), block_c(w, 160), block_c(w, 160), block_c(w, 192)]
        tables += [block_d(w), block_e(w), block_e(w)]
        for layer, table in zip(LAYERS, tables):
            block = Block(channels, table)
            self.add_module(layer, block)
            channels = block.channels_out
            if layer == "Mixed_6e":
                self.AuxLogits = Auxiliary(channels, classes, w) if aux and classes else None
        self.channels = channels  # 2048 · width
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(channels, classes) if classes else None

    def stem(self, x):
        """The five plain convolutions before the blocks: (n, 3, 299, 299) → (n, 192, 35, 35)."""
        if min(x.shape[2:]) < SMALLEST:
            raise ValueError(f"a picture of {tuple(x.shape[2:])} pixels is too small: {SMALLEST} x {SMALLEST} at least")
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = F.max_pool2d(x, kernel_size=3, stride=2)
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))
        return F.max_pool2d(x, kernel_size=3, stride=2)

    def grid(self, x, layer="Mixed_7c"):
        """What a layer sees in each cell: (n, channels, rows, columns); (n, 2048, 8, 8) for 299 pixels and width 1."""
        return self.grids(x, [layer])[layer]

    def grids(self, x, layers):
        """The grids of several layers from one pass: {layer: (n, channels, rows, columns)}."""
        for layer in layers:
            arguments.choice("layer", layer, LAYERS)
        x, found = self.stem(x), {}
        for name in LAYERS[: max(LAYERS.index(layer) for layer in layers) + 1]:
            x = getattr(self, name)(x)
            if name in layers:
                found[name] = x
        return found

    def features(self, x):
        """The pooled features: the mean over the cells of the last block, (n, 2048 · width)."""
        return torch.flatten(F.adaptive_avg_pool2d(self.grid(x), (1, 1)), 1)

    def forward(self, x):
        """Class scores (n, classes); in training mode with aux: (scores, auxiliary scores)."""
        if self.fc is None:
            raise ValueError("this network has no classifier: take .features(x) or .grid(x)")
        middle = self.grid(x, "Mixed_6e")
        auxiliary = self.AuxLogits(middle) if self.training and self.AuxLogits is not None else None
        last = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(middle)))
        scores = self.fc(self.dropout(torch.flatten(F.adaptive_avg_pool2d(last, (1, 1)), 1)))
        return scores if auxiliary is None else (scores, auxiliary)


def initialise(network, seed):
    """Random weights, the same for the same seed on every machine: He et al. 2015, https://arxiv.org/abs/1502.01852."""
    generator = training.generator(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                fan = module.weight[0].numel()
                module.weight.copy_(torch.randn(module.weight.shape, generator=generator) * (2 / fan) ** 0.5)
            elif isinstance(module, nn.Linear):
                module.weight.copy_(torch.randn(module.weight.shape, generator=generator) * module.in_features**-0.5)
                module.bias.zero_()
    return network


def official(path=None):
    """The published network with torchvision's ImageNet weights, ready for features; 109 MB, through the registry.

    path: of the file, if it lies somewhere already.  Only tensors are read from it (weights_only), and the registry
    checks its sha256.  Raises downloads.DownloadError, which says what to do, if it cannot be had; FileNotFoundError
    for a path without a file, ValueError for a file that is damaged or holds something else.
    """
    path = arguments.optional(arguments.path, "path", path) or downloads.fetch("inception_v3")
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}: leave path out, and the weights are downloaded")
    network = InceptionV3(classes=1000, aux=True)
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except (pickle.UnpicklingError, RuntimeError, EOFError, AttributeError, TypeError) as error:
        # of other errors PyTorch would say: read the file in a way that may run what is in it
        known = isinstance(error, RuntimeError)
        reason = str(error).splitlines()[0] if known else "it is damaged or no file of PyTorch's"
        raise ValueError(f"{path} does not hold InceptionV3's published weights ({reason}): "
                         "fetch it again, or leave path out") from None  # fmt: skip
    return network.eval()


def untrained(width=0.25, seed=1):
    """A network with random weights, the control: what are features worth that nothing was learned for?"""
    return initialise(InceptionV3(width, classes=None), seed).eval()


def narrow(path=WEIGHTS):
    """The narrow network, trained on drawings by tools/pretrain_inception.py; its weights ship with the course.

    FileNotFoundError if the file is missing, ValueError if it is damaged or holds something else.
    """
    path = arguments.path("path", path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: restore it, or run tools/pretrain_inception.py")
    try:
        with safe_open(path, "pt") as file:
            width = float((file.metadata() or {})["width"])
            state = {name: file.get_tensor(name) for name in file.keys()}
        network = InceptionV3(width, classes=None)
        network.load_state_dict({name: tensor.to(torch.float32) for name, tensor in state.items()})
    except (SafetensorError, KeyError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path} holds no weights of this network ({reason}): restore it") from None
    return network.eval()
