"""Pairs that rules with masks and kernels join."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.errors import ConnectivityError, ParameterError
from distsnn.nest.nodes.collection import NodeCollection, positions_of
from distsnn.nest.space.masks import Mask
from distsnn.nest.space.neighbors import Space, neighbors
from distsnn.nest.values.parameter import Evaluation, Parameter

Pairs = tuple[np.ndarray, np.ndarray]


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


def evaluation(space: Space, pairs: Pairs, rng: np.random.Generator) -> Evaluation:
    """Everything that a parameter of some pairs can depend on."""
    source, target = space.source[pairs[0]], space.target[pairs[1]]
    away = space.displacement(target - source)
    return Evaluation(pairs[0].size, rng, None, source, target, away)


def draw_spatial(
    rule: Any, ends: tuple[np.ndarray, np.ndarray], space: Space, rng: np.random.Generator
) -> Pairs:
    """Places of the sources and targets (int64 (n,)) that a rule with mask or kernel joins."""
    if rule.name not in {"pairwise_bernoulli", "fixed_indegree", "fixed_outdegree"}:
        raise ParameterError(
            "nest.Connect", f"{rule.name} with a mask or a kernel",
            "pairwise_bernoulli, fixed_indegree and fixed_outdegree have them", "leave it out",
        )  # fmt: skip
    by_target = rule.name == "fixed_indegree"
    # The mask is around the node that looks for others.
    around_target = rule.on_source if rule.name == "pairwise_bernoulli" else by_target
    mask: Mask | None = rule.mask
    found: list[Pairs] = []
    for pairs in neighbors(space, mask, by_target, around_target):
        i, j = pairs
        if not rule.autapses:
            keep = ends[0][i] != ends[1][j]
            i, j = i[keep], j[keep]
        kernel = rule.kernel
        p = (
            kernel.of(evaluation(space, (i, j), rng))
            if isinstance(kernel, Parameter)
            else np.full(i.size, 1.0 if kernel is None else float(kernel))
        )
        if rule.name == "pairwise_bernoulli":
            drawn = rng.random(i.size) < p
            found.append((i[drawn], j[drawn]))
        else:
            node = j if by_target else i
            own = _of_degree(node, p, (int(rule.number), rule.multapses), rng)
            found.append((i[own], j[own]))
    i = np.concatenate([np.empty(0, np.int64), *(f[0] for f in found)])
    j = np.concatenate([np.empty(0, np.int64), *(f[1] for f in found)])
    if rule.name != "pairwise_bernoulli":
        n = (ends[1] if by_target else ends[0]).size
        if i.size != n * int(rule.number):
            raise ConnectivityError(
                "nest.Connect",
                f"{rule.name}={rule.number} where some nodes have no neighbors in the mask",
                "each node has some, and without multapses as many as its degree",
                "enlarge the mask, or allow multapses",
            )
    return i, j


def _of_degree(
    node: np.ndarray, p: np.ndarray, degree: tuple[int, bool], rng: np.random.Generator
) -> np.ndarray:
    """Indices of candidates (int64): for each node a number of them, in proportion to `p`."""
    number, again = degree
    begins = np.flatnonzero(np.diff(node, prepend=-1))
    ends = np.append(begins[1:], node.size)
    found = [np.empty(0, np.int64)]
    for a, b in zip(begins.tolist(), ends.tolist(), strict=True):
        weight = np.cumsum(p[a:b])
        if weight[-1] <= 0.0:
            continue
        if again:
            at = np.searchsorted(weight, rng.random(number) * weight[-1], side="right")
        else:
            possible = np.count_nonzero(p[a:b])
            if possible < number:
                continue
            # The smallest of exponential times with these rates are a draw without replacement.
            with np.errstate(divide="ignore"):
                times = rng.standard_exponential(b - a) / p[a:b]
            at = np.argpartition(times, number - 1)[:number] if number < b - a else np.arange(b - a)
        found.append(a + np.minimum(at, b - a - 1))
    return np.concatenate(found)
