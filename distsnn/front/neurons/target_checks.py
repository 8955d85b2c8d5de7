"""Checks that synapses, inputs and monitors share: their ends, receptors and weights."""

from __future__ import annotations

from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.operations import SPIKE
from distsnn.describe.values.computed import Computed
from distsnn.describe.values.given import Distribution, Stored, Value, checked_value, value_bounds
from distsnn.errors import NotThereError, ParameterError
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.group_events import unknown_event
from distsnn.front.neurons.neuron_group import NeuronGroup


def as_slice(where: str, role: str, given: object) -> Subgroup:
    """The slice that a group or slice stands for.

    Raises ParameterError if it is neither.
    """
    if isinstance(given, Subgroup):
        return given
    if isinstance(given, SpikeSource):
        return given.whole
    raise ParameterError(
        where, f"{role}={given!r}", f"{role} is a group or a slice of one", "give one"
    )


def check_spiking(where: str, role: str, end: Subgroup, event: str = SPIKE) -> None:
    """Check that neurons whose spikes, or another event, are asked for can have them.

    Raises ParameterError if they are equations without threshold, or have no such event.
    """
    events = end.group.described_events
    if event not in events and event != SPIKE:
        unknown_event(f"{where}, {role} {end.name}", event, events)
    if event not in events:
        raise NotThereError(
            where,
            f"{role} {end.name} has no threshold",
            "its neurons never spike",
            "give it a threshold, such as threshold='v > 1'",
        )


def attachable(where: str, target: Subgroup, receptor: object) -> NeuronGroup:
    """The group of neurons of `target`, if `receptor` can be attached to it.

    Raises ParameterError if the target has no neurons, or `receptor` is no receptor.
    """
    if not isinstance(target.group, NeuronGroup):
        raise ParameterError(
            where,
            f"target {target.name} only sends spikes",
            "the target is a NeuronGroup or a slice of one",
            "exchange source and target if that is what was meant",
        )
    if not isinstance(receptor, Receptor):
        raise ParameterError(
            where,
            f"receptor={receptor!r}",
            "a receptor is Exponential(tau=..., output=...), Alpha(tau=..., output=...), Delta() "
            "or an object of a class of your own, derived from Receptor",
            "give one",
        )
    return target.group


def checked_weight(where: str, weight: object, receptor: Receptor) -> Value:
    """A weight onto `receptor`, checked.

    Raises ParameterError if it is no value, or a conductance that can be negative.
    """
    checked = (
        weight
        if isinstance(weight, Stored | Computed)
        else checked_value(where, "weight", weight, receptor.weight_unit)
    )
    low = value_bounds(checked)[0]
    if low < receptor.least_weight:
        raise ParameterError(
            where,
            f"weight can be {low} {receptor.weight_unit}",
            f"a conductance must be >= {receptor.least_weight:g} {receptor.weight_unit}",
            "bound the distribution with low=0"
            if isinstance(checked, Distribution)
            else "for inhibition give the receptor a low reversal potential",
        )
    return checked
