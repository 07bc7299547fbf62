"""Run by every kernel that `make lab` starts (as PYTHONSTARTUP), before the first cell: see helpers/hints.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
try:
    from helpers import hints

    hints.watch()
finally:
    sys.path.pop(0)  # the lesson's first cell finds the helpers itself, as it does everywhere else
    del hints, sys, Path
