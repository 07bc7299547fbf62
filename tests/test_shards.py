"""A corpus in shards: the same lines in the same order, none lost and none doubled, however it lies on the disk."""

import gzip
import os
import pickle
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import corpora, letters
from helpers.corpora import shards, textfiles

LINES = [f"{n} 번째 줄, line {n} " + "word " * (n % 7) for n in range(200)]


def gathered(corpus, n):
    return [sentence for shard in corpus.shards(n) for sentence in shard]


def write(path, lines, encoding="utf-8", end="\n"):
    data = "".join(line + end for line in lines).encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


texts = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]) | st.sampled_from("a한\n\r \ufeff"), max_size=30)
)


@settings(max_examples=60)
@given(texts, st.integers(1, 9), st.integers(1, 40))
def test_no_line_is_lost_or_doubled_or_cut(tmp_path_factory, contents, n, block):
    folder = tmp_path_factory.mktemp("texts")
    for number, text in enumerate([*contents, "the last text\n"]):
        packed = gzip.compress if number % 3 == 2 else bytes
        (folder / f"{number:03}.txt{'.gz' * (number % 3 == 2)}").write_bytes(packed(f"a{text}".encode()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textfiles, "BLOCK", 4 * block)
        whole = corpora.load(folder, tokenize=str.split, encoding="utf-8")
        assert gathered(whole, n) == list(whole)


@pytest.mark.parametrize("before", [0, 1, 7, 30])
def test_long_lines_are_cut_at_the_same_places_wherever_a_reader_begins(tmp_path, monkeypatch, before):
    monkeypatch.setattr(textfiles, "BLOCK", 40)
    items = [f"{'猫犬魚'[n % 3]}在{'上下'[n % 2]}了；it's 1,{n % 7}00" for n in range(90)]
    text = write(tmp_path / "a.txt", ["x" * before, "；".join(items), " ".join(items), "；".join(items[::-1])])
    whole = corpora.load(text)
    assert gathered(whole, 5) == list(whole)
    found = {word for sentence in whole for word in sentence}
    assert found == {word for item in items for word in corpora.words(item)} | {"x" * before} - {""}, "no word is cut"


def a_shard(tmp_path, monkeypatch):
    monkeypatch.setattr(textfiles, "BLOCK", 1000)
    path = write(tmp_path / "a.txt", LINES * 100)
    return path, corpora.load(path, tokenize=str.split).shards(2)[0]


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path, monkeypatch):
    path, shard = a_shard(tmp_path, monkeypatch)
    reader = iter(shard)
    next(reader)
    size = path.read_bytes().index("번째".encode(), 200_000) + 1  # within a character
    os.truncate(path, size)
    with pytest.raises(ValueError, match=f"ends after {size:,} bytes .* it has been changed"):
        list(reader)
    with pytest.raises(ValueError, match=f"a.txt has {size:,} bytes on .* when it was cut into shards"):
        list(shard)


def test_a_file_that_another_machine_lacks_is_told(tmp_path, monkeypatch):
    path, shard = a_shard(tmp_path, monkeypatch)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="a.txt cannot be opened on .* the same files under the same paths"):
        list(shard)


def test_a_relative_path_means_the_same_file_in_another_folder(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "own.txt", [name])
    monkeypatch.chdir(tmp_path / "one")
    sources = [corpora.load(given) for given in ("own.txt", "*.txt", ".")]
    monkeypatch.chdir(tmp_path / "two")
    assert [list(corpus) for corpus in sources] == [[["one"]]] * 3
    assert [gathered(corpus, 2) for corpus in sources] == [[["one"]]] * 3


def link(path, target):
    try:
        path.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("links cannot be made here")


def test_a_link_that_leads_back_counts_no_file_twice(tmp_path):
    write(tmp_path / "a.txt", ["once"])
    link(tmp_path / "again", tmp_path)
    link(tmp_path / "b.txt", tmp_path / "a.txt")
    for asked in (str(tmp_path / "**" / "*.txt"), tmp_path):
        assert list(corpora.load(asked)) == [["once"]]
        assert corpora.load(asked).files == (tmp_path / "a.txt",), "by the first of its names"


def test_a_path_through_a_link_is_the_one_that_the_system_opens(tmp_path, monkeypatch):
    (tmp_path / "one").mkdir()
    (tmp_path / "two" / "deep").mkdir(parents=True)
    write(tmp_path / "two" / "own.txt", ["right"])
    link(tmp_path / "one" / "link", tmp_path / "two" / "deep")
    monkeypatch.chdir(tmp_path / "one")
    assert list(corpora.load("link/../own.txt")) == [["right"]]


def test_the_folder_of_a_pattern_below_a_folder_with_brackets_in_its_name(tmp_path, monkeypatch):
    folder = tmp_path / "[과제] 언어" / "texts"
    folder.mkdir(parents=True)
    write(folder / "a.txt", ["a"])
    monkeypatch.chdir(folder.parent)
    corpus = corpora.load("texts/*.txt")
    assert corpus.path == folder and corpus.name == "texts" and gathered(corpus, 2) == [["a"]]


PIECES = st.lists(
    st.sampled_from(["x" * 9, "é" * 3, "क्षि", "a'b", "1,000.5", "；", "。", " ", "\t"]), min_size=1, max_size=30
)


@settings(max_examples=60)
@given(PIECES, st.integers(0, 40), st.booleans())
def test_the_pieces_of_a_line_do_not_depend_on_what_stands_before_it(tmp_path_factory, pieces, before, ended):
    line, path = "".join(pieces), tmp_path_factory.getbasetemp() / "pieces.txt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textfiles, "BLOCK", 12)
        found = []
        for length in (0, before):
            path.write_text("y" * length + "\n" + line + "\n" * ended, encoding="utf-8")
            read = list(textfiles.lines(path, "utf-8"))
            first = next(n for n, (_, complete) in enumerate(read) if complete) + 1
            found.append(read[first:])
    assert found[0] == found[1] and "".join(text for text, _ in found[0]) == letters.tidy_text(line)
    assert all(len(text) < 12 or not complete for text, complete in found[0])
    apart = re.split(r"[；。\s]", line)
    if all(len(part) < 12 for part in apart):
        assert {word for text, _ in found[0] for word in corpora.words(text)} == set(corpora.words(line)), "none is cut"


@pytest.mark.parametrize("name", ["texts.txt", "texts.txt.gz"])
@pytest.mark.parametrize("encoding, end", [("utf-8", "\r\n"), ("cp949", "\n"), ("utf-8-sig", "\n"), ("utf-16", "\n")])
def test_every_encoding_line_end_and_gzip(tmp_path, name, encoding, end):
    corpus = corpora.load(write(tmp_path / name, LINES, encoding, end))
    found = [list(shard) for shard in corpus.shards(4)]
    assert sum(found, []) == list(corpus) and len(sum(found, [])) == 200
    if encoding == "utf-16":  # where the line ends are cannot be told from single bytes
        assert [len(part) for part in found] == [200, 0, 0, 0]
    else:
        assert all(30 < len(part) < 70 for part in found), "about equally long"


def test_a_cut_that_falls_on_a_line_start_stays_there(tmp_path):
    corpus = corpora.load(write(tmp_path / "a.txt", ["aaa", "bbb", "ccc", "ddd"]), tokenize=str.split)
    assert [list(shard) for shard in corpus.shards(4)] == [[["aaa"]], [["bbb"]], [["ccc"]], [["ddd"]]]
    assert [list(shard) for shard in corpus.shards(2)] == [[["aaa"], ["bbb"]], [["ccc"], ["ddd"]]]


def test_more_shards_than_lines_leaves_some_empty(tmp_path):
    corpus = corpora.load(write(tmp_path / "a.txt", ["one line of a few words"]))
    found = [list(shard) for shard in corpus.shards(5)]
    assert sum(found, []) == [["one", "line", "of", "a", "few", "words"]] and found.count([]) == 4
    with pytest.raises(ValueError, match="n must be a whole number of at least 1"):
        corpus.shards(0)


@pytest.mark.parametrize("name, unit", [("korean", None), ("korean", "word"), ("lee", None), ("wikipedia", None)])
def test_named_corpora_too(name, unit):
    corpus = corpora.load(name, unit=unit)
    parts = corpus.shards(3)
    found = [list(shard) for shard in parts]
    assert sum(found, []) == list(corpus) and all(found)
    assert repr(parts[0]).startswith(f"Corpus({name} 1/3")


def test_a_shard_travels_to_another_process(tmp_path):
    write(tmp_path / "a.txt", LINES), write(tmp_path / "b.txt.gz", LINES)
    for corpus in (corpora.load(tmp_path), corpora.load("korean")):
        shard = corpus.shards(3)[1]
        assert list(pickle.loads(pickle.dumps(shard))) == list(shard) != []


def test_errors_name_the_place_in_the_whole_file(tmp_path):
    data = "".join(f"{line}\n" for line in LINES).encode()
    bad = data.index(b"line 150")
    path = tmp_path / "a.txt"
    path.write_bytes(data[:bad] + b"\xff" + data[bad:])
    with pytest.raises(ValueError, match=f"byte {bad:,} is not utf-8"):
        gathered(corpora.load(path, encoding="utf-8"), 3)


def test_a_torn_gzip_file_is_told(tmp_path):
    path = write(tmp_path / "a.txt.gz", LINES)
    corpus = corpora.load(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="broken gzip"):
        corpus.shards(3)


def test_a_pattern_names_files(tmp_path, monkeypatch):
    for name in ("b.txt", "a.txt.gz", "c.text", ".hidden.txt", "in/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, [f"text of {name[0]}"])
    (tmp_path / "empty.txt").touch()
    last = lambda pattern: [tokens[-1] for tokens in corpora.load(pattern)]  # noqa: E731
    assert last(str(tmp_path / "*.txt*")) == ["a", "b"]
    assert last(tmp_path / "**" / "*.txt") == ["b", "i"]
    monkeypatch.chdir(tmp_path)
    assert last("[bc].*") == ["b", "c"]
    corpus = corpora.load("*.txt")
    assert corpus.path.resolve() == tmp_path.resolve() and corpus.source == "*.txt"
    with pytest.raises(FileNotFoundError, match="no file with text in it is called '\\*.csv'"):
        corpora.load("*.csv")


def test_a_folder_holds_packed_texts_too(tmp_path):
    write(tmp_path / "b.txt.gz", ["second"]), write(tmp_path / "a.txt", ["first"]), write(tmp_path / "c.gz", ["no"])
    assert list(corpora.load(tmp_path)) == [["first"], ["second"]]


def test_the_searched_places_ascend_and_unpack_only_once(tmp_path, monkeypatch):
    path, places = write(tmp_path / "a.txt.gz", ["x" * 5000, "y", "z"]), []
    seek = gzip.GzipFile.seek
    monkeypatch.setattr(gzip.GzipFile, "seek", lambda self, *where: places.append(where[0]) or seek(self, *where))
    assert shards.line_starts(path, [0, 100, 200, 5002, 5005], 5005) == [0, 5001, 5001, 5003, 5005]
    assert list(filter(None, places)) == [99, 5001], "going back would mean to unpack from the beginning again"
