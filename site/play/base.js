// The ground that the playgrounds stand on: where they are put, in which language and colours, and their controls.
//
// A page marks a place, <div data-play="window"></div>; Play.find() puts the playground there, in a shadow root, so
// that neither side's styles reach the other.  A playground is one file, which calls
//
//     Play.define("window", { needs, texts, compute, view })
//
// needs: whether data/NAME.js belongs to it.  texts: {ko, en}, each with title, lead, task, answer and what the view
// says.  compute: plain functions without a page, which the tests hold against the Python helpers.
// view(stage): draws into stage.root; called again when the language changes, with the same stage.state.
// Scripts are classic ones and data are scripts, too, because a page opened from a folder (file://) may load no other.

var Play = (() => {
  "use strict";

  const kinds = {}, stored = {}, coming = {};
  const here = document.currentScript && document.currentScript.src;
  const SVG = "http://www.w3.org/2000/svg";
  const DRAWN = new Set("svg g path line circle rect text tspan polyline polygon defs marker clipPath".split(" "));

  function define(name, kind) { kinds[name] = kind; }

  function data(name, value) { stored[name] = value; }

  // --------------------------------------------------------------------------------------------------- elements

  // An element (SVG's where its name is one of SVG's) with attributes, listeners ("onclick") and children.
  function h(tag, given = {}, ...children) {
    const element = DRAWN.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
    set(element, given);
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  function set(element, given) {
    for (const [key, value] of Object.entries(given)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === false || value === null || value === undefined) element.removeAttribute(key);
      else element.setAttribute(key, value === true ? "" : value);
    }
    return element;
  }

  // Where a pointer is in the coordinates of a drawing, however the page has scaled it.
  function pointIn(svg, event) {
    const matrix = svg.getScreenCTM().inverse();
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  }

  // ---------------------------------------------------------------------------------------------------- numbers

  // Random numbers from 0 to 1 that come again with the same seed (mulberry32, public domain, by Tommy Ettinger).
  function random(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let x = Math.imul(state ^ (state >>> 15), 1 | state);
      x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
      return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
    };
  }

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const dot = (a, b) => { let sum = 0; for (let d = 0; d < a.length; d++) sum += a[d] * b[d]; return sum; };
  const norm = (a) => Math.sqrt(dot(a, a));
  const cosine = (a, b) => dot(a, b) / Math.max(norm(a) * norm(b), 1e-12);

  // A number for people: with a true minus sign.
  const say = (x, digits = 2) => (Number.isFinite(x) ? x.toFixed(digits) : x > 0 ? "∞" : x < 0 ? "−∞" : "–").replace("-", "−");

  function bytes(base64) { return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)); }

  // A table of vectors kept as signed bytes: row i is its bytes times scales[i].  Float32Array of rows × dim.
  function table({ dim, scales, values }) {
    const small = new Int8Array(bytes(values).buffer), found = new Float32Array(small.length);
    const scale = new Float32Array(bytes(scales).buffer);
    for (let i = 0; i < small.length; i++) found[i] = small[i] * scale[Math.floor(i / dim)];
    return { dim, values: found, row: (i) => found.subarray(i * dim, (i + 1) * dim), rows: found.length / dim };
  }

  // The k rows closest to a vector by cosine, as [row, cosine], the closest first; `not` names rows to leave out.
  function nearest(vectors, vector, k, not = []) {
    const all = [];
    for (let i = 0; i < vectors.rows; i++) if (!not.includes(i)) all.push([i, cosine(vectors.row(i), vector)]);
    return all.sort((a, b) => b[1] - a[1]).slice(0, k);
  }

  // --------------------------------------------------------------------------------------------------- controls

  let count = 0;

  function slider({ label, min, max, step = 1, value, format = String, input, wide }) {
    const output = h("output", {}, format(value));
    const range = h("input", { type: "range", min, max, step, value, "aria-valuetext": format(value) });
    const show = () => {
      output.textContent = format(Number(range.value));
      range.setAttribute("aria-valuetext", output.textContent);
    };
    range.addEventListener("input", () => { show(); input(Number(range.value)); });
    const made = h("label", { class: wide ? "slider wide" : "slider" }, h("span", {}, label), range, output);
    made.put = (next) => { range.value = next; show(); };
    return made;
  }

  function choice({ label, options, value, input }) {
    const name = `play-choice-${++count}`;
    return h("fieldset", { class: "choice" }, h("legend", {}, label), options.map(([key, text]) =>
      h("label", {}, h("input", { type: "radio", name, value: key, checked: key === value,
        onchange: () => input(key) }), h("span", {}, text))));
  }

  function check({ label, value, input }) {
    return h("label", { class: "check" },
      h("input", { type: "checkbox", checked: value, onchange: (event) => input(event.target.checked) }), h("span", {}, label));
  }

  function button({ label, press, main, name }) {
    return h("button", { type: "button", class: main ? "main" : false, onclick: press, "aria-label": name }, label);
  }

  function field({ label, value, input, list, wide }) {
    const id = `play-list-${++count}`;
    const text = h("input", { type: "text", value, list: list && id, autocomplete: "off", autocapitalize: "off",
      spellcheck: "false", oninput: (event) => input(event.target.value) });
    const options = list && h("datalist", { id }, list.map((word) => h("option", { value: word })));
    const made = h("label", { class: wide ? "field wide" : "field" }, h("span", {}, label), text, options);
    made.put = (next) => { text.value = next; };
    return made;
  }

  // Panels of which one is shown; tabs: [key, label, draw(panel)].
  function tabs(stage, list, key) {
    const state = stage.state;
    state[key] = state[key] ?? list[0][0];
    const panel = h("div", { class: "panel", role: "tabpanel", tabindex: "0" });
    const heads = list.map(([name, label]) => h("button", { type: "button", role: "tab", class: "tab",
      onclick: () => open(name), onkeydown: (event) => turn(event, name) }, label));
    function open(name) {
      state[key] = name;
      stage.stop();
      list.forEach(([each], i) => set(heads[i], { "aria-selected": String(each === name), tabindex: each === name ? "0" : "-1" }));
      panel.setAttribute("aria-label", list.find(([each]) => each === name)[1]);
      panel.replaceChildren();
      list.find(([each]) => each === name)[2](panel);
    }
    function turn(event, name) {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!move) return;
      const next = (list.findIndex(([each]) => each === name) + move + list.length) % list.length;
      open(list[next][0]);
      heads[next].focus();
    }
    stage.root.append(h("div", { class: "tabs", role: "tablist" }, heads), panel);
    open(state[key]);
  }

  // ------------------------------------------------------------------------------------------------------ places

  // Light or dark: what the page says (Sphinx, JupyterLab, VS Code, Colab), else what the system prefers.
  function themeOf() {
    let page = document;
    try { if (window.frameElement) page = window.parent.document; } catch (error) { /* another origin: ask the system */ }
    const { documentElement: root, body } = page;
    const named = root.dataset.theme || root.getAttribute("theme") || body?.dataset.playTheme;
    if (named === "dark" || named === "light") return named;
    if (body?.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false" ? "dark" : "light";
    if (/vscode-(dark|light)/.test(body?.className)) return body.className.includes("vscode-dark") ? "dark" : "light";
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  function languageOf(host) {
    const named = host.closest("[lang]")?.getAttribute("lang") || navigator.language;
    return named.startsWith("ko") ? "ko" : "en";
  }

  // Load the script of a playground, and that of its data, once.
  function load(file) {
    coming[file] = coming[file] || new Promise((resolve, reject) => {
      const script = h("script", { src: new URL(file, here), onload: resolve, onerror: reject });
      document.head.append(script);
    });
    return coming[file];
  }

  async function mount(host) {
    const name = host.dataset.play;
    if (host.shadowRoot) return;
    const shadow = host.attachShadow({ mode: "open" });
    host.dataset.lmSuppressShortcuts = "true"; // JupyterLab then leaves keys alone that are typed here
    shadow.append(Play.style ? h("style", {}, Play.style) : h("link", { rel: "stylesheet", href: new URL("play.css", here) }));
    if (!kinds[name]) await load(`${name}.js`);
    if (kinds[name].needs && !stored[name]) await load(`data/${name}.js`);
    const place = { host, name, kind: kinds[name], language: languageOf(host), state: {}, frame: h("section", { class: "play" }) };
    shadow.append(place.frame);
    // keys that are meant for a control must not turn the page or the slide
    place.frame.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation());
    const dress = () => { host.dataset.shade = themeOf(); };
    new MutationObserver(dress).observe(document.documentElement, { attributes: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);
    dress();
    // letters that are first drawn in a makeshift font are not all drawn again when the right one has come
    const family = getComputedStyle(host).fontFamily;
    await Promise.allSettled(["400", "700"].map((weight) => document.fonts.load(`${weight} 16px ${family}`, "가a")));
    draw(place);
    if (host.dataset.at === "slide") fit(place);
    host.dataset.ready = "yes";
  }

  // A slide cannot be scrolled: set everything smaller until it fits its place.
  function fit({ host, frame }) {
    let zoom = 1;
    const shrink = () => {
      while (zoom > 0.5 && frame.getBoundingClientRect().height > host.getBoundingClientRect().height + 1)
        frame.style.zoom = zoom = Math.round(100 * (zoom - 0.04)) / 100;
    };
    shrink();
    new ResizeObserver(shrink).observe(frame);
  }

  function draw(place) {
    const { host, kind, name, language, frame } = place;
    const texts = kind.texts[language], other = language === "ko" ? "en" : "ko";
    const t = (key, ...given) => (typeof texts[key] === "function" ? texts[key](...given) : texts[key]);
    place.stage?.stop();
    const root = h("div", { class: "body" }), heard = h("div", { class: "heard", "aria-live": "polite" });
    const running = new Set();
    const stage = {
      root, t, language, state: place.state, data: stored[name], compute: kind.compute, host,
      calm: matchMedia("(prefers-reduced-motion: reduce)").matches,
      tell: (text) => { heard.textContent = text; },
      color: (role) => getComputedStyle(frame).getPropertyValue(`--${role}`).trim(),
      // Call `step(seconds)` at every frame until it returns false, or stage.stop() is called.
      animate(step) {
        const run = { on: true };
        running.add(run);
        let last = null;
        const next = (now) => {
          if (!run.on || !frame.isConnected) return;
          const go = step(last === null ? 0 : Math.min((now - last) / 1000, 0.1));
          last = now;
          if (go === false) running.delete(run);
          else requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
        return run;
      },
      stop() { for (const run of running) run.on = false; running.clear(); stage.stopped?.(); },
    };
    place.stage = stage;
    const title = h("p", { class: "title", id: `play-title-${++count}` }, texts.title);
    const change = h("button", { type: "button", class: "language", lang: other,
      onclick: () => { place.language = other; draw(place); frame.querySelector(".language").focus(); } },
      other === "ko" ? "한국어" : "English");
    set(frame, { lang: language, "aria-labelledby": title.id });
    frame.replaceChildren(
      h("div", { class: "head" }, title, change),
      h("p", { class: "lead" }, texts.lead), root,
      h("div", { class: "task" }, h("p", {}, h("b", {}, language === "ko" ? "알아내기" : "Find out"), " ", texts.task),
        h("details", {}, h("summary", {}, language === "ko" ? "답 보기" : "Show the answer"), h("p", {}, texts.answer))),
      heard);
    kind.view(stage);
    place.host.playStage = stage; // for the tests
  }

  // Put the playgrounds of a page in their places, each when it comes near the visible part.
  function find(page = document, at = "page") {
    for (const host of page.querySelectorAll("[data-play]")) {
      host.dataset.at = at;
      if (at !== "page") { mount(host); continue; }
      const seen = new IntersectionObserver((entries) => {
        if (entries.some((entry) => entry.isIntersecting)) { seen.disconnect(); mount(host); }
      }, { rootMargin: "600px" });
      seen.observe(host);
    }
  }

  return { define, data, kinds, stored, h, set, pointIn, random, sigmoid, dot, norm, cosine, say, bytes, table, nearest, slider,
    choice, check, button, field, tabs, mount, find, themeOf };
})();
