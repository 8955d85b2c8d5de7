"""Start and stop of slices of groups."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from distsnn.errors import ParameterError, WrongIndexError


class Sliceable(Protocol):
    """A group or a slice of one."""

    def __len__(self) -> int:
        """Number of members."""

    def _called(self) -> str:
        """Name in messages."""


def slice_bounds(of: Sliceable, item: slice | int | list[int] | np.ndarray) -> tuple[int, int]:
    """Start and stop of a slice or index of a group.

    Raises
    ------
    WrongIndexError
        If the slice has a step, is empty, or lies outside the group.
    """
    where = of._called()
    if isinstance(item, int | np.integer):
        index = int(item) + (len(of) if item < 0 else 0)
        item = slice(index, index + 1)
    elif isinstance(item, list | np.ndarray):
        indices = np.asarray(item)
        if indices.dtype.kind in "iu" and indices.size and (np.diff(indices) == 1).all():
            item = slice(int(indices[0]), int(indices[-1]) + 1)
    if not isinstance(item, slice) or item.step not in (None, 1):
        raise WrongIndexError(
            where,
            f"{item!r} is not a slice of neighbors",
            "a slice is group[start:stop] without a step",
            "use two slices",
        )
    start = 0 if item.start is None else int(item.start)
    stop = len(of) if item.stop is None else int(item.stop)
    start, stop = (bound + len(of) if bound < 0 else bound for bound in (start, stop))
    if not 0 <= start < stop <= len(of):
        raise WrongIndexError(
            where,
            f"[{start}:{stop}] is empty or lies outside the group",
            f"0 <= start < stop <= {len(of)}",
            "correct the slice",
        )
    return start, stop


def members_for(where: str, condition: str, holds: np.ndarray) -> np.ndarray:
    """Indices (int64 (n,)) of the members for which a condition `holds` (bool (N,)).

    Raises ParameterError if it is that of several trials, (trials, N).
    """
    if holds.ndim > 1:
        raise ParameterError(
            where,
            f"{condition!r} selects members in a network with trials",
            "a condition selects other members in each trial",
            "index the array of all trials, which [:] gives",
        )
    return np.flatnonzero(holds)
