"""Additions by spikes that were under way when delays or rules were set between runs."""

from __future__ import annotations

from distsnn.kernels.compiled import kernel


@kernel
def add_outstanding(step, due, slot, amount, cursor, slots):
    """Add what is due in a step to the variables of targets.

    Parameters
    ----------
    step : int64
    due : int64 array (n,), in
        The step of each addition, ascending.
    slot : int64 array (n,), in
    amount : float64 array (n,), in
    cursor : int64 array (1,), in/out
        The first addition that may still be due.
    slots : float64 array, in/out

    Returns
    -------
    int64
        Number of additions.
    """
    at = cursor[0]
    while at < due.size and due[at] < step:
        at += 1
    first = at
    while at < due.size and due[at] == step:
        slots[slot[at]] += amount[at]
        at += 1
    cursor[0] = at
    return at - first
