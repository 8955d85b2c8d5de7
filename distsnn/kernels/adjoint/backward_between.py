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
    LEAK,
    PER_CURRENT,
    is_alpha,
    pass_step,
)
from distsnn.kernels.adjoint.backward_rows import BEND, EDGE, SLOPE, VALUE
from distsnn.kernels.compiled import inline_kernel, kernel


@inline_kernel
def _give_between(r, n, neuron, receptor, by_membrane, by_receptor, pulled):
    """Write what events of a receptor meet in a state; `pulled` are the entries of this state."""
    x, rise = by_receptor[2 * r], by_receptor[2 * r + 1]
    to_x = receptor[r, BY_X]
    if is_alpha(receptor, r, n):
        to_rise, per_current = receptor[r, BY_RISE], neuron[PER_CURRENT]
        for lid in range(n):
            slope_of = -(x[lid] * to_x[lid] + rise[lid] * to_rise[lid])
            of_current = -(by_membrane[lid] * per_current[lid] + x[lid] * to_rise[lid])
            pulled[lid, VALUE] = rise[lid]
            pulled[lid, SLOPE] = slope_of
            pulled[lid, BEND] = -(to_x[lid] * of_current + to_rise[lid] * slope_of)
            pulled[lid, EDGE] = np.inf
        return
    to_V, leak = receptor[r, BY_MEMBRANE], neuron[LEAK]
    for lid in range(n):
        slope_of = -(by_membrane[lid] * to_V[lid] + x[lid] * to_x[lid])
        bend = to_V[lid] * by_membrane[lid] * leak[lid] + to_x[lid] * slope_of
        pulled[lid, VALUE] = x[lid]
        pulled[lid, SLOPE] = slope_of
        pulled[lid, BEND] = -bend
        pulled[lid, EDGE] = np.inf


@inline_kernel
def _bend(q, dt, n_receptors, receptor, until, by_voltage, pulled):
    """Let derivatives bend where the loss has potentials; `pulled` are the entries of state `q`."""
    for r in range(n_receptors):
        to_V, of = receptor[r, BY_MEMBRANE], pulled[r]
        for lid in range(until.size):
            bend = to_V[lid] * by_voltage[lid] / dt
            of[lid, BEND] += bend if q >= until[lid] else 0.0


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
    jump : float64 array (n_receptors, window, n), out
    spike_until_early : float64 array (spikes,), in
        `until_early` before the spike.
    """
    n = until.size
    for q in range(high, low - 1, -1):
        if q < last:
            pass_step(n, n_receptors, neuron, receptor, by_membrane, by_receptor, current_gradient)
            # A potential counts for half a step behind it, or up to the spike.
            if by_voltage.size:
                by_V = by_voltage[q - low]
                for lid in range(n):
                    given = 0.5 * part[lid] * by_V[lid]
                    by_membrane[lid] += given if q >= until[lid] else 0.0
                    part[lid] = 1.0
        for r in range(n_receptors):
            state = pulled[r, q % window]
            _give_between(r, n, neuron, receptor, by_membrane, by_receptor, state)
        if by_voltage.size:
            _bend(q, dt, n_receptors, receptor, until, by_voltage[q - low], pulled[:, q % window])
        for lid in range(n):
            if q == until[lid]:
                given, since = by_membrane[lid], until_early[lid]
                by_current = given * since * neuron[PER_CURRENT, lid]
                current_gradient[lid] += by_current
                released[lid] = given * (1.0 - since * neuron[LEAK, lid])
                by_membrane[lid] = 0.0
                for r in range(n_receptors):
                    by_receptor[2 * r, lid] += by_current
                    to_V = receptor[r, BY_MEMBRANE, lid]
                    if to_V != 0.0:
                        pulled[r, q % window, lid, EDGE] = since
                        jump[r, q % window, lid] = -given * to_V
        if by_voltage.size:
            by_V = by_voltage[q - low]
            for lid in range(n):
                given = 0.5 * by_V[lid]
                by_membrane[lid] += given if q > until[lid] else 0.0
                released[lid] += given * until_early[lid] / dt if q == until[lid] else 0.0
        for k in range(spike_begin[q - low + 1] - 1, spike_begin[q - low] - 1, -1):
            lid = spike_lid[k]
            by_time[k] -= released[lid] * slope_after[k]
            by_threshold[k] = -by_time[k] / slope[k]
            crossing = by_threshold[k] + by_before[k]
            back = crossing * early[k]
            by_current = back * neuron[PER_CURRENT, lid]
            by_membrane[lid] = crossing + back * neuron[LEAK, lid]
            current_gradient[lid] -= by_current
            for r in range(n_receptors):
                by_receptor[2 * r, lid] -= by_current
                to_V = receptor[r, BY_MEMBRANE, lid]
                if to_V != 0.0:
                    if pulled[r, q % window, lid, EDGE] != early[k]:
                        jump[r, q % window, lid] = 0.0
                    pulled[r, q % window, lid, EDGE] = early[k]
                    jump[r, q % window, lid] += crossing * to_V
            released[lid] = 0.0
            part[lid] = 1.0 - early[k] / dt
            until[lid], until_early[lid] = spike_until[k], spike_until_early[k]
