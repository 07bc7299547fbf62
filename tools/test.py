"""Run the test suite: helper and tool tests, then every notebook of both editions under nbval.

    python tools/test.py              the fast tier: everything but the tests marked slow
    python tools/test.py --slow       the slow tier: only those (trainings killed twenty times, a class of thirty …)
    python tools/test.py tests        only the helper and tool tests (other arguments go to pytest)

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
    slow = "--slow" in arguments
    targets = [argument for argument in arguments if argument != "--slow"]
    targets = targets or (["tests"] if slow else ["tests", "notebooks"])
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "--dist", "loadfile", "--durations=15"]
    command += ["-m", "slow"] if slow else ["-m", "not slow", *NBVAL]
    sys.exit(subprocess.call([*command, *targets], cwd=ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
