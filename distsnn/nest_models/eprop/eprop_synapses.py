"""NEST's ``eprop_synapse_bsshslm_2020``, with the rules by which it optimizes weights.

Bellec et al. 2020, Nat. Commun. 11:3625. In each step a synapse moves its eligibility on, and adds
to the gradient of its update interval what readouts send back, two steps later. The first spike
behind the interval changes the weight. Spikes of the first step of an interval do not count, and
recurrent neurons do not receive them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from distsnn.errors import ParameterError
from distsnn.nest_models.eprop.eprop_neurons import READOUT_SHIFT, RECURRENT_SHIFT, UPDATE, WINDOW
from distsnn.nest_models.statement_kind import StatementKind
from distsnn.nest_models.synapse_kinds import OF_ALL

DESCENT, ADAM = "gradient_descent", "adam"
OPTIMIZER = "optimizer"
# What a dictionary ``optimizer`` has; `OF_EACH` are those of single synapses.
OPTIMIZER_DEFAULTS: Mapping[str, Any] = {
    "type": DESCENT,
    "batch_size": 1.0,
    "eta": 1e-4,
    "Wmin": -100.0,
    "Wmax": 100.0,
    "optimize_each_step": True,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-7,
    "m": 0.0,
    "v": 0.0,
}
OF_EACH = ("m", "v")
# The rate of the next change, which is that of the last one.
RATE, RATE_NOW = "eta", "eta_now"
# Of all synapses of a model.
OF_MODEL = (
    OPTIMIZER,
    RATE_NOW,
    *(name for name in OPTIMIZER_DEFAULTS if name != "type" and name not in OF_EACH),
)

_EACH_STEP = """
now = floor(t/dt + 0.5)
inside = int(now < last - 0.5)
z_bar = decay_post*z_bar + per_spike_post*z
z = 0
{eligibility}
e_2 = e_1
e_1 = inside*e_bar
"""
_ELIGIBILITY = """
eligible = inside*surrogate_gradient_post*z_bar
e_bar = kappa*e_bar + (1 - kappa)*eligible
sum_e = sum_e + eligible
closes = int(abs(now - last) < 0.5)
gradient = gradient + learning_sum_post*e_2 + closes*reg_post*sum_e
"""
_OF_ADAPTIVE = _ELIGIBILITY.replace(
    "*z_bar\n",
    "*(z_bar - adapt_beta_post*adapted)\nadapted = adapt_decay_post*adapted + eligible\n",
)
# The error of a readout is known a step later.
_OF_READOUT = "gradient = gradient + error_signal_post*e_1\ne_bar = z_bar"

_ON_PRE = """
stamp = floor(t/dt + 1.5)
period = floor((stamp - {shift} + 0.5)/{interval})
counts = {counts}
behind = counts*int(stamp > last + 0.5)
total = total + behind*gradient/{window}
batches = 1 + floor((period + 0.5)/{batch})
moves = behind*clip(batches - done, 0, inf)
due = int(moves > 0.5)
{descent}
w = (1 - due)*w + due*clip(w - eta_now*change, {low}, {high})
eta_now = (1 - due)*eta_now + due*eta
total = (1 - due)*total
done = done + moves
last = (1 - behind)*last + behind*((period + 1)*{interval} + {shift})
gradient = (1 - behind)*gradient
z_bar = (1 - behind)*z_bar
e_bar = (1 - behind)*e_bar
adapted = (1 - behind)*adapted
sum_e = (1 - behind)*sum_e
e_1 = (1 - behind)*e_1
e_2 = (1 - behind)*e_2
z = counts
{{receptor}} += w*counts
"""
_COUNTS = "int(stamp - {shift} - {interval}*period > 0.5)"
# Further changes of Adam have no gradient: they are those of batches without spikes.
ADAM_CHANGE = """
average = total/{batch}
m = (1 - due)*m + due*({beta_1}*m + (1 - {beta_1})*average)
v = (1 - due)*v + due*({beta_2}*v + (1 - {beta_2})*average**2)
change = adam_moves(m, v, done, moves, {beta_1}, {beta_2}, {epsilon})
m = m*{beta_1}**clip(moves - 1, 0, inf)
v = v*{beta_2}**clip(moves - 1, 0, inf)"""


def _on_pre(shift: float) -> Callable[[Mapping[str, Any]], str]:
    def statements(p: Mapping[str, Any]) -> str:
        dt = float(p["dt"])
        interval = float(round(p[UPDATE] / dt))
        values = {
            "shift": shift, "interval": interval, "batch": p["batch_size"],
            "low": f"({p['Wmin']!r})", "high": f"({p['Wmax']!r})",
            "window": float(round(p[WINDOW] / dt)) if p["average_gradient"] else 1.0,
            **{name: p[name] for name in ("beta_1", "beta_2", "epsilon")},
        }  # fmt: skip
        descent = ADAM_CHANGE if p[OPTIMIZER] == ADAM else "change = total/{batch}"
        counts = _COUNTS.format(**values) if shift == RECURRENT_SHIFT else "1"
        return _ON_PRE.format(**values, counts=counts, descent=descent.format(**values))

    return statements


def _kind(shift: float, eligibility: str) -> StatementKind:
    def each_step(p: Mapping[str, Any]) -> str:
        kappa = repr(math.exp(-float(p["dt"]) / float(p["tau_m_readout"])))
        return _EACH_STEP.format(eligibility=eligibility).replace("kappa", kappa)

    states = ("z", "z_bar", "e_bar", "adapted", "sum_e", "e_1", "e_2", "gradient", "total")
    given = {name: value for name, value in OPTIMIZER_DEFAULTS.items() if name != "type"}
    return StatementKind(
        {
            **OF_ALL,
            "tau_m_readout": 10.0,
            "average_gradient": False,
            OPTIMIZER: DESCENT,
            **given,
            RATE_NOW: 1e-4,
        },
        varying=frozenset({RATE, RATE_NOW, *OF_EACH}),
        units=dict.fromkeys((*states, "done", "last", RATE, RATE_NOW, *OF_EACH), "1"),
        states={**dict.fromkeys(states, 0.0), "done": 1.0},
        begins=lambda p: {"last": round(p[UPDATE] / p["dt"]) + shift},
        on_pre=_on_pre(shift),
        each_step=each_step,
        when="before_synapses",
        one_step=True,
        by_chance=True,
    )


_RECURRENT = _kind(RECURRENT_SHIFT, _ELIGIBILITY)
EPROP_SYNAPSE = _kind(RECURRENT_SHIFT, _ELIGIBILITY).onto(
    {
        "eprop_iaf_bsshslm_2020": _RECURRENT,
        "eprop_iaf_adapt_bsshslm_2020": _kind(RECURRENT_SHIFT, _OF_ADAPTIVE),
        "eprop_readout_bsshslm_2020": _kind(READOUT_SHIFT, _OF_READOUT),
    }
)


def with_optimizer(where: str, given: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults that a dictionary ``optimizer`` changes.

    Parameters
    ----------
    where : str
        The model of synapses.
    given : mapping
        The dictionary.
    now : mapping
        The defaults as they are.

    Raises
    ------
    ParameterError
        If there is no such entry, or its value is not allowed.
    """
    found = dict[str, Any]()
    for name, value in given.items():
        if name not in OPTIMIZER_DEFAULTS or name in OF_EACH:
            known = sorted(OPTIMIZER_DEFAULTS.keys() - OF_EACH)
            _refuse(where, f"{name} of the optimizer", f"it has {', '.join(known)}")
        kind = type(OPTIMIZER_DEFAULTS[name])
        found[OPTIMIZER if name == "type" else name] = kind(value)
    values = {**now, **found}
    if values[OPTIMIZER] not in {DESCENT, ADAM}:
        _refuse(where, f"type={values[OPTIMIZER]!r}", f"it is {DESCENT} or {ADAM}")
    allowed = {
        "batch_size": values["batch_size"] >= 1,
        "eta": values["eta"] >= 0,
        "Wmin": values["Wmin"] <= values["Wmax"],
        "epsilon": values["epsilon"] >= 0,
        **{name: 0 <= values[name] < 1 for name in ("beta_1", "beta_2")},
    }
    for name, fits in allowed.items():
        if not fits:
            _refuse(where, f"{name}={values[name]:g}", "batch_size >= 1, eta and epsilon >= 0, "
                    "0 <= beta_1, beta_2 < 1, and Wmin <= Wmax")  # fmt: skip
    if values[RATE] != now[RATE] and now[RATE_NOW] == now[RATE] == OPTIMIZER_DEFAULTS[RATE]:
        # The rate of the first change is the first that was set.
        found[RATE_NOW] = values[RATE]
    return found


def optimizer_of(defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The dictionary ``optimizer`` of defaults."""
    names = [n for n in OPTIMIZER_DEFAULTS if n != "type" and n not in OF_EACH]
    if defaults[OPTIMIZER] == DESCENT:
        names = [n for n in names if not n.startswith(("beta", "eps"))]
    return {OPTIMIZER: defaults[OPTIMIZER], **{n: defaults[n] for n in names}}


def _refuse(where: str, what: str, allowed: str) -> None:
    raise ParameterError(where, what, allowed, "correct it")
