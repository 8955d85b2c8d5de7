"""Values of groups that belong to no network yet: those with which `run` would begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.assemble.values.expressions import neuron_values
from distsnn.codegen.program_arguments import Argument
from distsnn.describe.groups import Assignment
from distsnn.describe.keys import draw_key, stream_key
from distsnn.describe.models.receptors.group_receptors import receptor_parameters
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.values.given import Value
from distsnn.describe.values.given_expressions import Expression
from distsnn.front.names.scope import current_seed
from distsnn.front.neurons.shared_values import check_shared_value
from distsnn.language.types import FLOAT, read_values
from distsnn.layout.partition import Range

if TYPE_CHECKING:
    from distsnn.front.neurons.neuron_group import NeuronGroup


class Owner(Protocol):
    """The network that a group belongs to, as far as the group knows it."""

    @property
    def built(self) -> bool:
        """Whether the network has been built, so that receptors are fixed."""

    @property
    def trial(self) -> int:
        """The trial of the network, 0 without trials."""

    @property
    def by_trial(self) -> bool:
        """Whether objects may have values by trial."""

    @property
    def is_whole(self) -> bool:
        """Whether states are at one place, where they are read."""

    @property
    def moment(self) -> int | None:
        """A number that changes whenever states may have changed; None before there are any."""

    def by_turns(self, function: Callable[[], np.ndarray]) -> np.ndarray:
        """The array that a function gives now; of several trials those of all."""

    def wait_with(self, group: NeuronGroup, receptor: Receptor) -> int:
        """Index of a receptor among those that a group gets with the next run."""

    def take_assignment(self, group: NeuronGroup, made: Assignment) -> None:
        """Make an assignment known to what runs already."""

    def live_values(self, stored: StoredVariable) -> np.ndarray | None:
        """Values (float64 (N,)) now, where they are stored; None if that is not at one place."""

    def read_variable(self, group: NeuronGroup, variable: str) -> np.ndarray:
        """Values (float64 (N,)) now."""

    def read_time(self, group: NeuronGroup) -> dict[str, Any]:
        """Values now of ``t``, ``dt`` (ms) and ``t_in_timesteps``."""

    def read_special(self, group: NeuronGroup) -> dict[str, Any]:
        """Values now of ``t``, ``dt``, ``lastspike`` (ms), ``not_refractory``, ..."""

    def key_now(self, purpose: str, name: str) -> tuple[int, int]:
        """Key of what is drawn between two steps."""


class ValuesWithoutNetwork:
    """Answers groups, which must have a name, in the place of a network."""

    built = by_trial = is_whole = False
    moment = None
    t, step, trial = 0.0, 0, 0

    def __init__(self, dt: float) -> None:
        #: Time step, ms.
        self.dt = dt

    def read_variable(self, group: NeuronGroup, variable: str) -> np.ndarray:
        """Values (float64 (N,)) of a variable."""
        neurons, whole = group.describe(self.dt), (Range(0, group.N, 0),)
        return initial_value(neurons, variable, whole, current_seed(), self.dt)

    def live_values(self, stored: StoredVariable) -> np.ndarray | None:  # noqa: ARG002 - as above
        """None: values follow from assignments."""
        return None

    def read_time(self, group: NeuronGroup) -> dict[str, Any]:  # noqa: ARG002 - of all owners
        """Values of ``t``, ``dt`` and ``t_in_timesteps``."""
        return {"t": 0.0, "dt": self.dt, "t_in_timesteps": 0}

    read_special = read_time

    def key_now(self, purpose: str, name: str) -> tuple[int, int]:
        """Key of random numbers."""
        return stream_key(current_seed(), f"{purpose} at 0", name)

    def by_turns(self, function: Callable[[], np.ndarray]) -> np.ndarray:
        """The array that a function gives."""
        return function()

    def wait_with(self, group: NeuronGroup, receptor: Receptor) -> int:
        """Nothing has run: groups have all their receptors."""
        raise NotImplementedError

    def take_assignment(self, group: NeuronGroup, made: Assignment) -> None:
        """Nothing runs that could take it over."""


def values_of(
    group: NeuronGroup,
    owner: Owner | ValuesWithoutNetwork,
    variable: str,
    value: Expression,
    drawn: tuple[int, int] | None = None,
) -> np.ndarray:
    """Values (float64 (N,)) that an expression for a variable of a group has now, in each trial.

    `drawn` keys what it draws, if it is given; see `distsnn.describe.keys.Draws`.
    """
    key = None if drawn is None else draw_key(drawn, owner.trial)

    def now() -> np.ndarray:
        special = owner.read_special(group)
        return neuron_values(
            group.describe(),
            value,
            np.arange(group.N, dtype=np.int64),
            key or owner.key_now(f"{variable} evaluated", group._name or ""),
            special["dt"],
            group.read,
            special,
        )

    return owner.by_turns(now)


class StoredVariable:
    """A variable that a group stores: all that stays the same as long as the group lives.

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
