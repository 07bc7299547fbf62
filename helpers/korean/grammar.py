"""The small grammar that writes the bundled Korean corpus: lexicon + activities + templates → sentences.

All knowledge is data, in datasets/korean: `lexicon.txt` (word classes), `facts.txt` (tables such as country–capital),
`activities.txt` (who does what where) and `templates.txt` (sentence patterns). This module only reads them. A pattern
is text with four kinds of brackets:

    <a|b|>             one of the alternatives, here a, b or nothing
    [food] [food:x]    a word of a class; `:x` gives it a name, [:x] repeats it, [~food] may add a modifier
    [country:c] [c.capital]    a row of a table and another column of that row; [=country:c] picks it silently
    [>order.big] [:hi] [:lo]   two words of a class that is a scale: the higher and the lower
    (을/를) (이/가!)    the particle that fits the word before; `!`: 께서 when that word is an honoured person
    {먹다+PAST}        a predicate with an ending or a chain of them: {먹다+고 싶다+PRES}; `^` marks where 시 goes,
                       `=` a regular verb (마른빨래를 걷다=), `~` an adjective that has a verb beside it (약이 쓰다~)

[S] [P] [A] {V+...} are subject, place, arguments and verb of one activity, [P2] [A2] {V2+...} those of a second one;
(P:에서) stands only where a place was named. [T:past] is an adverbial of time, [D] one of manner, [나] the speaker.
Endings in capitals (PAST, PRES, ...) depend on the sentence's speech level; `draw.ENDINGS` lists them.
"""

import random
from pathlib import Path

from .draw import Draw, Retry

DATA = Path(__file__).resolve().parents[2] / "datasets" / "korean"

LEVELS = {"h": 0, "y": 1, "s": 2}  # speech levels: 해라 (plain), 해요 (polite), 합쇼 (formal)


def stories(path=DATA / "stories.txt"):
    """The hand-written sentences of the corpus, in reading order: they stand at its end, after the grammar's.

    Lines that begin with # are headings.
    """
    lines = (line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


class Template:
    """One sentence pattern: its `number`, its `weight`, the activity tags it `needs`, its `pattern`."""

    def __init__(self, number, weight, needs, levels, pattern):
        self.number, self.weight, self.needs, self.levels, self.pattern = number, weight, needs, levels, pattern


class Activity:
    """One line of activities.txt: `agents` do `args` + `verb` at `places`; `tags` say which templates suit it."""

    def __init__(self, agents, places, args, verb, tags):
        self.agents, self.places, self.args, self.verb, self.tags = agents, places, args, verb, tags


def _lines(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def _words(text):
    return [word.strip() for word in text.split(",") if word.strip()]


class Grammar:
    """Lexicon, facts, activities and templates of one folder; `sentences` writes from them.

    Raises FileNotFoundError when a data file is missing, ValueError naming the line that cannot be read.
    """

    def __init__(self, folder=DATA):
        folder = Path(folder)
        self.classes, self.tables, self._expanded, self._suiting = {}, {}, {}, {}
        for line in _lines(folder / "lexicon.txt"):
            name, _, words = line.partition(":")
            self.classes.setdefault(name.strip(), []).extend(_words(words))
        for line in _lines(folder / "facts.txt"):
            cells = line.split()
            if cells[0].startswith("["):
                name, columns = cells[0].strip("[]"), cells[1:]
                self.tables[name] = []
                continue
            if len(cells) != len(columns):
                raise ValueError(f"facts.txt, table {name}: {len(columns)} columns wanted in the line {line!r}")
            self.tables[name].append(dict(zip(columns, (cell.replace("_", " ") for cell in cells))))
        self.honoured = set(self.expand("honoured"))
        self.adjectives = {w for name in self.classes if name.startswith("adj") for w in self.expand(name)}
        self.activities = [self._activity(line) for line in _lines(folder / "activities.txt")]
        self.templates = []
        for number, line in enumerate(_lines(folder / "templates.txt"), 1):
            try:
                weight, needs, levels, pattern = (cell.strip() for cell in line.split("|", 3))
                needs = [{*need.split(",")} - {"-"} for need in needs.split("/")]
                levels = [LEVELS[c] for c in levels]
                self.templates.append(Template(number, float(weight), needs, levels, pattern))
            except (ValueError, KeyError) as error:
                raise ValueError(f"templates.txt: cannot read {line!r}") from error

    # ------------------------------------------------------------------------------------------ reading the data

    def _activity(self, line):
        cells = [cell.strip() for cell in line.split("|")]
        while len(cells) > 5:  # a bar inside <a|b> is no column
            at = next(i for i, cell in enumerate(cells) if cell.count("<") > cell.count(">"))
            cells[at : at + 2] = [cells[at] + "|" + cells[at + 1]]
        if len(cells) != 5 or not cells[3].rstrip("=").endswith("다"):
            raise ValueError(f"activities.txt: 'agents | places | arguments | verb | tags' wanted in {line!r}")
        agents, places, args, verb, tags = ("" if cell == "-" else cell for cell in cells)
        agents = [w for a in _words(agents) for w in (self.expand(a) if a in self.classes else [a])]
        places = [w for p in _words(places) for w in (self.expand(p) if p in self.classes else [p])]
        tags = set(_words(tags))
        if places and not set(places) & set(self.expand("home")):
            tags.add("g")  # a place one goes to
        if "친구" in args or "에게" in args:
            tags.add("z")  # a friend, or a receiver, is in it already
        for tag, names in (("h", "home"), ("b", "market"), ("t", "school")):
            if places and set(places) & set(self.expand(names)) and (tag != "h" or "g" not in tags):
                tags.add(tag)  # at home, buying, learning
        tags.add("j" if set(agents) <= set(self.expand("jobs")) else "p")  # only somebody's job, or for all people
        if set(agents) & set(self.expand("young")):
            tags.add("y")  # a young person may do it, so 나 may, and so may a child be asked to
        return Activity(agents, places, args, verb, tags)

    def expand(self, name):
        """All words of a class, most frequent first; '@other' in a class stands for the words of another class."""
        if name not in self._expanded:
            words = []
            for word in self.classes[name]:
                words += self.expand(word[1:]) if word.startswith("@") else [word]
            self._expanded[name] = list(dict.fromkeys(words))
        return self._expanded[name]

    def suiting(self, needs):
        """The activities that have every tag of `needs` and none that it names with a minus."""
        if needs not in self._suiting:
            wanted, unwanted = {n for n in needs if n[0] != "-"}, {n[1:] for n in needs if n[0] == "-"}
            self._suiting[needs] = [a for a in self.activities if wanted <= a.tags and not unwanted & a.tags]
        return self._suiting[needs]

    # ------------------------------------------------------------------------------------------ writing

    def sentence(self, template, rng):
        """One sentence of `template`; `rng` is a random.Random. Raises Retry when the draw fits together badly."""
        return Draw(self, template, rng).write()

    def sentences(self, size, seed=1, tries=60):
        """About `size` distinct sentences as (text, template number), in random order; the same for the same seed.

        Each template gets its share of `size` by weight and stops earlier when it runs out of new sentences.
        """
        rng = random.Random(seed)
        total = sum(template.weight for template in self.templates)
        found = {}
        for template in self.templates:
            quota, misses = round(size * template.weight / total), 0
            while quota > 0 and misses < tries:
                try:
                    text = self.sentence(template, rng)
                except Retry:
                    misses += 0.2
                    continue
                if text in found:
                    misses += 1
                else:
                    found[text] = template.number
                    quota -= 1
        order = sorted(found.items())
        rng.shuffle(order)
        return order
