"""Where threads, or ranks that share memory, wait for each other without leaving compiled code."""

from __future__ import annotations

from distsnn.kernels.atomics import fetch_add, load, store, yield_core
from distsnn.kernels.compiled import kernel

# Entries of the array `meeting`, those that change in lines of the cache of their own: how many
# have come, how often all have met, whether one has given up, how often to look before leaving
# the core to others that have work, and whether arrays have been replaced.
ARRIVED, TURN, ABANDONED, PATIENCE, RENEWED = 0, 16, 32, 48, 49
MEETING_SIZE = 64
# A patience of some milliseconds, where everyone has a core.
PATIENT = 1 << 20
# What `wait` returns.
MET, LATE, LEFT = range(3)
# Looks that leave the core to others: a tenth of a second where it is idle.
_MOST_LOOKS = 1 << 18


@kernel
def arrive(meeting, n_places):
    """Come to the meeting.

    Parameters
    ----------
    meeting : int64 array (MEETING_SIZE,), in/out
        Zeros at the beginning, but for `PATIENCE`; the same memory for all.
    n_places : int64
        How many are to come.

    Returns
    -------
    int64
        The turn, to be given to `wait`.
    """
    turn = load(meeting, TURN)
    if fetch_add(meeting, ARRIVED, 1) == n_places - 1:
        store(meeting, ARRIVED, 0)
        store(meeting, TURN, turn + 1)
    return turn


@kernel
def wait(meeting, turn):
    """Wait until all have come to a turn, for some time.

    Parameters
    ----------
    meeting : int64 array (MEETING_SIZE,), in
    turn : int64
        As `arrive` said.

    Returns
    -------
    int64
        `MET`; `LATE` if some have not come yet, so that this is to be called again; `LEFT` if one
        has given up, now or before.
    """
    patience = meeting[PATIENCE]
    looks = 0
    while load(meeting, TURN) == turn:
        if load(meeting, ABANDONED) != 0:
            return LEFT
        looks += 1
        if looks > patience:
            yield_core()
            if looks > patience + _MOST_LOOKS:
                return LATE
    if load(meeting, ABANDONED) != 0:
        return LEFT
    return MET


@kernel
def meet(meeting, n_places):
    """Wait until all have come here.

    Parameters
    ----------
    meeting : int64 array (MEETING_SIZE,), in/out
        As in `arrive`.
    n_places : int64

    Returns
    -------
    bool
        Whether all have come; False if one has given up, now or before.
    """
    if n_places == 1:
        return True
    turn = arrive(meeting, n_places)
    met = wait(meeting, turn)
    while met == LATE:
        met = wait(meeting, turn)
    return met == MET
