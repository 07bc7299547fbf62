"""What is trained with PyTorch finds all its tensors on the card: on one that is only pretended, see `pretend_card`."""

import copy

import numpy as np
import pytest
import torch

import pretend_card
from helpers import captions, context, pretrained, pretraining, pseudowords, scenes, training
from helpers.vision import features, inception
from test_captions_training import world
from test_pretraining import SIZES, sentences

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(torch.cuda.is_available(), reason="a real card is here, and the other tests use it"),
]
TINY = {"hidden_size": 8, "vector_size": 4, "epochs": 2, "batch_size": 16, "dropout": 0.1}


@pytest.fixture
def card(monkeypatch):
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    with pretend_card.card() as mode:
        yield mode
    assert mode.seen > 100, "the work was done there"


def test_the_pretended_card_refuses_what_a_card_refuses():
    with pretend_card.card():
        here, there = torch.ones(2, 2), torch.ones(2, 2, device="cuda")
        layer = copy.deepcopy(torch.nn.Linear(2, 2).to("cuda"))
        assert training.device() == "cuda" and here.device.type == "cpu"
        found = [there, there.T[0], there + 1, layer.weight, layer(there), here.to(there), here.cuda(), there[[0]]]
        layer(there).sum().backward()
        found += [layer.weight.grad, there * torch.tensor(2.0)]
        assert {tensor.device.type for tensor in found} == {"cuda"}
        wrong = [lambda: here + there, lambda: layer(here), lambda: torch.cat([here, there]), lambda: here[there > 0]]
        wrong.append(lambda: torch.rand(2, device="cuda", generator=torch.Generator()))
        for refused in wrong:
            with pytest.raises(RuntimeError, match="Expected"):
                refused()
        with pytest.raises(TypeError, match="can't convert cuda:0"):
            there.numpy()
        assert there.cpu().numpy().sum() == 4 and there.to("cpu").device.type == "cpu"


@pytest.mark.parametrize(("architecture", "grid"), [("merge", False), ("inject", False), ("attention", True)])
def test_captioners(card, architecture, grid, tmp_path):
    seen, texts = world(grid, copies=2)
    made = captions.train(seen, texts, architecture=architecture, checkpoint=tmp_path / "run", **TINY)
    assert made.model.mean.device.type == "cuda"
    name = next(iter(seen))
    assert made.caption(seen, beam=1)[name] and made.steps(seen[name])[0] == made.caption(seen[name])
    made.blind(), made.loss(seen, texts)
    if grid:
        assert made.attention(seen[name])[1].shape[1:] == (6,)
    made.save(tmp_path / "captioner")
    loaded = captions.Captioner.load(tmp_path / "captioner")
    assert loaded.model.mean.device.type == "cuda" and loaded.caption(seen) == made.caption(seen)
    captions.rewards.train(loaded, seen, texts, epochs=1, batch_size=8, samples=2)


def test_features(card):
    pictures = {scene.name: scene.image(96) for scene in scenes.make(3, seed=8)}
    pooled, grids = features.extract(pictures, inception.narrow(), grid="both", size=96, progress=False)
    assert len(pooled) == len(grids) == 3 and np.isfinite(next(iter(pooled.values()))).all()


@pytest.mark.parametrize("kind", context.KINDS)
def test_models_of_context(card, kind, tmp_path):
    texts, held = sentences(20), sentences(8, seed=9)
    saved = {"epochs": 1, "validation": held, "checkpoint": tmp_path / "run"}
    made = pretraining.train(texts, kind, **SIZES | saved)
    assert made.device.type == "cuda"
    made.save(tmp_path / "model")
    made = pretraining.LanguageModel.load(tmp_path / "model")
    assert made.vectors(texts[0]).shape[0] == len(texts[0]) and made.perplexity(held) > 1
    if kind == "gpt":
        assert made.generate(["red"], 3) and made.next_words(["red"]).shape == (len(made.vocabulary),)
    rows = context.pieces(made.vocabulary.stream(held), 8)
    assert pretrained.perplexity(made.model, rows, made.options) == pytest.approx(made.perplexity(held), rel=1e-6)


def test_pseudowords(card):
    ids = torch.randint(3, 12, (40, 5), generator=training.generator(1))
    labels = (ids[:, 1] > 7).long()
    options = pretraining.Options("elmo", vector_size=8, layers=1, length=9)
    model = pretraining.untrained(options, 12).to("cuda")
    vectors = pseudowords.contextual(model, ids)
    head = pseudowords.linear(vectors, labels)
    assert vectors.device.type == "cpu" and head(vectors).shape == (40, 2)
    reader = pseudowords.fine_tune(model, head, ids, labels, rate=0.02, epochs=2)
    with torch.inference_mode():
        assert 0 <= pseudowords.accuracy(reader(ids), labels) <= 1
