"""Set the course up in its own virtual environment (.venv): python3 tools/install.py [--site | --dev]

Needs nothing but Python; does nothing when the environment is up to date.  Installs the exact versions
of constraints.txt.  --site adds what the site and the slides need, --dev also what the tests need.  This file
must be readable by any Python 3, so that an old one prints the message below instead of a syntax error.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
FILES = ["requirements.txt", "requirements-site.txt", "requirements-dev.txt"]  # each adds to those before it
SUPPORTED = [(3, 11), (3, 12), (3, 13)]

UNSUPPORTED = """\
이 과정에는 파이썬 3.11, 3.12, 3.13 중 하나가 필요합니다. 지금 실행한 파이썬은 {0}입니다.
아무것도 설치하지 않았습니다. 맞는 파이썬을 설치한 뒤 다시 실행해 주세요: make course PYTHON=python3.13

The course needs Python 3.11, 3.12 or 3.13; this is Python {0}.
Nothing was installed. Install one of them, then run again: make course PYTHON=python3.13
"""

NO_VENV = """
가상 환경을 만들지 못했습니다. 데비안이나 우분투라면 먼저 sudo apt install python3-venv 를 실행해 주세요.
The virtual environment could not be made. On Debian or Ubuntu run sudo apt install python3-venv first."""


def suitable():
    """An interpreter that serves: this one, else the first of python3.13 … python3.11 that starts; or None."""
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for version in reversed(SUPPORTED):
        found = shutil.which("python%d.%d" % version)
        if found:
            code = "import sys, venv; sys.exit(sys.version_info[:2] != %r)" % (version,)
            with open(os.devnull, "w") as quiet:
                if subprocess.call([found, "-c", code], stderr=quiet) == 0:
                    return found
    return None


def environment_python():
    """Path of the interpreter inside the virtual environment."""
    return os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")


def wanted(files):
    """A fingerprint of everything that decides what is installed."""
    text = b"".join(open(os.path.join(ROOT, name), "rb").read() for name in files + ["constraints.txt"])
    return hashlib.sha256(text).hexdigest() + " " + " ".join(files)


def main():
    files = FILES[: 3 if "--dev" in sys.argv else 2 if "--site" in sys.argv else 1]
    stamp = os.path.join(VENV, "installed.txt")
    done = open(stamp).read().split("\n") if os.path.exists(stamp) else []
    if wanted(files) in done and os.path.exists(environment_python()):
        return
    interpreter = suitable()
    if interpreter is None:
        sys.exit(UNSUPPORTED.format(".".join(map(str, sys.version_info[:3]))))
    if not os.path.exists(environment_python()):
        print("creating .venv with", interpreter)
        if subprocess.call([interpreter, "-m", "venv", "--clear", VENV]):
            shutil.rmtree(VENV, ignore_errors=True)
            sys.exit(NO_VENV)
    print("installing", ", ".join(files), "(a few minutes the first time)")
    sys.stdout.flush()
    command = [environment_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--constraint", os.path.join(ROOT, "constraints.txt")]
    # torch goes first and alone: its exact version decides which of its builds everything else fits.
    torch = [line.strip() for line in open(os.path.join(ROOT, "constraints.txt")) if line.startswith("torch==")]
    steps = [torch, [word for name in files for word in ("-r", os.path.join(ROOT, name))]]
    for step in steps:
        if subprocess.call(command + step):
            sys.exit(
                "\n설치가 끝나지 못했습니다. 인터넷 연결과 디스크 공간을 확인하고 같은 명령을 다시 실행해 주세요.\n"
                "The installation did not finish. Check network and disk space, then run the same command again."
            )
    # Written last: an interrupted installation is simply taken up again.
    with open(stamp, "w") as handle:
        handle.write("\n".join(wanted(FILES[: n + 1]) for n in range(len(files))))


if __name__ == "__main__":
    main()
