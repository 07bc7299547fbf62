"""Which 의사, which bank is it?  An open pretrained model on true homographs, layer by layer, beside simpler means.

    python tools/measure_open_model.py intfloat/multilingual-e5-small kowiki
    python tools/measure_open_model.py sentence-transformers/all-MiniLM-L6-v2 wordnet --wordnet /usr/share/wordnet

Each occurrence of a word is given the sense of its nearest neighbour among the other occurrences of the same word;
nothing is learned from the senses.  By which vectors near is meant makes the difference:

    "commonest sense"   none: the sense that most other occurrences have
    "shared words"      the share of words that two texts have in common (Jaccard), without any vector
    "static"            the mean of the other pieces' vectors in the model's own table, which knows no context
    "text"              the mean of the other pieces' states in a layer: what the text is about, not what the word is
    "word"              the state of the word itself in a layer; layer 0: before any attention

Texts of both languages have their senses from elsewhere: Korean Wikipedia as marked in datasets/korean/senses.tsv,
English from the examples in WordNet (Miller 1995, https://doi.org/10.1145/219717.219748), where a noun or a verb has
examples in two or more of its lexicographers' files ("noun.animal", "noun.artifact", ...), at least two in each.  A
word in examples is sought as the dictionary has it.
"""

import itertools
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from . import arguments, letters, vectors
from .korean import senses
from .korean.tokenizer import kiwi

REACH = 200  # letters that are read on either side of the word
METHODS = ("static", "text", "word")
PEARS = {
    "ate": "나는 배를 깎아 먹었다",
    "took": "나는 배를 타고 갔다",
    "sailed": "항구에서 배가 떠났다",
}  # as in the lesson
QUOTED, GLOSS = re.compile(r'"([^"]+)"'), " | "  # an example; what stands before the gloss that holds examples


class Occurrence(NamedTuple):
    """A word in a text: which word, which sense, the text, and where in it the word begins and ends."""

    word: str
    sense: str
    text: str
    start: int
    end: int


# ---------------------------------------------------------------------------------------------------------------- texts


def cut(word, sense, text, start, length):
    """An `Occurrence` with no more than REACH letters of the text on either side."""
    begin = max(0, start - REACH)
    return Occurrence(word, sense, text[begin : start + length + REACH], start - begin, start - begin + length)


def korean(paragraphs):
    """The marked occurrences (`senses.marked`) among paragraphs of Korean Wikipedia, in their order."""
    found = []
    for word, sense, paragraph in senses.marked_texts(paragraphs, senses.marked()):
        text = letters.tidy_text(paragraph)
        places = [token.start for token in kiwi().tokenize(text) if token.form == word]
        if len(places) == 1:
            found.append(cut(word, sense, text, places[0], len(word)))
    return found


def entries(path):
    """(lexicographers' file, lemmas, gloss) of each entry in a file of WordNet.

    FileNotFoundError where there is none, ValueError where it is damaged; both name the remedy.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not there: name the folder of WordNet 3 that holds data.noun and data.verb, on Debian "
            "/usr/share/wordnet after `apt install wordnet-base`, or dict/ in the archive from Princeton"
        )
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.startswith(b"  "):  # the licence at the top
            continue
        try:
            fields, gloss = line.decode().split(GLOSS, 1)
            _, file, _, count, *rest = fields.split()  # place, file, part of speech, how many lemmas (hexadecimal), …
            lemmas = rest[: 2 * int(count, 16) : 2]  # a number stands after each
        except ValueError:
            raise ValueError(f"{path} is damaged in line {number}: unpack or install WordNet again") from None
        yield file, lemmas, gloss


def examples(folder):
    """Occurrences in WordNet's examples: the folder holds data.noun and data.verb.  Errors as in `entries`."""
    found = defaultdict(lambda: defaultdict(dict))  # {word: {sense: {text: occurrence}}}
    for pos in ("noun", "verb"):
        for file, lemmas, gloss in entries(Path(folder) / f"data.{pos}"):
            for lemma in lemmas:
                for text in QUOTED.findall(gloss):
                    places = list(re.finditer(rf"\b{re.escape(lemma)}\b", text, re.IGNORECASE))
                    if len(places) == 1:
                        word, at = f"{lemma.lower()} ({pos})", places[0].start()
                        found[word][file][text] = cut(word, file, text, at, len(lemma))
    return [
        occurrence
        for by_sense in found.values()
        if sum(len(texts) > 1 for texts in by_sense.values()) > 1
        for texts in by_sense.values()
        if len(texts) > 1
        for occurrence in texts.values()
    ]


# -------------------------------------------------------------------------------------------------------------- vectors


def opened(name):
    """(tokenizer, model) of a name on the Hub or a folder.

    ImportError with the remedy without `transformers`, ValueError for a model that is not there, is damaged, or whose
    tokenizer does not tell where in a text its pieces stand.
    """
    try:
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise ImportError(
            f"transformers cannot be imported ({error}): run `pip install transformers`; the course does without it"
        ) from None
    try:
        tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name).eval()
    except Exception as error:  # damaged files: SafetensorError, JSONDecodeError, or an Exception without a kind
        raise ValueError(
            f"the model {name} cannot be opened ({error}): name a model on the Hub or a complete folder of one"
        ) from None
    if not tokenizer.is_fast:
        raise ValueError(f"the tokenizer of {name} does not tell where its pieces stand: name a model with a fast one")
    return tokenizer, model


def vectors_of(occurrence, tokenizer, model):
    """{method: (layers, dim) float32} of one occurrence; "static" has one layer.

    ValueError where no piece of the text holds the word.
    """
    read = tokenizer(occurrence.text, return_tensors="pt", return_offsets_mapping=True, truncation=True)
    begins, ends = read.pop("offset_mapping")[0].T
    own = (begins < occurrence.end) & (ends > occurrence.start) & (ends > begins)
    others = (ends > begins) & ~own
    if not own.any() or not others.any():
        raise ValueError(f"{occurrence.word!r} was not found, or stands alone, in {arguments.shown(occurrence.text)}")
    with torch.no_grad():
        states = torch.stack(model(**read, output_hidden_states=True).hidden_states)[:, 0]  # (layers + 1, pieces, dim)
        table = model.get_input_embeddings()(read["input_ids"][0])
    return {
        "static": table[others].mean(0, keepdim=True).numpy(),
        "text": states[:, others].mean(1).numpy(),
        "word": states[:, own].mean(1).numpy(),
    }


def shared_words(occurrences):
    """How many of the words of two texts are in both, the word itself left out: (n, n), Jaccard's index."""
    bags = [set(re.findall(r"\w+", o.text.lower())) - {o.text[o.start : o.end].lower()} for o in occurrences]
    same = np.zeros((len(bags), len(bags)), np.float32)
    for i, mine in enumerate(bags):
        for j in range(i):
            if occurrences[i].word == occurrences[j].word:
                same[i, j] = same[j, i] = len(mine & bags[j]) / max(1, len(mine | bags[j]))
    return same


def cosines(sentences, word, tokenizer, model):
    """{"one, other": cosine} of the last layer's states of a word that each of {name: sentence} holds once."""
    states = {}
    for name, text in sentences.items():
        start = text.index(word)
        states[name] = vectors_of(Occurrence(word, "", text, start, start + len(word)), tokenizer, model)["word"][-1]
    pairs = itertools.combinations(states, 2)
    return {f"{one}, {other}": round(float(vectors.cosine(states[one], states[other])), 4) for one, other in pairs}


def agreement(occurrences, tokenizer, model, progress=True):
    """{method: a text for each layer: for each occurrence 1 where its nearest neighbour has its sense, 0 elsewhere}."""
    from tqdm.auto import tqdm

    if len(occurrences) < 2:
        raise ValueError(
            f"{len(occurrences)} occurrences were found: senses are told from one another. Is the corpus whole?"
        )
    words, marks = (np.array([getattr(o, field) for o in occurrences]) for field in ("word", "sense"))
    rows = [vectors_of(o, tokenizer, model) for o in tqdm(occurrences, disable=not progress, ascii=True)]
    found = {
        "commonest sense": [senses.commonest_agrees(words, marks)],
        "shared words": [nearest(shared_words(occurrences), words, marks)],
    }
    for method in METHODS:
        layers = np.stack([row[method] for row in rows], 1)  # (layers, n, dim)
        found[method] = [senses.nearest_agrees(layer, words, marks) for layer in layers]
    return {
        method: ["".join("01"[hit] for hit in right.astype(int)) for right in layers]
        for method, layers in found.items()
    }


def right(layers):
    """(layers, n) of 1.0 and 0.0 from the texts of `agreement`."""
    return np.array([[float(hit) for hit in layer] for layer in layers])


def nearest(near, words, marks):
    """`senses.nearest_agrees` for similarities that are there already, (n, n); what is near to nothing is wrong."""
    near = senses.others_of_a_word(near, words)
    return (marks[near.argmax(1)] == marks) & (near.max(1) > 0)


def measure(name, corpus, wordnet=None, progress=True):
    """The experiment as a dict of plain values, with "sentences" and "tokens", what was read.

    In Korean also "cosines" of the lesson's three sentences.
    name: a model on the Hub or the folder of one.  corpus: "kowiki", or "wordnet" with the folder `wordnet`.
    """
    if corpus == "kowiki":
        occurrences = korean(senses.paragraphs_of(corpus))
    elif corpus == "wordnet":
        occurrences = examples(arguments.text("wordnet", wordnet))
    else:
        raise ValueError(f"senses are known in kowiki and in wordnet, not in {arguments.shown(corpus)}")
    tokenizer, model = opened(name)
    three = {"cosines": cosines(PEARS, "배", tokenizer, model)} if corpus == "kowiki" else {}
    return three | {
        "sentences": len(occurrences),
        "tokens": sum(len(o.text.split()) for o in occurrences),
        "words": [o.word for o in occurrences],
        "agree": agreement(occurrences, tokenizer, model, progress),
    }
