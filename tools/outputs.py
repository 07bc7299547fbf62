"""Whether what a tool will write can be written: asked before the work, which may take hours."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers import files


def tried(*paths):
    """End with one sentence, naming file and remedy, unless these files can be written; missing folders are made."""
    for path in paths:
        try:
            with files.writing(f"the file {path}"):
                files.attempt(Path(path))
        except OSError as error:
            sys.exit(str(error))
