"""Korean conjugation by rule: dictionary form + ending → the form that is written.

The grammar of the bundled corpus uses these rules, so that the corpus is the same on every machine; a test compares
them with Kiwi's. An ending is named by its form after a closed stem with a dark vowel: '어요', '었다', '으면', '은',
'는다', '습니다'. What a stem does to it:

    plain      먹 + 고   → 먹고         살 + 는   → 사는 (ㄹ drops before ㄴ, ㅂ, ㅅ)
    으-endings 먹 + 으면 → 먹으면       가 + 으면 → 가면,  돕 + 으면 → 도우면,  걷 + 으면 → 걸으면
    어-endings 먹 + 어요 → 먹어요       가 + 어요 → 가요,  돕 + 어요 → 도와요,  흐르 + 어요 → 흘러요
"""

from helpers import arguments, letters

from .hangul import join, split

# Stems that keep their final although most with the same final change it, and the other way round. Compounds follow
# their last part (갈아입다 like 입다, 알아듣다 like 듣다), so the end of the stem is compared.
REGULAR_B = tuple("입 잡 씹 뽑 집 좁 업 접 꼽 수줍".split())
IRREGULAR_D = tuple("걷 듣 싣 깨닫 긷 일컫".split())  # and 묻다 (ask), but not 파묻다 (bury)
IRREGULAR_S = tuple("짓 붓 낫 잇 긋 젓".split())
REGULAR_H = tuple("좋 넣 낳 놓 쌓 닿 찧 땋 빻".split())
REGULAR_REU = ("따르", "치르", "들르", "다다르", "우러르")  # 따르다 → 따라요: only ㅡ drops
IRREGULAR_REO = ("푸르",)  # 푸르다 → 푸르러요
UNCONTRACTED = ("비", "기", "이", "피", "아니")  # 비었다, 피었다, 아니었다
PLAIN_SI = ("마시", "모시", "적시", "쑤시", "부시")  # here 시 is no honorific: 마셔요, but 하세요
HONORIFIC = {"먹": "드시", "마시": "드시", "자": "주무시", "있": "계시", "말하": "말씀하시", "죽": "돌아가시"}
_CONTRACT = {"ㅏ": "ㅏ", "ㅓ": "ㅓ", "ㅐ": "ㅐ", "ㅔ": "ㅔ", "ㅕ": "ㅕ", "ㅗ": "ㅘ", "ㅜ": "ㅝ", "ㅣ": "ㅕ", "ㅚ": "ㅙ"}


def _with(stem, vowel=None, final=None):
    """`stem` with another vowel or final in its last syllable."""
    i, v, f = split(stem[-1])
    return stem[:-1] + join(i, vowel or v, f if final is None else final)


def _fuse(stem, ending):
    """Glue an ending that begins with a bare final ('ㄴ다') under the open last syllable of the stem."""
    return _with(stem, final=ending[0]) + ending[1:]


def _is_irregular(stem, regular):
    if regular:
        return ""
    final, last = split(stem[-1])[2], stem[-1]
    if final == "ㅂ" and not stem.endswith(REGULAR_B):
        return "ㅂ"
    if (final == "ㄷ" and (stem == "묻" or stem.endswith(IRREGULAR_D))) or (
        final == "ㅅ" and stem.endswith(IRREGULAR_S)
    ):
        return final
    if final == "ㅎ" and not stem.endswith(REGULAR_H):
        return "ㅎ"
    if last == "르" and stem.endswith(IRREGULAR_REO):
        return "러"
    return "르" if last == "르" and not stem.endswith(REGULAR_REU) else ""


def _a_or_eo(stem, ending, kind):
    """Endings that begin with 어: 어요, 었다, 어서, ..."""
    rest_final, rest = split(ending[0])[2], ending[1:]  # '었' carries the final ㅆ
    finish = lambda done: _with(done, final=rest_final) + rest if rest_final else done + rest  # noqa: E731
    if stem[-1] == "하":
        return finish(stem[:-1] + "해")
    if kind == "ㅂ":  # 돕다, 곱다 → 와; all others → 워
        return finish(_with(stem, final="") + ("와" if stem in ("돕", "곱") else "워"))
    if kind == "ㄷ":
        stem = _with(stem, final="ㄹ")
    if kind == "ㅎ":  # 파랗 → 파래, 하얗 → 하얘, 누렇 → 누레, 그렇 → 그래
        vowel = {"ㅏ": "ㅐ", "ㅑ": "ㅒ", "ㅓ": "ㅔ", "ㅕ": "ㅖ"}[split(stem[-1])[1]]
        return finish(_with(stem, "ㅐ" if stem[-2] in "그이저어" else vowel, ""))
    if kind == "러":
        return finish(stem + "러")
    initial, vowel, final = split(stem[-1])
    if kind == "ㅅ":  # 짓 → 지어, never contracted
        return finish(_with(stem, final="") + ("아" if vowel in "ㅏㅗ" else "어"))
    if kind == "르":  # 흐르 → 흘러, 빠르 → 빨라
        light = split(stem[-2])[1] in "ㅏㅗ"
        return finish(_with(stem[:-1], final="ㄹ") + ("라" if light else "러"))
    if vowel == "ㅡ" and not final:  # 쓰 → 써, 아프 → 아파, 예쁘 → 예뻐
        light = len(stem) > 1 and split(stem[-2])[1] in "ㅏㅗ"
        return finish(_with(stem, "ㅏ" if light else "ㅓ"))
    if stem == "푸":
        return finish("퍼")
    if not final and vowel in _CONTRACT and stem not in UNCONTRACTED:
        if stem[-1] == "시" and ending == "어요" and stem != "시" and not stem.endswith(PLAIN_SI):
            return stem[:-1] + "세요"
        return finish(_with(stem, _CONTRACT[vowel]))
    return finish(stem + ("아" if vowel in "ㅏㅑㅗ" else "어"))


def honorific(stem, regular=False):
    """The stem that honours its subject: 읽 → 읽으시, 가 → 가시, 돕 → 도우시, 먹 → 드시."""
    phrase, space, stem = letters.tidy(arguments.text("stem", stem)).rpartition(" ")
    polite = phrase + space + (HONORIFIC.get(stem) or "")
    if stem not in HONORIFIC:
        polite += inflect(stem + "다", "으시", regular)
    return polite


def inflect(word, ending, regular=False):
    """Conjugate `word` (dictionary form) with `ending`: inflect('돕다', '어요') → '도와요'.

    `regular` forces the regular conjugation of a stem that has both (빨래를 걷다 → 걷어). ValueError unless `word` ends
    in 다 and the ending is one.
    """
    word, ending = (letters.tidy(arguments.text(*one)) for one in (("word", word), ("ending", ending)))
    regular = arguments.flag("regular", regular)
    if ending in ("", "으"):  # 으 alone only joins what follows to the stem
        raise ValueError(f"ending must be one such as '어요' or '으면', not {ending!r}")
    if len(word) < 2 or not word.endswith("다"):
        raise ValueError(f"{word!r} is no dictionary form; it should end in 다, like 먹다")
    if " " in word:  # a phrase: only its last word changes
        phrase, word = word.rsplit(" ", 1)
        return phrase + " " + inflect(word, ending, regular)
    stem = word[:-1]
    kind, final = _is_irregular(stem, regular), split(stem[-1])[2]
    if word == "아니다" and ending == "어요":
        return "아니에요"
    if split(ending[0])[:2] == ("ㅇ", "ㅓ"):
        return _a_or_eo(stem, ending, kind)
    if ending.startswith(("는다", "습니")):  # 먹는다, 먹습니다; 간다, 갑니다; 산다, 삽니다
        if final and final != "ㄹ":
            return stem + ending
        return _fuse(_with(stem, final=""), {"는": "ㄴ", "습": "ㅂ"}[ending[0]] + ending[1:])
    if split(ending[0])[:2] == ("ㅇ", "ㅡ"):  # 으면, 은, 을, 읍시다, 으시
        tail = split(ending[0])[2] + ending[1:]  # the ending without 으: '면', 'ㄴ', 'ㄹ', 'ㅂ시다', '시'
        if kind == "ㄷ":
            return _with(stem, final="ㄹ") + ending
        if kind == "ㅂ":
            stem, final = _with(stem, final="") + "우", ""
        elif kind == "ㅅ":
            return _with(stem, final="") + ending
        elif kind == "ㅎ":
            stem, final = _with(stem, final=""), ""
        elif final == "ㄹ":
            drops = tail[0] in "ㄴㄹㅂ" or split(tail[0])[0] in "ㄴㅅ" or tail[0] == "오"
            stem, final = (_with(stem, final="") if drops else stem), ""
        elif final:
            return stem + ending
        return _fuse(stem, tail) if tail[0] in "ㄴㄹㅂ" else stem + tail
    if final == "ㄹ" and split(ending[0])[0] in "ㄴㅅ":
        return _with(stem, final="") + ending
    return stem + ending
