"""LSA, PPMI, word2vec and GloVe on the same text by the same yardstick, each with its own best settings.

    found = comparison.compare(corpora.load("korean"), vocabulary, "Korean")
    found.chosen("analogies")                            # {"GloVe": "x_max 10, rate 0.05, 32 epochs, W", …}
    found.scores("analogies")                            # of these settings, on the half that did not choose them
    found.difference("analogies", "word2vec", "GloVe")   # with an interval

A method has as many scores as it has settings, and the best of them flatters it.  So the pairs of words and the
questions are halved: one half, for development, chooses, the other reports.  word2vec and GloVe start from random
numbers, so they are trained with each of `SEEDS`, and their score is the mean over them: one seed alone may put two
methods apart that the next seed does not.  `measure` does so on a corpus by name, for `tools/measure.py`.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from helpers import arguments, corpora, counting, glove, intervals, scores, training, vectors, word2vec
from helpers.vocabulary import Vocabulary

YARDSTICKS = ("similarity", "analogies")
POWERS = (0, 0.5, 1)  # of the singular values
RATES = {"word2vec": (0.025, 0.05, 0.1), "GloVe": (0.05, 0.2)}
EPOCHS = {"word2vec": (3, 10), "GloVe": (2, 8, 32)}
LONGER = {"word2vec": (3, 10, 30), "GloVe": (8, 32, 128)}  # where minutes do not count
X_MAX = (10, 100)
SEEDS = (1, 2, 3)
MIN_COUNT = {"English": 20, "Korean": 5}  # as in the lessons
FEWEST = 10  # pairs, or pairs asked for, in the half that reports: fewer cannot be drawn again with any sense
RULES = {"b - a + c": scores.OFFSET, "b + c": scores.WITHOUT_A, "c": scores.ONLY_C}


def counted(matrix, dimensions):
    """Vectors by decomposing counts: (method, setting, [table (words, dimensions)]), one after the other.

    Nothing is random here, so there is one table.
    """
    weighted = {"LSA": matrix, "LSA of log": matrix.log1p(), "PPMI": counting.ppmi(matrix)}
    for method, table in weighted.items():
        found = counting.lsa(table, dimensions, power=1)  # U Σ: its columns are as long as the singular values
        for power in POWERS:
            yield method, f"power {power}", [found * np.linalg.norm(found, axis=0) ** (power - 1)]


def side_by_side(train, seeds):
    """[train(seed), …], the trainings at the same time: each has one worker, so each comes out the same again."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(train, seeds))


def predicted(sentences, vocabulary, dimensions, window, seeds=SEEDS, epochs=EPOCHS["word2vec"]):
    """word2vec (skip-gram, negative sampling) with each rate and number of epochs: (method, setting, tables)."""
    for rate in RATES["word2vec"]:
        for n in epochs:

            def train(seed, *, rate=rate, n=n):
                given = {"alpha": rate, "epochs": n, "seed": seed, "workers": 1}
                return word2vec.train(sentences, dimensions, window, vocabulary=vocabulary, **given).vectors

            yield "word2vec", f"rate {rate}, {n} epochs", side_by_side(train, seeds)


def fitted(matrix, dimensions, seeds=SEEDS, epochs=EPOCHS["GloVe"]):
    """GloVe with each x_max and rate, looked at after some epochs, as W and as W + W̃: (method, setting, tables)."""
    for x_max in X_MAX:
        for rate in RATES["GloVe"]:

            def train(seed, *, x_max=x_max, rate=rate):
                seen = {}

                def watch(epoch, model):
                    if epoch + 1 in epochs:
                        seen[epoch + 1, "W"], seen[epoch + 1, "W + W~"] = model.center, model.vectors

                glove.fit(matrix, dimensions, x_max, learning_rate=rate, epochs=max(epochs), seed=seed, workers=1,
                          after_epoch=watch)  # fmt: skip
                return seen

            trained = side_by_side(train, seeds)
            for n, name in trained[0]:
                setting = f"x_max {x_max}, rate {rate}, {n} epochs, {name}"
                yield "GloVe", setting, [seen[n, name] for seen in trained]


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


def of_seeds(tables, words, language):
    """`answers` of the vectors of each seed, in a last axis: pairs (n, 2, seeds), questions (n, seeds)."""
    told = [answers(vectors.keyed_vectors(words, table), language) for table in tables]
    return {yardstick: np.stack([one[yardstick] for one in told], -1) for yardstick in YARDSTICKS}


def score(items):
    """The mean over the seeds: of pairs (n, 2, seeds) the rank correlation, of questions (n, seeds) the share right."""
    if items.ndim == 2:
        return float(np.mean(items))
    return float(np.mean([scores.rank_correlation(*items[..., seed].T) for seed in range(items.shape[-1])]))


@dataclass
class Found:
    """What every method made of every item with every setting.

    runs    {method: {setting: what `of_seeds` gives}}
    tables  {yardstick: {method: the vectors of the setting that was chosen, a table for each seed}}
    """

    words: list
    language: str
    runs: dict = field(default_factory=dict)
    tables: dict = field(default_factory=lambda: {name: {} for name in YARDSTICKS})

    def half(self, yardstick, development):
        """Row numbers of the items of one half that the vectors know."""
        _, choosing = halves(self.language)[yardstick]
        items = next(iter(next(iter(self.runs.values())).values()))[yardstick]
        known = ~np.isnan(items.reshape(len(items), -1)[:, 0])
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
        """What the chosen setting of a method made of the half that reports, in the shapes of `of_seeds`."""
        setting = self.chosen(yardstick)[method]
        return self.runs[method][setting][yardstick][self.half(yardstick, False)]

    def scores(self, yardstick):
        """{method: score of its chosen setting on the half that reports}."""
        return {method: score(self.items(yardstick, method)) for method in self.runs}

    def difference(self, yardstick, one, other, items=None, seed=None):
        """Score of `one` minus that of `other` on the half that reports, as `Interval`.

        items: what to compare `one` with in the place of another method.  seed: a place in the last axis, to look at
        that training alone (a method without seeds has just the one table).
        """
        units, _ = halves(self.language)[yardstick]
        first = self.items(yardstick, one)
        second = self.items(yardstick, other) if items is None else items
        if seed is not None:
            first, second = (each[..., [min(seed, each.shape[-1] - 1)]] for each in (first, second))
        groups = units[self.half(yardstick, False)] if yardstick == "analogies" else None
        return intervals.paired_difference(first, second, groups, score)

    def rules(self, method):
        """What b − a + c, b + c and c alone answer on the half that reports, by the chosen vectors.

        {rule: hits (questions, seeds)}.
        """
        rows, told = self.half("analogies", False), {}
        for rule, signs in RULES.items():
            hits = []
            for table in self.tables["analogies"][method]:
                kv = vectors.keyed_vectors(self.words, table)
                hits.append(answers(kv, self.language, signs)["analogies"][rows])
            told[rule] = np.stack(hits, -1)
        return told


def compare(sentences, vocabulary, language, dimensions=50, window=10, seeds=SEEDS, epochs=EPOCHS, progress=False):
    """All methods with all their settings on the same sentences, vocabulary, window and dimensions: `Found`.

    language: of the yardsticks, "Korean" (morphemes) or "English".  seeds, epochs: of word2vec and GloVe.
    progress: show a bar that counts the three ways to vectors.
    ValueError if the vocabulary knows none of the words that are asked for.
    """
    progress = arguments.flag("progress", progress)
    sentences, found = list(sentences), Found(vocabulary.words, language)
    matrix = counting.cooccurrence(sentences, vocabulary, window=window)
    sources = (
        counted(matrix, dimensions),
        predicted(sentences, vocabulary, dimensions, window, seeds, epochs["word2vec"]),
        fitted(matrix, dimensions, seeds, epochs["GloVe"]),
    )
    best = {}
    for source in training.progress(sources, "ways") if progress else sources:
        for method, setting, tables in source:
            items = of_seeds(tables, vocabulary.words, language)
            found.runs.setdefault(method, {})[setting] = items
            for yardstick in YARDSTICKS:
                value = score(items[yardstick][found.half(yardstick, True)])
                if value > best.get((yardstick, method), -2):
                    best[yardstick, method], found.tables[yardstick][method] = value, tables
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


def read(corpus, limit=None):
    """(sentences, vocabulary, language) of the first `limit` texts of a corpus; Kiwi cuts Korean ones."""
    language = corpora.described(corpus)[0]
    lines = corpora.load(corpus, unit="word", fallback=False).lines()
    texts = [text for text, _ in islice(lines, limit) if text.strip()]
    if language == "Korean":
        from helpers.korean.tokenizer import morphemes_of

        sentences = list(morphemes_of(texts))
    else:
        sentences = [corpora.words(text) for text in texts]
    return sentences, Vocabulary.build(sentences, min_count=MIN_COUNT[language]), language


def measure(corpus, limit=None):
    """`summary` on the first `limit` texts of a corpus: minutes."""
    sentences, vocabulary, language = read(corpus, limit)
    told = {"sentences": len(sentences), "tokens": sum(map(len, sentences)), "words": len(vocabulary)}
    told["seeds"] = list(SEEDS)
    return told | summary(compare(sentences, vocabulary, language, epochs=LONGER))
