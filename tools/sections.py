"""What the site's search looks through: every section of every page, written as a script beside the pages.

A section has the address of its heading, the names of page and heading, and its plain text; code and outputs are left
out.  `spellings` are the names that mean one thing, from the glossary: whoever asks for 스킵그램 finds skip-gram.
Where a lesson only says what comes next is left out, since it names what another lesson is about.  The searching
itself is site/shared/search.js.
"""

import json
import re
from html.parser import HTMLParser

import pages

NEXT = ("다음 수업", "Where next")
SKIPPED = {"pre", "script", "style", "svg"}
LEFT_OUT = {"headerlink", "cell_output"}  # classes: a table is no text either if a cell has printed it
VOID = ("img", "br", "hr", "input", "path", "use", "wbr")  # tags that are not closed


class Article(HTMLParser):
    """Collects the sections of a page's article: [anchor, heading, text]."""

    def __init__(self):
        super().__init__()
        self.found, self.anchors, self.inside, self.skipped, self.heading = [], [], False, 0, False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "article":
            self.inside = True
        if not self.inside:
            return
        if self.skipped or tag in SKIPPED or LEFT_OUT & {*(attributes.get("class") or "").split()}:
            self.skipped += tag not in VOID
        elif tag == "section":
            self.anchors.append(attributes.get("id", ""))
        elif tag in ("h1", "h2", "h3"):
            self.found.append([self.anchors[-1] if self.anchors and tag != "h1" else "", "", []])
            self.heading = True
        elif tag in ("p", "li", "td", "th", "dt", "dd") and self.found:
            self.found[-1][2].append(" ")

    def handle_endtag(self, tag):
        if tag == "article":
            self.inside = False
        elif self.skipped:
            self.skipped -= tag not in VOID
        elif tag == "section" and self.inside and self.anchors:
            self.anchors.pop()
        elif tag in ("h1", "h2", "h3"):
            self.heading = False

    def handle_data(self, data):
        if self.inside and self.found and not self.skipped:
            if self.heading:
                self.found[-1][1] += data
            else:
                self.found[-1][2].append(data)


def sections(html):
    """(anchor, heading, text) of every section of a page."""
    article = Article()
    article.feed(html)
    return [(anchor, squeezed(heading), squeezed("".join(text))) for anchor, heading, text in article.found]


def squeezed(text):
    """A text with single spaces."""
    return re.sub(r"\s+", " ", text).strip()


def spellings():
    """Lists of names that mean the same, in lower case, from the glossary: both languages and all other forms."""
    found = []
    for term in (term for section in pages.glossary() for term in section["terms"]):
        names = [term["ko"], term["en"], *(form for forms in term.get("forms", {}).values() for form in forms)]
        found.append(list(dict.fromkeys(name.lower() for name in names)))
    return found


def write(folder):
    """Write search-index.js of one language's pages into their folder."""
    found = []
    for path in sorted(folder.glob("*.html")):
        if path.stem in ("index", "search", "genindex"):
            continue
        parts = sections(path.read_text(encoding="utf-8"))
        title = parts[0][1] if parts else path.stem
        found += [
            [path.name + (f"#{anchor}" if anchor else ""), title, heading, text]
            for anchor, heading, text in parts
            if heading not in NEXT
        ]
    content = json.dumps({"sections": found, "spellings": spellings()}, ensure_ascii=False, separators=(",", ":"))
    (folder / "search-index.js").write_text(f"window.courseSearch = {content};\n", encoding="utf-8")
