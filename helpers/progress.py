"""A learner's progress over all lessons: which exercises are solved, kept in one small file on this machine.

    progress.show()      a table of lessons and exercises: ✓ solved, ✗ tried, · not yet

Each `check(…)` that finds an answer right or wrong appends one line to the file: the exercise, the outcome, the time;
never the answer itself.  Nothing is sent anywhere.  COURSE_PROGRESS names another file (on Colab one on a mounted
drive, say, since the machine is gone with the session), or is `off` to keep none.  To start over, delete the file.
"""

import contextlib
import html
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from helpers import files, hints

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks" / "ko"  # both editions have the same exercises
SITE = ROOT / "build" / "site" / "shared" / "progress.js"  # what a site that was built here knows of it
LESSON = re.compile(r"\d\d_[a-z0-9_]+")  # the name of a lesson's file
CHECK = re.compile(r"^check\(my_\w+, (?:exercises\.)?(\w+\.\w+)\)", re.MULTILINE)
MARKS = {"right": "✓", "wrong": "✗", "raised": "✗", None: "·"}


def path():
    """The file: $COURSE_PROGRESS, or .language-intelligence/progress.jsonl in the home folder; None if it is off.

    Not in the course's cache, which a class may share.
    """
    wanted = os.environ.get("COURSE_PROGRESS", "").strip()
    if wanted.lower() == "off":
        return None
    return Path(wanted or "~/.language-intelligence/progress.jsonl").expanduser()


def record(exercise, verdict):
    """Append one outcome; a disk that cannot be written is no reason to fail a check.

    exercise: "module.function".  verdict: "right", "wrong" or "raised"; nothing is written for another one.
    """
    if verdict not in MARKS:
        return
    line = {"exercise": exercise, "verdict": verdict, "when": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        if file := path():
            file.parent.mkdir(parents=True, exist_ok=True)
            # One write of one short line at the end of the file: notebooks that run side by side do not mix theirs
            handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            try:
                os.lseek(handle, max(0, os.lseek(handle, 0, os.SEEK_END) - 1), os.SEEK_SET)
                # A full disk took only part of the line before; or another is just being written: then one stays empty
                cut = os.read(handle, 1) not in (b"", b"\n")
                os.write(handle, ("\n" * cut + json.dumps(line) + "\n").encode())
            finally:
                os.close(handle)
    except (OSError, RuntimeError, ValueError):  # no home folder is a RuntimeError
        pass


def outcomes():
    """{exercise: "right" if it was ever right, else its last verdict}; a line that cannot be read is passed over."""
    found = {}
    try:
        text = path().read_text(encoding="utf-8", errors="replace")
    except (OSError, RuntimeError, AttributeError):  # none yet, no home folder, off
        return found
    for line in text.splitlines():
        try:
            one = json.loads(line)
            exercise, verdict = one["exercise"], one["verdict"]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if (
            isinstance(verdict, str)
            and verdict in MARKS
            and isinstance(exercise, str)
            and found.get(exercise) != "right"
        ):
            found[exercise] = verdict
    return found


@cache
def exercises(folder=NOTEBOOKS):
    """{lesson: [exercise, …]} in the order of the course, read from the `check(my_…, module.function)` cells."""
    found = {}
    for lesson in sorted(folder.glob("*.ipynb")):
        if not LESSON.fullmatch(lesson.stem):
            continue  # a copy of one, or a notebook of the learner's own
        names = CHECK.findall("\n".join(hints.codes_of(lesson)))
        if names:
            found[lesson.stem] = list(dict.fromkeys(names))
    return found


@dataclass(frozen=True)
class Lesson:
    """One row: a lesson and what has become of each of its exercises, {exercise: verdict or None}."""

    name: str
    verdicts: dict

    @property
    def solved(self):
        return sum(verdict == "right" for verdict in self.verdicts.values())

    @property
    def bar(self):
        """A square for each exercise, full if it is solved."""
        return "■" * self.solved + "□" * (len(self.verdicts) - self.solved)

    def cells(self):
        marked = "  ".join(f"{MARKS[verdict]} {name}" for name, verdict in self.verdicts.items())
        return self.name, f"{self.solved}/{len(self.verdicts)}", self.bar, marked


class Progress(list):
    """A list of `Lesson` that prints as a table, in a terminal and in a notebook."""

    @property
    def solved(self):
        return sum(lesson.solved for lesson in self)

    @property
    def total(self):
        return sum(len(lesson.verdicts) for lesson in self)

    def rows(self):
        return [lesson.cells() for lesson in self] + [("", f"{self.solved}/{self.total}", "", "")]

    def __repr__(self):
        widths = [max(len(row[k]) for row in self.rows()) for k in range(3)]
        return "\n".join("  ".join([*map(str.ljust, row, widths), row[3]]).rstrip() for row in self.rows())

    def _repr_html_(self):
        def line(cells):
            cells = [re.sub(r"(?<=[✓✗·]) ", "&nbsp;", html.escape(cell)) for cell in cells]  # a mark stays at its name
            return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"

        return f"<table>{''.join(map(line, self.rows()))}</table>"


def show():
    """Progress over all lessons, as a table; `.solved` and `.total` count exercises."""
    known = outcomes()
    return Progress(Lesson(name, {one: known.get(one) for one in names}) for name, names in exercises().items())


def standing(exercise):
    """How many exercises of the lesson that asks this one are solved, as a line; "" if none does or none is kept."""
    for lesson in show() if path() else []:
        if exercise in lesson.verdicts:
            number, every = int(lesson.name[:2]), len(lesson.verdicts)
            ko = f"수업 {number}: {every}문제 가운데 {lesson.solved}문제를 풀었습니다"
            return f"  {ko} · {lesson.solved} of {every} in lesson {number}"
    return ""


def publish():
    """Write how far every lesson is into a script of the site that was built here, if there is one.

    Its pages mark the lessons with it when they are opened on this machine.
    """
    if path() is None or not SITE.parent.is_dir():
        return
    done = {lesson.name: [lesson.solved, len(lesson.verdicts)] for lesson in show()}
    with contextlib.suppress(OSError), files.whole(SITE) as draft:
        draft.write_text(f"window.courseProgress = {json.dumps(done)};\n", encoding="utf-8")
