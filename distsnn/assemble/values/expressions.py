"""Expressions over neurons or synapses: evaluated with numpy, with what they draw.

Random numbers are keyed by the identity of the neuron or synapse and by which call it is. The calls
of an expression over neurons or over pairs are counted as `call_indices` finds them, those of an
expression over equation-based synapses as they are evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.values.given_expressions import Expression, NeuronEquations
from distsnn.describe.values.timed_arrays import TimedArray
from distsnn.kernels.expression_functions import draw_normals, draw_uniforms
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import CONSTANTS, RANDOM
from distsnn.language.objects.neuron_equations import parse_model
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import names_in, parse_expression
from distsnn.language.unit_names import UNITS

# When neurons that have not spiked did so last, ms; as in Brian 2.
NO_SPIKE_TIME = -1e7
# From a call of rand() or randn() to its values for all neurons or synapses.
Draw = Callable[[ast.Call], np.ndarray]


@dataclass(frozen=True, eq=False)
class ExpressionEvaluator:
    """A checked expression, ready to be evaluated.

    Attributes
    ----------
    tree : ast.expr
    arrays : mapping of str to TimedArray
        What it may call besides functions and random numbers.
    dt : float, ms
        Time step of the TimedArrays.
    """

    tree: ast.expr
    arrays: Mapping[str, TimedArray]
    dt: float

    @property
    def names(self) -> list[str]:
        """Names that need values: all but those of units and constants."""
        return [n for n in names_in(self.tree) if n not in UNITS and n not in CONSTANTS]

    def of(self, names: Mapping[str, Any], draw: Draw) -> Any:
        """Its value, one number or an array."""

        def call(node: ast.Call, given: list[Any]) -> Any:
            name = called_name(node)
            if name in RANDOM:
                return draw(node)
            return self.arrays[name].at(given[0], given[1] if len(given) > 1 else None, self.dt)

        return evaluate(self.tree, names, call)


def called_name(node: ast.Call) -> str:
    """Name of the function that a call calls."""
    assert isinstance(node.func, ast.Name)
    return node.func.id


def call_indices(tree: ast.expr) -> dict[int, int]:
    """Index of each call of an expression, by the id of its node."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {id(node): n for n, node in enumerate(calls)}


def draws_of(tree: ast.expr, index: np.ndarray, key: tuple[int, int]) -> Draw:
    """Random numbers of the calls in an expression over neurons or sources `index` (int64 (n,))."""
    calls, (k0, k1) = call_indices(tree), (np.uint32(word) for word in key)

    def draw(node: ast.Call) -> np.ndarray:
        out = np.empty(index.size)
        fill = draw_uniforms if called_name(node) == "rand" else draw_normals
        fill(out, index, calls[id(node)], k0, k1)
        return out

    return draw


def neuron_values(
    group: NeuronDescription,
    value: Expression,
    index: np.ndarray,
    key: tuple[int, int],
    dt: float,
    variable: Callable[[str], np.ndarray],
    special: Mapping[str, Any] | None = None,
) -> np.ndarray:
    """Evaluate an expression for the neurons `index` (int64 (n,)) of a group: float64 (n,).

    Parameters
    ----------
    index : int64 array (n,)
    key : two words of 32 bits
        Key of its random numbers.
    dt : float, ms
    variable : callable
        From the name of a variable to its values at `index`.
    special : mapping, optional
        Values of ``t``, ``lastspike`` and ``not_refractory``, if they are not those of the start.
    """
    tree = parse_expression(value.text, SourceLocation(group.name, "text", value.text))
    arrays = dict(value.names.arrays)
    if isinstance(group.model, NeuronEquations):
        tree = parse_model(group.model, group.name).inlined(tree)
        arrays = {**group.model.names.arrays, **arrays}
    names: dict[str, Any] = {
        "t": 0.0,
        "t_in_timesteps": 0,
        "lastspike": NO_SPIKE_TIME,
        "not_refractory": True,
        "dt": dt,
        "N": group.size,
        "i": index,
        **(special or {}),
        **group.model.constants,
        **value.names.numbers,
    }
    for name in names_in(tree):
        if name in variables_of(group):
            names[name] = variable(name)
    found = ExpressionEvaluator(tree, arrays, dt).of(names, draws_of(tree, index, key))
    return np.broadcast_to(np.asarray(found, dtype=np.float64), index.shape).copy()


def variables_of(group: NeuronDescription) -> tuple[str, ...]:
    """Names of the variables of a group that have values of their own."""
    if isinstance(group.model, NeuronEquations):
        parsed = parse_model(group.model, group.name)
        return (*parsed.differential, *parsed.parameters, *parsed.linked)
    return ("V_m", *group.parameters, *group.receptor_variables)
