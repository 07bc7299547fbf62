"""Sources of the lecture decks: both languages alike, every number guarded by a cell, and mistakes named by line."""

import base64
import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

import deck_pictures
import decks
import notebooks
import talk

WRITTEN = [path.name for path in notebooks.lessons() if decks.path_of("ko", path.name)]
FOLDERS = {"ko": notebooks.KOREAN, "en": notebooks.ENGLISH}


def both(name):
    return [decks.parse(decks.path_of(language, name)) for language in ("ko", "en")]


@pytest.mark.parametrize("name", WRITTEN)
def test_both_languages_show_the_same_slides_and_the_same_numbers(name):
    korean, english = both(name)
    assert len(korean) == len(english)
    for one, other in zip(korean, english):
        where = f"{name}: ko line {one.line}, en line {other.line}"
        assert one.shape == other.shape, where
        assert decks.quantities(one) == decks.quantities(other), where


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_deck_shows_is_there_and_its_numbers_are_guarded(name, language):
    path = decks.path_of(language, name)
    deck = talk.Talk(path, notebooks.read(FOLDERS[language] / name), language)
    for slide in deck.slides:
        deck.section(slide, first=False)
        assert decks.unguarded(slide, deck.cells, path) == [], f"{path}:{slide.line}"


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", WRITTEN)
def test_every_slide_says_what_to_say_what_to_ask_and_how_long_it_takes(name, language):
    slides = decks.parse(decks.path_of(language, name))
    for slide in slides:
        assert 0 < slide.minutes <= 8 and slide.say.strip() and slide.ask.strip(), slide.line
        assert slide.ask.strip().rstrip("*`)").endswith(("?", ".", "!")), f"a question or a task: {slide.ask}"
        assert slide.heading or slide is slides[0], slide.line
    short = [slide for slide in slides if slide.short]
    assert slides[0].short and slides[-1].short and 8 <= len(short) <= len(slides) * 0.6
    lesson = notebooks.read(FOLDERS[language] / name)
    played = {block.cell for slide in slides for block in slide.blocks if block.kind == "play"}
    assert {cell.id for cell in lesson.cells if any(map(notebooks.playground, cell.get("outputs", [])))} == played


# The parts


def png():
    drawing = Figure(figsize=(6, 2), dpi=100)
    left, right = drawing.subplots(1, 2, gridspec_kw={"wspace": 0.6})
    left.set_facecolor("red"), right.set_facecolor("blue")
    drawing.suptitle("the title")
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", dpi=100)
    return base64.b64encode(buffer.getvalue()).decode()


def lesson():
    printed = new_output("stream", name="stdout", text="one 1.25\ntwo 2.5\ntwo 33\nthree 44\n")
    table = new_output("execute_result", {"text/html": "<div><table><tr><td>5</td></tr></table></div>"})
    cells = [
        new_markdown_cell("# 7. Lesson", id="title"),
        new_code_cell("a = 17\nif a:\n    b = 2\n    c = 3", id="run", outputs=[printed]),
        new_code_cell("draw(fontsize=11)", id="figure", outputs=[new_output("display_data", {"image/png": png()})]),
        new_markdown_cell("Left is red and right is blue, as can be seen. Rome has 28 million.", id="read"),
        new_code_cell("table", id="table", outputs=[table]),
        new_code_cell("time()", id="timed", outputs=[new_output("stream", name="stdout", text="99.5\n")]),
    ]
    cells[-1].metadata["tags"] = ["nbval-ignore-output"]
    return new_notebook(cells=cells)


@pytest.fixture
def deck(tmp_path):
    """Writes one slide below a title slide and returns the deck."""

    def write(body):
        path = tmp_path / "07.md"
        path.write_text(f"@minutes 1 short\nHello.\n\n## Heading\n{body}\n@say\nSo.\n@ask\nWhy?\n", encoding="utf-8")
        return talk.Talk(path, lesson(), "en")

    return write


def test_steps_columns_and_notes(deck):
    body = "Text.\n\n+ a\n+ b\n...\nlast\n|||\nleft\n|||\n...\nright\n===\nbelow"
    slide = deck(f"@minutes 2 short\n@from run read\n{body}").slides[1]
    assert (slide.heading, slide.minutes, slide.short, slide.say.strip(), slide.ask.strip()) == (
        "Heading", 2, True, "So.", "Why?")  # fmt: skip
    assert slide.sources == ["run", "read"]
    assert slide.shape["steps"] == [[2], [1, 2], [1]] and slide.shape["items"] == 2
    html = deck("+ a\n...\nlast\n|||\nleft\n|||\nright").section(slide, False)
    assert html.count("fragment") == 4 and html.count('class="columns"') == 1 and 'data-timing="120"' in html
    assert "<aside" in html and "Why?" in html and "2 min · short route" in html


def test_a_list_that_comes_item_by_item_takes_no_press_before_its_first(deck):
    talk = deck("Text.\n...\n+ a\n+ b")
    html = talk.section(talk.slides[1], False)
    assert html.count("fragment") == 2 and html.count('class="step"') == 1


def test_the_title_slide_bears_the_lessons_title_and_both_durations(deck):
    page = deck("@minutes 4").section(deck("@minutes 4").slides[0], True)
    assert "<h1>7. Lesson</h1>" in page and "all of it: 5 min" in page and "the short route: 1 min" in page


def test_lines_are_chosen_by_how_they_begin(deck):
    shown = deck("").section
    html = shown(deck("@output run | two").slides[1], False)
    assert "two 2.5" in html and "two 33" not in html and "one" not in html.split("<aside")[0].split("</h2>")[1]
    html = shown(deck("@output run | one | two").slides[1], False)
    assert "one 1.25\ntwo 2.5\ntwo 33</pre>" in html
    html = shown(deck("@code run | b = | c").slides[1], False)
    lines = html.split("<pre")[1].split("</pre>")[0].split("\n")
    assert len(lines) == 2 and not any("    " in line for line in lines)


def test_lines_are_as_large_as_fits_and_never_too_small():
    assert talk.lettering("x" * 20, 1200, "") == 36
    assert talk.lettering("x" * 87, 1200, "") == 22 < talk.lettering("x" * 60, 1200, "")
    assert talk.lettering("가" * 43, 1200, "") == 22
    for text in ("x" * 90, "x\n" * 25):
        with pytest.raises(decks.DeckError, match="07.md:3.*do not fit a slide"):
            talk.lettering(text, 1200, "07.md:3")


def test_a_tables_row_numbers_are_not_shown_but_its_names_are():
    rows = "<table><tr><th></th><th>a</th></tr><tr>\n<th>{}</th><td>5</td></tr><tr><th>{}</th><td>6</td></tr></table>"
    bare = talk.without_row_numbers(rows.format(0, 1))
    assert bare.count("<th>") == 1 and bare.count("<td>") == 2
    assert talk.without_row_numbers(rows.format("x", "y")) == rows.format("x", "y")
    assert talk.without_row_numbers(rows.format(1, 0)) == rows.format(1, 0)


def test_the_rows_of_one_name_are_chosen_from_a_table():
    row = "<tr>\n<th>{}</th><td>{}</td></tr>"
    rows = "".join(row.format(name, value) for name, value in (("b", 5), ("a", 6), ("a &amp; b", 7)))
    made = talk.rows_of(f"<table><thead><tr><th>h</th></tr></thead><tbody>{rows}</tbody></table>", "a & b", "")
    assert made == f"<table><thead><tr><th>h</th></tr></thead><tbody>{row.format('a &amp; b', 7)}</tbody></table>"
    spans = '<tr><th rowspan="2" valign="top">{}</th><th>x</th><td>{}</td></tr><tr><th>y</th><td>2</td></tr>'
    both = "<tr><th></th><th></th><th>h</th></tr><tbody>" + spans.format("a", 1) + spans.format("b", 3)
    assert talk.rows_of(f"<table>{both}</tbody></table>", "b", "") == (
        "<table><tr><th></th><th>h</th></tr><tbody>"
        "<tr><th>x</th><td>3</td></tr><tr><th>y</th><td>2</td></tr></tbody></table>"
    )
    with pytest.raises(decks.DeckError, match="07.md:5: no row of this table is named 'c'"):
        talk.rows_of(f"<table>{both}</tbody></table>", "c", "07.md:5")


def picture(html):
    return Image.open(io.BytesIO(base64.b64decode(html.split("base64,")[1].split('"')[0]))).convert("RGB")


def test_a_panel_and_a_figure_without_its_title(deck):
    show = deck("").section
    whole = show(deck("@figure figure").slides[1], False)
    assert f'data-letters="{11 * 100 / 72:.1f}"' in whole and "Left is red" in whole
    for which, colour, other in ((1, (255, 0, 0), (0, 0, 255)), (2, (0, 0, 255), (255, 0, 0))):
        part = picture(show(deck(f"@figure figure {which}/2").slides[1], False))
        colours = {colour for _, colour in part.getcolors(100_000)}
        assert colour in colours and other not in colours
    bare = picture(show(deck("@figure figure untitled").slides[1], False))
    assert bare.height < picture(whole).height - 5
    assert {(255, 0, 0), (0, 0, 255)} <= {colour for _, colour in bare.getcolors(100_000)}


def test_a_title_that_no_gap_parts_from_the_drawing_is_not_cut_off():
    drawing = Image.new("RGB", (100, 100), "white")
    drawing.paste("black", (10, 5, 90, 80)), drawing.paste("black", (40, 90, 60, 95))
    with pytest.raises(ValueError, match="no white gap below its title"):
        deck_pictures.untitled(drawing)
    drawing.paste("white", (10, 12, 90, 16))
    assert deck_pictures.untitled(drawing).height < 100


def test_a_number_of_the_axis_beside_the_title_stays_where_it_is():
    drawing = Image.new("RGB", (200, 100), "white")
    drawing.paste("red", (60, 5, 98, 15)), drawing.paste("red", (100, 5, 140, 15))  # two words of a title
    drawing.paste("black", (20, 22, 190, 95)), drawing.paste("blue", (5, 12, 15, 32))  # an axis begins at 20
    drawing.paste("green", (16, 10, 18, 14))  # a raised exponent of that number, which ends above the gap
    bare = deck_pictures.untitled(drawing)
    colours = {colour: n for n, colour in bare.getcolors()}
    assert (255, 0, 0) not in colours
    assert colours[0, 0, 255] == 10 * 20 and colours[0, 128, 0] == 2 * 4


@pytest.mark.parametrize(
    "body, message",
    [
        ("@output nowhere", "07.md:5: the lesson has no cell 'nowhere'"),
        ("@from nowhere", "07.md:4: the lesson has no cell 'nowhere'"),
        ("@output run | seven", "07.md:5: no line of this cell begins with 'seven'"),
        ("@output figure", "07.md:5: the cell 'figure' prints nothing"),
        ("@figure run", "07.md:5: the cell 'run' draws no figure"),
        ("@figure figure upside", "07.md:5: .*not by 'upside'"),
        ("@table run", "07.md:5: the cell 'run' shows no table"),
        ("@table table | nine", "07.md:5: no row of this table is named 'nine'"),
        ("@play run", "07.md:5: the cell 'run' has no playground"),
        ("@picture run", "07.md:5: '@picture run' is not understood"),
        ("@say\n@figure figure", "07.md:6: '@figure figure' is not understood here"),
        ("@minutes 2 long", "07.md:5: after the minutes only `short`"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(deck, body, message):
    with pytest.raises(decks.DeckError, match=message):
        made = deck(body)
        made.section(made.slides[1], False)


@pytest.mark.parametrize(
    "words, missing",
    [
        ("@from run\nIt was 2.5.", []),
        ("@output run | one\nIt was 2.5.", []),
        ("It was 2.5.", ["2.5"]),
        ("@from run\nIt was 2.6.", ["2.6"]),
        ("@from run\n## It was 77", ["77"]),
        ("@from run\nGood.\n@say\nIt was 78.\n", ["78"]),
        ("@from run\nGood.\n@ask\nWas it 79?\n@say", ["79"]),
        ("@from run\nIt was 17.", []),
        ("@from timed\nIt took 99.5 seconds.", ["99.5"]),
        ("@from read\nRome has 28 million.", []),
        ("@from read\nRome has 28,000,000.", []),
        ("@from read\nRome has 29 million.", ["29 million"]),
    ],
)
def test_a_number_stands_in_a_cell_that_its_slide_names(deck, words, missing):
    made = deck(words)
    assert [text for slide in made.slides[1:] for text in decks.unguarded(slide, made.cells, made.path)] == missing


def test_the_same_quantity_in_two_languages_is_the_same():
    korean, english = decks.Slide("253만 단어의 46%", 1), decks.Slide("46 % of 2.53 million words", 1)
    assert decks.quantities(korean) == decks.quantities(english) == {2_530_000, 46}
    assert decks.quantities(korean) != decks.quantities(decks.Slide("47 % of 2.53 million words", 1))


def test_a_lesson_without_a_deck_has_none():
    assert decks.path_of("ko", "99_nowhere.ipynb") is None


def test_the_last_number_of_an_axis_stays_with_its_panel():
    """It is as narrow as the upright name of an axis, and low."""
    picture = Image.new("L", (1000, 300), 255)
    for left, right, top in ((40, 460, 20), (466, 480, 270), (560, 960, 20)):  # a panel, its last number, a panel
        picture.paste(0, (left, top, right, 280))
    first, second = (deck_pictures.panel(picture, which, 2) for which in (1, 2))
    dark = [int((np.asarray(part.convert("L")) < 128).any(axis=0).sum()) for part in (first, second)]
    assert dark == [420 + 14, 400]


def test_the_upright_name_of_an_axis_stays_with_its_panel():
    """It stands between two panels, and the widest gap is often the one between it and its own panel."""
    picture = Image.new("L", (1000, 300), 255)
    for left, right in ((40, 460), (490, 505), (560, 960)):  # a panel, the name of an axis, its panel
        picture.paste(0, (left, 20, right, 280))
    first, second = (deck_pictures.panel(picture, which, 2) for which in (1, 2))
    dark = [int((np.asarray(part.convert("L")) < 128).any(axis=0).sum()) for part in (first, second)]
    assert dark == [420, 15 + 400]
