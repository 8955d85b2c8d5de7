"""A barrier of threads, or of ranks that share memory, within compiled code."""

from __future__ import annotations

from distsnn.kernels.arithmetic.intrinsics import clock
from distsnn.kernels.atomics import fetch_add, load, rest, store, yield_core
from distsnn.kernels.compiled import kernel

# Entries of the array `barrier_state`. Those that change have lines of the cache of their own: how
# many have arrived, how often all have, whether one has given up, how many times to check before
# the core is left to others that have work, whether arrays have been replaced, and up to which
# generation members are taken to share a core.
ARRIVED, GENERATION, ABANDONED, SPIN_LIMIT, RENEWED, SHARED_UNTIL = 0, 16, 32, 48, 49, 50
BARRIER_SIZE = 64
# Some tens of microseconds of spinning, where every member has a core.
LONG_SPIN = 1 << 14
# Members that share a core check a few times before each has it again: who was missing ran as soon
# as it was left, and for less than the slice of time that a busy process takes. After some
# generations they try again whether they still do.
_SHORT_SPIN, _SHARED_NS, _SHARED_GENERATIONS = 64, 500_000, 256
# What `wait` returns.
ALL_ARRIVED, LATE, LEFT = range(3)
# Checks that offer the core to others, then those that leave it for a while: a tenth of a second.
# Another process may have the core of who is missing, and moves to this one only when it is idle.
_MOST_YIELDS, _MOST_RESTS = 256, 1000


@kernel
def arrive(barrier_state, n_members):
    """Arrive at the barrier, without waiting.

    Parameters
    ----------
    barrier_state : int64 array (BARRIER_SIZE,), in/out
        Zeros at the beginning, but for `SPIN_LIMIT`; the same memory for all.
    n_members : int64
        Number of members that must arrive.

    Returns
    -------
    int64
        The generation of the barrier, which `wait` needs.
    """
    generation = load(barrier_state, GENERATION)
    if fetch_add(barrier_state, ARRIVED, 1) == n_members - 1:
        store(barrier_state, ARRIVED, 0)
        store(barrier_state, GENERATION, generation + 1)
    return generation


@kernel
def wait(barrier_state, generation):
    """Wait until all members have arrived in a generation, but not forever.

    Parameters
    ----------
    barrier_state : int64 array (BARRIER_SIZE,), in
    generation : int64
        As `arrive` returned it.

    Returns
    -------
    int64
        `ALL_ARRIVED`; `LATE` if some have not arrived yet, so that this must be called again;
        `LEFT` if one has given up, now or before.
    """
    spin_limit = barrier_state[SPIN_LIMIT]
    if generation < load(barrier_state, SHARED_UNTIL):
        spin_limit = min(spin_limit, _SHORT_SPIN)
    spins, left_at = 0, 0
    while load(barrier_state, GENERATION) == generation:
        if load(barrier_state, ABANDONED) != 0:
            return LEFT
        spins += 1
        if spins > spin_limit + _MOST_YIELDS:
            rest()
            if spins > spin_limit + _MOST_YIELDS + _MOST_RESTS:
                return LATE
        elif spins > spin_limit:
            if left_at == 0:
                left_at = clock()
            yield_core()
    if spins == spin_limit + 1 and clock() - left_at < _SHARED_NS:
        store(barrier_state, SHARED_UNTIL, generation + _SHARED_GENERATIONS)
    if load(barrier_state, ABANDONED) != 0:
        return LEFT
    return ALL_ARRIVED


@kernel
def wait_for_all(barrier_state, n_members):
    """Wait until all members have arrived here.

    Parameters
    ----------
    barrier_state : int64 array (BARRIER_SIZE,), in/out
        As in `arrive`.
    n_members : int64

    Returns
    -------
    bool
        Whether all have arrived; False if one has given up, now or before.
    """
    if n_members == 1:
        return True
    generation = arrive(barrier_state, n_members)
    arrived = wait(barrier_state, generation)
    while arrived == LATE:
        arrived = wait(barrier_state, generation)
    return arrived == ALL_ARRIVED
