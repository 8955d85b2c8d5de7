"""Linked variables of synapses: each stands for one value of a group of neurons."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from distsnn.describe.values.links import Link
from distsnn.errors import UnsupportedError
from distsnn.front.neurons.linked_variables import (
    GroupLink,
    check_linked,
    checked_link,
    not_linked,
    refuse_built,
)
from distsnn.language.objects.synapse_equations import ParsedSynapses

# A number of members that no single neuron has: the value shall fit any number of synapses.
_NOT_ONE = 2


class LinkingSynapses(Protocol):
    """Synapses with linked variables."""

    @property
    def parsed(self) -> ParsedSynapses:
        """The checked equations and statements."""

    def _called(self) -> str:
        """Name in messages."""


class SynapseLinks:
    """Links of the linked variables of synapses."""

    def __init__(self, synapses: LinkingSynapses) -> None:
        self._synapses = synapses
        self._found: dict[str, GroupLink] = {}

    def __contains__(self, variable: object) -> bool:
        return variable in self._found

    def set(self, variable: str, value: Any) -> None:
        """Let a linked variable stand for one value of a group.

        Raises
        ------
        ParameterError, UnitError
            If it is no link, or one to several values.
        """
        where, parsed = self._synapses._called(), self._synapses.parsed
        check_linked(where, variable, True, value)
        refuse_built(self._synapses, f"{variable} was linked")

        def type_of(name: str) -> str | None:
            return parsed.symbols[name].type if name in parsed.equations else None

        part = value.group
        theirs = part.group.links.get(value.name)
        single = len(part) == 1 or value.name in part.group.shared or (theirs and theirs.is_single)
        if value.index is None and not single:
            raise self._several(variable, value)
        made = checked_link(where, parsed.symbols[variable], _NOT_ONE, value, type_of)
        if not made.is_single or isinstance(made.index, str):
            raise self._several(variable, value)
        if made.stored not in made.group.variables():
            raise UnsupportedError(
                where,
                f"{variable} was linked to {made.stored} of {value.group.name}, which is computed",
                "synapses link variables that are stored",
                "add the flag (constant over dt) to it",
            )
        self._found[variable] = made

    def _several(self, variable: str, value: Any) -> UnsupportedError:
        return UnsupportedError(
            self._synapses._called(),
            f"{variable} was linked to {value.name} of {value.group.name}, several values",
            "synapses link what all neurons share, or the variable of a single neuron",
            f"link a variable of the target group with index=, and write {variable}_post",
        )

    def check(self) -> None:
        """Raise NotLinkedError if a linked variable stands for nothing."""
        for variable in self._synapses.parsed.linked.keys() - self._found.keys():
            raise not_linked(self._synapses._called(), variable)

    @property
    def described(self) -> tuple[Link, ...]:
        """The links as they are described."""
        return tuple(link.describe(name, False) for name, link in self._found.items())

    def groups(self) -> list[Any]:
        """The groups that store the values."""
        return [link.group for link in self._found.values()]

    def now(self, variable: str, n: int) -> np.ndarray:
        """The value of a linked variable now, `n` times (float64 (n,))."""
        return np.repeat(self._found[variable].values(None)[:1], n)
