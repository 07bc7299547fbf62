"""Flickr8k: its traps on a small copy made here, and the real texts where they lie beside the project."""

from pathlib import Path

import pytest
from PIL import Image

import notebooks
from helpers import captions, downloads, glove
from helpers.captions import flickr8k
from helpers.captions.data import dataset
from helpers.vision.eyes import Eyes

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "flickr8k"
LINES = {
    "a.jpg": ['A man says " hello , you " to a dog .', "Two dogs , one black", "c", "d", "e"],
    "b.jpg": ["one", "two", "three", "four", "five"],
    "c.jpg": ["one", "two", "three", "four", "five"],
}


@pytest.fixture
def folder(tmp_path):
    lines = [f"{name}#{i}\t{caption}" for name, captions in LINES.items() for i, caption in enumerate(captions)]
    lines.insert(3, "2258277193_586949ec62.jpg.1#0\tA dog")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / flickr8k.TOKENS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    for split, names in {"train": "a.jpg\nmissing.jpg\n", "validation": "b.jpg\n\n", "test": "c.jpg"}.items():
        (tmp_path / "text" / flickr8k.SPLITS[split]).write_text(names)
    (tmp_path / "Flicker8k_Dataset").mkdir()
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (20, 10), (200, 30, 30)).save(tmp_path / "Flicker8k_Dataset" / name)
    return tmp_path


def test_captions_keep_quotes_and_commas_and_the_image_that_is_none_is_left_out(folder):
    captions = flickr8k.tokens(folder / "text" / flickr8k.TOKENS)
    assert captions == LINES


def test_a_split(folder):
    paths, captions = flickr8k.load("train", folder)
    assert captions == {"a.jpg": LINES["a.jpg"]} and paths["a.jpg"].is_file()
    paths, captions = flickr8k.load("test", folder)
    assert list(captions) == ["c.jpg"] and not paths["c.jpg"].is_file()
    with pytest.raises(FileNotFoundError, match="no picture of test"):
        flickr8k.load("test", folder, images=True)


def test_the_same_interface_as_the_scenes(folder):
    data = dataset("flickr8k", folder=folder)
    assert (data.train, data.validation, data.test, data.new_combinations) == (["a.jpg"], ["b.jpg"], ["c.jpg"], [])
    assert data.references(["b.jpg"]) == [LINES["b.jpg"]] and data.image("a.jpg").size == (20, 10)
    assert data.images(["a.jpg"])["a.jpg"].name == "a.jpg"
    with pytest.raises(ValueError, match="English"):
        dataset("flickr8k", language="ko", folder=folder)


@pytest.mark.parametrize("line", ["a.jpg a line without a tab", "a.jpg\tno number", "a.jpg#x\tcaption", "a.jpg#0\t  "])
def test_a_line_that_cannot_be_read_is_named(tmp_path, line):
    (tmp_path / "t").write_text("a.jpg#0\tgood\n" + line + "\n")
    with pytest.raises(ValueError, match="line 2: wanted NAME.jpg#0"):
        flickr8k.tokens(tmp_path / "t")


def test_missing_files_and_unknown_splits_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="Flickr8k.token.txt is not in"):
        flickr8k.load("train", tmp_path)
    with pytest.raises(ValueError, match="split must be 'train' or 'validation' or 'test', not 'dev'"):
        flickr8k.load("dev", tmp_path)


def test_through_the_registry_of_downloads(folder, tmp_path, monkeypatch):
    """The archives are unpacked into the cache, once."""
    import zipfile

    archives = {}
    for name, inside in (("flickr8k-text", "text"), ("flickr8k-images", "Flicker8k_Dataset")):
        archives[name] = tmp_path / f"{downloads.lookup(name).file}"
        with zipfile.ZipFile(archives[name], "w") as file:
            for path in sorted((folder / inside).iterdir()):
                file.write(path, path.name if inside == "text" else f"Flicker8k_Dataset/{path.name}")
    asked = []
    monkeypatch.setattr(downloads, "fetch", lambda name: (asked.append(name), archives[name])[1])
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    for _ in range(2):
        data = dataset("flickr8k")
        assert data.train == ["a.jpg"] and data.image("a.jpg").size == (20, 10)
    assert set(asked) == {"flickr8k-text", "flickr8k-images"}
    assert not list((tmp_path / "cache").rglob("*.part"))


@pytest.mark.skipif(not REAL.is_dir(), reason=f"the real set is not at {REAL}")
def test_the_real_set():
    splits, captions, paths = flickr8k.read(REAL)
    assert {split: len(names) for split, names in splits.items()} == {"train": 6000, "validation": 1000, "test": 0}
    assert len(captions) == 7000 and {len(found) for found in captions.values()} == {5}
    assert sum(path.is_file() for path in paths.values()) == 200


def test_the_ten_lines_of_the_lesson_run_on_a_folder_in_this_layout(tmp_path, monkeypatch, capsys):
    """The cell `flickr` of lesson 9, given a small folder and a network without its 109 MB."""
    (tmp_path / "Flicker8k_Dataset").mkdir()
    lines, names, colors = [], [f"{i}.jpg" for i in range(12)], {"red": (200, 30, 30), "blue": (30, 30, 200)}
    for i, name in enumerate(names):
        color = [*colors][i % 2]
        Image.new("RGB", (90, 80), colors[color]).save(tmp_path / "Flicker8k_Dataset" / name)
        lines += [f'{name}#{k}\ta "{color}" dog , on {where} .' for k, where in enumerate(("grass", "snow", "sand"))]
    (tmp_path / flickr8k.TOKENS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    for split, part in (("train", names[:8]), ("validation", names[8:10]), ("test", names[10:])):
        (tmp_path / flickr8k.SPLITS[split]).write_text("\n".join(part))
    lesson = notebooks.read(notebooks.KOREAN / "09_image_captioning.ipynb")
    code = next(cell.source for cell in lesson.cells if cell.id == "flickr")
    assert code.startswith("FLICKR = None\n") and 'Eyes.of("official")' in code
    code = code.replace("FLICKR = None", f"FLICKR = {str(tmp_path)!r}").replace('"official"', '"untrained"')
    monkeypatch.chdir(tmp_path)
    room = {"captions": captions, "glove": glove, "meaning": captions.meaning, "Eyes": Eyes, "device": "cpu"}
    exec(code, room)
    assert "'things'" in capsys.readouterr().out and set(room["told"]) == {*names[8:10]}
    again = captions.Captioner.load(tmp_path / "flickr8k_captioner.safetensors", device="cpu")
    assert "dog" in again.describe(tmp_path / "Flicker8k_Dataset" / names[11])
