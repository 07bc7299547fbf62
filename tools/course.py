"""Run every lesson on the data that comes with it and build the site: python tools/course.py [--stored]

Each lesson is executed once (both editions share their code); the fresh outputs go into build/site, in
Korean and English.  --stored takes the outputs that the notebooks hold and runs nothing.  The notebooks are
left as they are.  A lesson that fails is reported with the cell that failed and marked on its page, which
shows its stored outputs; the others still run, and the exit status is 1.
"""

import argparse
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from nbclient.exceptions import CellExecutionError

import assets
import links
import notebooks
import pages
import slides

BUILD = notebooks.ROOT / "build"
LANGUAGES = ("ko", "en")


def with_outputs_of(edition, executed):
    """An edition whose code cells show the outputs of the executed one, paired by cell id."""
    outputs = {cell.id: cell for cell in executed.cells if cell.cell_type == "code"}
    for cell in edition.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = outputs[cell.id].outputs, outputs[cell.id].execution_count
    return edition


def failure(error):
    """The last lines of a failed cell's traceback, without colours."""
    return "\n".join(re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()[-12:])


def run(paths):
    """Execute the lessons; return {name: executed notebook} and {name: what went wrong}."""
    executed, failed = {}, {}
    for number, path in enumerate(paths, 1):
        print(f"[{number}/{len(paths)}] {path.name} …", end=" ", flush=True)
        begun = time.perf_counter()
        try:
            notebook = notebooks.execute(notebooks.read(path), path)
        except CellExecutionError as error:
            failed[path.name] = failure(error)
            print(f"FAILED\n{failed[path.name]}\n", flush=True)
            continue
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [notebooks.settle(output) for output in cell.outputs]
        executed[path.name] = notebook
        print(f"{time.perf_counter() - begun:.0f} s", flush=True)
    return executed, failed


def editions(names, executed):
    """{language: {name: notebook}} with fresh outputs where there are some, else the stored ones."""
    folders = {"ko": notebooks.KOREAN, "en": notebooks.ENGLISH}
    result = {language: {} for language in LANGUAGES}
    for language, folder in folders.items():
        for name in names:
            edition = notebooks.read(folder / name)
            result[language][name] = with_outputs_of(edition, executed[name]) if name in executed else edition
    return result


def build(names, executed=None, failed=None, target=BUILD / "site"):
    """Write the site of both languages, check its links, put it in the place of an older one.

    Raises SystemExit when Sphinx warns of anything or a link leads nowhere; an older site then stays.
    """
    sources, fresh = target.with_name(target.name + ".sources"), target.with_name(target.name + ".new")
    for folder in (sources, fresh):
        shutil.rmtree(folder, ignore_errors=True)
    lessons, commands = editions(names, executed or {}), []
    for language in LANGUAGES:
        pages.assemble(language, lessons[language], sources / language, failed or {})
        options = ["-q", "-W", "--keep-going", "-b", "html", "-t", language, "-c", str(pages.SITE)]
        options += ["-d", str(sources / f"{language}.doctrees"), str(sources / language), str(fresh / language)]
        commands.append(subprocess.Popen([sys.executable, "-m", "sphinx", *options]))
    slides.write(lessons, fresh / "slides", fresh / "shared")
    assets.mathjax(fresh / "shared" / "mathjax")
    assets.own(pages.SITE / "shared", fresh / "shared")
    assets.playgrounds(pages.SITE / "play", fresh / "shared" / "play")
    if any([command.wait() for command in commands]):
        raise SystemExit("the site was not built: Sphinx complains above")
    for template in fresh.glob("*/_static/*macros.html"):
        template.unlink()  # the theme's templates, which Sphinx copies along
    shutil.rmtree(fresh / "jupyter_execute", ignore_errors=True)  # copies of the sources
    (fresh / "index.html").write_text(pages.welcome(lessons), encoding="utf-8")
    assets.fonts(fresh / "shared" / "fonts", assets.letters(fresh))
    broken = links.broken(fresh)
    if broken:
        raise SystemExit("the site was not built; links that lead nowhere:\n" + "\n".join(broken))
    shutil.rmtree(target, ignore_errors=True)
    fresh.replace(target)
    shutil.rmtree(sources)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", action="store_true", help="show the stored outputs, run nothing")
    parser.add_argument("lessons", nargs="*", type=Path, help="run only these; the others show stored outputs")
    options = parser.parse_args()
    everything = notebooks.lessons()
    paths = [notebooks.KOREAN / path.name for path in options.lessons] or everything
    missing = [path.name for path in paths if not path.exists()]
    if missing or not paths:
        raise SystemExit(f"no such lesson: {', '.join(missing) or 'notebooks/ko is empty'}")
    started = time.perf_counter()
    executed, failed = ({}, {}) if options.stored else run(paths)
    build([path.name for path in everything], executed, failed)
    print(f"\n{len(everything)} lessons in {time.perf_counter() - started:.0f} s. Open {BUILD / 'site' / 'index.html'}")
    if failed:
        print(f"{len(failed)} failed: {', '.join(failed)}", file=sys.stderr)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
