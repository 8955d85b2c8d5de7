"""Histories of spikes against lists of spikes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.kernels.deliver import history
from distsnn.kernels.deliver.history import (
    LAST,
    NEVER_SPIKED,
    NOTED,
    NUMBER,
    OLDER,
    TO_COME,
    UPCOMING,
)

both = pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
RATE, SLOW_RATE = 0.03, 0.01
N = 4


def of(name: str, python: bool):
    found = getattr(history, name)
    return found.py_func if python else found


def filled(python: bool, stride: int, nearest: bool, capacity: int):
    """Histories after 60 steps, dropped now and then, and the spikes of each neuron."""
    rng = np.random.default_rng(1)
    entries = np.zeros((N, of("width", python)(capacity - 1, stride)))
    entries[:, : capacity * stride : stride] = NEVER_SPIKED
    entries = entries.ravel()
    counts, kept, fullest = np.zeros(N, np.int64), np.full(N, -1), np.ones(1, np.int64)
    noted = np.full(NOTED * N, TO_COME)
    spikes: list[list[int]] = [[] for _ in range(N)]
    dropped = 0
    for step in range(60):
        if fullest[0] >= capacity:
            dropped = max(step - 3, 0)
            of("drop_entries", python)(
                dropped, entries, counts, kept, fullest, capacity - 1, stride
            )
        lids = np.flatnonzero(rng.random(N - 1) < 0.4).astype(np.int32)
        for lid in lids:
            spikes[lid].append(step)
        of("append_spikes", python)(
            step,
            lids.size,
            lids,
            entries,
            counts,
            kept,
            fullest,
            noted,
            capacity - 1,
            stride,
            int(nearest),
            RATE,
            SLOW_RATE,
        )
        needed = [sum(s >= dropped for s in own) + 1 for own in spikes]
        assert fullest[0] == max(needed)
    return entries, counts, kept, spikes


@both
@pytest.mark.parametrize("stride", [2, 4])
@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("capacity", [8, 64])
def test_entries(python: bool, stride: int, nearest: bool, capacity: int) -> None:
    entries, counts, kept, spikes = filled(python, stride, nearest, capacity)
    shaped = entries.reshape(N, -1)[:, : capacity * stride].reshape(N, capacity, stride)
    for lid, own in enumerate(spikes):
        assert counts[lid] == len(own)
        for q in range(max(kept[lid], 0), len(own)):
            step, trace = shaped[lid, q & (capacity - 1), :2]
            assert step == own[q]
            seen = own[q : q + 1] if nearest else own[: q + 1]
            assert trace == pytest.approx(sum(math.exp(-RATE * (step - s)) for s in seen))
            if stride == 4:
                seen = own[:q][-1:] if nearest else own[:q]
                wanted = sum(math.exp(-SLOW_RATE * (step - s)) for s in seen)
                assert shaped[lid, q & (capacity - 1), 2] == pytest.approx(wanted)
        if not own:
            assert (shaped[lid, :, 0] == NEVER_SPIKED).all()


@both
def test_last_before(python: bool) -> None:
    entries, counts, kept, spikes = filled(python, 2, False, 8)
    for lid, own in enumerate(spikes):
        oldest = own[kept[lid]] if kept[lid] >= 0 else -1
        for bound in range(oldest + 1, 62):
            found = of("last_before", python)(entries, lid * 24, 7, 2, counts[lid], bound)
            assert found == sum(s < bound for s in own) - 1


@both
def test_look_back(python: bool) -> None:
    """What is noted of a neuron stays true while it spikes on, and for any order of bounds."""
    entries = np.zeros((N, 24))
    entries[:, :16:2] = NEVER_SPIKED
    entries = entries.ravel()
    counts, kept, fullest = np.zeros(N, np.int64), np.full(N, -1), np.ones(1, np.int64)
    noted, older = np.full(NOTED * N, TO_COME), np.zeros(NOTED * N, np.int64)
    fall, lid = np.empty(3), np.uint32(1)
    of("fill_decays", python)(fall, RATE)
    given, kept_notes = np.array([3, 4, 7, 8]), 0
    for step in given:
        lids = np.array([lid], dtype=np.int32)
        of("append_spikes", python)(
            step, 1, lids, entries, counts, kept, fullest, noted, 7, 2, 0, RATE, SLOW_RATE
        )
        own = given[given <= step]
        for bound in [*range(step + 2), *range(step + 9, 0, -1)]:
            for ignores in (0, 1, 0):
                if of("is_noted", python)(lid, bound, noted):
                    kept_notes += 1
                else:
                    of("look_back", python)(
                        lid, bound, ignores, entries, counts, 7, 2, noted, older
                    )
                acting = own[own < bound + ignores]
                wanted = [*[int(NEVER_SPIKED)] * (OLDER + 1), *acting][-OLDER - 1 :]
                assert [*older[NOTED : NOTED + OLDER][::-1], noted[NOTED + LAST]] == wanted
                assert older[NOTED + NUMBER] == acting.size - 1
                trace = np.exp(-RATE * (bound - own[own < bound])).sum()
                found = of("trace_at", python)(lid, bound, noted, fall, RATE)
                assert found == pytest.approx(trace)
    assert kept_notes > 50
    # The last one was noted before there was another.
    assert (np.delete(noted[:NOTED], UPCOMING) == TO_COME).all()


@both
def test_decays(python: bool) -> None:
    table = np.empty(5)
    of("fill_decays", python)(table, RATE)
    for steps in range(9):
        found = of("decayed", python)(table, steps, RATE)
        assert found == pytest.approx(math.exp(-RATE * steps), rel=1e-15)
