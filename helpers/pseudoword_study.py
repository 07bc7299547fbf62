"""What is context worth?  Pseudowords read by static vectors, by pretrained models frozen and fine-tuned, seed by seed.

    python tools/measure.py pseudowords wikipedia

One seed divides the articles anew, pretrains anew and draws the labels anew.  The rates of fine-tuning are chosen in
each seed on two pairs (`DEVELOPMENT`) that are not reported.  A seed that is done is kept in the cache, so a run that
was broken off goes on.
"""

import copy
import json
from itertools import islice

import numpy as np
import torch
from torch import nn

from . import checkpoints, context, corpora, downloads, files, pretraining, pseudowords, training, word2vec

SEEDS = 8
AMOUNT = 200  # labelled windows of a pair
RATES = (0.0005, 0.003)  # of fine-tuning, to choose from
SETTINGS = {"max_size": 1500, "epochs": 3, "batch_size": 128, "vector_size": 64, "alpha": 0.01}
# Pairs are alike in frequency and kind, and each word stands there at least 150 times, in a third of the articles (of
# kowiki: of the blocks of its first 6,000 paragraphs).  Korean particles depend on the letter before them, as in
# 정부 는 and 과학 은, and would give a pair away: both words of a pair end in a vowel, or both in a consonant but ㄹ.
PAIRS = {
    "wikipedia": "state/war world/people century/number government/country american/british water/group work/system "
                 "human/language large/high found/made",
    "kowiki": "연구/정부 대통령/운동 세계/문제 국가/사회 지역/이론 사건/이름 경제/정보 과학/사람 전쟁/실험 구조/상태",
}  # fmt: skip
DEVELOPMENT = {"wikipedia": "use/form early/later", "kowiki": "방법/중심 정치/시대"}
METHODS = ("static", "from scratch", "frozen", "fine-tuned", "head first", "masked, frozen")


def pairs_of(text):
    """ "a/b c/d" → [("a", "b"), ("c", "d")]."""
    return [tuple(pair.split("/")) for pair in text.split()]


def documents_of(corpus, limit=None):
    """{title: tokens} of a corpus of `PAIRS`; `limit` reads so many articles, or paragraphs of kowiki.

    kowiki is a stream of paragraphs: a hundred in a row stand for an article, which a border may cut in two.
    """
    if corpus == "wikipedia":
        return dict(corpora.documents("wikipedia")[:limit])
    from .korean.tokenizer import morphemes_of

    lines = corpora.load(corpus, unit="word", fallback=False).lines()
    paragraphs = list(morphemes_of(text for text, _ in islice(lines, limit) if text.strip()))
    blocks = [paragraphs[i : i + 100] for i in range(0, len(paragraphs), 100)]
    return {f"block {i}": [token for paragraph in block for token in paragraph] for i, block in enumerate(blocks)}


def readers(texts, seed):
    """What learns from the texts: (vocabulary, elmo, static), static a table (words, d) of word2vec's vectors.

    The table has zeros where a word has no vector.
    """
    vocabulary = context.ContextVocabulary.build(texts, max_size=SETTINGS["max_size"])
    elmo = pretraining.train(texts, "elmo", vocabulary=vocabulary, layers=1, seed=seed, **SETTINGS)
    kv = word2vec.train(texts, vector_size=SETTINGS["vector_size"], min_count=5, epochs=5, workers=1, seed=seed)
    table = torch.zeros(len(vocabulary), kv.vector_size)
    for i, word in enumerate(vocabulary.words):
        if word in kv.key_to_index:
            table[i] = torch.from_numpy(kv[word].copy())
    return vocabulary, elmo.model, table


def prepare(documents, pairs, seed):
    """Divide, merge and pretrain for one seed: (merged, vocabulary, training titles, test titles, elmo, bert, static).

    static: the table of `readers`.
    """
    merged = pseudowords.merge(documents, pairs)
    train, test = pseudowords.divide(documents, seed)
    texts = [merged.documents[title] for title in train]
    vocabulary, elmo, table = readers(texts, seed)
    bert = pretraining.train(texts, "bert", vocabulary=vocabulary, seed=seed, **SETTINGS | {"alpha": 0.005})
    return merged, vocabulary, train, test, elmo, bert.model, table


def answer(method, task, elmo, bert, table, rate, seed):
    """The test accuracy of one of METHODS on a `pseudowords.Task`."""
    if method in ("static", "frozen", "masked, frozen"):
        features = {"static": lambda ids: pseudowords.neighbors(table, ids),
                    "frozen": lambda ids: pseudowords.contextual(elmo, ids),
                    "masked, frozen": lambda ids: pseudowords.contextual(bert, ids)}[method]  # fmt: skip
        head = pseudowords.linear(features(task.train_ids), task.train_labels)
        return pseudowords.accuracy(head(features(task.test_ids)), task.test_labels)
    model = copy.deepcopy(elmo)
    if method == "from scratch":
        options = pretraining.Options("elmo", layers=1, vector_size=SETTINGS["vector_size"], seed=seed)
        model = pretraining.untrained(options, elmo.words)
    if method == "head first":
        head = pseudowords.linear(pseudowords.contextual(elmo, task.train_ids), task.train_labels)
    else:
        head = random_head(elmo.width, seed)
    reader = pseudowords.fine_tune(model, head, task.train_ids, task.train_labels, rate, seed=seed)
    with torch.inference_mode():
        return pseudowords.accuracy(reader(task.test_ids), task.test_labels)


def random_head(width, seed):
    """A head that knows nothing yet, drawn from the seed."""
    head, draw = nn.Linear(width, 2), training.generator(seed)
    with torch.no_grad():
        head.weight.copy_(torch.randn(head.weight.shape, generator=draw) * width**-0.5)
        head.bias.zero_()
    return head


def one_seed(documents, corpus, seed):
    """{"rates": {method: rate}, "accuracy": {method: [that of each pair]}} for one seed."""
    development, pairs = pairs_of(DEVELOPMENT[corpus]), pairs_of(PAIRS[corpus])
    merged, vocabulary, train, test, *models = prepare(documents, [*development, *pairs], seed)
    tasks = {pair: pseudowords.task(merged, pair, vocabulary, train, test, AMOUNT, seed)
             for pair in (*development, *pairs)}  # fmt: skip
    rates = {}
    for method in ("from scratch", "fine-tuned", "head first"):
        scores = {rate: np.mean([answer(method, tasks[pair], *models, rate, seed) for pair in development])
                  for rate in RATES}  # fmt: skip
        rates[method] = max(scores, key=scores.get)
    found = {method: [answer(method, tasks[pair], *models, rates.get(method), seed) for pair in pairs]
             for method in METHODS}  # fmt: skip
    return {"rates": rates, "accuracy": found}


def kept(name, work):
    """What `work()` gives, kept as JSON in the cache under a name, so that it is done once."""
    path = downloads.cache_folder() / "pseudowords" / f"{name}.json"
    if not path.is_file():
        value = work()
        files.made(path.parent)
        with files.whole(path) as draft:
            draft.write_text(json.dumps(value), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


@training.one_thread()
def measure(corpus, limit=None, seeds=None):
    """The study as a dict of plain values, for `measured.run`; "accuracy" is {method: seeds × pairs}.

    seeds: how many, from 1 on; by default SEEDS.
    """
    if corpus not in PAIRS:
        raise ValueError(f"pairs of words are chosen for {' and '.join(PAIRS)}, not for {corpus!r}")
    documents = documents_of(corpus, limit)
    settings = checkpoints.digest(documents, SETTINGS, PAIRS[corpus], DEVELOPMENT[corpus], AMOUNT, RATES)
    runs = [kept(f"{settings}-{seed}", lambda seed=seed: one_seed(documents, corpus, seed))
            for seed in range(1, (seeds or SEEDS) + 1)]  # fmt: skip
    return {
        "sentences": len(documents),
        "tokens": sum(map(len, documents.values())),
        "pairs": PAIRS[corpus].split(),
        "labels": AMOUNT,
        "rates": {method: [run["rates"][method] for run in runs] for method in runs[0]["rates"]},
        "accuracy": {method: np.round([run["accuracy"][method] for run in runs], 4).tolist() for method in METHODS},
    }
