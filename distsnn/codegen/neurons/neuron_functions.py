"""Source of the numba kernels of one neuron model: refresh, update, restore, absorb, reset."""

from __future__ import annotations

import re

from distsnn.integrate.neuron_form import NeuronForm, OperationForm

Statements = tuple[tuple[str, str], ...]


def update_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(step, spiked, last_spike, states..., kept..., coefficients...)``.

    The function advances all neurons from t_n to t_(n+1) and flags in `spiked` (uint8) those
    that cross the threshold. Coefficients in `per_neuron` are arrays, the others numbers.
    """
    size = form.states[0] if form.states else "_last_spike"
    lines = [
        f"def {name}({', '.join(update_arguments(form))}):",
        f"    for lid in range({size}_.size):",
    ]
    lines += [f"        v_{state} = {state}_[lid]" for state in form.states]
    lines += [_read(c, per_neuron) for c in coefficient_names(form)]
    spiked = form.threshold or "False"
    if form.active or form.refractory_steps:
        active = form.active or f"step - _last_spike_[lid] > v_{form.refractory_steps}"
        lines.append(f"        active = {active}")
        spiked = f"active & ({form.threshold})" if form.threshold else "False"
    lines += [f"        v_{target} = {expression}" for target, expression in form.statements]
    lines += [f"        v__new_{s} = v__new_{s} if active else v_{s}" for s in form.clamped]
    lines += [f"        {s}_[lid] = v__new_{s}" for s in form.states]
    lines += [f"        _kept_{s}_[lid] = v__new_{s}" for s in form.kept]
    if form.active:
        lines += [
            f"        spiking = {spiked}",
            "        _spiked_[lid] = spiking",
            "        _active_[lid] = active & (not spiking)",
        ]
    else:
        lines.append(f"        _spiked_[lid] = {spiked}")
    return "\n".join(lines) + "\n"


def refresh_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(step, ...)``, which computes what is constant over dt."""
    used = _names_in(form.refreshed)
    lines = [
        f"def {name}({', '.join(refresh_arguments(form))}):",
        "    for lid in range(_last_spike_.size):",
    ]
    lines += [f"        v_{s} = {s}_[lid]" for s in form.states if f"v_{s}" in used]
    lines += [_read(c, per_neuron) for c in coefficient_names(form) if f"v_{c}" in used]
    for state, expression in form.refreshed:
        lines += [f"        v_{state} = {expression}", f"        {state}_[lid] = v_{state}"]
    return "\n".join(lines) + "\n"


def restore_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(step, last_spike, kept states..., kept..., refractory_steps)``.

    It undoes what events did to held states of refractory neurons.
    """
    lines = [
        f"def {name}({', '.join(restore_arguments(form))}):",
        "    for lid in range(_last_spike_.size):",
    ]
    lines += _active_lines(form, per_neuron)
    lines += [f"        {s}_[lid] = {s}_[lid] if active else _kept_{s}_[lid]" for s in form.kept]
    return "\n".join(lines) + "\n"


def absorb_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(step, last_spike, states..., active or refractory_steps)``.

    It adds what events of the step itself have brought to states, but in refractory neurons not to
    those that stand still.
    """
    lines = [
        f"def {name}({', '.join(absorb_arguments(form))}):",
        "    for lid in range(_last_spike_.size):",
        *_active_lines(form, per_neuron),
    ]
    for state, arriving in form.arriving:
        active = "active & " if state in form.clamped else ""
        lines += [
            # Nothing is added where nothing arrived: that would turn -0.0 into 0.0.
            f"        taken = {active}({arriving}_[lid] != 0.0)",
            f"        {state}_[lid] = {state}_[lid] + {arriving}_[lid] if taken else {state}_[lid]",
            f"        {arriving}_[lid] = 0.0",
        ]
    return "\n".join(lines) + "\n"


def _active_lines(form: NeuronForm, per_neuron: frozenset[str]) -> list[str]:
    """Lines that say whether a neuron is not refractory, after the threshold of a step."""
    if form.active:
        return ["        active = _active_[lid] != 0"]
    if not form.refractory_steps:
        return ["        active = True"]
    steps = form.refractory_steps
    return [_read(steps, per_neuron), f"        active = step - _last_spike_[lid] > v_{steps}"]


def _active_arguments(form: NeuronForm) -> list[str]:
    if form.active:
        return ["_active_"]
    return [f"{form.refractory_steps}_"] if form.refractory_steps else []


def reset_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(count, spike_lid, ...)``, which resets the neurons that spiked."""
    used = _names_in(form.reset)
    lines = [
        f"def {name}({', '.join(reset_arguments(form))}):",
        "    for q in range(count):",
        "        lid = _spike_lid_[q]",
    ]
    lines += [f"        v_{state} = {state}_[lid]" for state in form.states if f"v_{state}" in used]
    lines += [_read(c, per_neuron) for c in coefficient_names(form) if f"v_{c}" in used]
    return "\n".join([*lines, *_assigned(form, form)]) + "\n"


def operation_source(
    form: NeuronForm, operation: OperationForm, name: str, per_neuron: frozenset[str]
) -> str:
    """Source of ``name(step, ...)``, which runs an operation for its neurons."""
    used = _names_in(operation.statements) | {f"v_{target}" for target, _ in operation.statements}
    lines = [
        f"def {name}({', '.join(refresh_arguments(form))}):",
        "    for lid in range(_last_spike_.size):",
    ]
    if operation.part is not None:
        start, stop = operation.part
        lines += [
            f"        if not ({start} <= _index_[lid] < {stop}):",
            "            continue",
        ]
    lines += [f"        v_{s} = {s}_[lid]" for s in form.states if f"v_{s}" in used]
    lines += [_read(c, per_neuron) for c in coefficient_names(form) if f"v_{c}" in used]
    return "\n".join([*lines, *_assigned(form, operation)]) + "\n"


def _assigned(form: NeuronForm, statements: OperationForm | NeuronForm) -> list[str]:
    """Lines that assign, and store what is a variable."""
    places = {state: f"{state}_[lid]" for state in form.states} | dict(statements.linked_places)
    assigned = statements.reset if isinstance(statements, NeuronForm) else statements.statements
    lines = []
    for target, expression in assigned:
        lines.append(f"        v_{target} = {expression}")
        if target in places:
            lines.append(f"        {places[target]} = v_{target}")
    return lines


def _read(coefficient: str, per_neuron: frozenset[str]) -> str:
    element = "[lid]" if coefficient in per_neuron else ""
    return f"        v_{coefficient} = {coefficient}_{element}"


def coefficient_names(form: NeuronForm) -> list[str]:
    """Names of the coefficients in order."""
    return [c.name for c in form.coefficients]


def update_arguments(form: NeuronForm) -> list[str]:
    """Arguments of the update; arrays and coefficients end in an underscore."""
    return [
        "step",
        "_spiked_",
        "_last_spike_",
        *(f"{s}_" for s in form.states),
        *(f"_kept_{s}_" for s in form.kept),
        *(f"{c}_" for c in coefficient_names(form)),
        *(["_active_"] if form.active else []),
        *form.shared,
    ]


def refresh_arguments(form: NeuronForm) -> list[str]:
    """Arguments of the refresh."""
    return [
        "step",
        "_last_spike_",
        *(f"{s}_" for s in form.states),
        *(f"{c}_" for c in coefficient_names(form)),
        *(["_active_"] if form.active else []),
        *form.shared,
    ]


def restore_arguments(form: NeuronForm) -> list[str]:
    """Arguments of the restore."""
    return [
        "step",
        "_last_spike_",
        *(f"{s}_" for s in form.kept),
        *(f"_kept_{s}_" for s in form.kept),
        *_active_arguments(form),
    ]


def absorb_arguments(form: NeuronForm) -> list[str]:
    """Arguments of the absorption."""
    return [
        "step",
        "_last_spike_",
        *(f"{s}_" for pair in form.arriving for s in pair),
        *_active_arguments(form),
    ]


def reset_arguments(form: NeuronForm) -> list[str]:
    """Arguments of the reset."""
    used = _names_in(form.reset)
    return [
        "count",
        "_spike_lid_",
        *(name for name in ("step", "_last_spike_") if name in used),
        *(f"{s}_" for s in form.states),
        *(f"{c}_" for c in coefficient_names(form)),
        *form.shared,
    ]


def _names_in(statements: Statements) -> set[str]:
    return set(re.findall(r"\w+", " ".join(expression for _, expression in statements)))
