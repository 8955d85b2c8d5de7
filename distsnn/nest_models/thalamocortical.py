"""NEST's ``ht_neuron``: Hill & Tononi 2005, J. Neurophysiol. 93:1671-1698."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import REFRACTORY
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.models.receptors.outputs import COBA
from distsnn.describe.models.receptors.receptor import ReceptorNames
from distsnn.nest_models.beta_receptor import Beta
from distsnn.nest_models.cell_model import (
    CellModel,
    NeuronKind,
    Parameters,
    cell,
    defaults_of,
    given_to,
    same,
)

RECEPTORS = ("AMPA", "NMDA", "GABA_A", "GABA_B")


class ThalamoCortical(NeuronModel):
    """Neuron of thalamus or cortex with intrinsic currents; conductances have no unit."""

    E_Na = Parameter(30.0, "mV")
    E_K = Parameter(-90.0, "mV")
    g_NaL = Parameter(0.2)
    g_KL = Parameter(1.0)
    tau_m = Parameter(16.0, "ms", POSITIVE)
    theta_eq = Parameter(-51.0, "mV")
    tau_theta = Parameter(2.0, "ms", POSITIVE)
    tau_spike = Parameter(1.75, "ms", POSITIVE)
    t_ref = Parameter(2.0, "ms", NONNEGATIVE)
    V_act_NMDA = Parameter(-25.57, "mV")
    S_act_NMDA = Parameter(0.081, "1/mV")
    tau_Mg_slow_NMDA = Parameter(22.7, "ms", POSITIVE)
    tau_Mg_fast_NMDA = Parameter(0.68, "ms", POSITIVE)
    g_peak_NaP = Parameter(1.0)
    E_rev_NaP = Parameter(30.0, "mV")
    N_NaP = Parameter(3.0)
    g_peak_KNa = Parameter(1.0)
    E_rev_KNa = Parameter(-90.0, "mV")
    tau_D_KNa = Parameter(1250.0, "ms", POSITIVE)
    g_peak_T = Parameter(1.0)
    E_rev_T = Parameter(0.0, "mV")
    N_T = Parameter(2.0)
    g_peak_h = Parameter(1.0)
    E_rev_h = Parameter(-40.0, "mV")
    at_once = Parameter(0.0)
    equations = """
    dV_m/dt = (g_NaL*(E_Na - V_m) + g_KL*(E_K - V_m) + I_NaP + I_KNa + I_T + I_h
               + (I_receptors + I_stim)/nS)/tau_m
               + (1 - int(not_refractory))*(E_K - V_m)/tau_spike : volt
    dtheta/dt = (theta_eq - theta)/tau_theta : volt
    dm_fast_NMDA/dt = (m_eq_NMDA - m_fast)/tau_Mg_fast_NMDA : 1
    dm_slow_NMDA/dt = (m_eq_NMDA - m_slow)/tau_Mg_slow_NMDA : 1
    dm_Ih/dt = (1/(1 + exp((V_m + 75*mV)/(5.5*mV))) - m_Ih)/tau_m_h : 1
    dD_IKNa/dt = (tau_D_KNa*0.025/ms/(1 + exp(-(V_m + 10*mV)/(5*mV))) + 0.001
                  - D_IKNa)/tau_D_KNa : 1
    dm_IT/dt = (1/(1 + exp(-(V_m + 59*mV)/(6.2*mV))) - m_IT)/tau_m_T : 1
    dh_IT/dt = (1/(1 + exp((V_m + 83*mV)/(4*mV))) - h_IT)/tau_h_T : 1
    tau_m_h = ms/(exp(-14.59 - 0.086*V_m/mV) + exp(-1.87 + 0.0701*V_m/mV)) : second
    tau_m_T = (0.22/(exp(-(V_m/mV + 132)/16.7) + exp((V_m/mV + 16.8)/18.2)) + 0.13)*ms : second
    tau_h_T = (8.2 + (56.6 + 0.27*exp((V_m/mV + 115.2)/5))/(1 + exp((V_m/mV + 86)/3.2)))*ms : second
    m_eq_NMDA = 1/(1 + exp(-S_act_NMDA*(V_m - V_act_NMDA))) : 1
    share = 0.51 - 0.0028*V_m/mV : 1
    m_fast = clip(m_fast_NMDA, 0, m_eq_NMDA) : 1
    m_slow = clip(m_slow_NMDA, 0, m_eq_NMDA) : 1
    unblocked = share*m_fast + (1 - share)*m_slow : 1
    m_NMDA = at_once*m_eq_NMDA + (1 - at_once)*unblocked : 1
    I_NaP = g_peak_NaP*(1/(1 + exp(-(V_m + 55.7*mV)/(7.7*mV))))**N_NaP*(E_rev_NaP - V_m) : volt
    I_KNa = g_peak_KNa/(1 + (0.25/D_IKNa)**3.5)*(E_rev_KNa - V_m) : volt
    I_T = g_peak_T*m_IT**N_T*h_IT*(E_rev_T - V_m) : volt
    I_h = g_peak_h*m_Ih*(E_rev_h - V_m) : volt
    I_stim : amp
    """
    threshold, reset = "V_m >= theta", "V_m = E_Na; theta = E_Na"
    refractory = REFRACTORY
    at_end = "m_fast_NMDA = m_fast; m_slow_NMDA = m_slow"
    method = "rkf45_reset"
    # Equilibrium at -70 mV, with the default parameters.
    start: ClassVar[Mapping[str, str]] = {
        "m_fast_NMDA": "1/(1 + exp(-0.081*(-70 + 25.57)))",
        "m_slow_NMDA": "1/(1 + exp(-0.081*(-70 + 25.57)))",
        "m_Ih": "1/(1 + exp(5/5.5))",
        "D_IKNa": "1250*0.025/(1 + exp(60/5)) + 0.001",
        "m_IT": "1/(1 + exp(11/6.2))",
        "h_IT": "1/(1 + exp(13/4))",
    }


@dataclass(frozen=True)
class Unblocked(COBA):
    """`COBA` times the share of channels that magnesium does not block."""

    def current(self, variable: str) -> tuple[str, dict[str, float]]:
        """See `Output`."""
        current, numbers = super().current(variable)
        return f"m_NMDA*{current}", numbers


class NMDA(Beta):
    """`Beta` with the conductance that is not blocked, which can be recorded."""

    def lines(self, names: ReceptorNames) -> list[str]:
        """See `Receptor`."""
        return [*super().lines(names), f"open_NMDA = m_NMDA*{names.acting} : siemens"]


def _make(p: Parameters) -> CellModel:
    receptors = []
    for name in RECEPTORS:
        output = (Unblocked if name == "NMDA" else COBA)(float(p[f"E_rev_{name}"]))
        receptor = Beta.of(p[f"tau_rise_{name}"], p[f"tau_decay_{name}"], output, name)
        given: dict[str, Any] = {**receptor.values}
        given["scale"] = given["scale"] * p[f"g_peak_{name}"]
        receptors.append((NMDA if name == "NMDA" else Beta)(output=output, name=name, **given))
    given = given_to(ThalamoCortical, p)
    model = ThalamoCortical(**given, at_once=float(p["instant_unblock_NMDA"]))
    return cell(model, p, tuple(receptors), {name: p[name] for name in _STATES}, by_port=True)


_SYNAPSES = {
    "AMPA": (0.1, 0.5, 2.4, 0.0),
    "NMDA": (0.075, 4.0, 40.0, 0.0),
    "GABA_A": (0.33, 1.0, 7.0, -70.0),
    "GABA_B": (0.0132, 60.0, 200.0, -90.0),
}
_NAMES = ("g_peak", "tau_rise", "tau_decay", "E_rev")
_STATES = {"V_m": -70.0, "theta": -51.0}
_ONLY = {"voltage_clamp": False}

THALAMOCORTICAL = NeuronKind(
    {
        **defaults_of(ThalamoCortical, "at_once"),
        **{
            f"{name}_{receptor}": value
            for receptor, values in _SYNAPSES.items()
            for name, value in zip(_NAMES, values, strict=True)
        },
        "instant_unblock_NMDA": False,
        **_STATES,
        **_ONLY,
        "tau_minus": 20.0,
    },
    (*(f"E_rev_{name}" for name in RECEPTORS), "instant_unblock_NMDA", "tau_minus"),
    _make,
    {
        **same("V_m", "theta", "g_AMPA", "g_GABA_A", "g_GABA_B", "I_NaP", "I_KNa", "I_T", "I_h"),
        "g_NMDA": "open_NMDA",
    },
    only=_ONLY,
)
