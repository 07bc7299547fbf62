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

from helpers import corpora, fasttext, word2vec  # noqa: E402
from helpers.vocabulary import Vocabulary  # noqa: E402

FOLDER = ROOT / "site" / "play" / "data"
DIM = 40  # numbers of a word's vector
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


RANKS = (1, 2, 3, 5, 8, 12, 18, 28, 42, 65, 100, 150, 220, 330, 450, 600, 750, 900, 1050, 1400)


def forces():
    """Twenty words of both corpora, from the most frequent to a rare one, with their counts."""
    found = {}
    for language, name in CORPORA.items():
        vocabulary = Vocabulary.build(corpora.load(name))
        rows = [rank - 1 for rank in RANKS]
        found[language] = {"words": [vocabulary.words[i] for i in rows], "counts": vocabulary.counts[rows].tolist()}
    return found


def neighbors():
    """Vectors of both corpora, as the course's word2vec trains them: Korean words all, English the most frequent."""
    found = {}
    for language, most, epochs in (("ko", 1531, 5), ("en", 2000, 10)):
        sentences = corpora.load(CORPORA[language])
        vectors = word2vec.train(sentences, vector_size=DIM, epochs=epochs, workers=1)
        found[language] = {"words": vectors.index_to_key[:most], "table": packed(unit(vectors.vectors[:most]))}
    return found


def ngrams():
    """word2vec and two kinds of FastText, of words as they are written; the last two with few buckets."""
    sentences = list(corpora.load("korean", unit="word"))
    words = Vocabulary.build(sentences).words[:1100]
    same = {"vector_size": 24, "epochs": 3, "alpha": 0.05, "workers": 1}
    kinds = {"syllable": {"min_n": 1, "max_n": 3}, "jamo": {"min_n": 3, "max_n": 5, "units": "jamo"}}
    plain = word2vec.train(sentences, **same)
    models = [{"name": "word2vec", "words": packed(plain.vectors[: len(words)])}]
    for name, cut in kinds.items():
        trained = fasttext.train(sentences, bucket=2000, **cut, **same)
        tables = {"words": packed(trained.vectors_vocab[: len(words)]), "ngrams": packed(trained.vectors_ngrams)}
        models.append({"name": name, "units": "syllable"} | cut | tables)
    return {"words": words, "models": models}


def unit(vectors):
    """Vectors brought to length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


DATA = {"window": window, "forces": forces, "neighbors": neighbors, "ngrams": ngrams}


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
