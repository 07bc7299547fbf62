"""Write what the playgrounds know: python tools/play.py [NAME …]

A playground (site/play/NAME.js) computes in the page; what it computes with, counts of words, trained vectors,
attention over a picture, comes from the helpers and is written here into site/play/data/NAME.js, a script that a page
opened from a folder may load.  The same command writes the same bytes again.  Vectors are kept as signed bytes, with
one scale for each row; a file may have 300 KB.
"""

import argparse
import base64
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from helpers import corpora  # noqa: E402
from helpers.vocabulary import Vocabulary  # noqa: E402

FOLDER = ROOT / "site" / "play" / "data"
MOST = 300_000  # bytes of a file
CORPORA = {"ko": "korean", "en": "wikipedia"}


def packed(vectors):
    """A table of vectors as {dim, scales, values}: signed bytes and one float32 scale a row, both in base64."""
    vectors = np.asarray(vectors, np.float32)
    scales = (np.maximum(np.abs(vectors).max(1), 1e-12) / 127).astype("<f4")
    values = np.round(vectors / scales[:, None]).astype(np.int8)
    return {"dim": vectors.shape[1], "scales": text64(scales), "values": text64(values)}


def unpacked(table):
    """The vectors that a page makes of `packed`: float32 (rows, dim)."""
    kinds = (("scales", "<f4"), ("values", "i1"))
    scales, values = (np.frombuffer(base64.b64decode(table[key]), kind) for key, kind in kinds)
    return values.reshape(-1, table["dim"]) * scales[:, None]


def text64(array):
    """The bytes of an array as text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def window():
    """How often the most frequent words of both corpora occur: what subsampling asks for."""
    found = {}
    for language, name in CORPORA.items():
        vocabulary = Vocabulary.build(corpora.load(name), min_count=20)
        counts = dict(zip(vocabulary.words, vocabulary.counts.tolist()))
        found[language] = {"total": vocabulary.total, "words": counts}
    return found


DATA = {"window": window}


def script(name, content):
    """The script that hands a playground its data.  ValueError if it is too large for a page."""
    text = f"Play.data({json.dumps(name)}, {json.dumps(content, ensure_ascii=False, separators=(',', ':'))});\n"
    if len(text.encode()) > MOST:
        raise ValueError(
            f"{name}: {len(text.encode()):,} bytes are more than a page may have, {MOST:,}: take fewer rows"
        )
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*DATA, []], help="only these; all by default")
    for name in parser.parse_args().names or DATA:
        text = script(name, DATA[name]())
        (FOLDER / f"{name}.js").write_text(text, encoding="utf-8")
        print(f"{name}: {len(text.encode()) / 1000:.0f} KB")


if __name__ == "__main__":
    main()
