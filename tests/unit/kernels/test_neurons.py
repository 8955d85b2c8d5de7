"""The step of the last spike."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.neurons import mark_spikes


@pytest.mark.parametrize("mark", [mark_spikes, mark_spikes.py_func])
def test_last_spike(mark) -> None:
    last = np.array([-5, -5, 3, 4], dtype=np.int64)
    mark(9, 2, np.array([1, 3, 0, 0], dtype=np.int32), last)
    assert last.tolist() == [-5, 9, 3, 9]
