// What the pages do by themselves. Everything works from a folder, without a server.
const SAYS = {
  ko: { copy: "복사", copied: "복사했습니다", scroll: "옆으로 넘겨 볼 수 있는 부분", done: "모두 풀었습니다" },
  en: { copy: "Copy", copied: "Copied", scroll: "a part that scrolls sideways", done: "all solved" },
};
const language = document.documentElement.lang === "ko" ? "ko" : "en";
const say = SAYS[language];

// A button that copies a cell's code
async function copy(button, text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
  } else {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = say.copied;
  setTimeout(() => (button.textContent = say.copy), 1500);
}

function addCopyButtons() {
  for (const code of document.querySelectorAll("div.cell_input div.highlight, .bd-article div.highlight-default div.highlight")) {
    const button = Object.assign(document.createElement("button"), { className: "copy", type: "button", textContent: say.copy });
    button.addEventListener("click", () => copy(button, code.querySelector("pre").textContent.trimEnd()));
    code.prepend(button);
  }
}

// What scrolls sideways can be reached by the keyboard; a wide table of words becomes a list on a narrow page
function label(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) => head.textContent.trim()); // the first may be an empty td
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.children].forEach((cell, i) => {
      cell.dataset.label = heads[i] || "";
      cell.classList.toggle("short", i > 0 && cell.textContent.length + cell.dataset.label.length < 30); // both in one line
    });
  }
}

function fit() {
  for (const table of document.querySelectorAll(".bd-article table.table")) {
    table.classList.remove("stacked");
    const around = table.parentElement;
    table.classList.toggle("stacked", innerWidth < 700 && (table.scrollWidth > around.clientWidth + 1 || narrow(table)));
  }
  for (const formula of document.querySelectorAll('.bd-article mjx-container:not([display="true"])')) {
    const svg = formula.querySelector("svg");
    formula.classList.toggle("wide", !!svg && svg.getBoundingClientRect().width > formula.closest("p, li, td, th, dd, div, section").clientWidth);
  }
  for (const part of document.querySelectorAll(
    ".bd-article :is(pre, .text_html, .pst-scrollable-table-container, div.math, mjx-container, .cell_output:has(img.legible))")) {
    const wide = part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX !== "visible";
    if (wide) {
      part.tabIndex = 0;
      if (!part.matches("mjx-container")) {
        part.setAttribute("role", "group");
        part.setAttribute("aria-label", say.scroll);
      }
    } else if (part.getAttribute("aria-label") === say.scroll) {
      ["tabindex", "role", "aria-label"].forEach((name) => part.removeAttribute(name));
    }
  }
}

// Columns so narrow that words are broken
const narrow = (table) => [...table.querySelectorAll("td")].some((cell) => cell.clientWidth < 100 && cell.textContent.length > 25);

// The language switch keeps the section that is being read
function sectionInView() {
  if (scrollY < 100) return "";
  const all = [...document.querySelectorAll("article section[id] > :is(h1, h2, h3)")];
  const above = all.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
  const last = above.at(-1);
  return last && last.tagName !== "H1" ? last.parentElement.id : "";
}

function keepSection() {
  const link = document.querySelector("a.language-switch");
  link?.addEventListener("click", () => {
    const id = sectionInView();
    link.href = link.href.split("#")[0] + (id ? `#${id}` : "");
  });
}

// How far the learner has come (window.courseProgress, written on this machine): marks on the map and the cards
function markProgress() {
  const local = location.protocol === "file:" || ["localhost", "127.0.0.1"].includes(location.hostname);
  if (!local || !window.courseProgress) return;
  for (const link of document.querySelectorAll("ol.map a, ol.lessons a.lesson")) {
    const [solved, every] = window.courseProgress[link.getAttribute("href").replace(".html", "")] || [0, 0];
    if (!solved) continue;
    const text = solved === every ? "✓" : `${solved}/${every}`;
    const mark = Object.assign(document.createElement("span"), { className: "solved", textContent: text });
    if (solved === every) mark.title = say.done;
    link.append(mark);
  }
}

// Paper is white: print and PDF are light whatever the mode; ?answers opens every answer
function printLight() {
  const root = document.documentElement;
  let before = null;
  const light = (print) => {
    if (print && before === null) [before, root.dataset.theme] = [root.dataset.theme, "light"];
    else if (!print && before !== null) [root.dataset.theme, before] = [before, null];
  };
  matchMedia("print").addEventListener("change", (event) => light(event.matches));
  addEventListener("beforeprint", () => light(true));
  addEventListener("afterprint", () => light(false));
}

function openAnswers() {
  if (new URLSearchParams(location.search).has("answers")) {
    document.querySelectorAll("article details:not(.hide)").forEach((answer) => (answer.open = true));
  }
}

document.addEventListener("DOMContentLoaded", () => {
  Play.find();
  addCopyButtons();
  document.querySelectorAll(".bd-article table.table").forEach(label);
  fit();
  new ResizeObserver(() => requestAnimationFrame(fit)).observe(document.querySelector("article") ?? document.body);
  keepSection();
  markProgress();
  printLight();
  openAnswers();
});
addEventListener("load", () => (window.MathJax?.startup?.promise ?? Promise.resolve()).then(() => requestAnimationFrame(fit)));
