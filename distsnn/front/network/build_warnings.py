"""Warnings of a network that is built: unlikely numbers, and groups that are not divided."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.values.given import Distribution, value_bounds
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import UnlikelyValueWarning
from distsnn.exchange.worlds.threads import warn_once
from distsnn.front.names.scope import quantities_expected
from distsnn.layout.colocated import colocated_groups, joins

# Published models are driven by a rest some mV above the threshold, as CUBA of Vogels and Abbott.
_FURTHEST = 5.0
# Below these (ms, pF) a number is most likely one in seconds, or in farad.
_SHORTEST, _SMALLEST = 0.05, 1e-6
# Reasons of groups that are not divided.
_MOST_SAID = 3


def warn_of_unlikely(description: NetworkDescription) -> None:
    """Warn, once for each variable, of numbers that can hardly be meant.

    Those that carry their units are.
    """
    for group in description.groups if not quantities_expected() else ():
        if isinstance(group, NeuronDescription):
            for text in _unlikely(group):
                warnings.warn(f"{group.name}: {text}", UnlikelyValueWarning, stacklevel=2)


def _unlikely(group: NeuronDescription) -> Iterator[str]:
    given = _time_constants(group)
    for name in dict.fromkeys([*given, *(a.variable for a in group.assignments)]):
        tau = _bounds(group, name, given.get(name))[0] if name.startswith("tau") else np.inf
        if 0 < tau < _SHORTEST:
            yield f"{name} is {tau:g} ms; times are in ms: write 20*ms, or 20"
    if isinstance(group.model, LIF):
        yield from _unlikely_of_model(group, group.model)


def _time_constants(group: NeuronDescription) -> dict[str, Any]:
    """Values of what is called tau: parameters of the model, and names from outside."""
    model = group.model
    given = model.names.numbers if isinstance(model, NeuronEquations) else model.parameters
    return {name: value for name, value in given.items() if name.startswith("tau")}


def _unlikely_of_model(group: NeuronDescription, model: LIF) -> Iterator[str]:
    C_m = _bounds(group, "C_m", model.parameters["C_m"])[0]
    if C_m < _SMALLEST:
        yield f"C_m is {C_m:g} pF; capacitances are in pF: write 250*pF, or 250"
    V_th = _bounds(group, "V_th", model.parameters["V_th"])[1]
    E_L = _bounds(group, "E_L", model.parameters["E_L"])[0]
    if V_th < E_L - _FURTHEST:
        yield f"V_th, {V_th:g} mV, is below E_L, {E_L:g} mV, so that neurons spike without input"


def _bounds(group: NeuronDescription, name: str, default: Any) -> tuple[float, float]:
    """Smallest and largest value of a parameter, as far as it is given in numbers."""
    given = [a.value for a in group.assignments if a.variable == name]
    values = given or [default]
    numbers = [v for v in values if isinstance(v, float | np.ndarray | Distribution)]
    bounds = [value_bounds(v) for v in numbers]
    # Of expressions nothing is said.
    return (
        min((low for low, _ in bounds if np.isfinite(low)), default=np.inf),
        max((high for _, high in bounds), default=np.inf),
    )


def warn_of_undivided_groups(description: NetworkDescription, size: int) -> None:
    """Warn of groups that stay whole although there are several ranks or threads."""
    if size == 1:
        return
    every = joins(description)
    for colocated in colocated_groups(description):
        names = ", ".join(description.groups[g].name for g in colocated)
        mine = [join for join in every if join.groups <= set(colocated)]
        why = dict.fromkeys(join.why for join in mine)
        instead = dict.fromkeys(join.instead for join in mine)
        more = f" (and {len(why) - _MOST_SAID} more)" if len(why) > _MOST_SAID else ""
        warn_once(
            f"{names}: on one rank as a whole, since {', '.join([*why][:_MOST_SAID])}{more}. They "
            f"are divided if {', and '.join(instead)}."
        )
