"""InceptionV3: the published sizes, torchvision's outputs to the last bit where it is at hand, the shipped weights."""

import importlib
import re
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from helpers import scenes
from helpers.vision import inception
from helpers.vision.inception import InceptionV3


@pytest.fixture(scope="module")
def whole():
    return inception.initialise(InceptionV3(aux=True), 1).eval()


def torchvision():
    """torchvision, also one whose compiled operators were built for another PyTorch: the models do not need them."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed (PYTHONPATH may name a folder with it)")
    for _ in range(40):
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            missing = re.match(r"operator (torchvision::\w+) does not exist", str(error))
            if not missing:
                pytest.skip(f"torchvision cannot be imported: {error}")
            torch.library.define(missing[1], "(Tensor x) -> Tensor")
            for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
                del sys.modules[name]
    pytest.skip("torchvision cannot be imported")


def test_the_published_number_of_parameters(whole):
    """27,161,264 with the second classifier, 23,834,568 without: the figures of torchvision's own table."""
    counts = [sum(p.numel() for p in net.parameters()) for net in (whole, InceptionV3())]
    assert counts == [27_161_264, 23_834_568]


@pytest.mark.parametrize("name, shape", [
    ("Conv2d_1a_3x3.conv.weight", (32, 3, 3, 3)), ("Conv2d_4a_3x3.bn.running_var", (192,)),
    ("Mixed_5b.branch5x5_2.conv.weight", (64, 48, 5, 5)), ("Mixed_5d.branch_pool.conv.weight", (64, 288, 1, 1)),
    ("Mixed_6a.branch3x3.conv.weight", (384, 288, 3, 3)), ("Mixed_6c.branch7x7dbl_4.conv.weight", (160, 160, 7, 1)),
    ("Mixed_6e.branch7x7_2.conv.weight", (192, 192, 1, 7)), ("AuxLogits.conv1.conv.weight", (768, 128, 5, 5)),
    ("AuxLogits.fc.weight", (1000, 768)), ("Mixed_7a.branch7x7x3_3.conv.weight", (192, 192, 7, 1)),
    ("Mixed_7b.branch3x3dbl_1.conv.weight", (448, 1280, 1, 1)), ("Mixed_7c.branch3x3_2b.conv.weight", (384, 384, 3, 1)),
    ("fc.weight", (1000, 2048)), ("fc.bias", (1000,)),
])  # fmt: skip
def test_names_and_shapes_of_the_official_file(whole, name, shape):
    assert tuple(whole.state_dict()[name].shape) == shape


def test_the_official_file_has_as_many_tensors(whole):
    """96 convolutions, two of them in the second classifier, each with five tensors of its normalisation; two fc."""
    state = whole.state_dict()
    assert sum(name.endswith("conv.weight") for name in state) == 96 and len(state) == 96 * 6 + 4


def test_pooled_features_and_grid_of_the_published_size(whole):
    with torch.inference_mode():
        x = torch.rand(1, 3, 299, 299) * 2 - 1
        grid = whole.grid(x)
        assert grid.shape == (1, 2048, 8, 8) and whole.grid(x, "Mixed_6e").shape == (1, 768, 17, 17)
        pooled = whole.features(x)
        assert torch.allclose(pooled, grid.mean((2, 3)), atol=1e-5)
        scores = whole(x)
        assert torch.allclose(scores, whole.fc(pooled)) and scores.shape == (1, 1000)


def test_outputs_equal_torchvisions_to_the_last_bit(whole):
    models = torchvision().models
    theirs = models.inception_v3(weights=None, init_weights=False, aux_logits=True)
    ours = InceptionV3(aux=True)
    generator = torch.Generator().manual_seed(3)
    for module in inception.initialise(theirs, 2).modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # as after a training
            module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
    ours.load_state_dict(theirs.state_dict())
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x = torch.rand(1, 3, 299, 299, generator=generator) * 2 - 1
    with torch.inference_mode():
        a, b = ours.eval()(x), theirs.eval()(x)
        assert torch.equal(a, b) and a.std() > 0
        theirs.transform_input = True  # ImageNet's normalisation undone: our preprocessing is 2x - 1
        mean, deviation = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 3, 1, 1)
        imagenet = ((x + 1) / 2 - mean) / deviation
        assert torch.allclose(theirs(imagenet), a, rtol=1e-3, atol=1e-4 * a.abs().max().item())
    theirs.transform_input = False
    outputs = []
    for network in (ours.train(), theirs.train()):
        torch.manual_seed(0)  # for dropout
        with torch.no_grad():
            outputs.append(network(torch.cat([x, -x])))
    assert torch.equal(outputs[0][0], outputs[1][0]) and torch.equal(outputs[0][1], outputs[1][1])


def test_a_narrow_network_has_a_sixteenth_of_the_work_and_a_grid_for_small_pictures():
    narrow = inception.untrained()
    assert narrow.channels == 512 and not narrow.training
    whole = sum(p.numel() for p in InceptionV3(classes=None).parameters())
    assert 15.5 < whole / sum(p.numel() for p in narrow.parameters()) < 16.1
    with torch.inference_mode():
        assert narrow.grid(torch.zeros(1, 3, 160, 160), "Mixed_6e").shape == (1, 192, 8, 8)
        assert narrow.grid(torch.zeros(1, 3, 75, 75)).shape == (1, 512, 1, 1)


def test_the_same_seed_gives_the_same_weights_and_another_others():
    a, b, c = (inception.untrained(seed=seed).state_dict()["Mixed_7c.branch1x1.conv.weight"] for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a, c)


@pytest.mark.parametrize("call, words", [
    (lambda: InceptionV3(width=0), "share of the channels"), (lambda: InceptionV3(width=9), "share of the channels"),
    (lambda: inception.untrained().features(torch.zeros(1, 3, 74, 200)), "too small"),
    (lambda: inception.untrained().grid(torch.zeros(1, 3, 80, 80), "Mixed_9z"), "layer must be .*not 'Mixed_9z'"),
    (lambda: inception.untrained()(torch.zeros(1, 3, 80, 80)), "no classifier"),
])  # fmt: skip
def test_refusals_name_the_reason(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_official_weights_are_read_without_running_anything(tmp_path, whole):
    torch.save(whole.state_dict(), tmp_path / "good.pth")
    found = inception.official(tmp_path / "good.pth")
    assert torch.equal(found.fc.weight, whole.fc.weight) and not found.training

    class Payload:
        def __reduce__(self):
            return (exec, (f"open({str(tmp_path / 'ran')!r}, 'w')",))

    torch.save({"fc.weight": Payload()}, tmp_path / "bad.pth")
    (tmp_path / "half.pth").write_bytes((tmp_path / "good.pth").read_bytes()[:200_000])
    (tmp_path / "text.pth").write_text("not found")
    (tmp_path / "empty.pth").write_bytes(b"")
    torch.save([1, 2], tmp_path / "list.pth")
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    for name in ("bad", "half", "text", "empty", "list", "other"):
        with pytest.raises(ValueError, match="does not hold InceptionV3's published weights .*fetch it again") as told:
            inception.official(tmp_path / f"{name}.pth")
        assert "weights_only" not in str(told.value), "what is in a file must not be run, whoever advises it"
    assert not (tmp_path / "ran").exists()
    with pytest.raises(FileNotFoundError, match="leave path out"):
        inception.official(tmp_path / "nothing.pth")


def test_the_shipped_weights_are_small_and_say_how_they_were_made():
    from safetensors import safe_open

    assert inception.WEIGHTS.stat().st_size < 4_000_000
    with safe_open(inception.WEIGHTS, "pt") as file:
        header = file.metadata()
    assert header["width"] == "0.25" and "HELD_OUT" in header["data"]
    assert "pretrain_inception.py --seed" in header["made"]
    network = inception.narrow()
    assert network.channels == 512 and not network.training


def test_shipped_features_name_colours_which_the_untrained_control_does_not():
    """A linear probe (ridge regression) on 200 drawings of one thing names the colours of 100 others."""
    from helpers.vision import features

    made = [s for s in scenes.make(1000, seed=21, prefix="test") if len(s.things) == 1][:300]
    colors = torch.tensor([scenes.COLORS.index(scene.things[0].color) for scene in made])
    shares = []
    for network in (inception.narrow(), inception.untrained()):
        found = features.extract(made, network=network, size=128, progress=False)
        x = torch.stack([torch.from_numpy(found[scene.name]) for scene in made]).double()
        x = (x - x[:200].mean(0)) / (x[:200].std(0) + 1e-6)
        wanted = torch.nn.functional.one_hot(colors[:200], 8).double()
        weights = torch.linalg.solve(x[:200].T @ x[:200] + 100 * torch.eye(512).double(), x[:200].T @ wanted)
        shares.append(((x[200:] @ weights).argmax(1) == colors[200:]).double().mean().item())
    assert shares[0] > 0.7 and shares[0] > shares[1] + 0.3, shares


def test_missing_damaged_or_foreign_weights(tmp_path):
    with pytest.raises(FileNotFoundError, match="restore it"):
        inception.narrow(tmp_path / "none.safetensors")
    (tmp_path / "cut").write_bytes(inception.WEIGHTS.read_bytes()[:100_000])
    save_file({"a": torch.zeros(1)}, tmp_path / "foreign")
    save_file(load_file(inception.WEIGHTS), tmp_path / "no_width")
    for name in ("cut", "foreign", "no_width"):
        with pytest.raises(ValueError, match="restore it"):
            inception.narrow(tmp_path / name)
