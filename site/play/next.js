// Lesson 10: a small GPT writes in the page: what it says next, where it looks, and what its mask is for.

(() => {
  "use strict";
  const { h, random, dot, say } = Play;
  const [END, UNKNOWN, MASK] = [0, 1, 2];
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  // --------------------------------------------------------- the same as helpers/context.py and helpers/pretrained.py

  // A model ready to compute: tensors[name] is a list of rows, a vector a list of one.
  function modelOf({ words, heads, tensors, counts, shares, held }) {
    const list = words.split(" "), rows = {};
    for (const [name, packed] of Object.entries(tensors)) {
      const table = Play.table(packed);
      rows[name] = Array.from({ length: table.rows }, (_, i) => table.row(i));
    }
    const blocks = Object.keys(rows).filter((name) => name.endsWith("norm1.weight")).length;
    return { words: list, index: new Map(list.map((word, i) => [word, i])), heads, blocks, tensors: rows, held,
      most: rows["positions.weight"].length, counts: countsOf(counts, list.length), shares };
  }

  const add = (a, b) => Float64Array.from(a, (x, i) => x + b[i]);
  const linear = (x, weight, [bias]) => Float64Array.from(weight, (row, i) => dot(row, x) + bias[i]);

  function softmax(scores) {
    const top = Math.max(...scores), powers = Float64Array.from(scores, (x) => Math.exp(x - top)), sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((x) => x / sum);
  }

  function layerNorm(x, [gain], [bias]) {
    const mean = x.reduce((a, b) => a + b, 0) / x.length, spread = x.reduce((sum, a) => sum + (a - mean) ** 2, 0) / x.length;
    return Float64Array.from(x, (a, i) => (gain[i] * (a - mean)) / Math.sqrt(spread + 1e-5) + bias[i]);
  }

  // The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26), for the exact GELU.
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const y = 1 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
    return x < 0 ? -y : y;
  }
  const gelu = (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));

  // Ids → {vectors: one for each place, attention: [block][head][place that looks][place looked at]}.
  // masked: a place sees itself and those before it; without, all of them.
  function forward(model, ids, masked) {
    const { tensors, heads } = model, embedding = tensors["embedding.weight"], d = embedding[0].length, size = d / heads, attention = [];
    let xs = ids.map((id, t) => add(embedding[id], tensors["positions.weight"][t]));
    for (let b = 0; b < model.blocks; b++) {
      const of = (name) => ["weight", "bias"].map((kind) => tensors[`blocks.${b}.${name}.${kind}`]);
      const parts = xs.map((x) => linear(layerNorm(x, ...of("norm1")), ...of("to_qkv"))); // query, key, value in turn
      const part = (t, which, head) => parts[t].subarray(which * d + head * size, which * d + (head + 1) * size);
      const mixed = xs.map(() => new Float64Array(d)), seen = [];
      for (let head = 0; head < heads; head++) seen.push(xs.map((_, t) => {
        const end = masked ? t + 1 : xs.length, scores = [];
        for (let s = 0; s < end; s++) scores.push(dot(part(t, 0, head), part(s, 1, head)) / Math.sqrt(size));
        const weights = softmax(scores);
        weights.forEach((weight, s) => part(s, 2, head).forEach((value, i) => { mixed[t][head * size + i] += weight * value; }));
        return [...weights, ...new Array(xs.length - end).fill(0)];
      }));
      attention.push(seen);
      xs = xs.map((x, t) => add(x, linear(mixed[t], ...of("mix"))));
      xs = xs.map((x) => add(x, linear(linear(layerNorm(x, ...of("norm2")), ...of("feed_forward.0")).map(gelu), ...of("feed_forward.2"))));
    }
    return { vectors: xs.map((x) => layerNorm(x, tensors["norm.weight"], tensors["norm.bias"])), attention };
  }

  const scoresOf = (model, vector) => linear(vector, model.tensors["embedding.weight"], model.tensors.bias);

  // The probability of every word to come next, after a vector; <unknown> and <mask> are never said.
  function nextWords(model, vector) {
    const scores = scoresOf(model, vector);
    scores[UNKNOWN] = scores[MASK] = -Infinity;
    return softmax(scores);
  }

  // What is read: <end>, for the start of a sentence, and the words; the last ones if they are more than the places.
  const read = (model, ids) => [END, ...ids].slice(-model.most);

  // Probabilities at another temperature; topK: 0 for all but the k largest.  At temperature 0 the likeliest has 1.
  function sharpened(share, temperature, topK = share.length) {
    const order = [...share.keys()].sort((a, b) => share[b] - share[a] || a - b).slice(0, temperature ? topK : 1);
    const sharp = softmax(order.map((i) => Math.log(share[i]) / (temperature || 1))), found = new Float64Array(share.length);
    order.forEach((i, k) => { found[i] = sharp[k]; });
    return found;
  }

  // The word in whose part of the line from 0 to 1 the number u falls.
  function pick(share, u) {
    let sum = 0;
    const last = share.findLastIndex((p) => p > 0);
    for (let i = 0; i < last; i++) { sum += share[i]; if (u < sum) return i; }
    return last;
  }

  // The n-th random number of a seed: the same sentence goes on the same way again.
  function dice(seed, n) {
    const draw = random(seed);
    for (let i = 0; i < n; i++) draw();
    return draw();
  }

  // One more word, or END.
  function drawn(model, ids, { temperature, topK, seed, masked }) {
    const share = nextWords(model, forward(model, read(model, ids), masked).vectors.at(-1));
    return pick(sharpened(share, temperature, topK), dice(seed, ids.length));
  }

  // A model that counts: `times` of the `before` times that some words came, this one followed.  It is mixed with `less`, the
  // model that sees one word less, which stands alone where those words never came.
  const mixed = (share, times = 0, before = 0, less = 0) => (before ? (share * times) / before + (1 - share) * less : less);

  // The probability given to each word that really follows, in what is read: {unigram, bigram, trigram, masked, open}.
  function following(model, seen) {
    const { counts: { single, pairs, threes, total }, shares } = model, steps = seen.slice(1);
    const gpt = (masked) => { const { vectors } = forward(model, seen, masked); return steps.map((id, t) => softmax(scoresOf(model, vectors[t]))[id]); };
    const unigram = steps.map((id) => (single[id] + 1) / (total + single.length));
    const bigram = ([share]) => steps.map((id, t) => mixed(share, pairs[seen[t]].get(id), single[seen[t]], unigram[t]));
    const trigram = ([two, three]) => bigram([two]).map((less, t) => { // the first word has one before it only
      const [a, b] = [seen[t - 1], seen[t]];
      return t ? mixed(three, threes[a].get(b)?.get(steps[t]), pairs[a].get(b), less) : less;
    });
    return { unigram, bigram: bigram(shares.bigram), trigram: trigram(shares.trigram), masked: gpt(true), open: gpt(false) };
  }

  const perplexity = (list) => Math.exp(-list.reduce((sum, p) => sum + Math.log(p), 0) / list.length);

  // Whole numbers from a text of packing.digits64: five bits a letter, the lowest first.
  function* numbersIn(text) {
    let number = 0, unit = 1;
    for (const letter of text) {
      const digit = DIGITS.indexOf(letter), more = digit >= 32;
      number += unit * (digit % 32);
      if (!more) yield number;
      [number, unit] = more ? [number, 32 * unit] : [0, 1];
    }
  }

  // How often words come: single[a] alone, pairs[a].get(b) after each other, threes[a].get(b).get(c); total: of all words.
  // The text begins with END, and what follows one END from the next is not kept; play_next.counts_as_text has the order.
  function countsOf(text, words) {
    const numbers = numbersIn(text), next = () => numbers.next().value, single = new Array(words).fill(0);
    const pairs = single.map(() => Array.from({ length: next() }, () => [next(), next()]));
    pairs.flat().forEach(([b, times]) => { single[b] += times; });
    single[END] += 1;
    const threes = pairs.map((followers) => new Map(followers.filter(([b]) => b !== END).map(([b, times]) => [b, new Map(behind(pairs[b], times))])));
    function* behind(list, left) {
      while (left > 0) {
        const coded = next(), times = coded % 2 ? next() : 1;
        yield [list[Math.floor(coded / 2)][0], times];
        left -= times;
      }
    }
    return { single, pairs: pairs.map((followers) => new Map(followers)), threes, total: single.reduce((a, b) => a + b, 0) };
  }

  // ------------------------------------------------------------------------------------------------ words and pieces

  // A text as [{word, id}]; what is not known is cut into the fewest known pieces (할머니는 → 할머니 는), else <unknown>.
  function tokensOf(model, text, cuts) {
    const known = (word) => model.index.get(word) > MASK;
    return text.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean).flatMap((typed) => {
      if (known(typed)) return [typed];
      const best = [[]];
      for (let end = 1; cuts && end <= typed.length; end++) for (let start = 0; start < end; start++) {
        const piece = typed.slice(start, end);
        if (best[start] && known(piece) && !(best[end]?.length <= best[start].length + 1)) best[end] = [...best[start], piece];
      }
      return best[typed.length] || [typed];
    }).map((word) => ({ word, id: known(word) ? model.index.get(word) : UNKNOWN }));
  }

  // Known words in place of one that is not: those that begin most like it, the more frequent first.
  function offers(model, typed, most = 8) {
    const shared = (word) => { let n = 0; while (n < word.length && word[n] === typed[n]) n++; return n; };
    return model.words.slice(MASK + 1).sort((a, b) => shared(b) - shared(a)).slice(0, most); // sort keeps their order
  }

  // -------------------------------------------------------------------------------------------------- the page

  const texts = {
    ko: {
      title: "다음 단어", lead: "수업 10의 작은 GPT가 이 페이지 안에서 계산합니다. 문장을 고치고, 막대를 누르고, 온도를 바꾸고, 마스크를 꺼 보세요.",
      task: "① ‘대한민국 의 수도 는’의 첫 단어만 다른 나라로 바꿔 보세요. 다음 단어도 그 나라의 수도로 바뀔까요? ② 마스크를 끄면 뒤에 올 말까지 보입니다. 그러면 다음 단어를 더 잘 맞힐까요? ③ 앞의 두 단어만 보고 세기만 하는 트라이그램과 이 GPT 가운데 누가 더 잘 맞힐까요? 먼저 짐작하고 ‘단어마다’에서 확인하세요.",
      answer: "① 바뀌지 않습니다. 바로 앞의 ‘는’만 보는 바이그램과 달리 도시 이름이 올 차례라는 것은 알지만, 어느 나라를 넣어도 첫째는 같은 도시입니다. 틀은 배웠어도 어느 나라의 수도인지는 배우지 못했습니다. ② 대개 더 못 맞힙니다. 학습에 쓰지 않은 문장에서 퍼플렉시티가 14.1에서 23.7로 올라, 21.1인 바이그램보다도 나쁩니다. 더 나아지는 문장은 100개에 9개뿐입니다. 마스크를 켠 채 배운 모델이라 뒤에 오는 말을 쓸 줄 모릅니다. 처음부터 마스크 없이 배우면 손실은 아주 작아지지만, 눈앞의 답을 베끼는 법만 배웁니다. ③ 트라이그램입니다. 같은 문장에서 잰 퍼플렉시티가 10.6으로, 14.1인 GPT보다 낮습니다. GPT는 훨씬 멀리까지 볼 수 있지만, 네 에폭을 배워서는 앞의 두 단어를 세는 것만 못했습니다. 수업에서 같은 글을 두 배 오래 배운 GPT는 트라이그램을 앞섰습니다. 영어 페이지의 GPT는 네 에폭으로도 트라이그램을 앞섭니다.",
      sentence: "문장", first: "할머니 는 마당 에서 빨래 를", tries: ["할머니 는 마당 에서 빨래 를", "대한민국 의 수도 는", "동생 은 시장 에서 배 를"], cuts: true,
      about: (n) => `아는 형태소는 ${n}개입니다. 조사와 어미는 띄어 씁니다(‘할머니는’이라고 써도 아는 조각으로 자릅니다).`,
      places: "자리: 누른 단어의 다음을 맞힙니다", end: "⟨끝⟩", unknown: (word) => `‘${word}’: 모르는 말이라 <unknown>으로 읽습니다. 아는 말로 바꾸기:`, offer: (word) => `${word}(으)로 바꾸기`, full: (n) => `자리가 ${n}개뿐이라 흐린 단어는 읽지 못합니다.`,
      mask: "마스크", on: "켬", off: "끔", next: "다음 단어", look: "어디를 보나", each: "단어마다", temperature: "온도", top: "top-k", all: "모두", seed: "시드", draw: "한 단어 뽑기", write: "열 단어 쓰기", halt: "멈춤", back: "한 단어 지우기",
      after: (word) => `‘${word}’ 다음에 올 단어`, really: "색이 다른 막대는 문장에서 실제로 이어지는 단어입니다. 막대의 단어를 누르면 그 단어로 바꿉니다.", press: "막대의 단어를 누르면 문장 끝에 붙습니다.", rest: (n) => `나머지 ${n}개 단어`, ended: "문장이 끝났습니다(⟨끝⟩을 뽑았습니다).", said: (word) => `뽑은 단어: ${word}`,
      layer: "층", head: "헤드", grid: "어텐션 가중치: 행이 보고 열이 보입니다", cell: (a, b, x) => `‘${a}’ → ‘${b}’: ${x}`, hint: "칸 위를 지나가거나 화살표 키로 옮겨 다니면 가중치가 나옵니다. 한 행의 합은 1입니다.",
      masked: "한 자리는 자신과 앞자리만 봅니다.", open: "모든 자리가 뒤까지 봅니다. 이 모델은 이렇게 읽는 법을 배운 적이 없습니다.",
      word: "이어지는 단어", unigram: "유니그램", bigram: "바이그램", trigram: "트라이그램", gptOn: "GPT, 마스크 켬", gptOff: "GPT, 마스크 끔", perplexity: "퍼플렉시티", table: "이어지는 단어에 준 확률", short: "단어를 더 쓰면 확률이 나옵니다.",
      read: "실제로 이어지는 단어에 다섯 모델이 준 확률이고, 굵은 것이 그 자리의 가장 큰 값입니다. 앞의 세 모델은 세기만 합니다. 트라이그램은 앞의 두 단어를 보지만, 첫 자리에서는 앞에 한 단어밖에 없어 바이그램처럼 셉니다. 마스크를 껐을 때의 값은 뒤의 말을 바꾸면 달라지고, 켰을 때의 값은 그대로입니다.", held: (n, { unigram, bigram, trigram, masked, open }, better, ahead) => `문장 하나로는 우열을 말할 수 없습니다. 학습에 쓰지 않은 ${n}문장에서 잰 퍼플렉시티는 유니그램 ${unigram}, 바이그램 ${bigram}, 트라이그램 ${trigram}, GPT ${masked}, 마스크를 끈 GPT ${open}이고, 낮을수록 잘 맞힌 것입니다. 단어 하나에 준 로그 확률의 차이(트라이그램 − GPT)는 평균 ${ahead}이며, 대괄호 안의 95% 구간이 0을 품지 않습니다. 네 에폭을 배운 이 GPT는 트라이그램에 뒤집니다. 마스크를 껐을 때 더 잘 맞힌 문장은 100개에 ${better}개꼴입니다. 문장마다 따로, 문장의 끝은 빼고 재었으므로 수업의 값과 다릅니다.`,
    },
    en: {
      title: "The next word", lead: "A small GPT computes in this page. It learnt from captions of drawn scenes. Change the sentence, press the bars, turn the temperature, take the mask off.",
      task: "1. In “a red boat on the”, put “car” for “boat”. Does the next word follow a word that a bigram cannot see? And does it know the color at the end of “two white dogs in the snow all of them”? 2. Without the mask even the words to come are seen. Does it predict them better? 3. A trigram only counts, and looks no further back than two words. Which of the two predicts better, the trigram or this GPT? Guess first, then look under “Word by word”.",
      answer: "1. The place follows: after the boat comes the sea, after the car the grass or the street. The color does not: whatever color you write, the last word is as uncertain as before, for no caption that it read names a color twice like this. 2. It mostly predicts worse: on held-out captions perplexity rises from 4.0 to 6.3, about the bigram’s 6.4, and only 15 captions in 100 gain (“a red boat on the sea” is one). The model learnt with the mask on and cannot use what it now sees. Trained without the mask from the start, its loss would get very small, but it would learn nothing but to copy the answer before its eyes. 3. This GPT: on the same captions its perplexity of 4.0 is below the trigram’s 5.1. That is not a law. On the Korean page the trigram wins against a GPT that has learnt for as many epochs, and the lesson shows that the Korean one overtakes when it learns for twice as long.",
      sentence: "Sentence", first: "a red cat is to the left of a white", tries: ["a red boat on the", "two white dogs in the snow all of them", "an orange cat is sitting in a"], cuts: false,
      about: (n) => `It knows ${n} words, those of the captions; all others it reads as <unknown>.`,
      places: "Places: press a word to predict what follows it", end: "⟨end⟩", unknown: (word) => `“${word}” is not known and read as <unknown>. Replace it by a known word:`, offer: (word) => `replace by ${word}`, full: (n) => `There are ${n} places only: the pale words are not read.`,
      mask: "Mask", on: "on", off: "off", next: "Next word", look: "Where it looks", each: "Word by word", temperature: "Temperature", top: "top-k", all: "all", seed: "Seed", draw: "Draw a word", write: "Write ten words", halt: "Stop", back: "Delete a word",
      after: (word) => `What comes after “${word}”`, really: "The bar of another color is the word that follows in the sentence. Press a word to put it there instead.", press: "Press a word to append it.", rest: (n) => `the other ${n} words`, ended: "The sentence has ended: ⟨end⟩ was drawn.", said: (word) => `Drawn: ${word}`,
      layer: "Layer", head: "Head", grid: "Attention weights: a row looks, a column is looked at", cell: (a, b, x) => `“${a}” → “${b}”: ${x}`, hint: "Point at a cell, or move with the arrow keys, to read its weight. A row sums to 1.",
      masked: "A place sees itself and those before it.", open: "Every place sees what comes later, too. The model has never learnt to read like this.",
      word: "word that follows", unigram: "unigram", bigram: "bigram", trigram: "trigram", gptOn: "GPT, mask on", gptOff: "GPT, mask off", perplexity: "perplexity", table: "Probability given to the word that follows", short: "Write more words to see probabilities.",
      read: "What five models give to the words that really follow; the largest in each place is bold. The first three only count. The trigram looks at two words, but in the first place there is only one before it, and it counts like the bigram. With the mask off, the numbers change when you change a later word; with the mask on, they stay.", held: (n, { unigram, bigram, trigram, masked, open }, better, ahead) => `One sentence decides nothing. On ${n} held-out captions perplexity (lower is better) is ${unigram} for the unigram, ${bigram} for the bigram, ${trigram} for the trigram, ${masked} for the GPT and ${open} for the GPT with its mask off, which predicts ${better} in 100 of them better. The difference in log probability a word, trigram − GPT, is ${ahead} on average; its 95% interval, in brackets, is clear of 0, so this GPT is ahead of the trigram. (The end of a sentence is not counted here.)`,
    },
  };

  const TOPS = [1, 2, 3, 5, 10, 20, 50, Infinity], SHOWN = 10, PACE = 0.35; // seconds a word

  const models = {};
  const modelFor = (language) => (models[language] ??= modelOf(Play.stored.next[language]));

  function view(stage) {
    const { t, state, root, language } = stage, model = modelFor(language);
    Object.assign(state, { masked: true, temperature: 1, topK: Infinity, seed: 1, layer: 0, head: 0, ...state });
    if (state.language !== language) Object.assign(state, { language, text: t("first"), place: null, ended: false });
    const strip = h("div", { class: "places", role: "group", "aria-label": t("places") }), help = h("div", { class: "help" });
    const field = Play.field({ label: t("sentence"), value: state.text, wide: true, input: (text) => { stage.stop(); put(text, false); } });
    let drawTab = () => {};

    // Everything that the panels show, worked out once a change.
    function now() {
      const tokens = tokensOf(model, state.text, t("cuts")), ids = tokens.map(({ id }) => id), seen = read(model, ids), from = ids.length + 1 - seen.length;
      const labels = [t("end"), ...tokens.map(({ word, id }) => (id === UNKNOWN ? `${word}?` : word))];
      const place = Math.max(from, Math.min(state.place ?? ids.length, ids.length)); // 0 is the start of the sentence
      return { tokens, ids, seen, from, labels, place, ...forward(model, seen, state.masked) };
    }

    function put(text, also = true) {
      Object.assign(state, { text, place: null, ended: false });
      if (also) field.put(text);
      show();
    }

    // Write a word behind a place: at the end it is appended, elsewhere it takes the place of the one that follows.
    function writeAt(place, word) {
      const words = tokensOf(model, state.text, t("cuts")).map((token) => token.word), last = place === words.length;
      words[place] = word;
      put(words.join(" "));
      if (!last) { state.place = place; show(); }
    }

    function show() {
      const { tokens, labels, from, place } = now(), focus = strip.contains(strip.getRootNode().activeElement);
      strip.replaceChildren(...labels.map((label, i) => h("button", { type: "button", "aria-pressed": String(i === place), disabled: i < from,
        class: i && tokens[i - 1].id === UNKNOWN ? "unknown" : false, onclick: () => { stage.stop(); state.place = i; show(); } }, label)));
      if (focus) strip.children[place].focus();
      const stranger = tokens.findIndex(({ id }) => id === UNKNOWN);
      help.replaceChildren(h("p", { class: from ? "note" : "note about" }, from ? t("full", model.most) : t("about", model.words.length - 3)), ...(stranger < 0 ? [] : [
        h("p", { class: "note" }, t("unknown", tokens[stranger].word)), h("div", { class: "offers" }, offers(model, tokens[stranger].word).map((word) =>
          h("button", { type: "button", "aria-label": t("offer", word), onclick: () => { writeAt(stranger, word); state.place = null; show(); strip.lastChild.focus(); } }, word)))]));
      drawTab();
    }

    const kit = { model, now, put, writeAt, show };
    root.append(h("style", {}, STYLE), field,
      h("div", { class: "controls" }, t("tries").map((text) => h("button", { type: "button", class: "try", onclick: () => { stage.stop(); put(text); } }, text)),
        Play.choice({ label: t("mask"), value: state.masked ? "on" : "off", options: [["on", t("on")], ["off", t("off")]], input: (value) => { state.masked = value === "on"; show(); } })), strip, help);
    const open = (draw) => (panel) => { drawTab = draw(stage, panel, kit); drawTab(); };
    Play.tabs(stage, [["next", t("next"), open(bars)], ["look", t("look"), open(looks)], ["each", t("each"), open(each)]], "tab");
    show();
  }

  function bars(stage, panel, { model, now, put, writeAt }) {
    const { t, state } = stage, title = h("p", { class: "sub" }), list = h("div", { class: "bars next" }), note = h("p", { class: "note" }), told = h("p", { class: "told", "aria-live": "polite" });
    const write = Play.button({ label: t("write"), press: toggle });
    const options = () => ({ temperature: state.temperature, topK: state.topK, seed: state.seed, masked: state.masked });

    function show() {
      const { vectors, ids, labels, place, from } = now(), really = ids[place];
      const share = sharpened(nextWords(model, vectors[place - from]), state.temperature, state.topK);
      const order = [...share.keys()].filter((i) => i > MASK || i === END).sort((a, b) => share[b] - share[a] || a - b), first = order.slice(0, SHOWN);
      if (really > MASK && !first.includes(really)) first.push(really);
      const rest = order.filter((i) => !first.includes(i)), left = rest.reduce((sum, i) => sum + share[i], 0), most = Math.max(share[order[0]], left);
      const line = (word, p, kind) => [word, h("span", { class: `bar ${kind}`, style: `width:${(100 * p) / most}%` }), h("span", { class: "number" }, say(p, 3))];
      title.textContent = t("after", labels[place]);
      list.replaceChildren(...first.flatMap((i) => line(i === END ? h("span", {}, t("end")) : h("button", { type: "button", class: "word", onclick: () => { stage.stop(); writeAt(place, model.words[i]); list.querySelector("button")?.focus(); } }, model.words[i]), share[i], i === really ? "alt" : "")),
        ...line(h("span", { class: "note" }, t("rest", rest.length)), left, "less"));
      note.textContent = place < ids.length ? t("really") : t("press");
      told.textContent = state.ended ? t("ended") : "\u00a0";
    }

    // Append one word; false when the sentence has ended.
    function step() {
      const { ids, tokens } = now(), id = drawn(model, ids, options());
      if (id === END) { Object.assign(state, { ended: true, place: null }); show(); return false; }
      put([...tokens.map(({ word }) => word), model.words[id]].join(" "));
      told.textContent = t("said", model.words[id]);
      return true;
    }

    function toggle() {
      if (state.writing) { stage.stop(); return; }
      let left = 10, wait = 0;
      if (stage.calm) { while (left-- && step()); return; }
      state.writing = true;
      write.textContent = t("halt");
      stage.animate((seconds) => {
        wait -= seconds;
        if (wait > 0) return true;
        wait = PACE;
        if (!step() || --left === 0) { stage.stop(); return false; }
        return true;
      });
    }
    stage.stopped = () => { state.writing = false; write.textContent = t("write"); };
    panel.append(h("div", { class: "side" }, h("div", {}, h("div", { class: "controls" },
      Play.slider({ label: t("temperature"), min: 0, max: 3, step: 0.1, value: state.temperature, format: (x) => say(x, 1), input: (x) => { state.temperature = x; show(); } }),
      Play.slider({ label: t("top"), min: 0, max: TOPS.length - 1, value: TOPS.indexOf(state.topK), format: (i) => (TOPS[i] === Infinity ? t("all") : String(TOPS[i])), input: (i) => { state.topK = TOPS[i]; show(); } }),
      Play.slider({ label: t("seed"), min: 1, max: 20, value: state.seed, input: (x) => { state.seed = x; } })),
      h("div", { class: "controls" }, Play.button({ label: t("draw"), main: true, press: () => { stage.stop(); step(); } }), write,
        Play.button({ label: t("back"), press: () => { stage.stop(); put(now().tokens.slice(0, -1).map(({ word }) => word).join(" ")); } })), told), h("div", {}, title, list, note)));
    return show;
  }

  function looks(stage, panel, { model, now }) {
    const { t, state } = stage, holder = h("div", { class: "scrolls" }), read = h("p", { class: "number", "aria-live": "polite" }), note = h("p", { class: "note" });
    const pick = (label, key, n) => Play.choice({ label, value: state[key], options: Array.from({ length: n }, (_, i) => [i, String(i + 1)]), input: (i) => { state[key] = i; show(); } });

    function show() {
      const { attention, labels, from, place } = now(), weights = attention[state.layer][state.head], names = labels.slice(from), n = names.length;
      const wide = (word) => [...word].reduce((sum, c) => sum + (c >= "ᄀ" ? 14 : 8), 0), side = Math.max(...names.map(wide)) + 10, cell = Math.max(24, Math.min(46, (panel.clientWidth - side - 40) / n)), W = side + n * cell + 30, H = side + n * cell;
      const svg = h("svg", { viewBox: `0 0 ${W} ${H}`, style: `width:${W}px;max-width:none`, role: "group", "aria-label": t("grid"), class: "attention" });
      const cells = weights.map((row, i) => row.map((x, j) => h("rect", { x: side + j * cell, y: side + i * cell, width: cell - 2, height: cell - 2, rx: 3, role: "img", tabindex: "-1", "aria-label": t("cell", names[i], names[j], say(x, 3)),
        style: `fill:rgba(var(--heat),${(0.04 + 0.5 * x).toFixed(3)})`, class: state.masked && j > i ? "hidden" : false, onfocus: () => reach(i, j), onpointerenter: () => tell(i, j), onclick: () => cells[i][j].focus() })));
      const tell = (i, j) => { read.textContent = t("cell", names[i], names[j], say(weights[i][j], 3)); };
      const reach = (i, j) => { cells.flat().forEach((each) => each.setAttribute("tabindex", "-1")); cells[i][j].setAttribute("tabindex", "0"); tell(i, j); };
      svg.addEventListener("keydown", (event) => {
        const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key], at = cells.flat().indexOf(event.target);
        if (!by || at < 0) return;
        event.preventDefault();
        const keep = (x) => Math.max(0, Math.min(n - 1, x));
        cells[keep(Math.floor(at / n) + by[0])][keep((at % n) + by[1])].focus();
      });
      svg.append(...names.map((name, i) => [h("text", { x: side - 6, y: side + (i + 0.5) * cell + 4, "text-anchor": "end", class: i === place - from ? "strong" : false }, name),
        h("text", { transform: `translate(${side + (i + 0.5) * cell + 2} ${side - 6}) rotate(-60)` }, name)]).flat(), ...cells.flat());
      if (cell > 34) svg.append(...weights.flatMap((row, i) => row.map((x, j) => (x >= 0.005 ? h("text", { x: side + (j + 0.5) * cell - 1, y: side + (i + 0.5) * cell + 4, "text-anchor": "middle", "aria-hidden": "true" }, say(x).replace("0.", ".")) : []))).flat());
      holder.replaceChildren(svg);
      const row = weights[place - from];
      reach(place - from, row.indexOf(Math.max(...row)));
      note.textContent = `${t(state.masked ? "masked" : "open")} ${t("hint")}`;
    }
    panel.append(h("div", { class: "controls" }, pick(t("layer"), "layer", model.blocks), pick(t("head"), "head", model.heads)), h("p", { class: "sub" }, t("grid")), read, holder, note);
    return show;
  }

  function each(stage, panel, { model, now }) {
    const { t } = stage, holder = h("div", { class: "scrolls", tabindex: "0", role: "group", "aria-label": t("table") }), KINDS = ["unigram", "bigram", "trigram", "masked", "open"];
    const { better, ahead, sentences } = model.held, signed = (x) => (x > 0 ? "+" : "") + say(x), [mean, low, high] = ahead.map(signed);
    const scores = Object.fromEntries(KINDS.map((kind) => [kind, say(model.held[kind], 1)]));

    function show() {
      const { seen, labels, from } = now(), found = following(model, seen), names = labels.slice(from + 1);
      if (!names.length) { holder.replaceChildren(h("p", {}, t("short"))); return; }
      const numbers = (list, best, digits) => list.map((x) => h("td", { class: x === best ? "number best" : "number" }, x >= 10 ** -digits ? say(x, digits) : `<${say(10 ** -digits, digits)}`));
      const rows = names.map((name, i) => { const list = KINDS.map((kind) => found[kind][i]); return h("tr", {}, h("th", { scope: "row" }, name), numbers(list, Math.max(...list), 3)); });
      const total = KINDS.map((kind) => perplexity(found[kind]));
      holder.replaceChildren(h("table", {}, h("caption", { class: "heard" }, t("table")), h("thead", {}, h("tr", {}, [t("word"), t("unigram"), t("bigram"), t("trigram"), t("gptOn"), t("gptOff")].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows), h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, t("perplexity")), numbers(total, Math.min(...total), 1)))));
    }
    panel.append(h("p", { class: "sub" }, t("table")), holder, h("p", { class: "note" }, t("read")), h("p", { class: "note" }, t("held", sentences, scores, say(100 * better, 0), `${mean} [${low}, ${high}]`)));
    return show;
  }

  const STYLE = `
    .places, .offers { display: flex; flex-wrap: wrap; gap: .3em; margin: .5em 0; }
    .places button, .offers button, .try { padding: .1em .55em; min-height: 2em; font-size: .95em; } .try { color: var(--muted); font-size: .86em; }
    .places [aria-pressed="true"] { background: var(--center); border-color: var(--center); color: var(--on); }
    .places .unknown { border-style: dashed; border-color: var(--negative); }
    .bars.next { max-width: 36em; } .told { font-weight: 600; color: var(--good); }
    :host([data-at="slide"]) :is(.about, .bars.next + .note) { display: none; }
    .scrolls { overflow-x: auto; padding: 4px; }
    .attention { font-size: 13px; } .attention rect { stroke: var(--line); stroke-width: 1; } .attention rect.hidden { stroke: none; fill: none !important; }
    .attention rect:focus { stroke: var(--center); stroke-width: 3; outline: none; } .attention text { pointer-events: none; }
    .attention .strong { font-weight: 700; fill: var(--center); }
    table { border-collapse: collapse; font-size: .93em; } th { text-align: left; font-weight: 400; padding: .15em .6em .15em 0; } thead th { color: var(--muted); font-size: .9em; vertical-align: bottom; max-width: 6em; overflow-wrap: normal; } thead th + th { text-align: right; padding: .15em .5em; }
    td { text-align: right; padding: .15em .5em; } .best { font-weight: 700; color: var(--good); } tbody tr { border-top: 1px solid var(--line); } tfoot tr { border-top: 2px solid var(--muted); } tfoot th { font-weight: 600; }
    @container (max-width: 30em) { table { font-size: .82em; } td { padding: .15em .2em; } th { padding-right: .3em; } thead th + th { padding: .15em .2em; max-width: 4.6em; } }`;

  const asked = (name) => (language, ...given) => name(modelFor(language), ...given);
  Play.define("next", { needs: true, texts, view, compute: { sharpened: (share, temperature, topK) => [...sharpened(Float64Array.from(share), temperature, topK ?? undefined)], pick, dice, following: asked(following), offers: asked(offers), tokensOf: asked(tokensOf), perplexity, numbers: (text) => [...numbersIn(text)],
    forward: asked((model, ids, masked) => { const { vectors, attention } = forward(model, ids, masked); return { vectors: vectors.map((x) => [...x]), attention }; }),
    nextWords: asked((model, ids, masked) => [...nextWords(model, forward(model, read(model, ids), masked).vectors.at(-1))]),
    write: asked((model, ids, n, options) => {
      const said = [...ids];
      while (said.length < ids.length + n) { const id = drawn(model, said, options); if (id === END) break; said.push(id); }
      return said;
    }) } });
})();
