"""Tables that pandas made, for a page: numbers stand under each other on the right, words begin on the left.

pandas writes every heading to the right and leaves the cells to the page.  `aligned` gives the class "words" to the
cells and headings of columns that hold words, and to those of the index; the style sheets do the rest.
"""

import re
import xml.etree.ElementTree as tree

TABLE = re.compile(r"<table[^>]*dataframe.*?</table>", re.S)
NUMBERS = re.compile(r"\b(?:nan|inf|n\s*=)", re.I)  # letters that belong to a number
LETTER, DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")


def aligned(html):
    """The HTML of a cell's output with its columns of words marked; what is no table of pandas stays as it is."""
    return TABLE.sub(lambda found: marked(found[0]), html)


def marked(html):
    """One table with its columns of words marked, or as it was where it is not well formed."""
    try:
        table = tree.fromstring(html)
    except tree.ParseError:
        return html
    rows = [row.findall("td") for row in table.findall("tbody/tr")]
    if not rows or len({len(row) for row in rows}) > 1:
        return html
    words = [of_words(column) for column in zip(*rows)]
    for row in rows:
        for cell in (cell for cell, wordy in zip(row, words) if wordy):
            cell.set("class", "words")
    for row in table.findall("thead/tr"):
        heads = row.findall("th")
        spans = [int(head.get("colspan", 1)) for head in heads]
        place = len(words) - sum(spans)  # before the first column stand the names of the index
        for head, span in zip(heads, spans):
            if place < 0 or all(words[place : place + span]):
                head.set("class", "words")
            place += span
    for head in table.findall("tbody/tr/th"):
        head.set("class", "words")
    return tree.tostring(table, encoding="unicode", method="html")


def of_words(cells):
    """Whether a column holds more letters than digits."""
    text = " ".join("".join(cell.itertext()) for cell in cells)
    text = NUMBERS.sub("0", text)
    return len(LETTER.findall(text)) > len(DIGIT.findall(text))
