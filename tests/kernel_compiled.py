"""Every kernel compiled for a card of some capability, by `test_kernels.py`, in the sizes that the defaults ask for."""

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
    """Skip-gram, CBOW and GloVe for 100 and 300 numbers."""
    global CAPABILITY
    CAPABILITY = capability
    words = dict(T=16, REPEATS=2, OWN=True, PRECISION="tf32" if capability >= 80 else "ieee", MEASURE=False)
    for dim in (100, 300):
        tile = card.power_of_two(dim)
        shared = compiled(f"skip-gram {dim}", kernels.skipgram, 16 * tile, NOISE=16, D=tile, **words)
        assert shared <= card.shared_bytes(word2vec.Options(vector_size=dim))
        bag = dict(SPAN=32, GROUPS=4, MEAN=True, EXACT=False, **words)
        shared = compiled(f"CBOW {dim}", kernels.cbow, 32 * tile, NOISE=16, D=tile, **bag)
        assert shared <= card.shared_bytes(word2vec.Options(vector_size=dim, sg=0, window=8))
        compiled(f"GloVe {dim}", kernels.glove, 8 * tile, CLIP=100.0, LENGTH=8, D=tile)
    found = triton.compile(ASTSource(kernels.trial, signature={"found": "*fp32"}, constexprs={}),
                           target=GPUTarget("cuda", CAPABILITY, 32))  # fmt: skip
    assert found.asm["cubin"]
    print("trial compiled")
