"""Scores against gensim's own, against scipy, and against answers that can be read off."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from helpers import scores, vectors


def kv_of(words, dim=8, seed=0):
    return vectors.keyed_vectors(list(words), np.random.default_rng(seed).normal(size=(len(words), dim)))


@pytest.fixture(scope="module")
def english():
    """Random vectors of all words in the English sets but every fifth, some of them capitalised twice over."""
    pairs, questions = scores.sets("English")
    words = {word for lines in scores.questions_in(questions["analogies"]).values() for line in lines for word in line}
    for path in pairs.values():
        with open(path, encoding="utf-8") as file:
            words |= {word for line in file if scores.is_pair(line) for word in line.split("\t")[:2]}
    kept = [word for i, word in enumerate(sorted(words)) if i % 5]
    kept += [word.upper() for word in kept[::7] if word.upper() not in kept]
    return kv_of(kept, dim=20)


@pytest.fixture
def royal(tmp_path):
    table = [[1, 0, 0.1], [0, 1, 0.1], [1, 0.1, 1], [0.1, 1, 1], [0.5, 0.5, -1]]
    path = tmp_path / "questions.txt"
    path.write_text(": people\nman woman king queen\nman woman king apple\n: none\nman woman duke duchess\n")
    return vectors.keyed_vectors(["man", "woman", "king", "queen", "apple"], table), path


def test_analogies_are_gensims(english):
    path = scores.sets()[1]["analogies"]
    ours = scores.analogies(english, path)
    share, sections = english.evaluate_word_analogies(path)
    assert ours.asked == len(sections[-1]["correct"]) + len(sections[-1]["incorrect"]) > 1000
    assert ours.right == len(sections[-1]["correct"]) and ours.share == pytest.approx(share)
    for section in sections[:-1]:
        assert ours.sections[section["section"]][0] == len(section["correct"])
    assert ours.questions == 19_544


def test_analogies_of_structured_vectors_are_gensims(tmp_path):
    """Vectors in which many questions have an answer, so that right answers are compared too."""
    draw = np.random.default_rng(1)
    bases, shift = draw.normal(size=(12, 10)), draw.normal(size=10)
    table = np.concatenate([bases, bases + shift + 0.3 * draw.normal(size=(12, 10))])
    kv = vectors.keyed_vectors([f"w{i}" for i in range(24)], table)
    lines = [f"w{i} w{i + 12} w{j} w{j + 12}" for i in range(12) for j in range(12) if i != j]
    (tmp_path / "q.txt").write_text(": all\n" + "\n".join(lines))
    ours, (share, _) = scores.analogies(kv, tmp_path / "q.txt"), kv.evaluate_word_analogies(str(tmp_path / "q.txt"))
    assert ours.share == pytest.approx(share) and 0.3 < share < 1


def test_question_words_are_left_out_only_if_wanted(royal):
    kv, path = royal
    assert scores.analogies(kv, path).sections == {"people": (1, 2), "none": (0, 0)}
    assert scores.analogies(kv, path).questions == 3
    near = np.array([[1.0, 0.0], [0.9, 0.4], [0.0, 1.0], [-0.3, 0.9]])
    assert scores.answers(near, [[0, 1, 2]], exclude=False).tolist() == [2]
    assert scores.answers(near, [[0, 1, 2]]).tolist() == [3]


def test_opponents_leave_words_out(royal):
    kv, path = royal
    table = np.random.default_rng(23).normal(size=(8, 3)).round(1)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    for signs, best in ((scores.OFFSET, 6), (scores.WITHOUT_A, 4), (scores.ONLY_C, 3)):
        assert 3 + (unit[3:] @ (np.array(signs) @ unit[:3])).argmax() == best
        assert scores.answers(table, [[0, 1, 2]], signs=signs).tolist() == [best]
    assert scores.analogies(kv, path, signs=scores.ONLY_C).hits[0] == 1  # queen stands nearest to king
    assert scores.analogies(kv, path, signs=(0, -1, 0)).hits[:2].tolist() == [0, 1]  # and apple away from woman


def test_no_question_can_be_asked(royal):
    kv, path = royal
    found = scores.analogies(kv_of(["x", "y"]), path)
    assert found.asked == 0 and np.isnan(found.share)
    assert scores.answers(kv.vectors, np.zeros((0, 3))).shape == (0,)


def test_similarity_is_gensims_and_counts_pairs(english):
    for path in scores.sets()[0].values():
        found = scores.similarity(english, path)
        assert found.value == pytest.approx(english.evaluate_word_pairs(path)[1][0])
        assert found.used < found.pairs
    assert [scores.similarity(english, path).pairs for path in scores.sets()[0].values()] == [353, 999]


def test_used_pairs_are_counted_one_by_one(english):
    path = scores.sets()[0]["WordSim-353"]
    known = {word.upper() for word in english.index_to_key}
    with open(path, encoding="utf-8") as file:
        lines = [line.upper().split("\t") for line in file if scores.is_pair(line)]
    assert scores.similarity(english, path).used == sum(a in known and b in known for a, b, _ in lines)


@pytest.mark.parametrize("language, names", [("English", 3), ("Korean", 2)])
def test_evaluate_gives_numbers_and_how_many_questions(language, names):
    pairs, questions = scores.sets(language)
    words = {word for lines in scores.questions_in(questions["analogies"]).values() for line in lines for word in line}
    for path in pairs.values():
        with open(path, encoding="utf-8") as file:
            words |= {word for line in file if scores.is_pair(line) for word in line.split("\t")[:2]}
    found = scores.evaluate(kv_of(sorted(words)), language)
    assert len(found) == 2 * names and all(isinstance(value, (int, float)) for value in found.values())
    assert found["analogies asked"] > 1000
    assert all(value > 100 for name, value in found.items() if name.endswith("pairs"))


def test_bad_input_names_the_remedy(tmp_path, english):
    with pytest.raises(ValueError, match="right language"):
        scores.evaluate(english, "Korean")
    with pytest.raises(ValueError, match="similarity\\(\\) and analogies"):
        scores.evaluate(english, "Latin")
    for function in (scores.similarity, scores.analogies):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            function(english, tmp_path / "nowhere.txt")
    for text, what in (("a b c d\n", "line 1 stands before"), (": x\na b c d\na b c\n", "line 3 has 3 words")):
        (tmp_path / "q.txt").write_text(text)
        with pytest.raises(ValueError, match=what):
            scores.questions_in(tmp_path / "q.txt")


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=30))
def test_rank_correlation_is_scipys(pairs):
    x, y = np.array(pairs, dtype=float).T
    if len(set(x)) == 1 or len(set(y)) == 1:
        with pytest.raises(ValueError, match="not all the same"):
            scores.rank_correlation(x, y)
    else:
        assert scores.rank_correlation(x, y) == pytest.approx(spearmanr(x, y)[0], abs=1e-9)


def test_overlap_by_counting():
    first, second = kv_of(list(map(str, range(60))), 5).vectors, kv_of(list(map(str, range(60))), 7, seed=1).vectors
    hits = 0
    for i in range(60):
        sets = []
        for table in (first, second):
            cosines = [(vectors.cosine(table[i], table[j]), j) for j in range(60) if j != i]
            sets.append({j for _, j in sorted(cosines)[-4:]})
        hits += len(sets[0] & sets[1])
    assert scores.neighbor_overlap(first, second, 4) == pytest.approx(hits / 240)
    assert scores.neighbor_overlap(first, first, 4) == 1


def test_overlap_of_keyed_vectors_takes_common_words_in_the_same_order():
    words = [f"w{i}" for i in range(50)]
    kv = kv_of(words)
    turned = vectors.keyed_vectors(words[::-1] + ["more"], np.vstack([kv.vectors[::-1], np.ones(8)]))
    assert scores.overlap(kv, turned, k=5) == 1
    assert 0 < scores.overlap(kv, kv_of(words, seed=9), k=5) < 0.5
    with pytest.raises(ValueError, match="one text for both"):
        scores.overlap(kv, kv_of(["other"]))
    with pytest.raises(ValueError, match="k must be a whole number"):
        scores.neighbor_overlap(kv.vectors, kv.vectors, 50)


def test_a_toy_vocabulary_has_an_end():
    assert scores.answers(np.eye(3), [[0, 1, 2]]).tolist() == [-1]
    assert scores.answers(np.eye(4), [[0, 1, 2]]).tolist() == [3]
    assert scores.answers(np.eye(3), [[0, 1, 1]], same=[0, 0, 1]).tolist() == [2]
    assert scores.answers(np.eye(2), np.zeros((0, 3), int)).tolist() == []


def test_a_question_without_an_answer_left_is_wrong(tmp_path):
    (tmp_path / "q").write_text(": s\na b c c\n")
    kv = vectors.keyed_vectors(["a", "b", "c"], np.eye(3))
    assert scores.analogies(kv, tmp_path / "q")[:3] == (0, 1, 1)


@pytest.mark.parametrize("questions", [[[0, 1]], [[0, 1, 3]], [[-1, 0, 1]], [[0.5, 1, 2]]])
def test_questions_must_be_rows(questions):
    with pytest.raises(ValueError, match="row numbers from 0 to 2"):
        scores.answers(np.eye(3), questions)
    with pytest.raises(ValueError, match="questions must be an array of numbers"):
        scores.answers(np.eye(3), [["a", "b", "c"]])


@pytest.mark.parametrize("x, y, says", [
    ([1, 2, np.nan], [1, 2, 3], "NaN is none"), ([1, 2], [1, np.nan], "NaN is none"),
    ([1, 2], [1, 2, 3], "as many numbers"),
    (["a", "b"], [1, 2], "x must be an array of numbers"), ([1], [1], "not all the same"),
])  # fmt: skip
def test_what_has_no_rank_correlation(x, y, says):
    with pytest.raises(ValueError, match=says):
        scores.rank_correlation(x, y)


@pytest.mark.parametrize("text, says", [
    ("a\tb\t1\n", "a correlation needs two"), ("a,b,1\nb,c,2\n", "delimiter="),
    ("x\ty\t1\nz\tw\t2\n", "none of the 2 pairs"),
    ("a\tb\t1\nb\tc\t1\n", "the same score"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:An input array is constant")
def test_pairs_that_say_nothing(tmp_path, text, says):
    (tmp_path / "pairs").write_text(text)
    kv = vectors.keyed_vectors(["a", "b", "c"], np.eye(3) + np.arange(3))
    with pytest.raises(ValueError, match=says):
        scores.similarity(kv, tmp_path / "pairs")


def test_pairs_with_commas_and_in_other_encodings(tmp_path):
    kv = vectors.keyed_vectors(["가", "나", "다"], np.eye(3) + np.arange(3))
    (tmp_path / "pairs").write_bytes("가,나,1\n나,다,2\n가,다,3\n".encode("cp949"))
    assert scores.similarity(kv, tmp_path / "pairs", delimiter=",", encoding="cp949").used == 3


@pytest.mark.parametrize("kind", [np.float16, np.float64, np.int8])
def test_neighbors_of_any_kind_of_number(kind):
    table = (np.random.default_rng(1).normal(size=(20, 4)) * 30).astype(kind)
    assert scores.neighbor_overlap(table, table.astype(float), 3) == 1
    for wrong in (np.nan, np.inf):
        broken = table.astype(float)
        broken[3, 2] = wrong
        with pytest.raises(ValueError, match="NaN or infinity"):
            scores.neighbor_overlap(table, broken, 3)
