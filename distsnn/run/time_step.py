"""A change of the time step between two runs: the state of a rank in steps of another length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.codegen.program_arguments import OfTable
from distsnn.describe.values.time_steps import steps_until
from distsnn.errors import ParameterError
from distsnn.kernels.deliver.deliver import NEVER
from distsnn.run.engine import Engine
from distsnn.run.spikes.spikes_in_flight import Ring
from distsnn.run.state.checkpoint_state import path_of_ring
from distsnn.run.state.state_in_memory import StateInMemory

# As in Brian 2, in steps: what differs from a whole number by less is whole.
_WHOLE = 1e-4
# By so much of a step a spike may be early and still count as one of the step, as in Brian 2.
_EARLY = 1e-3
# No neuron has spiked that long ago.
_LONG_AGO = -(1 << 59)


@dataclass(frozen=True)
class StepChange:
    """A network at step `step` of `before` ms goes on with step `next_step` of `after` ms."""

    before: float
    after: float
    step: int
    next_step: int

    @classmethod
    def at(cls, time: float, before: float, after: float, step: int) -> StepChange:
        """The change at a time (ms), which is step `step`.

        Raises ParameterError if the time is no whole number of new steps; as in Brian 2.
        """
        old, new = (float(np.round(time / dt) * dt) for dt in (before, after))
        if abs(new - old) / after > _WHOLE:
            raise ParameterError(
                "Network",
                f"dt was set from {before:g} ms to {after:g} ms at {time:g} ms",
                f"the time reached is a whole number of new steps, and {time:g} ms is no multiple "
                f"of {after:g} ms",
                "run to such a time first, or choose another dt",
            )
        return cls(before, after, step, steps_until(time, after))

    @property
    def factor(self) -> float:
        """New steps in an old one."""
        return self.before / self.after

    def exact(self, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """New steps (float64) for old ones, and whether they are whole; negative ones stay."""
        new = steps * self.factor
        whole = np.round(new)
        kept = steps < 0
        return np.where(kept, steps, whole), kept | (np.abs(new - whole) <= _WHOLE)


class StateInNewSteps:
    """The state of one rank in steps of another length. Collective.

    Parameters
    ----------
    state : StateInMemory
        The state in old steps, in/out.
    before, after : Engine
        The engine of the rank with old and with new steps.

    Attributes
    ----------
    problem : str
        What cannot be put in new steps, the same on all ranks; empty if nothing.
    rounded : bool
        Whether last spikes of neurons, on some rank, lie between new steps. They count as those of
        the next step, so that refractoriness ends as in Brian 2.
    """

    def __init__(
        self, change: StepChange, state: StateInMemory, before: Engine, after: Engine
    ) -> None:
        self._change, self._state = change, state
        self._before, self._after = before, after
        self._problem, self._rounded = "", False
        for name in state.paths:
            if name.startswith("neurons/") and name.endswith("/_last_spike"):
                self._put_last_spikes(name)
            elif name.endswith(("/last_step", "_previous_step")):
                self._put_remembered(name, self._state.read(name))
            elif name.startswith("histories/"):
                self._put_history(name)
        self._check_dendrites()
        for old, new in zip(before.rings, after.rings, strict=True):
            self._put_flight(old, new)
        state.step = change.next_step
        found = before.world.allgather_object((self._problem, self._rounded))
        self.problem = next((problem for problem, _ in found if problem), "")
        self.rounded = any(rounded for _, rounded in found)

    def _put_last_spikes(self, name: str) -> None:
        last = self._state.read(name)
        new, whole = self._change.exact(last)
        later = np.ceil(last * self._change.factor - _EARLY)
        never = last < _LONG_AGO
        self._rounded |= not (whole | never).all()
        self._state.put(name, np.where(never, last, np.where(whole, new, later)).astype(np.int64))

    def _put_remembered(self, name: str, steps: np.ndarray) -> None:
        new, whole = self._change.exact(steps)
        if not whole.all():
            self._problem = "synapses that change remember spikes at times between new steps"
        self._state.put(name, new.astype(np.int64))

    def _put_history(self, name: str) -> None:
        rows = self._state.read(name).copy()
        rows[:, 1], whole = self._change.exact(rows[:, 1])
        if not whole.all():
            self._problem = "synapses that change remember spikes at times between new steps"
        self._state.put(name, rows)

    def _check_dendrites(self) -> None:
        """Find parts of delays that have changed although their sums may not have."""
        for t, part in enumerate(self._before.build.plastic.parts):
            if part is None:
                continue
            old, new = (
                np.asarray(engine.values[OfTable(t)["dendritic"]], dtype=np.float64) * dt
                for engine, dt in (
                    (self._before, self._change.before),
                    (self._after, self._change.after),
                )
            )
            if old.shape != new.shape or not np.allclose(old, new, rtol=1e-9):
                self._problem = (
                    "synapses that change have dendritic delays that are no whole numbers of old "
                    "and of new steps"
                )

    def _put_flight(self, old: Ring, new: Ring) -> None:
        """Put the spikes in flight of one ring where their events come as in Brian 2.

        What was due in k steps is due in k times old by new step, rounded to the nearest.
        """
        name = path_of_ring(self._before.build, old)
        step = self._state.read(f"{name}/step")
        delays = _delays(self._before, old), _delays(self._after, new)
        n_spikes = sum(self._before.world.allgather_object(step.size))
        if n_spikes and not self._fit(*delays):
            self._problem = (
                "spikes are on their way through synapses whose delays are no whole numbers of "
                "old and of new steps"
            )
            return
        ago = self._change.step - step
        # Where nothing is to come, where spikes lie matters to no one.
        new_ago = np.ceil(ago * self._change.factor - 0.5).astype(np.int64)
        least = np.full(step.size, NEVER, dtype=np.int64)
        for delay, new_delay in zip(*delays, strict=True) if n_spikes else ():
            to_come = delay >= ago
            due = np.floor((delay - ago) * self._change.factor + 0.5 + 1e-9).astype(np.int64)
            first = to_come & (least == NEVER)
            new_ago[first], least[first] = (new_delay - due)[first], new_delay
            if (new_ago != new_delay - due)[to_come].any():
                self._problem = "spikes are on their way whose events would move apart"
        kept = np.flatnonzero(new_ago <= self._after.longest_of(new))
        new_step = self._change.next_step - new_ago
        if old.group is None:
            order = kept[np.argsort(new_step[kept], kind="stable")]
        else:
            order = kept[np.lexsort((self._state.read(f"{name}/index")[kept], new_step[kept]))]
        for part in self._state.names(name):
            self._state.put(f"{name}/{part}", self._state.read(f"{name}/{part}")[order])
        self._state.put(f"{name}/step", new_step[order])
        self._state.put(f"{name}/least", least[order])

    def _fit(self, old: np.ndarray, new: np.ndarray) -> bool:
        """Whether each old delay has become one new delay."""
        if old.size != new.size:
            return False
        if old.size <= 1 and not any(self._before.build.plastic.parts):
            return True
        return bool(np.allclose(old * self._change.before, new * self._change.after, rtol=1e-9))


def _delays(engine: Engine, ring: Ring) -> np.ndarray:
    """All delays (int64, ascending) of synapses that a ring reaches, on all ranks."""
    tables = [*ring.tables, *(table.owner for table in ring.in_rows)]
    local = [engine.values[table["delays"]].tolist() for table in tables]
    of_ranks = engine.world.allgather_object(sorted({d for delays in local for d in delays}))
    return np.array(sorted({d for delays in of_ranks for d in delays}), dtype=np.int64)
