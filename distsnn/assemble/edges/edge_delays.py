"""Delays of the edges of a projection, in steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.edge_values import (
    PairExpression,
    edge_values,
    read_values,
    stored_values,
)
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.synapse_variables import SynapseVariables
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.values.computed import Computed
from distsnn.describe.values.given import Distribution, PerSource, PerSynapse, Stored
from distsnn.describe.values.given_expressions import Expression
from distsnn.describe.values.time_steps import steps_of, steps_of_array
from distsnn.errors import ParameterError
from distsnn.kernels.draws.normal import draw_table, guide_table
from distsnn.layout.delays import (
    AXONAL,
    DENDRITIC,
    MAX_DELAY_STEPS,
    NO_DELAYS,
    DelayRanges,
    delay_bounds,
    delay_thresholds,
)
from distsnn.layout.partition import Partition

# Streams of random numbers of the parts of a delay.
_STREAMS = {AXONAL: "delay", DENDRITIC: "dendritic delay"}
# From edges to steps (int array (n,), or one number for all).
_Steps = Callable[[Edges], np.ndarray | int]


@dataclass(frozen=True, eq=False)
class DelaySteps:
    """The axonal or the dendritic delays of a projection, or their sums, in steps.

    Attributes
    ----------
    first, last : int
        Shortest and longest possible delay.
    steps : callable
        From edges to their delays (int array (n,), or one number for all).
    """

    first: int
    last: int
    steps: _Steps


@dataclass(frozen=True, eq=False)
class EdgeDelays(DelaySteps):
    """Both parts of the delays of a projection, and their sum: steps from spike to effect."""

    dendritic: DelaySteps
    axonal: DelaySteps


def edge_delays(
    description: NetworkDescription, projection: ProjectionDescription, bounds: DelayRanges
) -> EdgeDelays:
    """The delays of a projection; `bounds` are those of `expression_delay_ranges`."""
    axonal, dendritic = (
        delay_part(description, projection, part, bounds.get((projection.name, part), NO_DELAYS))
        for part in (AXONAL, DENDRITIC)
    )
    return EdgeDelays(
        axonal.first + dendritic.first,
        axonal.last + dendritic.last,
        lambda edges: axonal.steps(edges) + dendritic.steps(edges),
        dendritic,
        axonal,
    )


def delay_part(
    description: NetworkDescription,
    projection: ProjectionDescription,
    part: str,
    bounds: tuple[int, int],
) -> DelaySteps:
    """The axonal or dendritic delays of a projection (`part`: `AXONAL` or `DENDRITIC`).

    `bounds` are the shortest and longest delay if they are given as expressions.
    """
    connection, delay = ConnectEdges.of(description, projection), getattr(projection, part)
    if isinstance(delay, Expression | SynapticValue):
        return DelaySteps(*bounds, _evaluated(connection, delay, part))
    dt = description.dt
    first, last = delay_bounds(projection.name, delay, dt)
    if isinstance(delay, np.ndarray | PerSource):
        values = delay.values if isinstance(delay, PerSource) else delay
        steps = stored_values(connection, delay, steps_of_array(values.ravel(), dt))
        return DelaySteps(first, last, steps)
    if isinstance(delay, PerSynapse | Computed):
        given = edge_values(connection, delay, _STREAMS[part])
        return DelaySteps(first, last, lambda edges: steps_of_array(np.asarray(given(edges)), dt))
    if isinstance(delay, Stored):
        times = read_values(connection, delay)
        return DelaySteps(first, last, lambda edges: steps_of_array(times(edges), dt))
    if isinstance(delay, Distribution) and first != last:
        return DelaySteps(first, last, _drawn(connection, delay, part, (first, last)))
    common = first if isinstance(delay, Distribution) else steps_of(delay, dt)
    return DelaySteps(first, last, lambda _: common)


def expression_delay_ranges(
    description: NetworkDescription, partition: Partition
) -> dict[tuple[str, str], tuple[int, int]]:
    """Shortest and longest delay, in steps, of delays that are expressions, by name and part.

    Expressions over pairs are evaluated for all edges on every rank: so all ranks know the bounds
    and raise the same errors without any exchange. Delays of equation-based synapses are those of
    the edges onto the rank's own neurons. Without any edge they are `NO_DELAYS`.
    """
    found = {}
    for p in description.projections:
        for part in (AXONAL, DENDRITIC):
            delay = getattr(p, part)
            if isinstance(delay, Expression | SynapticValue):
                connection = ConnectEdges.of(description, p)
                local = isinstance(delay, SynapticValue)
                ranges = connection.local_ranges(partition) if local else None
                steps = _evaluated(connection, delay, part)
                found[p.name, part] = _span(
                    np.asarray(steps(edges)) for edges in connection.draw(ranges) if len(edges)
                )
    return found


def _span(chunks: Iterable[np.ndarray]) -> tuple[int, int]:
    low, high = NO_DELAYS
    for steps in chunks:
        low, high = min(low, int(steps.min())), max(high, int(steps.max()))
    return low, high


def _drawn(
    connection: ConnectEdges, delay: Distribution, part: str, bounds: tuple[int, int]
) -> _Steps:
    """Steps that are drawn from a table: as if delays were drawn and then rounded."""
    first, last = bounds
    thresholds, guide = _tables(delay, connection.description.dt, first, last)
    words = connection.key(_STREAMS[part])
    k0, k1 = np.uint32(words[0]), np.uint32(words[1])

    def steps(edges: Edges) -> np.ndarray:
        out = np.empty(len(edges), dtype=np.int32)
        draw_table(out, edges.major, edges.k, k0, k1, thresholds, guide, first)
        return out

    return steps


@lru_cache(maxsize=32)
def _tables(delay: Distribution, dt: float, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds and guide of `draw_table`, kept for projections of the same distribution."""
    cumulative = delay_thresholds(delay, dt, first, last)
    thresholds = np.append(np.rint(cumulative * 2.0**53).astype(np.uint64), np.uint64(2**53))
    return thresholds, guide_table(thresholds)


def _evaluated(connection: ConnectEdges, delay: Expression | SynapticValue, part: str) -> _Steps:
    """Steps of delays that an expression or the assignments to a variable give."""
    dt = connection.description.dt
    if isinstance(delay, SynapticValue):
        variables = SynapseVariables(connection.description, delay.synapses)
        return lambda edges: variables.at(replace(edges, connect=delay.connect)).delay_steps(
            delay.pathway
        )
    values = PairExpression(connection, delay, connection.key(_STREAMS[part]), 0.0)

    def steps(edges: Edges) -> np.ndarray:
        given = values.of(edges)
        found = steps_of_array(given, dt)
        if found.size and found.max() > MAX_DELAY_STEPS:
            raise ParameterError(
                connection.name,
                f"delay={delay.text!r} gives {given.max():g} ms",
                f"delays must be <= {MAX_DELAY_STEPS} steps of {dt} ms",
                "correct the expression, or enlarge dt",
                delay=float(given.max()),
            )
        return found

    return steps
