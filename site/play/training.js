// Lesson 5: word2vec trains in the page, in a worker, while words swim on a map.

(() => {
  "use strict";
  const { h, say } = Play;

  // The trainer: skip-gram with negative sampling, pair by pair, as lesson 5 teaches it.  The worker gets this function
  // as text, and that of Play.random: it uses nothing else from outside itself.
  function engine(random) {
    const END = 65535; // stands in a stream of ids where a sentence ends

    // One step of gradient descent on one pair and its noise words, in place; returns the pair's loss.
    // Tables are flat, row w is inputs[w * dim …].  All gradients come from the rows as they were before the step.
    function step(inputs, outputs, dim, center, context, noise, rate, room) {
      const v = center * dim, change = room || new Float64Array(dim);
      const before = inputs.subarray(v, v + dim), seen = [context, ...noise];
      const scores = seen.map((row) => { let score = 0; for (let d = 0; d < dim; d++) score += before[d] * outputs[row * dim + d]; return score; });
      let loss = 0;
      change.fill(0);
      scores.forEach((score, i) => { // the center's gradient first, while all outputs are as they were
        const error = (i === 0 ? 1 : 0) - 1 / (1 + Math.exp(-score)), signed = i === 0 ? -score : score;
        loss += Math.max(signed, 0) + Math.log1p(Math.exp(-Math.abs(signed)));
        scores[i] = rate * error;
        for (let d = 0; d < dim; d++) change[d] += scores[i] * outputs[seen[i] * dim + d];
      });
      seen.forEach((row, i) => { for (let d = 0; d < dim; d++) outputs[row * dim + d] += scores[i] * before[d]; });
      for (let d = 0; d < dim; d++) inputs[v + d] += change[d];
      return loss;
    }

    // options: dim, window, negative, rate, epochs, seed, sample, exponent.  ids: Uint16Array with END after sentences.
    function model(ids, words, options) {
      const draw = random(options.seed), counts = new Float64Array(words);
      let total = 0;
      for (const id of ids) if (id !== END) { counts[id] += 1; total += 1; }
      const keep = counts.map((count) => { const f = count / total / options.sample; return f > 0 ? Math.min(1, (Math.sqrt(f) + 1) / f) : 1; });
      const reach = totals(counts, options.exponent);
      const inputs = Float32Array.from({ length: words * options.dim }, () => (draw() - 0.5) / options.dim);
      return { ids, words, options, draw, keep, reach, total, inputs, outputs: new Float32Array(words * options.dim), at: 0, epoch: 0, seen: 0 };
    }

    // Running totals of count^exponent: a draw falls into the piece of its word.
    function totals(counts, exponent) {
      let sum = 0;
      return Float64Array.from(counts, (count) => (sum += count ** exponent));
    }

    function noiseWord({ reach, words, draw }) {
      const goal = draw() * reach[words - 1];
      let low = 0, high = words - 1;
      while (low < high) { const middle = (low + high) >> 1; if (reach[middle] > goal) high = middle; else low = middle + 1; }
      return low;
    }

    // Train on the next sentences, some `tokens` words of them.  Returns {loss of a pair, done: 0 to 1}.
    function train(m, tokens) {
      const { ids, options, draw } = m, { dim, window, negative } = options, room = new Float64Array(dim), noise = new Array(negative);
      let loss = 0, pairs = 0;
      for (let left = tokens; left > 0 && m.epoch < options.epochs; ) {
        const sentence = []; // what subsampling leaves of one sentence
        for (; m.at < ids.length && ids[m.at] !== END; m.at++) { m.seen += 1; left -= 1; if (draw() < m.keep[ids[m.at]]) sentence.push(ids[m.at]); }
        m.at += 1;
        const rate = options.rate + (1e-4 - options.rate) * Math.min(1, m.seen / (m.total * options.epochs));
        for (let i = 0; i < sentence.length; i++) {
          const reach = 1 + Math.floor(draw() * window);
          for (let j = Math.max(0, i - reach); j < Math.min(sentence.length, i + reach + 1); j++) {
            if (i === j) continue;
            for (let k = 0; k < negative; k++) noise[k] = noiseWord(m);
            loss += step(m.inputs, m.outputs, dim, sentence[i], sentence[j], noise, rate, room);
            pairs += 1;
          }
        }
        if (m.at >= ids.length) { m.at = 0; m.epoch += 1; }
      }
      return { loss: pairs ? loss / pairs : NaN, done: Math.min(1, m.seen / (m.total * options.epochs)) };
    }

    return { END, step, model, totals, noiseWord, train };
  }

  // What the worker does: trains in pieces and sends the input vectors after each.
  function work() {
    const { model, train } = engine(random);
    let current = 0;
    onmessage = ({ data: { ids, words, options, piece, turn } }) => {
      const m = model(ids, words, options);
      current = turn;
      const go = () => {
        if (turn !== current) return;
        const { loss, done } = train(m, piece), inputs = m.inputs.slice();
        postMessage({ turn, loss, done, inputs }, [inputs.buffer]);
        if (done < 1) setTimeout(go);
      };
      go();
    };
  }

  // ---------------------------------------------------------------------------------------------------- scores

  // Spearman's rank correlation; equal numbers share the mean of their ranks.
  function spearman(x, y) {
    const ranks = (values) => {
      const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]), found = new Array(values.length);
      for (let i = 0; i < order.length; ) {
        let j = i;
        while (j + 1 < order.length && values[order[j + 1]] === values[order[i]]) j += 1;
        for (let k = i; k <= j; k++) found[order[k]] = (i + j) / 2;
        i = j + 1;
      }
      const mean = (values.length - 1) / 2;
      return found.map((rank) => rank - mean);
    };
    const a = ranks(x), b = ranks(y);
    return Play.dot(a, b) / (Play.norm(a) * Play.norm(b));
  }

  const rowOf = (inputs, dim, i) => inputs.subarray(i * dim, (i + 1) * dim);
  function score(inputs, dim, pairs) {
    return spearman(pairs.map(([a, b]) => Play.cosine(rowOf(inputs, dim, a), rowOf(inputs, dim, b))), pairs.map((pair) => pair[2]));
  }

  // A text of one's own as {words, ids}: lower case, cut at what is no letter, words that occur twice or more.
  function ownText(text) {
    const sentences = text.toLowerCase().split(/[.!?。\n]+/).map((line) => line.match(/[\p{L}\p{N}'-]+/gu) || []), counts = new Map();
    for (const word of sentences.flat()) counts.set(word, (counts.get(word) || 0) + 1);
    const words = [...counts].filter(([, n]) => n > 1).sort((a, b) => b[1] - a[1]).slice(0, 5000).map(([word]) => word), index = new Map(words.map((word, i) => [word, i]));
    const ids = sentences.flatMap((line) => [...line.filter((word) => index.has(word)).map((word) => index.get(word)), 65535]);
    return { words, ids: Uint16Array.from(ids), groups: [words.slice(8, 40).map((_, i) => i + 8)], pairs: [] };
  }

  function corpusOf(data, which) {
    const { words, ids, groups, pairs } = data[which];
    return { words, ids: new Uint16Array(Play.bytes(ids).buffer), groups, pairs };
  }

  // -------------------------------------------------------------------------------------------------- the page

  const SETTINGS = { dim: 24, window: 5, negative: 5, rate: 0.05, sample: 1e-3, exponent: 0.75 };
  const EPOCHS = { ko: 5, en: 8, own: 20 };

  const texts = {
    ko: {
      title: "지금 여기서 학습하기", lead: "학습을 누르면 word2vec이 이 페이지 안에서 학습합니다. 학습하는 동안 단어가 지도 위를 움직여 제자리를 찾아갑니다. 단어를 누르면 이웃이 나옵니다.",
      task: "네거티브 1개로 한 번, 10개로 한 번 학습해 손실과 점수를 적어 보세요. 손실이 더 작은 쪽의 벡터가 더 좋을까요?",
      answer: "아닙니다. 네거티브가 k개이면 손실은 항이 1 + k개인 합이라 (1 + k) log 2에서 시작합니다. k = 1일 때의 손실이 훨씬 작지만 점수까지 더 좋지는 않습니다. 손실은 k가 같을 때만 서로 견줄 수 있고, 벡터가 얼마나 쓸모 있는지는 점수로 재야 합니다.",
      corpus: "글", ko: "한국어 말뭉치", en: "영어 장면 캡션", own: "내 글", window: "윈도우", negative: "네거티브", rate: "학습률", go: "학습", halt: "멈춤", paste: "여기에 글을 붙여 넣으세요(몇천 단어 이상). 글은 이 페이지 밖으로 나가지 않습니다.",
      map: "단어 벡터의 두 주성분", loss: "손실", score: "점수(순위 상관)", near: (word) => `${word}의 이웃`, progress: (done, speed) => `${done}% · 초당 ${speed} 단어`, ready: "아직 학습하지 않은 난수 벡터입니다.",
      short: "두 번 이상 나오는 단어가 스무 개는 있어야 합니다.",
    },
    en: {
      title: "Train it here and now", lead: "Press Train and word2vec trains inside this page. Words swim over the map to their places; click one to see its neighbors.",
      task: "Train once with 1 negative and once with 10, and note loss and score. Are the vectors with the smaller loss the better ones?",
      answer: "No. With k negatives the loss is a sum of 1 + k terms and starts at (1 + k) log 2. With k = 1 it is far smaller, but the score is no better for it. Losses can be compared only for the same k; how useful vectors are is for a score to say.",
      corpus: "Text", ko: "Korean corpus", en: "English scene captions", own: "my own", window: "Window", negative: "Negatives", rate: "Rate", go: "Train", halt: "Stop", paste: "Paste a text here (a few thousand words or more). It does not leave this page.",
      map: "Two principal components of the word vectors", loss: "Loss", score: "Score (rank correlation)", near: (word) => `Neighbors of ${word}`, progress: (done, speed) => `${done}% · ${speed} words per second`, ready: "Random vectors, not trained yet.",
      short: "There must be twenty words that occur twice or more.",
    },
  };
  const ROLES = ["center", "context", "good", "pink"];

  function view(stage) {
    const { t, state, data, root, language } = stage;
    state.which ??= language;
    state.options ??= { ...SETTINGS };
    let corpus, worker = null, turn = 0, axes = [], inputs = null, began = 0;
    const map = Play.wordMap({ label: t("map"), height: 400, press: choose, calm: true });
    const status = h("p", { class: "note number" }, t("ready")), near = h("div", { class: "bars" }), nearTitle = h("p", { class: "sub" });
    const paste = h("textarea", { rows: 4, "aria-label": t("paste"), placeholder: t("paste"), oninput: () => { state.text = paste.value; take(); } }, state.text || "");
    const plot = (role) => { const line = h("path", { class: `curve line-${role}` }), now = h("b", { class: "number" }); return { line, now, svg: h("svg", { viewBox: "-2 -4 204 58", "aria-hidden": "true" }, h("line", { x1: 0, x2: 200, y1: 50, y2: 50, class: "axis" }), line) }; };
    const loss = plot("context"), mark = plot("center"), scoreBox = h("div", {}, h("p", { class: "sub" }, t("score"), " ", mark.now), mark.svg);
    const run = Play.button({ label: t("go"), main: true, press: () => (state.running ? stage.stop() : go()) });

    function take() {
      stage.stop();
      paste.hidden = state.which !== "own";
      corpus = state.which === "own" ? ownText(state.text || "") : corpusOf(data, state.which);
      scoreBox.hidden = !corpus.pairs.length;
      run.disabled = corpus.words.length < 20;
      status.textContent = run.disabled ? t("short") : t("ready");
      state.losses = [];
      state.scores = [];
      axes = [];
      state.word = null;
      if (!run.disabled) { inputs = engine(Play.random).model(corpus.ids, corpus.words.length, { ...state.options, epochs: 1, seed: 1 }).inputs; show(); } else map.put([]);
    }

    function show() {
      const dim = state.options.dim, shown = corpus.groups.flatMap((rows, g) => rows.map((i) => ({ i, role: ROLES[g % 4] })));
      const unit = shown.map(({ i }) => { const row = rowOf(inputs, dim, i), length = Play.norm(row) || 1; return Float64Array.from(row, (x) => x / length); });
      const found = Play.principal(unit, 2, axes);
      axes = found.axes;
      map.put(shown.map(({ i, role }, k) => { const [x, y] = found.at(unit[k]); return { word: corpus.words[i], x, y, role, big: corpus.words[i] === state.word }; }));
      const { losses, scores } = state;
      loss.line.setAttribute("d", losses.length > 1 ? Play.curve(losses, 200, 50, 0, Math.max(...losses)) : "");
      mark.line.setAttribute("d", scores.length > 1 ? Play.curve(scores, 200, 50, Math.min(0, ...scores), 1) : "");
      loss.now.textContent = losses.length ? say(losses.at(-1)) : "";
      mark.now.textContent = corpus.pairs.length ? say(score(inputs, dim, corpus.pairs)) : "";
      if (state.word) neighbors();
    }

    function choose(word) { state.word = word; show(); }

    function neighbors() {
      const dim = state.options.dim, i = corpus.words.indexOf(state.word);
      const all = corpus.words.map((word, j) => [word, Play.cosine(rowOf(inputs, dim, j), rowOf(inputs, dim, i))]);
      nearTitle.textContent = t("near", state.word);
      near.replaceChildren(...all.filter(([word]) => word !== state.word).sort((a, b) => b[1] - a[1]).slice(0, 8).flatMap(([word, closeness]) =>
        [h("span", {}, word), h("span", { class: "bar", style: `width:${Math.max(0, 100 * closeness)}%` }), h("span", { class: "number" }, say(closeness))]));
    }

    let latest = null;
    function hear(message) {
      if (message.turn !== turn) return;
      latest = message;
      if (Number.isFinite(message.loss)) state.losses.push(message.loss);
      if (corpus.pairs.length) state.scores.push(score(message.inputs, state.options.dim, corpus.pairs));
    }

    function go() {
      stage.stop();
      turn += 1;
      state.running = true;
      state.losses = [];
      state.scores = [];
      run.textContent = t("halt");
      const options = { ...state.options, epochs: EPOCHS[state.which], seed: turn };
      const tokens = corpus.ids.length * options.epochs, task = { ids: corpus.ids, words: corpus.words.length, options, piece: Math.ceil(tokens / 120), turn };
      began = performance.now();
      try {
        const source = `${Play.random}\n${engine}\n(${work})()`;
        worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
        worker.onmessage = (event) => hear(event.data);
        worker.postMessage(task);
      } catch (error) { // a page that may start no worker trains in small pieces between two frames
        const { model, train } = engine(Play.random), m = model(task.ids, task.words, options);
        stage.animate(() => { const { loss: now, done } = train(m, 400); hear({ turn, loss: now, done, inputs: m.inputs }); return done < 1; });
      }
      let shown = 0; // the map moves a dozen times a second: a slow phone has time for the rest
      stage.animate(() => {
        if (!latest || latest.turn !== turn || (latest.done < 1 && performance.now() - shown < 80)) return true;
        shown = performance.now();
        inputs = latest.inputs;
        const speed = Math.round((latest.done * tokens) / Math.max(performance.now() - began, 1)) * 1000;
        status.textContent = t("progress", Math.round(100 * latest.done), speed.toLocaleString("en"));
        const finished = latest.done >= 1;
        latest = null;
        show();
        if (finished) { stage.tell(`${t("loss")} ${loss.now.textContent}, ${t("score")} ${mark.now.textContent}`); stage.stop(); }
        return !finished;
      });
    }
    stage.stopped = () => { worker?.terminate(); worker = null; state.running = false; run.textContent = t("go"); };

    const knob = (key, min, max, step = 1, format = String) => Play.slider({ label: t(key), min, max, step, value: state.options[key], format, input: (value) => { state.options[key] = value; stage.stop(); } });
    root.append(h("style", {}, STYLE),
      h("div", { class: "controls" }, Play.choice({ label: t("corpus"), value: state.which, options: ["ko", "en", "own"].map((key) => [key, t(key)]), input: (value) => { state.which = value; take(); } })), paste,
      h("div", { class: "controls" }, run, knob("window", 1, 10), knob("negative", 1, 10), knob("rate", 0.01, 0.2, 0.01, (x) => say(x))), status,
      h("div", { class: "side wide-left" }, map.svg, h("div", {}, h("p", { class: "sub" }, t("loss"), " ", loss.now), loss.svg, scoreBox, nearTitle, near)));
    take();
  }

  const STYLE = `
    textarea { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .5em; padding: .5em .7em; }
    .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .fill-pink { fill: var(--pink); } svg text.fill-pink { fill: var(--pink); }
    .wide-left svg { max-width: 40em; }
    @media print { .wide-left > div:has(> svg > .curve:is([d=""], :not([d]))) { display: none; } } /* nothing trained, nothing to see */
    @media print { .wide-left svg.map { max-width: 20rem !important; font-size: 18px; } }`;

  Play.define("training", { needs: true, texts, view, compute: { spearman, ownText: (text) => { const { words, ids } = ownText(text); return { words, ids: [...ids] }; },
    step: (inputs, outputs, dim, ...rest) => { const tables = [inputs, outputs].map((t) => Float64Array.from(t)); const loss = engine(Play.random).step(...tables, dim, ...rest); return { inputs: [...tables[0]], outputs: [...tables[1]], loss }; },
    draws: (counts, exponent, n) => { const { noiseWord, totals } = engine(Play.random), m = { words: counts.length, draw: Play.random(1), reach: totals(counts, exponent) }, found = counts.map(() => 0); for (let i = 0; i < n; i++) found[noiseWord(m)] += 1; return found; },
    train: (which, seed, change = {}) => {
      const corpus = corpusOf(Play.stored.training, which), { model, train } = engine(Play.random), options = { ...SETTINGS, epochs: EPOCHS[which], seed, ...change };
      const m = model(corpus.ids, corpus.words.length, options), { loss } = train(m, Infinity);
      return { loss, score: score(m.inputs, options.dim, corpus.pairs) };
    } } });
})();
