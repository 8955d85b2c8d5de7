"""The state of the simulator that PyNN's common code knows: time, populations, the network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyNN import common

import distsnn as snn
from distsnn.exchange import current_world

name = "distsnn"
# Values of injected currents that are computed at a time.
_TABLE_VALUES = 4_000_000


class ID(int, common.IDMixin):
    """The number of a cell, with which its parameters can be read and set."""


class State(common.control.BaseState):
    """The state of the simulator.

    PyNN's objects hold what a network is. The network of distsnn is made of them when it is first
    needed, and anew after `reset`. All ranks know all cells and hold all records, so that PyNN's
    common code takes every cell as local and never gathers.

    Attributes
    ----------
    net : Network or None
        The network of distsnn, once it has been made.
    trial : int
        Number of resets; each trial draws its own random numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dt: float = 0.1
        self.min_delay: float | str = "auto"
        self.max_delay: float | str = "auto"
        self.seed: int = 0
        self.threads: int | None = None
        self.clear()

    @property
    def mpi_rank(self) -> int:
        """The rank of this process."""
        return current_world().rank

    @property
    def t(self) -> float:
        """The time reached, ms."""
        return 0.0 if self.net is None else self.net.t

    @property
    def step(self) -> int:
        """The step that comes next."""
        return 0 if self.net is None else self.net.step

    @property
    def ran(self) -> bool:
        """Whether the network has been built by a run since the last reset."""
        return self.net is not None and self.net.built

    def clear(self) -> None:
        """Forget all objects."""
        self.recorders: set[Any] = set()
        self.write_on_end: list[Any] = []
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.electrodes: list[Any] = []
        self.id_counter = self.num_processes = 1
        self.unseeded = 0
        self.segment_counter = -1
        self.trial = -1
        self.net: snn.Network | None = None
        self.reset()

    def reset(self) -> None:
        """Go back to time 0: the next run makes the network anew."""
        self.net = None
        self._changed, self._made = False, set[Any]()
        self.running = False
        self.t_start = 0
        self.segment_counter += 1
        self.trial += 1

    def change(self) -> None:
        """Note that an object has been added; what has run stays, and gets it with the next run."""
        if not self.ran:
            self.net = None
        self._changed = True

    def network(self) -> snn.Network:
        """The network of distsnn, made of PyNN's objects if there is none yet."""
        if self.net is None:
            self._made = set()
            net = snn.Network(*self._objects(), dt=self.dt, seed=self.seed, threads=self.threads)
            if self.trial:
                net.store()
                for _ in range(self.trial):
                    net.restore()
            self.net = net
        elif self._changed:
            self.net.add(*self._objects())
            # Values of what has been added can be read then.
            self.net.run(0.0, namespace=self._currents(1))
        self._changed = False
        return self.net

    def _objects(self) -> list[Any]:
        """The objects that are not in the network yet."""
        objects: list[Any] = []
        populations = [p for p in self.populations if p not in self._made]
        for population in populations:
            objects.append(population.make())
        for projection in self.projections:
            if projection not in self._made:
                objects += projection.make()
        for recorder in sorted(self.recorders, key=lambda r: r.population.first_id):
            if recorder.population in populations:
                objects += recorder.make()
        self._made |= {*populations, *self.projections}
        return objects

    def has_made(self, item: Any) -> bool:
        """Whether a population or projection is part of the network that has run."""
        return self.ran and item in self._made

    def add(self, monitors: Iterable[Any]) -> None:
        """Add monitors to a network that there is already."""
        if self.net is not None:
            self.net.add(*monitors)

    def run(self, simtime: float) -> None:
        """Advance the network by a time, ms."""
        self.run_until(self.t + simtime)

    def run_until(self, tstop: float) -> None:
        """Advance the network to a time, ms."""
        net = self.network()
        self.running = True
        end = round(tstop / self.dt)
        for population in self.populations:
            population.draw_spikes(net.step, end)
        injected = [p for p in self.populations if p.n_columns]
        per_step = sum(p.n_columns for p in injected)
        chunk = max(1, _TABLE_VALUES // per_step) if per_step else end - net.step
        while True:
            steps = min(chunk, end - net.step)
            steps = min([steps, *(p.hold(net.step, steps) for p in self.populations)])
            net.run(steps * self.dt, namespace=self._currents(max(steps, 1)))
            if net.step >= end:
                return

    def _currents(self, steps: int) -> dict[str, Any]:
        """The injected currents of some steps, by the names that groups have for them."""
        names: dict[str, Any] = {"t_table": self.t}
        for population in self.populations:
            if population.n_columns:
                names |= population.table(self.step, steps)
        return names


state = State()
