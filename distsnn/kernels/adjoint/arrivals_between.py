"""Arrivals at neurons in some steps, from spikes that lie between the steps.

See `between_steps`.
"""

from __future__ import annotations

from distsnn.kernels.adjoint.backward_rows import first_arrival
from distsnn.kernels.compiled import kernel

# Entries of `arriving`.
AMOUNT, LATE = range(2)


@kernel
def deliver_between(
    low,
    high,
    spike_step,
    spike_early,
    spike_row,
    begins,
    target,
    delay,
    weight,
    since,
    arriving,
):
    """Add what arrives in some steps.

    Parameters
    ----------
    low, high : int64
        The steps ``low <= q <= high``.
    spike_step, spike_row : int64 array (spikes,), in
        Rows of the table; -1 for others.
    spike_early : float64 array (spikes,), in
        0 on the grid.
    begins, target, delay, weight, since
        See `pull_rows`.
    arriving : float64 array (high - low + 1, n, 2), in/out
        Of the receptor, by step and neuron: the sum of weights, and of weights times `early`, ms.
    """
    for k in range(spike_step.size):
        row, step, early = spike_row[k], spike_step[k], spike_early[k]
        if row < 0 or step < since:
            continue
        begin = first_arrival(delay, begins[row], begins[row + 1], low - step)
        stop = first_arrival(delay, begin, begins[row + 1], high + 1 - step)
        for e in range(begin, stop):
            q, lid = step + delay[e] - low, target[e]
            arriving[q, lid, AMOUNT] += weight[e]
            arriving[q, lid, LATE] += weight[e] * early


@kernel
def list_arrivals(
    low,
    high,
    spike_step,
    spike_early,
    spike_row,
    begins,
    target,
    delay,
    weight,
    since,
    receptor,
    first,
    n_found,
    found_lid,
    found_step,
    found_early,
    found_weight,
    found_receptor,
):
    """List what arrives in some steps at neurons that have stopped.

    Parameters
    ----------
    first : int64 array (n,), in
        The step before which each has stopped; earlier events are left out.
    n_found : int64
        Number of events that were found before.
    found_lid, found_step, found_receptor : int64 array (most,), out
    found_early, found_weight : float64 array (most,), out
        If they have no room events are counted alone.

    Returns
    -------
    int64
        Number of events.
    """
    for k in range(spike_step.size):
        row, step = spike_row[k], spike_step[k]
        if row < 0 or step < since:
            continue
        begin = first_arrival(delay, begins[row], begins[row + 1], low - step)
        stop = first_arrival(delay, begin, begins[row + 1], high + 1 - step)
        for e in range(begin, stop):
            if step + delay[e] >= first[target[e]]:
                if n_found < found_lid.size:
                    found_lid[n_found] = target[e]
                    found_step[n_found] = step + delay[e]
                    found_early[n_found] = spike_early[k]
                    found_weight[n_found] = weight[e]
                    found_receptor[n_found] = receptor
                n_found += 1
    return n_found


@kernel
def order_arrivals(
    low, high, lids, number, n_found, found_lid, found_step, found_early, begin, order
):
    """Put arrivals in the order of neurons, then of time; those at one time as they were listed.

    Parameters
    ----------
    lids : int64 array (m,), in
        Neurons that have stopped.
    number : int64 array (n,), work
    found_lid, found_step, found_early
        See `list_arrivals`.
    begin : int64 array (m * (high - low + 1) + 1,), out
        Arrivals of step ``low + s`` at the k-th of `lids` are those from the entry
        ``k * (high - low + 1) + s`` to the next.
    order : int64 array (most,), out
        Which of those that were found.
    """
    width = high - low + 1
    for k in range(lids.size):
        number[lids[k]] = k * width
    begin[:] = 0
    for f in range(n_found):
        begin[number[found_lid[f]] + found_step[f] - low + 1] += 1
    for c in range(begin.size - 1):
        begin[c + 1] += begin[c]
    # Begins move on while their arrivals come in, and are those of the next when all are there.
    for f in range(n_found):
        cell = number[found_lid[f]] + found_step[f] - low
        at = begin[cell]
        begin[cell] += 1
        order[at] = f
    for c in range(begin.size - 1, 0, -1):
        begin[c] = begin[c - 1]
    begin[0] = 0
    for c in range(begin.size - 1):
        for k in range(begin[c] + 1, begin[c + 1]):
            f, at = order[k], k
            while at > begin[c] and found_early[order[at - 1]] < found_early[f]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = f
