"""NEST's neurons with channels of Hodgkin and Huxley, ``hh_*``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from distsnn.describe.models.neuron_presets import HH, REFRACTORY, HodgkinHuxley
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.nest_models.cell_model import (
    CONDUCTANCES,
    CURRENTS,
    REVERSAL,
    TAU,
    TAU_G,
    CellModel,
    NeuronKind,
    Parameters,
    SummingModel,
    cell,
    conductances,
    currents,
    defaults_of,
    given_to,
)

GATES = {"Act_m": "m", "Act_n": "n", "Inact_h": "h"}


def _start(p: Parameters) -> dict[str, Any]:
    return {"V_m": p["V_m"], **{name: p[gate] for gate, name in GATES.items()}}


def _squid(p: Parameters) -> CellModel:
    model = HodgkinHuxley(method="rkf45", **given_to(HodgkinHuxley, p))
    return cell(model, p, currents(Alpha, p), _start(p))


class TraubAtPeak(HH):
    """`HH` whose spikes are where the potential begins to fall, as in NEST.

    Most exponentials are powers of one. Closer than 1e-5 mV to where a rate is a quotient of
    zeros it is the limit, which is far below the error of the solver.
    """

    equations = f"""
    dV_m/dt = (g_L*(E_L - V_m) + g_Na*m**3*h*(E_Na - V_m) + g_K*n**4*(E_K - V_m)
               + I_e + I_receptors)/C_m : volt
    dm/dt = (alpha_m*(1 - m) - beta_m*m)*kHz : 1
    dn/dt = (alpha_n*(1 - n) - beta_n*n)*kHz : 1
    dh/dt = (alpha_h*(1 - h) - beta_h*h)*kHz : 1
    u = (V_m - V_T)/mV : 1
    fall = exp(-0.025*u) : 1
    far_m = int(abs(13 - u) > 1e-5) : 1
    far_b = int(abs(u - 40) > 1e-5) : 1
    far_n = int(abs(15 - u) > 1e-5) : 1
    late = {math.exp(8.0)!r}*fall**8 : 1
    rise_m = {math.exp(3.25)!r}*fall**8*fall**2 - 1 : 1
    rise_n = {math.exp(3.0)!r}*fall**8 - 1 : 1
    alpha_m = 0.32*(far_m*(13 - u) + 4*(1 - far_m))/(1 - far_m + far_m*rise_m) : 1
    beta_m = 0.28*(far_b*(u - 40)*late + 5*(1 - far_b))/(1 - far_b*late) : 1
    alpha_h = 0.128*exp((17 - u)*{1.0 / 18.0!r}) : 1
    beta_h = 4/(1 + late) : 1
    alpha_n = 0.032*(far_n*(15 - u) + 5*(1 - far_n))/(1 - far_n + far_n*rise_n) : 1
    beta_n = {0.5 * math.exp(0.25)!r}*fall : 1
    V_before = V_m : volt (constant over dt)
    """
    start = {
        "V_m": "E_L",
        **{x: f"alpha_{x}/(alpha_{x} + beta_{x})" for x in "mnh"},
    }
    threshold = "V_m >= V_T + 30*mV and V_m < V_before"


def _traub(p: Parameters) -> CellModel:
    model = TraubAtPeak(method="rkf45", **given_to(TraubAtPeak, p))
    return cell(model, p, conductances(Exponential, p), _start(p))


class WithGapJunctions(SummingModel):
    """Neuron with gap junctions: Mancilla et al. 2007, J. Neurosci. 27:2058-2073.

    Within a step the potentials of the others go on as they went in the step before.
    """

    C_m = Parameter(40.0, "pF", POSITIVE)
    g_Na = Parameter(4500.0, "nS", NONNEGATIVE)
    g_Kv1 = Parameter(9.0, "nS", NONNEGATIVE)
    g_Kv3 = Parameter(9000.0, "nS", NONNEGATIVE)
    g_L = Parameter(10.0, "nS", NONNEGATIVE)
    E_Na = Parameter(74.0, "mV")
    E_K = Parameter(-90.0, "mV")
    E_L = Parameter(-70.0, "mV")
    t_ref = Parameter(2.0, "ms", NONNEGATIVE)
    I_e = Parameter(0.0, "pA")
    equations = """
    dV_m/dt = (g_Na*m**3*h*(E_Na - V_m) + (g_Kv1*n**4 + g_Kv3*p**2)*(E_K - V_m) + g_L*(E_L - V_m)
               + I_e + I_receptors + I_gap)/C_m : volt
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    dp/dt = alpha_p*(1 - p) - beta_p*p : 1
    alpha_m = 540/exprel(-(V_m - 75.5*mV)/(13.5*mV))/ms : Hz
    beta_m = 1.2262*exp(-V_m/(42.248*mV))/ms : Hz
    alpha_h = 0.0035*exp(-V_m/(24.186*mV))/ms : Hz
    beta_h = 0.0884/exprel(-(V_m + 51.25*mV)/(5.2*mV))/ms : Hz
    alpha_n = 0.0322/exprel(-(V_m + 44*mV)/(2.3*mV))/ms : Hz
    beta_n = 0.0043*exp(-(V_m + 44*mV)/(34*mV))/ms : Hz
    alpha_p = 11.8/exprel(-(V_m - 95*mV)/(11.8*mV))/ms : Hz
    beta_p = 0.025*exp(-V_m/(22.222*mV))/ms : Hz
    V_before = V_m : volt (constant over dt)
    I_gap = gap_current + (gap_current - gap_before)*known*phase - gap_conductance*V_m : amp
    dphase/dt = 1/dt : 1
    gap_before : amp
    known : 1
    """
    at_end = "phase = 0; gap_before = gap_current; known = 1"
    threshold = "V_m >= 0*mV and V_m < V_before"
    refractory = REFRACTORY
    method = "rkf45"
    sent: ClassVar[Mapping[str, str]] = {"V_m": "volt"}
    received: ClassVar[Mapping[str, str]] = {"gap_current": "amp", "gap_conductance": "siemens"}


_GAP_GATES = {"Act_m": "m", "Act_n": "n", "Inact_h": "h", "Inact_p": "p"}


def _gap(p: Parameters) -> CellModel:
    start = {"V_m": p["V_m"], **{name: p[gate] for gate, name in _GAP_GATES.items()}}
    model = WithGapJunctions(**given_to(WithGapJunctions, p))
    return cell(model, p, currents(Alpha, p), start)


CHANNELS: Mapping[str, NeuronKind] = {
    "hh_psc_alpha": NeuronKind(
        {
            **defaults_of(HodgkinHuxley),
            "V_m": -65.0,
            "Act_m": 0.05293248525724958,
            "Act_n": 0.3176769140606974,
            "Inact_h": 0.5961207535084603,
            "tau_minus": 20.0,
            "tau_syn_ex": 0.2,
            "tau_syn_in": 2.0,
        },
        ("tau_minus",),
        _squid,
        {**CURRENTS, **GATES},
        {**TAU, **GATES},
    ),
    "hh_cond_exp_traub": NeuronKind(
        {
            **defaults_of(HH, "V_spike"),
            "t_ref": 2.0,
            "V_m": -60.0,
            "E_ex": 0.0,
            "E_in": -80.0,
            "tau_minus": 20.0,
            "Act_m": 9.895563096746586e-09,
            "Act_n": 2.551577051602551e-07,
            "Inact_h": 0.999999999106396,
            "tau_syn_ex": 5.0,
            "tau_syn_in": 10.0,
        },
        REVERSAL,
        _traub,
        {**CONDUCTANCES, **GATES},
        {**TAU_G, **GATES},
    ),
    "hh_psc_alpha_gap": NeuronKind(
        {
            **defaults_of(WithGapJunctions),
            "V_m": -69.60401191631222,
            "Act_m": 0.019198766985083732,
            "Act_n": 0.0005741576228359767,
            "Inact_h": 0.868462041294399,
            "Inact_p": 0.0002511318227150632,
            "tau_minus": 20.0,
            "tau_syn_ex": 0.2,
            "tau_syn_in": 2.0,
        },
        ("tau_minus",),
        _gap,
        {**CURRENTS, **_GAP_GATES},
        {**TAU, **_GAP_GATES},
    ),
}
