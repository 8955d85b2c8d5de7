"""Source of the numba kernels of one neuron model: refresh, update, restore, absorb, reset."""

from __future__ import annotations

from collections.abc import Iterable

from distsnn.codegen.blocks import STEP
from distsnn.codegen.neurons.neuron_code import Given, Line, NeuronCode
from distsnn.codegen.neurons.substep_functions import chunk_reads, needed_lines, substep_lines
from distsnn.integrate.neuron_form import CROSSED


def update_source(code: NeuronCode, apart: bool = False) -> str:
    """Source of ``update(step, spiked, last_spike, states..., kept..., coefficients...)``.

    The function advances all neurons from t_n to t_(n+1) and, unless the threshold stands `apart`,
    flags in `spiked` (uint8) those that cross it. A threshold of sub-steps never stands apart.
    """
    form, spiked = code.form, code.threshold or "False"
    size = form.states[0] if form.states else "_last_spike"
    read = [f"v_{state} = {state}_[lid]" for state in form.states]
    read += [_read(c, code).strip() for c in coefficient_names(code)]
    if code.active:
        spiked = f"active & ({code.threshold})" if code.threshold else "False"
    if code.substeps is None:
        loop = [f"for lid in range({size}_.size):"]
        read += [f"active = {code.active}"] if code.active else []
    else:
        loop = substep_lines(code, size, read)
        read = chunk_reads(code, read)
        spiked = f"v_{CROSSED}" if code.substeps.threshold else spiked
    lines = [*read, *(f"v_{line.target} = {line.value}" for line in code.statements)]
    lines += [f"v__new_{s} = v__new_{s} if active else v_{s}" for s in form.clamped]
    unchanged = {f"_new_{s}" for s in form.states if s not in form.clamped}
    unchanged &= {x.target for x in code.statements if x.value == f"v_{x.target[5:]}"}
    lines += [f"{s}_[lid] = v__new_{s}" for s in form.states if f"_new_{s}" not in unchanged]
    lines += [f"_kept_{s}_[lid] = v__new_{s}" for s in form.kept]
    if not apart:
        lines += _spiking_lines(code, spiked)
    else:
        of_substep = code.substeps is not None and code.substeps.threshold
        lines += [f"_spiked_[lid] = {spiked}"] if of_substep else []
        lines += ["_active_[lid] = active"] if form.has_flags else []
    # The last line begins the loop over neurons. A group may have neither states nor a threshold.
    depth = " " * (len(loop[-1]) - len(loop[-1].lstrip()) + 8)
    head = [_head("update", update_arguments(code)), *(f"    {line}" for line in loop)]
    return _source([*head, *(f"{depth}{line}" for line in needed_lines(lines) or ["pass"])])


def threshold_source(code: NeuronCode, since: str = "step") -> str:
    """Source of ``threshold(...)``, the threshold alone, of a group whose update is `apart`.

    `since` is the step of the last update, as code.
    """
    form, spiked = code.form, code.threshold or "False"
    size = form.states[0] if form.states else "_last_spike"
    lines = [_head("threshold", update_arguments(code)), f"    for lid in range({size}_.size):"]
    lines += [f"        v__new_{s} = {s}_[lid]" for s in form.states]
    lines += [_read(c, code) for c in coefficient_names(code)]
    lines += _active_lines(code, since)
    if code.substeps is not None and code.substeps.threshold:
        spiked = "_spiked_[lid] != 0"
    elif code.active:
        spiked = f"active & ({spiked})"
    # What events between have added stays.
    lines += [f"        _kept_{s}_[lid] = v__new_{s}" for s in form.kept]
    return _source([*lines, *(f"        {line}" for line in _spiking_lines(code, spiked))])


def _spiking_lines(code: NeuronCode, spiked: str) -> list[str]:
    """Lines that flag who has spiked."""
    if not code.form.has_flags:
        return [f"_spiked_[lid] = {spiked}"]
    return [
        f"spiking = {spiked}",
        "_spiked_[lid] = spiking",
        "_active_[lid] = active & (not spiking)",
    ]


def refresh_source(code: NeuronCode) -> str:
    """Source of ``refresh(step, ...)``, which computes what is constant over dt."""
    lines = [
        _head("refresh", refresh_arguments(code)),
        "    for lid in range(_last_spike_.size):",
        *_read_used(code, code.refreshed),
        *_assigned(code.refreshed),
    ]
    return _source(lines)


def restore_source(code: NeuronCode) -> str:
    """Source of ``restore(step, last_spike, kept states..., kept..., refractory_steps)``.

    It undoes what events did to clamped states of refractory neurons.
    """
    kept = code.form.kept
    return _source(
        [
            _head("restore", restore_arguments(code)),
            "    for lid in range(_last_spike_.size):",
            *_active_lines(code),
            *(f"        {s}_[lid] = {s}_[lid] if active else _kept_{s}_[lid]" for s in kept),
        ]
    )


def absorb_source(code: NeuronCode) -> str:
    """Source of ``absorb(step, last_spike, states..., active or refractory_steps)``.

    It adds what events of the step itself have brought to states, but in refractory neurons not to
    those that stand still.
    """
    lines = [
        _head("absorb", absorb_arguments(code)),
        "    for lid in range(_last_spike_.size):",
        *_active_lines(code),
    ]
    for state, arriving in code.form.arriving:
        active = "active & " if state in code.form.clamped else ""
        lines += [
            # Nothing is added where nothing arrived: that would turn -0.0 into 0.0.
            f"        taken = {active}({arriving}_[lid] != 0.0)",
            f"        {state}_[lid] = {state}_[lid] + {arriving}_[lid] if taken else {state}_[lid]",
            f"        {arriving}_[lid] = 0.0",
        ]
    return _source(lines)


def reset_source(code: NeuronCode) -> str:
    """Source of ``reset(count, spike_lid, ...)``, which resets the neurons that spiked."""
    lines = [
        _head("reset", ["count", *reset_arguments(code)]),
        "    for q in range(count):",
        "        lid = _spike_lid_[q]",
        *_read_used(code, code.reset),
        *_assigned(code.reset),
    ]
    return _source(lines)


def operation_source(code: NeuronCode, n: int) -> str:
    """Source of ``operate(step, ...)``, which runs operation `n` for its neurons.

    At an event it has the argument ``count`` in front.
    """
    given, form = operation_arguments(code, n), code.form.operations[n]
    if form.condition is not None:
        return _check_source(code, n)
    if form.event:
        head = ["    for q in range(count):", "        lid = _event_lid_[q]"]
        lines = [_head("operate", ["count", *given]), *head]
    else:
        lines = [_head("operate", given), "    for lid in range(_last_spike_.size):"]
    part = form.part
    if part is not None:
        lines += [
            f"        if not ({part[0]} <= _index_[lid] < {part[1]}):",
            "            continue",
        ]
    operation = code.operations[n]
    return _source([*lines, *_read_used(code, operation), *_assigned(operation)])


def _check_source(code: NeuronCode, n: int) -> str:
    """Source of ``operate(step, ...)``, which lists the neurons with an event, and counts them."""
    (condition,) = code.operations[n]
    return _source(
        [
            _head("operate", operation_arguments(code, n)),
            "    count = 0",
            "    for lid in range(_last_spike_.size):",
            *_read_used(code, [condition]),
            f"        if {condition.value}:",
            "            _event_lid_[count] = lid",
            "            count += 1",
            "    return count",
        ]
    )


def _assigned(assigned: Iterable[Line]) -> list[str]:
    """Lines that assign, and store what is a variable."""
    lines = []
    for line in assigned:
        lines.append(f"        v_{line.target} = {line.value}")
        if line.stored:
            lines.append(f"        {line.stored} = v_{line.target}")
    return lines


def free_source(code: NeuronCode) -> str:
    """Source of ``note_free(step, free, last_spike, refractory_steps)``.

    It notes which neurons are not refractory after the threshold of a step.
    """
    element = "[_lid]" if code.form.refractory_steps in code.per_neuron else ""
    return _source(
        [
            "def note_free(_step, a__free, a__last_spike, v_steps):",
            "    for _lid in range(a__free.size):",
            f"        _steps = v_steps{element}",
            "        a__free[_lid] = _step - a__last_spike[_lid] > _steps",
        ]
    )


def _head(name: str, arguments: Iterable[str]) -> str:
    return f"def {name}({', '.join(arguments)}):"


def _source(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _read(coefficient: str, code: NeuronCode) -> str:
    element = "[lid]" if coefficient in code.per_neuron else ""
    return f"        v_{coefficient} = {coefficient}_{element}"


def _read_used(code: NeuronCode, lines: Iterable[Line]) -> list[str]:
    """Lines that read the states and coefficients that others use."""
    used = frozenset[str]().union(*(line.used for line in lines))
    read = [f"        v_{s} = {s}_[lid]" for s in code.form.states if f"v_{s}" in used]
    return read + [_read(c, code) for c in coefficient_names(code) if f"v_{c}" in used]


def _active_lines(code: NeuronCode, since: str = "step") -> list[str]:
    """Lines that say whether a neuron is not refractory, after the threshold of a step."""
    if code.form.has_flags:
        return ["        active = _active_[lid] != 0"]
    if not code.form.refractory_steps:
        return ["        active = True"]
    steps = code.form.refractory_steps
    return [_read(steps, code), f"        active = {since} - _last_spike_[lid] > v_{steps}"]


def _active_arguments(code: NeuronCode) -> Given:
    if code.form.has_flags:
        return {"_active_": code.owner["active"]}
    steps = code.form.refractory_steps
    return {f"{steps}_": code.owner.coefficient(steps)} if steps else {}


def coefficient_names(code: NeuronCode) -> list[str]:
    """Names of the coefficients in order."""
    return [c.name for c in code.form.coefficients]


def update_arguments(code: NeuronCode) -> Given:
    """Arguments of the update."""
    return {
        "step": STEP,
        "_spiked_": code.owner["spiked"],
        "_last_spike_": code.owner["last_spike"],
        **_states(code.form.states, code),
        **_kept(code),
        **_coefficients(code),
        **_flags(code),
        **code.shared,
    }


def refresh_arguments(code: NeuronCode) -> Given:
    """Arguments of the refresh."""
    return {
        "step": STEP,
        "_last_spike_": code.owner["last_spike"],
        **_states(code.form.states, code),
        **_coefficients(code),
        **_flags(code),
        **code.shared,
    }


def operation_arguments(code: NeuronCode, n: int) -> Given:
    """Arguments of operation `n`, after the number of neurons at an event."""
    event = code.form.operations[n].event
    lids = {"_event_lid_": code.events[event]["spike_lid"]} if event else {}
    return refresh_arguments(code) | lids


def restore_arguments(code: NeuronCode) -> Given:
    """Arguments of the restore."""
    return {
        "step": STEP,
        "_last_spike_": code.owner["last_spike"],
        **_states(code.form.kept, code),
        **_kept(code),
        **_active_arguments(code),
    }


def absorb_arguments(code: NeuronCode) -> Given:
    """Arguments of the absorption."""
    return {
        "step": STEP,
        "_last_spike_": code.owner["last_spike"],
        **_states([state for pair in code.form.arriving for state in pair], code),
        **_active_arguments(code),
    }


def reset_arguments(code: NeuronCode) -> Given:
    """Arguments of the reset after the number of spikes."""
    used = frozenset[str]().union(*(line.used for line in code.reset))
    return {
        "_spike_lid_": code.owner["spike_lid"],
        **({"step": STEP} if "step" in used else {}),
        **({"_last_spike_": code.owner["last_spike"]} if "_last_spike_" in used else {}),
        **_states(code.form.states, code),
        **_coefficients(code),
        **code.shared,
    }


def _states(states: Iterable[str], code: NeuronCode) -> Given:
    return {f"{state}_": code.owner.state(state) for state in states}


def _kept(code: NeuronCode) -> Given:
    return {f"_kept_{state}_": code.owner.kept(state) for state in code.form.kept}


def _coefficients(code: NeuronCode) -> Given:
    return {f"{name}_": code.owner.coefficient(name) for name in coefficient_names(code)}


def _flags(code: NeuronCode) -> Given:
    return {"_active_": code.owner["active"]} if code.form.has_flags else {}
