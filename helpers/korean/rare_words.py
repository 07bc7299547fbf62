"""Rare words: after how many meetings is a vector of use, each method with the training that suits it?

    rare_words.kept(sentences, targets, 5, seed=1)   # the text with five occurrences of each target left
    rare_words.by_counts(sentences, words)           # the judge: PPMI rows of the whole text
    rare_words.mean_of_contexts(kv, text, targets)   # the simplest rival of word2vec

Some dozens of frequent words are made rare.  What contexts say of such a word, met often, is known: its neighbors by
counts over the whole text, a judge that looks at contexts alone and never at spelling.  How many of them does a method
still find that met the word `KEPT` times?  word2vec's simplest rival takes the mean of the words around those few
meetings ("à la carte" without its linear map, Khodak et al. 2018, https://aclanthology.org/P18-1002/); FastText's are
its own pieces without the word's row, its answer for a word that it never met, and letters without any vectors.

`measure` is the experiment of `tools/measure.py`: for each number of meetings a method chooses its rate and its epochs
on one half of the words and is scored on the other, and the halves change places.  What a judge is fond of may decide
who is ahead, so the same vectors are scored once more by word2vec's own neighbors over the whole text.
"""

from copy import copy
from itertools import islice, product

import numpy as np

from helpers import corpora, counting, intervals, subwords, training
from helpers.vocabulary import Vocabulary
from helpers.word2vec_trials import halves

from . import unknown

KEPT = (0, 1, 2, 5, 20, 100)  # meetings; with none a word is unknown
# Rate and epochs: slow, longer, faster, fastest, longest.  At a rate of 0.2 thirty epochs ran away.
SETTINGS, SEEDS = ((0.05, 3), (0.05, 10), (0.1, 10), (0.2, 10), (0.1, 30)), (1, 2, 3)
ALIKE = SETTINGS[0]  # what all share where lesson 8 trains at one setting
WORD2VEC, CONTEXTS = "word2vec", "mean of contexts"
SUBWORD = ("syllable 1-3", "jamo 3-5")
WINDOW, NEAREST = 5, 10
MOST, LEAST, KNOWN = 60, 120, 20  # targets; occurrences that a target has, and a word that may be its neighbor


def pieces(model):
    """The method that takes a FastText model's n-grams alone, without the word's own row."""
    return f"{model}, pieces alone"


def letters(model):
    """The method that compares the same n-grams without any vectors."""
    return f"{model}, no vectors"


METHODS = (WORD2VEC, CONTEXTS, *(name for model in SUBWORD for name in (model, pieces(model), letters(model))))
COMPARED = [(WORD2VEC, CONTEXTS)] + [
    (model, rival) for model in SUBWORD for rival in (WORD2VEC, CONTEXTS, pieces(model), letters(model))
]
AGAIN = (WORD2VEC, CONTEXTS, SUBWORD[0])  # what the second judge scores


# --------------------------------------------------------------------------------------------- a text with rare words


def places_of(sentences, targets):
    """Where each target stands: {target: [(number of the sentence, place in it), …]}."""
    places = {target: [] for target in targets}
    for number, tokens in enumerate(sentences):
        for place, token in enumerate(tokens):
            if token in places:
                places[token].append((number, place))
    return places


def kept(sentences, targets, occurrences, seed=1):
    """The sentences with `occurrences` of each target, drawn at random; its other occurrences are left out."""
    draw, out = np.random.default_rng(seed), set()
    for found in places_of(sentences, targets).values():
        out.update(found[i] for i in draw.permutation(len(found))[occurrences:])
    return [[t for place, t in enumerate(tokens) if (n, place) not in out] for n, tokens in enumerate(sentences)]


def frequent(vocabulary, number=MOST, least=LEAST, seed=1):
    """Words of two letters or more that occur at least so often, drawn at random; fewer if there are not as many."""
    known = [w for w, count in zip(vocabulary.words, vocabulary.counts) if count >= least and len(w) > 1]
    return sorted(np.random.default_rng(seed).permutation(known)[:number].tolist())


# ------------------------------------------------------------------------------------------------- a vector for a word


def unit(vectors):
    """Vectors (n, dim) of length 1; zeros stay zeros."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def mean_of_contexts(kv, sentences, targets, window=WINDOW):
    """For each target the mean vector of the words around its occurrences, (targets, dim); zeros without any.

    Targets are no context: they are rare themselves.
    """
    known, found = kv.key_to_index.keys() - set(targets), np.zeros((len(targets), kv.vector_size))
    for row, places in enumerate(places_of(sentences, targets).values()):
        near = []
        for number, place in places:
            tokens = sentences[number]
            near += tokens[max(place - window, 0) : place] + tokens[place + 1 : place + 1 + window]
        if near := [token for token in near if token in known]:
            found[row] = kv[near].mean(0)
    return found


def pieces_alone(kv, targets, model):
    """For each target the mean of its n-grams' rows, as if it were unknown, (targets, dim)."""
    cut = [subwords.ngram_hashes(target, bucket=kv.bucket, **unknown.MODELS[model]) for target in targets]
    return np.array([kv.vectors_ngrams[rows].mean(0) for rows in cut])


def readers(model, occurrences):
    """The methods that read a training of this model; with no meeting, only pieces have an answer."""
    met = (model, CONTEXTS) if model == WORD2VEC else (model,)
    return (met if occurrences else ()) + ((pieces(model),) if model in SUBWORD else ())


def answer(kv, method, model, text, targets):
    """What a method makes of the targets: vectors (targets, dim)."""
    if method == CONTEXTS:
        return mean_of_contexts(kv, text, targets)
    return kv[targets] if method == model else pieces_alone(kv, targets, model)


def trained(model, text, words, setting, seed):
    """Vectors at (rate, epochs); None where the training ran away, which is a setting that nobody would keep."""
    rate, epochs = setting
    try:
        return unknown.trained(model, text, words, rate, seed=seed, epochs=epochs)
    except ValueError as error:
        if "ran away" not in str(error):
            raise


# ---------------------------------------------------------------------------------------------------------- the judge


def nearest(closeness, k=NEAREST):
    """The k columns closest to each row, (rows, k); of columns that are alike the first."""
    return np.argsort(-closeness, axis=1, kind="stable")[:, :k]


def shared(found, right):
    """For each row the share of the right neighbors that are found, (rows,), from two arrays of columns (rows, k)."""
    return np.array([len(set(one) & set(other)) / len(other) for one, other in zip(found.tolist(), right.tolist())])


def by_counts(sentences, words, targets, others):
    """The neighbors of the targets among `others` by their rows of PPMI over the whole text: columns (targets, k)."""
    table = counting.ppmi(counting.cooccurrence(sentences, words, window=WINDOW))
    index = {word: row for row, word in enumerate(words)}
    one, other = (table[[index[word] for word in asked]] for asked in (targets, others))
    return nearest(counting.cosine(one, other))


def by_word2vec(sentences, words, targets, others):
    """The same by word2vec over the whole text, the second judge: columns (targets, k).  Its seed is no method's."""
    kv = trained(WORD2VEC, sentences, words, SETTINGS[-1], max(SEEDS) + 1)
    return nearest(unit(kv[targets]) @ unit(kv[others]).T)


def by_letters(model, targets, others):
    """Neighbors by the Jaccard index of a model's n-grams alone: columns (targets, k)."""
    one, other = (
        [set(subwords.ngrams(word, **unknown.MODELS[model])) for word in asked] for asked in (targets, others)
    )
    return nearest(np.array([[len(a & b) / max(len(a | b), 1) for b in other] for a in one]))


# ------------------------------------------------------------------------------------------------ each at its own rate


def choices(by_setting, half):
    """The setting that scores best on each half, by the first seed: [setting, setting].

    by_setting {setting: shares (targets, seeds)}; half (targets,) of 0 and 1.
    """
    return [max(by_setting, key=lambda setting: by_setting[setting][half == side, 0].mean()) for side in (0, 1)]


def crossed(by_setting, half, chosen=None):
    """Shares (targets, seeds): each half is scored with the setting that the other half chose.

    chosen: the settings that the halves chose, where they were chosen before.
    """
    first, second = chosen or choices(by_setting, half)
    return np.where((half == 0)[:, None], by_setting[second], by_setting[first])


class Trials:
    """Rare words of one text, and what each training finds of their neighbors.

    A setting is trained with the first seed; the other seeds follow where it was chosen, and are nan elsewhere.
    """

    def __init__(self, sentences, vocabulary, targets):
        self.sentences, self.targets, self.words = sentences, targets, vocabulary.words
        often = [word for word, count in zip(vocabulary.words, vocabulary.counts) if count >= KNOWN]
        self.others = [word for word in often if word not in set(targets)]
        self.half = halves(np.arange(len(targets)))
        self.right = by_counts(sentences, self.words, targets, self.others)

    def train(self, found, model, occurrences, setting, seed):
        """Train once; found[method][setting][:, seed] is what each method that reads it shares, 0 if it ran away."""
        text = kept(self.sentences, self.targets, occurrences, seed=SEEDS[seed])
        words = self.words if occurrences else [word for word in self.words if word not in set(self.targets)]
        kv = trained(model, text, words, setting, SEEDS[seed])
        for method in readers(model, occurrences):
            empty = np.full((len(self.targets), len(SEEDS)), np.nan)
            rows = found.setdefault(method, {}).setdefault(setting, empty)
            rows[:, seed] = 0
            if kv is not None:
                vectors = answer(kv, method, model, text, self.targets)
                rows[:, seed] = shared(nearest(unit(vectors) @ unit(kv[self.others]).T), self.right)

    def scored(self, model, occurrences):
        """All settings with the first seed, those chosen and `ALIKE` with the others: {method: {setting: shares}}."""
        found = {}
        for setting in SETTINGS:
            self.train(found, model, occurrences, setting, 0)
        again = {ALIKE, *(setting for by_setting in found.values() for setting in choices(by_setting, self.half))}
        for setting, seed in product(sorted(again), range(1, len(SEEDS))):
            self.train(found, model, occurrences, setting, seed)
        return found


def told(items):
    """[value, low, high] of a method's shares (targets, seeds), for a file."""
    mean = items.mean(1)
    return [round(float(x), 4) for x in intervals.bootstrap(lambda rows: mean[rows].mean(), len(mean))[:3]]


def gap(one, other):
    """[difference, low, high, n] of two methods' shares (targets, seeds)."""
    return [round(float(x), 4) for x in intervals.paired_difference(one.mean(1), other.mean(1))]


def all_items(trials, progress=False):
    """Shares of everything that is asked: (own, alike, chosen), each {method: {kept: …}}.

    own, alike: shares (targets, seeds), each method with the setting that suits it, or all with `ALIKE`; what needs no
    training is in both.  chosen: the settings that the two halves chose.
    """
    own, alike, chosen = ({method: {} for method in METHODS} for _ in range(3))
    for model in SUBWORD:
        rows = shared(by_letters(model, trials.targets, trials.others), trials.right)
        for table in (own, alike):
            table[letters(model)] = dict.fromkeys(KEPT, np.repeat(rows[:, None], len(SEEDS), 1))
    asked = [(model, times) for model in (WORD2VEC, *SUBWORD) for times in KEPT if readers(model, times)]
    for model, times in training.progress(asked, "trials") if progress else asked:
        for method, by_setting in trials.scored(model, times).items():
            own[method][times] = crossed(by_setting, trials.half)
            alike[method][times] = by_setting[ALIKE]
            chosen[method][times] = choices(by_setting, trials.half)
    return own, alike, chosen


def judged_again(trials, chosen):
    """Shares of the same vectors by the second judge, {method: {kept: …}} of `AGAIN`.

    chosen {method: {kept: [setting, setting]}}: what the halves chose by the first judge.
    """
    other, items = copy(trials), {method: {} for method in AGAIN}
    other.right = by_word2vec(trials.sentences, trials.words, trials.targets, trials.others)
    for model, times in product((WORD2VEC, SUBWORD[0]), [times for times in KEPT if times]):
        methods, found = [method for method in readers(model, times) if method in AGAIN], {}
        settings = sorted({setting for method in methods for setting in chosen[method][times]})
        for setting, seed in product(settings, range(len(SEEDS))):
            other.train(found, model, times, setting, seed)
        for method in methods:
            items[method][times] = crossed(found[method], trials.half, chosen[method][times])
    return items


def differences(methods):
    """{"one - other": {kept: [difference, low, high, n]}} from {method: {kept: shares}}."""
    pairs = {
        f"{one} - {other}": (methods[one], methods[other]) for one, other in COMPARED if {one, other} <= set(methods)
    }
    for model in SUBWORD:
        if pieces(model) in methods:
            unmet = dict.fromkeys(KEPT, methods[pieces(model)][0])
            pairs[f"{model} - unmet"] = methods[model], unmet  # what so many meetings add
            pairs[f"{model}, unmet - {WORD2VEC}"] = unmet, methods[WORD2VEC]
    return {
        name: {str(times): gap(rows, other[times]) for times, rows in one.items() if times in other}
        for name, (one, other) in pairs.items()
    }


def summary(methods):
    """{"scores": {method: {kept: [value, low, high]}}, "differences"} from {method: {kept: shares}}."""
    scores = {
        method: {str(times): told(rows) for times, rows in by_times.items()} for method, by_times in methods.items()
    }
    return {"scores": scores, "differences": differences(methods)}


def compare(sentences, min_count=5, progress=False):
    """Scores and differences for each number of meetings, as a dict of plain values.

    {"n", "words", "others", "kept", "own": `summary`, "alike": `summary`, "again": `summary`, "chosen"}: "own" is
    each method with the training that suits it, "alike" all with the same, "again" the former by the second judge.
    ValueError for a text with fewer than `unknown.FEWEST` frequent words.
    """
    sentences = list(sentences)
    vocabulary = Vocabulary.build(sentences, min_count=min_count)
    targets = frequent(vocabulary, MOST, LEAST)
    if (n := len(targets)) < unknown.FEWEST:
        raise ValueError(f"{n} words occur {LEAST} times: too few to halve, so read more texts")
    trials = Trials(sentences, vocabulary, targets)
    own, alike, chosen = all_items(trials, progress)
    settings = {
        method: {str(times): [list(setting) for setting in pair] for times, pair in by_times.items()}
        for method, by_times in chosen.items()
        if by_times
    }
    size = {"n": n, "words": len(trials.words), "others": len(trials.others), "kept": list(KEPT)}
    again = judged_again(trials, chosen)
    return size | {"own": summary(own), "alike": summary(alike), "again": summary(again), "chosen": settings}


def lines(stored, model=SUBWORD[0]):
    """Lines of a table from stored results {corpus: `measured.Result`}: differences of one FastText model and word2vec.

    {(corpus, "FastText - word2vec, alike"): {kept: "+0.10 [+0.04, +0.17]"}, …}; without "alike" each with the training
    that suits it, and "by word2vec" with the second judge.
    """
    found = {}
    for corpus, result in stored.items():
        alike, own, again = (result.values[way]["differences"] for way in ("alike", "own", "again"))
        told = {f"{model} - {WORD2VEC}, alike": alike[f"{model} - {WORD2VEC}"]}
        told |= {pair: gaps for pair, gaps in own.items() if pair.startswith((model, WORD2VEC))}
        told |= {f"{pair}, by {WORD2VEC}": gaps for pair, gaps in again.items()}
        for pair, gaps in told.items():
            label = pair.replace(model, "FastText", 1).replace(f"{model}, ", "")
            shown = {times: "{:+.2f} [{:+.2f}, {:+.2f}]".format(*gap[:3]) for times, gap in gaps.items()}
            found[corpus, label] = shown
    return found


def signs(gaps):
    """Of differences {kept: [value, low, high, n]} a sign each: + or - where 0 lies outside the interval, else ?."""
    return "".join("+" if low > 0 else "-" if high < 0 else "?" for _, low, high, _ in gaps.values())


def measure(corpus, limit=None):
    """`compare` on the first `limit` texts of a corpus that is cut into eojeols: minutes."""
    sentences = list(islice(corpora.load(corpus, unit="word", fallback=False), limit))
    size = {"sentences": len(sentences), "tokens": sum(map(len, sentences))}
    return size | compare(sentences, progress=True)
