"""Values that a rule of plasticity keeps for each synapse, besides its weight and delay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.edge_delays import EdgeDelays
from distsnn.assemble.edges.edge_values import EdgeValues, edge_values
from distsnn.assemble.edges.edges import Edges
from distsnn.codegen.tables.plastic_part import POWERS
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.spike_timing import CENTERED, SpikeTiming
from distsnn.describe.values.given import Value
from distsnn.errors import ParameterError
from distsnn.kernels.arithmetic.power import HIGHEST_EXPONENT, powers_of

# The dendritic delay in steps, where each synapse has its own.
DENDRITIC = "dendritic"
# Of synapses with traces of their own: that of the source right after its last spike; that of the
# target right after its last spike that the synapse has taken in, and the step of that spike.
TRACES: dict[str, float] = {"trace": 0.0, "target_trace": 0.0, "target_step": -1.0}


@dataclass(frozen=True, eq=False)
class RuleValues:
    """Values that the rule of a projection keeps for each synapse; none without a rule.

    Attributes
    ----------
    projection : ProjectionDescription
    values : dict of str to callable
        From edges to the values of each name.
    bounds : tuple of two callables, or None
        From edges to the smallest and largest weight, if weights change.
    """

    projection: ProjectionDescription
    values: dict[str, EdgeValues]
    bounds: tuple[EdgeValues, EdgeValues] | None

    def check_weights(self, weight: np.ndarray | float, edges: Edges) -> None:
        """Raise ParameterError if a weight lies outside the bounds of the rule."""
        if self.bounds is None:
            return
        low, high = (of(edges) for of in self.bounds)
        bad = np.flatnonzero(~np.asarray((weight >= low) & (weight <= high)))
        if bad.size:
            e = bad[0]
            one, least, most = (np.broadcast_to(x, len(edges))[e] for x in (weight, low, high))
            raise ParameterError(
                self.projection.name,
                f"the weight of synapse i={edges.source[e]}, j={edges.target[e]} is {one:g}",
                f"weights lie between w_min={least:g} and w_max={most:g} of its "
                f"{type(self.projection.timing).__name__}",
                "correct the weights or the bounds",
                value=float(one),
            )


def per_synapse(timing: SpikeTiming) -> tuple[str, ...]:
    """Names of the parameters that differ between synapses."""
    return tuple(name for name, v in timing.parameters.items() if not isinstance(v, float))


def powers_of_rule(timing: SpikeTiming) -> dict[str, np.ndarray]:
    """The table of a rule's powers; none if it has no powers, or values by synapse."""
    if "scaled_power" not in timing.formula.at_target or timing.separate or per_synapse(timing):
        return {}
    mu, scale = (timing.parameters[name] for name in ("mu_plus", "w_0"))
    assert isinstance(mu, float)
    assert isinstance(scale, float)
    return {POWERS: powers_of(mu, scale)} if 0.0 <= mu <= HIGHEST_EXPONENT else {}


def trace_names(timing: SpikeTiming) -> tuple[str, ...]:
    """Names of the traces that each synapse has for itself."""
    return tuple(TRACES)[: 3 if timing.separate else 1 if timing.pairing == CENTERED else 0]


def rates(timing: SpikeTiming) -> dict[str, Value]:
    """Time constants (ms) of each synapse by the names of its rates; empty if all share them."""
    return {"rise_of": timing.tau_plus, "fall_of": timing.tau_minus} if timing.separate else {}


def rule_value_types(projection: ProjectionDescription) -> dict[str, str]:
    """Names of the values that a rule keeps for each synapse, and how they are stored."""
    if not projection.changes or projection.timing is None:
        return {}
    types = dict.fromkeys([*per_synapse(projection.timing), *rates(projection.timing)], "f8")
    if not isinstance(projection.delay, float) and not isinstance(projection.dendritic, float):
        types[DENDRITIC] = "u2"
    for name in trace_names(projection.timing):
        types[name] = "i8" if name == "target_step" else "f8"
    return types


def rule_values(
    description: NetworkDescription, projection: ProjectionDescription, delays: EdgeDelays
) -> RuleValues:
    """Values that the rule of a projection keeps for each synapse."""
    if not projection.changes or projection.timing is None:
        return RuleValues(projection, {}, None)
    connection = ConnectEdges.of(description, projection)
    known: dict[str, EdgeValues] = {
        name: edge_values(connection, value, name)
        for name, value in projection.timing.parameters.items()
    }
    # Bounds that were set between runs hold for changes alone.
    bounds = None if projection.set_at.rule else (known["w_min"], known["w_max"])
    known[DENDRITIC] = delays.dendritic.steps
    for name, value in rates(projection.timing).items():
        known[name] = _rate(edge_values(connection, value, name), description.dt)
    known |= {name: _constant(start) for name, start in TRACES.items()}
    return RuleValues(projection, {n: known[n] for n in rule_value_types(projection)}, bounds)


def _rate(time: EdgeValues, dt: float) -> EdgeValues:
    """The time step (ms) in units of time constants."""
    return lambda edges: dt / time(edges)


def _constant(value: float) -> EdgeValues:
    return lambda _: value
