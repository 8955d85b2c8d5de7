"""Linked variables of groups of neurons: what they stand for, as users say it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.delta_receptor import Increment
from distsnn.describe.models.receptors.group_receptors import ARRIVING
from distsnn.describe.values.links import Link
from distsnn.errors import NotThereError, ParameterError, UnitError
from distsnn.front.names.named import Named
from distsnn.front.names.scope import user_names
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.variable_view import VariableView
from distsnn.language.symbols import Symbol


@dataclass(frozen=True, eq=False)
class LinkedVariable:
    """A variable that a linked one shall stand for; made by `linked_var`.

    Attributes
    ----------
    group : Subgroup
    name : str
    index : int array (n,), str or None
    """

    group: Subgroup
    name: str
    index: np.ndarray | str | None = None


def linked_var(group_or_variable: Any, name: str | None = None, index: Any = None) -> Any:
    r"""The variable that a variable marked ``(linked)`` shall stand for, as in Brian 2.

    Parameters
    ----------
    group_or_variable : NeuronGroup, slice, or a variable of one
        ``linked_var(G.v)`` is ``linked_var(G, 'v')``.
    name : str, optional
        The variable, if a group is given.
    index : array-like of int (N,) or str, optional
        The neuron there for each neuron of the group that has the linked variable, or the name of
        one of its parameters that holds it. Without it both have the same size, or the group there
        has one neuron, or all its neurons share the variable.

    Raises
    ------
    ParameterError
        If it is no variable of neurons.

    Examples
    --------
    >>> import distsnn as snn
    >>> noise = snn.NeuronGroup(1, "dx/dt = -x/(10*ms) + 5*(2/(10*ms))**0.5*xi : 1")
    >>> cells = snn.NeuronGroup(3, "dv/dt = (x - v)/(5*ms) : 1\nx : 1 (linked)")
    >>> cells.x = snn.linked_var(noise, "x")
    """
    group = group_or_variable
    if isinstance(group_or_variable, VariableView):
        if name is not None:
            raise ParameterError(
                "linked_var",
                f"a variable and the name {name!r}",
                "a variable is given as linked_var(G.v) or linked_var(G, 'v')",
                "leave one out",
            )
        group, name = group_or_variable.group, group_or_variable.name
    if not isinstance(name, str):
        raise ParameterError(
            "linked_var",
            f"name={name!r}",
            "a variable is given as linked_var(G.v) or linked_var(G, 'v')",
            "say which variable of the group is meant",
        )
    part = group.whole if isinstance(group, SpikeSource) else group
    if not isinstance(part, Subgroup) or not hasattr(part.group, "links"):
        raise _WrongSourceError(
            "linked_var",
            f"{name} is to be one of "
            + (group._called() if isinstance(group, Named) else repr(group)),
            "a linked variable is one of a group of neurons",
            "give one",
        )
    if index is not None and not isinstance(index, str):
        index = np.asarray(index)
        if index.dtype.kind not in "iu" or index.ndim != 1:
            raise LinkIndexError(
                "linked_var",
                f"the index has type {index.dtype} and shape {index.shape}",
                "an index has one whole number for each neuron",
                "correct index=",
            )
    return LinkedVariable(part, name, index)


@dataclass(frozen=True, eq=False)
class GroupLink:
    """The variable of another group that a linked one stands for.

    Attributes
    ----------
    group : NeuronGroup
        The group that stores the values.
    stored : str
        Its variable.
    index : int64 array (N,) or str
        See `Link`.
    is_single : bool
        Whether all neurons read one value.
    """

    group: Any
    stored: str
    index: np.ndarray | str
    is_single: bool

    def describe(self, variable: str, is_live: bool) -> Link:
        """The link of a variable as it is described."""
        return Link(variable, self.group._name or "", self.stored, self.index, is_live)

    def values(self, group: Any) -> np.ndarray:
        """The values (float64 (N,)) that the neurons of a group read now."""
        index = self.index
        if isinstance(index, str):
            index = group.read(index).astype(np.int64)
        return np.asarray(self.group.read(self.stored))[index]


def checked_link(
    where: str, own: Symbol, size: int, given: LinkedVariable, types: Any
) -> GroupLink:
    """The checked link of a linked variable.

    Raises ParameterError or UnitError if the two do not fit.

    Parameters
    ----------
    where : str
        Name of its group.
    own : Symbol
        The linked variable.
    size : int
        Number of neurons of its group.
    types : callable
        From the name of a variable of its group to the type, or None if there is no such parameter.
    """
    part = given.group
    theirs = part.group.linkable(given.name)
    if theirs.dimension != own.dimension:
        raise UnitError(
            where,
            f"{own.name} is in {own.dimension}, and {given.name} of {part.name} in "
            f"{theirs.dimension}",
            "both must have the same unit",
            "correct the unit",
        )
    known = part.group.links.get(given.name)
    one = (given.name in part.group.shared or (known is not None and known.is_single)) or (
        len(part) == 1 and size != 1
    )
    index = _index(where, own.name, size, part, given, one, types)
    if known is None:
        return GroupLink(part.group, given.name, index, one)
    if isinstance(index, str) or isinstance(known.index, str):
        raise ParameterError(
            where,
            f"{own.name} is linked to {given.name} of {part.name}, which is linked by a variable",
            "links of links have indices as arrays",
            "link it to the first variable, with an array as index=",
        )
    return replace(known, index=known.index[index], is_single=one)


def _index(
    where: str,
    variable: str,
    size: int,
    part: Subgroup,
    given: LinkedVariable,
    one: bool,
    types: Any,
) -> np.ndarray | str:
    """The neuron of the other group for each neuron, or the variable that says it."""
    if given.index is None:
        if one:
            return np.full(size, part.start, dtype=np.int64)
        if len(part) != size:
            raise ParameterError(
                where,
                f"{variable} of {size} neurons was linked to {given.name} of {len(part)} neurons",
                "without an index both have the same size, or the other group has one neuron",
                "give index=, the neuron there for each neuron",
            )
        return np.arange(part.start, part.stop, dtype=np.int64)
    if isinstance(given.index, str):
        return _index_variable(where, variable, part, given.index, types)
    index = given.index
    if index.shape != (size,):
        raise LinkIndexError(
            where,
            f"the index of {variable} has {index.size} numbers",
            f"an index has {size} numbers, one for each neuron",
            "correct index=",
        )
    if index.min(initial=0) < 0 or index.max(initial=0) >= len(part):
        bad = int(index.min() if index.min() < 0 else index.max())
        raise ParameterError(
            where,
            f"the index of {variable} has {bad}",
            f"{part.name} has the neurons 0 to {len(part) - 1}",
            "correct index=",
        )
    return index.astype(np.int64) + part.start


def _index_variable(where: str, variable: str, part: Subgroup, index: str, types: Any) -> str:
    kind = types(index)
    if kind is None or part.start:
        raise ParameterError(
            where,
            f"the index of {variable} is {index!r}"
            + (f", and {part.name} does not begin with neuron 0" if part.start else ""),
            "an index is an array, or an integer parameter that counts the neurons of the whole "
            "group",
            "give an array",
        )
    if kind != "integer":
        raise LinkIndexError(
            where,
            f"the index of {variable} is {index}, whose type is {kind}",
            "an index is an array of whole numbers, or an integer parameter",
            f"declare {index} : integer (constant)",
        )
    return index


class LinkIndexError(ParameterError, TypeError):
    """An index of a linked variable is none."""


class _WrongSourceError(ParameterError, NotImplementedError):
    """A linked variable was linked to what has no such variables."""


class NotLinkedError(ParameterError, TypeError):
    """A linked variable was given no link, or another one was."""


class _NoLinkError(NotLinkedError, NotThereError):
    """A linked variable stands for nothing when it is needed."""


def attach_written(group: Any, variable: str) -> None:
    """Let a group know that others write a variable; built-in models know it already."""
    if isinstance(group.model, LIF):
        return
    if variable != ARRIVING and not any(r.variable == variable for r in group.receptors):
        group.attach(Increment(variable))


def refuse_built(group: Any, what: str) -> None:
    """Raise ParameterError if a group's network has been built, for what is fixed then."""
    if group._owner is not None and group._owner.built:
        raise ParameterError(
            group._called(),
            f"{what} after the first run",
            "receptors, links and operations are fixed once the network has been built",
            "make a new network",
        )


def check_linked(where: str, variable: str, linked: bool, value: object) -> bool:
    """Whether a variable is linked, which is set by a `LinkedVariable` alone."""
    if linked != isinstance(value, LinkedVariable):
        raise NotLinkedError(
            where,
            f"{variable} was set to {'a value' if linked else 'a variable'}",
            "what is marked (linked) is set by linked_var(), and nothing else is",
            f"write {variable} = linked_var(...)" if linked else "add the flag (linked)",
            name=variable,
        )
    return linked


def check_number(
    where: str, variable: str, link: GroupLink, size: int, written: bool, shared: str
) -> None:
    """Raise ParameterError where one value is needed and there are several, or the reverse.

    Parameters
    ----------
    size : int
        Number of neurons of the group.
    written : bool
        Whether its statements set the variable.
    shared : str
        A shared subexpression that depends on it; empty if there is none.
    """
    if written and link.is_single and size > 1:
        raise ParameterError(
            where,
            f"statements set {variable}, which stands for one value for all neurons",
            "a statement sets a value of each neuron",
            "link it to a group of the same size",
        )
    if shared and not link.is_single and size > 1:
        raise ParameterError(
            where,
            f"{variable} stands for several values, and the shared {shared} depends on it",
            "what is shared is one value",
            f"link it to a group of one neuron, or leave out the flag (shared) of {shared}",
            name=variable,
        )


def not_linked(where: str, variable: str) -> NotLinkedError:
    """The error for a linked variable that has not been set."""
    return _NoLinkError(
        where,
        f"the linked variable {variable} stands for nothing",
        "linked variables are set to those of other groups",
        f"write {variable} = linked_var(...)",
        name=variable,
    )


def links_to(group: Any, variable: str, to: LinkedVariable) -> dict[str, GroupLink]:
    """The links that let a linked variable of a group of equations stand for another variable.

    A subexpression takes the place of the linked variable, with links to what it depends on.

    Raises
    ------
    ParameterError
        If it cannot stand for that, or the group's network has been built.
    """
    own, symbols = group._model, group._model.symbols(group.receptors)
    refuse_built(group, f"{variable} was linked")

    def type_of(name: str) -> str | None:
        return symbols[name].type if name in group.model.parameters else None

    where = group._called()
    made = checked_link(where, symbols[variable], group.N, to, type_of)
    theirs = made.group._model
    if made.stored in theirs.subexpressions:
        further = own.link_expression(variable, theirs, made.stored).items()
        found: dict[str, GroupLink] = {}
        for name, of in further:
            found |= links_to(group, name, replace(to, group=to.group, name=of))
        own.look_up(user_names())
        return found
    written = variable in own.written
    check_number(where, variable, made, group.N, written, own.shared_over(variable))
    if written:
        attach_written(made.group, made.stored)
    return {variable: made}
