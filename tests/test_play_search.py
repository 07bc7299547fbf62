"""Counts, TF-IDF and LSA of the page are those of helpers.counting, and so are cosines with a query."""

import numpy as np
import pytest

import browser
import playground
from helpers import counting
from test_play import stored


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser.chromium() as chromium, playground.opened(chromium, tmp_path_factory.mktemp("play"), "search") as tab:
        yield tab.page


def corpus(language):
    documents = [[token for _, tokens in words for token in tokens] for words in stored("search")[language]]
    return documents, sorted({token for document in documents for token in document})


PAIR = {"ko": ("자동차", "승용차"), "en": ("car", "automobile")}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_weights_are_the_helpers(page, language):
    documents, words = corpus(language)
    documents = [*documents, documents[0] * 3]  # a word that occurs more than once
    counts = counting.bag_of_words(documents, words)[0].toarray()
    expected = {
        "counts": counts / np.linalg.norm(counts, axis=1, keepdims=True),
        "tfidf": counting.tf_idf(documents)[0].toarray(),
        "sublinear": counting.tf_idf(documents, sublinear_tf=True)[0].toarray(),
    }
    for how, rows in expected.items():
        assert np.allclose(playground.compute(page, "weights", documents, words, how), rows, atol=1e-9), how


@pytest.mark.parametrize("k", [1, 5, 24])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_lsa_is_the_helpers_but_for_signs(page, language, k):
    documents, words = corpus(language)
    matrix = counting.tf_idf(documents)[0]
    mine, theirs = np.array(playground.compute(page, "lsa", matrix.toarray().tolist(), k)), counting.lsa(matrix, k)
    assert np.allclose(mine @ mine.T, theirs @ theirs.T, atol=1e-8)
    rows = counting.lsa(matrix.T, k)[[words.index(word) for word in PAIR[language]]]
    found = playground.compute(page, "wordCosine", documents, words, *PAIR[language], k)
    assert abs(found - counting.cosine(rows)[0, 1]) < 1e-8


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_query_is_folded_in_and_its_parts_add_up(page, language):
    documents, words = corpus(language)
    query, weights = [PAIR[language][0]], counting.tf_idf(documents)[0].toarray()
    asked = (np.array(words) == query[0]).astype(float)
    v = np.linalg.svd(weights, full_matrices=False)[2][:5].T
    expected = counting.cosine(weights @ v, (asked @ v)[None])[:, 0]
    found = playground.compute(page, "search", documents, words, query, "lsa", 5)
    assert np.allclose([cosine for cosine, _ in found], expected, atol=1e-8)
    assert np.allclose([sum(parts) for _, parts in found], expected, atol=1e-8)
    plain = playground.compute(page, "search", documents, words, query, "tfidf", 5)
    assert np.allclose([cosine for cosine, _ in plain], weights @ asked, atol=1e-8)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_answer_to_the_task_is_true(page, language):
    documents, words = corpus(language)
    car, other = PAIR[language]
    only = [other in document and car not in document for document in documents]
    assert sum(only) == 4

    def cosines(how, k=1):
        return np.array([c for c, _ in playground.compute(page, "search", documents, words, [car], how, k)])

    for how in ("counts", "tfidf", "sublinear"):
        assert np.allclose(cosines(how)[only], 0)
    assert playground.compute(page, "wordCosine", documents, words, car, other, 5) > 0.8
    assert cosines("lsa", 5)[only].min() > 0.45
    ratio = cosines("lsa", 24).sum() / cosines("tfidf").sum()  # a query may point out of the documents' space
    assert np.allclose(cosines("lsa", 24), ratio * cosines("tfidf"), atol=1e-8)
    assert np.allclose(cosines("lsa", 1), 1)


def test_a_query_loses_its_particles(page):
    _, words = corpus("ko")
    assert playground.compute(page, "tokensOf", "자동차를  Xyz 승용차", words) == ["자동차", "승용차"]


def test_lsa_brings_the_automobile_up(page):
    page.locator("[type=radio][value=lsa]").focus()
    page.keyboard.press("Space")
    first = page.locator(".found li").all_text_contents()[:4]
    assert any("automobile" in line for line in first)
    page.locator("[type=text]").fill("moon")
    assert "moon" in page.locator(".found li").first.text_content()
