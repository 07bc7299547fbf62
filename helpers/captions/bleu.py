"""BLEU: how many runs of one to four words a caption shares with the references (Papineni et al. 2002).

https://aclanthology.org/P02-1040/.  Corpus BLEU, as the COCO caption scorer and NLTK's `corpus_bleu` compute it,
without smoothing: matches are added up over all captions before anything is divided.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from .. import arguments
from .samples import by_name
from .text import words


def ngrams(tokens, n):
    """How often each run of n tokens occurs: a Counter of tuples."""
    return Counter(zip(*(tokens[i:] for i in range(n))))


def clipped_matches(hypothesis, references, n):
    """(matches, n-grams of the hypothesis); a list of tokens, and a list of such lists.

    An n-gram of the hypothesis counts at most as often as in the one reference that has it most often.
    TypeError or ValueError for anything else, and for an n that is no number of words.
    """
    hypothesis, references = arguments.words("hypothesis", hypothesis), arguments.texts("references", references)
    return matches_of(hypothesis, references, arguments.whole("n", n, 1, 1000))


def matches_of(hypothesis, references, n):
    """What `clipped_matches` returns, of lists that have been checked."""
    found = ngrams(hypothesis, n)
    return (found & most(references, n)).total(), found.total()  # the smaller of two counts


def most(references, n):
    """How often each run of n tokens occurs in the reference that has it most often: a Counter."""
    allowed = Counter()
    for reference in references:
        allowed |= ngrams(reference, n)  # the larger of two counts
    return allowed


def closest_length(hypothesis, references):
    """The length of the reference that is closest in length; of two equally close ones the shorter."""
    return min((abs(len(r) - len(hypothesis)), len(r)) for r in references)[1]


def brevity_penalty(length, reference_length):
    """1 for captions at least as long as their references, exp(1 − reference/length) for shorter ones."""
    length = arguments.number("length", length, least=0)
    reference_length = arguments.number("reference_length", reference_length, least=0)
    if length >= reference_length:
        return 1.0
    return math.exp(1 - reference_length / length) if length else 0.0


def bleu(hypotheses, references, tokenize=words, markers=False):
    """BLEU-1, -2, -3 and -4, a tuple of four floats between 0 and 1.

    hypotheses  list of n captions, or {image name: caption}
    references  list of n lists of captions, or {image name: [caption, …]}; then images are paired by name
    tokenize    what cuts a caption: a function from str to a list of tokens; `words` lower-cases and drops punctuation
    markers     count a start and an end marker as words of every caption: wrong, and met in the wild; it is here to
                show how much it flatters

    ValueError if the two lists differ in length or are empty, or if a caption has no reference.
    """
    tokenize, markers = arguments.function("tokenize", tokenize, needed=True), arguments.flag("markers", markers)
    if isinstance(hypotheses, Mapping) and isinstance(references, Mapping):
        hypotheses, references = by_name("hypotheses", hypotheses), by_name("references", references)
        if missing := [name for name in hypotheses if name not in references]:
            raise ValueError(f"{len(missing)} captions have no references, such as that of {missing[0]!r}")
        hypotheses, references = list(hypotheses.values()), [references[name] for name in hypotheses]
    if not (listed(hypotheses) and listed(references) and all(map(listed, references))):
        raise TypeError("bleu takes a list of captions and a list with a list of references for each of them, or two "
                        "dicts by image name")  # fmt: skip
    if not len(hypotheses) == len(references) > 0:
        raise ValueError(f"{len(hypotheses)} captions need as many lists of references, not {len(references)}")
    total = [0] * 10
    for number, (hypothesis, those) in enumerate(zip(hypotheses, references)):
        hypothesis, those = tokenize(hypothesis), [tokens for tokens in map(tokenize, those) if tokens]
        if not those:
            raise ValueError(f"caption {number} ({' '.join(hypothesis)!r}) has no reference with a word in it")
        if markers:
            hypothesis, *those = (["<start>", *tokens, "<end>"] for tokens in (hypothesis, *those))
        total = [so_far + more for so_far, more in zip(total, counts(hypothesis, those))]
    return of_counts(total)


def counts(hypothesis, references):
    """What BLEU adds up over captions, ten whole numbers: for runs of 1 to 4 words the matches and how many the
    caption has, then its length and that of its closest reference.  Lists of tokens."""
    found = [number for n in range(1, 5) for number in matches_of(hypothesis, references, n)]
    return [*found, len(hypothesis), closest_length(hypothesis, references)]


def of_counts(total):
    """BLEU-1 to -4 from `counts` that were added up."""
    *runs, length, reference_length = total
    penalty, scores, logs = brevity_penalty(length, reference_length), [], 0.0
    for n, (matches, possible) in enumerate(zip(runs[::2], runs[1::2])):
        logs = logs + math.log(matches / possible) if matches else -math.inf
        scores.append(penalty * math.exp(logs / (n + 1)))
    return tuple(scores)


def listed(value):
    """Whether a value is a list, a tuple or the like: in order, and no text."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def human(references, tokenize=words):
    """What people reach: the mean BLEU of each image's k-th caption against its others, k = 0, 1, ….

    references: list of lists of at least two captions.  With five captions an image, a person is measured against
    four references and a captioner against five, which helps the captioner a little.
    """
    references = list(references.values()) if isinstance(references, Mapping) else references
    if not (listed(references) and all(map(listed, references))):
        raise TypeError("human takes a list with a list of captions for each image, or a dict of such lists")
    if not references or min(map(len, references)) < 2:
        raise ValueError("to hold one person against the others, every image needs at least two captions")
    rounds = range(min(map(len, references)))
    scores = [bleu([those[k] for those in references], [those[:k] + those[k + 1 :] for those in references], tokenize)
              for k in rounds]  # fmt: skip
    return tuple(sum(column) / len(scores) for column in zip(*scores))
