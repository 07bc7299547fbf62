"""Playgrounds in a notebook: a page that needs nothing from outside, in a frame of its own.

`figures.play("window")` shows the same thing that the site and the slides show: the scripts of site/play, put together
with their data into one page.  The page says it in Korean and in English and follows the notebook's light or dark
colours.  Nothing of it is stored in the lesson's file, only a sentence (`tools/notebooks.py`).
"""

import html
import json
from pathlib import Path

from helpers import arguments

FOLDER = Path(__file__).resolve().parent.parent / "site" / "play"
BASE = "base"

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>{name}</title><style>
body{{margin:0;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans KR","Malgun Gothic",sans-serif}}
</style></head><body><div data-play="{name}"></div>
<script>{scripts}</script>
<script>
Play.find(document, "notebook");
new ResizeObserver(() => {{
  if (window.frameElement) window.frameElement.style.height = `${{document.documentElement.offsetHeight + 4}}px`;
}}).observe(document.body);
</script></body></html>"""


class Playground:
    """A playground that a notebook shows when it is the value of a cell.  ValueError for an unknown name."""

    def __init__(self, name):
        self.name = arguments.choice("name", name, names())

    def page(self):
        """The whole page as HTML: base, data and playground, nothing of it from elsewhere."""
        style = f"Play.style = {json.dumps((FOLDER / 'play.css').read_text(encoding='utf-8'))};"
        files = [FOLDER / f"{BASE}.js", FOLDER / "data" / f"{self.name}.js", FOLDER / f"{self.name}.js"]
        base, *rest = [file.read_text(encoding="utf-8") for file in files if file.exists()]
        scripts = "\n".join([base, style, *rest]).replace("</script", "<\\/script")
        return PAGE.format(name=self.name, scripts=scripts)

    def _repr_html_(self):
        source = html.escape(self.page(), quote=True)
        return (f'<iframe data-playground="{self.name}" title="{self.name}" srcdoc="{source}" '
                'style="width:100%;height:700px;border:0"></iframe>')  # fmt: skip

    def __repr__(self):
        return f"playground {self.name}"


def names():
    """The names of all playgrounds."""
    return sorted(file.stem for file in FOLDER.glob("*.js") if file.stem != BASE)
