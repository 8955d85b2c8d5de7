"""Steps without spike and release of neurons in a run once more, of all neurons together.

States and numbers are those of `between_steps`. Each loop has few arrays, so that it is made of
vectors; a neuron that does not move keeps its state by a choice of two values.
"""

from __future__ import annotations

import math

from distsnn.kernels.adjoint.arrivals_between import AMOUNT, LATE
from distsnn.kernels.adjoint.between_steps import (
    DECAY,
    DECAY_BY_TAU,
    DRIVE,
    FADES,
    FADES_BY_TAU,
    GAIN,
    GAIN_BY_TAU,
    GAIN_BY_TAU_M,
    GAIN_OF_RISE,
    GAIN_OF_RISE_BY_TAU,
    GAIN_OF_RISE_BY_TAU_M,
    IS_ALPHA,
    LEAK,
    PER_CURRENT,
    RATE,
    REST,
    REST_BY_TAU,
    RISES,
    RISES_BY_TAU,
    V_TH,
    note_and_reset,
)
from distsnn.kernels.compiled import inline_kernel, kernel

# What a neuron does in a step: it waits to go on alone, is clamped, or moves.
_WAITS, _CLAMPED, _MOVES = range(3)


@inline_kernel
def _is_alpha(receptors, r, n):
    """Whether a receptor has a variable that lets its current rise: the same for all neurons."""
    return n > 0 and receptors[r, IS_ALPHA, 0] != 0.0


@inline_kernel
def _look_ahead(n, R, numbers, receptors, state, arriving, at, V, current):
    """Potentials and currents (out) after a step of neurons that move.

    Events of alpha receptors are not in them: they change neither at once.
    """
    decay, rest = numbers[DECAY], numbers[REST]
    now = state[0]
    for lid in range(n):
        V[lid] = now[lid] * decay[lid] + rest[lid]
        current[lid] = 0.0
    for r in range(R):
        x = state[1 + 2 * r]
        gain, fades = receptors[r, GAIN], receptors[r, FADES]
        if _is_alpha(receptors, r, n):
            h, gain_of_rise = state[2 + 2 * r], receptors[r, GAIN_OF_RISE]
            rises = receptors[r, RISES]
            for lid in range(n):
                V[lid] += x[lid] * gain[lid] + h[lid] * gain_of_rise[lid]
            for lid in range(n):
                current[lid] += (x[lid] + h[lid] * rises[lid]) * fades[lid]
        else:
            arrives = arriving[r, at]
            per_current = numbers[PER_CURRENT]
            for lid in range(n):
                V[lid] = V[lid] + x[lid] * gain[lid] + per_current[lid] * arrives[lid, LATE]
            for lid in range(n):
                current[lid] = current[lid] + x[lid] * fades[lid] + arrives[lid, AMOUNT]


@inline_kernel
def _move_derivatives(n, R, numbers, receptors, state, does):
    """Take derivatives of potentials that move by time constants through a step."""
    decay, of_V = numbers[DECAY], 1 + 2 * R
    V, S = state[0], state[of_V]
    by_tau, rest_by_tau = numbers[DECAY_BY_TAU], numbers[REST_BY_TAU]
    for lid in range(n):
        new = S[lid] * decay[lid] + V[lid] * by_tau[lid] + rest_by_tau[lid]
        S[lid] = new if does[lid] == _MOVES else S[lid]
    for r in range(R):
        x, h = state[1 + 2 * r], state[2 + 2 * r]
        of_x = receptors[r, GAIN_BY_TAU_M]
        of_h = receptors[r, GAIN_OF_RISE_BY_TAU_M]
        for lid in range(n):
            new = S[lid] + (x[lid] * of_x[lid] + h[lid] * of_h[lid])
            S[lid] = new if does[lid] == _MOVES else S[lid]
        first = of_V + 1 + 3 * r
        by, by_x = state[first], state[first + 1]
        by_h = state[first + 2]
        gain, to_h = receptors[r, GAIN], receptors[r, GAIN_OF_RISE]
        of_x = receptors[r, GAIN_BY_TAU]
        of_h = receptors[r, GAIN_OF_RISE_BY_TAU]
        for lid in range(n):
            new = by[lid] * decay[lid] + by_x[lid] * gain[lid] + by_h[lid] * to_h[lid]
            by[lid] = new if does[lid] == _MOVES else by[lid]
        for lid in range(n):
            new = by[lid] + x[lid] * of_x[lid] + h[lid] * of_h[lid]
            by[lid] = new if does[lid] == _MOVES else by[lid]


@inline_kernel
def _fade_derivatives(n, r, R, receptors, state, arrives, does):
    """Take derivatives of a receptor's currents by its time constant through a step."""
    x, h, first = state[1 + 2 * r], state[2 + 2 * r], 2 + 2 * R + 3 * r
    by_x, by_h = state[first + 1], state[first + 2]
    fades, fading = receptors[r, FADES], receptors[r, FADES_BY_TAU]
    rises, steeper = receptors[r, RISES], receptors[r, RISES_BY_TAU]
    rate = receptors[r, RATE]
    for lid in range(n):
        new = (by_x[lid] + by_h[lid] * rises[lid] + h[lid] * steeper[lid]) * fades[lid]
        by_x[lid] = new if does[lid] != _WAITS else by_x[lid]
    for lid in range(n):
        new = by_x[lid] + (x[lid] + h[lid] * rises[lid]) * fading[lid]
        by_x[lid] = new if does[lid] != _WAITS else by_x[lid]
    alpha = _is_alpha(receptors, r, n)
    per_late = -math.e if alpha else 1.0
    for lid in range(n):
        new = by_x[lid] + per_late * rate[lid] * (rate[lid] * arrives[lid, LATE])
        by_x[lid] = new if does[lid] != _WAITS else by_x[lid]
    if alpha:
        for lid in range(n):
            new = by_h[lid] * fades[lid] + h[lid] * fading[lid]
            new += rate[lid] * (rate[lid] * arrives[lid, LATE])
            by_h[lid] = new if does[lid] != _WAITS else by_h[lid]


@inline_kernel
def _fade(n, R, sensitive, receptors, state, arriving, at, does):
    """Take currents, and their derivatives, through a step with its events."""
    for r in range(R):
        x, h = state[1 + 2 * r], state[2 + 2 * r]
        arrives = arriving[r, at]
        if sensitive:
            _fade_derivatives(n, r, R, receptors, state, arrives, does)
        fades, rate = receptors[r, FADES], receptors[r, RATE]
        if _is_alpha(receptors, r, n):
            rises = receptors[r, RISES]
            for lid in range(n):
                new = (x[lid] + h[lid] * rises[lid]) * fades[lid]
                new += math.e * (rate[lid] * arrives[lid, LATE])
                x[lid] = new if does[lid] != _WAITS else x[lid]
            for lid in range(n):
                new = h[lid] * fades[lid] + (arrives[lid, AMOUNT] - rate[lid] * arrives[lid, LATE])
                h[lid] = new if does[lid] != _WAITS else h[lid]
        else:
            for lid in range(n):
                new = x[lid] * fades[lid] + (arrives[lid, AMOUNT] - rate[lid] * arrives[lid, LATE])
                x[lid] = new if does[lid] != _WAITS else x[lid]


@inline_kernel
def _take_step(n, R, sensitive, numbers, receptors, state, arriving, at, does, V):
    """Let a step pass for neurons that do not wait; `V` are the potentials of `_look_ahead`."""
    if sensitive:
        _move_derivatives(n, R, numbers, receptors, state, does)
    now = state[0]
    for lid in range(n):
        now[lid] = V[lid] if does[lid] == _MOVES else now[lid]
    _fade(n, R, sensitive, receptors, state, arriving, at, does)


@inline_kernel
def _trace_step(row, R, sensitive, state, traced, trace):
    """Write the states of some neurons after a step; see `advance_between`."""
    to, first = trace[row], 1 + 2 * R
    for c in range(traced.size):
        to[0, c] = state[0, traced[c]]
    if sensitive:
        for c in range(traced.size):
            to[1, c] = state[first, traced[c]]
        for r in range(R):
            for c in range(traced.size):
                to[2 + r, c] = state[first + 1 + 3 * r, traced[c]]


@kernel
def advance_whole(
    low,
    high,
    R,
    sensitive,
    dt,
    numbers,
    receptors,
    state,
    until,
    arriving,
    traced,
    trace_from,
    trace,
    first,
    does,
    hot,
    V,
    current,
):
    """Take all neurons through some steps, each up to the first with a release or maybe a spike.

    Parameters
    ----------
    low, high, R, sensitive, dt, numbers, receptors, state, until, arriving, trace_from, trace
        See `advance_between`.
    traced : int64 array (columns,), in
        The neuron of each column of `trace`.
    first : int64 array (n,), out
        The step before which each has stopped; ``high + 1`` for none.
    does, hot : int64 array (n,), work
    V, current : float64 array (n,), work
    """
    n = until.size
    for lid in range(n):
        first[lid] = high + 1
        does[lid] = _MOVES if until[lid] < low else _CLAMPED
    drive, leak = numbers[DRIVE], numbers[LEAK]
    per_current, V_th = numbers[PER_CURRENT], numbers[V_TH]
    for q in range(low, high + 1):
        at = q - low
        _look_ahead(n, R, numbers, receptors, state, arriving, at, V, current)
        for lid in range(n):
            slope = drive[lid] - leak[lid] * V[lid] + per_current[lid] * current[lid]
            falls = slope if slope < 0.0 else 0.0
            hot[lid] = V[lid] - falls * dt >= V_th[lid]
        some = 0
        for lid in range(n):
            moves = does[lid] == _MOVES
            hot[lid] = (moves and hot[lid] != 0) or (does[lid] == _CLAMPED and until[lid] == q)
            some |= hot[lid]
        if some:
            for lid in range(n):
                if hot[lid]:
                    does[lid], first[lid] = _WAITS, q
        _take_step(n, R, sensitive, numbers, receptors, state, arriving, at, does, V)
        _trace_step(q - trace_from, R, sensitive, state, traced, trace)


@kernel
def advance_on_grid(
    low,
    high,
    R,
    sensitive,
    numbers,
    receptors,
    refractory,
    state,
    until,
    arriving,
    traced,
    trace_from,
    trace,
    spike_begin,
    spike_lid,
    spike_numbers,
    does,
    V,
    current,
):
    """Take all neurons through some steps, with spikes that are given at their ends.

    Parameters
    ----------
    low, high, R, sensitive, numbers, receptors, refractory, state, until, arriving
        See `advance_between`.
    traced, trace_from, trace, does, V, current
        See `advance_whole`.
    spike_begin : int64 array (high - low + 2,), in
        Spikes of step ``low + k`` are those from `spike_begin[k]` to `spike_begin[k + 1]`.
    spike_lid : int64 array (spikes,), in
    spike_numbers : float64 array (spikes, 2 + T), out
        See `advance_between`; times and slopes are 0.
    """
    n = until.size
    for q in range(low, high + 1):
        at = q - low
        for lid in range(n):
            does[lid] = _MOVES if until[lid] < q else _CLAMPED
        _look_ahead(n, R, numbers, receptors, state, arriving, at, V, current)
        _take_step(n, R, sensitive, numbers, receptors, state, arriving, at, does, V)
        for k in range(spike_begin[at], spike_begin[at + 1]):
            lid = spike_lid[k]
            note_and_reset(lid, R, sensitive, numbers, state, 0.0, 0.0, spike_numbers[k])
            until[lid] = q + refractory[lid]
        _trace_step(q - trace_from, R, sensitive, state, traced, trace)
