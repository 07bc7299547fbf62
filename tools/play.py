"""Write what the playgrounds know: python tools/play.py [NAME …]

A playground (site/play/NAME.js) computes in the page; what it computes with, counts of words, trained vectors,
attention over a picture, comes from the helpers and is written here into site/play/data/NAME.js, a script that a page
opened from a folder may load.  The same command writes the same bytes again.  Vectors are kept as signed bytes, with
one scale for each row; a file may have 300 KB.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import json
from pathlib import Path

import numpy as np

import outputs
from packing import packed, text64, unit
from play_look import look
from play_next import next_words

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from helpers import captions, corpora, counting, fasttext, scores, word2vec  # noqa: E402
from helpers.korean import tokenizer  # noqa: E402
from helpers.vocabulary import Vocabulary  # noqa: E402

FOLDER = ROOT / "site" / "play" / "data"
END = 65535  # stands in a stream of ids where a sentence ends
DIM = 40  # numbers of a word's vector
MOST = 300_000  # bytes of a file
CORPORA = {"ko": "korean", "en": "wikipedia"}
LEAST = {"ko": 5, "en": 20}  # how often a word must come, in lesson 7


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


GROUPS = {
    "ko": ["서울 도쿄 파리 런던 로마 베를린 부산", "어머니 아버지 할머니 할아버지 누나 동생 이모",
           "밥 국 김치 떡 사과 커피 빵", "빨래 바지 치마 행주 저고리 이불 양말"],
    "en": ["red blue green yellow purple black white orange", "car house tree cat ball boat bird airplane",
           "sea snow street grass sky night", "one two three four many"],
}  # fmt: skip


def training():
    """Two texts of the course as streams of ids, the words that the map shows, and the pairs that the score asks for.

    Korean: every seventh sentence of the corpus and its list of word pairs.  English: a quarter of the scenes'
    captions; two words of the map are alike (1) if they belong to one group, otherwise not (0).
    """
    scenes = captions.dataset("scenes", language="en")
    said = [captions.words(caption) for name in scenes.train for caption in scenes.captions[name]]
    sentences = {"ko": list(corpora.load("korean"))[::7], "en": said[::4]}
    found = {}
    for language, text in sentences.items():
        vocabulary = Vocabulary.build(text, min_count=5)
        ids = [np.append(vocabulary.encode(sentence), END) for sentence in text]
        groups = [[vocabulary.index[w] for w in line.split() if w in vocabulary] for line in GROUPS[language]]
        if language == "ko":
            rows = np.genfromtxt(scores.sets("Korean")[0]["similarity"], str, delimiter="\t", encoding="utf-8")
            known = [(a, b, float(s)) for a, b, s in rows if a in vocabulary and b in vocabulary]
            pairs = [[vocabulary.index[a], vocabulary.index[b], s] for a, b, s in known]
        else:
            every = [(i, g) for g, rows in enumerate(groups) for i in rows]
            pairs = [[i, j, float(g == f)] for n, (i, g) in enumerate(every) for j, f in every[:n]]
        stream = text64(np.concatenate(ids).astype("<u2"))
        found[language] = {"words": vocabulary.words, "ids": stream, "groups": groups, "pairs": pairs}
    return found


SENTENCES = {
    "en": """the car stopped at the red light\nan automobile stopped at the crossing\nshe drove her car along the road
he drove an old automobile down the road\nthe driver parked the car by the road\nthe driver washed the automobile
the engine of the car is loud\nthe engine of the automobile needs oil\na truck drove along the road
the baker sold bread at the market\nshe bought bread and apples at the market\nhe cut the bread and the apples
apples and pears are fruit\nthe fruit at the market is fresh\na boat sailed across the lake
the fisher sold fish at the market\nfish swim in the lake\na boat rests on the lake at night
the moon shone over the lake\nstars and the moon shone at night\nthe night was dark and the stars were bright
the bright moon lit the road at night\na dark cloud covered the moon\nthe fisher cooked the fish with oil""",
    "ko": """자동차가 빨간 신호등 앞에서 멈추었다\n승용차가 건널목 앞에서 멈추었다\n누나는 자동차를 몰고 도로를 달렸다
형은 낡은 승용차를 몰고 도로를 달렸다\n운전사가 자동차를 길가에 세웠다\n운전사가 승용차를 길가에 세우고 내렸다
자동차 엔진 소리가 시끄럽다\n승용차 엔진에 기름을 넣었다\n트럭이 도로를 빠르게 달렸다
빵집 주인이 시장에서 빵을 팔았다\n할머니는 시장에서 빵과 사과를 샀다\n동생이 사과와 배를 깎았다
사과와 배는 과일이다\n시장 과일은 싱싱하다\n돛단배가 호수를 건넜다
어부가 시장에서 물고기를 팔았다\n호수에 물고기가 산다\n밤이 되자 돛단배가 호수에 멈추었다
호수 위에 달이 떴다\n밤하늘에 달과 별이 떴다\n밤은 어둡고 별은 밝다
밝은 달이 밤길을 비추었다\n어두운 구름이 달을 가렸다\n어부가 물고기를 기름에 튀겼다""",
}


def search():
    """Two dozen sentences in each language; for each word as it is written, the tokens that it is made of."""
    cut = {"en": lambda word: [word], "ko": tokenizer.morphemes}
    return {language: [[[word, cut[language](word)] for word in line.split()] for line in text.splitlines()]
            for language, text in SENTENCES.items()}  # fmt: skip


ROWS = {"ko": "여름 겨울 어머니 아버지 빨래 밥", "en": "acid metals water music war"}
COLUMNS = {"ko": "덥 춥 날씨 소년 바다 눈 비누 먹 국 널", "en": "base alkali carbon water first song army sea"}


def counts():
    """How often some words stand within ten words of some others, every pair worth 1, and the sums of whole rows."""
    found = {}
    for language, name in CORPORA.items():
        vocabulary = Vocabulary.build(corpora.load(name), min_count=LEAST[language])
        matrix = counting.cooccurrence(corpora.load(name), vocabulary, window=10, weighting="flat")
        rows, columns = ROWS[language].split(), COLUMNS[language].split()
        chosen = matrix[[vocabulary.index[word] for word in rows]]
        some = chosen[:, [vocabulary.index[word] for word in columns]].toarray().astype(int)
        sums = np.asarray(chosen.sum(1)).ravel().astype(int)
        found[language] = {"rows": rows, "columns": columns, "counts": some.tolist(), "sums": sums.tolist()}
    return found


def analogies():
    """Vectors of the Korean corpus, and the questions that can be asked of them, as row numbers."""
    vectors = word2vec.train(corpora.load("korean"), vector_size=DIM, epochs=5, workers=1)
    rows, sections = vectors.key_to_index, scores.questions_in(scores.sets("Korean")[1]["analogies"])
    asked = {}
    for name, questions in sections.items():
        if can_be := [[rows[word] for word in question] for question in questions if rows.keys() >= set(question)]:
            asked[name] = can_be
    return {"words": vectors.index_to_key, "table": packed(unit(vectors.vectors)), "sections": asked}


DATA = {
    "window": window, "forces": forces, "neighbors": neighbors, "ngrams": ngrams, "training": training,
    "search": search, "counts": counts, "analogies": analogies, "look": look,
    "next": next_words,
}  # fmt: skip


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
    paths = {name: FOLDER / f"{name}.js" for name in parser.parse_args().names or DATA}
    outputs.tried(*paths.values())
    for name, path in paths.items():
        text = script(name, DATA[name]())
        path.write_text(text, encoding="utf-8")
        print(f"{name}: {len(text.encode()) / 1000:.0f} KB")


if __name__ == "__main__":
    main()
