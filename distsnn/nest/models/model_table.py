"""All models of nodes and synapses, by NEST's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from distsnn.nest.models.device_kinds import RECORDERS, STIMULATORS
from distsnn.nest_models.cell_model import NeuronKind
from distsnn.nest_models.conductance_neurons import SOLVED
from distsnn.nest_models.glif import RECORDED
from distsnn.nest_models.neuron_table import NEURONS
from distsnn.nest_models.statement_synapses import ALL_SYNAPSES

NEURON, STIMULATOR, RECORDER, PARROT, SYNAPSE = (
    "neuron",
    "stimulator",
    "recorder",
    "parrot",
    "synapse",
)

# Kind of nodes that are none of these, and the model of them.
OTHER, TRANSMITTER = "other", "volume_transmitter"

# Parameters of structural plasticity, which all neurons have.
STRUCTURE: Mapping[str, Any] = {
    "Ca": 0.0,
    "tau_Ca": 10000.0,
    "beta_Ca": 0.001,
    "synaptic_elements": {},
}


# The time constant of second traces, for triplets of spikes.
TRIPLET = {"tau_minus_triplet": 110.0}


# Kinds of neurons, each with the one that it was made from: users may add others.
_known: dict[str, tuple[NeuronKind, NeuronKind]] = {}


def neuron_kind(name: str) -> NeuronKind:
    """A neuron as scripts have it, by NEST's name."""
    kind = SOLVED.get(name) or RECORDED.get(name) or NEURONS[name]
    if name not in _known or _known[name][0] is not kind:
        made = kind
        if "tau_minus" in kind.shared:
            shared = (*kind.shared, *TRIPLET)
            made = replace(kind, defaults={**kind.defaults, **TRIPLET}, shared=shared)
        _known[name] = kind, made
    return _known[name][1]


@dataclass(eq=False)
class Model:
    """A model that scripts name.

    Attributes
    ----------
    name : str
        NEST's name of the model that it is, or is a copy of.
    kind : str
        ``neuron``, ``parrot``, ``stimulator``, ``recorder``, ``other`` or ``synapse``.
    defaults : dict
        Values of all its parameters.
    nodes : dict of str to int
        Global id of nodes that a model of synapses names, by the name of the parameter.
    """

    name: str
    kind: str
    defaults: dict[str, Any]
    nodes: dict[str, int] = field(default_factory=dict)

    @property
    def neuron(self) -> NeuronKind:
        """The model of distsnn, of a neuron."""
        return neuron_kind(self.name)

    def copied(self) -> Model:
        """The same, with defaults of its own."""
        return Model(self.name, self.kind, dict(self.defaults), dict(self.nodes))


def built_in_models() -> tuple[dict[str, Model], dict[str, Model]]:
    """Models of nodes and of synapses, with NEST's defaults."""
    tables: list[tuple[str, Mapping[str, Any]]] = [
        (NEURON, {n: {**neuron_kind(n).defaults, **STRUCTURE} for n in (*NEURONS, *SOLVED)}),
        (PARROT, {"parrot_neuron": {"tau_minus": 20.0, **TRIPLET}}),
        (STIMULATOR, STIMULATORS),
        (RECORDER, RECORDERS),
        # Levels are always those of now here.
        (OTHER, {TRANSMITTER: {"deliver_interval": 1.0}}),
    ]
    nodes = {
        name: Model(name, kind, dict(defaults))
        for kind, table in tables
        for name, defaults in table.items()
    }
    synapses = {
        name: Model(name, SYNAPSE, dict(kind.defaults)) for name, kind in ALL_SYNAPSES.items()
    }
    return nodes, synapses
