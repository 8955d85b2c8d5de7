"""PyNN's connectors; those that distsnn has a rule for are drawn by each rank for its own cells.

A rule is taken where the generator is native or none is given. Other generators are those of PyNN,
and give lists of connections, the same on every rank.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import connectors
from pyNN.connectors import (
    ArrayConnector,
    CloneConnector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    FromFileConnector,
    FromListConnector,
    IndexBasedProbabilityConnector,
    SmallWorldConnector,
)
from pyNN.random import RandomDistribution

import distsnn as snn
from distsnn.pynn.native_random import is_native


class _ByRule:
    """A connector that a rule of distsnn can stand for."""

    def __init__(self, *values: Any, **given: Any) -> None:
        super().__init__(*values, **given)
        # PyNN has put a generator of its own where none was given.
        self._native = given.get("rng") is None or is_native(given["rng"])
        #: Seed of the native generator, if it has one.
        self.native_seed = getattr(given.get("rng"), "seed", None)

    def rule(self) -> Any:
        """The rule, or None if none stands for it."""
        raise NotImplementedError

    def connect(self, projection: Any) -> None:
        """Connect a projection; see PyNN."""
        rule = self.rule() if self._native else None
        if rule is None or not projection.connect_by_rule(rule):
            super().connect(projection)  # type: ignore[misc]  # a connector of PyNN


class AllToAllConnector(_ByRule, connectors.AllToAllConnector):
    __doc__ = connectors.AllToAllConnector.__doc__

    def rule(self) -> Any:
        """See `_ByRule`."""
        return snn.AllToAll(autapses=self.allow_self_connections)


class OneToOneConnector(_ByRule, connectors.OneToOneConnector):
    __doc__ = connectors.OneToOneConnector.__doc__

    def rule(self) -> Any:
        """See `_ByRule`."""
        return snn.OneToOne()

    def connect(self, projection: Any) -> None:
        """Connect a projection of populations of one size; see PyNN."""
        if projection.pre.size != projection.post.size:
            # PyNN joins as many as there are in the smaller one.
            np_pairs = min(projection.pre.size, projection.post.size)
            pairs = [(k, k) for k in range(np_pairs)]
            FromListConnector(pairs, safe=self.safe).connect(projection)
            return
        super().connect(projection)


class FixedProbabilityConnector(_ByRule, connectors.FixedProbabilityConnector):
    __doc__ = connectors.FixedProbabilityConnector.__doc__

    def rule(self) -> Any:
        """See `_ByRule`."""
        if self.allow_self_connections == "NoMutual" or self.p_connect > 1:
            return None
        return snn.Bernoulli(self.p_connect, autapses=self.allow_self_connections)


class FixedNumberPreConnector(_ByRule, connectors.FixedNumberPreConnector):
    __doc__ = connectors.FixedNumberPreConnector.__doc__

    def rule(self) -> Any:
        """See `_ByRule`."""
        return _degree(self, snn.FixedIndegree)


class FixedNumberPostConnector(_ByRule, connectors.FixedNumberPostConnector):
    __doc__ = connectors.FixedNumberPostConnector.__doc__

    def rule(self) -> Any:
        """See `_ByRule`."""
        return _degree(self, snn.FixedOutdegree)


def _degree(connector: Any, rule: Any) -> Any:
    if connector.allow_self_connections == "NoMutual" or not isinstance(connector.n, int):
        return None
    own = connector.allow_self_connections, connector.with_replacement
    return rule(connector.n, autapses=own[0], multapses=own[1])


class FixedTotalNumberConnector(_ByRule, connectors.FixedTotalNumberConnector):
    __doc__ = connectors.FixedTotalNumberConnector.__doc__

    def rule(self) -> Any:
        """See `_ByRule`."""
        if self.allow_self_connections == "NoMutual" or not isinstance(self.n, int):
            return None
        return snn.FixedTotalNumber(
            self.n, autapses=self.allow_self_connections, multapses=self.with_replacement
        )

    def connect(self, projection: Any) -> None:
        """Connect a projection; see PyNN."""
        rule = self.rule() if self._native else None
        if rule is not None and projection.connect_by_rule(rule):
            return
        allowed = np.ones((projection.pre.size, projection.post.size), dtype=bool)
        if not self.allow_self_connections:
            same = projection.pre.all_cells[:, None] == projection.post.all_cells[None, :]
            allowed &= ~same.astype(bool)
        pairs = np.argwhere(allowed)
        n = int(self.n.next()) if isinstance(self.n, RandomDistribution) else self.n
        if self.with_replacement:
            chosen = self.rng.next(n, "uniform_int", {"low": 0, "high": len(pairs)}, mask=None)
        else:
            chosen = self.rng.permutation(np.arange(len(pairs)))[:n]
        listed = [tuple(pair) for pair in pairs[chosen].tolist()]
        FromListConnector(listed, safe=self.safe).connect(projection)


__all__ = [
    "AllToAllConnector",
    "ArrayConnector",
    "CSAConnector",
    "CloneConnector",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "IndexBasedProbabilityConnector",
    "OneToOneConnector",
    "SmallWorldConnector",
]
