// Lesson 3: a window slides over a sentence, and pairs pour out of it into a list and a matrix.

(() => {
  "use strict";
  const { h, set, random } = Play;
  const MOST = 24; // words of a sentence that are taken

  // ------------------------------------------------------------------------- the same as helpers/skipgram.py

  // Where the contexts of word i stand: `reach` places to each side, as far as the sentence goes.
  function contextsOf(n, i, reach) {
    const found = [];
    for (let j = Math.max(0, i - reach); j < Math.min(n, i + reach + 1); j++) if (j !== i) found.push(j);
    return found;
  }

  // All (center, context) pairs in reading order.  reaches: a number for all centers, or a list with one for each.
  function pairs(tokens, reaches) {
    return tokens.flatMap((center, i) =>
      contextsOf(tokens.length, i, reaches[i] ?? reaches).map((j) => [center, tokens[j]]));
  }

  // All ([contexts], center) samples of CBOW; a word without neighbors makes none.
  function cbow(tokens, reaches) {
    return tokens.map((center, i) => [contextsOf(tokens.length, i, reaches[i] ?? reaches).map((j) => tokens[j]), center])
      .filter(([contexts]) => contexts.length);
  }

  // How far each center sees in word2vec: drawn evenly from 1 to window.
  function drawReaches(n, window, draw) { return Array.from({ length: n }, () => 1 + Math.floor(draw() * window)); }

  // The probability that subsampling keeps an occurrence, min(1, (√(f/t) + 1) · t/f) with f = count / total.
  function keep(count, total, sample) {
    const f = count / total;
    return f > 0 ? Math.min(1, ((Math.sqrt(f / sample) + 1) * sample) / f) : 1;
  }

  // -------------------------------------------------------------------------------------------------- the page

  const SENTENCES = {
    ko: "개울가 에서 속옷 빨래 를 하는 남녀", en: "the wide road shimmered in the hot sun" };

  const texts = {
    ko: {
      title: "윈도우를 밀어 보기",
      lead: "문장을 바꾸고, 단어를 누르거나 끌어 윈도우를 옮겨 보세요. 지나간 자리마다 표본이 목록과 행렬로 쏟아집니다.",
      task: "서브샘플링을 켜고 t를 0.00001까지 낮춘 뒤 주사위를 몇 번 다시 굴려 보세요. 끄고서는 아무리 해도 나오지 않던 쌍이 나옵니다. 어떤 쌍이고, 왜 나올까요?",
      answer: "원래 문장에서 윈도우보다 멀리 떨어져 있던 두 단어의 쌍입니다. 윈도우를 자르기 전에 흔한 단어를 먼저 버리므로, 남은 단어들이 서로 가까워지고 윈도우는 그만큼 더 멀리 닿습니다. 목록에서 굵은 테두리로 표시된 것이 그런 쌍입니다.",
      sentence: "문장", window: "윈도우", model: "모델", dice: "무작위 윈도우", thin: "서브샘플링", sample: "t", roll: "주사위 다시 굴리기",
      step: "다음 단어", run: "처음부터 끝까지", halt: "멈춤", clear: "비우기", list: "표본", matrix: "행은 중심, 열은 문맥",
      total: (seen, all) => `전체 ${all}개 가운데 ${seen}개`, strip: "윈도우의 중심: 좌우 화살표로 옮깁니다",
      at: (word, contexts) => `중심 ${word}, 문맥 ${contexts.join(", ") || "없음"}`, gone: "버림", far: "원래는 윈도우 밖",
      empty: "아직 없습니다. 윈도우를 움직여 보세요.", cell: (row, column, n) => `(${row}, ${column}): ${n}`,
      mean: "CBOW는 문맥 벡터를 평균하므로, 문맥이 C개인 표본에서 각 문맥의 몫은 1/C입니다. 행렬에는 그 몫을 더했습니다." },
    en: {
      title: "Slide the window",
      lead: "Change the sentence; click or drag a word to move the window. Wherever it has been, samples pour into the list and the matrix.",
      task: "Switch subsampling on, lower t to 0.00001, and roll the dice a few times. Pairs turn up that never came while it was off. Which are they, and why do they come?",
      answer: "Pairs of words that stood further apart than the window in the original sentence. Frequent words are dropped before windows are cut, so the words that stay move together and the window reaches that much further. The list shows such pairs in a bold frame.",
      sentence: "Sentence", window: "Window", model: "Model", dice: "Random windows", thin: "Subsampling", sample: "t", roll: "Roll again",
      step: "Next word", run: "From start to end", halt: "Stop", clear: "Clear", list: "Samples", matrix: "Rows are centers, columns contexts",
      total: (seen, all) => `${seen} of ${all} in all`, strip: "Center of the window: the arrow keys move it",
      at: (word, contexts) => `center ${word}, contexts ${contexts.join(", ") || "none"}`, gone: "dropped", far: "beyond the window before",
      empty: "None yet. Move the window.", cell: (row, column, n) => `(${row}, ${column}): ${n}`,
      mean: "CBOW averages the context vectors, so in a sample of C contexts each has a share of 1/C. The matrix adds up these shares." },
  };

  function view(stage) {
    const { t, state, language, data, root } = stage;
    if (state.language !== language) Object.assign(state, { language, sentence: SENTENCES[language], center: 0, visited: [] });
    state.window ??= 2; state.model ??= "skipgram"; state.dice ??= false; state.thin ??= false; state.sample ??= 1e-3; state.seed ??= 1;
    let tokens, stays, kept, reaches;

    const strip = h("div", { class: "strip", role: "slider", tabindex: "0", "aria-label": t("strip"), "aria-valuemin": 1 });
    const arcs = h("svg", { class: "arcs", "aria-hidden": "true" });
    const list = h("ol", { class: "list", tabindex: "0", "aria-label": t("list") }), total = h("span", { class: "number" });
    const matrix = h("div", { class: "matrix" });
    const roll = Play.button({ label: t("roll"), press: () => { state.seed += 1; state.visited = []; deal(); } });
    const sample = h("label", { class: "field" }, h("span", {}, t("sample")), h("select", {
      onchange: (event) => { state.sample = Number(event.target.value); state.visited = []; deal(); } },
      ["0.01", "0.001", "0.0001", "0.00001"].map((text) => h("option", { value: text, selected: Number(text) === state.sample }, text))));
    const mean = h("p", { class: "note" }, t("mean"));
    const run = Play.button({ label: t("run"), main: true, press: play });

    // Which words stay, and how far each sees: from the seed, so that nothing changes until the dice are rolled.
    function deal() {
      const draw = random(state.seed);
      tokens = state.sentence.trim().split(/\s+/).filter(Boolean).slice(0, MOST);
      const counts = data[language];
      const chance = tokens.map((word) => keep(counts.words[word.toLowerCase()] ?? counts.words[word] ?? 0, counts.total, state.sample));
      stays = chance.map((p) => !state.thin || draw() < p);
      kept = tokens.map((_, i) => i).filter((i) => stays[i]);
      const drawn = drawReaches(kept.length, state.window, draw);
      reaches = kept.map((_, k) => (state.dice ? drawn[k] : state.window));
      state.center = Math.min(state.center, Math.max(tokens.length - 1, 0));
      roll.hidden = !(state.dice || state.thin);
      sample.hidden = !state.thin;
      mean.hidden = state.model !== "cbow";
      strip.replaceChildren(arcs, ...tokens.map((word, i) => h("span", { class: "chip", "data-i": i }, h("span", { class: "face" }, word),
        h("small", {}, state.thin ? `${Math.round(100 * chance[i])}%` : "",
          state.dice && stays[i] ? ` ${"⚀⚁⚂⚃⚄⚅"[reaches[kept.indexOf(i)] - 1]}` : ""))));
      draw_();
    }

    const place = (i) => kept.indexOf(i); // of word i among those that stayed
    const around = (i) => (place(i) < 0 ? [] : contextsOf(kept.length, place(i), reaches[place(i)]).map((k) => kept[k]));
    const far = (i, j) => Math.abs(i - j) > state.window;

    function samplesOf(i) {
      const contexts = around(i);
      if (state.model === "cbow") return contexts.length ? [{ i, of: contexts }] : [];
      return contexts.map((j) => ({ i, of: [j] }));
    }

    function draw_() {
      const contexts = around(state.center), chips = [...strip.querySelectorAll(".chip")];
      chips.forEach((chip, i) => { chip.className = `chip ${i === state.center && stays[i] ? "is-center" : contexts.includes(i) ? "is-context" : ""} ${stays[i] ? "" : "gone"} ${i === state.center ? "here" : ""}`; });
      const words = contexts.map((j) => tokens[j]);
      set(strip, { "aria-valuemax": tokens.length, "aria-valuenow": state.center + 1,
        "aria-valuetext": tokens.length ? (stays[state.center] ? t("at", tokens[state.center], words) : `${tokens[state.center]}: ${t("gone")}`) : "" });
      drawArcs(chips, contexts);
      drawList();
      drawMatrix();
    }

    function drawArcs(chips, contexts) {
      const top = strip.getBoundingClientRect(), scale = top.width / (strip.offsetWidth || 1) || 1;
      const at = (i) => { const box = chips[i].firstChild.getBoundingClientRect(); return [(box.left + box.width / 2 - top.left) / scale, (box.top - top.top) / scale]; };
      arcs.replaceChildren();
      if (!chips.length || !stays[state.center]) return;
      const [x, y] = at(state.center), from = state.model === "cbow";
      contexts.forEach((j) => {
        const [u, v] = at(j), rise = Math.min(12 + 0.16 * Math.abs(u - x), 30);
        arcs.append(h("path", { d: `M${x} ${y - 2}C${x} ${y - rise} ${u} ${v - rise} ${u} ${v - 2}`, class: "arc" }));
        const [a, b] = from ? [x, y] : [u, v];
        arcs.append(h("path", { d: `M${a - 4} ${b - 8}L${a} ${b - 1}L${a + 4} ${b - 8}`, class: "arc" }));
      });
    }

    function drawList() {
      const all = kept.flatMap((i) => samplesOf(i)), seen = state.visited.flatMap((i) => samplesOf(i));
      total.textContent = t("total", seen.length, all.length);
      list.replaceChildren(...(seen.length ? [...seen].reverse().map(({ i, of }) => h("li",
        { class: of.some((j) => far(i, j)) ? "far" : false, title: of.some((j) => far(i, j)) ? t("far") : false, "data-i": i },
        state.model === "cbow"
          ? [h("span", { class: "context" }, of.map((j) => tokens[j]).join(" ")), " → ", h("b", { class: "center" }, tokens[i])]
          : [h("b", { class: "center" }, tokens[i]), " → ", h("span", { class: "context" }, tokens[of[0]])])) : [h("li", { class: "none" }, t("empty"))]));
    }

    function drawMatrix() {
      const words = [...new Set(tokens)], n = words.length, cells = words.map(() => new Array(n).fill(0));
      for (const i of state.visited) for (const { of } of samplesOf(i)) for (const j of of)
        cells[words.indexOf(tokens[i])][words.indexOf(tokens[j])] += state.model === "cbow" ? 1 / of.length : 1;
      const longest = Math.max(...words.map((word) => [...word].reduce((sum, c) => sum + (c >= "ᄀ" ? 1.75 : 1), 0)), 2);
      const side = 26, left = longest * 8 + 10, top = left * 0.82, most = Math.max(1, ...cells.flat());
      const svg = h("svg", { viewBox: `0 0 ${left + n * side + top * 0.6} ${top + n * side + 2}`, role: "img", "aria-label": t("matrix"), style: `max-width:${(left + n * side + top * 0.6) * 1.25}px` });
      words.forEach((word, r) => {
        svg.append(h("text", { x: left - 6, y: top + (r + 0.68) * side, "text-anchor": "end", class: tokens[state.center] === word ? "fill-center strong" : "fill-center" }, word));
        svg.append(h("text", { transform: `translate(${left + (r + 0.62) * side} ${top - 6}) rotate(-50)`, class: "fill-context" }, word));
        cells[r].forEach((value, c) => {
          const strength = value / most, cell = h("g", {},
            h("rect", { x: left + c * side + 1, y: top + r * side + 1, width: side - 2, height: side - 2, rx: 3, class: "cell", style: `--strength:${(value ? 0.18 + 0.82 * strength : 0).toFixed(2)}` }));
          if (value) cell.append(h("text", { x: left + (c + 0.5) * side, y: top + (r + 0.68) * side, "text-anchor": "middle", class: strength > 0.55 ? "on" : false },
            Number.isInteger(value) ? value : value.toFixed(2).replace(/^0/, "")));
          cell.append(h("title", {}, t("cell", word, words[c], Number.isInteger(value) ? value : value.toFixed(2))));
          svg.append(cell);
        });
      });
      matrix.replaceChildren(svg);
    }

    function visit(i, pour = true) {
      if (!tokens.length) return;
      state.center = Math.max(0, Math.min(tokens.length - 1, i));
      const fresh = !state.visited.includes(state.center) && stays[state.center];
      if (fresh) state.visited.push(state.center);
      draw_();
      if (fresh && pour && !stage.calm) fly();
    }

    // The new samples fly from their center to the list.
    function fly() {
      const from = strip.querySelector(".here .face").getBoundingClientRect();
      [...list.querySelectorAll(`[data-i="${state.center}"]`)].forEach((item, k) => {
        const to = item.getBoundingClientRect();
        item.animate([{ transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)`, opacity: 0.2 }, { transform: "none", opacity: 1 }],
          { duration: 420, delay: 60 * k, easing: "cubic-bezier(.2,.7,.3,1)", fill: "backwards" });
      });
    }

    function play() {
      if (state.running) { stage.stop(); return; }
      state.visited = [];
      state.running = true;
      run.textContent = t("halt");
      let at = -1, wait = 0;
      stage.animate((seconds) => {
        wait -= seconds;
        if (wait > 0) return true;
        at += 1;
        if (at >= tokens.length) { stage.stop(); return false; }
        wait = stage.calm ? 0 : 0.65;
        visit(at);
        return true;
      });
    }
    stage.stopped = () => { state.running = false; run.textContent = t("run"); };

    const grasp = (event) => {
      const chip = root.getRootNode().elementFromPoint(event.clientX, event.clientY)?.closest?.(".chip");
      if (chip && strip.contains(chip) && (event.type === "pointerdown" || Number(chip.dataset.i) !== state.center)) { stage.stop(); visit(Number(chip.dataset.i)); }
    };
    strip.addEventListener("pointerdown", (event) => { grasp(event); strip.setPointerCapture(event.pointerId); });
    strip.addEventListener("pointermove", (event) => { if (event.buttons) grasp(event); });
    strip.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: state.center - 1, ArrowDown: state.center - 1, ArrowRight: state.center + 1, ArrowUp: state.center + 1, Home: 0, End: tokens.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      stage.stop();
      visit(to);
    });
    new ResizeObserver(() => tokens && drawArcs([...strip.querySelectorAll(".chip")], around(state.center))).observe(strip);

    const again = (change) => (value) => { stage.stop(); change(value); state.visited = []; deal(); };
    root.append(
      Play.field({ label: t("sentence"), value: state.sentence, wide: true, input: again((value) => { state.sentence = value; state.center = 0; }) }),
      h("div", { class: "controls" },
        Play.choice({ label: t("model"), value: state.model, options: [["skipgram", "skip-gram"], ["cbow", "CBOW"]], input: (value) => { state.model = value; deal(); } }),
        Play.slider({ label: t("window"), min: 1, max: 5, value: state.window, input: again((value) => { state.window = value; }) }),
        Play.check({ label: t("dice"), value: state.dice, input: again((value) => { state.dice = value; }) }),
        Play.check({ label: t("thin"), value: state.thin, input: again((value) => { state.thin = value; }) }), sample, roll),
      h("style", {}, STYLE), strip,
      h("div", { class: "controls" }, run, Play.button({ label: t("step"), press: () => { stage.stop(); visit(state.visited.length ? (state.center + 1) % tokens.length : state.center); } }),
        Play.button({ label: t("clear"), press: () => { stage.stop(); state.visited = []; draw_(); } })),
      h("div", { class: "side" }, h("div", {}, h("p", { class: "sub" }, t("list"), " · ", total), list, mean), h("div", {}, h("p", { class: "sub" }, t("matrix")), matrix)));
    if (!state.visited.length) state.visited = [0, 1, 2, 3].filter((i) => i < MOST);
    deal();
    state.visited = state.visited.filter((i) => i < tokens.length && stays[i]);
    state.center = state.visited.at(-1) ?? 0;
    draw_();
  }

  const STYLE = `
    .strip { position: relative; display: flex; flex-wrap: wrap; gap: 1.5em .45em; padding: 2.1em .2em .2em; cursor: grab; touch-action: pan-y; user-select: none; -webkit-user-select: none; }
    .chip { display: inline-flex; flex-direction: column; align-items: center; }
    .chip .face { border: 2px solid var(--line); border-radius: .5em; padding: .2em .6em; background: var(--paper); transition: background .2s, color .2s, border-color .2s; font-size: 1.08em; }
    .chip small { color: var(--muted); font-size: .78em; line-height: 1.3; min-height: 1.3em; font-variant-numeric: tabular-nums; }
    .chip.is-center .face { background: var(--center); border-color: var(--center); color: var(--on); }
    .chip.is-context .face { background: var(--context); border-color: var(--context); color: var(--on); }
    .chip.gone .face { text-decoration: line-through; color: var(--muted); border-style: dashed; }
    .arcs { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
    .arc { fill: none; stroke: var(--context); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .list { list-style: none; margin: 0; padding: .3em; display: flex; flex-wrap: wrap; gap: .35em; align-content: flex-start; max-height: 15.5em; overflow-y: auto; }
    .list li { border: 1px solid var(--line); border-radius: .45em; padding: .08em .5em; font-size: .93em; background: var(--paper); }
    .list li.far { border: 2px solid var(--ink); }
    .list li.none { border: 0; color: var(--muted); }
    .cell { fill: rgba(var(--heat), var(--strength)); stroke: var(--line); stroke-width: .7; transition: fill .3s; }
    svg text.on { fill: var(--on); }
    svg text.strong { font-weight: 700; }
    .matrix svg { font-size: 13px; }`;

  Play.define("window", { needs: true, texts, view, compute: { pairs, cbow, drawReaches, keep } });
})();
