"""The backward pass of leaky integrate-and-fire neurons, in steps.

State q is that after step q. `pulled` holds, for the states of the last steps, what an event that
arrives at a neuron changes: ``pulled[receptor, q % window, lid, VALUE]`` is the derivative of the
loss by the variable that events add to, the entry `SLOPE` that by the time of an event of weight 1.
Wunderlich & Pehle 2021, Sci. Rep. 11:12829; delays: Meszaros, Knight & Nowotny 2025.
"""

from __future__ import annotations

from distsnn.kernels.adjoint.backward_rows import SLOPE, VALUE
from distsnn.kernels.compiled import inline_kernel, kernel

# Entries of the numbers of a receptor in `pull_steps`, one for each neuron.
DECAY, RISE, GAIN, GAIN_OF_RISE, BY_MEMBRANE, BY_X, BY_RISE = range(7)
RECEPTOR_NUMBERS = 7
# Entries of the numbers of a neuron.
DECAY_OF_MEMBRANE, GAIN_OF_CURRENT, LEAK, PER_CURRENT = range(4)
NEURON_NUMBERS = 4
NEVER = -(1 << 62)


@inline_kernel
def is_alpha(receptor, r, n):
    """Whether a receptor has a variable that lets its current rise: the same for all neurons."""
    return n > 0 and receptor[r, BY_RISE, 0] != 0.0


@inline_kernel
def pass_step(n, n_receptors, neuron, receptor, by_membrane, by_receptor, current_gradient):
    """Take derivatives from the state after a step to the state before; see `pull_steps`.

    Each loop has few arrays, so that it is made of vectors.
    """
    for r in range(n_receptors):
        x, rise = by_receptor[2 * r], by_receptor[2 * r + 1]
        decay, gain = receptor[r, DECAY], receptor[r, GAIN]
        if is_alpha(receptor, r, n):
            rises = receptor[r, RISE]
            gain_of_rise = receptor[r, GAIN_OF_RISE]
            for lid in range(n):
                risen = (rise[lid] + x[lid] * rises[lid]) * decay[lid]
                rise[lid] = risen + by_membrane[lid] * gain_of_rise[lid]
        for lid in range(n):
            x[lid] = x[lid] * decay[lid] + by_membrane[lid] * gain[lid]
    decay = neuron[DECAY_OF_MEMBRANE]
    gain = neuron[GAIN_OF_CURRENT]
    for lid in range(n):
        given = by_membrane[lid]
        current_gradient[lid] += given * gain[lid]
        by_membrane[lid] = given * decay[lid]


@inline_kernel
def _give(r, n, receptor, by_membrane, by_receptor, pulled):
    """Write what events of a receptor meet in a state; `pulled` are the entries of this state."""
    x, rise = by_receptor[2 * r], by_receptor[2 * r + 1]
    to_x = receptor[r, BY_X]
    if is_alpha(receptor, r, n):
        to_rise = receptor[r, BY_RISE]
        for lid in range(n):
            pulled[lid, VALUE] = rise[lid]
            pulled[lid, SLOPE] = -(x[lid] * to_x[lid] + rise[lid] * to_rise[lid])
        return
    to_V = receptor[r, BY_MEMBRANE]
    for lid in range(n):
        pulled[lid, VALUE] = x[lid]
        pulled[lid, SLOPE] = -(by_membrane[lid] * to_V[lid] + x[lid] * to_x[lid])


@kernel
def pull_steps(
    high,
    low,
    last,
    window,
    neuron,
    receptor,
    n_receptors,
    by_membrane,
    by_receptor,
    until,
    released,
    current_gradient,
    pulled,
    by_voltage,
    spike_begin,
    spike_lid,
    spike_until,
    by_time,
    slope,
    slope_after,
    early,
    by_before,
    by_threshold,
):
    """Take the derivatives of one group from state `high` down to state `low`.

    Parameters
    ----------
    last : int64
        The state at which the run ended.
    neuron : float64 array (NEURON_NUMBERS, n), in
    receptor : float64 array (n_receptors, RECEPTOR_NUMBERS, n), in
    by_membrane : float64 array (n,), in/out
        Derivative by the membrane potential; 0 while it is clamped.
    by_receptor : float64 array (n_receptors * 2, n), in/out
        Derivatives by each receptor's variable and by the one that rises.
    until : int64 array (n,), in/out
        The state at which a neuron was released after its last spike up to now.
    released : float64 array (n,), in/out
        Derivative by the potential then.
    current_gradient : float64 array (n,), in/out
    pulled : float64 array (n_receptors, window, n, 2), out
    by_voltage : float64 array (high - low + 1, n), in
        Derivative of the loss by the potential of each neuron in each state from `low` on; of no
        entries if it does not depend on them.
    spike_begin : int64 array (high - low + 2,), in
        Local spikes of state ``low + k`` are those from `spike_begin[k]` to `spike_begin[k + 1]`.
    spike_lid, spike_until : int64 array (spikes,), in
        The neuron, and `until` before its spike.
    by_time : float64 array (spikes,), in/out
        Derivative by the time of the spike, without and with what the spike did to its neuron.
    slope, slope_after : float64 array (spikes,), in
        Slope of the potential at the crossing of the threshold and at the release, per ms.
    early : float64 array (spikes,), in
        How long before the state the threshold was crossed, ms.
    by_before : float64 array (spikes,), in
        Derivative of the loss by the potential just before the reset.
    by_threshold : float64 array (spikes,), out
        Derivative by the potential at the crossing.
    """
    n = until.size
    for q in range(high, low - 1, -1):
        if q < last:
            pass_step(n, n_receptors, neuron, receptor, by_membrane, by_receptor, current_gradient)
        # A potential counts for half a step behind it and before it, unless it is clamped there.
        if by_voltage.size:
            given = by_voltage[q - low]
            for lid in range(n):
                by_membrane[lid] += 0.5 * given[lid] if q >= until[lid] else 0.0
        for r in range(n_receptors):
            _give(r, n, receptor, by_membrane, by_receptor, pulled[r, q % window])
        for lid in range(n):
            if q == until[lid]:
                released[lid] = by_membrane[lid]
                by_membrane[lid] = 0.0
        if by_voltage.size:
            given = by_voltage[q - low]
            for lid in range(n):
                by_membrane[lid] += 0.5 * given[lid] if q > until[lid] else 0.0
        for k in range(spike_begin[q - low], spike_begin[q - low + 1]):
            lid = spike_lid[k]
            by_time[k] -= released[lid] * slope_after[k]
            crossing = -by_time[k] / slope[k]
            by_threshold[k] = crossing
            back = crossing * early[k]
            by_current = back * neuron[PER_CURRENT, lid]
            by_membrane[lid] = crossing + back * neuron[LEAK, lid] + by_before[k]
            current_gradient[lid] -= by_current
            for r in range(n_receptors):
                by_receptor[2 * r, lid] -= by_current
            released[lid] = 0.0
            until[lid] = spike_until[k]
