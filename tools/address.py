"""Write the course's one address into every place that names it: bootstrap cells, badges, READMEs.

    python tools/address.py                                    use the address in pyproject.toml
    python tools/address.py https://github.com/me/my-fork      set it there first
    python tools/address.py --check                            write nothing; exit 1 if a place differs

Badges open the `main` branch of that repository in Colab.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import copy
import re
import tomllib
from pathlib import Path

import notebooks
from helpers.files import whole

ROOT = notebooks.ROOT
BOOTSTRAP = ROOT / "tools" / "bootstrap_cell.py"
BADGE = "[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)]({})"
ADDRESS = r"https://github\.com/[\w.-]+/[\w.-]+?(?=[/\"')\s]|\.git|$)"


def address():
    """The repository address that pyproject.toml names."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]["repository"]


def colab(repository, path):
    """The Colab link of one file of the repository."""
    owner_and_name = repository.removeprefix("https://github.com/")
    return f"https://colab.research.google.com/github/{owner_and_name}/blob/main/{path}"


def addressed(notebook, path, repository):
    """The notebook with today's bootstrap cell, and a badge under its title that opens this very file."""
    link = colab(repository, Path(path).relative_to(ROOT).as_posix())
    for cell in notebook.cells:
        if cell.id == "bootstrap":
            cell.source = BOOTSTRAP.read_text(encoding="utf-8").strip()
    title = notebook.cells[0]
    lines = [line for line in title.source.split("\n") if "colab-badge.svg" not in line]
    title.source = "\n".join([lines[0], "", BADGE.format(link), "", *"\n".join(lines[1:]).strip("\n").split("\n")])
    return notebook


def replace_in_text(path, repository, check):
    """Point the Colab links and clone commands of a text file at the repository; True if it changed."""
    text = path.read_text(encoding="utf-8")
    owner_and_name = repository.removeprefix("https://github.com/")
    new = re.sub(r"(colab\.research\.google\.com/github/)[\w.-]+/[\w.-]+(?=/blob/)", rf"\g<1>{owner_and_name}", text)
    new = re.sub(r"(git clone )" + ADDRESS, rf"\g<1>{repository}", new)
    new = re.sub(r'(COURSE = ")' + ADDRESS, rf"\g<1>{repository}", new)
    if new != text and not check:
        with whole(path) as draft:
            draft.write_text(new, encoding="utf-8")
    return new != text


def apply(repository, check=False, only=()):
    """Bring every place up to date; return the names of those that differed."""
    changed = []
    for path in (BOOTSTRAP, ROOT / "README.md", ROOT / "README.ko.md"):
        if path.exists() and replace_in_text(path, repository, check):
            changed.append(path.name)
    for path in notebooks.lessons() + notebooks.lessons(notebooks.ENGLISH):
        if only and path.name not in only:
            continue
        before = notebooks.read(path)
        after = addressed(copy.deepcopy(before), path, repository)
        if before != after:
            changed.append(path.relative_to(ROOT).as_posix())
            if not check:
                notebooks.write(after, path)
    return changed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", nargs="?", help="https://github.com/OWNER/NAME")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", nargs="*", default=())
    options = parser.parse_args()
    if options.repository:
        repository = options.repository.removesuffix("/").removesuffix(".git")
        if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", repository):
            raise SystemExit(f"{options.repository}: an address looks like https://github.com/OWNER/NAME")
        project = ROOT / "pyproject.toml"
        text = project.read_text(encoding="utf-8")
        with whole(project) as draft:
            draft.write_text(re.sub(r'^repository = ".*"$', f'repository = "{repository}"', text, flags=re.M), "utf-8")
    changed = apply(address(), options.check, options.only)
    print("\n".join(changed) if changed else "every place names this address")
    sys.exit(bool(changed and options.check))


if __name__ == "__main__":
    main()
