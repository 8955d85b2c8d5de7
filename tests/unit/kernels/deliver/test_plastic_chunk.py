"""Rounds of spikes at plastic synapses against lists of the spikes of each target."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.arithmetic.exponential import exp
from distsnn.kernels.deliver import plastic_chunk
from distsnn.kernels.deliver.history import (
    NEVER_SPIKED,
    NOTED,
    OLDER,
    TO_COME,
    append_spikes,
    fill_decays,
    width,
)

N, MASK, STEPS, CHUNK = 5, 15, 60, 40
RISE, FALL, SLOW = 0.07, 0.05, 0.02


def compiled_or_python(name: str, python: bool):
    found = getattr(plastic_chunk, name)
    return found.py_func if python else found


@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
@pytest.mark.parametrize("stride", [2, 4])
@pytest.mark.parametrize("ignores", [0, 1])
@pytest.mark.parametrize("each", [False, True], ids=["one delay", "delays"])
@pytest.mark.parametrize("centered", [0, 1])
def test_rounds(python: bool, stride: int, ignores: int, each: bool, centered: int) -> None:
    """Every spike of a target is listed once, the last one first, with the trace of the source."""
    rng = np.random.default_rng(1)
    entries = np.zeros((N, width(MASK, stride)))
    entries[:, : (MASK + 1) * stride : stride] = NEVER_SPIKED
    entries = entries.ravel()
    counts, kept, fullest = np.zeros(N, np.int64), np.full(N, -1), np.ones(1, np.int64)
    noted, older = np.full(NOTED * N, TO_COME), np.zeros(NOTED * N, np.int64)
    spikes: list[list[int]] = [[] for _ in range(N)]
    for step in range(STEPS):
        lids = np.flatnonzero(rng.random(N) < 0.2).astype(np.int32)
        for lid in lids:
            spikes[lid].append(step)
        append_spikes(step, lids.size, lids, entries, counts, kept, fullest, noted, MASK, stride, 0,
                      FALL, SLOW)  # fmt: skip
    # Some decays are beyond the first table.
    rise, fall = np.empty(12), np.empty(20)
    fill_decays(rise, RISE)
    fill_decays(fall, FALL)

    lid = rng.integers(0, N, CHUNK).astype(np.uint32)
    upto = rng.integers(50, 60, CHUNK) if each else np.full(CHUNK, 57)
    origin = rng.integers(40, 50, CHUNK)
    origin[::7] = TO_COME
    since = np.maximum(origin + ignores, 43)
    last_trace, target_trace = rng.random(CHUNK), np.zeros(CHUNK)
    history = (ignores, entries, counts, MASK, stride, fall, FALL, noted, older)
    last, trace_seen = np.zeros(CHUNK, np.int64), np.zeros(CHUNK)
    own_older = np.zeros(NOTED * CHUNK if each else 0, np.int64)
    compiled_or_python("see_each_target", python)(lid, upto, *history, last, trace_seen, own_older)
    at, place = np.arange(CHUNK, dtype=np.uint32), lid
    if each:
        place, older = at, own_older
    else:
        found = last, trace_seen, older.copy()
        at, last, trace_seen = lid, np.zeros(N, np.int64), np.zeros(N)
        noted[:] = TO_COME
        compiled_or_python("see_all_targets", python)(upto[0], *history, last, trace_seen)
        for a, b in zip(found, (last[lid], trace_seen[lid], older), strict=True):
            assert a.tobytes() == b.tobytes()
    listed, step = np.zeros(8 * CHUNK, np.uint32), np.zeros(8 * CHUNK, np.int64)
    trace, slow = np.zeros((2, 8 * CHUNK))
    first, end = 0, compiled_or_python("list_last_spikes", python)(
        at, since, last, trace_seen, target_trace, listed, step
    )  # fmt: skip
    rounds = [(first, end)]
    while end > first:
        count = compiled_or_python("trace_round", python)(
            len(rounds) - 1, first, end, lid, place, origin, since, last_trace,
            centered, older, entries, MASK, stride, rise, RISE, listed, step, trace, slow,
        )  # fmt: skip
        first, end = end, end + count
        rounds.append((first, end))
    assert len(rounds) > OLDER + 1

    for i in range(CHUNK):
        own = spikes[lid[i]]
        before = [s for s in own if s < upto[i]]
        wanted = sum(exp(-(before[-1] - s) * FALL) for s in before)
        assert target_trace[i] == pytest.approx(wanted * exp(-(upto[i] - before[-1]) * FALL))
        acting = [s for s in own if since[i] <= s < upto[i] + ignores]
        found = [
            p for begin, stop in rounds for p in range(begin, stop) if listed[p] == i
        ]  # fmt: skip
        assert list(step[found])[::-1] == acting
        for p, s in zip(found[::-1], acting, strict=True):
            left = 0.0 if centered and s != acting[0] else last_trace[i]
            assert trace[p] == pytest.approx(left * exp(-(s - origin[i]) * RISE))
            if stride == 4:
                assert slow[p] == entries[
                    int(lid[i]) * width(MASK, stride) + (own.index(s) & MASK) * stride + 2
                ]  # fmt: skip


@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
@pytest.mark.parametrize("size", [1, 6, 7, 9, 15])
def test_keep_weights(python: bool, size: int) -> None:
    """Chunks of any size write the weights of due segments, in their order."""
    stops = np.array([0, 3, 3, 10, 14])
    due = np.array([2, 0, 3])
    synapses = np.concatenate([np.arange(stops[k], stops[k + 1]) for k in due])
    given, weight = np.arange(1.0, 1 + synapses.size), np.zeros(14, np.float32)
    owner = np.concatenate([np.full(stops[k + 1] - stops[k], q) for q, k in enumerate(due)])
    for first in range(0, synapses.size, size):
        begin = -1 if synapses[first] == stops[due[owner[first]]] else synapses[first]
        compiled_or_python("keep_weights", python)(
            owner[first], begin, due, stops[due], stops, given[first : first + size], weight
        )
    wanted = np.zeros(14, np.float32)
    wanted[synapses] = given
    assert weight.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
def test_add_to_slots(python: bool) -> None:
    rng = np.random.default_rng(1)
    lid = rng.integers(0, N, CHUNK).astype(np.uint32)
    weight, factor = rng.random((2, CHUNK))
    slots, wanted = np.ones((2, N))
    compiled_or_python("add_to_slots", python)(lid, weight, factor, slots)
    for i in range(CHUNK):
        wanted[lid[i]] += weight[i] * factor[i]
    assert slots.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
def test_count_synapses(python: bool) -> None:
    stops = np.array([0, 3, 3, 10, 14])
    due = np.array([2, 0, 3, 1])
    found = compiled_or_python("count_synapses", python)(3, due, stops[due], stops)
    assert found == 7 + 3 + 4
