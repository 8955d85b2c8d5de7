"""Source of the numba kernels of one neuron model: refresh, update, restore, absorb, reset.

They have no arguments that their lines do not name: every argument takes time to compile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from distsnn.codegen.blocks import STEP
from distsnn.codegen.neurons.neuron_code import Given, Line, NeuronCode
from distsnn.codegen.neurons.substep_functions import chunk_reads, needed_lines, substep_lines
from distsnn.integrate.neuron_form import CROSSED

# Shorter ones are compiled line by line.
_LONG_CHAIN = 16


def update_source(code: NeuronCode, apart: bool = False) -> str:
    """Source of ``update(step, spiked, last_spike, states..., kept..., coefficients...)``.

    The function advances all neurons from t_n to t_(n+1) and, unless the threshold stands `apart`,
    flags in `spiked` (uint8) those that cross it. A threshold of sub-steps never stands apart.
    """
    return _source([_head("update", update_arguments(code, apart)), *_update_lines(code, apart)])


def _update_lines(code: NeuronCode, apart: bool) -> list[str]:
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
    needed = [f"{depth}{line}" for line in needed_lines(lines) or ["pass"]]
    return [*(f"    {line}" for line in loop), *needed]


def threshold_source(code: NeuronCode, since: str = "step") -> str:
    """Source of ``threshold(...)``, the threshold alone, of a group whose update is `apart`.

    `since` is the step of the last update, as code.
    """
    head = _head("threshold", threshold_arguments(code, since))
    return _source([head, *_threshold_lines(code, since)])


def _threshold_lines(code: NeuronCode, since: str) -> list[str]:
    form, spiked = code.form, code.threshold or "False"
    size = form.states[0] if form.states else "_last_spike"
    lines = [f"v__new_{s} = {s}_[lid]" for s in form.states]
    lines += [_read(c, code).strip() for c in coefficient_names(code)]
    lines += [line.strip() for line in _active_lines(code, since)]
    if code.substeps is not None and code.substeps.threshold:
        spiked = "_spiked_[lid] != 0"
    elif code.active:
        spiked = f"active & ({spiked})"
    # What events between have added stays.
    lines += [f"_kept_{s}_[lid] = v__new_{s}" for s in form.kept]
    needed = needed_lines([*lines, *_spiking_lines(code, spiked)])
    return [f"    for lid in range({size}_.size):", *(f"        {line}" for line in needed)]


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
    return _source([_head("refresh", refresh_arguments(code)), *_refresh_lines(code)])


def _refresh_lines(code: NeuronCode) -> list[str]:
    return [
        "    for lid in range(_last_spike_.size):",
        *_read_used(code, code.refreshed),
        *_assigned(code.refreshed),
    ]


def restore_source(code: NeuronCode) -> str:
    """Source of ``restore(step, last_spike, kept states..., kept..., refractory_steps)``.

    It undoes what events did to clamped states of refractory neurons.
    """
    return _source([_head("restore", restore_arguments(code)), *_restore_lines(code)])


def _restore_lines(code: NeuronCode) -> list[str]:
    return [
        "    for lid in range(_last_spike_.size):",
        *_active_lines(code),
        *(f"        {s}_[lid] = {s}_[lid] if active else _kept_{s}_[lid]" for s in code.form.kept),
    ]


def absorb_source(code: NeuronCode) -> str:
    """Source of ``absorb(step, last_spike, states..., active or refractory_steps)``.

    It adds what events of the step itself have brought to states, but in refractory neurons not to
    those that stand still.
    """
    return _source([_head("absorb", absorb_arguments(code)), *_absorb_lines(code)])


def _absorb_lines(code: NeuronCode) -> list[str]:
    lines = ["    for lid in range(_last_spike_.size):", *_active_lines(code)]
    for state, arriving in code.form.arriving:
        active = "active & " if state in code.form.clamped else ""
        lines += [
            # Nothing is added where nothing arrived: that would turn -0.0 into 0.0.
            f"        taken = {active}({arriving}_[lid] != 0.0)",
            f"        {state}_[lid] = {state}_[lid] + {arriving}_[lid] if taken else {state}_[lid]",
            f"        {arriving}_[lid] = 0.0",
        ]
    return lines


def reset_source(code: NeuronCode) -> str:
    """Source of ``reset(count, spike_lid, ...)``, which resets the neurons that spiked."""
    return _source([_head("reset", ["count", *reset_arguments(code)]), *_reset_lines(code)])


def _reset_lines(code: NeuronCode) -> list[str]:
    return [
        "    for q in range(count):",
        "        lid = _spike_lid_[q]",
        *_read_used(code, code.reset),
        *_assigned(code.reset),
    ]


def operation_source(code: NeuronCode, n: int) -> str:
    """Source of ``operate(step, ...)``, which runs operation `n` for its neurons.

    At an event it has the argument ``count`` in front, unless it looks for one: then it lists the
    neurons with an event, and returns their number. The values that `moved_on` has are left out.
    """
    form, arguments = code.form.operations[n], [*operation_arguments(code, n)]
    has_count = form.event and form.condition is None
    head = _head("operate", ["count", *arguments] if has_count else arguments)
    return _source([head, *_operation_lines(code, n)])


def _operation_lines(code: NeuronCode, n: int) -> list[str]:
    form, operation = code.form.operations[n], code.operations[n]
    if form.condition is not None:
        (condition,) = operation
        return [
            "    count = 0",
            "    for lid in range(_last_spike_.size):",
            *_read_used(code, operation),
            f"        if {condition.value}:",
            "            _event_lid_[count] = lid",
            "            count += 1",
            "    return count",
        ]
    if form.event:
        lines = ["    for q in range(count):", "        lid = _event_lid_[q]"]
    else:
        lines = ["    for lid in range(_last_spike_.size):"]
    if form.part is not None:
        lines += [
            f"        if not ({form.part[0]} <= _index_[lid] < {form.part[1]}):",
            "            continue",
        ]
    left = operation[: len(operation) - sum(len(chain) - 1 for chain in moved_on(code, n))]
    return [*lines, *(_read_used(code, left) + _assigned(left) or ["        pass"])]


def moved_on(code: NeuronCode, n: int) -> list[list[str]]:
    """Chains of variables at the end of operation `n`, each of which takes the next one's value.

    As many lines take long to compile, and a loop over arrays does the same. Only chains that are
    longer than `_LONG_CHAIN` are given, of operations on all neurons.
    """
    form, lines = code.form.operations[n], list(code.operations[n])
    if form.condition is not None or form.event or form.part is not None:
        return []
    chains: list[list[str]] = []
    moved = set[str]()
    while lines:
        chain = [_copied(lines[-1], code), lines[-1].target]
        while (
            len(lines) >= len(chain)
            and _copied(lines[-len(chain)], code) == chain[-1]
            # In a ring the first value is the last one's as well.
            and lines[-len(chain)].target not in chain
        ):
            chain.append(lines[-len(chain)].target)
        if not chain[0] or len(chain) <= _LONG_CHAIN or not moved.isdisjoint(chain):
            break
        chains.append(chain[::-1])
        moved.update(chain)
        del lines[-(len(chain) - 1) :]
    return chains[::-1]


def _copied(line: Line, code: NeuronCode) -> str:
    """The state that a line copies to another, empty if it does something else."""
    name = line.value.removeprefix("v_")
    return name if {name, line.target} <= {*code.form.states} and line.stored else ""


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


def coefficient_names(code: NeuronCode) -> list[str]:
    """Names of the coefficients in order."""
    return [c.name for c in code.form.coefficients]


def update_arguments(code: NeuronCode, apart: bool = False) -> Given:
    """Arguments of the update."""
    return _named(_all_arguments(code), _update_lines(code, apart))


def threshold_arguments(code: NeuronCode, since: str = "step") -> Given:
    """Arguments of the threshold."""
    return _named(_all_arguments(code), _threshold_lines(code, since))


def refresh_arguments(code: NeuronCode) -> Given:
    """Arguments of the refresh."""
    return _named(_all_arguments(code), _refresh_lines(code))


def operation_arguments(code: NeuronCode, n: int) -> Given:
    """Arguments of operation `n`, after the number of neurons at an event."""
    event = code.form.operations[n].event
    lids: Given = {"_event_lid_": code.events[event]["spike_lid"]} if event else {}
    return _named({**_all_arguments(code), **lids}, _operation_lines(code, n))


def reset_arguments(code: NeuronCode) -> Given:
    """Arguments of the reset after the number of spikes."""
    lids: Given = {"_spike_lid_": code.owner["spike_lid"]}
    return _named({**lids, **_all_arguments(code)}, _reset_lines(code))


def restore_arguments(code: NeuronCode) -> Given:
    """Arguments of the restore."""
    return _named(_all_arguments(code), _restore_lines(code))


def absorb_arguments(code: NeuronCode) -> Given:
    """Arguments of the absorption."""
    return _named(_all_arguments(code), _absorb_lines(code))


def _all_arguments(code: NeuronCode) -> Given:
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


def _named(given: Given, lines: Iterable[str]) -> Given:
    """Those that some lines name."""
    names = set(re.findall(r"\w+", "\n".join(lines)))
    return {name: argument for name, argument in given.items() if name in names}


def _states(states: Iterable[str], code: NeuronCode) -> Given:
    return {f"{state}_": code.owner.state(state) for state in states}


def _kept(code: NeuronCode) -> Given:
    return {f"_kept_{state}_": code.owner.kept(state) for state in code.form.kept}


def _coefficients(code: NeuronCode) -> Given:
    return {f"{name}_": code.owner.coefficient(name) for name in coefficient_names(code)}


def _flags(code: NeuronCode) -> Given:
    return {"_active_": code.owner["active"]} if code.form.has_flags else {}
