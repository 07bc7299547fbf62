"""What a PDF of Chromium's holds, for the tests: its pages, their texts and the bookmarks."""

import re
import zlib


class Paper:
    """A PDF file as Chromium writes it: objects in the clear, streams packed."""

    def __init__(self, data):
        found = re.finditer(rb"(?:^|\n)(\d+) 0 obj\s*(.*?)endobj", data, re.S)
        self.objects = {int(each[1]): each[2] for each in found}
        self.pages = [each for each in self.objects.values() if re.search(rb"/Type\s*/Page\b(?!s)", each)]
        self.texts = [self.text(page) for page in self.pages]
        titles = [title for each in self.objects.values() for title in re.findall(rb"/Title\s*<(FEFF\w*)>", each)]
        titles = [bytes.fromhex(title.decode()).decode("utf-16") for title in titles]
        plain = rb"/Title\s*\(((?:\\.|[^\\)])*)\)"  # a bracket within has a stroke before it
        plain = [title for each in self.objects.values() for title in re.findall(plain, each, re.S)]
        self.bookmarks = titles + [re.sub(r"\\(.)", r"\1", title.decode("latin-1")) for title in plain]

    def stream(self, number):
        """Unpacked; its length is taken as it is said, since its last byte may look like the new line after it."""
        head, rest = re.split(rb"stream\r?\n", self.objects[number], maxsplit=1)
        return zlib.decompress(rest[: int(re.search(rb"/Length (\d+)", head)[1])])

    def letters(self, font):
        """{glyph: letter} of a font; a box, drawn where a letter is missing, is no letter."""
        table = self.stream(int(re.search(rb"/ToUnicode (\d+)", self.objects[font])[1])).decode()
        known = {}
        for first, last, letter in re.findall(r"<(\w{4})> <(\w{4})> <(\w{4})>", table):
            for step in range(int(last, 16) - int(first, 16) + 1):
                known[int(first, 16) + step] = chr(int(letter, 16) + step)
        pairs = re.findall(r"(?m)^<(\w{4})> <(\w{4})>$", table)
        return known | {int(glyph, 16): chr(int(letter, 16)) for glyph, letter in pairs}

    def text(self, page):
        fonts = {int(font): self.letters(int(font)) for font in re.findall(rb"/F\d+ (\d+) 0 R", page)}
        drawn, font = "", {}
        for name, glyphs in re.findall(rb"/F(\d+) [\d.]+ Tf|<(\w+)> Tj", self.stream(
            int(re.search(rb"/Contents (\d+)", page)[1])
        )):  # fmt: skip
            if name:
                font = fonts[int(name)]
            else:
                drawn += "".join(font.get(int(glyphs[i : i + 4], 16), "") for i in range(0, len(glyphs), 4))
        return " ".join(drawn.split())

    def boxes(self):
        """How many boxes are drawn where a letter is missing: the first glyph of every font."""
        found = 0
        for page in self.pages:
            drawing = self.stream(int(re.search(rb"/Contents (\d+)", page)[1]))
            for glyphs in re.findall(rb"<(\w+)> Tj", drawing):
                found += sum(glyphs[i : i + 4] == b"0000" for i in range(0, len(glyphs), 4))
        return found
