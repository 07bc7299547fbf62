"""Pseudowords: merged where they should be, cut right, divided by articles; heads, and what the labels may move."""

import numpy as np
import pytest
import torch

from helpers import context, pretraining, pseudoword_study, pseudowords
from helpers.korean import hangul

DOCUMENTS = {"one": "the cat saw a dog and a cat".split(), "two": "a dog barks".split(), "three": "dog cat".split()}
PAIR = ("cat", "dog")


@pytest.fixture
def merged():
    return pseudowords.merge(DOCUMENTS, [PAIR])


@pytest.fixture
def vocabulary(merged):
    return context.ContextVocabulary.build(merged.documents.values(), min_count=1)


def test_no_particle_tells_which_word_of_a_korean_pair_it_was():
    for pairs in (pseudoword_study.PAIRS["kowiki"], pseudoword_study.DEVELOPMENT["kowiki"]):
        for pair in pseudoword_study.pairs_of(pairs):
            finals = [hangul.split(word[-1])[2] for word in pair]
            assert all(finals) or not any(finals), pair
            assert "ㄹ" not in finals, pair


def test_two_words_become_one_and_their_places_are_known(merged):
    assert merged.documents["one"] == "the cat/dog saw a cat/dog and a cat/dog".split()
    assert merged.places[PAIR] == [("one", 1, 0), ("one", 4, 1), ("one", 7, 0), ("two", 1, 1), ("three", 0, 1),
                                   ("three", 1, 0)]  # fmt: skip
    for pairs in ([PAIR, ("dog", "bird")], [("cat", "cat")], [("cat",)]):
        with pytest.raises(ValueError, match="two words"):
            pseudowords.merge(DOCUMENTS, pairs)


def test_windows_have_the_pseudoword_in_the_middle(merged, vocabulary):
    ids, labels = merged.windows(PAIR, vocabulary, ["one", "three"], reach=2)
    said = [" ".join(vocabulary.words[i] for i in row) for row in ids]
    assert said == ["<end> the cat/dog saw a", "saw a cat/dog and a", "and a cat/dog <end> <end>",
                    "<end> <end> cat/dog cat/dog <end>", "<end> cat/dog cat/dog <end> <end>"]  # fmt: skip
    assert labels.tolist() == [0, 1, 0, 1, 0]
    with pytest.raises(ValueError, match="only one of the two"):
        merged.windows(PAIR, vocabulary, ["two"])


def test_articles_are_divided_whole_and_by_the_seed():
    titles = [f"article {i}" for i in range(20)]
    train, test = pseudowords.divide(titles, 1)
    assert len(test) == 6 and set(train) | set(test) == set(titles) and not set(train) & set(test)
    assert pseudowords.divide(titles[::-1], 1) == (train, test) != pseudowords.divide(titles, 2)
    assert [len(part) for part in pseudowords.divide(["a", "b"], 1, test=0.9)] == [1, 1]
    assert [len(part) for part in pseudowords.divide(list("abc"), 1, test=0.01)] == [2, 1]
    with pytest.raises(ValueError, match="two titles at least"):
        pseudowords.divide(["a"], 1)


@pytest.mark.parametrize("option", [{"batch_size": 0}, {"epochs": 0}, {"dropout": 1}, {"rate": 0}], ids=str)
def test_fine_tuning_names_what_is_out_of_range(option):
    with pytest.raises(ValueError, match=f"^{min(option)} must be"):
        pseudowords.fine_tune(None, None, None, None, **{"rate": 1} | option)


def test_samples_are_balanced():
    ids, labels = torch.arange(30).view(30, 1), torch.tensor([1] * 22 + [0] * 8)
    chosen, answers = pseudowords.balanced(ids, labels, 10, 1)
    assert answers.sum() == 5 and len(chosen.unique()) == 10 and torch.equal(labels[chosen[:, 0]], answers)
    assert len(pseudowords.balanced(ids, labels, 100, 1)[1]) == 16


def test_neighbors_leave_the_middle_out():
    table = torch.tensor([[0.0], [1.0], [3.0], [100.0]])
    assert pseudowords.neighbors(table, torch.tensor([[1, 2, 3, 0, 1]])).tolist() == [[2.0, 0.5]]


def test_a_linear_head_is_a_logistic_regression():
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(300, 4, generator=draw) * torch.tensor([1.0, 50.0, 0.01, 1.0]) + 5
    y = (x[:, 1] - 5 + 10 * torch.randn(300, generator=draw) > 0).long()
    head = pseudowords.linear(x[:200], y[:200])
    assert pseudowords.accuracy(head(x[200:]), y[200:]) > 0.85
    from sklearn.linear_model import LogisticRegression

    scaled = ((x[:200] - x[:200].mean(0)) / x[:200].std(0, correction=0)).numpy()
    probabilities = [LogisticRegression(C=c).fit(scaled, y[:200].numpy()).predict_proba(scaled)[:, 1]
                     for c in (0.003, 0.03, 0.3)]  # fmt: skip
    ours = torch.softmax(head(x[:200]), 1)[:, 1].detach().numpy()
    assert min(np.abs(ours - p).max() for p in probabilities) < 2e-3


def small(kind="elmo"):
    options = pretraining.Options(kind, vector_size=8, layers=1, heads=2, length=9)
    return pretraining.untrained(options, 12)


DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"))]


@pytest.mark.parametrize("device", DEVICES)
def test_what_the_labels_move(device):
    draw = torch.Generator().manual_seed(1)
    ids = torch.randint(3, 12, (40, 5), generator=draw)
    labels = (ids[:, 1] > 7).long()
    model, head = small().to(device), pseudoword_study.random_head(16, 1)
    before = {name: t.clone() for name, t in pseudowords.Reader(model, head).state_dict().items()}
    assert before["head.weight"].device.type == device
    reader = pseudowords.fine_tune(model, head, ids, labels, rate=0.02, epochs=40)
    after = reader.state_dict()
    changed = [name for name in before if not torch.equal(before[name], after[name])]
    trained = [name for name, _ in reader.named_parameters() if "bias" not in name or name != "model.bias"]
    assert set(changed) >= {n for n in trained if not n.endswith("from_right.bias_hh_l0")} - {"model.bias"}
    assert pseudowords.accuracy(reader(ids).detach(), labels) > 0.9
    names = list(before)
    assert pseudowords.moving(names, "head only") == ["head.weight", "head.bias"]
    assert pseudowords.moving(names, "fine-tuned") == pseudowords.moving(names, "head first") == names
    with pytest.raises(ValueError, match="method must be"):
        pseudowords.moving(names, "all")
    with pytest.raises(ValueError, match="rate must be"):
        pseudowords.fine_tune(model, head, ids, labels, rate=float("nan"))


@pytest.mark.parametrize("device", DEVICES)
def test_the_state_in_the_middle_is_taken(device):
    model, ids = small("bert").eval().to(device), torch.tensor([[3, 4, 5, 6, 7]])
    assert torch.equal(pseudowords.contextual(model, ids), model(ids.to(device))[:, 2].cpu())


def test_a_small_study_runs_is_kept_and_repeats(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    draw = np.random.default_rng(1)

    def article():
        """Where "north" stands, "cold" follows; "south" is followed by "warm"; the same for other words."""
        pairs = [("north", "cold"), ("south", "warm"), ("up", "sky"), ("down", "sea")]
        return [w for k in draw.integers(0, 4, 60) for w in (pairs[k][0], pairs[k][1], str(draw.choice(["a", "b"])))]

    documents = {f"article {i}": article() for i in range(12)}
    monkeypatch.setitem(pseudoword_study.PAIRS, "wikipedia", "north/south")
    monkeypatch.setitem(pseudoword_study.DEVELOPMENT, "wikipedia", "up/down")
    monkeypatch.setattr(pseudoword_study, "documents_of", lambda corpus, limit: documents)
    settings = {"max_size": 50, "epochs": 3, "batch_size": 8, "vector_size": 16, "alpha": 0.02}
    monkeypatch.setattr(pseudoword_study, "SETTINGS", settings)
    found = pseudoword_study.measure("wikipedia", seeds=2)
    accuracy = found["accuracy"]
    assert set(accuracy) == set(pseudoword_study.METHODS)
    assert all(np.shape(rows) == (2, 1) for rows in accuracy.values())
    assert np.mean(accuracy["static"]) > 0.75  # the neighbor gives it away, among sixteen
    assert found["tokens"] == 12 * 180 and found["pairs"] == ["north/south"]
    monkeypatch.setattr(pseudoword_study, "one_seed", lambda *arguments: 1 / 0)
    assert pseudoword_study.measure("wikipedia", seeds=2) == found  # from the cache
    with pytest.raises(ValueError, match="not for 'nsmc'"):
        pseudoword_study.measure("nsmc")
