"""What a graphics card does: words/s, counts/s, images/s, scores and memory, beside gensim on the same machine's cores.

    python bench/gpu.py               the measurements, under 4 minutes
    python bench/gpu.py --all         the tests that need a card, the measurements, lessons 6 to 10; under 10 minutes
    python bench/gpu.py --corpus FILE --epochs 5 --programs 16 32 64 128
                                      another corpus; several numbers of programs, to see how many a vocabulary bears
    python bench/gpu.py --corpus FILE --programs 8 32 128 512 --keep NAME
                                      skip-gram alone, three seeds, rates .025 and .05, beside one thread of the
                                      processor; lesson 11 draws what it writes to datasets/measured/programs-NAME.json

A machine without a card that PyTorch can use is told so: exit code 3.  Exit code 1 says that a step failed or
training ran away, after which the others still had their turn, 2 that the arguments are wrong.

words/s    corpus tokens (in the vocabulary) × epochs / seconds of the training loop.  Kernels are compiled before; the
           copy of the tables from the card, once when the loop is done, does not count
loss       mean of the last epoch, measured with `compute_loss=True` in a run of its own, whose time does not count
score      WordSim-353, SimLex-999 and analogies × 100; another language: words/s alone
memory     peak of what PyTorch had taken of the card, in MB
programs   how many ran: as many as `card.programs` allows or --programs asks for, but no more than the text has whole
           pieces (`card.PIECE`)

README, "On a graphics card", has what it printed on one.
"""

import argparse
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import outputs  # noqa: E402

NO_CARD = 3  # exit code
BUDGET = 570  # seconds that --all may take
TESTS = ("kernels", "devices", "captions_training", "captions_model", "features", "training", "pseudowords")
LESSONS = ("06", "07", "08", "09", "10")
COMMON = {"vector_size": 100, "window": 5}


def card_name():
    """The name of the card that PyTorch computes on, or None."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def clocked(train):
    """(what train() returned, seconds of its training loop); what is compiled was compiled by a run before."""
    from word2vec import clocked  # the bench beside this one

    return clocked(train, tiny=lambda: None)


@contextlib.contextmanager
def bearing(number):
    """Trainings run with this many programs (None: as many as the rule says): a list of how many each had in fact."""
    from helpers import card

    ran, rule = [], card.programs

    class Words(card.Words):
        def __init__(self, *given):
            super().__init__(*given)
            ran.append(self.number)

    with mock.patch.multiple(card, Words=Words, programs=lambda *given: number or rule(*given)):
        yield ran


def english(vectors):
    """WordSim-353, SimLex-999 and analogies × 100."""
    from helpers import scores

    pairs, questions = scores.sets("English")
    found = [scores.similarity(vectors, path).value for path in pairs.values()]
    return [100 * value for value in (*found, *(scores.analogies(vectors, path).share for path in questions.values()))]


def show(name, speed, unit, rest=""):
    print(f"{name:34}{speed:14,.0f} {unit:11} {rest}", flush=True)


def words(options, sentences, vocabulary, name, device, number=None):
    """Skip-gram, CBOW or FastText on the card, by a number of programs, or on the processor."""
    import torch

    from helpers import fasttext, word2vec

    trainer, extra = {
        "skip-gram": (word2vec, {}), "CBOW": (word2vec, {"sg": 0, "alpha": 0.05}), "FastText": (fasttext, {}),
    }[name]  # fmt: skip
    given = {**COMMON, **extra, "vocabulary": vocabulary, "device": device, "workers": None}
    trainer.train(sentences[:50], epochs=1, **given | {"vocabulary": None, "min_count": 1})  # compiles
    torch.cuda.reset_peak_memory_stats()
    with bearing(number) as ran:
        found, seconds = clocked(lambda: trainer.train(sentences, epochs=options.epochs, **given))
        memory = torch.cuda.max_memory_allocated() / 1e6
        loss = trainer.train(sentences, epochs=options.epochs, compute_loss=True, **given).losses[-1]
    label = f"{name}, {device}" + (f", programs {ran[0]}" if ran else "")
    scores = scored(options, found)
    rest = f"loss {loss:.4f}  scores {scores}" + (f"  {memory:,.0f} MB" if device == "cuda" else "")
    show(label, vocabulary.total * options.epochs / seconds, "words/s", rest)


def scored(options, vectors):
    """The scores of English vectors as text."""
    return " ".join(f"{value:5.1f}" for value in english(vectors)) if options.language == "en" else ""


def rival(options, sentences, vocabulary):
    """gensim's skip-gram on all cores."""
    from gensim.models import Word2Vec

    model = Word2Vec(min_count=5, sg=1, workers=os.cpu_count(), epochs=options.epochs, **COMMON)
    model.build_vocab(sentences)
    begun = time.perf_counter()
    model.train(sentences, total_examples=model.corpus_count, epochs=options.epochs)
    seconds = time.perf_counter() - begun
    speed = vocabulary.total * options.epochs / seconds
    show(f"skip-gram, gensim, {os.cpu_count()} threads", speed, "words/s", f"scores {scored(options, model.wv)}")


def sweep(options, sentences, vocabulary):
    """Skip-gram with every number of programs asked for, and with one thread of the processor: a `measured.Result`."""
    import numpy as np

    from helpers import measured, scores, word2vec

    trained = np.multiply(vocabulary.counts, vocabulary.keep_probability(1e-3))
    shares, noise = trained / trained.sum(), vocabulary.noise(0.75)
    most, runs = int(np.argmax(shares + 5 * noise)), []
    for alpha, number, seed in itertools.product((0.025, 0.05), (0, *options.programs), (1, 2, 3)):
        given = {**COMMON, "vocabulary": vocabulary, "alpha": alpha, "seed": seed, "epochs": options.epochs}
        found = {"similarity": None, "analogies": None}  # where training runs away
        with bearing(number) as ran, contextlib.suppress(ValueError):
            kv = word2vec.train(sentences, device="cuda" if number else "cpu", workers=1, **given)
            found["similarity"] = round(100 * scores.similarity(kv, options.pairs).value, 2)
            found["analogies"] = round(100 * scores.analogies(kv, options.questions).share, 2)
        runs.append({"programs": sum(ran), "alpha": alpha, "seed": seed} | found)
        print(runs[-1], flush=True)
    word = {"word": vocabulary.words[most], "share": shares[most].round(6).item(), "noise": noise[most].round(6).item()}
    values = {"words": len(vocabulary), "most frequent": word, "skip-gram": runs}
    command = (
        f"python bench/gpu.py --corpus TEXT --programs {' '.join(map(str, options.programs))} --keep {options.keep}"
    )
    stamp = measured.stamp(("numpy", "gensim", "torch"))
    stamp["versions"]["card"] = card_name()
    text = options.keep, len(sentences), vocabulary.total
    return measured.Result("programs", *text, command=command, values=values, **stamp)


def counts(options, sentences, vocabulary):
    """GloVe on the card and on the processor: whether both ended well."""
    from helpers import counting

    matrix = counting.cooccurrence(sentences, vocabulary, window=10, workers=os.cpu_count())
    return all([apart(fitted, options, matrix, device) for device in ("cuda", "cpu")])


def fitted(options, matrix, device):
    """GloVe on one device."""
    from helpers import glove

    given = {"x_max": 10, "epochs": options.epochs, "device": device, "workers": None}
    glove.fit(matrix[:50, :50], 100, **given | {"epochs": 1})
    model, seconds = clocked(lambda: glove.fit(matrix, 100, **given))
    costs = " ".join(f"{cost:.5f}" for cost in model.costs)
    show(f"GloVe, {device}", matrix.nnz * options.epochs / seconds, "counts/s", f"costs {costs}")


def pictures():
    """Features of drawn scenes in each precision."""
    from helpers import scenes
    from helpers.vision import features, inception

    network, made = inception.narrow(), scenes.make(600, seed=8)
    ready = {scene.name: scene.image(scenes.SIZE) for scene in made}
    for precision in ("float32", "auto"):
        features.extract(dict(list(ready.items())[:64]), network, device="cuda", progress=False, precision=precision)
        begun = time.perf_counter()
        features.extract(ready, network, batch_size=200, device="cuda", progress=False, precision=precision)
        show(f"features, {precision}", len(ready) / (time.perf_counter() - begun), "images/s")


def captioners():
    """Captioners with attention, trained in each precision; features of Flickr8k's size, drawn at random.

    Whether all ended well.
    """
    import numpy as np

    from helpers import captions

    texts = captions.dataset("scenes", language="en").captions
    chance = np.random.default_rng(1)
    cells = {name: chance.normal(size=(16, 512)).astype(np.float32) for name in texts}
    ways = (("cuda", "float32"), ("cuda", "bfloat16"), ("cuda", "float16"), ("cpu", "float32"))
    return all([apart(captioner, cells, texts, device, precision) for device, precision in ways])


def captioner(cells, texts, device, precision):
    """One of `captioners`."""
    from helpers import captions

    clock = []
    made = captions.train(
        cells, texts, architecture="attention", hidden_size=512, batch_size=256, epochs=2, precision=precision,
        device=device, after_epoch=lambda epoch, snapshot: clock.append(time.perf_counter()),
    )  # fmt: skip
    number = sum(map(len, texts.values())) / (clock[1] - clock[0])  # without the first, which wakes the card
    show(f"captioner, {device}, {precision}", number, "sentences/s", f"loss {made.curve[-1]['validation']:.4f}")


def apart(measure, *given):
    """Whether a measurement ended well.  What went wrong in it is shown, and the next one still has its turn."""
    try:
        return measure(*given) is not False
    except Exception:
        traceback.print_exc()
        told = " ".join(str(value) for value in given if isinstance(value, (str, int)))
        print(f"-- {measure.__name__} {told}".rstrip() + ": failed", flush=True)
        return False


def on_text(options):
    """What is measured on the corpus: whether all of it ended well."""
    sentences, vocabulary = text(options)
    done = []
    for name, device in itertools.product(("skip-gram", "CBOW", "FastText"), ("cuda", "cpu")):
        for number in options.programs or [None] if device == "cuda" else [None]:
            done.append(apart(words, options, sentences, vocabulary, name, device, number))
    return all([*done, *(apart(measure, options, sentences, vocabulary) for measure in (rival, counts))])


def text(options):
    """The corpus that is trained on: (sentences, their vocabulary)."""
    from helpers import corpora
    from helpers.vocabulary import Vocabulary

    sentences = list(corpora.load(options.corpus, fallback=False))
    vocabulary = Vocabulary.build(sentences, 5)
    print(f"{card_name()}; {options.corpus}: {vocabulary.total:,} tokens, {len(vocabulary):,} words", flush=True)
    return sentences, vocabulary


def step(name, command, seconds):
    """Run a command, show how it ended; whether it did well within `seconds`."""
    print(f"== {name}", flush=True)
    begun = time.perf_counter()
    code = ended(command, seconds) if seconds >= 1 else None
    found = "no time left" if code is None else code or "ok"
    print(f"-- {name}: {found}, {time.perf_counter() - begun:.0f} s", flush=True)
    return code == 0


def ended(command, seconds):
    """The exit code of a command; None if it was stopped after so many seconds, with all that it had started."""
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:  # after Ctrl-C, too
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def everything(arguments=()):
    """Tests, measurements and lessons, each in a process of its own, until the time is over: an exit code.

    arguments: for the measurements.  The lessons run at the same time, as many as there are cores for: one after the
    other they would take longer than what is left.
    """
    end = time.perf_counter() + BUDGET
    tests = [f"tests/test_{name}.py" for name in TESTS]
    pytest = [sys.executable, "-m", "pytest", "-q"]
    steps = [("tests", [*pytest, "-n", "4", "--dist", "loadfile", "-m", "not slow", *tests], 180)]
    steps.append(("measurements", [sys.executable, __file__, *arguments], 230))
    lessons = [str(path) for number in LESSONS for path in (ROOT / "notebooks" / "ko").glob(f"{number}_*.ipynb")]
    at_once = ["-n", str(max(1, min(len(lessons), os.cpu_count() // 2))), "--dist", "loadfile"]
    steps.append(("lessons", [*pytest, *at_once, "--nbval-lax", f"--nbval-cell-timeout={BUDGET}", *lessons], BUDGET))
    done = [step(name, command, min(most, end - time.perf_counter())) for name, command, most in steps]
    return 0 if all(done) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)  # --all is not handed on  # fmt: skip
    parser.add_argument("--all", action="store_true", help="tests and lessons too")
    parser.add_argument("--corpus", default="wikipedia", help="a name of corpora.names(), or a text file")
    parser.add_argument("--language", default="en", help="en: scored with gensim's English sets")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--programs", type=int, nargs="+", help="default: as the vocabulary bears")
    parser.add_argument("--keep", metavar="NAME", help="needs --programs")
    parser.add_argument("--pairs", help="word pairs for --keep, in place of WordSim-353")
    parser.add_argument("--questions", help="analogies for --keep, in place of the English ones")
    options = parser.parse_args()
    if options.keep and not options.programs:
        parser.error("--keep needs --programs: how many of them to try")
    if options.keep:
        from helpers import measured

        outputs.tried(measured.path_of("programs", options.keep))
    name = card_name()
    if name is None:
        print("PyTorch sees no CUDA card here: nothing to measure")
        return NO_CARD
    if options.all:
        return everything([argument for argument in sys.argv[1:] if argument != "--all"])
    from helpers import devices, scores

    if reason := devices.lacking("cuda"):
        print(f"{name}: {reason}")
        return NO_CARD
    if options.keep:
        sentences, vocabulary = text(options)
        pairs, questions = scores.sets("English")
        options.pairs, options.questions = (
            options.pairs or pairs["WordSim-353"],
            options.questions or questions["analogies"],
        )
        print(sweep(options, sentences, vocabulary).save())
        return 0
    done = [apart(on_text, options), apart(pictures), apart(captioners)]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
