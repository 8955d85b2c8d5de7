"""Leaky integrate-and-fire neurons whose spikes lie between the steps.

State q is that after step q. A spike of step q is `early` before this state (0 <= early < dt), and
so are its events `delay` steps later, and the release of its neuron. In most steps a neuron has no
spike and no release; events change the state at the end of the step as they would have from their
time on, to second order in `early`. A step with a spike or a release is gone through from event to
event. On the grid `early` is 0, and spikes are given.

The state of a neuron is `V`, then `x` and `h` of each receptor: its current, and what lets this
rise, 0 for exponential ones. With sensitivities follow the derivatives of `V` by `tau_m`, then
of `V`, `x` and `h` by the time constant of each receptor. Morrison et al. 2007, Neural Comput.
19:47-79.
"""

from __future__ import annotations

import math

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
def _slopes(lid, at, R, numbers, receptors, state):
    """First, second and third derivative of the potential by the time, without arrivals."""
    n, m = lid * NUMBERS, lid * R * OF_RECEPTOR
    current, rise, bend = 0.0, 0.0, 0.0
    for r in range(R):
        x, h = state[at + 1 + 2 * r], state[at + 2 + 2 * r]
        rate = receptors[m + r * OF_RECEPTOR + RATE]
        of_x = -rate * (x - math.e * h)
        current += x
        rise += of_x
        bend -= rate * (of_x + math.e * rate * h)
    leak, per_current = numbers[n + LEAK], numbers[n + PER_CURRENT]
    first = numbers[n + DRIVE] - leak * state[at] + per_current * current
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
def _move(lid, at, R, sensitive, numbers, receptors, state, duration, free, slopes):
    """Let a part of a step pass without arrivals."""
    n, m = lid * NUMBERS, lid * R * OF_RECEPTOR
    leak, per_current = numbers[n + LEAK], numbers[n + PER_CURRENT]
    first, second, third = slopes
    half = 0.5 * duration * duration
    of_V = at + 1 + 2 * R
    if sensitive and free:
        of_S = leak * (leak * (state[at] - numbers[n + E_L]) - state[of_V])
        state[of_V] += duration * of_S + half * leak * (leak * first - of_S)
    if free:
        state[at] += duration * (first + duration * (second / 2 + duration * third / 6))
    for r in range(R):
        rate = receptors[m + r * OF_RECEPTOR + RATE]
        here = at + 1 + 2 * r
        x, h = state[here], state[here + 1]
        fades = math.exp(-rate * duration)
        state[here] = (x + math.e * h * rate * duration) * fades
        state[here + 1] = h * fades
        if sensitive:
            by = of_V + 1 + 3 * r
            of_x, of_h = -rate * (x - math.e * h), -rate * h
            S_x, S_h = state[by + 1], state[by + 2]
            to_h = -rate * (S_h + of_h)
            to_x = -rate * (S_x - math.e * S_h + of_x)
            state[by + 1] += duration * to_x - half * rate * (
                to_x - math.e * to_h - rate * (of_x - math.e * of_h)
            )
            state[by + 2] += duration * to_h - half * rate * (to_h - rate * of_h)
            if free:
                to_V = per_current * S_x - leak * state[by]
                state[by] += duration * to_V + half * (per_current * to_x - leak * to_V)


@inline_kernel
def _whole_step(
    lid, at, R, sensitive, numbers, receptors, state, free, V_th, arriving, arrives, stride, dt
):
    """Let a step pass without spike and release; False if it may have a spike."""
    n, m = lid * NUMBERS, lid * R * OF_RECEPTOR
    V, V_new, current = state[at], 0.0, 0.0
    per_current = numbers[n + PER_CURRENT]
    if free:
        V_new = V * numbers[n + DECAY] + numbers[n + REST]
        for r in range(R):
            of = m + r * OF_RECEPTOR
            x, h = state[at + 1 + 2 * r], state[at + 2 + 2 * r]
            V_new += x * receptors[of + GAIN] + h * receptors[of + GAIN_OF_RISE]
            current += (x + h * receptors[of + RISES]) * receptors[of + FADES]
            late = arriving[arrives + r * stride + 1]
            if receptors[of + IS_ALPHA] == 0.0:
                V_new += per_current * late
                current += arriving[arrives + r * stride]
        slope = numbers[n + DRIVE] - numbers[n + LEAK] * V_new + per_current * current
        if V_new - min(slope, 0.0) * dt >= V_th:
            return False
    of_V = at + 1 + 2 * R
    if sensitive and free:
        S = state[of_V] * numbers[n + DECAY] + V * numbers[n + DECAY_BY_TAU]
        S += numbers[n + REST_BY_TAU]
        for r in range(R):
            of, by = m + r * OF_RECEPTOR, of_V + 1 + 3 * r
            x, h = state[at + 1 + 2 * r], state[at + 2 + 2 * r]
            S += x * receptors[of + GAIN_BY_TAU_M] + h * receptors[of + GAIN_OF_RISE_BY_TAU_M]
            state[by] = (
                state[by] * numbers[n + DECAY]
                + state[by + 1] * receptors[of + GAIN]
                + state[by + 2] * receptors[of + GAIN_OF_RISE]
                + x * receptors[of + GAIN_BY_TAU]
                + h * receptors[of + GAIN_OF_RISE_BY_TAU]
            )
        state[of_V] = S
    if free:
        state[at] = V_new
    for r in range(R):
        of, here = m + r * OF_RECEPTOR, at + 1 + 2 * r
        x, h = state[here], state[here + 1]
        fades, rises, rate = receptors[of + FADES], receptors[of + RISES], receptors[of + RATE]
        amount = arriving[arrives + r * stride]
        before = rate * arriving[arrives + r * stride + 1]
        if sensitive:
            by = of_V + 1 + 3 * r
            steeper = h * receptors[of + RISES_BY_TAU]
            state[by + 1] = (state[by + 1] + state[by + 2] * rises + steeper) * fades
            state[by + 1] += (x + h * rises) * receptors[of + FADES_BY_TAU]
            state[by + 2] = state[by + 2] * fades + h * receptors[of + FADES_BY_TAU]
            if receptors[of + IS_ALPHA] == 0.0:
                state[by + 1] += rate * before
            else:
                state[by + 1] -= math.e * rate * before
                state[by + 2] += rate * before
        state[here] = (x + h * rises) * fades
        state[here + 1] = h * fades
        if receptors[of + IS_ALPHA] == 0.0:
            state[here] += amount - before
        else:
            state[here] += math.e * before
            state[here + 1] += amount - before
    return True


@inline_kernel
def _reset(at, R, sensitive, numbers, n, state, early, slope, found, to):
    """Note what is known of a spike, and reset its neuron."""
    found[to], found[to + 1], found[to + 2] = early, slope, state[at]
    state[at] = numbers[n + V_RESET]
    if sensitive:
        of_V = at + 1 + 2 * R
        found[to + 3] = state[of_V]
        state[of_V] = 0.0
        for r in range(R):
            found[to + 4 + r] = state[of_V + 1 + 3 * r]
            state[of_V + 1 + 3 * r] = 0.0


@kernel
def advance_between(
    lids,
    first,
    low,
    high,
    R,
    sensitive,
    on_grid,
    dt,
    numbers,
    receptors,
    refractory,
    state,
    until,
    until_early,
    arriving,
    event_begin,
    event_step,
    event_early,
    event_weight,
    event_receptor,
    given_begin,
    given_step,
    stopped,
    column,
    n_columns,
    trace_from,
    trace,
    counts,
    spike_lid,
    spike_step,
    spike_numbers,
    release_lid,
    release_slope,
):
    """Take some neurons through some steps.

    Parameters
    ----------
    lids, first : int64 array (m,), in
        Neurons, and the step with which each begins.
    low, high : int64
        Those of `arriving`.
    R : int64
        Number of receptors.
    sensitive : bool
        Whether states have derivatives by time constants.
    on_grid : bool
        Whether spikes are given, and at the end of their steps.
    dt : float64
    numbers : float64 array (n * NUMBERS,), in
    receptors : float64 array (n * R * OF_RECEPTOR,), in
    refractory : int64 array (n,), in
        For how many steps each is refractory after a spike.
    state : float64 array (n * states,), in/out
    until : int64 array (n,), in/out
        The step in which a neuron is, or was, released.
    until_early : float64 array (n,), in/out
        How long before its end, ms.
    arriving
        See `deliver_between`.
    event_begin : int64 array (m + 1,), in
        Events of the k-th of `lids` are from `event_begin[k]` to `event_begin[k + 1]`, in order
        of time. Of no entries: neurons stop before the first step that needs events.
    event_step, event_receptor : int64 array (events,), in
    event_early, event_weight : float64 array (events,), in
    given_begin : int64 array (m + 1,), in
        On the grid spikes of the k-th of `lids` are from `given_begin[k]` to `given_begin[k + 1]`.
    given_step : int64 array (spikes,), in
        Ascending for each neuron.
    stopped : int64 array (m,), out
        The step before which each has stopped; ``high + 1`` for none.
    column : int64 array (n,), in
        Column of the neuron in `trace`; -1 for none.
    n_columns, trace_from : int64
        Number of columns, and the step of the first row.
    trace : float64 array (rows * n_columns * T,), out
        The potential after each step and, where `sensitive`, its derivatives: T is 1 or 2 + R.
    counts : int64 array (2,), in/out
        Numbers of spikes and of releases.
    spike_lid, spike_step : int64 array (most,), out
    spike_numbers : float64 array (most * (2 + T),), out
        How early it is, the slope of the potential, the potential, and its derivatives.
    release_lid : int64 array (most,), out
    release_slope : float64 array (most,), out
        Slope of the potential after the release.
    """
    size = 1 + 2 * R
    kept = 1
    if sensitive:
        size += 1 + 3 * R
        kept = 2 + R
    stride = (high - low + 1) * 2
    of_V = 1 + 2 * R
    for k in range(lids.size):
        lid = lids[k]
        at, n, m = lid * size, lid * NUMBERS, lid * R * OF_RECEPTOR
        e, last, g, g_last = 0, 0, 0, 0
        if on_grid:
            g, g_last = given_begin[k], given_begin[k + 1]
        if event_begin.size:
            e, last = event_begin[k], event_begin[k + 1]
        stopped[k] = high + 1
        for q in range(first[k], high + 1):
            arrives = lid * R * stride + (q - low) * 2
            while e < last and event_step[e] < q:
                e += 1
            free = until[lid] < q
            whole = on_grid or until[lid] != q
            if whole:
                V_th = math.inf if on_grid else numbers[n + V_TH]
                whole = _whole_step(
                    lid,
                    at,
                    R,
                    sensitive,
                    numbers,
                    receptors,
                    state,
                    free,
                    V_th,
                    arriving,
                    arrives,
                    stride,
                    dt,
                )
            if on_grid and g < g_last and given_step[g] == q:
                c = counts[0]
                counts[0] += 1
                spike_lid[c], spike_step[c] = lid, q
                _reset(at, R, sensitive, numbers, n, state, 0.0, 0.0, spike_numbers, c * (2 + kept))
                until[lid], until_early[lid] = q + refractory[lid], 0.0
                g += 1
            if not whole:
                if not event_begin.size:
                    stopped[k] = q
                    break
                left = dt
                why = _AT_EVENT
                while why != _AT_END:
                    why, next_left = _AT_END, 0.0
                    if e < last and event_step[e] == q:
                        why, next_left = _AT_EVENT, event_early[e]
                    if not free and until[lid] == q and until_early[lid] >= next_left:
                        why, next_left = _AT_RELEASE, until_early[lid]
                    slopes = _slopes(lid, at, R, numbers, receptors, state)
                    duration = left - next_left
                    if free:
                        s = _crossing(
                            state[at], slopes[0], slopes[1], slopes[2], numbers[n + V_TH], duration
                        )
                        if s >= 0.0:
                            why, duration = _AT_SPIKE, s
                            next_left = left - s
                    _move(lid, at, R, sensitive, numbers, receptors, state, duration, free, slopes)
                    left = next_left
                    if why == _AT_SPIKE:
                        slopes = _slopes(lid, at, R, numbers, receptors, state)
                        c = counts[0]
                        counts[0] += 1
                        spike_lid[c], spike_step[c] = lid, q
                        _reset(
                            at,
                            R,
                            sensitive,
                            numbers,
                            n,
                            state,
                            left,
                            slopes[0],
                            spike_numbers,
                            c * (2 + kept),
                        )
                        free = False
                        until[lid], until_early[lid] = q + refractory[lid], left
                    elif why == _AT_RELEASE:
                        slopes = _slopes(lid, at, R, numbers, receptors, state)
                        c = counts[1]
                        counts[1] += 1
                        release_lid[c], release_slope[c] = lid, slopes[0]
                        free = True
                    elif why == _AT_EVENT:
                        r = event_receptor[e]
                        to = at + 1 + 2 * r
                        if receptors[m + r * OF_RECEPTOR + IS_ALPHA] != 0.0:
                            to += 1
                        state[to] += event_weight[e]
                        e += 1
            if column[lid] >= 0:
                to = ((q - trace_from) * n_columns + column[lid]) * kept
                trace[to] = state[at]
                if sensitive:
                    trace[to + 1] = state[at + of_V]
                    for r in range(R):
                        trace[to + 2 + r] = state[at + of_V + 1 + 3 * r]
