"""helpers.inspector: the parts of a cosine add up, and the table can be seen everywhere."""

import math

import numpy as np
import pytest

from helpers import fasttext, inspector, vectors

TEXT = [["학교에", "간다"], ["학교에서", "배운다"], ["학교에는", "책이", "많다"], ["책을", "읽는다"]] * 15


@pytest.fixture(scope="module")
def kv():
    return fasttext.train(TEXT, 16, min_count=1, min_n=1, max_n=3, epochs=2, seed=1, workers=1, device="cpu")


@pytest.mark.parametrize("pair", [("학교에", "학교에서"), ("학교", "학교로"), ("책을", "간다"), ("챗봇", "학교")])
def test_contributions_add_up_to_the_cosine(kv, pair):
    found = inspector.inspect(kv, *pair)
    cosine = vectors.cosine(*(kv.get_vector(word).astype(float) for word in pair))
    assert found.cosine == pytest.approx(cosine, abs=1e-4)
    assert sum(found.common.values()) + found.others == pytest.approx(cosine, abs=1e-4)
    assert list(found.common.values()) == sorted(found.common.values(), reverse=True)


def test_a_word_with_itself(kv):
    found = inspector.inspect(kv, "학교", "학교")
    assert found.cosine == pytest.approx(1) and found.jaccard == 1
    assert list(found.common).count("<학교") == 1


def test_text_and_html_say_the_same(kv):
    found = inspector.inspect(kv, "학교에", "학교에서")
    text, page = repr(found), found._repr_html_()
    assert f"{found.cosine:.2f}" in text and f"{found.cosine:.2f}" in page
    assert "<학교" in text and "&lt;학교" in page and "<학교" not in page
    assert page.count("<tr>") == len(found.common) + 2 == len(text.splitlines()) - 1


def test_words_that_share_nothing_or_are_nothing(kv):
    assert inspector.inspect(kv, "책을", "간다").common == {}
    long = fasttext.train(TEXT, 8, min_count=1, min_n=4, max_n=5, epochs=1, seed=1, workers=1, device="cpu")
    found = inspector.inspect(long, "", "학교")
    assert math.isnan(found.cosine) and "nan" in repr(found) and "nan" in found._repr_html_()


def test_vectors_without_ngrams_are_refused():
    with pytest.raises(TypeError, match="no n-grams"):
        inspector.inspect(vectors.keyed_vectors(["a"], np.ones((1, 2))), "a", "a")


def test_html_is_escaped(kv):
    assert "<script>" not in inspector.inspect(kv, "<script>", "학교")._repr_html_()


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, as a list."""
    seen = []
    monkeypatch.setattr("IPython.display.display", lambda what, raw=False: seen.append(what))
    for name in inspector.FRONT_ENDS:
        monkeypatch.delenv(name, raising=False)
    return seen


def test_static_output_where_no_widgets_run(kv, shown):
    inspector.show(kv, "학교", "학교에서")
    assert shown == [inspector.inspect(kv, "학교", "학교에서")]


def test_interactive_output_keeps_the_static_table(kv, shown, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    inspector.show(kv, "학교", "학교에서")
    assert set(shown[0]) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert "학교에서" in shown[0]["text/html"]
    inspector.show(kv, "학교", "학교에서", interactive=False)
    assert isinstance(shown[1], inspector.Inspection)


def test_the_boxes_change_the_table(kv):
    box = inspector.controls(kv, inspector.inspect(kv, "학교", "학교에서"))
    (first, _), table = box.children[0].children, box.children[1]
    first.value = " 책을 "
    assert table.value == inspector.inspect(kv, "책을", "학교에서")._repr_html_()
