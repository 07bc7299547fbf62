"""Korean pages keep to one name for each thing, and to Korean: no form of tests/korean_forms.toml stands in them."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

import notebooks

FORMS = tomllib.loads(Path(__file__).with_name("korean_forms.toml").read_text(encoding="utf-8"))["form"]
OURS = [notebooks.ROOT / "site" / name for name in ("map.yml", "cards.yml", "quiz.yml", "words.yml")]
PRINTED = [
    *notebooks.files(notebooks.ROOT / "helpers" / "exercises", "*.py"),
    *(notebooks.ROOT / name for name in ("helpers/environment.py", "helpers/hints.py", "tools/install.py")),
]
CORRECTIONS = "강의자료 바로잡기"
TO_MEND = []  # lessons not yet gone through: take one out when its page passes


def sentences(markdown):
    """Prose without code, formulas and addresses; what the slides say, in quotation lines, is left out as well."""
    text = re.sub(r"^>.*$", " ", markdown, flags=re.M)
    text = re.sub(r"```.*?```|\$\$.*?\$\$|\$[^$\n]+\$", " ", text, flags=re.S)
    text = re.sub(r"`([^`\n]*)`", lambda m: m[0] if m[1] == "assert" else " … ", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def pages():
    """(name, prose) of every Korean page: lessons, decks, README, the site's own pages and its glossary."""
    for path in notebooks.lessons():
        cells = [cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown"]
        yield path.stem, "\n\n".join(map(sentences, cells))
    for path in notebooks.files(notebooks.ROOT / "slides" / "ko"):
        yield f"slides-{path.stem}", sentences(path.read_text(encoding="utf-8"))
    others = [notebooks.ROOT / "README.ko.md", *notebooks.files(notebooks.ROOT / "site" / "ko")]
    yield "bench", sentences((notebooks.ROOT / "bench" / "README.ko.md").read_text(encoding="utf-8"))
    for path in [*others, notebooks.ROOT / "site" / "glossary.yml", *OURS]:
        text = re.sub(r"^ +forms: .*$", "", path.read_text(encoding="utf-8"), flags=re.M)  # what a reader may type
        yield path.name, sentences(text)
    for path in PRINTED:
        yield str(path.relative_to(notebooks.ROOT)), "\n\n".join(map(sentences, printed(path)))
    for path in notebooks.files(notebooks.ROOT / "site" / "play", "*.js"):
        yield path.name, re.sub(r"//.*", "", path.read_text(encoding="utf-8"))


def printed(path):
    """The Korean texts in a program: what it prints to a learner."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search("[가-힣]", node.value):
            yield node.value


PAGES = dict(pages())


@pytest.mark.parametrize("name", PAGES)
def test_no_banned_form(name):
    found = []
    for form in FORMS:
        for match in re.finditer(form["find"], PAGES[name], re.M):
            around = PAGES[name][max(0, match.start() - 25) : match.end() + 25].replace("\n", " ")
            found.append(f"'{match[0]}' in '…{around}…': write {form['write']} ({form['why']})")
    if found and name.startswith(tuple(TO_MEND)):
        pytest.xfail("\n".join(found))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", notebooks.lessons(), ids=lambda path: path.stem)
def test_corrections_speak_as_the_lesson_does(path):
    """-습니다 throughout: a sentence that ends in plain -다 must be the slide's own words, in quotation marks."""
    for cell in notebooks.read(path).cells:
        if CORRECTIONS in cell.source:
            own = re.sub(r'"[^"]*"', " ", sentences(cell.source))
            own = "\n".join(re.sub(r"^\|[^|]*\|", "|", line) for line in own.splitlines())  # the slide's column
            plain = re.findall(r"\S*(?<!니)다(?=[.|]| \|)", own)
            if plain and path.stem.startswith(tuple(TO_MEND)):
                pytest.xfail(str(plain))
            assert not plain, plain


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["like"])
def test_each_form_finds_its_example_and_no_more(form):
    assert re.search(form["find"], sentences(form["like"]), re.M)
    assert not re.search(form["find"], sentences(form.get("unlike", "")), re.M)
    assert not re.search(form["find"], form["write"], re.M)
