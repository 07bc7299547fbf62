"""Show the site, then run every lesson and show it anew: python tools/course.py [--stored | --again]

First the site is built from the outputs that the notebooks hold, which takes a minute.  Then each lesson is executed
once on the data that comes with it (both editions share their code), and the fresh outputs go into build/site.  A
lesson whose code, helpers and data have not changed since it was last run is not run again (tools/rerun.py), so a
course that was stopped goes on where it was; --again runs all of them.  --stored takes the outputs that the notebooks
hold and runs nothing.  The notebooks are left as they are.  A lesson that fails is reported with the cell that failed
and marked on its page, which shows its stored outputs; the others still run, and the exit status is 1.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import contextlib
import re
import shutil
import subprocess
import time
import webbrowser
from pathlib import Path

from nbclient.exceptions import CellExecutionError

import assets
import links
import notebooks
import pages
import rerun
import sections
import slides
import sources
from helpers import files, progress, signals

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


def run(paths, again=False):
    """Execute the lessons; return {name: executed notebook} and {name: what went wrong}.

    One that was run before and still counts is taken from there, unless all are to be run again.
    """
    executed, failed = {}, {}
    for number, path in enumerate(paths, 1):
        print(f"[{number}/{len(paths)}] {path.name} …", end=" ", flush=True)
        begun = time.perf_counter()
        if not again and (before := rerun.kept(notebooks.read(path), path.name)):
            executed[path.name] = before
            print("run before", flush=True)
            continue
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
        rerun.keep(notebook, path.name, round(time.perf_counter() - begun))
        print(f"{time.perf_counter() - begun:.0f} s", flush=True)
    return executed, failed


def found(name, lessons):
    """The lesson of that name among some paths: 7, 07, 07_glove and 07_glove.ipynb are the same one; None without."""
    name = name.removesuffix(".ipynb")
    return next((path for path in lessons if path.stem == name or path.stem.split("_")[0] == name.zfill(2)), None)


def editions(names, executed):
    """{language: {name: notebook}} with fresh outputs where there are some, else the stored ones."""
    folders = {"ko": notebooks.KOREAN, "en": notebooks.ENGLISH}
    result = {language: {} for language in LANGUAGES}
    for language, folder in folders.items():
        for name in names:
            edition = notebooks.read(folder / name)
            result[language][name] = with_outputs_of(edition, executed[name]) if name in executed else edition
    return result


@contextlib.contextmanager
def processes():
    """A function that starts a command in a process which Ctrl-C does not reach.

    When the block ends, however it does, those that are still at work are ended, too.
    """
    started = []

    def start(command):
        with signals.undisturbed():
            started.append(subprocess.Popen(command, start_new_session=True))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            if process.poll() is None:
                process.terminate()
        for process in started:
            process.wait()


def build(names, executed=None, failed=None, target=BUILD / "site"):
    """Write the site of both languages, check its links, put it in the place of an older one.

    Raises SystemExit when Sphinx warns of anything or a link leads nowhere; an older site then stays.
    """
    texts, fresh = target.with_name(target.name + ".sources"), target.with_name(target.name + ".new")
    for folder in (texts, fresh):
        shutil.rmtree(folder, ignore_errors=True)
    lessons, commands = editions(names, executed or {}), []
    with processes() as start:
        for language in LANGUAGES:
            sources.assemble(language, lessons, texts / language, failed or {})
            options = ["-q", "-W", "--keep-going", "-b", "html", "-t", language, "-c", str(pages.SITE)]
            options += ["-d", str(texts / f"{language}.doctrees"), str(texts / language), str(fresh / language)]
            commands.append(start([sys.executable, "-m", "sphinx", *options]))
        slides.write(lessons, fresh / "slides", fresh / "shared")
        assets.mathjax(fresh / "shared" / "mathjax")
        assets.own(pages.SITE / "shared", fresh / "shared")
        assets.playgrounds(pages.SITE / "play", fresh / "shared" / "play")
        if any([command.wait() for command in commands]):
            raise SystemExit("the site was not built: Sphinx complains above")
    for template in fresh.glob("*/_static/*macros.html"):
        template.unlink()  # the theme's templates, which Sphinx copies along
    shutil.rmtree(fresh / "jupyter_execute", ignore_errors=True)  # copies of the texts
    for language in LANGUAGES:
        sections.write(fresh / language)
    empty = "window.courseProgress = null;\n"  # see helpers/progress.py
    (fresh / "shared" / "progress.js").write_text(empty, encoding="utf-8")
    (fresh / "index.html").write_text(pages.welcome(lessons), encoding="utf-8")
    assets.fonts(fresh / "shared" / "fonts", assets.letters(fresh))
    broken = links.broken(fresh)
    if broken:
        raise SystemExit("the site was not built; links that lead nowhere:\n" + "\n".join(broken))
    files.exchange(fresh, target)
    shutil.rmtree(texts)
    progress.publish()


def show(page):
    """Open the site in the browser where there is a screen and a person in front of it."""
    screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.stdout.isatty() and screen:
        webbrowser.open(page.as_uri())


def stopped_building(page):
    """What is said if Ctrl-C comes while the site is built, whose first page is or will be there."""
    there = f"the site that was there before is whole: {page}" if page.exists() else "there is no site yet"
    return f"stopped while the site was being built; {there}. The same command builds it anew"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", action="store_true", help="show the stored outputs, run nothing")
    parser.add_argument("--again", action="store_true", help="run the lessons that have been run before, too")
    parser.add_argument(
        "lessons", nargs="*", type=Path, help="run only these, by number or name; the others show stored outputs"
    )
    options = parser.parse_args()
    everything = notebooks.lessons(notebooks.KOREAN)
    wanted = {path: found(path.name, everything) for path in options.lessons}
    paths = list(wanted.values()) or everything
    missing = [path.name for path, lesson in wanted.items() if lesson is None]
    if missing or not paths:
        names = ", ".join(path.stem for path in everything)
        raise SystemExit(f"no such lesson: {', '.join(missing) or 'notebooks/ko is empty'} (there are {names})")
    try:
        files.attempt(BUILD / "written")
    except OSError as error:
        raise SystemExit(f"nothing can be written into {BUILD} ({error}): make room, or copy the course "
                         "into a folder of your own") from None  # fmt: skip
    started, names, page = time.perf_counter(), [path.name for path in everything], BUILD / "site" / "index.html"
    print("The site with the stored outputs is being built; this takes about a minute …", flush=True)
    with stopped.saying(stopped_building(page)):
        build(names)
    print(f"{time.perf_counter() - started:.0f} s. Open {page}", flush=True)
    show(page)
    if options.stored:
        return
    print("\nNow the lessons are run, one after the other. Ctrl-C stops at any time: the same command goes on.")
    with stopped.saying("stopped; what has been run is kept, and the same command goes on from here"):
        executed, failed = run(paths, options.again)
        build(names, executed, failed)
    seconds = time.perf_counter() - started
    print(f"\n{len(executed)} of {len(paths)} lessons in {seconds:.0f} s. Fresh outputs are in {page}")
    if failed:
        print(f"{len(failed)} failed: {', '.join(failed)}", file=sys.stderr)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
