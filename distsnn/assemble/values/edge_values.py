"""Weights and delays of projections for any of their edges, however they are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.edge_chunks import EdgeChunk
from distsnn.assemble.edges.edge_indices import NumberedEdges
from distsnn.assemble.edges.projection_edges import draw_edges
from distsnn.assemble.values.drawn_values import DelaySampler, draw_weights, value_position
from distsnn.assemble.values.pair_values import Ends, PairText
from distsnn.assemble.values.synaptic_values import (
    SynapticDelays,
    SynapticValues,
    synaptic_delay_bounds,
)
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.values.given import PerSynapse
from distsnn.describe.values.given_expressions import TextValue
from distsnn.describe.values.time_steps import steps_of_array
from distsnn.errors import ParameterError
from distsnn.layout.delays import AXONAL, DENDRITIC, MAX_DELAY_STEPS, NO_DELAYS, TextDelayBounds
from distsnn.layout.partition import Partition


def weight_text(
    description: NetworkDescription, projection: ProjectionDescription
) -> PairText | None:
    """The weights of a projection, if they are given as text."""
    if not isinstance(projection.weight, TextValue):
        return None
    group = description.groups[projection.target.group]
    assert isinstance(group, NeuronDescription)
    is_conductance = group.receptors[projection.receptor].weight_unit == "nS"
    return PairText(
        Ends(description, projection.source, projection.target),
        projection.name,
        projection.weight,
        stream_key(description.seed, "weight", projection.name),
        0.0 if is_conductance else -np.inf,
    )


def weights_of(
    description: NetworkDescription, projection: ProjectionDescription
) -> Callable[[EdgeChunk, np.ndarray | None], np.ndarray | float]:
    """Function that gives the weights (float64 (n,), or one number for all) of edges.

    Its second argument is the result of `distsnn.assemble.values.drawn_values.value_position`.
    """
    text, weight = weight_text(description, projection), projection.weight
    if text is not None:
        return lambda edges, _: text.of(edges)
    if isinstance(weight, SynapticValue):
        values = SynapticValues(description, weight)
        return lambda edges, _: values.of(edges)
    if isinstance(weight, PerSynapse):
        given, numbered = weight.values, NumberedEdges(description, projection)
        return lambda edges, _: given[numbered.of(edges)]
    assert not isinstance(weight, TextValue)
    key = stream_key(description.seed, "weight", projection.name)
    return lambda edges, position: draw_weights(weight, edges.major, edges.k, position, key)


class TextDelays:
    """Delays in steps of a projection whose delays are given as text.

    Parameters
    ----------
    description : NetworkDescription
    projection : ProjectionDescription
    part : str
        `AXONAL` or `DENDRITIC`.
    bounds : tuple of two int, optional
        Shortest and longest delay, if they are known already.

    Raises
    ------
    ParameterError
        If a delay is negative or too long.

    Notes
    -----
    The shortest and longest delay are those of all edges, which every rank walks: so all ranks
    know them, and raise the same errors, without exchanging anything. Without any edge they are
    `NO_DELAYS`.
    """

    def __init__(
        self,
        description: NetworkDescription,
        projection: ProjectionDescription,
        part: str,
        bounds: tuple[int, int] | None = None,
    ) -> None:
        delay = getattr(projection, part)
        assert isinstance(delay, TextValue)
        self.dt, self.name = description.dt, projection.name
        ends = Ends(description, projection.source, projection.target)
        self.text = PairText(
            ends,
            projection.name,
            delay,
            stream_key(description.seed, _STREAMS[part], projection.name),
            0.0,
        )
        if bounds is None:
            rule = ends.bind(projection.rule, projection.name)
            everything = draw_edges(
                rule,
                ends.source.size,
                ends.target.size,
                projection.shift,
                stream_key(description.seed, "edges", projection.name),
                [(0, ends.target.size)],
            )
            found = [(int(s.min()), int(s.max())) for s in map(self.steps, everything) if s.size]
            bounds = (
                min((low for low, _ in found), default=NO_DELAYS[0]),
                max((high for _, high in found), default=NO_DELAYS[1]),
            )
        self.first, self.last = bounds

    def steps(self, edges: EdgeChunk) -> np.ndarray:
        """Delays (int64 (n,)) of some edges, in steps."""
        delay = self.text.of(edges)
        steps = steps_of_array(delay, self.dt)
        if steps.size and steps.max() > MAX_DELAY_STEPS:
            raise ParameterError(
                self.name,
                f"delay={self.text.value.text!r} gives {delay.max():g} ms",
                f"delays must be <= {MAX_DELAY_STEPS} steps of {self.dt} ms",
                "correct the text, or enlarge dt",
                delay=float(delay.max()),
            )
        return steps


class PartOfDelays:
    """The axonal or the dendritic delays of a projection, in steps.

    Parameters
    ----------
    description : NetworkDescription
    projection : ProjectionDescription
    part : str
        `AXONAL` or `DENDRITIC`.
    bounds : tuple of two int, optional
        See `TextDelays`.
    """

    def __init__(
        self,
        description: NetworkDescription,
        projection: ProjectionDescription,
        part: str,
        bounds: tuple[int, int] | None = None,
    ) -> None:
        self.projection, self.delay = projection, getattr(projection, part)
        self._drawn: TextDelays | SynapticDelays | DelaySampler
        if isinstance(self.delay, TextValue):
            self._drawn = TextDelays(description, projection, part, bounds)
        elif isinstance(self.delay, SynapticValue):
            assert bounds is not None
            self._drawn = SynapticDelays(description, self.delay, bounds)
        else:
            self._drawn = DelaySampler(
                projection.name,
                self.delay,
                description.dt,
                stream_key(description.seed, _STREAMS[part], projection.name),
            )
        self.first, self.last = self._drawn.first, self._drawn.last

    def steps(self, edges: EdgeChunk) -> np.ndarray | int:
        """Delays (int array (n,), or one number for all) of some edges."""
        if isinstance(self._drawn, TextDelays | SynapticDelays):
            return self._drawn.steps(edges)
        projection = self.projection
        position = value_position(self.delay, projection.rule, projection.target.size, edges)
        return self._drawn.steps(edges.major, edges.k, position)


@dataclass(frozen=True, eq=False)
class Delays:
    """Both parts of the delays of a projection, and their sum: steps from spike to effect."""

    axonal: PartOfDelays
    dendritic: PartOfDelays

    @property
    def first(self) -> int:
        """The shortest possible sum."""
        return self.axonal.first + self.dendritic.first

    @property
    def last(self) -> int:
        """The longest possible sum."""
        return self.axonal.last + self.dendritic.last

    def steps(self, edges: EdgeChunk) -> np.ndarray | int:
        """Sums (int array (n,), or one number for all) of some edges."""
        return self.axonal.steps(edges) + self.dendritic.steps(edges)


def delays_of(
    description: NetworkDescription,
    projection: ProjectionDescription,
    bounds: TextDelayBounds,
) -> Delays:
    """The delays of a projection; `bounds` are those of `text_delay_bounds`."""
    axonal, dendritic = (
        PartOfDelays(description, projection, part, bounds.get((projection.name, part)))
        for part in (AXONAL, DENDRITIC)
    )
    return Delays(axonal, dendritic)


def text_delay_bounds(
    description: NetworkDescription, partition: Partition
) -> dict[tuple[str, str], tuple[int, int]]:
    """Shortest and longest delay, in steps, of delays that are texts, by name and part.

    Of those of synapses with statements they are what the rank's own synapses have. Without any
    they are `NO_DELAYS`.
    """
    found = {}
    for p in description.projections:
        for part in (AXONAL, DENDRITIC):
            delay = getattr(p, part)
            if isinstance(delay, TextValue):
                delays = TextDelays(description, p, part)
                found[p.name, part] = delays.first, delays.last
            elif isinstance(delay, SynapticValue):
                found[p.name, part] = synaptic_delay_bounds(description, p, delay, partition)
    return found


# Streams of random numbers of the parts of a delay.
_STREAMS = {AXONAL: "delay", DENDRITIC: "dendritic delay"}
