"""A hint below a NameError: which cell of the lesson makes the name that is missing, and how to run it.

A cell that is run first in a fresh kernel, an exercise above all, knows nothing of the cells above it, and Python says
only `NameError: name 'check' is not defined`.  `watch()` lets IPython add the sentence that helps; it is called by
`environment.prepare` and by kernels that `make lab` starts.
"""

import ast
import json
import os
import re
from pathlib import Path

LESSONS = Path(__file__).resolve().parent.parent / "notebooks" / "ko"  # both editions have the same code


def names_of(code):
    """The names that a cell makes: imports, functions, classes and assignments.  Empty for code that is no Python."""
    try:
        tree = ast.parse(re.sub(r"^[%!].*$", "", code, flags=re.M))
    except SyntaxError:
        return set()
    made = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            made |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
    return made


def codes_of(notebook):
    """The code cells of a notebook's file, a list of str; none where it is damaged, as by the marks of a merge."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []


def maker(name, lesson):
    """(which code cell of the lesson's file makes a name first, counted from 1; that cell's first line), or None."""
    for number, code in enumerate(codes_of(lesson), 1):
        if name in names_of(code):
            return number, next(line for line in code.splitlines() if line.strip())
    return None


def lesson_here():
    """The lesson of which the notebook that this kernel runs is a copy, or None where that is not known."""
    session = Path(os.environ.get("JPY_SESSION_NAME") or os.environ.get("__vsc_ipynb_file__") or "").name
    number = re.match(r"\d\d_", session)
    return next(iter(sorted(LESSONS.glob(number[0] + "*.ipynb"))), None) if number else None


def hint(error, lesson=None):
    """Two lines, in Korean and English, on what to run before the cell that raised this NameError; '' without help."""
    name = getattr(error, "name", None)
    found = maker(name, lesson) if name and lesson else None
    if found:
        number, line = found
        return (f"'{name}'은(는) 이 노트북의 {number}번째 코드 셀에서 만듭니다. "
                f"그 셀까지 위에서부터 먼저 실행하세요: {line}\n"
                f"'{name}' is made by code cell {number} of this notebook. Run the cells down to it first: {line}\n"
                "(JupyterLab: Run > Run All Above Selected Cell)")  # fmt: skip
    if name == "check" or (name or "").startswith("my_"):
        return ("이 셀보다 위에 있는 셀을 먼저 실행하세요: Run > Run All Above Selected Cell\n"
                "Run the cells above this one first: Run > Run All Above Selected Cell")  # fmt: skip
    return ""


def explain(shell, kind, error, traceback, tb_offset=None):
    """IPython's handler: the usual traceback, then the hint."""
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
    if text := hint(error, lesson_here()):
        print("\n" + text)


def watch():
    """Have IPython call `explain` for every NameError; nothing where no IPython runs."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if shell := get_ipython():
        shell.set_custom_exc((NameError,), explain)
