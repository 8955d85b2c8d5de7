"""The records of PyNN: monitors of distsnn, which know all cells on every rank."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import recording

import distsnn as snn
from distsnn.exchange import current_world
from distsnn.pynn import simulator


def get_io_of(file: Any) -> Any:
    """The writer of a file of Neo, from the name of the file or as it is."""
    return recording.get_io(file) if isinstance(file, str) else file


class PopulationRecorder(recording.Recorder):
    """Records variables of a population; see PyNN."""

    _simulator = simulator

    def __init__(self, population: Any, file: Any = None) -> None:
        super().__init__(population, file)
        self._reset()
        self._cleared_at = simulator.state.step

    def _reset(self) -> None:
        self._forget_monitors()
        self._cleared_at = 0

    def _forget_monitors(self) -> None:
        self._spikes: snn.SpikeMonitor | None = None
        # By variable: cells and their monitor.
        self._states: dict[str, list[tuple[np.ndarray, snn.StateMonitor]]] = {}

    def _clear_simulator(self) -> None:
        self._cleared_at = simulator.state.step
        monitors: list[Any] = [] if self._spikes is None else [self._spikes]
        monitors += [monitor for found in self._states.values() for _, monitor in found]
        for monitor in monitors:
            recorded = monitor.progress()
            left = {name: recorded[name] for name in ("count", "period") if name in recorded}
            # Of all else nothing is kept in memory.
            monitor.go_on({name: values[:0] for name, values in recorded.items()} | left)

    def store_to_cache(self, annotations: Any = None) -> None:
        """Keep what has been recorded since the last reset as a segment."""
        super().store_to_cache(annotations)
        self._cleared_at = 0

    def _record(self, variable: Any, new_ids: set[Any], sampling_interval: float | None) -> None:
        if sampling_interval is not None and variable.name != "spikes":
            self.sampling_interval = sampling_interval
        state = simulator.state
        if not state.has_made(self.population):
            state.change()
        elif new_ids:
            state.add(self._monitor(variable.name, new_ids))

    def make(self) -> list[Any]:
        """Monitors of all that is recorded, for a group that has been made."""
        self._forget_monitors()
        found: list[Any] = []
        for variable in sorted(self.recorded, key=lambda v: str(v.name)):
            if self.recorded[variable]:
                found += self._monitor(variable.name, self.recorded[variable])
        return found

    def _monitor(self, name: str, ids: set[Any]) -> list[Any]:
        """A monitor of some cells, unless what is needed is recorded already."""
        population = self.population
        if name == "spikes":
            if self._spikes is not None:
                return []
            self._spikes = snn.SpikeMonitor(population.group)
            return [self._spikes]
        cells = np.sort(population.id_to_index(np.array([int(cell) for cell in ids])))
        variable, _ = population.celltype.recorded[name]
        made = snn.StateMonitor(population.group, variable, record=cells, dt=self.sampling_interval)
        self._states.setdefault(name, []).append((cells, made))
        return [made]

    def _trains(self, ids: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells, and the cell and time of each of their spikes, by cell and time."""
        cells = np.asarray(self.population.id_to_index(np.array([int(cell) for cell in ids])))
        if self._spikes is None or not cells.size:
            return cells, np.empty(0, np.int64), np.empty(0)
        dt = simulator.state.dt
        # A spike is known at the end of its step.
        step = np.rint(np.asarray(self._spikes.t[:]) / dt).astype(np.int64) + 1
        cell = np.asarray(self._spikes.i[:])
        chosen = np.isin(cell, cells) & (step > self._cleared_at)
        cell, step = cell[chosen], step[chosen]
        order = np.lexsort((step, cell))
        return cells, cell[order], step[order] * dt

    def _get_spiketimes(self, id: Any, clear: bool = False) -> dict[int, np.ndarray]:  # noqa: A002, ARG002 - PyNN's
        ids = id if hasattr(id, "__len__") else [id]
        cells, cell, t = self._trains(ids)
        begin, end = np.searchsorted(cell, cells), np.searchsorted(cell, cells, side="right")
        return {int(one): t[a:b] for one, a, b in zip(ids, begin, end, strict=True)}

    def _get_all_signals(
        self,
        variable: Any,
        ids: Any,
        clear: bool = False,  # noqa: ARG002 - PyNN's
    ) -> tuple[np.ndarray, None]:
        """Values of a variable (steps, cells), the last one at the time reached."""
        population, state = self.population, simulator.state
        native, factor = population.celltype.recorded[variable.name]
        every = round(self.sampling_interval / state.dt)
        first, last = -(-self._cleared_at // every), simulator.state.step // every
        cells = population.id_to_index(np.array([int(cell) for cell in ids]))
        found = np.full((last - first + 1, len(cells)), np.nan)
        now = self._now(variable.name, native)
        column_of = {int(cell): column for column, cell in enumerate(cells)}
        for recorded, monitor in self._states.get(variable.name, []):
            rows = np.rint(np.asarray(monitor.t) / (every * state.dt)).astype(np.int64) - first
            values = np.asarray(getattr(monitor, native))
            for k, cell in enumerate(recorded):
                column = column_of.get(int(cell))
                if column is not None:
                    found[rows[rows >= 0], column] = values[k, rows >= 0] / factor
        if simulator.state.step % every == 0 and self._states.get(variable.name):
            found[-1] = now[cells] / factor
        return found, None

    def _now(self, name: str, native: str) -> np.ndarray:
        """Values of all cells at the time reached."""
        population = self.population
        if simulator.state.has_made(population) or native not in population.group.variables():
            return np.asarray(getattr(population.group, native)[:], dtype=float)
        _, factor = population.celltype.recorded[name]
        return np.asarray(population._initial[name] * factor)

    def _local_count(self, variable: Any, filter_ids: Any = None) -> dict[int, int]:
        ids = sorted(self.filter_recorded(variable, filter_ids))
        cells = np.asarray(self.population.id_to_index(np.array([int(cell) for cell in ids])))
        counts = self._counts()[cells] if ids else np.empty(0, np.int64)
        return dict(zip(map(int, ids), counts.tolist(), strict=True))

    def _counts(self) -> np.ndarray:
        """Number of spikes (int64 (N,)) of each cell since the recording began."""
        size = self.population.size
        if self._spikes is None:
            return np.zeros(size, dtype=np.int64)
        if self._cleared_at == 0:
            return np.asarray(self._spikes.count)
        late = np.rint(np.asarray(self._spikes.t[:]) / simulator.state.dt) >= self._cleared_at
        return np.bincount(np.asarray(self._spikes.i[:])[late], minlength=size)

    def counts_of(self, cells: np.ndarray) -> np.ndarray:
        """Number of spikes (int64 (n,)) of those among some cells (indices) that are recorded."""
        ids: set[Any] = next(
            (found for v, found in self.recorded.items() if v.name == "spikes"), set()
        )
        if len(ids) < self.population.size:
            known = np.zeros(self.population.size, dtype=bool)
            known[self.population.id_to_index(np.array([int(one) for one in ids], int))] = True
            cells = cells[known[cells]]
        return self._counts()[cells]

    def write(
        self,
        variables: Any,
        file: Any = None,
        gather: bool = False,  # noqa: ARG002 - all ranks have all records
        filter_ids: Any = None,
        clear: bool = False,
        annotations: Any = None,
        locations: Any = None,
    ) -> None:
        """Write what has been recorded; one file, by rank 0."""
        super().write(variables, get_io_of(file), True, filter_ids, clear, annotations, locations)
        # The file is there for all ranks.
        current_world().barrier()
