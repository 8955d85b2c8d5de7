"""Monitors of states that users do not see: at spikes, at releases, and in every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.groups.neuron_arrays import per_neuron_coefficients
from distsnn.assemble.monitors.group_reader import GroupReader
from distsnn.assemble.monitors.probe import LocalProbe, Probe, ProbedRank
from distsnn.assemble.monitors.spike_probe import SpikeProbe
from distsnn.codegen.blocks import ArgumentNames
from distsnn.codegen.probe_blocks import ROWS, Samples
from distsnn.codegen.program_arguments import Argument, OfGroup, OfProbe
from distsnn.codegen.sampled import SampledVariable
from distsnn.describe.operations import AT_END, place_in_slots
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.monitors.recorded_indices import PLACES
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.monitors.state_sources import States
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.integrate.neuron_form import REFRACTORY_STEPS

# Columns before the values in a row.
_STEP, _INDEX = range(2)
_COLUMNS = 2
# Longer than any run, ms.
_LONG = 1e12


@dataclass(frozen=True)
class _ReleaseSamples(Samples):
    """Rows of step, index and values; one for each neuron that is released in a step."""

    last_spike: Argument
    steps: Argument
    differ: bool
    variables: tuple[SampledVariable, ...]

    when = AT_END
    by_column = False

    def row(self, n_columns: int) -> tuple[int, ...]:  # noqa: ARG002 - of all samples
        return (_COLUMNS + len(self.variables),)

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        rows = np.concatenate(parts)
        return rows[np.lexsort((rows[:, _INDEX], rows[:, _STEP]))]

    def lines(self, own: OfProbe, names: ArgumentNames) -> list[str]:
        cursor, buffer = (names(own[name]) for name in ("cursor", "buffer"))
        index, last = names(own.column("index_of_lid")), names(self.last_spike)
        steps = names(self.steps) + ("[lid]" if self.differ else "")
        return [
            f"for lid in range({index}.size):",
            f"    if step - {last}[lid] == {steps}:",
            f"        at = {cursor}[{ROWS}] * {_COLUMNS + len(self.variables)}",
            f"        {buffer}[at + {_STEP}] = step",
            f"        {buffer}[at + {_INDEX}] = {index}[lid]",
            *(
                f"        {buffer}[at + {_COLUMNS + v}] = {variable.code(names)}"
                for v, variable in enumerate(self.variables)
            ),
            f"        {cursor}[{ROWS}] += 1",
        ]


@dataclass(frozen=True)
class _ReleaseProbe(Probe):
    """Reads variables of the neurons of a group in the step in which they are released."""

    group: int
    variables: tuple[str, ...]

    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        reader = GroupReader(rank, self.group, AT_END)
        form, local = rank.forms[self.group], OfGroup(self.group)
        neurons = reader.neurons
        samples = _ReleaseSamples(
            local["last_spike"],
            local.coefficient(REFRACTORY_STEPS),
            REFRACTORY_STEPS in per_neuron_coefficients(neurons, form.coefficients),
            tuple(map(reader.variable, self.variables)),
        )
        parts = [np.arange(r.start, r.stop) for r in rank.partition.ranges[self.group]]
        index = np.concatenate([np.empty(0, np.int64), *parts])
        arrays = {**reader.needed, own.column("index_of_lid"): index}
        none = np.empty(0, dtype=np.int64)
        return LocalProbe.of(own, samples, arrays, none, most=index.size)


class SpikeStates(SpikeMonitor):
    """Records spikes with any states of their neurons.

    Parameters
    ----------
    source : group
    variables : tuple of str
        States, also those that users do not see.
    name : str
    """

    def __init__(self, source: SpikeSource, variables: tuple[str, ...], name: str) -> None:
        super().__init__(source, variables or None, name=name)

    def describe_probe(self, index: int) -> SpikeProbe | None:
        """See `Monitor`."""
        if not self.record_variables:
            return None
        return SpikeProbe(index, self.record_variables, 0, len(self.source))

    def at_spikes(self, variable: str) -> np.ndarray:
        """Values (float64 (spikes,)) of a variable, in the order of the spikes."""
        at = self.record_variables.index(variable)
        return np.concatenate([np.empty(0), *(part[:, at] for part in self._values)])


class SensitivityTraces(StateMonitor):
    """Records derivatives of potentials by time constants in every step.

    Parameters
    ----------
    monitor : StateMonitor
        What records the potentials.
    variables : tuple of str
    """

    def __init__(self, monitor: StateMonitor, variables: tuple[str, ...]) -> None:
        name = f"{monitor.name}_sensitivities"
        super().__init__(monitor.source, variables, monitor.record, name=name)

    def describe_probe(self, index: int) -> States:
        """See `StateMonitor`; names are not checked."""
        place = place_in_slots(self.when, self.order, self._name or "")
        times = self._steps.every, PLACES[self.when], place
        return self._states.probe(index, self.record_variables, self.record, times)


class BeginStates(StateMonitor):
    """Records states of neurons at the begin of the first run, also those that users do not see.

    Parameters
    ----------
    source : NeuronGroup
    variables : tuple of str
    name : str
    follow : callable
        Is called with the first step of each run after it.
    """

    def __init__(
        self,
        source: NeuronGroup,
        variables: tuple[str, ...],
        name: str,
        follow: Callable[[int], None],
    ) -> None:
        super().__init__(source, variables, True, dt=_LONG, name=name)
        self._follow = follow

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:
        """See `Monitor`."""
        super().complete(first, end, samples)
        self._follow(first)

    def describe_probe(self, index: int) -> States:
        """See `StateMonitor`; names are not checked."""
        place = place_in_slots(self.when, self.order, self._name or "")
        times = self._steps.every, PLACES[self.when], place
        return self._states.probe(index, self.record_variables, self.record, times)

    def states(self, names: tuple[tuple[str, ...], ...]) -> np.ndarray:
        """Potential, then current and what lets it rise of each receptor (float64 (1 + 2 R, N))."""
        known = {name: np.asarray(getattr(self, name)) for name in self.record_variables}
        # Nothing is recorded in a run of no steps.
        first = {name: x[:, 0] if x.shape[1] else np.zeros(x.shape[0]) for name, x in known.items()}
        found = [first["V_m"]]
        for variables in names:
            each = [first[name] for name in variables]
            found += [*each, np.zeros(each[0].size)][:2]
        return np.array(found)


class ReleaseMonitor(Monitor):
    """Records variables of neurons at the end of their refractory period.

    Parameters
    ----------
    source : NeuronGroup
    variables : tuple of str
    name : str
    """

    def __init__(self, source: NeuronGroup, variables: tuple[str, ...], name: str) -> None:
        super().__init__("ReleaseMonitor", source[:], name)
        self.record_variables = variables
        self._rows: list[np.ndarray] = []

    def describe_probe(self, index: int) -> Probe:
        """See `Monitor`."""
        return _ReleaseProbe(index, self.record_variables)

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:  # noqa: ARG002 - of all monitors
        """See `Monitor`."""
        assert samples is not None
        self._rows.append(samples)

    @property
    def rows(self) -> np.ndarray:
        """Step, index and variables (float64 (n, 2 + variables)) by step, then index."""
        return np.concatenate([np.empty((0, _COLUMNS + len(self.record_variables))), *self._rows])

    @property
    def settings(self) -> list[Any]:
        """See `Monitor`."""
        return [*super().settings, *self.record_variables]

    def progress(self) -> dict[str, np.ndarray]:
        """See `Monitor`."""
        return {**super().progress(), "released": self.rows}

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """See `Monitor`."""
        self._rows = [progress["released"]]
