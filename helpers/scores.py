"""How good are word vectors?  Similarity, analogies, and how far two sets of vectors agree, over gensim KeyedVectors.

    scores.evaluate(kv)                       # WordSim-353, SimLex-999 and the analogies of Mikolov et al.
    scores.evaluate(kv, language="Korean")    # the sets of datasets/korean, made for this course

Similarity is gensim's `evaluate_word_pairs`.  Analogies are those of gensim's `evaluate_word_analogies` with all
questions asked at once, as one product of matrices; the tests hold both against each other.  Whether two sets of
vectors differ is asked of the same pairs or questions (`compare_similarity`, `compare_analogies`), with an interval.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import arguments, files, letters
from helpers.corpora import textfiles
from helpers.intervals import Interval, bootstrap, paired_difference, verdict  # noqa: F401 (the lessons' scores.bootstrap)

LANGUAGES = "English", "Korean"
KOREAN = Path(__file__).resolve().parent.parent / "datasets" / "korean"
OFFSET, WITHOUT_A, ONLY_C = (-1, 1, 1), (0, 1, 1), (0, 0, 1)  # multiples of a, b, c in an analogy, and its opponents
CHUNK = 500  # questions, or words, that are compared with the whole vocabulary at a time


class Correlation(NamedTuple):
    """Spearman's rank correlation with people's scores, and for how many of the pairs both words are known."""

    value: float
    used: int
    pairs: int


class Accuracy(NamedTuple):
    """Analogy questions answered right, those that could be asked, and all; by section in `sections`.

    hits (questions,): 1 where the answer was right, 0 where it was wrong, nan where it could not be asked.
    """

    right: int
    asked: int
    questions: int
    sections: dict
    hits: np.ndarray

    @property
    def share(self):
        """Right answers among those that could be asked; nan if none could."""
        return self.right / self.asked if self.asked else float("nan")


def sets(language="English"):
    """Two dicts from names to files: word pairs, and analogy questions.  Languages: "English", "Korean"."""
    from gensim.test.utils import datapath

    language = arguments.choice("language", language, LANGUAGES, hint=": use similarity() and analogies() on files")
    if language == "English":  # gensim's package data
        pairs = {"WordSim-353": datapath("wordsim353.tsv"), "SimLex-999": datapath("simlex999.txt")}
        return pairs, {"analogies": datapath("questions-words.txt")}
    return {"similarity": str(KOREAN / "similarity.tsv")}, {"analogies": str(KOREAN / "analogies.txt")}


def evaluate(kv, language="English"):
    """All scores of a language's bundled sets as a dict of numbers.

    Each set of pairs has its rank correlation under its name and the number of usable pairs under "NAME pairs";
    "analogies" is the share of right answers (0 to 1), "analogies asked" the number of questions that could be asked.
    The Korean sets are cut into morphemes, as `corpora.load("korean")` is.  Raises ValueError if the vectors know none
    of the words.
    """
    pairs, questions = sets(language)
    found = {}
    for name, path in pairs.items():
        score = similarity(kv, path)
        found |= {name: score.value, f"{name} pairs": score.used}
    for name, path in questions.items():
        score = analogies(kv, path)
        found |= {name: score.share, f"{name} asked": score.asked}
    return found


def similarity(kv, path, **options):
    """Spearman's correlation between cosines and people's scores, as `Correlation`; options go to gensim.

    path: lines of two words and a number, with tabs between them; lines that begin with # are left out.
    Raises FileNotFoundError, and ValueError if the vectors know none of the pairs.
    """
    arguments.keyed_vectors("kv", kv)
    delimiter = options.get("delimiter", "\t")
    path, lines = pair_lines(path, options.pop("encoding", None))
    pairs = sum(is_pair(line, delimiter) for line in lines)
    if not pairs:
        raise ValueError(f"{path.name} has no line of two words and a number with {delimiter!r} between them; its "
                         f"first is {lines[0][:60]!r}: name what stands between them with delimiter=")  # fmt: skip
    with files.temporary_folder() as folder:
        tidy = folder / "pairs"  # as `textfiles` reads it, without a byte order mark, in one form of Unicode
        with files.room_for_temporary():
            tidy.write_text("\n".join(lines) + "\n", encoding="utf-8")
        try:
            _, spearman, unknown = kv.evaluate_word_pairs(str(tidy), **options)
        except ValueError as error:
            raise ValueError(
                f"the vectors know both words of none of the {pairs} pairs in {path.name}, or of one only, and a "
                "correlation needs two: is it the right language, and are the words cut and lower-cased as in the "
                "training text?"
            ) from error
    found = Correlation(float(spearman[0]), round(pairs * (1 - unknown / 100)), pairs)
    if not np.isfinite(found.value):
        raise ValueError(f"the {found.used} pairs that the vectors know all have the same score, or the same cosine, "
                         "so there is no correlation: take more pairs, or look into the vectors")  # fmt: skip
    return found


def pair_lines(path, encoding=None):
    """The path of a file of word pairs, as it is called on this disk, and its lines; FileNotFoundError without one."""
    path = letters.found(arguments.path("path", path))
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}: word pairs with scores, tab-separated, are needed")
    textfiles.checked(encoding, "strict")
    return path, [line for line, _ in textfiles.lines(path, encoding)]


def is_pair(line, delimiter="\t"):
    """Whether gensim takes a line for a pair of words with its score."""
    fields = line.split(delimiter)
    try:
        float(fields[-1])
    except ValueError:
        return False
    return len(fields) == 3 and not line.startswith("#")


def questions_in(path):
    """Analogy questions of a file by section, {name: [(a, b, c, d), …]}: "a is to b as c is to d".

    Raises FileNotFoundError, and ValueError naming the line that is not four words or stands before any section.
    """
    path = letters.found(arguments.path("path", path))
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}: lines of four words, and ': NAME' above each section")
    found, section = {}, None
    for number, line in enumerate(letters.lines_of(path), 1):
        words = tuple(letters.tidy(line).split())
        if line.startswith(": "):
            section = found.setdefault(line[2:].strip(), [])
        elif words and (section is None or len(words) != 4):
            what = "stands before any ': NAME' line" if section is None else f"has {len(words)} words, not 4"
            raise ValueError(f"{path.name}, line {number} {what}: {line.strip()!r}")
        elif words:
            section.append(words)
    return found


def analogies(kv, path, exclude=True, restrict_vocab=300_000, signs=OFFSET):
    """The share of analogy questions that b − a + c answers, as `Accuracy`; upper and lower case count as the same.

    exclude          never take a, b or c for the answer, as everybody does; False shows what happens otherwise
    restrict_vocab   use only so many of the most frequent words, as gensim does
    signs            what to do with a, b and c: OFFSET, or its opponents WITHOUT_A and ONLY_C
    """
    exclude, kv = arguments.flag("exclude", exclude), arguments.keyed_vectors("kv", kv)
    words = kv.index_to_key[: arguments.optional(arguments.whole, "restrict_vocab", restrict_vocab, 1)]
    first = rows_of(words)
    same = np.array([first[folded(word)] for word in words])  # Paris and paris are one answer
    sections = questions_in(path)
    ids = [[first.get(folded(word), -1) for word in question] for part in sections.values() for question in part]
    ids = np.array(ids, dtype=np.int64).reshape(-1, 4)
    asked = ids.min(axis=1, initial=len(words)) >= 0
    found = answers(kv.vectors[: len(words)], ids[asked, :3], exclude, same, signs)
    hits = np.full(len(ids), np.nan)
    hits[asked] = (found >= 0) & (same[found] == ids[asked, 3])
    counts, start = {}, 0
    for name, questions in sections.items():
        part = hits[start : start + len(questions)]
        counts[name] = (int(np.nansum(part)), int(asked[start : start + len(questions)].sum()))
        start += len(questions)
    return Accuracy(int(np.nansum(hits)), int(asked.sum()), len(hits), counts, hits)


def folded(word):
    """A word as it is compared: tidied, in capitals."""
    return letters.tidy(word).upper()


def rows_of(words):
    """dict from the words in capitals to their row; of words that differ in case only, the first, as gensim does."""
    first = {}
    for i, word in enumerate(words):
        first.setdefault(folded(word), i)
    return first


def pair_cosines(kv, path):
    """People's scores of the pairs in a file, and the cosines, nan where a word is unknown: two arrays (pairs,)."""
    pairs = [line.split("\t") for line in pair_lines(path)[1] if is_pair(line)]
    arguments.keyed_vectors("first and second", kv)
    first, unit = rows_of(kv.index_to_key), kv.get_normed_vectors()
    found = [(first.get(folded(left)), first.get(folded(right))) for left, right, _ in pairs]
    cosines = [np.nan if None in (i, j) else float(unit[i] @ unit[j]) for i, j in found]
    return np.array([float(score) for *_, score in pairs]), np.array(cosines)


def compare_similarity(first, second, path, **options):
    """Spearman's correlation of the first vectors minus that of the second, over the pairs that both know: `Interval`.

    The unit is a pair of words; options (`level`, `resamples`, `seed`) go to `bootstrap`.
    """
    (people, one), (_, other) = pair_cosines(first, path), pair_cosines(second, path)
    known = ~np.isnan(one + other)
    one, other = (np.stack([cosines[known], people[known]], 1) for cosines in (one, other))
    return paired_difference(one, other, score=lambda both: rank_correlation(*both.T), **options)


def compare_analogies(first, second, path, unit="pair", **options):
    """Share of right answers of the first vectors minus that of the second, over questions both can be asked.

    unit: "pair", since questions about one pair c : d are answered alike and therefore drawn together, or "question".
    first, second: KeyedVectors, or what `analogies` found for the same file.  Gives an `Interval`.
    """
    unit = arguments.choice("unit", unit, ("pair", "question"))
    one, other = (found if isinstance(found, Accuracy) else analogies(found, path) for found in (first, second))
    known = ~np.isnan(one.hits + other.hits)
    pairs = [" ".join(question[2:]) for part in questions_in(path).values() for question in part]
    groups = np.array(pairs)[known] if unit == "pair" else None
    return paired_difference(one.hits[known], other.hits[known], groups, **options)


def answers(table, questions, exclude=True, same=None, signs=OFFSET):
    """The row closest to b − a + c for each question (a, b, c), all vectors at length 1 first, as (n,).

    table (words, dim); questions (n, 3): row numbers; same (words,): rows with one number are one word in different
    spellings.  With `exclude` no word of a question is its answer (Mikolov, Yih and Zweig 2013,
    https://aclanthology.org/N13-1090/); where that leaves no word at all, the answer is −1.  signs: other multiples of
    a, b and c.  An offset has found something only where it beats what leaves a out, since d is often simply near b
    or c (Linzen 2016, https://aclanthology.org/W16-2503/).
    """
    table, questions = a_table(table), arguments.array("questions", questions)
    exclude, signs = arguments.flag("exclude", exclude), arguments.array("signs", signs, 3)
    if questions.size and (questions.dtype.kind not in "iu" or questions.ndim != 2 or questions.shape[1] != 3
                           or questions.min() < 0 or questions.max() >= len(table)):  # fmt: skip
        raise ValueError(f"questions must be row numbers from 0 to {len(table) - 1}, three for each question")
    questions = questions.astype(np.int64).reshape(-1, 3)
    unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
    same = np.arange(len(table)) if same is None else arguments.array("same", same, len(table))
    found = np.zeros(len(questions), dtype=np.int64)
    for start in range(0, len(questions), CHUNK):
        part = questions[start : start + CHUNK]
        a, b, c = (sign * unit[rows] for sign, rows in zip(signs, part.T))
        closeness = (a + b + c) @ unit.T  # (questions, words)
        best = closeness.argmax(1)
        while exclude:
            bad = np.flatnonzero((best >= 0) & (same[best][:, None] == same[part]).any(1))
            if len(bad) == 0:
                break
            closeness[bad, best[bad]] = -np.inf
            best[bad] = np.where(np.isinf(closeness[bad]).all(1), -1, closeness[bad].argmax(1))
        found[start : start + CHUNK] = best
    return found


def a_table(table):
    """Vectors as an array (words, dim) of single or double precision; ValueError where they are no numbers."""
    table = arguments.array("vectors", table)
    if table.ndim != 2 or not len(table) or not np.isfinite(table).all():
        raise ValueError("vectors must be a table (words, dimensions) of numbers, without NaN or infinity")
    return table.astype(np.result_type(table.dtype, np.float32), copy=False)


def rank_correlation(x, y):
    """Spearman's correlation: Pearson's correlation of the ranks, where ties share the mean of their ranks.

    x, y (n,): numbers.  Raises ValueError if one of them is constant, since its ranks say nothing, or holds NaN.
    """
    x, y = arguments.array("x", x, None), arguments.array("y", y, None)
    if x.shape != y.shape:
        raise ValueError(f"two lists of as many numbers are needed, not shapes {x.shape} and {y.shape}")
    if np.isnan(x).any() or np.isnan(y).any():
        raise ValueError("a rank correlation needs numbers, and NaN is none: leave these pairs out of both lists")
    x, y = ranks(x), ranks(y)
    x, y = x - x.mean(), y - y.mean()
    length = np.sqrt((x @ x) * (y @ y))
    if len(x) < 2 or length == 0:
        raise ValueError("a rank correlation needs two lists of numbers that are not all the same")
    return float(x @ y / length)


def ranks(x):
    """Rank of each number from 1 on, (n,); equal numbers share the mean of their places."""
    _, which, counts = np.unique(np.asarray(x), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + 1 + last) / 2)[which]


def neighbor_overlap(first, second, k=10, rows=None):
    """How many of a word's k nearest neighbors two tables share, as a mean share from 0 to 1.

    first (words, d1), second (words, d2): row i of both is the same word, which is not its own neighbor.
    rows: row numbers of the words that are asked for their neighbors; by default all.
    """
    first, second = a_table(first), a_table(second)
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"two tables of as many rows, at least two, are needed, not {len(first)} and {len(second)}")
    k = arguments.whole("k", k, 1, len(first) - 1)
    rows = np.arange(len(first)) if rows is None else arguments.row_numbers("rows", rows, len(first))
    shared = 0
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        both = np.concatenate([nearest(first, part, k), nearest(second, part, k)], 1)  # (part, 2k)
        both.sort(axis=1)
        shared += int((both[:, 1:] == both[:, :-1]).sum())
    return shared / (len(rows) * k)


def nearest(table, rows, k):
    """The k rows of a table with the largest cosine to each of some rows, itself left out, (rows, k), in no order."""
    table = a_table(table)
    rows, k = arguments.row_numbers("rows", rows, len(table)), arguments.whole("k", k, 1, len(table) - 1)
    unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
    closeness = unit[rows] @ unit.T
    closeness[np.arange(len(rows)), rows] = -np.inf
    return np.argpartition(-closeness, k - 1, axis=1)[:, :k]


def overlap(first, second, k=10, words=1000):
    """`neighbor_overlap` of two KeyedVectors over the words that both know, asked for the most frequent `words`.

    Neighbors are looked for among the common words only.
    """
    k, words = arguments.whole("k", k, 1), arguments.whole("words", words, 1)
    first, second = arguments.keyed_vectors("first", first), arguments.keyed_vectors("second", second)
    common = [word for word in first.index_to_key if word in second.key_to_index]
    if len(common) <= k:
        raise ValueError(f"only {len(common)} words are in both, too few for {k} neighbors: take one text for both")
    tables = [kv.vectors[[kv.key_to_index[word] for word in common]] for kv in (first, second)]
    return neighbor_overlap(*tables, k, np.arange(min(words, len(common))))
