"""The queue of a rank's own spikes, against lists."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.deliver.spikes import copy_to_ghosts, queue_spikes


@pytest.mark.parametrize("compiled", [True, False])
def test_spikes_of_each_step_are_found_again(compiled: bool) -> None:
    queue = queue_spikes if compiled else queue_spikes.py_func
    rng = np.random.default_rng(1)
    lids, begin, tail = np.zeros(32, dtype=np.uint32), np.zeros(5, dtype=np.int64), 0
    past: list[list[int]] = []
    for step in range(40):
        spiking = np.sort(rng.permutation(6)[: rng.integers(0, 7)]).astype(np.int32)
        tail = queue(step, spiking, spiking.size, lids, begin, tail)
        past.append(spiking.tolist())
        for ago in range(min(4, step + 1)):
            sent = step - ago
            numbers = range(begin[sent % 5], begin[(sent + 1) % 5])
            assert [int(lids[q & 31]) for q in numbers] == past[sent]


@pytest.mark.parametrize("compiled", [True, False])
def test_values_of_own_neurons_are_among_those_of_all(compiled: bool) -> None:
    share = copy_to_ghosts if compiled else copy_to_ghosts.py_func
    shared = np.full(6, -1.0)
    for local in ([12, 13], [], [10, 15]):
        gids = np.array(local, dtype=np.uint32)
        share(gids * 2.0, gids, 10, shared)
    assert shared.tolist() == [20, -1, 24, 26, -1, 30]
