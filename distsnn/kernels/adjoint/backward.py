"""The backward pass of leaky integrate-and-fire neurons: rows of spikes, and steps of neurons.

State q is that after step q. `pulled` holds, for the states of the last steps, what an event that
arrives at a neuron changes: ``pulled[((q % window) * n + lid) * 2]`` is the derivative of the loss
by the variable that events add to, the entry behind it the derivative by the time of an event of
weight 1. Wunderlich & Pehle 2021, Sci. Rep. 11:12829; delays: Meszaros, Knight & Nowotny 2025.
"""

from __future__ import annotations

from distsnn.kernels.adjoint.exact_sum import LIMBS, add_exactly
from distsnn.kernels.compiled import kernel

# Entries of the numbers of a receptor in `pull_step`, one for each neuron.
DECAY, RISE, GAIN, GAIN_OF_RISE, BY_MEMBRANE, BY_X, BY_RISE = range(7)
RECEPTOR_NUMBERS = 7
# Entries of the numbers of a neuron.
DECAY_OF_MEMBRANE, GAIN_OF_CURRENT, LEAK, PER_CURRENT = range(4)
NEURON_NUMBERS = 4
NEVER = -(1 << 62)


@kernel
def pull_rows(
    spike_step,
    spike_source,
    first,
    stop,
    begins,
    target,
    delay,
    weight,
    pulled,
    n_targets,
    window,
    end,
    since,
    cut,
    weight_gradient,
    delay_gradient,
    limbs,
    units,
    per_unit,
):
    """Let some spikes fetch what their synapses have changed, a row of synapses for each.

    Parameters
    ----------
    spike_step, spike_source : int64 array (spikes,), in
        Ascending steps, and sources as rows of the table; -1 for others.
    first, stop : int64
        The spikes ``first <= q < stop``, the last one first.
    begins : int64 array (rows + 1,), in
    target, delay : int32 array (synapses,), in
        Local indices, and delays in steps, ascending in each row.
    weight : float64 array (synapses,), in
    pulled : float64 array (window * n_targets * 2,), in
    end : int64
        Events of this step and later ones have not acted.
    since : int64
        Neither have those of spikes before this step.
    cut : bool
        Whether the gradient ends here, so that nothing goes to the spikes.
    weight_gradient, delay_gradient : float64 array (synapses,), in/out
    limbs : int64 array (spikes * LIMBS,), in/out
        The derivative by the time of each spike, per step, see `exact_sum`.

    Returns
    -------
    bool
        Whether all numbers were small enough to be added.
    """
    fits = True
    for q in range(stop - 1, first - 1, -1):
        row, step = spike_source[q], spike_step[q]
        if row < 0 or step < since:
            continue
        for e in range(begins[row], begins[row + 1]):
            arrives = step + delay[e]
            if arrives >= end:
                break
            at = ((arrives % window) * n_targets + target[e]) * 2
            by_time = weight[e] * pulled[at + 1]
            weight_gradient[e] += pulled[at]
            delay_gradient[e] += by_time
            if not cut:
                fits &= add_exactly(limbs, q * LIMBS, by_time, units, per_unit)
    return fits


@kernel
def pull_silent(
    step,
    source,
    first,
    stop,
    begins,
    target,
    delay,
    weight,
    pulled,
    n_targets,
    window,
    end,
    since,
    limbs,
    units,
    per_unit,
):
    """Let neurons without spikes fetch what one more of theirs would change.

    Parameters are those of `pull_rows`, of one step for each neuron instead of spikes; to `limbs`
    goes the derivative by the strength of a spike then, which multiplies its weights.

    Returns
    -------
    bool
        Whether all numbers were small enough to be added.
    """
    fits = True
    for q in range(first, stop):
        row = source[q]
        if row < 0 or step[q] < since:
            continue
        for e in range(begins[row], begins[row + 1]):
            arrives = step[q] + delay[e]
            if arrives >= end:
                break
            at = ((arrives % window) * n_targets + target[e]) * 2
            fits &= add_exactly(limbs, q * LIMBS, weight[e] * pulled[at], units, per_unit)
    return fits


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
    voltage_lid,
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
    neuron : float64 array (NEURON_NUMBERS * n,), in
    receptor : float64 array (n_receptors * RECEPTOR_NUMBERS * n,), in
    by_membrane : float64 array (n,), in/out
        Derivative by the membrane potential; 0 while it is held.
    by_receptor : float64 array (n_receptors * 2 * n,), in/out
        Derivatives by each receptor's variable and by the one that rises.
    until : int64 array (n,), in/out
        The state at which a neuron was released after its last spike up to now.
    released : float64 array (n,), in/out
        Derivative by the potential then.
    current_gradient : float64 array (n,), in/out
    pulled : float64 array (n_receptors * window * n * 2,), out
    voltage_lid : int64 array (m,), in
        Neurons whose potentials the loss depends on.
    by_voltage : float64 array ((high - low + 1) * m,), in
        Derivative of the loss by the potential of each, state by state from `low`.
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
            for r in range(n_receptors):
                numbers, x, rise = r * RECEPTOR_NUMBERS * n, 2 * r * n, (2 * r + 1) * n
                for lid in range(n):
                    given = by_membrane[lid]
                    of_x, of_rise = by_receptor[x + lid], by_receptor[rise + lid]
                    decay = receptor[numbers + DECAY * n + lid]
                    by_receptor[x + lid] = of_x * decay + given * receptor[numbers + GAIN * n + lid]
                    by_receptor[rise + lid] = (
                        of_rise + of_x * receptor[numbers + RISE * n + lid]
                    ) * decay + given * receptor[numbers + GAIN_OF_RISE * n + lid]
            for lid in range(n):
                given = by_membrane[lid]
                current_gradient[lid] += given * neuron[GAIN_OF_CURRENT * n + lid]
                by_membrane[lid] = given * neuron[DECAY_OF_MEMBRANE * n + lid]
        # A potential counts for half a step behind it and before it, unless it is held there.
        for k in range(voltage_lid.size):
            lid = voltage_lid[k]
            if q >= until[lid]:
                by_membrane[lid] += 0.5 * by_voltage[(q - low) * voltage_lid.size + k]
        for r in range(n_receptors):
            numbers, x, rise = r * RECEPTOR_NUMBERS * n, 2 * r * n, (2 * r + 1) * n
            at = (r * window + q % window) * n * 2
            for lid in range(n):
                of_rise = receptor[numbers + BY_RISE * n + lid]
                acting = by_receptor[rise + lid] if of_rise != 0.0 else by_receptor[x + lid]
                pulled[at + 2 * lid] = acting
                pulled[at + 2 * lid + 1] = -(
                    by_membrane[lid] * receptor[numbers + BY_MEMBRANE * n + lid]
                    + by_receptor[x + lid] * receptor[numbers + BY_X * n + lid]
                    + by_receptor[rise + lid] * of_rise
                )
        for lid in range(n):
            if q == until[lid]:
                released[lid] = by_membrane[lid]
                by_membrane[lid] = 0.0
        for k in range(voltage_lid.size):
            lid = voltage_lid[k]
            if q > until[lid]:
                by_membrane[lid] += 0.5 * by_voltage[(q - low) * voltage_lid.size + k]
        for k in range(spike_begin[q - low], spike_begin[q - low + 1]):
            lid = spike_lid[k]
            by_time[k] -= released[lid] * slope_after[k]
            crossing = -by_time[k] / slope[k]
            by_threshold[k] = crossing
            back = crossing * early[k]
            by_current = back * neuron[PER_CURRENT * n + lid]
            by_membrane[lid] = crossing + back * neuron[LEAK * n + lid] + by_before[k]
            current_gradient[lid] -= by_current
            for r in range(n_receptors):
                by_receptor[2 * r * n + lid] -= by_current
            released[lid] = 0.0
            until[lid] = spike_until[k]
