"""Pretraining: it learns, it is repeatable, it goes on where it was stopped, and it refuses what is broken."""

import math
import warnings

import numpy as np
import pytest
import torch

import pretrain_context
from helpers import context, pretrained, pretraining, vectors
from helpers.checkpoints import Checkpoint

SIZES = {"vector_size": 16, "layers": 1, "heads": 2, "length": 8, "min_count": 1, "batch_size": 8, "alpha": 0.02}
SMALL = SIZES | {"device": "cpu"}  # also where there is a card: only there the same seed gives the same bits


pytestmark = pytest.mark.usefixtures("one_thread")


def sentences(n=60, seed=0):
    """ "red ball … blue box": a color decides its shape, so that the next word can be known."""
    draw = np.random.default_rng(seed)
    shapes = {"red": "ball", "blue": "box", "green": "tree"}
    return [[word for color in draw.choice(list(shapes), 4) for word in (str(color), shapes[color])] for _ in range(n)]


def weights(model):
    return model.model.state_dict()


def equal(a, b):
    return all(torch.equal(weights(a)[name], weights(b)[name]) for name in weights(a)) and a.curve == b.curve


@pytest.mark.parametrize("kind", context.KINDS)
def test_learns_the_rule_and_is_repeatable(kind):
    options = SMALL | {"epochs": 6, "validation": sentences(12, seed=9)}
    if kind == "bert":  # it learns from few places of a text, so it takes more of them
        options |= {"epochs": 25, "share": 0.3}
    state = torch.get_rng_state()
    first = pretraining.train(sentences(), kind, **options)
    assert torch.equal(state, torch.get_rng_state())
    assert first.curve[-1] < first.curve[0] and first.curve[-1] < 3.2  # 8.5 words; a color hesitates between 3
    assert equal(first, pretraining.train(sentences(), kind, **options))
    assert not equal(first, pretraining.train(sentences(), kind, seed=2, **options))
    assert first.perplexity(sentences(12, seed=9)) == pytest.approx(first.curve[-1])
    assert first.vectors(["red", "ball"]).shape == (2, 32 if kind == "elmo" else 16)


def test_gpt_writes_what_it_learnt():
    model = pretraining.train(sentences(), "gpt", epochs=8, **SMALL)
    said = model.generate(["red"], most=7, temperature=0)
    assert said[:2] == ["red", "ball"] and said == model.generate(["red"], most=7, temperature=0, seed=9)
    share = model.next_words(["blue"])
    assert share.sum() == pytest.approx(1, abs=1e-5) and model.vocabulary.words[share.argmax()] == "box"
    assert share[context.UNKNOWN] == share[context.MASK] == 0
    assert len(model.generate(["red"] * 30, most=3)) <= 33  # longer than its positions: it reads the last ones
    assert model.generate(["red"], seed=4) == model.generate(["red"], seed=4)
    pairs = {tuple(model.generate(["green"], most=3, seed=seed, temperature=3.0)) for seed in range(8)}
    assert len(pairs) > 1
    with pytest.raises(ValueError, match="kind='gpt'"):
        pretraining.train(sentences(), "bert", epochs=1, **SMALL).generate(["red"])


def test_temperature_and_top_k():
    share = np.array([0.5, 0.3, 0.2])
    assert pretraining.sharpened(share) == pytest.approx(share)
    assert pretraining.sharpened(share, 0).tolist() == [1, 0, 0]
    assert pretraining.sharpened(share, 0.5) == pytest.approx(share**2 / (share**2).sum())
    assert pretraining.sharpened(share, 1, 2) == pytest.approx([0.625, 0.375, 0])
    assert pretraining.sharpened(share[::-1], 1, 1).tolist() == [0, 0, 1]
    for bad in ({"temperature": float("nan")}, {"temperature": -1}, {"top_k": 0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            pretraining.sharpened(share, **bad)


def test_perplexity_is_that_of_the_probabilities():
    model = pretraining.train(sentences(), "gpt", epochs=1, **SMALL)
    text = [["red", "ball", "blue", "box", "green", "tree"]]
    ids = model.vocabulary.stream(text)
    with torch.inference_mode():
        scores = model.model.scores(model.model(ids[None, :-1]))[0].double()
    logs = torch.log_softmax(scores, 1)[torch.arange(7), ids[1:]]
    assert model.perplexity(text) == pytest.approx(math.exp(-logs.mean()), rel=1e-4)


class Stopped(Exception):
    pass


class StopsAfter(Checkpoint):
    """A checkpoint that saves at every opportunity and breaks the training off after some savings."""

    def __init__(self, path, savings):
        super().__init__(path, every=0)
        self.left = savings

    def save(self, tensors):
        super().save(tensors)
        self.left -= 1
        if not self.left:
            raise Stopped


@pytest.mark.parametrize("kind", context.KINDS)
def test_a_training_that_was_stopped_ends_in_the_same_bits(kind, tmp_path):
    options = SMALL | {"epochs": 2, "validation": sentences(12, seed=9)}
    whole = pretraining.train(sentences(), kind, **options)
    for savings in (3, 5):
        with pytest.raises(Stopped):
            pretraining.train(sentences(), kind, checkpoint=StopsAfter(tmp_path / "run", savings), **options)
    assert equal(whole, pretraining.train(sentences(), kind, checkpoint=tmp_path / "run", **options))
    with pytest.raises(ValueError, match="alpha was"):
        pretraining.train(sentences(), kind, checkpoint=tmp_path / "run", **options | {"alpha": 0.01})


def test_many_words_are_told_before_the_training_begins(monkeypatch):
    def begun(*given):
        raise Stopped

    monkeypatch.setattr(pretraining.runs, "train", begun)
    words = [str(i) for i in range(pretraining.MANY_WORDS)]
    vocabulary = context.ContextVocabulary([*context.SPECIAL, *words[:-3]])
    for small in ({"vocabulary": vocabulary}, {}):  # as many as go without a word, and the default
        with warnings.catch_warnings(action="error"), pytest.raises(Stopped):
            pretraining.train([words], **SMALL | small)
    told = r"has 20,003 entries.* 4 times as much .*max_size=5000 here or to ContextVocabulary.build.*min_count"
    with pytest.warns(UserWarning, match=told) as seen, pytest.raises(Stopped):
        pretraining.train([words], max_size=30_000, **SMALL)
    assert seen[0].filename == __file__, "the line that asked for it"


def test_word_vectors_to_start_from():
    kv = vectors.keyed_vectors(["red", "tree", "moon"], np.random.default_rng(1).normal(size=(3, 6)))
    model = pretraining.train(sentences(), "elmo", vectors=kv, epochs=1, **SMALL | {"alpha": 1e-9})
    assert model.options.vector_size == 6
    row = weights(model)["embedding.weight"][model.vocabulary.index["tree"]].numpy()
    assert vectors.cosine(row, kv["tree"]) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match="none of the vocabulary's words"):
        pretraining.train(sentences(), vectors=vectors.keyed_vectors(["moon"], np.ones((1, 4))), **SMALL)
    with pytest.raises(ValueError, match="vectors of all words of the vocabulary are zero"):
        pretraining.train(sentences(), vectors=vectors.keyed_vectors(["tree"], np.zeros((1, 4))), **SMALL)


@pytest.mark.parametrize("kind", context.KINDS)
def test_a_model_comes_back_from_its_file(kind, tmp_path):
    model = pretraining.train(sentences(), kind, epochs=1, validation=sentences(9), **SMALL)
    model.save(tmp_path / "model.safetensors")
    back = pretraining.LanguageModel.load(tmp_path / "model.safetensors", device="cpu")
    assert (back.options, back.curve) == (model.options, model.curve)
    assert back.vocabulary.words == model.vocabulary.words
    for name, tensor in weights(model).items():
        assert torch.equal(weights(back)[name], tensor.half().float())
    again = tmp_path / "again.safetensors"
    back.save(again)
    assert again.read_bytes() == (tmp_path / "model.safetensors").read_bytes()


def test_files_that_are_no_model_are_refused(tmp_path):
    from safetensors.torch import save_file

    with pytest.raises(FileNotFoundError, match="pretrain_context"):
        pretraining.LanguageModel.load(tmp_path / "none")
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(ValueError, match="fetch it again"):
        pretraining.LanguageModel.load(tmp_path / "junk")
    save_file({"a": torch.ones(1)}, tmp_path / "other", {"format": "another"})
    with pytest.raises(ValueError, match="no context model"):
        pretraining.LanguageModel.load(tmp_path / "other")


@pytest.mark.parametrize(
    "bad",
    [{"kind": "t5"}, {"alpha": float("nan")}, {"alpha": 0}, {"epochs": 0}, {"heads": 3}, {"length": 1}, {"dropout": 1},
     {"share": 0}, {"seed": -1}, {"vector_size": 2.5}, {"batch_size": True}],
    ids=str,
)  # fmt: skip
def test_options_check_themselves(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        pretraining.train(sentences(), **SMALL | bad)


def test_bad_texts_name_the_remedy():
    with pytest.raises(TypeError, match="lists of words"):
        pretraining.train("a text", **SMALL)
    with pytest.raises(TypeError, match="list of words"):
        pretraining.train(["a text"], **SMALL)
    with pytest.raises(ValueError, match="two words or more"):
        pretraining.train([[]], **SMALL)
    with pytest.raises(ValueError, match="lower length"):
        pretraining.train([["a", "b"]], **SMALL)
    model = pretraining.train(sentences(), "gpt", epochs=1, **SMALL)
    with pytest.raises(ValueError, match="at least one word"):
        model.vectors([])
    with pytest.raises(ValueError, match="8 positions"):
        model.vectors(["red"] * 9)
    with pytest.raises(ValueError, match="most must be"):
        model.generate(["red"], most=0)


def test_a_rate_that_is_too_high_is_told():
    objective = pretraining.Objective(context.ContextModel("gpt", 9, 8, 1, 2, 8), torch.zeros(8, 8).long(), None,
                                      None, pretraining.Options(**SIZES))  # fmt: skip
    with pytest.raises(ValueError, match="Lower alpha"):
        objective.finish(0, float("nan"))


def test_the_rate_rises_and_falls():
    options = pretraining.Options(alpha=1.0)
    assert options.rate(0) == 0 and options.rate(0.025) == pytest.approx(0.5) and options.rate(0.05) == 1
    assert options.rate(0.525) == pytest.approx(0.5) and options.rate(1) == 0


def test_the_tool_writes_the_same_file_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pretrain_context, "texts", lambda language: (sentences(), sentences(12, seed=9)))
    monkeypatch.setattr(pretrain_context, "SETTINGS", SIZES | {"epochs": 2, "layers": 1})
    for folder in ("one", "two"):
        pretrain_context.main(["gpt", "--folder", str(tmp_path / folder)])
    pretrain_context.main(["gpt", "--language", "en", "--folder", str(tmp_path / "one")])
    one, two = ((tmp_path / folder / "gpt-ko.safetensors").read_bytes() for folder in ("one", "two"))
    assert one == two and "bytes" in capsys.readouterr().out and (tmp_path / "one" / "gpt-en.safetensors").exists()
    with pytest.raises(SystemExit):
        pretrain_context.main(["t5"])


@pytest.mark.parametrize(("kind", "language"), [(kind, "ko") for kind in context.KINDS] + [("gpt", "en")])
def test_the_models_that_ship_are_small_and_as_good_as_they_say(kind, language):
    path = pretrain_context.FOLDER / f"{kind}-{language}.safetensors"
    model = pretrained.LanguageModel.load(path, device="cpu")
    learnt, held_out = pretrain_context.texts(language)
    assert model.options.vector_size == pretrain_context.SIZES[language]
    assert path.stat().st_size < 1_000_000 and model.options.kind == kind
    assert len(model.curve) == pretrain_context.SETTINGS["epochs"] and model.curve[-1] < model.curve[0]
    reported = pretrain_context.reported(held_out)
    assert model.perplexity(reported) == pytest.approx(model.curve[-1], rel=0.01)  # weights are kept as float16
    assert model.vocabulary.words == context.ContextVocabulary.build(learnt, max_size=1000).words


def test_a_damaged_model_is_refused_with_the_remedy(tmp_path):
    whole = (pretrain_context.FOLDER / "elmo-ko.safetensors").read_bytes()
    path = tmp_path / "model.safetensors"
    names = [b"vector_size", b"from_right.weight_ih_l0", b"curve", b"words"]
    for damaged in [whole[:-1], b"", *(whole.replace(name, b"X" + name[1:]) for name in names)]:
        assert damaged != whole
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"model.safetensors is damaged"):
            pretrained.LanguageModel.load(path)
