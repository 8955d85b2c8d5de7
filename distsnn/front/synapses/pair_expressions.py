"""Texts over the neurons that synapses join, checked where the user wrote them."""

from __future__ import annotations

import ast

from distsnn.describe.values.given_expressions import TextValue
from distsnn.front.names.external_names import OutsideNames
from distsnn.front.names.scope import defaultclock, user_names
from distsnn.front.neurons.group_base import Subgroup
from distsnn.language import dimensions as dim
from distsnn.language.dimension_check import DimensionCheck
from distsnn.language.functions import FUNCTIONS, RANDOM
from distsnn.language.objects.group_variables import members_of
from distsnn.language.objects.pair_symbols import pair_symbols
from distsnn.language.source_location import Place
from distsnn.language.syntax import calls_in, names_in, parse_expression
from distsnn.language.unit_names import parse_unit


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
