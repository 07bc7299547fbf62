"""Every number on a page is true, or this says which one nothing guards: python tools/guard.py

nbval compares the stored output of a cell with a fresh run, so numbers in it are reproduced.  Two kinds
of number escape it, and both are looked for here:

1. A cell tagged `nbval-ignore-output` (hardware or timing decides what it prints) is not compared.  It
   must contain an `assert`, or assign a name that an `assert` in the same or a later cell uses.
2. Prose.  A figure that a sentence quotes must stand in the code or the compared output of a cell above
   it, or come with a link to its source in the same paragraph, list item or table.  Years, single
   digits, headings, code and formulas are left alone.

Also refused: comment markers that switch nbval off, `nbval-skip`, and code cells that were never run.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import ast
import re
from dataclasses import dataclass

import notebooks

IGNORED = "nbval-ignore-output"
NUMBER = re.compile(
    r"(?<![\w.,/–-])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s?(%p?|퍼센트|percent|백만|천만|만|천|억|thousand\b|million\b|billion\b|[kKMB](?![A-Za-z])))?"
)
PERCENT = {"%", "%p", "퍼센트", "percent"}
SCALE = {
    "천": 1e3, "thousand": 1e3, "k": 1e3, "K": 1e3, "만": 1e4, "백만": 1e6, "million": 1e6, "M": 1e6,
    "천만": 1e7, "억": 1e8, "billion": 1e9, "B": 1e9,
}  # fmt: skip
SOURCE = re.compile(r"\]\(https?://|<https?://|arXiv[: ]\d")


@dataclass(frozen=True)
class Figure:
    """A number in prose: as written, its value, decimals shown, and the unit that multiplies it."""

    text: str
    value: float
    decimals: int
    unit: str

    def agrees(self, number):
        """Whether a printed number rounds to this one."""
        factors = [0.01, 1.0] if self.unit in PERCENT else [SCALE.get(self.unit, 1.0)]
        if not self.unit and not self.decimals:  # 2,530,000 may stand for 2,533,124
            digits = str(int(self.value))
            zeros = min(len(digits) - len(digits.rstrip("0")), max(len(digits) - 2, 0))
            if abs(number - self.value) <= 0.5 * 10**zeros and zeros:
                return True
        step = 0.5 * 10.0**-self.decimals
        return any(abs(abs(number) / factor - self.value) <= step * (1 + 1e-9) for factor in factors)


def figures(text):
    """The numbers of a piece of prose that need a guard."""
    # Korean writes 793,471 as 79만 3,471 too
    text = re.sub(
        r"(\d+)만 (\d{1,3},?\d{0,3})(?![\d,.])", lambda m: f"{int(m[1]) * 10_000 + int(m[2].replace(',', '')):,}", text
    )
    found = []
    for match in NUMBER.finditer(text):
        digits, unit = match.group(1).replace(",", ""), match.group(2) or ""
        value, decimals = float(digits), len(digits.partition(".")[2])
        bare = not unit and not decimals
        if bare and (value < 10 or 1900 <= value <= 2100 and "," not in match.group(1)):
            continue
        found.append(Figure(match.group(0), value, decimals, unit))
    return found


def blocks(markdown):
    """Prose of a markdown cell cut at blank lines, list items and quotes; code, formulas and headings removed."""
    text = re.sub(r"```.*?```", " ", markdown, flags=re.S)
    text = re.sub(r"\$\$.*?\$\$", " ", text, flags=re.S)
    text = re.sub(r"\$[^$\n]+\$", " ", text)
    text = re.sub(r"`[^`\n]*`", " ", text)
    text = re.sub(r"^#{1,6} .*$", "", text, flags=re.M)
    text = re.sub(r"^(\s*)(?:[-*+]|\d+[.)]) ", r"\n\1", text, flags=re.M)
    return [block for block in re.split(r"\n\s*\n", text) if block.strip()]


def unguarded_prose(markdown, numbers):
    """The figures of a markdown cell that neither a source nor one of the printed numbers stands behind."""
    missing = []
    for block in blocks(markdown):
        if SOURCE.search(block):
            continue
        plain = re.sub(r"\[\d+\]\(\d\d_\w+\.ipynb\)", " ", block)  # the number of a lesson, which it links
        plain = re.sub(r"\]\([^)]*\)|<[^>]*>", " ", plain)
        missing += [f.text for f in figures(plain) if not any(f.agrees(n) for n in numbers)]
    return missing


def numbers_in(text):
    """Every number in code or in an output, signs dropped."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    found = re.findall(r"\d{1,3}(?:[,_]\d{3})+(?:\.\d+)?(?:[eE][-+]?\d+)?|\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+", text)
    return {float(number.replace(",", "").replace("_", "")) for number in found}


def output_text(cell):
    """The text of a cell's outputs that nbval compares."""
    parts = []
    for output in cell.outputs:
        parts.append(output.get("text", ""))
        data = output.get("data", {})
        parts += [data.get("text/plain", ""), re.sub(r"<[^>]*>", " ", data.get("text/html", ""))]
    return "\n".join("".join(part) for part in parts)


def python(source):
    """The cell's code without IPython's magics, parsed."""
    return ast.parse("\n".join("pass" if line.lstrip()[:1] in ("%", "!") else line for line in source.split("\n")))


def assigned(tree):
    """Names that a cell binds, imports and functions apart."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def asserted(tree):
    """Names that the assert statements of a cell look at."""
    tests = [node.test for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return {node.id for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)}


def examine(notebook):
    """(complaints as (cell id, text), counts of code cells that are compared, ignored and without output)."""
    complaints, counts = [], {"compared": 0, "guarded": 0, "silent": 0}
    numbers, code = set(), [cell for cell in notebook.cells if cell.cell_type == "code"]
    trees = {cell.id: python(cell.source) for cell in code}
    for position, cell in enumerate(code):
        tags = cell.metadata.get("tags", [])
        if re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE_)", cell.source) or "nbval-skip" in tags:
            complaints.append((cell.id, "switches nbval off; only the tag nbval-ignore-output may be used"))
        if cell.source.strip() and cell.execution_count is None:
            complaints.append((cell.id, "was never run; nbval does not compare such a cell"))
        if IGNORED not in tags:
            counts["compared" if cell.outputs else "silent"] += 1
            continue
        counts["guarded"] += 1
        below = set().union(*(asserted(trees[later.id]) for later in code[position:]))
        has_assert = any(isinstance(node, ast.Assert) for node in ast.walk(trees[cell.id]))
        if not has_assert and not assigned(trees[cell.id]) & below:
            complaints.append((cell.id, "is not compared, and no assert at or below it looks at what it computes"))
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for figure in unguarded_prose(cell.source, numbers):
                complaints.append((cell.id, f"quotes {figure}, which no cell above prints and no link stands behind"))
        elif cell.cell_type == "code":
            numbers |= numbers_in(cell.source)
            if IGNORED not in cell.metadata.get("tags", []):
                numbers |= numbers_in(output_text(cell))
    return complaints, counts


def main():
    failed = False
    for path in notebooks.lessons() + notebooks.lessons(notebooks.ENGLISH):
        complaints, counts = examine(notebooks.read(path))
        name = f"{path.parent.name}/{path.name}"
        print(f"{name:55} " + "  ".join(f"{key} {value}" for key, value in counts.items()))
        for cell_id, text in complaints:
            print(f"    cell {cell_id} {text}")
        failed = failed or bool(complaints)
    sys.exit(failed)


if __name__ == "__main__":
    main()
