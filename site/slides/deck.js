// Lays a lesson out on slides of 1280 × 720 when the deck is opened: what belongs together stays together while it
// fits, what does not fit is divided (lists, tables, code and answers) or, last of all, set smaller.  Nothing is cut.
// The source is a list of .cell elements; data-slide is the notebook's slide_type.

const ROOM = { width: 1152, height: 606 }; // of a slide's .content
const FIGURE = 400; // a figure gets at least this height, or the whole width
const SMALLEST = 0.62;

const stage = document.createElement("div");
const slides = []; // { level: "slide" | "subslide", running, nodes, scale }
let current = null;
let running = "";

const content = (nodes, scale) => {
  const box = document.createElement("div");
  box.className = "content";
  if (scale !== 1) box.style.fontSize = `${scale}em`;
  box.append(...nodes);
  return box;
};

const size = (nodes, scale = 1) => {
  const box = content(nodes, scale);
  stage.replaceChildren(box);
  const inner = [...box.querySelectorAll("table, pre, mjx-container, img, svg")];
  const left = box.getBoundingClientRect().left;
  const width = Math.max(0, ...inner.map((element) => element.getBoundingClientRect().right - left));
  return { height: box.getBoundingClientRect().height, width };
};

const fits = (nodes, scale = 1) => {
  const { height, width } = size(nodes, scale);
  return height <= ROOM.height && width <= ROOM.width + 1;
};

const flush = () => {
  if (current && current.nodes.length) slides.push(current);
  current = null;
};

const start = (level) => {
  flush();
  current = { level, running, nodes: [], scale: 1 };
};

const isHeading = (node) => /^H[1-6]$/.test(node.tagName);
const onlyHeadings = () => current.nodes.every(isHeading);

// The parts of a block that may stand on slides of their own, and how to put some of them together again.
function parts(node) {
  const shell = (children, edit = (copy) => copy) => {
    const copy = node.cloneNode(false);
    copy.append(...children);
    return edit(copy);
  };
  if (node.matches("ul, ol, .answer, blockquote")) {
    const children = [...node.children];
    const label = node.firstElementChild?.matches(".label") ? 1 : 0;
    const first = node.matches("ol") ? Number(node.getAttribute("start") || 1) : 0;
    return {
      count: children.length - label,
      make: (from, to) =>
        shell([...children.slice(0, label), ...children.slice(from + label, to + label)].map((c) => c.cloneNode(true)),
          (copy) => (first && copy.setAttribute("start", first + from), copy)),
    };
  }
  const table = node.matches("table") ? node : node.querySelector(":scope > table");
  if (table && table.tBodies.length) {
    const rows = [...table.tBodies[0].rows];
    return {
      count: rows.length,
      make: (from, to) => {
        const copy = node.cloneNode(true);
        const body = (copy.matches("table") ? copy : copy.querySelector("table")).tBodies[0];
        body.replaceChildren(...rows.slice(from, to).map((row) => row.cloneNode(true)));
        return copy;
      },
    };
  }
  if (node.matches("pre.output, pre.input")) {
    const lines = node.innerHTML.replace(/\n$/, "").split("\n");
    // a highlighted span may reach over a line's end: such code is set smaller instead
    if (lines.some((line) => (line.match(/<span/g) || []).length !== (line.match(/<\/span/g) || []).length)) return null;
    return {
      count: lines.length,
      make: (from, to) => {
        const copy = node.cloneNode(false);
        copy.innerHTML = lines.slice(from, to).join("\n");
        return copy;
      },
    };
  }
  if (node.matches("p") && !node.querySelector("mjx-container[display]")) {
    const sentences = divide(node);
    return { count: sentences.length, make: (from, to) => shell(sentences.slice(from, to).flat().map((c) => c.cloneNode(true))) };
  }
  return null;
}

// A paragraph's child nodes, grouped by sentence.
function divide(paragraph) {
  const groups = [[]];
  for (const child of paragraph.childNodes) {
    if (child.nodeType !== Node.TEXT_NODE) {
      groups.at(-1).push(child);
      continue;
    }
    const pieces = child.textContent.split(/(?<=[.?!]["”’»)]?)\s+(?=\S)/);
    pieces.forEach((piece, i) => {
      if (i) groups.push([]);
      groups.at(-1).push(document.createTextNode(piece + (i < pieces.length - 1 ? " " : "")));
    });
  }
  return groups.filter((group) => group.some((node) => node.textContent.trim() || node.nodeType === Node.ELEMENT_NODE));
}

// As many parts of a block as fit below `above`; returns [what fits, the rest] or null.
function cut(node, above, scale = 1) {
  const divided = parts(node);
  if (!divided || divided.count < 2) return null;
  let last = 0;
  for (let n = 1; n < divided.count; n++) {
    if (!fits([...above.map((a) => a.cloneNode(true)), divided.make(0, n)], scale)) break;
    last = n;
  }
  // a single line or row left alone helps nobody
  if (node.matches("pre") && divided.count - last < 3) last = Math.min(last, divided.count - 3);
  return last > 0 ? [divided.make(0, last), divided.make(last, divided.count)] : null;
}

function shrink(nodes, least) {
  for (let scale = 0.95; scale >= least - 1e-9; scale -= 0.03) if (fits(nodes.map((n) => n.cloneNode(true)), scale)) return scale;
  return null;
}

function place(node) {
  if (!current) start("subslide");
  if (fits([...current.nodes.map((n) => n.cloneNode(true)), node.cloneNode(true)], current.scale)) {
    current.nodes.push(node);
    return;
  }
  if (!onlyHeadings()) {
    const last = current.nodes.at(-1);
    // a paragraph that announces what follows goes along with it
    const announces = current.nodes.length > 1 && !current.nodes.slice(0, -1).every(isHeading) && announcing(last);
    if (announces) current.nodes.pop();
    // long prose below a figure or code: what fits stays with it
    const prose = node.matches("p, ul, ol") && current.nodes.some((n) => n.matches("figure, pre")) && cut(node, current.nodes);
    if (prose) {
      current.nodes.push(prose[0]);
      start("subslide");
      place(prose[1]);
      return;
    }
    start("subslide");
    if (announces) current.nodes.push(last);
    place(node);
    return;
  }
  // alone below its heading and still too tall
  const nodes = [...current.nodes, node];
  const gentle = shrink(nodes, 0.8);
  const pieces = gentle === null ? cut(node, current.nodes) : null;
  if (pieces) {
    current.nodes.push(pieces[0]);
    start("subslide");
    place(pieces[1]);
    return;
  }
  current.scale = gentle ?? shrink(nodes, SMALLEST) ?? smallest(nodes);
  current.nodes.push(node);
}

// A paragraph that ends in a colon or is bold as a whole says what comes next.
function announcing(node) {
  if (!node.matches("p")) return false;
  const bold = [...node.querySelectorAll(":scope > strong")].map((strong) => strong.textContent).join("");
  return /:\s*$/.test(node.textContent) || (bold && bold.trim() === node.textContent.trim());
}

function smallest(nodes) {
  const { height, width } = size(nodes.map((n) => n.cloneNode(true)), SMALLEST);
  return SMALLEST * Math.min(1, (ROOM.height - 4) / height, ROOM.width / width) ** 1.05;
}

// A figure has a slide to itself, as large as the sentences that read it leave room for.
function placeFigure(figure, following) {
  const image = figure.querySelector("img");
  const ratio = image.naturalWidth / image.naturalHeight;
  if (!(current && onlyHeadings() && current.nodes.length)) start("subslide");
  const above = current.nodes.length ? size(current.nodes.map((n) => n.cloneNode(true))).height + 14 : 0;
  const full = Math.min(ROOM.height - above, ROOM.width / ratio);
  const least = Math.min(full, FIGURE);
  let height = full;
  if (following && following.matches("p")) {
    const divided = parts(following) || { count: 0 };
    for (let n = divided.count; n > 0; n--) {
      const rest = ROOM.height - above - size([divided.make(0, n)]).height - 24;
      if (rest >= least) {
        height = Math.min(full, rest);
        break;
      }
    }
  }
  image.style.height = `${Math.floor(height)}px`;
  image.style.width = `${Math.floor(height * ratio)}px`;
  current.nodes.push(figure);
}

// Prose that leads to a code cell shares its slide with the code and its output, if all of it fits.
function invites(blocks) {
  if (!blocks[0].matches("pre.input") || blocks.some((node) => node.matches("figure"))) return false;
  if (current.nodes.some((node) => node.matches("pre, figure, table, .html, .answer"))) return false;
  return fits([...current.nodes, ...blocks].map((node) => node.cloneNode(true)), current.scale);
}

function paginate() {
  for (const cell of document.querySelectorAll("#source > .cell")) {
    const type = cell.dataset.slide;
    if (type === "skip" || type === "notes") continue;
    const blocks = [...cell.children];
    blocks.forEach((node, index) => {
      const heading = isHeading(node);
      const begins = index === 0 && (type === "slide" || type === "subslide");
      if (/^H[12]$/.test(node.tagName) && node.textContent) running = node.textContent;
      if (heading || begins) {
        const below = current && current.nodes.length && (onlyHeadings() || invites(blocks));
        if (!below || heading) start(type === "slide" && index === 0 ? "slide" : /^H[12]$/.test(node.tagName) ? "slide" : "subslide");
      }
      if (type === "fragment" && index === 0) node.classList.add("fragment");
      if (node.matches("[data-play]")) {
        start("subslide");
        current.nodes.push(node);
        flush();
      } else if (node.matches("figure")) {
        const next = blocks[index + 1] ?? cell.nextElementSibling?.firstElementChild;
        placeFigure(node, next);
      } else place(node);
    });
  }
  flush();
}

// A heading with nothing below it shares the next slide.
function join() {
  for (let i = slides.length - 2; i >= 0; i--) {
    const [one, two] = [slides[i], slides[i + 1]];
    if (i > 0 && one.nodes.every(isHeading) && fits([...one.nodes, ...two.nodes].map((n) => n.cloneNode(true)), two.scale)) {
      two.nodes.unshift(...one.nodes);
      two.level = one.level;
      slides.splice(i, 1);
    }
  }
}

// Few words are set larger.
function grow() {
  for (const slide of slides) {
    const words = slide.nodes.every((node) => isHeading(node) || node.matches("p, ul, ol, .answer, blockquote, .math"));
    if (!words || slide.scale !== 1) continue;
    for (const scale of [1.25, 1.15]) {
      const { height, width } = size(slide.nodes.map((node) => node.cloneNode(true)), scale);
      if (height <= ROOM.height * 0.75 && width <= ROOM.width) {
        slide.scale = scale;
        break;
      }
    }
  }
}

// An answer that has a slide to itself needs no click to appear.
function reveal() {
  for (const { nodes } of slides) {
    if (nodes.every((node) => isHeading(node) || node.matches(".answer"))) nodes.forEach((node) => node.classList.remove("fragment"));
  }
}

function build() {
  let stack = null;
  const root = document.querySelector(".reveal .slides");
  slides.forEach((slide, index) => {
    if (slide.level === "slide" || !stack) root.append((stack = document.createElement("section")));
    const section = document.createElement("section");
    section.className = index ? "leaf" : "leaf first";
    const label = document.createElement("div");
    label.className = "running";
    const own = slide.nodes.some((node) => /^H[12]$/.test(node.tagName));
    label.textContent = own ? (index ? document.title : document.body.dataset.course) : slide.running;
    section.append(label, content(slide.nodes, slide.scale));
    stack.append(section);
  });
}

async function open() {
  const source = document.getElementById("source");
  stage.style.cssText = "position:relative;width:1280px;height:720px;font-size:27px;line-height:1.5";
  await Promise.all(["400", "700"].map((weight) => document.fonts.load(`${weight} 27px "Course Hangul"`, "가a")));
  await MathJax.startup.promise;
  await MathJax.typesetPromise([source]);
  await Promise.all([...source.querySelectorAll("img")].map((image) => image.decode()));
  source.append(stage);
  paginate();
  join();
  grow();
  reveal();
  stage.remove();
  source.replaceChildren();
  build();
  const links = document.createElement("nav");
  links.className = "deck-links";
  links.innerHTML = `<a href="../index.html">☰</a><a href="${document.body.dataset.other}">${document.documentElement.lang === "ko" ? "English" : "한국어"}</a>`;
  document.body.append(links);
  await Reveal.initialize({
    width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
    controlsTutorial: false, pdfSeparateFragments: false,
  });
  Play.find(document, "slide");
  window.deckReady = true;
}

open();
