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

  // The k principal axes of some rows (lists of numbers of one length): {mean, axes, at(row)}, at gives a row's places
  // along them.  Each axis points to the side of its largest coefficient, as in figures.principal_components.
  function principal(rows, k = 2, start = []) {
    const n = rows.length, dim = rows[0].length, mean = new Float64Array(dim);
    for (const row of rows) for (let d = 0; d < dim; d++) mean[d] += row[d] / n;
    const centred = rows.map((row) => Float64Array.from(row, (x, d) => x - mean[d])), axes = [];
    const straight = (vector) => {
      for (const axis of axes) { const part = dot(vector, axis); for (let d = 0; d < dim; d++) vector[d] -= part * axis[d]; }
      const length = norm(vector) || 1;
      for (let d = 0; d < dim; d++) vector[d] /= length;
      return vector;
    };
    for (let a = 0; a < k; a++) { // power iteration, each axis at right angles to those before
      let axis = straight(Float64Array.from(start[a] || centred.reduce((far, row) => (norm(row) > norm(far) ? row : far), centred[a % n]), (x, d) => x + 1e-3 * Math.sin(d + a + 1)));
      for (let turn = 0; turn < (start[a] ? 12 : 300); turn++) {
        const next = new Float64Array(dim);
        for (const row of centred) { const part = dot(row, axis); for (let d = 0; d < dim; d++) next[d] += part * row[d]; }
        const moved = 1 - Math.abs(dot(straight(next), axis));
        axis = next;
        if (moved < 1e-13) break;
      }
      if (!start[a]) {
        const largest = axis.reduce((best, x, d) => (Math.abs(x) > Math.abs(axis[best]) + 1e-9 ? d : best), 0);
        if (axis[largest] < 0) axis = axis.map((x) => -x);
      }
      axes.push(axis);
    }
    return { mean, axes, at: (row) => axes.map((axis) => { let sum = 0; for (let d = 0; d < dim; d++) sum += (row[d] - mean[d]) * axis[d]; return sum; }) };
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

  // ------------------------------------------------------------------------------------------------------ arrows

  // A piece of the plane, `limit` to each side of the origin, with arrows that can be pulled by their tips.
  function plane({ label, limit = 3, width = 440, height = 360 }) {
    const scale = Math.min(width, height) / 2 / limit;
    const svg = h("svg", { viewBox: `${-width / 2} ${-height / 2} ${width} ${height}`, role: "group", "aria-label": label, class: "plane" });
    const ground = h("g", {}), over = h("g", {});
    const [right, up] = [width / 2 / scale, height / 2 / scale];
    for (let x = -Math.floor(right); x <= right; x++) ground.append(h("line", { x1: x * scale, x2: x * scale, y1: -height / 2, y2: height / 2, class: x ? "grid" : "grid axis0" }));
    for (let y = -Math.floor(up); y <= up; y++) ground.append(h("line", { y1: y * scale, y2: y * scale, x1: -width / 2, x2: width / 2, class: y ? "grid" : "grid axis0" }));
    svg.append(ground, over);
    const shaft = (from, to, head = 9) => {
      const [a, b, c, d] = [from[0] * scale, -from[1] * scale, to[0] * scale, -to[1] * scale], length = Math.hypot(c - a, d - b);
      if (length < 1e-6) return "";
      const [ux, uy] = [(c - a) / length, (d - b) / length], size = Math.min(head, length);
      return `M${a} ${b}L${c - ux * size * 0.6} ${d - uy * size * 0.6}M${c} ${d}L${c - ux * size - uy * size * 0.5} ${d - uy * size + ux * size * 0.5}L${c - ux * size + uy * size * 0.5} ${d - uy * size - ux * size * 0.5}Z`;
    };
    // An arrow from the origin; move(point) makes it one that can be pulled, or moved with the arrow keys.
    function arrow({ role, name, move, thin }) {
      const path = h("path", { class: `arrow line-${role} fill-${role}${thin ? " thin" : ""}` }), text = h("text", { class: `fill-${role} name`, "aria-hidden": "true" }, name);
      const tip = move && h("circle", { r: 15, class: "tip drag", tabindex: "0", role: "slider", "aria-label": name, "aria-valuemin": -limit, "aria-valuemax": limit });
      over.append(path, text, ...(tip ? [tip] : []));
      let now = [0, 0];
      const made = {
        put(point) {
          now = point;
          path.setAttribute("d", shaft([0, 0], point));
          const length = Math.hypot(...point) || 1, side = point[0] < -0.2 ? "end" : point[0] > 0.2 ? "start" : "middle";
          const edge = [width / 2 - 4, height / 2 - 8], keep = (x, most) => Math.max(-most, Math.min(most, x));
          const wide = side === "middle" ? 0 : 8.5 * [...name].reduce((sum, c) => sum + (c >= "ᄀ" ? 1.6 : 1), 0); // a label does not leave the plane
          set(text, { x: keep(point[0] * scale + (12 * point[0]) / length, edge[0] - wide), y: keep(-point[1] * scale - (14 * point[1]) / length + 5, edge[1]), "text-anchor": side });
          if (tip) set(tip, { cx: point[0] * scale, cy: -point[1] * scale, "aria-valuenow": point[0].toFixed(2), "aria-valuetext": `${say(point[0])}, ${say(point[1])}` });
        },
        remove() { for (const each of [path, text, tip]) each?.remove(); },
      };
      if (tip) {
        const inside = ([x, y]) => [Math.max(-right, Math.min(right, x)), Math.max(-up, Math.min(up, y))];
        tip.addEventListener("pointerdown", (event) => { tip.setPointerCapture(event.pointerId); event.preventDefault(); tip.focus(); });
        tip.addEventListener("pointermove", (event) => {
          if (!event.buttons) return;
          const point = pointIn(svg, event);
          move(inside([point.x / scale, -point.y / scale]));
        });
        tip.addEventListener("keydown", (event) => {
          const by = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
          if (by) { event.preventDefault(); move(inside([now[0] + by[0], now[1] + by[1]])); }
        });
      }
      return made;
    }
    return { svg, over, scale, shaft, arrow };
  }

  // Words as points; put([{word, x, y, role, big}]) moves them there: places of any size, the map finds its scale.
  function wordMap({ label, width = 440, height = 380, press, calm, scale: fixed }) {
    const svg = h("svg", { viewBox: `0 0 ${width} ${height}`, role: press ? "group" : "img", "aria-label": label, class: calm ? "map calm" : "map" });
    const known = new Map();
    // one stop for the tab key; the arrow keys go from word to word, Enter chooses
    if (press) svg.addEventListener("keydown", (event) => {
      const groups = [...known.values()].map(({ group }) => group), at = groups.indexOf(event.target), by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); press(event.target.getAttribute("aria-label")); }
      if (!by) return;
      event.preventDefault();
      groups.forEach((group) => group.setAttribute("tabindex", "-1"));
      const next = groups[(at + by + groups.length) % groups.length];
      next.setAttribute("tabindex", "0");
      next.focus();
    });
    function put(points) {
      const here = new Set(points.map((p) => p.word)), most = (key) => Math.max(...points.map((p) => Math.abs(p[key])), 1e-9);
      const by = fixed || Math.min((width / 2 - 46) / most("x"), (height / 2 - 22) / most("y"));
      for (const [word, made] of known) if (!here.has(word)) { made.group.remove(); known.delete(word); }
      if (press && known.size && ![...known.values()].some(({ group }) => group.tabIndex === 0)) set([...known.values()][0].group, { tabindex: "0" });
      const taken = [];
      for (const point of [...points].sort((a, b) => Boolean(b.big) - Boolean(a.big))) {
        const { word, role = "context", big } = point, x = width / 2 + by * point.x, y = height / 2 - by * point.y;
        if (!known.has(word)) {
          const group = h("g", { class: press ? "point pressable" : "point" }, h("circle", { r: 5 }), h("text", {}, word));
          if (press) { set(group, { tabindex: known.size ? "-1" : "0", role: "button", "aria-label": word }); group.addEventListener("click", () => press(word)); }
          known.set(word, { group });
          svg.append(group);
        }
        const { group } = known.get(word), [dotted, text] = group.children;
        group.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
        set(dotted, { class: `fill-${role}`, r: big ? 7 : 4.5 });
        const wide = [...word].reduce((sum, c) => sum + (c >= "ᄀ" ? 13 : 7.6), 0);
        // the first side on which a label covers nothing; else it is left out, and the point alone is shown
        const sides = [[9, 5, "start", 9], [-9, 5, "end", -9 - wide], [0, -9, "middle", -wide / 2], [0, 20, "middle", -wide / 2]];
        const free = sides.find(([, dy, , dx]) => {
          const box = [x + dx, y + dy - 13, x + dx + wide, y + dy + 3];
          return (box[0] > 1 && box[2] < width - 1 && !taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1]) && taken.push(box));
        });
        const side = free || (big ? sides[0] : null);
        set(text, side ? { x: side[0], y: side[1], "text-anchor": side[2], class: big ? `strong fill-${role}` : false, visibility: false } : { visibility: "hidden" });
      }
    }
    return { svg, put };
  }

  // The curve of some numbers, each with its place from 0 to 1 across: "M… L…" in a box of the given size.
  function curve(values, width, height, low, high) {
    const y = (value) => height - ((value - low) / (high - low || 1)) * height;
    return values.map((value, i) => `${i ? "L" : "M"}${((i / Math.max(values.length - 1, 1)) * width).toFixed(1)} ${y(value).toFixed(1)}`).join("");
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
    draw(place);
    if (host.dataset.at === "slide") fit(place);
    host.dataset.ready = "yes";
  }

  // A slide cannot be scrolled: set everything smaller until it fits its place.  Letters in a drawing do not shrink with
  // it: play.css takes how small it is drawn (--drawn, pixels of the screen to one of the drawing's) out again.
  function fit({ host, frame }) {
    let zoom = 1;
    const shrink = () => {
      while (zoom > 0.5 && frame.getBoundingClientRect().height > host.getBoundingClientRect().height + 1)
        frame.style.zoom = zoom = Math.round(100 * (zoom - 0.02)) / 100;
      for (const svg of frame.querySelectorAll("svg[viewBox]")) {
        const drawn = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        if (drawn) svg.style.setProperty("--drawn", drawn.toFixed(3));
      }
    };
    shrink();
    new ResizeObserver(shrink).observe(frame);
    new MutationObserver(shrink).observe(frame, { childList: true, subtree: true });
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
    choice, check, button, field, tabs, plane, wordMap, principal, curve, mount, find, themeOf };
})();
