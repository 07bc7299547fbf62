// Lesson 6: a is to b as c is to …, with and without the tricks that make the score.

(() => {
  "use strict";
  const { h, say } = Play;
  let known = null; // {words, index, unit, sections}

  function tableOf(data) {
    if (known) return known;
    const vectors = Play.table(data.table), unit = data.words.map((_, i) => { const row = vectors.row(i), length = Play.norm(row); return Float64Array.from(row, (x) => x / length); });
    return (known = { words: data.words, index: new Map(data.words.map((word, i) => [word, i])), unit, sections: data.sections });
  }

  // How close each word is to b − a + c (or to c alone), all vectors at length 1: as helpers/scores.py, `answers`.
  function closeness({ unit }, [a, b, c], alone) {
    const target = Float64Array.from(unit[c], (x, d) => (alone ? x : unit[b][d] - unit[a][d] + x));
    return unit.map((row) => Play.dot(row, target));
  }

  function answers(table, question, { exclude, alone }, k) {
    const close = closeness(table, question, alone), length = alone ? 1 : Play.norm(Float64Array.from(table.unit[question[2]], (x, d) => table.unit[question[1]][d] - table.unit[question[0]][d] + x));
    return close.map((x, i) => [i, x / length]).filter(([i]) => !exclude || !question.includes(i)).sort((p, q) => q[1] - p[1]).slice(0, k);
  }

  function best(table, question, { exclude, alone }) {
    const close = closeness(table, question, alone);
    let first = -1;
    close.forEach((x, i) => { if (!(exclude && question.includes(i)) && (first < 0 || x > close[first])) first = i; });
    return first;
  }

  // How many questions of each section are answered right: {name: [right, asked]}.
  function score(table, how) {
    return Object.fromEntries(Object.entries(table.sections).map(([name, questions]) =>
      [name, [questions.filter(([a, b, c, d]) => best(table, [a, b, c], how) === d).length, questions.length]]));
  }

  // -------------------------------------------------------------------------------------------------- the page

  const KINDS = {
    "capital-country": ["수도와 나라", "capital, country"], "country-language": ["나라와 언어", "country, language"], "male-female": ["남자와 여자", "male, female"],
    honorific: ["높임말", "plain, honorific"], counter: ["세는 단위", "thing, its counter"], "young-animal": ["동물과 새끼", "animal, its young"], "job-place": ["직업과 일터", "job, place"], opposite: ["반대말", "opposites"] };
  // what the words of three kinds mean, for those who do not read Hangul
  const GLOSS = Object.fromEntries(("서울 Seoul 대한민국 Korea 도쿄 Tokyo 일본 Japan 베이징 Beijing 중국 China 파리 Paris 프랑스 France 베를린 Berlin 독일 Germany 로마 Rome 이탈리아 Italy 마드리드 Madrid 스페인 Spain " +
    "모스크바 Moscow 러시아 Russia 런던 London 영국 Britain 카이로 Cairo 이집트 Egypt 아테네 Athens 그리스 Greece 방콕 Bangkok 태국 Thailand 하노이 Hanoi 베트남 Vietnam 뉴델리 New-Delhi 인도 India 앙카라 Ankara 튀르키예 Türkiye " +
    "리스본 Lisbon 포르투갈 Portugal 암스테르담 Amsterdam 네덜란드 Netherlands 몽골 Mongolia 아버지 father 어머니 mother 할아버지 grandfather 할머니 grandmother 아빠 dad 엄마 mum 아들 son 딸 daughter 손자 grandson 손녀 granddaughter " +
    "소년 boy 소녀 girl 남자 man 여자 woman 신랑 groom 신부 bride 삼촌 uncle 숙모 aunt 아저씨 mister 아주머니 ma’am 왕 king 왕비 queen 왕자 prince 공주 princess 남편 husband 아내 wife 총각 bachelor 처녀 maiden 형 brother 누나 sister " +
    "의사 doctor 병원 hospital 어부 fisherman 바다 sea 요리사 cook 식당 restaurant 약사 pharmacist 약국 pharmacy 은행원 banker 은행 bank 상인 merchant 시장 market 화가 painter 화실 studio 프로그래머 programmer 회사 company 배우 actor 무대 stage " +
    "과학자 scientist 연구소 laboratory 기자 reporter 신문사 newspaper 대장장이 blacksmith 대장간 forge 소 cow 송아지 calf 개 dog 강아지 puppy 말 horse 망아지 foal 닭 hen 병아리 chick").split(" ").reduce((pairs, word, i, all) => (i % 2 ? pairs : [...pairs, [word, all[i + 1].replace("-", " ")]]), []));

  const texts = {
    ko: {
      title: "a가 b라면 c는?", lead: "벡터로 푸는 비례식입니다. b − a + c에 가장 가까운 단어를 찾고, 스위치를 바꾸며 점수가 어디서 나오는지 보세요.",
      task: "점수는 정말 뺄셈과 덧셈에서 나올까요? 먼저 ‘질문 속 단어 빼기’를 끄고 점수를 봅니다. 다시 켜고, 이번에는 a와 b를 무시하고 c의 이웃만 볼 때의 점수를 봅니다. 종류에 따라 어떻게 다른가요?",
      answer: "질문 속 단어를 빼지 않으면 답이 c나 b 자신으로 나오는 일이 많아 점수가 크게 떨어집니다. 그런데 ‘남자와 여자’와 ‘반대말’에서는 a와 b를 아예 보지 않고 c의 첫째 이웃만 답하는 쪽이 오히려 더 맞힙니다. 관계를 계산했다기보다 답이 처음부터 c 가까이에 있었던 것입니다. 반대로 ‘수도와 나라’는 c의 이웃만으로는 하나도 맞히지 못하므로, 맞힌 것은 정말 b − a에서 나왔습니다.",
      kind: "종류", another: "다른 질문", exclude: "질문 속 단어 빼기", alone: "a와 b 무시, c의 이웃만", find: "지도에서 찾기", turn: "축 돌리기", close: "가장 가까운 단어", score: (right, all) => `${all}문제 가운데 ${right}문제를 맞힘`, map: "지도: 첫째와 셋째 주성분 사이를 돌립니다",
      expected: "정답", formula: "b − a + c", table: "종류별로 맞힌 비율", gloss: 0,
    },
    en: {
      title: "a is to b as c is to …", lead: "Proportions solved with vectors: which word is closest to b − a + c? Flip the switches to see where the score comes from. The vectors are those of the Korean corpus; English glosses are beside the words.",
      task: "Does the score really come from subtracting and adding? Compare the score without “leave question words out”, and the score with it when a and b are ignored and only the neighbors of c are asked. How do kinds of questions differ?",
      answer: "If question words may be answers, c or b itself is often the closest, and the score drops a lot. And for “male, female” and “opposites” the nearest neighbor of c alone, without a look at a and b, is right even more often: there the answer was near c all along, and no relation was computed. For “capital, country” it is never right, so what is right there does come from b − a.",
      kind: "Kind", another: "Another one", exclude: "Leave question words out", alone: "Ignore a and b: neighbors of c only", find: "Find on the map", turn: "Turn the axes", close: "Closest words", score: (right, all) => `${right} of ${all} questions right`, map: "Map: turns from the first to the third principal component",
      expected: "expected", formula: "b − a + c", table: "Share of right answers by kind", gloss: 1,
    },
  };

  function view(stage) {
    const { t, state, root, language } = stage, table = tableOf(stage.data), { words, index } = table;
    state.kind ??= "capital-country";
    state.number ??= table.sections[state.kind].findIndex(([a, b, c, d]) => best(table, [a, b, c], { exclude: true }) === d);
    state.how ??= { exclude: true, alone: false };
    state.turn ??= 0;
    const shown = (word) => (t("gloss") && GLOSS[word] ? `${word} (${GLOSS[word]})` : word);
    const formula = h("p", { class: "formula", "aria-live": "polite" }), list = h("div", { class: "bars" }), bars = h("div", { class: "bars" }), total = h("b", { class: "number" });
    const map = Play.wordMap({ label: t("map"), height: 370, calm: true }), lines = h("g", {});
    map.svg.prepend(lines);
    const cache = (state.scores ??= {});

    function question() { const all = table.sections[state.kind]; return all[state.number % all.length]; }

    function show() {
      const [a, b, c, d] = question(), found = answers(table, [a, b, c], state.how, 7);
      const word = (i, role) => h("span", { class: role }, shown(words[i]));
      formula.replaceChildren(word(a, "context"), " : ", word(b, "context"), " = ", word(c, "center"), " : ", h("b", { class: found[0][0] === d ? "good" : "negative" }, `${shown(words[found[0][0]])} ${found[0][0] === d ? "✓" : "✗"}`), h("small", { class: "note" }, ` ${t("expected")}: ${shown(words[d])}`));
      list.replaceChildren(...found.flatMap(([i, x]) => [h("span", { class: i === d ? "good" : [a, b, c].includes(i) ? "context" : false }, shown(words[i]), [a, b, c].includes(i) ? ` (${"abc"[[a, b, c].indexOf(i)]})` : "", i === d ? " ✓" : ""),
        h("span", { class: i === d ? "bar right" : "bar less", style: `width:${Math.max(0, 100 * x)}%` }), h("span", { class: "number" }, say(x))]));
      draw();
    }

    // Words of the section and the search, along two of three principal axes of the section's words.
    function draw() {
      const [a, b, c, d] = question(), pairs = [...new Map(table.sections[state.kind].map(([x, y]) => [x, y]))].slice(0, 8);
      const first = [...new Set([a, b, c, d, ...pairs.flat()])], searched = index.get(state.find), rows = [...first, ...(searched !== undefined && !first.includes(searched) ? [searched] : [])];
      const axes = Play.principal(first.map((i) => table.unit[i]), 3), angle = (state.turn * Math.PI) / 180;
      const at = new Map(rows.map((i) => { const [x, y, z] = axes.at(table.unit[i]); return [i, [x * Math.cos(angle) + z * Math.sin(angle), y]]; }));
      const by = Math.min(174 / Math.max(...[...at.values()].map(([x]) => Math.abs(x))), 160 / Math.max(...[...at.values()].map(([, y]) => Math.abs(y))));
      map.put(rows.map((i) => ({ word: words[i], x: at.get(i)[0], y: at.get(i)[1], role: i === c || i === d ? "center" : i === a || i === b ? "context" : i === searched ? "good" : "negative", big: [a, b, c, d, searched].includes(i) })));
      const line = ([from, to], role) => h("path", { class: `tie line-${role}`, d: `M${220 + by * at.get(from)[0]} ${185 - by * at.get(from)[1]}L${220 + by * at.get(to)[0]} ${185 - by * at.get(to)[1]}` });
      lines.replaceChildren(...pairs.filter((pair) => pair.every((i) => at.has(i))).map((pair) => line(pair, "negative")), line([a, b], "context"), line([c, d], "center"));
    }

    function count() {
      const key = JSON.stringify(state.how), made = (cache[key] ??= score(table, state.how)), all = Object.values(made);
      total.textContent = t("score", ...[0, 1].map((k) => all.reduce((sum, pair) => sum + pair[k], 0)));
      bars.replaceChildren(...Object.entries(made).flatMap(([name, [right, asked]]) => [h("span", {}, KINDS[name][language === "ko" ? 0 : 1]),
        h("span", { class: "bar", style: `width:${(100 * right) / asked}%` }), h("span", { class: "number" }, `${right}/${asked}`)]));
    }

    const flip = (key) => (value) => { state.how = { ...state.how, [key]: value }; show(); count(); };
    root.append(h("style", {}, STYLE),
      h("div", { class: "controls" },
        h("label", { class: "field" }, h("span", {}, t("kind")), h("select", { onchange: (event) => { state.kind = event.target.value; state.number = 0; show(); } },
          Object.keys(table.sections).map((name) => h("option", { value: name, selected: name === state.kind }, KINDS[name][language === "ko" ? 0 : 1])))),
        Play.button({ label: t("another"), main: true, press: () => { state.number += 37; show(); } }),
        Play.check({ label: t("exclude"), value: state.how.exclude, input: flip("exclude") }), Play.check({ label: t("alone"), value: state.how.alone, input: flip("alone") })),
      formula,
      h("div", { class: "side" }, h("div", {}, h("p", { class: "sub" }, t("close")), list, h("p", { class: "sub above" }, t("table"), " · ", total), bars),
        h("div", {}, map.svg, h("div", { class: "controls" }, Play.slider({ label: t("turn"), min: 0, max: 180, value: state.turn, format: (x) => `${x}°`, input: (value) => { state.turn = value; draw(); } }),
          Play.field({ label: t("find"), value: state.find || "", list: words, input: (value) => { state.find = value.trim(); draw(); } })))));
    show();
    count();
  }

  const STYLE = `
    .formula { font-size: 1.2em; font-weight: 600; padding: .2em 0 .5em; } .formula small { font-weight: 400; }
    .tie { stroke-width: 1.5; fill: none; opacity: .55; } .tie.line-center, .tie.line-context { stroke-width: 2.5; opacity: 1; }
    .bar.right { background: var(--good); }
    .play p.above { margin-top: 1em; }
    :host([data-at="slide"]) .map { max-width: 640px; }`;

  Play.define("analogies", { needs: true, texts, view, compute: { score: (how) => score(tableOf(Play.stored.analogies), how),
    best: (question, how) => best(tableOf(Play.stored.analogies), question, how) } });
})();
