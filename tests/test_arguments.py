"""Checks of arguments: what numbers may look like, and errors that name the parameter, the value and the bounds."""

import errno
import os
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers import arguments, checkpoints, downloads, fasttext

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("value", [3, np.int64(3), np.int8(3), np.uint16(3)], ids=repr)
def test_whole_numbers_of_python_and_numpy_become_an_int(value):
    found = arguments.whole("epochs", value, 1, 3)
    assert found == 3 and type(found) is int


@pytest.mark.parametrize(
    "value", [2.0, 2.5, NAN, True, np.True_, "3", b"3", None, [3], np.array(3), np.float64(3), 0, 6, 10**400], ids=ascii
)
def test_what_is_no_whole_number_within_the_bounds_is_refused(value):
    with pytest.raises(ValueError) as caught:
        arguments.whole("epochs", value, 1, 5, ": less is more")
    assert str(caught.value) == (
        f"epochs must be a whole number of at least 1 and at most 5, not {value!r}: less is more"
    )


def test_bounds_may_be_left_out():
    assert arguments.whole("n", -(10**30)) == -(10**30) and arguments.number("x", -1e300) == -1e300
    for bounds, words in (({}, ""), ({"least": 0}, " of at least 0"), ({"most": 9}, " of at most 9")):
        with pytest.raises(ValueError) as caught:
            arguments.whole("n", "many", **bounds)
        assert str(caught.value) == f"n must be a whole number{words}, not 'many'"
    for bounds, words in (
        ({}, ""),
        ({"least": 0.5}, " of at least 0.5"),
        ({"above": 0}, " above 0"),
        ({"below": 1}, " below 1"),
        ({"least": 0, "below": 1}, " of at least 0 and below 1"),
        ({"above": 0, "below": 1}, " above 0 and below 1"),
        ({"most": 4}, " at most 4"),
        ({"above": 0, "most": 4}, " above 0 and at most 4"),
    ):
        with pytest.raises(ValueError) as caught:
            arguments.number("x", "much", **bounds)
        assert str(caught.value) == f"x must be a number{words}, not 'much'"


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.float64(0.5), np.float16(0.5), Fraction(1, 2)], ids=repr)
def test_numbers_of_python_and_numpy_become_a_float(value):
    found = arguments.number("alpha", value, least=0.5, below=1)
    assert found == 0.5 and type(found) is float


@pytest.mark.parametrize(
    "value", [NAN, INF, -INF, np.float32(NAN), True, np.False_, "0.5", None, [0.5], np.array(0.5), 1j, Decimal("0.5"),
              torch.tensor(0.5), 10**400, 0, 1, -0.5], ids=lambda value: ascii(value)[:20],
)  # fmt: skip
def test_what_is_no_finite_number_within_the_bounds_is_refused(value):
    with pytest.raises(ValueError) as caught:
        arguments.number("alpha", value, above=0, below=1, hint=": try 0.025")
    assert str(caught.value) == f"alpha must be a number above 0 and below 1, not {value!r}: try 0.025"


@pytest.mark.parametrize("value, least, above, below, most", [
    (1, 1, None, None, None), (1.5, None, 1, 2, None), (0, 0, None, 1, None), (4, None, 0, None, 4),
])  # fmt: skip
def test_bounds_of_numbers_are_sharp(value, least, above, below, most):
    assert arguments.number("x", value, least, above, below, most) == value
    step = 1e-9
    for bound, beyond in ((least, -step), (above, 0), (below, 0), (most, step)):
        if bound is not None:
            with pytest.raises(ValueError, match="x must be"):
                arguments.number("x", bound + beyond, least, above, below, most)


def test_flags_are_true_false_one_and_zero():
    for value, expected in ((True, True), (np.True_, True), (1, True), (np.int64(1), True), (0, False), (False, False),
                            (np.False_, False)):  # fmt: skip
        assert arguments.flag("cbow_mean", value) is expected
    for value in (2, -1, 1.0, NAN, "yes", "", None, [], np.array([1, 0])):
        with pytest.raises(ValueError, match="cbow_mean must be True or False .or 1 or 0., not ") as caught:
            arguments.flag("cbow_mean", value)
        assert repr(value) in str(caught.value)


def test_a_choice_is_one_of_those_allowed():
    assert arguments.choice("units", "jamo", ("syllable", "jamo")) == "jamo"
    assert arguments.choice("sg", np.int64(0), (1, 0)) == 0 and arguments.choice("mode", None, ("a", None)) is None
    for value in ("Jamo", 3, None, NAN, ["jamo"], np.array([1, 2]), {"jamo"}):
        with pytest.raises(ValueError, match="units must be 'syllable' or 'jamo', not ") as caught:
            arguments.choice("units", value, ("syllable", "jamo"), ": a jamo is a letter")
        assert f"{value!r}: a jamo is a letter" in str(caught.value)


def test_workers_are_as_many_as_asked_for_or_one_for_each_core(monkeypatch):
    assert arguments.workers(np.int32(7)) == 7
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 2, 5}, raising=False)
    assert arguments.workers(None) == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert arguments.workers(None) == 4
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert arguments.workers(None) == 1
    for value in (0, -2, 1.5, True, "2"):
        with pytest.raises(ValueError, match="workers must be .* at most 1024, not .*one for each core"):
            arguments.workers(value)


def test_functions_and_lists_of_words():
    assert arguments.function("f", None) is None and arguments.function("f", len) is len
    assert arguments.tokens("w", ["a"]) == ["a"] and arguments.tokens("w", ("a",)) == ("a",)
    with pytest.raises(TypeError, match="after_epoch must be a function or None, not 5"):
        arguments.function("after_epoch", 5)
    for wrong in ("ab", b"ab", {"a": 1}, {"a"}, None, 5):
        with pytest.raises(TypeError, match="w must be a list of words"):
            arguments.tokens("w", wrong)


def test_functions_that_are_needed_objects_of_a_class_and_mappings():
    assert arguments.function("f", len, needed=True) is len
    with pytest.raises(TypeError, match="tokenize must be a function, not None"):
        arguments.function("tokenize", None, needed=True)
    assert arguments.instance("n", 5, int, "a count") == 5 and arguments.mapping("m", {"a": 1}, "{a: 1}") == {"a": 1}
    with pytest.raises(TypeError, match="model must be a model, as train returns it, not '5'"):
        arguments.instance("model", "5", int, "a model, as train returns it")
    for wrong in ([("a", 1)], "a", None, {"a"}, 5):
        with pytest.raises(TypeError, match="features must be a dict, {name: array}, not "):
            arguments.mapping("features", wrong, "{name: array}")


def test_lists_of_anything_and_of_texts():
    lazy = iter("ab")
    assert arguments.in_order("w", lazy, "words") is lazy and arguments.listed("w", lazy, "words") == ["a", "b"]
    for wrong in ("ab", b"ab", {"a": 1}, {"a"}, None, 5, np.array(3), torch.tensor(3)):
        with pytest.raises(TypeError, match="said must be a list of captions, not .*: a single one is"):
            arguments.in_order("said", wrong, "captions")
    assert arguments.texts("texts", (("a", "b"), [])) == [["a", "b"], []]
    for wrong, message in (("ab", "texts must be a list of lists"), (["ab"], "each of texts must be a list of words"),
                           ([[1]], "each of texts must be a list of str, not one with 1")):  # fmt: skip
        with pytest.raises(TypeError, match=message):
            arguments.texts("texts", wrong)


@pytest.mark.parametrize("value", ["a\nb", "a " * 200, "한 문장 " * 80])
def test_a_text_is_not_taken_for_a_path(value):
    with pytest.raises(TypeError, match="not the text itself, .*text.splitlines"):
        arguments.path("sentences", value)


def test_a_warning_names_the_line_outside_the_helpers():
    """However deep in them it was found out."""
    with pytest.warns(UserWarning, match="shallow") as told:
        arguments.warn("shallow")
    with pytest.warns(UserWarning, match="sample=") as deep:
        fasttext.train([["a", "b"]] * 9, 4, min_count=1, workers=1, device="cpu")
    for found in (told, deep):
        assert [one.filename for one in found] == [__file__]


def test_a_path(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert arguments.path("p", "~/a") == tmp_path / "a" and arguments.path("p", tmp_path) == tmp_path
    for wrong in (None, 5, b"a", ["a"]):
        with pytest.raises(TypeError, match="p must be a path"):
            arguments.path("p", wrong)
    for wrong in ("", "a\0"):
        with pytest.raises(ValueError, match="p must be the path of a file"):
            arguments.path("p", wrong)


@pytest.mark.parametrize(
    "value", ["가" * 100, Path("가" * 100), Path("a" * 300), "a/" * 2500 + "a", "\ud800"],
    ids=["300 bytes", "300 bytes, a Path", "300 letters, a Path", "5000 letters", "surrogate"],
)  # fmt: skip
def test_what_this_disk_cannot_hold_is_told_at_once_whatever_python_thinks_of_it(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda *_, **__: False)  # as in Python 3.14, which hides every error
    with pytest.raises(ValueError, match="p cannot be a path here .*: name another one") as told:
        arguments.path("p", value)
    assert len(str(told.value)) < 200


@pytest.mark.parametrize("number, refused", [
    (errno.ENAMETOOLONG, True), (errno.EINVAL, True), (errno.EACCES, True), (errno.EIO, True), (errno.ENOENT, False),
    (errno.ENOTDIR, False), (errno.ELOOP, False),
])  # fmt: skip
def test_what_other_systems_say_of_a_path(number, refused, monkeypatch):
    def stat(*_, **__):
        raise OSError(number, "so it is said")

    monkeypatch.setattr(os, "stat", stat)
    if refused:
        with pytest.raises(ValueError, match=r"p cannot be a path here \(so it is said\), 'a': name another one"):
            arguments.path("p", "a")
    else:
        assert arguments.path("p", "a") == Path("a")


@pytest.mark.parametrize(
    "value", ["NUL", "nul.txt", "a/con", "COM1.bin", "lpt9", "aux .x", "v.", "v ", "a./b", "a?", "a:b", "a*b", "a\x07"]
)
def test_names_that_mean_something_else_on_windows(value, monkeypatch):
    assert arguments.path("p", value) == Path(value)
    monkeypatch.setattr(arguments, "WINDOWS", True)
    with pytest.raises(ValueError, match="p cannot be a path here .*Windows.*: name another one"):
        arguments.path("p", value)


@pytest.mark.parametrize("value", ["../a", "./a", "..", "/a/b", "console.txt", "null", "com", ".hidden", "a.b c", "가"])
def test_names_that_windows_takes(value, monkeypatch):
    monkeypatch.setattr(arguments, "WINDOWS", True)
    assert arguments.path("p", value) == Path(value)


def test_a_path_with_slashes_is_no_long_name_on_windows(monkeypatch):
    assert arguments.separators("/", None) == "[/]"
    both = arguments.separators("\\", "/")
    assert re.split(both, "a/b\\c") == ["a", "b", "c"]


def test_a_path_of_bytes():
    class Entry:
        def __fspath__(self):
            return b"a"

    with pytest.raises(TypeError, match="p must be a path, not <"):
        arguments.path("p", Entry())


def test_workers_have_a_bound():
    assert arguments.workers(1000) == 1000 and arguments.optional(arguments.whole, "n", None, 1) is None
    with pytest.raises(ValueError, match="at most 1024"):
        arguments.workers(10**20)
    with pytest.raises(ValueError, match="n must be"):
        arguments.optional(arguments.whole, "n", 0, 1)


def test_paths_in_environment_variables(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for value, wanted in (("~/a", tmp_path / "a"), ("b", Path.cwd() / "b"), (" ", None), ("", None)):
        monkeypatch.setenv("COURSE_CACHE", value)
        assert arguments.from_environment("COURSE_CACHE") == wanted
        assert downloads.cache_folder() == (wanted or downloads.REGISTRY.parent / "cache")


@pytest.mark.parametrize("name, folder", [
    ("COURSE_CACHE", downloads.cache_folder), ("COURSE_CHECKPOINTS", checkpoints.folder),
    ("COURSE_DATASETS", lambda: downloads.find("text8")),
])  # fmt: skip
def test_a_path_in_an_environment_variable_that_cannot_be_one(monkeypatch, name, folder):
    monkeypatch.setenv(name, "~nobody-of-this-name/course")
    with pytest.raises(ValueError, match=f"the environment variable {name} cannot be a path here .*: name another one"):
        folder()
