"""LSA, PPMI, word2vec and GloVe on the same text by the same yardstick, each with its own best settings.

    found = comparison.compare(corpora.load("korean"), vocabulary, "Korean")
    found.chosen("analogies")                            # {"GloVe": "x_max 10, rate 0.05, 64 epochs, W", …}
    found.scores("analogies")                            # of these settings, on the half that did not choose them
    found.difference("analogies", "word2vec", "GloVe")   # with an interval

A method has as many scores as it has settings, and the best of them flatters it.  So the pairs of words and the
questions are halved: one half, for development, chooses, the other reports.  `measure` does so on a corpus by name, for
`tools/measure.py`.
"""

from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from helpers import corpora, counting, glove, intervals, scores, vectors, word2vec
from helpers.vocabulary import Vocabulary

YARDSTICKS = ("similarity", "analogies")
POWERS = (0, 0.5, 1)  # of the singular values
RATES = {"word2vec": (0.025, 0.05, 0.1), "GloVe": (0.05, 0.2)}
EPOCHS = {"word2vec": (3, 10), "GloVe": (2, 8, 32)}
X_MAX = (10, 100)
MIN_COUNT = {"English": 20, "Korean": 5}  # as in the lessons
FEWEST = 10  # pairs, or pairs asked for, in the half that reports: fewer cannot be drawn again with any sense
RULES = {"b - a + c": scores.OFFSET, "b + c": scores.WITHOUT_A, "c": scores.ONLY_C}


def counted(matrix, dimensions):
    """Vectors by decomposing counts: (method, setting, table (words, dimensions)), one after the other."""
    weighted = {"LSA": matrix, "LSA of log": matrix.log1p(), "PPMI": counting.ppmi(matrix)}
    for method, table in weighted.items():
        found = counting.lsa(table, dimensions, power=1)  # U Σ: its columns are as long as the singular values
        for power in POWERS:
            yield method, f"power {power}", found * np.linalg.norm(found, axis=0) ** (power - 1)


def predicted(sentences, vocabulary, dimensions, window, seed=1):
    """word2vec (skip-gram, negative sampling) with each rate and number of epochs: (method, setting, table)."""
    for rate in RATES["word2vec"]:
        for epochs in EPOCHS["word2vec"]:
            kv = word2vec.train(
                sentences, dimensions, window, vocabulary=vocabulary, alpha=rate, epochs=epochs, seed=seed, workers=1
            )
            yield "word2vec", f"rate {rate}, {epochs} epochs", kv.vectors


def fitted(matrix, dimensions, seed=1):
    """GloVe with each x_max and rate, looked at after some epochs, as W and as W + W̃: (method, setting, table)."""
    for x_max in X_MAX:
        for rate in RATES["GloVe"]:
            seen = {}

            def watch(epoch, model, *, seen=seen):
                if epoch + 1 in EPOCHS["GloVe"]:
                    seen[epoch + 1] = model.center, model.vectors

            glove.fit(matrix, dimensions, x_max, learning_rate=rate, epochs=max(EPOCHS["GloVe"]), seed=seed, workers=1,
                      after_epoch=watch)  # fmt: skip
            for epochs, tables in seen.items():
                for name, table in zip(("W", "W + W~"), tables):
                    yield "GloVe", f"x_max {x_max}, rate {rate}, {epochs} epochs, {name}", table


def files(language):
    """The file of each yardstick, {"similarity": path, "analogies": path}."""
    pairs, questions = scores.sets(language)
    return dict(zip(YARDSTICKS, (next(iter(pairs.values())), next(iter(questions.values())))))


def halves(language):
    """For each yardstick the unit that every item belongs to, and whether it is of the half that chooses.

    {"similarity": (units (pairs,), bool (pairs,)), "analogies": (units (questions,), bool (questions,))}: questions
    about one pair c : d are answered alike, so they are one unit and lie in the same half.
    """
    paths = files(language)
    lines = [line for line in scores.pair_lines(paths["similarity"])[1] if scores.is_pair(line)]
    questions = [q for part in scores.questions_in(paths["analogies"]).values() for q in part]
    _, asked = np.unique([" ".join(question[2:]) for question in questions], return_inverse=True)
    units = {"similarity": np.arange(len(lines)), "analogies": asked}
    return {name: (unit, unit % 2 == 0) for name, unit in units.items()}


def answers(kv, language, signs=scores.OFFSET):
    """What vectors make of each item: (pairs, 2) cosines beside people's scores, and 1 or 0 for each question.

    nan where a word is unknown.
    """
    paths = files(language)
    people, cosines = scores.pair_cosines(kv, paths["similarity"])
    return {
        "similarity": np.stack([cosines, people], 1),
        "analogies": scores.analogies(kv, paths["analogies"], signs=signs).hits,
    }


def score(items):
    """Of pairs (n, 2) the rank correlation, of questions (n,) the share of right answers."""
    return scores.rank_correlation(*items.T) if items.ndim == 2 else float(np.mean(items))


@dataclass
class Found:
    """What every method made of every item with every setting.

    runs    {method: {setting: what `answers` gives}}
    tables  {yardstick: {method: the vectors of the setting that was chosen}}
    """

    words: list
    language: str
    runs: dict = field(default_factory=dict)
    tables: dict = field(default_factory=lambda: {name: {} for name in YARDSTICKS})

    def half(self, yardstick, development):
        """Row numbers of the items of one half that the vectors know."""
        _, choosing = halves(self.language)[yardstick]
        items = next(iter(next(iter(self.runs.values())).values()))[yardstick]
        known = ~np.isnan(items if items.ndim == 1 else items[:, 0])
        return np.flatnonzero(known & (choosing == development))

    def development(self, yardstick, method):
        """{setting: score on the half that chooses}."""
        rows = self.half(yardstick, True)
        return {setting: score(items[yardstick][rows]) for setting, items in self.runs[method].items()}

    def chosen(self, yardstick):
        """{method: its best setting}."""
        best = {}
        for method in self.runs:
            by_setting = self.development(yardstick, method)
            best[method] = max(by_setting, key=by_setting.get)
        return best

    def items(self, yardstick, method):
        """What the chosen setting of a method made of the half that reports."""
        setting = self.chosen(yardstick)[method]
        return self.runs[method][setting][yardstick][self.half(yardstick, False)]

    def scores(self, yardstick):
        """{method: score of its chosen setting on the half that reports}."""
        return {method: score(self.items(yardstick, method)) for method in self.runs}

    def difference(self, yardstick, one, other, items=None):
        """Score of `one` minus that of `other` on the half that reports, as `Interval`.

        items: what to compare `one` with in the place of another method.
        """
        units, _ = halves(self.language)[yardstick]
        other = self.items(yardstick, other) if items is None else items
        groups = units[self.half(yardstick, False)] if yardstick == "analogies" else None
        return intervals.paired_difference(self.items(yardstick, one), other, groups, score)

    def keyed(self, yardstick, method):
        """KeyedVectors of the chosen setting."""
        return vectors.keyed_vectors(self.words, self.tables[yardstick][method])

    def rules(self, method):
        """What b − a + c, b + c and c alone answer on the half that reports, by the chosen vectors: {rule: hits}."""
        rows, kv = self.half("analogies", False), self.keyed("analogies", method)
        return {rule: answers(kv, self.language, signs)["analogies"][rows] for rule, signs in RULES.items()}


def compare(sentences, vocabulary, language, dimensions=50, window=10, seed=1, progress=iter):
    """All methods with all their settings on the same sentences, vocabulary, window and dimensions: `Found`.

    language: of the yardsticks, "Korean" (morphemes) or "English".  progress: wraps what is gone through, for a bar.
    ValueError if the vocabulary knows none of the words that are asked for.
    """
    sentences, found = list(sentences), Found(vocabulary.words, language)
    matrix = counting.cooccurrence(sentences, vocabulary, window=window)
    sources = (
        counted(matrix, dimensions),
        predicted(sentences, vocabulary, dimensions, window, seed),
        fitted(matrix, dimensions, seed),
    )
    best = {}
    for source in progress(sources):
        for method, setting, table in source:
            items = answers(vectors.keyed_vectors(vocabulary.words, table), language)
            found.runs.setdefault(method, {})[setting] = items
            for yardstick in YARDSTICKS:
                value = score(items[yardstick][found.half(yardstick, True)])
                if value > best.get((yardstick, method), -1):
                    best[yardstick, method], found.tables[yardstick][method] = value, table
    return found


def summary(found):
    """Plain values of a `Found`: chosen settings, scores of both halves, and how far each is from the best.

    ValueError where the vocabulary knows too few of the words that are asked for.
    """
    told = {}
    for yardstick in YARDSTICKS:
        rows = found.half(yardstick, False)
        if (units := len(np.unique(halves(found.language)[yardstick][0][rows]))) < FEWEST:
            raise ValueError(
                f"{yardstick}: only {units} of the half that reports are known: read more texts, or lower min_count"
            )
        reported, chosen = found.scores(yardstick), found.chosen(yardstick)
        first = max(reported, key=reported.get)
        told[yardstick] = {
            "n": len(rows),
            "chosen": chosen,
            "development": {m: round(found.development(yardstick, m)[chosen[m]], 4) for m in chosen},
            "reported": {method: round(value, 4) for method, value in reported.items()},
            "best": first,
            "behind": {
                method: [round(float(x), 4) for x in found.difference(yardstick, first, method)]
                for method in reported
                if method != first
            },
        }
    told["curves"] = {
        method: {s: round(v, 4) for s, v in found.development("analogies", method).items()} for method in RATES
    }
    told["rules"] = {}
    for method in found.runs:
        told["rules"][method] = {rule: round(float(hits.mean()), 4) for rule, hits in found.rules(method).items()}
    return told


def measure(corpus, limit=None):
    """`summary` on the first `limit` texts of a corpus of the registry; Kiwi cuts Korean ones: minutes."""
    language = corpora.described(corpus)[0]
    lines = corpora.load(corpus, unit="word", fallback=False).lines()
    texts = [text for text, _ in islice(lines, limit) if text.strip()]
    if language == "Korean":
        from helpers.korean.tokenizer import morphemes_of

        sentences = list(morphemes_of(texts))
    else:
        sentences = [corpora.words(text) for text in texts]
    vocabulary = Vocabulary.build(sentences, min_count=MIN_COUNT[language])
    told = {"sentences": len(sentences), "tokens": sum(map(len, sentences)), "words": len(vocabulary)}
    return told | summary(compare(sentences, vocabulary, language))
