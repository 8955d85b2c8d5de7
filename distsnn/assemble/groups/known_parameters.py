"""Parameters of the local neurons that have been computed, until they are assigned anew."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from distsnn.describe.groups import NeuronDescription


class KnownParameters:
    """Values of parameters of the groups of a rank.

    A value follows from the default and the assignments to the parameter. It is computed again when
    these are others, which are compared by identity: both are frozen.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[list[object], float | np.ndarray]] = {}

    def value(
        self, group: NeuronDescription, name: str, compute: Callable[[], float | np.ndarray]
    ) -> float | np.ndarray:
        """The value of a parameter, which `compute` gives if it is not known; for reading only."""
        source: list[object] = [a for a in group.assignments if a.variable == name]
        source.append(group.model.parameters.get(name))
        before, value = self._known.get((group.name, name), (None, 0.0))
        same = before is not None and len(before) == len(source)
        if before is None or not same or any(map(_differ, before, source)):
            value = compute()
            self._known[group.name, name] = source, value
        return value


def _differ(one: object, other: object) -> bool:
    return one is not other and not (isinstance(one, float) and one == other)
