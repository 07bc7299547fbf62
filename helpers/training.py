"""What every training loop of the course shares: the device, the seeds and the progress bar.

Randomness is never global here: a function that draws numbers is handed a generator, so that the same
seed gives the same numbers whatever ran before it.
"""

import contextlib
import math
import os
import sys

import numpy as np
import torch
from tqdm import tqdm

from helpers import arguments, environment

# e to the power −104 is 0 in single precision: beyond such a score a sigmoid is exactly 0 or 1, a word whose −log p is
# larger has the probability 0, and no text is so long that a word comes e to the power 104 times.  Learning stops long
# before, where a sigmoid is flat; only steps that go too far, again and again, lead there.
BEYOND = 104.0
BAND = 1 << 18  # numbers of a table that are looked at together: they stay in the cache, little memory is needed beside
UNSCALED = torch.amp.GradScaler(enabled=False)  # leaves losses and gradients as they are

if hasattr(os, "register_at_fork"):
    # The threads that PyTorch computes with are not in a forked child, which would wait for them for ever
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


def device(wanted=None):
    """The name of the device to compute on: "cuda" where PyTorch sees a GPU, otherwise "cpu".

    The environment variable COURSE_DEVICE overrides it (cpu, cuda, cuda:1, mps), and `wanted` overrides both.
    A Mac's GPU ("mps") is used only on request: it has no float64, and the small models of this course gain
    little from it.  Raises RuntimeError if the requested device is not there.
    """
    if not isinstance(wanted, (str, torch.device, type(None))):
        raise TypeError(f"device must be a name such as 'cpu' or 'cuda', or None, not {arguments.shown(wanted)}")
    source = "device" if wanted else "COURSE_DEVICE"
    wanted = wanted or os.environ.get("COURSE_DEVICE", "").strip()
    wanted = str(wanted or ("cuda" if torch.cuda.is_available() else "cpu"))
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        more = {"cuda": torch.cuda, "mps": torch.backends.mps}
        here = ["cpu", *(name for name, kind in more.items() if kind.is_available())]
        why = f" ({str(error).splitlines()[0].rstrip('.')})" if wanted.startswith("cuda") else ""
        raise RuntimeError(f"{source}={wanted!r} cannot be used here{why}: PyTorch has {' and '.join(here)} on this "
                           f"machine. Leave {source} unset, or set it to {' or '.join(here)}.") from None  # fmt: skip
    return wanted


def generator(seed, device="cpu"):
    """A new torch.Generator that starts at `seed`; random numbers on a GPU need one made for that device."""
    seed = arguments.whole("seed", seed, 0, 2**63 - 1)
    try:
        return torch.Generator(device=device).manual_seed(seed)
    except (RuntimeError, TypeError, ValueError):
        raise ValueError(f"device must name one that is here, such as 'cpu', not {arguments.shown(device)}") from None


def part_generator(seed, epoch, number, device="cpu"):
    """A generator of its own for one part of one epoch: what it draws depends on seed, epoch and number alone."""
    drawn = np.random.SeedSequence([seed, epoch, number]).generate_state(1)
    return generator(int(drawn[0]), device)


@contextlib.contextmanager
def one_thread():
    """PyTorch computes with one thread in this block, and with as many as before after it.

    For work in many short steps: after each of them several threads wait for the slowest, and where other programs
    use the cores, that is many times as long as the step.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def initial_vectors(words, dimensions, seed):
    """Small random vectors (words, dimensions) to start training from: uniform between ±0.5 / dimensions.

    The range is that of word2vec.c, https://github.com/tmikolov/word2vec; gensim's, and that of `word2vec.train`, is
    twice as wide.  Drawn on the CPU, so that every device starts from the same numbers.
    """
    words, dimensions = arguments.whole("words", words, 1), arguments.whole("dimensions", dimensions, 1)
    room("vector_size", 4 * words * dimensions)
    return torch.rand(words, dimensions, generator=generator(seed)).sub_(0.5).div_(dimensions)  # in place: may be large


def step(optimizer, loss, rate, longest, scaler=None):
    """One step of an optimizer down the gradient of a loss, a tensor that holds one number.

    rate     the learning rate of this step
    longest  a gradient of all weights together that is longer is shortened to this length
    scaler   a GradScaler of float16: it multiplies the loss and divides the gradients again, and makes no step where
             they were too large for float16; then it lowers its scale
    """
    scaler = UNSCALED if scaler is None else scaler
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    torch.nn.utils.clip_grad_norm_(weights, longest)
    for group in optimizer.param_groups:
        group["lr"] = rate
    scaler.step(optimizer)
    scaler.update()


def model_state(model):
    """What a checkpoint keeps of a model of PyTorch: {"model.embedding.weight": tensor, …}."""
    return {f"model.{name}": tensor for name, tensor in model.state_dict().items()}


def restore_model(model, state):
    """Give a model back what `model_state` kept, out of all the tensors of a checkpoint."""
    kept = {name.removeprefix("model."): tensor for name, tensor in state.items() if name.startswith("model.")}
    model.load_state_dict(kept)


def optimizer_state(optimizer):
    """What a checkpoint keeps of an optimizer such as Adam: {"adam.0.exp_avg": tensor, …}."""
    state = optimizer.state_dict()["state"]
    return {f"adam.{i}.{name}": value for i, values in state.items() for name, value in values.items()}


def restore_optimizer(optimizer, state):
    """Give an optimizer back what `optimizer_state` kept, out of all the tensors of a checkpoint."""
    moments = {}
    for name, tensor in state.items():
        kind, _, rest = name.partition(".")
        if kind == "adam":
            i, _, key = rest.partition(".")
            moments.setdefault(int(i), {})[key] = tensor
    optimizer.load_state_dict(optimizer.state_dict() | {"state": moments})


def room(name, size):
    """MemoryError, naming the remedy, if tables of so many bytes are more than this machine has, before any work.

    name: the parameter that says how large they are.
    """
    total = environment.memory()
    if total and size > total * 2**30:
        raise MemoryError(f"a table of {size / 2**30:,.0f} GiB does not fit into the {total:,.0f} GiB of this machine: "
                          f"lower {name}, or raise min_count")  # fmt: skip


@one_thread()
def typical_score(first, second, first_shares, second_shares):
    """The root mean square of x · y: for x a row drawn from one table, y from another, by these shares.

    first, second  tensors (rows, dim) and (rows', dim), or a function (left, right) → those rows of a table.  The work
                   is done where they lie: nothing is fetched from a graphics card
    *_shares       (rows,), (rows',): how likely each row is drawn; they need not add up to 1

    No pair is left to chance.  Where the vectors are longer than the tables, all pairs are looked at; otherwise the
    mean of (x · y)² is the trace of the product of two dim × dim matrices, which costs less.  Not finite where a number
    in the tables is not, or is too large to be squared.
    """
    (first, p, dim), (second, q, dim) = drawn(first, first_shares), drawn(second, second_shares)
    if dim > max(len(p), len(q)):
        other = second(0, len(q)).double()
        found = sum(share @ (rows.double() @ other.T).square() @ q for rows, share in bands(first, p, dim))
    else:
        found = (moments(first, p, dim) * moments(second, q, dim)).sum()
    return math.sqrt(max(found.item(), 0.0))


def drawn(table, shares):
    """A table as a function (left, right) → those rows, its shares where it lies, adding up to 1, and its dimension."""
    rows = table if callable(table) else lambda left, right: table[left:right]
    sample = rows(0, 1)
    return rows, torch.as_tensor(shares / np.sum(shares), dtype=torch.float64, device=sample.device), sample.shape[1]


def bands(table, shares, dim):
    """Some rows of a table after the other, (some, dim), with their shares (some,)."""
    step = max(1, BAND // dim)
    for left in range(0, len(shares), step):
        right = min(left + step, len(shares))
        yield table(left, right), shares[left:right]


def moments(table, shares, dim):
    """The mean of x xᵀ over the rows x of a table, weighted by their shares, which add up to 1: float64 (dim, dim)."""
    found = shares.new_zeros(dim, dim)
    for rows, share in bands(table, shares, dim):
        rows = rows.double()
        found += (rows.T * share) @ rows
    return found


@one_thread()
def typical_length(table, shares):
    """The root mean square of the length of a row of a table, drawn by these shares; see `typical_score`."""
    lengths = ((torch.linalg.vector_norm(rows, dim=1).double(), share) for rows, share in bands(*drawn(table, shares)))
    return math.sqrt(sum(share @ length.square() for length, share in lengths).item())


def check_scores(first, second, first_shares, second_shares, epoch, remedy, means_of=None):
    """`check_sane` of the `typical_score` of two tables.

    |x · y| is at most |x| |y|, so a typical score is at most the product of the typical lengths (Cauchy–Schwarz).
    These cost a tenth of it, and where training is sound their product, too, is not beyond the bound.

    means_of  where the rows of `first` are means of others: (their table, how often each is taken).  The typical
              length of means is at most that of what they are means of (|x|² is convex), which lies ready in memory
    """
    most = typical_length(*(means_of or (first, first_shares))) * typical_length(second, second_shares)
    if not most <= BEYOND:  # beyond it, or NaN
        check_sane(typical_score(first, second, first_shares, second_shares), epoch, remedy)


def check_sane(typical, epoch, remedy):
    """ValueError, naming the epoch and the remedy, where training ran away: at the end of the epoch in which it did.

    epoch    the number of the epoch from 0 on; None for a training that counts none
    typical  the size of a typical score, or the mean loss of a word: numbers that learning keeps far below BEYOND.
             Single vectors may be long, or single scores large, in a training that is sound; here the typical pair is
             beyond what single precision can tell from certainty
    remedy   such as "Lower alpha (it was 1)"
    """
    when = "" if epoch is None else f" in epoch {epoch + 1}"
    if not np.isfinite(typical):
        raise ValueError(f"training ran away{when}: its numbers are no longer numbers. {remedy}")
    if typical > BEYOND:
        raise ValueError(f"training ran away{when}: a typical score is {typical:.3g}, and beyond "
                         f"{BEYOND:g} nothing is learnt. {remedy}")  # fmt: skip


def check_weights(model, losses, epoch, remedy):
    """`check_sane` for a model of PyTorch: its losses of an epoch, each the mean −log p of a word, and its weights."""
    for loss in losses:
        check_sane(loss, epoch, remedy)
    if not all(torch.isfinite(weights).all() for weights in model.parameters()):
        check_sane(np.nan, epoch, remedy)


def progress(iterable, desc="", total=None, note=None, done=0):
    """Go through `iterable` under a progress bar, and leave one line such as `epochs: 5/5` behind.

    desc: what is counted, a plural noun.  total: the number of steps if the iterable has no length.  note: a function
    whose text the bar shows at its end, such as the loss so far.  done: steps that lie behind already, and are not in
    `iterable`: they count, and the speed does not take them in.
    While it runs, the bar (with speed and time left) overwrites itself on the error stream; the line
    that remains holds no time, so a notebook stores the same output wherever it ran.  It comes before an error is told
    if the `for` statement alone holds the bar; where it has a name, close it (`contextlib.closing`).
    """
    if total is None:
        total = done + len(iterable) if hasattr(iterable, "__len__") else None
    bar = tqdm(total=total, initial=done, desc=desc or None, file=sys.stderr, leave=False, position=0, ncols=72)
    try:
        for item in iterable:
            yield item
            done += 1
            if note:
                bar.set_postfix_str(note(), refresh=False)
            bar.update()
    finally:  # also after `break`, an exception or Kernel → Interrupt: the count says how far it came
        bar.close()
        count = f"{done}/{total}" if total is not None else f"{done}"
        print("\r" + (f"{desc}: " if desc else "") + count, file=sys.stderr, flush=True)
