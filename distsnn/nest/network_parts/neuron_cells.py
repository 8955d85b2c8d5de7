"""Neurons that are one group of the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.nest_models.cell_model import CellModel, NeuronKind


@dataclass(eq=False)
class Cells:
    """Neurons that are one group of the network.

    Attributes
    ----------
    name : str
        NEST's name of their model.
    kind : NeuronKind
    gids : int64 array (N,)
        Global id of each, ascending.
    cell : CellModel
    group : NeuronGroup
    I_e : float64 array (N,)
        Constant current of each, without that of devices, pA.
    given : mapping of str to object
        Parameters that they were made with.
    """

    name: str
    kind: NeuronKind
    gids: np.ndarray
    cell: CellModel
    group: NeuronGroup
    I_e: np.ndarray = field(default_factory=lambda: np.empty(0))
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def current(self) -> str:
        """Name of the variable that currents of devices are added to."""
        return "I_e" if "I_e" in self.group.variables() else "I_stim"

    @property
    def keeps_current(self) -> bool:
        """Whether that variable is a current alone, which statements can set in each step."""
        return self.current != "I_e"

    def variable(self, name: str) -> str | None:
        """Name in the group of a parameter or variable; None if it has none."""
        known = self.group.variables()
        for found in (self.kind.variables.get(name), self.kind.recorded(name), name):
            if found in known:
                return found
        return None
