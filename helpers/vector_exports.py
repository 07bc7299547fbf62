"""Vectors that leave the course: folders that other programs open.

    export(kv, "mine", "static-embedding")    # sentence-transformers: SentenceTransformer("mine")
    export(kv, "mine", "projector")           # vectors.tsv and words.tsv for https://projector.tensorflow.org
    export(kv, "mine", "memory-map")          # a table that stays on disk: open_mapped("mine")["서울"]

The files of the first are those that sentence-transformers' StaticEmbedding documents
(https://sbert.net/docs/package_reference/sentence_transformer/models.html): `model.safetensors` with the one table
`embedding.weight`, and `tokenizer.json` of the package tokenizers, here of its plainest kind, WordLevel.
"""

import json
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from helpers import arguments, files, letters

EXPORTS = ("static-embedding", "projector", "memory-map")
UNKNOWN = "<unknown>"
MODULES = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]


def export(kv, folder, format):
    """Write KeyedVectors into a folder, made if need be, as one of `EXPORTS`; all of its files or none.

    static-embedding   every word and, last, `<unknown>` with zeros.  A sentence becomes the mean of its words' vectors;
                       unknown words shorten it and do not turn it, an empty sentence has zeros.  Words are cut at
                       spaces, after the form NFC and, if no word has a capital, lower-casing
    projector          vectors.tsv, a line of numbers per word, and words.tsv, its word
    memory-map         vectors.npy and words.txt; `open_mapped` reads only the rows that are asked for

    Numbers come back as float32, bit for bit.  ValueError, naming the remedy, for vectors with NaN or infinity and for
    words that the other program could not tell apart.
    """
    arguments.choice("format", format, EXPORTS)
    kv = arguments.keyed_vectors("kv", getattr(kv, "wv", kv))
    words = list(kv.index_to_key)
    if not len(words):
        raise ValueError("there are no words to export")
    table = np.ascontiguousarray(arguments.array("the table of vectors", kv.vectors, len(words), None), dtype="<f4")
    if bad := np.flatnonzero(~np.isfinite(table).all(1)).tolist():
        raise ValueError(f"the vector of {words[bad[0]]!r} holds NaN or infinity: train again")
    for word in words:
        if not isinstance(word, str) or word.split() != [word] or not letters.is_unicode(word):
            raise ValueError(f"the word {word!r} has spaces or signs that cannot be written: leave it out")
    folder = arguments.path("folder", folder)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{str(folder)!r} is a file: name a folder, which is made if need be")
    write_all = {"static-embedding": static_embedding, "projector": projector, "memory-map": memory_map}[format]
    files.made(folder)
    with files.together() as draft:
        write_all(lambda name: draft(folder / name), words, table)
    return folder


def static_embedding(draft, words, table):
    """What `SentenceTransformer(folder)` loads; draft(name) is where a file of the folder is written."""
    if UNKNOWN in words:
        raise ValueError(f"the word {UNKNOWN!r} is the name of the row for unknown words: leave it out")
    names = [unicodedata.normalize("NFC", word) for word in words]  # as the reader will look them up
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise ValueError(f"the word {twice!r} is there twice, its letters whole and taken apart: leave one of them out")
    weights = np.vstack([table, np.zeros((1, table.shape[1]), "<f4")])
    normalizers = [{"type": "NFC"}]
    if all(word == word.lower() for word in words):
        normalizers.append({"type": "Lowercase"})
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: i for i, word in enumerate([*names, UNKNOWN])},
                  "unk_token": UNKNOWN},
    }  # fmt: skip
    save_file({"embedding.weight": weights}, draft("model.safetensors"))
    for name, content in (("tokenizer.json", tokenizer), ("modules.json", MODULES)):
        write(draft(name), json.dumps(content, ensure_ascii=False))


def projector(draft, words, table):
    """Two tables for the Embedding Projector; nine digits tell any two float32 numbers apart."""
    write(draft("words.tsv"), "".join(f"{word}\n" for word in words))
    write(draft("vectors.tsv"), "".join("\t".join(f"{x:.9g}" for x in row) + "\n" for row in table.tolist()))


def memory_map(draft, words, table):
    """A table in NumPy's format and its words."""
    write(draft("words.txt"), "".join(f"{word}\n" for word in words))
    with open(draft("vectors.npy"), "wb") as file:
        np.save(file, table)


def write(path, text):
    """Text as UTF-8 with plain line feeds on every system."""
    path.write_bytes(text.encode())


class Mapped(letters.Indexed):
    """Vectors on disk: `mapped[word]` reads one row, so a table larger than the memory can be used.

    index_to_key, key_to_index   as those of KeyedVectors;  vectors  a read-only array (words, dimensions) on disk
    """

    def __init__(self, words, table):
        self.index_to_key, self.key_to_index, self.vectors = words, letters.Index(words), table
        self.vector_size = table.shape[1]

    def __getitem__(self, word):
        if word not in self.key_to_index:
            raise KeyError(f"there is no vector of {word!r}")
        return np.array(self.vectors[self.key_to_index[word]])

    def __contains__(self, word):
        return word in self.key_to_index

    def __len__(self):
        return len(self.index_to_key)


def open_mapped(folder):
    """What `export(…, "memory-map")` wrote, as `Mapped`; ValueError if words and table do not belong together."""
    folder = Path(arguments.path("folder", folder))
    if not (folder / "vectors.npy").is_file() or not (folder / "words.txt").is_file():
        raise FileNotFoundError(f"{str(folder)!r} lacks vectors.npy or words.txt: write it with format='memory-map'")
    try:
        words = (folder / "words.txt").read_bytes().decode().split("\n")[:-1]
        table = np.lib.format.open_memmap(folder / "vectors.npy", mode="r")
    except files.DAMAGED_ARRAY as error:
        raise ValueError(f"words.txt or vectors.npy in {folder.name} is damaged ({error}): export it again") from None
    if table.ndim != 2 or table.dtype != np.float32 or len(table) != len(words):
        raise ValueError(f"{len(words)} words and a table of shape {table.shape} do not belong together: export again")
    return Mapped(words, table)
