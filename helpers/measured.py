"""What was measured on real text that is too large to ship: small files of results, and the code to measure again.

    measured.load("korean_units")                           # {"kowiki": Result, "nsmc": Result}, as they were measured
    measured.run("korean_units", "kowiki", limit=20_000)    # the same again, on this machine

A lesson computes an experiment live on the text that ships and draws these results beside it.  An experiment is a
function (corpus name, limit) → dict of plain values, two of which are "sentences" and "tokens", what it has read;
`tools/measure.py` runs one on a corpus of the registry and writes datasets/measured/EXPERIMENT-CORPUS.json.
"""

import importlib
import json
import platform
from dataclasses import asdict, dataclass, fields
from datetime import date
from importlib.metadata import version
from pathlib import Path

from helpers import arguments, files

FOLDER = Path(__file__).resolve().parent.parent / "datasets" / "measured"
EXPERIMENTS = {  # name: module:function
    "korean_units": "helpers.korean.units:measure",
    "skipgram_cbow": "helpers.word2vec_trials:skipgram_cbow",
    "trainers": "helpers.word2vec_trials:trainers",
    "noise_words": "helpers.noise_trials:measure",
    "full_softmax": "helpers.softmax_trials:measure",
    "text_size": "helpers.word2vec_trials:text_size",
    "comparison": "helpers.comparison:measure",
    "glove_sums": "helpers.glove_sums:measure",
    "unknown_words": "helpers.korean.unknown:measure",
    "own_rates": "helpers.korean.own_rates:measure",
    "rare_words": "helpers.korean.rare_words:measure",
    "pseudowords": "helpers.pseudoword_study:measure",
    "engines": "helpers.count_engines:measure",
    "senses": "helpers.korean.senses:measure",
    "phrases": "helpers.phrases:measure",
}
TOOLS = {  # tools of their own
    "captioners": "tools/measure_captioners.py",
    "photographs": "tools/photographs.py",
    "programs": "bench/gpu.py",
    "open_model": "tools/measure_open_model.py",
}
PACKAGES = ("numpy", "gensim", "kiwipiepy", "torch")


@dataclass(frozen=True)
class Result:
    """One experiment on one corpus: how much text, when, with which versions, by which command, and what came out."""

    experiment: str
    corpus: str
    sentences: int
    tokens: int
    date: str
    versions: dict
    command: str
    values: dict

    def save(self, folder=FOLDER):
        """Write the result to its own small file in a folder, and give the path."""
        path = path_of(self.experiment, self.corpus, folder)
        files.made(path.parent)
        with files.whole(path) as draft:
            draft.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return path

    def __str__(self):
        return f"{self.experiment} on {self.corpus}: {self.sentences:,} texts, {self.tokens:,} tokens, {self.date}"


def path_of(experiment, corpus, folder=FOLDER):
    """The file of a result."""
    return Path(folder) / f"{experiment}-{corpus}.json"


def read(path):
    """The Result in a file; ValueError, naming the file and the remedy, where it is damaged."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        found = Result(**about)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from None
    for field in fields(Result):
        value = getattr(found, field.name)
        if type(value) is not field.type:
            raise damaged(path, f"{field.name} is {arguments.shown(value)}")
    if path.name != path_of(found.experiment, found.corpus).name:
        raise damaged(path, f"it holds {found.experiment} on {found.corpus}")
    return found


def damaged(path, reason):
    """The error that tells of a damaged file, and how to have it back."""
    return ValueError(f"the results in {path.name} cannot be read ({reason}): bring the file back with "
                      f"`git checkout -- {path}`, or measure again with tools/measure.py")  # fmt: skip


def load(experiment, folder=FOLDER):
    """Stored results of an experiment, {corpus: Result}.

    FileNotFoundError with the command if there are none, ValueError where one is damaged (`read`).
    """
    found, folder = {}, arguments.path("folder", folder)
    for path in sorted(folder.glob("*.json")):
        if not path.name.startswith(f"{experiment}-"):  # as it is written: an asterisk in a name is no pattern
            continue
        result = read(path)
        found[result.corpus] = result
    if not found:
        command = TOOLS.get(str(experiment), f"tools/measure.py {experiment} CORPUS")
        raise FileNotFoundError(
            f"no results of {experiment!r} in {folder}: run `python {command}`; "
            f"the experiments are {', '.join([*EXPERIMENTS, *TOOLS])}"
        )
    return found


def run(experiment, corpus, limit=None):
    """Run an experiment on a corpus of the registry: `Result`.

    limit: read so many texts (lines of the corpus) from its beginning; by default all.
    KeyError that lists the experiments; DownloadError, with the remedy, when the corpus cannot be had.
    """
    limit = arguments.optional(arguments.whole, "limit", limit, 1)
    if not isinstance(experiment, str) or experiment not in EXPERIMENTS:
        raise KeyError(f"no experiment {experiment!r}; there are {', '.join(EXPERIMENTS)}")
    module, function = EXPERIMENTS[experiment].split(":")
    values = getattr(importlib.import_module(module), function)(corpus, limit)
    sentences, tokens = values.pop("sentences"), values.pop("tokens")
    command = f"python tools/measure.py {experiment} {corpus}" + (f" --limit {limit}" if limit else "")
    return today(experiment, corpus, sentences, tokens, PACKAGES, command, values)


def today(experiment, corpus, sentences, tokens, packages, command, values):
    """The `Result` of an experiment that has just been run, with the date and the versions of Python and `packages`."""
    return Result(experiment, corpus, sentences, tokens, **stamp(packages), command=command, values=values)


def stamp(packages):
    """What every result says of the day and the machine: {"date", "versions"}, of Python and `packages`."""
    versions = {"python": platform.python_version()} | {name: version(name) for name in packages}
    return {"date": date.today().isoformat(), "versions": versions}
