"""Rates that generators send, in tables that compiled statements read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distsnn.describe.operations import Operation
from distsnn.describe.synapses.rules import Pairs
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.nest.kernel import Kernel
from distsnn.nest.network_parts.neuron_cells import Cells
from distsnn.nest.simulation.trains import window

# Values of one table.
MOST_VALUES = 1 << 20
# The time (ms) at which all tables begin.
BEGIN = "tables_begin"


def each_step(name: str, statements: str) -> Operation:
    """Statements that run at the start of each step."""
    return Operation(name, statements, 0, 0, 0.0, "start", 0)


class RateTable:
    """The rates of the generators of one group.

    Parameters
    ----------
    cells : Cells
    kernel : Kernel
    steps : callable
        From ms to steps.
    """

    def __init__(self, cells: Cells, kernel: Kernel, steps: Callable[[float], float]) -> None:
        self._cells, self._kernel, self._steps = cells, kernel, steps
        self._name = f"rates_of_{cells.group.name}"
        self._last = np.zeros(cells.gids.size)
        every = np.arange(cells.group.N)
        source = NeuronGroup(1, "x : 1", name=f"{self._name}_source")
        made = EquationSynapses(source, cells.group, "s_w : 1", name=self._name)
        made.connect(Pairs(np.zeros_like(every), every))
        statements = f"given_post = {self._name}_values(t - {BEGIN}, j)"
        made.add_operation(each_step("*_0", statements))
        self.objects = (source, made)

    @property
    def most_steps(self) -> int:
        """The most steps that one table has."""
        return max(1, MOST_VALUES // self._last.size)

    def values(self, step: int, until: int) -> dict[str, Any]:
        """The table for some steps, by the name that statements have for it."""
        steps = np.arange(step, until)
        found = np.empty((steps.size, self._last.size))
        for k, gid in enumerate(self._cells.gids.tolist()):
            block = self._kernel.block_of(gid)
            member = gid - block.first
            stamps = self._stamps(np.asarray(block.get("amplitude_times", member)))
            values = np.append(np.asarray(block.get("amplitude_values", member)), self._last[k])
            # They are sent a step ahead; what was due before a step it was set in does not act.
            at = np.searchsorted(stamps, steps + 1, side="right") - 1
            amplitude = values[np.where(at >= np.searchsorted(stamps, step, "right"), at, -1)]
            self._last[k] = amplitude[-1]
            first, last = window(block, member, self._steps)
            found[:, k] = np.where((steps >= first) & (steps < last), amplitude, 0.0)
        return {f"{self._name}_values": TimedArray(found, self._kernel.resolution)}

    def _stamps(self, times: np.ndarray) -> np.ndarray:
        return np.round(times / self._kernel.resolution).astype(np.int64)
