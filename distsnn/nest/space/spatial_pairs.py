"""Pairs that rules with masks and kernels join."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.errors import ConnectivityError, ParameterError
from distsnn.nest.nodes.collection import NodeCollection, positions_of
from distsnn.nest.space.masks import Mask
from distsnn.nest.space.neighbors import Space, neighbors
from distsnn.nest.values.parameter import Evaluation, Parameter, whole_numbers

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
    mask: Mask | None = rule.mask
    if mask is not None and space.layer.edge_wrap:
        _check_size(mask, space)
    pairwise = rule.name.startswith("pairwise")
    by_target = rule.name == "fixed_indegree"
    # The mask is around the node that looks for others.
    around_target = rule.on_source if pairwise else by_target
    degrees = _degrees(rule, ends, by_target, rng)
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
        if pairwise:
            own = _drawn(rule, p, rng)
        else:
            node, p = j if by_target else i, np.maximum(p, 0.0)
            own = _of_degree(node, p, (degrees, rule.multapses), rng)
        found.append((i[own], j[own]))
    i = np.concatenate([np.empty(0, np.int64), *(f[0] for f in found)])
    j = np.concatenate([np.empty(0, np.int64), *(f[1] for f in found)])
    if not pairwise and i.size != degrees.sum():
        raise ConnectivityError(
            "nest.Connect",
            f"{rule.name}={rule.number} where some nodes have no neighbors in the mask",
            "each node has some, and without multapses as many as its degree",
            "enlarge the mask, or allow multapses",
        )
    return i, j


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


def _degrees(
    rule: Any, ends: tuple[np.ndarray, np.ndarray], by_target: bool, rng: np.random.Generator
) -> np.ndarray:
    """The degree of each node that has one, int64 (n,)."""
    n = (ends[1] if by_target else ends[0]).size
    fixed = rule.name.startswith("fixed")
    if fixed and isinstance(rule.number, Parameter):
        return whole_numbers(rule.number.of(Evaluation(n, rng)))
    return np.full(n, rule.number if fixed else 0)


def _drawn(rule: Any, p: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Indices of candidates (int64) that are joined, each for itself."""
    if rule.name == "pairwise_bernoulli":
        return np.flatnonzero(rng.random(p.size) < p)
    mean = rule.number * np.maximum(p, 0.0)
    return np.repeat(np.arange(p.size), rng.poisson(mean))


def _of_degree(
    node: np.ndarray, p: np.ndarray, degree: tuple[np.ndarray, bool], rng: np.random.Generator
) -> np.ndarray:
    """Indices of candidates (int64): for each node a number of them, in proportion to `p`."""
    numbers, again = degree
    begins = np.flatnonzero(np.diff(node, prepend=-1))
    ends = np.append(begins[1:], node.size)
    found = [np.empty(0, np.int64)]
    for a, b in zip(begins.tolist(), ends.tolist(), strict=True):
        weight, number = np.cumsum(p[a:b]), int(numbers[node[a]])
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
