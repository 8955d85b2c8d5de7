"""A variable that a group stores, for reads and assignments in every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.codegen.program_arguments import Argument
from distsnn.describe.models.receptors.group_receptors import receptor_parameters
from distsnn.describe.values.given import Value
from distsnn.front.neurons.shared_values import check_shared_value
from distsnn.language.types import FLOAT, read_values

if TYPE_CHECKING:
    from distsnn.front.neurons.neuron_group import NeuronGroup


class StoredVariable:
    """What is known of a variable of a group as long as the group lives.

    Objects that a run calls read and set variables in each step, so that nothing of this is asked
    of the group again.

    Parameters
    ----------
    group : NeuronGroup
    name : str
        One of its `variables`.

    Attributes
    ----------
    place : (object, int, Argument or None)
        The key of the built network that was asked last, the index of the group in it, and where
        the program has the variable; None if it is no state.
    """

    def __init__(self, group: NeuronGroup, name: str) -> None:
        self.group, self.name = group, name
        self._unit, self._type = group.variables()[name], group.type_of(name)
        self._shared = name in group.shared
        self._parameter = receptor_parameters(group.receptors).get(name)
        self.place: tuple[object, int, Argument | None] = None, 0, None

    def checked(self, value: Any, start: int, stop: int) -> Value:
        """A number, an array or a distribution for the neurons ``start <= index < stop``, checked.

        Raises ParameterError if it is no such value.
        """
        group, name, shape = self.group, self.name, (stop - start,)
        where = group._name or "NeuronGroup"
        if self._shared:
            check_shared_value(where, name, value, shape == (group.N,), ())
        if self._parameter is not None:
            return self._parameter[0].checked(where, name, value, shape)
        return group._model.check_value(where, name, value, self._unit, shape)

    def shown(self, values: np.ndarray) -> np.ndarray:
        """Values (float64 (N,)) as they are stored, in the type of the variable; () if shared."""
        if self._type != FLOAT:
            values = read_values(self.group._called(), self.name, values, self._type)
        return values[..., 0] if self._shared else values
