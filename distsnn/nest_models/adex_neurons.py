"""NEST's adaptive exponential neurons, ``aeif_*``, and Izhikevich's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import numpy as np

from distsnn.describe.models.neuron_presets import AdEx, Izhikevich
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA
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
    Make,
    NeuronKind,
    Parameters,
    Shape,
    SummingModel,
    cell,
    conductance_ports,
    conductances,
    currents,
    defaults_of,
    given_to,
    lists_of,
    same,
)

_ADEX = {
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
    "tau_minus": 20.0,
}
_TAU_SYN = {"tau_syn_ex": 0.2, "tau_syn_in": 2.0}
_W = same("w")


class AdExWithinSteps(AdEx):
    """`AdEx` that is reset where it spikes within a step, as in NEST."""

    method = "rkf45_reset"


class AdExBesideAstrocytes(AdExWithinSteps, SummingModel):
    """`AdExWithinSteps` with the slow inward current that astrocytes cause."""

    equations = AdEx.equations.replace("I_receptors", "I_receptors + I_SIC")
    received: ClassVar[Mapping[str, str]] = {"I_SIC": "amp"}


def _adex(
    receptors: Callable[[Parameters], tuple[Receptor, ...]],
    by_port: bool = False,
    model: type[AdEx] = AdExWithinSteps,
) -> Make:
    return lambda p: cell(
        model(**given_to(AdEx, p)),
        p,
        receptors(p),
        {"V_m": p["V_m"], "w": p["w"]},
        by_port,
    )


def _by_currents(shape: Shape) -> NeuronKind:
    make = _adex(lambda p: currents(shape, p))
    return NeuronKind({**_ADEX, **_TAU_SYN}, ("tau_minus",), make, {**CURRENTS, **_W}, TAU)


def _by_conductances(shape: Shape) -> NeuronKind:
    defaults = {**_ADEX, "E_ex": 0.0, "E_in": -85.0, **_TAU_SYN}
    make = _adex(lambda p: conductances(shape, p))
    return NeuronKind(defaults, REVERSAL, make, {**CONDUCTANCES, **_W}, TAU_G)


def _beta_ports(p: Parameters) -> tuple[Receptor, ...]:
    lists = lists_of("aeif_cond_beta_multisynapse", p, "E_rev", "tau_rise", "tau_decay")
    return tuple(
        Beta.of(rise, decay, COBA(float(np.max(E))), f"port_{k}")
        for k, (E, rise, decay) in enumerate(zip(*lists, strict=True), 1)
    )


def _izhikevich(p: Parameters) -> CellModel:
    start = {"V_m": p["V_m"], "U_m": p["U_m"]}
    return cell(Izhikevich(**given_to(Izhikevich, p)), p, (Delta(),), start)


class AdExOfClopath(SummingModel):
    """Adaptive exponential neuron with traces of its potential, which stands still after spikes.

    What depresses and potentiates synapses in a step is computed at its end. Synapses add to
    ``arrived`` a step early, so that the potential jumps at the start of a step by what makes the
    jump at its end. Clopath et al. 2010, Nat. Neurosci. 13:344-352.
    """

    C_m = Parameter(281.0, "pF", POSITIVE)
    g_L = Parameter(30.0, "nS", POSITIVE)
    E_L = Parameter(-70.6, "mV")
    Delta_T = Parameter(2.0, "mV", POSITIVE)
    V_th_rest = Parameter(-50.4, "mV")
    V_th_max = Parameter(30.4, "mV")
    V_peak = Parameter(33.0, "mV")
    V_reset = Parameter(-60.0, "mV")
    V_clamp = Parameter(33.0, "mV")
    t_clamp = Parameter(2.0, "ms", NONNEGATIVE)
    t_ref = Parameter(0.0, "ms", NONNEGATIVE)
    tau_w = Parameter(144.0, "ms", POSITIVE)
    tau_z = Parameter(40.0, "ms", POSITIVE)
    tau_V_th = Parameter(50.0, "ms", POSITIVE)
    a = Parameter(4.0, "nS")
    b = Parameter(80.5, "pA")
    I_sp = Parameter(400.0, "pA")
    I_e = Parameter(0.0, "pA")
    tau_u_bar_plus = Parameter(7.0, "ms", POSITIVE)
    tau_u_bar_minus = Parameter(10.0, "ms", POSITIVE)
    tau_u_bar_bar = Parameter(500.0, "ms", POSITIVE)
    A_LTD = Parameter(14e-5)
    A_LTP = Parameter(8e-5, "1/mV")
    theta_plus = Parameter(-45.3, "mV")
    theta_minus = Parameter(-70.6, "mV")
    # In mV^2.
    u_ref_squared = Parameter(60.0, "1", POSITIVE)
    A_LTD_const = Parameter(1.0)
    equations = """
    dV_m/dt = int(not_refractory)*(-g_L*(V - E_L) + g_L*Delta_T*exp((V - V_th)/Delta_T) - w + z
                                   + I_e + I_receptors)/C_m : volt
    dw/dt = (1 - clamped)*(a*(V - E_L) - w)/tau_w : amp
    dz/dt = -z/tau_z : amp
    dV_th/dt = (V_th_rest - V_th)/tau_V_th : volt
    du_bar_plus/dt = (V - u_bar_plus)/tau_u_bar_plus : volt
    du_bar_minus/dt = (V - u_bar_minus)/tau_u_bar_minus : volt
    du_bar_bar/dt = (u_bar_minus - u_bar_bar)/tau_u_bar_bar : volt
    V = int(not_refractory)*clip(V_m, -1*volt, V_peak) + (1 - int(not_refractory))*V_m : volt
    held = ceil(t_clamp/dt - 1e-9)*dt : second
    clamped : 1
    arrived : volt
    LTP : volt
    LTD : volt
    """
    threshold = "V_m >= V_peak"
    reset = "V_m = V_clamp; w += b; z = I_sp; V_th = V_th_max; clamped = 1"
    refractory = "ceil(t_clamp/dt - 1e-9)*dt + t_ref + dt"
    at_start = "V_m += int(not_refractory)*arrived*exp(g_L/C_m*dt); arrived = 0*mV"
    method = "rkf45_reset"
    start: ClassVar[Mapping[str, str]] = {
        "V_th": "V_th_rest", "u_bar_plus": "E_L", "u_bar_minus": "E_L", "u_bar_bar": "E_L",
    }  # fmt: skip
    looked_back: ClassVar[Mapping[str, str]] = {"LTP": "volt", "LTD": "volt"}


@cache
def _clopath_class(delay: int) -> type[AdExOfClopath]:
    """The model whose synapses learn from traces of so many steps before."""
    ends = "clamped*int(t - lastspike > held - 0.5*dt)"
    lines, shifts = [AdExOfClopath.equations], list[str]()
    for x in ("u_bar_plus", "u_bar_minus"):
        for k in range(delay, 0, -1):
            lines.append(f"{x}_{k} : volt")
            shifts.append(f"{x}_{k} = {f'{x}_{k - 1}' if k > 1 else x}")
    plus, minus = (f"{x}_{delay}" if delay else x for x in ("u_bar_plus", "u_bar_minus"))
    at_end = [
        f"V_m += {ends}*(V_reset - V_m)",
        f"clamped -= {ends}",
        f"LTP = A_LTP*clip(V_m - theta_plus, 0*mV, inf*mV)"
        f"*clip({plus} - theta_minus, 0*mV, inf*mV)*dt/ms",
        "share = A_LTD_const + (1 - A_LTD_const)*(u_bar_bar/mV)**2/u_ref_squared",
        f"LTD = A_LTD*share*clip({minus} - theta_minus, 0*mV, inf*mV)",
        *shifts,
    ]
    body = {
        "equations": "\n".join(lines), "at_end": "; ".join(at_end), "__module__": __name__,
    }  # fmt: skip
    return type(f"AdExOfClopath_{delay}", (AdExOfClopath,), body)


def _clopath(p: Parameters) -> CellModel:
    steps = int(float(p["delay_u_bars"]) / float(p["dt"]) + 0.5 + 1e-9)
    kind = _clopath_class(steps)
    given = {**given_to(kind, p), "A_LTD_const": float(p["A_LTD_const"])}
    return cell(kind(**given), p, (Delta(),), {name: p[name] for name in _CLOPATH_STATES})


_CLOPATH_STATES: Mapping[str, Any] = {
    "V_m": -70.6,
    "w": 0.0,
    "u_bar_plus": -70.6,
    "u_bar_minus": -70.6,
    "u_bar_bar": -70.6,
}
CLOPATH = NeuronKind(
    {
        **defaults_of(AdExOfClopath),
        **_CLOPATH_STATES,
        "A_LTD_const": True,
        "delay_u_bars": 5.0,
        "tau_minus": 20.0,
    },
    ("A_LTD_const", "delay_u_bars", "tau_minus"),
    _clopath,
    same(*_CLOPATH_STATES, "z", "V_th"),
)


_DELTA_ONLY = {"refractory_input": False}
_IZHIKEVICH_ONLY = {**V_MIN, "consistent_integration": True}

_ALPHA = _by_conductances(Alpha)
ADAPTIVE: Mapping[str, NeuronKind] = {
    "aeif_cond_exp": _by_conductances(Exponential),
    "aeif_cond_alpha": _ALPHA,
    "aeif_cond_alpha_astro": replace(
        _ALPHA,
        make=_adex(lambda p: conductances(Alpha, p), model=AdExBesideAstrocytes),
        recordables={**_ALPHA.recordables, **same("I_SIC")},
    ),
    "aeif_cond_alpha_multisynapse": NeuronKind(
        {**_ADEX, "E_rev": (0.0,), "tau_syn": (2.0,)},
        ("E_rev", "tau_minus"),
        _adex(lambda p: conductance_ports("aeif_cond_alpha_multisynapse", Alpha, p), True),
        same("V_m", "w"),
    ),
    "aeif_cond_beta_multisynapse": NeuronKind(
        {**_ADEX, "E_rev": (0.0,), "tau_rise": (2.0,), "tau_decay": (20.0,)},
        ("E_rev", "tau_minus"),
        _adex(_beta_ports, True),
        same("V_m", "w"),
    ),
    "aeif_psc_exp": _by_currents(Exponential),
    "aeif_psc_alpha": _by_currents(Alpha),
    "aeif_psc_delta": NeuronKind(
        {**_ADEX, **_DELTA_ONLY},
        ("tau_minus",),
        _adex(lambda _: (Delta(),)),
        same("V_m", "w"),
        only=_DELTA_ONLY,
    ),
    "izhikevich": NeuronKind(
        {
            **defaults_of(Izhikevich, "C_m"),
            "V_m": -65.0,
            "U_m": -13.0,
            "tau_minus": 20.0,
            **_IZHIKEVICH_ONLY,
        },
        ("tau_minus",),
        _izhikevich,
        same("V_m", "U_m"),
        only=_IZHIKEVICH_ONLY,
    ),
    "aeif_psc_delta_clopath": CLOPATH,
}
