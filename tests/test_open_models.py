"""An open model on true homographs: where the words stand, which vectors stand for them, and what is stored."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from helpers import checkpoints, measured, open_models
from helpers.korean import senses

TEXTS = ["의사가 병원에서 환자를 본다", "그는 참가할 의사를 밝혔다", "의사는 의사를 만났다"]
NOUNS = """  1 licence of the dictionary
00000001 05 n 02 bank 0 shore 0 000 | sloping land; "they sat on the bank of the river"; "the Bank rose steeply"
00000002 14 n 01 bank 0 000 | an institution; "he cashed a check at the bank"; "the bank raised its rates"
00000003 06 n 01 bank 0 000 | a building; "the bank is on the corner"
00000004 05 n 01 dog 0 000 | an animal; "the dog barked"; "a dog and a dog"; "old dog"
00000005 05 n 01 river_bank 0 000 | no example
"""


class Tokenizer:
    """Pieces of two letters, a mark before and after: a stand-in for a fast tokenizer."""

    def __call__(self, text, **options):
        assert options == {"return_tensors": "pt", "return_offsets_mapping": True, "truncation": True}
        spans = [(0, 0)] + [(at, min(at + 2, len(text))) for at in range(0, len(text), 2)] + [(0, 0)]
        ids = [0] + [1 + sum(map(ord, text[a:b])) % 50 for a, b in spans[1:-1]] + [0]
        return {"input_ids": torch.tensor([ids]), "offset_mapping": torch.tensor([spans])}


class Model:
    """Three layers: the vector in the table, then that of the piece to the left, then that of the one before."""

    table = torch.nn.Embedding.from_pretrained(torch.randn(51, 4, generator=torch.Generator().manual_seed(1)))

    def get_input_embeddings(self):
        return self.table

    def __call__(self, input_ids, output_hidden_states):
        states = self.table(input_ids)
        return SimpleNamespace(hidden_states=tuple(states.roll(layer, 1) for layer in range(3)))


@pytest.fixture
def dictionary(tmp_path):
    (tmp_path / "data.noun").write_text(NOUNS, encoding="utf-8")
    (tmp_path / "data.verb").write_text("", encoding="utf-8")
    return tmp_path


def test_examples_of_a_dictionary_are_those_of_words_with_two_senses_of_two_examples(dictionary):
    found = open_models.examples(dictionary)
    assert [(o.word, o.sense) for o in found] == [("bank (noun)", "05")] * 2 + [("bank (noun)", "14")] * 2
    assert [o.text[o.start : o.end] for o in found] == ["bank", "Bank", "bank", "bank"]
    with pytest.raises(FileNotFoundError, match="apt install wordnet-base"):
        open_models.examples(dictionary / "nowhere")


DAMAGED = [
    b'4 05 n 01 caf\xe9 0 000 | a place; "the caf\xe9"',
    b"4 05",
    b"4 05 | gloss",
    b"4 05 n xx dog 0 000 | gloss",
]


@pytest.mark.parametrize("line", DAMAGED)
def test_a_damaged_dictionary_is_named_with_the_line(dictionary, line):
    (dictionary / "data.verb").write_bytes(b"  1 licence\n" + line + b"\n")
    with pytest.raises(ValueError, match=r"data\.verb is damaged in line 2: .* again"):
        open_models.examples(dictionary)


def test_marked_paragraphs_are_found_by_their_digests_and_cut_around_the_word(monkeypatch):
    marks = {checkpoints.digest(text): ("의사", "physician") for text in TEXTS}
    long = "가나다라 " * 100 + "그 의사가 왔다 " + "마바사아 " * 100
    marks[checkpoints.digest(long)] = ("의사", "physician")
    monkeypatch.setattr(senses, "marked", lambda: marks)
    found = open_models.korean([TEXTS[0], TEXTS[2], TEXTS[1], TEXTS[0], "하늘이 맑다", long])
    assert [o.text for o in found[:2]] == [TEXTS[0], TEXTS[1]] and len(found) == 3  # twice the word, or twice the text
    assert all(o.text[o.start : o.end] == "의사" for o in found)
    assert len(found[2].text) == 2 * open_models.REACH + 2 and found[2].start == open_models.REACH


def test_vectors_are_those_of_the_words_pieces_and_of_all_others():
    text = "abcdefgh"
    found = open_models.vectors_of(open_models.Occurrence("w", "s", text, 3, 5), Tokenizer(), Model())
    table = Model.table(
        Tokenizer()(text, return_tensors="pt", return_offsets_mapping=True, truncation=True)["input_ids"]
    )
    pieces, left = table[0].numpy(), table.roll(1, 1)[0].numpy()  # a mark, ab, cd, ef, gh, a mark
    np.testing.assert_allclose(found["word"][0], pieces[[2, 3]].mean(0), rtol=1e-6)  # d and e stand in cd and ef
    np.testing.assert_allclose(found["word"][1], left[[2, 3]].mean(0), rtol=1e-6)
    np.testing.assert_allclose(found["text"][1], left[[1, 4]].mean(0), rtol=1e-6)
    np.testing.assert_allclose(found["static"], pieces[[1, 4]].mean(0, keepdims=True), rtol=1e-6)
    with pytest.raises(ValueError, match="stands alone"):
        open_models.vectors_of(open_models.Occurrence("w", "s", "ab", 0, 2), Tokenizer(), Model())


def test_shared_words_are_counted_without_the_word_itself():
    texts = ["the bank of the river", "a river bank", "the bank pays", "a river dam"]
    occurrences = [open_models.Occurrence(w, s, t, t.find("bank"), t.find("bank") + 4) for w, s, t in
                   zip("bbbd", "xxyx", texts)]  # fmt: skip
    shared = open_models.shared_words(occurrences)
    np.testing.assert_allclose(shared[:3, :3], [[0, 1 / 4, 1 / 4], [1 / 4, 0, 0], [1 / 4, 0, 0]])
    assert not shared[3].any()  # of another word
    words, marks = np.array([*"bbbd"]), np.array([*"xxyx"])
    assert open_models.nearest(shared, words, marks).tolist() == [True, True, False, False]


def test_what_is_stored_is_one_text_a_layer():
    words = ["abcdefgh", "badcfehg", "ghefcdab", "hgfedcba"]
    occurrences = [open_models.Occurrence("w", sense, text, 2, 4) for sense, text in zip("xxyy", words)]
    found = open_models.agreement(occurrences, Tokenizer(), Model(), progress=False)
    assert {method: len(layers) for method, layers in found.items()} == {
        "commonest sense": 1, "shared words": 1, "static": 1, "text": 3, "word": 3}  # fmt: skip
    assert all(len(layer) == 4 and set(layer) <= {"0", "1"} for layers in found.values() for layer in layers)
    assert open_models.right(["011", "100"]).tolist() == [[0, 1, 1], [1, 0, 0]]
    with pytest.raises(ValueError, match="from one another"):
        open_models.agreement(occurrences[:1], Tokenizer(), Model(), progress=False)


def test_the_whole_measurement(dictionary, monkeypatch):
    monkeypatch.setattr(open_models, "opened", lambda name: (Tokenizer(), Model()))
    found = open_models.measure("any", "wordnet", str(dictionary), progress=False)
    assert found["sentences"] == 4 and found["words"] == ["bank (noun)"] * 4
    assert "cosines" not in found  # of three Korean sentences
    marks = {checkpoints.digest(text): ("의사", sense) for text, sense in zip(TEXTS, ("physician", "intention"))}
    monkeypatch.setattr(senses, "marked", lambda: marks)
    monkeypatch.setattr(senses, "paragraphs_of", lambda corpus: TEXTS)
    korean = open_models.measure("any", "kowiki", progress=False)
    assert set(korean["cosines"]) == {"ate, took", "ate, sailed", "took, sailed"} and korean["sentences"] == 2
    json.dumps([found, korean])
    with pytest.raises(ValueError, match="wordnet"):
        open_models.measure("any", "text8", progress=False)


def test_the_tool_writes_a_result_that_lessons_can_read(dictionary, monkeypatch, tmp_path, capsys):
    import measure_open_model as tool

    monkeypatch.setattr(open_models, "opened", lambda name: (Tokenizer(), Model()))
    monkeypatch.setattr(measured, "version", lambda name: "1.0")
    tool.main(["some/model", "wordnet", "--wordnet", str(dictionary), "--folder", str(tmp_path / "out")])
    result = measured.load("open_model", tmp_path / "out")["wordnet"]
    assert result.values["model"] == "some/model" and result.command.endswith("--wordnet FOLDER")
    with pytest.raises(SystemExit, match="data.noun is not there"):
        tool.main(["some/model", "wordnet", "--wordnet", str(tmp_path / "out"), "--folder", str(tmp_path / "out")])
    with pytest.raises(SystemExit):
        tool.main(["some/model", "wordnet"])
    monkeypatch.setattr(open_models, "measure", None)  # not begun where its result could not be written
    with pytest.raises(SystemExit, match="the file .* cannot be written .* another folder"):
        tool.main(["some/model", "wordnet", "--wordnet", str(dictionary), "--folder", str(dictionary / "data.noun")])
    assert "--wordnet FOLDER" in capsys.readouterr().err


def test_without_transformers_the_error_names_the_remedy(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(ImportError, match="pip install transformers"):
        open_models.opened("some/model")


def transformers_that_gives(tokenizer, model):
    """A stand-in for the package, whose loaders are these two functions."""
    loaders = {"AutoTokenizer": tokenizer, "AutoModel": model}
    return SimpleNamespace(**{name: SimpleNamespace(from_pretrained=load) for name, load in loaders.items()})


def test_a_model_that_cannot_be_read_is_named(monkeypatch):
    def damaged(name):
        raise Exception("header too small")  # tokenizers and safetensors have errors without a kind

    loaded = SimpleNamespace(is_fast=False, eval=lambda: None)
    modules = __import__("sys").modules
    monkeypatch.setitem(modules, "transformers", transformers_that_gives(lambda name: loaded, damaged))
    with pytest.raises(ValueError, match="some/model cannot be opened .header too small.: name a model"):
        open_models.opened("some/model")
    monkeypatch.setitem(modules, "transformers", transformers_that_gives(lambda name: loaded, lambda name: loaded))
    with pytest.raises(ValueError, match="tokenizer of some/model does not tell"):
        open_models.opened("some/model")
