// Opens a lecture deck: formulas are drawn, ?short leaves the slides of the short route, S opens the presenter's view.
// On a phone that is held upright a slide of 1280 × 720 would be as large as a stamp: there all slides stand below each
// other, set for its width.

const UPRIGHT = matchMedia("(orientation: portrait) and (max-width: 600px)");
const LETTERS = 10; // pixels of the smallest letters of a figure that stands upright: it is moved sideways if need be

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
  UPRIGHT.addEventListener("change", () => location.reload()); // the phone was turned: the slides are laid out anew
  await Promise.all(["400", "700"].map((weight) => document.fonts.load(`${weight} 30px "Course Hangul"`, "가a")));
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  if (UPRIGHT.matches) {
    stand();
    Play.find();
  } else {
    await Reveal.initialize({
      width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
      controlsTutorial: false, pdfSeparateFragments: false, scrollActivationWidth: null, plugins: [RevealNotes],
    });
    enlarge();
    Play.find(document, "slide");
  }
  window.deckReady = true;
}

// All slides below each other, without reveal.js.  The address names the slide that is read, as it does with reveal.js.
function stand() {
  document.querySelector(".reveal").className = "upright";
  for (const image of document.querySelectorAll("figure img")) image.style.minWidth = `${Math.ceil((image.naturalWidth * LETTERS) / image.dataset.letters)}px`;
  for (const wide of document.querySelectorAll(".body :is(figure, pre, table)")) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0; // the arrow keys move it
  const slides = [...document.querySelectorAll(".slides > section")], named = () => Number(location.hash.match(/^#\/(\d+)/)?.[1] ?? 0);
  if (named()) slides[named()]?.scrollIntoView();
  addEventListener("scroll", () => {
    const read = Math.max(0, slides.findLastIndex((slide) => slide.getBoundingClientRect().top < innerHeight / 3));
    if (UPRIGHT.matches && read !== named()) history.replaceState(null, "", `#/${read}`);
  }, { passive: true });
}

begin();
