"""What the theme puts around an article: its words in the language of the page (site/words.yml), and its landmarks."""

import functools
import re
from pathlib import Path

import yaml

SIDEBAR = {"ko": "사이트 차례", "en": "Contents of the site"}
ARTICLE = re.compile(r"<article\b.*?</article>", re.S)


@functools.cache
def words():
    """{English: Korean}, without surrounding spaces."""
    found = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))
    return {english.strip(): korean.strip() for english, korean in found.items()}


@functools.cache
def pattern():
    """A word as the whole of an attribute's value or of a text between two tags."""
    longest = "|".join(map(re.escape, sorted(words(), key=len, reverse=True)))
    return re.compile(rf'(="|>\s*)({longest})(?="|\s*<)')


def translated(page):
    """A Korean page with the theme's words in Korean; its article and its scripts stay as they are."""
    done, end = [], 0
    for inside in [*re.finditer(ARTICLE.pattern + r"|<script\b.*?</script>", page, re.S), None]:
        around = page[end : inside.start() if inside else None]
        done.append(pattern().sub(lambda match: match[1] + words()[match[2]], around))
        if inside:
            done.append(inside[0])
            end = inside.end()
    return "".join(done)


def readable(page, language):
    """A page on which a screen reader finds its way: the bar at the side is a landmark, empty headers are cells."""
    bar = '<div id="pst-primary-sidebar" class="'
    page = page.replace(
        bar, f'<div role="complementary" aria-label="{SIDEBAR[language]}" id="pst-primary-sidebar" class="'
    )
    return re.sub(r"<th(?: class=\"[^\"]*\")?>(<p>\s*</p>)?</th>", "<td></td>", page)
