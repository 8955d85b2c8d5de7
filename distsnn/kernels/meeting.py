"""Where the threads of a rank wait for each other, without leaving compiled code."""

from __future__ import annotations

from distsnn.kernels.atomics import fetch_add, load, store, yield_core
from distsnn.kernels.compiled import kernel

# Entries of the array `meeting`, each in a line of the cache of its own: how many threads have
# come, how often all have met, whether one has given up, and whether arrays have been replaced.
ARRIVED, TURN, ABANDONED, RENEWED = 0, 16, 32, 48
MEETING_SIZE = 64
# A few microseconds; longer waits leave the core to threads that have work.
_LOOKS_BEFORE_YIELD = 2000


@kernel
def meet(meeting, n_threads):
    """Wait until all threads have come here.

    Parameters
    ----------
    meeting : int64 array (MEETING_SIZE,), in/out
        Zeros at the beginning; the same memory for all threads.
    n_threads : int64

    Returns
    -------
    bool
        Whether all have come; False if one has given up, now or before.
    """
    if n_threads == 1:
        return True
    turn = load(meeting, TURN)
    if fetch_add(meeting, ARRIVED, 1) == n_threads - 1:
        store(meeting, ARRIVED, 0)
        store(meeting, TURN, turn + 1)
    looks = 0
    while load(meeting, TURN) == turn:
        if load(meeting, ABANDONED) != 0:
            return False
        looks += 1
        if looks > _LOOKS_BEFORE_YIELD:
            yield_core()
    return load(meeting, ABANDONED) == 0
