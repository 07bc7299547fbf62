"""The page for teachers: quizzes of one source with true answers, known mistakes, and a workflow that publishes."""

import re
import tomllib

import pytest
import yaml

import course
import notebooks
import pages
import start
import teach
from helpers import progress

LESSONS = {
    language: {path.name: notebooks.read(path) for path in notebooks.lessons(folder)}
    for language, folder in (("ko", notebooks.KOREAN), ("en", notebooks.ENGLISH))
}


def test_every_lesson_has_ten_questions_with_answers_in_both_languages():
    numbers = {int(start.digit(name)) for name in LESSONS["ko"]}
    assert numbers == teach.quiz().keys()
    for number, asked in teach.quiz().items():
        assert len(asked) == 10, number
        assert len({question["en"] for question in asked}) == 10
        for question in asked:
            assert re.search("[가-힣]", question["ko"]) and len(question["en"]) > 12, question
            assert question["answer"]["ko"] and question["answer"]["en"]
            assert len({"is", "answer", "compute"} & set(yaml_of(number, question["en"]))) == 1


def yaml_of(number, english):
    source = yaml.safe_load((pages.SITE / "quiz.yml").read_text(encoding="utf-8"))
    return next(question for question in source[number] if question["en"] == english)


def test_answers_are_worked_out_by_the_course_s_own_code():
    for compute, text in (
        ("len(list(skipgram.pairs(list('abcde'), 2)))", "14"), ("math.log(2)", "0.693"), ("1.50", "1.5"),
        ("int(np.sum([1, 2]))", "3"),
    ):  # fmt: skip
        assert teach.answer({"en": "?", "compute": compute}) == {"ko": text, "en": text}
    assert teach.answer({"en": "?", "is": False}) == {"ko": "틀립니다", "en": "false"}
    with pytest.raises(ValueError, match="no answer: how many"):
        teach.answer({"en": "how many"})


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<end>까지 x[i]로", "&lt;end&gt;까지 x[i]로"),
        ("2**32, then 2**8 of d_ff and x_ff", "2**32, then 2**8 of d_ff and x_ff"),
        ("at most `a_b * <c>` *", "at most <code>a_b * &lt;c&gt;</code> *"),
        (r"\* $x$", r"\* $x$"),
    ],
)
def test_what_a_check_says_is_shown_letter_for_letter(said, shown):
    assert pages.MARKDOWN.render(teach.literal(said)) == f"<p>{shown}</p>\n"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_word_in_angle_brackets_is_taken_for_a_tag(language):
    lessons = LESSONS[language]
    shown = pages.MARKDOWN.render(teach.mistakes(language, lessons) + "\n\n" + teach.quizzes(language, lessons))
    tags = set("a code details em h3 li ol p strong summary ul".split())
    assert set(re.findall(r"<([a-z][\w-]*)", shown)) <= tags
    assert "<code>&lt;where&gt;</code>" in shown and "&lt;mask&gt;" in shown


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_parts_name_every_lesson_and_every_known_mistake(language):
    lessons, english = LESSONS[language], LESSONS["en"]
    table = teach.times(language, lessons, english)
    assert all(f"]({name})" in table for name in lessons)
    assert len({line.count("|") for line in table.splitlines()}) == 1, "every row has the same cells"
    known = teach.mistakes(language, lessons)
    for stem, asked in progress.exercises(notebooks.KOREAN).items():
        assert f"]({stem}.ipynb)" in known
        for exercise in asked:
            assert f"- `{exercise.split('.')[1]}`\n  - " in known, exercise
    assert teach.goals(lessons).count("**[") >= len(lessons) - 1
    asked = teach.quizzes(language, lessons)
    assert asked.count("<details>") == asked.count("</details>") == len(lessons.keys() & with_quiz())


def with_quiz():
    return {name for name in LESSONS["ko"] if int(start.digit(name)) in teach.quiz()}


@pytest.mark.parametrize("name", LESSONS["ko"])
def test_a_route_of_an_hour_takes_or_leaves_every_section_up_to_the_exercises(name):
    leave = teach.left_out()[int(start.digit(name))]
    for lessons in LESSONS.values():
        taken, left = teach.route(lessons[name], LESSONS["en"][name], leave)
        assert len(left) == len(set(leave)) and len(taken) > len(left)
        assert 10 <= sum(minutes for _, minutes in taken) <= teach.ROUTE_MINUTES
        headings = [heading for _, heading, _ in teach.sections(lessons[name])]
        assert sorted(heading for heading, _ in taken + left) == sorted(headings)
        assert not {"연습 문제", "Exercises"} & set(headings)


def test_a_lesson_that_lacks_a_section_of_its_route_still_has_one():
    lesson = LESSONS["en"]["09_image_captioning.ipynb"]
    taken, left = teach.route(lesson, lesson, ["gone", "own-drawing"])
    assert len(left) == 1 and len(taken) == len(teach.sections(lesson)) - 1


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_shows_a_route_for_every_lesson(language):
    shown = teach.routes(language, LESSONS[language], LESSONS["en"])
    assert shown.count("- **") == 2 * len(LESSONS[language])
    assert "{{ routes }}" in (pages.SITE / language / "teach.md").read_text(encoding="utf-8")


def test_minutes_to_read_grow_with_prose_code_and_figures():
    lesson = LESSONS["en"]["03_skipgram_samples.ipynb"]
    whole = start.reading(lesson)
    half = notebooks.read(notebooks.ENGLISH / "03_skipgram_samples.ipynb")
    half.cells = half.cells[: len(half.cells) // 2]
    assert 0 < start.reading(half) < whole < 180
    half.cells = half.cells[:1]
    assert start.reading(half) == max(1, round(len(half.cells[0].source.split()) / start.WORDS_A_MINUTE))


def test_the_workflow_tests_builds_and_publishes_with_the_makefile_s_own_commands():
    flow = yaml.safe_load((notebooks.ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8"))
    jobs, targets = flow["jobs"], set(re.findall(r"^([a-z-]+):", (notebooks.ROOT / "Makefile").read_text(), re.M))
    runs = {step["run"].removeprefix("make ") for job in jobs.values() for step in job["steps"] if "run" in step}
    assert runs == {"test", "site"} <= targets
    upload = next(step for step in jobs["build"]["steps"] if "upload-pages-artifact" in step.get("uses", ""))
    assert notebooks.ROOT / upload["with"]["path"] == course.BUILD / "site"
    assert jobs["publish"]["needs"] == ["test", "build"] and jobs["publish"]["permissions"]["pages"] == "write"
    project = tomllib.loads((notebooks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["course"]["repository"].startswith("https://github.com/")
