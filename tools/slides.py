"""The lecture decks, and decks made of the cells of lessons that have none yet: python tools/slides.py

    python tools/slides.py                  write build/slides, Korean and English, from the stored outputs
    python tools/slides.py --mark           write the place of each cell into the notebooks (slideshow metadata)
    python tools/slides.py --mark --again   the same, and forget the places that were set by hand

A cell's `slide_type` says where slides begin: slide (a new section), subslide (a new slide), - (goes on),
skip (not shown).  Cells without one follow the rules of `place`.  The deck itself (site/slides/deck.js) sets
the blocks on slides of 1280 × 720, measures them and divides what does not fit; it works without a network.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import html
import re
import shutil

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

import assets
import decks
import notebooks
import pages
import tables
from helpers import files
from talk import MARKDOWN, Talk

SOURCES = pages.SITE / "slides"
BUILD = notebooks.ROOT / "build" / "slides"
TYPES = ("slide", "subslide", "fragment", "skip", "notes", "-")


# Where slides begin


def place(cell, before):
    """The slide_type of a cell that follows the cell `before` (None at the start).

    Headings begin slides; code begins one with its output, and the text that reads the output goes on;
    the setting-up cells are not shown; an exercise keeps its text and its stub together.
    """
    if cell.cell_type == "code":
        if cell.id in ("bootstrap", "imports") or not cell.source.strip():
            return "skip"
        return "-" if re.search(r"^check\(", cell.source, flags=re.M) else "subslide"
    if re.match(r"#{1,2} ", cell.source):
        return "slide"
    if re.match(r"#{3,} ", cell.source):
        return "subslide"
    return "-" if before is not None and before.cell_type == "code" else "subslide"


def mark(notebook, again=False):
    """Write each cell's slide_type into its metadata; those set by hand stay, unless again=True."""
    for cell, before in zip(notebook.cells, [None, *notebook.cells]):
        known = cell.metadata.get("slideshow", {}).get("slide_type")
        if again or known not in TYPES:
            cell.metadata["slideshow"] = {"slide_type": place(cell, before)}
    return notebook


def mark_all(again=False):
    """Mark both editions alike, by the Korean one; return the names of the notebooks that changed."""
    changed = []
    for path in notebooks.lessons():
        korean = mark(notebooks.read(path), again)
        types = {cell.id: cell.metadata["slideshow"] for cell in korean.cells}
        for target in (path, notebooks.ENGLISH / path.name):
            notebook = notebooks.read(target)
            before = [dict(cell.metadata) for cell in notebook.cells]
            for cell in notebook.cells:
                if cell.id in types:
                    cell.metadata["slideshow"] = types[cell.id]
            if before != [dict(cell.metadata) for cell in notebook.cells]:
                notebooks.write(notebook, target)
                changed.append(f"{target.parent.name}/{target.name}")
    return changed


# What a slide shows


def blocks(markdown):
    """The top-level blocks of a markdown text as HTML; a hidden answer becomes one block."""
    markdown = pages.BADGES.sub("", pages.with_public_links(markdown))
    markdown = re.sub(r"(\]\(\d\d_\w+)\.ipynb", r"\1.html", markdown)
    env, found, answer = {}, [], None
    tokens = MARKDOWN.parse(markdown, env)
    start = 0
    for index, token in enumerate(tokens):
        if token.level or token.nesting > 0:
            continue
        rendered = MARKDOWN.renderer.render(tokens[start : index + 1], MARKDOWN.options, env).strip()
        start = index + 1
        if token.type == "html_block" and "<details" in rendered:
            summary = re.search(r"<summary>(.*?)</summary>", rendered, flags=re.S)
            label = summary[1].strip() if summary else ""
            asked = re.fullmatch(r"(.+?)(?:<i>((?:(?!<i>).)*)</i>)?", label, flags=re.S)
            if asked and len(re.sub(r"<[^>]+>", "", asked[1])) > 20:  # the question itself: it stays in sight
                found.append(f"<p>{asked[1].strip()}</p>")
                label = asked[2] or ""
            answer = [f'<p class="label">{label}</p>'] if label else []
            rendered = re.sub(r"</?details[^>]*>|<summary>.*?</summary>", "", rendered, flags=re.S).strip()
            if rendered:
                answer += [f"<p>{rendered}</p>"]
            if "</details" not in token.content:
                continue
        if answer is not None:
            if "</details" in token.content:
                found.append(f'<div class="answer fragment">{"".join(answer)}</div>')
                answer = None
            else:
                answer.append(rendered)
        elif rendered and re.sub(r"<p>\s*</p>", "", rendered):
            found.append(rendered)
    return found


def outputs(cell, alternative, language):
    """A code cell's outputs as blocks of HTML."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        if name := notebooks.playground(output):
            found.append(pages.place(name, language))
        elif output.output_type == "stream" and output.name == "stderr":
            continue  # progress bars
        elif output.output_type == "stream":
            text = notebooks.settle(output).text.strip("\n")
            found += [f'<pre class="output">{html.escape(text)}</pre>'] if text.strip() else []
        elif "image/png" in data:
            picture = "".join(data["image/png"].split())
            alt = html.escape(alternative, quote=True)
            found.append(f'<figure><img alt="{alt}" src="data:image/png;base64,{picture}"></figure>')
        elif "text/html" in data:
            table = re.search(r"<table.*</table>", data["text/html"], flags=re.S)
            found.append(tables.aligned(table[0]) if table else f'<div class="html">{data["text/html"]}</div>')
        elif "text/plain" in data:
            found.append(f'<pre class="output">{html.escape(data["text/plain"])}</pre>')
    return found


def source(notebook, language):
    """A lesson's cells as the HTML that the deck lays out."""
    parts = []
    marked = mark(notebook)
    for cell, following in zip(marked.cells, [*marked.cells[1:], None]):
        kind = cell.metadata["slideshow"]["slide_type"]
        if kind == "skip":
            continue
        if cell.cell_type == "markdown":
            inside = blocks(cell.source)
        else:
            text = re.sub(r"\n{3,}", "\n\n", re.sub(r" *# fmt: skip", "", cell.source))
            code = highlight(text, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")
            plays = any(map(notebooks.playground, cell.outputs))  # it has a slide to itself, without its line of code
            inside = [] if plays else [f'<pre class="input">{code}</pre>']
            if not re.search(r"^check\(", cell.source, flags=re.M):  # «not written yet» is for the one who solves it
                drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
                inside += outputs(cell, pages.alternative_text(following) if drawn else "", language)
        if inside:
            parts.append(f'<div class="cell" data-slide="{kind}" data-id="{cell.id}">{"".join(inside)}</div>')
    return "\n".join(parts)


def deck(notebook, language, name, shared):
    """One lesson's deck as an HTML page: the one that was written for it, else one made of its cells."""
    other = "en" if language == "ko" else "ko"
    places = {"shared": shared, "other": f"../{other}/{name}.html"}
    if path := decks.path_of(language, name):
        names = {"other_language": other, "other_name": {"ko": "한국어", "en": "English"}[other]}
        return Talk(path, notebook, language).page(places | names)
    values = places | {
        "language": language,
        "title": html.escape(pages.title(notebook)),
        "course": pages.TITLE[language],
        "cells": source(notebook, language),
    }
    template = (SOURCES / "deck.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: values[match[1]], template)


def relative(path, folder):
    """A path as a page in `folder` names it."""
    return os.path.relpath(path, folder).replace(os.sep, "/")


def write(lessons, target, shared):
    """Write the decks of {language: {name: notebook}}, with a page that lists them, into `target`.

    What only decks need goes into `shared`; MathJax, letters and playgrounds have to be there as well.
    """
    for language, named in lessons.items():
        folder = target / language
        folder.mkdir(parents=True)
        for name, notebook in named.items():
            stem = name.removesuffix(".ipynb")
            page = deck(notebook, language, stem, relative(shared, folder))
            (folder / f"{stem}.html").write_text(page, encoding="utf-8")
    index = pages.welcome(lessons, enter=False).replace('"shared/', f'"{relative(shared, target)}/')
    (target / "index.html").write_text(index, encoding="utf-8")
    assets.reveal(shared / "reveal")
    for name in ("deck.css", "deck.js", "talk.css", "talk.js"):
        shutil.copy(SOURCES / name, shared)
    (shared / "code.css").write_text(HtmlFormatter(style="friendly").get_style_defs("pre.input"), encoding="utf-8")


def build(names=None, target=BUILD):
    """Write a deck per lesson and language in the place of older ones, with all that they need beside them."""
    fresh, lessons = target.with_name(target.name + ".new"), {}
    shutil.rmtree(fresh, ignore_errors=True)
    for language, folder in (("ko", notebooks.KOREAN), ("en", notebooks.ENGLISH)):
        chosen = [path for path in notebooks.lessons(folder) if names is None or path.name in names]
        lessons[language] = {path.name: notebooks.read(path) for path in chosen}
    shared = fresh / "shared"
    write(lessons, fresh, shared)
    assets.mathjax(shared / "mathjax")
    assets.own(pages.SITE / "shared", shared)
    assets.playgrounds(pages.SITE / "play", shared / "play")
    assets.fonts(shared / "fonts", assets.letters(fresh))
    files.exchange(fresh, target)
    return len(lessons["ko"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mark", action="store_true", help="write slideshow metadata into the notebooks")
    parser.add_argument("--again", action="store_true", help="with --mark: forget places set by hand")
    options = parser.parse_args()
    if options.mark:
        changed = mark_all(options.again)
        print("\n".join(changed) if changed else "every cell has its place")
        return
    number = build()
    print(f"{number} lessons in two languages. Open {BUILD / 'index.html'}; F is full screen, Esc the overview.")


if __name__ == "__main__":
    main()
