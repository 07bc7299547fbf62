"""Write the bundled Korean corpus and its evaluation sets: `python tools/korean_corpus.py`; `--check` only compares.

datasets/korean/sentences.txt   the sentences of the grammar, shuffled, then those of stories.txt: pure Python, the
                                same bytes on every machine
datasets/korean/morphemes.txt   the same lines cut by Kiwi, for which the build needs kiwipiepy
similarity.tsv, analogies.txt, analogies_words.txt     from evaluation.txt, pairs of rare words left out
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import re
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.korean import Grammar, morphemes_of, stories

FOLDER = Path(__file__).resolve().parents[1] / "datasets" / "korean"
SIZE, SEED = 44_000, 1  # drawn; templates that run out of new sentences make it a little less
KIWI = "0.24.1"  # the version that cut the shipped morphemes.txt
WORD = re.compile(r"[^\s.,?!'\"]+")


def sentences(folder=FOLDER):
    """Every sentence of the corpus, in order, without repetitions."""
    drawn = [text for text, _ in Grammar(folder).sentences(SIZE, SEED)]
    told = stories(folder / "stories.txt") if (folder / "stories.txt").exists() else []
    return list(dict.fromkeys(drawn + told))


def read_evaluation(path):
    """evaluation.txt → [(mark, heading, [(a, b), ...]), ...]; the mark is ~ (similarity), : or = (analogies)."""
    blocks = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line[:2] in ("~ ", ": ", "= "):
            blocks.append((line[0], line[2:].strip(), []))
        elif line and not line.startswith("#"):
            blocks[-1][2].extend(tuple(pair.split("/")) for pair in line.split())
    return blocks


def evaluation_sets(blocks, morphemes, words, least=10):
    """The three files as {name: text}. A pair with a word seen fewer than `least` times is left out (and named).

    `morphemes` and `words` count the tokens of the corpus cut either way. An analogy section crosses its pairs;
    questions whose answer stands in the question (고양이 : 마리 = 개 : 마리) are no questions and are left out.
    """
    similarity = ["# word1\tword2\tscore (0 to 10), see README.md"]
    analogies = {":": [], "=": []}
    for mark, heading, pairs in blocks:
        counts = words if mark == "=" else morphemes
        for pair in pairs:
            if min(counts[word] for word in pair) < least:
                print(f"left out, too rare: {pair[0]} {counts[pair[0]]}, {pair[1]} {counts[pair[1]]} ({heading})")
        kept = [pair for pair in pairs if min(counts[word] for word in pair) >= least]
        if mark == "~":
            similarity += [f"{a}\t{b}\t{float(heading):.1f}" for a, b in kept]
            continue
        questions = [f"{a} {b} {c} {d}" for a, b in kept for c, d in kept if len({a, b, c, d}) == 4]
        analogies[mark] += [f": {heading}", *questions]
    return {
        "similarity.tsv": "\n".join(similarity) + "\n",
        "analogies.txt": "\n".join(analogies[":"]) + "\n",
        "analogies_words.txt": "\n".join(analogies["="]) + "\n",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the shipped files, write nothing")
    check = parser.parse_args().check
    raw = sentences()
    cut = [" ".join(tokens) for tokens in morphemes_of(raw)]
    files = {"sentences.txt": "\n".join(raw) + "\n", "morphemes.txt": "\n".join(cut) + "\n"}
    counts = [Counter(token for line in lines for token in WORD.findall(line)) for lines in (cut, raw)]
    files |= evaluation_sets(read_evaluation(FOLDER / "evaluation.txt"), *counts)
    status = 0
    for name, text in files.items():
        path = FOLDER / name
        if check:
            same = path.exists() and path.read_bytes() == text.encode()
            status |= not same
            print(f"{name}: {'same' if same else 'DIFFERENT'}")
        else:
            path.write_bytes(text.encode())
            print(f"{name}: {text.count(chr(10)):,} lines, {len(text.encode()):,} bytes")
    return status


if __name__ == "__main__":
    sys.exit(main())
