"""Open JupyterLab on a learner's own copies of the lessons: python tools/lab.py [--edition en]

The copies lie in my/ko and my/en, which git does not look at, as deep in the folder as the lessons themselves, so that
links, paths and first cells work in them.  They are made on first use and never written over.  When a lesson has
changed since a copy of it was made, the new one is laid beside, with the date in its name.  Other arguments go to
JupyterLab.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import datetime
import json
import shutil
from pathlib import Path

import notebooks
from notebooks import ROOT, digest

sys.path.insert(0, str(ROOT))
from helpers import files

MY = ROOT / "my"
ORIGINS = ".copied.json"  # for each lesson, a digest of the text that was copied last
README = """\
# my/

여기는 내 사본입니다. 마음껏 고치세요. git은 이 폴더를 보지 않고, `make lab`은 여기 있는 파일을 덮어쓰지 않습니다.
These are your own copies: change them as you like. Git does not look here, and `make lab` writes over nothing.
"""


def state(path):
    """A digest of a lesson's text and code; outputs do not count."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return digest("\n\n".join("".join(cell["source"]) for cell in cells))


def beside(mine, today):
    """A free name beside a learner's copy: with the date, and a number if the lesson changes twice on one day."""
    dated = mine.with_stem(f"{mine.stem}-{today}")
    names = [dated, *(dated.with_stem(f"{dated.stem}-{number}") for number in range(2, 100))]
    return next(name for name in names if not name.exists())


def copies(target=None, today=None):
    """Make the copies that are missing and lay changed lessons beside them; returns (new, changed) paths.

    target: the folder of the copies.  today: the date that goes into the name of a changed lesson.
    Raises OSError where the folder cannot be written.
    """
    target, today = target or MY, today or datetime.date.today().isoformat()
    target.mkdir(exist_ok=True)
    record = target / ORIGINS
    known = recorded(record)
    new, changed = [], []
    for folder in (notebooks.KOREAN, notebooks.ENGLISH):
        for lesson in notebooks.lessons(folder):
            name, mine = f"{folder.name}/{lesson.name}", target / folder.name / lesson.name
            mine.parent.mkdir(exist_ok=True)
            if not mine.exists():
                new.append(mine)
            elif known.get(name) != state(lesson):
                mine = beside(mine, today)
                changed.append(mine)
            else:
                continue
            with files.whole(mine) as draft:
                shutil.copy(lesson, draft)
            known[name] = state(lesson)
            with files.whole(record) as draft:  # at once: it may be stopped here
                draft.write_text(json.dumps(known, indent=1), encoding="utf-8")
    if not (target / "README.md").exists():
        with files.whole(target / "README.md") as draft:
            draft.write_text(README, encoding="utf-8")
    return new, changed


def recorded(record):
    """{lesson: what its text was when it was copied}; nothing, where that was not noted or the note is damaged."""
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def report(new, changed):
    """What was copied, as lines for the terminal."""
    lines = [f"{len(new)} lessons were copied into {MY.name}/: work there, git pull never touches them"] if new else []
    if changed:
        lines += ["these lessons have changed since you copied them; the new ones lie beside yours:"]
        lines += [f"    {path.relative_to(path.parent.parent.parent)}" for path in changed]
    return "\n".join(lines)


def root_hint(arguments):
    """What the administrator is told, or "": JupyterLab starts for root only where that is said to be meant."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or "--allow-root" in arguments:
        return ""
    return ("root입니다. JupyterLab이 거절하면, 컨테이너처럼 그래도 되는 곳에서는 이렇게 실행하세요.\n"
            "You are root. Should JupyterLab refuse, and that be meant, as in a container, run\n"
            f"    {sys.executable} tools/lab.py --allow-root")  # fmt: skip


def attempt_home():
    """Write where JupyterLab keeps settings and what it is doing; SystemExit, naming the remedy, where that fails."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir

    for folder in (jupyter_config_dir(), jupyter_data_dir(), jupyter_runtime_dir()):
        try:
            files.attempt(Path(folder) / "written")
        except OSError as error:
            raise SystemExit(f"JupyterLab needs {folder}, which cannot be written ({error}): make room there, or set "
                             "HOME to a folder of your own") from None  # fmt: skip


def launch(edition, arguments):
    """Start JupyterLab in the course's folder on the first lesson of an edition."""
    from jupyter_server.serverapp import ServerApp
    from jupyterlab.labapp import LabApp
    from traitlets import default

    class Server(ServerApp):
        """A server that offers the course's own style (tools/lab_style/custom.css)."""

        @default("static_custom_path")
        def _styles(self):
            return [str(ROOT / "tools" / "lab_style")]

    class Lab(LabApp):
        serverapp_class = Server

        @classmethod
        def get_extension_package(cls):
            return "jupyterlab"  # not the module of this class, which the server would look through in vain

    os.environ.setdefault("PYTHONSTARTUP", str(ROOT / "tools" / "kernel_start.py"))
    first = notebooks.lessons(MY / edition)[0].relative_to(ROOT).as_posix()
    own = [f"--ServerApp.root_dir={ROOT}", "--LabApp.custom_css=True", f"--LabApp.default_url=/lab/tree/{first}"]
    Lab.launch_instance(own + arguments)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edition", choices=("ko", "en"), default="ko", help="which edition is opened first")
    options, rest = parser.parse_known_args(arguments)
    try:
        print(report(*copies()), flush=True)
    except OSError as error:
        raise SystemExit(f"the lessons cannot be copied into {MY} ({error}): make room, or put the course "
                         "into a folder of your own") from None  # fmt: skip
    attempt_home()
    if hint := root_hint(rest):
        print(hint, flush=True)
    launch(options.edition, rest)


if __name__ == "__main__":
    main(sys.argv[1:])
