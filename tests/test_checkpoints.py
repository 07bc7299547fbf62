"""Checkpoints: whole or not there, refused when damaged or foreign, and nothing in one is ever executed."""

import errno
import gc
import hashlib
import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from safetensors.torch import save_file

from helpers import checkpoints, corpora, fasttext, files, glove, word2vec
from helpers.checkpoints import Checkpoint, digest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {"trainer": "test", "epochs": 3, "alpha": 0.1, "data": "0123"}
STATE = {"table": torch.arange(12.0).view(3, 4), "done": 5, "cost": torch.tensor(0.25, dtype=torch.float64)}
SENTENCES = list(corpora.load("korean"))[::12]
SMALL = {"vector_size": 16, "epochs": 3, "workers": 1, "seed": 3, "device": "cpu"}


@pytest.fixture
def path(tmp_path):
    """A checkpoint that has been saved."""
    saved = Checkpoint(tmp_path / "deep" / "run.safetensors")
    assert saved.restore(SETTINGS) is None
    saved.save(STATE)
    return saved.path


def restored(path, **changes):
    return Checkpoint(path).restore(SETTINGS | changes)


def test_what_was_saved_comes_back(path):
    state = restored(path)
    assert set(state) == set(STATE) and int(state["done"]) == 5
    assert torch.equal(state["table"], STATE["table"]) and state["cost"].dtype == torch.float64
    assert [one.name for one in path.parent.iterdir()] == ["run.safetensors"]


def test_what_comes_back_does_not_depend_on_the_file(path):
    """Windows cannot replace a file that is mapped to memory, and a mapped one that changes would change the tensor."""
    state = restored(path)
    path.write_bytes(b"\0" * path.stat().st_size)
    assert torch.equal(state["table"], STATE["table"])


@pytest.mark.parametrize("value", [None, "a/run", Path("run"), Checkpoint("run", every=5)])
def test_what_checkpoint_takes(value):
    found = Checkpoint.of(value)
    assert found is value or isinstance(found, Checkpoint) and found.path == Path(value) and found.every == 60


@pytest.mark.parametrize("value", [True, 3, "", b"run"])
def test_what_checkpoint_does_not_take(value):
    with pytest.raises(ValueError, match="path of a file"):
        Checkpoint.of(value)
    with pytest.raises(ValueError, match="seconds between two savings"):
        Checkpoint("run", every=-1)
    with pytest.raises(ValueError, match="seconds between two savings"):
        Checkpoint("run", every="often")


def test_another_training_s_checkpoint_is_refused_with_the_difference(path):
    with pytest.raises(ValueError, match=r"another training: epochs was 3, is 4\. Move .*run\.safetensors away"):
        restored(path, epochs=4)
    with pytest.raises(ValueError, match="data was '0123', is '4567'"):
        restored(path, data="4567")
    with pytest.raises(ValueError, match="extra was None, is 1"):
        restored(path, extra=1)
    assert restored(path)["done"] == 5, "a refusal leaves it as it is"


def test_every_changed_byte_is_found(path):
    """One flipped bit anywhere: in the lengths, the header, its settings, its hash, the numbers."""
    whole = path.read_bytes()
    positions = {*range(0, len(whole), 7), 0, 7, 8, len(whole) - 1}
    for position in positions:
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        try:
            state = restored(path)
        except ValueError as error:
            assert str(path) in str(error)
        else:  # a space of the header that became another one, say, changes nothing
            assert all(torch.equal(state[name], torch.as_tensor(STATE[name])) for name in STATE)
    path.write_bytes(whole)
    assert restored(path)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ValueError, match="cannot be read.*to start anew"):
        restored(path)


def test_foreign_files_are_refused(path):
    save_file({"table": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match="not a checkpoint of this course"):
        restored(path)
    path.write_text("word count\n")
    with pytest.raises(ValueError, match="cannot be read"):
        restored(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match="is a folder: name a file in it"):
        restored(path)


def test_a_header_that_claims_more_than_the_file_has_is_refused(path):
    header = json.dumps({"table": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 16)
    with pytest.raises(ValueError, match="cannot be read"):
        restored(path)


class Trap:
    def __reduce__(self):
        return os.system, ("echo executed > executed",)


@pytest.mark.parametrize("write", [pickle.dump, torch.save], ids=["pickle", "torch"])
def test_a_checkpoint_executes_nothing(path, monkeypatch, write):
    monkeypatch.chdir(path.parent)
    with open(path, "wb") as file:
        write({"table": Trap()}, file)
    with pytest.raises(ValueError, match="cannot be read"):
        restored(path)
    assert not Path("executed").exists()


def test_saving_again_replaces_the_last_one_only_when_complete(path, monkeypatch):
    saved = Checkpoint(path)
    saved.restore(SETTINGS)
    real = checkpoints.save_file

    def half(tensors, draft, header):
        real(tensors, draft, header)
        Path(draft).write_bytes(Path(draft).read_bytes()[:50])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints, "save_file", half)
    with pytest.raises(OSError, match="No space left on device.*make room there, or name a file in another folder"):
        saved.save({"done": 9})
    assert restored(path)["done"] == 5 and [one.name for one in path.parent.iterdir()] == ["run.safetensors"]
    monkeypatch.undo()
    saved.save({"done": 9})
    assert restored(path)["done"] == 9


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot be written.*another folder"):
        Checkpoint(tmp_path / "file" / "run").restore(SETTINGS)


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_trained(path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def never(*_):
        raise AssertionError("training has begun")

    monkeypatch.setattr(Path, "touch", refuse)
    monkeypatch.setattr(word2vec.Objective, "work", never)
    with pytest.raises(OSError, match="cannot be written.*Permission denied.*another folder"):
        restored(path)
    for place in (path.with_name("new"), path / "below a file"):
        with pytest.raises(OSError, match="cannot be written.*another folder"):
            word2vec.train(SENTENCES, checkpoint=place, **SMALL)


def test_trying_whether_a_folder_can_be_written_leaves_nothing(path):
    restored(path)
    assert Checkpoint(path.parent / "deeper" / "run").restore(SETTINGS) is None
    assert sorted(one.name for one in path.parent.rglob("*")) == ["deeper", "run.safetensors"]


def test_the_draft_of_a_killed_training_goes_away(path):
    draft = files.draft_of(path)
    draft.write_bytes(b"half")
    other = files.draft_of(path.with_name("other.safetensors"))
    other.write_bytes(b"somebody else's")
    restored(path)
    assert not draft.exists() and other.exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is Unix's")
def test_a_process_killed_while_it_writes_leaves_the_last_saving(path):
    code = (
        "import os, signal, sys; from helpers import checkpoints; from safetensors.torch import save_file\n"
        "def half(*arguments):\n"
        "    save_file(*arguments); print('written', flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
        "checkpoints.save_file = half\n"
        f"saved = checkpoints.Checkpoint(sys.argv[1]); saved.restore({SETTINGS!r}); saved.save({{'done': 9}})"
    )
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL and done.stdout == "written\n", done.stderr
    assert len(files.leftovers(path)) == 1
    assert restored(path)["done"] == 5 and not files.leftovers(path)


def test_saving_before_restoring_is_a_mistake(tmp_path):
    with pytest.raises(RuntimeError, match="restore"):
        Checkpoint(tmp_path / "run").save(STATE)


def test_due_after_the_given_seconds(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])
    saved = Checkpoint(tmp_path / "run", every=60)
    saved.restore(SETTINGS)
    assert not saved.due()
    now[0] += 60
    assert saved.due()
    saved.save(STATE)
    assert not saved.due()
    assert Checkpoint(tmp_path / "run", every=0).due()


def test_numpy_numbers_are_numbers(path):
    assert restored(path, epochs=np.int64(3), alpha=np.float64(0.1))
    assert restored(path, epochs=3.0), "3 and 3.0 are one number, however they are written"
    with pytest.raises(ValueError, match=r"epochs was 3, is 3\.5"):
        restored(path, epochs=3.5)


def test_the_digest_tells_data_apart():
    array = np.arange(6)
    different = [
        digest(array), digest(array.astype(np.int32)), digest(array.reshape(2, 3)), digest(array[::-1]), digest(),
        digest("ab"), digest("a", "b"), digest(["a", "b"]), digest(["ab"]), digest([1, 2]), digest([[1], 2]),
        digest(None), digest({"a": 1}), digest(np.zeros((0, 3))), digest(np.zeros((0, 2))), digest([array]),
        digest([np.arange(5000)]), digest([np.r_[:2500, 0, 2501:5000]]),
    ]  # fmt: skip
    assert len(set(different)) == len(different)
    assert digest(torch.from_numpy(array)) == digest(array) == digest(np.asfortranarray(array))
    assert digest(array.reshape(2, 3).T) == digest(np.ascontiguousarray(array.reshape(2, 3).T))
    for value in ({"a", "b"}, object(), np.array([None])):
        with pytest.raises(TypeError, match="a digest takes"):
            digest(value)


# The folder for checkpoints


def test_checkpoints_lie_in_the_cache_unless_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.delenv("COURSE_CHECKPOINTS", raising=False)
    drive = tmp_path / "MyDrive"
    drive.mkdir()
    monkeypatch.setattr(checkpoints, "DRIVE", drive)
    assert checkpoints.folder() == tmp_path / "checkpoints", "a drive that is there is not taken without being asked"
    monkeypatch.setenv("COURSE_CHECKPOINTS", "drive")
    assert checkpoints.folder() == drive / "language-intelligence" / "checkpoints"
    drive.rmdir()
    with pytest.raises(FileNotFoundError, match=r"drive\.mount\('/content/drive'\)"):
        checkpoints.folder()
    monkeypatch.setenv("COURSE_CHECKPOINTS", str(tmp_path / "mine"))
    assert checkpoints.folder() == tmp_path / "mine"


# word2vec with a checkpoint


class Killed(BaseException):
    """Stands in for the kill that tests/test_survival.py really does."""


class Stopping(Checkpoint):
    """Saves at every opportunity, and is killed after the third saving."""

    savings = 0

    def save(self, tensors):
        super().save(tensors)
        self.savings += 1
        if self.savings == 3:
            raise Killed


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(word2vec, "CHUNK", 4000)


def test_a_stopped_training_ends_in_the_same_vectors(tmp_path, small_chunks):
    seen, again = [], []
    plain = word2vec.train(SENTENCES, after_epoch=lambda epoch, _: seen.append(epoch), **SMALL)
    with pytest.raises(Killed):
        word2vec.train(SENTENCES, checkpoint=Stopping(tmp_path / "run", every=0), **SMALL)
    resumed = word2vec.train(
        SENTENCES, checkpoint=tmp_path / "run", after_epoch=lambda epoch, _: again.append(epoch), **SMALL
    )
    assert np.array_equal(resumed.vectors, plain.vectors) and resumed.index_to_key == plain.index_to_key
    assert seen == [0, 1, 2] and again == [0, 1, 2], "the third saving lay in the first epoch"
    again.clear()
    complete = word2vec.train(
        SENTENCES, checkpoint=tmp_path / "run", after_epoch=lambda epoch, _: again.append(epoch), **SMALL
    )
    assert np.array_equal(complete.vectors, plain.vectors) and again == [], "nothing is trained again"


def test_saving_changes_nothing_and_happens_at_least_at_the_end(tmp_path, small_chunks):
    plain = word2vec.train(SENTENCES, **SMALL)
    often = word2vec.train(SENTENCES, checkpoint=Checkpoint(tmp_path / "often", every=0), **SMALL)
    seldom = word2vec.train(SENTENCES, checkpoint=tmp_path / "seldom", **SMALL)
    assert np.array_equal(plain.vectors, often.vectors) and np.array_equal(plain.vectors, seldom.vectors)
    assert (tmp_path / "seldom").exists()


def test_several_threads_go_on_too(tmp_path, small_chunks):
    many = SMALL | {"workers": 3}
    with pytest.raises(Killed):
        word2vec.train(SENTENCES, checkpoint=Stopping(tmp_path / "run", every=0), **many)
    saved = Checkpoint(tmp_path / "run", every=0)
    done = []
    saved.save = lambda tensors: done.append(tensors["done"])
    kv = word2vec.train(SENTENCES, checkpoint=saved, **many)
    plain = word2vec.train(SENTENCES, **SMALL)
    assert done == sorted(done) and done[0] > 3 and len(done) == len(set(done)), "it went on, and every chunk once"
    cosine = (kv.vectors * plain.vectors).sum(1) / np.linalg.norm(kv.vectors, axis=1)
    assert np.isfinite(kv.vectors).all() and (cosine / np.linalg.norm(plain.vectors, axis=1)).mean() > 0.9


def test_a_whole_number_and_its_fraction_are_one_training(tmp_path):
    sentences, run = [list("abcdefgh")] * 20, tmp_path / "run"
    kv = word2vec.train(sentences, vector_size=8, alpha=1, min_alpha=0, checkpoint=run)
    again = word2vec.train(sentences, vector_size=8, alpha=1.0, min_alpha=0.0, checkpoint=run)
    assert np.array_equal(kv.vectors, again.vectors)


@pytest.mark.parametrize(
    "change", [{"seed": 4}, {"epochs": 4}, {"window": 3}, {"alpha": 0.02}, {"sg": 0}, {"negative": 3}, {"min_count": 9}]
)
def test_other_parameters_are_refused(tmp_path_factory, change):
    path = tmp_path_factory.getbasetemp() / "word2vec.safetensors"
    if not path.exists():
        word2vec.train(SENTENCES, checkpoint=path, **SMALL | {"epochs": 1})
    named = "vocabulary was" if "min_count" in change else next(iter(change))
    with pytest.raises(ValueError, match=f"belongs to another training: .*{named}"):
        word2vec.train(SENTENCES, checkpoint=path, **SMALL | {"epochs": 1} | change)


def test_of_another_method_s_checkpoint_the_method_alone_is_named(tmp_path):
    word2vec.train(SENTENCES, checkpoint=tmp_path / "run", **SMALL | {"epochs": 1})
    with pytest.raises(ValueError, match="another training: trainer was 'word2vec', is 'fasttext'. Move"):
        fasttext.train(SENTENCES, checkpoint=tmp_path / "run", **SMALL | {"epochs": 1})


def test_other_sentences_are_refused(tmp_path):
    word2vec.train(SENTENCES, checkpoint=tmp_path / "run", **SMALL | {"epochs": 1})
    with pytest.raises(ValueError, match="data was"):
        word2vec.train(SENTENCES[::-1], checkpoint=tmp_path / "run", **SMALL | {"epochs": 1})


def test_the_number_of_threads_may_change(tmp_path):
    one = SMALL | {"epochs": 1}
    kv = word2vec.train(SENTENCES, checkpoint=tmp_path / "run", **one)
    assert np.array_equal(
        word2vec.train(SENTENCES, checkpoint=tmp_path / "run", **one | {"workers": 2}).vectors, kv.vectors
    )


def test_two_trainings_do_not_write_to_one_checkpoint(path):
    code = (
        "import sys; from helpers.checkpoints import Checkpoint; saved = Checkpoint(sys.argv[1])\n"
        "saved.restore({'seed': 1}); print('writing', flush=True); sys.stdin.readline()"
    )
    first = subprocess.Popen([sys.executable, "-c", code, path.with_name("both")], cwd=ROOT, text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert first.stdout.readline() == "writing\n"
    draft = files.draft_of(path.with_name("both"))
    draft.write_bytes(b"what the first is writing")
    with pytest.raises(OSError, match="another training is writing .* name another file"):
        Checkpoint(path.with_name("both")).restore({"seed": 1})
    assert draft.exists(), "the draft of another is not deleted"
    first.communicate("\n", timeout=60)
    again = Checkpoint(path.with_name("both"))
    assert again.restore({"seed": 1}) is None and not draft.exists()
    assert Checkpoint(path.with_name("both")).restore({"seed": 1}) is None, "this process may begin anew"
    again.release()


@pytest.mark.parametrize("wrong, error", [
    ("missing/file/run", None), ("afile/run", OSError), ("folder", OSError), (5, ValueError), ("", ValueError),
    ("a\nb", TypeError), ("a\0b", ValueError),
])  # fmt: skip
def test_the_path_is_tried_before_the_work(tmp_path, wrong, error):
    (tmp_path / "afile").write_text("mine")
    (tmp_path / "folder").mkdir()
    given = str(tmp_path / wrong) if isinstance(wrong, str) and wrong else wrong

    def sentences():
        raise AssertionError("the text is read before the path is tried")
        yield

    for train in (word2vec.train, fasttext.train, glove.train):
        with pytest.raises(error or AssertionError, match=None if error else "the text is read"):
            train(sentences(), checkpoint=given)
    assert (tmp_path / "afile").read_text() == "mine" and not list((tmp_path / "folder").iterdir())


def test_a_training_that_has_ended_lets_others_write(tmp_path):
    def stop(*_):
        assert len(checkpoints.HELD) == 1
        raise RuntimeError("stopped")

    small = {"min_count": 1, "epochs": 1, "vector_size": 3, "workers": 1}
    for number, train in enumerate((word2vec.train, fasttext.train, glove.train)):
        saved = Checkpoint(tmp_path / f"{number}")
        train([["a", "b", "c"]] * 9, checkpoint=saved, **small)
        assert not checkpoints.HELD and saved.turn is None
        with pytest.raises(RuntimeError, match="stopped"):
            train([["a", "b", "c"]] * 9, checkpoint=Checkpoint(tmp_path / f"{number}b"), after_epoch=stop, **small)
        assert not checkpoints.HELD


def test_a_training_that_was_broken_off_does_not_release_the_one_that_has_taken_over(tmp_path):
    broken, again = Checkpoint(tmp_path / "run"), Checkpoint(tmp_path / "run")
    broken.restore({})
    again.restore({})
    broken.release()
    del broken
    gc.collect()
    assert len(checkpoints.HELD) == 1
    code = "import sys; from helpers.checkpoints import Checkpoint; Checkpoint(sys.argv[1]).restore({})"
    other = subprocess.run([sys.executable, "-c", code, tmp_path / "run"], cwd=ROOT, capture_output=True, text=True)
    assert "another training is writing" in other.stderr
    again.release()
    assert not checkpoints.HELD


def test_threads_and_links_do_not_write_to_one_checkpoint(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    held, end, told = threading.Event(), threading.Event(), []

    def train(name, wait):
        saved = Checkpoint(tmp_path / name / "run")
        try:
            saved.restore({"seed": 1})
            held.set()
            wait and end.wait(60)
        except OSError as error:
            told.append(str(error))

    def run(name, wait=False):
        thread = threading.Thread(target=train, args=(name, wait))
        thread.start()
        return thread

    first = run("folder", wait=True)
    assert held.wait(60)
    run("folder").join()
    run("link").join()
    assert len(told) == 2 and all("another training is writing" in text for text in told)
    code = "import sys; from helpers.checkpoints import Checkpoint; Checkpoint(sys.argv[1]).restore({'seed': 1})"
    other = subprocess.run([sys.executable, "-c", code, tmp_path / "link" / "run"], cwd=ROOT, capture_output=True)
    assert b"another training is writing" in other.stderr
    end.set()
    first.join()
    run("link").join()
    assert len(told) == 2, "the thread that held it has ended"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_neither_takes_nor_frees_its_parents_checkpoint(tmp_path):
    saved = Checkpoint(tmp_path / "run")
    saved.restore({"seed": 1})
    child = os.fork()
    if not child:
        saved.release()
        try:
            Checkpoint(tmp_path / "run").hold()
        except OSError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    saved.release()


@pytest.mark.parametrize("runs, forked, here, other", [
    (True, 0, True, True), (False, 0, True, False), (True, 1, False, False),
])  # fmt: skip
def test_whose_a_checkpoint_is(runs, forked, here, other):
    """Another thread's while that runs; one of a process that has forked this one is nothing to this one."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    if not runs:
        over.set()
        thread.join()
    holder = checkpoints.Holder(None, thread, os.getpid() + forked, None)
    mine = holder._replace(thread=threading.current_thread())
    assert (holder.is_here, holder.is_other) == (here, other) and mine.is_here == here and not mine.is_other
    over.set()
    thread.join()


def test_no_lock_stays_but_the_one_gate(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    for name in "ab":
        saved = Checkpoint(tmp_path / name)
        saved.restore({})
        assert len(list((tmp_path / "temporary").glob("language-intelligence-*.lock"))) == 1, "it is held"
        saved.release()
    assert {path.name for path in (tmp_path / "temporary").iterdir()} <= {"language-intelligence.lock"}


def test_a_lock_is_left_where_another_process_may_be_opening_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    saved = Checkpoint(tmp_path / "run")
    saved.restore({})
    with checkpoints.gate() as alone:
        assert alone
        entered = []
        thread = threading.Thread(target=lambda: (saved.release(), entered.append(True)))
        thread.start()
        thread.join()
    (left,) = tmp_path.glob("language-intelligence-*.lock")
    assert entered and not FileLock(left).is_locked
    saved.restore({})  # it can be locked again
    saved.release()
    assert not left.exists()


def test_of_many_processes_one_holds_a_lock_that_comes_and_goes(tmp_path):
    code = """if True:
        import os, sys, tempfile
        tempfile.tempdir = sys.argv[1]
        from helpers.checkpoints import Checkpoint
        for _ in range(150):
            saved = Checkpoint(os.path.join(sys.argv[1], "run"))
            try:
                saved.hold()
            except OSError:
                continue
            os.close(os.open(os.path.join(sys.argv[1], "mark"), os.O_CREAT | os.O_EXCL))  # fails if another holds it
            os.unlink(os.path.join(sys.argv[1], "mark"))
            saved.release()
    """
    started = [subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT) for _ in range(3)]
    assert [process.wait(timeout=120) for process in started] == [0, 0, 0]
    assert {path.name for path in tmp_path.iterdir()} <= {"language-intelligence.lock"}


@pytest.mark.parametrize("left", ["gate", "lock", "no folder"])
def test_a_lock_that_cannot_be_had_since_it_is_of_another_person_stops_no_training(left, tmp_path, monkeypatch):
    """A folder in the place of a file stands in for a file of another person, which root could write all the same."""
    temporary, path = tmp_path / "temporary", tmp_path / "run.safetensors"
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    name = hashlib.sha256(os.path.realpath(path).encode()).hexdigest()[:16]
    if left != "no folder":
        middle = f"-{name}" if left == "lock" else ""
        (temporary / f"language-intelligence{middle}.lock").mkdir(parents=True)
    for number in (1, 2):
        saved = Checkpoint(path, every=0)
        found = saved.restore({"a": 1})
        assert (found is None) == (number == 1) and bool(saved.turn) == (left != "lock")
        saved.save({"number": number})
        saved.release()
    assert not files.leftovers(path)
