"""Spikes and traces of devices that record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.nest.kernel import Kernel, Recording
from distsnn.nest.models.device_kinds import DETECTORS, METERS, WEIGHTS, measured
from distsnn.nest.models.model_table import STIMULATOR
from distsnn.nest.nodes.block import Block
from distsnn.nest.simulation.correlations import Arrived, Bins, of_many, of_two
from distsnn.nest.simulation.trains import window


@dataclass(eq=False)
class _Spikes:
    """Spikes of one group that a recorder gets."""

    monitor: SpikeMonitor
    # Global id of each neuron that is monitored; 0 of those that are not recorded.
    gids: np.ndarray
    # Of each its receptor type and weight.
    port: np.ndarray
    weight: np.ndarray


@dataclass(eq=False)
class _Traces:
    """Variables of some neurons of one group that a recorder gets."""

    monitor: StateMonitor
    # The group, the indices of the neurons in it, and their global ids.
    group: SpikeSource
    index: np.ndarray
    gids: np.ndarray
    # See `NeuronKind`; None of a mechanism that these neurons have not: its variables are 0.
    names: dict[str, str | None]
    # The first step that is recorded, and how many lie between two.
    offset: int
    every: int
    # The step at which the recorder was connected; its first sample is later.
    since: int
    # Values of each variable at steps at which neurons were set, as they were before.
    before: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)

    def values(self, variable: str | None, steps: np.ndarray) -> np.ndarray:
        """Values of all neurons at each recorded step in turn, float64."""
        if variable is None:
            return np.zeros(self.gids.size * steps.size)
        name = variable.removeprefix("-")
        rows = np.array(getattr(self.monitor, name)).T
        for step, kept in self.before.items():
            rows[steps == step] = kept[name]
        return rows.reshape(-1) if name == variable else -rows.reshape(-1)


@dataclass(eq=False)
class _Samples:
    """Values of devices that a recorder gets: each sample is a step, a node and its values."""

    block: Block
    gids: np.ndarray
    names: list[str]
    every: int
    rows: list[tuple[np.ndarray, np.ndarray, list[np.ndarray]]] = field(default_factory=list)


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
        self._samples: dict[int, list[_Samples]] = {}
        # Of each recorder the steps from which a window counts, and its first and last step.
        self._windows: dict[int, list[tuple[float, float, float]]] = {}
        self.monitors: list[Monitor] = []

    def record(self, recording: Recording) -> None:
        """Let a recorder record nodes."""
        block = self._kernel.block_of(recording.recorder)
        self._windows.setdefault(recording.recorder, [self._window(recording.recorder)])
        if block.model.name in METERS:
            self._record_traces(block, recording.recorder, recording.nodes)
        else:
            for times in range(int(np.unique(recording.nodes, return_counts=True)[1].max())):
                self._record_spikes(_occurring(recording, times))

    def _window(self, recorder: int, step: int = 0) -> tuple[float, float, float]:
        block = self._kernel.block_of(recorder)
        first, last = window(block, recorder - block.first, self._simulation.devices.steps)
        return step, first, last

    def change_window(self, recorder: int) -> None:
        """Take over another window for what comes now."""
        if recorder in self._windows:
            self._windows[recorder].append(self._window(recorder, self._kernel.step))

    def _active(self, recorder: int, steps: np.ndarray) -> np.ndarray:
        """Whether a recorder was active at each of some steps."""
        windows = np.array(self._windows.get(recorder, [self._window(recorder)]))
        at = np.maximum(np.searchsorted(windows[:, 0], steps, side="left") - 1, 0)
        return (steps > windows[at, 1]) & (steps <= windows[at, 2])

    def _record_spikes(self, recording: Recording) -> None:
        places, sources = self._simulation.places, self._simulation.sources
        groups = places.group[recording.nodes]
        for group in np.unique(groups).tolist():
            at = np.flatnonzero(groups == group)
            own = _some(recording, at)
            if group >= 0:
                self._monitor(own, sources[group].group, places.index[own.nodes])
                continue
            for block in self._kernel.blocks:
                inside = (own.nodes >= block.first) & (own.nodes < block.first + block.n)
                if inside.any():
                    self._record_devices(block, _some(own, np.flatnonzero(inside)))

    def _record_devices(self, block: Block, recording: Recording) -> None:
        devices = self._simulation.devices
        if block.kind != STIMULATOR or block.model.name not in devices.spiking:
            raise ParameterError(
                "spike_recorder",
                f"node {recording.nodes[0]} is a {block.name}, which does not spike",
                "neurons, parrots and generators of spikes are recorded", "leave it out",
            )  # fmt: skip
        if int(recording.nodes[0]) not in devices.shared:
            name = f"{block.name}_{block.first}_{recording.recorder}_{len(devices.trains)}"
            members = [(gid - block.first, 1) for gid in recording.nodes.tolist()]
            train = devices.random_train(block, members, name)
            self._monitor(recording, train.group, np.arange(recording.nodes.size))
            return
        for k, gid in enumerate(recording.nodes.tolist()):
            train, index, _ = devices.shared[gid]
            self._monitor(_some(recording, np.full(index.size, k)), train.group, index)

    def _monitor(self, recording: Recording, group: SpikeSource, index: np.ndarray) -> None:
        first, last = int(index.min()), int(index.max())
        senders, port = np.zeros((2, last - first + 1), dtype=np.int64)
        weight = np.zeros(senders.size)
        senders[index - first] = recording.nodes
        port[index - first], weight[index - first] = recording.port, recording.weight
        name = f"spikes_{len(self.monitors)}"
        monitor = SpikeMonitor(group[first : last + 1], name=name)
        self.monitors.append(monitor)
        made = _Spikes(monitor, senders, port, weight)
        self._spikes.setdefault(recording.recorder, []).append(made)

    def _record_traces(self, block: Block, recorder: int, nodes: np.ndarray) -> None:
        places, cells = self._simulation.places, self._simulation.cells
        member = recorder - block.first
        asked = block.get("record_from", member)
        every, offset = (
            self._kernel.steps(f"{block.name}: {name}", float(block.get(name, member)))
            for name in ("interval", "offset")
        )
        for group in np.unique(places.group[nodes]).tolist():
            own = nodes[places.group[nodes] == group]
            if group not in cells:
                self._sample_devices(recorder, own, asked, every)
                continue
            kind = cells[group].kind
            known, names = cells[group].group.recordable(), dict[str, str | None]()
            for name in asked:
                found = kind.recorded(name) or ""
                there = found.removeprefix("-") in known
                if not there and name not in kind.recordables:
                    unknown_name(f"{block.name} on {cells[group].name}", name, kind.recordables)
                names[name] = found if there else None
            if not names:
                continue
            monitor = StateMonitor(
                cells[group].group,
                [*dict.fromkeys(n.removeprefix("-") for n in names.values() if n)] or ["V_m"],
                places.index[own],
                dt=self._kernel.ms(math.gcd(every, offset)),
                name=f"traces_{len(self.monitors)}",
            )
            self.monitors.append(monitor)
            self._traces.setdefault(recorder, []).append(
                _Traces(
                    monitor,
                    cells[group].group,
                    places.index[own],
                    own,
                    names,
                    offset,
                    every,
                    self._kernel.step,
                )
            )

    def _sample_devices(
        self, recorder: int, nodes: np.ndarray, asked: Sequence[str], every: int
    ) -> None:
        for gid in nodes.tolist():
            block = self._kernel.block_of(gid)
            known = measured(block.model.name)
            for name in asked:
                if name not in known:
                    unknown_name(f"multimeter on {block.name}", name, known)
            made = _Samples(block, np.array([gid]), list(asked), every)
            self._samples.setdefault(recorder, []).append(made)

    def keep(self, step: int) -> None:
        """Keep what is sampled at a step, before neurons are set. Collective.

        A sample is what is there at the end of a step; the monitor reads it when the next begins.
        """
        for one in (x for some in self._traces.values() for x in some):
            due = step > one.since and step >= one.offset and (step - one.offset) % one.every == 0
            if due and step not in one.before:
                names = {v.removeprefix("-") for v in one.names.values() if v}
                one.before[step] = {v: np.array(getattr(one.group, v)[:])[one.index] for v in names}

    def sample(self, first: int, end: int) -> None:
        """Sample devices at the ends of the steps ``first <= step < end``."""
        for one in (x for some in self._samples.values() for x in some):
            step = np.arange(first // one.every + 1, end // one.every + 1) * one.every
            values = self._simulation.devices.measure(one.block, int(one.gids[0]), step - 1)
            one.rows.append((step, np.full(step.size, one.gids[0]), [values] * len(one.names)))

    # ---- what was recorded

    def recorded(self, recorder: int) -> dict[str, Any]:
        """``events`` and ``n_events`` of a recorder; of a detector what it has counted."""
        block = self._kernel.block_of(recorder)
        if block.model.name in DETECTORS:
            return self._counted(block, recorder)
        events = self.events(recorder)
        return {"events": events, "n_events": int(events["times"].size)}

    def _counted(self, block: Block, recorder: int) -> dict[str, Any]:
        member, kernel = recorder - block.first, self._kernel
        rows = [
            (one.monitor.values_now("i"), self._steps(one.monitor.values_now("t")) + 1, one)
            for one in self._spikes.get(recorder, [])
        ]
        step = np.concatenate([np.empty(0, int), *(s for _, s, _ in rows)])
        port = np.concatenate([np.empty(0, int), *(one.port[i] for i, _, one in rows)])
        weight = np.concatenate([np.empty(0), *(one.weight[i] for i, _, one in rows)])
        sender = np.concatenate([np.empty(0, int), *(one.gids[i] for i, _, one in rows)])
        keep = np.flatnonzero(self._active(recorder, step) & (sender > 0))
        order = keep[np.lexsort((sender[keep], port[keep], step[keep]))]
        step, port, weight = step[order], port[order], weight[order]
        times = [self._simulation.devices.steps(block.get(n, member)) for n in ("Tstart", "Tstop")]
        dropped = kernel.forgotten.get(recorder, 0)
        counted = (step >= times[0]) & (step <= times[1]) & (step > dropped)
        arrived = Arrived(step, port, weight, counted)
        lags = (block.get(n, member) for n in ("delta_tau", "tau_max"))
        bins = Bins(*(kernel.steps(block.name, lag) for lag in lags))
        if block.model.name == "correlation_detector":
            return of_two(arrived, bins)
        return of_many(arrived, bins, int(block.get("N_channels", member)))

    def events(self, recorder: int) -> dict[str, Any]:
        """Senders, times and values, in the order of time and sender."""
        block = self._kernel.block_of(recorder)
        member = recorder - block.first
        meter = block.model.name in METERS
        if block.model.name == WEIGHTS:
            found = self._simulation.sent.events(recorder, self._simulation.edges)
        else:
            found = self._traced(recorder) if meter else self._spiked(recorder)
        steps = found.pop("times")
        keep = self._active(recorder, steps)
        if meter:
            # The samples of the last exchange are given in the next run.
            every = self._kernel.min_delay_steps()
            end = (self._kernel.step - 1) // every * every
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
            values = [one.values(v, steps) for v in one.names.values()]
            at = np.repeat(steps, n), np.tile(one.gids, steps.size)
            keep = (at[0] > one.since) & (at[0] >= one.offset)
            keep &= (at[0] - one.offset) % one.every == 0
            parts.append(tuple(x[keep] for x in (*at, *values)))
        for sampled in self._samples.get(recorder, []):
            names = sampled.names
            parts += [(step, gid, *values) for step, gid, values in sampled.rows]
        return _ordered(parts, ("times", "senders", *names))

    def _steps(self, times: Any) -> np.ndarray:
        return np.round(np.asarray(times) / self._kernel.resolution).astype(np.int64)


def _some(recording: Recording, at: np.ndarray) -> Recording:
    """Some of the nodes of a recording."""
    port, weight = recording.port[at], recording.weight[at]
    return Recording(recording.recorder, recording.nodes[at], port, weight)


def _occurring(recording: Recording, times: int) -> Recording:
    """The nodes that have occurred a number of times before."""
    order = np.argsort(recording.nodes, kind="stable")
    sorted_nodes = recording.nodes[order]
    rank = np.arange(order.size) - np.searchsorted(sorted_nodes, sorted_nodes)
    return _some(recording, np.sort(order[rank == times]))


def _ordered(parts: Sequence[Any], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Rows of several monitors together, by time and sender."""
    kinds = [np.int64, np.int64, *[np.float64] * (len(names) - 2)]
    columns = [
        np.concatenate([np.empty(0, kind), *(part[k] for part in parts)])
        for k, kind in enumerate(kinds)
    ]
    order = np.lexsort((columns[1], columns[0]))
    return {name: column[order] for name, column in zip(names, columns, strict=True)}
