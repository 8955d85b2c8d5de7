"""Conditions as a string over what a monitor has recorded: ``monitor.t['i == 1']``."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

from distsnn.errors import ParameterError
from distsnn.front.names.checked_expressions import checked_expression
from distsnn.language import dimensions as dim
from distsnn.language.evaluate import evaluate
from distsnn.language.functions import FUNCTIONS
from distsnn.language.source_location import SourceLocation
from distsnn.language.symbols import STATE, Symbol, SymbolTable
from distsnn.language.syntax import calls_in
from distsnn.language.unit_names import parse_unit


def recorded_where(
    where: str, condition: str, recorded: Mapping[str, np.ndarray], units: Mapping[str, str]
) -> np.ndarray:
    """Indices (int64) of the recorded values for which a condition holds.

    Raises EquationError or UnitError if the expression cannot be understood, or compares what has
    different units; and ParameterError if it draws random numbers.

    Parameters
    ----------
    where : str
        Name of the monitor, for errors.
    recorded : mapping of str to array (n,)
        What was recorded, by the names that the condition uses.
    units : mapping of str to str
        Their units.
    """
    location = SourceLocation(where, "condition", condition)
    symbols = SymbolTable(
        {name: Symbol(name, STATE, parse_unit(units[name], location)[0]) for name in recorded}
    )

    def refuse(tree: ast.expr, _: SourceLocation) -> None:
        if other := [name for name in calls_in(tree) if name not in FUNCTIONS]:
            raise ParameterError(
                where,
                f"{condition!r} calls {other[0]}()",
                "a condition on what was recorded has functions such as exp and abs",
                "select with numpy instead",
            )

    given = checked_expression(location, symbols, ("a condition", dim.ONE), refuse=refuse)
    found = np.asarray(evaluate(given.tree, {**recorded, **given.names.numbers}), dtype=bool)
    n = next(iter(recorded.values())).size
    return np.flatnonzero(np.broadcast_to(found, (n,)))
