"""Plain loops, compiled: a function that goes through arrays number by number becomes machine code at its first call.

    @compiled.loop
    def total(values):
        found = 0.0
        for i in range(len(values)):
            found += values[i]
        return found

Python takes some 50 ns for each turn of such a loop, a compiled one less than one.  The compiler is numba
(https://numba.pydata.org, Lam, Pitrou and Seibert 2015, https://doi.org/10.1145/2833157.2833162).  Three things are
asked of it here:

* While a compiled loop runs it holds no lock of Python's, so threads run side by side, one on each core.
* Sums may be added up in another order than they are written (`fastmath`), since the processor adds eight numbers
  at a time.  Numbers that are no numbers (NaN) stay what they are.
* What was compiled is kept on disk, beside the source or in the course's cache, for the next process.  A full disk or
  a damaged cache costs time and nothing else.

Nothing is compiled when a module is imported.  What was compiled is kept until one of the files changes whose code may
be in it: that of the loop, this one, and those of the loops that it imports, see `sources`.
"""

import contextlib
import functools
import hashlib
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

try:
    import numba
    from numba.core.compiler import Compiler
    from numba.extending import intrinsic
except ImportError as error:  # no package for this Python, or one that does not fit this NumPy
    numba, Compiler, REASON = None, object, str(error)

    def intrinsic(function):
        return function


LINE = 16  # float32 numbers that come out of the memory together
FASTMATH = {"reassoc", "contract", "nsz", "arcp"}  # everything but the promise that there is no NaN and no infinity


class Apart(Compiler):
    """numba's compiler, told that the arrays a function is given share no memory."""

    def define_pipelines(self):
        self.state.flags.noalias = True
        return super().define_pipelines()


def part(function):
    """A loop that is written into the loops that call it, so that no call is paid for: for short work done often."""
    return loop(function, inline="always")


def in_order(function):
    """A loop that adds up in the order in which it is written, but may round a product and a sum once, together."""
    return loop(function, fastmath={"contract"})


def exact(function):
    """A loop that computes as it is written, number by number."""
    return loop(function, fastmath=False)


def apart(function):
    """A loop whose arrays do not overlap, as `restrict` promises in C.  If they do, it may compute anything.

    Otherwise the processor would have to ask before every loop through rows whether what is written into one changes
    what is read from the next.  The code of such a loop stands in that of the loops that call it.
    """
    return loop(function, forceinline=True, pipeline_class=Apart)


@intrinsic
def prefetch(context, table, row, column):
    """prefetch(table, row, column) has the processor bring table[row, column] and its line near while it works on.

    It changes nothing and waits for nothing.  Python has no word for this, so it is written in the compiler's own
    language.  table: C-contiguous, two dimensions.
    """
    from llvmlite import ir
    from numba.core import cgutils, types

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        kinds, width = signature.args[1:], cgutils.unpack_tuple(builder, array.shape)[1]
        row, column = (context.cast(builder, *number, types.intp) for number in zip(arguments[1:], kinds))
        first = builder.gep(array.data, [builder.add(builder.mul(row, width), column)])
        address = builder.bitcast(first, ir.IntType(8).as_pointer())
        whole = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, whole, whole, whole])
        function = builder.module.declare_intrinsic("llvm.prefetch", [address.type], kind)
        builder.call(function, [address, whole(1), whole(3), whole(1)])  # to write to it, keep it near, it is data
        return context.get_dummy_value()

    return types.none(table, row, column), generate


def aligned(*shape):
    """Zeros, float32, of which the first begins where a line of the cache does.

    Rows of a multiple of LINE numbers then begin there, too, and what the vector unit fetches never lies in two lines.
    """
    size = math.prod(shape)
    memory = np.zeros(size + LINE, np.float32)
    first = -memory.ctypes.data // memory.itemsize % LINE
    return memory[first : first + size].reshape(shape)


def loop(function, **more):
    """Have a function compiled at its first call; it takes and returns arrays and numbers.

    more: further options of numba.  Calling it raises ImportError, with the remedy, where numba cannot be imported.
    """
    if numba is None:

        @functools.wraps(function)
        def missing(*_):
            raise ImportError(f"{function.__name__} is a compiled loop, and numba cannot be imported here ({REASON}): "
                              'run `pip install "numba>=0.61"`, then restart the kernel')  # fmt: skip

        return missing
    options = {"nogil": True, "fastmath": FASTMATH, "error_model": "numpy", "no_cfunc_wrapper": True, **more}
    try:
        return forgiving(numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither the folder of the source nor the person's own cache can be written
        from helpers import downloads

        numba.config.CACHE_DIR = str(downloads.cache_folder() / "compiled")
    try:
        return forgiving(numba.njit(cache=True, **options)(function))
    except RuntimeError:  # nor the cache of the course
        return numba.njit(**options)(function)


def forgiving(compiled):
    """A compiled function whose cache never stops it: what cannot be read is compiled anew, and kept if that can be.

    Nor does it take what was compiled of another state of `sources`: numba itself asks the loop's own file only.
    """
    cache = compiled._cache  # numba has no public name for it, nor for the stamp that old and new are told apart by
    load, save = cache.load_overload, cache.save_overload
    others = sources(sys.modules[__name__]) | sources(sys.modules.get(compiled.py_func.__module__))
    cache._cache_file._source_stamp = cache._cache_file._source_stamp, tuple(map(content, sorted(others)))

    def load_or_none(*given):
        try:
            return load(*given)
        except Exception:  # unpickling half a file can fail in any way
            with contextlib.suppress(OSError):
                cache.flush()
            return None

    def save_if_possible(*given):
        with contextlib.suppress(OSError):
            save(*given)

    cache.load_overload, cache.save_overload = load_or_none, save_if_possible
    return compiled


def sources(module):
    """The files of a module and of those among its imports, and theirs, that hold compiled loops: a set of names.

    A module that may hold loops is known by its name `compiled`, this module.
    """
    found, waiting = [], [module]
    while waiting:
        module = waiting.pop()
        if module and module not in found:
            found.append(module)
            waiting += [one for one in vars(module).values() if isinstance(one, ModuleType) and "compiled" in vars(one)]
    return {module.__file__ for module in found if getattr(module, "__file__", None)}


@functools.cache
def content(path):
    """What a file holds, as a hash; "" where it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""
