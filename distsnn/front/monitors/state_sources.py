"""The objects that a `StateMonitor` records: neurons, and synapses of both kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from distsnn.assemble.monitors.state_probe import StateProbe
from distsnn.assemble.monitors.synapse_probe import SynapseProbe
from distsnn.assemble.monitors.weight_probe import WeightProbe
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.front.monitors.monitor_checks import known_variables, probed_slice
from distsnn.front.monitors.recorded_indices import Source, indices_within, recorded_indices
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.language.types import FLOAT
from distsnn.language.unit_names import stored_unit
from distsnn.record.traces.report_layout import Report

States = StateProbe | SynapseProbe | WeightProbe
# Steps between values, the point of a step, and the place among what acts there.
Times = tuple[int, int, tuple[int, int, str]]


class StateSource(ABC):
    """An object with variables to record, as a `StateMonitor` sees it."""

    source: Source

    @property
    @abstractmethod
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that True means."""

    @property
    def others(self) -> tuple[str, ...]:
        """Names of further variables that can be recorded."""
        return ()

    @property
    def fixed(self) -> tuple[str, ...] | None:
        """Names of all variables; None if others may still come, with receptors."""
        return (*self.variables, *self.others)

    @abstractmethod
    def type_of(self, variable: str) -> str:
        """Type of a variable, see `distsnn.language.types`."""

    @abstractmethod
    def probe(self, of: int, variables: tuple[str, ...], index: np.ndarray, times: Times) -> States:
        """The probe of some elements; `of` is the object's index, `times` say when."""

    @abstractmethod
    def report(self, variables: tuple[str, ...], index: np.ndarray, every: int) -> Report:
        """The contents of a file of some elements."""

    def sorted(self, index: np.ndarray) -> np.ndarray:
        """Indices (int64 (n,)), each once, in the order of a file: by neuron."""
        return np.unique(index)

    def recorded(self, where: str, record: Any) -> np.ndarray:
        """Indices that `record` means; see `recorded_indices`."""
        return recorded_indices(where, record, self.source)

    def indices(self, where: str, given: Any) -> np.ndarray:
        """Indices within the source; see `indices_within`."""
        return indices_within(where, given, self.source)


class NeuronStates(StateSource):
    """Neurons of a group or slice."""

    def __init__(self, source: Subgroup) -> None:
        self.source: Subgroup = source

    @property
    def variables(self) -> tuple[str, ...]:
        """States, parameters and subexpressions, and what refractoriness brings."""
        group = self.source.group
        refractory = (
            isinstance(group, NeuronGroup)
            and isinstance(group.model, NeuronEquations)
            and group.model.refractory
        )
        return (*group.recordable(), *(("lastspike", "not_refractory") if refractory else ()))

    @property
    def fixed(self) -> tuple[str, ...] | None:
        """Those of equations."""
        return known_variables(self.source)

    def type_of(self, variable: str) -> str:
        """As the model declares it."""
        return self.source.group.type_of(variable)

    def probe(self, of: int, variables: tuple[str, ...], index: np.ndarray, times: Times) -> States:
        """A probe of states."""
        return StateProbe(of, variables, index + self.source.start, *times)

    def report(self, variables: tuple[str, ...], index: np.ndarray, every: int) -> Report:
        """A report of neurons."""
        group = self.source.group
        units = _stored(variables, {**group.recordable(), "lastspike": "second"})
        neurons = index + self.source.start
        return Report(group.name or "", units, neurons, np.zeros_like(index), every, "")


class SynapseStates(StateSource):
    """Equation-based synapses."""

    def __init__(self, source: EquationSynapses) -> None:
        self.source: EquationSynapses = source

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables and subexpressions of the synapses."""
        return self.source.recordable()

    @property
    def others(self) -> tuple[str, ...]:
        """Variables of the neurons that they join."""
        return tuple(self.source.of_neurons())

    def type_of(self, variable: str) -> str:
        """As the equations declare it."""
        return self.source.type_of(variable)

    def probe(self, of: int, variables: tuple[str, ...], index: np.ndarray, times: Times) -> States:
        """A probe of synapses."""
        return SynapseProbe(of, variables, index, *times)

    def report(self, variables: tuple[str, ...], index: np.ndarray, every: int) -> Report:
        """A report of synapses by their targets."""
        units = {name: self.source.unit_of(name) for name in variables} | {"delay": "ms"}
        return _report_of_synapses(self.source, _stored(variables, units), index, every)

    def sorted(self, index: np.ndarray) -> np.ndarray:
        """By target."""
        return _by_target(self.source, index)


class WeightStates(StateSource):
    """Built-in synapses, whose weights a rule changes."""

    def __init__(self, source: ReadySynapses) -> None:
        self.source: ReadySynapses = source

    @property
    def variables(self) -> tuple[str, ...]:
        """The weight."""
        return ("w",)

    def type_of(self, variable: str) -> str:
        """Weights are real."""
        del variable
        return FLOAT

    def probe(self, of: int, variables: tuple[str, ...], index: np.ndarray, times: Times) -> States:
        """A probe of weights."""
        del of, variables
        return WeightProbe(tuple(p.name for p in self.source.described), index, *times[:2])

    def report(self, variables: tuple[str, ...], index: np.ndarray, every: int) -> Report:
        """A report of synapses by their targets."""
        units = _stored(variables, {"w": self.source.receptor.weight_unit})
        return _report_of_synapses(self.source, units, index, every)

    def sorted(self, index: np.ndarray) -> np.ndarray:
        """By target."""
        return _by_target(self.source, index)


def state_source(where: str, source: Any) -> StateSource:
    """The source of a monitor; ParameterError if it has no variables."""
    if isinstance(source, EquationSynapses):
        return SynapseStates(source)
    if isinstance(source, ReadySynapses):
        return WeightStates(source)
    return NeuronStates(probed_slice(where, source))


def _stored(variables: tuple[str, ...], units: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, stored_unit(units.get(name, "1"))) for name in variables)


def _by_target(source: EquationSynapses | ReadySynapses, index: np.ndarray) -> np.ndarray:
    found = np.unique(index)
    return found[np.argsort(source.j[found], kind="stable")]


def _report_of_synapses(
    source: EquationSynapses | ReadySynapses,
    units: tuple[tuple[str, str], ...],
    index: np.ndarray,
    every: int,
) -> Report:
    target = source.target
    neurons = source.j[index] + target.start
    return Report(target.group.name or "", units, neurons, index, every, source.name)
