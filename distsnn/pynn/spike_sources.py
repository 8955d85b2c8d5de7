"""PyNN's spike sources."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from pyNN import errors
from pyNN.parameters import Sequence
from pyNN.standardmodels import build_translations, cells

import distsnn as snn
from distsnn.pynn import simulator

# Beyond this duration (ms) a source is taken as one that never ends.
_FOREVER = 1e9


def generator(*of: int | str) -> np.random.Generator:
    """A generator of random numbers that is the same on every rank, for one purpose.

    Parameters
    ----------
    *of : int or str
        What it is for. The seed of `setup` and the trial count as well.
    """
    state = simulator.state
    text = repr((state.seed, state.trial, *of)).encode()
    key = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))


class SpikeSourcePoisson(cells.SpikeSourcePoisson):
    __doc__ = cells.SpikeSourcePoisson.__doc__
    translations = build_translations(
        ("rate", "rate"), ("start", "begin"), ("duration", "duration")
    )

    def source(self, population: Any) -> Any:
        """The group: one of sources, or of neurons if they begin or end some time."""
        values = population._parameters
        if _always(values):
            return snn.PoissonGroup(population.size, values["rate"] * snn.Hz, name=population.name)
        group = snn.NeuronGroup(
            population.size,
            "rate : Hz\nbegin : second\nend : second",
            threshold="rand() < rate*dt and t + dt >= begin - dt/2 and t + dt <= end + dt/2",
            name=population.name,
        )
        self._set(group, values)
        return group

    def changed(self, population: Any) -> None:
        """Let a running group have the parameters of a population."""
        values = population._parameters
        if isinstance(population.group, snn.PoissonGroup):
            if not _always(values):
                raise errors.InvalidParameterValueError(
                    "distsnn: start or duration of SpikeSourcePoisson was set after the first run "
                    "of sources that had none; give them when the population is made"
                )
            population.group.rates = values["rate"] * snn.Hz
        else:
            self._set(population.group, values)

    @staticmethod
    def _set(group: snn.NeuronGroup, values: Mapping[str, np.ndarray]) -> None:
        group.rate = values["rate"] * snn.Hz
        group.begin = values["begin"]
        group.end = np.minimum(values["begin"] + values["duration"], 1e15)


def _always(values: Mapping[str, np.ndarray]) -> bool:
    """Whether sources neither begin nor end."""
    return bool(np.all(values["begin"] <= 0) and np.all(values["duration"] >= _FOREVER))


def _on_grid(times: np.ndarray, step: int) -> np.ndarray:
    """Steps in which spikes are emitted that act at some times (ms), from `step` on.

    What a step computes belongs to its end, so a spike of time t is one of the step before t. One
    at the time of the step itself acts at its end.
    """
    at = np.rint(np.asarray(times, dtype=float) / simulator.state.dt).astype(np.int64)
    return np.maximum(at[at >= step] - 1, step)


class SpikeSourceArray(cells.SpikeSourceArray):
    __doc__ = cells.SpikeSourceArray.__doc__
    translations = build_translations(("spike_times", "spike_times"))

    @staticmethod
    def check(values: Mapping[str, np.ndarray]) -> None:
        """Raise if times are not in order."""
        for train in values["spike_times"]:
            times = _times(train)
            if np.any(np.diff(times) < 0):
                raise errors.InvalidParameterValueError(
                    f"Spike times given to SpikeSourceArray must be in increasing order: {times}"
                )

    def source(self, population: Any) -> Any:
        """The group of sources."""
        return _generator_group(population, *self._spikes(population, 0))

    def changed(self, population: Any) -> None:
        """Let a running group have the spikes of a population."""
        population.group.set_spikes(*self._spikes(population, simulator.state.step))

    @staticmethod
    def _spikes(population: Any, step: int) -> tuple[np.ndarray, np.ndarray]:
        trains = [_on_grid(_times(t), step) for t in population._parameters["spike_times"]]
        return _indices_and_times(dict(enumerate(trains)))


def _times(train: Any) -> np.ndarray:
    return np.asarray(train.value if isinstance(train, Sequence) else train, dtype=float)


def _generator_group(
    population: Any, indices: np.ndarray, times: np.ndarray
) -> snn.SpikeGeneratorGroup:
    return snn.SpikeGeneratorGroup(
        population.size, indices, times, name=population.name, most_per_step=1000
    )


def _indices_and_times(trains: Mapping[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The index and time (ms) of each spike, from the steps of each source."""
    indices = [np.full(len(train), index) for index, train in trains.items()]
    steps = np.concatenate([np.empty(0, np.int64), *trains.values()])
    # The middle of a step is in it, whatever rounding makes of its bounds.
    times = (steps + 0.5) * simulator.state.dt
    return np.concatenate([np.empty(0, np.int64), *indices]), times


class _Renewal:
    """Sources whose next spike is drawn from the last one.

    Trains are drawn on every rank alike, from a generator for each cell, as far as a run reaches.
    """

    @staticmethod
    def interval(draws: np.random.Generator, own: Mapping[str, Any], last: float) -> float:
        """Time to the spike after one at `last` (ms), ms."""
        raise NotImplementedError

    def source(self, population: Any) -> Any:
        """The group of sources, which have no spikes yet."""
        number = population.number
        population.draws = [generator("train", number, i) for i in range(population.size)]
        begin = np.asarray(population._parameters["begin"], dtype=float)
        population.last = np.maximum(begin, 0.0)
        population.waiting = [None] * population.size
        return _generator_group(population, np.empty(0, np.int64), np.empty(0))

    def changed(self, population: Any) -> None:
        """Draw from new parameters, from now on."""
        now = simulator.state.t
        begin = np.asarray(population._parameters["begin"], dtype=float)
        population.last = np.maximum(begin, now)
        population.waiting = [None] * population.size

    def give_spikes(self, population: Any, step: int, end: int) -> None:
        """Let the group have the spikes of some steps."""
        values = population._parameters
        until = end * simulator.state.dt
        trains = {}
        for index in range(population.size):
            own = {name: value[index] for name, value in values.items()}
            stop = min(own["begin"] + own["duration"], until)
            found, draws = [], population.draws[index]
            while population.last[index] <= stop:
                waiting = population.waiting[index]
                if waiting is None:
                    last = population.last[index]
                    waiting = last + type(self).interval(draws, own, last)
                population.waiting[index] = waiting
                if not waiting <= stop:
                    break
                found.append(waiting)
                population.last[index], population.waiting[index] = waiting, None
            trains[index] = _on_grid(np.array(found), step)
        population.group.set_spikes(*_indices_and_times(trains))


class SpikeSourceGamma(_Renewal, cells.SpikeSourceGamma):
    __doc__ = cells.SpikeSourceGamma.__doc__
    translations = build_translations(
        ("alpha", "alpha"), ("beta", "beta"), ("start", "begin"), ("duration", "duration")
    )

    @staticmethod
    def interval(draws: np.random.Generator, own: Mapping[str, Any], last: float) -> float:  # noqa: ARG004 - of others
        """Time to the next spike, ms."""
        return float(draws.gamma(own["alpha"], 1000.0 / own["beta"]))


class SpikeSourcePoissonRefractory(_Renewal, cells.SpikeSourcePoissonRefractory):
    __doc__ = cells.SpikeSourcePoissonRefractory.__doc__
    translations = build_translations(
        ("rate", "rate"), ("tau_refrac", "t_ref"), ("start", "begin"), ("duration", "duration")
    )

    @staticmethod
    def check(values: Mapping[str, np.ndarray]) -> None:
        """Raise if a rate cannot be reached."""
        if np.any(values["rate"] * values["t_ref"] >= 1000.0):
            raise errors.InvalidParameterValueError("rate of a source is below 1/tau_refrac")

    @staticmethod
    def interval(draws: np.random.Generator, own: Mapping[str, Any], last: float) -> float:  # noqa: ARG004 - of others
        """Time to the next spike, ms."""
        if own["rate"] == 0:
            return float("inf")
        return float(own["t_ref"] + draws.exponential(1000.0 / own["rate"] - own["t_ref"]))


class SpikeSourceInhGamma(_Renewal, cells.SpikeSourceInhGamma):
    __doc__ = cells.SpikeSourceInhGamma.__doc__
    translations = build_translations(
        ("a", "a"), ("b", "b"), ("tbins", "tbins"), ("start", "begin"), ("duration", "duration")
    )

    @staticmethod
    def interval(draws: np.random.Generator, own: Mapping[str, Any], last: float) -> float:
        """Time to the next spike, ms, by thinning: the hazard of the gamma process now.

        `a` and `b` (s) of the histogram are those of the bin in which a time lies. The gamma
        process with shape a and scale b is followed by changing its own time: a gap in units of b
        is drawn, and passes at the rate 1/b of each bin.
        """
        a, b, bins = (_times(own[name]) for name in ("a", "b", "tbins"))
        bins = bins + own["begin"]

        def bin_at(t: float) -> int:
            return max(int(np.searchsorted(bins, t, side="right")) - 1, 0)

        left, t = float(draws.gamma(a[bin_at(last)])), last
        while True:
            k = bin_at(t)
            to = float(bins[k + 1]) if k + 1 < len(bins) else np.inf
            needed = left * 1000.0 * b[k]
            if t + needed <= to:
                return t + needed - last
            left, t = left - (to - t) / (1000.0 * b[k]), to
