"""The lecture decks as PDF files, a slide a page: python tools/handout.py [NUMBER …]

Builds build/slides and prints its decks, with all steps shown, into build/handout, by the Chromium that is installed
(or the one that COURSE_CHROMIUM names).  A number such as 02 chooses a lesson.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse

from playwright.sync_api import sync_playwright

import decks
import missing_letters
import notebooks
import slides
from chromium import executable

BUILD = notebooks.ROOT / "build" / "handout"


def print_deck(browser, deck, target):
    """Print an open-able deck into a PDF file: pages of 1280 × 720 pixels, no notes."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    try:
        page.goto(f"{deck.as_uri()}?print-pdf")
        page.wait_for_function("window.deckReady && document.querySelector('.pdf-page')", timeout=120_000)
        page.wait_for_timeout(300)  # playgrounds draw themselves
        missing_letters.name(page)
        target.parent.mkdir(parents=True, exist_ok=True)
        page.pdf(path=target, prefer_css_page_size=True, print_background=True)
    finally:
        page.close()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="lessons, such as 02; all by default")
    wanted = parser.parse_args(arguments).numbers
    names = [path.name for path in notebooks.lessons() if decks.path_of("ko", path.name)]
    names = [name for name in names if not wanted or name[:2] in wanted]
    if not names:
        parser.error("there is no lecture deck of this number")
    if executable() is None:
        raise SystemExit("no Chromium here: install one, or name it in COURSE_CHROMIUM")
    slides.build(names)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable(), args=["--no-sandbox", "--disable-gpu"])
        for language in ("ko", "en"):
            for name in names:
                target = BUILD / language / name.replace(".ipynb", ".pdf")
                print_deck(browser, slides.BUILD / language / name.replace(".ipynb", ".html"), target)
                print(target.relative_to(notebooks.ROOT))
        browser.close()


if __name__ == "__main__":
    main()
