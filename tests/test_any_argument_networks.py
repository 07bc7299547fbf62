"""Any value for any parameter of captioners, their pictures, models of context and exports: taken, or refused clearly.

Left out are the formulas that a lesson shows in a few lines and that take tensors (`context.attention`,
`context.shifted`), and what only other helpers call.
"""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import any_argument
from helpers import (
    captions,
    cluster,
    context,
    pretrained,
    pretraining,
    pseudowords,
    scenes,
    tallies,
    vector_exports,
    vectors,
)
from helpers.vision import eyes, features, inception, photographs, pictures

TEXTS = {"a": ["ein Hund läuft", "a dog runs"], "b": ["a cat sits", "the cat"], "c": ["a red car", "car on a street"]}
DOCUMENTS = {f"t{i}": "배 를 타 고 바다 로 간다 물 이 배 에 차 다".split() for i in range(4)}
TINY = {"epochs": 1, "vector_size": 4, "layers": 1, "heads": 2, "length": 4, "min_count": 1}


@cache
def examples():
    """Calls that work: {name: (function, its arguments)}."""
    draw = np.random.default_rng(1)
    pooled = {name: draw.normal(size=6).astype(np.float32) for name in TEXTS}
    cells = {name: draw.normal(size=(4, 6)).astype(np.float32) for name in TEXTS}
    small = {"vector_size": 4, "hidden_size": 4, "epochs": 1}
    captioner, looking = (
        captions.train(found, TEXTS, architecture=kind, validation=["c"], **small)
        for found, kind in ((pooled, "merge"), (cells, "attention"))
    )
    seeing = eyes.Eyes.of()
    network, picture = inception.untrained(0.05), scenes.make(1, seed=1)[0].image(64)
    picture.save("picture.png")
    captioner.save("captioner.safetensors")
    sentences = list(DOCUMENTS.values())
    words = context.ContextVocabulary.build(sentences, 1)
    model = pretraining.train(sentences, validation=sentences[:2], **TINY)
    model.save("model.safetensors")
    kv = vectors.keyed_vectors(list("abcd"), np.eye(4, dtype=np.float32), [4, 3, 2, 1])
    vector_exports.export(kv, "mapped", "memory-map")
    steps, drawn = looking.steps(cells["a"], beam=2)[1], scenes.make(2, seed=1)
    data = captions.dataset("scenes", train=2, validation=1, test=1, new_combinations=1)
    merged = pseudowords.merge(DOCUMENTS, [("배", "물")])
    return any_argument.by_name([
        (captions.train, {"features": pooled, "captions": TEXTS, "vectors": None, "seed": 1, "architecture": "merge",
                          "fine_tune": False, "validation": 0.4, **small,
                          "min_count": 1, "tokenize": "words", "alpha": 0.01, "min_alpha": 0.001, "dropout": 0.1,
                          "batch_size": 4, "precision": "float32", "device": None, "checkpoint": None,
                          "after_epoch": None, "eyes": None}),
        (captions.rewards.train, {"captioner": captioner, "features": pooled, "captions": TEXTS, "samples": 2,
                                  "epochs": 1, "alpha": 0.001, "min_alpha": 0.0001, "batch_size": 4, "longest": 5,
                                  "seed": 1, "device": None, "checkpoint": None, "progress": False,
                                  "after_epoch": None}),
        (captioner.caption, {"features": pooled, "beam": 2, "alpha": 0.7, "batch_size": 10}),
        (captioner.steps, {"features": pooled["a"], "beam": 2, "alpha": 0.7}),
        (looking.attention, {"features": cells["a"], "beam": 2, "alpha": 0.7}),
        (captioner.blind, {"beam": 2, "alpha": 0.7}),
        (captioner.loss, {"features": pooled, "captions": TEXTS, "batch_size": 4}),
        (captioner.save, {"path": "saved.safetensors"}),
        (captions.Captioner.load, {"path": "captioner.safetensors", "device": None}),
        (captions.bleu, {"hypotheses": {"a": "a dog"}, "references": TEXTS, "tokenize": captions.words,
                         "markers": False}),
        (captions.human, {"references": [["a b c", "a b d"]], "tokenize": captions.words}),
        (captions.brevity_penalty, {"length": 4, "reference_length": 5}),
        (captions.clipped_matches, {"hypothesis": ["a"], "references": [["a"]], "n": 1}),
        (captions.words, {"caption": "a dog"}),
        (captions.morphemes, {"caption": "공이 있다"}),
        (captions.CaptionVocabulary.build, {"sentences": [["a", "b"]], "min_count": 1, "tokenize": "words"}),
        (captions.dataset, {"name": "scenes", "language": "en", "seed": 1, "folder": None, "train": 3, "validation": 2,
                            "test": 2, "new_combinations": 2}),
        (captions.ablation, {"features": pooled, "captions": TEXTS, "vectors": None, "test": {"c": TEXTS["c"]},
                             "seeds": (1,), "architectures": ("merge",), "embeddings": ("random",), "beam": 2,
                             "progress": None, **small}),
        (captions.meaning.named_facts, {"caption": "a red car", "language": "en"}),
        (captions.meaning.photograph_facts, {"caption": "two dogs run"}),
        (captions.meaning.photograph_scores, {"said": ["a dog"], "references": [["a dog", "a dog"]], "agreed": 1}),
        (captions.diagrams.beam_tree, {"steps": steps, "best": steps[0][0][0], "greedy": None, "gloss": None}),
        (captions.meaning.scores, {"said": ["a red car"], "scenes": drawn[:1], "language": "en"}),
        (captions.summary, {"rows": [{"architecture": "merge", "embeddings": "random", "validation": 1.0}]}),
        (data.references, {"names": data.train}),
        (data.images, {"names": data.train}),
        (data.image, {"name": data.train[0]}),
        (scenes.save, {"scenes": drawn, "folder": "drawn", "size": 64}),
        (scenes.make, {"count": 2, "seed": 1, "pairs": "seen", "prefix": "scene"}),
        (scenes.draw, {"text": "a red car", "seed": 1}),
        (scenes.splits, {"train": 2, "validation": 1, "test": 1, "new_combinations": 1, "seed": 1}),
        (scenes.make(1, seed=1)[0].image, {"size": 64}),
        (scenes.make(1, seed=1)[0].captions, {"language": "en", "count": 2}),
        (features.extract, {"images": {"a": picture}, "network": network, "grid": False, "batch_size": 2,
                            "device": None, "progress": False, "cache": None, "size": 80, "layer": None,
                            "precision": "float32", "on_error": "raise"}),
        (eyes.Eyes.of, {"network": "narrow", "grid": False}),
        (seeing.extract, {"images": {"a": picture}, "network": None, "progress": False}),
        (inception.untrained, {"width": 0.05, "seed": 1}),
        (pictures.opened, {"source": "picture.png", "size": 80}),
        (photographs.load, {"path": photographs.FEATURES}),
        (inception.narrow, {"path": inception.WEIGHTS}),
        (context.causal_mask, {"length": 3}),
        (context.hidden_words, {"ids": torch.ones(2, 3, dtype=torch.long) * 4, "words": 9,
                                "generator": torch.Generator().manual_seed(1), "share": 0.5}),
        (context.pieces, {"stream": words.stream(sentences), "length": 3}),
        (context.ContextVocabulary.build, {"texts": sentences, "min_count": 1, "max_size": 100}),
        (words.encode, {"tokens": ["배"]}),
        (pretraining.train, {"texts": sentences, "kind": "gpt", "vectors": None, "validation": None,
                             "vocabulary": None, "max_size": 100, "batch_size": 4, "alpha": 0.01, "dropout": 0.1,
                             "share": 0.2, "seed": 1, "device": None, "checkpoint": None, "after_epoch": None,
                             **TINY}),
        (pretrained.LanguageModel.load, {"path": "model.safetensors", "device": None}),
        (model.vectors, {"tokens": ["배"]}),
        (model.perplexity, {"texts": sentences, "seed": 1}),
        (model.next_words, {"tokens": ["배"]}),
        (model.generate, {"start": ["배"], "most": 2, "temperature": 1.0, "top_k": 2, "seed": 1}),
        (model.save, {"path": "saved.safetensors"}),
        (pretrained.sharpened, {"probabilities": np.array([0.5, 0.5]), "temperature": 1.0, "top_k": 1}),
        (pseudowords.merge, {"documents": DOCUMENTS, "pairs": [("배", "물")]}),
        (pseudowords.divide, {"titles": list(DOCUMENTS), "seed": 1, "test": 0.5}),
        (pseudowords.task, {"merged": merged, "pair": ("배", "물"), "vocabulary": words, "train": ["t0", "t1"],
                            "test": ["t2", "t3"], "amount": 4, "seed": 1, "most": 4}),
        (merged.windows, {"pair": ("배", "물"), "vocabulary": words, "titles": ["t0", "t1"], "reach": 2}),
        (pseudowords.linear, {"x": torch.eye(8), "y": torch.arange(8) % 2, "seed": 1}),
        (vectors.export, {"kv": kv, "folder": "exported", "format": "projector"}),
        (vectors.open_mapped, {"folder": "mapped"}),
        (cluster.asked, {"address": "tcp://127.0.0.1:1", "workers": 2, "memory": "1GiB"}),
        (tallies.tally, {"sentences": sentences, "most": 3}),
        (tallies.added, {"first": tallies.tally(sentences), "second": tallies.tally(sentences), "most": 3}),
    ])  # fmt: skip


@pytest.fixture
def folder(tmp_path_factory, monkeypatch):
    """One folder in which the calls read and write."""
    monkeypatch.chdir(tmp_path_factory.mktemp("networks"))


def test_examples_work_and_any_value_is_taken_or_refused(folder):
    raw, tried = any_argument.refused_raw(examples())
    plt.close("all")
    assert not raw, f"{len(raw)} of {tried}: {raw[:20]}"
    assert tried > 3000
