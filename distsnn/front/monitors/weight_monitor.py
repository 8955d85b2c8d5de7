"""Monitors of how the weights of synapses are distributed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.assemble.monitors.histogram_probe import HistogramProbe
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.values.given import value_bounds
from distsnn.errors import ParameterError
from distsnn.front.monitors.monitor import Monitor, Recorded
from distsnn.front.synapses.built_in_synapses import ReadySynapses


@known_names
class WeightMonitor(Monitor):
    """Counts the weights of all synapses of an object, over time; complete on every rank.

    Parameters
    ----------
    source : Synapses
        With a rule that changes weights (``stdp=``).
    bins : int or array-like of float (n + 1,)
        Number of equal bins between the bounds of the rule, or their edges, ascending, in the
        unit of the weight. As in `numpy.histogram` a weight on an edge belongs to the bin above,
        one on the last edge to the last bin; others outside are not counted.
    dt : float, ms
        Time between histograms, a multiple of the network's.
    name : str, optional

    Raises
    ------
    ParameterError
        If the synapses have no rule, or the bins are none.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(10, snn.LIF(I_e=500 * snn.pA))
    >>> rule = snn.STDP(0.1 * snn.pA, 0.1 * snn.pA, w_max=20 * snn.pA)
    >>> S = snn.Synapses(cells, cells, snn.Exponential(tau=5 * snn.ms), weight=10 * snn.pA,
    ...                  delay=1 * snn.ms, stdp=rule)
    >>> S.connect()
    >>> weights = snn.WeightMonitor(S, bins=4, dt=50 * snn.ms)
    >>> summary = snn.Network(cells, S, weights).run(100 * snn.ms)
    >>> weights.counts.shape, int(weights.counts[0].sum())
    ((2, 4), 100)
    """

    completed_when_read = True
    _counts: Any = Recorded()

    def __init__(
        self, source: ReadySynapses, bins: Any = 50, dt: float = 100.0, name: str | None = None
    ) -> None:
        where = name if isinstance(name, str) and name else "WeightMonitor"
        if not isinstance(source, ReadySynapses) or source.stdp is None:
            raise ParameterError(
                where,
                f"source={source!r} has no rule that changes weights",
                "the source is Synapses with stdp=",
                "give such synapses",
            )
        super().__init__("WeightMonitor", source, name, dt)
        self.edges = _edges(where, bins, source)
        self._counts: list[np.ndarray] = []

    def describe_probe(self, index: int) -> HistogramProbe:  # noqa: ARG002 - of all monitors
        """The probe of the monitor."""
        names = tuple(p.name for p in self.source.described)
        return HistogramProbe(names, self.edges, self._steps.every)

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:
        """Take the counts of the steps ``first <= step < end``; see `gather_samples`."""
        assert samples is not None
        self._steps.add_multiples(first, end)
        self._counts.append(samples[:, 0].astype(np.int64))

    @property
    def counts(self) -> np.ndarray:
        """Number of weights in each bin, int64 (times, bins); (trials, times, bins) with trials."""
        if self._trials:
            return np.stack([one.counts for one in self._trials])
        empty = np.empty((0, self.edges.size - 1), dtype=np.int64)
        return np.concatenate([empty, *self._counts])

    @property
    def settings(self) -> list[Any]:
        """Settings as plain values; a checkpoint fits monitors with equal settings."""
        return ["weights", self.source.name, self._steps.every, self.edges.tolist()]

    def progress(self) -> dict[str, np.ndarray]:
        """Recorded data, for a checkpoint."""
        return {**super().progress(), "counts": self.counts}

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """Take over what was recorded before a checkpoint."""
        super().go_on(progress)
        self._counts = [progress["counts"]]


def _edges(where: str, bins: Any, source: ReadySynapses) -> np.ndarray:
    assert source.stdp is not None
    if isinstance(bins, int | np.integer) and not isinstance(bins, bool) and bins >= 1:
        low = value_bounds(source.stdp.parameters["w_min"])[0]
        high = value_bounds(source.stdp.parameters["w_max"])[1]
        if np.isfinite(high - low) and high > low:
            return np.linspace(low, high, int(bins) + 1)
        raise ParameterError(
            where,
            f"bins={bins} and bounds of the rule {low:g} to {high:g}",
            "a number of bins needs finite bounds of the rule",
            "give the edges of the bins",
        )
    edges = np.array(bins, dtype=np.float64)
    if edges.ndim != 1 or edges.size < 2 or not np.all(np.diff(edges) > 0):
        raise ParameterError(
            where, f"bins={bins!r}", "bins is a number >= 1 or ascending edges", "correct bins"
        )
    return edges
