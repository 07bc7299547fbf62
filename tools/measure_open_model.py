"""Let an open model tell the senses of words apart, and keep the result where lesson 10 finds it.

    python tools/measure_open_model.py intfloat/multilingual-e5-small kowiki
    python tools/measure_open_model.py sentence-transformers/all-MiniLM-L6-v2 wordnet --wordnet /usr/share/wordnet

MODEL is a name on the Hub of Hugging Face, or a folder; it needs `pip install transformers`.  kowiki is fetched through
the registry, or found in the folder that COURSE_DATASETS names; WordNet is a folder with data.noun and data.verb.
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
from helpers import measured, open_models
from helpers.downloads import DownloadError

PACKAGES = ("numpy", "torch", "transformers", "kiwipiepy")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("corpus", choices=("kowiki", "wordnet"))
    parser.add_argument("--wordnet", metavar="FOLDER", help="where WordNet's data.noun and data.verb are")
    parser.add_argument("--called", metavar="TEXT", help="how the result names the model; MODEL unless told")
    parser.add_argument("--folder", type=Path, default=measured.FOLDER, help="where the result is written")
    options = parser.parse_args(arguments)
    if options.corpus == "wordnet" and not options.wordnet:
        parser.error("name the folder of WordNet: --wordnet FOLDER")
    called = options.called or options.model
    outputs.tried(measured.path_of("open_model", options.corpus, options.folder))
    try:
        values = open_models.measure(options.model, options.corpus, options.wordnet)
    except (DownloadError, ImportError, OSError, ValueError) as error:
        sys.exit(str(error))
    command = f"python tools/measure_open_model.py {called.split(',')[0]} {options.corpus}"
    command += " --wordnet FOLDER" if options.corpus == "wordnet" else ""
    counts = values.pop("sentences"), values.pop("tokens")
    result = measured.today("open_model", options.corpus, *counts, PACKAGES, command, {"model": called} | values)
    print(result, result.save(options.folder), sep="\n")


if __name__ == "__main__":
    main()
