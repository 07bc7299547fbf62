"""The sources that Sphinx reads, for one language: the lessons, and the pages around them with what fills them."""

import re

import nbformat

import address
import notebooks
import pages
import start
import teach


def assemble(language, editions, target, failures=()):
    """Write one language's sources into `target`: its lessons, of {language: {file name: notebook}}, and other pages.

    failures: {file name: what went wrong when it was run}.
    """
    lessons = editions[language]
    target.mkdir(parents=True, exist_ok=True)
    failures = dict(failures)
    for name, notebook in lessons.items():
        if name in failures:
            notebook = nbformat.from_dict(notebook)
            notice = f"````{{warning}}\n{pages.FAILED[language]}\n\n```text\n{failures[name]}\n```\n````"
            notebook.cells.insert(1, nbformat.v4.new_markdown_cell(notice))
        nbformat.write(notebook, target / name)
    parts = {
        "cards": start.cards(language, lessons, editions["en"]),
        "map": start.course_map(language, lessons),
        "playground": pages.place(start.PLAYGROUND, language),
        "toctree": "\n".join(name.removesuffix(".ipynb") for name in lessons),
        "glossary": pages.glossary_page(language, lessons),
        "corrections": pages.corrections_page(language, lessons),
        "measured": pages.measured_page(language),
        "times": teach.times(language, lessons, editions["en"]),
        "routes": teach.routes(language, lessons, editions["en"]),
        "goals": teach.goals(lessons),
        "mistakes": teach.mistakes(language, lessons),
        "quizzes": teach.quizzes(language, lessons),
        "repository": address.address(),
        "first": next(iter(lessons)).removesuffix(".ipynb") + ".html",
    }
    for page in notebooks.files(pages.SITE / language, "*.md"):
        text = re.sub(r"\{\{ (\w+) \}\}", lambda match: parts[match[1]], page.read_text(encoding="utf-8"))
        (target / page.name).write_text(text, encoding="utf-8")
