"""What do vectors still know about words that training never saw: misspelt, inflected, new?

Measures over gensim KeyedVectors, with or without subwords.  In all of them a word for which the vectors have no
answer counts as a failure, never as a case to leave out, so that models with and without subwords can be compared:

    ranks(kv, typed, meant)          on which place among all words does the right one stand?
    ranks_by_letters(words, …)       the same by spelling alone, the opponent that needs no vectors
    family_share(kv, families)       how many of a word's nearest neighbors are other forms of the same word?
    coverage(kv, words)              which of these words have any vector at all?
    seen_parts(words, known, cut)    and how much of each of them was seen in training?

`oov_vector` is how such a word gets its vector.  `conjugated` and `declined` write the families: the forms of one
verb, or of one noun with its particles.
"""

from collections.abc import Mapping

import numpy as np
import torch

from helpers import arguments, letters, subwords
from helpers.korean import hangul, inflection

ENDINGS = (
    "는다", "었다", "습니다", "었습니다", "어요", "었어요", "고", "으면", "어서", "으려고", "지만", "는데", "으니까",
    "는", "은", "으러", "다가", "자", "을게요", "읍시다",
)  # fmt: skip
PARTICLES = (
    "이/가", "은/는", "을/를", "에", "에서", "에는", "에서는", "으로/로", "와/과", "도", "의", "만", "에게", "께서",
    "께서는", "부터", "까지", "보다", "이다/다",
)  # fmt: skip
CHUNK = 500  # words that are compared with the whole vocabulary at a time


def conjugated(verbs, endings=ENDINGS, honorific=True):
    """The forms of each verb: {'먹다': ['먹다', '먹는다', '먹었다', …, '드신다', '드셨다', …], …}.

    verbs: dictionary forms in 다; endings as in `helpers.korean.inflection`.  With `honorific` the same endings stand
    behind the stem that honours its subject, too.  A form that two verbs share is in neither family.
    """
    verbs, endings = arguments.words("verbs", verbs), arguments.words("endings", endings)
    found, honorific = {}, arguments.flag("honorific", honorific)
    for verb in verbs:
        bases = [verb] + ([inflection.honorific(verb[:-1]) + "다"] if honorific else [])
        found[verb] = bases + [inflection.inflect(base, ending) for base in bases for ending in endings]
    return distinct(found)


def declined(nouns, particles=PARTICLES):
    """Each noun alone and with each particle: {'학교': ['학교', '학교가', '학교는', …], …}; "이/가" takes what fits."""
    nouns, particles = arguments.words("nouns", nouns), arguments.words("particles", particles)
    with_particle = lambda noun, particle: hangul.attach(noun, particle) if "/" in particle else noun + particle  # noqa: E731
    return distinct({noun: [noun] + [with_particle(noun, particle) for particle in particles] for noun in nouns})


def distinct(families):
    """Families {name: forms} without repeated forms, and without forms that stand in two of them."""
    families = arguments.mapping("families", families, "{name: forms}")
    families, count = {name: arguments.names("each of families", forms) for name, forms in families.items()}, {}
    for forms in families.values():
        for form in set(forms):
            count[form] = count.get(form, 0) + 1
    return {name: [form for form in dict.fromkeys(forms) if count[form] == 1] for name, forms in families.items()}


def oov_vector(word, table, min_n=3, max_n=6):
    """The vector of a word that training never saw: the mean of its n-grams' rows, (dim,); zeros if it has none.

    table (bucket, dim): the buckets' vectors, a tensor or an array such as `kv.vectors_ngrams`.
    """
    table = table if isinstance(table, torch.Tensor) else arguments.array("table", table, None, None)
    rows = subwords.ngram_hashes(letters.tidy(word), min_n, max_n, len(table))
    return table[rows].mean(0) if rows else table[:0].sum(0)


def vectors_of(kv, words):
    """A unit vector for each word, (words, dim); zeros where the vectors have no answer."""
    words, kv = arguments.words("words", words), arguments.keyed_vectors("kv", kv)
    rows = np.array([kv.key_to_index.get(word, -1) for word in words], dtype=int)
    table = kv.vectors[rows] if len(kv.vectors) else np.zeros((len(words), kv.vector_size))
    table[rows < 0] = 0
    for i in np.flatnonzero(rows < 0):
        if words[i] in kv:  # with subwords, gensim says True for every word
            table[i] = kv.get_vector(words[i])
    if not np.isfinite(table).all():
        raise ValueError("some of these vectors are no numbers: train again with a lower alpha")
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)


def coverage(kv, words):
    """For each word, whether the vectors have an answer that is not all zeros: bool (words,)."""
    return vectors_of(kv, words).any(1)


def seen_parts(words, known, cut):
    """For each word the share of its parts that also occur in a known word, (words,); 0 if it has none.

    cut(word) → its parts, e.g. n-grams.  Vectors with subwords answer for every word; this says what the answer is
    made of: the rows of parts that never occurred are still the random numbers that training began with.
    """
    words, known = arguments.words("words", words), arguments.words("known", known)
    cut = arguments.function("cut", cut, needed=True)
    seen = {part for word in known for part in cut(word)}
    parts = [list(cut(word)) for word in words]
    return np.array([sum(part in seen for part in some) / len(some) if some else 0.0 for some in parts])


def ranks(kv, queries, targets):
    """The place of each target among all words of the vocabulary, by closeness to its query: float (n,), 1 is best.

    queries (n) are words, known or not, and targets (n) known ones.  inf where the vectors have no answer to the query.
    Words as close as the target share the worst of their places.  Raises KeyError for an unknown target.
    """
    queries, targets = asked_for(queries, targets, arguments.keyed_vectors("kv", kv).key_to_index)
    rows = np.array([kv.key_to_index[target] for target in targets], dtype=int)
    unit, places = vectors_of(kv, kv.index_to_key), np.full(len(queries), np.inf)
    asked = vectors_of(kv, queries)
    for start in range(0, len(queries), CHUNK):
        part = slice(start, start + CHUNK)
        closeness = asked[part] @ unit.T  # (chunk, words)
        own = closeness[np.arange(len(closeness)), rows[part]]
        places[part] = np.where(asked[part].any(1), (closeness >= own[:, None]).sum(1), np.inf)
    return places


def asked_for(queries, targets, known):
    """Queries and targets as lists of the same length; ValueError where they are not, KeyError for an unknown target.

    known: what the words of the vocabulary are keys of.
    """
    queries, targets = arguments.words("queries", queries), arguments.words("targets", targets)
    if len(queries) != len(targets):
        raise ValueError(f"{len(queries)} queries need as many targets, not {len(targets)}")
    if unknown := [target for target in targets if target not in known]:
        raise KeyError(f"the vocabulary does not know the target {unknown[0]!r}: leave it and its query out")
    return queries, targets


def ranks_by_letters(words, queries, targets, min_n=3, max_n=5, units="jamo"):
    """`ranks` without vectors: words by the Jaccard index of their n-grams and the query's, float (n,), 1 is best.

    words: the vocabulary, of which each target is one.  Words as alike as the target share the worst of their places;
    inf where the query has no n-gram in common with any word.  Raises KeyError for an unknown target.
    """
    words = arguments.words("words", words)
    index = {word: row for row, word in enumerate(words)}
    queries, targets = asked_for(queries, targets, index)
    cut = [set(subwords.ngrams(word, min_n, max_n, units)) for word in words]
    sizes, holders, places = np.array([len(pieces) for pieces in cut]), {}, []
    for row, pieces in enumerate(cut):
        for piece in pieces:
            holders.setdefault(piece, []).append(row)
    for query, target in zip(queries, targets):
        pieces, common = set(subwords.ngrams(query, min_n, max_n, units)), np.zeros(len(words))
        for piece in pieces & holders.keys():
            common[holders[piece]] += 1
        jaccard = common / np.maximum(sizes + len(pieces) - common, 1)
        places.append((jaccard >= jaccard[index[target]]).sum() if common.any() else np.inf)
    return np.array(places, dtype=float)


def family_share(kv, families, queries="known"):
    """Among the m words nearest to a form, the share that are other forms of the same word, averaged over forms.

    families {name: forms}; m is the number of other forms that the vocabulary knows, so 1 can be reached, and a form
    without any is left out.  queries: "known" asks with the forms in the vocabulary, "unknown" with all others, for
    which only vectors with subwords have an answer; without one the share is 0.  Only known words are neighbors.
    Returns (share, forms asked).  Raises ValueError if no form can be asked.
    """
    queries, kv = arguments.choice("queries", queries, ("known", "unknown")), arguments.keyed_vectors("kv", kv)
    if not isinstance(families, Mapping):
        raise TypeError(f"families must be a dict {{name: forms}}, not {arguments.shown(families)}")
    index, asked, wanted = kv.key_to_index, [], []
    for forms in (arguments.words("families", forms) for forms in families.values()):
        known = {index[form] for form in forms if form in index}
        for form in forms:
            others = known - {index.get(form)}
            if others and (form in index) == (queries == "known"):
                asked.append(form)
                wanted.append(others)
    if not asked:
        raise ValueError(f"none of the families has two forms to ask for with {queries} forms: take more text")
    unit, query, shares = vectors_of(kv, kv.index_to_key), vectors_of(kv, asked), []
    for start in range(0, len(asked), CHUNK):
        part = slice(start, start + CHUNK)
        closeness = query[part] @ unit.T
        for row, form, others, vector in zip(closeness, asked[part], wanted[part], query[part]):
            if form in index:
                row[index[form]] = -np.inf
            near = np.argpartition(-row, len(others) - 1)[: len(others)]
            shares.append(len(others & set(near.tolist())) / len(others) if vector.any() else 0.0)
    return float(np.mean(shares)), len(asked)
