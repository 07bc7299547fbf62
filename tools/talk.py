"""A lecture deck as an HTML page: the slides of tools/decks.py with what their lesson has worked out."""

import html
import re
import unicodedata

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

import decks
import notebooks
import pages
import tables
from deck_pictures import figure
from decks import DeckError

WIDTH, HEIGHT, GAP = 1200, 560, 40  # pixels of a slide's body, and between its columns
FIGURE = 1.5  # a column with a figure is so much wider than one without
CODE = (36, 32, 30, 28, 26, 24, 22)  # pixels of code and printed lines, the first that fits
SAYS = {
    "ko": {"ask": "물어보기", "minutes": "{}분", "short": "짧은 강의", "full": "전체 {}분", "route": "짧은 강의 {}분",
           "turn": "화면을 가로로 눕히면 슬라이드로 보입니다."},
    "en": {"ask": "Ask", "minutes": "{} min", "short": "short route", "full": "all of it: {} min",
           "route": "the short route: {} min", "turn": "Turn the screen on its side to see slides."},
}  # fmt: skip


def formula(content, options):
    """A formula as MathJax reads it."""
    text = html.escape(content.strip())
    return f"\\[{text}\\]" if options["display_mode"] else f"\\({text}\\)"


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin, renderer=formula)


def markdown(text):
    """Markdown as HTML; the items of a list that is written with + appear one by one."""
    tokens = MARKDOWN.parse(text)
    for token in tokens:
        if token.type == "list_item_open" and token.markup == "+":
            token.attrJoin("class", "fragment")
    return MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})


# Printed lines, code, tables, playgrounds


def cells_wide(line):
    """How many letters of one width a line takes; Hangul takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def lettering(text, width, where):
    """The size in pixels for some lines.  DeckError if they are too long or too many to be read from the last row."""
    lines = text.split("\n")
    for size in CODE:
        if max(map(cells_wide, lines)) * 0.602 * size <= width - 44 and len(lines) * 1.4 * size <= HEIGHT - 24:
            return size
    longest = max(map(cells_wide, lines))
    raise DeckError(f"{where}: {len(lines)} lines of up to {longest} letters do not fit a slide; choose fewer lines")


def printed(block, cell, width, where):
    """What a cell printed, or its last value."""
    parts = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stdout":
            parts.append(notebooks.settle(output).text)
        elif "text/plain" in output.get("data", {}) and not {"image/png", "text/html"} & set(output.data):
            parts.append(output.data["text/plain"])
    if not parts:
        raise DeckError(f"{where}: the cell '{cell.id}' prints nothing")
    text = decks.chosen(block, "\n".join(part.strip("\n") for part in parts), where)
    return f'<pre class="output" style="font-size:{lettering(text, width, where)}px">{html.escape(text)}</pre>'


def code(block, cell, width, where):
    """Lines of a cell's code."""
    text = decks.chosen(block, re.sub(r" *# fmt: skip", "", cell.source), where)
    coloured = highlight(text, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")
    return f'<pre class="input" style="font-size:{lettering(text, width, where)}px">{coloured}</pre>'


def table(block, cell, where):
    """A cell's table, or the rows of one name."""
    _, _, name = block.content.partition("|")
    for output in cell.get("outputs", []):
        if found := re.search(r"<table.*</table>", output.get("data", {}).get("text/html", ""), flags=re.S):
            return tables.aligned(rows_of(found[0], name.strip(), where) if name else without_row_numbers(found[0]))
    raise DeckError(f"{where}: the cell '{cell.id}' shows no table")


def rows_of(text, name, where):
    """A table with the rows of one name only: one row, or as many as the name's cell spans, then without that cell."""
    head, _, body = text.partition("<tbody>")
    rows = re.findall(r"<tr.*?</tr>", body, flags=re.S)
    for number, row in enumerate(rows):
        if found := re.match(rf"<tr[^>]*>\s*<th([^>]*)>{re.escape(html.escape(name))}</th>", row):
            kept = [row]
            if span := re.search(r'rowspan="(\d+)"', found[1]):
                first = re.sub(r"<th[^>]*>[^<]*</th>\s*", "", row, count=1)
                kept = [first, *rows[number + 1 : number + int(span[1])]]
                head = re.sub(r"<th></th>\s*", "", head, count=1)
            return f"{head}<tbody>{''.join(kept)}</tbody></table>"
    raise DeckError(f"{where}: no row of this table is named '{name}'")


def without_row_numbers(text):
    """A table without the column that only numbers its rows from 0."""
    numbers = re.findall(r"<tr>\s*<th>([^<]*)</th>\s*<td>", text)
    if not numbers or numbers != [str(n) for n in range(len(numbers))]:
        return text
    text = re.sub(r"(<tr>)\s*<th>\d+</th>", r"\1", text)
    return re.sub(r"(<tr[^>]*>)\s*<th></th>", r"\1", text, count=1)


def play(cell, language, where):
    """A cell's playground."""
    for name in filter(None, map(notebooks.playground, cell.get("outputs", []))):
        return pages.place(name, language)
    raise DeckError(f"{where}: the cell '{cell.id}' has no playground")


def step_class(part):
    """The classes of what a press brings; what begins with a list that comes item by item needs no press of its own."""
    return "step" if re.match(r'<[uo]l>\s*<li class="fragment">', part) else "step fragment"


# The page


class Talk:
    """Turns the slides of one deck into HTML, with the cells of its lesson."""

    def __init__(self, path, notebook, language):
        self.path, self.language = path, language
        self.cells = {cell.id: cell for cell in notebook.cells}
        self.following = dict(zip([cell.id for cell in notebook.cells], [*notebook.cells[1:], None]))
        self.title = pages.title(notebook)
        self.slides = decks.parse(path)

    def block(self, block, width):
        if block.kind == "text":
            return markdown(block.content)
        where, cell = f"{self.path}:{block.line}", self.cells[block.cell]
        if block.kind == "figure":
            return figure(block, cell, self.following[cell.id], where)
        if block.kind == "output":
            return printed(block, cell, width, where)
        if block.kind == "code":
            return code(block, cell, width, where)
        return table(block, cell, where) if block.kind == "table" else play(cell, self.language, where)

    def column(self, steps, width):
        parts = ["".join(self.block(block, width) for block in step) for step in steps]
        return parts[0] + "".join(f'<div class="{step_class(part)}">{part}</div>' for part in parts[1:])

    def body(self, slide):
        rows = []
        for row in slide.regions:
            shares = [FIGURE if any(b.kind == "figure" for step in steps for b in step) else 1 for steps in row]
            room = (WIDTH - GAP * (len(row) - 1)) / sum(shares)
            columns = [self.column(steps, room * share) for steps, share in zip(row, shares)]
            if len(columns) == 1:
                rows.append(columns[0])
            else:
                tracks = " ".join(f"minmax(0, {share}fr)" for share in shares)
                inside = "".join(f"<div>{column}</div>" for column in columns)
                rows.append(f'<div class="columns" style="grid-template-columns: {tracks}">{inside}</div>')
        return "".join(rows)

    def notes(self, slide):
        says = SAYS[self.language]
        minutes = says["minutes"].format(f"{slide.minutes:g}") + (f" · {says['short']}" if slide.short else "")
        ask = f"<p><strong>{says['ask']}</strong></p>{markdown(slide.ask)}" if slide.ask else ""
        return f'<aside class="notes"><p><em>{minutes}</em></p>{markdown(slide.say)}{ask}</aside>'

    def section(self, slide, first):
        decks.cells_of(slide, self.cells, self.path)
        heading = f"<h1>{html.escape(self.title)}</h1>" if first else f"<h2>{MARKDOWN.renderInline(slide.heading)}</h2>"
        route = " data-short" if slide.short else ""
        mark = f'<span class="short">{SAYS[self.language]["short"]}</span>' if slide.short else ""
        times = self.times() if first else ""
        return (
            f'<section data-timing="{slide.minutes * 60:.0f}"{route}>'
            f'{heading}<div class="body">{self.body(slide)}</div>{times}'
            f'<p class="foot"><span>{html.escape(self.title)}</span>{mark}</p>{self.notes(slide)}</section>'
        )

    def times(self):
        """Both routes through the deck with their minutes, each a link."""
        says, short = SAYS[self.language], [slide for slide in self.slides if slide.short]
        full, route = (sum(slide.minutes for slide in some) for some in (self.slides, short))
        return (
            f'<p class="times"><a href="?">{says["full"].format(f"{full:g}")}</a> · '
            f'<a href="?short">{says["route"].format(f"{route:g}")}</a></p>'
        )

    def page(self, values):
        """The whole page; `values` fill the template's places beside the slides and the title."""
        sections = "\n".join(self.section(slide, i == 0) for i, slide in enumerate(self.slides))
        values = values | {"language": self.language, "title": html.escape(self.title), "slides": sections,
                           "turn": SAYS[self.language]["turn"]}  # fmt: skip
        template = (pages.SITE / "slides" / "talk.html").read_text(encoding="utf-8")
        return re.sub(r"\{\{ (\w+) \}\}", lambda match: values[match[1]], template)
