"""Currents of devices that change from step to step: tables that compiled synapses read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from distsnn.describe.models.receptors.group_receptors import receptor_variables
from distsnn.describe.synapses.rules import Pairs
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.nest.kernel import Kernel
from distsnn.nest.network_parts.neuron_cells import Cells
from distsnn.nest.simulation.currents import CurrentInput
from distsnn.nest.simulation.rate_tables import BEGIN, MOST_VALUES, RateTable, each_step


class CurrentTable:
    """The currents of some devices into neurons of one group.

    Parameters
    ----------
    cells : Cells
    inputs : sequence of CurrentInput
    name : str
    first : bool
        Whether neurons of the group have no other table, which they begin each step with.
    """

    def __init__(
        self, cells: Cells, inputs: Sequence[CurrentInput], name: str, first: bool
    ) -> None:
        self.inputs, self._name = inputs, name
        begins = np.cumsum([0, *(one.n_columns for one in inputs)])
        self._begins, self.n_columns = begins[:-1].tolist(), int(begins[-1])
        source = NeuronGroup(1, "x : 1", name=f"{name}_source")
        made = EquationSynapses(
            source, cells.group, "s_w : 1\ns_column : integer (constant)", name=name
        )
        index = np.concatenate([one.index for one in inputs])
        made.connect(Pairs(np.zeros(index.size, np.int64), index))
        made.s_w = np.concatenate([one.weight for one in inputs])
        made.s_column = np.concatenate(
            [at + one.columns for at, one in zip(self._begins, inputs, strict=True)]
        )
        variable = f"{_variable(cells)}_post"
        if first:
            made.add_operation(each_step("*_0", f"{variable} = 0*pA"))
        added = f"{variable} += s_w*{name}_values(t - {BEGIN}, s_column)"
        made.add_operation(each_step("*_1", added))
        self.objects = (source, made)

    @property
    def most_steps(self) -> int:
        """The most steps that one table has."""
        return max(1, MOST_VALUES // self.n_columns)

    def values(self, step: int, until: int, dt: float) -> dict[str, Any]:
        """The table for the updates of some steps, by the name that statements have for it."""
        found = np.empty((until - step, self.n_columns))
        for at, one in zip(self._begins, self.inputs, strict=True):
            found[:, at : at + one.n_columns] = one.values(step, until)
        return {f"{self._name}_values": TimedArray(found, dt)}


def _variable(cells: Cells) -> str:
    """The variable that keeps the current in a step; neurons get one if they have none."""
    if cells.keeps_current:
        return cells.current
    clamp = cells.cell.clamp
    if clamp not in cells.group.receptors:
        cells.group.attach(clamp)
    return receptor_variables(cells.group.receptors)[cells.group.receptors.index(clamp)]


class DeviceCurrents:
    """All currents of devices, in tables or, of constant ones, as parameters of neurons.

    Parameters
    ----------
    kernel : Kernel
    cells : mapping of int to Cells
        Groups of neurons by their number.

    Attributes
    ----------
    tables : list of CurrentTable
    rates : list of RateTable
        What generators of rates send, beside them.
    """

    def __init__(self, kernel: Kernel, cells: Mapping[int, Cells]) -> None:
        self._kernel, self._cells = kernel, cells
        self._known = 0
        self._as_parameters: list[CurrentInput] = []
        self._set: dict[int, np.ndarray] = {}
        self.tables: list[CurrentTable] = []
        self.rates: list[RateTable] = []

    def take(self, inputs: Sequence[CurrentInput]) -> None:
        """Take in the currents among all `inputs` that are new.

        Neurons that have run get no further variables: their currents stay parameters.
        """
        new, self._known = inputs[self._known :], len(inputs)
        tabled: dict[int, list[CurrentInput]] = {}
        for one in new:
            cells = self._cells[one.group]
            known = cells.keeps_current or cells.cell.clamp in cells.group.receptors
            if cells.keeps_current or (not one.of.is_constant and (known or self._kernel.is_fresh)):
                tabled.setdefault(one.group, []).append(one)
            else:
                self._as_parameters.append(one)
        for group, some in tabled.items():
            first = not any(t.inputs[0].group == group for t in self.tables)
            name = f"currents_{group}_{len(self.tables)}"
            self.tables.append(CurrentTable(self._cells[group], some, name, first))

    @property
    def objects(self) -> list[Any]:
        """All that puts values into neurons."""
        return [one for table in self._every for one in table.objects]

    @property
    def _every(self) -> list[CurrentTable | RateTable]:
        return [*self.tables, *self.rates]

    def forget(self) -> None:
        """Let the parameters be set anew."""
        self._set.clear()

    def next_change(self, step: int) -> int:
        """The step up to which what `give` gives is enough."""
        found = [step + table.most_steps for table in self._every]
        return min(
            [*found, *(one.next_change(step) for one in self._as_parameters)], default=1 << 62
        )

    def give(self, step: int, until: int) -> dict[str, Any]:
        """Set the currents of some steps, and give tables by their names. Collective."""
        for number, cells in self._cells.items():
            own = [one for one in self._as_parameters if one.group == number]
            if (not own and number in self._set) or cells.keeps_current:
                continue
            current = cells.I_e.copy()
            for one in own:
                one.add_to(current, step)
            before = self._set.get(number, cells.I_e if step == 0 else None)
            if before is None or not np.array_equal(current, before):
                cells.group.assign(cells.current, 0, cells.group.N, current)
            self._set[number] = current
        found: dict[str, Any] = {}
        if self._every:
            found[BEGIN] = step * self._kernel.resolution
        for table in self.tables:
            found |= table.values(step, until, self._kernel.resolution)
        for rates in self.rates:
            found |= rates.values(step, until)
        return found
