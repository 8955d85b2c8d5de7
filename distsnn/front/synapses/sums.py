"""Sums over synapses, as variables of neurons."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from distsnn.errors import ParameterError
from distsnn.front.names.named import called
from distsnn.front.synapses.equation_synapses import EquationSynapses


def check_sums(synapses: Iterable[EquationSynapses]) -> None:
    """Raise if two (summed) equations set one variable of the same neurons, as Brian 2 does.

    Raises
    ------
    ParameterError
        If they do.
    """
    sums = [(of, x, end) for of in synapses for x, end in of.sums]
    for (one, x, end), (other, y, of_other) in combinations(sums, 2):
        overlap = end.start < of_other.stop and of_other.start < end.stop
        if x == y and end.group is of_other.group and overlap:
            raise ParameterError(
                called(other),
                f"{x} of {of_other.name} is a sum (summed) here and in {called(one)}",
                "one equation sets a variable",
                "give the group a variable for each, and add these in its equations",
            )
