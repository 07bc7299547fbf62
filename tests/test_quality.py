"""What bench/quality.py keeps of its trainings, also when it was killed while it wrote."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "bench" / "quality.py"


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


TEXTS = {  # as quality.txt and the two pages name them
    "third": ("books ⅓", "책 ⅓"),
    "wikipedia": ("Wikipedia", "위키백과"),
    "books": ("books whole", "책 전체"),
    "kowiki": ("Korean Wikipedia", "한국어 위키백과"),
    "third, FastText": ("FastText, books ⅓", "FastText, 책 ⅓"),
    "kowiki_1M, FastText": (
        "FastText, (?:a million words of Korean Wikipedia|the same)",
        "FastText, (?:한국어 위키백과 100만 단어|같은 글)",
    ),
}


@pytest.fixture(scope="module")
def sections():
    """{(text, method): its part of the tables} of all trainings that are kept beside the script."""
    found = {}
    for path in sorted(SCRIPT.parent.glob("quality-*.jsonl")):
        for section in table(path).strip().split("\n\n"):
            found[tuple(section.splitlines()[0].rsplit(", ", 1))] = section.rstrip()
    return found


def below(section):
    return tuple(map(int, re.search(r"(\d+) of (\d+) places are below", section).groups()))


def test_the_text_file_has_the_tables_of_the_trainings(sections):
    text = (SCRIPT.parent / "quality.txt").read_text(encoding="utf-8")
    assert {text for text, _ in sections} == set(TEXTS) and len(sections) == 2 * len(TEXTS)
    assert all(section in text for section in sections.values())


@pytest.mark.parametrize("language, file", [(0, "README.md"), (1, "README.ko.md")], ids=["English", "Korean"])
def test_the_pages_say_what_the_trainings_gave(sections, language, file):
    page = (SCRIPT.parent / file).read_text(encoding="utf-8").replace("−", "-")
    for (text, method), section in sections.items():
        row = re.search(rf"^\| {TEXTS[text][language]}, {method} \|(.*)\|$", page, re.MULTILINE)[1]
        *cells, places = map(str.strip, row.split("|"))
        gaps = [re.match(r"[+-]\d+\.\d|$", cell)[0] for cell in cells]
        means = re.findall(r": ours less gensim's, mean of \d+ places ([+-]\d+\.\d\d)", section)
        assert [float(gap) for gap in gaps if gap] == pytest.approx(list(map(float, means)), abs=0.0501)
        assert bool(gaps[1]) == (len(means) == 3)  # SimLex is English
        assert sorted(map(int, re.findall(r"\d+", places))) == sorted(below(section))
    of_method = {
        method: np.sum([below(part) for (text, each), part in sections.items()
                        if each == method and "FastText" not in text], axis=0)
        for method in ("skip-gram", "CBOW")
    }  # fmt: skip
    all_below, places = sum(of_method.values())
    share = f"{100 * all_below / places:.0f}%"
    told = f"{all_below} of {places} places are below, {share}", f"점수 {places}개 가운데 {all_below}개({share})가 낮아"
    assert told[language] in page
    summary = (ROOT / file).read_text(encoding="utf-8")
    for method, (few, many) in of_method.items():
        told = f"{few} of {many}", f"{many}개 가운데 {few}개"
        assert told[language] in re.search(rf"^\| word2vec, {method} \|.*$", summary, re.MULTILINE)[0]
