"""NEST's synapses that are written with statements: each has its parameters and states for itself.

All of a delay lies behind the synapse in NEST, so that its spikes are seen when they arrive, by the
delay ``d`` later; ``now`` is the time that NEST sees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from distsnn.nest_models.eprop.eprop_synapse_at_spikes import EPROP_SYNAPSE_AT_SPIKES
from distsnn.nest_models.eprop.eprop_synapses import EPROP_SYNAPSE
from distsnn.nest_models.statement_kind import MODULATOR, StatementKind
from distsnn.nest_models.synapse_kinds import OF_ALL, PAIRS, SUMS, SYNAPSES, SynapseKind, with_hpc

_DECAY = "exp(-h/({tau} + int({tau} <= 0*ms)*ms))*int({tau} > 0*ms)"
_NOW = "now = t + dt - d\nh = now - t_last\n"


def _kind(
    parameters: Mapping[str, float],
    on_pre: str | Callable[[Mapping[str, Any]], str],
    apart: tuple[str, ...] = (),
    by_chance: bool = False,
) -> StatementKind:
    made = on_pre if callable(on_pre) else lambda _: on_pre
    own = {name: value for name, value in parameters.items() if name not in apart}
    units = {name: "second" if name.startswith("tau") else "1" for name in own}
    defaults = {**SYNAPSES["static_synapse"].defaults, **parameters}
    return StatementKind(
        defaults,
        varying=frozenset(own),
        units={**units, "t_last": "second"},
        states={"t_last": 0.0},
        on_pre=made,
        by_chance=by_chance,
    )


_TSODYKS = f"""{_NOW}
grown = expm1(-h/tau_rec)
left = exp(-h/tau_psc)
moved = (grown*tau_rec - (left - 1)*tau_psc)/(tau_psc - tau_rec)
free = 1 - x - y
u = u*{_DECAY.format(tau="tau_fac")}
x = x + moved*y - grown*free
y = y*left
u = u + U*(1 - u)
sent = u*x
x = x - sent
y = y + sent
{{receptor}} += w*sent
t_last = now
"""
_TSODYKS2 = f"""{_NOW}
later = int(t_last > 0*ms)
x = later*(1 + (x - x*u - 1)*exp(-h/tau_rec)) + (1 - later)*x
u = later*(U + u*(1 - U)*{_DECAY.format(tau="tau_fac")}) + (1 - later)*u
{{receptor}} += w*x*u
t_last = now
"""
_HT = f"""{_NOW}
P = 1 - (1 - P)*exp(-h/tau_P)
{{receptor}} += w*P
P = P*(1 - delta_P)
t_last = now
"""


def _quantal(p: Mapping[str, Any]) -> str:
    """Sites recover and release by chance, each for itself; the first spike finds what there is."""
    n = int(p["n"])
    recovered = " + ".join(f"int({k} < {n} - a)*int(rand() < gone)" for k in range(n))
    released = " + ".join(f"int({k} < a)*int(rand() < u)" for k in range(n))
    return f"""{_NOW}
later = int(t_last > 0*ms)
gone = later*(1 - exp(-h/tau_rec))
u = later*(U + u*(1 - U)*{_DECAY.format(tau="tau_fac")}) + (1 - later)*u
a = a + ({recovered})
sent = {released}
a = a - sent
{{receptor}} += w*sent
t_last = now
"""


def _clopath(arrives_in: str, else_where: StatementKind | None) -> StatementKind:
    # A spike is seen a step before it arrives, where it acts early.
    now = f"now = t + {2 if arrives_in else 1}*dt - d"
    pre = f"""{now}
w = clip(w + gain - {{LTD}}/mV*one, Wmin, inf*one)
gain = 0*one
{{receptor}} += w
x_bar = x_bar*exp((t_last - now)/tau_x) + 1/tau_x
t_last = now
"""
    gain = "gain + {LTP}/mV*one*x_bar*ms*exp((t_last - now)/tau_x)"
    return StatementKind(
        {**OF_ALL, "tau_x": 15.0, "Wmin": 0.0, "Wmax": 100.0, "x_bar": 0.0},
        varying=frozenset({"tau_x", "Wmin", "Wmax", "x_bar"}),
        units={
            **dict.fromkeys(("Wmin", "Wmax", "gain", "one"), ""),
            **dict.fromkeys(("tau_x", "t_last"), "second"),
            "x_bar": "hertz",
        },
        states={"gain": 0.0, "one": 1.0, "t_last": 0.0},
        on_pre=lambda _: pre,
        each_step=lambda _: f"{now}\ngain = clip({gain}, -inf*one, Wmax - w)",
        of_target=frozenset({"LTP", "LTD"}),
        arrives_in=arrives_in,
        else_where=else_where,
    )


# Spikes of the target in the same step are not seen by that of the source.
_SAME = "same = int(t_target > now - 0.5*dt)\n"
_NOTE_POST = "now = t + dt - d\n"


def _restricted(p: Mapping[str, Any]) -> str:
    """Pairs of the last spikes alone, each once."""
    return f"""{_NOTE_POST}{_SAME}
near = same*t_before + (1 - same)*t_target
x = w/Wmax + lambda*clip(1 - w/Wmax, 0, inf)**mu_plus*exp((t_last - t_first)/tau_plus)
x = clip(x, -inf, 1)
x = clip(x - alpha*lambda*clip(x, 0, inf)**mu_minus*exp((near - now)/({p["tau_minus"]!r}*ms)), 0, 1)
w = seen*x*Wmax + (1 - seen)*w
{{receptor}} += w
seen = 0
t_last = now
"""


_NOTE_RESTRICTED = f"""{_NOTE_POST}
t_before = t_target
t_target = now
t_first = seen*t_first + (1 - seen)*now
seen = 1
"""


def _dopamine(p: Mapping[str, Any]) -> str:
    fall = f"exp((t_target - now)/({p['tau_minus']!r}*ms))"
    return f"""{_NOTE_POST}{_SAME}
c = c - {p["A_minus"]!r}*one*(same*before + (1 - same)*trace*{fall})
{{receptor}} += w
Kplus = Kplus*exp((t_last - now)/({p["tau_plus"]!r}*ms)) + 1
t_last = now
"""


def _dopamine_at_target(p: Mapping[str, Any]) -> str:
    return f"""{_NOTE_POST}
c = c + {p["A_plus"]!r}*one*Kplus*exp((t_last - now)/({p["tau_plus"]!r}*ms))
before = trace*exp((t_target - now)/({p["tau_minus"]!r}*ms))
trace = before + 1
t_target = now
"""


def _flow_of_dopamine(p: Mapping[str, Any], dt: float) -> dict[str, str]:
    """Weight and eligibility over a step, exactly."""
    tau_c, tau_n, b = (float(p[name]) for name in ("tau_c", "tau_n", "b"))
    rate = 1.0 / tau_c + 1.0 / tau_n
    # The level has fallen already, when it is read.
    grown = -math.expm1(-rate * dt) / rate * math.exp(dt / tau_n)
    drift = -b * tau_c * -math.expm1(-dt / tau_c)
    low, high = (f"{float(p[name])!r}*one" for name in ("Wmin", "Wmax"))
    moved = f"w + c*({grown!r}*{MODULATOR} + {drift!r})"
    return {
        "w": f"(clip({moved}, {low}, {high}) - w)/dt",
        "c": f"c*{math.expm1(-dt / tau_c)!r}/dt",
    }


_OF_TSODYKS = {
    "U": 0.5,
    "tau_psc": 3.0,
    "tau_rec": 800.0,
    "tau_fac": 0.0,
    "x": 1.0,
    "y": 0.0,
    "u": 0.0,
}
_STATEMENTS: dict[str, StatementKind] = {
    "tsodyks_synapse": _kind(_OF_TSODYKS, _TSODYKS),
    "tsodyks_synapse_hom": _kind(_OF_TSODYKS, _TSODYKS),
    "tsodyks2_synapse": _kind(
        {"U": 0.5, "u": 0.5, "x": 1.0, "tau_rec": 800.0, "tau_fac": 0.0}, _TSODYKS2
    ),
    "ht_synapse": _kind({"P": 1.0, "tau_P": 500.0, "delta_P": 0.125}, _HT),
    "bernoulli_synapse": _kind(
        {"p_transmit": 1.0}, "{receptor} += w*int(rand() < p_transmit)", by_chance=True
    ),
    "quantal_stp_synapse": _kind(
        {"U": 0.5, "u": 0.5, "tau_rec": 800.0, "tau_fac": 0.0, "n": 1.0, "a": 1.0},
        _quantal,
        apart=("n",),
        by_chance=True,
    ),
    "eprop_synapse": EPROP_SYNAPSE_AT_SPIKES,
    "eprop_synapse_bsshslm_2020": EPROP_SYNAPSE,
    "clopath_synapse": _clopath("arrived", _clopath("", None)),
    "stdp_nn_restr_synapse": StatementKind(
        PAIRS,
        varying=frozenset(PAIRS) - frozenset(OF_ALL),
        units={
            **dict.fromkeys(("lambda", "alpha", "mu_plus", "mu_minus", "seen"), "1"),
            "Wmax": "",
            **dict.fromkeys(("tau_plus", "t_target", "t_before", "t_first", "t_last"), "second"),
        },
        states={"seen": 0.0, "t_target": -1e9, "t_before": -1e9, "t_first": 0.0, "t_last": 0.0},
        on_pre=_restricted,
        on_post=lambda _: _NOTE_RESTRICTED,
    ),
    "stdp_dopamine_synapse": StatementKind(
        {
            **OF_ALL,
            "A_plus": 1.0,
            "A_minus": 1.5,
            "tau_plus": 20.0,
            "tau_c": 1000.0,
            "tau_n": 200.0,
            "b": 0.0,
            "Wmin": 0.0,
            "Wmax": 200.0,
            "c": 0.0,
            "Kplus": 0.0,
        },
        varying=frozenset({"c", "Kplus"}),
        units={
            **dict.fromkeys(("c", "one"), ""),
            **dict.fromkeys(("Kplus", "trace", "before"), "1"),
            **dict.fromkeys(("t_target", "t_last"), "second"),
        },
        states={"one": 1.0, "trace": 0.0, "before": 0.0, "t_target": -1e9, "t_last": 0.0},
        on_pre=_dopamine,
        on_post=_dopamine_at_target,
        flow=_flow_of_dopamine,
        modulated=True,
    ),
}
STATEMENTS: Mapping[str, StatementKind] = with_hpc(_STATEMENTS)
# Static synapses whose events are recorded.
STATIC = _kind({}, "{receptor} += w")
ALL_SYNAPSES: Mapping[str, SynapseKind] = {**SYNAPSES, **STATEMENTS, **SUMS}
