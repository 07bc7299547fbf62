"""Tests and the notebooks that nbval runs leave the learner's own file of progress alone."""

import os

from hypothesis import settings

os.environ["COURSE_PROGRESS"] = "off"
# The same inputs in every run, however slow the machine; the slow tier tries many more
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")
