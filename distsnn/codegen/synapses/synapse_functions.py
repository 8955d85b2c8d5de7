"""Source of the numba functions of equation-based synapses: events, sums, steps."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import count
from types import MappingProxyType

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
from distsnn.integrate.synapse_form import POST, Code, Summed
from distsnn.language.functions import RANDOM, RELAX
from distsnn.language.types import BOOLEAN, FLOAT

_NOTHING: Mapping[str, str] = MappingProxyType({})
# Synapses that an event asks for before their turn.
_AHEAD = 8
# Functions that vectors have.
_OF_VECTORS = frozenset({"exp", "expm1", "exprel", "log", "log1p", "tanh", RELAX})
_ONE_LOOP = ["    for _k in range(a__target.size):", "        _lid = a__target[_k]"]
# Without a sign: numba asks whether an index with one is negative, and then no loop vectorizes.
_IN_CHUNK = ["            _k = np.uint64(_begin + _n)", "            _lid = a__target[_k]"]


def event_source(part: SynapsePart, p: int, name: str) -> str:
    """Source of the function that lets the due events of pathway `p` act; returns their number.

    It asks for the memory of a later segment, as `kernels.deliver.deliver` does, and, where the
    synapses of a segment lie apart, for that of later synapses.
    """
    form, pathway = part.form, part.form.pathways[p]
    used = pathway.code.reads | pathway.code.writes
    arrays = [f"a_{v}" for v in form.variables if v in used]
    target, one_target = "_lid = a__target[_k]", ""
    if pathway.after == POST:
        # All synapses of a segment have the target that has spiked.
        target, one_target = "", "        _lid = a__target[a__synapse[_first]]"
    else:
        arrays.append("a__target")
    if p == part.sorting:
        ahead, each = arrays, ["_k = np.uint64(_n)"]
    else:
        ahead = ["a__synapse"]
        each = ["_k = a__synapse[_n]", f"_later = a__synapse[min(_n + {_AHEAD}, _last - 1)]"]
        each += [f"prefetch({array}, _later)" for array in arrays]
    lines = [
        f"def {name}({', '.join(event_arguments(part, p))}):",
        "    _events = 0",
        "    for _q in range(_due):",
        "        if _q + 4 < _due:",
        "            _ahead = _work_begin[_q + 4]",
        "            _end = min(a__segment_synapse[_work_segment[_q + 4] + 1], _ahead + 256)",
        "            for _n in range(_ahead, _end, 8):",
        *(f"                prefetch({array}, _n)" for array in ahead),
        "        _first = _work_begin[_q]",
        "        _last = a__segment_synapse[_work_segment[_q] + 1]",
        one_target,
        "        for _n in range(_first, _last):",
        *(f"            {line}" for line in [*each, target] if line),
        *_turn(part, pathway.code, 12),
        "        _events += _last - _first",
        "    return _events",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def step_source(part: SynapsePart, kind: str, name: str) -> str:
    """Source of the function that computes what is done for every synapse."""
    code, given = code_of(part.form, kind), step_arguments(part, kind)
    neurons = {given[f"a_{x}"] for x in _places(part, code)}
    written = {given[f"a_{x}"] for x in code.writes if f"a_{x}" in given}
    apart = bool(neurons) and neurons.isdisjoint(written) and not _looks_up(part, code)
    lines = [
        f"def {name}({', '.join(given)}):",
        *(_chunks(part, code) if apart else _ONE_LOOP + _turn(part, code, 8)),
    ]
    return "\n".join(lines) + "\n"


def sum_source(part: SynapsePart, n: int, name: str) -> str:
    """Source of the function that sums an expression over the synapses of each neuron."""
    summed = part.form.summed[n]
    end, given = end_of(summed.variable), sum_arguments(part, n)
    apart = list(given.values()).count(given["_total"]) == 1 and not part.indices_in(summed.code)
    if _has_exponential(summed.code) and apart:
        loop = [
            "    _value = chunk_values(np.float64)",
            *_chunks(part, summed.code),
            "            _value[_n] = v__summed",
            "        for _n in range(_size):",
            *_IN_CHUNK,
            f"            _total[a__{end}[_k]] += _value[_n]",
        ]
    else:
        loop = [
            *_ONE_LOOP,
            *_turn(part, summed.code, 8),
            f"        _total[a__{end}[_k]] += v__summed",
        ]
    lines = [
        f"def {name}({', '.join(given)}):",
        f"    for _n in range(a__{end}_lids.size):",
        f"        _total[a__{end}_lids[_n]] = 0.0",
        *loop,
        *_rounded(summed, end),
    ]
    return "\n".join(lines) + "\n"


def _chunks(part: SynapsePart, code: Code) -> list[str]:
    """The beginning of loops over all synapses, a chunk at a time: read neurons, then compute.

    Nothing but arrays of synapses and the stack is left to the second, so that it vectorizes.
    """
    places = _places(part, code)
    return [
        *(f"    _of_{name} = chunk_values(np.float64)" for name in places),
        "    for _begin in range(0, a__target.size, CHUNK):",
        "        _size = min(CHUNK, a__target.size - _begin)",
        "        for _n in range(_size):",
        *_IN_CHUNK,
        *(
            f"            _of_{name}[_n] = a_{name}[one_by_one({place})]"
            for name, place in places.items()
        ),
        "        for _n in range(_size):",
        *_IN_CHUNK,
        *_turn(part, code, 12, {name: f"_of_{name}[_n]" for name in places}),
    ]


def _places(part: SynapsePart, code: Code) -> dict[str, str]:
    """Code of where each ``x_post`` and ``x_pre`` that code uses stands in its array."""
    used, form = part.used(code), part.form
    found = {f"{x}_post": "_lid" for x in sorted(form.post_states)}
    found |= {f"{x}_pre": part.index_of(x) for x in sorted(form.pre_states)}
    return {name: place for name, place in found.items() if name in used}


def _values(part: SynapsePart, code: Code) -> dict[str, str]:
    """Code of the value of each ``x_post`` and ``x_pre`` that code uses."""
    found = {name: f"a_{name}[{place}]" for name, place in _places(part, code).items()}
    sources = {f"{x}_pre": part.source_of(x) for x in part.form.pre_states}
    return {name: sources.get(name, value) for name, value in found.items()}


def _looks_up(part: SynapsePart, code: Code) -> bool:
    """Whether code reads further arrays of neurons, TimedArrays, or elements that variables say."""
    further = specials(part.form, code, part.clocks).items()
    arrays = any(name in code.reads and "[" in v for name, (_, v) in further)
    return bool(code.arrays) or bool(part.indices_in(code)) or arrays


def _has_exponential(code: Code) -> bool:
    """Whether code calls a function that vectors have."""
    return any(
        isinstance(node, ast.Name) and node.id in _OF_VECTORS
        for _, tree in code.assignments
        for node in ast.walk(tree)
    )


def _rounded(summed: Summed, end: str) -> list[str]:
    """Lines that make sums what the type of their variable stores."""
    if summed.type == FLOAT:
        return []
    one = f"_total[a__{end}_lids[_n]]"
    kept = f"np.float64({one} != 0)" if summed.type == BOOLEAN else f"whole({one})"
    return [f"    for _n in range(a__{end}_lids.size):", f"        {one} = {kept}"]


def _turn(
    part: SynapsePart, code: Code, indent: int, seen: Mapping[str, str] = _NOTHING
) -> list[str]:
    """Code of an event at synapse ``_k`` of target ``_lid``: read, compute, write.

    `seen` has code of what was read of neurons before.
    """
    form = part.form
    used, clamped = part.used(code), form.clamped & code.writes
    arrays = _values(part, code)
    lines = [f"v_{v} = a_{v}[_k]" for v in form.variables if v in used]
    lines += [f"v_{name} = {seen.get(name, value)}" for name, value in arrays.items()]
    lines += [
        f"v_{name} = {value}"
        for name, (_, value) in specials(form, code, part.clocks).items()
        if name in used and value
    ]
    if any(n.endswith("_post") for n in clamped):
        lines.append("_active_post = a__free[_lid] != 0")
    if any(n.endswith("_pre") for n in clamped):
        lines.append("_active_pre = a__free_pre[a__source[_k]] != 0")
    for name, expression in _emitted(code):
        active = "_active_pre" if name.endswith("_pre") else "_active_post"
        chosen = f"({expression}) if {active} else v_{name}" if name in clamped else expression
        lines.append(f"v_{name} = {chosen}")
        other = name[:-4] + "pre" if name.endswith("_post") else name[:-3] + "post"
        if name in arrays and other in arrays:
            # Both are one where a neuron has a synapse onto itself.
            lines.append(f"{arrays[name]} = v_{name}")
            lines.append(f"v_{other} = {arrays[other]}")
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
