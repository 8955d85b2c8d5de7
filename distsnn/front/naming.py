"""Names of objects that were given none."""

from __future__ import annotations

from typing import Any

from distsnn.errors import ParameterError
from distsnn.front.synapses import Synapses


def give_names(objects: list[Any]) -> None:
    """Name what has no name by class and number, so that a script run again draws the same."""
    named = [item.name for item in objects if item.name is not None]
    taken = set(named)
    for name in taken:
        if named.count(name) > 1:
            raise ParameterError(
                "Network",
                f"two objects are named {name!r}",
                "names are unique within a network, because random draws and recordings are keyed "
                "by them",
                "rename one of them",
                name=name,
            )
    numbers: dict[str, int] = {}
    for item in objects:
        if item.name is None:
            kind = "synapses" if isinstance(item, Synapses) else type(item).__name__.lower()
            while True:
                number = numbers.get(kind, 0)
                numbers[kind] = number + 1
                if f"{kind}_{number}" not in taken:
                    break
            item.name = f"{kind}_{number}"
