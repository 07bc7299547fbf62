"""Exercises that say why: `check(my_function, reference)` compares yours with the helper's and explains.

The helper that the lesson is about is the reference solution, or, where no helper needs it, a function beside the
exercise (`exercises.word2vec.cbow_gradients`).  A check calls your function and the
reference on the same cases.  Where they differ it shows the smallest case, your value and the expected
one, and names the likely reason: it knows the classic wrong solutions as runnable code, and says which
of them your function behaves like.  It prints, in Korean and English, and never raises.
"""

import copy
import dis
import importlib
import itertools
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from helpers import progress

MOST = 1_000_000  # values that a generator may yield before it counts as one without an end


def __getattr__(name):
    """The exercises on a helper, as `exercises.word2vec`, are imported when they are first named."""
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


@dataclass(frozen=True)
class Mistake:
    """One classic wrong solution: a function with the exercise's signature, and what to say about it."""

    wrong: Callable
    ko: str
    en: str


@dataclass(frozen=True)
class Property:
    """Something that every right answer has; `holds(value, *case)` says whether this one does."""

    holds: Callable[..., bool]
    ko: str
    en: str


@dataclass(frozen=True)
class Exercise:
    """Cases (argument tuples, easiest first), how values are compared, and what is known to go wrong."""

    cases: Callable[[], Iterable[tuple]]
    mistakes: tuple[Mistake, ...] = ()
    properties: tuple[Property, ...] = ()
    same: Callable[[Any, Any], bool] = field(default=None)

    def equal(self, mine, expected):
        """Whether two values agree; a comparison that fails to run counts as a difference."""
        try:
            return bool((self.same or same)(mine, expected))
        except Exception:
            return False


def same(mine, expected):
    """Equal in kind and value: numbers up to rounding, arrays and sparse matrices by shape and entry."""
    if hasattr(expected, "toarray"):
        return hasattr(mine, "toarray") and same(mine.toarray(), expected.toarray())
    if hasattr(expected, "detach"):
        expected = expected.detach().cpu().numpy()
        if isinstance(mine, (list, tuple)):
            return False  # of tensors, say: not what was asked for
        mine = mine.detach().cpu().numpy() if hasattr(mine, "detach") else mine
    if isinstance(expected, dict):
        return isinstance(mine, dict) and set(mine) == set(expected) and all(same(mine[k], expected[k]) for k in mine)
    if isinstance(expected, (list, tuple)):
        return (
            isinstance(mine, (list, tuple))
            and len(mine) == len(expected)
            and all(same(m, e) for m, e in zip(mine, expected))
        )
    if isinstance(expected, (float, np.floating, np.ndarray)):
        mine, expected = np.asarray(mine), np.asarray(expected)
        if mine.shape != expected.shape:
            return False
        if not np.issubdtype(expected.dtype, np.number):
            return bool(np.array_equal(mine, expected))
        return bool(np.allclose(mine, expected, rtol=1e-4, atol=1e-6, equal_nan=True))
    return type(mine) is type(expected) and mine == expected or np.isscalar(expected) and bool(mine == expected)


def room(reference):
    """The helper that a function belongs to: "skipgram", "captions" for helpers.captions.bleu, "word2vec" for here."""
    return reference.__module__.removeprefix("helpers.").removeprefix("exercises.").split(".")[0]


def find(reference):
    """The exercise that belongs to a helper function; KeyError with a plain sentence if there is none."""
    module = room(reference)
    try:
        return importlib.import_module(f"{__name__}.{module}").EXERCISES[reference.__name__]
    except (ModuleNotFoundError, KeyError):
        raise KeyError(f"there is no exercise on {module}.{reference.__name__}") from None


def call(function, case):
    """The function's value on a copy of the case, so that one that changes its input harms nobody."""
    value = function(*copy.deepcopy(case))
    if not hasattr(type(value), "__next__"):
        return value
    found = list(itertools.islice(value, MOST + 1))
    if len(found) > MOST:
        raise ValueError(f"a generator that yields more than {MOST:,} values: it does not end")
    return found


def diagnose(mine, reference, exercise=None):
    """Compare without printing: (verdict, case, mine, expected, ko, en).

    verdict is 'right', 'unwritten', 'raised' or 'wrong'; ko and en name the likely reason.
    """
    exercise = exercise or find(reference)
    if not callable(mine):
        return (
            "wrong", None, mine, None,
            "함수를 부른 값이 아니라 함수 이름을 넘겨 주세요.",
            "pass the function itself, not a value that it returned.",
        )  # fmt: skip
    answers = []
    for case in exercise.cases():
        expected = call(reference, case)
        try:
            value = call(mine, case)
        except NotImplementedError:
            return "unwritten", case, None, expected, *UNWRITTEN
        except (Exception, SystemExit) as error:
            text = f"{type(error).__name__}: {shown_error(error)}{place(error, mine)}"
            return "raised", case, text, expected, "코드가 예외를 냈습니다.", "your code raised an exception."
        if value is Ellipsis or value is None and does_nothing(mine):
            return "unwritten", case, value, expected, *UNWRITTEN
        answers.append((case, value, expected))
    failures = [(case, value, expected) for case, value, expected in answers if not exercise.equal(value, expected)]
    if not failures:
        return "right", None, None, None, "맞았습니다.", "correct."
    case, value, expected = failures[0]
    for mistake in exercise.mistakes:
        if all(exercise.equal(v, attempt(mistake.wrong, c)) for c, v, _ in answers):
            return "wrong", case, value, expected, mistake.ko, mistake.en
    for c, v, e in failures:
        if v is None:
            return "wrong", c, v, e, *FORGOTTEN
    for rule in exercise.properties:
        for c, v, e in failures:
            if not fulfils(rule, v, c):
                return "wrong", c, v, e, rule.ko, rule.en
    return "wrong", case, value, expected, *UNKNOWN


UNWRITTEN = ("아직 작성하지 않았습니다.", "not written yet.")
FORGOTTEN = (
    "None을 돌려주었습니다. return 없이 끝나는 경우가 있는지 살펴보세요.",
    "it returned None: is there a way through your function that ends without `return`?",
)
UNKNOWN = (
    "값이 다릅니다. 위의 예나 더 작은 입력을 넣고 단계마다 출력해, 손으로 푼 값과 비교해 보세요.",
    "the values differ. Print every step for the case above, or a smaller one, and compare with your own on paper.",
)

ODD = (
    "비교할 수 없는 값입니다. 무엇을 돌려주는지 확인해 보세요.",
    "this value cannot be compared. Look at what your function returns.",
)


def does_nothing(function):
    """Whether a function is a stub, such as `def answer(x): ...`: its bytecode only hands back a constant."""
    code = getattr(function, "__code__", None)
    does = {step.opname for step in dis.get_instructions(code)} if code else {"CALL"}
    return does <= {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


def attempt(wrong, case):
    """A wrong solution's value; one that cannot handle a case equals nothing."""
    try:
        return call(wrong, case)
    except (Exception, SystemExit):
        return object()


def fulfils(rule, value, case):
    """Whether a value has a property; a property that cannot even be computed does not hold."""
    try:
        return bool(rule.holds(value, *copy.deepcopy(case)))
    except Exception:
        return False


def shown(value, width=200):
    """A value in at most `width` characters; of a sparse matrix, which hides them, what is not 0."""
    try:
        if hasattr(value, "tocoo"):
            value = sparse_entries(value)
        if isinstance(value, FunctionType):
            value = Bare(f"{value.__name__}, which {value.__doc__}" if value.__doc__ else value.__name__)
        text = "\n".join(line.rstrip() for line in repr(value).splitlines())
    except Exception as error:
        text = f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    text = text.encode("utf-8", "backslashreplace").decode()  # a lone surrogate cannot be printed
    return text if len(text) <= width else text[: width - 2] + " …"


class Bare(str):
    """A text that is shown without quotes."""

    __repr__ = str.__str__


def sparse_entries(matrix, most=50):
    """The kind and shape of a sparse matrix, and (row, column) number of the first entries that it stores."""
    found = matrix.tocoo()
    entries = zip(found.row[:most].tolist(), found.col[:most].tolist(), found.data[:most].tolist())
    listed = ", ".join(f"({row}, {column}) {number:.6g}" for row, column, number in entries)
    return Bare(f"{type(matrix).__name__} {matrix.shape}: {listed or 'all 0'}")


def shown_error(error):
    """What an exception says; one whose text cannot be had says nothing."""
    try:
        return str(error).encode("utf-8", "backslashreplace").decode()
    except Exception:
        return ""


def place(error, mine):
    """Where in the answer an exception arose, as a line of its own: its number and its text; '' if that is unknown.

    The deepest line in the file of the answer, which in a notebook is its cell: what happens inside a library is
    the library's, the line that called it is the learner's.
    """
    file = getattr(getattr(mine, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if not frames:
        return ""
    last = frames[-1]
    return f"\n  {last.lineno}번째 줄 · line {last.lineno}: {(last.line or '').strip()}"


def check(mine, reference):
    """Compare your function with the helper that the lesson is about, print what was found and keep the outcome.

    The outcome, not the answer, goes to the learner's own file (see `helpers.progress`).
    """
    try:
        exercise = find(reference)
    except Exception as error:  # no function of the course
        text = error.args[0] if isinstance(error, KeyError) else f"there is no exercise on {shown(reference, 60)}"
        print("✗ check(내 함수, 강의의 함수)의 순서로 넘겨 주세요. 둘째는 이 수업에 연습 문제가 있는 함수입니다.")
        print(f"  {text}: pass check(your function, the course's)")
        return
    name = f"{room(reference)}.{reference.__name__}"
    try:
        verdict, case, value, expected, ko, en = diagnose(mine, reference, exercise)
    except Exception as error:  # an answer that behaves like nothing that was foreseen
        verdict, case, value, expected, (ko, en) = "wrong", None, None, None, ODD
        en = f"{en} ({type(error).__name__})"
    mark = {"right": "✓", "unwritten": "…"}.get(verdict, "✗")
    progress.record(name, verdict)
    progress.publish()
    print(mark, name)
    if verdict in ("wrong", "raised") and case is not None:
        print("  입력 · input:   ", ", ".join(shown(argument, 120) for argument in case))
        print("  내 답 · yours:  ", shown(value) if verdict == "wrong" else value)
        print("  기대 · expected:", shown(expected))
    print(f"  {ko}\n  {en}")
    if verdict != "unwritten" and (line := progress.standing(name)):
        print(line)
