"""Values of a description as plain strings, numbers and arrays, which files can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from distsnn.describe.groups import Assignment
from distsnn.describe.synapses.equation_based import PairIndex, SynapseAssignment
from distsnn.describe.values.further_distributions import Binomial, Gamma, Poisson
from distsnn.describe.values.given import LogNormal, Normal, PerSource, PerSynapse, Stored, Uniform
from distsnn.describe.values.given_expressions import Expression, Names
from distsnn.describe.values.rounded import Rounded
from distsnn.describe.values.timed_arrays import TimedArray

# Everything that a user can give to an object, besides numbers, strings and arrays.
_KINDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        Normal,
        LogNormal,
        Uniform,
        Rounded,
        Gamma,
        Poisson,
        Binomial,
        PerSource,
        PerSynapse,
        Stored,
        Names,
        Assignment,
        SynapseAssignment,
        PairIndex,
    )
}
# The name that checkpoints have for it.
_KINDS["TextValue"] = Expression
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_plain(value: Any, arrays: list[np.ndarray]) -> Any:
    """A value as JSON can hold it.

    Raises TypeError if the value is of another type.

    Parameters
    ----------
    value : object
        A number, text, None, array, distribution, TimedArray, assignment, or a tuple or mapping of
        such.
    arrays : list of array, in/out
        Gets the arrays; the plain value refers to them by their numbers.

    Returns
    -------
    object
        Numbers, strings, lists and dicts.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, Sequence):
        return [to_plain(item, arrays) for item in value]
    if isinstance(value, Mapping):
        return {"items": {name: to_plain(item, arrays) for name, item in value.items()}}
    name = _NAMES.get(type(value), type(value).__name__)
    if isinstance(value, TimedArray):
        parts = {"values": value.values, "dt": value.dt, "name": value.name}
    elif name in _KINDS and isinstance(value, _KINDS[name]):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        if parts.get("drawn", value) is None:
            del parts["drawn"]
        if parts.get("since", value) == 0:
            del parts["since"]
    else:
        raise TypeError(f"a value of type {name} cannot be written to a file")
    return {"kind": name, "parts": {part: to_plain(of, arrays) for part, of in parts.items()}}


def from_plain(plain: Any, arrays: Sequence[np.ndarray]) -> Any:
    """The value that `to_plain` made plain; lists become tuples."""
    if isinstance(plain, list):
        return tuple(from_plain(item, arrays) for item in plain)
    if not isinstance(plain, dict):
        return plain
    if "array" in plain:
        return arrays[plain["array"]]
    if "items" in plain:
        return {name: from_plain(item, arrays) for name, item in plain["items"].items()}
    kind = TimedArray if plain["kind"] == TimedArray.__name__ else _KINDS[plain["kind"]]
    return kind(**{part: from_plain(of, arrays) for part, of in plain["parts"].items()})
