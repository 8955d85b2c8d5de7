"""Arrivals at neurons in some steps, from spikes that lie between the steps.

See `between_steps`.
"""

from __future__ import annotations

from distsnn.kernels.compiled import inline_kernel, kernel


@inline_kernel
def _first_arrival(delay, begin, stop, least):
    """First position from `begin` on whose delay is at least `least`."""
    while begin < stop:
        middle = (begin + stop) // 2
        if delay[middle] < least:
            begin = middle + 1
        else:
            stop = middle
    return begin


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
    receptor,
    n_receptors,
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
    begins, target, delay, weight, since
        See `pull_rows`.
    receptor, n_receptors : int64
    arriving : float64 array (n * n_receptors * (high - low + 1) * 2,), in/out
        By neuron, receptor and step: the sum of weights, and of weights times `early`, ms.
    """
    width = high - low + 1
    for k in range(spike_step.size):
        row, step, early = spike_row[k], spike_step[k], spike_early[k]
        if row < 0 or step < since:
            continue
        stop = begins[row + 1]
        e = _first_arrival(delay, begins[row], stop, low - step)
        while e < stop and step + delay[e] <= high:
            q = step + delay[e] - low
            at = ((target[e] * n_receptors + receptor) * width + q) * 2
            arriving[at] += weight[e]
            arriving[at + 1] += weight[e] * early
            e += 1


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
    wanted,
    n_found,
    found_for,
    found_step,
    found_early,
    found_weight,
    found_receptor,
):
    """List what arrives at some neurons in some steps.

    Parameters
    ----------
    wanted : int64 array (n,), in
        Number of each neuron that is wanted; -1 for others.
    n_found : int64
        Number of events that were found before.
    found_for, found_step, found_receptor : int64 array (most,), out
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
        stop = begins[row + 1]
        e = _first_arrival(delay, begins[row], stop, low - step)
        while e < stop and step + delay[e] <= high:
            if wanted[target[e]] >= 0:
                if n_found < found_for.size:
                    found_for[n_found] = wanted[target[e]]
                    found_step[n_found] = step + delay[e]
                    found_early[n_found] = spike_early[k]
                    found_weight[n_found] = weight[e]
                    found_receptor[n_found] = receptor
                n_found += 1
            e += 1
    return n_found
