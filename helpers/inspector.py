"""The n-gram inspector: which n-grams two words share, and what each of them adds to the cosine of the two words.

    inspector.inspect(kv, "학교", "학교에서")      # a table: text in a terminal, HTML in a notebook
    inspector.show(kv, "학교", "학교에서")         # the same with two boxes to type in, where widgets run

The arithmetic is `helpers.subwords.shared`: a word's vector is the mean of its parts (its own row and its n-grams), so
the cosine is a sum over pairs of parts.  A shared n-gram adds its pair with itself; the table lists these, and adds up
all other pairs in one line.
"""

import html
import os
from dataclasses import dataclass

from helpers import arguments, subwords

FRONT_ENDS = (
    "JPY_SESSION_NAME",
    "COLAB_RELEASE_TAG",
    "VSCODE_PID",
    "VSCODE_CWD",
)  # each sets one of these for a kernel
BAR = "display:inline-block;height:0.7em;background:"


@dataclass(frozen=True)
class Inspection:
    """Two words and where their cosine comes from; in a notebook a table, elsewhere lines of text.

    common   {shared n-gram: what its pair with itself adds to the cosine}, the largest first
    others   what all other pairs of parts add together
    cosine   the sum of both, nan if a word has no vector; jaccard: shared n-grams among all n-grams of the two
    """

    first: str
    second: str
    common: dict
    others: float
    cosine: float
    jaccard: float

    def lines(self):
        """(name, contribution) of every line of the table."""
        return [*self.common.items(), ("all other pairs", self.others), ("cosine", self.cosine)]

    def __repr__(self):
        head = f"{self.first} · {self.second}: {len(self.common)} shared n-grams, Jaccard {self.jaccard:.2f}"
        return "\n".join([head, *(f"  {number(value)}  {name}" for name, value in self.lines())])

    def _repr_html_(self):
        largest = max([abs(value) for _, value in self.lines() if value == value] or [1.0]) or 1.0
        rows = []
        for name, value in self.lines():
            width = round(160 * abs(value) / largest) if value == value else 0
            color = "#0072B2" if value >= 0 else "#D55E00"
            cells = f"<td style='text-align:left'>{html.escape(name)}</td><td>{number(value)}</td>"
            rows.append(
                f"<tr>{cells}<td style='text-align:left'><span style='{BAR}{color};width:{width}px'></span></td></tr>"
            )
        head = f"{html.escape(self.first)} · {html.escape(self.second)}: {len(self.common)} shared n-grams, "
        return f"<p>{head}Jaccard {self.jaccard:.2f}</p><table>{''.join(rows)}</table>"


def number(value):
    """Two decimals with a sign that never flickers between -0 and 0."""
    return "  nan" if value != value else f"{round(value, 2) + 0.0:5.2f}".replace("-", "\N{MINUS SIGN}")


def inspect(kv, first, second):
    """What two words share, as an `Inspection`; kv: vectors from `helpers.fasttext`.

    Raises TypeError for vectors without n-grams.
    """
    if not getattr(kv, "bucket", 0) or kv.max_n < kv.min_n:
        raise TypeError("these vectors have no n-grams to look into: take those of helpers.fasttext.train or load, "
                        "trained with max_n above 0")  # fmt: skip
    found = subwords.shared(first, second, kv)
    common = dict(sorted(found.from_common().items(), key=lambda item: -item[1]))
    cosine = found.cosine if found.table.any() else float("nan")
    return Inspection(first, second, common, cosine - sum(common.values()), cosine, found.jaccard)


def widgets_run():
    """Whether this kernel was started by a program that shows widgets (Jupyter, Colab, VS Code)."""
    return any(name in os.environ for name in FRONT_ENDS)


def show(kv, first, second, interactive=None):
    """Display the inspection of two words; where widgets run, under two boxes in which other words can be typed.

    interactive: True, False, or None for `widgets_run()`.  What is stored in the notebook always holds the static
    table too, so that a page without a kernel shows it.
    """
    from IPython.display import display

    found = inspect(kv, first, second)
    interactive = widgets_run() if interactive is None else arguments.flag("interactive", interactive)
    if not interactive:
        return display(found)
    box = controls(kv, found)
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    static = {"text/plain": repr(found), "text/html": found._repr_html_()}
    display({"application/vnd.jupyter.widget-view+json": view, **static}, raw=True)


def controls(kv, found):
    """Two boxes and the table below them, which follows what is typed: an ipywidgets VBox."""
    import ipywidgets

    boxes = [ipywidgets.Text(value=word, continuous_update=False) for word in (found.first, found.second)]
    table = ipywidgets.HTML(value=found._repr_html_())

    def follow(_):
        table.value = inspect(kv, *(box.value.strip() for box in boxes))._repr_html_()

    for box in boxes:
        box.observe(follow, "value")
    return ipywidgets.VBox([ipywidgets.HBox(boxes), table])
