"""Set the course up in its own virtual environment (.venv): python3 tools/install.py [--site | --dev] [--this]

Needs nothing but Python; does nothing when the environment is up to date.  Installs the exact versions
of constraints.txt, with `uv` where that is installed, else with pip.  --site adds what the site and the slides
need, --dev also what the tests need.  --this wants the environment to have the Python that runs this, and stops where
it has another one.  On Linux without an NVIDIA card PyTorch comes as its CPU build, a fifth of
the other's size.  This file must be readable by any Python 3, so that an old one prints the message below
instead of a syntax error.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # first: Ctrl-C may come while the rest is imported

# isort: split
import hashlib
import platform
import shutil
import subprocess
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
FILES = ["requirements.txt", "requirements-site.txt", "requirements-dev.txt"]  # each adds to those before it
CONSTRAINTS = os.path.join(ROOT, "constraints.txt")
SUPPORTED = [(3, 11), (3, 12), (3, 13)]
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"  # PyTorch's own, https://pytorch.org/get-started/locally/
PATIENCE = 4  # seconds that those builds may take to answer
ANSWER = 10  # seconds that the installer may take to say what it would install
NVIDIA = ["/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/dxg"]  # the last: Windows' card, seen from its Linux

UNSUPPORTED = """\
이 강의에는 파이썬 3.11, 3.12, 3.13 중 하나가 필요합니다. 지금 실행한 파이썬은 {0}입니다.
아무것도 설치하지 않았습니다. 맞는 파이썬을 설치한 뒤 다시 실행해 주세요: make course PYTHON=python3.13

The course needs Python 3.11, 3.12 or 3.13; this is Python {0}.
Nothing was installed. Install one of them, then run again: make course PYTHON=python3.13
"""

OTHER = """\
.venv의 파이썬은 {0}입니다. 파이썬을 바꾸려면 make clean으로 .venv와 build를 지운 뒤 다시 실행해 주세요.
아무것도 바꾸지 않았습니다.
.venv has Python {0}. To have another one, remove .venv and build with `make clean`, then run again. Nothing changed."""

NO_VENV = """
가상 환경을 만들지 못했습니다. 데비안이나 우분투라면 먼저 sudo apt install python3-venv 를 실행해 주세요.
The virtual environment could not be made. On Debian or Ubuntu run sudo apt install python3-venv first."""

STOPPED = """\
멈췄습니다. 같은 명령을 다시 실행하면 이어서 설치합니다.
Stopped; the same command takes the installation up again."""

INTEL_MAC = """\
인텔 맥에는 PyTorch 2.3부터 설치 파일이 나오지 않습니다. 아무것도 설치하지 않았습니다.
conda로 환경을 만들거나(README의 'conda'), 브라우저의 Colab에서 수업을 열어 주세요.

PyTorch has had no packages for Intel Macs since version 2.3. Nothing was installed.
Make the environment with conda (README, "conda"), or open the lessons in Colab.
https://github.com/pytorch/pytorch/releases/tag/v2.2.0"""

NO_WRITING = """\
이 폴더에는 쓸 수 없습니다: {0}
강의 폴더를 내가 쓸 수 있는 곳에 복사한 뒤 다시 실행해 주세요.

This folder cannot be written: {0}
Copy the course into a folder of your own, then run again."""

PLAN = """\
이 폴더의 .venv에 설치합니다. 내려받기 약 {1} GB, 디스크 약 {2} GB, 보통 {3}분. 다른 곳에는 설치하지 않습니다.
Installing into .venv of this folder, with {0}: about {1} GB to download, {2} GB of disk, {3} minutes as a rule.
Nothing is installed outside this folder. PyTorch: {4}."""

UNFINISHED = """
설치가 끝나지 못했습니다. 인터넷 연결과 디스크 공간을 확인하고 같은 명령을 다시 실행해 주세요.
The installation did not finish. Check network and disk space, then run the same command again."""


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


def environment_version():
    """The version of Python in the environment, as "3.13.1"; None where there is none."""
    try:
        with open(os.path.join(VENV, "pyvenv.cfg"), encoding="utf-8", errors="replace") as handle:
            lines = dict(line.partition("=")[::2] for line in handle)
    except OSError:
        return None
    found = {name.strip(): value.strip() for name, value in lines.items()}
    version = found.get("version") or found.get("version_info")  # venv, uv
    return version and ".".join(version.split(".")[:3])


def wanted(files):
    """A fingerprint of everything that decides what is installed."""
    text = b"".join(open(os.path.join(ROOT, name), "rb").read() for name in files + ["constraints.txt"])
    return hashlib.sha256(text).hexdigest() + " " + " ".join(files)


def cpu_builds():
    """The address of PyTorch's CPU builds if this machine is served by one of them and reaches it, else None.

    Only Linux needs it: the packages for Windows and Mac are CPU builds (or for the Mac's own GPU) anyway.
    """
    if not sys.platform.startswith("linux") or any(map(os.path.exists, NVIDIA)) or shutil.which("nvidia-smi"):
        return None
    try:
        urllib.request.urlopen(CPU_BUILDS + "/torch/", timeout=PATIENCE).close()
    except (OSError, ValueError):  # no way there, or an answer that is none
        return None
    return CPU_BUILDS


def gives_cpu_build(command):
    """Whether the default place has a CPU build, too, as a mirror or a constraint of the user's may decide it.

    The installer is asked what it would take.  No answer in time counts as the larger package.
    """
    ask = [word for word in command if word != "--quiet"] + ["--dry-run", "--no-deps"] + pinned_torch()
    try:
        said = subprocess.run(ask, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=ANSWER).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return b"+cpu" in said


def pinned_torch():
    """PyTorch in its exact version, as a list for a command."""
    return [line.strip() for line in open(CONSTRAINTS) if line.startswith("torch==")]


def plan(tool, cpu):
    """What is about to happen, in two languages.  Sizes were measured on Linux, minutes are those of a home line."""
    large = sys.platform.startswith("linux") and not cpu
    size = ("3", "6", "5-20", "with CUDA") if large else ("0.6", "2", "2-8", "CPU build" if cpu else "as published")
    return PLAN.format(tool, *size)


def installer():
    """The command that installs into the environment, and its name: uv, which is faster, or pip."""
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", environment_python()], "uv"
    return [environment_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"], "pip"


def install(command, files, cpu):
    """True if everything was installed.

    torch goes first and alone: its exact version decides which of its builds everything else fits.  The CPU builds'
    address serves for torch only; what that needs comes with the rest, from where packages always come from.
    """
    torch = pinned_torch()
    command = command + ["--constraint", CONSTRAINTS]
    if not (cpu and subprocess.call(command + ["--no-deps", "--index-url", cpu] + torch) == 0):
        if subprocess.call(command + torch):
            return False
    rest = [word for name in files for word in ("-r", os.path.join(ROOT, name))]
    return subprocess.call(command + rest) == 0


def unsupported():
    sys.exit(UNSUPPORTED.format(".".join(map(str, sys.version_info[:3]))))


def insist():
    """SystemExit, naming the remedy, unless this Python serves and is the one of the environment, if there is one."""
    if sys.version_info[:2] not in SUPPORTED:
        unsupported()
    there = environment_version()
    if there and there.split(".")[:2] != [str(part) for part in sys.version_info[:2]]:
        sys.exit(OTHER.format(there))


def main():
    if "--this" in sys.argv:
        insist()
    files = FILES[: 3 if "--dev" in sys.argv else 2 if "--site" in sys.argv else 1]
    stamp = os.path.join(VENV, "installed.txt")
    done = open(stamp).read().split("\n") if os.path.exists(stamp) else []
    if wanted(files) in done and os.path.exists(environment_python()):
        return
    interpreter = suitable()
    if interpreter is None:
        unsupported()
    if (sys.platform, platform.machine()) == ("darwin", "x86_64"):
        sys.exit(INTEL_MAC)
    if not os.access(VENV if os.path.exists(VENV) else ROOT, os.W_OK):
        sys.exit(NO_WRITING.format(ROOT))
    if not os.path.exists(environment_python()):
        print("creating .venv with", interpreter)
        if subprocess.call([interpreter, "-m", "venv", "--clear", VENV]):
            shutil.rmtree(VENV, ignore_errors=True)
            sys.exit(NO_VENV)
    command, tool = installer()
    cpu = cpu_builds()
    if done:
        print("updating .venv with {0}: {1}".format(tool, ", ".join(files)))
    else:
        asked = sys.platform.startswith("linux") and not cpu
        print(plan(tool, cpu or (asked and gives_cpu_build(command))))
    sys.stdout.flush()
    if not install(command, files, cpu):
        sys.exit(UNFINISHED)
    # Written last: an interrupted installation is simply taken up again.
    with open(stamp, "w") as handle:
        handle.write("\n".join(wanted(FILES[: n + 1]) for n in range(len(files))))


if __name__ == "__main__":
    with stopped.saying(STOPPED):
        main()
