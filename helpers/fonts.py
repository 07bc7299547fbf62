"""Letters that matplotlib's own font lacks: where a font with Hangul is found, and how matplotlib learns of it."""

import dataclasses
import importlib.util
from pathlib import Path

from matplotlib import font_manager

# The name under which matplotlib finds the font, and what serves where the requirements brought no NanumGothic.
FAMILY = "Course Hangul"
HANGUL_FAMILIES = (
    "NanumGothic", "Nanum Gothic", "NanumBarunGothic", "NanumSquare", "Noto Sans KR", "Noto Sans CJK KR",
    "Noto Sans CJK JP", "Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic", "UnDotum", "Baekmuk Dotum",
)  # fmt: skip


def hangul_family():
    """Make a font with Hangul known to matplotlib as the family "Course Hangul"; None if there is none."""
    known = font_manager.fontManager.ttflist
    if any(font.name == FAMILY for font in known):
        return FAMILY
    files = hangul_files()
    for path, weight in zip((files[0], files[-1]) if files else (), (400, 700)):
        if not any(font.fname == path for font in known):
            font_manager.fontManager.addfont(path)
        entry = next(font for font in known if font.fname == path)
        known.append(dataclasses.replace(entry, name=FAMILY, weight=weight, style="normal"))
    return FAMILY if files else None


def hangul_files():
    """Font files that have Hangul: NanumGothic, regular and bold, else one installed font, else none.

    NanumGothic lies in the package koreanize_matplotlib, which is never imported: importing it would
    change matplotlib's settings for the whole session.
    """
    package = importlib.util.find_spec("koreanize_matplotlib")
    folders = [Path(folder) / "fonts" for folder in package.submodule_search_locations] if package else []
    files = [folder / name for folder in folders for name in ("NanumGothic.ttf", "NanumGothicExtraBold.ttf")]
    if files := [str(path) for path in files if has_hangul(path)]:
        return files
    preferred = {name: place for place, name in enumerate(HANGUL_FAMILIES)}
    known = font_manager.fontManager.ttflist
    order = sorted(known, key=lambda font: (preferred.get(font.name, 99), font.weight != 400, font.name))
    return next(([font.fname] for font in order if has_hangul(font.fname)), [])


def has_hangul(path):
    """Whether a font file can draw 가 and 힣, the first and the last Hangul syllable."""
    try:
        letters = font_manager.get_font(str(path)).get_charmap()
    except (OSError, RuntimeError):
        return False
    return ord("가") in letters and ord("힣") in letters
