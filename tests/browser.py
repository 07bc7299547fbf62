"""A real browser for the tests of the site and the slides: a local server and the machine's own Chromium.

Whatever a page asks for from anywhere else than that server is refused and written down.
"""

import contextlib

import pytest

from chromium import OPTIONS, executable, serving  # noqa: F401  (tests take both from here)

# In a PDF a line of no width is a hairline: a formula whose letters have one is bold
HAIRLINES = """() => [...document.querySelectorAll('mjx-container [stroke-width="0"]')].filter((letters) =>
  getComputedStyle(letters).stroke !== "none").length"""


@contextlib.contextmanager
def chromium():
    """A running headless Chromium; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (make setup-dev)")
    if executable() is None:
        pytest.skip("no Chromium here: install one, or name it in COURSE_CHROMIUM")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable(), args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """One page of the browser that notes errors and requests to other machines."""

    def __init__(self, browser, width=1280, height=800):
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.context.route("**/*", self.decide)
        self.page = self.context.new_page()
        self.errors, self.outside = [], []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("requestfailed", self.failed)

    def decide(self, route):
        url = route.request.url
        if url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()

    def failed(self, request):
        if "ERR_ABORTED" not in (request.failure or ""):  # the next page was opened before an icon had come
            self.errors.append(f"not loaded: {request.url}")

    def open(self, url):
        """Open a page and wait until it has loaded, its fonts are there and its formulas are drawn."""
        self.errors.clear()
        self.outside.clear()
        self.page.goto(url)
        self.page.evaluate(
            "async () => { if (window.MathJax?.startup) await MathJax.startup.promise; await document.fonts.ready }"
        )
        return self.page

    def close(self):
        self.context.close()
