"""Indices of synapses, as in Brian 2: by number, by neurons, by condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distsnn.assemble.edges.edges import pair_indices
from distsnn.errors import WrongIndexError
from distsnn.front.neurons.group_base import SpikeSource, Subgroup


class SynapticIndex:
    """The synapses that an index means: ``S.w[5]``, ``S.w[0, :]``, ``S.w['i < 3']``.

    Parameters
    ----------
    where : str
        Name of the synapses, for errors.
    ends : tuple of Subgroup
        Source and target.
    i, j : int64 arrays (n,)
        Source and target of each synapse, in the order of creation.
    select : callable
        From a condition as a string to bool (n,).
    """

    def __init__(
        self,
        where: str,
        ends: tuple[Subgroup, Subgroup],
        i: np.ndarray,
        j: np.ndarray,
        select: Callable[[str], np.ndarray],
    ) -> None:
        self.where = where
        self.source, self.target = ends
        self.i, self.j = i, j
        self.select = select

    def of(self, item: Any) -> np.ndarray:
        """Numbers (int64, any shape of one number or one dimension) of the synapses meant.

        One number stands for one synapse; two indices (of source and target neurons: numbers,
        slices, lists, masks or slices of the groups) mean the synapses between them; a third
        one the synapses of each pair by number.

        Raises
        ------
        WrongIndexError
            If the index is none, or lies outside.
        """
        n = self.i.size
        if isinstance(item, str):
            return np.flatnonzero(self.select(item))
        if not isinstance(item, tuple):
            return np.asarray(self._among(item, n, "synapses"))
        if len(item) not in {2, 3}:
            raise WrongIndexError(
                self.where,
                f"{len(item)} indices",
                "synapses have one index, or those of source and target, and "
                "the number within the pair",
                "correct the index",
            )
        chosen = self._joins(item[0], self.i, self.source) & self._joins(
            item[1], self.j, self.target
        )
        if len(item) == 3:
            copy = pair_indices(self.i, self.j)
            chosen &= np.isin(
                copy, self._among(item[2], int(copy.max(initial=-1)) + 1, "synapses of a pair")
            )
        return np.flatnonzero(chosen)

    def _joins(self, item: Any, ends: np.ndarray, group: Subgroup) -> np.ndarray:
        """Whether each synapse ends at the neurons that `item` means (bool (n,))."""
        if isinstance(item, SpikeSource):
            item = item.whole
        if isinstance(item, Subgroup):
            first = item.start - group.start if item.group is group.group else group.N
            return (ends >= first) & (ends < first + len(item))
        if isinstance(item, int | np.integer) and not isinstance(item, bool):
            return np.asarray(ends == (int(item) if item >= 0 else int(item) + group.N))
        members = np.zeros(group.N, dtype=bool)
        indices = np.asarray(self._among(item, group.N, f"neurons of {group.name}"))
        members[indices] = True
        return members[ends]

    def _among(self, item: Any, n: int, what: str) -> Any:
        if isinstance(item, slice):
            return np.arange(n)[item]
        array = np.asarray(item)
        if array.dtype == bool:
            if array.shape != (n,):
                raise WrongIndexError(
                    self.where,
                    f"a mask of shape {array.shape}",
                    f"there are {n} {what}",
                    "correct the mask",
                )
            return np.flatnonzero(array)
        if array.ndim > 1 or (array.size and array.dtype.kind not in "iu"):
            raise WrongIndexError(
                self.where,
                f"the index {item!r}",
                "an index is a number, a "
                "slice, a list, a mask, a condition as a string, or two or three "
                "of them",
                "correct the index",
            )
        if array.size and not (-n <= array.min() and array.max() < n):
            bad = int(array.min() if array.min() < -n else array.max())
            raise WrongIndexError(
                self.where,
                f"index {bad}",
                f"there are {n} {what}",
                "correct the index",
                index=bad,
                size=n,
            )
        array = array.astype(np.int64)
        return np.where(array < 0, array + n, array)
