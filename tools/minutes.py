"""Write how long each lesson took to run into site/minutes.json: python tools/minutes.py

Reads what `make course` has left in build/executed, so run that first (`tools/course.py --again` measures anew), on a
machine that does nothing else.  A lesson that has not been run here keeps the number that it has.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import json
import platform

import nbformat

import notebooks
import outputs
import rerun

TARGET = notebooks.ROOT / "site" / "minutes.json"


def measured(folder=None):
    """{name: seconds} of the executed lessons in a folder."""
    found = {}
    for path in sorted((folder or rerun.KEPT).glob("*.ipynb")):
        seconds = nbformat.read(path, as_version=4).metadata.get("course", {}).get("seconds")
        if seconds is not None:
            found[path.name] = seconds
    return found


def main(folder=None, target=None):
    target = target or TARGET
    outputs.tried(target)
    known = json.loads(target.read_text(encoding="utf-8"))["seconds"] if target.exists() else {}
    if not (new := measured(folder)):
        sys.exit("no lesson has been run here: run tools/course.py first")
    lessons = {path.name for path in notebooks.lessons()}
    seconds = {name: took for name, took in sorted((known | new).items()) if name in lessons}
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    )
    target.write_text(json.dumps({"machine": machine, "seconds": seconds}, indent=1) + "\n", encoding="utf-8")
    for name in sorted(lessons & new.keys()):
        print(f"{name}: {new[name]} s")


if __name__ == "__main__":
    main()
