"""Values that are given for the connections of a call: their shapes, and what models allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.connections.connection import Connection
from distsnn.nest_models.statement_synapses import ALL_SYNAPSES
from distsnn.nest_models.synapse_kinds import SYNAPSES


def array_shapes(connection: Connection) -> tuple[tuple[int, ...], ...]:
    """The shapes that arrays with a value for each connection may have; none where chance decides.

    Arrays of two dimensions have a row for each node that the rule goes through.
    """
    n, m, rule = connection.source.size, connection.target.size, connection.rule
    rows, columns = {
        "all_to_all": (m, n),
        "fixed_indegree": (m, rule.number),
        "fixed_outdegree": (n, rule.number),
        "one_to_one": (n, None),
        "fixed_total_number": (rule.number, None),
    }.get(rule.name, (None, None))
    if not isinstance(rows, int):
        return ()
    if columns is None:
        return ((rows,),)
    return ((rows, columns), (rows * columns,)) if isinstance(columns, int) else ()


def check_values(connection: Connection, given: Mapping[str, Any]) -> None:
    """Check values that a call of ``Connect`` gives, as far as they are known without drawing.

    Parameters
    ----------
    connection : Connection
    given : mapping
        Those that are no defaults of its model, by their names.

    Raises
    ------
    ParameterError
        If an array has another shape, a weight is no finite number, or the model does not allow a
        value.
    """
    values = connection.values
    for name in given:
        if isinstance(values[name], np.ndarray):
            _check_shape(connection, name)
    for name in ("weight", "delay"):
        value = values.get(name, 0.0)
        if isinstance(value, str) or (
            isinstance(value, float | np.ndarray) and not np.all(np.isfinite(value))
        ):
            raise ParameterError(
                "nest.Connect", f"{name}={value!r}", f"{name} is a finite number for each "
                "connection, or a parameter of nest.random and others", "correct it",
            )  # fmt: skip
    model = ALL_SYNAPSES[connection.base]
    if all(isinstance(values[name], float | int) for name in model.parameters):
        # The time constant of depression is that of the targets, and checked there.
        model.rules(values, values.get("tau", 20.0))
    if connection.base in SYNAPSES and "Wmax" in given:
        # As in NEST: with the default of Wmax networks are made, though they cannot run here.
        _check_sign(connection)


def _check_shape(connection: Connection, name: str) -> None:
    shapes, given = array_shapes(connection), connection.values[name]
    if given.shape in shapes:
        return
    n, m, rule = connection.source.size, connection.target.size, connection.rule
    also = f", or an array of shape {shapes[0]}" if shapes else ""
    raise ParameterError(
        "nest.Connect",
        f"{name} has shape {given.shape}",
        f"{rule.name} from {n} nodes to {m} takes a number or a parameter{also}",
        "correct it",
    )


def _check_sign(connection: Connection) -> None:
    """Raise ParameterError if weights have another sign than their bound."""
    weight, bound = (connection.values.get(name) for name in ("weight", "Wmax"))
    if not all(isinstance(value, float | np.ndarray) for value in (weight, bound)):
        return
    if np.any((np.asarray(weight) < 0) != (np.asarray(bound) < 0)):
        raise ParameterError(
            f"nest.Connect: {connection.name}", "weight and Wmax have different signs",
            "weights lie between 0 and Wmax", "give both the same sign",
        )  # fmt: skip
