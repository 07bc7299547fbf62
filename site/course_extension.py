"""What the site does with a lesson that Sphinx does not do by itself.

Every step works on the page and leaves the notebook as it is: badges become plain links, links into the
repository point at its public address, figures get the sentence below them as alternative text, the first
use of a term on a page leads to the glossary, a playground stands where its cell ran.  Search understands Korean.
"""

import re

import nbformat
from docutils import nodes
from sphinx.search import SearchLanguage

import address
import notebooks
import pages

BADGE = re.compile(r"\[!\[Open In Colab\]\([^)]*\)\]\(([^)]+)\)")
OPEN = {"ko": "Colab에서 열기", "en": "Open in Colab"}


class Korean(SearchLanguage):
    """Korean words carry their particles (네거티브를), and compounds are written with or without a space.

    Sphinx has no Korean search.  Here every word is indexed whole, by each of its beginnings (so that
    네거티브 finds 네거티브를) and by each pair of neighbouring syllables (so that 표본 finds 학습표본).  A query
    word loses its particle first; three letters and more are also found inside longer words.
    """

    lang = "ko"
    language_name = "Korean"
    js_stemmer_rawcode = ""
    js_stemmer_code = """
var Stemmer = function () {
  this.stemWord = function (word) {
    return word.replace(
      /^([가-힣]{2,}?)(으로|에서|에게|까지|부터|처럼|보다|은|는|이|가|을|를|의|에|와|과|로|도|만)$/, "$1");
  };
};
"""
    hangul = re.compile(r"[가-힣]+")

    def split(self, input):
        terms = []
        for word in re.findall(r"[^\W_]+", input):
            terms.append(word)
            for run in self.hangul.findall(word):
                terms += [run[:end] for end in range(1, len(run) + 1)]
                terms += [run[start : start + 2] for start in range(1, len(run) - 1)]
        return terms


def prepare(app, docname, content):
    """Rewrite a notebook on its way into Sphinx (the file that can be downloaded stays as it is)."""
    if app.env.doc2path(docname).suffix != ".ipynb":
        return
    language = app.config.language
    notebook = nbformat.reads(content[0], as_version=4)
    notebook.metadata.setdefault("language_info", {})["pygments_lexer"] = "ipython3"
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None]):
        if cell.cell_type == "markdown":
            cell.source = BADGE.sub(rf'<a class="open-colab" href="\1">{OPEN[language]}</a>', cell.source)
            cell.source = pages.with_public_links(cell.source)
            continue
        if cell.id == "bootstrap":
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                output.name = "stdout"  # progress bars; nothing is wrong with them
            if name := notebooks.playground(output):
                output.data = {"text/html": pages.place(name, language)}
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            cell.metadata["mystnb"] = {"image": {"alt": pages.alternative_text(following)}}
    content[0] = nbformat.writes(notebook)


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


def trim_buttons(app, pagename, templatename, context, doctree):
    """Only a lesson can be downloaded: of the other pages a reader wants no source."""
    if app.env.doc2path(pagename).suffix != ".ipynb":
        buttons = context.get("header_buttons", [])
        context["header_buttons"] = [button for button in buttons if button.get("label") != "download-buttons"]


def setup(app):
    app.add_search_language(Korean)
    app.connect("source-read", prepare)
    app.connect("doctree-resolved", link_terms)
    app.connect("html-page-context", trim_buttons, priority=900)  # after the theme has made its buttons
    app.add_config_value("course_repository", address.address(), "env")  # another address: read all pages again
    return {"parallel_read_safe": True, "parallel_write_safe": True}
