"""Weights and delays that each rank computes for its own connections."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from distsnn.assemble.edges.rule_draws import Draws
from distsnn.describe.values.computed import Computed
from distsnn.errors import ParameterError
from distsnn.nest.connections.connection import Connection
from distsnn.nest.connections.synapse_limits import check_limits
from distsnn.nest.space.neighbors import Space
from distsnn.nest.space.spatial_pairs import Pairs, evaluation, space_of
from distsnn.nest.values.pair_random import PairRandom
from distsnn.nest.values.parameter import Evaluation, Parameter, Reach

_NOWHERE = Reach(*(3 * ((np.zeros(0), np.zeros(0)),)))


def computed(connection: Connection, name: str) -> Computed | None:
    """A parameter of connections as values that are computed for each, if its bounds are known.

    Parameters
    ----------
    connection : Connection
    name : str
        ``"weight"`` or ``"delay"``.

    Returns
    -------
    Computed or None
        None if it is no parameter, or has a law that the engine draws by, or if delays have no
        upper bound or weights may have both signs.
    """
    given = connection.values[name]
    if not isinstance(given, Parameter) or given.law is not None:
        return None
    if name not in connection.computed:
        connection.computed[name] = _computed(connection, name, given)
    return connection.computed[name]


def is_computable(connection: Connection) -> bool:
    """Whether all its parameters are drawn by the engine or computed, weights and delays."""
    return all(
        value.law is not None
        or (name in {"weight", "delay"} and computed(connection, name) is not None)
        for name, value in connection.values.items()
        if isinstance(value, Parameter)
    )


def _computed(connection: Connection, name: str, given: Parameter) -> Computed | None:
    source, target = connection.source, connection.target
    space = space_of(source, target) if given.is_spatial() else None
    low, high = given.span(_NOWHERE if space is None else _reach(space))
    if (name == "delay" and not math.isfinite(high)) or (name == "weight" and low < 0 < high):
        return None
    if name == "delay":
        # Those that are shorter raise an error where they are computed.
        low, high = max(low, 0.0), max(high, 0.0)

    def of(i: np.ndarray, j: np.ndarray, identity: Pairs, key: tuple[int, int]) -> np.ndarray:
        at: Evaluation = _evaluation(space, (i, j), PairRandom(Draws(key), *identity))
        found = np.array(given.of(at))
        check_limits(connection.base, name, found)
        # Tables have no room for others.
        bad = found[~((found >= low) & (found <= high))]
        if bad.size:
            allowed = f"it lies between {low:g} and {high:g} here"
            raise ParameterError(
                f"nest.Connect: {connection.name}", f"{name} can be {bad[0]:g}",
                "delays are positive" if name == "delay" and bad[0] < 0 else allowed,
                "correct the formula",
            )  # fmt: skip
        return found

    return Computed(of, low, high, (name, f"connect_{connection.number}"))


def _evaluation(space: Space | None, pairs: Pairs, rng: Any) -> Evaluation:
    return Evaluation(pairs[0].size, rng) if space is None else evaluation(space, pairs, rng)


def _reach(space: Space) -> Reach:
    """Boxes around all positions and displacements."""
    source, target = ((of.min(axis=0), of.max(axis=0)) for of in (space.source, space.target))
    away = target[0] - source[1], target[1] - source[0]
    if space.layer.edge_wrap:
        half = 0.5 * space.layer.extent
        # Where a side is longer than half of the extent, the short way may lead across the edge.
        wide = (target[1] - source[0] > half) | (source[1] - target[0] > half)
        away = np.where(wide, -half, away[0]), np.where(wide, half, away[1])
    return Reach(source, target, away)
