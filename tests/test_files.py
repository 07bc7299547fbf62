"""Files that are written: what must not be replaced is not, links stay, and a disk that is full says what helps."""

import errno
import os
import signal
import tempfile
from pathlib import Path

import numpy as np
import pytest

from helpers import (
    captions,
    cluster,
    counting,
    fasttext,
    fasttext_files,
    files,
    glove,
    pretraining,
    scenes,
    scores,
    vectors,
    word2vec,
)
from helpers.vision.store import Store
from helpers.vocabulary import Vocabulary

WORDS = [f"w{i}" for i in range(300)]
KV = vectors.keyed_vectors(WORDS, np.ones((300, 20), np.float32))
MORE = {"epochs": 1, "vector_size": 60, "min_count": 1}


def write(path, text="new"):
    with files.whole(path) as draft:
        draft.write_text(text)


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "far" / "real")
    (tmp_path / "dangling").symlink_to(tmp_path / "far" / "none yet")
    for name, real in (("link", "real"), ("dangling", "none yet")):
        write(tmp_path / name)
        files.attempt(tmp_path / name)
        assert (tmp_path / name).is_symlink() and (tmp_path / "far" / real).read_text() == "new"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["dangling", "far", "link", "none yet", "real"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
@pytest.mark.parametrize("act", [write, files.attempt])
def test_what_must_not_be_replaced(tmp_path, act):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "precious").chmod(0o444)
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    before = sorted(tmp_path.iterdir())
    for name, error in (("pipe", "no ordinary file"), ("circle", "cannot be a path|no ordinary file"),
                        ("precious", "write-protected: name another"), ("link", "write-protected")):  # fmt: skip
        with pytest.raises((OSError, ValueError), match=error):
            act(tmp_path / name)
    assert (tmp_path / "precious").read_text() == "mine" and (tmp_path / "pipe").is_fifo()
    assert sorted(tmp_path.iterdir()) == before


def captioner():
    draw = np.random.default_rng(1)
    texts = {name: ["a dog runs", "a cat"] for name in "abc"}
    return captions.train({name: draw.normal(size=50) for name in texts}, texts, epochs=1, validation=["c"])


def store(path):
    found = Store(path, {})
    for i in range(40):
        found.put(bytes([i]) * 32, np.ones(1000))
    found.save()


def saves():
    """{what: save(path)}, each of more than ten thousand bytes."""
    sentences = [WORDS[i : i + 9] for i in range(0, 300, 9)]
    ngrams = fasttext.train(sentences, workers=1, **MORE)
    model = pretraining.train(sentences, layers=1, heads=2, length=4, **MORE)
    return {
        **{name: lambda path, name=name: vectors.save(KV, path, name) for name in vectors.FORMATS},
        **{name: lambda path, name=name: vectors.export(KV, path, name) for name in vectors.EXPORTS},
        "vocabulary": Vocabulary(WORDS + [f"{word}{'x' * 50}" for word in WORDS], range(600, 0, -1)).save,
        "fasttext": lambda path: fasttext_files.save_bin(ngrams, path),
        "captioner": captioner().save, "model": model.save, "store": store,
        "scenes": lambda path: scenes.save(scenes.make(3, seed=1), path, size=800),
    }  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit to the size of files")
def test_a_full_disk_says_what_helps_and_leaves_nothing(tmp_path):
    import resource

    writers = saves()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, before[1]))
    try:
        told = {}
        for name, save in writers.items():
            try:
                save(tmp_path / name)
            except Exception as error:
                told[name] = error
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told.keys() == writers.keys()
    for name, error in told.items():
        assert isinstance(error, OSError) and "cannot be written" in str(error), (name, error)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.stat().st_size < 9_000 and ".part" not in path.name for path in left), left


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("format", vectors.EXPORTS)
def test_a_folder_is_written_over_whole_or_not_at_all(tmp_path, limited, format):
    """Words of one export beside the table of another would be taken for one."""
    vectors.export(vectors.keyed_vectors(WORDS[::-1], np.ones((300, 2), np.float32)), tmp_path, format)
    before = content(tmp_path)
    limited(9_000)
    with pytest.raises(OSError, match="cannot be written .*make room") as caught:
        vectors.export(KV, tmp_path, format)
    assert str(caught.value).count("make room") == 1, "one remedy, not one for each file"
    assert content(tmp_path) == before


MOVES = Path.replace


def stopped_at(number, kind, moment):
    """A `Path.replace` that is stopped at one of its calls, before the move or after it; it counts them in `calls`."""

    def stop():
        if kind == "refused":
            raise OSError(errno.EACCES, "Permission denied")
        signal.raise_signal(signal.SIGINT)
        if kind == "Ctrl-C twice":
            signal.raise_signal(signal.SIGINT)

    def replace(source, target):
        replace.calls += 1
        now = replace.calls == number
        if now and moment == "before":
            stop()
        found = MOVES(source, target)
        if now and moment == "after":
            stop()
        return found

    replace.calls = 0
    return replace


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("kind, moment", [("Ctrl-C", "before"), ("Ctrl-C", "after"), ("Ctrl-C twice", "before"),
                                          ("Ctrl-C twice", "after"), ("refused", "before")])  # fmt: skip
def test_an_exchange_of_folders_that_is_stopped_at_a_move(tmp_path, monkeypatch, number, kind, moment):
    for name in ("site", "site.new", "site.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page").write_text(name)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(Path, "replace", moves := stopped_at(number, kind, moment))
    try:
        with pytest.raises(OSError if kind == "refused" else KeyboardInterrupt):
            files.exchange(tmp_path / "site.new", tmp_path / "site")
    finally:
        signal.signal(signal.SIGINT, handler)
    done = kind == "Ctrl-C" or (number, moment) == (2, "after")
    assert (tmp_path / "site" / "page").read_text() == ("site.new" if done else "site")
    left = {"site", "site.old"} if done else {"site", "site.new", "site.old"}
    assert {path.name for path in tmp_path.iterdir()} == left, "a neighbor is nobody's to remove"
    assert moves.calls >= number


def test_a_folder_that_is_missing_takes_no_place(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "page").write_text("old")
    with pytest.raises(OSError):
        files.exchange(tmp_path / "nowhere", tmp_path / "site")
    assert (tmp_path / "site" / "page").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_a_link_to_a_folder_stays_one(tmp_path):
    for name in ("new", "published"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page").write_text(name)
    (tmp_path / "site").symlink_to(tmp_path / "published")
    files.exchange(tmp_path / "new", tmp_path / "site")
    assert (tmp_path / "site").is_symlink() and (tmp_path / "published" / "page").read_text() == "new"
    assert {path.name for path in tmp_path.iterdir()} == {"site", "published"}


def test_a_folder_takes_no_files_place(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "site").write_text("a file")
    with pytest.raises(NotADirectoryError, match="move it away"):
        files.exchange(tmp_path / "new", tmp_path / "site")
    assert (tmp_path / "site").read_text() == "a file" and len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(files.NotWritten, match="the folder .* cannot be written .* another folder"):
        files.made(tmp_path / "file" / "below")
    assert files.made(tmp_path / "new" / "below").is_dir()


def test_a_full_disk_for_temporary_files(tmp_path, limited):
    (tmp_path / "pairs").write_text("".join(f"w{i}\tw{i + 1}\t{i}\n" for i in range(200)))
    limited(100)
    with pytest.raises(files.NotWritten, match="no temporary file can be made .* set TMPDIR"):
        scores.similarity(KV, tmp_path / "pairs")


def test_without_a_folder_for_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    sentences = [WORDS[i : i + 9] for i in range(0, 300, 9)]
    words = Vocabulary.build(sentences, min_count=1)
    (tmp_path / "pairs").write_text("".join(f"w{i}\tw{i + 1}\t{i}\n" for i in range(9)))
    counting.cooccurrence(sentences, words, path=tmp_path / "counts")
    for call in (
        lambda: word2vec.train(sentences, **MORE),
        lambda: fasttext.train(sentences, **MORE),
        lambda: glove.fit(tmp_path / "counts", epochs=1, vector_size=3),
        lambda: counting.cooccurrence(sentences, words, chunk=100, memory=0),
        lambda: scores.similarity(KV, tmp_path / "pairs"),
        lambda: cluster.connect(workers=1).__enter__(),
    ):
        with pytest.raises(OSError, match="no temporary file can be made .* set TMPDIR"):
            call()


@pytest.mark.parametrize("name", ["가" * 86, "x" * 256], ids=len)
def test_a_name_that_is_too_long_is_told_before_the_work(name, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "is_dir", os.path.isdir)  # as of Python 3.14, where it says no instead of raising
    with pytest.raises(OSError) as told:
        files.attempt(tmp_path / name)
    assert told.value.errno == errno.ENAMETOOLONG


@pytest.mark.parametrize("name", ["가" * 80, "가" * 85, "x" * 255], ids=len)
def test_any_name_that_a_disk_takes_can_be_written_under(name, tmp_path):
    """255 bytes, three for a syllable: what is written beside it on the way has a shorter name."""
    path = tmp_path / name
    files.attempt(path)
    write(path)
    draft = files.draft_of(path)
    draft.touch()
    assert files.leftovers(path) == [draft] and not files.leftovers(tmp_path / name[:-1])
    draft.unlink()
    with files.CacheFile(path) as file:
        file.write(b"newer")
    assert path.read_text() == "newer" and os.listdir(tmp_path) == [name]
    path.unlink()

    vocabulary = Vocabulary(["a", "b"], [2, 2])
    counting.cooccurrence([["a", "b"]] * 2, vocabulary, path=path)
    counting.cooccurrence([["a", "b"]] * 2, vocabulary, path=path)
    assert os.listdir(tmp_path) == [name]
    kept = tmp_path / "cache" / name
    word2vec.train([["a", "b"]] * 5, min_count=1, vector_size=2, device="cpu", checkpoint=kept)
    assert os.listdir(kept.parent) == [name]

    cache = tmp_path / "features" / name
    store = Store(cache, {})
    store.put(b"key", np.ones(2))
    store.save()
    cache.write_bytes(cache.read_bytes()[:-3])
    Store(cache, {})
    assert not cache.exists() and len(os.listdir(cache.parent)) == 1, "set aside under a name that fits"


def test_a_name_of_too_many_bytes_is_refused_before_the_work(tmp_path):
    path = tmp_path / ("가" * 90)
    for written in (lambda: counting.cooccurrence([["a", "b"]], ["a", "b"], path=path), lambda: vectors.save(KV, path),
                    lambda: word2vec.train(None, checkpoint=path), lambda: Store(path, {})):  # fmt: skip
        with pytest.raises(ValueError, match="name too long.*name another one"):
            written()
    assert not os.listdir(tmp_path)
