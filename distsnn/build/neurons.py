"""Parameters, coefficients and initial states of a rank's neurons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from distsnn.build.values import draw_value
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.keys import stream_key
from distsnn.describe.models import LIF_PARAMETERS
from distsnn.describe.values import Distribution, Value
from distsnn.equations.form import NeuronForm
from distsnn.plan.partition import Range


def is_uniform(group: NeuronDescription, variable: str) -> bool:
    """Whether `variable` has one value for all neurons, as far as the description says."""
    uniform = variable not in LIF_PARAMETERS or isinstance(getattr(group.model, variable), float)
    for assignment in group.assignments:
        if assignment.variable == variable:
            covers_all = assignment.start == 0 and assignment.stop == group.size
            uniform = isinstance(assignment.value, float) and covers_all
    return uniform


def per_neuron_coefficients(group: NeuronDescription, form: NeuronForm) -> frozenset[str]:
    """Coefficients that differ between neurons, as far as the description says."""
    return frozenset(
        c.name
        for c in form.coefficients
        if not all(is_uniform(group, name) for name in c.depends_on)
    )


def local_value(
    group: NeuronDescription, variable: str, ranges: tuple[Range, ...], seed: int, default: Value
) -> np.ndarray:
    """Value of a variable (float64 (local neurons,)) after all assignments in order."""
    n = sum(r.stop - r.start for r in ranges)
    out = np.empty(n)
    _assign(
        out,
        ranges,
        0,
        group.size,
        default,
        lambda: stream_key(seed, f"{variable} of the model", group.name),
    )
    for assignment in group.assignments:
        if assignment.variable == variable:
            order = assignment.order
            _assign(
                out,
                ranges,
                assignment.start,
                assignment.stop,
                assignment.value,
                lambda order=order: stream_key(  # type: ignore[misc]  # bound at once
                    seed, f"{variable} assigned {order}", group.name
                ),
            )
    return out


def local_parameters(
    group: NeuronDescription,
    ranges: tuple[Range, ...],
    seed: int,
) -> dict[str, float | np.ndarray]:
    """Parameters of the model: a number where uniform, else float64 (local neurons,)."""
    parameters: dict[str, float | np.ndarray] = {}
    for name in LIF_PARAMETERS:
        if is_uniform(group, name):
            last = [a.value for a in group.assignments if a.variable == name]
            value = last[-1] if last else getattr(group.model, name)
            assert isinstance(value, float)
            parameters[name] = value
        else:
            parameters[name] = local_value(group, name, ranges, seed, getattr(group.model, name))
    return parameters


def local_coefficients(
    form: NeuronForm,
    parameters: dict[str, float | np.ndarray],
    dt: float,
    per_neuron: frozenset[str],
    n: int,
) -> dict[str, object]:
    """Coefficients: numbers, or arrays (n,) for those in `per_neuron`."""
    values = {**parameters, "dt": dt}
    coefficients: dict[str, object] = {}
    for c in form.coefficients:
        value = np.asarray(c.evaluate(values))
        dtype = np.int64 if value.dtype.kind == "i" else np.float64
        if c.name in per_neuron:
            coefficients[c.name] = np.ascontiguousarray(
                np.broadcast_to(value, (n,)), dtype=dtype
            ).copy()
        else:
            coefficients[c.name] = dtype(value)
    return coefficients


def _assign(
    out: np.ndarray,
    ranges: tuple[Range, ...],
    start: int,
    stop: int,
    value: Value,
    key: Callable[[], tuple[int, int]],
) -> None:
    for r in ranges:
        low, high = max(r.start, start), min(r.stop, stop)
        if low >= high:
            continue
        part = out[r.first_lid + low - r.start : r.first_lid + high - r.start]
        if isinstance(value, Distribution):
            index = np.arange(low, high, dtype=np.int64)
            draw_value(part, value, index, np.zeros_like(index), key())
        elif isinstance(value, np.ndarray):
            part[:] = value[low - start : high - start]
        else:
            part[:] = value
