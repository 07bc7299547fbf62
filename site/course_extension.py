"""What the site does with a lesson that Sphinx does not do by itself.

Every step works on the page and leaves the notebook as it is: badges become plain links, links into the
repository point at its public address, figures get the sentence below them as alternative text, guards and drawing
are folded (quiet.py), columns of words begin on the left (tables.py), the first use of a term on a page leads to the
glossary, a playground stands where its cell ran, a section's address is the name of its cell.  The theme's own words
are translated (interface.py).
"""

import re
from pathlib import Path

import interface
import nbformat
import quiet
from docutils import nodes

import address
import deck_pictures
import notebooks
import pages
import tables

BADGE = re.compile(r"\[!\[Open In Colab\]\([^)]*\)\]\(([^)]+)\)")
PAPER_LETTERS = 8  # points, as in code: larger figures cost paper and leave gaps before figures that do not fit
LEAST_LETTERS = 11  # pixels, in figures: a page that is narrower than that asks for shows them in a box that scrolls
COLUMN = 776  # pixels, the width of a lesson's text where the window is 1,280 wide, as slides are
LONG = 12  # lines of code; six of them stay together on either side of a break (course.css)
OPENING = re.compile(r"[(\[“‘]*$")  # what stands before a formula without a space
CLOSING = re.compile(r"[^\w\s]*(?:\w{1,3}(?!\w))?[^\w\s]*")  # and after it: marks, and a particle or a short ending
OPEN = {"ko": "Colab에서 열기", "en": "Open in Colab"}


def breakable(cell):
    """A code cell, marked for the print style if it is so long that a page may end in it."""
    if len(cell.source.splitlines()) >= LONG:
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), "long"]
    return cell


def prepare(app, docname, content):
    """Rewrite a notebook on its way into Sphinx (the file that can be downloaded stays as it is)."""
    if app.env.doc2path(docname).suffix != ".ipynb":
        return
    language = app.config.language
    notebook = nbformat.reads(content[0], as_version=4)
    notebook.metadata.setdefault("language_info", {})["pygments_lexer"] = "ipython3"
    cells = []
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None]):
        if cell.cell_type == "markdown":
            cell.source = BADGE.sub(rf'<a class="open-colab" href="\1">{OPEN[language]}</a>', cell.source)
            cell.source = pages.with_public_links(cell.source)
            cells.append(cell)
            continue
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                output.name = "stdout"  # progress bars; nothing is wrong with them
            if name := notebooks.playground(output):
                output.data = {"text/html": pages.place(name, language)}
            elif "text/html" in output.get("data", {}):
                output.data["text/html"] = tables.aligned(output.data["text/html"])
        if drawn := [output for output in cell.outputs if "image/png" in output.get("data", {})]:
            width = max(deck_pictures.legible_width(cell, output, LEAST_LETTERS) for output in drawn)
            alt = pages.alternative_text(following)
            height = max(deck_pictures.paper_height(cell, output, PAPER_LETTERS) for output in drawn)
            cell.metadata["mystnb"] = {"image": {"alt": alt, "classes": f"legible-{width}-{height}"}}
        cells += map(breakable, quiet.divided(cell, language))
    notebook.cells = cells
    app.env.metadata[docname]["course_cells"] = [cell.id for cell in cells]
    content[0] = nbformat.writes(notebook)


def name_sections(app, doctree):
    """Give every section of a lesson the id of its cell, the same in both languages; older ids stay beside it.

    Further headings of a cell get -2, -3 ...  Sphinx takes the first id for its own links and tables of contents.
    """
    docname, used = app.env.docname, {}
    cells = app.env.metadata[docname].pop("course_cells", None)
    labels = {each for name, each in doctree.nameids.items() if doctree.nametypes.get(name)}
    for section in doctree.findall(nodes.section):
        if cells is None:  # a page of the site: the name that stands above the heading goes first
            section["ids"].sort(key=lambda each: each not in labels)
            continue
        # myst-nb counts the lines of the cell number n (from 0) from (n + 1) * 10000
        cell = nodes.make_id(cells[section[0].line // 10000 - 1])
        used[cell] = used.get(cell, 0) + 1
        name = cell if used[cell] == 1 else f"{cell}-{used[cell]}"
        section["ids"] = [name, *(each for each in section["ids"] if each != name)]
        doctree.ids[name] = section


def link_terms(app, doctree, docname):
    """Lead the first use of each term in a lesson's text to its line in the glossary."""
    if app.env.doc2path(docname).suffix != ".ipynb":
        return
    finder = pages.Terms(app.config.language)
    here = app.builder.get_relative_uri(docname, "glossary")
    inert = (nodes.literal, nodes.literal_block, nodes.reference, nodes.title, nodes.math, nodes.math_block,
             nodes.raw, nodes.caption, nodes.comment)  # fmt: skip
    for text in list(doctree.findall(nodes.Text)):
        above = text.parent
        while above is not None and not isinstance(above, inert):
            if isinstance(above, nodes.container) and "cell_output" in above.get("classes", []):
                break
            above = above.parent
        if above is not None:
            continue
        pieces, end = [], 0
        for start, stop, term in finder.first_uses(str(text)):
            link = nodes.reference("", str(text)[start:stop], internal=True, refuri=f"{here}#{term['id']}")
            link["classes"].append("term")
            link["reftitle"] = term["gloss"]
            pieces += [nodes.Text(str(text)[end:start]), link]
            end = stop
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(str(text)[end:])])


def keep_together(app, doctree, docname):
    """Keep a formula on one line with what is written to it: a bracket, a full stop, a Korean particle.

    A browser takes a formula for a picture, before and after which a line may end.
    """
    for formula in list(doctree.findall(nodes.math)):
        around, i = formula.parent, formula.parent.index(formula)
        before, after = (str(around[j]) if is_text(around, j) else "" for j in (i - 1, i + 1))
        opening, closing = OPENING.search(before)[0], CLOSING.match(after)[0]
        if not opening and not closing:
            continue
        together = nodes.inline("", "", nodes.Text(opening), formula, nodes.Text(closing))
        together["classes"].append("together")
        around[i] = together
        if opening:
            around[i - 1] = nodes.Text(before[: -len(opening)])
        if closing:
            around[i + 1] = nodes.Text(after[len(closing) :])


def is_text(node, i):
    """Whether child number i of a node is plain text."""
    return 0 <= i < len(node) and isinstance(node[i], nodes.Text)


def trim_buttons(app, pagename, templatename, context, doctree):
    """Only a lesson can be downloaded: of the other pages a reader wants no source."""
    if app.env.doc2path(pagename).suffix != ".ipynb":
        buttons = context.get("header_buttons", [])
        context["header_buttons"] = [button for button in buttons if button.get("label") != "download-buttons"]


def legible(found):
    """The sizes of a figure in place of their marks: it is as wide as it takes to be read, if the column is."""
    return f'{found[1]}legible" style="min-width: {min(int(found[2]), COLUMN)}px; --paper: {found[3]}mm"'


def finish(app, error):
    """Mend the pages as the theme has made them: its words, what screen readers need, and no index of Sphinx's own."""
    if error is None:
        for path in Path(app.outdir).glob("*.html"):
            page = path.read_text(encoding="utf-8").replace('<script src="searchindex.js"></script>', "")
            page = re.sub(r'(<img [^>]*class="[^"]*)legible-(\d+)-(\d+)"', legible, page)
            page = interface.readable(page, app.config.language)
            page = interface.translated(page) if app.config.language == "ko" else page
            path.write_text(page, encoding="utf-8")


def own_search(app):
    """The page of the search is ours (templates/search.html), and Sphinx makes no index."""
    app.builder.search = False
    app.config.html_additional_pages = {"search": "search.html"}


def setup(app):
    app.connect("builder-inited", own_search)
    app.connect("source-read", prepare)
    app.connect("doctree-read", name_sections, priority=100)  # before Sphinx collects titles and their addresses
    app.connect("doctree-resolved", link_terms)
    app.connect("doctree-resolved", keep_together, priority=600)  # of the text that the links have left
    app.connect("html-page-context", trim_buttons, priority=900)  # after the theme has made its buttons
    app.connect("build-finished", finish)
    app.add_config_value("course_repository", address.address(), "env")  # another address: read all pages again
    return {"parallel_read_safe": True, "parallel_write_safe": True}
