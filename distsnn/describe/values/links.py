"""Links: variables that store nothing, and stand for those of groups."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from distsnn.errors import ParameterError


@dataclass(frozen=True, eq=False)
class Link:
    """A variable that stands for one of another group, or another one of the same group.

    Attributes
    ----------
    variable : str
        The variable, which stores nothing.
    group, stored : str
        The group that stores the values, and its variable: a state or a parameter.
    index : int64 array (size,) or str
        The neuron there that each neuron reads, or the variable that says it. Synapses have such a
        variable, or all read the neuron ``index[0]``.
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

    def check_index(self, owner: str, size: int, index: np.ndarray) -> None:
        """Check values (float64) of the variable that says which of `size` neurons are read.

        Raises ParameterError if one lies outside.
        """
        outside = index[~((index >= 0) & (index < size))]
        if outside.size:
            raise ParameterError(
                owner,
                f"{self.index}, the index of the linked variable {self.variable}, is "
                f"{outside[0]:g}",
                f"indices are 0 to {size - 1}",
                "correct it",
            )
