"""`CarriesUnits`: the base of classes whose attributes are quantities for code of users."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from inspect import signature
from types import FrameType, MethodType
from typing import Any

import numpy as np

from distsnn.brian.carrying.boundary import (
    NumbersView,
    UnitView,
    called_by_user,
    incoming,
    incoming_all,
    is_of_package,
    is_of_user,
    outgoing,
    shown_name,
    unit_of_argument,
)
from distsnn.describe.checks.settable import Settable, is_settable, set_value
from distsnn.describe.models.parameters import WithParameters
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.front.dialect.devices import check_done
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.names.quantity_values import dimension_of_unit
from distsnn.front.names.scope import Clock, DefaultClock, expecting_quantities
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.poisson_group import PoissonGroup
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.front.variable_view import VariableView
from distsnn.quantities.dimension_rules import plain
from distsnn.quantities.physical import DIMENSIONLESS, Dimension

# Of objects that do not say the units of their attributes.
_ATTRIBUTES = {
    **dict.fromkeys(("t", "dt", "period", "delay", "dendritic_delay"), "second"),
    "rate": "hertz",
}
# What methods return, by their names.
_RESULTS = {
    "smooth_rate": ("hertz",),
    "binned_rate": ("second", "hertz"),
    "spike_trains": ("second",),
    "event_trains": ("second",),
}
# From a class to the one whose values carry units.
TWINS: dict[type, type] = {}


class NamedVariables(Mapping[str, Any]):
    """The variables of an object by name, as ``variables`` of Brian 2.

    Parameters
    ----------
    of : object
        A group, synapses or a monitor.
    """

    def __init__(self, of: Any) -> None:
        self._of = of

    def __getitem__(self, name: str) -> Any:
        if name not in self._names():
            raise KeyError(name)
        return carried(self._of, name, getattr(self._of, name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        return [name for kind in self._of.state_names() for name in kind]


_get, _frame = object.__getattribute__, sys._getframe
# Types of values that have no unit.
_PLAIN = frozenset({float, np.float64, np.ndarray})
# By the id() of their names, which live as long: modules of the package that have asked for
# attributes on no user's behalf.
_OF_PACKAGE: dict[int, dict[str, Any]] = {}


def _note_module(frame: FrameType) -> None:
    if is_of_package(str(frame.f_globals.get("__name__", ""))):
        _OF_PACKAGE[id(frame.f_globals)] = frame.f_globals


class CarriesUnits:
    """An object of which users read quantities; quantities that they give are checked.

    For the package itself, all is as in the class without units. So the code that asks decides:
    whether the module of the calling frame is a user's.
    """

    # The class without units.
    _without_units: type
    # Dimensions of variables that users have read.
    _dims: Mapping[str, Dimension] = {}

    def __init__(self, *values: Any, **given: Any) -> None:
        if not called_by_user(sys._getframe(1)):
            super().__init__(*values, **given)
            return
        kind = self._without_units
        name = given.get("name") if isinstance(given.get("name"), str) else None
        names = argument_names(kind)
        every = {**dict(zip(names, values, strict=False)), **given}
        values, given = incoming_all(
            name or kind.__name__, names, values, given, lambda n: self._wanted(n, every)
        )
        with expecting_quantities():
            super().__init__(*values, **given)

    def _wanted(self, name: str, given: Mapping[str, Any]) -> Dimension | None:
        """The dimension of an argument of the constructor."""
        if isinstance(self, WithParameters) and name in self.parameters:
            return dimension_of_unit(self.parameters[name].unit_in_equations)
        if name == "weight":
            return _of_weight(given)
        return unit_of_argument(name)

    def __getattribute__(self, name: str) -> Any:
        # The package asks fifty times in each step in which it calls code of users.
        if name[:1] == "_" or id(_frame(1).f_globals) in _OF_PACKAGE:
            return _get(self, name)
        if not is_of_user(_frame(1)):
            _note_module(_frame(1))
            return _get(self, name)
        dim = _get(self, "_dims").get(name)
        if dim is not None:
            return UnitView(self, name, dim)
        if name == "variables" and hasattr(self, "state_names"):
            return NamedVariables(self)
        try:
            found = _get(self, name)
        except AttributeError:
            further = getattr(type(self), "__getattr__", None)
            if further is None:
                raise
            found = further(self, name)
        return carried(self, name, found)

    def __setattr__(self, name: str, value: Any) -> None:
        if name[:1] != "_" and is_of_user(sys._getframe(1)):
            if name[-1:] != "_" and is_settable(self, name):
                if isinstance(value, UnitView) and value.is_of(self, name):
                    # Of ``G.v += 1*mV``, which has set the items.
                    return
                dim = self._dims.get(name) or unit_of(self, name)
                if dim is not DIMENSIONLESS or type(value) not in _PLAIN:
                    value = incoming(_called(self), name, value, dim)
                of: Any = self
                if isinstance(value, float | np.ndarray) and isinstance(of, Settable):
                    # Objects that a run calls set some in every step.
                    set_value(of, partial(of._set, name), value)
                    if isinstance(of, NeuronGroup) and name in of._stored:
                        _note_dim(of, name, dim)
                    return
            with expecting_quantities():
                super().__setattr__(name, value)
            return
        super().__setattr__(name, value)


def unit_of(of: Any, name: str) -> Dimension:
    """The dimension of an attribute of an object."""
    unit = str(of.unit_of(name)) if hasattr(of, "unit_of") else "1"
    if isinstance(of, WithParameters) and name in of.parameters:
        unit = of.parameters[name].unit_in_equations
    return dimension_of_unit(_ATTRIBUTES.get(name, "1") if unit == "1" else unit)


def _of_weight(given: Mapping[str, Any]) -> Dimension | None:
    """The dimension of the weight of a `PoissonInput` or of built-in synapses."""
    target, variable = given.get("target"), given.get("target_var")
    if isinstance(variable, str) and isinstance(target, CarriesUnits):
        # What is no variable is said where the input is made.
        known = getattr(target, "group", target).variables()
        return unit_of(target, variable) if variable in known else None
    for receptor in (variable, given.get("receptor"), given.get("model")):
        unit = getattr(receptor, "weight_unit", None)
        if isinstance(unit, str):
            return dimension_of_unit(unit)
    return None


def _note_dim(of: Any, name: str, dim: Dimension) -> None:
    """Note the dimension of a variable, which is one as long as the object lives."""
    if name not in of._dims:
        of._dims = {**of._dims, name: dim}


def _called(of: Any) -> str:
    called = getattr(of, "_called", None)
    return str(type(of).__name__ if called is None else called())


def carried(of: Any, name: str, value: Any) -> Any:
    """An attribute as users get it."""
    if isinstance(of, Monitor) and isinstance(value, MethodType | np.ndarray | VariableView):
        check_done(str(of.name))
    if isinstance(value, MethodType):
        return _method(of, name, value)
    if name[-1:] == "_":
        if type(value) is VariableView:
            value.__class__ = NumbersView
        return value
    if name == "name":
        return shown_name(of)
    if name == "values" and isinstance(of, TimedArray):
        # As in Brian 2: numbers in SI units.
        dim: Dimension = of.dim  # type: ignore[attr-defined]  # of the twin
        return plain(outgoing(value, dim))
    if isinstance(value, VariableView):
        dim = unit_of(of, name)
        own = value.group is of and value.name == name
        if isinstance(of, NeuronGroup | EquationSynapses) and own:
            _note_dim(of, name, dim)
        return UnitView(value.group, value.name, dim)
    if name == "rates" and isinstance(of, PoissonGroup) and isinstance(value, float | np.ndarray):
        # As in Brian 2, one for each source.
        return UnitView(of, name, unit_of(of, name))
    if isinstance(value, tuple) and value and all(isinstance(v, VariableView) for v in value):
        # Of ``it``: each has its own unit.
        return tuple(UnitView(v.group, v.name, unit_of(of, v.name)) for v in value)
    return adopted(outgoing(value, unit_of(of, name)))


def adopted(value: Any) -> Any:
    """A part that the package has made of an object with units, with units itself."""
    twin = TWINS.get(type(value))
    if twin is not None and isinstance(value, DefaultClock):
        return twin()
    if twin is not None and isinstance(_whole_of(value) or value, CarriesUnits | Clock):
        value.__class__ = twin
    return value


def _whole_of(part: Any) -> Any:
    """The object that something is a part or view of."""
    found = getattr(part, "__dict__", {})
    return next((found[n] for n in ("group", "_monitor", "_synapses") if n in found), None)


def argument_names(of: Any) -> list[str]:
    """Names of the positional arguments of a class or function."""
    try:
        # Not of the class: the call of its metaclass takes anything.
        construct = getattr(of, "__init__") if isinstance(of, type) else of  # noqa: B009
        found = signature(construct).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in found if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"]


def _method(of: Any, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    names = argument_names(method)

    @wraps(method)
    def call(*values: Any, **given: Any) -> Any:
        if name == "set_states":
            given = {**dict(zip(names, values, strict=False)), **given}
            values = ()
            if given.get("units", True) and isinstance(given.get("values"), Mapping):
                given["values"] = _incoming_states(of, given["values"])
        values, given = incoming_all(_called(of), names, values, given, unit_of_argument)
        with expecting_quantities():
            found = method(*values, **given)
        return _result(of, name, found, {**dict(zip(names, values, strict=False)), **given})

    return call


def _incoming_states(of: Any, states: Mapping[str, Any]) -> dict[str, Any]:
    """Values for ``set_states`` of an object, or of those of a network, as distsnn has them."""
    found: dict[str, Any] = {}
    for name, value in states.items():
        if isinstance(value, Mapping):
            found[of[name].name] = _incoming_states(of[name], value)
        else:
            found[name] = incoming(_called(of), name, value, unit_of(of, name))
    return found


def _outgoing_states(of: Any, states: Mapping[str, Any]) -> dict[str, Any]:
    """States of an object, or of the objects of a network, as users get them."""
    return {
        shown_name(of[n]) if isinstance(v, Mapping) else n: _outgoing_states(of[n], v)
        if isinstance(v, Mapping)
        else outgoing(v, unit_of(of, n))
        for n, v in states.items()
    }


def _result(of: Any, name: str, found: Any, given: Mapping[str, Any]) -> Any:
    """The result of a method, as users get it."""
    if name in _RESULTS:
        units = [dimension_of_unit(unit) for unit in _RESULTS[name]]
        if len(units) == 1:
            return outgoing(found, units[0])
        return tuple(outgoing(f, u) for f, u in zip(found, units, strict=True))
    if name == "values" and "var" in given:
        return outgoing(found, unit_of(of, given["var"]))
    if name == "get_states" and given.get("units", True) and isinstance(found, dict):
        return _outgoing_states(of, found)
    if name == "all_values" and isinstance(found, dict):
        return {n: outgoing(v, unit_of(of, n)) for n, v in found.items()}
    return adopted(found)


def with_quantities(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of distsnn to which users give quantities."""
    names = argument_names(function)

    @wraps(function)
    def call(*values: Any, **given: Any) -> Any:
        values, given = incoming_all(function.__name__, names, values, given, unit_of_argument)
        with expecting_quantities():
            return function(*values, **given)

    return call
