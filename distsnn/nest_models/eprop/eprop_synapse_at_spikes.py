"""NEST's ``eprop_synapse``, whose weight changes at each spike.

In each step a synapse moves its eligibility on. What readouts send back for a step is there two
steps later, so that a step's part of the gradient is added then; a spike carries the weight with
the parts of all steps up to two before its stamp. Spikes of a step are carried at the start of the
next, where these parts are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from distsnn.nest_models.eprop.eprop_synapses import (
    ADAM,
    ADAM_CHANGE,
    OF_EACH,
    OPTIMIZER,
    OPTIMIZER_DEFAULTS,
    RATE,
    RATE_NOW,
)
from distsnn.nest_models.statement_kind import StatementKind
from distsnn.nest_models.synapse_kinds import OF_ALL

# The weight goes ahead by `lead` of that which spikes carry.
_CHANGE = """
now = floor(t/dt + 0.5)
{part}
total = total + part
goes = {goes}
batches = 1 + floor((now - 0.5)/{batch})
moves = goes*clip(batches - done, 0, inf)
due = int(moves > 0.5)
{descent}
lead = (1 - due)*lead + due*(clip(w + lead - eta_now*change, {low}, {high}) - w)
eta_now = (1 - due)*eta_now + due*eta
total = (1 - due)*total
done = done + moves
w = w + z_new*lead
lead = (1 - z_new)*lead
{{receptor}} += z_new*w
seen = clip(seen + z_new, 0, 1)
"""
_TRACES = """
left = (1 - z_new)*left + z_new*cutoff_post
active = int(left > 0.5)
left = clip(left - 1, 0, inf)
z_bar = decay_post*z_bar + active*z
z = (1 - active)*z + active*z_new
z_new = 0
"""
_ELIGIBILITY = """
eligible = active*surrogate_gradient_post*z_bar
e_bar = kappa_post*e_bar + eligible
e_bar_reg = kappa_reg_post*e_bar_reg + (1 - kappa_reg_post)*eligible
"""
_OF_ADAPTIVE = _ELIGIBILITY.replace(
    "*z_bar\n",
    "*(z_bar - adapt_beta_post*adapted)\nadapted = adapt_decay_post*adapted + eligible\n",
)
_PART = "part = active*(learning_sum_post*e_bar + reg_post*e_bar_reg)"
# Of a readout a step's part is known in it.
_PART_OF_READOUT = "part = e_bar"
_OF_READOUT = "e_bar = active*error_signal_post*z_bar"
_NOTED = """
carried = z_new*w + (1 - z_new)*carried
carried_at = z_new*t + (1 - z_new)*carried_at
{receptor} += z_new*w
"""


class CarriedLater(StatementKind):
    """A model of synapses that carry spikes at the start of the step after them."""

    late = 1

    def recorded(self) -> StatementKind:
        """See `StatementKind`; each step notes what is carried in it."""

        def each_step(p: Mapping[str, Any]) -> str:
            return self.each_step(p).replace("\n{receptor} += z_new*w\n", _NOTED)

        return replace(
            self,
            units={**self.units, "carried": "", "carried_at": "second"},
            states={**self.states, "carried": 0.0, "carried_at": -1.0},
            each_step=each_step,
            of_models={name: kind.recorded() for name, kind in self.of_models.items()},
        )


def _kind(part: str, eligibility: str) -> CarriedLater:
    def each_step(p: Mapping[str, Any]) -> str:
        values = {
            "part": part, "batch": p["batch_size"], "low": f"({p['Wmin']!r})",
            "high": f"({p['Wmax']!r})",
            "goes": "active" if p["optimize_each_step"] else "z_new*seen",
            **{name: p[name] for name in ("beta_1", "beta_2", "epsilon")},
        }  # fmt: skip
        descent = ADAM_CHANGE if p[OPTIMIZER] == ADAM else "change = total/{batch}"
        change = _CHANGE.format(**values, descent=descent.format(**values))
        return f"{change}{_TRACES}{eligibility}"

    traces, counts = ("z_bar", "e_bar", "e_bar_reg", "adapted"), ("active", "left", "seen")
    states = (*traces, *counts, "z", "z_new", "total")
    given = {name: value for name, value in OPTIMIZER_DEFAULTS.items() if name != "type"}
    return CarriedLater(
        {**OF_ALL, OPTIMIZER: OPTIMIZER_DEFAULTS["type"], **given, RATE_NOW: 1e-4},
        varying=frozenset({RATE, RATE_NOW, *OF_EACH}),
        units={**dict.fromkeys((*states, "done", RATE, RATE_NOW, *OF_EACH), "1"), "lead": ""},
        states={**dict.fromkeys(states, 0.0), "done": 1.0, "lead": 0.0},
        on_pre=lambda _: "z_new = 1",
        each_step=each_step,
        one_step=True,
    )


_RECURRENT, _ADAPTIVE = _kind(_PART, _ELIGIBILITY), _kind(_PART, _OF_ADAPTIVE)
EPROP_SYNAPSE_AT_SPIKES = _kind(_PART, _ELIGIBILITY).onto(
    {
        "eprop_iaf": _RECURRENT,
        "eprop_iaf_adapt": _ADAPTIVE,
        "eprop_iaf_psc_delta": _RECURRENT,
        "eprop_iaf_psc_delta_adapt": _ADAPTIVE,
        "eprop_readout": _kind(_PART_OF_READOUT, _OF_READOUT),
    }
)
