"""Training on the score: the reward is BLEU's, the step is its gradient, and the score of what is said rises."""

import math
import signal

import numpy as np
import pytest
import torch

from helpers import captions
from helpers.captions import rewards
from helpers.captions.text import END, START, UNKNOWN
from helpers.checkpoints import Checkpoint

COLORS, SHAPES = ("red", "blue", "green"), ("ball", "box", "star")
SMALL = {"epochs": 2, "batch_size": 12, "alpha": 0.003, "min_alpha": 0.0003, "device": "cpu"}


pytestmark = pytest.mark.usefixtures("one_thread")


def world(copies=6):
    """Images of one coloured thing, three cells each, and two captions of each."""
    features, texts, rng = {}, {}, np.random.default_rng(0)
    for color in range(3):
        for shape in range(3):
            for copy in range(copies):
                name = f"{COLORS[color]}-{SHAPES[shape]}-{copy}"
                cells = np.stack([np.eye(3)[color], np.eye(3)[shape], np.ones(3)])
                features[name] = (cells + rng.normal(scale=0.3, size=(3, 3))).astype(np.float32)
                thing = f"{COLORS[color]} {SHAPES[shape]}"
                texts[name] = [f"A {thing} lies here.", f"There lies a {thing} on the floor ."]
    return features, texts


def beginner(features, texts, architecture="attention", epochs=10, **options):
    """A captioner that has learnt a little."""
    options = {"hidden_size": 16, "vector_size": 8, "batch_size": 16, "alpha": 0.02, "dropout": 0.1} | options
    return captions.train(features, texts, architecture=architecture, epochs=epochs, device="cpu", **options)


@pytest.fixture(scope="module")
def data():
    features, texts = world()
    return features, texts, beginner(features, texts)


def weights(captioner):
    return dict(captioner.model.state_dict())


def equal(a, b):
    return all(torch.equal(weights(a)[name], weights(b)[name]) for name in weights(a))


# ------------------------------------------------------------------------------------------------ the reward


def test_the_smoothed_bleu_of_a_caption_by_hand():
    judge = rewards.Bleu({"a": [[5, 6, 7, 8, END], [5, 6, END]], "b": [[9, END]]})
    assert judge.score([5, 6, 7, 8, END], "a") == pytest.approx(1)
    # Single words 3 of 4 (the second 6 is in no reference), runs of two 2 of 3, of three 0 of 2, of four 0 of 1
    assert judge.score([5, 6, 6, END], "a") == pytest.approx((3 / 4 * 3 / 4 * 1 / 3 * 1 / 2) ** 0.25)
    # 2 of 2, 0 of 1, and no longer runs; two words where the closest reference has three
    assert judge.score([5, END], "a") == pytest.approx(math.exp(1 - 3 / 2) * (1 / 2) ** 0.25)
    assert judge.score([9, 9], "a") == 0, "no word is right"
    assert judge.score([9, END], "b") == pytest.approx(1)


def test_the_reward_counts_as_bleu_does():
    rng = np.random.default_rng(3)
    references = {"a": [rng.integers(3, 7, size=n).tolist() for n in (4, 6, 9)]}
    judge = rewards.Bleu(references)
    for size in range(1, 12):
        tokens = rng.integers(3, 7, size=size).tolist()
        smoothed = np.array(captions.bleu_counts(tokens, references["a"])) + [0, 0, *[1] * 6, 0, 0]
        assert judge.score(tokens, "a") == pytest.approx(captions.bleu_of(smoothed)[3])


def test_a_caption_that_breaks_off_is_scored_without_its_end():
    assert rewards.ended([7, 8, END, END]) == [7, 8, END]
    assert rewards.ended([7, 8, 9]) == [7, 8, 9]
    judge = rewards.Bleu({"a": [[7, 8, 9, 10, END]]})
    assert judge.score([7, 8, 9, 10, END], "a") > judge.score([7, 8, 9, 10], "a")


def test_advantages_are_held_against_the_others_of_the_same_image():
    found = rewards.advantages(torch.tensor([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]]))
    assert found.tolist() == [[1 - 4, 2 - 3.5, 6 - 1.5], [0, 0, 0]]


# ------------------------------------------------------------------------------------------------ drawing


@pytest.mark.parametrize("architecture", captions.ARCHITECTURES)
def test_captions_are_drawn_as_often_as_they_are_likely(architecture):
    features, texts = world(copies=1)
    texts = {name: [one.split()[1] for one in those] for name, those in texts.items()}  # one word each
    captioner = beginner(features, texts, architecture, epochs=1)
    model, image = captioner.model, torch.from_numpy(np.stack(list(features.values())[:2]))
    many = 20_000
    ids = rewards.draw(model, image, many, 2, torch.Generator().manual_seed(1))
    assert ids.shape == (2, 2 * many) and not {START, UNKNOWN} & set(ids.unique().tolist())
    with torch.inference_mode():
        likely = rewards.log_probability(model, image, ids).exp().view(2, many)
    for row in range(2):  # the captions of an image stand side by side
        drawn = ids[:, row * many : (row + 1) * many]
        for caption in drawn.unique(dim=1).t():
            same = (drawn == caption[:, None]).all(0)
            expected = likely[row, same.nonzero()[0, 0]].item()
            assert same.float().mean().item() == pytest.approx(expected, abs=4 * (expected / many) ** 0.5 + 1e-4)


def test_the_log_probability_is_the_sum_over_words_and_the_end(data):
    features, _, captioner = data
    image = torch.from_numpy(np.stack(list(features.values())[:2]))
    model = captioner.model
    ids = torch.tensor([[4, 5, END], [6, END, END], [7, 8, 3], [9, END, END]]).t()  # two captions for each image
    found = rewards.log_probability(model, image, ids)
    for column, (row, caption) in enumerate([(0, [4, 5, END]), (0, [6, END]), (1, [7, 8, 3]), (1, [9, END])]):
        given = torch.tensor([START, *caption[:-1]]).unsqueeze(1)
        scores = model(image[row : row + 1], given)[:, 0]
        scores[:, [START, UNKNOWN]] = -torch.inf
        expected = sum(torch.log_softmax(scores, 1)[place, word] for place, word in enumerate(caption))
        assert found[column].item() == pytest.approx(expected.item(), abs=1e-5)


# ------------------------------------------------------------------------------------------------ training


def objective_of(data, **options):
    features, texts, captioner = data
    names, built = list(features), []
    train = rewards.runs.train
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewards.runs, "train", lambda objective, *rest: built.append(objective))
        rewards.train(captioner, features, texts, **SMALL | options)
    assert rewards.runs.train is train and names
    return built[0]


def test_one_step_follows_the_gradient_of_the_expected_reward(data):
    objective = objective_of(data, samples=3, batch_size=4)
    model, before = objective.model, {k: v.clone() for k, v in objective.model.state_dict().items()}
    loss, count = objective.work(0, 0)
    found = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.load_state_dict(before)
    batch = objective.batches[0]
    image = objective.features[batch]
    ids = rewards.draw(model, image, 3, 20, objective.generator("cpu", 0, 1))
    names = [objective.names[i] for i in batch.tolist() for _ in range(3)]
    said = [rewards.ended(one) for one in ids.t().tolist()]
    values = [objective.judge.score(*pair) for pair in zip(said, names)]
    assert count == 12 and loss == pytest.approx(-sum(values))
    model.zero_grad()
    total = 0.0
    for column, (caption, value) in enumerate(zip(said, values)):
        first = column // 3 * 3
        others = [values[i] for i in range(first, first + 3) if i != column]
        scores = model(image[column // 3 : column // 3 + 1], torch.tensor([START, *caption[:-1]]).unsqueeze(1))[:, 0]
        scores = scores.masked_fill(torch.isin(torch.arange(scores.shape[1]), torch.tensor([START, UNKNOWN])), -1e9)
        logs = torch.log_softmax(scores, 1)[torch.arange(len(caption)), torch.tensor(caption)].sum()
        total = total - (value - sum(others) / 2) * logs / 12
    total.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-3, atol=1e-6)


def test_the_reward_of_what_is_said_rises_on_images_not_trained_on(data):
    features, texts, captioner = data
    held, table, seen = captioner.validation, captioner.vocabulary, []
    judge = rewards.Bleu({name: [table.encode(captions.words(one))[1:] for one in texts[name]] for name in held})
    kept = {name: tensor.clone() for name, tensor in weights(captioner).items()}

    def judged(one):
        image = torch.from_numpy(np.stack([features[name] for name in held]))
        ids = rewards.draw(one.model, image, 20, 20, torch.Generator().manual_seed(1)).t().tolist()
        return np.mean([judge.score(rewards.ended(said), held[place // 20]) for place, said in enumerate(ids)])

    made = rewards.train(captioner, features, texts, **SMALL | {"epochs": 10, "alpha": 0.01},
                         after_epoch=lambda epoch, made, loss: seen.append(-loss))  # fmt: skip
    assert seen[-1] > seen[0] + 0.1 and judged(made) > judged(captioner) + 0.05
    assert all(torch.equal(tensor, weights(captioner)[name]) for name, tensor in kept.items()), "it stays as it was"
    assert made.validation == captioner.validation and made.shape == captioner.shape and made.best_epoch is None


def test_images_that_were_held_out_stay_held_out_and_every_other_is_worked_on_once(data, monkeypatch):
    features, _, captioner = data
    objective = objective_of(data)
    assert sorted(objective.names) == sorted(features.keys() - set(captioner.validation))
    for epoch in (0, 1):
        objective.work(epoch, 0)
        assert sorted(torch.cat(list(objective.batches)).tolist()) == list(range(len(objective.names)))
        assert len(objective.batches) == objective.parts


def test_the_rate_falls_in_a_straight_line(data, monkeypatch):
    rates, step = [], torch.optim.Adam.step
    monkeypatch.setattr(torch.optim.Adam, "step", lambda self, *args, **options: (
        rates.append(self.param_groups[0]["lr"]), step(self, *args, **options))[1])  # fmt: skip
    features, texts, captioner = data
    rewards.train(captioner, features, texts, **SMALL)
    assert rates == pytest.approx(np.linspace(0.003, 0.0003, len(rates), endpoint=False)) and len(rates) == 10


def test_the_same_seed_gives_the_same_captioner_and_leaves_other_randomness_alone(data):
    features, texts, captioner = data
    state = torch.get_rng_state()
    first = rewards.train(captioner, features, texts, seed=3, **SMALL)
    assert torch.equal(state, torch.get_rng_state())
    torch.rand(7)
    assert equal(first, rewards.train(captioner, features, texts, seed=3, **SMALL))
    assert not equal(first, rewards.train(captioner, features, texts, seed=4, **SMALL))


class Stopped(Exception):
    pass


@pytest.mark.parametrize("after", [1, 7])
def test_a_stopped_training_goes_on_bit_for_bit(data, tmp_path, monkeypatch, after):
    features, texts, captioner = data
    whole = rewards.train(captioner, features, texts, **SMALL)
    options = SMALL | {"checkpoint": Checkpoint(tmp_path / "run.safetensors", every=0)}
    work, worked = rewards.Objective.work, []

    def stopping(self, *place):
        if len(worked) == after:
            raise Stopped
        worked.append(place)
        return work(self, *place)

    monkeypatch.setattr(rewards.Objective, "work", stopping)
    with pytest.raises(Stopped):
        rewards.train(captioner, features, texts, **options)
    monkeypatch.setattr(rewards.Objective, "work", lambda self, *place: (worked.append(place), work(self, *place))[1])
    assert equal(whole, rewards.train(captioner, features, texts, **options))
    assert len(worked) == len(set(worked)) == 10, "nothing was done twice, and nothing left out"


def test_ctrl_c_leaves_a_checkpoint_that_goes_on(data, tmp_path, monkeypatch):
    features, texts, captioner = data
    whole, path = rewards.train(captioner, features, texts, **SMALL), tmp_path / "run.safetensors"
    before, work, worked = signal.signal(signal.SIGINT, signal.default_int_handler), rewards.Objective.work, []

    def interrupted(self, *place):
        worked.append(place)
        if len(worked) == 4:
            signal.raise_signal(signal.SIGINT)
        return work(self, *place)

    monkeypatch.setattr(rewards.Objective, "work", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            rewards.train(captioner, features, texts, checkpoint=path, **SMALL)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(worked) == 4
    assert equal(whole, rewards.train(captioner, features, texts, checkpoint=path, **SMALL)) and len(worked) == 10


def test_a_checkpoint_of_another_start_or_other_data_is_refused(data, tmp_path):
    features, texts, captioner = data
    options = SMALL | {"epochs": 1, "checkpoint": tmp_path / "run.safetensors"}
    rewards.train(captioner, features, texts, **options)
    with pytest.raises(ValueError, match="another training:.* start was"):
        rewards.train(beginner(features, texts, seed=2, validation=captioner.validation), features, texts, **options)
    with pytest.raises(ValueError, match="another training: data was"):
        name = next(name for name in texts if name not in captioner.validation)
        rewards.train(captioner, features, texts | {name: ["A red ball"]}, **options)
    with pytest.raises(ValueError, match="samples was 5, is 3"):
        rewards.train(captioner, features, texts, samples=3, **options)


def test_what_cannot_be_trained_on_is_refused_in_words(data):
    features, texts, captioner = data
    held = captioner.validation
    for wrong, message in (
        ({"alpha": math.nan}, "alpha must be a number above 0, not nan"),
        ({"alpha": 1e-5, "min_alpha": 1e-4}, "alpha must not be below min_alpha"),
        ({"samples": 1}, "at least 2.*: each drawn caption is held against the others"),
        ({"epochs": 0}, "epochs"),
        ({"longest": 0}, "longest"),
        ({"texts": {}}, "no image has both"),
        ({"texts": {"elsewhere": ["a ball"]}}, "do the names agree"),
        ({"texts": {name: texts[name] for name in held}}, "held out every image"),
        ({"features": {name: np.zeros((3, 4)) for name in features}}, r"takes features of shape \(3, 3\)"),
        ({"features": {name: np.full((3, 3), math.nan) for name in features}}, "hold NaN or infinity"),
    ):
        given = {"features": features, "texts": texts} | wrong
        with pytest.raises(ValueError, match=message):
            rewards.train(captioner, given.pop("features"), given.pop("texts"), **SMALL | given)
    with pytest.raises(TypeError, match="captions.train returns it"):
        rewards.train(captioner.model, features, texts)
    bare = {name: those for name, those in texts.items() if not name.startswith("red")}
    lost = {name: one for name, one in features.items() if not name.startswith("blue")}
    with pytest.warns(UserWarning, match="18 captioned images without features"):
        rewards.train(captioner, lost, bare, **SMALL | {"epochs": 1})


def test_a_rate_that_is_far_too_high_is_told_in_words(data):
    features, texts, captioner = data
    with pytest.raises(ValueError, match="ran away.*Lower alpha"):
        rewards.train(captioner, features, texts, **SMALL | {"alpha": 1e38, "min_alpha": 1e37})


def test_what_ran_away_in_the_last_step_is_told_too(data):
    features, texts, captioner = data
    rates = {"alpha": 1e300, "min_alpha": 1e300}
    with pytest.raises(ValueError, match="ran away in epoch 1.*Lower alpha"):
        rewards.train(captioner, features, texts, **SMALL | rates | {"epochs": 1, "batch_size": 1000})
