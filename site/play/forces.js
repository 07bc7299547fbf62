// Lesson 4: what one step of negative sampling does to arrows, what happens without negatives, and how noise is drawn.

(() => {
  "use strict";
  const { h, set, random, sigmoid, dot, cosine, say } = Play;

  // ------------------------------------------------------- the same as helpers/negatives.py and helpers/vocabulary.py

  // One step on one pair, in place.  inputs, outputs: lists of vectors; center, context and noise (a list) say which.
  // All gradients come from the vectors as they were; a noise word that was drawn twice receives both of its own.
  // Returns {loss, scores, pushes}: pushes are the changes, of the center first, then of the context and of each noise word.
  function step(inputs, outputs, center, context, noise, rate) {
    const v = inputs[center], others = [context, ...noise], vectors = others.map((row) => Float64Array.from(outputs[row]));
    const scores = vectors.map((u) => dot(v, u));
    const errors = scores.map((score, i) => (i === 0 ? 1 : 0) - sigmoid(score)); // label − σ
    const loss = scores.reduce((sum, score, i) => sum + softplus(i === 0 ? -score : score), 0);
    const toCenter = Float64Array.from(v, (_, d) => errors.reduce((sum, e, i) => sum + rate * e * vectors[i][d], 0));
    const pushes = [toCenter, ...errors.map((e) => Float64Array.from(v, (x) => rate * e * x))];
    others.forEach((row, i) => { for (let d = 0; d < v.length; d++) outputs[row][d] += pushes[i + 1][d]; });
    for (let d = 0; d < v.length; d++) v[d] += toCenter[d];
    return { loss, scores, pushes };
  }

  const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))); // −log σ(−x), no overflow

  // count^exponent, brought to the sum 1.
  function noise(counts, exponent) {
    const weights = counts.map((count) => count ** exponent), total = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / total);
  }

  // n words with these probabilities: how often each came.
  function drawCounts(probabilities, n, draw) {
    const found = probabilities.map(() => 0);
    for (let i = 0; i < n; i++) found[one(probabilities, draw)] += 1;
    return found;
  }

  function one(probabilities, draw) {
    let rest = draw();
    for (let i = 0; i < probabilities.length; i++) { rest -= probabilities[i]; if (rest < 0) return i; }
    return probabilities.length - 1;
  }

  // The mean cosine between the vectors of one group and those of another.
  function meanCosine(some, others) {
    return some.reduce((sum, a) => sum + others.reduce((part, b) => part + cosine(a, b), 0), 0) / (some.length * others.length);
  }

  // -------------------------------------------------------------------------------------------------- the page

  const texts = {
    ko: {
      title: "밀고 당기는 힘", lead: "한 걸음마다 중심 벡터와 문맥 벡터는 서로 당기고, 중심 벡터와 네거티브는 서로 밀어냅니다.",
      task: "‘열두 단어’에서 k를 0으로 두고 실행하면 손실은 0에 가까워집니다. 그런데 무엇을 배웠을까요? 붕괴를 막으려면 네거티브가 몇 개 있어야 할까요? 먼저 짐작하고 확인해 보세요.",
      answer: "k = 0이면 모든 화살표가 한 방향으로 모여 두 장면 사이의 코사인도 1이 됩니다. “모두 이웃이다”라고 답하면 손실이 0이 되므로 아무것도 구별하지 못합니다. 네거티브는 하나면 충분합니다. k = 1에서도 두 장면이 갈라집니다. k를 더 늘려도 장면 안의 코사인은 1에 가깝고 장면 사이의 코사인은 0 근처에 머뭅니다.",
      pair: "한 쌍", many: "열두 단어", dice: "잡음 분포", k: "네거티브 k", rate: "학습률", step: "한 걸음", run: "실행", halt: "멈춤", again: "처음으로",
      plane: "중심, 문맥, 네거티브 벡터", center: "중심", context: "문맥", negative: (i) => `잡음 ${i}`, loss: "손실", sure: "이웃이라고 믿는 정도 σ",
      pull: "점선 화살표가 이번 걸음의 힘입니다. 화살표 끝을 끌어 옮길 수 있습니다.", apart: "두 장면 사이의 평균 코사인", steps: (n) => `${n}걸음`,
      scenes: "빨래 장면의 다섯 단어와 학교 장면의 다섯 단어는 자기 장면 안에서만 이웃이고, 를과 에서는 모두의 이웃입니다. 가장 긴 화살표에 맞춰 그렸습니다.",
      words: ["빨래", "비누", "개울", "이불", "방망이", "학교", "책", "연필", "교실", "숙제", "를", "에서"],
      power: "지수", draw: "100번 뽑기", clear: "비우기", bars: "말뭉치에서 고른 스무 단어가 잡음으로 뽑힐 확률", drawn: (n) => `${n}번 뽑음`, outline: "테두리는 확률대로라면 나올 횟수, 채운 막대는 나온 횟수입니다. 회색 선은 지수 1(빈도 그대로)입니다.",
    },
    en: {
      title: "Push and pull", lead: "At each step the center vector and the context vector pull each other closer, and the center and the negatives push each other away.",
      task: "Under “Twelve words”, set k to 0 and run. The loss goes to 0; what has been learnt? How many negatives does it take to prevent the collapse? Guess first.",
      answer: "With k = 0 all arrows end up in one direction, and the cosine between the scenes is 1, too: whoever answers “all are neighbors” has no loss, and tells nothing apart. A single negative is enough: with k = 1 the two scenes part. With more of them the scenes stay about as far apart, at a cosine near 0.",
      pair: "One pair", many: "Twelve words", dice: "Noise distribution", k: "Negatives k", rate: "Rate", step: "Step", run: "Run", halt: "Stop", again: "Start again",
      plane: "Vectors of center, context and negatives", center: "center", context: "context", negative: (i) => `noise ${i}`, loss: "Loss", sure: "Taken for a neighbor, σ",
      pull: "Dashed arrows are the forces of this step. Pull an arrow by its tip to move it.", apart: "Mean cosine between the scenes", steps: (n) => `${n} steps`,
      scenes: "Five words of a washing scene and five of a school scene are neighbors within their scene only; “the” and “in” are everybody’s. The longest arrow sets the scale.",
      words: ["laundry", "soap", "brook", "quilt", "paddle", "school", "book", "pencil", "class", "homework", "the", "in"],
      power: "Exponent", draw: "Draw 100", clear: "Clear", bars: "Noise probability of twenty words from the corpus", drawn: (n) => `${n} drawn`, outline: "Outlines are the expected number, solid bars what came. The gray line is exponent 1, plain frequency.",
    },
  };

  function view(stage) {
    const { t } = stage;
    Play.tabs(stage, [["pair", t("pair"), (panel) => onePair(stage, panel)], ["many", t("many"), (panel) => manyWords(stage, panel)],
      ["dice", t("dice"), (panel) => noiseBars(stage, panel)]], "tab");
    stage.root.append(h("style", {}, STYLE));
  }

  function onePair(stage, panel) {
    const { t, state } = stage;
    const fresh = () => ({ v: [1.9, 0.5], u: [-0.3, 1.6], n: Array.from({ length: 10 }, (_, i) => [1.7 * Math.cos(2.4 * i - 0.5), 1.5 * Math.sin(2.4 * i - 0.5)]), losses: [] });
    const pair = (state.pair ??= { ...fresh(), k: 3, rate: 0.3 });
    const plane = Play.plane({ label: t("plane"), limit: 2.5 });
    const pushes = h("g", {});
    plane.svg.insertBefore(pushes, plane.over);
    let arrows = [];
    const bars = h("div", { class: "bars" }), loss = h("b", { class: "number" }), line = h("path", { class: "curve" });
    const curve = h("svg", { viewBox: "-2 -4 204 68", "aria-hidden": "true", class: "small" }, h("line", { x1: 0, x2: 200, y1: 60, y2: 60, class: "axis" }), line);
    const run = Play.button({ label: t("run"), press: toggle });

    // The step that would be taken, on copies.
    function ahead() {
      const inputs = [[...pair.v]], outputs = [[...pair.u], ...pair.n.slice(0, pair.k).map((n) => [...n])];
      return { inputs, outputs, ...step(inputs, outputs, 0, 0, outputs.slice(1).map((_, i) => i + 1), pair.rate) };
    }

    function build() {
      arrows.forEach((arrow) => arrow.remove());
      const pullable = (role, name, put, thin) => plane.arrow({ role, name, thin, move: (point) => { put(point); draw(); } });
      arrows = [...pair.n.slice(0, pair.k).map((_, i) => pullable("negative", t("negative", i + 1), (point) => { pair.n[i] = point; }, true)),
        pullable("context", t("context"), (point) => { pair.u = point; }), pullable("center", t("center"), (point) => { pair.v = point; })];
      draw();
    }

    function draw() {
      [...pair.n.slice(0, pair.k), pair.u, pair.v].forEach((point, i) => arrows[i].put(point));
      const { scores, loss: now, pushes: forces } = ahead(), big = Math.max(1.2, pair.rate) / pair.rate; // shown larger than they are
      const from = [pair.v, pair.u, ...pair.n.slice(0, pair.k)], roles = ["center", "context", ...Array(pair.k).fill("negative")];
      pushes.replaceChildren(...forces.map((push, i) => h("path", { class: `push line-${roles[i]}`, d: plane.shaft(from[i], [from[i][0] + big * push[0], from[i][1] + big * push[1]], 7) })));
      loss.textContent = say(now, 3);
      bars.replaceChildren(...scores.flatMap((score, i) => [h("span", { class: i ? "negative" : "context" }, i ? t("negative", i) : t("context")),
        h("span", { class: i ? "bar less" : "bar", style: `width:${100 * sigmoid(score)}%` }), h("span", { class: "number" }, say(sigmoid(score)))]));
      line.setAttribute("d", Play.curve([...pair.losses, now], 200, 60, 0, Math.max(1, ...pair.losses, now)));
    }

    function go() {
      const next = ahead();
      pair.losses = [...pair.losses, next.loss].slice(-200);
      pair.v = [...next.inputs[0]];
      pair.u = [...next.outputs[0]];
      next.outputs.slice(1).forEach((n, i) => { pair.n[i] = [...n]; });
      draw();
    }

    function toggle() {
      if (state.running) { stage.stop(); return; }
      state.running = true;
      run.textContent = t("halt");
      let wait = 0;
      stage.animate((seconds) => { wait += seconds; if (wait > 0.05) { wait = 0; go(); } return true; });
    }
    stage.stopped = () => { state.running = false; run.textContent = t("run"); };

    panel.append(h("div", { class: "controls" }, Play.button({ label: t("step"), main: true, press: () => { stage.stop(); go(); } }), run,
      Play.button({ label: t("again"), press: () => { stage.stop(); Object.assign(pair, fresh()); draw(); } }),
      Play.slider({ label: t("k"), min: 0, max: 10, value: pair.k, input: (value) => { pair.k = value; build(); } }),
      Play.slider({ label: t("rate"), min: 0.05, max: 1, step: 0.05, value: pair.rate, format: (x) => say(x), input: (value) => { pair.rate = value; draw(); } })),
    h("div", { class: "side" }, h("div", {}, plane.svg, h("p", { class: "note" }, t("pull"))),
      h("div", {}, h("p", { class: "sub" }, t("sure")), bars, h("p", { class: "sub above" }, t("loss"), " ", loss), curve)));
    build();
  }

  const WORDS = 12, SCENE = 5; // rows 0–4 and 5–9 are two scenes, rows 10 and 11 stand in both, as function words do
  const sceneOf = (row) => Math.floor(row / SCENE);
  function started(seed) {
    const draw = random(seed), small = () => [0.3 * (draw() - 0.5), 0.3 * (draw() - 0.5)];
    return { inputs: Array.from({ length: WORDS }, small), outputs: Array.from({ length: WORDS }, () => [0, 0]), n: 0, losses: [], mean: null };
  }

  // Any of the words that may stand beside a center: those of its scene, and the two that stand in both.
  function neighborOf(center, draw) {
    for (;;) {
      const word = Math.floor(draw() * WORDS);
      if (word !== center && (sceneOf(word) === sceneOf(center) || sceneOf(word) === 2 || sceneOf(center) === 2)) return word;
    }
  }

  // Train the twelve words for some steps: a random center, a neighbor of it, k noise words from all twelve.
  function trainScenes(model, k, rate, steps, draw) {
    let loss = 0;
    for (let i = 0; i < steps; i++) {
      const center = Math.floor(draw() * WORDS), context = neighborOf(center, draw);
      const drawn = Array.from({ length: k }, () => Math.floor(draw() * WORDS));
      loss += step(model.inputs, model.outputs, center, context, drawn, rate).loss;
    }
    model.n += steps;
    return loss / steps;
  }

  function manyWords(stage, panel) {
    const { t, state } = stage;
    state.model ??= started(1);
    state.k ??= 0;
    const plane = Play.plane({ label: t("scenes"), limit: 1.35, height: 400 });
    const arrows = t("words").map((word, i) => plane.arrow({ role: ["center", "context", "negative"][sceneOf(i)], name: word, thin: true }));
    const cosineNow = h("b", { class: "number" }), lossNow = h("b", { class: "number" }), n = h("span", { class: "number" });
    const meter = h("span", { class: "bar alt" }), line = h("path", { class: "curve" });
    const run = Play.button({ label: t("run"), main: true, press: toggle });
    let draw = random(7);

    function show() {
      const { inputs, losses } = state.model, longest = Math.max(...inputs.map(Play.norm), 1e-9), mean = meanCosine(inputs.slice(0, SCENE), inputs.slice(SCENE, 2 * SCENE));
      inputs.forEach((v, i) => arrows[i].put([v[0] / longest, v[1] / longest]));
      cosineNow.textContent = say(mean);
      meter.style.width = `${Math.max(0, 100 * mean)}%`;
      lossNow.textContent = losses.length ? say(losses.at(-1)) : "–";
      n.textContent = t("steps", state.model.n);
      line.setAttribute("d", losses.length > 1 ? Play.curve(losses, 200, 60, 0, Math.max(...losses)) : "");
    }

    function toggle() {
      if (state.running) { stage.stop(); return; }
      state.running = true;
      run.textContent = t("halt");
      stage.animate(() => {
        state.model.losses.push(trainScenes(state.model, state.k, 0.05, 60, draw));
        show();
        if (state.model.n < 24000) return true;
        stage.stop();
        return false;
      });
    }
    function restart() { stage.stop(); state.model = started(1); draw = random(7); show(); }
    stage.stopped = () => { state.running = false; run.textContent = t("run"); };
    panel.append(h("div", { class: "controls" }, run, Play.button({ label: t("again"), press: restart }),
      Play.slider({ label: t("k"), min: 0, max: 10, value: state.k, input: (value) => { state.k = value; restart(); } }), n),
    h("div", { class: "side" }, plane.svg, h("div", {},
      h("p", { class: "sub" }, t("apart"), " ", cosineNow), h("div", { class: "meter" }, meter),
      h("p", { class: "sub above" }, t("loss"), " ", lossNow),
      h("svg", { viewBox: "-2 -4 204 68", "aria-hidden": "true", class: "small" }, h("line", { x1: 0, x2: 200, y1: 60, y2: 60, class: "axis" }), line),
      h("p", { class: "note" }, t("scenes")))));
    show();
  }

  function noiseBars(stage, panel) {
    const { t, state, language, data } = stage;
    const { words, counts } = data[language];
    state.power ??= 0.75;
    state.draws = words.map(() => 0);
    const draw = random(3), total = h("span", { class: "number" });
    const W = 620, H = 230, left = 6, wide = (W - left) / words.length;
    const svg = h("svg", { viewBox: `0 -8 ${W} ${H + 78}`, role: "img", "aria-label": t("bars"), class: "zipf" });
    const parts = words.map((word, i) => {
      const x = left + i * wide, expected = h("rect", { x: x + 2, width: wide - 4, class: "expected" }), got = h("rect", { x: x + 4, width: wide - 8, class: "got" });
      svg.append(got, expected, h("text", { transform: `translate(${x + wide / 2 - 4} ${H + 12}) rotate(55)` }, word));
      return { expected, got };
    });
    const plain = h("path", { class: "plain" });
    svg.append(plain, h("line", { x1: 0, x2: W, y1: H, y2: H, class: "axis" }));

    function show() {
      const p = noise(counts, state.power), frequency = noise(counts, 1), n = state.draws.reduce((a, b) => a + b, 0), size = Math.max(n, 1);
      const most = Math.max(...p, ...frequency, ...state.draws.map((count) => count / size));
      const tall = (share) => (share / most) * (H - 6);
      parts.forEach(({ expected, got }, i) => {
        set(expected, { y: H - tall(p[i]), height: tall(p[i]) });
        set(got, { y: H - tall(state.draws[i] / size), height: tall(state.draws[i] / size) });
      });
      plain.setAttribute("d", frequency.map((f, i) => `${i ? "L" : "M"}${left + (i + 0.5) * wide} ${H - tall(f)}`).join(""));
      total.textContent = t("drawn", n);
    }
    const clear = () => { state.draws = words.map(() => 0); show(); };
    panel.append(h("div", { class: "controls" },
      Play.slider({ label: t("power"), min: 0, max: 1.25, step: 0.05, value: state.power, format: (x) => say(x), wide: true, input: (value) => { state.power = value; clear(); } }),
      Play.button({ label: t("draw"), main: true, press: () => { drawCounts(noise(counts, state.power), 100, draw).forEach((count, i) => { state.draws[i] += count; }); show(); } }),
      Play.button({ label: t("clear"), press: clear }), total), svg, h("p", { class: "note" }, t("outline")));
    show();
  }

  const STYLE = `
    .curve { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
    svg.small { max-width: 22em; }
    .play p.sub.above { margin-top: 1em; }
    .meter { height: .9em; background: var(--soft); border: 1px solid var(--line); border-radius: .3em; overflow: hidden; }
    .meter .bar { display: block; height: 100%; background: var(--center); }
    .zipf { font-size: 14px; }
    .expected { fill: none; stroke: var(--ink); stroke-width: 1.4; transition: y .25s, height .25s; }
    .got { fill: var(--context); transition: y .25s, height .25s; }
    .plain { fill: none; stroke: var(--negative); stroke-width: 2; stroke-dasharray: 5 4; }
    @container (max-width: 30em) { .zipf { font-size: 21px; } }`;

  Play.define("forces", { needs: true, texts, view, compute: { step: (...given) => { const found = step(...given); return { inputs: given[0].map((v) => [...v]), outputs: given[1].map((v) => [...v]), loss: found.loss }; },
    noise, drawCounts: (p, n, seed) => drawCounts(p, n, random(seed)), meanCosine,
    scenes: (k, steps, seed) => { const model = started(seed); const loss = trainScenes(model, k, 0.05, steps, random(seed + 6)); const at = (scene) => model.inputs.slice(scene * SCENE, (scene + 1) * SCENE);
      return { between: meanCosine(at(0), at(1)), within: meanCosine(at(0), at(0)), loss }; } } });
})();
