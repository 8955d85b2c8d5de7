"""The results of a backward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.front.network.network import Network
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.integrate.built_in.lif_sensitivities import by_time_constant
from distsnn.learning.adjoint_rows import AdjointRows
from distsnn.learning.back.backward_pass import BackwardPass
from distsnn.learning.learning_checks import index_in

_WEIGHT, _DELAY = range(2)
# So many derivatives of each rank are brought together at once.
_PIECE = 1 << 18


@dataclass(frozen=True, eq=False)
class Gradient:
    """A loss with its gradient; complete on every rank.

    Attributes
    ----------
    value : float
        The loss.
    n_bounded : int
        Number of spikes at which the potential had a smaller slope than ``least_slope=``.
    """

    value: float
    n_bounded: int
    _network: Network
    _synapses: Mapping[str, np.ndarray]
    _currents: Mapping[int, np.ndarray]
    _times: Sequence[np.ndarray]
    _constants: Mapping[int, Mapping[str, np.ndarray]]
    _silent: Mapping[int, np.ndarray]
    _untraced: frozenset[int]
    # Of a network with trials, those of each.
    _trials: Sequence[Gradient] = ()

    def __getitem__(self, trial: int) -> Gradient:
        """The gradient of one trial, in a network with trials."""
        if not self._trials:
            raise ParameterError(
                "Gradient",
                f"that of trial {trial!r}",
                "networks with trials= have some",
                "leave it out",
            )
        return self._trials[trial]

    def weight(self, synapses: ReadySynapses) -> np.ndarray:
        """Derivative (float64 (n,), 1/unit) by each weight, in the order of ``S.i``."""
        return self._of(synapses, _WEIGHT)

    def delay(self, synapses: ReadySynapses) -> np.ndarray:
        """Derivative (float64 (n,), 1/ms) by each delay, in the order of ``S.i``."""
        return self._of(synapses, _DELAY)

    def current(self, group: NeuronGroup) -> np.ndarray:
        """Derivative (float64 (N,), 1/pA) by ``I_e`` of each neuron."""
        return self._currents[self._neurons(group)].copy()

    def time_constant(self, group: NeuronGroup, name: str) -> np.ndarray:
        """Derivative (float64 (N,), 1/ms) by a time constant of each neuron.

        `name` is ``"tau_m"``, or that of a receptor's, such as ``"tau_I_syn"``. The model of the
        group has ``sensitivities=True``.
        """
        known = self._constants[self._neurons(group)]
        if (of := by_time_constant(name)) not in known:
            names = [one.removeprefix(by_time_constant("")) for one in known]
            raise ParameterError(
                "Gradient",
                f"the derivative by {name} of {group.name}",
                f"there are those by {', '.join(names)}" if names else "there are none",
                "correct the name" if names else "give LIF sensitivities=True",
            )
        if self._index(group) in self._untraced:
            raise ParameterError(
                "Gradient",
                f"the derivative by {name} of {group.name}, whose potentials a loss depends on",
                "derivatives by time constants are recorded beside potentials",
                "make the StateMonitor before the Adjoint",
            )
        return known[of].copy()

    def spike_times(self, group: SpikeSource) -> np.ndarray:
        """Derivative (float64 (spikes,), 1/ms) by the time of each spike, in order of (t, i)."""
        self._refuse_trials("derivatives by the times of spikes")
        return self._times[self._index(group)].copy()

    def silent(self, group: NeuronGroup) -> np.ndarray:
        """Indices (int64 (n,)) of neurons without spikes, where no derivative passes.

        The derivatives by their weights are 0, unless a loss is of their potential, or a
        `Surrogate` stands in.
        """
        self._refuse_trials("neurons without spikes")
        return self._silent[self._neurons(group)].copy()

    def _refuse_trials(self, what: str) -> None:
        if self._trials:
            raise ParameterError(
                "Gradient", what, "each trial has its own", "ask that of a trial: gradient[0]"
            )

    def _of(self, synapses: ReadySynapses, which: int) -> np.ndarray:
        if not any(synapses is known for known in self._network.objects):
            raise ParameterError(
                "Gradient",
                f"{synapses!r} is not one of the network's synapses",
                "it has derivatives by those",
                "give one of them",
            )
        names = [projection.name for projection in synapses.described]
        return np.concatenate([np.empty(0), *(self._synapses[name][which] for name in names)])

    def _index(self, group: SpikeSource) -> int:
        return index_in("Gradient", self._network, group)

    def _neurons(self, group: NeuronGroup) -> int:
        if (index := self._index(group)) not in self._currents:
            raise ParameterError(
                "Gradient",
                f"{group.name} has spikes that are given",
                "currents and time constants are those of neurons",
                "ask for spike_times()",
            )
        return index

    @classmethod
    def gathered(
        cls,
        world: World,
        value: float,
        passes: Sequence[BackwardPass],
        network: Network,
        positions: list[list[np.ndarray]],
    ) -> Gradient:
        """Bring the derivatives of all ranks and threads together. Collective.

        `positions` are those of `positions_of`.
        """
        parts = [part for of_rank in world.allgather_object(_parts(passes)) for part in of_rank]
        first = passes[0]
        synapses: dict[str, np.ndarray] = {}
        for s, table in enumerate(first.synapses):
            of_threads = [one.synapses[s] for one in passes]
            local = [
                values[0] if len(values) == 1 else np.concatenate(values)
                for values in (
                    [one.by_weight for one in of_threads],
                    [one.by_delay for one in of_threads],
                )
            ]
            synapses[table.projection.name] = _in_order(world, local, positions[s])
        currents: dict[int, np.ndarray] = {}
        constants: dict[int, dict[str, np.ndarray]] = {}
        times = [by_time.copy() for by_time in first.by_time]
        silent = {g: first.silent(g) for g in first.neurons}
        n_bounded = 0
        for g in first.neurons:
            found = [part[g] for part in parts]
            currents[g] = np.zeros(sum(index.size for index, *_ in found))
            constants[g] = {name: np.zeros_like(currents[g]) for name in found[0][4]}
            for index, current, position, by_time, of_constants, bounded in found:
                n_bounded += bounded
                currents[g][index] = current
                times[g][position] = by_time
                for name, values in of_constants.items():
                    constants[g][name][index] = values
        return cls(
            value, n_bounded, network, synapses, currents, times, constants, silent, first.untraced
        )


def positions_of(world: World, rows: Sequence[Sequence[AdjointRows]]) -> list[list[np.ndarray]]:
    """Positions of the synapses of each rank, for each ``connect``. Collective.

    `rows` are those of each thread.
    """
    local = [np.concatenate([one.position for one in table]) for table in zip(*rows, strict=True)]
    return [list(table) for table in zip(*world.allgather_object(local), strict=True)]


def _in_order(world: World, local: Sequence[np.ndarray], positions: list[np.ndarray]) -> np.ndarray:
    """Derivatives (float64 (2, all)) of all ranks in the order of creation.

    `local` has two arrays (float64 (n,)) of this rank.
    """
    found = np.empty((2, sum(position.size for position in positions)))
    if world.size == 1 or found.size == 0:
        for row, values in zip(found, local, strict=True):
            row[positions[0]] = values
        return found
    # In pieces of one length, which need not be pickled, and buffers that stay in caches.
    most = max(position.size for position in positions)
    size = min(most, _PIECE)
    sent, received = np.zeros(size), np.empty((world.size, size))
    for row, values in zip(found, local, strict=True):
        for begin in range(0, most, size):
            piece = values[begin : begin + size]
            sent[: piece.size] = piece
            world.allgather_into(sent, received.ravel())
            for position, of_rank in zip(positions, received, strict=True):
                to = position[begin : begin + size]
                row[to] = of_rank[: to.size]
    return found


def _parts(passes: Sequence[BackwardPass]) -> list[dict[int, Any]]:
    return [
        {
            g: (
                neurons.index,
                neurons.current_gradient,
                one.local[g].position,
                one.local[g].by_time,
                one.by_constants(g),
                one.local[g].n_bounded,
            )
            for g, neurons in one.neurons.items()
        }
        for one in passes
    ]
