"""Stored figures on paper and on a phone: whether their smallest letters can be read."""

import re

import course_extension
import nbformat
import pytest

import deck_pictures
import notebooks
import pdf

PAPER_HEIGHT = 12 / 2.54 * 72  # points: what the site's print style lets a figure take
LEAST_ON_PAPER, LEAST_ON_A_PHONE = 7, 11  # points, pixels
SCREENS = 2.1  # on a phone a wide figure scrolls sideways in its box, but not for long


def paper_width():
    """Width of the text on a page of the PDF files, in points."""
    margin = float(re.search(r"size: A4; margin: \d+mm (\d+)mm", pdf.FOOT)[1])
    return (210 - 2 * margin) / 25.4 * 72


def letters_on_paper(cell, picture):
    """Height in points of a figure's smallest letters on A4; a pixel is 3/4 of a point if that is not too wide."""
    letters = deck_pictures.letter_pixels(cell, picture)
    scale = min(0.75, paper_width() / picture.width, PAPER_HEIGHT / picture.height)
    return min(letters * scale, course_extension.PAPER_LETTERS)


def letters_on_a_phone(cell, output):
    """Height in pixels of the smallest letters on a phone, 390 pixels wide, and how many screens wide the figure is."""
    picture = deck_pictures.opened(output)
    wide = deck_pictures.legible_width(cell, output, course_extension.LEAST_LETTERS)
    shown = max(wide, min(picture.width, 390))
    return deck_pictures.letter_pixels(cell, picture) * shown / picture.width, shown / 390


def too_small(path):
    """{cell: what is wrong} of a lesson's stored figures."""
    found = {}
    for cell in notebooks.read(path).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                points = letters_on_paper(cell, deck_pictures.opened(output))
                pixels, screens = letters_on_a_phone(cell, output)
                if points < LEAST_ON_PAPER or pixels < LEAST_ON_A_PHONE or screens > SCREENS:
                    found[cell.id] = f"{points:.1f} pt on paper, {pixels:.1f} px on {screens:.1f} screens of a phone"
    return found


@pytest.mark.parametrize(
    "path", [*notebooks.lessons(), *notebooks.lessons(notebooks.ENGLISH)], ids=lambda path: path.stem
)
def test_letters_of_every_stored_figure_are_legible_on_paper_and_on_a_phone(path):
    """Computed from the sizes of the letters and of the stored picture; tests/test_pages_read.py looks at pages."""
    assert too_small(path) == {}


def test_the_letters_of_a_figure_are_found_whatever_sets_their_size():
    sizes = {"ax.plot(x)": 13, "ax.text(0, 0, 'a', fontsize=9.5)": 9.5, "ax.tick_params(labelsize=8)": 8}
    for source, size in sizes.items():
        assert deck_pictures.smallest_letters(nbformat.v4.new_code_cell(source)) == size
