// Lesson 0: which words are near a word, and what dot product and cosine are.

(() => {
  "use strict";
  const { h, dot, norm, cosine, say } = Play;
  const tables = {}; // language → {words, index, vectors}

  // The k words nearest to a word, as [word, cosine], itself left out.
  function nearest({ words, index, vectors }, word, k) {
    return Play.nearest(vectors, vectors.row(index.get(word)), k, [index.get(word)]).map(([i, closeness]) => [words[i], closeness]);
  }

  function tableOf(data, which) {
    return (tables[which] ??= { words: data[which].words, index: new Map(data[which].words.map((word, i) => [word, i])), vectors: Play.table(data[which].table) });
  }

  const FIRST = { ko: "빨래", en: "water" };

  const texts = {
    ko: {
      title: "이웃 단어와 두 화살표", lead: "말뭉치로 학습한 벡터에서 한 단어의 이웃을 찾아보고, 화살표 두 개를 움직이며 내적과 코사인 유사도를 비교해 보세요.",
      task: "단어 A의 첫째 이웃이 B이면 B의 첫째 이웃도 늘 A일까요? 이웃을 눌러 가며 맞는 예와 틀린 예를 하나씩 찾아보세요.",
      answer: "늘 그렇지는 않습니다. 코사인 유사도 자체는 대칭이지만 ‘가장 가까운’은 대칭이 아닙니다. B 가까이에 단어가 많으면 B에는 A보다 더 가까운 단어가 있을 수 있습니다. 이렇게 여러 단어의 이웃으로 자주 나오는 단어를 허브(hub)라고 합니다.",
      near: "이웃", arrows: "두 화살표", word: "단어", corpus: "벡터", korean: "한국어 말뭉치", english: "영어 위키백과", unknown: (word) => `‘${word}’의 벡터가 없습니다.`,
      list: "코사인 유사도가 큰 순서", map: "단어와 그 이웃을 두 주성분으로 그린 지도", look: (word) => `${word}의 이웃 보기`,
      plane: "벡터 a와 b", dot: "내적 a·b", cosine: "코사인 유사도", lengths: "길이", angle: "사잇각", foot: "점선은 b를 a에 내린 그림자입니다. 내적은 a의 길이와 그림자의 길이를 곱한 값입니다.",
      double: "a를 두 배로", turn: "a와 같은 방향으로", right: "직각으로",
    },
    en: {
      title: "Neighbors, and two arrows", lead: "Look up the neighbors of a word among vectors trained on a corpus, and move two arrows to compare dot product and cosine similarity.",
      task: "If B is the nearest neighbor of A, is A always the nearest neighbor of B? Click your way from neighbor to neighbor and find one pair for which it holds and one for which it does not.",
      answer: "Not always. The cosine itself is symmetric, but “nearest” is not: where words are crowded around B, another one may be closer to B than A is. Words that turn up among the neighbors of many others are called hubs.",
      near: "Neighbors", arrows: "Two arrows", word: "Word", corpus: "Vectors", korean: "Korean corpus", english: "English Wikipedia", unknown: (word) => `There is no vector for “${word}”.`,
      list: "By cosine similarity", map: "The word and its neighbors along two principal components", look: (word) => `Neighbors of ${word}`,
      plane: "Vectors a and b", dot: "Dot product a·b", cosine: "Cosine similarity", lengths: "Lengths", angle: "Angle", foot: "The dashed line drops b onto a. The dot product is the length of a times the length of this shadow.",
      double: "Twice a", turn: "b along a", right: "At right angles",
    },
  };

  function view(stage) {
    const { t } = stage;
    Play.tabs(stage, [["near", t("near"), (panel) => neighbors(stage, panel)], ["arrows", t("arrows"), (panel) => arrows(stage, panel)]], "tab");
    stage.root.append(h("style", {}, STYLE));
  }

  function neighbors(stage, panel) {
    const { t, state, language } = stage;
    state.which ??= language;
    state.words ??= { ...FIRST };
    const list = h("div", { class: "bars" }), said = h("p", { class: "note", "aria-live": "polite" }), holder = h("div", {}), sub = h("p", { class: "sub" }, t("list"));
    const map = Play.wordMap({ label: t("map"), press: choose, calm: stage.calm });

    function choose(word) { state.words[state.which] = word; field.put(word); show(); }

    function show() {
      const table = tableOf(stage.data, state.which), word = state.words[state.which].trim();
      const known = table.index.has(word) ? word : word.toLowerCase();
      said.textContent = table.index.has(known) ? "" : t("unknown", word);
      for (const part of [sub, list, map.svg]) part.style.display = table.index.has(known) ? "" : "none";
      if (!table.index.has(known)) return;
      const found = nearest(table, known, 10), all = [known, ...found.map(([each]) => each)];
      list.replaceChildren(...found.flatMap(([each, closeness]) => [
        h("button", { type: "button", class: "word", "aria-label": t("look", each), onclick: () => choose(each) }, each),
        h("span", { class: "bar", style: `width:${Math.max(0, 100 * closeness)}%` }), h("span", { class: "number" }, say(closeness))]));
      const rows = all.map((each) => table.vectors.row(table.index.get(each))), axes = Play.principal(rows);
      map.put(all.map((each, i) => { const [x, y] = axes.at(rows[i]); return { word: each, x, y, role: i ? "context" : "center", big: !i }; }));
    }

    let field;
    function fill() {
      field = Play.field({ label: t("word"), value: state.words[state.which], list: stage.data[state.which].words, input: (value) => { state.words[state.which] = value; show(); } });
      holder.replaceChildren(field);
      show();
    }
    panel.append(h("div", { class: "controls" }, holder, Play.choice({ label: t("corpus"), value: state.which, options: [["ko", t("korean")], ["en", t("english")]],
      input: (value) => { state.which = value; fill(); } })), said, h("div", { class: "side" }, h("div", {}, sub, list), map.svg));
    fill();
  }

  function arrows(stage, panel) {
    const { t, state } = stage;
    state.a ??= [2, 0.5];
    state.b ??= [1, 1.8];
    const plane = Play.plane({ label: t("plane"), limit: 3 });
    const shadow = h("path", { class: "shadow" }), arc = h("path", { class: "angle" }), facts = h("div", { class: "facts" });
    plane.svg.insertBefore(h("g", {}, shadow, arc), plane.over);
    const a = plane.arrow({ role: "center", name: "a", move: (point) => { state.a = point; show(); } });
    const b = plane.arrow({ role: "context", name: "b", move: (point) => { state.b = point; show(); } });
    const scale = (x, most) => `width:${Math.min(100, (100 * Math.abs(x)) / most)}%`;

    function show() {
      a.put(state.a);
      b.put(state.b);
      const product = dot(state.a, state.b), same = cosine(state.a, state.b), length = dot(state.a, state.a) || 1;
      const foot = state.a.map((x) => (x * product) / length), at = ([x, y]) => `${x * plane.scale} ${-y * plane.scale}`;
      shadow.setAttribute("d", `M${at(state.b)}L${at(foot)}M0 0L${at(foot)}`);
      const [from, to] = [state.a, state.b].map(([x, y]) => Math.atan2(y, x)), r = 0.45, turn = ((to - from + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
      const on = (angle) => at([r * Math.cos(angle), r * Math.sin(angle)]);
      arc.setAttribute("d", `M${on(from)}A${r * plane.scale} ${r * plane.scale} 0 0 ${turn > 0 ? 0 : 1} ${on(from + turn)}`);
      facts.replaceChildren(
        h("div", { class: "bars" },
          h("span", {}, t("dot")), h("span", { class: product < 0 ? "bar alt" : "bar", style: scale(product, 12) }), h("b", { class: "number" }, say(product)),
          h("span", {}, t("cosine")), h("span", { class: same < 0 ? "bar alt" : "bar", style: scale(same, 1) }), h("b", { class: "number" }, say(same))),
        h("p", { class: "number above" }, `${t("lengths")}: |a| = ${say(norm(state.a))}, |b| = ${say(norm(state.b))}`),
        h("p", { class: "number" }, `${t("angle")}: ${say((Math.acos(Math.max(-1, Math.min(1, same))) * 180) / Math.PI, 0)}°`),
        h("p", { class: "number formula" }, `${say(product)} ÷ (${say(norm(state.a))} × ${say(norm(state.b))}) = ${say(same)}`));
    }
    const preset = (key, change) => Play.button({ label: t(key), press: () => { change(); show(); } });
    const within = (v) => { const most = Math.max(Math.abs(v[0]) / 3.6, Math.abs(v[1]) / 3, 1); return v.map((x) => x / most); };
    panel.append(h("div", { class: "controls" },
      preset("double", () => { state.a = within(state.a.map((x) => 2 * x)); }),
      preset("turn", () => { const k = norm(state.b) / (norm(state.a) || 1); state.b = state.a.map((x) => k * x); }),
      preset("right", () => { const k = norm(state.b) / (norm(state.a) || 1); state.b = within([-k * state.a[1], k * state.a[0]]); })),
    h("div", { class: "side" }, plane.svg, h("div", {}, facts, h("p", { class: "note above" }, t("foot")))));
    show();
  }

  const STYLE = `
    .shadow { fill: none; stroke: var(--good); stroke-width: 3; stroke-dasharray: 5 4; }
    .angle { fill: none; stroke: var(--muted); stroke-width: 2; }
    .play p.above { margin-top: .8em; }
    .formula { font-size: 1.05em; }`;

  Play.define("neighbors", { needs: true, texts, view, compute: {
    nearest: (which, word, k) => nearest(tableOf(Play.stored.neighbors, which), word, k),
    principal: (rows) => { const axes = Play.principal(rows); return rows.map(axes.at); }, dot, cosine } });
})();
