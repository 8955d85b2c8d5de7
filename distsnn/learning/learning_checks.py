"""Checks of what users give to learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.errors import ParameterError, UnsupportedError
from distsnn.front.names.named import called
from distsnn.front.network.network import Network
from distsnn.front.neurons.group_base import SpikeSource, Subgroup


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
