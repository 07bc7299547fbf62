"""Lesson 10's cell for a real model: it runs on a BERT and a GPT made here, of random weights, from a folder.

No network and no real weights are needed; skipped by name where transformers is not installed.
"""

import subprocess

import numpy as np
import pytest
import torch

import notebooks
from helpers import vectors

TEXTS = ["나는 배를 깎아 먹었다", "나는 배를 타고 갔다", "항구에서 배가 떠났다"]


@pytest.fixture
def transformers(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return pytest.importorskip("transformers", reason="transformers is not installed")


def small_bert(transformers, folder):
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"나배항깎먹타갔떠"]
    words += ["##는", "##를", "##가", "##다", "##고", "##아"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    transformers.BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=False).save_pretrained(folder)
    config = transformers.BertConfig(vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                                     intermediate_size=64)  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)


def small_gpt(transformers, folder):
    from tokenizers import ByteLevelBPETokenizer

    made = ByteLevelBPETokenizer()
    made.train_from_iterator(TEXTS, vocab_size=300, min_frequency=1)
    transformers.PreTrainedTokenizerFast(tokenizer_object=made._tokenizer).save_pretrained(folder)
    config = transformers.GPT2Config(vocab_size=300, n_embd=32, n_layer=2, n_head=4)
    transformers.GPT2Model(config).save_pretrained(folder)


@pytest.mark.parametrize("make", [small_bert, small_gpt])
def test_the_cell_finds_the_word_and_its_vector_in_each_sentence(make, transformers, tmp_path, monkeypatch, capsys):
    torch.manual_seed(1)
    make(transformers, tmp_path)
    (lesson,) = (path for path in notebooks.lessons() if path.stem.startswith("10_"))
    (source,) = (cell.source for cell in notebooks.read(lesson).cells if cell.id == "hub")
    source = source.replace("open_a_real_model = False", "open_a_real_model = True")
    source = source.replace('"intfloat/multilingual-e5-small"', repr(str(tmp_path)))
    installed = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: installed.append(command[1:]))
    here = {"torch": torch, "vectors": vectors}
    exec(source, here)
    assert installed == [["-m", "pip", "install", "--quiet", "transformers"]]
    said = capsys.readouterr().out
    printed = [line.split(":")[0] for line in said.splitlines()[-3:]]
    assert printed == ["ate, took", "sailed, took", "sailed, ate"]
    found = [here["in_sentence"](text) for text in TEXTS]
    assert all(vector.shape == (32,) and np.isfinite(vector).all() for vector in found)
    if make is small_gpt:  # it has read the same words before 배 in the first two sentences, and nothing after it
        assert np.allclose(found[0], found[1], atol=1e-5)
    assert not np.allclose(found[0], found[2], atol=1e-2)
    read = here["tokenizer"](TEXTS[2])
    start, end = read.token_to_chars(read.char_to_token(TEXTS[2].index("배")))
    assert "배" in TEXTS[2][start:end]
