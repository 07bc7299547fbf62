"""Quiet pages: what a lesson's code cell becomes on the site, so that the code that teaches stands out.

A cell is divided into up to four, each of one kind, which Sphinx then shows one below the other:

    the code that teaches, with its outputs
    the picture, where the cell's last statements only draw
    what drew it, folded
    the guards (assert), folded

A copy of all parts together is still the cell; only their order on the page is another.
"""

import ast
import copy

DRAWS = {"figures", "plt", "ax", "axes", "fig", "figure"}  # names that a statement which only draws goes out from
PROMPTS = {
    "first": {"ko": "준비하는 첫 셀 보기", "en": "Show the first cell, which sets things up"},
    "drawing": {"ko": "이 그림을 그린 코드 보기", "en": "Show the code that drew this"},
    "guards": {"ko": "확인하는 코드 보기", "en": "Show the checks"},
}


def root(node):
    """The name that an expression goes out from: `ax` in `ax.flat[0].set(title="x")`; None for another kind."""
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def draws(statement, names):
    """Whether a statement only draws; what it assigns then draws, too, and joins `names`."""
    if isinstance(statement, ast.Expr):
        return root(statement.value) in names
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
        if root(statement.value) in names:
            names |= {
                each.id for target in statement.targets for each in ast.walk(target) if isinstance(each, ast.Name)
            }
            return True
        return False
    if isinstance(statement, (ast.For, ast.With, ast.If)):
        return all([draws(each, names) for each in [*statement.body, *getattr(statement, "orelse", [])]])
    return False


def kinds(code, pictured):
    """[(kind, lines)] of a cell's code, in the order code, drawing, guards; kinds without lines are left out.

    pictured: whether the cell shows a picture, without which nothing counts as drawing.  Lines between two statements
    (comments, empty lines) go with the statement below them.
    """
    try:
        body = ast.parse(code).body
    except SyntaxError:  # a %magic: shown as it is
        return [("code", code.splitlines())]
    lines, names, sorts = code.splitlines(), set(DRAWS), []
    for statement in body:
        guard = isinstance(statement, ast.Assert)
        sorts.append("guards" if guard else "drawing" if pictured and draws(statement, names) else "code")
    last = max((i for i, sort in enumerate(sorts) if sort == "code"), default=-1)
    sorts = ["code" if sort == "drawing" and i < last else sort for i, sort in enumerate(sorts)]
    parts, begin = {"code": [], "drawing": [], "guards": []}, 0
    for statement, sort in zip(body, sorts):
        parts[sort] += lines[begin : statement.end_lineno]
        begin = statement.end_lineno
    if body:
        parts[sorts[-1]] += lines[begin:]
    return [(sort, trimmed(part)) for sort, part in parts.items() if any(line.strip() for line in part)]


def trimmed(lines):
    """Lines without empty ones at both ends."""
    full = [i for i, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def divided(cell, language):
    """The cells that stand on the page for a code cell.  Those after the first have its id and a suffix."""
    if cell.id == "bootstrap":
        return [folded(cell, cell.source, "first", language, cell.outputs)]
    if "hide-input" in cell.metadata.get("tags", []):  # checks that need some lines of their own, hidden as a whole
        return [folded(cell, cell.source, "guards", language, cell.outputs)]
    pictured = any("image/png" in output.get("data", {}) for output in cell.outputs)
    parts = dict(kinds(cell.source, pictured))
    if not parts or set(parts) == {"code"}:
        return [cell]
    before, picture = cell.outputs, []
    if "drawing" in parts:
        first = next(i for i, output in enumerate(cell.outputs) if "image/png" in output.get("data", {}))
        before, picture = cell.outputs[:first], cell.outputs[first:]
    found = []
    if "code" in parts:
        found.append(part(cell, "\n".join(parts["code"]), "", before))
    elif before:
        found.append(shown(cell, "-said", before))
    if "drawing" in parts:
        found.append(shown(cell, "-picture", picture))
        found.append(folded(part(cell, "", "-drawing", []), "\n".join(parts["drawing"]), "drawing", language, []))
    if "guards" in parts:
        found.append(folded(part(cell, "", "-guards", []), "\n".join(parts["guards"]), "guards", language, []))
    return found


def part(cell, source, suffix, outputs):
    """A copy of a cell with other code and outputs."""
    made = copy.deepcopy(cell)
    made.source, made.outputs, made.id = source, outputs, cell.id + suffix
    return made


def shown(cell, suffix, outputs):
    """A copy of a cell of which only the outputs are shown."""
    made = part(cell, cell.source, suffix, outputs)
    made.metadata["tags"] = [*cell.metadata.get("tags", []), "remove-input"]
    return made


def folded(cell, source, kind, language, outputs):
    """The cell with its code behind a line that opens it."""
    cell.source, cell.outputs = source, outputs
    cell.metadata["tags"] = [*dict.fromkeys([*cell.metadata.get("tags", []), "hide-input", f"fold-{kind}"])]
    cell.metadata.setdefault("mystnb", {}).update(
        code_prompt_show=PROMPTS[kind][language], code_prompt_hide=PROMPTS[kind][language]
    )
    return cell
