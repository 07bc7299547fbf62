"""Run the test suite: helper and tool tests, then every notebook of both editions under nbval.

    python tools/test.py              the fast tier: everything but the tests marked slow
    python tools/test.py --slow       the slow tier: only those (trainings killed twenty times, a class of thirty …)
    python tools/test.py tests        only the helper and tool tests (other arguments go to pytest)

Two workers share the work; a notebook's cells stay together on one of them.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import subprocess

import notebooks
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
    lessons = notebooks.lessons() + notebooks.lessons(notebooks.ENGLISH)  # not a learner's own notebooks beside them
    targets = targets or ["tests", *([] if slow else [str(path.relative_to(ROOT)) for path in lessons])]
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "--dist", "loadfile", "--durations=15"]
    command += ["-m", "slow"] if slow else ["-m", "not slow", *NBVAL]
    # Threads of PyTorch that wait for each other would spin, on the cores that the other worker needs: let them sleep.
    environment = {"OMP_WAIT_POLICY": "PASSIVE"} | os.environ
    sys.exit(subprocess.call([*command, *targets], cwd=ROOT, env=environment))


if __name__ == "__main__":
    main(sys.argv[1:])
