"""What the course runs on: Python, the packages of requirements.txt, and the machine.

`prepare()` is called by the first cell of every notebook and adds the packages that a kernel lacks, as
Colab's does.  `check()` reads requirements.txt and reports on everything that the course needs.
"""

import importlib
import os
import platform
import re
import shutil
import site
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from helpers import hints

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
PYTHON = ((3, 11), (3, 13))  # oldest and newest that the course is tested with
FRONT_END = {"jupyterlab", "ipywidgets"}  # a notebook that runs has its own; replacing it would break the session
ON_DEMAND = {"kiwipiepy", "dask", "distributed"}  # large, or for one lesson: installed when needed, by `ensure`


@dataclass(frozen=True)
class Requirement:
    """One line of requirements.txt: `gensim>=4.4  # lessons 1-8: trained vectors`."""

    name: str
    bounds: str  # ">=4.4,<5"; empty if any version serves
    lessons: str  # "1-8"
    purpose: str  # "trained vectors"

    @property
    def installed(self):
        """The version that this Python would import, or None."""
        try:
            return metadata.version(self.name)
        except metadata.PackageNotFoundError:
            return None

    def fits(self, version):
        """Whether a version lies within the bounds."""
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(self.bounds).contains(version, prereleases=True)


def requirements(path=REQUIREMENTS):
    """Every line of a requirements file as a Requirement, in its order."""
    found = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        wanted, _, comment = (part.strip() for part in line.partition("#"))
        if not wanted:
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)\s*([<>=!~].*)?", wanted)
        if not match:
            raise ValueError(f"{Path(path).name}, line {number}: {wanted!r} is not NAME>=VERSION; correct that line")
        lessons, _, purpose = comment.partition(":")
        lessons = re.sub(r"^lessons?\s*", "", lessons.strip())
        found.append(Requirement(match[1], (match[2] or "").replace(" ", ""), lessons, purpose.strip()))
    return found


def prepare(path=REQUIREMENTS):
    """Make the running kernel ready for the course; silent if it already is.

    Packages that are missing are installed beside the others, whose versions are pinned while pip works,
    so nothing that is already there (PyTorch, NumPy, Jupyter above all) is replaced.  JupyterLab and its
    widgets are left alone, and large packages that few lessons need wait for `ensure`.  Raises
    RuntimeError, with the remedy, on a Python that is too old or if the installation fails.
    """
    here = sys.version_info[:2]
    span = f"Python {'.'.join(map(str, PYTHON[0]))} to {'.'.join(map(str, PYTHON[1]))}"
    if here < PYTHON[0]:
        raise RuntimeError(f"this kernel runs Python {platform.python_version()}; the course needs {span}")
    if here > PYTHON[1]:
        print(f"note: the course is tested with {span}; this is {platform.python_version()}")
    missing = [r for r in requirements(path) if r.name not in FRONT_END | ON_DEMAND and r.installed is None]
    if missing:
        add(missing)
    hints.watch()


def ensure(name, path=REQUIREMENTS):
    """Install one on-demand package on Colab if it is missing; elsewhere raise ImportError with the remedy."""
    requirement = next(r for r in requirements(path) if r.name == name)
    if requirement.installed is not None:
        return
    if "google.colab" not in sys.modules:
        raise ImportError(f"{name} is not installed: run `pip install {name}` in this environment")
    print(f"{name} is needed from here on and is being installed; this takes a minute, once")
    add([requirement])


def add(missing):
    """Install requirements, say what came with them, and make sure that this kernel sees them."""
    before = versions()
    install([r.name + r.bounds for r in missing], before)
    for name, version in sorted(versions().items()):
        if name not in before:
            print(f"installed {name} {version}")
    still = [r.name for r in missing if r.installed is None]
    if still:
        raise RuntimeError(f"{', '.join(still)}: installed, but this kernel does not see it; restart the kernel")


def versions():
    """Every installed distribution that this Python sees: {name: version}, the first found where two lie."""
    found = {}
    for distribution in metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.version
        if name and version:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), version)
    return found


def install(wanted, pinned):
    """Install the requirements `wanted` with pip, keeping every package of `pinned` at its version."""
    try:
        made = tempfile.TemporaryDirectory()
    except OSError as error:
        raise RuntimeError(f"{' '.join(wanted)} cannot be installed: no temporary file can be made ({error.strerror}); "
                           "set TMPDIR to a folder in which you may write, then restart") from None  # fmt: skip
    with made as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in sorted(pinned.items())), "utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--no-input", "--retries", "2", "--timeout", "15", "--constraint", str(constraints), *wanted]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise RuntimeError(explanation(wanted, done.stderr + done.stdout)) from None
    if site.ENABLE_USER_SITE:
        site.addsitedir(site.getusersitepackages())  # pip may just have created it
    importlib.invalidate_caches()


def explanation(wanted, log):
    """One sentence that says why pip failed and what to do about it."""
    names = " ".join(wanted)
    if "No module named pip" in log:
        return f"{names}: this kernel has no pip; install the course's requirements.txt into it from a terminal"
    if "ResolutionImpossible" in log or "conflict" in log.lower():
        return f"{names} cannot be installed beside the packages already here; use a fresh environment (README)"
    if re.search(r"NewConnectionError|ConnectTimeout|ReadTimeout|Name or service|resolution|ProxyError|SSLError", log):
        return f"{names} could not be downloaded; check the network connection, then run this cell again"
    lines = [line for line in log.strip().splitlines() if line.strip()]
    last = next((line for line in lines if line.lower().startswith("error")), lines[-1] if lines else "no message")
    return f"{names} could not be installed; check the network connection, then run this cell again (pip: {last})"


@dataclass(frozen=True)
class Row:
    """One line of the report: what was looked at, what is needed, what was found, whether it serves."""

    name: str
    needed: str
    found: str
    ok: bool
    lessons: str = "all"


@dataclass
class Report:
    """All rows; `ok` is True if every one of them serves."""

    rows: list = field(default_factory=list)

    @property
    def ok(self):
        return all(row.ok for row in self.rows)

    def __str__(self):
        table = [("", "name", "needed", "found", "lessons")]
        table += [("OK" if r.ok else "FAIL", r.name, r.needed, r.found, r.lessons) for r in self.rows]
        widths = [max(len(line[k]) for line in table) for k in range(5)]
        return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths)).rstrip() for line in table)

    __repr__ = __str__


def check(path=REQUIREMENTS):
    """Print one row for each requirement and for Python, device, Hangul font, memory and disk; return the Report."""
    rows = [python_row()]
    for requirement in requirements(path):
        version, ok = requirement.installed, False
        if version is not None:
            ok = requirement.fits(version)
        elif "google.colab" in sys.modules and requirement.name in FRONT_END | ON_DEMAND:
            version, ok = "not needed" if requirement.name in FRONT_END else "on demand", True
        rows.append(Row(requirement.name, requirement.bounds, version or "missing", ok, requirement.lessons))
    report = Report(rows + [device_row(), font_row(), memory_row(), disk_row()])
    print(report)
    wanting = [r for r in report.rows if not r.ok]
    if wanting:
        print(f"\n{len(wanting)} FAIL: see README, or run `python -m pip install -r requirements.txt`")
    gpu_line()
    gpu_hint()
    return report


GPU_HINT = """\
Colab: 지금은 GPU가 없습니다. 수업 9처럼 큰 학습에는 GPU가 도움이 됩니다: 런타임 > 런타임 유형 변경 > T4 GPU
Colab: no GPU is attached. It helps where much is trained, as in lesson 9: Runtime > Change runtime type > T4 GPU"""
hinted = False  # once per session is enough


def gpu_hint():
    """On Colab without a GPU, say once how to get one; elsewhere, and where there is one, print nothing.

    Called where a GPU makes a difference: by `check`, and by the trainings of lesson 9.
    """
    global hinted
    if "google.colab" not in sys.modules or hinted:
        return
    import torch

    hinted = True
    if not torch.cuda.is_available():
        print(GPU_HINT)


def gpu_line():
    """Where there is a graphics card, one line that says what is trained on it and what is not, and why."""
    try:
        from helpers import devices, training

        device = training.device()
    except (ImportError, RuntimeError, OSError):  # the table says so already
        return
    if device != "cpu":
        print(f"\n{devices.explained(device)}")


def python_row():
    """This Python against the versions that the course supports."""
    low, high = ("{}.{}".format(*version) for version in PYTHON)
    return Row("python", f"{low}-{high}", platform.python_version(), PYTHON[0] <= sys.version_info[:2] <= PYTHON[1])


def device_row():
    """Where PyTorch computes.  A CPU serves for every lesson."""
    try:
        import torch

        from helpers import training

        device = training.device()
        name = f" ({torch.cuda.get_device_name(device)})" if device.startswith("cuda") else ""
        return Row("device", "cpu or cuda", device + name, True)
    except (ImportError, RuntimeError, OSError) as error:
        return Row("device", "cpu or cuda", str(error).splitlines()[0], False)


def font_row():
    """The font that draws Hangul in figures."""
    try:
        from helpers import fonts

        files = fonts.hangul_files()
        return Row("Hangul font", "any", Path(files[0]).stem if files else "missing", bool(files))
    except ImportError as error:
        return Row("Hangul font", "any", str(error).splitlines()[0], False)


def memory_row(needed=3.5):
    """Total memory in GiB; unknown counts as enough.  Every lesson's default run stays under 4 GB."""
    total = memory()
    return Row("memory", f">={needed} GiB", f"{total:.1f} GiB" if total else "unknown", not total or total >= needed)


def memory():
    """The machine's memory in GiB, or None where Python cannot tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        pass
    if sys.platform == "win32":
        import ctypes

        kilobytes = ctypes.c_ulonglong()
        if ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes)):
            return kilobytes.value / 2**20
    return None


def disk_row(needed=2.0):
    """Free disk space in GiB at the course's folder, for what the lessons may store in the cache."""
    free = shutil.disk_usage(REQUIREMENTS.parent).free / 2**30
    return Row("free disk", f">={needed} GiB", f"{free:.1f} GiB", free >= needed)
