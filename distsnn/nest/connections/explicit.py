"""Connections one by one: which, and with which values."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.assemble.edges.rule_draws import Draws
from distsnn.describe.keys import stream_key
from distsnn.describe.synapses.rules import AllToAll, OneToOne
from distsnn.nest.connections.computed_values import is_computable
from distsnn.nest.connections.connection import Connection, Edges
from distsnn.nest.connections.pairs import Pairs, draw_pairs
from distsnn.nest.connections.synapse_limits import check_limits
from distsnn.nest.space.neighbors import Space
from distsnn.nest.space.spatial_pairs import SpatialPairs, evaluation, space_of
from distsnn.nest.values.parameter import Evaluation, Parameter, generator

VALUES = ("delay", "weight", "receptor_type")


def explicit_edges(connection: Connection, seed: int) -> Edges:
    """All connections of a call, the same on all ranks.

    Parameters
    ----------
    connection : Connection
    seed : int

    Raises
    ------
    ConnectivityError, ParameterError
        If the rule cannot be met, or an array has another shape.
    """
    if connection.edges is None:
        connection.edges = _drawn(connection, seed)
    return connection.edges


def known_edges(connection: Connection, seed: int) -> Edges | None:
    """All connections of a call, if they are known before the network is made; None if not.

    Those of rules that leave nothing to chance are; random ones of large collections are drawn
    by the network, each rank its own.
    """
    if connection.edges is not None:
        return connection.edges
    rule = connection.rule.built_in
    if connection.records or connection.shared:
        return explicit_edges(connection, seed)
    if rule is None and not connection.rule.spatial:
        return explicit_edges(connection, seed)
    parameters = [v for v in connection.values.values() if isinstance(v, Parameter)]
    if not is_computable(connection):
        return explicit_edges(connection, seed)
    if parameters or not (connection.rule.spatial or isinstance(rule, AllToAll | OneToOne)):
        return None
    if connection.listed is None:
        connection.listed = _drawn(connection, seed)
    return connection.listed


def _drawn(connection: Connection, seed: int) -> Edges:
    rng = generator(seed, "connect", str(connection.drawn_as))
    source, target = connection.source, connection.target
    given = (v for v in connection.values.values() if isinstance(v, Parameter))
    spatial = connection.rule.spatial or any(v.is_spatial() for v in given)
    space = space_of(source, target) if spatial else None
    if space is not None and connection.rule.spatial:
        pairs = spatial_pairs(connection)
        # The key is that of the synapses, if these draw them.
        draws = Draws(stream_key(seed, "edges", f"connect_{connection.drawn_as}"))
        i, j = pairs.edges(np.arange((target if pairs.by_target else source).size), draws)
        order = np.lexsort((i, j) if pairs.by_target else (j, i))
        i, j = i[order], j[order]
    else:
        i, j = draw_pairs(connection.rule, source, target, rng)
    rng = generator(seed, "values", str(connection.number))
    values = {
        name: _values(connection, name, given, (i, j), _evaluation(space, (i, j), rng))
        for name, given in connection.values.items()
        if name in VALUES or not isinstance(given, float | int | str | bool)
    }
    return Edges(source[i], target[j], values)


def spatial_pairs(connection: Connection) -> SpatialPairs:
    """The pairs of a rule with mask or kernel."""
    source, target = connection.source, connection.target
    name = f"connect_{connection.drawn_as}"
    return SpatialPairs(connection.rule, (source, target), space_of(source, target), name)


def _evaluation(space: Space | None, pairs: Pairs, rng: np.random.Generator) -> Evaluation:
    return Evaluation(pairs[0].size, rng) if space is None else evaluation(space, pairs, rng)


def _values(
    connection: Connection, name: str, given: Any, pairs: Pairs, evaluated: Evaluation
) -> np.ndarray:
    i, j = pairs
    if isinstance(given, Parameter):
        drawn = np.array(given.of(evaluated))
        check_limits(connection.base, name, drawn)
        return drawn
    if not isinstance(given, np.ndarray):
        return np.full(i.size, float(given))
    if connection.rule.name == "all_to_all":
        return given.reshape(connection.target.size, connection.source.size)[j, i]
    return given.reshape(-1)
