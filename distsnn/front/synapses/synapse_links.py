"""Linked variables of synapses: each stands for values of a group of neurons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from distsnn.describe.values.links import Link
from distsnn.front.neurons.linked_variables import (
    GroupLink,
    LinkIndexError,
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

    @property
    def equation_values(self) -> Any:
        """Its model and values."""

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
        """Let a linked variable stand for a variable of a group.

        Raises
        ------
        ParameterError, UnitError
            If it is no link, or one to several values without the name of an index.
        """
        where, parsed = self._synapses._called(), self._synapses.parsed
        check_linked(where, variable, True, value)
        refuse_built(self._synapses, f"{variable} was linked")

        def type_of(name: str) -> str | None:
            return parsed.symbols[name].type if name in parsed.variables else None

        part = value.group
        theirs = part.group.links.get(value.name)
        single = len(part) == 1 or value.name in part.group.shared or (theirs and theirs.is_single)
        if isinstance(value.index, np.ndarray) or (value.index is None and not single):
            raise self._several(variable, value)
        made = checked_link(where, parsed.symbols[variable], _NOT_ONE, value, type_of)
        if made.stored not in made.group.variables():
            # What it depends on is linked in its place.
            model = self._synapses.equation_values.model
            links = model.link_expression(where, variable, made.group._model, made.stored)
            for name, of in links.items():
                self.set(name, replace(value, name=of))
            return
        self._found[variable] = made

    def _several(self, variable: str, value: Any) -> LinkIndexError:
        return LinkIndexError(
            self._synapses._called(),
            f"{variable} was linked to {value.name} of {value.group.name}, several values"
            + ("" if value.index is None else ", with an array as index"),
            "the index of synapses is the name of one of their integer variables",
            f"declare n : integer, write {variable} = linked_var(..., index='n'), and set n",
        )

    def is_index(self, variable: str) -> bool:
        """Whether a variable says which neurons a linked one stands for."""
        return any(link.index == variable for link in self._indexed.values())

    def check_index(self, variable: str, values: np.ndarray) -> None:
        """Raise ParameterError if values (float64) that an index is given lie outside."""
        for name, link in self._indexed.items():
            if link.index == variable:
                described = link.describe(name, False)
                described.check_index(self._synapses._called(), link.group.N, values)

    @property
    def _indexed(self) -> dict[str, GroupLink]:
        return {name: x for name, x in self._found.items() if isinstance(x.index, str)}

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
        """The values of a linked variable now: one value, `n` times, or all of the group."""
        link = self._found[variable]
        if isinstance(link.index, str):
            return np.asarray(link.group.read(link.stored))
        return np.repeat(link.values(None)[:1], n)
