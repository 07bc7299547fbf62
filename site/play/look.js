// Lesson 9: where a captioner looks for each word, and beam search as a tree.

(() => {
  "use strict";
  const { h, set, say } = Play;

  // Which candidates of each step go on, end or are dropped, from their log probabilities alone: as helpers/captions/
  // decoding.py.  A step's candidates come with the most probable first; of the first `beam` those that say <end> are
  // finished captions; of the others the first `beam` go on.
  function fates(steps, beam) {
    let done = 0;
    return steps.map((candidates) => {
      let open = 0;
      return candidates.map(([words], place) => {
        if (words.endsWith("<end>")) { const ends = place < beam && done < beam; done += ends ? 1 : 0; return ends ? "ended" : "dropped"; }
        open += 1;
        return open <= beam ? "kept" : "dropped";
      });
    });
  }

  // The place of each candidate's parent among the candidates of the step before (−1 in the first step).
  function parents(steps) {
    return steps.map((candidates, s) => candidates.map(([words]) => (s ? steps[s - 1].findIndex(([before]) => before === words.split(" ").slice(0, -1).join(" ")) : -1)));
  }

  // The finished caption with the largest log probability, divided by length^alpha.
  function winner(steps, beam, alpha) {
    let best = null;
    fates(steps, beam).forEach((row, s) => row.forEach((fate, i) => {
      const [words, total] = steps[s][i], score = total / words.split(" ").length ** alpha;
      if (fate === "ended" && (!best || score > best.score)) best = { words: words.split(" ").slice(0, -1).join(" "), score, step: s, place: i };
    }));
    return best;
  }

  const texts = {
    ko: {
      title: "보고, 말하고, 고르기", lead: "단어를 하나씩 눌러 모델이 그 단어를 말하면서 그림의 어디를 보았는지 보세요. 빔 탐색 탭에서는 후보가 나무처럼 갈라집니다.",
      task: "빔을 1에서 4까지 넓혀 가며 여섯 그림의 캡션을 견주어 보세요. 빔을 넓히면 캡션이 늘 더 정확해질까요?",
      answer: "아닙니다. 빔을 넓히면 로그 확률이 더 높은 문장을 찾을 가능성이 커질 뿐이고, 모델이 높은 확률을 준 문장이 그림에 맞는다는 보장은 없습니다. 캡션이 달라지지 않는 그림도 있고, 달라져도 여전히 틀린 그림도 있습니다.",
      looks: "단어마다 본 곳", beams: "빔 탐색", picture: (i) => `그림 ${i}`, unseen: "학습에 없던 조합", next: "다음 단어", run: "차례로 보기", halt: "멈춤", beam: "빔", words: "말한 단어", said: "고른 캡션", wait: "단어를 누르세요",
      overlay: (word) => `‘${word}’을(를) 말할 때 본 곳`, kept: "남김", ended: "끝남", dropped: "버림", tree: "빔 탐색의 나무", per: "숫자는 지금까지의 로그 확률의 합입니다. 끝난 문장은 길이의 0.7제곱으로 나누어 견줍니다.",
    },
    en: {
      title: "Look, say, choose", lead: "Click the words one by one to see where in the picture the model looked when it said each. Under Beam search its candidates branch as a tree.",
      task: "Widen the beam from 1 to 4 and compare the captions of the six pictures. Does a wider beam always say something truer?",
      answer: "No. A wider beam is more likely to find a sentence of higher log probability, and nothing says that what the model finds probable is true of the picture. For some pictures the caption stays the same, and for some it changes and is still wrong.",
      looks: "Where it looked", beams: "Beam search", picture: (i) => `Picture ${i}`, unseen: "a combination not in training", next: "Next word", run: "One after the other", halt: "Stop", beam: "Beam", words: "Words said", said: "Caption", wait: "click a word",
      overlay: (word) => `Where it looked when saying “${word}”`, kept: "kept", ended: "ended", dropped: "dropped", tree: "The tree of the beam search", per: "Numbers are log probabilities so far. Finished sentences are compared after division by their length to the power of 0.7.",
    },
  };

  function view(stage) {
    const { t, state, data, root } = stage;
    state.picture ??= 0;
    const thumbs = h("div", { class: "thumbs" });
    let drawn = () => {};
    const choose = (i) => { state.picture = i; state.word = null; [...thumbs.children].forEach((each, k) => set(each, { "aria-pressed": String(k === i) })); drawn(); };
    data.forEach(({ picture }, i) => thumbs.append(h("button", { type: "button", class: "thumb", "aria-label": t("picture", i + 1), "aria-pressed": String(i === state.picture), onclick: () => { stage.stop(); choose(i); } },
      h("img", { src: `data:image/png;base64,${picture}`, alt: "", width: 64, height: 64 }))));
    root.append(thumbs);
    Play.tabs(stage, [["looks", t("looks"), (panel) => { drawn = looks(stage, panel); }], ["beams", t("beams"), (panel) => { drawn = beams(stage, panel); }]], "tab");
    root.append(h("style", {}, STYLE));
  }

  function looks(stage, panel) {
    const { t, state, data, language } = stage;
    const image = h("img", { class: "scene", alt: "" }), veil = h("canvas", { width: 8, height: 8, class: "veil", role: "img" });
    const words = h("div", { class: "said", role: "group", "aria-label": t("words") }), unseen = h("p", { class: "note" });
    const run = Play.button({ label: t("run"), main: true, press: toggle });
    let now = null, goal = null; // how much of each cell is seen

    function entry() { return data[state.picture][language]; }

    // The word for which it looked most at one place
    function clearest({ words: list, maps }) {
      const cells = Play.bytes(maps), peak = (i) => Math.max(...cells.subarray(64 * i, 64 * (i + 1)));
      return list.reduce((best, _, i) => (peak(i) > peak(best) ? i : best), 0);
    }

    function show() {
      const { words: list, maps } = entry(), cells = Play.bytes(maps);
      state.word ??= clearest(entry());
      image.src = `data:image/png;base64,${data[state.picture].picture}`;
      unseen.textContent = state.picture >= data.length / 2 ? t("unseen") : "\u00a0";
      words.replaceChildren(...list.map((word, i) => h("button", { type: "button", "aria-pressed": String(i === state.word), onclick: () => { stage.stop(); state.word = i; show(); words.children[i].focus(); } }, word)));
      const part = cells.subarray(64 * state.word, 64 * (state.word + 1)), most = Math.max(...part, 1);
      goal = Float64Array.from(part, (x) => Math.sqrt(x / most));
      veil.setAttribute("aria-label", t("overlay", list[state.word]));
      if (!now || stage.calm) { now = goal; paint(); } else stage.animate((seconds) => {
        const pace = Math.min(1, 7 * seconds), aim = goal;
        now = Float64Array.from(now, (x, i) => x + pace * (aim[i] - x));
        paint();
        return aim.some((x, i) => Math.abs(x - now[i]) > 0.01);
      });
    }

    function paint() {
      const context = veil.getContext("2d"), pixels = context.createImageData(8, 8);
      now.forEach((x, i) => { pixels.data[4 * i + 3] = 225 * (1 - x); });
      context.putImageData(pixels, 0, 0);
    }

    function toggle() {
      if (state.running) { stage.stop(); return; }
      state.word = -1;
      let wait = 0;
      state.running = true;
      run.textContent = t("halt");
      stage.animate((seconds) => {
        wait -= seconds;
        if (wait > 0) return true;
        if (state.word + 1 >= entry().words.length) { stage.stop(); return false; }
        state.word += 1;
        wait = 0.9;
        show();
        return true;
      });
    }
    stage.stopped = () => { state.running = false; run.textContent = t("run"); };
    panel.append(h("div", { class: "side" }, h("div", { class: "frame" }, image, veil),
      h("div", {}, h("div", { class: "controls" }, run), words, unseen)));
    show();
    return () => { state.word = null; show(); };
  }

  function beams(stage, panel) {
    const { t, state, data, language } = stage;
    state.beam ??= 2;
    const svg = h("svg", { role: "img", "aria-label": t("tree"), class: "tree" }), said = h("p", { class: "caption", "aria-live": "polite" });
    function show() {
      const { steps } = data[state.picture][language].beams[state.beam], fate = fates(steps, state.beam), parent = parents(steps), best = winner(steps, state.beam, 0.7);
      said.textContent = `${t("said")}: ${best.words}`;
      const wide = 112, high = 46, rows = Math.max(...steps.map((step) => step.length)), W = wide * steps.length, H = high * rows;
      set(svg, { viewBox: `0 0 ${W} ${H}`, width: W, height: H, style: `width:${W}px` });
      const way = new Set(); // the steps that led to the caption
      for (let s = best.step, i = best.place; s >= 0; i = parent[s][i], s--) way.add(`${s}/${i}`);
      const at = (s, i) => [wide * s + 4, high * i + 4], links = [], boxes = [];
      steps.forEach((step, s) => step.forEach(([words, total], i) => {
        const [x, y] = at(s, i), on = way.has(`${s}/${i}`) ? " way" : "";
        if (parent[s][i] >= 0) { const [u, v] = at(s - 1, parent[s][i]); links.push(h("path", { class: `link ${fate[s][i]}${on}`, d: `M${u + 98} ${v + 18}C${u + 108} ${v + 18} ${x - 10} ${y + 18} ${x} ${y + 18}` })); }
        boxes.push(h("g", { class: `node ${fate[s][i]}${on}` }, h("rect", { x, y, width: 98, height: 37, rx: 7 }),
          h("text", { x: x + 49, y: y + 16, "text-anchor": "middle" }, words.split(" ").at(-1)), h("text", { x: x + 49, y: y + 31, "text-anchor": "middle", class: "small" }, say(total, 1)), h("title", {}, `${words} (${t(fate[s][i])})`)));
      }));
      svg.replaceChildren(...links, ...boxes);
    }
    panel.append(h("div", { class: "controls" }, Play.slider({ label: t("beam"), min: 1, max: 4, value: state.beam, input: (value) => { state.beam = value; show(); } }),
      ["kept", "ended", "dropped"].map((key) => h("span", { class: `key ${key}` }, t(key)))), said, h("div", { class: "scrolls", tabindex: "0", role: "group", "aria-label": t("tree") }, svg), h("p", { class: "note" }, t("per")));
    show();
    return show;
  }

  const STYLE = `
    .thumbs { display: flex; flex-wrap: wrap; gap: .4em; margin-bottom: .6em; }
    .thumb { padding: 2px; border-width: 2px; line-height: 0; border-radius: .5em; } .thumb img { border-radius: .3em; width: 3.4em; height: 3.4em; }
    .thumb[aria-pressed="true"] { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent); }
    .frame { position: relative; max-width: 22em; aspect-ratio: 1; border-radius: .6em; overflow: hidden; }
    .scene, .veil { position: absolute; inset: 0; width: 100%; height: 100%; }
    .said { display: flex; flex-wrap: wrap; gap: .35em; margin: .6em 0; }
    .said [aria-pressed="true"] { background: var(--center); border-color: var(--center); color: var(--on); }
    .scrolls { overflow-x: auto; padding: 3px; }
    svg.tree { max-width: none; font-size: 14px; } .tree .small { font-size: 11.5px; font-variant-numeric: tabular-nums; }
    .node rect { fill: var(--paper); stroke: var(--context); stroke-width: 2; } .node.ended rect { stroke: var(--good); } .node.dropped rect { stroke: var(--line); stroke-width: 1.2; }
    svg .node.dropped text { fill: var(--muted); }
    .node.way rect { fill: var(--accent); stroke: var(--accent); } svg .node.way text { fill: var(--on); }
    .link { fill: none; stroke: var(--line); stroke-width: 1.5; } .link.kept, .link.ended { stroke: var(--muted); stroke-width: 2; } .link.way { stroke: var(--accent); stroke-width: 3; }
    .key { border: 2px solid var(--context); border-radius: .4em; padding: 0 .5em; font-size: .88em; } .key.ended { border-color: var(--good); } .key.dropped { border-color: var(--line); color: var(--muted); }
    .caption { font-weight: 600; margin-bottom: .5em; }`;

  Play.define("look", { needs: true, texts, view, compute: { fates, parents, winner: (steps, beam, alpha) => winner(steps, beam, alpha).words } });
})();
