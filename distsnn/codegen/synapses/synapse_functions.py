"""Source of the numba functions of equation-based synapses: events, sums, steps."""

from __future__ import annotations

import ast
from itertools import count

from distsnn.codegen.emit import emit
from distsnn.codegen.synapses.special_names import specials
from distsnn.codegen.synapses.synapse_arguments import (
    code_of,
    end_of,
    event_arguments,
    step_arguments,
    sum_arguments,
    timed_names,
)
from distsnn.codegen.synapses.synapse_part import SynapsePart
from distsnn.integrate.synapse_form import Code, Pathway, Summed, SynapseForm
from distsnn.language.functions import RANDOM
from distsnn.language.types import BOOLEAN, FLOAT


def event_source(part: SynapsePart, p: int, name: str) -> str:
    """Source of the function that lets the due events of pathway `p` act; returns their number."""
    form, pathway, first = part.form, part.form.pathways[p], p == part.sorting
    lines = [
        f"def {name}({', '.join(event_arguments(part, p))}):",
        "    _events = 0",
        "    for _q in range(_due):",
        *_prefetch(form, pathway, first),
        "        _first = _work_begin[_q]",
        "        _last = a__segment_synapse[_work_segment[_q] + 1]",
        "        for _n in range(_first, _last):",
        f"            _k = {'_n' if first else 'a__synapse[_n]'}",
        *_turn(part, pathway.code, 12),
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


def step_source(part: SynapsePart, kind: str, name: str) -> str:
    """Source of the function that computes what is done for every synapse."""
    code = code_of(part.form, kind)
    lines = [
        f"def {name}({', '.join(step_arguments(part, kind))}):",
        "    for _k in range(a__target.size):",
        *_turn(part, code, 8),
    ]
    return "\n".join(lines) + "\n"


def sum_source(part: SynapsePart, n: int, name: str) -> str:
    """Source of the function that sums an expression over the synapses of each neuron."""
    summed = part.form.summed[n]
    end = end_of(summed.variable)
    lines = [
        f"def {name}({', '.join(sum_arguments(part, n))}):",
        f"    for _n in range(a__{end}_lids.size):",
        f"        _total[a__{end}_lids[_n]] = 0.0",
        "    for _k in range(a__target.size):",
        *_turn(part, summed.code, 8),
        f"        _total[a__{end}[_k]] += v__summed",
        *_rounded(summed, end),
    ]
    return "\n".join(lines) + "\n"


def _rounded(summed: Summed, end: str) -> list[str]:
    """Lines that make sums what the type of their variable stores."""
    if summed.type == FLOAT:
        return []
    one = f"_total[a__{end}_lids[_n]]"
    kept = f"np.float64({one} != 0)" if summed.type == BOOLEAN else f"whole({one})"
    return [f"    for _n in range(a__{end}_lids.size):", f"        {one} = {kept}"]


def _turn(part: SynapsePart, code: Code, indent: int) -> list[str]:
    """Code of an event at synapse ``_k``: read, compute, write."""
    form = part.form
    used, clamped = part.used(code), form.clamped & code.writes
    post = [x for x in sorted(form.post_states) if f"{x}_post" in used]
    pre = [x for x in sorted(form.pre_states) if f"{x}_pre" in used]
    lines = ["_lid = a__target[_k]"]
    lines += [f"v_{v} = a_{v}[_k]" for v in form.variables if v in used]
    lines += [f"v_{x}_post = a_{x}_post[_lid]" for x in post]
    lines += [f"v_{x}_pre = {part.source_of(x)}" for x in pre]
    lines += [
        f"v_{name} = {value}"
        for name, (_, value) in specials(form, code, part.clocks).items()
        if name in used and value
    ]
    if any(n.endswith("_post") for n in clamped):
        lines.append("_active_post = a__free[_lid] != 0")
    if any(n.endswith("_pre") for n in clamped):
        lines.append("_active_pre = a__free_pre[a__source[_k]] != 0")
    arrays = {f"{x}_post": f"a_{x}_post[_lid]" for x in post}
    arrays |= {f"{x}_pre": part.source_of(x) for x in pre}
    other = {f"{x}_post": f"{x}_pre" for x in post} | {f"{x}_pre": f"{x}_post" for x in pre}
    for name, expression in _emitted(code):
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


def _emitted(code: Code) -> list[tuple[str, str]]:
    """Assignments as code; random numbers are counted in their order."""
    arrays, draws = {array.name: array for array in code.arrays}, count()

    def call(node: ast.Call, given: list[str]) -> str:
        assert isinstance(node.func, ast.Name)
        if node.func.id not in RANDOM:
            parts = timed_names(arrays[node.func.id])
            function = "timed_value_2d" if len(given) == 2 else "timed_value"
            return f"{function}({', '.join([*given, *parts])})"
        kernel = "draw_synapse_uniform" if node.func.id == "rand" else "draw_synapse_normal"
        n = next(draws)
        return (
            f"{kernel}(a__major[_k], a__minor[_k], a__connect[_k], _step, v__key{n}_0, v__key{n}_1)"
        )

    return [(name, emit(tree, lambda name: f"v_{name}", call)) for name, tree in code.assignments]
