"""Texts of the site, per language: lessons, glossary, corrections and measurements.

Lessons are found in notebooks/, what is said around them in site/ko and site/en, the glossary's terms in
site/glossary.yml.  tools/sources.py puts them together into a folder that Sphinx reads (site/conf.py).
"""

import functools
import html
import json
import re

import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

import address
import notebooks

SITE = notebooks.ROOT / "site"
TITLE = {"ko": "언어지능 Part 1", "en": "Language Intelligence, part 1"}
CORRECTIONS = {"ko": "강의자료 바로잡기", "en": "Corrections to the slides"}
MEASURED = {"ko": "README.ko.md", "en": "README.md"}  # in the folder bench
FAILED = {
    "ko": "이 컴퓨터에서 실행하다가 멈춘 수업입니다. 아래는 저장되어 있던 출력입니다.",
    "en": "This lesson stopped when it was run here. The outputs below are the stored ones.",
}
BADGES = re.compile(r"\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)")
# What may follow a Korean noun: particles, the copula and the plural.
ENDINGS = (
    "들?(?:은|는|이|가|을|를|의|에|에는|에서|에서는|에게|에도|와|과|와는|과는|로|으로|로는|으로는|도|만|부터|까지|마다|처럼|보다|라는|이라는|라고|이라고"
    "|란|이란|나|이나|인|인데|이고|이며|이다|입니다|이므로|이라|이면|일|이지만|뿐)?"
)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin)


def plain(markdown):
    """The paragraphs of a markdown text as plain sentences, without headings, tables, lists and answers."""
    found, depth = [], 0
    for before, token in zip([None, *(tokens := MARKDOWN.parse(markdown))], tokens):
        if token.type == "html_block":
            depth += token.content.count("<details") - token.content.count("</details")
        if token.type == "inline" and token.level == 1 and before.type == "paragraph_open" and not depth:
            words = []
            for piece in token.children:
                if piece.type in ("text", "code_inline", "math_inline"):
                    words.append(piece.content)
                elif piece.type in ("softbreak", "hardbreak"):
                    words.append(" ")
            found.append(re.sub(r"\s+", " ", "".join(words)).strip())
    return [text for text in found if text]


def sentences(text, least=60):
    """The first sentences of a text: as few as give `least` characters."""
    parts = re.split(r"(?<=[.!?])(?=\s+[^\s\d])", text)
    chosen = ""
    for part in parts:
        chosen += part
        if len(chosen) >= least:
            break
    return chosen.strip()


def alternative_text(cell):
    """What a figure shows, in words: the first sentences of the markdown cell that reads it.

    Raises ValueError if there is no such sentence.
    """
    read = plain(cell.source) if cell is not None and cell.cell_type == "markdown" else []
    if not read:
        raise ValueError("a figure has no sentence below it that says what is seen")
    return sentences(read[0])


def with_public_links(markdown):
    """Links that leave notebooks/ (to helpers, data cards …) lead to the public repository.

    Raises FileNotFoundError for a link to a file that does not exist.
    """

    def public(match):
        path, anchor = match["path"], match["anchor"] or ""
        if not (notebooks.ROOT / path).exists():
            raise FileNotFoundError(f"a lesson links to {path}, which does not exist")
        kind = "tree" if (notebooks.ROOT / path).is_dir() else "blob"
        return f"]({address.address()}/{kind}/main/{path}{anchor})"

    return re.sub(r"\]\(\.\./\.\./(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)", public, markdown)


def place(name, language):
    """The place of a playground on a page; inside it what is seen there, for those who do not see it."""
    return f'<div data-play="{name}" lang="{language}"><p>{html.escape(stills()[name][language])}</p></div>'


@functools.cache
def stills():
    """{playground: {language: a sentence that says what it shows}}."""
    return json.loads((SITE / "play" / "stills.json").read_text(encoding="utf-8"))


# The glossary


@functools.cache
def glossary():
    """The sections of site/glossary.yml; every term gets an `id` made from its English name."""
    sections = yaml.safe_load((SITE / "glossary.yml").read_text(encoding="utf-8"))
    for section in sections:
        for term in section["terms"]:
            term["id"] = anchor(term["en"])
    return sections


class Terms:
    """Finds the first use of each linked term in the texts of one page, longest names first."""

    def __init__(self, language):
        self.seen, self.by_form = set(), {}
        other = "en" if language == "ko" else "ko"
        for term in (term for section in glossary() for term in section["terms"]):
            if term.get("link", True):
                entry = {"id": term["id"], "gloss": f"{term[other]}: {term['means'][language]}"}
                for form in [term[language], *term.get("forms", {}).get(language, [])]:
                    self.by_form[form.lower()] = entry
        forms = "|".join(map(re.escape, sorted(self.by_form, key=len, reverse=True)))
        after = ENDINGS if language == "ko" else "(?:s|es)?"
        self.pattern = re.compile(rf"(?<![\w-])(?P<form>{forms})(?={after}(?![\w-]))", re.IGNORECASE)

    def first_uses(self, text):
        """(start, stop, entry) for each term of the text that no earlier text of the page had."""
        found = []
        for match in self.pattern.finditer(text):
            entry = self.by_form[match["form"].lower()]
            if entry["id"] not in self.seen:
                self.seen.add(entry["id"])
                found.append((match.start("form"), match.end("form"), entry))
        return found


def anchor(name):
    """The address of a section that is called so in English: the same in both languages."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def glossary_page(language, lessons):
    """The glossary's body: per section a list of terms, each with the lessons that use it."""
    other, used = ("en" if language == "ko" else "ko"), {}
    for name, notebook in lessons.items():
        finder = Terms(language)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                for _, _, entry in finder.first_uses(" ".join(plain(cell.source))):
                    used.setdefault(entry["id"], []).append(f"[{number(notebook)}]({name})")
    lines = []
    for section in glossary():
        lines.append(f"({anchor('terms ' + section['title']['en'])})=\n## {section['title'][language]}\n")
        for term in section["terms"]:
            where = " · ".join(used.get(term["id"], []))
            label = {"ko": "수업", "en": "Lessons"}[language]
            lines += [
                f'[{term[language]}]{{#{term["id"]} .entry}} <span lang="{other}">{html.escape(term[other])}</span>',
                f": {term['means'][language]}"
                + (f' <span class="uses"><small>{label}</small> {where}</span>' if where else ""),
                "",
            ]
    return "\n".join(lines)


# Corrections and measurements


def title(notebook):
    """The first heading of a notebook, without the #."""
    return re.search(r"^# +(.+)$", notebook.cells[0].source, flags=re.M).group(1).strip()


def number(notebook):
    """The lesson's number in its title, or the whole title where it has none."""
    found = re.match(r"(\d+)\.", title(notebook))
    return found[1] if found else title(notebook)


def section(markdown, heading):
    """The text below `## heading`, up to the next heading of that level; None without it."""
    found = re.search(rf"^## +{re.escape(heading)}[^\n]*\n(.*?)(?=^##? |\Z)", markdown, flags=re.M | re.S)
    return found[1].strip() if found else None


def corrections_page(language, lessons):
    """All lessons' corrections, each below a heading that leads back to its lesson."""
    parts = []
    for name, notebook in lessons.items():
        texts = [section(cell.source, CORRECTIONS[language]) for cell in notebook.cells if cell.cell_type == "markdown"]
        for text in filter(None, texts):
            slug = CORRECTIONS[language].lower().replace(" ", "-")
            address_here = anchor("corrections " + name.removesuffix(".ipynb"))
            heading = f"({address_here})=\n## [{title(notebook)}]({name}#{slug})"
            parts.append(f"{heading}\n\n{with_public_links(text)}\n")
    return "\n".join(parts)


def measured_page(language):
    """The measurements as bench/README has them; sections have the addresses of the English ones."""
    texts = {}
    for each, file in MEASURED.items():  # without their title: the page has one of its own
        texts[each] = (notebooks.ROOT / "bench" / file).read_text(encoding="utf-8").partition("\n")[2].strip()
    names = iter(re.findall(r"^##+ (.+)$", texts["en"], flags=re.M))
    text = re.sub(
        r"^##+ (.+)$",
        lambda match: f"({anchor('measured ' + next(names, match[1]))})=\n{match[0]}",
        texts[language],
        flags=re.M,
    )
    # In a table a number and its deviation stay in one line
    return re.sub(
        r"^\|.*", lambda row: row[0].replace(" ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"), text, flags=re.M
    )


def welcome(lessons, enter=True):
    """The first page of the site, or (enter=False) of the slides: both languages side by side."""
    text = (SITE / "welcome.html").read_text(encoding="utf-8")
    if not enter:
        text = re.sub(r'<p><a class="enter".*?</p>\n', "", text)
    for language, notebooks_of in lessons.items():
        items = "".join(
            f'<li><a href="{language}/{name.removesuffix(".ipynb")}.html">{html.escape(title(notebook))}</a></li>'
            for name, notebook in notebooks_of.items()
        )
        text = text.replace(f"{{{{ {language} }}}}", f"<ul>{items}</ul>")
    return text
