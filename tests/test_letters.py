"""One word is one string: in whatever form it is typed, stored, named or asked for."""

import copy
import pickle
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import (
    captions,
    context,
    corpora,
    counting,
    fasttext,
    glove,
    korean,
    letters,
    pseudowords,
    robustness,
    scores,
    vectors,
    word2vec,
)
from helpers.captions import flickr8k
from helpers.checkpoints import Checkpoint
from helpers.vocabulary import Vocabulary

SEOUL = "서울"
APART = unicodedata.normalize("NFD", SEOUL)
SENTENCES = [[SEOUL, "부산", "대구"]] * 20
SMALL = {"min_count": 1, "epochs": 1, "vector_size": 4, "workers": 1}


@pytest.mark.parametrize("given, wanted", [
    ("abc", "abc"), (APART, SEOUL), ("\ufeffthe", "the"), ("th\u00ade", "the"), ("the\u200b", "the"), ("\u2060a", "a"),
    ("한ㆍ미", "한·미"), ("한・미", "한·미"), ("한‧미", "한·미"), ("❤\ufe0f", "❤"), ("می\u200cخواهم", "می\u200cخواهم"),
    (7, 7), (None, None),
])  # fmt: skip
def test_tidy_by_hand(given, wanted):
    assert letters.tidy(given) == wanted


@given(st.text(st.characters(codec=None)))
def test_what_is_tidy_stays(text):
    once = letters.tidy(text)
    assert letters.tidy(once) == once and unicodedata.is_normalized("NFC", once)
    assert letters.tidy(unicodedata.normalize("NFD", text)) == once


def test_lower_case_is_one_word_and_one_form():
    assert corpora.words(letters.lower("İstanbul")) == ["i̇stanbul"]
    assert letters.lower("J\u030c") == "\u01f0" and letters.lower("ABC") == "abc"


@pytest.mark.parametrize("text, wanted", [
    ("हिन्दी में", ["हिन्दी", "में"]), ("จำนวน คน", ["จำนวน", "คน"]), ("x\u0301", ["x\u0301"]), ("가·나", ["가", "나"]),
    ("cafe\u0301s l'e\u0301te\u0301", ["caf\u00e9s", "l'\u00e9t\u00e9"]),
    ("می\u200cخواهم\u200c!", ["می\u200cخواهم"]), ("क्\u200dष", ["क्\u200dष"]),
    ("Don't pay 4,000원!", ["Don't", "pay", "4,000원"]), ("3.5kg 1.a", ["3.5kg", "1", "a"]),
    ("snake_case ❤️", ["snake", "case"]),
])  # fmt: skip
def test_words_keep_their_marks(text, wanted):
    assert corpora.words(text) == wanted


@pytest.mark.parametrize("text, wanted", [
    ("\ufeff한ㆍ미 관계", [["한", "미", "관계"]]), (f"{APART} 시민", [["서울", "시민"]]),
    ("둘\u200b셋", [["둘", "셋"]]), ("so\u00adlid", [["solid"]]),
])  # fmt: skip
def test_a_text_is_tidied_where_it_is_read(tmp_path, text, wanted):
    (tmp_path / "my.txt").write_text(text, encoding="utf-8")
    assert list(corpora.load(tmp_path / "my.txt")) == wanted


@pytest.mark.parametrize("train", [word2vec.train, fasttext.train, glove.train])
def test_a_trained_word_is_found_in_either_form(train):
    kv = train([[APART, "\ufeff부산", "대구"]] * 20, **SMALL)
    assert kv.index_to_key == [SEOUL, "부산", "대구"]
    assert np.array_equal(kv[APART], kv[SEOUL]) and APART in kv and kv.key_to_index[APART] == 0
    assert kv.similarity(APART, SEOUL) == pytest.approx(1) and kv.most_similar(APART, topn=1)[0][0] != SEOUL
    assert kv.key_to_index.get("없음") is None and "\ufeff대구" in kv
    with pytest.raises(KeyError, match="없음"):
        kv.key_to_index["없음"]


def test_an_unknown_word_has_the_same_n_grams_in_either_form():
    kv = fasttext.train(SENTENCES, **SMALL)
    new = unicodedata.normalize("NFD", "서울시")
    assert np.array_equal(kv[new], kv["서울시"]) and kv["서울시"].any()
    table = np.ones((7, 2)) * np.arange(7)[:, None]
    assert np.array_equal(robustness.oov_vector(new, table), robustness.oov_vector("서울시", table))


def test_text_and_index_may_be_in_different_forms():
    for words in ([SEOUL, "부산"], [APART, "부산"]):
        for sentences in ([[SEOUL, "부산"]], [[APART, "부산"]], [[APART, "부산", "두 낱말"]]):
            assert counting.cooccurrence(sentences, words, workers=1).toarray().tolist() == [[0, 1], [1, 0]]
            counts, columns = counting.bag_of_words(sentences, words)
            assert counts.toarray().tolist() == [[1, 1]]
        assert counting.one_hot([APART], words).toarray().tolist() == [[1, 0]]
    with pytest.raises(ValueError, match="twice, in two forms"):
        counting.cooccurrence(SENTENCES, [SEOUL, APART])


def test_a_vocabulary_adds_both_forms_up():
    vocabulary = Vocabulary.build([[APART, SEOUL, "\ufeff", "a"], [SEOUL]], min_count=1)
    assert vocabulary.words == [SEOUL, "a"] and vocabulary.counts.tolist() == [3, 1] and vocabulary.raw_size == 2
    assert APART in vocabulary and vocabulary.encode([APART, "a"]).tolist() == [0, 1]
    assert vocabulary.encode_corpus([[APART, "\ufeffa", "\ufeff"]])[0].tolist() == [0, 1]


def test_vectors_of_others_are_found_whatever_their_form(tmp_path):
    path = tmp_path / "vectors"
    path.write_text(f"{APART} 1 2\nb 3 4\n", encoding="utf-8")
    for asked in (SEOUL, APART):
        found = vectors.load(path, words=[asked])
        assert found.index_to_key == [APART] and found[asked].tolist() == [1, 2]
    assert vectors.load(path)[SEOUL].tolist() == [1, 2]
    kv = vectors.keyed_vectors([SEOUL], [[1.0, 2.0]])
    assert type(pickle.loads(pickle.dumps(kv.key_to_index))) is dict, "gensim alone must be able to read it"


def test_korean_takes_words_apart_into_the_same_letters():
    assert korean.particle(APART, "은/는") == "은" and korean.attach(APART, "으로/로") == "서울로"
    assert korean.decompose(APART) == korean.decompose(SEOUL) == "ㅅㅓㅇㅜㄹ"
    assert captions.words("빨강ㆍ파랑 공") == ["빨강", "파랑", "공"] and captions.words(APART) == [SEOUL]


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
def test_files_are_found_by_either_form_of_their_name(tmp_path, stored):
    folder = tmp_path / unicodedata.normalize(stored, "자료")
    folder.mkdir()
    path = folder / unicodedata.normalize(stored, "한글.txt")
    path.write_text("가 1 2\n나 3 4\n", encoding="utf-8")
    for form in ("NFC", "NFD"):
        asked = Path(unicodedata.normalize(form, str(tmp_path / "자료" / "한글.txt")))
        assert letters.found(asked) == path
        assert corpora.load(asked).first(1) == [["가", "1", "2"]] and len(vectors.load(asked)) == 2
        assert Vocabulary.load(asked).words == ["가 1", "나 3"][::-1]
    missing = folder / "없음.txt"
    assert letters.found(missing) == missing


def test_lists_with_a_byte_order_mark(tmp_path):
    def written(text):
        path = tmp_path / "list.txt"
        path.write_text("\ufeff" + text, encoding="utf-8")
        return path

    assert flickr8k._names(written("a.jpg\nb.jpg\n")) == ["a.jpg", "b.jpg"]
    assert flickr8k.tokens(written("a.jpg#0\ta dog\n")) == {"a.jpg": ["a dog"]}
    assert scores.questions_in(written(": s\na b c d\n")) == {"s": [("a", "b", "c", "d")]}
    assert Vocabulary.load(written("a 3\nb 1\n")).words == ["a", "b"]
    assert vectors.load(written("a 1 2\nb 3 4\n")).index_to_key == ["a", "b"]
    assert vectors.load(written("2 2\na 1 2\nb 3 4\n")).index_to_key == ["a", "b"]
    kv = vectors.keyed_vectors(["a", "b", "c"], np.eye(3) + np.arange(3))
    assert scores.similarity(kv, written("a\tb\t1\nb\tc\t2\na\tc\t3\n")).used == 3
    (tmp_path / "list.txt").write_bytes(b"a 3\n\xff 1\n")
    with pytest.raises(ValueError, match="line 2 is not UTF-8"):
        Vocabulary.load(tmp_path / "list.txt")


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    kv = vectors.keyed_vectors(["a"], [[1.0]])
    vectors.save(kv, "~/vectors")
    assert vectors.load("~/vectors").index_to_key == ["a"] and Checkpoint("~/run").path == tmp_path / "run"
    Vocabulary(["a"], [1]).save("~/words")
    assert Vocabulary.load("~/words").words == ["a"]


def test_copies_and_pickles_know_a_word_in_every_form():
    kv, ngrams = (trainer.train(SENTENCES, **SMALL) for trainer in (word2vec, fasttext))
    kv.key_to_index["x"], kv.key_to_index["y"] = 8, 7  # rows need not stand in order
    others = [Vocabulary([SEOUL, "a"], [2, 1]), context.ContextVocabulary.build(SENTENCES, 1),
              captions.CaptionVocabulary.build(SENTENCES)]  # fmt: skip
    for thing in (kv, ngrams, *others):
        copies = [copy.copy(thing), copy.deepcopy(thing)]
        if thing is not kv:  # a KeyedVectors is a class of gensim's, and its pickle is read without the course
            copies.append(pickle.loads(pickle.dumps(thing)))
        for one in copies:
            index = getattr(one, "index", None) or one.key_to_index
            assert APART in index and index[APART] == index[SEOUL] and APART in one, type(thing)
            assert dict(index) == dict(getattr(thing, "index", None) or thing.key_to_index)
    foreign = letters.Index([APART])
    assert foreign.copy()[SEOUL] == 0 and isinstance(copy.copy(foreign), letters.Index)
    assert type(pickle.loads(pickle.dumps(foreign))) is dict


def test_a_model_of_context_and_pseudowords_know_a_word_in_every_form():
    words = context.ContextVocabulary.build([[SEOUL, APART, "a", "\ufeffa"]], 2)
    assert words.words[3:] == [SEOUL, "a"] and words.encode([APART, "\ufeffa"]) == words.encode([SEOUL, "a"])
    merged = pseudowords.merge({"t": [APART, "a"]}, [(SEOUL, "a")])
    assert merged.documents == {"t": [f"{SEOUL}/a"] * 2}
    with pytest.raises(ValueError, match="no word may stand in two"):
        pseudowords.merge({"t": ["a"]}, [(SEOUL, APART)])
