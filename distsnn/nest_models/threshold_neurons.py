"""NEST's neurons whose threshold follows the potential, and the point process ``pp_psc_delta``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from distsnn.describe.models.adaptive_presets import MAT
from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import REFRACTORY
from distsnn.describe.models.parameters import POSITIVE, Parameter
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.nest_models.cell_model import (
    CURRENTS,
    TAU,
    CellModel,
    NeuronKind,
    Parameters,
    cell,
    currents,
    defaults_of,
    given_to,
    lists_of,
    same,
)


class AugmentedMAT(MAT):
    """`MAT` with a part of the threshold that follows the slope of the potential."""

    beta = Parameter(0.0, "1/ms")
    tau_v = Parameter(5.0, "ms", POSITIVE)
    equations = """
    dV_m/dt = (E_L - V_m)/tau_m + (I_e + I_receptors)/C_m : volt
    dV_th_1/dt = -V_th_1/tau_1 : volt
    dV_th_2/dt = -V_th_2/tau_2 : volt
    dV_th_dv/dt = beta*((E_L - V_m)/tau_m + (I_e + I_receptors)/C_m) - V_th_dv/tau_v : volt/second
    dV_th_v/dt = V_th_dv - V_th_v/tau_v : volt
    V_th = omega + V_th_1 + V_th_2 + V_th_v : volt
    """
    threshold = "V_m >= V_th"


def _augmented(p: Parameters) -> CellModel:
    model = AugmentedMAT(**given_to(AugmentedMAT, p))
    return cell(model, p, currents(Exponential, p), {"V_m": p["V_m"]})


class PointProcess(NeuronModel):
    """Neuron that spikes at a rate that its potential says."""

    C_m = Parameter(250.0, "pF", POSITIVE)
    tau_m = Parameter(10.0, "ms", POSITIVE)
    dead_time = Parameter(1.0, "ms", POSITIVE)
    # In Hz, and Hz for each mV.
    c_1 = Parameter(0.0)
    c_2 = Parameter(1.238)
    c_3 = Parameter(0.25, "1/mV")
    I_e = Parameter(0.0, "pA")
    threshold = "rand() <= -expm1(-rate*dt)"
    refractory = REFRACTORY.replace("t_ref", "dead_time")
    method = "exact"
    start: ClassVar[Mapping[str, str]] = {}


@cache
def _point_process(n: int, with_reset: bool) -> type[PointProcess]:
    """The model with so many parts of the threshold."""
    parts = [f"q_{k}" for k in range(1, n + 1)]
    body: dict[str, Any] = {"__module__": __name__}
    lines = [
        "dV_m/dt = -V_m/tau_m + (I_e + I_receptors)/C_m : volt",
        f"E_sfa = {' + '.join(parts) or '0*mV'} : volt",
        "rate = (c_1*(V_m - E_sfa)/mV + c_2*exp(c_3*(V_m - E_sfa)))/second : Hz",
    ]
    for k, part in enumerate(parts, 1):
        lines.append(f"d{part}/dt = -{part}/tau_sfa_{k} : volt")
        body |= {f"tau_sfa_{k}": Parameter(34.0, "ms", POSITIVE)}
        body |= {f"q_sfa_{k}": Parameter(0.0, "mV")}
    reset = [f"{part} += q_sfa_{k}" for k, part in enumerate(parts, 1)]
    reset += ["V_m = 0*mV"] if with_reset else []
    body |= {"equations": "\n".join(lines), "reset": "; ".join(reset)}
    return type(f"PointProcess_{n}_{int(with_reset)}", (PointProcess,), body)


def _point(p: Parameters) -> CellModel:
    taus, jumps = lists_of("pp_psc_delta", p, "tau_sfa", "q_sfa")
    kind = _point_process(len(jumps), bool(p["with_reset"]))
    given = given_to(kind, p)
    for k, (tau, q) in enumerate(zip(taus, jumps, strict=True), 1):
        given |= {f"tau_sfa_{k}": tau, f"q_sfa_{k}": q}
    return cell(kind(**given), p, (Delta(),), {"V_m": p["V_m"]})


_ONLY = {"dead_time_random": False, "dead_time_shape": 1.0, "t_ref_remaining": 0.0}

THRESHOLD_PROCESSES: Mapping[str, NeuronKind] = {
    "amat2_psc_exp": NeuronKind(
        {
            **defaults_of(AugmentedMAT),
            "tau_m": 10.0,
            "C_m": 200.0,
            "alpha_1": 10.0,
            "alpha_2": 0.0,
            "omega": -65.0,
            "V_m": -70.0,
            "tau_syn_ex": 1.0,
            "tau_syn_in": 3.0,
            "tau_minus": 20.0,
        },
        ("tau_minus",),
        _augmented,
        {**CURRENTS, **same("V_th", "V_th_v")},
        TAU,
    ),
    "pp_psc_delta": NeuronKind(
        {
            **defaults_of(PointProcess),
            **_ONLY,
            "with_reset": True,
            "tau_sfa": (),
            "q_sfa": (),
            "V_m": 0.0,
            "tau_minus": 20.0,
        },
        ("with_reset", "tau_minus"),
        _point,
        same("V_m", "E_sfa"),
        only=_ONLY,
    ),
}
