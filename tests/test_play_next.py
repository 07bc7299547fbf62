"""The GPT of the page is lesson 10's: vectors, attention, probabilities, what is drawn, and what its opponents say."""

from collections import Counter
from functools import partial

import numpy as np
import pytest
import torch

import browser
import notebooks
import packing
import play_next
import playground
import pretrain_context
from helpers import context, pretrained
from test_play import stored

SENTENCES = {
    "ko": ["할머니 는 마당 에서 빨래 를", "대한민국 의 수도 는", "고래 가 배 를 타 고 일본 에 가 았 다", "나"],
    "en": ["a red boat on the", "two white dogs in the snow all of them", "a zebra is sitting in an orange box", "a"],
}
TEXTS = [(language, text) for language, texts in SENTENCES.items() for text in texts]
CASES = [(*case, masked) for case in TEXTS for masked in (True, False)]
COLORS = "white orange green blue black red yellow purple".split()
COUNTRIES = "대한민국 일본 중국 프랑스 영국 독일 미국 이탈리아 스페인 러시아 덴마크 태국 인도 이집트".split()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser.chromium() as chromium, playground.opened(chromium, tmp_path_factory.mktemp("play"), "next") as tab:
        yield tab.page
        assert tab.errors == [] and tab.outside == []


@pytest.fixture(scope="module")
def models():
    """The helpers' models with the weights that the page has."""
    found = {}
    for language, data in stored("next").items():
        shipped = pretrained.LanguageModel.load(pretrain_context.FOLDER / f"gpt-{language}.safetensors", device="cpu")
        assert data["words"].split(" ") == shipped.vocabulary.words
        found[language] = play_next.as_in_the_page(shipped, data["tensors"])
    return found


@pytest.fixture(scope="module")
def log_chances(models):
    """What lesson 10's own cell gives to the words of a list of ids: log_chances[language](ids, shares)."""
    (lesson,) = (path for path in notebooks.lessons() if path.stem.startswith("10_"))
    (source,) = (cell.source for cell in notebooks.read(lesson).cells if cell.id == "ngrams")
    lines = source[: source.index("def count_opponents")]
    cell, found = {"np": np}, {}
    exec(lines, cell)
    for language, model in models.items():
        ids = model.vocabulary.stream(pretrain_context.texts(language)[0]).tolist()
        seen = Counter(words for n in (1, 2, 3) for words in cell["grams"](ids, n))
        single = np.bincount(ids, minlength=len(model.vocabulary)) + 1.0
        found[language] = partial(lambda seen, single, ids, shares: cell["log_chances"]([ids], seen, single, shares)[0],
                                  seen, single)  # fmt: skip
    return found


def ids_of(model, text):
    return [context.END, *model.vocabulary.encode(text.split())]


@pytest.mark.parametrize(("language", "text", "masked"), CASES)
def test_vectors_and_attention_are_the_helpers(page, models, language, text, masked):
    model = models[language]
    ids = ids_of(model, text)
    vectors, seen = play_next.read(model, torch.tensor([ids]), masked)
    if masked:
        assert torch.equal(vectors, model.model(torch.tensor([ids])))
    found = playground.compute(page, "forward", language, ids, masked)
    assert np.allclose(found["vectors"], vectors[0], atol=1e-5)
    assert np.allclose(found["attention"], np.stack([block[0] for block in seen]), atol=1e-6)
    assert np.allclose(np.sum(found["attention"], -1), 1)


@pytest.mark.parametrize(("language", "text", "masked"), CASES)
def test_the_probabilities_of_the_next_word_are_the_helpers(page, models, language, text, masked):
    model, tokens = models[language], text.split()
    found = np.array(playground.compute(page, "nextWords", language, model.vocabulary.encode(tokens), masked))
    assert found[[context.UNKNOWN, context.MASK]].tolist() == [0, 0] and found.sum() == pytest.approx(1)
    if masked:
        assert np.allclose(found, model.next_words(tokens), atol=1e-6)
    else:
        vectors = play_next.read(model, torch.tensor([ids_of(model, text)]), False)[0]
        scores = model.model.scores(vectors[0, -1])
        scores[[context.UNKNOWN, context.MASK]] = -torch.inf
        assert np.allclose(found, torch.softmax(scores, 0), atol=1e-6)


@pytest.mark.parametrize("language", SENTENCES)
def test_a_long_text_is_read_from_its_last_words_on(page, models, language):
    model = models[language]
    tokens = SENTENCES[language][1].split() * 7
    found = playground.compute(page, "nextWords", language, model.vocabulary.encode(tokens), True)
    assert len(tokens) > model.options.length
    assert np.allclose(found, model.next_words(tokens), atol=1e-6)


@pytest.mark.parametrize("temperature", [0, 0.5, 1, 2.5])
@pytest.mark.parametrize("top_k", [None, 1, 3])
def test_temperature_and_top_k_are_the_helpers(page, temperature, top_k):
    for share in ([0.1, 0.4, 0.0, 0.2, 0.3], [0.25, 0.25, 0.25, 0.25]):
        found = playground.compute(page, "sharpened", share, temperature, top_k)
        assert np.allclose(found, pretrained.sharpened(share, temperature, top_k), atol=1e-12)


@pytest.mark.parametrize("share", [[0.1, 0.0, 0.6, 0.3, 0.0], [0.0, 1.0]])
def test_a_word_is_drawn_where_a_number_falls(page, share):
    at = np.linspace(0, 1 - 1e-9, 101)
    found = [playground.compute(page, "pick", share, u) for u in at]
    last = np.flatnonzero(share)[-1]
    assert found == np.minimum(np.searchsorted(np.cumsum(share), at, side="right"), last).tolist()
    assert playground.compute(page, "pick", share, 1.0) == last, "rounding must not draw what has no probability"


@pytest.mark.parametrize("language", SENTENCES)
def test_it_writes_what_its_seed_its_temperature_and_its_mask_say(page, models, language):
    model, start = models[language], models[language].vocabulary.encode(SENTENCES[language][0].split())
    cold, warm = ({"temperature": t, "topK": 1000, "seed": 7, "masked": True} for t in (0, 1.5))
    said = playground.compute(page, "write", language, start, 10, cold)
    words = [model.vocabulary.words[i] for i in said]
    assert words == model.generate(words[: len(start)], most=10, temperature=0)
    one, again = (playground.compute(page, "write", language, start, 10, warm) for _ in range(2))
    assert one == again and len(one) > len(start)
    expected = [*start]
    while len(expected) < len(one):
        share = model.next_words([model.vocabulary.words[i] for i in expected])
        u = playground.compute(page, "dice", 7, len(expected))
        expected.append(int(np.searchsorted(np.cumsum(pretrained.sharpened(share, 1.5)), u, side="right")))
    assert one == expected
    others = [playground.compute(page, "write", language, start, 10, warm | {"seed": seed}) for seed in range(8, 12)]
    assert any(other != one for other in others)


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_what_each_model_gives_to_the_words_that_follow(page, models, log_chances, language, text):
    model, shares = models[language], stored("next")[language]["shares"]
    ids = model.vocabulary.encode(text.split() * 2)
    seen = [context.END, *ids]
    found = playground.compute(page, "following", language, seen)
    for n, name in enumerate(play_next.COUNTING):
        assert len(shares[name]) == n
        assert np.allclose(np.log(found[name]), log_chances[language](seen, shares[name]), rtol=1e-9), name
    for name, masked in (("masked", True), ("open", False)):
        assert np.allclose(found[name], play_next.following(model, seen, masked), atol=1e-6)
    expected = np.exp(-np.mean(np.log(found["trigram"])))
    assert playground.compute(page, "perplexity", found["trigram"]) == pytest.approx(expected)


@pytest.mark.parametrize("language", SENTENCES)
def test_the_trigram_of_the_page_is_that_of_the_lesson_on_many_sentences(page, models, log_chances, language):
    """On what it has read, where every count is asked for, and on what it has not."""
    vocabulary, shares = models[language].vocabulary, stored("next")[language]["shares"]["trigram"]
    learnt, held_out = pretrain_context.texts(language)
    for tokens in (*learnt[::1000], *held_out[::10]):
        seen = [context.END, *vocabulary.encode(tokens)]
        found = playground.compute(page, "following", language, seen)["trigram"]
        assert np.allclose(np.log(found), log_chances[language](seen, shares), rtol=1e-9)
    assert np.allclose(found[0], playground.compute(page, "following", language, seen[:2])["trigram"])


@pytest.mark.parametrize("language", SENTENCES)
def test_the_shares_and_perplexities_of_the_models_that_count_are_those_of_the_lesson(models, log_chances, language):
    vocabulary, data = models[language].vocabulary, stored("next")[language]
    held_out = [[context.END, *vocabulary.encode(tokens)] for tokens in pretrain_context.texts(language)[1]]
    tune, report = held_out[: len(held_out) // 2], held_out[len(held_out) // 2 :]

    def scored(sentences, shares):
        return play_next.perplexity([np.exp(log_chances[language](ids, shares)) for ids in sentences])

    for name in play_next.COUNTING:
        chosen = data["shares"][name]
        assert scored(report, chosen) == pytest.approx(data["held"][name])
        for place, share in enumerate(chosen):
            at = play_next.SHARES.index(share)
            for beside in play_next.SHARES[max(at - 1, 0) : at + 2]:
                tried = [*chosen]
                tried[place] = beside
                assert scored(tune, tried) >= scored(tune, chosen)


def test_words_are_cut_into_known_pieces_or_unknown(page, models):
    index = models["ko"].vocabulary.index
    found = playground.compute(page, "tokensOf", "ko", " 할머니는 고래\t마당에서 <mask>", True)
    assert [each["word"] for each in found] == ["할머니", "는", "고래", "마당", "에서", "<mask>"]
    unknown = context.UNKNOWN
    assert [each["id"] for each in found] == [index.get(each["word"], unknown) for each in found[:5]] + [unknown]
    assert found[2]["id"] == unknown != index["에서"] == found[4]["id"]
    found = playground.compute(page, "tokensOf", "en", "A catboat", False)
    assert found == [{"word": "a", "id": models["en"].vocabulary.index["a"]}, {"word": "catboat", "id": unknown}]
    offered = playground.compute(page, "offers", "en", "boxing")
    assert offered[:2] == ["box", "boxes"] and len(set(offered)) == 8


def test_numbers_as_letters_come_back(page):
    numbers = [0, 1, 31, 32, 63, 64, 1023, 1024, 5, 99_999]
    assert playground.compute(page, "numbers", packing.digits64(numbers)) == numbers
    assert packing.digits64([0, 31, 32]) == "AfgB"


# The answer to the task


def test_without_the_mask_it_predicts_worse_as_the_answer_says(page):
    for language, data in stored("next").items():
        held = data["held"]
        said = page.evaluate("(language) => Play.kinds.next.texts[language].answer", language)
        for kind in ("masked", "open", "bigram", "trigram"):
            assert f"{held[kind]:.1f}" in said, (language, kind)
        assert f"{100 * held['better']:.0f}" in said
        assert held["masked"] < held["bigram"] < held["unigram"] and held["masked"] + 1 < held["open"]


def test_the_trigram_is_ahead_in_korean_and_behind_in_english_as_the_page_says(page):
    held = {language: data["held"] for language, data in stored("next").items()}
    said = {language: held_in_words(page, language) for language in held}
    for language, (mean, low, high) in ((language, held[language]["ahead"]) for language in held):
        assert mean == pytest.approx(np.log(held[language]["masked"] / held[language]["trigram"]))
        assert low < mean < high and all(f"{abs(x):.2f}" in said[language] for x in (mean, low, high))
    assert held["ko"]["ahead"][1] > 0 and "트라이그램에 뒤집니다" in said["ko"]
    assert held["en"]["ahead"][2] < 0 and "ahead of the trigram" in said["en"]


def held_in_words(page, language):
    """What stands under the table, in a language."""
    change = page.locator(".language")
    if change.get_attribute("lang") == language:
        change.click()
    playground.press(page, {"ko": "단어마다", "en": "Word by word"}[language])
    said = page.locator(".panel .note").last.inner_text()
    playground.press(page, {"ko": "다음 단어", "en": "Next word"}[language])
    return said


def test_no_country_changes_the_capital(models):
    model = models["ko"]
    share = np.array([model.next_words([country, *"의 수도 는".split()]) for country in COUNTRIES])
    likeliest = {model.vocabulary.words[i] for i in share.argmax(1)}
    assert len(likeliest) == 1 and np.ptp(share, 0).max() < 0.03
    cities = [model.vocabulary.index[city] for city in "서울 도쿄 베이징 파리 런던 베를린 워싱턴".split()]
    assert share[:, cities].sum(1).min() > 5 * model.next_words(["나", "는"])[cities].sum(), "but a city it is"


def test_the_boat_is_on_the_sea_and_the_color_is_not_known(page, models):
    model, index = models["en"], models["en"].vocabulary.index
    boat, car = (model.next_words(f"a red {thing} on the".split()) for thing in ("boat", "car"))
    assert boat.argmax() == index["sea"] and car[[index["grass"], index["street"]]].sum() > 0.8
    share = np.array([model.next_words(f"two {c} dogs in the snow all of them".split()) for c in COLORS])
    share = share[:, [index[c] for c in COLORS]]
    assert share.max() < 0.2 and np.diag(share).mean() == pytest.approx(1 / 8, abs=0.02)
    twice = [tokens for tokens in pretrain_context.texts("en")[0] if "them" in tokens
             and sum(tokens.count(color) for color in COLORS) > 1]  # fmt: skip
    assert twice == []
    on, off = (play_next.following(model, ids_of(model, "a red boat on the sea"), masked) for masked in (True, False))
    assert np.log(off).sum() > np.log(on).sum()


# By hand


def test_a_sentence_is_written_by_keyboard_and_by_pressing_words(page):
    field = page.locator("[type=text]")
    field.fill("a red boat on the")
    assert page.locator(".places button").all_text_contents() == ["⟨end⟩", "a", "red", "boat", "on", "the"]
    first = page.locator(".bars button.word").first
    assert first.inner_text() == "sea"
    first.focus()
    page.keyboard.press("Enter")
    assert field.input_value() == "a red boat on the sea"
    focused = playground.inside(page, "(root) => root.activeElement.textContent")
    assert focused == page.locator(".bars button.word").first.inner_text(), "the keyboard stays where it was"
    page.locator(".places button").nth(2).focus()
    page.keyboard.press("Enter")
    page.locator(".bars button.word", has_text="boat").first.click()
    page.locator(".bars button.word").first.click()
    assert field.input_value().split()[:3] == ["a", "red", page.locator(".places button").nth(3).inner_text()]
    playground.press(page, "Delete a word")
    assert len(field.input_value().split()) == 5
    field.fill("a zebra")
    assert page.locator(".places .unknown").inner_text() == "zebra?"
    page.locator(".offers button").first.click()
    assert page.locator(".places .unknown").count() == 0
    field.fill("")
    assert page.locator(".places button").all_text_contents() == ["⟨end⟩"]
    assert page.locator(".bars .bar").count() == 11


def test_the_same_seed_draws_the_same_words(page):
    field, said = page.locator("[type=text]"), []
    for _ in range(2):
        field.fill("there is")
        playground.press(page, "Draw a word")
        playground.press(page, "Draw a word")
        said.append(field.input_value())
    assert said[0] == said[1] and said[0].startswith("there is ")


def test_the_mask_hides_the_upper_half_and_cells_tell_their_weight(page):
    page.locator("[type=text]").fill("a red boat on the")
    playground.press(page, "Where it looks")
    assert page.locator(".attention rect").count() == 36 and page.locator(".attention rect.hidden").count() == 15
    page.locator("[type=radio][value=off]").focus()
    page.keyboard.press("Space")
    assert page.locator(".attention rect.hidden").count() == 0
    page.locator(".attention rect[tabindex='0']").focus()
    for key in ("ArrowUp",) * 6 + ("ArrowLeft",) * 6 + ("ArrowRight",):
        page.keyboard.press(key)
    seen = [each["id"] for each in playground.compute(page, "tokensOf", "en", "a red boat on the", False)]
    weights = playground.compute(page, "forward", "en", [0, *seen], False)["attention"][0][0]
    assert page.locator(".panel p.number").inner_text() == f"“⟨end⟩” → “a”: {weights[0][1]:.3f}"
    page.locator("[type=radio][value=on]").focus()
    page.keyboard.press("Space")
    assert page.locator(".panel p.number").inner_text().startswith("“the” → ")


def test_a_later_word_moves_earlier_numbers_only_without_the_mask(page):
    columns = []
    playground.press(page, "Word by word")
    for last in ("sea", "dog"):
        page.locator("[type=text]").fill(f"a red boat on the {last}")
        rows = page.locator("tbody tr").all()
        columns.append([row.locator("td").all_text_contents()[3:] for row in rows[:-1]])
    one, other = (list(zip(*column)) for column in columns)
    assert one[0] == other[0] and one[1] != other[1]
    assert page.locator("thead th").all_text_contents()[1:4] == [*play_next.COUNTING]
    assert len(page.locator("tfoot td").all_text_contents()) == 5
    playground.press(page, "Next word")
