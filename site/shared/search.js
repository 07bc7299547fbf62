// The search: every section of every page (search-index.js, written by tools/sections.py), the best first.
//
// A word of the question counts wherever it stands in a text, so that 표본 finds 학습표본 and 샘플링을 finds 샘플링;
// Latin words count from their beginning. Names that mean the same (spellings) count as one.
const CourseSearch = (() => {
  const SAYS = {
    ko: { none: "찾는 말이 있는 곳이 없습니다.", found: (n) => `${n}곳을 찾았습니다.`, ask: "찾을 말을 적어 주세요." },
    en: { none: "No section has these words.", found: (n) => `${n} section${n === 1 ? "" : "s"} found.`, ask: "Type what you look for." },
  };
  const PARTICLES = /^([가-힣a-z0-9-]{2,}?)(으로|에서|에게|까지|부터|처럼|보다|은|는|이|가|을|를|의|에|와|과|로|도|만)$/;
  const MOST = 30;
  const plain = (text) => text.toLowerCase().replace(/[-\s]/g, "");

  // The ways to write what was asked for: each is a list of spellings, of which one has to be found
  function concepts(query, spellings) {
    let rest = query.toLowerCase().trim().replace(/\s+/g, " ");
    const found = [];
    const known = spellings.flatMap((group) => group.map((name) => [name, group]));
    known.sort((a, b) => b[0].length - a[0].length);
    const whole = known.find(([name]) => plain(name) === plain(rest));
    if (whole) return [whole[1]];
    for (const [name, group] of known) {
      if (name.includes(" ") && ` ${rest} `.includes(` ${name} `)) {
        rest = rest.replace(name, " ");
        found.push(group);
      }
    }
    for (const word of rest.split(" ").filter(Boolean)) {
      const stem = word.replace(PARTICLES, "$1");
      const group = known.find(([name]) => plain(name) === plain(word) || plain(name) === plain(stem));
      found.push(group ? group[1] : [...new Set([word, stem])]);
    }
    return found;
  }

  // Where a spelling stands in a text: Hangul anywhere, Latin letters at the beginning of a word
  const patterns = new Map();
  function pattern(name) {
    if (!patterns.has(name)) {
      const loose = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/[-\s]+/g, "[-\\s]?");
      patterns.set(name, new RegExp(/^[a-z0-9]/.test(name) ? `(?<![a-z0-9])${loose}` : loose, "gi"));
    }
    return patterns.get(name);
  }
  const count = (text, group) => group.reduce((sum, name) => sum + (text.match(pattern(name)) || []).length, 0);

  // How well a section answers: its heading above its page's title above its text, and a page that is about it first
  function score([address, title, heading, text], groups, weight) {
    let sum = 0;
    for (const group of groups) {
      const here = count(heading, group), page = count(title, group), said = count(text, group);
      if (!here && !said && !(page && heading === title)) return 0;
      sum += (here ? 12 : 0) + (page ? 8 : 0) + 2 * Math.log1p(said);
    }
    return sum + weight(address.split("#")[0]);
  }

  function find(query, { sections, spellings }) {
    const groups = concepts(query, spellings);
    if (!groups.length) return [];
    // A page on which many sections speak of it is a page about it: glossary and corrections are not lessons
    const about = new Map();
    for (const section of sections) {
      const page = section[0].split("#")[0];
      const said = Math.min(...groups.map((group) => count(section[3] + " " + section[2], group)));
      const titled = groups.every((group) => count(section[1], group)) ? 30 : 0;
      about.set(page, Math.max(about.get(page) || 0, titled) + Math.min(said, 5));
    }
    const weight = (page) => (/^\d\d_/.test(page) ? 3 + Math.min(about.get(page), 60) / 3 : 0);
    return sections
      .map((section, place) => ({ section, place, points: score(section, groups, weight) }))
      .filter((one) => one.points > 0)
      .sort((a, b) => b.points - a.points || a.place - b.place)
      .map(({ section: [address, title, heading, text], points }) => ({ address, title, heading, text, points, groups }));
  }

  // Some words around the first place where the question's words stand
  function excerpt(text, groups) {
    const at = Math.max(0, ...groups.flat().map((name) => text.search(pattern(name))).slice(0, 1));
    const from = Math.max(0, text.lastIndexOf(" ", Math.max(0, at - 50)));
    return (from ? "… " : "") + text.slice(from, from + 160).trim() + (from + 160 < text.length ? " …" : "");
  }

  function element(tag, attributes = {}, ...children) {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  }

  function show(query, place, language) {
    const says = SAYS[language] || SAYS.en;
    const found = query.trim() ? find(query, window.courseSearch) : [];
    const said = !query.trim() ? says.ask : found.length ? says.found(found.length) : says.none;
    const list = element("ul", { className: "search" });
    for (const { address, title, heading, text, groups } of found.slice(0, MOST)) {
      const link = element("a", { href: address, textContent: heading });
      const where = element("span", { className: "where", textContent: heading === title ? "" : title });
      list.append(element("li", {}, link, where, element("p", { className: "context", textContent: excerpt(text, groups) })));
    }
    place.replaceChildren(element("p", { className: "search-summary", role: "status", textContent: said }), list);
  }

  return { find, show, concepts };
})();
