"""The table that `corpora.names()` returns."""

import html
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of `names()`; size in bytes, as stored or downloaded; `here` says whether it is on this machine."""

    name: str
    language: str
    size: int
    licence: str
    here: bool
    what: str

    def cells(self):
        """The row as text."""
        return self.name, self.language, megabytes(self.size), self.licence, "yes" if self.here else "no", self.what


class Table(list):
    """A list of rows that prints as a table, in a terminal and in a notebook."""

    HEAD = ("name", "language", "size", "licence", "on this machine", "what")

    def __repr__(self):
        rows = [self.HEAD, *(row.cells() for row in self)]
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)

    def _repr_html_(self):
        def line(tag, cells):
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        return f"<table>{line('th', self.HEAD)}{''.join(line('td', row.cells()) for row in self)}</table>"


def megabytes(size):
    """1234567 → '1.2 MB'."""
    return f"{size / 1e6:,.1f} MB" if size < 1e8 else f"{size / 1e6:,.0f} MB"
