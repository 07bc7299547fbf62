"""Every kernel compiled for a card of some capability, by `test_kernels.py`: no card is needed for that."""

import sys
from pathlib import Path

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from helpers import card, kernels, word2vec

WHOLE = "words sentences noise reaches rows segment_rows sizes columns"  # pointers to int32; others are named below
TYPES = dict.fromkeys(WHOLE.split(), "*i32") | dict.fromkeys("pieces starts order".split(), "*i64")
TYPES |= dict.fromkeys("inputs outputs logs weights center context center_bias context_bias".split(), "*fp32")
TYPES |= {"rate": "fp32", "last_rate": "fp32", "found": "*fp64"}


def compiled(name, function, numbers, **constants):
    """Compile a kernel whose tiles hold so many numbers."""
    types = {name: "constexpr" if name in constants else TYPES.get(name, "i32") for name in function.arg_names}
    target, options = GPUTarget("cuda", CAPABILITY, 32), {"num_warps": card.warps(numbers)}
    found = triton.compile(ASTSource(function, signature=types, constexprs=constants), target=target, options=options)
    assert len(found.asm["cubin"]) > 1000
    print(name, "compiled")
    return found.metadata.shared


def all(capability):
    """Every kernel for 100 and 300 numbers; CBOW with more noise words than centers; what FastText and losses need."""
    global CAPABILITY
    CAPABILITY = capability
    words = dict(T=16, REPEATS=2, OWN=True, PRECISION="tf32" if capability >= 80 else "ieee", MEASURE=False)
    bag = dict(GROUPS=4, MEAN=True, EXACT=False, **words)
    for dim in (100, 300):
        tile = card.power_of_two(dim)
        shared = compiled(f"skip-gram {dim}", kernels.skipgram, 16 * tile, NOISE=16, D=tile, **words)
        assert shared <= card.shared_bytes(word2vec.Options(vector_size=dim))
        compiled(f"GloVe {dim}", kernels.glove, 8 * tile, CLIP=100.0, LENGTH=8, D=tile)
    for dim, window, negative in ((100, 5, 5), (300, 8, 16), (100, 20, 5), (100, 5, 33), (300, 5, 20)):
        tile, span = card.power_of_two(dim), card.power_of_two(16 + 2 * window)
        numbers = dict(SPAN=span, NOISE=card.power_of_two(negative), D=tile)
        shared = compiled(f"CBOW {dim} {window} {negative}", kernels.cbow, span * tile, **numbers, **bag)
        options = word2vec.Options(sg=0, vector_size=dim, window=window, negative=negative)
        assert shared <= card.shared_bytes(options), (shared, options)
    several = {"OWN": False, "MEASURE": True}
    compiled("FastText", kernels.skipgram, 16 * 128, NOISE=16, D=128, **words | several)
    compiled("FastText, CBOW", kernels.cbow, 32 * 128, SPAN=32, NOISE=16, D=128, **bag | several)
    least = dict(dim=1, blocks=1, window=1, negative=1)  # Triton compiles ones in
    compiled("ones", kernels.skipgram, 16 * 16, NOISE=16, D=16, **words, **least)
    compiled("ones, CBOW", kernels.cbow, 32 * 16, SPAN=32, NOISE=16, D=16, **bag, **least)
    compiled("ones, GloVe", kernels.glove, 8 * 16, CLIP=100.0, LENGTH=8, D=16, segments=1)
    found = triton.compile(ASTSource(kernels.trial, signature={"found": "*fp32"}, constexprs={}),
                           target=GPUTarget("cuda", CAPABILITY, 32))  # fmt: skip
    assert found.asm["cubin"]
    print("trial compiled")
