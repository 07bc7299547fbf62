"""Run the whole test suite: helper and tool tests, then every notebook of both editions under nbval.

    python tools/test.py              everything
    python tools/test.py tests        only the helper and tool tests (arguments go to pytest)

Two workers share the work; a notebook's cells stay together on one of them.
"""

import os
import subprocess
import sys

from notebooks import CELL_TIMEOUT, ROOT

NBVAL = [
    "--nbval",
    f"--nbval-cell-timeout={CELL_TIMEOUT}",
    f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}",
]


def main(arguments):
    workers = min(2, os.cpu_count() or 1)
    targets = arguments or ["tests", "notebooks"]
    command = [sys.executable, "-m", "pytest", "-q", *NBVAL, "-n", str(workers), "--dist", "loadfile", "--durations=15"]
    sys.exit(subprocess.call([*command, *targets], cwd=ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
