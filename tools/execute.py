"""Run Korean notebooks in place and store their outputs: python tools/execute.py notebooks/ko/03*.ipynb

Without arguments all of them.  The English edition takes the outputs over with `make sync`.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import time
from pathlib import Path

import notebooks


def main(arguments):
    paths = [Path(a).resolve() for a in arguments] or notebooks.lessons()
    for path in paths:
        if path.parent != notebooks.KOREAN:
            raise SystemExit(f"{path.name}: only the Korean edition is run; `make sync` fills the English one")
        started = time.perf_counter()
        notebook = notebooks.execute(notebooks.read(path), path)
        notebooks.write(notebook, path)
        print(f"{path.name}  {time.perf_counter() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
