"""One pathway of synapses as users hold it."""

from __future__ import annotations

from typing import Any, Protocol

from distsnn.describe.checks.settable import BEFORE_RUN, Settable
from distsnn.describe.synapses.equation_based import delay_variable
from distsnn.front.variable_view import Assignable, VariableView


class WithPathways(Assignable, Protocol):
    """Synapses with several pathways."""

    def _called(self) -> str:
        """Name in messages."""

    def assign(self, variable: str, value: Any) -> None:
        """Set a variable of all synapses."""


class PathwayView(Settable):
    """One pathway of synapses, for its delays: ``S.pre.delay = 2*ms``."""

    SETTABLE = {"delay": BEFORE_RUN}

    def __init__(self, synapses: WithPathways, name: str) -> None:
        self._synapses = synapses
        self._name = name

    def _called(self) -> str:
        return f"{self._synapses._called()}.{self._name}"

    @property
    def delay(self) -> Any:
        """Delay of each synapse, float64 (n,), ms."""
        variable = delay_variable(self._name)
        return VariableView(self._synapses, variable)

    @delay.setter
    def delay(self, value: Any) -> None:
        self._synapses.assign(delay_variable(self._name), value)
