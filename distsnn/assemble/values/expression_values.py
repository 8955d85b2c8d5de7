"""Values given as text, for some neurons of a group."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.values.given_expressions import Names, TextModel, TextValue
from distsnn.kernels.arithmetic.expressions import draw_normals, draw_uniforms
from distsnn.language.evaluate import evaluate
from distsnn.language.objects.neuron_equations import parsed
from distsnn.language.source_location import Place
from distsnn.language.syntax import names_in, parse_expression

# When neurons that have not spiked did so last, ms; as in Brian 2.
NEVER = -1e7


def text_values(
    group: NeuronDescription,
    value: TextValue,
    index: np.ndarray,
    key: tuple[int, int],
    dt: float,
    variable: Callable[[str], np.ndarray],
    special: Mapping[str, Any] | None = None,
) -> np.ndarray:
    """Evaluate a text for the neurons `index` (int64 (n,)) of a group: float64 (n,).

    Parameters
    ----------
    group : NeuronDescription
    value : TextValue
    index : int64 array (n,)
    key : two words of 32 bits
        Key of its random numbers.
    dt : float, ms
    variable : callable
        From the name of a variable to its values at `index`.
    special : mapping, optional
        Values of ``t``, ``lastspike`` and ``not_refractory``, if they are not those of the start.
    """
    tree = parse_expression(value.text, Place(group.name, "text", value.text))
    if isinstance(group.model, TextModel):
        tree = parsed(group.model, group.name).inlined(tree)
    names: dict[str, Any] = {
        "t": 0.0,
        "t_in_timesteps": 0,
        "lastspike": NEVER,
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
    found = evaluate(tree, names, Calls(tree, index, key, value.names, group, dt))
    return np.broadcast_to(np.asarray(found, dtype=np.float64), index.shape).copy()


def variables_of(group: NeuronDescription) -> tuple[str, ...]:
    """Names of the variables of a group that have values of their own."""
    if isinstance(group.model, TextModel):
        text = parsed(group.model, group.name)
        return (*text.differential, *text.parameters)
    return ("V_m", *group.model.parameters, *group.receptor_variables)


class Calls:
    """Calls within a text: random numbers, numbered as they stand there, and TimedArrays."""

    def __init__(
        self,
        tree: ast.expr,
        index: np.ndarray,
        key: tuple[int, int],
        names: Names,
        group: NeuronDescription,
        dt: float,
    ) -> None:
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.number = {id(node): n for n, node in enumerate(calls)}
        self.index, self.names, self.group, self.dt = index, names, group, dt
        self.key = np.uint32(key[0]), np.uint32(key[1])

    def __call__(self, node: ast.Call, arguments: list[Any]) -> Any:
        """Values of one call."""
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in {"rand", "randn"}:
            out = np.empty(self.index.size)
            draw = draw_uniforms if name == "rand" else draw_normals
            draw(out, self.index, self.number[id(node)], *self.key)
            return out
        array = self.names.arrays.get(name)
        if array is None:
            assert isinstance(self.group.model, TextModel)
            array = self.group.model.names.arrays[name]
        return array.at(arguments[0], arguments[1] if len(arguments) > 1 else None, self.dt)
