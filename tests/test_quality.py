"""What bench/quality.py keeps of its trainings, also when it was killed while it wrote."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "bench" / "quality.py"


def row(seed, workers=0, score=0.5, **more):
    place = {"corpus": "text", "sg": 1, "epochs": 5, "alpha": 0.025, "seed": seed, "workers": workers}
    return json.dumps(place | more | {"scores": {"WordSim-353": score}, "load": 1.0}) + "\n"


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


def test_fasttext_has_a_table_of_its_own_and_lines_without_a_model_are_of_word2vec(tmp_path):
    path = tmp_path / "quality.jsonl"
    path.write_text(
        row(1) + row(2, model="word2vec") + row(1, 1, 0.4) + row(1, 0, 0.3, model="fasttext")
        + row(2, 0, 0.3, model="fasttext") + row(1, 1, 0.2, model="fasttext")
    )  # fmt: skip
    before, word2vec, fasttext = table(path).split("\ntext, ")
    assert not before.strip() or "taken out" not in before
    both = {found.splitlines()[0]: found for found in (word2vec, fasttext)}
    assert "gensim  50.0 ± 0.0 (2 seeds)   workers 1:  40.0*" in both["skip-gram"]
    assert "gensim  30.0 ± 0.0 (2 seeds)   workers 1:  20.0*" in both["FastText, skip-gram"]


@pytest.mark.parametrize("model", ["word2vec", "fasttext"])
def test_every_model_is_trained_kept_and_not_trained_again(tmp_path, model):
    text, pairs, keep = tmp_path / "text.txt", tmp_path / "pairs.tsv", tmp_path / "quality.jsonl"
    text.write_text("the cat sat on the mat\na dog lay on the rug\n" * 60)
    pairs.write_text("cat\tdog\t9\nmat\trug\t8\ncat\trug\t1\nmat\tdog\t2\n")
    command = [sys.executable, SCRIPT, text, "--model", model, "--seeds", "1", "--workers", "2"]
    command += ["--pairs", pairs, "--keep", keep]
    subprocess.run(command, check=True, capture_output=True)
    rows = [json.loads(line) for line in keep.read_text().splitlines()]
    assert len(rows) == 2 * 6 * 2 and {one["model"] for one in rows} == {model}
    assert {one["workers"] for one in rows} == {0, 2} and all(one["scores"].keys() == {"pairs"} for one in rows)
    subprocess.run(command, check=True, capture_output=True)
    assert len(keep.read_text().splitlines()) == len(rows)
