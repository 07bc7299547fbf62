"""The same picture is the same picture, however it is stored, and however it is handed over."""

import contextlib
import io
import unicodedata
import warnings

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from helpers.vision import features, inception
from helpers.vision.pictures import NotAnImage, opened

GRADIENT = (np.add.outer(np.arange(48) * 3, np.arange(64))).astype(np.uint8)  # 48 rows, 64 columns, 0 to 204
COLOURS = np.stack([GRADIENT, GRADIENT.T.copy().reshape(48, 64), 255 - GRADIENT], 2)


def stored(image, format="PNG", **options):
    memory = io.BytesIO()
    image.save(memory, format, **options)
    memory.seek(0)
    return memory


def pixels(source):
    return np.asarray(opened(source)).astype(int)


def close(source, wanted, by=1):
    found = pixels(source)
    return found.shape == wanted.shape and abs(found - wanted.astype(int)).max() <= by


GREY = np.repeat(GRADIENT[:, :, None], 3, 2)
SIXTEEN = GRADIENT.astype(np.uint16) * 257


@pytest.mark.parametrize("image", [
    Image.fromarray(GRADIENT), Image.fromarray(SIXTEEN), Image.fromarray(SIXTEEN.astype(np.int32)),
    Image.fromarray(GRADIENT.astype(np.float32)), Image.fromarray((GRADIENT / 255).astype(np.float32)),
], ids=["8", "16", "32", "float 255", "float 1"])  # fmt: skip
def test_grey_of_any_depth(image):
    assert close(image, GREY)
    assert close(stored(image, "TIFF"), GREY)
    if image.mode not in ("F", "I"):  # Pillow writes no such PNG
        assert close(stored(image), GREY)


def test_dark_pictures_in_sixteen_bits_stay_dark():
    assert pixels(Image.fromarray(np.full((4, 4), 200, np.uint16))).max() == 1
    assert pixels(np.full((4, 4), 200, np.uint16)).max() == 1 and pixels(np.ones((4, 4), np.uint8)).max() == 1
    assert pixels(np.ones((4, 4), np.int64)).max() == 1 and pixels(np.ones((4, 4), bool)).min() == 255


def test_what_is_transparent_shows_a_white_page():
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 32:] = 255
    wanted = COLOURS.copy()
    wanted[:, :32] = 255
    rgba = Image.fromarray(np.dstack([COLOURS, alpha]))
    assert close(rgba, wanted) and close(stored(rgba), wanted) and close(stored(rgba, "WEBP", lossless=True), wanted)
    assert close(np.dstack([COLOURS, alpha]), wanted)
    grey = Image.fromarray(np.dstack([GRADIENT, alpha]), "LA")
    wanted = GREY.copy()
    wanted[:, :32] = 255
    assert close(grey, wanted) and close(stored(grey), wanted)
    palette = Image.fromarray(np.where(alpha > 0, 1, 0).astype(np.uint8), "P")
    palette.putpalette([255, 0, 0, 0, 0, 255])
    shown = pixels(stored(palette, transparency=0))
    assert (shown[:, :32] == 255).all() and (shown[:, 32:] == [0, 0, 255]).all()
    assert pixels(stored(Image.new("RGB", (4, 4), (255, 0, 0)), transparency=(255, 0, 0))).min() == 255


@pytest.mark.parametrize("mode", ["P", "CMYK", "YCbCr", "1", "L", "LAB", "HSV", "RGBX"])
def test_every_mode_of_pil(mode):
    flat = Image.new("RGB", (8, 8), (255, 255, 255))
    if mode == "LAB":
        from PIL import ImageCms

        flat = ImageCms.profileToProfile(
            flat, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
    else:
        flat = flat.convert(mode)
    assert pixels(flat).shape == (8, 8, 3) and pixels(flat).min() >= 250


def test_cmyk_from_a_file():
    red = Image.new("RGB", (8, 8), (200, 30, 30))
    assert close(stored(red.convert("CMYK"), "TIFF"), np.asarray(red), 3)
    assert close(stored(red.convert("CMYK"), "JPEG", quality=95), np.asarray(red), 6)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_turned_however_it_is_handed_over(tmp_path, turn):
    image = Image.fromarray(COLOURS)
    exif = image.getexif()
    exif[0x0112] = turn
    image.save(tmp_path / "a.png", exif=exif)
    by_path = pixels(tmp_path / "a.png")
    assert by_path.shape[:2] == ((64, 48) if turn > 4 else (48, 64))
    with Image.open(tmp_path / "a.png") as file, open(tmp_path / "a.png", "rb") as raw:
        assert np.array_equal(by_path, pixels(file)) and np.array_equal(by_path, pixels(raw))
        assert np.array_equal(by_path, pixels(raw)), "a file may be read twice"
    assert np.array_equal(by_path, pixels(by_path.astype(np.uint8)))


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_a_picture_that_moves_gives_its_first_frame(format):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    moving = stored(frames[0], format, save_all=True, append_images=frames[1:])
    assert pixels(moving)[0, 0].tolist() == pytest.approx([255, 0, 0], abs=3)
    moving.seek(0)
    with Image.open(moving) as file:
        file.seek(1)
        assert pixels(file)[0, 0].tolist() == pytest.approx([255, 0, 0], abs=3)


@pytest.mark.parametrize("source", [
    b"", b"text", stored(Image.fromarray(COLOURS)).read()[:-40], stored(Image.fromarray(COLOURS), "JPEG").read()[:300],
    stored(Image.fromarray(COLOURS), "GIF").read()[:200],
])  # fmt: skip
def test_what_is_cut_off_is_no_picture(tmp_path, source):
    (tmp_path / "a.png").write_bytes(source)
    for one in (tmp_path / "a.png", io.BytesIO(source)):
        with pytest.raises(NotAnImage, match="on_error='skip'"):
            opened(one)
    if source[:4] == b"\x89PNG":
        with pytest.raises(NotAnImage, match="this image is no picture"), Image.open(io.BytesIO(source)) as file:
            opened(file)


@pytest.mark.parametrize("array, says", [
    (np.zeros(4), "the shape"), (np.zeros((2, 2, 5)), "the shape"), (np.zeros((0, 2)), "the shape"),
    (np.full((2, 2), np.nan), "NaN"), (np.full((2, 2), -1.0), "between -1 and -1"),
    (np.full((2, 2), 1e9), "lie between"),
    (np.array([["a"]]), "numbers"), (np.zeros((2, 2), complex), "numbers"),
])  # fmt: skip
def test_arrays_that_are_no_picture(array, says):
    with pytest.raises(NotAnImage, match=says):
        opened(array)


def test_other_things_are_no_picture(tmp_path):
    for source in (None, 5, ["a.png"]):
        with pytest.raises(TypeError, match="must be a path"):
            opened(source)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        opened(tmp_path / "missing.png")
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(NotAnImage, match="'rb'"), open(tmp_path / "a.txt") as file:
        opened(file)


def test_one_picture_has_one_feature_and_one_place_in_the_cache(tmp_path):
    network = inception.untrained(0.0625)
    path = tmp_path / unicodedata.normalize("NFD", "그림.png")
    Image.fromarray(COLOURS).resize((2400, 1800)).save(path)
    Image.open(path).convert("RGB").save(tmp_path / "b.jpg", quality=95)
    with Image.open(path) as image, open(path, "rb") as raw:
        array = np.asarray(image.convert("RGB"))
        sources = {"path": path, "image": image, "file": raw, "array": array, "tensor": torch.from_numpy(array.copy())}
        kept = features.extract(sources, network, progress=False, cache=tmp_path / "f")
        found = features.extract(sources, network, progress=False)
        seen = [np.asarray(opened(source, 160)) for source in sources.values()]
        assert all(np.array_equal(one, seen[0]) for one in seen), "every pixel is the same"
        for those, near in ((found, 1e-5), (kept, 1e-3)):  # sums run in another order elsewhere in a batch, and the
            for one in those.values():  # cache keeps float16, whose neighbors are a thousandth apart
                np.testing.assert_allclose(one, those["path"], rtol=near, atol=1e-6)
    with Image.open(tmp_path / "b.jpg") as image:
        jpeg = features.extract({"path": tmp_path / "b.jpg", "image": image}, network, progress=False)
    np.testing.assert_allclose(jpeg["path"], jpeg["image"], rtol=1e-5, atol=1e-6)
    assert list(features.extract([path], network, progress=False)) == ["그림.png"]
    for palette in ([255, 0, 0], [0, 0, 255]):  # the same numbers under another palette are another picture
        flat = Image.new("P", (8, 8))
        flat.putpalette(palette)
        sources[str(palette)] = flat
    two = features.extract({k: sources[k] for k in ("[255, 0, 0]", "[0, 0, 255]")}, network, progress=False,
                           cache=tmp_path / "f")  # fmt: skip
    assert not np.array_equal(*two.values())


def test_a_large_photograph_warns_of_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert opened(stored(Image.new("RGB", (40, 40)))).size == (40, 40)
    with pytest.raises(NotAnImage, match="bomb"):
        opened(stored(Image.new("RGB", (80, 80))))


def seeds():
    """Small pictures in every format and mode that Pillow writes here."""
    found = {}
    for format in ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "PPM", "TGA", "ICO", "AVIF", "JPEG2000", "BLP", "PCX"):
        for mode in ("RGB", "L", "P", "CMYK", "RGBA", "I;16"):
            image = Image.fromarray(SIXTEEN if mode == "I;16" else COLOURS).resize((12, 9))
            with contextlib.suppress(OSError, ValueError, KeyError):  # a mode that this format does not have
                found[format, mode] = stored(image if mode == "I;16" else image.convert(mode), format).getvalue()
    return found


SEEDS = seeds()


def damaged_picture(data, places):
    """Bytes of a picture, some of them changed: it is read, or refused in words of the course's own."""
    data = bytearray(data)
    for place, byte in places:
        data[place % len(data)] = byte
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert opened(io.BytesIO(bytes(data))).mode == "RGB"
        except NotAnImage as error:
            assert "take it off the list" in str(error)


PLACES = st.lists(
    st.tuples(st.integers(0, 80) | st.integers(0, 4000), st.sampled_from([0, 1, 127, 128, 255])), max_size=6
)
DAMAGED = given(data=st.sampled_from([*SEEDS.values()]), places=PLACES)
MANY = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=500, **MANY)
@DAMAGED
def test_any_damage_to_a_picture(data, places):
    damaged_picture(data, places)


@pytest.mark.slow
@settings(max_examples=20_000, **MANY)
@DAMAGED
def test_any_damage_to_a_picture_many(data, places):
    damaged_picture(data, places)


@pytest.mark.parametrize(
    "error", [RuntimeError("of a decoder"), TypeError("missing"), ZeroDivisionError(), KeyError(3)]
)
def test_whatever_a_reader_of_pillow_raises_is_said(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(NotAnImage, match="no picture that can be read"):
        opened(io.BytesIO(b"x"))
    monkeypatch.undo()
    with pytest.raises(TypeError, match="a picture must be a path"):
        opened(5)
