"""Measure an experiment on real text, and keep the result where the lessons find it.

    python tools/measure.py                                   what can be measured, and what was
    python tools/measure.py korean_units kowiki --limit 20000

The corpus is fetched through the registry, or found in the folder that COURSE_DATASETS names.  The result goes to
datasets/measured/EXPERIMENT-CORPUS.json with its corpus, size, date, versions and command.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import outputs
from helpers import measured
from helpers.downloads import DownloadError


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="?", choices=sorted(measured.EXPERIMENTS))
    parser.add_argument("corpus", nargs="?", help="a name of corpora.names(), such as kowiki, nsmc or text8")
    parser.add_argument("--limit", type=int, help="read so many texts from the beginning; all by default")
    parser.add_argument("--folder", type=Path, default=measured.FOLDER, help="where the result is written")
    options = parser.parse_args(arguments)
    if not options.experiment:
        for name in sorted(measured.EXPERIMENTS):
            print(name)
            if any(options.folder.glob(f"{name}-*.json")):
                print(*(f"    {result}" for result in measured.load(name, options.folder).values()), sep="\n")
        return
    if not options.corpus:
        parser.error("name a corpus, such as kowiki or nsmc")
    outputs.tried(measured.path_of(options.experiment, options.corpus, options.folder))
    try:
        result = measured.run(options.experiment, options.corpus, options.limit)
    except DownloadError as error:
        sys.exit(str(error))
    print(result, result.save(options.folder), sep="\n")


if __name__ == "__main__":
    main()
