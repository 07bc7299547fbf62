"""Letters that no font of this machine has, on a page that is about to be printed: their names instead of empty boxes.

A phone or a laptop draws an emoji; the browser that prints may run where no font has any.  Whether a letter is missing
is asked of the browser itself: it draws it like a code point that no font has.
"""

import unicodedata

# Of each letter beyond Latin-1, in the font of the place where it stands first: is it the box of a missing one?
MISSING = r"""() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
  const pen = canvas.getContext("2d", { willReadFrequently: true }), drawn = {};
  const picture = (letter, family) => {
    pen.clearRect(0, 0, 60, 40);
    pen.font = `24px ${family}`;
    pen.fillText(letter, 5, 30);
    return pen.getImageData(0, 0, 60, 40).data.join();
  };
  const seen = new Set(), missing = [];
  const look = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      if (node.shadowRoot) look(node.shadowRoot);
      if (node.nodeType !== Node.TEXT_NODE || !node.parentElement?.getClientRects().length) continue;
      for (const letter of node.data.match(/[^\u0000-\u00ff\p{Z}\p{Cc}\p{Cf}\p{M}]/gu) ?? []) {
        if (seen.has(letter)) continue;
        seen.add(letter);
        const family = getComputedStyle(node.parentElement).fontFamily;
        drawn[family] ??= picture("\u{10FFFD}", family);
        if (picture(letter, family) === drawn[family]) missing.push(letter);
      }
    }
  };
  look(document.body);
  return missing;
}"""
# Each in its form for code or in that for all other text
NAME = r"""(forms) => {
  const change = (root) => {
    const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      if (node.shadowRoot) change(node.shadowRoot);
      if (node.nodeType !== Node.TEXT_NODE) continue;
      const form = node.parentElement?.closest(".cell_input") ? 0 : 1;
      let text = node.data;
      for (const [letter, both] of Object.entries(forms)) text = text.replaceAll(letter, both[form]);
      if (text !== node.data) node.data = text;
    }
  };
  change(document.body);
}"""


def forms(letter):
    r"""What stands for a letter: in code, where it stays the same Python string, `\N{THUMBS UP SIGN}`; elsewhere
    `[thumbs up sign]`.  A letter without a name in Unicode is called by its number.
    """
    name = unicodedata.name(letter, None)
    return (f"\\N{{{name}}}", f"[{name.lower()}]") if name else (f"\\U{ord(letter):08X}", f"[U+{ord(letter):04X}]")


def name(page):
    """Write the names of missing letters in their place, on a page that is open; returns these letters."""
    missing = page.evaluate(MISSING)
    if missing:
        page.evaluate(NAME, {letter: forms(letter) for letter in missing})
    return missing
