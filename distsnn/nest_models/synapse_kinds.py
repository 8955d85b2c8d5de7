"""NEST's synapses, as rules of plasticity; a new one is a line in `SYNAPSES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.describe.synapses.short_term import AFTER, BEFORE, STP, ShortTerm
from distsnn.describe.synapses.spike_timing import (
    ALL_TO_ALL,
    CENTERED,
    IGNORE,
    NEAREST,
    SpikeTiming,
)
from distsnn.describe.synapses.stdp import GUETIG, POWER_LAW, STDP, TripletSTDP, VogelsSTDP
from distsnn.errors import ParameterError

# So short that nothing is left of facilitation a step later.
_NO_TIME = 1e-9


@dataclass(frozen=True, eq=False)
class Rules:
    """The plasticity of some synapses, of one of the two kinds or of none."""

    stp: ShortTerm | None = None
    stdp: SpikeTiming | None = None


@dataclass(frozen=True)
class SynapseKind:
    """A model of synapses.

    Attributes
    ----------
    defaults : mapping of str to object
        Its parameters.
    rules : callable
        From its parameters and ``tau_minus`` of the targets (ms) to the plasticity.
    varying : frozenset of str
        Parameters that may differ between synapses, besides weight and delay.
    """

    defaults: Mapping[str, Any]
    rules: Callable[[Mapping[str, Any], float], Rules] = lambda *_: Rules()
    varying: frozenset[str] = field(default_factory=frozenset)

    @property
    def parameters(self) -> dict[str, Any]:
        """Defaults of what the plasticity depends on."""
        return {name: value for name, value in self.defaults.items() if name not in OF_ALL}


OF_ALL: Mapping[str, Any] = {"weight": 1.0, "delay": 1.0, "receptor_type": 0}


def _bounds(p: Mapping[str, Any]) -> dict[str, Any]:
    bound = p["Wmax"]
    if isinstance(bound, float):
        return {"w_min": min(bound, 0.0), "w_max": max(bound, 0.0)}
    return {"w_min": np.minimum(bound, 0.0), "w_max": np.maximum(bound, 0.0)}


def _sign(p: Mapping[str, Any]) -> Any:
    """The sign of the weights, which that of their bound says; amplitudes act on magnitudes."""
    return np.where(np.asarray(p["Wmax"]) < 0, -1.0, 1.0)[()]


def _guetig(pairing: str) -> Callable[[Mapping[str, Any], float], Rules]:
    def rules(p: Mapping[str, Any], tau_minus: float) -> Rules:
        if np.any(np.asarray(p["Wmax"]) < 0) and (p["mu_plus"] != 0 or p["mu_minus"] != 0):
            raise ParameterError(
                "stdp_synapse",
                f"a negative Wmax with mu_plus={p['mu_plus']:g} and mu_minus={p['mu_minus']:g}",
                "the change of a negative weight does not depend on the weight here",
                "set mu_plus and mu_minus to 0, or give a positive Wmax",
            )
        rate = _sign(p) * p["lambda"]
        rule = STDP(
            rate,
            p["alpha"] * rate,
            tau_plus=p["tau_plus"],
            tau_minus=tau_minus,
            **_bounds(p),
            dependence=GUETIG,
            mu_plus=p["mu_plus"],
            mu_minus=p["mu_minus"],
            pairing=pairing,
            coincidence=IGNORE,
            transmits=AFTER,
        )
        return Rules(stdp=rule)

    return rules


def _power_law(p: Mapping[str, Any], tau_minus: float) -> Rules:
    rule = STDP(
        p["lambda"],
        p["alpha"] * p["lambda"],
        tau_plus=p["tau_plus"],
        tau_minus=tau_minus,
        dependence=POWER_LAW,
        mu_plus=p["mu"],
        w_0=1.0,
        coincidence=IGNORE,
        transmits=AFTER,
    )
    return Rules(stdp=rule)


def _triplet(p: Mapping[str, Any], tau_minus: float) -> Rules:
    sign = _sign(p)
    rule = TripletSTDP(
        A2_plus=sign * p["Aplus"],
        A2_minus=sign * p["Aminus"],
        A3_plus=sign * p["Aplus_triplet"],
        A3_minus=sign * p["Aminus_triplet"],
        tau_plus=p["tau_plus"],
        tau_x=p["tau_plus_triplet"],
        tau_minus=tau_minus,
        tau_y=p.get("tau_minus_triplet", 110.0),
        **_bounds(p),
        coincidence=IGNORE,
        transmits=AFTER,
    )
    return Rules(stdp=rule)


def _vogels(p: Mapping[str, Any], tau_minus: float) -> Rules:
    if tau_minus != p["tau"]:
        raise ParameterError(
            "vogels_sprekeler_synapse",
            f"tau={p['tau']:g} ms, and tau_minus={tau_minus:g} ms of the targets",
            "both traces have one time constant",
            "set tau_minus of the targets to tau",
        )
    eta = _sign(p) * p["eta"]
    rule = VogelsSTDP(
        eta, p["alpha"] / (2.0 * p["tau"]), p["tau"], **_bounds(p), coincidence=IGNORE
    )
    return Rules(stdp=rule)


def _tsodyks2(p: Mapping[str, Any], _: float) -> Rules:
    if p["u"] != p["U"] or p["x"] != 1.0:
        raise ParameterError(
            "tsodyks2_synapse",
            f"u={p['u']:g} and x={p['x']:g} for the first spike, with U={p['U']:g}",
            "the first spike has u=U and x=1",
            "give u as U",
        )
    tau_f = p["tau_fac"] or _NO_TIME
    return Rules(STP(U=p["U"], tau_f=tau_f, tau_d=p["tau_rec"], u=AFTER, x=BEFORE, u_0=0.0))


_PAIRS = {
    **OF_ALL,
    "lambda": 0.01,
    "alpha": 1.0,
    "mu_plus": 1.0,
    "mu_minus": 1.0,
    "tau_plus": 20.0,
    "Wmax": 100.0,
}
_VARYING = frozenset({"lambda", "alpha", "Wmax"})
_TRIPLET = {
    **OF_ALL,
    "Aplus": 5e-10,
    "Aplus_triplet": 6.2e-3,
    "Aminus": 7e-3,
    "Aminus_triplet": 2.3e-4,
    "tau_plus": 16.8,
    "tau_plus_triplet": 101.0,
    "Wmax": 100.0,
}
_TSODYKS2 = {**OF_ALL, "U": 0.5, "u": 0.5, "x": 1.0, "tau_rec": 800.0, "tau_fac": 0.0}
_VOGELS = {**OF_ALL, "weight": 0.5, "tau": 20.0, "alpha": 0.12, "eta": 1e-3, "Wmax": 1.0}

SYNAPSES: Mapping[str, SynapseKind] = {
    "static_synapse": SynapseKind(OF_ALL),
    "static_synapse_hpc": SynapseKind(OF_ALL),
    "static_synapse_hom_w": SynapseKind(OF_ALL),
    "static_synapse_hom_w_hpc": SynapseKind(OF_ALL),
    "stdp_synapse": SynapseKind(_PAIRS, _guetig(ALL_TO_ALL), _VARYING),
    "stdp_synapse_hpc": SynapseKind(_PAIRS, _guetig(ALL_TO_ALL), _VARYING),
    "stdp_synapse_hom": SynapseKind(_PAIRS, _guetig(ALL_TO_ALL)),
    "stdp_synapse_hom_hpc": SynapseKind(_PAIRS, _guetig(ALL_TO_ALL)),
    "stdp_nn_symm_synapse": SynapseKind(_PAIRS, _guetig(NEAREST), _VARYING),
    "stdp_nn_pre_centered_synapse": SynapseKind(_PAIRS, _guetig(CENTERED), _VARYING),
    "stdp_pl_synapse_hom": SynapseKind(
        {**OF_ALL, "lambda": 0.1, "alpha": 1.0, "mu": 0.4, "tau_plus": 20.0}, _power_law
    ),
    "stdp_pl_synapse_hom_hpc": SynapseKind(
        {**OF_ALL, "lambda": 0.1, "alpha": 1.0, "mu": 0.4, "tau_plus": 20.0}, _power_law
    ),
    "stdp_triplet_synapse": SynapseKind(_TRIPLET, _triplet),
    "vogels_sprekeler_synapse": SynapseKind(_VOGELS, _vogels),
    "tsodyks2_synapse": SynapseKind(_TSODYKS2, _tsodyks2),
}
