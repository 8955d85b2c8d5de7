"""Source of the update of neurons by sub-steps of adaptive size, many neurons at once.

A chunk of neurons tries a sub-step each, in one loop that vectorizes; those that have reached the
end of the step leave the chunk, and the others try again. What a neuron computes does not depend
on who is in the chunk beside it.
"""

from __future__ import annotations

import re

from distsnn.codegen.neurons.neuron_code import NeuronCode, SubStepCode
from distsnn.integrate.adaptive_steps import LEFT, PART
from distsnn.integrate.neuron_form import CROSSED, SubStepForm

SMALLEST_PART = 2.0**-70
# An error below which the next sub-step is twice as long: that grows with the fifth power.
DOUBLED = 0.02
_NAME = re.compile(r"[A-Za-z_]\w*")
# Indices have no sign: numba looks whether one with a sign is negative, and then no loop
# vectorizes.
_LID = "lid = np.uint64(_begin + _n)"


def substep_lines(code: NeuronCode, size: str, read: list[str]) -> list[str]:
    """Lines that advance the states by sub-steps, and begin a loop over the neurons of a chunk.

    Parameters
    ----------
    code : NeuronCode
        A model with sub-steps.
    size : str
        An array of all neurons, without the underscore at its end.
    read : list of str
        Lines that read states and coefficients of neuron ``lid``.
    """
    form = _form(code)
    carried = (*form.variables, LEFT, PART)
    round_of_trials = [
        "for _n in range(_count):",
        *_indented(_with_reads(code, read, _trial_lines(code))),
        "_kept = np.uint64(0)",
        "for _n in range(_count):",
        *_indented(
            [
                "lid = _of_lid[_n]",
                *_reset_lines(code, read),
                f"if _of_{LEFT}[_n] > 0.0:",
                *_indented([f"_of_{x}[_kept] = _of_{x}[_n]" for x in (*carried, "lid")]),
                "    _kept += np.uint64(1)",
                "else:",
                *_indented([f"{x}_[lid] = _of_{x}[_n]" for x in form.variables]),
            ]
        ),
        "_count = np.int64(_kept)",
    ]
    return [
        *_chunk_arrays(code),
        f"for _begin in range(0, {size}_.size, CHUNK):",
        *_indented(
            [
                "_first = np.uint64(_begin)",
                f"_size = min(CHUNK, {size}_.size - _begin)",
                "for _n in range(_size):",
                *_indented([_LID, *_begin_lines(code, read)]),
                "_count = _size",
                "while _count > 0:",
                *_indented(round_of_trials),
                "for _n in range(_size):",
            ]
        ),
    ]


def chunk_reads(code: NeuronCode, read: list[str]) -> list[str]:
    """Lines that read what the rest of the step uses of neuron `_n` of a chunk."""
    crossed = [f"v_{CROSSED} = _of_{CROSSED}[_n] != 0"] if _form(code).threshold else []
    active = ["active = _of_active[_n] != 0"] if code.active else []
    return [_LID, *read, *active, *crossed]


def needed_lines(lines: list[str]) -> list[str]:
    """Those lines that store an element of an array, and those whose names they use."""
    used, needed = set[str](), list[str]()
    for line in reversed(lines):
        target = line.split(" = ", 1)[0]
        if "[" in target or target in used:
            needed.append(line)
            used.update(_NAME.findall(line))
    return needed[::-1]


def _form(code: NeuronCode) -> SubStepForm:
    assert code.form.substeps is not None
    return code.form.substeps


def _code(code: NeuronCode) -> SubStepCode:
    assert code.substeps is not None
    return code.substeps


def _chunk_arrays(code: NeuronCode) -> list[str]:
    """Lines that make the arrays of a chunk.

    `active` and whether a neuron has spiked stand at its place among all of a chunk, the others at
    that among those that still take part.
    """
    form = _form(code)
    numbers = [f"_of_{CROSSED}", "_crossing"] if form.threshold is not None else []
    numbers += ["_of_active"] if code.active else []
    return [
        *(f"_of_{x} = chunk_values(np.float64)" for x in (*form.variables, LEFT, PART)),
        "_of_lid = chunk_values(np.uint64)",
        *(f"{name} = chunk_values(np.int64)" for name in numbers),
    ]


def _begin_lines(code: NeuronCode, read: list[str]) -> list[str]:
    form = _form(code)
    active = [f"_of_active[_n] = {code.active}"] if code.active else []
    return [
        *needed_lines([*read, *active]),
        *([f"_of_{CROSSED}[_n] = 0"] if form.threshold is not None else []),
        *(f"_of_{x}[_n] = {x}_[lid]" for x in form.variables),
        f"_of_{LEFT}[_n] = 1.0",
        f"_of_{PART}[_n] = 1.0",
        "_of_lid[_n] = lid",
    ]


def _with_reads(code: NeuronCode, read: list[str], lines: list[str]) -> list[str]:
    """Lines, and in front of them those that read what they use of place `_n` of the chunk."""
    variables = _form(code).variables
    elsewhere = {f"v_{x} = {x}_[lid]" for x in variables}
    found = [
        *(line for line in read if line not in elsewhere),
        *(f"v_{x} = _of_{x}[_n]" for x in (*variables, LEFT, PART)),
        *(["active = _of_active[lid - _first] != 0"] if code.active else []),
    ]
    used = set(_NAME.findall(" ".join(lines)))
    return ["lid = _of_lid[_n]", *(line for line in found if line.split()[0] in used), *lines]


def _trial_lines(code: NeuronCode) -> list[str]:
    """Lines that try a sub-step, and say how long the next one is.

    Parts of a step are sums of powers of 1/2, so that they are exact. Where the smallest is too
    long, the states become NaN, which the end of the run tells.
    """
    form, substeps = _form(code), _code(code)
    part, left = f"v_{PART}", f"v_{LEFT}"
    active = "active & " if code.active else ""
    lines = [f"v_{line.target} = {line.value}" for line in substeps.statements]
    lines += [f"_error_{k} = {error}" for k, error in enumerate(substeps.errors)]
    lines += [
        f"_within = {_all_below(substeps, '1.0')}",
        f"_taken = _within | ({part} <= {SMALLEST_PART!r})",
        f"_taken_part = {part} if _within else {left}",
        *(
            f"v_{x} = (v__new_{x} if _within else math.nan) if _taken else v_{x}"
            for x in form.variables
        ),
        f"{left} = {left} - _taken_part if _taken else {left}",
    ]
    if form.arriving is not None:
        state, arriving = (f"v_{name}" for name in form.arriving)
        last = f"{active}_taken & ({left} <= 0.0)"
        lines.append(f"{state} = {state} + {arriving} if {last} else {state}")
    if substeps.threshold:
        lines.append(f"_crossing[_n] = {active}_taken & ({substeps.threshold})")
    calm = _all_below(substeps, repr(DOUBLED))
    lines += [
        f"_next_part = min({left}, 2.0 * _taken_part if {calm} else _taken_part)",
        f"{part} = _next_part if _taken else 0.5 * {part}",
        *(f"_of_{x}[_n] = v_{x}" for x in (*form.variables, LEFT, PART)),
    ]
    return lines


def _reset_lines(code: NeuronCode, read: list[str]) -> list[str]:
    """Lines that reset a neuron which spikes in a sub-step."""
    form, substeps = _form(code), _code(code)
    if not substeps.threshold:
        return []
    targets = [line.target for line in substeps.reset]
    steps = code.form.refractory_steps
    free = f"v_{steps} < 1" if steps else "False"
    lines = [
        f"_of_{CROSSED}[lid - _first] = 1",
        *(f"v_{line.target} = {line.value}" for line in substeps.reset),
        *(
            f"_of_{x}[_n] = v_{x}" if x in form.variables else f"{x}_[lid] = v_{x}"
            for x in code.form.states
            if x in targets
        ),
        *([f"_of_active[lid - _first] = {free}"] if code.active else []),
    ]
    return ["if _crossing[_n] != 0:", *_indented(_with_reads(code, read, lines)[1:])]


def _all_below(substeps: SubStepCode, bound: str) -> str:
    return " & ".join(f"(_error_{k} <= {bound})" for k in range(len(substeps.errors)))


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
