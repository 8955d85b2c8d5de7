"""The classes and functions of distsnn, with units: each class has a twin of the same name."""

from __future__ import annotations

import sys
import warnings
from types import FunctionType
from typing import Any

import numpy as np

import distsnn
from distsnn.brian.carrying.boundary import (
    called_by_user,
    incoming,
    incoming_all,
    outgoing,
    shown_name,
    unit_of_argument,
)
from distsnn.brian.carrying.carries_units import (
    TWINS,
    CarriesUnits,
    adopted,
    argument_names,
    with_quantities,
)
from distsnn.describe.models.lif_models import LIF, LIF_PARAMETERS
from distsnn.describe.models.parameters import WithParameters
from distsnn.describe.values.given import Normal, PerSource, Uniform
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.front.monitors.rate_monitor import PopulationRateMonitor
from distsnn.front.monitors.state_monitor import StateMonitorView
from distsnn.front.names.quantity_values import dimension_of_unit
from distsnn.front.names.scope import Clock, EventClock, begin_draws
from distsnn.front.network.magic import MagicNetwork
from distsnn.front.network.network import Network
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.poisson_group import PoissonGroup
from distsnn.front.synapses.synapse_statements import PathwayView
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.language.functions import CONSTANTS as DEFAULT_CONSTANTS
from distsnn.quantities.all_units import ALL_UNITS
from distsnn.quantities.dimension_rules import plain, same_dimension
from distsnn.quantities.physical import DIMENSIONLESS, Dimension

# Arguments of one dimension, which is that of the object.
_OF_ONE: dict[type, tuple[str, ...]] = {
    Normal: ("mean", "std", "low", "high"),
    Uniform: ("low", "high"),
}
_LIF_UNITS = {**{name: p.unit for name, p in LIF_PARAMETERS.items()}, "g_L": "nS"}
# Called with objects of classes that are made from them.
_NETWORK: Any = Network
_POISSON: Any = PoissonGroup
_SECOND = dimension_of_unit("second")


class _OfOneDimension(CarriesUnits):
    """Values of any dimension, all of the same: a distribution, or an array over time."""

    def __init__(self, *values: Any, **given: Any) -> None:
        dim = DIMENSIONLESS
        if called_by_user(sys._getframe(1)):
            names = _OF_ONE.get(self._without_units, ("values",))
            every = {**dict(zip(names, values, strict=False)), **given}
            known = [every[n] for n in names if n in every]
            for value in known:
                dim = same_dimension(self._without_units.__name__, known[0], value, infinite=True)
        super().__init__(*values, **given)
        object.__setattr__(self, "_dim", dim)

    @property
    def dim(self) -> Dimension:
        """The dimension of the values."""
        found: Dimension = self.__dict__.get("_dim", DIMENSIONLESS)
        return found


class _OverTime(_OfOneDimension):
    def __call__(self, t: Any, i: Any = None) -> Any:
        if not called_by_user(sys._getframe(1)):
            return super().__call__(t, i)  # type: ignore[misc]  # of TimedArray
        found = super().__call__(incoming("TimedArray", "t", t, _SECOND), i)  # type: ignore[misc]  # as above
        return outgoing(found, self.dim)


class _LIFWithUnits(CarriesUnits):
    def _wanted(self, name: str, given: Any) -> Dimension | None:  # noqa: ARG002 - of all classes
        return dimension_of_unit(self.unit_of(name))

    def unit_of(self, name: str) -> str:
        """Unit of a parameter."""
        return _LIF_UNITS.get(name, "1")


class _NetworkWithUnits(CarriesUnits):
    def __getitem__(self, name: Any) -> Any:
        return _NETWORK.__getitem__(self, self._full(name))

    def __contains__(self, name: Any) -> bool:
        return bool(_NETWORK.__contains__(self, self._full(name)))

    def get_states(self, *values: Any, **given: Any) -> dict[str, Any]:
        """Values of all variables by object; see `distsnn.Network.get_states`."""
        names = {one.name: shown_name(one) for one in self.parts}
        found = _NETWORK.get_states(self, *values, **given)
        return {names[name]: states for name, states in found.items()}

    def _full(self, name: Any) -> Any:
        """The name of an object whose number Brian 2 leaves out."""
        first = f"{name}_0"
        return first if _NETWORK.__contains__(self, first) else name


class _PoissonWithUnits(CarriesUnits):
    def __new__(cls, *values: Any, **given: Any) -> Any:
        """Sources, or a group of neurons where rates change, as of `PoissonGroup`."""
        if called_by_user(sys._getframe(1)):
            names = argument_names(PoissonGroup)
            values, given = incoming_all("PoissonGroup", names, values, given, unit_of_argument)
        return _POISSON.__new__(cls, *values, **given)


class _SynapsesWithUnits(CarriesUnits):
    def __new__(cls, *values: Any, **given: Any) -> Any:
        """Choose the kind of synapses, as `Synapses` does."""
        if cls is not TWINS[Synapses]:
            return super().__new__(cls)
        return super().__new__(TWINS[type(Synapses.__new__(Synapses, *values, **given))])

    def __init__(self, *values: Any, **given: Any) -> None:
        for old, new in (("pre", "on_pre"), ("post", "on_post")):
            if given.get(old) is None:
                given.pop(old, None)
                continue
            if given.get(new) is not None:
                raise TypeError(f"Synapses: {old}= and {new}= are given, which mean the same")
            warnings.warn(f"Synapses: {old}= is called {new}= now", FutureWarning, stacklevel=3)
            given[new] = given.pop(old)
        super().__init__(*values, **given)


class _EventClockWithUnits(CarriesUnits):
    def __getitem__(self, item: Any) -> Any:
        return outgoing(super().__getitem__(item), _SECOND)  # type: ignore[misc]  # of EventClock


_BASES: dict[type, type] = {
    EventClock: _EventClockWithUnits,
    LIF: _LIFWithUnits,
    Network: _NetworkWithUnits,
    PoissonGroup: _PoissonWithUnits,
    Synapses: _SynapsesWithUnits,
    TimedArray: _OverTime,
    **dict.fromkeys((Normal, Uniform, PerSource), _OfOneDimension),
}


def _twin(kind: type) -> type:
    """The class whose values carry units."""
    if kind in TWINS:
        return TWINS[kind]
    bases = [TWINS[b] for b in kind.__mro__[1:] if b in TWINS][:1]
    bases += [_BASES.get(kind, CarriesUnits)] if kind in _BASES or not bases else []
    own: dict[str, Any] = {
        "__doc__": kind.__doc__, "__module__": "distsnn.brian", "_without_units": kind,
        "__qualname__": kind.__name__,
    }  # fmt: skip
    if hasattr(kind, "__getitem__") and kind not in {Network, EventClock}:
        own["__getitem__"] = lambda self, item: adopted(kind.__getitem__(self, item))
    if kind is PoissonGroup:
        own["_of_equations"] = _twin(NeuronGroup)
    if kind is PopulationRateMonitor:
        own["name_pattern"] = "ratemonitor"
    if issubclass(kind, WithParameters):
        # That of the next base would hide it.
        own["parameters"] = kind.parameters
    TWINS[kind] = made = type(kind)(kind.__name__, (*bases, kind), own)
    return made


def _classes() -> list[type]:
    """All classes of the star that have values, those that others are made of first."""
    found = [getattr(distsnn, name) for name in distsnn.__all__]
    rooms = ("distsnn.front", "distsnn.describe.models", "distsnn.describe.synapses")
    kinds = [
        kind
        for kind in found
        if isinstance(kind, type)
        and kind.__module__.startswith(rooms)
        and not issubclass(kind, Exception | str | MagicNetwork)
    ]
    kinds += [SpikeSource]
    kinds += [
        Normal,
        Uniform,
        PerSource,
        TimedArray,
        Clock,
        EventClock,
        Subgroup,
        PathwayView,
        StateMonitorView,
    ]
    return sorted(dict.fromkeys(kinds), key=lambda kind: len(kind.__mro__))


def _shared(thing: Any) -> Any:
    """A twin of an object that there is once: both have the same attributes."""
    made: Any = object.__new__(_twin(type(thing)))
    object.__setattr__(made, "__dict__", vars(thing))
    return made


def network_operation(*functions: Any, **given: Any) -> Any:
    """Let a network call a function; see `distsnn.network_operation`."""
    kind = TWINS[distsnn.NetworkOperation]
    if functions:
        return kind(*functions, **given)
    return lambda function: kind(function, **given)


def seed(seed: int | None = None) -> None:
    """Set the seed of all draws, and begin those of numpy anew (``rand``, ``randn``).

    Parameters
    ----------
    seed : int, optional
        A whole number >= 0; without one it is 0, so that all ranks draw the same.
    """
    distsnn.seed(seed)
    if seed is not None:
        begin_draws()
    # The generator that pylab's functions draw from.
    np.random.seed((0 if seed is None else seed) % 2**32)  # noqa: NPY002 - as above


def timestep(t: Any, dt: Any) -> Any:
    """Number of the step in which a time lies.

    Parameters
    ----------
    t, dt : Quantity, or float
        A time, or several, and a time step, both in the same unit.
    """
    same_dimension("timestep", t, dt)
    return distsnn.timestep(plain(t), plain(dt))


def names_with_units() -> dict[str, Any]:
    """The names of distsnn's star that take or give values, with units."""
    for kind in _classes():
        _twin(kind)
    found: dict[str, Any] = {}
    for name in distsnn.__all__:
        thing = getattr(distsnn, name)
        if isinstance(thing, type) and thing in TWINS:
            found[name] = TWINS[thing]
        elif isinstance(thing, FunctionType) and thing.__module__.startswith("distsnn.front"):
            found[name] = with_quantities(thing)
    magic, clock = (_twin(type(thing)) for thing in (distsnn.magic_network, distsnn.defaultclock))
    found |= {"defaultclock": clock(), "magic_network": object.__new__(magic)}
    found |= {"network_operation": network_operation, "seed": seed}
    # Names of Brian 2 that the star of distsnn has not.
    found |= {kind.__name__: TWINS[kind] for kind in (SpikeSource, Subgroup)}
    found |= {"DEFAULT_UNITS": ALL_UNITS, "DEFAULT_CONSTANTS": DEFAULT_CONSTANTS}
    found["timestep"] = timestep
    found |= {name: _shared(getattr(distsnn, name)) for name in ("device",)}
    return found
