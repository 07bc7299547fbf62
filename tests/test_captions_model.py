"""The three captioners and the searches: one causal pass equals word by word, and beams equal plain enumeration."""

import itertools

import pytest
import torch

from helpers.captions.decoding import attention_maps, beam_search, beam_steps
from helpers.captions.model import ARCHITECTURES, CaptionModel, dropout
from helpers.captions.text import END, START, UNKNOWN

pytestmark = pytest.mark.usefixtures("one_thread")


def made(architecture, entries=9, size=5, hidden=8, seed=0, sharp=1.0):
    """A small random model in float64, sharper the larger `sharp`."""
    torch.manual_seed(seed)
    frozen = torch.arange(entries) > entries // 2
    model = CaptionModel(torch.randn(entries, 6), frozen, size, architecture, hidden).double().eval()
    model.out.weight.data.mul_(sharp)
    return model


def grid(n, size=5, seed=1):
    return torch.randn(n, 4, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_one_pass_equals_reading_word_by_word(architecture):
    model, features, ids = made(architecture), grid(3), torch.randint(3, 9, (6, 3))
    scores = model(features, ids)  # (T, n, entries)
    image = model.look(features)
    state = model.first_state(image)
    for t in range(6):
        h, state, _ = model.read(image, ids[t : t + 1], state)
        torch.testing.assert_close(model.out(h[0]), scores[t])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_future_is_not_seen_and_the_image_is(architecture):
    model, features, ids = made(architecture), grid(3), torch.randint(3, 9, (6, 3))
    changed = ids.clone()
    changed[4:] = (changed[4:] - 2) % 6 + 3
    before, after = model(features, ids), model(features, changed)
    assert torch.equal(before[:4], after[:4]) and not torch.allclose(before[4:], after[4:])
    assert not torch.allclose(before, model(features.flip(0), ids))


def test_merge_reads_words_without_the_image_and_inject_with_it():
    for architecture, alike in (("merge", True), ("inject", False), ("attention", False)):
        model, ids = made(architecture), torch.randint(3, 9, (6, 2))
        states = [model.read(image, ids, model.first_state(image))[1][0]
                  for image in (model.look(grid(2)), model.look(grid(2, seed=5)))]  # fmt: skip
        assert torch.equal(*states) == alike, architecture


def test_attention_shares_out_one_look_per_word():
    model = made("attention")
    maps = attention_maps(model, grid(1)[0], [3, 4, 5])
    assert maps.shape == (4, 4)
    torch.testing.assert_close(maps.sum(1), torch.ones(4, dtype=torch.float64))
    assert maps.std() > 0 and attention_maps(made("merge"), grid(1)[0], [3]) is None


def test_only_rows_without_a_vector_are_given_a_gradient():
    model = made("merge")
    model(grid(2), torch.tensor([[0, 2], [3, 8], [7, 6]])).sum().backward()
    moved = model.embedding.weight.grad.abs().sum(1) > 0
    assert moved.tolist() == [True, False, True, True, False, False, False, False, False]


def test_standardized_features_have_no_size_of_their_own():
    model, features = made("inject"), grid(50) * 300 + 1000
    model.standardize(features)
    x = (features - model.mean) / model.scale
    assert abs(x.mean()) < 1e-3 and abs((x**2).mean() - 1) < 1e-3
    other = made("inject")
    other.standardize(features / 1000)
    ids = torch.randint(3, 9, (2, 50))
    torch.testing.assert_close(model(features, ids), other(features / 1000, ids), rtol=1e-4, atol=1e-4)
    model.standardize(torch.ones(3, 5))  # images that are all alike do not divide by zero
    assert torch.isfinite(model(torch.ones(1, 5), ids[:, :1])).all()


def test_dropout_draws_from_its_generator_and_keeps_the_mean():
    x = torch.ones(200, 100)
    first, second = (dropout(x, 0.4, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second) and abs(first.mean() - 1) < 0.02 and abs((first == 0).float().mean() - 0.4) < 0.02
    assert dropout(x, 0.4, None) is x
    rows = dropout(torch.ones(4, 7, 50), 0.5, torch.Generator().manual_seed(3), shared=1)
    assert torch.equal(rows[:, 0], rows[:, 6])


def everything(model, features, max_length, alpha):
    """The best of all captions there are, by asking the model for each: (score, ids)."""
    words = [i for i in range(model.out.out_features) if i not in (START, END, UNKNOWN)]
    best = None
    for length in range(1, max_length + 1):
        for caption in itertools.product(words, repeat=length):
            ids = torch.tensor([START, *caption, END])
            log_probability = torch.log_softmax(model(features[None], ids[:-1, None])[:, 0], 1)
            score = log_probability.gather(1, ids[1:, None]).sum().item() / (length + 1) ** alpha
            best = max(best or (score, caption), (score, caption))
    return best


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@torch.no_grad()
def test_a_beam_wide_enough_finds_the_best_caption_there_is(architecture, alpha):
    model, features = made(architecture, entries=6, sharp=3), grid(2)
    found = beam_search(model, features, beam=60, max_length=3, alpha=alpha)
    for one, (ids, score) in zip(features, found):
        best, caption = everything(model, one, 3, alpha)
        assert tuple(ids) == caption and score == pytest.approx(best)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("beam", [1, 2, 5])
def test_many_at_once_equals_one_in_plain_python(architecture, beam):
    model, features = made(architecture, entries=12, sharp=4, seed=beam), grid(7)
    for one, (ids, score) in zip(features, beam_search(model, features, beam, max_length=9)):
        plain, plain_score, steps = beam_steps(model, one, beam, max_length=9)
        assert plain == ids and plain_score == pytest.approx(score)
        assert all(len(step.candidates) <= 2 * beam for step in steps)
        assert all(sum(fate == "kept" for _, _, fate in step.candidates) <= beam for step in steps)
        ended = [words for step in steps for words, _, fate in step.candidates if fate == "ended"]
        assert (*ids, END) in ended and len(ended) <= beam


def test_a_beam_of_one_is_greedy():
    model, features = made("inject", entries=12, sharp=4), grid(5)
    for one, (ids, _) in zip(features, beam_search(model, features, 1, max_length=9)):
        said = []
        while len(said) < 9:
            scores = model(one[None], torch.tensor([START, *said])[:, None])[-1, 0]
            scores[[START, UNKNOWN] + [END] * (not said)] = -torch.inf
            if int(scores.argmax()) == END:
                break
            said.append(int(scores.argmax()))
        assert said == ids


def test_never_says_markers_nothing_or_too_much():
    model, features = made("merge"), grid(6)
    model.out.bias.data[[START, UNKNOWN, END]] = torch.tensor([50.0, 50.0, 20.0], dtype=torch.float64)
    for beam in (1, 3):
        assert all(len(ids) == 1 and ids[0] > UNKNOWN for ids, _ in beam_search(model, features, beam, 9))
    model.out.bias.data[END] = -50
    for beam in (1, 3):
        found = beam_search(model, features, beam, 9)
        assert all(len(ids) == 9 and min(ids) > UNKNOWN for ids, _ in found)  # the last word is not cut for the end
        assert beam_steps(model, features[0], beam, 9)[0] == found[0][0]


def test_length_normalisation_prefers_longer_captions():
    model, features = made("inject", entries=12, sharp=2), grid(40)
    short, long = (sum(len(ids) for ids, _ in beam_search(model, features, 5, 12, alpha)) for alpha in (0.0, 1.0))
    assert short < long
