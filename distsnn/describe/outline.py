"""A description as readable lines, so that the difference between two can be named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import numpy as np

from distsnn.describe.checks.digest import array_digest
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import NEVER_SET

# What has no part in the result, or follows from the rest.
_LEFT_OUT = {"storage", "first_gids"}
# Of these, what is as it has always been is not said.
_NOT_GIVEN = (("drawn", None), ("orders", ()), ("since", 0), ("set_at", NEVER_SET))
_MOST_SHOWN = 3


def outline(description: NetworkDescription) -> dict[str, str]:
    """Everything that defines the result, as short strings.

    Returns
    -------
    dict of str to str
        Text of each value by its place, as ``dt``, ``cells.model.tau_m`` or
        ``cells.assignments.0.value``. Of an array it is its shape and a digest.
    """
    found = {"dt": repr(description.dt), "seed": repr(description.seed)}
    found |= {f"clock of {name or 'all others'}": repr(dt) for name, dt in description.clocks}
    order: list[str] = []
    parts = [*description.groups, *(p for s in description.built_in for p in s.projections)]
    for part in (*parts, *description.poisson_inputs):
        order.append(part.name)
        found |= lines_of(part.name, part)
    for synapses in description.with_statements:
        order.append(synapses.name)
        for name, value in synapses.outlined().items():
            found |= lines_of(f"{synapses.name}.{name}", value)
    return found | {"objects": ", ".join(order)}


def differences(saved: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The differences of two outlines, as short sentences, in the order of `now`.

    Parameters
    ----------
    saved, now : mapping of str to str
        See `outline`.

    Returns
    -------
    list of str
    """
    found = []
    for path in dict.fromkeys([*now, *saved]):
        if path not in saved:
            found.append(f"{path} is {now[path]} and was not there")
        elif path not in now:
            found.append(f"{path} was {saved[path]} and is not there")
        elif saved[path] != now[path]:
            found.append(f"{path} is {now[path]} and was {saved[path]}")
    return found


def named(found: list[str]) -> str:
    """The first few of some differences, as one text."""
    more = len(found) - _MOST_SHOWN
    return "; ".join(found[:_MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def lines_of(path: str, value: object) -> dict[str, str]:
    """Everything that a part of a description says, as short strings.

    Parameters
    ----------
    path : str
        Where it is; the places of the strings begin with it.
    value : object
        A description, or a value in one.
    """
    found: dict[str, str] = {}
    for name, part in _parts(value):
        found |= lines_of(f"{path}.{name}", part)
    return found or {path: _text(value)}


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if is_dataclass(value) and not isinstance(value, type):
        yield "kind", type(value).__name__
        for field in fields(value):
            part = getattr(value, field.name)
            if field.name not in _LEFT_OUT and (field.name, part) not in _NOT_GIVEN:
                yield field.name, part
    elif hasattr(value, "outlined") and not isinstance(value, type):
        yield from value.outlined().items()
    elif isinstance(value, Mapping):
        for key, part in sorted(value.items()):
            yield str(key), part
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield str(index), part


def _text(value: object) -> str:
    if isinstance(value, np.ndarray):
        digest = array_digest(value).hex()[:12]
        return f"an array {value.shape} of {value.dtype} with digest {digest}"
    if hasattr(value, "content") and not is_dataclass(value):
        return repr(value.content())
    # The order of a set differs between processes.
    return repr(sorted(value)) if isinstance(value, frozenset) else repr(value)
