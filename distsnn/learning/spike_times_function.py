"""Times of spikes as a function of weights, currents and given spikes, for other frameworks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.exchange import current_world, using
from distsnn.front.network.run_arguments import checked_time
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.spike_generator import SpikeGeneratorGroup
from distsnn.front.neurons.target_checks import as_slice
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.learning.adjoint import Adjoint
from distsnn.learning.frameworks import jax_function, torch_function
from distsnn.learning.gradient import Gradient
from distsnn.learning.learning_checks import checked_array, checked_number, index_in
from distsnn.learning.losses import Loss
from distsnn.learning.recorded_run import Recorded

Argument = ReadySynapses | NeuronGroup | SpikeGeneratorGroup
_STORED = "the begin of a SpikeTimesFunction"


class SpikeTimesFunction:
    """Times of the first spikes of some neurons as a function with a derivative.

    `torch` and `jax` let losses of theirs, and layers before and after the network, learn with it.
    Each call goes back to the begin of the network and runs it; random draws are the same each
    time. All ranks call it with the same values.

    Parameters
    ----------
    adjoint : Adjoint
    output : group or slice
    duration : float, ms
    arguments : sequence of Synapses, NeuronGroup and SpikeGeneratorGroup
        What the arguments of the function are: weights of synapses in the order of ``S.i``,
        currents ``I_e`` of neurons, times of given spikes in the order in which they were given.
    n_spikes : int
        So many first spikes of each neuron. Those that are not there have the end of the run as
        their time, and derivatives only with a `Surrogate`, and then the first alone.
    least_slope : float, mV/ms
        See `Adjoint.backward`.

    Raises
    ------
    ParameterError
        If the network has run, or an argument is no part of it.

    Examples
    --------
    >>> import distsnn as snn
    >>> from distsnn import learning
    >>> source = snn.SpikeGeneratorGroup(1, [0], [1.0])
    >>> cell = snn.NeuronGroup(1, snn.LIF(tau_m=10.0))
    >>> S = snn.Synapses(source, cell, snn.Exponential(tau=5.0), weight=2500.0, delay=1.0)
    >>> S.connect()
    >>> adjoint = learning.Adjoint(snn.Network(source, cell, S))
    >>> times = learning.SpikeTimesFunction(adjoint, cell, 20.0, [S])
    >>> times([3000.0]) < times([2500.0])
    array([[ True]])
    """

    def __init__(
        self,
        adjoint: Adjoint,
        output: SpikeSource | Subgroup,
        duration: float,
        arguments: Sequence[Argument],
        n_spikes: int = 1,
        least_slope: float = 0.0,
    ) -> None:
        where = "SpikeTimesFunction"
        if not isinstance(adjoint, Adjoint) or adjoint.network.built:
            raise ParameterError(
                where,
                f"adjoint={adjoint!r}",
                "adjoint is the Adjoint of a network that has not run",
                "make the function before the first run",
            )
        if isinstance(n_spikes, bool) or not isinstance(n_spikes, int) or n_spikes < 1:
            raise ParameterError(
                where, f"n_spikes={n_spikes!r}", "n_spikes is a whole number >= 1", "correct it"
            )
        self._adjoint, self._output = adjoint, as_slice(where, "output", output)
        index_in(where, adjoint.network, self._output)
        self._duration = checked_time("duration", duration, adjoint.network.dt)
        self._n_spikes = n_spikes
        self._least_slope = checked_number(where, "least_slope", least_slope, 0.0, closed=True)
        for one in arguments:
            known = isinstance(one, ReadySynapses | NeuronGroup | SpikeGeneratorGroup)
            if not known or not any(one is part for part in adjoint.network.objects):
                raise ParameterError(
                    where,
                    f"the argument {one!r}",
                    "arguments are synapses, neurons and spike generators of the network",
                    "correct arguments",
                )
            if isinstance(one, SpikeGeneratorGroup) and one.period:
                raise ParameterError(
                    where,
                    f"the spikes of {one.name} repeat",
                    "each given spike has one derivative",
                    "leave period= out",
                )
        self._arguments = list(arguments)
        self._sizes = [_size(one) for one in arguments]
        self._now: list[np.ndarray] | None = None
        adjoint.network.store(_STORED)
        self._world = current_world()

    def __call__(self, *values: Any) -> np.ndarray:
        """Times of the first spikes (float64 (N, n_spikes), ms). Collective."""
        # JAX calls from threads of its own.
        with using(self._world):
            self._run(values)
            return _FirstSpikes(self._output, self._n_spikes).times(self._adjoint.recorded())

    def gradient(self, values: Sequence[Any], by_time: Any) -> list[np.ndarray]:
        """Derivatives (float64, of the shapes of the values) of a loss of the times. Collective.

        Parameters
        ----------
        values : sequence of array
            The network runs again if these are not those of the last call.
        by_time : float64 array (N, n_spikes), 1/ms
            Derivative of the loss by the times.
        """
        shape = len(self._output), self._n_spikes
        by_time = checked_array("SpikeTimesFunction", "by_time", by_time, (shape,))
        loss = _FirstSpikes(self._output, self._n_spikes, by_time)
        with using(self._world):
            self._run(values)
            found = self._adjoint.backward(loss, least_slope=self._least_slope)
            return [self._derivative(found, one) for one in self._arguments]

    def torch(self, *values: Any) -> Any:
        """Times of the first spikes as a tensor of PyTorch, through which gradients pass.

        Parameters
        ----------
        *values : tensors
            The arguments; their derivatives are there after ``loss.backward()``.

        Raises
        ------
        ParameterError
            If PyTorch is not installed.
        """
        return torch_function(self)(*values)

    def jax(self, *values: Any) -> Any:
        """The same as an array of JAX; ``jax.grad`` and ``jax.jit`` take it (``custom_vjp``).

        Raises
        ------
        ParameterError
            If JAX is not installed.
        """
        return jax_function(self)(*values)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of neurons, and of spikes of each."""
        return len(self._output), self._n_spikes

    def _run(self, values: Sequence[Any]) -> None:
        if len(values) != len(self._arguments):
            raise ParameterError(
                "SpikeTimesFunction",
                f"{len(values)} values were given",
                f"there are {len(self._arguments)} arguments",
                "give one array for each",
            )
        given = [
            np.array(checked_array("SpikeTimesFunction", _name(one), value, (size,)))
            for one, value, size in zip(self._arguments, values, self._sizes, strict=True)
        ]
        network = self._adjoint.network
        ran = round(network.t / network.dt) == round(self._duration / network.dt)
        same = self._now is not None and all(map(np.array_equal, self._now, given))
        if network.built and ran and same:
            return
        network.restore(_STORED, restore_random_state=True)
        for one, value in zip(self._arguments, given, strict=True):
            if isinstance(one, ReadySynapses):
                one.w[:] = value
            elif isinstance(one, NeuronGroup):
                one.I_e = value
            else:
                one.set_spikes(one.neuron_index, value)
        network.run(self._duration, progress=False)
        self._now = given

    def _derivative(self, found: Gradient, one: Argument) -> np.ndarray:
        if isinstance(one, ReadySynapses):
            return found.weight(one)
        if isinstance(one, NeuronGroup):
            return found.current(one)
        # The k-th spike of a neuron that was given is the k-th that was recorded.
        by_time = np.zeros(one.spike_time.size)
        recorded = self._adjoint.recorded().spikes(one)
        there = np.bincount(recorded.i, minlength=recorded.N)
        rank = _ranks(one.spike_time, one.neuron_index, recorded.N)
        given = np.flatnonzero(rank < there[one.neuron_index])
        given = given[np.lexsort((one.spike_time[given], one.neuron_index[given]))]
        by_time[given] = found.spike_times(one)[np.lexsort((recorded.t, recorded.i))]
        return by_time


def _ranks(t: np.ndarray, i: np.ndarray, N: int) -> np.ndarray:
    """How many spikes of its neuron are before each (int64 (n,))."""
    order = np.lexsort((t, i))
    ranks = np.empty(t.size, dtype=np.int64)
    ranks[order] = np.arange(t.size) - np.searchsorted(i[order], np.arange(N))[i[order]]
    return ranks


def _size(one: Argument) -> tuple[int]:
    if isinstance(one, ReadySynapses):
        return (one.i.size,)
    return (len(one),) if isinstance(one, NeuronGroup) else (one.spike_time.size,)


def _name(one: Argument) -> str:
    kind = "weights" if isinstance(one, ReadySynapses) else "currents"
    return f"the {'times' if isinstance(one, SpikeGeneratorGroup) else kind} of {one.name}"


class _FirstSpikes(Loss):
    """First spikes with the derivative by their times, which others know."""

    def __init__(self, source: Subgroup, n_spikes: int, by_time: np.ndarray | None = None) -> None:
        self._source, self._n_spikes, self._by_time = source, n_spikes, by_time

    def times(self, recorded: Recorded) -> np.ndarray:
        """Times (float64 (N, n_spikes), ms)."""
        spikes = recorded.spikes(self._source)
        ranks = _ranks(spikes.t, spikes.i, spikes.N)
        found = np.full((spikes.N, self._n_spikes), recorded.duration)
        wanted = ranks < self._n_spikes
        found[spikes.i[wanted], ranks[wanted]] = spikes.t[wanted]
        return found

    def evaluate(self, recorded: Recorded) -> float:
        """See `Loss`."""
        assert self._by_time is not None
        spikes = recorded.spikes(self._source)
        ranks = _ranks(spikes.t, spikes.i, spikes.N)
        wanted = ranks < self._n_spikes
        by_time = np.zeros(spikes.t.size)
        by_time[wanted] = self._by_time[spikes.i[wanted], ranks[wanted]]
        spikes.add(by_time)
        spikes.add_silent(self._by_time[:, 0] * (spikes.highest - recorded.duration))
        return 0.0
