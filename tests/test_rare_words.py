"""Rare words: what is left of a text, what each rival answers, who chooses the training and who tells."""

from collections import Counter

import numpy as np
import pytest

from helpers import measured, vectors
from helpers.korean import rare_words, unknown
from helpers.vocabulary import Vocabulary

TEXT = [["학교에", "간다"], ["학교에", "학교에", "온다"], ["집에", "간다"], ["집에", "학교에"]]


@pytest.mark.parametrize("occurrences, left", [(0, 0), (1, 1), (3, 3), (4, 4), (9, 4)])
def test_so_many_occurrences_of_a_target_are_kept_and_all_other_words(occurrences, left):
    before = Counter(token for tokens in TEXT for token in tokens)
    found = rare_words.kept(TEXT, ["학교에"], occurrences)
    counts = Counter(token for tokens in found for token in tokens)
    assert counts["학교에"] == left and len(found) == len(TEXT)
    assert {w: n for w, n in counts.items() if w != "학교에"} == {w: n for w, n in before.items() if w != "학교에"}


def test_which_occurrences_are_kept_is_drawn():
    found = {str(rare_words.kept(TEXT, ["학교에"], 1, seed=seed)) for seed in range(20)}
    assert len(found) > 2 and str(rare_words.kept(TEXT, ["학교에"], 1, seed=3)) in found


def test_frequent_words_are_frequent_and_drawn():
    vocabulary = Vocabulary.build([["가나"] * 9 + ["나다"] * 8 + ["다라"] * 2 + ["라"] * 9], min_count=1)
    assert rare_words.frequent(vocabulary, least=8) == ["가나", "나다"]
    assert len(rare_words.frequent(vocabulary, number=1, least=8)) == 1


def test_the_mean_of_contexts_is_that_of_the_words_around_which_are_no_targets():
    kv = vectors.keyed_vectors(["가", "나", "다", "라"], np.array([[9.0, 9], [1, 0], [0, 1], [5, 5]]))
    text = [["나", "가", "다", "모름"], ["가", "나"], ["라"]]
    assert np.allclose(rare_words.mean_of_contexts(kv, text, ["가"]), [[2 / 3, 1 / 3]])
    assert np.allclose(rare_words.mean_of_contexts(kv, text, ["가", "라"]), [[2 / 3, 1 / 3], [0, 0]])
    assert np.allclose(rare_words.mean_of_contexts(kv, [["라", "나", "다", "가"]], ["가"], window=1), [[0, 1]])
    assert np.allclose(rare_words.mean_of_contexts(kv, [["가", "나", "라"]], ["가", "라"]), [[1, 0], [1, 0]])


def test_pieces_alone_are_what_an_unknown_word_gets():
    text = [["학교에", "간다", "온다"], ["학교에서", "온다", "간다"]] * 20
    for model in rare_words.SUBWORD:
        small = {"vector_size": 4, "epochs": 1}
        kv = unknown.trained(model, text, ["간다", "온다"], 0.05, **small)  # knows neither target
        targets = ["학교에", "학교에서"]
        found = rare_words.pieces_alone(kv, targets, model)
        assert np.allclose(found, [kv.get_vector(target) for target in targets], atol=1e-6)
        known = unknown.trained(model, text, ["학교에", "간다", "온다"], 0.05, **small)
        assert not np.allclose(rare_words.pieces_alone(known, targets[:1], model)[0], known["학교에"], atol=1e-4)


def test_with_no_meeting_only_pieces_have_an_answer():
    assert rare_words.readers("word2vec", 0) == ()
    assert rare_words.readers("word2vec", 1) == ("word2vec", rare_words.CONTEXTS)
    assert rare_words.readers("jamo 3-5", 0) == ("jamo 3-5, pieces alone",)
    assert rare_words.readers("jamo 3-5", 1) == ("jamo 3-5", "jamo 3-5, pieces alone")


def test_neighbors_are_the_closest_and_the_first_of_those_alike():
    assert rare_words.nearest(np.array([[0.1, 0.3, 0.3, 0.9]]), 3).tolist() == [[3, 1, 2]]
    assert rare_words.shared(np.array([[1, 2], [3, 4]]), np.array([[2, 5], [4, 3]])).tolist() == [0.5, 1]


def test_letters_find_words_spelt_alike_and_counts_words_with_the_same_company(monkeypatch):
    monkeypatch.setattr(rare_words, "NEAREST", 1)
    monkeypatch.setattr(rare_words.nearest, "__defaults__", (1,))
    targets, others = ["학교에"], ["시장", "학교의", "간다"]
    assert rare_words.by_letters("syllable 1-3", targets, others).tolist() == [[1]]
    text = [["우리", "학교에", "간다"], ["우리", "시장", "간다"], ["학교의", "종소리", "맑다"]] * 3
    words = ["우리", "학교에", "간다", "시장", "학교의", "종소리", "맑다"]
    assert rare_words.by_counts(text, words, targets, others).tolist() == [[0]]


def test_the_second_judge_is_word2vec_with_a_seed_that_no_method_has(monkeypatch):
    words, asked = ["가", "나", "다", "라"], []
    kv = vectors.keyed_vectors(words, np.array([[1.0, 0], [0, 9], [8, 1], [1, 1]]))
    monkeypatch.setattr(rare_words, "trained", lambda *given: asked.append(given) or kv)
    assert rare_words.by_word2vec(TEXT, words, ["가"], ["나", "다", "라"]).tolist() == [[1, 2, 0]]
    model, text, _, setting, seed = asked[0]
    assert (model, text) == ("word2vec", TEXT) and setting in rare_words.SETTINGS and seed not in rare_words.SEEDS


def test_each_half_is_scored_with_what_the_other_chose():
    half = np.array([0, 0, 1, 1])
    early = np.where(half == 0, 1.0, 0.0)[:, None].repeat(2, 1)
    by_setting = {(0.05, 3): early, (0.1, 10): 1 - early}  # each half's favorite fails on the other
    assert rare_words.choices(by_setting, half) == [(0.05, 3), (0.1, 10)]
    assert rare_words.crossed(by_setting, half).tolist() == np.zeros((4, 2)).tolist()
    level = {(0.05, 3): early * 0 + 0.25, (0.1, 10): early * 0}
    assert rare_words.crossed(level, half).tolist() == np.full((4, 2), 0.25).tolist()


def test_a_training_that_ran_away_scores_nothing_and_other_errors_are_told(monkeypatch):
    def failing(*given, **options):
        raise ValueError(failing.message)

    monkeypatch.setattr(unknown, "trained", failing)
    failing.message = "training ran away in epoch 7"
    assert rare_words.trained("word2vec", TEXT, ["집에"], (0.2, 30), 1) is None
    failing.message = "no words"
    with pytest.raises(ValueError, match="no words"):
        rare_words.trained("word2vec", TEXT, ["집에"], (0.2, 30), 1)


def test_everything_on_a_small_text(monkeypatch):
    settings = ((0.05, 1), (0.2, 2))
    for name, value in {"SETTINGS": settings, "ALIKE": settings[0], "SEEDS": (1, 2), "KEPT": (0, 1, 3)}.items():
        monkeypatch.setattr(rare_words, name, value)
    for name, value in {"LEAST": 6, "KNOWN": 4, "MOST": 16}.items():
        monkeypatch.setattr(rare_words, name, value)
    monkeypatch.setattr(unknown, "SHAPE", {"vector_size": 4, "epochs": 1, "workers": 1})
    draw, letters = np.random.default_rng(1), "가나다라마바사아자차카타파하"
    words = [one + other for one in letters for other in letters][:60]
    text = [draw.choice(words, 6).tolist() for _ in range(80)]
    monkeypatch.setattr(rare_words, "by_word2vec", rare_words.by_counts)
    told = rare_words.compare(text)
    same = {method: told["own"]["scores"][method] for method in rare_words.AGAIN}
    assert told["again"]["scores"] == same, "the same vectors, so the same judge says the same"
    assert told["n"] == 16 and told["kept"] == [0, 1, 3]
    for table in (told["own"], told["alike"]):
        assert set(table["scores"]) == set(rare_words.METHODS)
        assert set(table["scores"]["word2vec"]) == {"1", "3"}
        assert set(table["scores"]["jamo 3-5, pieces alone"]) == {"0", "1", "3"}
        for value, low, high in table["scores"]["syllable 1-3"].values():
            assert 0 <= low <= value <= high <= 1
        for times, (value, low, high, n) in table["differences"]["syllable 1-3 - word2vec"].items():
            one, other = (table["scores"][name][times][0] for name in ("syllable 1-3", "word2vec"))
            assert value == pytest.approx(one - other, abs=2e-4) and low <= value <= high and n == 16
        unmet = table["scores"]["jamo 3-5, pieces alone"]["0"][0]
        for times, gap in table["differences"]["jamo 3-5 - unmet"].items():
            assert gap[0] == pytest.approx(table["scores"]["jamo 3-5"][times][0] - unmet, abs=2e-4)
        for times, gap in table["differences"]["jamo 3-5, unmet - word2vec"].items():
            assert gap[0] == pytest.approx(unmet - table["scores"]["word2vec"][times][0], abs=2e-4)
    assert all(tuple(setting) in settings for pair in told["chosen"]["word2vec"].values() for setting in pair)
    with pytest.raises(ValueError, match="read more texts"):
        rare_words.compare(text[:40])


def test_stored_results_answer_every_question():
    for told in (result.values for result in measured.load("rare_words").values()):
        assert told["kept"] == list(rare_words.KEPT) and told["n"] > 50
        for table in (told["own"], told["alike"]):
            names = {f"{one} - {other}" for one, other in rare_words.COMPARED}
            unmet = {f"{model}{asked}" for model in rare_words.SUBWORD for asked in (" - unmet", ", unmet - word2vec")}
            assert set(table["differences"]) == names | unmet
        assert set(told["again"]["scores"]) == set(rare_words.AGAIN) and len(told["again"]["differences"]) == 3


def test_lines_show_one_model_beside_its_opponents():
    lines = rare_words.lines(measured.load("rare_words"))
    labels = ["word2vec, alike", "word2vec", "mean of contexts", "pieces alone", "no vectors", "unmet"]
    wanted = {(corpus, f"FastText - {label}") for corpus in ("korean", "kowiki") for label in labels}
    rest = ["word2vec - mean of contexts", "FastText, unmet - word2vec"]
    rest += [f"{pair}, by word2vec" for pair in [rest[0], "FastText - word2vec", "FastText - mean of contexts"]]
    assert set(lines) == wanted | {(corpus, label) for corpus in ("korean", "kowiki") for label in rest}
    by_counts, again = (lines["kowiki", f"word2vec - mean of contexts{judge}"] for judge in ("", ", by word2vec"))
    assert by_counts["100"].startswith("-") and again["100"].startswith("+")
    assert list(lines["korean", "FastText - word2vec"]) == ["1", "2", "5", "20", "100"]
    told = measured.load("rare_words")["kowiki"].values["own"]["differences"]["syllable 1-3 - unmet"]["1"]
    shown = lines["kowiki", "FastText - unmet"]["1"]
    assert [float(part) for part in shown.replace("[", "").replace("]", "").replace(",", "").split()] == [
        pytest.approx(x, abs=0.005) for x in told[:3]
    ]


def test_a_sign_says_on_which_side_of_an_interval_zero_lies():
    assert rare_words.signs({"1": [0.2, 0.1, 0.3, 9], "2": [0.1, -0.1, 0.3, 9], "5": [-0.2, -0.3, -0.1, 9]}) == "+?-"


def test_what_lesson_8_says_of_rare_words_holds():
    own = {name: result.values["own"]["differences"] for name, result in measured.load("rare_words").items()}
    assert rare_words.signs(own["korean"]["syllable 1-3 - word2vec"]) == "++???"
    assert rare_words.signs(own["kowiki"]["syllable 1-3 - word2vec"]) == "?????"
    for model in ("word2vec", "syllable 1-3"):
        assert rare_words.signs(own["kowiki"][f"{model} - mean of contexts"]) == "?----"
    again = {name: result.values["again"]["differences"] for name, result in measured.load("rare_words").items()}
    assert rare_words.signs(again["korean"]["syllable 1-3 - word2vec"]) == "++++?"
    assert rare_words.signs(again["kowiki"]["word2vec - mean of contexts"]) == "-?--+", "the judge decides at 2 and 100"
    assert rare_words.signs(own["kowiki"]["syllable 1-3, unmet - word2vec"]) == "+++?-"
    chosen = [
        tuple(setting)
        for result in measured.load("rare_words").values()
        for by_times in result.values["chosen"].values()
        for pair in by_times.values()
        for setting in pair
    ]
    assert np.mean([setting in rare_words.SETTINGS[3:] for setting in chosen]) > 0.8, "the fastest or the longest"
