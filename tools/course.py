"""Run every lesson on the data that comes with it and write readable pages: python tools/course.py

Each lesson is executed once (both editions share their code) and written to build/ in Korean and
English, with an index page.  The notebooks themselves are left as they are.  A lesson that fails is
reported with the cell that failed, the others still run, and the exit status is 1.
"""

import argparse
import html
import re
import shutil
import sys
import time
from pathlib import Path

from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

import notebooks

BUILD = notebooks.ROOT / "build"
LANGUAGES = {"ko": "한국어", "en": "English"}
TITLE = {"ko": "언어지능 Part 1", "en": "Language Intelligence, part 1"}
# Progress bars write to the error stream; nothing is wrong with them, so they are not shown in red.
# Long lines of code are wrapped rather than cut off.
STYLE = (
    '<style>div[data-mime-type="application/vnd.jupyter.stderr"]{background:none!important}'
    "div.highlight pre{white-space:pre-wrap!important}</style>"
)
BAR = '<nav style="font:16px sans-serif;padding:12px 24px;background:#f4f4f4;border-bottom:1px solid #ddd">{}</nav>'


def title(notebook):
    """The first heading of a notebook, without the #."""
    return re.search(r"^# +(.+)$", notebook.cells[0].source, flags=re.M).group(1).strip()


def with_outputs_of(edition, executed):
    """An edition whose code cells show the outputs of the executed one, paired by cell id."""
    outputs = {cell.id: cell for cell in executed.cells if cell.cell_type == "code"}
    for cell in edition.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = outputs[cell.id].outputs, outputs[cell.id].execution_count
    return edition


def page(notebook, language, name):
    """One lesson as a self-contained HTML page with a bar that leads to the index and the other language."""
    body, _ = HTMLExporter(template_name="lab", embed_images=True).from_notebook_node(
        notebook, {"metadata": {"name": title(notebook)}}
    )
    other = "en" if language == "ko" else "ko"
    links = f'<a href="../index.html">{TITLE[language]}</a> · <a href="../{other}/{name}">{LANGUAGES[other]}</a>'
    body = re.sub(r"(<body[^>]*>)", lambda m: m.group(1) + STYLE + BAR.format(links), body, count=1)
    return body.replace('<html lang="en">', f'<html lang="{language}">', 1)


def index(titles):
    """The index page: one row per lesson, both languages side by side."""
    rows = "\n".join(
        "<tr>" + "".join(f'<td><a href="{lang}/{name}">{html.escape(names[lang])}</a></td>' for lang in LANGUAGES)
        + "</tr>" for name, names in titles.items()
    )  # fmt: skip
    heads = "".join(f'<th lang="{lang}">{TITLE[lang]} · {label}</th>' for lang, label in LANGUAGES.items())
    style = (
        "body{font:18px sans-serif;max-width:60em;margin:3em auto;padding:0 1em}"
        "td,th{padding:.4em 1em .4em 0;text-align:left}"
    )
    return (
        f'<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>{TITLE["ko"]} · {TITLE["en"]}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head>'
        f"<body><h1>{TITLE['ko']} · {TITLE['en']}</h1><table><tr>{heads}</tr>\n{rows}\n</table></body></html>\n"
    )


def failure(error):
    """The last lines of a failed cell's traceback, without colours."""
    return "\n".join(re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()[-12:])


def build(paths, target=BUILD):
    """Execute the lessons and write their pages; return the names of those that failed."""
    fresh, titles, failed = target.with_name(target.name + ".new"), {}, []
    shutil.rmtree(fresh, ignore_errors=True)
    started = time.perf_counter()
    for number, path in enumerate(paths, 1):
        print(f"[{number}/{len(paths)}] {path.name} …", end=" ", flush=True)
        begun = time.perf_counter()
        try:
            executed = notebooks.execute(notebooks.read(path), path)
        except CellExecutionError as error:
            print(f"FAILED\n{failure(error)}\n", flush=True)
            failed.append(path.name)
            continue
        for cell in executed.cells:
            if cell.cell_type == "code":
                cell.outputs = [notebooks.settle(output) for output in cell.outputs]
        name, titles[path.stem + ".html"] = path.stem + ".html", {}
        for language, folder in (("ko", notebooks.KOREAN), ("en", notebooks.ENGLISH)):
            edition = with_outputs_of(notebooks.read(folder / path.name), executed)
            titles[name][language] = title(edition)
            (fresh / language).mkdir(parents=True, exist_ok=True)
            (fresh / language / name).write_text(page(edition, language, name), encoding="utf-8")
        print(f"{time.perf_counter() - begun:.0f} s", flush=True)
    if titles:
        (fresh / "index.html").write_text(index(titles), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        fresh.replace(target)
        print(f"\n{len(titles)} lessons in {time.perf_counter() - started:.0f} s. Open {target / 'index.html'}")
    if failed:
        print(f"{len(failed)} failed: {', '.join(failed)}", file=sys.stderr)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", type=Path, help="Korean notebooks; all by default")
    options = parser.parse_args()
    paths = [notebooks.KOREAN / path.name for path in options.lessons] or notebooks.lessons()
    missing = [path.name for path in paths if not path.exists()]
    if missing or not paths:
        raise SystemExit(f"no such lesson: {', '.join(missing) or 'notebooks/ko is empty'}")
    sys.exit(bool(build(paths)))


if __name__ == "__main__":
    main()
