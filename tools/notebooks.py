"""What every tool that touches the notebooks shares: where they lie, how a cell is named, how one runs.

Run from anywhere; paths are found from this file.
"""

import asyncio
import atexit
import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # who imports this module finds the helpers, too

from helpers.files import whole  # noqa: E402

KOREAN = ROOT / "notebooks" / "ko"
ENGLISH = ROOT / "notebooks" / "en"
CELL_TIMEOUT = 600  # seconds; a lesson's whole run stays under 60 on two cores
LESSON = re.compile(r"\d\d_\w+")  # 03_skipgram_samples; not Untitled, nor 03_skipgram_samples-Copy1 or -checkpoint

PLAYGROUND = re.compile(r'<\w+ data-playground="(\w+)"')
RUN = "▶ 이 셀을 실행하면 여기에서 움직입니다. · Run this cell to play here."

# Metadata that a Jupyter or Colab session leaves behind and that says nothing about the lesson.
NOISE = ("execution", "colab", "outputId", "colab_type", "jp-MarkdownHeadingCollapsed", "scrolled", "collapsed")


def lessons(folder=KOREAN):
    """Paths of one edition's notebooks, in the order of the course; a learner's own notebooks beside them are not."""
    return sorted(path for path in folder.glob("*.ipynb") if LESSON.fullmatch(path.stem))


def files(folder, pattern="*"):
    """A folder's own files, in order: without folders and the hidden files that JupyterLab or a Mac leave there."""
    return sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))


def read(path):
    """Read a notebook; every cell ends up with its course id in `cell.id`.

    Colab saves in an older format and moves the id into the cell's metadata; it is moved back.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.id = cell.metadata.pop("id", None) or cell.id
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def write(notebook, path):
    """Write a notebook without traces of the session that made it."""
    for cell in notebook.cells:
        for key in NOISE:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = [settle(output) for output in cell.outputs]
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    nbformat.validate(notebook)
    with whole(path) as draft:
        nbformat.write(notebook, draft)


def settle(output):
    """An output as it is kept.

    A stream: as a terminal would leave it, what a progress bar overwrote is gone.  A playground: without the page that
    it is, 100 KB and more, which running the cell brings back.  `tests/nbval.cfg` does the same to a fresh run's
    output, so that both can be compared.
    """
    if output.output_type == "stream":
        output.text = re.sub(r"(?m)^[^\n]*\r", "", output.text)
    elif name := playground(output):
        output.data["text/html"] = f'<p data-playground="{name}">{RUN}</p>'
    return output


def playground(output):
    """The name of the playground that an output shows, or None."""
    found = PLAYGROUND.match("".join(output.get("data", {}).get("text/html", "")))
    return found and found[1]


def digest(text):
    """Twelve hex digits that change when the text changes (spaces at line ends do not count)."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


class Loop(asyncio.SelectorEventLoop):
    """An event loop that leaves Ctrl-C to asyncio's Runner; what nbclient does about it ends in an AssertionError."""

    def add_signal_handler(self, *_):
        raise NotImplementedError  # as on Windows, for which nbclient is prepared


def execute(notebook, path):
    """Run every cell from top to bottom in a fresh kernel, in the notebook's own folder.

    CellExecutionError where a cell fails; KeyboardInterrupt after Ctrl-C, when the kernel has been ended.
    """
    from nbclient import NotebookClient

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(Path(path).parent)}},
        coalesce_streams=True,
    )
    own = os.environ | {"COURSE_PROGRESS": "off"}  # this run is not the learner's

    async def run():
        try:  # stderr: the kernel's own notices; what a cell says comes as its output
            await client.async_execute(stderr=subprocess.DEVNULL, env=own)
        except Exception:
            if asyncio.current_task().cancelling():  # Ctrl-C, which nbclient takes for the death of the kernel
                raise asyncio.CancelledError from None
            raise
        finally:
            if client.km is None:  # the kernel has been ended; nbclient would fail to do so again when Python ends
                atexit.unregister(client._cleanup_kernel)

    def in_a_loop_of_its_own():
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(run())

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        in_a_loop_of_its_own()
    else:  # the caller's, in a notebook say, and a thread has no room for two
        with ThreadPoolExecutor(1) as pool:
            pool.submit(in_a_loop_of_its_own).result()
    return notebook
