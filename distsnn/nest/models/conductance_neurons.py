"""NEST's leaky neurons and GLIF with conductances, whose solver is adaptive."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import REFRACTORY
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.nest.models.further_neurons import Beta, check_lengths, glif_cell
from distsnn.nest.models.neuron_kinds import NeuronKind, columns_of, given_to
from distsnn.sonata.models import MODELS, CellModel, Parameters


class LeakyConductances(NeuronModel):
    """Leaky neuron whose potential is no higher than its threshold for its currents, as in NEST."""

    C_m = Parameter(250.0, "pF", POSITIVE)
    g_L = Parameter(16.6667, "nS", POSITIVE)
    E_L = Parameter(-70.0, "mV")
    V_th = Parameter(-55.0, "mV")
    V_reset = Parameter(-60.0, "mV")
    t_ref = Parameter(2.0, "ms", NONNEGATIVE)
    I_e = Parameter(0.0, "pA")
    equations = "dV_m/dt = (g_L*(E_L - V_m) + I_e + I_receptors)/C_m : volt (unless refractory)"
    threshold, reset = "V_m >= V_th", "V_m = V_reset"
    refractory = REFRACTORY
    method = "rkf45"
    start: ClassVar[Mapping[str, str]] = {"V_m": "E_L"}


class SignedCOBA(COBA):
    """`COBA` with weights of both signs."""

    least_weight: ClassVar[float] = -math.inf


def _leaky(p: Parameters, receptor: Callable[[str, COBA], Receptor]) -> CellModel:
    receptors = tuple(receptor(n, COBA(float(p[f"E_{n}"]))) for n in ("ex", "in"))
    model = LeakyConductances(**given_to(LeakyConductances, p))
    return CellModel(model, receptors, {"V_m": p["V_m"]}, False, True, float(p["tau_minus"]))


def _one_tau(p: Parameters, kind: type[Exponential] | type[Alpha]) -> CellModel:
    return _leaky(p, lambda n, output: kind(p[f"tau_syn_{n}"], output, n))


def _beta(p: Parameters) -> CellModel:
    return _leaky(p, lambda n, output: Beta.of(p[f"tau_rise_{n}"], p[f"tau_decay_{n}"], output, n))


_glif_classes: dict[type[NeuronModel], type[NeuronModel]] = {}


def _glif(p: Parameters) -> CellModel:
    """GLIF with conductances: after-spike currents act a step later than in ``glif_psc``."""
    lists = {name: columns_of(p, name) for name in ("E_rev", "tau_syn")}
    check_lengths("glif_cond", **lists)
    ports = tuple(
        Alpha(tau, SignedCOBA(float(np.max(E))), f"port_{k}")
        for k, (E, tau) in enumerate(zip(*lists.values(), strict=True), 1)
    )
    cell = glif_cell({**p, "g": p["g_m"]})
    assert isinstance(cell.model, NeuronModel)
    kind, n = type(cell.model), len(columns_of(p, "asc_init")) if p["after_spike_currents"] else 0
    # The mean over a step of each current, which has decayed since.
    total = " + ".join(f"ASC_{k}*exprel(asc_decay_{k}*dt)" for k in range(1, n + 1)) or "0*pA"
    if kind not in _glif_classes:
        equations = kind.equations.replace("I_receptors + I_steady", "I_receptors + I_stim + I_asc")
        lines = [equations, "dI_asc/dt = 0*amp/second : amp (unless refractory)"]
        body: dict[str, Any] = {
            "equations": "\n".join(lines),
            "reset": f"I_asc = {total}; {kind.reset}",
            "method": "rkf45",
            "at_end": f"I_asc = {total}",
            "__module__": __name__,
        }
        _glif_classes[kind] = type(f"{kind.__name__}_cond", (kind,), body)
    model = _glif_classes[kind](**cell.model.values)
    return replace(cell, model=model, receptors=ports)


_COND = ("E_ex", "E_in", "tau_minus")
_STATES = {name: name for name in ("V_m", "g_ex", "g_in")}
_TAU = {"tau_syn_ex": "tau_g_ex", "tau_syn_in": "tau_g_in"}
_LEAKY = MODELS["iaf_cond_exp"].defaults

CONDUCTANCE_NEURONS: Mapping[str, NeuronKind] = {
    "iaf_cond_exp": NeuronKind(_LEAKY, _COND, lambda p: _one_tau(p, Exponential), _STATES, _TAU),
    "iaf_cond_alpha": NeuronKind(_LEAKY, _COND, lambda p: _one_tau(p, Alpha), _STATES, _TAU),
    "iaf_cond_beta": NeuronKind(
        {
            **{n: v for n, v in _LEAKY.items() if "tau_syn" not in n},
            "tau_rise_ex": 0.2,
            "tau_decay_ex": 0.2,
            "tau_rise_in": 2.0,
            "tau_decay_in": 2.0,
        },
        _COND,
        _beta,
        _STATES,
    ),
    "glif_cond": NeuronKind(
        {
            **{"g_m" if n == "g" else n: v for n, v in MODELS["glif_psc"].defaults.items()},
            "tau_syn": (0.2, 2.0),
            "E_rev": (0.0, -85.0),
        },
        (*MODELS["glif_psc"].shared, "E_rev"),
        _glif,
        {
            "V_m": "V_m",
            "I": "I_stim",
            "threshold": "threshold",
            "ASCurrents_sum": "I_asc",
            "threshold_spike": "threshold_spike",
            "threshold_voltage": "threshold_voltage",
        },
    ),
}
