// Opens a lecture deck: formulas are drawn, ?short leaves the slides of the short route, S opens the presenter's view.

// Few words are set larger: what has no picture is tried in large letters, and left as it is where they do not fit.
function enlarge() {
  for (const slide of document.querySelectorAll(".slides > section")) {
    const body = slide.querySelector(".body");
    if (body.querySelector("figure, [data-play]")) continue;
    slide.style.display = "block";
    body.classList.add("large");
    const wide = [...body.querySelectorAll("pre, table, mjx-container")].some((e) => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > body.getBoundingClientRect().right);
    const short = [...body.querySelectorAll("td")].filter((cell) => cell.textContent.length < 30);
    const broken = short.some((cell) => cell.clientHeight > 1.9 * parseFloat(getComputedStyle(cell).lineHeight));
    if (wide || broken || body.scrollHeight > body.clientHeight) body.classList.remove("large");
    slide.style.display = "";
  }
}

async function begin() {
  if (new URLSearchParams(location.search).has("short")) {
    document.querySelectorAll(".slides > section:not([data-short])").forEach((slide) => slide.remove());
  }
  await Promise.all(["400", "700"].map((weight) => document.fonts.load(`${weight} 30px "Course Hangul"`, "가a")));
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  await Reveal.initialize({
    width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
    controlsTutorial: false, pdfSeparateFragments: false, plugins: [RevealNotes],
  });
  enlarge();
  Play.find(document, "slide");
  window.deckReady = true;
}

begin();
