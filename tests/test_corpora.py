"""Corpora: every kind of file a learner brings, the named sets, and what happens offline."""

import codecs
import gc
import gzip
import importlib.util
import os
import pickle
import socket
import subprocess
import sys
import time
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import corpora, downloads, letters
from helpers.corpora import sources, textfiles, wikitext
from helpers.downloads import disk, transfer

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / "datasets" / "korean"
TEXT = "개울가에서 속옷 빨래를 하는 남녀.\n뷁! 똠방각하가 펲시를 마셨다.\n"  # 뷁, 똠 and 펲 are in CP949, not in EUC-KR
TOKENS = [["개울가에서", "속옷", "빨래를", "하는", "남녀"], ["뷁", "똠방각하가", "펲시를", "마셨다"]]


@pytest.fixture(autouse=True)
def offline(tmp_path_factory, monkeypatch):
    """No network, no teacher's folder, and a cache of this run's own that keeps the parsed Wikipedia."""
    monkeypatch.delenv("COURSE_DATASETS", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    cache = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("COURSE_CACHE", str(cache))

    def refuse(*_, **__):
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "create_connection", refuse)
    return cache


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


# ---- encodings


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("cp949", b""), ("utf-16-le", codecs.BOM_UTF16_LE),
     ("utf-16-be", codecs.BOM_UTF16_BE), ("utf-32-le", codecs.BOM_UTF32_LE)],
)  # fmt: skip
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_are_told_apart(tmp_path, encoding, mark, ends):
    path = write(tmp_path / "my.txt", mark + TEXT.replace("\n", ends).encode(encoding))
    assert list(corpora.load(path)) == TOKENS
    assert list(corpora.load(str(path))) == TOKENS


def test_euc_kr_is_read(tmp_path):
    path = write(tmp_path / "my.txt", "서울의 빨래터\n".encode("euc-kr"))
    assert list(corpora.load(path)) == [["서울의", "빨래터"]]


def test_encoding_can_be_given(tmp_path):
    path = write(tmp_path / "my.txt", "déjà vu à l'école\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"neither UTF-8 nor Korean CP949/EUC-KR: byte 1 is 0xe9.*déjà vu.*encoding="):
        corpora.load(path)
    assert list(corpora.load(path, encoding="latin-1")) == [["déjà", "vu", "à", "l'école"]]


def test_chinese_text_is_not_taken_for_korean(tmp_path):
    path = write(tmp_path / "my.txt", "我们的语言模型学习词向量\n".encode("gb18030"))
    with pytest.raises(ValueError, match="gb18030"):
        corpora.load(path)


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
@pytest.mark.parametrize("shift", range(3))
def test_character_cut_by_the_end_of_a_block(tmp_path, encoding, shift):
    line = "개울가에서 빨래를 하는 남녀\n"
    text = "a" * shift + " " + line * (3 * textfiles.BLOCK // len(line.encode(encoding)))
    corpus = corpora.load(write(tmp_path / "my.txt", text.encode(encoding)))
    assert list(corpus)[1:] == [line.split()] * (text.count("\n") - 1)


def test_korean_that_begins_late_is_found(tmp_path):
    data = b"plain words\n" * (textfiles.BLOCK // 4) + TEXT.encode("cp949")
    assert list(corpora.load(write(tmp_path / "my.txt", data)))[-2:] == TOKENS


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
@pytest.mark.parametrize("prefix", [0, 1, textfiles.BLOCK - 1, 2 * textfiles.BLOCK + 77])
def test_broken_byte_is_named_exactly(tmp_path, encoding, prefix):
    start = "빨래\n".encode(encoding) * 20_000
    data = start + b"x" * prefix + b"\xff\xff" + b" rest\n" * 60_000
    corpus = corpora.load(write(tmp_path / "my.txt", data), encoding=encoding)
    with pytest.raises(ValueError, match=f"byte {len(start) + prefix:,} is not {encoding}.*errors='replace'"):
        list(corpus)
    text = corpora.load(tmp_path / "my.txt", encoding=encoding, errors="replace")
    assert sum(1 for _ in text) == 80_000


def test_decomposed_hangul_is_put_together(tmp_path):
    path = write(tmp_path / "my.txt", unicodedata.normalize("NFD", TEXT))
    assert list(corpora.load(path)) == TOKENS


@given(st.lists(st.text(st.characters(codec="cp949", exclude_characters="\n\r\x00"), max_size=30), min_size=1))
@settings(max_examples=60, deadline=None)
def test_any_lines_come_back(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("any") / "my.txt"
    path.write_bytes("\n".join(["가나다", *lines]).encode("cp949"))
    expected = [letters.tidy(line).lower().split() for line in ["가나다", *lines]]
    assert list(corpora.load(path, tokenize=str.split, encoding="cp949")) == [tokens for tokens in expected if tokens]


# ---- what is no text


def test_path_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match="did you mean 'korean'.*wikipedia, lee, korean, text8, nsmc, kowiki"):
        corpora.load("koraen")
    with pytest.raises(FileNotFoundError, match="no file .*diary.txt"):
        corpora.load(tmp_path / "diary.txt")


@pytest.mark.parametrize("wrong", ["내글", "내글.tx", "내글.txt.gz", "네글.txt"])
def test_a_name_that_is_nearly_one_beside_it_is_named(tmp_path, wrong):
    (tmp_path / "내글.txt").write_text("가 나\n", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=f"no file '{wrong}' in .*did you mean '내글.txt'"):
        corpora.load(tmp_path / wrong)


def test_a_table_is_read_with_a_word_of_warning(tmp_path):
    (tmp_path / "reviews.csv").write_text("id,text\n1,a b\n")
    with pytest.warns(UserWarning, match="reviews.csv is a table: .*lesson 12"):
        assert len(list(corpora.load(tmp_path / "reviews.csv"))) == 2


def test_a_path_that_fits_a_folder_further_up_is_named(tmp_path, monkeypatch):
    (tmp_path / "my" / "ko").mkdir(parents=True)
    (tmp_path / "my" / "own.txt").write_text("a b\n")
    monkeypatch.chdir(tmp_path / "my" / "ko")
    for wrong in ("own.txt", "my/own.txt"):
        with pytest.raises(FileNotFoundError) as error:
            corpora.load(wrong)
        meant = str(error.value).split("did you mean ")[1].split("'")[1]
        assert list(corpora.load(meant)) == [["a", "b"]]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \n\t\n  ", "nothing but white space"),
        (b"\xef\xbb\xbf", "nothing but white space"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "PNG picture"),
        (b"PK\x03\x04" + bytes(20), ".hwpx"),
        (b"%PDF-1.7\n", "PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), ".hwp or .doc"),
        (b"BZh91AY&SY", "bzip2"),
        (b"words and \x00 a zero byte", "byte 10 is zero"),
        ("한글".encode("utf-16-le") + b" \x00", "encoding='utf-16-le'"),
        (bytes(range(128, 256)) * 10, "neither UTF-8"),
        (gzip.compress(os.urandom(1000))[:300], "broken gzip"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(20), mtime=0), "PNG picture"),
    ],
)
def test_file_that_is_no_text(tmp_path, data, says):
    path = write(tmp_path / "my.txt", data)
    with pytest.raises(ValueError, match=says) as caught:
        list(corpora.load(path))
    assert "my.txt" in str(caught.value) and len(str(caught.value)) > 40


def test_gzip_is_read_and_a_torn_one_is_told(tmp_path):
    data = gzip.compress((TEXT * 50_000).encode())
    assert corpora.load(write(tmp_path / "my.txt.gz", data)).first(2) == TOKENS
    with pytest.raises(ValueError, match="broken gzip"):
        list(corpora.load(write(tmp_path / "my.txt.gz", data[: len(data) // 2])))


def test_folder_of_texts_in_the_order_of_names(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no .txt file"):
        corpora.load(tmp_path)
    write(tmp_path / "b.txt", "둘째 글\n".encode("cp949"))
    write(tmp_path / "a.txt", "첫째 글")
    write(tmp_path / "c.csv", "no,text")
    assert list(corpora.load(tmp_path)) == [["첫째", "글"], ["둘째", "글"]]
    write(tmp_path / "d.txt", "")  # nothing in it, and what a Mac or an editor leaves: passed over
    write(tmp_path / "._a.txt", b"\0\1\2")
    (tmp_path / "e.txt").mkdir()
    write(tmp_path / "Z.TXT", "셋째 글")
    assert list(corpora.load(tmp_path)) == [["셋째", "글"], ["첫째", "글"], ["둘째", "글"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [({"unit": "syllable"}, "'word' or 'morpheme'"), ({"max_sentence_length": 0}, "of at least 1, not 0"),
     ({"unit": "morpheme", "tokenize": str.split}, "leave out")],
)  # fmt: skip
def test_arguments_that_make_no_sense(tmp_path, arguments, says):
    with pytest.raises(ValueError, match=says):
        corpora.load(write(tmp_path / "my.txt", TEXT), **arguments)


# ---- tokens and sentences


def test_words():
    text = "Don't pay 4,000원, “3.5%” of it_all… 빨래를 하는; ㅋㅋㅋ 北京 l’été 1,2 a.b x-ray"
    assert corpora.words(text) == ["Don't", "pay", "4,000원", "3.5", "of", "it", "all", "빨래를", "하는", "ㅋㅋㅋ",
                                   "北京", "l’été", "1,2", "a", "b", "x", "ray"]  # fmt: skip


def test_lower_and_tokenize(tmp_path):
    path = write(tmp_path / "my.txt", "KBS 뉴스, Seoul.\n")
    assert list(corpora.load(path)) == [["kbs", "뉴스", "seoul"]]
    assert list(corpora.load(path, lower=False)) == [["KBS", "뉴스", "Seoul"]]
    assert list(corpora.load(path, tokenize=str.split)) == [["kbs", "뉴스,", "seoul."]]
    assert list(corpora.load(path, tokenize=list))[0][:4] == list("kbs ")


def test_corpus_can_be_run_through_again_and_twice_at_once(tmp_path):
    corpus = corpora.load(write(tmp_path / "my.txt", TEXT))
    assert list(corpus) == list(corpus) == TOKENS and corpus.first(1) == TOKENS[:1]
    assert [pair for pair in zip(corpus, corpus)] == [(t, t) for t in TOKENS]
    assert list(pickle.loads(pickle.dumps(corpus))) == TOKENS
    assert corpus.name == "my" and corpus.path == tmp_path / "my.txt" and "my" in repr(corpus)


def test_gensim_takes_a_corpus(tmp_path):
    from gensim.models import Word2Vec

    corpus = corpora.load(write(tmp_path / "my.txt", TEXT * 3))
    model = Word2Vec(corpus, vector_size=4, min_count=1, epochs=2, workers=1, seed=1)
    assert model.corpus_count == 6 and set(model.wv.index_to_key) == {w for tokens in TOKENS for w in tokens}


@pytest.mark.parametrize("length", [1, 7, 10_000])
def test_long_lines_are_sliced_as_gensim_does(tmp_path, length):
    from gensim.models.word2vec import LineSentence

    lines = [" ".join(f"w{i}" for i in range(n)) for n in (25_000, 0, 3, 10_000, 7, 20_001, 14)]
    path = write(tmp_path / "my.txt", "\n".join(lines))
    ours = list(corpora.load(path, max_sentence_length=length))
    assert ours == list(LineSentence(str(path), max_sentence_length=length))


def test_one_line_far_longer_than_a_block_is_sliced_as_text8_is(tmp_path):
    from gensim.models.word2vec import Text8Corpus

    text = " ".join(f"w{i * i % 5003}" for i in range(200_000))
    path = write(tmp_path / "my.txt", " " + text)
    assert path.stat().st_size > 4 * textfiles.BLOCK
    assert list(corpora.load(path)) == list(Text8Corpus(str(path)))


def test_endless_word_does_not_fill_the_memory(tmp_path):
    path = write(tmp_path / "my.txt", "가" * 3_000_000)
    tokens = [token for sentence in corpora.load(path) for token in sentence]
    assert "".join(tokens) == "가" * 3_000_000 and max(map(len, tokens)) <= 2 * textfiles.BLOCK


# ---- named corpora


def test_wikipedia_is_parsed_once_and_read_from_the_cache(offline, monkeypatch):
    corpus = corpora.load("wikipedia")
    assert corpus.path == offline / wikitext.CACHED and corpus.language == "English" and "CC BY-SA" in corpus.licence
    tokens = [token for sentence in corpus for token in sentence]
    assert 400_000 < len(tokens) < 500_000 and 25_000 < len(set(tokens)) < 40_000
    assert all(token == token.lower() for token in tokens)
    assert corpus.first(1)[0][:5] == ["anarchism", "is", "a", "political", "philosophy"]
    mark_up = {"thumb", "nbsp", "colspan", "rowspan", "bgcolor", "http", "www", "ref", "cite", "isbn", "{{", "|"}
    assert sum(token in mark_up for token in tokens) < 50
    monkeypatch.setattr(wikitext, "articles", None)
    again = corpora.load("wikipedia")
    assert list(again) == list(corpus)
    assert corpora.load("wikipedia", lower=False).first(1)[0][0] == "Anarchism"
    assert not list(offline.rglob("*.part"))


def test_wikipedia_documents_are_the_106_articles():
    documents = corpora.documents("wikipedia")
    assert len(documents) == 106 and documents[0][0] == "Anarchism" and documents[-1][0] == "Algorithm"
    assert [t for _, tokens in documents for t in tokens] == [t for tokens in corpora.load("wikipedia") for t in tokens]
    assert all(tokens for _, tokens in documents)
    titles = dict(documents)
    assert "ice" in titles["Alaska"] and "thoughtless" not in titles["Alaska"] and "Redirect" not in titles


def test_wikipedia_without_a_writable_cache_is_parsed_in_memory(tmp_path, monkeypatch, offline):
    corpora.load("wikipedia")
    parsed = (offline / wikitext.CACHED).read_text(encoding="utf-8")
    few = [("Anarchism", "'''Anarchism''' is a thing. It has parts."), ("Autism", "Autism is another thing here.")]
    monkeypatch.setattr(wikitext, "articles", lambda: iter(few))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))

    def refuse(*_, **__):
        raise PermissionError("read-only")

    monkeypatch.setattr(os, "mkdir", refuse)
    corpus = corpora.load("wikipedia")
    assert corpus.path is None and not (tmp_path / "cache").exists()
    assert list(corpus) == list(corpus) == [["anarchism", "is", "a", "thing"], ["it", "has", "parts"],
                                            ["autism", "is", "another", "thing", "here"]]  # fmt: skip
    assert [title for title, _ in corpora.documents("wikipedia")] == ["Anarchism", "Autism"]
    assert parsed.startswith("# Anarchism\n")


def test_sentences_are_split_but_not_at_abbreviations():
    text = 'Mr. J. Smith met Dr. Lee in St. Louis. "It works." He left! See Fig. 3 now? yes.'
    found = list(wikitext.split_sentences(text))
    assert found == ["Mr. J. Smith met Dr. Lee in St. Louis.", '"It works.', "He left!", "See Fig. 3 now? yes."]


def test_lists_tables_and_headings_are_not_prose():
    text = (
        "== History ==\nIt began ''long'' ago.\n=== Early ===\n"
        "* It was a bullet point that tells a whole story in words\n"
        "Alabama\n== References ==\n* Smith, J. (1999). A Book that has a very long title, in many words.\n"
        "=== Further ===\nAlso not this sentence.\n== Now ==\nIt goes on."
    )
    assert list(wikitext.prose(text)) == [
        "It began long ago.", "It was a bullet point that tells a whole story in words", "It goes on.",
    ]  # fmt: skip


def test_lee():
    corpus = corpora.load("lee")
    documents = corpora.documents("lee")
    assert len(documents) == 300 == sum(1 for _ in corpus) and documents[0][1][:3] == ["hundreds", "of", "people"]
    with pytest.raises(ValueError, match="'wikipedia' or 'lee'"):
        corpora.documents("text8")


def test_english_has_no_morphemes_here():
    with pytest.raises(ValueError, match="is English"):
        corpora.load("wikipedia", unit="morpheme")


def test_korean_corpus_in_both_units():
    morphemes, sentences = corpora.load("korean"), corpora.load("korean", unit="word")
    assert morphemes.unit == "morpheme" and sentences.unit == "word" and "CC BY" in morphemes.licence
    stored = (SHARED / "morphemes.txt").read_text(encoding="utf-8").splitlines()
    raw = (SHARED / "sentences.txt").read_text(encoding="utf-8").splitlines()
    assert len(stored) == len(raw) >= 30_000
    assert list(morphemes) == [line.lower().split() for line in stored if line.split()]
    assert list(sentences) == [corpora.words(line.lower()) for line in raw if corpora.words(line)]
    assert corpora.load("korean", tokenize=str.split).first(1) == [raw[0].lower().split()]


def test_names_table(tmp_path, monkeypatch):
    table = corpora.names()
    assert [row.name for row in table] == ["wikipedia", "lee", "korean", "text8", "nsmc", "kowiki"]
    here = {row.name: row.here for row in table}
    assert here["wikipedia"] and here["lee"] and not here["text8"] and not here["nsmc"] and not here["kowiki"]
    assert all(row.licence and row.language in ("English", "Korean") for row in table)
    lines = repr(table).splitlines()
    assert len(lines) == 7 and lines[0].split()[:3] == ["name", "language", "size"] and "31.3 MB" in lines[4]
    assert table._repr_html_().count("<tr>") == 7
    (tmp_path / "nsmc").mkdir()
    write(tmp_path / "nsmc" / "reviews.txt", "재미있다\n")
    monkeypatch.setenv("COURSE_DATASETS", str(tmp_path))
    assert {row.name: row.here for row in corpora.names()}["nsmc"]


# ---- sets that are fetched


@pytest.fixture
def teacher(tmp_path, monkeypatch):
    folder = tmp_path / "teacher"
    folder.mkdir()
    monkeypatch.setenv("COURSE_DATASETS", str(folder))
    return folder


def test_text8_in_the_teachers_folder(teacher, monkeypatch):
    registry = downloads.REGISTRY.read_text(encoding="utf-8").replace('"text8" = 100_000_000', '"text8" = 0')
    monkeypatch.setattr(downloads, "REGISTRY", write(teacher.parent / "registry.toml", registry))
    write(teacher / "text8", " anarchism originated as a term of abuse")
    assert list(corpora.load("text8")) == [["anarchism", "originated", "as", "a", "term", "of", "abuse"]]


NSMC = 'id\tdocument\tlabel\n1\t아 더빙.. "진짜 짜증나네요\t0\n2\t\t1\n3\t너무재밓었다그래서보는것을추천한다 ㅋㅋ\t0\n'
REVIEWS = [["아", "더빙", "진짜", "짜증나네요"], ["너무재밓었다그래서보는것을추천한다", "ㅋㅋ"]]


def test_nsmc_table_and_plain_reviews(teacher, monkeypatch):
    (teacher / "nsmc").mkdir()
    write(teacher / "nsmc" / "reviews.txt", '아 더빙.. "진짜 짜증나네요\n\n너무재밓었다그래서보는것을추천한다 ㅋㅋ\n')
    assert list(corpora.load("nsmc")) == REVIEWS
    size = len(NSMC.encode())
    registry = downloads.REGISTRY.read_text(encoding="utf-8").replace("size = 14_628_807", f"size = {size}")
    monkeypatch.setattr(downloads, "REGISTRY", write(teacher.parent / "registry.toml", registry))
    write(teacher / "nsmc" / "ratings_train.txt", NSMC)
    corpus = corpora.load("nsmc", fallback=False)
    assert corpus.path.name == "ratings_train.txt" and list(corpus) == REVIEWS and "CC0" in corpus.licence


def test_kowiki_as_plain_paragraphs(teacher):
    write(teacher / "kowiki.txt", "지미 카터는 대통령이다.\n")
    assert list(corpora.load("kowiki")) == [["지미", "카터는", "대통령이다"]]


def test_kowiki_tables(teacher):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow reads the tables of kowiki")
    import pyarrow.parquet as parquet

    for n, part in enumerate(sources.KOWIKI_PARTS):
        texts = [f"글 {n}번.\n\n둘째 문단이다.", "Seoul은 서울이다."]
        parquet.write_table(pyarrow.table({"title": ["a", "b"], "text": texts}), teacher / downloads.lookup(part).file)
    expected = [s for n in range(3) for s in (["글", f"{n}번"], ["둘째", "문단이다"], ["seoul은", "서울이다"])]
    corpus = corpora.load("kowiki", fallback=False)
    assert list(corpus) == list(corpus) == expected


def test_kowiki_without_pyarrow_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(downloads.DownloadError, match="pip install pyarrow"):
        corpora.load("kowiki", fallback=False)


def test_morphemes_are_cut_once_and_kept(teacher, offline, monkeypatch):
    from helpers import korean

    write(teacher / "kowiki.txt", "개울가에서 빨래를 한다.\n영화가 재미있다.\n" * 20)
    corpus = corpora.load("kowiki", unit="morpheme")
    expected = [korean.morphemes("개울가에서 빨래를 한다."), korean.morphemes("영화가 재미있다.")] * 20
    assert corpus.first(2) == expected[:2] and corpus.unit == "morpheme"
    kept = offline / "morphemes"
    assert not list(kept.glob("*"))  # a run that was broken off leaves nothing
    assert list(corpus) == expected
    assert len(list(kept.iterdir())) == 1
    monkeypatch.setattr(korean, "morphemes_of", None)
    assert list(corpus) == expected == list(corpora.load("kowiki", unit="morpheme"))
    write(teacher / "kowiki.txt", "다른 글이다.\n")  # another text must not be answered from the cache
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_DATASETS", str(teacher))
    assert list(corpora.load("kowiki", unit="morpheme")) == [korean.morphemes("다른 글이다.")]


def test_morphemes_of_a_pattern_are_cut_anew_when_a_file_deep_down_has_changed(tmp_path):
    from helpers import korean

    (tmp_path / "deep" / "down").mkdir(parents=True)
    path = write(tmp_path / "deep" / "down" / "a.txt", "빨래를 한다.\n")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nothing")  # a link that leads nowhere is no text
    pattern = str(tmp_path / "**" / "*.txt")
    assert list(corpora.load(pattern, unit="morpheme")) == [korean.morphemes("빨래를 한다.")]
    write(path, "영화가 재미있다.\n")
    assert list(corpora.load(pattern, unit="morpheme")) == [korean.morphemes("영화가 재미있다.")]
    assert list(corpora.load(tmp_path / "deep" / "down", unit="morpheme")) == [korean.morphemes("영화가 재미있다.")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(ValueError, match="pipe or a device.*save its text in a file"):
        corpora.load(tmp_path / "pipe.txt")


def test_amounts_that_make_no_sense():
    corpus = corpora.load("lee")
    for call in (lambda: corpus.first(-1), lambda: corpus.first("a"), lambda: corpus.shards(10**9)):
        with pytest.raises(ValueError, match="n must be a whole number of at least"):
            call()


def test_morphemes_without_a_writable_cache(tmp_path, monkeypatch):
    path = write(tmp_path / "my.txt", "빨래를 한다.\n" * 5)

    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "open", refuse, raising=False)
    corpus = corpora.load(path, unit="morpheme")
    assert len(list(corpus)) == 5 == len(list(corpus)) and corpus.first(1)[0][:2] == ["빨래", "를"]


@pytest.mark.parametrize(("name", "stand_in"), [("text8", "wikipedia"), ("nsmc", "korean"), ("kowiki", "korean")])
def test_offline_a_bundled_corpus_steps_in_and_says_so(name, stand_in, capsys, monkeypatch):
    monkeypatch.setattr(sources, "KOREAN", SHARED)
    if name == "kowiki":
        monkeypatch.setitem(sys.modules, "pyarrow", type(sys)("pyarrow"))
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", type(sys)("pyarrow.parquet"))
    begin = time.monotonic()
    corpus = corpora.load(name)
    assert time.monotonic() - begin < 8 and corpus.name == stand_in and corpus.unit == "word" and corpus.first(1)
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and out.startswith(f"{name}: no connection to ") and f"'{stand_in}'" in out
    with pytest.raises(downloads.NoNetwork, match="COURSE_DATASETS"):
        corpora.load(name, fallback=False)


def test_unit_that_was_asked_for_is_kept_in_the_stand_in(capsys):
    assert corpora.load("nsmc", unit="morpheme").unit == "morpheme"


# ---- memory

MEMORY = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/bench"]
from collections import Counter
from helpers import corpora
from memory import peak

before = peak()
counts = Counter()
for tokens in corpora.load({path!r}):
    counts.update(tokens)
print(counts.total(), int(peak() - before))
"""


def test_data_card_tells_the_sizes_as_they_are():
    card = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
    for name, unit in (("wikipedia", "sentences"), ("lee", "texts")):
        sentences = list(corpora.load(name))
        tokens = [token for sentence in sentences for token in sentence]
        sizes = f"{len(sentences):,} {unit} of {len(tokens):,} words, {len(set(tokens)):,} distinct"
        assert sizes in card, sizes
    assert all(f"`{name}`" in card or name.startswith("kowiki-") for name in downloads.registry())


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("resource") is None, reason="this system does not tell its memory")
@pytest.mark.parametrize("end", ["\n", " "], ids=["many lines", "one line"])
def test_large_file_streams_in_bounded_memory(tmp_path, end):
    words = [f"{a}{b}{c}" for a in "가나다라마바사아자차" for b in "개내대래매배새애재채" for c in ("", "는", "에서")]
    lines = [" ".join(words[i:] + words[:i]) for i in range(0, 300, 7)] * 10
    block = end.join(lines) + end
    blocks = 60_000_000 // len(block.encode())
    path = tmp_path / "large.txt"
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(blocks):
            file.write(block)
    assert path.stat().st_size > 59_000_000
    code = MEMORY.format(root=str(ROOT), path=str(path))
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    path.unlink()
    total, grown = map(int, result.stdout.split())
    assert total == blocks * len(lines) * 300
    assert grown < 25  # megabytes, for a file of 60


def test_transfer_is_not_reached_in_this_file():
    """The fixture above must cut the network off for the probe that decides about it."""
    assert not transfer.reachable("http://mattmahoney.net/dc/text8.zip")


@pytest.mark.parametrize("text, encoding", [
    ("I don’t know what “this” is", "cp1252"), ("GRÖSSE ÜBER ÄPFEL, MÄRCHEN", "cp1252"),
    ("これは日本語の文章です", "shift_jis"),
    ("你好世界，这是一个中文文本的例子，我们用它来测试编码检测", "gb18030"), ("Москва столица России", "cp1251"),
    ("これは日本語の文章です。試験するために使います", "euc_jp"),
])  # fmt: skip
def test_other_encodings_are_not_taken_for_korean(tmp_path, text, encoding):
    path = write(tmp_path / "my.txt", text.encode(encoding) + b"\n")
    with pytest.raises(ValueError, match="byte [0-9]+ is 0x[0-9a-f]{2}, in b.* encoding="):
        corpora.load(path)
    assert " ".join(corpora.load(path, encoding=encoding, lower=False, tokenize=str.split).first(1)[0]) == text
    assert corpora.load(write(tmp_path / "my.txt", text.encode("utf-16")), lower=False, tokenize=str.split).first(1)


@pytest.mark.parametrize(
    "text", ["둘째 글", "나는 학교에 간다.", "프로그래밍 언어 (Python)", "굳! 알러뷰 땡큐 그래도 좋아요"]
)
def test_short_korean_is_known(tmp_path, text):
    path = write(tmp_path / "my.txt", text.encode("cp949"))
    assert textfiles.detect_encoding(path) == "cp949" and corpora.load(path, tokenize=str.split, lower=False).first(1)


def test_few_bad_bytes_do_not_make_another_encoding(tmp_path):
    path = write(tmp_path / "my.txt", ("가나다 라마\n" * 9).encode() + b"\xff\n" + "바사\n".encode())
    with pytest.raises(ValueError, match="is UTF-8, but byte 153 is 0xff.*errors='replace'"):
        corpora.load(path)
    assert corpora.load(path, errors="replace").first(11)[-1] == ["바사"]
    assert corpora.load(path, errors="ignore", tokenize=str.split).first(11)[-1] == ["바사"]


@pytest.mark.parametrize("options, says", [
    ({"encoding": "nope"}, "'nope' is no encoding"), ({"encoding": "base64"}, "no encoding of text"),
    ({"encoding": 5}, "5 is no"),
    ({"encoding": "utf\0"}, "no encoding"), ({"errors": "nope"}, "errors must be 'strict' or"),
    ({"errors": None}, "errors must"),
    ({"tokenize": "split"}, "tokenize must be a function"), ({"lower": "no"}, "lower must be"),
    ({"max_sentence_length": True}, "max_sentence_length"),
    ({"max_sentence_length": np.float64(3)}, "max_sentence_length"),
])  # fmt: skip
def test_parameters_are_checked_before_the_first_sentence(tmp_path, options, says):
    with pytest.raises(ValueError, match=says):
        corpora.load(write(tmp_path / "my.txt", "a b\n"), **options)
    assert corpora.load(tmp_path / "my.txt", max_sentence_length=np.int32(1)).first(2) == [["a"], ["b"]]


@pytest.mark.parametrize("content, what", [
    (b"{\\rtf1\\ansi hello}", "Rich Text"), (b"<!DOCTYPE html>\n<html>", "web page"), (b"\n <HTML><body>", "web page"),
    (b"<?xml version='1.0'?>", "XML"), (b"%!PS-Adobe", "PostScript"),
])  # fmt: skip
def test_documents_are_called_by_their_names(tmp_path, content, what):
    with pytest.raises(ValueError, match=f"is an? .*{what}.*not plain text"):
        corpora.load(write(tmp_path / "my.txt", content))


def test_a_line_of_a_million_words_is_sliced_in_passing(tmp_path):
    path = write(tmp_path / "my.txt", "ab " * 300_000)
    begin = time.process_time()
    assert sum(1 for _ in corpora.load(path, max_sentence_length=1)) == 300_000
    assert time.process_time() - begin < 8, "slicing what is left again and again took minutes"


@pytest.mark.parametrize("wrong", [None, 5, b"a.txt", ["a.txt"], {"a": 1}])
def test_what_is_no_path(wrong):
    with pytest.raises(TypeError, match="must be a path"):
        corpora.load(wrong)


def test_a_packed_file_is_closed_with_what_unpacks_it(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress("하나 둘\n".encode()))
    with warnings.catch_warnings(action="error"), pytest.MonkeyPatch.context() as patch:
        said = []
        patch.setattr(sys, "unraisablehook", said.append)
        assert list(corpora.load(path)) == [["하나", "둘"]]
        gc.collect()
    assert not said
