"""Refractory periods that are set between runs: those that have begun go on as they were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.nest.network_parts.neuron_cells import Cells

# Parameters that say how long neurons stand still after a spike.
PERIODS = frozenset({"t_ref", "dead_time"})


@dataclass(eq=False)
class _Later:
    """Values (ms) that some neurons of a group take, with their next spike at the latest."""

    cells: Cells
    variable: str
    index: np.ndarray
    values: np.ndarray
    since: int


class LaterPeriods:
    """Periods that neurons take when they neither end one nor would begin one by that.

    Parameters
    ----------
    dt : float
        Time step, ms.
    """

    def __init__(self, dt: float) -> None:
        self._dt = dt
        self._later: list[_Later] = []

    def take(
        self, cells: Cells, variable: str, index: np.ndarray, values: np.ndarray, step: int
    ) -> None:
        """Periods (ms) were set of some neurons before a step. Collective."""
        for one in self._of(cells, variable):
            left = ~np.isin(one.index, index)
            one.index, one.values = one.index[left], one.values[left]
        self._later.append(_Later(cells, variable, index, values, step))
        self.put_due(step)

    def put_due(self, step: int) -> None:
        """Let neurons have the periods that act from a step on. Collective."""
        for one in self._later:
            group = one.cells.group
            now = np.array(getattr(group, one.variable)[:])
            last = np.round(np.asarray(group.lastspike[:])[one.index] / self._dt)
            longest = np.maximum(self._steps(now[one.index]), self._steps(one.values))
            due = (last >= one.since) | (last + longest < step)
            if due.any():
                now[one.index[due]] = one.values[due]
                group.assign(one.variable, 0, group.N, now)
            one.index, one.values = one.index[~due], one.values[~due]
        self._later = [one for one in self._later if one.index.size]

    def next_change(self, step: int) -> float:
        """The next step before which some may be due."""
        return step + 1 if self._later else np.inf

    def put_values(self, cells: Cells, variable: str, found: np.ndarray) -> None:
        """Put what was set into the values (ms) of all neurons of a group."""
        for one in self._of(cells, variable):
            found[one.index] = one.values

    def _of(self, cells: Cells, variable: str) -> list[_Later]:
        return [one for one in self._later if one.cells is cells and one.variable == variable]

    def _steps(self, times: np.ndarray) -> np.ndarray:
        return np.ceil(times / self._dt - 1e-9)
