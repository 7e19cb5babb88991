"""What the peers share: the case from the command line, limits on threads, data, sampling, and the line of JSON that is the answer."""
import argparse
import json
import os
import sys
import time


def arguments():
    """Options of a peer; also restricts this process to as many processors as threads, before any framework looks for them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="8,50,1")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--loss", default="squaredError")
    parser.add_argument("--source", default="resident", choices=["resident", "images"])
    parser.add_argument("--images", type=int, default=60000)
    parser.add_argument("--course", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--kernels", default="[]")
    given = parser.parse_args()
    given.sizes = [int(size) for size in given.sizes.split(",")]
    given.kernels = json.loads(given.kernels)
    if hasattr(os, "sched_setaffinity"):
        usable = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, usable[: given.threads])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(given.threads)
    return given


def answer(**figures):
    print(json.dumps(figures), flush=True)


def missing(error):
    """This peer is not installed: says so, and ends the process without an error."""
    answer(missing=f"{type(error).__name__}: {error}".splitlines()[0])
    sys.exit(0)


def sample(run, seconds, most=10**9, least_samples=5, between=lambda: None):
    """Microseconds per step of samples of at least 2.5 ms: run(steps) must end when the steps have. See bench/timing.ts."""
    target = 2.5e-3

    def timed(steps):
        between()
        start = time.perf_counter()
        run(steps)
        return time.perf_counter() - start

    def warm(steps):
        end = time.perf_counter() + 0.1 * seconds
        while time.perf_counter() < end:
            timed(steps)

    timed(1)
    warm(1)
    steps = 1
    while steps < most:
        taken = min(timed(steps) for _ in range(3))
        if taken >= target:
            break
        steps = min(most, max(steps + 1, int(steps * min(8, 1.2 * target / taken)) + 1))
    warm(steps)
    samples = []
    end = time.perf_counter() + seconds
    while len(samples) < least_samples or time.perf_counter() < end:
        samples.append(timed(steps) / steps * 1e6)
    return [round(value, 3) for value in samples]


def image_set(numpy, count, size, classes):
    """Ten random pictures under noise as uint8 images, their labels, and a shuffled order of them."""
    random = numpy.random.default_rng(2)
    pictures = random.integers(0, 192, (classes, size), dtype=numpy.uint8)
    labels = random.integers(0, classes, count)
    images = pictures[labels] + random.integers(0, 64, (count, size), dtype=numpy.uint8)
    return images, labels, random.permutation(count)


MEAN, SCALE = 127.5, 73.9
