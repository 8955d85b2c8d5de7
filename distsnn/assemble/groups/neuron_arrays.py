"""Parameters, coefficients and initial states of a rank's neurons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np

from distsnn.assemble.values.draws import drawn_values
from distsnn.assemble.values.expressions import neuron_values
from distsnn.codegen.program_arguments import Argument
from distsnn.describe.groups import Assignment, NeuronDescription
from distsnn.describe.keys import assignment_key, in_trial, stream_key
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.group_receptors import receptor_parameters
from distsnn.describe.models.receptors.receptor import Coefficient
from distsnn.describe.values.given import Distribution, Value
from distsnn.describe.values.given_expressions import Expression, Names, NeuronEquations
from distsnn.errors import ParameterError
from distsnn.language.objects.neuron_equations import parse_model
from distsnn.language.types import FLOAT, stored_values
from distsnn.layout.partition import Range, index_of


def is_uniform(group: NeuronDescription, variable: str) -> bool:
    """Whether `variable` has one value for all neurons, as far as the description says."""
    made = group.by_variable.get(variable)
    if made is None:
        return isinstance(group.parameters.get(variable, 0.0), float)
    last = made[-1]
    return last.start == 0 and last.stop == group.size and isinstance(last.value, float)


def per_neuron_coefficients(
    group: NeuronDescription, coefficients: Iterable[Coefficient]
) -> frozenset[str]:
    """Names of those coefficients that differ between neurons, as far as the description says."""
    return frozenset(
        c.name for c in coefficients if not all(is_uniform(group, name) for name in c.depends_on)
    )


def local_value(
    group: NeuronDescription,
    variable: str,
    ranges: tuple[Range, ...],
    seed: int,
    default: Value,
    dt: float,
    before: int | None = None,
) -> np.ndarray:
    """Value of a variable (float64 (local neurons,)) after all assignments in order.

    `default` is its value without any; `dt` in ms is for expressions that depend on it. Only the
    assignments of an order below `before` count, if that is given.
    """
    n, trial = sum(r.stop - r.start for r in ranges), trial_of(group, variable)
    out = np.empty(n)
    _assign(
        out,
        ranges,
        0,
        group.size,
        default,
        lambda: stream_key(seed, f"{variable} of the model", group.name),
    )
    for made in group.by_variable.get(variable, ()):
        if before is not None and made.order >= before:
            continue
        if isinstance(made.value, Expression):
            _assign_expression(out, group, made, ranges, seed, dt)
            continue
        _assign(
            out,
            ranges,
            made.start,
            made.stop,
            made.value,
            lambda made=made: assignment_key(  # type: ignore[misc]  # bound at once
                seed, made, f"{variable} assigned {made.order}", group.name, trial
            ),
        )
    return stored_values(group.name, variable, out, variable_type(group, variable))


def trial_of(group: NeuronDescription, variable: str) -> int:
    """The trial in which initial values are drawn: 0 for parameters, which are drawn once."""
    return group.trial if group.trial and variable not in group.parameters else 0


def variable_type(group: NeuronDescription, variable: str) -> str:
    """Type of a variable of a group: ``"float"``, ``"integer"`` or ``"boolean"``."""
    if not isinstance(group.model, NeuronEquations):
        return FLOAT
    equation = parse_model(group.model, group.name).equations.get(variable)
    return FLOAT if equation is None else equation.type


def shared_variables(group: NeuronDescription) -> Collection[str]:
    """Variables that have one value for all neurons of a group."""
    if not isinstance(group.model, NeuronEquations):
        return ()
    return parse_model(group.model, group.name).shared


def initial_value(
    group: NeuronDescription,
    variable: str,
    ranges: tuple[Range, ...],
    seed: int,
    dt: float,
    before: int | None = None,
) -> np.ndarray:
    """Value (float64 (local neurons,)) of a parameter or state before the first step."""
    default: Value = group.parameters.get(variable, 0.0)
    start = group.model.start.get(variable)
    if start is None:
        return local_value(group, variable, ranges, seed, default, dt, before)
    out = local_value(group, variable, ranges, seed, np.nan, dt, before)
    if np.isnan(out).any():
        resting = _expression(group, f"{variable} at the start", start, ranges, seed, dt, before)
        out = np.where(np.isnan(out), resting, out)
    return out


def _expression(
    group: NeuronDescription,
    purpose: str,
    text: str,
    ranges: tuple[Range, ...],
    seed: int,
    dt: float,
    before: int | None,
) -> np.ndarray:
    """Values (float64 (local neurons,)) of an expression over what neurons have at the start."""
    return neuron_values(
        group,
        Expression(text, Names()),
        index_of(ranges),
        stream_key(seed, in_trial(purpose, group.trial), group.name),
        dt,
        lambda name: initial_value(group, name, ranges, seed, dt, before),
    )


def local_parameters(
    group: NeuronDescription,
    ranges: tuple[Range, ...],
    seed: int,
    dt: float,
    names: Collection[str] | None = None,
) -> dict[str, float | np.ndarray]:
    """Parameters of the model: a number where uniform, else float64 (local neurons,).

    With them come the constants of the model, ``dt`` and ``N``. Of equations `names` may say which
    parameters are wanted, if not all.

    Raises ParameterError if the ``V_reset`` of a `LIF` neuron is not below its ``V_th``: it would
    fire without end; or if a parameter of a receptor is not allowed.
    """
    parameters: dict[str, float | np.ndarray] = dict(group.model.constants)
    defaults = group.parameters
    for name in defaults if names is None else [n for n in names if n in defaults]:
        if not is_uniform(group, name):
            parameters[name] = local_value(group, name, ranges, seed, defaults[name], dt)
            continue
        made = group.by_variable.get(name)
        value = defaults[name] if made is None else made[-1].value
        assert isinstance(value, float)
        parameters[name] = value
    of_receptors = receptor_parameters(group.receptors) if names is None else {}
    for name, (parameter, _) in of_receptors.items():
        if np.size(parameters[name]):
            # Values that were drawn or computed.
            parameter.checked(group.name, name, parameters[name])
    if isinstance(group.model, LIF):
        _check_reset(group.name, parameters["V_reset"], parameters["V_th"])
    return parameters | {"dt": dt, "N": group.size}


def _check_reset(where: str, reset: float | np.ndarray, threshold: float | np.ndarray) -> None:
    wrong = np.atleast_1d(np.greater_equal(reset, threshold))
    if wrong.any():
        first = int(np.argmax(wrong))
        values = [float(np.broadcast_to(v, wrong.shape)[first]) for v in (reset, threshold)]
        raise ParameterError(
            where,
            f"V_reset={values[0]:g} mV is not below V_th={values[1]:g} mV",
            "V_reset must be below V_th, or a neuron would fire without end",
            "lower V_reset or raise V_th",
        )


def local_coefficients(
    given: Iterable[Coefficient],
    parameters: dict[str, float | np.ndarray],
    per_neuron: frozenset[str],
    n: int,
) -> dict[str, object]:
    """Coefficients: numbers, or arrays (n,) for those in `per_neuron`."""
    return {c.name: _stored(c.evaluate(parameters), c.name in per_neuron, n) for c in given}


def _stored(found: Any, differs: bool, n: int) -> Any:
    """A coefficient as programs have it: a number, or an array (n,) of its own."""
    value = np.asarray(found)
    dtype = np.int64 if value.dtype.kind == "i" else np.float64
    if not differs:
        return dtype(value)
    return np.ascontiguousarray(np.broadcast_to(value, (n,)), dtype=dtype).copy()


def set_coefficients(
    arrays: dict[Argument, Any],
    given: Iterable[tuple[Coefficient, Argument]],
    parameters: dict[str, float | np.ndarray],
    per_neuron: frozenset[str],
    n: int,
) -> None:
    """Set some `local_coefficients` among the arguments of a program, arrays where they are."""
    for c, argument in given:
        now = arrays.get(argument)
        value = c.evaluate(parameters)
        # Blocks know where the arrays are.
        if c.name in per_neuron and isinstance(now, np.ndarray) and _has_type(now, value):
            now[:] = value
        else:
            arrays[argument] = _stored(value, c.name in per_neuron, n)


def _has_type(array: np.ndarray, value: Any) -> bool:
    """Whether an array has the type of a coefficient with a value."""
    return (array.dtype.kind == "i") == (np.asarray(value).dtype.kind == "i")


def _assign_expression(
    out: np.ndarray,
    group: NeuronDescription,
    made: Assignment,
    ranges: tuple[Range, ...],
    seed: int,
    dt: float,
) -> None:
    assert isinstance(made.value, Expression)
    trial = trial_of(group, made.variable)
    key = assignment_key(seed, made, f"{made.variable} assigned {made.order}", group.name, trial)
    shared = made.variable in shared_variables(group)
    for r in ranges:
        low, high = max(r.start, made.start), min(r.stop, made.stop)
        if low < high:
            part = (Range(low, high, 0),)
            out[r.first_lid + low - r.start : r.first_lid + high - r.start] = neuron_values(
                group,
                made.value,
                # What all share is drawn once.
                np.zeros(high - low, np.int64) if shared else np.arange(low, high, dtype=np.int64),
                key,
                dt,
                lambda name, part=part: initial_value(  # type: ignore[misc]  # bound at once
                    group, name, part, seed, dt, made.order
                ),
            )


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
            part[:] = drawn_values(value, index, np.zeros_like(index), key())
        elif isinstance(value, np.ndarray):
            part[:] = value[low - start : high - start]
        else:
            part[:] = value
