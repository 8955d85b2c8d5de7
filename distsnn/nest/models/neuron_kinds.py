"""NEST's neurons, as models of distsnn with their receptors.

A new one is a line in `NEURONS`. Parameters have NEST's names, units and defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.describe.models.adaptive_presets import GIF, MAT, AdaptiveLIF
from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import HH, AdEx, HodgkinHuxley, Izhikevich
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA, CURRENT
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.errors import ParameterError
from distsnn.sonata.models import MODELS, CellModel, Parameters

Make = Callable[[Parameters], CellModel]
_PORT = re.compile(r"(I_syn|g)_(\d+)")


@dataclass(frozen=True)
class NeuronKind:
    """A neuron of NEST.

    Attributes
    ----------
    defaults : mapping of str to object
        Its parameters, and the states that scripts may set.
    shared : tuple of str
        Parameters that all neurons of a group have in common; others make another group.
    make : callable
        From parameters to the model of a group; those that are shared are single values.
    recordables : mapping of str to str
        What can be recorded, and its name in the group.
    variables : mapping of str to str
        What can be set once the network has been built, and its name in the group, where that is
        another one.
    only : mapping of str to object
        Parameters that have one value here.
    """

    defaults: Mapping[str, Any]
    shared: tuple[str, ...]
    make: Make
    recordables: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, Any] = field(default_factory=dict)

    def recorded(self, name: str) -> str | None:
        """Name in the group of what is recorded; None if there is none."""
        port = _PORT.fullmatch(name)
        return f"{port[1]}_port_{port[2]}" if port else self.recordables.get(name)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_CURRENTS = _same("V_m", "I_syn_ex", "I_syn_in")
_CONDUCTANCES = _same("V_m", "g_ex", "g_in")
_TAU = {"tau_syn_ex": "tau_I_syn_ex", "tau_syn_in": "tau_I_syn_in"}
_TAU_G = {"tau_syn_ex": "tau_g_ex", "tau_syn_in": "tau_g_in"}
_V_MIN = {"V_min": -np.inf}
_PSC = dict(MODELS["iaf_psc_delta"].defaults)
ADEX = {
    name: value
    for name, value in MODELS["aeif_cond_exp"].defaults.items()
    if name not in ("E_ex", "E_in", "tau_syn_ex", "tau_syn_in")
}
_HH = {"V_m": -65.0, "Act_m": 0.05293248525724958, "Act_n": 0.3176769140606974}


def _number(p: Parameters, name: str) -> float:
    return float(p[name])


def columns_of(p: Parameters, name: str) -> list[float | np.ndarray]:
    """Each of the numbers that a parameter has for every neuron."""
    values = np.asarray(p[name], dtype=np.float64)
    return [float(c[0]) if (c == c[0]).all() else c for c in np.atleast_2d(values).T]


def _cell(
    model: Any, p: Parameters, receptors: tuple[Receptor, ...], start: Mapping[str, Any]
) -> CellModel:
    conductances = any(getattr(r, "output", CURRENT) is not CURRENT for r in receptors)
    return CellModel(model, receptors, start, False, conductances, _number(p, "tau_minus"))


def given_to(kind: type[NeuronModel], p: Parameters) -> dict[str, Any]:
    """Parameters that a model has under NEST's names."""
    return {name: p[name] for name in kind.parameters if name in p}


def _currents(kind: type[Exponential] | type[Alpha], p: Parameters) -> tuple[Receptor, ...]:
    return kind(p["tau_syn_ex"], name="ex"), kind(p["tau_syn_in"], name="in")


def _conductances(
    p: Parameters, kind: type[Exponential] | type[Alpha] = Exponential
) -> tuple[Receptor, ...]:
    return (
        kind(p["tau_syn_ex"], COBA(_number(p, "E_ex")), "ex"),
        kind(p["tau_syn_in"], COBA(_number(p, "E_in")), "in"),
    )


def _ports(kind: type[Exponential] | type[Alpha]) -> Make:
    """Leaky neurons with a receptor for each of several ports."""

    def make(p: Parameters) -> CellModel:
        cell = MODELS["iaf_psc_delta"].make(p)
        taus = columns_of(p, "tau_syn")
        receptors = tuple(kind(tau, name=f"port_{k}") for k, tau in enumerate(taus, 1))
        return CellModel(cell.model, receptors, cell.start, True, False, cell.tau_minus)

    return make


class AdaptiveAdEx(AdEx):
    """`AdEx` that is reset where it spikes within a step, as in NEST."""

    method = "rkf45_reset"


def _adex(kind: type[Exponential] | type[Alpha] | None) -> Make:
    def make(p: Parameters) -> CellModel:
        receptors = (Delta(),) if kind is None else _currents(kind, p)
        return _cell(
            AdaptiveAdEx(**given_to(AdEx, p)), p, receptors, {"V_m": p["V_m"], "w": p["w"]}
        )

    return make


def _adex_conductances(kind: type[Exponential] | type[Alpha]) -> Make:
    def make(p: Parameters) -> CellModel:
        start = {"V_m": p["V_m"], "w": p["w"]}
        return _cell(AdaptiveAdEx(**given_to(AdEx, p)), p, _conductances(p, kind), start)

    return make


def _adex_ports(p: Parameters) -> CellModel:
    reversals = columns_of(p, "E_rev")
    taus = columns_of(p, "tau_syn")
    if len(reversals) != len(taus):
        raise ParameterError(
            "aeif_cond_alpha_multisynapse",
            f"E_rev has {len(reversals)} values, and tau_syn {len(taus)}",
            "there is one of each for every port",
            "give as many of each",
        )
    receptors = tuple(
        Alpha(tau, COBA(float(np.max(E))), f"port_{k}")
        for k, (tau, E) in enumerate(zip(taus, reversals, strict=True), 1)
    )
    start = {"V_m": p["V_m"], "w": p["w"]}
    model = AdaptiveAdEx(**given_to(AdEx, p))
    return CellModel(model, receptors, start, True, False, _number(p, "tau_minus"))


def _izhikevich(p: Parameters) -> CellModel:
    start = {"V_m": p["V_m"], "U_m": p["U_m"]}
    return _cell(Izhikevich(**given_to(Izhikevich, p)), p, (Delta(),), start)


def _gates(p: Parameters) -> dict[str, Any]:
    return {"V_m": p["V_m"], "m": p["Act_m"], "n": p["Act_n"], "h": p["Inact_h"]}


def _squid(p: Parameters) -> CellModel:
    model = HodgkinHuxley(method="rkf45", **given_to(HodgkinHuxley, p))
    return _cell(model, p, _currents(Alpha, p), _gates(p))


class TraubAtPeak(HH):
    """`HH` whose spikes are where the potential begins to fall, as in NEST."""

    equations = f"{HH.equations}\nV_before = V_m : volt (constant over dt)"
    threshold = "V_m >= V_T + 30*mV and V_m < V_before"


def _traub(p: Parameters) -> CellModel:
    return _cell(
        TraubAtPeak(method="rkf45", **given_to(TraubAtPeak, p)), p, _conductances(p), _gates(p)
    )


class MATWithThreshold(MAT):
    """`MAT` whose threshold can be recorded."""

    equations = f"{MAT.equations}\nV_th = omega + V_th_1 + V_th_2 : volt"


def _mat(p: Parameters) -> CellModel:
    model = MATWithThreshold(**given_to(MATWithThreshold, p))
    return _cell(model, p, _currents(Exponential, p), {"V_m": p["V_m"]})


def _adaptive(p: Parameters) -> CellModel:
    model = AdaptiveLIF(method="rkf45", **given_to(AdaptiveLIF, p))
    return _cell(model, p, _conductances(p), {"V_m": p["V_m"]})


class GIFWithSums(GIF):
    """`GIF` whose sums of currents and of parts of the threshold can be recorded."""

    equations = f"""{GIF.equations}
    E_sfa = V_T_star + V_sfa_1 + V_sfa_2 : volt
    I_stc = I_stc_1 + I_stc_2 : amp
    """


def gif_maker(
    receptors: Callable[[Parameters], tuple[Receptor, ...]], by_port: bool = False
) -> Make:
    """Maker of neurons that spike by chance, with some receptors."""

    def make(p: Parameters) -> CellModel:
        given = given_to(GIFWithSums, p)
        given["lambda_0"] = np.asarray(p["lambda_0"], dtype=np.float64) / 1000.0
        for kind in ("sfa", "stc"):
            times, jumps = columns_of(p, f"tau_{kind}"), columns_of(p, f"q_{kind}")
            if len(times) != len(jumps) or len(times) > 2:
                raise ParameterError(
                    "gif",
                    f"tau_{kind} has {len(times)} values, and q_{kind} {len(jumps)}",
                    "there are two at the most, one of each",
                    "leave some out",
                )
            for k, (tau, q) in enumerate(zip(times, jumps, strict=True), 1):
                given |= {f"tau_{kind}_{k}": tau, f"q_{kind}_{k}": q}
        start = {"V_m": p["V_m"]}
        own = receptors(p)
        cell = _cell(GIFWithSums(**given), p, own, start)
        if not by_port:
            return cell
        return CellModel(cell.model, own, start, True, False, cell.tau_minus)

    return make


def _exponential_ports(p: Parameters) -> tuple[Receptor, ...]:
    return tuple(
        Exponential(tau, name=f"port_{k}") for k, tau in enumerate(columns_of(p, "tau_syn"), 1)
    )


def _known(
    name: str, recordables: Mapping[str, str], variables: Mapping[str, str], **only: Any
) -> NeuronKind:
    kind = MODELS[name]
    defaults = {**kind.defaults, **only}
    return NeuronKind(defaults, kind.shared, kind.make, recordables, variables, only)


GIF_PARAMETERS = {
    "C_m": 80.0,
    "Delta_V": 0.5,
    "E_L": -70.0,
    "I_e": 0.0,
    "V_T_star": -35.0,
    "V_m": -70.0,
    "V_reset": -55.0,
    "g_L": 4.0,
    "lambda_0": 1.0,
    "q_sfa": (),
    "q_stc": (),
    "tau_sfa": (),
    "tau_stc": (),
    "t_ref": 4.0,
    "tau_minus": 20.0,
}
_SYN = {"tau_syn_ex": 2.0, "tau_syn_in": 2.0}
LISTS = ("q_sfa", "q_stc", "tau_sfa", "tau_stc", "tau_minus")
_REVERSAL = ("E_ex", "E_in", "tau_minus")
GIF_STATES = _same("V_m", "E_sfa", "I_stc")
_GATES = {"Act_m": "m", "Act_n": "n", "Inact_h": "h"}

NEURONS: Mapping[str, NeuronKind] = {
    "iaf_psc_exp": _known("iaf_psc_exp", _CURRENTS, _TAU),
    "iaf_psc_alpha": _known("iaf_psc_alpha", _CURRENTS, _TAU, **_V_MIN),
    "iaf_psc_delta": _known("iaf_psc_delta", _same("V_m"), {}, **_V_MIN, refractory_input=False),
    "iaf_psc_exp_multisynapse": NeuronKind(
        {**_PSC, "tau_syn": (2.0,)}, ("tau_minus",), _ports(Exponential), _same("V_m")
    ),
    "iaf_psc_alpha_multisynapse": NeuronKind(
        {**_PSC, "tau_syn": (2.0,)}, ("tau_minus",), _ports(Alpha), _same("V_m")
    ),
    "iaf_cond_exp_sfa_rr": NeuronKind(
        {
            **{name: p.default for name, p in AdaptiveLIF.parameters.items()},
            "V_m": -70.0,
            "E_ex": 0.0,
            "E_in": -75.0,
            "tau_minus": 20.0,
            "tau_syn_ex": 1.5,
            "tau_syn_in": 10.0,
        },
        _REVERSAL,
        _adaptive,
        {**_CONDUCTANCES, **_same("g_sfa", "g_rr")},
        _TAU_G,
    ),
    "aeif_cond_exp": NeuronKind(
        MODELS["aeif_cond_exp"].defaults,
        _REVERSAL,
        _adex_conductances(Exponential),
        {**_CONDUCTANCES, "w": "w"},
        _TAU_G,
    ),
    "aeif_cond_alpha": NeuronKind(
        MODELS["aeif_cond_alpha"].defaults,
        _REVERSAL,
        _adex_conductances(Alpha),
        {**_CONDUCTANCES, "w": "w"},
        _TAU_G,
    ),
    "aeif_cond_alpha_multisynapse": NeuronKind(
        {**ADEX, "E_rev": (0.0,), "tau_syn": (2.0,)},
        ("E_rev", "tau_minus"),
        _adex_ports,
        _same("V_m", "w"),
    ),
    "aeif_psc_exp": NeuronKind(
        {**ADEX, "tau_syn_ex": 0.2, "tau_syn_in": 2.0},
        ("tau_minus",),
        _adex(Exponential),
        {**_CURRENTS, "w": "w"},
        _TAU,
    ),
    "aeif_psc_alpha": NeuronKind(
        {**ADEX, "tau_syn_ex": 0.2, "tau_syn_in": 2.0},
        ("tau_minus",),
        _adex(Alpha),
        {**_CURRENTS, "w": "w"},
        _TAU,
    ),
    "aeif_psc_delta": NeuronKind(
        {**ADEX, "refractory_input": False},
        ("tau_minus",),
        _adex(None),
        _same("V_m", "w"),
        only={"refractory_input": False},
    ),
    "izhikevich": NeuronKind(
        {
            **{n: p.default for n, p in Izhikevich.parameters.items() if n != "C_m"},
            "V_m": -65.0,
            "U_m": -13.0,
            "tau_minus": 20.0,
            "consistent_integration": True,
            **_V_MIN,
        },
        ("tau_minus",),
        _izhikevich,
        _same("V_m", "U_m"),
        only={**_V_MIN, "consistent_integration": True},
    ),
    "hh_psc_alpha": NeuronKind(
        {
            **{name: p.default for name, p in HodgkinHuxley.parameters.items()},
            **_HH,
            "Inact_h": 0.5961207535084603,
            "tau_minus": 20.0,
            "tau_syn_ex": 0.2,
            "tau_syn_in": 2.0,
        },
        ("tau_minus",),
        _squid,
        {**_CURRENTS, **_GATES},
        {**_TAU, **_GATES},
    ),
    "hh_cond_exp_traub": NeuronKind(
        {
            **{name: p.default for name, p in HH.parameters.items() if name != "V_spike"},
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
        _REVERSAL,
        _traub,
        {**_CONDUCTANCES, **_GATES},
        {**_TAU_G, **_GATES},
    ),
    "gif_psc_exp": NeuronKind(
        {**GIF_PARAMETERS, **_SYN},
        LISTS,
        gif_maker(lambda p: _currents(Exponential, p)),
        {**GIF_STATES, **_CURRENTS},
        _TAU,
    ),
    "gif_cond_exp": NeuronKind(
        {**GIF_PARAMETERS, **_SYN, "E_ex": 0.0, "E_in": -85.0},
        (*LISTS, "E_ex", "E_in"),
        gif_maker(_conductances),
        {**GIF_STATES, **_CONDUCTANCES},
        _TAU_G,
    ),
    "gif_psc_exp_multisynapse": NeuronKind(
        {**GIF_PARAMETERS, "tau_syn": (2.0,)},
        LISTS,
        gif_maker(_exponential_ports, True),
        GIF_STATES,
    ),
    "mat2_psc_exp": NeuronKind(
        {
            **{name: p.default for name, p in MAT.parameters.items()},
            "V_m": -70.0,
            "tau_syn_ex": 1.0,
            "tau_syn_in": 3.0,
            "tau_minus": 20.0,
        },
        ("tau_minus",),
        _mat,
        {**_CURRENTS, "V_th": "V_th"},
        _TAU,
    ),
}
