"""Delivery with factors and from runs against an obvious loop over synapses."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.deliver.deliver import deliver_uniform, deliver_weighted
from distsnn.kernels.deliver.deliver_dense import (
    count_runs,
    deliver_uniform_dense,
    deliver_weighted_dense,
    write_runs,
)

both = pytest.mark.parametrize("python", [False, True], ids=["compiled", "python"])
# Segments: a run, nothing, a run with a hole, backwards, the last slot of a tile, a repetition.
TARGETS = [[5, 6, 7, 8], [], [0, 1, 3, 4, 5], [9, 8, 7], [65534, 65535], [2, 2, 3]]
DUE = np.array([2, 0, 3, 5, 1, 4, 2])
FACTOR = np.array([0.3, 1.0, 0.7, 0.1, 2.0, 0.9, 0.6])
# Where in the ring the spike of each due segment is, and what each spike there releases.
AT = np.array([7, 1, 0, 6, 3, 2, 5])
RELEASE = np.full(8, np.nan)
RELEASE[AT] = FACTOR


def table(dtype):
    rng = np.random.default_rng(1)
    target = np.concatenate(TARGETS).astype(np.uint16)
    segment_synapse = np.cumsum([0, *map(len, TARGETS)])
    weight = rng.normal(size=target.size).astype(dtype)
    return target, segment_synapse, weight, rng.normal(size=len(TARGETS))


def expected(weight_of):
    """Add up one synapse after the other."""
    slots = np.linspace(0, 1, 65536)
    target, segment_synapse, _, _ = table("f8")
    for segment, factor in zip(DUE, FACTOR, strict=True):
        for k in range(segment_synapse[segment], segment_synapse[segment + 1]):
            slots[target[k]] += weight_of(segment, k) * factor
    return slots


def runs_of(target, segment_synapse, python):
    count, write = (k.py_func if python else k for k in (count_runs, write_runs))
    n = count(segment_synapse, target)
    made = (
        np.empty(segment_synapse.size, dtype=np.int64),
        np.empty(n, dtype=np.uint16),
        np.empty(n + 1, dtype=np.int64),
    )
    write(segment_synapse, target, *made)
    return made


@both
def test_runs(python):
    target, segment_synapse, _, _ = table("f8")
    segment_run, run_target, run_synapse = runs_of(target, segment_synapse, python)
    assert segment_run.tolist() == [0, 1, 1, 3, 6, 7, 9]
    assert run_target.tolist() == [5, 0, 3, 9, 8, 7, 65534, 2, 2]
    assert run_synapse.tolist() == [0, 4, 6, 9, 10, 11, 12, 14, 15, 17]


@both
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("dense", [False, True])
def test_weights(python, dtype, dense):
    target, segment_synapse, weight, _ = table(dtype)
    slots = np.linspace(0, 1, 65536)
    if dense:
        kernel, given = (
            deliver_weighted_dense,
            (AT, RELEASE, *runs_of(target, segment_synapse, python)),
        )
    else:
        kernel = deliver_weighted
        given = (segment_synapse[DUE], AT, RELEASE, segment_synapse, target)
    kernel = kernel.py_func if python else kernel
    events = kernel(DUE.size, DUE, *given, weight, slots)
    assert np.array_equal(slots, expected(lambda _, k: float(weight[k])))
    assert events == sum(len(TARGETS[d]) for d in DUE)


@both
@pytest.mark.parametrize("dense", [False, True])
def test_common_weights(python, dense):
    target, segment_synapse, _, common = table("f8")
    slots = np.linspace(0, 1, 65536)
    if dense:
        kernel, given = (
            deliver_uniform_dense,
            (AT, RELEASE, *runs_of(target, segment_synapse, python)),
        )
    else:
        kernel = deliver_uniform
        given = (segment_synapse[DUE], AT, RELEASE, segment_synapse, target)
    kernel = kernel.py_func if python else kernel
    events = kernel(DUE.size, DUE, *given, common, slots)
    assert np.array_equal(slots, expected(lambda segment, _: common[segment]))
    assert events == sum(len(TARGETS[d]) for d in DUE)
