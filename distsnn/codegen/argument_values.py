"""The values of the arguments of a program, with what has been replaced since somebody looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distsnn.codegen.program_arguments import Argument

_NOTHING: Mapping[Argument, Any] = {}


class ArgumentValues(dict[Argument, Any]):
    """Arrays and numbers by argument. What is set is noted, so that nobody compares them all.

    Parameters
    ----------
    values : mapping of Argument to array or number

    Attributes
    ----------
    replaced : set of Argument
        What has been set since `taken` was called last, at first all.

    Notes
    -----
    An array that is changed in place is the same array, which is not noted.
    """

    def __init__(self, values: Mapping[Argument, Any] = _NOTHING) -> None:
        super().__init__(values)
        self.replaced = set(values)

    def copied(self) -> ArgumentValues:
        """The same values for what runs the program, which knows all of them then."""
        self.taken()
        return ArgumentValues(self)

    def taken(self) -> set[Argument]:
        """The arguments that have been set, and are there, since the last call."""
        found, self.replaced = self.replaced, set()
        return found

    def __setitem__(self, argument: Argument, value: Any) -> None:
        self.replaced.add(argument)
        super().__setitem__(argument, value)

    def __delitem__(self, argument: Argument) -> None:
        self.replaced.discard(argument)
        super().__delitem__(argument)

    def update(self, values: Mapping[Argument, Any]) -> None:  # type: ignore[override]  # mappings are all that is given
        """Set several."""
        self.replaced.update(values)
        super().update(values)

    def __ior__(self, values: Mapping[Argument, Any]) -> ArgumentValues:  # type: ignore[override,misc]  # as above
        self.update(values)
        return self

    def setdefault(self, argument: Argument, value: Any = None) -> Any:
        """The value of an argument, which is set if there is none."""
        if argument not in self:
            self[argument] = value
        return self[argument]
