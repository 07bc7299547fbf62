"""Features: what is computed once is never computed again, and no bad picture passes unnoticed."""

import functools
from types import MappingProxyType

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import save_file

from helpers import scenes
from helpers.vision import features, inception, looking
from helpers.vision.features import NotAnImage, extract

MADE = scenes.make(7, seed=4)
PREPARED = functools.cache(looking.fast)  # folding the networks takes most of the time here: once for each is enough


@pytest.fixture(autouse=True)
def prepared(monkeypatch):
    monkeypatch.setattr(features, "fast", PREPARED)


@pytest.fixture(scope="module")
def network():
    return inception.untrained(width=0.0625)


@pytest.fixture
def looks(monkeypatch):
    """How many pictures the network was shown."""
    shown = []
    original = features.look
    monkeypatch.setattr(features, "look", lambda net, pictures, *rest: (shown.append(len(pictures)),
                                                                       original(net, pictures, *rest))[1])  # fmt: skip
    return shown


@pytest.fixture
def folder(tmp_path):
    for i, scene in enumerate(MADE[:3]):
        scene.image(96).save(tmp_path / f"{i}.png")
    return tmp_path


def get(images, network, **options):
    """Features from the processor, also where there is a card, unless another device is asked for."""
    return extract(images, network=network, size=96, progress=False, **{"device": "cpu"} | options)


def test_pooled_and_grid_have_their_shapes_and_the_networks_own_values(network):
    pooled, grid = get(MADE, network), get(MADE, network, grid=True)
    assert list(pooled) == list(grid) == [scene.name for scene in MADE]
    x = looking.normalised(torch.from_numpy(np.stack([np.asarray(scene.image(96)) for scene in MADE])))
    assert x.min() >= -1 and x.max() <= 1 and x.shape == (7, 3, 96, 96)
    with torch.inference_mode():
        middle = network.grid(x, "Mixed_6e")
        for i, scene in enumerate(MADE):
            assert pooled[scene.name].dtype == np.float32 and pooled[scene.name].shape == (128,)
            assert np.allclose(pooled[scene.name], network.features(x)[i].numpy(), rtol=1e-3, atol=1e-4)
            assert grid[scene.name].shape == (4 * 4, 48)
            assert np.allclose(grid[scene.name][5], middle[i, :, 1, 1].numpy(), rtol=1e-3, atol=1e-4)


def test_both_at_once_are_what_each_is_alone(network, tmp_path, looks):
    for cache in (None, tmp_path / "cache", tmp_path / "cache"):
        pooled, grid = get(MADE, network, grid="both", cache=cache)
        for found, alone in ((pooled, get(MADE, network)), (grid, get(MADE, network, grid=True))):
            assert list(found) == list(alone)
            for name in found:
                assert found[name].shape == alone[name].shape
                assert np.allclose(found[name], alone[name], rtol=2e-3, atol=2e-3)
    assert sum(looks) == 7 * 8  # the third time, both came from the cache


def test_the_batch_size_does_not_matter_and_the_network_is_left_as_it_was():
    network = inception.untrained(width=0.0625)  # one that was not looked at before
    before = {name: value.clone() for name, value in network.state_dict().items()}
    one, all_ = get(MADE, network, batch_size=1), get(MADE, network, batch_size=100)
    assert all(np.allclose(one[name], all_[name], atol=1e-4) for name in one)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_paths_scenes_and_pil_images_give_the_same_features(network, folder):
    by_path = get([folder / f"{i}.png" for i in range(3)], network)
    by_scene = get(MADE[:3], network)
    by_image = get({f"x{i}": scene.image(96) for i, scene in enumerate(MADE[:3])}, network)
    for i, scene in enumerate(MADE[:3]):
        assert np.array_equal(by_path[f"{i}.png"], by_scene[scene.name])
        assert np.array_equal(by_image[f"x{i}"], by_scene[scene.name])


def test_nothing_is_computed_twice(network, tmp_path, looks, folder):
    cache = tmp_path / "sub" / "features.safetensors"
    first = get(MADE[:4], network, cache=cache)
    assert sum(looks) == 4
    again = get({"other name": MADE[0], **{scene.name: scene for scene in MADE}}, network, cache=cache)
    assert sum(looks) == 7 and np.array_equal(again["other name"], first[MADE[0].name])
    assert all(np.array_equal(first[name], again[name]) for name in first)
    third = get(MADE, network, cache=cache)
    assert sum(looks) == 7 and all(np.array_equal(third[name], again[name]) for name in third)
    assert [path.name for path in cache.parent.iterdir()] == ["features.safetensors"]
    get([folder / "0.png"], network, cache=cache)
    get([folder / "0.png"], network, cache=cache)
    assert sum(looks) == 8
    MADE[5].image(96).save(folder / "0.png")  # the same name, another picture
    get([folder / "0.png"], network, cache=cache)
    assert sum(looks) == 9


def test_a_computation_that_is_stopped_goes_on(network, tmp_path, looks, monkeypatch):
    counted = features.look

    def stops(*arguments):
        if sum(looks) >= 4:
            raise KeyboardInterrupt
        return counted(*arguments)

    monkeypatch.setattr(features, "look", stops)
    with pytest.raises(KeyboardInterrupt):
        get(MADE, network, cache=tmp_path / "f", batch_size=2)
    monkeypatch.setattr(features, "look", counted)
    assert len(get(MADE, network, cache=tmp_path / "f", batch_size=2)) == 7 and sum(looks) == 7


def test_a_cache_of_another_network_layer_or_size_is_refused(network, tmp_path):
    cache = tmp_path / "features"
    get(MADE[:1], network, cache=cache)
    content = cache.read_bytes()
    for call in (lambda: get(MADE[:1], inception.untrained(0.0625, seed=2), cache=cache),
                 lambda: get(MADE[:1], network, cache=cache, grid=True),
                 lambda: extract(MADE[:1], network, size=100, progress=False, cache=cache, device="cpu")):  # fmt: skip
        with pytest.raises(ValueError, match="belongs to other features: (network|layer|size) was .*name another file"):
            call()
    assert cache.read_bytes() == content


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_cache_is_set_aside_and_computed_anew(network, tmp_path, looks, capsys, damage):
    cache = tmp_path / "features"
    first = get(MADE[:2], network, cache=cache)
    content = cache.read_bytes()
    damaged = {"cut": content[: len(content) // 2], "flipped": content[:8].replace(b"\0", b"\1") + content[8:]}
    cache.write_bytes(damaged[damage])
    again = get(MADE[:2], network, cache=cache)
    assert "damaged" in capsys.readouterr().out and sum(looks) == 4
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert (tmp_path / "features.damaged").read_bytes() == damaged[damage]
    get(MADE[:2], network, cache=cache)
    assert sum(looks) == 4
    cache.write_bytes(damaged[damage])
    get(MADE[:2], network, cache=cache)
    assert (tmp_path / "features.damaged").exists() and (tmp_path / "features.damaged2").exists()


@pytest.mark.parametrize("mine", [b"", b"no features at all, only text", None])
def test_what_is_no_cache_of_ours_stays_where_it_is(network, tmp_path, looks, mine):
    path = tmp_path / "my_pictures"
    path.mkdir() if mine is None else path.write_bytes(mine)
    with pytest.raises(ValueError, match="is no cache of features: name another file"):
        get(MADE[:1], network, cache=path)
    assert [other.name for other in tmp_path.iterdir()] == ["my_pictures"] and not looks
    assert path.is_dir() if mine is None else path.read_bytes() == mine
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="cannot be written"):
        get(MADE[:1], network, cache=tmp_path / "file" / "features")
    assert not looks, "a place that cannot be written is noticed before the work"


def test_a_safetensors_file_that_is_no_cache_is_left_alone(network, tmp_path):
    save_file({"words": np.zeros(3)}, tmp_path / "vectors")
    content = (tmp_path / "vectors").read_bytes()
    with pytest.raises(ValueError, match="no features of this course"):
        get(MADE[:1], network, cache=tmp_path / "vectors")
    assert (tmp_path / "vectors").read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n broken", b"GIF89a"])
def test_what_is_no_picture_is_refused_or_skipped_and_counted(network, folder, capsys, content):
    (folder / "bad.jpg").write_bytes(content)
    paths = [folder / "0.png", folder / "bad.jpg", folder / "missing.png", folder / "1.png"]
    with pytest.raises(NotAnImage, match="bad.jpg is no picture"):
        get(paths[:2], network)
    with pytest.raises(FileNotFoundError, match="missing.png"):
        get([paths[2]], network)
    for cache in (None, folder / "cache"):
        assert list(get(paths, network, on_error="skip", cache=cache)) == ["0.png", "1.png"]
        assert "skipped 2 of 4 pictures" in capsys.readouterr().out


def test_a_truncated_picture_is_refused(network, folder):
    content = (folder / "0.png").read_bytes()
    (folder / "0.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(NotAnImage, match="0.png"):
        get([folder / "0.png"], network)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1", "I;16"])
def test_pictures_of_every_mode_become_rgb(network, tmp_path, mode):
    picture = Image.new("L", (50, 30), 100) if mode == "I;16" else MADE[0].image(96)
    picture.convert(mode).save(tmp_path / ("x.tif" if mode in ("CMYK", "I;16") else "x.png"))
    assert np.isfinite(next(iter(get(list(tmp_path.iterdir()), network).values()))).all()


def test_a_photo_is_turned_as_its_camera_says(tmp_path):
    picture = MADE[0].image(96)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    picture.save(tmp_path / "turned.png", exif=exif)
    expected = picture.transpose(Image.Transpose.ROTATE_270)
    assert features.opened(tmp_path / "turned.png").tobytes() == expected.tobytes()


@pytest.mark.parametrize("call, words", [
    (lambda net: extract([MADE[0].image(96)], net), "has no name"),
    (lambda net: extract(["a/x.png", "b/x.png"], net), "two pictures are called 'x.png'"),
    (lambda net: extract(MADE, net, on_error="ignore"), "'raise' or 'skip'"),
    (lambda net: extract(MADE, net, precision="float8"), "precision"),
    (lambda net: extract(MADE, net, batch_size=0), "of at least 1, not 0"),
    (lambda net: extract(MADE, net, grid=True, layer="Mixed_1"), "Mixed_5b"),
    (lambda net: extract(MADE, net, grid="cells"), "True, False or 'both'"),
    (lambda net: extract(MADE, net, layer="Mixed_5b"), "pass grid=True with it"),
])  # fmt: skip
def test_refusals_name_the_remedy(network, call, words):
    with pytest.raises(ValueError, match=words):
        call(network)


def test_any_mapping_by_name_will_do(network):
    images = {scene.name: scene for scene in MADE[:2]}
    assert all(map(np.array_equal, get(MappingProxyType(images), network).values(), get(images, network).values()))


def test_no_pictures_give_no_features(network):
    assert get([], network) == {}


def test_bfloat16_stays_near(network):
    exact, rough = get(MADE, network), get(MADE, network, precision="bfloat16")
    a, b = (np.stack([found[scene.name] for scene in MADE]) for found in (exact, rough))
    assert 0 < np.abs(a - b).max() and np.linalg.norm(a - b) / np.linalg.norm(a) < 0.03


def test_progress_leaves_one_line_and_none_where_all_is_there(network, capsys, tmp_path):
    for left in ("batches of pictures: 2/2", ""):
        extract(MADE, network, size=96, batch_size=4, cache=tmp_path / "features.safetensors")
        assert capsys.readouterr().err.split("\r")[-1].strip() == left


def test_a_batch_that_fails_is_not_counted_and_its_error_comes_after_the_bar(network, capsys, monkeypatch):
    from helpers.vision import features

    looked = []

    def look(*given):
        looked.append(given)
        if len(looked) == 2:
            raise RuntimeError("out of memory")
        return np.zeros((4, 8))

    monkeypatch.setattr(features, "look", look)
    with pytest.raises(RuntimeError) as told:
        extract(MADE, network, size=96, batch_size=4, device="cpu")
    assert told and capsys.readouterr().err.endswith("\rbatches of pictures: 1/2\n")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize(("precision", "most"), [("float32", 1e-4), ("TF32", 3e-2), ("float16", 1e-2), ("auto", 3e-2)])
def test_the_gpu_sees_what_the_cpu_sees(network, precision, most, monkeypatch):
    """PyTorch lets cuDNN round the factors of a convolution to TF32, ten bits: here it is told when to."""
    cpu = get(MADE, network)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", precision == "TF32")
    gpu = get(MADE, network, device="cuda", precision="float32" if precision == "TF32" else precision)
    a, b = (np.stack([found[scene.name] for scene in MADE]) for found in (cpu, gpu))
    assert np.linalg.norm(a - b) / np.linalg.norm(a) < most


def test_the_precision_is_that_which_the_device_has(network, monkeypatch):
    from helpers import precision
    from helpers.vision import looking

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: False)
    assert looking.fastest("cuda") == "float16"
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    assert looking.fastest("cuda") == "bfloat16"
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False, raising=False)
    assert looking.fastest("cpu") == "float32" and not precision.native_bfloat16("cpu")
    with pytest.raises(ValueError, match='"float16" is for NVIDIA.s cards: take "float32" or "auto"'):
        get(MADE, network, precision="float16")
