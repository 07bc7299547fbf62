"""The task leaks nothing, the three methods differ only in their embedding, and training does what it says."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from helpers import classification, training

SUBJECTS = {"art": "film actor stage song", "nature": "frog leaf water stone", "place": "river border city coast"}


@pytest.fixture(scope="module")
def documents():
    """Eighteen made-up articles of 400 words: half from the words of their subject, half from everybody's."""
    draw = np.random.default_rng(0)
    shared = [f"w{k}" for k in range(60)]
    made = []
    for subject, text in SUBJECTS.items():
        own = text.split() + [f"{subject}{k}" for k in range(20)]
        for k in range(6):
            tokens = [str(draw.choice(own if draw.random() < 0.5 else shared)) for _ in range(400)]
            made.append((f"{subject} {k}", tokens))
    return made + [("unlabelled", shared * 10)]


@pytest.fixture(scope="module")
def labels(documents):
    return {title: title.split()[0] for title, _ in documents if title != "unlabelled"}


@pytest.fixture(scope="module")
def task(documents, labels):
    return classification.task(documents, labels, seed=1, length=20)


@pytest.fixture(scope="module")
def vectors(task):
    return classification.pretrain(task.unlabelled, task.vocabulary, vector_size=12)


def test_the_table_of_topics():
    chosen = classification.topics()
    assert set(chosen.values()) == set(classification.TOPICS)
    assert chosen["Albert Einstein"] == "person" and chosen["Alaska"] == "place"
    everything = classification.topics(
        ("art", "language", "nature", "other", "person", "place", "society", "technology")
    )
    assert len(everything) == 106
    with pytest.raises(ValueError, match="choose from"):
        classification.topics(("sport",))


def test_a_missing_table(tmp_path):
    with pytest.raises(FileNotFoundError):
        classification.topics(path=tmp_path / "none.csv")


def test_the_split_is_by_article_within_each_topic(labels):
    train, test = classification.split_articles(labels, seed=3)
    assert sorted(train + test) == sorted(labels) and not set(train) & set(test)
    for subject in SUBJECTS:
        assert sum(title.startswith(subject) for title in test) == 2  # 0.3 of 6, rounded
    assert classification.split_articles(labels, seed=3) == (train, test)
    assert classification.split_articles(labels, seed=4) != (train, test)
    with pytest.raises(ValueError, match="one article only"):
        classification.split_articles({"a": "x", "b": "y", "c": "y"}, seed=0)


@given(st.lists(st.integers(), max_size=60), st.integers(1, 9))
def test_passages_are_whole_consecutive_and_nothing_else(tokens, length):
    pieces = classification.passages(tokens, length)
    assert all(len(piece) == length for piece in pieces)
    joined = [token for piece in pieces for token in piece]
    assert joined == tokens[: len(joined)] and len(tokens) - len(joined) < length


def test_passages_need_a_length():
    with pytest.raises(ValueError, match="at least one"):
        classification.passages(["a"], 0)


def test_no_word_of_a_test_article_reaches_pretraining(documents, labels):
    marked = [(title, tokens + [f"only in {title}"] * 10) for title, tokens in documents]
    data = classification.task(marked, labels, seed=1, length=20)
    for title in labels:
        assert (f"only in {title}" in data.vocabulary) == (title not in data.test_titles)
    assert len(data.unlabelled) == len(documents) - len(data.test_titles)


def test_ids_stand_for_the_passages(documents, labels, task):
    first = next(title for title in labels if title not in task.test_titles)
    piece = classification.passages(dict(documents)[first], 20)[0]
    words = [task.vocabulary.words[i] for i in task.train_ids[0].tolist() if i != task.padding]
    assert words == [word for word in piece if word in task.vocabulary]
    assert task.names[task.train_labels[0]] == labels[first]
    assert len(task.train_labels) == 12 * 20 and task.train_ids.max() <= task.padding == len(task.vocabulary)


def test_no_test_article_outweighs_the_others(documents, labels):
    data = classification.task(documents, labels, seed=1, length=20, per_test_article=7)
    assert len(data.test_labels) == 7 * len(data.test_titles)


def test_labels_without_a_document(documents):
    with pytest.raises(ValueError, match="Atlantis"):
        classification.task(documents, {"Atlantis": "place"}, seed=0)


def test_pretrained_vectors(task, vectors):
    assert vectors.shape == (len(task.vocabulary) + 1, 12) and vectors.dtype == torch.float32
    assert not vectors[-1].any()
    again = classification.pretrain(task.unlabelled, task.vocabulary, vector_size=12)
    torch.testing.assert_close(vectors, again)
    unit = nn.functional.normalize(vectors, dim=1)
    word = {name: unit[task.vocabulary.index[name]] for name in ("film", "actor", "frog")}
    assert word["film"] @ word["actor"] > word["film"] @ word["frog"]


def test_mean_of_embeddings_is_embedding_bag():
    draw = training.generator(0)
    table, ids = torch.randn(9, 4, generator=draw), torch.randint(0, 9, (6, 5), generator=draw)
    ids[0] = 8  # nothing but padding
    bag = nn.EmbeddingBag.from_pretrained(table, mode="mean", padding_idx=8)
    torch.testing.assert_close(classification.mean_of_embeddings(table, ids, 8), bag(ids))


def test_the_methods_differ_in_their_embedding_only(vectors):
    models = {m: classification.classifier(m, vectors, 3, training.generator(5)) for m in classification.METHODS}
    torch.testing.assert_close(models["frozen"][0].weight, vectors)
    torch.testing.assert_close(models["fine-tuned"][0].weight.detach(), vectors)
    torch.testing.assert_close(models["frozen"][1].weight, models["fine-tuned"][1].weight)
    assert not torch.allclose(models["scratch"][0].weight, vectors) and not models["scratch"][0].weight[-1].any()
    assert not models["frozen"][0].weight.requires_grad and models["scratch"][0].weight.requires_grad
    with pytest.raises(ValueError, match="frozen"):
        classification.classifier("thawed", vectors, 3, training.generator(5))


def test_training_moves_only_what_it_may(task, vectors):
    start = vectors.clone()
    ids, labels = task.train_ids[:16], task.train_labels[:16]
    for method in ("frozen", "fine-tuned"):
        model = classification.classifier(method, vectors, 3, training.generator(0))
        classification.fit(model, ids, labels, training.generator(0), steps=20)
        moved = (model[0].weight.detach() != start).any(1)
        seen = torch.zeros(len(start), dtype=torch.bool)
        if method == "fine-tuned":
            seen[ids.unique()] = True
            seen[-1] = False  # the padding stays zero
        assert torch.equal(moved, seen)
    torch.testing.assert_close(vectors, start)


def test_fit_learns_and_is_reproducible(task, vectors):
    scores = []
    for _ in range(2):
        model = classification.classifier("fine-tuned", vectors, 3, training.generator(0))
        classification.fit(model, task.train_ids, task.train_labels, training.generator(0))
        scores.append(classification.accuracy(model, task.test_ids, task.test_labels))
    assert scores[0] == scores[1] > 0.9


@pytest.mark.parametrize("method", classification.METHODS)
def test_a_rate_with_which_training_runs_away_is_told(method, task, vectors):
    def fit(lr):
        model = classification.classifier(method, vectors, 3, training.generator(0))
        return classification.fit(model, task.train_ids, task.train_labels, training.generator(0), lr=lr)

    with pytest.raises(ValueError, match=r"training ran away: .*Lower lr \(it was 1e\+38\)"):
        fit(1e38)
    assert all(torch.isfinite(weights).all() for weights in fit(0.5).parameters()), "a large rate that does no harm"


def test_a_large_loss_is_told_though_every_number_is_one(task, vectors):
    model = classification.classifier("frozen", vectors, 3, training.generator(0))
    with pytest.raises(ValueError, match="training ran away: a typical score is"):
        classification.fit(model, task.train_ids, task.train_labels, training.generator(0), 1, 1, lr=1e6)


@pytest.mark.parametrize("odd", [{"lr": 0}, {"lr": float("nan")}, {"lr": "0.02"}, {"steps": -1}, {"batch_size": 0}])
def test_fit_refuses_what_means_nothing(odd, task, vectors):
    model = classification.classifier("frozen", vectors, 3, training.generator(0))
    with pytest.raises(ValueError, match=f"{next(iter(odd))} must be a"):
        classification.fit(model, task.train_ids, task.train_labels, training.generator(0), **odd)
    with pytest.raises(ValueError, match="a label for each passage"):
        classification.fit(model, task.train_ids, task.train_labels[:0], training.generator(0))


def test_majority_accuracy_looks_at_training_labels_only():
    assert classification.majority_accuracy([0, 0, 1], [1, 1, 1, 0]) == 0.25
    assert classification.majority_accuracy(torch.tensor([1, 0]), torch.tensor([0, 1, 0])) == pytest.approx(2 / 3)


def test_compare(task, vectors):
    threads = torch.get_num_threads()
    scores = classification.compare([task, task], [vectors, vectors], (10, 100), steps=30)
    assert scores.shape == (3, 2, 2) and ((scores >= 0) & (scores <= 1)).all()
    assert torch.get_num_threads() == threads
    np.testing.assert_array_equal(scores, classification.compare([task, task], [vectors, vectors], (10, 100), steps=30))
    alone = classification.compare([task, task], [vectors, vectors], (10, 100), methods=("frozen",), steps=30)
    np.testing.assert_array_equal(alone[0], scores[1])
    with pytest.raises(ValueError, match="are there"):
        classification.compare([task], [vectors], (10_000,))
    assert torch.get_num_threads() == threads


def test_a_seed_that_fails_is_not_counted_and_its_error_comes_after_the_bar(task, vectors, capsys, monkeypatch):
    def fit(model, *given, **options):
        fitted.append(model)
        if len(fitted) == 2:
            raise RuntimeError("out of memory")

    fitted = []
    monkeypatch.setattr(classification, "fit", fit)
    with pytest.raises(RuntimeError) as told:
        classification.compare([task, task], [vectors, vectors], (10,), methods=("frozen",))
    assert told and capsys.readouterr().err.endswith("\rseeds: 1/2\n")
