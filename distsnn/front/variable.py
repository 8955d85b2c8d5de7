"""Values of one variable of a group: an array that writes through when its items are set."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Assignable(Protocol):
    """A group or slice whose variables can be set."""

    def assign_where(self, variable: str, item: Any, value: Any) -> None:
        """Set `variable` of the members that `item` selects."""

    def positions(self, item: Any) -> Any:
        """Index into arrays of all members for `item`."""


class VariableArray(np.ndarray):
    """The values (N,) of a variable now; setting items sets them in the group.

    ``G.v[:5] = 0``, ``G.v['i < 5'] = 'rand()'``; ``G.v['i < 5']`` are the values where a condition
    holds. Results of arithmetic are plain arrays.
    """

    _owner: Assignable | None = None
    _variable: str = ""

    @classmethod
    def of(cls, values: np.ndarray, owner: Assignable, variable: str) -> VariableArray:
        """`values`, bound to a variable of `owner`."""
        made = np.array(values).view(cls)
        made._owner, made._variable = owner, variable
        return made

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, str) and self._owner is not None:
            return np.asarray(self)[self._owner.positions(item)]
        return super().__getitem__(item)

    def __setitem__(self, item: Any, value: Any) -> None:
        if self._owner is not None:
            self._owner.assign_where(self._variable, item, value)
            if isinstance(item, str) or isinstance(value, str):
                return
        super().__setitem__(item, value)

    def __array_wrap__(
        self,
        array: np.ndarray,
        context: Any = None,
        return_scalar: bool = False,
    ) -> Any:
        return array[()] if return_scalar else np.asarray(array)
