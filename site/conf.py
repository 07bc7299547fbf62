"""Sphinx settings of the course's site, for one language at a time (`-t ko` or `-t en`); see tools/course.py."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]

import address  # noqa: E402
import pages  # noqa: E402

language = "ko" if tags.has("ko") else "en"  # noqa: F821  (Sphinx puts `tags` here)
project = pages.TITLE[language]
author = copyright = ""
html_title = project
extensions = ["myst_nb", "sphinx.ext.mathjax", "course_extension"]
templates_path = [str(HERE / "templates")]
exclude_patterns = []

# Notebooks are shown as they are stored: running them is the business of tools/course.py.
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "attrs_inline"]
myst_heading_anchors = 3
myst_fence_as_directive = []

# Mathematics: MathJax lies beside the pages (tools/assets.py puts it there).
mathjax_path = "../../shared/mathjax/tex-svg.js"
FORMULA_WORDS = '"Course Hangul", serif'  # MathJax draws none of its own for \text{말뭉치}
mathjax3_config = {"options": {"enableMenu": False}, "svg": {"fontCache": "global", "unknownFamily": FORMULA_WORDS}}
mathjax_config_path = "mathjax.js"

html_context = {"default_mode": "auto"}
html_theme = "sphinx_book_theme"
html_favicon = str(HERE / "shared" / "favicon.svg")
html_css_files = ["../../shared/fonts/hangul.css", "../../shared/course.css"]
html_js_files = ["../../shared/progress.js", "../../shared/play/base.js", "../../shared/course.js"]
html_copy_source = True  # the download button hands out the notebook itself
html_show_sphinx = html_show_copyright = False
html_use_index = False
html_theme_options = {
    "repository_url": address.address(),
    "repository_branch": "main",
    "path_to_docs": f"notebooks/{language}",
    "use_repository_button": True,
    "use_download_button": True,
    "use_fullscreen_button": False,
    "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    "article_header_end": ["slides-link.html", "language-switch.html", "article-header-buttons.html"],
    "navbar_persistent": [],
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "toc_title": {"ko": "이 페이지", "en": "On this page"}[language],
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc.html"], "index": []},
    "logo": {"text": project},
    "footer_content_items": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "search_bar_text": {"ko": "검색", "en": "Search"}[language],
}
