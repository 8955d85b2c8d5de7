"""Leaky integrate-and-fire neurons whose spikes lie between the steps.

State q is that after step q. A spike of step q is `early` before this state (0 <= early < dt), and
so are its events `delay` steps later, and the release of its neuron. In most steps a neuron has no
spike and no release; events change the state at the end of the step as they would have from their
time on, to second order in `early`. Such steps are taken by all neurons together (`whole_steps`). A
neuron with a spike or a release goes alone from its step on to the end of an interval, and through
this step from event to event.

The state of a neuron is `V`, then `x` and `h` of each receptor: its current, and what lets this
rise, 0 for exponential ones. With sensitivities follow the derivatives of `V` by `tau_m`, then
of `V`, `x` and `h` by the time constant of each receptor. Arrays have one entry of all neurons
after the other. Morrison et al. 2007, Neural Comput.
19:47-79.
"""

from __future__ import annotations

import math

from distsnn.kernels.adjoint.arrivals_between import AMOUNT, LATE
from distsnn.kernels.compiled import inline_kernel, kernel

# Entries of the numbers of a neuron.
DECAY, REST, V_TH, V_RESET, E_L, LEAK, PER_CURRENT, DRIVE, DECAY_BY_TAU, REST_BY_TAU = range(10)
NUMBERS = 10
# Entries of the numbers of each of its receptors.
(
    FADES,
    RISES,
    GAIN,
    GAIN_OF_RISE,
    RATE,
    IS_ALPHA,
    GAIN_BY_TAU_M,
    GAIN_OF_RISE_BY_TAU_M,
    FADES_BY_TAU,
    RISES_BY_TAU,
    GAIN_BY_TAU,
    GAIN_OF_RISE_BY_TAU,
) = range(12)
OF_RECEPTOR = 12
# Why a part of a step ends.
_AT_END, _AT_EVENT, _AT_RELEASE, _AT_SPIKE = range(4)
_MOST_HALVINGS = 60


@inline_kernel
def _slopes(lid, R, numbers, receptors, state):
    """First, second and third derivative of the potential by the time, without arrivals."""
    current, rise, bend = 0.0, 0.0, 0.0
    for r in range(R):
        x, h = state[1 + 2 * r, lid], state[2 + 2 * r, lid]
        rate = receptors[r, RATE, lid]
        of_x = -rate * (x - math.e * h)
        current += x
        rise += of_x
        bend -= rate * (of_x + math.e * rate * h)
    leak, per_current = numbers[LEAK, lid], numbers[PER_CURRENT, lid]
    first = numbers[DRIVE, lid] - leak * state[0, lid] + per_current * current
    second = per_current * rise - leak * first
    return first, second, per_current * bend - leak * second


@inline_kernel
def _crossing(V, first, second, third, V_th, duration):
    """When the potential reaches the threshold, ms from now on; below 0 if it does not."""
    if V >= V_th:
        return 0.0
    end = V + duration * (first + duration * (second / 2 + duration * third / 6))
    high = duration
    if end < V_th:
        # The highest point between both.
        if first <= 0.0 or first + duration * (second + duration * third / 2) >= 0.0:
            return -1.0
        high = -first / second
        high -= (first + high * (second + high * third / 2)) / (second + high * third)
        if not 0.0 < high < duration:
            return -1.0
        if V + high * (first + high * (second / 2 + high * third / 6)) < V_th:
            return -1.0
    low = 0.0
    s = min(high, (V_th - V) / first) if first > 0.0 else 0.5 * high
    for _ in range(_MOST_HALVINGS):
        above = V + s * (first + s * (second / 2 + s * third / 6)) - V_th
        if above >= 0.0:
            high = s
        else:
            low = s
        slope = first + s * (second + s * third / 2)
        new = s - above / slope if slope > 0.0 else low
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - s) <= 1e-15 * duration:
            break
        s = new
    return s


@inline_kernel
def _move(lid, R, sensitive, numbers, receptors, state, duration, free, slopes):
    """Let a part of a step pass without arrivals."""
    leak, per_current = numbers[LEAK, lid], numbers[PER_CURRENT, lid]
    first, second, third = slopes
    half = 0.5 * duration * duration
    of_V = 1 + 2 * R
    if sensitive and free:
        of_S = leak * (leak * (state[0, lid] - numbers[E_L, lid]) - state[of_V, lid])
        state[of_V, lid] += duration * of_S + half * leak * (leak * first - of_S)
    if free:
        state[0, lid] += duration * (first + duration * (second / 2 + duration * third / 6))
    for r in range(R):
        rate = receptors[r, RATE, lid]
        of_x, of_h = 1 + 2 * r, 2 + 2 * r
        x, h = state[of_x, lid], state[of_h, lid]
        fades = math.exp(-rate * duration)
        state[of_x, lid] = (x + math.e * h * rate * duration) * fades
        state[of_h, lid] = h * fades
        if sensitive:
            by = of_V + 1 + 3 * r
            to_x_now, to_h_now = -rate * (x - math.e * h), -rate * h
            S_x, S_h = state[by + 1, lid], state[by + 2, lid]
            to_h = -rate * (S_h + to_h_now)
            to_x = -rate * (S_x - math.e * S_h + to_x_now)
            state[by + 1, lid] += duration * to_x - half * rate * (
                to_x - math.e * to_h - rate * (to_x_now - math.e * to_h_now)
            )
            state[by + 2, lid] += duration * to_h - half * rate * (to_h - rate * to_h_now)
            if free:
                to_V = per_current * S_x - leak * state[by, lid]
                state[by, lid] += duration * to_V + half * (per_current * to_x - leak * to_V)


@inline_kernel
def _whole_step(lid, q, R, sensitive, numbers, receptors, state, free, arriving, dt):
    """Let a step pass without spike and release, as `whole_steps` does for all neurons.

    False if it may have a spike: then nothing has changed.
    """
    V, V_new, current = state[0, lid], 0.0, 0.0
    per_current = numbers[PER_CURRENT, lid]
    if free:
        V_new = V * numbers[DECAY, lid] + numbers[REST, lid]
        for r in range(R):
            x, h = state[1 + 2 * r, lid], state[2 + 2 * r, lid]
            if receptors[r, IS_ALPHA, lid] != 0.0:
                V_new += x * receptors[r, GAIN, lid] + h * receptors[r, GAIN_OF_RISE, lid]
                current += (x + h * receptors[r, RISES, lid]) * receptors[r, FADES, lid]
            else:
                V_new += x * receptors[r, GAIN, lid]
                V_new += per_current * arriving[r, q, lid, LATE]
                current += x * receptors[r, FADES, lid]
                current += arriving[r, q, lid, AMOUNT]
        slope = numbers[DRIVE, lid] - numbers[LEAK, lid] * V_new + per_current * current
        if V_new - min(slope, 0.0) * dt >= numbers[V_TH, lid]:
            return False
    of_V = 1 + 2 * R
    if sensitive and free:
        S = state[of_V, lid] * numbers[DECAY, lid] + V * numbers[DECAY_BY_TAU, lid]
        S += numbers[REST_BY_TAU, lid]
        for r in range(R):
            by = of_V + 1 + 3 * r
            x, h = state[1 + 2 * r, lid], state[2 + 2 * r, lid]
            S += x * receptors[r, GAIN_BY_TAU_M, lid] + h * receptors[r, GAIN_OF_RISE_BY_TAU_M, lid]
            state[by, lid] = (
                state[by, lid] * numbers[DECAY, lid]
                + state[by + 1, lid] * receptors[r, GAIN, lid]
                + state[by + 2, lid] * receptors[r, GAIN_OF_RISE, lid]
                + x * receptors[r, GAIN_BY_TAU, lid]
                + h * receptors[r, GAIN_OF_RISE_BY_TAU, lid]
            )
        state[of_V, lid] = S
    if free:
        state[0, lid] = V_new
    for r in range(R):
        of_x, of_h = 1 + 2 * r, 2 + 2 * r
        x, h = state[of_x, lid], state[of_h, lid]
        fades, rises = receptors[r, FADES, lid], receptors[r, RISES, lid]
        rate = receptors[r, RATE, lid]
        before = rate * arriving[r, q, lid, LATE]
        if sensitive:
            by = of_V + 1 + 3 * r
            steeper, fading = h * receptors[r, RISES_BY_TAU, lid], receptors[r, FADES_BY_TAU, lid]
            state[by + 1, lid] = (state[by + 1, lid] + state[by + 2, lid] * rises + steeper) * fades
            state[by + 1, lid] += (x + h * rises) * fading
            state[by + 2, lid] = state[by + 2, lid] * fades + h * fading
            if receptors[r, IS_ALPHA, lid] == 0.0:
                state[by + 1, lid] += rate * before
            else:
                state[by + 1, lid] -= math.e * rate * before
                state[by + 2, lid] += rate * before
        state[of_x, lid] = (x + h * rises) * fades
        state[of_h, lid] = h * fades
        if receptors[r, IS_ALPHA, lid] == 0.0:
            state[of_x, lid] += arriving[r, q, lid, AMOUNT] - before
        else:
            state[of_x, lid] += math.e * before
            state[of_h, lid] += arriving[r, q, lid, AMOUNT] - before
    return True


@inline_kernel
def note_and_reset(lid, R, sensitive, numbers, state, early, slope, found):
    """Note what is known of a spike, and reset its neuron."""
    found[0], found[1], found[2] = early, slope, state[0, lid]
    state[0, lid] = numbers[V_RESET, lid]
    if sensitive:
        of_V = 1 + 2 * R
        found[3] = state[of_V, lid]
        state[of_V, lid] = 0.0
        for r in range(R):
            found[4 + r] = state[of_V + 1 + 3 * r, lid]
            state[of_V + 1 + 3 * r, lid] = 0.0


@inline_kernel
def _reached(r, lid, receptors):
    """Which state events of a receptor add to."""
    if receptors[r, IS_ALPHA, lid] != 0.0:
        return 2 + 2 * r
    return 1 + 2 * r


@kernel
def advance_between(
    lids,
    first,
    low,
    high,
    R,
    sensitive,
    dt,
    numbers,
    receptors,
    refractory,
    state,
    until,
    until_early,
    arriving,
    noise,
    event_begin,
    event_order,
    event_early,
    event_weight,
    event_receptor,
    column,
    trace_from,
    trace,
    counts,
    spike_lid,
    spike_step,
    spike_numbers,
    release_lid,
    release_slope,
):
    """Take some neurons alone through some steps.

    Parameters
    ----------
    lids, first : int64 array (m,), in
        Neurons, and the step with which each begins.
    low, high : int64
        Steps of an interval.
    R : int64
        Number of receptors.
    sensitive : bool
        Whether states have derivatives by time constants.
    dt : float64
    numbers : float64 array (NUMBERS, n), in
    receptors : float64 array (R, OF_RECEPTOR, n), in
    refractory : int64 array (n,), in
        For how many steps each is refractory after a spike.
    state : float64 array (states, n), in/out
    until : int64 array (n,), in/out
        The step in which a neuron is, or was, released.
    until_early : float64 array (n,), in/out
        How long before its end, ms.
    arriving : float64 array (R, high - low + 1, n, 2), in
        See `deliver_between`.
    noise : float64 array (R, high - low + 1, n), in
        The part of it that Poisson inputs add at the ends of steps; of no entries without.
    event_begin, event_order : int64 array, in
        See `order_arrivals`.
    event_early, event_weight : float64 array (events,), in
    event_receptor : int64 array (events,), in
    column : int64 array (n,), in
        Column of the neuron in `trace`; -1 for none.
    trace_from : int64
        The step of the first row of `trace`.
    trace : float64 array (rows, T, columns), out
        The potential after each step and, where `sensitive`, its derivatives: T is 1 or 2 + R.
    counts : int64 array (2,), in/out
        Numbers of spikes and of releases.
    spike_lid, spike_step : int64 array (most,), out
    spike_numbers : float64 array (most, 2 + T), out
        How early it is, the slope of the potential, the potential, and its derivatives.
    release_lid : int64 array (most,), out
    release_slope : float64 array (most,), out
        Slope of the potential after the release.

    Returns
    -------
    bool
        Whether there was room for all spikes and releases.
    """
    width = high - low + 1
    of_V = 1 + 2 * R
    for k in range(lids.size):
        lid = lids[k]
        for q in range(first[k], high + 1):
            e, last = event_begin[k * width + q - low], event_begin[k * width + q - low + 1]
            free = until[lid] < q
            whole = until[lid] != q
            if whole:
                whole = _whole_step(
                    lid, q - low, R, sensitive, numbers, receptors, state, free,
                    arriving, dt,
                )  # fmt: skip
            left = 0.0 if whole else dt
            why = _AT_END if whole else _AT_EVENT
            while why != _AT_END:
                why, next_left = _AT_END, 0.0
                if e < last:
                    why, next_left = _AT_EVENT, event_early[event_order[e]]
                if not free and until[lid] == q and until_early[lid] >= next_left:
                    why, next_left = _AT_RELEASE, until_early[lid]
                slopes = _slopes(lid, R, numbers, receptors, state)
                duration = left - next_left
                if free:
                    V_th = numbers[V_TH, lid]
                    s = _crossing(state[0, lid], slopes[0], slopes[1], slopes[2], V_th, duration)
                    if s >= 0.0:
                        why, duration = _AT_SPIKE, s
                        next_left = left - s
                _move(lid, R, sensitive, numbers, receptors, state, duration, free, slopes)
                left = next_left
                if why == _AT_SPIKE:
                    c = counts[0]
                    if c == spike_lid.size:
                        return False
                    counts[0] += 1
                    spike_lid[c], spike_step[c] = lid, q
                    slope = _slopes(lid, R, numbers, receptors, state)[0]
                    note_and_reset(
                        lid, R, sensitive, numbers, state, left, slope, spike_numbers[c],
                    )  # fmt: skip
                    free = False
                    until[lid], until_early[lid] = q + refractory[lid], left
                elif why == _AT_RELEASE:
                    c = counts[1]
                    if c == release_lid.size:
                        return False
                    counts[1] += 1
                    slope = _slopes(lid, R, numbers, receptors, state)[0]
                    release_lid[c], release_slope[c] = lid, slope
                    free = True
                elif why == _AT_EVENT:
                    f = event_order[e]
                    to = _reached(event_receptor[f], lid, receptors)
                    state[to, lid] += event_weight[f]
                    e += 1
            if noise.size and not whole:
                for r in range(R):
                    to = _reached(r, lid, receptors)
                    state[to, lid] += noise[r, q - low, lid]
            if column[lid] >= 0:
                row, c = q - trace_from, column[lid]
                trace[row, 0, c] = state[0, lid]
                if sensitive:
                    trace[row, 1, c] = state[of_V, lid]
                    for r in range(R):
                        by = of_V + 1 + 3 * r
                        trace[row, 2 + r, c] = state[by, lid]
    return True
