"""Check a folder of HTML pages: every link to a page, an anchor or a file of the folder leads somewhere."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """Collects what a page links to and loads, and the anchors that it offers."""

    def __init__(self):
        super().__init__()
        self.links, self.anchors = [], {"", "top"}

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.add(attributes.get("id") or attributes.get("name") or "")
        self.links += [attributes[key] for key in ("href", "src") if attributes.get(key)]


def read(path):
    """The page at a path, parsed."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def broken(folder):
    """Every relative link below `folder` that leads nowhere, as lines «page: link»."""
    folder, parsed, lines = Path(folder), cache(read), []
    for path in sorted(folder.rglob("*.html")):
        for link in dict.fromkeys(parsed(path).links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            ok = target.is_file() and target.is_relative_to(folder.resolve())
            if ok and parts.fragment and target.suffix == ".html":
                ok = unquote(parts.fragment) in parsed(target).anchors
            if not ok:
                lines.append(f"{path.relative_to(folder)}: {link}")
    return lines
