"""Any value for any parameter of what the lessons call: it is taken, or refused in words of the course's own.

Left out are the formulas that a lesson shows in one line (`glove.weight`, `glove.errors`, `glove.cost`,
`vectors.look_up`), which take what NumPy takes, and what Matplotlib draws (`cmap`, `title`).
"""

from functools import cache
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import any_argument
from helpers import (
    classification,
    corpora,
    count_shards,
    counting,
    downloads,
    fasttext,
    fasttext_files,
    figures,
    glove,
    inspector,
    intervals,
    korean,
    language_models,
    measured,
    negatives,
    robustness,
    scores,
    skipgram,
    subwords,
    training,
    vectors,
    vocabulary,
    word2vec,
)
from helpers.korean import inflection, typos

SENTENCES = [["가", "나", "다", "라"], ["b", "c", "a"], ["가", "a"], ["서울"]] * 5
SMALL = {"min_count": 1, "vector_size": 4, "epochs": 1, "workers": 1}
TABLE, NAMES = np.eye(4, dtype=np.float32), list("abcd")


@cache
def examples():
    """Calls that work: {name: (function, its arguments)}."""
    words = vocabulary.Vocabulary.build(SENTENCES, min_count=1)
    kv, other = (word2vec.train(SENTENCES, seed=seed, **SMALL) for seed in (1, 2))
    with_ngrams, counts = fasttext.train(SENTENCES, **SMALL), counting.cooccurrence(SENTENCES, words, window=3)
    draw, vector, batch = np.random.default_rng(1), torch.ones(2, 3), torch.ones(2, 4, 3)
    cut = {"min_n": 1, "max_n": 3, "units": "syllable"}
    pairs, questions = "pairs.tsv", "questions.txt"
    calls = [
        (counting.one_hot, {"words": ["가"], "vocabulary": words}),
        (counting.bag_of_words, {"documents": SENTENCES, "words": ["가"]}),
        (counting.idf, {"counts": np.eye(3), "smooth_idf": True}),
        (counting.tf_idf, {"documents": SENTENCES, "smooth_idf": True, "norm": "l2", "sublinear_tf": False}),
        (counting.cosine, {"left": TABLE, "right": TABLE}),
        (counting.cooccurrence, {"sentences": SENTENCES, "vocabulary": words, "window": 2, "weighting": "1/d",
                                 "chunk": 1000, "memory": 100, "workers": 1, "path": None, "dtype": "float64",
                                 "client": None, "progress": False}),
        (counting.conditional_probabilities, {"matrix": counts}),
        (counting.probability_ratio, {"matrix": counts, "vocabulary": words, "i": "가", "j": "나", "words": ["다"]}),
        (counting.ppmi, {"matrix": counts, "shift": 1, "context_distribution_smoothing": 0.75}),
        (counting.lsa, {"matrix": counts, "dimensions": 2, "seed": 1, "power": 1.0}),
        (skipgram.pairs, {"tokens": ["a", "b"], "window": 2}),
        (skipgram.cbow_samples, {"tokens": ["a", "b"], "window": 2}),
        (skipgram.pairs_array, {"ids": np.arange(5), "window": 2, "offsets": np.array([0, 5]), "generator": draw,
                                "workers": 1}),
        (skipgram.subsample, {"ids": np.arange(5), "keep": np.ones(5), "generator": draw,
                              "offsets": np.array([0, 5])}),
        (skipgram.expected_pairs, {"length": 5, "window": 2}),
        (negatives.NoiseSampler, {"probabilities": np.array([0.5, 0.5]), "device": "cpu"}),
        (negatives.alias_table, {"probabilities": np.array([0.5, 0.5])}),
        (negatives.loss, {"center": vector, "context": vector, "noise": batch}),
        (negatives.gradients, {"center": vector, "context": vector, "noise": batch}),
        (negatives.constant_loss, {"negative": 5}),
        (vocabulary.Vocabulary.build, {"sentences": SENTENCES, "min_count": 1, "max_size": None, "max_vocab_size": 99,
                                       "client": None, "progress": False}),
        (vocabulary.keep_probability, {"counts": [3, 2], "sample": 1e-3, "formula": "word2vec"}),
        (vocabulary.noise, {"counts": [3, 2], "exponent": 0.75}),
        (words.encode, {"tokens": ["가"]}),
        (vectors.cosine, {"a": np.ones(3), "b": np.ones(3)}),
        (vectors.cosine_matrix, {"a": TABLE, "b": TABLE}),
        (vectors.keyed_vectors, {"words": NAMES, "table": TABLE, "counts": [4, 3, 2, 1]}),
        (vectors.save, {"kv": kv, "path": "saved.txt", "format": "word2vec"}),
        (vectors.load, {"path": "vectors.txt", "errors": "strict", "words": ["가"], "member": None}),
        (glove.fit, {"matrix": counts, "vector_size": 3, "epochs": 1, "workers": 1, "seed": 1, "device": None}),
        (subwords.spell, {"word": "서울", "units": "jamo"}),
        (subwords.ngrams, {"word": "서울", **cut}),
        (subwords.fnv1a, {"text": "서울", "textbook": False}),
        (subwords.ngram_hashes, {"word": "서울", "bucket": 100, **cut}),
        (subwords.hash_words, {"words": ["서울"], "bucket": 100, **cut}),
        (subwords.shared, {"first": "서울", "second": "서울시", "vectors": with_ngrams, **cut}),
        (subwords.parts, {"word": "서울", "vectors": with_ngrams}),
        (fasttext.buckets_for, {"words": ["서울"], **cut}),
        (fasttext_files.save_bin, {"kv": with_ngrams, "path": "saved.bin"}),
        (fasttext_files.load, {"path": "vectors.bin", "units": "syllable"}),
        (inspector.inspect, {"kv": with_ngrams, "first": "가", "second": "서울"}),
        (inspector.show, {"kv": with_ngrams, "first": "가", "second": "서울", "interactive": False}),
        (scores.sets, {"language": "English"}),
        (scores.similarity, {"kv": kv, "path": pairs}),
        (scores.analogies, {"kv": kv, "path": questions, "exclude": True, "restrict_vocab": 100,
                            "signs": (-1, 1, 1)}),
        (scores.compare_similarity, {"first": kv, "second": other, "path": pairs}),
        (scores.compare_analogies, {"first": kv, "second": other, "path": questions, "unit": "pair"}),
        (scores.answers, {"table": TABLE, "questions": [[0, 1, 2]], "exclude": True, "same": None,
                          "signs": (-1, 1, 1)}),
        (scores.verdict, {"one": "A", "other": "B", "gap": (0.1, 0.0, 0.2, 9)}),
        (scores.rank_correlation, {"x": [1, 2, 3], "y": [1, 3, 2]}),
        (scores.neighbor_overlap, {"first": TABLE, "second": TABLE, "k": 1, "rows": None}),
        (scores.overlap, {"first": kv, "second": other, "k": 1, "words": 5}),
        (scores.nearest, {"table": TABLE, "rows": [0], "k": 1}),
        (intervals.bootstrap, {"score": np.mean, "n": 5, "level": 0.95, "resamples": 50, "seed": 1}),
        (intervals.paired_difference, {"first": [1.0, 2, 3], "second": [1.0, 1, 1], "groups": [0, 1, 2],
                                       "resamples": 50}),
        (figures.matrix, {"values": TABLE, "rows": NAMES, "columns": NAMES, "digits": 2, "limits": (0, 2)}),
        (figures.words_2d, {"vectors": TABLE, "labels": NAMES, "groups": None, "avoid": None}),
        (figures.bars, {"labels": ["a", "b"], "values": [1, 2], "digits": 2}),
        (figures.curves, {"x": [1, 2], "series": {"a": [1, 2]}}),
        (figures.play, {"name": "window"}),
        (figures.photographs, {"fig": plt.figure(), "width": 200, "colors": 16}),
        (figures.principal_components, {"vectors": TABLE}),
        (figures.place_labels, {"ax": plt.figure().subplots(), "points": np.eye(2), "labels": ["a", "b"],
                                "fontsize": 13, "avoid": np.ones((1, 2))}),
        (count_shards.add, {"paths": ["counted"], "path": "summed", "workers": 1, "dtype": "float64"}),
        (word2vec.train, {"sentences": SENTENCES, "average_every": None, "progress": False, "after_epoch": None,
                          "compute_loss": False, "held_out": None, "checkpoint": None, "device": None, **SMALL}),
        (korean.morphemes, {"text": "서울에 갔다", "tags": False, "punctuation": False}),
        (korean.conjugate, {"stem": "가", "ending": "었다", "tag": None}),
        (inflection.inflect, {"word": "먹다", "ending": "었다", "regular": False}),
        (inflection.honorific, {"stem": "먹", "regular": False}),
        (korean.particle, {"word": "서울", "pair": "은/는"}),
        (korean.attach, {"word": "서울", "pair": "은/는"}),
        (korean.has_final, {"word": "서울"}),
        (korean.decompose, {"text": "서울", "filler": ""}),
        (korean.compose, {"jamo": "ㅅㅓ", "filler": ""}),
        (korean.hangul.split, {"syllable": "서"}),
        (typos.typo, {"word": "서울", "edits": 1, "generator": draw, "kinds": ("replace",)}),
        (typos.keys, {"text": "서울"}),
        (language_models.build, {"name": "GPT-2 small", "device": "meta"}),
        (language_models.causal_attention, {"scores": torch.zeros(3, 3)}),
        (language_models.block_parameters, {"d_model": 4, "d_ff": None}),
        (language_models.embedding_parameters, {"n_vocab": 4, "d_model": 3, "n_ctx": 0}),
        (measured.load, {"experiment": "korean_units"}),
        (robustness.oov_vector, {"word": "서울", "table": TABLE, "min_n": 1, "max_n": 2}),
        (robustness.coverage, {"kv": kv, "words": ["가"]}),
        (robustness.ranks, {"kv": kv, "queries": ["가"], "targets": ["나"]}),
        (robustness.family_share, {"kv": kv, "families": {"x": ["가", "나"]}, "queries": "known"}),
        (robustness.conjugated, {"verbs": ["먹다"], "endings": ["었다"], "honorific": True}),
        (robustness.declined, {"nouns": ["학교"], "particles": ["이/가", "도"]}),
        (robustness.distinct, {"families": {"x": ["가", "나"]}}),
        (robustness.seen_parts, {"words": ["가나"], "known": ["가"], "cut": list}),
        (robustness.ranks_by_letters, {"words": ["가나", "나다"], "queries": ["가나"], "targets": ["나다"], **cut}),
        (corpora.load, {"name_or_path": "lee", "unit": None, "lower": True, "tokenize": None, "encoding": None,
                        "errors": "strict", "max_sentence_length": 100}),
        (corpora.documents, {"name": "lee", "lower": True}),
        (downloads.lookup, {"name": "text8"}),
        (downloads.find, {"name": "text8", "member": None}),
        (training.device, {"wanted": None}),
        (training.generator, {"seed": 1, "device": "cpu"}),
        (training.initial_vectors, {"words": 3, "dimensions": 2, "seed": 1}),
        (classification.split_articles, {"labels": {"a": 0, "b": 1, "c": 0, "d": 1}, "seed": 1, "test": 0.5}),
        (classification.passages, {"tokens": ["a"] * 100, "length": 40}),
    ]  # fmt: skip
    vectors.save(kv, "vectors.txt")
    counting.cooccurrence(SENTENCES, words, path="counted")
    fasttext_files.save_bin(with_ngrams, "vectors.bin")
    with open(pairs, "w", encoding="utf-8") as file:
        file.writelines(f"{first}\t{second}\t{i}\n" for i, (first, second) in enumerate(combinations(words.words, 2)))
    with open(questions, "w", encoding="utf-8") as file:
        file.write(": x\n가 나 다 라\na b c 가\n")
    return any_argument.by_name(calls)


@pytest.fixture
def folder(tmp_path_factory, monkeypatch):
    """One folder in which the calls read and write."""
    monkeypatch.chdir(tmp_path_factory.getbasetemp())


def test_examples_work_and_any_value_is_taken_or_refused(folder):
    raw, tried = any_argument.refused_raw(examples())
    assert not raw, f"{len(raw)} of {tried}: {raw[:20]}"
    assert tried > 5000
