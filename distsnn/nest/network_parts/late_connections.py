"""Connections that are made between runs, and the spikes that were sent to others before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distsnn.front.synapses.synapses_base import Synapses
from distsnn.nest.connections.connection import Connection
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.model_table import NEURON, PARROT


class LateConnections:
    """Which spikes of before reach connections that are made between two runs.

    At the end of a slice of the shortest delay, neurons that have connections by a model of
    synapses send the spikes of the slice. They arrive at all its connections that there are then.

    Parameters
    ----------
    kernel : Kernel
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._sending: dict[str, np.ndarray] = {}

    def look(self, before: Sequence[Connection]) -> None:
        """Take over which neurons have sent: those of connections that were made before."""
        kernel = self._kernel
        self._sending = {}
        for connection in before if kernel.step else ():
            if kernel.kinds(connection.source) <= {NEURON, PARROT}:
                none = np.zeros(kernel.size + 1, dtype=bool)
                self._sending.setdefault(connection.name, none)[connection.source] = True

    def reached(self, model: str, sources: np.ndarray) -> np.ndarray:
        """Whether spikes of the last slice reach connections of each source, bool (n,)."""
        sending = self._sending.get(model)
        return np.zeros(sources.size, dtype=bool) if sending is None else sending[sources]

    def apart(self, model: str, sources: np.ndarray) -> list[tuple[np.ndarray, int]]:
        """Which connections of `sources` are reached and which not, each with the first step."""
        reached, step = self.reached(model, sources), self._kernel.step
        return [(reached, step - self._waiting()), (~reached, step)]

    def let_reach(self, synapses: Synapses, reached: np.ndarray) -> None:
        """Let synapses have spikes of the last slice, if their sources have sent them."""
        if reached.any():
            synapses.since[:] = [-self._waiting()] * len(synapses.since)

    def _waiting(self) -> int:
        """Steps of the last slice."""
        return (self._kernel.step - 1) % self._kernel.min_delay_steps() + 1
