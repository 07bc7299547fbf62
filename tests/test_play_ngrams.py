"""Jamo, n-grams, hashes and buckets of the page are exactly those of helpers.subwords; its models answer alike."""

import numpy as np
import pytest

import browser
import packing
import playground
from helpers import subwords
from helpers.korean import hangul
from test_play import stored

WORDS = ["시나브로", "서울특별시", "학교", "값", "a", "word2vec", "λόγος", "ㅋㅋ", "😀가", "", "embedding"]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser.chromium() as chromium, playground.opened(chromium, tmp_path_factory.mktemp("play"), "ngrams") as tab:
        yield tab.page


@pytest.mark.parametrize("units", subwords.UNITS)
@pytest.mark.parametrize(("min_n", "max_n"), [(1, 1), (1, 3), (3, 6), (3, 5), (6, 6)])
def test_ngrams_and_buckets_are_exactly_the_helpers(page, units, min_n, max_n):
    for word in WORDS:
        pieces = subwords.ngrams(word, min_n, max_n, units)
        assert playground.compute(page, "ngrams", word, min_n, max_n, units) == pieces
        for bucket in (50, 2_000_000):
            found = [playground.compute(page, "bucketOf", piece, bucket) for piece in pieces[:9]]
            assert found == subwords.ngram_hashes(word, min_n, max_n, bucket, units)[:9]


def test_hashes_and_jamo_are_exactly_the_helpers(page):
    assert [playground.compute(page, "fnv1a", word) for word in WORDS] == list(map(subwords.fnv1a, WORDS))
    syllables = "".join(map(chr, range(hangul.FIRST, hangul.LAST + 1)))
    assert playground.compute(page, "spell", syllables, "jamo") == subwords.spell(syllables, "jamo")


@pytest.mark.parametrize("units", subwords.UNITS)
def test_what_two_words_share_is_the_helpers(page, units):
    for pair in (("서울특별시", "서울특벌시"), ("학교에서", "학교"), ("a", "b"), ("", "")):
        found, expected = playground.compute(page, "shared", *pair, 3, 6, units), subwords.shared(*pair, units=units)
        assert found["common"] == expected.common and abs(found["jaccard"] - expected.jaccard) < 1e-12


def table_of(words, own, model):
    """The vector of every known word: the mean of its own row and its n-grams' rows."""
    if "ngrams" not in model:
        return own
    table = packing.unpacked(model["ngrams"])
    offsets, rows = subwords.hash_words(words, model["min_n"], model["max_n"], len(table), model["units"])
    return np.array([np.mean([own[i], *table[rows[offsets[i] : offsets[i + 1]]]], 0) for i in range(len(words))])


@pytest.mark.parametrize("word", ["도서관에서", "도서간에서", "학교에서도", "빨레를"])
def test_the_models_answer_as_the_mean_of_their_parts(page, word):
    data = stored("ngrams")
    for which, model in enumerate(data["models"]):
        own = packing.unpacked(model["words"])

        def vector(each, model=model, own=own):
            rows = [own[data["words"].index(each)]] if each in data["words"] else []
            if "ngrams" in model:
                table = packing.unpacked(model["ngrams"])
                cut = model["min_n"], model["max_n"], len(table), model["units"]
                rows += [table[row] for row in subwords.ngram_hashes(each, *cut)]
            return np.mean(rows, 0) if rows else None

        found = playground.compute(page, "nearest", which, word, 5)
        if vector(word) is None:
            assert found is None
            continue
        everything = packing.unit(table_of(data["words"], own, model))
        closeness = everything @ (vector(word) / np.linalg.norm(vector(word)))
        order = [i for i in np.argsort(-closeness) if data["words"][i] != word][:5]
        assert [each for each, _ in found] == [data["words"][i] for i in order]
        assert np.allclose([c for _, c in found], closeness[order], atol=1e-5)


def test_the_answer_to_the_task_is_true():
    left = {}
    for units in subwords.UNITS:
        changed = [subwords.shared("서울특별시", "서울특별시"[:i] + wrong + "서울특별시"[i + 1 :], units=units).jaccard
                   for i, wrong in enumerate("사얼특벌씨".replace("특", "톡"))]  # fmt: skip
        left[units] = changed
        assert changed[2] == min(changed) and max(changed) in (changed[0], changed[4])
    assert left["syllable"][0] == left["syllable"][4]
    assert all(jamo > syllable for jamo, syllable in zip(left["jamo"], left["syllable"]))


def test_typing_letter_by_letter_changes_the_answers(page):
    playground.press(page, "A typo and three models")
    page.locator("[type=text]").fill("도서간에서")
    columns = page.locator(".three > div").all_inner_texts()
    assert "No vector" in columns[0] and "도서관에서" in columns[2], "jamo find the word that was meant"
    page.locator("[type=text]").fill("도서관에서")
    assert "No vector" not in page.locator(".three > div").first.inner_text()
