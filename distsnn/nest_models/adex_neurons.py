"""NEST's adaptive exponential neurons, ``aeif_*``, and Izhikevich's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from distsnn.describe.models.neuron_presets import AdEx, Izhikevich
from distsnn.describe.models.parameters import NONNEGATIVE, Parameter
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.errors import ParameterError
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


class _Sharp(AdExWithinSteps):
    """Neurons of which some have no exponential: with a slope of 0 they spike at `V_th`."""

    Delta_T = Parameter(2.0, "mV", NONNEGATIVE)
    equations = (
        AdEx.equations.replace("/Delta_T", "/(Delta_T + sharp*mV)")
        + "\nsharp = int(Delta_T <= 0*mV) : 1"
    )
    threshold = "V_m >= V_peak + int(Delta_T <= 0*mV)*(V_th - V_peak)"


class _SharpBesideAstrocytes(_Sharp, AdExBesideAstrocytes):
    """`_Sharp` with the slow inward current that astrocytes cause."""

    equations = _Sharp.equations.replace("I_receptors", "I_receptors + I_SIC")


_SHARP: Mapping[type[AdEx], type[AdEx]] = {
    AdExWithinSteps: _Sharp, AdExBesideAstrocytes: _SharpBesideAstrocytes,
}  # fmt: skip


def _kind_of(model: type[AdEx], p: Parameters) -> type[AdEx]:
    """The model, or that of neurons without an exponential if there are some."""
    return _SHARP[model] if np.any(np.asarray(p["Delta_T"]) == 0) else model


def _adex(
    receptors: Callable[[Parameters], tuple[Receptor, ...]],
    by_port: bool = False,
    model: type[AdEx] = AdExWithinSteps,
) -> Make:
    return lambda p: cell(
        _kind_of(model, p)(**given_to(AdEx, p)),
        p,
        receptors(p),
        {"V_m": p["V_m"], "w": p["w"]},
        by_port,
    )


def _by_currents(shape: Shape) -> NeuronKind:
    make = _adex(lambda p: currents(shape, p))
    # NEST has the current of inhibition above zero.
    recordables = {**CURRENTS, **_W, "I_syn_in": "-I_syn_in"}
    return NeuronKind({**_ADEX, **_TAU_SYN}, ("tau_minus",), make, recordables, TAU)


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


class BoundedIzhikevich(Izhikevich):
    """`Izhikevich` whose potential does not fall below a bound."""

    V_min = Parameter(-1e300, "mV")
    at_end = "V_m = clip(V_m, V_min, inf*mV)"


def _izhikevich(p: Parameters) -> CellModel:
    bound = np.maximum(p["V_min"], -1e300)
    if np.any(bound > p["c"]):
        raise ParameterError(
            "izhikevich", f"V_min={np.max(bound):g} mV and c={np.min(p['c']):g} mV",
            "the reset c does not lie below V_min", "correct one of them",
        )  # fmt: skip
    kind = BoundedIzhikevich if np.any(bound > -1e300) else Izhikevich
    start = {"V_m": p["V_m"], "U_m": p["U_m"]}
    return cell(kind(**given_to(kind, {**p, "V_min": bound})), p, (Delta(),), start)


_DELTA_ONLY = {"refractory_input": False}
_IZHIKEVICH_ONLY = {"consistent_integration": True}

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
            **V_MIN,
            **_IZHIKEVICH_ONLY,
        },
        ("tau_minus",),
        _izhikevich,
        same("V_m", "U_m"),
        only=_IZHIKEVICH_ONLY,
    ),
}
