"""What the page for teachers takes from the course itself: times, routes, goals, known mistakes, and the quizzes.

What a lecture of an hour leaves out stands in site/routes.yml; its sections and minutes are those of the lessons.
Quizzes come from site/quiz.yml, where an answer is a text in both languages, or Python that is worked out here.
"""

import functools
import importlib
import math
import re

import yaml
from nbformat.v4 import new_markdown_cell, new_notebook

import notebooks
import pages
import start
from helpers import progress

EXERCISE_MINUTES = 8  # for one exercise with its check, an estimate for planning
HEADS = {
    "ko": ("수업", "읽기(분)", "실행(분)", "연습 문제", "연습(분, 어림)"),
    "en": ("lesson", "reading (min)", "running (min)", "exercises", "exercises (min, estimate)"),
}
ROUTE_MINUTES = 45  # of reading in a lecture of an hour; the rest is for questions and the playground
ROUTE = {
    "ko": {"take": "강의에서 {}분", "leave": "빼도 되는 {}분", "minutes": "{} ({}분)"},
    "en": {"take": "{} min in the lecture", "leave": "{} min to leave out", "minutes": "{} ({} min)"},
}
ANSWER = {"ko": "답 보기", "en": "Show the answers"}


def label(name, notebook):
    """A link to a lesson."""
    return f"[{pages.title(notebook)}]({name})"


def times(language, lessons, english):
    """A table of how long every lesson takes."""
    rows = ["| " + " | ".join(HEADS[language]) + " |", "|---|---|---|---|---|"]
    for name, notebook in lessons.items():
        count, run = start.exercises(notebook), start.seconds().get(name)
        cells = (label(name, notebook), start.reading(english[name]), max(1, math.ceil(run / 60)) if run else "–")
        rows.append("| " + " | ".join(map(str, (*cells, count, count * EXERCISE_MINUTES))) + " |")
    return "\n".join(rows)


def sections(notebook):
    """[(names, heading, cells)] of a lesson's sections up to the exercises, which are for home.

    names: the ids of the code cells, or of the cell with the heading where there is no code.
    """
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and found:
            found[-1][2].append(cell)
        elif cell.cell_type == "markdown":
            for piece in re.split(r"^(?=## )", cell.source, flags=re.M):
                if piece.startswith("## "):
                    found.append((cell.id, piece.splitlines()[0].removeprefix("## "), []))
                if found:
                    found[-1][2].append(new_markdown_cell(piece))
    asked = [any("check(my_" in cell.source for cell in cells) for _, _, cells in found]
    home = asked.index(True) if any(asked) else len(found)
    return [(codes(cells) or {name}, heading, cells) for name, heading, cells in found[:home]]


def codes(cells):
    """The ids of the code cells."""
    return {cell.id for cell in cells if cell.cell_type == "code"}


@functools.cache
def left_out():
    """{lesson's number: names of the sections that a lecture of an hour leaves out}."""
    return yaml.safe_load((pages.SITE / "routes.yml").read_text(encoding="utf-8"))


def route(notebook, english, leave):
    """(taken, left): two lists of (heading, minutes), the minutes as read in English.

    A name that no section has is passed over: whoever shortens a lesson still has a site.
    """
    translated = {name: cells for names, _, cells in sections(english) for name in names}
    taken, left = [], []
    for names, heading, cells in sections(notebook):
        read = next((translated[name] for name in names if name in translated), cells)  # a new section: not yet there
        spent = start.reading(new_notebook(cells=read))
        (left if names & set(leave) else taken).append((heading, spent))
    return taken, left


def routes(language, lessons, english):
    """Which sections of each lesson fit into a lecture of an hour, and which are left out."""
    says, parts = ROUTE[language], []
    for name, notebook in lessons.items():
        lines = []
        for kind, some in zip(("take", "leave"), route(notebook, english[name], left_out()[int(start.digit(name))])):
            listed = " · ".join(says["minutes"].format(heading, spent) for heading, spent in some)
            lines.append(f"- **{says[kind].format(sum(spent for _, spent in some))}**: {listed}")
        parts.append(f"**{label(name, notebook)}**\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def goals(lessons):
    """What each lesson enables its readers to do: the list at its beginning."""
    parts = []
    for name, notebook in lessons.items():
        aims = re.findall(r"^[-*] +.+$", pages.BADGES.sub("", notebook.cells[0].source), flags=re.M)
        if aims:
            parts.append(f"**{label(name, notebook)}**\n\n" + "\n".join(aims))
    return "\n\n".join(parts)


def literal(text):
    """What a check says, as Markdown: code in backticks stays code, the rest is neither a tag nor emphasis."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        re.sub(r"[\\*_\[\]<>$]", r"\\\g<0>", piece) if i % 2 == 0 else piece for i, piece in enumerate(pieces)
    )


def mistakes(language, lessons):
    """The wrong answers that the checks know, by lesson and exercise: each was run, and is recognized."""
    asked, parts = progress.exercises(notebooks.KOREAN), []
    for name, notebook in lessons.items():
        lines = []
        for exercise in asked.get(name.removesuffix(".ipynb"), []):
            module, function = exercise.split(".")
            known = importlib.import_module(f"helpers.exercises.{module}").EXERCISES[function].mistakes
            lines.append(f"- `{function}`")
            lines += [f"  - {literal(getattr(mistake, language))}" for mistake in known]
        if lines:
            parts.append(f"**{label(name, notebook)}**\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


@functools.cache
def quiz():
    """{lesson's number: [{"ko": …, "en": …, "answer": {language: text}}, …]}, computed answers worked out."""
    source = yaml.safe_load((pages.SITE / "quiz.yml").read_text(encoding="utf-8"))
    return {number: [question | {"answer": answer(question)} for question in asked] for number, asked in source.items()}


def answer(question):
    """A question's answer as {language: text}.

    `is: true` or `false`, `compute: Python` (math, numpy as np and the helpers by name), or texts in both languages.
    Raises ValueError for a question without an answer.
    """
    if "is" in question:
        return {"ko": "맞습니다" if question["is"] else "틀립니다", "en": "true" if question["is"] else "false"}
    if "compute" in question:
        text = shown(eval(question["compute"], Names()))
        return {"ko": text, "en": text}
    if "answer" in question:
        return question["answer"]
    raise ValueError(f"this question of site/quiz.yml has no answer: {question['en']}")


class Names(dict):
    """What a computed answer may name: math, np and every module of helpers."""

    def __missing__(self, name):
        try:
            return importlib.import_module({"math": "math", "np": "numpy"}.get(name, f"helpers.{name}"))
        except ModuleNotFoundError:
            raise KeyError(name) from None  # a built-in function


def shown(value):
    """A number with at most three decimals, anything else as text."""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return str(value)


def quizzes(language, lessons):
    """The quizzes: questions, then the answers folded, numbered alike."""
    parts = []
    for name, notebook in lessons.items():
        asked = quiz().get(int(start.digit(name)))
        if asked:
            questions = "\n".join(f"{n}. {question[language]}" for n, question in enumerate(asked, 1))
            answers = "\n".join(f"{n}. {question['answer'][language]}" for n, question in enumerate(asked, 1))
            folded = f"<details><summary>{ANSWER[language]}</summary>\n\n{answers}\n\n</details>"
            parts.append(f"(quiz-{start.digit(name)})=\n### {pages.title(notebook)}\n\n{questions}\n\n{folded}")
    return "\n\n".join(parts)
