"""Checks that synapses and inputs share: their ends, receptors, weights and rules."""

from __future__ import annotations

from distsnn.describe.models.receptors import Receptor
from distsnn.describe.synapses.stdp import SpikeTiming
from distsnn.describe.values.given import Distribution, Value, checked_value, value_bounds
from distsnn.describe.values.given_expressions import TextModel, TextValue
from distsnn.errors import ParameterError
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup


def as_slice(where: str, role: str, given: object) -> Subgroup:
    """The slice that a group or slice stands for.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    if isinstance(given, Subgroup):
        return given
    if isinstance(given, SpikeSource):
        return given.whole
    raise ParameterError(
        where, f"{role}={given!r}", f"{role} is a group or a slice of one", "give one"
    )


def check_spiking(where: str, role: str, end: Subgroup) -> None:
    """Check that neurons whose spikes are asked for can spike, as Brian 2 does.

    Raises
    ------
    ParameterError
        If they are equations without threshold.
    """
    group = end.group
    if isinstance(group, NeuronGroup) and getattr(group.model, "threshold", None) == "":
        raise ParameterError(
            where,
            f"{role} {end.name} has no threshold",
            "its neurons never spike",
            "give it a threshold, such as threshold='v > 1'",
        )


def attachable(where: str, target: Subgroup, receptor: object) -> NeuronGroup:
    """The group of neurons of `target`, if `receptor` can be attached to it.

    Raises
    ------
    ParameterError
        If the target has no neurons, or `receptor` is no receptor.
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
            "a receptor is Exponential(tau=..., output=...), Alpha(tau=..., output=...) or Delta()",
            "give one",
        )
    return target.group


def checked_weight(where: str, weight: object, receptor: Receptor) -> Value:
    """A weight onto `receptor`, checked.

    Raises
    ------
    ParameterError
        If it is no value, or a conductance that can be negative.
    """
    checked = checked_value(where, "weight", weight, receptor.weight_unit)
    low = value_bounds(checked)[0]
    if receptor.weight_unit == "nS" and low < 0:
        raise ParameterError(
            where,
            f"weight can be {low} nS",
            "a conductance must be >= 0 nS",
            "bound the distribution with low=0"
            if isinstance(checked, Distribution)
            else "for inhibition give the receptor a low reversal potential",
        )
    return checked


def checked_rule(
    where: str,
    rule: object,
    ends: tuple[Subgroup, Subgroup],
    receptor: Receptor,
    weight: Value | TextValue,
) -> SpikeTiming | None:
    """A rule for synapses, checked.

    Raises
    ------
    ParameterError
        If it is no rule, a group that it reads spikes of has none, or weights do not fit its
        bounds.
    """
    if rule is None:
        return None
    if not isinstance(rule, SpikeTiming):
        raise ParameterError(
            where,
            f"stdp={rule!r}",
            "a rule that changes weights is STDP(...), TripletSTDP(...) or VogelsSTDP(...)",
            "give one; STD(...) and STP(...) are given as stp=",
        )
    for end in ends:
        _check_spikes(where, rule, end)
    low = value_bounds(rule.parameters["w_min"])[0]
    if receptor.weight_unit == "nS" and low < 0:
        raise ParameterError(
            where,
            f"w_min={low} nS of {type(rule).__name__}",
            "a conductance must be >= 0 nS",
            "raise w_min",
        )
    if isinstance(weight, float):
        high = value_bounds(rule.parameters["w_max"])[1]
        if not low <= weight <= high:
            raise ParameterError(
                where,
                f"weight={weight:g} {receptor.weight_unit}",
                f"weights lie between w_min={low:g} and w_max={high:g} of its "
                f"{type(rule).__name__}",
                "correct the weight or the bounds",
                value=weight,
            )
    return rule


def _check_spikes(where: str, rule: SpikeTiming, end: Subgroup) -> None:
    group = end.group
    if not isinstance(group, NeuronGroup):
        return
    model = group.model
    if isinstance(model, TextModel) and not model.threshold:
        raise ParameterError(
            where,
            f"{type(rule).__name__} with {end.name}, which has no threshold and never spikes",
            "the rule needs spikes of the source and of the target",
            "give the group a threshold, or leave out stdp=",
        )
