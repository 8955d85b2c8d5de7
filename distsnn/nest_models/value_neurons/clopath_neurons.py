"""NEST's neurons whose synapses learn from their potential, ``*_clopath``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from distsnn.describe.models.neuron_presets import REFRACTORY, HodgkinHuxley
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    SummingModel,
    cell,
    currents,
    defaults_of,
    given_to,
    same,
)
from distsnn.nest_models.hodgkin_huxley_neurons import CHANNELS, GATES


class WithTraces(SummingModel):
    """Neuron with traces of its potential ``V``, from which synapses learn."""

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
    du_bar_plus/dt = (V - u_bar_plus)/tau_u_bar_plus : volt
    du_bar_minus/dt = (V - u_bar_minus)/tau_u_bar_minus : volt
    du_bar_bar/dt = (u_bar_minus - u_bar_bar)/tau_u_bar_bar : volt
    LTP : volt
    LTD : volt
    """
    looked_back: ClassVar[Mapping[str, str]] = {"LTP": "volt", "LTD": "volt"}


class AdExOfClopath(WithTraces):
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
    equations = f"""{WithTraces.equations}
    dV_m/dt = int(not_refractory)*(-g_L*(V - E_L) + g_L*Delta_T*exp((V - V_th)/Delta_T) - w + z
                                   + I_e + I_receptors)/C_m : volt
    dw/dt = (1 - clamped)*(a*(V - E_L) - w)/tau_w : amp
    dz/dt = -z/tau_z : amp
    dV_th/dt = (V_th_rest - V_th)/tau_V_th : volt
    V = int(not_refractory)*clip(V_m, -1*volt, V_peak) + (1 - int(not_refractory))*V_m : volt
    clamp_time = ceil(t_clamp/dt - 1e-9)*dt : second
    clamped : 1
    arrived : volt
    """
    threshold = "V_m >= V_peak"
    reset = "V_m = V_clamp; w += b; z = I_sp; V_th = V_th_max; clamped = 1"
    refractory = f"ceil(t_clamp/dt - 1e-9)*dt + {REFRACTORY}"
    at_start = "V_m += int(not_refractory)*arrived*exp(g_L/C_m*dt); arrived = 0*mV"
    method = "rkf45_reset"
    start: ClassVar[Mapping[str, str]] = {
        "V_th": "V_th_rest", "u_bar_plus": "E_L", "u_bar_minus": "E_L", "u_bar_bar": "E_L",
    }  # fmt: skip
    ends = "clamped*int(t - lastspike > clamp_time - 0.5*dt)"
    at_end = f"V_m += {ends}*(V_reset - V_m); clamped -= {ends}"


class SquidOfClopath(HodgkinHuxley, WithTraces):
    """`HodgkinHuxley` with traces of its potential."""

    tau_u_bar_plus = Parameter(114.0, "ms", POSITIVE)
    tau_u_bar_minus = WithTraces.tau_u_bar_minus
    tau_u_bar_bar = WithTraces.tau_u_bar_bar
    A_LTD = WithTraces.A_LTD
    A_LTP = WithTraces.A_LTP
    theta_plus = WithTraces.theta_plus
    theta_minus = WithTraces.theta_minus
    u_ref_squared = WithTraces.u_ref_squared
    A_LTD_const = WithTraces.A_LTD_const
    equations = f"{HodgkinHuxley.equations}\n{WithTraces.equations}\nV = V_m : volt"
    method = "rkf45"


@cache
def _with_delay(kind: type[WithTraces], delay: int) -> type[WithTraces]:
    """A model whose synapses learn from traces of so many steps before."""
    lines, shifts = [kind.equations], list[str]()
    for x in ("u_bar_plus", "u_bar_minus"):
        for k in range(delay, 0, -1):
            lines.append(f"{x}_{k} : volt")
            shifts.append(f"{x}_{k} = {f'{x}_{k - 1}' if k > 1 else x}")
    plus, minus = (f"{x}_{delay}" if delay else x for x in ("u_bar_plus", "u_bar_minus"))
    at_end = [
        *([kind.at_end] if kind.at_end else []),
        f"LTP = A_LTP*clip(V_m - theta_plus, 0*mV, inf*mV)"
        f"*clip({plus} - theta_minus, 0*mV, inf*mV)*dt/ms",
        "share = A_LTD_const + (1 - A_LTD_const)*(u_bar_bar/mV)**2/u_ref_squared",
        f"LTD = A_LTD*share*clip({minus} - theta_minus, 0*mV, inf*mV)",
        *shifts,
    ]
    body = {
        "equations": "\n".join(lines), "at_end": "; ".join(at_end), "__module__": __name__,
    }  # fmt: skip
    return type(f"{kind.__name__}_{delay}", (kind,), body)


def _model(kind: type[WithTraces], p: Parameters) -> WithTraces:
    steps = int(float(p["delay_u_bars"]) / float(p["dt"]) + 0.5 + 1e-9)
    made = _with_delay(kind, steps)
    return made(**{**given_to(made, p), "A_LTD_const": float(p["A_LTD_const"])})


def _adex(p: Parameters) -> CellModel:
    start = {name: p[name] for name in _CLOPATH_STATES}
    return cell(_model(AdExOfClopath, p), p, (Delta(),), start)


def _squid(p: Parameters) -> CellModel:
    start = {"V_m": p["V_m"], **{name: p[gate] for gate, name in GATES.items()}}
    start |= {name: p[name] for name in _U_BARS}
    return cell(_model(SquidOfClopath, p), p, currents(Alpha, p), start)


_OF_TRACES = {"A_LTD_const": True, "delay_u_bars": 5.0, "tau_minus": 20.0}
_SHARED = ("A_LTD_const", "delay_u_bars", "tau_minus")
_U_BARS = ("u_bar_plus", "u_bar_minus", "u_bar_bar")
_CLOPATH_STATES: Mapping[str, Any] = {
    "V_m": -70.6,
    "w": 0.0,
    "u_bar_plus": -70.6,
    "u_bar_minus": -70.6,
    "u_bar_bar": -70.6,
}
_HH = CHANNELS["hh_psc_alpha"]
CLOPATH: Mapping[str, NeuronKind] = {
    "aeif_psc_delta_clopath": NeuronKind(
        {**defaults_of(AdExOfClopath), **_CLOPATH_STATES, **_OF_TRACES},
        _SHARED,
        _adex,
        same(*_CLOPATH_STATES, "z", "V_th"),
    ),
    "hh_psc_alpha_clopath": NeuronKind(
        {
            **_HH.defaults,
            **defaults_of(SquidOfClopath),
            **dict.fromkeys(_U_BARS, 0.0),
            **_OF_TRACES,
        },
        _SHARED,
        _squid,
        {**_HH.recordables, **same(*_U_BARS)},
        _HH.variables,
    ),
}
