"""One pathway of synapses as users hold it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from distsnn.describe.synapses import delay_variable
from distsnn.front.synaptic_array import SynapticArray
from distsnn.front.variable import Assignable


class WithPathways(Assignable, Protocol):
    """Synapses with several pathways."""

    def read(self, variable: str) -> np.ndarray:
        """Values (float64 (n,)) of a variable."""

    def assign(self, variable: str, value: Any) -> None:
        """Set a variable of all synapses."""


class PathwayView:
    """One pathway of synapses, for its delays: ``S.pre.delay = 2*ms``."""

    def __init__(self, synapses: WithPathways, name: str) -> None:
        self._synapses = synapses
        self._name = name

    @property
    def delay(self) -> np.ndarray:
        """Delay of each synapse, float64 (n,), ms."""
        variable = delay_variable(self._name)
        return SynapticArray.bound(self._synapses.read(variable), self._synapses, variable)

    @delay.setter
    def delay(self, value: Any) -> None:
        self._synapses.assign(delay_variable(self._name), value)
