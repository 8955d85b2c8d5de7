"""The backward pass of one worker: intervals of the shortest delay, from the last to the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.errors import DistsnnError
from distsnn.exchange import World, raising_together
from distsnn.integrate.built_in.lif_sensitivities import by_time_constant
from distsnn.kernels.adjoint.backward import GAIN_OF_CURRENT, pull_steps
from distsnn.kernels.adjoint.backward_between import pull_steps_between
from distsnn.kernels.adjoint.exact_sum import LIMBS, UNITS, read_sums
from distsnn.learning.adjoint_neurons import adjoint_neurons, refractory_steps
from distsnn.learning.adjoint_rows import AdjointRows, delays_of_all
from distsnn.learning.again.run_again import RunAgain
from distsnn.learning.back.local_spikes import LocalSpikes
from distsnn.learning.back.pulled_synapses import PulledSynapses, rows_of
from distsnn.learning.forward_run import ForwardRun, ForwardSpikes, SilentNeurons

# Steps of an interval where no delay says how many.
_INTERVAL = 1000


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
        shortest, longest = delays_of_all(world, [rows for _, rows in tables])
        self._interval = min(_INTERVAL, shortest)
        window = self._interval + longest
        self._groups = groups = build.description.groups
        with raising_together(world, "backward"):
            self.neurons = {
                g: adjoint_neurons(build, g, window, self._exact)
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
                    rows_of(projection, run.spikes[g].index),
                    rows_of(projection, run.silent[g].index),
                    projection.synapses in run.cut,
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
            neurons.current_gradient += neurons.by_membrane * neurons.numbers[GAIN_OF_CURRENT]

    def _pull_spikes(self, low: int, high: int) -> None:
        """Let what happens in an interval fetch what its synapses have changed later."""
        n_groups, fetching = len(self._run.spikes), self._fetching
        ends = [np.searchsorted(one.step, [low, high + 1]) for one in fetching]
        offsets = np.cumsum([0, *(int(stop - first) for first, stop in ends)])
        # The last number says whether all have been added.
        limbs = np.zeros(offsets[-1] * LIMBS + 1, dtype=np.int64)
        for table in self.synapses:
            g = table.projection.source.group
            neurons = self.neurons[table.projection.target.group]
            for k in (g, n_groups + g):
                first, stop = ends[k]
                if first < stop and not (k > g and table.cut):
                    to = limbs[offsets[k] * LIMBS : offsets[k + 1] * LIMBS]
                    part = slice(first, stop)
                    limbs[-1] += not table.pull(fetching[k], part, neurons, self._run.end, to)
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
        by_potentials = self._by_potentials(g, low, high)
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
                by_potentials,
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
            by_potentials,
            begin,
            local.lid,
            local.until,
            local.until_early,
            *spikes,
        )

    def _by_potentials(self, g: int, low: int, high: int) -> np.ndarray:
        """Derivatives by potentials (float64 (states, n)), of no entries if there are none.

        They are those of the loss by the potential after each step of an interval.
        """
        run, neurons = self._run, self.neurons[g]
        parts = []
        if self._again is not None and g in self._again.traces:
            parts.append(self._again.by_potentials(g, low, high))
        if g in self._voltages:
            lid, values = self._voltages[g]
            parts.append((lid, values[low - run.first : high - run.first + 1]))
        silent = run.silent[g]
        first, stop = np.searchsorted(silent.step, [low, high + 1])
        if run.surrogate is not None and first < stop:
            lid, inside = neurons.local(silent.index[first:stop])
            inside += first
            by_spike = silent.direct[inside] + self.by_time[len(run.spikes) + g][inside]
            by_spike *= run.surrogate.derivative(silent.potential[inside] - neurons.V_th[lid])
            at = np.zeros((high - low + 1, lid.size))
            at[silent.step[inside] - low, np.arange(lid.size)] = by_spike
            parts.append((lid, at))
        n = neurons.index.size
        if len(parts) == 1 and np.array_equal(parts[0][0], np.arange(n)):
            return np.ascontiguousarray(parts[0][1])
        found = np.zeros((high - low + 1, n) if any(lid.size for lid, _ in parts) else (0, n))
        for lid, values in parts:
            for of_step, each in zip(found, values, strict=False):
                # A neuron may be in several losses.
                np.add.at(of_step, lid, each)
        return found


def _summed(index: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    # Of no values numpy makes whole numbers.
    return np.bincount(index, values, n).astype(np.float64)
