"""Korean: morphemes (Kiwi), jamo, particles, conjugation, and the small grammar that writes the bundled corpus.

    korean.morphemes('속옷 빨래를 하는 남녀')  →  ['속옷', '빨래', '를', '하', '는', '남녀']
    korean.decompose('학교')                 →  'ㅎㅏㄱㄱㅛ'
    korean.particle('서울', '으로/로')         →  '로'
    korean.conjugate('돕', '어요')            →  '도와요'

The rooms: `hangul` (letters and particles), `tokenizer` (Kiwi), `inflection` (conjugation by rule), `grammar` (reads
the lexicon and the templates) and `draw` (writes one sentence).
"""

from .grammar import Grammar, stories
from .hangul import attach, compose, decompose, final_of, has_final, is_syllable, particle
from .inflection import inflect
from .tokenizer import conjugate, kiwi, morphemes, morphemes_of

__all__ = [
    "Grammar", "attach", "compose", "conjugate", "decompose", "final_of", "has_final", "inflect", "is_syllable",
    "kiwi", "morphemes", "morphemes_of", "particle", "stories",
]  # fmt: skip
