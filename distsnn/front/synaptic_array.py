"""Values of one variable of synapses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from distsnn.front.variable import Assignable, VariableArray


class SynapticArray(VariableArray):
    """The values (n,) of a variable now; setting items sets them in the synapses.

    Beside what arrays take, an index may be a pair, for sources and targets, or a condition:
    ``S.w[0, :]``, ``S.w['i < 3'] = 0``.
    """

    _synapses: Assignable | None = None

    @classmethod
    def bound(cls, values: np.ndarray, synapses: Assignable, variable: str) -> SynapticArray:
        """`values`, bound to a variable of `synapses`."""
        made = np.array(values).view(cls)
        made._owner, made._variable, made._synapses = synapses, variable, synapses
        return made

    def __getitem__(self, item: Any) -> Any:
        # numpy itself takes parts for printing, by tuples of one index.
        plain = item is Ellipsis or (isinstance(item, tuple) and len(item) < 2)
        if self._synapses is not None and not plain:
            item = self._synapses.positions(item)
        return np.asarray(self)[item]

    def __iter__(self) -> Iterator[Any]:
        # Without this Python would count upwards until an IndexError.
        return iter(np.asarray(self))

    def __setitem__(self, item: Any, value: Any) -> None:
        if self._synapses is not None and isinstance(item, tuple):
            item = self._synapses.positions(item)
        super().__setitem__(item, value)
