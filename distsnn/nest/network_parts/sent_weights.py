"""Weights that spikes carry through synapses, for ``weight_recorder``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.monitors.probe import Probe
from distsnn.assemble.monitors.sent_probe import (
    SENT_INDEX,
    SENT_STEP,
    SENT_WEIGHT,
    NotedProbe,
    SentProbe,
)
from distsnn.describe.operations import AT_END
from distsnn.errors import ParameterError
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.nest.connections.connection import Connection
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.device_kinds import WEIGHTS
from distsnn.nest.network_parts.connection_part import ConnectionPart
from distsnn.nest_models.statement_kind import PREFIX, StatementKind
from distsnn.nest_models.statement_synapses import ALL_SYNAPSES

_NONE = np.empty((0, 3))


class SentMonitor(Monitor):
    """Records what each spike carries through synapses, when it arrives; see `SentProbe`.

    Parameters
    ----------
    part : ConnectionPart
    index : int64 array (n,)
        The synapses with statements that are read.
    dt : float
        Time step, ms.
    name : str
    """

    def __init__(self, part: ConnectionPart, index: np.ndarray, dt: float, name: str) -> None:
        super().__init__("weight_recorder", part.synapses, name)
        self._index, self._dt = index, dt
        self._rows = [_NONE]

    def describe_probe(self, index: int) -> Probe:
        """The probe of the monitor."""
        if isinstance(self.source, ReadySynapses):
            return SentProbe(tuple(p.name for p in self.source.described))
        noted = tuple(f"{PREFIX}{name}" for name in ("carried_at", "carried"))
        return NotedProbe(index, noted, self._index, 1, AT_END, dt=self._dt)

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:  # noqa: ARG002 - of all monitors
        """Take the rows of a run."""
        if samples is not None:
            self._rows.append(samples)

    @property
    def rows(self) -> np.ndarray:
        """Step of arrival, index of the synapse and weight of each event, float64 (n, 3)."""
        return np.concatenate(self._rows)

    def progress(self) -> dict[str, np.ndarray]:
        """Recorded data, for a checkpoint."""
        return {**super().progress(), "rows_sent": self.rows}

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """Take over what was recorded before a checkpoint."""
        super().go_on(progress)
        self._rows = [progress["rows_sent"]]


@dataclass(frozen=True, eq=False)
class _Sent:
    """A part of a call of ``Connect`` that is recorded."""

    monitor: SentMonitor
    connection: Connection
    part: ConnectionPart
    by_chance: bool


class SentWeights:
    """Weights that spikes carry through all synapses whose models name a ``weight_recorder``.

    Parameters
    ----------
    kernel : Kernel
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._sent: dict[int, list[_Sent]] = {}
        self.monitors: list[Monitor] = []

    def record(
        self, connection: Connection, parts: Sequence[ConnectionPart], edges_of: Any
    ) -> None:
        """Record what passes the connections of a call, if their model asks for it."""
        recorder = connection.nodes.get(WEIGHTS)
        if recorder is None:
            return
        if not parts:
            raise ParameterError(
                f"nest.Connect: {connection.name}",
                "devices are connected by synapses with a weight_recorder",
                "what spikes of neurons and parrots carry is recorded",
                "put a parrot_neuron between them",
            )
        kind = ALL_SYNAPSES[connection.base]
        by_chance = isinstance(kind, StatementKind) and kind.by_chance
        for part in parts:
            name = f"{WEIGHTS}_{len(self.monitors)}"
            index = np.arange(0 if part.at is None else part.at.size)
            if index.size:
                edges = edges_of(connection)
                ends = edges.source[part.at], edges.target[part.at]
                index = index[self._wanted(recorder, *ends)]
            monitor = SentMonitor(part, index, self._kernel.resolution, name)
            self.monitors.append(monitor)
            made = _Sent(monitor, connection, part, by_chance)
            self._sent.setdefault(recorder, []).append(made)

    def events(self, recorder: int, edges_of: Any) -> dict[str, np.ndarray]:
        """Columns of all events by time, sender and target; times are steps of spikes, as in NEST.

        Parameters
        ----------
        edges_of : callable
            From a connection to all of it one by one.
        """
        names = ("times", "senders", "targets", "receptors", "ports")
        columns: dict[str, list[np.ndarray]] = {n: [np.empty(0, np.int64)] for n in names}
        columns["weights"] = [np.empty(0)]
        for one in self._sent.get(recorder, []):
            rows, edges = one.monitor.rows, edges_of(one.connection)
            # In NEST those of the last slice are yet to pass.
            rows = rows[rows[:, SENT_STEP] + one.part.early < self._kernel.step]
            if one.by_chance:
                rows = rows[rows[:, SENT_WEIGHT] != 0.0]
            step, index = (rows[:, c].astype(np.int64) for c in (SENT_STEP, SENT_INDEX))
            at = index if one.part.at is None else one.part.at[index]
            delay = np.floor(edges.values["delay"][at] / self._kernel.resolution + 0.5 + 1e-9)
            columns["times"].append(step - delay.astype(np.int64) + 1 + one.part.early)
            columns["senders"].append(edges.source[at])
            columns["targets"].append(edges.target[at])
            columns["receptors"].append(edges.values["receptor_type"][at].astype(np.int64))
            columns["ports"].append(np.zeros(at.size, np.int64))
            columns["weights"].append(one.part.sign * rows[:, SENT_WEIGHT])
        found = {name: np.concatenate(parts) for name, parts in columns.items()}
        order = np.lexsort((found["targets"], found["senders"], found["times"]))
        order = order[self._wanted(recorder, found["senders"][order], found["targets"][order])]
        return {name: values[order] for name, values in found.items()}

    def _wanted(self, recorder: int, *ends: np.ndarray) -> np.ndarray:
        """Whether a recorder records events between senders and targets, bool (n,)."""
        block, keep = self._kernel.block_of(recorder), np.ones(ends[0].size, dtype=bool)
        for name, gids in zip(("senders", "targets"), ends, strict=True):
            wanted = block.get(name, recorder - block.first)
            if len(wanted):
                keep &= np.isin(gids, np.array(wanted, dtype=np.int64))
        return keep
