"""Texts over the neurons that synapses join, checked where the user wrote them."""

from __future__ import annotations

import ast

from distsnn.describe.text import TextValue
from distsnn.equations import dimensions as dim
from distsnn.equations.check import DimensionCheck
from distsnn.equations.functions import FUNCTIONS, RANDOM
from distsnn.equations.members import members_of
from distsnn.equations.pair_symbols import pair_symbols
from distsnn.equations.place import Place
from distsnn.equations.syntax import calls_in, names_in, parse_expression
from distsnn.equations.unit_names import parse_unit
from distsnn.front.groups import Subgroup
from distsnn.front.outside import OutsideNames
from distsnn.front.scope import defaultclock, user_names


def pair_text(
    where: str,
    name: str,
    text: str,
    unit: str,
    ends: tuple[Subgroup, Subgroup],
) -> TextValue:
    """A text over ``i j N_pre N_post x_pre x_post``, such as ``'exp(-abs(x_pre - x_post)/um)'``.

    Parameters
    ----------
    where, name : str
        The synapses and what the text sets, for errors.
    text : str
    unit : str
        Unit of the values.
    ends : tuple of Subgroup
        Source and target.

    Raises
    ------
    EquationError, UnitError
        If the text cannot be understood.
    """
    place = Place(where, f"{name} =", " ".join(text.split()))
    tree = parse_expression(place.text, place)
    source, target = (members_of(end.group.describe(defaultclock.dt)) for end in ends)
    symbols = pair_symbols(source, target)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id not in FUNCTIONS
            and node.func.id not in RANDOM
        ):
            raise place.error(
                f"{node.func.id}() is called",
                "values of synapses call " + ", ".join(FUNCTIONS) + ", rand() and randn()",
                "leave it out",
                node,
                name=node.func.id,
            )
    wanted = parse_unit(unit, place)[0] if unit != "1" else dim.ONE
    DimensionCheck(symbols).expression(tree, place, wanted, name)
    names = OutsideNames(symbols.constants_in([tree]), (), None)
    names.look_up(user_names())
    names.check(dict.fromkeys([*names_in(tree), *calls_in(tree)], place), symbols)
    return TextValue(place.text, names.names)
