"""A folder of one's own with a table of captions, a captioner that knows its eyes, and a contact sheet."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from helpers import captions
from helpers.captions import sheets, tables
from helpers.captions.data import dataset
from helpers.vision import inception, photographs
from helpers.vision.eyes import Eyes

COLORS = {"red": (210, 40, 40), "blue": (40, 60, 210), "green": (40, 170, 60)}
TABLE = """image,caption
0.jpg,"A red, very ""red"" square ."
0.jpg,a red square, they say
1.jpg,a blue square
"""


@pytest.fixture
def folder(tmp_path):
    """Twelve plain pictures in Images/ with two captions each, one of them with a comma and quotes."""
    (tmp_path / "Images").mkdir()
    lines = ["image,caption"]
    for i in range(12):
        color = [*COLORS][i % 3]
        Image.new("RGB", (40, 30), COLORS[color]).save(tmp_path / "Images" / f"{i}.jpg")
        lines += [f'{i}.jpg,"a ""{color}"" square, plain"', f"{i}.jpg,there is a {color} square"]
    (tmp_path / "captions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_quotes_and_commas_of_a_table(tmp_path):
    (tmp_path / "captions.txt").write_text(TABLE, encoding="utf-8")
    found = tables.captions_of(tmp_path / "captions.txt")
    assert found == {"0.jpg": ['A red, very "red" square .', "a red square, they say"], "1.jpg": ["a blue square"]}


def test_a_folder_is_split_by_pictures(folder):
    data = dataset("folder", folder=folder)
    assert [len(part) for part in (data.train, data.validation, data.test)] == [10, 1, 1]
    assert len({*data.names}) == 12 and data.image("3.jpg").size == (40, 30)
    assert data.captions["0.jpg"] == ['a "red" square, plain', "there is a red square"]
    assert dataset("folder", folder=folder, seed=2).train != data.train == dataset("folder", folder=folder).train


def test_pictures_and_captions_that_lack_each_other_are_counted(folder):
    (folder / "Images" / "0.jpg").unlink()
    Image.new("RGB", (4, 4)).save(folder / "Images" / "bare.png")
    with pytest.warns(UserWarning, match="left out: 1 pictures of captions.csv that are not there, 1 pictures without"):
        assert len(dataset("folder", folder=folder).names) == 11


@pytest.mark.parametrize(("table", "error", "says"), [
    (None, FileNotFoundError, "neither captions.csv nor captions.txt"),
    ("image,caption\n0.jpg,\n", ValueError, "line 2: wanted a picture"),
    ("0.jpg,one picture\n", ValueError, "has 1 pictures with captions, and 3 are needed"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:left out")
def test_a_table_that_cannot_be_used_says_why(folder, table, error, says):
    (folder / "captions.csv").unlink()
    if table:
        (folder / "captions.csv").write_text(table)
    with pytest.raises(error, match=says):
        dataset("folder", folder=folder)


@pytest.fixture
def captioner(folder):
    data, eyes = dataset("folder", folder=folder), Eyes.of("untrained")
    found = eyes.extract(data.images(), progress=False)
    return captions.train(found, data.captions, validation=data.validation, hidden_size=16, vector_size=16, epochs=15,
                          alpha=0.02, min_alpha=0.01, dropout=0, eyes=eyes, device="cpu")  # fmt: skip


def test_a_saved_captioner_describes_a_file_and_refuses_another_network(captioner, folder, tmp_path):
    captioner.save(tmp_path / "c.safetensors")
    again = captions.Captioner.load(tmp_path / "c.safetensors", device="cpu")
    assert again.eyes == captioner.eyes and again.eyes.size == 160
    red = again.describe(folder / "Images" / "0.jpg")
    assert "red" in red and red == again.describe(Image.open(folder / "Images" / "0.jpg"))
    assert red == again.caption(again.eyes.extract([folder / "Images" / "0.jpg"], progress=False)["0.jpg"])
    with pytest.raises(ValueError, match="another network: the features come from 'untrained'"):
        again.describe(folder / "Images" / "0.jpg", network=inception.untrained(seed=2))
    again.eyes = None
    with pytest.raises(ValueError, match="train it with eyes="):
        again.describe(folder / "Images" / "0.jpg")


def test_a_grid_knows_its_layer(folder):
    pooled, grid = Eyes.of("untrained"), Eyes.of("untrained", grid=True)
    assert (pooled.layer, grid.layer) == ("pooled", "Mixed_6e") and pooled.weights == grid.weights
    assert grid.extract([folder / "Images" / "0.jpg"], progress=False)["0.jpg"].shape == (64, 192)
    with pytest.raises(ValueError, match="network must be"):
        Eyes.of("resnet")


def test_a_contact_sheet_of_a_folder(captioner, folder, capsys):
    (folder / "Images" / "broken.jpg").write_bytes(b"no picture")
    figure, said = sheets.contact_sheet(captioner, folder / "Images", columns=5)
    assert len(said) == 12 and "broken.jpg" in capsys.readouterr().out
    titles = [ax.get_title().replace("\n", " ") for ax in figure.axes]
    assert titles == [*said.values(), "", "", ""]
    plt.close(figure)
    with pytest.raises(FileNotFoundError, match="holds no picture"):
        sheets.contact_sheet(captioner, folder)


def test_the_photographs_that_ship():
    photos = photographs.load()
    card = (photographs.FOLDER / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in photographs.FOLDER.glob("*.jpg")} == {path.name for path in photos.paths.values()}
    for name, path in photos.paths.items():
        assert card.count(f"| `{name}.jpg` |") == 1 and path.stat().st_size <= 60_000
        assert photos.pooled[name].shape == (1280,) and photos.cells[name].shape == (16, 320)
    assert np.linalg.matrix_rank(np.stack([*photos.pooled.values()])) == len(photos)
    with pytest.raises(FileNotFoundError, match="tools/photographs.py"):
        photographs.load(photographs.FOLDER / "none")
    with pytest.raises(ValueError, match="no features of photographs"):
        photographs.load(photographs.FOLDER / "dog.jpg")


@pytest.mark.parametrize("text, error", [
    ('0.jpg,"a dog\n1.jpg,a cat\n2.jpg,a cow\n', "line 1: a quotation mark opens .*'1.jpg,a cat'.*close it"),
    ('image,caption\n0.jpg,"a dog\nx\n"1.jpg","a cat"\n', "line 2: a quotation mark"),
    ("image;caption\n0.jpg;a dog\n", "names no picture: wanted lines `picture,caption`.*image;caption"),
    ("image\tcaption\n0.jpg\ta dog\n", "names no picture"), ("0,a dog\n1,a cat\n", "with its ending"), ("", "names no"),
])  # fmt: skip
def test_tables_that_would_be_misread_are_refused(tmp_path, text, error):
    (tmp_path / "captions.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=error):
        tables.captions_of(tmp_path / "captions.csv")


def test_long_captions_and_captions_of_several_lines(tmp_path):
    long = "word " * 50_000
    (tmp_path / "captions.csv").write_text(f'0.jpg,"a dog\nruns, fast"\n1.jpg,"{long}"\n', encoding="utf-8")
    found = tables.captions_of(tmp_path / "captions.csv")
    assert found == {"0.jpg": ["a dog\nruns, fast"], "1.jpg": [long.strip()]}
