"""Names of objects that were given none."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from distsnn.errors import ParameterError
from distsnn.front.synapses.synapses_base import Synapses


def give_names(objects: Iterable[Any], besides: Collection[str] = ()) -> None:
    """Name what has no name by class and number, so that a script run again draws the same.

    Of two objects that got the same name before they met, the later one gets another.

    Parameters
    ----------
    objects : iterable of objects
        In the order of their numbers.
    besides : collection of str
        Names that others have.
    """
    objects = list(objects)
    taken = {item.name for item in objects if item.is_named_by_user} | set(besides)
    unnamed = []
    for item in objects:
        if item.is_named_by_user:
            continue
        if not item.is_named or item.name in taken:
            unnamed.append(item)
        else:
            taken.add(item.name)
    numbers: dict[str, int] = {}
    for item in unnamed:
        kind = "synapses" if isinstance(item, Synapses) else type(item).__name__.lower()
        while True:
            number = numbers.get(kind, 0)
            numbers[kind] = number + 1
            if f"{kind}_{number}" not in taken:
                break
        item.be_named(f"{kind}_{number}")


def check_names(objects: Iterable[Any]) -> None:
    """Raise ParameterError if two objects have been given the same name."""
    names = [item.name for item in objects if item.is_named_by_user]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(
                "Network",
                f"two objects are named {name!r}",
                "names are unique within a network, because random draws and recordings are keyed "
                "by them",
                "rename one of them",
                name=name,
            )
