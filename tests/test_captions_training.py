"""Training a captioner: it learns, it is repeatable, it goes on where it was stopped, and it refuses what is broken."""

import re
import signal
from copy import deepcopy

import numpy as np
import pytest
import torch

from helpers import captions, precision, vectors
from helpers.captions import trainer
from helpers.captions.samples import Samples, hold_out, pair
from helpers.captions.text import CaptionVocabulary
from helpers.checkpoints import Checkpoint

COLORS, SHAPES = ("red", "blue", "green"), ("ball", "box", "star", "tree")
# On the processor, also where there is a card: only there the same seed gives the same bits
SMALL = {"hidden_size": 24, "vector_size": 12, "epochs": 6, "batch_size": 16, "alpha": 0.02, "dropout": 0.1,
         "device": "cpu"}  # fmt: skip
GPU = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"))


pytestmark = pytest.mark.usefixtures("one_thread")


def world(grid=False, copies=10):
    """Images of one coloured thing, features that say so, and two captions of each."""
    features, texts, rng = {}, {}, np.random.default_rng(0)
    for color in range(3):
        for shape in range(4):
            for copy in range(copies):
                name = f"{COLORS[color]}-{SHAPES[shape]}-{copy}.png"
                seen = np.concatenate([np.eye(3)[color], np.eye(4)[shape]])
                array = np.outer(np.eye(6)[rng.integers(6)], seen) if grid else seen
                features[name] = (array + rng.normal(scale=0.05, size=array.shape)).astype(np.float32)
                thing = f"{COLORS[color]} {SHAPES[shape]}"
                texts[name] = [f"A {thing}.", f"There is a {thing} here ."]
    return features, texts


def colour_vectors():
    rng = np.random.default_rng(1)
    words = ["a", "is", *COLORS, *SHAPES[:3]]  # "tree", "there" and "here" have no vector
    return vectors.keyed_vectors(words, rng.normal(size=(len(words), 12)))


def weights(captioner):
    return dict(captioner.model.state_dict())


def equal(a, b):
    return all(torch.equal(weights(a)[name], weights(b)[name]) for name in weights(a)) and a.curve == b.curve


@pytest.mark.parametrize("device", ["cpu", GPU])
@pytest.mark.parametrize(("architecture", "grid"), [("merge", False), ("inject", True), ("attention", True)])
def test_learns_to_say_what_is_there(architecture, grid, device):
    features, texts = world(grid)
    options = SMALL | {"architecture": architecture, "epochs": 10, "device": device}
    made = captions.train(features, texts, colour_vectors(), **options)
    assert made.model.mean.device.type == device
    said = made.caption({name: features[name] for name in made.validation})
    right = [COLOR in said[name] and SHAPE in said[name]
             for name in said for COLOR, SHAPE in [name.split("-")[:2]]]  # fmt: skip
    assert len(said) == 12 and np.mean(right) > 0.9
    assert captions.bleu(list(said.values()), [texts[name] for name in said])[2] > 0.9
    assert made.curve[-1]["validation"] < 0.7 * made.curve[0]["validation"]
    assert made.blind() == made.caption(np.broadcast_to(made.model.mean.cpu().numpy(), made.shape))
    assert made.loss(features, {name: texts[name] for name in made.validation}) == pytest.approx(
        min(row["validation"] for row in made.curve), abs=1e-5
    )


def test_attention_looks_at_the_cell_where_the_thing_is():
    features, texts = world(grid=True)
    made = captions.train(features, texts, architecture="attention", **SMALL | {"epochs": 10})
    hits = []
    for name in made.validation:
        tokens, maps = made.attention(features[name])
        assert tokens[-1] == "<end>" and maps.shape == (len(tokens), 6)
        hits.append(maps.mean(0).argmax() == np.abs(features[name]).sum(1).argmax())
    assert np.mean(hits) > 0.8


def test_the_same_seed_gives_the_same_captioner_and_leaves_other_randomness_alone():
    features, texts = world(copies=3)
    options = SMALL | {"epochs": 2}
    state = torch.get_rng_state()
    first = captions.train(features, texts, seed=3, **options)
    assert torch.equal(state, torch.get_rng_state())
    torch.rand(7)
    assert equal(first, captions.train(features, texts, seed=3, **options))
    assert not equal(first, captions.train(features, texts, seed=4, **options))


def test_the_size_of_given_vectors_goes_before_vector_size():
    features, texts = world(copies=2)
    one, other = (captions.train(features, texts, colour_vectors(), **SMALL | {"epochs": 1, "vector_size": size})
                  for size in (12, 30))  # fmt: skip
    assert equal(one, other) and weights(other)["embedding.weight"].shape[1] == 12


def test_frozen_vectors_stay_and_the_others_are_learnt():
    features, texts = world(copies=3)
    for fine_tune in (False, True):
        made = captions.train(features, texts, colour_vectors(), fine_tune=fine_tune, **SMALL | {"epochs": 2})
        table, known = made.vocabulary.table(colour_vectors(), 12, torch.Generator().manual_seed(1))
        moved = (weights(made)["embedding.weight"] != table).any(1)
        expected = [fine_tune and token != "<end>" for token in made.vocabulary.tokens]
        for token, has_vector, was_moved, tuned in zip(made.vocabulary.tokens, known, moved, expected):
            if token in ("tree", "there", "here", "<start>"):
                assert was_moved and not has_vector, token
            elif has_vector:
                assert was_moved == tuned, token


class Stopped(Exception):
    pass


@pytest.mark.parametrize("after", [1, 7, 15])
def test_a_stopped_training_goes_on_bit_for_bit(tmp_path, monkeypatch, after):
    features, texts = world(copies=4)
    options = SMALL | {"epochs": 3, "checkpoint": Checkpoint(tmp_path / "run.safetensors", every=0)}
    whole = captions.train(features, texts, colour_vectors(), **SMALL | {"epochs": 3})
    work, steps, counted = trainer.Objective.work, iter(range(1000)), []

    def stopping(self, *place):
        if next(steps) == after:
            raise Stopped
        return work(self, *place)

    def counting(self, *place):
        counted.append(place)
        return work(self, *place)

    monkeypatch.setattr(trainer.Objective, "work", stopping)
    with pytest.raises(Stopped):
        captions.train(features, texts, colour_vectors(), **options)
    monkeypatch.setattr(trainer.Objective, "work", counting)
    assert equal(whole, captions.train(features, texts, colour_vectors(), **options))
    in_all = len(counted) + after
    counted.clear()
    assert equal(whole, captions.train(features, texts, colour_vectors(), **options)) and not counted  # it is done
    captions.train(features, texts, colour_vectors(), **SMALL | {"epochs": 3})
    assert in_all == len(counted)  # nothing was done twice


@pytest.fixture
def ctrl_c():
    """Python's own answer to Ctrl-C, which a worker of the test run may have switched off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_between_two_batches_leaves_a_checkpoint_that_goes_on_bit_for_bit(tmp_path, monkeypatch, ctrl_c):
    features, texts = world(copies=4)
    options, path = SMALL | {"epochs": 2}, tmp_path / "run.safetensors"
    whole = captions.train(features, texts, **options)
    work, worked = trainer.Objective.work, []

    def interrupted(self, *place):
        worked.append(place)
        if len(worked) == 7:
            ctrl_c()
        return work(self, *place)

    monkeypatch.setattr(trainer.Objective, "work", interrupted)
    with pytest.raises(KeyboardInterrupt):
        captions.train(features, texts, checkpoint=path, **options)
    assert len(worked) == 7, "the batch at work is finished, none is begun"
    assert equal(whole, captions.train(features, texts, checkpoint=path, **options))
    assert len(worked) == len(set(worked)), "nothing was done twice"


def test_every_word_of_an_epoch_is_worked_on_once_and_the_rate_falls_in_a_straight_line(monkeypatch):
    features, texts = world(copies=3)
    tokens, _ = pair(features, texts, captions.words)
    rates, words, step = [], [], torch.optim.Adam.step

    def watched(self, *args, **kwargs):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *args, **kwargs)

    get = Samples.get
    monkeypatch.setattr(torch.optim.Adam, "step", watched)
    monkeypatch.setattr(Samples, "get", lambda self, batch, *rest: (words.append((id(self), batch.tolist())),
                                                                   get(self, batch, *rest))[1])  # fmt: skip
    captions.train(features, texts, validation=list(tokens)[:3], min_alpha=0.002, **SMALL | {"epochs": 2})
    assert rates == pytest.approx(np.linspace(0.02, 0.002, len(rates), endpoint=False))
    seen = words[0][0]
    orders = [batch for which, batch in words if which == seen]
    half = len(orders) // 2
    for epoch in (orders[:half], orders[half:]):
        assert sorted(sum(epoch, [])) == list(range(2 * (len(tokens) - 3)))
    assert orders[:half] != orders[half:], "each epoch has an order of its own"


@pytest.mark.parametrize("times", [1, 1000])
def test_a_batch_counts_by_its_words_and_a_large_gradient_is_cut(times):
    features, texts = world(copies=3)
    tokens, _ = pair(features, texts, captions.words)
    vocabulary = CaptionVocabulary.build(one for those in tokens.values() for one in those)
    samples = Samples.of(features, tokens, list(tokens), vocabulary)
    options = trainer.Options(**{name: value for name, value in SMALL.items() if name != "device"} | {"dropout": 0})
    table, known = vocabulary.table(None, options.vector_size, torch.Generator().manual_seed(1))
    model = trainer.initial_model(table, known, samples.features, options)
    objective = trainer.Objective(model, samples, samples, options)
    with torch.no_grad():
        objective.model.out.weight.mul_(times)
    alone = deepcopy(objective.model)
    total, count = objective.work(0, 0)
    shown, inputs, targets = samples.get(objective.batches[0])
    loss = torch.nn.functional.cross_entropy(alone(shown, inputs).flatten(0, 1), targets.flatten())  # mean over words
    mean_batch = samples.words / objective.parts
    (loss * targets.numel() / mean_batch).backward()
    assert count == targets.numel() and total == pytest.approx(loss.item() * count, rel=1e-4)
    norm = torch.nn.utils.clip_grad_norm_(alone.parameters(), 5.0)
    assert (norm > 5) == (times > 1), "one of the two cases is cut"
    for name, parameter in objective.model.named_parameters():
        torch.testing.assert_close(parameter.grad, dict(alone.named_parameters())[name].grad, rtol=1e-3, atol=1e-6)


def test_after_epoch_is_shown_a_captioner_of_its_own_and_the_mean_loss():
    features, texts = world(copies=3)
    shown, image = [], next(iter(features.values()))

    def show(epoch, captioner, loss):
        shown.append((epoch, captioner, loss, captioner.caption(image)))

    made = captions.train(features, texts, after_epoch=show, **SMALL | {"epochs": 3})
    assert [epoch for epoch, *_ in shown] == [0, 1, 2]
    assert [loss for *_, loss, _ in shown] == [row["train"] for row in made.curve]
    assert [len(captioner.curve) for _, captioner, *_ in shown] == [1, 2, 3]
    first, _, last = (weights(captioner)["out.weight"] for _, captioner, *_ in shown)
    assert not torch.equal(first, last), "a copy, which later epochs do not change"
    assert all(captioner.caption(image) == said for _, captioner, _, said in shown)
    best = shown[made.best_epoch - 1][1]
    assert all(torch.equal(weights(made)[name], weights(best)[name]) for name in weights(made))
    again = captions.train(features, texts, after_epoch=lambda epoch, captioner: None, **SMALL | {"epochs": 3})
    assert equal(made, again), "looking changes nothing"


def test_the_reported_loss_is_the_mean_over_all_words():
    features, texts = world(copies=3)
    seen = list(features)[3:]
    tokens, _ = pair(features, texts, captions.words)
    table = CaptionVocabulary.build(one for name in seen for one in tokens[name])
    losses = []
    options = SMALL | {"epochs": 1, "dropout": 0, "alpha": 1e-12, "min_alpha": 1e-12, "validation": list(features)[:3]}
    made = captions.train(features, texts, after_epoch=lambda *shown: losses.append(shown[2]), **options)
    assert losses == [made.curve[0]["train"]]
    assert losses[0] == pytest.approx(made.loss({n: features[n] for n in seen}, {n: texts[n] for n in seen}), abs=1e-5)
    assert abs(losses[0] - np.log(len(table))) < 0.5, "untrained, it is hardly better than guessing"


def test_a_checkpoint_of_another_training_or_cut_off_is_refused(tmp_path):
    features, texts = world(copies=3)
    path = tmp_path / "run.safetensors"
    captions.train(features, texts, checkpoint=path, **SMALL | {"epochs": 1})
    with pytest.raises(ValueError, match="dropout was 0.1, is 0.2"):
        captions.train(features, texts, checkpoint=path, **SMALL | {"epochs": 1, "dropout": 0.2})
    with pytest.raises(ValueError, match="another training: .*words was"):
        captions.train(features, texts | {next(iter(texts)): ["A new word"]}, checkpoint=path,
                       **SMALL | {"epochs": 1}, validation=list(texts)[-3:])  # fmt: skip
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="cannot be read"):
        captions.train(features, texts, checkpoint=path, **SMALL | {"epochs": 1})


def test_the_best_epoch_is_kept_not_the_last(monkeypatch):
    features, texts = world(copies=3)
    losses, seen = iter([3.0, 1.0, 2.0, 1.5]), []

    def measured(model, samples):
        seen.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return next(losses)

    monkeypatch.setattr(trainer, "mean_loss", measured)
    made = captions.train(features, texts, **SMALL | {"epochs": 4})
    assert made.best_epoch == 2
    assert all(torch.equal(weights(made)[name], seen[1][name]) for name in seen[1])
    assert not torch.equal(weights(made)["out.weight"], seen[3]["out.weight"])


def test_whole_images_are_held_out():
    names = [f"i{i}" for i in range(50)]
    train, held = hold_out(names, 0.1, seed=1)
    assert len(held) == 5 and sorted(train + held) == sorted(names)
    assert hold_out(names, 0.1, seed=2)[1] != held
    assert hold_out(names, ["i3", "elsewhere"], seed=1) == ([name for name in names if name != "i3"], ["i3"])
    for wrong, message in (
        (0, "above 0 and below 1, not 0: a share"),
        ("0.1", "not '0.1'"),
        (True, "share"),
        (1.5, "share"),
        (["x"], "0 to validate"),
        (names, "0 images"),
    ):
        with pytest.raises(ValueError, match=message):
            hold_out(names, wrong, seed=1)


def test_batches_hold_every_caption_once_and_one_length_each():
    features, texts = world(copies=3)
    tokens, _ = pair(features, texts, captions.words)
    vocabulary = CaptionVocabulary.build(one for those in tokens.values() for one in those)
    samples = Samples.of(features, tokens, list(tokens), vocabulary)
    orders = []
    for seed in (1, 1, 2):
        batches = samples.batches(10, torch.Generator().manual_seed(seed))
        assert all(len({len(samples.ids[i]) for i in batch.tolist()}) == 1 and len(batch) <= 10 for batch in batches)
        orders.append(torch.cat(batches).tolist())
        assert sorted(orders[-1]) == list(range(72))
    assert orders[0] == orders[1] != orders[2]
    batch = samples.batches(10)[0]
    seen, inputs, targets = samples.get(batch)
    assert torch.equal(inputs[1:], targets[:-1]) and (inputs[0] == 0).all() and (targets[-1] == 1).all()
    name = list(tokens)[int(samples.images[batch[0]])]
    assert np.array_equal(seen[0].numpy(), features[name])
    assert vocabulary.decode(inputs[:, 0].tolist()) in [" ".join(captions.words(one)) for one in texts[name]]
    assert samples.words == sum(len(one) + 1 for those in tokens.values() for one in those)


def test_what_cannot_be_used_is_counted_and_reported():
    features, texts = world(copies=3)
    texts = texts | {"nowhere.png": ["A ball"], "red-ball-0.png": ["...", "A red ball"], "red-ball-1.png": [""]}
    features["unseen.png"] = features["red-ball-0.png"]
    with pytest.warns(UserWarning, match="1 captioned images without features, 2 captions without words"):
        made = captions.train(features, texts, **SMALL | {"epochs": 1})
    assert made.skipped == {"images without captions": 2, "captioned images without features": 1,
                            "captions without words": 2}  # fmt: skip


def spoiled(change):
    features, texts = world(copies=3)
    name = "red-ball-1.png"
    if change == "NaN":
        features[name] = np.full(7, np.nan)
    elif change == "shape":
        features[name] = np.zeros(8)
    elif change == "text":
        features[name] = np.array(["a"] * 7)
    elif change == "names":
        features = {f"other-{name}": array for name, array in features.items()}
    elif change == "no words":
        texts = dict.fromkeys(texts, ["?", "."])
    return features, texts


@pytest.mark.filterwarnings("ignore:skipped")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("NaN", "'red-ball-1.png' hold NaN"),
        ("shape", "have shape .*, those of 'red-ball-1.png' .*: extract all with the same"),
        ("text", "must be an array of numbers"),
        ("names", "36 images without captions, 36 captioned images without features"),
        ("no words", "no image has both .*72 captions without words"),
    ],
)
def test_broken_data_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        captions.train(*spoiled(change), validation=["red-ball-0.png", "red-ball-2.png"], **SMALL)


def test_wrong_kinds_of_data_are_refused():
    features, texts = world(copies=3)
    with pytest.raises(TypeError, match="features must be a dict"):
        captions.train(list(features.values()), texts)
    with pytest.raises(TypeError, match="must be a list of str"):
        captions.train(features, {name: those[0] for name, those in texts.items()})
    with pytest.raises(TypeError, match="a caption must be a str, not"):
        captions.train(features, {name: [1] for name in texts})
    with pytest.raises(ValueError, match="grid=True"):
        captions.train(features, texts, architecture="attention")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs must be"),
        ({"seed": -1}, "seed must be"),
        ({"batch_size": 2.5}, "batch_size must be"),
        ({"architecture": "transformer"}, "architecture must be 'merge' or 'inject' or 'attention'"),
        ({"precision": "half"}, "precision must be 'float32' or 'bfloat16' or 'float16'"),
        ({"dropout": 1}, "dropout must be .* at least 0 and below 1"),
        ({"alpha": 0}, "alpha must be .* above 0"),
        ({"min_alpha": 0}, "min_alpha must be .* above 0"),
        ({"min_alpha": 0.01}, "alpha must not be below min_alpha, but they are 0.002 and 0.01"),
        ({"fine_tune": "no"}, "fine_tune must be True or False"),
        ({"tokenize": "letters"}, "tokenize must be 'words' or 'morphemes'"),
        ({"min_count": 1000}, "lower min_count"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_parameters_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        captions.train(*world(copies=2), **options)


@pytest.fixture(scope="module")
def captioner():
    features, texts = world(grid=True, copies=3)
    return captions.train(features, texts, architecture="attention", **SMALL | {"epochs": 3}), features


def test_caption_takes_one_many_or_a_dict(captioner):
    made, features = captioner
    few = dict(list(features.items())[:5])
    said = made.caption(few)
    assert list(said) == list(few)
    assert made.caption(np.stack(list(few.values()))) == list(said.values())
    assert [made.caption(one) for one in few.values()] == list(said.values())
    assert made.caption(few, batch_size=2) == said
    assert made.caption({}) == {} and made.caption(np.zeros((0, 6, 7))) == []
    text, steps = made.steps(few[next(iter(few))])
    assert text == said[next(iter(few))] and steps[0][0][2] in ("kept", "ended", "dropped")


@pytest.mark.parametrize(
    "wrong", [np.zeros(7), np.zeros((5, 7)), np.zeros((2, 6, 8)), {"a": np.zeros(3)}, np.full((6, 7), np.nan)],
    ids=["pooled", "cells", "size", "dict", "nan"],
)  # fmt: skip
def test_caption_refuses_other_features(captioner, wrong):
    with pytest.raises(ValueError, match="features of shape|hold NaN"):
        captioner[0].caption(wrong)


def test_caption_refuses_no_beam(captioner):
    with pytest.raises(ValueError, match="beam must be a whole number"):
        captioner[0].caption(next(iter(captioner[1].values())), beam=0)
    with pytest.raises(ValueError, match="does not look at cells"):
        features, texts = world(copies=2)
        captions.train(features, texts, **SMALL | {"epochs": 1}).attention(features["red-ball-0.png"])


def test_save_and_load_give_the_same_captioner(captioner, tmp_path):
    made, features = captioner
    made.save(tmp_path / "c.safetensors")
    again = captions.Captioner.load(tmp_path / "c.safetensors", device="cpu")
    assert equal(made, again) and again.caption(features) == made.caption(features)
    assert (again.shape, again.validation, again.skipped, again.max_length, again.best_epoch) == (
        made.shape, made.validation, made.skipped, made.max_length, made.best_epoch)  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["c.safetensors"]


def test_load_refuses_what_is_no_captioner(captioner, tmp_path):
    path = tmp_path / "c.safetensors"
    with pytest.raises(FileNotFoundError, match="no captioner at"):
        captions.Captioner.load(path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        captioner[0].save(tmp_path / "nowhere" / "c.safetensors")
    captioner[0].save(path)
    whole = path.read_bytes()
    letters = [whole.replace(name, b"X" + name[1:]) for name in (b"max_length", b"tokenize", b"embedding.weight")]
    assert whole not in letters
    for damaged in (whole[:-1], whole[: len(whole) // 2], b"", b"not a file of ours", *letters):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="cut off or damaged"):
            captions.Captioner.load(path)
    path.unlink()
    Checkpoint(path).settings = None
    other = Checkpoint(path)
    other.restore({})
    other.save({"a": 1})
    with pytest.raises(ValueError, match="not a captioner"):
        captions.Captioner.load(path)


def assert_half_precision_learns_the_same(device, precision="bfloat16"):
    features, texts = world(copies=4)
    full, half = (
        captions.train(features, texts, precision=kind, **SMALL | {"device": device}) for kind in ("float32", precision)
    )
    assert weights(half)["out.weight"].dtype == torch.float32 and not equal(full, half)
    assert half.curve[-1]["validation"] == pytest.approx(full.curve[-1]["validation"], abs=0.1)


@pytest.fixture
def lacking(monkeypatch):
    """A processor that refuses an LSTM in half precision, as oneDNN does without AVX-512; keeps the tries."""
    tries, forward = [], torch.nn.LSTM.forward

    def refusing(lstm, *arguments):
        if torch.is_autocast_enabled("cpu"):
            tries.append(arguments)
            raise RuntimeError("could not create a primitive descriptor for the LSTM forward propagation primitive")
        return forward(lstm, *arguments)

    precision.learns_in_bfloat16.cache_clear()
    monkeypatch.setattr(torch.nn.LSTM, "forward", refusing)
    yield tries
    precision.learns_in_bfloat16.cache_clear()


@pytest.mark.parametrize("device", ["cpu", GPU])
def test_half_precision_learns_the_same(device):
    if not precision.learns_in_bfloat16(device):
        pytest.skip("no LSTM in half precision here")
    assert_half_precision_learns_the_same(device)


@pytest.mark.parametrize("device", [GPU])
def test_float16_learns_the_same_on_a_card(device):
    assert_half_precision_learns_the_same(device, "float16")


@pytest.mark.filterwarnings("ignore:TF32 acceleration")
def test_half_precision_learns_the_same_with_pytorchs_own_lstm(monkeypatch):
    monkeypatch.setattr(precision, "learns_in_bfloat16", lambda device: True)
    with torch.backends.mkldnn.flags(enabled=False):  # it runs on any processor; the other layers are in half precision
        assert_half_precision_learns_the_same("cpu")


@pytest.fixture
def with_float16(monkeypatch):
    """A processor that is taken for a card with float16; PyTorch's own LSTM runs in it."""
    monkeypatch.setattr(precision, "learns_in_float16", lambda device: True)
    with torch.backends.mkldnn.flags(enabled=False):
        yield


@pytest.mark.filterwarnings("ignore:TF32 acceleration")
def test_float16_learns_the_same_where_it_can_be_had(with_float16):
    assert_half_precision_learns_the_same("cpu", "float16")


@pytest.mark.filterwarnings("ignore:TF32 acceleration")
def test_float16_multiplies_its_losses_and_takes_no_step_whose_gradients_are_too_large(with_float16, monkeypatch):
    features, texts = world(copies=3)
    scales, before, after = [], [], []
    step = torch.amp.GradScaler.step

    def watched(scaler, optimizer):
        weight = optimizer.param_groups[0]["params"][0]
        scales.append(scaler.get_scale())
        if len(scales) == 2:
            scaler.scale(torch.ones(1))
            weight.grad[:] = torch.inf
            scaler._per_optimizer_states.clear()  # as if the gradients had come out like this
            scaler.unscale_(optimizer)
        before.append(weight.detach().clone())
        found = step(scaler, optimizer)
        after.append(weight.detach().clone())
        return found

    monkeypatch.setattr(torch.amp.GradScaler, "step", watched)
    made = captions.train(features, texts, precision="float16", **SMALL | {"epochs": 1})
    assert scales[0] > 1000 and scales[2] == scales[1] / 2, "the scale falls when gradients were too large"
    assert torch.equal(before[1], after[1]) and not torch.equal(before[0], after[0])
    assert np.isfinite(made.curve[0]["train"])


@pytest.mark.filterwarnings("ignore:TF32 acceleration")
def test_a_stopped_training_in_float16_goes_on_with_the_scale_it_had(with_float16, monkeypatch, tmp_path):
    features, texts = world(copies=4)
    options = SMALL | {"epochs": 2, "precision": "float16"}
    monkeypatch.setattr(torch.amp.GradScaler, "__init__", scaler_that_grows(torch.amp.GradScaler.__init__))
    whole = captions.train(features, texts, **options)
    work, steps = trainer.Objective.work, iter(range(1000))

    def stopping(self, *place):
        if next(steps) == 7:
            raise Stopped
        return work(self, *place)

    saved = Checkpoint(tmp_path / "run.safetensors", every=0)
    monkeypatch.setattr(trainer.Objective, "work", stopping)
    with pytest.raises(Stopped):
        captions.train(features, texts, checkpoint=saved, **options)
    monkeypatch.setattr(trainer.Objective, "work", work)
    assert equal(whole, captions.train(features, texts, checkpoint=saved, **options))


def scaler_that_grows(made):
    """A scale that doubles after every third step, so that one that was not kept would be another."""
    return lambda self, *given, **named: made(self, *given, **named | {"growth_interval": 3, "init_scale": 8.0})


def test_float16_without_a_card_says_so_and_takes_float32():
    features, texts = world(copies=3)
    full = captions.train(features, texts, **SMALL | {"epochs": 1})
    with pytest.warns(UserWarning, match='"float16" is for NVIDIA.s cards, so training takes float32') as caught:
        assert equal(full, captions.train(features, texts, precision="float16", **SMALL | {"epochs": 1}))
    assert len(caught) == 1 and caught[0].filename == __file__


def test_a_card_that_only_pretends_to_have_bfloat16_does_not_count(monkeypatch):
    asked = []
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **how: asked.append(how))
    precision.learns_in_bfloat16.cache_clear()
    assert not precision.learns_in_bfloat16("cuda") and asked == [{"including_emulation": False}]
    precision.learns_in_bfloat16.cache_clear()
    with pytest.warns(UserWarning, match=r'this GPU has no half .* \(precision="float16" may do\)'):
        monkeypatch.setattr(precision, "learns_in_bfloat16", lambda device: False)
        assert precision.usable("bfloat16", "cuda") == "float32"


def test_where_half_precision_is_lacking_one_warning_says_so_and_float32_is_taken(lacking):
    features, texts = world(copies=3)
    options = SMALL | {"epochs": 1, "device": "cpu"}
    full = captions.train(features, texts, **options)
    assert lacking == [], "nobody asked for half precision"
    for _ in range(2):
        with pytest.warns(UserWarning) as caught:
            half = captions.train(features, texts, precision="bfloat16", **options)
        (message,) = (str(one.message) for one in caught)
        assert re.fullmatch('precision="bfloat16": this processor has no .* takes float32 .* only more slowly', message)
        assert caught[0].filename == __file__ and equal(full, half)
    assert len(lacking) == 1, "tried once, and remembered"


def test_trying_half_precision_warns_of_nothing_and_leaves_other_randomness_alone(recwarn):
    precision.learns_in_bfloat16.cache_clear()
    state = torch.get_rng_state()
    known = precision.learns_in_bfloat16("cpu")
    assert known in (True, False) and torch.equal(state, torch.get_rng_state()) and not len(recwarn)
    assert precision.usable("float32", "cpu") == "float32" and not len(recwarn)


@pytest.mark.filterwarnings("ignore:TF32 acceleration")
def test_a_training_in_half_precision_goes_on_at_a_machine_that_lacks_it(monkeypatch, tmp_path):
    features, texts = world(copies=2)
    options = SMALL | {"epochs": 1, "precision": "bfloat16", "device": "cpu", "checkpoint": tmp_path / "a.safetensors"}
    monkeypatch.setattr(precision, "learns_in_bfloat16", lambda device: True)
    with torch.backends.mkldnn.flags(enabled=False):
        first = captions.train(features, texts, **options)
    monkeypatch.setattr(precision, "learns_in_bfloat16", lambda device: False)
    with pytest.warns(UserWarning, match="takes float32"):
        assert equal(first, captions.train(features, texts, **options))


def test_a_run_away_training_says_so():
    features, texts = world(copies=2)
    with pytest.raises(ValueError, match=r"ran away in epoch 1: .*Lower alpha \(it was 1e\+38\)"):
        captions.train(features, texts, **SMALL | {"alpha": 1e38, "epochs": 3})


def test_ablation_changes_one_thing_at_a_time():
    features, texts = world(copies=3)
    test = {name: texts.pop(name) for name in list(texts)[::6]}
    seen = []
    rows = captions.ablation(features, texts, colour_vectors(), test, seeds=(1, 2), progress=seen.append,
                             **SMALL | {"epochs": 2})  # fmt: skip
    assert len(rows) == 12 and rows == seen
    assert len({(row["architecture"], row["embeddings"], row["seed"]) for row in rows}) == 12
    frozen, random = (next(row for row in rows if row["embeddings"] == kind) for kind in ("frozen", "random"))
    alone = captions.train(features, texts, colour_vectors(), **SMALL | {"epochs": 2})
    assert frozen["validation"] == min(row["validation"] for row in alone.curve) != random["validation"]
    table = captions.summary(rows)
    values = [row["validation"] for row in rows if (row["architecture"], row["embeddings"]) == ("merge", "frozen")]
    assert table["merge", "frozen"] == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    with pytest.raises(ValueError, match="embeddings must be .*, not 'glove'"):
        captions.ablation(features, texts, colour_vectors(), test, embeddings=("glove",))


@pytest.mark.parametrize("device", [GPU])
def test_a_captioner_made_on_a_card_says_the_same_on_the_processor(device, tmp_path):
    features, texts = world(grid=True)
    options = SMALL | {"architecture": "attention", "device": device}
    made = captions.train(features, texts, colour_vectors(), **options)
    made.save(tmp_path / "c.safetensors")
    again = captions.Captioner.load(tmp_path / "c.safetensors", device="cpu")
    for name, tensor in weights(again).items():
        assert tensor.device.type == "cpu" and torch.equal(tensor, weights(made)[name].cpu())
    few = dict(list(features.items())[:10])
    said, repeated = made.caption(few), again.caption(few)
    assert np.mean([said[name] == repeated[name] for name in few]) >= 0.8  # two words may score almost alike
