"""NEST's leaky integrate-and-fire neurons, ``iaf_*``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from distsnn.describe.models.adaptive_presets import AdaptiveLIF
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA, CUBA
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.nest_models.beta_receptor import Beta
from distsnn.nest_models.cell_model import (
    CONDUCTANCES,
    CURRENTS,
    REVERSAL,
    TAU,
    TAU_G,
    V_MIN,
    CellModel,
    NeuronKind,
    Parameters,
    Shape,
    cell,
    conductances,
    current_ports,
    currents,
    defaults_of,
    given_to,
    same,
)
from distsnn.nest_models.leaky.forced_neurons import FORCED, FORCED_DEFAULTS, forced_delta

_OF_ALL = {"V_m": -70.0, "E_L": -70.0, "C_m": 250.0, "t_ref": 2.0, "V_th": -55.0, "I_e": 0.0}
_PSC = {**_OF_ALL, "V_reset": -70.0, "tau_m": 10.0, "tau_minus": 20.0}
_COND = {
    **_OF_ALL, "V_reset": -60.0, "g_L": 16.6667, "E_ex": 0.0, "E_in": -85.0, "tau_minus": 20.0,
}  # fmt: skip
# Receptors of the models with one for weights of each sign.
TWO_RECEPTORS: Mapping[str, tuple[Shape, type[CUBA] | type[COBA]]] = {
    "iaf_psc_exp": (Exponential, CUBA),
    "iaf_psc_alpha": (Alpha, CUBA),
    "iaf_cond_exp": (Exponential, COBA),
    "iaf_cond_alpha": (Alpha, COBA),
}


def _leaky(p: Parameters, receptors: tuple[Receptor, ...], by_port: bool = False) -> CellModel:
    names = ("C_m", "E_L", "V_th", "V_reset", "t_ref", "I_e", "g_L" if "g_L" in p else "tau_m")
    values: Mapping[str, Any] = {n: p[n] for n in names}
    return cell(LIF(**values), p, receptors, {"V_m": p["V_m"]}, by_port)


def _two(name: str, **only: float) -> NeuronKind:
    shape, output = TWO_RECEPTORS[name]
    if output is COBA:
        return NeuronKind(
            {**_COND, "tau_syn_ex": 0.2, "tau_syn_in": 2.0},
            REVERSAL,
            lambda p: _leaky(p, conductances(shape, p)),
            CONDUCTANCES,
            TAU_G,
        )
    return NeuronKind(
        {**_PSC, "tau_syn_ex": 2.0, "tau_syn_in": 2.0, **only},
        ("tau_minus",),
        lambda p: _leaky(p, currents(shape, p)),
        CURRENTS,
        TAU,
        only,
    )


def _ports(shape: Shape) -> NeuronKind:
    return NeuronKind(
        {**_PSC, "tau_syn": (2.0,)},
        ("tau_minus",),
        lambda p: _leaky(p, current_ports(shape, p), by_port=True),
        same("V_m"),
    )


def beta_conductances(p: Parameters) -> tuple[Receptor, ...]:
    """A conductance with two time constants for weights of each sign."""
    return tuple(
        Beta.of(p[f"tau_rise_{n}"], p[f"tau_decay_{n}"], COBA(float(p[f"E_{n}"])), n)
        for n in ("ex", "in")
    )


def _adaptive(p: Parameters) -> CellModel:
    model = AdaptiveLIF(method="rkf45", **given_to(AdaptiveLIF, p))
    return cell(model, p, conductances(Exponential, p), {"V_m": p["V_m"]})


_DELTA_ONLY = {**V_MIN, "refractory_input": False}

LEAKY: Mapping[str, NeuronKind] = {
    "iaf_psc_exp": _two("iaf_psc_exp"),
    "iaf_psc_alpha": _two("iaf_psc_alpha", **V_MIN),
    "iaf_psc_delta": NeuronKind(
        {**_PSC, **_DELTA_ONLY, **FORCED_DEFAULTS},
        ("tau_minus", FORCED),
        lambda p: forced_delta(p) if p[FORCED] else _leaky(p, (Delta(),)),
        same("V_m"),
        only=_DELTA_ONLY,
    ),
    "iaf_tum_2000": replace(
        _two("iaf_psc_exp"),
        defaults={
            **_two("iaf_psc_exp").defaults,
            "U": 0.5,
            "u": 0.0,
            "x": 0.0,
            "y": 0.0,
            "tau_fac": 1000.0,
            "tau_psc": 2.0,
            "tau_rec": 400.0,
        },
    ),
    "iaf_psc_exp_multisynapse": _ports(Exponential),
    "iaf_psc_alpha_multisynapse": _ports(Alpha),
    "iaf_cond_exp": _two("iaf_cond_exp"),
    "iaf_cond_alpha": _two("iaf_cond_alpha"),
    "iaf_cond_beta": NeuronKind(
        {
            **_COND,
            "tau_rise_ex": 0.2,
            "tau_decay_ex": 0.2,
            "tau_rise_in": 2.0,
            "tau_decay_in": 2.0,
        },
        REVERSAL,
        lambda p: _leaky(p, beta_conductances(p)),
        CONDUCTANCES,
    ),
    "iaf_cond_exp_sfa_rr": NeuronKind(
        {
            **defaults_of(AdaptiveLIF),
            "V_m": -70.0,
            "E_ex": 0.0,
            "E_in": -75.0,
            "tau_minus": 20.0,
            "tau_syn_ex": 1.5,
            "tau_syn_in": 10.0,
        },
        REVERSAL,
        _adaptive,
        {**CONDUCTANCES, **same("g_sfa", "g_rr")},
        TAU_G,
    ),
}
