"""Where the threads of a rank wait for each other, without leaving compiled code."""

from __future__ import annotations

from distsnn.kernels.atomics import fetch_add, load, store, yield_core
from distsnn.kernels.compiled import kernel

# Entries of the array `meeting`, those that change in lines of the cache of their own: how many
# threads have come, how often all have met, whether one has given up, how often to look before
# leaving the core to threads that have work, and whether arrays have been replaced.
ARRIVED, TURN, ABANDONED, PATIENCE, RENEWED = 0, 16, 32, 48, 49
MEETING_SIZE = 64


@kernel
def meet(meeting, n_threads):
    """Wait until all threads have come here.

    Parameters
    ----------
    meeting : int64 array (MEETING_SIZE,), in/out
        Zeros at the beginning, but for `PATIENCE`; the same memory for all threads.
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
    patience = meeting[PATIENCE]
    looks = 0
    while load(meeting, TURN) == turn:
        if load(meeting, ABANDONED) != 0:
            return False
        looks += 1
        if looks > patience:
            yield_core()
    return load(meeting, ABANDONED) == 0
