"""How a lesson opens: how long it takes, what it needs, what it is for, in one form in both languages."""

import re

import pytest

import notebooks
import start
import teach

SPOKEN = {  # minutes, as an opening says them; the longer words first
    "ko": {"한 시간쯤": 60, "한 시간 반쯤": 90, "두 시간쯤": 120},
    "en": {"about an hour and a half": 90, "about two hours": 120, "about an hour": 60},
}
OPENING = {
    "ko": r"\n\n\*\*걸리는 시간\*\* (?P<time>.+?)\. \*\*준비\*\* \S.*\n\n\*\*이 수업을 마치면\*\*\n\n- ",
    "en": r"\n\n\*\*Time\*\* (?P<time>.+?)\. \*\*You need\*\* \S.*\n\n"
    r"\*\*After this lesson you will be able to\*\*\n\n- ",
}
OWN_TEXT = "12_your_own_text"  # a workshop: most of its time goes into trying things
LEEWAY = 30  # minutes between what is said and what is reckoned for the teachers' page


def spoken(language, lesson):
    """The minutes that the opening of a lesson says, None where it has not the form of all the others."""
    found = re.search(OPENING[language], lesson.cells[0].source)
    return found and next((n for words, n in SPOKEN[language].items() if words in found["time"]), None)


@pytest.mark.parametrize("path", notebooks.lessons(), ids=lambda path: path.stem)
def test_the_opening_says_how_long_it_takes_what_is_needed_and_what_for(path):
    english = notebooks.read(notebooks.ENGLISH / path.name)
    minutes = spoken("ko", notebooks.read(path))
    assert minutes and minutes == spoken("en", english)
    if path.stem != OWN_TEXT:
        reckoned = start.reading(english) + start.exercises(english) * teach.EXERCISE_MINUTES
        assert abs(minutes - reckoned) <= LEEWAY, f"{reckoned} minutes, as reckoned for the teachers' page"
