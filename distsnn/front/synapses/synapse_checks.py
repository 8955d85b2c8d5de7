"""Checks of rules of plasticity, of built-in synapses and in tables, and of sums over synapses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import is_dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.synapses.spike_timing import SpikeTiming
from distsnn.describe.values.given import Value, value_bounds
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import ParameterError, UnsupportedError
from distsnn.front.names.named import called
from distsnn.front.neurons.group_base import Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup

if TYPE_CHECKING:
    # They have the sums.
    from distsnn.front.synapses.equation_synapses import EquationSynapses


def checked_rule(
    where: str,
    rule: object,
    ends: tuple[Subgroup, Subgroup],
    receptor: Receptor,
    weight: Value | None,
) -> SpikeTiming | None:
    """A rule for synapses, checked; with `weight` if they begin with it.

    Raises ParameterError if it is no rule, a group that it reads spikes of has none, or weights do
    not fit its bounds.
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
    if low < receptor.least_weight:
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


def check_same_rule(where: str, rule: SpikeTiming | None, other: SpikeTiming | None) -> None:
    """Raise ParameterError if a rule differs from that of synapses in more than its numbers."""
    made: Any = rule
    if rule is None or other is None or not is_dataclass(made):
        raise ParameterError(
            where,
            f"stdp was set to {other!r}",
            "numbers of the rule that synapses were made with can be set: of STDP, TripletSTDP and "
            "VogelsSTDP",
            "make synapses with the rule; amplitudes of 0 let weights stay",
        )
    same = (
        type(rule) is type(other)
        and rule.formula == other.formula
        and rule.separate <= other.separate
        and (rule.pairing, rule.coincidence, rule.transmits)
        == (other.pairing, other.coincidence, other.transmits)
    )
    if not same:
        raise ParameterError(
            where,
            f"stdp was set to {other!r}",
            f"it is another {type(rule).__name__} whose numbers alone differ"
            + ("; each synapse has its own time constants, as before" if rule.separate else ""),
            "make further synapses with the other rule",
        )
    if getattr(rule, "dependence", "") == "guetig" and _is_narrower(rule, other):
        raise ParameterError(
            where,
            f"stdp was set to {other!r}, whose bounds are narrower",
            "weights beyond a bound have no power of their distance from it",
            "keep w_min and w_max, or make further synapses with the other rule",
        )


def _is_narrower(rule: SpikeTiming, other: SpikeTiming) -> bool:
    """Whether some weights that one rule allows lie beyond the bounds of the other."""
    for name, side in (("w_max", 1), ("w_min", -1)):
        before, now = rule.parameters[name], other.parameters[name]
        plain = isinstance(before, float | np.ndarray) and isinstance(now, float | np.ndarray)
        if plain and np.any(side * np.asarray(now) < side * np.asarray(before)):
            return True
    return False


def _check_spikes(where: str, rule: SpikeTiming, end: Subgroup) -> None:
    group = end.group
    if not isinstance(group, NeuronGroup):
        return
    model = group.model
    if isinstance(model, NeuronEquations) and not model.threshold:
        raise ParameterError(
            where,
            f"{type(rule).__name__} with {end.name}, which has no threshold and never spikes",
            "the rule needs spikes of the source and of the target",
            "give the group a threshold, or leave out stdp=",
        )


def check_sums(synapses: Iterable[EquationSynapses]) -> None:
    """Raise if two (summed) equations set one variable of the same neurons, as Brian 2 does.

    Raises
    ------
    UnsupportedError
        If they do.
    """
    sums = [(of, x, end) for of in synapses for x, end in of.sums]
    for (one, x, end), (other, y, of_other) in combinations(sums, 2):
        overlap = end.start < of_other.stop and of_other.start < end.stop
        if x == y and end.group is of_other.group and overlap:
            raise UnsupportedError(
                called(other),
                f"{x} of {of_other.name} is a sum (summed) here and in {called(one)}",
                "one equation sets a variable",
                "give the group a variable for each, and add these in its equations",
            )


def refuse_in_table(where: str, what: str, allowed: str) -> ParameterError:
    """The error of synapses whose statements were recognized as a rule of plasticity.

    Parameters
    ----------
    where : str
        Name of the synapses.
    """
    return ParameterError(
        where,
        what,
        f"the statements were recognized as a rule of plasticity, and {allowed}",
        "make Synapses(..., recognize=False) to have them run as they are written",
    )
