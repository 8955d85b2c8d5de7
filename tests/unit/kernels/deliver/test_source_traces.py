"""Traces of sources against sums over their spikes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.kernels.deliver.source_traces import trace_spikes


@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("slow", [False, True])
def test_traces(python: bool, nearest: bool, slow: bool) -> None:
    rng = np.random.default_rng(1)
    first_gid, n, capacity, rate, slow_rate = 3, 5, 64, 0.05, 0.02
    gids = np.zeros(capacity, dtype=np.uint32)
    begin = np.zeros(31, dtype=np.int64)
    spikes = [np.flatnonzero(rng.random(n + 6) < 0.2) for _ in range(30)]
    # The state of the third is not kept.
    number_of, held = np.array([0, 1, -1, 2, 3], dtype=np.int32), [3, 4, 6, 7]
    last_step, last_number = np.full((2, 4), -1, dtype=np.int64)
    last_trace, last_slow = np.zeros(4), np.zeros(4 if slow else 0)
    previous_step, previous_number = np.zeros((2, capacity), dtype=np.int64)
    previous_trace, previous_slow = np.zeros((2, capacity))
    tail, before = 0, {gid: [] for gid in range(n + 6)}
    for first in range(0, 30, 3):
        number = tail
        for step in range(first, first + 3):
            gids[np.arange(tail, tail + spikes[step].size) % capacity] = spikes[step]
            tail += spikes[step].size
            begin[(step + 1) % begin.size] = tail
        (trace_spikes.py_func if python else trace_spikes)(
            gids, begin, first, 3, first_gid, number_of, last_step, last_number, last_trace,
            last_slow, int(nearest), rate, slow_rate,
            previous_step, previous_number, previous_trace, previous_slow,
        )  # fmt: skip
        for step in range(first, first + 3):
            for gid in spikes[step].tolist():
                own, at = before[gid], number % capacity
                if gid in held:
                    assert (previous_step[at], previous_number[at]) == (own or [(-1, -1)])[-1]
                    last = previous_step[at]
                    seen = own[-1:] if nearest else own
                    wanted = sum(math.exp(-rate * (last - s)) for s, _ in seen)
                    assert previous_trace[at] == pytest.approx(wanted)
                    wanted = sum(math.exp(-slow_rate * (last - s)) for s, _ in seen)
                    assert previous_slow[at] == pytest.approx(wanted if slow else 0.0)
                own.append((step, number))
                number += 1
    assert [before[gid][-1] for gid in held] == list(
        zip(last_step.tolist(), last_number.tolist(), strict=True)
    )
