"""Counts agree with the released checkpoints, the modules run, and the table of sizes is well formed."""

import datetime
import functools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from helpers import language_models as lm


@functools.cache
def built(name):
    """Each model is built once for all tests."""
    return lm.build(name)


# To the last parameter: the released checkpoints (BERT with pooler, without its pretraining heads), and GPT-3
# by the same formula.
EXACT = {
    "GPT": 116_534_784,
    "BERT-base": 109_482_240,
    "BERT-large": 335_141_888,
    "GPT-2 small": 124_439_808,
    "GPT-2 medium": 354_823_168,
    "GPT-2 large": 774_030_080,
    "GPT-2 XL": 1_557_611_200,
    "GPT-3": 174_604_259_328,
}


@pytest.mark.parametrize("name", EXACT)
def test_counts_of_the_released_models(name):
    assert lm.parameter_count(built(name)) == EXACT[name]


@pytest.mark.parametrize("name", ["ELMo small", "ELMo medium", "ELMo"])
def test_elmo_counts_as_published_once_the_second_bias_is_taken_off(name):
    model = built(name)
    biases = sum(p.numel() for n, p in model.named_parameters() if "bias_hh" in n)
    assert model.extra_biases == biases
    count = lm.parameter_count(model) - model.extra_biases
    assert round(count / 1e6, 1) == lm.CONFIGURATIONS[name].published / 1e6


def test_published_counts_are_near():
    for name, config in lm.CONFIGURATIONS.items():
        if config.published:
            assert lm.parameter_count(built(name)) == pytest.approx(config.published, rel=0.015), name


def test_the_softmax_of_elmo_is_the_larger_part():
    with_softmax = lm.breakdown(lm.Elmo(lm.ElmoConfig(), softmax=True))
    assert with_softmax["softmax"] == 512 * 793_471 + 793_471 > sum(with_softmax.values()) / 2


@given(st.integers(1, 40), st.integers(1, 6))
def test_block_by_hand_is_block_by_torch(size, heads):
    d_model = size * heads
    layer = lm.block(d_model, heads)
    assert lm.block_parameters(d_model) == lm.parameter_count(layer) == 12 * d_model**2 + 13 * d_model


@given(st.integers(1, 60), st.integers(1, 200))
def test_block_of_another_width(d_model, d_ff):
    layer = nn.TransformerEncoderLayer(d_model, 1, d_ff, device="meta")
    assert lm.block_parameters(d_model, d_ff) == lm.parameter_count(layer)


def test_a_whole_model_is_its_parts():
    for name in ("GPT", "GPT-2 small", "BERT-base"):
        model, config = built(name), lm.CONFIGURATIONS[name]
        parts = lm.breakdown(model)
        assert sum(parts.values()) == lm.parameter_count(model)
        assert parts["blocks"] == config.n_layer * lm.block_parameters(config.d_model)
        embeddings = lm.embedding_parameters(config.n_vocab, config.d_model, config.n_ctx)
        assert parts["tokens"] + parts["positions"] == embeddings


def test_meta_models_hold_no_numbers():
    assert all(p.is_meta for p in built("GPT-3").parameters())


def test_shared_and_frozen_parameters():
    layer = nn.Linear(3, 3, bias=False)
    assert lm.parameter_count(nn.ModuleList([layer, layer])) == 9
    layer.weight.requires_grad_(False)
    assert lm.parameter_count(layer) == 0


def small(causal, **more):
    torch.manual_seed(0)
    config = lm.TransformerConfig(2, 16, 4, 50, 8, causal, post_norm=not causal, **more)
    return lm.Transformer(config, "cpu").eval()


def test_a_decoder_never_looks_ahead_and_an_encoder_does():
    ids = torch.arange(8)[None]
    changed = ids.clone()
    changed[0, -1] = 42
    with torch.no_grad():
        decoder, encoder = small(True), small(False, segments=2, embedding_norm=True, pooler=True)
        assert decoder.logits(ids).shape == (1, 8, 50)
        torch.testing.assert_close(decoder(ids)[:, :-1], decoder(changed)[:, :-1])
        assert not torch.allclose(encoder(ids)[:, 0], encoder(changed)[:, 0])
        assert not torch.allclose(encoder(ids), encoder(ids, torch.ones_like(ids)))


def test_too_long_an_input_is_refused():
    with pytest.raises(ValueError, match="at most 8"):
        small(True)(torch.zeros(1, 9, dtype=torch.long))


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_elmo_reads_letters_and_its_two_halves_look_one_way():
    torch.manual_seed(0)
    model = lm.Elmo(lm.ElmoConfig(32, 8, 2, filters=((1, 4), (2, 4)), n_vocab=10), "cpu").eval()
    letters = torch.randint(0, 261, (2, 5, 7), generator=torch.Generator().manual_seed(1))
    changed = letters.clone()
    changed[:, -1] = 0
    with torch.no_grad():
        before, after = model(letters), model(changed)
    assert before.shape == (2, 5, 16)
    torch.testing.assert_close(before[:, :-1, :8], after[:, :-1, :8])
    assert not torch.allclose(before[:, 0, 8:], after[:, 0, 8:])


def test_unknown_names_list_the_choices():
    with pytest.raises(KeyError, match="GPT-2 XL"):
        lm.build("GPT-5")


def test_the_table_of_sizes():
    table = lm.sizes()
    assert len(table) >= 20 and [s.date for s in table] == sorted(s.date for s in table)
    assert len({s.name for s in table}) == len(table)
    for size in table:
        assert datetime.date(2018, 1, 1) <= size.date <= datetime.date.today()
        assert 1e7 < size.parameters < 1e13
        assert size.count in ("published", "computed") and size.organisation and size.family
    assert {s.name for s in table if s.count == "computed"} == {"GPT"}


def test_the_table_agrees_with_the_configurations():
    table = {size.name: size for size in lm.sizes()}
    for name, config in lm.CONFIGURATIONS.items():
        if name in table:
            assert table[name].parameters == (config.published or lm.parameter_count(built(name)))


HEADER = "name,date,parameters,active_parameters,kind,family,organisation,count,source,note\n"


@pytest.mark.parametrize(
    "row",
    [
        "x,2020,1e9,,dense,f,o,published,https://a.b,",
        "x,2020-01,many,,dense,f,o,published,https://a.b,",
        "x,2020-01,1e9,,thick,f,o,published,https://a.b,",
        "x,2020-01,1e9,,dense,f,o,published,somewhere,",
        "x,2020-01,1e9,1e8,dense,f,o,published,https://a.b,",
        "x,2020-01,1e9,2e9,sparse,f,o,published,https://a.b,",
        "x,2020-01,1e9",
        "x,2020-01,1e9,,dense,f,o,published,https://a.b,,more",
    ],
)
def test_a_wrong_row_is_named(tmp_path, row):
    path = tmp_path / "sizes.csv"
    path.write_text(HEADER + "fine,2019-01,1e9,1e8,sparse,f,o,published,https://a.b,\n" + row + "\n")
    with pytest.raises(ValueError, match="line 3"):
        lm.sizes(path)


@pytest.mark.parametrize("header", ["", HEADER.replace(",source", ""), HEADER.replace("note", "note,more")])
def test_columns_that_are_others_are_named(tmp_path, header):
    (tmp_path / "sizes.csv").write_text(header + "x,2020-01,1e9,,dense,f,o,published,https://a.b,\n")
    with pytest.raises(ValueError, match="line 1: the columns must be name, date, .*note"):
        lm.sizes(tmp_path / "sizes.csv")


def test_a_missing_table(tmp_path):
    with pytest.raises(FileNotFoundError, match="datasets"):
        lm.sizes(tmp_path / "nothing.csv")


def test_causal_attention_sees_no_future_and_gives_away_all_of_its_weight():
    scores = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    weights = lm.causal_attention(scores)
    assert torch.equal(weights, weights.tril()) and torch.allclose(weights.sum(1), torch.ones(5))
    for i in range(5):
        assert torch.allclose(weights[i, : i + 1], torch.softmax(scores[i, : i + 1], 0))
