"""Lay the English translation into a copy of each Korean notebook, paired by cell id.

    python tools/sync.py            write notebooks/en, then report what needs a translator
    python tools/sync.py --check    write nothing; exit 1 if anything differs

The Korean notebook owns code, order, tags and outputs.  Each English markdown cell stores two
digests: `of`, the Korean text that it translates, and `as`, its own text when that was last agreed.
A Korean sentence changed since then makes the translation stale; editing the translation as well
makes it fresh again at the next sync.  Exit status 1 tells of stale or missing translations.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where PYTHONSAFEPATH has left it out
import stopped  # noqa: F401  first: Ctrl-C may come while the rest is imported

# isort: split
import argparse
import copy

import notebooks
from notebooks import digest

UNTRANSLATED = "(not translated yet)"


def paired(korean, english, trust=False):
    """Return the English notebook that belongs to the Korean one, and a list of (cell id, complaint).

    trust=True takes every English cell as a fresh translation (for a notebook written in one go).
    """
    translations = {cell.id: cell for cell in english.cells if cell.cell_type == "markdown"} if english else {}
    complaints, result = [], copy.deepcopy(korean)
    for cell in result.cells:
        cell.metadata.pop("translation", None)
        if cell.cell_type != "markdown":
            continue
        of, old = digest(cell.source), translations.pop(cell.id, None)
        if old is None or old.source.strip() in ("", UNTRANSLATED):
            complaints.append((cell.id, "has no English translation"))
            cell.source, record = UNTRANSLATED, {"of": of, "as": digest(UNTRANSLATED)}
        else:
            record = dict(old.metadata.get("translation", {}))
            revised = record.get("as") != digest(old.source)
            if trust or revised or record.get("of") == of:
                record = {"of": of, "as": digest(old.source)}
            else:
                complaints.append((cell.id, "translates a Korean text that has changed since"))
            cell.source = old.source
        cell.metadata["translation"] = record
    complaints += [(cell_id, "has no Korean original") for cell_id in translations]
    return result, complaints


def differences(wanted, found):
    """Where an English notebook is not what `paired` would write: (cell id, what differs)."""
    if found is None:
        return [("-", "the English notebook is missing")]
    if [c.id for c in wanted.cells] != [c.id for c in found.cells]:
        return [("-", "the two editions have different cells or a different order")]
    return [
        (one.id, f"{key} differs")
        for one, other in zip(wanted.cells, found.cells)
        for key in sorted(set(one) | set(other))
        if one.get(key) != other.get(key)
    ]


def report(check=False, trust=False, only=None):
    """Sync or check every lesson; return the complaints as printable lines."""
    lines, names = [], {path.name for path in notebooks.lessons()}
    for path in notebooks.lessons(notebooks.ENGLISH):
        if path.name not in names:
            lines.append(f"{path.name}: there is no Korean notebook of this name")
    for name in sorted(names):
        if only and name not in only:
            continue
        target = notebooks.ENGLISH / name
        korean = notebooks.read(notebooks.KOREAN / name)
        english = notebooks.read(target) if target.exists() else None
        wanted, complaints = paired(korean, english, trust)
        if check:
            complaints += differences(wanted, english)
        else:
            target.parent.mkdir(exist_ok=True)
            notebooks.write(wanted, target)
        lines += [f"{name}: cell {cell_id} {complaint}" for cell_id, complaint in complaints]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="file names of lessons; all by default")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--trust", action="store_true", help="take the English cells as translations of today's Korean")
    options = parser.parse_args()
    lines = report(options.check, options.trust, options.names)
    print("\n".join(lines) if lines else "both editions agree")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
