"""Values that each synapse of a plastic table has besides its weight and delay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.edge_chunks import EdgeChunk
from distsnn.assemble.values.drawn_values import draw_weights, value_position
from distsnn.assemble.values.edge_values import Delays
from distsnn.describe.keys import stream_key
from distsnn.describe.network import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.stdp import CENTERED, SpikeTiming
from distsnn.describe.values.given import Value
from distsnn.errors import ParameterError

# The dendritic delay in steps, and the trace of the source where each synapse has its own.
DENDRITIC, TRACE = "dendritic", "trace"


@dataclass(frozen=True, eq=False)
class SynapseValues:
    """What each synapse of a projection has besides its weight and delay; nothing without a rule.

    Attributes
    ----------
    types : dict of str to dtype
        Names of the values, and how they are stored.
    """

    seed: int
    projection: ProjectionDescription
    delays: Delays
    types: dict[str, str]

    def of(self, name: str, edges: EdgeChunk) -> np.ndarray | float:
        """Values (array (n,), or one number for all) of some edges."""
        if name == TRACE:
            return 0.0
        if name == DENDRITIC:
            return self.delays.dendritic.steps(edges)
        assert self.projection.timing is not None
        return self._drawn(name, self.projection.timing.parameters[name], edges)

    def check_weights(self, weight: np.ndarray | float, edges: EdgeChunk) -> None:
        """Raise ParameterError if a weight lies outside the bounds of the rule."""
        if not self.projection.changes:
            return
        timing = self.projection.timing
        assert timing is not None
        low, high = (self._drawn(n, timing.parameters[n], edges) for n in ("w_min", "w_max"))
        within = np.asarray((weight >= low) & (weight <= high))
        bad = np.flatnonzero(~within)
        if bad.size:
            one = np.broadcast_to(weight, edges.source.shape)[bad[0]]
            bounds = [np.broadcast_to(b, edges.source.shape)[bad[0]] for b in (low, high)]
            raise ParameterError(
                self.projection.name,
                f"the weight of synapse i={edges.source[bad[0]]}, j={edges.target[bad[0]]} is "
                f"{one:g}",
                f"weights lie between w_min={bounds[0]:g} and w_max={bounds[1]:g} of its "
                f"{type(timing).__name__}",
                "correct the weights or the bounds",
                value=float(one),
            )

    def _drawn(self, name: str, value: Value, edges: EdgeChunk) -> np.ndarray | float:
        projection = self.projection
        position = value_position(value, projection.rule, projection.target.size, edges)
        key = stream_key(self.seed, name, projection.name)
        return draw_weights(value, edges.major, edges.k, position, key)


def per_synapse(timing: SpikeTiming) -> tuple[str, ...]:
    """Names of the parameters of which each synapse has its own."""
    return tuple(name for name, v in timing.parameters.items() if not isinstance(v, float))


def values_of(
    description: NetworkDescription, projection: ProjectionDescription, delays: Delays
) -> SynapseValues:
    """What each synapse of a projection has besides its weight and delay."""
    types: dict[str, str] = {}
    if projection.changes and projection.timing is not None:
        types = dict.fromkeys(per_synapse(projection.timing), "f8")
        if not isinstance(projection.delay, float) and not isinstance(projection.dendritic, float):
            types[DENDRITIC] = "u2"
        if projection.timing.pairing == CENTERED:
            types[TRACE] = "f8"
    return SynapseValues(description.seed, projection, delays, types)
