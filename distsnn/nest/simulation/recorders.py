"""Spikes and traces of devices that record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.device_kinds import METERS
from distsnn.nest.models.model_table import STIMULATOR
from distsnn.nest.nodes.block import Block
from distsnn.nest.simulation.trains import window


@dataclass(eq=False)
class _Spikes:
    """Spikes of one group that a recorder gets."""

    monitor: SpikeMonitor
    # Global id of each neuron that is monitored; 0 of those that are not recorded.
    gids: np.ndarray


@dataclass(eq=False)
class _Traces:
    """Variables of some neurons of one group that a recorder gets."""

    monitor: StateMonitor
    gids: np.ndarray
    names: dict[str, str]


class Recorders:
    """All that records, of one network.

    Parameters
    ----------
    kernel : Kernel
    simulation : Simulation
    """

    def __init__(self, kernel: Kernel, simulation: Any) -> None:
        self._kernel, self._simulation = kernel, simulation
        self._spikes: dict[int, list[_Spikes]] = {}
        self._traces: dict[int, list[_Traces]] = {}
        self.monitors: list[Monitor] = []

    def record(self, recorder: int, nodes: np.ndarray) -> list[Monitor]:
        """Monitors that let a recorder record nodes."""
        before = len(self.monitors)
        block = self._kernel.block_of(recorder)
        if block.model.name in METERS:
            self._record_traces(block, recorder, nodes)
        else:
            self._record_spikes(recorder, nodes)
        return self.monitors[before:]

    def _record_spikes(self, recorder: int, nodes: np.ndarray) -> None:
        places, sources = self._simulation.places, self._simulation.sources
        for group in np.unique(places.group[nodes]).tolist():
            own = nodes[places.group[nodes] == group]
            if group >= 0:
                self._monitor(recorder, sources[group].group, places.index[own], own)
                continue
            for gid in own.tolist():
                self._record_device(recorder, gid)

    def _record_device(self, recorder: int, gid: int) -> None:
        block, devices = self._kernel.block_of(gid), self._simulation.devices
        if block.kind != STIMULATOR or block.model.name not in devices.spiking:
            raise ParameterError(
                "spike_recorder", f"node {gid} is a {block.name}, which does not spike",
                "neurons, parrots and generators of spikes are recorded", "leave it out",
            )  # fmt: skip
        if gid in devices.shared:
            train, index, _ = devices.shared[gid]
        else:
            name = f"{block.name}_{gid}_{recorder}_{len(devices.trains)}"
            train, index = devices.random_train(block, gid - block.first, 1, name), np.zeros(1, int)
        self._monitor(recorder, train.group, index, np.full(index.size, gid))

    def _monitor(
        self, recorder: int, group: SpikeSource, index: np.ndarray, gids: np.ndarray
    ) -> None:
        first, last = int(index.min()), int(index.max())
        senders = np.zeros(last - first + 1, dtype=np.int64)
        senders[index - first] = gids
        name = f"spikes_{len(self.monitors)}"
        monitor = SpikeMonitor(group[first : last + 1], name=name)
        self.monitors.append(monitor)
        self._spikes.setdefault(recorder, []).append(_Spikes(monitor, senders))

    def _record_traces(self, block: Block, recorder: int, nodes: np.ndarray) -> None:
        places, cells = self._simulation.places, self._simulation.cells
        member = recorder - block.first
        asked = block.get("record_from", member)
        every = float(block.get("interval", member))
        for group in np.unique(places.group[nodes]).tolist():
            if group not in cells:
                raise ParameterError(
                    block.name, "it records nodes that are no neurons", "neurons are recorded",
                    "leave them out",
                )  # fmt: skip
            own = nodes[places.group[nodes] == group]
            kind = cells[group].kind
            names = {}
            for name in asked:
                found = kind.recorded(name)
                if found is None or found not in cells[group].group.recordable():
                    unknown_name(f"{block.name} on {cells[group].name}", name, kind.recordables)
                names[name] = found
            if not names:
                continue
            monitor = StateMonitor(
                cells[group].group,
                list(dict.fromkeys(names.values())),
                places.index[own],
                dt=every,
                name=f"traces_{len(self.monitors)}",
            )
            self.monitors.append(monitor)
            self._traces.setdefault(recorder, []).append(_Traces(monitor, own, names))

    # ---- what was recorded

    def events(self, recorder: int) -> dict[str, Any]:
        """Senders, times and values, in the order of time and sender."""
        block = self._kernel.block_of(recorder)
        member = recorder - block.first
        meter = block.model.name in METERS
        found = self._traced(recorder) if meter else self._spiked(recorder)
        steps = found.pop("times")
        first, last = window(block, member, self._simulation.devices.steps)
        keep = (steps > first) & (steps <= last)
        if meter:
            # The samples of the last exchange are given in the next run.
            every = self._kernel.min_delay_steps()
            end = self._kernel.begun + (self._kernel.step - self._kernel.begun - 1) // every * every
            keep &= steps <= end
        keep[np.flatnonzero(keep)[: self._kernel.forgotten.get(recorder, 0)]] = False
        made = {name: values[keep] for name, values in found.items()}
        in_steps = bool(block.get("time_in_steps", member))
        times = steps[keep] if in_steps else self._kernel.ms(steps[keep])
        made["times"] = times
        if in_steps:
            made["offsets"] = np.zeros(times.size)
        return made

    def _spiked(self, recorder: int) -> dict[str, np.ndarray]:
        parts: list[tuple[np.ndarray, np.ndarray]] = []
        for one in self._spikes.get(recorder, []):
            senders = one.gids[one.monitor.values_now("i")]
            steps = self._steps(one.monitor.values_now("t")) + 1
            parts.append((steps[senders > 0], senders[senders > 0]))
        return _ordered(parts, ("times", "senders"))

    def _traced(self, recorder: int) -> dict[str, np.ndarray]:
        parts, names = [], list[str]()
        for one in self._traces.get(recorder, []):
            names = list(one.names)
            steps = self._steps(one.monitor.t)
            n = one.gids.size
            values = [np.asarray(getattr(one.monitor, v)).T.reshape(-1) for v in one.names.values()]
            at = np.repeat(steps, n), np.tile(one.gids, steps.size)
            keep = at[0] > 0
            parts.append(tuple(x[keep] for x in (*at, *values)))
        return _ordered(parts, ("times", "senders", *names))

    def _steps(self, times: Any) -> np.ndarray:
        return np.round(np.asarray(times) / self._kernel.resolution).astype(np.int64)


def _ordered(parts: Sequence[Any], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Rows of several monitors together, by time and sender."""
    kinds = [np.int64, np.int64, *[np.float64] * (len(names) - 2)]
    columns = [
        np.concatenate([np.empty(0, kind), *(part[k] for part in parts)])
        for k, kind in enumerate(kinds)
    ]
    order = np.lexsort((columns[1], columns[0]))
    return {name: column[order] for name, column in zip(names, columns, strict=True)}
