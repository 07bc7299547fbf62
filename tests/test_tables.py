"""Tables of pandas on a page: columns of words begin on the left, and no cell is lost."""

import re

import pandas as pd

import tables


def classes(html):
    """For each row, the text of its cells, with a * before those that begin on the left."""
    rows = re.findall(r"<tr.*?</tr>", html, flags=re.S)
    cells = [re.findall(r"<t[hd]([^>]*)>(.*?)</t[hd]>", row, flags=re.S) for row in rows]
    return [["*" * ("words" in attributes) + text for attributes, text in row] for row in cells]


def test_columns_of_words_and_of_numbers():
    gap = "+0.1 [-0.1, +0.3] n = 5"
    table = pd.DataFrame({"word": ["개울가", "<end>"], "score": [float("inf"), float("nan")], "gap": [gap] * 2})
    assert classes(tables.aligned(table.to_html())) == [
        ["*", "*word", "score", "gap"],
        ["*0", "*개울가", "inf", gap],
        ["*1", "*&lt;end&gt;", "NaN", gap],
    ]


def test_headings_over_several_columns_and_an_index_of_two_levels():
    columns = pd.MultiIndex.from_product([["ko", "en"], ["near", "n"]])
    index = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")], names=["text", "kind"])
    table = pd.DataFrame([["책", 3, "book", 1], ["종이", 4, "paper", 2]], index=index, columns=columns)
    assert classes(tables.aligned(table.to_html())) == [
        ["*", "*", "ko", "en"],
        ["*", "*", "*near", "n", "*near", "n"],
        ["*text", "*kind", "*", "", "*", ""],
        ["*a", "*x", "*책", "3", "*book", "1"],
        ["*y", "*종이", "4", "*paper", "2"],
    ]


def test_what_is_no_table_of_pandas_stays_as_it_is():
    odd = '<table class="dataframe"><tr><td>a<b></td></table>'
    plain = "<table><tr><td>a</td></tr></table>"
    for html in ("<p>3 < 4</p>", plain, odd, pd.DataFrame({"a": []}).to_html()):
        assert tables.aligned(html) == html


def test_rows_of_different_lengths_are_left_alone():
    rows = "<tr><td>a</td></tr><tr><td>b</td><td>1</td></tr>"
    html = f'<table class="dataframe"><tbody>{rows}</tbody></table>'
    assert tables.aligned(html) == html


def test_the_whole_output_of_a_cell_is_kept():
    html = pd.DataFrame({"a": ["x"]})._repr_html_()
    marked = tables.aligned(html)
    assert marked.startswith(html[: html.index("<table")]) and marked.endswith(html[html.index("</table>") :])
    assert re.sub(r"\s+|<[^>]*>", "", marked) == re.sub(r"\s+|<[^>]*>", "", html)
