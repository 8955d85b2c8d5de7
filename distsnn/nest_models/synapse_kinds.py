"""NEST's synapses, as rules of plasticity (`SYNAPSES`) and as sums of values (`SUMS`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

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
from distsnn.nest_models.cell_model import NO_TIME, CellModel, SummingModel, before


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
    late : int
        By how many steps spikes are carried later than their events come.
    """

    late: ClassVar[int] = 0

    defaults: Mapping[str, Any]
    rules: Callable[[Mapping[str, Any], float], Rules] = lambda *_: Rules()
    varying: frozenset[str] = field(default_factory=frozenset)

    @property
    def parameters(self) -> dict[str, Any]:
        """Defaults of what the plasticity depends on."""
        return {name: value for name, value in self.defaults.items() if name not in OF_ALL}

    @property
    def keeps_delay(self) -> bool:
        """Whether delays cannot be set between runs, because more than arrivals depend on them."""
        return False


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
    tau_f = p["tau_fac"] or NO_TIME
    return Rules(STP(U=p["U"], tau_f=tau_f, tau_d=p["tau_rec"], u=AFTER, x=BEFORE, u_0=0.0))


PAIRS = {
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

_SYNAPSES: dict[str, SynapseKind] = {
    "static_synapse": SynapseKind(OF_ALL),
    "static_synapse_hom_w": SynapseKind(OF_ALL),
    "stdp_synapse": SynapseKind(PAIRS, _guetig(ALL_TO_ALL), _VARYING),
    "stdp_synapse_hom": SynapseKind(PAIRS, _guetig(ALL_TO_ALL)),
    "stdp_nn_symm_synapse": SynapseKind(PAIRS, _guetig(NEAREST), _VARYING),
    "stdp_nn_pre_centered_synapse": SynapseKind(PAIRS, _guetig(CENTERED), _VARYING),
    "stdp_pl_synapse_hom": SynapseKind(
        {**OF_ALL, "lambda": 0.1, "alpha": 1.0, "mu": 0.4, "tau_plus": 20.0}, _power_law
    ),
    "stdp_triplet_synapse": SynapseKind(_TRIPLET, _triplet),
    "vogels_sprekeler_synapse": SynapseKind(_VOGELS, _vogels),
    "tsodyks2_synapse": SynapseKind(_TSODYKS2, _tsodyks2),
}


_Kind = TypeVar("_Kind", bound=SynapseKind)


def with_hpc(kinds: Mapping[str, _Kind]) -> dict[str, _Kind]:
    """Models, and those that take less memory in NEST and are else the same."""
    return {f"{name}{ending}": kind for name, kind in kinds.items() for ending in ("", "_hpc")}


SYNAPSES: Mapping[str, SynapseKind] = with_hpc(_SYNAPSES)

# Of weights, where synapses carry values.
WEIGHT = "s_w"


@dataclass(frozen=True)
class SumKind(SynapseKind):
    """A model of synapses that carry a value in each step.

    Attributes
    ----------
    sent : str
        Variable of the source.
    unit : str
        Unit of weights in equations.
    received : mapping of str to str
        Sums of the target, and what each synapse adds; ``{x}`` is the value.
    by_sign : mapping of str to str
        The same for targets with sums for weights of each sign.
    delayed : bool
        Whether values take the delay; else those of the beginning of a step act in it.
    from_start : bool
        Whether the value of the start of the first step is sent, too.
    factors : mapping of str to str
        Further variables of the synapses, and their parameters.
    not_set : frozenset of str
        Parameters that other models have, and connections of this one cannot be given.
    by_port : bool
        Whether targets may have a sum for each port.
    one_step : bool
        Whether all delays are one step, and are no delay here.
    """

    sent: str = ""
    unit: str = "1"
    received: Mapping[str, str] = field(default_factory=dict)
    by_sign: Mapping[str, str] = field(default_factory=dict)
    delayed: bool = False
    from_start: bool = True
    factors: Mapping[str, str] = field(default_factory=dict)
    not_set: frozenset[str] = frozenset()
    by_port: bool = False
    one_step: bool = False

    def received_by(self, target: SummingModel, port: int) -> dict[str, str]:
        """Sums of a model that synapses at a port add to, and what each adds."""
        if target.apart_by_sign and self.by_sign:
            return {**self.by_sign}
        names = target.rate_ports if self.by_port else {}
        return {names.get(port, name): term for name, term in self.received.items()}

    @property
    def keeps_delay(self) -> bool:
        """See `SynapseKind`: neurons keep the values of so many steps."""
        return True


_WEIGHTED = f"{WEIGHT}*{{x}}"


def _of_signs(way: str) -> dict[str, str]:
    bounds = {"ex": "0, inf", "in": "-inf, 0"}
    return {f"{way}_{sign}": f"clip({WEIGHT}, {b})*{{x}}" for sign, b in bounds.items()}


_LEARNING_SIGNAL = SumKind(
    OF_ALL, sent="error_signal", received={"learning_sum": _WEIGHTED}, one_step=True
)
SUMS: Mapping[str, SumKind] = {
    "sic_connection": SumKind(
        OF_ALL, sent="SIC", received={"I_SIC": _WEIGHTED}, delayed=True, from_start=False
    ),
    "rate_connection_delayed": SumKind(
        OF_ALL,
        sent="sent_rate",
        received={"delayed_rates": _WEIGHTED},
        by_sign=_of_signs("delayed"),
        delayed=True,
        by_port=True,
    ),
    "eprop_learning_signal_connection": _LEARNING_SIGNAL,
    "eprop_learning_signal_connection_bsshslm_2020": _LEARNING_SIGNAL,
    "rate_connection_instantaneous": SumKind(
        OF_ALL,
        sent="sent_rate",
        received={"instant_rates": _WEIGHTED},
        by_sign=_of_signs("instant"),
        not_set=frozenset({"delay"}),
    ),
    "diffusion_connection": SumKind(
        {**OF_ALL, "drift_factor": 1.0, "diffusion_factor": 1.0},
        sent="rate",
        received={"drift": "s_drift*{x}", "diffusion": "s_diffusion*{x}"},
        factors={"s_drift": "drift_factor", "s_diffusion": "diffusion_factor"},
        not_set=frozenset({"weight", "delay"}),
    ),
    "gap_junction": SumKind(
        OF_ALL,
        not_set=frozenset({"delay"}),
        sent="V_m",
        unit="siemens",
        received={"gap_current": _WEIGHTED, "gap_conductance": WEIGHT},
    ),
}


@dataclass(frozen=True)
class Channel:
    """All connections of one model and delay from one group to another, which are one sum.

    Attributes
    ----------
    base : str
        NEST's name of the model of synapses.
    source, target : int
        Numbers of the groups.
    delay : int
        Steps.
    since : int
        The first step in which anything comes.
    port : int
    """

    base: str
    source: int
    target: int
    delay: int
    since: int
    port: int = 0

    @property
    def kind(self) -> SumKind:
        """The model of synapses."""
        return SUMS[self.base]

    @property
    def read(self) -> str:
        """The variable of the source that is read.

        Sums that are delayed act a step after they are made, so that it is early by one.
        """
        late = self.kind.delayed and self.delay > 1
        return before(self.kind.sent, self.delay) if late else self.kind.sent

    def sum_of(self, received: str) -> str:
        """Name of the part of a sum that comes through it."""
        return f"{received}_{self.source}_{self.delay}"

    def model(self, target: SummingModel) -> str:
        """The equations of the synapses onto a model."""
        value = target.within.format(x=f"{self.read}_pre")
        lines = [f"{name} : {self.kind.unit}" for name in (WEIGHT, *self.kind.factors)]
        come = f"*int(t > {self.since - 0.5}*dt)" if self.since > 0 else ""
        for name, term in self.kind.received_by(target, self.port).items():
            made = f"{term.format(x=value)}{come} : {target.received[name]}"
            lines.append(f"{self.sum_of(name)}_post = {made} (summed)")
        return "\n".join(lines)


def with_channels(
    cell: CellModel, number: int, channels: Sequence[Channel], back: int
) -> CellModel:
    """The cell of a group with the sums that it receives, and values that are read later.

    Synapses onto it look `back` steps.
    """
    model = cell.model
    if not isinstance(model, SummingModel):
        return cell
    lines = [model.equations]
    for name, unit in model.received.items():
        onto = (c for c in channels if c.target == number)
        into = [c for c in onto if name in c.kind.received_by(model, c.port)]
        parts = [c.sum_of(name) for c in into]
        lines += [f"{part} : {unit}" for part in parts]
        flag = " (constant over dt)" if any(c.kind.delayed for c in into) else ""
        total = f" = {' + '.join(parts)}" if parts else ""
        lines.append(f"{name}{total} : {unit}{flag}")
    shifts = {"at_start": [model.at_start], "at_end": [model.at_end]}
    for name, unit in model.sent.items():
        out = [c for c in channels if c.source == number and c.read == before(name, c.delay)]
        longest = max((c.delay for c in out), default=0)
        lines += [f"{before(name, k)} : {unit}" for k in range(1, longest + 1)]
        shifts["at_start"] += _shift(name, longest)
    for name, unit in model.looked_back.items():
        lines += [f"{before(name, k)} : {unit}" for k in range(1, back + 1)]
        shifts["at_end"] += _shift(name, back)
    moments = {moment: "; ".join(filter(None, codes)) for moment, codes in shifts.items()}
    body = {"equations": "\n".join(lines), "__module__": __name__, **moments}
    kind = type(model)
    made = type(kind.__name__, (kind,), body)(method=model.method or None, **model.values)
    return replace(cell, model=made)


def _shift(name: str, steps: int) -> list[str]:
    """Statements by which values of steps before move on by a step."""
    return [
        f"{before(name, k)} = {before(name, k - 1) if k > 1 else name}" for k in range(steps, 0, -1)
    ]
