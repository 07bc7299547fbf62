"""The start page: the lessons as cards, the map of the course, how long a lesson takes.

Lessons are found in notebooks/: one that is new appears by itself.  site/cards.yml has the sentences on the cards,
site/map.yml the stations of the map, site/minutes.json the seconds that running a lesson took (tools/minutes.py).
"""

import functools
import html
import json
import math
import re

import yaml

import pages

WORDS_A_MINUTE = 200  # of prose that explains; silent reading of plain English is put at 238 a minute, Brysbaert 2019
SECONDS_A_LINE, SECONDS_A_FIGURE = 5, 20  # of code, of a picture
TAKES = {
    "ko": {"read": "읽기 {}분", "run": "실행 {}분", "exercises": "연습 {}문제", "slides": "슬라이드"},
    "en": {"read": "{} min to read", "run": "{} min to run", "exercises": "{} exercises", "slides": "Slides"},
}
PLAYGROUND = "neighbors"  # what moves on the start page
BEYOND = {"ko": "더 멀리", "en": "further"}


def reading(notebook):
    """Minutes to read a lesson, from its English edition: words of prose, lines of code, figures."""
    prose = sum(len(cell.source.split()) for cell in notebook.cells if cell.cell_type == "markdown")
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id != "bootstrap"]
    lines = sum(bool(line.strip()) for cell in code for line in cell.source.splitlines())
    figures = sum("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)
    return max(1, round(prose / WORDS_A_MINUTE + (lines * SECONDS_A_LINE + figures * SECONDS_A_FIGURE) / 60))


@functools.cache
def seconds():
    """{lesson: seconds that running it took}, as tools/minutes.py measured it; a lesson may be missing."""
    path = pages.SITE / "minutes.json"
    return json.loads(path.read_text(encoding="utf-8"))["seconds"] if path.exists() else {}


def exercises(notebook):
    """How many exercises a lesson checks."""
    return sum(
        len(re.findall(r"^check\(my_", cell.source, re.M)) for cell in notebook.cells if cell.cell_type == "code"
    )


def takes(name, notebook, english, language):
    """What a lesson takes, in words: minutes to read and to run, exercises."""
    says, parts = TAKES[language], []
    parts.append(says["read"].format(reading(english)))
    if name in seconds():
        parts.append(says["run"].format(max(1, math.ceil(seconds()[name] / 60))))
    if count := exercises(notebook):
        parts.append(says["exercises"].format(count))
    return " · ".join(part.replace(" ", "\u00a0") for part in parts)  # a line ends between two of them


@functools.cache
def written():
    """{lesson's number: {language: sentence on its card}}, written by hand."""
    return yaml.safe_load((pages.SITE / "cards.yml").read_text(encoding="utf-8"))


def lead(notebook):
    """One or two sentences that introduce a lesson without a card: its first paragraph, else its first aim."""
    source = pages.BADGES.sub("", notebook.cells[0].source)
    texts = [text for text in pages.plain(source) if len(text) >= 40]
    if texts:
        return pages.sentences(texts[0])
    aims = re.findall(r"^[-*] +(.+)$", source, flags=re.M)
    aim = pages.plain(aims[0])[0].rstrip(".;,") if aims else ""
    return aim[:1].upper() + aim[1:] + "." if aim else ""


def digit(name):
    """A lesson's number, from the name of its file."""
    return str(int(name[:2]))


def cards(language, lessons, english):
    """The lessons as a list of cards."""
    items = []
    for name, notebook in lessons.items():
        stem, heading = name.removesuffix(".ipynb"), re.sub(r"^\d+\.\s*", "", pages.title(notebook))
        sentence = written().get(int(digit(name)), {}).get(language) or lead(notebook)
        slides = f'<a href="../slides/{language}/{stem}.html">{TAKES[language]["slides"]}</a>'
        link = f'<a class="lesson" href="{stem}.html">{html.escape(heading)}</a>'
        below = f"<small>{takes(name, notebook, english[name], language)}{slides}</small>"
        items.append(f'<li><span class="number">{digit(name)}</span>{link}<p>{html.escape(sentence)}</p>{below}</li>')
    return '<ol class="lessons">\n' + "\n".join(items) + "\n</ol>"


def course_map(language, lessons):
    """The way of the data through the course, each station with the lessons that build it.

    Lessons that no station names stand together at its end.
    """
    found = {int(digit(name)): name.removesuffix(".ipynb") + ".html" for name in lessons}
    steps = yaml.safe_load((pages.SITE / "map.yml").read_text(encoding="utf-8"))
    named = {number for step in steps for station in step for number in station["lessons"]}
    if rest := sorted(found.keys() - named):
        steps.append([{language: BEYOND[language], "lessons": rest}])
    drawn = []
    for step in steps:
        stations = []
        for station in step:
            links = "".join(f'<a href="{found[n]}">{n}</a>' for n in station["lessons"] if n in found)
            stations.append(f"<li><span>{html.escape(station[language])}</span>{links}</li>")
        drawn.append(f"<li><ul>{''.join(stations)}</ul></li>")
    return f'<div class="map-frame"><ol class="map">{"".join(drawn)}</ol></div>'
