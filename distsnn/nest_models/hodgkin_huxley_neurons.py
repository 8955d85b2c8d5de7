"""NEST's neurons with channels of Hodgkin and Huxley, ``hh_*``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distsnn.describe.models.neuron_presets import HH, HodgkinHuxley
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
    cell,
    conductances,
    currents,
    defaults_of,
    given_to,
)

_GATES = {"Act_m": "m", "Act_n": "n", "Inact_h": "h"}


def _start(p: Parameters) -> dict[str, Any]:
    return {"V_m": p["V_m"], **{name: p[gate] for gate, name in _GATES.items()}}


def _squid(p: Parameters) -> CellModel:
    model = HodgkinHuxley(method="rkf45", **given_to(HodgkinHuxley, p))
    return cell(model, p, currents(Alpha, p), _start(p))


class TraubAtPeak(HH):
    """`HH` whose spikes are where the potential begins to fall, as in NEST."""

    equations = f"{HH.equations}\nV_before = V_m : volt (constant over dt)"
    threshold = "V_m >= V_T + 30*mV and V_m < V_before"


def _traub(p: Parameters) -> CellModel:
    model = TraubAtPeak(method="rkf45", **given_to(TraubAtPeak, p))
    return cell(model, p, conductances(Exponential, p), _start(p))


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
        {**CURRENTS, **_GATES},
        {**TAU, **_GATES},
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
        {**CONDUCTANCES, **_GATES},
        {**TAU_G, **_GATES},
    ),
}
