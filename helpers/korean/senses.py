"""True homographs on real text: which 의사 is it, the physician or the intention?  Contexts against static neighbours.

    python tools/measure.py senses kowiki --limit 6000

datasets/korean/senses.tsv holds what one annotator marked: paragraphs of Korean Wikipedia, each by a digest and
not by its text, and the sense that the one 의사 (다리, 눈) in it has.  The models of `pseudoword_study` learn from the
first paragraphs of the corpus, and no marked paragraph is among them.  Each occurrence is then given the sense of its
nearest neighbour among the others of the same word.
"""

from collections import Counter

import numpy as np
import torch

from .. import checkpoints, context, corpora, letters, pretraining, pseudoword_study, pseudowords, training, vectors
from .tokenizer import DATA, morphemes_of

SEEDS = 3
METHODS = ("static", "untrained", "contextual")


def marked():
    """{digest of a paragraph: (word, sense)}, as they were marked by hand."""
    lines = (DATA / "senses.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {name: (word, sense) for word, sense, name in rows}


def paragraphs_of(corpus):
    """The paragraphs of a corpus with their capitals, as their digests were taken."""
    return [text for text, _ in corpora.load(corpus, unit="word", lower=False, fallback=False).lines()]


def marked_texts(paragraphs, senses):
    """[(word, sense, text)] of the marked paragraphs, in their order; one that comes again is left out."""
    wanted = {}
    for text in paragraphs:
        wanted.setdefault(checkpoints.digest(text), text)
    return [(*senses[name], text) for name, text in wanted.items() if name in senses]


def occurrences(paragraphs, senses):
    """[(word, sense, tokens, position)]: where the word of a marked paragraph stands, in the order of the paragraphs.

    A paragraph in which Kiwi finds the word not once, or which comes again, is left out.
    """
    texts, found = marked_texts(paragraphs, senses), []
    read = morphemes_of(letters.lower(text) for _, _, text in texts)  # as the models read them
    for (word, sense, _), tokens in zip(texts, read):
        if tokens.count(word) == 1:
            found.append((word, sense, tokens, tokens.index(word)))
    return found


def windows(found, vocabulary, reach=pseudowords.REACH):
    """Ids around each occurrence, (n, 2·reach + 1), <end> beyond the ends; the word itself is <unknown> to everyone."""
    rows = []
    for _, _, tokens, position in found:
        around = [context.END] * reach + vocabulary.encode(tokens) + [context.END] * reach
        row = around[position : position + 2 * reach + 1]
        row[reach] = context.UNKNOWN
        rows.append(row)
    return torch.tensor(rows)


def nearest_agrees(table, words, senses):
    """For each row: has the nearest other row of the same word, by cosine, the same sense?  A bool array (n,)."""
    near = others_of_a_word(vectors.cosine_matrix(table, table), words)
    return senses[near.argmax(1)] == senses


def others_of_a_word(near, words):
    """How near rows are, (n, n), with −∞ where they stand for another word or are the same row."""
    near = np.where(np.equal.outer(words, words), near, -np.inf)
    np.fill_diagonal(near, -np.inf)
    return near


def commonest_agrees(words, senses):
    """For each row: has it the sense that most of the other rows of the same word have?  Ties are wrong."""
    counts = Counter(zip(words.tolist(), senses.tolist()))
    answers = []
    for word, sense in zip(words.tolist(), senses.tolist()):
        others = {s: n - (s == sense) for (w, s), n in counts.items() if w == word}
        answers.append(all(others[sense] > n for s, n in others.items() if s != sense))
    return np.array(answers)


@training.one_thread()
def measure(corpus, limit=None):
    """The experiment as a dict of plain values, for `measured.run`.

    "agree": {method: for each occurrence, the share of seeds in which its nearest neighbour has its sense}.
    """
    if corpus != "kowiki" or not limit:
        raise ValueError(
            "senses were marked in kowiki, beyond the first paragraphs: write `senses kowiki --limit 6000`"
        )
    documents = pseudoword_study.documents_of(corpus, limit)
    found = occurrences(paragraphs_of(corpus)[limit:], marked())
    words, senses = (np.array(column) for column in list(zip(*found))[:2])
    agree = {method: [] for method in METHODS}
    for seed in range(1, SEEDS + 1):
        vocabulary, elmo, table = pseudoword_study.readers(list(documents.values()), seed)
        ids = windows(found, vocabulary)
        options = pretraining.Options("elmo", layers=1, vector_size=table.shape[1], seed=seed)
        untrained = pretraining.untrained(options, len(vocabulary))
        features = {"static": pseudowords.neighbors(table, ids), "untrained": pseudowords.contextual(untrained, ids),
                    "contextual": pseudowords.contextual(elmo, ids)}  # fmt: skip
        for method, rows in features.items():
            agree[method].append(nearest_agrees(rows.numpy(), words, senses))
    return {
        "sentences": limit,
        "tokens": sum(map(len, documents.values())),
        "words": words.tolist(),
        "senses": senses.tolist(),
        "agree": {"commonest sense": commonest_agrees(words, senses).astype(float).tolist()}
        | {method: np.mean(rows, 0).round(4).tolist() for method, rows in agree.items()},
    }
