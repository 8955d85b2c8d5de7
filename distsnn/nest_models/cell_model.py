"""Cells of NEST as models of distsnn: what an entry of the table of neurons says, and its parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA, CURRENT
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.errors import ParameterError

# Of one neuron a number or several, of many an array with a row for each.
Values = float | np.ndarray
Parameters = Mapping[str, Values]
Shape = type[Exponential] | type[Alpha]
# So short that nothing is left of facilitation a step later, ms.
NO_TIME = 1e-9
_PORT = re.compile(r"(I_syn|g)_(\d+)")


@dataclass(frozen=True, eq=False)
class CellModel:
    """Model, receptors and start of the cells of one group.

    Attributes
    ----------
    model : LIF or NeuronModel
    receptors : tuple of Receptor
    start : mapping of str to float or array (n,)
        What variables start at.
    by_port : bool
        Whether edges name their receptor by ``receptor_type``, from 1 on; else their sign does.
    magnitudes : bool
        Whether weights below zero act on the last receptor by their magnitude.
    tau_minus : float, ms
        Time constant of the trace of spikes, for plasticity.
    clamp : Receptor
        Keeps a current that events change.
    early : int
        By how many steps events act on the receptors before their delay has passed.
    """

    model: LIF | NeuronModel
    receptors: tuple[Receptor, ...]
    start: Mapping[str, Values]
    by_port: bool = False
    magnitudes: bool = False
    tau_minus: float = 20.0
    # So long that nothing of the current is lost: exp(-dt/tau) is 1.
    clamp: Receptor = field(default_factory=lambda: Exponential(1e300, name="clamp"))
    early: int = 0

    def receptor(self, port: int, negative: bool) -> int | None:
        """Index of the receptor of some edges; None if there is none."""
        if self.by_port:
            return port - 1 if 0 < port <= len(self.receptors) else None
        if port != 0 or not self.receptors:
            return None
        return len(self.receptors) - 1 if negative else 0


Make = Callable[[Parameters], CellModel]


@dataclass(frozen=True)
class NeuronKind:
    """A neuron of NEST, with its names, units and defaults.

    Attributes
    ----------
    defaults : mapping of str to object
        Its parameters, and the states that scripts and files may set.
    shared : tuple of str
        Parameters that all neurons of a group have in common; others make another group.
    make : callable
        From parameters to the model of a group; those that are shared are single values.
    recordables : mapping of str to str
        What can be recorded, and its name in the group, behind a ``-`` where it has the other
        sign.
    variables : mapping of str to str
        What can be set once the network has been built, and its name in the group, where that is
        another one.
    only : mapping of str to object
        Parameters that have one value here.
    receptor_types : mapping of str to int
        Ports that have names.
    """

    defaults: Mapping[str, Any]
    shared: tuple[str, ...]
    make: Make
    recordables: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, Any] = field(default_factory=dict)
    receptor_types: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Defaults of what may have other values."""
        return {name: value for name, value in self.defaults.items() if name not in self.only}

    def recorded(self, name: str) -> str | None:
        """Name in the group of what is recorded; None if there is none."""
        port = _PORT.fullmatch(name)
        return f"{port[1]}_port_{port[2]}" if port else self.recordables.get(name)


def same(*names: str) -> dict[str, str]:
    """Variables that have NEST's names in the group."""
    return {name: name for name in names}


CURRENTS = same("V_m", "I_syn_ex", "I_syn_in")
CONDUCTANCES = same("V_m", "g_ex", "g_in")
# Time constants, which may be set once the network has been built.
TAU = {"tau_syn_ex": "tau_I_syn_ex", "tau_syn_in": "tau_I_syn_in"}
TAU_G = {"tau_syn_ex": "tau_g_ex", "tau_syn_in": "tau_g_in"}
V_MIN = {"V_min": -np.inf}
REVERSAL = ("E_ex", "E_in", "tau_minus")


def columns_of(p: Parameters, name: str) -> list[Values]:
    """Each of the numbers that a parameter has for every neuron."""
    values = np.asarray(p[name], dtype=np.float64)
    return [float(c[0]) if (c == c[0]).all() else c for c in np.atleast_2d(values).T]


def lists_of(where: str, p: Parameters, *names: str) -> list[list[Values]]:
    """`columns_of` several parameters.

    Raises ParameterError if they have different numbers of values.
    """
    lists = {name: columns_of(p, name) for name in names}
    if len({len(values) for values in lists.values()}) > 1:
        raise ParameterError(
            where,
            ", ".join(f"{name} has {len(values)} values" for name, values in lists.items()),
            "there is one of each for every port or current",
            "give as many of each",
        )
    return list(lists.values())


def given_to(kind: type[NeuronModel], p: Parameters) -> dict[str, Any]:
    """Parameters that a model has under NEST's names."""
    return {name: p[name] for name in kind.parameters if name in p}


def defaults_of(kind: type[NeuronModel], *without: str) -> dict[str, Any]:
    """Defaults of the parameters that a model has under NEST's names."""
    return {name: p.default for name, p in kind.parameters.items() if name not in without}


def cell(
    model: LIF | NeuronModel,
    p: Parameters,
    receptors: tuple[Receptor, ...],
    start: Mapping[str, Values],
    by_port: bool = False,
) -> CellModel:
    """A cell; if its receptors are conductances, weights below zero act by their magnitude."""
    by_conductance = any(getattr(r, "output", CURRENT) is not CURRENT for r in receptors)
    magnitudes = by_conductance and not by_port
    return CellModel(model, receptors, start, by_port, magnitudes, float(p["tau_minus"]))


def currents(shape: Shape, p: Parameters) -> tuple[Receptor, ...]:
    """A current for weights of each sign."""
    return shape(p["tau_syn_ex"], name="ex"), shape(p["tau_syn_in"], name="in")


def conductances(shape: Shape, p: Parameters) -> tuple[Receptor, ...]:
    """A conductance for weights of each sign."""
    return (
        shape(p["tau_syn_ex"], COBA(float(p["E_ex"])), "ex"),
        shape(p["tau_syn_in"], COBA(float(p["E_in"])), "in"),
    )


def current_ports(shape: Shape, p: Parameters) -> tuple[Receptor, ...]:
    """A current for each port."""
    return tuple(shape(tau, name=f"port_{k}") for k, tau in enumerate(columns_of(p, "tau_syn"), 1))


def conductance_ports(where: str, shape: Shape, p: Parameters) -> tuple[Receptor, ...]:
    """A conductance for each port, each with one reversal potential for all neurons."""
    reversals, taus = lists_of(where, p, "E_rev", "tau_syn")
    return tuple(
        shape(tau, COBA(float(np.max(E))), f"port_{k}")
        for k, (tau, E) in enumerate(zip(taus, reversals, strict=True), 1)
    )


class SummingModel(NeuronModel):
    """A model that sends values and receives sums.

    Attributes
    ----------
    sent, received : mapping of str to str
        Unit of each variable that is sent, and of each sum. The equations name sums; lines for
        them are added.
    looked_back : mapping of str to str
        Unit of each variable whose values of steps before plastic synapses read.
    rate_ports : mapping of int to str
        The sum that delayed rates are added to by their port, if there are several.
    apart_by_sign : bool
        Whether positive and negative weights have sums of their own.
    within : str
        The function of each value ``{x}`` that is weighted; parameters are those of the target.
    """

    sent: ClassVar[Mapping[str, str]] = {}
    received: ClassVar[Mapping[str, str]] = {}
    looked_back: ClassVar[Mapping[str, str]] = {}
    rate_ports: ClassVar[Mapping[int, str]] = {}
    apart_by_sign: ClassVar[bool] = False
    within: ClassVar[str] = "{x}"


def before(name: str, steps: int) -> str:
    """Name of the value that a variable had so many steps before."""
    return f"{name}_before_{steps}"
