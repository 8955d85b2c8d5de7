"""NEST's ``iaf_bw_2001``: leaky neurons whose NMDA synapses saturate.

Brunel and Wang 2001, J. Comput. Neurosci. 11:63-85; Wang 2002, Neuron 36:955-968.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import REFRACTORY
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter
from distsnn.describe.models.receptors.delta_receptor import Increment
from distsnn.describe.synapses.short_term import AFTER, BEFORE, STP
from distsnn.errors import ParameterError
from distsnn.nest_models.cell_model import (
    NO_TIME,
    CellModel,
    NeuronKind,
    Parameters,
    defaults_of,
    given_to,
    same,
)

NMDA = 3
_PORTS = ("AMPA", "GABA", "NMDA")
_STATES = tuple(f"s_{name}" for name in _PORTS)


class SaturatingNMDA(NeuronModel):
    """Leaky neuron with conductances, of which that of NMDA depends on the potential."""

    C_m = Parameter(500.0, "pF", POSITIVE)
    g_L = Parameter(25.0, "nS", POSITIVE)
    E_L = Parameter(-70.0, "mV")
    E_ex = Parameter(0.0, "mV")
    E_in = Parameter(-70.0, "mV")
    V_th = Parameter(-55.0, "mV")
    V_reset = Parameter(-60.0, "mV")
    t_ref = Parameter(2.0, "ms", NONNEGATIVE)
    tau_AMPA = Parameter(2.0, "ms", POSITIVE)
    tau_GABA = Parameter(5.0, "ms", POSITIVE)
    tau_decay_NMDA = Parameter(100.0, "ms", POSITIVE)
    conc_Mg2 = Parameter(1.0, "1", POSITIVE)
    equations = """
    dV_m/dt = (g_L*(E_L - V_m) - I_AMPA - I_GABA - I_NMDA + I_stim)/C_m : volt (unless refractory)
    ds_AMPA/dt = -s_AMPA/tau_AMPA : siemens
    ds_GABA/dt = -s_GABA/tau_GABA : siemens
    ds_NMDA/dt = -s_NMDA/tau_decay_NMDA : siemens
    I_AMPA = s_AMPA*(V_m - E_ex) : amp
    I_GABA = s_GABA*(V_m - E_in) : amp
    I_NMDA = s_NMDA*(V_m - E_ex)/(1 + conc_Mg2*exp(-0.062*V_m/mV)/3.57) : amp
    I_stim : amp
    """
    threshold, reset = "V_m >= V_th", "V_m = V_reset"
    refractory = REFRACTORY
    method = "rkf45"
    start: ClassVar[Mapping[str, str]] = {"V_m": "E_L"}


def _make(p: Parameters) -> CellModel:
    saturation(p)
    receptors = tuple(Increment(name, "nS") for name in _STATES)
    start = {name: p[name] for name in ("V_m", *_STATES)}
    clamp = Increment("I_stim", "pA")
    model = SaturatingNMDA(**given_to(SaturatingNMDA, p))
    return CellModel(model, receptors, start, True, False, float(p["tau_minus"]), clamp)


def saturation(p: Mapping[str, Any]) -> tuple[STP, float]:
    """The depression of what spikes send to NMDA receptors, and a factor of weights.

    How far the receptors are from saturation recovers from spike to spike with the decay.

    Raises
    ------
    ParameterError
        If the rise takes longer than the decay.
    """
    rise, decay, alpha = (float(p[n]) for n in ("tau_rise_NMDA", "tau_decay_NMDA", "alpha"))
    if not 0.0 < rise < decay or alpha <= 0.0:
        raise ParameterError(
            "iaf_bw_2001", f"tau_rise_NMDA={rise:g} ms, tau_decay_NMDA={decay:g} ms and "
            f"alpha={alpha:g} per ms", "0 < tau_rise_NMDA < tau_decay_NMDA, and alpha > 0",
            "correct them",
        )  # fmt: skip
    x, power = alpha * rise, 1.0 - rise / decay
    U = -math.expm1(-x)
    # The lower incomplete gamma function, by its series.
    term = total = 1.0 / power
    n = 1
    while term > 1e-17 * total:
        term *= x / (power + n)
        total += term
        n += 1
    opened = x * math.exp(-x) * total
    return STP(U=U, tau_f=NO_TIME, tau_d=decay, u=AFTER, x=BEFORE, u_0=0.0), opened / U


SATURATING: Mapping[str, NeuronKind] = {
    "iaf_bw_2001": NeuronKind(
        {
            **defaults_of(SaturatingNMDA),
            "tau_rise_NMDA": 2.0,
            "alpha": 0.5,
            "V_m": -70.0,
            **dict.fromkeys(_STATES, 0.0),
            "tau_minus": 20.0,
        },
        ("tau_rise_NMDA", "tau_decay_NMDA", "alpha", "tau_minus"),
        _make,
        same("V_m", *_STATES, "I_NMDA", "I_AMPA", "I_GABA"),
        receptor_types={name: port for port, name in enumerate(_PORTS, 1)},
    )
}
