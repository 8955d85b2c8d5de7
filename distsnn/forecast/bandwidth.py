"""The bandwidth of memory while all threads of all ranks use it."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from distsnn.exchange import World
from distsnn.kernels.stream import BYTES_PER_ELEMENT, triad

# Together far more than caches hold, and less than any network worth the question.
_NUMBERS = 1 << 21
_REPEATED = 4


def measure_bandwidth(world: World) -> float:
    """Bytes per second that this thread moves while all others do the same. Collective.

    Returns
    -------
    float
        Of the best of a few turns of a STREAM triad over three arrays of 16 MB.
    """
    a, b, c = np.zeros(_NUMBERS), np.ones(_NUMBERS), np.ones(_NUMBERS)
    triad(a, b, c, 2.0)
    best = np.inf
    for _ in range(_REPEATED):
        world.barrier()
        begin = perf_counter()
        triad(a, b, c, 2.0)
        best = min(best, perf_counter() - begin)
    return BYTES_PER_ELEMENT * _NUMBERS / best
