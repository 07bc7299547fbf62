"""Stored results and the tool that measures them; eojeols against morphemes, counted by hand."""

import json
import re
import sys
from datetime import date

import pytest

import measure
import measure_captioners
import measure_open_model
import minutes
import photographs
import play
import pretrain_context
import pretrain_inception
from helpers import corpora, downloads, measured
from helpers.korean import units

EOJEOLS = [["빨래를", "했다"], ["빨래", "집"]] + [["물이", "맑다"]] * 8
MORPHEMES = [["빨래", "를", "하", "었", "다"], ["빨래", "집"]] + [["물", "이", "맑", "다"]] * 8


def test_both_ways_of_cutting_are_counted():
    found = units.compare(EOJEOLS, MORPHEMES)
    assert (found["sentences"], found["tokens"]) == (10, 20)
    assert found["eojeols"]["growth"][:3] == [(2, 2), (4, 4), (6, 6)] and found["eojeols"]["growth"][-1] == (20, 6)
    assert found["eojeols"]["once"] == pytest.approx(4 / 6) and found["eojeols"]["unseen"] == 0
    assert found["eojeols"]["top"][:2] == ["물이", "맑다"] and found["morphemes"]["top"][0] == "다"
    assert len(found["morphemes"]["growth"]) == 10 and found["morphemes"]["once"] == pytest.approx(4 / 9)


def test_unseen_tokens_are_those_of_the_last_tenth_that_no_earlier_one_has():
    assert units.counted([["가"]] * 9 + [["가", "나", "나", "다"]])["unseen"] == pytest.approx(3 / 4)


def test_a_noun_is_found_alone_in_a_share_of_the_sentences_that_hold_it():
    eojeols = [["빨래", "끝"]] * 5 + [["빨래를", "빨래가"]] * 15 + [["빨랫감"]] * 3
    morphemes = [["빨래", "끝"]] * 5 + [["빨래", "를", "빨래", "가"]] * 15 + [["빨랫감"]] * 3
    assert units.found_alone(eojeols, morphemes, ["빨래", "끝", "물"]) == {"빨래": 0.25}  # 끝: too few sentences


def test_sentences_must_be_the_same_and_enough():
    for bad in (EOJEOLS[:-1], EOJEOLS[:5]):
        with pytest.raises(ValueError, match="same sentences cut both ways"):
            units.compare(bad, MORPHEMES[:5])


def test_the_nouns_to_search_for_are_nouns():
    nouns = units.nouns()
    assert {"어머니", "개울가"} <= set(nouns) and not {"키우", "헹구", "word1"} & set(nouns)


@pytest.fixture
def one_corpus(tmp_path, monkeypatch):
    """kowiki in a teacher's folder: twelve paragraphs, one of them empty."""
    (tmp_path / "kowiki.txt").write_text("빨래를 했다.\n\n" + "물이 맑다.\n" * 10, encoding="utf-8")
    monkeypatch.setenv("COURSE_DATASETS", str(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_the_tool_writes_what_a_lesson_loads(one_corpus, capsys):
    measure.main(["korean_units", "kowiki", "--limit", "11", "--folder", str(one_corpus / "results")])
    result = measured.load("korean_units", one_corpus / "results")["kowiki"]
    assert (result.sentences, result.tokens, result.corpus) == (10, 20, "kowiki")
    assert result.command == "python tools/measure.py korean_units kowiki --limit 11"
    assert result.values["morphemes"]["growth"][-1] == [5 + 9 * 4, 9 - 1]
    assert "kiwipiepy" in result.versions and date.fromisoformat(result.date) <= date.today()
    assert str(result) in capsys.readouterr().out
    measure.main(["--folder", str(one_corpus / "results")])
    assert str(result) in capsys.readouterr().out
    assert measured.run("korean_units", "kowiki").sentences == 11


def test_what_is_missing_names_the_remedy(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="tools/measure.py korean_units CORPUS"):
        measured.load("korean_units", tmp_path)
    with pytest.raises(FileNotFoundError, match="python tools/measure_open_model.py"):  # a tool of its own
        measured.load("open_model", tmp_path)
    with pytest.raises(KeyError, match="there are korean_units, .*pseudowords"):
        measured.run("moon", "kowiki")

    def refuse(name, **options):
        raise downloads.DownloadError(name, "no network", "put it there by hand")

    monkeypatch.setattr(corpora, "load", refuse)
    with pytest.raises(SystemExit, match="by hand"):
        measure.main(["korean_units", "nsmc"])
    with pytest.raises(SystemExit):
        measure.main(["korean_units"])


@pytest.mark.parametrize("name", ["*", "**", "korean_unit?", "/abs", "", "a\0b"])
def test_a_name_is_no_pattern(name):
    with pytest.raises(FileNotFoundError, match="no results of"):
        measured.load(name)


def test_what_is_no_folder_no_experiment_and_no_limit_is_told():
    with pytest.raises(TypeError, match="folder must be a path"):
        measured.load("korean_units", None)
    with pytest.raises(KeyError, match="no experiment"):
        measured.run(["korean_units"], "lee")
    with pytest.raises(ValueError, match="limit must be a whole number of at least 1"):
        measured.run("korean_units", "lee", "5")


def test_stored_results_are_small_whole_and_say_how_they_were_made():
    paths = sorted(measured.FOLDER.glob("*.json"))
    assert paths
    for path in paths:
        result = measured.Result(**json.loads(path.read_text(encoding="utf-8")))
        assert path.name == f"{result.experiment}-{result.corpus}.json" and path.stat().st_size < 100_000
        assert date.fromisoformat(result.date)
        if result.experiment in measured.TOOLS:
            assert result.command.startswith(f"python {measured.TOOLS[result.experiment]} ")
            assert result.corpus == "flickr8k" or result.experiment in ("programs", "open_model")
            assert result.tokens and result.versions["torch"]
            continue
        assert result.experiment in measured.EXPERIMENTS and result.corpus in corpora.NAMES
        assert re.match(rf"python tools/measure.py {result.experiment} {result.corpus}", result.command)
        assert result.tokens > 100_000 and result.versions["kiwipiepy"]


@pytest.mark.parametrize("spoil", [
    lambda text: text[: len(text) // 2], lambda text: "", lambda text: "[1, 2]", lambda text: "null",
    lambda text: "[" * 100_000, lambda text: "\0", lambda text: text.replace('"tokens": 4', '"tokens": "4"'),
    lambda text: text.replace('"tokens": 4', '"tokens": true'), lambda text: text.replace('"date"', '"day"'),
    lambda text: text.replace('"values": {}', '"values": []'), lambda text: text.replace("nsmc", "kowiki"),
    lambda text: text.encode("utf-16"), lambda text: "한글".encode("cp949"),
])  # fmt: skip
def test_a_damaged_file_is_named_with_the_remedy(spoil, tmp_path):
    made = measured.Result("korean_units", "nsmc", 3, 4, "2026-11-28", {}, "python tools/measure.py", {})
    path = made.save(tmp_path)
    assert measured.load("korean_units", tmp_path) == {"nsmc": made}
    spoilt = spoil(path.read_text(encoding="utf-8"))
    path.write_bytes(spoilt if isinstance(spoilt, bytes) else spoilt.encode())
    with pytest.raises(ValueError, match="results in korean_units-nsmc.json cannot be read .*`git checkout -- "):
        measured.load("korean_units", tmp_path)


TOOLS = [
    (measure, ["korean_units", "nsmc", "--folder"]), (measure_open_model, ["model", "kowiki", "--folder"]),
    (measure_captioners, ["train", "nowhere", "--keep"]),
    (measure_captioners, ["reward", "nowhere", "--keep"]),
    (measure_captioners, ["score", "nowhere", "--keep", ".", "--out"]),
    (photographs, ["describe", "nowhere", "--out"]), (pretrain_context, ["gpt", "--folder"]),
]  # fmt: skip


@pytest.mark.parametrize("tool, arguments", TOOLS, ids=lambda value: getattr(value, "__name__", None))
def test_a_folder_that_takes_nothing_is_told_before_the_work(tool, arguments, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("a file")
    for owner, name in (measured, "run"), (pretrain_context, "texts"), (photographs, "load"):
        monkeypatch.setattr(owner, name, None)
    with pytest.raises(SystemExit, match="the file .*taken.* cannot be written .*name a file in another folder"):
        tool.main([*arguments, str(tmp_path / "taken" / "folder")])


def test_other_tools_try_their_files_first_too(tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setattr(pretrain_inception, "train", None)
    monkeypatch.setattr(play, "FOLDER", tmp_path / "taken" / "data")
    monkeypatch.setattr(play, "DATA", {"window": None})
    out = tmp_path / "taken" / "x.json"
    for main, given in (pretrain_inception.main, ["--out", str(out)]), (play.main, []):
        monkeypatch.setattr(sys, "argv", ["tool", *given])
        with pytest.raises(SystemExit, match="cannot be written"):
            main()
    with pytest.raises(SystemExit, match="cannot be written"):
        minutes.main(tmp_path, out)
