// Lesson 8: a word as its n-grams, their buckets, what two words share, and what three models make of a typo.

(() => {
  "use strict";
  const { h, say } = Play;
  const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
  const FILLER = "∅", FINALS = [FILLER, ..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];

  // ------------------------------------------------------------------------- the same as helpers/subwords.py

  // The word as it is, or with every syllable taken apart into three letters (∅ where it has no final consonant).
  function spell(word, units) {
    if (units === "syllable") return word;
    return [...word].map((letter) => {
      const code = letter.codePointAt(0) - 0xac00;
      if (code < 0 || code > 11171) return letter;
      return INITIALS[Math.floor(code / 588)] + VOWELS[Math.floor((code % 588) / 28)] + FINALS[code % 28];
    }).join("");
  }

  // All n-grams of <word>, by where they begin, then by length; a boundary mark alone is none.
  function ngrams(word, minN, maxN, units) {
    const marked = ["<", ...spell(word, units), ">"], found = [];
    for (let start = 0; start < marked.length; start++)
      for (let n = minN; n <= Math.min(maxN, marked.length - start); n++)
        if (n > 1 || (start > 0 && start < marked.length - 1)) found.push(marked.slice(start, start + n).join(""));
    return found;
  }

  // fastText's hash: FNV-1a over UTF-8 bytes that are read as signed numbers, so that a sign fills the 24 bits above.
  function fnv1a(text) {
    let hash = 2166136261;
    for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ (byte >= 128 ? byte | 0xffffff00 : byte), 16777619);
    return hash >>> 0;
  }

  const bucketOf = (ngram, buckets) => fnv1a(ngram) % buckets;

  // The n-grams that two words share, and their share of all n-grams of the two (Jaccard index).
  function shared(first, second, minN, maxN, units) {
    const [one, other] = [first, second].map((word) => new Set(ngrams(word, minN, maxN, units)));
    const common = [...one].filter((ngram) => other.has(ngram)), all = new Set([...one, ...other]).size;
    return { common, all, jaccard: all ? common.length / all : 0 };
  }

  // ------------------------------------------------------------------------------------------------- the models

  let models = null;

  // A word's vector is the mean of its parts: its own row, where the model knows it, and its n-grams' rows.
  function vectorOf(model, word) {
    const rows = model.cut ? model.cut(word).map((ngram) => model.ngrams.row(bucketOf(ngram, model.ngrams.rows))) : [];
    if (model.index.has(word)) rows.unshift(model.words.row(model.index.get(word)));
    return rows.length ? Float64Array.from(rows[0], (_, d) => rows.reduce((sum, row) => sum + row[d], 0) / rows.length) : null;
  }

  function modelsOf(data) {
    if (models) return models;
    const index = new Map(data.words.map((word, i) => [word, i]));
    models = data.models.map(({ name, words, ngrams: table, min_n, max_n, units }) => {
      const model = { name, index, words: Play.table(words), cut: table && ((word) => ngrams(word, min_n, max_n, units)), ngrams: table && Play.table(table) };
      model.full = data.words.map((word) => vectorOf(model, word));
      return model;
    });
    return models;
  }

  // The k known words closest to any word: [word, cosine]; null where the model has no answer.
  function nearest(data, which, word, k) {
    const model = modelsOf(data)[which], vector = vectorOf(model, word);
    if (!vector) return null;
    return data.words.map((each, i) => [each, Play.cosine(model.full[i], vector)]).filter(([each]) => each !== word)
      .sort((a, b) => b[1] - a[1]).slice(0, k);
  }

  // -------------------------------------------------------------------------------------------------- the page

  const texts = {
    ko: {
      title: "단어를 조각내기", lead: "단어를 쳐 넣으면 n-그램과 그 버킷 번호가 나옵니다. 둘째 단어와 공유하는 조각은 파란색입니다.",
      task: "‘서울특별시’에서 글자 하나를 틀리게 바꾸어 공통 n-그램을 되도록 많이 남겨 보세요. 어느 자리를 바꾸어야 할까요? 가장 적게 남는 자리는요? 단위를 자모로 바꾸면 어떻게 달라질까요?",
      answer: "첫 글자나 끝 글자(예: 서울특별씨)를 바꿀 때 가장 많이 남고, 가운데 글자를 바꿀 때 가장 적게 남습니다. 가운데 글자를 품은 n-그램이 가장 많기 때문입니다. 자모로 쪼개면 틀린 글자 하나가 음절이 아니라 낱자 하나이므로 어느 자리에서든 더 많이 남습니다.",
      pieces: "조각과 버킷", typing: "오타와 세 모델", first: "단어", second: "비교할 단어", units: "단위", syllable: "음절", jamo: "자모", from: "최소 길이", to: "최대 길이", buckets: "버킷 수",
      grams: (word) => `${word}의 n-그램`, share: (common, all, j) => `공통 n-그램 ${common}개 / 모두 ${all}개 = 자카드 계수 ${j}`, spelled: (text) => `풀어 쓰면 ${text}`, same: (n) => `같은 단어 안에서 버킷이 겹친 n-그램 ${n}개`,
      query: "단어를 한 글자씩 쳐 보세요", none: "이 단어의 벡터가 없습니다.", known: "어휘에 있는 단어", unknown: "처음 보는 단어", names: ["word2vec", "FastText 음절 1–3", "FastText 자모 3–5"],
      tries: "해 보기", note: "한국어 말뭉치를 어절 그대로 학습한 작은 모델 셋입니다(24차원, 버킷 2,000개). 가장 가까운 단어는 자주 나온 1,100개 가운데서 찾습니다.",
    },
    en: {
      title: "A word in pieces", lead: "Type a word to see its n-grams and their bucket numbers. The pieces that it shares with the second word are blue.",
      task: "Change one letter of 서울특별시 (or of an English word) so that as many shared n-grams as possible are left. Which place must it be? At which place are the fewest left? And what changes with jamo?",
      answer: "Most are left when the first or the last letter changes, fewest when the one in the middle does, since more n-grams contain it. In jamo a wrong letter is a third of a syllable, so more is left wherever it stands. (For words without Hangul the two units are the same.)",
      pieces: "Pieces and buckets", typing: "A typo and three models", first: "Word", second: "Compare with", units: "Units", syllable: "syllables", jamo: "jamo", from: "Shortest", to: "Longest", buckets: "Buckets",
      grams: (word) => `n-grams of ${word}`, share: (common, all, j) => `${common} shared n-grams of ${all} = Jaccard index ${j}`, spelled: (text) => `spelled ${text}`, same: (n) => `${n} n-grams of one word meet another one in their bucket`,
      query: "Type a Korean word, letter by letter", none: "No vector for this word.", known: "a known word", unknown: "never seen before", names: ["word2vec", "FastText, syllables 1–3", "FastText, jamo 3–5"],
      tries: "Try", note: "Three small models of the Korean corpus, trained on words as they are written (24 dimensions, 2,000 buckets). Neighbors are looked for among its 1,100 most frequent words.",
    },
  };
  const SIZES = [50, 1000, 2000000];

  function view(stage) {
    const { t } = stage;
    Play.tabs(stage, [["pieces", t("pieces"), (panel) => pieces(stage, panel)], ["typing", t("typing"), (panel) => typing(stage, panel)]], "tab");
    stage.root.append(h("style", {}, STYLE));
  }

  function pieces(stage, panel) {
    const { t, state } = stage;
    state.first ??= "서울특별시";
    state.second ??= "서울특벌시";
    state.units ??= "syllable";
    state.min ??= 3;
    state.max ??= 6;
    state.buckets ??= SIZES[2];
    const boxes = [h("div", { class: "grams", tabindex: "0" }), h("div", { class: "grams", tabindex: "0" })], spelled = [h("span", {}), h("span", {})];
    const share = h("p", { class: "share", "aria-live": "polite" }), meter = h("span", { class: "bar" }), meets = h("p", { class: "note" });

    function show() {
      const words = [state.first.trim(), state.second.trim()], { common, all, jaccard } = shared(...words, state.min, state.max, state.units), both = new Set(common);
      let met = 0;
      words.forEach((word, i) => {
        const list = ngrams(word, state.min, state.max, state.units).slice(0, 400), taken = new Map();
        for (const ngram of list) { const b = bucketOf(ngram, state.buckets); taken.set(b, (taken.get(b) || new Set()).add(ngram)); }
        met += [...taken.values()].reduce((sum, set) => sum + (set.size > 1 ? set.size : 0), 0);
        boxes[i].setAttribute("aria-label", t("grams", word));
        boxes[i].replaceChildren(...list.map((ngram) => { const b = bucketOf(ngram, state.buckets); return h("span", { class: both.has(ngram) ? "gram both" : "gram" },
          h("b", {}, ngram), h("small", { class: taken.get(b).size > 1 ? "met" : false }, b)); }));
        spelled[i].textContent = state.units === "jamo" ? t("spelled", spell(word, "jamo")) : word;
      });
      share.textContent = t("share", common.length, all, say(jaccard));
      meter.style.width = `${100 * jaccard}%`;
      meets.textContent = met ? t("same", met) : "";
    }
    const put = (key) => (value) => { state[key] = value; if (state.max < state.min) { state.max = state.min; longest.put(state.max); } show(); };
    const longest = Play.slider({ label: t("to"), min: 1, max: 6, value: state.max, input: (value) => { state.max = Math.max(value, state.min); longest.put(state.max); show(); } });
    panel.append(
      h("div", { class: "controls" }, Play.field({ label: t("first"), value: state.first, input: put("first") }), Play.field({ label: t("second"), value: state.second, input: put("second") }),
        Play.choice({ label: t("units"), value: state.units, options: [["syllable", t("syllable")], ["jamo", t("jamo")]], input: put("units") })),
      h("div", { class: "controls" }, Play.slider({ label: t("from"), min: 1, max: 6, value: state.min, input: put("min") }), longest,
        Play.slider({ label: t("buckets"), min: 0, max: 2, value: SIZES.indexOf(state.buckets), format: (i) => SIZES[i].toLocaleString("en"), input: (i) => put("buckets")(SIZES[i]) })),
      share, h("div", { class: "meter" }, meter),
      h("div", { class: "side" }, boxes.map((box, i) => h("div", {}, h("p", { class: "sub" }, spelled[i]), box))), meets);
    show();
  }

  function typing(stage, panel) {
    const { t, state, data } = stage;
    state.query ??= "도서관에서";
    const columns = t("names").map((name) => ({ name, list: h("div", { class: "bars" }) })), known = h("span", { class: "note" });
    const field = Play.field({ label: t("query"), value: state.query, wide: true, input: (value) => { state.query = value; show(); } });
    function show() {
      const word = state.query.trim();
      modelsOf(data);
      known.textContent = word ? (data.words.includes(word) ? t("known") : t("unknown")) : "";
      columns.forEach(({ list }, which) => {
        const found = word && !(which === 0 && !data.words.includes(word)) ? nearest(data, which, word, 6) : null;
        list.replaceChildren(...(found ? found.flatMap(([each, closeness]) => [h("span", {}, each), h("span", { class: "bar", style: `width:${Math.max(0, 100 * closeness)}%` }), h("span", { class: "number" }, say(closeness))])
          : [h("span", { class: "note whole" }, t("none"))]));
      });
    }
    panel.append(h("div", { class: "controls" }, field, known),
      h("div", { class: "controls" }, h("span", { class: "note" }, t("tries")), ["도서관에서", "도서간에서", "학교에서도", "빨레를", "먹엇다"].map((word) => Play.button({ label: word, press: () => { state.query = word; field.put(word); show(); } }))),
      h("div", { class: "three" }, columns.map(({ name, list }) => h("div", {}, h("p", { class: "sub" }, name), list))), h("p", { class: "note" }, t("note")));
    show();
  }

  const STYLE = `
    .grams { display: flex; flex-wrap: wrap; gap: .3em; max-height: 19em; overflow-y: auto; padding: .25em; }
    .gram { display: inline-flex; flex-direction: column; align-items: center; border: 1px solid var(--line); border-radius: .45em; padding: .1em .5em; line-height: 1.3; }
    .gram b { font-weight: 600; } .gram small { color: var(--muted); font-size: .74em; font-variant-numeric: tabular-nums; }
    .gram small.met { color: var(--center); font-weight: 700; }
    .gram.both { background: var(--context); border-color: var(--context); color: var(--on); } .gram.both small { color: inherit; } .gram.both small.met { text-decoration: underline; }
    .share { font-weight: 600; }
    .meter { height: .6em; background: var(--soft); border: 1px solid var(--line); border-radius: .3em; overflow: hidden; margin: .2em 0 .8em; }
    .meter .bar { display: block; height: 100%; background: var(--context); transition: width .25s; }
    .three { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14em), 1fr)); gap: 1em 1.5em; min-height: 13em; }
    .bars .whole { grid-column: 1 / -1; }`;

  Play.define("ngrams", { needs: true, texts, view, compute: { spell, ngrams, fnv1a, bucketOf, shared,
    nearest: (which, word, k) => nearest(Play.stored.ngrams, which, word, k) } });
})();
