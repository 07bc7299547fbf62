"""Each exercise's check accepts the reference, rejects the stub and names every classic mistake."""

import functools
import importlib
import pkgutil

import numpy as np
import pytest
import scipy.sparse
import torch

from helpers import cluster, exercises, vectors
from helpers.exercises import Exercise, Mistake, Property, diagnose


def all_exercises():
    for module in pkgutil.iter_modules(exercises.__path__):
        for name, exercise in importlib.import_module(f"helpers.exercises.{module.name}").EXERCISES.items():
            yield module.name, name, exercise


def reference_of(module, name):
    """The helper's function, or the one that stands beside the exercise."""
    helper = importlib.import_module(f"helpers.{module}")
    return getattr(helper if hasattr(helper, name) else getattr(exercises, module), name)


ALL = [(reference_of(m, n), e) for m, n, e in all_exercises()]
IDS = [f"{m}.{n}" for m, n, _ in all_exercises()]


@pytest.mark.parametrize("reference, exercise", ALL, ids=IDS)
def test_the_reference_is_right(reference, exercise):
    assert exercises.find(reference) is exercise
    assert diagnose(reference, reference)[0] == "right"


@pytest.mark.parametrize("reference, exercise", ALL, ids=IDS)
def test_stubs_are_not_written_yet(reference, exercise, capsys):
    def unwritten(*arguments):
        raise NotImplementedError

    for stub in (lambda *a: None, lambda *a: ..., unwritten):
        assert diagnose(stub, reference)[0] == "unwritten"
        exercises.check(stub, reference)
        assert "not written yet" in capsys.readouterr().out


@pytest.mark.parametrize("reference, exercise", ALL, ids=IDS)
def test_an_answer_without_return_is_told_so(reference, exercise, capsys):
    def answer(*arguments):
        reference(*arguments)

    assert diagnose(answer, reference)[0] == diagnose(functools.partial(answer), reference)[0] == "wrong"
    exercises.check(answer, reference)
    printed = capsys.readouterr().out
    assert "ends without `return`" in printed and "not written yet" not in printed


def test_a_list_of_tensors_is_no_tensor():
    verdict, *_, en = diagnose(lambda table, ids: [table[i] for i in ids], vectors.look_up)
    assert verdict == "wrong" and "shape (number of ids, dimensions)" in en


def test_a_function_is_shown_by_its_name_and_what_it_does(capsys):
    exercises.check(lambda add, parts: parts[0], cluster.tree)
    printed = capsys.readouterr().out
    assert 'written, which writes "(ab)"' in printed and "0x" not in printed


def test_a_check_turned_round_says_the_order_in_both_languages(capsys):
    exercises.check(cluster.tree, lambda add, parts: parts[0])
    printed = capsys.readouterr().out
    assert "check(내 함수, 강의의 함수)" in printed and "pass check(your function, the course's)" in printed


def test_a_sparse_answer_is_shown_with_its_numbers():
    matrix = scipy.sparse.csr_array(np.array([[0.0, 2.5], [0.0, 0.0]]))
    assert exercises.shown(matrix) == "csr_array (2, 2): (0, 1) 2.5"
    assert exercises.shown(scipy.sparse.csr_matrix((10**6, 10**6))) == "csr_matrix (1000000, 1000000): all 0"
    full = exercises.shown(scipy.sparse.csr_array(np.arange(1.0, 2501).reshape(50, 50)))
    assert full.startswith("csr_array (50, 50): (0, 0) 1, (0, 1) 2,") and len(full) <= 200


@pytest.mark.parametrize("reference, exercise", ALL, ids=IDS)
def test_every_classic_mistake_is_named(reference, exercise, capsys):
    assert len(exercise.mistakes) >= 2, "an exercise knows at least two ways to go wrong"
    for mistake in exercise.mistakes:
        verdict, _, _, _, ko, en = diagnose(mistake.wrong, reference)
        assert (verdict, ko, en) == ("wrong", mistake.ko, mistake.en)
        exercises.check(mistake.wrong, reference)
        printed = capsys.readouterr().out
        assert mistake.ko in printed and mistake.en in printed


@pytest.mark.parametrize("reference, exercise", ALL, ids=IDS)
def test_reasons_are_in_both_languages(reference, exercise):
    for reason in (*exercise.mistakes, *exercise.properties):
        assert any("가" <= letter <= "힣" for letter in reason.ko)
        assert reason.en.isascii() or not any("가" <= letter <= "힣" for letter in reason.en.split("'")[0])


@pytest.mark.parametrize("reference, exercise", ALL, ids=IDS)
def test_right_values_have_the_properties(reference, exercise):
    for case in exercise.cases():
        value = exercises.call(reference, case)
        for rule in exercise.properties:
            assert exercises.fulfils(rule, value, case), rule.en


@pytest.mark.parametrize("reference, exercise", ALL, ids=IDS)
def test_an_exception_is_reported_not_raised(reference, exercise, capsys):
    exercises.check(lambda *a: 1 / 0, reference)
    assert "ZeroDivisionError" in capsys.readouterr().out
    exercises.check(42, reference)
    assert "function itself" in capsys.readouterr().out


def halves(numbers):
    """A reference for the tests below."""
    return [number / 2 for number in numbers]


@pytest.fixture
def own_exercise(monkeypatch):
    exercise = Exercise(
        cases=lambda: [([],), ([2, 4],), ([3],)],
        mistakes=(Mistake(lambda n: [x // 2 for x in n], "정수 나눗셈", "integer division"),),
        properties=(Property(lambda v, n: len(v) == len(n), "길이", "length"),),
    )
    monkeypatch.setattr(exercises, "find", lambda reference: exercise)
    return exercise


def test_the_smallest_failing_case_is_shown(own_exercise, capsys):
    exercises.check(lambda n: [x // 2 for x in n], halves)
    printed = capsys.readouterr().out
    assert "integer division" in printed and "[3]" in printed and "[1.5]" in printed and "[2, 4]" not in printed


def test_a_property_explains_what_no_known_mistake_does(own_exercise):
    assert diagnose(lambda n: [0.0] * (len(n) + 1), halves)[-1] == "length"
    assert diagnose(lambda n: [7.0] * len(n), halves)[-1] == exercises.UNKNOWN[1]


def test_a_function_that_changes_its_input_harms_nobody(own_exercise):
    def greedy(numbers):
        result = [n / 2 for n in numbers]
        numbers.clear()
        return result

    assert diagnose(greedy, halves)[0] == "right"


def test_generators_are_read_and_rounding_is_forgiven(own_exercise):
    assert diagnose(lambda n: (x / 2 for x in n), halves)[0] == "right"
    assert diagnose(lambda n: [x / 2 + 1e-9 for x in n], halves)[0] == "right"


def test_values_are_compared_by_kind_and_shape():
    assert exercises.same(np.ones((2, 3)), np.ones((2, 3)))
    assert not exercises.same(np.ones((3, 2)), np.ones((2, 3)))
    assert not exercises.same(np.ones(()), np.ones((2, 3)))
    assert not exercises.same({1, 2}, [1, 2])
    assert not exercises.same("26", 26)
    assert exercises.same({"a": 0.1 + 0.2}, {"a": 0.3})


def test_a_function_without_exercise_says_so(capsys):
    exercises.check(len, np.mean)
    assert "no exercise" in capsys.readouterr().out


def test_answers_that_no_helper_needs_stand_beside_their_exercises():
    answers = exercises.word2vec
    table = torch.tensor([[1.0, 0.0], [3.0, 2.0], [0.0, 0.0]])
    assert answers.context_mean(table, torch.tensor([[0, 1, 2, 2], [2, 2, 2, 2]]), 2).tolist() == [[2, 1], [0, 0]]
    v, u = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[2.0, 0.0], [0.0, 4.0]])
    v.requires_grad_()
    labels = torch.tensor([1.0, 0.0])
    torch.nn.functional.binary_cross_entropy_with_logits(u @ v.mean(0), labels, reduction="sum").backward()
    assert torch.allclose(answers.cbow_gradients(v.detach(), u, labels), v.grad)
    assert answers.reported([[0.1, 0.5]], [[0.9, 0.25]]) == 0.25
    assert not hasattr(exercises, "nothing")


def test_a_check_names_the_helper_wherever_its_answer_stands(capsys):
    exercises.check(lambda *a: None, exercises.word2vec.reported)
    assert capsys.readouterr().out.startswith("… word2vec.reported\n")


WRONG = """
def my_answer(numbers):
    total = 0
    return [half(x)
            for x in numbers]


def half(x):
    return np.linalg.inv(x)
"""


def test_an_exception_names_the_line_of_the_answer_that_raised_it(own_exercise, capsys, tmp_path):
    path = tmp_path / "answer.py"
    path.write_text(WRONG)
    space = {"np": np}
    exec(compile(WRONG, str(path), "exec"), space)
    exercises.check(space["my_answer"], halves)
    printed = capsys.readouterr().out
    assert "LinAlgError" in printed
    assert "  9번째 줄 · line 9: return np.linalg.inv(x)\n" in printed, "the deepest line that is the learner's own"


def test_an_exception_without_a_line_of_its_own_is_reported_all_the_same(own_exercise, capsys):
    exercises.check(np.linalg.inv, halves)
    printed = capsys.readouterr().out
    assert "LinAlgError" in printed and "line" not in printed
