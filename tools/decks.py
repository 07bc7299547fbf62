"""Read the lecture decks, slides/ko/NN.md and slides/en/NN.md: what stands on each slide, and what is said to it.

A file is a list of slides.  What comes before the first `## ` is the title slide; its heading is the lesson's.

    ## Heading
    @minutes 2 short            how long, and whether the slide belongs to the short route
    @from zipf zipf-read        further cells whose numbers the words of this slide may use
    Text in Markdown.  `+` in place of `-` shows the items of a list one by one.
    @figure zipf                a cell's figure; `1/2` takes the first of two panels, `untitled` cuts off its title,
                                `full` gives it the whole slide
    @output zipf | share        a cell's printed lines: all, the one that begins like this, or `| first | last`
    @code zipf | rank | plt     lines of a cell's code, chosen alike
    @table names                a cell's table
    @play playground            a cell's playground
    ...                         what follows appears with the next press of the arrow key
    |||                         begins a column; `===` ends the columns
    @say                        what the lecturer says
    @ask                        a question for the audience

Everything that a lesson has worked out is named by the id of its cell, so that its numbers stay true.
"""

import re
from dataclasses import dataclass, field

import guard
import notebooks

FOLDER = notebooks.ROOT / "slides"
SHOWS = ("figure", "output", "code", "table", "play")


class DeckError(ValueError):
    """Something in a deck's source that cannot be shown; the message names file and line."""


@dataclass
class Block:
    """A piece of a slide: `kind` is text or one of SHOWS; `content` the Markdown or the words behind the @."""

    kind: str
    content: str
    line: int

    @property
    def cell(self):
        """The id of the cell that is shown."""
        return self.content.split("|")[0].split()[0]


@dataclass
class Slide:
    """One slide.  regions: rows of columns of steps of blocks; a step appears at the press of a key."""

    heading: str
    line: int
    minutes: float = 0
    short: bool = False
    sources: list = field(default_factory=list)
    regions: list = field(default_factory=lambda: [[[[]]]])
    say: str = ""
    ask: str = ""

    @property
    def blocks(self):
        return [block for row in self.regions for column in row for step in column for block in step]

    @property
    def words(self):
        """Everything that is read or said, as Markdown."""
        return "\n\n".join([self.heading, *(b.content for b in self.blocks if b.kind == "text"), self.say, self.ask])

    @property
    def shape(self):
        """What both languages have in common: minutes, route, what is shown, and the steps."""
        shown = [(block.kind, block.content) for block in self.blocks if block.kind != "text"]
        steps = [[len(column) for column in row] for row in self.regions]
        items = sum(len(re.findall(r"^\+ ", b.content, flags=re.M)) for b in self.blocks if b.kind == "text")
        return {"minutes": self.minutes, "short": self.short, "shown": shown, "steps": steps, "items": items}


def path_of(language, name):
    """The source of a lesson's deck: 02_count_based_vectors in ko is slides/ko/02.md.  None where there is none."""
    path = FOLDER / language / f"{name[:2]}.md"
    return path if path.exists() else None


def parse(path):
    """The slides of a file.  DeckError for an unknown @word or for words that stand nowhere."""
    slides = [Slide("", 1)]
    part, fence, columns = "body", False, False
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        slide = slides[-1]
        fence ^= text.startswith("```")
        word, _, rest = text[1:].partition(" ") if text.startswith("@") and not fence else ("", "", "")
        if text.startswith("## ") and not fence:
            slides.append(Slide(text[3:].strip(), line))
            part, columns = "body", False
        elif word == "minutes":
            number, *route = rest.split()
            slide.minutes, slide.short = float(number), route == ["short"]
            if route not in ([], ["short"]):
                raise DeckError(f"{path}:{line}: after the minutes only `short` may stand, not {' '.join(route)!r}")
        elif word == "from":
            slide.sources += rest.split()
        elif word in ("say", "ask"):
            part = word
        elif word in SHOWS and rest.strip() and part == "body":
            slide.regions[-1][-1][-1].append(Block(word, rest.strip(), line))
        elif word:
            raise DeckError(f"{path}:{line}: '{text}' is not understood here; tools/decks.py lists what is")
        elif part != "body":
            setattr(slide, part, f"{getattr(slide, part)}\n{text}".lstrip("\n"))
        elif text == "...":
            slide.regions[-1][-1].append([])
        elif text == "|||":
            if columns:
                slide.regions[-1].append([[]])
            else:
                slide.regions.append([[[]]])
            columns = True
        elif text == "===":
            slide.regions.append([[[]]])
            columns = False
        else:
            step = slide.regions[-1][-1][-1]
            if step and step[-1].kind == "text":
                step[-1].content += f"\n{text}"
            elif text.strip():
                step.append(Block("text", text, line))
    return slides


# What a slide takes from its lesson


def lines_of(text, words, where):
    """The lines that the words behind the cell's id choose: all, `| first`, or `| first | last`.

    Where several lines in a row begin like the last one, all of them are taken.
    """
    lines = text.strip("\n").split("\n")
    if not words:
        return lines
    found = []
    for word in words:
        after = found[-1] if found else 0
        match = next((i for i in range(after, len(lines)) if lines[i].strip().startswith(word)), None)
        if match is None:
            raise DeckError(f"{where}: no line of this cell begins with '{word}'")
        found.append(match)
    end = found[-1] + 1
    while end < len(lines) and lines[end].strip().startswith(words[-1]) and len(words) > 1:
        end += 1
    return lines[found[0] : end]


def chosen(block, text, where):
    """The lines of a cell that a block shows, without the indentation that they share."""
    lines = lines_of(text, [word.strip() for word in block.content.split("|")[1:]], where)
    common = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[common:].rstrip() for line in lines)


def cells_of(slide, cells, path):
    """The cells that a slide names, shown ones and sources.  DeckError with file and line for a missing one."""
    named = [(block.cell, block.line) for block in slide.blocks if block.kind != "text"]
    named += [(cell, slide.line) for cell in slide.sources]
    for cell, line in named:
        if cell not in cells:
            raise DeckError(f"{path}:{line}: the lesson has no cell '{cell}'")
    return [cells[cell] for cell, _ in named]


def numbers(named):
    """The numbers that cells stand behind: their code, their compared output, and what a guarded text quotes."""
    found = set()
    for cell in named:
        found |= guard.numbers_in(cell.source)
        if cell.cell_type == "markdown":
            found |= {figure.value * guard.SCALE.get(figure.unit, 1) for figure in guard.figures(cell.source)}
        elif guard.IGNORED not in cell.metadata.get("tags", []):
            found |= guard.numbers_in(guard.output_text(cell))
    return found


def unguarded(slide, cells, path):
    """The numbers of a slide's words that none of the cells it names stands behind."""
    return guard.unguarded_prose(re.sub(r"^#+ ", "", slide.words), numbers(cells_of(slide, cells, path)))


def quantities(slide):
    """The numbers of a slide's words as values, whatever language writes them."""
    text = " ".join(guard.blocks(slide.words))
    return {round(figure.value * guard.SCALE.get(figure.unit, 1), 6) for figure in guard.figures(text)}
