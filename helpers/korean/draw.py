"""Writing one sentence: a template's pattern → text. The patterns are explained in `grammar`, the data's reader."""

import re

from .hangul import attach, has_final
from .inflection import honorific, inflect

# ending names → one form per speech level: 해라 (plain), 해요 (polite), 합쇼 (formal); v verb, a adjective, e 있다/없다
ENDINGS = {
    "PRES": {"v": ("는다", "어요", "습니다"), "a": ("다", "어요", "습니다"), "e": ("다", "어요", "습니다")},
    "PAST": ("었다", "었어요", "었습니다"),
    "GUESS": ("겠다", "겠어요", "겠습니다"),
    "FUT": ("을 것이다", "을 거예요", "을 것입니다"),
    "ASK": ("니", "나요", "습니까"),
    "ASKPAST": ("었니", "었어요", "었습니까"),
    "LETS": ("자", "어요", "읍시다"),
    "SHALL": ("을까", "을까요", "을까요"),
    "ORDER": ("어라", "으세요", "으십시오"),
    "WILL": ("겠다", "을게요", "겠습니다"),
    "ADN": {"v": "는", "a": "은", "e": "는"},
    "QUOTE": {"v": "는다고", "a": "다고", "e": "다고"},
}
COPULA = {
    "PRES": ("이다", "이에요", "입니다"),
    "PAST": ("이었다", "이었어요", "이었습니다"),
    "ASK": ("이니", "인가요", "입니까"),
    "GUESS": ("이겠다", "이겠어요", "이겠습니다"),
    "FUT": ("일 것이다", "일 거예요", "일 것입니다"),
    "ADN": "인",
    "QUOTE": "이라고",
}
SELF = {"나": ("나", "저", "저"), "내가": ("내가", "제가", "제가"), "내": ("내", "제", "제")}
# one person under two names, or names that only speakers of different sex use: never together in a sentence
ONE_PERSON = (("어머니", "엄마"), ("아버지", "아빠"), ("오빠", "형"), ("언니", "누나"))
TIMES = {"봄", "여름", "가을", "겨울", "아침", "저녁", "밤"}
PART = re.compile(r"\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|[^\[({]+")


class Retry(Exception):
    """A draw that cannot become a sentence (the same noun twice, a missing fact): draw again."""


def zipf(words, rng, exponent=0.7):
    """Draw one word with probability ∝ 1 / (rank + 2)^exponent: real word frequencies are skewed."""
    return rng.choices(words, [(rank + 2.0) ** -exponent for rank in range(len(words))])[0]


class Draw:
    """The state of one sentence while it is being written."""

    def __init__(self, grammar, template, rng):
        self.g, self.t, self.rng = grammar, template, rng
        self.level = rng.choices(template.levels, [(0.6, 0.22, 0.18)[level] for level in template.levels])[0]
        self.names, self.used, self.acts = {}, set(), {}
        self.out, self.last = "", ""  # what is written so far; the noun drawn last
        self.honour, self.polite_particle = False, rng.random() < 0.5

    def write(self):
        pattern = self.choose(self.t.pattern)
        if "[S]" in pattern:  # the subject first: a predicate may stand before it
            self.names["S"] = self.pick(self.activity(0).agents)
            self.honour = self.names["S"] in self.g.honoured
        self.parts(pattern)
        text = re.sub(r" +", " ", self.out).strip()
        text = re.sub(r" ([.,?!])", r"\1", text)
        if any(text.count(meal) > 1 for meal in ("아침", "점심", "저녁")):
            raise Retry  # breakfast (아침) in the morning (아침)
        if any({a, b} <= self.used or (a in text and b in text and len(b) > 1) for a, b in ONE_PERSON):
            raise Retry
        if text[-2] not in "다요까니자라지오" and not pattern.endswith((".>", "?>")):
            raise ValueError(f"templates.txt: {self.t.pattern!r} wrote a sentence without a final ending: {text}")
        return text

    def choose(self, pattern):
        while "<" in pattern:  # innermost alternatives first
            pattern = re.sub(r"<([^<>]*)>", lambda m: self.rng.choice(m[1].split("|")), pattern)
        return pattern

    def parts(self, pattern):
        for part in PART.findall(pattern):
            if part[0] == "[":
                self.out += self.slot(part[1:-1])
            elif part[0] == "(":
                self.particle(part[1:-1])
            elif part[0] == "{":
                self.predicate(part[1:-1])
            else:
                self.honour = self.honour or part.startswith("께서")
                self.out += part

    # ---- nouns

    def pick(self, words):
        for _ in range(8):
            word = zipf(words, self.rng)
            if word not in self.used:
                self.used.add(word)
                self.last = word
                return word
        raise Retry

    def slot(self, body):
        key, _, name = body.partition(":")
        if key in SELF:
            return SELF[key][self.level]
        if key in ("T", "D"):
            return self.time(name) if key == "T" else self.manner()
        if key in ("S", "P", "A", "S2", "P2", "A2"):
            return self.activity_part(key)
        if not key:
            return self.names[name] if isinstance(self.names[name], str) else next(iter(self.names[name].values()))
        if "." in key and key.split(".")[0] in self.names and isinstance(self.names[key.split(".")[0]], dict):
            row, column = key.split(".")
            value = self.names[row][column]
            if value == "-":
                raise Retry
            if value == "yes":  # a mark that only says: this row suits the pattern
                return ""
            return self.rng.choice(value.split("/"))
        if key[0] == ">":  # two words of an ordered class: the higher one and the lower one
            words = self.g.expand(key[1:])
            first, second = sorted(self.rng.sample(range(len(words)), 2))
            self.names["hi"], self.names["lo"] = words[first], words[second]
            return ""
        if key.startswith("t."):
            return zipf(self.g.classes["time" + key[1:]], self.rng, 0.4)
        silent, key = key[0] == "=", key.lstrip("=")
        if key in self.g.tables:
            row = self.rng.choices(self.g.tables[key], [(r + 3.0) ** -0.6 for r in range(len(self.g.tables[key]))])[0]
            if id(row) in self.used:
                raise Retry
            self.used.add(id(row))
            self.names[name] = row
            return "" if silent else next(iter(row.values()))
        kind = key.lstrip("~")
        word = self.pick(self.g.expand(kind))
        self.names[name] = word
        return self.modifier(kind) + word if key[0] == "~" else word

    def modifier(self, kind):
        options = self.g.classes.get("mod." + kind, [])
        if not options or self.rng.random() < 0.55:
            return ""
        word = zipf(options, self.rng, 0.3)
        return (self.conjugate(word, "ADN") if word.endswith("다") else word) + " "

    def time(self, tense):
        tags = self.activity(0).tags
        for tag in sorted(TIMES & tags):
            return self.rng.choice(self.g.classes[f"time.{tag}.{tense}"]) + " "
        if self.rng.random() < 0.45:
            return ""
        word = zipf(self.g.classes["time." + tense], self.rng, 0.4)
        if "j" in tags and any(day in word for day in ("주말", "토요일", "일요일")):
            raise Retry  # nobody's job is done at the weekend
        return word + " "

    def manner(self):
        words = [t[1:] for t in sorted(self.activity(0).tags) if t[0] == "*"]
        if not words or self.rng.random() < 0.6:
            return ""
        word = self.rng.choice(words)
        alone = self.names.get("S") not in self.g.expand("plural")
        return "" if word == "함께" and alone else word + " "

    # ---- activities

    def activity(self, index):
        if index not in self.acts:
            options = self.g.suiting(frozenset(self.t.needs[min(index, len(self.t.needs) - 1)]))
            if index:
                options = [act for act in options if self.follows(act)]
            if not options:
                raise Retry
            self.acts[index] = self.rng.choice(options)
        return self.acts[index]

    def follows(self, act):
        """Can `act` be the second activity of the sentence?"""
        first = self.acts[0]
        if act.tags & TIMES and act.tags & TIMES != first.tags & TIMES or act.verb == first.verb:
            return False
        if "[S2]" in self.t.pattern:  # somebody else does it
            return True
        # one person's steps go forward: rub, beat, rinse, wring, hang up; a negative step may only come first
        steps = [next((int(tag[1:]) for tag in sorted(a.tags) if tag[0] == "#"), 0) for a in (first, act)]
        return self.names["S"] in act.agents and (not any(steps) or 0 < abs(steps[0]) < steps[1])

    def activity_part(self, key):
        index = int(key.endswith("2"))
        act = self.activity(index)
        if key[0] == "S":
            noun = self.names["S"] if key == "S" else self.pick(act.agents)
            self.names[key] = self.last = noun
            return self.modifier_of_agent(noun) + noun
        if key[0] == "P":
            if not act.places:
                return ""
            if index and self.names.get("P") in act.places:
                return ""  # the same place is not named twice
            if index and "P" in self.names and self.rng.random() < 0.5:
                raise Retry
            places = act.places
            if index and "[S2]" not in self.t.pattern:
                places = [p for p in places if self.near(self.acts[0].places, p)]
                if not places:
                    raise Retry
            place = self.pick(places)
            self.names[key] = place
            return place
        before = self.out
        self.out = ""
        self.parts(self.choose(act.args))
        text, self.out = self.out, before
        place = self.names.get("P" + key[1:])
        if any(noun and re.search(rf"(^| ){noun}", text) for noun in (self.names.get("S" + key[1:]), place)):
            raise Retry  # a friend who waits for a friend, a room that is cleaned in the room
        return text + " " if text else ""

    def near(self, places, place):
        """Would one person go on at `place` after `places`? Home to home, school to school, market to kitchen."""
        homes = set(self.g.expand("home"))
        for name in ("home", "study", "washplace", "market", "outdoors", "waterside"):
            group = set(self.g.expand(name))
            if place in group and group & set(places):
                return True
        return not places or (place in homes and bool(set(self.g.expand("market")) & set(places)))

    def modifier_of_agent(self, noun):
        for kind in ("kin", "person"):
            if noun in self.g.expand(kind) and self.rng.random() < 0.16:
                return zipf(self.g.classes["mod." + kind], self.rng, 0.3) + " "
        return ""

    # ---- particles and predicates

    def particle(self, body):
        if body.startswith("P:"):  # (P:에서) only when a place was named
            if not self.out.endswith(" ") and self.out:
                self.out += body[2:] + " "
            return
        if body.endswith("!"):
            body = body[:-1]
            self.honour = self.last in self.g.honoured
            if self.honour and self.polite_particle:
                self.out += {"이/가": "께서", "은/는": "께서는"}[body]
                return
        self.out = attach(self.out, body)

    def predicate(self, body):
        first, *endings = body.split("+")
        if "[" in first:
            before, self.out = self.out, ""
            self.parts(first.rstrip("^"))
            first, self.out = self.out + ("^" if first.endswith("^") else ""), before
        mark = first.endswith("^")
        word = first.rstrip("^")
        if word in ("V", "V2"):
            word = self.activity(int(word == "V2")).verb
        if word == "이다":
            self.copula(endings[0])
            return
        kind, text, negatable = self.kind(word), "", self.kind(word)
        if mark and self.honour:
            word = honorific(word.rstrip("=~")[:-1], word.endswith("=")) + "다"
            kind = "v" if word == "계시다" else kind
        for ending in endings:
            mark, ending = ending.endswith("^"), ending.rstrip("^")
            if " " in ending and ending.endswith("다") and ending not in ENDINGS:
                head, word_after = ending.rsplit(" ", 1)
                link, _, middle = head.partition(" ")
                text += self.conjugate(word, link, kind) + " " + (middle + " " if middle else "")
                word, kind = word_after, negatable if word_after in ("않다", "못하다") else self.kind(word_after)
                if mark and self.honour:
                    word = honorific(word[:-1]) + "다"
                    kind = "v" if word == "계시다" else kind
            else:
                text += self.conjugate(word, ending, kind)
        self.out += text

    def kind(self, word):
        word = word.split(" ")[-1]
        if word.endswith("~"):  # an adjective that has a verb beside it: 약이 쓰다~, 글을 쓰다
            return "a"
        word = word.rstrip("=")
        if word in ("예정이다", "중이다", "모양이다", "편이다", "것이다", "날이다"):
            return "c"
        if word.endswith(("있다", "없다")):
            return "e"
        return "a" if word in self.g.adjectives or word in ("싶다", "아니다", "같다") else "v"

    def conjugate(self, word, ending, kind=None):
        kind = kind or self.kind(word)
        if kind == "c":
            stem, self.out = self.out, word[:-2]
            self.copula(ending)
            text, self.out = self.out, stem
            return text
        form = ENDINGS.get(ending, ending)
        if isinstance(form, dict):
            form = form[kind]
        if isinstance(form, tuple):
            form = form[self.level]
        regular = word.endswith("=")
        head, _, rest = form.partition(" ")
        return inflect(word.rstrip("=~"), head, regular) + (" " + rest if rest else "")

    def copula(self, ending):
        form = COPULA.get(ending, "이" + ending if ending not in ("은", "을") else {"은": "인", "을": "일"}.get(ending))
        if isinstance(form, tuple):
            form = form[self.level]
        if not has_final(self.out):
            form = re.sub(r"^이었", "였", form)
            form = {"이다": "다", "이에요": "예요", "이니": "니"}.get(form, form)
            form = re.sub(r"^이(?=[라든며])", "", form)
        self.out += form
