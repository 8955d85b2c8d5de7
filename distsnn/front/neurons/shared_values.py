"""Values that users give to shared variables, which have one for all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from distsnn.describe.values.given import Distribution
from distsnn.errors import ParameterError, WrongIndexError
from distsnn.front.names.user_functions import with_functions
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import names_in, parse_expression


def check_shared_value(
    where: str, variable: str, value: Any, whole: bool, differing: Collection[str]
) -> None:
    """Raise if a value is not one for all.

    Parameters
    ----------
    value : number, array, distribution or text, as given
    whole : bool
        Whether the variable of all neurons or synapses is set.
    differing : collection of str
        Names that differ between neurons or synapses.

    Raises
    ------
    ParameterError
    """
    check_whole(where, variable, not whole)
    what = ""
    if isinstance(value, str):
        text = with_functions(value, None)
        tree = parse_expression(text, SourceLocation(where, f"{variable} =", text))
        found = [n for n in names_in(tree) if n in differing]
        what = f"it was given {value!r}, which depends on {found[0]}" if found else ""
    elif isinstance(value, Distribution) or np.ndim(value) > 0:
        what = "it was given several values"
    if what:
        raise ParameterError(
            where,
            f"{variable} is shared: {what}",
            "a shared variable has one value",
            "give a number, or leave out the flag (shared)",
            name=variable,
        )


def check_whole(where: str, variable: str, in_part: bool) -> None:
    """Raise WrongIndexError if some values of a shared variable are set."""
    if in_part:
        raise WrongIndexError(
            where,
            f"{variable} is shared: some of its values were set",
            "a shared variable has one value",
            f"write {variable} = ..., or leave out the flag (shared)",
            name=variable,
        )
