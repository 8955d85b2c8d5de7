"""Source of the numba kernels of one neuron model: update, restore, reset."""

from __future__ import annotations

from distsnn.equations.form import NeuronForm


def update_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(step, spiked, last_spike, states..., kept..., coefficients...)``.

    The function advances all neurons from t_n to t_(n+1) and flags in `spiked` (uint8) those
    that cross the threshold. Coefficients in `per_neuron` are arrays, the others numbers.
    """
    lines = [
        f"def {name}({', '.join(update_arguments(form))}):",
        f"    for lid in range({form.states[0]}_.size):",
    ]
    lines += [f"        {state} = {state}_[lid]" for state in form.states]
    lines += [
        f"        {c} = {c}_[lid]" if c in per_neuron else f"        {c} = {c}_"
        for c in coefficient_names(form)
    ]
    lines.append(f"        active = step - last_spike_[lid] > {form.refractory_steps}")
    lines += [f"        {target} = {expression}" for target, expression in form.statements]
    lines += [f"        new_{s} = new_{s} if active else {s}" for s in form.held]
    lines += [f"        {s}_[lid] = new_{s}" for s in form.states]
    lines += [f"        kept_{s}_[lid] = new_{s}" for s in form.kept]
    lines.append(f"        spiked_[lid] = active & ({form.threshold})")
    return "\n".join(lines) + "\n"


def restore_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(step, last_spike, kept states..., kept..., refractory_steps)``.

    It undoes what events did to held states of refractory neurons.
    """
    steps = form.refractory_steps
    lines = [
        f"def {name}({', '.join(restore_arguments(form))}):",
        "    for lid in range(last_spike_.size):",
        f"        {steps} = {steps}_[lid]"
        if steps in per_neuron
        else f"        {steps} = {steps}_",
        f"        active = step - last_spike_[lid] > {steps}",
    ]
    lines += [f"        {s}_[lid] = {s}_[lid] if active else kept_{s}_[lid]" for s in form.kept]
    return "\n".join(lines) + "\n"


def reset_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(count, spike_lid, states..., coefficients...)``, for the spiking ones."""
    lines = [
        f"def {name}({', '.join(reset_arguments(form))}):",
        "    for q in range(count):",
        "        lid = spike_lid_[q]",
    ]
    lines += [
        f"        {c} = {c}_[lid]" if c in per_neuron else f"        {c} = {c}_"
        for c in coefficient_names(form)
    ]
    lines += [f"        {state}_[lid] = {expression}" for state, expression in form.reset]
    return "\n".join(lines) + "\n"


def coefficient_names(form: NeuronForm) -> list[str]:
    """Names of the coefficients in order."""
    return [c.name for c in form.coefficients]


def update_arguments(form: NeuronForm) -> list[str]:
    """Arguments of the update; arrays and coefficients end in an underscore."""
    return [
        "step",
        "spiked_",
        "last_spike_",
        *(f"{s}_" for s in form.states),
        *(f"kept_{s}_" for s in form.kept),
        *(f"{c}_" for c in coefficient_names(form)),
    ]


def restore_arguments(form: NeuronForm) -> list[str]:
    """Arguments of the restore."""
    return [
        "step",
        "last_spike_",
        *(f"{s}_" for s in form.kept),
        *(f"kept_{s}_" for s in form.kept),
        f"{form.refractory_steps}_",
    ]


def reset_arguments(form: NeuronForm) -> list[str]:
    """Arguments of the reset."""
    return [
        "count",
        "spike_lid_",
        *(f"{s}_" for s in form.states),
        *(f"{c}_" for c in coefficient_names(form)),
    ]
