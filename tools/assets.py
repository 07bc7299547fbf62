"""Mathematics, Hangul and slides without a network: what the site and the decks take from installed packages.

MathJax comes from the package sphinx-mathjax-offline, reveal.js from sphinx-revealjs, the letters from
NanumGothic in koreanize-matplotlib.  Nothing of theirs is kept in this repository.
"""

import importlib.metadata
import shutil
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

import notebooks

# The Open Font License reserves the name Nanum for unchanged fonts; a font cut down to the letters of this
# course therefore has a name of its own.
FAMILY = "Course Hangul"
# The same files for Hangul alone.  English pages name it before the fonts of the system: Chromium leaves the first
# Hangul words of a page in the font that it took while ours was loading: empty boxes where none has Hangul.
HANGUL_ALONE = "Course Syllables"
WEIGHTS = {400: "NanumGothic.ttf", 700: "NanumGothicBold.ttf"}
# Letters that are taken from it: Latin, Hangul and everyday punctuation; the system draws all other signs.
SIGNS = {*range(0x20, 0x7F), *range(0x3001, 0x3012), *map(ord, "·×÷±°‘’“”…")}
JAMO, SYLLABLES = range(0x3131, 0x318F), range(0xAC00, 0xD7A4)


def packaged(distribution, path):
    """A file or folder of an installed package, named as in the package's own list of files.

    Raises FileNotFoundError that says what to install.
    """
    try:
        found = Path(importlib.metadata.distribution(distribution).locate_file(path))
    except importlib.metadata.PackageNotFoundError:
        found = None
    if found is None or not found.exists():
        raise FileNotFoundError(f"{path} of {distribution} is missing; run: python3 tools/install.py --site")
    return found


def mathjax(target):
    """MathJax 3 with its TeX extensions; formulas are drawn as SVG, so that no font has to be fetched."""
    source = packaged("sphinx-mathjax-offline", "sphinx-mathjax-offline/static/mathjax")
    extensions = Path("input", "tex", "extensions")
    shutil.copytree(source / extensions, target / extensions, dirs_exist_ok=True)
    shutil.copy(source / "tex-svg.js", target)


def reveal(target):
    """reveal.js: program, style and the speaker's view."""
    source = packaged("sphinx-revealjs", "sphinx_revealjs/_static/revealjs")
    target.mkdir(parents=True, exist_ok=True)
    for name in ("dist/reveal.js", "dist/reveal.css", "dist/reset.css", "plugin/notes/notes.js", "LICENSE"):
        shutil.copy(source / name, target)


def own(source, target):
    """The course's own files in `source`: script, style and icon."""
    target.mkdir(parents=True, exist_ok=True)
    for file in notebooks.files(source):
        shutil.copy(file, target)


def playgrounds(source, target):
    """The playgrounds: scripts, style and data."""
    own(source, target)
    own(source / "data", target / "data")


def letters(folder):
    """All letters of the HTML pages below a folder, and of what the playgrounds say (not of their data)."""
    texts = [*folder.rglob("*.html"), *folder.glob("shared/play/*.js")]
    return "".join(sorted(set().union(*(set(path.read_text(encoding="utf-8")) for path in texts))))


def fonts(target, text):
    """Web fonts for the letters of `text`, and the whole of Hangul for what a reader types into the search.

    Writes hangul.css and, per weight, a small file that every page loads and a large one that a browser
    loads only when a syllable outside the small one is on the page.
    """
    target.mkdir(parents=True, exist_ok=True)
    rules = []
    for weight, name in WEIGHTS.items():
        source = packaged("koreanize-matplotlib", f"koreanize_matplotlib/fonts/{name}")
        known = set(TTFont(source).getBestCmap())
        used = {ord(letter) for letter in text}
        wanted = known & (SIGNS | used & {*JAMO, *SYLLABLES})
        rest = known & {*JAMO, *SYLLABLES} - wanted
        for file, codes in ((f"hangul-{weight}.woff", wanted), (f"hangul-rest-{weight}.woff", rest)):
            cut(source, codes, target / file)
            rules.append(rule(file, weight, codes))
        rules.append(rule(f"hangul-{weight}.woff", weight, {*JAMO, *SYLLABLES}, HANGUL_ALONE))
    (target / "hangul.css").write_text("\n".join(rules) + "\n", encoding="utf-8")
    (target / "LICENSE.txt").write_text(
        "NanumGothic, Copyright (c) 2011 NHN Corporation, SIL Open Font License 1.1 (https://openfontlicense.org).\n"
        f"hangul-*.woff hold its letters under the name {FAMILY}.\n",
        encoding="utf-8",
    )


def cut(source, codes, target):
    """Write a web font with some code points of a font, under the course's own name.

    Even with all of its letters the font is written anew: browsers refuse the file as it is.
    """
    font = TTFont(source)
    options = subset.Options(notdef_outline=True, layout_features=["kern"], hinting=False)
    options.drop_tables += ["TSI0", "TSI1", "TSI2", "TSI3", "TSI5"]  # the font editor's own notes
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = FAMILY if record.nameID != 6 else FAMILY.replace(" ", "")
    font.flavor = "woff"
    font.save(target)


def rule(file, weight, codes, family=FAMILY):
    """The CSS that offers a font file for some code points."""
    return (
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-display:swap;"
        f"src:url('{file}');unicode-range:{ranges(codes)}}}"
    )


def ranges(codes):
    """Code points as a CSS unicode-range."""
    parts = []
    for code in sorted(codes):
        if parts and parts[-1][1] == code - 1:
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in parts)
