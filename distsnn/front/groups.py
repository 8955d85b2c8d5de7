"""What is common to groups of neurons and of spike sources: size, name, slices."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.describe.groups import GroupDescription
from distsnn.errors import ParameterError
from distsnn.front.scope import stamp


class SpikeSource:
    """What spikes: a group of neurons or of sources. Slices of it are `Subgroup` objects.

    Parameters
    ----------
    N : int
        Number of neurons.
    name : str, optional
        Name within the network; random draws and recordings are keyed by it. Without one, the
        network gives a name made of the class and a number.

    Raises
    ------
    ParameterError
        If `N` is not a positive integer or `name` no identifier.
    """

    def __init__(self, N: int, name: str | None) -> None:
        where = name or type(self).__name__
        if isinstance(N, bool) or not isinstance(N, int | np.integer) or N < 1:
            raise ParameterError(where, f"N={N!r}", "N is a whole number >= 1", "correct N")
        self.stamp = stamp()
        self.N = int(N)
        self.name = checked_name(where, name)

    def __len__(self) -> int:
        return self.N

    def __getitem__(self, item: slice | int) -> Subgroup:
        return Subgroup(self, *slice_bounds(self, item))

    @property
    def whole(self) -> Subgroup:
        """The slice of all neurons."""
        return Subgroup(self, 0, self.N)

    def variables(self) -> dict[str, str]:
        """Names of all variables that can be read, and their units."""
        return {}

    def assign(self, variable: str, start: int, stop: int, value: Any) -> None:  # noqa: ARG002 - for groups that have none
        """Set `variable` of the members ``start <= index < stop``."""
        raise AttributeError(f"{self.name or type(self).__name__} has no variable {variable!r}")

    def describe(self, dt: float) -> GroupDescription:
        """The description of this group in a network with time step `dt` (ms)."""
        raise NotImplementedError


class Subgroup:
    """The neurons ``start <= index < stop`` of a group; its indices count from 0.

    Made by slicing a group. Parameters and states are attributes, as for the whole group.
    """

    _OWN = frozenset({"group", "start", "stop"})

    def __init__(self, group: SpikeSource, start: int, stop: int) -> None:
        self.group = group
        self.start = start
        self.stop = stop

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def N(self) -> int:
        """Number of neurons."""
        return len(self)

    @property
    def name(self) -> str:
        """Name of the slice, for messages."""
        name = self.group.name or type(self.group).__name__
        whole = self.start == 0 and self.stop == self.group.N
        return name if whole else f"{name}[{self.start}:{self.stop}]"

    def __getitem__(self, item: slice | int) -> Subgroup:
        start, stop = slice_bounds(self, item)
        return Subgroup(self.group, self.start + start, self.start + stop)

    def __getattr__(self, variable: str) -> np.ndarray:
        if variable.startswith("_"):
            raise AttributeError(variable)
        values: np.ndarray = getattr(self.group, variable)
        return values[self.start : self.stop]

    def __setattr__(self, variable: str, value: Any) -> None:
        if variable in self._OWN:
            object.__setattr__(self, variable, value)
        else:
            self.group.assign(variable, self.start, self.stop, value)


def slice_bounds(of: SpikeSource | Subgroup, item: slice | int) -> tuple[int, int]:
    """Start and stop of a slice or index of a group.

    Raises
    ------
    ParameterError
        If the slice has a step, is empty, or lies outside the group.
    """
    where = of.name or type(of).__name__
    if isinstance(item, int | np.integer):
        index = int(item) + (len(of) if item < 0 else 0)
        item = slice(index, index + 1)
    if not isinstance(item, slice) or item.step not in (None, 1):
        raise ParameterError(
            where,
            f"{item!r} is not a slice of neighbors",
            "a slice is group[start:stop] without a step",
            "use two slices",
        )
    start = 0 if item.start is None else int(item.start)
    stop = len(of) if item.stop is None else int(item.stop)
    start, stop = (bound + len(of) if bound < 0 else bound for bound in (start, stop))
    if not 0 <= start < stop <= len(of):
        raise ParameterError(
            where,
            f"[{start}:{stop}] is empty or lies outside the group",
            f"0 <= start < stop <= {len(of)}",
            "correct the slice",
        )
    return start, stop


def checked_name(where: str, name: str | None) -> str | None:
    """`name` if it is None or an identifier.

    Raises
    ------
    ParameterError
        If it is something else.
    """
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise ParameterError(
            where,
            f"name={name!r} is not an identifier",
            "a name has letters, digits and underscores, and begins with no digit",
            "rename it",
        )
    return name
