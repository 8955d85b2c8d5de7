"""Groups of neurons."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from distsnn.describe.groups import Assignment, NeuronDescription
from distsnn.describe.models import (
    LIF,
    LIF_PARAMETERS,
    Exponential,
    Receptor,
    check_lif_parameter,
)
from distsnn.describe.names import known_names
from distsnn.describe.values import Value, checked_value
from distsnn.errors import ParameterError, unknown_name
from distsnn.front.groups import SpikeSource


class Owner(Protocol):
    """The network that a group belongs to, as far as the group knows it."""

    @property
    def built(self) -> bool:
        """Whether the network has been built, so that receptors are fixed."""

    def take_assignment(self, group: NeuronGroup, made: Assignment) -> None:
        """Make an assignment known to what runs already."""

    def read_variable(self, group: NeuronGroup, variable: str) -> np.ndarray:
        """Values (float64 (N,)) now."""


@known_names
class NeuronGroup(SpikeSource):
    """A group of neurons with one model.

    Parameters of the model and states are attributes, of the group and of its slices: reading
    one gives a float64 array (N,); setting one takes a number, an array or a distribution
    (`Normal`, ``LogNormal``, ``Uniform``), before the first run or between runs. ``V_m`` starts
    at ``E_L``, receptor variables at 0.

    Parameters
    ----------
    N : int
        Number of neurons.
    model : LIF
        The ready model; its per-neuron parameters may be arrays (N,) or distributions.
    name : str, optional
        See `SpikeSource`.

    Raises
    ------
    ParameterError
        If `model` is no model or an array of it has not N values.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(100, snn.LIF(tau_m=20 * snn.ms), name="cells")
    >>> cells.V_m = snn.Uniform(-70 * snn.mV, -55 * snn.mV)
    >>> cells[:80].I_e = 200 * snn.pA
    """

    _OWN = frozenset({"N", "name", "model", "receptors", "assignments", "_owner"})

    def __init__(self, N: int, model: LIF, name: str | None = None) -> None:
        super().__init__(N, name)
        where = name or "NeuronGroup"
        if not isinstance(model, LIF):
            raise ParameterError(
                where,
                f"model={model!r}",
                "model is a ready model such as LIF(...)",
                "give one",
                model=repr(model),
            )
        for variable, (unit, _) in LIF_PARAMETERS.items():
            checked_value(where, variable, getattr(model, variable), unit, (self.N,))
        self.model = model
        self.receptors: tuple[Receptor, ...] = ()
        self.assignments: tuple[Assignment, ...] = ()
        self._owner: Owner | None = None

    def attach(self, receptor: Receptor) -> int:
        """Index of `receptor` within this group, which gets it if it has not got it yet."""
        for index, known in enumerate(self.receptors):
            if known is receptor:
                return index
        if self._owner is not None and self._owner.built:
            raise ParameterError(
                self.name or "NeuronGroup",
                "a receptor was added after the first run",
                "receptors are fixed once the network has been built",
                "make a new network",
            )
        self.receptors += (receptor,)
        return len(self.receptors) - 1

    def variables(self) -> dict[str, str]:
        """Names of all variables that can be read and set, and their units."""
        units = {name: unit for name, (unit, _) in LIF_PARAMETERS.items()} | {"V_m": "mV"}
        described = self.describe()
        for name, receptor in zip(described.receptor_variables, self.receptors, strict=True):
            if isinstance(receptor, Exponential):
                units[name] = receptor.weight_unit
        return units

    def belong_to(self, owner: Owner) -> None:
        """Let `owner` know of assignments and answer reads."""
        if self._owner is not None and self._owner is not owner and self._owner.built:
            raise ParameterError(
                self.name or "NeuronGroup",
                "the group belongs to a network that has run",
                "a group runs in one network only",
                "make a new group",
            )
        self._owner = owner

    def assign(self, variable: str, start: int, stop: int, value: Any) -> None:
        """Set `variable` of the neurons ``start <= index < stop``; see the class."""
        where = self.name or "NeuronGroup"
        units = self.variables()
        if variable not in units:
            unknown_name(where, variable, units)
        shape = (stop - start,)
        checked: Value = (
            check_lif_parameter(where, variable, value, shape)
            if variable in LIF_PARAMETERS
            else checked_value(where, variable, value, units[variable], shape)
        )
        before = self.assignments
        order = before[-1].order + 1 if before else 0
        made = Assignment(variable, start, stop, checked, order)
        # What is overwritten as a whole is forgotten, or loops that assign would slow down.
        self.assignments = (
            *(a for a in before if a.variable != variable or a.start < start or a.stop > stop),
            made,
        )
        if self._owner is not None:
            try:
                self._owner.take_assignment(self, made)
            except ParameterError:
                self.assignments = before
                raise

    def read(self, variable: str) -> np.ndarray:
        """Values (float64 (N,)) of `variable`; see the class."""
        if self._owner is None:
            raise ParameterError(
                self.name or "NeuronGroup",
                f"{variable} is not known yet",
                "values can be read once the group is in a Network",
                "make the Network first",
            )
        return self._owner.read_variable(self, variable)

    def describe(self, dt: float = 0.0) -> NeuronDescription:  # noqa: ARG002 - see SpikeSource
        """The description of this group; `dt` (ms) does not matter."""
        return NeuronDescription(
            self.name or "", self.N, self.model, self.receptors, self.assignments
        )

    def __getattr__(self, variable: str) -> np.ndarray:
        if variable.startswith("_"):
            raise AttributeError(variable)
        units = self.variables()
        if variable not in units:
            _unknown_attribute(self.name or "NeuronGroup", variable, units)
        return self.read(variable)

    def __setattr__(self, variable: str, value: Any) -> None:
        if variable in self._OWN:
            object.__setattr__(self, variable, value)
        else:
            self.assign(variable, 0, self.N, value)


def _unknown_attribute(where: str, variable: str, valid: dict[str, str]) -> None:
    try:
        unknown_name(where, variable, valid)
    except LookupError as error:
        # hasattr() and copy protocols expect an AttributeError.
        raise AttributeError(str(error)) from None
