"""Weights and delays of projections for any of their edges, however they are given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from distsnn.build.chunks import EdgeChunk
from distsnn.build.edges import draw_edges
from distsnn.build.pair_values import Ends, PairText
from distsnn.build.synaptic_values import SynapticDelays, SynapticValues, synaptic_delay_bounds
from distsnn.build.values import DelaySampler, draw_weights
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.projections import ProjectionDescription
from distsnn.describe.synapses import SynapticValue
from distsnn.describe.text import TextValue
from distsnn.errors import ParameterError
from distsnn.plan.delays import MAX_DELAY_STEPS, steps_of_array
from distsnn.plan.partition import Partition


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

    Its second argument is the result of `distsnn.build.values.value_position`.
    """
    text, weight = weight_text(description, projection), projection.weight
    if text is not None:
        return lambda edges, _: text.of(edges)
    if isinstance(weight, SynapticValue):
        values = SynapticValues(description, weight)
        return lambda edges, _: values.of(edges)
    assert not isinstance(weight, TextValue)
    key = stream_key(description.seed, "weight", projection.name)
    return lambda edges, position: draw_weights(weight, edges.major, edges.k, position, key)


class TextDelays:
    """Delays in steps of a projection whose delays are given as text.

    Parameters
    ----------
    description : NetworkDescription
    projection : ProjectionDescription
    bounds : tuple of two int, optional
        Shortest and longest delay, if they are known already.

    Raises
    ------
    ParameterError
        If a delay is negative or too long.

    Notes
    -----
    The shortest and longest delay are those of all edges, which every rank walks: so all ranks
    know them, and raise the same errors, without exchanging anything.
    """

    def __init__(
        self,
        description: NetworkDescription,
        projection: ProjectionDescription,
        bounds: tuple[int, int] | None = None,
    ) -> None:
        assert isinstance(projection.delay, TextValue)
        self.dt, self.name = description.dt, projection.name
        ends = Ends(description, projection.source, projection.target)
        self.text = PairText(
            ends,
            projection.name,
            projection.delay,
            stream_key(description.seed, "delay", projection.name),
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
                min((low for low, _ in found), default=MAX_DELAY_STEPS),
                max((high for _, high in found), default=0),
            )
        self.first, self.last = bounds[0], max(bounds)

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


Delays = DelaySampler | TextDelays | SynapticDelays


def delays_of(
    description: NetworkDescription,
    projection: ProjectionDescription,
    bounds: tuple[int, int] | None = None,
) -> Delays:
    """The delays of a projection; `bounds` as in `TextDelays`, for what `text_delay_bounds` does.

    Those of synapses with statements must have bounds.
    """
    if isinstance(projection.delay, TextValue):
        return TextDelays(description, projection, bounds)
    if isinstance(projection.delay, SynapticValue):
        assert bounds is not None
        return SynapticDelays(description, projection.delay, bounds)
    return DelaySampler(
        projection.name,
        projection.delay,
        description.dt,
        stream_key(description.seed, "delay", projection.name),
    )


def steps_of_edges(
    delays: Delays, edges: EdgeChunk, position: np.ndarray | None
) -> np.ndarray | int:
    """Delays (int array (n,), or one number for all) of edges; `position` as in `weights_of`."""
    if isinstance(delays, DelaySampler):
        return delays.steps(edges.major, edges.k, position)
    return delays.steps(edges)


def text_delay_bounds(
    description: NetworkDescription, partition: Partition
) -> dict[str, tuple[int, int]]:
    """Shortest and longest delay, in steps, of projections whose delays are texts, by name.

    Of those of synapses with statements they are what the rank's own synapses have.
    """
    found = {}
    for p in description.projections:
        if isinstance(p.delay, TextValue):
            delays = TextDelays(description, p)
            found[p.name] = delays.first, delays.last
        elif isinstance(p.delay, SynapticValue):
            found[p.name] = synaptic_delay_bounds(description, p, p.delay, partition)
    return found
