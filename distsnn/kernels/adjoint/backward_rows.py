"""The backward pass at synapses: spikes fetch what their rows of synapses have changed.

`pulled` holds, for the states of the last steps, what an event that arrives at a neuron changes,
see `backward` and `backward_between`. Rows are gone through a chunk at a time: numbers are read
from many places, which are asked for before, and then added in loops that vectorize.
"""

from __future__ import annotations

from distsnn.kernels.adjoint.exact_sum import LIMBS, add_exactly
from distsnn.kernels.arithmetic.intrinsics import prefetch
from distsnn.kernels.compiled import inline_kernel, kernel

# How spikes fetch: at the end of their steps, between the steps, or as neurons that are silent.
ON_GRID, BETWEEN, SILENT = range(3)
# Entries of `pulled` for each state, on the grid the first two.
VALUE, SLOPE, BEND, EDGE = range(4)
ENTRIES_ON_GRID, ENTRIES_BETWEEN = 2, 4
# Synapses of a chunk, and how many synapses ahead memory is asked for.
CHUNK = 512
_AHEAD = 24


@inline_kernel
def first_arrival(delay, begin, stop, least):
    """First position from `begin` on whose delay is at least `least`."""
    while begin < stop:
        middle = (begin + stop) // 2
        if delay[middle] < least:
            begin = middle + 1
        else:
            stop = middle
    return begin


@inline_kernel
def _place(e, at_step, window, n_targets, target, delay):
    """Which state of which neuron, in the order of `pulled`, the event of a synapse has reached."""
    state = at_step + delay[e]
    state = state - window if state >= window else state
    return state * n_targets + target[e]


@inline_kernel
def _fetch_on_grid(
    begin, stop, last, at_step, window, n_targets, target, delay, weight, pulled,
    weight_gradient, delay_gradient, values,
):  # fmt: skip
    for e in range(begin, stop):
        ahead = _place(min(e + _AHEAD, last), at_step, window, n_targets, target, delay)
        prefetch(pulled, ahead * ENTRIES_ON_GRID)
        at = _place(e, at_step, window, n_targets, target, delay) * ENTRIES_ON_GRID
        by_time = weight[e] * pulled[at + SLOPE]
        weight_gradient[e] += pulled[at + VALUE]
        delay_gradient[e] += by_time
        values[e - begin] = by_time


@inline_kernel
def _fetch_between(
    begin, stop, last, early, at_step, window, n_targets, target, delay, weight, pulled, jump,
    weight_gradient, delay_gradient, values,
):  # fmt: skip
    for e in range(begin, stop):
        ahead = _place(min(e + _AHEAD, last), at_step, window, n_targets, target, delay)
        prefetch(pulled, ahead * ENTRIES_BETWEEN)
        of = _place(e, at_step, window, n_targets, target, delay)
        at = of * ENTRIES_BETWEEN
        bend = early * pulled[at + BEND]
        by_time = pulled[at + SLOPE] - bend
        by_weight = pulled[at + VALUE] - early * (pulled[at + SLOPE] - 0.5 * bend)
        if early > pulled[at + EDGE]:
            by_time -= jump[of]
            by_weight += jump[of] * (early - pulled[at + EDGE])
        by_time *= weight[e]
        weight_gradient[e] += by_weight
        delay_gradient[e] += by_time
        values[e - begin] = by_time


@inline_kernel
def _fetch_silent(
    begin, stop, last, at_step, window, n_targets, target, delay, weight, pulled, values
):
    for e in range(begin, stop):
        ahead = _place(min(e + _AHEAD, last), at_step, window, n_targets, target, delay)
        prefetch(pulled, ahead * ENTRIES_ON_GRID)
        at = _place(e, at_step, window, n_targets, target, delay) * ENTRIES_ON_GRID
        values[e - begin] = weight[e] * pulled[at + VALUE]


@kernel
def pull_rows(
    how,
    spike_step,
    spike_early,
    spike_source,
    begins,
    target,
    delay,
    weight,
    pulled,
    jump,
    n_targets,
    window,
    end,
    since,
    cut,
    weight_gradient,
    delay_gradient,
    limbs,
    values,
    parts,
):
    """Let some spikes fetch what their synapses have changed, a row of synapses for each.

    Parameters
    ----------
    how : int64
        `ON_GRID`, `BETWEEN` or `SILENT`. Silent neurons have a step in place of spikes; they fetch
        what one more spike then would change, and change no other gradient.
    spike_step, spike_source : int64 array (spikes,), in
        Ascending steps, and sources as rows of the table; -1 for others.
    spike_early : float64 array (spikes,), in
        How long each spike is before the end of its step, ms; used between the steps.
    begins : int64 array (rows + 1,), in
    target, delay : int32 array (synapses,), in
        Local indices, and delays in steps, ascending in each row.
    weight : float64 array (synapses,), in
    pulled : float64 array (window * n_targets * entries,), in
    jump : float64 array (window * n_targets,), in
        Between the steps.
    n_targets : int64
    window : int64
        No delay is longer.
    end : int64
        Events of this step and later ones have not acted.
    since : int64
        Neither have those of spikes before this step.
    cut : bool
        Whether the gradient ends here, so that nothing goes to the spikes.
    weight_gradient, delay_gradient : float64 array (synapses,), in/out
    limbs : int64 array (spikes * LIMBS,), in/out
        The derivative by the time of each spike, see `exact_sum`; of silent neurons that by the
        strength of their spike, which multiplies its weights.
    values, parts : float64 array (CHUNK,), work

    Returns
    -------
    bool
        Whether all numbers were small enough to be added.
    """
    fits = True
    for s in range(spike_step.size - 1, -1, -1):
        row, step = spike_source[s], spike_step[s]
        if row < 0 or step < since:
            continue
        begin = begins[row]
        stop = first_arrival(delay, begin, begins[row + 1], end - step)
        at_step = step % window
        while begin < stop:
            after = min(begin + CHUNK, stop)
            if how == ON_GRID:
                _fetch_on_grid(
                    begin, after, stop - 1, at_step, window, n_targets, target, delay, weight,
                    pulled, weight_gradient, delay_gradient, values,
                )  # fmt: skip
            elif how == BETWEEN:
                _fetch_between(
                    begin, after, stop - 1, spike_early[s], at_step, window, n_targets, target,
                    delay, weight, pulled, jump, weight_gradient, delay_gradient, values,
                )  # fmt: skip
            else:
                _fetch_silent(
                    begin, after, stop - 1, at_step, window, n_targets, target, delay, weight,
                    pulled, values,
                )  # fmt: skip
            if not cut:
                fits &= add_exactly(limbs, s * LIMBS, values, after - begin, parts)
            begin = after
    return fits
