"""The built-in model `LIF` with its receptors in the intermediate form."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.describe.checks.trees import syntax_tree
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.group_receptors import ARRIVING
from distsnn.describe.models.receptors.receptor import Coefficient, Values
from distsnn.describe.values.exact_functions import exact_exp, exact_expm1
from distsnn.describe.values.time_steps import steps_at_least
from distsnn.integrate.built_in.lif_sensitivities import with_sensitivities
from distsnn.integrate.built_in.receptor_responses import Response, responses
from distsnn.integrate.neuron_form import REFRACTORY_STEPS, Assigned, NeuronForm


def lif_form(description: NeuronDescription) -> NeuronForm:
    """Form of a group: exact if all receptors are current-based, else of second order in dt.

    Notes
    -----
    Exact integration: Rotter & Diesmann 1999, Biol. Cybern. 81:381-402. Otherwise with
    dV/dt = -a V + b, a and b at the means of the conductances over the step, which are
    g (1 - exp(-h))/h for h = dt/tau, V(t + dt) = b/a + (V - b/a) exp(-a dt): the exponential
    midpoint rule (Hochbruck & Ostermann 2010, Acta Numerica 19:209-286). A magnesium block is
    that at the potential which the same formula gives half a step on, with the block at the old V.
    """
    decaying = responses(description.receptors)
    conductance_based = any(r.output.E is not None for r in decaying)
    at_once = any(receptor.before_threshold for receptor in description.receptors)
    if conductance_based:
        membrane, statements = _exponential_midpoint(decaying)
        statements += [_ADDED, _TAKEN] if at_once else []
    elif at_once:
        membrane, statements = _exact_from_rest(decaying)
    else:
        membrane, statements = _exact(decaying)
    decays = [coefficient for r in decaying for coefficient in r.step.coefficients]
    decay_statements = [statement for r in decaying for statement in r.step.statements]
    receptor_states = [state for r in decaying for state in r.states]
    common = [
        Coefficient("V_th", ("V_th",), lambda p: p["V_th"]),
        Coefficient("V_reset", ("V_reset",), lambda p: p["V_reset"]),
        Coefficient(REFRACTORY_STEPS, ("t_ref",), _refractory_steps),
    ]
    form = NeuronForm(
        states=("V_m", *receptor_states, *([ARRIVING] if at_once else [])),
        coefficients=(*membrane, *decays, *common),
        statements=tuple(
            (n, syntax_tree(formula)) for n, formula in (*statements, *decay_statements)
        ),
        clamped=("V_m",),
        threshold=syntax_tree("_new_V_m >= V_th"),
        reset=(Assigned("V_m", syntax_tree("V_reset")),),
        refractory_steps=REFRACTORY_STEPS,
        receptor_states=description.receptor_variables,
        arriving=(("V_m", ARRIVING),) if at_once else (),
        method="exponential_midpoint" if conductance_based else "exact",
    )
    assert isinstance(description.model, LIF)
    return with_sensitivities(form, description) if description.model.sensitivities else form


_Part = tuple[list[Coefficient], list[tuple[str, str]]]


# NEST's order: what arrives is there before the threshold.
_ADDED = ("_new_V_m", f"_new_V_m + {ARRIVING}")
_TAKEN = (f"_new_{ARRIVING}", "0.0")


def _exact_from_rest(decaying: list[Response]) -> _Part:
    """The same as `_exact` with what arrives, in NEST's order and from E_L as there.

    So a neuron that rests stays where it is to the last bit, and a jump of ``V_th - E_L`` reaches
    the threshold.
    """
    coefficients, statements = _exact(decaying)
    rest = Coefficient(
        "rest",
        ("tau_m", "C_m", "I_e"),
        _moved_by_current,
    )
    coefficients = [rest if c.name == "rest" else c for c in coefficients]
    ((name, formula),) = statements
    above = formula.replace("V_m*decay_V_m", "(V_m - E_L)*decay_V_m", 1)
    return [*coefficients, Coefficient("E_L", ("E_L",), lambda p: p["E_L"])], [
        ("above", above),
        (name, f"E_L + (above + {ARRIVING})"),
        _TAKEN,
    ]


def _decay(p: Values) -> Any:
    return exact_exp(-p["dt"] / p["tau_m"])


def _moved_by_current(p: Values) -> Any:
    return -exact_expm1(-p["dt"] / p["tau_m"]) * p["I_e"] * p["tau_m"] / p["C_m"]


def _moved_at_rest(p: Values) -> Any:
    # What the product with the rounded decay takes: a neuron at E_L stays there to the last bit,
    # unless less than half of a difference is left after a step.
    return p["E_L"] - p["E_L"] * _decay(p)


def _exact(decaying: list[Response]) -> _Part:
    coefficients = [
        Coefficient("decay_V_m", ("tau_m",), _decay),
        Coefficient(
            "rest",
            ("tau_m", "C_m", "E_L", "I_e"),
            lambda p: _moved_at_rest(p) + _moved_by_current(p),
        ),
    ]
    terms = ["V_m*decay_V_m"]
    for response in decaying:
        coefficients += response.gains
        terms += [f"{state}*gain_{state}" for state in response.states]
    return coefficients, [("_new_V_m", " + ".join([*terms, "rest"]))]


def _exponential_midpoint(decaying: list[Response]) -> _Part:
    coefficients = [
        Coefficient("leak", ("tau_m",), lambda p: 1.0 / p["tau_m"]),
        Coefficient(
            "drive",
            ("tau_m", "C_m", "E_L", "I_e"),
            lambda p: p["E_L"] / p["tau_m"] + p["I_e"] / p["C_m"],
        ),
        *(mean for response in decaying for mean in response.means),
        Coefficient("dt", (), lambda p: p["dt"]),
    ]
    blocked = any(response.output.block("V_m") for response in decaying)
    means = [
        (f"mean_of_{r.name}", " + ".join(f"{state}*mean_{state}" for state in r.states))
        for r in decaying
    ]
    middle = _course(decaying, "V_m", "0.5*dt", "V_middle") if blocked else []
    return coefficients, [
        *means,
        *middle,
        *_course(decaying, "V_middle", "dt", "_new_V_m"),
    ]


def _course(
    decaying: list[Response], blocked_at: str, duration: str, result: str
) -> list[tuple[str, str]]:
    """Statements of the membrane under the mean conductances, blocks being those at a potential."""
    conductances, currents, blocks = [], [], []
    for response in decaying:
        name, output = response.name, response.output
        mean = f"mean_of_{name}"
        if output.E is None:
            currents.append(mean)
            continue
        if block := output.block(blocked_at):
            blocks.append((f"open_{name}_{blocked_at}", f"{mean}/({block})"))
            mean = f"open_{name}_{blocked_at}"
        conductances.append(mean)
        currents.append(f"{mean}*({float(output.E)!r})")
    rate, target = f"rate_{result}", f"target_{result}"
    return [
        *blocks,
        (rate, f"leak + ({' + '.join(conductances)})"),
        (target, f"(drive + ({' + '.join(currents)}))/{rate}"),
        (result, f"{target} + (V_m - {target})*exp(-{rate}*{duration})"),
    ]


def _refractory_steps(p: Values) -> float | np.ndarray:
    return steps_at_least(p["t_ref"], p["dt"])
