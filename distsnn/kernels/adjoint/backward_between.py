"""The backward pass where spikes lie between the steps, see `between_steps`.

As in `backward`, `pulled` holds what an event that arrives at a neuron changes, here four entries
for each state: the derivative of the loss by the variable that events add to, its first and second
derivative by the time, and how long before the state (ms) the derivative by the potential has
jumped, infinite for most. `jump` says how much the first derivative changes there.
"""

from __future__ import annotations

import numpy as np

from distsnn.kernels.adjoint.backward import (
    BY_MEMBRANE,
    BY_RISE,
    BY_X,
    DECAY,
    DECAY_OF_MEMBRANE,
    GAIN,
    GAIN_OF_CURRENT,
    GAIN_OF_RISE,
    LEAK,
    PER_CURRENT,
    RECEPTOR_NUMBERS,
    RISE,
)
from distsnn.kernels.adjoint.exact_sum import LIMBS, add_exactly
from distsnn.kernels.compiled import kernel

# Entries of `pulled` for each state.
VALUE, SLOPE, BEND, EDGE = range(4)
ENTRIES = 4


@kernel
def pull_rows_between(
    spike_step,
    spike_early,
    spike_source,
    first,
    stop,
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
    units,
    per_unit,
):
    """Let some spikes fetch what their synapses have changed; see `pull_rows`.

    Further parameters
    ------------------
    spike_early : float64 array (spikes,), in
        How long each spike is before the end of its step, ms.
    pulled : float64 array (window * n_targets * ENTRIES,), in
    jump : float64 array (window * n_targets,), in

    Returns
    -------
    bool
        Whether all numbers were small enough to be added.
    """
    fits = True
    for q in range(stop - 1, first - 1, -1):
        row, step, early = spike_source[q], spike_step[q], spike_early[q]
        if row < 0 or step < since:
            continue
        for e in range(begins[row], begins[row + 1]):
            arrives = step + delay[e]
            if arrives >= end:
                break
            of = (arrives % window) * n_targets + target[e]
            at = of * ENTRIES
            bend = early * pulled[at + BEND]
            by_time = pulled[at + SLOPE] - bend
            by_weight = pulled[at + VALUE] - early * (pulled[at + SLOPE] - 0.5 * bend)
            if early > pulled[at + EDGE]:
                by_time -= jump[of]
                by_weight += jump[of] * (early - pulled[at + EDGE])
            by_time *= weight[e]
            weight_gradient[e] += by_weight
            delay_gradient[e] += by_time
            if not cut:
                fits &= add_exactly(limbs, q * LIMBS, by_time, units, per_unit)
    return fits


@kernel
def pull_steps_between(
    high,
    low,
    last,
    window,
    dt,
    neuron,
    receptor,
    n_receptors,
    by_membrane,
    by_receptor,
    until,
    until_early,
    released,
    part,
    current_gradient,
    pulled,
    jump,
    voltage_lid,
    by_voltage,
    spike_begin,
    spike_lid,
    spike_until,
    spike_until_early,
    by_time,
    slope,
    slope_after,
    early,
    by_before,
    by_threshold,
):
    """Take the derivatives of one group from state `high` down to state `low`.

    Parameters are those of `pull_steps`, and
    -----------------------------------------
    until_early : float64 array (n,), in/out
        How long before state `until` the neuron was released, ms.
    part : float64 array (n,), in/out
        The part of the step behind a state in which the neuron has not spiked yet; 1 for most.
    jump : float64 array (n_receptors * window * n,), out
    spike_until_early : float64 array (spikes,), in
        `until_early` before the spike.
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
            # A potential counts for half a step behind it, or up to the spike.
            for k in range(voltage_lid.size):
                lid = voltage_lid[k]
                if q >= until[lid]:
                    given = by_voltage[(q - low) * voltage_lid.size + k]
                    by_membrane[lid] += 0.5 * part[lid] * given
                part[lid] = 1.0
        for r in range(n_receptors):
            numbers, x, rise = r * RECEPTOR_NUMBERS * n, 2 * r * n, (2 * r + 1) * n
            first = (r * window + q % window) * n
            for lid in range(n):
                of_V = by_membrane[lid]
                of_x, of_rise = by_receptor[x + lid], by_receptor[rise + lid]
                to_V = receptor[numbers + BY_MEMBRANE * n + lid]
                to_x = receptor[numbers + BY_X * n + lid]
                to_rise = receptor[numbers + BY_RISE * n + lid]
                at = (first + lid) * ENTRIES
                slope_of = -(of_V * to_V + of_x * to_x + of_rise * to_rise)
                if to_rise != 0.0:
                    of_current = -(of_V * neuron[PER_CURRENT * n + lid] + of_x * to_rise)
                    pulled[at + VALUE] = of_rise
                    pulled[at + BEND] = -(to_x * of_current + to_rise * slope_of)
                else:
                    pulled[at + VALUE] = of_x
                    pulled[at + BEND] = -(to_V * of_V * neuron[LEAK * n + lid] + to_x * slope_of)
                pulled[at + SLOPE] = slope_of
                pulled[at + EDGE] = np.inf
        for k in range(voltage_lid.size):
            lid = voltage_lid[k]
            if q >= until[lid]:
                given = by_voltage[(q - low) * voltage_lid.size + k]
                for r in range(n_receptors):
                    at = ((r * window + q % window) * n + lid) * ENTRIES
                    to_V = receptor[(r * RECEPTOR_NUMBERS + BY_MEMBRANE) * n + lid]
                    pulled[at + BEND] += to_V * given / dt
        for lid in range(n):
            if q == until[lid]:
                given, since = by_membrane[lid], until_early[lid]
                by_current = given * since * neuron[PER_CURRENT * n + lid]
                current_gradient[lid] += by_current
                released[lid] = given * (1.0 - since * neuron[LEAK * n + lid])
                by_membrane[lid] = 0.0
                for r in range(n_receptors):
                    by_receptor[2 * r * n + lid] += by_current
                    of = (r * window + q % window) * n + lid
                    to_V = receptor[(r * RECEPTOR_NUMBERS + BY_MEMBRANE) * n + lid]
                    if to_V != 0.0:
                        pulled[of * ENTRIES + EDGE] = since
                        jump[of] = -given * to_V
        for k in range(voltage_lid.size):
            lid = voltage_lid[k]
            given = 0.5 * by_voltage[(q - low) * voltage_lid.size + k]
            if q > until[lid]:
                by_membrane[lid] += given
            elif q == until[lid]:
                released[lid] += given * until_early[lid] / dt
        for k in range(spike_begin[q - low + 1] - 1, spike_begin[q - low] - 1, -1):
            lid = spike_lid[k]
            by_time[k] -= released[lid] * slope_after[k]
            by_threshold[k] = -by_time[k] / slope[k]
            crossing = by_threshold[k] + by_before[k]
            back = crossing * early[k]
            by_current = back * neuron[PER_CURRENT * n + lid]
            by_membrane[lid] = crossing + back * neuron[LEAK * n + lid]
            current_gradient[lid] -= by_current
            for r in range(n_receptors):
                by_receptor[2 * r * n + lid] -= by_current
                of = (r * window + q % window) * n + lid
                to_V = receptor[(r * RECEPTOR_NUMBERS + BY_MEMBRANE) * n + lid]
                if to_V != 0.0:
                    if pulled[of * ENTRIES + EDGE] != early[k]:
                        jump[of] = 0.0
                    pulled[of * ENTRIES + EDGE] = early[k]
                    jump[of] += crossing * to_V
            released[lid] = 0.0
            part[lid] = 1.0 - early[k] / dt
            until[lid], until_early[lid] = spike_until[k], spike_until_early[k]
