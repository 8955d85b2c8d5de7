"""Warnings of a network that is built: unlikely numbers, and groups that are not divided."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.values.given import Distribution, value_bounds
from distsnn.errors import UnlikelyValueWarning
from distsnn.exchange.worlds.threads import warn_once
from distsnn.layout.colocated import colocated_groups

# Published models are driven by a rest some mV above the threshold, as CUBA of Vogels and Abbott.
_FURTHEST = 5.0
# Below these (ms, pF) a number is most likely one in seconds, or in farad.
_SHORTEST, _SMALLEST = 0.05, 1e-6


def warn_of_unlikely(description: NetworkDescription) -> None:
    """Warn, once for each variable, of numbers that can hardly be meant."""
    for group in description.groups:
        if isinstance(group, NeuronDescription) and isinstance(group.model, LIF):
            for text in _unlikely(group):
                warnings.warn(f"{group.name}: {text}", UnlikelyValueWarning, stacklevel=2)


def _unlikely(group: NeuronDescription) -> Iterator[str]:
    tau_m, C_m = _bounds(group, "tau_m")[0], _bounds(group, "C_m")[0]
    if tau_m < _SHORTEST:
        yield f"tau_m is {tau_m:g} ms; times are in ms: write 20*ms, or 20"
    if C_m < _SMALLEST:
        yield f"C_m is {C_m:g} pF; capacitances are in pF: write 250*pF, or 250"
    V_th, E_L = _bounds(group, "V_th")[1], _bounds(group, "E_L")[0]
    if V_th < E_L - _FURTHEST:
        yield f"V_th, {V_th:g} mV, is below E_L, {E_L:g} mV, so that neurons spike without input"


def _bounds(group: NeuronDescription, name: str) -> tuple[float, float]:
    """Smallest and largest value of a parameter, as far as it is given in numbers."""
    given = [a.value for a in group.assignments if a.variable == name]
    values = given or [group.model.parameters[name]]
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
    for colocated in colocated_groups(description):
        names = ", ".join(description.groups[g].name for g in colocated)
        warn_once(
            f"{names}: on one rank as a whole, since statements there write to the sources of "
            "synapses (x_pre = ...), read what events of the same step change (x_pre), or read or "
            "set linked variables"
        )
