"""Pairs that rules with masks and kernels join."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from distsnn.assemble.edges.rule_draws import Draws
from distsnn.describe.checks.digest import array_digest
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.errors import ConnectivityError, ParameterError
from distsnn.kernels.arithmetic.elementwise import log1p
from distsnn.kernels.draws.quantiles import poisson_numbers
from distsnn.nest.nodes.collection import NodeCollection, positions_of
from distsnn.nest.space.masks import Mask
from distsnn.nest.space.neighbors import Neighborhood, Space
from distsnn.nest.values.pair_random import PairRandom
from distsnn.nest.values.parameter import Evaluation, Parameter, whole_numbers

Pairs = tuple[np.ndarray, np.ndarray]
# Pairs that are looked at together.
_TOGETHER = 500_000
# The draw of degrees.
_DEGREES = 512


def space_of(source: np.ndarray, target: np.ndarray) -> Space:
    """The positions of two collections by global ids.

    Raises
    ------
    ParameterError
        If nodes have no positions.
    """
    ends = NodeCollection(source), NodeCollection(target)
    positions = [positions_of(nodes) for nodes in ends]
    layer = next(ends[1].parts())[0].layer
    assert layer is not None
    return Space(positions[0], positions[1], layer)


def evaluation(space: Space, pairs: Pairs, rng: Any) -> Evaluation:
    """Everything that a parameter of some pairs can depend on."""
    return Evaluation(
        pairs[0].size,
        rng,
        None,
        lambda: space.source[pairs[0]],
        lambda: space.target[pairs[1]],
        space.between(*pairs),
    )


class SpatialPairs:
    """Pairs that a rule with mask or kernel joins, as pure functions of the nodes they are of.

    Parameters
    ----------
    rule : PairRule
    ends : (int64 array, int64 array)
        Global ids of both sides.
    space : Space
    name : str
        The connections.
    """

    def __init__(
        self, rule: Any, ends: tuple[np.ndarray, np.ndarray], space: Space, name: str
    ) -> None:
        self.rule, self.ends, self.space, self.name = rule, ends, space, name

    def content(self) -> tuple[object, ...]:
        """Everything that defines the pairs, for the digest."""
        positions = (array_digest(of).hex() for of in (self.space.source, self.space.target))
        return "spatial pairs", self.name, self.rule.name, *positions

    @property
    def by_target(self) -> bool:
        """Whether sources of targets are drawn, not targets of sources."""
        return bool(self.rule.name != "fixed_outdegree")

    @cached_property
    def mask(self) -> Mask | None:
        """The mask in the layer; ParameterError if it does not fit."""
        if self.rule.mask is None:
            return None
        mask: Mask = self.rule.mask.on(self.space.layer)
        if self.space.layer.edge_wrap:
            _check_size(mask, self.space)
        return mask

    @property
    def _pairwise(self) -> bool:
        return bool(self.rule.name.startswith("pairwise"))

    @cached_property
    def _neighborhood(self) -> Neighborhood:
        mask = self.mask
        own, pool = self.ends[::-1] if self.by_target else self.ends
        order = np.argsort(pool)
        at = order[np.minimum(np.searchsorted(pool, own, sorter=order), pool.size - 1)]
        left_out = (pool[at] == own) & (not self.rule.autapses)
        # The mask is around the node that looks for others.
        around = self.rule.on_source if self._pairwise else self.by_target
        same = np.where(left_out, at, -1)
        return Neighborhood(self.space, mask, self.by_target, around, same)

    def edges(self, nodes: np.ndarray, draws: Draws) -> Pairs:
        """Places of the sources and targets (int64 (n,)) that some nodes are joined by.

        Parameters
        ----------
        nodes : int64 array
            Places of targets (of ``fixed_outdegree`` sources).
        draws : Draws

        Raises
        ------
        ConnectivityError
            If the rule cannot be met.
        """
        found, done = [np.empty((2, 0), np.int64)], 0
        while done < nodes.size:
            count, other = self._neighborhood.of(nodes[done:], _TOGETHER)
            some = nodes[done : done + count.size]
            done += count.size
            found.append(np.stack(self._drawn(some, count, other, draws)))
        i, j = np.concatenate(found, axis=1)
        return i, j

    def _drawn(
        self, nodes: np.ndarray, count: np.ndarray, other: np.ndarray, draws: Draws
    ) -> Pairs:
        """The pairs of some nodes among their neighbors."""
        kernel = 1.0 if self.rule.kernel is None else self.rule.kernel
        if not self._pairwise and self.rule.multapses and not isinstance(kernel, Parameter):
            degrees = self._degrees(nodes, count * (kernel > 0.0), draws)
            of, u = _uniform(nodes, degrees, draws)
            chosen = (np.cumsum(count) - count)[of] + (u * count[of]).astype(np.int64)
            return self._as_ends(nodes[of], other[chosen])
        place = np.repeat(np.arange(nodes.size), count)
        node = nodes[place]
        if isinstance(kernel, Parameter):
            pairs, random = self._as_ends(node, other), PairRandom(draws, node, other)
            p = np.array(kernel.of(evaluation(self.space, pairs, random)))
        else:
            p = np.full(node.size, float(kernel))
        if self.rule.name == "pairwise_bernoulli":
            own = np.flatnonzero(draws.uniform(node, other) < p)
        elif self._pairwise:
            mean = self.rule.number * np.maximum(p, 0.0)
            own = np.repeat(np.arange(node.size), _poisson(mean, draws.uniform(node, other)))
        else:
            at = np.flatnonzero(p > 0.0)
            own = at[self._of_degree(nodes, place[at], other[at], p[at], draws)]
        return self._as_ends(node[own], other[own])

    def _as_ends(self, node: np.ndarray, other: np.ndarray) -> Pairs:
        return (other, node) if self.by_target else (node, other)

    def _of_degree(
        self,
        nodes: np.ndarray,
        place: np.ndarray,
        other: np.ndarray,
        p: np.ndarray,
        draws: Draws,
    ) -> np.ndarray:
        """Indices of neighbors (int64): for each node its degree of them, in proportion to p."""
        count = np.bincount(place, minlength=nodes.size)
        degrees, begins = self._degrees(nodes, count, draws), np.cumsum(count) - count
        if self.rule.multapses:
            _, u = _uniform(nodes, degrees, draws)
            return _weighted(p, u, (begins, count), degrees)
        # The smallest of exponential times with these rates are a draw without replacement.
        times = -log1p(-draws.uniform(nodes[place], other)) / p
        order = np.lexsort((times, place))
        rank = np.arange(place.size) - begins[place]
        return np.asarray(np.sort(order[rank < degrees[place]]))

    def _degrees(self, nodes: np.ndarray, count: np.ndarray, draws: Draws) -> np.ndarray:
        """The degree of each of some nodes (int64 (n,)), `count` of whose neighbors can be joined.

        Raises ConnectivityError if they are too few.
        """
        number = self.rule.number
        if isinstance(number, Parameter):
            random = PairRandom(draws, nodes, np.zeros_like(nodes), _DEGREES)
            degrees = whole_numbers(number.of(Evaluation(nodes.size, random)))
        else:
            degrees = np.full(nodes.size, number)
        if (count < (np.minimum(degrees, 1) if self.rule.multapses else degrees)).any():
            raise ConnectivityError(
                "nest.Connect",
                f"{self.rule.name}={number} where some nodes have no neighbors in the mask",
                "each node has some, and without multapses as many as its degree",
                "enlarge the mask, or allow multapses",
            )
        return degrees


def _uniform(nodes: np.ndarray, degrees: np.ndarray, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    """For each node as many uniform numbers as its degree: places of nodes, and the numbers."""
    of = np.repeat(np.arange(nodes.size), degrees)
    k = np.arange(of.size) - np.repeat(np.cumsum(degrees) - degrees, degrees)
    return of, draws.uniform(nodes[of], k)


def _weighted(
    p: np.ndarray, u: np.ndarray, runs: tuple[np.ndarray, np.ndarray], degrees: np.ndarray
) -> np.ndarray:
    """Indices (int64 (n,)) that each of some runs of weights gets by its uniform numbers."""
    found, first = [np.empty(0, np.int64)], 0
    for begin, count, degree in zip(
        runs[0].tolist(), runs[1].tolist(), degrees.tolist(), strict=True
    ):
        total = np.cumsum(p[begin : begin + count])
        if degree:
            drawn = u[first : first + degree] * total[-1]
            at = np.searchsorted(total, drawn, side="right")
            found.append(begin + np.minimum(at, count - 1))
        first += degree
    return np.concatenate(found)


def _poisson(mean: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Poisson numbers (int64 (n,)) of some means, by inversion of uniform numbers."""
    found = np.empty(mean.size)
    poisson_numbers(np.ascontiguousarray(mean, np.float64), np.ascontiguousarray(u), found)
    return found.astype(np.int64)


@dataclass(frozen=True, eq=False)
class SpatialRule(ConnectionRule):
    """Such pairs as a rule of the engine: each rank draws those of its own targets.

    Attributes
    ----------
    pairs : SpatialPairs
    """

    pairs: SpatialPairs

    def content(self) -> tuple[object, ...]:
        """Everything that defines the rule, for the digest."""
        return (type(self).__name__, *self.pairs.content())

    def edges_to(
        self, targets: np.ndarray, n_source: int, n_target: int, shift: int | None, draws: Draws
    ) -> Pairs:
        """The synapses onto some targets."""
        del n_source, n_target, shift
        return self.pairs.edges(targets, draws)

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int | None:
        """Exact number of synapses (int) of a fixed degree; None where it is random."""
        del n_source, shift
        rule = self.pairs.rule
        fixed = rule.name.startswith("fixed") and not isinstance(rule.number, Parameter)
        return int(rule.number) * n_target if fixed else None


@dataclass(frozen=True, eq=False)
class SpatialRuleOfSources(ConnectionRule):
    """The same where sources draw their targets.

    Attributes
    ----------
    pairs : SpatialPairs
    """

    pairs: SpatialPairs

    def content(self) -> tuple[object, ...]:
        """Everything that defines the rule, for the digest."""
        return (type(self).__name__, *self.pairs.content())

    def edges_from(
        self, sources: np.ndarray, n_source: int, n_target: int, shift: int | None, draws: Draws
    ) -> Pairs:
        """The synapses from some sources."""
        del n_source, n_target, shift
        return self.pairs.edges(sources, draws)


def _check_size(mask: Mask, space: Space) -> None:
    """Raise ParameterError if a mask has a node twice, where edges wrap."""
    if (mask.upper - mask.lower > space.layer.extent * (1 + 1e-9)).any():
        raise ParameterError(
            "nest.Connect",
            f"a mask over {(mask.upper - mask.lower).tolist()} in a layer of extent "
            f"{space.layer.extent.tolist()}",
            "where edges wrap, a mask lies within the extent, so that it has no node twice",
            "make it smaller",
        )
