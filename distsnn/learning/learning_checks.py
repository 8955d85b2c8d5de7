"""Checks of what users give to learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.values.given import whole_number
from distsnn.errors import ParameterError, UnsupportedError
from distsnn.front.names.named import called
from distsnn.front.network.network import Network
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.learning.adjoint_neurons import check_neurons


def checked_number(
    where: str, name: str, value: Any, low: float, high: float = np.inf, closed: bool = False
) -> float:
    """A finite number between two others; `low` itself counts where `closed`.

    Raises ParameterError if it is none.
    """
    known = isinstance(value, int | float | np.integer | np.floating) and not isinstance(
        value, bool
    )
    if not known or not (low < value < high or (closed and value == low)):
        least = f"{'>=' if closed else '>'} {low:g}"
        most = f" and < {high:g}" if high < np.inf else ""
        raise ParameterError(
            where, f"{name}={value!r}", f"{name} is a number {least}{most}", f"correct {name}"
        )
    return float(value)


def checked_array(where: str, name: str, value: Any, shapes: tuple[tuple[int, ...], ...]) -> Any:
    """Finite numbers (float64) of one of some shapes.

    Raises ParameterError if they are not finite, no numbers, or of another shape.
    """
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.full((), np.nan)
    if not np.isfinite(found).all() or found.shape not in shapes:
        allowed = " or ".join(
            "a number" if shape == () else f"an array {shape}" for shape in shapes
        )
        raise ParameterError(
            where, f"{name}={value!r}", f"{name} is {allowed}, all finite", f"correct {name}"
        )
    return found


def index_in(where: str, network: Network, source: SpikeSource | Subgroup) -> int:
    """Index of a group of the network.

    Raises ParameterError if it is none.
    """
    group = source.group if isinstance(source, Subgroup) else source
    if not any(group is known for known in network.objects):
        raise ParameterError(
            where,
            f"{called(group)} is no part of the network",
            "losses and gradients are of its groups",
            "give one of these",
        )
    return network._members.index_of(source)


def check_interval(interval: int) -> None:
    """Raise UnsupportedError if the shortest delay of all ranks (steps) is below one step."""
    if interval < 1:
        raise UnsupportedError(
            "Adjoint.backward",
            "a synapse has a delay below one step",
            "ranks exchange derivatives once every shortest delay, which is one step at least",
            "give all synapses a delay",
        )


def check_network(network: Network) -> None:
    """Raise UnsupportedError if derivatives of its neurons or synapses are not known."""
    description = network.description
    for neurons in description.groups:
        if isinstance(neurons, NeuronDescription):
            check_neurons(neurons)
    for name in _names(description):
        if description.dt_of(name) != description.dt:
            raise UnsupportedError(
                name,
                "a time step of its own in a network that learns",
                "gradients are known of networks with one time step",
                "leave its dt= or clock= out",
            )
    for synapses in network.objects:
        if not isinstance(synapses, Synapses):
            continue
        plastic = isinstance(synapses, ReadySynapses) and (synapses.stp or synapses.stdp)
        if plastic or not isinstance(synapses, ReadySynapses):
            raise UnsupportedError(
                synapses.name,
                "plastic synapses" if plastic else "synapses with statements",
                "gradients are known of synapses onto receptors with constant weights",
                "give a receptor, and leave plasticity out",
            )


def check_active(description: NetworkDescription) -> None:
    """Raise UnsupportedError if neurons, inputs or synapses do nothing."""
    if idle := sorted(description.inactive & _names(description)):
        raise UnsupportedError(
            idle[0],
            "active=False in a network that learns",
            "gradients are those of a network whose objects all act",
            "leave it out of the network",
        )


def _names(description: NetworkDescription) -> set[str]:
    """Names of groups, inputs and synapses."""
    parts = *description.groups, *description.poisson_inputs, *description.synapses
    return {part.name for part in parts}


def check_times(surrogate: object, exact_times: bool, spacing: int | None) -> None:
    """Raise ParameterError for options of an `Adjoint` that are none."""
    if exact_times and surrogate is not None:
        raise ParameterError(
            "Adjoint",
            "exact_times=True and a surrogate",
            "a surrogate is no derivative, and is known of spikes at the end of their steps",
            "leave one of them out",
        )
    if spacing is None:
        return
    if whole_number(spacing, 1) is None:
        raise ParameterError(
            "Adjoint",
            f"checkpoint_steps={spacing!r}",
            "it is a whole number of steps >= 1",
            "correct it, or leave it out",
        )
