"""Short-term plasticity against recurrences written as obvious loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.kernels.deliver.efficacy import depress_spikes, facilitate_spikes

N_SOURCES, FIRST_GID, CAPACITY, DT = 5, 3, 64, 0.1
# The state of the second is not kept.
NUMBER_OF = np.array([0, -1, 1, 2, 3], dtype=np.int32)
N_HELD, HELD = 4, [3, 5, 6, 7]
both = pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
moment = pytest.mark.parametrize("after", [0, 1])


def trains(seed):
    """Spikes of sources, some of which have no plasticity: gids of each step."""
    rng = np.random.default_rng(seed)
    return [np.flatnonzero(rng.random(FIRST_GID + N_SOURCES + 2) < 0.1) for _ in range(200)]


def run(kernel, spikes, interval, given):
    """Admit the spikes interval by interval; (step, gid, release) of those with plasticity."""
    gids, begin = np.zeros(CAPACITY, dtype=np.uint32), np.zeros(30, dtype=np.int64)
    efficacy = np.zeros(CAPACITY)
    tail, found = 0, []
    for first in range(0, len(spikes), interval):
        steps = spikes[first : first + interval]
        was = tail
        for m, now in enumerate(steps):
            for gid in now:
                gids[tail % CAPACITY] = gid
                tail += 1
            begin[(first + m + 1) % begin.size] = tail
        kernel(gids, begin, first, len(steps), FIRST_GID, NUMBER_OF, *given, efficacy)
        number = was
        for m, now in enumerate(steps):
            for gid in now:
                if gid in HELD:
                    found.append((first + m, int(gid), efficacy[number % CAPACITY]))
                number += 1
    return found


def check(found, expected):
    assert [f[:2] for f in found] == [e[:2] for e in expected]
    assert len(found) > 50
    np.testing.assert_allclose([f[2] for f in found], [e[2] for e in expected], rtol=1e-12)


@both
@moment
@pytest.mark.parametrize("interval", [1, 7])
def test_depression(python, after, interval):
    spikes, U, tau = trains(1), 0.3, 5.0
    kernel = depress_spikes.py_func if python else depress_spikes
    last = np.zeros(N_HELD, dtype=np.int64)
    found = run(kernel, spikes, interval, (np.ones(N_HELD), last, DT / tau, U, after))
    x, expected = dict.fromkeys(HELD, 1.0), []
    for step, now in enumerate(spikes):
        for gid in x:
            if step > 0:
                x[gid] = 1 - (1 - x[gid]) * math.exp(-DT / tau)
            if gid in now:
                before = x[gid]
                x[gid] -= U * before
                expected.append((step, gid, x[gid] if after else before))
    check(found, expected)


@both
@moment
@pytest.mark.parametrize("u_after", [0, 1])
def test_facilitation(python, after, u_after):
    spikes, U, tau_f, tau_d, u_0 = trains(2), 0.2, 8.0, 3.0, 0.1
    kernel = facilitate_spikes.py_func if python else facilitate_spikes
    u, x = np.full(N_HELD, u_0), np.ones(N_HELD)
    last = np.zeros(N_HELD, dtype=np.int64)
    found = run(kernel, spikes, 4, (u, x, last, DT / tau_f, DT / tau_d, U, u_after, after))
    state = {gid: [u_0, 1.0] for gid in HELD}
    expected = []
    for step, now in enumerate(spikes):
        for gid, ux in state.items():
            if step > 0:
                ux[0] *= math.exp(-DT / tau_f)
                ux[1] = 1 - (1 - ux[1]) * math.exp(-DT / tau_d)
            if gid in now:
                u_old, x_old = ux
                ux[0] = u_old + U * (1 - u_old)
                ux[1] = x_old - ux[0] * x_old
                released = (ux[0] if u_after else u_old) * (ux[1] if after else x_old)
                expected.append((step, gid, released))
    check(found, expected)
