"""Forms of verbs and nouns, meaning and typos in Korean, each model with the training that suits it.

    own_rates.VERBS, own_rates.NOUNS        # the words whose forms lesson 8 asks for
    own_rates.untrained(kv, seed)           # the same pieces of words, random vectors

`measure` is the experiment of `tools/measure.py`: for every task each model chooses its rate and its number of epochs
on one half of the items and is scored on the other; "both ways" lets the halves change places as well, so that every
item is scored.  Lesson 8 holds it beside models that all train alike.
"""

import copy
from functools import partial
from itertools import islice, product

import numpy as np

from helpers import corpora, intervals, robustness, scores
from helpers.vocabulary import Vocabulary
from helpers.word2vec_trials import correlation, halves, known, targets

from . import unknown

VERBS = (
    "가다 오다 먹다 마시다 보다 듣다 읽다 쓰다 만들다 배우다 가르치다 놀다 자다 씻다 빨다 헹구다 두드리다 사다 "
    "팔다 입다 벗다 타다 내리다 앉다 걷다 잡다 심다 굽다 끓이다 그리다 부르다 돕다 기다리다 던지다 나누다"
).split()
NOUNS = (
    "학교 시장 도서관 공원 병원 바다 산 집 방 마당 개울가 어머니 아버지 할머니 할아버지 동생 누나 친구 아이 고양이 "
    "강아지 빨래 속옷 책 편지 꽃 나무 사과 밥 물 버스 기차"
).split()
# With known forms of verbs word2vec gained nothing from 20 or 30 epochs, and ran away at a rate of 0.3.
RATES, EPOCHS, SEEDS = (0.05, 0.1, 0.2), (3, 10), (1, 2)
RANKED = ("similarity", "meaning")  # tasks whose score is a rank correlation
UNTRAINED, MORPHEMES, LETTERS = "untrained jamo", "word2vec morphemes", "no vectors"
RIVALS = {  # task: what each FastText is held against
    "verbs, known": ("word2vec", UNTRAINED),
    "verbs, unknown": (UNTRAINED,),
    "nouns, known": ("word2vec", UNTRAINED),
    "nouns, unknown": (UNTRAINED,),
    "similarity": ("word2vec",),
    "analogies": ("word2vec", UNTRAINED),
    "one typo": (LETTERS, UNTRAINED),
    "meaning": (MORPHEMES, UNTRAINED),
}


def untrained(kv, seed):
    """FastText vectors of the same shape and the same pieces as `kv`, with random numbers for rows."""
    made, draw = copy.deepcopy(kv), np.random.default_rng(seed)
    for rows in (made.vectors_vocab, made.vectors_ngrams):
        rows[:] = draw.normal(size=rows.shape)
    made.adjust_vectors()
    return made


def family_shares(kv, families, queries):
    """`robustness.family_share` of each family alone, (families,); nan for one of which no form can be asked."""
    found = []
    for name, forms in families.items():
        try:
            found.append(robustness.family_share(kv, {name: forms}, queries)[0])
        except ValueError:
            found.append(np.nan)
    return np.array(found)


def tasks_of(vocabulary, pieces):
    """{task: function from vectors to items}; an item is a number, or a cosine beside people's score."""
    verbs, nouns = robustness.conjugated(VERBS), robustness.declined(NOUNS)
    words, pairs = unknown.long_enough(vocabulary.words), unknown.unknown_pairs(vocabulary, pieces)
    typed = unknown.misspelt(words, 1)

    def similarity(kv):
        people, cosines = scores.pair_cosines(kv, scores.KOREAN / "similarity.tsv")
        return np.stack([cosines, people], 1)

    shares = {
        f"{kind}, {queries}": partial(family_shares, families=families, queries=queries)
        for kind, families in (("verbs", verbs), ("nouns", nouns))
        for queries in ("known", "unknown")
    }
    return shares | {
        "similarity": similarity,
        "analogies": lambda kv: scores.analogies(kv, scores.KOREAN / "analogies_words.txt").hits,
        "one typo": lambda kv: unknown.typo_hits(kv, typed, words),
        "meaning": partial(unknown.meaning, pairs=pairs, form=unknown.with_particle),
    }


def score(items):
    """The mean over seeds of (items, seeds), or of the rank correlations of (items, seeds, 2)."""
    if items.ndim == 2:
        return float(items.mean())
    return correlation(items)


def runs(eojeols, morphemes, vocabulary, pieces):
    """{task: {model: {(rate, epochs): items (n, seeds, …)}}}; what is not trained has the one setting None."""
    tasks, found = tasks_of(vocabulary, pieces), {task: {} for task in RIVALS}

    nouns_alone = partial(unknown.meaning, pairs=unknown.unknown_pairs(vocabulary, pieces), form=str)

    def keep(model, setting, kvs, asked):
        for task in asked:
            ask = nouns_alone if model == MORPHEMES else tasks[task]
            found[task].setdefault(model, {})[setting] = np.stack([ask(kv) for kv in kvs], 1)

    for rate, epochs in product(RATES, EPOCHS):
        for model in (*unknown.MODELS, MORPHEMES):
            name, text = model, (eojeols, vocabulary)
            asked = [task for task, rivals in RIVALS.items() if model != "word2vec" or model in rivals]
            if model == MORPHEMES:
                name, text, asked = "word2vec", (morphemes, pieces), ["meaning"]
            kvs = [unknown.trained(name, *text, rate, seed, epochs=epochs) for seed in SEEDS]
            keep(model, (rate, epochs), kvs, asked)
            if model == "jamo 3-5" and (rate, epochs) == (RATES[0], EPOCHS[0]):
                keep(UNTRAINED, None, [untrained(kv, seed) for kv, seed in zip(kvs, SEEDS)], RIVALS)
    words = unknown.long_enough(vocabulary.words)
    ranks = robustness.ranks_by_letters(vocabulary.words, unknown.misspelt(words, 1), words)
    found["one typo"][LETTERS] = {None: np.repeat((ranks <= 10.0)[:, None] * 1.0, len(SEEDS), 1)}
    return found


def known_to_all(by_model):
    """Which items every model answers with every setting and seed, bool (items,)."""
    return np.all([known(items) for by_setting in by_model.values() for items in by_setting.values()], axis=0)


def choices(by_model, rows):
    """The setting of each model that scores best on these items."""
    return {
        model: max(by_setting, key=lambda setting: score(by_setting[setting][rows]))
        for model, by_setting in by_model.items()
    }


def differences(items, groups, rivals):
    """{"rival - model": [value, low, high, n]} for each FastText, from {model: items (n, seeds, …)}."""
    gaps = {
        f"{rival} - {model}": intervals.paired_difference(items[rival], items[model], groups=groups, score=score)
        for rival in rivals
        for model in unknown.MODELS
        if model != "word2vec"
    }
    return {name: [round(float(x), 4) for x in gap] for name, gap in gaps.items()}


def reported(by_model, groups, rivals):
    """What a task tells: of each model the setting that one half chose and the other half's score, and differences.

    by_model {model: {setting: items}}; groups (items,): items with one label stay on one side and are drawn together.
    """
    asked, half = known_to_all(by_model), halves(groups)
    choosing, reporting = (np.flatnonzero(asked & (half == side)) for side in (0, 1))
    chosen = choices(by_model, choosing)
    items = {model: by_model[model][setting][reporting] for model, setting in chosen.items()}
    return {
        "n": len(set(groups[reporting].tolist())),
        "chosen": chosen,
        "scores": {model: round(score(rows), 4) for model, rows in items.items()},
        "differences": differences(items, groups[reporting], rivals),
    }


def both_ways(by_model, groups, rivals):
    """Scores and differences over all items: each half is scored with the settings that the other half chose.

    One half alone has so few verbs that which of them fall into it decides whether an interval contains 0.  Only for
    items that are numbers (n, seeds): cosines of two settings have no common scale that they could be ranked on.
    """
    asked, half = known_to_all(by_model), halves(groups)
    items = {model: np.full((len(groups), len(SEEDS)), np.nan) for model in by_model}
    for choosing, reporting in ((0, 1), (1, 0)):
        rows = half == reporting
        for model, setting in choices(by_model, asked & (half == choosing)).items():
            items[model][rows] = by_model[model][setting][rows]
    items = {model: rows[asked] for model, rows in items.items()}
    return {
        "scores": {model: round(score(rows), 4) for model, rows in items.items()},
        "differences": differences(items, groups[asked], rivals),
    }


def beginnings(words):
    """The first two syllables of each word: after a typo 어머니는 and 어머니께서 are left with the same pieces."""
    return np.array([word[:2] for word in words])


def compare(eojeols, morphemes, min_count=5):
    """Every task as a dict of plain values; the same sentences cut both ways."""
    vocabulary, pieces = (Vocabulary.build(text, min_count=min_count) for text in (eojeols, morphemes))
    found, told = runs(eojeols, morphemes, vocabulary, pieces), {}
    for task, by_model in found.items():
        n = len(next(iter(next(iter(by_model.values())).values())))
        groups = targets(scores.KOREAN / "analogies_words.txt") if task == "analogies" else np.arange(n).astype(str)
        told[task] = reported(by_model, groups, RIVALS[task])
        if task not in RANKED:
            units = beginnings(unknown.long_enough(vocabulary.words)) if task == "one typo" else groups
            told[task]["both ways"] = both_ways(by_model, units, RIVALS[task])
    return told


def measure(corpus, limit=None):
    """`compare` on the first `limit` sentences of a corpus that has them in eojeols and in morphemes: minutes."""
    eojeols, morphemes = (
        list(islice(corpora.load(corpus, unit=unit, fallback=False), limit)) for unit in ("word", "morpheme")
    )
    size = {"sentences": len(eojeols), "tokens": sum(map(len, eojeols))}
    return size | {"tasks": compare(eojeols, morphemes)}
