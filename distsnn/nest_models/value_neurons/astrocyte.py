"""NEST's astrocyte: Li & Rinzel 1994, J. Theor. Biol. 166:461-473; Nadkarni & Jung 2003."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from distsnn.describe.models.parameters import Parameter
from distsnn.describe.models.receptors.delta_receptor import Increment
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    SummingModel,
    defaults_of,
    given_to,
    same,
)


class Astrocyte(SummingModel):
    """Astrocyte with dynamics of calcium and IP3; concentrations are in uM, without a unit."""

    Ca_tot = Parameter(2.0)
    IP3_0 = Parameter(0.16)
    Kd_IP3_1 = Parameter(0.13)
    Kd_IP3_2 = Parameter(0.9434)
    Kd_act = Parameter(0.08234)
    Kd_inh = Parameter(1.049)
    Km_SERCA = Parameter(0.1)
    SIC_scale = Parameter(1.0, "pA")
    SIC_th = Parameter(0.19669)
    delta_IP3 = Parameter(0.0002)
    k_IP3R = Parameter(0.0002, "1/ms")
    rate_IP3R = Parameter(0.006, "1/ms")
    rate_L = Parameter(0.00011, "1/ms")
    rate_SERCA = Parameter(0.0009, "1/ms")
    ratio_ER_cyt = Parameter(0.185)
    tau_IP3 = Parameter(7142.0, "ms")
    equations = """
    dIP3/dt = (IP3_0 - IP3)/tau_IP3 : 1
    dCa_astro/dt = J_channel - J_pump + J_leak + I_stim/pA/ms : 1
    dh_IP3R/dt = k_IP3R*(Kd_inh*(IP3 + Kd_IP3_1)/(IP3 + Kd_IP3_2)*(1 - h_IP3R) - Ca*h_IP3R) : 1
    Ca = clip(Ca_astro, 0, Ca_tot) : 1
    J_pump = rate_SERCA*Ca**2/(Km_SERCA**2 + Ca**2) : Hz
    Ca_ER = (Ca_tot - Ca)/ratio_ER_cyt : 1
    J_leak = ratio_ER_cyt*rate_L*(Ca_ER - Ca) : Hz
    opened = IP3/(IP3 + Kd_IP3_1)*(Ca/(Ca + Kd_act))*h_IP3R : 1
    J_channel = ratio_ER_cyt*rate_IP3R*opened**3*(Ca_ER - Ca) : Hz
    SIC = int(above > 1)*log(clip(above, 1, inf))*SIC_scale : amp
    above = (Ca_astro - SIC_th)*1000 : 1
    IP3_in : 1
    I_stim : amp
    """
    method = "rkf45"
    sent: ClassVar[Mapping[str, str]] = {"SIC": "amp"}
    at_end = "IP3 += delta_IP3*IP3_in; IP3_in = 0; Ca_astro = clip(Ca_astro, 0, Ca_tot)"
    start: ClassVar[Mapping[str, str]] = {
        "IP3": "IP3_0", "Ca_astro": "0.073", "h_IP3R": "0.793",
    }  # fmt: skip


def _make(p: Parameters) -> CellModel:
    model = Astrocyte(**given_to(Astrocyte, p))
    start = {name: p[name] for name in _STATES}
    return CellModel(
        model,
        (Increment("IP3_in", "uM of delta_IP3"),),
        start,
        tau_minus=20.0,
    )


_STATES = {"IP3": 0.16, "Ca_astro": 0.073, "h_IP3R": 0.793}

ASTROCYTE = NeuronKind(
    {**defaults_of(Astrocyte), **_STATES},
    (),
    _make,
    same(*_STATES),
)
