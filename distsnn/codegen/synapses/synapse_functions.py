"""Source of the numba functions of equation-based synapses: events, sums, steps."""

from __future__ import annotations

from distsnn.integrate.neuron_form import NeuronForm
from distsnn.integrate.synapse_form import Code, Pathway, Summed, SynapseForm
from distsnn.language.types import BOOLEAN, FLOAT

# Names the expression may use that are no variables: the arguments they need, and their value.
_SPECIAL = {
    "t": (("v_dt",), "_step * v_dt"),
    "dt": (("v_dt",), ""),
    "t_in_timesteps": ((), "_step"),
    "i": (("a__source", "v__source_start"), "np.int64(a__source[_k]) - v__source_start"),
    "j": (
        ("a__index_of_lid", "v__target_start"),
        "np.int64(a__index_of_lid[_lid]) - v__target_start",
    ),
    "N_pre": (("v_N_pre",), ""),
    "N_post": (("v_N_post",), ""),
    "N": (("v_N",), ""),
    "N_incoming": (("a__n_incoming",), "a__n_incoming[_lid]"),
    "N_outgoing": (("a__n_outgoing", "a__source"), "a__n_outgoing[a__source[_k]]"),
    "lastspike_post": (("a__last_spike", "v_dt"), "max(a__last_spike[_lid] * v_dt, -1e7)"),
    "not_refractory_post": (("a__free",), "a__free[_lid] != 0"),
    "lastspike_pre": (
        ("a__last_spike_pre", "a__source", "v_dt"),
        "max(a__last_spike_pre[a__source[_k]] * v_dt, -1e7)",
    ),
    "not_refractory_pre": (("a__free_pre", "a__source"), "a__free_pre[a__source[_k]] != 0"),
}
# Clock-driven variables advance before the threshold of the step, whose spikes are known already.
_BEFORE_THRESHOLD = _SPECIAL | {
    "lastspike_post": (
        ("a__last_spike", "a__earlier_spike", "v_dt"),
        "max((a__earlier_spike[_lid] if a__last_spike[_lid] == _step else a__last_spike[_lid])"
        " * v_dt, -1e7)",
    ),
    "not_refractory_post": (
        ("a__free", "a__last_spike"),
        "(a__free[_lid] != 0) | (a__last_spike[_lid] == _step)",
    ),
    "lastspike_pre": (
        ("a__last_spike_pre", "a__earlier_spike_pre", "a__source", "v_dt"),
        "max((a__earlier_spike_pre[a__source[_k]] if a__last_spike_pre[a__source[_k]] == _step"
        " else a__last_spike_pre[a__source[_k]]) * v_dt, -1e7)",
    ),
    "not_refractory_pre": (
        ("a__free_pre", "a__last_spike_pre", "a__source"),
        "(a__free_pre[a__source[_k]] != 0) | (a__last_spike_pre[a__source[_k]] == _step)",
    ),
}


def event_arguments(form: SynapseForm, pathway: Pathway, first: bool) -> list[str]:
    """Arguments of `event_source`'s function; `first` is the pathway that sorts the synapses."""
    own = ["_step", "_due", "_work_segment", "_work_begin", "a__segment_synapse"]
    return own + ([] if first else ["a__synapse"]) + _code_arguments(form, pathway.code, True)


def event_source(form: SynapseForm, pathway: Pathway, first: bool, name: str) -> str:
    """Source of the function that lets the due events of a pathway act; it returns their number.

    Parameters
    ----------
    form : SynapseForm
    pathway : Pathway
    first : bool
        Whether positions in the pathway's table are those of the synapses themselves.
    name : str
        Name of the function.
    """
    lines = [
        f"def {name}({', '.join(event_arguments(form, pathway, first))}):",
        "    _events = 0",
        "    for _q in range(_due):",
        *_prefetch(form, pathway, first),
        "        _first = _work_begin[_q]",
        "        _last = a__segment_synapse[_work_segment[_q] + 1]",
        "        for _n in range(_first, _last):",
        f"            _k = {'_n' if first else 'a__synapse[_n]'}",
        *_turn(form, pathway.code, 12),
        "        _events += _last - _first",
        "    return _events",
    ]
    return "\n".join(lines) + "\n"


def _prefetch(form: SynapseForm, pathway: Pathway, first: bool) -> list[str]:
    """Lines that ask for the memory of a later segment, as `kernels.deliver.deliver` does."""
    used = pathway.code.reads | pathway.code.writes
    asked = (
        {"a__target": 16} | {f"a_{v}": 8 for v in form.variables if v in used}
        if first
        else {"a__synapse": 16}
    )
    lines = [
        "if _q + 4 < _due:",
        "    _ahead = _work_begin[_q + 4]",
        "    _end = min(a__segment_synapse[_work_segment[_q + 4] + 1], _ahead + 256)",
    ]
    for name, per_line in asked.items():
        lines += [
            f"    for _n in range(_ahead, _end, {per_line}):",
            f"        prefetch({name}, _n)",
        ]
    return [" " * 8 + line for line in lines]


def step_arguments(form: SynapseForm, code: Code) -> list[str]:
    """Arguments of `step_source`'s function."""
    return ["_step", *_code_arguments(form, code, False)]


def step_source(form: SynapseForm, code: Code, name: str) -> str:
    """Source of the function that computes `code` for every synapse."""
    return (
        "\n".join(
            [
                f"def {name}({', '.join(step_arguments(form, code))}):",
                "    for _k in range(a__target.size):",
                *_turn(form, code, 8),
            ]
        )
        + "\n"
    )


def sum_arguments(form: SynapseForm, summed: Summed) -> list[str]:
    """Arguments of `sum_source`'s function."""
    end = "source" if summed.variable.endswith("_pre") else "target"
    own = ["_step", "_total", f"a__{end}_lids", f"a__{end}"]
    return list(dict.fromkeys([*own, *_code_arguments(form, summed.code, False)]))


def sum_source(form: SynapseForm, summed: Summed, name: str) -> str:
    """Source of the function that sums an expression over the synapses of each neuron."""
    end = "source" if summed.variable.endswith("_pre") else "target"
    return (
        "\n".join(
            [
                f"def {name}({', '.join(sum_arguments(form, summed))}):",
                f"    for _n in range(a__{end}_lids.size):",
                f"        _total[a__{end}_lids[_n]] = 0.0",
                "    for _k in range(a__target.size):",
                *_turn(form, summed.code, 8),
                f"        _total[a__{end}[_k]] += v__summed",
                *_rounded(summed, end),
            ]
        )
        + "\n"
    )


def _rounded(summed: Summed, end: str) -> list[str]:
    """Lines that make sums what the type of their variable stores."""
    if summed.type == FLOAT:
        return []
    one = f"_total[a__{end}_lids[_n]]"
    kept = f"np.float64({one} != 0)" if summed.type == BOOLEAN else f"whole({one})"
    return [f"    for _n in range(a__{end}_lids.size):", f"        {one} = {kept}"]


def _code_arguments(form: SynapseForm, code: Code, updates: bool) -> list[str]:
    used = code.reads | code.writes
    arguments = ["a__target"]
    arguments += [f"a_{v}" for v in form.variables if v in used]
    arguments += [f"a_{x}_post" for x in sorted(form.post_states) if f"{x}_post" in used]
    pre = [f"a_{x}_pre" for x in sorted(form.pre_states) if f"{x}_pre" in used]
    arguments += [*pre, *(["a__source"] if pre else [])]
    arguments += [
        f"v_{c}" for c in (*form.constants, *(c.name for c in form.coefficients)) if c in code.reads
    ]
    arguments += [
        a for s, (needed, _) in _specials(form, code).items() if s in used for a in needed
    ]
    clamped = clamped_writes(form, code) if updates else []
    arguments += ["a__free"] if any(n.endswith("_post") for n in clamped) else []
    arguments += ["a__free_pre"] if any(n.endswith("_pre") for n in clamped) else []
    arguments += code.arrays
    for n in range(code.draws):
        arguments += [f"v__key{n}_0", f"v__key{n}_1"]
    if code.draws:
        arguments += ["a__major", "a__minor", "a__connect"]
    return list(dict.fromkeys(arguments))


def clamped_writes(form: SynapseForm, code: Code) -> list[str]:
    """Names ``x_post`` and ``x_pre`` that `code` writes where their neuron allows it."""
    return sorted(form.clamped & code.writes)


def _turn(form: SynapseForm, code: Code, indent: int) -> list[str]:
    """Code of an event at synapse ``_k``: read, compute, write."""
    used, clamped = code.reads | code.writes, clamped_writes(form, code)
    post = [x for x in sorted(form.post_states) if f"{x}_post" in used]
    pre = [x for x in sorted(form.pre_states) if f"{x}_pre" in used]
    lines = ["_lid = a__target[_k]"]
    lines += [f"v_{v} = a_{v}[_k]" for v in form.variables if v in used]
    lines += [f"v_{x}_post = a_{x}_post[_lid]" for x in post]
    lines += [f"v_{x}_pre = a_{x}_pre[a__source[_k]]" for x in pre]
    lines += [
        f"v_{name} = {value}"
        for name, (_, value) in _specials(form, code).items()
        if name in used and value
    ]
    if any(n.endswith("_post") for n in clamped):
        lines.append("_active_post = a__free[_lid] != 0")
    if any(n.endswith("_pre") for n in clamped):
        lines.append("_active_pre = a__free_pre[a__source[_k]] != 0")
    arrays = {f"{x}_post": f"a_{x}_post[_lid]" for x in post}
    arrays |= {f"{x}_pre": f"a_{x}_pre[a__source[_k]]" for x in pre}
    other = {f"{x}_post": f"{x}_pre" for x in post} | {f"{x}_pre": f"{x}_post" for x in pre}
    for name, expression in code.assignments:
        active = "_active_pre" if name.endswith("_pre") else "_active_post"
        chosen = f"({expression}) if {active} else v_{name}" if name in clamped else expression
        lines.append(f"v_{name} = {chosen}")
        if name in arrays and other[name] in arrays:
            # Both are one where a neuron has a synapse onto itself.
            lines.append(f"{arrays[name]} = v_{name}")
            lines.append(f"v_{other[name]} = {arrays[other[name]]}")
    lines += [f"a_{v}[_k] = v_{v}" for v in form.variables if v in code.writes]
    lines += [f"{place} = v_{name}" for name, place in arrays.items() if name in code.writes]
    return [" " * indent + line for line in lines]


def _specials(form: SynapseForm, code: Code) -> dict[str, tuple[tuple[str, ...], str]]:
    return _BEFORE_THRESHOLD if code is form.continuous else _SPECIAL


def free_source(form: NeuronForm, name: str, per_neuron: frozenset[str]) -> str:
    """Source of ``name(step, free, last_spike, refractory_steps)``.

    It notes which neurons are not refractory after the threshold of a step.
    """
    steps = form.refractory_steps
    return (
        "\n".join(
            [
                f"def {name}(_step, a__free, a__last_spike, v_steps):",
                "    for _lid in range(a__free.size):",
                f"        _steps = v_steps{'[_lid]' if steps in per_neuron else ''}",
                "        a__free[_lid] = _step - a__last_spike[_lid] > _steps",
            ]
        )
        + "\n"
    )
