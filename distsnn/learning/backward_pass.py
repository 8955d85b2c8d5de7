"""The backward pass of one worker: intervals of the shortest delay, from the last to the first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.errors import DistsnnError
from distsnn.exchange import World, raising_together
from distsnn.integrate.built_in.lif_sensitivities import by_time_constant
from distsnn.kernels.adjoint.backward import (
    GAIN_OF_CURRENT,
    NEVER,
    pull_rows,
    pull_silent,
    pull_steps,
)
from distsnn.kernels.adjoint.backward_between import (
    ENTRIES,
    pull_rows_between,
    pull_steps_between,
)
from distsnn.kernels.adjoint.exact_sum import LIMBS, PER_UNIT, UNITS, read_sums
from distsnn.learning.adjoint_neurons import (
    AdjointNeurons,
    adjoint_neurons,
    refractory_steps,
)
from distsnn.learning.adjoint_rows import AdjointRows
from distsnn.learning.again.run_again import RunAgain
from distsnn.learning.forward_run import (
    ForwardRun,
    ForwardSpikes,
    SilentNeurons,
)

# Steps of an interval where no delay says how many.
_INTERVAL = 1000


@dataclass(frozen=True, eq=False)
class LocalSpikes:
    """The spikes of the local neurons of one group.

    Attributes
    ----------
    position : int64 array (n,)
        Where they are among those of all.
    lid : int64 array (n,)
    begin : int64 array (steps + 1,)
        Those of the k-th step of the run are from `begin[k]` to `begin[k + 1]`.
    until : int64 array (n,)
        When the neuron was released after its spike before.
    until_early : float64 array (n,)
        How long before the end of that step, ms; 0 but in continuous time.
    by_time, by_threshold, slope, slope_after, early, by_before : float64 array (n,)
        See `pull_steps`.
    constants : float64 array (T, n) or None
        In continuous time derivatives of the potential at the crossing by time constants, mV/ms.
    n_bounded : int
        Number of those whose slope counts as the least one.
    """

    position: np.ndarray
    lid: np.ndarray
    begin: np.ndarray
    until: np.ndarray
    until_early: np.ndarray
    by_time: np.ndarray
    by_threshold: np.ndarray
    slope: np.ndarray
    slope_after: np.ndarray
    early: np.ndarray
    by_before: np.ndarray
    constants: np.ndarray | None
    n_bounded: int

    @classmethod
    def of(
        cls,
        run: ForwardRun,
        g: int,
        neurons: AdjointNeurons,
        refractory: np.ndarray,
        again: RunAgain | None,
    ) -> LocalSpikes:
        """Those of some neurons, which are held for so many steps (int64 (n,)) after a spike."""
        spikes = run.spikes[g]
        lid, position = neurons.local(spikes.index)
        step = spikes.step[position]
        released = step + refractory[lid]
        until = np.full(position.size, NEVER)
        # Spikes of a neuron one after the other.
        by_neuron = np.argsort(lid, kind="stable")
        same = np.flatnonzero(np.diff(lid[by_neuron]) == 0)
        until[by_neuron[same + 1]] = released[by_neuron[same]]
        last = np.ones(position.size, dtype=bool)
        last[same] = False
        neurons.until[lid[by_neuron[last]]] = released[by_neuron[last]]
        by_time, by_before = spikes.direct[position].copy(), spikes.by_before[position]
        until_early, constants = np.zeros(position.size), None
        if again is None or not again.exact:
            slope, slope_after, early = _slopes(run, spikes, neurons, position, lid)
        else:
            of = again.crossings[g]
            slope, slope_after, early, constants = (
                of.slope,
                of.slope_after,
                of.early,
                of.derivatives,
            )
            until_early[by_neuron[same + 1]] = early[by_neuron[same]]
            neurons.until_early[lid[by_neuron[last]]] = early[by_neuron[last]]
        if again is not None and g in again.traces:
            of_time, of_potential = again.traces[g].of_spikes(again.crossings[g])
            by_time, by_before = by_time + of_time, by_before + of_potential
        return cls(
            position,
            lid,
            np.searchsorted(step, np.arange(run.first, run.end + 1)),
            until,
            until_early,
            by_time,
            np.zeros(position.size),
            _checked(run, slope, step, neurons.index[lid]),
            slope_after,
            early,
            by_before,
            constants,
            int(np.count_nonzero(~(slope >= run.least_slope))),
        )


@dataclass(eq=False)
class PulledSynapses:
    """The synapses of one ``connect`` in the pass, with their derivatives.

    Attributes
    ----------
    projection : ProjectionDescription
    rows : AdjointRows
    weight : float64 array (n,)
    by_weight, by_delay : float64 array (n,)
    row, row_of_silent : int64 array (spikes, and silent neurons, of the source group)
    """

    projection: ProjectionDescription
    rows: AdjointRows
    weight: np.ndarray
    by_weight: np.ndarray
    by_delay: np.ndarray
    row: np.ndarray
    row_of_silent: np.ndarray


class BackwardPass:
    """Takes the derivatives of one worker from the end of a run to its begin.

    Parameters
    ----------
    world : World
        As the worker sees it.
    build : RankBuild
    run : ForwardRun
    tables : sequence of (ProjectionDescription, AdjointRows)
    again : RunAgain or None
        What the worker has run again, in continuous time, or for potentials.

    Attributes
    ----------
    neurons : dict of int to AdjointNeurons
        By index of the group.
    local : dict of int to LocalSpikes
    synapses : list of PulledSynapses
    by_time : list of float64 array (spikes,)
        Derivative by the time of each spike of each group through its synapses, on every rank;
        then that by one more spike of each silent neuron of each group.
    """

    def __init__(
        self,
        world: World,
        build: RankBuild,
        run: ForwardRun,
        tables: Sequence[tuple[ProjectionDescription, AdjointRows]],
        again: RunAgain | None = None,
    ) -> None:
        self._world, self._run, self._again = world, run, again
        self._exact = again is not None and again.exact
        entries = ENTRIES if self._exact else 2
        delays = [rows.delays for _, rows in tables]
        of_all = world.allgather_object(
            (min((d for d, _ in delays), default=1 << 30), max((d for _, d in delays), default=0))
        )
        self._interval = min([_INTERVAL, *(low for low, _ in of_all)])
        window = self._interval + max(high for _, high in of_all)
        self._groups = groups = build.description.groups
        with raising_together(world, "backward"):
            self.neurons = {
                g: adjoint_neurons(build, g, window, entries)
                for g, group in enumerate(groups)
                if isinstance(group, NeuronDescription)
            }
            self.local = {
                g: LocalSpikes.of(run, g, neurons, refractory_steps(build, g), again)
                for g, neurons in self.neurons.items()
            }
        # Local neurons with potentials in the loss, and the derivatives by these.
        self._voltages = {}
        for g, voltage in run.voltages.items():
            lid, inside = self.neurons[g].local(voltage.index)
            self._voltages[g] = lid, np.ascontiguousarray(voltage.values[:, inside])
        self.synapses = []
        for projection, rows in tables:
            g = projection.source.group
            self.synapses.append(
                PulledSynapses(
                    projection,
                    rows,
                    rows.weights(build.description, projection),
                    np.zeros(rows.target.size),
                    np.zeros(rows.target.size),
                    _rows_of(projection, run.spikes[g].index),
                    _rows_of(projection, run.silent[g].index),
                )
            )
        self._fetching: list[ForwardSpikes | SilentNeurons] = [*run.spikes, *run.silent]
        self.by_time = [np.zeros(one.step.size) for one in self._fetching]

    def by_constants(self, g: int) -> dict[str, np.ndarray]:
        """Derivative (float64 (local neurons,), 1/ms) by each time constant of a group."""
        local, neurons = self.local[g], self.neurons[g]
        found = {}
        if self._exact:
            assert local.constants is not None
            for k, name in enumerate(self._run.spikes[g].constants):
                each = (local.by_threshold + local.by_before) * local.constants[k]
                found[name] = _summed(local.lid, each, neurons.index.size)
            return self._with_potentials(g, found)
        for name, (by_potential, by_current) in self._run.spikes[g].constants.items():
            # As they were where the threshold was crossed.
            now = by_potential[local.position]
            rise = -neurons.leak[local.lid] * now
            if name == by_time_constant("tau_m"):
                rise += (neurons.above * neurons.leak**2)[local.lid]
            else:
                rise += neurons.per_current[local.lid] * by_current[local.position]
            each = local.by_threshold * (now - local.early * rise) + local.by_before * now
            # Spikes of one neuron are added from the first to the last.
            found[name] = _summed(local.lid, each, neurons.index.size)
            if g in self._run.by_constants:
                found[name] = found[name] + self._run.by_constants[g][name][neurons.index]
        return self._with_potentials(g, found)

    def _with_potentials(self, g: int, found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        for k, of_constant in enumerate(found.values()):
            if self._again is not None:
                self._again.add_constants(g, k, of_constant)
        return found

    def silent(self, g: int) -> np.ndarray:
        """Indices (int64 (n,)) of the neurons of all ranks without spikes."""
        size = self._groups[g].size
        return np.flatnonzero(np.bincount(self._run.spikes[g].index, minlength=size) == 0)

    @property
    def untraced(self) -> frozenset[int]:
        """Groups with potentials in the loss whose derivatives by time constants are not known."""
        return frozenset(self._run.untraced)

    @property
    def interval(self) -> int:
        """Steps of an interval: those of the shortest delay of all ranks."""
        return self._interval

    def run(self) -> None:
        """Go from the end to the begin. Collective."""
        high = self._run.end - 1
        while high >= self._run.first:
            low = max(self._run.first, high - self._interval + 1)
            self._pull_spikes(low, high)
            for g in self.neurons:
                self._pull_group(g, low, high)
            high = low - 1
        for neurons in self.neurons.values():
            # In the first step of the run, too.
            gain = neurons.numbers[GAIN_OF_CURRENT * neurons.index.size :][: neurons.index.size]
            neurons.current_gradient += neurons.by_membrane * gain

    def _pull_spikes(self, low: int, high: int) -> None:
        """Let what happens in an interval fetch what its synapses have changed later."""
        run, n_groups, fetching = self._run, len(self._run.spikes), self._fetching
        ends = [np.searchsorted(one.step, [low, high + 1]) for one in fetching]
        offsets = np.cumsum([0, *(int(stop - first) for first, stop in ends)])
        # The last number says whether all have been added.
        limbs = np.zeros(offsets[-1] * LIMBS + 1, dtype=np.int64)
        for table in self.synapses:
            g = table.projection.source.group
            to = self._row_arguments(table)
            for k, row in ((g, table.row), (n_groups + g, table.row_of_silent)):
                first, stop = ends[k]
                if first == stop:
                    continue
                sums = limbs[offsets[k] * LIMBS : -1], UNITS, PER_UNIT
                given = fetching[k].step[first:stop], row[first:stop], 0, int(stop - first)
                cut = table.projection.synapses in run.cut
                if k == g and self._exact:
                    step, *more = given
                    early = run.spikes[g].early[first:stop]
                    fits = pull_rows_between(
                        step, early, *more, *to, cut, table.by_weight, table.by_delay, *sums
                    )
                elif k == g:
                    fits = pull_rows(*given, *to, cut, table.by_weight, table.by_delay, *sums)
                elif not cut:
                    fits = pull_silent(*given, *to, *sums)
                limbs[-1] += not fits
        limbs = self._added(limbs)
        if limbs[-1]:
            raise DistsnnError(
                "backward",
                "a derivative is not finite, or beyond 1e48",
                "it grows without bound where many spikes in turn have a small slope at the "
                "threshold",
                "take a shorter run, or smaller weights",
            )
        found = np.zeros(offsets[-1])
        read_sums(limbs, UNITS, found)
        for k, (first, stop) in enumerate(ends):
            self.by_time[k][first:stop] = found[offsets[k] : offsets[k + 1]]

    def _row_arguments(self, table: PulledSynapses) -> tuple[Any, ...]:
        """Arguments of `pull_rows` from `begins` to `since`."""
        rows, projection = table.rows, table.projection
        neurons = self.neurons[projection.target.group]
        pulled = [neurons.pulled_by(projection.receptor)]
        if self._exact:
            pulled.append(neurons.jump_of(projection.receptor))
        return (
            rows.begins,
            rows.target,
            rows.delay,
            table.weight,
            *pulled,
            neurons.index.size,
            neurons.window,
            self._run.end,
            projection.since,
        )

    def _added(self, limbs: np.ndarray) -> np.ndarray:
        """The sum of all ranks."""
        if self._world.size == 1:
            return limbs
        received = np.empty(self._world.size * limbs.size, dtype=np.int64)
        self._world.allgather_into(limbs, received)
        total: np.ndarray = received.reshape(self._world.size, limbs.size).sum(axis=0)
        return total

    def _pull_group(self, g: int, low: int, high: int) -> None:
        """Take one group's derivatives through the states of an interval."""
        run, neurons, local = self._run, self.neurons[g], self.local[g]
        begin = local.begin[low - run.first : high - run.first + 2]
        now = slice(begin[0], begin[-1])
        local.by_time[now] += self.by_time[g][local.position[now]]
        index, values = self._by_potentials(g, low, high)
        steps = high, low, run.end - 1, neurons.window
        of_neurons = neurons.numbers, neurons.receptors, neurons.n_receptors
        derivatives = neurons.by_membrane, neurons.by_receptor
        spikes = (
            local.by_time,
            local.slope,
            local.slope_after,
            local.early,
            local.by_before,
            local.by_threshold,
        )
        if not self._exact:
            pull_steps(
                *steps,
                *of_neurons,
                *derivatives,
                neurons.until,
                neurons.released,
                neurons.current_gradient,
                neurons.pulled,
                index,
                values,
                begin,
                local.lid,
                local.until,
                *spikes,
            )
            return
        pull_steps_between(
            *steps,
            run.dt,
            *of_neurons,
            *derivatives,
            neurons.until,
            neurons.until_early,
            neurons.released,
            neurons.part,
            neurons.current_gradient,
            neurons.pulled,
            neurons.jump,
            index,
            values,
            begin,
            local.lid,
            local.until,
            local.until_early,
            *spikes,
        )

    def _by_potentials(self, g: int, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        """Local neurons (int64 (m,)), with derivatives by potentials (float64 (states * m,)).

        They are those of the loss by the potential after each step of an interval.
        """
        run, neurons = self._run, self.neurons[g]
        index, values = _NONE, np.empty((high - low + 1, 0))
        if self._again is not None:
            index, values = self._again.by_potentials(g, low, high)
        if g in self._voltages:
            of, given = self._voltages[g]
            index = np.concatenate([index, of])
            values = np.concatenate([values, given[low - run.first : high - run.first + 1]], axis=1)
        silent = run.silent[g]
        first, stop = np.searchsorted(silent.step, [low, high + 1])
        if run.surrogate is not None and first < stop:
            lid, inside = neurons.local(silent.index[first:stop])
            inside += first
            by_spike = silent.direct[inside] + self.by_time[len(run.spikes) + g][inside]
            by_spike *= run.surrogate.derivative(silent.potential[inside] - neurons.V_th[lid])
            at = np.zeros((high - low + 1, lid.size))
            at[silent.step[inside] - low, np.arange(lid.size)] = by_spike
            index, values = np.concatenate([index, lid]), np.concatenate([values, at], axis=1)
        return index, np.ascontiguousarray(values).ravel()


def _summed(index: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    # Of no values numpy makes whole numbers.
    return np.bincount(index, values, n).astype(np.float64)


def _rows_of(projection: ProjectionDescription, index: np.ndarray) -> np.ndarray:
    """Rows (int64 (n,)) of members of the source's group in a table; -1 for others."""
    row = index - projection.source.start
    return np.where((row >= 0) & (row < projection.source.size), row, -1)


def _slopes(
    run: ForwardRun,
    spikes: ForwardSpikes,
    neurons: AdjointNeurons,
    position: np.ndarray,
    lid: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slopes of the potential (float64 (n,), mV/ms) at spikes and after the refractory period.

    The threshold was crossed a part of a step before the spike: how much (float64 (n,), ms) is the
    last one.
    """
    x, rise = (spikes.at[:, k, position] for k in range(2))
    slope = neurons.drive[lid] + neurons.per_current[lid] * x.sum(axis=0)
    fall = neurons.per_current[lid] * ((x - math.e * rise) / neurons.tau[:, lid]).sum(axis=0)
    beyond = spikes.potential[position] - neurons.V_th[lid]
    with np.errstate(divide="ignore", invalid="ignore"):
        early = np.where(slope > 0.0, beyond / slope, run.dt)
    early = np.minimum(early, run.dt)
    after = neurons.per_current[lid] * spikes.after[:, 0, position].sum(axis=0)
    return slope + early * fall, neurons.drive_after[lid] + after, early


def _checked(run: ForwardRun, slope: np.ndarray, step: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Slopes at spikes (float64 (n,), mV/ms), all above 0."""
    if run.least_slope > 0.0:
        return np.maximum(slope, run.least_slope)
    if (bad := np.flatnonzero(~(slope > 0.0))).size:
        at = bad[0]
        raise DistsnnError(
            "backward",
            f"the potential of neuron {index[at]} has a slope of {slope[at]:g} mV/ms at its spike "
            f"of step {step[at]}",
            "such a spike appears or disappears with the smallest change, and its time has no "
            "derivative",
            "change the input a little, or give least_slope=",
        )
    return slope


_NONE = np.empty(0, dtype=np.int64)
