"""Features: pictures per second, the plain way against `features.extract`'s, and the deviation that each step costs.

    .venv/bin/python bench/features.py                   the narrow network on drawings of 160 pixels
    .venv/bin/python bench/features.py --whole           InceptionV3 at full width on 299 pixels, random weights

The plain way is what a first notebook does: the network in eval mode under no_grad, float32, channels first, batch
normalisation computed for itself.  The ways are measured in turns, so that whatever else the machine does falls on all
of them alike; the median turn counts.  Wall-clock and CPU time of the network alone; decoding and drawing come on top.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from helpers import precision, scenes
from helpers.vision import inception, looking


def ways(network, layer, device):
    """{name: function from uint8 pictures (n, rows, columns, 3) to features (n, channels)}."""
    plain = network.to(device)
    folded = looking.fast(network, device)

    def plainly(pictures):
        with torch.no_grad():
            return plain.features(looking.normalised(torch.from_numpy(pictures).to(device))).cpu().numpy()

    def fast(precision):
        return lambda pictures: looking.look(folded, pictures, layer, device, precision)

    return {"plain": plainly, "folded, channels last": fast("float32"), "the same in bfloat16": fast("bfloat16")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--pictures", type=int, help="per turn; default 32, or 8 with --whole")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    count = options.pictures or (8 if options.whole else 32)
    size = 299 if options.whole else scenes.SIZE
    network = inception.untrained(1.0) if options.whole else inception.narrow()
    pictures = np.stack([np.asarray(scene.image(size)) for scene in scenes.make(count, seed=8)])
    found, wall, cpu = {}, {}, {}
    candidates = ways(network, "pooled", options.device)
    for name, look in candidates.items():  # warm up, and keep what it answers
        found[name] = look(pictures)
    for _ in range(options.turns):
        for name, look in candidates.items():
            start, start_cpu = time.perf_counter(), time.process_time()
            look(pictures)
            wall.setdefault(name, []).append(time.perf_counter() - start)
            cpu.setdefault(name, []).append(time.process_time() - start_cpu)
    exact = found["plain"]
    print(f"{count} pictures of {size} pixels, width {network.width}, {options.threads} threads, {options.device}; "
          f"bfloat16 of its own: {precision.native_bfloat16(options.device)}")  # fmt: skip
    print(f"{'':24}{'pictures/s':>12}{'CPU ms each':>13}{'times plain':>13}{'deviation':>12}")
    for name in candidates:
        share = statistics.median(a / b for a, b in zip(cpu["plain"], cpu[name]))
        deviation = np.linalg.norm(found[name] - exact) / np.linalg.norm(exact)
        print(f"{name:24}{count / statistics.median(wall[name]):12.1f}"
              f"{1000 * statistics.median(cpu[name]) / count:13.2f}{share:13.2f}{deviation:12.1e}")  # fmt: skip


if __name__ == "__main__":
    main()
