"""The spikes of the present step, for network operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.front.neurons.regular_operations import RunsAt


class WithSpikes(RunsAt):
    """A group, or a slice of one, whose spikes of one step can be asked for."""

    @property
    def spikes(self) -> np.ndarray:
        """The neurons (int64 (n,)) of the group that have spiked in the last step. Collective.

        It is meant for network operations; a `SpikeMonitor` has all spikes. As in Brian 2, that of
        a slice counts neurons in the whole group.
        """
        group: Any = getattr(self, "group", self)
        owner = group._owner
        return np.empty(0, np.int64) if owner is None else owner.spikes_now(group)
