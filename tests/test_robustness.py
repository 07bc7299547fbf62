"""helpers.robustness: word families, ranks, retrieval and coverage, on vectors whose answers are known by hand."""

import numpy as np
import pytest
from gensim.models import FastText

from helpers import robustness, subwords, vectors

WORDS = ["먹다", "먹었다", "먹는다", "가다", "갔다", "책"]
PLANE = np.array([[1, 0], [1, 0.1], [1, -0.3], [0, 1], [0.1, 1], [-1, -0.9]], dtype=np.float32)
FAMILIES = {"먹다": ["먹다", "먹었다", "먹는다", "먹고"], "가다": ["가다", "갔다", "가요"]}


@pytest.fixture
def kv():
    return vectors.keyed_vectors(WORDS, PLANE)


@pytest.fixture(scope="module")
def subword_kv():
    text = [["빨래를", "한다"], ["빨래가", "많다"], ["빨래는", "어렵다"], ["학교에서", "배운다"]] * 20
    return FastText(text, vector_size=16, min_count=1, min_n=1, max_n=3, bucket=500, epochs=2, seed=1, workers=1).wv


def test_conjugated():
    forms = robustness.conjugated(["먹다", "돕다", "가다"])
    assert {"먹다", "먹는다", "먹었다", "먹습니다", "먹고", "드신다", "드셨다", "드세요"} <= set(forms["먹다"])
    assert {"도와요", "도왔다", "도우면", "도우셨다"} <= set(forms["돕다"])
    assert {"간다", "갔다", "가면", "가셨다"} <= set(forms["가다"])
    assert "드셨다" not in robustness.conjugated(["먹다"], honorific=False)["먹다"]
    with pytest.raises(ValueError, match="dictionary form"):
        robustness.conjugated(["학교"])


def test_declined():
    forms = robustness.declined(["학교", "서울"])
    assert {"학교", "학교가", "학교는", "학교에서", "학교에서는", "학교로", "학교와"} <= set(forms["학교"])
    assert {"서울이", "서울은", "서울로", "서울과"} <= set(forms["서울"])


def test_a_form_of_two_words_belongs_to_neither():
    both = robustness.conjugated(["살다", "사다"], honorific=False)
    assert not set(both["살다"]) & set(both["사다"])
    assert "사는" not in both["살다"] + both["사다"]
    assert "사는" in robustness.conjugated(["살다"])["살다"]
    for forms in both.values():
        assert len(forms) == len(set(forms))


def test_ranks_by_hand(kv):
    targets = ["먹다", "먹었다", "먹는다", "책"]
    assert robustness.ranks(kv, ["먹다", "먹다", "먹다", "가다"], targets).tolist() == [1, 2, 3, 6]
    assert robustness.ranks(kv, ["먹더"], ["먹다"]).tolist() == [np.inf]
    assert robustness.ranks(kv, [], []).tolist() == []


def test_ranks_agree_with_gensim(subword_kv):
    words = subword_kv.index_to_key
    typed = [word[:-1] + "ㅏ" for word in words]
    for query, target, place in zip(typed, words, robustness.ranks(subword_kv, typed, words)):
        order = [word for word, _ in subword_kv.most_similar([subword_kv.get_vector(query)], topn=len(words))]
        assert order.index(target) + 1 == place


def test_ties_share_the_worst_place():
    kv = vectors.keyed_vectors(["a", "b", "c"], np.array([[1, 0], [2, 0], [0, 1]]))
    assert robustness.ranks(kv, ["a", "c"], ["a", "a"]).tolist() == [2, 3]


def test_ranks_do_not_depend_on_the_chunk(kv, monkeypatch):
    queries, targets = ["먹다", "모름", "가다", "책", "갔다"], ["가다", "책", "갔다", "먹다", "먹는다"]
    whole = robustness.ranks(kv, queries, targets)
    share = robustness.family_share(kv, FAMILIES)
    monkeypatch.setattr(robustness, "CHUNK", 2)
    assert robustness.ranks(kv, queries, targets).tolist() == whole.tolist()
    assert robustness.family_share(kv, FAMILIES) == share


def test_ranks_by_letters_by_hand():
    words = ["학교", "학교에", "병원", "하교"]
    typed = ["학교", "학교에서", "병워", "꿩"]
    assert robustness.ranks_by_letters(words, typed, ["학교", "학교에", "병원", "학교"]).tolist() == [1, 1, 1, np.inf]
    assert robustness.ranks_by_letters(words, ["학교에서"], ["학교"]).tolist() == [2]
    one, other = (set(subwords.ngrams(word, 3, 5, "jamo")) for word in ("학교에서", "하교"))
    assert len(one & other) and robustness.ranks_by_letters(words, ["학교에서"], ["하교"]).tolist() == [3]
    assert robustness.ranks_by_letters(["가나", "다나"], ["나"], ["가나"], 1, 1, "syllable").tolist() == [2]  # a tie
    with pytest.raises(KeyError):
        robustness.ranks_by_letters(words, ["학교"], ["대학"])


def test_ranks_refuse(kv):
    with pytest.raises(ValueError, match="as many targets"):
        robustness.ranks(kv, ["먹다"], [])
    with pytest.raises(KeyError):
        robustness.ranks(kv, ["먹다"], ["없음"])


def test_family_share_by_hand(kv):
    assert robustness.family_share(kv, FAMILIES) == (1.0, 5)
    mixed = {"x": ["먹다", "갔다"], "y": ["먹었다", "가다"]}
    share, asked = robustness.family_share(kv, mixed)
    assert (share, asked) == (0.0, 4)
    half = {"x": ["먹다", "먹었다", "책"]}  # 먹다 and 먹었다 find each other, not 책; 책 finds nobody
    assert robustness.family_share(kv, half)[0] == pytest.approx((1 / 2 + 1 / 2 + 0) / 3, abs=1e-9)


def test_unknown_forms_fail_without_subwords(kv, subword_kv):
    assert robustness.family_share(kv, FAMILIES, "unknown") == (0.0, 2)
    families = {"빨래": ["빨래를", "빨래가", "빨래는", "빨래도"], "학교": ["학교에서", "학교에"]}
    share, asked = robustness.family_share(subword_kv, families, "unknown")
    assert asked == 2 and 0 <= share <= 1


def test_family_share_refuses(kv):
    with pytest.raises(ValueError, match="two forms"):
        robustness.family_share(kv, {"책": ["책", "책이"]})
    with pytest.raises(ValueError, match="queries"):
        robustness.family_share(kv, FAMILIES, "all")


def test_random_vectors_score_what_chance_gives():
    generator = np.random.default_rng(0)
    names = [f"{stem}{form}" for stem in range(50) for form in range(5)]
    kv = vectors.keyed_vectors(names, generator.normal(size=(250, 20)))
    share, asked = robustness.family_share(kv, {stem: [f"{stem}{form}" for form in range(5)] for stem in range(50)})
    assert asked == 250 and abs(share - 4 / 249) < 0.015


def test_coverage(kv, subword_kv):
    assert robustness.coverage(kv, ["먹다", "먹더", ""]).tolist() == [True, False, False]
    assert robustness.coverage(subword_kv, ["빨래를", "빨랜", "챗봇"]).tolist() == [True, True, True]
    long = FastText([["학교에서", "배운다"]] * 5, vector_size=4, min_count=1, min_n=3, bucket=50, epochs=1, seed=1).wv
    assert robustness.coverage(long, ["", "a"]).tolist() == [False, True], "<> has no 3-gram, <a> has one"


def test_odd_words_never_crash(subword_kv):
    odd = ["", "a", "!?", "가" * 10_000, "하ㄱ", "ㅋㅋㅋ", "\ud800", "😀", "  "]
    with np.errstate(all="raise"):
        assert np.isfinite(robustness.vectors_of(subword_kv, [w for w in odd if w != "\ud800"])).all()


def test_vectors_that_are_no_numbers_are_refused():
    kv = vectors.keyed_vectors(["a", "b"], np.array([[np.nan, 0], [1, 0]]))
    with pytest.raises(ValueError, match="alpha"):
        robustness.ranks(kv, ["a"], ["b"])


def test_seen_parts():
    cut = lambda word: subwords.ngrams(word, 2, 2)  # noqa: E731
    shares = robustness.seen_parts(["학교", "학교에", "챗봇"], ["학교에서"], cut)
    assert shares.tolist() == [2 / 3, 3 / 4, 0.0]
    assert robustness.seen_parts(["가"], ["나"], lambda word: []).tolist() == [0.0]


def test_oov_vector_is_what_the_library_answers(subword_kv):
    for word in ("빨랜", "챗봇", "하하하하"):
        expected = subword_kv.get_vector(word)
        assert np.allclose(robustness.oov_vector(word, subword_kv.vectors_ngrams, 1, 3), expected, atol=1e-6)
    assert robustness.oov_vector("", subword_kv.vectors_ngrams, 3, 6).tolist() == [0.0] * 16


@pytest.mark.parametrize("one", ["학교", b"ab", {"학교": 1}, [1]])
def test_a_single_word_is_not_taken_for_a_list_of_its_letters(one):
    with pytest.raises(TypeError, match="nouns must be a list of"):
        robustness.declined(one)
    with pytest.raises(TypeError, match="each of families must be a list of|families must be a dict"):
        robustness.distinct({"학교": one} if isinstance(one, (str, bytes, list)) else [one])
    with pytest.raises(TypeError, match="words must be a list of"):
        robustness.seen_parts(one, ["학교"], list)


def test_a_query_needs_a_target_that_is_known():
    with pytest.raises(ValueError, match="2 queries need as many targets, not 1"):
        robustness.ranks_by_letters(["학교"], ["학교", "핵교"], ["학교"])
    with pytest.raises(KeyError, match="does not know the target '병원'"):
        robustness.ranks_by_letters(["학교"], ["학교"], ["병원"])
