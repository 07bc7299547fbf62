import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = os.environ.get("COURSE_REPOSITORY", "https://github.com/your-account/language-intelligence-1")
here = Path.cwd()
clone = here / "language-intelligence-1"
root = next((p for p in (here, *here.parents, clone) if (p / "helpers" / "environment.py").exists()), None)
if root is None:
    partial = here / "language-intelligence-1.partial"
    shutil.rmtree(partial, ignore_errors=True)
    command = ["git", "clone", "--quiet", "--depth", "1", REPOSITORY, str(partial)]
    quiet = {"env": {**os.environ, "GIT_TERMINAL_PROMPT": "0"}, "stdin": subprocess.DEVNULL, "capture_output": True}
    done = subprocess.run(command, text=True, **quiet)
    if done.returncode:
        raise RuntimeError(f"git clone {REPOSITORY}: {done.stderr.strip()} [network? COURSE_REPOSITORY?]")
    root = partial.rename(clone)
if str(root) not in sys.path:
    sys.path.insert(0, str(root))
importlib.import_module("helpers.environment").prepare()
