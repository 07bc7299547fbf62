"""What bench/quality.py keeps of its trainings, also when it was killed while it wrote."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "bench" / "quality.py"


def row(seed, workers=0, score=0.5):
    place = {"corpus": "text", "sg": 1, "epochs": 5, "alpha": 0.025, "seed": seed, "workers": workers}
    return json.dumps(place | {"scores": {"WordSim-353": score}, "load": 1.0}) + "\n"


def table(path):
    done = subprocess.run([sys.executable, SCRIPT, "--table", "--keep", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("end", [row(3, 1)[:40], row(3, 1)[:-1], row(3, 1)[:40] + row(4, 1), "3\n", "\udcc3"])
def test_a_line_that_was_cut_off_is_taken_out_and_said_once(tmp_path, end):
    whole, path = row(1) + row(2) + row(1, 1, 0.4), tmp_path / "quality.jsonl"
    path.write_bytes((whole + end).encode(errors="surrogateescape"))
    said = table(path)
    assert "taken out 1 lines that were cut off; their trainings are done again" in said
    assert "gensim  50.0 ± 0.0 (2 seeds)" in said and "1:  40.0*" in said
    assert path.read_text() == whole and "taken out" not in table(path)
    assert [other.name for other in tmp_path.iterdir()] == ["quality.jsonl"]
