"""The Chromium that is installed: it prints the handouts and drives the tests of pages."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def executable():
    """Path of a Chromium: what COURSE_CHROMIUM names, else the first that is installed; or None."""
    return os.environ.get("COURSE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
