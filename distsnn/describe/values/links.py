"""Links: variables that store nothing, and stand for those of groups."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Link:
    """A variable of a group that stands for one of another group, or another one of its own.

    Attributes
    ----------
    variable : str
        The variable, which stores nothing.
    group, stored : str
        The group that stores the values, and its variable: a state or a parameter.
    index : int64 array (size,) or str
        The neuron there that each neuron reads, or the variable that says it.
    is_live : bool
        Whether statements read or set it as it is just then, which all on one rank can.
    """

    variable: str
    group: str
    stored: str
    index: np.ndarray | str = field(repr=False)
    is_live: bool = False

    def content(self) -> tuple[object, ...]:
        """Everything that defines the link, for the digest."""
        return (self.variable, self.group, self.stored, self.index)
