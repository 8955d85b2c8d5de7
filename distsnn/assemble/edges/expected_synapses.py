"""Number of synapses of a projection, without drawing them: the mean, or exact if it is known.

What is random is taken as independent for each source, which holds but for corrections of the
order of one over the number of sources.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.edge_delays import delay_part
from distsnn.assemble.edges.edges import no_edges
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.projections import ProjectionDescription, Slice
from distsnn.describe.synapses.rules import Pairs
from distsnn.describe.values.computed import Computed
from distsnn.describe.values.given import Distribution, PerSource, Stored
from distsnn.describe.values.given_expressions import Expression
from distsnn.describe.values.time_steps import steps_of_array
from distsnn.layout.delays import AXONAL, DENDRITIC, MAX_DELAY_STEPS, delay_bounds, delay_thresholds
from distsnn.layout.partition import Owners, owned_counts

# Targets whose synapses are drawn where an expression says which there are.
_SAMPLED_TARGETS, _SAMPLED_PAIRS = 32, 10_000_000
_ANY_BOUNDS = (0, MAX_DELAY_STEPS)


@dataclass(frozen=True, eq=False)
class DelayShares:
    """Distribution of the synapses of a projection over delays.

    Attributes
    ----------
    first : int
        The shortest delay, steps.
    share : float64 array (delays,)
        Part of the synapses with each delay from `first` on.
    by_source : bool
        Whether all synapses of one source have the same.
    """

    first: int
    share: np.ndarray
    by_source: bool = False

    @property
    def last(self) -> int:
        """The longest delay, steps."""
        return self.first + self.share.size - 1

    @property
    def mean(self) -> float:
        """The mean delay, steps."""
        return float(self.first + self.share @ np.arange(self.share.size))

    def plus(self, other: DelayShares) -> DelayShares:
        """Shares of the sum of two independent delays."""
        return DelayShares(
            self.first + other.first,
            np.convolve(self.share, other.share),
            (self.by_source and other.share.size == 1)
            or (other.by_source and self.share.size == 1),
        )


class ExpectedEdges:
    """The synapses of one projection as far as they are known without drawing them.

    Attributes
    ----------
    indegree : float
        Synapses of each target of its slice, in the mean.
    delays : DelayShares
    """

    def __init__(self, description: NetworkDescription, projection: ProjectionDescription) -> None:
        self.description, self.projection = description, projection
        rule, n_target = projection.rule, projection.target.size
        number = rule.expected_number(projection.source.size, n_target, projection.shift)
        self._sample = no_edges()
        needs_sample = any(
            isinstance(getattr(projection, part), Expression | SynapticValue | Computed)
            for part in (AXONAL, DENDRITIC)
        )
        if math.isnan(number) or needs_sample:
            n_sampled = self._draw_sample()
            if math.isnan(number):
                number = self._sample.source.size / n_sampled * n_target
        self.indegree = number / n_target
        self.delays = self._delays(AXONAL).plus(self._delays(DENDRITIC))

    @property
    def number(self) -> float:
        """Synapses of the projection."""
        return self.indegree * self.projection.target.size

    def per_rank(self, size: int) -> np.ndarray:
        """Synapses (float64 (size,)) that each of `size` ranks has."""
        rule, target = self.projection.rule, self.projection.target
        if isinstance(rule, Pairs):
            gid = self.description.first_gids[target.group] + target.start + rule.j
            return np.bincount(Owners(self.description, size).of(gid), minlength=size).astype(float)
        return self.indegree * owned_counts(self.description, target, size)

    def missing(self, n_local: int, share: np.ndarray) -> np.ndarray:
        """Probability that a source has no synapse of some kind onto a rank's targets.

        Parameters
        ----------
        n_local : int
            Own targets among those of the projection.
        share : float64 array (n,)
            Probability that a synapse is of the kind.

        Returns
        -------
        float64 array (n,)
        """
        n_source, n_target = self.projection.source.size, self.projection.target.size
        if n_local == 0 or self.indegree == 0:
            return np.ones_like(share)
        return self.projection.rule.missing(self.indegree, n_source, n_target, n_local, share)

    def missing_any(self, n_local: int) -> float:
        """Probability that a source has no synapse onto a rank's targets."""
        rule = self.projection.rule
        if isinstance(rule, Pairs):
            return float(self._missing_of_lists(n_local, np.zeros_like(rule.i), 1)[0])
        return float(self.missing(n_local, np.ones(1))[0])

    def missing_by_delay(self, n_local: int) -> np.ndarray:
        """Probability (float64 (delays,)) that it has none with each of `delays`."""
        delay, rule = self.projection.delay, self.projection.rule
        if isinstance(rule, Pairs) and isinstance(delay, np.ndarray) and self.one_part:
            steps = steps_of_array(delay, self.description.dt) - self.delays.first
            return self._missing_of_lists(n_local, steps, self.delays.share.size)
        return self.missing(n_local, self.delays.share)

    @property
    def one_part(self) -> bool:
        """Whether dendritic delays are the same for all synapses."""
        return isinstance(self.projection.dendritic, float)

    def _missing_of_lists(self, n_local: int, steps: np.ndarray, n_delays: int) -> np.ndarray:
        """As `missing_by_delay`, of listed synapses with these delays above the first."""
        projection = self.projection
        assert isinstance(projection.rule, Pairs)
        cells, counts = np.unique(projection.rule.i * n_delays + steps, return_counts=True)
        present = 1.0 - (1.0 - n_local / projection.target.size) ** counts
        found = np.bincount(cells % n_delays, present, minlength=n_delays)
        return 1.0 - found / projection.source.size

    def _delays(self, part: str) -> DelayShares:
        delay, dt = getattr(self.projection, part), self.description.dt
        if isinstance(delay, Expression | SynapticValue | Computed):
            return self._sampled_delays(part)
        if isinstance(delay, np.ndarray | PerSource):
            values = delay.values if isinstance(delay, PerSource) else delay
            return _counted(steps_of_array(values.ravel(), dt), isinstance(delay, PerSource))
        first, last = delay_bounds(self.projection.name, delay, dt)
        if isinstance(delay, Stored):
            # As if each between the bounds were as frequent as the others.
            return DelayShares(first, np.full(last - first + 1, 1.0 / (last - first + 1)))
        if first == last or not isinstance(delay, Distribution):
            return DelayShares(first, np.ones(1))
        cumulative = delay_thresholds(delay, dt, first, last)
        return DelayShares(first, np.diff(cumulative, prepend=0.0, append=1.0))

    def _sampled_delays(self, part: str) -> DelayShares:
        if not self._sample.source.size:
            return DelayShares(0, np.ones(1))
        drawn = delay_part(self.description, self.projection, part, _ANY_BOUNDS)
        steps = np.broadcast_to(drawn.steps(self._sample), self._sample.source.shape)
        return _counted(steps.astype(np.int64), False)

    def _draw_sample(self) -> int:
        """Draw the synapses of some targets; how many targets."""
        projection = self.projection
        n = projection.target.size
        of_target = projection.rule.most_number(projection.source.size, n, projection.shift) / n
        most = max(1, min(_SAMPLED_TARGETS, int(_SAMPLED_PAIRS // max(1.0, of_target))))
        chosen = np.unique(np.linspace(0, n - 1, min(n, most)).astype(int))
        connection = ConnectEdges.of(self.description, projection)
        self._sample = connection.edges([(int(j), int(j) + 1) for j in chosen])
        return chosen.size


def rows_and_segments(
    members: Sequence[ExpectedEdges], n_local: Sequence[int]
) -> tuple[float, float]:
    """Rows and segments of a table in one tile (see `distsnn.kernels.deliver.deliver`).

    Parameters
    ----------
    members : sequence of ExpectedEdges
        The projections of the table.
    n_local : sequence of int
        Number of own targets of each in the tile.

    Returns
    -------
    float, float
        In the mean; the last segment of each row is counted.
    """
    first = min(m.delays.first for m in members)
    n_delays = max(m.delays.last for m in members) - first + 1
    rows = segments = 0.0
    for n_sources, covering in _intervals(members):
        missing, none, alike = np.ones(n_delays), 1.0, 0.0
        for m in covering:
            delays, gone = members[m].delays, members[m].missing_any(n_local[m])
            none *= gone
            if delays.by_source:
                alike += 1.0 - gone
                continue
            at = delays.first - first
            missing[at : at + delays.share.size] *= members[m].missing_by_delay(n_local[m])
        rows += n_sources * (1.0 - none)
        segments += n_sources * (float((1.0 - missing).sum()) + alike + 1.0 - none)
    return rows, segments


def _intervals(members: Sequence[ExpectedEdges]) -> Iterator[tuple[int, list[int]]]:
    """Runs of gids that are sources of the same projections: how many, and which these are."""
    bounds = [_source_gids(m.description, m.projection.source) for m in members]
    cuts = sorted({cut for pair in bounds for cut in pair})
    for low, high in pairwise(cuts):
        covering = [m for m, (start, stop) in enumerate(bounds) if start <= low < stop]
        if covering:
            yield high - low, covering


def _source_gids(description: NetworkDescription, source: Slice) -> tuple[int, int]:
    first = description.first_gids[source.group]
    return first + source.start, first + source.stop


def _counted(steps: np.ndarray, by_source: bool) -> DelayShares:
    if not steps.size:
        return DelayShares(0, np.ones(1), by_source)
    first = int(steps.min())
    return DelayShares(first, np.bincount(steps - first) / steps.size, by_source)
