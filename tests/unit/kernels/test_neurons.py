"""The step of the last spike."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.neurons import keep_last_spikes, mark_spikes


@pytest.mark.parametrize("mark", [mark_spikes, mark_spikes.py_func])
def test_last_spike(mark) -> None:
    last = np.array([-5, -5, 3, 4], dtype=np.int64)
    mark(9, 2, np.array([1, 3, 0, 0], dtype=np.int32), last)
    assert last.tolist() == [-5, 9, 3, 9]


@pytest.mark.parametrize("keep", [keep_last_spikes, keep_last_spikes.py_func])
def test_the_last_spike_before(keep) -> None:
    last = np.array([-5, -4, 3, 4], dtype=np.int64)
    earlier = np.array([8, 8, 8, 8], dtype=np.int64)
    keep(2, np.array([1, 3, 0, 0], dtype=np.int32), last, earlier)
    assert earlier.tolist() == [8, -4, 8, 4]
    assert last.tolist() == [-5, -4, 3, 4]
