// Lesson 2: a query against two dozen sentences, by counts, TF-IDF and LSA.

(() => {
  "use strict";
  const { h, dot, norm, say } = Play;

  // ------------------------------------------------------------------- the same as helpers/counting.py (scikit-learn)

  // Rows of a matrix (documents × words): counts, TF-IDF with smoothed idf, or that with 1 + ln(count); rows of length 1.
  function weights(documents, words, how) {
    const index = new Map(words.map((word, i) => [word, i])), n = documents.length;
    const counts = documents.map((tokens) => { const row = new Float64Array(words.length); for (const token of tokens) if (index.has(token)) row[index.get(token)] += 1; return row; });
    const idf = words.map((_, w) => Math.log((1 + n) / (1 + counts.filter((row) => row[w]).length)) + 1);
    return { rows: counts.map((row) => weigh(row, idf, how)), idf };
  }

  function weigh(counts, idf, how) {
    const row = counts.map((x, w) => (how === "counts" ? x : how === "sublinear" ? (x ? 1 + Math.log(x) : 0) * idf[w] : x * idf[w])), length = norm(row) || 1;
    return row.map((x) => x / length);
  }

  // Eigenvalues and vectors of a symmetric matrix, the largest first, by Jacobi's rotations.
  function eigen(matrix) {
    const n = matrix.length, a = matrix.map((row) => [...row]), v = a.map((_, i) => a.map((__, j) => Number(i === j)));
    for (let sweep = 0; sweep < 60; sweep++) {
      let off = 0;
      for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) {
        off += a[p][q] ** 2;
        if (Math.abs(a[p][q]) < 1e-15) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]), tan = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1)), c = 1 / Math.hypot(tan, 1), s = tan * c;
        for (let k = 0; k < n; k++) { const [x, y] = [a[k][p], a[k][q]]; a[k][p] = c * x - s * y; a[k][q] = s * x + c * y; }
        for (let k = 0; k < n; k++) { const [x, y] = [a[p][k], a[q][k]]; a[p][k] = c * x - s * y; a[q][k] = s * x + c * y; }
        for (let k = 0; k < n; k++) { const [x, y] = [v[k][p], v[k][q]]; v[k][p] = c * x - s * y; v[k][q] = s * x + c * y; }
      }
      if (off < 1e-22) break;
    }
    const order = a.map((_, i) => i).sort((i, j) => a[j][j] - a[i][i]);
    return { values: order.map((i) => a[i][i]), vectors: order.map((i) => v.map((row) => row[i])) };
  }

  // The right singular vectors of a matrix, the strongest first: Xᵀu / σ.
  function directions(rows) {
    const { values, vectors } = eigen(rows.map((x) => rows.map((y) => dot(x, y))));
    return vectors.filter((_, i) => values[i] > 1e-10).map((u, i) => Float64Array.from(rows[0], (_, w) => rows.reduce((sum, row, d) => sum + u[d] * row[w], 0) / Math.sqrt(values[i])));
  }

  // The cosine of a query with each document, and what each word of the document adds to it.
  function search(documents, words, query, how, k) {
    const { rows, idf } = weights(documents, words, how === "lsa" ? "tfidf" : how), index = new Map(words.map((word, i) => [word, i]));
    const counts = new Float64Array(words.length);
    for (const token of query) if (index.has(token)) counts[index.get(token)] += 1;
    const asked = weigh(counts, idf, how === "lsa" ? "tfidf" : how);
    if (how !== "lsa") return rows.map((row) => ({ cosine: dot(row, asked), parts: row.map((x, w) => x * asked[w]) }));
    const axes = directions(rows).slice(0, k), there = axes.map((axis) => dot(axis, asked)), length = norm(there) || 1;
    const back = Float64Array.from(words, (_, w) => axes.reduce((sum, axis, i) => sum + axis[w] * there[i], 0)); // each word's product with the query
    return rows.map((row) => { const own = norm(axes.map((axis) => dot(axis, row))) || 1, parts = row.map((x, w) => (x * back[w]) / (own * length)); return { cosine: parts.reduce((sum, x) => sum + x, 0), parts }; });
  }

  // The cosine of two words in k dimensions: rows of V Σ.
  function wordCosine(documents, words, one, other, k) {
    const { rows } = weights(documents, words, "tfidf"), axes = directions(rows).slice(0, k), strength = axes.map((axis) => norm(rows.map((row) => dot(row, axis))));
    const at = (word) => axes.map((axis, i) => axis[words.indexOf(word)] * strength[i]);
    return Play.cosine(at(one), at(other));
  }

  // -------------------------------------------------------------------------------------------------- the page

  const texts = {
    ko: {
      title: "문장 찾기", lead: "질의를 쳐 넣으면 스물네 문장이 코사인 유사도가 큰 순서로 늘어섭니다. 색이 진한 단어일수록 순위를 많이 끌어올렸습니다.",
      task: "‘자동차’를 찾으면 ‘승용차’만 들어 있는 문장은 단어를 세는 방법으로는 하나도 나오지 않습니다. LSA로 바꾸고 k를 움직여 보세요. k가 얼마일 때 두 단어가 합쳐지고, 언제 다시 갈라지고, 언제 아무 문장이나 나올까요?",
      answer: "k가 작을 때, 곧 대여섯 차원쯤이면 두 단어의 코사인이 1에 가까워지고 ‘승용차’ 문장이 위로 올라옵니다. 두 단어 모두 ‘운전사, 엔진, 도로’ 같은 단어와 함께 나오기 때문입니다. k를 전체 차원까지 올리면 LSA의 순위는 TF-IDF의 순위와 같아져 다시 갈라집니다. k가 1이면 모든 문장이 똑같이 1로 나옵니다.",
      query: "질의", how: "방법", counts: "횟수", tfidf: "TF-IDF", sublinear: "로그 TF-IDF", lsa: "LSA", k: "차원 k", merge: (a, b, x) => `${a}와 ${b}의 코사인: ${x}`, pair: ["자동차", "승용차"], first: "자동차", nothing: "아는 단어가 없습니다.", list: "찾은 문장",
    },
    en: {
      title: "Search the sentences", lead: "Type a query and two dozen sentences line up by cosine similarity. The darker a word, the more it did for the rank of its sentence.",
      task: "A search for “car” by counting words brings up no sentence that says only “automobile”. Switch to LSA and move k. At which k do the two words merge, when do they part again, and when does anything come up?",
      answer: "With few dimensions, five or so, the cosine of the two is near 1 and the “automobile” sentences rise, since the words share company such as driver, engine and road. With k up to all dimensions LSA ranks as TF-IDF does once more, and they part. With k at 1 every sentence comes up alike, at 1.",
      query: "Query", how: "Method", counts: "counts", tfidf: "TF-IDF", sublinear: "log TF-IDF", lsa: "LSA", k: "dimensions k", merge: (a, b, x) => `Cosine of ${a} and ${b}: ${x}`, pair: ["car", "automobile"], first: "car", nothing: "No known word.", list: "Sentences found",
    },
  };

  // A corpus as the page needs it: sentences as [[surface, tokens], …], tokens of each, and all words.
  function corpusOf(sentences) {
    const documents = sentences.map((words) => words.flatMap(([, tokens]) => tokens));
    return { sentences, documents, words: [...new Set(documents.flat())].sort() };
  }

  // How opaque the color behind a word is.  Any darker, and its letters could not be read on a dark page.
  const MOST = 0.5, shade = (part) => part > 0.01 ? Math.min(MOST, 0.12 + part) : 0;

  // Known words of a query; where a word is not known, the longest known one that it begins with (자동차를 → 자동차).
  function tokensOf(query, words) {
    return query.toLowerCase().split(/\s+/).filter(Boolean).map((typed) => words.includes(typed) ? typed
      : words.filter((word) => word.length > 1 && typed.startsWith(word)).sort((a, b) => b.length - a.length)[0]).filter(Boolean);
  }

  function view(stage) {
    const { t, state, data, language, root } = stage;
    if (state.language !== language) Object.assign(state, { language, query: t("first") });
    state.how ??= "counts";
    state.k ??= 5;
    const corpus = corpusOf(data[language]), list = h("ol", { class: "found", "aria-label": t("list") }), merge = h("p", { class: "number merge", "aria-live": "polite" }), said = h("p", { class: "note" });
    const most = directions(weights(corpus.documents, corpus.words, "tfidf").rows).length;
    const items = corpus.sentences.map((words) => h("li", {}, h("span", { class: "bar" }), h("span", { class: "number" }), h("span", { class: "text" }, words.map(([surface]) => [h("mark", {}, surface), " "]))));
    list.append(...items);
    let shown = false; // the first order stands there at once: it came from nowhere
    const k = Play.slider({ label: t("k"), min: 1, max: most, value: state.k, wide: true, input: (value) => { state.k = value; show(); } });

    function show() {
      const query = tokensOf(state.query, corpus.words), found = search(corpus.documents, corpus.words, query, state.how, state.k);
      said.textContent = query.length ? "" : t("nothing");
      k.hidden = merge.hidden = state.how !== "lsa";
      merge.textContent = t("merge", ...t("pair"), say(wordCosine(corpus.documents, corpus.words, ...t("pair"), state.k)));
      const order = found.map((_, i) => i).sort((a, b) => found[b].cosine - found[a].cosine || a - b), before = new Map(items.map((item) => [item, item.offsetTop]));
      found.forEach(({ cosine, parts }, i) => {
        const [bar, number, text] = items[i].children;
        bar.style.width = `${Math.max(0, 100 * cosine)}%`;
        number.textContent = say(cosine);
        items[i].classList.toggle("none", cosine < 0.005);
        [...text.children].forEach((mark, w) => {
          const part = corpus.sentences[i][w][1].reduce((sum, token) => sum + parts[corpus.words.indexOf(token)], 0);
          mark.style.setProperty("--part", shade(part).toFixed(2));
        });
      });
      list.replaceChildren(...order.map((i) => items[i]));
      if (shown && !stage.calm) items.forEach((item) => { const by = before.get(item) - item.offsetTop; if (by) item.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 350, easing: "ease-out" }); });
      shown = true;
    }
    root.append(h("style", {}, STYLE),
      h("div", { class: "controls" }, Play.field({ label: t("query"), value: state.query, list: corpus.words, input: (value) => { state.query = value; show(); } }),
        Play.choice({ label: t("how"), value: state.how, options: ["counts", "tfidf", "sublinear", "lsa"].map((key) => [key, t(key)]), input: (value) => { state.how = value; show(); } })),
      h("div", { class: "controls" }, k, merge), said, h("div", { class: "window", tabindex: "0", role: "group", "aria-label": t("list") }, list));
    show();
  }

  const STYLE = `
    .window { max-height: 23em; overflow-y: auto; border: 1px solid var(--line); border-radius: .5em; padding: .3em .7em; }
    .found { list-style: none; margin: 0; padding: 0; position: relative; }
    .found li { display: grid; grid-template-columns: 5em 2.6em 1fr; gap: .6em; align-items: center; padding: .12em 0; }
    @media print { .found li { padding: 0; line-height: 1.2; } }
    .found .bar { height: .8em; background: var(--context); border-radius: .2em; transition: width .3s; min-width: 1px; }
    .found li.none { color: var(--muted); }
    mark { color: inherit; background: rgba(var(--heat), var(--part)); border-radius: .25em; padding: .05em .1em; }
    .merge { font-weight: 600; }
    @container (max-width: 30em) { .found li { grid-template-columns: 3em 2.4em 1fr; } }`;

  Play.define("search", { needs: true, texts, view, compute: { weights: (documents, words, how) => weights(documents, words, how).rows.map((row) => [...row]),
    search: (...given) => search(...given).map(({ cosine, parts }) => [cosine, [...parts]]), wordCosine, tokensOf, shade,
    lsa: (rows, k) => { const axes = directions(rows).slice(0, k); return rows.map((row) => axes.map((axis) => dot(axis, row))); } } });
})();
