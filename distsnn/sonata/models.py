"""The models of neurons that circuits name, as models of distsnn with their receptors.

A new one is a line in `MODELS`. Parameters have NEST's names, units and defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import AdEx
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Delta, Increment
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.errors import ParameterError
from distsnn.sonata.glif import DEFAULTS, FLAGS, glif_class

# Of one neuron a number or several, of many an array with a row for each.
Values = float | np.ndarray
Parameters = Mapping[str, Values]


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
    """

    model: LIF | NeuronModel
    receptors: tuple[Receptor, ...]
    start: Mapping[str, Values]
    by_port: bool = False
    magnitudes: bool = False
    tau_minus: float = 20.0
    # So long that nothing of the current is lost: exp(-dt/tau) is 1.
    clamp: Receptor = field(default_factory=lambda: Exponential(1e300, name="clamp"))

    def receptor(self, port: int, negative: bool) -> int | None:
        """Index of the receptor of some edges; None if there is none."""
        if self.by_port:
            return port - 1 if 0 < port <= len(self.receptors) else None
        if port != 0:
            return None
        return len(self.receptors) - 1 if negative else 0


@dataclass(frozen=True)
class ModelKind:
    """A model that circuits can name.

    Attributes
    ----------
    defaults : mapping of str to float or tuple of float
        Its parameters, and the states that files may set.
    shared : tuple of str
        Parameters that all neurons of a group have in common; others make another group.
    make : callable
        From parameters to the model of a group; those that are shared are plain numbers.
    """

    defaults: Mapping[str, float | tuple[float, ...]]
    shared: tuple[str, ...]
    make: Callable[[Parameters], CellModel]


_OF_ALL = {"V_m": -70.0, "E_L": -70.0, "C_m": 250.0, "t_ref": 2.0, "V_th": -55.0, "I_e": 0.0}
_PSC = {**_OF_ALL, "V_reset": -70.0, "tau_m": 10.0, "tau_minus": 20.0}
_CURRENTS = {**_PSC, "tau_syn_ex": 2.0, "tau_syn_in": 2.0}
_COND = {
    **_OF_ALL,
    "V_reset": -60.0,
    "g_L": 16.6667,
    "E_ex": 0.0,
    "E_in": -85.0,
    "tau_syn_ex": 0.2,
    "tau_syn_in": 2.0,
    "tau_minus": 20.0,
}
_ADAPTIVE = {
    "V_m": -70.6,
    "w": 0.0,
    "C_m": 281.0,
    "t_ref": 0.0,
    "V_reset": -60.0,
    "g_L": 30.0,
    "E_L": -70.6,
    "Delta_T": 2.0,
    "tau_w": 144.0,
    "a": 4.0,
    "b": 80.5,
    "V_th": -50.4,
    "V_peak": 0.0,
    "I_e": 0.0,
    "E_ex": 0.0,
    "E_in": -85.0,
    "tau_syn_ex": 0.2,
    "tau_syn_in": 2.0,
    "tau_minus": 20.0,
}
_REVERSAL = ("E_ex", "E_in", "tau_minus")


def _number(p: Parameters, name: str) -> float:
    return float(p[name])


def _lif(p: Parameters, receptors: tuple[Receptor, ...], magnitudes: bool = False) -> CellModel:
    names = ("C_m", "E_L", "V_th", "V_reset", "t_ref", "I_e")
    leak = "g_L" if "g_L" in p else "tau_m"
    model = LIF(**{name: p[name] for name in (*names, leak)})
    tau_minus = _number(p, "tau_minus")
    return CellModel(model, receptors, {"V_m": p["V_m"]}, False, magnitudes, tau_minus)


def _of_currents(p: Parameters, kind: type[Exponential] | type[Alpha]) -> tuple[Receptor, Receptor]:
    return (
        kind(p["tau_syn_ex"], name="ex"),
        kind(p["tau_syn_in"], name="in"),
    )


def _exponential(p: Parameters) -> CellModel:
    return _lif(p, _of_currents(p, Exponential))


def _alpha(p: Parameters) -> CellModel:
    return _lif(p, _of_currents(p, Alpha))


def _delta(p: Parameters) -> CellModel:
    return _lif(p, (Delta(),))


def _of_conductances(
    p: Parameters, kind: type[Exponential] | type[Alpha]
) -> tuple[Receptor, Receptor]:
    return (
        kind(p["tau_syn_ex"], COBA(_number(p, "E_ex")), "ex"),
        kind(p["tau_syn_in"], COBA(_number(p, "E_in")), "in"),
    )


def _conductance(kind: type[Exponential] | type[Alpha]) -> Callable[[Parameters], CellModel]:
    return lambda p: _lif(p, _of_conductances(p, kind), True)


def _adaptive(kind: type[Exponential] | type[Alpha]) -> Callable[[Parameters], CellModel]:
    def make(p: Parameters) -> CellModel:
        given: dict[str, Any] = {name: p[name] for name in AdEx.parameters}
        model = AdEx(**given)
        start = {"V_m": p["V_m"], "w": p["w"]}
        tau_minus = _number(p, "tau_minus")
        return CellModel(model, _of_conductances(p, kind), start, False, True, tau_minus)

    return make


def _columns(p: Parameters, name: str) -> list[Values]:
    """Each of the numbers that a parameter has for every neuron."""
    values = np.asarray(p[name])
    columns = values.reshape(-1, values.shape[-1]).T if values.ndim else values.reshape(1, 1)
    return [float(c[0]) if (c == c[0]).all() else c for c in columns]


def _glif(p: Parameters) -> CellModel:
    flags = [bool(_number(p, name)) for name in FLAGS]
    lists = {name: _columns(p, name) for name in ("asc_init", "asc_decay", "asc_amps", "asc_r")}
    if len({len(values) for values in lists.values()}) > 1:
        raise ParameterError(
            "glif_psc",
            ", ".join(f"{name} has {len(values)} values" for name, values in lists.items()),
            "there is one for each after-spike current",
            "give as many of each",
        )
    kind = glif_class((flags[0], flags[1], flags[2]), len(lists["asc_init"]))
    given: dict[str, Any] = {name: p[name] for name in kind.parameters if name in p}
    start = {"V_m": p["V_m"]}
    if flags[1]:
        for name in ("asc_decay", "asc_amps", "asc_r"):
            given |= {f"{name}_{k}": value for k, value in enumerate(lists[name], 1)}
        start |= {f"ASC_{k}": value for k, value in enumerate(lists["asc_init"], 1)}
    ports = tuple(Alpha(tau, name=f"port_{k}") for k, tau in enumerate(_columns(p, "tau_syn"), 1))
    tau_minus, clamp = _number(p, "tau_minus"), Increment("I_stim", "pA")
    return CellModel(kind(**given), ports, start, True, False, tau_minus, clamp)


MODELS: Mapping[str, ModelKind] = {
    "glif_psc": ModelKind(DEFAULTS, (*FLAGS, "tau_minus"), _glif),
    "iaf_psc_exp": ModelKind(_CURRENTS, ("tau_minus",), _exponential),
    "iaf_psc_alpha": ModelKind(_CURRENTS, ("tau_minus",), _alpha),
    "iaf_psc_delta": ModelKind(_PSC, ("tau_minus",), _delta),
    "iaf_cond_exp": ModelKind(_COND, _REVERSAL, _conductance(Exponential)),
    "iaf_cond_alpha": ModelKind(_COND, _REVERSAL, _conductance(Alpha)),
    "aeif_cond_exp": ModelKind(_ADAPTIVE, _REVERSAL, _adaptive(Exponential)),
    "aeif_cond_alpha": ModelKind(_ADAPTIVE, _REVERSAL, _adaptive(Alpha)),
}
