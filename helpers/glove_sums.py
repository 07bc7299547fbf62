"""GloVe's W + W̃ against W alone, each with the settings that suit it.

    found = glove_sums.compare(matrix, vocabulary, "English")
    found["analogies"]["difference"]     # the sum minus W: [value, low, high, n]

GloVe's paper takes the sum, which "typically gives a small boost" (Pennington et al. 2014, section 4.2).  At one
setting and with one seed the sum may win or lose by accident, so each table chooses x_max, rate and epochs on one half
of the pairs and questions and is scored on the other, the halves change places, and three seeds are trained.
`measure` is the experiment of `tools/measure.py`.
"""

import numpy as np

from helpers import comparison, counting, intervals, scores

SUM, ALONE = "W + W~", "W"
ALIKE = "x_max 10, rate 0.2, 8 epochs"  # the setting at which lesson 7 fits its vectors
DIMENSIONS, WINDOW, EPOCHS = 50, 10, comparison.LONGER["GloVe"]


def by_table(matrix, vocabulary, language, epochs=EPOCHS):
    """{"W": {setting: what `comparison.of_seeds` gives}, "W + W~": the same}."""
    found = {SUM: {}, ALONE: {}}
    for _, setting, tables in comparison.fitted(matrix, DIMENSIONS, epochs=epochs):
        setting, table = setting.rsplit(", ", 1)
        found[table][setting] = comparison.of_seeds(tables, vocabulary.words, language)
    return found


def score(items):
    """The mean over seeds of questions (n, seeds); of pairs (n, 3, seeds) that of the two halves' rank correlations.

    The third number of a pair is its half: cosines of two settings have no common scale that they could be ranked on.
    """
    if items.ndim == 2:
        return comparison.score(items)
    return float(np.mean([comparison.score(items[items[:, 2, 0] == side, :2]) for side in (0, 1)]))


def crossed(by_setting, choosing):
    """(items, settings): each half of the items is scored with the setting that the other half chose.

    by_setting {setting: items (n, …, seeds)}; choosing (n,): whether an item is of the first half.
    """
    halves = choosing, ~choosing
    best = [max(by_setting, key=lambda setting: comparison.score(by_setting[setting][half])) for half in halves]
    return together([by_setting[setting] for setting in best], choosing), best


def together(chosen, choosing):
    """The first half of the items from the second of two choices, and the other way round, ready for `score`."""
    first, second = chosen
    items = np.where(choosing.reshape(-1, *[1] * (first.ndim - 1)), second, first)
    if items.ndim == 2:
        return items
    side = np.broadcast_to(choosing[:, None, None], (len(items), 1, items.shape[-1]))
    return np.concatenate([items, side], 1)


def rounded(interval):
    """An interval as four numbers for a file."""
    return [round(float(x), 4) for x in interval]


def told(found, yardstick, language):
    """One yardstick: {"n", "chosen", "scores", "difference", "by seed", "alike"}, differences as sum minus W."""
    units, choosing = comparison.halves(language)[yardstick]
    first = next(iter(found[SUM].values()))[yardstick]
    known = ~np.isnan(first.reshape(len(first), -1)).any(1)
    units, choosing = units[known], choosing[known]
    items, chosen, alike = {}, {}, {}
    for table, runs in found.items():
        by_setting = {setting: answers[yardstick][known] for setting, answers in runs.items()}
        items[table], chosen[table] = crossed(by_setting, choosing)
        alike[table] = together([by_setting[ALIKE]] * 2, choosing)
    difference = lambda tables: rounded(intervals.paired_difference(tables[SUM], tables[ALONE], units, score))  # noqa: E731
    seeds = range(first.shape[-1])
    return {
        "n": len(set(units.tolist())),
        "chosen": chosen,
        "scores": {table: round(score(rows), 4) for table, rows in items.items()},
        "difference": difference(items),
        "by seed": [difference({table: rows[..., [seed]] for table, rows in items.items()}) for seed in seeds],
        "alike": {
            "scores": {table: round(score(rows), 4) for table, rows in alike.items()},
            "difference": difference(alike),
        },
    }


def compare(matrix, vocabulary, language, epochs=EPOCHS):
    """`told` of every yardstick, from a co-occurrence matrix: {"similarity", "analogies"}."""
    found = by_table(matrix, vocabulary, language, epochs)
    return {yardstick: told(found, yardstick, language) for yardstick in comparison.YARDSTICKS}


def measure(corpus, limit=None):
    """`compare` on the first `limit` texts of a corpus, cut as the lesson cuts it: minutes."""
    sentences, vocabulary, language = comparison.read(corpus, limit)
    told = {"sentences": len(sentences), "tokens": sum(map(len, sentences)), "words": len(vocabulary)}
    matrix = counting.cooccurrence(sentences, vocabulary, window=WINDOW)
    return told | {"seeds": list(comparison.SEEDS)} | compare(matrix, vocabulary, language)


def verdicts(stored):
    """Lines of a table from stored results {corpus: `measured.Result`}, the sum against W.

    {("corpus, yardstick", "same"): both with the setting `ALIKE`, (…, "own"): each with its own}.
    """
    found = {}
    for name, result in stored.items():
        for yardstick in comparison.YARDSTICKS:
            own = result.values[yardstick]
            for settings, part in {"same": own["alike"], "own": own}.items():
                reached = {table: f"{value:.2f}" for table, value in part["scores"].items()}
                line = scores.verdict(SUM, ALONE, part["difference"])
                found[f"{name}, {yardstick}", settings] = reached | line
    return found
