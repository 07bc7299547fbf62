"""The course's figures: readable, complete in Hangul, and right about the numbers they show."""

import io
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from helpers import figures, fonts

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def fresh_style():
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.use_style()
        yield
        plt.close("all")


def rendered(ax):
    ax.figure.canvas.draw()
    return np.asarray(ax.figure.canvas.buffer_rgba())


def test_hangul_minus_and_latin_are_all_drawn(caplog):
    figure, ax = plt.subplots()
    ax.set_title("개울가에서 속옷 빨래 −1 ㅋㅋ fat cat", fontweight="bold")
    ax.plot([-2, 3], [-5, 1], label="시나브로")
    ax.legend()
    with caplog.at_level(logging.WARNING, logger="matplotlib"):
        rendered(ax)  # a missing glyph is a warning, and warnings are errors here
    assert not caplog.records
    assert any("\N{MINUS SIGN}" in label.get_text() for label in ax.get_xticklabels())


def test_without_the_course_font_a_glyph_would_be_missing():
    plt.rcParams["font.family"] = ["DejaVu Sans"]
    figure, ax = plt.subplots()
    ax.set_title("빨래")
    with pytest.raises(UserWarning, match="missing from font"):
        rendered(ax)


def test_regular_and_bold_come_from_nanum_gothic():
    manager = matplotlib.font_manager.fontManager
    files = [
        manager.findfont(matplotlib.font_manager.FontProperties(family=fonts.FAMILY, weight=w)) for w in (400, 700)
    ]
    assert [Path(file).stem for file in files] == ["NanumGothic", "NanumGothicExtraBold"]


def test_the_font_package_is_not_imported_and_the_style_may_be_set_twice():
    code = (
        "import sys; from helpers import figures, fonts; figures.use_style(); figures.use_style();"
        "from matplotlib import font_manager as f;"
        "assert sum(e.name == fonts.FAMILY for e in f.fontManager.ttflist) == 2;"
        "assert 'koreanize_matplotlib' not in sys.modules and 'distutils' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)


@pytest.fixture
def no_course_font(monkeypatch):
    monkeypatch.setattr(fonts.importlib.util, "find_spec", lambda name: None)
    others = [font for font in fonts.font_manager.fontManager.ttflist if font.name != fonts.FAMILY]
    monkeypatch.setattr(fonts.font_manager.fontManager, "ttflist", others)
    return others


def test_an_installed_font_serves_where_the_package_is_missing(no_course_font, monkeypatch):
    real = fonts.has_hangul
    package = [font for font in no_course_font if "koreanize_matplotlib" in font.fname]
    only = package[0] if package else next(font for font in no_course_font if real(font.fname))
    latin = next(font for font in no_course_font if font.name == "DejaVu Sans")
    monkeypatch.setattr(fonts.font_manager.fontManager, "ttflist", [latin, only])
    assert fonts.hangul_files() == [only.fname]
    assert fonts.hangul_family() == fonts.FAMILY


def test_no_hangul_font_at_all_gives_one_warning_with_the_remedy(no_course_font, monkeypatch):
    monkeypatch.setattr(fonts, "has_hangul", lambda path: False)
    with pytest.warns(UserWarning, match="pip install koreanize-matplotlib"):
        figures.use_style()
    assert plt.rcParams["font.family"] == ["DejaVu Sans"]


def test_sizes_for_the_back_row():
    assert plt.rcParams["font.size"] >= 13 and plt.rcParams["xtick.labelsize"] >= 12
    assert plt.rcParams["figure.facecolor"] == "white"


def luminance(color):
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("values", [np.arange(30.0).reshape(5, 6), np.linspace(-3, 2, 30).reshape(5, 6)])
def test_every_number_in_a_matrix_stands_out_from_its_cell(values):
    ax = figures.matrix(values)
    image = ax.images[0]
    for text, value in zip(ax.texts, values.ravel()):
        shown = matplotlib.colors.to_rgb(text.get_color())
        assert contrast(shown, image.cmap(image.norm(value))) > 3, value


def test_a_matrix_shows_its_numbers_and_labels():
    ax = figures.matrix([[0, 2], [-1.5, np.nan]], ["나", "like"], ["a", "빨래하는"], digits=1)
    assert [text.get_text() for text in ax.texts] == ["0.0", "2.0", "−1.5"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["나", "like"]
    assert ax.images[0].norm(0) == 0.5, "white is zero where both signs occur"
    assert [t.get_text() for t in figures.matrix([[0, 2], [1, 0]]).texts] == ["0", "2", "1", "0"]
    rendered(ax)


def test_a_matrix_of_zeros_or_of_nothing_finite_is_drawn():
    rendered(figures.matrix(np.zeros((2, 2))))
    rendered(figures.matrix([[np.nan]]))


def test_wrong_shapes_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match="one label for each"):
        figures.matrix([[1, 2]], ["a"], ["b"])
    with pytest.raises(ValueError, match="values must be .* of shape .n, n."):
        figures.matrix([1, 2])
    with pytest.raises(ValueError, match="one label"):
        figures.words_2d(np.zeros((3, 2)), ["a"])
    with pytest.raises(ValueError, match="dimensions"):
        figures.words_2d(np.zeros(3), ["a"] * 3)
    with pytest.raises(ValueError, match="labels need values"):
        figures.bars(["a", "b"], [1])
    with pytest.raises(ValueError, match="do not fit"):
        figures.curves([1, 2, 3], {"loss": [1, 2]})


def overlapping(ax):
    boxes = [text.get_window_extent() for text in ax.texts]
    return sum(boxes[i].overlaps(boxes[j]) for i in range(len(boxes)) for j in range(i))


def test_labels_of_words_hardly_overlap():
    points = np.random.default_rng(0).normal(size=(40, 2))
    ax = figures.words_2d(points, [f"단어{i}" for i in range(40)])
    rendered(ax)
    side = [ax.annotate(t.get_text(), p, xytext=(8, 0), textcoords="offset points") for t, p in zip(ax.texts, points)]
    placed, naive = ax.texts[:40], side
    before = [text.get_window_extent() for text in naive]
    naive_overlaps = sum(before[i].overlaps(before[j]) for i in range(40) for j in range(i))
    for text in naive:
        text.remove()
    assert [text.get_text() for text in placed] == [f"단어{i}" for i in range(40)]
    assert overlapping(ax) <= 2 < naive_overlaps
    frame = ax.get_window_extent()
    assert all(frame.x0 <= t.get_window_extent().x0 and t.get_window_extent().x1 <= frame.x1 for t in placed)


def test_labels_leave_an_arrow_free():
    start, end = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])
    arrow = np.concatenate([start + part * (end - start) for part in np.linspace(0, 1, 40)])

    def labels_on_the_arrow(**options):
        ax = figures.words_2d(np.concatenate([start, end]), ["어머니", "아버지"], **options)
        rendered(ax)
        places = ax.transData.transform(arrow)
        return sum(any(text.get_window_extent().contains(*place) for place in places) for text in ax.texts)

    assert labels_on_the_arrow() == 1 and labels_on_the_arrow(avoid=arrow) == 0


def test_many_dimensions_are_drawn_along_the_principal_ones():
    vectors = np.random.default_rng(1).normal(size=(20, 5)) * [9, 4, 1, 1, 1]
    ax = figures.words_2d(vectors, [str(i) for i in range(20)], groups=["a"] * 10 + ["b"] * 10)
    drawn = np.vstack([collection.get_offsets() for collection in ax.collections])
    spectrum = np.linalg.svd(vectors - vectors.mean(0))[1]
    assert np.allclose(np.linalg.norm(drawn, axis=0), spectrum[:2])
    assert np.allclose(figures.principal_components(-vectors), -figures.principal_components(vectors))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_one_word_and_two_equal_words_are_drawn():
    rendered(figures.words_2d([[1.0, 2.0, 3.0]], ["하나"]))
    rendered(figures.words_2d([[1.0, 2.0], [1.0, 2.0]], ["a", "b"]))


def test_bars_show_mean_and_sample_deviation():
    values = np.array([[1.0, 2.0, 3.0], [4.0, 4.0, 4.0]])
    ax = figures.bars(["a", "b"], values)
    assert [bar.get_height() for bar in ax.patches] == [2, 4]
    assert {"2.00", "4.00"} <= {text.get_text() for text in ax.texts}
    whiskers = [segment for c in ax.collections for segment in c.get_segments()]
    assert np.allclose(whiskers[0][:, 1], [1, 3]) and np.allclose(whiskers[1][:, 1], [4, 4])


def test_curves_show_mean_and_band():
    ax = figures.curves([1, 2], {"one": [3.0, 5.0], "many": [[1.0, 1.0], [3.0, 1.0]]}, xlabel="epoch")
    assert np.allclose(ax.lines[0].get_ydata(), [3, 5]) and np.allclose(ax.lines[1].get_ydata(), [2, 1])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert np.isclose(band.max(), 2 + np.sqrt(2)) and np.isclose(band.min(), 2 - np.sqrt(2))


def test_epochs_are_whole_numbers():
    ax = figures.curves(range(1, 8), {"loss": np.arange(7.0)})
    rendered(ax)
    assert all("." not in label.get_text() for label in ax.get_xticklabels())


def test_plots_draw_into_given_axes():
    figure, axes = plt.subplots(2, 2)
    assert figures.matrix([[1]], ax=axes[0, 0]) is axes[0, 0]
    assert figures.words_2d([[1, 2]], ["a"], ax=axes[0, 1]) is axes[0, 1]
    assert figures.bars(["a"], [1], ax=axes[1, 0]) is axes[1, 0]
    assert figures.curves([1], {"a": [1]}, ax=axes[1, 1]) is axes[1, 1]
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("label", ["$$", "$a", "a_$b$", "_a", "\\alpha", "a\nb", "^", "서울$"])
def test_words_are_drawn_letter_by_letter(label):
    points = np.array([[0.0, 0.0], [1.0, 1.0]])
    ax = figures.words_2d(points, [label, "b"], groups=[label, "b"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [label, "b"]
    axes = [ax, figures.bars([label, "b"], [1, 2]), figures.matrix(np.eye(2), [label, "b"], [label, "b"]),
            figures.curves([1, 2], {label: [1, 2], "b": [2, 1]})]  # fmt: skip
    assert [text.get_text() for text in axes[3].get_legend().get_texts()] == [label, "b"]
    for one in axes:
        one.figure.draw_without_rendering()
        plt.close(one.figure)


def test_points_that_are_no_numbers_have_no_place():
    with pytest.raises(ValueError, match="NaN or infinity"):
        figures.words_2d(np.array([[0, np.nan], [1, 2]]), ["a", "b"])


def test_photographs_are_stored_small_and_keep_what_is_drawn():
    fig, ax = plt.subplots(figsize=(8, 6))
    ax.imshow(np.random.default_rng(1).random((60, 80, 3)))
    shown = figures.photographs(fig, width=400, colors=16)
    picture = Image.open(io.BytesIO(shown.data))
    assert picture.format == "PNG" and abs(picture.width - 400) < 120 and len(picture.convert("RGB").getcolors()) <= 16
    assert not plt.fignum_exists(fig.number), "it would be drawn twice"
    for wrong in ({"width": 0}, {"colors": 1}, {"colors": 257}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            figures.photographs(plt.figure(), **wrong)


def test_words_are_drawn_into_a_figure_that_was_closed():
    ax = plt.figure().subplots()
    plt.close("all")  # as Jupyter does at the end of a cell
    figures.words_2d(np.eye(3), ["a", "b", "c"], ax=ax)
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]


HANGUL = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from helpers import figures
figures.use_style()
figures.bars(["한글", "낱말"], [1, 2], title="빈도")
plt.savefig("figure.png")
"""


@pytest.mark.parametrize("home", [None, "nowhere/at all", "file", "집 가"])
def test_hangul_is_drawn_whatever_the_home_folder_is(home, tmp_path):
    (tmp_path / "file").write_text("")  # where a folder should be: this binds the administrator, too
    (tmp_path / "집 가").mkdir()
    named = ("HOME", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    clean = {name: value for name, value in os.environ.items() if name not in named}
    clean |= {"PYTHONPATH": str(ROOT)} | ({"HOME": str(tmp_path / home)} if home else {})
    done = subprocess.run([sys.executable, "-c", HANGUL], cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert done.returncode == 0 and (tmp_path / "figure.png").stat().st_size > 1000
    assert "Glyph" not in done.stderr and "Traceback" not in done.stderr


def test_limits_give_equal_values_equal_colours_and_letters_that_can_be_read():
    figure, axes = plt.subplots(1, 2)
    for ax, values in zip(axes, ([[0, 1]], [[0, 2]])):
        figures.matrix(values, limits=(-2, 2), cmap="RdBu_r", ax=ax)
        assert ax.images[0].get_clim() == (-2, 2)
        assert ax.texts[0].get_color() == figures.INK, "dark letters on the white of zero"
    assert axes[1].texts[1].get_color() == "white"
    with pytest.raises(ValueError, match="limits"):
        figures.matrix([[0, 1]], limits=(1, 2, 3))
    for limits in ((2, 0), (1, 1), (np.nan, 1), (0, np.inf)):
        with pytest.raises(ValueError, match="limits must be two finite numbers, the smaller one first"):
            figures.matrix([[0, 1]], limits=limits)
