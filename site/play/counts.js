// Lesson 7: a window fills the co-occurrence matrix, two rows make ratios, and a small GloVe fits the logarithms.

(() => {
  "use strict";
  const { h, set, dot, say, random } = Play;

  // ------------------------------------------------------------------ the same as helpers/counting.py and glove.py

  // How often words stand within `window` of each other, each pair worth 1/distance: a matrix over `words`.
  function cooccurrence(sentences, words, window, until = Infinity) {
    const index = new Map(words.map((word, i) => [word, i])), matrix = words.map(() => words.map(() => 0));
    let seen = 0;
    for (const tokens of sentences) {
      const known = tokens.filter((token) => index.has(token));
      for (let i = 0; i < known.length && seen < until; i++, seen++)
        for (let j = Math.max(0, i - window); j < Math.min(known.length, i + window + 1); j++) if (j !== i) matrix[index.get(known[i])][index.get(known[j])] += 1 / Math.abs(i - j);
    }
    return matrix;
  }

  // P(k | i) / P(k | j) from counts and row sums, with one standard deviation of its logarithm: √(1/x + 1/y).
  function ratio(x, sumX, y, sumY) { return { ratio: x / sumX / (y / sumY), spread: Math.sqrt(1 / x + 1 / y) }; }

  const weight = (x, most, alpha) => Math.min(1, (x / most) ** alpha);

  // The gradients of one cell's cost, ½ f(x) (w·c + b_w + b_c − log x)², and the error in the brackets.
  function gradients(w, c, bw, bc, x, most, alpha) {
    const error = dot(w, c) + bw + bc - Math.log(x), g = weight(x, most, alpha) * error;
    return { error, w: Array.from(c, (v) => g * v), c: Array.from(w, (v) => g * v), bw: g, bc: g };
  }

  // Small random vectors and biases, and the running sums of AdaGrad, which begin at 1.
  function started(words, dim, seed) {
    const draw = random(seed), table = () => Array.from({ length: words }, () => Array.from({ length: dim }, () => (draw() - 0.5) / dim)), ones = () => Array.from({ length: words }, () => new Array(dim).fill(1));
    const flat = () => Array.from({ length: words }, () => (draw() - 0.5) / dim), one = () => new Array(words).fill(1);
    return { w: table(), c: table(), bw: flat(), bc: flat(), gw: ones(), gc: ones(), gbw: one(), gbc: one() };
  }

  // One pass of AdaGrad over the cells (i, k, x), as glove.c does it; returns the mean cost.
  function epoch(m, cells, most, alpha, rate) {
    let cost = 0;
    for (const [i, k, x] of cells) {
      const found = gradients(m.w[i], m.c[k], m.bw[i], m.bc[k], x, most, alpha);
      cost += 0.5 * weight(x, most, alpha) * found.error ** 2;
      for (let d = 0; d < m.w[i].length; d++) {
        const [a, b] = [found.w[d], found.c[d]].map((g) => rate * Math.min(Math.max(g, -100), 100));
        m.w[i][d] -= a / Math.sqrt(m.gw[i][d]);
        m.c[k][d] -= b / Math.sqrt(m.gc[k][d]);
        m.gw[i][d] += a * a;
        m.gc[k][d] += b * b;
      }
      m.bw[i] -= found.bw / Math.sqrt(m.gbw[i]);
      m.bc[k] -= found.bc / Math.sqrt(m.gbc[k]);
      m.gbw[i] += found.bw ** 2;
      m.gbc[k] += found.bc ** 2;
    }
    return cost / cells.length;
  }

  // -------------------------------------------------------------------------------------------------- the page

  const FIRST = { ko: "비가 오면 강물이 늘고\n눈이 오면 강물이 얼고\n강물이 얼면 길이 되고\n비가 오면 길이 젖고", en: "I like deep learning\nI like NLP\nI enjoy flying" };

  const texts = {
    ko: {
      title: "세고, 나누고, 맞추기", lead: "윈도우를 움직여 동시 등장 행렬을 채우고, 두 행의 비에서 뜻을 읽고, 횟수의 로그에 GloVe의 벡터를 맞춥니다.",
      task: "‘맞추기’에서 세지 않은 칸(점으로 표시)의 값은 어떻게 될까요? x_max를 1에서 10으로 올리면 어느 칸이 늦게 맞춰질까요? 먼저 짐작하고 실행해 보세요.",
      answer: "세지 않은 칸은 비용에 들어가지 않으므로 그 값은 아무렇게나 정해집니다. x_max를 올리면 횟수가 작은 칸의 가중치 f가 1보다 작아지므로 그런 칸의 잔차가 늦게 사라집니다. 가장 큰 횟수도 x_max에 못 미치면 모든 칸이 느려집니다.",
      fill: "세기", ratios: "나누기", fit: "맞추기", text: "글(한 줄에 한 문장)", window: "윈도우", place: "읽은 단어", run: "읽기", halt: "멈춤", train: "실행", again: "처음으로", matrix: "동시 등장 행렬(1/거리)", drag: "글 위를 끌면 윈도우가 따라옵니다.", choose: "두 행을 누르세요: 나중에 누른 것이 j입니다",
      bars: (i, j) => `P(k | ${i}) ÷ P(k | ${j})`, whisker: "막대는 비의 로그이고 세로줄은 95% 구간(로그의 표준 편차 √(1/x + 1/y)의 1.96배)입니다. 세로줄이 1을 지나면 비가 1과 다르다고 말할 수 없습니다. 괄호는 i와 j 곁에서 센 횟수입니다.", residual: "잔차 |w·c + b + b − log x|: 색이 옅어질수록 맞았습니다", cost: "평균 비용", epochs: (n) => `에폭 ${n}번`, most: "x_max", alpha: "α", weight: "가중치 f(x)",
    },
    en: {
      title: "Count, divide, fit", lead: "A window fills the co-occurrence matrix, the ratio of two rows brings out meaning, and GloVe fits vectors to the logarithms.",
      task: "Under Fit, what becomes of the cells that were never counted (marked with a dot)? And with x_max raised from 1 to 10, which cells are fitted late? Guess, then run.",
      answer: "Cells that were not counted are not part of the cost, so nobody minds what value they take. A higher x_max gives cells with small counts a weight f below 1, and their residuals fade late. If even the largest count is below x_max, all cells are slower.",
      fill: "Count", ratios: "Divide", fit: "Fit", text: "Text (a sentence a line)", window: "Window", place: "Words read", run: "Read", halt: "Stop", train: "Run", again: "Start again", matrix: "Co-occurrences (1/distance)", drag: "Drag over the text to move the window.", choose: "Press two rows: the later one is j",
      bars: (i, j) => `P(k | ${i}) ÷ P(k | ${j})`, whisker: "Bars are logarithms of the ratio, whiskers its 95% interval (1.96 standard deviations √(1/x + 1/y) of the logarithm): where it holds 1, the ratio may be 1. In brackets the counts beside i and beside j.", residual: "Residual |w·c + b + b − log x|: the paler, the closer", cost: "Mean cost", epochs: (n) => `${n} passes`, most: "x_max", alpha: "α", weight: "Weight f(x)",
    },
  };

  const sentencesOf = (text) => text.split("\n").map((line) => line.trim().split(/\s+/).filter(Boolean)).filter((line) => line.length).slice(0, 12);
  const wordsOf = (sentences) => [...new Set(sentences.flat())].slice(0, 14);

  function view(stage) {
    const { t } = stage;
    const { state, language } = stage;
    if (state.language !== language) Object.assign(state, { language, text: FIRST[language], rows: null, model: null, at: undefined });
    state.window ??= 2;
    Play.tabs(stage, [["fill", t("fill"), (panel) => fill(stage, panel)], ["ratios", t("ratios"), (panel) => ratios(stage, panel)], ["fit", t("fit"), (panel) => fit(stage, panel)]], "tab");
    stage.root.append(h("style", {}, STYLE));
  }

  // A matrix with words on both sides; cell(i, k) gives {text, strength, faint}.
  function grid(words, label, cell) {
    const longest = Math.max(...words.map((word) => [...word].reduce((sum, c) => sum + (c >= "ᄀ" ? 1.75 : 1), 0)), 2), side = 38, left = longest * 8 + 10, top = left * 0.82;
    const W = left + words.length * side + top * 0.6, H = top + words.length * side + 2;
    const svg = h("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label, class: "grid7", style: `max-width:${W * 1.15}px` });
    words.forEach((word, i) => {
      svg.append(h("text", { x: left - 6, y: top + (i + 0.62) * side, "text-anchor": "end", class: "fill-center" }, word), h("text", { transform: `translate(${left + (i + 0.6) * side} ${top - 6}) rotate(-50)`, class: "fill-context" }, word));
      words.forEach((other, k) => {
        const { text, strength, faint } = cell(i, k);
        svg.append(h("g", {}, h("rect", { x: left + k * side + 1, y: top + i * side + 1, width: side - 2, height: side - 2, rx: 4, class: "cell", style: `--strength:${strength.toFixed(2)}` }),
          h("text", { x: left + (k + 0.5) * side, y: top + (i + 0.62) * side, "text-anchor": "middle", class: strength > 0.55 ? "on" : faint ? "muted" : false }, text), h("title", {}, `${word}, ${other}: ${text}`)));
      });
    });
    return svg;
  }

  const short = (x) => (Number.isInteger(x) ? String(x) : x.toFixed(2).replace(/^0/, "").replace("-0", "−").replace("-", "−"));

  function fill(stage, panel) {
    const { t, state } = stage, holder = h("div", {}), strip = h("div", { class: "lines", "aria-hidden": "true" }); // the slider says the same to those who do not see it
    const text = h("textarea", { rows: 4, "aria-label": t("text"), oninput: () => { state.text = text.value; state.model = null; build(); } }, state.text);
    const run = Play.button({ label: t("run"), main: true, press: toggle });
    let sentences, words, total, place = h("span", {});
    function build() {
      sentences = sentencesOf(state.text);
      words = wordsOf(sentences);
      total = sentences.flat().length;
      state.at = Math.min(state.at ?? total, total);
      const made = Play.slider({ label: t("place"), min: 0, max: total, value: state.at, wide: true, format: (n) => `${n}/${total}`, input: (n) => { stage.stop(); state.at = n; show(); } });
      place.replaceWith(made);
      place = made;
      show();
    }
    function show() {
      let n = 0;
      strip.replaceChildren(...sentences.map((line) => { const first = n; n += line.length; const at = state.at - 1 - first;
        return h("p", {}, line.map((word, i) => h("span", { "data-n": first + i + 1, class: at >= 0 && at < line.length ? (i === at ? "is-center" : Math.abs(i - at) <= state.window ? "is-context" : "") : "" }, word))); }));
      const matrix = cooccurrence(sentences, words, state.window, state.at), most = Math.max(1, ...matrix.flat());
      holder.replaceChildren(grid(words, t("matrix"), (i, k) => ({ text: matrix[i][k] ? short(matrix[i][k]) : "", strength: matrix[i][k] ? 0.15 + (0.85 * matrix[i][k]) / most : 0 })));
    }
    function toggle() {
      if (state.running) { stage.stop(); return; }
      if (state.at >= total) state.at = 0;
      state.running = true;
      run.textContent = t("halt");
      let wait = 0;
      stage.animate((seconds) => {
        wait -= seconds;
        if (wait > 0) return true;
        if (state.at >= total) { stage.stop(); return false; }
        wait = 0.55;
        state.at += 1;
        place.put(state.at);
        show();
        return true;
      });
    }
    const drag = (event) => {
      const n = Number(stage.root.getRootNode().elementFromPoint(event.clientX, event.clientY)?.dataset.n);
      if (n && n !== state.at) { stage.stop(); state.at = n; place.put(n); show(); }
    };
    strip.addEventListener("pointerdown", (event) => { strip.setPointerCapture(event.pointerId); drag(event); });
    strip.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
    stage.stopped = () => { state.running = false; run.textContent = t("run"); };
    panel.append(h("div", { class: "controls" }, run, Play.slider({ label: t("window"), min: 1, max: 5, value: state.window, input: (value) => { state.window = value; state.model = null; show(); } }), place),
      h("div", { class: "side" }, h("div", {}, strip, h("p", { class: "note" }, t("drag")), h("p", { class: "sub above" }, t("text")), text), h("div", {}, h("p", { class: "sub" }, t("matrix")), holder)));
    build();
  }

  function ratios(stage, panel) {
    const { t, state, data, language } = stage, { rows, columns, counts, sums } = data[language];
    state.rows ??= [0, 1];
    const chart = h("div", {}), head = h("p", { class: "sub" });
    function show() {
      const [i, j] = state.rows;
      head.textContent = t("bars", rows[i], rows[j]);
      heads.forEach((button, n) => set(button, { "aria-pressed": String(state.rows.includes(n)) }));
      marks.forEach((mark, n) => { mark.textContent = "ij"[state.rows.indexOf(n)] ?? ""; });
      const found = columns.map((word, k) => ({ word, x: counts[i][k], y: counts[j][k], ...ratio(counts[i][k], sums[i], counts[j][k], sums[j]) }));
      found.sort((a, b) => Math.log(b.ratio || 1e-9) - Math.log(a.ratio || 1e-9));
      const W = 460, line = 30, middle = 215, most = 4.2, px = (log) => middle + (Math.max(-most, Math.min(most, log)) / most) * 118;
      const svg = h("svg", { viewBox: `0 0 ${W} ${line * found.length + 24}`, role: "img", "aria-label": head.textContent, class: "ratios" });
      [1 / 27, 1 / 9, 1 / 3, 1, 3, 9, 27].forEach((mark) => svg.append(h("line", { x1: px(Math.log(mark)), x2: px(Math.log(mark)), y1: 0, y2: line * found.length, class: mark === 1 ? "axis one" : "axis" }),
        h("text", { x: px(Math.log(mark)), y: line * found.length + 17, "text-anchor": "middle", class: "muted small" }, mark < 1 ? `1/${Math.round(1 / mark)}` : mark)));
      found.forEach(({ word, x, y, ratio: r, spread }, n) => {
        const log = Math.log(r), at = line * n + line / 2, endless = !Number.isFinite(log);
        svg.append(h("text", { x: 84, y: at + 5, "text-anchor": "end" }, word));
        if (Number.isNaN(r)) { svg.append(h("text", { x: middle + 6, y: at + 5, class: "muted" }, "–")); return; }
        const end = px(endless ? (x ? most : -most) : log);
        svg.append(h("rect", { x: Math.min(middle, end), y: at - 8, width: Math.abs(end - middle), height: 16, rx: 2, class: (x ? log > 0 : false) ? "fill-center" : "fill-context", opacity: endless ? 0.35 : 0.9 }));
        const [low, high] = [px(log - 1.96 * spread), px(log + 1.96 * spread)];
        if (!endless) svg.append(h("path", { class: "whisker", d: `M${low} ${at}H${high}M${low} ${at - 5}v10M${high} ${at - 5}v10` }));
        svg.append(h("text", { x: W - 4, y: at + 5, "text-anchor": "end", class: "small" }, `${endless ? (x ? "∞" : "0") : say(r, r < 10 ? 2 : 0)} (${x}, ${y})`));
      });
      chart.replaceChildren(svg);
    }
    // The two rows that were pressed last are i and j.
    const pick = (n) => { if (n !== state.rows[1]) { state.rows = [state.rows[1], n]; show(); } };
    const heads = rows.map((word, n) => h("button", { type: "button", class: "row", onclick: () => pick(n) }, word)), marks = rows.map(() => h("td", { class: "center" })), top = Math.max(...counts.flat());
    const cells = (n) => counts[n].map((x) => h("td", { class: "number", style: `background:rgba(var(--heat),${(0.35 * Math.sqrt(x / top)).toFixed(2)})` }, x));
    panel.append(h("p", { class: "sub" }, t("choose")), h("div", { class: "scrolls" }, h("table", {}, h("thead", {}, h("tr", {}, h("td", {}), h("td", {}), columns.map((word) => h("th", { scope: "col" }, word)))),
      h("tbody", {}, rows.map((_, n) => h("tr", {}, h("th", { scope: "row" }, heads[n]), marks[n], cells(n)))))), head, chart, h("p", { class: "note" }, t("whisker")));
    show();
  }

  function fit(stage, panel) {
    const { t, state } = stage, sentences = sentencesOf(state.text), words = wordsOf(sentences), matrix = cooccurrence(sentences, words, state.window);
    const cells = matrix.flatMap((row, i) => row.map((x, k) => [i, k, x])).filter(([, , x]) => x > 0);
    state.most ??= 1;
    state.alpha ??= 0.75;
    const holder = h("div", {}), cost = h("b", { class: "number" }), passes = h("span", { class: "number" }), line = h("path", { class: "curve" }), shape = h("path", { class: "curve" });
    const run = Play.button({ label: t("train"), main: true, press: toggle });
    const restart = () => { stage.stop(); state.model = { ...started(words.length, 4, 1), costs: [] }; show(); };
    function show() {
      const m = state.model;
      holder.replaceChildren(grid(words, t("residual"), (i, k) => {
        if (!matrix[i][k]) return { text: "·", strength: 0, faint: true };
        const error = Math.abs(gradients(m.w[i], m.c[k], m.bw[i], m.bc[k], matrix[i][k], state.most, state.alpha).error);
        return { text: short(Math.round(100 * error) / 100 || 0), strength: Math.min(1, error / 1.2) };
      }));
      cost.textContent = m.costs.length ? m.costs.at(-1).toFixed(4) : "–";
      passes.textContent = t("epochs", m.costs.length);
      line.setAttribute("d", m.costs.length > 1 ? Play.curve(m.costs, 200, 60, 0, Math.max(...m.costs)) : "");
      shape.setAttribute("d", Play.curve(Array.from({ length: 60 }, (_, n) => weight((12 * n) / 59, state.most, state.alpha)), 200, 60, 0, 1));
    }
    function toggle() {
      if (state.running) { stage.stop(); return; }
      state.running = true;
      run.textContent = t("halt");
      stage.animate(() => {
        const { costs } = state.model;
        costs.push(epoch(state.model, cells, state.most, state.alpha, 0.1));
        if (costs.length % 4 === 0) show(); // drawing costs more than the pass: a slow phone stays smooth
        if (costs.length < 1500) return true;
        stage.stop();
        return false;
      });
    }
    stage.stopped = () => { state.running = false; run.textContent = t("train"); };
    const small = (path) => h("svg", { viewBox: "-2 -4 204 68", "aria-hidden": "true", class: "small" }, h("line", { x1: 0, x2: 200, y1: 60, y2: 60, class: "axis" }), path);
    panel.append(h("div", { class: "controls" }, run, Play.button({ label: t("again"), press: restart }),
      Play.slider({ label: t("most"), min: 1, max: 10, step: 0.5, value: state.most, input: (value) => { state.most = value; restart(); } }),
      Play.slider({ label: t("alpha"), min: 0.25, max: 1.5, step: 0.25, value: state.alpha, format: (x) => say(x), input: (value) => { state.alpha = value; restart(); } }), passes),
    h("div", { class: "side" }, h("div", {}, h("p", { class: "sub" }, t("residual")), holder), h("div", {}, h("p", { class: "sub" }, t("cost"), " ", cost), small(line), h("p", { class: "sub above" }, t("weight"), " (0–12)"), small(shape))));
    if (state.model?.w.length !== words.length) state.model = { ...started(words.length, 4, 1), costs: [] };
    show();
  }

  const STYLE = `
    textarea { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .5em; padding: .5em .7em; }
    .lines { cursor: grab; touch-action: pan-y; user-select: none; -webkit-user-select: none; } .lines span { display: inline-block; padding: 0 .35em; margin: .1em; border-radius: .35em; }
    .is-center { background: var(--center); color: var(--on); } .is-context { background: var(--context); color: var(--on); }
    .play p.above { margin-top: .9em; }
    .cell { fill: rgba(var(--heat), var(--strength)); stroke: var(--line); stroke-width: .7; }
    svg text.on { fill: var(--on); }
    .grid7 { font-size: 14px; } .ratios { font-size: 15px; max-width: 42em; } .ratios .small { font-size: 13.5px; }
    .whisker { stroke: var(--ink); stroke-width: 2; fill: none; } .axis.one { stroke: var(--muted); stroke-width: 1.6; }
    .curve { fill: none; stroke: var(--accent); stroke-width: 2; }
    svg.small { max-width: 20em; }
    .scrolls { overflow-x: auto; padding: 4px; margin-bottom: .8em; } table { border-collapse: collapse; font-size: .93em; white-space: nowrap; } th { font-weight: 400; padding: .1em .35em; text-align: left; } td { text-align: right; padding: .1em .5em; }
    @container (max-width: 30em) { table { font-size: .82em; } td, th { padding: .1em .25em; } }
    button.row { padding: .1em .6em; min-height: 2em; } button.row[aria-pressed="true"] { background: var(--accent); color: var(--on); border-color: var(--accent); }`;

  Play.define("counts", { needs: true, texts, view, compute: { cooccurrence, ratio, weight, gradients,
    epochs: (model, cells, most, alpha, rate, n) => { const costs = []; for (let e = 0; e < n; e++) costs.push(epoch(model, cells, most, alpha, rate)); return { costs, model }; }, started } });
})();
