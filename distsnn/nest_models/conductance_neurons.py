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
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    cell,
    conductances,
    given_to,
    lists_of,
    same,
)
from distsnn.nest_models.glif import GLIF
from distsnn.nest_models.leaky.leaky_neurons import LEAKY, beta_conductances


class LeakyConductances(NeuronModel):
    """Leaky neuron whose potential is no higher than its threshold for its currents, as in NEST."""

    C_m = Parameter(250.0, "pF", POSITIVE)
    g_L = Parameter(16.6667, "nS", POSITIVE)
    E_L = Parameter(-70.0, "mV")
    V_th = Parameter(-55.0, "mV")
    V_reset = Parameter(-60.0, "mV")
    t_ref = Parameter(2.0, "ms", NONNEGATIVE)
    I_e = Parameter(0.0, "pA")
    equations = """
    dV_m/dt = (g_L*(E_L - V_m) + I_e + I_receptors)/C_m : volt (unless refractory)
    t_ref_remaining = clip(ceil(t_ref/dt - 1e-9)*dt + dt - (t - lastspike), 0*ms, inf*ms)/ms : 1
    """
    threshold, reset = "V_m >= V_th", "V_m = V_reset"
    refractory = REFRACTORY
    method = "rkf45"
    start: ClassVar[Mapping[str, str]] = {"V_m": "E_L"}


class SignedCOBA(COBA):
    """`COBA` with weights of both signs."""

    least_weight: ClassVar[float] = -math.inf


def _leaky(p: Parameters, receptors: tuple[Receptor, ...]) -> CellModel:
    model = LeakyConductances(**given_to(LeakyConductances, p))
    return cell(model, p, receptors, {"V_m": p["V_m"]})


_glif_classes: dict[type[NeuronModel], type[NeuronModel]] = {}


def _glif(p: Parameters) -> CellModel:
    """GLIF with conductances: after-spike currents act a step later than in ``glif_psc``."""
    lists = lists_of("glif_cond", p, "E_rev", "tau_syn")
    ports = tuple(
        Alpha(tau, SignedCOBA(float(np.max(E))), f"port_{k}")
        for k, (E, tau) in enumerate(zip(*lists, strict=True), 1)
    )
    made = GLIF["glif_psc"].make({**p, "g": p["g_m"]})
    assert isinstance(made.model, NeuronModel)
    kind = type(made.model)
    n = sum(name.startswith("asc_decay") for name in kind.parameters)
    # The mean over a step of each current, which has decayed since.
    total = " + ".join(f"ASC_{k}*exprel(asc_decay_{k}*dt)" for k in range(1, n + 1)) or "0*pA"
    if kind not in _glif_classes:
        equations = kind.equations.replace("+ I_after", "+ I_asc")
        lines = [equations, "dI_asc/dt = 0*amp/second : amp (unless refractory)"]
        body: dict[str, Any] = {
            "equations": "\n".join(lines),
            "reset": f"I_asc = {total}; {kind.reset}",
            "method": "rkf45",
            "at_end": f"I_asc = {total}",
            "__module__": __name__,
        }
        _glif_classes[kind] = type(f"{kind.__name__}_cond", (kind,), body)
    model = _glif_classes[kind](**made.model.values)
    return replace(made, model=model, receptors=ports)


def _solved(
    name: str, receptors: Callable[[Parameters], tuple[Receptor, ...]], *recorded: str
) -> NeuronKind:
    kind = LEAKY[name]
    recordables = {**kind.recordables, **same(*recorded)}
    return replace(kind, make=lambda p: _leaky(p, receptors(p)), recordables=recordables)


_LEFT = "t_ref_remaining"
# In the place of `LIF`, whose steps are of second order and take less time.
SOLVED: Mapping[str, NeuronKind] = {
    "iaf_cond_exp": _solved("iaf_cond_exp", lambda p: conductances(Exponential, p)),
    "iaf_cond_alpha": _solved("iaf_cond_alpha", lambda p: conductances(Alpha, p), _LEFT),
    "iaf_cond_beta": _solved("iaf_cond_beta", beta_conductances, _LEFT),
}

GLIF_CONDUCTANCES: Mapping[str, NeuronKind] = {
    "glif_cond": NeuronKind(
        {
            **{"g_m" if n == "g" else n: v for n, v in GLIF["glif_psc"].defaults.items()},
            "tau_syn": (0.2, 2.0),
            "E_rev": (0.0, -85.0),
        },
        (*GLIF["glif_psc"].shared, "E_rev"),
        _glif,
        {
            "I": "I_stim",
            "ASCurrents_sum": "I_asc",
            **same("V_m", "threshold", "threshold_spike", "threshold_voltage"),
        },
    ),
}
